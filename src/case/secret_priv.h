/*
 * case/secret_priv.h -- what proves that somebody is who he says: passwords and passphrases by
 * Argon2id, codes of the second factor by RFC 6238.
 */
#ifndef NW_CASE_SECRET_PRIV_H
#define NW_CASE_SECRET_PRIV_H

#include "core/crypto.h"

enum { NW_HASHED_TEXT = 128, NW_SALT_BYTES = 16, NW_SECOND_BYTES = 20 };

/* Argon2id with 32 MiB and 3 passes, one at a time in this process: 0.1 s. */
NW_MUST_CHECK bool nw_password_hash(const char *password, char out[NW_HASHED_TEXT],
                                    struct nw_err *err);
bool nw_password_holds(const char *hashed, const char *password);
/* A key from a passphrase, for nw_seal. */
NW_MUST_CHECK bool nw_passphrase_key(const char *passphrase, const uint8_t salt[NW_SALT_BYTES],
                                     uint8_t out[NW_KEY_BYTES], struct nw_err *err);
/* NW_ERR_ARGUMENT says what is asked of a password. */
NW_MUST_CHECK bool nw_password_strong(const char *password, const char *login,
                                      struct nw_err *err);

/* The time step a six-digit code belongs to, one step (30 s) before and after counting; 0: none
 * after `last`. A code is good once. */
int64_t nw_second_step(const uint8_t secret[NW_SECOND_BYTES], const char *code, int64_t now,
                       int64_t last);

#endif
