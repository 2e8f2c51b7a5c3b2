/* case/shares.c -- links are made, listed, ended; see shares.h. */
#include <stdio.h>
#include <string.h>

#include "case/leaving.h"
#include "case/shares_priv.h"

enum { DAYS_MOST = 90, NOTE_BYTES = 500, OPENED_MOST = 1000 };

/* A link on its way. */
struct sharing {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *case_id, *id;
    const json_t *request;
    const struct nw_once *once;
    char token[2 * NW_SHARE_TOKEN_BYTES + 1], hidden[NW_DIGEST_TEXT];
    char label[24], until[NW_TIME_TEXT];
    struct nw_shared_file *file;
    size_t count;
    struct nw_identity identity;
    int64_t most; /* 0: as often as one likes */
    struct nw_leaving leaving;
    json_t *shown, *files;
    bool is_new;
    json_t *reply;
};

/* ------------------------------------------------------------------ making */

static bool check_request(struct sharing *s, struct nw_err *err)
{
    static const char *const known[] = {"until",  "files", "note",     "most",
                                        "ground", "to",    "reference"};
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)s->request, key, value)
    {
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(key, known[k]) != 0)
            k++;
        if (k == sizeof known / sizeof *known)
            return nw_fail(
                err, NW_ERR_DATA,
                "a link has \"until\", \"files\", \"ground\", \"to\", \"reference\", "
                "\"most\" and \"note\", no other member");
    }
    const json_t *note = json_object_get(s->request, "note"),
                 *files = json_object_get(s->request, "files");
    const char *until = json_string_value(json_object_get(s->request, "until"));
    char now[NW_TIME_TEXT];
    int64_t begin = 0, end = 0;
    nw_time_now(now);
    if (!until || !nw_time_parse(until, &end) || !nw_time_parse(now, &begin) || end <= begin ||
        end > begin + (int64_t)DAYS_MOST * 86400)
        return nw_fail(err, NW_ERR_DATA,
                       "\"until\" is a time such as 2026-03-01T08:30:00Z, from now on and at "
                       "most %d days away",
                       DAYS_MOST);
    nw_time_after(now, end - begin, s->until); /* as all times are written */
    if (note && (!json_is_string(note) || json_string_length(note) > NOTE_BYTES))
        return nw_fail(err, NW_ERR_DATA, "\"note\" is a text of at most %d bytes", NOTE_BYTES);
    const json_t *most = json_object_get(s->request, "most");
    s->most = json_integer_value(most);
    if (most && (!json_is_integer(most) || s->most < 1 || s->most > OPENED_MOST))
        return nw_fail(err, NW_ERR_DATA,
                       "\"most\" is how often the link may be opened, 1 to %d", OPENED_MOST);
    s->leaving =
        (struct nw_leaving){.how = "share", .person = s->who->person, .session = s->who->id};
    if (!nw_leaving_read(s->request, &s->leaving, err))
        return false;
    s->count = json_array_size(files);
    if (!json_is_array(files) || s->count == 0 || s->count > NW_SHARE_FILES)
        return nw_fail(err, NW_ERR_DATA, "\"files\" is a list of 1 to %d digests",
                       NW_SHARE_FILES);
    return true;
}

/* What the link will show of the case: kinds of things, nobody's. */
static json_t *shown_of(const struct sharing *s, const struct nw_case *state)
{
    static const char *const members[] = {"type", "device", "site", "side"};
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    json_t *summary = nw_case_summary(state, now), *out = json_object();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(summary, members[i]);
        const char *text = json_string_value(value);
        if (text && !nw_identity_in_text(&s->identity, text))
            (void)json_object_set(out, members[i], value);
    }
    json_decref(summary);
    return out;
}

