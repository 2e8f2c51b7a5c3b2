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

static bool zip_failed(struct nw_parcel *parcel, struct nw_err *err)
{
    const char *why = archive_error_string(parcel->zip);
    return nw_fail(err, NW_ERR_IO, "%s cannot be written: %s", parcel->path,
                   why ? why : "the archive failed");
}

static bool open_zip(struct nw_parcel *parcel, struct nw_err *err)
{
    parcel->zip = archive_write_new();
    if (!parcel->zip)
        return nw_fail(err, NW_ERR_MEMORY, "out of memory");
    return (archive_write_set_format_zip(parcel->zip) == ARCHIVE_OK &&
            archive_write_open_filename(parcel->zip, parcel->hidden) == ARCHIVE_OK) ||
           zip_failed(parcel, err);
}

static bool open_parcel(struct nw_parcel *parcel, const char *path, struct nw_err *err)
{
    char ending[16];
    nw_path_ending(path, ending);
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    parcel->path = nw_arena_textn(&parcel->arena, path, len, err);
    parcel->hidden = parcel->path ? nw_arena_printf(&parcel->arena, err, "%s.part-%ld",
                                                    parcel->path, (long)getpid())
                                  : NULL;
    if (!parcel->hidden)
        return false;
    if (strcmp(ending, "zip") == 0)
        return open_zip(parcel, err);
    return is_free(parcel->path, err) &&
           (mkdir(parcel->hidden, 0777) == 0 ||
            nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", parcel->path, strerror(errno)));
}

struct nw_parcel *nw_parcel_new(const char *path, struct nw_err *err)
{
    struct nw_parcel *parcel = NW_ALLOC(struct nw_parcel, 1, err);
    if (parcel && !open_parcel(parcel, path, err)) {
        nw_parcel_abandon(parcel);
        return NULL;
    }
    return parcel;
}

static bool add_to_zip(struct nw_parcel *parcel, const char *name, const void *data, size_t len,
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
    const bool good =
        archive_write_header(parcel->zip, entry) == ARCHIVE_OK &&
        (len == 0 || archive_write_data(parcel->zip, data, len) == (la_ssize_t)len);
    archive_entry_free(entry);
    return good || zip_failed(parcel, err);
}

bool nw_parcel_add(struct nw_parcel *parcel, const char *name, const void *data, size_t len,
                   struct nw_err *err)
{
    if (parcel->zip)
        return add_to_zip(parcel, name, data, len, err);
    const char *path = nw_arena_printf(&parcel->arena, err, "%s/%s", parcel->hidden, name);
    return path && nw_file_write(path, data, len, err);
}

static void take_away(struct nw_parcel *parcel)
{
    DIR *dir = parcel->hidden ? opendir(parcel->hidden) : NULL;
    struct nw_err ignored = {0};
    for (const struct dirent *d; dir && (d = readdir(dir)) != NULL;) {
        const char *path =
            nw_arena_printf(&parcel->arena, &ignored, "%s/%s", parcel->hidden, d->d_name);
        if (path)
            (void)unlink(path);
    }
    if (dir)
        (void)closedir(dir);
    if (parcel->hidden)
        (void)remove(parcel->hidden);
}

static void release(struct nw_parcel *parcel)
{
    if (parcel->zip)
        (void)archive_write_free(parcel->zip);
    nw_arena_release(&parcel->arena);
    nw_free(parcel);
}

void nw_parcel_abandon(struct nw_parcel *parcel)
{
    if (!parcel)
        return;
    if (parcel->zip) {
        (void)archive_write_free(parcel->zip);
        parcel->zip = NULL;
    }
    take_away(parcel);
    release(parcel);
}

bool nw_parcel_commit(struct nw_parcel *parcel, struct nw_err *err)
{
    if (parcel->zip && archive_write_close(parcel->zip) != ARCHIVE_OK)
        (void)zip_failed(parcel, err);
    else if (!parcel->zip)
        (void)rmdir(parcel->path); /* an empty one stands in the way */
    if (err->code == NW_OK && rename(parcel->hidden, parcel->path) != 0)
        nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", parcel->path, strerror(errno));
    if (err->code != NW_OK) {
        nw_parcel_abandon(parcel);
        return false;
    }
    release(parcel);
    return true;
}
