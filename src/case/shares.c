/* case/shares.c -- see shares.h. */
#include "case/shares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "case/flow_priv.h"
#include "case/jobs_priv.h"

enum {
    DAYS_MOST = 90,
    FILES_MOST = 50,
    NOTE_BYTES = 500,
    OPENED_MOST = 1000,
    VISIT_S = 12 * 3600, /* how long who has come in may read on */
    VISIT_BYTES = 128,
    WORDS_MOST = 64,
    WORD_BYTES = 128,
    TOKEN_BYTES = 32,
    CHUNK_BYTES = 1 << 20,
    HEAD_BYTES = 64 << 10, /* where a format keeps its words */
    PACKED_BYTES = 64 << 20,
    UNPACKED_BYTES = 512 << 20
};

enum kind { MODEL, PICTURE, SCAN, VIEW, NO_KIND };
static const char *const kind_name[] = {"model", "picture", "scan", "view"};

struct shared_file {
    char name[256], plain[32], media[64];
    nw_digest sha256;
    enum kind kind;
    bool packed; /* a zip: looked through member by member */
};

/* A link on its way. */
struct sharing {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *case_id, *id;
    const json_t *request;
    const struct nw_once *once;
    char token[2 * TOKEN_BYTES + 1], hidden[NW_DIGEST_TEXT];
    char label[24], until[NW_TIME_TEXT];
    struct shared_file *file;
    size_t count;
    char word[WORDS_MOST][WORD_BYTES]; /* what says who the patient is */
    size_t word_count;
    int64_t most; /* 0: as often as one likes */
    json_t *shown, *files;
    bool is_new;
    json_t *reply;
};

/* ------------------------------------------------------------------ what may go */

static const struct {
    const char *ending, *media;
    enum kind kind;
    bool packed;
} kinds[] = {
    {".stl", "model/stl", MODEL, false},
    {".3mf", "model/3mf", MODEL, true},
    {".obj", "model/obj", MODEL, false},
    {".ply", "application/octet-stream", MODEL, false},
    {".glb", "model/gltf-binary", MODEL, false},
    {".png", "image/png", PICTURE, false},
    {".jpg", "image/jpeg", PICTURE, false},
    {".zip", "application/zip", SCAN, true},
    {".view", "application/octet-stream", VIEW, false},
};

static bool tell_kind(struct shared_file *file, size_t number)
{
    const size_t len = strlen(file->name);
    file->kind = NO_KIND;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t end = strlen(kinds[i].ending);
        if (len <= end || strcasecmp(file->name + len - end, kinds[i].ending) != 0)
            continue;
        file->kind = kinds[i].kind;
        file->packed = kinds[i].packed;
        (void)snprintf(file->media, sizeof file->media, "%s", kinds[i].media);
        (void)snprintf(file->plain, sizeof file->plain, "%s-%zu%s", kind_name[file->kind],
                       number, kinds[i].ending);
    }
    return file->kind != NO_KIND;
}

/* Whether a job of this case that took identity out made the file. */
static bool is_deidentified(struct nw_tx *tx, const struct sharing *s, const char *hex,
                            bool *is, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    *is = false;
    if (!nw_tx_query(tx, &arena,
                     "SELECT command, result FROM jobs WHERE case_id = ? AND state = 'done'",
                     NW_VALUES(NW_STRING(s->case_id)), &rows, err))
        return false;
    for (size_t i = 0; i < rows.count && !*is; i++) {
        json_t *job = json_loads(nw_row_text(&rows, i, 0), 0, NULL),
               *result = json_loads(nw_row_text(&rows, i, 1), 0, NULL);
        const char *command = json_string_value(json_object_get(job, "command"));
        const json_t *list = json_object_get(result, "outputs");
        const json_t *wanted = json_object_get(job, "outputs");
        for (size_t k = 0;
             command && strcmp(command, "deidentify") == 0 && k < json_array_size(list); k++) {
            const json_t *one = json_array_get(list, k);
            const char *made = json_string_value(json_object_get(one, "sha256"));
            const char *name = json_string_value(json_object_get(one, "name"));
            for (size_t o = 0; made && name && o < json_array_size(wanted); o++)
                *is = *is || (strcmp(made, hex) == 0 &&
                              strcmp(name, json_string_value(json_array_get(wanted, o))) == 0);
        }
        json_decref(job);
        json_decref(result);
    }
    return true;
}