static bool prepare(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct sharing *s = (struct sharing *)context;
    struct nw_held_case held;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    json_decref(s->reply);
    s->reply = NULL;
    s->identity.count = 0;
    json_t *kept = NULL;
    if (!nw_case_kept(s->desk, tx, s->who, s->case_id, &kept, err))
        return false;
    const json_t *wanted = json_object_get(s->request, "files");
    bool is_kept = false;
    for (size_t i = 0; i < s->count; i++) {
        const char *digest = json_string_value(json_array_get(wanted, i));
        is_kept = is_kept || (digest && json_object_get(kept, digest));
    }
    json_decref(kept);
    if (is_kept)
        return nw_fail(err, NW_ERR_DATA, "the case has no such file");
    if (!nw_once_find(tx, s->who, s->once, &s->reply, err))
        return false;
    if (s->reply)
        return true;
    if (!nw_tx_query(tx, &arena, "SELECT number FROM cases WHERE id = ?",
                     NW_VALUES(NW_STRING(s->case_id)), &rows, err))
        return false;
    const char *number = rows.count ? nw_row_text(&rows, 0, 0) : "";
    for (size_t i = 0; i < s->count; i++)
        if (!nw_shared_file(tx, s->case_id, json_string_value(json_array_get(wanted, i)), i + 1,
                            &s->file[i], err))
            return false;
    if (!nw_case_take(s->desk, tx, s->case_id, &held, err))
        return false;
    nw_identity_learn(&s->identity, s->case_id);
    nw_identity_learn(&s->identity, number);
    nw_identity_learn_from(&s->identity, held.state->entries);
    json_decref(s->shown);
    s->shown = shown_of(s, held.state);
    nw_case_return(&held);
    return s->shown || nw_no_memory(err);
}

static json_t *files_json(const struct sharing *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->count; i++) {
        char hex[NW_DIGEST_TEXT];
        nw_digest_format(&s->file[i].sha256, hex);
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "sha256", hex, "name",
                            s->file[i].plain, "of", s->file[i].name, "kind",
                            nw_shared_kind_name(s->file[i].kind), "media", s->file[i].media));
    }
    return list;
}

/* A row of the ledger: `body` is taken over. */
static bool tell(struct nw_tx *tx, const struct sharing *s, const char *act, const char *time,
                 json_t *body, struct nw_err *err)
{
    const struct nw_row row = {.person = s->who->person,
                               .session = s->who->id,
                               .case_id = s->case_id,
                               .act = act,
                               .body = body};
    const bool good =
        body ? nw_ledger_append(tx, &row, time, NULL, NULL, err) : nw_no_memory(err);
    json_decref(body);
    return good;
}

static bool keep_share(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct sharing *s = (struct sharing *)context;
    char time[NW_TIME_TEXT];
    size_t len;
    const char *note = json_string_value(json_object_get(s->request, "note"));
    NW_AUTOFREE char *shown = nw_canonical(s->shown, &len, err);
    NW_AUTOFREE char *files = shown ? nw_canonical(s->files, &len, err) : NULL;
    json_decref(s->reply);
    s->reply = NULL;
    s->is_new = false;
    if (!files || !nw_case_open_to(s->desk, tx, s->who, s->case_id, err) ||
        !nw_once_find(tx, s->who, s->once, &s->reply, err))
        return false;
    if (s->reply)
        return true;
    s->is_new = true;
    s->reply = json_pack("{s:s, s:s, s:s, s:s, s:O}", "share", s->id, "case", s->case_id,
                         "label", s->label, "until", s->until, "files", s->files);
    return s->reply && nw_ledger_time(tx, time, err) &&
           nw_leaving_put(s->desk, tx, s->case_id, &s->leaving, time, err) &&
           nw_tx_run(tx,
                     "INSERT INTO shares (id, token, case_id, person, created, until, shown, "
                     "files, note, most) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     NW_VALUES(NW_STRING(s->id), NW_STRING(s->hidden), NW_STRING(s->case_id),
                               NW_STRING(s->who->person), NW_STRING(time), NW_STRING(s->until),
                               NW_STRING(shown), NW_STRING(files), NW_STRING(note ? note : ""),
                               s->most ? NW_WHOLE(s->most) : NW_STRING(NULL)),
                     NULL, err) &&
           tell(tx, s, "share.make", time,
                json_pack("{s:s, s:s, s:s, s:O}", "share", s->id, "label", s->label, "until",
                          s->until, "files", s->files),
                err) &&
           nw_once_keep(tx, s->who, s->once, s->reply, time, err);
}

