/* case/people_own.c -- what a person does to his own record: password, second factor, keys. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "case/desk_priv.h"
#include "case/people_priv.h"
#include "case/secret_priv.h"

enum { KEY_YEARS_S = 3 * 366 * 86400 };

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
    struct nw_person_record record;
    bool found;
    if (!nw_person_read(tx, "id", own->session->person, &found, &record, err))
        return false;
    const char *hash = json_string_value(json_object_get(record.secret, "password"));
    snprintf(own->hash, sizeof own->hash, "%s", found && hash ? hash : "");
    snprintf(own->login, sizeof own->login, "%s", record.login);
    nw_person_release(&record);
    return true;
}

static bool write_password(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct own *own = (struct own *)context;
    struct nw_person_record record;
    bool found;
    if (!nw_person_read(tx, "id", own->session->person, &found, &record, err))
        return false;
    bool good =
        !found ? nw_fail(err, NW_ERR_NOTFOUND, "there is no such person")
               : nw_secret_set(&record, "password", json_string(own->text), err) &&
                     nw_secret_set(&record, "one_time", NULL, err) &&
                     nw_secret_write(tx, &record, err) && own_row(tx, own, err) &&
                     /* whoever else was in with the old one is out */
                     nw_tx_run(tx,
                               "DELETE FROM sessions WHERE person = ? AND "
                               "substr(token, 1, 16) <> ?",
                               NW_VALUES(NW_STRING(record.id), NW_STRING(own->session->id)),
                               NULL, err);
    nw_person_release(&record);
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
    struct nw_person_record record;
    bool found;
    if (!nw_person_read(tx, "id", own->session->person, &found, &record, err))
        return false;
    bool good = !found ? nw_fail(err, NW_ERR_NOTFOUND, "there is no such person")
                       : nw_secret_set(&record, "second_new", json_string(own->text), err) &&
                             nw_secret_write(tx, &record, err) && own_row(tx, own, err);
    nw_person_release(&record);
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
    struct nw_person_record record;
    bool found;
    if (!nw_person_read(tx, "id", own->session->person, &found, &record, err))
        return false;
    json_t *fresh = json_incref(json_object_get(record.secret, "second_new"));
    bool good;
    if (!found || !fresh ||
        !nw_secret_second_holds(&record, "second_new", own->text, own->people->seal, err))
        good = err->code ? false
                         : nw_fail(err, NW_ERR_DENIED,
                                   "the code is not the one of the new second factor");
    else
        good = nw_secret_set(&record, "second", json_incref(fresh), err) &&
               nw_secret_set(&record, "second_new", NULL, err) &&
               nw_secret_write(tx, &record, err) && own_row(tx, own, err);
    json_decref(fresh);
    nw_person_release(&record);
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
    struct nw_person_record record;
    bool found;
    char time[NW_TIME_TEXT];
    if (!nw_person_read(tx, "id", resetting->id, &found, &record, err))
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
                    : nw_secret_set(&record, "second", NULL, err) &&
                          nw_secret_set(&record, "second_new", NULL, err) &&
                          nw_secret_write(tx, &record, err) &&
                          nw_tx_run(tx, "DELETE FROM sessions WHERE person = ?",
                                    NW_VALUES(NW_STRING(resetting->id)), NULL, err) &&
                          nw_ledger_time(tx, time, err) &&
                          nw_ledger_append(tx, &row, time, NULL, NULL, err);
    json_decref(note);
    nw_person_release(&record);
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
