/* bench/fill.c -- a server's data folder with many cases in it, each entry judged by the flow,
 * signed where it must be, chained in the ledger and filed for search as by the desk itself;
 * only the passphrases, slow on purpose, are opened once and not at each signature, and many
 * cases share one transaction.
 *
 * usage: bench_fill FOLDER WHOLE SHORT [DATABASE]. FOLDER is what examples/case/run left: its
 * case is the pattern. WHOLE cases get all its entries, SHORT ones the first two to four,
 * spread over five casts of persons. FOLDER/tokens gets "token role case" of a session
 * of each of the teams' persons. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "case/desk_priv.h"

enum { CASTS = 5, BATCH = 50, PEOPLE = 32, SWAPS = 16 };

struct person {
    char role[32], id[CASTS][NW_ID_TEXT], token[CASTS][NW_TOKEN_TEXT];
    struct nw_signing_key key[CASTS];
};

struct fill {
    struct nw_desk *desk;
    json_t *pattern; /* entries of the played case */
    json_t *files;   /* its rows of case_files: [name, sha256, bytes, media] */
    struct person person[PEOPLE];
    int people;
    int64_t from, to, whole;
    int64_t rows, signatures;
    char last[CASTS][NW_ID_TEXT]; /* a whole case of each cast */
};

static struct nw_err err;

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench_fill: %s: %s\n", what, err.msg);
    exit(1);
}

