/* Cases in number: the rows that worklists and searches read, kept with each entry. */
#include <stdio.h>
#include <string.h>

#include "case/desk_priv.h"
#include "core/text.h"

/* ------------------------------------------------------------------ words */

enum { WORD_BYTES = 64 };

/* Bytes of the UTF-8 letter at `text`, and what it is. */
static size_t letter_size(const char *text)
{
    unsigned char first = (unsigned char)*text;
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < size; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 1;
    return size;
}

static bool is_word_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
}

bool nw_words_each(const char *text,
                   bool (*take)(void *context, const char *word, struct nw_err *err),
                   void *context, struct nw_err *err)
{
    char word[WORD_BYTES];
    for (const char *at = text; *at;) {
        size_t size = letter_size(at), len = 0;
        if (is_word_letter(*at)) {
            for (; is_word_letter(*at); at++)
                if (len + 1 < sizeof word)
                    word[len++] = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
        } else if (size > 1) { /* a letter of another script: with the one after it */
            size_t next = at[size] ? letter_size(at + size) : 0;
            len = next > 1 ? size + next : size;
            memcpy(word, at, len);
            at += size;
        } else {
            at++;
            continue;
        }
        word[len] = 0;
        if (!take(context, word, err))
            return false;
    }
    return true;
}

/* Words of a case on their way into its rows. */
struct filing {
    const char *id;
    struct nw_arena arena;
    struct nw_value *value; /* pairs: word, case */
    size_t count, room;     /* of values */
};

static bool file_word(void *context, const char *word, struct nw_err *err)
{
    struct filing *filing = (struct filing *)context;
    const char *kept = nw_arena_text(&filing->arena, word, err);
    if (!kept ||
        !nw_grow(&filing->value, &filing->room, filing->count + 2, sizeof *filing->value, err))
        return false;
    filing->value[filing->count++] = NW_STRING(kept);
    filing->value[filing->count++] = NW_STRING(filing->id);
    return true;
}

/* ------------------------------------------------------------------ filing */

static const char opener_of[] = "opener.";

/* NULL when there is none, or an empty one. */
static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text ? text : NULL;
}

/* All texts of the summary, its programs with their versions, and the case's number are what it
 * is found by. */
static bool gather_words(struct nw_tx *tx, struct filing *filing, const json_t *summary,
                         struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    const char *key;
    const json_t *value;
    size_t i;
    if (!nw_tx_query(tx, &arena, "SELECT number FROM cases WHERE id = ?",
                     NW_VALUES(NW_STRING(filing->id)), &rows, err) ||
        !rows.count || !file_word(filing, nw_row_text(&rows, 0, 0), err))
        return false;
    json_object_foreach((json_t *)(uintptr_t)summary, key, value)
    {
        if (json_is_string(value) &&
            !nw_words_each(json_string_value(value), file_word, filing, err))
            return false;
    }
    json_array_foreach(json_object_get(summary, "software"), i, value)
    {
        if (!nw_words_each(json_string_value(value), file_word, filing, err))
            return false;
    }
    return true;
}

static bool file_words(struct nw_tx *tx, const char *id, const json_t *summary,
                       struct nw_err *err)
{
    struct filing filing = {.id = id};
    const bool good =
        nw_tx_run(tx, "DELETE FROM case_words WHERE case_id = ?", NW_VALUES(NW_STRING(id)),
                  NULL, err) &&
        gather_words(tx, &filing, summary, err) &&
        nw_tx_run_each(tx,
                       "INSERT INTO case_words (word, case_id) VALUES (?, ?) ON CONFLICT DO "
                       "NOTHING",
                       filing.value, 2, filing.count / 2, err);
    nw_free(filing.value);
    nw_arena_release(&filing.arena);
    return good;
}

static bool file_waits(struct nw_tx *tx, const char *id, const json_t *summary,
                       struct nw_err *err)
{
    size_t i;
    const json_t *role;
    if (!nw_tx_run(tx, "DELETE FROM case_waits WHERE case_id = ?", NW_VALUES(NW_STRING(id)),
                   NULL, err))
        return false;
    json_array_foreach(json_object_get(summary, "waits_for"), i, role)
    {
        if (!nw_tx_run(tx,
                       "INSERT INTO case_waits (case_id, role, due) VALUES (?, ?, ?) ON "
                       "CONFLICT DO NOTHING",
                       NW_VALUES(NW_STRING(id), NW_STRING(json_string_value(role)),
                                 NW_STRING(text_of(summary, "due"))),
                       NULL, err))
            return false;
    }
    return true;
}

