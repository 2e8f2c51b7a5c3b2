/* image/edit_read.c -- the document of edits is read and checked, and its schema printed: both
 * from one table of kinds. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "image/edit_priv.h"

enum type { NUMBER, POINT, POINTS, NAME, NAMES, CHOICE };
enum { MOST_MEMBERS = 9 };

struct member {
    const char *key;
    enum type type;
    bool required;
    size_t offset;
    double min, max, preset; /* of a number; of a list: how many */
    const char *const *words;
    const char *zh, *en;
};

struct kind {
    const char *name, *zh, *en;
    struct member member[MOST_MEMBERS];
};

#define AT(m) offsetof(struct nw_edit_step, m)

static const char *const over_words[] = {"empty", "all", NULL};
static const char *const how_words[] = {"add", "remove", "both", NULL};
static const char *const side_words[] = {"inside", "outside", NULL};
static const char *const piece_words[] = {"keep", "remove", "split", NULL};
static const char *const axis_words[] = {"i", "j", "k", NULL};

static const double FAR_MM = 1e5, GREY = 1e6;

#define PART                                                                                   \
    {                                                                                          \
        "part", NAME, false, AT(part), 0, 0, 0, NULL, "部件名称（不填：第一个部件）",          \
            "name of the part (default: the first)"                                            \
    }
#define STROKE                                                                                 \
    {                                                                                          \
        "stroke_mm", POINTS, true, AT(point), 1, NW_EDIT_POINTS_MAX, 0, NULL,                  \
            "笔画经过的点，LPS，毫米", "places the brush passes, LPS in mm"                    \
    }
#define RADIUS                                                                                 \
    {                                                                                          \
        "radius_mm", NUMBER, true, AT(radius_mm), 0.05, 200, 0, NULL, "笔刷半径，毫米",        \
            "radius of the brush, mm"                                                          \
    }
#define FLAT                                                                                   \
    {                                                                                          \
        "normal", POINT, false, AT(normal), 0, 0, 0, NULL, "平面笔刷的法向（不填：球形笔刷）", \
            "across a flat brush (default: the brush is a ball)"                               \
    }
#define THICK                                                                                  \
    {                                                                                          \
        "thickness_mm", NUMBER, false, AT(thickness_mm), 0, 200, 0, NULL,                      \
            "平面笔刷的厚度，毫米（0：一层体素）",                                             \
            "thickness of a flat brush, mm (0: one layer of voxels)"                           \
    }
#define LEAST(must)                                                                            \
    {                                                                                          \
        "min", NUMBER, must, AT(min), -GREY, GREY, -GREY, NULL, "灰度下限，影像的单位",        \
            "lowest grey value, in the scan's unit"                                            \
    }
#define MOST(must)                                                                             \
    {                                                                                          \
        "max", NUMBER, must, AT(max), -GREY, GREY, GREY, NULL, "灰度上限，影像的单位",         \
            "highest grey value, in the scan's unit"                                           \
    }
#define NEW_NAME                                                                               \
    {                                                                                          \
        "name", NAME, false, AT(name), 0, 0, 0, NULL, "新部件的名称", "name of the new part"   \
    }
#define WITHIN(zh, en)                                                                         \
    {                                                                                          \
        "radius_mm", NUMBER, false, AT(radius_mm), 0.1, 1000, 0, NULL, zh, en                  \
    }

