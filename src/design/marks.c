/* design/marks.c -- what is written on a part: text, matrix codes, and a base below a model
 * with a scale bar, its identity and its sides. A mark on a part follows the part's surface:
 * raised it is the part grown by the depth within the mark, engraved the part's own layer
 * there. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "design/look_priv.h"
#include "field/relief.h"
#include "field/surface.h"

/* How many of the machine's smallest features a character's box must hold: by the thinnest
 * strokes and gaps of the bold face, about 0.11 of the size in Latin letters and 0.05 in
 * Chinese ones. */
static const double LATIN_FEATURES = 9, HAN_FEATURES = 20;
static const double CODE_FEATURES = 2; /* of a module's side: a lone one is still seen */

static const char *const ways[] = {"raised", "engraved", NULL};
enum way { RAISED, ENGRAVED };

#define PLACE_MEMBERS                                                                          \
    {.name = "on",                                                                             \
     .type = NW_PART_MEMBER,                                                                   \
     .zh = "所在部件；省略则单独成形",                                                         \
     .en = "the part it is on; alone when it is not given"},                                   \
        {.name = "way",                                                                        \
         .type = NW_CHOICE_MEMBER,                                                             \
         .choices = ways,                                                                      \
         .preset = 0,                                                                          \
         .zh = "凸起或凹刻",                                                                   \
         .en = "raised or engraved"},                                                          \
        {.name = "origin_mm",                                                                  \
         .type = NW_POINT_MEMBER,                                                              \
         .required = true,                                                                     \
         .zh = "左下角，在表面附近",                                                           \
         .en = "its lowest left corner, near the surface"},                                    \
        {.name = "u",                                                                          \
         .type = NW_DIRECTION_MEMBER,                                                          \
         .required = true,                                                                     \
         .zh = "书写方向",                                                                     \
         .en = "the way it is read"},                                                          \
        {.name = "v",                                                                          \
         .type = NW_DIRECTION_MEMBER,                                                          \
         .required = true,                                                                     \
         .zh = "向上的方向，u x v 指向外",                                                     \
         .en = "up the page; u x v points out of the part"},                                   \
        {.name = "depth_mm",                                                                   \
         .type = NW_LENGTH_MEMBER,                                                             \
         .preset = 1,                                                                          \
         .min = 0.1,                                                                           \
         .max = 10,                                                                            \
         .zh = "凸起或凹刻的深度，常用 1",                                                     \
         .en = "height or depth; 1 is usual"},                                                 \
        {.name = "reach_mm",                                                                   \
         .type = NW_LENGTH_MEMBER,                                                             \
         .preset = 5,                                                                          \
         .min = 0.2,                                                                           \
         .max = 100,                                                                           \
         .zh = "曲面离平面的最大距离",                                                         \
         .en = "how far the part's surface may be from the plane"},                            \
    {                                                                                          \
        .name = "feature_mm", .type = NW_LENGTH_MEMBER, .preset = 0.1, .min = 0.005, .max = 2, \
        .zh = "机器的最小特征：喷嘴直径或两个像素",                                            \
        .en = "the machine's smallest feature: its nozzle, or two pixels"                      \
    }

enum place { M_ON, M_WAY, M_ORIGIN, M_U, M_V, M_DEPTH, M_REACH, M_FEATURE, M_OWN };

/* Makes the mark of a height. */
typedef nw_node mark_maker(struct nw_making *m, const struct nw_design_part *p,
                           const struct nw_mark_place *place);

static nw_node make_mark(struct nw_making *m, const struct nw_design_part *p, mark_maker *make)
{
    const struct nw_slot *s = p->slot;
    const double depth = s[M_DEPTH].number, reach = s[M_REACH].number;
    if (!(fabs(nw_dot(s[M_U].vec, s[M_V].vec)) < 1e-6)) {
        nw_json_fail(s[M_V].at, m->err, "must be square to u");
        return -1;
    }
    const nw_vec3 out = nw_cross(s[M_U].vec, s[M_V].vec);
    struct nw_mark_place place = {s[M_ORIGIN].vec, s[M_U].vec, s[M_V].vec, depth};
    if (!s[M_ON].at)
        return make(m, p, &place);
    place.origin_mm = nw_along(place.origin_mm, out, -reach);
    place.height_mm = 2 * reach + depth;
    const nw_node on = nw_slot_node(m, &s[M_ON]), mark = make(m, p, &place);
    if (s[M_WAY].number < 0.5)
        return nw_field_union(
            m->field, on,
            nw_field_intersection(m->field, mark, nw_field_offset(m->field, on, depth, m->err),
                                  m->err),
            m->err);
    const nw_node below = nw_field_offset(m->field, on, -depth, m->err);
    return nw_field_difference(m->field, on, nw_field_difference(m->field, mark, below, m->err),
                               m->err);
}

