/* io/dicom_frames.c -- frames to stored values: see dicom_priv.h. */
#include <string.h>

#include "core/parallel.h"
#include "io/dicom_priv.h"

enum { SIDE_MAX = 16384 };
static const char DEFLATED[] = "1.2.840.10008.1.2.1.99";
static const char RLE[] = "1.2.840.10008.1.2.5";
static const uint8_t *const NO_BYTES = (const uint8_t *)"";

static uint32_t u16(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p, false) | u16(p + 2, false) << 16;
}

static bool sane_bits(const struct nw_dicom *h)
{
    return h->bits_stored >= 1 && h->bits_stored <= h->bits_allocated &&
           h->high_bit < h->bits_allocated && h->high_bit + 1 >= h->bits_stored;
}

static bool is_j2k(const char *uid)
{
    return strcmp(uid, "1.2.840.10008.1.2.4.90") == 0 ||
           strcmp(uid, "1.2.840.10008.1.2.4.91") == 0;
}

/* ---- frames ---- */

struct fragment {
    uint64_t at, len; /* of its bytes in the file */
};

struct nw_dicom_frames {
    const uint8_t *data;
    size_t len;
    const struct nw_dicom *header;
    uint8_t *plain;            /* a deflated file's bytes */
    struct nw_dcmtk *dcmtk;    /* for what DCMTK decodes */
    struct fragment *fragment; /* the encapsulated ones, without the offset table */
    size_t fragment_count, fragment_room;
    uint64_t table_at, table_len;    /* the basic offset table */
    uint8_t *bytes, *joined, *spare; /* one frame unpacked; fragments put together; for RLE */
    size_t bytes_room, joined_room, spare_room;
    bool rubbish; /* bits above the high bit were set in some frame */
};

static size_t frame_pixels(const struct nw_dicom *h)
{
    return (size_t)h->rows * h->cols;
}

/* Walks the items of the pixel data. A missing end is forgiven, a broken length is not. */
static bool find_fragments(struct nw_dicom_frames *f, struct nw_err *err)
{
    uint64_t at = f->header->pixels_at;
    bool first = true;
    while (f->len - at >= 8) {
        const uint8_t *p = f->data + at;
        const uint64_t size = u32(p + 4);
        if (u32(p) == 0xE0DDFFFE)
            return true;
        if (u32(p) != 0xE000FFFE)
            return nw_fail(err, NW_ERR_DATA, "the compressed pixel data are not in items");
        at += 8;
        if (size > f->len - at)
            return nw_fail(
                err, NW_ERR_DATA,
                "the file is cut off in its pixel data: %llu of %llu bytes are there",
                (unsigned long long)(f->len - at), (unsigned long long)size);
        if (first) {
            f->table_at = at;
            f->table_len = size;
        } else {
            if (!nw_grow(&f->fragment, &f->fragment_room, f->fragment_count + 1,
                         sizeof *f->fragment, err))
                return false;
            f->fragment[f->fragment_count++] = (struct fragment){at, size};
        }
        first = false;
        at += size;
    }
    return true;
}

/* Which fragments hold a frame: [*from, *to). */
static bool frame_fragments(const struct nw_dicom_frames *f, size_t frame, size_t *from,
                            size_t *to, struct nw_err *err)
{
    const size_t frames = f->header->frame_count;
    *from = frame;
    *to = frame + 1;
    if (f->fragment_count == frames)
        return true;
    if (frames == 1) {
        *to = f->fragment_count;
        return f->fragment_count > 0 ||
               nw_fail(err, NW_ERR_DATA, "there are no compressed pixel data");
    }
    if (f->table_len / 4 < frames)
        return nw_fail(err, NW_ERR_DATA, "%zu fragments cannot be told into %zu frames",
                       f->fragment_count, frames);
    /* Offsets count from the first item after the table to an item's own head. */
    const uint64_t base = f->table_at + f->table_len + 8;
    const uint64_t begin = base + u32(f->data + f->table_at + 4 * frame);
    const uint64_t end =
        frame + 1 < frames ? base + u32(f->data + f->table_at + 4 * (frame + 1)) : UINT64_MAX;
    *from = 0;
    while (*from < f->fragment_count && f->fragment[*from].at < begin)
        ++*from;
    *to = *from;
    while (*to < f->fragment_count && f->fragment[*to].at < end)
        ++*to;
    return *to > *from || nw_fail(err, NW_ERR_DATA, "frame %zu has no pixel data", frame + 1);
}

