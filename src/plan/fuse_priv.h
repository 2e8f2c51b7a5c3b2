/* plan/fuse_priv.h -- samples of a surface laid on another surface; for fuse.c and mirror.c. */
#ifndef NW_PLAN_FUSE_PRIV_H
#define NW_PLAN_FUSE_PRIV_H

#include "mesh/distance.h"
#include "plan/fuse.h"

/* Places spread evenly over a surface, with their normals. */
struct nw_samples {
    size_t count;
    nw_vec3 *at, *normal;
    double area_mm2; /* of all of it */
};
NW_MUST_CHECK bool nw_samples_init(struct nw_samples *out, const struct nw_mesh *mesh,
                                   size_t count, struct nw_err *err);
void nw_samples_release(struct nw_samples *s);

/* Mean, and axes of inertia as the rows of a rotation, most extended last. */
struct nw_inertia {
    nw_vec3 centre;
    nw_mat3 axis;
};
struct nw_inertia nw_samples_inertia(const struct nw_samples *s);

/* From one start. `fixed` must be the tree of `mesh`. */
struct nw_fit {
    const struct nw_samples *moving;
    const struct nw_mesh *mesh;
    const struct nw_bvh *fixed;
    double kept, correlation_mm;
    int rounds; /* stop after so many, at rest or not; 0: until at rest, or fail */
    double sigma_mm;
};
NW_MUST_CHECK bool nw_fit_run(const struct nw_fit *fit, nw_affine start, struct nw_fuse *out,
                              struct nw_err *err);
/* The rms of the nearer half of the samples under a motion: to choose among results. */
NW_MUST_CHECK bool nw_fit_judge(const struct nw_fit *fit, nw_affine motion, double *rms_mm,
                                struct nw_err *err);
/* How far each sample lies off under a motion; HUGE_VAL where the normals disagree. */
void nw_fit_distances(const struct nw_fit *fit, nw_affine motion, double *out_mm);

#endif
