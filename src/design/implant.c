/*
 * design/implant.c -- a plate that fills a hole of the skull: over the mirrored side, another
 * part or a spline across the hole (cap_priv.h), let into the hole with a gap and a bevel, so
 * that it can be put in from outside; and what it came out as: step at the rim, gap, symmetry,
 * way in, walls, mass. Presets after methods.md 4.3.
 */
#include <math.h>
#include <stdio.h>

#include "design/cap_priv.h"

static const double OVER_MM = 0.5; /* above the bone: thinner flaps over it are taken away */
static const double BAKE_MM = 1;   /* of the box beyond the curve */
static const double STEP_MM = 0.5; /* of the sweep */
static const double ROUND_CELL_MM = 0.4;
static const double REACH_MM = 5; /* a step or a gap is looked for so far */
static const double ACROSS_MM =
    0.75;                           /* beyond the rim, where the bone is asked for its height */
static const double FACE_MM = 0.05; /* from the outer or inner face: still on it */

enum implant {
    I_BONE,
    I_OUTLINE,
    I_WHOLE,
    I_POINT,
    I_NORMAL,
    I_MEET,
    I_MARGIN,
    I_GAP,
    I_THICK,
    I_BEVEL,
    I_ROUND,
    I_HOLE,
    I_PITCH,
    I_EDGE,
    I_MATERIAL,
    I_STEP,
    I_UNLIKE
};
static const char *const meets[] = {"spline", "none", NULL};
static const struct nw_member implant_members[] = {
    {.name = "bone",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "有缺损的骨",
     .en = "the bone with the hole"},
    {.name = "outline_mm",
     .type = NW_POINTS_MEMBER,
     .required = true,
     .min = 3,
     .zh = "缺损周围骨面上的闭合曲线",
     .en = "a closed curve on the bone around the hole"},
    {.name = "whole",
     .type = NW_PART_MEMBER,
     .zh = "完整时的形状（如镜像部件）",
     .en = "what the bone should be there, such as a mirrored part"},
    {.name = "mirror_point_mm",
     .type = NW_POINT_MEMBER,
     .zh = "镜面上的一点；代替 whole",
     .en = "a place on the mirror plane; instead of whole"},
    {.name = "mirror_normal",
     .type = NW_DIRECTION_MEMBER,
     .zh = "镜面法向；无镜面、无 whole 时跨缺损插值",
     .en = "square to the mirror plane; without it and without whole the hole is closed by a "
           "spline"},
    {.name = "meet",
     .type = NW_CHOICE_MEMBER,
     .choices = meets,
     .preset = 0,
     .zh = "spline：以薄板样条与缺损边缘的高度和坡度相接；none：不变",
     .en = "spline: bent to meet the bone around the hole in height and slope; none: as it is"},
    {.name = "margin_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0,
     .min = 0,
     .max = 30,
     .zh = "曲线外扩",
     .en = "the curve is grown by this"},
    {.name = "gap_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.4,
     .min = 0,
     .max = 3,
     .zh = "与缺损边缘的间隙：0.3–0.5，软边 0.5–1.0",
     .en = "to the rim of the hole: 0.3 to 0.5, flexible rims 0.5 to 1.0"},
    {.name = "thickness_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 0.4,
     .max = 15,
     .zh = "厚度：PEEK 3–4，钛 0.6–2；省略则取健侧或周围骨的厚度",
     .en = "thickness: PEEK 3 to 4, titanium 0.6 to 2; that of the whole part, or of the bone "
           "around, when not given"},
    {.name = "bevel_deg",
     .type = NW_ANGLE_MEMBER,
     .preset = 10,
     .min = 0,
     .max = 45,
     .zh = "侧面的斜度（5–15），由外向内收",
     .en = "slope of its sides, 5 to 15: narrower towards the inside"},
    {.name = "rounding_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0,
     .min = 0,
     .max = 3,
     .zh = "棱边的圆角半径，小于厚度的一半；常用 0.5",
     .en = "radius of its edges, below half the thickness; 0.5 is usual"},
    {.name = "hole_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0,
     .min = 0,
     .max = 8,
     .zh = "引流或缝合孔的直径，0 为无（常用 2）",
     .en = "diameter of holes for drainage and sutures, 2 is usual; 0: none"},
    {.name = "hole_pitch_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 12,
     .min = 3,
     .max = 60,
     .zh = "孔距（至少孔径的 2.2 倍）",
     .en = "between the holes, at least 2.2 diameters"},
    {.name = "hole_edge_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 6,
     .min = 1,
     .max = 40,
     .zh = "孔中心到曲线和侧面的最小距离；放不下的孔省去",
     .en =
         "from the middle of a hole to the curve and to the sides, at least; holes that do not "
         "fit are left out"},
    {.name = "material",
     .type = NW_CHOICE_MEMBER,
     .choices = nw_material_names,
     .preset = 0,
     .zh = "材料",
     .en = "what it is made of: its density and least wall"},
    {.name = "max_step_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.5,
     .min = 0.05,
     .max = 5,
     .zh = "与骨面台阶的限值",
     .en = "largest step between bone and implant at the rim"},
    {.name = "max_asymmetry_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 2,
     .min = 0.1,
     .max = 20,
     .zh = "与镜像面平均距离的限值；健康面部约 0.9",
     .en = "largest mean distance to the mirrored surface; healthy faces are 0.9 apart"},
    {0},
};

