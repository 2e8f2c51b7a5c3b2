/* One case at the desk: opened, looked at, acted on. */
#include <stdio.h>
#include <string.h>

#include "case/book.h"
#include "case/desk_priv.h"
#include "core/text.h"

enum { PAGE_MOST = 64 << 20 };

static const char no_entry_before[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

/* A person's role for an act: the one asked for, which must be his; his only one when none is.
 */
static const char *choose_role(const struct nw_session *who, const char *asked,
                               struct nw_err *err)
{
    const json_t *roles = json_object_get(who->body, "roles");
    if (asked && nw_session_has(who, asked))
        return asked;
    if (!asked && json_array_size(roles) == 1)
        return json_string_value(json_array_get(roles, 0));
    if (asked)
        nw_fail(err, NW_ERR_DENIED, "this person does not have the role %.40s", asked);
    else
        nw_fail(err, NW_ERR_DATA, "\"role\" says in which of the person's roles this is done");
    return NULL;
}

/* Whether a role of the person opens the case to him: he is of its team, sees every case by his
 * office, or has something to do in it now. */
static bool sees(const struct nw_session *who, const struct nw_case *state)
{
    size_t i;
    const json_t *role;
    bool seen = false;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    json_array_foreach(json_object_get(who->body, "roles"), i, role)
    {
        json_t *actor = nw_session_actor(who, json_string_value(role));
        seen = seen || (actor && nw_case_sees(state, actor));
        seen = seen || (actor && nw_case_waits_for(state, actor, now));
        json_decref(actor);
    }
    return seen;
}

bool nw_case_open_to(struct nw_desk *desk, struct nw_tx *tx, const struct nw_session *who,
                     const char *case_id, struct nw_err *err)
{
    struct nw_held_case held;
    if (!nw_case_take(desk, tx, case_id, &held, err))
        return false;
    bool seen = sees(who, held.state);
    nw_case_return(&held);
    return seen || nw_fail(err, NW_ERR_NOTFOUND, "there is no such case");
}

/* Beside what nw_desk_look offers. */
enum { LOOK_RECORDS = NW_LOOK_PARTIES + 1 };

/* What an operation on a case carries through its transaction. */
struct doing {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *case_id, *act, *role;
    const json_t *request;
    const struct nw_once *once;
    struct nw_signing_key key;
    bool signs;           /* a passphrase was given, and opened the key */
    int look;             /* enum nw_desk_look, or the one above */
    const char *document; /* a paper's name */
    struct nw_text *page; /* the case as text is wanted here, not as `reply` */
    char digest[NW_DIGEST_TEXT];
    bool fresh;
    json_t *reply;
};

/* {"statement", "key", "kind", "public", "value"}: the signature over the canonical bytes of
 * the statement. */
static json_t *sign_statement(const struct doing *doing, json_t *statement, struct nw_err *err)
{
    char shown[2 * NW_PUBLIC_MAX + 1], value[2 * NW_SIGNATURE_MAX + 1];
    struct nw_signature signature;
    size_t len = 0;
    NW_AUTOFREE char *text = nw_canonical(statement, &len, err);
    if (!text || !nw_sign(doing->key.secret, &doing->key.shown, text, len, &signature, err))
        return NULL;
    nw_hex_format(doing->key.shown.byte, doing->key.shown.size, shown);
    nw_hex_format(signature.byte, signature.size, value);
    json_t *out = json_pack(
        "{s:O, s:s, s:s, s:s, s:s}", "statement", statement, "key", doing->key.id, "kind",
        nw_signature_kind_name(doing->key.shown.kind), "public", shown, "value", value);
    if (!out)
        nw_no_memory(err);
    return out;
}

/* What would be signed must be what the person saw: its digest comes back with the request. */
static bool is_as_shown(const struct doing *doing, const struct nw_case *state,
                        const json_t *entry, struct nw_err *err)
{
    nw_digest digest;
    char hex[NW_DIGEST_TEXT];
    const char *seen = json_string_value(json_object_get(doing->request, "statement"));
    json_t *statement =
        nw_case_statement(state, doing->act, json_object_get(entry, "actor"),
                          json_string_value(json_object_get(entry, "time")), err);
    bool good = statement && nw_canonical_digest(statement, &digest, err);
    json_decref(statement);
    if (!good)
        return false;
    nw_digest_format(&digest, hex);
    return (seen && strcmp(seen, hex) == 0) ||
           nw_fail(err, NW_ERR_CONFLICT,
                   "what would be signed is not what was shown: look again, then sign");
}

static bool sign_entry(const struct doing *doing, const struct nw_case *state, json_t *entry,
                       struct nw_err *err)
{
    if (!is_as_shown(doing, state, entry, err))
        return false;
    json_t *statement = nw_case_statement_of(state, entry, err);
    json_t *signature = statement ? sign_statement(doing, statement, err) : NULL;
    json_decref(statement);
    return signature &&
           (json_object_set_new(entry, "signature", signature) == 0 || nw_no_memory(err));
}

static json_t *make_entry(struct nw_tx *tx, const struct doing *doing,
                          const struct nw_held_case *held, const char *time, struct nw_err *err)
{
    static const char *const known[] = {"role", "form", "statement", "passphrase"};
    const json_t *form = json_object_get(doing->request, "form");
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)doing->request, key, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            is_known |= strcmp(key, known[i]) == 0;
        if (!is_known) {
            nw_fail(err, NW_ERR_DATA,
                    "\"%.40s\" is no member of an act: those are \"role\", "
                    "\"form\", \"statement\" and \"passphrase\"",
                    key);
            return NULL;
        }
    }
    json_t *actor = nw_session_actor(doing->who, doing->role);
    json_t *facts =
        actor ? nw_facts_gather(tx, held->state, doing->act, doing->case_id, form, actor, err)
              : NULL;
    int64_t number;
    char before[NW_DIGEST_TEXT];
    nw_case_next(held->state, &number, before);
    json_t *entry =
        facts ? json_pack("{s:s, s:I, s:s, s:s, s:O, s:o?, s:O, s:s}", "case", doing->case_id,
                          "number", (json_int_t)number, "act", doing->act, "time", time,
                          "actor", actor, "form",
                          form ? json_incref((json_t *)(uintptr_t)form) : json_object(),
                          "facts", facts, "before", before)
              : NULL;
    if (entry && number == 1 &&
        json_object_set_new(entry, "table",
                            json_string(nw_flow_digest(nw_case_flow(held->state)))) != 0) {
        json_decref(entry);
        entry = NULL;
    }
    if (!entry && !err->code)
        nw_no_memory(err);
    json_decref(facts);
    json_decref(actor);
    if (!entry || !doing->signs || sign_entry(doing, held->state, entry, err))
        return entry;
    json_decref(entry);
    return NULL;
}

