/* design/porous.c -- kinds that fill space: minimal surfaces and struts, even or graded by the
 * distance of another part's surface; and the check that the porosity is the ordered one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "design/look_priv.h"
#include "field/lattice.h"
#include "field/surface.h"

/* A parameter graded by the signed distance to a part's surface (negative inside). */
static const struct nw_member ramp_members[] = {
    {.name = "by",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "按此部件表面的距离分级",
     .en = "the part whose surface's distance grades it (negative inside)"},
    {.name = "from_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = -500,
     .max = 500,
     .zh = "分级起点的距离",
     .en = "distance at which the grading begins"},
    {.name = "to_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = -500,
     .max = 500,
     .zh = "分级终点的距离，大于起点",
     .en = "and ends; larger"},
    {.name = "at_from",
     .type = NW_NUMBER_MEMBER,
     .required = true,
     .min = -2,
     .max = 50,
     .zh = "起点处的值",
     .en = "value there"},
    {.name = "at_to",
     .type = NW_NUMBER_MEMBER,
     .required = true,
     .min = -2,
     .max = 50,
     .zh = "终点处的值",
     .en = "value here"},
    {0},
};

/* False with err filled when it is wrong; *by negative when there is no grading. */
static bool take_ramp(struct nw_making *m, const struct nw_slot *graded, nw_node *by,
                      struct nw_ramp *ramp)
{
    *by = -1;
    *ramp = (struct nw_ramp){0};
    if (!graded->at)
        return true;
    if (graded->count != 1)
        return nw_json_fail(graded->at, m->err, "must hold one object");
    const struct nw_slot *s = graded->item;
    if (!(s[2].number > s[1].number))
        return nw_json_fail(s[2].at, m->err, "must be above from_mm");
    *by = nw_slot_node(m, &s[0]);
    *ramp = (struct nw_ramp){s[1].number, s[2].number, s[3].number, s[4].number};
    return true;
}

/* ---- minimal surfaces ---- */

static const char *const surfaces[] = {"gyroid", "diamond", "primitive", NULL};
static const char *const solids[] = {"sheet", "skeletal", NULL};
enum tpms {
    T_SURFACE,
    T_SOLID,
    T_CELL,
    T_WALL,
    T_POROSITY,
    T_ORIGIN,
    T_GRADED,
    T_MODULUS,
    T_PORE,
    T_STRUT,
    T_STIFF
};
static const struct nw_member tpms_members[] = {
    {.name = "surface",
     .type = NW_CHOICE_MEMBER,
     .required = true,
     .choices = surfaces,
     .zh = "极小曲面",
     .en = "which minimal surface"},
    {.name = "solid",
     .type = NW_CHOICE_MEMBER,
     .required = true,
     .choices = solids,
     .zh = "sheet：曲面两侧为壁；skeletal：曲面一侧为实体",
     .en = "sheet: a wall about the surface; skeletal: all on one side of it"},
    {.name = "unit_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 0.3,
     .max = 50,
     .zh = "单胞边长；或由目标值求得",
     .en = "edge of a unit cell; or it follows from targets"},
    {.name = "wall_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 0.02,
     .max = 10,
     .zh = "壁厚（sheet）",
     .en = "thickness of a sheet's wall"},
    {.name = "porosity",
     .type = NW_NUMBER_MEMBER,
     .preset = NAN,
     .min = 0.05,
     .max = 0.97,
     .zh = "孔隙率，代替壁厚",
     .en = "share that is empty, 0 to 1; instead of wall_mm"},
    {.name = "origin_mm",
     .type = NW_POINT_MEMBER,
     .zh = "单胞的原点",
     .en = "where a cell begins"},
    {.name = "graded",
     .type = NW_ITEMS_MEMBER,
     .items = ramp_members,
     .zh = "分级：sheet 为壁厚，skeletal 为水平值",
     .en = "grades the wall in mm (sheet) or the level (skeletal); one object"},
    {.name = "modulus_gpa",
     .type = NW_NUMBER_MEMBER,
     .preset = NAN,
     .min = 0.01,
     .max = 300,
     .zh = "目标弹性模量（GPa）；松质骨约 0.1–5，皮质骨 10–25",
     .en = "target: elastic modulus; spongy bone about 0.1 to 5, cortical 10 to 25"},
    {.name = "pore_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 0.05,
     .max = 20,
     .zh = "目标孔径（最大内切球）；骨长入 0.3–0.8",
     .en = "target: the largest ball in a pore; 0.3 to 0.8 for bone to grow in"},
    {.name = "strut_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 0.02,
     .max = 10,
     .zh = "可制造的最小杆或壁；金属粉末床 0.2–0.3",
     .en = "target: the least strut or wall that can be built; metal powder 0.2 to 0.3"},
    {.name = "solid_gpa",
     .type = NW_NUMBER_MEMBER,
     .preset = 110,
     .min = 0.1,
     .max = 1000,
     .zh = "实体材料的模量：Ti6Al4V 110，Ta 186，PEEK 3.8",
     .en = "modulus of the solid: Ti6Al4V 110, Ta 186, PEEK 3.8"},
    {0},
};

