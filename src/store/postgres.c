/* store/postgres.c -- the driver of PostgreSQL: prepared statements, one writer at a time by
 * an advisory lock, and for every write a mark by which its fate can be asked afterwards. */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "store/postgres_priv.h"
#include "store/seal_priv.h"

enum {
    OLDEST = 130000,
    AT_ONCE = 64 /* statements whose answers, which are short, the line holds */
};

#define READ_BEGIN "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#define WRITE_LOCK "SELECT pg_advisory_xact_lock(7888001729)"

static struct nw_postgres *of(struct nw_conn *conn)
{
    return (struct nw_postgres *)(void *)conn;
}

static bool first_line(char out[200], const char *message)
{
    (void)snprintf(out, 200, "%.*s", (int)strcspn(message, "\n"), message);
    return true;
}

/* A class of SQLSTATE and what it means here; "" ends the table. */
static const struct {
    char state[6];
    enum nw_fault fault;
    enum nw_code code;
    const char *what; /* a sentence below */
} meaning[] = {
    {"23505", NW_FAULT_NONE, NW_ERR_CONFLICT, "key"},
    {"23503", NW_FAULT_NONE, NW_ERR_CONFLICT, "names"},
    {"23", NW_FAULT_NONE, NW_ERR_DATA, "value"},
    {"22", NW_FAULT_NONE, NW_ERR_DATA, "value"},
    {"54", NW_FAULT_NONE, NW_ERR_LIMIT, "large"},
    {"40", NW_FAULT_AGAIN, NW_ERR_IO, "busy"},
    {"55P03", NW_FAULT_AGAIN, NW_ERR_IO, "busy"},
    {"57014", NW_FAULT_NONE, NW_ERR_LIMIT, "slow"},
    {"57", NW_FAULT_LOST, NW_ERR_IO, "away"},
    {"08", NW_FAULT_LOST, NW_ERR_IO, "away"},
    {"25P03", NW_FAULT_LOST, NW_ERR_IO, "away"},
    {"53300", NW_FAULT_LOST, NW_ERR_IO, "away"},
    {"0A000", NW_FAULT_LOST, NW_ERR_INTERNAL, ""}, /* the tables changed under a plan */
    {"53100", NW_FAULT_NONE, NW_ERR_IO, "full"},
    {"53200", NW_FAULT_NONE, NW_ERR_MEMORY, "memory"},
    {"25006", NW_FAULT_NONE, NW_ERR_INTERNAL, "reads"},
    {"XX001", NW_FAULT_NONE, NW_ERR_DATA, "damaged"},
    {"XX002", NW_FAULT_NONE, NW_ERR_DATA, "damaged"},
    {"", NW_FAULT_NONE, NW_ERR_INTERNAL, ""},
};

static bool say(const char *what, enum nw_code code, const char *message, struct nw_err *err)
{
    if (strcmp(what, "key") == 0)
        return nw_fail(err, code, "there is already a row with this key");
    if (strcmp(what, "names") == 0)
        return nw_fail(err, code,
                       "a row that this one names is missing, or others still name this one");
    if (strcmp(what, "value") == 0)
        return nw_fail(err, code, "a value does not fit its column");
    if (strcmp(what, "large") == 0)
        return nw_fail(err, code, "a value is too large for the database");
    if (strcmp(what, "busy") == 0)
        return nw_fail(err, code, "the database is busy: another program writes to it");
    if (strcmp(what, "slow") == 0)
        return nw_fail(err, code, "the database took longer than %d s", NW_STATEMENT_S);
    if (strcmp(what, "away") == 0)
        return nw_fail(err, code, "the database is away");
    if (strcmp(what, "full") == 0)
        return nw_fail(err, code, "the disk that holds the database is full");
    if (strcmp(what, "memory") == 0)
        return nw_fail(err, code, "no memory for the database");
    if (strcmp(what, "reads") == 0)
        return nw_fail(err, code, "a read transaction may not write");
    if (strcmp(what, "damaged") == 0)
        return nw_fail(err, code, "the database is damaged; restore it from a backup");
    return nw_fail(err, code, "the database refused a statement: %s", message);
}

