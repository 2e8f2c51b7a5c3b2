/*
 * anatomy/noise.c -- noise from small blocks in homogeneous tissue: what a plane through the
 * block's values leaves over. Of all soft blocks the quiet fifth counts, corrected for being
 * the quiet ones, since structure only ever adds.
 */
#include "anatomy/calibrate_priv.h"

#include <stdlib.h>

#include "core/parallel.h"

enum { SIDE = 7, DEPTH = 5, ACROSS = 24, ALONG = 36 };
static const double SOFT_LO_HU = -250, SOFT_HI_HU = 250;
static const double QUIET_SHARE = 0.2;
/* The 20th percentile of the standard deviation of some 240 independent values. */
static const double QUIET_RATIO = 0.962;
/* The tube's current makes a third this much noisier than the whole, not more: beyond it the
 * third's blocks lie on edges (a bare skull cap in air has no quiet block of soft tissue). */
static const double THIRD_MAX = 3;

struct block {
    double mean, sd, lag[3]; /* lag: covariance of neighbours */
    double range;
};

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double nw_percentile(double *value, size_t count, double share)
{
    if (count == 0)
        return NAN;
    qsort(value, count, sizeof *value, by_value);
    return value[(size_t)(share * (double)(count - 1) + 0.5)];
}

/* The block's residuals after its mean and slopes, on a lattice n[0] x n[1] x n[2]. */
static void detrend(double *r, const size_t n[3], double *mean)
{
    double sum = 0, slope[3] = {0, 0, 0}, weight[3] = {0, 0, 0};
    const double half[3] = {((double)n[0] - 1) / 2, ((double)n[1] - 1) / 2,
                            ((double)n[2] - 1) / 2};
    const size_t count = n[0] * n[1] * n[2];
    for (size_t v = 0; v < count; v++)
        sum += r[v];
    *mean = sum / (double)count;
    for (size_t v = 0; v < count; v++) {
        const double at[3] = {(double)(v % n[0]) - half[0], (double)(v / n[0] % n[1]) - half[1],
                              (double)(v / (n[0] * n[1])) - half[2]};
        for (int a = 0; a < 3; a++) {
            slope[a] += at[a] * (r[v] - *mean);
            weight[a] += at[a] * at[a];
        }
    }
    for (size_t v = 0; v < count; v++) {
        const double at[3] = {(double)(v % n[0]) - half[0], (double)(v / n[0] % n[1]) - half[1],
                              (double)(v / (n[0] * n[1])) - half[2]};
        r[v] -= *mean;
        for (int a = 0; a < 3; a++)
            r[v] -= weight[a] > 0 ? slope[a] / weight[a] * at[a] : 0;
    }
}

static double lag_covariance(const double *r, const size_t n[3], int axis)
{
    const size_t stride[3] = {1, n[0], n[0] * n[1]};
    double sum = 0;
    size_t pairs = 0;
    for (size_t v = 0; v < n[0] * n[1] * n[2]; v++) {
        const size_t at[3] = {v % n[0], v / n[0] % n[1], v / (n[0] * n[1])};
        if (at[axis] + 1 >= n[axis])
            continue;
        sum += r[v] * r[v + stride[axis]];
        pairs++;
    }
    return pairs ? sum / (double)pairs : 0;
}

static struct block measure(const struct nw_grey *g, const size_t at[3], const size_t n[3])
{
    double r[SIDE * SIDE * DEPTH], lo = HUGE_VAL, hi = -HUGE_VAL;
    size_t count = 0;
    for (size_t k = 0; k < n[2]; k++)
        for (size_t j = 0; j < n[1]; j++)
            for (size_t i = 0; i < n[0]; i++) {
                const double x =
                    g->scale * g->v[nw_grid_at(&g->grid, at[0] + i, at[1] + j, at[2] + k)] +
                    g->shift;
                r[count++] = x;
                lo = fmin(lo, x);
                hi = fmax(hi, x);
            }
    struct block b = {.range = hi - lo};
    detrend(r, n, &b.mean);
    double sum = 0;
    for (size_t v = 0; v < count; v++)
        sum += r[v] * r[v];
    b.sd = sqrt(sum / (double)(count > 4 ? count - 4 : 1));
    for (int a = 0; a < 3; a++)
        b.lag[a] = lag_covariance(r, n, a);
    return b;
}