static bool file_member(struct nw_tx *tx, const char *id, const char *person, const char *role,
                        struct nw_err *err)
{
    struct nw_err failure = {0};
    if (nw_tx_run(
            tx,
            "INSERT INTO case_people (case_id, person, role) VALUES (?, ?, ?) ON CONFLICT "
            "DO NOTHING",
            NW_VALUES(NW_STRING(id), NW_STRING(person), NW_STRING(role)), NULL, &failure))
        return true;
    if (failure.code == NW_ERR_CONFLICT)
        return nw_fail(err, NW_ERR_DATA, "nobody of this site has the identifier %.40s",
                       person);
    *err = failure;
    return false;
}

/* He finds it in the role in which he opened it: "opener.surgeon". */
static bool file_opener(struct nw_tx *tx, const char *id, const char *opener,
                        const struct nw_case *state, struct nw_err *err)
{
    char role[80];
    (void)snprintf(role, sizeof role, "%s%.60s", opener_of, nw_case_opened_as(state));
    return file_member(tx, id, opener, role, err);
}

/* The team as last named, and who opened the case: they find it. */
static bool file_team(struct nw_tx *tx, const char *id, const struct nw_case *state,
                      struct nw_err *err)
{
    size_t i;
    const json_t *member;
    const json_t *team = json_object_get(nw_case_record(state, "team.set", 0), "members");
    if (!team)
        return true;
    if (!nw_tx_run(tx, "DELETE FROM case_people WHERE case_id = ? AND role NOT LIKE 'opener%'",
                   NW_VALUES(NW_STRING(id)), NULL, err))
        return false;
    json_array_foreach(team, i, member)
    {
        const char *person = text_of(member, "person"), *as = text_of(member, "role");
        if (person && as && !file_member(tx, id, person, as, err))
            return false;
    }
    return true;
}

bool nw_case_index(struct nw_tx *tx, const struct nw_held_case *held, const char *id,
                   const char *time, const char *opener, struct nw_err *err)
{
    json_t *summary = nw_case_summary(held->state, time);
    json_t *listed = nw_case_listed(held->state, time);
    size_t len;
    NW_AUTOFREE char *text = summary && listed ? nw_canonical(listed, &len, err) : NULL;
    struct nw_err failure = {0};
    bool good =
        text &&
        nw_tx_run(tx,
                  "UPDATE cases SET type = ?, stage = ?, due = ?, summary = ?, entries = ?, "
                  "digest = ?, updated = ?, department = ?, implant = ?, keep_until = ?, "
                  "device_code = ? WHERE id = ?",
                  NW_VALUES(NW_STRING(text_of(summary, "type")),
                            NW_STRING(text_of(summary, "stage")),
                            NW_STRING(text_of(summary, "due")), NW_STRING(text),
                            NW_WHOLE(held->entries), NW_STRING(held->digest), NW_STRING(time),
                            NW_STRING(text_of(summary, "department")),
                            NW_WHOLE(json_is_true(json_object_get(summary, "implant"))),
                            NW_STRING(text_of(summary, "keep_until")),
                            NW_STRING(text_of(summary, "device_code")), NW_STRING(id)),
                  NULL, &failure);
    if (!good && failure.code == NW_ERR_CONFLICT)
        nw_fail(err, NW_ERR_CONFLICT,
                "the device's unique code is already that of another case");
    else if (!good && failure.code)
        *err = failure;
    good = good && file_words(tx, id, listed, err) && file_waits(tx, id, summary, err) &&
           nw_figures_file(tx, held->state, id, summary, err) &&
           (opener ? file_opener(tx, id, opener, held->state, err)
                   : file_team(tx, id, held->state, err));
    if (!good && !err->code)
        nw_no_memory(err);
    json_decref(summary);
    json_decref(listed);
    return good;
}

/* ------------------------------------------------------------------ searching */

struct searching {
    struct nw_desk *desk;
    const struct nw_session *who;
    const struct nw_desk_search *search;
    bool all; /* sees every case */
    struct nw_text reply;
    size_t found;
};

enum { WORDS = 6, QUERY_VALUES = 100, ROLES_MOST = 32, FEW = 4000, REPLY_MOST = 64 << 20 };

