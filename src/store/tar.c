/* store/tar.c -- see tar_priv.h. POSIX.1-1988 ustar, with sizes above 8 GiB in base 256. */
#include "store/tar_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

enum { BLOCK = 512, BUFFER = 1 << 17, TAIL_MAX = 1 << 16 };

struct nw_tar {
    FILE *file;
    uint64_t left; /* of the member's bytes */
    size_t padding;
    uint64_t at, end; /* in the file, reading */
    char *buffer;
};

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], time[12], sum[8], kind, link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], unused[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static bool archive_failed(const char *doing, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_IO, "the archive cannot be %s: %s", doing, strerror(errno));
}

static bool damaged(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA,
                   "this is no archive of ours, or it is damaged or cut short");
}

static struct nw_tar *open_as(const char *path, const char *mode, const char *doing,
                              struct nw_err *err)
{
    struct nw_tar *tar = NW_ALLOC(struct nw_tar, 1, err);
    if (!tar)
        return NULL;
    tar->buffer = NW_ALLOC_UNSET(char, BUFFER, err);
    tar->file = tar->buffer ? fopen(path, mode) : NULL;
    if (tar->file) {
        (void)setvbuf(tar->file, tar->buffer, _IOFBF, BUFFER);
        return tar;
    }
    if (tar->buffer)
        archive_failed(doing, err);
    nw_tar_close(tar);
    return NULL;
}

struct nw_tar *nw_tar_create(const char *path, struct nw_err *err)
{
    return open_as(path, "wbe", "written", err);
}

struct nw_tar *nw_tar_open(const char *path, struct nw_err *err)
{
    struct nw_tar *tar = open_as(path, "rbe", "read", err);
    if (!tar)
        return NULL;
    if (fseeko(tar->file, 0, SEEK_END) == 0) {
        tar->end = (uint64_t)ftello(tar->file);
        if (fseeko(tar->file, 0, SEEK_SET) == 0)
            return tar;
    }
    archive_failed("read", err);
    nw_tar_close(tar);
    return NULL;
}

void nw_tar_close(struct nw_tar *tar)
{
    if (!tar)
        return;
    if (tar->file)
        (void)fclose(tar->file);
    nw_free(tar->buffer);
    nw_free(tar);
}

static unsigned sum_of(const struct header *h)
{
    struct header copy = *h;
    unsigned sum = 0;
    memset(copy.sum, ' ', sizeof copy.sum);
    for (size_t i = 0; i < BLOCK; i++)
        sum += ((const uint8_t *)&copy)[i];
    return sum;
}

static void put_octal(char *out, int digits, uint64_t value)
{
    out[digits] = 0;
    for (int i = digits - 1; i >= 0; i--, value >>= 3)
        out[i] = (char)('0' + (value & 7));
}

static void put_size(char out[12], uint64_t size)
{
    if (size >> 33 == 0) {
        put_octal(out, 11, size);
        return;
    }
    memset(out, 0, 12);
    out[0] = (char)0x80;
    for (int i = 11; i > 3; i--, size >>= 8)
        out[i] = (char)(size & 255);
}

bool nw_tar_begin(struct nw_tar *tar, const char *name, uint64_t size, int64_t time,
                  struct nw_err *err)
{
    struct header h = {.kind = '0', .magic = "ustar", .version = {'0', '0'}};
    assert(tar->left == 0 && strlen(name) <= NW_TAR_NAME);
    memcpy(h.name, name, strlen(name));
    put_octal(h.mode, 7, 0600);
    put_octal(h.uid, 7, 0);
    put_octal(h.gid, 7, 0);
    put_size(h.size, size);
    put_octal(h.time, 11, time > 0 ? (uint64_t)time : 0);
    put_octal(h.sum, 6, sum_of(&h));
    h.sum[7] = ' ';
    tar->left = size;
    tar->padding = (size_t)(-size % BLOCK);
    return fwrite(&h, 1, BLOCK, tar->file) == BLOCK || archive_failed("written", err);
}

bool nw_tar_put(struct nw_tar *tar, const void *bytes, size_t size, struct nw_err *err)
{
    static const char zeros[BLOCK];
    assert(size <= tar->left);
    tar->left -= size;
    if (fwrite(bytes, 1, size, tar->file) != size)
        return archive_failed("written", err);
    if (tar->left > 0 || tar->padding == 0)
        return true;
    const size_t padding = tar->padding;
    tar->padding = 0;
    return fwrite(zeros, 1, padding, tar->file) == padding || archive_failed("written", err);
}