/* Voxel homogenisation of unit cells, 48 cells along an edge, nu 0.34 (methods.md 4.4):
 * porosity, modulus over the solid's, and the largest balls in strut or wall and in the pore,
 * over the cell's edge. By rising modulus. */
struct lattice_row {
    double porosity, modulus, strut, pore;
};
static const struct lattice_row table[4][5] = {
    {{0.904, 0.030, 0.04, 0.394}, /* gyroid, sheet */
     {0.809, 0.065, 0.06, 0.366},
     {0.708, 0.109, 0.10, 0.338},
     {0.610, 0.164, 0.13, 0.305}},
    {{0.795, 0.031, 0.229, 0.617}, /* gyroid, skeletal */
     {0.743, 0.049, 0.268, 0.583},
     {0.695, 0.072, 0.305, 0.546},
     {0.646, 0.098, 0.338, 0.516},
     {0.596, 0.130, 0.366, 0.488}},
    {{0.875, 0.052, 0.04, 0.390}, /* diamond, sheet */
     {0.746, 0.114, 0.07, 0.354},
     {0.624, 0.177, 0.10, 0.318}},
    {{0.791, 0.033, 0.268, 0.557}, /* diamond, skeletal */
     {0.688, 0.070, 0.318, 0.509}},
};

static double between(double a, double b, double f)
{
    return a + f * (b - a);
}

/* The lattice of a relative modulus, which lies within the rows. */
static struct lattice_row row_of(const struct lattice_row *row, size_t count, double modulus)
{
    size_t i = 0;
    while (i + 2 < count && modulus > row[i + 1].modulus)
        i++;
    const double f = (modulus - row[i].modulus) / (row[i + 1].modulus - row[i].modulus);
    return (struct lattice_row){between(row[i].porosity, row[i + 1].porosity, f), modulus,
                                between(row[i].strut, row[i + 1].strut, f),
                                between(row[i].pore, row[i + 1].pore, f)};
}

/* The modulus at which strut over pore is at least `ratio`; negative: none in the table. */
static double stiff_enough(const struct lattice_row *row, size_t count, double ratio)
{
    enum { STEPS = 200 };
    for (int k = 0; k <= STEPS; k++) {
        const double e = between(row[0].modulus, row[count - 1].modulus, (double)k / STEPS);
        const struct lattice_row r = row_of(row, count, e);
        if (r.strut >= ratio * r.pore)
            return e;
    }
    return -1;
}

/* Cell and porosity from what is aimed at; refused, with the nearest that can be, when modulus,
 * pore and strut do not go together. */
