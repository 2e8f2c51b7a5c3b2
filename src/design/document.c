/* design/document.c -- from JSON text to parts in order: see design.h. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "design/kinds_priv.h"

enum { PARTS_MAX = 4096, TEXT_MAX = 4096, LIST_MAX = 4096 };
static const double POINT_MAX_MM = 2000; /* from the scanner's origin: beyond is no patient */

struct reading {
    struct nw_design *design;
    const struct nw_json_value *parts; /* the document's "parts" */
    struct nw_err *err;
};

static void *room(struct reading *r, size_t count, size_t size)
{
    return nw_arena_alloc(&r->design->arena, count > 0 ? count * size : 1, r->err);
}

/* ---- one value ---- */

static bool take_part(struct reading *r, const struct nw_json_value *at, size_t *out)
{
    const char *name;
    if (!nw_json_take_text(at, &name, r->err))
        return false;
    const struct nw_json_value *part = nw_json_member(r->parts, name);
    if (!part)
        return nw_json_fail(at, r->err, "no part is named '%.60s'", name);
    *out = part->index;
    return true;
}

static bool take_number(struct reading *r, const struct nw_member *m,
                        const struct nw_json_value *at, double *out)
{
    return nw_json_take_number(at, m->min, m->max, out, r->err);
}

static bool take_point(struct reading *r, const struct nw_json_value *at, nw_vec3 *out)
{
    if (!nw_json_take_vec3(at, out, r->err))
        return false;
    const double far = fmax(fabs(out->x), fmax(fabs(out->y), fabs(out->z)));
    return far <= POINT_MAX_MM ||
           nw_json_fail(at, r->err, "is %.0f mm from the origin; up to %.0f mm is possible",
                        far, POINT_MAX_MM);
}

static bool take_direction(struct reading *r, const struct nw_json_value *at, nw_vec3 *out)
{
    if (!nw_json_take_vec3(at, out, r->err))
        return false;
    const double length = nw_length(*out);
    if (!(length > 1e-9) || !(length < 1e9))
        return nw_json_fail(at, r->err,
                            "must be a direction: three numbers that are not all 0");
    *out = nw_unit(*out);
    return true;
}

static bool take_choice(struct reading *r, const struct nw_member *m,
                        const struct nw_json_value *at, double *out)
{
    const char *word;
    char list[200] = "";
    if (!nw_json_take_text(at, &word, r->err))
        return false;
    for (size_t i = 0; m->choices[i]; i++) {
        if (strcmp(word, m->choices[i]) == 0) {
            *out = (double)i;
            return true;
        }
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", m->choices[i]);
    }
    return nw_json_fail(at, r->err, "is '%.60s'; it can be: %s", word, list);
}

static bool is_list(struct reading *r, const struct nw_member *m,
                    const struct nw_json_value *at, size_t least)
{
    if (m->min > (double)least)
        least = (size_t)m->min;
    if (at->kind != NW_JSON_LIST)
        return nw_json_fail(at, r->err, "must be a list");
    if (at->count < least)
        return nw_json_fail(at, r->err, "has %zu items; at least %zu are needed", at->count,
                            least);
    return at->count <= LIST_MAX ||
           nw_json_fail(at, r->err, "has %zu items; up to %d are possible", at->count,
                        LIST_MAX);
}

static bool take_parts(struct reading *r, const struct nw_member *m,
                       const struct nw_json_value *at, struct nw_slot *slot)
{
    if (!is_list(r, m, at, 1))
        return false;
    slot->part = room(r, at->count, sizeof *slot->part);
    slot->count = at->count;
    size_t i = 0;
    for (const struct nw_json_value *v = at->first; slot->part && v; v = v->next, i++)
        if (!take_part(r, v, &slot->part[i]))
            return false;
    return slot->part != NULL;
}

static bool take_points(struct reading *r, const struct nw_member *m,
                        const struct nw_json_value *at, struct nw_slot *slot)
{
    if (!is_list(r, m, at, 1))
        return false;
    slot->point = room(r, at->count, sizeof *slot->point);
    slot->count = at->count;
    size_t i = 0;
    for (const struct nw_json_value *v = at->first; slot->point && v; v = v->next, i++)
        if (!take_point(r, v, &slot->point[i]))
            return false;
    return slot->point != NULL;
}

