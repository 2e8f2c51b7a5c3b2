/* io/j2k.c -- JPEG 2000 by OpenJPEG: see dicom_priv.h. */
#include <openjpeg.h>
#include <string.h>

#include "io/dicom_priv.h"

struct bytes {
    const uint8_t *data;
    size_t len, at;
};

static OPJ_SIZE_T read_some(void *out, OPJ_SIZE_T want, void *user)
{
    struct bytes *b = user;
    const size_t left = b->len - b->at, n = want < left ? want : left;
    if (n == 0)
        return (OPJ_SIZE_T)-1;
    memcpy(out, b->data + b->at, n);
    b->at += n;
    return n;
}

static OPJ_OFF_T skip_some(OPJ_OFF_T by, void *user)
{
    struct bytes *b = user;
    const size_t left = b->len - b->at;
    if (by < 0)
        return -1;
    const size_t n = (uint64_t)by < left ? (size_t)by : left;
    b->at += n;
    return (OPJ_OFF_T)n;
}

static OPJ_BOOL seek_to(OPJ_OFF_T to, void *user)
{
    struct bytes *b = user;
    if (to < 0 || (uint64_t)to > b->len)
        return OPJ_FALSE;
    b->at = (size_t)to;
    return OPJ_TRUE;
}

static void quiet(const char *message, void *user)
{
    (void)message;
    (void)user;
}

static opj_codec_t *new_codec(const uint8_t *data, size_t len)
{
    static const uint8_t jp2[8] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    const bool boxed = len >= 8 && memcmp(data, jp2, sizeof jp2) == 0;
    opj_codec_t *codec = opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    opj_dparameters_t params;
    opj_set_default_decoder_parameters(&params);
    if (!codec || !opj_setup_decoder(codec, &params)) {
        opj_destroy_codec(codec);
        return NULL;
    }
    opj_set_error_handler(codec, quiet, NULL);
    opj_set_warning_handler(codec, quiet, NULL);
    opj_set_info_handler(codec, quiet, NULL);
    opj_decoder_set_strict_mode(codec, OPJ_TRUE);
    return codec;
}

static bool has_size(const opj_image_t *image, size_t rows, size_t cols)
{
    return image->numcomps == 1 && image->comps[0].dx == 1 && image->comps[0].dy == 1 &&
           image->x1 - image->x0 == cols && image->y1 - image->y0 == rows;
}

/* The codestream's sign is not always the header's: then the bits are read the header's way. */
static void copy_out(const opj_image_comp_t *c, bool is_signed, size_t count, int32_t *out)
{
    const uint32_t spare = 32 - c->prec;
    if (!c->sgnd == !is_signed) {
        memcpy(out, c->data, count * sizeof *out);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t v = (uint32_t)c->data[i] << spare;
        out[i] = is_signed ? (int32_t)v >> spare : (int32_t)(v >> spare);
    }
}

static bool decode(opj_codec_t *codec, opj_stream_t *stream, opj_image_t **image, size_t rows,
                   size_t cols, struct nw_err *err)
{
    if (!opj_read_header(stream, codec, image) || !*image)
        return nw_fail(err, NW_ERR_DATA, "the JPEG 2000 image has a broken header");
    if (!has_size(*image, rows, cols))
        return nw_fail(err, NW_ERR_DATA,
                       "the JPEG 2000 image has another size than its header says");
    if (!opj_decode(codec, stream, *image) || !opj_end_decompress(codec, stream))
        return nw_fail(err, NW_ERR_DATA, "the JPEG 2000 image is cut off or damaged");
    const opj_image_comp_t *c = (*image)->comps;
    if (!c->data || c->w != cols || c->h != rows || c->prec < 1 || c->prec > 31)
        return nw_fail(err, NW_ERR_DATA, "the JPEG 2000 image does not decode to its size");
    return true;
}

bool nw_j2k_decode(const uint8_t *data, size_t len, size_t rows, size_t cols, bool is_signed,
                   int32_t *out, struct nw_err *err)
{
    struct bytes bytes = {data, len, 0};
    opj_codec_t *codec = new_codec(data, len);
    opj_stream_t *stream = codec ? opj_stream_create(1 << 16, OPJ_TRUE) : NULL;
    opj_image_t *image = NULL;
    bool ok = stream != NULL;
    if (!ok)
        nw_fail(err, NW_ERR_MEMORY, "no memory to decode JPEG 2000");
    if (ok) {
        opj_stream_set_user_data(stream, &bytes, NULL);
        opj_stream_set_user_data_length(stream, len);
        opj_stream_set_read_function(stream, read_some);
        opj_stream_set_skip_function(stream, skip_some);
        opj_stream_set_seek_function(stream, seek_to);
        ok = decode(codec, stream, &image, rows, cols, err);
    }
    if (ok)
        copy_out(image->comps, is_signed, rows * cols, out);
    opj_image_destroy(image);
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    return ok;
}
