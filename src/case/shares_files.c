/* case/shares_files.c -- which files of a case may go out: by their kind, and for scans and
 * views by the job that made them. */
#include <stdio.h>
#include <string.h>

#include "case/shares_priv.h"

static const char *const kind_name[] = {"model", "picture", "scan", "view"};

static const struct {
    const char *ending, *media;
    enum nw_shared_kind kind;
    bool packed;
} kinds[] = {
    {".stl", "model/stl", NW_SHARED_MODEL, false},
    {".3mf", "model/3mf", NW_SHARED_MODEL, true},
    {".obj", "model/obj", NW_SHARED_MODEL, false},
    {".ply", "application/octet-stream", NW_SHARED_MODEL, false},
    {".glb", "model/gltf-binary", NW_SHARED_MODEL, false},
    {".png", "image/png", NW_SHARED_PICTURE, false},
    {".jpg", "image/jpeg", NW_SHARED_PICTURE, false},
    {".zip", "application/zip", NW_SHARED_SCAN, true},
    {".view", "application/octet-stream", NW_SHARED_VIEW, false},
};

const char *nw_shared_kind_name(enum nw_shared_kind kind)
{
    return kind_name[kind];
}

static bool tell_kind(struct nw_shared_file *file, size_t number)
{
    const size_t len = strlen(file->name);
    file->kind = NW_SHARED_NONE;
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
    return file->kind != NW_SHARED_NONE;
}

/* What a file must come from to go out: `good` judges a job that made it. */
struct origin {
    const char *case_id, *hex, *command;
    bool (*good)(struct nw_tx *tx, const struct origin *origin, const json_t *job,
                 const json_t *result, bool *is, struct nw_err *err);
};

/* Did a job of the case, done by origin->command, make the file as origin->good demands? */
static bool is_made(struct nw_tx *tx, const struct origin *origin, bool *is, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    bool asked = true;
    *is = false;
    if (!nw_tx_query(tx, &arena,
                     "SELECT command, result FROM jobs WHERE case_id = ? AND state = 'done'",
                     NW_VALUES(NW_STRING(origin->case_id)), &rows, err))
        return false;
    for (size_t i = 0; asked && i < rows.count && !*is; i++) {
        json_t *job = json_loads(nw_row_text(&rows, i, 0), 0, NULL),
               *result = json_loads(nw_row_text(&rows, i, 1), 0, NULL);
        const char *command = json_string_value(json_object_get(job, "command"));
        if (command && strcmp(command, origin->command) == 0)
            asked = origin->good(tx, origin, job, result, is, err);
        json_decref(job);
        json_decref(result);
    }
    return asked;
}

/* The name under which a job left the file, or NULL. */
static const char *output_name(const json_t *result, const char *hex)
{
    const json_t *list = json_object_get(result, "outputs"), *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        const char *made = json_string_value(json_object_get(one, "sha256"));
        if (made && strcmp(made, hex) == 0)
            return json_string_value(json_object_get(one, "name"));
    }
    return NULL;
}

/* A job leaves more than what it was asked for: only that is without identity. */
static bool is_wanted(struct nw_tx *tx, const struct origin *origin, const json_t *job,
                      const json_t *result, bool *is, struct nw_err *err)
{
    (void)tx, (void)err;
    const char *name = output_name(result, origin->hex);
    const json_t *wanted = json_object_get(job, "outputs"), *one;
    size_t i;
    json_array_foreach(wanted, i, one)
    {
        *is = *is || (name && strcmp(name, json_string_value(one)) == 0);
    }
    return true;
}

/* A scan that a job of this case took the identity out of? */
static bool is_deidentified(struct nw_tx *tx, const char *case_id, const char *hex, bool *is,
                            struct nw_err *err)
{
    const struct origin origin = {case_id, hex, "deidentify", is_wanted};
    return is_made(tx, &origin, is, err);
}

/* The first name of that file in the case, "" without one. */
static bool name_of(struct nw_tx *tx, const char *case_id, const char *hex, char out[256],
                    struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT name FROM case_files WHERE case_id = ? AND sha256 = ? AND "
                     "number > 0 ORDER BY number LIMIT 1",
                     NW_VALUES(NW_STRING(case_id), NW_STRING(hex)), &rows, err))
        return false;
    (void)snprintf(out, 256, "%s", rows.count ? nw_row_text(&rows, 0, 0) : "");
    return true;
}

/* May what a view was made of go out? Its names stand in the view: plain ones only. */
static bool is_view_input(struct nw_tx *tx, const char *case_id, const char *name,
                          const char *hex, bool *is, struct nw_err *err)
{
    struct nw_shared_file of = {.kind = NW_SHARED_NONE};
    *is = false;
    if (strncmp(name, "model.", 6) != 0 && strncmp(name, "scan.", 5) != 0)
        return true;
    if (!name_of(tx, case_id, hex, of.name, err))
        return false;
    *is = tell_kind(&of, 1) && of.kind == NW_SHARED_MODEL;
    return of.kind != NW_SHARED_SCAN || is_deidentified(tx, case_id, hex, is, err);
}

static bool is_open_view(struct nw_tx *tx, const struct origin *origin, const json_t *job,
                         const json_t *result, bool *is, struct nw_err *err)
{
    json_t *inputs = json_object_get(job, "inputs"), *digest;
    const char *name;
    bool all = output_name(result, origin->hex) && json_object_size(inputs) > 0;
    json_object_foreach(inputs, name, digest)
    {
        bool one = false;
        if (all &&
            !is_view_input(tx, origin->case_id, name, json_string_value(digest), &one, err))
            return false;
        all = all && one;
    }
    *is = all;
    return true;
}

static bool may_go(struct nw_tx *tx, const char *case_id, const char *hex,
                   const struct nw_shared_file *file, struct nw_err *err)
{
    bool is = false;
    if (file->kind == NW_SHARED_SCAN)
        return is_deidentified(tx, case_id, hex, &is, err) &&
               (is || nw_fail(err, NW_ERR_DATA,
                              "a scan is shared only as a job of this case has made it without "
                              "identity"));
    const struct origin view = {case_id, hex, "view", is_open_view};
    return file->kind != NW_SHARED_VIEW ||
           (is_made(tx, &view, &is, err) &&
            (is || nw_fail(err, NW_ERR_DATA,
                           "a view is shared only as a job of this case has made it of models, "
                           "or of scans without identity, under the names \"model\" and "
                           "\"scan\"")));
}

bool nw_shared_file(struct nw_tx *tx, const char *case_id, const char *hex, size_t number,
                    struct nw_shared_file *out, struct nw_err *err)
{
    *out = (struct nw_shared_file){.kind = NW_SHARED_NONE};
    if (!hex || !nw_digest_parse(hex, &out->sha256))
        return nw_fail(err, NW_ERR_DATA,
                       "each of \"files\" is the digest of a file of the case, 64 hexadecimal "
                       "digits");
    if (!name_of(tx, case_id, hex, out->name, err))
        return false;
    if (!*out->name)
        return nw_fail(err, NW_ERR_DATA, "the case has no such file");
    if (!tell_kind(out, number))
        return nw_fail(err, NW_ERR_DATA,
                       "only models (.stl .3mf .obj .ply .glb), pictures (.png .jpg), scans "
                       "without identity and views of them are shared");
    return may_go(tx, case_id, hex, out, err);
}
