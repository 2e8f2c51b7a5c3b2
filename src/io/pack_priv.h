/*
 * io/pack_priv.h -- deflate on all cores, the same bytes on any number of them: the data are
 * cut in blocks of a fixed size, each is compressed by itself and ends on a byte, and the
 * blocks follow each other in one ordinary deflate stream.
 */
#ifndef NW_IO_PACK_PRIV_H
#define NW_IO_PACK_PRIV_H

#include "core/text.h"
#include "io/file.h"

enum { NW_PACK_BLOCK = 1 << 19 };

struct nw_pack {
    struct nw_out *out;
    int level;    /* of zlib, 1..9 */
    uint32_t crc; /* CRC-32 of what went in */
    uint64_t raw_bytes, packed_bytes;
};

/* Makes block number `block`: either points *data at bytes that stay, or fills `text`. Called
 * on several threads at once. */
typedef bool (*nw_pack_fill)(const void *ctx, size_t block, struct nw_text *text,
                             const void **data, size_t *len, struct nw_err *err);

/* Appends blocks 0..count-1; may be called several times. */
NW_MUST_CHECK bool nw_pack_blocks(struct nw_pack *pack, size_t count, nw_pack_fill fill,
                                  const void *ctx, struct nw_err *err);
/* Appends bytes in memory. */
NW_MUST_CHECK bool nw_pack_add(struct nw_pack *pack, const void *data, size_t len,
                               struct nw_err *err);
/* Ends the deflate stream. */
NW_MUST_CHECK bool nw_pack_end(struct nw_pack *pack, struct nw_err *err);

/* A gzip member without time or name around it. */
NW_MUST_CHECK bool nw_gzip_begin(struct nw_pack *pack, struct nw_out *out, int level,
                                 struct nw_err *err);
NW_MUST_CHECK bool nw_gzip_end(struct nw_pack *pack, struct nw_err *err);

#endif