/* ---- text ---- */

enum { T_TEXT = M_OWN, T_SIZE };
static const struct nw_member text_members[] = {
    PLACE_MEMBERS,
    {.name = "text",
     .type = NW_TEXT_MEMBER,
     .required = true,
     .zh = "文字，\\n 换行",
     .en = "what is written; \\n begins a new line"},
    {.name = "size_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 0.3,
     .max = 200,
     .zh = "字身大小",
     .en = "of a character's box; capitals are 0.73 of it"},
    {0},
};

static bool has_han(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c >= 0xE2) /* from U+2000: no alphabet with plain letters */
            return true;
    return false;
}

static bool is_legible(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    const double least =
        s[M_FEATURE].number * (has_han(s[T_TEXT].text) ? HAN_FEATURES : LATIN_FEATURES);
    return s[T_SIZE].number >= least ||
           nw_json_fail(
               s[T_SIZE].at, m->err,
               "is %.2f mm; with features of %.3f mm this text is legible from %.2f mm",
               s[T_SIZE].number, s[M_FEATURE].number, least);
}

static nw_node text_mark(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_mark_place *place)
{
    const struct nw_text_opts opts = {.size_mm = p->slot[T_SIZE].number};
    const nw_node mark = nw_field_text(m->field, p->slot[T_TEXT].text, &opts, place, m->err);
    if (mark < 0)
        (void)nw_fail_member(m, &p->slot[T_TEXT]);
    return mark;
}

static nw_node make_text(struct nw_making *m, const struct nw_design_part *p)
{
    return is_legible(m, p) ? make_mark(m, p, text_mark) : -1;
}

/* ---- codes ---- */

static const char *const symbologies[] = {"datamatrix", "gs1-datamatrix", "qr", NULL};
enum { C_SYMBOLOGY = M_OWN, C_CONTENT, C_MODULE };
static const struct nw_member code_members[] = {
    PLACE_MEMBERS,
    {.name = "symbology",
     .type = NW_CHOICE_MEMBER,
     .choices = symbologies,
     .preset = 0,
     .zh = "码制",
     .en = "which code"},
    {.name = "content",
     .type = NW_TEXT_MEMBER,
     .required = true,
     .zh = "内容；GS1 用方括号，如 [01]06901234567892",
     .en = "what it says; for GS1 in brackets, as [01]06901234567892"},
    {.name = "module_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.5,
     .min = 0.02,
     .max = 10,
     .zh = "单个方块的边长，至少为最小特征的 2 倍",
     .en = "side of a module, at least 2 features"},
    {0},
};

static const enum nw_code_kind code_kinds[] = {NW_MATRIX_DATAMATRIX, NW_MATRIX_GS1_DATAMATRIX,
                                               NW_MATRIX_QR};

static nw_node code_mark(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_mark_place *place)
{
    const struct nw_slot *s = p->slot;
    const nw_node mark = nw_field_matrix(m->field, code_kinds[(int)s[C_SYMBOLOGY].number],
                                         s[C_CONTENT].text, s[C_MODULE].number, place, m->err);
    if (mark < 0)
        (void)nw_fail_member(m, &s[C_CONTENT]);
    return mark;
}

static nw_node make_code(struct nw_making *m, const struct nw_design_part *p)
{
    const double least = CODE_FEATURES * p->slot[M_FEATURE].number;
    if (p->slot[C_MODULE].number < least) {
        nw_json_fail(p->slot[C_MODULE].at ? p->slot[C_MODULE].at : p->at, m->err,
                     "with features of %.3f mm a code can be read from modules of %.2f mm",
                     p->slot[M_FEATURE].number, least);
        return -1;
    }
    return make_mark(m, p, code_mark);
}

/* ---- a base below a model ---- */

