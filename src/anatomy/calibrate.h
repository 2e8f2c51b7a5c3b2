/*
 * anatomy/calibrate.h -- what this scan's grey values mean and how well they were seen:
 * Hounsfield check, noise, point spread. Measured once per scan from the scan itself; every
 * later step reads it. Method: reference values of outside air, fat and muscle; noise by the
 * median absolute deviation of a high-pass in homogeneous places, per third of the scan; point
 * spread by erf fits to air-skin profiles, split into in-plane and through-plane.
 */
#ifndef NW_ANATOMY_CALIBRATE_H
#define NW_ANATOMY_CALIBRATE_H

#include "core/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_grey_scale {
    NW_GREY_HU,      /* air, fat, muscle are where Hounsfield units have them */
    NW_GREY_SHIFTED, /* CT, but air is not near -1000: cone beam or rescaled */
    NW_GREY_OTHER,   /* MR, labels, anything else */
};

enum { NW_NOISE_LEVELS = 12 };

struct nw_calibration {
    enum nw_grey_scale scale;
    const char *zh, *en; /* one sentence why scale is not HU, static; "" when it is */
    double air_hu, fat_hu, muscle_hu; /* modes found; NAN when there is none */
    double dense_hu; /* 95th percentile of what is clearly bone; NAN when there is hardly any */
    double noise_hu; /* one sigma, over the whole scan */
    double noise_third_hu[3];               /* by thirds along the slices */
    double noise_along_hu[NW_NOISE_LEVELS]; /* by twelfths: not the quiet places as above but
                                               the middle one, streaks included */
    double noise_correlation[3];            /* of neighbours along i, j, k: 0 for white noise */
    double sigma_xy_mm, sigma_z_mm; /* of the point spread, a Gaussian's; the voxel's own
                                       averaging is in it, interpolation is not */
    size_t edges_used;              /* profiles behind the two numbers above; 0: they are
                                       taken from spacing and thickness, and say so */
    double overshoot_percent;       /* of the edge: a sharp kernel's */
    double min_hu, max_hu;          /* present in the data */
    double saturated_percent;       /* of voxels above 200 HU that sit at max_hu */
    double metal_mm3;               /* above 2500 HU; 0 when under 5 mm3 */
};

/* What soft tissue is in this scan: the muscle mode, or 50 HU where there is none. */
double nw_calibration_soft_hu(const struct nw_calibration *cal);

/* Cost: one pass over the voxels, and some ten thousand small places. NW_ERR_MEMORY,
 * NW_ERR_CANCELLED. */
NW_MUST_CHECK bool nw_calibrate(const struct nw_scan *scan, struct nw_calibration *out,
                                struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
