/* io/rle.c -- DICOM's run-length coding (PS3.5 annex G): see dicom_priv.h. */
#include <string.h>

#include "core/parallel.h"
#include "io/dicom_priv.h"

enum { HEAD_BYTES = 64, SEGMENTS_MAX = 15 };

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* PackBits; false when the segment ends early. */
static bool unpack_segment(const uint8_t *p, const uint8_t *end, size_t count, uint8_t *out)
{
    uint8_t *const stop = out + count;
    while (out < stop) {
        if (end - p < 2)
            return false;
        const uint8_t head = *p++;
        if (head == 128)
            continue;
        size_t n = head < 128 ? (size_t)head + 1 : 257 - (size_t)head;
        n = n < (size_t)(stop - out) ? n : (size_t)(stop - out);
        if (head < 128) {
            if ((size_t)(end - p) < n)
                return false;
            memcpy(out, p, n);
            p += n;
        } else {
            memset(out, *p++, n);
        }
        out += n;
    }
    return true;
}

/* Byte planes, the most significant first, to little-endian pixels. */
NW_CLONES
static void weave2(const uint8_t *high, const uint8_t *low, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = low[i];
        out[2 * i + 1] = high[i];
    }
}

static void weave(const uint8_t *planes, size_t count, size_t bytes, uint8_t *out)
{
    if (bytes == 2) {
        weave2(planes, planes + count, count, out);
        return;
    }
    for (size_t b = 0; b < bytes; b++)
        for (size_t i = 0; i < count; i++)
            out[i * bytes + b] = planes[(bytes - 1 - b) * count + i];
}

bool nw_rle_decode(const uint8_t *data, size_t len, size_t pixels, size_t bytes, uint8_t *spare,
                   uint8_t *out, struct nw_err *err)
{
    const uint32_t segments = len >= HEAD_BYTES ? u32(data) : 0;
    if (segments != bytes || segments > SEGMENTS_MAX)
        return nw_fail(err, NW_ERR_DATA, "the RLE image has %u segments, not %zu", segments,
                       bytes);
    for (size_t s = 0; s < bytes; s++) {
        const uint32_t from = u32(data + 4 + 4 * s);
        const uint32_t to = s + 1 < bytes ? u32(data + 8 + 4 * s) : (uint32_t)len;
        if (from < HEAD_BYTES || to > len || from > to ||
            !unpack_segment(data + from, data + to, pixels, spare + s * pixels))
            return nw_fail(err, NW_ERR_DATA, "the RLE image is cut off or damaged");
    }
    weave(spare, pixels, bytes, out);
    return true;
}
