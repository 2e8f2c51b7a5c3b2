/*
 * design/brace_priv.h -- a limb brace as it is told, the frame it is laid out in, and its
 * judgement.
 *
 * Places of the brace are told by how far along the axis' line, and by the angle about it from
 * the middle of the lengthwise opening.
 */
#ifndef NW_DESIGN_BRACE_PRIV_H
#define NW_DESIGN_BRACE_PRIV_H

#include "design/look_priv.h"

enum nw_brace_trim { NW_T_NAME, NW_T_AT, NW_T_OUTWARD, NW_T_CURVE, NW_T_COUNT };
enum nw_brace_relief { NW_R_NAME, NW_R_AT, NW_R_EXTRA, NW_R_RADIUS, NW_R_TAPER, NW_R_COUNT };
enum nw_brace_opening {
    NW_O_NAME,
    NW_O_AT,
    NW_O_DIRECTION,
    NW_O_WIDTH,
    NW_O_LENGTH,
    NW_O_ALONG,
    NW_O_COUNT
};
enum nw_brace {
    NW_B_SKIN,
    NW_B_AXIS,
    NW_B_TRIMS,
    NW_B_OPEN,
    NW_B_WIDTH,
    NW_B_CLEAR,
    NW_B_THICK,
    NW_B_REACH,
    NW_B_SMOOTH,
    NW_B_EDGE,
    NW_B_FLARE,
    NW_B_STRAPS,
    NW_B_SLOT_LENGTH,
    NW_B_SLOT_WIDTH,
    NW_B_SLOT_EDGE,
    NW_B_RELIEFS,
    NW_B_OPENINGS,
    NW_B_HOLE,
    NW_B_PITCH,
    NW_B_HOLE_EDGE,
    NW_B_MATERIAL
};
extern const struct nw_member nw_brace_members[];

#define NW_BRACE_BRIDGE_MM                                                                     \
    4.0 /* least material between two cuts, and between one and an edge */

/* One straight piece of the axis: its frame, `open` square to it. */
struct nw_brace_piece {
    nw_vec3 from, to, along, open, side;
    double start, length; /* along the whole axis */
};

struct nw_brace_opened { /* an opening as it was let down on the skin */
    const char *name;
    nw_vec3 at, way, u, v;
    double half_u, half_v; /* of the ellipse */
    nw_node node;
};

struct nw_brace_slot {
    nw_vec3 at, out, along; /* in the middle of the wall */
    nw_node node;
};

struct nw_wall { /* a place in the middle of the wall, and the way out from the axis there */
    nw_vec3 at, out;
};

struct nw_brace_frame {
    struct nw_brace_piece *piece;
    size_t piece_count;
    double length;
    nw_node skin;       /* as it was given */
    nw_node trim[2];    /* what is cut away beyond each */
    nw_node gap;        /* the lengthwise opening */
    double first, last; /* where the trims cross the axis */
    nw_vec3 *edge;      /* of the opening, in the middle of the wall, a millimetre apart */
    size_t edge_count;
    struct nw_brace_opened *opening;
    struct nw_brace_slot *slot;
    size_t slot_count, hole_count;
    nw_vec3 *relief, *relief_way; /* let down on the skin */
};

/* The axis' pieces; the trims, which must go around the limb; the lengthwise opening. */
bool nw_brace_pieces(struct nw_making *m, const struct nw_design_part *p,
                     struct nw_brace_frame *f);
bool nw_brace_trims(struct nw_making *m, const struct nw_design_part *p,
                    struct nw_brace_frame *f);
nw_node nw_brace_gap(struct nw_making *m, const struct nw_design_part *p,
                     const struct nw_brace_frame *f);
/* The place of the axis, and its piece. */
nw_vec3 nw_brace_at(const struct nw_brace_frame *f, double along,
                    const struct nw_brace_piece **piece);
/* Out from the axis, square to it, at an angle from the opening's middle. */
nw_vec3 nw_brace_out(const struct nw_brace_piece *q, double angle);
/* How far the skin is from the axis in a direction; negative: not within reach. */
double nw_brace_radius(const struct nw_making *m, const struct nw_design_part *p, nw_vec3 at,
                       nw_vec3 way);

/* What it takes to put the limb in through the opening, at the worst place: the limb is `wide`
 * across, the opening bends to that and the wall is strained by `strain`, after the slit ring
 * of Timoshenko: strain = thickness * opened / (3 pi radius^2), at the ring's back. */
struct nw_donning {
    double wide_mm, strain, least_width_mm; /* of an opening that would do */
    nw_vec3 place;
};
struct nw_donning nw_brace_donning(const struct nw_making *m, const struct nw_design_part *p,
                                   const struct nw_brace_frame *f);

/* Least material between a cut and others, by the places of its rim in the middle of the wall.
 * `own` is its node, left out. */
double nw_brace_bridge(const struct nw_making *m, const struct nw_brace_frame *f, nw_node own,
                       const nw_vec3 *rim, size_t count);
enum { NW_BRACE_RIM = 48 };
void nw_brace_slot_rim(const struct nw_design_part *p, const struct nw_brace_slot *s,
                       nw_vec3 rim[NW_BRACE_RIM]);

bool nw_brace_check(struct nw_making *m, const struct nw_design_part *p,
                    const struct nw_mesh *mesh);

#endif
