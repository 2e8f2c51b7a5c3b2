/* Files of a case: uploaded piece by piece, kept under their digests, read on record. */
#include <stdio.h>
#include <string.h>

#include "case/jobs_priv.h"

/* One upload or file on its way through a transaction. */
struct filing {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *upload, *sha256;
    char case_id[NW_ID_TEXT], name[256], media[128];
    int64_t bytes, said;
    json_t *reply;
};

static const char *text_member(const json_t *request, const char *key, size_t most,
                               struct nw_err *err)
{
    const json_t *value = json_object_get(request, key);
    size_t size = json_string_length(value);
    if (size > 0 && size < most)
        return json_string_value(value);
    nw_fail(err, NW_ERR_DATA, "\"%s\" is a text of 1 to %zu bytes", key, most - 1);
    return NULL;
}

/* A file's name is a name: no folders, nothing that a shell or a page would take for more. */
bool nw_plain_name(const char *name, struct nw_err *err)
{
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < 32 || *at == 127 || strchr("/\\:*?\"<>|", *at))
            return nw_fail(
                err, NW_ERR_DATA,
                "a file's name has no slashes, colons, quotes, wild cards or control "
                "letters");
    return name[0] != '.' ||
           nw_fail(err, NW_ERR_DATA, "a file's name does not begin with a dot");
}

static bool begin_upload(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct filing *filing = (struct filing *)context;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    return nw_case_open_to(filing->desk, tx, filing->who, filing->case_id, err) &&
           nw_tx_run(tx,
                     "INSERT INTO uploads (id, person, case_id, name, bytes_said, created) "
                     "VALUES (?, ?, ?, ?, ?, ?)",
                     NW_VALUES(NW_STRING(filing->upload), NW_STRING(filing->who->person),
                               NW_STRING(filing->case_id), NW_STRING(filing->name),
                               NW_WHOLE(filing->said), NW_STRING(now)),
                     NULL, err);
}

/* What a file is, by its name's ending: what the person who sends it says is not trusted. */
static const char *media_of(const char *name)
{
    static const char *const known[][2] = {
        {".dcm", "application/dicom"},
        {".zip", "application/zip"},
        {".pdf", "application/pdf"},
        {".json", "application/json"},
        {".stl", "model/stl"},
        {".3mf", "model/3mf"},
        {".obj", "model/obj"},
        {".ply", "application/octet-stream"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".nii", "application/octet-stream"},
    };
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t end = strlen(known[i][0]);
        if (len > end && strcasecmp(name + len - end, known[i][0]) == 0)
            return known[i][1];
    }
    return "application/octet-stream";
}

bool nw_desk_upload(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                    const json_t *request, json_t **reply, struct nw_err *err)
{
    char id[NW_ID_TEXT];
    struct filing filing = {.desk = desk, .who = who, .upload = id};
    const char *name = text_member(request, "name", sizeof filing.name, err);
    const json_t *bytes = json_object_get(request, "bytes");
    if (!name || !nw_plain_name(name, err) || !nw_id_make(id, err))
        return false;
    if (!json_is_integer(bytes) || json_integer_value(bytes) < 0)
        return nw_fail(err, NW_ERR_DATA, "\"bytes\" is the file's size, a whole number");
    filing.said = json_integer_value(bytes);
    snprintf(filing.case_id, sizeof filing.case_id, "%s", case_id);
    snprintf(filing.name, sizeof filing.name, "%s", name);
    if (!nw_store_write(desk->store, begin_upload, &filing, err))
        return false;
    *reply = json_pack("{s:s, s:i}", "upload", id, "bytes", 0);
    return *reply || nw_no_memory(err);
}

/* One's own only. */
static bool find_upload(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct filing *filing = (struct filing *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(
            tx, &arena,
            "SELECT case_id, name, bytes_said FROM uploads WHERE id = ? AND person = ?",
            NW_VALUES(NW_STRING(filing->upload), NW_STRING(filing->who->person)), &rows, err))
        return false;
    if (!rows.count)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such upload");
    snprintf(filing->case_id, sizeof filing->case_id, "%s", nw_row_text(&rows, 0, 0));
    snprintf(filing->name, sizeof filing->name, "%s", nw_row_text(&rows, 0, 1));
    filing->said = nw_row_whole(&rows, 0, 2);
    return true;
}

