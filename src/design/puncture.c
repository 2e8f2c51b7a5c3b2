/*
 * design/puncture.c -- a guide on the skin that leads needles to a target: one, or a grid of
 * parallel ones for seeds. The body is the guide's (guide.c); what is judged besides is the way
 * of each needle through the body: its length and what it keeps clear of.
 */
#include <math.h>
#include <stdio.h>

#include "design/guide_priv.h"
#include "design/look_priv.h"

static const double FAR_MM = 40;       /* a place given on the skin is nearer than this */
static const double HUB_MM = 3;        /* wider than the needle: what it is held by */
static const double TOO_LONG_MM = 200; /* needles are no longer */

/* Needles as sets for these uses have them: 20 G (0.91 mm) for the foramen of S3 and for radio
 * frequency at the trigeminal ganglion, 18 G (1.27 mm) for biopsies and seeds. */
static const char *const uses[] = {"trigeminal", "sacral", "biopsy", "seeds", NULL};
static const double needles_mm[] = {0.91, 0.91, 1.27, 1.27};

enum puncture {
    U_SKIN,
    U_USE,
    U_ENTRY,
    U_TARGET,
    U_NEEDLE,
    U_PLAY,
    U_SLEEVE,
    U_COLUMNS,
    U_ROWS,
    U_PITCH,
    U_ACROSS,
    U_AVOID,
    U_INSERT,
    U_MARGIN,
    U_CLEAR,
    U_THICK,
    U_SD
};
static const struct nw_member puncture_members[] = {
    {.name = "skin", .type = NW_PART_MEMBER, .required = true, .zh = "皮肤", .en = "the skin"},
    {.name = "use",
     .type = NW_CHOICE_MEMBER,
     .required = true,
     .choices = uses,
     .zh = "用途：三叉神经、骶神经 S3、活检、粒子植入；决定针径",
     .en = "what for; says which needle"},
    {.name = "entry_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "皮肤入点（网格为中心）",
     .en = "where it enters the skin; of a grid, its middle"},
    {.name = "target_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "靶点",
     .en = "where it goes"},
    {.name = "needle_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = NAN,
     .min = 0.3,
     .max = 6,
     .zh = "针的外径；省略则按用途：0.91（20G）或 1.27（18G）",
     .en = "outer diameter of the needle; by the use 0.91 (20 G) or 1.27 (18 G)"},
    {.name = "play_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.2,
     .min = 0,
     .max = 2,
     .zh = "孔径余量：光固化 0.2，FDM 0.4",
     .en = "added to the diameter: 0.2 for SLA, 0.4 for FDM"},
    {.name = "sleeve_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 20,
     .min = 4,
     .max = 60,
     .zh = "套筒长度，15–25",
     .en = "length of the sleeve, 15 to 25"},
    {.name = "columns",
     .type = NW_NUMBER_MEMBER,
     .preset = 1,
     .min = 1,
     .max = 12,
     .zh = "网格列数",
     .en = "of a grid of parallel needles"},
    {.name = "rows",
     .type = NW_NUMBER_MEMBER,
     .preset = 1,
     .min = 1,
     .max = 12,
     .zh = "网格行数",
     .en = "of a grid of parallel needles"},
    {.name = "pitch_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 10,
     .min = 3,
     .max = 40,
     .zh = "针距（粒子 5–10）",
     .en = "between them; seeds 5 to 10"},
    {.name = "across",
     .type = NW_DIRECTION_MEMBER,
     .zh = "网格的列方向",
     .en = "the way its columns follow one another"},
    {.name = "avoid",
     .type = NW_ITEMS_MEMBER,
     .items = nw_avoid_members,
     .zh = "要避开的结构",
     .en = "what the needles keep clear of"},
    {.name = "insertion",
     .type = NW_DIRECTION_MEMBER,
     .zh = "安放方向；省略则自动选择",
     .en = "the way it is put on, towards the skin; found when it is not given"},
    {.name = "margin_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 15,
     .min = 5,
     .max = 60,
     .zh = "贴合面超出入点的距离",
     .en = "how far the contact reaches beyond the entries"},
    {.name = "clearance_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.3,
     .min = 0,
     .max = 3,
     .zh = "与皮肤的间隙",
     .en = "between guide and skin"},
    {.name = "thickness_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 4,
     .min = 1,
     .max = 20,
     .zh = "厚度（3–6）",
     .en = "thickness, 3 to 6"},
    {.name = "skin_sd_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.5,
     .min = 0.02,
     .max = 5,
     .zh = "皮肤面不确定度（1σ）",
     .en = "uncertainty of the skin's surface, one sigma"},
    {0},
};

