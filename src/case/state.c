/* case/state.c -- see flow.h: what the entries of a case make of it. */
#include <string.h>

#include "case/flow_priv.h"
#include "case/ledger.h"

/* The state keeps references; what it refers to is not changed by it. */
static json_t *shared(const json_t *value)
{
    union {
        const json_t *given;
        json_t *kept;
    } both = {value};
    return both.kept;
}

struct nw_case *nw_case_new(const struct nw_flow *flow, struct nw_err *err)
{
    struct nw_case *state = NW_ALLOC(struct nw_case, 1, err);
    if (!state)
        return NULL;
    state->flow = flow;
    state->type = -1;
    state->entries = json_array();
    state->cancelled_from = -1;
    state->item = NW_ALLOC(struct nw_item_state, flow->item_count, err);
    state->stay = state->item ? NW_ALLOC(struct nw_stay, flow->stage_count, err) : NULL;
    if (state->stay && state->entries)
        return state;
    if (state->stay)
        nw_fail(err, NW_ERR_MEMORY, "no memory for a case");
    nw_case_free(state);
    return NULL;
}

void nw_case_free(struct nw_case *state)
{
    if (!state)
        return;
    json_decref(state->entries);
    nw_free(state->version);
    nw_free(state->rest);
    nw_free(state->issue);
    nw_free(state->item);
    nw_free(state->stay);
    nw_free(state);
}

const struct nw_flow *nw_case_flow(const struct nw_case *state)
{
    return state->flow;
}

/* ---- asking ---- */

const struct nw_version *nw_item_newest(const struct nw_case *state, int item)
{
    const size_t newest = state->item[item].newest;
    return newest ? &state->version[newest - 1] : NULL;
}

const json_t *nw_item_form(const struct nw_case *state, int item)
{
    const struct nw_version *newest = nw_item_newest(state, item);
    return newest ? json_object_get(newest->entry, "form") : NULL;
}

bool nw_item_valid(const struct nw_case *state, int item)
{
    return state->item[item].valid > 0 || state->item[item].overridden;
}

const json_t *nw_ref_value(const struct nw_case *state, struct nw_ref ref,
                           const struct nw_entry *entry)
{
    if (ref.item == NW_REF_FORM)
        return entry ? json_object_get(entry->form, ref.field) : NULL;
    if (ref.item == NW_REF_ACTOR)
        return entry ? json_object_get(entry->actor, ref.field) : NULL;
    return ref.item < 0 ? NULL : json_object_get(nw_item_form(state, ref.item), ref.field);
}

bool nw_cond_holds(const struct nw_case *state, const struct nw_cond *cond,
                   const struct nw_entry *entry)
{
    switch (cond->kind) {
    case NW_COND_IS:
        return json_equal(nw_ref_value(state, cond->of, entry), cond->value);
    case NW_COND_NOT:
        return !json_equal(nw_ref_value(state, cond->of, entry), cond->value);
    case NW_COND_ACT: {
        const struct nw_version *newest =
            nw_item_newest(state, state->flow->act[cond->act].item);
        return newest && newest->act == cond->act;
    }
    case NW_COND_LATE:
        return entry && nw_stage_late(state, cond->stage, entry->time);
    case NW_COND_AGAIN:
        return entry && entry->act && nw_item_newest(state, entry->act->item);
    }
    NW_UNREACHABLE();
}

bool nw_conds_hold(const struct nw_case *state, const struct nw_conds *conds,
                   const struct nw_entry *entry)
{
    for (size_t i = 0; i < conds->count; i++)
        if (!nw_cond_holds(state, &conds->at[i], entry))
            return false;
    return true;
}

bool nw_act_applies(const struct nw_case *state, const struct nw_act *act)
{
    return (state->type < 0 || (act->types >> state->type & 1)) &&
           nw_conds_hold(state, &act->when, NULL);
}

