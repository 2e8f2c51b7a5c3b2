/*
 * plan/reduce.h -- a broken bone put together again on a whole one (the mirrored other side, a
 * template): each fragment by its outer surface, and how far fragments run into one another.
 */
#ifndef NW_PLAN_REDUCE_H
#define NW_PLAN_REDUCE_H

#include "plan/axis.h"
#include "plan/fuse.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_reduce_opts {
    const nw_affine *start;       /* NULL: as it lies */
    const struct nw_region *near; /* of the whole bone, where the fragment belongs: the start
                                   * is looked for there; NULL: from `start` */
    double kept;                  /* share of the fragment's surface that is outer and has its
                                   * match at first; 0: 0.35 */
    size_t samples;               /* 0: 5000, and 1000 at first */
    double correlation_mm;        /* as of nw_fuse_opts */
    double sigma_mm;              /* likewise */
    const struct nw_fuse *marks;  /* as of nw_turn_opts */
    size_t face;                  /* triangles from here on are a saw's; 0: none */
};
struct nw_reduced {
    struct nw_fuse fuse; /* of the outer surface: its rms, p95, covariance */
    double outer;        /* share of the fragment's area that is outer */
    double turned_rad;
    nw_vec3 from_mm, shift_mm; /* the middle of its surface, and how far that moves */
    struct nw_doubt doubt;     /* of the bone's word alone, other turns with it */
    /* By nw_reduce_meet, else 0: */
    double met;         /* share of its broken surface that meets another fragment's */
    double gap_mm;      /* there, root mean square; NAN: nowhere */
    double by_faces_mm; /* how far that has moved the middle of its surface */
};
/*
 * First the given share of the whole surface is laid on the bone by trimmed closest points.
 * What then lies within three rms (1 mm at least) of the bone and faces as it does is the
 * outer surface; it alone is laid on once more, with the share that serves best: so that
 * the broken faces pull on nothing. Then other turns about the weakest axis are tried
 * (nw_fuse_other_turns). Fails as nw_fuse_surfaces does, and with NW_ERR_GEOMETRY when next to
 * nothing is outer.
 */
NW_MUST_CHECK bool nw_reduce(const struct nw_mesh *fragment, const struct nw_mesh *bone,
                             const struct nw_reduce_opts *opts, struct nw_reduced *out,
                             struct nw_err *err);

struct nw_fragment {
    const struct nw_mesh *mesh;
    size_t face; /* triangles from here on are a saw's; 0: none */
};
/*
 * Fragments that nw_reduce has laid on the bone, in r[], moved on together until their broken
 * faces meet: what holds a smooth shaft along itself. The broken surface is what is neither
 * outer nor a saw's; its places count that lie within 3 mm before another fragment's and face
 * it, robustly. What the bone says of each counts by its covariance; the one afterwards is of
 * both. Where no faces meet nothing changes. Bone that is lost between two faces makes them
 * meet too soon: gap_mm and the rms on the bone then tell. The order of the fragments does not
 * matter. NW_ERR_GEOMETRY as nw_reduce; NW_ERR_MEMORY; NW_ERR_CANCELLED.
 */
NW_MUST_CHECK bool nw_reduce_meet(const struct nw_fragment *fragment, size_t count,
                                  const struct nw_mesh *bone, double correlation_mm,
                                  struct nw_reduced *r, struct nw_err *err);

/* Two closed solids: the volume that both fill, by columns (160 along the longest side of
 * where their boxes meet; the rest of its error is their outline's), and how deep a place of
 * one's surface lies in the other at most, by vertices and 4000 samples of each. NAN when one
 * is not closed. */
struct nw_overlap {
    double volume_mm3, depth_mm;
};
NW_MUST_CHECK bool nw_overlap(const struct nw_mesh *a, const struct nw_mesh *b,
                              struct nw_overlap *out, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