enum base { B_UNDER, B_MARGIN, B_THICK, B_SINK, B_BAR, B_TEXT, B_SIZE, B_LEFT, B_RIGHT };
static const struct nw_member base_members[] = {
    {.name = "under",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "其上的模型",
     .en = "the model that stands on it"},
    {.name = "margin_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 5,
     .min = 0,
     .max = 100,
     .zh = "四周超出模型",
     .en = "how far it reaches beyond the model"},
    {.name = "thickness_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 4,
     .min = 1,
     .max = 50,
     .zh = "厚度",
     .en = "its thickness"},
    {.name = "sink_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1,
     .min = 0,
     .max = 50,
     .zh = "模型底部陷入底座",
     .en = "how deep the model's lowest place lies in it"},
    {.name = "scale_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 50,
     .min = 10,
     .max = 500,
     .zh = "比例尺长度，每 10 mm 一刻度",
     .en = "length of the scale bar, with a tick every 10 mm"},
    {.name = "text",
     .type = NW_TEXT_MEMBER,
     .zh = "标识（编号等，不含患者姓名）",
     .en = "its identity: a case number, not a name"},
    {.name = "size_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 6,
     .min = 2,
     .max = 40,
     .zh = "字身大小",
     .en = "of a character's box"},
    {.name = "left",
     .type = NW_TEXT_MEMBER,
     .zh = "患者左侧标记，省略为 L",
     .en = "on the patient's left; L when not given"},
    {.name = "right",
     .type = NW_TEXT_MEMBER,
     .zh = "患者右侧标记，省略为 R",
     .en = "on the patient's right; R when not given"},
    {0},
};
static const double MARK_MM = 0.8; /* height of its marks */

struct base_plan {
    nw_vec3 low, high; /* of the slab */
    double size;
    nw_node node;
};

/* Text on the apron before the model, baseline at y; `anchor` 0: from x, 1: to x. */
static bool write_on(struct nw_making *m, struct base_plan *b, const struct nw_slot *slot,
                     const char *text, double x, double y, double anchor)
{
    const struct nw_text_opts opts = {.size_mm = b->size};
    struct nw_outlines lines = {0};
    if (!nw_text_outlines(text, &opts, &lines, m->err))
        return slot ? nw_fail_member(m, slot) : false;
    const struct nw_mark_place place = {
        {x - anchor * lines.max_mm[0] - (1 - anchor) * lines.min_mm[0], y, b->high.z - 0.5},
        {1, 0, 0},
        {0, 1, 0},
        MARK_MM + 0.5};
    b->node = nw_field_union(m->field, b->node,
                             nw_field_outlines(m->field, &lines, &place, m->err), m->err);
    nw_outlines_release(&lines);
    return b->node >= 0;
}

/* A ridge 1 mm wide, and crosswise ones whose middles are 10 mm apart. */
static void add_scale(struct nw_making *m, struct base_plan *b, double length, double x,
                      double y)
{
    const double z0 = b->high.z - 0.5, z1 = b->high.z + MARK_MM;
    b->node = nw_field_union(
        m->field, b->node,
        nw_field_box(m->field, nw_v3(x, y, z0), nw_v3(x + length, y + 1, z1), m->err), m->err);
    for (int k = 0; k <= (int)floor(length / 10 + 1e-9); k++) {
        const double t = x + 10 * k, tall = k % 5 == 0 ? 5 : 3;
        b->node = nw_field_union(
            m->field, b->node,
            nw_field_box(m->field, nw_v3(t - 0.4, y, z0), nw_v3(t + 0.4, y + tall, z1), m->err),
            m->err);
    }
}

/* The apron lies before the model: read from the front, the patient's left is at the right. */
static nw_node make_base(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *s = p->slot;
    const nw_node model = nw_slot_node(m, &s[B_UNDER]);
    NW_AUTO(nw_mesh) rough = {0};
    nw_box box;
    if (m->err->code != NW_OK || !nw_node_bounds(m->field, model, &box, m->err) ||
        !nw_surface_of_field(m->field, model, nw_box_grown(box, 4), 1, &rough, m->err))
        return -1;
    box = nw_mesh_box(&rough);
    struct base_plan b = {.size = s[B_SIZE].number};
    const double margin = s[B_MARGIN].number, line = 1.5 * b.size;
    const double apron = 9 + (s[B_TEXT].at ? 2 : 1) * line;
    const double wide = fmax(box.max.x - box.min.x + 2 * margin, s[B_BAR].number + 8);
    const double middle = (box.min.x + box.max.x) / 2, foot = box.min.z + s[B_SINK].number;
    b.low = nw_v3(middle - wide / 2, box.min.y - margin - apron, foot - s[B_THICK].number);
    b.high = nw_v3(middle + wide / 2, box.max.y + margin, foot);
    b.node = nw_field_box(m->field, b.low, b.high, m->err);
    add_scale(m, &b, s[B_BAR].number, middle - s[B_BAR].number / 2, b.low.y + 2);
    const double y = b.low.y + 9;
    if (!write_on(m, &b, &s[B_RIGHT], s[B_RIGHT].at ? s[B_RIGHT].text : "R", b.low.x + 2, y,
                  0) ||
        !write_on(m, &b, &s[B_LEFT], s[B_LEFT].at ? s[B_LEFT].text : "L", b.high.x - 2, y, 1) ||
        (s[B_TEXT].at &&
         !write_on(m, &b, &s[B_TEXT], s[B_TEXT].text, b.low.x + 2, y + line, 0)))
        return -1;
    return nw_field_union(m->field, model, b.node, m->err);
}

