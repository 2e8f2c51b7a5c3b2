/* io/parcel.c -- see parcel.h. */
#include "io/parcel.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "io/file.h"

struct nw_parcel {
    struct nw_arena arena;
    const char *path, *hidden; /* of a folder: where it grows */
    struct archive *zip;
};

/* Nothing in it, or not there at all. */
static bool is_free(const char *path, struct nw_err *err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ||
               nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", path, strerror(errno));
    DIR *dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    bool empty = dir != NULL;
    for (const struct dirent *d; dir && (d = readdir(dir)) != NULL;)
        empty = empty && d->d_name[0] == '.' && (!d->d_name[1] || strcmp(d->d_name, "..") == 0);
    if (dir)
        (void)closedir(dir);
    return empty || nw_fail(err, NW_ERR_CONFLICT,
                            "%s is there already: name a new folder, or an empty one", path);
}

static bool zip_failed(struct nw_parcel *b, struct nw_err *err)
{
    const char *why = archive_error_string(b->zip);
    return nw_fail(err, NW_ERR_IO, "%s cannot be written: %s", b->path,
                   why ? why : "the archive failed");
}

static bool open_zip(struct nw_parcel *b, struct nw_err *err)
{
    b->zip = archive_write_new();
    if (!b->zip)
        return nw_fail(err, NW_ERR_MEMORY, "out of memory");
    return (archive_write_set_format_zip(b->zip) == ARCHIVE_OK &&
            archive_write_open_filename(b->zip, b->hidden) == ARCHIVE_OK) ||
           zip_failed(b, err);
}

static bool open_parcel(struct nw_parcel *b, const char *path, struct nw_err *err)
{
    char ending[16];
    nw_path_ending(path, ending);
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    b->path = nw_arena_textn(&b->arena, path, len, err);
    b->hidden = b->path
                    ? nw_arena_printf(&b->arena, err, "%s.part-%ld", b->path, (long)getpid())
                    : NULL;
    if (!b->hidden)
        return false;
    if (strcmp(ending, "zip") == 0)
        return open_zip(b, err);
    return is_free(b->path, err) &&
           (mkdir(b->hidden, 0777) == 0 ||
            nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", b->path, strerror(errno)));
}

struct nw_parcel *nw_parcel_new(const char *path, struct nw_err *err)
{
    struct nw_parcel *b = NW_ALLOC(struct nw_parcel, 1, err);
    if (b && !open_parcel(b, path, err)) {
        nw_parcel_abandon(b);
        return NULL;
    }
    return b;
}

static bool add_to_zip(struct nw_parcel *b, const char *name, const void *data, size_t len,
                       struct nw_err *err)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return nw_fail(err, NW_ERR_MEMORY, "out of memory");
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)len);
    archive_entry_set_mtime(entry, 315619200, 0); /* 1980-01-02: the first day of zip */
    const bool good = archive_write_header(b->zip, entry) == ARCHIVE_OK &&
                      (len == 0 || archive_write_data(b->zip, data, len) == (la_ssize_t)len);
    archive_entry_free(entry);
    return good || zip_failed(b, err);
}

bool nw_parcel_add(struct nw_parcel *b, const char *name, const void *data, size_t len,
                   struct nw_err *err)
{
    if (b->zip)
        return add_to_zip(b, name, data, len, err);
    const char *path = nw_arena_printf(&b->arena, err, "%s/%s", b->hidden, name);
    return path && nw_file_write(path, data, len, err);
}

static void take_away(struct nw_parcel *b)
{
    DIR *dir = b->hidden ? opendir(b->hidden) : NULL;
    struct nw_err ignored = {0};
    for (const struct dirent *d; dir && (d = readdir(dir)) != NULL;) {
        const char *path = nw_arena_printf(&b->arena, &ignored, "%s/%s", b->hidden, d->d_name);
        if (path)
            (void)unlink(path);
    }
    if (dir)
        (void)closedir(dir);
    if (b->hidden)
        (void)remove(b->hidden);
}

static void release(struct nw_parcel *b)
{
    if (b->zip)
        (void)archive_write_free(b->zip);
    nw_arena_release(&b->arena);
    nw_free(b);
}

void nw_parcel_abandon(struct nw_parcel *b)
{
    if (!b)
        return;
    if (b->zip) {
        (void)archive_write_free(b->zip);
        b->zip = NULL;
    }
    take_away(b);
    release(b);
}

bool nw_parcel_commit(struct nw_parcel *b, struct nw_err *err)
{
    if (b->zip && archive_write_close(b->zip) != ARCHIVE_OK)
        (void)zip_failed(b, err);
    else if (!b->zip)
        (void)rmdir(b->path); /* an empty one stands in the way */
    if (err->code == NW_OK && rename(b->hidden, b->path) != 0)
        nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", b->path, strerror(errno));
    if (err->code != NW_OK) {
        nw_parcel_abandon(b);
        return false;
    }
    release(b);
    return true;
}
