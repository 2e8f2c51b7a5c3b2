"""png_box.py FILE: where the bright pixels of a grey picture of 8 bits begin: "column row"."""
import struct
import sys
import zlib

data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
at, packed = 8, b""
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    if kind == b"IHDR":
        width, height, depth, colour, _, _, laced = struct.unpack(">IIBBBBB", data[at + 8:at + 21])
        assert (depth, colour, laced) == (8, 0, 0), "not a grey picture of 8 bits"
    if kind == b"IDAT":
        packed += data[at + 8:at + 8 + size]
    at += 12 + size
raw, before = zlib.decompress(packed), bytes(width)
column, row = width, None
for y in range(height):
    how, line = raw[y * (width + 1)], bytearray(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
    for x in range(width if how else 0):
        left, up, corner = (line[x - 1], before[x], before[x - 1]) if x else (0, before[0], 0)
        near = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                   (abs(left + up - 2 * corner), 2, corner))[2]
        line[x] = (line[x] + (0, left, up, (left + up) // 2, near)[how]) & 255
    bright = next((x for x in range(width) if line[x] > 127), None) if any(line) else None
    if bright is not None:
        column, row = min(column, bright), y if row is None else row
    before = line
print(column, row)
