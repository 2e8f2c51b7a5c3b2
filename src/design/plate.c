/*
 * design/plate.c -- a bone plate along a curve: points given near the bone are let down onto
 * it, the band between two offsets of the bone about that line is the plate, and screws go
 * through it square to the bone. Presets after the sizes of common plates (methods.md 4.3).
 */
#include <math.h>
#include <stdio.h>

#include "design/look_priv.h"

enum { LINE_MAX = 2000 };
static const double FAR_MM = 30;   /* given places are nearer to the bone than this */
static const double STEP_MM = 1.5; /* between places of the line on the bone */

static const struct nw_member screw_members[] = {
    {.name = "name", .type = NW_TEXT_MEMBER, .required = true, .zh = "名称", .en = "its name"},
    {.name = "at_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "骨面上的位置",
     .en = "where it enters the bone"},
    {.name = "diameter_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 0.5,
     .max = 12,
     .zh = "孔径",
     .en = "diameter of the hole"},
    {.name = "direction",
     .type = NW_DIRECTION_MEMBER,
     .zh = "方向；省略则垂直骨面",
     .en = "into the bone; square to its surface when it is not given"},
    {0},
};

enum plate { L_BONE, L_LINE, L_WIDTH, L_THICK, L_CLEAR, L_SCREWS };
static const struct nw_member plate_members[] = {
    {.name = "bone", .type = NW_PART_MEMBER, .required = true, .zh = "骨", .en = "the bone"},
    {.name = "along_mm",
     .type = NW_POINTS_MEMBER,
     .required = true,
     .min = 2,
     .zh = "板的中线上的点",
     .en = "places along its middle, let down onto the bone"},
    {.name = "width_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 7,
     .min = 2,
     .max = 40,
     .zh = "宽度",
     .en = "width; 7 is usual for small plates"},
    {.name = "thickness_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 2.5,
     .min = 0.5,
     .max = 10,
     .zh = "厚度",
     .en = "thickness; 2.5 is usual for small plates"},
    {.name = "clearance_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.15,
     .min = 0,
     .max = 2,
     .zh = "与骨面的间隙（0.1–0.2）",
     .en = "between plate and bone; 0.1 to 0.2"},
    {.name = "screws",
     .type = NW_ITEMS_MEMBER,
     .items = screw_members,
     .zh = "螺钉孔",
     .en = "holes for screws"},
    {0},
};

struct line {
    nw_vec3 point[LINE_MAX];
    double radius[LINE_MAX];
    size_t count;
};

static bool take_line(struct nw_making *m, const struct nw_design_part *p, nw_node bone,
                      struct line *out)
{
    const struct nw_slot *s = &p->slot[L_LINE];
    const double up = p->slot[L_CLEAR].number + p->slot[L_THICK].number / 2;
    for (size_t i = 0; i + 1 < s->count; i++) {
        const nw_vec3 way = nw_sub(s->point[i + 1], s->point[i]);
        const size_t steps = (size_t)fmin(ceil(nw_length(way) / STEP_MM), 1e4) + 1;
        for (size_t k = i > 0; k <= steps; k++) {
            nw_vec3 at = nw_along(s->point[i], way, (double)k / (double)steps), normal;
            if (!nw_let_down(m, bone, s, FAR_MM, &at, &normal))
                return false;
            at = nw_along(at, normal, up);
            if (out->count > 0 &&
                nw_length(nw_sub(at, out->point[out->count - 1])) < STEP_MM / 10)
                continue;
            if (out->count == LINE_MAX)
                return nw_json_fail(s->at, m->err, "is too long for a plate");
            out->radius[out->count] = p->slot[L_WIDTH].number / 2;
            out->point[out->count++] = at;
        }
    }
    return out->count >= 2 ||
           nw_json_fail(s->at, m->err,
                        "is only one place on the bone; at least two are needed");
}

static nw_node make_screw(struct nw_making *m, const struct nw_slot *s, nw_node bone)
{
    nw_vec3 at = s[1].vec, normal;
    if (!nw_let_down(m, bone, &s[1], FAR_MM, &at, &normal))
        return -1;
    const nw_vec3 into = s[3].at ? s[3].vec : nw_scale(normal, -1);
    return nw_field_cylinder(m->field, nw_along(at, into, -30), nw_along(at, into, 5),
                             s[2].number / 2, m->err);
}

