/*
 * case/jobs.h -- work that takes long: a command line of this program on files of a case, as a
 * row of the table `jobs` that a worker takes, keeps by a lease, and ends. What comes out are
 * files of the case and a row of the ledger.
 *
 * A request: {"command": "reconstruct", "inputs": {"scan.zip": "<sha256 of a file of the
 * case>"}, "arguments": ["scan.zip", "-o", "bone.3mf"], "outputs": ["bone.3mf"]}, and
 * "lang": "en" where the command shall not speak Chinese. Everything lies flat in one folder of
 * the job's own: no name and no argument has a slash.
 *
 * States: waiting -> running -> done | failed | cancelled; cancelling between running and
 * cancelled. A job whose worker was lost (its lease is over), that crashed or met a limit
 * waits again, until it was tried NW_JOB_TRIES times.
 */
#ifndef NW_CASE_JOBS_H
#define NW_CASE_JOBS_H

#include "case/desk.h"

enum { NW_JOB_TRIES = 3 };

/* By persons. Each answers with the job: {"id", "case", "command", "state", "progress",
 * "person" (who asked), "created", "started", "finished", "tries", "result"}; NW_ERR_NOTFOUND when it, or its case,
 * is not there for this person. */
NW_MUST_CHECK bool nw_job_make(struct nw_desk *desk, const struct nw_session *who,
                               const char *case_id, const json_t *request,
                               const struct nw_once *once, json_t **reply, struct nw_err *err);
NW_MUST_CHECK bool nw_job_look(struct nw_desk *desk, const struct nw_session *who,
                               const char *id, json_t **reply, struct nw_err *err);
/* {"jobs": [...]}, the newest first. */
NW_MUST_CHECK bool nw_jobs_list(struct nw_desk *desk, const struct nw_session *who,
                                const char *case_id, json_t **reply, struct nw_err *err);
/* NW_ERR_STATE when it has ended, or (again) when it has not. */
NW_MUST_CHECK bool nw_job_cancel(struct nw_desk *desk, const struct nw_session *who,
                                 const char *id, json_t **reply, struct nw_err *err);
NW_MUST_CHECK bool nw_job_again(struct nw_desk *desk, const struct nw_session *who,
                                const char *id, json_t **reply, struct nw_err *err);

/* By workers. A claim is a job with a name of this try, which the row must still have. */
struct nw_claim {
    char id[NW_ID_TEXT], case_id[NW_ID_TEXT], person[NW_ID_TEXT];
    char name[NW_ID_TEXT];
    char before[NW_ID_TEXT]; /* of the try whose worker was lost, or "" */
    int64_t tries;           /* this one included */
    json_t *request;         /* owned */
};
void nw_claim_release(struct nw_claim *claim);
/* The oldest free job for `lease_s` seconds; *found false: there is none. */
NW_MUST_CHECK bool nw_job_claim(struct nw_desk *desk, int64_t lease_s, struct nw_claim *out,
                                bool *found, struct nw_err *err);
/* Prolongs the lease and says how far it is; *stop: it is to be cancelled, or another has it.
 */
NW_MUST_CHECK bool nw_job_beat(struct nw_desk *desk, const struct nw_claim *claim,
                               int64_t lease_s, double progress, const json_t *result,
                               bool *stop, struct nw_err *err);

struct nw_job_file {
    char name[256];
    nw_digest sha256; /* the bytes are in the blobs */
    uint64_t bytes;
};
enum nw_job_end {
    NW_JOB_DONE,
    NW_JOB_FAILED,
    NW_JOB_CANCELLED,
    NW_JOB_CRASHED, /* waits again, or has failed when it was the last try */
    NW_JOB_LEFT,    /* the worker stops in good order: waits again, this try does not count */
};
/* `result` (borrowed): {"status", "messages", ...}. The files become the case's. False with
 * NW_ERR_CONFLICT when the claim was lost: nothing is kept. */
NW_MUST_CHECK bool nw_job_end(struct nw_desk *desk, const struct nw_claim *claim,
                              enum nw_job_end how, const json_t *result,
                              const struct nw_job_file *file, size_t count, struct nw_err *err);
/* Whether a claim of this name is being worked on: its folder is not to be cleared away. */
NW_MUST_CHECK bool nw_claim_lives(struct nw_desk *desk, const char *name, bool *lives,
                                  struct nw_err *err);
/* Jobs that run, or ended after `since`, for those who listen: an array of {"id", "case",
 * "state", "progress"}; `since` goes on. */
NW_MUST_CHECK bool nw_jobs_news(struct nw_desk *desk, char since[NW_TIME_TEXT], json_t **out,
                                struct nw_err *err);

#endif
