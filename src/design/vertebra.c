/*
 * design/vertebra.c -- the replacement of a vertebral body: a solid wall around a porous core
 * between the end plates of the neighbours, whose shape its ends follow, with a canal and a
 * window for bone graft and holes for screws.
 *
 * The neighbours are sampled on two grids along the axis, and swept away from the gap: the
 * implant is put in while the gap is held open and the neighbours come down onto it, so nothing
 * of it may hang behind an edge of theirs. Presets after methods.md 4.3 and 4.4.
 */
#include <math.h>

#include "design/look_priv.h"
#include "field/band.h"
#include "field/lattice.h"
#include "field/surface.h"

static const double RISE_MM = 1;   /* ends reach no further beyond the places given */
static const double BEYOND_MM = 3; /* the grids reach further than the implant */
static const double EDGE_CELL_MM = 0.4, BAND_MM = 1.2;
static const double EDGE_OF_RIM = 0.8;
static const double FINE_MM = 0.25, COARSE_MM = 0.6;
static const double ROUND = 2.5;    /* exponent of the outline, |x|^n + |y|^n = 1 */
static const double TOUCH_MM = 0.1; /* nearer to a neighbour than ordered by this: too near */
static const double HOLD_MM = 10;   /* of bone about a screw */
static const double BALL_MOST_MM = 20;      /* pores and struts are smaller */
static const double LEAST_FEATURE_MM = 0.4; /* of metal powder */
enum { CORNERS = 72 };

enum screw { C_NAME, C_AT, C_AXIS, C_DIAMETER, C_LENGTH, C_WALL, C_COUNT };
static const struct nw_member screw_members[] = {
    {.name = "name", .type = NW_TEXT_MEMBER, .required = true, .zh = "名称", .en = "its name"},
    {.name = "at_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "钉孔在侧壁上的位置",
     .en = "where it enters the implant's wall"},
    {.name = "direction",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "进入邻椎的方向",
     .en = "into the neighbour"},
    {.name = "diameter_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 4.5,
     .min = 1,
     .max = 10,
     .zh = "孔径",
     .en = "diameter of the hole"},
    {.name = "length_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 25,
     .min = 5,
     .max = 80,
     .zh = "螺钉长度，自 at_mm",
     .en = "length of the screw from at_mm"},
    {.name = "wall_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1.5,
     .min = 0.5,
     .max = 6,
     .zh = "孔周实体壁厚",
     .en = "solid wall about the hole"},
    {0},
};

