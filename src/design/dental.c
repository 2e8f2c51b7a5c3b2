/*
 * design/dental.c -- a guide for dental implants: a shell over teeth, gum or bone with a sleeve
 * above each implant. The body is the guide's (guide.c), lifted off the gum below the sleeves
 * when teeth carry it; what is judged besides is the way from sleeve to tip and the windows
 * through which one sees that it sits.
 *
 * Presets: walls of 3 mm and bores of 4 mm after methods.md 4.2; sleeves of 5 mm that end 2, 4
 * or 6 mm above the implant as makers' guided sets have them (El Kholy et al. 2019); windows of
 * 5 mm at two places.
 */
#include <math.h>

#include "design/guide_priv.h"
#include "design/look_priv.h"

static const double FAR_MM = 15;      /* places given on the surface are nearer than this */
static const double RELIEF_UP_MM = 1; /* above the gum: what stands there are teeth */
static const double RELIEF_DOWN_MM = 20;
static const double BETWEEN_MM = 3;  /* of bone between two implants */
static const double TOO_DEEP_MM = 1; /* below the implant's tip */
static const double DRILL_OFF_MM = 0.5;
static const double BLOCK_CELL_MM = 0.4;
static const double RIM_MM = 1; /* beside a window there is still guide */
enum { PINS_GUM = 3 };          /* that hold a guide on gum */

static const char *const supports[] = {"teeth", "gum", "bone", NULL};
enum support { ON_TEETH, ON_GUM, ON_BONE };
/* One sigma: a full arch's optical scan; gum that gives; bone from a cone-beam scan. */
static const double doubts_mm[] = {0.1, 0.3, 0.2};

enum post { T_NAME, T_PLATFORM, T_AXIS, T_LENGTH, T_DIAMETER, T_ABOVE, T_DRILL, T_COUNT };
static const struct nw_member implant_members[] = {
    {.name = "name", .type = NW_TEXT_MEMBER, .required = true, .zh = "名称", .en = "its name"},
    {.name = "platform_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "种植体平台的中心",
     .en = "middle of the implant's platform"},
    {.name = "direction",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "自平台向根尖的方向",
     .en = "from the platform to its tip"},
    {.name = "length_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 4,
     .max = 60,
     .zh = "种植体长度",
     .en = "length of the implant"},
    {.name = "diameter_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 1.5,
     .max = 8,
     .zh = "种植体直径",
     .en = "diameter of the implant"},
    {.name = "sleeve_above_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 4,
     .min = 0,
     .max = 20,
     .zh = "套筒下缘距平台：2、4 或 6，依导航工具",
     .en = "lower edge of the sleeve above the platform: 2, 4 or 6, as the drills' set has it"},
    {.name = "drill_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 4,
     .max = 90,
     .zh = "钻针自止动面到钻尖的长度；省略则只给出所需长度",
     .en = "of the drill from its stop to its tip; without it only the length needed is told"},
    {0},
};

enum pin { X_NAME, X_ENTRY, X_AXIS, X_DIAMETER, X_LENGTH, X_COUNT };
static const struct nw_member pin_members[] = {
    {.name = "name", .type = NW_TEXT_MEMBER, .required = true, .zh = "名称", .en = "its name"},
    {.name = "entry_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "表面入点",
     .en = "where it enters the surface"},
    {.name = "direction",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "方向",
     .en = "into the bone"},
    {.name = "diameter_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1.5,
     .min = 0.5,
     .max = 4,
     .zh = "固位针直径",
     .en = "diameter of the pin"},
    {.name = "sleeve_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 8,
     .min = 4,
     .max = 30,
     .zh = "套筒长度",
     .en = "length of its sleeve"},
    {0},
};

enum pane { V_AT, V_OUT, V_SIZE, V_COUNT };
static const struct nw_member window_members[] = {
    {.name = "at_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "牙面上的位置",
     .en = "a place on a tooth"},
    {.name = "outward",
     .type = NW_DIRECTION_MEMBER,
     .zh = "观察方向；省略则垂直表面",
     .en = "from where one looks; square to the surface when it is not given"},
    {.name = "size_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 5,
     .min = 2,
     .max = 20,
     .zh = "边长，至少 5",
     .en = "edge, 5 or more"},
    {0},
};

