/* store/backup_read.c -- a backup held against itself, and put back into an empty place. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup_priv.h"
#include "store/blob.h"
#include "store/store_priv.h"
#include "store/tar_priv.h"

struct reader {
    struct nw_tar *tar, *list; /* two places in the same file */
    const char *folder;        /* where members go; NULL: nowhere */
    bool database_only;
    struct nw_backup *said;
    int64_t files, bytes; /* met */
    size_t line_len;      /* of `ahead` */
    uint8_t chunk[NW_BACKUP_CHUNK];
    char line[NW_DIGEST_TEXT + NW_TAR_NAME + 4];
    char ahead[4096];
};

/* To the list; after it only backup.json may come, and then the end. */
static bool find_list(struct nw_tar *tar, struct nw_err *err)
{
    char name[NW_TAR_NAME + 1];
    uint64_t size;
    do {
        if (!nw_tar_next(tar, name, &size, err))
            return false;
        if (!name[0])
            return nw_fail(err, NW_ERR_DATA, "the archive is no backup of this program");
    } while (strcmp(name, NW_BACKUP_LIST) != 0);
    return true;
}

static bool sum_list(struct nw_tar *tar, nw_digest *sum, struct nw_err *err)
{
    uint8_t bytes[4096];
    size_t got = 1;
    struct nw_hash *hash = nw_hash_new(err);
    bool ok = hash != NULL;
    while (ok && got > 0)
        ok = nw_tar_get(tar, bytes, sizeof bytes, &got, err) &&
             nw_hash_add(hash, bytes, got, err);
    ok = ok && nw_hash_end(hash, sum, err);
    nw_hash_free(hash);
    return ok;
}

static bool read_last(struct nw_tar *tar, struct nw_arena *arena, struct nw_backup *out,
                      struct nw_err *err)
{
    char name[NW_TAR_NAME + 1];
    uint64_t size;
    size_t got;
    if (!nw_tar_next(tar, name, &size, err))
        return false;
    if (strcmp(name, NW_BACKUP_LAST) != 0 || size == 0 || size > NW_BACKUP_LAST_MAX)
        return nw_fail(err, NW_ERR_DATA, "the archive is no backup of this program");
    char *text = nw_arena_alloc(arena, (size_t)size + 1, err);
    if (!text || !nw_tar_get(tar, text, (size_t)size, &got, err) ||
        !nw_backup_parse(arena, text, (size_t)size, out, err) ||
        !nw_tar_next(tar, name, &size, err))
        return false;
    return name[0] == 0 ||
           nw_fail(err, NW_ERR_DATA, "something stands behind the backup's end");
}

/* What the backup says of itself, with the digest of its list checked. */
static bool read_said(const char *file, struct nw_arena *arena, struct nw_backup *out,
                      struct nw_err *err)
{
    nw_digest sum;
    char hex[NW_DIGEST_TEXT];
    struct nw_tar *tar = nw_tar_open(file, err);
    const bool ok = tar && find_list(tar, err) && sum_list(tar, &sum, err) &&
                    read_last(tar, arena, out, err);
    nw_tar_close(tar);
    if (!ok)
        return false;
    nw_digest_format(&sum, hex);
    return strcmp(hex, out->total) == 0 ||
           nw_fail(err, NW_ERR_DATA, "the backup's list of digests was changed");
}

/* The next line of the list, without its end; "" behind the last. */
static bool next_line(struct reader *r, struct nw_err *err)
{
    for (;;) {
        char *end = memchr(r->ahead, '\n', r->line_len);
        if (end) {
            const size_t len = (size_t)(end - r->ahead);
            if (len >= sizeof r->line)
                return nw_fail(err, NW_ERR_DATA, "the backup's list of digests was changed");
            memcpy(r->line, r->ahead, len);
            r->line[len] = 0;
            r->line_len -= len + 1;
            memmove(r->ahead, end + 1, r->line_len);
            return true;
        }
        size_t got;
        if (!nw_tar_get(r->list, r->ahead + r->line_len, sizeof r->ahead - r->line_len, &got,
                        err))
            return false;
        if (got == 0) {
            r->line[0] = 0;
            return r->line_len == 0 ||
                   nw_fail(err, NW_ERR_DATA, "the backup's list of digests was changed");
        }
        r->line_len += got;
    }
}