static bool check_base(struct nw_making *m, const struct nw_design_part *p,
                       const struct nw_mesh *mesh)
{
    return nw_judge_pieces(m, p, mesh);
}

/* ---- what is written on an output ---- */

/* Bits of a part: it is part of the output; it gets there moved. */
enum { NEEDED = 1, MOVED = 2 };

static void pass_on(const struct nw_member *members, const struct nw_slot *slot, uint8_t bits,
                    uint8_t *is)
{
    for (size_t i = 0; members[i].name; i++) {
        for (size_t k = 0; slot[i].part && k < slot[i].count; k++)
            is[slot[i].part[k]] |= bits;
        if (members[i].type != NW_ITEMS_MEMBER)
            continue;
        size_t wide = 0;
        while (members[i].items[wide].name)
            wide++;
        for (size_t k = 0; k < slot[i].count; k++)
            pass_on(members[i].items, &slot[i].item[k * wide], bits, is);
    }
}

static struct nw_design_mark mark_of(const struct nw_design_part *p, bool moved)
{
    const struct nw_slot *s = p->slot;
    struct nw_design_mark m = {.part = p->name,
                               .moved = moved,
                               .origin_mm = s[M_ORIGIN].vec,
                               .u = s[M_U].vec,
                               .v = s[M_V].vec,
                               .depth_mm = s[M_DEPTH].number,
                               .reach_mm = s[M_ON].at ? s[M_REACH].number : 0,
                               .engraved = s[M_ON].at && s[M_WAY].number > 0.5};
    if (p->kind == &nw_kind_text) {
        m.text = s[T_TEXT].text;
        m.size_mm = s[T_SIZE].number;
    } else {
        m.content = s[C_CONTENT].text;
        m.symbology = code_kinds[(int)s[C_SYMBOLOGY].number];
        m.module_mm = s[C_MODULE].number;
    }
    return m;
}

struct nw_design_mark *nw_design_marks(const struct nw_design *d, size_t at, size_t *count,
                                       struct nw_err *err)
{
    NW_AUTOFREE uint8_t *is = NW_ALLOC(uint8_t, d->part_count, err);
    struct nw_design_mark *list =
        is ? NW_ALLOC(struct nw_design_mark, d->part_count, err) : NULL;
    if (!list)
        return NULL;
    is[d->output_part[at]] = NEEDED;
    for (size_t i = d->part_count; i-- > 0;) {
        const struct nw_design_part *p = &d->part[d->order[i]];
        const bool moves =
            strcmp(p->kind->name, "moved") == 0 || strcmp(p->kind->name, "mirrored") == 0;
        const uint8_t own = is[d->order[i]];
        if (own & NEEDED)
            pass_on(p->kind->members, p->slot, (uint8_t)(own | (moves ? MOVED : 0)), is);
    }
    *count = 0;
    for (size_t p = 0; p < d->part_count; p++)
        if (is[p] & NEEDED &&
            (d->part[p].kind == &nw_kind_text || d->part[p].kind == &nw_kind_code))
            list[(*count)++] = mark_of(&d->part[p], (is[p] & MOVED) != 0);
    return list;
}

const struct nw_kind nw_kind_text = {.name = "text",
                                     .zh = "凸起或凹刻的文字",
                                     .en = "raised or engraved text",
                                     .members = text_members,
                                     .make = make_text};
const struct nw_kind nw_kind_code = {.name = "code",
                                     .zh = "凸起或凹刻的二维码",
                                     .en = "a raised or engraved matrix code",
                                     .members = code_members,
                                     .make = make_code};
const struct nw_kind nw_kind_base = {
    .name = "base",
    .zh = "模型底座：比例尺、标识、左右标记",
    .en = "a base below a model, with a scale bar, its identity and its sides",
    .members = base_members,
    .make = make_base,
    .check = check_base};
