/* tests/unit/case/people_test.c -- who comes in, who does not, and whose signature it is.
 * Req: R-357 */
#include "case/people.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

static struct nw_store *store;
static struct nw_people *people;
static char first_password[NW_ONE_TIME_TEXT];

static bool enters(const char *login, const char *password, const char *second)
{
    struct nw_err err = {0};
    struct nw_session session;
    char token[NW_TOKEN_TEXT];
    bool good = nw_login(people, login, password, second, token, &session, &err);
    CHECK(good || err.code == NW_ERR_DENIED);
    if (good)
        nw_session_release(&session);
    return good;
}

static struct nw_session session_of(const char *login, const char *password,
                                    char token[NW_TOKEN_TEXT])
{
    struct nw_err err = {0};
    struct nw_session session = {0};
    CHECK(nw_login(people, login, password, NULL, token, &session, &err));
    return session;
}

/* `request` is taken over. */
static bool makes_of(json_t *request, enum nw_code expected)
{
    struct nw_err err = {0};
    char token[NW_TOKEN_TEXT];
    struct nw_session admin = session_of("admin", "Keep-It-Safe-9!", token);
    json_t *reply = NULL;
    bool good = nw_person_make(people, &admin, request, &reply, &err);
    CHECK(err.code == expected);
    json_decref(reply);
    json_decref(request);
    nw_session_release(&admin);
    return good;
}

static bool makes(const char *login, const char *roles, enum nw_code expected)
{
    return makes_of(json_pack("{s:s, s:s, s:s, s:o}", "login", login, "password",
                              "Begin-Here-1!", "name", "N", "roles",
                              json_loads(roles, 0, NULL)),
                    expected);
}

static void the_first_administrator_has_a_one_time_password(void)
{
    struct nw_err err = {0};
    char token[NW_TOKEN_TEXT], again[NW_ONE_TIME_TEXT];
    bool made;
    CHECK(nw_people_first(people, &made, first_password, &err) && made);
    CHECK(nw_people_first(people, &made, again, &err) && !made);
    struct nw_session session = session_of("admin", first_password, token);
    CHECK(session.must_change);
    CHECK(!nw_password_change(people, &session, "wrong", "Keep-It-Safe-9!", &err));
    CHECK(err.code == NW_ERR_DENIED);
    static const char *const weak[] = {"short-1A", "alllowercaseletters", "Has-admin-in-1t"};
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
        err = (struct nw_err){0};
        CHECK(!nw_password_change(people, &session, first_password, weak[i], &err));
        CHECK(err.code == NW_ERR_ARGUMENT);
    }
    err = (struct nw_err){0};
    CHECK(nw_password_change(people, &session, first_password, "Keep-It-Safe-9!", &err));
    nw_session_release(&session);
    CHECK(!enters("admin", first_password, NULL));
    CHECK(enters("admin", "Keep-It-Safe-9!", NULL));
}

static void duties_that_are_apart_are_not_joined(void)
{
    CHECK(!makes("both", "[\"administrator\", \"audit\"]", NW_ERR_DATA));
    CHECK(!makes("both", "[\"security\", \"surgeon\"]", NW_ERR_DATA));
    CHECK(!makes("none", "[]", NW_ERR_DATA));
    CHECK(!makes("NoGood", "[\"surgeon\"]", NW_ERR_DATA));
    CHECK(makes("zhao", "[\"surgeon\", \"physician\"]", NW_OK));
    CHECK(!makes("zhao", "[\"surgeon\"]", NW_ERR_CONFLICT));
}

