/*
 * store/store.h -- rows in transactions, in SQLite (a file) or PostgreSQL (a URL), spoken to in
 * one way: the common SQL of both with `?` for values, so that no caller knows which it is.
 *
 * A value is whole number, number, text (UTF-8), bytes or null; times are ISO 8601 texts in
 * UTC with microseconds and "Z", so that they sort. Read transactions see one state of the
 * database and run beside each other and beside one writer; write transactions come one
 * after another (PostgreSQL too, by an advisory lock: the ledger's chain has one end), are
 * durable when nw_store_write returns true, and leave nothing when it returns false.
 *
 * What holds on both: texts sort by their bytes; LIKE minds the case; a truth is 0 or 1; a sum
 * of whole numbers is one. A statement that failed ends its transaction, whatever `work`
 * returns: to go on when a row is there already, say ON CONFLICT DO NOTHING and look at
 * `changed`. A whole number as argument of a function that takes smaller ones (substr) is CAST.
 * A read transaction that writes is NW_ERR_INTERNAL. A statement may take 60 s (PostgreSQL).
 */
#ifndef NW_STORE_STORE_H
#define NW_STORE_STORE_H

#include <stdint.h>

#include "core/err.h"
#include "core/mem.h"

enum { NW_TIME_TEXT = 28 };
void nw_time_now(char out[NW_TIME_TEXT]); /* "2026-03-01T08:30:00.000000Z" */

struct nw_store; /* may be used from any thread */
struct nw_tx;    /* one transaction, on the thread it was given to */

/* `where`: a file's path (made when missing, mode 0600), or "postgresql://...". Brings the
 * tables forward to this version's (each migration in its own transaction); NW_ERR_UNSUPPORTED
 * when they are of a newer version. Opens connections as they are needed, at most 16. A
 * database that is away is tried again for up to 5 s, then NW_ERR_IO. NW_ERR_DATA for a file
 * that is no database or another program's; NW_ERR_STATE when its log is there without it. */
NW_MUST_CHECK struct nw_store *nw_store_open(const char *where, struct nw_err *err);
void nw_store_close(struct nw_store *store); /* NULL is fine; no transaction may be open */
/* How long a write waited at most, in the last minute, to be made safe; seconds. More than a
 * few tenths: the disk, or the database's, is slow. */
double nw_store_slowest_s(struct nw_store *store);
/* "sqlite" or "postgresql". */
const char *nw_store_kind(const struct nw_store *store);

/* Runs `work` in a transaction: kept when it returns true, undone when false. One whose
 * connection was lost or that the database asked to repeat is run again (at most five times,
 * within 5 s): `work` must have no effect outside the transaction but on its context, and begin
 * that anew. A write that was committed although the answer was lost is found out and not
 * repeated. Never nested: a thread holds one connection, and there are sixteen. */
typedef bool nw_store_work(struct nw_tx *tx, void *context, struct nw_err *err);
NW_MUST_CHECK bool nw_store_read(struct nw_store *store, nw_store_work *work, void *context,
                                 struct nw_err *err);
NW_MUST_CHECK bool nw_store_write(struct nw_store *store, nw_store_work *work, void *context,
                                  struct nw_err *err);

enum nw_value_kind {
    NW_VALUE_NULL,
    NW_VALUE_INT,
    NW_VALUE_REAL,
    NW_VALUE_TEXT,
    NW_VALUE_BYTES
};
struct nw_value {
    enum nw_value_kind kind;
    int64_t whole;
    double real;
    const void *data; /* text ends with a 0, which `size` does not count */
    size_t size;
};
struct nw_value nw_text_value(const char *text); /* NULL becomes null */
#define NW_NULL ((struct nw_value){.kind = NW_VALUE_NULL})
#define NW_WHOLE(x) ((struct nw_value){.kind = NW_VALUE_INT, .whole = (x)})
#define NW_REAL(x) ((struct nw_value){.kind = NW_VALUE_REAL, .real = (x)})
#define NW_STRING(x) nw_text_value(x)
#define NW_BYTES(p, n) ((struct nw_value){.kind = NW_VALUE_BYTES, .data = (p), .size = (n)})
/* As in nw_tx_run(tx, "UPDATE a SET b = ? WHERE c = ?", NW_VALUES(NW_WHOLE(1), ...), err). */
#define NW_VALUES(...)                                                                         \
    (const struct nw_value[]){__VA_ARGS__},                                                    \
        sizeof((const struct nw_value[]){__VA_ARGS__}) / sizeof(struct nw_value)
#define NW_NO_VALUES NULL, 0

/* One statement without rows. Statements are kept prepared by their text (128 a connection):
 * put what varies into values. `changed` (may be NULL) gets how many rows it touched.
 * NW_ERR_CONFLICT when a unique or foreign key forbids it. */
NW_MUST_CHECK bool nw_tx_run(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                             size_t count, int64_t *changed, struct nw_err *err);

/* One statement for each of `rows` rows of `count` values; a PostgreSQL is sent many of them
 * before it has answered the first. The first that fails ends the transaction. */
NW_MUST_CHECK bool nw_tx_run_each(struct nw_tx *tx, const char *sql,
                                  const struct nw_value *values, size_t count, size_t rows,
                                  struct nw_err *err);

/* All rows of a statement, in memory of the arena. */
struct nw_rows {
    size_t count, columns;
    const char *const *name;     /* of the columns */
    const struct nw_value *cell; /* [count * columns], row by row */
};
NW_MUST_CHECK bool nw_tx_query(struct nw_tx *tx, struct nw_arena *arena, const char *sql,
                               const struct nw_value *values, size_t count, struct nw_rows *out,
                               struct nw_err *err);
/* Cell by row and column; "" and 0 for null. The cell must be of that kind (asserted). */
const char *nw_row_text(const struct nw_rows *rows, size_t row, size_t column);
int64_t nw_row_whole(const struct nw_rows *rows, size_t row, size_t column);

/* How many rows each table has (in the order of their names), and where the ledger's chain
 * ends: what a copy is held against. */
struct nw_census {
    size_t count;
    const char *const *table;
    const int64_t *rows;
    int64_t number;     /* the last of the ledger; 0: there is none */
    const char *digest; /* its digest; "": there is none */
};
NW_MUST_CHECK bool nw_tx_census(struct nw_tx *tx, struct nw_arena *arena, struct nw_census *out,
                                struct nw_err *err);
bool nw_census_is_same(const struct nw_census *a, const struct nw_census *b);

/* A copy of the whole database as one file while it is in use, of one state of it: for SQLite
 * by its backup API; for PostgreSQL by pg_dump, which must be installed. Appears whole or
 * not at all. `census` (NULL: not wanted) is of the same state, in memory of the arena. */
NW_MUST_CHECK bool nw_store_backup(struct nw_store *store, const char *file,
                                   struct nw_arena *arena, struct nw_census *census,
                                   struct nw_err *err);

#endif