enum vertebra {
    V_UPPER,
    V_LOWER,
    V_UPPER_AT,
    V_LOWER_AT,
    V_FRONT,
    V_WIDTH,
    V_DEPTH,
    V_SEARCH,
    V_CLEAR,
    V_RIM,
    V_EDGE,
    V_LATTICE,
    V_GRAFT,
    V_WINDOW,
    V_SCREWS,
    V_AVOID,
    V_SUPPORT,
    V_MATERIAL
};
static const struct nw_member vertebra_members[] = {
    {.name = "upper",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "上方邻椎（或整个脊柱）",
     .en = "the neighbour above, or all of the spine"},
    {.name = "lower",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "下方邻椎（或整个脊柱）",
     .en = "the neighbour below, or all of the spine"},
    {.name = "upper_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "上方邻椎下终板的中点",
     .en = "middle of the end plate above"},
    {.name = "lower_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "下方邻椎上终板的中点",
     .en = "middle of the end plate below"},
    {.name = "front",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "前方",
     .en = "the way to the front"},
    {.name = "width_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 8,
     .max = 80,
     .zh = "横径，不大于终板",
     .en = "from side to side, within the end plates"},
    {.name = "depth_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 8,
     .max = 60,
     .zh = "前后径",
     .en = "from front to back"},
    {.name = "search_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 4,
     .min = 0.5,
     .max = 20,
     .zh = "自终板中点向缺损内此距离以外的骨视为已切除",
     .en = "bone further into the gap than this, from the middle of an end plate, is taken as "
           "removed"},
    {.name = "clearance_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0,
     .min = 0,
     .max = 2,
     .zh = "与终板的间隙，0 为贴合",
     .en = "to the end plates; 0: it lies on them"},
    {.name = "rim_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1.5,
     .min = 0.5,
     .max = 8,
     .zh = "实体侧壁及植骨管壁的厚度",
     .en = "thickness of the solid wall around it, and about canal and window"},
    {.name = "edge_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1,
     .min = 0,
     .max = 3,
     .zh = "边缘圆角半径；薄于其两倍的尖角去除",
     .en = "radius of its edges; horns thinner than twice that are taken away"},
    {.name = "lattice",
     .type = NW_PART_MEMBER,
     .zh = "多孔结构；省略则为骨架型螺旋二十四面体：单胞 2 mm，孔隙率 70 %；"
           "Ti6Al4V 约 8 GPa，细于 0.4 mm 之处去除",
     .en = "a tpms or struts; without it a skeletal gyroid of 2 mm and 70 %, about 8 GPa in "
           "Ti6Al4V; what is thinner than 0.4 mm is taken away"},
    {.name = "graft_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 8,
     .min = 0,
     .max = 30,
     .zh = "沿轴线植骨管的直径，0 为无",
     .en = "diameter of the canal for graft along the axis; 0: none"},
    {.name = "window_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 6,
     .min = 0,
     .max = 20,
     .zh = "前壁植骨窗的直径，0 为无",
     .en = "diameter of the window in front that leads into it; 0: none"},
    {.name = "screws",
     .type = NW_ITEMS_MEMBER,
     .items = screw_members,
     .zh = "螺钉孔",
     .en = "holes for screws"},
    {.name = "avoid",
     .type = NW_ITEMS_MEMBER,
     .items = nw_avoid_members,
     .zh = "要避开的结构，如椎管和血管",
     .en = "what it keeps clear of, such as the spinal canal and vessels"},
    {.name = "least_support",
     .type = NW_NUMBER_MEMBER,
     .preset = 0.7,
     .min = 0.1,
     .max = 1,
     .zh = "终板支撑面占截面的最小份额",
     .en = "least share of each end that has bone upon it"},
    {.name = "material",
     .type = NW_CHOICE_MEMBER,
     .choices = nw_material_names,
     .preset = 1,
     .zh = "材料",
     .en = "what it is made of"},
    {0},
};

/* Its axes, and what make leaves for the check. */
struct body {
    nw_vec3 up, front, side, middle;
    double tall; /* between the two places */
    nw_box box;
    nw_node all;   /* inside the wall or the core, without canal, window and screws */
    nw_node solid; /* wall and linings, with the holes cut */
    nw_node core;  /* where the lattice is */
    struct nw_loose loose;
};

static bool take_axes(struct nw_making *m, const struct nw_design_part *p, struct body *b)
{
    const struct nw_slot *s = p->slot;
    const nw_vec3 way = nw_sub(s[V_UPPER_AT].vec, s[V_LOWER_AT].vec);
    b->tall = nw_length(way);
    if (!(b->tall > 5))
        return nw_json_fail(s[V_UPPER_AT].at, m->err, "is less than 5 mm above lower_mm");
    b->up = nw_unit(way);
    const nw_vec3 flat = nw_along(s[V_FRONT].vec, b->up, -nw_dot(s[V_FRONT].vec, b->up));
    if (!(nw_length(flat) > 0.5))
        return nw_json_fail(s[V_FRONT].at, m->err, "runs along the axis");
    b->front = nw_unit(flat);
    b->side = nw_cross(b->front, b->up); /* side x front = up */
    b->middle = nw_scale(nw_add(s[V_UPPER_AT].vec, s[V_LOWER_AT].vec), 0.5);
    return true;
}

static bool agrees(struct nw_making *m, const struct nw_design_part *p, const struct body *b)
{
    const struct nw_slot *s = p->slot;
    const double least = fmin(s[V_WIDTH].number, s[V_DEPTH].number), rim = s[V_RIM].number;
    if (!(4 * rim < least))
        return nw_json_fail(s[V_RIM].at ? s[V_RIM].at : p->at, m->err,
                            "leaves no core: at most %.1f mm of wall at this width", least / 4);
    if (!(s[V_EDGE].number <= EDGE_OF_RIM * rim))
        return nw_json_fail(s[V_EDGE].at ? s[V_EDGE].at : s[V_RIM].at, m->err,
                            "leaves a knife's edge: edges of at most %.2f mm suit this wall",
                            EDGE_OF_RIM * rim);
    if (s[V_GRAFT].number > 0 && !(s[V_GRAFT].number + 4 * rim < least))
        return nw_json_fail(s[V_GRAFT].at ? s[V_GRAFT].at : p->at, m->err,
                            "leaves no core beside the canal; at most %.1f mm",
                            least - 4 * rim);
    if (s[V_WINDOW].number > 0 && !(s[V_WINDOW].number + 4 * rim < b->tall))
        return nw_json_fail(s[V_WINDOW].at ? s[V_WINDOW].at : p->at, m->err,
                            "is too large for the height; at most %.1f mm", b->tall - 4 * rim);
    return s[V_WINDOW].number <= 0 || s[V_GRAFT].number > 0 || !s[V_WINDOW].at ||
           nw_json_fail(s[V_WINDOW].at, m->err, "leads nowhere without a canal: graft_mm");
}

