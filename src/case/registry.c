/* What the site has on record besides cases and people, and what an act wants to know of it. */
#include <stdio.h>
#include <string.h>

#include "case/desk_priv.h"
#include "case/flow_priv.h"

static const char *const kinds[] = {"organisation", "product",    "machine",    "material",
                                    "material_lot", "process",    "instrument", "software",
                                    "price",        "vocabulary", "site",       "recipient"};

static bool is_kind(const char *kind, struct nw_err *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return nw_fail(err, NW_ERR_NOTFOUND,
                   "the registry has no kind %.40s: it has organisation, product, machine, "
                   "material, material_lot, process, instrument, software, price, vocabulary, "
                   "site and recipient",
                   kind);
}

/* What the program itself judges by is of its kind, or would be passed over in silence. */
enum member_type { YES_OR_NO, DAY, TEXT, RECIPIENT };
static const struct member {
    const char *kind, *name;
    enum member_type type;
} typed[] = {
    {"site", "data_inside", YES_OR_NO},
    {"recipient", "inside", YES_OR_NO},
    {"recipient", "valid_until", DAY},
    {"recipient", "as", RECIPIENT},
    {"machine", "serial", TEXT},
    {"machine", "service_until", DAY},
    {"machine", "warranty_from", DAY},
    {"machine", "warranty_until", DAY},
};

static bool check_member(const struct member *member, const json_t *value, struct nw_err *err)
{
    int64_t day;
    const char *text = json_string_value(value);
    switch (member->type) {
    case YES_OR_NO:
        return json_is_boolean(value) ||
               nw_fail(err, NW_ERR_DATA, "\"%s\" is true or false", member->name);
    case DAY:
        return (text && strlen(text) == 10 && nw_date_parse(text, &day)) ||
               nw_fail(err, NW_ERR_DATA, "\"%s\" is a date such as 2026-03-01", member->name);
    case TEXT:
        return (text && *text) || nw_fail(err, NW_ERR_DATA, "\"%s\" is a text", member->name);
    case RECIPIENT:
        return (text && (strcmp(text, "ethics") == 0 || strcmp(text, "authority") == 0 ||
                         strcmp(text, "other") == 0)) ||
               nw_fail(err, NW_ERR_DATA, "\"%s\" is ethics, authority or other", member->name);
    }
    NW_UNREACHABLE();
}

static bool check_members(const char *kind, const json_t *body, struct nw_err *err)
{
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        const json_t *value = json_object_get(body, typed[i].name);
        if (strcmp(typed[i].kind, kind) == 0 && value && !check_member(&typed[i], value, err))
            return false;
    }
    return true;
}

struct listing {
    const char *kind;
    bool whole;
    json_t *list;
};

static bool list_kind(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct listing *listing = (struct listing *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT id, version, body FROM registry WHERE kind = ? ORDER BY id",
                     NW_VALUES(NW_STRING(listing->kind)), &rows, err))
        return false;
    json_array_clear(listing->list);
    for (size_t i = 0; i < rows.count; i++) {
        json_t *one = listing->whole
                          ? json_pack("{s:s, s:I, s:o?}", "id", nw_row_text(&rows, i, 0),
                                      "version", (json_int_t)nw_row_whole(&rows, i, 1), "body",
                                      json_loads(nw_row_text(&rows, i, 2), 0, NULL))
                          : json_pack("{s:s}", "id", nw_row_text(&rows, i, 0));
        if (json_array_append_new(listing->list, one) != 0)
            return nw_no_memory(err);
    }
    return true;
}

bool nw_registry_list(struct nw_desk *desk, const struct nw_session *who, const char *kind,
                      json_t **reply, struct nw_err *err)
{
    const bool whole = nw_session_has(who, "administrator") || nw_session_has(who, "quality") ||
                       nw_session_has(who, "audit") || nw_session_has(who, "authority");
    struct listing listing = {.kind = kind, .whole = whole, .list = json_array()};
    if (!listing.list)
        return nw_no_memory(err);
    if (is_kind(kind, err) && nw_store_read(desk->store, list_kind, &listing, err)) {
        *reply = json_pack("{s:o}", kind, listing.list);
        return *reply || nw_no_memory(err);
    }
    json_decref(listing.list);
    return false;
}

struct putting {
    const struct nw_session *who;
    const char *kind, *id;
    int64_t version;
    const json_t *body;
};