static const struct kind KIND[NW_EDIT_KINDS] = {
    [NW_EDIT_PAINT] = {"paint",
                       "涂抹",
                       "adds what the brush passes",
                       {PART,
                        STROKE,
                        RADIUS,
                        FLAT,
                        THICK,
                        {"over", CHOICE, false, AT(choice), 0, 0, 0, over_words,
                         "涂在哪里：empty 只涂空处，all 也涂其他部件",
                         "empty: only where nothing is; all: over other parts too"}}},
    [NW_EDIT_ERASE] = {"erase",
                       "擦除",
                       "removes what the brush passes",
                       {{"part", NAME, false, AT(part), 0, 0, 0, NULL,
                         "部件名称（不填：所有部件）", "name of the part (default: all parts)"},
                        STROKE,
                        RADIUS,
                        FLAT,
                        THICK}},
    [NW_EDIT_THRESHOLD] = {"threshold",
                           "笔刷内按灰度",
                           "under the brush, by grey value",
                           {PART,
                            STROKE,
                            RADIUS,
                            FLAT,
                            THICK,
                            LEAST(true),
                            MOST(true),
                            {"how", CHOICE, false, AT(choice), 0, 0, 0, how_words,
                             "add 加上范围内的，remove 去掉范围外的，both 两者都做",
                             "add: what is in the range; remove: what is not; both"}}},
    [NW_EDIT_GROW] = {"grow",
                      "从种子点生长",
                      "grows from seeds through connected voxels of a range",
                      {PART,
                       {"seeds_mm", POINTS, true, AT(point), 1, NW_EDIT_PLACES_MAX, 0, NULL,
                        "种子点，LPS，毫米", "seeds, LPS in mm"},
                       LEAST(true),
                       MOST(true),
                       WITHIN("离种子点最远，毫米（不填：不限）",
                              "furthest from a seed, mm (default: no limit)")}},
    [NW_EDIT_SCISSORS] = {"scissors",
                          "剪刀",
                          "removes what an outline covers, seen along a direction",
                          {{"part", NAME, false, AT(part), 0, 0, 0, NULL,
                            "部件名称（不填：所有部件）",
                            "name of the part (default: all parts)"},
                           {"outline_mm", POINTS, true, AT(point), 3, NW_EDIT_OUTLINE_MAX, 0,
                            NULL, "轮廓的点，LPS，毫米", "places of the outline, LPS in mm"},
                           {"direction", POINT, true, AT(normal), 0, 0, 0, NULL,
                            "观察方向", "the way one looks"},
                           {"from_mm", NUMBER, false, AT(from_mm), -FAR_MM, FAR_MM, -FAR_MM,
                            NULL, "沿观察方向从何处起，自第一点量起，毫米",
                            "begins so far along the direction from the first place, mm"},
                           {"to_mm", NUMBER, false, AT(to_mm), -FAR_MM, FAR_MM, FAR_MM, NULL,
                            "沿观察方向到何处止，毫米", "ends so far along, mm"},
                           {"what", CHOICE, false, AT(choice), 0, 0, 0,
                            side_words, "去掉轮廓内还是轮廓外的",
                            "removes what is inside, or outside"}}},
    [NW_EDIT_ISLANDS] = {"islands",
                         "碎块",
                         "keeps, removes or splits off connected pieces of a part",
                         {PART,
                          {"how", CHOICE, true, AT(choice), 0, 0, 0, piece_words,
                           "keep 只保留，remove 去掉，split 分成新部件",
                           "keep only them, remove them, or make parts of them"},
                          {"at_mm", POINTS, false, AT(point), 1, NW_EDIT_POINTS_MAX, 0, NULL,
                           "点在哪些碎块上，LPS，毫米",
                           "places on the pieces meant, LPS in mm"},
                          {"largest", NUMBER, false, AT(largest), 1, 1e6, 0, NULL, "最大的几块",
                           "so many, the largest"},
                          {"below_mm3", NUMBER, false, AT(below_mm3), 1e-6, 1e9, 0, NULL,
                           "小于此体积的，立方毫米（只用于 remove）",
                           "those below this volume (with remove)"},
                          NEW_NAME}},
    [NW_EDIT_FILL] = {"fill",
                      "层间填充",
                      "fills between slices by the part's shape in them",
                      {PART,
                       {"through_mm", POINTS, true, AT(point), 2, NW_EDIT_PLACES_MAX, 0, NULL,
                        "每层一个点，LPS，毫米", "a place in each slice, LPS in mm"},
                       {"axis", CHOICE, false, AT(axis), 0, 0, 2, axis_words,
                        "层垂直于体数据的哪条轴", "the axis of the voxels across the slices"},
                       WITHIN("离各点连线最远，毫米（不填：不限）",
                              "furthest from the line through the places, mm (default: no "
                              "limit)")}},
    [NW_EDIT_SPLIT] = {"split",
                       "拆分",
                       "splits a part at its necks, a piece to each seed",
                       {PART,
                        {"seeds_mm", POINTS, true, AT(point), 2, NW_EDIT_LABELS - 1, 0, NULL,
                         "每块一个种子点，LPS，毫米；第一块保留原名",
                         "a seed in each piece, LPS in mm; the first keeps the name"},
                        {"names", NAMES, false, AT(word), 1, NW_EDIT_LABELS - 2, 0, NULL,
                         "其余各块的名称", "names of the other pieces"}}},
    [NW_EDIT_CUT] = {"cut",
                     "平面切分",
                     "makes a part of what lies beyond a plane",
                     {PART,
                      {"point_mm", POINT, true, AT(at_mm), 0, 0, 0, NULL, "平面上一点",
                       "a place on the plane, LPS in mm"},
                      {"normal", POINT, true, AT(normal), 0, 0, 0, NULL, "指向新部件的法向",
                       "across the plane, towards the new part"},
                      NEW_NAME}},
    [NW_EDIT_JOIN] = {"join",
                      "合并",
                      "makes one part of several: the first keeps its name",
                      {{"parts", NAMES, true, AT(word), 2, NW_EDIT_LABELS - 1, 0, NULL,
                        "要合并的部件", "the parts to join"}}},
};

