/* case/retention.c -- see retention.h. */
#include "case/retention.h"

#include <stdio.h>
#include <string.h>

#include "case/desk_priv.h"

/* In place of the case's last digest: no state has it. */
#define GONE "destroyed"

/* ------------------------------------------------------------------ the list */

struct listing {
    const struct nw_retention_query *query;
    json_t *reply;
};

static const struct {
    const char *name, *where;
} states[] = {
    {"due", "stage = 'closed' AND digest <> '" GONE "' AND (keep_until IS NULL OR keep_until < "
            "?)"},
    {"kept", "stage = 'closed' AND digest <> '" GONE "' AND keep_until >= ?"},
    {"open", "stage <> 'closed' AND ? <> ''"},
    {"destroyed", "digest = '" GONE "' AND ? <> ''"},
};

static json_t *describe(const struct nw_rows *rows, size_t row, const char *state)
{
    const char *keep = nw_row_text(rows, row, 4);
    json_t *summary = json_loads(nw_row_text(rows, row, 5), 0, NULL);
    const json_t *issues = json_object_get(summary, "open_issues"), *issue;
    bool asked = false;
    size_t i;
    json_array_foreach(issues, i, issue)
    {
        asked = asked || strcmp(json_string_value(issue), "destruction") == 0;
    }
    json_t *one =
        json_pack("{s:s, s:s, s:s, s:b, s:s?, s:s, s:b}", "case", nw_row_text(rows, row, 0),
                  "number", nw_row_text(rows, row, 1), "type", nw_row_text(rows, row, 2),
                  "implant", (int)nw_row_whole(rows, row, 3), "keep_until", *keep ? keep : NULL,
                  "state", state, "asked", asked);
    json_decref(summary);
    return one;
}

static bool list_cases(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct listing *listing = (struct listing *)context;
    const struct nw_retention_query *query = listing->query;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char sql[512], today[NW_TIME_TEXT];
    size_t which = 0;
    nw_time_now(today);
    today[10] = 0;
    while (query->state && strcmp(states[which].name, query->state) != 0)
        if (++which == sizeof states / sizeof *states)
            return nw_fail(err, NW_ERR_ARGUMENT, "\"state\" is due, kept, open or destroyed");
    (void)snprintf(sql, sizeof sql,
                   "SELECT id, number, type, implant, keep_until, summary FROM cases WHERE %s "
                   "AND id > ? ORDER BY id LIMIT ?",
                   states[which].where);
    if (!nw_tx_query(tx, &arena, sql,
                     NW_VALUES(NW_STRING(today), NW_STRING(query->after ? query->after : ""),
                               NW_WHOLE(query->limit)),
                     &rows, err))
        return false;
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < rows.count; i++)
        good = json_array_append_new(list, describe(&rows, i, states[which].name)) == 0;
    json_decref(listing->reply);
    listing->reply = good ? json_pack("{s:O}", "cases", list) : NULL;
    json_decref(list);
    if (listing->reply && rows.count == (size_t)query->limit)
        (void)json_object_set_new(listing->reply, "next",
                                  json_string(nw_row_text(&rows, rows.count - 1, 0)));
    return listing->reply || nw_no_memory(err);
}

bool nw_retention(struct nw_desk *desk, const struct nw_session *who,
                  const struct nw_retention_query *query, json_t **reply, struct nw_err *err)
{
    struct listing listing = {.query = query};
    struct nw_row row = {.person = who->person, .session = who->id, .act = "read.retention"};
    if (query->limit < 1 || query->limit > 200)
        return nw_fail(err, NW_ERR_ARGUMENT, "a page has 1 to 200 cases");
    if (nw_store_read(desk->store, list_cases, &listing, err) &&
        nw_ledger_note(desk->ledger, &row, err)) {
        *reply = listing.reply;
        return true;
    }
    json_decref(listing.reply);
    return false;
}

/* ------------------------------------------------------------------ the end */

/* The rows of the case that are emptied: all but the steps that end it. Each is bound into one
 * digest, in their order; the request to destroy and the step itself are told by their acts. */
static bool is_of_the_end(const char *body)
{
    json_t *json = json_loads(body, 0, NULL);
    const char *act = json_string_value(json_object_get(json_object_get(json, "entry"), "act"));
    const bool is = act && strncmp(act, "records.", 8) == 0;
    json_decref(json);
    return is;
}

