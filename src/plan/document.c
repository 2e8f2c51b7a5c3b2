/* plan/document.c -- the plan document is read, checked and put in order; see plan.h. */
#include <stdio.h>
#include <string.h>

#include "plan/plan_priv.h"

enum type { NUMBER, VECTOR, NAME, NAMES, PAIRS, FILE_REF, WORD, DIGEST, TEXT };
enum { MOST_MEMBERS = 18, MOST_NAMES = 64 };

struct member {
    const char *name;
    enum type type;
    bool required;
    double min, max;           /* of a number; of names: how many */
    unsigned sorts;            /* of what is named */
    const char *const *choice; /* of a word; ends with NULL */
};

struct kind {
    const char *name;
    unsigned sort;
    struct member member[MOST_MEMBERS];
};

static const char *const sides[] = {"above", "below", "wedge", NULL};
static const char *const ways[] = {"closing", "opening", NULL};
static const char *const measures[] = {"length", "curve", "angle", "cobb",      "hka",
                                       "mldfa",  "mpta",  "solid", "thickness", "distance",
                                       "hu",     "hole",  NULL};
static const char *const faces[] = {"meet", "free", NULL};
static const char *const views[] = {"coronal", "sagittal", "axial", NULL};

#define MUST_NAME(n, s)                                                                        \
    {                                                                                          \
        n, NAME, true, 0, 0, s, NULL                                                           \
    }
#define MAY_NAME(n, s)                                                                         \
    {                                                                                          \
        n, NAME, false, 0, 0, s, NULL                                                          \
    }
#define MUST_NUMBER(n, lo, hi)                                                                 \
    {                                                                                          \
        n, NUMBER, true, lo, hi, 0, NULL                                                       \
    }
#define MAY_NUMBER(n, lo, hi)                                                                  \
    {                                                                                          \
        n, NUMBER, false, lo, hi, 0, NULL                                                      \
    }
#define VECTOR_OF(n, must)                                                                     \
    {                                                                                          \
        n, VECTOR, must, 0, 0, 0, NULL                                                         \
    }
#define LIST(n, must, lo, hi, s)                                                               \
    {                                                                                          \
        n, NAMES, must, lo, hi, s, NULL                                                        \
    }

