/*
 * store/postgres_priv.h -- a connection to PostgreSQL, for its driver and for its dumps.
 */
#ifndef NW_STORE_POSTGRES_PRIV_H
#define NW_STORE_POSTGRES_PRIV_H

#include <libpq-fe.h>

#include "store/store_priv.h"

enum { NW_STATEMENT_S = 60 };

struct nw_postgres {
    struct nw_conn conn;
    PGconn *db;
    struct nw_ready ready[NW_READY_MAX]; /* sql, 0, kinds of its values */
    uint64_t uses;
    char client[17]; /* what marks are found by */
    int64_t write_count;
    bool writing;
    bool owes_begin; /* a transaction that reads begins with its first statement */
};

/* Fills *err and the fault from a result, which it clears. Always false. */
bool nw_postgres_failed(struct nw_postgres *p, PGresult *result, struct nw_err *err);
/* Begins what has not begun yet, for who speaks to the database himself. */
NW_MUST_CHECK bool nw_postgres_begun(struct nw_postgres *p, struct nw_err *err);
/* Values as they travel: in binary, numbers in network order. What is not a number is borrowed.
 */
enum { NW_PARCEL_MAX = 1000 };
struct nw_parcel {
    Oid type[NW_PARCEL_MAX];
    const char *data[NW_PARCEL_MAX];
    int size[NW_PARCEL_MAX], format[NW_PARCEL_MAX];
    char number[NW_PARCEL_MAX][8];
};
NW_MUST_CHECK bool nw_parcel_pack(const struct nw_value *values, size_t count,
                                  struct nw_parcel *out, struct nw_err *err);
/* What came back, in memory of the arena; and how many rows a statement touched. */
NW_MUST_CHECK bool nw_postgres_rows(const PGresult *from, struct nw_arena *arena,
                                    struct nw_rows *rows, struct nw_err *err);
int64_t nw_postgres_changed(PGresult *from);
/* By pg_dump, of the state the transaction sees. */
bool nw_postgres_copy(struct nw_tx *tx, const char *where, const char *file,
                      struct nw_err *err);

#endif