static bool append_entry(struct nw_tx *tx, const struct doing *doing, const json_t *entry,
                         const char *time, struct nw_err *err)
{
    json_t *body = json_pack("{s:O}", "entry", entry);
    struct nw_row row = {.person = doing->who->person,
                         .role = doing->role,
                         .session = doing->who->id,
                         .case_id = doing->case_id,
                         .act = "case.entry",
                         .body = body};
    bool good = body ? nw_ledger_append(tx, &row, time, NULL, NULL, err) : nw_no_memory(err);
    json_decref(body);
    return good;
}

static bool insert_case(struct nw_tx *tx, const char *id, const char *time, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char number[32], year[5];
    snprintf(year, sizeof year, "%.4s", time);
    if (!nw_tx_query(tx, &arena, "SELECT COUNT(*) FROM cases WHERE created >= ?",
                     NW_VALUES(NW_STRING(year)), &rows, err))
        return false;
    snprintf(number, sizeof number, "%s-%05lld", year,
             (long long)nw_row_whole(&rows, 0, 0) + 1);
    return nw_tx_run(tx,
                     "INSERT INTO cases (id, number, type, stage, summary, entries, digest, "
                     "created, updated) VALUES (?, ?, '', '', '{}', 0, ?, ?, ?)",
                     NW_VALUES(NW_STRING(id), NW_STRING(number), NW_STRING(no_entry_before),
                               NW_STRING(time), NW_STRING(time)),
                     NULL, err);
}

