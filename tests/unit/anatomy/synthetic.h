/*
 * tests/unit/anatomy/synthetic.h -- scans whose truth is a formula: balls seen through a
 * Gaussian point spread, exactly, with white noise that is a function of the voxel.
 */
#ifndef NW_TEST_SYNTHETIC_H
#define NW_TEST_SYNTHETIC_H

#include <math.h>

#include "core/parallel.h"
#include "core/rand.h"
#include "core/scan.h"

struct ball {
    nw_vec3 centre_mm;
    double radius_mm, contrast_hu; /* above what it lies in */
};

struct synthetic {
    size_t dim[3];
    nw_vec3 spacing_mm, origin_mm;
    double sigma_mm, noise_hu, base_hu;
    const struct ball *ball;
    size_t ball_count;
    uint64_t seed;
};

/* The share of a ball that a Gaussian at distance r from its centre sees. */
static inline double blurred_ball(double r, double radius, double sigma)
{
    const double q = sigma * sqrt(2.0);
    if (fabs(r - radius) > 7 * sigma)
        return r < radius ? 1 : 0;
    if (r < 1e-6)
        r = 1e-6;
    const double a = (radius - r) / q, b = (radius + r) / q;
    return 0.5 * (erf(a) + erf(b)) -
           sigma / (r * sqrt(2 * NW_PI)) * (exp(-a * a) - exp(-b * b));
}

static inline bool synthetic_make(const struct synthetic *s, struct nw_scan *scan,
                                  struct nw_err *err)
{
    nw_scan_init(scan);
    scan->facts.modality = "CT";
    scan->facts.is_hu = true;
    const struct nw_grid grid = {
        {s->dim[0], s->dim[1], s->dim[2]},
        s->origin_mm,
        {{s->spacing_mm.x, 0, 0}, {0, s->spacing_mm.y, 0}, {0, 0, s->spacing_mm.z}}};
    if (!nw_volume_init(&scan->volume, NW_VOXEL_I16, &grid, err))
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < grid.dim[2]; k++)
        for (size_t n = grid.dim[0] * grid.dim[1] * k; n < grid.dim[0] * grid.dim[1] * (k + 1);
             n++) {
            const nw_ijk q = {(double)(n % grid.dim[0]),
                              (double)(n / grid.dim[0] % grid.dim[1]), (double)k};
            const nw_vec3 p = nw_grid_point(&grid, q);
            double hu = s->base_hu;
            for (size_t b = 0; b < s->ball_count; b++)
                hu += s->ball[b].contrast_hu *
                      blurred_ball(nw_length(nw_sub(p, s->ball[b].centre_mm)),
                                   s->ball[b].radius_mm, s->sigma_mm);
            if (s->noise_hu > 0)
                hu += s->noise_hu * nw_rand_normal(s->seed, n);
            scan->volume.i16[n] = (int16_t)rint(hu);
        }
    return true;
}

/* A bone of 1250 HU in soft tissue of 50 HU in air, in voxels of 0.5 x 0.5 x 0.625 mm. */
static inline struct synthetic bone_in_flesh(const struct ball *ball, size_t count)
{
    const struct synthetic s = {.dim = {144, 144, 116},
                                .spacing_mm = {0.5, 0.5, 0.625},
                                .origin_mm = {-35.8, -35.6, -35.9},
                                .sigma_mm = 0.42,
                                .noise_hu = 30,
                                .base_hu = -1000,
                                .ball = ball,
                                .ball_count = count,
                                .seed = 7};
    return s;
}

#endif
