/* What persons do with jobs. See jobs.h. */
#include "case/jobs.h"

#include <stdio.h>
#include <string.h>

#include "case/jobs_priv.h"

enum { INPUTS_MOST = 4096, ARGUMENTS_MOST = 200, ARGUMENT_BYTES = 1000, OUTPUTS_MOST = 64 };

/* ------------------------------------------------------------------ what may be asked */

static bool is_command(const char *name)
{
    static const char *const list[] = {
        "info",     "gate",    "reconstruct", "measure", "plan",       "design",  "printcheck",
        "orient",   "slice",   "nest",        "split",   "check",      "compare", "convert",
        "strength", "picture", "verify",      "view",    "deidentify", "edit"};
    for (size_t i = 0; name && i < sizeof list / sizeof *list; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

static bool is_job_name(const char *name, struct nw_err *err)
{
    size_t len = strlen(name);
    if (len == 0 || len > 200 || name[0] == '-')
        return nw_fail(err, NW_ERR_DATA,
                       "a file of a job has a name of 1 to 200 bytes that does not begin with "
                       "a hyphen");
    return nw_plain_name(name, err);
}

/* Nothing that names a place outside the job's folder, nor what the worker itself says. */
static bool is_argument(const char *text, struct nw_err *err)
{
    static const char *const own[] = {"--record", "--no-record", "--json", "--threads",
                                      "--lang"};
    size_t len = strlen(text);
    if (len > ARGUMENT_BYTES)
        return nw_fail(err, NW_ERR_LIMIT, "an argument of a job has at most %d bytes",
                       ARGUMENT_BYTES);
    if (strchr(text, '/') || strchr(text, '\\') || strcmp(text, "..") == 0 ||
        (len > 2 && strcmp(text + len - 3, "=..") == 0))
        return nw_fail(err, NW_ERR_DATA,
                       "an argument of a job names files of its own folder: no slashes, no ..");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        size_t n = strlen(own[i]);
        if (strncmp(text, own[i], n) == 0 && (!text[n] || text[n] == '='))
            return nw_fail(err, NW_ERR_DATA, "%s is set by the server, not by the job", own[i]);
    }
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < 32 || *at == 127)
            return nw_fail(err, NW_ERR_DATA, "an argument of a job has no control letters");
    return true;
}

static bool check_inputs(const json_t *inputs, struct nw_err *err)
{
    const char *name;
    json_t *value;
    nw_digest digest;
    if (!json_is_object(inputs) || json_object_size(inputs) > INPUTS_MOST)
        return nw_fail(err, NW_ERR_DATA,
                       "\"inputs\" is an object of at most %d names and digests", INPUTS_MOST);
    json_object_foreach((json_t *)(uintptr_t)inputs, name, value)
    {
        const char *hex = json_string_value(value);
        if (!is_job_name(name, err))
            return false;
        if (!hex || strlen(hex) != NW_DIGEST_TEXT - 1 || !nw_digest_parse(hex, &digest))
            return nw_fail(err, NW_ERR_DATA,
                           "each of \"inputs\" is the digest of a file of the case, 64 "
                           "hexadecimal digits");
    }
    return true;
}

static bool check_list(const json_t *list, const char *key, size_t most,
                       bool (*check)(const char *text, struct nw_err *err), struct nw_err *err)
{
    size_t i;
    const json_t *value;
    if (!json_is_array(list) || json_array_size(list) > most)
        return nw_fail(err, NW_ERR_DATA, "\"%s\" is a list of at most %zu texts", key, most);
    json_array_foreach(list, i, value)
    {
        const char *text = json_string_value(value);
        if (!text)
            return nw_fail(err, NW_ERR_DATA, "\"%s\" is a list of at most %zu texts", key,
                           most);
        if (!check(text, err))
            return false;
    }
    return true;
}

/* What goes in is not what comes out, and nothing comes out twice. */
static bool check_outputs(const json_t *request, struct nw_err *err)
{
    const json_t *outputs = json_object_get(request, "outputs"),
                 *inputs = json_object_get(request, "inputs");
    for (size_t i = 0; i < json_array_size(outputs); i++) {
        const char *name = json_string_value(json_array_get(outputs, i));
        bool twice = json_object_get(inputs, name) != NULL;
        for (size_t k = 0; k < i; k++)
            twice |= strcmp(name, json_string_value(json_array_get(outputs, k))) == 0;
        if (twice)
            return nw_fail(err, NW_ERR_DATA, "a job names each of its files once");
    }
    return true;
}

/* Of what the command says; Chinese where it is not given. */
static bool is_language(const json_t *lang)
{
    const char *text = json_string_value(lang);
    return !lang || (text && (strcmp(text, "zh") == 0 || strcmp(text, "en") == 0));
}

