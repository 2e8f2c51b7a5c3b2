/* design/changes.c -- see changes.h. */
#include "design/changes.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"

enum { VALUE_BYTES = 64 << 10, PLACE_BYTES = 1024 };

struct walk {
    struct nw_design_changes *out;
    struct nw_err *err;
};

static bool put_text(struct nw_text *to, const char *s, struct nw_err *err)
{
    bool ok = nw_text_add(to, "\"", err);
    for (; ok && *s; s++) {
        const char plain[2] = {*s, 0};
        if ((unsigned char)*s < 0x20)
            ok = nw_text_addf(to, err, "\\u%04x", (unsigned)(unsigned char)*s);
        else
            ok = (*s != '"' && *s != '\\') || nw_text_add(to, "\\", err);
        ok = ok && ((unsigned char)*s < 0x20 || nw_text_add(to, plain, err));
    }
    return ok && nw_text_add(to, "\"", err);
}

/* The depth is the reader's: at most 64. */
static bool put_value(struct nw_text *to, const struct nw_json_value *v, struct nw_err *err)
{
    char number[NW_NUMBER_MAX];
    switch (v->kind) {
    case NW_JSON_NULL:
        return nw_text_add(to, "null", err);
    case NW_JSON_BOOL:
        return nw_text_add(to, v->truth ? "true" : "false", err);
    case NW_JSON_NUMBER:
        (void)nw_number_format(number, v->number);
        return nw_text_add(to, number, err);
    case NW_JSON_TEXT:
        return put_text(to, v->text, err);
    case NW_JSON_LIST:
    case NW_JSON_OBJECT:
        break;
    }
    const bool list = v->kind == NW_JSON_LIST;
    bool ok = nw_text_add(to, list ? "[" : "{", err);
    for (const struct nw_json_value *i = v->first; ok && i; i = i->next) {
        ok = list || (put_text(to, i->key, err) && nw_text_add(to, ": ", err));
        ok = ok && put_value(to, i, err) && (!i->next || nw_text_add(to, ", ", err));
    }
    return ok && nw_text_add(to, list ? "]" : "}", err);
}

/* On one line; what is very long ends with dots. NULL stays NULL. */
static bool keep_value(struct walk *w, const struct nw_json_value *v, const char **out)
{
    struct nw_text text;
    *out = NULL;
    if (!v)
        return true;
    nw_text_init(&text, VALUE_BYTES);
    bool ok = put_value(&text, v, w->err);
    if (!ok && w->err->code == NW_ERR_LIMIT) {
        *w->err = (struct nw_err){0};
        ok = true;
    }
    *out = ok ? nw_arena_textn(&w->out->arena, text.data, text.len, w->err) : NULL;
    nw_text_release(&text);
    return *out != NULL;
}

static bool add(struct walk *w, const char *place, const struct nw_json_value *a,
                const struct nw_json_value *b)
{
    struct nw_design_changes *o = w->out;
    struct nw_design_change c = {.place = nw_arena_text(&o->arena, place, w->err)};
    if (!c.place || !keep_value(w, a, &c.from) || !keep_value(w, b, &c.to) ||
        !nw_grow(&o->item, &o->room, o->count + 1, sizeof c, w->err))
        return false;
    o->item[o->count++] = c;
    return true;
}

static const char *name_of(const struct nw_json_value *item)
{
    const struct nw_json_value *name =
        item->kind == NW_JSON_OBJECT ? nw_json_member(item, "name") : NULL;
    return name && name->kind == NW_JSON_TEXT ? name->text : NULL;
}

static bool alike(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : !a && !b;
}

/* The value in `b` that stands for `item`: of that key, or of that name, or without one, and as
 * many of them before it. */
static const struct nw_json_value *partner(const struct nw_json_value *item,
                                           const struct nw_json_value *b)
{
    if (item->key)
        return nw_json_member(b, item->key);
    const char *name = name_of(item);
    size_t before = 0;
    for (const struct nw_json_value *i = item->parent->first; i != item; i = i->next)
        before += alike(name, name_of(i));
    for (const struct nw_json_value *i = b->first; i; i = i->next)
        if (alike(name, name_of(i)) && before-- == 0)
            return i;
    return NULL;
}

static void extend(char out[PLACE_BYTES], const char *place, const struct nw_json_value *item)
{
    const char *name = name_of(item);
    if (item->key)
        snprintf(out, PLACE_BYTES, "%s%s%s", place, *place ? "." : "", item->key);
    else if (name)
        snprintf(out, PLACE_BYTES, "%s[%s]", place, name);
    else
        snprintf(out, PLACE_BYTES, "%s[%zu]", place, item->index);
}

static bool is_numbers(const struct nw_json_value *v)
{
    for (const struct nw_json_value *i = v->first; i; i = i->next)
        if (i->kind != NW_JSON_NUMBER)
            return false;
    return v->kind == NW_JSON_LIST;
}

static bool same(const struct nw_json_value *a, const struct nw_json_value *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    switch (a->kind) {
    case NW_JSON_NULL:
        return true;
    case NW_JSON_BOOL:
        return a->truth == b->truth;
    case NW_JSON_NUMBER:
        return a->number >= b->number && a->number <= b->number;
    case NW_JSON_TEXT:
        return strcmp(a->text, b->text) == 0;
    case NW_JSON_LIST: /* of numbers: others are walked */
    case NW_JSON_OBJECT:
        break;
    }
    const struct nw_json_value *j = b->first;
    for (const struct nw_json_value *i = a->first; i; i = i->next, j = j->next)
        if (!same(i, j))
            return false;
    return true;
}

/* Points and lists of numbers are values; other lists and objects are walked. */
static bool walk(struct walk *w, const char *place, const struct nw_json_value *a,
                 const struct nw_json_value *b)
{
    char below[PLACE_BYTES];
    const bool nested = a->kind == NW_JSON_LIST || a->kind == NW_JSON_OBJECT;
    if (a->kind != b->kind || !nested || (is_numbers(a) && is_numbers(b)))
        return same(a, b) || add(w, place, a, b);
    for (const struct nw_json_value *i = a->first; i; i = i->next) {
        const struct nw_json_value *other = partner(i, b);
        extend(below, place, i);
        if (!(other ? walk(w, below, i, other) : add(w, below, i, NULL)))
            return false;
    }
    for (const struct nw_json_value *i = b->first; i; i = i->next) {
        extend(below, place, i);
        if (!partner(i, a) && !add(w, below, NULL, i))
            return false;
    }
    return true;
}

bool nw_design_changes(const char *a, size_t a_len, const char *b, size_t b_len,
                       struct nw_design_changes *out, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct walk w = {out, err};
    const struct nw_json_value *first = nw_json_parse(&arena, a, a_len, err), *second = NULL;
    bool ok = first || nw_fail_at(err, "the first");
    if (ok) {
        second = nw_json_parse(&arena, b, b_len, err);
        ok = second || nw_fail_at(err, "the second");
    }
    ok = ok && walk(&w, "", first, second);
    nw_arena_release(&arena);
    if (!ok)
        nw_design_changes_release(out);
    return ok;
}

void nw_design_changes_release(struct nw_design_changes *changes)
{
    nw_free(changes->item);
    nw_arena_release(&changes->arena);
    *changes = (struct nw_design_changes){0};
}
