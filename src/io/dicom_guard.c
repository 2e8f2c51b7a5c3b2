/* io/dicom_guard.c -- what bytes may be given to DCMTK: sniffed, not nested too deep, inflated.
 */
#include <string.h>
#include <zlib.h>

#include "io/dicom_priv.h"

enum { DEPTH_MAX = 64 };
static const char DEFLATED[] = "1.2.840.10008.1.2.1.99";

static uint32_t u16(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p, false) | u16(p + 2, false) << 16;
}

static bool is_vr(const uint8_t *p)
{
    return p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z';
}

bool nw_dicom_sniff(const uint8_t *data, size_t len)
{
    if (len >= 132 && memcmp(data + 128, "DICM", 4) == 0)
        return true;
    if (len < 16)
        return false;
    for (int big = 0; big < 2; big++) {
        const uint32_t group = u16(data, big), element = u16(data + 2, big);
        if ((group == 0x0002 && element <= 0x0102) || (group == 0x0008 && element <= 0x0070))
            if (is_vr(data + 4) || (!big && u32(data + 4) <= 256))
                return true;
    }
    return false;
}

/*
 * DCMTK reads sequences by recursion: a file of items within items within items would run the
 * stack out. Items are followed here by their lengths alone; false when they nest too deep.
 */
bool nw_dicom_nests_sanely(const uint8_t *data, size_t len)
{
    uint64_t end[DEPTH_MAX];
    size_t depth = 0;
    const uint8_t *p = data;
    while ((p = memchr(p, 0xFE, len - (size_t)(p - data))) != NULL) {
        const size_t at = (size_t)(p - data);
        if (len - at < 8)
            return true;
        const bool little = p[1] == 0xFF && p[3] == 0xE0;
        const bool big = !little && at > 0 && p[-1] == 0xFF && p[1] == 0xE0;
        const uint32_t element = little ? p[2] : big ? p[2] : 1;
        p++;
        if ((!little && !big) || (element != 0x00 && element != 0x0D))
            continue;
        while (depth > 0 && end[depth - 1] <= at)
            depth--;
        if (element == 0x0D) {
            depth -= depth > 0 && end[depth - 1] == UINT64_MAX;
            continue;
        }
        const uint8_t *n = p + 2 + little;
        if ((size_t)(n + 4 - data) > len)
            return true;
        const uint32_t size = little ? u32(n) : u16(n, true) << 16 | u16(n + 2, true);
        if (size == 0)
            continue;
        if (depth == DEPTH_MAX)
            return false;
        end[depth++] = size == 0xFFFFFFFF ? UINT64_MAX : at + 8 + (uint64_t)size;
    }
    return true;
}

static bool is_one_of(const uint8_t *vr, const char *list)
{
    for (; *list; list += 2)
        if (memcmp(vr, list, 2) == 0)
            return true;
    return false;
}

/*
 * DCMTK makes room for an element of the meta header before it reads it, and takes for such all
 * that lies within the length that the header says: an element longer than the whole file would
 * cost up to 4 GiB, and of one of no known type nobody knows the length.
 */
static bool meta_fits(const uint8_t *data, size_t len, uint64_t total)
{
    static const char long_types[] = "OBODOFOLOVOWSQUCUNURUT";
    static const char short_types[] = "AEASATCSDADSDTFDFLISLOLTPNSHSLSSSTTMUIULUS";
    if (len < 144 || memcmp(data + 128, "DICM", 4) != 0)
        return true;
    const bool typed = is_vr(data + 136);
    uint64_t end = 0; /* of the header, when it says so */
    if (u16(data + 132, false) == 2 && u16(data + 134, false) == 0)
        end = 144 + (uint64_t)u32(data + 140);
    size_t at = 132;
    while (len - at >= 12 && (end ? at < end : u16(data + at, false) == 2)) {
        const uint8_t *vr = data + at + 4;
        const bool is_long = typed && is_one_of(vr, long_types);
        if (typed && !is_long && !is_one_of(vr, short_types))
            return false;
        const size_t head = is_long ? 12 : 8;
        const uint64_t size = is_long ? u32(data + at + 8)
                              : typed ? u16(data + at + 6, false)
                                      : u32(vr);
        if (size > total - at - head)
            return false;
        if (size > len - at - head)
            return true; /* the rest is not here yet */
        at += head + size;
    }
    return true;
}

/* Where the dataset begins, and the transfer syntax, by the meta header; 0: there is none. */
static size_t meta_end(const uint8_t *data, size_t len, char syntax[65])
{
    syntax[0] = '\0';
    if (len < 132 || memcmp(data + 128, "DICM", 4) != 0)
        return 0;
    size_t at = 132;
    while (len - at >= 12 && u16(data + at, false) == 2 && is_vr(data + at + 4)) {
        const bool is_long =
            memcmp(data + at + 4, "OB", 2) == 0 || memcmp(data + at + 4, "UN", 2) == 0;
        const size_t head = is_long ? 12 : 8;
        const uint64_t size = is_long ? u32(data + at + 8) : u16(data + at + 6, false);
        if (size > len - at - head)
            return 0;
        if (u16(data + at + 2, false) == 0x0010 && size < 65) {
            memcpy(syntax, data + at + head, size);
            syntax[size] = '\0';
            for (size_t n = size; n > 0 && (syntax[n - 1] == ' ' || !syntax[n - 1]); n--)
                syntax[n - 1] = '\0';
        }
        at += head + size;
    }
    return at;
}

