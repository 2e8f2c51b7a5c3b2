/* case/flow.c -- see flow.h: the table, opened and checked. */
#include "case/flow_priv.h"

#include <stdio.h>
#include <string.h>

#include "case/process_acts_data.inc"
#include "case/process_acts_design.inc"
#include "case/process_acts_events.inc"
#include "case/process_acts_making.inc"
#include "case/process_acts_use.inc"
#include "case/process_clauses.inc"
#include "case/process_process.inc"
#include "case/process_words.inc"

enum { MAX_NAMED = 32 }; /* roles and types are bits of one word */

static const struct {
    const unsigned char *text;
    size_t len;
} shipped[] = {
    {process_process, sizeof process_process - 1},
    {process_words, sizeof process_words - 1},
    {process_acts_data, sizeof process_acts_data - 1},
    {process_acts_design, sizeof process_acts_design - 1},
    {process_acts_making, sizeof process_acts_making - 1},
    {process_acts_use, sizeof process_acts_use - 1},
    {process_acts_events, sizeof process_acts_events - 1},
    {process_clauses, sizeof process_clauses - 1},
};

const char *nw_member_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static json_t *parse(const char *text, size_t len, struct nw_err *err)
{
    json_error_t where;
    json_t *table = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    if (!table)
        nw_fail(err, NW_ERR_DATA, "the process table is not JSON: line %d column %d",
                where.line, where.column);
    return table;
}

/* Members of the same name that are lists are put one behind the other. */
static bool merge(json_t *table, json_t *part)
{
    const char *key;
    json_t *value;
    json_object_foreach(part, key, value)
    {
        json_t *have = json_object_get(table, key);
        const int bad = json_is_array(have) ? json_array_extend(have, value)
                                            : json_object_set(table, key, value);
        if (bad)
            return false;
    }
    return true;
}

static json_t *load_shipped(struct nw_err *err)
{
    json_t *table = json_object();
    bool ok = table != NULL;
    for (size_t i = 0; ok && i < sizeof shipped / sizeof *shipped; i++) {
        json_t *part = parse((const char *)shipped[i].text, shipped[i].len, err);
        ok = part && merge(table, part);
        json_decref(part);
    }
    if (ok)
        return table;
    json_decref(table);
    if (err->code == NW_OK)
        nw_fail(err, NW_ERR_MEMORY, "no memory for the process table");
    return NULL;
}

/* ---- names ---- */

#define FIND(flow, list, count, name)                                                          \
    for (size_t i = 0; (name) && i < (flow)->count; i++)                                       \
        if (strcmp((flow)->list[i].name, (name)) == 0)                                         \
            return (int)i;                                                                     \
    return -1

int nw_flow_role(const struct nw_flow *flow, const char *name)
{
    FIND(flow, role, role_count, name);
}

int nw_flow_type(const struct nw_flow *flow, const char *name)
{
    FIND(flow, type, type_count, name);
}

int nw_flow_stage(const struct nw_flow *flow, const char *name)
{
    FIND(flow, stage, stage_count, name);
}

int nw_flow_issue(const struct nw_flow *flow, const char *name)
{
    FIND(flow, issue, issue_count, name);
}

static int indexed(const json_t *index, const char *name)
{
    const json_t *at = name ? json_object_get(index, name) : NULL;
    return at ? (int)json_integer_value(at) : -1;
}

int nw_flow_act(const struct nw_flow *flow, const char *name)
{
    return indexed(flow->act_index, name);
}

int nw_flow_item(const struct nw_flow *flow, const char *name)
{
    return indexed(flow->item_index, name);
}

bool nw_flow_take_indices(struct nw_flow *flow, const json_t *list,
                          int (*find)(const struct nw_flow *, const char *),
                          struct nw_indices *out, struct nw_err *err)
{
    const size_t count = json_array_size(list);
    if (list && !json_is_array(list))
        return nw_fail(err, NW_ERR_DATA,
                       "the process table has something where a list of names "
                       "is wanted");
    out->at = nw_arena_alloc(&flow->arena, (count + 1) * sizeof *out->at, err);
    if (!out->at)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        out->at[i] = find(flow, name);
        if (out->at[i] < 0)
            return nw_fail(err, NW_ERR_DATA,
                           "the process table names \"%.60s\", which it does "
                           "not define",
                           name ? name : "");
    }
    out->count = count;
    return true;
}