static bool take_targets(struct nw_making *m, const struct nw_design_part *p, double *unit_mm,
                         double *porosity)
{
    const struct nw_slot *s = p->slot;
    const size_t which = 2 * (size_t)s[T_SURFACE].number + (s[T_SOLID].number < 0.5 ? 0 : 1);
    if (s[T_CELL].at || s[T_WALL].at || s[T_POROSITY].at || s[T_GRADED].at)
        return nw_json_fail(s[T_MODULUS].at, m->err,
                            "stands instead of unit_mm, wall_mm, porosity and graded");
    if (which >= 4)
        return nw_json_fail(s[T_MODULUS].at, m->err, "is known for gyroid and diamond only");
    if (!s[T_PORE].at && !s[T_STRUT].at)
        return nw_json_fail(s[T_MODULUS].at, m->err, "needs pore_mm, strut_mm or both");
    const struct lattice_row *row = table[which];
    size_t count = 0;
    while (count < 5 && row[count].porosity > 0)
        count++;
    const double solid = s[T_STIFF].number, e = s[T_MODULUS].number / solid;
    if (e < row[0].modulus || e > row[count - 1].modulus)
        return nw_json_fail(s[T_MODULUS].at, m->err,
                            "cannot be reached: this lattice has %.2f to %.2f GPa",
                            row[0].modulus * solid, row[count - 1].modulus * solid);
    const struct lattice_row r = row_of(row, count, e);
    const double pore = s[T_PORE].number, strut = s[T_STRUT].number;
    *porosity = r.porosity;
    *unit_mm = s[T_PORE].at ? pore / r.pore : strut / r.strut;
    if (!s[T_PORE].at || !s[T_STRUT].at || *unit_mm * r.strut >= strut * (1 - 1e-9))
        return true;
    const double stiff = stiff_enough(row, count, strut / pore);
    if (stiff > 0)
        return nw_json_fail(
            s[T_STRUT].at, m->err,
            "cannot be had: at this modulus and pore it is %.3f mm; nearest are "
            "a pore of %.2f mm, or %.2f GPa",
            *unit_mm * r.strut, strut / r.strut * r.pore, stiff * solid);
    return nw_json_fail(s[T_STRUT].at, m->err,
                        "cannot be had: at this modulus and pore it is %.3f mm; nearest is a "
                        "pore of %.2f mm",
                        *unit_mm * r.strut, strut / r.strut * r.pore);
}

static bool take_tpms(struct nw_making *m, const struct nw_design_part *p,
                      struct nw_tpms_opts *o)
{
    static const enum nw_tpms kinds[] = {NW_TPMS_GYROID, NW_TPMS_DIAMOND, NW_TPMS_PRIMITIVE};
    const struct nw_slot *s = p->slot;
    double unit = s[T_CELL].number, porosity = s[T_POROSITY].number;
    if (!s[T_MODULUS].at && !s[T_CELL].at)
        return nw_json_fail(p->at, m->err, "needs \"unit_mm\", or \"modulus_gpa\" as target");
    if (s[T_MODULUS].at && !take_targets(m, p, &unit, &porosity))
        return false;
    *o = (struct nw_tpms_opts){.kind = kinds[(int)s[T_SURFACE].number],
                               .sheet = s[T_SOLID].number < 0.5,
                               .cell_mm = unit,
                               .origin_mm = s[T_ORIGIN].vec,
                               .wall_mm = s[T_WALL].at ? s[T_WALL].number : unit / 6};
    if (s[T_WALL].at && s[T_POROSITY].at)
        return nw_json_fail(s[T_POROSITY].at, m->err, "and wall_mm say the same twice");
    if (s[T_WALL].at && !o->sheet)
        return nw_json_fail(s[T_WALL].at, m->err, "is for sheets; give \"porosity\"");
    if (!s[T_WALL].at && !isfinite(porosity) && !s[T_GRADED].at)
        return nw_json_fail(p->at, m->err, "needs \"porosity\", \"wall_mm\" or \"graded\"");
    if (s[T_WALL].at && o->wall_mm > o->cell_mm / 3)
        return nw_json_fail(s[T_WALL].at, m->err, "is more than a third of unit_mm");
    if (isfinite(porosity) && !nw_tpms_calibrate(o, porosity, m->err))
        return nw_fail_member(m, &s[s[T_POROSITY].at ? T_POROSITY : T_MODULUS]);
    return true;
}

