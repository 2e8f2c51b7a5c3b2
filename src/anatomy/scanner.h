/*
 * anatomy/scanner.h -- what a CT scanner makes of an object whose shape is known.
 *
 * The object is a pile of layers, each a field with one grey value; a later layer covers the
 * earlier ones, and outside all of them is air. The picture is that object convolved with a
 * Gaussian in all directions and a box along the slice normal (the slice profile), plus noise
 * with the spectrum of filtered back-projection.
 *
 * Method: occupancy is averaged with a small tent about each point of a grid fine against
 * the Gaussian (64 points of a shifted rank-1 lattice where a surface may be near, none
 * elsewhere), then convolved separably; the tent is taken out of the Gaussian's variance. What
 * is left of bias is below 0.002 mm (tested against the blurred ball's formula).
 */
#ifndef NW_ANATOMY_SCANNER_H
#define NW_ANATOMY_SCANNER_H

#include "core/volume.h"
#include "field/field.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_layer {
    const struct nw_tape *tape; /* borrowed */
    double hu;
};
enum { NW_LAYER_MAX = 64 };

struct nw_scanner {
    const struct nw_layer *layer;
    size_t layer_count;
    double air_hu;       /* outside all layers */
    double sigma_mm;     /* of the Gaussian, above 0 */
    double thickness_mm; /* of the box along the slice normal, not negative */
    double noise_hu;     /* one sigma, as it is in the picture; 0: none */
    bool white_noise;    /* each voxel by itself; else filtered in the plane */
    uint64_t seed;
    double min_hu, max_hu; /* what the picture can hold */
    bool streaks;          /* of a metal rod along z through streak_mm, this thick */
    nw_vec3 streak_mm;
    double streak_radius_mm, streak_hu;
};

/*
 * Fills the volume (int16 rounded, or float) on its grid, whose first two steps must be at
 * right angles; the third may lean (a tilted gantry), the slices stay thick along their
 * normal. NW_ERR_ARGUMENT for sizes out of range, NW_ERR_MEMORY, NW_ERR_CANCELLED (the voxels
 * are then not all set). Same bytes on any number of threads. About 60 bytes of memory a
 * voxel of one slice beside the volume, times the point spread in slices.
 */
NW_MUST_CHECK bool nw_scanner_image(const struct nw_scanner *scanner, struct nw_volume *vol,
                                    struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
