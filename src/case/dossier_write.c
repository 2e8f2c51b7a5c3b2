/* Writing a dossier: see dossier.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "case/desk_priv.h"
#include "case/dossier.h"

/* An archive that grows; what its entries point to lives until it is closed. */
struct packing {
    struct nw_desk *desk;
    const struct nw_dossier_options *options;
    zip_t *zip;
    struct nw_arena arena;
    json_t *manifest; /* array of {"name", "bytes", "sha256"} */
    char case_id[NW_ID_TEXT];
    json_t *entries, *rows, *keys, *view, *checklist, *trace, *files; /* from one read */
    const struct nw_flow *flow; /* by which the case is judged */
    char manifest_sha[NW_DIGEST_TEXT], time[NW_TIME_TEXT];
    json_t *head;
    struct nw_leaving leaving;
};

static bool zip_failed(struct packing *packing, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_IO, "cannot write the archive: %s", zip_strerror(packing->zip));
}

static bool list_in_manifest(struct packing *packing, const char *name, uint64_t bytes,
                             const char *sha256, struct nw_err *err)
{
    json_t *one = json_pack("{s:s, s:I, s:s}", "name", name, "bytes", (json_int_t)bytes,
                            "sha256", sha256);
    return (one && json_array_append_new(packing->manifest, one) == 0) || nw_no_memory(err);
}