/* ---- the neighbours ---- */

/* One of them, from search_mm into the gap to beyond the implant's end, swept outward. */
static nw_node take_neighbour(struct nw_making *m, const struct nw_design_part *p,
                              const struct body *b, bool upper)
{
    const struct nw_slot *s = p->slot;
    const nw_vec3 in = nw_scale(b->up, upper ? -1 : 1); /* into the gap */
    const nw_vec3 at = s[upper ? V_UPPER_AT : V_LOWER_AT].vec;
    const double cell = fmin(fmax(1.25 * m->cell_mm, FINE_MM), COARSE_MM);
    const double wide = s[V_WIDTH].number / 2 + BEYOND_MM,
                 deep = s[V_DEPTH].number / 2 + BEYOND_MM;
    const double far = RISE_MM + BEYOND_MM;
    const nw_vec3 u = b->side, v = nw_cross(in, u);
    struct nw_grid grid = {.origin_mm =
                               nw_along(nw_along(nw_along(at, u, -wide), v, -deep), in, -far)};
    const nw_vec3 axis[3] = {u, v, in};
    const double size[3] = {2 * wide, 2 * deep, far + s[V_SEARCH].number};
    for (int a = 0; a < 3; a++) {
        grid.step_mm[a] = nw_scale(axis[a], cell);
        grid.dim[a] = (size_t)ceil(size[a] / cell) + 1;
    }
    const nw_node band = nw_field_band(m->field, nw_slot_node(m, &s[upper ? V_UPPER : V_LOWER]),
                                       &grid, s[V_CLEAR].number + 4 * cell, 4 * cell, m->err);
    const nw_node swept = nw_field_offset(m->field, nw_field_band_swept(m->field, band, m->err),
                                          s[V_CLEAR].number, m->err);
    const nw_node limit =
        nw_field_half_space(m->field, nw_along(at, in, s[V_SEARCH].number), in, m->err);
    return nw_field_intersection(m->field, swept, limit, m->err);
}

/* ---- the parts of it ---- */

static nw_node less(struct nw_making *m, nw_node a, nw_node b)
{
    return b < 0 ? a : nw_field_difference(m->field, a, b, m->err);
}

/* A prism along the axis over the outline, drawn in by `inset`. */
static nw_node make_prism(struct nw_making *m, const struct nw_design_part *p,
                          const struct body *b, double inset, double beyond)
{
    double outline[CORNERS][2];
    const double a = p->slot[V_WIDTH].number / 2 - inset,
                 d = p->slot[V_DEPTH].number / 2 - inset;
    for (int k = 0; k < CORNERS; k++) {
        const double t = 2 * NW_PI * k / CORNERS, c = nw_cos(t), s = nw_sin(t);
        outline[k][0] = a * copysign(nw_pow(fabs(c), 2 / ROUND), c);
        outline[k][1] = d * copysign(nw_pow(fabs(s), 2 / ROUND), s);
    }
    return nw_field_extrusion(m->field, nw_along(b->middle, b->up, -b->tall / 2 - beyond),
                              b->side, b->front, (const double(*)[2])outline, CORNERS,
                              b->tall + 2 * beyond, m->err);
}

/* Canal and window, or their linings when grown; negative: none. */
static nw_node make_hollow(struct nw_making *m, const struct nw_design_part *p,
                           const struct body *b, double grown)
{
    const double graft = p->slot[V_GRAFT].number / 2, window = p->slot[V_WINDOW].number / 2;
    if (!(graft > 0))
        return -1;
    const double half = b->tall / 2 + RISE_MM + 1;
    const nw_node canal =
        nw_field_cylinder(m->field, nw_along(b->middle, b->up, -half),
                          nw_along(b->middle, b->up, half), graft + grown, m->err);
    if (!(window > 0))
        return canal;
    const nw_node hole = nw_field_cylinder(
        m->field, b->middle, nw_along(b->middle, b->front, p->slot[V_DEPTH].number / 2 + 1),
        window + grown, m->err);
    return nw_field_union(m->field, canal, hole, m->err);
}

