/*
 * design/brace.c -- a limb brace: a shell about a forearm, a wrist or a lower leg, cut off
 * along oblique trim lines, open lengthwise so that it can be put on, with slots for straps,
 * room over prominences, an opening for the thumb and holes for air. Presets after methods.md
 * 4.5.
 */
#include "design/brace_priv.h"

#include <math.h>

#include "field/lattice.h"

static const double CELL_MM = 1;        /* of the skin, measured anew: off by cell^2 / 4 r */
static const double FACE_CELL_MM = 0.7; /* of the inside, which has hollows and flares */
static const double CORNER_MM = 8;      /* seen from above: where opening and trim lines meet */
static const double BEYOND_MM = 3;      /* the skin is taken so far beyond the axis' ends */
static const double FLARE_MM = 12;      /* width over which the ends widen */
static const double STEP_MM = 1;        /* along the axis, when places are sought */
static const double OFF_SKIN_MM = 30;   /* an opening's middle, at most */
static const double TAPER_MM = 0.1;     /* rims are cut back but for this */
static const double TWICE = 2;          /* the strain that is refused, over the one allowed */

/* ---- openings ---- */

/* An elliptic tube from half way to the axis outward. */
static bool take_opening(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_brace_frame *f, const struct nw_slot *s,
                         struct nw_brace_opened *out)
{
    enum { CORNERS = 96 };
    double outline[CORNERS][2];
    *out = (struct nw_brace_opened){
        .name = s[NW_O_NAME].text, .at = s[NW_O_AT].vec, .way = s[NW_O_DIRECTION].vec};
    /* with a way of its own it may begin in the thumb that comes out there */
    const double off = nw_field_value(m->field, f->skin, out->at);
    if (!s[NW_O_DIRECTION].at) {
        if (!nw_let_down(m, f->skin, &s[NW_O_AT], OFF_SKIN_MM, &out->at, &out->way))
            return false;
    } else if (!(fabs(off) < OFF_SKIN_MM)) {
        return nw_json_fail(s[NW_O_AT].at, m->err,
                            "is %.1f mm away from the surface; at most %.0f", fabs(off),
                            OFF_SKIN_MM);
    }
    const struct nw_brace_piece *q = f->piece;
    double near = HUGE_VAL;
    for (double z = 0; z <= f->length; z += STEP_MM) {
        const struct nw_brace_piece *here;
        const double d = nw_length(nw_sub(nw_brace_at(f, z, &here), out->at));
        q = d < near ? here : q;
        near = fmin(near, d);
    }
    const nw_vec3 along = s[NW_O_ALONG].at ? s[NW_O_ALONG].vec : q->along;
    const nw_vec3 flat = nw_along(along, out->way, -nw_dot(along, out->way));
    if (!(nw_length(flat) > 0.1))
        return nw_json_fail(s[NW_O_AT].at, m->err, "opens along the limb; give along");
    out->u = nw_unit(flat);
    out->v = nw_cross(out->way, out->u);
    out->half_v = s[NW_O_WIDTH].number / 2;
    out->half_u = s[NW_O_LENGTH].at ? s[NW_O_LENGTH].number / 2 : out->half_v;
    for (int k = 0; k < CORNERS; k++) {
        outline[k][0] = out->half_u * nw_cos(2 * NW_PI * k / CORNERS);
        outline[k][1] = out->half_v * nw_sin(2 * NW_PI * k / CORNERS);
    }
    const double in = near / 2, tall = in + p->slot[NW_B_REACH].number + 30;
    out->node = nw_field_extrusion(m->field, nw_along(out->at, out->way, -in), out->u, out->v,
                                   (const double(*)[2])outline, CORNERS, tall, m->err);
    return m->err->code == NW_OK;
}

static bool take_openings(struct nw_making *m, const struct nw_design_part *p,
                          struct nw_brace_frame *f)
{
    const struct nw_slot *list = &p->slot[NW_B_OPENINGS];
    f->opening = nw_arena_alloc(&m->out->arena, (list->count + 1) * sizeof *f->opening, m->err);
    for (size_t i = 0; f->opening && i < list->count; i++)
        if (!take_opening(m, p, f, &list->item[i * NW_O_COUNT], &f->opening[i]))
            return false;
    return f->opening != NULL;
}

/* ---- straps ---- */