static bool take_outline(struct reading *r, const struct nw_member *m,
                         const struct nw_json_value *at, struct nw_slot *slot)
{
    if (!is_list(r, m, at, 3))
        return false;
    slot->outline = room(r, at->count, sizeof *slot->outline);
    slot->count = at->count;
    size_t i = 0;
    for (const struct nw_json_value *v = at->first; slot->outline && v; v = v->next, i++) {
        if (v->kind != NW_JSON_LIST || v->count != 2)
            return nw_json_fail(v, r->err, "must be two numbers in mm");
        if (!nw_json_take_number(v->first, -POINT_MAX_MM, POINT_MAX_MM, &slot->outline[i][0],
                                 r->err) ||
            !nw_json_take_number(v->first->next, -POINT_MAX_MM, POINT_MAX_MM,
                                 &slot->outline[i][1], r->err))
            return false;
    }
    return slot->outline != NULL;
}

static bool read_members(struct reading *r, const struct nw_json_value *object,
                         const struct nw_member *members, const char *also,
                         struct nw_slot *slot);

static size_t member_count(const struct nw_member *members)
{
    size_t count = 0;
    while (members[count].name)
        count++;
    return count;
}

static bool take_items(struct reading *r, const struct nw_member *m,
                       const struct nw_json_value *at, struct nw_slot *slot)
{
    if (!is_list(r, m, at, 0))
        return false;
    const size_t wide = member_count(m->items);
    slot->item = room(r, at->count * wide, sizeof *slot->item);
    slot->count = at->count;
    size_t i = 0;
    for (const struct nw_json_value *v = at->first; slot->item && v; v = v->next, i++)
        if (!read_members(r, v, m->items, NULL, &slot->item[i * wide]))
            return false;
    return slot->item != NULL;
}

static bool take(struct reading *r, const struct nw_member *m, const struct nw_json_value *at,
                 struct nw_slot *slot)
{
    slot->at = at;
    switch (m->type) {
    case NW_LENGTH_MEMBER:
    case NW_ANGLE_MEMBER:
    case NW_NUMBER_MEMBER:
        return take_number(r, m, at, &slot->number);
    case NW_POINT_MEMBER:
        return take_point(r, at, &slot->vec);
    case NW_DIRECTION_MEMBER:
        return take_direction(r, at, &slot->vec);
    case NW_TEXT_MEMBER:
        return nw_json_take_text(at, &slot->text, r->err) &&
               ((slot->text[0] != '\0' && strlen(slot->text) < TEXT_MAX) ||
                nw_json_fail(at, r->err, "must be a text of 1 to %d bytes", TEXT_MAX - 1));
    case NW_CHOICE_MEMBER:
        return take_choice(r, m, at, &slot->number);
    case NW_FILE_MEMBER:
        return nw_json_take_file(at, &slot->file, r->err);
    case NW_PART_MEMBER:
        slot->part = room(r, 1, sizeof *slot->part);
        slot->count = 1;
        return slot->part && take_part(r, at, slot->part);
    case NW_PARTS_MEMBER:
        return take_parts(r, m, at, slot);
    case NW_POINTS_MEMBER:
        return take_points(r, m, at, slot);
    case NW_OUTLINE_MEMBER:
        return take_outline(r, m, at, slot);
    case NW_ITEMS_MEMBER:
        return take_items(r, m, at, slot);
    }
    NW_UNREACHABLE();
}

/* ---- one object by its table ---- */

/* "radius_cm" where "radius_mm" is known: the same word in another unit. */
static bool is_other_unit(const char *given, const char *known)
{
    const char *a = strrchr(given, '_'), *b = strrchr(known, '_');
    return a && b && a - given == b - known && strncmp(given, known, (size_t)(b - known)) == 0;
}

static bool refuse_key(struct reading *r, const struct nw_json_value *v,
                       const struct nw_member *members)
{
    char list[300] = "";
    for (const struct nw_member *m = members; m->name; m++) {
        if (is_other_unit(v->key, m->name))
            return nw_json_fail(v, r->err, "is in another unit; it is given as \"%s\"",
                                m->name);
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", m > members ? ", " : "", m->name);
    }
    return nw_json_fail(v, r->err, "is not known here; what is known: %s", list);
}

