/* io/shift.c -- planes shifted by fractions of a voxel: see series_priv.h. */
#include <string.h>

#include "core/parallel.h"
#include "io/series_priv.h"

enum { HALF = 4, TAPS = 2 * HALF };
static const double WHOLE_SLACK = 1e-4; /* of a voxel: nearer to a whole one is a copy */

/* sinc windowed by a wider sinc (Lanczos 1964), made to sum to 1 so that a plain stays plain.
 */
static void make_weights(double frac, float weight[TAPS])
{
    double w[TAPS], sum = 0;
    for (int t = 0; t < TAPS; t++) {
        const double x = NW_PI * (frac - (double)(t - HALF + 1));
        w[t] = fabs(x) < 1e-9 ? 1 : HALF * nw_sin(x) * nw_sin(x / HALF) / (x * x);
        sum += w[t];
    }
    for (int t = 0; t < TAPS; t++)
        weight[t] = (float)(w[t] / sum);
}

/* One axis: output n takes from source position n + base + frac. */
struct lean {
    ptrdiff_t base;
    bool whole;
    float weight[TAPS];
};

static struct lean make_lean(double at)
{
    struct lean l = {.base = (ptrdiff_t)floor(-at)};
    double frac = -at - (double)l.base;
    if (frac > 1 - WHOLE_SLACK) {
        l.base++;
        frac = 0;
    }
    l.whole = frac < WHOLE_SLACK;
    make_weights(frac, l.weight);
    return l;
}

static size_t clamped(ptrdiff_t i, size_t dim)
{
    return i < 0 ? 0 : (size_t)i >= dim ? dim - 1 : (size_t)i;
}

/* Does the source reach here? A whole shift ends at the last pixel, others half one further. */
static bool reaches(const struct lean *l, ptrdiff_t n, size_t dim)
{
    const ptrdiff_t i = n + l->base;
    return i >= (l->whole ? 0 : -1) && i < (ptrdiff_t)dim;
}

static void shift_row(const float *src, size_t cols, const struct lean *l, float fill,
                      float *dst, size_t dst_cols)
{
    for (size_t n = 0; n < dst_cols; n++) {
        const ptrdiff_t i = (ptrdiff_t)n + l->base;
        if (!reaches(l, (ptrdiff_t)n, cols)) {
            dst[n] = fill;
        } else if (l->whole) {
            dst[n] = src[i];
        } else {
            float sum = 0;
            for (int t = 0; t < TAPS; t++)
                sum += l->weight[t] * src[clamped(i + t - HALF + 1, cols)];
            dst[n] = sum;
        }
    }
}

NW_CLONES
static void add_row(const float *src, float weight, float *dst, size_t count)
{
    for (size_t n = 0; n < count; n++)
        dst[n] += weight * src[n];
}

static void blend_rows(const float *rows_of, size_t rows, size_t cols, ptrdiff_t at,
                       const struct lean *l, float *dst)
{
    if (l->whole) {
        memcpy(dst, rows_of + (size_t)at * cols, cols * sizeof *dst);
        return;
    }
    memset(dst, 0, cols * sizeof *dst);
    for (int t = 0; t < TAPS; t++)
        add_row(rows_of + clamped(at + t - HALF + 1, rows) * cols, l->weight[t], dst, cols);
}

bool nw_plane_shift(const float *src, size_t cols, size_t rows, double column, double row,
                    float fill, float *dst, size_t dst_cols, size_t dst_rows,
                    struct nw_err *err)
{
    const struct lean across = make_lean(column), down = make_lean(row);
    NW_AUTOFREE float *wide = NW_ALLOC_UNSET(float, rows *dst_cols, err);
    if (!wide)
        return false;
    for (size_t j = 0; j < rows; j++)
        shift_row(src + j * cols, cols, &across, fill, wide + j * dst_cols, dst_cols);
    for (size_t j = 0; j < dst_rows; j++) {
        float *out = dst + j * dst_cols;
        if (reaches(&down, (ptrdiff_t)j, rows))
            blend_rows(wide, rows, dst_cols, (ptrdiff_t)j + down.base, &down, out);
        else
            for (size_t n = 0; n < dst_cols; n++)
                out[n] = fill;
    }
    return true;
}