bool nw_dicom_is_deflated(const uint8_t *data, size_t len)
{
    char syntax[65];
    return meta_end(data, len, syntax) > 0 && strcmp(syntax, DEFLATED) == 0;
}

/* ---- deflated datasets ---- */

static size_t put_plain_meta(uint8_t *out)
{
    static const uint8_t meta[] = "DICM\2\0\0\0UL\4\0\34\0\0\0"
                                  "\2\0\20\0UI\24\0"
                                  "1.2.840.10008.1.2.1";
    memset(out, 0, 128);
    memcpy(out + 128, meta, sizeof meta); /* its last 0 pads the UID */
    return 128 + sizeof meta;
}

uint8_t *nw_dicom_inflate(const uint8_t *data, size_t len, size_t *out_len, struct nw_err *err)
{
    char syntax[65];
    const size_t from = meta_end(data, len, syntax);
    const uint64_t most = ((uint64_t)len << 8) + ((uint64_t)64 << 20);
    NW_AUTOFREE uint8_t *out = NULL;
    size_t room = 0;
    if (!nw_grow(&out, &room, 4 * len + 1024, 1, err))
        return NULL;
    size_t done = put_plain_meta(out);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)(data + from), .avail_in = 0};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) {
        nw_fail(err, NW_ERR_MEMORY, "no memory to inflate a DICOM file");
        return NULL;
    }
    size_t left = len - from;
    int got = Z_OK;
    bool ok = true;
    while (ok && got == Z_OK) {
        if (z.avail_in == 0 && left > 0) {
            z.avail_in = (uInt)(left < (1u << 30) ? left : 1u << 30);
            left -= z.avail_in;
        }
        ok = (done <= most ||
              nw_fail(err, NW_ERR_LIMIT, "a deflated file grows beyond belief")) &&
             nw_grow(&out, &room, done + (1 << 16), 1, err);
        if (!ok)
            break;
        z.next_out = out + done;
        z.avail_out = (uInt)(room - done < (1u << 30) ? room - done : 1u << 30);
        const uInt before = z.avail_out;
        got = inflate(&z, Z_NO_FLUSH);
        done += before - z.avail_out;
    }
    (void)inflateEnd(&z);
    if (ok && got != Z_STREAM_END && got != Z_BUF_ERROR)
        ok = nw_fail(err, NW_ERR_DATA, "the deflated dataset is damaged");
    if (!ok)
        return NULL;
    *out_len = done;
    uint8_t *mine = out;
    out = NULL;
    return mine;
}

/* ---- headers ---- */

static enum nw_dicom_answer parse_deflated(const uint8_t *data, size_t len, const char *charset,
                                           struct nw_arena *arena, struct nw_dicom *out,
                                           struct nw_err *err)
{
    size_t plain_len = 0;
    NW_AUTOFREE uint8_t *plain = nw_dicom_inflate(data, len, &plain_len, err);
    if (!plain)
        return NW_DICOM_IS_NOT;
    const enum nw_dicom_answer answer =
        nw_dicom_parse(plain, plain_len, plain_len, charset, arena, out, err);
    if (answer == NW_DICOM_IS)
        out->facts.transfer_syntax = DEFLATED;
    return answer;
}

enum nw_dicom_answer nw_dicom_parse(const uint8_t *data, size_t len, uint64_t total,
                                    const char *charset, struct nw_arena *arena,
                                    struct nw_dicom *out, struct nw_err *err)
{
    if (!nw_dicom_sniff(data, len)) {
        nw_fail(err, NW_ERR_DATA, "this is not a DICOM file");
        return NW_DICOM_IS_NOT;
    }
    if (!meta_fits(data, len, total)) {
        nw_fail(err, NW_ERR_DATA, "its meta header is damaged, or longer than the file");
        return NW_DICOM_IS_NOT;
    }
    if (nw_dicom_is_deflated(data, len))
        return len < total ? NW_DICOM_MORE
                           : parse_deflated(data, len, charset, arena, out, err);
    if (!nw_dicom_nests_sanely(data, len)) {
        nw_fail(err, NW_ERR_LIMIT, "its sequences are nested more than %d deep", DEPTH_MAX);
        return NW_DICOM_IS_NOT;
    }
    return nw_dcmtk_parse(data, len, total, charset, arena, out, err);
}

bool nw_dicom_syntax_is_read(const char *uid)
{
    static const char *const read[] = {
        "1.2.840.10008.1.2",      "1.2.840.10008.1.2.1",    "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55",
        "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
    };
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (strcmp(uid, read[i]) == 0)
            return true;
    return false;
}
