/* tests/unit/io/volume_make.h -- builds the bytes of small volume files for tests. */
#ifndef NW_TEST_VOLUME_MAKE_H
#define NW_TEST_VOLUME_MAKE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "io/volume_priv.h"

struct bytes {
    uint8_t data[4096];
    size_t len;
};

static inline void put(struct bytes *b, size_t at, const void *value, size_t size, bool swapped)
{
    for (size_t i = 0; i < size; i++)
        b->data[at + i] = ((const uint8_t *)value)[swapped ? size - 1 - i : i];
    if (at + size > b->len)
        b->len = at + size;
}

static inline void put16(struct bytes *b, size_t at, int value, bool swapped)
{
    const int16_t v = (int16_t)value;
    put(b, at, &v, 2, swapped);
}

static inline void put_f32(struct bytes *b, size_t at, double value, bool swapped)
{
    const float v = (float)value;
    put(b, at, &v, 4, swapped);
}

/* Reads; on failure *msg (of an err's size) has the sentence. */
static inline bool read_bytes(const struct bytes *b, struct nw_scan *scan, struct nw_err *err)
{
    *err = (struct nw_err){0};
    nw_scan_init(scan);
    /* A copy of the exact size, so that a sanitizer sees a read past the end. */
    uint8_t *copy = malloc(b->len ? b->len : 1);
    memcpy(copy, b->data, b->len);
    const bool ok = nw_volume_file_read(NULL, copy, b->len, scan, err);
    free(copy);
    return ok;
}

static inline bool fails_with(const struct bytes *b, enum nw_code code, const char *msg)
{
    struct nw_scan scan;
    struct nw_err err;
    const bool ok = read_bytes(b, &scan, &err);
    const bool right = !ok && err.code == code && strcmp(err.msg, msg) == 0;
    if (!right)
        printf("# got %s: %s\n", nw_code_name(err.code), err.msg);
    nw_scan_release(&scan);
    return right;
}

static inline bool has_remark(const struct nw_scan *scan, const char *code)
{
    for (size_t r = 0; r < scan->remark_count; r++)
        if (strcmp(scan->remark[r].code, code) == 0)
            return true;
    return false;
}

#endif