/* Among the files a job left, as one of those it was asked for? */
static bool is_output(const json_t *result, const char *hex)
{
    const json_t *list = json_object_get(result, "outputs");
    bool is = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *made =
            json_string_value(json_object_get(json_array_get(list, i), "sha256"));
        is = is || (made && strcmp(made, hex) == 0);
    }
    return is;
}

/* May what a view was made of go out? Its names stand in the view: plain ones only. */
static bool is_view_input(struct nw_tx *tx, const struct sharing *s, const char *name,
                          const char *hex, bool *is, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    struct shared_file of = {.kind = NO_KIND};
    *is = false;
    if (strncmp(name, "model.", 6) != 0 && strncmp(name, "scan.", 5) != 0)
        return true;
    if (!nw_tx_query(tx, &arena,
                     "SELECT name FROM case_files WHERE case_id = ? AND sha256 = ? ORDER BY "
                     "number LIMIT 1",
                     NW_VALUES(NW_STRING(s->case_id), NW_STRING(hex)), &rows, err))
        return false;
    if (rows.count)
        (void)snprintf(of.name, sizeof of.name, "%s", nw_row_text(&rows, 0, 0));
    *is = rows.count && tell_kind(&of, 1) && of.kind == MODEL;
    return of.kind != SCAN || is_deidentified(tx, s, hex, is, err);
}

/* Whether a job of this case made the view of nothing but what may be shared itself. */
static bool is_open_view(struct nw_tx *tx, const struct sharing *s, const char *hex, bool *is,
                         struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    *is = false;
    if (!nw_tx_query(tx, &arena,
                     "SELECT command, result FROM jobs WHERE case_id = ? AND state = 'done'",
                     NW_VALUES(NW_STRING(s->case_id)), &rows, err))
        return false;
    bool good = true;
    for (size_t i = 0; good && i < rows.count && !*is; i++) {
        json_t *job = json_loads(nw_row_text(&rows, i, 0), 0, NULL),
               *result = json_loads(nw_row_text(&rows, i, 1), 0, NULL);
        const char *command = json_string_value(json_object_get(job, "command")), *name;
        json_t *inputs = json_object_get(job, "inputs"), *digest;
        bool all = command && strcmp(command, "view") == 0 && is_output(result, hex) &&
                   json_object_size(inputs) > 0;
        json_object_foreach(inputs, name, digest)
        {
            bool one = false;
            good = good &&
                   (!all || is_view_input(tx, s, name, json_string_value(digest), &one, err));
            all = all && one;
        }
        *is = good && all;
        json_decref(job);
        json_decref(result);
    }
    return good;
}

static bool find_file(struct nw_tx *tx, struct sharing *s, size_t index, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    struct shared_file *file = &s->file[index];
    const char *hex =
        json_string_value(json_array_get(json_object_get(s->request, "files"), index));
    if (!hex || !nw_digest_parse(hex, &file->sha256))
        return nw_fail(err, NW_ERR_DATA,
                       "each of \"files\" is the digest of a file of the case, 64 hexadecimal "
                       "digits");
    if (!nw_tx_query(tx, &arena,
                     "SELECT name FROM case_files WHERE case_id = ? AND sha256 = ? ORDER BY "
                     "number LIMIT 1",
                     NW_VALUES(NW_STRING(s->case_id), NW_STRING(hex)), &rows, err))
        return false;
    if (!rows.count)
        return nw_fail(err, NW_ERR_DATA, "the case has no such file");
    (void)snprintf(file->name, sizeof file->name, "%s", nw_row_text(&rows, 0, 0));
    if (!tell_kind(file, index + 1))
        return nw_fail(err, NW_ERR_DATA,
                       "only models (.stl .3mf .obj .ply .glb), pictures (.png .jpg), scans "
                       "without identity and views of them are shared");
    bool is = true;
    if (file->kind == SCAN && !is_deidentified(tx, s, hex, &is, err))
        return false;
    if (file->kind == VIEW && !is_open_view(tx, s, hex, &is, err))
        return false;
    if (file->kind == VIEW && !is)
        return nw_fail(err, NW_ERR_DATA,
                       "a view is shared only as a job of this case has made it of models, or "
                       "of scans without identity, under the names \"model\" and \"scan\"");
    return is || nw_fail(err, NW_ERR_DATA,
                         "a scan is shared only as a job of this case has made it without "
                         "identity");
}

