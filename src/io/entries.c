/* io/entries.c -- see entries_priv.h. */
#include "io/entries_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/parallel.h"
#include "io/file.h"
#include "io/volume_priv.h"

enum { FILES_MAX = 2000000, DEPTH_MAX = 64, BATCH = 64, HEAD_BYTES = 64 << 10 };
static const uint64_t FILE_MAX = (uint64_t)1 << 36, BATCH_BYTES = (uint64_t)64 << 20,
                      KEPT_BYTES = (uint64_t)128 << 20; /* saves unpacking them again */

void nw_entries_release(struct nw_entries *e)
{
    for (size_t i = 0; i < e->count; i++) {
        nw_arena_release(&e->item[i].arena);
        nw_free(e->item[i].kept);
    }
    nw_free(e->item);
    nw_arena_release(&e->arena);
    *e = (struct nw_entries){0};
}

static bool add(struct nw_entries *e, const char *name, const char *path, size_t member,
                uint64_t bytes, struct nw_err *err)
{
    if (e->count == FILES_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "there are more than %d files; name a folder inside",
                       FILES_MAX);
    char *own_name = nw_arena_text(&e->arena, name, err);
    char *own_path = own_name ? nw_arena_text(&e->arena, path, err) : NULL;
    if (!own_path || !nw_grow(&e->item, &e->room, e->count + 1, sizeof *e->item, err))
        return false;
    e->item[e->count++] =
        (struct nw_entry){.name = own_name, .path = own_path, .member = member, .bytes = bytes};
    return true;
}

/* ---- folders ---- */

/* Folders still to be looked into; names relative to the root. */
struct queue {
    const char **name;
    int *depth;
    size_t count, room, depth_room;
};

static bool push(struct queue *q, const char *name, int depth, struct nw_err *err)
{
    if (!nw_grow(&q->name, &q->room, q->count + 1, sizeof *q->name, err) ||
        !nw_grow(&q->depth, &q->depth_room, q->count + 1, sizeof *q->depth, err))
        return false;
    q->name[q->count] = name;
    q->depth[q->count++] = depth;
    return true;
}

static bool look_at(struct nw_entries *e, struct queue *q, const char *root, const char *inner,
                    const char *leaf, int depth, struct nw_err *err)
{
    char *name = nw_arena_printf(&e->arena, err, "%s%s%s", inner, inner[0] ? "/" : "", leaf);
    char *path = name ? nw_arena_printf(&e->arena, err, "%s/%s", root, name) : NULL;
    if (!path)
        return false;
    struct stat st;
    if (lstat(path, &st) != 0)
        return true;
    const bool is_link = S_ISLNK(st.st_mode);
    if (is_link && stat(path, &st) != 0)
        return true; /* it points nowhere */
    if (S_ISDIR(st.st_mode) && !is_link && depth < DEPTH_MAX)
        return push(q, name, depth + 1, err);
    return !S_ISREG(st.st_mode) || add(e, name, path, SIZE_MAX, (uint64_t)st.st_size, err);
}

static bool list_folder(struct nw_entries *e, struct queue *q, const char *root, size_t at,
                        struct nw_err *err)
{
    const char *inner = q->name[at];
    const char *path = inner[0] ? nw_arena_printf(&e->arena, err, "%s/%s", root, inner) : root;
    DIR *dir = path ? opendir(path) : NULL;
    if (!dir) /* one that may not be opened is passed over, unless it is the root */
        return err->code == NW_OK &&
               (inner[0] ||
                nw_fail(err, NW_ERR_IO, "%s cannot be opened: %s", root, strerror(errno)));
    bool ok = true;
    for (const struct dirent *d; ok && (d = readdir(dir)) != NULL;)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            ok = look_at(e, q, root, inner, d->d_name, q->depth[at], err);
    (void)closedir(dir);
    return ok;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct nw_entry *)a)->name, ((const struct nw_entry *)b)->name);
}

static bool walk_folder(struct nw_entries *e, const char *root, struct nw_err *err)
{
    struct queue q = {0};
    bool ok = push(&q, "", 0, err);
    for (size_t i = 0; ok && i < q.count; i++)
        ok = nw_progress(0, 0) ? list_folder(e, &q, root, i, err) : nw_fail_cancelled(err);
    nw_free(q.name);
    nw_free(q.depth);
    if (ok && e->count > 0)
        qsort(e->item, e->count, sizeof *e->item, by_name);
    return ok;
}