/* A statement and its values as they grow together. */
struct query {
    char sql[2048];
    size_t len, count;
    struct nw_value value[QUERY_VALUES];
    char word[WORDS][WORD_BYTES], past[WORDS][WORD_BYTES + 4];
    size_t words;
    char opener[ROLES_MOST][80];
};

static void say(struct query *query, const char *sql)
{
    int len = snprintf(query->sql + query->len, sizeof query->sql - query->len, "%s", sql);
    query->len += (size_t)len;
    assert(query->len < sizeof query->sql);
}

static void with(struct query *query, struct nw_value value)
{
    assert(query->count < QUERY_VALUES);
    query->value[query->count++] = value;
}

static bool take_word(void *context, const char *word, struct nw_err *err)
{
    (void)err;
    struct query *query = (struct query *)context;
    if (query->words == WORDS) /* the first six say enough */
        return true;
    snprintf(query->word[query->words], WORD_BYTES, "%s", word);
    /* all that begins with the word lies before the word with the last letter there is */
    snprintf(query->past[query->words], sizeof query->past[0], "%s\xf4\x8f\xbf\xbf", word);
    query->words++;
    return true;
}

/* Some offices see every case (the table says which); others see the cases whose team they are
 * of. */
static bool sees_all(const struct nw_flow *flow, const struct nw_session *who)
{
    size_t i;
    const json_t *role;
    json_array_foreach(json_object_get(nw_flow_table(flow), "roles"), i, role)
    {
        if (json_is_true(json_object_get(role, "sees_all")) &&
            nw_session_has(who, text_of(role, "name")))
            return true;
    }
    return false;
}

/* At most FEW: more need not be told apart. */
static bool count_few(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                      size_t count, int64_t *out, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, sql, values, count, &rows, err))
        return false;
    *out = nw_row_whole(&rows, 0, 0);
    return true;
}

/* Which table a search goes through; the others are asked about each of its cases. */
enum lead { LEAD_CASES, LEAD_PEOPLE, LEAD_WAITS, LEAD_WORD };

/* The one with few rows, when there is one (a word is then the first of the query's). Else one
 * that is read from the newest case on: a page is full before long. */
static bool choose_lead(struct nw_tx *tx, const struct searching *searching,
                        struct query *query, enum lead *lead, struct nw_err *err)
{
    int64_t fewest = FEW, count;
    const char *role = searching->search->role;
    *lead = !searching->all ? LEAD_PEOPLE : role ? LEAD_WAITS : LEAD_CASES;
    for (size_t i = 0; i < query->words; i++) {
        if (!count_few(
                tx,
                "SELECT COUNT(*) FROM (SELECT 1 FROM case_words WHERE word >= ? AND "
                "word < ? LIMIT ?) AS few",
                NW_VALUES(NW_STRING(query->word[i]), NW_STRING(query->past[i]), NW_WHOLE(FEW)),
                &count, err))
            return false;
        if (count >= fewest)
            continue;
        fewest = count;
        *lead = LEAD_WORD;
        char word[WORD_BYTES], past[WORD_BYTES + 4];
        memcpy(word, query->word[i], sizeof word);
        memcpy(past, query->past[i], sizeof past);
        memcpy(query->word[i], query->word[0], sizeof word);
        memcpy(query->past[i], query->past[0], sizeof past);
        memcpy(query->word[0], word, sizeof word);
        memcpy(query->past[0], past, sizeof past);
    }
    if (!role)
        return true;
    if (!count_few(tx,
                   "SELECT COUNT(*) FROM (SELECT 1 FROM case_waits WHERE role = ? LIMIT ?) AS "
                   "few",
                   NW_VALUES(NW_STRING(role), NW_WHOLE(FEW)), &count, err))
        return false;
    if (count < fewest)
        *lead = LEAD_WAITS;
    return true;
}

/* Whether there is any row for the case. Not EXISTS, which PostgreSQL makes a join of, in an
 * order of its own: with values it does not know yet, one that reads every pair of rows. */
#define AND_ANY " AND (SELECT 1 FROM "
#define OF_IT " LIMIT 1) IS NOT NULL"

static void say_words(struct query *query, size_t from)
{
    for (size_t i = from; i < query->words; i++) {
        say(query, AND_ANY
            "case_words x WHERE x.case_id = d.case_id AND x.word >= ? AND x.word < ?" OF_IT);
        with(query, NW_STRING(query->word[i]));
        with(query, NW_STRING(query->past[i]));
    }
}

