#include "case/people.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "case/desk_priv.h"
#include "case/flow_priv.h"
#include "case/people_priv.h"
#include "case/secret_priv.h"

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

static bool is_day(const json_t *value)
{
    int64_t day;
    return json_string_length(value) == 10 && nw_date_parse(json_string_value(value), &day);
}

/* What cannot be judged later is not kept: a proof whose day nobody can read is never valid. */
static bool check_skills(const json_t *skills, struct nw_err *err)
{
    enum { SKILLS_MOST = 100, TEXT_MOST = 200 };
    size_t i;
    const json_t *skill;
    bool fits = json_is_array(skills) && json_array_size(skills) <= SKILLS_MOST;
    json_array_foreach(skills, i, skill)
    {
        const size_t len = json_string_length(json_object_get(skill, "what"));
        fits = fits && len > 0 && len <= TEXT_MOST && is_day(json_object_get(skill, "until"));
    }
    return fits ||
           nw_fail(err, NW_ERR_DATA,
                   "skills are a list of at most %d {\"what\", \"until\"}: a text and a "
                   "day such as 2030-12-31",
                   SKILLS_MOST);
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
        const bool is_until = strstr(key, "_until") != NULL;
        bool fits = is_text ? json_is_string(value) && json_string_length(value) <= 200 &&
                                  (!is_until || json_string_length(value) == 0 || is_day(value))
                    : strcmp(key, "roles") == 0 ? check_roles(value, err)
                    : strcmp(key, "rank") == 0
                        ? json_is_integer(value) && json_integer_value(value) >= 0 &&
                              json_integer_value(value) <= 9
                    : strcmp(key, "skills") == 0 || strcmp(key, "experience") == 0
                        ? check_skills(value, err)
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

/* Somebody the directory knows and we do not: on record from now on, with no right. */
bool nw_person_make_known(struct nw_people *people, const char *login,
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

bool nw_person_make(struct nw_people *people, const struct nw_session *by,
                    const json_t *request, json_t **reply, struct nw_err *err)
{
    const char *login = json_string_value(json_object_get(request, "login"));
    const char *password = json_string_value(json_object_get(request, "password"));
    char id[NW_ID_TEXT], hash[NW_HASHED_TEXT];
    if (!nw_is_login(login))
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
    struct nw_person_record record;
    bool found;
    if (!changing->password_hash)
        return true;
    if (!nw_person_read(tx, "id", changing->id, &found, &record, err))
        return false;
    bool good = nw_secret_set(&record, "password", json_string(changing->password_hash), err) &&
                nw_secret_set(&record, "one_time", json_true(), err) &&
                nw_secret_set(&record, "fails", NULL, err) &&
                nw_secret_set(&record, "locked", NULL, err) &&
                nw_secret_write(tx, &record, err) &&
                nw_tx_run(tx, "DELETE FROM sessions WHERE person = ?",
                          NW_VALUES(NW_STRING(changing->id)), NULL, err);
    nw_person_release(&record);
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