static json_t *act_reply(const struct doing *doing, const struct nw_held_case *held,
                         const char *time)
{
    json_t *summary = nw_case_listed(held->state, time);
    json_t *reply =
        json_pack("{s:s, s:I, s:s, s:O?}", "case", doing->case_id, "number",
                  (json_int_t)held->entries, "digest", held->digest, "summary", summary);
    json_decref(summary);
    return reply;
}

static bool do_held(struct nw_tx *tx, struct doing *doing, struct nw_held_case *held,
                    const char *time, struct nw_err *err)
{
    /* To whom the case is not open it does not exist, whatever he would do with it. */
    if (!doing->fresh && !sees(doing->who, held->state))
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such case");
    json_t *entry = make_entry(tx, doing, held, time, err);
    nw_digest digest;
    bool good =
        entry && nw_form_files(tx, doing->case_id, json_object_get(entry, "form"), err) &&
        nw_case_apply(held->state, entry, err) && nw_canonical_digest(entry, &digest, err);
    if (good) {
        nw_case_advance(held, &digest);
        doing->reply = act_reply(doing, held, time);
        good = doing->reply || nw_no_memory(err);
    }
    good = good &&
           (!doing->fresh || nw_desk_flow_keep(tx, nw_case_flow(held->state), time, err)) &&
           append_entry(tx, doing, entry, time, err) &&
           nw_programs_used(tx, json_object_get(entry, "form"), doing->case_id, time, err) &&
           nw_case_index(tx, held, doing->case_id, time,
                         doing->fresh ? doing->who->person : NULL, err) &&
           nw_once_keep(tx, doing->who, doing->once, doing->reply, time, err) &&
           (strcmp(doing->act, "records.destroy") != 0 ||
            nw_case_destroy(tx, doing->who, doing->case_id,
                            json_object_get(doing->reply, "summary"), time, err));
    json_decref(entry);
    return good;
}

static bool do_act(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct doing *doing = (struct doing *)context;
    char time[NW_TIME_TEXT];
    struct nw_held_case held;
    json_decref(doing->reply);
    doing->reply = NULL;
    if (!nw_once_find(tx, doing->who, doing->once, &doing->reply, err))
        return false;
    if (doing->reply)
        return true;
    if (!nw_ledger_time(tx, time, err) ||
        (doing->fresh && !insert_case(tx, doing->case_id, time, err)) ||
        !nw_case_take(doing->desk, tx, doing->case_id, &held, err))
        return false;
    bool good = do_held(tx, doing, &held, time, err);
    nw_case_return(&held);
    return good;
}

/* A refusal is a row too: who wanted what, and the word for why. */
static void note_refusal(const struct doing *doing, const struct nw_err *why)
{
    struct nw_err ignored = {0};
    json_t *body = json_pack("{s:s, s:s}", "act", doing->act, "why", nw_code_name(why->code));
    struct nw_row row = {.person = doing->who->person,
                         .role = doing->role,
                         .session = doing->who->id,
                         .case_id = doing->fresh ? NULL : doing->case_id,
                         .act = "case.refused",
                         .body = body};
    if (body)
        (void)!nw_ledger_note(doing->desk->ledger, &row, &ignored);
    json_decref(body);
}

static bool run_act(struct doing *doing, json_t **reply, struct nw_err *err)
{
    const json_t *request = doing->request;
    const char *passphrase = json_string_value(json_object_get(request, "passphrase"));
    if (!json_is_object(request))
        return nw_fail(err, NW_ERR_DATA, "an act is an object with \"role\" and \"form\"");
    doing->role =
        choose_role(doing->who, json_string_value(json_object_get(request, "role")), err);
    bool good = doing->role != NULL;
    if (good && passphrase) {
        good =
            nw_signing_key_open(doing->desk->people, doing->who, passphrase, &doing->key, err);
        doing->signs = good;
    }
    good = good && nw_store_write(doing->desk->store, do_act, doing, err);
    nw_wipe(&doing->key, sizeof doing->key);
    if (good) {
        *reply = doing->reply;
        return true;
    }
    json_decref(doing->reply);
    note_refusal(doing, err);
    return false;
}

