/*
 * design/cap_priv.h -- the surface that closes a hole of a skull, or of any bone that is about
 * round there: over a sphere fitted to the bone around the hole, or over another bone's surface
 * (the mirrored side), the thin-plate spline (Duchon 1977) that meets the bone in a ring around
 * the hole, in height and slope.
 *
 * Places of the cap are directions from the sphere's middle, laid out flat about the curve's
 * axis with lengths kept along its radii (azimuthal equidistant), in mm on the sphere.
 */
#ifndef NW_DESIGN_CAP_PRIV_H
#define NW_DESIGN_CAP_PRIV_H

#include "design/look_priv.h"
#include "field/lattice.h"

struct nw_cap_opts {
    nw_node bone;
    nw_node whole;       /* negative: none, the sphere is used */
    double margin_mm;    /* the ring begins so far outside the curve */
    double thickness_mm; /* NAN: that of `whole`, or of the bone in the ring */
    bool as_it_is;       /* `whole` is taken without meeting the bone */
};

struct nw_cap {
    nw_vec3 centre;
    double radius_mm;
    size_t rim_count;  /* places in the ring that were used */
    double rim_rms_mm; /* of the bone there over the sphere or `whole`, before they were met */
    double thick_mm;   /* the mean of the cap */
    /* Inside under the cap; exact distances, dear to ask. To a depth far below it when the
     * thickness is given, else as thick as the bone was. */
    nw_node outer, layer; /* layer: for the caller to make from outer */
};

/* Fails at `slot`, the curve, when there is too little bone around it, or no `whole` within. */
NW_MUST_CHECK bool nw_cap_make(struct nw_making *m, const struct nw_slot *slot,
                               const struct nw_loop *loop, const struct nw_cap_opts *opts,
                               struct nw_cap *out);

#endif