static const struct kind kinds[NW_PLAN_KINDS] = {
    [NW_PLAN_MESH] = {"mesh",
                      NW_SORT_PART,
                      {{"file", FILE_REF, true, 0, 0, 0, NULL},
                       MAY_NUMBER("sigma_mm", 1e-4, 100)}},
    [NW_PLAN_SCAN] = {"scan", NW_SORT_SCAN, {{"file", FILE_REF, true, 0, 0, 0, NULL}}},
    [NW_PLAN_LANDMARK] = {"landmark",
                          NW_SORT_PLACE,
                          {VECTOR_OF("at_mm", true), MAY_NUMBER("sigma_mm", 1e-4, 100)}},
    [NW_PLAN_PLANE] = {"plane",
                       NW_SORT_PLANE,
                       {VECTOR_OF("point_mm", false), VECTOR_OF("normal", false),
                        LIST("through", false, 3, 3, NW_SORT_PLACE),
                        LIST("fit", false, 3, MOST_NAMES, NW_SORT_PLACE),
                        MAY_NAME("over", NW_SORT_REGION),
                        MAY_NAME("parallel_to", NW_SORT_PLANE),
                        MAY_NUMBER("offset_mm", -1000, 1000)}},
    [NW_PLAN_MIRROR_PLANE] = {"mirror_plane",
                              NW_SORT_PLANE,
                              {MUST_NAME("of", NW_SORT_PART), VECTOR_OF("near_normal", false)}},
    [NW_PLAN_AXIS] = {"axis",
                      NW_SORT_AXIS,
                      {MUST_NAME("from", NW_SORT_PLACE), MUST_NAME("to", NW_SORT_PLACE)}},
    [NW_PLAN_BOX] = {"box",
                     NW_SORT_RESULT,
                     {MUST_NAME("around", NW_SORT_PART), MAY_NUMBER("margin_mm", 0, 1000)}},
    [NW_PLAN_REGION] = {"region",
                        NW_SORT_REGION,
                        {MAY_NAME("centre", NW_SORT_PLACE), MAY_NUMBER("radius_mm", 0, 200),
                         VECTOR_OF("min_mm", false), VECTOR_OF("max_mm", false),
                         LIST("polygon", false, 3, MOST_NAMES, NW_SORT_PLACE),
                         MAY_NUMBER("depth_mm", 0.1, 100), MAY_NAME("on", NW_SORT_PART)}},
    [NW_PLAN_FRAME] = {"frame",
                       NW_SORT_RESULT,
                       {MUST_NAME("origin", NW_SORT_PLACE), MUST_NAME("x", NW_SORT_PLACE),
                        MUST_NAME("y", NW_SORT_PLACE)}},
    [NW_PLAN_MIRRORED] = {"mirrored",
                          NW_SORT_PART,
                          {MUST_NAME("part", NW_SORT_PART), MUST_NAME("plane", NW_SORT_PLANE)}},
    [NW_PLAN_CUT] = {"cut",
                     NW_SORT_CUT,
                     {MUST_NAME("part", NW_SORT_PART), MUST_NAME("plane", NW_SORT_PLANE),
                      MAY_NUMBER("kerf_mm", 0, 10)}},
    [NW_PLAN_DOME] = {"dome",
                      NW_SORT_CUT,
                      {MUST_NAME("part", NW_SORT_PART), MUST_NAME("axis", NW_SORT_AXIS),
                       MUST_NUMBER("radius_mm", 5, 500), VECTOR_OF("towards", true),
                       MAY_NUMBER("kerf_mm", 0, 5)}},
    [NW_PLAN_WEDGE] = {"wedge",
                       NW_SORT_CUT,
                       {MUST_NAME("part", NW_SORT_PART),
                        MUST_NAME("plane", NW_SORT_PLANE),
                        MUST_NAME("hinge", NW_SORT_AXIS),
                        {"how", WORD, true, 0, 0, 0, ways},
                        MUST_NUMBER("angle_deg", 0.1, 60),
                        MAY_NUMBER("kerf_mm", 0, 10),
                        MAY_NUMBER("tolerance_mm", 0.001, 10)}},
    [NW_PLAN_PIECE] = {"piece",
                       NW_SORT_PART,
                       {MUST_NAME("of", NW_SORT_CUT), {"side", WORD, true, 0, 0, 0, sides}}},
    [NW_PLAN_MOVED] = {"moved",
                       NW_SORT_PART,
                       {MUST_NAME("part", NW_SORT_PART), MAY_NAME("by", NW_SORT_MOTION),
                        VECTOR_OF("shift_mm", false), MAY_NUMBER("rotate_deg", -360, 360),
                        MAY_NAME("about", NW_SORT_AXIS)}},
    [NW_PLAN_REGISTER] = {"register",
                          NW_SORT_MOTION,
                          {MAY_NAME("moving", NW_SORT_PART),
                           MAY_NAME("fixed", NW_SORT_PART),
                           {"landmarks", PAIRS, false, 3, MOST_NAMES, NW_SORT_PLACE, NULL},
                           MAY_NUMBER("limit_mm", 0.001, 100),
                           MAY_NUMBER("kept", 0.1, 1),
                           {"accepted", DIGEST, false, 0, 0, 0, NULL},
                           {"accepted_by", TEXT, false, 0, 0, 0, NULL}}},
    [NW_PLAN_REDUCTION] = {"reduction",
                           NW_SORT_MOTION,
                           {LIST("fragments", true, 1, MOST_NAMES, NW_SORT_PART),
                            MUST_NAME("onto", NW_SORT_PART),
                            {"landmarks", PAIRS, false, 3, MOST_NAMES, NW_SORT_PLACE, NULL},
                            LIST("near", false, 1, MOST_NAMES, NW_SORT_REGION),
                            {"faces", WORD, false, 0, 0, 0, faces},
                            MAY_NUMBER("limit_mm", 0.001, 100),
                            MAY_NUMBER("kept", 0.05, 1),
                            {"accepted", DIGEST, false, 0, 0, 0, NULL},
                            {"accepted_by", TEXT, false, 0, 0, 0, NULL}}},
    [NW_PLAN_FACES] = {"faces",
                       NW_SORT_RESULT,
                       {MUST_NAME("a", NW_SORT_PART), MUST_NAME("b", NW_SORT_PART),
                        MAY_NUMBER("tolerance_mm", 0.001, 10)}},
    [NW_PLAN_TRAJECTORY] = {"trajectory",
                            NW_SORT_AXIS,
                            {MUST_NAME("entry", NW_SORT_PLACE),
                             MUST_NAME("target", NW_SORT_PLACE),
                             MUST_NUMBER("diameter_mm", 0.1, 50),
                             LIST("clear_of", false, 1, MOST_NAMES, NW_SORT_PART),
                             MAY_NUMBER("margin_mm", 0, 100), MAY_NAME("within", NW_SORT_PART),
                             MAY_NUMBER("entry_free_mm", 0, 100),
                             MAY_NAME("scan", NW_SORT_SCAN)}},
    [NW_PLAN_SEARCH] = {"search",
                        NW_SORT_AXIS,
                        {MUST_NAME("entry", NW_SORT_PLACE | NW_SORT_REGION),
                         MAY_NUMBER("entry_radius_mm", 0, 200),
                         MUST_NAME("target", NW_SORT_PLACE | NW_SORT_REGION),
                         MAY_NUMBER("target_radius_mm", 0, 200),
                         MUST_NUMBER("diameter_mm", 0.1, 50),
                         LIST("clear_of", false, 1, MOST_NAMES, NW_SORT_PART),
                         MAY_NUMBER("margin_mm", 0, 100), MAY_NUMBER("wall_mm", 0, 100),
                         MAY_NUMBER("sigmas", 0, 6), MAY_NAME("within", NW_SORT_PART),
                         MAY_NUMBER("entry_free_mm", 0, 100),
                         MAY_NUMBER("most_length_mm", 1, 1000), VECTOR_OF("direction", false),
                         MAY_NUMBER("most_angle_deg", 0, 180), MAY_NAME("scan", NW_SORT_SCAN)}},
    [NW_PLAN_MEASURE] = {"measure",
                         NW_SORT_RESULT,
                         {{"what", WORD, true, 0, 0, 0, measures},
                          LIST("of", true, 1, MOST_NAMES,
                               NW_SORT_PLACE | NW_SORT_PART | NW_SORT_AXIS | NW_SORT_PLANE |
                                   NW_SORT_SCAN),
                          {"view", WORD, false, 0, 0, 0, views},
                          MAY_NAME("view_plane", NW_SORT_PLANE)}},
};