bool nw_postgres_failed(struct nw_postgres *p, PGresult *result, struct nw_err *err)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char message[200];
    first_line(message, primary ? primary : "");
    size_t i = 0;
    while (state && strncmp(state, meaning[i].state, strlen(meaning[i].state)) != 0)
        i++;
    const bool lost = !state || PQstatus(p->db) != CONNECTION_OK;
    PQclear(result);
    p->conn.fault = lost ? NW_FAULT_LOST : meaning[i].fault;
    return lost ? say("away", NW_ERR_IO, "", err)
                : say(meaning[i].what, meaning[i].code, message, err);
}

/* A fixed command, without values of anybody's. */
static bool plain(struct nw_postgres *p, const char *sql, struct nw_err *err)
{
    PGresult *result = PQexec(p->db, sql);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return nw_postgres_failed(p, result, err);
    PQclear(result);
    return true;
}

static void postgres_close(struct nw_conn *conn)
{
    struct nw_postgres *p = of(conn);
    for (size_t i = 0; i < NW_READY_MAX; i++)
        nw_free(p->ready[i].sql);
    PQfinish(p->db);
    nw_free(p);
}

static void be_quiet(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

/* The table of marks is the driver's own, and there before the first write. */
static bool make_marks(struct nw_postgres *p, struct nw_err *err)
{
    PGresult *found = PQexec(p->db, "SELECT to_regclass('store_writers') IS NOT NULL");
    if (PQresultStatus(found) != PGRES_TUPLES_OK)
        return nw_postgres_failed(p, found, err);
    const bool there = PQgetvalue(found, 0, 0)[0] == 't';
    PQclear(found);
    if (there)
        return plain(p, "DELETE FROM store_writers WHERE seen < now() - interval '1 day'", err);
    return plain(p,
                 "BEGIN; " WRITE_LOCK ";"
                 "CREATE TABLE IF NOT EXISTS store_writers (client text PRIMARY KEY,"
                 " mark bigint NOT NULL, seen timestamptz NOT NULL); COMMIT",
                 err);
}

/* Statements say which table leads, and in which order it is read until a page is full: planned
 * anew for its values one would be read whole and sorted instead, where a guess says few rows.
 */
static bool set_up(struct nw_postgres *p, struct nw_err *err)
{
    uint8_t random[8];
    const char *encoding = PQparameterStatus(p->db, "server_encoding");
    if (PQserverVersion(p->db) < OLDEST)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "PostgreSQL must be of version 13 or later");
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the database must have been created with the encoding UTF8");
    if (!nw_seal_random(random, sizeof random, err))
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(p->client + 2 * i, 3, "%02x", random[i]);
    char settings[400];
    (void)snprintf(settings, sizeof settings,
                   "SET statement_timeout = '%ds'; SET lock_timeout = '4s';"
                   "SET idle_in_transaction_session_timeout = '120s';"
                   "SET synchronous_commit = on; SET TimeZone = 'UTC';"
                   "SET plan_cache_mode = force_generic_plan;"
                   "SET bytea_output = 'hex'; SET extra_float_digits = 1;"
                   "SET standard_conforming_strings = on;"
                   "SET client_min_messages = warning",
                   NW_STATEMENT_S);
    return plain(p, settings, err) && make_marks(p, err);
}

static struct nw_conn *postgres_open(const char *where, bool first, enum nw_fault *fault,
                                     struct nw_err *err)
{
    (void)first;
    static const char *const key[] = {"fallback_application_name",
                                      "dbname",
                                      "connect_timeout",
                                      "tcp_user_timeout",
                                      "keepalives_idle",
                                      "client_encoding",
                                      NULL};
    const char *const value[] = {"nuwa", where, "5", "10000", "10", "UTF8", NULL};
    struct nw_postgres *p = NW_ALLOC(struct nw_postgres, 1, err);
    if (!p)
        return NULL;
    p->conn.driver = &nw_postgres_driver;
    p->db = PQconnectdbParams(key, value, 1);
    if (PQstatus(p->db) == CONNECTION_OK) {
        (void)PQsetNoticeReceiver(p->db, be_quiet, NULL);
        if (set_up(p, err))
            return &p->conn;
        *fault = p->conn.fault == NW_FAULT_NONE ? NW_FAULT_NONE : NW_FAULT_LOST;
    } else {
        char why[200];
        first_line(why, PQerrorMessage(p->db));
        nw_fail(err, NW_ERR_IO, "the database cannot be reached: %s", why);
        *fault = NW_FAULT_LOST;
    }
    postgres_close(&p->conn);
    return NULL;
}

