/* fuzz/dicom.c -- bytes as a DICOM file: header, then its first frames; the file without
 * identity, which must be a file of its own again. */
#include <stdlib.h>

#include "io/deid.h"
#include "io/dicom_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIXELS_MAX = 1 << 20, FRAMES_MAX = 3 };

static void decode(const uint8_t *data, size_t size, const struct nw_dicom *h)
{
    struct nw_err err = {0};
    const size_t pixels = (size_t)h->rows * h->cols;
    struct nw_dicom_frames *frames = nw_dicom_frames_new(&err);
    if (frames && pixels <= PIXELS_MAX && nw_dicom_frames_open(frames, data, size, h, &err)) {
        NW_AUTOFREE int32_t *stored = NW_ALLOC(int32_t, pixels, &err);
        for (size_t f = 0; stored && f < h->frame_count && f < FRAMES_MAX; f++)
            if (!nw_dicom_frames_get(frames, f, stored, &err))
                break;
    }
    nw_dicom_frames_free(frames);
}

static void take_identity(const uint8_t *data, size_t size, unsigned keep)
{
    const struct nw_deid_opts opts = {.keep = keep};
    struct nw_err err = {0};
    struct nw_deid_done done = {0};
    struct nw_dicom header;
    struct nw_arena arena = {0};
    size_t len = 0;
    NW_AUTOFREE uint8_t *out = nw_deid_file(data, size, &opts, &len, &done, &err);
    if (out && nw_dicom_parse(out, len, len, NULL, &arena, &header, &err) != NW_DICOM_IS)
        abort();
    nw_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    struct nw_arena arena = {0};
    struct nw_dicom header;
    if (!nw_dicom_start(&err))
        return 0;
    if (nw_dicom_parse(data, size, size, NULL, &arena, &header, &err) == NW_DICOM_IS &&
        header.kind == NW_DICOM_IMAGE) {
        decode(data, size, &header);
        if ((uint64_t)header.rows * header.cols * header.frame_count <= PIXELS_MAX) {
            take_identity(data, size, 0);
            take_identity(data, size, NW_DEID_SHIFTED | NW_DEID_DESCRIPTORS | NW_DEID_PRIVATE);
        }
    }
    nw_arena_release(&arena);
    return 0;
}
