/* io/pack.c -- see pack_priv.h. */
#include "io/pack_priv.h"

#include <string.h>

#include "core/mem.h"
#include "core/parallel.h"
#include "io/stream_priv.h"

/* Blocks that wait together to be written: bounds the memory. */
enum { ROUND = 32 };
static const size_t TEXT_MOST = (size_t)1 << 30;

struct packed {
    uint8_t *data;
    size_t len, raw_len;
    uint32_t crc;
    struct nw_err err;
};

/* Raw deflate ending on a byte, the stream left open. */
static bool deflate_block(struct packed *p, int level, const void *data, size_t len)
{
    z_stream z = {.zalloc = nw_zlib_alloc, .zfree = nw_zlib_free};
    if (len > UINT32_MAX / 2)
        return nw_fail(&p->err, NW_ERR_INTERNAL, "a block to pack is too large");
    if (deflateInit2(&z, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return nw_fail(&p->err, NW_ERR_MEMORY, "no memory to pack");
    const size_t room = deflateBound(&z, len) + 16;
    p->data = NW_ALLOC_UNSET(uint8_t, room, &p->err);
    if (p->data) {
        z.next_in = (z_const Bytef *)(uintptr_t)data;
        z.avail_in = (uInt)len;
        z.next_out = p->data;
        z.avail_out = (uInt)room;
        const int rc = deflate(&z, Z_SYNC_FLUSH);
        p->len = room - z.avail_out;
        if (rc != Z_OK || z.avail_in > 0 || z.avail_out == 0)
            nw_fail(&p->err, NW_ERR_INTERNAL, "a block could not be packed");
    }
    (void)deflateEnd(&z);
    p->raw_len = len;
    p->crc = (uint32_t)crc32_z(0, data, len);
    return p->err.code == NW_OK;
}

static void make_block(struct packed *p, int level, nw_pack_fill fill, const void *ctx,
                       size_t block)
{
    struct nw_text text;
    const void *data = NULL;
    size_t len = 0;
    nw_text_init(&text, TEXT_MOST);
    if (fill(ctx, block, &text, &data, &len, &p->err))
        (void)deflate_block(p, level, data ? data : text.data, data ? len : text.len);
    nw_text_release(&text);
}

static bool write_block(struct nw_pack *pack, struct packed *p, struct nw_err *err)
{
    if (p->err.code != NW_OK) {
        *err = p->err;
        return false;
    }
    pack->crc = (uint32_t)crc32_combine(pack->crc, p->crc, (z_off_t)p->raw_len);
    pack->raw_bytes += p->raw_len;
    pack->packed_bytes += p->len;
    return nw_out_add(pack->out, p->data, p->len, err);
}

bool nw_pack_blocks(struct nw_pack *pack, size_t count, nw_pack_fill fill, const void *ctx,
                    struct nw_err *err)
{
    for (size_t first = 0; first < count; first += ROUND) {
        struct packed round[ROUND] = {{0}};
        const size_t n = count - first < ROUND ? count - first : ROUND;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t b = 0; b < n; b++)
            make_block(&round[b], pack->level, fill, ctx, first + b);
        bool ok = true;
        for (size_t b = 0; b < n; b++) {
            ok = ok && write_block(pack, &round[b], err);
            nw_free(round[b].data);
        }
        if (!ok)
            return false;
        if (nw_cancelled())
            return nw_fail_cancelled(err);
    }
    return true;
}

struct span {
    const uint8_t *data;
    size_t len;
};

static bool fill_span(const void *ctx, size_t block, struct nw_text *text, const void **data,
                      size_t *len, struct nw_err *err)
{
    const struct span *s = ctx;
    const size_t begin = block * NW_PACK_BLOCK;
    (void)text;
    (void)err;
    *data = s->data + begin;
    *len = s->len - begin < NW_PACK_BLOCK ? s->len - begin : NW_PACK_BLOCK;
    return true;
}

bool nw_pack_add(struct nw_pack *pack, const void *data, size_t len, struct nw_err *err)
{
    const struct span s = {data, len};
    const size_t count = len ? (len - 1) / NW_PACK_BLOCK + 1 : 0;
    return nw_pack_blocks(pack, count, fill_span, &s, err);
}

bool nw_pack_end(struct nw_pack *pack, struct nw_err *err)
{
    static const uint8_t last[2] = {3, 0}; /* an empty last block */
    pack->packed_bytes += sizeof last;
    return nw_out_add(pack->out, last, sizeof last, err);
}

bool nw_gzip_begin(struct nw_pack *pack, struct nw_out *out, int level, struct nw_err *err)
{
    static const uint8_t head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    *pack = (struct nw_pack){.out = out, .level = level};
    return nw_out_add(out, head, sizeof head, err);
}

bool nw_gzip_end(struct nw_pack *pack, struct nw_err *err)
{
    uint8_t tail[8];
    for (int i = 0; i < 4; i++) {
        tail[i] = (uint8_t)(pack->crc >> (8 * i));
        tail[4 + i] = (uint8_t)((uint32_t)pack->raw_bytes >> (8 * i));
    }
    return nw_pack_end(pack, err) && nw_out_add(pack->out, tail, sizeof tail, err);
}
