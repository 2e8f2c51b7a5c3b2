/* anatomy/calibrate.c -- see calibrate.h. */
#include "anatomy/calibrate_priv.h"

#include <string.h>

#include "core/parallel.h"

enum { LEVELS = 65536, CHUNKS = 16 };
static const double METAL_HU = 2500;

struct histogram {
    uint64_t *count; /* of the stored value n - 32768 */
    uint64_t total;
    const struct nw_grey *grey;
};

static bool count_levels(const struct nw_grey *g, uint64_t *count, struct nw_err *err)
{
    NW_AUTOFREE uint32_t *part = NW_ALLOC(uint32_t, (size_t)CHUNKS * LEVELS, err);
    if (!part)
        return false;
    const size_t slice = g->grid.dim[0] * g->grid.dim[1], slices = g->grid.dim[2];
    NW_PARALLEL_FOR
    for (size_t c = 0; c < CHUNKS; c++) {
        uint32_t *own = part + c * LEVELS;
        for (size_t n = slice * (slices * c / CHUNKS); n < slice * (slices * (c + 1) / CHUNKS);
             n++)
            own[(uint16_t)g->v[n] ^ 0x8000u]++;
    }
    for (size_t c = 0; c < CHUNKS; c++)
        for (size_t n = 0; n < LEVELS; n++)
            count[n] += part[c * LEVELS + n];
    return true;
}

static double level_value(const struct histogram *h, size_t n)
{
    return h->grey->scale * ((double)n - 32768) + h->grey->shift;
}

static size_t level_of(const struct histogram *h, double value)
{
    const int level = nw_grey_stored(h->grey, value) + 32768;
    return (size_t)level;
}

static uint64_t count_between(const struct histogram *h, double lo, double hi)
{
    uint64_t sum = 0;
    for (size_t n = level_of(h, lo); n <= level_of(h, hi); n++)
        sum += h->count[n];
    return sum;
}

static double smoothed(const struct histogram *h, size_t n)
{
    enum { HALF = 8 };
    double sum = 0;
    for (size_t m = n < HALF ? 0 : n - HALF; m <= n + HALF && m < LEVELS; m++)
        sum += (double)h->count[m] * (double)(HALF + 1 - (m > n ? m - n : n - m));
    return sum;
}

/* The summit of the smoothed histogram within lo..hi. NAN when it lies on the window's rim
 * (then it belongs to a neighbour), does not stand out from the rims, or has under 0.2% of
 * the voxels within 15 HU: the slope of an edge is no tissue. */
static double mode_in(const struct histogram *h, double lo, double hi)
{
    const size_t first = level_of(h, lo), last = level_of(h, hi);
    size_t at = first;
    for (size_t n = first; n <= last; n++)
        if (smoothed(h, n) > smoothed(h, at))
            at = n;
    const double rim = fmax(smoothed(h, first), smoothed(h, last)), x = level_value(h, at);
    const bool stands = at != first && at != last && smoothed(h, at) > 1.15 * rim;
    const bool many = (double)count_between(h, x - 15, x + 15) > 0.002 * (double)h->total;
    return stands && many ? x : (double)NAN;
}

static size_t distinct_levels(const struct histogram *h)
{
    size_t count = 0;
    for (size_t n = 0; n < LEVELS; n++)
        count += h->count[n] > 0;
    return count;
}

static void judge(struct nw_calibration *c, enum nw_grey_scale scale, const char *zh,
                  const char *en)
{
    c->scale = scale;
    c->zh = zh;
    c->en = en;
}

static void judge_scale(const struct histogram *h, const struct nw_scan_facts *facts,
                        struct nw_calibration *c)
{
    const char *modality = facts->modality ? facts->modality : "";
    const bool is_ct = strcmp(modality, "CT") == 0;
    const bool soft = isfinite(c->fat_hu) || isfinite(c->muscle_hu);
    const double air = (double)count_between(h, -1100, -900) / (double)h->total;
    judge(c, NW_GREY_HU, "", "");
    if (modality[0] && !is_ct)
        judge(c, NW_GREY_OTHER, "这不是CT：其灰度没有固定的刻度",
              "this is not CT: its grey values have no fixed scale");
    else if (distinct_levels(h) < 64 && c->min_hu >= 0)
        judge(c, NW_GREY_OTHER, "灰度只有少数几个值：这像是标签图，不是扫描图像",
              "there are only a few grey values: this looks like labels, not like a scan");
    else if (air > 0.005 && (soft || (is_ct && facts->is_hu)))
        return;
    else if (is_ct && facts->is_hu && soft && c->min_hu > -1100)
        return; /* the field of view lies inside the body */
    else if (is_ct || c->min_hu < -200)
        judge(c, NW_GREY_SHIFTED,
              "空气、脂肪和肌肉不在亨氏单位应有的位置：可能是锥形束CT或灰度被重新标定",
              "air, fat and muscle are not where Hounsfield units have them: cone beam CT or a "
              "rescaled series");
    else
        judge(c, NW_GREY_OTHER, "灰度不是亨氏单位", "the grey values are not Hounsfield units");
}

