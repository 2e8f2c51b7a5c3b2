/* plan/reduce_priv.h -- what reduce.c and meet.c share. */
#ifndef NW_PLAN_REDUCE_PRIV_H
#define NW_PLAN_REDUCE_PRIV_H

#include "mesh/distance.h"
#include "plan/reduce.h"

/* The fragment's outer surface where the motion puts it, and the rest of it but the saw's
 * faces, which may be nothing; `inner` may be NULL. `tree` is the bone's. */
NW_MUST_CHECK bool nw_reduce_split(const struct nw_mesh *fragment, size_t face,
                                   const struct nw_mesh *bone, const struct nw_bvh *tree,
                                   const struct nw_fuse *fuse, struct nw_mesh *outer,
                                   struct nw_mesh *inner, struct nw_err *err);
/* Fills in the turn and the shift that follow from the motion. */
void nw_reduced_moved(struct nw_reduced *r);

#endif