struct nw_blob_writer *nw_desk_upload_go_on(struct nw_desk *desk, const struct nw_session *who,
                                            const char *upload, uint64_t offset, uint64_t most,
                                            struct nw_err *err)
{
    struct filing filing = {.desk = desk, .who = who, .upload = upload};
    uint64_t safe = 0;
    if (!nw_store_read(desk->store, find_upload, &filing, err))
        return NULL;
    struct nw_blob_writer *writer = nw_blob_resume(desk->blobs, upload, &safe, err);
    if (!writer)
        return NULL;
    if (safe != offset)
        nw_fail(err, NW_ERR_CONFLICT, "the upload is at byte %llu, not at %llu: go on there",
                (unsigned long long)safe, (unsigned long long)offset);
    else if (most > (uint64_t)filing.said - offset)
        nw_fail(err, NW_ERR_LIMIT, "the upload was said to have %lld bytes",
                (long long)filing.said);
    else
        return writer;
    struct nw_err ignored = {0};
    (void)!nw_blob_pause(writer, &ignored);
    return NULL;
}

bool nw_desk_upload_state(struct nw_desk *desk, const struct nw_session *who,
                          const char *upload, json_t **reply, struct nw_err *err)
{
    struct filing filing = {.desk = desk, .who = who, .upload = upload};
    uint64_t safe = 0;
    if (!nw_store_read(desk->store, find_upload, &filing, err))
        return false;
    if (!nw_blob_safe(desk->blobs, upload, &safe, err))
        return false;
    *reply = json_pack("{s:s, s:I, s:I}", "upload", upload, "bytes", (json_int_t)safe,
                       "bytes_said", (json_int_t)filing.said);
    return *reply || nw_no_memory(err);
}

/* A record's place among the case's files; a preview's is the ledger's row, below zero. */
static bool number_file(struct nw_tx *tx, const struct nw_kept_file *file, int64_t told,
                        int64_t *number, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT COUNT(*) FROM case_files WHERE case_id = ? AND number > 0",
                     NW_VALUES(NW_STRING(file->case_id)), &rows, err))
        return false;
    *number = nw_is_preview(file->name) ? -told : nw_row_whole(&rows, 0, 0) + 1;
    return true;
}

bool nw_case_keep_file(struct nw_tx *tx, const struct nw_kept_file *file, const char *time,
                       struct nw_err *err)
{
    json_t *body = json_pack("{s:s, s:s, s:I}", "name", file->name, "sha256", file->sha256,
                             "bytes", (json_int_t)file->bytes);
    struct nw_row row = {.person = file->person,
                         .session = file->session,
                         .case_id = file->case_id,
                         .act = nw_is_preview(file->name) ? "file.preview" : "file.keep",
                         .body = body};
    const char *media = media_of(file->name);
    int64_t told = 0, number = 0;
    bool good =
        body && nw_previews_make_way(tx, file, time, err) &&
        nw_ledger_append(tx, &row, time, &told, NULL, err) &&
        number_file(tx, file, told, &number, err) &&
        nw_tx_run(tx,
                  "INSERT INTO blobs (sha256, bytes, media, created) VALUES (?, ?, ?, ?) ON "
                  "CONFLICT DO NOTHING",
                  NW_VALUES(NW_STRING(file->sha256), NW_WHOLE(file->bytes), NW_STRING(media),
                            NW_STRING(time)),
                  NULL, err) &&
        nw_tx_run(tx,
                  "INSERT INTO case_files (case_id, number, name, sha256, bytes, media) VALUES "
                  "(?, ?, ?, ?, ?, ?)",
                  NW_VALUES(NW_STRING(file->case_id), NW_WHOLE(number), NW_STRING(file->name),
                            NW_STRING(file->sha256), NW_WHOLE(file->bytes), NW_STRING(media)),
                  NULL, err);
    json_decref(body);
    return good || (err->code ? false : nw_no_memory(err));
}

