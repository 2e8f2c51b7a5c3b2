/* store/seal.c -- see seal_priv.h; by OpenSSL. */
#include "store/seal_priv.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "core/mem.h"

struct nw_seal {
    EVP_CIPHER_CTX *in, *out;
};

static bool library_failed(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_INTERNAL, "the encryption library failed");
}

struct nw_seal *nw_seal_new(const uint8_t key[NW_SEAL_KEY], struct nw_err *err)
{
    struct nw_seal *seal = NW_ALLOC(struct nw_seal, 1, err);
    if (!seal)
        return NULL;
    seal->in = EVP_CIPHER_CTX_new();
    seal->out = EVP_CIPHER_CTX_new();
    if (seal->in && seal->out &&
        EVP_EncryptInit_ex(seal->in, EVP_aes_256_gcm(), NULL, key, NULL) == 1 &&
        EVP_DecryptInit_ex(seal->out, EVP_aes_256_gcm(), NULL, key, NULL) == 1)
        return seal;
    nw_seal_free(seal);
    library_failed(err);
    return NULL;
}

void nw_seal_free(struct nw_seal *seal)
{
    if (!seal)
        return;
    EVP_CIPHER_CTX_free(seal->in); /* wipes the key */
    EVP_CIPHER_CTX_free(seal->out);
    nw_free(seal);
}

bool nw_seal_close(struct nw_seal *seal, const void *about, size_t about_size,
                   const void *bytes, size_t size, uint8_t *out, struct nw_err *err)
{
    int len;
    uint8_t *text = out + NW_SEAL_NONCE;
    return nw_seal_random(out, NW_SEAL_NONCE, err) &&
           ((EVP_EncryptInit_ex(seal->in, NULL, NULL, NULL, out) == 1 &&
             EVP_EncryptUpdate(seal->in, NULL, &len, about, (int)about_size) == 1 &&
             EVP_EncryptUpdate(seal->in, text, &len, bytes, (int)size) == 1 &&
             EVP_EncryptFinal_ex(seal->in, text + size, &len) == 1 &&
             EVP_CIPHER_CTX_ctrl(seal->in, EVP_CTRL_AEAD_GET_TAG, NW_SEAL_TAG, text + size) ==
                 1) ||
            library_failed(err));
}

bool nw_seal_open(struct nw_seal *seal, const void *about, size_t about_size,
                  const uint8_t *sealed, size_t size, void *out)
{
    int len;
    uint8_t tag[NW_SEAL_TAG];
    const uint8_t *text = sealed + NW_SEAL_NONCE;
    for (size_t i = 0; i < NW_SEAL_TAG; i++)
        tag[i] = text[size + i];
    return EVP_DecryptInit_ex(seal->out, NULL, NULL, NULL, sealed) == 1 &&
           EVP_DecryptUpdate(seal->out, NULL, &len, about, (int)about_size) == 1 &&
           EVP_DecryptUpdate(seal->out, out, &len, text, (int)size) == 1 &&
           EVP_CIPHER_CTX_ctrl(seal->out, EVP_CTRL_AEAD_SET_TAG, NW_SEAL_TAG, tag) == 1 &&
           EVP_DecryptFinal_ex(seal->out, (uint8_t *)out + size, &len) == 1;
}

bool nw_seal_random(void *out, size_t size, struct nw_err *err)
{
    return RAND_bytes(out, (int)size) == 1 || library_failed(err);
}

void nw_seal_wipe(void *secret, size_t size)
{
    OPENSSL_cleanse(secret, size);
}
