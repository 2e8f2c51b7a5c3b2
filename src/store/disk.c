/* store/disk.c -- see disk_priv.h. */
#include "store/disk_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#undef nw_disk_failed /* what analysis puts in its place */

bool nw_disk_failed(const char *doing, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_IO, "a stored file cannot be %s: %s", doing, strerror(errno));
}

bool nw_disk_path(char out[NW_DISK_PATH], struct nw_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int len = vsnprintf(out, NW_DISK_PATH, fmt, args);
    va_end(args);
    return (len >= 0 && len < NW_DISK_PATH) ||
           nw_fail(err, NW_ERR_ARGUMENT, "a path is longer than %d bytes", NW_DISK_PATH - 1);
}

bool nw_disk_part(const char *path, char out[NW_DISK_PATH], struct nw_err *err)
{
    const char *slash = strrchr(path, '/');
    const int folder_len = slash ? (int)(slash - path) + 1 : 0;
    return nw_disk_path(out, err, "%.*s.%s.%ld.part", folder_len, path, path + folder_len,
                        (long)gettid());
}

bool nw_disk_sync_folder(const char *folder, struct nw_err *err)
{
    const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return nw_disk_failed("synced", err);
    const bool ok = fsync(dir) == 0 || nw_disk_failed("synced", err);
    (void)close(dir);
    return ok;
}

bool nw_disk_sync_parent(const char *path, struct nw_err *err)
{
    const char *slash = strrchr(path, '/');
    char folder[NW_DISK_PATH];
    if (!slash)
        return nw_disk_sync_folder(".", err);
    return nw_disk_path(folder, err, "%.*s", slash == path ? 1 : (int)(slash - path), path) &&
           nw_disk_sync_folder(folder, err);
}

bool nw_disk_name(const char *part, const char *path, struct nw_err *err)
{
    const int file = open(part, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return nw_disk_failed("synced", err);
    const bool synced = fsync(file) == 0 || nw_disk_failed("synced", err);
    (void)close(file);
    if (!synced)
        return false;
    if (rename(part, path) != 0)
        return nw_disk_failed("named", err);
    return nw_disk_sync_parent(path, err);
}

bool nw_disk_folder(const char *folder, struct nw_err *err)
{
    if (mkdir(folder, 0700) == 0)
        return nw_disk_sync_parent(folder, err);
    struct stat st;
    if (errno == EEXIST && stat(folder, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    return nw_disk_failed("made", err);
}

bool nw_disk_write(int file, const void *data, size_t size, uint64_t at, struct nw_err *err)
{
    for (size_t done = 0; done < size;) {
        const ssize_t n =
            pwrite(file, (const char *)data + done, size - done, (off_t)(at + done));
        if (n < 0 && errno != EINTR)
            return nw_disk_failed("written", err);
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool nw_disk_read(int file, void *data, size_t size, uint64_t at, struct nw_err *err)
{
    for (size_t done = 0; done < size;) {
        const ssize_t n = pread(file, (char *)data + done, size - done, (off_t)(at + done));
        if (n < 0 && errno != EINTR)
            return nw_disk_failed("read", err);
        if (n == 0)
            return nw_fail(err, NW_ERR_IO, "a stored file ends too early");
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}