/* ---- the needles ---- */

struct needle {
    nw_vec3 entry, target;
    char name[24];
};

static double needle_of(const struct nw_design_part *p)
{
    return p->slot[U_NEEDLE].at ? p->slot[U_NEEDLE].number
                                : needles_mm[(int)p->slot[U_USE].number];
}

static bool take_axes(struct nw_making *m, const struct nw_design_part *p, nw_vec3 *axis,
                      nw_vec3 *u, nw_vec3 *v)
{
    const struct nw_slot *s = p->slot;
    const nw_vec3 way = nw_sub(s[U_TARGET].vec, s[U_ENTRY].vec);
    if (!(nw_length(way) > 1))
        return nw_json_fail(s[U_TARGET].at, m->err, "is at the entry");
    if (nw_length(way) > TOO_LONG_MM)
        return nw_json_fail(s[U_TARGET].at, m->err,
                            "is %.0f mm from the entry; needles reach %.0f mm", nw_length(way),
                            TOO_LONG_MM);
    *axis = nw_unit(way);
    nw_span(*axis, u, v);
    if (!s[U_ACROSS].at)
        return true;
    const nw_vec3 across = nw_along(s[U_ACROSS].vec, *axis, -nw_dot(s[U_ACROSS].vec, *axis));
    if (!(nw_length(across) > 0.1))
        return nw_json_fail(s[U_ACROSS].at, m->err, "runs along the needle");
    *u = nw_unit(across);
    *v = nw_cross(*axis, *u);
    return true;
}

/* All of them, each let down on the skin along the axis. Lives in the making's arena. */
static struct needle *take_needles(struct nw_making *m, const struct nw_design_part *p,
                                   size_t *count)
{
    const struct nw_slot *s = p->slot;
    const size_t columns = (size_t)s[U_COLUMNS].number, rows = (size_t)s[U_ROWS].number;
    const nw_node skin = nw_slot_node(m, &s[U_SKIN]);
    nw_vec3 axis, u, v;
    if ((double)columns != s[U_COLUMNS].number || (double)rows != s[U_ROWS].number) {
        nw_json_fail(p->at, m->err, "needs whole columns and rows");
        return NULL;
    }
    if (!take_axes(m, p, &axis, &u, &v))
        return NULL;
    *count = columns * rows;
    struct needle *list = nw_arena_alloc(&m->out->arena, *count * sizeof *list, m->err);
    for (size_t i = 0; list && i < *count; i++) {
        const double x = ((double)(i % columns) - (double)(columns - 1) / 2) *
                         s[U_PITCH].number,
                     y = ((double)(i / columns) - (double)(rows - 1) / 2) * s[U_PITCH].number;
        const nw_vec3 off = nw_along(nw_scale(u, x), v, y);
        const nw_vec3 above = nw_along(nw_add(s[U_ENTRY].vec, off), axis, -FAR_MM);
        const double hit = nw_node_hit(m, skin, above, axis, 2 * FAR_MM);
        list[i].target = nw_add(s[U_TARGET].vec, off);
        list[i].entry = nw_along(above, axis, hit);
        snprintf(list[i].name, sizeof list[i].name, *count > 1 ? "%c%zu" : "needle",
                 (char)('A' + i % columns), i / columns + 1);
        if (hit < 0) {
            nw_json_fail(s[U_ENTRY].at, m->err, "%s meets no skin within %.0f mm of it",
                         list[i].name, FAR_MM);
            return NULL;
        }
    }
    return list;
}

/* ---- the guide below them ---- */

/* A guide with a drill for each needle. */
static bool as_guide(struct nw_making *m, const struct nw_design_part *p,
                     const struct needle *needle, size_t count, struct nw_guide_like *out)
{
    const struct nw_slot *s = p->slot;
    if (!nw_guide_like(m, p, count, out))
        return false;
    out->slot[G_BONE] = s[U_SKIN];
    out->slot[G_INSERT] = s[U_INSERT];
    out->slot[G_MARGIN] = s[U_MARGIN];
    out->slot[G_CLEAR] = s[U_CLEAR];
    out->slot[G_THICK] = s[U_THICK];
    out->slot[G_SD] = s[U_SD];
    for (size_t i = 0; i < count; i++) {
        struct nw_slot *d = out->drill + i * D_COUNT;
        d[D_NAME].text = needle[i].name;
        d[D_ENTRY] = (struct nw_slot){.at = s[U_ENTRY].at, .vec = needle[i].entry};
        d[D_AXIS] = (struct nw_slot){.at = s[U_TARGET].at,
                                     .vec = nw_unit(nw_sub(needle[i].target, needle[i].entry))};
        d[D_DIAMETER] = (struct nw_slot){.at = p->at, .number = needle_of(p)};
        d[D_PLAY] = s[U_PLAY];
        d[D_LENGTH] = s[U_SLEEVE];
        d[D_TOOL].number = needle_of(p) + HUB_MM; /* no chuck: the needle's own hub */
    }
    return true;
}

