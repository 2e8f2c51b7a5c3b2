/*
 * mesh/simplify.h -- fewer triangles and smoother ones, each with a bound that is kept and
 * measured, never only hoped for.
 */
#ifndef NW_MESH_SIMPLIFY_H
#define NW_MESH_SIMPLIFY_H

#include "core/mesh.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How far a surface moved: measured both ways between before and after. */
struct nw_moved {
    double mean_mm, p95_mm, max_mm;
    double volume_percent; /* signed change */
    size_t triangles_before, triangles_after;
};

struct nw_simplify_opts {
    double bound_mm; /* above 0 */
    double
        target_ratio; /* stop at this share of the triangles; 0: as few as the bound allows */
};
/*
 * Edge collapses by quadric error (Garland and Heckbert 1997) with link condition, normal-flip
 * and shape guards; the result is closed and 2-manifold when the input is, and free of
 * self-intersection when the input is (what would cross is undone). What is no manifold, and an
 * open border, stays as it is.
 *
 * The bound holds both ways. During the run seven tenths of it are kept at every original
 * vertex, at the middle of every longer original side and at every new vertex, 85 hundredths
 * along the new sides and in the middle of the new faces; the rest is for what lies in between.
 * That is sampled, not proved: on bone from CT at 0.05 mm one place in 19000 (every 0.15 mm,
 * both ways) was further, up to 0.084 mm.
 * `moved` is measured at those places at the end, from new to old exactly, from old to new
 * against the triangle that took over (so never too small); mean and 95 % count places, not
 * area.
 *
 * Attributes are carried over (class: the worse of what merged). Adds the bound to tol_mm.
 * Same bytes on any number of threads. NW_ERR_ARGUMENT for a bound not above 0 or a share
 * outside 0 to 1, NW_ERR_DATA for bad indices or places, NW_ERR_LIMIT from 2^32 / 3 triangles,
 * NW_ERR_CANCELLED; the mesh is untouched then. About 150 bytes a triangle while it runs.
 */
NW_MUST_CHECK bool nw_mesh_simplify_inplace(struct nw_mesh *mesh,
                                            const struct nw_simplify_opts *opts,
                                            struct nw_moved *moved, struct nw_err *err);

struct nw_smooth_opts {
    double bound_mm; /* no vertex moves further from where it was; above 0 */
    int iterations;  /* 0: 10 */
};
/* Taubin (1995) low-pass, lambda 0.5, mu -0.53, each vertex clamped to its bound. Does not
 * judge shrinkage but reports it, vertices against the other surface both ways: the caller
 * holds it against its limit. Fails as nw_mesh_simplify_inplace does. Noise of the size of the
 * cells may fold: nw_mesh_check says. */
NW_MUST_CHECK bool nw_mesh_smooth_inplace(struct nw_mesh *mesh,
                                          const struct nw_smooth_opts *opts,
                                          struct nw_moved *moved, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
