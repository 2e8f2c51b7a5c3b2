/*
 * case/retention.h -- how long records are kept (029, 5.4.5 and 5.4.6), which are due, and
 * their end: a step of the case that one person asks for and another one signs
 * ("records.ask_destroy", "records.destroy"), which the judge lets through only when the time
 * is over.
 *
 * With that step, in the same transaction: the bodies of the case's rows in the ledger, but of
 * these two steps, become {"destroyed":true}; a row "records.destroyed" says how many they were
 * and binds their digests; the case's files, words, team, jobs and replies go; of its summary
 * stays what has no patient in it. The chain holds as before (case/ledger.h): who did what kind
 * of thing when, and that nothing else was taken out. The unique code of the device is never
 * given again. What backups hold of it goes with them.
 */
#ifndef NW_CASE_RETENTION_H
#define NW_CASE_RETENTION_H

#include "case/desk.h"

struct nw_retention_query {
    const char *state; /* "due", "kept", "open" or "destroyed"; NULL: due */
    const char *after; /* "next" of the page before */
    int64_t limit;     /* 1..200 */
};
/* {"cases": [{"case", "number", "type", "implant", "keep_until" (a date, "forever" or null:
 * nothing was released), "state", "asked"}], "next"}. "open": not ended, so not to be destroyed
 * whatever the date. Writes a row "read.retention". */
NW_MUST_CHECK bool nw_retention(struct nw_desk *desk, const struct nw_session *who,
                                const struct nw_retention_query *query, json_t **reply,
                                struct nw_err *err);

/* Removes stored files that were left over. Cheap when there are none. */
NW_MUST_CHECK bool nw_retention_sweep(struct nw_desk *desk, struct nw_err *err);
/* Drops previews that are older than a day (previews.c). Cost: a look at all files. */
NW_MUST_CHECK bool nw_previews_sweep(struct nw_desk *desk, struct nw_err *err);

#endif