static bool keep_file(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct filing *filing = (const struct filing *)context;
    char time[NW_TIME_TEXT];
    const struct nw_kept_file file = {.case_id = filing->case_id,
                                      .person = filing->who->person,
                                      .session = filing->who->id,
                                      .name = filing->name,
                                      .sha256 = filing->sha256,
                                      .bytes = filing->bytes};
    return nw_case_open_to(filing->desk, tx, filing->who, filing->case_id, err) &&
           nw_ledger_time(tx, time, err) && nw_case_keep_file(tx, &file, time, err) &&
           nw_tx_run(tx, "DELETE FROM uploads WHERE id = ?",
                     NW_VALUES(NW_STRING(filing->upload)), NULL, err);
}

bool nw_desk_upload_end(struct nw_desk *desk, const struct nw_session *who, const char *upload,
                        const char *sha256, json_t **reply, struct nw_err *err)
{
    struct filing filing = {.desk = desk, .who = who, .upload = upload};
    uint64_t safe = 0, bytes = 0;
    nw_digest digest;
    char hex[NW_DIGEST_TEXT];
    if (!nw_store_read(desk->store, find_upload, &filing, err))
        return false;
    struct nw_blob_writer *writer = nw_blob_resume(desk->blobs, upload, &safe, err);
    if (!writer)
        return false;
    if (safe != (uint64_t)filing.said) {
        nw_fail(err, NW_ERR_STATE, "the upload has %llu of %lld bytes: go on",
                (unsigned long long)safe, (long long)filing.said);
        struct nw_err ignored = {0};
        (void)!nw_blob_pause(writer, &ignored);
        return false;
    }
    if (!nw_blob_finish(writer, &digest, &bytes, err))
        return false;
    nw_digest_format(&digest, hex);
    if (sha256 && strcmp(sha256, hex) != 0)
        return nw_fail(err, NW_ERR_DATA,
                       "the bytes that arrived are not those that were sent: their digests "
                       "differ; upload the file again");
    filing.sha256 = hex;
    filing.bytes = (int64_t)bytes;
    if (!nw_store_write(desk->store, keep_file, &filing, err))
        return false;
    *reply = json_pack("{s:s, s:I, s:s, s:s}", "sha256", hex, "bytes", (json_int_t)filing.bytes,
                       "name", filing.name, "case", filing.case_id);
    return *reply || nw_no_memory(err);
}

static bool list_files(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct filing *filing = (struct filing *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    json_t *kept = NULL;
    if (!nw_case_kept(filing->desk, tx, filing->who, filing->case_id, &kept, err))
        return false;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number, name, sha256, bytes, media FROM case_files WHERE case_id "
                     "= ? AND number > 0 ORDER BY number",
                     NW_VALUES(NW_STRING(filing->case_id)), &rows, err)) {
        json_decref(kept);
        return false;
    }
    json_decref(filing->reply);
    filing->reply = NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < rows.count; i++) {
        if (json_object_get(kept, nw_row_text(&rows, i, 2)))
            continue;
        json_t *one = json_pack(
            "{s:I, s:s, s:s, s:I, s:s}", "number", (json_int_t)nw_row_whole(&rows, i, 0),
            "name", nw_row_text(&rows, i, 1), "sha256", nw_row_text(&rows, i, 2), "bytes",
            (json_int_t)nw_row_whole(&rows, i, 3), "media", nw_row_text(&rows, i, 4));
        if (json_array_append_new(list, one) != 0) {
            json_decref(list);
            json_decref(kept);
            return nw_no_memory(err);
        }
    }
    json_decref(kept);
    filing->reply = json_pack("{s:o}", "files", list);
    return filing->reply || nw_no_memory(err);
}

bool nw_desk_files(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                   json_t **reply, struct nw_err *err)
{
    struct filing filing = {.desk = desk, .who = who};
    snprintf(filing.case_id, sizeof filing.case_id, "%s", case_id);
    struct nw_row row = {
        .person = who->person, .session = who->id, .case_id = case_id, .act = "read.files"};
    if (!nw_store_read(desk->store, list_files, &filing, err))
        return false;
    if (nw_ledger_note(desk->ledger, &row, err)) {
        *reply = filing.reply;
        return true;
    }
    json_decref(filing.reply);
    return false;
}

