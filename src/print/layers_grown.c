/* print/layers_grown.c -- layers whose faces are moved outward or inward in the layer, as a
 * profile's compensation asks; see layers.h. The place of an edge within a pixel is taken from
 * its coverage (after Gustavson and Strand 2011, anti-aliased Euclidean distances). */
#include "print/layers_priv.h"

#include <string.h>

enum { SIDE_MOST = 64 }; /* pixels that an edge may move */

struct grown {
    struct nw_layers from;
    size_t lo[2], hi[2];
    double by_mm, first_mm;
    double pixel_mm;
    ptrdiff_t reach[2]; /* pixels around each that can matter */
};

struct sheet {
    const uint8_t *pixel; /* rows lo <= j < hi of the window that is grown */
    size_t lo, hi, width;
    bool inward; /* what is not covered grows */
};

static uint8_t covered(const struct sheet *s, ptrdiff_t i, ptrdiff_t j)
{
    uint8_t c = 0;
    if (i >= 0 && i < (ptrdiff_t)s->width && j >= (ptrdiff_t)s->lo && j < (ptrdiff_t)s->hi)
        c = s->pixel[((size_t)j - s->lo) * s->width + (size_t)i];
    return s->inward ? (uint8_t)(255 - c) : c;
}

/* Pixels from a pixel's middle to the edge: the least over those around that are covered. */
static double edge_distance(const struct grown *g, const struct sheet *s, ptrdiff_t i,
                            ptrdiff_t j)
{
    double least = INFINITY;
    for (ptrdiff_t dj = -g->reach[1]; dj <= g->reach[1]; dj++)
        for (ptrdiff_t di = -g->reach[0]; di <= g->reach[0]; di++) {
            const uint8_t c = covered(s, i + di, j + dj);
            if (c == 0)
                continue;
            const double x = (double)di * g->from.pixel_mm[0] / g->pixel_mm,
                         y = (double)dj * g->from.pixel_mm[1] / g->pixel_mm;
            least = fmin(least, sqrt(x * x + y * y) + 0.5 - c / 255.0);
        }
    return least;
}

/* Is anything of another coverage within reach? Else nothing changes. */
static bool is_even(const struct grown *g, const struct sheet *s, ptrdiff_t i, ptrdiff_t j)
{
    const uint8_t own = covered(s, i, j);
    for (ptrdiff_t dj = -g->reach[1]; dj <= g->reach[1]; dj++)
        for (ptrdiff_t di = -g->reach[0]; di <= g->reach[0]; di++)
            if (covered(s, i + di, j + dj) != own)
                return false;
    return own == 0 || own == 255;
}

static void grow_row(const struct grown *g, const struct sheet *s, size_t j, double by_pixels,
                     uint8_t *out)
{
    for (size_t i = 0; i < s->width; i++) {
        const ptrdiff_t x = (ptrdiff_t)i, y = (ptrdiff_t)j;
        const uint8_t own = covered(s, x, y);
        uint8_t c = own;
        if (own < 255 && !is_even(g, s, x, y)) {
            const double share = 0.5 + by_pixels - edge_distance(g, s, x, y);
            c = (uint8_t)rint(255 * fmin(fmax(share, own / 255.0), 1));
        }
        out[i] = s->inward ? (uint8_t)(255 - c) : c;
    }
}

/* The window's rows lo <= j < hi, with nothing around the source's own. */
static bool fill_source(const struct grown *g, size_t layer, size_t lo, size_t hi, uint8_t *out,
                        struct nw_err *err)
{
    const struct nw_layers *f = &g->from;
    const size_t from = lo > f->lo[1] ? lo : f->lo[1], to = hi < f->hi[1] ? hi : f->hi[1];
    const size_t width = g->hi[0] - g->lo[0], own = nw_layers_width(f);
    memset(out, 0, width * (hi - lo));
    if (from >= to)
        return true;
    NW_AUTOFREE uint8_t *rows = nw_alloc_unset(own, to - from, err);
    if (!rows || !f->fill(f->user, layer, from, to, rows, err))
        return false;
    for (size_t j = from; j < to; j++)
        memcpy(out + (j - lo) * width + (f->lo[0] - g->lo[0]), rows + (j - from) * own, own);
    return true;
}

static bool fill_grown(const void *user, size_t layer, size_t row_lo, size_t row_hi,
                       uint8_t *out, struct nw_err *err)
{
    const struct grown *g = user;
    const double by = layer == 0 ? g->first_mm : g->by_mm;
    const size_t around = (size_t)g->reach[1], width = g->hi[0] - g->lo[0];
    if (!(fabs(by) > 0))
        return fill_source(g, layer, row_lo, row_hi, out, err);
    const size_t lo = row_lo - g->lo[1] > around ? row_lo - around : g->lo[1];
    const size_t hi = row_hi + around < g->hi[1] ? row_hi + around : g->hi[1];
    NW_AUTOFREE uint8_t *rows = nw_alloc_unset(width, hi - lo, err);
    if (!rows || !fill_source(g, layer, lo, hi, rows, err))
        return false;
    const struct sheet s = {rows, lo, hi, width, by < 0};
    for (size_t j = row_lo; j < row_hi; j++)
        grow_row(g, &s, j, fabs(by) / g->pixel_mm, out + (j - row_lo) * width);
    return true;
}

bool nw_layers_grown(const struct nw_layers *from, const struct nw_compensation *by,
                     const struct nw_machine *machine, struct nw_layers *out,
                     struct nw_err *err)
{
    struct grown g = {.from = *from,
                      .by_mm = by->outward_mm,
                      .first_mm = by->outward_mm - by->first_layer_mm,
                      .pixel_mm = sqrt(from->pixel_mm[0] * from->pixel_mm[1])};
    const double most = fmax(fabs(g.by_mm), fabs(g.first_mm));
    struct nw_layers layers = *from;
    for (int a = 0; a < 2; a++) {
        const double side = ceil(most / from->pixel_mm[a]) + 1;
        if (side > SIDE_MOST)
            return nw_fail(err, NW_ERR_LIMIT,
                           "faces cannot move by %g mm: that is more than %d pixels", most,
                           SIDE_MOST);
        g.reach[a] = (ptrdiff_t)side;
        const size_t bed = (size_t)ceil(machine->build_mm[a] / from->pixel_mm[a] - 1e-9);
        const size_t pad = (size_t)side;
        layers.lo[a] = from->lo[a] > pad ? from->lo[a] - pad : 0;
        layers.hi[a] = from->hi[a] + pad < bed ? from->hi[a] + pad : bed;
        layers.hi[a] = layers.hi[a] > from->hi[a] ? layers.hi[a] : from->hi[a];
    }
    memcpy(g.lo, layers.lo, sizeof g.lo);
    memcpy(g.hi, layers.hi, sizeof g.hi);
    struct grown *kept = NW_ALLOC(struct grown, 1, err);
    if (!kept)
        return false;
    *kept = g;
    layers.user = kept;
    layers.fill = fill_grown;
    layers.free_user = nw_free;
    *out = layers;
    return true;
}
