/*
 * print/orient.h -- which way up a part is best built: over a thousand directions, the faces'
 * own among them, and the best ones refined. Always the same for the same part.
 */
#ifndef NW_PRINT_ORIENT_H
#define NW_PRINT_ORIENT_H

#include "print/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_orient_opts {
    /* Surface within clear_mm of this model is to stay free of support: a guide's contact with
     * its bone, a joint's face. NULL: none. Borrowed. */
    const struct nw_model *keep_clear;
    double clear_mm;
};

struct nw_orientation {
    nw_vec3 up;      /* of the design, unit */
    double spin_rad; /* so that it fits */
    bool fits;
    double height_mm;
    double overhang_mm2; /* surface that looks down beyond the machine's limit */
    double support_mm3;  /* columns from it to the bed: an upper bound */
    double clear_mm2;    /* of it, surface that was to stay clear */
    double base_mm2;     /* lies on the bed */
    double cost;
};

/*
 * The best orientations first, none within 15 degrees of a better one; returns how many. The
 * cost is, in percent: overhanging surface of all surface; half the support volume of height
 * times a sixth of the surface; a quarter of the height of the box's diagonal; ten times the
 * surface to be kept clear that overhangs, of all such; up to 10 for standing on less than a
 * twentieth of the surface, but in resin; 1000 for what does not fit. `as_is` is that of z up.
 */
enum { NW_ORIENTATIONS = 5 };
NW_MUST_CHECK bool nw_orient(const struct nw_model *model, const struct nw_machine *machine,
                             const struct nw_orient_opts *opts,
                             struct nw_orientation out[NW_ORIENTATIONS], size_t *count,
                             struct nw_orientation *as_is, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