/* Proofs that no rule could judge later are refused when they are entered. */
static void proofs_have_days_that_can_be_read(void)
{
    static const char *const none[] = {
        "\"skills\": [{\"what\": \"design\"}]",
        "\"skills\": [{\"what\": \"design\", \"until\": \"\"}]",
        "\"skills\": [{\"what\": \"design\", \"until\": \"2030-02-30\"}]",
        "\"skills\": [{\"what\": \"design\", \"until\": \"2030-12-31T00:00\"}]",
        "\"skills\": [{\"what\": \"\", \"until\": \"2030-12-31\"}]",
        "\"skills\": [\"design\"]",
        "\"skills\": {\"what\": \"design\", \"until\": \"2030-12-31\"}",
        "\"licence_until\": \"next year\"",
        "\"training_until\": \"31.12.2030\"",
    };
    char text[256];
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        snprintf(text, sizeof text,
                 "{\"login\": \"proof\", \"password\": \"Begin-Here-1!\", \"name\": \"N\", "
                 "\"roles\": [\"designer\"], %s}",
                 none[i]);
        CHECK(!makes_of(json_loads(text, 0, NULL), NW_ERR_DATA));
    }
    CHECK(
        makes_of(json_loads("{\"login\": \"proof\", \"password\": \"Begin-Here-1!\", "
                            "\"name\": \"N\", \"roles\": [\"designer\"], "
                            "\"licence_until\": \"2030-12-31\", \"training_until\": \"\", "
                            "\"skills\": [{\"what\": \"design\", \"until\": \"2028-02-29\"}]}",
                            0, NULL),
                 NW_OK));
}

static void a_session_is_found_by_its_token_until_it_is_left(void)
{
    struct nw_err err = {0};
    char token[NW_TOKEN_TEXT], other[NW_TOKEN_TEXT];
    struct nw_session session = session_of("zhao", "Begin-Here-1!", token), found;
    CHECK(nw_session_has(&session, "surgeon") && !nw_session_has(&session, "audit"));
    CHECK(nw_session_find(people, token, &found, &err));
    CHECK(strcmp(found.person, session.person) == 0 && strcmp(found.csrf, session.csrf) == 0);
    nw_session_release(&found);
    memcpy(other, token, sizeof other);
    other[10] = other[10] == '0' ? '1' : '0';
    CHECK(!nw_session_find(people, other, &found, &err) && err.code == NW_ERR_DENIED);
    err = (struct nw_err){0};
    CHECK(nw_logout(people, token, &err));
    CHECK(!nw_session_find(people, token, &found, &err) && err.code == NW_ERR_DENIED);
    nw_session_release(&session);
}

static void a_role_that_is_taken_away_is_gone_at_once(void)
{
    struct nw_err err = {0};
    char token[NW_TOKEN_TEXT], admin_token[NW_TOKEN_TEXT];
    struct nw_session session = session_of("zhao", "Begin-Here-1!", token), found;
    struct nw_session admin = session_of("admin", "Keep-It-Safe-9!", admin_token);
    json_t *request = json_pack("{s:s, s:[s]}", "name", "N", "roles", "physician");
    json_t *reply = NULL;
    CHECK(nw_person_change(people, &admin, session.person, 1, request, &reply, &err));
    json_decref(reply);
    CHECK(nw_session_find(people, token, &found, &err) && !nw_session_has(&found, "surgeon"));
    nw_session_release(&found);
    CHECK(!nw_person_change(people, &admin, session.person, 1, request, &reply, &err));
    CHECK(err.code == NW_ERR_CONFLICT);
    err = (struct nw_err){0};
    json_object_set_new(request, "closed", json_true());
    CHECK(nw_person_change(people, &admin, session.person, 2, request, &reply, &err));
    json_decref(reply);
    CHECK(!nw_session_find(people, token, &found, &err) && err.code == NW_ERR_DENIED);
    CHECK(!enters("zhao", "Begin-Here-1!", NULL));
    json_decref(request);
    nw_session_release(&session);
    nw_session_release(&admin);
}

static void code_now(const char *base32, int64_t shift, char out[7])
{
    char *secret = NULL;
    size_t len = 0;
    CHECK(oath_base32_decode(base32, strlen(base32), &secret, &len) == OATH_OK);
    CHECK(oath_totp_generate(secret, len, time(NULL) + shift, 30, 0, 6, out) == OATH_OK);
    free(secret);
}