enum dental {
    E_SURFACE,
    E_SUPPORT,
    E_IMPLANTS,
    E_PADS,
    E_PINS,
    E_WINDOWS,
    E_BORE,
    E_PLAY,
    E_HEIGHT,
    E_WALL,
    E_DRILL_PLAY,
    E_RELIEF,
    E_BLOCK,
    E_INSERT,
    E_CLEAR,
    E_THICK,
    E_MARGIN,
    E_DEPTH,
    E_TOOL,
    E_AVOID,
    E_SD,
    E_ERROR,
    E_ANGLE
};
static const struct nw_member dental_members[] = {
    {.name = "surface",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "牙列和牙龈的光学扫描，或骨面",
     .en = "an optical scan of teeth and gum, laid on the CT; or the bone"},
    {.name = "support",
     .type = NW_CHOICE_MEMBER,
     .required = true,
     .choices = supports,
     .zh = "支持方式：牙、牙龈或骨",
     .en = "what carries it"},
    {.name = "implants",
     .type = NW_ITEMS_MEMBER,
     .required = true,
     .min = 1,
     .items = implant_members,
     .zh = "种植体",
     .en = "the implants"},
    {.name = "pads_mm",
     .type = NW_POINTS_MEMBER,
     .required = true,
     .min = 3,
     .zh = "贴合之处：牙冠上或牙龈上的点",
     .en = "places that carry it, on crowns or on gum"},
    {.name = "pins",
     .type = NW_ITEMS_MEMBER,
     .items = pin_members,
     .zh = "固位针；牙龈支持时至少 3 枚",
     .en = "pins that hold it; at least 3 on gum"},
    {.name = "windows",
     .type = NW_ITEMS_MEMBER,
     .items = window_members,
     .zh = "观察窗，至少两处",
     .en = "windows to see that it sits, at two places or more"},
    {.name = "bore_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 4,
     .min = 1,
     .max = 12,
     .zh = "套筒外径；无金属套筒则为钻针柄直径",
     .en = "outer diameter of the sleeve that is put in, or of the drill's shank without one"},
    {.name = "play_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.1,
     .min = 0,
     .max = 1,
     .zh = "孔径余量：金属套筒 0.1–0.2",
     .en = "added to it: 0.1 to 0.2 for metal sleeves"},
    {.name = "sleeve_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 5,
     .min = 3,
     .max = 20,
     .zh = "套筒高度（4–7）",
     .en = "height of the sleeve, 4 to 7"},
    {.name = "wall_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 3,
     .min = 1,
     .max = 8,
     .zh = "套筒外壁厚",
     .en = "wall about the sleeve"},
    {.name = "drill_play_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.05,
     .min = 0,
     .max = 1,
     .zh = "钻针与套筒的直径差",
     .en = "how much thinner than its sleeve the drill is"},
    {.name = "relief_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1,
     .min = 0,
     .max = 5,
     .zh = "牙支持时套筒下方离开牙龈的距离",
     .en = "off the gum below the sleeves, when teeth carry it"},
    {.name = "block_out_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1,
     .min = 0,
     .max = 4,
     .zh = "填平半径小于此值的凹陷和牙间隙，0 为不填",
     .en = "hollows of a smaller radius are filled, such as gaps between teeth; 0: none"},
    {.name = "insertion",
     .type = NW_DIRECTION_MEMBER,
     .zh = "就位方向；省略则自动选择",
     .en = "the way it is put on; found when it is not given"},
    {.name = "clearance_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.15,
     .min = 0,
     .max = 1,
     .zh = "与表面的间隙：光固化 0.15",
     .en = "to the surface: 0.15 for SLA"},
    {.name = "thickness_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 3,
     .min = 1.5,
     .max = 8,
     .zh = "厚度",
     .en = "thickness of the shell"},
    {.name = "margin_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 9,
     .min = 3,
     .max = 20,
     .zh = "超出各点的距离：牙冠半径加厚度，磨牙 6 加 3",
     .en =
         "how far it reaches beyond its places: a crown's radius and the wall, molars 6 and 3"},
    {.name = "depth_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 4,
     .min = 0.5,
     .max = 20,
     .zh = "伸到各点以下的深度，止于牙颈以上",
     .en = "how far below its places it reaches; it should end above the gum"},
    {.name = "tool_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 8,
     .min = 1,
     .max = 20,
     .zh = "钻针止动盘直径",
     .en = "diameter of the drill's collar"},
    {.name = "avoid",
     .type = NW_ITEMS_MEMBER,
     .items = nw_avoid_members,
     .zh = "要避开的结构：下颌神经管 2，邻牙根 1.5",
     .en = "what the implants keep clear of: the nerve's canal by 2, roots by 1.5"},
    {.name = "surface_sd_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 0.005,
     .max = 3,
     .zh = "表面不确定度（1σ）：牙 0.1，牙龈 0.3，骨 0.2",
     .en = "uncertainty of the surface, one sigma: teeth 0.1, gum 0.3, bone 0.2"},
    {.name = "max_error_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1,
     .min = 0.05,
     .max = 5,
     .zh = "平台处允许误差（2σ）",
     .en = "largest error at the platform, two sigma"},
    {.name = "max_angle_deg",
     .type = NW_ANGLE_MEMBER,
     .preset = 3,
     .min = 0.1,
     .max = 15,
     .zh = "方向允许误差（2σ）",
     .en = "largest error of the direction, two sigma"},
    {0},
};

