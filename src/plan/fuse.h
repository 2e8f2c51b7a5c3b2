/*
 * plan/fuse.h -- lays one shape on another, rigidly, and says how well: by landmarks, or by
 * surfaces. Nothing here takes effect by itself: who asks gets a motion with its error and
 * decides.
 *
 * A motion maps places of the moving shape to the fixed one's space, both in LPS mm. Its
 * covariance is that of six small numbers: a rotation (radians, about `centre_mm` of the fixed
 * space) and a shift (mm) that come after it.
 */
#ifndef NW_PLAN_FUSE_H
#define NW_PLAN_FUSE_H

#include "core/mesh.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_fuse {
    nw_affine motion; /* moving to fixed; the linear part is a rotation */
    double rms_mm;    /* of what was kept */
    double p95_mm;    /* of everything, kept or not */
    double kept;      /* share of the samples, 0..1 */
    size_t samples;
    int rounds;
    nw_vec3 centre_mm;
    double covariance[6][6];
    /* How firmly the shapes hold one another, weakest first: the root mean square of what a
     * move of 1 mm (rotations: at the samples' mean radius) changes in the distances. */
    double firm[6];
    double weakest[6]; /* the direction that belongs to firm[0], rotations in mm as above */
    double noise_mm;   /* of a distance, as the covariance counts it */
};

/* One sigma of where the motion puts a place of the fixed space, in mm, all directions
 * together. */
double nw_fuse_sigma_at(const struct nw_fuse *fuse, nw_vec3 point_mm);

/*
 * Pairs of landmarks, least squares without scaling, in closed form (Horn 1987). `sigma_mm` is
 * the stated error of one landmark, all directions together (NAN: from the residuals alone);
 * the larger of the stated and the found one goes into the covariance, which at a target gives
 * Fitzpatrick's (1998) error. NW_ERR_GEOMETRY for fewer than three pairs, or all on a line.
 */
NW_MUST_CHECK bool nw_fuse_landmarks(const nw_vec3 *moving_mm, const nw_vec3 *fixed_mm,
                                     size_t count, double sigma_mm, struct nw_fuse *out,
                                     struct nw_err *err);

struct nw_fuse_opts {
    const nw_affine *start; /* NULL: as they lie */
    bool turn;              /* also try the four ways to lay principal axes on one another */
    double kept;            /* share of the samples that counts; 0: found */
    size_t samples;         /* on the moving surface; 0: 5000 */
    /* Errors of neighbouring samples no further apart are alike: the covariance counts one for
     * each disc of that size. 0: samples are independent. */
    double correlation_mm;
    double sigma_mm; /* of both surfaces together, as stated; the larger of it and of what the
                      * distances scatter goes into the covariance; 0: not stated */
    double limit_mm; /* refuse a residual (rms of what was kept) above this; 0: none */
};
/*
 * Trimmed closest points to tangent planes (Chetverikov et al. 2005; Chen and Medioni 1992):
 * first the share that serves best, then all within two and a half sigma of what was found.
 * Pairs whose normals differ by more than 60 degrees do not count. Always the same answer.
 * NW_ERR_GEOMETRY when it does not come to rest in 200 rounds, when the surfaces leave a
 * direction free (a ball in a socket turns), or above the limit; NW_ERR_DATA for a mesh that
 * nw_bvh_new refuses.
 */
NW_MUST_CHECK bool nw_fuse_surfaces(const struct nw_mesh *moving, const struct nw_mesh *fixed,
                                    const struct nw_fuse_opts *opts, struct nw_fuse *out,
                                    struct nw_err *err);

/* ---- how well it is determined ---- */

/* One degree of freedom: about or along `axis`, with one sigma in radians or mm. */
struct nw_freedom {
    nw_vec3 axis;
    double sigma;
};
enum { NW_MOST_OTHERS = 4 };
struct nw_doubt {
    struct nw_freedom turn[3], shift[3]; /* at the centre; the weakest first */
    size_t others;                       /* other turns about turn[0] that fit about as well, */
    double other_rad[NW_MOST_OTHERS];    /* the smallest first; turn[0] counts them */
};
/* From the covariance alone: the principal axes of its turns and of its shifts. */
struct nw_doubt nw_fuse_doubt(const struct nw_fuse *fuse);

struct nw_turn_opts {
    const struct nw_mesh *shape; /* that must fit, all of it: what was trimmed counts here */
    size_t face;                 /* triangles of it from here on are a saw's; 0: none */
    double correlation_mm, sigma_mm;
    const struct nw_fuse *marks; /* landmarks rule out what they contradict; NULL: none */
    /* Fits anew from there. */
    bool (*refine)(void *user, nw_affine start, struct nw_fuse *out, struct nw_err *err);
    void *user;
};
/*
 * A body that is nearly one of revolution comes to rest in many turns about its axis, and
 * trimming calls the few features that tell them apart outliers. So the whole shape is turned
 * about the weakest axis, right round; where it lies best it is fitted anew, and the fits are
 * compared by chi squared over everything, each distance counting up to 2.5 sigma and one for
 * each disc of correlation. The best goes into *fuse; others within 9 of it (3 sigma), turned
 * by 2 degrees and 3 sigma at least, are told of.
 */
NW_MUST_CHECK bool nw_fuse_other_turns(const struct nw_mesh *fixed,
                                       const struct nw_turn_opts *opts, struct nw_fuse *fuse,
                                       struct nw_doubt *out, struct nw_err *err);

/* ---- the plane of symmetry ---- */

struct nw_mirror {
    nw_vec3 point_mm, normal; /* normal of length 1, its largest component above 0 */
    double rms_mm;            /* left against right, where they agree */
    double p95_mm;            /* everywhere: what no mirrored part can be better than */
    double kept;              /* share of the surface that has a twin */
    double tilt_sigma_rad, shift_sigma_mm;
    double covariance[3]
                     [3]; /* of tilts towards u, v (radians) and the shift (mm) at point_mm */
    nw_vec3 u, v;
    size_t samples;
};
struct nw_mirror_opts {
    nw_vec3 near_normal; /* a guess of the normal; zero: the three principal axes are tried */
    size_t samples;      /* 0: 5000 */
    double correlation_mm;
};
/*
 * Reflects the surface through a first plane, lays the reflected one on the original by
 * trimmed closest points (so that a defect and what is lopsided drop out), takes the plane
 * half way, and repeats until it rests. Its covariance counts what differs from side to side
 * as chance over `correlation_mm`; a head that is lopsided as a whole has no better plane than
 * this one, and p95_mm tells. Fails as nw_fuse_surfaces does.
 */
NW_MUST_CHECK bool nw_mirror_plane(const struct nw_mesh *mesh,
                                   const struct nw_mirror_opts *opts, struct nw_mirror *out,
                                   struct nw_err *err);

/* The reflection through a plane, as a map; its determinant is -1. */
nw_affine nw_reflection(nw_vec3 point_mm, nw_vec3 normal);

#ifdef __cplusplus
}
#endif
#endif
