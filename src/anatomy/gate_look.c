/* anatomy/gate_look.c -- see gate_priv.h. */
#include "anatomy/gate_priv.h"

#include <stdlib.h>

#include "core/mem.h"
#include "core/parallel.h"

static const double BONE_HU = 200, BODY_HU = -300, AIR_HU = -700;
static const double CONTRAST_MIN_HU = 110, CONTRAST_MAX_HU = 700, BLOCK_MM = 4;
static const double LUNG_MIN_HU = -950, LUNG_MAX_HU = -600;
/* Differences between slices are taken of what lies between fat and dense tissue, so that
 * neither air nor metal decides. */
static const double CLIP_MIN_HU = -300, CLIP_MAX_HU = 300;
static const double JUMP_SPREADS = 8, JUMP_HU = 2;

enum { JUMP_WINDOW = 5, LUNG_SLICES = 24, HISTOGRAM = 600 };

static double grey(const struct nw_volume *v, size_t index)
{
    return v->type == NW_VOXEL_I16 ? v->i16[index] : nw_volume_value(v, index);
}

static double clipped(double v, double min, double max)
{
    return fmin(fmax(v, min), max);
}

/* ---- bone ---- */

/* Of every second voxel, `count` of them; as for the others of this kind, int16 scans have a
 * loop of their own for the vector units. Sums of whole numbers are exact either way. */
NW_CLONES static uint32_t row_bone(const int16_t *row, size_t count)
{
    uint32_t above = 0;
    for (size_t i = 0; i < count; i++)
        above += row[2 * i] > (int)BONE_HU;
    return above;
}

static double slice_bone(const struct nw_volume *v, size_t k)
{
    const size_t *dim = v->grid.dim;
    size_t count = 0;
    for (size_t j = 0; j < dim[1]; j += 2) {
        const size_t first = nw_grid_at(&v->grid, 0, j, k);
        if (v->type == NW_VOXEL_I16)
            count += row_bone(v->i16 + first, (dim[0] + 1) / 2);
        else
            for (size_t i = 0; i < dim[0]; i += 2)
                count += grey(v, first + i) > BONE_HU;
    }
    return (double)count * 4 * fabs(nw_grid_voxel_mm3(&v->grid));
}

/* ---- truncation ---- */

/* What scanners put outside a round field of view: the value of all four corners. */
static bool slice_pad(const struct nw_volume *v, size_t k, double *pad)
{
    const size_t nx = v->grid.dim[0] - 1, ny = v->grid.dim[1] - 1;
    const double a = grey(v, nw_grid_at(&v->grid, 0, 0, k)),
                 b = grey(v, nw_grid_at(&v->grid, nx, 0, k)),
                 c = grey(v, nw_grid_at(&v->grid, 0, ny, k)),
                 d = grey(v, nw_grid_at(&v->grid, nx, ny, k));
    *pad = a;
    return a == b && a == c && a == d && a < -900;
}