/* The middle of the wall at an angle; the limb's radius, negative without limb. */
static double wall_at(const struct nw_making *m, const struct nw_design_part *p,
                      const struct nw_brace_frame *f, double along, double angle,
                      struct nw_wall *w)
{
    const double up = p->slot[NW_B_CLEAR].number + p->slot[NW_B_THICK].number / 2;
    const struct nw_brace_piece *q;
    const nw_vec3 foot = nw_brace_at(f, along, &q);
    w->out = nw_brace_out(q, angle);
    const double r = nw_brace_radius(m, p, foot, w->out);
    w->at = nw_along(foot, w->out, r + up);
    return r;
}

/* The middle of the wall above a place of the axis, `beside_mm` straight from the edge of the
 * opening, on one side of it. */
static bool wall_beside(const struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_brace_frame *f, double along, double beside_mm,
                        int side, struct nw_wall *w)
{
    enum { STEPS = 6, HALVINGS = 14 };
    const double up = p->slot[NW_B_CLEAR].number + p->slot[NW_B_THICK].number / 2;
    const double half = p->slot[NW_B_WIDTH].number / 2;
    double angle = 0, r = wall_at(m, p, f, along, 0, w);
    for (int k = 0; k < STEPS && r > 0; k++) { /* its edge lies `half` beside the axis */
        const double sine = fmin(half / (r + up), 1);
        angle = nw_atan2(sine, sqrt(1 - sine * sine));
        r = wall_at(m, p, f, along, side * angle, w);
    }
    const nw_vec3 edge = w->at;
    double low = angle, high = fmin(angle + NW_PI / 2, NW_PI);
    for (int k = 0; k < HALVINGS && beside_mm > 0 && r > 0; k++) {
        const double turn = (low + high) / 2;
        r = wall_at(m, p, f, along, side * turn, w);
        *(nw_length(nw_sub(w->at, edge)) < beside_mm ? &low : &high) = turn;
    }
    return r > 0;
}

/* The edges of the opening between both trims, and a little beyond. */
static bool take_edges(struct nw_making *m, const struct nw_design_part *p,
                       struct nw_brace_frame *f)
{
    const size_t most = 2 * ((size_t)(f->length / STEP_MM) + 2);
    f->edge = nw_arena_alloc(&m->out->arena, most * sizeof *f->edge, m->err);
    if (!f->edge)
        return false;
    for (double s = 0; s <= f->length; s += STEP_MM)
        for (int side = -1; side <= 1; side += 2) {
            struct nw_wall w;
            if (f->edge_count < most && wall_beside(m, p, f, s, 0, side, &w))
                f->edge[f->edge_count++] = w.at;
        }
    return true;
}

/* Where slots may begin and end along the axis, on one side. */
static void room_for_slots(const struct nw_making *m, const struct nw_design_part *p,
                           const struct nw_brace_frame *f, int side, double *low, double *high)
{
    const double edge = p->slot[NW_B_SLOT_EDGE].number;
    *low = HUGE_VAL;
    *high = -HUGE_VAL;
    for (double s = 0; s <= f->length; s += STEP_MM / 2) {
        double left = HUGE_VAL; /* both of its long sides keep from oblique trims */
        for (int k = 0; k < 2; k++) {
            struct nw_wall w;
            if (!wall_beside(m, p, f, s, edge + k * p->slot[NW_B_SLOT_WIDTH].number, side, &w))
                left = -HUGE_VAL;
            for (int t = 0; t < 2; t++)
                left = fmin(left, nw_field_value(m->field, f->trim[t], w.at));
        }
        if (left < edge)
            continue;
        *low = fmin(*low, s);
        *high = fmax(*high, s);
    }
}

/* With round ends, through the wall from within. */
static nw_node make_slot(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_brace_slot *s)
{
    const double r = p->slot[NW_B_SLOT_WIDTH].number / 2,
                 half = p->slot[NW_B_SLOT_LENGTH].number / 2 - r;
    const double deep = p->slot[NW_B_CLEAR].number + p->slot[NW_B_THICK].number + 4;
    const nw_vec3 foot = nw_along(s->at, s->out, -deep), v = nw_cross(s->out, s->along);
    const double outline[4][2] = {{-half, -r}, {half, -r}, {half, r}, {-half, r}};
    nw_node slot =
        nw_field_extrusion(m->field, foot, s->along, v, outline, 4, 2 * deep, m->err);
    for (int side = -1; side <= 1; side += 2) {
        const nw_vec3 end = nw_along(foot, s->along, side * half);
        slot = nw_field_union(
            m->field, slot,
            nw_field_cylinder(m->field, end, nw_along(end, s->out, 2 * deep), r, m->err),
            m->err);
    }
    return slot;
}

