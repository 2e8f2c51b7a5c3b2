/* io/rle.c -- DICOM's run-length coding (PS3.5 annex G): see dicom_priv.h. */
#include <string.h>

#include "io/dicom_priv.h"

enum { HEAD_BYTES = 64, SEGMENTS_MAX = 15 };

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* PackBits into every `step`-th byte; false when the segment ends early. */
static bool unpack_segment(const uint8_t *p, const uint8_t *end, size_t pixels, size_t step,
                           uint8_t *out)
{
    size_t done = 0;
    while (done < pixels) {
        if (end - p < 2)
            return false;
        const uint8_t head = *p++;
        if (head == 128)
            continue;
        size_t n = head < 128 ? (size_t)head + 1 : 257 - (size_t)head;
        if (n > pixels - done)
            n = pixels - done;
        if (head < 128) {
            if ((size_t)(end - p) < n)
                return false;
            for (size_t i = 0; i < n; i++)
                out[(done + i) * step] = p[i];
            p += (size_t)head + 1 < (size_t)(end - p) ? (size_t)head + 1 : (size_t)(end - p);
        } else {
            for (size_t i = 0; i < n; i++)
                out[(done + i) * step] = *p;
            p++;
        }
        done += n;
    }
    return true;
}

bool nw_rle_decode(const uint8_t *data, size_t len, size_t pixels, size_t bytes, uint8_t *out,
                   struct nw_err *err)
{
    const uint32_t segments = len >= HEAD_BYTES ? u32(data) : 0;
    if (segments != bytes || segments > SEGMENTS_MAX)
        return nw_fail(err, NW_ERR_DATA, "the RLE image has %u segments, not %zu", segments,
                       bytes);
    for (size_t s = 0; s < bytes; s++) { /* the most significant byte comes first */
        const uint32_t from = u32(data + 4 + 4 * s);
        const uint32_t to = s + 1 < bytes ? u32(data + 8 + 4 * s) : (uint32_t)len;
        if (from < HEAD_BYTES || to > len || from > to ||
            !unpack_segment(data + from, data + to, pixels, bytes, out + (bytes - 1 - s)))
            return nw_fail(err, NW_ERR_DATA, "the RLE image is cut off or damaged");
    }
    return true;
}
