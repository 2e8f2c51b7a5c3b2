/* fuzz/dicom.c -- bytes as a DICOM file: header, then its first frames. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    struct nw_arena arena = {0};
    struct nw_dicom header;
    if (!nw_dicom_start(&err))
        return 0;
    if (nw_dicom_parse(data, size, size, NULL, &arena, &header, &err) == NW_DICOM_IS &&
        header.kind == NW_DICOM_IMAGE)
        decode(data, size, &header);
    nw_arena_release(&arena);
    return 0;
}