bool nw_item_applies(const struct nw_case *state, int item)
{
    const struct nw_indices *makers = &state->flow->item[item].makers;
    for (size_t i = 0; i < makers->count; i++)
        if (nw_act_applies(state, &state->flow->act[makers->at[i]]))
            return true;
    return false;
}

bool nw_item_required(const struct nw_case *state, int item)
{
    const struct nw_indices *makers = &state->flow->item[item].makers;
    for (size_t i = 0; i < makers->count; i++) {
        const struct nw_act *act = &state->flow->act[makers->at[i]];
        if (!act->optional && nw_act_applies(state, act))
            return true;
    }
    return false;
}

int nw_stage_missing(const struct nw_case *state, int stage)
{
    const struct nw_flow *flow = state->flow;
    for (size_t i = 0; i < flow->item_count; i++)
        if (flow->item[i].stage == stage && !nw_item_valid(state, (int)i) &&
            nw_item_required(state, (int)i))
            return (int)i;
    return -1;
}

const struct nw_issue *nw_issue_open(const struct nw_case *state, int kind)
{
    for (size_t i = 0; i < state->issue_count; i++)
        if (state->issue[i].open && state->issue[i].kind == kind)
            return &state->issue[i];
    return NULL;
}

const json_t *nw_case_record(const struct nw_case *state, const char *name, int version)
{
    const int item = nw_flow_item(state->flow, name);
    if (item < 0)
        return NULL;
    if (version <= 0)
        return nw_item_form(state, item);
    for (size_t i = 0; i < state->version_count; i++)
        if (state->version[i].item == item && state->version[i].number == version)
            return json_object_get(state->version[i].entry, "form");
    return NULL;
}

/* ---- applying ---- */

static bool rests_hold(const struct nw_case *state, struct nw_rests rests)
{
    for (size_t i = 0; i < rests.count; i++) {
        const size_t on = state->rest[rests.first + i].version;
        if (on != SIZE_MAX && !state->version[on].valid)
            return false;
    }
    return true;
}

/* Every version rests on older ones: one pass from old to new settles all. */
static void settle(struct nw_case *state)
{
    const struct nw_flow *flow = state->flow;
    for (size_t i = 0; i < flow->item_count; i++)
        state->item[i] = (struct nw_item_state){.newest = state->item[i].newest,
                                                .versions = state->item[i].versions,
                                                .ever_good = state->item[i].ever_good,
                                                .stood = state->item[i].valid > 0};
    for (size_t i = 0; i < state->version_count; i++) {
        struct nw_version *v = &state->version[i];
        const bool newest = flow->item[v->item].many || state->item[v->item].newest == i + 1;
        v->valid = v->good && !v->voided && newest && rests_hold(state, v->rests);
        state->item[v->item].valid += v->valid;
    }
    for (size_t i = 0; i < state->issue_count; i++) {
        const struct nw_issue *o = &state->issue[i];
        if (o->overrides >= 0 && rests_hold(state, o->rests))
            state->item[o->overrides].overridden = true;
    }
    for (size_t i = 0; i < flow->item_count; i++)
        state->reopened += state->item[i].stood && !state->item[i].valid;
}

static void find_stage(struct nw_case *state)
{
    int stage = 0;
    while (stage < state->flow->end_stage && nw_stage_missing(state, stage) < 0)
        stage++;
    state->stage = state->closed ? state->flow->end_stage : stage;
}

/* The time of the stage that this entry ended or began, also one that was there before. */
static void note_stay(struct nw_case *state, const struct nw_entry *entry, int before)
{
    struct nw_stay *left = &state->stay[before], *at = &state->stay[state->stage];
    int64_t now = 0;
    if (!nw_time_parse(entry->time, &now))
        return; /* an entry's time has been looked at */
    if (left->times == 0) {
        left->since = now;
        left->times = 1;
    }
    if (state->stage == before)
        return;
    left->seconds += now - left->since;
    left->late |= nw_stage_late(state, before, entry->time);
    if (entry->act->ends && entry->act->event)
        state->cancelled_from = before;
    at->since = now;
    at->times++;
}

