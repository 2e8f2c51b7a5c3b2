/* core/hash.c -- see hash.h. */
#include "core/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

struct nw_hash {
    EVP_MD_CTX *ctx;
};

static bool library_failed(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_INTERNAL, "the digest library failed");
}

struct nw_hash *nw_hash_new(struct nw_err *err)
{
    struct nw_hash *hash = NW_ALLOC(struct nw_hash, 1, err);
    if (!hash)
        return NULL;
    hash->ctx = EVP_MD_CTX_new();
    if (!hash->ctx || EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL) != 1) {
        nw_hash_free(hash);
        library_failed(err);
        return NULL;
    }
    return hash;
}

bool nw_hash_add(struct nw_hash *hash, const void *data, size_t len, struct nw_err *err)
{
    return EVP_DigestUpdate(hash->ctx, data, len) == 1 || library_failed(err);
}

bool nw_hash_end(struct nw_hash *hash, nw_digest *out, struct nw_err *err)
{
    return EVP_DigestFinal_ex(hash->ctx, out->byte, NULL) == 1 || library_failed(err);
}

void nw_hash_free(struct nw_hash *hash)
{
    if (hash)
        EVP_MD_CTX_free(hash->ctx);
    nw_free(hash);
}

bool nw_hash_bytes(const void *data, size_t len, nw_digest *out, struct nw_err *err)
{
    return EVP_Digest(data, len, out->byte, NULL, EVP_sha256(), NULL) == 1 ||
           library_failed(err);
}

bool nw_hash_file(const char *path, nw_digest *out, uint64_t *bytes, struct nw_err *err)
{
    enum { CHUNK = 1 << 18 };
    FILE *file = fopen(path, "rb");
    if (!file)
        return nw_fail(err, NW_ERR_IO, "%s cannot be read: %s", path, strerror(errno));
    char *chunk = nw_alloc_unset(1, CHUNK, err);
    struct nw_hash *hash = chunk ? nw_hash_new(err) : NULL;
    bool ok = hash != NULL;
    *bytes = 0;
    for (size_t n; ok && (n = fread(chunk, 1, CHUNK, file)) > 0; *bytes += n)
        ok = nw_hash_add(hash, chunk, n, err);
    if (ok && ferror(file))
        ok = nw_fail(err, NW_ERR_IO, "%s cannot be read: %s", path, strerror(errno));
    ok = ok && nw_hash_end(hash, out, err);
    nw_hash_free(hash);
    nw_free(chunk);
    (void)fclose(file);
    return ok;
}

void nw_digest_format(const nw_digest *digest, char out[NW_DIGEST_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        out[2 * i] = hex[digest->byte[i] >> 4];
        out[2 * i + 1] = hex[digest->byte[i] & 15];
    }
    out[64] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool nw_digest_parse(const char *text, nw_digest *out)
{
    if (strlen(text) != 64)
        return false;
    for (int i = 0; i < 32; i++) {
        const int hi = hex_value(text[2 * i]), lo = hex_value(text[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        out->byte[i] = (uint8_t)(hi * 16 + lo);
    }
    return true;
}