static bool add_source(struct packing *packing, const char *name, zip_source_t *source,
                       bool packed, struct nw_err *err)
{
    zip_int64_t at = source ? zip_file_add(packing->zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (at < 0) {
        zip_source_free(source);
        return zip_failed(packing, err);
    }
    /* the same content is the same bytes: no time of day in the archive */
    if (zip_file_set_mtime(packing->zip, (zip_uint64_t)at, 315532800, 0) != 0 ||
        zip_set_file_compression(packing->zip, (zip_uint64_t)at,
                                 packed ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0) != 0)
        return zip_failed(packing, err);
    return true;
}

/* Bytes are copied: they must last until the archive is closed. */
static bool add_bytes(struct packing *packing, const char *name, const void *bytes, size_t size,
                      bool listed, struct nw_err *err)
{
    nw_digest digest;
    char hex[NW_DIGEST_TEXT];
    char *copy = nw_arena_textn(&packing->arena, (const char *)bytes, size, err);
    if (!copy || !nw_hash_bytes(copy, size, &digest, err))
        return false;
    nw_digest_format(&digest, hex);
    if (strcmp(name, "manifest.json") == 0)
        memcpy(packing->manifest_sha, hex, sizeof hex);
    zip_source_t *source = zip_source_buffer(packing->zip, copy, size, 0);
    return add_source(packing, name, source, false, err) &&
           (!listed || list_in_manifest(packing, name, size, hex, err));
}

static bool add_json(struct packing *packing, const char *name, const json_t *value,
                     bool listed, struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE char *text = nw_canonical(value, &len, err);
    return text && add_bytes(packing, name, text, len, listed, err);
}

static bool take_document(void *archive, const char *name, const void *bytes, size_t size,
                          struct nw_err *err)
{
    struct packing *packing = (struct packing *)archive;
    char path[300];
    snprintf(path, sizeof path, "documents/%.200s", name);
    return add_bytes(packing, path, bytes, size, true, err);
}

/* ------------------------------------------------------------------ files, as streams */

struct file_stream {
    struct nw_blob_reader *reader;
    uint64_t bytes, at;
};

static zip_int64_t read_bytes(struct file_stream *stream, void *out, uint64_t size)
{
    struct nw_err err = {0};
    uint64_t left = stream->bytes - stream->at, now = size < left ? size : left;
    if (now && !nw_blob_read(stream->reader, stream->at, out, now, &err))
        return -1;
    stream->at += now;
    return (zip_int64_t)now;
}

static zip_int64_t read_stream(void *context, void *data, zip_uint64_t size,
                               zip_source_cmd_t what)
{
    struct file_stream *stream = (struct file_stream *)context;
    if (what == ZIP_SOURCE_READ)
        return read_bytes(stream, data, size);
    if (what == ZIP_SOURCE_STAT) {
        zip_stat_t *stat = (zip_stat_t *)data;
        zip_stat_init(stat);
        stat->size = stream->bytes;
        stat->valid = ZIP_STAT_SIZE;
        return sizeof *stat;
    }
    if (what == ZIP_SOURCE_ERROR) {
        const int codes[2] = {ZIP_ER_READ, EIO};
        memcpy(data, codes, sizeof codes);
        return sizeof codes;
    }
    if (what == ZIP_SOURCE_SUPPORTS)
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ,
                                              ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                              ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
    if (what == ZIP_SOURCE_OPEN)
        stream->at = 0;
    if (what == ZIP_SOURCE_FREE) {
        nw_blob_close(stream->reader);
        nw_free(stream);
    }
    return what == ZIP_SOURCE_OPEN || what == ZIP_SOURCE_CLOSE || what == ZIP_SOURCE_FREE ? 0
                                                                                          : -1;
}

static bool add_file(struct packing *packing, const json_t *file, struct nw_err *err)
{
    const char *sha256 = json_string_value(json_object_get(file, "sha256"));
    const char *plain = json_string_value(json_object_get(file, "name"));
    char name[400];
    nw_digest digest;
    snprintf(name, sizeof name, "files/%lld-%.300s",
             (long long)json_integer_value(json_object_get(file, "number")), plain);
    uint64_t bytes = (uint64_t)json_integer_value(json_object_get(file, "bytes"));
    if (packing->options->no_files)
        return list_in_manifest(packing, name, bytes, sha256, err);
    struct file_stream *stream = NW_ALLOC(struct file_stream, 1, err);
    if (!stream)
        return false;
    stream->reader = nw_digest_parse(sha256, &digest)
                         ? nw_blob_open(packing->desk->blobs, &digest, &stream->bytes, err)
                         : NULL;
    zip_source_t *source =
        stream->reader ? zip_source_function(packing->zip, read_stream, stream) : NULL;
    if (!source) {
        nw_blob_close(stream->reader);
        nw_free(stream);
        return err->code ? false : zip_failed(packing, err);
    }
    return add_source(packing, name, source, true, err) &&
           list_in_manifest(packing, name, bytes, sha256, err);
}

/* ------------------------------------------------------------------ what goes in */

static json_t *rows_array(const struct nw_rows *rows, struct nw_err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rows->count; i++) {
        json_t *row = nw_ledger_row_json(rows, i);
        if (!row ||
            json_object_set_new(row, "digest", json_string(nw_row_text(rows, i, 9))) != 0 ||
            json_array_append_new(list, row) != 0) {
            json_decref(list);
            nw_no_memory(err);
            return NULL;
        }
    }
    return list;
}

static bool find_case(struct nw_tx *tx, struct packing *packing, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT id, digest FROM cases WHERE id = ? OR number = ?",
                     NW_VALUES(NW_STRING(packing->case_id), NW_STRING(packing->case_id)), &rows,
                     err))
        return false;
    if (!rows.count)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such case");
    if (strcmp(nw_row_text(&rows, 0, 1), "destroyed") == 0)
        return nw_fail(err, NW_ERR_NOTFOUND,
                       "the records of this case were destroyed when their time was over");
    snprintf(packing->case_id, sizeof packing->case_id, "%s", nw_row_text(&rows, 0, 0));
    return true;
}