static bool put(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct putting *putting = (const struct putting *)context;
    size_t len;
    int64_t changed = 0;
    char time[NW_TIME_TEXT];
    NW_AUTOFREE char *body = nw_canonical(putting->body, &len, err);
    struct nw_err failure = {0};
    if (!body)
        return false;
    bool good =
        putting->version == 0
            ? nw_tx_run(
                  tx, "INSERT INTO registry (kind, id, version, body) VALUES (?, ?, 1, ?)",
                  NW_VALUES(NW_STRING(putting->kind), NW_STRING(putting->id), NW_STRING(body)),
                  &changed, &failure)
            : nw_tx_run(tx,
                        "UPDATE registry SET body = ?, version = version + 1 WHERE kind = ? "
                        "AND id = ? AND version = ?",
                        NW_VALUES(NW_STRING(body), NW_STRING(putting->kind),
                                  NW_STRING(putting->id), NW_WHOLE(putting->version)),
                        &changed, &failure);
    if (!good && failure.code != NW_ERR_CONFLICT) {
        *err = failure;
        return false;
    }
    if (!good || changed != 1)
        return nw_fail(err, NW_ERR_CONFLICT,
                       "%.60s is on record in another version: read it again", putting->id);
    json_t *note =
        json_pack("{s:s, s:s, s:I, s:O}", "kind", putting->kind, "id", putting->id, "version",
                  (json_int_t)putting->version + 1, "body", putting->body);
    struct nw_row row = {.person = putting->who->person,
                         .session = putting->who->id,
                         .act = "registry.put",
                         .body = note};
    good = note ? nw_ledger_time(tx, time, err) &&
                      nw_ledger_append(tx, &row, time, NULL, NULL, err)
                : nw_no_memory(err);
    json_decref(note);
    return good;
}

bool nw_registry_put(struct nw_desk *desk, const struct nw_session *who, const char *kind,
                     const char *id, int64_t version, const json_t *body, json_t **reply,
                     struct nw_err *err)
{
    struct putting putting = {
        .who = who, .kind = kind, .id = id, .version = version, .body = body};
    if (!is_kind(kind, err))
        return false;
    if (!json_is_object(body) || !*id || strlen(id) > 64 || version < 0)
        return nw_fail(err, NW_ERR_DATA,
                       "an item of the registry has an identifier of 1 to 64 letters, and a "
                       "body that is an object");
    if (!check_members(kind, body, err) || !nw_store_write(desk->store, put, &putting, err))
        return false;
    *reply = json_pack("{s:s, s:s, s:I}", "kind", kind, "id", id, "version",
                       (json_int_t)version + 1);
    return *reply || nw_no_memory(err);
}

/* ------------------------------------------------------------------ facts */

/* A value that "form:field", "actor:field" or "record:field" names; borrowed, NULL when none.
 */
static const json_t *value_of(const struct nw_case *state, const char *reference,
                              const json_t *form, const json_t *actor)
{
    const char *colon = strchr(reference, ':');
    char record[64];
    if (!colon || (size_t)(colon - reference) >= sizeof record)
        return NULL;
    snprintf(record, sizeof record, "%.*s", (int)(colon - reference), reference);
    const json_t *from = strcmp(record, "form") == 0    ? form
                         : strcmp(record, "actor") == 0 ? actor
                                                        : nw_case_record(state, record, 0);
    return json_object_get(from, colon + 1);
}

/* New reference; null when nothing is on record. */
static json_t *on_record(struct nw_tx *tx, const char *kind, const char *id, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT version, body FROM registry WHERE kind = ? AND id = ?",
                     NW_VALUES(NW_STRING(kind), NW_STRING(id)), &rows, err))
        return NULL;
    json_t *out = rows.count ? json_loads(nw_row_text(&rows, 0, 1), 0, NULL) : json_null();
    if (rows.count)
        (void)json_object_set_new(out, "version", json_integer(nw_row_whole(&rows, 0, 0)));
    if (!out)
        nw_no_memory(err);
    return out;
}

/* Members named "..._until" whose day is over. */
static json_t *lapsed(const json_t *conditions, const char *time)
{
    static const char end[] = "_until";
    json_t *out = json_array();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)conditions, name, value)
    {
        const char *day = json_string_value(value);
        const size_t len = strlen(name), tail = sizeof end - 1;
        if (out && day && len > tail && strcmp(name + len - tail, end) == 0 &&
            strncmp(day, time, 10) < 0)
            (void)json_array_append_new(out, json_string(name));
    }
    return out;
}

