/* Checking a dossier without server, network or database: see dossier.h. */
#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "case/desk_priv.h"
#include "case/dossier.h"

enum { JSON_MOST = 256 << 20, FILES_MOST = 100000, CHUNK = 1 << 20 };

/* What is being checked, and the first thing that does not hold. */
struct checking {
    zip_t *zip;
    struct nw_dossier_verdict *verdict;
    struct nw_err why; /* the first thing that does not hold: a verdict, no failure */
    json_t *manifest, *entries, *rows, *keys, *head, *table;
    char manifest_sha[NW_DIGEST_TEXT];
};

bool nw_is_dossier(const char *path)
{
    char first[4] = "";
    FILE *file = fopen(path, "re");
    bool is_zip =
        file && fread(first, 1, sizeof first, file) == 4 && memcmp(first, "PK\3\4", 4) == 0;
    if (file)
        (void)fclose(file);
    return is_zip;
}

static bool digest_is(const nw_digest *digest, const char *hex)
{
    char own[NW_DIGEST_TEXT];
    nw_digest_format(digest, own);
    return hex && strcmp(own, hex) == 0;
}

/* ------------------------------------------------------------------ reading */

/* An entry's JSON; its digest goes to `sha` when asked for. */
static json_t *read_json(struct checking *checking, const char *name, char sha[NW_DIGEST_TEXT],
                         struct nw_err *err)
{
    zip_stat_t stat;
    json_t *out = NULL;
    nw_digest digest;
    if (zip_stat(checking->zip, name, ZIP_FL_ENC_UTF_8, &stat) != 0 || stat.size > JSON_MOST) {
        nw_fail(&checking->why, NW_ERR_DATA, "%s is missing", name);
        return NULL;
    }
    NW_AUTOFREE char *text = NW_ALLOC(char, stat.size + 1, err);
    zip_file_t *file = text ? zip_fopen(checking->zip, name, ZIP_FL_ENC_UTF_8) : NULL;
    bool read = file && zip_fread(file, text, stat.size) == (zip_int64_t)stat.size;
    if (file)
        (void)zip_fclose(file);
    if (!text)
        return NULL;
    if (read && nw_hash_bytes(text, stat.size, &digest, err)) {
        if (sha)
            nw_digest_format(&digest, sha);
        out = json_loadb(text, stat.size, JSON_REJECT_DUPLICATES, NULL);
    }
    if (!out && !err->code)
        nw_fail(&checking->why, NW_ERR_DATA, "%s was changed: it cannot be read", name);
    return out;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* ------------------------------------------------------------------ the files */

static bool hash_file(struct checking *checking, const char *name, nw_digest *out,
                      uint64_t *bytes, struct nw_err *err)
{
    zip_file_t *file = zip_fopen(checking->zip, name, ZIP_FL_ENC_UTF_8);
    if (!file)
        return nw_fail(&checking->why, NW_ERR_DATA, "%s is missing", name);
    NW_AUTOFREE uint8_t *chunk = NW_ALLOC_UNSET(uint8_t, CHUNK, err);
    struct nw_hash *hash = chunk ? nw_hash_new(err) : NULL;
    zip_int64_t size = 0;
    bool good = hash != NULL;
    *bytes = 0;
    while (good && (size = zip_fread(file, chunk, CHUNK)) > 0) {
        good = nw_hash_add(hash, chunk, (size_t)size, err);
        *bytes += (uint64_t)size;
    }
    good = good && nw_hash_end(hash, out, err);
    nw_hash_free(hash);
    (void)zip_fclose(file);
    if (good && size < 0)
        return nw_fail(&checking->why, NW_ERR_DATA, "%s was changed: it cannot be read", name);
    return good;
}

static bool check_file(struct checking *checking, const json_t *file, bool inside,
                       struct nw_err *err)
{
    const char *name = text_of(file, "name");
    nw_digest digest;
    uint64_t bytes;
    if (strncmp(name, "files/", 6) == 0 && !inside)
        return true; /* its digest stands in the manifest, its bytes elsewhere */
    if (!hash_file(checking, name, &digest, &bytes, err))
        return false;
    checking->verdict->files++;
    return digest_is(&digest, text_of(file, "sha256")) ||
           nw_fail(&checking->why, NW_ERR_DATA, "%s was changed", name);
}

static bool check_files(struct checking *checking, struct nw_err *err)
{
    size_t i;
    const json_t *file;
    const json_t *files = json_object_get(checking->manifest, "files");
    bool inside = json_is_true(json_object_get(checking->manifest, "files_inside"));
    size_t listed = json_array_size(files) + 2; /* and manifest.json and head.json */
    if (strcmp(text_of(checking->manifest, "format"), "nuwa-dossier/1") != 0)
        return nw_fail(&checking->why, NW_ERR_DATA, "%s is no dossier of a known format",
                       "manifest.json");
    if (!json_is_array(files) || listed > FILES_MOST)
        return nw_fail(&checking->why, NW_ERR_DATA, "%s was changed", "manifest.json");
    json_array_foreach(files, i, file)
    {
        if (!check_file(checking, file, inside, err))
            return false;
        if (strncmp(text_of(file, "name"), "files/", 6) == 0 && !inside)
            listed--;
    }
    return zip_get_num_entries(checking->zip, 0) == (zip_int64_t)listed ||
           nw_fail(&checking->why, NW_ERR_DATA,
                   "the archive has files that the manifest does not list");
}

/* ------------------------------------------------------------------ the rows */

static bool digest_row(const json_t *row, nw_digest *out, struct nw_err *err)
{
    json_t *bare = json_copy((json_t *)(uintptr_t)row);
    if (!bare)
        return nw_no_memory(err);
    (void)json_object_del(bare, "digest");
    bool good = nw_canonical_digest(bare, out, err);
    json_decref(bare);
    return good;
}

static bool check_row(struct checking *checking, const json_t *row, struct nw_err *err)
{
    nw_digest digest;
    long long number = json_integer_value(json_object_get(row, "number"));
    if (!json_is_object(row) || !digest_row(row, &digest, err))
        return err->code ? false
                         : nw_fail(&checking->why, NW_ERR_DATA, "row %lld was changed", number);
    return digest_is(&digest, text_of(row, "digest")) ||
           nw_fail(&checking->why, NW_ERR_DATA, "row %lld was changed", number);
}

static bool check_rows(struct checking *checking, const json_t *rows, struct nw_err *err)
{
    size_t i;
    const json_t *row;
    long long last = 0;
    const char *time = "", *digest = "";
    json_array_foreach(rows, i, row)
    {
        long long number = json_integer_value(json_object_get(row, "number"));
        if (!check_row(checking, row, err))
            return false;
        if (number <= last)
            return nw_fail(&checking->why, NW_ERR_DATA, "row %lld is out of order", number);
        if (number == last + 1 && last && strcmp(text_of(row, "before"), digest) != 0)
            return nw_fail(&checking->why, NW_ERR_DATA, "row %lld does not follow row %lld",
                           number, last);
        if (strcmp(text_of(row, "time"), time) < 0)
            return nw_fail(&checking->why, NW_ERR_DATA,
                           "row %lld has a time before that of the row before it", number);
        last = number;
        time = text_of(row, "time");
        digest = text_of(row, "digest");
        checking->verdict->rows++;
    }
    return true;
}

/* The entries are those of the rows, in their order, every one. */
static bool check_entries_are_rows(struct checking *checking)
{
    size_t i, at = 0;
    const json_t *row;
    json_array_foreach(checking->rows, i, row)
    {
        const json_t *entry = json_object_get(json_object_get(row, "body"), "entry");
        if (strcmp(text_of(row, "act"), "case.entry") != 0)
            continue;
        if (!json_equal((json_t *)(uintptr_t)entry, json_array_get(checking->entries, at)))
            return nw_fail(&checking->why, NW_ERR_DATA,
                           "entry %zu is not the one of the ledger", at + 1);
        at++;
    }
    return at == json_array_size(checking->entries) ||
           nw_fail(&checking->why, NW_ERR_DATA, "entry %zu is not the one of the ledger",
                   at + 1);
}

static bool parse_hex_key(const char *kind, const char *hex, struct nw_public_key *out)
{
    out->size = strlen(hex) / 2;
    return nw_signature_kind_of(kind, &out->kind) && out->size <= NW_PUBLIC_MAX &&
           nw_hex_parse(hex, out->size, out->byte);
}

static bool signature_of(const char *hex, struct nw_signature *out)
{
    out->size = strlen(hex) / 2;
    return out->size <= NW_SIGNATURE_MAX && nw_hex_parse(hex, out->size, out->byte);
}

/* The export's row names the manifest, the manifest all files; the server signed that row. */
static bool check_head(struct checking *checking, const char *known, struct nw_err *err)
{
    const json_t *row = json_object_get(checking->head, "row");
    const json_t *head = json_object_get(checking->head, "head");
    struct nw_public_key key;
    struct nw_signature signature;
    size_t len = 0;
    if (!check_row(checking, row, err))
        return false;
    if (strcmp(text_of(json_object_get(row, "body"), "manifest"), checking->manifest_sha) != 0)
        return nw_fail(&checking->why, NW_ERR_DATA, "%s was changed", "manifest.json");
    if (strcmp(text_of(head, "digest"), text_of(row, "digest")) != 0 ||
        !json_equal(json_object_get(head, "number"), json_object_get(row, "number")))
        return nw_fail(&checking->why, NW_ERR_DATA,
                       "the signed head is not of the row of this export");
    json_t *said = json_pack("{s:O?, s:s, s:s}", "number", json_object_get(head, "number"),
                             "digest", text_of(head, "digest"), "time", text_of(head, "time"));
    NW_AUTOFREE char *text = said ? nw_canonical(said, &len, err) : NULL;
    json_decref(said);
    if (!text)
        return err->code ? false : nw_no_memory(err);
    if (!parse_hex_key("ed25519", text_of(head, "key"), &key) ||
        !signature_of(text_of(head, "signature"), &signature) ||
        !nw_signature_holds(&key, text, len, &signature))
        return nw_fail(&checking->why, NW_ERR_DATA, "the server's signature does not hold");
    snprintf(checking->verdict->key, sizeof checking->verdict->key, "%s", text_of(head, "key"));
    return !known || strcmp(known, checking->verdict->key) == 0 ||
           nw_fail(&checking->why, NW_ERR_DATA, "the server's key is not the one expected");
}

/* ------------------------------------------------------------------ the entries */

/* The key that signed was made by the person who signed, before he did. */
static bool key_is_his(const struct checking *checking, const json_t *entry,
                       const json_t *signature)
{
    size_t i;
    const json_t *row;
    json_array_foreach(checking->keys, i, row)
    {
        const json_t *body = json_object_get(row, "body");
        if (strcmp(text_of(body, "public"), text_of(signature, "public")) == 0 &&
            strcmp(text_of(body, "key"), text_of(signature, "key")) == 0 &&
            strcmp(text_of(row, "person"), text_of(json_object_get(entry, "actor"), "id")) ==
                0 &&
            strcmp(text_of(row, "time"), text_of(entry, "time")) <= 0)
            return true;
    }
    return false;
}

static bool check_signature(struct checking *checking, const json_t *entry, size_t number,
                            struct nw_err *err)
{
    const json_t *signature = json_object_get(entry, "signature");
    struct nw_public_key key;
    struct nw_signature value;
    size_t len = 0;
    if (!signature)
        return true;
    NW_AUTOFREE char *text = nw_canonical(json_object_get(signature, "statement"), &len, err);
    if (!text)
        return false;
    checking->verdict->signatures++;
    if (!parse_hex_key(text_of(signature, "kind"), text_of(signature, "public"), &key) ||
        !signature_of(text_of(signature, "value"), &value) ||
        !nw_signature_holds(&key, text, len, &value))
        return nw_fail(&checking->why, NW_ERR_DATA, "the signature of entry %zu does not hold",
                       number);
    return key_is_his(checking, entry, signature) ||
           nw_fail(&checking->why, NW_ERR_DATA,
                   "the signature of entry %zu is not by a key of that person", number);
}

/* Plays the case again: every entry must have been allowed when it was made. */
static bool play(struct checking *checking, struct nw_err *err)
{
    size_t i, len;
    const json_t *entry;
    NW_AUTOFREE char *table = nw_canonical(checking->table, &len, err);
    struct nw_flow *flow = table ? nw_flow_open(table, len, err) : NULL;
    struct nw_case *state = flow ? nw_case_new(flow, err) : NULL;
    bool good = state != NULL;
    json_array_foreach(checking->entries, i, entry)
    {
        struct nw_err why = {0};
        if (!good)
            break;
        good = check_signature(checking, entry, i + 1, err);
        if (good && !nw_case_apply(state, entry, &why))
            good = why.code == NW_ERR_MEMORY
                       ? nw_no_memory(err)
                       : nw_fail(&checking->why, NW_ERR_DATA, "entry %zu may not stand: %s",
                                 i + 1, why.msg);
        checking->verdict->entries += good;
    }
    nw_case_free(state);
    nw_flow_close(flow);
    return good;
}

static bool check_all(struct checking *checking, const char *known, struct nw_err *err)
{
    const struct {
        const char *name;
        json_t **out;
    } part[] = {{"manifest.json", &checking->manifest}, {"head.json", &checking->head},
                {"table.json", &checking->table},       {"entries.json", &checking->entries},
                {"rows.json", &checking->rows},         {"keys.json", &checking->keys}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        *part[i].out =
            read_json(checking, part[i].name, i == 0 ? checking->manifest_sha : NULL, err);
        if (!*part[i].out)
            return false;
    }
    snprintf(checking->verdict->case_id, sizeof checking->verdict->case_id, "%s",
             text_of(checking->manifest, "case"));
    return check_head(checking, known, err) && check_files(checking, err) &&
           check_rows(checking, checking->rows, err) &&
           check_rows(checking, checking->keys, err) && check_entries_are_rows(checking) &&
           play(checking, err);
}

static void forget(struct checking *checking)
{
    json_t *all[] = {checking->manifest, checking->entries, checking->rows,
                     checking->keys,     checking->head,    checking->table};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        json_decref(all[i]);
    zip_discard(checking->zip);
}

/* Opened; a file that is no archive is a verdict and no failure. */
static bool open_zip(struct checking *checking, const char *path, struct nw_err *err)
{
    int why = 0;
    checking->zip = zip_open(path, ZIP_RDONLY, &why);
    if (checking->zip)
        return true;
    if (why == ZIP_ER_NOENT || why == ZIP_ER_OPEN)
        return nw_fail(err, NW_ERR_IO, "cannot read %.200s", path);
    return nw_fail(&checking->why, NW_ERR_DATA,
                   "the archive cannot be read: it was changed or "
                   "cut short");
}

bool nw_dossier_verify(const char *path, const char *key, struct nw_dossier_verdict *out,
                       struct nw_err *err)
{
    *out = (struct nw_dossier_verdict){0};
    struct checking checking = {.verdict = out};
    if (open_zip(&checking, path, err)) {
        out->valid = check_all(&checking, key, err);
        forget(&checking);
    }
    memcpy(out->what, checking.why.msg, sizeof out->what - 1);
    return err->code == NW_OK;
}

/* ------------------------------------------------------------------ only reading */

void nw_dossier_contents_release(struct nw_dossier_contents *contents)
{
    json_decref(contents->entries);
    json_decref(contents->view);
    json_decref(contents->checklist);
    json_decref(contents->trace);
    json_decref(contents->table);
    *contents = (struct nw_dossier_contents){0};
}

static bool look_at(struct checking *checking, struct nw_dossier_contents *out,
                    struct nw_err *err)
{
    size_t i, len;
    const json_t *entry;
    const char *time = text_of(checking->manifest, "time");
    NW_AUTOFREE char *text = nw_canonical(checking->table, &len, err);
    struct nw_flow *flow = text ? nw_flow_open(text, len, err) : NULL;
    struct nw_case *state = flow ? nw_case_new(flow, err) : NULL;
    bool good = state != NULL;
    json_array_foreach(checking->entries, i, entry)
    {
        good = good && nw_case_apply(state, entry, err);
    }
    if (good) {
        out->view = nw_case_view(state, time);
        out->checklist = nw_case_checklist(state, time);
        out->trace = nw_case_trace(state);
        good = (out->view && out->checklist && out->trace) || nw_no_memory(err);
    }
    nw_case_free(state);
    nw_flow_close(flow);
    return good;
}

bool nw_dossier_read(const char *path, struct nw_dossier_contents *out, struct nw_err *err)
{
    struct nw_dossier_verdict unused = {0};
    struct nw_dossier_contents found = {0};
    struct checking checking = {.verdict = &unused};
    bool good = open_zip(&checking, path, err);
    if (good) {
        checking.manifest = read_json(&checking, "manifest.json", NULL, err);
        checking.table =
            checking.manifest ? read_json(&checking, "table.json", NULL, err) : NULL;
        checking.entries =
            checking.table ? read_json(&checking, "entries.json", NULL, err) : NULL;
        good = checking.entries && look_at(&checking, &found, err);
    }
    if (!good && err->code == NW_OK)
        *err = checking.why;
    if (good) {
        found.entries = json_incref(checking.entries);
        found.table = json_incref(checking.table);
        *out = found;
    } else {
        nw_dossier_contents_release(&found);
    }
    if (checking.zip)
        forget(&checking);
    return good;
}
