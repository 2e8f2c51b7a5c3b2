/*
 * anatomy/grey_priv.h -- the scan's voxels as int16 behind one map, whatever type they came
 * in, so that every loop over them is written once. An int16 scan is borrowed as it is; other
 * types are copied (uint8 and uint16 exactly, float rounded to 1/65000 of its range or to
 * whole units where it holds Hounsfield units).
 */
#ifndef NW_ANATOMY_GREY_PRIV_H
#define NW_ANATOMY_GREY_PRIV_H

#include "core/volume.h"

struct nw_grey {
    const int16_t *v;
    int16_t *own; /* NULL when borrowed */
    struct nw_grid grid;
    double scale, shift; /* grey value = scale * v + shift */
};

NW_MUST_CHECK bool nw_grey_init(struct nw_grey *grey, const struct nw_volume *vol,
                                struct nw_err *err);
void nw_grey_release(struct nw_grey *grey);

/* The stored number that stands for a grey value, within int16. */
static inline int nw_grey_stored(const struct nw_grey *g, double value)
{
    const double x = rint((value - g->shift) / g->scale);
    return x < -32768 ? -32768 : x > 32767 ? 32767 : (int)x;
}

static inline size_t nw_grey_cell(double at, size_t dim, double *frac)
{
    const double last = (double)dim - 1;
    const double x = at > 0 ? (at < last ? at : last) : 0;
    size_t i = (size_t)x;
    if (i + 1 >= dim)
        i = dim > 1 ? dim - 2 : 0;
    *frac = x - (double)i;
    return i;
}

/* Trilinear, in stored units, clamped to the grid. */
static inline double nw_grey_sample(const struct nw_grey *g, nw_ijk at)
{
    const size_t *d = g->grid.dim;
    double f, u, w;
    const size_t i = nw_grey_cell(at.i, d[0], &f), j = nw_grey_cell(at.j, d[1], &u),
                 k = nw_grey_cell(at.k, d[2], &w);
    const size_t di = d[0] > 1, dj = d[1] > 1 ? d[0] : 0, dk = d[2] > 1 ? d[0] * d[1] : 0;
    const int16_t *p = g->v + i + d[0] * (j + d[1] * k);
    const double a = p[0] + f * (p[di] - p[0]), b = p[dj] + f * (p[dj + di] - p[dj]);
    const int16_t *q = p + dk;
    const double c = q[0] + f * (q[di] - q[0]), e = q[dj] + f * (q[dj + di] - q[dj]);
    const double lower = a + u * (b - a), upper = c + u * (e - c);
    return lower + w * (upper - lower);
}

/* Samples out[n] at centre + step * (n - half), n = 0..2 * half, to the same bits as one by one;
 * half is at most NW_GREY_LINE_HALF. */
enum { NW_GREY_LINE_HALF = 12 };
void nw_grey_sample_line(const struct nw_grey *g, nw_ijk centre, nw_ijk step, int half,
                         double *out);

#endif
