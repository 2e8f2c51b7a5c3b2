/* case/people_record.c -- one person's row: what he is, and his secrets. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "case/desk_priv.h"
#include "case/people_priv.h"
#include "case/secret_priv.h"

bool nw_is_login(const char *login)
{
    size_t len = login ? strlen(login) : 0;
    return len >= 2 && len <= 64 &&
           strspn(login, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

void nw_person_release(struct nw_person_record *record)
{
    json_decref(record->body);
    json_decref(record->secret);
    *record = (struct nw_person_record){0};
}

/* `by` is "id" or "login". Found false: nobody. */
bool nw_person_read(struct nw_tx *tx, const char *by, const char *value, bool *found,
                    struct nw_person_record *out, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    *out = (struct nw_person_record){0};
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
    nw_person_release(out);
    return nw_fail(err, NW_ERR_DATA, "a person's record in the database is broken");
}

bool nw_secret_write(struct nw_tx *tx, const struct nw_person_record *record,
                     struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE char *text = nw_canonical(record->secret, &len, err);
    return text && nw_tx_run(tx, "UPDATE people SET secret = ? WHERE id = ?",
                             NW_VALUES(NW_STRING(text), NW_STRING(record->id)), NULL, err);
}

int64_t nw_secret_whole(const struct nw_person_record *record, const char *key)
{
    return json_integer_value(json_object_get(record->secret, key));
}

/* Sets a member; a NULL value takes it away. Steals the value. */
bool nw_secret_set(struct nw_person_record *record, const char *key, json_t *value,
                   struct nw_err *err)
{
    if (!value) {
        (void)json_object_del(record->secret, key);
        return true;
    }
    return json_object_set_new(record->secret, key, value) == 0 || nw_no_memory(err);
}

/* The second factor, opened; false when there is none under this member. */
static bool open_second(const struct nw_person_record *record, const char *member,
                        const uint8_t seal[NW_KEY_BYTES], uint8_t out[NW_SECOND_BYTES])
{
    uint8_t sealed[NW_SECOND_BYTES + NW_SEAL_EXTRA];
    struct nw_err ignored = {0};
    const char *hex = json_string_value(json_object_get(record->secret, member));
    return hex && nw_hex_parse(hex, sizeof sealed, sealed) &&
           nw_unseal(seal, record->id, sealed, sizeof sealed, out, &ignored);
}

bool nw_secret_second_holds(struct nw_person_record *record, const char *member,
                            const char *code, const uint8_t seal[NW_KEY_BYTES],
                            struct nw_err *err)
{
    uint8_t secret[NW_SECOND_BYTES];
    if (!open_second(record, member, seal, secret))
        return false;
    int64_t step = nw_second_step(secret, code, (int64_t)time(NULL),
                                  nw_secret_whole(record, "second_step"));
    nw_wipe(secret, sizeof secret);
    return step > 0 && nw_secret_set(record, "second_step", json_integer(step), err);
}