static nw_node make_tpms(struct nw_making *m, const struct nw_design_part *p)
{
    struct nw_tpms_opts opts;
    struct nw_ramp ramp;
    nw_node by;
    if (!take_tpms(m, p, &opts) || !take_ramp(m, &p->slot[T_GRADED], &by, &ramp))
        return -1;
    return nw_field_tpms(m->field, &opts, by, &ramp, m->err);
}

/* ---- struts ---- */

static const char *const cells[] = {"cubic", "bcc", "octet", "voronoi", NULL};
enum struts { R_CELL, R_UNIT, R_RADIUS, R_ORIGIN, R_SEED, R_JITTER, R_MIN, R_MAX, R_GRADED };
static const struct nw_member struts_members[] = {
    {.name = "cell",
     .type = NW_CHOICE_MEMBER,
     .required = true,
     .choices = cells,
     .zh = "单胞",
     .en = "how the struts run"},
    {.name = "unit_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 0.3,
     .max = 50,
     .zh = "单胞边长或种子间距",
     .en = "edge of a cell, or distance of the seeds"},
    {.name = "radius_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 0.02,
     .max = 10,
     .zh = "杆的半径",
     .en = "radius of a strut"},
    {.name = "origin_mm",
     .type = NW_POINT_MEMBER,
     .zh = "单胞的一角",
     .en = "a corner of a cell"},
    {.name = "seed",
     .type = NW_NUMBER_MEMBER,
     .preset = 1,
     .min = 0,
     .max = 4294967295.0,
     .zh = "voronoi 的随机种子",
     .en = "voronoi: which of the random ones"},
    {.name = "jitter",
     .type = NW_NUMBER_MEMBER,
     .preset = 0.8,
     .min = 0,
     .max = 1,
     .zh = "voronoi 的无序程度",
     .en = "voronoi: how irregular, 0 to 1"},
    {.name = "min_mm",
     .type = NW_POINT_MEMBER,
     .zh = "voronoi 的范围",
     .en = "voronoi: within this box"},
    {.name = "max_mm",
     .type = NW_POINT_MEMBER,
     .zh = "voronoi 的范围",
     .en = "voronoi: within this box"},
    {.name = "graded",
     .type = NW_ITEMS_MEMBER,
     .items = ramp_members,
     .zh = "半径分级",
     .en = "grades the radius in mm; one object"},
    {0},
};

static nw_node make_voronoi(struct nw_making *m, const struct nw_design_part *p, nw_node by,
                            const struct nw_ramp *ramp)
{
    const struct nw_slot *s = p->slot;
    nw_vec3(*ends)[2] = NULL;
    size_t count = 0;
    nw_node node = -1;
    if (!s[R_MIN].at || !s[R_MAX].at) {
        nw_json_fail(p->at, m->err, "needs min_mm and max_mm for voronoi");
        return -1;
    }
    if (nw_voronoi_struts((nw_box){s[R_MIN].vec, s[R_MAX].vec}, s[R_UNIT].number,
                          s[R_JITTER].number, (uint64_t)s[R_SEED].number, &ends, &count,
                          m->err))
        node = nw_field_strut_list(m->field, (const nw_vec3(*)[2])ends, count,
                                   s[R_RADIUS].number, by, ramp, m->err);
    nw_free(ends);
    return node;
}

static nw_node make_struts(struct nw_making *m, const struct nw_design_part *p)
{
    static const enum nw_strut_cell kinds[] = {NW_STRUTS_CUBIC, NW_STRUTS_BCC, NW_STRUTS_OCTET};
    const struct nw_slot *s = p->slot;
    struct nw_ramp ramp;
    nw_node by;
    if (!take_ramp(m, &s[R_GRADED], &by, &ramp))
        return -1;
    if (s[R_CELL].number > 2.5)
        return make_voronoi(m, p, by, &ramp);
    const struct nw_struts_opts opts = {.cell = kinds[(int)s[R_CELL].number],
                                        .cell_mm = s[R_UNIT].number,
                                        .radius_mm = s[R_RADIUS].number,
                                        .origin_mm = s[R_ORIGIN].vec};
    return nw_field_struts(m->field, &opts, by, &ramp, m->err);
}

