/* print/png.c -- see png_priv.h. By zlib alone: libpng reports errors by jumping. */
#include "print/png_priv.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LEVEL = 1, CHUNK_EXTRA = 12, HEADER_LEN = 13, UP = 2, PIXELS_MOST = 1 << 28 };

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};

static void put32(uint8_t *at, size_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static size_t get32(const uint8_t *at)
{
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

/* Writes length, type and check around `len` bytes that lie at `at` + 8; returns the end. */
static uint8_t *close_chunk(uint8_t *at, const char *type, size_t len)
{
    put32(at, len);
    memcpy(at + 4, type, 4);
    put32(at + 8 + len, crc32(crc32(0, NULL, 0), at + 4, (uInt)(len + 4)));
    return at + CHUNK_EXTRA + len;
}

static void *zlib_alloc(void *unused, uInt count, uInt size)
{
    struct nw_err dropped = {0}; /* zlib says Z_MEM_ERROR */
    (void)unused;
    return nw_alloc(count, size, &dropped);
}

static void zlib_free(void *unused, void *block)
{
    (void)unused;
    nw_free(block);
}

/* Level 1 with matching at distance one: layers are long runs, and there are thousands. The
 * stream is left at a whole byte, so that pieces can be laid one after the other. */
struct packing {
    z_stream z;
    uint8_t *byte, *row;
    size_t width, raw;
    uint32_t sum;
};

static bool begin_packing(struct packing *p, size_t width, size_t rows, struct nw_err *err)
{
    *p = (struct packing){.z = {.zalloc = zlib_alloc, .zfree = zlib_free}, .width = width};
    p->row = NW_ALLOC(uint8_t, width + 1, err);
    if (!p->row)
        return false;
    if (deflateInit2(&p->z, LEVEL, Z_DEFLATED, -15, 8, Z_RLE) != Z_OK) {
        nw_free(p->row);
        return nw_fail(err, NW_ERR_MEMORY, "no memory to pack a layer");
    }
    const size_t bound = deflateBound(&p->z, (uLong)((width + 1) * rows)) + 64;
    p->byte = nw_alloc_unset(bound, 1, err);
    p->z.next_out = p->byte;
    p->z.avail_out = (uInt)bound;
    p->sum = (uint32_t)adler32(0, NULL, 0);
    p->row[0] = 0;
    if (p->byte)
        return true;
    (void)deflateEnd(&p->z);
    nw_free(p->row);
    return false;
}

/* Each row as it is, after the number of the filter that leaves it so: the runs of a layer lie
 * along its rows, and any difference to the row above would break them. NULL: blank. */
static bool pack_row(struct packing *p, const uint8_t *src)
{
    if (src)
        memcpy(p->row + 1, src, p->width);
    else
        memset(p->row + 1, 0, p->width);
    p->sum = (uint32_t)adler32_z(p->sum, p->row, p->width + 1);
    p->raw += p->width + 1;
    p->z.next_in = p->row;
    p->z.avail_in = (uInt)(p->width + 1);
    return deflate(&p->z, Z_NO_FLUSH) == Z_OK && p->z.avail_in == 0;
}

static bool end_packing(struct packing *p, bool ok, bool last, struct nw_packed_rows *out,
                        struct nw_err *err)
{
    if (ok && last)
        ok = deflate(&p->z, Z_FINISH) == Z_STREAM_END;
    else if (ok && p->raw > 0)
        ok = deflate(&p->z, Z_FULL_FLUSH) == Z_OK;
    *out = (struct nw_packed_rows){p->byte, (size_t)(p->z.next_out - p->byte), p->raw, p->sum};
    (void)deflateEnd(&p->z);
    nw_free(p->row);
    if (ok)
        return true;
    nw_free(p->byte);
    *out = (struct nw_packed_rows){0};
    return nw_fail(err, NW_ERR_INTERNAL, "a layer could not be packed");
}

static bool pack_blank(size_t width, size_t rows, bool last, struct nw_packed_rows *out,
                       struct nw_err *err)
{
    struct packing p;
    if (!begin_packing(&p, width, rows, err))
        return false;
    bool ok = true;
    for (size_t y = 0; ok && y < rows; y++)
        ok = pack_row(&p, NULL);
    return end_packing(&p, ok, last, out, err);
}

bool nw_packer_init(struct nw_packer *p, size_t width, size_t height, size_t row_lo,
                    size_t row_hi, struct nw_err *err)
{
    *p = (struct nw_packer){
        .width = width, .height = height, .row_lo = row_lo, .row_hi = row_hi};
    if (pack_blank(width, row_lo, false, &p->head, err) &&
        pack_blank(width, height - row_hi, true, &p->tail, err))
        return true;
    nw_packer_release(p);
    return false;
}

void nw_packer_release(struct nw_packer *p)
{
    nw_free(p->head.byte);
    nw_free(p->tail.byte);
    *p = (struct nw_packer){0};
}

static bool pack_rows(const struct nw_packer *p, const uint8_t *rows,
                      struct nw_packed_rows *out, struct nw_err *err)
{
    struct packing z;
    const size_t count = p->row_hi - p->row_lo;
    if (!begin_packing(&z, p->width, count, err))
        return false;
    bool ok = true;
    for (size_t y = 0; ok && y < count; y++)
        ok = pack_row(&z, rows + y * p->width);
    return end_packing(&z, ok, false, out, err);
}

static uint8_t *put_palette(const struct nw_packer *p, uint8_t *at)
{
    for (size_t c = 0; c < 256; c++)
        memcpy(at + 8 + 3 * c, p->palette[c], 3);
    at = close_chunk(at, "PLTE", (size_t)256 * 3);
    for (size_t c = 0; c < 256; c++)
        at[8 + c] = p->palette[c][3];
    return close_chunk(at, "tRNS", 256);
}

static uint8_t *put_head(const struct nw_packer *p, uint8_t *at)
{
    memcpy(at, signature, sizeof signature);
    at += sizeof signature;
    put32(at + 8, p->width);
    put32(at + 12, p->height);
    memcpy(at + 16, p->palette ? "\x08\x03\0\0\0" : "\x08\0\0\0\0", 5);
    at = close_chunk(at, "IHDR", HEADER_LEN);
    return p->palette ? put_palette(p, at) : at;
}

uint8_t *nw_packer_pack(const struct nw_packer *p, const uint8_t *rows, size_t *len,
                        struct nw_err *err)
{
    struct nw_packed_rows middle;
    if (!pack_rows(p, rows, &middle, err))
        return NULL;
    const struct nw_packed_rows *piece[3] = {&p->head, &middle, &p->tail};
    const size_t texts = sizeof signature + 3 * CHUNK_EXTRA + HEADER_LEN + 6 +
                         (p->palette ? 2 * CHUNK_EXTRA + (size_t)256 * 4 : 0);
    uint8_t *png = nw_alloc_unset(texts + p->head.len + middle.len + p->tail.len, 1, err);
    if (png) {
        uint8_t *at = put_head(p, png), *data = at + 8;
        uLong sum = adler32(0, NULL, 0);
        *data++ = 0x78;
        *data++ = 0x01;
        for (int n = 0; n < 3; n++) {
            memcpy(data, piece[n]->byte, piece[n]->len);
            data += piece[n]->len;
            sum = adler32_combine(sum, piece[n]->sum, (z_off_t)piece[n]->raw);
        }
        put32(data, sum);
        data += 4;
        at = close_chunk(at, "IDAT", (size_t)(data - at) - 8);
        at = close_chunk(at, "IEND", 0);
        *len = (size_t)(at - png);
    }
    nw_free(middle.byte);
    return png;
}

/* ---- reading ---- */

struct chunk {
    const uint8_t *type, *data;
    size_t len;
};

/* The chunk at *at, which moves on; false at the end or where the bytes are no chunk. */
static bool next_chunk(const uint8_t *data, size_t len, size_t *at, struct chunk *out)
{
    if (len - *at < CHUNK_EXTRA)
        return false;
    const size_t size = get32(data + *at);
    if (size > len - *at - CHUNK_EXTRA)
        return false;
    *out = (struct chunk){data + *at + 4, data + *at + 8, size};
    *at += size + CHUNK_EXTRA;
    return get32(out->data + size) == crc32(crc32(0, NULL, 0), out->type, (uInt)(size + 4));
}

static bool read_head(const struct chunk *c, struct nw_plate *out, struct nw_err *err)
{
    if (memcmp(c->type, "IHDR", 4) != 0 || c->len != HEADER_LEN)
        return nw_fail(err, NW_ERR_DATA, "the picture of a layer has no head");
    out->width = get32(c->data);
    out->height = get32(c->data + 4);
    if (c->data[8] != 8 || (c->data[9] != 0 && c->data[9] != 3) || c->data[12] != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the picture of a layer is not 8 bit grey or palette without interlace");
    if (out->width == 0 || out->height == 0 || out->width > PIXELS_MOST / out->height)
        return nw_fail(err, NW_ERR_LIMIT, "a layer of %zu x %zu pixels cannot be read",
                       out->width, out->height);
    return true;
}

static int paeth(int a, int b, int c)
{
    const int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* `row` holds the filter's number and the bytes; `to` becomes the pixels. */
static bool unfilter(const uint8_t *row, const uint8_t *above, uint8_t *to, size_t width)
{
    const uint8_t *src = row + 1;
    switch (row[0]) {
    case 0:
        memcpy(to, src, width);
        return true;
    case 1:
        for (size_t i = 0; i < width; i++)
            to[i] = (uint8_t)(src[i] + (i ? to[i - 1] : 0));
        return true;
    case UP:
        for (size_t i = 0; i < width; i++)
            to[i] = (uint8_t)(src[i] + (above ? above[i] : 0));
        return true;
    case 3:
        for (size_t i = 0; i < width; i++)
            to[i] = (uint8_t)(src[i] + ((i ? to[i - 1] : 0) + (above ? above[i] : 0)) / 2);
        return true;
    case 4:
        for (size_t i = 0; i < width; i++)
            to[i] = (uint8_t)(src[i] + paeth(i ? to[i - 1] : 0, above ? above[i] : 0,
                                             i && above ? above[i - 1] : 0));
        return true;
    default:
        return false;
    }
}

struct inflating {
    z_stream z;
    bool starved;
    const uint8_t *data;
    size_t len, at; /* at: of the next chunk */
};

/* Fills `row`; false when the data end or break. */
static bool inflate_row(struct inflating *in, uint8_t *row, size_t width)
{
    in->z.next_out = row;
    in->z.avail_out = (uInt)(width + 1);
    while (in->z.avail_out > 0) {
        struct chunk c;
        if (in->z.avail_in == 0) {
            if (!next_chunk(in->data, in->len, &in->at, &c) || memcmp(c.type, "IEND", 4) == 0)
                return false;
            if (memcmp(c.type, "IDAT", 4) != 0)
                continue;
            in->z.next_in = (Bytef *)(uintptr_t)c.data;
            in->z.avail_in = (uInt)c.len;
        }
        const int status = inflate(&in->z, Z_NO_FLUSH);
        in->starved = in->starved || status == Z_MEM_ERROR;
        if (status != Z_OK && !(status == Z_STREAM_END && in->z.avail_out == 0))
            return status == Z_BUF_ERROR && in->z.avail_in == 0;
    }
    return true;
}

static bool inflate_all(struct inflating *in, struct nw_plate *plate, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *row = nw_alloc_unset(plate->width + 1, 1, err);
    if (!row)
        return false;
    if (inflateInit(&in->z) != Z_OK)
        return nw_fail(err, NW_ERR_MEMORY, "no memory to unpack a layer");
    bool ok = true;
    for (size_t y = 0; ok && y < plate->height; y++) {
        uint8_t *to = plate->byte + y * plate->width;
        ok = inflate_row(in, row, plate->width) &&
             unfilter(row, y ? to - plate->width : NULL, to, plate->width);
    }
    (void)inflateEnd(&in->z);
    if (in->starved)
        return nw_fail(err, NW_ERR_MEMORY, "no memory to unpack a layer");
    return ok || nw_fail(err, NW_ERR_DATA, "the picture of a layer is damaged or cut off");
}

bool nw_plate_unpack(const uint8_t *data, size_t len, struct nw_plate *out, struct nw_err *err)
{
    struct nw_plate plate = {0};
    struct chunk c;
    size_t at = sizeof signature;
    if (len < sizeof signature || memcmp(data, signature, sizeof signature) != 0 ||
        !next_chunk(data, len, &at, &c))
        return nw_fail(err, NW_ERR_DATA, "a layer is not a PNG picture");
    if (!read_head(&c, &plate, err))
        return false;
    /* packed runs grow at most 1032 times */
    if (plate.width * plate.height / 1040 > len)
        return nw_fail(err, NW_ERR_DATA, "the picture of a layer is damaged or cut off");
    plate.byte = nw_alloc_unset(plate.width * plate.height, 1, err);
    struct inflating in = {
        .z = {.zalloc = zlib_alloc, .zfree = zlib_free}, .data = data, .len = len, .at = at};
    if (!plate.byte || !inflate_all(&in, &plate, err)) {
        nw_free(plate.byte);
        return false;
    }
    *out = plate;
    return true;
}
