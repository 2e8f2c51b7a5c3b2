/*
 * case/ledger.h -- the one chain of everything that was done: each row holds the digest of the
 * row before it, so that a row that was changed, taken out or put elsewhere shows; signed heads
 * say how far the chain had come.
 *
 * A row as JSON (canonical, case/flow.h): {"act", "before", "body", "case", "number", "person",
 * "role", "session", "time"}; what does not apply is left out. Its digest is SHA-256 of that
 * text. Rows of a case hold its entries under body "entry".
 */
#ifndef NW_CASE_LEDGER_H
#define NW_CASE_LEDGER_H

#include <jansson.h>

#include "core/crypto.h"
#include "core/hash.h"
#include "store/store.h"

/* Seconds later (or earlier). The text must be a time. */
void nw_time_after(const char *time, int64_t seconds, char out[NW_TIME_TEXT]);
bool nw_time_parse(const char *text, int64_t *seconds); /* since 1970 */

struct nw_row {
    const char *person, *role, *session, *case_id; /* NULL where none */
    const char *act;                               /* "case.entry", "login", "read.case" ... */
    const json_t *body;                            /* NULL: none; borrowed */
};

/* In a write transaction: the time of what happens in it. Never before the chain's last row: a
 * clock that was put back by more than a second is itself a row. */
NW_MUST_CHECK bool nw_ledger_time(struct nw_tx *tx, char out[NW_TIME_TEXT], struct nw_err *err);
/* Appends; `time` from nw_ledger_time. Outputs may be NULL. */
NW_MUST_CHECK bool nw_ledger_append(struct nw_tx *tx, const struct nw_row *row,
                                    const char *time, int64_t *number, nw_digest *digest,
                                    struct nw_err *err);

/* Rows that stand alone (readings, refusals): durable when it returns. Callers at the same
 * time share one transaction, so that fifty readers cost one sync. */
struct nw_ledger;
NW_MUST_CHECK struct nw_ledger *nw_ledger_new(struct nw_store *store, struct nw_err *err);
void nw_ledger_free(struct nw_ledger *ledger);
NW_MUST_CHECK bool nw_ledger_note(struct nw_ledger *ledger, const struct nw_row *row,
                                  struct nw_err *err);

/* Signs the chain's end; nothing when it is signed already. */
NW_MUST_CHECK bool nw_ledger_sign(struct nw_tx *tx, const uint8_t secret[NW_SECRET_BYTES],
                                  const struct nw_public_key *shown, struct nw_err *err);

/* A row or head that does not hold. */
struct nw_ledger_fault {
    int64_t number; /* of the row; 0: everything holds */
    char what[160]; /* "was changed", "is missing", ... */
};
/* At the end of its time (case/retention.h) a row's body becomes this; its digest and its place
 * stay. Each such row must be bound by a later row of its case with the act
 * "records.destroyed", body {"rows", "sha256"}: how many, and the last of sums, each the
 * SHA-256 of the text of the sum before it ("" first), a space, the row's number, a space and
 * its digest. */
#define NW_ROW_DESTROYED "{\"destroyed\":true}"
#define NW_ROW_END "records.destroyed"
struct nw_row_sum {
    int64_t rows;
    char sum[NW_DIGEST_TEXT];
};
NW_MUST_CHECK bool nw_row_sum_add(struct nw_row_sum *sum, int64_t number, const char *digest,
                                  struct nw_err *err);

/* Reads the whole chain and every head: cost about 10 us a row. */
NW_MUST_CHECK bool nw_ledger_check(struct nw_store *store, int64_t *rows,
                                   struct nw_ledger_fault *fault, struct nw_err *err);
/* The row as it is digested, from a result of these columns. New reference; NULL: no memory. */
#define NW_LEDGER_ROWS                                                                         \
    "SELECT number, time, person, role, session, case_id, act, body, before, digest FROM "     \
    "ledger "
json_t *nw_ledger_row_json(const struct nw_rows *rows, size_t row);

#endif