/* `also` names one more member, which the caller reads; NULL: none. */
static bool read_members(struct reading *r, const struct nw_json_value *object,
                         const struct nw_member *members, const char *also,
                         struct nw_slot *slot)
{
    if (object->kind != NW_JSON_OBJECT)
        return nw_json_fail(object, r->err, "must be an object");
    for (const struct nw_json_value *v = object->first; v; v = v->next) {
        const struct nw_member *m = members;
        while (m->name && strcmp(m->name, v->key) != 0)
            m++;
        if (!m->name && ((also && strcmp(also, v->key) == 0) || strcmp(v->key, "about") == 0))
            continue;
        if (!m->name)
            return refuse_key(r, v, members);
        if (!take(r, m, v, &slot[m - members]))
            return false;
    }
    for (const struct nw_member *m = members; m->name; m++) {
        struct nw_slot *s = &slot[m - members];
        if (m->required && !s->at)
            return nw_json_fail(object, r->err, "\"%s\" is missing", m->name);
        if (!s->at)
            s->number = m->preset;
    }
    return true;
}

static bool read_part(struct reading *r, const struct nw_json_value *at,
                      struct nw_design_part *part)
{
    const char *word;
    if (at->kind != NW_JSON_OBJECT)
        return nw_json_fail(at, r->err, "must be an object with a \"kind\"");
    const struct nw_json_value *kind = nw_json_member(at, "kind");
    if (!kind)
        return nw_json_fail(at, r->err, "\"kind\" is missing");
    if (!nw_json_take_text(kind, &word, r->err))
        return false;
    size_t k = 0;
    while (nw_kinds[k] && strcmp(nw_kinds[k]->name, word) != 0)
        k++;
    if (!nw_kinds[k])
        return nw_json_fail(
            kind, r->err, "no kind is named '%.60s'; `nuwa design --schema` lists them", word);
    part->name = at->key;
    part->at = at;
    part->kind = nw_kinds[k];
    part->slot = room(r, member_count(part->kind->members), sizeof *part->slot);
    return part->slot && read_members(r, at, part->kind->members, "kind", part->slot);
}

/* ---- the order ---- */

enum mark { UNSEEN, OPEN, CLOSED };

struct sorting {
    struct reading *r;
    enum mark *mark;
    size_t count;
};

static bool visit(struct sorting *s, size_t part, int depth);

static bool visit_slots(struct sorting *s, const struct nw_member *members,
                        const struct nw_slot *slot, int depth)
{
    for (size_t i = 0; members[i].name; i++) {
        if (members[i].type == NW_ITEMS_MEMBER) {
            const size_t wide = member_count(members[i].items);
            for (size_t k = 0; k < slot[i].count; k++)
                if (!visit_slots(s, members[i].items, &slot[i].item[k * wide], depth))
                    return false;
        }
        for (size_t k = 0; slot[i].part && k < slot[i].count; k++) {
            if (s->mark[slot[i].part[k]] == OPEN)
                return nw_json_fail(slot[i].at, s->r->err,
                                    "leads in a circle: '%.60s' is made from itself",
                                    s->r->design->part[slot[i].part[k]].name);
            if (!visit(s, slot[i].part[k], depth))
                return false;
        }
    }
    return true;
}

static bool visit(struct sorting *s, size_t part, int depth)
{
    struct nw_design *d = s->r->design;
    if (s->mark[part] == CLOSED)
        return true;
    if (depth > 500)
        return nw_json_fail(d->part[part].at, s->r->err, "is more than 500 parts deep");
    s->mark[part] = OPEN;
    if (!visit_slots(s, d->part[part].kind->members, d->part[part].slot, depth + 1))
        return false;
    s->mark[part] = CLOSED;
    d->order[s->count++] = part;
    return true;
}

static bool sort_parts(struct reading *r)
{
    struct nw_design *d = r->design;
    NW_AUTOFREE enum mark *mark = NW_ALLOC(enum mark, d->part_count, r->err);
    struct sorting s = {.r = r, .mark = mark};
    d->order = room(r, d->part_count, sizeof *d->order);
    if (!mark || !d->order)
        return false;
    for (size_t p = 0; p < d->part_count; p++)
        if (!visit(&s, p, 0))
            return false;
    return true;
}

/* ---- the whole ---- */

