#include "core/crypto.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <string.h>

enum { NONCE = 12, TAG = 16 };
/* The signer's identity where none is agreed (GM/T 0009). */
static const char sm2_identity[] = "1234567812345678";

/* OpenSSL said no where only a lack of memory or a broken build can be the reason. */
static bool broken(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_INTERNAL, "the cryptographic library failed");
}

bool nw_random(void *out, size_t size, struct nw_err *err)
{
    if (size > INT32_MAX || RAND_bytes((unsigned char *)out, (int)size) != 1)
        return nw_fail(err, NW_ERR_IO, "the system gives no random numbers");
    return true;
}

bool nw_same_secret(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void nw_wipe(void *secret, size_t size)
{
    OPENSSL_cleanse(secret, size);
}

void nw_hex_format(const void *bytes, size_t size, char *out)
{
    static const char digit[] = "0123456789abcdef";
    const uint8_t *byte = (const uint8_t *)bytes;
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digit[byte[i] >> 4];
        out[2 * i + 1] = digit[byte[i] & 15];
    }
    out[2 * size] = 0;
}

static int nibble(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool nw_hex_parse(const char *text, size_t size, void *out)
{
    if (strlen(text) != 2 * size)
        return false;
    uint8_t *byte = (uint8_t *)out;
    for (size_t i = 0; i < size; i++) {
        int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        byte[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* sealed = nonce, cipher text, tag. */
bool nw_seal(const uint8_t key[NW_KEY_BYTES], const char *context, const void *text,
             size_t size, uint8_t *out, struct nw_err *err)
{
    if (size > INT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "a sealed text may have 2 GiB at most");
    if (!nw_random(out, NONCE, err))
        return false;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    bool good = ctx && EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key, out, NULL) == 1 &&
                EVP_EncryptUpdate(ctx, NULL, &len, (const unsigned char *)context,
                                  (int)strlen(context)) == 1 &&
                EVP_EncryptUpdate(ctx, out + NONCE, &len, (const unsigned char *)text,
                                  (int)size) == 1 &&
                EVP_EncryptFinal_ex(ctx, out + NONCE + size, &len) == 1 &&
                EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + size) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return good || broken(err);
}

bool nw_unseal(const uint8_t key[NW_KEY_BYTES], const char *context, const void *sealed,
               size_t size, uint8_t *out, struct nw_err *err)
{
    if (size < NW_SEAL_EXTRA || size > INT32_MAX)
        return nw_fail(err, NW_ERR_DATA, "a sealed text is cut short");
    const uint8_t *from = (const uint8_t *)sealed;
    size_t inside = size - NW_SEAL_EXTRA;
    uint8_t tag[TAG];
    memcpy(tag, from + NONCE + inside, TAG);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!ctx)
        return broken(err);
    int len = 0;
    bool good = EVP_DecryptInit_ex2(ctx, EVP_aes_256_gcm(), key, from, NULL) == 1 &&
                EVP_DecryptUpdate(ctx, NULL, &len, (const unsigned char *)context,
                                  (int)strlen(context)) == 1 &&
                EVP_DecryptUpdate(ctx, out, &len, from + NONCE, (int)inside) == 1 &&
                EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
                EVP_DecryptFinal_ex(ctx, out + inside, &len) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (good)
        return true;
    nw_wipe(out, inside);
    return nw_fail(err, NW_ERR_DENIED, "the seal does not open with this secret");
}

const char *nw_signature_kind_name(enum nw_signature_kind kind)
{
    return kind == NW_SM2 ? "sm2" : "ed25519";
}

bool nw_signature_kind_of(const char *name, enum nw_signature_kind *out)
{
    *out = strcmp(name, "sm2") == 0 ? NW_SM2 : NW_ED25519;
    return *out == NW_SM2 || strcmp(name, "ed25519") == 0;
}

/* A key of SM2 from its raw parts; `secret` NULL for the shown half alone. */
static EVP_PKEY *sm2_key(const uint8_t *secret, const struct nw_public_key *shown)
{
    EVP_PKEY *key = NULL;
    BIGNUM *number = secret ? BN_bin2bn(secret, NW_SECRET_BYTES, NULL) : NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    if ((secret && !number) || !build || !ctx ||
        !OSSL_PARAM_BLD_push_utf8_string(build, "group", "SM2", 0) ||
        !OSSL_PARAM_BLD_push_octet_string(build, "pub", shown->byte, shown->size) ||
        (number && !OSSL_PARAM_BLD_push_BN(build, "priv", number)))
        goto end;
    params = OSSL_PARAM_BLD_to_param(build);
    if (params && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) !=
            1)
        key = NULL;
end:
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(number);
    return key;
}