/* ---- taking the table apart ---- */

/* Every entry of a list has a name and both labels. */
static bool take_label(const json_t *from, const char **name, const char **zh, const char **en,
                       struct nw_err *err)
{
    *name = nw_member_text(from, "name");
    *zh = nw_member_text(from, "zh");
    *en = nw_member_text(from, "en");
    if (**name && **zh && **en)
        return true;
    return nw_fail(
        err, NW_ERR_DATA,
        "the process table has \"%.60s\" without a name or a label in both languages",
        **name ? *name : *en);
}

static bool begin_list(struct nw_flow *flow, const char *key, size_t most, size_t size,
                       void *out, size_t *count, struct nw_err *err)
{
    const json_t *list = json_object_get(flow->table, key);
    *count = json_array_size(list);
    if (*count == 0 || *count > most)
        return nw_fail(err, NW_ERR_DATA, "the process table needs a list \"%s\" of 1 to %zu",
                       key, most);
    void *block = nw_arena_alloc(&flow->arena, *count * size, err);
    if (!block)
        return false;
    memset(block, 0, *count * size);
    memcpy(out, &block, sizeof block);
    return true;
}

static const json_t *listed(const struct nw_flow *flow, const char *key, size_t i)
{
    return json_array_get(json_object_get(flow->table, key), i);
}

static bool take_proofs(struct nw_flow *flow, struct nw_role *role, const json_t *list,
                        struct nw_err *err)
{
    role->proof_count = json_array_size(list);
    role->proof =
        nw_arena_alloc(&flow->arena, (role->proof_count + 1) * sizeof *role->proof, err);
    for (size_t i = 0; role->proof && i < role->proof_count; i++) {
        const json_t *one = json_array_get(list, i);
        role->proof[i] = (struct nw_proof){
            .date = json_string_value(json_object_get(one, "date")),
            .skill = json_string_value(json_object_get(one, "skill")),
            .zh = nw_member_text(one, "zh"),
            .en = nw_member_text(one, "en"),
        };
        if (!role->proof[i].date == !role->proof[i].skill)
            return nw_fail(err, NW_ERR_DATA,
                           "the process table's role \"%.60s\" has a proof that is neither a "
                           "date nor a skill",
                           role->name);
    }
    return role->proof != NULL;
}

static bool take_roles(struct nw_flow *flow, struct nw_err *err)
{
    bool ok = begin_list(flow, "roles", MAX_NAMED, sizeof *flow->role, &flow->role,
                         &flow->role_count, err);
    for (size_t i = 0; ok && i < flow->role_count; i++) {
        const json_t *from = listed(flow, "roles", i);
        struct nw_role *role = &flow->role[i];
        role->outside_team = json_is_true(json_object_get(from, "outside_team"));
        role->sees_all = json_is_true(json_object_get(from, "sees_all"));
        ok = take_label(from, &role->name, &role->zh, &role->en, err) &&
             take_proofs(flow, role, json_object_get(from, "proofs"), err);
    }
    return ok;
}

static bool take_types(struct nw_flow *flow, struct nw_err *err)
{
    bool ok = begin_list(flow, "types", MAX_NAMED, sizeof *flow->type, &flow->type,
                         &flow->type_count, err);
    for (size_t i = 0; ok && i < flow->type_count; i++) {
        const json_t *from = listed(flow, "types", i);
        struct nw_type *type = &flow->type[i];
        struct nw_indices team;
        ok =
            take_label(from, &type->name, &type->zh, &type->en, err) &&
            nw_flow_take_indices(flow, json_object_get(from, "team"), nw_flow_role, &team, err);
        for (size_t k = 0; ok && k < team.count; k++)
            type->team |= 1u << team.at[k];
        type->keep_years = json_number_value(json_object_get(from, "keep_years"));
        type->visits = (int)json_integer_value(json_object_get(from, "visits"));
        type->months = (int)json_integer_value(json_object_get(from, "months"));
        type->custom = json_is_true(json_object_get(from, "custom"));
    }
    return ok;
}

static bool take_stages(struct nw_flow *flow, struct nw_err *err)
{
    bool ok = begin_list(flow, "stages", 64, sizeof *flow->stage, &flow->stage,
                         &flow->stage_count, err);
    for (size_t i = 0; ok && i < flow->stage_count; i++) {
        const json_t *from = listed(flow, "stages", i);
        struct nw_stage *stage = &flow->stage[i];
        stage->clause = nw_member_text(from, "clause");
        stage->days = (int)json_integer_value(json_object_get(from, "days"));
        ok = take_label(from, &stage->name, &stage->zh, &stage->en, err);
    }
    return ok;
}

