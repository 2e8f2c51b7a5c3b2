/* store/backup_write.c -- a site's data into one archive, member by member. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/backup_priv.h"
#include "store/blob_priv.h"
#include "store/store_priv.h"
#include "store/tar_priv.h"

struct writer {
    struct nw_tar *tar;
    FILE *list; /* of digests, on its way into the archive */
    struct nw_hash *list_sum;
    int64_t time;
    struct nw_backup *out;
    uint8_t chunk[NW_BACKUP_CHUNK];
};

static bool add_line(struct writer *w, const nw_digest *digest, const char *name,
                     struct nw_err *err)
{
    char hex[NW_DIGEST_TEXT], line[NW_DIGEST_TEXT + NW_TAR_NAME + 4];
    nw_digest_format(digest, hex);
    const int len = snprintf(line, sizeof line, "%s  %s\n", hex, name);
    return (fwrite(line, 1, (size_t)len, w->list) == (size_t)len ||
            nw_disk_failed("written", err)) &&
           nw_hash_add(w->list_sum, line, (size_t)len, err);
}

/* `size` bytes of an open file as a member. */
static bool add_open(struct writer *w, int file, uint64_t size, const char *name,
                     nw_digest *digest, struct nw_err *err)
{
    struct nw_hash *hash = nw_hash_new(err);
    bool ok = hash && nw_tar_begin(w->tar, name, size, w->time, err);
    for (uint64_t at = 0; ok && at < size;) {
        const size_t n = size - at < NW_BACKUP_CHUNK ? (size_t)(size - at) : NW_BACKUP_CHUNK;
        ok = nw_disk_read(file, w->chunk, n, at, err) && nw_hash_add(hash, w->chunk, n, err) &&
             nw_tar_put(w->tar, w->chunk, n, err);
        at += n;
    }
    ok = ok && nw_hash_end(hash, digest, err);
    nw_hash_free(hash);
    if (ok)
        w->out->bytes += (int64_t)size;
    return ok;
}

static bool add_file(void *context, const char *name, const char *path, struct nw_err *err)
{
    struct writer *w = context;
    struct stat st;
    nw_digest digest;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return true; /* destroyed since it was listed */
    bool ok = (file >= 0 && fstat(file, &st) == 0) || nw_disk_failed("read", err);
    ok = ok && add_open(w, file, (uint64_t)st.st_size, name, &digest, err) &&
         add_line(w, &digest, name, err);
    if (file >= 0)
        (void)close(file);
    w->out->files += ok && strncmp(name, "blobs/", 6) == 0 && strlen(name) == 71;
    return ok;
}

/* The list, then what the whole is. */
static bool add_end(struct writer *w, const char *version, struct nw_err *err)
{
    nw_digest total, again;
    if (fflush(w->list) != 0)
        return nw_disk_failed("written", err);
    const int64_t bytes = w->out->bytes;
    if (!nw_hash_end(w->list_sum, &total, err) ||
        !add_open(w, fileno(w->list), (uint64_t)ftello(w->list), NW_BACKUP_LIST, &again, err))
        return false;
    w->out->bytes = bytes;
    nw_digest_format(&total, w->out->total);
    struct nw_text text;
    nw_text_init(&text, NW_BACKUP_LAST_MAX);
    const bool ok = nw_backup_format(w->out, version, &text, err) &&
                    nw_tar_begin(w->tar, NW_BACKUP_LAST, text.len, w->time, err) &&
                    nw_tar_put(w->tar, text.data, text.len, err) && nw_tar_finish(w->tar, err);
    nw_text_release(&text);
    return ok;
}

struct gap {
    const char *blobs;
    char after[65];
    int64_t missing;
    bool done;
};