json_t *nw_registry_parties(struct nw_tx *tx, const struct nw_case *state, const char *time,
                            struct nw_err *err)
{
    static const char *const part[] = {"hospital", "maker"};
    json_t *list = json_array();
    for (size_t i = 0; list && i < sizeof part / sizeof *part; i++) {
        const char *id =
            json_string_value(json_object_get(nw_case_record(state, "case.open", 0), part[i]));
        if (!id)
            continue;
        json_t *found = on_record(tx, "organisation", id, err);
        if (!found) {
            json_decref(list);
            return NULL;
        }
        json_t *one =
            json_pack("{s:s, s:s, s:b, s:o, s:o}", "part", part[i], "id", id, "known",
                      json_is_object(found), "lapsed", lapsed(found, time), "conditions",
                      json_is_object(found) ? json_incref(found) : json_object());
        json_decref(found);
        if (json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return json_pack("{s:o}", "parties", list);
}

/* Whether a unique code is already that of another case. */
static json_t *code_on_record(struct nw_tx *tx, const char *code, const char *case_id,
                              struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT COUNT(*) FROM cases WHERE device_code = ? AND id <> ?",
                     NW_VALUES(NW_STRING(code), NW_STRING(case_id)), &rows, err))
        return NULL;
    return json_pack("{s:b}", "used", nw_row_whole(&rows, 0, 0) > 0);
}

/* A person of this site, as others may know him. */
static json_t *person_on_record(struct nw_tx *tx, const char *id, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT body FROM people WHERE id = ?",
                     NW_VALUES(NW_STRING(id)), &rows, err))
        return NULL;
    return rows.count ? json_loads(nw_row_text(&rows, 0, 0), 0, NULL) : json_null();
}

struct asking {
    struct nw_tx *tx;
    const struct nw_case *state;
    const char *case_id;
    const json_t *order; /* the order that is being written, or NULL */
};

/* Facts are named for their part in the act, kinds for what they are. */
static const char *kind_of(const char *fact)
{
    static const char *const known[][2] = {{"maker", "organisation"},
                                           {"hospital", "organisation"},
                                           {"material", "material_lot"},
                                           {"processes", "process"},
                                           {"instruments", "instrument"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(fact, known[i][0]) == 0)
            return known[i][1];
    return fact;
}

static json_t *look_up(const struct asking *asking, const char *fact, const json_t *about,
                       struct nw_err *err)
{
    const char *id = json_string_value(about);
    if (!id)
        return json_null();
    if (strcmp(fact, "code") == 0)
        return code_on_record(asking->tx, id, asking->case_id, err);
    if (strcmp(fact, "scan") == 0)
        return nw_scan_compared(asking->tx, asking->state, asking->case_id, id, asking->order,
                                err);
    if (strcmp(fact, "person") == 0)
        return person_on_record(asking->tx, id, err);
    return on_record(asking->tx, kind_of(fact), id, err);
}

/* One fact for each thing that the rows of a list name. */
static json_t *look_up_rows(const struct asking *asking, const char *fact, const json_t *list,
                            const char *member, struct nw_err *err)
{
    size_t i;
    const json_t *row;
    json_t *all = json_object();
    json_array_foreach(list, i, row)
    {
        const json_t *about = json_object_get(row, member);
        json_t *one = all ? look_up(asking, fact, about, err) : NULL;
        if (!one) {
            json_decref(all);
            return NULL;
        }
        if (json_is_string(about))
            (void)json_object_set(all, json_string_value(about), one);
        json_decref(one);
    }
    return all;
}

static const json_t *act_of(const struct nw_flow *flow, const char *name)
{
    size_t i;
    const json_t *act;
    json_array_foreach(json_object_get(nw_flow_table(flow), "acts"), i, act)
    {
        const char *own = json_string_value(json_object_get(act, "name"));
        if (own && strcmp(own, name) == 0)
            return act;
    }
    return NULL;
}

json_t *nw_facts_gather(struct nw_tx *tx, const struct nw_case *state, const char *act,
                        const char *case_id, const json_t *form, const json_t *actor,
                        struct nw_err *err)
{
    struct asking asking = {tx, state, case_id, strcmp(act, "order.write") == 0 ? form : NULL};
    size_t i;
    const json_t *wanted;
    json_t *facts = json_object();
    json_array_foreach(json_object_get(act_of(nw_case_flow(state), act), "facts_wanted"), i,
                       wanted)
    {
        const char *fact = json_string_value(json_object_get(wanted, "fact"));
        const char *reference = json_string_value(json_object_get(wanted, "about"));
        const char *row = json_string_value(json_object_get(wanted, "row"));
        const json_t *about =
            fact && reference ? value_of(state, reference, form, actor) : NULL;
        if (!about || strcmp(fact, "actor") == 0)
            continue;
        json_t *found = row ? look_up_rows(&asking, fact, about, row, err)
                            : look_up(&asking, fact, about, err);
        if (!found || json_object_set_new(facts, fact, found) != 0) {
            json_decref(facts);
            if (!err->code)
                nw_no_memory(err);
            return NULL;
        }
    }
    if (!facts)
        nw_no_memory(err);
    return facts;
}
