/* io/stream.c -- see stream_priv.h. */
#include "io/stream_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"

enum { BUFFER = 1 << 18 };

/* Deflate makes at most about 1032 bytes out of one. */
static const uint64_t DEFLATE_MOST = 1040;

void *nw_zlib_alloc(void *opaque, unsigned count, unsigned size)
{
    struct nw_err err = {0};
    (void)opaque;
    return nw_alloc(count, size, &err); /* zlib says Z_MEM_ERROR, and we say so again */
}

void nw_zlib_free(void *opaque, void *block)
{
    (void)opaque;
    nw_free(block);
}

bool nw_stream_open(struct nw_instream *s, const char *path, const uint8_t *data, size_t len,
                    struct nw_err *err)
{
    *s = (struct nw_instream){.data = data, .len = len};
    if (data)
        return true;
    struct stat st;
    s->file = fopen(path, "rb");
    if (!s->file || fstat(fileno(s->file), &st) != 0) {
        if (errno == ENOENT)
            return nw_fail(err, NW_ERR_NOTFOUND, "the file does not exist");
        return nw_fail(err, NW_ERR_IO, "the file cannot be read: %s", strerror(errno));
    }
    if (!S_ISREG(st.st_mode))
        return nw_fail(err, NW_ERR_IO, "a folder or device stands where a file is needed");
    s->left = (uint64_t)st.st_size;
    return true;
}

bool nw_stream_unpack(struct nw_instream *s, struct nw_err *err)
{
    assert(!s->packed);
    if (s->file) {
        s->buffer = NW_ALLOC_UNSET(uint8_t, BUFFER, err);
        if (!s->buffer)
            return false;
    }
    s->z.zalloc = nw_zlib_alloc;
    s->z.zfree = nw_zlib_free;
    if (inflateInit2(&s->z, 15 + 32) != Z_OK) /* 32: gzip or zlib */
        return nw_fail(err, NW_ERR_MEMORY, "no memory to unpack");
    s->packed = true;
    return true;
}

static bool read_stored(struct nw_instream *s, void *dst, size_t n, size_t *got,
                        struct nw_err *err)
{
    if (s->data) {
        *got = n < s->len - s->at ? n : s->len - s->at;
        if (*got)
            memcpy(dst, s->data + s->at, *got);
        s->at += *got;
        return true;
    }
    *got = fread(dst, 1, n, s->file);
    s->left -= *got < s->left ? *got : s->left;
    if (*got < n && ferror(s->file))
        return nw_fail(err, NW_ERR_IO, "the file cannot be read: %s", strerror(errno));
    return true;
}

/* Gives zlib more to chew; false only for a read error. */
static bool feed(struct nw_instream *s, struct nw_err *err)
{
    if (s->z.avail_in > 0)
        return true;
    if (s->data) {
        const size_t rest = s->len - s->at;
        const size_t n = rest < (1u << 30) ? rest : 1u << 30;
        s->z.next_in = (z_const Bytef *)(uintptr_t)(s->data + s->at);
        s->z.avail_in = (uInt)n;
        s->at += n;
        return true;
    }
    size_t got;
    if (!read_stored(s, s->buffer, BUFFER, &got, err))
        return false;
    s->z.next_in = s->buffer;
    s->z.avail_in = (uInt)got;
    return true;
}

/* A gzip file may be several, one behind the other. */
static bool next_member(struct nw_instream *s, struct nw_err *err)
{
    if (!feed(s, err))
        return false;
    if (s->z.avail_in == 0 || s->z.next_in[0] != 0x1f || inflateReset(&s->z) != Z_OK)
        s->ended = true;
    return true;
}

