/*
 * image/bits.h -- a mask of a whole scan at one bit a voxel, for growing by a few voxels: a
 * step over 512 x 512 x 512 voxels costs one pass over 16 MiB.
 */
#ifndef NW_IMAGE_BITS_H
#define NW_IMAGE_BITS_H

#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows begin at whole words; bits beyond dim[0] are 0. */
struct nw_bits {
    size_t dim[3], row_words;
    nw_vec3 spacing_mm;
    uint64_t *word; /* row_words * dim[1] * dim[2] */
};

NW_MUST_CHECK bool nw_bits_init(struct nw_bits *bits, const struct nw_grid *grid,
                                struct nw_err *err);
void nw_bits_release(struct nw_bits *bits);

static inline uint64_t *nw_bits_row(const struct nw_bits *b, size_t j, size_t k)
{
    return b->word + b->row_words * (j + b->dim[1] * k);
}

static inline bool nw_bits_at(const struct nw_bits *b, size_t i, size_t j, size_t k)
{
    return nw_bits_row(b, j, k)[i / 64] >> (i % 64) & 1;
}

/* Sets bits lo <= i < hi of a row. */
void nw_bits_set(struct nw_bits *bits, size_t lo, size_t hi, size_t j, size_t k);

/* Bits of the voxels whose value is `value` in a uint8 volume of the same grid. */
void nw_bits_pack(struct nw_bits *bits, const struct nw_volume *labels, uint8_t value);

/* Grows by about a ball: steps of a voxel, crosses and cubes by turns, each axis as often as
 * its spacing asks. Shrinking is growing the complement: what lies beyond the border is then
 * more of the same. NW_ERR_MEMORY. */
NW_MUST_CHECK bool nw_bits_grow(struct nw_bits *bits, double radius_mm, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
