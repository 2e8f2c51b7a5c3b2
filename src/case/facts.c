/* case/facts.c -- see flow_priv.h: what was looked up for an entry, judged. */
#include <string.h>

#include "case/flow_priv.h"

static bool has(const json_t *list, const json_t *value)
{
    for (size_t i = 0; value && i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), value))
            return true;
    return false;
}

static bool covers(const json_t *settled, const json_t *open)
{
    for (size_t i = 0; i < json_array_size(open); i++)
        if (!has(settled, json_array_get(open, i)))
            return false;
    return true;
}

/* What differs is settled when the newest record about the same scan is good, and when somebody
 * who might do this act himself saw each of it: a designer may confirm what agrees, and not
 * pass over what does not. Where nobody was asked, nothing differs. */
static bool is_settled(const struct nw_case *state, const struct nw_entry *entry,
                       const struct nw_fact_rule *rule, const json_t *fact)
{
    const json_t *scan = json_object_get(fact, "scan");
    const json_t *open = json_object_get(fact, rule->field);
    for (size_t i = state->version_count; i-- > 0;) {
        const struct nw_version *v = &state->version[i];
        const json_t *seen = json_object_get(json_object_get(v->entry, "facts"), "scan");
        const char *as = nw_member_text(json_object_get(v->entry, "actor"), "role");
        const int role = nw_flow_role(state->flow, as);
        if (v->item != rule->item || !json_equal(json_object_get(seen, "scan"), scan))
            continue;
        if (!v->good || v->voided)
            return false;
        if (role >= 0 && (entry->act->roles >> role & 1) &&
            covers(json_object_get(seen, rule->field), open))
            return true;
    }
    return json_is_array(open) && json_array_size(open) == 0;
}

static bool rule_holds(const struct nw_case *state, const struct nw_entry *entry,
                       const struct nw_fact_rule *rule, const json_t *fact)
{
    const json_t *value = json_object_get(fact, rule->field);
    const json_t *other = nw_ref_value(state, rule->of, entry);
    int64_t until, today;
    if (!nw_date_parse(entry->time, &today))
        return false;
    switch (rule->kind) {
    case NW_FACT_UNTIL:
        return nw_date_parse(json_string_value(value), &until) && until >= today;
    case NW_FACT_IS:
        return json_equal(value, rule->value);
    case NW_FACT_SAME:
        return value && json_equal(value, other);
    case NW_FACT_HAS:
        return has(value, other);
    case NW_FACT_SKILL:
        return json_is_string(other) && nw_skill_valid(value, json_string_value(other), today);
    case NW_FACT_SETTLED:
        return is_settled(state, entry, rule, fact);
    }
    NW_UNREACHABLE();
}

static bool judge(const struct nw_case *state, const struct nw_entry *entry,
                  const struct nw_fact *fact, const json_t *value, struct nw_err *err)
{
    if (!json_is_object(value))
        return nw_fail(err, NW_ERR_STATE, "nothing is on record about \"%s\"",
                       nw_either(fact->zh, fact->en));
    for (size_t i = 0; i < fact->rule_count; i++) {
        const struct nw_fact_rule *rule = &fact->rule[i];
        if (rule->types && state->type >= 0 && !(rule->types >> state->type & 1))
            continue;
        if (!rule_holds(state, entry, rule, value))
            return nw_fail(err, strcmp(fact->name, "actor") == 0 ? NW_ERR_DENIED : NW_ERR_STATE,
                           "%s: %s", nw_either(fact->zh, fact->en),
                           nw_either(rule->zh, rule->en));
    }
    return true;
}

static bool is_digest(const char *name)
{
    nw_digest digest;
    return strlen(name) == NW_DIGEST_TEXT - 1 && nw_digest_parse(name, &digest);
}

/* One fact for each thing that the rows of a list name: {"<name>": {...}}. */
static bool judge_rows(const struct nw_case *state, const struct nw_entry *entry,
                       const struct nw_fact *fact, struct nw_err *err)
{
    const json_t *rows = nw_ref_value(state, fact->about, entry);
    const json_t *all = json_object_get(entry->facts, fact->name);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *name = nw_member_text(json_array_get(rows, i), fact->row);
        if (*name && !judge(state, entry, fact, json_object_get(all, name), err))
            return nw_fail_at(err, "%.*s", is_digest(name) ? 8 : 80, name);
    }
    return true;
}

/* Does it ask about what the form will say? */
static bool is_of_form(const struct nw_fact *fact)
{
    bool is = fact->about.item == NW_REF_FORM;
    for (size_t i = 0; i < fact->rule_count; i++)
        is = is || fact->rule[i].of.item == NW_REF_FORM;
    return is;
}

static bool check(const struct nw_case *state, const struct nw_entry *entry,
                  const struct nw_fact *fact, struct nw_err *err)
{
    if (fact->types && state->type >= 0 && !(fact->types >> state->type & 1))
        return true;
    if (fact->given && !nw_ref_value(state, fact->about, entry))
        return true;
    const json_t *value = strcmp(fact->name, "actor") == 0
                              ? entry->actor
                              : json_object_get(entry->facts, fact->name);
    return fact->row ? judge_rows(state, entry, fact, err)
                     : judge(state, entry, fact, value, err);
}

bool nw_facts_check(const struct nw_case *state, const struct nw_entry *entry,
                    struct nw_err *err)
{
    for (size_t i = 0; i < entry->act->fact_count; i++)
        if (!check(state, entry, &entry->act->fact[i], err))
            return false;
    return true;
}

bool nw_case_facts_hold(const struct nw_case *state, const char *act, const json_t *actor,
                        const char *time, const json_t *facts, struct nw_err *err)
{
    const int at = nw_flow_act(state->flow, act);
    if (at < 0)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no act \"%.60s\"", act);
    const struct nw_entry question = {.act = &state->flow->act[at],
                                      .act_name = act,
                                      .actor = actor,
                                      .facts = facts,
                                      .time = time,
                                      .person = nw_member_text(actor, "id")};
    for (size_t i = 0; i < question.act->fact_count; i++)
        if (!is_of_form(&question.act->fact[i]) &&
            !check(state, &question, &question.act->fact[i], err))
            return false;
    return true;
}