/* The codes are those of an independent library, from the base32 text a person is given. */
static void a_second_factor_is_asked_once_confirmed_and_good_once(void)
{
    struct nw_err err = {0};
    char token[NW_TOKEN_TEXT], secret[33], code[7];
    CHECK(makes("qian", "[\"physician\"]", NW_OK));
    struct nw_session session = session_of("qian", "Begin-Here-1!", token);
    CHECK(nw_second_make(people, &session, secret, &err));
    CHECK(enters("qian", "Begin-Here-1!", NULL)); /* not confirmed yet */
    CHECK(!nw_second_confirm(people, &session, "000000", &err) && err.code == NW_ERR_DENIED);
    err = (struct nw_err){0};
    code_now(secret, -30, code);
    CHECK(nw_second_confirm(people, &session, code, &err));
    CHECK(!enters("qian", "Begin-Here-1!", NULL));
    CHECK(!enters("qian", "Begin-Here-1!", code)); /* used */
    code_now(secret, 0, code);
    CHECK(enters("qian", "Begin-Here-1!", code));
    CHECK(!enters("qian", "Begin-Here-1!", code));
    nw_session_release(&session);
}

static void five_failures_lock_the_account(void)
{
    CHECK(makes("sun", "[\"imaging\"]", NW_OK));
    CHECK(enters("sun", "Begin-Here-1!", NULL));
    for (int i = 0; i < 5; i++)
        CHECK(!enters("sun", "Begin-Here-2!", NULL));
    CHECK(!enters("sun", "Begin-Here-1!", NULL));
    CHECK(!enters("nobody", "Begin-Here-1!", NULL));
}

static void a_signing_key_opens_with_its_own_passphrase(void)
{
    struct nw_err err = {0};
    char token[NW_TOKEN_TEXT];
    CHECK(makes("li", "[\"designer\"]", NW_OK));
    struct nw_session session = session_of("li", "Begin-Here-1!", token);
    struct nw_signing_key key;
    json_t *reply = NULL;
    CHECK(!nw_signing_key_open(people, &session, "Sign-With-1", &key, &err));
    CHECK(err.code == NW_ERR_STATE);
    for (int kind = NW_ED25519; kind <= NW_SM2; kind++) {
        struct nw_signature signature;
        err = (struct nw_err){0};
        CHECK(nw_signing_key_make(people, &session, (enum nw_signature_kind)kind, "Sign-With-1",
                                  &reply, &err));
        json_decref(reply);
        CHECK(nw_signing_key_open(people, &session, "Sign-With-1", &key, &err));
        CHECK(key.shown.kind == (enum nw_signature_kind)kind);
        CHECK(nw_sign(key.secret, &key.shown, "text", 4, &signature, &err));
        CHECK(nw_signature_holds(&key.shown, "text", 4, &signature));
        CHECK(!nw_signing_key_open(people, &session, "Sign-With-2", &key, &err));
        CHECK(err.code == NW_ERR_DENIED);
    }
    nw_session_release(&session);
}

static void identifiers_sort_by_their_time_and_differ(void)
{
    char before[NW_ID_TEXT] = "", id[NW_ID_TEXT];
    struct nw_err err = {0};
    for (int i = 0; i < 100; i++) {
        CHECK(nw_id_make(id, &err) && strlen(id) == 26);
        CHECK(strncmp(before, id, 10) <= 0 && strcmp(before, id) != 0);
        memcpy(before, id, sizeof before);
    }
}

int main(void)
{
    char path[] = "/tmp/nuwa-people-XXXXXX", text[64];
    const uint8_t seal[NW_KEY_BYTES] = {1, 2, 3};
    struct nw_err err = {0};
    CHECK(mkdtemp(path) != NULL);
    snprintf(text, sizeof text, "%s/nuwa.db", path);
    store = nw_store_open(text, &err);
    people = store ? nw_people_open(store, seal, &err) : NULL;
    if (!people) {
        printf("Bail out! %s\n", err.msg);
        return 1;
    }
    UNIT(identifiers_sort_by_their_time_and_differ);
    UNIT(the_first_administrator_has_a_one_time_password);
    UNIT(duties_that_are_apart_are_not_joined);
    UNIT(proofs_have_days_that_can_be_read);
    UNIT(a_session_is_found_by_its_token_until_it_is_left);
    UNIT(a_role_that_is_taken_away_is_gone_at_once);
    UNIT(a_second_factor_is_asked_once_confirmed_and_good_once);
    UNIT(five_failures_lock_the_account);
    UNIT(a_signing_key_opens_with_its_own_passphrase);
    nw_people_close(people);
    nw_store_close(store);
    snprintf(text, sizeof text, "rm -r %s", path);
    CHECK(system(text) == 0);
    return unit_end();
}