/* Longest stretch of body along a line of voxels. */
static size_t body_run(const struct nw_volume *v, size_t first, size_t stride, size_t count)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < count; i++) {
        run = grey(v, first + i * stride) > BODY_HU ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Longest stretch of rows in which body stands right beside the padding: what a scanner sees
 * fades into air over a few voxels. */
static size_t padded_run(const struct nw_volume *v, size_t k, double pad)
{
    size_t longest = 0, run = 0;
    for (size_t j = 0; j < v->grid.dim[1]; j++) {
        bool met = false;
        for (size_t i = 1; i < v->grid.dim[0]; i++) {
            const double a = grey(v, nw_grid_at(&v->grid, i - 1, j, k)),
                         b = grey(v, nw_grid_at(&v->grid, i, j, k));
            met = met || (a == pad && b > BODY_HU) || (b == pad && a > BODY_HU);
        }
        run = met ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Does the body run into the border of the picture, or of the round field inside it, along
 * more than 20 mm? (The table is thinner.) */
static bool slice_is_truncated(const struct nw_volume *v, size_t k)
{
    const size_t nx = v->grid.dim[0], ny = v->grid.dim[1], first = k * nx * ny;
    const nw_vec3 s = nw_grid_spacing(&v->grid);
    const double limit_mm = 20;
    const size_t flat = (size_t)fmax((double)body_run(v, first, 1, nx),
                                     (double)body_run(v, first + nx * (ny - 1), 1, nx)),
                 steep = (size_t)fmax((double)body_run(v, first, nx, ny),
                                      (double)body_run(v, first + nx - 1, nx, ny));
    double pad;
    if ((double)flat * s.x > limit_mm || (double)steep * s.y > limit_mm)
        return true;
    return slice_pad(v, k, &pad) && (double)padded_run(v, k, pad) * s.y > limit_mm;
}

/* ---- contrast ---- */

struct block_sums {
    double sum, square;
};

static struct block_sums sum_block(const struct nw_volume *v, size_t first,
                                   const size_t block[3])
{
    struct block_sums s = {0, 0};
    for (size_t z = 0; z < block[2]; z++)
        for (size_t y = 0; y < block[1]; y++) {
            const size_t at = first + v->grid.dim[0] * (y + v->grid.dim[1] * z);
            for (size_t x = 0; x < block[0]; x++) {
                const double g = grey(v, at + x);
                s.sum += g;
                s.square += g * g;
            }
        }
    return s;
}

static struct block_sums sum_block_i16(const struct nw_volume *v, size_t first,
                                       const size_t block[3])
{
    int64_t sum = 0, square = 0;
    for (size_t z = 0; z < block[2]; z++)
        for (size_t y = 0; y < block[1]; y++) {
            const int16_t *row = v->i16 + first + v->grid.dim[0] * (y + v->grid.dim[1] * z);
            for (size_t x = 0; x < block[0]; x++) {
                sum += row[x];
                square += row[x] * row[x];
            }
        }
    return (struct block_sums){(double)sum, (double)square};
}

/* Even blocks of a few mm between 110 and 700 HU: bone is as bright, but never so even. */
static void layer_contrast(const struct nw_volume *v, const struct nw_calibration *cal,
                           const size_t block[3], size_t layer, double *histogram)
{
    const size_t bx = v->grid.dim[0] / block[0], by = v->grid.dim[1] / block[1];
    const double n = (double)(block[0] * block[1] * block[2]);
    const double even_hu = fmax(1.3 * cal->noise_hu + 12, 20);
    for (size_t b = 0; b < bx * by; b++) {
        const size_t first =
            nw_grid_at(&v->grid, b % bx * block[0], b / bx * block[1], layer * block[2]);
        const struct block_sums s = v->type == NW_VOXEL_I16 ? sum_block_i16(v, first, block)
                                                            : sum_block(v, first, block);
        const double mean = s.sum / n;
        if (!(mean >= CONTRAST_MIN_HU && mean < CONTRAST_MAX_HU))
            continue;
        if (sqrt(fmax(0, s.square / n - mean * mean)) <= even_hu)
            histogram[(size_t)(mean - CONTRAST_MIN_HU)] += n;
    }
}

static bool look_for_contrast(const struct nw_volume *v, const struct nw_calibration *cal,
                              struct nw_look *out, struct nw_err *err)
{
    const nw_vec3 s = nw_grid_spacing(&v->grid);
    const size_t block[3] = {(size_t)fmax(2, rint(BLOCK_MM / s.x)),
                             (size_t)fmax(2, rint(BLOCK_MM / s.y)),
                             (size_t)fmax(2, rint(BLOCK_MM / s.z))};
    const size_t layers = v->grid.dim[2] / block[2];
    NW_AUTOFREE double *histogram = NW_ALLOC(double, (layers + 1) * HISTOGRAM, err);
    if (!histogram)
        return false;
    NW_PARALLEL_FOR
    for (int l = 0; l < (int)layers; l++)
        layer_contrast(v, cal, block, (size_t)l, histogram + (size_t)(l + 1) * HISTOGRAM);
    double all = 0, below = 0;
    for (size_t l = 1; l <= layers; l++)
        for (size_t h = 0; h < HISTOGRAM; h++)
            histogram[h] += histogram[l * HISTOGRAM + h];
    for (size_t h = 0; h < HISTOGRAM; h++)
        all += histogram[h];
    out->contrast_mm3 = all * fabs(nw_grid_voxel_mm3(&v->grid));
    for (size_t h = 0; h < HISTOGRAM && below < all / 2; h++) {
        below += histogram[h];
        out->contrast_hu = CONTRAST_MIN_HU + (double)h + 0.5;
    }
    return true;
}

/* ---- lungs ---- */

/* Air-like tissue of a slice that the air around the body does not reach. */
static double slice_lung(const struct nw_volume *v, size_t k, uint8_t *seen, uint32_t *queue)
{
    const size_t nx = v->grid.dim[0], ny = v->grid.dim[1], count = nx * ny;
    const nw_vec3 s = nw_grid_spacing(&v->grid);
    size_t head = 0, tail = 0, lung = 0;
    for (size_t p = 0; p < count; p++) {
        const size_t i = p % nx, j = p / nx;
        const bool border = i == 0 || j == 0 || i == nx - 1 || j == ny - 1;
        seen[p] = border && grey(v, k * count + p) < BODY_HU;
        if (seen[p])
            queue[tail++] = (uint32_t)p;
    }
    while (head < tail) {
        const size_t p = queue[head++], i = p % nx, j = p / nx;
        const size_t next[4] = {i ? p - 1 : p, i + 1 < nx ? p + 1 : p, j ? p - nx : p,
                                j + 1 < ny ? p + nx : p};
        for (int n = 0; n < 4; n++)
            if (!seen[next[n]] && grey(v, k * count + next[n]) < BODY_HU) {
                seen[next[n]] = 1;
                queue[tail++] = (uint32_t)next[n];
            }
    }
    for (size_t p = 0; p < count; p++) {
        const double g = grey(v, k * count + p);
        lung += !seen[p] && g > LUNG_MIN_HU && g < LUNG_MAX_HU;
    }
    return (double)lung * s.x * s.y;
}

static bool look_for_lungs(const struct nw_volume *v, struct nw_look *out, struct nw_err *err)
{
    const size_t plane = v->grid.dim[0] * v->grid.dim[1], last = v->grid.dim[2] - 1;
    NW_AUTOFREE uint8_t *seen = NW_ALLOC_UNSET(uint8_t, plane, err);
    NW_AUTOFREE uint32_t *queue = seen ? NW_ALLOC_UNSET(uint32_t, plane, err) : NULL;
    if (!queue)
        return false;
    for (size_t n = 0; n <= LUNG_SLICES; n++) {
        const size_t k = last * n / LUNG_SLICES;
        const double area = slice_lung(v, k, seen, queue);
        out->lung_most_mm2 = fmax(out->lung_most_mm2, area);
        if (n == 0)
            out->lung_first_mm2 = area;
        if (n == LUNG_SLICES)
            out->lung_last_mm2 = area;
    }
    return true;
}

/* ---- motion ---- */

NW_CLONES static uint32_t row_difference(const int16_t *a, const int16_t *b, size_t count)
{
    const int min = (int)CLIP_MIN_HU, max = (int)CLIP_MAX_HU;
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        int x = a[2 * i], y = b[2 * i];
        x = x > min ? x : min;
        x = x < max ? x : max;
        y = y > min ? y : min;
        y = y < max ? y : max;
        sum += (uint32_t)(x > y ? x - y : y - x);
    }
    return sum;
}

static double slice_difference(const struct nw_volume *v, size_t k)
{
    const size_t *dim = v->grid.dim;
    double sum = 0;
    for (size_t j = 0; j < dim[1]; j += 2) {
        const size_t a = nw_grid_at(&v->grid, 0, j, k), b = nw_grid_at(&v->grid, 0, j, k + 1);
        if (v->type == NW_VOXEL_I16)
            sum += row_difference(v->i16 + a, v->i16 + b, (dim[0] + 1) / 2);
        else
            for (size_t i = 0; i < dim[0]; i += 2)
                sum += fabs(clipped(grey(v, a + i), CLIP_MIN_HU, CLIP_MAX_HU) -
                            clipped(grey(v, b + i), CLIP_MIN_HU, CLIP_MAX_HU));
    }
    return sum * 4 / (double)(dim[0] * dim[1]);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median of the differences around place k without k itself, and their median distance to it.
 */
static void usual(const double *d, size_t count, size_t k, double *median, double *spread)
{
    double near[2 * JUMP_WINDOW];
    size_t n = 0;
    for (size_t i = k > JUMP_WINDOW ? k - JUMP_WINDOW : 0; i < count && i <= k + JUMP_WINDOW;
         i++)
        if (i != k)
            near[n++] = d[i];
    qsort(near, n, sizeof *near, by_value);
    *median = n % 2 ? near[n / 2] : (near[n / 2 - 1] + near[n / 2]) / 2;
    for (size_t i = 0; i < n; i++)
        near[i] = fabs(near[i] - *median);
    qsort(near, n, sizeof *near, by_value);
    *spread = near[n / 2];
}

/* A patient who moved between two slices: one pair differs much more than those around it. */
static bool look_for_jumps(const struct nw_volume *v, struct nw_look *out, struct nw_err *err)
{
    const size_t count = v->grid.dim[2] - 1;
    if (count < 2 * JUMP_WINDOW)
        return true;
    NW_AUTOFREE double *d = NW_ALLOC(double, count, err);
    if (!d)
        return false;
    NW_PARALLEL_FOR
    for (int k = 0; k < (int)count; k++)
        d[k] = slice_difference(v, (size_t)k);
    double worst = JUMP_SPREADS;
    for (size_t k = 1; k + 1 < count; k++) {
        double median, spread;
        usual(d, count, k, &median, &spread);
        const double more = d[k] - median, score = more / (1.4826 * spread + 0.1);
        const bool alone = fmax(d[k - 1], d[k + 1]) - median < more / 2;
        if (alone && more > JUMP_HU && score > worst) {
            worst = score;
            out->jump_slice = k + 1;
            out->jump_ratio = d[k] / median;
        }
    }
    return true;
}

/* Walking in from the border at row j, is the skin there twice: two steps up, with nothing
 * between that goes down again (as cloth and the table do)? -1: no skin met. */
static int skin_is_doubled(const struct nw_volume *v, double noise_hu, size_t j, size_t k,
                           bool back)
{
    enum { WINDOW = 64 };
    const size_t nx = v->grid.dim[0];
    const double step_mm = nw_grid_spacing(&v->grid).x;
    const size_t before = (size_t)fmin(WINDOW - 24, 12 / step_mm), after = 20;
    double p[WINDOW] = {0};
    size_t first = 0;
    while (first < nx &&
           grey(v, nw_grid_at(&v->grid, back ? nx - 1 - first : first, j, k)) < BODY_HU)
        first++;
    if (first < before || first + after >= nx)
        return -1;
    for (size_t i = 0; i < before + after; i++) {
        const size_t x = first - before + i;
        p[i] = clipped(grey(v, nw_grid_at(&v->grid, back ? nx - 1 - x : x, j, k)), -1000, 0);
    }
    if (p[0] > AIR_HU || p[before + after - 1] < -200)
        return -1;
    size_t main = 0;
    for (size_t i = 1; i + 1 < before + after; i++)
        main = p[i + 1] - p[i] > p[main + 1] - p[main] ? i : main;
    const double big = p[main + 1] - p[main];
    for (size_t i = 0; i + 1 < before + after; i++) {
        const double small = p[i + 1] - p[i];
        const size_t apart = i > main ? i - main : main - i;
        if ((double)apart * step_mm < 1.5 || apart < 4 || small < 0.35 * big ||
            small < 5 * noise_hu)
            continue;
        double low = small;
        const size_t from = i < main ? i : main, to = i < main ? main : i;
        for (size_t m = from + 1; m < to; m++)
            low = fmin(low, p[m + 1] - p[m]);
        if (low < 0.5 * small && low > -5 * noise_hu - 20)
            return 1;
    }
    return 0;
}

static void look_for_doubles(const struct nw_volume *v, const struct nw_calibration *cal,
                             struct nw_look *out)
{
    size_t doubled = 0;
    const size_t rows = v->grid.dim[1], slices = v->grid.dim[2];
    const size_t every = rows / 64 + 1, every_slice = slices / 48 + 1;
    for (size_t k = 0; k < slices; k += every_slice)
        for (size_t j = 0; j < rows; j += every)
            for (int side = 0; side < 2; side++) {
                const int found = skin_is_doubled(v, cal->noise_hu, j, k, side == 1);
                out->edges_seen += found >= 0;
                doubled += found > 0;
            }
    out->doubled_percent =
        out->edges_seen ? 100 * (double)doubled / (double)out->edges_seen : 0;
}

bool nw_look_at(const struct nw_scan *scan, const struct nw_calibration *cal,
                struct nw_look *out, struct nw_err *err)
{
    const struct nw_volume *v = &scan->volume;
    const size_t slices = v->grid.dim[2];
    struct nw_look look = {0};
    if (cal->scale == NW_GREY_OTHER) {
        *out = look;
        return true;
    }
    NW_AUTOFREE double *bone = NW_ALLOC(double, slices, err);
    NW_AUTOFREE uint8_t *cut = bone ? NW_ALLOC(uint8_t, slices, err) : NULL;
    if (!cut)
        return false;
    NW_PARALLEL_FOR
    for (int k = 0; k < (int)slices; k++) {
        bone[k] = slice_bone(v, (size_t)k);
        cut[k] = slice_is_truncated(v, (size_t)k);
    }
    for (size_t k = 0; k < slices; k++) {
        look.bone_mm3 += bone[k];
        look.truncated_percent += 100.0 * cut[k] / (double)slices;
    }
    look_for_doubles(v, cal, &look);
    if (!look_for_contrast(v, cal, &look, err) || !look_for_lungs(v, &look, err) ||
        !look_for_jumps(v, &look, err))
        return false;
    *out = look;
    return true;
}
