/*
 * design/splint.c -- a splint or brace: a shell about a finger or limb, open along one side so
 * that it can be put on, with holes for air. Presets after methods.md 4.5.
 */
#include <math.h>
#include <stdio.h>

#include "design/look_priv.h"

static const double CELL_MM = 0.5;     /* of the skin, measured anew */
static const double BEYOND_MM = 3;     /* the skin is taken so far beyond the ends */
static const double BRIDGE_MM = 3;     /* between a hole and an edge */
static const double FLEX_LEAST = 0.75; /* opening over limb: what a thin shell bends open */

enum splint {
    W_SKIN,
    W_AXIS,
    W_OPEN,
    W_ANGLE,
    W_CLEAR,
    W_THICK,
    W_REACH,
    W_SMOOTH,
    W_EDGE,
    W_HOLE,
    W_PITCH,
    W_MATERIAL
};
static const struct nw_member splint_members[] = {
    {.name = "skin", .type = NW_PART_MEMBER, .required = true, .zh = "皮肤", .en = "the skin"},
    {.name = "axis_mm",
     .type = NW_POINTS_MEMBER,
     .required = true,
     .min = 2,
     .zh = "肢体内的轴线，两端为支具的两端",
     .en = "places along the middle of the limb; its ends are the splint's"},
    {.name = "open",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "开口的方向",
     .en = "the side it is open to"},
    {.name = "open_deg",
     .type = NW_ANGLE_MEMBER,
     .preset = 140,
     .min = 10,
     .max = 300,
     .zh = "开口的角度，绕轴线",
     .en = "angle of the opening about the axis"},
    {.name = "clearance_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 2.5,
     .min = 0,
     .max = 20,
     .zh = "与皮肤的间隙，含衬垫（2–3）",
     .en = "to the skin, for padding; 2 to 3"},
    {.name = "thickness_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 3,
     .min = 1,
     .max = 12,
     .zh = "壁厚：FDM 3–4，尼龙烧结 2.5",
     .en = "wall: 3 to 4 for FDM, 2.5 for sintered nylon"},
    {.name = "reach_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 60,
     .min = 3,
     .max = 200,
     .zh = "离轴线的最远距离，排除其他肢体",
     .en = "how far from the axis; what lies beyond belongs to other limbs"},
    {.name = "smooth_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 3,
     .min = 0,
     .max = 40,
     .zh = "内面跨过曲率半径小于此值的凹陷",
     .en = "its inside spans hollows of a smaller radius"},
    {.name = "edge_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1,
     .min = 0,
     .max = 4,
     .zh = "边缘的圆角半径，小于壁厚的一半",
     .en = "radius of its edges, below half the wall"},
    {.name = "hole_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0,
     .min = 0,
     .max = 15,
     .zh = "透气孔直径（5–8），0 为无",
     .en = "diameter of holes for air, 5 to 8; 0: none"},
    {.name = "hole_pitch_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 12,
     .min = 3,
     .max = 60,
     .zh = "孔距，至少 12",
     .en = "between them; 12 or more"},
    {.name = "material",
     .type = NW_CHOICE_MEMBER,
     .choices = nw_material_names,
     .preset = 7,
     .zh = "材料",
     .en = "what it is made of"},
    {0},
};

/* One straight piece of the axis: its frame, `open` square to it. */
struct piece {
    nw_vec3 from, to, along, open, side;
};

static bool take_piece(struct nw_making *m, const struct nw_design_part *p, size_t i,
                       struct piece *out)
{
    const struct nw_slot *axis = &p->slot[W_AXIS];
    const nw_vec3 way = nw_sub(axis->point[i + 1], axis->point[i]);
    if (!(nw_length(way) > 0.5))
        return nw_json_fail(axis->at, m->err, "has places less than 0.5 mm apart");
    out->from = axis->point[i];
    out->to = axis->point[i + 1];
    out->along = nw_unit(way);
    const nw_vec3 open = p->slot[W_OPEN].vec;
    const nw_vec3 flat = nw_along(open, out->along, -nw_dot(open, out->along));
    if (!(nw_length(flat) > 0.2))
        return nw_json_fail(p->slot[W_OPEN].at, m->err, "runs along the axis");
    out->open = nw_unit(flat);
    out->side = nw_cross(out->along, out->open);
    return true;
}

