/*
 * io/gltf_priv.h -- what reading and writing GLB share: the turn between glTF's space (metres,
 * y up, front to +z) and LPS mm, and colours, which glTF wants linear.
 */
#ifndef NW_IO_GLTF_PRIV_H
#define NW_IO_GLTF_PRIV_H

#include "io/model_priv.h"

enum {
    NW_GLTF_BYTE = 5120,
    NW_GLTF_UBYTE,
    NW_GLTF_SHORT,
    NW_GLTF_USHORT,
    NW_GLTF_UINT = 5125,
    NW_GLTF_FLOAT,
};

/* sRGB to linear light, 0..1 (IEC 61966-2-1), and back to the nearest of 256. */
static inline double nw_srgb_to_linear(uint8_t v)
{
    const double c = v / 255.0;
    return c <= 0.04045 ? c / 12.92 : nw_pow((c + 0.055) / 1.055, 2.4);
}

static inline uint8_t nw_linear_to_srgb(double v)
{
    const double c = v > 0 ? (v < 1 ? v : 1) : 0;
    const double s = c <= 0.0031308 ? c * 12.92 : 1.055 * nw_pow(c, 1 / 2.4) - 0.055;
    return (uint8_t)rint(s * 255);
}

NW_MUST_CHECK bool nw_glb_write(struct nw_out *out, const struct nw_model *model,
                                const struct nw_model_write_opts *opts, struct nw_err *err);

#endif