/* ---- a block of it ---- */

static const double BALL_MOST_MM = 20; /* pores and struts are smaller */
enum porous { P_WITHIN, P_LATTICE, P_RIM };
static const struct nw_member porous_members[] = {
    {.name = "within",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "外形",
     .en = "the shape it fills"},
    {.name = "lattice",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "多孔结构",
     .en = "a tpms or struts"},
    {.name = "rim_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0,
     .min = 0,
     .max = 50,
     .zh = "实体边缘的厚度，0 为无",
     .en = "thickness of a solid rim; 0: none"},
    {0},
};

static nw_node make_porous(struct nw_making *m, const struct nw_design_part *p)
{
    const nw_node within = nw_slot_node(m, &p->slot[P_WITHIN]);
    nw_node fill =
        nw_field_intersection(m->field, within, nw_slot_node(m, &p->slot[P_LATTICE]), m->err);
    if (p->slot[P_RIM].number > 0)
        fill = nw_field_union(m->field, fill,
                              nw_field_shell(m->field, within, p->slot[P_RIM].number, m->err),
                              m->err);
    return fill;
}

/* Volume of the shape, by its surface at twice the cell: its own detail does not matter. */
static bool measure_within(struct nw_making *m, nw_node within, double *out)
{
    NW_AUTO(nw_mesh) mesh = {0};
    nw_box box;
    if (!nw_node_bounds(m->field, within, &box, m->err) ||
        !nw_surface_of_field(m->field, within, nw_box_grown(box, 4 * m->cell_mm),
                             2 * m->cell_mm, &mesh, m->err))
        return false;
    *out = nw_mesh_volume_mm3(&mesh);
    return true;
}

static bool check_porous(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_mesh *mesh)
{
    double whole;
    if (!measure_within(m, nw_slot_node(m, &p->slot[P_WITHIN]), &whole))
        return false;
    const double porosity = 1 - nw_mesh_volume_mm3(mesh) / whole;
    char zh[200], en[200];
    snprintf(zh, sizeof zh, "孔隙率 %.1f %%（实体 %.2f cm³，外形 %.2f cm³）", 100 * porosity,
             nw_mesh_volume_mm3(mesh) / 1000, whole / 1000);
    snprintf(en, sizeof en, "porosity %.1f %% (solid %.2f cm³ of %.2f cm³)", 100 * porosity,
             nw_mesh_volume_mm3(mesh) / 1000, whole / 1000);
    const struct nw_design_check check = {.part = p->name,
                                          .code = "porosity",
                                          .verdict = NW_VERDICT_PASS,
                                          .value = porosity,
                                          .limit = (double)NAN,
                                          .unit = "",
                                          .zh = zh,
                                          .en = en,
                                          .place_mm = {(double)NAN, (double)NAN, (double)NAN}};
    const nw_node within = nw_slot_node(m, &p->slot[P_WITHIN]);
    return nw_making_check(m, &check) &&
           nw_judge_pores(
               m, p, mesh,
               &(struct nw_porous){within, within, m->node[p - m->design->part], BALL_MOST_MM});
}

const struct nw_kind nw_kind_tpms = {.name = "tpms",
                                     .zh = "极小曲面多孔结构（充满空间）",
                                     .en = "a minimal surface's lattice; fills all space",
                                     .members = tpms_members,
                                     .make = make_tpms};
const struct nw_kind nw_kind_struts = {.name = "struts",
                                       .zh = "杆状多孔结构（充满空间）",
                                       .en = "a lattice of struts; fills all space",
                                       .members = struts_members,
                                       .make = make_struts};
const struct nw_kind nw_kind_porous = {
    .name = "porous",
    .zh = "以多孔结构填充的外形，可带实体边缘",
    .en = "a shape filled with a lattice, with or without a rim",
    .members = porous_members,
    .make = make_porous,
    .check = check_porous};
