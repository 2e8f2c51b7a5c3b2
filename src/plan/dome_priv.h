/* plan/dome_priv.h -- the half cylinder that a dome osteotomy cuts along; for cut.c. */
#ifndef NW_PLAN_DOME_PRIV_H
#define NW_PLAN_DOME_PRIV_H

#include "plan/cut.h"

/* Its axes: along the cylinder, towards the middle of the dome, and across, right-handed as
 * across, along, towards. */
struct nw_half_cylinder {
    nw_vec3 point, along, towards, across;
    double radius;
};
NW_MUST_CHECK bool nw_dome_set_up(const struct nw_dome *dome, struct nw_half_cylinder *out,
                                  struct nw_err *err);
/* How far a place lies outside; behind the axis the sheet goes on straight to both sides. */
double nw_dome_distance(const struct nw_half_cylinder *c, nw_vec3 p);
/* Where the way from a to b goes through it, 0..1, one end being inside. */
double nw_dome_crossing(const struct nw_half_cylinder *c, nw_vec3 a, nw_vec3 b);
/* Is it in the half that is cut? */
bool nw_dome_is_before(const struct nw_half_cylinder *c, nw_vec3 p);
/* Unrolled: across the dome and along its axis, in mm. */
void nw_dome_flat(const struct nw_half_cylinder *c, nw_vec3 p, double out[2]);

/* Halves edges until none that may cross is longer than the dome's facets. */
NW_MUST_CHECK bool nw_dome_refine(const struct nw_half_cylinder *c, struct nw_mesh *mesh,
                                  struct nw_err *err);
/* Halves the edges within the cut face, putting the middles on the cylinder. */
NW_MUST_CHECK bool nw_dome_round(const struct nw_half_cylinder *c, struct nw_piece_cut *piece,
                                 struct nw_err *err);

#endif