size_t nw_plan_find(const struct nw_plan *plan, const char *name)
{
    size_t i = 0;
    while (i < plan->count && strcmp(plan->item[i].name, name) != 0)
        i++;
    return i;
}

static const char *sort_name(unsigned sort)
{
    switch (sort) {
    case NW_SORT_PART:
        return nw_either("部件", "a part");
    case NW_SORT_PLACE:
        return nw_either("标志点", "a landmark");
    case NW_SORT_PLANE:
        return nw_either("平面", "a plane");
    case NW_SORT_AXIS:
        return nw_either("轴线", "an axis");
    case NW_SORT_MOTION:
        return nw_either("配准", "a registration");
    case NW_SORT_SCAN:
        return nw_either("扫描", "a scan");
    case NW_SORT_REGION:
        return nw_either("区域", "a region");
    case NW_SORT_PLACE | NW_SORT_REGION:
        return nw_either("标志点或区域", "a landmark or a region");
    case NW_SORT_CUT:
        return nw_either("截骨", "a cut");
    default:
        return nw_either("部件、标志点、轴线、平面或扫描",
                         "a part, a landmark, an axis, a plane or a scan");
    }
}

static bool check_name(const struct nw_plan *p, const struct nw_json_value *v, unsigned sorts,
                       struct nw_err *err)
{
    const char *name;
    if (!nw_json_take_text(v, &name, err))
        return false;
    const size_t i = nw_plan_find(p, name);
    if (i == p->count)
        return nw_json_fail(v, err, "there is no item \"%.60s\"", name);
    return (kinds[p->item[i].kind].sort & sorts) != 0 ||
           nw_json_fail(v, err, "\"%.60s\" is a %s; %s should be named here", name,
                        kinds[p->item[i].kind].name, sort_name(sorts));
}

