#include "case/ledger.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "case/flow.h"

static const char no_row_before[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

static void write_time(int64_t seconds, long microseconds, char out[NW_TIME_TEXT])
{
    time_t when = (time_t)seconds;
    struct tm parts;
    gmtime_r(&when, &parts);
    char text[64];
    size_t len = strftime(text, 24, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text + len, sizeof text - len, ".%06ldZ", microseconds);
    memcpy(out, text, NW_TIME_TEXT - 1);
    out[NW_TIME_TEXT - 1] = 0;
}

bool nw_time_parse(const char *text, int64_t *seconds)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest)
        return false;
    if (*rest == '.') {
        rest++;
        rest += strspn(rest, "0123456789");
    }
    if (strcmp(rest, "Z") != 0)
        return false;
    *seconds = (int64_t)timegm(&parts);
    return true;
}

void nw_time_after(const char *time, int64_t seconds, char out[NW_TIME_TEXT])
{
    int64_t at = 0;
    bool is_time = nw_time_parse(time, &at);
    assert(is_time);
    (void)is_time;
    write_time(at + seconds, 0, out);
}

/* The chain's end: number 0 and a digest of noughts when it has none. */
struct end {
    int64_t number;
    char time[NW_TIME_TEXT], digest[NW_DIGEST_TEXT];
};

static bool find_end(struct nw_tx *tx, struct end *out, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number, time, digest FROM ledger ORDER BY number DESC LIMIT 1",
                     NW_NO_VALUES, &rows, err))
        return false;
    *out = (struct end){0};
    snprintf(out->digest, sizeof out->digest, "%s",
             rows.count ? nw_row_text(&rows, 0, 2) : no_row_before);
    if (rows.count) {
        out->number = nw_row_whole(&rows, 0, 0);
        snprintf(out->time, sizeof out->time, "%s", nw_row_text(&rows, 0, 1));
    }
    return true;
}

/* New reference; steals nothing. */
static json_t *row_json(const struct nw_row *row, const char *time, int64_t number,
                        const char *before)
{
    json_t *out = json_pack("{s:I, s:s, s:s, s:s}", "number", (json_int_t)number, "time", time,
                            "act", row->act, "before", before);
    const struct {
        const char *key, *text;
    } member[] = {{"person", row->person},
                  {"role", row->role},
                  {"session", row->session},
                  {"case", row->case_id}};
    bool good = out != NULL;
    for (size_t i = 0; good && i < sizeof member / sizeof *member; i++)
        good = !member[i].text ||
               json_object_set_new(out, member[i].key, json_string(member[i].text)) == 0;
    if (good && row->body)
        good = json_object_set(out, "body", (json_t *)(uintptr_t)row->body) == 0;
    if (good)
        return out;
    json_decref(out);
    return NULL;
}

enum { ROW_VALUES = 10 };

/* The row behind *end, which becomes the end, as the values of its columns. */
static bool write_row(const struct nw_row *row, const char *time, struct nw_arena *arena,
                      struct end *end, struct nw_value values[ROW_VALUES], nw_digest *digest,
                      struct nw_err *err)
{
    json_t *whole = row_json(row, time, end->number + 1, end->digest);
    if (!whole)
        return nw_fail(err, NW_ERR_MEMORY, "out of memory");
    bool good = nw_canonical_digest(whole, digest, err);
    json_decref(whole);
    if (!good)
        return false;
    size_t len = 0;
    NW_AUTOFREE char *text = row->body ? nw_canonical(row->body, &len, err) : NULL;
    if (row->body && !text)
        return false;
    const char *body = nw_arena_text(arena, text ? text : "", err);
    const char *before = nw_arena_text(arena, end->digest, err);
    nw_digest_format(digest, end->digest);
    const char *own = nw_arena_text(arena, end->digest, err);
    const struct nw_value all[ROW_VALUES] = {NW_WHOLE(++end->number), NW_STRING(time),
                                             NW_STRING(row->person),  NW_STRING(row->role),
                                             NW_STRING(row->session), NW_STRING(row->case_id),
                                             NW_STRING(row->act),     NW_STRING(body),
                                             NW_STRING(before),       NW_STRING(own)};
    memcpy(values, all, sizeof all);
    return body && before && own;
}

