/*
 * core/crypto.h -- chance, seals and signatures, by OpenSSL: the only way to them here.
 *
 * Secrets a caller holds (keys, passphrases) are wiped by nw_wipe when done with.
 */
#ifndef NW_CORE_CRYPTO_H
#define NW_CORE_CRYPTO_H

#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From the system's source of chance. */
NW_MUST_CHECK bool nw_random(void *out, size_t size, struct nw_err *err);
/* Takes as long wherever the first difference lies. */
bool nw_same_secret(const void *a, const void *b, size_t size);
void nw_wipe(void *secret, size_t size);

/* Lower-case hex, 2 * size letters and a 0. */
void nw_hex_format(const void *bytes, size_t size, char *out);
bool nw_hex_parse(const char *text, size_t size, void *out);

/* A sealed text: AES-256-GCM under a key of 32 bytes, bound to a context (such as whose it is)
 * that must be given again. `out` holds size + NW_SEAL_EXTRA bytes. */
enum { NW_KEY_BYTES = 32, NW_SEAL_EXTRA = 28 };
NW_MUST_CHECK bool nw_seal(const uint8_t key[NW_KEY_BYTES], const char *context,
                           const void *text, size_t size, uint8_t *out, struct nw_err *err);
/* `out` holds size - NW_SEAL_EXTRA. NW_ERR_DENIED when key, context or a byte is another. */
NW_MUST_CHECK bool nw_unseal(const uint8_t key[NW_KEY_BYTES], const char *context,
                             const void *sealed, size_t size, uint8_t *out, struct nw_err *err);

/* Signatures: Ed25519 (RFC 8032), or SM2 with SM3 (GB/T 32918, distinguishing identifier
 * "1234567812345678"). Keys as raw bytes: Ed25519 32 and 32; SM2 32 and 65 (04 x y). */
enum nw_signature_kind { NW_ED25519, NW_SM2 };
enum { NW_SECRET_BYTES = 32, NW_PUBLIC_MAX = 65, NW_SIGNATURE_MAX = 72 };
struct nw_public_key {
    enum nw_signature_kind kind;
    size_t size;
    uint8_t byte[NW_PUBLIC_MAX];
};
struct nw_signature {
    size_t size;
    uint8_t byte[NW_SIGNATURE_MAX]; /* Ed25519: 64 bytes; SM2: DER */
};
const char *nw_signature_kind_name(enum nw_signature_kind kind); /* "ed25519", "sm2" */
bool nw_signature_kind_of(const char *name, enum nw_signature_kind *out);
NW_MUST_CHECK bool nw_key_make(enum nw_signature_kind kind, uint8_t secret[NW_SECRET_BYTES],
                               struct nw_public_key *shown, struct nw_err *err);
NW_MUST_CHECK bool nw_sign(const uint8_t secret[NW_SECRET_BYTES],
                           const struct nw_public_key *shown, const void *text, size_t size,
                           struct nw_signature *out, struct nw_err *err);
/* False for a signature that does not fit, and for anything that is none. */
bool nw_signature_holds(const struct nw_public_key *shown, const void *text, size_t size,
                        const struct nw_signature *signature);

#ifdef __cplusplus
}
#endif
#endif