/* The hole of a screw, or the boss about it. */
static nw_node make_screw(struct nw_making *m, const struct nw_slot *c, bool boss)
{
    const nw_vec3 at = c[C_AT].vec, axis = c[C_AXIS].vec;
    const double r = c[C_DIAMETER].number / 2 + (boss ? c[C_WALL].number : 0);
    return nw_field_cylinder(m->field, nw_along(at, axis, -30),
                             nw_along(at, axis, c[C_LENGTH].number), r, m->err);
}

static nw_node take_lattice(struct nw_making *m, const struct nw_design_part *p,
                            const struct body *b)
{
    if (p->slot[V_LATTICE].at)
        return nw_slot_node(m, &p->slot[V_LATTICE]);
    const struct nw_ramp even = {0};
    struct nw_tpms_opts opts = {.kind = NW_TPMS_GYROID, .cell_mm = 2, .origin_mm = b->middle};
    if (!nw_tpms_calibrate(&opts, 0.7, m->err))
        return -1;
    return nw_field_tpms(m->field, &opts, -1, &even, m->err);
}

/* Wall, linings and bosses; and what is left for the core. */
static void divide(struct nw_making *m, const struct nw_design_part *p, struct body *b)
{
    const double rim = p->slot[V_RIM].number;
    const nw_node inner = make_prism(m, p, b, rim, RISE_MM + 5);
    nw_node holes = make_hollow(m, p, b, 0), lining = make_hollow(m, p, b, rim);
    b->solid = nw_field_difference(m->field, b->all, inner, m->err);
    b->core = less(m, nw_field_intersection(m->field, b->all, inner, m->err), lining);
    if (lining >= 0)
        b->solid =
            nw_field_union(m->field, b->solid,
                           nw_field_intersection(m->field, b->all, lining, m->err), m->err);
    for (size_t i = 0; i < p->slot[V_SCREWS].count; i++) {
        const struct nw_slot *c = &p->slot[V_SCREWS].item[i * C_COUNT];
        const nw_node boss =
            nw_field_intersection(m->field, b->all, make_screw(m, c, true), m->err);
        const nw_node hole = make_screw(m, c, false);
        b->solid = nw_field_union(m->field, b->solid, boss, m->err);
        b->core = nw_field_difference(m->field, b->core, boss, m->err);
        holes = holes < 0 ? hole : nw_field_union(m->field, holes, hole, m->err);
    }
    b->solid = less(m, b->solid, holes);
    b->all = less(m, b->all, holes);
}

/* Where ends and walls cut the lattice they leave blades that no machine builds: an opening
 * takes what is thinner than the least feature. It adds nothing, so the ends keep to their
 * neighbours but for the grid's error. A preview's grid knows nothing so small. */
static nw_node without_blades(struct nw_making *m, const struct body *b, nw_node whole)
{
    if (m->cell_mm > LEAST_FEATURE_MM / 2)
        return whole;
    const nw_node round =
        nw_field_rounded(m->field, whole, b->box, m->cell_mm, LEAST_FEATURE_MM / 2, 0, m->err);
    const struct nw_bake_opts opts = {
        .cell_mm = m->cell_mm, .band_mm = LEAST_FEATURE_MM, .inside_mm = LEAST_FEATURE_MM};
    return nw_field_baked(m->field, round, b->box, &opts, NULL, m->err);
}

