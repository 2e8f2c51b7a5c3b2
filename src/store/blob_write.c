/* store/blob_write.c -- bytes on their way into the folder: frame by frame, gone on with. */
/* Only the old interface gives SHA-256's running value, which a part keeps. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "store/blob_priv.h"

enum {
    NAME_MAX_LEN = 64,
    FLUSH_BYTES = 8 << 20, /* what is written is sent to the disk while more comes */
    SAFE_BYTES = 64 << 20, /* a named part is made safe this often by itself */
    BEHIND_FRAMES = 32,    /* a named part that is longer has a thread that writes it */
    STATE_MAX = NW_HEAD + NW_FRAME_ROOM
};

/* What is gathered is the caller's; what is written belongs to the thread behind, while there
 * is one. */
struct nw_blob_writer {
    struct nw_blobs *blobs;
    char path[NW_DISK_PATH], state[NW_DISK_PATH];
    bool named;
    int file;

    bool broken;
    SHA256_CTX sum;         /* of the whole frames */
    uint64_t frames, first; /* whole ones; the first of this writer */
    size_t filled;
    struct nw_block *block, own; /* the frame begun: `own`, or one of the thread's */
    struct nw_behind *behind;

    struct nw_seal *seal;
    struct nw_blob_head head; /* its key; what is safe */
    uint64_t flushed;         /* the file's bytes on their way to the disk */
    uint8_t room[STATE_MAX];
};

/* Up to where a part is made safe. */
struct point {
    uint64_t frames;
    size_t filled; /* of the frame behind them */
    const uint8_t *frame;
    uint8_t sum[32]; /* of the whole frames */
};

static void release(struct nw_blob_writer *w)
{
    if (w->file >= 0) {
        /* A job's process that is just being forked has the file too, until it becomes another
         * program: closing alone would leave it the lock. */
        (void)flock(w->file, LOCK_UN);
        (void)close(w->file);
    }
    nw_seal_free(w->seal);
    nw_seal_wipe(w->head.key, sizeof w->head.key);
    nw_seal_wipe(&w->own, sizeof w->own);
    nw_free(w);
}

static uint64_t bytes_of(const struct nw_blob_writer *w)
{
    return w->frames * NW_FRAME + w->filled;
}

/* SHA-256's eight words between blocks, as bytes and back. */
static void save_sum(const SHA256_CTX *sum, uint8_t out[32])
{
    for (int i = 0; i < 32; i++)
        out[i] = (uint8_t)(sum->h[i / 4] >> 8 * (3 - i % 4));
}

static void restore_sum(SHA256_CTX *sum, const uint8_t in[32], uint64_t bytes)
{
    (void)SHA256_Init(sum);
    for (int i = 0; i < 8; i++)
        sum->h[i] = (SHA_LONG)in[4 * i] << 24 | (SHA_LONG)in[4 * i + 1] << 16 |
                    (SHA_LONG)in[4 * i + 2] << 8 | in[4 * i + 3];
    sum->Nl = (SHA_LONG)(bytes << 3);
    sum->Nh = (SHA_LONG)(bytes >> 29);
}

/* Writes these bytes as a frame, at its place. */
static bool write_frame(struct nw_blob_writer *w, uint64_t number, const uint8_t *bytes,
                        size_t size, struct nw_err *err)
{
    uint8_t about[9];
    nw_frame_about(number, false, about);
    return nw_seal_close(w->seal, about, sizeof about, bytes, size, w->room, err) &&
           nw_disk_write(w->file, w->room, size + NW_SEALED, nw_frame_at(number), err);
}

/* Starts the disk's work early; whether it does is seen when it is synced. */
static void flush_early(struct nw_blob_writer *w, uint64_t frames)
{
    const uint64_t end = nw_frame_at(frames);
    if (end - w->flushed < FLUSH_BYTES)
        return;
    (void)sync_file_range(w->file, (off_t)w->flushed, (off_t)(end - w->flushed),
                          SYNC_FILE_RANGE_WRITE);
    w->flushed = end;
}

/* The head, then the frame begun. */
static bool write_state(struct nw_blob_writer *w, const struct point *point, const char *to,
                        struct nw_err *err)
{
    uint8_t about[9];
    w->head.part = true;
    w->head.bytes = point->frames * NW_FRAME + point->filled;
    memcpy(w->head.sum, point->sum, sizeof w->head.sum);
    nw_frame_about(point->frames, true, about);
    if (!nw_blob_head_format(w->blobs, &w->head, w->room, err) ||
        !nw_seal_close(w->seal, about, sizeof about, point->frame, point->filled,
                       w->room + NW_HEAD, err))
        return false;
    const int file = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return nw_disk_failed("written", err);
    const bool ok = nw_disk_write(file, w->room, NW_HEAD + point->filled + NW_SEALED, 0, err);
    (void)close(file);
    return ok;
}