static const struct nw_slot *post_at(const struct nw_design_part *p, size_t i)
{
    return &p->slot[E_IMPLANTS].item[i * T_COUNT];
}

static const struct nw_slot *pane_at(const struct nw_design_part *p, size_t i)
{
    return &p->slot[E_WINDOWS].item[i * V_COUNT];
}

/* From the platform to the upper end of the sleeve, where the drill's stop comes to rest. */
static double rest_of(const struct nw_design_part *p, const struct nw_slot *post)
{
    return post[T_ABOVE].number + p->slot[E_HEIGHT].number;
}

static nw_vec3 tip_of(const struct nw_slot *post)
{
    return nw_along(post[T_PLATFORM].vec, post[T_AXIS].vec, post[T_LENGTH].number);
}

/* ---- the guide below ---- */

/* A sleeve's guide begins at its lower edge; `whole`: at the platform, where errors count. */
static void put_drills(const struct nw_design_part *p, struct nw_slot *drill, bool whole)
{
    const struct nw_slot *s = p->slot;
    for (size_t i = 0; i < s[E_IMPLANTS].count; i++) {
        const struct nw_slot *t = post_at(p, i);
        struct nw_slot *d = drill + i * D_COUNT;
        d[D_NAME] = t[T_NAME];
        d[D_ENTRY] = t[T_PLATFORM];
        if (!whole)
            d[D_ENTRY].vec = nw_along(d[D_ENTRY].vec, t[T_AXIS].vec, -t[T_ABOVE].number);
        d[D_AXIS] = t[T_AXIS];
        d[D_DIAMETER] = s[E_BORE];
        d[D_PLAY] = s[E_PLAY];
        d[D_WALL] = s[E_WALL];
        d[D_LENGTH].number = whole ? rest_of(p, t) : s[E_HEIGHT].number;
        d[D_REACH] = t[T_LENGTH];
        d[D_TOOL] = s[E_TOOL];
    }
    for (size_t i = 0; i < s[E_PINS].count; i++) {
        const struct nw_slot *x = &s[E_PINS].item[i * X_COUNT];
        struct nw_slot *d = drill + (s[E_IMPLANTS].count + i) * D_COUNT;
        d[D_NAME] = x[X_NAME];
        d[D_ENTRY] = x[X_ENTRY];
        d[D_AXIS] = x[X_AXIS];
        d[D_DIAMETER] = x[X_DIAMETER];
        d[D_LENGTH] = x[X_LENGTH];
        d[D_TOOL] = s[E_TOOL];
    }
}

