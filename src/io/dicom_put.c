/* io/dicom_put.c -- see dicom_put_priv.h. */
#include "io/dicom_put_priv.h"

#include <stdio.h>
#include <string.h>

static void add(struct nw_put *put, const void *data, size_t len)
{
    if (put->err->code == NW_OK)
        (void)!nw_text_addn(&put->bytes, data, len, put->err);
}

static void add_u16(struct nw_put *put, uint32_t v)
{
    const uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    add(put, b, sizeof b);
}

static void add_u32(struct nw_put *put, uint32_t v)
{
    add_u16(put, v & 0xFFFF);
    add_u16(put, v >> 16);
}

static void add_tag(struct nw_put *put, uint32_t tag)
{
    add_u16(put, tag >> 16);
    add_u16(put, tag & 0xFFFF);
}

static bool is_long(const char *vr)
{
    static const char *const names[] = {"OB", "OW", "UN", "UT", "SQ", "OF"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(vr, names[i]) == 0)
            return true;
    return false;
}

static void add_head(struct nw_put *put, uint32_t tag, const char *vr, size_t len)
{
    if (put->err->code != NW_OK)
        return;
    if (len >= 0xFFFFFFFEu || (len > 0xFFFE && !is_long(vr))) {
        nw_fail(put->err, NW_ERR_LIMIT, "a DICOM value of %zu bytes is too long", len);
        return;
    }
    add_tag(put, tag);
    add(put, vr, 2);
    if (is_long(vr))
        add_u16(put, 0);
    if (is_long(vr))
        add_u32(put, (uint32_t)len);
    else
        add_u16(put, (uint32_t)len);
}

bool nw_put_ok(const struct nw_put *put)
{
    return put->err->code == NW_OK;
}

void nw_put_text(struct nw_put *put, uint32_t tag, const char *vr, const char *value)
{
    const size_t len = strlen(value);
    add_head(put, tag, vr, len + len % 2);
    add(put, value, len);
    if (len % 2)
        add(put, strcmp(vr, "UI") == 0 ? "" : " ", 1);
}

/* The most digits that fit the 16 characters of a DS. */
static size_t format_ds(char out[NW_NUMBER_MAX], double value)
{
    size_t len = nw_number_format(out, value);
    if (strchr(out, 'e')) /* 300, not 3e+02 */
        len = (size_t)snprintf(out, NW_NUMBER_MAX, "%.15g", value);
    for (int digits = 16; len > 16 && digits > 0; digits--)
        len = (size_t)snprintf(out, NW_NUMBER_MAX, "%.*g", digits, value);
    return len;
}

void nw_put_numbers(struct nw_put *put, uint32_t tag, const double *value, size_t count)
{
    char text[6 * (NW_NUMBER_MAX + 1)] = "";
    size_t len = 0;
    for (size_t i = 0; i < count && i < 6; i++) {
        if (i > 0)
            text[len++] = '\\';
        if (value[i] == value[i])
            len += format_ds(text + len, value[i] + 0.0); /* no -0 */
        text[len] = '\0';
    }
    nw_put_text(put, tag, "DS", text);
}

void nw_put_number(struct nw_put *put, uint32_t tag, double value)
{
    nw_put_numbers(put, tag, &value, 1);
}

void nw_put_is(struct nw_put *put, uint32_t tag, size_t value)
{
    char text[NW_NUMBER_MAX];
    (void)snprintf(text, sizeof text, "%zu", value);
    nw_put_text(put, tag, "IS", text);
}

void nw_put_us(struct nw_put *put, uint32_t tag, size_t value)
{
    add_head(put, tag, "US", 2);
    add_u16(put, (uint32_t)value);
}

void nw_put_ul(struct nw_put *put, uint32_t tag, size_t value)
{
    add_head(put, tag, "UL", 4);
    add_u32(put, (uint32_t)value);
}

void nw_put_at(struct nw_put *put, uint32_t tag, uint32_t value)
{
    add_head(put, tag, "AT", 4);
    add_tag(put, value);
}

void nw_put_us3(struct nw_put *put, uint32_t tag, const uint16_t value[3])
{
    add_head(put, tag, "US", 6);
    for (int i = 0; i < 3; i++)
        add_u16(put, value[i]);
}

void nw_put_ul2(struct nw_put *put, uint32_t tag, size_t a, size_t b)
{
    add_head(put, tag, "UL", 8);
    add_u32(put, (uint32_t)a);
    add_u32(put, (uint32_t)b);
}

