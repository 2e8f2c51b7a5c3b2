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
 * self-intersection when the input is (crossings that would arise are undone). No point of
 * either surface is further than bound_mm from the other: kept during the run and measured at
 * the end. Vertex attributes are carried over (uncertainty, class: the worse of what merged).
 * Adds the bound to tol_mm. Same bytes on any number of threads.
 */
NW_MUST_CHECK bool nw_mesh_simplify_inplace(struct nw_mesh *mesh,
                                            const struct nw_simplify_opts *opts,
                                            struct nw_moved *moved, struct nw_err *err);

struct nw_smooth_opts {
    double bound_mm; /* no vertex moves further from where it was; above 0 */
    int iterations;  /* 0: 10 */
};
/* Taubin (1995) low-pass, lambda 0.5, mu -0.53, each vertex clamped to its bound. Refuses
 * nothing but reports shrinkage: the caller holds it against its limit. */
NW_MUST_CHECK bool nw_mesh_smooth_inplace(struct nw_mesh *mesh,
                                          const struct nw_smooth_opts *opts,
                                          struct nw_moved *moved, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
