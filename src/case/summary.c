/* case/summary.c -- see flow.h: what lists of cases are searched, sorted and counted by. */
#include <string.h>

#include "case/flow_priv.h"

bool nw_put_date(json_t *object, const char *key, int64_t days)
{
    char text[11];
    nw_date_format(days, text);
    return nw_put(object, key, json_string(text));
}

bool nw_put_keep(const struct nw_case *state, json_t *out)
{
    int64_t until = 0;
    switch (nw_keep_until(state, &until)) {
    case NW_KEEP_UNRELEASED:
        return nw_put(out, "keep_until", json_null());
    case NW_KEEP_FOREVER:
        return nw_put(out, "keep_until", json_string("forever"));
    case NW_KEEP_UNTIL:
        return nw_put_date(out, "keep_until", until);
    }
    NW_UNREACHABLE();
}

/* Takes `value`. */
static bool append(json_t *array, json_t *value)
{
    return value && json_array_append_new(array, value) == 0;
}

static json_t *all_or_none(json_t *value, bool ok)
{
    if (ok)
        return value;
    json_decref(value);
    return NULL;
}

/* Whose turn it is: the roles of what the stage still misses. */
static json_t *waits_for(const struct nw_case *state)
{
    const struct nw_flow *flow = state->flow;
    json_t *out = json_array();
    uint32_t roles = 0;
    for (size_t i = 0; i < flow->act_count; i++) {
        const struct nw_act *act = &flow->act[i];
        if (!state->closed && act->stage == state->stage && !act->optional &&
            nw_act_applies(state, act) && !nw_item_valid(state, act->item))
            roles |= act->roles;
    }
    bool ok = out != NULL;
    for (size_t r = 0; ok && r < flow->role_count; r++)
        if (roles >> r & 1)
            ok = append(out, json_string(flow->role[r].name));
    return all_or_none(out, ok);
}

/* A text once. */
static bool add_once(json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (strcmp(json_string_value(json_array_get(array, i)), text) == 0)
            return true;
    return append(array, json_string(text));
}

static json_t *persons(const struct nw_case *state)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; ok && i < json_array_size(state->entries); i++)
        ok = add_once(
            out,
            nw_member_text(json_object_get(json_array_get(state->entries, i), "actor"), "id"));
    return all_or_none(out, ok);
}

static json_t *open_issues(const struct nw_case *state)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; ok && i < state->issue_count; i++)
        if (state->issue[i].open)
            ok = add_once(out, state->flow->issue[state->issue[i].kind].name);
    return all_or_none(out, ok);
}

static bool add_program(json_t *out, const char *name, const char *version)
{
    if (!*name)
        return true;
    json_t *both = json_sprintf("%s %s", name, version);
    const bool ok = both && add_once(out, json_string_value(both));
    json_decref(both);
    return ok;
}

/* Programs as forms name them: one by one, or in a list "software". */
static json_t *programs(const struct nw_case *state)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; ok && i < state->version_count; i++) {
        const json_t *form = json_object_get(state->version[i].entry, "form");
        const json_t *list = json_object_get(form, "software");
        ok = add_program(out, nw_member_text(form, "software"),
                         nw_member_text(form, "software_version")) &&
             add_program(out, nw_member_text(form, "program"),
                         nw_member_text(form, "program_version"));
        for (size_t k = 0; ok && k < json_array_size(list); k++)
            ok = add_program(out, nw_member_text(json_array_get(list, k), "name"),
                             nw_member_text(json_array_get(list, k), "version"));
    }
    return all_or_none(out, ok);
}

static bool is_blocked(const struct nw_case *state)
{
    for (size_t i = 0; i < state->issue_count; i++)
        if (state->issue[i].open && state->flow->issue[state->issue[i].kind].blocks_from >= 0)
            return true;
    return false;
}

/* Something open had to be reported or settled by a day that is over. */
static bool is_overdue(const struct nw_case *state, const char *time)
{
    int64_t today, due;
    for (size_t i = 0; nw_date_parse(time, &today) && i < state->issue_count; i++) {
        const json_t *form = json_object_get(state->issue[i].entry, "form");
        if (state->issue[i].open && nw_date_parse(nw_member_text(form, "report_due"), &due) &&
            today > due)
            return true;
    }
    return false;
}

/* ---- what forms say ---- */

/* A copy of a text or flag under another name; "" when it is not there. */
static bool put_copy(json_t *out, const char *key, const json_t *form, const char *field)
{
    const json_t *value = json_object_get(form, field);
    if (json_is_boolean(value))
        return nw_put(out, key, json_boolean(json_is_true(value)));
    return nw_put(out, key, json_string(nw_member_text(form, field)));
}

static bool put_places(const struct nw_case *state, json_t *out)
{
    static const struct {
        const char *key, *item, *field;
    } place[] = {
        {"type", "case.open", "type"},
        {"title", "case.open", "title"},
        {"site", "case.open", "site"},
        {"side", "case.open", "side"},
        {"device", "case.open", "device"},
        {"department", "case.open", "department"},
        {"patient", "case.open", "patient"},
        {"hospital", "case.open", "hospital"},
        {"maker", "case.open", "maker"},
        {"device_code", "code.assign", "device_code"},
        {"di", "code.assign", "di"},
        {"serial", "code.assign", "serial"},
        {"lot", "production.start", "lot"},
        {"machine", "production.start", "machine"},
        {"material", "production.start", "material"},
        {"material_lot", "production.start", "material_lot"},
        {"process", "production.start", "process_id"},
        {"effect", "followup.visit", "effect"},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof place / sizeof *place; i++) {
        const int item = nw_flow_item(state->flow, place[i].item);
        ok = item < 0 || put_copy(out, place[i].key, nw_item_form(state, item), place[i].field);
    }
    return ok;
}