/* What `make` leaves for the check. */
struct fitted {
    struct nw_loop loop;
    struct nw_cap cap;
    nw_node bone, whole; /* whole: negative: none */
    double deep_mm;      /* how far the cap reaches below the curve's lowest place */
};

static nw_node whole_of(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    if (s[I_WHOLE].at)
        return nw_slot_node(m, &s[I_WHOLE]);
    if (!s[I_NORMAL].at)
        return -1;
    return nw_field_mirrored(m->field, nw_slot_node(m, &s[I_BONE]), s[I_POINT].vec,
                             s[I_NORMAL].vec, m->err);
}

static bool agrees(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    if (!s[I_POINT].at != !s[I_NORMAL].at)
        return nw_json_fail(p->at, m->err, "mirror_point_mm and mirror_normal go together");
    if (s[I_WHOLE].at && s[I_NORMAL].at)
        return nw_json_fail(s[I_WHOLE].at, m->err, "and mirror_normal say the same twice");
    if (s[I_MEET].number > 0.5 && !s[I_WHOLE].at && !s[I_NORMAL].at)
        return nw_json_fail(s[I_MEET].at, m->err,
                            "is for a whole part or a mirror; a spline alone must meet");
    return !(s[I_HOLE].number > 0) || s[I_PITCH].number >= 2.2 * s[I_HOLE].number ||
           nw_json_fail(s[I_PITCH].at ? s[I_PITCH].at : p->at, m->err,
                        "must be at least 2.2 diameters: %.1f mm", 2.2 * s[I_HOLE].number);
}

static bool fit(struct nw_making *m, const struct nw_design_part *p, struct fitted *f)
{
    const struct nw_slot *s = p->slot;
    nw_box box;
    f->bone = nw_slot_node(m, &s[I_BONE]);
    f->whole = whole_of(m, p);
    if (m->err->code != NW_OK || !nw_node_bounds(m->field, f->bone, &box, m->err))
        return false;
    nw_vec3 out = {0, 0, 0};
    for (size_t i = 0; i < s[I_OUTLINE].count; i++)
        out =
            nw_add(out, nw_sub(s[I_OUTLINE].point[i], nw_scale(nw_add(box.min, box.max), 0.5)));
    if (!nw_loop_of(m, &s[I_OUTLINE], nw_v3(0, 0, 0), out, &f->loop))
        return false;
    const struct nw_cap_opts opts = {.bone = f->bone,
                                     .whole = f->whole,
                                     .margin_mm = s[I_MARGIN].number,
                                     .thickness_mm = s[I_THICK].number,
                                     .as_it_is = s[I_MEET].number > 0.5};
    if (!nw_cap_make(m, &s[I_OUTLINE], &f->loop, &opts, &f->cap))
        return false;
    f->deep_mm = f->cap.thick_mm * 1.3 + 2;
    return true;
}

/* Everything of the hole: where the implant may be. */
static nw_box box_of(const struct nw_design_part *p, const struct fitted *f)
{
    const double margin = p->slot[I_MARGIN].number + BAKE_MM;
    nw_box box = nw_box_empty();
    for (size_t i = 0; i < p->slot[I_OUTLINE].count; i++)
        box = nw_box_with(box, p->slot[I_OUTLINE].point[i]);
    const double rise =
        f->cap.radius_mm -
        sqrt(fmax(f->cap.radius_mm * f->cap.radius_mm - f->loop.radius_mm * f->loop.radius_mm,
                  0));
    box = nw_box_with(box, nw_along(f->loop.middle, f->loop.axis, f->loop.high_mm + rise));
    return nw_box_grown(box, margin + f->cap.thick_mm);
}

