/* fuzz/blob.c -- a stored file, or an upload's part, changed on disk in any way: what is read
 * back is what was written, or it is refused. The first byte chooses: 0 the bytes are the file;
 * 1 they are edits of a sound one (place, value), cut at the end; 2 and 3 the same for the
 * state of an upload. */
#include <assert.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "store/blob.h"

enum { CONTENT = 70001, PART = 66000, MOST = 80000, PATH = 200 };

static char folder[64];
static struct nw_blobs *blobs;
static nw_digest digest;
static uint8_t content[CONTENT], sound[MOST], sound_state[MOST];
static size_t sound_len, sound_state_len;

static void path_of(char out[PATH], const char *name)
{
    (void)snprintf(out, PATH, "%s/%s", folder, name);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

static void clean_up(void)
{
    nw_blobs_close(blobs);
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static size_t load(const char *path, uint8_t *out)
{
    FILE *file = fopen(path, "rb");
    assert(file);
    const size_t len = fread(out, 1, MOST, file);
    (void)fclose(file);
    return len;
}

static void save(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert(file);
    (void)fwrite(bytes, 1, len, file);
    (void)fclose(file);
}

static void blob_path(char out[PATH])
{
    char hex[NW_DIGEST_TEXT];
    nw_digest_format(&digest, hex);
    (void)snprintf(out, PATH, "%s/blobs/%.2s/%s", folder, hex, hex + 2);
}

static void begin(void)
{
    struct nw_err err = {0};
    char path[PATH], key[PATH];
    uint64_t bytes;
    (void)snprintf(folder, sizeof folder, "/tmp/nuwa-fuzz-blob-XXXXXX");
    assert(mkdtemp(folder));
    path_of(path, "blobs");
    path_of(key, "key");
    for (size_t i = 0; i < CONTENT; i++)
        content[i] = (uint8_t)(i * 7 + i / 251);
    blobs = nw_blobs_open(path, key, &err);
    assert(blobs && nw_blob_put(blobs, content, CONTENT, &digest, &err));
    blob_path(path);
    sound_len = load(path, sound);
    struct nw_blob_writer *w = nw_blob_resume(blobs, "up", &bytes, &err);
    const bool ok = w && nw_blob_write(w, content, PART, &err) && nw_blob_pause(w, &err);
    assert(ok);
    path_of(path, "blobs/parts/up.state");
    sound_state_len = load(path, sound_state);
    (void)atexit(clean_up);
}

/* The sound bytes with edits: two bytes of place (in 1/65536 of the length), one to put there;
 * a last odd byte cuts. Returns the length. */
static size_t edit(uint8_t *bytes, size_t len, const uint8_t *data, size_t size)
{
    size_t i = 0;
    for (; i + 3 <= size; i += 3) {
        const size_t place = ((size_t)data[i] << 8 | data[i + 1]) * len >> 16;
        bytes[place] ^= data[i + 2];
    }
    return i < size ? len * data[i] / 256 : len;
}

static void try_blob(const uint8_t *bytes, size_t len)
{
    static uint8_t back[CONTENT];
    char path[PATH];
    struct nw_err err = {0};
    uint64_t size = 0;
    blob_path(path);
    save(path, bytes, len);
    struct nw_blob_reader *r = nw_blob_open(blobs, &digest, &size, &err);
    if (r) {
        assert(size == CONTENT);
        if (nw_blob_read(r, 0, back, CONTENT, &err))
            assert(memcmp(back, content, CONTENT) == 0);
        nw_blob_close(r);
    }
    struct nw_err why = {0};
    if (nw_blob_check(blobs, &digest, &why))
        assert(len == sound_len && memcmp(bytes, sound, len) == 0);
    else
        assert(why.code == NW_ERR_DATA);
}

static void try_state(const uint8_t *bytes, size_t len)
{
    char path[PATH];
    struct nw_err err = {0};
    uint64_t size = 0;
    path_of(path, "blobs/parts/up.state");
    save(path, bytes, len);
    struct nw_blob_writer *w = nw_blob_resume(blobs, "up", &size, &err);
    if (!w) {
        assert(err.code == NW_ERR_DATA);
        return;
    }
    assert(size == PART && len == sound_state_len && memcmp(bytes, sound_state, len) == 0);
    const bool paused = nw_blob_pause(w, &err);
    assert(paused);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[MOST];
    if (!blobs)
        begin();
    if (size < 1 || size > MOST)
        return 0;
    const bool state = data[0] & 2;
    size_t len = size - 1;
    memcpy(bytes, data + 1, len);
    if (data[0] & 1) {
        len = state ? sound_state_len : sound_len;
        memcpy(bytes, state ? sound_state : sound, len);
        len = edit(bytes, len, data + 1, size - 1);
    }
    if (state)
        try_state(bytes, len);
    else
        try_blob(bytes, len);
    return 0;
}
