/* store/blob.c -- see blob.h. The folder, its key, and what stands at the head of a file. */
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "store/blob_priv.h"

enum { STALE_S = 60 };

struct nw_lock {
    pthread_mutex_t mutex;
};

static const char whole_mark[] = "NUWABLB1", part_mark[] = "NUWAPRT1";

bool nw_blob_damaged(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA, "stored bytes are not the ones that were written");
}

static void put_u64(uint8_t *out, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get_u64(const uint8_t *in)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | in[i];
    return value;
}

void nw_frame_about(uint64_t number, bool begun, uint8_t out[9])
{
    put_u64(out, number);
    out[8] = begun;
}

bool nw_blob_head_format(struct nw_blobs *blobs, const struct nw_blob_head *head,
                         uint8_t out[NW_HEAD], struct nw_err *err)
{
    memset(out, 0, NW_HEAD);
    memcpy(out, head->part ? part_mark : whole_mark, 8);
    put_u64(out + 8, head->bytes);
    memcpy(out + 16, head->sum, 32);
    (void)pthread_mutex_lock(&blobs->lock->mutex);
    const bool ok = nw_seal_close(blobs->site, out, NW_HEAD_SAID, head->key, NW_SEAL_KEY,
                                  out + NW_HEAD_SAID, err);
    (void)pthread_mutex_unlock(&blobs->lock->mutex);
    return ok;
}

bool nw_blob_head_parse(struct nw_blobs *blobs, const uint8_t bytes[NW_HEAD],
                        struct nw_blob_head *out, struct nw_err *err)
{
    struct nw_blob_head head = {.part = memcmp(bytes, part_mark, 8) == 0};
    static const uint8_t zeros[NW_HEAD - NW_HEAD_SAID - NW_SEAL_KEY - NW_SEALED];
    if ((!head.part && memcmp(bytes, whole_mark, 8) != 0) ||
        memcmp(bytes + NW_HEAD - sizeof zeros, zeros, sizeof zeros) != 0)
        return nw_blob_damaged(err);
    (void)pthread_mutex_lock(&blobs->lock->mutex);
    const bool ok = nw_seal_open(blobs->site, bytes, NW_HEAD_SAID, bytes + NW_HEAD_SAID,
                                 NW_SEAL_KEY, head.key);
    (void)pthread_mutex_unlock(&blobs->lock->mutex);
    if (!ok)
        return nw_blob_damaged(err);
    head.bytes = get_u64(bytes + 8);
    memcpy(head.sum, bytes + 16, 32);
    *out = head;
    nw_seal_wipe(head.key, sizeof head.key);
    return true;
}

bool nw_blob_path(const struct nw_blobs *blobs, const nw_digest *digest, char out[NW_DISK_PATH],
                  struct nw_err *err)
{
    char hex[NW_DIGEST_TEXT];
    nw_digest_format(digest, hex);
    return nw_disk_path(out, err, "%s/%.2s/%s", blobs->folder, hex, hex + 2);
}

/* Writes a small file that is not to be made twice: false with NW_OK when it was there. */
static bool make_once(const char *path, const void *bytes, size_t size, struct nw_err *err)
{
    char part[NW_DISK_PATH];
    if (!nw_disk_part(path, part, err))
        return false;
    const int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return nw_disk_failed("written", err);
    bool ok = nw_disk_write(file, bytes, size, 0, err) &&
              (fsync(file) == 0 || nw_disk_failed("synced", err));
    (void)close(file);
    if (ok && link(part, path) != 0 && errno != EEXIST)
        ok = nw_disk_failed("named", err);
    (void)unlink(part);
    return ok && nw_disk_sync_parent(path, err);
}

/* Reads a file of exactly `size` bytes: 1, or 0 when there is none, or -1 with *err. */
static int read_small(const char *path, uint8_t *out, size_t size, struct nw_err *err)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return 0;
    struct stat st = {0};
    bool ok = file >= 0 && fstat(file, &st) == 0;
    if (!ok)
        nw_fail(err, NW_ERR_IO, "the key file cannot be read: %s", strerror(errno));
    else if ((size_t)st.st_size != size)
        ok = nw_fail(err, NW_ERR_DATA, "the key file has %lld bytes instead of %zu",
                     (long long)st.st_size, size);
    else if (st.st_mode & (S_IWGRP | S_IRWXO))
        ok = nw_fail(err, NW_ERR_DENIED,
                     "the key file is open to others; take their rights away (chmod 600)");
    else
        ok = nw_disk_read(file, out, size, 0, err);
    if (file >= 0)
        (void)close(file);
    return ok ? 1 : -1;
}

