/* io/file.c -- see file.h. */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

/* Outputs open now, so that a cancelled process can take them away. One writer thread. */
static struct nw_out *open_outs;

struct nw_out {
    struct nw_out *next;
    FILE *file;
    char *path, *hidden;
    struct nw_arena arena;
};

static bool io_failed(struct nw_err *err, const char *path, const char *doing)
{
    return nw_fail(err, NW_ERR_IO, "%s cannot be %s: %s", path, doing, strerror(errno));
}

/* Reads until the end or `want` bytes; a file that grew meanwhile is cut where it was. */
static bool read_all(int file, uint8_t *data, size_t want, size_t *got)
{
    *got = 0;
    while (*got < want) {
        const ssize_t n = read(file, data + *got, want - *got);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        *got += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool read_open(int file, const char *path, uint64_t max_bytes, uint8_t **data,
                      size_t *room, size_t *len, struct nw_err *err)
{
    struct stat st;
    if (fstat(file, &st) != 0)
        return io_failed(err, path, "read");
    if (S_ISDIR(st.st_mode))
        return nw_fail(err, NW_ERR_IO, "%s is a folder, not a file", path);
    if ((uint64_t)st.st_size > max_bytes)
        return nw_fail(err, NW_ERR_LIMIT, "%s has %lld bytes; at most %llu are read", path,
                       (long long)st.st_size, (unsigned long long)max_bytes);
    if (!nw_grow(data, room, (size_t)st.st_size + 1, 1, err))
        return false;
    const bool ok = read_all(file, *data, (size_t)st.st_size, len);
    (*data)[*len] = 0;
    return ok || nw_fail(err, NW_ERR_IO, "%s could be read only to byte %zu of %lld", path,
                         *len, (long long)st.st_size);
}

bool nw_file_read_into(const char *path, uint64_t max_bytes, uint8_t **data, size_t *room,
                       size_t *len, struct nw_err *err)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return nw_fail(err, NW_ERR_NOTFOUND, "%s does not exist", path);
    if (file < 0)
        return io_failed(err, path, "read");
    const bool ok = read_open(file, path, max_bytes, data, room, len, err);
    (void)close(file);
    return ok;
}

uint8_t *nw_file_read(const char *path, uint64_t max_bytes, size_t *len, struct nw_err *err)
{
    uint8_t *data = NULL;
    size_t room = 0;
    if (nw_file_read_into(path, max_bytes, &data, &room, len, err))
        return data;
    nw_free(data);
    return NULL;
}

static void forget(struct nw_out *out)
{
    struct nw_out **link = &open_outs;
    while (*link && *link != out)
        link = &(*link)->next;
    if (*link)
        *link = out->next;
    nw_arena_release(&out->arena);
    nw_free(out);
}

struct nw_out *nw_out_new(const char *path, struct nw_err *err)
{
    struct nw_out *out = NW_ALLOC(struct nw_out, 1, err);
    if (!out)
        return NULL;
    const char *slash = strrchr(path, '/');
    const int folder_len = slash ? (int)(slash - path) + 1 : 0;
    out->path = nw_arena_text(&out->arena, path, err);
    out->hidden = out->path ? nw_arena_printf(&out->arena, err, "%.*s.%s.%ld.part", folder_len,
                                              path, path + folder_len, (long)getpid())
                            : NULL;
    if (out->hidden) {
        struct stat st;
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            nw_fail(err, NW_ERR_IO, "%s is a folder; name a file", path);
        else if (!(out->file = fopen(out->hidden, "w+b")))
            io_failed(err, path, "written");
    }
    if (!out->file) {
        forget(out);
        return NULL;
    }
    out->next = open_outs;
    open_outs = out;
    return out;
}

bool nw_out_add(struct nw_out *out, const void *data, size_t len, struct nw_err *err)
{
    return fwrite(data, 1, len, out->file) == len || io_failed(err, out->path, "written");
}

bool nw_out_seek(struct nw_out *out, uint64_t offset, struct nw_err *err)
{
    return fseeko(out->file, (off_t)offset, SEEK_SET) == 0 ||
           io_failed(err, out->path, "written");
}

const char *nw_out_path(const struct nw_out *out)
{
    return out->hidden;
}

bool nw_out_close(struct nw_out *out, struct nw_err *err)
{
    if (!out->file)
        return true;
    const bool ok = fflush(out->file) == 0 && fsync(fileno(out->file)) == 0;
    const int why = errno;
    const bool closed = fclose(out->file) == 0;
    out->file = NULL;
    if (!ok)
        errno = why;
    return (ok && closed) || io_failed(err, out->path, "written");
}

bool nw_out_commit(struct nw_out *out, struct nw_err *err)
{
    bool ok = nw_out_close(out, err);
    if (ok && rename(out->hidden, out->path) != 0)
        ok = io_failed(err, out->path, "written");
    if (!ok)
        (void)unlink(out->hidden);
    forget(out);
    return ok;
}

void nw_out_abandon(struct nw_out *out)
{
    if (!out)
        return;
    if (out->file)
        (void)fclose(out->file);
    (void)unlink(out->hidden);
    forget(out);
}

void nw_out_abandon_all(void)
{
    while (open_outs)
        nw_out_abandon(open_outs);
}

bool nw_file_write(const char *path, const void *data, size_t len, struct nw_err *err)
{
    struct nw_out *out = nw_out_new(path, err);
    if (!out)
        return false;
    if (!nw_out_add(out, data, len, err)) {
        nw_out_abandon(out);
        return false;
    }
    return nw_out_commit(out, err);
}
