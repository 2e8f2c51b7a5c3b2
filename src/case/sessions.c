/* case/sessions.c -- coming in, being known by a token, leaving. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "case/desk_priv.h"
#include "case/people_priv.h"
#include "case/secret_priv.h"

enum {
    FAILURES = 5,
    LOCKED_S = 15 * 60,
    IDLE_S = 30 * 60,
    AGE_S = 12 * 3600,
    TOUCH_S = 60, /* "seen" is kept to the minute: a reader writes no row each time */
};

void nw_session_release(struct nw_session *session)
{
    json_decref(session->body);
    *session = (struct nw_session){0};
}

static bool lists(const json_t *list, const char *word)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), word) == 0)
            return true;
    }
    return false;
}

bool nw_session_has(const struct nw_session *session, const char *role)
{
    return lists(json_object_get(session->body, "roles"), role);
}

json_t *nw_session_actor(const struct nw_session *session, const char *role)
{
    json_t *actor = json_deep_copy(session->body);
    if (actor && json_object_set_new(actor, "id", json_string(session->person)) == 0 &&
        json_object_set_new(actor, "role", json_string(role)) == 0)
        return actor;
    json_decref(actor);
    return NULL;
}

/* ------------------------------------------------------------------ coming in */

struct entering {
    const char *login, *second, *token_digest;
    const uint8_t *seal;
    bool password_holds;
    char hash[NW_HASHED_TEXT];
    bool found, by_directory;
    bool denied, locked; /* kept as a row, so the transaction itself succeeds */
    struct nw_session *out;
};

static bool read_hash(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct entering *entering = (struct entering *)context;
    struct nw_person_record record;
    bool found;
    if (!nw_person_read(tx, "login", entering->login, &found, &record, err))
        return false;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    const char *hash = json_string_value(json_object_get(record.secret, "password"));
    const char *until = json_string_value(json_object_get(record.secret, "locked"));
    entering->found = found;
    entering->by_directory = json_is_true(json_object_get(record.body, "directory"));
    entering->locked = until && strcmp(until, now) > 0;
    snprintf(entering->hash, sizeof entering->hash, "%s",
             hash && !entering->by_directory ? hash : "");
    nw_person_release(&record);
    return true;
}

/* Asks the directory where the password is its own; a locked account's is not tried there. */
static bool ask_directory(struct nw_people *people, struct entering *entering,
                          const char *password, struct nw_err *err)
{
    const struct nw_directory *directory = people->directory;
    struct nw_directory_answer answer = {0};
    const bool is_new = !entering->found && directory && directory->makes;
    if (!directory || (!entering->by_directory && !is_new) || entering->locked ||
        !nw_is_login(entering->login) || !*password || strlen(password) > 256)
        return true;
    if (!directory->ask(directory->context, entering->login, password, &answer, err))
        return false;
    entering->password_holds = answer.holds;
    return !answer.holds || entering->found ||
           nw_person_make_known(people, entering->login, &answer, err);
}

static bool must_change(const json_t *body, const json_t *secret)
{
    return json_is_true(json_object_get(secret, "one_time")) &&
           !json_is_true(json_object_get(body, "directory"));
}

static bool enter_session(struct nw_tx *tx, struct entering *entering,
                          const struct nw_person_record *record, const char *now,
                          struct nw_err *err)
{
    struct nw_session *out = entering->out;
    uint8_t chance[16];
    char expires[NW_TIME_TEXT];
    if (!nw_random(chance, sizeof chance, err))
        return false;
    nw_hex_format(chance, sizeof chance, out->csrf);
    memcpy(out->id, entering->token_digest, 16);
    out->id[16] = 0;
    memcpy(out->person, record->id, sizeof out->person);
    json_decref(out->body);
    out->body = json_incref(record->body);
    out->must_change = must_change(record->body, record->secret);
    nw_time_after(now, AGE_S, expires);
    return nw_tx_run(tx,
                     "INSERT INTO sessions (token, person, csrf, created, seen, expires) "
                     "VALUES (?, ?, ?, ?, ?, ?)",
                     NW_VALUES(NW_STRING(entering->token_digest), NW_STRING(record->id),
                               NW_STRING(out->csrf), NW_STRING(now), NW_STRING(now),
                               NW_STRING(expires)),
                     NULL, err);
}

