/* store/postgres.c -- the driver of PostgreSQL: prepared statements, one writer at a time by
 * an advisory lock, and for every write a mark by which its fate can be asked afterwards. */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "store/postgres_priv.h"
#include "store/seal_priv.h"

enum {
    OID_BOOL = 16,
    OID_BYTES = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_REAL4 = 700,
    OID_REAL8 = 701,
    OID_NUMERIC = 1700,
    OID_VOID = 2278,
    OLDEST = 130000,
    VALUES_MAX = 1000
};

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

/* Readers see one state. Writers see the newest of each row once they have the lock; their mark
 * is kept with what they write, or not at all. */
static bool postgres_begin(struct nw_conn *conn, bool writes, struct nw_err *err)
{
    struct nw_postgres *p = of(conn);
    if (!writes)
        return plain(p, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
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

static bool postgres_commit(struct nw_conn *conn, struct nw_err *err)
{
    struct nw_postgres *p = of(conn);
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
    p->writing = false;
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

static Oid type_of(const struct nw_value *value)
{
    switch (value->kind) {
    case NW_VALUE_NULL:
        return 0; /* whatever the place asks for */
    case NW_VALUE_INT:
        return OID_INT8;
    case NW_VALUE_REAL:
        return OID_REAL8;
    case NW_VALUE_TEXT:
        return OID_TEXT;
    case NW_VALUE_BYTES:
        return OID_BYTES;
    }
    NW_UNREACHABLE();
}

/* Values as they travel: in binary, numbers in network order. */
struct parcel {
    Oid type[VALUES_MAX];
    const char *data[VALUES_MAX];
    int size[VALUES_MAX], format[VALUES_MAX];
    char number[VALUES_MAX][8];
};

static void pack_number(char out[8], uint64_t bits)
{
    for (int i = 0; i < 8; i++)
        out[i] = (char)(bits >> (56 - 8 * i));
}

static bool pack(const struct nw_value *values, size_t count, struct parcel *out,
                 struct nw_err *err)
{
    if (count > VALUES_MAX)
        return nw_fail(err, NW_ERR_INTERNAL, "more than %d values in a statement", VALUES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct nw_value *v = &values[i];
        uint64_t bits = (uint64_t)v->whole;
        if (v->size > (size_t)1 << 30)
            return nw_fail(err, NW_ERR_LIMIT, "a value is too large for the database");
        if (v->kind == NW_VALUE_REAL)
            memcpy(&bits, &v->real, sizeof bits);
        const bool number = v->kind == NW_VALUE_INT || v->kind == NW_VALUE_REAL;
        pack_number(out->number[i], bits);
        out->type[i] = type_of(v);
        out->format[i] = 1;
        out->size[i] = number ? 8 : (int)v->size;
        out->data[i] = number ? out->number[i] : v->size > 0 ? v->data : "";
        if (v->kind == NW_VALUE_NULL)
            out->data[i] = NULL;
    }
    return true;
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
                    const struct nw_value *values, size_t count, const struct parcel *parcel,
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
                      size_t count, const struct parcel *parcel, char name[24],
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

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* "\x0aff" into the arena. */
static bool read_bytes(const char *text, size_t len, struct nw_arena *arena,
                       struct nw_value *out, struct nw_err *err)
{
    const size_t size = len / 2 - 1;
    uint8_t *bytes = nw_arena_alloc(arena, size + 1, err);
    if (!bytes)
        return false;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(hex_digit(text[2 + 2 * i]) << 4 | hex_digit(text[3 + 2 * i]));
    *out = NW_BYTES(bytes, size);
    return true;
}

static int64_t read_whole(const char *text)
{
    uint64_t value = 0;
    const bool below = *text == '-';
    for (text += below; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return (int64_t)(below ? 0 - value : value);
}

static struct nw_value read_number(const char *text)
{
    double real = 0;
    (void)nw_number_parse(text, &real);
    return NW_REAL(real);
}

static bool read_cell(const PGresult *from, int row, int column, struct nw_arena *arena,
                      struct nw_value *out, struct nw_err *err)
{
    const char *text = PQgetvalue(from, row, column);
    const size_t len = (size_t)PQgetlength(from, row, column);
    *out = NW_NULL;
    if (PQgetisnull(from, row, column))
        return true;
    switch (PQftype(from, column)) {
    case OID_VOID:
        return true;
    case OID_BOOL:
        *out = NW_WHOLE(*text == 't');
        return true;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        *out = NW_WHOLE(read_whole(text));
        return true;
    case OID_NUMERIC: /* the sum of whole numbers is one */
        *out = strchr(text, '.') ? read_number(text) : NW_WHOLE(read_whole(text));
        return true;
    case OID_REAL4:
    case OID_REAL8:
        *out = read_number(text);
        return true;
    case OID_BYTES:
        return read_bytes(text, len, arena, out, err);
    default:
        *out = (struct nw_value){.kind = NW_VALUE_TEXT, .data = text, .size = len};
        return true;
    }
}

static bool read_rows(const PGresult *from, struct nw_arena *arena, struct nw_gather *cells,
                      struct nw_rows *rows, struct nw_err *err)
{
    const int columns = PQnfields(from);
    const char **name = nw_arena_alloc(arena, ((size_t)columns + 1) * sizeof *name, err);
    if (!name)
        return false;
    for (int i = 0; i < columns; i++) {
        name[i] = nw_arena_text(arena, PQfname(from, i), err);
        if (!name[i])
            return false;
    }
    rows->columns = (size_t)columns;
    rows->name = name;
    for (int row = 0; row < PQntuples(from); row++)
        for (int i = 0; i < columns; i++) {
            struct nw_value value;
            if (!read_cell(from, row, i, arena, &value, err) ||
                !nw_gather_add(cells, arena, value, err))
                return false;
        }
    return nw_gather_end(cells, arena, rows, err);
}

static bool read_result(struct nw_postgres *p, PGresult *from, struct nw_result *result,
                        struct nw_err *err)
{
    const ExecStatusType status = PQresultStatus(from);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return nw_postgres_failed(p, from, err);
    result->changed = read_whole(PQcmdTuples(from));
    struct nw_gather cells = {0};
    const bool ok =
        !result->arena || read_rows(from, result->arena, &cells, &result->rows, err);
    nw_free(cells.cell);
    PQclear(from);
    return ok;
}

static bool postgres_run(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                         size_t count, struct nw_result *result, struct nw_err *err)
{
    struct nw_postgres *p = of(tx->conn);
    NW_AUTOFREE struct parcel *parcel = NW_ALLOC_UNSET(struct parcel, 1, err);
    char name[24];
    if (!parcel || !pack(values, count, parcel, err) ||
        !statement(p, sql, values, count, parcel, name, err))
        return false;
    PGresult *back =
        PQexecPrepared(p->db, name, (int)count, parcel->data, parcel->size, parcel->format, 0);
    return read_result(p, back, result, err);
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
    .kept = postgres_kept,
    .copy = nw_postgres_copy,
};