static bool check_names(const struct nw_plan *p, const struct nw_json_value *v,
                        const struct member *m, struct nw_err *err)
{
    if (v->kind != NW_JSON_LIST || v->count < (size_t)m->min || v->count > (size_t)m->max)
        return nw_json_fail(v, err, "a list of %g to %g names should stand here", m->min,
                            m->max);
    for (const struct nw_json_value *i = v->first; i; i = i->next)
        if (!check_name(p, i, m->sorts, err))
            return false;
    return true;
}

static bool check_pairs(const struct nw_plan *p, const struct nw_json_value *v,
                        const struct member *m, struct nw_err *err)
{
    if (v->kind != NW_JSON_LIST || v->count < (size_t)m->min || v->count > (size_t)m->max)
        return nw_json_fail(v, err, "a list of %g to %g pairs of names should stand here",
                            m->min, m->max);
    for (const struct nw_json_value *i = v->first; i; i = i->next) {
        if (i->kind != NW_JSON_LIST || i->count != 2)
            return nw_json_fail(i, err,
                                "a pair of names should stand here: the moving landmark, then "
                                "the fixed one");
        if (!check_name(p, i->first, m->sorts, err) ||
            !check_name(p, i->first->next, m->sorts, err))
            return false;
    }
    return true;
}

static bool is_digest(const char *s, size_t len)
{
    return strlen(s) == len && strspn(s, "0123456789abcdef") == len;
}

static bool check_word(const struct nw_json_value *v, const char *const *choice,
                       struct nw_err *err)
{
    const char *word;
    char list[160] = "";
    if (!nw_json_take_text(v, &word, err))
        return false;
    for (size_t i = 0; choice[i]; i++) {
        if (strcmp(word, choice[i]) == 0)
            return true;
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", choice[i]);
    }
    return nw_json_fail(v, err, "\"%.40s\" is none of %s", word, list);
}

static bool check_member(const struct nw_plan *p, const struct nw_json_value *v,
                         const struct member *m, struct nw_err *err)
{
    double number;
    nw_vec3 vector;
    const char *text;
    struct nw_file_ref file;
    switch (m->type) {
    case NUMBER:
        return nw_json_take_number(v, m->min, m->max, &number, err);
    case VECTOR:
        return nw_json_take_vec3(v, &vector, err);
    case NAME:
        return check_name(p, v, m->sorts, err);
    case NAMES:
        return check_names(p, v, m, err);
    case PAIRS:
        return check_pairs(p, v, m, err);
    case FILE_REF:
        return nw_json_take_file(v, &file, err);
    case WORD:
        return check_word(v, m->choice, err);
    case TEXT:
        return nw_json_take_text(v, &text, err);
    case DIGEST:
        return nw_json_take_text(v, &text, err) &&
               (is_digest(text, 16) ||
                nw_json_fail(v, err, "the digest of a result has 16 hexadecimal digits"));
    }
    NW_UNREACHABLE();
}