/* ------------------------------------------------------------------ what must not */

static void learn(struct sharing *s, const char *text)
{
    enum { LEAST = 4 };
    const size_t len = text ? strlen(text) : 0;
    if (len < LEAST || len >= WORD_BYTES || s->word_count == WORDS_MOST)
        return;
    memcpy(s->word[s->word_count++], text, len + 1);
}

/* Members of forms that say who somebody is, in whatever form they stand. */
static void learn_from(struct sharing *s, const json_t *value, int depth)
{
    static const char *const names[] = {"patient", "patient_name", "patient_id", "birth",
                                        "phone",   "id_card",      "address",    "contact"};
    const char *key;
    const json_t *member;
    size_t i;
    if (depth == 8)
        return;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (strcmp(key, names[k]) == 0)
                learn(s, json_string_value(member));
        learn_from(s, member, depth + 1);
    }
    json_array_foreach(value, i, member)
    {
        learn_from(s, member, depth + 1);
    }
}

static bool is_word_in(const struct sharing *s, const uint8_t *bytes, size_t len, size_t from)
{
    for (size_t w = 0; w < s->word_count; w++) {
        const size_t size = strlen(s->word[w]);
        /* short ones are found anywhere by accident: only where words are kept */
        const size_t reach = size >= 8                 ? len
                             : from >= HEAD_BYTES      ? 0
                             : len < HEAD_BYTES - from ? len
                                                       : HEAD_BYTES - from;
        if (memmem(bytes, reach, s->word[w], size))
            return true;
    }
    return false;
}

static bool says_who(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA,
                   "a file says who the patient is, or which case it is of: make one that does "
                   "not");
}

/* From the first byte to the last, pieces overlapping by a word. */
static bool look_through(const struct sharing *s, struct nw_blob_reader *reader, uint64_t bytes,
                         struct nw_err *err)
{
    NW_AUTOFREE uint8_t *chunk = NW_ALLOC_UNSET(uint8_t, CHUNK_BYTES, err);
    for (uint64_t at = 0; chunk && at < bytes;) {
        const size_t len = bytes - at < CHUNK_BYTES ? (size_t)(bytes - at) : CHUNK_BYTES;
        if (!nw_blob_read(reader, at, chunk, len, err))
            return false;
        if (is_word_in(s, chunk, len, (size_t)(at < HEAD_BYTES ? at : HEAD_BYTES)))
            return says_who(err);
        at += len < CHUNK_BYTES ? len : len - WORD_BYTES;
    }
    return chunk != NULL;
}

static bool look_into_member(const struct sharing *s, zip_t *zip, zip_uint64_t index,
                             uint64_t *left, struct nw_err *err)
{
    zip_file_t *member = zip_fopen_index(zip, index, 0);
    NW_AUTOFREE uint8_t *chunk = member ? NW_ALLOC_UNSET(uint8_t, CHUNK_BYTES, err) : NULL;
    size_t held = 0, from = 0;
    zip_int64_t got = 1;
    bool good = chunk != NULL || err->code != NW_OK ||
                nw_fail(err, NW_ERR_DATA, "a packed file cannot be looked through");
    while (good && chunk && got > 0) {
        got = zip_fread(member, chunk + held, CHUNK_BYTES - held);
        if (got < 0 || (uint64_t)got > *left) {
            good = nw_fail(err, NW_ERR_DATA, "a packed file cannot be looked through");
            break;
        }
        *left -= (uint64_t)got;
        const size_t len = held + (size_t)got;
        good = !is_word_in(s, chunk, len, from) || says_who(err);
        held = len < WORD_BYTES ? len : WORD_BYTES;
        from += len - held;
        memmove(chunk, chunk + len - held, held);
    }
    if (member)
        (void)zip_fclose(member);
    return good;
}

static bool look_into_zip(const struct sharing *s, uint8_t *bytes, size_t len,
                          struct nw_err *err)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, len, 0, &why);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &why) : NULL;
    uint64_t left = UNPACKED_BYTES;
    bool good =
        zip != NULL || nw_fail(err, NW_ERR_DATA, "a packed file cannot be looked through");
    if (!zip && source)
        zip_source_free(source);
    const zip_int64_t count = zip ? zip_get_num_entries(zip, 0) : 0;
    for (zip_int64_t i = 0; good && i < count; i++)
        good = look_into_member(s, zip, (zip_uint64_t)i, &left, err);
    if (zip)
        zip_discard(zip);
    zip_error_fini(&why);
    return good;
}