/* The bone, grown by gap and bevel, and all that it would hit on the way in. */
static nw_node make_seat(struct nw_making *m, const struct nw_design_part *p,
                         const struct fitted *f, nw_box box)
{
    const double gap = p->slot[I_GAP].number, deep = f->deep_mm;
    const double slope = p->slot[I_BEVEL].number * NW_PI / 180;
    const double wide = deep * nw_sin(slope) / nw_cos(slope);
    nw_node bone = nw_bake_box(m, f->bone, nw_box_grown(box, deep + OVER_MM), gap + wide + 1);
    if (slope > 0) {
        const struct nw_ramp ramp = {-deep - OVER_MM, -OVER_MM, gap + wide, gap};
        bone = nw_field_graded(m->field, bone, f->cap.outer, &ramp, m->err);
    } else {
        bone = nw_field_offset(m->field, bone, gap, m->err);
    }
    const nw_vec3 up = f->loop.axis;
    const nw_affine over = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, nw_scale(up, OVER_MM)};
    const nw_node swept = nw_field_swept(m->field, nw_field_moved(m->field, bone, over, m->err),
                                         nw_scale(up, -OVER_MM - deep), STEP_MM, m->err);
    return nw_bake_box(m, swept, box, 0.6);
}

/* Is a place of the curve's plane so far inside of it? */
static bool is_within(const struct nw_loop *loop, double x, double y, double margin)
{
    bool inside = false;
    for (size_t i = 0, j = loop->count - 1; i < loop->count; j = i++) {
        const double *a = loop->outline[j], *b = loop->outline[i];
        if ((a[1] > y) != (b[1] > y) && x - a[0] < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
            inside = !inside;
        const double ex = b[0] - a[0], ey = b[1] - a[1], px = x - a[0], py = y - a[1];
        const double t = fmin(fmax((px * ex + py * ey) / fmax(ex * ex + ey * ey, 1e-12), 0), 1);
        const double dx = px - t * ex, dy = py - t * ey;
        if (dx * dx + dy * dy < margin * margin)
            return false;
    }
    return inside;
}

/* How far a hole's axis stays from the side of the implant, over the layer's depth. */
static double beside_hole(const struct nw_making *m, const struct nw_design_part *p,
                          const struct fitted *f, nw_vec3 at, nw_vec3 d)
{
    enum { STEPS = 12 };
    const double slope = p->slot[I_BEVEL].number * NW_PI / 180;
    const double steep = nw_sin(slope) / nw_cos(slope), deep = f->cap.thick_mm;
    const double up = nw_node_hit(m, f->cap.outer, nw_along(at, d, REACH_MM + deep),
                                  nw_scale(d, -1), 2 * (REACH_MM + deep));
    const nw_vec3 top = nw_along(at, d, REACH_MM + deep - fmax(up, 0));
    double least = HUGE_VAL;
    for (int k = 0; k <= STEPS; k++) {
        const double depth = deep * k / STEPS;
        const double bone = nw_field_value(m->field, f->bone, nw_along(top, d, -depth));
        least = fmin(least, bone - p->slot[I_GAP].number - depth * steep);
    }
    return least;
}

/* Round holes towards the sphere's middle, in rows of triangles over the curve's plane; none
 * nearer to the curve, or to the side of the implant, than hole_edge_mm. */
static nw_node make_holes(struct nw_making *m, const struct nw_design_part *p,
                          const struct fitted *f, nw_node implant)
{
    enum { HOLES_MOST = 400 };
    const double pitch = p->slot[I_PITCH].number, edge = p->slot[I_EDGE].number;
    const int rows = (int)ceil(f->loop.radius_mm / (pitch * 0.866)) + 1,
              columns = (int)ceil(f->loop.radius_mm / pitch) + 1;
    size_t count = 0;
    for (int j = -rows; j <= rows; j++)
        for (int i = -columns; i <= columns; i++) {
            const double x = pitch * (i + (j & 1 ? 0.5 : 0)), y = pitch * 0.8660254 * j;
            if (!is_within(&f->loop, x, y, edge))
                continue;
            const nw_vec3 at = nw_along(nw_along(f->loop.middle, f->loop.u, x), f->loop.v, y);
            const nw_vec3 d = nw_unit(nw_sub(at, f->cap.centre));
            if (beside_hole(m, p, f, at, d) < edge)
                continue;
            if (++count > HOLES_MOST) {
                nw_json_fail(p->slot[I_HOLE].at, m->err,
                             "makes more than %d holes; a larger hole_pitch_mm makes fewer",
                             HOLES_MOST);
                return -1;
            }
            const nw_vec3 low = nw_along(f->cap.centre, d, f->cap.radius_mm - 40),
                          high = nw_along(f->cap.centre, d, f->cap.radius_mm + 20);
            implant = nw_field_difference(
                m->field, implant,
                nw_field_cylinder(m->field, low, high, p->slot[I_HOLE].number / 2, m->err),
                m->err);
        }
    return implant;
}

/* Its edges broken: what is thinner than them, such as a fin along the rim, goes with them. */
static nw_node round_edges(struct nw_making *m, const struct nw_design_part *p,
                           const struct fitted *f, nw_node implant, nw_box box)
{
    const struct nw_slot *r = &p->slot[I_ROUND];
    const double thick = f->cap.thick_mm;
    const double radius = r->number;
    if (!(2 * radius < 0.96 * thick)) {
        nw_json_fail(r->at ? r->at : p->at, m->err,
                     "leaves nothing: edges of %.2f mm need more than %.2f mm of thickness",
                     radius, 2 * radius / 0.96);
        return -1;
    }
    if (!(radius > 0) || m->err->code != NW_OK)
        return implant;
    const nw_node round =
        nw_field_rounded(m->field, implant, box, ROUND_CELL_MM, radius, 0, m->err);
    return nw_bake_box(m, round, box, 0.6);
}

static nw_node make_implant(struct nw_making *m, const struct nw_design_part *p)
{
    struct fitted *f = nw_arena_alloc(&m->out->arena, sizeof *f, m->err);
    if (!f || !agrees(m, p) || !fit(m, p, f))
        return -1;
    m->left[p - m->design->part] = f;
    const nw_box box = box_of(p, f);
    const struct nw_bake_opts bake = {.cell_mm = 0.5, .band_mm = 1, .inside_mm = f->deep_mm};
    f->cap.outer = nw_field_baked(m->field, f->cap.outer,
                                  nw_box_grown(box, f->deep_mm + OVER_MM), &bake, NULL, m->err);
    f->cap.layer = isfinite(p->slot[I_THICK].number)
                       ? nw_field_shell(m->field, f->cap.outer, f->cap.thick_mm, m->err)
                       : f->cap.outer;
    nw_node implant = nw_field_intersection(
        m->field, f->cap.layer,
        nw_loop_prism(m, &f->loop, f->deep_mm, f->cap.radius_mm, p->slot[I_MARGIN].number),
        m->err);
    implant = nw_field_difference(m->field, implant, make_seat(m, p, f, box), m->err);
    implant = round_edges(m, p, f, implant, box);
    return p->slot[I_HOLE].number > 0 && implant >= 0 ? make_holes(m, p, f, implant) : implant;
}

/* ---- the judgement ---- */

/* Of some value over places of the surface. */
struct spread {
    double sum, least, most;
    size_t count;
    nw_vec3 where; /* of the most */
};

static void add(struct spread *s, double value, nw_vec3 at)
{
    if (s->count == 0 || value < s->least)
        s->least = value;
    if (s->count == 0 || value > s->most) {
        s->most = value;
        s->where = at;
    }
    s->sum += value;
    s->count++;
}

struct looked {
    struct spread gap, step, unlike;
    double hit; /* least distance to the bone on the way in */
    nw_vec3 hit_at;
};

/* The bone's surface straight below a place of the implant's outer face, if it faces up. */
static bool lies_over(const struct nw_making *m, const struct fitted *f, nw_vec3 at, nw_vec3 up,
                      double *step)
{
    nw_vec3 normal;
    const nw_vec3 over = nw_along(at, up, REACH_MM);
    const double below = nw_node_hit(m, f->bone, over, nw_scale(up, -1), 2 * REACH_MM);
    if (below < 0)
        return false;
    const nw_vec3 under = nw_along(over, up, -below);
    (void)nw_field_gradient(m->field, f->bone, under, &normal);
    *step = nw_field_value(m->field, f->cap.outer, under);
    return nw_dot(nw_unit(normal), up) > 0.7 && *step > -f->cap.thick_mm;
}

/* The bone's surface across the gap from a place of the implant's outer rim: how far it lies
 * above (+) or below the implant's surface, carried on. */
static bool step_across(const struct nw_making *m, const struct nw_design_part *p,
                        const struct fitted *f, nw_vec3 at, double away, double *step)
{
    nw_vec3 to, up;
    (void)nw_field_gradient(m->field, f->bone, at, &to);
    (void)nw_field_gradient(m->field, f->cap.outer, at, &up);
    up = nw_unit(up);
    to = nw_along(to, up, -nw_dot(to, up));
    if (lies_over(m, f, at, up, step))
        return true;
    const double beside = away * nw_length(to);
    if (!(nw_length(to) > 0.05) || beside > p->slot[I_GAP].number + 0.3)
        return false; /* the bone is below or above, or this is not the rim */
    const nw_vec3 over = nw_along(nw_along(at, nw_unit(to), -beside - ACROSS_MM), up, REACH_MM);
    const double hit = nw_node_hit(m, f->bone, over, nw_scale(up, -1), 2 * REACH_MM);
    if (hit < 0)
        return false;
    *step = nw_field_value(m->field, f->cap.outer, nw_along(over, up, -hit));
    return true;
}

static void look_at(const struct nw_making *m, const struct nw_design_part *p,
                    const struct fitted *f, nw_vec3 at, struct looked *out)
{
    const double depth = -nw_field_value(m->field, f->cap.outer, at);
    const double layer = -nw_field_value(m->field, f->cap.layer, at);
    const double bone = nw_field_value(m->field, f->bone, at);
    double step;
    if (fabs(depth) < FACE_MM) {
        if (f->whole >= 0)
            add(&out->unlike, fabs(nw_field_value(m->field, f->whole, at)), at);
        if (bone < REACH_MM && step_across(m, p, f, at, bone, &step))
            add(&out->step, fabs(step), at);
    } else if (layer > FACE_MM && bone < p->slot[I_GAP].number + REACH_MM) {
        add(&out->gap, bone, at);
    }
}

/* Moved out step by step, does it come nearer to the bone than it may? */
static void look_on_the_way(const struct nw_making *m, const struct fitted *f, nw_vec3 at,
                            struct looked *out)
{
    for (int k = 1; k <= 16; k++) {
        const nw_vec3 q = nw_along(at, f->loop.axis, f->deep_mm * k / 16);
        const double d = nw_field_value(m->field, f->bone, q);
        if (d < out->hit) {
            out->hit = d;
            out->hit_at = at;
        }
    }
}

static bool judge_gap(struct nw_making *m, const struct nw_design_part *p,
                      const struct spread *s)
{
    const double gap = p->slot[I_GAP].number;
    const bool near = s->count > 0 && s->least < 0.9 * gap - 0.02;
    const struct nw_design_check check = {
        .code = "gap",
        .verdict = near || s->count == 0 ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
        .value = s->count > 0 ? s->least : (double)NAN,
        .limit = gap,
        .unit = "mm",
        .place_mm = nw_nowhere};
    if (s->count == 0)
        return nw_judge(m, p, check, "nowhere does it come near the rim of the hole",
                        "没有一处靠近缺损边缘");
    return nw_judge(m, p, check, "gap to the rim %.2f to %.2f mm, mean %.2f (ordered %.2f)",
                    "与缺损边缘的间隙 %.2f 至 %.2f mm，平均 %.2f（要求 %.2f）", s->least,
                    s->most, s->sum / (double)s->count, gap);
}

static bool judge_step(struct nw_making *m, const struct nw_design_part *p,
                       const struct spread *s)
{
    const double limit = p->slot[I_STEP].number;
    if (s->count == 0)
        return true;
    const struct nw_design_check check = {.code = "rim-step",
                                          .verdict = s->most > 2 * limit ? NW_VERDICT_FAIL
                                                     : s->most > limit ? NW_VERDICT_CONDITIONAL
                                                                       : NW_VERDICT_PASS,
                                          .value = s->most,
                                          .limit = limit,
                                          .unit = "mm",
                                          .place_mm = s->where};
    return nw_judge(m, p, check, "step at the rim up to %.2f mm, mean %.2f (at most %.2f)",
                    "边缘台阶最大 %.2f mm，平均 %.2f（至多 %.2f）", s->most,
                    s->sum / (double)s->count, limit);
}

static bool judge_symmetry(struct nw_making *m, const struct nw_design_part *p,
                           const struct spread *s)
{
    const double limit = p->slot[I_UNLIKE].number;
    if (s->count == 0)
        return true;
    const double mean = s->sum / (double)s->count;
    const struct nw_design_check check = {.code = "symmetry",
                                          .verdict = mean > limit ? NW_VERDICT_CONDITIONAL
                                                                  : NW_VERDICT_PASS,
                                          .value = mean,
                                          .limit = limit,
                                          .unit = "mm",
                                          .place_mm = s->where};
    return nw_judge(
        m, p, check,
        "distance to the whole surface %.2f mm on average, up to %.2f (mean at most "
        "%.2f)",
        "与完整面的距离平均 %.2f mm，最大 %.2f（平均至多 %.2f）", mean, s->most, limit);
}

static bool judge_way(struct nw_making *m, const struct nw_design_part *p,
                      const struct fitted *f, const struct looked *l)
{
    const nw_vec3 in = nw_scale(f->loop.axis, -1);
    const bool hits = l->hit < 0;
    const struct nw_design_check check = {.code = "way-in",
                                          .verdict = hits ? NW_VERDICT_FAIL : NW_VERDICT_PASS,
                                          .value = l->hit,
                                          .limit = 0,
                                          .unit = "mm",
                                          .place_mm = l->hit_at};
    return nw_judge(
        m, p, check, "put in along (%.3f, %.3f, %.3f) it comes within %.2f mm of the bone",
        "沿 (%.3f, %.3f, %.3f) 放入时与骨的最小距离 %.2f mm", in.x, in.y, in.z, l->hit);
}

static bool judge_rim(struct nw_making *m, const struct nw_design_part *p,
                      const struct fitted *f)
{
    const double rms = f->cap.rim_rms_mm;
    const struct nw_design_check check = {.code = "rim-fit",
                                          .verdict = NW_VERDICT_PASS,
                                          .value = rms,
                                          .limit = (double)NAN,
                                          .unit = "mm",
                                          .place_mm = nw_nowhere};
    return nw_judge(
        m, p, check,
        f->whole >= 0
            ? "the bone around lies %.2f mm (RMS, %zu places) from the whole part; thickness "
              "%.2f mm"
            : "the bone around lies %.2f mm (RMS, %zu places) from a sphere; thickness %.2f mm",
        f->whole >= 0 ? "周围骨面距完整部件 %.2f mm（均方根，%zu 处）；厚度 %.2f mm"
                      : "周围骨面距拟合球面 %.2f mm（均方根，%zu 处）；厚度 %.2f mm",
        rms, f->cap.rim_count, f->cap.thick_mm);
}

static bool check_implant(struct nw_making *m, const struct nw_design_part *p,
                          const struct nw_mesh *mesh)
{
    enum { LOOKS = 24000, WAYS = 1500 };
    const struct fitted *f = m->left[p - m->design->part];
    struct looked l = {.hit = HUGE_VAL};
    const size_t stride = mesh->vert_count / LOOKS + 1, way = mesh->vert_count / WAYS + 1;
    for (size_t v = 0; v < mesh->vert_count; v += stride)
        look_at(m, p, f, mesh->pos_mm[v], &l);
    for (size_t v = 0; v < mesh->vert_count; v += way)
        look_on_the_way(m, f, mesh->pos_mm[v], &l);
    const size_t material = (size_t)p->slot[I_MATERIAL].number;
    return judge_rim(m, p, f) && judge_gap(m, p, &l.gap) && judge_step(m, p, &l.step) &&
           judge_symmetry(m, p, &l.unlike) && judge_way(m, p, f, &l) &&
           nw_judge_wall(m, p, mesh, nw_material_at(material)->least_wall_mm) &&
           nw_judge_pieces(m, p, mesh) && nw_judge_mass(m, p, mesh, material);
}

const struct nw_kind nw_kind_implant = {
    .name = "implant",
    .zh = "颅骨修补体：镜像、给定形状或跨缺损插值",
    .en = "a plate that fills a hole of the skull: mirrored, given, or by a spline across it",
    .members = implant_members,
    .make = make_implant,
    .check = check_implant};