/* Radially outward from the axis, at an angle from the middle of the opening. */
static nw_vec3 outward(const struct piece *q, double angle)
{
    return nw_along(nw_scale(q->open, nw_cos(angle)), q->side, nw_sin(angle));
}

/* What is cut out of the side: between two planes through the axis. */
static nw_node make_wedge(struct nw_making *m, const struct nw_design_part *p,
                          const struct piece *q)
{
    const double half = p->slot[W_ANGLE].number / 2 * NW_PI / 180;
    nw_node side[2];
    for (int s = 0; s < 2; s++) {
        const double turn = (s ? -1 : 1) * (half + NW_PI / 2);
        side[s] = nw_field_half_space(m->field, q->from, outward(q, turn), m->err);
    }
    return half < NW_PI / 2 ? nw_field_intersection(m->field, side[0], side[1], m->err)
                            : nw_field_union(m->field, side[0], side[1], m->err);
}

/* Between the planes that halve the bends at both ends of a piece. */
static nw_node make_stretch(struct nw_making *m, const struct nw_design_part *p, size_t i,
                            const struct piece *q, nw_node node)
{
    struct piece other;
    if (i > 0) {
        if (!take_piece(m, p, i - 1, &other))
            return -1;
        const nw_vec3 n = nw_unit(nw_add(other.along, q->along));
        node = nw_field_intersection(
            m->field, node, nw_field_half_space(m->field, q->from, nw_scale(n, -1), m->err),
            m->err);
    }
    if (i + 2 < p->slot[W_AXIS].count) {
        if (!take_piece(m, p, i + 1, &other))
            return -1;
        const nw_vec3 n = nw_unit(nw_add(other.along, q->along));
        node = nw_field_intersection(m->field, node,
                                     nw_field_half_space(m->field, q->to, n, m->err), m->err);
    }
    return node;
}

static nw_node cut_opening(struct nw_making *m, const struct nw_design_part *p, nw_node splint)
{
    for (size_t i = 0; i + 1 < p->slot[W_AXIS].count; i++) {
        struct piece q;
        if (!take_piece(m, p, i, &q))
            return -1;
        const nw_node wedge = make_stretch(m, p, i, &q, make_wedge(m, p, &q));
        splint = nw_field_difference(m->field, splint, wedge, m->err);
    }
    return splint;
}

/* Rows of holes, every other one shifted by half a pitch. */
static nw_node cut_holes(struct nw_making *m, const struct nw_design_part *p, nw_node splint,
                         double radius)
{
    enum { HOLES_MOST = 600 };
    const double r = p->slot[W_HOLE].number / 2, pitch = p->slot[W_PITCH].number;
    const double edge = r + BRIDGE_MM, half = p->slot[W_ANGLE].number / 2 * NW_PI / 180;
    const double turn = pitch / radius, first = half + edge / radius;
    int count = 0;
    for (size_t i = 0; i + 1 < p->slot[W_AXIS].count; i++) {
        struct piece q;
        if (!take_piece(m, p, i, &q))
            return -1;
        const double length = nw_length(nw_sub(q.to, q.from));
        for (int row = 0; edge + pitch * 0.866 * row <= length - edge; row++)
            for (int k = 0; first + turn * (k + 0.5 * (row & 1)) <= 2 * NW_PI - first; k++) {
                if (++count > HOLES_MOST) {
                    nw_json_fail(p->slot[W_HOLE].at, m->err,
                                 "makes more than %d holes; a larger hole_pitch_mm makes fewer",
                                 HOLES_MOST);
                    return -1;
                }
                const nw_vec3 at = nw_along(q.from, q.along, edge + pitch * 0.866 * row);
                const nw_vec3 d = outward(&q, first + turn * (k + 0.5 * (row & 1)));
                splint = nw_field_difference(
                    m->field, splint,
                    nw_field_cylinder(m->field, at,
                                      nw_along(at, d, p->slot[W_REACH].number + 5), r, m->err),
                    m->err);
            }
    }
    return splint;
}