static double now_s(clockid_t which)
{
    struct timespec t;
    (void)clock_gettime(which, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ------------------------------------------------------------------ the pattern */

static bool read_pattern(struct nw_tx *tx, void *context, struct nw_err *failure)
{
    struct fill *fill = (struct fill *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    fill->pattern = json_array();
    fill->files = json_array();
    if (!nw_tx_query(tx, &arena,
                     "SELECT l.body FROM ledger l WHERE l.act = 'case.entry' AND l.case_id = "
                     "(SELECT c.id FROM cases c ORDER BY c.id LIMIT 1) ORDER BY l.number",
                     NW_NO_VALUES, &rows, failure))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        json_t *body = json_loads(nw_row_text(&rows, i, 0), 0, NULL);
        (void)json_array_append(fill->pattern, json_object_get(body, "entry"));
        json_decref(body);
    }
    if (!nw_tx_query(tx, &arena,
                     "SELECT name, sha256, bytes, media FROM case_files WHERE case_id = "
                     "(SELECT c.id FROM cases c ORDER BY c.id LIMIT 1) ORDER BY number",
                     NW_NO_VALUES, &rows, failure))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        (void)json_array_append_new(
            fill->files,
            json_pack("[s, s, I, s]", nw_row_text(&rows, i, 0), nw_row_text(&rows, i, 1),
                      (json_int_t)nw_row_whole(&rows, i, 2), nw_row_text(&rows, i, 3)));
    return true;
}

/* ------------------------------------------------------------------ people */

/* The words examples/case/run gives its persons: the login backwards, its first letter large.
 */
static void turned(const char *login, char out[80])
{
    const size_t len = strlen(login);
    for (size_t i = 0; i < len; i++)
        out[i] = login[len - 1 - i];
    out[len] = 0;
    if (out[0] >= 'a' && out[0] <= 'z')
        out[0] = (char)(out[0] - 32);
}

static void enter(struct fill *fill, struct person *person, int cast, const char *login)
{
    char word[80], passphrase[128], password[128];
    struct nw_session own;
    turned(login, word);
    (void)snprintf(passphrase, sizeof passphrase, "Sign-With-%s-2026", word);
    (void)snprintf(password, sizeof password, "Begin-Here-%s2!", word);
    if (cast > 0) {
        char one_time[128];
        json_t *reply = NULL;
        (void)snprintf(one_time, sizeof one_time, "Begin-Here-%s1!", word);
        must(nw_login(fill->desk->people, login, one_time, NULL, person->token[cast], &own,
                      &err) &&
                 nw_password_change(fill->desk->people, &own, one_time, password, &err) &&
                 nw_signing_key_make(fill->desk->people, &own, NW_ED25519, passphrase, &reply,
                                     &err),
             login);
        json_decref(reply);
        nw_session_release(&own);
    }
    must(
        nw_login(fill->desk->people, login, password, NULL, person->token[cast], &own, &err) &&
            nw_signing_key_open(fill->desk->people, &own, passphrase, &person->key[cast], &err),
        login);
    (void)snprintf(person->id[cast], NW_ID_TEXT, "%s", own.person);
    nw_session_release(&own);
}

/* The persons of the pattern, and four more of each. */
static void hire(struct fill *fill)
{
    json_t *list = NULL;
    size_t i;
    const json_t *known;
    struct nw_session by = {0}; /* the operator at the command line */
    struct nw_session keeper = {.body = json_pack("{s:[s]}", "roles", "security")};
    must(nw_people_list(fill->desk->people, &keeper, false, &list, &err), "people");
    nw_session_release(&keeper);
    json_array_foreach(list, i, known)
    {
        const char *login = json_string_value(json_object_get(known, "login"));
        if (strcmp(login, "admin") == 0)
            continue;
        struct person *person = &fill->person[fill->people++];
        must(fill->people <= PEOPLE, "too many people");
        (void)snprintf(person->role, sizeof person->role, "%s",
                       json_string_value(json_array_get(json_object_get(known, "roles"), 0)));
        enter(fill, person, 0, login);
        for (int cast = 1; cast < CASTS; cast++) {
            char name[80], word[80], one_time[128];
            json_t *request = json_deep_copy(known), *reply = NULL;
            (void)snprintf(name, sizeof name, "%.60s%d", login, cast);
            turned(name, word);
            (void)snprintf(one_time, sizeof one_time, "Begin-Here-%s1!", word);
            (void)json_object_set_new(request, "login", json_string(name));
            (void)json_object_set_new(request, "password", json_string(one_time));
            (void)json_object_del(request, "id");
            must(nw_person_make(fill->desk->people, &by, request, &reply, &err), name);
            json_decref(request);
            json_decref(reply);
            enter(fill, person, cast, name);
        }
    }
    json_decref(list);
}

/* ------------------------------------------------------------------ one case */

struct swaps {
    const char *from[SWAPS + PEOPLE], *to[SWAPS + PEOPLE];
    int count;
};

static void swap(struct swaps *swaps, const char *from, const char *to)
{
    swaps->from[swaps->count] = from;
    swaps->to[swaps->count++] = to;
}

/* A new value with every text that is on the list as another. Depth: that of an entry. */
static json_t *swapped(const json_t *value, const struct swaps *swaps)
{
    json_t *out, *item;
    const char *key;
    size_t i;
    if (json_is_string(value)) {
        for (int k = 0; k < swaps->count; k++)
            if (strcmp(json_string_value(value), swaps->from[k]) == 0)
                return json_string(swaps->to[k]);
    } else if (json_is_array(value)) {
        out = json_array();
        json_array_foreach(value, i, item)(void)
            json_array_append_new(out, swapped(item, swaps));
        return out;
    } else if (json_is_object(value)) {
        out = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, key, item)(void)
            json_object_set_new(out, key, swapped(item, swaps));
        return out;
    }
    return json_incref((json_t *)(uintptr_t)value);
}

static const struct nw_signing_key *key_of(const struct fill *fill, int cast, const char *id)
{
    for (int i = 0; i < fill->people; i++)
        if (strcmp(fill->person[i].id[cast], id) == 0)
            return &fill->person[i].key[cast];
    must(false, "an entry by nobody of its cast");
    return NULL;
}

static void sign(struct fill *fill, const struct nw_case *state, json_t *entry, int cast)
{
    char shown[2 * NW_PUBLIC_MAX + 1], value[2 * NW_SIGNATURE_MAX + 1];
    const struct nw_signing_key *key = key_of(
        fill, cast, json_string_value(json_object_get(json_object_get(entry, "actor"), "id")));
    struct nw_signature signature;
    size_t len = 0;
    (void)json_object_del(entry, "signature");
    json_t *statement = nw_case_statement_of(state, entry, &err);
    must(statement != NULL, "statement");
    char *text = nw_canonical(statement, &len, &err);
    must(text && nw_sign(key->secret, &key->shown, text, len, &signature, &err), "signature");
    nw_free(text);
    nw_hex_format(key->shown.byte, key->shown.size, shown);
    nw_hex_format(signature.byte, signature.size, value);
    (void)json_object_set_new(
        entry, "signature",
        json_pack("{s:o, s:s, s:s, s:s, s:s}", "statement", statement, "key", key->id, "kind",
                  nw_signature_kind_name(key->shown.kind), "public", shown, "value", value));
    fill->signatures++;
}

static bool put_case(struct nw_tx *tx, const char *id, int64_t serial, const char *time,
                     struct nw_err *failure)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%.4s-%05lld", time, (long long)serial + 2);
    return nw_tx_run(
        tx,
        "INSERT INTO cases (id, number, type, stage, summary, entries, digest, created, "
        "updated) VALUES (?, ?, '', '', '{}', 0, '', ?, ?)",
        NW_VALUES(NW_STRING(id), NW_STRING(number), NW_STRING(time), NW_STRING(time)), NULL,
        failure);
}

