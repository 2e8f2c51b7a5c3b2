#include "case/people.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "case/desk_priv.h"
#include "case/flow.h"
#include "case/secret_priv.h"

enum {
    FAILURES = 5,
    LOCKED_S = 15 * 60,
    IDLE_S = 30 * 60,
    AGE_S = 12 * 3600,
    TOUCH_S = 60, /* "seen" is kept to the minute: a reader writes no row each time */
    KEY_YEARS_S = 3 * 366 * 86400,
};

struct nw_people {
    struct nw_store *store;
    uint8_t seal[NW_KEY_BYTES];
    char dummy[NW_HASHED_TEXT]; /* what an unknown login is compared with, to cost the same */
    const struct nw_directory *directory;
};

struct nw_people *nw_people_open(struct nw_store *store, const uint8_t seal[NW_KEY_BYTES],
                                 struct nw_err *err)
{
    struct nw_people *people = NW_ALLOC(struct nw_people, 1, err);
    if (!people)
        return NULL;
    people->store = store;
    memcpy(people->seal, seal, NW_KEY_BYTES);
    if (nw_password_hash("nobody has this one", people->dummy, err))
        return people;
    nw_free(people);
    return NULL;
}

void nw_people_close(struct nw_people *people)
{
    if (people)
        nw_wipe(people, sizeof *people);
    nw_free(people);
}

void nw_people_ask(struct nw_people *people, const struct nw_directory *directory)
{
    people->directory = directory;
}

/* Crockford's letters: none is taken for another. */
static const char id_letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

bool nw_id_make(char out[NW_ID_TEXT], struct nw_err *err)
{
    uint8_t chance[16];
    struct timespec now;
    if (!nw_random(chance, sizeof chance, err))
        return false;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    for (int i = 9; i >= 0; i--, milliseconds >>= 5)
        out[i] = id_letters[milliseconds & 31];
    for (int i = 0; i < 16; i++)
        out[10 + i] = id_letters[chance[i] & 31];
    out[26] = 0;
    return true;
}

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

/* ------------------------------------------------------------------ the person's record */

static const char *const separate[] = {"administrator", "security", "audit"};

static bool check_roles(const json_t *roles, struct nw_err *err)
{
    size_t i, kept_apart = 0;
    const json_t *role;
    if (!json_is_array(roles) || json_array_size(roles) == 0)
        return nw_fail(err, NW_ERR_DATA, "\"roles\" is a list of at least one role");
    json_array_foreach(roles, i, role)
    {
        if (!json_is_string(role))
            return nw_fail(err, NW_ERR_DATA, "\"roles\" is a list of names of roles");
        for (size_t k = 0; k < sizeof separate / sizeof *separate; k++)
            kept_apart += strcmp(json_string_value(role), separate[k]) == 0;
    }
    if (kept_apart && json_array_size(roles) > 1)
        return nw_fail(err, NW_ERR_DATA,
                       "administrator, security administrator and audit administrator are each "
                       "a person of their own, with no other role");
    return true;
}

/* A new reference: the request's members that belong in a body, each of its type. */
static json_t *take_body(const json_t *request, struct nw_err *err)
{
    static const char *const texts[] = {"name",          "organisation", "department",
                                        "title",         "phone",        "licence",
                                        "licence_until", "note",         "training_until"};
    const char *key;
    json_t *value;
    if (!json_is_object(request)) {
        nw_fail(err, NW_ERR_DATA, "a person is an object");
        return NULL;
    }
    json_t *body = json_object();
    if (!body) {
        nw_no_memory(err);
        return NULL;
    }
    json_object_foreach((json_t *)(uintptr_t)request, key, value)
    {
        bool is_text = false;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            is_text |= strcmp(key, texts[i]) == 0;
        if (strcmp(key, "login") == 0 || strcmp(key, "password") == 0 ||
            strcmp(key, "version") == 0)
            continue;
        bool fits = is_text ? json_is_string(value) && json_string_length(value) <= 200
                    : strcmp(key, "roles") == 0 ? check_roles(value, err)
                    : strcmp(key, "rank") == 0
                        ? json_is_integer(value) && json_integer_value(value) >= 0 &&
                              json_integer_value(value) <= 9
                    : strcmp(key, "skills") == 0 || strcmp(key, "experience") == 0
                        ? json_is_array(value) && json_array_size(value) <= 100
                    : strcmp(key, "closed") == 0 || strcmp(key, "directory") == 0
                        ? json_is_boolean(value)
                        : false;
        if (!fits || json_object_set(body, key, value) != 0) {
            if (!err->code)
                nw_fail(err, NW_ERR_DATA,
                        "\"%.40s\" is no member of a person, or not of its type", key);
            json_decref(body);
            return NULL;
        }
    }
    const char *name = json_string_value(json_object_get(body, "name"));
    if (!name || !*name)
        nw_fail(err, NW_ERR_DATA, "a person needs a \"name\"");
    else if (check_roles(json_object_get(body, "roles"), err))
        return body;
    json_decref(body);
    return NULL;
}

