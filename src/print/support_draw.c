/* print/support_draw.c -- rods in the layers, beside the part; see support.h. */
#include <string.h>

#include "print/support.h"

struct supported {
    const struct nw_layers *part;
    const struct nw_supports *supports;
    size_t lo[2], hi[2];
    double pixel_mm[2], layer_mm;
};

/* How far a place is outside a rod; negative inside. */
static double rod_value(const struct nw_rod *rod, nw_vec3 p)
{
    const nw_vec3 along = nw_sub(rod->b, rod->a), to = nw_sub(p, rod->a);
    const double length2 = nw_length2(along);
    const double t = length2 > 0 ? fmin(fmax(nw_dot(to, along) / length2, 0), 1) : 0;
    return nw_length(nw_sub(to, nw_scale(along, t))) -
           (rod->radius_a + t * (rod->radius_b - rod->radius_a));
}

/* The pixels of a rod in a layer; false when it has none there. */
static bool rod_window(const struct supported *s, const struct nw_rod *rod, double z,
                       size_t lo[2], size_t hi[2])
{
    const double radius = fmax(rod->radius_a, rod->radius_b);
    const double low = fmin(rod->a.z, rod->b.z), high = fmax(rod->a.z, rod->b.z);
    /* upright ones end flat: tips should not go deep, nor feet stand high */
    const bool upright = rod->a.x == rod->b.x && rod->a.y == rod->b.y;
    const double end = upright ? 0 : radius;
    if (z < low - end || z > high + end)
        return false;
    const double from[2] = {fmin(rod->a.x, rod->b.x), fmin(rod->a.y, rod->b.y)};
    const double to[2] = {fmax(rod->a.x, rod->b.x), fmax(rod->a.y, rod->b.y)};
    for (int a = 0; a < 2; a++) {
        const double first = floor((from[a] - radius) / s->pixel_mm[a]);
        const double last = ceil((to[a] + radius) / s->pixel_mm[a]);
        lo[a] = (size_t)fmin(fmax(first, (double)lo[a]), (double)hi[a]);
        hi[a] = (size_t)fmax(fmin(last, (double)hi[a]), (double)lo[a]);
    }
    return lo[0] < hi[0] && lo[1] < hi[1];
}

static void corner_values(const struct supported *s, const struct nw_rod *rod, size_t lo,
                          size_t hi, size_t j, double z, double *value)
{
    for (size_t i = lo; i <= hi; i++)
        value[i - lo] =
            rod_value(rod, nw_v3((double)i * s->pixel_mm[0], (double)j * s->pixel_mm[1], z));
}

/* A row of pixels by the values at their corners above and below; what is there stays. */
static void cover_row(const double *above, const double *below, size_t pixels, uint8_t *out)
{
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t c = nw_corner_coverage(above[i], above[i + 1], below[i], below[i + 1]);
        out[i] = c > out[i] ? c : out[i];
    }
}

/* `two` holds two rows of corners. */
static void draw_rod(const struct supported *s, const struct nw_rod *rod, double z,
                     const size_t rows[2], uint8_t *out, double *two)
{
    size_t lo[2] = {s->lo[0], rows[0]}, hi[2] = {s->hi[0], rows[1]};
    if (!rod_window(s, rod, z, lo, hi))
        return;
    const size_t width = s->hi[0] - s->lo[0];
    double *above = two, *below = two + width + 1;
    corner_values(s, rod, lo[0], hi[0], lo[1], z, above);
    for (size_t j = lo[1]; j < hi[1]; j++) {
        corner_values(s, rod, lo[0], hi[0], j + 1, z, below);
        cover_row(above, below, hi[0] - lo[0],
                  out + (j - rows[0]) * width + (lo[0] - s->lo[0]));
        double *const swap = above;
        above = below;
        below = swap;
    }
}

/* Distance beyond the plate; negative on it. */
static double raft_value(const struct nw_supports *p, double x, double y)
{
    double inside = -INFINITY, outside = INFINITY;
    for (size_t n = 0; n < p->raft_count; n++) {
        const double *a = p->raft[n], *b = p->raft[(n + 1) % p->raft_count];
        const double ux = b[0] - a[0], uy = b[1] - a[1], px = x - a[0], py = y - a[1];
        const double length2 = ux * ux + uy * uy;
        const double t = length2 > 0 ? fmin(fmax((px * ux + py * uy) / length2, 0), 1) : 0;
        const double dx = px - t * ux, dy = py - t * uy;
        outside = fmin(outside, dx * dx + dy * dy);
        inside = fmax(inside, px * uy - py * ux); /* above 0: right of this side */
    }
    const double away = sqrt(outside);
    return (inside < 0 ? -away : away) - p->raft_margin_mm;
}