/* ---- what a file is ---- */

static bool keep_why(struct nw_entry *entry, struct nw_err *err)
{
    const char *why = err->code == NW_OK ? "" : err->msg;
    struct nw_err again = {0};
    entry->why = nw_arena_text(&entry->arena, why, &again);
    if (!entry->why || err->code == NW_ERR_MEMORY)
        return false;
    *err = (struct nw_err){0};
    entry->kind = NW_ENTRY_BROKEN;
    return true;
}

/* `data` is the whole content when len == entry->bytes, else its beginning. */
static bool classify(struct nw_entry *entry, const uint8_t *data, size_t len,
                     const char *charset, bool *more, struct nw_err *err)
{
    *more = false;
    if (nw_volume_parse_is(data, len, entry->name)) {
        const bool from_disk = entry->member == SIZE_MAX;
        entry->kind = NW_ENTRY_VOLUME;
        return nw_volume_file_look(from_disk ? entry->path : NULL, from_disk ? NULL : data,
                                   from_disk ? 0 : len, &entry->grid, &entry->format, err) ||
               keep_why(entry, err);
    }
    if (entry->member == SIZE_MAX && nw_archive_sniff(data, len)) {
        entry->kind = NW_ENTRY_ARCHIVE;
        return true;
    }
    if (!nw_dicom_sniff(data, len))
        return true;
    switch (
        nw_dicom_parse(data, len, entry->bytes, charset, &entry->arena, &entry->header, err)) {
    case NW_DICOM_IS:
        entry->kind = NW_ENTRY_DICOM;
        return true;
    case NW_DICOM_MORE:
        *more = true;
        return true;
    case NW_DICOM_IS_NOT:
        return keep_why(entry, err);
    }
    NW_UNREACHABLE();
}

/* Reads the first bytes of a file. */
static uint8_t *read_head(const char *path, size_t most, size_t *len, struct nw_err *err)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        nw_fail(err, NW_ERR_IO, "it cannot be opened: %s", strerror(errno));
        return NULL;
    }
    (void)setvbuf(file, NULL, _IONBF, 0);
    uint8_t *data = NW_ALLOC_UNSET(uint8_t, most + 1, err);
    if (data)
        *len = fread(data, 1, most, file);
    (void)fclose(file);
    return data;
}

static bool look_into_file(struct nw_entry *entry, const char *charset, struct nw_err *err)
{
    bool more = true;
    for (uint64_t most = HEAD_BYTES; more; most *= 16) {
        if (most > entry->bytes)
            most = entry->bytes;
        if (most > FILE_MAX)
            return nw_fail(err, NW_ERR_LIMIT, "its header does not end in %llu bytes",
                           (unsigned long long)FILE_MAX) ||
                   keep_why(entry, err);
        size_t len = 0;
        NW_AUTOFREE uint8_t *head = read_head(entry->path, (size_t)most, &len, err);
        if (!head)
            return keep_why(entry, err);
        if (!classify(entry, head, len, charset, &more, err))
            return false;
        if (more && (len < most || most == entry->bytes))
            return nw_fail(err, NW_ERR_DATA, "the file is cut off in its header") ||
                   keep_why(entry, err);
    }
    return true;
}

static bool look_into_files(struct nw_entries *e, size_t from, size_t to, const char *charset,
                            struct nw_err *err)
{
    struct nw_err errs[BATCH];
    for (size_t at = from; at < to; at += BATCH) {
        const size_t end = at + BATCH < to ? at + BATCH : to;
        if (!nw_progress(at - from, to - from))
            return nw_fail_cancelled(err);
        memset(errs, 0, sizeof errs);
        NW_PARALLEL_FOR_UNEVEN
        for (size_t i = at; i < end; i++)
            (void)!look_into_file(&e->item[i], charset, &errs[i - at]);
        for (size_t i = at; i < end; i++)
            if (errs[i - at].code != NW_OK) {
                *err = errs[i - at];
                return false;
            }
    }
    return true;
}

/* ---- archives ---- */

struct member {
    uint8_t *data;
    size_t len;
};

