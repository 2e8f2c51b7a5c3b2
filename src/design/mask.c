/*
 * design/mask.c -- a pressure mask: a shell over a skin seen from its front, so that it can be
 * put on, smoothed inside, with openings, slots for straps, and places that press more.
 * Presets after methods.md 4.5.
 */
#include <math.h>
#include <stdio.h>

#include "design/look_priv.h"
#include "field/band.h"
#include "field/lattice.h"

static const double CELL_MM = 0.8; /* of the skin: off by cell^2 / 4 r */
static const double BORDER_MM = 8; /* beyond the curve */
static const double RISE_MM = 70;  /* over the curve's highest place: noses */
static const double FALL_MM = 25;  /* below its lowest */
static const double BRIDGE_MM = 6; /* between an opening and another edge */
static const double EDGE_CELL_MM = 0.6;

enum opening { O_NAME, O_AT, O_RADIUS, O_OUTLINE, O_COUNT };
static const struct nw_member opening_members[] = {
    {.name = "name", .type = NW_TEXT_MEMBER, .required = true, .zh = "名称", .en = "its name"},
    {.name = "at_mm",
     .type = NW_POINT_MEMBER,
     .zh = "圆孔的中心",
     .en = "middle of a round one"},
    {.name = "radius_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 1,
     .max = 80,
     .zh = "圆孔半径；眼部比眼裂大 8–10",
     .en = "its radius; for eyes 8 to 10 more than the lids' opening"},
    {.name = "outline_mm",
     .type = NW_POINTS_MEMBER,
     .min = 3,
     .zh = "或闭合曲线的各点",
     .en = "or corners of a closed curve"},
    {0},
};

enum strap { S_AT, S_ALONG, S_LENGTH, S_WIDTH, S_COUNT };
static const struct nw_member slot_members[] = {
    {.name = "at_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "槽的中心",
     .en = "its middle"},
    {.name = "along",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "槽的方向",
     .en = "the way it is long"},
    {.name = "length_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 15,
     .min = 3,
     .max = 80,
     .zh = "长度，常用 15",
     .en = "15 is usual"},
    {.name = "width_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 3,
     .min = 1,
     .max = 20,
     .zh = "宽度，常用 3",
     .en = "3 is usual"},
    {0},
};

enum zone { Z_AT, Z_RADIUS, Z_PRESS, Z_TAPER, Z_COUNT };
static const struct nw_member zone_members[] = {
    {.name = "at_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "瘢痕中心",
     .en = "middle of a scar"},
    {.name = "radius_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 1,
     .max = 100,
     .zh = "全压的半径",
     .en = "it presses fully within this"},
    {.name = "press_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.75,
     .min = -10,
     .max = 5,
     .zh = "压入皮肤的深度（0.5–1.0），负值为让开",
     .en = "how far into the skin, 0.5 to 1.0; away from it when negative"},
    {.name = "taper_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 10,
     .min = 1,
     .max = 100,
     .zh = "过渡到常规间隙的宽度",
     .en = "width over which it goes back to the clearance"},
    {0},
};

