/*
 * anatomy/body_priv.h -- what is body, what is table, and what lies outside the skin, on a
 * grid of cells of about 2.5 mm. Small, and all that the recipes need to know about it.
 */
#ifndef NW_ANATOMY_BODY_PRIV_H
#define NW_ANATOMY_BODY_PRIV_H

#include "anatomy/grey_priv.h"

enum nw_body_bit {
    NW_BODY_SOLID = 1, /* a quarter of the cell or more is above -300 HU */
    NW_BODY_ANY = 2,   /* some voxel is */
    NW_BODY_CORE = 4,  /* thicker than about 10 mm: table tops and blankets are not */
    NW_BODY_HULL = 8,  /* the core with all it encloses */
    NW_BODY_TABLE = 16 /* thin, wide, and the same in every slice; grown by a cell */
};

struct nw_body {
    struct nw_volume map; /* uint8 of bits */
    size_t factor[3];     /* voxels to a cell */
    bool found;           /* is there a core at all */
    double core_mm3;
};

NW_MUST_CHECK bool nw_body_find(const struct nw_grey *grey, struct nw_body *out,
                                struct nw_err *err);
void nw_body_release(struct nw_body *body);

static inline uint8_t nw_body_at(const struct nw_body *b, size_t i, size_t j, size_t k)
{
    return b->map
        .u8[nw_grid_at(&b->map.grid, i / b->factor[0], j / b->factor[1], k / b->factor[2])];
}

#endif
