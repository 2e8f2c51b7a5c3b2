/* case/step.c -- see step.h. JSON by jansson, keys sorted, so that the text is canonical. */
#include "case/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int FORMAT = 1; /* of the step file */

void nw_step_release(struct nw_step *step)
{
    nw_free(step->argument);
    nw_free(step->input);
    nw_free(step->output);
    nw_arena_release(&step->arena);
    *step = (struct nw_step){0};
}

bool nw_step_add_argument(struct nw_step *step, const char *text, struct nw_err *err)
{
    const char *copy = nw_arena_text(&step->arena, text, err);
    if (!copy ||
        !nw_resize(&step->argument, step->argument_count + 1, sizeof *step->argument, err))
        return false;
    step->argument[step->argument_count++] = copy;
    return true;
}

static bool add_stream(struct nw_stream **list, size_t *count, const struct nw_stream *stream,
                       struct nw_err *err)
{
    if (!nw_resize(list, *count + 1, sizeof **list, err))
        return false;
    (*list)[(*count)++] = *stream;
    return true;
}

static bool digest_stream(struct nw_step *step, const char *path, struct nw_stream *out,
                          struct nw_err *err)
{
    *out = (struct nw_stream){.path = nw_arena_text(&step->arena, path, err)};
    return out->path && nw_hash_file(path, &out->sha256, &out->bytes, err);
}

bool nw_step_add_input(struct nw_step *step, const char *path, struct nw_err *err)
{
    struct nw_stream s;
    return digest_stream(step, path, &s, err) &&
           add_stream(&step->input, &step->input_count, &s, err);
}

bool nw_step_add_output(struct nw_step *step, const char *path, struct nw_err *err)
{
    struct nw_stream s;
    return digest_stream(step, path, &s, err) &&
           add_stream(&step->output, &step->output_count, &s, err);
}

bool nw_step_add_scan(struct nw_step *step, const char *path, const struct nw_scan *scan,
                      struct nw_err *err)
{
    struct nw_stream s = {.path = nw_arena_text(&step->arena, path, err),
                          .sha256 = scan->sources_sha256,
                          .is_scan = true,
                          .file_count = scan->source_count};
    s.file =
        s.path ? nw_arena_alloc(&step->arena, (s.file_count + 1) * sizeof *s.file, err) : NULL;
    if (!s.file)
        return false;
    for (size_t i = 0; i < s.file_count; i++) {
        s.file[i] = scan->source[i];
        s.file[i].name = nw_arena_text(&step->arena, scan->source[i].name, err);
        if (!s.file[i].name)
            return false;
        s.bytes += s.file[i].bytes;
    }
    return add_stream(&step->input, &step->input_count, &s, err);
}

static json_t *digest_json(const nw_digest *digest)
{
    char text[NW_DIGEST_TEXT];
    nw_digest_format(digest, text);
    return json_string(text);
}

static json_t *stream_json(const struct nw_stream *s)
{
    json_t *o = json_pack("{s:s, s:I, s:o}", "path", s->path, "bytes", (json_int_t)s->bytes,
                          "sha256", digest_json(&s->sha256));
    if (!o || !s->is_scan)
        return o;
    json_t *files = json_array();
    for (size_t i = 0; i < s->file_count; i++)
        json_array_append_new(files, json_pack("{s:s, s:I, s:o}", "name", s->file[i].name,
                                               "bytes", (json_int_t)s->file[i].bytes, "sha256",
                                               digest_json(&s->file[i].sha256)));
    json_object_set_new(o, "files", files);
    return o;
}

static json_t *streams_json(const struct nw_stream *s, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, stream_json(&s[i]));
    return list;
}

static json_t *step_json(const struct nw_step *step, const json_t *result)
{
    json_t *arguments = json_array();
    for (size_t i = 0; i < step->argument_count; i++)
        json_array_append_new(arguments, json_string(step->argument[i]));
    json_t *o = json_pack(
        "{s:i, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:f, s:I, s:i}", "nuwa_step", FORMAT,
        "command", step->command, "version", step->version, "arguments", arguments, "inputs",
        streams_json(step->input, step->input_count), "outputs",
        streams_json(step->output, step->output_count), "folder", step->folder, "started",
        step->started, "who", step->who, "wall_s", step->wall_s, "peak_memory_bytes",
        (json_int_t)step->peak_memory_bytes, "threads", step->threads);
    if (o && result)
        json_object_set_new(o, "result", json_deep_copy(result));
    return o;
}

/* The digest of the compact text without its own member. */
static bool digest_of(json_t *o, nw_digest *out, struct nw_err *err)
{
    json_object_del(o, "step_sha256");
    char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    if (!text)
        return nw_fail(err, NW_ERR_MEMORY, "no memory for a step's text");
    const bool ok = nw_hash_bytes(text, strlen(text), out, err);
    free(text); /* allowed: jansson's own allocation */
    return ok;
}