static bool find_file(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct filing *filing = (struct filing *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    json_t *kept = NULL;
    if (!nw_case_kept(filing->desk, tx, filing->who, filing->case_id, &kept, err))
        return false;
    const bool is_kept = json_object_get(kept, filing->sha256) != NULL;
    json_decref(kept);
    if (is_kept)
        return nw_fail(err, NW_ERR_NOTFOUND, "the case has no such file");
    if (!nw_tx_query(tx, &arena,
                     "SELECT name, media FROM case_files WHERE case_id = ? AND sha256 = ? "
                     "ORDER BY number DESC LIMIT 1",
                     NW_VALUES(NW_STRING(filing->case_id), NW_STRING(filing->sha256)), &rows,
                     err))
        return false;
    if (!rows.count)
        return nw_fail(err, NW_ERR_NOTFOUND, "the case has no such file");
    snprintf(filing->name, sizeof filing->name, "%s", nw_row_text(&rows, 0, 0));
    snprintf(filing->media, sizeof filing->media, "%s", nw_row_text(&rows, 0, 1));
    return true;
}

bool nw_desk_file(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                  const char *sha256, struct nw_desk_file *out, struct nw_err *err)
{
    struct filing filing = {.desk = desk, .who = who, .sha256 = sha256};
    nw_digest digest;
    snprintf(filing.case_id, sizeof filing.case_id, "%s", case_id);
    if (!nw_digest_parse(sha256, &digest))
        return nw_fail(err, NW_ERR_NOTFOUND, "the case has no such file");
    if (!nw_store_read(desk->store, find_file, &filing, err))
        return false;
    json_t *body = json_pack("{s:s}", "sha256", sha256);
    struct nw_row row = {.person = who->person,
                         .session = who->id,
                         .case_id = case_id,
                         .act = "read.file",
                         .body = body};
    bool good = body ? nw_ledger_note(desk->ledger, &row, err) : nw_no_memory(err);
    json_decref(body);
    *out = (struct nw_desk_file){0};
    if (good)
        out->reader = nw_blob_open(desk->blobs, &digest, &out->bytes, err);
    memcpy(out->name, filing.name, sizeof out->name);
    memcpy(out->media, filing.media, sizeof out->media);
    return out->reader != NULL;
}

bool nw_case_has_file(struct nw_tx *tx, const char *case_id, const char *name,
                      const char *sha256, bool or_preview, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number FROM case_files WHERE case_id = ? AND sha256 = ? AND "
                     "number > ? LIMIT 1",
                     NW_VALUES(NW_STRING(case_id), NW_STRING(sha256),
                               NW_WHOLE(or_preview ? -INT64_MAX : 0)),
                     &rows, err))
        return false;
    return rows.count == 1 ||
           nw_fail(err, NW_ERR_DATA,
                   "the case has no file %.100s of this digest: upload it first", name);
}

enum { FORM_DEPTH = 8 };

static bool look_for_files(struct nw_tx *tx, const char *case_id, const json_t *value,
                           int depth, struct nw_err *err)
{
    const char *key;
    const json_t *member;
    size_t i;
    if (depth == FORM_DEPTH)
        return nw_fail(err, NW_ERR_LIMIT, "a form is at most %d levels deep", FORM_DEPTH);
    const json_t *name = json_object_get(value, "name"),
                 *sha = json_object_get(value, "sha256");
    if (json_is_string(name) && json_is_string(sha) && json_object_get(value, "bytes"))
        return nw_case_has_file(tx, case_id, json_string_value(name), json_string_value(sha),
                                false, err);
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if (!look_for_files(tx, case_id, member, depth + 1, err))
            return false;
    }
    json_array_foreach(value, i, member)
    {
        if (!look_for_files(tx, case_id, member, depth + 1, err))
            return false;
    }
    return true;
}

bool nw_form_files(struct nw_tx *tx, const char *case_id, const json_t *form,
                   struct nw_err *err)
{
    return look_for_files(tx, case_id, form, 0, err);
}