static bool check_header(const struct nw_dicom *h, struct nw_err *err)
{
    char name[128];
    if (h->kind != NW_DICOM_IMAGE || !h->has_pixels)
        return nw_fail(err, NW_ERR_DATA, "the file holds no image");
    if (h->rows > SIDE_MAX || h->cols > SIDE_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "an image of %u x %u is larger than %d x %d", h->rows,
                       h->cols, SIDE_MAX, SIDE_MAX);
    if (h->samples != 1)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "a colour picture is not a scan");
    if ((h->bits_allocated != 8 && h->bits_allocated != 16 && h->bits_allocated != 32) ||
        !sane_bits(h))
        return nw_fail(
            err, NW_ERR_UNSUPPORTED,
            "%u bits stored in %u up to bit %u cannot be read; 8, 16 and 32 bits can",
            h->bits_stored, h->bits_allocated, h->high_bit);
    nw_dicom_syntax_name(h->facts.transfer_syntax, name);
    if (!nw_dicom_syntax_is_read(h->facts.transfer_syntax))
        return nw_fail(err, NW_ERR_UNSUPPORTED, "transfer syntax %s is not supported", name);
    return true;
}

static bool check_native_size(const struct nw_dicom_frames *f, struct nw_err *err)
{
    const struct nw_dicom *h = f->header;
    const uint64_t need = (uint64_t)frame_pixels(h) * (h->bits_allocated / 8) * h->frame_count;
    const uint64_t have =
        f->len - h->pixels_at < h->pixels_len ? f->len - h->pixels_at : h->pixels_len;
    if (have < need)
        return nw_fail(err, NW_ERR_DATA,
                       "the pixel data are cut off: %llu of %llu bytes are there",
                       (unsigned long long)have, (unsigned long long)need);
    return true;
}

/* No codec here packs a frame more than some thousand times: a header that promises more is
 * a trap for memory. */
static bool check_packed_size(const struct nw_dicom_frames *f, struct nw_err *err)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < f->fragment_count; i++)
        bytes += f->fragment[i].len;
    const struct nw_dicom *h = f->header;
    const uint64_t need = (uint64_t)frame_pixels(h) * (h->bits_allocated / 8) * h->frame_count;
    if (f->fragment_count < h->frame_count)
        return nw_fail(err, NW_ERR_DATA, "%zu compressed images are there, not %zu",
                       f->fragment_count, h->frame_count);
    return need / 8192 <= bytes ||
           nw_fail(err, NW_ERR_DATA, "%llu compressed bytes cannot hold %llu bytes of pixels",
                   (unsigned long long)bytes, (unsigned long long)need);
}

static bool set_up(struct nw_dicom_frames *f, struct nw_err *err)
{
    const struct nw_dicom *h = f->header;
    if (!check_header(h, err))
        return false;
    if (strcmp(h->facts.transfer_syntax, DEFLATED) == 0) {
        f->plain = nw_dicom_inflate(f->data, f->len, &f->len, err);
        if (!f->plain)
            return false;
        f->data = f->plain;
    }
    if (h->pixels_at > f->len)
        return nw_fail(err, NW_ERR_DATA, "the file changed while it was read");
    if (!h->is_encapsulated)
        return check_native_size(f, err);
    if (!find_fragments(f, err) || !check_packed_size(f, err))
        return false;
    if (is_j2k(h->facts.transfer_syntax))
        return true;
    if (strcmp(h->facts.transfer_syntax, RLE) != 0) {
        if (!nw_dicom_nests_sanely(f->data, f->len))
            return nw_fail(err, NW_ERR_LIMIT, "its sequences are nested too deep");
        f->dcmtk = nw_dcmtk_new(f->data, f->len, err);
        if (!f->dcmtk)
            return false;
    }
    const size_t bytes = frame_pixels(h) * (h->bits_allocated / 8);
    return nw_grow(&f->bytes, &f->bytes_room, bytes + 2, 1, err) &&
           nw_grow(&f->spare, &f->spare_room, bytes + 2, 1, err);
}

struct nw_dicom_frames *nw_dicom_frames_new(struct nw_err *err)
{
    return NW_ALLOC(struct nw_dicom_frames, 1, err);
}

static void close_file(struct nw_dicom_frames *f)
{
    nw_dcmtk_free(f->dcmtk);
    nw_free(f->plain);
    f->dcmtk = NULL;
    f->plain = NULL;
    f->fragment_count = 0;
    f->table_at = f->table_len = 0;
}

bool nw_dicom_frames_open(struct nw_dicom_frames *f, const uint8_t *data, size_t len,
                          const struct nw_dicom *header, struct nw_err *err)
{
    close_file(f);
    f->data = data;
    f->len = len;
    f->header = header;
    return set_up(f, err);
}

void nw_dicom_frames_free(struct nw_dicom_frames *f)
{
    if (!f)
        return;
    close_file(f);
    nw_free(f->fragment);
    nw_free(f->bytes);
    nw_free(f->joined);
    nw_free(f->spare);
    nw_free(f);
}

/* Anything above the high bit that is not its sign carried on? */
NW_CLONES
static bool has_rubbish16(const uint8_t *p, size_t count, bool big, uint32_t high_bit,
                          bool is_signed)
{
    const uint32_t above = 0xFFFFu << (high_bit + 1) & 0xFFFFu;
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t v = big ? (uint32_t)p[2 * i] << 8 | p[2 * i + 1]
                               : (uint32_t)p[2 * i + 1] << 8 | p[2 * i];
        const uint32_t want = is_signed ? above & (0u - (v >> high_bit & 1u)) : 0;
        found |= (v & above) ^ (is_signed && (v & above) == 0 ? 0 : want);
    }
    return found != 0;
}

