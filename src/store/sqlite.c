/* store/sqlite.c -- the driver of SQLite: write-ahead log, synced at each commit. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/disk_priv.h"
#include "store/store_priv.h"

enum { BUSY_MS = 5000, APPLICATION = 0x4e757761 }; /* "Nuwa" */

struct sqlite_conn {
    struct nw_conn conn;
    sqlite3 *db;
    struct nw_ready ready[NW_READY_MAX];
    uint64_t uses;
};

static struct sqlite_conn *of(struct nw_conn *conn)
{
    return (struct sqlite_conn *)(void *)conn;
}

static bool constraint_failed(int why, const char *message, struct nw_err *err)
{
    switch (why) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return nw_fail(err, NW_ERR_CONFLICT, "there is already a row with this key");
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return nw_fail(err, NW_ERR_CONFLICT,
                       "a row that this one names is missing, or others still name this one");
    default:
        return nw_fail(err, NW_ERR_DATA, "a value does not fit its column: %s", message);
    }
}

/* Fills *err from the connection's last failure. Always false. */
static bool failed(struct sqlite_conn *c, int code, struct nw_err *err)
{
    const int why = c->db ? sqlite3_extended_errcode(c->db) : code;
    const char *message = c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        c->conn.fault = NW_FAULT_AGAIN;
        return nw_fail(err, NW_ERR_IO, "the database is busy: another program writes to it");
    case SQLITE_NOMEM:
        return nw_fail(err, NW_ERR_MEMORY, "no memory for the database");
    case SQLITE_FULL:
        return nw_fail(err, NW_ERR_IO, "the disk that holds the database is full");
    case SQLITE_CORRUPT:
        return nw_fail(err, NW_ERR_DATA, "the database is damaged; restore it from a backup");
    case SQLITE_NOTADB:
        return nw_fail(err, NW_ERR_DATA, "this file is not a database");
    case SQLITE_CONSTRAINT:
        return constraint_failed(why, message, err);
    case SQLITE_TOOBIG:
        return nw_fail(err, NW_ERR_LIMIT, "a value is too large for the database");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return nw_fail(err, NW_ERR_IO, "the database cannot be used: %s", message);
    default:
        return nw_fail(err, NW_ERR_INTERNAL, "the database refused a statement: %s", message);
    }
}

static bool plain(struct sqlite_conn *c, const char *sql, struct nw_err *err)
{
    const int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK || failed(c, code, err);
}

static void forget(struct nw_ready *ready)
{
    (void)sqlite3_finalize(ready->handle);
    nw_free(ready->sql);
    *ready = (struct nw_ready){0};
}

static void sqlite_close(struct nw_conn *conn)
{
    struct sqlite_conn *c = of(conn);
    for (size_t i = 0; i < NW_READY_MAX; i++)
        forget(&c->ready[i]);
    (void)sqlite3_close(c->db);
    nw_free(c);
}

/* Ours, or new: never somebody else's database. */
static bool check_owner(struct sqlite_conn *c, struct nw_err *err)
{
    sqlite3_stmt *ask = NULL;
    const char *sql = "SELECT (SELECT count(*) FROM sqlite_master), application_id"
                      " FROM pragma_application_id";
    int code = sqlite3_prepare_v2(c->db, sql, -1, &ask, NULL);
    code = code == SQLITE_OK ? sqlite3_step(ask) : code;
    const bool foreign = code == SQLITE_ROW && sqlite3_column_int64(ask, 0) > 0 &&
                         sqlite3_column_int64(ask, 1) != APPLICATION;
    const bool fresh = code == SQLITE_ROW && sqlite3_column_int64(ask, 0) == 0;
    (void)sqlite3_finalize(ask);
    if (code != SQLITE_ROW)
        return failed(c, code, err);
    if (foreign)
        return nw_fail(err, NW_ERR_DATA, "this file is a database of another program");
    char set[64];
    (void)snprintf(set, sizeof set, "PRAGMA application_id = %d", APPLICATION);
    return !fresh || plain(c, set, err);
}

static bool set_up(struct sqlite_conn *c, struct nw_err *err)
{
    (void)sqlite3_extended_result_codes(c->db, 1);
    (void)sqlite3_busy_timeout(c->db, BUSY_MS);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    /* LIKE minds the case, as it does in PostgreSQL. */
    return plain(c,
                 "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;"
                 "PRAGMA case_sensitive_like = ON; PRAGMA cell_size_check = ON;"
                 "PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY",
                 err) &&
           check_owner(c, err) &&
           plain(c, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err);
}

/* A log whose database has been taken away: an empty one beside it would be its end. */
static bool check_log(const char *where, struct nw_err *err)
{
    char log[NW_DISK_PATH];
    struct stat st;
    if (!nw_disk_path(log, err, "%s-wal", where))
        return false;
    if (stat(where, &st) == 0 || stat(log, &st) != 0 || st.st_size == 0)
        return true;
    return nw_fail(err, NW_ERR_STATE,
                   "the database's file is missing, but its log (-wal) is there: put the file "
                   "back beside it");
}