/* Names of acts and of what they make, before anything refers to them. */
static bool name_acts(struct nw_flow *flow, struct nw_err *err)
{
    flow->act_index = json_object();
    flow->item_index = json_object();
    if (!flow->act_index || !flow->item_index)
        return nw_fail(err, NW_ERR_MEMORY, "no memory for the process table");
    bool ok =
        begin_list(flow, "acts", 1024, sizeof *flow->act, &flow->act, &flow->act_count, err);
    if (!ok)
        return false;
    flow->item = nw_arena_alloc(&flow->arena, flow->act_count * sizeof *flow->item, err);
    if (!flow->item)
        return false;
    for (size_t i = 0; i < flow->act_count; i++) {
        struct nw_act *act = &flow->act[i];
        act->json = listed(flow, "acts", i);
        if (!take_label(act->json, &act->name, &act->zh, &act->en, err))
            return false;
        const char *makes = nw_member_text(act->json, "makes");
        makes = *makes ? makes : act->name;
        act->item = nw_flow_item(flow, makes);
        if (nw_flow_act(flow, act->name) >= 0)
            return nw_fail(err, NW_ERR_DATA, "the process table has the act \"%.60s\" twice",
                           act->name);
        if (act->item < 0) {
            act->item = (int)flow->item_count++;
            flow->item[act->item] =
                (struct nw_item_kind){.name = makes, .zh = act->zh, .en = act->en};
            if (json_object_set_new(flow->item_index, makes, json_integer(act->item)))
                return nw_fail(err, NW_ERR_MEMORY, "no memory for the process table");
        }
        if (json_object_set_new(flow->act_index, act->name, json_integer((json_int_t)i)))
            return nw_fail(err, NW_ERR_MEMORY, "no memory for the process table");
    }
    return true;
}

static bool take_issues(struct nw_flow *flow, struct nw_err *err)
{
    bool ok = begin_list(flow, "issues", MAX_NAMED, sizeof *flow->issue, &flow->issue,
                         &flow->issue_count, err);
    for (size_t i = 0; ok && i < flow->issue_count; i++) {
        const json_t *from = listed(flow, "issues", i);
        struct nw_issue_kind *issue = &flow->issue[i];
        const char *stage = nw_member_text(from, "blocks_from");
        issue->blocks_from = nw_flow_stage(flow, stage);
        if (*stage && issue->blocks_from < 0)
            return nw_fail(err, NW_ERR_DATA,
                           "the process table names \"%.60s\", which it does "
                           "not define",
                           stage);
        ok = take_label(from, &issue->name, &issue->zh, &issue->en, err) &&
             nw_flow_take_indices(flow, json_object_get(from, "blocks"), nw_flow_act,
                                  &issue->blocks, err);
    }
    return ok;
}

static bool take_locks(struct nw_flow *flow, struct nw_err *err)
{
    bool ok = begin_list(flow, "locks", MAX_NAMED, sizeof *flow->lock, &flow->lock,
                         &flow->lock_count, err);
    for (size_t i = 0; ok && i < flow->lock_count; i++) {
        const json_t *from = listed(flow, "locks", i);
        struct nw_lock *lock = &flow->lock[i];
        lock->after = nw_flow_item(flow, nw_member_text(from, "after"));
        ok = nw_flow_take_indices(flow, json_object_get(from, "items"), nw_flow_item,
                                  &lock->items, err);
        if (ok && lock->after < 0)
            return nw_fail(err, NW_ERR_DATA,
                           "the process table names \"%.60s\", which it does "
                           "not define",
                           nw_member_text(from, "after"));
    }
    return ok;
}

static bool take_acts(struct nw_flow *flow, struct nw_err *err)
{
    for (size_t i = 0; i < flow->act_count; i++)
        if (!nw_flow_take_act(flow, &flow->act[i], err)) {
            nw_fail_at(err, "act \"%.60s\"", flow->act[i].name);
            return false;
        }
    for (size_t i = 0; i < flow->act_count; i++)
        if (flow->act[i].need.count > flow->most_needs)
            flow->most_needs = flow->act[i].need.count;
    return true;
}