static bool as_guide(struct nw_making *m, const struct nw_design_part *p, bool whole,
                     struct nw_guide_like *out)
{
    const struct nw_slot *s = p->slot;
    if (!nw_guide_like(m, p, s[E_IMPLANTS].count + s[E_PINS].count, out))
        return false;
    put_drills(p, out->drill, whole);
    out->slot[G_BONE] = s[E_SURFACE];
    out->slot[G_INSERT] = s[E_INSERT];
    out->slot[G_PADS] = s[E_PADS];
    out->slot[G_CLEAR] = s[E_CLEAR];
    out->slot[G_THICK] = s[E_THICK];
    out->slot[G_MARGIN] = s[E_MARGIN];
    out->slot[G_DEPTH] = s[E_DEPTH];
    out->slot[G_ERROR] = s[E_ERROR];
    out->slot[G_ANGLE] = s[E_ANGLE];
    out->slot[G_SD].number = s[E_SD].at ? s[E_SD].number : doubts_mm[(int)s[E_SUPPORT].number];
    return true;
}

/* The surface, raised below each sleeve from a little above the gum downwards: teeth beside
 * the gap still carry the guide, the gum does not. */
static nw_node relieve(struct nw_making *m, const struct nw_design_part *p, nw_node surface)
{
    const double relief = p->slot[E_RELIEF].number;
    const nw_node raised = nw_field_offset(m->field, surface, relief, m->err);
    nw_node all = surface;
    for (size_t i = 0; i < p->slot[E_IMPLANTS].count && m->err->code == NW_OK; i++) {
        const struct nw_slot *t = post_at(p, i);
        const nw_vec3 top = nw_along(t[T_PLATFORM].vec, t[T_AXIS].vec, -rest_of(p, t));
        const double gum = nw_node_hit(m, surface, top, t[T_AXIS].vec, rest_of(p, t) + FAR_MM);
        if (gum < 0)
            continue;
        const double wide = p->slot[E_MARGIN].number + p->slot[E_BORE].number / 2;
        const nw_node below = nw_field_cylinder(
            m->field, nw_along(top, t[T_AXIS].vec, gum - RELIEF_UP_MM - relief),
            nw_along(top, t[T_AXIS].vec, gum + RELIEF_DOWN_MM), wide, m->err);
        all = nw_field_union(m->field, all,
                             nw_field_intersection(m->field, raised, below, m->err), m->err);
    }
    return all;
}

/* Where a window stands on the surface, and from where one looks. */
static bool take_pane(struct nw_making *m, const struct nw_design_part *p, size_t i,
                      nw_vec3 *at, nw_vec3 *out)
{
    const struct nw_slot *v = pane_at(p, i);
    *at = v[V_AT].vec;
    if (!nw_let_down(m, nw_slot_node(m, &p->slot[E_SURFACE]), &v[V_AT], FAR_MM, at, out))
        return false;
    if (v[V_OUT].at)
        *out = v[V_OUT].vec;
    return true;
}

static nw_node cut_windows(struct nw_making *m, const struct nw_design_part *p, nw_node guide)
{
    for (size_t i = 0; i < p->slot[E_WINDOWS].count && m->err->code == NW_OK; i++) {
        nw_vec3 at, out, u, v;
        if (!take_pane(m, p, i, &at, &out))
            return -1;
        const double half = pane_at(p, i)[V_SIZE].number / 2;
        const double outline[4][2] = {
            {-half, -half}, {half, -half}, {half, half}, {-half, half}};
        nw_span(out, &u, &v);
        guide = nw_field_difference(
            m->field, guide,
            nw_field_extrusion(m->field, nw_along(at, out, -half), u, v, outline, 4,
                               half + p->slot[E_CLEAR].number + 3 * p->slot[E_THICK].number,
                               m->err),
            m->err);
    }
    return guide;
}