enum mask {
    K_SKIN,
    K_OUTLINE,
    K_FACING,
    K_CLEAR,
    K_THICK,
    K_SMOOTH,
    K_EDGE,
    K_OPENINGS,
    K_SLOTS,
    K_ZONES,
    K_MATERIAL
};
static const struct nw_member mask_members[] = {
    {.name = "skin", .type = NW_PART_MEMBER, .required = true, .zh = "皮肤", .en = "the skin"},
    {.name = "outline_mm",
     .type = NW_POINTS_MEMBER,
     .required = true,
     .min = 3,
     .zh = "皮肤上的闭合曲线",
     .en = "a closed curve on the skin"},
    {.name = "facing",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "面部朝向；面罩由此方向戴上",
     .en = "the way the face looks; it is put on from there"},
    {.name = "clearance_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.5,
     .min = 0,
     .max = 10,
     .zh = "与皮肤的间隙（0.5–1.0）",
     .en = "to the skin, 0.5 to 1.0"},
    {.name = "thickness_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 2.5,
     .min = 1,
     .max = 10,
     .zh = "厚度（2–3）",
     .en = "thickness, 2 to 3"},
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
     .zh = "边缘的圆角半径，小于厚度的一半",
     .en = "radius of its edges, below half the thickness"},
    {.name = "openings",
     .type = NW_ITEMS_MEMBER,
     .items = opening_members,
     .zh = "眼、鼻、口的开孔",
     .en = "for eyes, nose and mouth"},
    {.name = "slots",
     .type = NW_ITEMS_MEMBER,
     .items = slot_members,
     .zh = "系带槽",
     .en = "slots for straps"},
    {.name = "zones",
     .type = NW_ITEMS_MEMBER,
     .items = zone_members,
     .zh = "加压或让开的区域",
     .en = "where it presses more, or less"},
    {.name = "material",
     .type = NW_CHOICE_MEMBER,
     .choices = nw_material_names,
     .preset = 4,
     .zh = "材料",
     .en = "what it is made of"},
    {0},
};

struct worn {
    struct nw_loop loop;
    struct nw_loop
        *opening; /* of those with a curve; else only middle, radius and no outline */
    nw_node skin; /* as it was given */
};

static bool agrees(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    if (!(2 * s[K_EDGE].number < 0.96 * s[K_THICK].number))
        return nw_json_fail(s[K_EDGE].at ? s[K_EDGE].at : s[K_THICK].at, m->err,
                            "leaves nothing: edges of %.2f mm need more than %.2f mm of "
                            "thickness",
                            s[K_EDGE].number, 2 * s[K_EDGE].number / 0.96);
    for (size_t i = 0; i < s[K_OPENINGS].count; i++) {
        const struct nw_slot *o = &s[K_OPENINGS].item[i * O_COUNT];
        const bool round = o[O_AT].at && o[O_RADIUS].at, drawn = o[O_OUTLINE].at != NULL;
        if (round == drawn)
            return nw_json_fail(o[O_NAME].at, m->err,
                                "needs at_mm and radius_mm, or outline_mm");
    }
    return true;
}

/* ---- the skin, seen from the front ---- */

/* Everything under the curve, from FALL_MM below it. */
static nw_box box_of(const struct nw_slot *curve, const struct nw_loop *loop, double grown)
{
    nw_box box = nw_box_empty();
    for (size_t i = 0; i < curve->count; i++) {
        const nw_vec3 d = nw_sub(curve->point[i], loop->middle);
        const nw_vec3 foot = nw_along(curve->point[i], loop->axis, -nw_dot(d, loop->axis));
        box = nw_box_with(box, nw_along(foot, loop->axis, loop->low_mm - FALL_MM));
        box = nw_box_with(box, nw_along(foot, loop->axis, loop->high_mm + 40));
    }
    return nw_box_grown(box, grown);
}

/* From the curve to where the skin is cut off: more than the shell reaches. */
static double border(const struct nw_design_part *p)
{
    return BORDER_MM + p->slot[K_CLEAR].number + p->slot[K_THICK].number;
}