/* Where a member goes: its folder is made. -1 and true: nowhere. */
static bool open_target(struct reader *r, const char *name, int *file, struct nw_err *err)
{
    char path[NW_DISK_PATH];
    *file = -1;
    if (!r->folder || (r->database_only && strcmp(name, NW_BACKUP_SQLITE) != 0))
        return true;
    if (!nw_disk_path(path, err, "%s/%s", r->folder, name))
        return false;
    for (char *slash = path + strlen(r->folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return nw_disk_failed("made", err);
        *slash = '/';
    }
    *file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return *file >= 0 || nw_disk_failed("written", err);
}

static bool pour(struct reader *r, int file, nw_digest *sum, struct nw_err *err)
{
    size_t got = 1;
    uint64_t at = 0;
    struct nw_hash *hash = nw_hash_new(err);
    bool ok = hash != NULL;
    while (ok && got > 0) {
        ok = nw_tar_get(r->tar, r->chunk, NW_BACKUP_CHUNK, &got, err) &&
             nw_hash_add(hash, r->chunk, got, err) &&
             (file < 0 || nw_disk_write(file, r->chunk, got, at, err));
        at += got;
    }
    ok = ok && nw_hash_end(hash, sum, err);
    nw_hash_free(hash);
    return ok;
}

static bool read_member(struct reader *r, const char *name, uint64_t size, struct nw_err *err)
{
    int file;
    nw_digest sum;
    char wanted[sizeof r->line];
    if (!nw_backup_knows(name))
        return nw_fail(err, NW_ERR_DATA, "%s does not belong in a backup", name);
    if (!next_line(r, err) || !open_target(r, name, &file, err))
        return false;
    bool ok = pour(r, file, &sum, err);
    if (file >= 0 && close(file) != 0 && ok)
        ok = nw_disk_failed("written", err);
    if (!ok)
        return false;
    nw_digest_format(&sum, wanted);
    (void)snprintf(wanted + 64, sizeof wanted - 64, "  %s", name);
    if (strcmp(wanted, r->line) != 0)
        return nw_fail(err, NW_ERR_DATA, "%s in the backup is not as it was when it was made",
                       name);
    r->bytes += (int64_t)size;
    r->files += strlen(name) == 71;
    return true;
}

static bool read_members(struct reader *r, struct nw_err *err)
{
    char name[NW_TAR_NAME + 1];
    uint64_t size;
    for (;;) {
        if (!nw_tar_next(r->tar, name, &size, err))
            return false;
        if (strcmp(name, NW_BACKUP_LIST) == 0)
            break;
        if (!read_member(r, name, size, err))
            return false;
    }
    if (!next_line(r, err))
        return false;
    if (r->line[0] || r->files != r->said->files || r->bytes != r->said->bytes)
        return nw_fail(err, NW_ERR_DATA, "something is missing in the backup");
    return true;
}

/* All members: against their digests, and into the folder. */
static bool read_all(const char *file, const char *folder, bool database_only,
                     struct nw_backup *said, struct nw_err *err)
{
    NW_AUTOFREE struct reader *r = NW_ALLOC(struct reader, 1, err);
    if (!r)
        return false;
    r->folder = folder;
    r->database_only = database_only;
    r->said = said;
    r->tar = nw_tar_open(file, err);
    r->list = r->tar ? nw_tar_open(file, err) : NULL;
    const bool ok = r->list && find_list(r->list, err) && read_members(r, err);
    nw_tar_close(r->tar);
    nw_tar_close(r->list);
    return ok;
}

struct proof {
    const struct nw_census *said;
    bool sqlite;
};

static bool prove_rows(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct proof *proof = context;
    struct nw_arena arena = {0};
    struct nw_census census;
    struct nw_rows rows;
    bool ok = nw_tx_census(tx, &arena, &census, err);
    if (ok && !nw_census_is_same(&census, proof->said))
        ok = nw_fail(err, NW_ERR_DATA, "the database does not hold what the backup says");
    if (ok && proof->sqlite) {
        ok = nw_tx_query(tx, &arena, "SELECT integrity_check FROM pragma_integrity_check(1)",
                         NW_NO_VALUES, &rows, err);
        if (ok && strcmp(nw_row_text(&rows, 0, 0), "ok") != 0)
            ok = nw_fail(err, NW_ERR_DATA, "the database is damaged; restore it from a backup");
    }
    nw_arena_release(&arena);
    return ok;
}

static bool prove_database(const char *where, const struct nw_backup *said, struct nw_err *err)
{
    struct proof proof = {.said = &said->census, .sqlite = strcmp(said->kind, "sqlite") == 0};
    struct nw_store *store = nw_store_new(where, err);
    const bool ok = store && nw_store_read(store, prove_rows, &proof, err);
    nw_store_close(store);
    return ok;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

static void remove_all(const char *folder)
{
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool nw_backup_check(const char *file, struct nw_arena *arena, struct nw_backup *out,
                     struct nw_err *err)
{
    struct nw_backup said;
    char folder[NW_DISK_PATH], database[NW_DISK_PATH];
    const char *top = getenv("TMPDIR");
    if (!read_said(file, arena, &said, err) ||
        !nw_disk_path(folder, err, "%s/nuwa-check-XXXXXX", top && *top ? top : "/tmp") ||
        !nw_disk_path(database, err, "%s/%s", folder, NW_BACKUP_SQLITE))
        return false;
    if (!mkdtemp(folder))
        return nw_disk_failed("made", err);
    memcpy(database, folder, strlen(folder));
    const bool ok = read_all(file, folder, true, &said, err) &&
                    (strcmp(said.kind, "sqlite") != 0 || prove_database(database, &said, err));
    remove_all(folder);
    if (ok)
        *out = said;
    return ok;
}

static bool check_blob(void *context, const char *name, const char *path, struct nw_err *err)
{
    nw_digest digest;
    char hex[NW_DIGEST_TEXT];
    (void)path;
    if (strlen(name) != 71)
        return true;
    (void)snprintf(hex, sizeof hex, "%.2s%.62s", name + 6, name + 9);
    return nw_digest_parse(hex, &digest) && nw_blob_check(context, &digest, err);
}

/* With the key at hand the stored files are opened, and must be what their names say. */
static bool prove_blobs(const char *folder, struct nw_backup *said, struct nw_err *err)
{
    char blobs_at[NW_DISK_PATH], key[NW_DISK_PATH];
    if (!nw_disk_path(blobs_at, err, "%s/blobs", folder) ||
        !nw_disk_path(key, err, "%s/keys/site.key", folder))
        return false;
    if (access(key, F_OK) != 0 || access(blobs_at, F_OK) != 0)
        return true;
    struct nw_blobs *blobs = nw_blobs_open(blobs_at, key, err);
    said->contents_checked = blobs && nw_backup_each_blob(blobs_at, check_blob, blobs, err);
    nw_blobs_close(blobs);
    return said->contents_checked;
}

static bool is_empty(const char *folder, struct nw_err *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return nw_disk_failed("read", err);
    bool empty = true;
    for (const struct dirent *e; empty && (e = readdir(dir));)
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
                strcmp(e->d_name, "lost+found") == 0 || strcmp(e->d_name, ".restore") == 0;
    (void)closedir(dir);
    return empty || nw_fail(err, NW_ERR_STATE,
                            "a backup is put back into an empty folder only; this one is not");
}

/* What was put together beside takes its place; the database last. */
static bool move_in(const char *stage, const char *data, struct nw_err *err)
{
    static const char *const part[] = {"blobs", "keys", NW_BACKUP_SQLITE};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        char from[NW_DISK_PATH], to[NW_DISK_PATH];
        if (!nw_disk_path(from, err, "%s/%s", stage, part[i]) ||
            !nw_disk_path(to, err, "%s/%s", data, part[i]))
            return false;
        if (rename(from, to) != 0 && errno != ENOENT)
            return nw_disk_failed("named", err);
    }
    return nw_disk_sync_folder(data, err);
}

static bool sync_all(const char *folder, struct nw_err *err)
{
    const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = (dir >= 0 && syncfs(dir) == 0) || nw_disk_failed("synced", err);
    if (dir >= 0)
        (void)close(dir);
    return ok;
}

/* The database of a SQLite backup, held against it, goes on in a PostgreSQL. */
static bool move_on(const char *database, const char *where, struct nw_err *err)
{
    if (!nw_postgres_is_empty(where, err))
        return false;
    struct nw_store *from =
        nw_store_open(database, err); /* brought forward, as the target is */
    struct nw_store *to = from ? nw_store_open(where, err) : NULL;
    const bool ok = to && nw_store_move(from, to, err);
    nw_store_close(to);
    nw_store_close(from);
    if (!ok)
        nw_postgres_clear(where); /* so that it can be tried again */
    return ok && (unlink(database) == 0 || nw_disk_failed("removed", err));
}

static bool fill_stage(const char *file, const char *stage, const struct nw_backup_opts *opts,
                       struct nw_backup *said, struct nw_err *err)
{
    char database[NW_DISK_PATH];
    const bool sqlite = strcmp(said->kind, "sqlite") == 0;
    if (!nw_disk_path(database, err, "%s/%s", stage,
                      sqlite ? NW_BACKUP_SQLITE : NW_BACKUP_DUMP) ||
        !read_all(file, stage, false, said, err))
        return false;
    if (!sqlite && !nw_postgres_restore(opts->database, database, err))
        return false;
    return prove_database(sqlite ? database : opts->database, said, err) &&
           prove_blobs(stage, said, err) &&
           (!sqlite || !opts->database || move_on(database, opts->database, err)) &&
           sync_all(stage, err);
}

bool nw_backup_restore(const char *file, const struct nw_backup_opts *opts,
                       struct nw_arena *arena, struct nw_backup *out, struct nw_err *err)
{
    struct nw_backup said;
    char stage[NW_DISK_PATH];
    if (!read_said(file, arena, &said, err) ||
        !nw_disk_path(stage, err, "%s/.restore", opts->data))
        return false;
    const bool sqlite = strcmp(said.kind, "sqlite") == 0;
    if (!sqlite && !opts->database)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "this backup holds a PostgreSQL database: name an empty one to fill");
    const bool made = mkdir(opts->data, 0700) == 0;
    if (!made && errno != EEXIST)
        return nw_disk_failed("made", err);
    if (!is_empty(opts->data, err))
        return false;
    remove_all(stage); /* what a restore left that was killed */
    bool ok = mkdir(stage, 0700) == 0 || nw_disk_failed("made", err);
    ok = ok && fill_stage(file, stage, opts, &said, err) && move_in(stage, opts->data, err);
    remove_all(stage);
    if (!ok && made)
        (void)rmdir(opts->data);
    if (ok)
        *out = said;
    return ok;
}