static bool look_into_members(struct nw_entries *e, size_t from, struct member *m,
                              const char *charset, struct nw_err *err)
{
    struct nw_err errs[BATCH] = {{0}};
    const size_t count = e->count - from;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t i = 0; i < count; i++) {
        bool more = false;
        if (m[i].data)
            (void)!classify(&e->item[from + i], m[i].data, m[i].len, charset, &more, &errs[i]);
    }
    for (size_t i = 0; i < count; i++) {
        struct nw_entry *entry = &e->item[from + i];
        if (entry->kind == NW_ENTRY_DICOM && e->kept_bytes + m[i].len <= KEPT_BYTES) {
            entry->kept = m[i].data;
            e->kept_bytes += m[i].len;
        } else {
            nw_free(m[i].data);
        }
        m[i].data = NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (errs[i].code != NW_OK) {
            *err = errs[i];
            return false;
        }
    return true;
}

/* Takes one member's content when its beginning could be a scan's. */
static bool take_member(struct nw_archive *a, const char *name, struct member *m,
                        struct nw_err *err)
{
    if (!nw_archive_read(a, HEAD_BYTES, &m->data, &m->len, err))
        return false;
    if (m->data &&
        (nw_dicom_sniff(m->data, m->len) || nw_volume_parse_is(m->data, m->len, name)))
        return nw_archive_read(a, FILE_MAX, &m->data, &m->len, err);
    nw_free(m->data);
    m->data = NULL;
    return true;
}

static bool add_members(struct nw_entries *e, struct nw_archive *a, const char *prefix,
                        const char *path, const char *charset, struct nw_err *err)
{
    struct member m[BATCH] = {{0}};
    size_t from = e->count;
    uint64_t held = 0;
    bool ok = true, ended = false;
    while (ok && !ended) {
        const char *name = NULL;
        ok = nw_progress(0, 0) || nw_fail_cancelled(err);
        ok = ok && nw_archive_next(a, &name, err);
        ended = ok && !name;
        if (ok && !ended) {
            struct member *mine = &m[e->count - from];
            *mine = (struct member){0};
            char *full = nw_arena_printf(&e->arena, err, "%s%s", prefix, name);
            ok = full && take_member(a, full, mine, err) &&
                 add(e, full, path, nw_archive_at(a), mine->len, err);
            held += mine->len;
            if (!ok) {
                nw_free(mine->data);
                mine->data = NULL;
            }
        }
        if (e->count - from == BATCH || held > BATCH_BYTES || ended || !ok) {
            struct nw_err inner = {0};
            if (!look_into_members(e, from, m, charset, &inner) && ok) {
                *err = inner;
                ok = false;
            }
            from = e->count;
            held = 0;
        }
    }
    return ok;
}

/* A damaged archive gives what came before the damage, and says so. */
static bool open_archive(struct nw_entries *e, size_t at, bool is_root, const char *charset,
                         struct nw_err *err)
{
    const char *path = e->item[at].path;
    const char *prefix =
        is_root ? "" : nw_arena_printf(&e->arena, err, "%s/", e->item[at].name);
    struct nw_archive *a = prefix ? nw_archive_new(path, err) : NULL;
    const bool ok = a && add_members(e, a, prefix, path, charset, err);
    nw_archive_free(a);
    if (ok || err->code == NW_ERR_CANCELLED || err->code == NW_ERR_MEMORY)
        return ok;
    return keep_why(&e->item[at], err);
}

/* ---- DICOMDIR ---- */

/* Finds a file named without regard to case, as discs are burnt. */
static bool find_referenced(struct nw_entries *all, const char *name, struct nw_entry **out)
{
    size_t lo = 0, hi = all->count;
    while (lo < hi) { /* exactly, as it is most often */
        const size_t mid = lo + (hi - lo) / 2;
        const int c = strcmp(all->item[mid].name, name);
        if (c == 0) {
            *out = &all->item[mid];
            return true;
        }
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (size_t i = 0; i < all->count; i++)
        if (strcasecmp(all->item[i].name, name) == 0) {
            *out = &all->item[i];
            return true;
        }
    return false;
}

static bool take_referenced(struct nw_entries *e, struct nw_entries *all,
                            const char *const *file, size_t file_count, struct nw_err *err)
{
    for (size_t i = 0; i < file_count; i++) {
        struct nw_entry *found = NULL;
        if (!find_referenced(all, file[i], &found)) {
            e->dangling++;
            continue;
        }
        if (found->member == 0) /* taken already: a directory may name a file twice */
            continue;
        if (!add(e, found->name, found->path, SIZE_MAX, found->bytes, err))
            return false;
        found->member = 0;
    }
    return true;
}

/* Directories may name directories (Philips' discs do); all names count from the root. */
static bool follow_all(struct nw_entries *e, struct nw_entries *all, const char *charset,
                       struct nw_err *err)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct nw_dicom *h = &e->item[i].header;
        if (e->item[i].kind != NW_ENTRY_DICOM || h->kind != NW_DICOM_DIRECTORY)
            continue;
        const size_t from = e->count;
        e->named += h->file_count;
        if (!take_referenced(e, all, h->file, h->file_count, err) ||
            !look_into_files(e, from, e->count, charset, err))
            return false;
    }
    return true;
}

