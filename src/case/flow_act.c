/* case/flow_act.c -- see flow_priv.h: an act of the table. */
#include <string.h>

#include "case/flow_priv.h"

static bool take_named(int (*find)(const struct nw_flow *, const char *),
                       const struct nw_flow *flow, const json_t *from, const char *key,
                       int fallback, int *out, struct nw_err *err)
{
    const char *name = json_string_value(json_object_get(from, key));
    *out = name ? find(flow, name) : fallback;
    if (name && *out < 0)
        return nw_fail(err, NW_ERR_DATA, "\"%s\" names \"%.60s\", which is not defined", key,
                       name);
    return true;
}

static bool take_stages(const struct nw_flow *flow, struct nw_act *act, struct nw_err *err)
{
    if (!take_named(nw_flow_stage, flow, act->json, "stage", -1, &act->stage, err))
        return false;
    if (act->stage < 0)
        return nw_fail(err, NW_ERR_DATA, "it has no \"stage\"");
    const int until = act->stage <= flow->use_stage ? flow->use_stage : flow->follow_stage;
    return take_named(nw_flow_stage, flow, act->json, "from", act->stage, &act->from, err) &&
           take_named(nw_flow_stage, flow, act->json, "until", until, &act->until, err);
}

static bool flag(const struct nw_act *act, const char *key)
{
    return json_is_true(json_object_get(act->json, key));
}

static bool take_roles(struct nw_flow *flow, struct nw_act *act, struct nw_err *err)
{
    struct nw_indices roles;
    if (!nw_flow_take_indices(flow, json_object_get(act->json, "roles"), nw_flow_role, &roles,
                              err))
        return false;
    for (size_t i = 0; i < roles.count; i++)
        act->roles |= 1u << roles.at[i];
    if (!act->roles)
        return nw_fail(err, NW_ERR_DATA, "no role may do it");
    if (!nw_flow_take_types(flow, json_object_get(act->json, "types"), &act->types, err))
        return false;
    if (!act->types)
        act->types = UINT32_MAX;
    return true;
}

static bool take_issues(const struct nw_flow *flow, struct nw_act *act, struct nw_err *err)
{
    const json_t *from = act->json;
    return take_named(nw_flow_issue, flow, from, "opens", -1, &act->opens, err) &&
           take_named(nw_flow_issue, flow, from, "opens_when_bad", -1, &act->opens_bad, err) &&
           take_named(nw_flow_issue, flow, from, "closes", -1, &act->closes, err) &&
           take_named(nw_flow_issue, flow, from, "confirms", -1, &act->confirms, err);
}

static bool take_people(struct nw_flow *flow, struct nw_act *act, struct nw_err *err)
{
    const json_t *people = json_object_get(act->json, "people");
    return take_named(nw_flow_item, flow, people, "same", -1, &act->same_person, err) &&
           take_named(nw_flow_item, flow, people, "rank_above", -1, &act->rank_above, err) &&
           nw_flow_take_indices(flow, json_object_get(people, "not"), nw_flow_item,
                                &act->not_person, err);
}

/* {"item", "field", "is"}: the item is made void by an entry whose field is that. */
static bool take_voids(struct nw_flow *flow, struct nw_act *act, struct nw_err *err)
{
    const json_t *list = json_object_get(act->json, "voids");
    const size_t count = json_array_size(list);
    act->voids.at = nw_arena_alloc(&flow->arena, (count + 1) * sizeof(int), err);
    act->void_when = nw_arena_alloc(&flow->arena, (count + 1) * sizeof *act->void_when, err);
    if (!act->voids.at || !act->void_when)
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);
        act->voids.at[i] = nw_flow_item(flow, nw_member_text(one, "item"));
        if (act->voids.at[i] < 0)
            return nw_fail(err, NW_ERR_DATA, "\"voids\" names \"%.60s\", which no act makes",
                           nw_member_text(one, "item"));
        act->void_when[i] = (struct nw_cond){
            .kind = NW_COND_IS,
            .of = {NW_REF_FORM, json_string_value(json_object_get(one, "field"))},
            .value = json_object_get(one, "is"),
        };
    }
    act->voids.count = count;
    return true;
}