static bool slots_agree(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    if (!(s[NW_B_SLOT_LENGTH].number > s[NW_B_SLOT_WIDTH].number + 0.1))
        return nw_json_fail(s[NW_B_SLOT_LENGTH].at ? s[NW_B_SLOT_LENGTH].at
                                                   : s[NW_B_SLOT_WIDTH].at,
                            m->err, "must make a slot longer than it is wide");
    if (s[NW_B_SLOT_EDGE].number < NW_BRACE_BRIDGE_MM)
        return nw_json_fail(s[NW_B_SLOT_EDGE].at, m->err,
                            "leaves %.2f mm between a slot and an edge; at least %.0f",
                            s[NW_B_SLOT_EDGE].number, NW_BRACE_BRIDGE_MM);
    return true;
}

static bool take_side(struct nw_making *m, const struct nw_design_part *p,
                      struct nw_brace_frame *f, size_t count, int side)
{
    const struct nw_slot *s = p->slot;
    const double length = s[NW_B_SLOT_LENGTH].number, edge = s[NW_B_SLOT_EDGE].number;
    const double beside = edge + s[NW_B_SLOT_WIDTH].number / 2;
    double low, high;
    room_for_slots(m, p, f, side, &low, &high);
    const double room = fmax(high - low, 0), need = (double)count * (length + edge) - edge;
    if (room < need)
        return nw_json_fail(s[NW_B_STRAPS].at ? s[NW_B_STRAPS].at : p->at, m->err,
                            "%zu slots of %.0f mm, %.1f mm apart, need %.0f mm beside the "
                            "opening; there are %.0f",
                            count, length, edge, need, room);
    for (size_t k = 0; k < count; k++) {
        const double step = count > 1 ? (room - length) / (double)(count - 1) : 0;
        const double along = count > 1 ? low + length / 2 + step * (double)k : (low + high) / 2;
        struct nw_brace_slot *t = &f->slot[f->slot_count++];
        struct nw_wall w, before, after;
        if (!wall_beside(m, p, f, along, beside, side, &w) ||
            !wall_beside(m, p, f, along - length / 2, beside, side, &before) ||
            !wall_beside(m, p, f, along + length / 2, beside, side, &after))
            return nw_json_fail(p->at, m->err, "has no limb below a slot");
        /* along the wall, which a cone's is not to the axis, and half way to its chord */
        const nw_vec3 chord = nw_scale(nw_add(before.at, after.at), 0.5);
        t->at = nw_scale(nw_add(w.at, chord), 0.5);
        t->out = w.out;
        const nw_vec3 way = nw_unit(nw_sub(after.at, before.at));
        t->along = nw_unit(nw_along(way, t->out, -nw_dot(way, t->out)));
        t->node = make_slot(m, p, t);
    }
    return m->err->code == NW_OK;
}

/* A slot that would leave too little to another cut is refused. */
static bool slots_are_apart(struct nw_making *m, const struct nw_design_part *p,
                            const struct nw_brace_frame *f)
{
    for (size_t i = 0; i < f->slot_count; i++) {
        nw_vec3 rim[NW_BRACE_RIM];
        nw_brace_slot_rim(p, &f->slot[i], rim);
        const double left = nw_brace_bridge(m, f, f->slot[i].node, rim, NW_BRACE_RIM);
        if (left < NW_BRACE_BRIDGE_MM)
            return nw_json_fail(
                p->slot[NW_B_STRAPS].at ? p->slot[NW_B_STRAPS].at : p->at, m->err,
                "puts a slot at (%.1f, %.1f, %.1f) mm where only %.2f mm are "
                "left to another edge; at least %.0f",
                f->slot[i].at.x, f->slot[i].at.y, f->slot[i].at.z, left, NW_BRACE_BRIDGE_MM);
    }
    return true;
}

static bool take_slots(struct nw_making *m, const struct nw_design_part *p,
                       struct nw_brace_frame *f)
{
    const size_t count = (size_t)rint(p->slot[NW_B_STRAPS].number);
    f->slot = nw_arena_alloc(&m->out->arena, (2 * count + 1) * sizeof *f->slot, m->err);
    if (!f->slot)
        return false;
    return count == 0 || (slots_agree(m, p) && take_side(m, p, f, count, -1) &&
                          take_side(m, p, f, count, 1) && slots_are_apart(m, p, f));
}