static nw_box box_of(const struct nw_design_part *p, double grown)
{
    nw_box box = nw_box_empty();
    for (size_t i = 0; i < p->slot[W_AXIS].count; i++)
        box = nw_box_with(box, p->slot[W_AXIS].point[i]);
    return nw_box_grown(box, grown);
}

/* The limb about the axis, with exact distances and its hollows spanned. */
static nw_node limb_of(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot, *axis = &s[W_AXIS];
    const size_t last = axis->count - 1;
    NW_AUTOFREE nw_vec3 *line = NW_ALLOC(nw_vec3, axis->count, m->err);
    NW_AUTOFREE double *radius = line ? NW_ALLOC(double, axis->count, m->err) : NULL;
    for (size_t i = 0; radius && i <= last; i++) {
        line[i] = axis->point[i];
        radius[i] = s[W_REACH].number;
    }
    if (!radius)
        return -1;
    const nw_node near = nw_field_intersection(
        m->field, nw_slot_node(m, &s[W_SKIN]),
        nw_field_tube(m->field, line, radius, axis->count, m->err), m->err);
    return nw_field_rounded(m->field, near, box_of(p, s[W_REACH].number + BEYOND_MM),
                            fmax(CELL_MM, s[W_REACH].number / 120), 0, s[W_SMOOTH].number,
                            m->err);
}

/* Cut off square to the axis at both ends. */
static nw_node cut_ends(struct nw_making *m, const struct nw_design_part *p, nw_node splint)
{
    const size_t last = p->slot[W_AXIS].count - 2;
    struct piece a, b;
    if (!take_piece(m, p, 0, &a) || !take_piece(m, p, last, &b))
        return -1;
    splint = nw_field_intersection(
        m->field, splint, nw_field_half_space(m->field, a.from, nw_scale(a.along, -1), m->err),
        m->err);
    return nw_field_intersection(m->field, splint,
                                 nw_field_half_space(m->field, b.to, b.along, m->err), m->err);
}

/* How far the skin lies from the axis in a direction; negative: not within reach. */
static double limb_radius(const struct nw_making *m, const struct nw_design_part *p, nw_vec3 at,
                          nw_vec3 d)
{
    const double reach = p->slot[W_REACH].number;
    const double hit = nw_node_hit(m, nw_slot_node(m, &p->slot[W_SKIN]), nw_along(at, d, reach),
                                   nw_scale(d, -1), reach);
    return hit < 0 ? -1 : reach - hit;
}

static nw_node make_splint(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    struct piece q;
    if (!take_piece(m, p, 0, &q))
        return -1;
    if (!(2 * s[W_EDGE].number < 0.96 * s[W_THICK].number)) {
        nw_json_fail(s[W_EDGE].at ? s[W_EDGE].at : s[W_THICK].at, m->err,
                     "leaves nothing: edges of %.2f mm need more than %.2f mm of thickness",
                     s[W_EDGE].number, 2 * s[W_EDGE].number / 0.96);
        return -1;
    }
    const nw_vec3 middle = nw_scale(nw_add(q.from, q.to), 0.5);
    const double radius = limb_radius(m, p, middle, nw_scale(q.open, -1));
    if (!(radius > 1)) {
        nw_json_fail(s[W_AXIS].at, m->err, "does not run inside a limb within reach_mm");
        return -1;
    }
    const nw_node limb = limb_of(m, p);
    const double clear = s[W_CLEAR].number, out = clear + s[W_THICK].number;
    nw_node splint =
        nw_field_difference(m->field, nw_field_offset(m->field, limb, out, m->err),
                            nw_field_offset(m->field, limb, clear, m->err), m->err);
    splint = cut_opening(m, p, cut_ends(m, p, splint));
    if (s[W_HOLE].number > 0 && m->err->code == NW_OK)
        splint = cut_holes(m, p, splint, radius + out);
    if (!(s[W_EDGE].number > 0) || m->err->code != NW_OK)
        return splint;
    return nw_field_rounded(m->field, splint, box_of(p, s[W_REACH].number + out + 1), CELL_MM,
                            s[W_EDGE].number, 0, m->err);
}