static bool make_room(struct nw_case *state, const struct nw_act *act, struct nw_err *err)
{
    return nw_grow(&state->version, &state->version_room, state->version_count + 1,
                   sizeof *state->version, err) &&
           nw_grow(&state->rest, &state->rest_room,
                   state->rest_count + act->need.count + act->signs.count +
                       state->flow->most_needs,
                   sizeof *state->rest, err) &&
           nw_grow(&state->issue, &state->issue_room, state->issue_count + 2,
                   sizeof *state->issue, err);
}

static void add_rests(struct nw_case *state, const struct nw_indices *items,
                      struct nw_rests *rests)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct nw_item_state *on = &state->item[items->at[i]];
        if (!on->newest && !on->overridden)
            continue; /* not of this case */
        size_t at = on->valid ? on->newest - 1 : SIZE_MAX;
        while (on->valid &&
               !(state->version[at].valid && state->version[at].item == items->at[i]))
            at--; /* of several, the newest that stands */
        state->rest[state->rest_count++] = (struct nw_rest){at};
        rests->count++;
    }
}

static bool about_entry(const struct nw_entry *entry, size_t *number)
{
    const json_t *about = json_object_get(entry->form, "about");
    *number = (size_t)json_integer_value(about);
    return json_is_integer(about);
}

/* What is passed over is so for what there is now: it rests on the needs of the act that would
 * have made it, and falls with them. */
static void override(struct nw_case *state, struct nw_issue *issue)
{
    const struct nw_flow *flow = state->flow;
    const json_t *form = json_object_get(issue->entry, "form");
    issue->overrides = nw_flow_item(flow, nw_member_text(form, "item"));
    if (issue->overrides < 0)
        return;
    const struct nw_act *maker = &flow->act[flow->item[issue->overrides].makers.at[0]];
    issue->rests.first = state->rest_count;
    add_rests(state, &maker->need, &issue->rests);
    state->item[issue->overrides].overridden = true;
}

static void open_issue(struct nw_case *state, int kind, const struct nw_entry *entry)
{
    if (kind < 0)
        return;
    struct nw_issue *issue = &state->issue[state->issue_count++];
    *issue = (struct nw_issue){.kind = kind,
                               .entry_number = json_array_size(state->entries),
                               .open = true,
                               .entry = entry->json,
                               .overrides = -1};
    if (kind == state->flow->override_issue)
        override(state, issue);
}

static void change_issues(struct nw_case *state, const struct nw_entry *entry, bool good)
{
    size_t number;
    const struct nw_act *act = entry->act;
    const bool about = about_entry(entry, &number);
    for (size_t i = 0; about && i < state->issue_count; i++) {
        struct nw_issue *issue = &state->issue[i];
        if (!issue->open || issue->entry_number != number)
            continue;
        if (issue->kind == act->confirms)
            issue->confirmed = good;
        if (issue->kind == act->closes || (issue->kind == act->confirms && !good)) {
            issue->open = false;
            issue->closed_by = json_array_size(state->entries);
        }
    }
    open_issue(state, act->opens, entry);
    if (!good)
        open_issue(state, act->opens_bad, entry);
}

/* What happened to a patient is not undone: after use nothing before it is made void. */
static bool void_items(struct nw_case *state, const struct nw_entry *entry)
{
    const struct nw_act *act = entry->act;
    bool any = false;
    const bool used = state->item[state->flow->use_item].valid > 0;
    for (size_t i = 0; !used && i < act->voids.count; i++) {
        const struct nw_cond *when = &act->void_when[i];
        if (when->value && !nw_cond_holds(state, when, entry))
            continue;
        for (size_t k = 0; k < state->version_count; k++)
            if (state->version[k].item == act->voids.at[i])
                state->version[k].voided = any = true;
    }
    return any;
}