static bool read_packed(struct nw_instream *s, uint8_t *dst, size_t n, size_t *got,
                        struct nw_err *err)
{
    *got = 0;
    while (*got < n && !s->ended) {
        if (!feed(s, err))
            return false;
        const size_t want = n - *got < (1u << 30) ? n - *got : 1u << 30;
        s->z.next_out = dst + *got;
        s->z.avail_out = (uInt)want;
        const bool dry = s->z.avail_in == 0;
        const int rc = inflate(&s->z, Z_NO_FLUSH);
        *got += want - s->z.avail_out;
        if (rc == Z_STREAM_END) {
            if (!next_member(s, err))
                return false;
        } else if (rc == Z_MEM_ERROR) {
            return nw_fail(err, NW_ERR_MEMORY, "no memory to unpack");
        } else if (rc == Z_BUF_ERROR && dry) {
            s->ended = true; /* cut off: the caller sees that bytes are missing */
        } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
            return nw_fail(err, NW_ERR_DATA, "the compressed data are damaged");
        }
    }
    return true;
}

bool nw_stream_read(struct nw_instream *s, void *dst, size_t n, size_t *got, struct nw_err *err)
{
    return s->packed ? read_packed(s, dst, n, got, err) : read_stored(s, dst, n, got, err);
}

bool nw_stream_skip(struct nw_instream *s, uint64_t n, struct nw_err *err)
{
    uint8_t waste[4096];
    while (n > 0) {
        const size_t want = n < sizeof waste ? (size_t)n : sizeof waste;
        size_t got;
        if (!nw_stream_read(s, waste, want, &got, err))
            return false;
        if (got == 0)
            return nw_fail(err, NW_ERR_DATA, "the file ends before its voxels begin");
        n -= got;
    }
    return true;
}

bool nw_stream_line(struct nw_instream *s, struct nw_text *line, bool *more, struct nw_err *err)
{
    line->len = 0;
    *more = false;
    for (;;) {
        char c;
        size_t got;
        if (!nw_stream_read(s, &c, 1, &got, err))
            return false;
        if (got == 0 || c == '\n')
            break;
        *more = true;
        if (!nw_text_addn(line, &c, 1, err))
            return false;
    }
    *more = *more || !nw_stream_is_done(s);
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    if (!nw_text_addn(line, "", 0, err)) /* ends it with a 0 */
        return false;
    return true;
}

char *nw_stream_rest(struct nw_instream *s, size_t *len, struct nw_err *err)
{
    assert(!s->packed);
    const uint64_t most = nw_stream_limit(s);
    char *rest = NW_ALLOC_UNSET(char, (size_t)most + 1, err);
    if (!rest || !nw_stream_read(s, rest, (size_t)most, len, err)) {
        nw_free(rest);
        return NULL;
    }
    rest[*len] = '\0';
    return rest;
}

/* A relative name without a step upwards. */
static bool stays_below(const char *name)
{
    if (name[0] == '/' || name[0] == '\0')
        return false;
    for (const char *p = name; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
            return false;
    }
    return true;
}

bool nw_stream_open_beside(struct nw_instream *s, const char *header_path, const char *name,
                           struct nw_err *err)
{
    char path[4096];
    if (!header_path)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the header keeps its voxels in another file, which an archive member "
                       "cannot name; unpack the archive first");
    if (!stays_below(name))
        return nw_fail(err, NW_ERR_DATA,
                       "the header names a voxel file outside its own folder");
    const char *slash = strrchr(header_path, '/');
    const int folder = slash ? (int)(slash - header_path) + 1 : 0;
    if (snprintf(path, sizeof path, "%.*s%s", folder, header_path, name) >= (int)sizeof path)
        return nw_fail(err, NW_ERR_LIMIT, "the path of the voxel file is too long");
    if (nw_stream_open(s, path, NULL, 0, err))
        return true;
    return nw_fail_at(err, "the voxel file that the header names");
}

bool nw_stream_is_done(const struct nw_instream *s)
{
    if (s->packed)
        return s->ended;
    return s->data ? s->at >= s->len : s->left == 0;
}

uint64_t nw_stream_limit(const struct nw_instream *s)
{
    const uint64_t stored =
        (s->data ? (uint64_t)(s->len - s->at) : s->left) + (s->packed ? s->z.avail_in : 0);
    return s->packed ? stored * DEFLATE_MOST + (1u << 16) : stored;
}

void nw_stream_release(struct nw_instream *s)
{
    if (s->packed)
        (void)inflateEnd(&s->z);
    if (s->file)
        (void)fclose(s->file);
    nw_free(s->buffer);
    *s = (struct nw_instream){0};
}
