/*
 * image/overlap.h -- how much of a label two volumes have in common, voxel by voxel. How far
 * their surfaces lie apart is asked of mesh/distance.h, on the surfaces themselves.
 */
#ifndef NW_IMAGE_OVERLAP_H
#define NW_IMAGE_OVERLAP_H

#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a label is nowhere in both, dice and iou are NAN: there was nothing to find. Where it
 * is in one only they are 0, and volume_error_percent is -100 (missing in a) or NAN (missing in
 * b, which is the reference). */
struct nw_overlap {
    size_t voxels_a, voxels_b, voxels_both;
    double dice, iou, volume_error_percent; /* of a against b */
};

/* Of labels 1..count, into out[0..count - 1]. The volumes are uint8 or uint16 and lie on one
 * grid: NW_ERR_GEOMETRY when a corner differs by more than 1 % of a voxel, NW_ERR_ARGUMENT for
 * other types. One pass over both. */
NW_MUST_CHECK bool nw_overlap_labels(const struct nw_volume *a, const struct nw_volume *b,
                                     size_t count, struct nw_overlap *out, struct nw_err *err);

/* Do both grids have the same voxels, to 1 % of a voxel at every corner? */
bool nw_grid_is_same(const struct nw_grid *a, const struct nw_grid *b);

#ifdef __cplusplus
}
#endif
#endif
