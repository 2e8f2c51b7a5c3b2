/*
 * store/behind.h -- a thread that puts blocks of bytes away in their order while the next are
 * gathered: who receives does not wait for the disk as long as it keeps up. Memory: 1 MiB.
 */
#ifndef NW_STORE_BEHIND_H
#define NW_STORE_BEHIND_H

#include <stdint.h>

#include "core/err.h"

enum { NW_BLOCK = 65536 };

struct nw_block {
    uint64_t number;
    bool safe;       /* what came up to its end is to be made safe */
    uint8_t sum[32]; /* then: SHA-256's running value there */
    uint8_t bytes[NW_BLOCK];
};

struct nw_behind;
typedef bool nw_behind_put(void *context, const struct nw_block *block, struct nw_err *err);

NW_MUST_CHECK struct nw_behind *nw_behind_new(nw_behind_put *put, void *context,
                                              struct nw_err *err);
/* A free block, waited for; the same until it is given. */
struct nw_block *nw_behind_next(struct nw_behind *behind);
/* Takes that block; false when one was not put: no later one is. */
NW_MUST_CHECK bool nw_behind_give(struct nw_behind *behind);
/* Waits until all that was given is put, and frees; false with the first failure. */
NW_MUST_CHECK bool nw_behind_end(struct nw_behind *behind, struct nw_err *err);

#endif