static bool judge_entering(struct entering *entering, struct nw_person_record *record,
                           const char *now, struct nw_err *err)
{
    const char *until = json_string_value(json_object_get(record->secret, "locked"));
    entering->locked = until && strcmp(until, now) > 0;
    bool closed = json_is_true(json_object_get(record->body, "closed"));
    bool second =
        json_object_get(record->secret, "second") == NULL ||
        nw_secret_second_holds(record, "second", entering->second, entering->seal, err);
    entering->denied = entering->locked || closed || !entering->password_holds || !second;
    if (!entering->denied)
        return nw_secret_set(record, "fails", NULL, err) &&
               nw_secret_set(record, "locked", NULL, err);
    if (entering->locked)
        return true;
    int64_t fails = nw_secret_whole(record, "fails") + 1;
    char then[NW_TIME_TEXT];
    nw_time_after(now, LOCKED_S, then);
    return nw_secret_set(record, "fails", json_integer(fails % FAILURES), err) &&
           (fails < FAILURES || nw_secret_set(record, "locked", json_string(then), err));
}

static bool enter(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct entering *entering = (struct entering *)context;
    struct nw_person_record record;
    char now[NW_TIME_TEXT];
    bool found;
    entering->denied = true;
    if (!nw_ledger_time(tx, now, err) ||
        !nw_person_read(tx, "login", entering->login, &found, &record, err))
        return false;
    bool good = !found || (judge_entering(entering, &record, now, err) &&
                           nw_secret_write(tx, &record, err));
    if (good && found && !entering->denied)
        good = enter_session(tx, entering, &record, now, err);
    struct nw_row row = {.person = found ? record.id : NULL,
                         .session = entering->denied ? NULL : entering->out->id,
                         .act = entering->denied ? "login.denied" : "login"};
    good = good && nw_ledger_append(tx, &row, now, NULL, NULL, err);
    nw_person_release(&record);
    return good;
}

static bool digest_token(const char *token, char out[NW_DIGEST_TEXT], struct nw_err *err)
{
    nw_digest digest;
    if (!nw_hash_bytes(token, strlen(token), &digest, err))
        return false;
    nw_digest_format(&digest, out);
    return true;
}

bool nw_login(struct nw_people *people, const char *login, const char *password,
              const char *second, char token[NW_TOKEN_TEXT], struct nw_session *out,
              struct nw_err *err)
{
    uint8_t chance[32];
    char digest[NW_DIGEST_TEXT];
    *out = (struct nw_session){0};
    struct entering entering = {.login = login,
                                .second = second ? second : "",
                                .token_digest = digest,
                                .seal = people->seal,
                                .out = out};
    if (!nw_store_read(people->store, read_hash, &entering, err) ||
        !nw_random(chance, sizeof chance, err))
        return false;
    nw_hex_format(chance, sizeof chance, token);
    bool known = entering.hash[0] != 0;
    entering.password_holds =
        strlen(password) <= 256 &&
        nw_password_holds(known ? entering.hash : people->dummy, password) && known;
    if (!ask_directory(people, &entering, password, err) || !digest_token(token, digest, err) ||
        !nw_store_write(people->store, enter, &entering, err)) {
        nw_session_release(out);
        return false;
    }
    if (!entering.denied)
        return true;
    nw_session_release(out);
    return nw_fail(err, NW_ERR_DENIED,
                   "the name, the password or the code of the second factor is not right, or "
                   "the account is locked for a quarter of an hour after five failures");
}

struct finding {
    const char *digest;
    struct nw_session *out;
    bool touch;
};

