/* tests/unit/core/hash_test.c -- SHA-256 against the examples of FIPS 180-4 and NIST. */
#include "core/hash.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "starve.h"
#include "unit.h"

static const struct {
    const char *text;
    const char *sha256;
} vector[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void short_messages_have_the_published_digests(void)
{
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++) {
        nw_digest digest;
        struct nw_err err = {0};
        char hex[NW_DIGEST_TEXT];
        CHECK(nw_hash_bytes(vector[i].text, strlen(vector[i].text), &digest, &err));
        nw_digest_format(&digest, hex);
        CHECK(strcmp(hex, vector[i].sha256) == 0);
    }
}

static void a_million_letters_in_uneven_pieces_have_the_published_digest(void)
{
    static char letters[1000000];
    memset(letters, 'a', sizeof letters);
    struct nw_err err = {0};
    struct nw_hash *hash = nw_hash_new(&err);
    for (size_t at = 0, piece = 1; at < sizeof letters; at += piece, piece = piece * 2 % 9973) {
        if (piece > sizeof letters - at)
            piece = sizeof letters - at;
        CHECK(nw_hash_add(hash, letters + at, piece, &err));
    }
    nw_digest digest;
    char hex[NW_DIGEST_TEXT];
    CHECK(nw_hash_end(hash, &digest, &err));
    nw_hash_free(hash);
    nw_digest_format(&digest, hex);
    CHECK(strcmp(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") == 0);
}

static void a_file_has_the_digest_of_its_bytes(void)
{
    char path[] = "/tmp/nuwa-hash-XXXXXX";
    const int fd = mkstemp(path);
    static char bytes[700001];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31 >> 3);
    CHECK(fd >= 0 && write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes && close(fd) == 0);
    nw_digest whole, file;
    uint64_t len = 0;
    struct nw_err err = {0};
    CHECK(nw_hash_bytes(bytes, sizeof bytes, &whole, &err));
    CHECK(nw_hash_file(path, &file, &len, &err));
    CHECK(len == sizeof bytes && memcmp(&whole, &file, sizeof whole) == 0);
    (void)unlink(path);
}

static void a_missing_file_and_a_folder_are_said_to_be_unreadable(void)
{
    const char *const path[] = {"/nonexistent/file", "/tmp"};
    for (size_t i = 0; i < 2; i++) {
        nw_digest digest;
        uint64_t len;
        struct nw_err err = {0};
        CHECK(!nw_hash_file(path[i], &digest, &len, &err));
        CHECK(err.code == NW_ERR_IO && strstr(err.msg, path[i]));
    }
}

static void digests_read_back_and_only_digests_do(void)
{
    nw_digest digest, back;
    struct nw_err err = {0};
    char hex[NW_DIGEST_TEXT];
    CHECK(nw_hash_bytes("x", 1, &digest, &err));
    nw_digest_format(&digest, hex);
    CHECK(nw_digest_parse(hex, &back) && memcmp(&digest, &back, sizeof back) == 0);
    hex[10] = 'g';
    CHECK(!nw_digest_parse(hex, &back));
    hex[10] = 'A'; /* one spelling only */
    CHECK(!nw_digest_parse(hex, &back));
    hex[10] = '\0';
    CHECK(!nw_digest_parse(hex, &back) && !nw_digest_parse("", &back));
}

static bool digest_something(struct nw_err *err)
{
    struct nw_hash *hash = nw_hash_new(err);
    nw_digest digest;
    uint64_t len;
    const bool ok = hash && nw_hash_add(hash, "a", 1, err) && nw_hash_end(hash, &digest, err) &&
                    nw_hash_file("/proc/self/status", &digest, &len, err);
    nw_hash_free(hash);
    return ok;
}

static void digesting_survives_each_allocation_failing(void)
{
    CHECK(unit_starve(digest_something) == 3);
}

int main(void)
{
    UNIT(short_messages_have_the_published_digests);
    UNIT(a_million_letters_in_uneven_pieces_have_the_published_digest);
    UNIT(a_file_has_the_digest_of_its_bytes);
    UNIT(a_missing_file_and_a_folder_are_said_to_be_unreadable);
    UNIT(digests_read_back_and_only_digests_do);
    UNIT(digesting_survives_each_allocation_failing);
    return unit_end();
}