static bool is_login(const char *login)
{
    size_t len = login ? strlen(login) : 0;
    return len >= 2 && len <= 64 &&
           strspn(login, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

/* One row of `people`, as it is worked on in a transaction. */
struct record {
    char id[NW_ID_TEXT], login[65];
    int64_t version;
    json_t *body, *secret; /* owned */
};

static void record_release(struct record *record)
{
    json_decref(record->body);
    json_decref(record->secret);
    *record = (struct record){0};
}

/* `by` is "id" or "login". Found false: nobody. */
static bool record_read(struct nw_tx *tx, const char *by, const char *value, bool *found,
                        struct record *out, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    *out = (struct record){0};
    bool by_id = strcmp(by, "id") == 0;
    if (!nw_tx_query(
            tx, &arena,
            by_id ? "SELECT id, login, version, body, secret FROM people WHERE id = ?"
                  : "SELECT id, login, version, body, secret FROM people WHERE login = ?",
            NW_VALUES(NW_STRING(value)), &rows, err))
        return false;
    *found = rows.count == 1;
    if (!*found)
        return true;
    snprintf(out->id, sizeof out->id, "%s", nw_row_text(&rows, 0, 0));
    snprintf(out->login, sizeof out->login, "%s", nw_row_text(&rows, 0, 1));
    out->version = nw_row_whole(&rows, 0, 2);
    out->body = json_loads(nw_row_text(&rows, 0, 3), 0, NULL);
    out->secret = json_loads(nw_row_text(&rows, 0, 4), 0, NULL);
    if (out->body && out->secret)
        return true;
    record_release(out);
    return nw_fail(err, NW_ERR_DATA, "a person's record in the database is broken");
}

static bool secret_write(struct nw_tx *tx, const struct record *record, struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE char *text = nw_canonical(record->secret, &len, err);
    return text && nw_tx_run(tx, "UPDATE people SET secret = ? WHERE id = ?",
                             NW_VALUES(NW_STRING(text), NW_STRING(record->id)), NULL, err);
}

static int64_t secret_whole(const struct record *record, const char *key)
{
    return json_integer_value(json_object_get(record->secret, key));
}

/* Sets a member; a NULL value takes it away. Steals the value. */
static bool secret_set(struct record *record, const char *key, json_t *value,
                       struct nw_err *err)
{
    if (!value) {
        (void)json_object_del(record->secret, key);
        return true;
    }
    return json_object_set_new(record->secret, key, value) == 0 || nw_no_memory(err);
}

/* ------------------------------------------------------------------ making and changing */

struct making {
    const char *id, *login, *by, *session;
    const char *password_hash; /* NULL: the directory's */
    const json_t *body;
};

static bool insert_person(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct making *making = (const struct making *)context;
    size_t len;
    NW_AUTOFREE char *body = nw_canonical(making->body, &len, err);
    json_t *secret = making->password_hash ? json_pack("{s:s, s:b}", "password",
                                                       making->password_hash, "one_time", true)
                                           : json_object();
    NW_AUTOFREE char *sealed = secret ? nw_canonical(secret, &len, err) : NULL;
    json_decref(secret);
    if (!body || !sealed)
        return err->code ? false : nw_no_memory(err);
    struct nw_err failure = {0};
    if (!nw_tx_run(
            tx, "INSERT INTO people (id, login, body, secret, version) VALUES (?, ?, ?, ?, 1)",
            NW_VALUES(NW_STRING(making->id), NW_STRING(making->login), NW_STRING(body),
                      NW_STRING(sealed)),
            NULL, &failure)) {
        if (failure.code == NW_ERR_CONFLICT)
            return nw_fail(err, NW_ERR_CONFLICT, "the login name %s is taken", making->login);
        *err = failure;
        return false;
    }
    char time[NW_TIME_TEXT];
    json_t *note = json_pack("{s:s, s:s, s:O}", "person", making->id, "login", making->login,
                             "body", making->body);
    struct nw_row row = {
        .person = making->by, .session = making->session, .act = "person.make", .body = note};
    bool good = note ? nw_ledger_time(tx, time, err) &&
                           nw_ledger_append(tx, &row, time, NULL, NULL, err)
                     : nw_no_memory(err);
    json_decref(note);
    return good;
}

static bool count_people(struct nw_tx *tx, void *context, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT COUNT(*) FROM people", NW_NO_VALUES, &rows, err))
        return false;
    *(int64_t *)context = nw_row_whole(&rows, 0, 0);
    return true;
}

bool nw_people_first(struct nw_people *people, bool *made, char password[NW_ONE_TIME_TEXT],
                     struct nw_err *err)
{
    int64_t count = 0;
    uint8_t chance[NW_ONE_TIME_TEXT - 1];
    char id[NW_ID_TEXT], hash[NW_HASHED_TEXT];
    *made = false;
    if (!nw_store_read(people->store, count_people, &count, err) || count > 0)
        return err->code == NW_OK;
    if (!nw_random(chance, sizeof chance, err) || !nw_id_make(id, err))
        return false;
    for (size_t i = 0; i < sizeof chance; i++)
        password[i] = i % 5 == 4 ? '-' : id_letters[chance[i] & 31];
    password[sizeof chance] = 0;
    if (!nw_password_hash(password, hash, err))
        return false;
    json_t *body = json_pack("{s:s, s:[s]}", "name", "admin", "roles", "security");
    struct making making = {.id = id, .login = "admin", .password_hash = hash, .body = body};
    *made =
        body ? nw_store_write(people->store, insert_person, &making, err) : nw_no_memory(err);
    json_decref(body);
    return *made;
}

bool nw_person_make(struct nw_people *people, const struct nw_session *by,
                    const json_t *request, json_t **reply, struct nw_err *err)
{
    const char *login = json_string_value(json_object_get(request, "login"));
    const char *password = json_string_value(json_object_get(request, "password"));
    char id[NW_ID_TEXT], hash[NW_HASHED_TEXT];
    if (!is_login(login))
        return nw_fail(err, NW_ERR_DATA,
                       "\"login\" is 2 to 64 small letters, digits, dots, dashes and _");
    const bool directory = json_is_true(json_object_get(request, "directory"));
    if (directory == (password != NULL))
        return nw_fail(err, NW_ERR_DATA,
                       "\"password\" is the one-time password the person begins with; with "
                       "\"directory\" there is none");
    if (password && !nw_password_strong(password, login, err))
        return false;
    json_t *body = take_body(request, err);
    if (!body)
        return false;
    struct making making = {.id = id,
                            .login = login,
                            .password_hash = password ? hash : NULL,
                            .by = by->person,
                            .session = by->id,
                            .body = body};
    bool good = nw_id_make(id, err) && (!password || nw_password_hash(password, hash, err)) &&
                nw_store_write(people->store, insert_person, &making, err);
    json_decref(body);
    if (good)
        *reply = json_pack("{s:s, s:i}", "id", id, "version", 1);
    return good && (*reply || nw_no_memory(err));
}

struct changing {
    const struct nw_session *by;
    const char *id;
    int64_t version;
    const json_t *body;
    const char *password_hash; /* NULL: the password stays */
};

/* A new one-time password: the person begins anew. */
static bool begin_anew(struct nw_tx *tx, const struct changing *changing, struct nw_err *err)
{
    struct record record;
    bool found;
    if (!changing->password_hash)
        return true;
    if (!record_read(tx, "id", changing->id, &found, &record, err))
        return false;
    bool good = secret_set(&record, "password", json_string(changing->password_hash), err) &&
                secret_set(&record, "one_time", json_true(), err) &&
                secret_set(&record, "fails", NULL, err) &&
                secret_set(&record, "locked", NULL, err) && secret_write(tx, &record, err) &&
                nw_tx_run(tx, "DELETE FROM sessions WHERE person = ?",
                          NW_VALUES(NW_STRING(changing->id)), NULL, err);
    record_release(&record);
    return good;
}

static bool change_person(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct changing *changing = (const struct changing *)context;
    size_t len;
    int64_t changed = 0;
    NW_AUTOFREE char *body = nw_canonical(changing->body, &len, err);
    if (!body || !nw_tx_run(tx,
                            "UPDATE people SET body = ?, version = version + 1 WHERE id = ? "
                            "AND version = ?",
                            NW_VALUES(NW_STRING(body), NW_STRING(changing->id),
                                      NW_WHOLE(changing->version)),
                            &changed, err))
        return false;
    if (changed != 1)
        return nw_fail(err, NW_ERR_CONFLICT,
                       "there is no such person in version %lld: read it again",
                       (long long)changing->version);
    if (!begin_anew(tx, changing, err))
        return false;
    char time[NW_TIME_TEXT];
    json_t *note = json_pack("{s:s, s:O, s:b}", "person", changing->id, "body", changing->body,
                             "password", changing->password_hash != NULL);
    struct nw_row row = {.person = changing->by->person,
                         .session = changing->by->id,
                         .act = "person.change",
                         .body = note};
    bool good = note ? nw_ledger_time(tx, time, err) &&
                           nw_ledger_append(tx, &row, time, NULL, NULL, err)
                     : nw_no_memory(err);
    json_decref(note);
    return good;
}

bool nw_person_change(struct nw_people *people, const struct nw_session *by, const char *id,
                      int64_t version, const json_t *request, json_t **reply,
                      struct nw_err *err)
{
    const json_t *password = json_object_get(request, "password");
    char hash[NW_HASHED_TEXT];
    if (password &&
        (!json_is_string(password) || json_is_true(json_object_get(request, "directory"))))
        return nw_fail(err, NW_ERR_DATA,
                       "\"password\" is the one-time password the person begins with; with "
                       "\"directory\" there is none");
    if (password && !nw_password_strong(json_string_value(password), "", err))
        return false;
    json_t *body = take_body(request, err);
    struct changing changing = {.by = by,
                                .id = id,
                                .version = version,
                                .body = body,
                                .password_hash = password ? hash : NULL};
    bool good = body &&
                (!password || nw_password_hash(json_string_value(password), hash, err)) &&
                nw_store_write(people->store, change_person, &changing, err);
    json_decref(body);
    if (good)
        *reply = json_pack("{s:s, s:I}", "id", id, "version", (json_int_t)version + 1);
    return good && (*reply || nw_no_memory(err));
}

/* Who asks for the list, and how much of it is his. */
struct asking {
    const struct nw_session *who;
    bool everybody, office; /* names of all; all that is on record of them */
    json_t *list, *mates;   /* who shares a case with him */
};

/* A person as another knows him: whom to name in a form, no login, no telephone, no papers. */
static json_t *known_as(json_t *whole, bool judges)
{
    static const char *const told[] = {"id",   "name",          "organisation", "roles",
                                       "rank", "licence_until", "skills",       "closed"};
    const size_t count = sizeof told / sizeof *told;
    json_t *out = json_object();
    for (size_t i = 0; out && i < count; i++) {
        json_t *value = json_object_get(whole, told[i]);
        const bool is_proof = i >= 4 && i < 7;
        if (value && (judges || !is_proof) && json_object_set(out, told[i], value) != 0) {
            json_decref(out);
            out = NULL;
        }
    }
    json_decref(whole);
    return out;
}

static bool find_mates(struct nw_tx *tx, struct asking *asking, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT DISTINCT b.person FROM case_people a JOIN case_people b ON "
                     "b.case_id = a.case_id WHERE a.person = ?",
                     NW_VALUES(NW_STRING(asking->who->person)), &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        if (json_object_set_new(asking->mates, nw_row_text(&rows, i, 0), json_true()))
            return nw_no_memory(err);
    return true;
}

static bool list_people(struct nw_tx *tx, void *context, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    struct asking *asking = (struct asking *)context;
    const bool judges = nw_session_has(asking->who, "quality");
    json_array_clear(asking->list);
    if ((!asking->everybody && !find_mates(tx, asking, err)) ||
        !nw_tx_query(tx, &arena, "SELECT id, login, version, body FROM people ORDER BY login",
                     NW_NO_VALUES, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        const char *id = nw_row_text(&rows, i, 0);
        const bool own = strcmp(id, asking->who->person) == 0;
        if (!own && !asking->everybody && !json_object_get(asking->mates, id))
            continue;
        json_t *one = json_loads(nw_row_text(&rows, i, 3), 0, NULL);
        bool good =
            one && !json_object_set_new(one, "id", json_string(id)) &&
            !json_object_set_new(one, "login", json_string(nw_row_text(&rows, i, 1))) &&
            !json_object_set_new(one, "version", json_integer(nw_row_whole(&rows, i, 2)));
        if (good && !own && !asking->office)
            one = known_as(one, judges);
        if (!good || json_array_append_new(asking->list, one) != 0)
            return nw_no_memory(err);
    }
    return true;
}

bool nw_people_list(struct nw_people *people, const struct nw_session *who, bool chooses,
                    json_t **out, struct nw_err *err)
{
    const bool office = nw_session_has(who, "security") || nw_session_has(who, "administrator");
    struct asking asking = {.who = who,
                            .office = office,
                            .everybody = office || chooses || nw_session_has(who, "audit"),
                            .list = json_array(),
                            .mates = json_object()};
    const bool good = asking.list && asking.mates
                          ? nw_store_read(people->store, list_people, &asking, err)
                          : nw_no_memory(err);
    json_decref(asking.mates);
    *out = good ? asking.list : NULL;
    if (!good)
        json_decref(asking.list);
    return good;
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
    struct record record;
    bool found;
    if (!record_read(tx, "login", entering->login, &found, &record, err))
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
    record_release(&record);
    return true;
}

/* Somebody the directory knows and we do not: on record from now on, with no right. */
static bool make_known(struct nw_people *people, const char *login,
                       const struct nw_directory_answer *answer, struct nw_err *err)
{
    char id[NW_ID_TEXT];
    json_t *body =
        json_pack("{s:s, s:s, s:[], s:b}", "name", *answer->name ? answer->name : login,
                  "department", answer->department, "roles", "directory", true);
    struct making making = {.id = id, .login = login, .body = body};
    bool good =
        body ? nw_id_make(id, err) && nw_store_write(people->store, insert_person, &making, err)
             : nw_no_memory(err);
    json_decref(body);
    return good;
}

/* Asks the directory where the password is its own; a locked account's is not tried there. */
static bool ask_directory(struct nw_people *people, struct entering *entering,
                          const char *password, struct nw_err *err)
{
    const struct nw_directory *directory = people->directory;
    struct nw_directory_answer answer = {0};
    const bool is_new = !entering->found && directory && directory->makes;
    if (!directory || (!entering->by_directory && !is_new) || entering->locked ||
        !is_login(entering->login) || !*password || strlen(password) > 256)
        return true;
    if (!directory->ask(directory->context, entering->login, password, &answer, err))
        return false;
    entering->password_holds = answer.holds;
    return !answer.holds || entering->found ||
           make_known(people, entering->login, &answer, err);
}

/* The second factor, opened; false when there is none under this member. */
static bool open_second(const struct record *record, const char *member,
                        const uint8_t seal[NW_KEY_BYTES], uint8_t out[NW_SECOND_BYTES])
{
    uint8_t sealed[NW_SECOND_BYTES + NW_SEAL_EXTRA];
    struct nw_err ignored = {0};
    const char *hex = json_string_value(json_object_get(record->secret, member));
    return hex && nw_hex_parse(hex, sizeof sealed, sealed) &&
           nw_unseal(seal, record->id, sealed, sizeof sealed, out, &ignored);
}

static bool second_holds(struct record *record, const char *member, const char *code,
                         const uint8_t seal[NW_KEY_BYTES], struct nw_err *err)
{
    uint8_t secret[NW_SECOND_BYTES];
    if (!open_second(record, member, seal, secret))
        return false;
    int64_t step =
        nw_second_step(secret, code, (int64_t)time(NULL), secret_whole(record, "second_step"));
    nw_wipe(secret, sizeof secret);
    return step > 0 && secret_set(record, "second_step", json_integer(step), err);
}

static bool must_change(const json_t *body, const json_t *secret)
{
    return json_is_true(json_object_get(secret, "one_time")) &&
           !json_is_true(json_object_get(body, "directory"));
}

static bool enter_session(struct nw_tx *tx, struct entering *entering,
                          const struct record *record, const char *now, struct nw_err *err)
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

static bool judge_entering(struct entering *entering, struct record *record, const char *now,
                           struct nw_err *err)
{
    const char *until = json_string_value(json_object_get(record->secret, "locked"));
    entering->locked = until && strcmp(until, now) > 0;
    bool closed = json_is_true(json_object_get(record->body, "closed"));
    bool second = json_object_get(record->secret, "second") == NULL ||
                  second_holds(record, "second", entering->second, entering->seal, err);
    entering->denied = entering->locked || closed || !entering->password_holds || !second;
    if (!entering->denied)
        return secret_set(record, "fails", NULL, err) &&
               secret_set(record, "locked", NULL, err);
    if (entering->locked)
        return true;
    int64_t fails = secret_whole(record, "fails") + 1;
    char then[NW_TIME_TEXT];
    nw_time_after(now, LOCKED_S, then);
    return secret_set(record, "fails", json_integer(fails % FAILURES), err) &&
           (fails < FAILURES || secret_set(record, "locked", json_string(then), err));
}

static bool enter(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct entering *entering = (struct entering *)context;
    struct record record;
    char now[NW_TIME_TEXT];
    bool found;
    entering->denied = true;
    if (!nw_ledger_time(tx, now, err) ||
        !record_read(tx, "login", entering->login, &found, &record, err))
        return false;
    bool good = !found ||
                (judge_entering(entering, &record, now, err) && secret_write(tx, &record, err));
    if (good && found && !entering->denied)
        good = enter_session(tx, entering, &record, now, err);
    struct nw_row row = {.person = found ? record.id : NULL,
                         .session = entering->denied ? NULL : entering->out->id,
                         .act = entering->denied ? "login.denied" : "login"};
    good = good && nw_ledger_append(tx, &row, now, NULL, NULL, err);
    record_release(&record);
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

/* ------------------------------------------------------------------ one's own secrets */

/* A change to one's own record, kept with a row that says what, not how. */
struct own {
    const struct nw_people *people;
    const struct nw_session *session;
    const char *act, *text; /* text: a new hash, code or sealed secret */
    char login[65], hash[NW_HASHED_TEXT];
};

static bool own_row(struct nw_tx *tx, const struct own *own, struct nw_err *err)
{
    char time[NW_TIME_TEXT];
    struct nw_row row = {
        .person = own->session->person, .session = own->session->id, .act = own->act};
    return nw_ledger_time(tx, time, err) && nw_ledger_append(tx, &row, time, NULL, NULL, err);
}

static bool own_hash(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct own *own = (struct own *)context;
    struct record record;
    bool found;
    if (!record_read(tx, "id", own->session->person, &found, &record, err))
        return false;
    const char *hash = json_string_value(json_object_get(record.secret, "password"));
    snprintf(own->hash, sizeof own->hash, "%s", found && hash ? hash : "");
    snprintf(own->login, sizeof own->login, "%s", record.login);
    record_release(&record);
    return true;
}

static bool write_password(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct own *own = (struct own *)context;
    struct record record;
    bool found;
    if (!record_read(tx, "id", own->session->person, &found, &record, err))
        return false;
    bool good =
        !found ? nw_fail(err, NW_ERR_NOTFOUND, "there is no such person")
               : secret_set(&record, "password", json_string(own->text), err) &&
                     secret_set(&record, "one_time", NULL, err) &&
                     secret_write(tx, &record, err) && own_row(tx, own, err) &&
                     /* whoever else was in with the old one is out */
                     nw_tx_run(tx,
                               "DELETE FROM sessions WHERE person = ? AND "
                               "substr(token, 1, 16) <> ?",
                               NW_VALUES(NW_STRING(record.id), NW_STRING(own->session->id)),
                               NULL, err);
    record_release(&record);
    return good;
}

bool nw_password_change(struct nw_people *people, const struct nw_session *own_session,
                        const char *old, const char *fresh, struct nw_err *err)
{
    struct own own = {.people = people, .session = own_session, .act = "password.change"};
    char hash[NW_HASHED_TEXT];
    if (json_is_true(json_object_get(own_session->body, "directory")))
        return nw_fail(err, NW_ERR_STATE,
                       "this password is the directory's: it is changed there");
    if (!nw_store_read(people->store, own_hash, &own, err) ||
        !nw_password_strong(fresh, own.login, err))
        return false;
    if (!nw_password_holds(own.hash, old))
        return nw_fail(err, NW_ERR_DENIED, "the old password is not right");
    if (strcmp(old, fresh) == 0)
        return nw_fail(err, NW_ERR_ARGUMENT, "the new password is the old one");
    if (!nw_password_hash(fresh, hash, err))
        return false;
    own.text = hash;
    return nw_store_write(people->store, write_password, &own, err);
}

static bool write_second(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct own *own = (struct own *)context;
    struct record record;
    bool found;
    if (!record_read(tx, "id", own->session->person, &found, &record, err))
        return false;
    bool good = !found ? nw_fail(err, NW_ERR_NOTFOUND, "there is no such person")
                       : secret_set(&record, "second_new", json_string(own->text), err) &&
                             secret_write(tx, &record, err) && own_row(tx, own, err);
    record_release(&record);
    return good;
}

/* RFC 4648: what readers of second factors take. */
static void write_base32(const uint8_t bytes[NW_SECOND_BYTES], char out[33])
{
    static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (int i = 0; i < 32; i++) {
        int bit = 5 * i, at = bit / 8, shift = 11 - bit % 8;
        unsigned two =
            (unsigned)bytes[at] << 8 | (at + 1 < NW_SECOND_BYTES ? bytes[at + 1] : 0);
        out[i] = letter[two >> shift & 31];
    }
    out[32] = 0;
}

bool nw_second_make(struct nw_people *people, const struct nw_session *own_session,
                    char secret[33], struct nw_err *err)
{
    uint8_t chance[NW_SECOND_BYTES], sealed[NW_SECOND_BYTES + NW_SEAL_EXTRA];
    char hex[2 * sizeof sealed + 1];
    if (!nw_random(chance, sizeof chance, err) ||
        !nw_seal(people->seal, own_session->person, chance, sizeof chance, sealed, err))
        return false;
    write_base32(chance, secret);
    nw_hex_format(sealed, sizeof sealed, hex);
    struct own own = {
        .people = people, .session = own_session, .act = "second.make", .text = hex};
    return nw_store_write(people->store, write_second, &own, err);
}

static bool confirm_second(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct own *own = (struct own *)context;
    struct record record;
    bool found;
    if (!record_read(tx, "id", own->session->person, &found, &record, err))
        return false;
    json_t *fresh = json_incref(json_object_get(record.secret, "second_new"));
    bool good;
    if (!found || !fresh ||
        !second_holds(&record, "second_new", own->text, own->people->seal, err))
        good = err->code ? false
                         : nw_fail(err, NW_ERR_DENIED,
                                   "the code is not the one of the new second factor");
    else
        good = secret_set(&record, "second", json_incref(fresh), err) &&
               secret_set(&record, "second_new", NULL, err) && secret_write(tx, &record, err) &&
               own_row(tx, own, err);
    json_decref(fresh);
    record_release(&record);
    return good;
}

bool nw_second_confirm(struct nw_people *people, const struct nw_session *own_session,
                       const char *code, struct nw_err *err)
{
    struct own own = {
        .people = people, .session = own_session, .act = "second.confirm", .text = code};
    return nw_store_write(people->store, confirm_second, &own, err);
}

struct resetting {
    const struct nw_session *by;
    const char *id;
};

static bool reset_second(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct resetting *resetting = (const struct resetting *)context;
    struct record record;
    bool found;
    char time[NW_TIME_TEXT];
    if (!record_read(tx, "id", resetting->id, &found, &record, err))
        return false;
    json_t *note = json_pack("{s:s}", "person", resetting->id);
    const struct nw_row row = {.person = resetting->by->person,
                               .session = resetting->by->id,
                               .act = "second.reset",
                               .body = note};
    bool good = !note    ? nw_no_memory(err)
                : !found ? nw_fail(err, NW_ERR_NOTFOUND, "there is no such person")
                : !json_object_get(record.secret, "second")
                    ? nw_fail(err, NW_ERR_STATE, "this person has no second factor")
                    : secret_set(&record, "second", NULL, err) &&
                          secret_set(&record, "second_new", NULL, err) &&
                          secret_write(tx, &record, err) &&
                          nw_tx_run(tx, "DELETE FROM sessions WHERE person = ?",
                                    NW_VALUES(NW_STRING(resetting->id)), NULL, err) &&
                          nw_ledger_time(tx, time, err) &&
                          nw_ledger_append(tx, &row, time, NULL, NULL, err);
    json_decref(note);
    record_release(&record);
    return good;
}

bool nw_second_reset(struct nw_people *people, const struct nw_session *by, const char *id,
                     struct nw_err *err)
{
    struct resetting resetting = {.by = by, .id = id};
    if (!nw_session_has(by, "security"))
        return nw_fail(err, NW_ERR_DENIED, "this is for the role %s", "security");
    if (strcmp(by->person, id) == 0)
        return nw_fail(err, NW_ERR_STATE,
                       "one's own second factor is taken away by another administrator");
    return nw_store_write(people->store, reset_second, &resetting, err);
}

/* ------------------------------------------------------------------ signing keys */

struct keeping {
    const struct nw_session *own;
    const char *id, *kind, *shown, *sealed;
    char until[NW_TIME_TEXT];
};

static bool keep_key(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct keeping *keeping = (struct keeping *)context;
    char now[NW_TIME_TEXT];
    if (!nw_ledger_time(tx, now, err))
        return false;
    nw_time_after(now, KEY_YEARS_S, keeping->until);
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "key", keeping->id, "kind", keeping->kind,
                             "public", keeping->shown, "until", keeping->until);
    struct nw_row row = {.person = keeping->own->person,
                         .session = keeping->own->id,
                         .act = "key.make",
                         .body = body};
    bool good =
        body ? nw_tx_run(tx,
                         "UPDATE signing_keys SET revoked = ? WHERE person = ? AND "
                         "revoked IS NULL",
                         NW_VALUES(NW_STRING(now), NW_STRING(keeping->own->person)), NULL,
                         err) &&
                   nw_tx_run(tx,
                             "INSERT INTO signing_keys (id, person, kind, public, sealed, "
                             "created, until) VALUES (?, ?, ?, ?, ?, ?, ?)",
                             NW_VALUES(NW_STRING(keeping->id), NW_STRING(keeping->own->person),
                                       NW_STRING(keeping->kind), NW_STRING(keeping->shown),
                                       NW_STRING(keeping->sealed), NW_STRING(now),
                                       NW_STRING(keeping->until)),
                             NULL, err) &&
                   nw_ledger_append(tx, &row, now, NULL, NULL, err)
             : nw_no_memory(err);
    json_decref(body);
    return good;
}

enum { SEALED = NW_SALT_BYTES + NW_SECRET_BYTES + NW_SEAL_EXTRA };

bool nw_signing_key_make(struct nw_people *people, const struct nw_session *own,
                         enum nw_signature_kind kind, const char *passphrase, json_t **reply,
                         struct nw_err *err)
{
    uint8_t secret[NW_SECRET_BYTES], key[NW_KEY_BYTES], sealed[SEALED];
    struct nw_public_key shown;
    char id[NW_ID_TEXT], shown_hex[2 * NW_PUBLIC_MAX + 1], sealed_hex[2 * SEALED + 1];
    if (!nw_password_strong(passphrase, "", err) || !nw_id_make(id, err) ||
        !nw_key_make(kind, secret, &shown, err))
        return false;
    bool good = nw_random(sealed, NW_SALT_BYTES, err) &&
                nw_passphrase_key(passphrase, sealed, key, err) &&
                nw_seal(key, id, secret, sizeof secret, sealed + NW_SALT_BYTES, err);
    nw_wipe(secret, sizeof secret);
    nw_wipe(key, sizeof key);
    if (!good)
        return false;
    nw_hex_format(shown.byte, shown.size, shown_hex);
    nw_hex_format(sealed, sizeof sealed, sealed_hex);
    struct keeping keeping = {.own = own,
                              .id = id,
                              .kind = nw_signature_kind_name(kind),
                              .shown = shown_hex,
                              .sealed = sealed_hex};
    if (!nw_store_write(people->store, keep_key, &keeping, err))
        return false;
    *reply = json_pack("{s:s, s:s, s:s, s:s}", "id", id, "kind", keeping.kind, "public",
                       shown_hex, "until", keeping.until);
    return *reply || nw_no_memory(err);
}

struct fetching {
    const char *person;
    char id[NW_ID_TEXT], kind[16], shown[2 * NW_PUBLIC_MAX + 1], sealed[2 * SEALED + 1];
    bool found;
};

static bool fetch_key(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct fetching *fetching = (struct fetching *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    if (!nw_tx_query(tx, &arena,
                     "SELECT id, kind, public, sealed FROM signing_keys WHERE person = ? AND "
                     "revoked IS NULL AND until > ?",
                     NW_VALUES(NW_STRING(fetching->person), NW_STRING(now)), &rows, err))
        return false;
    fetching->found = rows.count == 1;
    if (!fetching->found)
        return true;
    snprintf(fetching->id, sizeof fetching->id, "%s", nw_row_text(&rows, 0, 0));
    snprintf(fetching->kind, sizeof fetching->kind, "%s", nw_row_text(&rows, 0, 1));
    snprintf(fetching->shown, sizeof fetching->shown, "%s", nw_row_text(&rows, 0, 2));
    snprintf(fetching->sealed, sizeof fetching->sealed, "%s", nw_row_text(&rows, 0, 3));
    return true;
}

bool nw_signing_key_open(struct nw_people *people, const struct nw_session *own,
                         const char *passphrase, struct nw_signing_key *out, struct nw_err *err)
{
    struct fetching fetching = {.person = own->person};
    uint8_t key[NW_KEY_BYTES], sealed[SEALED];
    *out = (struct nw_signing_key){0};
    if (!nw_store_read(people->store, fetch_key, &fetching, err))
        return false;
    if (!fetching.found)
        return nw_fail(
            err, NW_ERR_STATE,
            "this person has no valid signing key: make one with a passphrase first");
    out->shown.size = strlen(fetching.shown) / 2;
    memcpy(out->id, fetching.id, sizeof out->id);
    if (!nw_signature_kind_of(fetching.kind, &out->shown.kind) ||
        !nw_hex_parse(fetching.shown, out->shown.size, out->shown.byte) ||
        !nw_hex_parse(fetching.sealed, SEALED, sealed))
        return nw_fail(err, NW_ERR_DATA, "a signing key in the database is broken");
    struct nw_err shut = {0};
    bool good = nw_passphrase_key(passphrase, sealed, key, err) &&
                nw_unseal(key, out->id, sealed + NW_SALT_BYTES, SEALED - NW_SALT_BYTES,
                          out->secret, &shut);
    nw_wipe(key, sizeof key);
    if (!good && !err->code)
        nw_fail(err, NW_ERR_DENIED, "the passphrase does not open the signing key");
    return good;
}