bool nw_desk_act(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                 const char *act, const json_t *request, const struct nw_once *once,
                 json_t **reply, struct nw_err *err)
{
    struct doing doing = {.desk = desk,
                          .who = who,
                          .case_id = case_id,
                          .act = act,
                          .request = request,
                          .once = once};
    return run_act(&doing, reply, err);
}

bool nw_desk_open_case(struct nw_desk *desk, const struct nw_session *who,
                       const json_t *request, const struct nw_once *once, json_t **reply,
                       struct nw_err *err)
{
    char id[NW_ID_TEXT];
    struct doing doing = {.desk = desk,
                          .who = who,
                          .case_id = id,
                          .act = "case.open",
                          .request = request,
                          .once = once,
                          .fresh = true};
    return nw_id_make(id, err) && run_act(&doing, reply, err);
}

/* ------------------------------------------------------------------ looking */

bool nw_session_shows(const struct nw_session *who, const struct nw_case *state, int64_t number)
{
    size_t i;
    const json_t *role;
    bool shown = false;
    json_array_foreach(json_object_get(who->body, "roles"), i, role)
    {
        json_t *actor = shown ? NULL : nw_session_actor(who, json_string_value(role));
        shown = shown || (actor && nw_case_shows(state, number, actor));
        json_decref(actor);
    }
    return shown;
}

/* Of what is not for this person stands only that it was done, and its place. */
static json_t *see_entry(const struct nw_session *who, const struct nw_case *state,
                         json_t *entry)
{
    static const char *const place[] = {"case", "number", "act", "time", "before"};
    const int64_t number = json_integer_value(json_object_get(entry, "number"));
    if (!nw_case_hides(state, number) || nw_session_shows(who, state, number))
        return json_incref(entry);
    json_t *out = json_pack("{s:b}", "hidden", true);
    for (size_t i = 0; out && i < sizeof place / sizeof *place; i++)
        (void)json_object_set(out, place[i], json_object_get(entry, place[i]));
    return out;
}

static json_t *see_entries(struct nw_tx *tx, const struct nw_session *who,
                           const struct nw_case *state, const char *id, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number, body FROM ledger WHERE case_id = ? AND act = "
                     "'case.entry' ORDER BY number",
                     NW_VALUES(NW_STRING(id)), &rows, err))
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < rows.count; i++) {
        json_t *body = json_loads(nw_row_text(&rows, i, 1), 0, NULL);
        json_t *entry = json_object_get(body, "entry");
        bool good = entry && json_array_append_new(list, see_entry(who, state, entry)) == 0;
        json_decref(body);
        if (!good) {
            json_decref(list);
            nw_no_memory(err);
            return NULL;
        }
    }
    return list;
}

/* Of what is not for this person stands only that it was done, and its place. */
static json_t *see_trace(const struct nw_session *who, const struct nw_case *state)
{
    static const char *const told[] = {"name", "role", "sha256", "state"};
    json_t *trace = nw_case_trace(state);
    const json_t *links = json_object_get(trace, "links");
    for (size_t i = 0; i < json_array_size(links); i++) {
        json_t *link = json_array_get(links, i);
        const int64_t number = json_integer_value(json_object_get(link, "entry"));
        if (!nw_case_hides(state, number) || nw_session_shows(who, state, number))
            continue;
        for (size_t k = 0; k < sizeof told / sizeof *told; k++)
            (void)json_object_del(link, told[k]);
        if (json_object_set_new(link, "hidden", json_true()) != 0) {
            json_decref(trace);
            return NULL;
        }
    }
    return trace;
}

/* An act that what is on record keeps back goes to those that are blocked, with the reason:
 * nobody fills in a form to learn it then. */
