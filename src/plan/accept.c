/* plan/accept.c -- a registration's digest, put into the document's text; see plan.h. */
#include <stdlib.h>
#include <string.h>

#include "plan/plan_priv.h"

/* A place of the text that is replaced; `put` is in the arena. */
struct edit {
    size_t begin, end;
    const char *put;
};

/* The text as JSON writes it, in quotes. */
static const char *quoted(struct nw_arena *arena, const char *text, struct nw_err *err)
{
    json_t *value = json_string(text);
    char *dump = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    const char *out = dump ? nw_arena_text(arena, dump, err) : NULL;
    if (!dump)
        nw_fail(err, NW_ERR_MEMORY, "no memory for the document");
    free(dump); /* allowed: jansson's own allocation */
    return out;
}

/* The member's value, or a new member behind the last one, spaced as that one is. */
static bool edit_member(struct nw_plan *plan, const char *text,
                        const struct nw_json_value *item, const char *key, const char *value,
                        struct edit *out, struct nw_err *err)
{
    const struct nw_json_value *old = nw_json_member(item, key), *last = item->first;
    const char *json = quoted(&plan->arena, value, err);
    if (!json)
        return false;
    if (old) {
        *out = (struct edit){old->begin, old->end, json};
        return true;
    }
    while (last->next)
        last = last->next;
    size_t space = last->key_at;
    while (space > 0 && strchr(" \t\r\n", text[space - 1]))
        space--;
    const int width = (int)(last->key_at - space);
    *out =
        (struct edit){last->end, last->end,
                      nw_arena_printf(&plan->arena, err, ",%.*s\"%s\": %s", width ? width : 1,
                                      width ? text + space : " ", key, json)};
    return out->put != NULL;
}

/* Edits are in any order and do not overlap; of two at one place the first comes first. */
static char *edited(const char *text, size_t len, struct edit *edit, size_t count,
                    struct nw_err *err)
{
    size_t more = 1;
    for (size_t i = 0; i < count; i++)
        more += strlen(edit[i].put);
    if (count == 2 && edit[1].begin < edit[0].begin) {
        const struct edit first = edit[1];
        edit[1] = edit[0];
        edit[0] = first;
    }
    char *out = nw_alloc(len + more, 1, err);
    size_t at = 0, from = 0;
    for (size_t i = 0; out && i < count; i++) {
        const size_t n = strlen(edit[i].put);
        memcpy(out + at, text + from, edit[i].begin - from);
        at += edit[i].begin - from;
        memcpy(out + at, edit[i].put, n);
        at += n;
        from = edit[i].end;
    }
    if (out)
        memcpy(out + at, text + from, len - from);
    return out;
}

static char *accept(struct nw_plan *plan, const char *text, size_t len, size_t i,
                    const char *by, const char *digest, struct nw_err *err)
{
    const struct nw_json_value *item = plan->item[i].at;
    struct edit edit[2];
    const size_t count = by ? 2 : 1;
    if (!edit_member(plan, text, item, "accepted", digest, &edit[0], err) ||
        (by && !edit_member(plan, text, item, "accepted_by", by, &edit[1], err)))
        return NULL;
    return edited(text, len, edit, count, err);
}

char *nw_plan_accept(const char *text, size_t len, const char *name, const char *by,
                     const struct nw_plan_files *files, json_t **result, struct nw_err *err)
{
    struct nw_plan *plan = nw_plan_parse(text, len, err);
    char *out = NULL;
    json_t *made = NULL;
    if (!plan)
        return NULL;
    const size_t i = nw_plan_find(plan, name);
    const struct nw_json_value *old =
        i < plan->count ? nw_json_member(plan->item[i].at, "accepted_by") : NULL;
    if (i == plan->count ||
        (plan->item[i].kind != NW_PLAN_REGISTER && plan->item[i].kind != NW_PLAN_REDUCTION))
        nw_fail(err, NW_ERR_ARGUMENT, "there is no registration \"%.60s\"", name);
    else if (by && !*by)
        nw_fail(err, NW_ERR_ARGUMENT, "who accepts the registration has no name");
    else if (old && !by)
        nw_fail(err, NW_ERR_ARGUMENT,
                "somebody accepted this registration before: say who does now, with --by");
    else if (nw_plan_evaluate_anew(plan, i, files, &made, err)) {
        const char *digest =
            json_string_value(json_object_get(json_object_get(made, name), "digest"));
        out = accept(plan, text, len, i, by, digest, err);
    }
    nw_plan_free(plan);
    if (out)
        *result = made;
    else
        json_decref(made);
    return out;
}
