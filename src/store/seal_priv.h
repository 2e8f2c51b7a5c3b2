/*
 * store/seal_priv.h -- AES-256-GCM over short runs of bytes: nonce (random), ciphertext, tag.
 * Random nonces of 96 bits under one key are safe for 2^32 runs; a blob's key is its own and
 * its frames are fewer.
 */
#ifndef NW_STORE_SEAL_PRIV_H
#define NW_STORE_SEAL_PRIV_H

#include <stdint.h>

#include "core/err.h"

enum { NW_SEAL_KEY = 32, NW_SEAL_NONCE = 12, NW_SEAL_TAG = 16, NW_SEALED = 28 };

struct nw_seal; /* one key, one thread at a time */
NW_MUST_CHECK struct nw_seal *nw_seal_new(const uint8_t key[NW_SEAL_KEY], struct nw_err *err);
void nw_seal_free(struct nw_seal *seal);
/* `out` gets size + NW_SEALED bytes; `about` is authenticated beside them. */
NW_MUST_CHECK bool nw_seal_close(struct nw_seal *seal, const void *about, size_t about_size,
                                 const void *bytes, size_t size, uint8_t *out,
                                 struct nw_err *err);
/* Of size + NW_SEALED bytes; false when they are not what was closed under this key. */
NW_MUST_CHECK bool nw_seal_open(struct nw_seal *seal, const void *about, size_t about_size,
                                const uint8_t *sealed, size_t size, void *out);
NW_MUST_CHECK bool nw_seal_random(void *out, size_t size, struct nw_err *err);
void nw_seal_wipe(void *secret, size_t size);

#endif