static void add_version(struct nw_case *state, const struct nw_entry *entry, bool good)
{
    const struct nw_act *act = entry->act;
    struct nw_item_state *item = &state->item[act->item];
    struct nw_version version = {.item = act->item,
                                 .number = ++item->versions,
                                 .act = (int)(act - state->flow->act),
                                 .entry = entry->json,
                                 .entry_number = json_array_size(state->entries),
                                 .good = good,
                                 .rests = {.first = state->rest_count},
                                 .sha256 = entry->form_sha256};
    add_rests(state, &act->need, &version.rests);
    add_rests(state, &act->signs, &version.rests);
    const bool again = item->newest && !state->flow->item[act->item].many;
    const bool voided = void_items(state, entry);
    state->version[state->version_count++] = version;
    item->newest = state->version_count;
    item->ever_good |= good;
    if (again || voided) {
        settle(state);
    } else if (good) {
        state->version[state->version_count - 1].valid = true;
        item->valid++;
    }
}

static bool take_entry(const struct nw_case *state, const json_t *json, struct nw_entry *out,
                       struct nw_err *err)
{
    static const char *const known[] = {"case", "number", "act",       "time",   "actor",
                                        "form", "facts",  "signature", "before", "table"};
    const char *key;
    json_t *value;
    json_object_foreach(shared(json), key, value)
    {
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(known[k], key) != 0)
            k++;
        if (k == sizeof known / sizeof *known)
            return nw_fail(err, NW_ERR_DATA, "an entry has no member \"%.60s\"", key);
    }
    *out = (struct nw_entry){.json = json,
                             .form = json_object_get(json, "form"),
                             .facts = json_object_get(json, "facts"),
                             .actor = json_object_get(json, "actor"),
                             .time = nw_member_text(json, "time"),
                             .act_name = nw_member_text(json, "act")};
    if (!json_is_object(out->form) || !json_is_object(out->actor) ||
        (out->facts && !json_is_object(out->facts)))
        return nw_fail(err, NW_ERR_DATA,
                       "an entry's \"form\", \"actor\" and \"facts\" are objects");
    if (!nw_time_is_entry(out->time))
        return nw_fail(err, NW_ERR_DATA,
                       "an entry's \"time\" is a time in UTC such as "
                       "2026-03-01T08:30:00.000000Z");
    out->person = nw_member_text(out->actor, "id");
    out->role = nw_flow_role(state->flow, nw_member_text(out->actor, "role"));
    const int act = nw_flow_act(state->flow, out->act_name);
    if (!*out->person)
        return nw_fail(err, NW_ERR_DATA, "an entry's \"actor\" has an \"id\"");
    if (act < 0)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no act \"%.60s\"", out->act_name);
    out->act = &state->flow->act[act];
    return true;
}

/* The entry goes on from the one before it. */
static bool check_place(const struct nw_case *state, const struct nw_entry *entry,
                        struct nw_err *err)
{
    const size_t count = json_array_size(state->entries);
    const json_t *number = json_object_get(entry->json, "number");
    if (!json_is_integer(number) || json_integer_value(number) != (json_int_t)count + 1)
        return nw_fail(err, NW_ERR_CONFLICT, "the next entry of this case is number %zu",
                       count + 1);
    const char *id = nw_member_text(entry->json, "case");
    if (!*id)
        return nw_fail(err, NW_ERR_DATA, "an entry names its case");
    const json_t *table = json_object_get(entry->json, "table");
    if (table && count > 0)
        return nw_fail(err, NW_ERR_DATA, "the first entry of a case alone names its \"table\"");
    if (table &&
        (!json_is_string(table) || strcmp(json_string_value(table), state->flow->digest) != 0))
        return nw_fail(err, NW_ERR_DATA,
                       "the case was opened under another version of the process table");
    const char *before = json_string_value(json_object_get(entry->json, "before"));
    if (count == 0)
        return !before || strspn(before, "0") == strlen(before) ||
               nw_fail(err, NW_ERR_CONFLICT, "the first entry of a case has none before it");
    const json_t *last = json_array_get(state->entries, count - 1);
    nw_digest stated;
    if (strcmp(id, nw_member_text(last, "case")) != 0)
        return nw_fail(err, NW_ERR_CONFLICT, "the entry belongs to another case");
    if (!before || !nw_digest_parse(before, &stated) ||
        memcmp(&stated, &state->last, sizeof stated) != 0)
        return nw_fail(err, NW_ERR_CONFLICT,
                       "the entry does not follow the last entry of this case");
    if (strcmp(entry->time, nw_member_text(last, "time")) < 0)
        return nw_fail(err, NW_ERR_DATA,
                       "the entry's time lies before that of the entry before it");
    return true;
}