/* A member of the same name in another unit: the likeliest slip. */
static bool fail_unknown(const struct nw_json_value *v, const struct kind *k,
                         struct nw_err *err)
{
    const char *unit = strrchr(v->key, '_');
    const size_t stem = unit ? (size_t)(unit - v->key) : strlen(v->key);
    for (const struct member *m = k->member; m->name; m++) {
        const char *right = strrchr(m->name, '_');
        if (right && (size_t)(right - m->name) == stem && strncmp(m->name, v->key, stem) == 0 &&
            (strcmp(right, "_mm") == 0 || strcmp(right, "_deg") == 0))
            return nw_json_fail(v, err, "the unit is in the name, and here it is \"%s\"",
                                m->name);
    }
    return nw_json_fail(v, err, "a %s has no such member", k->name);
}

static bool check_item(const struct nw_plan *p, const struct nw_plan_item *item,
                       struct nw_err *err)
{
    const struct kind *k = &kinds[item->kind];
    for (const struct nw_json_value *v = item->at->first; v; v = v->next) {
        const struct member *m = k->member;
        if (strcmp(v->key, "kind") == 0 || strcmp(v->key, "about") == 0)
            continue;
        while (m->name && strcmp(m->name, v->key) != 0)
            m++;
        if (!m->name)
            return fail_unknown(v, k, err);
        if (!check_member(p, v, m, err))
            return false;
    }
    for (const struct member *m = k->member; m->name; m++)
        if (m->required && !nw_json_member(item->at, m->name))
            return nw_json_fail(item->at, err, "a %s needs \"%s\"", k->name, m->name);
    return true;
}

static bool read_item(struct nw_plan *p, const struct nw_json_value *v, struct nw_err *err)
{
    const struct nw_json_value *kind = nw_json_member(v, "kind");
    const char *name;
    if (v->kind != NW_JSON_OBJECT)
        return nw_json_fail(v, err, "an object in braces should stand here");
    if (!kind)
        return nw_json_fail(v, err, "\"%s\" is missing", "kind");
    if (!nw_json_take_text(kind, &name, err))
        return false;
    for (int k = 0; k < NW_PLAN_KINDS; k++)
        if (strcmp(kinds[k].name, name) == 0) {
            p->item[p->count++] = (struct nw_plan_item){v->key, v, (enum nw_plan_kind)k};
            return true;
        }
    return nw_json_fail(kind, err, "there is no kind \"%.40s\"", name);
}

/* ---- order ---- */

/* Is every name under this value done? Only members that hold names are looked at. */
static bool names_are_done(const struct nw_plan *p, const struct nw_plan_item *item,
                           const uint8_t *done)
{
    for (const struct member *m = kinds[item->kind].member; m->name; m++) {
        const struct nw_json_value *v = nw_json_member(item->at, m->name);
        if (!v)
            continue;
        if (m->type == NAME && !done[nw_plan_find(p, v->text)])
            return false;
        if (m->type == NAMES)
            for (v = v->first; v; v = v->next)
                if (!done[nw_plan_find(p, v->text)])
                    return false;
    }
    return true; /* pairs name landmarks, which name nothing */
}

/* Adds what the marked items name; true when there was more. */
static bool mark_named(const struct nw_plan *p, uint8_t *needed)
{
    bool more = false;
    for (size_t i = 0; i < p->count; i++)
        for (const struct member *m = kinds[p->item[i].kind].member; needed[i] && m->name;
             m++) {
            const struct nw_json_value *v = nw_json_member(p->item[i].at, m->name);
            if (!v || (m->type != NAME && m->type != NAMES && m->type != PAIRS))
                continue;
            for (const struct nw_json_value *x = m->type == NAME ? v : v->first; x;
                 x = m->type == NAME ? NULL : x->next)
                for (const struct nw_json_value *y = m->type == PAIRS ? x->first : x; y;
                     y = m->type == PAIRS ? y->next : NULL) {
                    uint8_t *mark = &needed[nw_plan_find(p, y->text)];
                    more = more || !*mark;
                    *mark = 1;
                }
        }
    return more;
}

void nw_plan_mark_needed(const struct nw_plan *plan, size_t item, uint8_t *needed)
{
    needed[item] = 1;
    while (mark_named(plan, needed)) {
    }
}