static bool check_request(const json_t *request, struct nw_err *err)
{
    static const char *const known[] = {"command", "inputs", "arguments", "outputs", "lang"};
    enum { KNOWN = sizeof known / sizeof *known };
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)request, key, value)
    {
        size_t i = 0;
        while (i < KNOWN && strcmp(key, known[i]) != 0)
            i++;
        if (i == KNOWN)
            return nw_fail(err, NW_ERR_DATA,
                           "a job has \"command\", \"inputs\", \"arguments\", \"outputs\" and "
                           "\"lang\", no other member");
    }
    if (!is_language(json_object_get(request, "lang")))
        return nw_fail(err, NW_ERR_DATA, "\"lang\" is zh or en");
    if (!is_command(json_string_value(json_object_get(request, "command"))))
        return nw_fail(
            err, NW_ERR_DATA,
            "\"command\" is one of info, gate, reconstruct, measure, plan, "
            "design, printcheck, orient, slice, nest, split, check, compare, convert, "
            "strength, picture, verify, view, deidentify, edit");
    return check_inputs(json_object_get(request, "inputs"), err) &&
           check_list(json_object_get(request, "arguments"), "arguments", ARGUMENTS_MOST,
                      is_argument, err) &&
           check_list(json_object_get(request, "outputs"), "outputs", OUTPUTS_MOST, is_job_name,
                      err) &&
           check_outputs(request, err);
}

/* ------------------------------------------------------------------ rows */

#define JOB_COLUMNS                                                                            \
    "SELECT id, case_id, command, state, progress, created, started, finished, tries, "        \
    "result, "                                                                                 \
    "person FROM jobs "

/* Cell as text, null where there is none. */
static json_t *cell(const struct nw_rows *rows, size_t row, size_t column)
{
    const char *text = nw_row_text(rows, row, column);
    return *text ? json_string(text) : json_null();
}

static json_t *job_json(const struct nw_rows *rows, size_t row)
{
    json_t *request = json_loads(nw_row_text(rows, row, 2), 0, NULL);
    const char *result = nw_row_text(rows, row, 9);
    const char *command = json_string_value(json_object_get(request, "command"));
    json_t *out = json_pack(
        "{s:s, s:s, s:s, s:s?, s:O?, s:s, s:f, s:o, s:o, s:o, s:I, s:o}", "id",
        nw_row_text(rows, row, 0), "person", nw_row_text(rows, row, 10), "case",
        nw_row_text(rows, row, 1), "command", command, "request", request, "state",
        nw_row_text(rows, row, 3), "progress", rows->cell[row * rows->columns + 4].real,
        "created", cell(rows, row, 5), "started", cell(rows, row, 6), "finished",
        cell(rows, row, 7), "tries", (json_int_t)nw_row_whole(rows, row, 8), "result",
        *result ? json_loads(result, 0, NULL) : json_null());
    json_decref(request);
    return out;
}

/* A job on its way through a transaction. */
struct asking {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *id, *case_id;
    const json_t *request;
    const struct nw_once *once;
    bool again;
    json_t *reply;
};

static bool find_job(struct nw_tx *tx, struct asking *asking, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    struct nw_err hidden = {0};
    if (!nw_tx_query(tx, &arena, JOB_COLUMNS "WHERE id = ?", NW_VALUES(NW_STRING(asking->id)),
                     &rows, err))
        return false;
    if (!rows.count)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such job");
    json_t *kept = NULL;
    if (!nw_case_kept(asking->desk, tx, asking->who, nw_row_text(&rows, 0, 1), &kept,
                      &hidden)) {
        if (hidden.code != NW_ERR_NOTFOUND) {
            *err = hidden;
            return false;
        }
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such job");
    }
    json_decref(asking->reply);
    asking->reply = job_json(&rows, 0);
    const bool is_kept = nw_job_kept(kept, json_object_get(asking->reply, "request"));
    json_decref(kept);
    if (is_kept)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such job");
    return asking->reply || nw_no_memory(err);
}

/* A row of the ledger: `body` is taken over. */
static bool tell_ledger(struct nw_tx *tx, const struct asking *asking, const char *case_id,
                        const char *act, const char *time, json_t *body, struct nw_err *err)
{
    struct nw_row row = {.person = asking->who->person,
                         .session = asking->who->id,
                         .case_id = case_id,
                         .act = act,
                         .body = body};
    bool good = body ? nw_ledger_append(tx, &row, time, NULL, NULL, err) : nw_no_memory(err);
    json_decref(body);
    return good;
}