static bool look_at_file(const struct sharing *s, const struct shared_file *file,
                         struct nw_err *err)
{
    uint64_t bytes = 0;
    struct nw_blob_reader *reader = nw_blob_open(s->desk->blobs, &file->sha256, &bytes, err);
    bool good = reader && look_through(s, reader, bytes, err);
    if (good && file->packed && file->kind != SCAN && bytes > PACKED_BYTES)
        good = nw_fail(err, NW_ERR_LIMIT,
                       "a packed model of more than %d MiB cannot be looked through: share it "
                       "as .stl or .glb",
                       PACKED_BYTES >> 20);
    if (good && file->packed && file->kind != SCAN) {
        NW_AUTOFREE uint8_t *all = NW_ALLOC_UNSET(uint8_t, bytes, err);
        good = all && nw_blob_read(reader, 0, all, (size_t)bytes, err) &&
               look_into_zip(s, all, (size_t)bytes, err);
    }
    if (reader)
        nw_blob_close(reader);
    return good;
}

/* ------------------------------------------------------------------ making */

static bool check_request(struct sharing *s, struct nw_err *err)
{
    static const char *const known[] = {"until", "files", "note", "most"};
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)s->request, key, value)
    {
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(key, known[k]) != 0)
            k++;
        if (k == sizeof known / sizeof *known)
            return nw_fail(err, NW_ERR_DATA,
                           "a link has \"until\", \"files\", \"most\" and \"note\", no other "
                           "member");
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
    s->count = json_array_size(files);
    if (!json_is_array(files) || s->count == 0 || s->count > FILES_MOST)
        return nw_fail(err, NW_ERR_DATA, "\"files\" is a list of 1 to %d digests", FILES_MOST);
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
        if (text && !is_word_in(s, (const uint8_t *)text, strlen(text), 0))
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
    s->word_count = 0;
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
        if (!find_file(tx, s, i, err))
            return false;
    if (!nw_case_take(s->desk, tx, s->case_id, &held, err))
        return false;
    learn(s, s->case_id);
    learn(s, number);
    learn_from(s, held.state->entries, 0);
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
                            kind_name[s->file[i].kind], "media", s->file[i].media));
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
    uint8_t secret[TOKEN_BYTES], label[5];
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
        if (!look_at_file(s, &s->file[i], err))
            return false;
    s->files = files_json(s);
    return draw(s, id, err) && nw_store_write(s->desk->store, keep_share, s, err) &&
           (!s->is_new || json_object_set_new(s->reply, "token", json_string(s->token)) == 0 ||
            nw_no_memory(err));
}