static void measure_levels(const struct histogram *h, const struct nw_scan_facts *facts,
                           struct nw_calibration *c)
{
    size_t lo = 0, hi = LEVELS - 1;
    while (lo < hi && h->count[lo] == 0)
        lo++;
    while (hi > lo && h->count[hi] == 0)
        hi--;
    c->min_hu = level_value(h, lo);
    c->max_hu = level_value(h, hi);
    c->air_hu = mode_in(h, -1060, -920);
    c->fat_hu = mode_in(h, -150, -50);
    c->muscle_hu = mode_in(h, 5, 110);
    judge_scale(h, facts, c);
    const uint64_t bright = c->max_hu > 200 ? count_between(h, 200, c->max_hu) : 0;
    c->saturated_percent = bright ? 100 * (double)h->count[hi] / (double)bright : 0;
    if (bright < 1000 || h->count[hi] < 20) /* some voxel is always the brightest */
        c->saturated_percent = 0;
}

/* Metal is left out, and what is less than 20 mm3 says nothing. */
static double dense_bone(const struct histogram *h, double soft_hu)
{
    const double lo = soft_hu + 250, voxel = fabs(nw_grid_voxel_mm3(&h->grey->grid));
    const uint64_t all = count_between(h, lo, METAL_HU);
    if ((double)all * voxel < 20)
        return NAN;
    uint64_t seen = 0;
    size_t n = level_of(h, lo);
    while (n < level_of(h, METAL_HU) && (seen += h->count[n]) < all - all / 20)
        n++;
    return level_value(h, n);
}

static double metal_mm3(const struct histogram *h)
{
    const struct nw_grey *g = h->grey;
    const double voxel = fabs(nw_grid_voxel_mm3(&g->grid));
    const uint64_t all = count_between(h, METAL_HU, 1e9);
    return (double)all * voxel >= 5 ? (double)all * voxel : 0;
}

double nw_calibration_soft_hu(const struct nw_calibration *cal)
{
    return isfinite(cal->muscle_hu) ? cal->muscle_hu : 50;
}

static bool calibrate(const struct nw_grey *grey, const struct nw_scan_facts *facts,
                      struct nw_calibration *c, struct nw_err *err)
{
    NW_AUTOFREE uint64_t *count = NW_ALLOC(uint64_t, LEVELS, err);
    if (!count || !count_levels(grey, count, err))
        return false;
    const struct histogram h = {count, nw_grid_count(&grey->grid), grey};
    measure_levels(&h, facts, c);
    if (c->scale == NW_GREY_HU)
        c->metal_mm3 = metal_mm3(&h);
    c->dense_hu = dense_bone(&h, nw_calibration_soft_hu(c));
    if (!nw_progress(1, 3))
        return nw_fail_cancelled(err);
    if (!nw_calibrate_noise(grey, c, err))
        return false;
    if (!nw_progress(2, 3))
        return nw_fail_cancelled(err);
    return nw_calibrate_spread(grey, facts->slice_thickness_mm, c, err);
}

bool nw_calibrate(const struct nw_scan *scan, struct nw_calibration *out, struct nw_err *err)
{
    nw_stage("标定灰度、噪声和清晰度", "calibrating grey values, noise and sharpness");
    struct nw_grey grey = {0};
    if (!nw_grey_init(&grey, &scan->volume, err))
        return false;
    struct nw_calibration c = {0};
    const bool ok = calibrate(&grey, &scan->facts, &c, err);
    nw_grey_release(&grey);
    if (ok)
        *out = c;
    return ok;
}