/* The file is made by us, so that nobody else may read it; the log beside it takes its mode. */
static bool make_file(const char *where, struct nw_err *err)
{
    if (!check_log(where, err))
        return false;
    const int file = open(where, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return nw_fail(err, NW_ERR_IO, "the database cannot be opened: %s", strerror(errno));
    (void)close(file);
    return nw_disk_sync_parent(where, err);
}

static struct nw_conn *sqlite_open(const char *where, bool first, enum nw_fault *fault,
                                   struct nw_err *err)
{
    if (first && !make_file(where, err))
        return NULL;
    struct sqlite_conn *c = NW_ALLOC(struct sqlite_conn, 1, err);
    if (!c)
        return NULL;
    c->conn.driver = &nw_sqlite_driver;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(where, &c->db, flags, NULL);
    if (code == SQLITE_OK ? set_up(c, err) : failed(c, code, err))
        return &c->conn;
    *fault = c->conn.fault == NW_FAULT_AGAIN ? NW_FAULT_LOST : NW_FAULT_NONE;
    sqlite_close(&c->conn);
    return NULL;
}

/* A file that was moved or removed under us would swallow what is written. */
static bool still_there(struct sqlite_conn *c, struct nw_err *err)
{
    int moved = 0;
    if (sqlite3_file_control(c->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
        moved) {
        c->conn.fault = NW_FAULT_LOST;
        return nw_fail(err, NW_ERR_IO, "the database's file was moved or removed");
    }
    return true;
}

static bool sqlite_begin(struct nw_conn *conn, bool writes, struct nw_err *err)
{
    return still_there(of(conn), err) &&
           plain(of(conn), writes ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static bool sqlite_commit(struct nw_conn *conn, struct nw_err *err)
{
    return plain(of(conn), "COMMIT", err);
}

static void sqlite_rollback(struct nw_conn *conn)
{
    struct sqlite_conn *c = of(conn);
    if (!sqlite3_get_autocommit(c->db))
        (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

static struct nw_ready *oldest(struct sqlite_conn *c)
{
    struct nw_ready *found = &c->ready[0];
    for (size_t i = 1; i < NW_READY_MAX; i++)
        if (c->ready[i].used < found->used)
            found = &c->ready[i];
    return found;
}

static bool prepare(struct sqlite_conn *c, const char *sql, struct nw_ready *into,
                    struct nw_err *err)
{
    const size_t len = strlen(sql);
    char *copy = NW_ALLOC(char, len + 1, err);
    if (!copy)
        return false;
    memcpy(copy, sql, len + 1);
    sqlite3_stmt *made = NULL;
    const char *rest = NULL;
    const int code =
        sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &made, &rest);
    if (code != SQLITE_OK || !made || *(rest + strspn(rest, " \n;"))) {
        if (code != SQLITE_OK)
            failed(c, code, err);
        else
            nw_fail(err, NW_ERR_INTERNAL, "one statement at a time, not none and not two");
        (void)sqlite3_finalize(made);
        nw_free(copy);
        return false;
    }
    forget(into);
    *into = (struct nw_ready){.sql = copy, .handle = made, .hash = nw_ready_hash(sql, NULL, 0)};
    return true;
}

static sqlite3_stmt *statement(struct sqlite_conn *c, const char *sql, struct nw_err *err)
{
    const uint64_t hash = nw_ready_hash(sql, NULL, 0);
    struct nw_ready *found = NULL;
    for (size_t i = 0; i < NW_READY_MAX && !found; i++)
        if (c->ready[i].hash == hash && c->ready[i].sql && strcmp(c->ready[i].sql, sql) == 0)
            found = &c->ready[i];
    if (!found) {
        found = oldest(c);
        if (!prepare(c, sql, found, err))
            return NULL;
    }
    found->used = ++c->uses;
    return found->handle;
}

static int bind(sqlite3_stmt *to, int at, const struct nw_value *value)
{
    switch (value->kind) {
    case NW_VALUE_NULL:
        return sqlite3_bind_null(to, at);
    case NW_VALUE_INT:
        return sqlite3_bind_int64(to, at, value->whole);
    case NW_VALUE_REAL:
        return sqlite3_bind_double(to, at, value->real);
    case NW_VALUE_TEXT:
        return sqlite3_bind_text64(to, at, value->data, value->size, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case NW_VALUE_BYTES:
        if (value->size == 0)
            return sqlite3_bind_zeroblob(to, at, 0);
        return sqlite3_bind_blob64(to, at, value->data, value->size, SQLITE_STATIC);
    }
    NW_UNREACHABLE();
}

static struct nw_value column(sqlite3_stmt *from, int at)
{
    switch (sqlite3_column_type(from, at)) {
    case SQLITE_INTEGER:
        return NW_WHOLE(sqlite3_column_int64(from, at));
    case SQLITE_FLOAT:
        return NW_REAL(sqlite3_column_double(from, at));
    case SQLITE_TEXT: {
        const unsigned char *text = sqlite3_column_text(from, at);
        return (struct nw_value){.kind = NW_VALUE_TEXT,
                                 .data = text ? text : (const unsigned char *)"",
                                 .size = (size_t)sqlite3_column_bytes(from, at)};
    }
    case SQLITE_BLOB: {
        const void *bytes = sqlite3_column_blob(from, at);
        return NW_BYTES(bytes, (size_t)sqlite3_column_bytes(from, at));
    }
    default:
        return NW_NULL;
    }
}

static bool name_columns(sqlite3_stmt *from, struct nw_result *result, struct nw_err *err)
{
    const int count = sqlite3_column_count(from);
    const char **name = nw_arena_alloc(result->arena, ((size_t)count + 1) * sizeof *name, err);
    for (int i = 0; name && i < count; i++) {
        const char *given = sqlite3_column_name(from, i);
        name[i] = nw_arena_text(result->arena, given ? given : "", err);
        if (!name[i])
            return false;
    }
    result->rows.columns = (size_t)count;
    result->rows.name = name;
    return name != NULL;
}

static bool gather(struct sqlite_conn *c, sqlite3_stmt *from, struct nw_result *result,
                   struct nw_gather *cells, struct nw_err *err)
{
    int code;
    while ((code = sqlite3_step(from)) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(from) && result->arena; i++)
            if (!nw_gather_add(cells, result->arena, column(from, i), err))
                return false;
    return code == SQLITE_DONE || failed(c, code, err);
}

static bool step_all(struct sqlite_conn *c, sqlite3_stmt *from, struct nw_result *result,
                     struct nw_err *err)
{
    struct nw_gather cells = {0};
    const bool ok =
        (!result->arena || name_columns(from, result, err)) &&
        gather(c, from, result, &cells, err) &&
        (!result->arena || nw_gather_end(&cells, result->arena, &result->rows, err));
    nw_free(cells.cell);
    return ok;
}

static bool sqlite_run(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                       size_t count, struct nw_result *result, struct nw_err *err)
{
    struct sqlite_conn *c = of(tx->conn);
    sqlite3_stmt *ready = statement(c, sql, err);
    if (!ready)
        return false;
    if (!tx->writes && !sqlite3_stmt_readonly(ready))
        return nw_fail(err, NW_ERR_INTERNAL, "a read transaction may not write");
    if ((size_t)sqlite3_bind_parameter_count(ready) != count)
        return nw_fail(err, NW_ERR_INTERNAL, "%zu values for %d places in a statement", count,
                       sqlite3_bind_parameter_count(ready));
    int code = SQLITE_OK;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = bind(ready, (int)i + 1, &values[i]);
    const bool ok = code == SQLITE_OK ? step_all(c, ready, result, err) : failed(c, code, err);
    if (ok)
        result->changed = sqlite3_changes64(c->db);
    (void)sqlite3_reset(ready);
    (void)sqlite3_clear_bindings(ready);
    return ok;
}

/* A commit in this process has an answer, always. */
static enum nw_kept sqlite_kept(struct nw_conn *conn, const char *mark)
{
    (void)conn;
    (void)mark;
    return NW_KEPT_UNKNOWN;
}

/* Page by page from one state; the copy needs no log beside it. */
static bool copy_pages(struct sqlite_conn *c, sqlite3 *to, struct nw_err *err)
{
    struct sqlite_conn target = {.db = to};
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", c->db, "main");
    if (!copy)
        return failed(&target, sqlite3_errcode(to), err);
    const int code = sqlite3_backup_step(copy, -1);
    (void)sqlite3_backup_finish(copy);
    if (code != SQLITE_DONE)
        return failed(&target, code, err);
    return plain(&target, "PRAGMA journal_mode = DELETE", err);
}

static bool sqlite_copy(struct nw_tx *tx, const char *where, const char *file,
                        struct nw_err *err)
{
    (void)where;
    struct sqlite_conn target = {0};
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    char part[NW_DISK_PATH];
    if (!nw_disk_part(file, part, err) || !make_file(part, err))
        return false;
    const int code = sqlite3_open_v2(part, &target.db, flags, NULL);
    bool ok = code == SQLITE_OK ? copy_pages(of(tx->conn), target.db, err)
                                : failed(&target, code, err);
    (void)sqlite3_close(target.db);
    ok = ok && nw_disk_name(part, file, err);
    if (!ok)
        (void)unlink(part);
    return ok;
}

static const char *const words[][2] = {{"key", "INTEGER PRIMARY KEY"},
                                       {"int", "INTEGER"},
                                       {"real", "REAL"},
                                       {"text", "TEXT"},
                                       {"bytes", "BLOB"},
                                       {"strict", "STRICT"},
                                       {"clustered", "STRICT, WITHOUT ROWID"},
                                       {NULL, NULL}};

const struct nw_driver nw_sqlite_driver = {
    .kind = "sqlite",
    .word = words,
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .run = sqlite_run,
    .kept = sqlite_kept,
    .copy = sqlite_copy,
    .single_writer = true,
};