/* What tells one site's key from another's without saying anything of it. */
static bool key_name(const uint8_t key[NW_SEAL_KEY], uint8_t out[32], struct nw_err *err)
{
    uint8_t text[16 + NW_SEAL_KEY] = "nuwa key name";
    nw_digest digest;
    memcpy(text + 16, key, NW_SEAL_KEY);
    const bool ok = nw_hash_bytes(text, sizeof text, &digest, err);
    nw_seal_wipe(text, sizeof text);
    memcpy(out, digest.byte, 32);
    return ok;
}

/* The site's key; a new one only where nothing lies that was written with another. */
static bool load_key(const char *folder, const char *key_file, uint8_t key[NW_SEAL_KEY],
                     struct nw_err *err)
{
    char name_file[NW_DISK_PATH];
    uint8_t name[32], known[32];
    if (!nw_disk_path(name_file, err, "%s/key.name", folder))
        return false;
    const int named = read_small(name_file, known, sizeof known, err);
    int found = named < 0 ? -1 : read_small(key_file, key, NW_SEAL_KEY, err);
    if (found == 0 && named == 1)
        return nw_fail(err, NW_ERR_NOTFOUND,
                       "the key file is missing; without it the stored files stay closed");
    if (found == 0 && nw_seal_random(key, NW_SEAL_KEY, err) &&
        make_once(key_file, key, NW_SEAL_KEY, err))
        found = read_small(key_file, key, NW_SEAL_KEY, err); /* another may have been faster */
    if (found != 1 || !key_name(key, name, err))
        return false;
    if (named == 0)
        return make_once(name_file, name, sizeof name, err);
    return memcmp(name, known, sizeof name) == 0 ||
           nw_fail(err, NW_ERR_STATE,
                   "the key file is not the one these stored files were written with");
}

/* A part without a name that no process holds is what a crash left. */
static void sweep(const char *parts)
{
    DIR *dir = opendir(parts);
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        struct stat st;
        const int file = e->d_name[0] == '_'
                             ? openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
                             : -1;
        if (file < 0)
            continue;
        if (fstat(file, &st) == 0 && time(NULL) - st.st_mtime > STALE_S &&
            flock(file, LOCK_EX | LOCK_NB) == 0)
            (void)unlinkat(dirfd(dir), e->d_name, 0);
        (void)close(file);
    }
    if (dir)
        (void)closedir(dir);
}

static bool set_up(struct nw_blobs *blobs, const char *key_file, struct nw_err *err)
{
    char parts[NW_DISK_PATH];
    uint8_t key[NW_SEAL_KEY];
    if (!nw_disk_folder(blobs->folder, err) ||
        !nw_disk_path(parts, err, "%s/parts", blobs->folder) || !nw_disk_folder(parts, err))
        return false;
    if (load_key(blobs->folder, key_file, key, err))
        blobs->site = nw_seal_new(key, err);
    nw_seal_wipe(key, sizeof key);
    if (blobs->site)
        sweep(parts);
    return blobs->site != NULL;
}

struct nw_blobs *nw_blobs_open(const char *folder, const char *key_file, struct nw_err *err)
{
    struct nw_blobs *blobs = NW_ALLOC(struct nw_blobs, 1, err);
    if (!blobs)
        return NULL;
    const size_t len = strlen(folder);
    blobs->folder = NW_ALLOC(char, len + 1, err);
    blobs->lock = blobs->folder ? NW_ALLOC(struct nw_lock, 1, err) : NULL;
    if (blobs->lock) {
        (void)pthread_mutex_init(&blobs->lock->mutex, NULL);
        memcpy(blobs->folder, folder, len + 1);
        if (set_up(blobs, key_file, err))
            return blobs;
    }
    nw_blobs_close(blobs);
    return NULL;
}

void nw_blobs_close(struct nw_blobs *blobs)
{
    if (!blobs)
        return;
    nw_seal_free(blobs->site);
    if (blobs->lock)
        (void)pthread_mutex_destroy(&blobs->lock->mutex);
    nw_free(blobs->lock);
    nw_free(blobs->folder);
    nw_free(blobs);
}

bool nw_blob_remove(struct nw_blobs *blobs, const nw_digest *digest, struct nw_err *err)
{
    char path[NW_DISK_PATH];
    if (!nw_blob_path(blobs, digest, path, err))
        return false;
    if (unlink(path) == 0)
        return nw_disk_sync_parent(path, err);
    if (errno == ENOENT)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no stored file with this digest");
    return nw_disk_failed("removed", err);
}