bool nw_tar_finish(struct nw_tar *tar, struct nw_err *err)
{
    static const char zeros[2 * BLOCK];
    assert(tar->left == 0);
    return (fwrite(zeros, 1, sizeof zeros, tar->file) == sizeof zeros &&
            fflush(tar->file) == 0 && fsync(fileno(tar->file)) == 0) ||
           archive_failed("written", err);
}

/* -1 when it is no number of the format. */
static int64_t get_number(const char *in, size_t size)
{
    int64_t value = 0;
    size_t i = 0;
    if ((uint8_t)in[0] == 0x80) {
        for (i = 1; i < size; i++) {
            if (value >> 54 != 0)
                return -1;
            value = value << 8 | (uint8_t)in[i];
        }
        return value;
    }
    for (; i < size && in[i] >= '0' && in[i] <= '7'; i++)
        value = value << 3 | (in[i] - '0');
    return i > 0 && (i == size || in[i] == 0 || in[i] == ' ') ? value : -1;
}

/* A name that stays in its folder. */
static bool name_is_good(const char *name)
{
    const size_t len = strlen(name);
    return len > 0 && name[0] != '/' && name[len - 1] != '/' && !strstr(name, "..") &&
           !strstr(name, "//") &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") ==
               len;
}

static bool is_zero(const void *bytes, size_t size)
{
    static const char zeros[BLOCK];
    return memcmp(bytes, zeros, size) == 0;
}

/* Behind the last member come zeros only, and not many. */
static bool check_end(struct nw_tar *tar, struct nw_err *err)
{
    char block[BLOCK];
    if (tar->end - tar->at > TAIL_MAX)
        return damaged(err);
    while (tar->at < tar->end) {
        const size_t n = fread(block, 1, BLOCK, tar->file);
        if (n == 0)
            return archive_failed("read", err);
        if (!is_zero(block, n))
            return damaged(err);
        tar->at += n;
    }
    return true;
}

/* Past what is left of a member; what fills its last block is zeros. */
static bool pass_over(struct nw_tar *tar, struct nw_err *err)
{
    char fill[BLOCK];
    const uint64_t skip = tar->left + tar->padding;
    if (skip > tar->end - tar->at || tar->end - tar->at - skip < BLOCK)
        return damaged(err);
    if (tar->left > 0 && fseeko(tar->file, (off_t)tar->left, SEEK_CUR) != 0)
        return archive_failed("read", err);
    if (fread(fill, 1, tar->padding, tar->file) != tar->padding)
        return archive_failed("read", err);
    if (!is_zero(fill, tar->padding))
        return damaged(err);
    tar->at += skip;
    tar->left = tar->padding = 0;
    return true;
}

bool nw_tar_next(struct nw_tar *tar, char name[NW_TAR_NAME + 1], uint64_t *size,
                 struct nw_err *err)
{
    struct header h;
    if (!pass_over(tar, err))
        return false;
    if (fread(&h, 1, BLOCK, tar->file) != BLOCK)
        return archive_failed("read", err);
    tar->at += BLOCK;
    name[0] = 0;
    if (is_zero(&h, BLOCK))
        return check_end(tar, err);
    const int64_t said = get_number(h.size, sizeof h.size);
    memcpy(name, h.name, NW_TAR_NAME);
    name[NW_TAR_NAME] = 0;
    if (memcmp(h.magic, "ustar", 6) != 0 || h.kind != '0' || h.prefix[0] || said < 0 ||
        get_number(h.sum, sizeof h.sum) != (int64_t)sum_of(&h) || !name_is_good(name))
        return damaged(err);
    *size = tar->left = (uint64_t)said;
    tar->padding = (size_t)(-tar->left % BLOCK);
    if (tar->left > tar->end - tar->at)
        return damaged(err);
    return true;
}

bool nw_tar_get(struct nw_tar *tar, void *out, size_t room, size_t *got, struct nw_err *err)
{
    const size_t want = room < tar->left ? room : (size_t)tar->left;
    if (fread(out, 1, want, tar->file) != want)
        return archive_failed("read", err);
    tar->left -= want;
    tar->at += want;
    *got = want;
    return true;
}