static bool take_fact_rule(struct nw_flow *flow, const json_t *from, struct nw_fact_rule *rule,
                           struct nw_err *err)
{
    static const char *const kind[] = {
        [NW_FACT_UNTIL] = "until", [NW_FACT_IS] = "is",       [NW_FACT_SAME] = "same",
        [NW_FACT_HAS] = "has",     [NW_FACT_SKILL] = "skill", [NW_FACT_SETTLED] = "settled_by"};
    *rule = (struct nw_fact_rule){.field = nw_member_text(from, "field"),
                                  .of = {.item = NW_REF_NONE},
                                  .zh = nw_member_text(from, "zh"),
                                  .en = nw_member_text(from, "en")};
    size_t k = 0;
    while (k < sizeof kind / sizeof *kind && !json_object_get(from, kind[k]))
        k++;
    if (k == sizeof kind / sizeof *kind || !*rule->field || !*rule->zh || !*rule->en)
        return nw_fail(err, NW_ERR_DATA,
                       "a rule has \"field\", \"zh\", \"en\" and one of until, is, same, has, "
                       "skill, settled_by");
    rule->kind = (enum nw_fact_rule_kind)k;
    rule->value = json_object_get(from, kind[k]);
    if (k == NW_FACT_SETTLED &&
        !take_named(nw_flow_item, flow, from, "settled_by", -1, &rule->item, err))
        return false;
    if (k != NW_FACT_UNTIL && k != NW_FACT_IS && k != NW_FACT_SETTLED &&
        !nw_flow_take_ref(flow, rule->value, &rule->of, err))
        return false;
    return nw_flow_take_types(flow, json_object_get(from, "types"), &rule->types, err);
}

static bool take_fact(struct nw_flow *flow, const json_t *from, struct nw_fact *fact,
                      struct nw_err *err)
{
    const json_t *rules = json_object_get(from, "rules");
    *fact = (struct nw_fact){.name = nw_member_text(from, "fact"),
                             .zh = nw_member_text(from, "zh"),
                             .en = nw_member_text(from, "en"),
                             .row = json_string_value(json_object_get(from, "row")),
                             .rule_count = json_array_size(rules),
                             .given = json_is_true(json_object_get(from, "when_given"))};
    if (!*fact->name || !*fact->zh || !*fact->en)
        return nw_fail(err, NW_ERR_DATA, "a fact has \"fact\", \"zh\" and \"en\"");
    if (!nw_flow_take_ref(flow, json_object_get(from, "about"), &fact->about, err) ||
        !nw_flow_take_types(flow, json_object_get(from, "types"), &fact->types, err))
        return false;
    fact->rule = nw_arena_alloc(&flow->arena, (fact->rule_count + 1) * sizeof *fact->rule, err);
    bool ok = fact->rule != NULL;
    for (size_t i = 0; ok && i < fact->rule_count; i++)
        ok = take_fact_rule(flow, json_array_get(rules, i), &fact->rule[i], err);
    return ok || nw_fail_at(err, "fact \"%.60s\"", fact->name);
}

static bool take_facts(struct nw_flow *flow, struct nw_act *act, struct nw_err *err)
{
    const json_t *list = json_object_get(act->json, "facts_wanted");
    act->fact_count = json_array_size(list);
    act->fact = nw_arena_alloc(&flow->arena, (act->fact_count + 1) * sizeof *act->fact, err);
    bool ok = act->fact != NULL;
    for (size_t i = 0; ok && i < act->fact_count; i++)
        ok = take_fact(flow, json_array_get(list, i), &act->fact[i], err);
    return ok;
}

bool nw_flow_take_act(struct nw_flow *flow, struct nw_act *act, struct nw_err *err)
{
    const json_t *from = act->json;
    act->many = flag(act, "many");
    act->event = flag(act, "event");
    act->optional = flag(act, "optional") || act->event;
    act->ends = flag(act, "ends");
    act->once = flag(act, "once");
    act->sign = flag(act, "signed");
    act->no_proof = flag(act, "no_proof");
    act->overridable = flag(act, "overridable");
    return take_stages(flow, act, err) && take_roles(flow, act, err) &&
           take_issues(flow, act, err) && take_people(flow, act, err) &&
           take_voids(flow, act, err) && take_facts(flow, act, err) &&
           nw_flow_take_conds(flow, json_object_get(from, "when"), &act->when, err) &&
           nw_flow_take_indices(flow, json_object_get(from, "needs"), nw_flow_item, &act->need,
                                err) &&
           nw_flow_take_indices(flow, json_object_get(from, "signs"), nw_flow_item, &act->signs,
                                err) &&
           nw_flow_take_indices(flow, json_object_get(from, "checks"), nw_check_find,
                                &act->checks, err) &&
           nw_flow_take_fields(flow, json_object_get(from, "fields"), &act->field,
                               &act->field_count, err);
}
