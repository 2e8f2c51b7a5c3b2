/* cli/document.c -- see document_priv.h. */
#include "cli/document_priv.h"

#include <string.h>

#include "anatomy/recipe.h"
#include "core/hash.h"
#include "core/parallel.h"
#include "io/file.h"
#include "io/io.h"

enum { DOCUMENT_BYTES = 4 << 20 };

static double mm_of(const char *unit)
{
    static const char *const names[] = {"mm", "cm", "m", "inch", "um"};
    static const double mm[] = {1, 10, 1000, 25.4, 0.001};
    for (size_t u = 0; u < sizeof mm / sizeof *mm; u++)
        if (strcmp(unit, names[u]) == 0)
            return mm[u];
    return 0;
}

const char *nw_document_beside(const struct nw_document *d, const char *path,
                               struct nw_err *err)
{
    const char *slash = strrchr(d->path, '/');
    if (path[0] == '/' || !slash)
        return path;
    return nw_arena_printf(&d->run->arena, err, "%.*s/%s", (int)(slash - d->path), d->path,
                           path);
}

bool nw_document_is_unchanged(const char *path, const char *sha256, struct nw_err *err)
{
    nw_digest digest;
    uint64_t bytes;
    char hex[NW_DIGEST_TEXT];
    if (!sha256)
        return true;
    if (!nw_hash_file(path, &digest, &bytes, err))
        return false;
    nw_digest_format(&digest, hex);
    return strcmp(hex, sha256) == 0 ||
           nw_fail(err, NW_ERR_CONFLICT,
                   "%s has changed since the document was written: its SHA-256 is now %s", path,
                   hex);
}

bool nw_document_mesh(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                      struct nw_err *err)
{
    const struct nw_document *d = user;
    const struct nw_model_read_opts opts = {.unit_mm = file->unit ? mm_of(file->unit) : 0,
                                            .axes = file->axes};
    struct nw_model model = {0};
    const char *from = nw_document_beside(d, file->path, err);
    if (!from)
        return false;
    bool ok = nw_document_is_unchanged(from, file->sha256, err) &&
              nw_model_read(from, &opts, &model, err) && nw_run_read_file(d->run, from, err);
    for (size_t p = 0; ok && p < model.part_count; p++)
        ok = nw_mesh_append(out, &model.part[p].mesh, err);
    nw_model_release(&model);
    return ok;
}

/* The scan's digest is over its files, however they are packed; as the step says it. */
static bool same_scan(const struct nw_scan *scan, const char *path, const char *sha256,
                      struct nw_err *err)
{
    char hex[NW_DIGEST_TEXT];
    nw_digest_format(&scan->sources_sha256, hex);
    return !sha256 || strcmp(hex, sha256) == 0 ||
           nw_fail(err, NW_ERR_CONFLICT,
                   "%s has changed since the document was written: its SHA-256 is now %s", path,
                   hex);
}

static bool reconstruct(struct nw_document *d, const char *path, const char *sha256,
                        const char *preset, struct nw_mesh *out, struct nw_err *err)
{
    /* As it was placed: fewer triangles would cost more time than they save here. */
    const struct nw_reconstruct_opts opts = {.recipe = nw_recipe_find(preset),
                                             .simplify_mm = -1};
    const struct nw_pick pick = {0};
    struct nw_reconstruction made = {0};
    struct nw_scan scan;
    const char *from = nw_document_beside(d, path, err);
    nw_scan_init(&scan);
    bool ok = from && nw_run_load_scan(d->run, from, &pick, &scan, err) &&
              same_scan(&scan, from, sha256, err) && nw_reconstruct(&scan, &opts, &made, err);
    nw_scan_release(&scan);
    nw_stage("生成部件", "making the part");
    for (size_t p = 0; ok && p < made.model.part_count; p++)
        ok = nw_mesh_append(out, &made.model.part[p].mesh, err);
    nw_reconstruction_release(&made);
    return ok;
}

static bool is_same(const struct nw_document_tissue *t, const char *path, const char *sha256,
                    const char *preset)
{
    const bool digest = t->sha256 && sha256 ? strcmp(t->sha256, sha256) == 0 : !sha256;
    return digest && strcmp(t->path, path) == 0 && strcmp(t->preset, preset) == 0;
}

/* The next place, or that of the oldest. */
static struct nw_document_tissue *place_to_keep(struct nw_document *d)
{
    struct nw_document_tissue *t = &d->kept[d->kept_count++ % NW_DOCUMENT_TISSUES];
    nw_mesh_release(&t->mesh);
    *t = (struct nw_document_tissue){0};
    return t;
}

static bool load_anatomy(void *user, const char *path, const char *sha256, const char *preset,
                         struct nw_mesh *out, struct nw_err *err)
{
    struct nw_document *d = user;
    if (!d->keep)
        return reconstruct(d, path, sha256, preset, out, err);
    for (size_t i = 0; i < NW_DOCUMENT_TISSUES; i++)
        if (d->kept[i].path && is_same(&d->kept[i], path, sha256, preset))
            return nw_mesh_copy(out, &d->kept[i].mesh, err);
    struct nw_document_tissue *t = place_to_keep(d);
    if (!reconstruct(d, path, sha256, preset, &t->mesh, err))
        return false;
    t->path = path;
    t->sha256 = sha256;
    t->preset = preset;
    return nw_mesh_copy(out, &t->mesh, err);
}

void nw_document_release(struct nw_document *doc)
{
    for (size_t i = 0; i < NW_DOCUMENT_TISSUES; i++)
        nw_mesh_release(&doc->kept[i].mesh);
    doc->kept_count = 0;
}

struct nw_design *nw_document_read(const struct nw_document *doc, struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE uint8_t *text = nw_file_read(doc->path, DOCUMENT_BYTES, &len, err);
    if (!text || !nw_run_read_file(doc->run, doc->path, err))
        return NULL;
    struct nw_design *design = nw_design_parse((const char *)text, len, err);
    if (!design)
        nw_fail_at(err, "%s", doc->path);
    return design;
}

struct nw_design_files nw_document_files(struct nw_document *doc)
{
    return (struct nw_design_files){
        .user = doc, .mesh = nw_document_mesh, .anatomy = load_anatomy};
}

bool nw_document_output(const struct nw_design *design, const char *name, size_t *out,
                        struct nw_err *err)
{
    const size_t count = nw_design_output_count(design);
    for (size_t at = 0; at < count; at++)
        if (!name || strcmp(nw_design_output(design, at).name, name) == 0) {
            *out = at;
            return name || count == 1 ||
                   nw_fail(err, NW_ERR_ARGUMENT,
                           "the document makes %zu parts; say which with --part, such as "
                           "--part %.60s",
                           count, nw_design_output(design, 0).name);
        }
    return nw_fail(err, NW_ERR_NOTFOUND, "the document makes no part named %.60s", name);
}
