/* report/png.c -- pictures as PNG (ISO/IEC 15948): three chunks, the Up filter, deflate at a
 * fixed level, no date and no comment, so that the same picture is always the same bytes. By
 * zlib alone: libpng's writer reports errors by jumping. */
#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "report/picture.h"

enum { LEVEL = 5, CHUNK_EXTRA = 12, HEADER_LEN = 13 };

static void put32(uint8_t *at, size_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Writes length, type and check around `len` bytes that lie at `at` + 8; returns the end. */
static uint8_t *close_chunk(uint8_t *at, const char *type, size_t len)
{
    put32(at, len);
    memcpy(at + 4, type, 4);
    put32(at + 8 + len, crc32(crc32(0, NULL, 0), at + 4, (uInt)(len + 4)));
    return at + CHUNK_EXTRA + len;
}

/* Each row: the filter's number, then the bytes less those above. */
static uint8_t *filtered_rows(const struct nw_picture *p, size_t *len, struct nw_err *err)
{
    const size_t row = 3 * p->width;
    uint8_t *rows = nw_alloc_unset(p->height, row + 1, err);
    if (!rows)
        return NULL;
    for (size_t y = 0; y < p->height; y++) {
        uint8_t *dst = rows + y * (row + 1);
        const uint8_t *src = p->rgb + y * row, *above = y > 0 ? src - row : NULL;
        *dst++ = above ? 2 : 0;
        for (size_t i = 0; i < row; i++)
            dst[i] = (uint8_t)(src[i] - (above ? above[i] : 0));
    }
    *len = p->height * (row + 1);
    return rows;
}

static void *zlib_alloc(void *unused, uInt count, uInt size)
{
    struct nw_err dropped = {0}; /* deflateInit2 says Z_MEM_ERROR */
    (void)unused;
    return nw_alloc(count, size, &dropped);
}

static void zlib_free(void *unused, void *block)
{
    (void)unused;
    nw_free(block);
}

/* Deflates into `to`, which has room for deflateBound of it; 0 when there is no memory. */
static size_t deflate_rows(const uint8_t *rows, size_t len, uint8_t *to, size_t room)
{
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, 15, 8, Z_FILTERED) != Z_OK)
        return 0;
    z.next_in = (z_const Bytef *)(uintptr_t)rows;
    z.avail_in = (uInt)len;
    z.next_out = to;
    z.avail_out = (uInt)room;
    const int status = deflate(&z, Z_FINISH);
    const size_t packed = z.total_out;
    (void)deflateEnd(&z);
    return status == Z_STREAM_END ? packed : 0;
}

uint8_t *nw_picture_png(const struct nw_picture *p, size_t *len, struct nw_err *err)
{
    size_t rows_len;
    NW_AUTOFREE uint8_t *rows = filtered_rows(p, &rows_len, err);
    if (!rows)
        return NULL;
    const size_t room = rows_len + rows_len / 1000 + 4096; /* over any deflateBound of it */
    NW_AUTOFREE uint8_t *png = NW_ALLOC_UNSET(uint8_t, room + 128, err);
    if (!png)
        return NULL;

    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    memcpy(png, signature, sizeof signature);
    uint8_t *at = png + sizeof signature;
    memset(at + 8, 0, HEADER_LEN);
    put32(at + 8, p->width);
    put32(at + 12, p->height);
    at[16] = 8; /* bits */
    at[17] = 2; /* RGB */
    at = close_chunk(at, "IHDR", HEADER_LEN);

    const size_t packed = deflate_rows(rows, rows_len, at + 8, room);
    if (packed == 0) {
        nw_fail(err, NW_ERR_MEMORY, "no memory to compress a picture");
        return NULL;
    }
    at = close_chunk(at, "IDAT", packed);
    at = close_chunk(at, "IEND", 0);
    *len = (size_t)(at - png);
    if (!nw_resize(&png, *len, 1, err))
        return NULL;
    uint8_t *out = png;
    png = NULL;
    return out;
}