/* A secret, its digest, and a name by chance. */
static bool draw(struct sharing *s, char id[NW_ID_TEXT], struct nw_err *err)
{
    uint8_t secret[NW_SHARE_TOKEN_BYTES], label[5];
    nw_digest digest;
    if (!nw_id_make(id, err) || !nw_random(secret, sizeof secret, err) ||
        !nw_random(label, sizeof label, err))
        return false;
    s->id = id;
    nw_hex_format(secret, sizeof secret, s->token);
    nw_wipe(secret, sizeof secret);
    (void)snprintf(s->label, sizeof s->label, "NW-%02X%02X%02X%02X%02X", label[0], label[1],
                   label[2], label[3], label[4]);
    if (!nw_hash_bytes(s->token, strlen(s->token), &digest, err))
        return false;
    nw_digest_format(&digest, s->hidden);
    return json_object_set_new(s->shown, "label", json_string(s->label)) == 0 ||
           nw_no_memory(err);
}

static bool make(struct sharing *s, char id[NW_ID_TEXT], struct nw_err *err)
{
    if (!nw_store_read(s->desk->store, prepare, s, err))
        return false;
    if (s->reply)
        return true; /* answered before */
    for (size_t i = 0; i < s->count; i++)
        if (!nw_identity_look(&s->identity, s->desk->blobs, &s->file[i], err))
            return false;
    s->files = files_json(s);
    if (!draw(s, id, err))
        return false;
    if (!nw_store_write(s->desk->store, keep_share, s, err))
        return nw_leaving_refused(s->desk, s->case_id, &s->leaving, err);
    return !s->is_new || json_object_set_new(s->reply, "token", json_string(s->token)) == 0 ||
           nw_no_memory(err);
}

bool nw_share_make(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                   const json_t *request, const struct nw_once *once, json_t **reply,
                   struct nw_err *err)
{
    char id[NW_ID_TEXT];
    NW_AUTOFREE struct sharing *s = NW_ALLOC(struct sharing, 1, err);
    NW_AUTOFREE struct nw_shared_file *file =
        s ? NW_ALLOC(struct nw_shared_file, NW_SHARE_FILES, err) : NULL;
    if (!file)
        return false;
    *s = (struct sharing){.desk = desk,
                          .who = who,
                          .case_id = case_id,
                          .request = request,
                          .once = once,
                          .file = file};
    const bool good = check_request(s, err) && make(s, id, err);
    if (good)
        *reply = s->reply;
    else
        json_decref(s->reply);
    json_decref(s->shown);
    json_decref(s->files);
    nw_wipe(s->token, sizeof s->token);
    return good;
}

/* ------------------------------------------------------------------ names by a key */

bool nw_desk_derive(const struct nw_desk *desk, const char *what, const char *of,
                    nw_digest *out, struct nw_err *err)
{
    struct nw_hash *hash = nw_hash_new(err);
    const bool good = hash && nw_hash_add(hash, desk->secret, sizeof desk->secret, err) &&
                      nw_hash_add(hash, what, strlen(what) + 1, err) &&
                      nw_hash_add(hash, of, strlen(of), err) && nw_hash_end(hash, out, err);
    nw_hash_free(hash);
    return good;
}

bool nw_case_alias(const struct nw_desk *desk, const char *case_id,
                   uint8_t key[NW_CASE_KEY_BYTES], char name[NW_CASE_ALIAS], struct nw_err *err)
{
    nw_digest of_key, of_name;
    if (!nw_desk_derive(desk, "deidentify.key", case_id, &of_key, err) ||
        !nw_desk_derive(desk, "deidentify.name", case_id, &of_name, err))
        return false;
    memcpy(key, of_key.byte, NW_CASE_KEY_BYTES);
    nw_wipe(&of_key, sizeof of_key);
    const uint8_t *b = of_name.byte;
    (void)snprintf(name, NW_CASE_ALIAS, "NW-%02X%02X%02X%02X%02X", b[0], b[1], b[2], b[3],
                   b[4]);
    return true;
}

/* ------------------------------------------------------------------ lists and ends */