static nw_node make_vertebra(struct nw_making *m, const struct nw_design_part *p)
{
    struct body *b = nw_arena_alloc(&m->out->arena, sizeof *b, m->err);
    if (!b || !take_axes(m, p, b) || !agrees(m, p, b))
        return -1;
    m->left[p - m->design->part] = b;
    const nw_node upper = take_neighbour(m, p, b, true), lower = take_neighbour(m, p, b, false);
    b->all = less(m, less(m, make_prism(m, p, b, 0, RISE_MM), upper), lower);
    if (m->err->code != NW_OK || !nw_node_bounds(m->field, b->all, &b->box, m->err))
        return -1;
    b->box = nw_box_grown(b->box, 1.5 * m->cell_mm);
    if (p->slot[V_EDGE].number > 0) {
        const nw_node round = nw_field_rounded(m->field, b->all, b->box, EDGE_CELL_MM,
                                               p->slot[V_EDGE].number, 0, m->err);
        b->all = nw_bake_box(m, round, b->box, BAND_MM);
        b->all = less(m, less(m, b->all, upper), lower); /* the rounding is off by a little */
    }
    divide(m, p, b);
    const nw_node fill =
        nw_field_intersection(m->field, b->core, take_lattice(m, p, b), m->err);
    const nw_node whole = nw_field_union(m->field, b->solid, fill, m->err);
    return nw_drop_loose(m, without_blades(m, b, whole), b->box, &b->loose);
}

/* ---- the judgement ---- */

/* A plane over the outline, height = h + a x + c y, by least squares: sums of its equations. */
struct slope {
    double n, x, y, xx, xy, yy, h, xh, yh;
    size_t seen, all;
};

static void add_height(struct slope *s, double x, double y, double h)
{
    s->n += 1;
    s->x += x;
    s->y += y;
    s->xx += x * x;
    s->xy += x * y;
    s->yy += y * y;
    s->h += h;
    s->xh += x * h;
    s->yh += y * h;
}

/* Of the plane: height in the middle, and slope to the front. */
static bool solve(const struct slope *s, double *height, double *slope)
{
    const nw_vec3 a = nw_v3(s->n, s->x, s->y), b = nw_v3(s->x, s->xx, s->xy),
                  c = nw_v3(s->y, s->xy, s->yy), h = nw_v3(s->h, s->xh, s->yh);
    const double det = nw_dot(a, nw_cross(b, c));
    if (!(fabs(det) > 1e-9))
        return false;
    *height = nw_dot(h, nw_cross(b, c)) / det;
    *slope = nw_dot(a, nw_cross(b, h)) / det;
    return true;
}

/* Where the end plate lies over the outline, seen from within the gap. */
static struct slope look_at_end(const struct nw_making *m, const struct nw_design_part *p,
                                const struct body *b, bool upper)
{
    enum { STEPS = 12 };
    const struct nw_slot *s = p->slot;
    const nw_vec3 out = nw_scale(b->up, upper ? 1 : -1);
    const double search = s[V_SEARCH].number, reach = search + RISE_MM + s[V_CLEAR].number;
    struct slope all = {0};
    for (int i = -STEPS; i <= STEPS; i++)
        for (int k = -STEPS; k <= STEPS; k++) {
            const double x = s[V_WIDTH].number / 2 * i / STEPS,
                         y = s[V_DEPTH].number / 2 * k / STEPS;
            const double fx = fabs((double)i / STEPS), fy = fabs((double)k / STEPS);
            if (nw_pow(fx, ROUND) + nw_pow(fy, ROUND) > 1)
                continue;
            all.all++;
            const nw_vec3 at = nw_along(
                nw_along(s[upper ? V_UPPER_AT : V_LOWER_AT].vec, b->side, x), b->front, y);
            const double hit = nw_node_hit(m, nw_slot_node(m, &s[upper ? V_UPPER : V_LOWER]),
                                           nw_along(at, out, -search), out, reach);
            if (hit < 0)
                continue;
            all.seen++;
            add_height(&all, x, y, (hit - search) * (upper ? 1 : -1));
        }
    return all;
}