bool nw_share_make(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                   const json_t *request, const struct nw_once *once, json_t **reply,
                   struct nw_err *err)
{
    char id[NW_ID_TEXT];
    NW_AUTOFREE struct sharing *s = NW_ALLOC(struct sharing, 1, err);
    NW_AUTOFREE struct shared_file *file =
        s ? NW_ALLOC(struct shared_file, FILES_MOST, err) : NULL;
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

static bool derive(const struct nw_desk *desk, const char *what, const char *case_id,
                   nw_digest *out, struct nw_err *err)
{
    struct nw_hash *hash = nw_hash_new(err);
    const bool good = hash && nw_hash_add(hash, desk->secret, sizeof desk->secret, err) &&
                      nw_hash_add(hash, what, strlen(what) + 1, err) &&
                      nw_hash_add(hash, case_id, strlen(case_id), err) &&
                      nw_hash_end(hash, out, err);
    nw_hash_free(hash);
    return good;
}

bool nw_case_alias(const struct nw_desk *desk, const char *case_id,
                   uint8_t key[NW_CASE_KEY_BYTES], char name[NW_CASE_ALIAS], struct nw_err *err)
{
    nw_digest of_key, of_name;
    if (!derive(desk, "deidentify.key", case_id, &of_key, err) ||
        !derive(desk, "deidentify.name", case_id, &of_name, err))
        return false;
    memcpy(key, of_key.byte, NW_CASE_KEY_BYTES);
    nw_wipe(&of_key, sizeof of_key);
    const uint8_t *b = of_name.byte;
    (void)snprintf(name, NW_CASE_ALIAS, "NW-%02X%02X%02X%02X%02X", b[0], b[1], b[2], b[3],
                   b[4]);
    return true;
}

/* ------------------------------------------------------------------ lists and ends */

/* The later of the clock and the ledger's last row: a clock put back revives no link. */
static bool time_now(struct nw_tx *tx, char out[NW_TIME_TEXT], struct nw_err *err)
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
    if (!nw_case_open_to(s->desk, tx, s->who, s->case_id, err) || !time_now(tx, now, err) ||
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

/* ------------------------------------------------------------------ opening */

/* A link that somebody came with. */
struct opening {
    struct nw_desk *desk;
    const char *hidden;
    const char *visit; /* what he was given when he came in, or NULL */
    bool enters;       /* counts */
    int64_t most;
    char id[NW_ID_TEXT], case_id[NW_ID_TEXT], until[NW_TIME_TEXT];
    char given[VISIT_BYTES];
    json_t *shown, *files;
};

/* One sentence for a link that never was, has ended, or was taken back. */
static bool no_link(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_NOTFOUND, "there is nothing at this address");
}

/* "seconds.digest": who has it came in then by this link. */
static bool write_visit(struct opening *o, int64_t seconds, struct nw_err *err)
{
    char what[VISIT_BYTES], hex[NW_DIGEST_TEXT];
    nw_digest digest;
    (void)snprintf(what, sizeof what, "%s %lld", o->id, (long long)seconds);
    if (!derive(o->desk, "share.visit", what, &digest, err))
        return false;
    nw_digest_format(&digest, hex);
    nw_wipe(&digest, sizeof digest);
    (void)snprintf(o->given, sizeof o->given, "%lld.%s", (long long)seconds, hex);
    return true;
}

/* Leaves the visit in o->given, or a new one there. */
static bool is_visiting(struct opening *o, const char *now, bool *is, struct nw_err *err)
{
    int64_t seconds = 0;
    *is = false;
    if (!nw_time_parse(now, &seconds))
        return no_link(err);
    const int64_t since = o->visit ? strtoll(o->visit, NULL, 10) : 0;
    if (o->visit && since <= seconds && since > seconds - VISIT_S) {
        if (!write_visit(o, since, err))
            return false;
        const size_t len = strlen(o->given);
        *is = strlen(o->visit) == len && nw_same_secret(o->visit, o->given, len);
    }
    return *is || write_visit(o, seconds, err);
}

static bool read_share(struct nw_tx *tx, struct opening *o, const char *now, int64_t *opened,
                       struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT id, case_id, until, shown, files, most, opened FROM shares WHERE "
                     "token = ? AND revoked IS NULL AND until > ?",
                     NW_VALUES(NW_STRING(o->hidden), NW_STRING(now)), &rows, err))
        return false;
    if (!rows.count)
        return no_link(err);
    (void)snprintf(o->id, sizeof o->id, "%s", nw_row_text(&rows, 0, 0));
    (void)snprintf(o->case_id, sizeof o->case_id, "%s", nw_row_text(&rows, 0, 1));
    (void)snprintf(o->until, sizeof o->until, "%s", nw_row_text(&rows, 0, 2));
    o->most = nw_row_whole(&rows, 0, 5);
    *opened = nw_row_whole(&rows, 0, 6);
    json_decref(o->shown);
    json_decref(o->files);
    o->shown = json_loads(nw_row_text(&rows, 0, 3), 0, NULL);
    o->files = json_loads(nw_row_text(&rows, 0, 4), 0, NULL);
    return (o->shown && o->files) || nw_no_memory(err);
}

/* A link that may be opened so many times shows its files to who was counted when he came. */
static bool open_share(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct opening *o = (struct opening *)context;
    char now[NW_TIME_TEXT];
    int64_t opened = 0;
    bool visiting;
    if (!time_now(tx, now, err) || !read_share(tx, o, now, &opened, err) ||
        !is_visiting(o, now, &visiting, err))
        return false;
    if (visiting || (!o->enters && !o->most))
        return true;
    if (!o->enters || (o->most && opened >= o->most))
        return no_link(err);
    return nw_tx_run(tx, "UPDATE shares SET opened = opened + 1 WHERE id = ?",
                     NW_VALUES(NW_STRING(o->id)), NULL, err);
}

