/*
 * design/guide_priv.h -- a guide as it is told (its members), as it was built, and its
 * judgement.
 */
#ifndef NW_DESIGN_GUIDE_PRIV_H
#define NW_DESIGN_GUIDE_PRIV_H

#include "design/kinds_priv.h"
#include "design/seat.h"

enum drill {
    D_NAME,
    D_ENTRY,
    D_AXIS,
    D_DIAMETER,
    D_LENGTH,
    D_WALL,
    D_PLAY,
    D_TOOL,
    D_REACH,
    D_COUNT
};

enum slot {
    S_NAME,
    S_POINT,
    S_NORMAL,
    S_INTO,
    S_BLADE,
    S_LENGTH,
    S_HEIGHT,
    S_WALL,
    S_PLAY,
    S_COUNT
};

enum guide {
    G_BONE,
    G_INSERT,
    G_DRILLS,
    G_SLOTS,
    G_PADS,
    G_BRIDGE,
    G_CLEAR,
    G_THICK,
    G_MARGIN,
    G_DEPTH,
    G_ROUND,
    G_SD,
    G_ERROR,
    G_ANGLE,
    G_WALL,
    G_BONE_WALL
};

extern const struct nw_member nw_guide_members[];

/* A kind whose body is a guide's: the same design, but for the part itself, which is a guide
 * with all presets and room for so many drills. */
struct nw_guide_like {
    struct nw_design design;
    struct nw_design_part *part;
    struct nw_slot *slot, *drill; /* for the caller to fill: enum guide, enum drill */
};
NW_MUST_CHECK bool nw_guide_like(struct nw_making *m, const struct nw_design_part *p,
                                 size_t drills, struct nw_guide_like *out);

static const double NW_GUIDE_THROUGH_MM = 25;    /* how deep holes and slots go into the bone */
static const double NW_GUIDE_DRAFT_SIN = 0.0349; /* 2 degrees: steeper walls rub */

static inline const struct nw_slot *nw_guide_drill(const struct nw_design_part *p, size_t i)
{
    return &p->slot[G_DRILLS].item[i * D_COUNT];
}

static inline const struct nw_slot *nw_guide_slot(const struct nw_design_part *p, size_t i)
{
    return &p->slot[G_SLOTS].item[i * S_COUNT];
}

/* What the construction leaves for the judgement. */
struct nw_guide_built {
    nw_vec3 into;
    nw_node bone;  /* as it was given */
    nw_node near;  /* sampled about the places */
    nw_node swept; /* and all it passes through against the way in */
    double cell_mm;
};

struct nw_judging {
    struct nw_making *m;
    const struct nw_design_part *p;
    const struct nw_guide_built *b;
    nw_vec3 into;
};

#define NW_NOWHERE                                                                             \
    (nw_vec3)                                                                                  \
    {                                                                                          \
        (double)NAN, (double)NAN, (double)NAN                                                  \
    }

/* Adds a check with its sentence in both languages, of the same values in the same order. */
NW_PRINTF(3, 5)
NW_PRINTF(4, 5)
bool nw_guide_judge(const struct nw_judging *j, struct nw_design_check check, const char *en,
                    const char *zh, ...);
/* Least distance of two segments, sampled: good to a tenth of a millimetre over a sleeve. */
double nw_guide_apart(nw_vec3 a0, nw_vec3 a1, nw_vec3 b0, nw_vec3 b1, nw_vec3 *where);
/* Walls, the bone under the contact, tools. */
bool nw_guide_check_body(const struct nw_judging *j, const struct nw_mesh *mesh,
                         const struct nw_contact *contact, size_t count);
bool nw_guide_check(struct nw_making *m, const struct nw_design_part *p,
                    const struct nw_mesh *mesh);

#endif
