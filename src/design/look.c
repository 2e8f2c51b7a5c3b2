/* design/look.c -- see look_priv.h. */
#include "design/look_priv.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesh/check.h"
#include "mesh/thickness.h"

const nw_vec3 nw_nowhere = {(double)NAN, (double)NAN, (double)NAN};

static const double NEAR_MM = 1e-4;       /* of the surface: a hit */
static const double LEAST_MM = 1e-3;      /* step of a march, whatever the value */
static const double LEAST_AREA_MM2 = 0.5; /* of thin wall: less is a fold at an edge */
static const double ABOUT_MM = 1.5;       /* of a thin place: all triangles are looked at */
static const double BAKE_CELL_MM = 0.25;
static const double CLEAR_STEP_MM = 0.02; /* least step along a bar: distances are good to it */

bool nw_judge(struct nw_making *m, const struct nw_design_part *p, struct nw_design_check check,
              const char *en, const char *zh, ...)
{
    char zh_text[300], en_text[300];
    va_list args, again;
    va_start(args, zh);
    va_copy(again, args);
    (void)vsnprintf(zh_text, sizeof zh_text, zh, args);
    (void)vsnprintf(en_text, sizeof en_text, en, again);
    va_end(again);
    va_end(args);
    check.part = p->name;
    check.zh = zh_text;
    check.en = en_text;
    return nw_making_check(m, &check);
}

bool nw_fail_member(struct nw_making *m, const struct nw_slot *slot)
{
    char place[NW_JSON_PLACE];
    if (m->err->code == NW_ERR_MEMORY || m->err->code == NW_ERR_CANCELLED || !slot->at)
        return false;
    nw_json_place(slot->at, place);
    (void)nw_fail_at(m->err, "%s", place);
    m->err->code = NW_ERR_DATA; /* it has its place */
    return false;
}

double nw_node_hit(const struct nw_making *m, nw_node node, nw_vec3 from, nw_vec3 way,
                   double reach_mm)
{
    double gone = 0;
    for (int k = 0; k < 2000 && gone <= reach_mm; k++) {
        const double d = nw_field_value(m->field, node, nw_along(from, way, gone));
        if (d < NEAR_MM)
            return gone;
        gone += fmax(d, LEAST_MM);
    }
    return -1;
}

bool nw_let_down(struct nw_making *m, nw_node node, const struct nw_slot *slot, double far_mm,
                 nw_vec3 *p, nw_vec3 *normal)
{
    if (m->err->code != NW_OK)
        return false;
    const double away = nw_field_value(m->field, node, *p);
    if (!(fabs(away) < far_mm))
        return nw_json_fail(slot->at, m->err, "is %.1f mm away from the surface; at most %.0f",
                            fabs(away), far_mm);
    for (int i = 0; i < 12; i++) {
        const double d = nw_field_gradient(m->field, node, *p, normal);
        *p = nw_along(*p, *normal, -d / fmax(nw_length2(*normal), 0.25));
    }
    *normal = nw_unit(*normal);
    return true;
}

void nw_span(nw_vec3 n, nw_vec3 *u, nw_vec3 *v)
{
    const nw_vec3 any = fabs(n.x) < 0.8 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    *u = nw_unit(nw_cross(any, n));
    *v = nw_cross(n, *u);
}

/* ---- what is kept clear of ---- */

const struct nw_member nw_avoid_members[] = {
    {.name = "part",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "要避开的结构",
     .en = "what must not be met"},
    {.name = "margin_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 2,
     .min = 0,
     .max = 50,
     .zh = "最小距离，默认 2",
     .en = "least distance to it; 2 when not given"},
    {0},
};

void nw_clear_along(const struct nw_making *m, nw_node node, nw_vec3 a, nw_vec3 b,
                    double radius_mm, const char *name, struct nw_clearance *least)
{
    const nw_vec3 way = nw_sub(b, a), u = nw_unit(way);
    const double length = nw_length(way);
    for (double t = 0;;) {
        const nw_vec3 at = nw_along(a, u, t);
        const double d = nw_field_value(m->field, node, at) - radius_mm;
        if (d < least->least_mm)
            *least = (struct nw_clearance){d, at, name};
        if (t >= length)
            return;
        t = fmin(t + fmax(d - least->least_mm, CLEAR_STEP_MM), length); /* none is nearer */
    }
}