bool nw_share_now(struct nw_tx *tx, char out[NW_TIME_TEXT], struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    nw_time_now(out);
    if (!nw_tx_query(tx, &arena, "SELECT time FROM ledger ORDER BY number DESC LIMIT 1",
                     NW_NO_VALUES, &rows, err))
        return false;
    if (rows.count && strcmp(nw_row_text(&rows, 0, 0), out) > 0)
        (void)snprintf(out, NW_TIME_TEXT, "%s", nw_row_text(&rows, 0, 0));
    return true;
}

static bool list_shares(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct sharing *s = (struct sharing *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char now[NW_TIME_TEXT];
    if (!nw_case_open_to(s->desk, tx, s->who, s->case_id, err) || !nw_share_now(tx, now, err) ||
        !nw_tx_query(tx, &arena,
                     "SELECT id, person, created, until, revoked, shown, files, note, most, "
                     "opened FROM shares WHERE case_id = ? ORDER BY id DESC LIMIT 200",
                     NW_VALUES(NW_STRING(s->case_id)), &rows, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < rows.count; i++) {
        const char *revoked = nw_row_text(&rows, i, 4);
        json_t *shown = json_loads(nw_row_text(&rows, i, 5), 0, NULL);
        const int64_t most = nw_row_whole(&rows, i, 8), opened = nw_row_whole(&rows, i, 9);
        const bool live = !*revoked && strcmp(nw_row_text(&rows, i, 3), now) > 0 &&
                          (most == 0 || opened < most);
        (void)json_array_append_new(
            list,
            json_pack("{s:s, s:O?, s:s, s:s, s:s, s:o, s:b, s:I, s:o, s:o, s:s}", "share",
                      nw_row_text(&rows, i, 0), "label", json_object_get(shown, "label"),
                      "person", nw_row_text(&rows, i, 1), "created", nw_row_text(&rows, i, 2),
                      "until", nw_row_text(&rows, i, 3), "revoked",
                      *revoked ? json_string(revoked) : json_null(), "live", live, "opened",
                      (json_int_t)opened, "most", most ? json_integer(most) : json_null(),
                      "files", json_loads(nw_row_text(&rows, i, 6), 0, NULL), "note",
                      nw_row_text(&rows, i, 7)));
        json_decref(shown);
    }
    json_decref(s->reply);
    s->reply = json_pack("{s:o}", "shares", list);
    return s->reply || nw_no_memory(err);
}

bool nw_shares_list(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                    json_t **reply, struct nw_err *err)
{
    NW_AUTOFREE struct sharing *s = NW_ALLOC(struct sharing, 1, err);
    if (!s)
        return false;
    *s = (struct sharing){.desk = desk, .who = who, .case_id = case_id};
    const bool good = nw_store_read(desk->store, list_shares, s, err);
    if (good)
        *reply = s->reply;
    else
        json_decref(s->reply);
    return good;
}

static bool revoke(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct sharing *s = (struct sharing *)context;
    char time[NW_TIME_TEXT];
    int64_t changed = 0;
    if (!nw_case_open_to(s->desk, tx, s->who, s->case_id, err) ||
        !nw_ledger_time(tx, time, err) ||
        !nw_tx_run(tx,
                   "UPDATE shares SET revoked = ? WHERE id = ? AND case_id = ? AND revoked IS "
                   "NULL",
                   NW_VALUES(NW_STRING(time), NW_STRING(s->id), NW_STRING(s->case_id)),
                   &changed, err))
        return false;
    if (!changed)
        return nw_fail(err, NW_ERR_NOTFOUND,
                       "the case has no such link that could be taken back");
    return tell(tx, s, "share.revoke", time, json_pack("{s:s}", "share", s->id), err);
}

bool nw_share_revoke(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                     const char *share, json_t **reply, struct nw_err *err)
{
    NW_AUTOFREE struct sharing *s = NW_ALLOC(struct sharing, 1, err);
    if (!s)
        return false;
    *s = (struct sharing){.desk = desk, .who = who, .case_id = case_id, .id = share};
    if (!nw_store_write(desk->store, revoke, s, err))
        return false;
    *reply = json_pack("{s:s, s:b}", "share", share, "live", false);
    return *reply || nw_no_memory(err);
}