/* One sigma from the sorted-out blocks: the quiet fifth, unless most of these blocks lie on
 * edges; then the middle of those near the quietest. */
static double quiet(double *sd, size_t count)
{
    if (count == 0)
        return 0;
    const double fifth = nw_percentile(sd, count, QUIET_SHARE), least = sd[count / 100];
    if (fifth < 2.5 * least)
        return fifth / QUIET_RATIO;
    size_t near = 0;
    while (near < count && sd[near] < 1.5 * least)
        near++;
    return sd[near / 2];
}

static size_t gather(const struct block *b, size_t first, size_t end, double lo, double hi,
                     double *sd)
{
    size_t count = 0;
    for (size_t n = first; n < end; n++)
        if (b[n].mean > lo && b[n].mean < hi && b[n].sd > 0)
            sd[count++] = b[n].sd;
    return count;
}

/* Correlation of neighbours over the quiet blocks. */
static void correlate(const struct block *b, size_t count, double lo, double hi, double limit,
                      double out[3])
{
    double cov[3] = {0, 0, 0}, var = 0;
    for (size_t n = 0; n < count; n++) {
        if (!(b[n].mean > lo && b[n].mean < hi && b[n].sd > 0 && b[n].sd <= limit))
            continue;
        var += b[n].sd * b[n].sd;
        for (int a = 0; a < 3; a++)
            cov[a] += b[n].lag[a];
    }
    for (int a = 0; a < 3; a++)
        out[a] = var > 0 ? fmin(fmax(cov[a] / var, -0.5), 0.95) : 0;
}

bool nw_calibrate_noise(const struct nw_grey *g, struct nw_calibration *cal, struct nw_err *err)
{
    enum { BLOCKS = ACROSS * ACROSS * ALONG };
    NW_AUTOFREE struct block *block = NW_ALLOC(struct block, BLOCKS, err);
    NW_AUTOFREE double *sd = block ? NW_ALLOC(double, BLOCKS, err) : NULL;
    if (!sd)
        return false;
    const size_t *d = g->grid.dim;
    const size_t n[3] = {d[0] < SIDE ? d[0] : SIDE, d[1] < SIDE ? d[1] : SIDE,
                         d[2] < DEPTH ? d[2] : DEPTH};
    NW_PARALLEL_FOR
    for (size_t kk = 0; kk < ALONG; kk++)
        for (size_t q = 0; q < ACROSS * ACROSS; q++) {
            const size_t at[3] = {(d[0] - n[0]) * (2 * (q % ACROSS) + 1) / (2 * ACROSS),
                                  (d[1] - n[1]) * (2 * (q / ACROSS) + 1) / (2 * ACROSS),
                                  (d[2] - n[2]) * (2 * kk + 1) / (2 * ALONG)};
            block[kk * ACROSS * ACROSS + q] = measure(g, at, n);
        }

    double lo = SOFT_LO_HU, hi = SOFT_HI_HU;
    size_t count = gather(block, 0, BLOCKS, lo, hi, sd);
    if (count < 40) { /* no soft tissue in Hounsfield units: all there is, air too */
        lo = -HUGE_VAL;
        hi = HUGE_VAL;
        count = gather(block, 0, BLOCKS, lo, hi, sd);
    }
    cal->noise_hu = quiet(sd, count);
    correlate(block, BLOCKS, lo, hi, cal->noise_hu * 1.1, cal->noise_correlation);
    for (size_t third = 0; third < 3; third++) {
        const size_t part = BLOCKS / 3;
        count = gather(block, third * part, (third + 1) * part, lo, hi, sd);
        const double here = count >= 20 ? quiet(sd, count) : cal->noise_hu;
        cal->noise_third_hu[third] = fmin(here, THIRD_MAX * cal->noise_hu);
    }
    for (size_t level = 0; level < NW_NOISE_LEVELS; level++) {
        const size_t part = BLOCKS / NW_NOISE_LEVELS;
        count = gather(block, level * part, (level + 1) * part, lo, hi, sd);
        const double here = cal->noise_third_hu[3 * level / NW_NOISE_LEVELS];
        const double middle = count >= 20 ? nw_percentile(sd, count, 0.5) : here;
        cal->noise_along_hu[level] = fmin(fmax(middle, here), 2.5 * here);
    }
    return true;
}