static const struct nw_member make_members[] = {
    {.name = "part",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "要生成的部件",
     .en = "the part to make"},
    {.name = "cell_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.15,
     .min = 0.02,
     .max = 10,
     .zh = "曲面网格的边长",
     .en = "edge of the surface's grid"},
    {.name = "tolerance_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.01,
     .min = 0,
     .max = 1,
     .zh = "合并三角形时允许的偏差，0 为不合并",
     .en = "how far merging triangles may move the surface; 0: none are merged"},
    {.name = "colour",
     .type = NW_TEXT_MEMBER,
     .zh = "颜色，如 \"#d0c8a0\"",
     .en = "a colour such as \"#d0c8a0\""},
    {0},
};
const struct nw_member *const nw_make_members = make_members;

static const struct nw_member shown_members[] = {
    {.name = "part",
     .type = NW_PART_MEMBER,
     .required = true,
     .zh = "图中一并显示的部件",
     .en = "the part to show beside"},
    {.name = "cell_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.5,
     .min = 0.05,
     .max = 10,
     .zh = "其曲面网格的边长（文件和影像中的曲面原样显示）",
     .en = "edge of its surface's grid; surfaces of files and scans are shown as they are"},
    {.name = "colour",
     .type = NW_TEXT_MEMBER,
     .zh = "颜色，如 \"#d0c8a0\"",
     .en = "a colour such as \"#d0c8a0\""},
    {0},
};

static const struct nw_member show_members[] = {
    {.name = "from",
     .type = NW_DIRECTION_MEMBER,
     .zh = "观看者所在的方向（LPS）",
     .en = "where who looks stands (LPS); obliquely from the left, front and above when not "
           "given"},
    {.name = "margin_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 15,
     .min = 0,
     .max = 1000,
     .zh = "所生成部件四周显示的宽度",
     .en = "what is seen around what is made"},
    {.name = "parts",
     .type = NW_ITEMS_MEMBER,
     .items = shown_members,
     .zh = "一并显示而不生成的部件，如骨",
     .en = "parts that are shown and not made, such as the bone"},
    {0},
};
const struct nw_member *const nw_show_members = show_members;

static bool read_colour(struct reading *r, const struct nw_slot *slot, uint8_t rgba[4])
{
    static const uint8_t bone[4] = {224, 214, 186, 255};
    memcpy(rgba, bone, 4);
    if (!slot->at)
        return true;
    if (strlen(slot->text) != 7 || slot->text[0] != '#' ||
        strspn(slot->text + 1, "0123456789abcdefABCDEF") != 6)
        return nw_json_fail(slot->at, r->err, "must be a colour such as \"#d0c8a0\"");
    for (size_t c = 0; c < 3; c++) {
        unsigned value = 0;
        for (size_t i = 1 + 2 * c; i < 3 + 2 * c; i++) {
            const char h = slot->text[i];
            value = value * 16 + (unsigned)(h <= '9' ? h - '0' : (h | 32) - 'a' + 10);
        }
        rgba[c] = (uint8_t)value;
    }
    return true;
}

static bool read_output(struct reading *r, const struct nw_json_value *at, size_t i)
{
    struct nw_slot slot[4] = {0};
    struct nw_design_output *out = &r->design->output[i];
    if (!read_members(r, at, make_members, NULL, slot) || !read_colour(r, &slot[3], out->rgba))
        return false;
    assert(slot[0].part); /* "part" is required */
    const size_t part = slot[0].part[0];
    for (size_t k = 0; k < i; k++)
        if (r->design->output_part[k] == part)
            return nw_json_fail(slot[0].at, r->err, "is made twice");
    r->design->output_part[i] = part;
    out->name = r->design->part[part].name;
    out->cell_mm = slot[1].number;
    out->tolerance_mm = slot[2].number;
    return true;
}

static bool read_outputs(struct reading *r, const struct nw_json_value *root)
{
    struct nw_design *d = r->design;
    const struct nw_json_value *make = nw_json_member(root, "make");
    if (!make)
        return nw_json_fail(root, r->err, "\"make\" is missing: the list of parts to make");
    if (make->kind != NW_JSON_LIST || make->count < 1 || make->count > 256)
        return nw_json_fail(make, r->err, "must be a list of 1 to 256 objects");
    d->output = room(r, make->count, sizeof *d->output);
    d->output_part = room(r, make->count, sizeof *d->output_part);
    size_t i = 0;
    for (const struct nw_json_value *v = make->first; d->output && d->output_part && v;
         v = v->next, i++)
        if (!read_output(r, v, i))
            return false;
    d->output_count = make->count;
    return d->output && d->output_part;
}