/* Readers see one state: that of their first statement, with which their BEGIN travels; and
 * nobody waits for the answer to their COMMIT, which is taken here. Writers see the newest of
 * each row once they have the lock; their mark is kept with what they write, or not at all. */
static bool postgres_begin(struct nw_conn *conn, bool writes, struct nw_err *err)
{
    struct nw_postgres *p = of(conn);
    for (PGresult *left; (left = PQgetResult(p->db));)
        PQclear(left);
    p->owes_begin = !writes;
    if (!writes)
        return true;
    char sql[400];
    (void)snprintf(conn->mark, sizeof conn->mark, "%s:%lld", p->client,
                   (long long)++p->write_count);
    (void)snprintf(sql, sizeof sql,
                   "BEGIN ISOLATION LEVEL READ COMMITTED; " WRITE_LOCK "; "
                   "INSERT INTO store_writers VALUES ('%s', %lld, now()) ON CONFLICT (client)"
                   " DO UPDATE SET mark = excluded.mark, seen = excluded.seen",
                   p->client, (long long)p->write_count);
    p->writing = true;
    return plain(p, sql, err);
}

bool nw_postgres_begun(struct nw_postgres *p, struct nw_err *err)
{
    const bool owed = p->owes_begin;
    p->owes_begin = false;
    return !owed || plain(p, READ_BEGIN, err);
}

/* What was read stands, whatever becomes of the end. */
static bool end_reading(struct nw_postgres *p)
{
    if (!p->owes_begin)
        (void)PQsendQuery(p->db, "COMMIT");
    p->owes_begin = false;
    return true;
}

static bool postgres_commit(struct nw_conn *conn, struct nw_err *err)
{
    struct nw_postgres *p = of(conn);
    if (!p->writing)
        return end_reading(p);
    PGresult *result = PQexec(p->db, "COMMIT");
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        nw_postgres_failed(p, result, err);
        if (p->conn.fault == NW_FAULT_LOST && p->writing)
            p->conn.fault = NW_FAULT_UNSURE;
        return false;
    }
    const bool kept = strcmp(PQcmdStatus(result), "COMMIT") == 0;
    PQclear(result);
    p->writing = false;
    return kept ||
           nw_fail(err, NW_ERR_INTERNAL, "a transaction went on after a failed statement");
}

static void postgres_rollback(struct nw_conn *conn)
{
    struct nw_postgres *p = of(conn);
    p->writing = p->owes_begin = false;
    if (PQtransactionStatus(p->db) == PQTRANS_IDLE)
        return;
    PGresult *result = PQexec(p->db, "ROLLBACK");
    if (PQresultStatus(result) != PGRES_COMMAND_OK && conn->fault == NW_FAULT_NONE)
        conn->broken = true;
    PQclear(result);
}

/* Whoever has the lock knows that no write is half way. */
static enum nw_kept postgres_kept(struct nw_conn *conn, const char *mark)
{
    struct nw_postgres *p = of(conn);
    struct nw_err ignored = {0};
    char client[NW_MARK_TEXT];
    (void)snprintf(client, sizeof client, "%.*s", (int)strcspn(mark, ":"), mark);
    const char *count = strchr(mark, ':') + 1;
    const char *const values[] = {client, count};
    if (!plain(p, "BEGIN; " WRITE_LOCK, &ignored)) {
        postgres_rollback(conn);
        return NW_KEPT_UNKNOWN;
    }
    PGresult *found = PQexecParams(p->db,
                                   "SELECT 1 FROM store_writers WHERE client = $1::text"
                                   " AND mark = $2::bigint",
                                   2, NULL, values, NULL, NULL, 0);
    const bool asked = PQresultStatus(found) == PGRES_TUPLES_OK;
    const enum nw_kept kept = PQntuples(found) == 1 ? NW_KEPT_YES : NW_KEPT_NO;
    PQclear(found);
    conn->fault = asked ? NW_FAULT_NONE : NW_FAULT_LOST;
    postgres_rollback(conn);
    return asked ? kept : NW_KEPT_UNKNOWN;
}

