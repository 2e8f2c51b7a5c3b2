/*
 * print/bundle_priv.h -- zip archives of thousands of packed pictures: stored as they are,
 * entries in the order given, the time 1980-01-01, so the same content is the same bytes.
 */
#ifndef NW_PRINT_BUNDLE_PRIV_H
#define NW_PRINT_BUNDLE_PRIV_H

#include <stdint.h>

#include "core/mem.h"
#include "io/file.h"

struct nw_bundle_entry {
    char name[64];
    uint32_t offset, bytes, crc;
};

struct nw_bundle {
    struct nw_out *out;
    struct nw_bundle_entry *entry;
    size_t count, room;
    uint64_t at;
};

/* The file appears with nw_bundle_end; release without it leaves nothing. Between finish and
 * end all its bytes can be read back under nw_out_path(b->out). */
NW_MUST_CHECK bool nw_bundle_init(struct nw_bundle *b, const char *path, struct nw_err *err);
/* NW_ERR_LIMIT at 4 GiB or 65535 entries: no zip64 here. */
NW_MUST_CHECK bool nw_bundle_add(struct nw_bundle *b, const char *name, const void *data,
                                 size_t len, struct nw_err *err);
NW_MUST_CHECK bool nw_bundle_finish(struct nw_bundle *b, struct nw_err *err);
NW_MUST_CHECK bool nw_bundle_end(struct nw_bundle *b, struct nw_err *err);
void nw_bundle_release(struct nw_bundle *b);

/* Any zip file, by libzip; not from several threads at once. */
struct nw_unbundle;
NW_MUST_CHECK struct nw_unbundle *nw_unbundle_new(const char *path, struct nw_err *err);
/* The same of bytes that stay where they are. */
NW_MUST_CHECK struct nw_unbundle *nw_unbundle_of_bytes(const uint8_t *data, size_t len,
                                                       struct nw_err *err);
void nw_unbundle_free(struct nw_unbundle *u);
size_t nw_unbundle_count(const struct nw_unbundle *u);
const char *nw_unbundle_name(const struct nw_unbundle *u, size_t index); /* never NULL */
/* Returns the entry's bytes in a new block, a 0 behind them. NW_ERR_LIMIT above max_bytes. */
NW_MUST_CHECK uint8_t *nw_unbundle_read(const struct nw_unbundle *u, size_t index,
                                        size_t max_bytes, size_t *len, struct nw_err *err);

#endif