/* In one of the roles he has now. */
static void say_roles(struct query *query, const struct searching *searching, const char *of)
{
    const json_t *roles = json_object_get(searching->who->body, "roles"), *role;
    size_t i;
    say(query, " AND ");
    say(query, of);
    say(query, ".role IN (''");
    json_array_foreach(roles, i, role)
    {
        if (i == ROLES_MOST)
            break;
        say(query, ", ?, ?");
        (void)snprintf(query->opener[i], sizeof query->opener[0], "%s%.60s", opener_of,
                       json_string_value(role));
        with(query, NW_STRING(json_string_value(role)));
        with(query, NW_STRING(query->opener[i]));
    }
    say(query, ")");
}

static void say_case(struct query *query, const char *sql, const char *value)
{
    if (!value)
        return;
    say(query, sql);
    with(query, NW_STRING(value));
}

/* A page of cases, by their identifiers, which sort by their time. */
static void build_query(struct query *query, const struct searching *searching, enum lead lead)
{
    static const char *const from[] = {
        [LEAD_CASES] = "(SELECT id AS case_id FROM cases) AS d WHERE 1 = 1",
        [LEAD_PEOPLE] = "case_people d WHERE d.person = ?",
        [LEAD_WAITS] = "case_waits d WHERE d.role = ?",
        [LEAD_WORD] = "case_words d WHERE d.word >= ? AND d.word < ?",
    };
    const struct nw_desk_search *search = searching->search;
    const char *person = searching->all ? NULL : searching->who->person;
    say(query, "SELECT c.id, c.number, c.summary, c.created, c.updated FROM cases c WHERE c.id "
               "IN (SELECT DISTINCT d.case_id FROM ");
    say(query, from[lead]);
    if (lead == LEAD_WORD) {
        with(query, NW_STRING(query->word[0]));
        with(query, NW_STRING(query->past[0]));
    } else if (lead != LEAD_CASES) {
        with(query, NW_STRING(lead == LEAD_PEOPLE ? person : search->role));
    }
    if (lead == LEAD_PEOPLE) {
        say_roles(query, searching, "d");
    } else if (person) {
        say_case(query, AND_ANY "case_people p WHERE p.case_id = d.case_id AND p.person = ?",
                 person);
        say_roles(query, searching, "p");
        say(query, OF_IT);
    }
    if (lead != LEAD_WAITS)
        say_case(query, AND_ANY "case_waits w WHERE w.case_id = d.case_id AND w.role = ?" OF_IT,
                 search->role);
    say_case(query, AND_ANY "cases s WHERE s.id = d.case_id AND s.stage = ?" OF_IT,
             search->stage);
    say_case(query, AND_ANY "cases t WHERE t.id = d.case_id AND t.type = ?" OF_IT,
             search->type);
    say_case(query, AND_ANY "case_people b WHERE b.case_id = d.case_id AND b.person = ?" OF_IT,
             search->by);
    say_words(query, lead == LEAD_WORD);
    say_case(query, " AND d.case_id < ?", search->after);
    say(query, " ORDER BY d.case_id DESC LIMIT ?) ORDER BY c.id DESC");
    with(query, NW_WHOLE(search->limit + 1));
}

/* Summaries are JSON as they lie, in canonical form: reading them in only to write them out
 * again would be most of the work. */
static bool write_page(struct searching *searching, const struct nw_rows *rows,
                       struct nw_err *err)
{
    struct nw_text *out = &searching->reply;
    const size_t limit = (size_t)searching->search->limit;
    searching->found = rows->count < limit ? rows->count : limit;
    nw_text_release(out);
    nw_text_init(out, REPLY_MOST);
    bool good = nw_text_add(out, "{\"cases\":[", err);
    for (size_t i = 0; good && i < searching->found; i++)
        good = nw_text_addf(out, err,
                            "%s{\"case\":\"%s\",\"number\":\"%s\",\"created\":\"%s\","
                            "\"updated\":\"%s\",\"summary\":",
                            i ? "," : "", nw_row_text(rows, i, 0), nw_row_text(rows, i, 1),
                            nw_row_text(rows, i, 3), nw_row_text(rows, i, 4)) &&
               nw_text_add(out, nw_row_text(rows, i, 2), err) && nw_text_add(out, "}", err);
    good = good && nw_text_add(out, "]", err);
    if (good && rows->count > limit)
        good = nw_text_addf(out, err, ",\"next\":\"%s\"", nw_row_text(rows, limit - 1, 0));
    return good && nw_text_add(out, "}", err);
}

