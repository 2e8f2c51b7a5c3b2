#include <argon2.h>
#include <liboath/oath.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "case/secret_priv.h"

enum { MEMORY_KIB = 32 * 1024, PASSES = 3, LANES = 1, STEP_S = 30, LEAST_LETTERS = 10 };

/* One at a time: fifty logins at once must not ask for fifty times the memory. */
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

bool nw_password_hash(const char *password, char out[NW_HASHED_TEXT], struct nw_err *err)
{
    uint8_t salt[NW_SALT_BYTES];
    if (!nw_random(salt, sizeof salt, err))
        return false;
    pthread_mutex_lock(&one);
    int status = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, strlen(password),
                                       salt, sizeof salt, NW_KEY_BYTES, out, NW_HASHED_TEXT);
    pthread_mutex_unlock(&one);
    if (status == ARGON2_OK)
        return true;
    return nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

bool nw_password_holds(const char *hashed, const char *password)
{
    pthread_mutex_lock(&one);
    int status = argon2id_verify(hashed, password, strlen(password));
    pthread_mutex_unlock(&one);
    return status == ARGON2_OK;
}

bool nw_passphrase_key(const char *passphrase, const uint8_t salt[NW_SALT_BYTES],
                       uint8_t out[NW_KEY_BYTES], struct nw_err *err)
{
    pthread_mutex_lock(&one);
    int status = argon2id_hash_raw(PASSES, MEMORY_KIB, LANES, passphrase, strlen(passphrase),
                                   salt, NW_SALT_BYTES, out, NW_KEY_BYTES);
    pthread_mutex_unlock(&one);
    if (status == ARGON2_OK)
        return true;
    return nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

static size_t letters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80; /* not the inside of a UTF-8 letter */
    return count;
}

bool nw_password_strong(const char *password, const char *login, struct nw_err *err)
{
    bool small = false, capital = false, digit = false, other = false;
    for (const char *at = password; *at; at++) {
        small |= *at >= 'a' && *at <= 'z';
        capital |= *at >= 'A' && *at <= 'Z';
        digit |= *at >= '0' && *at <= '9';
        other |= strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                        *at) == NULL;
    }
    if (letters(password) < LEAST_LETTERS || small + capital + digit + other < 3)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "a password has at least %d letters, of three kinds: small, capital, "
                       "digits, others",
                       LEAST_LETTERS);
    if (strlen(password) > 256)
        return nw_fail(err, NW_ERR_ARGUMENT, "a password has at most 256 bytes");
    if (*login && strcasestr(password, login))
        return nw_fail(err, NW_ERR_ARGUMENT, "a password may not contain the login name");
    return true;
}

int64_t nw_second_step(const uint8_t secret[NW_SECOND_BYTES], const char *code, int64_t now,
                       int64_t last)
{
    if (strlen(code) != 6 || strspn(code, "0123456789") != 6)
        return 0;
    for (int64_t step = now / STEP_S - 1; step <= now / STEP_S + 1; step++) {
        char right[7];
        if (step > last &&
            oath_hotp_generate((const char *)secret, NW_SECOND_BYTES, (uint64_t)step, 6, false,
                               OATH_HOTP_DYNAMIC_TRUNCATION, right) == OATH_OK &&
            nw_same_secret(right, code, 6))
            return step;
    }
    return 0;
}
