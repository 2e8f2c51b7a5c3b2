/*
 * image/distance.h -- exact Euclidean distances on a grid, and opening, closing, growing and
 * shrinking by a ball in mm, which follow from them. For reduced grids: the maps are floats.
 */
#ifndef NW_IMAGE_DISTANCE_H
#define NW_IMAGE_DISTANCE_H

#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out[v] = squared distance in mm2 from voxel v to the nearest voxel whose (value & mask) is
 * not zero (or is zero, when `to_zero`), by voxel centres; HUGE_VALF when there is none. The
 * grid's axes count as perpendicular. Method: lower envelopes of parabolas, one axis after
 * the other (Felzenszwalb and Huttenlocher 2012). */
NW_MUST_CHECK bool nw_distance2(const struct nw_volume *labels, uint8_t mask, bool to_zero,
                                float *out, struct nw_err *err);

/* On the bit `mask` of a uint8 volume, by a ball of this radius. Beyond the border counts as
 * more of the same, so what leaves the picture is not eroded there. */
NW_MUST_CHECK bool nw_grow_inplace(struct nw_volume *labels, uint8_t mask, double radius_mm,
                                   struct nw_err *err);
NW_MUST_CHECK bool nw_shrink_inplace(struct nw_volume *labels, uint8_t mask, double radius_mm,
                                     struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