const char *nw_edit_kind_name(enum nw_edit_kind kind)
{
    return KIND[kind].name;
}

/* ---- reading ---- */

static bool read_number(const struct nw_json_value *v, const struct member *m, double *out,
                        struct nw_err *err)
{
    return nw_json_take_number(v, m->min, m->max, out, err);
}

static bool read_choice(const struct nw_json_value *v, const struct member *m, double *out,
                        struct nw_err *err)
{
    const char *word;
    if (!nw_json_take_text(v, &word, err))
        return false;
    struct nw_text list;
    nw_text_init(&list, 256);
    bool ok = true;
    for (size_t w = 0; m->words[w]; w++) {
        if (strcmp(word, m->words[w]) == 0) {
            *out = (double)w;
            nw_text_release(&list);
            return true;
        }
        ok = ok && nw_text_addf(&list, err, "%s%s", w ? ", " : "", m->words[w]);
    }
    if (ok)
        nw_json_fail(v, err, "is '%.40s'; it is one of %s", word, list.data);
    nw_text_release(&list);
    return false;
}

/* Names stand in files and tables: short, and no control letters. */
static bool read_name(const struct nw_json_value *v, const char **out, struct nw_err *err)
{
    if (!nw_json_take_text(v, out, err))
        return false;
    bool plain = **out != '\0' && strlen(*out) <= 80;
    for (const char *c = *out; plain && *c; c++)
        plain = (unsigned char)*c >= 32 && *c != 127;
    if (!plain)
        return nw_json_fail(v, err, "a part's name has 1 to 80 bytes and no control letters");
    return true;
}

static bool check_count(const struct nw_json_value *v, const struct member *m,
                        struct nw_err *err)
{
    if (v->kind != NW_JSON_LIST || (double)v->count < m->min || (double)v->count > m->max)
        return nw_json_fail(v, err, "must be a list of %.0f to %.0f", m->min, m->max);
    return true;
}

static bool read_names(struct nw_edits *e, const struct nw_json_value *v,
                       const struct member *m, struct nw_edit_step *s, struct nw_err *err)
{
    if (!check_count(v, m, err))
        return false;
    s->word = nw_arena_alloc(&e->arena, v->count * sizeof *s->word, err);
    for (const struct nw_json_value *i = v->first; s->word && i; i = i->next)
        if (!read_name(i, &s->word[s->word_count++], err))
            return false;
    return s->word != NULL;
}

static bool read_place(const struct nw_json_value *v, nw_vec3 *out, struct nw_err *err)
{
    if (!nw_json_take_vec3(v, out, err))
        return false;
    if (!(fabs(out->x) <= FAR_MM && fabs(out->y) <= FAR_MM && fabs(out->z) <= FAR_MM))
        return nw_json_fail(v, err, "lies further than 100 m away");
    return true;
}

static bool read_points(struct nw_edits *e, const struct nw_json_value *v,
                        const struct member *m, struct nw_edit_step *s, struct nw_err *err)
{
    if (!check_count(v, m, err))
        return false;
    s->point = nw_arena_alloc(&e->arena, v->count * sizeof *s->point, err);
    for (const struct nw_json_value *i = v->first; s->point && i; i = i->next)
        if (!read_place(i, &s->point[s->point_count++], err))
            return false;
    return s->point != NULL;
}

static bool read_member(struct nw_edits *e, const struct nw_json_value *v,
                        const struct member *m, struct nw_edit_step *s, struct nw_err *err)
{
    char *field = (char *)s + m->offset;
    switch (m->type) {
    case NUMBER:
        return read_number(v, m, (double *)(void *)field, err);
    case CHOICE:
        return read_choice(v, m, (double *)(void *)field, err);
    case NAME:
        return read_name(v, (const char **)(void *)field, err);
    case NAMES:
        return read_names(e, v, m, s, err);
    case POINT:
        return read_place(v, (nw_vec3 *)(void *)field, err);
    case POINTS:
        return read_points(e, v, m, s, err);
    }
    NW_UNREACHABLE();
}

static bool check_direction(const struct nw_edit_step *s, const char *key, struct nw_err *err)
{
    const struct nw_json_value *v = nw_json_member(s->at, key);
    if (v && !(nw_length(s->normal) > 1e-6))
        return nw_json_fail(v, err, "is no direction: its length is 0");
    return true;
}

