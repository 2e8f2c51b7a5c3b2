/* case/rules.c -- see flow_priv.h: who may do an act, and what must have come first. */
#include <string.h>

#include "case/flow_priv.h"

static const char *label(const char *zh, const char *en)
{
    return nw_either(zh, en);
}

static const char *item_label(const struct nw_case *state, int item)
{
    return label(state->flow->item[item].zh, state->flow->item[item].en);
}

static const char *stage_label(const struct nw_case *state, int stage)
{
    return label(state->flow->stage[stage].zh, state->flow->stage[stage].en);
}

static const json_t *maker(const struct nw_case *state, int item)
{
    const struct nw_version *newest = nw_item_newest(state, item);
    return newest ? json_object_get(newest->entry, "actor") : NULL;
}

/* ---- people ---- */

static bool check_role(const struct nw_case *state, const struct nw_entry *entry,
                       struct nw_err *err)
{
    if (entry->role < 0)
        return nw_fail(err, NW_ERR_DENIED, "\"%.40s\" is not a role",
                       nw_member_text(entry->actor, "role"));
    const struct nw_role *role = &state->flow->role[entry->role];
    if (entry->act->roles >> entry->role & 1)
        return true;
    return nw_fail(err, NW_ERR_DENIED, "\"%s\" is not for the role %s",
                   label(entry->act->zh, entry->act->en), label(role->zh, role->en));
}

static bool on_team(const struct nw_case *state, const char *person, const char *role)
{
    const json_t *members =
        json_object_get(nw_item_form(state, state->flow->team_item), "members");
    for (size_t i = 0; i < json_array_size(members); i++) {
        const json_t *member = json_array_get(members, i);
        if (strcmp(nw_member_text(member, "person"), person) == 0 &&
            strcmp(nw_member_text(member, "role"), role) == 0)
            return true;
    }
    return false;
}

/* Until a team is named, the case is its opener's. */
static bool check_team(const struct nw_case *state, const struct nw_entry *entry,
                       struct nw_err *err)
{
    const struct nw_role *role = &state->flow->role[entry->role];
    const json_t *opener = maker(state, state->flow->open_item);
    if (!opener || role->outside_team || on_team(state, entry->person, role->name))
        return true;
    if (nw_item_newest(state, state->flow->team_item))
        return nw_fail(err, NW_ERR_DENIED, "this person is not on the team of the case as %s",
                       label(role->zh, role->en));
    return strcmp(nw_member_text(opener, "id"), entry->person) == 0 ||
           nw_fail(err, NW_ERR_DENIED,
                   "until the team is named, only the person who opened the case acts in it");
}

bool nw_skill_valid(const json_t *skills, const char *what, int64_t today)
{
    int64_t until;
    for (size_t i = 0; i < json_array_size(skills); i++) {
        const json_t *skill = json_array_get(skills, i);
        if (strcmp(nw_member_text(skill, "what"), what) == 0 &&
            nw_date_parse(nw_member_text(skill, "until"), &until) && until >= today)
            return true;
    }
    return false;
}

static bool check_proofs(const struct nw_case *state, const struct nw_entry *entry,
                         struct nw_err *err)
{
    const struct nw_role *role = &state->flow->role[entry->role];
    int64_t today, until;
    if (entry->act->no_proof)
        return true;
    if (!nw_date_parse(entry->time, &today))
        today = INT64_MAX; /* on no day, nothing is valid */
    for (size_t i = 0; i < role->proof_count; i++) {
        const struct nw_proof *proof = &role->proof[i];
        const bool ok =
            proof->date
                ? nw_date_parse(nw_member_text(entry->actor, proof->date), &until) &&
                      until >= today
                : nw_skill_valid(json_object_get(entry->actor, "skills"), proof->skill, today);
        if (!ok)
            return nw_fail(err, NW_ERR_DENIED,
                           "this person's \"%s\" is missing or has run out on this day",
                           label(proof->zh, proof->en));
    }
    return true;
}

static double rank(const json_t *actor)
{
    return json_number_value(json_object_get(actor, "rank"));
}

static bool check_people(const struct nw_case *state, const struct nw_entry *entry,
                         struct nw_err *err)
{
    const struct nw_act *act = entry->act;
    for (size_t i = 0; i < act->not_person.count; i++) {
        const json_t *other = maker(state, act->not_person.at[i]);
        if (other && strcmp(nw_member_text(other, "id"), entry->person) == 0)
            return nw_fail(err, NW_ERR_DENIED,
                           "\"%s\" must be done by another person than \"%s\"",
                           label(act->zh, act->en), item_label(state, act->not_person.at[i]));
    }
    const json_t *same = act->same_person < 0 ? NULL : maker(state, act->same_person);
    if (same && strcmp(nw_member_text(same, "id"), entry->person) != 0)
        return nw_fail(err, NW_ERR_DENIED, "\"%s\" must be done by the person who did \"%s\"",
                       label(act->zh, act->en), item_label(state, act->same_person));
    const json_t *below = act->rank_above < 0 ? NULL : maker(state, act->rank_above);
    if (below && rank(entry->actor) <= rank(below))
        return nw_fail(err, NW_ERR_DENIED,
                       "\"%s\" needs a person ranked above the one who did \"%s\" (rank %g)",
                       label(act->zh, act->en), item_label(state, act->rank_above),
                       rank(below));
    return true;
}

/* ---- what must come first ---- */