NW_CLONES
static void unpack16(const uint8_t *p, size_t count, bool big, uint32_t up, uint32_t down,
                     bool is_signed, int32_t *out)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t v = (big ? (uint32_t)p[2 * i] << 8 | p[2 * i + 1]
                                : (uint32_t)p[2 * i + 1] << 8 | p[2 * i])
                           << up;
        out[i] = is_signed ? (int32_t)v >> down : (int32_t)(v >> down);
    }
}

static void unpack8(const uint8_t *p, size_t count, size_t swap, uint32_t up, uint32_t down,
                    bool is_signed, int32_t *out)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t v = (uint32_t)p[i ^ swap] << up;
        out[i] = is_signed ? (int32_t)v >> down : (int32_t)(v >> down);
    }
}

static void unpack32(const uint8_t *p, size_t count, bool big, uint32_t up, uint32_t down,
                     bool is_signed, int32_t *out)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *q = p + 4 * i;
        const uint32_t v = (big ? u16(q, true) << 16 | u16(q + 2, true) : u32(q)) << up;
        const uint32_t unsigned_v = v >> down;
        out[i] = is_signed                ? (int32_t)v >> down
                 : unsigned_v > INT32_MAX ? INT32_MAX
                                          : (int32_t)unsigned_v;
    }
}

static void unpack(const struct nw_dicom *h, const uint8_t *p, bool big, bool words,
                   int32_t *out)
{
    const size_t count = frame_pixels(h);
    const uint32_t up = 31 - h->high_bit, down = 32 - h->bits_stored;
    if (h->bits_allocated == 16)
        unpack16(p, count, big, up, down, h->is_signed, out);
    else if (h->bits_allocated == 8)
        unpack8(p, count - count % 2, big && words, up, down, h->is_signed, out);
    else
        unpack32(p, count, big, up, down, h->is_signed, out);
    if (h->bits_allocated == 8 && count % 2) /* an odd last byte has no partner to swap with */
        unpack8(p + count - 1, 1, 0, up, down, h->is_signed, out + count - 1);
}

static bool join(struct nw_dicom_frames *f, size_t from, size_t to, const uint8_t **p,
                 size_t *len, struct nw_err *err)
{
    *p = f->data + f->fragment[from].at;
    *len = f->fragment[from].len;
    if (to - from == 1)
        return true;
    size_t total = 0;
    for (size_t i = from; i < to; i++)
        total += f->fragment[i].len;
    if (!nw_grow(&f->joined, &f->joined_room, total, 1, err))
        return false;
    total = 0;
    for (size_t i = from; i < to; i++) {
        memcpy(f->joined + total, f->data + f->fragment[i].at, f->fragment[i].len);
        total += f->fragment[i].len;
    }
    *p = f->joined ? f->joined : NO_BYTES;
    *len = total;
    return true;
}

static bool get_j2k(struct nw_dicom_frames *f, size_t frame, int32_t *out, struct nw_err *err)
{
    const struct nw_dicom *h = f->header;
    size_t from, to, len;
    const uint8_t *p;
    return frame_fragments(f, frame, &from, &to, err) && join(f, from, to, &p, &len, err) &&
           nw_j2k_decode(p, len, h->rows, h->cols, h->is_signed, out, err);
}

static bool get_packed(struct nw_dicom_frames *f, size_t frame, size_t bytes,
                       struct nw_err *err)
{
    size_t from, to, len;
    const uint8_t *p;
    if (strcmp(f->header->facts.transfer_syntax, RLE) != 0)
        return nw_dcmtk_frame(f->dcmtk, frame, f->bytes, bytes + bytes % 2, err);
    return frame_fragments(f, frame, &from, &to, err) && join(f, from, to, &p, &len, err) &&
           nw_rle_decode(p, len, frame_pixels(f->header), f->header->bits_allocated / 8,
                         f->spare, f->bytes, err);
}

bool nw_dicom_frames_get(struct nw_dicom_frames *f, size_t frame, int32_t *out,
                         struct nw_err *err)
{
    const struct nw_dicom *h = f->header;
    const size_t bytes = frame_pixels(h) * (h->bits_allocated / 8);
    if (h->is_encapsulated && is_j2k(h->facts.transfer_syntax))
        return get_j2k(f, frame, out, err);
    if (h->is_encapsulated && !get_packed(f, frame, bytes, err))
        return false;
    const uint8_t *p = h->is_encapsulated ? f->bytes : f->data + h->pixels_at + frame * bytes;
    const bool big = h->is_big_endian && !h->is_encapsulated;
    if (h->bits_allocated == 16 && h->high_bit < 15)
        f->rubbish =
            has_rubbish16(p, frame_pixels(h), big, h->high_bit, h->is_signed) || f->rubbish;
    unpack(h, p, big, h->is_ow, out);
    return true;
}

bool nw_dicom_frames_have_rubbish(const struct nw_dicom_frames *f)
{
    return f->rubbish;
}