static bool gather_rows(struct nw_tx *tx, struct packing *packing, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows, keys;
    size_t i;
    const json_t *row;
    if (!nw_tx_query(tx, &arena, NW_LEDGER_ROWS "WHERE case_id = ? ORDER BY number",
                     NW_VALUES(NW_STRING(packing->case_id)), &rows, err) ||
        !nw_tx_query(tx, &arena,
                     NW_LEDGER_ROWS
                     "WHERE act = 'key.make' AND person IN (SELECT DISTINCT person FROM ledger "
                     "WHERE case_id = ? AND act = 'case.entry') ORDER BY number",
                     NW_VALUES(NW_STRING(packing->case_id)), &keys, err))
        return false;
    packing->rows = rows_array(&rows, err);
    packing->keys = packing->rows ? rows_array(&keys, err) : NULL;
    packing->entries = json_array();
    json_array_foreach(packing->rows, i, row)
    {
        json_t *entry = json_object_get(json_object_get(row, "body"), "entry");
        if (entry && json_array_append(packing->entries, entry) != 0)
            return nw_no_memory(err);
    }
    return packing->keys && packing->entries;
}

static bool gather_files(struct nw_tx *tx, struct packing *packing, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number, name, sha256, bytes FROM case_files WHERE case_id = ? "
                     "AND number > 0 ORDER BY number",
                     NW_VALUES(NW_STRING(packing->case_id)), &rows, err))
        return false;
    packing->files = json_array();
    for (size_t i = 0; i < rows.count; i++) {
        json_t *one =
            json_pack("{s:I, s:s, s:s, s:I}", "number", (json_int_t)nw_row_whole(&rows, i, 0),
                      "name", nw_row_text(&rows, i, 1), "sha256", nw_row_text(&rows, i, 2),
                      "bytes", (json_int_t)nw_row_whole(&rows, i, 3));
        if (json_array_append_new(packing->files, one) != 0)
            return nw_no_memory(err);
    }
    return true;
}

static void forget_gathered(struct packing *packing)
{
    json_t **all[] = {&packing->entries, &packing->rows,      &packing->keys,  &packing->view,
                      &packing->files,   &packing->checklist, &packing->trace, &packing->head};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        json_decref(*all[i]);
        *all[i] = NULL;
    }
}

static bool gather(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct packing *packing = (struct packing *)context;
    struct nw_held_case held;
    forget_gathered(packing);
    nw_time_now(packing->time);
    if (!find_case(tx, packing, err) ||
        !nw_case_take(packing->desk, tx, packing->case_id, &held, err))
        return false;
    packing->view = nw_case_view(held.state, packing->time);
    packing->checklist = nw_case_checklist(held.state, packing->time);
    packing->trace = nw_case_trace(held.state);
    packing->flow = nw_case_flow(held.state);
    nw_case_return(&held);
    if (!packing->view || !packing->checklist || !packing->trace)
        return nw_no_memory(err);
    return gather_rows(tx, packing, err) && gather_files(tx, packing, err);
}

/* ------------------------------------------------------------------ the end of it */

static bool append_export(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct packing *packing = (struct packing *)context;
    const struct nw_dossier_options *options = packing->options;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows, heads;
    char time[NW_TIME_TEXT];
    int64_t number = 0;
    packing->leaving = options->leaving;
    json_t *body = json_pack("{s:s}", "manifest", packing->manifest_sha);
    struct nw_row row = {.person = options->leaving.person,
                         .session = options->leaving.session,
                         .case_id = packing->case_id,
                         .act = "export.dossier",
                         .body = body};
    json_decref(packing->head);
    packing->head = NULL;
    bool good =
        body && nw_leaving_say(&packing->leaving, body, err) &&
        nw_leaving_judge(packing->desk, tx, packing->case_id, &packing->leaving, err) &&
        nw_ledger_time(tx, time, err) && nw_ledger_append(tx, &row, time, &number, NULL, err) &&
        nw_ledger_sign(tx, packing->desk->secret, &packing->desk->shown, err) &&
        nw_tx_query(tx, &arena, NW_LEDGER_ROWS "WHERE number = ?", NW_VALUES(NW_WHOLE(number)),
                    &rows, err) &&
        nw_tx_query(tx, &arena,
                    "SELECT number, time, digest, key, signature FROM heads WHERE number = ?",
                    NW_VALUES(NW_WHOLE(number)), &heads, err);
    json_decref(body);
    if (!good || rows.count != 1 || heads.count != 1)
        return err->code ? false : nw_no_memory(err);
    json_t *whole = rows_array(&rows, err);
    packing->head =
        json_pack("{s:O?, s:{s:I, s:s, s:s, s:s, s:s}}", "row", json_array_get(whole, 0),
                  "head", "number", (json_int_t)number, "time", nw_row_text(&heads, 0, 1),
                  "digest", nw_row_text(&heads, 0, 2), "key", nw_row_text(&heads, 0, 3),
                  "signature", nw_row_text(&heads, 0, 4));
    json_decref(whole);
    return packing->head || nw_no_memory(err);
}