static nw_node make_puncture(struct nw_making *m, const struct nw_design_part *p)
{
    struct nw_guide_like guide;
    struct nw_making own = *m;
    size_t count;
    const struct needle *needle = take_needles(m, p, &count);
    if (!needle || !as_guide(m, p, needle, count, &guide))
        return -1;
    own.design = &guide.design;
    return nw_kind_guide.make(&own, guide.part);
}

/* ---- the judgement ---- */

static bool judge_avoided(struct nw_making *m, const struct nw_design_part *p,
                          const struct nw_slot *a, const struct needle *needle, size_t count)
{
    struct nw_clearance least = {.least_mm = HUGE_VAL};
    for (size_t i = 0; i < count; i++)
        nw_clear_along(m, nw_slot_node(m, &a[NW_AVOID_PART]), needle[i].entry, needle[i].target,
                       needle_of(p) / 2, needle[i].name, &least);
    return nw_judge_clearance(m, p, a, &least);
}

/* The way from the outer end of the sleeve to the target: what a needle must reach. */
static bool judge_length(struct nw_making *m, const struct nw_design_part *p,
                         const struct needle *needle, size_t count)
{
    double most = 0, least = HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        const double d = nw_length(nw_sub(needle[i].target, needle[i].entry));
        most = fmax(most, d);
        least = fmin(least, d);
    }
    const double sleeve = p->slot[U_SLEEVE].number;
    const struct nw_design_check check = {
        .code = "needle-way",
        .verdict = most + sleeve > TOO_LONG_MM ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
        .value = most,
        .limit = TOO_LONG_MM - sleeve,
        .unit = "mm",
        .place_mm = p->slot[U_TARGET].vec};
    return nw_judge(m, p, check,
                    "%.1f to %.1f mm from skin to target; stop the needle at %.1f to %.1f mm "
                    "from the sleeve's end",
                    "皮肤到靶点 %.1f 至 %.1f mm；自套筒外端进针 %.1f 至 %.1f mm", least, most,
                    least + sleeve, most + sleeve);
}

static bool judge_entry(struct nw_making *m, const struct nw_design_part *p)
{
    const double away =
        nw_field_value(m->field, nw_slot_node(m, &p->slot[U_SKIN]), p->slot[U_ENTRY].vec);
    const struct nw_design_check check = {.code = "entry-on-skin",
                                          .verdict = fabs(away) > 5 ? NW_VERDICT_CONDITIONAL
                                                                    : NW_VERDICT_PASS,
                                          .value = fabs(away),
                                          .limit = 5,
                                          .unit = "mm",
                                          .place_mm = p->slot[U_ENTRY].vec};
    return nw_judge(m, p, check, "the entry given is %.2f mm from the skin (at most %.0f)",
                    "给定入点距皮肤 %.2f mm（至多 %.0f）", fabs(away), 5.0);
}

static bool check_puncture(struct nw_making *m, const struct nw_design_part *p,
                           const struct nw_mesh *mesh)
{
    struct nw_guide_like guide;
    struct nw_making own = *m;
    size_t count;
    const struct needle *needle = take_needles(m, p, &count);
    if (!needle || !as_guide(m, p, needle, count, &guide))
        return false;
    own.design = &guide.design;
    bool ok = judge_entry(m, p) && judge_length(m, p, needle, count);
    for (size_t i = 0; ok && i < p->slot[U_AVOID].count; i++)
        ok = judge_avoided(m, p, &p->slot[U_AVOID].item[i * NW_AVOID_COUNT], needle, count);
    return ok && nw_kind_guide.check(&own, guide.part, mesh);
}

const struct nw_kind nw_kind_puncture = {
    .name = "puncture",
    .zh = "皮肤上的穿刺导板：三叉神经、骶神经、活检、粒子网格",
    .en = "a guide on the skin for needles: trigeminal, sacral, biopsy, a grid for seeds",
    .members = puncture_members,
    .make = make_puncture,
    .check = check_puncture};