static bool put_files(struct nw_tx *tx, struct fill *fill, const char *id,
                      struct nw_err *failure)
{
    size_t i;
    const json_t *file;
    json_array_foreach(fill->files, i, file)
    {
        if (!nw_tx_run(tx,
                       "INSERT INTO case_files (case_id, number, name, sha256, bytes, media) "
                       "VALUES (?, ?, ?, ?, ?, ?)",
                       NW_VALUES(NW_STRING(id), NW_WHOLE((int64_t)i + 1),
                                 NW_STRING(json_string_value(json_array_get(file, 0))),
                                 NW_STRING(json_string_value(json_array_get(file, 1))),
                                 NW_WHOLE(json_integer_value(json_array_get(file, 2))),
                                 NW_STRING(json_string_value(json_array_get(file, 3)))),
                       NULL, failure))
            return false;
    }
    return true;
}

static const char *text_in(const json_t *entry, const char *field)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(entry, "form"), field));
    return text ? text : "";
}

static bool fill_one(struct nw_tx *tx, struct fill *fill, int64_t serial,
                     struct nw_err *failure)
{
    static const char *const site[] = {"Pelvic",     "Femoral",  "Cranial", "Tibial",
                                       "Mandibular", "Scapular", "Spinal",  "Talar"};
    static const char *const part[] = {"Orthopaedics", "Maxillofacial", "Neurosurgery",
                                       "Oncology", "Hand surgery"};
    char id[NW_ID_TEXT], time[NW_TIME_TEXT], title[80], patient[32], code[64];
    const bool whole = serial < fill->whole;
    const int cast = (int)(serial % CASTS);
    const size_t all = json_array_size(fill->pattern);
    const size_t count = whole ? all : 2 + (size_t)(serial % 3);
    const json_t *open = json_array_get(fill->pattern, 0);
    struct swaps swaps = {0};
    (void)snprintf(title, sizeof title, "%s reconstruction %c%c%lld", site[serial % 8],
                   (char)('a' + serial * 7 % 26), (char)('a' + serial / 26 % 26),
                   (long long)serial);
    (void)snprintf(patient, sizeof patient, "ZY-%06lld", (long long)serial + 200000);
    swap(&swaps, text_in(open, "title"), title);
    swap(&swaps, text_in(open, "patient"), patient);
    swap(&swaps, text_in(open, "department"), part[serial % 5]);
    for (size_t i = 0; i < all; i++) {
        const char *given = text_in(json_array_get(fill->pattern, i), "device_code");
        if (*given && swaps.count < 4) {
            (void)snprintf(code, sizeof code, "%.40s-%lld", given, (long long)serial);
            swap(&swaps, given, code);
        }
    }
    for (int i = 0; i < fill->people; i++)
        swap(&swaps, fill->person[i].id[0], fill->person[i].id[cast]);
    struct nw_held_case held = {.state = nw_case_new(fill->desk->flow, failure)};
    bool good = held.state && nw_id_make(id, failure) && nw_ledger_time(tx, time, failure) &&
                put_case(tx, id, serial, time, failure);
    for (size_t i = 0; good && i < count; i++) {
        json_t *entry = swapped(json_array_get(fill->pattern, i), &swaps);
        const json_t *actor = json_object_get(entry, "actor");
        char before[NW_DIGEST_TEXT];
        int64_t number;
        nw_digest digest;
        nw_case_next(held.state, &number, before);
        (void)json_object_set_new(entry, "case", json_string(id));
        (void)json_object_set_new(entry, "time", json_string(time));
        (void)json_object_set_new(entry, "before", json_string(before));
        if (json_object_get(entry, "signature"))
            sign(fill, held.state, entry, cast);
        good = nw_case_apply(held.state, entry, failure) &&
               nw_canonical_digest(entry, &digest, failure);
        json_t *body = json_pack("{s:o}", "entry", entry);
        const struct nw_row row = {.person = json_string_value(json_object_get(actor, "id")),
                                   .role = json_string_value(json_object_get(actor, "role")),
                                   .session = "0000000000000000",
                                   .case_id = id,
                                   .act = "case.entry",
                                   .body = body};
        good = good && nw_ledger_append(tx, &row, time, NULL, NULL, failure);
        if (good) {
            held.entries++;
            nw_digest_format(&digest, held.digest);
        }
        json_decref(body);
        fill->rows++;
    }
    good = good && nw_case_index(tx, &held, id, time, NULL, failure) &&
           (!whole || put_files(tx, fill, id, failure));
    if (good && whole)
        memcpy(fill->last[cast], id, sizeof id);
    nw_case_free(held.state);
    return good;
}