char *nw_step_format(struct nw_step *step, const json_t *result, struct nw_err *err)
{
    json_t *o = step_json(step, result);
    if (!o) {
        nw_fail(err, NW_ERR_INTERNAL, "a step could not be put into words");
        return NULL;
    }
    char *text = NULL;
    if (digest_of(o, &step->digest, err)) {
        json_object_set_new(o, "step_sha256", digest_json(&step->digest));
        char *dump = json_dumps(o, JSON_INDENT(1) | JSON_SORT_KEYS);
        text = dump ? nw_alloc(strlen(dump) + 2, 1, err) : NULL;
        if (text) {
            memcpy(text, dump, strlen(dump));
            text[strlen(dump)] = '\n';
        } else if (!dump) {
            nw_fail(err, NW_ERR_MEMORY, "no memory for a step's text");
        }
        free(dump); /* allowed: jansson's own allocation */
    }
    json_decref(o);
    return text;
}

/* ---- reading ---- */

static bool bad(struct nw_err *err, const char *what)
{
    return nw_fail(err, NW_ERR_DATA, "this is not a step file of nuwa: %s", what);
}

static bool take_text(const json_t *o, const char *key, struct nw_step *step, const char **out,
                      struct nw_err *err)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_string(v))
        return nw_fail(err, NW_ERR_DATA, "this is not a step file of nuwa: no text \"%s\"",
                       key);
    *out = nw_arena_text(&step->arena, json_string_value(v), err);
    return *out != NULL;
}

static bool take_digest(const json_t *o, const char *key, nw_digest *out, struct nw_err *err)
{
    const char *text = json_string_value(json_object_get(o, key));
    return (text && nw_digest_parse(text, out)) || bad(err, "a digest is missing or malformed");
}

static bool take_bytes(const json_t *o, uint64_t *out, struct nw_err *err)
{
    const json_t *v = json_object_get(o, "bytes");
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return bad(err, "a size in bytes is missing");
    *out = (uint64_t)json_integer_value(v);
    return true;
}

static bool take_files(const json_t *files, struct nw_step *step, struct nw_stream *s,
                       struct nw_err *err)
{
    s->is_scan = true;
    s->file_count = json_array_size(files);
    s->file = nw_arena_alloc(&step->arena, (s->file_count + 1) * sizeof *s->file, err);
    bool ok = s->file != NULL;
    for (size_t i = 0; ok && i < s->file_count; i++) {
        const json_t *f = json_array_get(files, i);
        s->file[i] = (struct nw_source){0};
        ok = take_text(f, "name", step, &s->file[i].name, err) &&
             take_bytes(f, &s->file[i].bytes, err) &&
             take_digest(f, "sha256", &s->file[i].sha256, err);
    }
    return ok;
}

static bool take_streams(const json_t *list, struct nw_step *step, struct nw_stream **out,
                         size_t *count, struct nw_err *err)
{
    if (!json_is_array(list))
        return bad(err, "its inputs or outputs are missing");
    bool ok = true;
    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        const json_t *o = json_array_get(list, i);
        struct nw_stream s = {0};
        const json_t *files = json_object_get(o, "files");
        ok = take_text(o, "path", step, &s.path, err) && take_bytes(o, &s.bytes, err) &&
             take_digest(o, "sha256", &s.sha256, err) &&
             (!files || take_files(files, step, &s, err)) && add_stream(out, count, &s, err);
    }
    return ok;
}

static bool take_members(json_t *o, struct nw_step *step, struct nw_err *err)
{
    const json_t *format = json_object_get(o, "nuwa_step");
    if (!json_is_integer(format))
        return bad(err, "no member \"nuwa_step\"");
    if (json_integer_value(format) != FORMAT)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "this step file has format %lld; this program reads format %d",
                       (long long)json_integer_value(format), FORMAT);
    nw_digest stated;
    if (!take_digest(o, "step_sha256", &stated, err) || !digest_of(o, &step->digest, err))
        return false;
    if (memcmp(&stated, &step->digest, sizeof stated) != 0)
        return nw_fail(err, NW_ERR_DATA,
                       "the step file itself was changed after it was written: its digest does "
                       "not match its content");
    const json_t *arguments = json_object_get(o, "arguments");
    bool ok = take_text(o, "command", step, &step->command, err) &&
              take_text(o, "version", step, &step->version, err) &&
              take_text(o, "folder", step, &step->folder, err) &&
              take_text(o, "started", step, &step->started, err) &&
              take_text(o, "who", step, &step->who, err);
    for (size_t i = 0; ok && i < json_array_size(arguments); i++) {
        const char *text = json_string_value(json_array_get(arguments, i));
        ok = text ? nw_step_add_argument(step, text, err) : bad(err, "an argument is no text");
    }
    step->threads = (int)json_integer_value(json_object_get(o, "threads"));
    step->wall_s = json_number_value(json_object_get(o, "wall_s"));
    return ok &&
           take_streams(json_object_get(o, "inputs"), step, &step->input, &step->input_count,
                        err) &&
           take_streams(json_object_get(o, "outputs"), step, &step->output, &step->output_count,
                        err);
}