/* All behind the front of the skin is inside; hollows are spanned; exact distances. */
static nw_node front_of(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_loop *loop)
{
    const double smooth = p->slot[K_SMOOTH].number;
    const double half = 1.5 * (loop->radius_mm + border(p)) + smooth;
    const double low = loop->low_mm - FALL_MM - border(p), high = loop->high_mm + RISE_MM;
    struct nw_grid grid = {.origin_mm = loop->middle};
    grid.origin_mm = nw_along(grid.origin_mm, loop->u, -half);
    grid.origin_mm = nw_along(grid.origin_mm, loop->v, -half);
    grid.origin_mm = nw_along(grid.origin_mm, loop->axis, low);
    const nw_vec3 axis[3] = {loop->u, loop->v, loop->axis};
    const double side[3] = {2 * half, 2 * half, high - low};
    const double cell = fmax(CELL_MM, nw_pow(side[0] * side[1] * side[2] / 4e7, 1.0 / 3));
    for (int a = 0; a < 3; a++) {
        grid.step_mm[a] = nw_scale(axis[a], cell);
        grid.dim[a] = (size_t)ceil(side[a] / cell) + 1;
    }
    nw_node skin = nw_field_band(m->field, nw_slot_node(m, &p->slot[K_SKIN]), &grid, 3 * cell,
                                 3 * cell, m->err);
    skin = nw_field_band_swept(m->field, skin, m->err);
    const nw_box box = box_of(&p->slot[K_OUTLINE], loop, border(p));
    return nw_field_rounded(m->field, skin, box, cell, 0, smooth, m->err);
}

/* Grown outward by the clearance, and less or more about the zones. */
static nw_node inner_of(struct nw_making *m, const struct nw_design_part *p, nw_node skin)
{
    const double clear = p->slot[K_CLEAR].number;
    nw_node inner = nw_field_offset(m->field, skin, clear, m->err);
    for (size_t i = 0; i < p->slot[K_ZONES].count; i++) {
        const struct nw_slot *z = &p->slot[K_ZONES].item[i * Z_COUNT];
        const struct nw_ramp ramp = {0, z[Z_TAPER].number, -z[Z_PRESS].number - clear, 0};
        const nw_node ball = nw_field_sphere(m->field, z[Z_AT].vec, z[Z_RADIUS].number, m->err);
        inner = nw_field_graded(m->field, inner, ball, &ramp, m->err);
    }
    return inner;
}

/* ---- what goes through it ---- */

static nw_node make_opening(struct nw_making *m, const struct nw_design_part *p, size_t i,
                            struct worn *w)
{
    const struct nw_slot *o = &p->slot[K_OPENINGS].item[i * O_COUNT];
    const nw_vec3 axis = w->loop.axis;
    if (o[O_OUTLINE].at) {
        if (!nw_loop_of(m, &o[O_OUTLINE], axis, axis, &w->opening[i]))
            return -1;
        return nw_loop_prism(m, &w->opening[i], 60, 60, 0);
    }
    w->opening[i] = (struct nw_loop){.middle = o[O_AT].vec, .radius_mm = o[O_RADIUS].number};
    return nw_field_cylinder(m->field, nw_along(o[O_AT].vec, axis, -60),
                             nw_along(o[O_AT].vec, axis, 60), o[O_RADIUS].number, m->err);
}

/* Square to the skin there, with round ends. */
static nw_node make_strap(struct nw_making *m, const struct nw_slot *s, nw_node skin)
{
    nw_vec3 at = s[S_AT].vec, normal;
    if (!nw_let_down(m, skin, &s[S_AT], 30, &at, &normal))
        return -1;
    const nw_vec3 along = nw_along(s[S_ALONG].vec, normal, -nw_dot(s[S_ALONG].vec, normal));
    if (!(nw_length(along) > 0.2)) {
        nw_json_fail(s[S_ALONG].at, m->err, "points into the skin there");
        return -1;
    }
    const nw_vec3 u = nw_unit(along), v = nw_cross(normal, u);
    const double r = s[S_WIDTH].number / 2, half = fmax(s[S_LENGTH].number / 2 - r, 0.01);
    const double outline[4][2] = {{-half, -r}, {half, -r}, {half, r}, {-half, r}};
    const nw_vec3 foot = nw_along(at, normal, -15);
    nw_node slot = nw_field_extrusion(m->field, foot, u, v, outline, 4, 30, m->err);
    for (int side = -1; side <= 1; side += 2) {
        const nw_vec3 end = nw_along(foot, u, side * half);
        slot = nw_field_union(
            m->field, slot,
            nw_field_cylinder(m->field, end, nw_along(end, normal, 30), r, m->err), m->err);
    }
    return slot;
}

