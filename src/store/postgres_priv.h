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
};

/* Fills *err and the fault from a result, which it clears. Always false. */
bool nw_postgres_failed(struct nw_postgres *p, PGresult *result, struct nw_err *err);
/* By pg_dump, of the state the transaction sees. */
bool nw_postgres_copy(struct nw_tx *tx, const char *where, const char *file,
                      struct nw_err *err);

#endif