static bool judge_ends(struct nw_making *m, const struct nw_design_part *p,
                       const struct body *b)
{
    const struct nw_slot *s = p->slot;
    double height[2], slope[2];
    for (int upper = 0; upper < 2; upper++) {
        const struct slope end = look_at_end(m, p, b, upper);
        const double share = end.all > 0 ? (double)end.seen / (double)end.all : 0;
        const double least = s[V_SUPPORT].number;
        const struct nw_design_check check = {
            .code = "end-support",
            .verdict = share < least / 2 ? NW_VERDICT_FAIL
                       : share < least   ? NW_VERDICT_CONDITIONAL
                                         : NW_VERDICT_PASS,
            .value = share,
            .limit = least,
            .unit = "",
            .place_mm = s[upper ? V_UPPER_AT : V_LOWER_AT].vec};
        if (!nw_judge(m, p, check,
                      upper ? "%.0f %% of the upper end has bone upon it (at least %.0f %%)"
                            : "%.0f %% of the lower end has bone upon it (at least %.0f %%)",
                      upper ? "上端面 %.0f %% 有骨支撑（至少 %.0f %%）"
                            : "下端面 %.0f %% 有骨支撑（至少 %.0f %%）",
                      100 * share, 100 * least))
            return false;
        if (!solve(&end, &height[upper], &slope[upper]))
            return true;
    }
    const double mid = b->tall + height[1] - height[0], half = s[V_DEPTH].number / 2;
    const double tilt = (nw_atan2(slope[1], 1) - nw_atan2(slope[0], 1)) * 180 / NW_PI;
    const double front = mid + half * (slope[1] - slope[0]),
                 back = mid - half * (slope[1] - slope[0]);
    const struct nw_design_check check = {.code = "height",
                                          .verdict = NW_VERDICT_PASS,
                                          .value = mid,
                                          .limit = (double)NAN,
                                          .unit = "mm",
                                          .place_mm = b->middle};
    return nw_judge(m, p, check,
                    "height %.1f mm in front, %.1f in the middle, %.1f behind; end plates open "
                    "to the front by %.1f°",
                    "高度：前 %.1f mm，中 %.1f，后 %.1f；终板向前张开 %.1f°", front, mid, back,
                    tilt);
}

/* What was made keeps its clearance to both neighbours. Bone further into the gap is removed.
 */
static bool judge_touch(struct nw_making *m, const struct nw_design_part *p,
                        const struct body *b, const struct nw_mesh *mesh)
{
    enum { LOOKS = 20000 };
    const struct nw_slot *s = p->slot;
    const size_t stride = mesh->vert_count / LOOKS + 1;
    double least = HUGE_VAL;
    nw_vec3 place = nw_nowhere;
    for (size_t v = 0; v < mesh->vert_count; v += stride)
        for (int upper = 0; upper < 2; upper++) {
            const nw_vec3 at = mesh->pos_mm[v];
            const double in =
                nw_dot(nw_sub(s[upper ? V_UPPER_AT : V_LOWER_AT].vec, at), b->up) *
                (upper ? 1 : -1);
            if (in > s[V_SEARCH].number - s[V_CLEAR].number - 2 * COARSE_MM)
                continue;
            const double d =
                nw_field_value(m->field, nw_slot_node(m, &s[upper ? V_UPPER : V_LOWER]), at);
            if (d < least) {
                least = d;
                place = at;
            }
        }
    const double limit = s[V_CLEAR].number - TOUCH_MM;
    const struct nw_design_check check = {.code = "end-fit",
                                          .verdict =
                                              least < limit ? NW_VERDICT_FAIL : NW_VERDICT_PASS,
                                          .value = least,
                                          .limit = limit,
                                          .unit = "mm",
                                          .place_mm = place};
    return nw_judge(m, p, check, "its ends keep %.2f mm from the neighbours (ordered %.2f)",
                    "端面与邻椎的最小距离 %.2f mm（要求 %.2f）", least, s[V_CLEAR].number);
}

/* How much bone a screw has about its axis. */
static bool judge_screw(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_slot *c)
{
    enum { STEPS = 400 };
    double held = 0;
    const double length = c[C_LENGTH].number;
    for (int k = 0; k < STEPS; k++) {
        const nw_vec3 at = nw_along(c[C_AT].vec, c[C_AXIS].vec, length * (k + 0.5) / STEPS);
        const double d = fmin(nw_field_value(m->field, nw_slot_node(m, &p->slot[V_UPPER]), at),
                              nw_field_value(m->field, nw_slot_node(m, &p->slot[V_LOWER]), at));
        held += d < 0 ? length / STEPS : 0;
    }
    const struct nw_design_check check = {.code = "screw-hold",
                                          .verdict = held <= 0        ? NW_VERDICT_FAIL
                                                     : held < HOLD_MM ? NW_VERDICT_CONDITIONAL
                                                                      : NW_VERDICT_PASS,
                                          .value = held,
                                          .limit = HOLD_MM,
                                          .unit = "mm",
                                          .place_mm = c[C_AT].vec};
    return nw_judge(m, p, check, "%s: %.1f mm of the screw's axis in bone (at least %.0f)",
                    "%s：螺钉轴线在骨内 %.1f mm（至少 %.0f）", c[C_NAME].text, held, HOLD_MM);
}