static bool name_makers(struct nw_flow *flow, struct nw_err *err)
{
    for (size_t k = 0; k < flow->item_count; k++) {
        struct nw_item_kind *item = &flow->item[k];
        item->makers.at = nw_arena_alloc(&flow->arena, flow->act_count * sizeof(int), err);
        if (!item->makers.at)
            return false;
        for (size_t i = 0; i < flow->act_count; i++)
            if (flow->act[i].item == (int)k)
                item->makers.at[item->makers.count++] = (int)i;
        const struct nw_act *first = &flow->act[item->makers.at[0]];
        item->stage = first->stage;
        item->many = first->many;
        item->overridable = first->overridable;
    }
    return true;
}

/* What the judge itself leans on has a name in the table's "keys". */
static bool take_keys(struct nw_flow *flow, struct nw_err *err)
{
    const json_t *keys = json_object_get(flow->table, "keys");
    const struct {
        const char *name;
        int (*find)(const struct nw_flow *, const char *);
        int *out;
    } key[] = {
        {"open", nw_flow_act, &flow->open_act},
        {"open", nw_flow_item, &flow->open_item},
        {"order", nw_flow_item, &flow->order_item},
        {"images", nw_flow_item, &flow->images_item},
        {"plan", nw_flow_item, &flow->plan_item},
        {"team", nw_flow_item, &flow->team_item},
        {"use", nw_flow_item, &flow->use_item},
        {"release", nw_flow_item, &flow->release_item},
        {"delivered", nw_flow_item, &flow->delivered_item},
        {"followup_plan", nw_flow_item, &flow->follow_plan_item},
        {"visit", nw_flow_item, &flow->visit_item},
        {"use_stage", nw_flow_stage, &flow->use_stage},
        {"acceptance_stage", nw_flow_stage, &flow->accept_stage},
        {"follow_stage", nw_flow_stage, &flow->follow_stage},
        {"end_stage", nw_flow_stage, &flow->end_stage},
        {"override", nw_flow_issue, &flow->override_issue},
        {"change", nw_flow_issue, &flow->change_issue},
    };
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        *key[i].out = key[i].find(flow, nw_member_text(keys, key[i].name));
        if (*key[i].out < 0)
            return nw_fail(err, NW_ERR_DATA,
                           "the process table's \"keys\" do not say which is "
                           "\"%s\"",
                           key[i].name);
    }
    return true;
}

static bool digest_table(struct nw_flow *flow, struct nw_err *err)
{
    nw_digest digest;
    if (!nw_canonical_digest(flow->table, &digest, err))
        return false;
    nw_digest_format(&digest, flow->digest);
    return true;
}

struct nw_flow *nw_flow_open(const char *text, size_t len, struct nw_err *err)
{
    struct nw_flow *flow = NW_ALLOC(struct nw_flow, 1, err);
    if (!flow)
        return NULL;
    flow->table = text ? parse(text, len, err) : load_shipped(err);
    if (flow->table && take_roles(flow, err) && take_types(flow, err) &&
        take_stages(flow, err) && name_acts(flow, err) && take_issues(flow, err) &&
        take_locks(flow, err) && take_keys(flow, err) && take_acts(flow, err) &&
        name_makers(flow, err) && digest_table(flow, err))
        return flow;
    nw_flow_close(flow);
    return NULL;
}

void nw_flow_close(struct nw_flow *flow)
{
    if (!flow)
        return;
    json_decref(flow->table);
    json_decref(flow->act_index);
    json_decref(flow->item_index);
    nw_arena_release(&flow->arena);
    nw_free(flow);
}

const json_t *nw_flow_table(const struct nw_flow *flow)
{
    return flow->table;
}

const char *nw_flow_digest(const struct nw_flow *flow)
{
    return flow->digest;
}

bool nw_act_in_stage(const struct nw_act *act, int stage)
{
    return stage >= act->from && stage <= act->until;
}

bool nw_flow_allows(const struct nw_flow *flow, const char *role, const char *act,
                    const char *stage)
{
    const int r = nw_flow_role(flow, role), a = nw_flow_act(flow, act),
              s = nw_flow_stage(flow, stage);
    return r >= 0 && a >= 0 && s >= 0 && (flow->act[a].roles >> r & 1) &&
           nw_act_in_stage(&flow->act[a], s);
}
