/* case/view.c -- see flow.h: the state of a case, for people and lists. */
#include <string.h>

#include "case/flow_priv.h"

static json_t *put_or_drop(json_t *object, bool ok)
{
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

/* Takes `value`. */
static bool append(json_t *array, json_t *value)
{
    return value && json_array_append_new(array, value) == 0;
}

static const char *state_word(const struct nw_case *state, int item)
{
    const struct nw_version *newest = nw_item_newest(state, item);
    if (state->item[item].valid)
        return "done";
    if (state->item[item].overridden)
        return "overridden";
    if (!newest)
        return "missing";
    return newest->good ? "stale" : "negative";
}

/* One version: who, when, and whether it stands. */
static json_t *version_json(const struct nw_case *state, const struct nw_version *v)
{
    char sha[NW_DIGEST_TEXT];
    nw_digest_format(&v->sha256, sha);
    const json_t *actor = json_object_get(v->entry, "actor");
    const char *word = v->valid    ? "valid"
                       : !v->good  ? "negative"
                       : v->voided ? "void"
                                   : "stale";
    json_t *one =
        json_pack("{s:i, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "version", v->number,
                  "entry", (json_int_t)v->entry_number, "act", state->flow->act[v->act].name,
                  "time", nw_member_text(v->entry, "time"), "person",
                  nw_member_text(actor, "id"), "name", nw_member_text(actor, "name"), "role",
                  nw_member_text(actor, "role"), "sha256", sha, "state", word);
    return put_or_drop(
        one, one && nw_put(one, "signed",
                           json_boolean(json_object_get(v->entry, "signature") != NULL)));
}

static json_t *item_json(const struct nw_case *state, int item)
{
    const struct nw_flow *flow = state->flow;
    const struct nw_item_kind *kind = &flow->item[item];
    const struct nw_act *act = &flow->act[kind->makers.at[0]];
    json_t *one = json_object(), *roles = json_array();
    bool ok = one && roles && nw_put(one, "name", json_string(kind->name)) &&
              nw_put_label(one, kind->zh, kind->en) &&
              nw_put(one, "clause", json_string(nw_member_text(act->json, "clause"))) &&
              nw_put(one, "state", json_string(state_word(state, item))) &&
              nw_put(one, "required", json_boolean(nw_item_required(state, item))) &&
              nw_put(one, "count", json_integer(state->item[item].versions));
    for (size_t r = 0; ok && r < flow->role_count; r++)
        if (act->roles >> r & 1)
            ok = append(roles, json_string(flow->role[r].name));
    const struct nw_version *newest = nw_item_newest(state, item);
    ok = ok && json_object_set(one, "roles", roles) == 0 &&
         (!newest || nw_put(one, "newest", version_json(state, newest)));
    json_decref(roles);
    return put_or_drop(one, ok);
}

static json_t *stage_json(const struct nw_case *state, int stage, const char *time)
{
    const struct nw_flow *flow = state->flow;
    const struct nw_stage *s = &flow->stage[stage];
    json_t *one = json_object(), *acts = json_array();
    int64_t due;
    const char *word = stage < state->stage ? "done" : stage > state->stage ? "later" : "now";
    bool ok = one && acts && nw_put(one, "name", json_string(s->name)) &&
              nw_put_label(one, s->zh, s->en) &&
              nw_put(one, "clause", json_string(s->clause)) &&
              nw_put(one, "state", json_string(word)) &&
              (!nw_stage_due(state, stage, &due) || nw_put_date(one, "due", due)) &&
              nw_put(one, "late",
                     json_boolean(stage == state->stage && !state->closed &&
                                  nw_stage_late(state, stage, time)));
    for (size_t i = 0; ok && i < flow->item_count; i++)
        if (flow->item[i].stage == stage &&
            (state->item[i].newest || nw_item_required(state, (int)i)))
            ok = append(acts, item_json(state, (int)i));
    ok = ok && json_object_set(one, "acts", acts) == 0;
    json_decref(acts);
    return put_or_drop(one, ok);
}

static bool add_stages(const struct nw_case *state, json_t *out, const char *time)
{
    json_t *stages = json_array();
    bool ok = stages != NULL;
    for (size_t s = 0; ok && s < state->flow->stage_count; s++) {
        json_t *one = stage_json(state, (int)s, time);
        const bool empty = json_array_size(json_object_get(one, "acts")) == 0;
        ok = one != NULL && (empty || json_array_append(stages, one) == 0);
        json_decref(one);
    }
    ok = ok && json_object_set(out, "stages", stages) == 0;
    json_decref(stages);
    return ok;
}

static bool add_records(const struct nw_case *state, json_t *out)
{
    json_t *records = json_object();
    bool ok = records != NULL;
    for (size_t i = 0; ok && i < state->version_count; i++) {
        const struct nw_version *v = &state->version[i];
        const char *name = state->flow->item[v->item].name;
        json_t *list = json_object_get(records, name);
        if (!list) {
            list = json_array();
            ok = nw_put(records, name, list);
        }
        ok = ok && append(list, version_json(state, v));
    }
    ok = ok && json_object_set(out, "records", records) == 0;
    json_decref(records);
    return ok;
}

/* One page is made for all who see the case: what an entry says that is kept from some of them
 * stands in the entry alone. */
static json_t *issue_form(const struct nw_case *state, const struct nw_issue *issue)
{
    if (nw_case_hides(state, (int64_t)issue->entry_number))
        return json_object();
    return json_incref(json_object_get(issue->entry, "form"));
}

static json_t *issue_json(const struct nw_case *state, const struct nw_issue *issue)
{
    const struct nw_issue_kind *kind = &state->flow->issue[issue->kind];
    json_t *one =
        json_pack("{s:s, s:s, s:s, s:I, s:b, s:b, s:s}", "kind", kind->name, "zh", kind->zh,
                  "en", kind->en, "entry", (json_int_t)issue->entry_number, "open", issue->open,
                  "confirmed", issue->confirmed, "time", nw_member_text(issue->entry, "time"));
    return put_or_drop(
        one, one && nw_put(one, "form", issue_form(state, issue)) &&
                 (!issue->closed_by ||
                  nw_put(one, "closed_by", json_integer((json_int_t)issue->closed_by))));
}

static bool add_issues(const struct nw_case *state, json_t *out)
{
    json_t *issues = json_array();
    bool ok = issues != NULL;
    for (size_t i = 0; ok && i < state->issue_count; i++)
        ok = append(issues, issue_json(state, &state->issue[i]));
    ok = ok && json_object_set(out, "issues", issues) == 0;
    json_decref(issues);
    return ok;
}

/* What is missing up to and with the acceptance, and what is open against it. */
static bool add_obstacles(const struct nw_case *state, json_t *out)
{
    const struct nw_flow *flow = state->flow;
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int s = 0; ok && s < flow->use_stage; s++)
        for (size_t i = 0; ok && i < flow->item_count; i++)
            if (flow->item[i].stage == s && nw_item_required(state, (int)i) &&
                !nw_item_valid(state, (int)i))
                ok = append(list, json_pack("{s:s, s:s, s:s, s:s}", "name", flow->item[i].name,
                                            "zh", flow->item[i].zh, "en", flow->item[i].en,
                                            "state", state_word(state, (int)i)));
    for (size_t i = 0; ok && i < state->issue_count; i++) {
        const struct nw_issue_kind *kind = &flow->issue[state->issue[i].kind];
        if (state->issue[i].open && kind->blocks_from >= 0 &&
            kind->blocks_from <= flow->use_stage)
            ok = append(list, json_pack("{s:s, s:s, s:s, s:s}", "name", kind->name, "zh",
                                        kind->zh, "en", kind->en, "state", "open"));
    }
    ok = ok && json_object_set(out, "keeps_from_use", list) == 0;
    json_decref(list);
    return ok;
}

static const struct nw_stage *stage_of(const struct nw_case *state)
{
    return &state->flow->stage[state->stage];
}

json_t *nw_case_view(const struct nw_case *state, const char *time)
{
    int64_t until;
    json_t *out = json_object();
    return put_or_drop(
        out,
        out && nw_put(out, "stage", json_string(stage_of(state)->name)) &&
            nw_put(out, "table", json_string(state->flow->digest)) &&
            nw_put_label(out, stage_of(state)->zh, stage_of(state)->en) &&
            nw_put(out, "closed", json_boolean(state->closed)) &&
            nw_put(out, "entries", json_integer((json_int_t)json_array_size(state->entries))) &&
            (!nw_anatomy_until(state, &until) ||
             nw_put_date(out, "anatomy_valid_until", until)) &&
            nw_put_keep(state, out) && add_stages(state, out, time) &&
            add_records(state, out) && add_issues(state, out) && add_obstacles(state, out) &&
            nw_put(out, "differences", nw_check_differences(state)));
}