static void note_opening(struct nw_case *state, const struct nw_entry *entry)
{
    if (entry->act == &state->flow->act[state->flow->open_act])
        state->type = nw_flow_type(state->flow, nw_member_text(entry->form, "type"));
    state->closed |= entry->act->ends;
}

static bool digest_entry(const json_t *json, nw_digest *out, struct nw_err *err)
{
    enum { MAX_BYTES = 1 << 20 };
    size_t len = 0;
    NW_AUTOFREE char *text = nw_canonical(json, &len, err);
    if (text && len > MAX_BYTES)
        return nw_fail(err, NW_ERR_LIMIT, "an entry has at most %d bytes", MAX_BYTES);
    return text && nw_hash_bytes(text, len, out, err);
}

bool nw_case_apply(struct nw_case *state, const json_t *json, struct nw_err *err)
{
    struct nw_entry entry;
    nw_digest whole;
    bool good = true;
    if (!take_entry(state, json, &entry, err) || !check_place(state, &entry, err) ||
        !nw_rules_check(state, &entry, err) || !nw_form_check(state, &entry, &good, err) ||
        !nw_facts_check(state, &entry, err) ||
        !nw_canonical_digest(entry.form, &entry.form_sha256, err) ||
        !nw_statement_check(state, &entry, err) || !digest_entry(json, &whole, err) ||
        !make_room(state, entry.act, err))
        return false;
    if (json_array_append(state->entries, shared(json)))
        return nw_fail(err, NW_ERR_MEMORY, "no memory for a case");
    state->last = whole;
    note_opening(state, &entry);
    add_version(state, &entry, good);
    change_issues(state, &entry, good);
    const int before = state->stage;
    find_stage(state);
    note_stay(state, &entry, before);
    return true;
}

void nw_case_next(const struct nw_case *state, int64_t *number, char before[NW_DIGEST_TEXT])
{
    *number = (int64_t)json_array_size(state->entries) + 1;
    nw_digest_format(&state->last, before); /* zeros before the first */
}

bool nw_case_hides(const struct nw_case *state, int64_t number)
{
    const json_t *entry =
        number > 0 ? json_array_get(state->entries, (size_t)number - 1) : NULL;
    const int act = nw_flow_act(state->flow, nw_member_text(entry, "act"));
    return act >= 0 &&
           json_array_size(json_object_get(state->flow->act[act].json, "hidden_from")) > 0;
}

bool nw_case_shows(const struct nw_case *state, int64_t number, const json_t *actor)
{
    const json_t *entry =
        number > 0 ? json_array_get(state->entries, (size_t)number - 1) : NULL;
    const int act = nw_flow_act(state->flow, nw_member_text(entry, "act"));
    if (!entry || act < 0 || !nw_case_sees(state, actor))
        return false;
    const json_t *hidden = json_object_get(state->flow->act[act].json, "hidden_from");
    const char *role = nw_member_text(actor, "role");
    bool shown = true;
    for (size_t i = 0; i < json_array_size(hidden); i++)
        shown = shown && strcmp(json_string_value(json_array_get(hidden, i)), role) != 0;
    const json_t *invited = json_object_get(json_object_get(entry, "form"), "invited");
    for (size_t i = 0; i < json_array_size(invited); i++)
        shown = shown || json_equal(json_object_get(json_array_get(invited, i), "person"),
                                    json_object_get(actor, "id"));
    return shown;
}
