/*
 * case/desk_priv.h -- the desk's own: states of cases kept between requests, replies that are
 * given again, rows of what was done.
 */
#ifndef NW_CASE_DESK_PRIV_H
#define NW_CASE_DESK_PRIV_H

#include "case/desk.h"

bool nw_no_memory(struct nw_err *err); /* fails with NW_ERR_MEMORY */

/* The states of the last cases that were asked for: what was played once need not be again. */
struct nw_held_case {
    struct nw_case *state;
    int64_t entries;
    char digest[NW_DIGEST_TEXT]; /* of its last entry */
    struct nw_case_slot *slot;   /* locked until nw_case_return */
    struct nw_case_cache *cache;
};
NW_MUST_CHECK struct nw_case_cache *nw_case_cache_new(struct nw_err *err);
void nw_case_cache_free(struct nw_case_cache *cache);
/* Brings the state to what this transaction sees; NW_ERR_NOTFOUND. Take no second one before
 * the first is returned, and no transaction while one is held. */
NW_MUST_CHECK bool nw_case_take(struct nw_desk *desk, struct nw_tx *tx, const char *id,
                                struct nw_held_case *out, struct nw_err *err);
/* After an entry was applied to the held state: what it is now. A transaction that fails later
 * leaves the database with another digest, and the state is played anew. */
void nw_case_advance(struct nw_held_case *held, const nw_digest *digest);
void nw_case_return(struct nw_held_case *held);
/* What nw_case_view says, as text: made once for each entry and day, there until the case is
 * returned. NULL: it failed. */
const char *nw_case_page(struct nw_held_case *held, const char *time, size_t *size,
                         struct nw_err *err);

/* Versions of the process, within a transaction; borrowed until the desk is closed. The named
 * one, or for NULL that of new cases; */
NW_MUST_CHECK struct nw_flows *nw_flows_new(struct nw_err *err);
void nw_flows_free(struct nw_flows *flows);
NW_MUST_CHECK const struct nw_flow *nw_desk_flow(struct nw_desk *desk, struct nw_tx *tx,
                                                 const char *sha256, struct nw_err *err);
/* that of a case with this first entry: one without a "table" is of the oldest version; */
NW_MUST_CHECK const struct nw_flow *nw_desk_flow_of(struct nw_desk *desk, struct nw_tx *tx,
                                                    const json_t *opening, struct nw_err *err);
/* put on record, before anything refers to it. */
NW_MUST_CHECK bool nw_desk_flow_keep(struct nw_tx *tx, const struct nw_flow *flow,
                                     const char *time, struct nw_err *err);

/* What sessions were shown already (docs/decisions/016-readings.md). A look is the sum of the
 * session and of what it was shown; it is kept after its row is in the ledger. */
NW_MUST_CHECK struct nw_looks *nw_looks_new(struct nw_err *err);
void nw_looks_free(struct nw_looks *looks);
bool nw_looks_has(struct nw_looks *looks, const nw_digest *look);
void nw_looks_keep(struct nw_looks *looks, const nw_digest *look);

/* The reply kept under a once; *reply stays NULL when it is new. */
NW_MUST_CHECK bool nw_once_find(struct nw_tx *tx, const struct nw_session *who,
                                const struct nw_once *once, json_t **reply, struct nw_err *err);
NW_MUST_CHECK bool nw_once_keep(struct nw_tx *tx, const struct nw_session *who,
                                const struct nw_once *once, const json_t *reply,
                                const char *time, struct nw_err *err);

/* NW_ERR_NOTFOUND unless one of the person's roles opens the case to him. Within a transaction.
 */
NW_MUST_CHECK bool nw_case_open_to(struct nw_desk *desk, struct nw_tx *tx,
                                   const struct nw_session *who, const char *case_id,
                                   struct nw_err *err);

/* Is an entry shown to one of the person's roles? */
bool nw_session_shows(const struct nw_session *who, const struct nw_case *state,
                      int64_t number);
/* The same, and *kept: an object (new) whose members are the digests of the files that this
 * person is not shown: those of entries that are kept from him, and what jobs made of them. */
NW_MUST_CHECK bool nw_case_kept(struct nw_desk *desk, struct nw_tx *tx,
                                const struct nw_session *who, const char *case_id,
                                json_t **kept, struct nw_err *err);
/* Does a job's request read one of them? */
bool nw_job_kept(const json_t *kept, const json_t *request);

/* Every file that a form names by {"name", "sha256", "bytes"} must be one the case has:
 * NW_ERR_DATA says which is not. */
NW_MUST_CHECK bool nw_form_files(struct nw_tx *tx, const char *case_id, const json_t *form,
                                 struct nw_err *err);

/* {"parties": [{"part", "id", "known", "conditions", "lapsed"}]}: what is on record now of the
 * case's hospital and maker, and which of their days are over; new reference. */
json_t *nw_registry_parties(struct nw_tx *tx, const struct nw_case *state, const char *time,
                            struct nw_err *err);

/* What the table wants to know for this act, as it stands on record: see facts.c. New
 * reference. */
json_t *nw_facts_gather(struct nw_tx *tx, const struct nw_case *state, const char *act,
                        const char *case_id, const json_t *form, const json_t *actor,
                        struct nw_err *err);

/* Whose a scan is, as it stands on record: {"scan", "compared", "differs"}, or null for what is
 * no digest. "compared" is "same", "different", "silent" (it has no number, or is no scan),
 * "unread" (nobody had `nuwa info` read it) or "elsewhere" (the case has no such file);
 * "differs" names number, name, sex, birth_date, region (of the body), patients (there are
 * several), unread. `order`: the form of an order that is being written, else NULL. New
 * reference. */
json_t *nw_scan_compared(struct nw_tx *tx, const struct nw_case *state, const char *case_id,
                         const char *sha256, const json_t *order, struct nw_err *err);

/* The rows that worklists and searches read, from the state after its last entry; `opener`: who
 * has just opened the case, else NULL. */
NW_MUST_CHECK bool nw_case_index(struct nw_tx *tx, const struct nw_held_case *held,
                                 const char *id, const char *time, const char *opener,
                                 struct nw_err *err);
/* The end of its records (case/retention.h), when the judge has let that step through. */
NW_MUST_CHECK bool nw_case_destroy(struct nw_tx *tx, const struct nw_session *who,
                                   const char *id, const json_t *summary, const char *time,
                                   struct nw_err *err);
/* What statistics count of it (case/statistics.h). */
NW_MUST_CHECK bool nw_figures_file(struct nw_tx *tx, const struct nw_case *state,
                                   const char *id, const json_t *summary, struct nw_err *err);
/* Lower-case words of a text and pairs of Chinese letters, each once: calls `take` for each. */
NW_MUST_CHECK bool nw_words_each(const char *text,
                                 bool (*take)(void *context, const char *word,
                                              struct nw_err *err),
                                 void *context, struct nw_err *err);

#endif