static nw_box box_of(const struct nw_design_part *p, double grown)
{
    nw_box box = nw_box_empty();
    for (size_t i = 0; i < p->slot[NW_B_AXIS].count; i++)
        box = nw_box_with(box, p->slot[NW_B_AXIS].point[i]);
    return nw_box_grown(box, grown);
}

/* ---- reliefs ---- */

static bool take_reliefs(struct nw_making *m, const struct nw_design_part *p,
                         struct nw_brace_frame *f)
{
    const struct nw_slot *list = &p->slot[NW_B_RELIEFS];
    f->relief = nw_arena_alloc(&m->out->arena, (list->count + 1) * sizeof *f->relief, m->err);
    f->relief_way = f->relief ? nw_arena_alloc(&m->out->arena,
                                               (list->count + 1) * sizeof *f->relief, m->err)
                              : NULL;
    for (size_t i = 0; f->relief_way && i < list->count; i++) {
        const struct nw_slot *r = &list->item[i * NW_R_COUNT];
        f->relief[i] = r[NW_R_AT].vec;
        if (!nw_let_down(m, f->skin, &r[NW_R_AT], 15, &f->relief[i], &f->relief_way[i]))
            return false;
        if (r[NW_R_TAPER].number < 3 * r[NW_R_EXTRA].number)
            return nw_json_fail(r[NW_R_TAPER].at ? r[NW_R_TAPER].at : r[NW_R_EXTRA].at, m->err,
                                "makes a step: the taper must be at least 3 times the extra "
                                "clearance, %.1f mm",
                                3 * r[NW_R_EXTRA].number);
    }
    return f->relief_way != NULL;
}

/* A face that grows step by step: each divides its values by what keeps them distances, and
 * lies within the next, of which there may be MOST_GROWN. */
struct face {
    nw_node node;
    double scale; /* values are smaller by this than distances */
    int grown;
};
enum { MOST_GROWN = 6 };

static void measure_anew(struct nw_making *m, const struct nw_design_part *p, struct face *face)
{
    const nw_box box = box_of(p, p->slot[NW_B_REACH].number + 12);
    face->node = nw_field_remeasured(m->field, face->node, box, FACE_CELL_MM, m->err);
    face->scale = 1;
    face->grown = 0;
}

static void grow_once(struct nw_making *m, struct face *face, nw_node from, double low,
                      double high, double by)
{
    const struct nw_ramp ramp = {low, high, by / face->scale, 0};
    face->node = nw_field_graded(m->field, face->node, from, &ramp, m->err);
    face->scale *= 1 + by / face->scale / (high - low);
    face->grown++;
}

/* Grown by `by` where the field `from` is 0 or less, by nothing where it is `wide` or more:
 * two ramps, one within the other, so that no place turns sharply. */
static void grow(struct nw_making *m, const struct nw_design_part *p, struct face *face,
                 nw_node from, double wide, double by)
{
    if (face->grown + 2 > MOST_GROWN)
        measure_anew(m, p, face);
    grow_once(m, face, from, 0, wide, by / 2);
    grow_once(m, face, from, wide / 4, 3 * wide / 4, by / 2);
}

/* The inside of the brace: the limb grown by the clearance, more towards the ends and about
 * prominences. Measured anew, so that the wall above it is of even thickness. */
static nw_node face_of(struct nw_making *m, const struct nw_design_part *p,
                       const struct nw_brace_frame *f, nw_node limb)
{
    const double clear = p->slot[NW_B_CLEAR].number, flare = p->slot[NW_B_FLARE].number;
    struct face face = {.node = nw_field_offset(m->field, limb, clear, m->err), .scale = 1};
    if (flare > 0)
        grow(m, p, &face, nw_field_union(m->field, f->trim[0], f->trim[1], m->err), FLARE_MM,
             flare);
    for (size_t i = 0; i < p->slot[NW_B_RELIEFS].count; i++) {
        const struct nw_slot *r = &p->slot[NW_B_RELIEFS].item[i * NW_R_COUNT];
        /* the ball is asked on the shell, which lies above the skin */
        const nw_vec3 middle = nw_along(f->relief[i], f->relief_way[i], clear);
        const nw_node ball = nw_field_sphere(m->field, middle, r[NW_R_RADIUS].number, m->err);
        grow(m, p, &face, ball, r[NW_R_TAPER].number, r[NW_R_EXTRA].number);
    }
    measure_anew(m, p, &face);
    return face.node;
}