static bool empty_rows(struct nw_tx *tx, const char *id, int64_t *count,
                       char sum[NW_DIGEST_TEXT], struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    struct nw_row_sum all = {0};
    if (!nw_tx_query(tx, &arena,
                     "SELECT number, body, digest FROM ledger WHERE case_id = ? AND body <> '' "
                     "ORDER BY number",
                     NW_VALUES(NW_STRING(id)), &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        if (is_of_the_end(nw_row_text(&rows, i, 1)))
            continue;
        if (!nw_row_sum_add(&all, nw_row_whole(&rows, i, 0), nw_row_text(&rows, i, 2), err) ||
            !nw_tx_run(
                tx, "UPDATE ledger SET body = ? WHERE number = ?",
                NW_VALUES(NW_STRING(NW_ROW_DESTROYED), NW_WHOLE(nw_row_whole(&rows, i, 0))),
                NULL, err))
            return false;
    }
    *count = all.rows;
    memcpy(sum, all.sum, NW_DIGEST_TEXT);
    return true;
}

/* What of a summary says nothing of the patient. */
static json_t *kept_summary(const json_t *summary, const char *time)
{
    static const char *const kept[] = {
        "type",   "device",  "department", "hospital", "maker",       "implant",   "stage",
        "closed", "machine", "lot",        "process",  "device_code", "keep_until"};
    json_t *out = json_object();
    bool good = out && json_object_set_new(out, GONE, json_stringn(time, 10)) == 0;
    for (size_t i = 0; good && i < sizeof kept / sizeof *kept; i++) {
        json_t *value = json_object_get(summary, kept[i]);
        good = !value || json_object_set(out, kept[i], value) == 0;
    }
    if (good)
        return out;
    json_decref(out);
    return NULL;
}

static bool keep_little(struct nw_tx *tx, const char *id, const json_t *summary,
                        const char *time, struct nw_err *err)
{
    json_t *kept = kept_summary(summary, time);
    size_t len;
    NW_AUTOFREE char *text = kept ? nw_canonical(kept, &len, err) : NULL;
    json_decref(kept);
    return text ? nw_tx_run(tx, "UPDATE cases SET summary = ?, digest = ? WHERE id = ?",
                            NW_VALUES(NW_STRING(text), NW_STRING(GONE), NW_STRING(id)), NULL,
                            err)
                : err->code == NW_OK && nw_no_memory(err);
}

/* Everything else there is of it; rows that name its files first. */
static bool drop_rest(struct nw_tx *tx, const char *id, const char *time, struct nw_err *err)
{
    static const char *const drop[] = {
        "DELETE FROM case_files WHERE case_id = ?",
        "DELETE FROM case_words WHERE case_id = ?",
        "DELETE FROM case_waits WHERE case_id = ?",
        "DELETE FROM case_people WHERE case_id = ?",
        "DELETE FROM uploads WHERE case_id = ?",
        "DELETE FROM jobs WHERE case_id = ?",
        "DELETE FROM shares WHERE case_id = ?",
        "DELETE FROM idempotency WHERE body LIKE '%' || ? || '%'",
    };
    if (!nw_tx_run(tx,
                   "INSERT INTO doomed (sha256, bytes, since) SELECT DISTINCT f.sha256, "
                   "f.bytes, ? FROM case_files f WHERE f.case_id = ? AND NOT EXISTS (SELECT 1 "
                   "FROM case_files o WHERE o.sha256 = f.sha256 AND o.case_id <> f.case_id) ON "
                   "CONFLICT DO NOTHING",
                   NW_VALUES(NW_STRING(time), NW_STRING(id)), NULL, err))
        return false;
    for (size_t i = 0; i < sizeof drop / sizeof *drop; i++)
        if (!nw_tx_run(tx, drop[i], NW_VALUES(NW_STRING(id)), NULL, err))
            return false;
    return nw_tx_run(tx,
                     "DELETE FROM blobs WHERE sha256 IN (SELECT sha256 FROM doomed) AND NOT "
                     "EXISTS (SELECT 1 FROM case_files f WHERE f.sha256 = blobs.sha256)",
                     NW_NO_VALUES, NULL, err);
}

bool nw_case_destroy(struct nw_tx *tx, const struct nw_session *who, const char *id,
                     const json_t *summary, const char *time, struct nw_err *err)
{
    int64_t count = 0;
    char sum[NW_DIGEST_TEXT];
    if (!empty_rows(tx, id, &count, sum, err))
        return false;
    json_t *body = json_pack("{s:I, s:s}", "rows", (json_int_t)count, "sha256", sum);
    struct nw_row row = {.person = who->person,
                         .session = who->id,
                         .case_id = id,
                         .act = NW_ROW_END,
                         .body = body};
    bool good = body ? nw_ledger_append(tx, &row, time, NULL, NULL, err) &&
                           keep_little(tx, id, summary, time, err) &&
                           drop_rest(tx, id, time, err)
                     : nw_no_memory(err);
    json_decref(body);
    return good;
}

/* ------------------------------------------------------------------ files */

struct sweeping {
    struct nw_desk *desk;
    int64_t left;
};

static bool any_doomed(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct sweeping *sweeping = (struct sweeping *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT COUNT(*) FROM doomed", NW_NO_VALUES, &rows, err))
        return false;
    sweeping->left = nw_row_whole(&rows, 0, 0);
    return true;
}

/* Within the one write transaction there is at a time, so that no file is put on record while
 * it goes. A running job, and an upload of the same size, may be just before that. */
static bool sweep(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct sweeping *sweeping = (const struct sweeping *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_run(tx,
                   "DELETE FROM doomed WHERE EXISTS (SELECT 1 FROM blobs b WHERE b.sha256 = "
                   "doomed.sha256)",
                   NW_NO_VALUES, NULL, err) ||
        !nw_tx_query(tx, &arena,
                     "SELECT d.sha256 FROM doomed d WHERE NOT EXISTS (SELECT 1 FROM uploads u "
                     "WHERE u.bytes_said = d.bytes) AND NOT EXISTS (SELECT 1 FROM jobs j WHERE "
                     "j.state IN ('waiting', 'running')) ORDER BY d.sha256 LIMIT 1000",
                     NW_NO_VALUES, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        struct nw_err why = {0};
        nw_digest digest;
        const char *hex = nw_row_text(&rows, i, 0);
        if (nw_digest_parse(hex, &digest) &&
            !nw_blob_remove(sweeping->desk->blobs, &digest, &why) &&
            why.code != NW_ERR_NOTFOUND) {
            *err = why;
            return false;
        }
        if (!nw_tx_run(tx, "DELETE FROM doomed WHERE sha256 = ?", NW_VALUES(NW_STRING(hex)),
                       NULL, err))
            return false;
    }
    return true;
}

bool nw_retention_sweep(struct nw_desk *desk, struct nw_err *err)
{
    struct sweeping sweeping = {.desk = desk};
    return nw_store_read(desk->store, any_doomed, &sweeping, err) &&
           (sweeping.left == 0 || nw_store_write(desk->store, sweep, &sweeping, err));
}