static bool judge_avoided(struct nw_making *m, const struct nw_design_part *p,
                          const struct nw_slot *a, const struct nw_mesh *mesh)
{
    enum { LOOKS = 20000 };
    const size_t stride = mesh->vert_count / LOOKS + 1;
    struct nw_clearance least = {.least_mm = HUGE_VAL, .name = p->name};
    for (size_t v = 0; v < mesh->vert_count; v += stride) {
        const double d =
            nw_field_value(m->field, nw_slot_node(m, &a[NW_AVOID_PART]), mesh->pos_mm[v]);
        if (d < least.least_mm)
            least = (struct nw_clearance){d, mesh->pos_mm[v], p->name};
    }
    return nw_judge_clearance(m, p, a, &least);
}

static bool judge_loose(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_loose *loose)
{
    const struct nw_design_check check = {.code = "loose-removed",
                                          .verdict = NW_VERDICT_PASS,
                                          .value = loose->volume_mm3,
                                          .limit = (double)NAN,
                                          .unit = "mm3",
                                          .place_mm = nw_nowhere};
    return loose->count == 0 ||
           nw_judge(m, p, check,
                    "%zu loose pieces or closed pores, %.2f mm³ in all, were taken away or "
                    "filled",
                    "已去除或填平 %zu 个碎块或封闭孔，共 %.2f mm³", loose->count,
                    loose->volume_mm3);
}

/* Solid wall and porous core, each as it came out. */
static bool judge_core(struct nw_making *m, const struct nw_design_part *p,
                       const struct body *b, const struct nw_mesh *mesh)
{
    NW_AUTO(nw_mesh) solid = {0};
    NW_AUTO(nw_mesh) core = {0};
    const double cell = fmax(m->cell_mm, 0.2);
    const double least = nw_material_at((size_t)p->slot[V_MATERIAL].number)->least_wall_mm;
    if (!nw_surface_of_field(m->field, b->solid, b->box, cell, &solid, m->err) ||
        !nw_surface_of_field(m->field, b->core, b->box, cell, &core, m->err))
        return false;
    const double room = nw_mesh_volume_mm3(&core);
    const double filled = nw_mesh_volume_mm3(mesh) - nw_mesh_volume_mm3(&solid);
    const double porosity = room > 0 ? 1 - filled / room : 0;
    const struct nw_design_check check = {.code = "porosity",
                                          .verdict = NW_VERDICT_PASS,
                                          .value = porosity,
                                          .limit = (double)NAN,
                                          .unit = "",
                                          .place_mm = nw_nowhere};
    return nw_judge_wall(m, p, &solid, least) &&
           nw_judge(
               m, p, check,
               "porosity of the core %.1f %% (%.2f of %.2f cm³ filled); solid wall %.2f cm³",
               "核心孔隙率 %.1f %%（%.2f / %.2f cm³ 为实体）；实体壁 %.2f cm³", 100 * porosity,
               filled / 1000, room / 1000, nw_mesh_volume_mm3(&solid) / 1000) &&
           nw_judge_pores(m, p, mesh,
                          &(struct nw_porous){b->core, b->all, m->node[p - m->design->part],
                                              BALL_MOST_MM});
}

static bool check_vertebra(struct nw_making *m, const struct nw_design_part *p,
                           const struct nw_mesh *mesh)
{
    const struct body *b = m->left[p - m->design->part];
    const struct nw_slot *s = p->slot;
    bool ok = judge_ends(m, p, b) && judge_touch(m, p, b, mesh);
    for (size_t i = 0; ok && i < s[V_SCREWS].count; i++)
        ok = judge_screw(m, p, &s[V_SCREWS].item[i * C_COUNT]);
    for (size_t i = 0; ok && i < s[V_AVOID].count; i++)
        ok = judge_avoided(m, p, &s[V_AVOID].item[i * NW_AVOID_COUNT], mesh);
    return ok && judge_loose(m, p, &b->loose) && judge_core(m, p, b, mesh) &&
           nw_judge_pieces(m, p, mesh) &&
           nw_judge_mass(m, p, mesh, (size_t)s[V_MATERIAL].number);
}

const struct nw_kind nw_kind_vertebra = {
    .name = "vertebra",
    .zh = "椎体重建：终板随形、实体边缘、多孔核心、植骨窗",
    .en = "a vertebral body: ends that follow its neighbours, solid wall, porous core",
    .members = vertebra_members,
    .make = make_vertebra,
    .check = check_vertebra};
