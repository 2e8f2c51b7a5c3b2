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

/* One fact for each thing that the rows of a list name: {"<name>": {...}}. */
static bool judge_rows(const struct nw_case *state, const struct nw_entry *entry,
                       const struct nw_fact *fact, struct nw_err *err)
{
    const json_t *rows = nw_ref_value(state, fact->about, entry);
    const json_t *all = json_object_get(entry->facts, fact->name);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *name = nw_member_text(json_array_get(rows, i), fact->row);
        if (*name && !judge(state, entry, fact, json_object_get(all, name), err))
            return nw_fail_at(err, "%.80s", name);
    }
    return true;
}

bool nw_facts_check(const struct nw_case *state, const struct nw_entry *entry,
                    struct nw_err *err)
{
    for (size_t i = 0; i < entry->act->fact_count; i++) {
        const struct nw_fact *fact = &entry->act->fact[i];
        if (fact->types && state->type >= 0 && !(fact->types >> state->type & 1))
            continue;
        if (fact->given && !nw_ref_value(state, fact->about, entry))
            continue;
        const json_t *value = strcmp(fact->name, "actor") == 0
                                  ? entry->actor
                                  : json_object_get(entry->facts, fact->name);
        if (fact->row ? !judge_rows(state, entry, fact, err)
                      : !judge(state, entry, fact, value, err))
            return false;
    }
    return true;
}