/* ---- the judgement ---- */

/* The opening between the inner edges, and the limb's width across it, in one section. */
static double opening_over_limb(const struct nw_making *m, const struct nw_design_part *p,
                                const struct piece *q, nw_vec3 at)
{
    enum { TURNS = 48 };
    const double half = p->slot[W_ANGLE].number / 2 * NW_PI / 180;
    double side[2] = {0, 0}, chord = 0;
    for (int k = 0; k < TURNS; k++) {
        const double angle = 2 * NW_PI * k / TURNS, across = nw_sin(angle);
        const double r = limb_radius(m, p, at, outward(q, angle));
        side[across < 0] = fmax(side[across < 0], r * fabs(across));
    }
    for (int s = -1; s <= 1; s += 2)
        chord += (limb_radius(m, p, at, outward(q, s * half)) + p->slot[W_CLEAR].number) *
                 nw_sin(half);
    return half >= NW_PI / 2 ? HUGE_VAL : chord / fmax(side[0] + side[1], 1e-9);
}

static bool judge_opening(struct nw_making *m, const struct nw_design_part *p)
{
    enum { SECTIONS = 8 };
    double least = HUGE_VAL;
    nw_vec3 place = nw_nowhere;
    for (size_t i = 0; i + 1 < p->slot[W_AXIS].count; i++) {
        struct piece q;
        if (!take_piece(m, p, i, &q))
            return false;
        for (int k = 0; k <= SECTIONS; k++) {
            const nw_vec3 at =
                nw_along(q.from, nw_sub(q.to, q.from), 0.02 + 0.96 * k / SECTIONS);
            const double share = opening_over_limb(m, p, &q, at);
            if (share < least) {
                least = share;
                place = at;
            }
        }
    }
    const struct nw_design_check check = {.code = "opening",
                                          .verdict = least < FLEX_LEAST ? NW_VERDICT_CONDITIONAL
                                                                        : NW_VERDICT_PASS,
                                          .value = isfinite(least) ? least : 1,
                                          .limit = FLEX_LEAST,
                                          .unit = "",
                                          .place_mm = place};
    if (!isfinite(least))
        return nw_judge(m, p, check, "it is open over half of the limb and goes on freely",
                        "开口超过一半，可自由戴上");
    return nw_judge(
        m, p, check, "the opening is at least %.0f %% of the limb's width (at least %.0f %%)",
        "开口至少为肢体宽度的 %.0f %%（至少 %.0f %%）", 100 * least, 100 * FLEX_LEAST);
}

static bool check_splint(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_mesh *mesh)
{
    const size_t material = (size_t)p->slot[W_MATERIAL].number;
    return judge_opening(m, p) && nw_judge_edge(m, p, p->slot[W_EDGE].number) &&
           nw_judge_wall(m, p, mesh, nw_material_at(material)->least_wall_mm) &&
           nw_judge_pieces(m, p, mesh) && nw_judge_mass(m, p, mesh, material);
}

const struct nw_kind nw_kind_splint = {.name = "splint",
                                       .zh = "手指或肢体支具：沿轴线的开口壳",
                                       .en = "a splint: a shell about a limb, open on one side",
                                       .members = splint_members,
                                       .make = make_splint,
                                       .check = check_splint};