static bool come_in(struct nw_desk *desk, const char *token, const char *visit, bool enters,
                    struct opening *o, struct nw_err *err)
{
    char hidden[NW_DIGEST_TEXT];
    nw_digest digest;
    if (strlen(token) > 2 * TOKEN_BYTES) /* no secret is so long; shorter ones are none */
        return no_link(err);
    if (!nw_hash_bytes(token, strlen(token), &digest, err))
        return false;
    nw_digest_format(&digest, hidden);
    *o = (struct opening){.desk = desk, .hidden = hidden, .visit = visit, .enters = enters};
    const bool good = enters ? nw_store_write(desk->store, open_share, o, err)
                             : nw_store_read(desk->store, open_share, o, err);
    if (good)
        return true;
    json_decref(o->shown);
    json_decref(o->files);
    return false;
}

static bool note_opening(struct nw_desk *desk, const struct opening *o, const char *what,
                         const char *address, struct nw_err *err)
{
    json_t *body = json_pack("{s:s, s:s, s:s}", "share", o->id, "what", what, "address",
                             address ? address : "");
    const struct nw_row row = {.case_id = o->case_id, .act = "share.open", .body = body};
    const bool good = body ? nw_ledger_note(desk->ledger, &row, err) : nw_no_memory(err);
    json_decref(body);
    return good;
}

static json_t *outside_json(struct nw_desk *desk, const struct opening *o, struct nw_err *err)
{
    json_t *list = json_array();
    size_t i;
    const json_t *one;
    json_array_foreach(o->files, i, one)
    {
        nw_digest digest;
        uint64_t bytes = 0;
        const char *hex = json_string_value(json_object_get(one, "sha256"));
        struct nw_blob_reader *reader = hex && nw_digest_parse(hex, &digest)
                                            ? nw_blob_open(desk->blobs, &digest, &bytes, err)
                                            : NULL;
        if (!reader) {
            json_decref(list);
            return NULL;
        }
        nw_blob_close(reader);
        (void)json_array_append_new(
            list,
            json_pack("{s:I, s:O, s:O, s:O, s:I}", "file", (json_int_t)i + 1, "name",
                      json_object_get(one, "name"), "kind", json_object_get(one, "kind"),
                      "media", json_object_get(one, "media"), "bytes", (json_int_t)bytes));
    }
    json_t *about = json_copy(o->shown);
    (void)json_object_del(about, "label");
    json_t *out =
        json_pack("{s:O, s:s, s:o, s:o, s:s}", "label", json_object_get(o->shown, "label"),
                  "until", o->until, "case", about, "files", list, "visit", o->given);
    if (!out)
        (void)nw_no_memory(err);
    return out;
}

bool nw_share_look(struct nw_desk *desk, const char *token, const char *visit,
                   const char *address, json_t **reply, struct nw_err *err)
{
    struct opening o;
    if (!come_in(desk, token, visit, true, &o, err))
        return false;
    *reply = note_opening(desk, &o, "list", address, err) ? outside_json(desk, &o, err) : NULL;
    json_decref(o.shown);
    json_decref(o.files);
    return *reply != NULL;
}

static bool open_file(struct nw_desk *desk, const struct opening *o, size_t index,
                      const char *address, struct nw_desk_file *out, struct nw_err *err)
{
    const json_t *one = json_array_get(o->files, index);
    const char *hex = json_string_value(json_object_get(one, "sha256"));
    const char *name = json_string_value(json_object_get(one, "name"));
    nw_digest digest;
    if (!hex || !name || !nw_digest_parse(hex, &digest))
        return no_link(err);
    if (!note_opening(desk, o, name, address, err))
        return false;
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    (void)snprintf(out->media, sizeof out->media, "%s",
                   json_string_value(json_object_get(one, "media")));
    out->reader = nw_blob_open(desk->blobs, &digest, &out->bytes, err);
    return out->reader != NULL;
}

bool nw_share_file(struct nw_desk *desk, const char *token, const char *file, const char *visit,
                   const char *address, struct nw_desk_file *out, struct nw_err *err)
{
    struct opening o;
    char *end = NULL;
    const long number = strtol(file, &end, 10);
    *out = (struct nw_desk_file){0};
    if (!come_in(desk, token, visit, false, &o, err))
        return false;
    const bool good = *file && !*end && number >= 1 && number <= FILES_MOST
                          ? open_file(desk, &o, (size_t)number - 1, address, out, err)
                          : no_link(err);
    json_decref(o.shown);
    json_decref(o.files);
    return good;
}