static bool agrees(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    if ((int)s[E_SUPPORT].number == ON_GUM && s[E_PINS].count < PINS_GUM)
        return nw_json_fail(s[E_SUPPORT].at, m->err,
                            "is gum, which gives: at least %d pins hold it", PINS_GUM);
    for (size_t i = 0; i < s[E_IMPLANTS].count; i++) {
        const struct nw_slot *t = post_at(p, i);
        const double above =
            nw_field_value(m->field, nw_slot_node(m, &s[E_SURFACE]), t[T_PLATFORM].vec);
        if (!(above < rest_of(p, t)))
            return nw_json_fail(t[T_PLATFORM].at, m->err, "is %.1f mm above the surface",
                                above);
    }
    return true;
}

/* With its hollows filled, within reach of the guide. */
static nw_node block_out(struct nw_making *m, const struct nw_design_part *p, nw_node surface)
{
    const struct nw_slot *s = p->slot;
    nw_box box = nw_box_empty();
    for (size_t i = 0; i < s[E_PADS].count; i++)
        box = nw_box_with(box, s[E_PADS].point[i]);
    for (size_t i = 0; i < s[E_IMPLANTS].count; i++)
        box = nw_box_with(box, post_at(p, i)[T_PLATFORM].vec);
    return nw_field_rounded(m->field, surface,
                            nw_box_grown(box, s[E_MARGIN].number + s[E_THICK].number + 2),
                            fmax(BLOCK_CELL_MM, m->cell_mm), 0, s[E_BLOCK].number, m->err);
}

static nw_node make_dental(struct nw_making *m, const struct nw_design_part *p)
{
    struct nw_guide_like guide;
    struct nw_making own = *m;
    if (!agrees(m, p) || !as_guide(m, p, false, &guide))
        return -1;
    own.design = &guide.design;
    const size_t at = p->slot[E_SURFACE].part[0];
    const nw_node given = m->node[at];
    nw_node surface = given;
    if ((int)p->slot[E_SUPPORT].number == ON_TEETH && p->slot[E_RELIEF].number > 0)
        surface = relieve(m, p, surface);
    if (p->slot[E_BLOCK].number > 0 && m->err->code == NW_OK)
        surface = block_out(m, p, surface);
    own.node[at] = surface;
    const nw_node body = m->err->code ? -1 : nw_kind_guide.make(&own, guide.part);
    own.node[at] = given;
    if (body < 0)
        return -1;
    struct nw_guide_built *built = m->left[p - m->design->part];
    built->bone = given; /* contact is with what is there, not with what was filled */
    return cut_windows(m, p, body);
}

/* ---- the judgement ---- */

/* The lower edge of the sleeve stands clear of gum and teeth. */
static bool judge_seat_of_sleeve(struct nw_making *m, const struct nw_design_part *p,
                                 const struct nw_slot *t)
{
    const nw_vec3 axis = t[T_AXIS].vec;
    const nw_vec3 low = nw_along(t[T_PLATFORM].vec, axis, -t[T_ABOVE].number);
    const double r = p->slot[E_BORE].number / 2;
    nw_vec3 u, v, place = nw_nowhere;
    double least = HUGE_VAL;
    nw_span(axis, &u, &v);
    for (int k = 0; k < 48; k++) {
        const double a = 2 * NW_PI * k / 48;
        const nw_vec3 at = nw_along(nw_along(low, u, r * nw_cos(a)), v, r * nw_sin(a));
        const double d = nw_field_value(m->field, nw_slot_node(m, &p->slot[E_SURFACE]), at);
        if (d < least) {
            least = d;
            place = at;
        }
    }
    const struct nw_design_check check = {.code = "sleeve-seat",
                                          .verdict =
                                              least < 0 ? NW_VERDICT_FAIL : NW_VERDICT_PASS,
                                          .value = least,
                                          .limit = 0,
                                          .unit = "mm",
                                          .place_mm = place};
    return nw_judge(m, p, check,
                    "%s: the sleeve, %.1f to %.1f mm above the platform, keeps %.2f mm off the "
                    "surface (at least 0)",
                    "%s：套筒位于平台上方 %.1f 至 %.1f mm，距表面 %.2f mm（至少 0）",
                    t[T_NAME].text, t[T_ABOVE].number, rest_of(p, t), least);
}