/* Goes through the database's list of stored files, a thousand a time. */
static bool look_for_gaps(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct gap *gap = context;
    struct nw_arena arena = {0};
    struct nw_rows rows = {0};
    bool ok = nw_tx_query(
        tx, &arena, "SELECT sha256 FROM blobs WHERE sha256 > ? ORDER BY sha256 LIMIT 1000",
        NW_VALUES(NW_STRING(gap->after)), &rows, err);
    for (size_t i = 0; ok && i < rows.count; i++) {
        char path[NW_DISK_PATH];
        const char *hex = nw_row_text(&rows, i, 0);
        (void)snprintf(gap->after, sizeof gap->after, "%s", hex);
        ok = nw_disk_path(path, err, "%s/%.2s/%s", gap->blobs, hex, hex + 2);
        gap->missing += ok && access(path, F_OK) != 0;
    }
    gap->done = rows.count < 1000;
    nw_arena_release(&arena);
    return ok;
}

static bool write_members(struct writer *w, const struct nw_backup_opts *opts,
                          struct nw_store *store, const char *copy, struct nw_err *err)
{
    char blobs[NW_DISK_PATH], keys[NW_DISK_PATH];
    const bool sqlite = strcmp(w->out->kind, "sqlite") == 0;
    struct gap gap = {.blobs = blobs};
    if (!nw_disk_path(blobs, err, "%s/blobs", opts->data) ||
        !nw_disk_path(keys, err, "%s/keys", opts->data) ||
        !add_file(w, sqlite ? NW_BACKUP_SQLITE : NW_BACKUP_DUMP, copy, err) ||
        (opts->with_keys && !nw_backup_each_key(keys, add_file, w, err)) ||
        !nw_backup_each_blob(blobs, add_file, w, err))
        return false;
    while (!gap.done)
        if (!nw_store_read(store, look_for_gaps, &gap, err))
            return false;
    w->out->missing = gap.missing;
    return add_end(w, opts->version, err);
}

static bool write_archive(const struct nw_backup_opts *opts, struct nw_store *store,
                          const char *file, const char *copy, struct nw_backup *out,
                          struct nw_err *err)
{
    char list[NW_DISK_PATH];
    NW_AUTOFREE struct writer *w = NW_ALLOC(struct writer, 1, err);
    if (!w || !nw_disk_path(list, err, "%s.list", file))
        return false;
    w->out = out;
    w->time = time(NULL);
    w->list_sum = nw_hash_new(err);
    w->list = w->list_sum ? fopen(list, "w+be") : NULL;
    if (w->list_sum && !w->list)
        nw_disk_failed("written", err);
    w->tar = w->list ? nw_tar_create(file, err) : NULL;
    (void)unlink(list); /* it goes with the process */
    const bool ok = w->tar && write_members(w, opts, store, copy, err);
    if (w->list)
        (void)fclose(w->list);
    nw_hash_free(w->list_sum);
    nw_tar_close(w->tar);
    if (!ok)
        (void)unlink(file);
    return ok;
}

/* nuwa.db, or the URL. */
static bool find_database(const struct nw_backup_opts *opts, char where[NW_DISK_PATH],
                          struct nw_err *err)
{
    if (opts->database)
        return nw_disk_path(where, err, "%s", opts->database);
    if (!nw_disk_path(where, err, "%s/%s", opts->data, NW_BACKUP_SQLITE))
        return false;
    return access(where, F_OK) == 0 ||
           nw_fail(err, NW_ERR_NOTFOUND,
                   "there is no nuwa.db in the data folder; for PostgreSQL name the database");
}

bool nw_backup_write(const struct nw_backup_opts *opts, const char *file,
                     struct nw_arena *arena, struct nw_backup *out, struct nw_err *err)
{
    char where[NW_DISK_PATH], copy[NW_DISK_PATH], now[NW_TIME_TEXT];
    struct nw_backup backup = {.with_keys = opts->with_keys};
    if (!find_database(opts, where, err) || !nw_disk_path(copy, err, "%s.database", file))
        return false;
    struct nw_store *store = nw_store_new(where, err);
    if (!store)
        return false;
    nw_time_now(now);
    backup.made = nw_arena_text(arena, now, err);
    backup.kind = nw_store_kind(store);
    /* The database first: every file it names is there by then, and stays. */
    const bool ok = backup.made && nw_store_backup(store, copy, arena, &backup.census, err) &&
                    write_archive(opts, store, file, copy, &backup, err);
    (void)unlink(copy);
    nw_store_close(store);
    if (ok)
        *out = backup;
    return ok;
}