static nw_node make_plate(struct nw_making *m, const struct nw_design_part *p)
{
    nw_node bone = nw_slot_node(m, &p->slot[L_BONE]);
    struct line *line = nw_arena_alloc(&m->out->arena, sizeof *line, m->err);
    if (!line || !take_line(m, p, bone, line))
        return -1;
    const double clear = p->slot[L_CLEAR].number, thick = p->slot[L_THICK].number;
    nw_box box = nw_box_empty();
    for (size_t i = 0; i < line->count; i++)
        box = nw_box_with(box, line->point[i]);
    const struct nw_bake_opts opts = {.band_mm = clear + thick + 1};
    box = nw_box_grown(box, p->slot[L_WIDTH].number / 2 + thick + 2);
    bone = nw_field_baked(m->field, bone, box, &opts, NULL, m->err);
    nw_node plate = nw_field_offset(m->field, bone, clear + thick, m->err);
    plate = nw_field_intersection(
        m->field, plate,
        nw_field_tube(m->field, line->point, line->radius, line->count, m->err), m->err);
    plate = nw_field_difference(m->field, plate, nw_field_offset(m->field, bone, clear, m->err),
                                m->err);
    for (size_t i = 0; i < p->slot[L_SCREWS].count; i++)
        plate = nw_field_difference(
            m->field, plate, make_screw(m, &p->slot[L_SCREWS].item[i * 4], bone), m->err);
    /* Where the bone is thin its marrow has an offset too: crumbs, some smaller than a cell. */
    return nw_keep_largest(m, plate, box);
}

/* Holes leave one diameter to the edge along the plate and 2.2 between them. */
static bool check_plate(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_mesh *mesh)
{
    const struct nw_slot *list = &p->slot[L_SCREWS];
    for (size_t i = 0; i < list->count; i++) {
        const struct nw_slot *a = &list->item[i * 4];
        const double side = (p->slot[L_WIDTH].number - a[2].number) / 2;
        char zh[200], en[200];
        struct nw_design_check check = {.part = p->name,
                                        .code = "hole-edge",
                                        .unit = "mm",
                                        .value = side,
                                        .limit = 1,
                                        .zh = zh,
                                        .en = en,
                                        .verdict = side < 1 ? NW_VERDICT_FAIL : NW_VERDICT_PASS,
                                        .place_mm = a[1].vec};
        snprintf(zh, sizeof zh, "%.60s：孔旁余料 %.2f mm（至少 1.00）", a[0].text, side);
        snprintf(en, sizeof en, "%.60s: %.2f mm of plate beside the hole (at least 1.00)",
                 a[0].text, side);
        if (!nw_making_check(m, &check))
            return false;
        for (size_t k = 0; k < i; k++) {
            const struct nw_slot *b = &list->item[k * 4];
            const double pitch = nw_length(nw_sub(a[1].vec, b[1].vec));
            const double least = 1.1 * (a[2].number + b[2].number);
            if (pitch >= least)
                continue;
            snprintf(zh, sizeof zh, "%.60s 与 %.60s 的孔距 %.2f mm（至少 %.2f）", a[0].text,
                     b[0].text, pitch, least);
            snprintf(en, sizeof en, "%.60s and %.60s are %.2f mm apart (at least %.2f)",
                     a[0].text, b[0].text, pitch, least);
            check.code = "hole-pitch";
            check.value = pitch;
            check.limit = least;
            check.verdict = NW_VERDICT_CONDITIONAL;
            if (!nw_making_check(m, &check))
                return false;
        }
    }
    return nw_judge_pieces(m, p, mesh);
}

const struct nw_kind nw_kind_plate = {.name = "plate",
                                      .zh = "沿曲线贴合骨面的接骨板",
                                      .en = "a bone plate along a line, with screw holes",
                                      .members = plate_members,
                                      .make = make_plate,
                                      .check = check_plate};