bool nw_judge_clearance(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_slot *avoid, const struct nw_clearance *least)
{
    const double margin = avoid[NW_AVOID_MARGIN].number, d = least->least_mm;
    const struct nw_design_check check = {.code = "clearance",
                                          .verdict = d < 0        ? NW_VERDICT_FAIL
                                                     : d < margin ? NW_VERDICT_CONDITIONAL
                                                                  : NW_VERDICT_PASS,
                                          .value = d,
                                          .limit = margin,
                                          .unit = "mm",
                                          .place_mm = least->place};
    return nw_judge(m, p, check, "%s keeps %.2f mm from %s (at least %.2f)",
                    "%s 的最小距离 %.2f mm，对象：%s（至少 %.2f）", least->name, d,
                    m->design->part[avoid[NW_AVOID_PART].part[0]].name, margin);
}

/* ---- closed curves ---- */

/* Round through the points given, after Catmull and Rom (1974), LOOP_STEPS places from each. */
enum { LOOP_STEPS = 4 };
static nw_vec3 curve_at(const struct nw_slot *slot, size_t i)
{
    const size_t n = slot->count, k = i / LOOP_STEPS;
    assert(n > 0); /* the member asks for at least 3 */
    const double t = (double)(i % LOOP_STEPS) / LOOP_STEPS, t2 = t * t, t3 = t2 * t;
    const double w[4] = {(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2,
                         (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2};
    nw_vec3 p = {0, 0, 0};
    for (size_t j = 0; j < 4; j++)
        p = nw_along(p, slot->point[(k + n + j - 1) % n], w[j]);
    return p;
}

bool nw_loop_of(struct nw_making *m, const struct nw_slot *slot, nw_vec3 axis, nw_vec3 towards,
                struct nw_loop *out)
{
    nw_vec3 area = {0, 0, 0}, middle = {0, 0, 0};
    for (size_t i = 0; i < slot->count; i++)
        middle = nw_along(middle, slot->point[i], 1 / (double)slot->count);
    for (size_t i = 0, j = slot->count - 1; i < slot->count; j = i++)
        area = nw_add(area,
                      nw_cross(nw_sub(slot->point[j], middle), nw_sub(slot->point[i], middle)));
    if (!(nw_length(area) / 2 > 1))
        return nw_json_fail(slot->at, m->err, "goes around less than 1 mm²");
    if (!(nw_length(axis) > 0))
        axis = nw_dot(area, towards) < 0 ? nw_scale(area, -1) : area;
    *out = (struct nw_loop){
        .middle = middle, .axis = nw_unit(axis), .count = slot->count * LOOP_STEPS};
    nw_span(out->axis, &out->u, &out->v);
    out->outline = nw_arena_alloc(&m->out->arena, out->count * sizeof *out->outline, m->err);
    for (size_t i = 0; out->outline && i < out->count; i++) {
        const nw_vec3 d = nw_sub(curve_at(slot, i), middle);
        const double h = nw_dot(d, out->axis);
        out->outline[i][0] = nw_dot(d, out->u);
        out->outline[i][1] = nw_dot(d, out->v);
        out->low_mm = fmin(out->low_mm, h);
        out->high_mm = fmax(out->high_mm, h);
        out->radius_mm = fmax(out->radius_mm, nw_length(nw_along(d, out->axis, -h)));
    }
    return out->outline != NULL;
}

nw_node nw_loop_prism(struct nw_making *m, const struct nw_loop *loop, double below_mm,
                      double above_mm, double margin_mm)
{
    const nw_vec3 foot =
        nw_along(loop->middle, loop->axis, loop->low_mm - below_mm + margin_mm);
    const double tall = loop->high_mm - loop->low_mm + below_mm + above_mm - 2 * margin_mm;
    const nw_node prism =
        nw_field_extrusion(m->field, foot, loop->u, loop->v, (const double(*)[2])loop->outline,
                           loop->count, fmax(tall, 1), m->err);
    return margin_mm > 0 ? nw_field_offset(m->field, prism, margin_mm, m->err) : prism;
}

nw_node nw_bake_box(struct nw_making *m, nw_node node, nw_box box, double band_mm)
{
    const struct nw_bake_opts opts = {
        .cell_mm = BAKE_CELL_MM, .band_mm = band_mm, .inside_mm = band_mm};
    return nw_field_baked(m->field, node, box, &opts, NULL, m->err);
}

/* ---- walls, pieces, mass ---- */

struct thin {
    double wall_mm, area_mm2;
    nw_vec3 place;
};

static int by_wall(const void *a, const void *b)
{
    const double x = ((const struct thin *)a)->wall_mm, y = ((const struct thin *)b)->wall_mm;
    return (x > y) - (x < y);
}

/* The wall at one triangle, if it is below the limit. */
static bool take_thin(const struct nw_mesh *mesh, const struct nw_bvh *bvh, size_t t,
                      double limit_mm, double share, struct thin *out)
{
    const nw_vec3 a = mesh->pos_mm[mesh->tri[t][0]], b = mesh->pos_mm[mesh->tri[t][1]],
                  c = mesh->pos_mm[mesh->tri[t][2]];
    const nw_vec3 at = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
    const nw_vec3 face = nw_cross(nw_sub(b, a), nw_sub(c, a));
    if (!(nw_length(face) > 0))
        return false;
    const double wall = nw_thin_at(bvh, mesh, at, nw_unit(face), NW_SIDE_WALL, limit_mm);
    *out = (struct thin){wall, nw_length(face) / 2 * share, at};
    return wall < limit_mm;
}

/* Those below the limit, one of every `stride` triangles. */
static size_t gather_thin(const struct nw_mesh *mesh, const struct nw_bvh *bvh, double limit_mm,
                          size_t stride, struct thin *out)
{
    size_t count = 0;
    for (size_t t = 0; t < mesh->tri_count; t += stride)
        count += take_thin(mesh, bvh, t, limit_mm, (double)stride, &out[count]);
    return count;
}

/* One sample says little about an area, a fold of an edge may be such: all triangles about the
 * thinnest do. `few` of `seed`. */
static size_t gather_about(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                           double limit_mm, const struct thin *seed, size_t few,
                           struct thin *out)
{
    size_t count = 0;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const nw_vec3 at = mesh->pos_mm[mesh->tri[t][0]];
        bool near = false;
        for (size_t k = 0; k < few && !near; k++)
            near = nw_length2(nw_sub(at, seed[k].place)) < ABOUT_MM * ABOUT_MM;
        count += near && take_thin(mesh, bvh, t, limit_mm, 1, &out[count]);
    }
    return count;
}

/* The first of a list by rising walls whose area, with all before it, counts; NULL: none. */
static const struct thin *first_that_counts(const struct thin *thin, size_t count)
{
    double area = 0;
    for (size_t i = 0; i < count; i++) {
        area += thin[i].area_mm2;
        if (area >= LEAST_AREA_MM2)
            return &thin[i];
    }
    return NULL;
}

bool nw_thinnest(const struct nw_mesh *mesh, double limit_mm, double *least_mm, nw_vec3 *place,
                 struct nw_err *err)
{
    enum { SAMPLES = 12000, FEW = 200 };
    *least_mm = HUGE_VAL;
    *place = nw_nowhere;
    const size_t stride = mesh->tri_count / SAMPLES + 1;
    NW_AUTOFREE struct thin *thin = NW_ALLOC(struct thin, mesh->tri_count / stride + 1, err);
    NW_AUTOFREE struct thin *near =
        thin ? NW_ALLOC(struct thin, mesh->tri_count + 1, err) : NULL;
    struct nw_bvh *bvh = near ? nw_bvh_new(mesh, err) : NULL;
    if (!bvh)
        return false;
    const size_t count = gather_thin(mesh, bvh, limit_mm, stride, thin);
    qsort(thin, count, sizeof *thin, by_wall);
    const size_t few = stride == 1 ? 0 : count < FEW ? count : FEW;
    const size_t about = gather_about(mesh, bvh, limit_mm, thin, few, near);
    nw_bvh_free(bvh);
    qsort(near, about, sizeof *near, by_wall);
    const struct thin *all = first_that_counts(near, about);
    const struct thin *rest = first_that_counts(thin + few, count - few);
    const struct thin *least = !all || (rest && rest->wall_mm < all->wall_mm) ? rest : all;
    if (least) {
        *least_mm = least->wall_mm;
        *place = least->place;
    }
    return true;
}

bool nw_judge_wall(struct nw_making *m, const struct nw_design_part *p,
                   const struct nw_mesh *mesh, double least_mm)
{
    const double slack = 0.98; /* of the limit: what a surface at this cell can be off by */
    double thin;
    nw_vec3 place;
    if (!nw_thinnest(mesh, 2 * least_mm, &thin, &place, m->err))
        return false;
    const struct nw_design_check check = {
        .code = "wall",
        .verdict = thin < slack * least_mm ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
        .value = isfinite(thin) ? thin : (double)NAN,
        .limit = least_mm,
        .unit = "mm",
        .place_mm = place};
    if (!isfinite(thin))
        return nw_judge(m, p, check, "no wall is thinner than %.2f mm (at least %.2f)",
                        "壁厚均不小于 %.2f mm（至少 %.2f）", 2 * least_mm, least_mm);
    return nw_judge(m, p, check, "the thinnest wall is %.2f mm (at least %.2f)",
                    "最小壁厚 %.2f mm（至少 %.2f）", thin, least_mm);
}

bool nw_judge_edge(struct nw_making *m, const struct nw_design_part *p, double radius_mm)
{
    const struct nw_design_check check = {.code = "edge",
                                          .verdict = radius_mm < 0.5 ? NW_VERDICT_CONDITIONAL
                                                                     : NW_VERDICT_PASS,
                                          .value = radius_mm,
                                          .limit = 0.5,
                                          .unit = "mm",
                                          .place_mm = nw_nowhere};
    return nw_judge(m, p, check, "edges are rounded by %.2f mm (at least 0.50)",
                    "边缘圆角半径 %.2f mm（至少 0.50）", radius_mm);
}

bool nw_judge_pieces(struct nw_making *m, const struct nw_design_part *p,
                     const struct nw_mesh *mesh)
{
    size_t count = 0;
    NW_AUTOFREE uint32_t *part = NW_ALLOC_UNSET(uint32_t, mesh->tri_count, m->err);
    if (!part || !nw_mesh_components(mesh, part, &count, m->err))
        return false;
    if (count <= 1)
        return true;
    const struct nw_design_check check = {.code = "one-piece",
                                          .verdict = NW_VERDICT_CONDITIONAL,
                                          .value = (double)count,
                                          .limit = 1,
                                          .unit = "",
                                          .place_mm = nw_nowhere};
    return nw_judge(m, p, check, "it falls into %zu surfaces: look for loose pieces",
                    "由 %zu 个互不相连的表面组成：请检查是否有散块", count);
}

/* Densities: PEEK and PMMA by their makers' sheets (1.30, 1.18), Ti6Al4V by ASTM F136 (4.43),
 * tantalum 16.6, PLA 1.24, photopolymer resin about 1.15, TPU 1.21, nylon PA12 0.93 sintered.
 * Walls: methods.md 4.3 for implants, common process limits else. Strains: half of those at
 * yield that makers state (PLA 2 %, PA12 4 %, PEEK 4 to 5 %). */
static const struct nw_material materials[] = {
    {"PEEK", 1.30, 3, 0.02},   {"Ti6Al4V", 4.43, 0.6, 0.004}, {"PMMA", 1.18, 3, 0.01},
    {"Ta", 16.6, 0.6, 0.0005}, {"resin", 1.15, 1.5, 0.015},   {"PLA", 1.24, 1.5, 0.01},
    {"TPU", 1.21, 1.5, 0.2},   {"PA12", 0.93, 1.5, 0.02}};
const char *const nw_material_names[] = {"PEEK", "Ti6Al4V", "PMMA", "Ta", "resin",
                                         "PLA",  "TPU",     "PA12", NULL};

const struct nw_material *nw_material_at(size_t at)
{
    return &materials[at];
}

bool nw_judge_mass(struct nw_making *m, const struct nw_design_part *p,
                   const struct nw_mesh *mesh, size_t material)
{
    const double cm3 = nw_mesh_volume_mm3(mesh) / 1000;
    const struct nw_material *of = &materials[material];
    const struct nw_design_check check = {.code = "mass",
                                          .verdict = NW_VERDICT_PASS,
                                          .value = cm3 * of->density_g_cm3,
                                          .limit = (double)NAN,
                                          .unit = "g",
                                          .place_mm = nw_nowhere};
    return nw_judge(m, p, check, "%.2f g: %.2f cm³ of %s at %.2f g/cm³",
                    "质量 %.2f g：%.2f cm³，%s，%.2f g/cm³", cm3 * of->density_g_cm3, cm3,
                    of->name, of->density_g_cm3);
}