static bool insert_rows(struct nw_tx *tx, const struct nw_value *values, size_t rows,
                        struct nw_err *err)
{
    return nw_tx_run_each(tx,
                          "INSERT INTO ledger (number, time, person, role, session, case_id, "
                          "act, body, before, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          values, ROW_VALUES, rows, err);
}

/* Behind *end, which becomes the row's. */
static bool append_after(struct nw_tx *tx, const struct nw_row *row, const char *time,
                         struct end *end, nw_digest *digest, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_value values[ROW_VALUES];
    return write_row(row, time, &arena, end, values, digest, err) &&
           insert_rows(tx, values, 1, err);
}

/* The time of what is appended now behind *end, which it may move on. */
static bool tell_time(struct nw_tx *tx, struct end *end, char out[NW_TIME_TEXT],
                      struct nw_err *err)
{
    nw_time_now(out);
    if (strcmp(out, end->time) >= 0)
        return true;
    int64_t now = 0, last = 0;
    char clock[NW_TIME_TEXT];
    memcpy(clock, out, sizeof clock);
    memcpy(out, end->time, NW_TIME_TEXT);
    if (!nw_time_parse(clock, &now) || !nw_time_parse(end->time, &last) || last - now < 2)
        return true;
    /* Said once for each time the clock is put back, not with each row until it has caught up.
     */
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number FROM ledger WHERE act = 'clock.back' AND time = ? LIMIT 1",
                     NW_VALUES(NW_STRING(end->time)), &rows, err))
        return false;
    if (rows.count)
        return true;
    json_t *body = json_pack("{s:s, s:I}", "clock", clock, "back_s", (json_int_t)(last - now));
    struct nw_row row = {.act = "clock.back", .body = body};
    nw_digest digest;
    bool good = body ? append_after(tx, &row, out, end, &digest, err)
                     : nw_fail(err, NW_ERR_MEMORY, "out of memory");
    json_decref(body);
    return good;
}

bool nw_ledger_time(struct nw_tx *tx, char out[NW_TIME_TEXT], struct nw_err *err)
{
    struct end end;
    return find_end(tx, &end, err) && tell_time(tx, &end, out, err);
}

bool nw_ledger_append(struct nw_tx *tx, const struct nw_row *row, const char *time,
                      int64_t *number, nw_digest *digest, struct nw_err *err)
{
    struct end end;
    nw_digest own;
    if (!find_end(tx, &end, err) || !append_after(tx, row, time, &end, &own, err))
        return false;
    if (number)
        *number = end.number;
    if (digest)
        *digest = own;
    return true;
}

/* Somebody who waits for a row of his to be durable. */
struct waiter {
    const struct nw_row *row;
    struct waiter *next;
    bool done, good;
    struct nw_err err;
};

struct nw_ledger {
    struct nw_store *store;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct waiter *first, *last;
    bool writing;
};

struct nw_ledger *nw_ledger_new(struct nw_store *store, struct nw_err *err)
{
    struct nw_ledger *ledger = NW_ALLOC(struct nw_ledger, 1, err);
    if (!ledger)
        return NULL;
    ledger->store = store;
    pthread_mutex_init(&ledger->lock, NULL);
    pthread_cond_init(&ledger->changed, NULL);
    return ledger;
}

void nw_ledger_free(struct nw_ledger *ledger)
{
    if (!ledger)
        return;
    pthread_mutex_destroy(&ledger->lock);
    pthread_cond_destroy(&ledger->changed);
    nw_free(ledger);
}

static bool write_batch(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct waiter *first = (struct waiter *)context;
    NW_AUTO(nw_arena) arena = {0};
    char time[NW_TIME_TEXT];
    struct end end;
    nw_digest digest;
    size_t rows = 0;
    for (const struct waiter *one = first; one; one = one->next)
        rows++;
    struct nw_value *values =
        nw_arena_alloc(&arena, rows * ROW_VALUES * sizeof(struct nw_value), err);
    if (!values || !find_end(tx, &end, err) || !tell_time(tx, &end, time, err))
        return false;
    struct nw_value *at = values;
    for (const struct waiter *one = first; one; one = one->next, at += ROW_VALUES)
        if (!write_row(one->row, time, &arena, &end, at, &digest, err))
            return false;
    return insert_rows(tx, values, rows, err);
}