static void draw_raft(const struct supported *s, const size_t rows[2], uint8_t *out,
                      double *two)
{
    const struct nw_supports *p = s->supports;
    const size_t width = s->hi[0] - s->lo[0];
    double *above = two, *below = two + width + 1;
    for (size_t j = rows[0]; j <= rows[1]; j++) {
        for (size_t i = 0; i <= width; i++)
            below[i] = raft_value(p, (double)(s->lo[0] + i) * s->pixel_mm[0],
                                  (double)j * s->pixel_mm[1]);
        if (j > rows[0])
            cover_row(above, below, width, out + (j - rows[0] - 1) * width);
        double *const swap = above;
        above = below;
        below = swap;
    }
}

static bool fill_part(const struct supported *s, size_t layer, const size_t rows[2],
                      uint8_t *out, struct nw_err *err)
{
    const struct nw_layers *p = s->part;
    const size_t lo = rows[0] > p->lo[1] ? rows[0] : p->lo[1];
    const size_t hi = rows[1] < p->hi[1] ? rows[1] : p->hi[1];
    const size_t width = s->hi[0] - s->lo[0], own = nw_layers_width(p);
    if (lo >= hi)
        return true;
    NW_AUTOFREE uint8_t *buffer = nw_alloc_unset(own, hi - lo, err);
    if (!buffer || !p->fill(p->user, layer, lo, hi, buffer, err))
        return false;
    for (size_t j = lo; j < hi; j++)
        memcpy(out + (j - rows[0]) * width + (p->lo[0] - s->lo[0]), buffer + (j - lo) * own,
               own);
    return true;
}

static bool fill_supported(const void *user, size_t layer, size_t row_lo, size_t row_hi,
                           uint8_t *out, struct nw_err *err)
{
    const struct supported *s = user;
    const size_t rows[2] = {row_lo, row_hi}, width = s->hi[0] - s->lo[0];
    const double z = ((double)layer + 0.5) * s->layer_mm;
    NW_AUTOFREE double *two = NW_ALLOC_UNSET(double, 2 * (width + 1), err);
    if (!two)
        return false;
    memset(out, 0, width * (row_hi - row_lo));
    if (!fill_part(s, layer, rows, out, err))
        return false;
    for (size_t n = 0; n < s->supports->rod_count; n++)
        draw_rod(s, &s->supports->rod[n], z, rows, out, two);
    if (s->supports->raft_count > 0 && z < s->supports->raft_mm)
        draw_raft(s, rows, out, two);
    return true;
}

bool nw_layers_supported(const struct nw_layers *part, const struct nw_supports *supports,
                         const struct nw_machine *machine, struct nw_layers *out,
                         struct nw_err *err)
{
    struct nw_layers layers = *part;
    struct supported *s = NW_ALLOC(struct supported, 1, err);
    if (!s)
        return false;
    for (size_t n = 0; n < supports->rod_count; n++) {
        const struct nw_rod *r = &supports->rod[n];
        const double radius = fmax(fmax(r->radius_a, r->radius_b), supports->raft_margin_mm);
        const double lo[2] = {fmin(r->a.x, r->b.x) - radius, fmin(r->a.y, r->b.y) - radius};
        const double hi[2] = {fmax(r->a.x, r->b.x) + radius, fmax(r->a.y, r->b.y) + radius};
        for (int a = 0; a < 2; a++) {
            const double most = ceil(machine->build_mm[a] / part->pixel_mm[a] - 1e-9);
            const double first = fmax(0, floor(lo[a] / part->pixel_mm[a]));
            const double last = fmin(most, ceil(hi[a] / part->pixel_mm[a]));
            layers.lo[a] = (size_t)fmin((double)layers.lo[a], first);
            layers.hi[a] = (size_t)fmax((double)layers.hi[a], last);
        }
    }
    *s = (struct supported){.part = part, .supports = supports, .layer_mm = part->layer_mm};
    memcpy(s->lo, layers.lo, sizeof s->lo);
    memcpy(s->hi, layers.hi, sizeof s->hi);
    memcpy(s->pixel_mm, layers.pixel_mm, sizeof s->pixel_mm);
    layers.user = s;
    layers.fill = fill_supported;
    layers.free_user = nw_free;
    *out = layers;
    return true;
}
