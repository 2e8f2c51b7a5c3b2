/* What workers do with jobs. See jobs.h. */
#include <stdio.h>
#include <string.h>

#include "case/jobs.h"
#include "case/jobs_priv.h"

void nw_claim_release(struct nw_claim *claim)
{
    json_decref(claim->request);
    *claim = (struct nw_claim){0};
}

/* ------------------------------------------------------------------ taking one */

struct claiming {
    struct nw_claim *claim;
    int64_t lease_s;
    bool found;
};

#define FREE                                                                                   \
    "(state = 'waiting' OR ((state = 'running' OR state = 'cancelling') AND lease < ?))"

/* Looking costs no write: workers without work are in nobody's way. */
static bool look_for_free(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct claiming *claiming = (struct claiming *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    if (!nw_tx_query(tx, &arena, "SELECT id FROM jobs WHERE " FREE " LIMIT 1",
                     NW_VALUES(NW_STRING(now)), &rows, err))
        return false;
    claiming->found = rows.count > 0;
    return true;
}

/* A row of the ledger on a job, in the name of who asked for it. */
static bool tell_ledger(struct nw_tx *tx, const struct nw_claim *claim, const char *act,
                        json_t *body, struct nw_err *err)
{
    char time[NW_TIME_TEXT];
    struct nw_row row = {
        .person = claim->person, .case_id = claim->case_id, .act = act, .body = body};
    bool good = body ? nw_ledger_time(tx, time, err) &&
                           nw_ledger_append(tx, &row, time, NULL, NULL, err)
                     : nw_no_memory(err);
    json_decref(body);
    return good;
}

/* A job whose worker was lost once too often, or while it was being cancelled. */
static bool give_up(struct nw_tx *tx, const struct nw_claim *claim, bool cancelled,
                    const char *now, struct nw_err *err)
{
    static const char lost[] = "{\"messages\":[\"the worker was lost\"]}";
    return nw_tx_run(tx,
                     "UPDATE jobs SET state = ?, finished = ?, worker = NULL, lease = NULL, "
                     "result = ? WHERE id = ?",
                     NW_VALUES(NW_STRING(cancelled ? "cancelled" : "failed"), NW_STRING(now),
                               NW_STRING(lost), NW_STRING(claim->id)),
                     NULL, err) &&
           tell_ledger(
               tx, claim, cancelled ? "job.cancelled" : "job.failed",
               json_pack("{s:s, s:I}", "job", claim->id, "tries", (json_int_t)claim->tries),
               err);
}

static bool claim_row(struct nw_tx *tx, struct claiming *claiming, const struct nw_rows *rows,
                      const char *now, struct nw_err *err)
{
    struct nw_claim *claim = claiming->claim;
    char until[NW_TIME_TEXT];
    snprintf(claim->id, sizeof claim->id, "%s", nw_row_text(rows, 0, 0));
    snprintf(claim->case_id, sizeof claim->case_id, "%s", nw_row_text(rows, 0, 1));
    snprintf(claim->person, sizeof claim->person, "%s", nw_row_text(rows, 0, 2));
    snprintf(claim->before, sizeof claim->before, "%s", nw_row_text(rows, 0, 6));
    claim->tries = nw_row_whole(rows, 0, 5);
    bool cancelled = strcmp(nw_row_text(rows, 0, 4), "cancelling") == 0;
    if (cancelled || claim->tries >= NW_JOB_TRIES)
        return give_up(tx, claim, cancelled, now, err);
    nw_time_after(now, claiming->lease_s, until);
    json_decref(claim->request);
    claim->request = json_loads(nw_row_text(rows, 0, 3), 0, NULL);
    claim->tries++;
    claiming->found = true;
    if (!claim->request)
        return nw_no_memory(err);
    return nw_id_make(claim->name, err) &&
           nw_tx_run(tx,
                     "UPDATE jobs SET state = 'running', started = ?, worker = ?, lease = ?, "
                     "progress = 0, result = NULL, tries = tries + 1 WHERE id = ?",
                     NW_VALUES(NW_STRING(now), NW_STRING(claim->name), NW_STRING(until),
                               NW_STRING(claim->id)),
                     NULL, err);
}

/* Write transactions come one after another on both databases: two workers never read the same
 * free row. */
static bool take_free(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct claiming *claiming = (struct claiming *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    claiming->found = false;
    if (!nw_tx_query(
            tx, &arena,
            "SELECT id, case_id, person, command, state, tries, worker FROM jobs WHERE " FREE
            " ORDER BY created, id LIMIT 1",
            NW_VALUES(NW_STRING(now)), &rows, err))
        return false;
    return !rows.count || claim_row(tx, claiming, &rows, now, err);
}

bool nw_job_claim(struct nw_desk *desk, int64_t lease_s, struct nw_claim *out, bool *found,
                  struct nw_err *err)
{
    struct claiming claiming = {.claim = out, .lease_s = lease_s};
    *out = (struct nw_claim){0};
    *found = false;
    if (!nw_store_read(desk->store, look_for_free, &claiming, err))
        return false;
    if (!claiming.found)
        return true;
    if (!nw_store_write(desk->store, take_free, &claiming, err)) {
        nw_claim_release(out);
        return false;
    }
    *found = claiming.found;
    return true;
}

/* ------------------------------------------------------------------ keeping it */

struct beating {
    const struct nw_claim *claim;
    const char *result, *until;
    double progress;
    bool stop;
};

static bool beat(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct beating *beating = (struct beating *)context;
    const struct nw_claim *claim = beating->claim;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    int64_t changed = 0;
    if (!nw_tx_run(
            tx,
            "UPDATE jobs SET lease = ?, progress = ?, result = ? WHERE id = ? AND worker "
            "= ?",
            NW_VALUES(NW_STRING(beating->until), NW_REAL(beating->progress),
                      NW_STRING(beating->result), NW_STRING(claim->id), NW_STRING(claim->name)),
            &changed, err) ||
        !nw_tx_query(tx, &arena, "SELECT state FROM jobs WHERE id = ?",
                     NW_VALUES(NW_STRING(claim->id)), &rows, err))
        return false;
    beating->stop =
        changed == 0 || !rows.count || strcmp(nw_row_text(&rows, 0, 0), "running") != 0;
    return true;
}

bool nw_job_beat(struct nw_desk *desk, const struct nw_claim *claim, int64_t lease_s,
                 double progress, const json_t *result, bool *stop, struct nw_err *err)
{
    char now[NW_TIME_TEXT], until[NW_TIME_TEXT];
    size_t len;
    struct beating beating = {.claim = claim, .until = until, .progress = progress};
    nw_time_now(now);
    nw_time_after(now, lease_s, until);
    NW_AUTOFREE char *text = nw_canonical(result, &len, err);
    beating.result = text;
    if (!text || !nw_store_write(desk->store, beat, &beating, err))
        return false;
    *stop = beating.stop;
    return true;
}

/* ------------------------------------------------------------------ its end */

struct ending {
    const struct nw_claim *claim;
    enum nw_job_end how;
    const char *text;
    const json_t *result;
    const struct nw_job_file *file;
    size_t count;
};

static const char *state_after(const struct ending *ending)
{
    switch (ending->how) {
    case NW_JOB_DONE:
        return "done";
    case NW_JOB_CANCELLED:
        return "cancelled";
    case NW_JOB_LEFT:
        return "waiting";
    case NW_JOB_CRASHED:
        return ending->claim->tries < NW_JOB_TRIES ? "waiting" : "failed";
    case NW_JOB_FAILED:
        break;
    }
    return "failed";
}

static bool keep_files(struct nw_tx *tx, const struct ending *ending, struct nw_err *err)
{
    char time[NW_TIME_TEXT], hex[NW_DIGEST_TEXT];
    if (ending->count && !nw_ledger_time(tx, time, err))
        return false;
    for (size_t i = 0; i < ending->count; i++) {
        nw_digest_format(&ending->file[i].sha256, hex);
        const struct nw_kept_file file = {.case_id = ending->claim->case_id,
                                          .person = ending->claim->person,
                                          .name = ending->file[i].name,
                                          .sha256 = hex,
                                          .bytes = (int64_t)ending->file[i].bytes};
        if (!nw_case_keep_file(tx, &file, time, err))
            return false;
    }
    return true;
}

static bool tell_end(struct nw_tx *tx, const struct ending *ending, const char *state,
                     struct nw_err *err)
{
    char act[32], hex[NW_DIGEST_TEXT];
    json_t *outputs = json_object();
    for (size_t i = 0; i < ending->count; i++) {
        nw_digest_format(&ending->file[i].sha256, hex);
        (void)json_object_set_new(outputs, ending->file[i].name, json_string(hex));
    }
    snprintf(act, sizeof act, "job.%s", state);
    json_t *status = json_object_get(ending->result, "status");
    return tell_ledger(tx, ending->claim, act,
                       json_pack("{s:s, s:O?, s:I, s:O?, s:o}", "job", ending->claim->id,
                                 "command", json_object_get(ending->claim->request, "command"),
                                 "tries", (json_int_t)ending->claim->tries, "status", status,
                                 "outputs", outputs),
                       err);
}

static bool end_job(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct ending *ending = (const struct ending *)context;
    const char *state = state_after(ending);
    bool waits = strcmp(state, "waiting") == 0;
    char now[NW_TIME_TEXT];
    int64_t changed = 0;
    nw_time_now(now);
    /* One that is being cancelled does not wait again. */
    if (!nw_tx_run(tx,
                   "UPDATE jobs SET state = CASE WHEN state = 'cancelling' AND ? = 'waiting' "
                   "THEN 'cancelled' ELSE ? END, finished = ?, worker = NULL, lease = NULL, "
                   "result = ?, progress = CASE WHEN ? = 'done' THEN 1 ELSE progress END, "
                   "tries = tries - ? WHERE id = ? AND worker = ?",
                   NW_VALUES(NW_STRING(state), NW_STRING(state),
                             waits ? NW_NULL : NW_STRING(now), NW_STRING(ending->text),
                             NW_STRING(state), NW_WHOLE(ending->how == NW_JOB_LEFT),
                             NW_STRING(ending->claim->id), NW_STRING(ending->claim->name)),
                   &changed, err))
        return false;
    if (!changed)
        return nw_fail(err, NW_ERR_CONFLICT, "another worker has taken the job");
    return waits || (keep_files(tx, ending, err) && tell_end(tx, ending, state, err));
}

bool nw_job_end(struct nw_desk *desk, const struct nw_claim *claim, enum nw_job_end how,
                const json_t *result, const struct nw_job_file *file, size_t count,
                struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE char *text = nw_canonical(result, &len, err);
    struct ending ending = {.claim = claim,
                            .how = how,
                            .text = text,
                            .result = result,
                            .file = file,
                            .count = how == NW_JOB_DONE ? count : 0};
    return text && nw_store_write(desk->store, end_job, &ending, err);
}

/* ------------------------------------------------------------------ looking on */

struct looking {
    const char *name;
    bool lives;
    char *since;
    json_t *out;
};

static bool look_for_claim(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct looking *looking = (struct looking *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    if (!nw_tx_query(tx, &arena, "SELECT id FROM jobs WHERE worker = ? AND lease >= ?",
                     NW_VALUES(NW_STRING(looking->name), NW_STRING(now)), &rows, err))
        return false;
    looking->lives = rows.count > 0;
    return true;
}

bool nw_claim_lives(struct nw_desk *desk, const char *name, bool *lives, struct nw_err *err)
{
    struct looking looking = {.name = name};
    if (!nw_store_read(desk->store, look_for_claim, &looking, err))
        return false;
    *lives = looking.lives;
    return true;
}

static bool read_news(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct looking *looking = (struct looking *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT id, case_id, state, progress, finished FROM jobs WHERE state IN "
                     "('running', 'cancelling') OR finished > ? ORDER BY created",
                     NW_VALUES(NW_STRING(looking->since)), &rows, err))
        return false;
    json_decref(looking->out);
    looking->out = json_array();
    for (size_t i = 0; i < rows.count; i++) {
        const char *finished = nw_row_text(&rows, i, 4);
        json_t *one = json_pack("{s:s, s:s, s:s, s:f}", "id", nw_row_text(&rows, i, 0), "case",
                                nw_row_text(&rows, i, 1), "state", nw_row_text(&rows, i, 2),
                                "progress", rows.cell[i * rows.columns + 3].real);
        if (json_array_append_new(looking->out, one) != 0)
            return nw_no_memory(err);
        if (*finished && strcmp(finished, looking->since) > 0)
            snprintf(looking->since, NW_TIME_TEXT, "%s", finished);
    }
    return true;
}

bool nw_jobs_news(struct nw_desk *desk, char since[NW_TIME_TEXT], json_t **out,
                  struct nw_err *err)
{
    char last[NW_TIME_TEXT];
    memcpy(last, since, sizeof last);
    struct looking looking = {.since = last};
    if (!nw_store_read(desk->store, read_news, &looking, err)) {
        json_decref(looking.out);
        return false;
    }
    memcpy(since, last, sizeof last);
    *out = looking.out;
    return true;
}