static bool check_stage(const struct nw_case *state, const struct nw_entry *entry,
                        struct nw_err *err)
{
    const struct nw_flow *flow = state->flow;
    const struct nw_act *act = entry->act;
    const bool opens = act == &flow->act[flow->open_act];
    if (state->type < 0)
        return opens || nw_fail(err, NW_ERR_STATE, "the case must be opened first");
    if (opens || (act->once && nw_item_valid(state, act->item)))
        return nw_fail(err, NW_ERR_STATE, "\"%s\" is done already", label(act->zh, act->en));
    if (!nw_act_applies(state, act))
        return nw_fail(err, NW_ERR_STATE, "\"%s\" does not belong to a case of this kind",
                       label(act->zh, act->en));
    if (nw_act_in_stage(act, state->stage))
        return true;
    if (state->stage > act->until)
        return nw_fail(err, NW_ERR_STATE, "\"%s\" can no longer be done in the stage \"%s\"",
                       label(act->zh, act->en), stage_label(state, state->stage));
    const int missing = nw_stage_missing(state, state->stage);
    return nw_fail(
        err, NW_ERR_STATE, "\"%s\" must come first: the stage \"%s\" is not complete",
        missing < 0 ? "" : item_label(state, missing), stage_label(state, state->stage));
}

static bool blocks(const struct nw_issue_kind *kind, const struct nw_flow *flow,
                   const struct nw_act *act)
{
    for (size_t i = 0; i < kind->blocks.count; i++)
        if (&flow->act[kind->blocks.at[i]] == act)
            return true;
    return kind->blocks_from >= 0 && act->stage >= kind->blocks_from &&
           act->stage <= flow->use_stage && !act->event;
}

static bool check_issues(const struct nw_case *state, const struct nw_entry *entry,
                         struct nw_err *err)
{
    for (size_t i = 0; i < state->issue_count; i++) {
        const struct nw_issue *issue = &state->issue[i];
        const struct nw_issue_kind *kind = &state->flow->issue[issue->kind];
        if (issue->open && blocks(kind, state->flow, entry->act))
            return nw_fail(err, NW_ERR_STATE,
                           "\"%s\" of entry %zu must be settled before \"%s\"",
                           label(kind->zh, kind->en), issue->entry_number,
                           label(entry->act->zh, entry->act->en));
    }
    return true;
}

static bool change_allows(const struct nw_case *state, int item)
{
    const char *name = state->flow->item[item].name;
    for (size_t i = 0; i < state->issue_count; i++) {
        const struct nw_issue *issue = &state->issue[i];
        const json_t *form = json_object_get(issue->entry, "form");
        const json_t *rows = json_object_get(form, "touches");
        if (!issue->open || issue->kind != state->flow->change_issue || !issue->confirmed)
            continue;
        for (size_t k = 0; k < json_array_size(rows); k++)
            if (strcmp(nw_member_text(json_array_get(rows, k), "item"), name) == 0)
                return true;
    }
    return false;
}

static bool lock_holds(const struct nw_lock *lock, int item)
{
    for (size_t i = 0; i < lock->items.count; i++)
        if (lock->items.at[i] == item)
            return true;
    return false;
}

/* What still stands after its lock fell is changed only under a confirmed change. */
static bool check_locks(const struct nw_case *state, const struct nw_entry *entry,
                        struct nw_err *err)
{
    const struct nw_flow *flow = state->flow;
    const int item = entry->act->item;
    if (!nw_item_valid(state, item) || flow->item[item].many)
        return true;
    for (size_t i = 0; i < flow->lock_count; i++)
        if (state->item[flow->lock[i].after].ever_good && lock_holds(&flow->lock[i], item) &&
            !change_allows(state, item))
            return nw_fail(
                err, NW_ERR_STATE,
                "\"%s\" is fixed since \"%s\": open a change, and have the attending "
                "physician confirm it",
                item_label(state, item), item_label(state, flow->lock[i].after));
    return true;
}

static bool check_items(const struct nw_case *state, const struct nw_act *act,
                        const struct nw_indices *items, struct nw_err *err)
{
    for (size_t i = 0; i < items->count; i++) {
        const int item = items->at[i];
        if (nw_item_valid(state, item) || !nw_item_applies(state, item))
            continue;
        const struct nw_version *newest = nw_item_newest(state, item);
        const char *what = item_label(state, item), *whose = label(act->zh, act->en);
        if (!newest)
            return nw_fail(err, NW_ERR_STATE, "\"%s\" must come before \"%s\"", what, whose);
        if (!newest->good)
            return nw_fail(err, NW_ERR_STATE,
                           "\"%s\" came out negative: it must be done again before \"%s\"",
                           what, whose);
        return nw_fail(err, NW_ERR_STATE,
                       "\"%s\" no longer stands, because what it rests on has changed: it must "
                       "be done again before \"%s\"",
                       what, whose);
    }
    return true;
}

bool nw_rules_check(const struct nw_case *state, const struct nw_entry *entry,
                    struct nw_err *err)
{
    return check_role(state, entry, err) && check_team(state, entry, err) &&
           check_proofs(state, entry, err) && check_stage(state, entry, err) &&
           check_issues(state, entry, err) && check_locks(state, entry, err) &&
           check_items(state, entry->act, &entry->act->need, err) &&
           check_items(state, entry->act, &entry->act->signs, err) &&
           check_people(state, entry, err);
}

const char *nw_case_opened_as(const struct nw_case *state)
{
    return nw_member_text(maker(state, state->flow->open_item), "role");
}

bool nw_case_sees(const struct nw_case *state, const json_t *actor)
{
    const int role = nw_flow_role(state->flow, nw_member_text(actor, "role"));
    const char *person = nw_member_text(actor, "id");
    const json_t *opener = maker(state, state->flow->open_item);
    if (role < 0 || state->flow->role[role].sees_all)
        return role >= 0;
    return *person &&
           (on_team(state, person, state->flow->role[role].name) ||
            (opener && strcmp(nw_member_text(opener, "id"), person) == 0 &&
             strcmp(nw_member_text(opener, "role"), state->flow->role[role].name) == 0));
}