void nw_put_fd(struct nw_put *put, uint32_t tag, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_head(put, tag, "FD", 8);
    add_u32(put, (uint32_t)bits);
    add_u32(put, (uint32_t)(bits >> 32));
}

void nw_put_bytes(struct nw_put *put, uint32_t tag, const char *vr, const void *data,
                  size_t len)
{
    add_head(put, tag, vr, len + len % 2);
    add(put, data, len);
    if (len % 2)
        add(put, "", 1);
}

void nw_put_sequence(struct nw_put *put, uint32_t tag)
{
    add_tag(put, tag);
    add(put, "SQ\0\0", 4);
    add_u32(put, 0xFFFFFFFF);
}

void nw_put_item(struct nw_put *put)
{
    add_tag(put, 0xFFFEE000);
    add_u32(put, 0xFFFFFFFF);
}

void nw_put_item_end(struct nw_put *put)
{
    add_tag(put, 0xFFFEE00D);
    add_u32(put, 0);
}

void nw_put_sequence_end(struct nw_put *put)
{
    add_tag(put, 0xFFFEE0DD);
    add_u32(put, 0);
}

void nw_put_code(struct nw_put *put, uint32_t tag, const char *value, const char *scheme,
                 const char *meaning)
{
    nw_put_sequence(put, tag);
    nw_put_item(put);
    nw_put_text(put, 0x00080100, "SH", value);
    nw_put_text(put, 0x00080102, "SH", scheme);
    nw_put_text(put, 0x00080104, "LO", meaning);
    nw_put_item_end(put);
    nw_put_sequence_end(put);
}

void nw_put_init(struct nw_put *put, const char *sop_class, const char *sop_instance,
                 size_t max_bytes, struct nw_err *err)
{
    static const char preamble[132] = {[128] = 'D', 'I', 'C', 'M'};
    static const uint8_t version[2] = {0, 1};
    *put = (struct nw_put){.err = err};
    nw_text_init(&put->bytes, max_bytes);
    add(put, preamble, sizeof preamble);
    const size_t at = put->bytes.len;
    nw_put_ul(put, 0x00020000, 0);
    const size_t from = put->bytes.len;
    nw_put_bytes(put, 0x00020001, "OB", version, sizeof version);
    nw_put_text(put, 0x00020002, "UI", sop_class);
    nw_put_text(put, 0x00020003, "UI", sop_instance);
    nw_put_text(put, 0x00020010, "UI", "1.2.840.10008.1.2.1");
    nw_put_text(put, 0x00020012, "UI", "2.25.160370217415406713120527405371126012907");
    nw_put_text(put, 0x00020013, "SH", "NUWA");
    if (nw_put_ok(put)) {
        const size_t len = put->bytes.len - from; /* far below 64 KB */
        put->bytes.data[at + 8] = (char)(len & 0xFF);
        put->bytes.data[at + 9] = (char)(len >> 8);
    }
}

bool nw_uid_from_digest(char out[NW_UID_MAX], const nw_digest *digest, const char *role,
                        size_t index, struct nw_err *err)
{
    char text[NW_DIGEST_TEXT + 64];
    nw_digest_format(digest, text);
    (void)snprintf(text + NW_DIGEST_TEXT - 1, 64, " %.30s %zu", role, index);
    nw_digest mixed;
    if (!nw_hash_bytes(text, strlen(text), &mixed, err))
        return false;
    mixed.byte[6] = (uint8_t)((mixed.byte[6] & 0x0F) | 0x80); /* a UUID of version 8 */
    mixed.byte[8] = (uint8_t)((mixed.byte[8] & 0x3F) | 0x80);
    char digits[40];
    int count = 0;
    uint8_t n[16];
    memcpy(n, mixed.byte, sizeof n);
    for (int step = 0; step < 39; step++) { /* 128 bits in decimal, by long division */
        unsigned rest = 0;
        for (int i = 0; i < 16; i++) {
            const unsigned v = rest * 256 + n[i];
            n[i] = (uint8_t)(v / 10);
            rest = v % 10;
        }
        digits[count++] = (char)('0' + rest);
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    memcpy(out, "2.25.", 5);
    for (int i = 0; i < count; i++)
        out[5 + i] = digits[count - 1 - i];
    out[5 + count] = '\0';
    return true;
}