static nw_node make_mask(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    struct worn *w = nw_arena_alloc(&m->out->arena, sizeof *w, m->err);
    if (!w || !agrees(m, p) ||
        !nw_loop_of(m, &s[K_OUTLINE], s[K_FACING].vec, s[K_FACING].vec, &w->loop))
        return -1;
    w->opening =
        nw_arena_alloc(&m->out->arena, (s[K_OPENINGS].count + 1) * sizeof *w->opening, m->err);
    if (!w->opening)
        return -1;
    w->skin = nw_slot_node(m, &s[K_SKIN]);
    m->left[p - m->design->part] = w;
    const nw_node skin = front_of(m, p, &w->loop), inner = inner_of(m, p, skin);
    nw_node mask = nw_field_difference(
        m->field, nw_field_offset(m->field, inner, s[K_THICK].number, m->err), inner, m->err);
    mask = nw_field_intersection(m->field, mask,
                                 nw_loop_prism(m, &w->loop, FALL_MM, RISE_MM, 0), m->err);
    for (size_t i = 0; i < s[K_OPENINGS].count; i++)
        mask = nw_field_difference(m->field, mask, make_opening(m, p, i, w), m->err);
    for (size_t i = 0; i < s[K_SLOTS].count; i++)
        mask = nw_field_difference(m->field, mask,
                                   make_strap(m, &s[K_SLOTS].item[i * S_COUNT], skin), m->err);
    if (!(s[K_EDGE].number > 0))
        return mask;
    const nw_box box = box_of(&s[K_OUTLINE], &w->loop, border(p));
    return nw_field_rounded(m->field, mask, box, EDGE_CELL_MM, s[K_EDGE].number, 0, m->err);
}

/* ---- the judgement ---- */