static EVP_PKEY *key_of(const uint8_t *secret, const struct nw_public_key *shown)
{
    if (shown->kind == NW_SM2)
        return shown->size == 65 ? sm2_key(secret, shown) : NULL;
    if (shown->size != 32)
        return NULL;
    return secret ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, 32)
                  : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, shown->byte, 32);
}

static bool sm2_parts(EVP_PKEY *key, uint8_t *secret, struct nw_public_key *shown)
{
    BIGNUM *number = NULL, *x = NULL, *y = NULL;
    bool good = EVP_PKEY_get_bn_param(key, "priv", &number) == 1 &&
                BN_bn2binpad(number, secret, NW_SECRET_BYTES) == NW_SECRET_BYTES &&
                EVP_PKEY_get_bn_param(key, "qx", &x) == 1 &&
                EVP_PKEY_get_bn_param(key, "qy", &y) == 1 &&
                BN_bn2binpad(x, shown->byte + 1, 32) == 32 &&
                BN_bn2binpad(y, shown->byte + 33, 32) == 32;
    shown->byte[0] = 4; /* the point follows whole */
    shown->size = 65;
    BN_clear_free(number);
    BN_free(x);
    BN_free(y);
    return good;
}

bool nw_key_make(enum nw_signature_kind kind, uint8_t secret[NW_SECRET_BYTES],
                 struct nw_public_key *shown, struct nw_err *err)
{
    *shown = (struct nw_public_key){.kind = kind, .size = 32};
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, kind == NW_SM2 ? "SM2" : "ED25519");
    size_t size = NW_SECRET_BYTES;
    bool good = key && (kind == NW_SM2
                            ? sm2_parts(key, secret, shown)
                            : EVP_PKEY_get_raw_private_key(key, secret, &size) == 1 &&
                                  EVP_PKEY_get_raw_public_key(key, shown->byte, &shown->size));
    EVP_PKEY_free(key);
    return good || broken(err);
}

/* A context for one text; the caller frees it. */
static EVP_MD_CTX *signing(EVP_PKEY *key, enum nw_signature_kind kind, bool check)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = NULL; /* belongs to ctx */
    const EVP_MD *digest = kind == NW_SM2 ? EVP_sm3() : NULL;
    if (ctx &&
        (check ? EVP_DigestVerifyInit(ctx, &inner, digest, NULL, key)
               : EVP_DigestSignInit(ctx, &inner, digest, NULL, key)) == 1 &&
        (kind != NW_SM2 ||
         EVP_PKEY_CTX_set1_id(inner, sm2_identity, sizeof(sm2_identity) - 1) == 1))
        return ctx;
    EVP_MD_CTX_free(ctx);
    return NULL;
}

bool nw_sign(const uint8_t secret[NW_SECRET_BYTES], const struct nw_public_key *shown,
             const void *text, size_t size, struct nw_signature *out, struct nw_err *err)
{
    EVP_PKEY *key = key_of(secret, shown);
    EVP_MD_CTX *ctx = key ? signing(key, shown->kind, false) : NULL;
    out->size = sizeof(out->byte);
    bool good = ctx && EVP_DigestSign(ctx, out->byte, &out->size, (const unsigned char *)text,
                                      size) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return good || broken(err);
}

bool nw_signature_holds(const struct nw_public_key *shown, const void *text, size_t size,
                        const struct nw_signature *signature)
{
    EVP_PKEY *key = key_of(NULL, shown);
    EVP_MD_CTX *ctx = key ? signing(key, shown->kind, true) : NULL;
    bool good = ctx && EVP_DigestVerify(ctx, signature->byte, signature->size,
                                        (const unsigned char *)text, size) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return good;
}