/* Entries of an act, or those of which a field has a value. */
static json_int_t count(const struct nw_case *state, const char *act, const char *field,
                        const char *value)
{
    json_int_t n = 0;
    for (size_t i = 0; i < json_array_size(state->entries); i++) {
        const json_t *entry = json_array_get(state->entries, i);
        n += strcmp(nw_member_text(entry, "act"), act) == 0 &&
             (!field ||
              strcmp(nw_member_text(json_object_get(entry, "form"), field), value) == 0);
    }
    return n;
}

/* The vocabulary lists harm from none to the worst. */
static const char *worst_harm(const struct nw_case *state)
{
    const json_t *words = json_object_get(json_object_get(state->flow->table, "words"), "harm");
    for (size_t i = json_array_size(words); i-- > 0;) {
        const char *word = nw_member_text(json_array_get(words, i), "value");
        if (count(state, "followup.visit", "harm", word))
            return word;
    }
    return "";
}

static bool put_counts(const struct nw_case *state, json_t *out)
{
    return nw_put(out, "changes", json_integer(count(state, "change.open", NULL, NULL))) &&
           nw_put(out, "rework",
                  json_integer(count(state, "nonconform.decide", "decision", "rework"))) &&
           nw_put(out, "scrap",
                  json_integer(count(state, "nonconform.decide", "decision", "scrap"))) &&
           nw_put(out, "visits", json_integer(count(state, "followup.visit", NULL, NULL))) &&
           nw_put(out, "harm", json_string(worst_harm(state)));
}

/* The day of an item's newest version that stands; null without one. */
static bool put_day(const struct nw_case *state, json_t *out, const char *key, int item)
{
    const struct nw_version *newest = nw_item_newest(state, item);
    if (!newest || !newest->valid)
        return nw_put(out, key, json_null());
    return nw_put(out, key, json_stringn(nw_member_text(newest->entry, "time"), 10));
}

/* Of each stage that is behind the case: the day on which its last act came. */
static json_t *done(const struct nw_case *state)
{
    json_t *out = json_object();
    bool ok = out != NULL;
    for (int s = 0; ok && s < state->stage; s++) {
        const char *last = "";
        for (size_t i = 0; i < state->flow->item_count; i++) {
            const struct nw_version *newest = nw_item_newest(state, (int)i);
            const char *time = newest ? nw_member_text(newest->entry, "time") : "";
            if (state->flow->item[i].stage == s && nw_item_required(state, (int)i) &&
                strcmp(time, last) > 0)
                last = time;
        }
        ok = !*last || nw_put(out, state->flow->stage[s].name, json_stringn(last, 10));
    }
    return all_or_none(out, ok);
}

static bool put_times(const struct nw_case *state, json_t *out, const char *time)
{
    int64_t due;
    const bool has_due = !state->closed && nw_stage_due(state, state->stage, &due);
    const bool late = !state->closed && nw_stage_late(state, state->stage, time);
    return (has_due ? nw_put_date(out, "due", due) : nw_put(out, "due", json_null())) &&
           nw_put(out, "late", json_boolean(late || is_overdue(state, time))) &&
           put_day(state, out, "opened", state->flow->open_item) &&
           put_day(state, out, "released", state->flow->release_item) &&
           put_day(state, out, "used", state->flow->use_item) &&
           nw_put(out, "done", done(state));
}

/* What lists say came out of a visit is the visit's: for nobody where that is kept from some.
 */
json_t *nw_case_listed(const struct nw_case *state, const char *time)
{
    json_t *out = nw_case_summary(state, time);
    const int act = nw_flow_act(state->flow, "followup.visit");
    if (act < 0 || !json_array_size(json_object_get(state->flow->act[act].json, "hidden_from")))
        return out;
    (void)json_object_del(out, "harm");
    (void)json_object_del(out, "effect");
    return out;
}

json_t *nw_case_summary(const struct nw_case *state, const char *time)
{
    json_t *out = json_object();
    const json_t *implant =
        json_object_get(nw_item_form(state, state->flow->open_item), "implant");
    return all_or_none(
        out, out && put_places(state, out) && put_times(state, out, time) &&
                 put_counts(state, out) &&
                 nw_put(out, "implant", json_boolean(json_is_true(implant))) &&
                 nw_put(out, "stage", json_string(state->flow->stage[state->stage].name)) &&
                 nw_put(out, "closed", json_boolean(state->closed)) &&
                 nw_put(out, "blocked", json_boolean(is_blocked(state))) &&
                 nw_put_keep(state, out) && nw_put(out, "waits_for", waits_for(state)) &&
                 nw_put(out, "persons", persons(state)) &&
                 nw_put(out, "software", programs(state)) &&
                 nw_put(out, "open_issues", open_issues(state)));
}
