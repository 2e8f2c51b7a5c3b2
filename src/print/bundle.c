/* print/bundle.c -- see bundle_priv.h. */
#include "print/bundle_priv.h"

#include <string.h>
#include <zip.h>
#include <zlib.h>

enum { LOCAL_HEAD = 30, CENTRAL_HEAD = 46, ENTRIES_MOST = 65535 };

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, size_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

/* The fields that local and central headers have in common, from "version needed" on. */
static void put_common(uint8_t p[26], const struct nw_bundle_entry *e)
{
    memset(p, 0, 26);
    put16(p, 10);       /* stored */
    put16(p + 8, 0x21); /* 1980-01-01 */
    put32(p + 10, e->crc);
    put32(p + 14, e->bytes);
    put32(p + 18, e->bytes);
    put16(p + 22, strlen(e->name));
}

bool nw_bundle_init(struct nw_bundle *b, const char *path, struct nw_err *err)
{
    *b = (struct nw_bundle){.out = nw_out_new(path, err)};
    return b->out != NULL;
}

void nw_bundle_release(struct nw_bundle *b)
{
    nw_out_abandon(b->out);
    nw_free(b->entry);
    *b = (struct nw_bundle){0};
}

bool nw_bundle_add(struct nw_bundle *b, const char *name, const void *data, size_t len,
                   struct nw_err *err)
{
    const size_t name_len = strlen(name);
    assert(name_len < sizeof b->entry->name);
    if (b->count >= ENTRIES_MOST || len > UINT32_MAX - b->at - (1 << 24))
        return nw_fail(err, NW_ERR_LIMIT,
                       "the layers take over 4 GiB; take larger pixels or thicker layers");
    if (!nw_grow(&b->entry, &b->room, b->count + 1, sizeof *b->entry, err))
        return false;
    struct nw_bundle_entry *e = &b->entry[b->count];
    *e = (struct nw_bundle_entry){.offset = (uint32_t)b->at, .bytes = (uint32_t)len};
    memcpy(e->name, name, name_len + 1);
    e->crc = (uint32_t)crc32_z(crc32(0, NULL, 0), data, len);
    uint8_t head[LOCAL_HEAD] = {'P', 'K', 3, 4};
    put_common(head + 4, e);
    if (!nw_out_add(b->out, head, sizeof head, err) ||
        !nw_out_add(b->out, name, name_len, err) || !nw_out_add(b->out, data, len, err))
        return false;
    b->at += LOCAL_HEAD + name_len + len;
    b->count++;
    return true;
}

bool nw_bundle_finish(struct nw_bundle *b, struct nw_err *err)
{
    const uint64_t begin = b->at;
    for (size_t n = 0; n < b->count; n++) {
        const struct nw_bundle_entry *e = &b->entry[n];
        uint8_t head[CENTRAL_HEAD] = {'P', 'K', 1, 2, 20, 0};
        put_common(head + 6, e);
        put32(head + 42, e->offset);
        if (!nw_out_add(b->out, head, sizeof head, err) ||
            !nw_out_add(b->out, e->name, strlen(e->name), err))
            return false;
        b->at += CENTRAL_HEAD + strlen(e->name);
    }
    uint8_t tail[22] = {'P', 'K', 5, 6};
    put16(tail + 8, b->count);
    put16(tail + 10, b->count);
    put32(tail + 12, b->at - begin);
    put32(tail + 16, begin);
    return nw_out_add(b->out, tail, sizeof tail, err) && nw_out_close(b->out, err);
}

bool nw_bundle_end(struct nw_bundle *b, struct nw_err *err)
{
    struct nw_out *out = b->out;
    b->out = NULL; /* freed either way */
    return nw_out_commit(out, err);
}

/* ---- reading ---- */

struct nw_unbundle {
    zip_t *zip;
    size_t count;
};

static struct nw_unbundle *open_source(zip_source_t *source, struct nw_err *err)
{
    zip_error_t why;
    zip_error_init(&why);
    if (!source) {
        nw_fail(err, NW_ERR_MEMORY, "no memory to open an archive");
        return NULL;
    }
    struct nw_unbundle *u = NW_ALLOC(struct nw_unbundle, 1, err);
    if (u)
        u->zip = zip_open_from_source(source, ZIP_RDONLY, &why);
    if (!u || !u->zip) {
        zip_source_free(source);
        nw_free(u);
        if (u)
            nw_fail(err, NW_ERR_DATA,
                    "the file is not a zip archive, or is damaged or cut off");
        return NULL;
    }
    const zip_int64_t count = zip_get_num_entries(u->zip, 0);
    u->count = count > 0 ? (size_t)count : 0;
    return u;
}

struct nw_unbundle *nw_unbundle_new(const char *path, struct nw_err *err)
{
    zip_error_t why;
    zip_error_init(&why);
    return open_source(zip_source_file_create(path, 0, -1, &why), err);
}

struct nw_unbundle *nw_unbundle_of_bytes(const uint8_t *data, size_t len, struct nw_err *err)
{
    zip_error_t why;
    zip_error_init(&why);
    return open_source(zip_source_buffer_create(data, len, 0, &why), err);
}

void nw_unbundle_free(struct nw_unbundle *u)
{
    if (!u)
        return;
    zip_discard(u->zip);
    nw_free(u);
}

size_t nw_unbundle_count(const struct nw_unbundle *u)
{
    return u->count;
}

const char *nw_unbundle_name(const struct nw_unbundle *u, size_t index)
{
    const char *name = zip_get_name(u->zip, index, 0);
    return name ? name : "";
}

uint8_t *nw_unbundle_read(const struct nw_unbundle *u, size_t index, size_t max_bytes,
                          size_t *len, struct nw_err *err)
{
    zip_stat_t stat;
    if (zip_stat_index(u->zip, index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE)) {
        nw_fail(err, NW_ERR_DATA, "an entry of the archive cannot be read");
        return NULL;
    }
    if (stat.size > max_bytes) {
        nw_fail(err, NW_ERR_LIMIT,
                "an entry of the archive has %llu bytes; at most %zu are read",
                (unsigned long long)stat.size, max_bytes);
        return NULL;
    }
    NW_AUTOFREE uint8_t *data = nw_alloc((size_t)stat.size + 1, 1, err);
    zip_file_t *file = data ? zip_fopen_index(u->zip, index, 0) : NULL;
    if (!data)
        return NULL;
    const bool ok = file && zip_fread(file, data, stat.size) == (zip_int64_t)stat.size &&
                    zip_fread(file, data + stat.size, 1) == 0; /* the end checks the sum */
    if (file && zip_fclose(file) != 0)
        (void)0;
    if (!ok) {
        nw_fail(err, NW_ERR_DATA, "an entry of the archive is damaged");
        return NULL;
    }
    *len = (size_t)stat.size;
    uint8_t *out = data;
    data = NULL;
    return out;
}