static bool put_in_order(struct nw_plan *p, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *done = NW_ALLOC(uint8_t, p->count + 1, err);
    if (!done)
        return false;
    /* pairs of landmarks come first of all */
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->item[i].kind == NW_PLAN_LANDMARK) {
            done[i] = 1;
            p->order[n++] = i;
        }
    for (bool more = true; more && n < p->count;) {
        more = false;
        for (size_t i = 0; i < p->count; i++)
            if (!done[i] && names_are_done(p, &p->item[i], done)) {
                done[i] = 1;
                p->order[n++] = i;
                more = true;
            }
    }
    for (size_t i = 0; n < p->count && i < p->count; i++)
        if (!done[i])
            return nw_json_fail(p->item[i].at, err,
                                "this item needs itself, by way of what it names");
    return true;
}

static bool read_document(struct nw_plan *p, struct nw_err *err)
{
    static const char *const known[] = {"nuwa", "title", "about", "items", NULL};
    enum { MOST_ITEMS = 200 };
    const char *version;
    if (!nw_json_check_keys(p->doc, known, err))
        return false;
    const struct nw_json_value *nuwa = nw_json_member(p->doc, "nuwa"),
                               *items = nw_json_member(p->doc, "items");
    if (!nuwa)
        return nw_json_fail(p->doc, err, "\"%s\" is missing", "nuwa");
    if (!nw_json_take_text(nuwa, &version, err))
        return false;
    if (strcmp(version, "plan 1") != 0)
        return nw_json_fail(nuwa, err, "this should be \"plan 1\", not \"%.40s\"", version);
    if (!items)
        return nw_json_fail(p->doc, err, "\"%s\" is missing", "items");
    if (items->kind != NW_JSON_OBJECT)
        return nw_json_fail(items, err, "an object in braces should stand here");
    if (items->count > MOST_ITEMS)
        return nw_json_fail(items, err, "a plan has at most %d items", MOST_ITEMS);
    p->item = nw_arena_alloc(&p->arena, (items->count + 1) * sizeof *p->item, err);
    p->order =
        p->item ? nw_arena_alloc(&p->arena, (items->count + 1) * sizeof *p->order, err) : NULL;
    if (!p->order)
        return false;
    for (const struct nw_json_value *v = items->first; v; v = v->next)
        if (!read_item(p, v, err))
            return false;
    for (size_t i = 0; i < p->count; i++)
        if (!check_item(p, &p->item[i], err))
            return false;
    return put_in_order(p, err);
}

struct nw_plan *nw_plan_parse(const char *text, size_t len, struct nw_err *err)
{
    struct nw_plan *p = NW_ALLOC(struct nw_plan, 1, err);
    if (!p)
        return NULL;
    p->doc = nw_json_parse(&p->arena, text, len, err);
    if (p->doc && read_document(p, err))
        return p;
    nw_plan_free(p);
    return NULL;
}

void nw_plan_free(struct nw_plan *plan)
{
    if (plan)
        nw_arena_release(&plan->arena);
    nw_free(plan);
}

/* ---- schema ---- */

static json_t *member_schema(const struct member *m)
{
    switch (m->type) {
    case NUMBER:
        return json_pack("{s:s, s:f, s:f}", "type", "number", "minimum", m->min, "maximum",
                         m->max);
    case VECTOR:
        return json_pack("{s:s, s:{s:s}, s:i, s:i}", "type", "array", "items", "type", "number",
                         "minItems", 3, "maxItems", 3);
    case NAMES:
        return json_pack("{s:s, s:{s:s}, s:i, s:i}", "type", "array", "items", "type", "string",
                         "minItems", (int)m->min, "maxItems", (int)m->max);
    case PAIRS:
        return json_pack("{s:s, s:{s:s, s:{s:s}, s:i, s:i}, s:i}", "type", "array", "items",
                         "type", "array", "items", "type", "string", "minItems", 2, "maxItems",
                         2, "minItems", (int)m->min);
    case FILE_REF:
        return json_pack("{s:s, s:[s], s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{}}}", "type",
                         "object", "required", "path", "properties", "path", "type", "string",
                         "sha256", "type", "string", "unit", "type", "string", "axes", "type",
                         "string", "about");
    case WORD: {
        json_t *list = json_array();
        for (size_t i = 0; list && m->choice[i]; i++)
            (void)json_array_append_new(list, json_string(m->choice[i]));
        return json_pack("{s:o}", "enum", list);
    }
    case NAME:
    case DIGEST:
    case TEXT:
        return json_pack("{s:s}", "type", "string");
    }
    NW_UNREACHABLE();
}