/* How far a place of the curve's plane is inside the curve; negative outside. */
static double inside_by(const struct nw_loop *loop, double x, double y)
{
    bool inside = false;
    double least = HUGE_VAL;
    for (size_t i = 0, j = loop->count - 1; i < loop->count; j = i++) {
        const double *a = loop->outline[j], *b = loop->outline[i];
        if ((a[1] > y) != (b[1] > y) && x - a[0] < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
            inside = !inside;
        const double ex = b[0] - a[0], ey = b[1] - a[1], px = x - a[0], py = y - a[1];
        const double t = fmin(fmax((px * ex + py * ey) / fmax(ex * ex + ey * ey, 1e-12), 0), 1);
        least =
            fmin(least, sqrt((px - t * ex) * (px - t * ex) + (py - t * ey) * (py - t * ey)));
    }
    return inside ? least : -least;
}

/* An opening is open to the skin, and leaves a bridge to the rim. */
static bool judge_opening(struct nw_making *m, const struct nw_design_part *p,
                          const struct worn *w, const struct nw_bvh *bvh, size_t i)
{
    const struct nw_slot *o = &p->slot[K_OPENINGS].item[i * O_COUNT];
    const struct nw_loop *own = &w->opening[i];
    const nw_vec3 d = nw_sub(own->middle, w->loop.middle);
    const double x = nw_dot(d, w->loop.u), y = nw_dot(d, w->loop.v);
    double bridge = inside_by(&w->loop, x, y) - (own->outline ? 0 : own->radius_mm);
    for (size_t k = 0; own->outline && k < own->count; k++) {
        const nw_vec3 at = nw_add(d, nw_add(nw_scale(own->u, own->outline[k][0]),
                                            nw_scale(own->v, own->outline[k][1])));
        bridge =
            fmin(bridge, inside_by(&w->loop, nw_dot(at, w->loop.u), nw_dot(at, w->loop.v)));
    }
    const bool closed = nw_bvh_hits_segment(bvh, nw_along(own->middle, w->loop.axis, -40),
                                            nw_along(own->middle, w->loop.axis, 80));
    const struct nw_design_check check = {.code = "opening",
                                          .verdict = closed ? NW_VERDICT_FAIL
                                                     : bridge < BRIDGE_MM
                                                         ? NW_VERDICT_CONDITIONAL
                                                         : NW_VERDICT_PASS,
                                          .value = bridge,
                                          .limit = BRIDGE_MM,
                                          .unit = "mm",
                                          .place_mm = own->middle};
    return nw_judge(m, p, check,
                    closed ? "%s is closed; %.1f mm to the rim (at least %.1f)"
                           : "%s is open; %.1f mm to the rim (at least %.1f)",
                    closed ? "%s 未贯通；距边缘 %.1f mm（至少 %.1f）"
                           : "%s 贯通；距边缘 %.1f mm（至少 %.1f）",
                    o[O_NAME].text, bridge, BRIDGE_MM);
}

static bool judge_openings(struct nw_making *m, const struct nw_design_part *p,
                           const struct worn *w, const struct nw_mesh *mesh)
{
    struct nw_bvh *bvh = nw_bvh_new(mesh, m->err);
    bool ok = bvh != NULL;
    for (size_t i = 0; ok && i < p->slot[K_OPENINGS].count; i++)
        ok = judge_opening(m, p, w, bvh, i);
    nw_bvh_free(bvh);
    return ok;
}

/* Where the inside touches: the share within half a millimetre of the clearance, and the depth
 * of what presses. */
static bool judge_fit(struct nw_making *m, const struct nw_design_part *p, const struct worn *w,
                      const struct nw_mesh *mesh)
{
    enum { LOOKS = 20000 };
    const double clear = p->slot[K_CLEAR].number, reach = clear + p->slot[K_THICK].number / 2;
    const size_t stride = mesh->vert_count / LOOKS + 1;
    double least = HUGE_VAL;
    size_t near = 0, inside = 0;
    nw_vec3 place = nw_nowhere;
    for (size_t v = 0; v < mesh->vert_count; v += stride) {
        const double d = nw_field_value(m->field, w->skin, mesh->pos_mm[v]);
        inside += d < reach;
        near += d < clear + 0.5;
        if (d < least) {
            least = d;
            place = mesh->pos_mm[v];
        }
    }
    const double share = inside > 0 ? 100 * (double)near / (double)inside : 0;
    const bool deep = least < -1.5;
    const struct nw_design_check check = {.code = "skin-clearance",
                                          .verdict =
                                              deep ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
                                          .value = least,
                                          .limit = -1.5,
                                          .unit = "mm",
                                          .place_mm = place};
    return nw_judge(m, p, check,
                    "least distance to the skin %.2f mm (negative: it presses; to -1.50); "
                    "%.0f %% of the inside within 0.5 mm of the clearance",
                    "与皮肤的最小距离 %.2f mm（负值为加压；至 -1.50）；内面 %.0f %% 与设定间隙"
                    "相差不超过 0.5 mm",
                    least, share);
}

static bool check_mask(struct nw_making *m, const struct nw_design_part *p,
                       const struct nw_mesh *mesh)
{
    const struct worn *w = m->left[p - m->design->part];
    const size_t material = (size_t)p->slot[K_MATERIAL].number;
    return judge_fit(m, p, w, mesh) && judge_openings(m, p, w, mesh) &&
           nw_judge_edge(m, p, p->slot[K_EDGE].number) &&
           nw_judge_wall(m, p, mesh, nw_material_at(material)->least_wall_mm) &&
           nw_judge_pieces(m, p, mesh) && nw_judge_mass(m, p, mesh, material);
}

const struct nw_kind nw_kind_mask = {.name = "mask",
                                     .zh = "压力面罩",
                                     .en = "a pressure mask for a face",
                                     .members = mask_members,
                                     .make = make_mask,
                                     .check = check_mask};
