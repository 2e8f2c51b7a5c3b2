/* store/blob_read.c -- bytes out of the folder, from any offset, each frame proved. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "store/blob_priv.h"

struct nw_blob_reader {
    struct nw_seal *seal;
    struct nw_blob_head head;
    int file;
    uint64_t held; /* which frame is in `frame` */
    uint8_t frame[NW_FRAME], room[NW_FRAME_ROOM];
};

static uint64_t frame_count(uint64_t bytes)
{
    return bytes / NW_FRAME + (bytes % NW_FRAME > 0);
}

static size_t frame_size(const struct nw_blob_reader *r, uint64_t number)
{
    const uint64_t left = r->head.bytes - number * NW_FRAME;
    return left < NW_FRAME ? (size_t)left : NW_FRAME;
}

/* The file must be as long as its head says. */
static bool check_length(const struct nw_blob_reader *r, struct nw_err *err)
{
    struct stat st;
    if (fstat(r->file, &st) != 0)
        return nw_disk_failed("read", err);
    const uint64_t frames = frame_count(r->head.bytes);
    if (r->head.bytes >= (uint64_t)1 << 62 ||
        (uint64_t)st.st_size != NW_HEAD + r->head.bytes + frames * NW_SEALED)
        return nw_blob_damaged(err);
    return true;
}

static bool read_head(struct nw_blob_reader *r, struct nw_blobs *blobs, const nw_digest *digest,
                      struct nw_err *err)
{
    struct stat st;
    if (fstat(r->file, &st) != 0)
        return nw_disk_failed("read", err);
    if (st.st_size < NW_HEAD)
        return nw_blob_damaged(err);
    if (!nw_disk_read(r->file, r->room, NW_HEAD, 0, err) ||
        !nw_blob_head_parse(blobs, r->room, &r->head, err))
        return false;
    if (r->head.part || memcmp(r->head.sum, digest->byte, sizeof digest->byte) != 0)
        return nw_blob_damaged(err);
    r->seal = nw_seal_new(r->head.key, err);
    return r->seal && check_length(r, err);
}

struct nw_blob_reader *nw_blob_open(struct nw_blobs *blobs, const nw_digest *digest,
                                    uint64_t *bytes, struct nw_err *err)
{
    char path[NW_DISK_PATH];
    if (!nw_blob_path(blobs, digest, path, err))
        return NULL;
    struct nw_blob_reader *r = NW_ALLOC(struct nw_blob_reader, 1, err);
    if (!r)
        return NULL;
    r->held = UINT64_MAX;
    r->file = open(path, O_RDONLY | O_CLOEXEC);
    if (r->file < 0 && errno == ENOENT)
        nw_fail(err, NW_ERR_NOTFOUND, "there is no stored file with this digest");
    else if (r->file < 0)
        nw_disk_failed("read", err);
    else if (read_head(r, blobs, digest, err)) {
        if (bytes)
            *bytes = r->head.bytes;
        return r;
    }
    nw_blob_close(r);
    return NULL;
}

static bool hold(struct nw_blob_reader *r, uint64_t number, struct nw_err *err)
{
    if (r->held == number)
        return true;
    uint8_t about[9];
    const size_t size = frame_size(r, number);
    r->held = UINT64_MAX;
    nw_frame_about(number, false, about);
    if (!nw_disk_read(r->file, r->room, size + NW_SEALED, nw_frame_at(number), err))
        return false;
    if (!nw_seal_open(r->seal, about, sizeof about, r->room, size, r->frame))
        return nw_blob_damaged(err);
    r->held = number;
    return true;
}

bool nw_blob_read(struct nw_blob_reader *r, uint64_t offset, void *out, size_t size,
                  struct nw_err *err)
{
    if (offset > r->head.bytes || size > r->head.bytes - offset)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "bytes %llu to %llu of a stored file that has %llu are none",
                       (unsigned long long)offset, (unsigned long long)(offset + size),
                       (unsigned long long)r->head.bytes);
    for (uint8_t *to = out; size > 0;) {
        const uint64_t number = offset / NW_FRAME;
        if (!hold(r, number, err))
            return false;
        const size_t from = offset % NW_FRAME, there = frame_size(r, number) - from;
        const size_t n = size < there ? size : there;
        memcpy(to, r->frame + from, n);
        to += n;
        offset += n;
        size -= n;
    }
    return true;
}

void nw_blob_close(struct nw_blob_reader *r)
{
    if (!r)
        return;
    if (r->file >= 0)
        (void)close(r->file);
    nw_seal_free(r->seal);
    nw_seal_wipe(r->head.key, sizeof r->head.key);
    nw_seal_wipe(r->frame, sizeof r->frame);
    nw_free(r);
}

/* All frames, through the digest and (when it is open) into a file. */
static bool run_through(struct nw_blob_reader *r, int to, struct nw_err *err)
{
    nw_digest sum;
    struct nw_hash *hash = nw_hash_new(err);
    bool ok = hash != NULL;
    for (uint64_t i = 0; ok && i < frame_count(r->head.bytes); i++)
        ok = hold(r, i, err) && nw_hash_add(hash, r->frame, frame_size(r, i), err) &&
             (to < 0 || nw_disk_write(to, r->frame, frame_size(r, i), i * NW_FRAME, err));
    ok = ok && nw_hash_end(hash, &sum, err);
    nw_hash_free(hash);
    if (ok && memcmp(sum.byte, r->head.sum, sizeof sum.byte) != 0)
        ok = nw_blob_damaged(err);
    return ok;
}

bool nw_blob_check(struct nw_blobs *blobs, const nw_digest *digest, struct nw_err *err)
{
    struct nw_blob_reader *r = nw_blob_open(blobs, digest, NULL, err);
    const bool ok = r && run_through(r, -1, err);
    nw_blob_close(r);
    return ok;
}

static bool export_to(struct nw_blob_reader *r, const char *part, const char *path,
                      struct nw_err *err)
{
    const int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0)
        return nw_disk_failed("written", err);
    bool ok = run_through(r, to, err);
    if (close(to) != 0 && ok)
        ok = nw_disk_failed("written", err);
    ok = ok && nw_disk_name(part, path, err);
    if (!ok)
        (void)unlink(part);
    return ok;
}

bool nw_blob_export(struct nw_blobs *blobs, const nw_digest *digest, const char *path,
                    struct nw_err *err)
{
    char part[NW_DISK_PATH];
    struct nw_blob_reader *r = nw_blob_open(blobs, digest, NULL, err);
    const bool ok = r && nw_disk_part(path, part, err) && export_to(r, part, path, err);
    nw_blob_close(r);
    return ok;
}
