/* tests/unit/core/crypto_test.c -- signatures against the examples of RFC 8032 and GM/T 0003.5,
 * seals against every byte changed. */
#include "core/crypto.h"

#include <string.h>

#include "unit.h"

/* RFC 8032, 7.1, test 2. */
static void ed25519_signs_as_the_rfc_does(void)
{
    uint8_t secret[32], expected[64];
    struct nw_public_key shown = {.kind = NW_ED25519, .size = 32};
    CHECK(nw_hex_parse("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", 32,
                       secret));
    CHECK(nw_hex_parse("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", 32,
                       shown.byte));
    CHECK(nw_hex_parse("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
                       64, expected));
    struct nw_signature signature;
    struct nw_err err = {0};
    CHECK(nw_sign(secret, &shown, "\x72", 1, &signature, &err));
    CHECK(signature.size == 64 && memcmp(signature.byte, expected, 64) == 0);
    CHECK(nw_signature_holds(&shown, "\x72", 1, &signature));
    CHECK(!nw_signature_holds(&shown, "\x73", 1, &signature));
}

/* GM/T 0003.5-2012, A.2: its r and s as DER. Req: R-358 */
static void sm2_accepts_the_standard_s_signature_and_no_other(void)
{
    struct nw_public_key shown = {.kind = NW_SM2, .size = 65};
    CHECK(nw_hex_parse("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                       "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
                       65, shown.byte));
    struct nw_signature signature = {.size = 72};
    CHECK(nw_hex_parse(
        "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
        72, signature.byte));
    CHECK(nw_signature_holds(&shown, "message digest", 14, &signature));
    CHECK(!nw_signature_holds(&shown, "message digesT", 14, &signature));
    signature.byte[40] ^= 1;
    CHECK(!nw_signature_holds(&shown, "message digest", 14, &signature));
}

static void new_keys_of_both_kinds_sign_and_a_changed_byte_shows(void)
{
    for (int kind = NW_ED25519; kind <= NW_SM2; kind++) {
        uint8_t secret[NW_SECRET_BYTES];
        struct nw_public_key shown;
        struct nw_signature signature;
        struct nw_err err = {0};
        char text[] = "implant 3, version 2";
        CHECK(nw_key_make((enum nw_signature_kind)kind, secret, &shown, &err));
        CHECK(nw_sign(secret, &shown, text, sizeof text, &signature, &err));
        CHECK(nw_signature_holds(&shown, text, sizeof text, &signature));
        for (size_t i = 0; i < sizeof text; i++) {
            text[i] ^= 4;
            CHECK(!nw_signature_holds(&shown, text, sizeof text, &signature));
            text[i] ^= 4;
        }
        signature.size--;
        CHECK(!nw_signature_holds(&shown, text, sizeof text, &signature));
    }
}

static void a_seal_opens_with_its_key_and_context_alone(void)
{
    uint8_t key[NW_KEY_BYTES] = {7}, sealed[11 + NW_SEAL_EXTRA], out[11];
    struct nw_err err = {0};
    CHECK(nw_seal(key, "person 1", "passphrase!", 11, sealed, &err));
    CHECK(nw_unseal(key, "person 1", sealed, sizeof sealed, out, &err));
    CHECK(memcmp(out, "passphrase!", 11) == 0);
    CHECK(!nw_unseal(key, "person 2", sealed, sizeof sealed, out, &err));
    CHECK(err.code == NW_ERR_DENIED);
    for (size_t i = 0; i < sizeof sealed; i++) {
        err = (struct nw_err){0};
        sealed[i] ^= 1;
        CHECK(!nw_unseal(key, "person 1", sealed, sizeof sealed, out, &err));
        sealed[i] ^= 1;
    }
    key[31] ^= 1;
    err = (struct nw_err){0};
    CHECK(!nw_unseal(key, "person 1", sealed, sizeof sealed, out, &err));
    err = (struct nw_err){0};
    CHECK(!nw_unseal(key, "person 1", sealed, NW_SEAL_EXTRA - 1, out, &err));
    CHECK(err.code == NW_ERR_DATA);
}

static void hex_goes_there_and_back_and_refuses_what_is_none(void)
{
    const uint8_t byte[3] = {0, 0xa5, 0xff};
    uint8_t back[3];
    char text[7];
    nw_hex_format(byte, 3, text);
    CHECK(strcmp(text, "00a5ff") == 0);
    CHECK(nw_hex_parse(text, 3, back) && memcmp(byte, back, 3) == 0);
    CHECK(!nw_hex_parse("00a5f", 3, back));
    CHECK(!nw_hex_parse("00A5FF", 3, back));
    CHECK(!nw_hex_parse("00a5fg", 3, back));
}

int main(void)
{
    UNIT(ed25519_signs_as_the_rfc_does);
    UNIT(sm2_accepts_the_standard_s_signature_and_no_other);
    UNIT(new_keys_of_both_kinds_sign_and_a_changed_byte_shows);
    UNIT(a_seal_opens_with_its_key_and_context_alone);
    UNIT(hex_goes_there_and_back_and_refuses_what_is_none);
    return unit_end();
}