/* The way of the drill below its stop. */
static bool judge_drill(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_slot *t)
{
    const double need = rest_of(p, t) + t[T_LENGTH].number, has = t[T_DRILL].number;
    const double over = has - need;
    struct nw_design_check check = {.code = "drill-length",
                                    .verdict = NW_VERDICT_PASS,
                                    .value = need,
                                    .limit = (double)NAN,
                                    .unit = "mm",
                                    .place_mm = tip_of(t)};
    if (!t[T_DRILL].at)
        return nw_judge(m, p, check,
                        "%s: %.1f mm of drill from its stop on the sleeve to the implant's tip",
                        "%s：钻针自套筒止动面到种植体尖端需 %.1f mm", t[T_NAME].text, need);
    check.limit = has;
    check.verdict = over > TOO_DEEP_MM          ? NW_VERDICT_FAIL
                    : fabs(over) > DRILL_OFF_MM ? NW_VERDICT_CONDITIONAL
                                                : NW_VERDICT_PASS;
    return nw_judge(
        m, p, check,
        "%s: the drill of %.1f mm ends %.1f mm below the implant's tip (within 0.5; "
        "never 1.0); %.1f mm would reach it",
        "%s：%.1f mm 的钻针止于种植体尖端下 %.1f mm（±0.5 以内；不得超过 1.0）；"
        "恰好到达需 %.1f mm",
        t[T_NAME].text, has, over, need);
}

/* What the drill's play in the sleeve can make at the tip: it leans from one end of the sleeve
 * to the other. */
static bool judge_play(struct nw_making *m, const struct nw_design_part *p,
                       const struct nw_slot *t)
{
    const double play = p->slot[E_DRILL_PLAY].number, height = p->slot[E_HEIGHT].number;
    const double below = t[T_ABOVE].number + t[T_LENGTH].number;
    const double off = play / 2 + below * play / height;
    const double limit = p->slot[E_ERROR].number;
    const struct nw_design_check check = {.code = "drill-play",
                                          .verdict = off > limit ? NW_VERDICT_CONDITIONAL
                                                                 : NW_VERDICT_PASS,
                                          .value = off,
                                          .limit = limit,
                                          .unit = "mm",
                                          .place_mm = tip_of(t)};
    return nw_judge(m, p, check,
                    "%s: play of the drill in its sleeve can put the tip off by %.2f mm (at "
                    "most %.2f)",
                    "%s：钻针在套筒内的余隙可使尖端偏移 %.2f mm（至多 %.2f）", t[T_NAME].text,
                    off, limit);
}

static bool judge_apart(struct nw_making *m, const struct nw_design_part *p)
{
    for (size_t i = 0; i < p->slot[E_IMPLANTS].count; i++)
        for (size_t k = i + 1; k < p->slot[E_IMPLANTS].count; k++) {
            const struct nw_slot *a = post_at(p, i), *b = post_at(p, k);
            nw_vec3 where = nw_nowhere;
            const double apart = nw_guide_apart(a[T_PLATFORM].vec, tip_of(a), b[T_PLATFORM].vec,
                                                tip_of(b), &where) -
                                 (a[T_DIAMETER].number + b[T_DIAMETER].number) / 2;
            const struct nw_design_check check = {.code = "implants-apart",
                                                  .verdict = apart < 0 ? NW_VERDICT_FAIL
                                                             : apart < BETWEEN_MM
                                                                 ? NW_VERDICT_CONDITIONAL
                                                                 : NW_VERDICT_PASS,
                                                  .value = apart,
                                                  .limit = BETWEEN_MM,
                                                  .unit = "mm",
                                                  .place_mm = where};
            if (!nw_judge(m, p, check, "%.2f mm between %s and %s (at least %.0f)",
                          "间距 %.2f mm：%s 与 %s（至少 %.0f）", apart, a[T_NAME].text,
                          b[T_NAME].text, BETWEEN_MM))
                return false;
        }
    return true;
}

