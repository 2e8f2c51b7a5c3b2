/* case/may.c -- see flow.h: what somebody may do now, with the forms filled in as far as what
 * is on record can do it. */
#include <string.h>

#include "case/flow_priv.h"

/* Of each row of a list only the members that the field's rows have. */
static json_t *preset_rows(const struct nw_field *field, const json_t *from)
{
    json_t *rows = json_array();
    bool ok = rows != NULL;
    for (size_t i = 0; ok && i < json_array_size(from); i++) {
        json_t *row = json_object();
        ok = row != NULL;
        for (size_t k = 0; ok && k < field->sub_count; k++) {
            json_t *value = json_object_get(json_array_get(from, i), field->sub[k].name);
            ok = !value || json_object_set(row, field->sub[k].name, value) == 0;
        }
        ok = json_array_append_new(rows, row) == 0 && ok;
    }
    if (ok)
        return rows;
    json_decref(rows);
    return NULL;
}

static bool add_presets(const struct nw_case *state, const struct nw_act *act, json_t *out)
{
    json_t *presets = json_object();
    bool ok = presets != NULL;
    for (size_t i = 0; ok && i < act->field_count; i++) {
        const struct nw_field *field = &act->field[i];
        const struct nw_ref from =
            field->preset.item != NW_REF_NONE ? field->preset : field->equals;
        const json_t *value = nw_ref_value(state, from, NULL);
        if (value)
            ok = nw_put(presets, field->name,
                        field->kind == NW_KIND_LIST ? preset_rows(field, value)
                                                    : json_deep_copy(value));
    }
    ok = ok && json_object_set(out, "preset", presets) == 0;
    json_decref(presets);
    return ok;
}

static json_t *act_json(const struct nw_case *state, const struct nw_act *act)
{
    json_t *out = json_object();
    json_t *fields = json_object_get(act->json, "fields");
    json_t *facts = json_object_get(act->json, "facts_wanted");
    if (out && nw_put(out, "act", json_string(act->name)) &&
        nw_put_label(out, act->zh, act->en) &&
        nw_put(out, "clause", json_string(nw_member_text(act->json, "clause"))) &&
        nw_put(out, "stage", json_string(state->flow->stage[act->stage].name)) &&
        nw_put(out, "signed", json_boolean(act->sign)) &&
        nw_put(out, "again",
               json_boolean(!act->many && nw_item_newest(state, act->item) != NULL)) &&
        nw_put(out, "fields", fields ? json_incref(fields) : json_array()) &&
        nw_put(out, "facts_wanted", facts ? json_incref(facts) : json_array()) &&
        nw_put(out, "due_now",
               json_boolean(!act->optional && act->stage == state->stage &&
                            !nw_item_valid(state, act->item))) &&
        add_presets(state, act, out))
        return out;
    json_decref(out);
    return NULL;
}

/* Later stages and things that are done are no news; the rest is said with its reason. */
static bool is_worth_saying(const struct nw_case *state, const struct nw_act *act)
{
    return !act->optional && act->stage >= state->stage && nw_act_applies(state, act) &&
           !nw_item_valid(state, act->item);
}

/* Acts that answer something open are only there when it is. */
static bool has_object(const struct nw_case *state, const struct nw_act *act)
{
    const int kind = act->closes >= 0 ? act->closes : act->confirms;
    return kind < 0 || nw_issue_open(state, kind) != NULL;
}

static bool add_act(const struct nw_case *state, const struct nw_entry *question, json_t *acts,
                    json_t *blocked)
{
    struct nw_err err = {0};
    const struct nw_act *act = question->act;
    if (!has_object(state, act))
        return true;
    if (nw_rules_check(state, question, &err)) {
        json_t *one = act_json(state, act);
        return one && json_array_append_new(acts, one) == 0;
    }
    if (!is_worth_saying(state, act))
        return true;
    json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:s}", "act", act->name, "zh", act->zh, "en",
                            act->en, "code", nw_code_name(err.code), "reason", err.msg);
    return one && json_array_append_new(blocked, one) == 0;
}

json_t *nw_case_may(const struct nw_case *state, const json_t *actor, const char *time)
{
    const struct nw_flow *flow = state->flow;
    struct nw_entry question = {.actor = actor,
                                .time = time,
                                .person = nw_member_text(actor, "id"),
                                .role = nw_flow_role(flow, nw_member_text(actor, "role"))};
    json_t *acts = json_array(), *blocked = json_array(), *out = json_object();
    bool ok = acts && blocked && out;
    for (size_t i = 0; ok && question.role >= 0 && i < flow->act_count; i++) {
        question.act = &flow->act[i];
        question.act_name = flow->act[i].name;
        if (flow->act[i].roles >> question.role & 1)
            ok = add_act(state, &question, acts, blocked);
    }
    ok = ok && json_object_set(out, "acts", acts) == 0 &&
         json_object_set(out, "blocked", blocked) == 0;
    json_decref(acts);
    json_decref(blocked);
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

bool nw_case_waits_for(const struct nw_case *state, const json_t *actor, const char *time)
{
    const struct nw_flow *flow = state->flow;
    struct nw_entry question = {.actor = actor,
                                .time = time,
                                .person = nw_member_text(actor, "id"),
                                .role = nw_flow_role(flow, nw_member_text(actor, "role"))};
    for (size_t i = 0; question.role >= 0 && i < flow->act_count; i++) {
        struct nw_err ignored = {0};
        question.act = &flow->act[i];
        question.act_name = flow->act[i].name;
        if ((flow->act[i].roles >> question.role & 1) && has_object(state, question.act) &&
            nw_rules_check(state, &question, &ignored))
            return true;
    }
    return false;
}
