/* io/archive.c -- see archive_priv.h. */
#include "io/archive_priv.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"

/* A bomb is known by what comes out of how little: some thousand times is what honest scans
 * of nothing reach. */
static const uint64_t RATIO_MAX = 4096, FREE_BYTES = (uint64_t)256 << 20,
                      BYTES_MAX = (uint64_t)64 << 30;
enum { MEMBERS_MAX = 1000000, CHUNK_BYTES = 1 << 20 };

struct nw_archive {
    struct archive *reader;
    uint64_t out_bytes, out_max;
    size_t next; /* ordinal of the file after this one */
};

static bool begins(const uint8_t *head, size_t len, size_t at, const char *magic, size_t n)
{
    return len >= at + n && memcmp(head + at, magic, n) == 0;
}

bool nw_archive_sniff(const uint8_t *head, size_t len)
{
    return begins(head, len, 0, "PK\3\4", 4) || begins(head, len, 0, "PK\5\6", 4) ||
           begins(head, len, 0, "\x1F\x8B", 2) ||
           begins(head, len, 0,
                  "\xFD"
                  "7zXZ\0",
                  6) ||
           begins(head, len, 0, "BZh", 3) || begins(head, len, 0, "\x28\xB5\x2F\xFD", 4) ||
           begins(head, len, 0, "7z\xBC\xAF\x27\x1C", 6) || begins(head, len, 257, "ustar", 5);
}

struct nw_archive *nw_archive_new(const char *path, struct nw_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        nw_fail(err, NW_ERR_NOTFOUND, "the archive is not there");
        return NULL;
    }
    struct nw_archive *a = NW_ALLOC(struct nw_archive, 1, err);
    if (!a)
        return NULL;
    const uint64_t most = (uint64_t)st.st_size * RATIO_MAX + FREE_BYTES;
    a->out_max = most < BYTES_MAX ? most : BYTES_MAX;
    a->reader = archive_read_new();
    if (!a->reader) {
        nw_fail(err, NW_ERR_MEMORY, "no memory to open an archive");
    } else {
        (void)archive_read_support_filter_all(a->reader);
        (void)archive_read_support_format_zip(a->reader);
        (void)archive_read_support_format_tar(a->reader);
        (void)archive_read_support_format_7zip(a->reader);
        if (archive_read_open_filename(a->reader, path, CHUNK_BYTES) != ARCHIVE_OK)
            nw_fail(err, NW_ERR_DATA, "it is no archive that can be opened");
    }
    if (err->code != NW_OK) {
        nw_archive_free(a);
        return NULL;
    }
    return a;
}

void nw_archive_free(struct nw_archive *a)
{
    if (!a)
        return;
    if (a->reader)
        (void)archive_read_free(a->reader);
    nw_free(a);
}

static bool count_bytes(struct nw_archive *a, uint64_t bytes, struct nw_err *err)
{
    if (bytes > a->out_max || a->out_bytes > a->out_max - bytes)
        return nw_fail(err, NW_ERR_LIMIT,
                       "the archive unpacks to more than %llu MB, which no scan of its size "
                       "does",
                       (unsigned long long)(a->out_max >> 20));
    a->out_bytes += bytes;
    return true;
}

bool nw_archive_next(struct nw_archive *a, const char **name, struct nw_err *err)
{
    struct archive_entry *entry;
    for (;;) {
        const int got = archive_read_next_header(a->reader, &entry);
        *name = NULL;
        if (got == ARCHIVE_EOF)
            return true;
        if (got < ARCHIVE_WARN)
            return nw_fail(err, NW_ERR_DATA, "the archive is damaged or cut off");
        if (archive_entry_filetype(entry) == AE_IFREG)
            break;
    }
    if (a->next == MEMBERS_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the archive holds more than %d files", MEMBERS_MAX);
    if (archive_entry_is_encrypted(entry))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the archive is locked with a password; unpack it first");
    a->next++;
    /* What is skipped is unpacked too, in most formats. */
    if (archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0 &&
        !count_bytes(a, (uint64_t)archive_entry_size(entry), err))
        return false;
    *name = archive_entry_pathname_utf8(entry);
    if (!*name)
        *name = archive_entry_pathname(entry);
    if (!*name)
        *name = "";
    return true;
}

size_t nw_archive_at(const struct nw_archive *a)
{
    return a->next - 1;
}

bool nw_archive_read(struct nw_archive *a, uint64_t most, uint8_t **data, size_t *len,
                     struct nw_err *err)
{
    size_t room = *len;
    const uint64_t end = *len + most < *len ? UINT64_MAX : *len + most;
    while (*len < end) {
        if (room == *len) {
            const uint64_t want = room < CHUNK_BYTES ? CHUNK_BYTES : (uint64_t)room * 2;
            room = (size_t)(want < end ? want : end);
            if (!nw_resize(data, room, 1, err))
                return false;
        }
        const la_ssize_t got = archive_read_data(a->reader, *data + *len, room - *len);
        if (got < 0)
            return nw_fail(err, NW_ERR_DATA, "the archive is damaged or cut off");
        if (got == 0)
            return true;
        *len += (size_t)got;
        if (*len > a->out_max) /* a size that was not told */
            return count_bytes(a, *len, err);
    }
    return true;
}
