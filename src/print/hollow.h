/*
 * print/hollow.h -- a part made hollow, with a wall of even thickness and the holes through
 * which resin or powder leaves: of every hollow one at its lowest place and one at its highest,
 * as it lies on the bed, so that what flows out below is followed by air above.
 */
#ifndef NW_PRINT_HOLLOW_H
#define NW_PRINT_HOLLOW_H

#include "print/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_hollow_opts {
    double wall_mm;
    double hole_mm; /* diameter; 0: the machine's least, or 3 */
};

enum { NW_HOLES = 32 };
struct nw_hollowed {
    nw_node root;
    size_t hollows, holes;
    nw_vec3 hole_mm[NW_HOLES]; /* where they begin, in patient mm */
    double saved_mm3;          /* of the hollows, holes left out */
};

/* `solid` must be distance-like (a mesh, or baked); it lies as placed. When the wall leaves no
 * room, root is `solid` and hollows 0. NW_ERR_LIMIT for more than NW_HOLES / 2 hollows,
 * NW_ERR_GEOMETRY as nw_field_hollowed. */
NW_MUST_CHECK bool nw_hollow(struct nw_field *field, nw_node solid,
                             const struct nw_placement *place, const struct nw_machine *machine,
                             const struct nw_hollow_opts *opts, struct nw_hollowed *out,
                             struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
