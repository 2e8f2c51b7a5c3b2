/* io/zip.c -- see zip_priv.h. */
#include "io/zip_priv.h"

#include <string.h>
#include <strings.h>
#include <zip.h>

#include "core/mem.h"

enum { LEVEL = 1, PIECE = 1 << 20, LOCAL_HEAD = 30 };

/* XML of models packs to a tenth, perhaps a fiftieth; what packs to less is a bomb. */
static const uint64_t RATIO_MOST = 400, SMALL = (uint64_t)1 << 24;
static const uint64_t TOTAL_MOST = (uint64_t)16 << 30;

static void put16(uint8_t *p, uint64_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint64_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

/* The fields that local and central headers have in common, from "version needed" on. */
static void put_common(uint8_t p[26], const struct nw_zip_entry *e)
{
    put16(p, 20);       /* deflate */
    put16(p + 2, 0);    /* no flags */
    put16(p + 4, 8);    /* deflated */
    put16(p + 6, 0);    /* 00:00 */
    put16(p + 8, 0x21); /* 1980-01-01 */
    put32(p + 10, e->crc);
    put32(p + 14, e->packed_bytes);
    put32(p + 18, e->raw_bytes);
    put16(p + 22, strlen(e->name));
    put16(p + 24, 0);
}

static bool add(struct nw_zip_writer *zip, const void *data, size_t len, struct nw_err *err)
{
    zip->at += len;
    return nw_out_add(zip->out, data, len, err);
}

static bool add_local_head(struct nw_zip_writer *zip, const struct nw_zip_entry *e,
                           struct nw_err *err)
{
    uint8_t head[LOCAL_HEAD] = {'P', 'K', 3, 4};
    put_common(head + 4, e);
    return nw_out_add(zip->out, head, sizeof head, err);
}

bool nw_zip_open_entry(struct nw_zip_writer *zip, const char *name, struct nw_err *err)
{
    assert(zip->count < NW_ZIP_ENTRIES);
    struct nw_zip_entry *e = &zip->entry[zip->count];
    *e = (struct nw_zip_entry){.name = name, .offset = zip->at};
    zip->pack = (struct nw_pack){.out = zip->out, .level = LEVEL};
    if (!add_local_head(zip, e, err) || !nw_out_add(zip->out, name, strlen(name), err))
        return false;
    zip->at += LOCAL_HEAD + strlen(name);
    return true;
}

bool nw_zip_close_entry(struct nw_zip_writer *zip, struct nw_err *err)
{
    struct nw_zip_entry *e = &zip->entry[zip->count];
    if (!nw_pack_end(&zip->pack, err))
        return false;
    e->crc = zip->pack.crc;
    e->packed_bytes = zip->pack.packed_bytes;
    e->raw_bytes = zip->pack.raw_bytes;
    zip->at += e->packed_bytes;
    if (e->raw_bytes > UINT32_MAX - 1 || zip->at > UINT32_MAX - 1)
        return nw_fail(err, NW_ERR_LIMIT,
                       "the model takes over 4 GiB in this format; simplify it or write PLY");
    zip->count++;
    return nw_out_seek(zip->out, e->offset, err) && add_local_head(zip, e, err) &&
           nw_out_seek(zip->out, zip->at, err);
}

bool nw_zip_add(struct nw_zip_writer *zip, const char *name, const void *data, size_t len,
                struct nw_err *err)
{
    return nw_zip_open_entry(zip, name, err) && nw_pack_add(&zip->pack, data, len, err) &&
           nw_zip_close_entry(zip, err);
}

bool nw_zip_end(struct nw_zip_writer *zip, struct nw_err *err)
{
    const uint64_t begin = zip->at;
    for (size_t n = 0; n < zip->count; n++) {
        const struct nw_zip_entry *e = &zip->entry[n];
        uint8_t head[46] = {'P', 'K', 1, 2, 20, 0};
        put_common(head + 6, e);
        put32(head + 42, e->offset);
        if (!add(zip, head, sizeof head, err) || !add(zip, e->name, strlen(e->name), err))
            return false;
    }
    uint8_t tail[22] = {'P', 'K', 5, 6};
    put16(tail + 8, zip->count);
    put16(tail + 10, zip->count);
    put32(tail + 12, zip->at - begin);
    put32(tail + 16, begin);
    return add(zip, tail, sizeof tail, err);
}

/* ---- reading ---- */

bool nw_zip_read_begin(struct nw_zip_reader *zip, const uint8_t *data, size_t len,
                       struct nw_err *err)
{
    zip_error_t why;
    zip_error_init(&why);
    *zip = (struct nw_zip_reader){NULL, len};
    zip_source_t *source = zip_source_buffer_create(data, len, 0, &why);
    if (!source)
        return nw_fail(err, NW_ERR_MEMORY, "no memory to open an archive");
    zip->archive = zip_open_from_source(source, ZIP_RDONLY, &why);
    if (!zip->archive) {
        zip_source_free(source);
        return nw_fail(err, NW_ERR_DATA,
                       "the file is a zip archive that is damaged or cut off");
    }
    return true;
}

void nw_zip_read_end(struct nw_zip_reader *zip)
{
    if (zip->archive)
        zip_discard(zip->archive);
    zip->archive = NULL;
}

int64_t nw_zip_find(const struct nw_zip_reader *zip, const char *name)
{
    return zip_name_locate(zip->archive, name, ZIP_FL_NOCASE);
}

int64_t nw_zip_find_ending(const struct nw_zip_reader *zip, const char *ending)
{
    const int64_t count = zip_get_num_entries(zip->archive, 0);
    for (int64_t i = 0; i < count; i++) {
        const char *name = zip_get_name(zip->archive, (zip_uint64_t)i, 0);
        if (!name)
            continue;
        const size_t n = strlen(name), m = strlen(ending);
        if (n >= m && strcasecmp(name + n - m, ending) == 0)
            return i;
    }
    return -1;
}

static bool read_pieces(zip_file_t *file, uint64_t most, nw_zip_take take, void *ctx,
                        struct nw_err *err)
{
    NW_AUTOFREE uint8_t *piece = NW_ALLOC_UNSET(uint8_t, PIECE, err);
    uint64_t total = 0;
    while (piece) {
        const zip_int64_t got = zip_fread(file, piece, PIECE);
        if (got < 0)
            return nw_fail(err, NW_ERR_DATA, "an entry of the archive is damaged");
        if (got == 0)
            return true;
        total += (uint64_t)got;
        if (total > most)
            return nw_fail(
                err, NW_ERR_LIMIT,
                "an entry of the archive unpacks to far more than a model of its size "
                "can");
        if (!take(ctx, piece, (size_t)got, err))
            return false;
    }
    return false;
}

bool nw_zip_read_entry(const struct nw_zip_reader *zip, int64_t index, nw_zip_take take,
                       void *ctx, struct nw_err *err)
{
    zip_file_t *file = zip_fopen_index(zip->archive, (zip_uint64_t)index, 0);
    if (!file)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "an entry of the archive is encrypted, damaged or packed in an unknown "
                       "way");
    uint64_t most = zip->len * RATIO_MOST + SMALL;
    most = most < TOTAL_MOST ? most : TOTAL_MOST;
    const bool ok = read_pieces(file, most, take, ctx, err);
    (void)zip_fclose(file);
    return ok;
}