/* What members must be to one another. */
static bool check_step(struct nw_edit_step *s, struct nw_err *err)
{
    if (!check_direction(s, "normal", err) || !check_direction(s, "direction", err))
        return false;
    s->normal = nw_length(s->normal) > 0 ? nw_unit(s->normal) : s->normal;
    if (s->min > s->max)
        return nw_json_fail(s->at, err, "min is above max: no grey value is in that range");
    if (s->from_mm > s->to_mm)
        return nw_json_fail(s->at, err, "from_mm is above to_mm: nothing lies between");
    if (s->kind == NW_EDIT_SPLIT && s->word_count && s->word_count != s->point_count - 1)
        return nw_json_fail(nw_json_member(s->at, "names"), err,
                            "there is one name for each seed after the first: %zu",
                            s->point_count - 1);
    if (s->kind != NW_EDIT_ISLANDS)
        return true;
    const int ways = (s->point_count > 0) + (s->largest > 0) + (s->below_mm3 > 0);
    if (ways != 1)
        return nw_json_fail(s->at, err,
                            "says which pieces by one of at_mm, largest and below_mm3");
    if (s->below_mm3 > 0 && (int)s->choice != NW_PIECES_REMOVE)
        return nw_json_fail(s->at, err, "below_mm3 goes with \"how\": \"remove\"");
    return true;
}

static bool find_kind(const struct nw_json_value *at, enum nw_edit_kind *out,
                      struct nw_err *err)
{
    const struct nw_json_value *v = nw_json_member(at, "do");
    const char *word;
    if (!v)
        return nw_json_fail(at, err, "a step is an object with \"do\": \"paint\" or another");
    if (!nw_json_take_text(v, &word, err))
        return false;
    for (int k = 0; k < NW_EDIT_KINDS; k++)
        if (strcmp(word, KIND[k].name) == 0) {
            *out = (enum nw_edit_kind)k;
            return true;
        }
    return nw_json_fail(v, err,
                        "is '%.40s'; it is one of paint, erase, threshold, grow, scissors, "
                        "islands, fill, split, cut and join",
                        word);
}

static bool read_step(struct nw_edits *e, const struct nw_json_value *at, struct nw_err *err)
{
    struct nw_edit_step *s = &e->step[e->step_count++];
    *s = (struct nw_edit_step){.at = at};
    if (!find_kind(at, &s->kind, err))
        return false;
    const struct kind *kind = &KIND[s->kind];
    const char *known[MOST_MEMBERS + 3] = {"do", "about"};
    size_t known_count = 2;
    for (const struct member *m = kind->member; m < kind->member + MOST_MEMBERS && m->key; m++)
        known[known_count++] = m->key;
    if (!nw_json_check_keys(at, known, err))
        return false;
    for (const struct member *m = kind->member; m < kind->member + MOST_MEMBERS && m->key;
         m++) {
        const struct nw_json_value *v = nw_json_member(at, m->key);
        if (!v && m->required)
            return nw_json_fail(at, err, "%s is missing from this %s", m->key, kind->name);
        if (!v && (m->type == NUMBER || m->type == CHOICE))
            *(double *)(void *)((char *)s + m->offset) = m->preset;
        if (v && !read_member(e, v, m, s, err))
            return false;
    }
    return check_step(s, err);
}

static bool read_document(struct nw_edits *e, const char *text, size_t len, struct nw_err *err)
{
    static const char *const known[] = {"nuwa", "title", "about", "steps", NULL};
    const struct nw_json_value *root = nw_json_parse(&e->arena, text, len, err);
    if (!root)
        return false;
    const struct nw_json_value *nuwa = nw_json_member(root, "nuwa"),
                               *steps = nw_json_member(root, "steps");
    const char *format;
    if (!nuwa)
        return nw_json_fail(root, err, "\"nuwa\": \"edit 1\" is missing");
    if (!nw_json_take_text(nuwa, &format, err))
        return false;
    if (strcmp(format, "edit 1") != 0)
        return nw_json_fail(nuwa, err, "is '%.40s'; this program reads \"edit 1\"", format);
    if (!nw_json_check_keys(root, known, err))
        return false;
    if (!steps || steps->kind != NW_JSON_LIST || steps->count > NW_EDIT_STEPS_MAX)
        return nw_json_fail(steps ? steps : root, err, "\"steps\" is a list of at most %d",
                            NW_EDIT_STEPS_MAX);
    e->step = nw_arena_alloc(&e->arena, (steps->count + 1) * sizeof *e->step, err);
    for (const struct nw_json_value *i = steps->first; e->step && i; i = i->next)
        if (!read_step(e, i, err))
            return false;
    return e->step != NULL;
}