static bool search_cases(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct searching *searching = (struct searching *)context;
    const char *words = searching->search->words;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    enum lead lead;
    const struct nw_flow *flow = nw_desk_flow(searching->desk, tx, NULL, err);
    struct query *query = flow ? NW_ALLOC(struct query, 1, err) : NULL;
    searching->all = flow && sees_all(flow, searching->who);
    bool good = query && (!words || nw_words_each(words, take_word, query, err)) &&
                choose_lead(tx, searching, query, &lead, err);
    if (good) {
        build_query(query, searching, lead);
        good = nw_tx_query(tx, &arena, query->sql, query->value, query->count, &rows, err);
    }
    nw_free(query);
    return good && write_page(searching, &rows, err);
}

bool nw_desk_search(struct nw_desk *desk, const struct nw_session *who,
                    const struct nw_desk_search *search, struct nw_text *reply,
                    struct nw_err *err)
{
    struct searching searching = {.desk = desk, .who = who, .search = search};
    if (search->limit < 1 || search->limit > 200)
        return nw_fail(err, NW_ERR_ARGUMENT, "a page has 1 to 200 cases");
    bool good = nw_store_read(desk->store, search_cases, &searching, err);
    json_t *body = good ? json_pack("{s:I}", "cases", (json_int_t)searching.found) : NULL;
    struct nw_row row = {
        .person = who->person, .session = who->id, .act = "read.list", .body = body};
    good = good && (body ? nw_ledger_note(desk->ledger, &row, err) : nw_no_memory(err));
    json_decref(body);
    if (good)
        *reply = searching.reply;
    else
        nw_text_release(&searching.reply);
    return good;
}

/* ------------------------------------------------------------------ the ledger's rows */

struct auditing {
    const char *person, *case_id, *act;
    int64_t before;
    json_t *reply;
};

enum { AUDIT_PAGE = 200 };

static bool read_rows(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct auditing *auditing = (struct auditing *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    struct query *query = NW_ALLOC(struct query, 1, err);
    if (!query)
        return false;
    say(query, NW_LEDGER_ROWS "WHERE number < ?");
    with(query, NW_WHOLE(auditing->before > 0 ? auditing->before : INT64_MAX));
    const struct {
        const char *sql, *text;
    } narrow[] = {{" AND person = ?", auditing->person},
                  {" AND case_id = ?", auditing->case_id},
                  {" AND act = ?", auditing->act}};
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++) {
        if (!narrow[i].text)
            continue;
        say(query, narrow[i].sql);
        with(query, NW_STRING(narrow[i].text));
    }
    say(query, " ORDER BY number DESC LIMIT ?");
    with(query, NW_WHOLE(AUDIT_PAGE));
    bool good = nw_tx_query(tx, &arena, query->sql, query->value, query->count, &rows, err);
    nw_free(query);
    if (!good)
        return false;
    json_decref(auditing->reply);
    json_t *list = json_array();
    for (size_t i = 0; i < rows.count; i++) {
        json_t *row = nw_ledger_row_json(&rows, i);
        if (!row || json_object_set_new(row, "digest", json_string(nw_row_text(&rows, i, 9))) ||
            json_array_append_new(list, row) != 0) {
            json_decref(list);
            return nw_no_memory(err);
        }
    }
    auditing->reply = json_pack("{s:o}", "rows", list);
    if (auditing->reply && rows.count == AUDIT_PAGE)
        (void)json_object_set_new(auditing->reply, "next",
                                  json_integer(nw_row_whole(&rows, rows.count - 1, 0)));
    return auditing->reply || nw_no_memory(err);
}

bool nw_desk_audit(struct nw_desk *desk, const struct nw_session *who, const char *person,
                   const char *case_id, const char *act, int64_t before, json_t **reply,
                   struct nw_err *err)
{
    struct auditing auditing = {
        .person = person, .case_id = case_id, .act = act, .before = before};
    if (!nw_session_has(who, "audit"))
        return nw_fail(err, NW_ERR_DENIED, "only the audit administrator reads the ledger");
    struct nw_row row = {.person = who->person, .session = who->id, .act = "read.audit"};
    if (!nw_store_read(desk->store, read_rows, &auditing, err))
        return false;
    if (nw_ledger_note(desk->ledger, &row, err)) {
        *reply = auditing.reply;
        return true;
    }
    json_decref(auditing.reply);
    return false;
}