static bool hold_back(struct nw_tx *tx, const struct doing *doing, const struct nw_case *state,
                      const json_t *actor, const char *time, json_t *may, struct nw_err *err)
{
    json_t *acts = json_object_get(may, "acts"), *blocked = json_object_get(may, "blocked");
    for (size_t i = json_array_size(acts); i-- > 0;) {
        struct nw_err why = {0};
        const json_t *one = json_array_get(acts, i);
        const char *act = json_string_value(json_object_get(one, "act"));
        if (!json_array_size(json_object_get(one, "facts_wanted")))
            continue;
        json_t *facts = nw_facts_gather(tx, state, act, doing->case_id, NULL, actor, err);
        if (!facts)
            return false;
        const bool holds = nw_case_facts_hold(state, act, actor, time, facts, &why);
        json_decref(facts);
        if (holds)
            continue;
        json_t *held = json_pack("{s:s, s:O, s:O, s:s, s:s}", "act", act, "zh",
                                 json_object_get(one, "zh"), "en", json_object_get(one, "en"),
                                 "code", nw_code_name(why.code), "reason", why.msg);
        if (json_array_append_new(blocked, held) != 0 || json_array_remove(acts, i) != 0)
            return nw_no_memory(err);
    }
    return true;
}

/* {"roles": {"physician": what nw_case_may says, ...}} */
static json_t *see_todo(struct nw_tx *tx, const struct doing *doing,
                        const struct nw_case *state, const char *time, struct nw_err *err)
{
    size_t i;
    const json_t *role;
    json_t *all = json_object();
    json_array_foreach(json_object_get(doing->who->body, "roles"), i, role)
    {
        json_t *actor = nw_session_actor(doing->who, json_string_value(role));
        json_t *may = actor ? nw_case_may(state, actor, time) : NULL;
        const bool good = may && hold_back(tx, doing, state, actor, time, may, err);
        json_decref(actor);
        if (!good) {
            json_decref(may);
            json_decref(all);
            return NULL;
        }
        if (json_object_set_new(all, json_string_value(role), may) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return json_pack("{s:o}", "roles", all);
}

static json_t *see_statement(const struct doing *doing, const struct nw_case *state,
                             const char *time, struct nw_err *err)
{
    nw_digest digest;
    char hex[NW_DIGEST_TEXT];
    json_t *actor = nw_session_actor(doing->who, doing->role), *out = NULL;
    json_t *statement = actor ? nw_case_statement(state, doing->act, actor, time, err) : NULL;
    if (statement && nw_canonical_digest(statement, &digest, err)) {
        nw_digest_format(&digest, hex);
        out = json_pack("{s:O, s:s}", "statement", statement, "digest", hex);
    }
    json_decref(statement);
    json_decref(actor);
    return out;
}

/* What papers are made from: nothing of what is hidden. */
static json_t *see_records(struct nw_tx *tx, const struct doing *doing,
                           const struct nw_case *state, const char *time, struct nw_err *err)
{
    json_t *entries = see_entries(tx, doing->who, state, doing->case_id, err);
    for (size_t i = json_array_size(entries); i-- > 0;)
        if (json_is_true(json_object_get(json_array_get(entries, i), "hidden")))
            (void)json_array_remove(entries, i);
    if (!entries)
        return NULL;
    return json_pack("{s:o, s:o?, s:o?, s:o?, s:O}", "entries", entries, "view",
                     nw_case_view(state, time), "checklist", nw_case_checklist(state, time),
                     "trace", see_trace(doing->who, state), "table",
                     (json_t *)(uintptr_t)nw_flow_table(nw_case_flow(state)));
}

static bool write_page(struct doing *doing, struct nw_held_case *held, const char *time,
                       struct nw_err *err)
{
    size_t size = 0;
    const char *view = nw_case_page(held, time, &size, err);
    struct nw_text *out = doing->page;
    nw_text_release(out);
    nw_text_init(out, PAGE_MOST);
    memcpy(doing->digest, held->digest, sizeof doing->digest);
    return view &&
           nw_text_addf(out, err,
                        "{\"case\":\"%s\",\"number\":%lld,\"digest\":\"%s\",\"data\":",
                        doing->case_id, (long long)held->entries, held->digest) &&
           nw_text_addn(out, view, size, err) && nw_text_add(out, "}", err);
}

static bool look_at(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct doing *doing = (struct doing *)context;
    struct nw_held_case held;
    char time[NW_TIME_TEXT];
    json_decref(doing->reply);
    doing->reply = NULL;
    nw_time_now(time);
    if (!nw_case_take(doing->desk, tx, doing->case_id, &held, err))
        return false;
    if (!sees(doing->who, held.state))
        nw_fail(err, NW_ERR_NOTFOUND, "there is no such case");
    else if (doing->act)
        doing->reply = see_statement(doing, held.state, time, err);
    else if (doing->look == LOOK_RECORDS)
        doing->reply = see_records(tx, doing, held.state, time, err);
    else if (doing->page)
        (void)!write_page(doing, &held, time, err);
    else if (doing->look == NW_LOOK_CASE)
        doing->reply = nw_case_view(held.state, time);
    else if (doing->look == NW_LOOK_MAY)
        doing->reply = see_todo(tx, doing, held.state, time, err);
    else if (doing->look == NW_LOOK_CHECKLIST)
        doing->reply = nw_case_checklist(held.state, time);
    else if (doing->look == NW_LOOK_TRACE)
        doing->reply = see_trace(doing->who, held.state);
    else if (doing->look == NW_LOOK_PARTIES)
        doing->reply = nw_registry_parties(tx, held.state, time, err);
    else
        doing->reply = see_entries(tx, doing->who, held.state, doing->case_id, err);
    int64_t entries = held.entries;
    char digest[NW_DIGEST_TEXT];
    memcpy(digest, held.digest, sizeof digest);
    nw_case_return(&held);
    if (doing->page && !err->code)
        return true;
    if (!doing->reply)
        return err->code ? false : nw_no_memory(err);
    json_t *whole = json_pack("{s:s, s:I, s:s, s:o}", "case", doing->case_id, "number",
                              (json_int_t)entries, "digest", digest, "data", doing->reply);
    doing->reply = whole;
    return whole || nw_no_memory(err);
}

static bool run_look(struct doing *doing, const char *act, json_t **reply, struct nw_err *err)
{
    if (!nw_store_read(doing->desk->store, look_at, doing, err))
        return false;
    static const char *const part[] = {"case",  "todo",    "entries",  "checklist",
                                       "trace", "parties", "documents"};
    const char *what = doing->document ? doing->document
                       : doing->act    ? "statement"
                                       : part[doing->look];
    json_t *body = json_pack("{s:s}", "what", what);
    struct nw_row row = {.person = doing->who->person,
                         .session = doing->who->id,
                         .case_id = doing->case_id,
                         .act = act,
                         .body = body};
    bool good = body ? nw_ledger_note(doing->desk->ledger, &row, err) : nw_no_memory(err);
    json_decref(body);
    if (good)
        *reply = doing->reply;
    else /* what could not be put on record is not shown */
        json_decref(doing->reply);
    return good;
}

bool nw_desk_look(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                  enum nw_desk_look what, json_t **reply, struct nw_err *err)
{
    struct doing doing = {.desk = desk, .who = who, .case_id = case_id, .look = (int)what};
    return run_look(&doing, "read.case", reply, err);
}

bool nw_desk_records(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                     const char *name, char **text, size_t *size, char digest[NW_DIGEST_TEXT],
                     struct nw_err *err)
{
    struct doing doing = {
        .desk = desk, .who = who, .case_id = case_id, .look = LOOK_RECORDS, .document = name};
    json_t *reply = NULL;
    if (!run_look(&doing, name ? "read.document" : "read.case", &reply, err))
        return false;
    (void)snprintf(digest, NW_DIGEST_TEXT, "%s",
                   json_string_value(json_object_get(reply, "digest")));
    *text = nw_canonical(json_object_get(reply, "data"), size, err);
    json_decref(reply);
    return *text != NULL;
}

bool nw_desk_page(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                  struct nw_text *page, char digest[NW_DIGEST_TEXT], struct nw_err *err)
{
    json_t *none = NULL;
    *page = (struct nw_text){0};
    struct doing doing = {.desk = desk, .who = who, .case_id = case_id, .page = page};
    if (run_look(&doing, "read.case", &none, err)) {
        memcpy(digest, doing.digest, NW_DIGEST_TEXT);
        return true;
    }
    nw_text_release(page);
    return false;
}

bool nw_desk_statement(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                       const char *act, const char *role, json_t **reply, struct nw_err *err)
{
    struct doing doing = {.desk = desk, .who = who, .case_id = case_id, .act = act};
    doing.role = choose_role(who, role, err);
    return doing.role && run_look(&doing, "read.case", reply, err);
}
