/*
 * field/surface.h -- the one extractor: a field on a lattice in, a closed oriented surface
 * out. Dual contouring with one vertex per surface component of a cell (manifold after Nielson
 * 2004 and Schaefer, Ju, Warren 2007), polygons split so that the triangles stay in their
 * envelope (intersection-free after Ju and Udeshi 2006), vertices strictly inside their cells.
 *
 * What it promises, on any input: closed, every edge in exactly two triangles, outward, no
 * self-intersection, the same bytes on any number of threads. Beyond the lattice is outside,
 * so what reaches the border is cut off flat, half a cell beyond the last sample. Insides that
 * touch only across the diagonal of a face are separate. Cost: one pass over the samples (or
 * over brick ranges, when the source can skip) plus work in proportion to the surface; memory:
 * one bit a sample, besides what is in proportion to the surface.
 *
 * Failures of all: NW_ERR_DATA for a grid that nw_grid_check refuses, NW_ERR_LIMIT when the
 * surface crosses 2^31 cells or more, NW_ERR_MEMORY, NW_ERR_CANCELLED. A surface that does not
 * exist is an empty mesh, except where said otherwise. tol_mm is 0: a vertex lies in the cell
 * in which the field passes zero, and how far from it is for the caller to measure.
 */
#ifndef NW_FIELD_SURFACE_H
#define NW_FIELD_SURFACE_H

#include "core/mesh.h"
#include "core/volume.h"
#include "field/field.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Values on a lattice, asked for brick by brick, from several threads at once. Points are
 * indices lo[] <= p < hi[] of the lattice; value[] runs i fastest. Inside is below zero;
 * exactly zero counts as outside; NaN counts as outside.
 */
struct nw_lattice {
    struct nw_grid grid;
    const void *user;
    /* May the values in this box of points have both signs? NULL: always maybe. */
    bool (*may_cross)(const void *user, const size_t lo[3], const size_t hi[3]);
    /* A brick of them, or one that stands for a brick that cannot cross. NW_ERR_MEMORY. */
    bool (*fill)(const void *user, const size_t lo[3], const size_t hi[3], float *value,
                 struct nw_err *err);
    /* Value and gradient (per mm) at a point in mm, for sharp edges; NULL: vertices are means
     * of their edge crossings. */
    double (*gradient)(const void *user, nw_vec3 point_mm, nw_vec3 *out);
    /* The same value alone, when that costs less; may be NULL. */
    double (*value)(const void *user, nw_vec3 point_mm);
};

NW_MUST_CHECK bool nw_surface_extract(const struct nw_lattice *lattice, struct nw_mesh *out,
                                      struct nw_err *err);

/* A field expression in a box, at this cell size; sharp edges kept (QEF). The box is grown to
 * whole cells around its middle, samples lie in the middle of cells, so what reaches the box is
 * cut off exactly on it. NW_ERR_GEOMETRY when nothing is inside; NW_ERR_ARGUMENT for a box or
 * cell size that is none; NW_ERR_LIMIT beyond 65535 cells along an axis. */
NW_MUST_CHECK bool nw_surface_of_field(const struct nw_field *field, nw_node root, nw_box box,
                                       double cell_mm, struct nw_mesh *out, struct nw_err *err);

/* Everything of a volume (any voxel type) at or above `level`, which is finite; the fastest way
 * there is. NaN voxels are outside. NW_ERR_ARGUMENT for a level that is not finite. */
NW_MUST_CHECK bool nw_surface_of_level(const struct nw_volume *vol, double level,
                                       struct nw_mesh *out, struct nw_err *err);

/* One closed mesh for each label value 1..label_count of a uint8 or uint16 volume, in out[0..],
 * which may be empty meshes; where two labels touch, their vertices are the same numbers, save
 * in cells in which a label comes in several pieces. NW_ERR_ARGUMENT for another voxel type, or
 * more labels than the type can count. */
NW_MUST_CHECK bool nw_surface_of_labels(const struct nw_volume *labels, size_t label_count,
                                        struct nw_mesh *out, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