bool nw_ledger_note(struct nw_ledger *ledger, const struct nw_row *row, struct nw_err *err)
{
    struct waiter own = {.row = row};
    pthread_mutex_lock(&ledger->lock);
    struct waiter *mine = &own; /* in the queue until it is done, which is waited for here */
    if (ledger->last)
        ledger->last->next = mine;
    else
        ledger->first = mine;
    ledger->last = mine;
    while (!own.done && ledger->writing)
        pthread_cond_wait(&ledger->changed, &ledger->lock);
    if (!own.done) { /* nobody writes: this one does, for all who came meanwhile */
        struct waiter *batch = ledger->first;
        ledger->first = ledger->last = NULL;
        ledger->writing = true;
        pthread_mutex_unlock(&ledger->lock);
        struct nw_err failure = {0};
        bool good = nw_store_write(ledger->store, write_batch, batch, &failure);
        pthread_mutex_lock(&ledger->lock);
        for (struct waiter *one = batch, *next; one; one = next) {
            next = one->next;
            one->good = good;
            one->err = failure;
            one->done = true;
        }
        ledger->writing = false;
        pthread_cond_broadcast(&ledger->changed);
    }
    pthread_mutex_unlock(&ledger->lock);
    if (!own.good)
        *err = own.err;
    return own.good;
}

/* What a head's signature is over. */
static char *head_text(int64_t number, const char *digest, const char *time, size_t *len,
                       struct nw_err *err)
{
    json_t *head = json_pack("{s:I, s:s, s:s}", "number", (json_int_t)number, "digest", digest,
                             "time", time);
    char *text = NULL;
    if (head)
        text = nw_canonical(head, len, err);
    else
        nw_fail(err, NW_ERR_MEMORY, "out of memory");
    json_decref(head);
    return text;
}

bool nw_ledger_sign(struct nw_tx *tx, const uint8_t secret[NW_SECRET_BYTES],
                    const struct nw_public_key *shown, struct nw_err *err)
{
    struct end end;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!find_end(tx, &end, err) ||
        !nw_tx_query(tx, &arena, "SELECT number FROM heads WHERE number = ?",
                     NW_VALUES(NW_WHOLE(end.number)), &rows, err))
        return false;
    if (rows.count || end.number == 0)
        return true;
    char time[NW_TIME_TEXT], key[2 * NW_PUBLIC_MAX + 1], value[2 * NW_SIGNATURE_MAX + 1];
    size_t len = 0;
    nw_time_now(time);
    NW_AUTOFREE char *text = head_text(end.number, end.digest, time, &len, err);
    struct nw_signature signature;
    if (!text || !nw_sign(secret, shown, text, len, &signature, err))
        return false;
    nw_hex_format(shown->byte, shown->size, key);
    nw_hex_format(signature.byte, signature.size, value);
    return nw_tx_run(
        tx, "INSERT INTO heads (number, time, digest, key, signature) VALUES (?, ?, ?, ?, ?)",
        NW_VALUES(NW_WHOLE(end.number), NW_STRING(time), NW_STRING(end.digest), NW_STRING(key),
                  NW_STRING(value)),
        NULL, err);
}