/* ------------------------------------------------------------------ making */

static bool has_inputs(struct nw_tx *tx, const char *case_id, const json_t *inputs,
                       struct nw_err *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)inputs, name, value)
    {
        if (!nw_case_has_file(tx, case_id, name, json_string_value(value), true, err))
            return false;
    }
    return true;
}

static bool insert_job(struct nw_tx *tx, const struct asking *asking, const char *time,
                       struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE char *text = nw_canonical(asking->request, &len, err);
    return text && nw_tx_run(tx,
                             "INSERT INTO jobs (id, case_id, person, command, state, progress, "
                             "created, tries) VALUES (?, ?, ?, ?, 'waiting', 0, ?, 0)",
                             NW_VALUES(NW_STRING(asking->id), NW_STRING(asking->case_id),
                                       NW_STRING(asking->who->person), NW_STRING(text),
                                       NW_STRING(time)),
                             NULL, err);
}

static bool make_job(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct asking *asking = (struct asking *)context;
    char time[NW_TIME_TEXT];
    json_decref(asking->reply);
    asking->reply = NULL;
    json_t *kept = NULL;
    if (!nw_case_kept(asking->desk, tx, asking->who, asking->case_id, &kept, err))
        return false;
    const bool is_kept = nw_job_kept(kept, asking->request);
    json_decref(kept);
    if (is_kept)
        return nw_fail(err, NW_ERR_DATA, "the case has no such file");
    if (!nw_once_find(tx, asking->who, asking->once, &asking->reply, err))
        return false;
    if (asking->reply)
        return true;
    return has_inputs(tx, asking->case_id, json_object_get(asking->request, "inputs"), err) &&
           nw_ledger_time(tx, time, err) && insert_job(tx, asking, time, err) &&
           find_job(tx, asking, err) &&
           tell_ledger(tx, asking, asking->case_id, "job.make", time,
                       json_pack("{s:s, s:O}", "job", asking->id, "request", asking->request),
                       err) &&
           nw_once_keep(tx, asking->who, asking->once, asking->reply, time, err);
}

static bool hand_out(bool good, struct asking *asking, json_t **reply)
{
    if (good)
        *reply = asking->reply;
    else
        json_decref(asking->reply);
    return good;
}

bool nw_job_make(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                 const json_t *request, const struct nw_once *once, json_t **reply,
                 struct nw_err *err)
{
    char id[NW_ID_TEXT];
    struct asking asking = {.desk = desk,
                            .who = who,
                            .id = id,
                            .case_id = case_id,
                            .request = request,
                            .once = once};
    if (!check_request(request, err) || !nw_id_make(id, err))
        return false;
    return hand_out(nw_store_write(desk->store, make_job, &asking, err), &asking, reply);
}

/* ------------------------------------------------------------------ looking */

/* What a look at jobs shows beside how far they are: a session that is shown the same again has
 * seen it. */
static bool look_of(const struct nw_row *row, const json_t *jobs, nw_digest *out,
                    struct nw_err *err)
{
    static const char *const members[] = {"id", "state", "tries", "started", "finished"};
    size_t i;
    const json_t *job;
    json_t *shown = json_pack("[s, s, O]", row->session, row->case_id, row->body);
    json_array_foreach(jobs, i, job)
    {
        for (size_t k = 0; k < sizeof members / sizeof *members; k++)
            if (json_array_append(shown, json_object_get(job, members[k])) != 0) {
                json_decref(shown);
                return nw_no_memory(err);
            }
    }
    const bool good = shown ? nw_canonical_digest(shown, out, err) : nw_no_memory(err);
    json_decref(shown);
    return good;
}

/* One row for each state that a session is shown, not for each time it asks (a page asks twice
 * a second). What could not be put on record is not shown. */
static bool note_look(const struct asking *asking, const json_t *jobs, const char *case_id,
                      json_t *body, struct nw_err *err)
{
    nw_digest look;
    const struct nw_row row = {.person = asking->who->person,
                               .session = asking->who->id,
                               .case_id = case_id,
                               .act = "read.job",
                               .body = body};
    bool good = body ? look_of(&row, jobs, &look, err) : nw_no_memory(err);
    if (good && !nw_looks_has(asking->desk->looks, &look)) {
        good = nw_ledger_note(asking->desk->ledger, &row, err);
        if (good)
            nw_looks_keep(asking->desk->looks, &look);
    }
    json_decref(body);
    return good;
}

static bool look_at_job(struct nw_tx *tx, void *context, struct nw_err *err)
{
    return find_job(tx, (struct asking *)context, err);
}