static bool fill_batch(struct nw_tx *tx, void *context, struct nw_err *failure)
{
    struct fill *fill = (struct fill *)context;
    for (int64_t i = fill->from; i < fill->to; i++)
        if (!fill_one(tx, fill, i, failure))
            return false;
    return true;
}

/* PostgreSQL plans by what it knows of the tables, which here grow faster than it looks. */
static bool look_again(struct nw_tx *tx, void *context, struct nw_err *failure)
{
    (void)context;
    return nw_tx_run(tx, "ANALYZE", NW_NO_VALUES, NULL, failure);
}

/* Others see a case only while they have something to do in it. */
static bool is_of_team(const struct fill *fill, const struct person *person)
{
    size_t i, k;
    const json_t *entry, *member;
    json_array_foreach(fill->pattern, i, entry)
    {
        const json_t *members = json_object_get(json_object_get(entry, "form"), "members");
        json_array_foreach(members, k, member)
        {
            const char *id = json_string_value(json_object_get(member, "person"));
            if (strcmp(id, person->id[0]) == 0)
                return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    struct fill *fill = NW_ALLOC(struct fill, 1, &err);
    must(fill != NULL, "memory");
    const int64_t total = strtoll(argv[2], NULL, 10) + strtoll(argv[3], NULL, 10);
    fill->whole = strtoll(argv[2], NULL, 10);
    fill->desk = nw_desk_open(argv[1], argc > 4 ? argv[4] : NULL, &err);
    must(fill->desk && nw_store_read(fill->desk->store, read_pattern, fill, &err), argv[1]);
    must(json_array_size(fill->pattern) > 4, "no case in it: examples/case/run makes one");
    hire(fill);
    const double cpu = now_s(CLOCK_PROCESS_CPUTIME_ID), wall = now_s(CLOCK_MONOTONIC);
    int64_t looked = 0;
    for (fill->from = 0; fill->from < total; fill->from = fill->to) {
        fill->to = fill->from + BATCH < total ? fill->from + BATCH : total;
        must(nw_store_write(fill->desk->store, fill_batch, fill, &err), "case");
        if (fill->to < 2 * looked && fill->to < total)
            continue;
        looked = fill->to;
        must(nw_store_write(fill->desk->store, look_again, NULL, &err), "statistics");
    }
    printf(
        "%lld cases, %lld of them whole: %lld entries, %lld signatures, %.1f CPU-s, %.1f s\n",
        (long long)total, (long long)fill->whole, (long long)fill->rows,
        (long long)fill->signatures, now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu,
        now_s(CLOCK_MONOTONIC) - wall);
    char path[4200];
    (void)snprintf(path, sizeof path, "%.4000s/tokens", argv[1]);
    FILE *out = fopen(path, "w");
    must(out != NULL, path);
    for (int cast = 0; cast < CASTS; cast++)
        for (int i = 0; i < fill->people; i++)
            if (is_of_team(fill, &fill->person[i]))
                (void)fprintf(out, "%s %s %s\n", fill->person[i].token[cast],
                              fill->person[i].role, fill->last[cast]);
    must(fclose(out) == 0, path);
    nw_desk_close(fill->desk);
    json_decref(fill->pattern);
    json_decref(fill->files);
    nw_free(fill);
    return 0;
}
