/* case/figures.c -- see flow.h: what statistics count of a case. */
#include <string.h>

#include "case/flow_priv.h"

static const struct {
    const char *key, *act, *field, *value; /* field NULL: every entry of the act */
} counted[] = {
    {"changes", "change.open", NULL, NULL},
    {"rework", "nonconform.decide", "decision", "rework"},
    {"scrap", "nonconform.decide", "decision", "scrap"},
    {"stops", "stop.use", NULL, NULL},
    {"recalls", "recall.open", NULL, NULL},
    {"overrides", "override.take", NULL, NULL},
    {"adverse", "adverse.report", NULL, NULL},
    {"visits", "followup.visit", NULL, NULL},
};
enum { COUNTED = sizeof counted / sizeof *counted };

static bool put_counted(const struct nw_case *state, json_t *out)
{
    json_int_t count[COUNTED] = {0};
    for (size_t i = 0; i < json_array_size(state->entries); i++) {
        const json_t *entry = json_array_get(state->entries, i);
        const json_t *form = json_object_get(entry, "form");
        const char *act = nw_member_text(entry, "act");
        for (size_t k = 0; k < COUNTED; k++)
            count[k] += strcmp(act, counted[k].act) == 0 &&
                        (!counted[k].field ||
                         strcmp(nw_member_text(form, counted[k].field), counted[k].value) == 0);
    }
    bool ok = true;
    for (size_t k = 0; ok && k < COUNTED; k++)
        ok = nw_put(out, counted[k].key, json_integer(count[k]));
    return ok;
}

/* Records that were made more than once, where one is enough. */
static json_int_t made_again(const struct nw_case *state)
{
    json_int_t again = 0;
    for (size_t i = 0; i < state->flow->item_count; i++)
        if (!state->flow->item[i].many && state->item[i].versions > 1)
            again += state->item[i].versions - 1;
    return again;
}

/* ---- adverse events ---- */

struct adverse {
    int64_t late, due; /* due: of what is still to be reported; INT64_MAX: nothing is */
    int worst;         /* place in the vocabulary, which lists harm from none to the worst */
};

static int place_of(const json_t *words, const char *value)
{
    for (size_t i = 0; i < json_array_size(words); i++)
        if (strcmp(nw_member_text(json_array_get(words, i), "value"), value) == 0)
            return (int)i;
    return -1;
}

static void add_adverse(const struct nw_case *state, const struct nw_issue *issue,
                        const json_t *harm, struct adverse *all)
{
    const json_t *form = json_object_get(issue->entry, "form");
    const int worst = place_of(harm, nw_member_text(form, "harm"));
    int64_t due, reported;
    all->worst = worst > all->worst ? worst : all->worst;
    if (!nw_date_parse(nw_member_text(form, "report_due"), &due))
        return;
    if (issue->open) {
        all->due = due < all->due ? due : all->due;
        return;
    }
    const json_t *end =
        json_object_get(json_array_get(state->entries, issue->closed_by - 1), "form");
    all->late += nw_date_parse(nw_member_text(end, "reported"), &reported) && reported > due;
}

static bool put_adverse(const struct nw_case *state, json_t *out)
{
    const json_t *harm = json_object_get(json_object_get(state->flow->table, "words"), "harm");
    const int kind = nw_flow_issue(state->flow, "adverse");
    struct adverse all = {.due = INT64_MAX, .worst = -1};
    for (size_t i = 0; i < state->issue_count; i++)
        if (state->issue[i].kind == kind)
            add_adverse(state, &state->issue[i], harm, &all);
    const json_t *word = all.worst < 0 ? NULL : json_array_get(harm, (size_t)all.worst);
    return nw_put(out, "adverse_late", json_integer(all.late)) &&
           nw_put(out, "adverse_harm", json_string(nw_member_text(word, "value"))) &&
           (all.due == INT64_MAX ? nw_put(out, "report_due", json_null())
                                 : nw_put_date(out, "report_due", all.due));
}

/* ---- what came of it ---- */

/* The newest record's number; null when it was not filled in. */
static bool put_number(const struct nw_case *state, json_t *out, const char *item,
                       const char *field, const char *key)
{
    const int at = nw_flow_item(state->flow, item);
    json_t *value = at < 0 ? NULL : json_object_get(nw_item_form(state, at), field);
    return nw_put(out, key, json_is_number(value) ? json_incref(value) : json_null());
}

static bool put_outcome(const struct nw_case *state, json_t *out)
{
    return put_number(state, out, "followup.plan", "visits", "visits_wanted") &&
           put_number(state, out, "use.record", "operation_min", "operation_min") &&
           put_number(state, out, "use.record", "blood_ml", "blood_ml") &&
           put_number(state, out, "use.record", "fluoroscopies", "fluoroscopies") &&
           put_number(state, out, "followup.visit", "recovery_score", "recovery_score");
}

/* ---- times ---- */

static json_t *stays(const struct nw_case *state)
{
    json_t *out = json_object();
    bool ok = out != NULL;
    for (int s = 0; ok && s < (int)state->flow->stage_count; s++) {
        const struct nw_stay *stay = &state->stay[s];
        if (stay->times > 0 && s != state->flow->end_stage)
            ok = nw_put(out, state->flow->stage[s].name,
                        json_pack("{s:I, s:b, s:b}", "seconds", (json_int_t)stay->seconds,
                                  "over", s < state->stage && s != state->cancelled_from,
                                  "late", stay->late));
    }
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

/* The day of the act that ended the case; null while it is open. What is done afterwards (an
 * adverse event) does not open it again. */
static json_t *ended(const struct nw_case *state)
{
    for (size_t i = json_array_size(state->entries); state->closed && i-- > 0;) {
        const json_t *entry = json_array_get(state->entries, i);
        const int act = nw_flow_act(state->flow, nw_member_text(entry, "act"));
        if (act >= 0 && state->flow->act[act].ends)
            return json_stringn(nw_member_text(entry, "time"), 10);
    }
    return json_null();
}

static bool put_times(const struct nw_case *state, json_t *out)
{
    const struct nw_version *opened = nw_item_newest(state, state->flow->open_item);
    return nw_put(out, "opened",
                  opened ? json_stringn(nw_member_text(opened->entry, "time"), 10)
                         : json_null()) &&
           nw_put(out, "ended", ended(state)) &&
           nw_put(out, "cancelled", json_boolean(state->cancelled_from >= 0)) &&
           nw_put(out, "since", json_integer(state->stay[state->stage].since)) &&
           nw_put(out, "stays", stays(state));
}

json_t *nw_case_figures(const struct nw_case *state)
{
    json_t *out = json_object();
    if (out && put_times(state, out) && put_counted(state, out) && put_adverse(state, out) &&
        put_outcome(state, out) && nw_put(out, "reopened", json_integer(state->reopened)) &&
        nw_put(out, "again", json_integer(made_again(state))))
        return out;
    json_decref(out);
    return NULL;
}