static bool add_manifest(struct packing *packing, struct nw_err *err)
{
    json_t *whole = json_pack("{s:s, s:s, s:s, s:b, s:O}", "format", "nuwa-dossier/1", "case",
                              packing->case_id, "time", packing->time, "files_inside",
                              !packing->options->no_files, "files", packing->manifest);
    bool good =
        whole ? add_json(packing, "manifest.json", whole, false, err) : nw_no_memory(err);
    json_decref(whole);
    return good;
}

static bool fill(struct packing *packing, struct nw_err *err)
{
    size_t i;
    const json_t *file;
    const struct nw_dossier_options *options = packing->options;
    json_t *table = (json_t *)(uintptr_t)nw_flow_table(packing->flow);
    const struct nw_dossier_contents contents = {packing->entries, packing->view,
                                                 packing->checklist, packing->trace, table};
    if (!add_json(packing, "table.json", table, true, err) ||
        !add_json(packing, "entries.json", packing->entries, true, err) ||
        !add_json(packing, "rows.json", packing->rows, true, err) ||
        !add_json(packing, "keys.json", packing->keys, true, err) ||
        !add_json(packing, "checklist.json", packing->checklist, true, err))
        return false;
    json_array_foreach(packing->files, i, file)
    {
        if (!add_file(packing, file, err))
            return false;
    }
    return (!options->documents ||
            options->documents(options->context, &contents, take_document, packing, err)) &&
           add_manifest(packing, err) &&
           (nw_store_write(packing->desk->store, append_export, packing, err) ||
            nw_leaving_refused(packing->desk, packing->case_id, &packing->leaving, err)) &&
           add_json(packing, "head.json", packing->head, false, err);
}

/* libzip writes beside the file and renames when it closes: whole or not at all. */
static bool pack(struct packing *packing, const char *path, struct nw_err *err)
{
    int why = 0;
    packing->zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &why);
    if (!packing->zip) {
        zip_error_t error;
        zip_error_init_with_code(&error, why);
        nw_fail(err, NW_ERR_IO, "cannot write %.200s: %s", path, zip_error_strerror(&error));
        zip_error_fini(&error);
        return false;
    }
    packing->manifest = json_array();
    if (!packing->manifest || !fill(packing, err)) {
        zip_discard(packing->zip);
        return err->code ? false : nw_no_memory(err);
    }
    if (zip_close(packing->zip) == 0)
        return true;
    zip_failed(packing, err);
    zip_discard(packing->zip);
    return false;
}

bool nw_dossier_write(struct nw_desk *desk, const char *case_id,
                      const struct nw_dossier_options *options, const char *path,
                      struct nw_err *err)
{
    struct packing packing = {.desk = desk, .options = options};
    if (!nw_leaving_check(&options->leaving, true, err))
        return false;
    if (strlen(case_id) >= sizeof packing.case_id)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such case");
    snprintf(packing.case_id, sizeof packing.case_id, "%s", case_id);
    bool good = nw_store_read(desk->store, gather, &packing, err) && pack(&packing, path, err);
    forget_gathered(&packing);
    json_decref(packing.manifest);
    nw_arena_release(&packing.arena);
    return good;
}