static bool make_safe(struct nw_blob_writer *w, const struct point *point, struct nw_err *err)
{
    char part[NW_DISK_PATH];
    if (fdatasync(w->file) != 0)
        return nw_disk_failed("synced", err);
    if (!nw_disk_part(w->state, part, err))
        return false;
    if (write_state(w, point, part, err) && nw_disk_name(part, w->state, err))
        return true;
    (void)unlink(part);
    return false;
}

/* All that was gathered. Not while a thread writes. */
static bool make_all_safe(struct nw_blob_writer *w, struct nw_err *err)
{
    struct point now = {.frames = w->frames, .filled = w->filled, .frame = w->own.bytes};
    save_sum(&w->sum, now.sum);
    return make_safe(w, &now, err);
}

/* Opens and locks the file; a part that got its name meanwhile is nobody's any more. */
static bool lock_part(struct nw_blob_writer *w, const char *name, struct nw_err *err)
{
    struct stat mine, there;
    if (!nw_disk_path(w->path, err, "%s/parts/%s.part", w->blobs->folder, name) ||
        !nw_disk_path(w->state, err, "%s/parts/%s.state", w->blobs->folder, name))
        return false;
    w->file = open(w->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (w->file < 0)
        return nw_disk_failed("written", err);
    if (flock(w->file, LOCK_EX | LOCK_NB) == 0 && fstat(w->file, &mine) == 0 &&
        stat(w->path, &there) == 0 && mine.st_ino == there.st_ino)
        return true;
    return nw_fail(err, NW_ERR_CONFLICT, "this upload is being written by someone else");
}

/* The writer of parts/<name>.part; not yet what it holds. */
static struct nw_blob_writer *open_part(struct nw_blobs *blobs, const char *name,
                                        struct nw_err *err)
{
    struct nw_blob_writer *w = NW_ALLOC(struct nw_blob_writer, 1, err);
    if (!w)
        return NULL;
    w->blobs = blobs;
    w->block = &w->own;
    w->file = -1;
    if (lock_part(w, name, err))
        return w;
    release(w);
    return NULL;
}

/* Empty, under a key of its own. */
static bool start(struct nw_blob_writer *w, struct nw_err *err)
{
    if (ftruncate(w->file, 0) != 0)
        return nw_disk_failed("written", err);
    (void)SHA256_Init(&w->sum);
    if (!nw_seal_random(w->head.key, sizeof w->head.key, err))
        return false;
    w->seal = nw_seal_new(w->head.key, err);
    return w->seal && (!w->named || make_all_safe(w, err));
}

/* Reads the state file: *size 0 when there is none. */
static bool read_state(struct nw_blob_writer *w, size_t *size, struct nw_err *err)
{
    *size = 0;
    const int file = open(w->state, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno == ENOENT || nw_disk_failed("read", err);
    struct stat st;
    bool ok = fstat(file, &st) == 0 || nw_disk_failed("read", err);
    if (ok && (st.st_size < NW_HEAD + NW_SEALED || st.st_size > STATE_MAX))
        ok = nw_blob_damaged(err);
    ok = ok && nw_disk_read(file, w->room, (size_t)st.st_size, 0, err);
    (void)close(file);
    if (ok)
        *size = (size_t)st.st_size;
    return ok;
}

/* Takes up what a state says of the part's file. */
static bool go_on(struct nw_blob_writer *w, size_t size, struct nw_err *err)
{
    struct stat st;
    uint8_t about[9];
    if (!nw_blob_head_parse(w->blobs, w->room, &w->head, err))
        return false;
    const uint64_t frames = w->head.bytes / NW_FRAME;
    const size_t filled = w->head.bytes % NW_FRAME;
    if (fstat(w->file, &st) != 0)
        return nw_disk_failed("read", err);
    if (!w->head.part || size != NW_HEAD + NW_SEALED + filled ||
        frames > (uint64_t)st.st_size / NW_FRAME ||
        (uint64_t)st.st_size < nw_frame_at(frames) * (frames > 0))
        return nw_blob_damaged(err);
    w->seal = nw_seal_new(w->head.key, err);
    nw_frame_about(frames, true, about);
    if (!w->seal)
        return false;
    if (!nw_seal_open(w->seal, about, sizeof about, w->room + NW_HEAD, filled, w->own.bytes))
        return nw_blob_damaged(err);
    restore_sum(&w->sum, w->head.sum, frames * NW_FRAME);
    w->frames = w->first = frames;
    w->filled = filled;
    w->flushed = nw_frame_at(frames);
    return ftruncate(w->file, (off_t)w->flushed) == 0 || nw_disk_failed("written", err);
}

struct nw_blob_writer *nw_blob_begin(struct nw_blobs *blobs, struct nw_err *err)
{
    uint8_t random[16];
    char name[2 * sizeof random + 2] = "_";
    if (!nw_seal_random(random, sizeof random, err))
        return NULL;
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(name + 1 + 2 * i, 3, "%02x", random[i]);
    struct nw_blob_writer *w = open_part(blobs, name, err);
    if (w && !start(w, err)) {
        nw_blob_drop(w);
        return NULL;
    }
    return w;
}

static bool check_name(const char *name, struct nw_err *err)
{
    const size_t len = strlen(name);
    const size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789");
    return (len > 0 && len <= NAME_MAX_LEN && good == len) ||
           nw_fail(err, NW_ERR_ARGUMENT,
                   "an upload's name has 1 to %d letters and digits and nothing else",
                   NAME_MAX_LEN);
}

struct nw_blob_writer *nw_blob_resume(struct nw_blobs *blobs, const char *name, uint64_t *bytes,
                                      struct nw_err *err)
{
    size_t size;
    struct nw_blob_writer *w = check_name(name, err) ? open_part(blobs, name, err) : NULL;
    if (!w)
        return NULL;
    w->named = true;
    if (read_state(w, &size, err) && (size > 0 ? go_on(w, size, err) : start(w, err))) {
        *bytes = bytes_of(w);
        return w;
    }
    release(w);
    return NULL;
}

/* The state is replaced as a whole: it can be read beside who writes. */
bool nw_blob_safe(struct nw_blobs *blobs, const char *name, uint64_t *bytes, struct nw_err *err)
{
    char path[NW_DISK_PATH];
    uint8_t said[NW_HEAD];
    struct nw_blob_head head;
    *bytes = 0;
    if (!check_name(name, err) ||
        !nw_disk_path(path, err, "%s/parts/%s.state", blobs->folder, name))
        return false;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno == ENOENT || nw_disk_failed("read", err);
    const bool ok = nw_disk_read(file, said, sizeof said, 0, err) &&
                    nw_blob_head_parse(blobs, said, &head, err);
    (void)close(file);
    if (!ok)
        return false;
    nw_seal_wipe(head.key, sizeof head.key);
    *bytes = head.bytes;
    return head.part || nw_blob_damaged(err);
}

/* By the caller, or by the thread behind. */
static bool put_block(void *context, const struct nw_block *block, struct nw_err *err)
{
    struct nw_blob_writer *w = context;
    if (!write_frame(w, block->number, block->bytes, NW_FRAME, err))
        return false;
    struct point end = {.frames = block->number + 1, .frame = block->bytes};
    memcpy(end.sum, block->sum, sizeof end.sum);
    flush_early(w, end.frames);
    return !block->safe || make_safe(w, &end, err);
}

/* From now on the digest is made here while a thread seals and writes. Without memory for that
 * it goes on as before. */
static void begin_behind(struct nw_blob_writer *w)
{
    struct nw_err ignored = {0};
    w->behind = nw_behind_new(put_block, w, &ignored);
    if (w->behind)
        w->block = nw_behind_next(w->behind);
}

/* Until all is written; the frame begun is in `own` again. */
static bool end_behind(struct nw_blob_writer *w, struct nw_err *err)
{
    struct nw_behind *behind = w->behind;
    if (!behind)
        return true;
    memcpy(w->own.bytes, w->block->bytes, w->filled);
    w->block = &w->own;
    w->behind = NULL;
    return nw_behind_end(behind, err);
}

static bool broke_before(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_STATE, "writing went wrong before and cannot go on");
}

static bool whole_frame(struct nw_blob_writer *w, struct nw_err *err)
{
    struct nw_block *block = w->block;
    (void)SHA256_Update(&w->sum, block->bytes, NW_FRAME);
    block->number = w->frames++;
    block->safe = w->named && w->frames % (SAFE_BYTES / NW_FRAME) == 0;
    if (block->safe)
        save_sum(&w->sum, block->sum);
    w->filled = 0;
    if (w->behind) {
        if (!nw_behind_give(w->behind))
            return end_behind(w, err);
        w->block = nw_behind_next(w->behind);
        return true;
    }
    if (!put_block(w, block, err))
        return false;
    if (w->named && w->frames - w->first == BEHIND_FRAMES)
        begin_behind(w);
    return true;
}

bool nw_blob_write(struct nw_blob_writer *w, const void *bytes, size_t size, struct nw_err *err)
{
    if (w->broken)
        return broke_before(err);
    for (const uint8_t *from = bytes; size > 0 && !w->broken;) {
        const size_t fits = NW_FRAME - w->filled, n = size < fits ? size : fits;
        memcpy(w->block->bytes + w->filled, from, n);
        w->filled += n;
        if (w->filled == NW_FRAME)
            w->broken = !whole_frame(w, err);
        from += n;
        size -= n;
    }
    return !w->broken;
}

/* All that was gathered is written, but for the frame begun. */
static bool is_written(struct nw_blob_writer *w, struct nw_err *err)
{
    const bool good = end_behind(w, err);
    return good && w->broken ? broke_before(err) : good;
}

bool nw_blob_pause(struct nw_blob_writer *w, struct nw_err *err)
{
    assert(w->named);
    const bool ok = is_written(w, err) && make_all_safe(w, err);
    release(w);
    return ok;
}

/* The last frame, the sum, the head; then the bytes are on the disk. */
static bool complete(struct nw_blob_writer *w, nw_digest *digest, struct nw_err *err)
{
    w->head.part = false;
    w->head.bytes = bytes_of(w);
    if (w->filled > 0 && !write_frame(w, w->frames, w->own.bytes, w->filled, err))
        return false;
    SHA256_CTX sum = w->sum;
    (void)SHA256_Update(&sum, w->own.bytes, w->filled);
    (void)SHA256_Final(w->head.sum, &sum);
    memcpy(digest->byte, w->head.sum, sizeof digest->byte);
    return nw_blob_head_format(w->blobs, &w->head, w->room, err) &&
           nw_disk_write(w->file, w->room, NW_HEAD, 0, err);
}

static bool take_name(struct nw_blob_writer *w, const nw_digest *digest, struct nw_err *err)
{
    char path[NW_DISK_PATH], folder[NW_DISK_PATH];
    if (!nw_blob_path(w->blobs, digest, path, err) ||
        !nw_disk_path(folder, err, "%s/%02x", w->blobs->folder, digest->byte[0]) ||
        !nw_disk_folder(folder, err) || !nw_disk_name(w->path, path, err))
        return false;
    if (w->named)
        (void)unlink(w->state);
    return true;
}

bool nw_blob_finish(struct nw_blob_writer *w, nw_digest *digest, uint64_t *bytes,
                    struct nw_err *err)
{
    nw_digest sum;
    if (!is_written(w, err) || !complete(w, &sum, err) || !take_name(w, &sum, err)) {
        nw_blob_drop(w);
        return false;
    }
    *digest = sum;
    if (bytes)
        *bytes = w->head.bytes;
    release(w);
    return true;
}

void nw_blob_drop(struct nw_blob_writer *w)
{
    struct nw_err ignored = {0};
    if (!w)
        return;
    (void)!end_behind(w, &ignored);
    (void)unlink(w->path);
    if (w->named)
        (void)unlink(w->state);
    release(w);
}

bool nw_blob_put(struct nw_blobs *blobs, const void *bytes, size_t size, nw_digest *digest,
                 struct nw_err *err)
{
    struct nw_blob_writer *w = nw_blob_begin(blobs, err);
    if (!w)
        return false;
    if (nw_blob_write(w, bytes, size, err))
        return nw_blob_finish(w, digest, NULL, err);
    nw_blob_drop(w);
    return false;
}

static bool write_all(struct nw_blob_writer *w, FILE *file, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *chunk = NW_ALLOC(uint8_t, NW_FRAME, err);
    if (!chunk)
        return false;
    size_t n;
    while ((n = fread(chunk, 1, NW_FRAME, file)) > 0)
        if (!nw_blob_write(w, chunk, n, err))
            return false;
    return !ferror(file) || nw_disk_failed("read", err);
}

bool nw_blob_put_file(struct nw_blobs *blobs, const char *path, nw_digest *digest,
                      uint64_t *bytes, struct nw_err *err)
{
    FILE *file = fopen(path, "rbe");
    if (!file && errno == ENOENT)
        return nw_fail(err, NW_ERR_NOTFOUND, "the file to store does not exist");
    if (!file)
        return nw_disk_failed("read", err);
    struct nw_blob_writer *w = nw_blob_begin(blobs, err);
    const bool ok = w && write_all(w, file, err);
    (void)fclose(file);
    if (ok)
        return nw_blob_finish(w, digest, bytes, err);
    nw_blob_drop(w);
    return false;
}