/* `?` outside of quotes becomes $1, $2, ... */
static bool number_places(const char *sql, struct nw_text *out, size_t count,
                          struct nw_err *err)
{
    char quote = 0;
    size_t places = 0;
    for (const char *s = sql; *s; s++) {
        if (quote ? *s == quote : *s == '\'' || *s == '"')
            quote = quote ? 0 : *s;
        const bool place = *s == '?' && !quote;
        places += place;
        if (place ? !nw_text_addf(out, err, "$%zu", places) : !nw_text_addn(out, s, 1, err))
            return false;
    }
    return places == count ||
           nw_fail(err, NW_ERR_INTERNAL, "%zu values for %d places in a statement", count,
                   (int)places);
}

static bool is_ready(const struct nw_ready *ready, uint64_t hash, const char *sql,
                     const struct nw_value *values, size_t count)
{
    if (ready->hash != hash || !ready->sql || strcmp(ready->sql, sql) != 0)
        return false;
    const char *kinds = ready->sql + strlen(sql) + 1;
    for (size_t i = 0; i < count; i++)
        if (kinds[i] != (char)values[i].kind)
            return false;
    return true;
}

/* Of the statement at place `at`. */
static void name_statement(char out[24], size_t at)
{
    (void)snprintf(out, 24, "s%zu", at);
}

static bool prepare(struct nw_postgres *p, size_t at, const char *sql,
                    const struct nw_value *values, size_t count, const struct nw_parcel *parcel,
                    struct nw_err *err)
{
    char name[24], drop[40];
    struct nw_ready *ready = &p->ready[at];
    const size_t len = strlen(sql);
    name_statement(name, at);
    (void)snprintf(drop, sizeof drop, "DEALLOCATE %s", name);
    if (ready->sql && !plain(p, drop, err))
        return false;
    nw_free(ready->sql);
    *ready = (struct nw_ready){0};
    char *copy = NW_ALLOC(char, len + 1 + count, err);
    if (!copy)
        return false;
    memcpy(copy, sql, len + 1);
    for (size_t i = 0; i < count; i++)
        copy[len + 1 + i] = (char)values[i].kind;
    struct nw_text text;
    nw_text_init(&text, (size_t)1 << 20);
    bool ok = number_places(sql, &text, count, err);
    if (ok) {
        PGresult *made = PQprepare(p->db, name, text.data, (int)count, parcel->type);
        ok = PQresultStatus(made) == PGRES_COMMAND_OK;
        if (ok)
            PQclear(made);
        else
            nw_postgres_failed(p, made, err);
    }
    nw_text_release(&text);
    if (!ok) {
        nw_free(copy);
        return false;
    }
    *ready = (struct nw_ready){.sql = copy, .hash = nw_ready_hash(sql, values, count)};
    return true;
}

static bool statement(struct nw_postgres *p, const char *sql, const struct nw_value *values,
                      size_t count, const struct nw_parcel *parcel, char name[24],
                      struct nw_err *err)
{
    const uint64_t hash = nw_ready_hash(sql, values, count);
    size_t at = 0;
    while (at < NW_READY_MAX && !is_ready(&p->ready[at], hash, sql, values, count))
        at++;
    if (at == NW_READY_MAX) {
        at = 0;
        for (size_t i = 1; i < NW_READY_MAX; i++)
            if (p->ready[i].used < p->ready[at].used)
                at = i;
        if (!prepare(p, at, sql, values, count, parcel, err))
            return false;
    }
    p->ready[at].used = ++p->uses;
    name_statement(name, at);
    return true;
}

static bool read_result(struct nw_postgres *p, PGresult *from, struct nw_result *result,
                        struct nw_err *err)
{
    const ExecStatusType status = PQresultStatus(from);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return nw_postgres_failed(p, from, err);
    result->changed = nw_postgres_changed(from);
    const bool ok = !result->arena || nw_postgres_rows(from, result->arena, &result->rows, err);
    PQclear(from);
    return ok;
}

static void take_result(PGconn *db, PGresult **out)
{
    *out = PQgetResult(db);
    if (*out && PQresultStatus(*out) != PGRES_PIPELINE_SYNC)
        PQclear(PQgetResult(db)); /* none: the end of this one */
}