/* The path is a DICOMDIR: what it names becomes the entries, it itself stays as the first. */
static bool follow_directory(struct nw_entries *e, const char *path, const char *charset,
                             struct nw_err *err)
{
    const char *slash = strrchr(path, '/');
    const char *root =
        slash ? nw_arena_textn(&e->arena, path, (size_t)(slash - path), err) : ".";
    if (!root)
        return false;
    struct nw_entries all = {0};
    e->from_directory = true;
    const bool ok =
        walk_folder(&all, root[0] ? root : "/", err) && follow_all(e, &all, charset, err);
    nw_entries_release(&all);
    if (ok && e->count > 2)
        qsort(e->item + 1, e->count - 1, sizeof *e->item, by_name);
    return ok;
}

bool nw_entries_find(struct nw_entries *out, const char *path, const char *charset,
                     struct nw_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return nw_fail(err, NW_ERR_NOTFOUND, "%s does not exist", path);
    if (stat(path, &st) != 0)
        return nw_fail(err, NW_ERR_IO, "%s cannot be opened: %s", path, strerror(errno));
    nw_stage("查找影像", "looking for scans");
    const bool is_file = S_ISREG(st.st_mode);
    if (!is_file && !S_ISDIR(st.st_mode))
        return nw_fail(err, NW_ERR_ARGUMENT, "%s is neither a file nor a folder", path);
    const char *slash = strrchr(path, '/');
    if (is_file ? !add(out, slash ? slash + 1 : path, path, SIZE_MAX, (uint64_t)st.st_size, err)
                : !walk_folder(out, path, err))
        return false;
    if (!look_into_files(out, 0, out->count, charset, err))
        return false;
    if (is_file && out->item[0].kind == NW_ENTRY_DICOM &&
        out->item[0].header.kind == NW_DICOM_DIRECTORY)
        return follow_directory(out, path, charset, err);
    const size_t count = out->count;
    for (size_t i = 0; i < count; i++)
        if (out->item[i].kind == NW_ENTRY_ARCHIVE &&
            !open_archive(out, i, is_file, charset, err))
            return false;
    return true;
}

/* ---- contents ---- */

uint8_t *nw_loader_take(struct nw_loader *loader, const struct nw_entry *entry, size_t *len,
                        struct nw_err *err)
{
    if (entry->member == SIZE_MAX)
        return nw_file_read(entry->path, FILE_MAX, len, err);
    if (!loader->archive || strcmp(loader->path, entry->path) != 0 ||
        nw_archive_at(loader->archive) + 1 >= entry->member + 1) {
        nw_loader_release(loader);
        loader->archive = nw_archive_new(entry->path, err);
        loader->path = entry->path;
        if (!loader->archive)
            return NULL;
    }
    const char *name = "";
    do {
        if (!nw_archive_next(loader->archive, &name, err))
            return NULL;
    } while (name && nw_archive_at(loader->archive) < entry->member);
    uint8_t *data = NULL;
    *len = 0;
    if (!name || !nw_archive_read(loader->archive, FILE_MAX, &data, len, err)) {
        nw_free(data);
        if (err->code == NW_OK)
            nw_fail(err, NW_ERR_CONFLICT, "the archive changed while it was read");
        return NULL;
    }
    return data;
}

void nw_loader_release(struct nw_loader *loader)
{
    nw_archive_free(loader->archive);
    *loader = (struct nw_loader){0};
}
