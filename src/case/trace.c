/* case/trace.c -- see flow.h: what rests on what, forward and backward, and where a link is
 * missing. */
#include <string.h>

#include "case/flow_priv.h"

/* Takes `value`. */
static bool append(json_t *array, json_t *value)
{
    return value && json_array_append_new(array, value) == 0;
}

/* The version that an entry made; NULL: it made none (an event). Versions stand in the order of
 * their entries. */
static const struct nw_version *version_of(const struct nw_case *state, size_t entry)
{
    size_t from = 0, to = state->version_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (state->version[middle].entry_number < entry)
            from = middle + 1;
        else
            to = middle;
    }
    return from < state->version_count && state->version[from].entry_number == entry
               ? &state->version[from]
               : NULL;
}

static bool has(const json_t *numbers, json_int_t number)
{
    for (size_t i = 0; i < json_array_size(numbers); i++)
        if (json_integer_value(json_array_get(numbers, i)) == number)
            return true;
    return false;
}

/* `from` rests on the older entry `on`: both say so. */
static bool join(json_t *links, size_t from, json_int_t on)
{
    json_t *newer = json_array_get(links, from - 1);
    json_t *older =
        on > 0 && on < (json_int_t)from ? json_array_get(links, (size_t)on - 1) : NULL;
    json_t *rests = json_object_get(newer, "rests_on");
    if (!older || has(rests, on))
        return true;
    return append(rests, json_integer(on)) &&
           append(json_object_get(older, "carries"), json_integer((json_int_t)from));
}

/* Members of a form that name an older entry of the case. */
static bool join_named(const struct nw_case *state, json_t *links, size_t number)
{
    const json_t *entry = json_array_get(state->entries, number - 1);
    const json_t *form = json_object_get(entry, "form");
    const int act = nw_flow_act(state->flow, nw_member_text(entry, "act"));
    const json_t *fields =
        act < 0 ? NULL : json_object_get(state->flow->act[act].json, "fields");
    bool ok = true;
    for (size_t i = 0; ok && i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        if (strcmp(nw_member_text(field, "kind"), "entry") == 0)
            ok = join(links, number,
                      json_integer_value(json_object_get(form, nw_member_text(field, "name"))));
    }
    return ok;
}

static const char *standing(const struct nw_version *v)
{
    if (!v)
        return "event";
    return v->valid ? "valid" : !v->good ? "negative" : v->voided ? "void" : "stale";
}

static json_t *link_json(const struct nw_case *state, size_t number)
{
    const json_t *entry = json_array_get(state->entries, number - 1);
    const json_t *actor = json_object_get(entry, "actor");
    const int act = nw_flow_act(state->flow, nw_member_text(entry, "act"));
    const struct nw_version *v = version_of(state, number);
    const json_t *kind = act < 0 ? NULL : state->flow->act[act].json;
    char sha[NW_DIGEST_TEXT] = "";
    if (v)
        nw_digest_format(&v->sha256, sha);
    json_t *one = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:[]}", "entry",
        (json_int_t)number, "act", nw_member_text(entry, "act"), "zh",
        nw_member_text(kind, "zh"), "en", nw_member_text(kind, "en"), "clause",
        nw_member_text(kind, "clause"), "stage", nw_member_text(kind, "stage"), "time",
        nw_member_text(entry, "time"), "name", nw_member_text(actor, "name"), "role",
        nw_member_text(actor, "role"), "state", standing(v), "rests_on", "carries");
    if (one && (!v || nw_put(one, "sha256", json_string(sha))))
        return one;
    json_decref(one);
    return NULL;
}

static bool add_links(const struct nw_case *state, json_t *out)
{
    json_t *links = json_array();
    const size_t count = json_array_size(state->entries);
    bool ok = nw_put(out, "links", links);
    for (size_t i = 1; ok && i <= count; i++)
        ok = append(links, link_json(state, i));
    for (size_t i = 0; ok && i < state->version_count; i++) {
        const struct nw_version *v = &state->version[i];
        for (size_t k = 0; ok && k < v->rests.count; k++) {
            const size_t on = state->rest[v->rests.first + k].version;
            if (on == SIZE_MAX)
                ok = nw_put(json_array_get(links, v->entry_number - 1), "overridden",
                            json_true());
            else
                ok = join(links, v->entry_number, (json_int_t)state->version[on].entry_number);
        }
    }
    for (size_t i = 1; ok && i <= count; i++)
        ok = join_named(state, links, i);
    return ok;
}

