/*
 * print/png_priv.h -- pictures of layers as PNG (ISO/IEC 15948): one byte a pixel, grey or
 * into a palette. No date, no comment, fixed settings: the same picture is the same bytes.
 */
#ifndef NW_PRINT_PNG_PRIV_H
#define NW_PRINT_PNG_PRIV_H

#include <stdint.h>

#include "core/mem.h"

struct nw_plate {
    size_t width, height;
    uint8_t *byte; /* width * height, rows from the top */
};

/* For many pictures of one size that are blank but for some rows: the packed blank rows are
 * made once. Borrowed by many threads while they pack. */
struct nw_packer {
    size_t width, height, row_lo, row_hi;
    const uint8_t (*palette)[4]; /* 256 of red, green, blue, alpha; NULL: grey; borrowed */
    struct nw_packed_rows {
        uint8_t *byte;
        size_t len, raw; /* raw: bytes before packing */
        uint32_t sum;
    } head, tail;
};
/* Rows row_lo <= y < row_hi will be given. */
NW_MUST_CHECK bool nw_packer_init(struct nw_packer *p, size_t width, size_t height,
                                  size_t row_lo, size_t row_hi, struct nw_err *err);
void nw_packer_release(struct nw_packer *p);
/* Returns new PNG bytes; rows: (row_hi - row_lo) * width of them. Thread-safe. */
NW_MUST_CHECK uint8_t *nw_packer_pack(const struct nw_packer *p, const uint8_t *rows,
                                      size_t *len, struct nw_err *err);

/* Reads one byte a pixel, grey or palette (which is not kept), not interlaced, into new
 * plate->byte. NW_ERR_DATA says what is wrong, NW_ERR_UNSUPPORTED what other kind it is,
 * NW_ERR_LIMIT above 2^28 pixels. Check sums are checked. */
NW_MUST_CHECK bool nw_plate_unpack(const uint8_t *data, size_t len, struct nw_plate *out,
                                   struct nw_err *err);

#endif