json_t *nw_ledger_row_json(const struct nw_rows *rows, size_t row)
{
    const char *text[10];
    for (size_t column = 1; column < 10; column++) {
        const char *cell = nw_row_text(rows, row, column);
        text[column] = *cell ? cell : NULL; /* null and no body alike */
    }
    json_t *body =
        text[7] ? json_loads(text[7], JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (text[7] && !body) /* no JSON: whatever it is, its digest will not be the row's */
        body = json_string(text[7]);
    struct nw_row parts = {.person = text[2],
                           .role = text[3],
                           .session = text[4],
                           .case_id = text[5],
                           .act = text[6] ? text[6] : "",
                           .body = body};
    json_t *out = row_json(&parts, text[1] ? text[1] : "", nw_row_whole(rows, row, 0),
                           text[8] ? text[8] : "");
    json_decref(body);
    return out;
}

bool nw_row_sum_add(struct nw_row_sum *sum, int64_t number, const char *digest,
                    struct nw_err *err)
{
    char text[2 * NW_DIGEST_TEXT + 32];
    nw_digest next;
    const int len =
        snprintf(text, sizeof text, "%s %lld %s", sum->sum, (long long)number, digest);
    if (!nw_hash_bytes(text, (size_t)len, &next, err))
        return false;
    nw_digest_format(&next, sum->sum);
    sum->rows++;
    return true;
}

enum { PAGE = 1000 };

struct walk {
    json_t *destroyed; /* case -> {"rows", "sha256", "first"} of what no row has bound yet */
    struct end end;    /* the row before the one that is looked at */
    int64_t rows;
    struct nw_ledger_fault fault;
};

static void find_fault(struct walk *walk, int64_t number, const char *what)
{
    walk->fault.number = number;
    snprintf(walk->fault.what, sizeof walk->fault.what, "%s", nw_translated(what));
}

/* A row without its body: to be bound by a later one of its case. */
static bool note_destroyed(struct walk *walk, const struct nw_rows *rows, size_t row,
                           struct nw_err *err)
{
    const char *id = nw_row_text(rows, row, 5);
    const json_t *known = json_object_get(walk->destroyed, id);
    const json_t *first = json_object_get(known, "first");
    struct nw_row_sum sum = {.rows = json_integer_value(json_object_get(known, "rows"))};
    const char *text = json_string_value(json_object_get(known, "sha256"));
    const int64_t number = nw_row_whole(rows, row, 0);
    snprintf(sum.sum, sizeof sum.sum, "%s", text ? text : "");
    if (!nw_row_sum_add(&sum, number, nw_row_text(rows, row, 9), err))
        return false;
    json_t *now = json_pack("{s:I, s:s, s:I}", "rows", (json_int_t)sum.rows, "sha256", sum.sum,
                            "first", first ? json_integer_value(first) : (json_int_t)number);
    return json_object_set_new(walk->destroyed, id, now) == 0 ||
           nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

/* The row that binds them: what it says must be what was found. */
static void settle_destroyed(struct walk *walk, const json_t *whole, const char *id)
{
    const json_t *body = json_object_get(whole, "body");
    const json_t *found = json_object_get(walk->destroyed, id);
    if (found && json_equal(json_object_get(found, "rows"), json_object_get(body, "rows")) &&
        json_equal(json_object_get(found, "sha256"), json_object_get(body, "sha256")))
        (void)json_object_del(walk->destroyed, id);
}

static void check_destroyed(struct walk *walk)
{
    const char *id;
    const json_t *left;
    int64_t first = 0;
    json_object_foreach(walk->destroyed, id, left)
    {
        const int64_t number = json_integer_value(json_object_get(left, "first"));
        first = first == 0 || number < first ? number : first;
    }
    if (first && !walk->fault.number)
        find_fault(walk, first, "the row was emptied, and no row says that it should be");
}

static bool check_row(struct walk *walk, const struct nw_rows *rows, size_t row,
                      struct nw_err *err)
{
    int64_t number = nw_row_whole(rows, row, 0);
    if (number != walk->end.number + 1) {
        find_fault(walk, walk->end.number + 1, "the row is missing");
        return true;
    }
    json_t *whole = nw_ledger_row_json(rows, row);
    nw_digest digest;
    const bool emptied =
        *nw_row_text(rows, row, 5) && strcmp(nw_row_text(rows, row, 7), NW_ROW_DESTROYED) == 0;
    bool good = whole ? nw_canonical_digest(whole, &digest, err)
                      : nw_fail(err, NW_ERR_MEMORY, "out of memory");
    if (good && strcmp(nw_row_text(rows, row, 6), NW_ROW_END) == 0)
        settle_destroyed(walk, whole, nw_row_text(rows, row, 5));
    json_decref(whole);
    if (!good || (emptied && !note_destroyed(walk, rows, row, err)))
        return false;
    char hex[NW_DIGEST_TEXT];
    nw_digest_format(&digest, hex);
    if (emptied)
        snprintf(hex, sizeof hex, "%s", nw_row_text(rows, row, 9));
    if (strcmp(nw_row_text(rows, row, 8), walk->end.digest) != 0)
        find_fault(walk, number, "the row does not follow the one before it");
    else if (strcmp(hex, nw_row_text(rows, row, 9)) != 0)
        find_fault(walk, number, "the row was changed");
    else if (strcmp(nw_row_text(rows, row, 1), walk->end.time) < 0)
        find_fault(walk, number, "the row's time is before that of the row before it");
    walk->end.number = number;
    snprintf(walk->end.digest, sizeof walk->end.digest, "%s", hex);
    snprintf(walk->end.time, sizeof walk->end.time, "%s", nw_row_text(rows, row, 1));
    walk->rows++;
    return true;
}

static bool check_heads(struct nw_tx *tx, struct walk *walk, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT h.number, h.time, h.digest, h.key, h.signature, l.digest FROM "
                     "heads h LEFT JOIN ledger l ON l.number = h.number ORDER BY h.number",
                     NW_NO_VALUES, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count && !walk->fault.number; i++) {
        int64_t number = nw_row_whole(&rows, i, 0);
        struct nw_public_key key = {.kind = NW_ED25519, .size = 32};
        struct nw_signature signature = {.size = strlen(nw_row_text(&rows, i, 4)) / 2};
        size_t len = 0;
        NW_AUTOFREE char *text =
            head_text(number, nw_row_text(&rows, i, 2), nw_row_text(&rows, i, 1), &len, err);
        if (!text)
            return false;
        if (number > walk->end.number)
            find_fault(walk, walk->end.number + 1, "the row is missing");
        else if (strcmp(nw_row_text(&rows, i, 2), nw_row_text(&rows, i, 5)) != 0)
            find_fault(walk, number, "the row is not the one the signed head names");
        else if (!nw_hex_parse(nw_row_text(&rows, i, 3), key.size, key.byte) ||
                 signature.size > NW_SIGNATURE_MAX ||
                 !nw_hex_parse(nw_row_text(&rows, i, 4), signature.size, signature.byte) ||
                 !nw_signature_holds(&key, text, len, &signature))
            find_fault(walk, number, "the head's signature does not hold");
    }
    return true;
}

static bool check_all(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct walk *walk = (struct walk *)context;
    json_decref(walk->destroyed);
    *walk = (struct walk){.destroyed = json_object()};
    if (!walk->destroyed)
        return nw_fail(err, NW_ERR_MEMORY, "out of memory");
    snprintf(walk->end.digest, sizeof walk->end.digest, "%s", no_row_before);
    for (bool more = true; more && !walk->fault.number;) {
        NW_AUTO(nw_arena) arena = {0};
        struct nw_rows rows;
        if (!nw_tx_query(tx, &arena, NW_LEDGER_ROWS "WHERE number > ? ORDER BY number LIMIT ?",
                         NW_VALUES(NW_WHOLE(walk->end.number), NW_WHOLE(PAGE)), &rows, err))
            return false;
        more = rows.count == PAGE;
        for (size_t i = 0; i < rows.count && !walk->fault.number; i++)
            if (!check_row(walk, &rows, i, err))
                return false;
    }
    check_destroyed(walk);
    return walk->fault.number || check_heads(tx, walk, err);
}

bool nw_ledger_check(struct nw_store *store, int64_t *rows, struct nw_ledger_fault *fault,
                     struct nw_err *err)
{
    struct walk walk = {0};
    const bool good = nw_store_read(store, check_all, &walk, err);
    json_decref(walk.destroyed);
    if (!good)
        return false;
    *rows = walk.rows;
    *fault = walk.fault;
    return true;
}