static const char *gap(const struct nw_case *state, int item)
{
    const struct nw_version *newest = nw_item_newest(state, item);
    if (state->item[item].overridden)
        return "overridden";
    if (!newest)
        return "missing";
    return newest->good ? "stale" : "negative";
}

/* How far the case had come, whatever was made void since. */
static int furthest(const struct nw_case *state)
{
    int stage = state->stage;
    for (size_t i = 0; i < state->flow->item_count; i++)
        if (state->item[i].newest && state->flow->item[i].stage > stage)
            stage = state->flow->item[i].stage;
    return stage;
}

/* What the stages behind the case ask for and what does not stand: a stage that runs is behind
 * when a later one has begun. */
static bool add_gaps(const struct nw_case *state, json_t *out, size_t *gaps)
{
    const struct nw_flow *flow = state->flow;
    json_t *list = json_array();
    const int reached = furthest(state);
    bool ok = nw_put(out, "missing", list);
    for (int s = 0; ok && s < reached; s++)
        for (size_t i = 0; ok && i < flow->item_count; i++) {
            if (flow->item[i].stage != s || !nw_item_required(state, (int)i) ||
                state->item[i].valid > 0)
                continue;
            ok = append(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", flow->item[i].name,
                                        "zh", flow->item[i].zh, "en", flow->item[i].en, "stage",
                                        flow->stage[s].name, "state", gap(state, (int)i)));
        }
    *gaps = json_array_size(list);
    return ok;
}

json_t *nw_case_trace(const struct nw_case *state)
{
    size_t gaps = 0;
    json_t *out = json_object();
    if (out && add_links(state, out) && add_gaps(state, out, &gaps) &&
        nw_put(out, "whole", json_boolean(gaps == 0)))
        return out;
    json_decref(out);
    return NULL;
}

/* Follows `edges` of the links from one entry as far as they go; in the order of entries. */
static json_t *reach(const json_t *links, const char *edges, size_t from)
{
    const size_t count = json_array_size(links);
    const bool back = strcmp(edges, "rests_on") == 0;
    json_t *marks = json_array(), *list = json_array();
    bool ok = marks && list;
    for (size_t i = 0; ok && i < count; i++)
        ok = append(marks, json_boolean(i + 1 == from));
    /* edges lead to older entries or to newer ones: one pass in their direction finds all */
    for (size_t i = 0; ok && i < count; i++) {
        const size_t at = back ? count - 1 - i : i;
        const json_t *next = json_object_get(json_array_get(links, at), edges);
        if (!json_is_true(json_array_get(marks, at)))
            continue;
        for (size_t k = 0; ok && k < json_array_size(next); k++)
            ok = json_array_set_new(marks,
                                    (size_t)json_integer_value(json_array_get(next, k)) - 1,
                                    json_true()) == 0;
    }
    for (size_t i = 0; ok && i < count; i++)
        if (i + 1 != from && json_is_true(json_array_get(marks, i)))
            ok = append(list, json_integer((json_int_t)i + 1));
    json_decref(marks);
    if (ok)
        return list;
    json_decref(list);
    return NULL;
}

bool nw_case_trace_from(json_t *trace, int64_t entry, struct nw_err *err)
{
    const json_t *links = json_object_get(trace, "links");
    const size_t from = (size_t)entry;
    if (entry < 1 || from > json_array_size(links))
        return nw_fail(err, NW_ERR_NOTFOUND, "the case has no entry %lld: it has %zu",
                       (long long)entry, json_array_size(links));
    json_t *back = reach(links, "rests_on", from), *forth = reach(links, "carries", from);
    const bool ok = back && forth && nw_put(trace, "entry", json_integer((json_int_t)entry)) &&
                    json_object_set(trace, "back", back) == 0 &&
                    json_object_set(trace, "forth", forth) == 0;
    json_decref(back);
    json_decref(forth);
    return ok || nw_fail(err, NW_ERR_MEMORY, "out of memory");
}
