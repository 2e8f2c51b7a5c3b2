/*
 * store/store_priv.h -- what store.c asks of a database, and what it knows of a connection.
 * A driver runs one statement at a time, exactly as told, and says of each failure whether
 * the transaction may be run again.
 */
#ifndef NW_STORE_STORE_PRIV_H
#define NW_STORE_STORE_PRIV_H

#include "store/store.h"

enum nw_fault {
    NW_FAULT_NONE,   /* it will fail the same way again */
    NW_FAULT_AGAIN,  /* others were in the way: the same transaction may pass now */
    NW_FAULT_LOST,   /* the connection is gone, and what was not committed with it */
    NW_FAULT_UNSURE, /* gone while committing: ask `kept` on another connection */
};

enum { NW_MARK_TEXT = 48 };

/* One connection, used by one thread at a time; drivers' own structs begin with it. */
struct nw_conn {
    const struct nw_driver *driver;
    enum nw_fault fault;     /* of the last failure */
    bool broken;             /* cannot even be undone: to be closed */
    char mark[NW_MARK_TEXT]; /* of the write transaction that is open, for `kept` */
    unsigned generation;     /* of the pool when it was opened */
    struct nw_conn *next;    /* idle in the pool */
};

struct nw_tx {
    struct nw_conn *conn;
    bool writes, failed; /* after a failed statement it can only be undone */
};

/* What came back; `arena` is where. */
struct nw_result {
    struct nw_arena *arena;
    struct nw_rows rows;
    int64_t changed;
};

/* All rows of a SQLite into the tables of another database, in one transaction, read back and
 * compared. What was in those tables goes. */
NW_MUST_CHECK bool nw_store_move(struct nw_store *from, struct nw_store *to,
                                 struct nw_err *err);
/* NW_ERR_STATE when something is in this PostgreSQL database already. */
NW_MUST_CHECK bool nw_postgres_is_empty(const char *where, struct nw_err *err);
/* Drops every table there: only for what was empty a moment ago. */
void nw_postgres_clear(const char *where);
/* By pg_restore, into an empty database. */
NW_MUST_CHECK bool nw_postgres_restore(const char *where, const char *file, struct nw_err *err);

enum nw_kept { NW_KEPT_YES, NW_KEPT_NO, NW_KEPT_UNKNOWN };

struct nw_driver {
    const char *kind;
    const char *const (*word)[2]; /* of the migrations: {name} and what stands there */
    /* NULL with *err, and *fault LOST when waiting may help. Only the first time is a database
     * made where there is none: one that has gone since is not to be replaced by an empty one.
     */
    struct nw_conn *(*open)(const char *where, bool first, enum nw_fault *fault,
                            struct nw_err *err);
    void (*close)(struct nw_conn *conn);
    bool (*begin)(struct nw_conn *conn, bool writes, struct nw_err *err);
    bool (*commit)(struct nw_conn *conn, struct nw_err *err);
    void (*rollback)(struct nw_conn *conn);
    /* One statement; result->arena NULL: rows are not wanted. */
    bool (*run)(struct nw_tx *tx, const char *sql, const struct nw_value *values, size_t count,
                struct nw_result *result, struct nw_err *err);
    /* Without rows, once for each of `rows` rows of values; NULL: one after the other. */
    bool (*run_each)(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                     size_t count, size_t rows, struct nw_err *err);
    /* Did the transaction with this mark, of a lost connection, come through? */
    enum nw_kept (*kept)(struct nw_conn *conn, const char *mark);
    /* Copies the state that `tx` (a read) sees into a new file. */
    bool (*copy)(struct nw_tx *tx, const char *where, const char *file, struct nw_err *err);
    bool single_writer; /* writers of one process queue outside the database */
};

extern const struct nw_driver nw_sqlite_driver, nw_postgres_driver;

/* As it is: not made, not brought forward. */
NW_MUST_CHECK struct nw_store *nw_store_new(const char *where, struct nw_err *err);
/* Brings the tables forward, one transaction a step. */
NW_MUST_CHECK bool nw_store_migrate(struct nw_store *store, struct nw_err *err);
const struct nw_driver *nw_store_driver(const struct nw_store *store);

/* Statements kept ready by their text. `make` is 0 terminated copies; the driver owns what
 * `handle` means. */
struct nw_ready {
    char *sql;
    uint64_t hash, used;
    void *handle;
};
enum { NW_READY_MAX = 128 };
uint64_t nw_ready_hash(const char *sql, const struct nw_value *values, size_t count);

/* Rows gathered cell by cell, then laid out in the arena. */
struct nw_gather {
    struct nw_value *cell;
    size_t count, room;
};
NW_MUST_CHECK bool nw_gather_add(struct nw_gather *gather, struct nw_arena *arena,
                                 struct nw_value value, struct nw_err *err);
NW_MUST_CHECK bool nw_gather_end(const struct nw_gather *gather, struct nw_arena *arena,
                                 struct nw_rows *rows, struct nw_err *err);

#endif
