/* print/support_priv.h -- from the places that must be held to posts. */
#ifndef NW_PRINT_SUPPORT_PRIV_H
#define NW_PRINT_SUPPORT_PRIV_H

#include "print/support.h"

/* Where the part is, in cells: filled while the layers go by, then grown by the room that a
 * post needs. */
struct nw_room {
    size_t count[3];
    double cell_mm, step_mm; /* across, and up */
    nw_vec3 from;            /* corner of cell (0, 0, 0), in bed mm */
    uint8_t *cell;           /* PART, NEAR */
    uint16_t *free_below;    /* of each column: the lowest cell that is near the part */
};
enum { NW_ROOM_PART = 1, NW_ROOM_NEAR = 2 };

NW_MUST_CHECK bool nw_room_init(struct nw_room *room, const struct nw_layers *part,
                                struct nw_err *err);
void nw_room_release(struct nw_room *room);
void nw_room_add(struct nw_room *room, const struct nw_layers *part, size_t layer,
                 const uint8_t *coverage);
/* After the last layer: marks what is within near_mm of the part, across. */
NW_MUST_CHECK bool nw_room_grow(struct nw_room *room, double near_mm, struct nw_err *err);

/* Adds the rods of one post whose tip is at this place. */
NW_MUST_CHECK bool nw_post_add(struct nw_supports *s, const struct nw_room *room,
                               const struct nw_support_opts *opts, nw_vec3 tip,
                               struct nw_err *err);
/* When all posts are there: the plate under them. */
NW_MUST_CHECK bool nw_raft_add(struct nw_supports *s, const struct nw_support_opts *opts,
                               struct nw_err *err);

#endif