/* One looks through onto the surface, and the guide is on all four sides but one. */
static bool is_window(const struct nw_bvh *bvh, nw_vec3 at, nw_vec3 out, double size)
{
    nw_vec3 u, v;
    int beside = 0;
    nw_span(out, &u, &v);
    for (int a = -1; a <= 1; a++)
        for (int b = -1; b <= 1; b++) {
            const nw_vec3 from = nw_along(nw_along(at, u, 0.4 * a * size), v, 0.4 * b * size);
            if (nw_bvh_hits_segment(bvh, nw_along(from, out, -size / 2),
                                    nw_along(from, out, 30)))
                return false;
        }
    for (int k = 0; k < 4; k++) {
        const nw_vec3 way = nw_scale(k & 2 ? u : v, (k & 1 ? 1 : -1) * (size / 2 + RIM_MM));
        const nw_vec3 from = nw_add(at, way);
        beside += nw_bvh_hits_segment(bvh, nw_along(from, out, -size), nw_along(from, out, 30));
    }
    return beside >= 3;
}

static bool judge_windows(struct nw_making *m, const struct nw_design_part *p,
                          const struct nw_mesh *mesh)
{
    enum { WINDOWS_LEAST = 2 };
    const size_t count = p->slot[E_WINDOWS].count;
    size_t good = 0;
    nw_vec3 place = nw_nowhere;
    struct nw_bvh *bvh = nw_bvh_new(mesh, m->err);
    for (size_t i = 0; bvh && i < count; i++) {
        nw_vec3 at, out;
        const double size = pane_at(p, i)[V_SIZE].number;
        const bool is =
            take_pane(m, p, i, &at, &out) && size >= 5 && is_window(bvh, at, out, size);
        good += is;
        if (!is)
            place = at;
    }
    nw_bvh_free(bvh);
    if (m->err->code != NW_OK)
        return false;
    const struct nw_design_check check = {
        .code = "windows",
        .verdict = good < WINDOWS_LEAST ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
        .value = (double)good,
        .limit = WINDOWS_LEAST,
        .unit = "",
        .place_mm = place};
    return nw_judge(
        m, p, check,
        "%zu of %zu windows show the surface through the guide (at least 2, of 5 mm)",
        "观察窗有效 %zu 处，共 %zu 处（至少 2 处，边长 5 mm）", good, count);
}

static bool check_dental(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_mesh *mesh)
{
    const struct nw_slot *s = p->slot;
    struct nw_guide_like guide;
    struct nw_making own = *m;
    if (!as_guide(m, p, true, &guide))
        return false;
    own.design = &guide.design;
    for (size_t i = 0; i < s[E_IMPLANTS].count; i++) {
        const struct nw_slot *t = post_at(p, i);
        if (!judge_seat_of_sleeve(m, p, t) || !judge_drill(m, p, t) || !judge_play(m, p, t))
            return false;
    }
    for (size_t k = 0; k < s[E_AVOID].count; k++) {
        const struct nw_slot *a = &s[E_AVOID].item[k * NW_AVOID_COUNT];
        struct nw_clearance least = {.least_mm = HUGE_VAL};
        for (size_t i = 0; i < s[E_IMPLANTS].count; i++) {
            const struct nw_slot *t = post_at(p, i);
            const double r = t[T_DIAMETER].number / 2; /* the bar's end is round */
            nw_clear_along(m, nw_slot_node(m, &a[NW_AVOID_PART]), t[T_PLATFORM].vec,
                           nw_along(tip_of(t), t[T_AXIS].vec, -r), r, t[T_NAME].text, &least);
        }
        if (!nw_judge_clearance(m, p, a, &least))
            return false;
    }
    return judge_apart(m, p) && judge_windows(m, p, mesh) &&
           nw_kind_guide.check(&own, guide.part, mesh);
}

const struct nw_kind nw_kind_dental = {
    .name = "dental",
    .zh = "牙种植导板：牙、牙龈或骨支持",
    .en = "a guide for dental implants, carried by teeth, gum or bone",
    .members = dental_members,
    .make = make_dental,
    .check = check_dental};
