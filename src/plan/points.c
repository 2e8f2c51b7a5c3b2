/* plan/points.c -- see points.h. */
#include "plan/points.h"

#include <string.h>

#include "core/json.h"
#include "core/text.h"

static nw_vec3 turned(nw_vec3 p, bool from_ras)
{
    return from_ras ? nw_v3(-p.x, -p.y, p.z) : p;
}

static bool take_frame(const struct nw_json_value *v, bool *from_ras, struct nw_err *err)
{
    const char *name;
    if (!nw_json_take_text(v, &name, err))
        return false;
    *from_ras = strcmp(name, "RAS") == 0;
    return *from_ras || strcmp(name, "LPS") == 0 ||
           nw_json_fail(v, err, "a frame is \"LPS\" or \"RAS\", not \"%s\"", name);
}

static bool take_landmark(const struct nw_json_value *v, bool from_ras, struct nw_point *out,
                          struct nw_err *err)
{
    static const char *const known[] = {"at_mm", "sigma_mm", "about", NULL};
    *out = (struct nw_point){v->key, {{0, 0, 0}, (double)NAN}};
    const struct nw_json_value *at = v;
    if (v->kind == NW_JSON_OBJECT) {
        if (!nw_json_check_keys(v, known, err))
            return false;
        at = nw_json_member(v, "at_mm");
        if (!at)
            return nw_json_fail(v, err, "\"%s\" is missing", "at_mm");
        const struct nw_json_value *sigma = nw_json_member(v, "sigma_mm");
        if (sigma && !nw_json_take_number(sigma, 0, 100, &out->place.sigma_mm, err))
            return false;
    }
    nw_vec3 p;
    if (!nw_json_take_vec3(at, &p, err))
        return false;
    out->place.at_mm = turned(p, from_ras);
    return true;
}

static bool take_own(struct nw_arena *arena, const struct nw_json_value *doc,
                     const struct nw_json_value *list, struct nw_points *out,
                     struct nw_err *err)
{
    bool from_ras = false;
    const struct nw_json_value *frame = nw_json_member(doc, "frame");
    if (frame && !take_frame(frame, &from_ras, err))
        return false;
    if (list->kind != NW_JSON_OBJECT)
        return nw_json_fail(list, err, "an object in braces should stand here");
    out->item = nw_arena_alloc(arena, (list->count + 1) * sizeof *out->item, err);
    if (!out->item)
        return false;
    for (const struct nw_json_value *v = list->first; v; v = v->next)
        if (!take_landmark(v, from_ras, &out->item[out->count++], err))
            return false;
    return true;
}

static bool take_control(struct nw_arena *arena, const struct nw_json_value *v, bool from_ras,
                         size_t number, struct nw_point *out, struct nw_err *err)
{
    const struct nw_json_value *at = nw_json_member(v, "position"),
                               *label = nw_json_member(v, "label");
    if (!at)
        return nw_json_fail(v, err, "\"%s\" is missing", "position");
    nw_vec3 p;
    if (!nw_json_take_vec3(at, &p, err))
        return false;
    const char *name = label && label->kind == NW_JSON_TEXT && label->text[0]
                           ? label->text
                           : nw_arena_printf(arena, err, "%zu", number);
    *out = (struct nw_point){name, {turned(p, from_ras), (double)NAN}};
    return name != NULL;
}

static bool take_markups(struct nw_arena *arena, const struct nw_json_value *list,
                         struct nw_points *out, struct nw_err *err)
{
    size_t all = 0;
    for (const struct nw_json_value *m = list->first; m; m = m->next) {
        const struct nw_json_value *points = nw_json_member(m, "controlPoints");
        all += points ? points->count : 0;
    }
    out->item = nw_arena_alloc(arena, (all + 1) * sizeof *out->item, err);
    if (!out->item)
        return false;
    for (const struct nw_json_value *m = list->first; m; m = m->next) {
        bool from_ras = false;
        const struct nw_json_value *frame = nw_json_member(m, "coordinateSystem"),
                                   *points = nw_json_member(m, "controlPoints");
        if (!frame)
            return nw_json_fail(m, err, "\"%s\" is missing", "coordinateSystem");
        if (!take_frame(frame, &from_ras, err))
            return false;
        for (const struct nw_json_value *v = points ? points->first : NULL; v; v = v->next) {
            if (!take_control(arena, v, from_ras, out->count + 1, &out->item[out->count], err))
                return false;
            out->count++;
        }
    }
    return true;
}

bool nw_points_parse(struct nw_arena *arena, const char *text, size_t len,
                     struct nw_points *out, struct nw_err *err)
{
    const struct nw_json_value *doc = nw_json_parse(arena, text, len, err);
    if (!doc)
        return false;
    const struct nw_json_value *own = nw_json_member(doc, "landmarks"),
                               *markups = nw_json_member(doc, "markups");
    struct nw_points p = {0};
    if (!own && !markups)
        return nw_json_fail(doc, err, "neither \"landmarks\" nor \"markups\" stands here");
    if (!(own ? take_own(arena, doc, own, &p, err) : take_markups(arena, markups, &p, err)))
        return false;
    *out = p;
    return true;
}

bool nw_points_of_words(struct nw_arena *arena, const char *words, bool from_ras,
                        struct nw_points *out, struct nw_err *err)
{
    enum { MOST = 1000 };
    struct nw_points p = {nw_arena_alloc(arena, MOST * sizeof *p.item, err), 0};
    if (!p.item)
        return false;
    const char *s = words + strspn(words, " ;");
    while (*s) {
        double x[3];
        for (int k = 0; k < 3; k++) {
            const char *end = nw_number_parse(s, &x[k]);
            const bool more = end && *end == ',';
            if (!end || !isfinite(x[k]) || p.count == MOST || (k < 2 && !more) ||
                (k == 2 && *end && !strchr(" ;", *end)))
                return nw_fail(err, NW_ERR_ARGUMENT,
                               "places are written x,y,z in mm with blanks between them: "
                               "\"%.40s\" is none",
                               s);
            s = k < 2 ? end + 1 : end;
        }
        const char *name = nw_arena_printf(arena, err, "%zu", p.count + 1);
        if (!name)
            return false;
        p.item[p.count++] =
            (struct nw_point){name, {turned(nw_v3(x[0], x[1], x[2]), from_ras), (double)NAN}};
        s += strspn(s, " ;");
    }
    *out = p;
    return true;
}