static bool find_session(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct finding *finding = (struct finding *)context;
    struct nw_session *out = finding->out;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT s.person, s.csrf, s.seen, s.expires, p.body, p.secret FROM "
                     "sessions s JOIN people p ON p.id = s.person WHERE s.token = ?",
                     NW_VALUES(NW_STRING(finding->digest)), &rows, err))
        return false;
    char now[NW_TIME_TEXT], idle[NW_TIME_TEXT], touched[NW_TIME_TEXT];
    nw_time_now(now);
    if (rows.count) {
        nw_time_after(nw_row_text(&rows, 0, 2), IDLE_S, idle);
        nw_time_after(nw_row_text(&rows, 0, 2), TOUCH_S, touched);
    }
    if (!rows.count || strcmp(now, nw_row_text(&rows, 0, 3)) > 0 || strcmp(now, idle) > 0)
        return nw_fail(err, NW_ERR_DENIED, "nobody is logged in here: log in again");
    json_t *secret = json_loads(nw_row_text(&rows, 0, 5), 0, NULL);
    json_decref(out->body);
    out->body = json_loads(nw_row_text(&rows, 0, 4), 0, NULL);
    out->must_change = must_change(out->body, secret);
    json_decref(secret);
    if (!out->body)
        return nw_no_memory(err);
    if (json_is_true(json_object_get(out->body, "closed")))
        return nw_fail(err, NW_ERR_DENIED, "this account is closed");
    snprintf(out->person, sizeof out->person, "%s", nw_row_text(&rows, 0, 0));
    snprintf(out->csrf, sizeof out->csrf, "%s", nw_row_text(&rows, 0, 1));
    snprintf(out->id, sizeof out->id, "%.16s", finding->digest);
    finding->touch = strcmp(now, touched) > 0;
    return true;
}

static bool touch_session(struct nw_tx *tx, void *context, struct nw_err *err)
{
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    return nw_tx_run(tx, "UPDATE sessions SET seen = ? WHERE token = ?",
                     NW_VALUES(NW_STRING(now), NW_STRING((const char *)context)), NULL, err);
}

bool nw_session_find(struct nw_people *people, const char *token, struct nw_session *out,
                     struct nw_err *err)
{
    char digest[NW_DIGEST_TEXT];
    *out = (struct nw_session){0};
    struct finding finding = {.digest = digest, .out = out};
    if (digest_token(token, digest, err) &&
        nw_store_read(people->store, find_session, &finding, err) &&
        (!finding.touch || nw_store_write(people->store, touch_session, digest, err)))
        return true;
    nw_session_release(out);
    return false;
}

bool nw_session_key(const char *token, char key[NW_DIGEST_TEXT], struct nw_err *err)
{
    return digest_token(token, key, err);
}

bool nw_session_look(struct nw_people *people, const char *key, struct nw_session *out,
                     struct nw_err *err)
{
    *out = (struct nw_session){0};
    struct finding finding = {.digest = key, .out = out};
    if (nw_store_read(people->store, find_session, &finding, err))
        return true;
    nw_session_release(out);
    return false;
}

static bool leave(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const char *digest = (const char *)context;
    char session[17], time[NW_TIME_TEXT];
    snprintf(session, sizeof session, "%.16s", digest);
    int64_t gone = 0;
    struct nw_row row = {.session = session, .act = "logout"};
    return nw_tx_run(tx, "DELETE FROM sessions WHERE token = ?", NW_VALUES(NW_STRING(digest)),
                     &gone, err) &&
           (gone == 0 || (nw_ledger_time(tx, time, err) &&
                          nw_ledger_append(tx, &row, time, NULL, NULL, err)));
}

bool nw_logout(struct nw_people *people, const char *token, struct nw_err *err)
{
    char digest[NW_DIGEST_TEXT];
    return digest_token(token, digest, err) &&
           nw_store_write(people->store, leave, digest, err);
}