/* With the edges that it leaves rounded. */
static nw_node take_away(struct nw_making *m, const struct nw_design_part *p, nw_node brace,
                         nw_node cut)
{
    const double edge = p->slot[NW_B_EDGE].number;
    return edge > 0 ? nw_field_difference_round(m->field, brace, cut, edge, m->err)
                    : nw_field_difference(m->field, brace, cut, m->err);
}

/* Is there a hole to be: far enough from all edges, prominences and the holes before? */
static bool may_pierce(const struct nw_making *m, const struct nw_design_part *p,
                       const struct nw_brace_frame *f, nw_vec3 at, const nw_vec3 *hole,
                       size_t count)
{
    const struct nw_slot *s = p->slot;
    const double clear = s[NW_B_HOLE].number / 2 + s[NW_B_HOLE_EDGE].number;
    if (nw_brace_bridge(m, f, -1, &at, 1) < clear)
        return false;
    for (size_t i = 0; i < s[NW_B_RELIEFS].count; i++)
        if (nw_length(nw_sub(at, f->relief[i])) <
            s[NW_B_RELIEFS].item[i * NW_R_COUNT + NW_R_RADIUS].number + clear)
            return false;
    for (size_t i = 0; i < count; i++)
        if (nw_length(nw_sub(at, hole[i])) < 0.8 * s[NW_B_PITCH].number)
            return false;
    return true;
}

/* Rows of holes, every other one shifted by half a pitch. */
static nw_node pierce(struct nw_making *m, const struct nw_design_part *p,
                      struct nw_brace_frame *f, nw_node brace)
{
    enum { HOLES_MOST = 600 };
    const double pitch = p->slot[NW_B_PITCH].number, r = p->slot[NW_B_HOLE].number / 2;
    const double up = p->slot[NW_B_CLEAR].number + p->slot[NW_B_THICK].number / 2;
    nw_vec3 hole[HOLES_MOST];
    size_t row = 0;
    for (double s = pitch / 2; s <= f->length; s += 0.866 * pitch, row++) {
        const struct nw_brace_piece *q;
        const nw_vec3 foot = nw_brace_at(f, s, &q);
        const double back = nw_brace_radius(m, p, foot, nw_scale(q->open, -1));
        const double turn = pitch / fmax(back + up, pitch / 2);
        const int most = (int)floor(NW_PI / turn) + 1;
        for (int k = -most; k <= most; k++) { /* from the back to both sides */
            const double angle = NW_PI + turn * (k + 0.5 * (double)(row & 1));
            const nw_vec3 out = nw_brace_out(q, angle);
            const double far = nw_brace_radius(m, p, foot, out);
            const nw_vec3 at = nw_along(foot, out, far + up);
            if (far < 0 || !may_pierce(m, p, f, at, hole, f->hole_count))
                continue;
            if (f->hole_count == HOLES_MOST) {
                nw_json_fail(p->slot[NW_B_HOLE].at, m->err,
                             "makes more than %d holes; a larger hole_pitch_mm makes fewer",
                             HOLES_MOST);
                return -1;
            }
            hole[f->hole_count++] = at;
            brace = take_away(m, p, brace,
                              nw_field_cylinder(m->field, nw_along(at, out, -up - 2),
                                                nw_along(at, out, up + 12), r, m->err));
        }
    }
    return brace;
}

/* ---- the whole ---- */

/* The limb about the axis, with exact distances and its hollows spanned. */
static nw_node limb_of(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot, *axis = &s[NW_B_AXIS];
    NW_AUTOFREE double *radius = NW_ALLOC(double, axis->count, m->err);
    for (size_t i = 0; radius && i < axis->count; i++)
        radius[i] = s[NW_B_REACH].number;
    if (!radius)
        return -1;
    const nw_node near = nw_field_intersection(
        m->field, nw_slot_node(m, &s[NW_B_SKIN]),
        nw_field_tube(m->field, axis->point, radius, axis->count, m->err), m->err);
    return nw_field_rounded(m->field, near, box_of(p, s[NW_B_REACH].number + BEYOND_MM),
                            CELL_MM, 0, s[NW_B_SMOOTH].number, m->err);
}