struct nw_edits *nw_edits_parse(const char *text, size_t len, struct nw_err *err)
{
    struct nw_edits *e = NW_ALLOC(struct nw_edits, 1, err);
    if (e && !read_document(e, text, len, err)) {
        nw_edits_free(e);
        return NULL;
    }
    return e;
}

void nw_edits_free(struct nw_edits *edits)
{
    if (!edits)
        return;
    nw_arena_release(&edits->arena);
    nw_free(edits);
}

size_t nw_edits_count(const struct nw_edits *edits)
{
    return edits->step_count;
}

/* ---- the schema ---- */

/* The text so far; after the first failure nothing more is written. */
struct writer {
    struct nw_text text;
    struct nw_err *err;
};

NW_PRINTF(2, 3) static void put(struct writer *t, const char *fmt, ...)
{
    char text[600];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (t->err->code == NW_OK)
        (void)!nw_text_add(&t->text, text, t->err);
}

static void put_type(struct writer *t, const struct member *m)
{
    static const char vector[] = "{\"$ref\":\"#/$defs/vector\"}";
    static const char name[] = "{\"type\":\"string\",\"minLength\":1,\"maxLength\":80}";
    switch (m->type) {
    case NUMBER:
        put(t, "\"type\":\"number\",\"minimum\":%g,\"maximum\":%g", m->min, m->max);
        return;
    case POINT:
        put(t, "\"$ref\":\"#/$defs/vector\"");
        return;
    case NAME:
        put(t, "\"type\":\"string\",\"minLength\":1,\"maxLength\":80");
        return;
    case CHOICE:
        put(t, "\"enum\":[");
        for (size_t w = 0; m->words[w]; w++)
            put(t, "%s\"%s\"", w ? "," : "", m->words[w]);
        put(t, "]");
        if (!m->required)
            put(t, ",\"default\":\"%s\"", m->words[(size_t)m->preset]);
        return;
    case POINTS:
    case NAMES:
        put(t, "\"type\":\"array\",\"minItems\":%.0f,\"maxItems\":%.0f,\"items\":%s", m->min,
            m->max, m->type == POINTS ? vector : name);
        return;
    }
    NW_UNREACHABLE();
}

static void put_kind(struct writer *t, const struct kind *k)
{
    put(t, "{\"title\":\"%s\",\"description\":\"%s\",\"x-zh\":\"%s\",\"type\":\"object\",",
        k->name, k->en, k->zh);
    put(t,
        "\"additionalProperties\":false,\"properties\":{\"do\":{\"const\":\"%s\"},"
        "\"about\":{\"type\":\"string\"}",
        k->name);
    for (const struct member *m = k->member; m < k->member + MOST_MEMBERS && m->key; m++) {
        put(t, ",\"%s\":{\"description\":\"%s\",\"x-zh\":\"%s\",", m->key, m->en, m->zh);
        put_type(t, m);
        put(t, "}");
    }
    put(t, "},\"required\":[\"do\"");
    for (const struct member *m = k->member; m < k->member + MOST_MEMBERS && m->key; m++)
        if (m->required)
            put(t, ",\"%s\"", m->key);
    put(t, "]}");
}

char *nw_edits_schema(struct nw_err *err)
{
    struct writer t = {.err = err};
    nw_text_init(&t.text, 1 << 16);
    put(&t, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
            "\"title\":\"nuwa edit 1\",\"type\":\"object\",\"additionalProperties\":false,"
            "\"required\":[\"nuwa\",\"steps\"],\"$defs\":{\"vector\":{\"type\":\"array\","
            "\"items\":{\"type\":\"number\"},\"minItems\":3,\"maxItems\":3}},");
    put(&t,
        "\"properties\":{\"nuwa\":{\"const\":\"edit 1\"},\"title\":{\"type\":\"string\"},"
        "\"about\":{\"type\":\"string\"},\"steps\":{\"type\":\"array\",\"maxItems\":%d,"
        "\"items\":{\"oneOf\":[",
        NW_EDIT_STEPS_MAX);
    for (int k = 0; k < NW_EDIT_KINDS; k++) {
        put(&t, "%s", k ? "," : "");
        put_kind(&t, &KIND[k]);
    }
    put(&t, "]}}}}\n");
    if (err->code == NW_OK)
        return t.text.data;
    nw_text_release(&t.text);
    return NULL;
}