static bool read_scene(struct reading *r, const struct nw_json_value *root)
{
    enum { WIDE = sizeof shown_members / sizeof *shown_members - 1 };
    struct nw_design *d = r->design;
    struct nw_slot slot[3] = {0};
    const struct nw_json_value *show = nw_json_member(root, "show");
    d->scene.margin_mm = show_members[1].preset;
    if (!show)
        return true;
    if (!read_members(r, show, show_members, NULL, slot))
        return false;
    const size_t count = slot[2].count;
    d->scene = (struct nw_design_scene){slot[0].vec, slot[1].number, count};
    d->shown = room(r, count, sizeof *d->shown);
    d->shown_part = room(r, count, sizeof *d->shown_part);
    for (size_t i = 0; d->shown && d->shown_part && i < count; i++) {
        const struct nw_slot *s = &slot[2].item[i * WIDE];
        d->shown_part[i] = s[0].part[0];
        d->shown[i].name = d->part[s[0].part[0]].name;
        d->shown[i].cell_mm = s[1].number;
        if (!read_colour(r, &s[2], d->shown[i].rgba))
            return false;
    }
    return d->shown && d->shown_part;
}

static bool read_head(struct reading *r, const struct nw_json_value *root)
{
    static const char *const known[] = {"nuwa", "title", "about", "parts",
                                        "make", "show",  NULL};
    const char *format;
    if (root->kind != NW_JSON_OBJECT)
        return nw_json_fail(root, r->err, "a design document is an object");
    const struct nw_json_value *nuwa = nw_json_member(root, "nuwa");
    if (!nuwa)
        return nw_json_fail(root, r->err, "\"nuwa\": \"design 1\" is missing");
    if (!nw_json_take_text(nuwa, &format, r->err))
        return false;
    if (strcmp(format, "design 1") != 0)
        return nw_json_fail(nuwa, r->err, "is '%.40s'; this program reads \"design 1\"",
                            format);
    const struct nw_json_value *title = nw_json_member(root, "title");
    r->design->title = "";
    return nw_json_check_keys(root, known, r->err) &&
           (!title || nw_json_take_text(title, &r->design->title, r->err));
}

static bool read_parts(struct reading *r, const struct nw_json_value *root)
{
    struct nw_design *d = r->design;
    r->parts = nw_json_member(root, "parts");
    if (!r->parts)
        return nw_json_fail(root, r->err, "\"parts\" is missing");
    if (r->parts->kind != NW_JSON_OBJECT || r->parts->count < 1 || r->parts->count > PARTS_MAX)
        return nw_json_fail(r->parts, r->err, "must be an object of 1 to %d parts", PARTS_MAX);
    d->part_count = r->parts->count;
    d->part = room(r, d->part_count, sizeof *d->part);
    for (const struct nw_json_value *v = r->parts->first; d->part && v; v = v->next)
        if (!read_part(r, v, &d->part[v->index]))
            return false;
    return d->part && sort_parts(r);
}

struct nw_design *nw_design_parse(const char *text, size_t len, struct nw_err *err)
{
    struct nw_design *d = NW_ALLOC(struct nw_design, 1, err);
    if (!d)
        return NULL;
    struct reading r = {.design = d, .err = err};
    const struct nw_json_value *root = nw_json_parse(&d->arena, text, len, err);
    if (root && read_head(&r, root) && read_parts(&r, root) && read_outputs(&r, root) &&
        read_scene(&r, root))
        return d;
    nw_design_free(d);
    return NULL;
}

void nw_design_free(struct nw_design *design)
{
    if (!design)
        return;
    nw_arena_release(&design->arena);
    nw_free(design);
}

const char *nw_design_title(const struct nw_design *design)
{
    return design->title;
}

size_t nw_design_output_count(const struct nw_design *design)
{
    return design->output_count;
}

struct nw_design_output nw_design_output(const struct nw_design *design, size_t at)
{
    return design->output[at];
}

struct nw_design_scene nw_design_scene(const struct nw_design *design)
{
    return design->scene;
}

struct nw_design_output nw_design_shown(const struct nw_design *design, size_t at)
{
    return design->shown[at];
}