bool nw_step_parse(const char *text, size_t len, struct nw_step *out, struct nw_err *err)
{
    json_error_t where;
    json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    if (!o)
        return nw_fail(err, NW_ERR_DATA,
                       "this is not a step file of nuwa: line %d column %d is not JSON",
                       where.line, where.column);
    struct nw_step step = {0};
    const bool ok = json_is_object(o) ? take_members(o, &step, err) : bad(err, "no object");
    json_decref(o);
    if (!ok) {
        nw_step_release(&step);
        return false;
    }
    *out = step;
    return true;
}

/* ---- checking ---- */

/* The file itself, or one beside or below it: "" when the parts do not fit. */
static bool join(char out[4096], const char *folder, const char *path, const char *file)
{
    const int len =
        path[0] == '/' ? snprintf(out, 4096, "%s%s%s", path, *file ? "/" : "", file)
                       : snprintf(out, 4096, "%s/%s%s%s", folder, path, *file ? "/" : "", file);
    return len > 0 && len < 4096;
}

static bool look(const char *full, const nw_digest *expected, enum nw_finding *out,
                 struct nw_err *err)
{
    nw_digest digest;
    uint64_t bytes;
    if (access(full, F_OK) != 0) {
        *out = NW_STREAM_MISSING;
        return true;
    }
    if (!nw_hash_file(full, &digest, &bytes, err))
        return false;
    *out = memcmp(&digest, expected, sizeof digest) == 0 ? NW_STREAM_SAME : NW_STREAM_CHANGED;
    return true;
}

/* Where the files of a scan are: below the folder named, or beside the file named (DICOMDIR).
 * An archive's are inside it: it is an input of its own, and they are not looked for. */
static bool find_files(char base[4096], const struct nw_stream *s, const char *folder)
{
    char probe[4096];
    if (!join(base, folder, s->path, "") || !join(probe, base, ".", ""))
        return false;
    (void)snprintf(probe, sizeof probe, "%.4090s/.", base);
    if (access(probe, F_OK) == 0)
        return true;
    char *slash = strrchr(base, '/');
    if (slash)
        *slash = '\0';
    return s->file_count > 0 && join(probe, base, s->file[0].name, "") &&
           access(probe, F_OK) == 0;
}

static bool check_stream(const struct nw_stream *s, const char *folder,
                         struct nw_stream_check *at, size_t *count, struct nw_err *err)
{
    char base[4096], full[4096];
    if (!s->is_scan) {
        at[*count] = (struct nw_stream_check){.path = s->path, .file = ""};
        return join(full, folder, s->path, "") &&
               look(full, &s->sha256, &at[(*count)++].finding, err);
    }
    if (!find_files(base, s, folder)) {
        if (s->file_count != 1)
            return true;
        at[*count] = (struct nw_stream_check){.path = s->path, .file = ""};
        return join(full, folder, s->path, "") &&
               look(full, &s->file[0].sha256, &at[(*count)++].finding, err);
    }
    bool ok = true;
    for (size_t i = 0; ok && i < s->file_count; i++) {
        at[*count] = (struct nw_stream_check){.path = s->path, .file = s->file[i].name};
        ok = join(full, base, s->file[i].name, "") &&
             look(full, &s->file[i].sha256, &at[(*count)++].finding, err);
    }
    return ok;
}

struct nw_stream_check *nw_step_check(const struct nw_step *step, const char *folder,
                                      size_t *count, struct nw_err *err)
{
    size_t most = step->output_count + step->input_count + 1;
    for (size_t i = 0; i < step->input_count; i++)
        most += step->input[i].file_count;
    struct nw_stream_check *list = NW_ALLOC(struct nw_stream_check, most, err);
    *count = 0;
    bool ok = list != NULL;
    const char *from = folder ? folder : step->folder;
    for (size_t i = 0; ok && i < step->input_count; i++)
        ok = check_stream(&step->input[i], from, list, count, err);
    for (size_t i = 0; ok && i < step->output_count; i++)
        ok = check_stream(&step->output[i], from, list, count, err);
    if (!ok) {
        nw_free(list);
        return NULL;
    }
    return list;
}