static bool is_sound(struct nw_making *m, const struct nw_design_part *p,
                     const struct nw_brace_frame *f)
{
    const struct nw_slot *s = p->slot;
    const struct nw_material *of = nw_material_at((size_t)s[NW_B_MATERIAL].number);
    if (!(2 * s[NW_B_EDGE].number < 0.96 * s[NW_B_THICK].number))
        return nw_json_fail(s[NW_B_EDGE].at ? s[NW_B_EDGE].at : s[NW_B_THICK].at, m->err,
                            "leaves nothing: edges of %.2f mm need more than %.2f mm of "
                            "thickness",
                            s[NW_B_EDGE].number, 2 * s[NW_B_EDGE].number / 0.96);
    if (s[NW_B_THICK].number < of->least_wall_mm)
        return nw_json_fail(s[NW_B_THICK].at, m->err, "is too thin: %s needs %.1f mm or more",
                            of->name, of->least_wall_mm);
    const struct nw_donning d = nw_brace_donning(m, p, f);
    if (d.strain > TWICE * of->most_strain)
        return nw_json_fail(s[NW_B_WIDTH].at ? s[NW_B_WIDTH].at : p->at, m->err,
                            "is too narrow to put the brace on: the limb is %.0f mm wide and "
                            "%s would be strained by %.1f %%, at most %.1f; an opening of %.0f "
                            "mm would do",
                            d.wide_mm, of->name, 100 * d.strain, 100 * of->most_strain,
                            d.least_width_mm);
    return true;
}

/* Where a cut runs obliquely through the wall its rim tapers to nothing: what is thinner than
 * the material's least wall is taken away there, by an opening. All else keeps its place: the
 * opened shape, which knows it to about a cell^2 / 8 r, is a little larger where it cuts. */
static nw_node without_tapers(struct nw_making *m, const struct nw_design_part *p,
                              nw_node brace)
{
    const struct nw_slot *s = p->slot;
    const double least = nw_material_at((size_t)s[NW_B_MATERIAL].number)->least_wall_mm;
    const double radius = fmin(least / 2, 0.45 * s[NW_B_THICK].number);
    const nw_box box = box_of(p, s[NW_B_REACH].number + BEYOND_MM);
    const nw_node open =
        nw_field_rounded(m->field, brace, box, FACE_CELL_MM, radius, 0, m->err);
    return nw_field_intersection(m->field, brace,
                                 nw_field_offset(m->field, open, TAPER_MM, m->err), m->err);
}

static nw_node make_brace(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    struct nw_brace_frame *f = nw_arena_alloc(&m->out->arena, sizeof *f, m->err);
    if (!f)
        return -1;
    *f = (struct nw_brace_frame){.skin = nw_slot_node(m, &s[NW_B_SKIN])};
    m->left[p - m->design->part] = f;
    if (!nw_brace_pieces(m, p, f) || !nw_brace_trims(m, p, f) || !is_sound(m, p, f))
        return -1;
    f->gap = nw_brace_gap(m, p, f);
    if (m->err->code != NW_OK || !take_edges(m, p, f) || !take_openings(m, p, f) ||
        !take_reliefs(m, p, f) || !take_slots(m, p, f))
        return -1;
    const nw_node inner = face_of(m, p, f, limb_of(m, p));
    const nw_node outer = nw_field_offset(m->field, inner, s[NW_B_THICK].number, m->err);
    nw_node brace = nw_field_difference(m->field, outer, inner, m->err), cut = f->gap;
    for (int t = 0; t < 2; t++)
        cut = nw_field_union_round(m->field, cut, f->trim[t], CORNER_MM, m->err);
    brace = take_away(m, p, brace, cut);
    for (size_t i = 0; i < s[NW_B_OPENINGS].count; i++)
        brace = take_away(m, p, brace, f->opening[i].node);
    for (size_t i = 0; i < f->slot_count; i++)
        brace = take_away(m, p, brace, f->slot[i].node);
    if (s[NW_B_HOLE].number > 0 && m->err->code == NW_OK)
        brace = pierce(m, p, f, brace);
    return s[NW_B_OPENINGS].count > 0 ? without_tapers(m, p, brace) : brace;
}

const struct nw_kind nw_kind_brace = {.name = "brace",
                                      .zh = "肢体支具：斜形修剪、纵向开口、系带槽",
                                      .en = "a limb brace: trimmed, open lengthwise, strapped",
                                      .members = nw_brace_members,
                                      .make = make_brace,
                                      .check = nw_brace_check};