bool nw_job_look(struct nw_desk *desk, const struct nw_session *who, const char *id,
                 json_t **reply, struct nw_err *err)
{
    struct asking asking = {.desk = desk, .who = who, .id = id};
    const bool good = nw_store_read(desk->store, look_at_job, &asking, err);
    json_t *one = good ? json_pack("[O]", asking.reply) : NULL;
    const bool noted =
        good &&
        note_look(
            &asking, one, json_string_value(json_object_get(asking.reply, "case")),
            json_pack("{s:s, s:O}", "job", id, "state", json_object_get(asking.reply, "state")),
            err);
    json_decref(one);
    return hand_out(noted, &asking, reply);
}

static bool list_jobs(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct asking *asking = (struct asking *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    json_t *kept = NULL;
    if (!nw_case_kept(asking->desk, tx, asking->who, asking->case_id, &kept, err))
        return false;
    if (!nw_tx_query(tx, &arena,
                     JOB_COLUMNS "WHERE case_id = ? ORDER BY created DESC, id DESC LIMIT 200",
                     NW_VALUES(NW_STRING(asking->case_id)), &rows, err)) {
        json_decref(kept);
        return false;
    }
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < rows.count; i++) {
        json_t *job = job_json(&rows, i);
        ok = nw_job_kept(kept, json_object_get(job, "request")) ||
             json_array_append(list, job) == 0;
        json_decref(job);
    }
    json_decref(kept);
    if (!ok) {
        json_decref(list);
        return nw_no_memory(err);
    }
    json_decref(asking->reply);
    asking->reply = json_pack("{s:o}", "jobs", list);
    return asking->reply || nw_no_memory(err);
}

bool nw_jobs_list(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                  json_t **reply, struct nw_err *err)
{
    struct asking asking = {.desk = desk, .who = who, .case_id = case_id};
    return hand_out(nw_store_read(desk->store, list_jobs, &asking, err) &&
                        note_look(&asking, json_object_get(asking.reply, "jobs"), case_id,
                                  json_object(), err),
                    &asking, reply);
}

/* ------------------------------------------------------------------ cancelling, once more */

static bool is_state(const struct asking *asking, const char *one, const char *other)
{
    const char *state = json_string_value(json_object_get(asking->reply, "state"));
    return state && (strcmp(state, one) == 0 || strcmp(state, other) == 0);
}

static bool change_job(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct asking *asking = (struct asking *)context;
    char time[NW_TIME_TEXT];
    if (!find_job(tx, asking, err) || !nw_ledger_time(tx, time, err))
        return false;
    if (asking->again && !is_state(asking, "failed", "cancelled"))
        return nw_fail(err, NW_ERR_STATE,
                       "only a job that failed or was cancelled is done again");
    if (!asking->again && !is_state(asking, "waiting", "running"))
        return nw_fail(err, NW_ERR_STATE, "the job has ended, or is being cancelled");
    const char *sql =
        asking->again ? "UPDATE jobs SET state = 'waiting', tries = 0, progress = 0, started = "
                        "NULL, finished = NULL, worker = NULL, lease = NULL, result = NULL "
                        "WHERE id = ?"
        : is_state(asking, "waiting", "waiting")
            ? "UPDATE jobs SET state = 'cancelled', finished = ? WHERE id = ?"
            : "UPDATE jobs SET state = 'cancelling' WHERE id = ?";
    bool timed = strstr(sql, "finished = ?") != NULL;
    const struct nw_value values[2] = {NW_STRING(time), NW_STRING(asking->id)};
    NW_AUTO(nw_arena) arena = {0};
    const char *case_id =
        nw_arena_text(&arena, json_string_value(json_object_get(asking->reply, "case")), err);
    return case_id &&
           nw_tx_run(tx, sql, timed ? values : values + 1, timed ? 2 : 1, NULL, err) &&
           tell_ledger(tx, asking, case_id, asking->again ? "job.again" : "job.cancel", time,
                       json_pack("{s:s}", "job", asking->id), err) &&
           find_job(tx, asking, err);
}

bool nw_job_cancel(struct nw_desk *desk, const struct nw_session *who, const char *id,
                   json_t **reply, struct nw_err *err)
{
    struct asking asking = {.desk = desk, .who = who, .id = id};
    return hand_out(nw_store_write(desk->store, change_job, &asking, err), &asking, reply);
}

bool nw_job_again(struct nw_desk *desk, const struct nw_session *who, const char *id,
                  json_t **reply, struct nw_err *err)
{
    struct asking asking = {.desk = desk, .who = who, .id = id, .again = true};
    return hand_out(nw_store_write(desk->store, change_job, &asking, err), &asking, reply);
}