/* The names of what may stand here, as x-sorts. */
static json_t *sorts_schema(unsigned sorts)
{
    static const char *const names[] = {"part", "place", "plane",  "axis",  "motion",
                                        "scan", "cut",   "result", "region"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (list && (sorts & 1u << i) != 0)
            (void)json_array_append_new(list, json_string(names[i]));
    return list;
}

/* What a member stands for in a form, as the design document's schema says it. */
static const char *meaning(const struct member *m)
{
    const size_t len = strlen(m->name);
    const bool mm = len > 3 && strcmp(m->name + len - 3, "_mm") == 0,
               deg = len > 4 && strcmp(m->name + len - 4, "_deg") == 0;
    switch (m->type) {
    case NUMBER:
        return mm ? "length" : deg ? "angle" : "number";
    case VECTOR:
        return mm ? "point" : "direction";
    case NAME:
        return "part";
    case NAMES:
        return "parts";
    case PAIRS:
        return "pairs";
    case FILE_REF:
        return "file";
    case WORD:
        return "choice";
    case DIGEST:
    case TEXT:
        return "text";
    }
    NW_UNREACHABLE();
}

static void add_words(json_t *to, const struct nw_plan_words *words)
{
    if (!words)
        return;
    (void)json_object_set_new(to, "description", json_string(words->en));
    (void)json_object_set_new(to, "x-zh", json_string(words->zh));
}

static json_t *whole_member(const struct kind *k, const struct member *m)
{
    json_t *schema = member_schema(m);
    add_words(schema, nw_plan_words_of(k->name, m->name));
    (void)json_object_set_new(schema, "x-what", json_string(meaning(m)));
    if (m->sorts != 0)
        (void)json_object_set_new(schema, "x-sorts", sorts_schema(m->sorts));
    return schema;
}

static json_t *kind_schema(const struct kind *k)
{
    json_t *members = json_pack("{s:{s:s}, s:{}}", "kind", "const", k->name, "about"),
           *required = json_pack("[s]", "kind");
    for (const struct member *m = k->member; members && required && m->name; m++) {
        (void)json_object_set_new(members, m->name, whole_member(k, m));
        if (m->required)
            (void)json_array_append_new(required, json_string(m->name));
    }
    json_t *schema = json_pack("{s:s, s:o, s:o, s:b, s:o}", "type", "object", "properties",
                               members, "required", required, "additionalProperties", 0,
                               "x-sorts", sorts_schema(k->sort));
    add_words(schema, nw_plan_words_of(k->name, NULL));
    return schema;
}

json_t *nw_plan_schema(struct nw_err *err)
{
    json_t *list = json_array();
    for (int k = 0; list && k < NW_PLAN_KINDS; k++)
        (void)json_array_append_new(list, kind_schema(&kinds[k]));
    json_t *schema = json_pack(
        "{s:s, s:s, s:s, s:[s, s], s:{s:{s:s}, s:{s:s}, s:{}, s:{s:s, s:{s:o}}}, s:b}",
        "$schema", "https://json-schema.org/draft/2020-12/schema", "title", "plan of nuwa",
        "type", "object", "required", "nuwa", "items", "properties", "nuwa", "const", "plan 1",
        "title", "type", "string", "about", "items", "type", "object", "additionalProperties",
        "oneOf", list, "additionalProperties", 0);
    if (!schema)
        nw_fail(err, NW_ERR_MEMORY, "no memory for the schema");
    return schema;
}