/* BEGIN and the statement in one go; NULL or the first failure when the line is lost. */
static PGresult *begin_with(PGconn *db, const char *name, size_t count,
                            const struct nw_parcel *parcel)
{
    PGresult *begun, *back, *end;
    if (PQenterPipelineMode(db) != 1 ||
        PQsendQueryParams(db, READ_BEGIN, 0, NULL, NULL, NULL, NULL, 0) != 1 ||
        PQsendQueryPrepared(db, name, (int)count, parcel->data, parcel->size, parcel->format,
                            0) != 1 ||
        PQpipelineSync(db) != 1)
        return NULL;
    take_result(db, &begun);
    take_result(db, &back);
    take_result(db, &end);
    PQclear(end);
    (void)PQexitPipelineMode(db);
    const bool good = PQresultStatus(begun) == PGRES_COMMAND_OK;
    PQclear(good ? begun : back);
    return good ? back : begun;
}

static PGresult *execute(struct nw_postgres *p, const char *name, size_t count,
                         const struct nw_parcel *parcel)
{
    const bool begins = p->owes_begin;
    p->owes_begin = false;
    return begins ? begin_with(p->db, name, count, parcel)
                  : PQexecPrepared(p->db, name, (int)count, parcel->data, parcel->size,
                                   parcel->format, 0);
}

static bool postgres_run(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                         size_t count, struct nw_result *result, struct nw_err *err)
{
    struct nw_postgres *p = of(tx->conn);
    NW_AUTOFREE struct nw_parcel *parcel = NW_ALLOC_UNSET(struct nw_parcel, 1, err);
    char name[24];
    if (!parcel || !nw_parcel_pack(values, count, parcel, err) ||
        !statement(p, sql, values, count, parcel, name, err))
        return false;
    return read_result(p, execute(p, name, count, parcel), result, err);
}

/* Sent one behind the other, then answered: the first failure, and whether all were sent. */
static bool send_rows(struct nw_postgres *p, const char *name, const struct nw_value *values,
                      size_t count, size_t rows, struct nw_parcel *parcel, struct nw_err *err)
{
    PGresult *failed = NULL, *one;
    size_t sent = 0;
    bool packed = true, good = PQenterPipelineMode(p->db) == 1;
    for (; good && sent < rows; sent += good) {
        packed = nw_parcel_pack(values + sent * count, count, parcel, err);
        good = packed && PQsendQueryPrepared(p->db, name, (int)count, parcel->data,
                                             parcel->size, parcel->format, 0) == 1;
    }
    good = PQpipelineSync(p->db) == 1 && good;
    for (size_t i = 0; i < sent; i++) {
        take_result(p->db, &one);
        const ExecStatusType status = PQresultStatus(one);
        const bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (good && !done)
            failed = one;
        else
            PQclear(one);
        good = good && done;
    }
    take_result(p->db, &one);
    PQclear(one);
    (void)PQexitPipelineMode(p->db);
    return good || (packed && nw_postgres_failed(p, failed, err));
}

/* A statement is made ready for the kinds of the first row; null fits each kind, and each kind
 * a place that was null. */
static bool postgres_run_each(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                              size_t count, size_t rows, struct nw_err *err)
{
    struct nw_postgres *p = of(tx->conn);
    NW_AUTOFREE struct nw_parcel *parcel = NW_ALLOC_UNSET(struct nw_parcel, 1, err);
    char name[24];
    if (!parcel || !nw_parcel_pack(values, count, parcel, err) ||
        !statement(p, sql, values, count, parcel, name, err) || !nw_postgres_begun(p, err))
        return false;
    bool ok = true;
    for (size_t from = 0, n; ok && from < rows; from += n) {
        n = rows - from < AT_ONCE ? rows - from : AT_ONCE;
        ok = send_rows(p, name, values + from * count, count, n, parcel, err);
    }
    return ok;
}

/* Texts sort by their bytes, as in SQLite. */
static const char *const words[][2] = {
    {"key", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"},
    {"int", "BIGINT"},
    {"real", "DOUBLE PRECISION"},
    {"text", "TEXT COLLATE \"C\""},
    {"bytes", "BYTEA"},
    {"strict", ""},
    {"clustered", ""},
    {NULL, NULL}};

const struct nw_driver nw_postgres_driver = {
    .kind = "postgresql",
    .word = words,
    .open = postgres_open,
    .close = postgres_close,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .run = postgres_run,
    .run_each = postgres_run_each,
    .kept = postgres_kept,
    .copy = nw_postgres_copy,
};
