/*
 * core/hash.h -- SHA-256, by OpenSSL: what names a byte stream in the ledger.
 */
#ifndef NW_CORE_HASH_H
#define NW_CORE_HASH_H

#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t byte[32];
} nw_digest;

struct nw_hash; /* a running digest */
NW_MUST_CHECK struct nw_hash *nw_hash_new(struct nw_err *err);
NW_MUST_CHECK bool nw_hash_add(struct nw_hash *hash, const void *data, size_t len,
                               struct nw_err *err);
NW_MUST_CHECK bool nw_hash_end(struct nw_hash *hash, nw_digest *out, struct nw_err *err);
void nw_hash_free(struct nw_hash *hash);

NW_MUST_CHECK bool nw_hash_bytes(const void *data, size_t len, nw_digest *out,
                                 struct nw_err *err);
/* Of a file's whole content; NW_ERR_IO names the path and the system's reason. */
NW_MUST_CHECK bool nw_hash_file(const char *path, nw_digest *out, uint64_t *bytes,
                                struct nw_err *err);

enum { NW_DIGEST_TEXT = 65 };
void nw_digest_format(const nw_digest *digest, char out[NW_DIGEST_TEXT]); /* lower-case hex */
bool nw_digest_parse(const char *text, nw_digest *out);

#ifdef __cplusplus
}
#endif
#endif
