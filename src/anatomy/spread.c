/*
 * anatomy/spread.c -- the scanner's point spread from the skin: air on one side, tissue on
 * the other, everywhere around the body and in many directions. Each profile is fitted by an
 * error function; its variance is that of the plane and of the slice axis, mixed by the
 * direction of its normal. After the slanted-edge idea of ISO 12233, in three dimensions.
 */
#include "anatomy/calibrate_priv.h"

#include "core/parallel.h"

enum { LINES = 40, PROFILE = 33, FIT_ROUNDS = 8, FEW = 30 };
static const double EDGE_HU = -500, AIR_MAX_HU = -820, TISSUE_MIN_HU = -250,
                    TISSUE_MAX_HU = 350;

struct profile {
    bool good;
    double variance_mm2, nz2, overshoot;
};

struct prober {
    const struct nw_grey *grey;
    struct nw_grid_inverse inv;
    nw_vec3 slice_axis, spacing;
    double noise_hu;
};

static double sample_hu(const struct prober *p, nw_vec3 at_mm)
{
    const struct nw_grey *g = p->grey;
    return g->scale * nw_grey_sample(g, nw_grid_index(&p->inv, at_mm)) + g->shift;
}

static bool inside_grid(const struct prober *p, nw_vec3 at_mm)
{
    const nw_ijk q = nw_grid_index(&p->inv, at_mm);
    const size_t *d = p->grey->grid.dim;
    return q.i >= 0 && q.j >= 0 && q.k >= 0 && q.i <= (double)d[0] - 1 &&
           q.j <= (double)d[1] - 1 && q.k <= (double)d[2] - 1;
}

/* Spacing along a direction: what a profile there has to step over. */
static double spacing_along(const struct prober *p, nw_vec3 n)
{
    const struct nw_grid *g = &p->grey->grid;
    double sum = 0;
    for (int a = 0; a < 3; a++) {
        const double h = nw_length(g->step_mm[a]), c = nw_dot(n, g->step_mm[a]);
        sum += c * c / (h * h) * h * h;
    }
    return sqrt(sum);
}

static nw_vec3 outward(const struct prober *p, nw_vec3 at_mm)
{
    const struct nw_grid *g = &p->grey->grid;
    nw_vec3 index_gradient, n = {0, 0, 0};
    double d[3];
    for (int a = 0; a < 3; a++)
        d[a] = sample_hu(p, nw_sub(at_mm, g->step_mm[a])) -
               sample_hu(p, nw_add(at_mm, g->step_mm[a]));
    index_gradient = nw_v3(d[0], d[1], d[2]);
    /* mm gradient = inverse transposed times index gradient */
    n = nw_mul(nw_transpose(p->inv.per_mm), index_gradient);
    return nw_unit(n);
}

struct plateau {
    double mean, range;
};

static struct plateau plateau_of(const double *y, size_t first, size_t end)
{
    double sum = 0, lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t n = first; n < end; n++) {
        sum += y[n];
        lo = fmin(lo, y[n]);
        hi = fmax(hi, y[n]);
    }
    const struct plateau p = {sum / (double)(end - first), hi - lo};
    return p;
}

/* Gauss-Newton for where the edge is and how wide; false when it does not settle. */
static bool fit_edge(const double *s, const double *e, double *sigma, double *residual)
{
    double at = 0, width = *sigma;
    for (int round = 0; round < FIT_ROUNDS; round++) {
        double aa = 0, ab = 0, bb = 0, ra = 0, rb = 0;
        for (size_t n = 0; n < PROFILE; n++) {
            const double u = (at - s[n]) / width;
            const double r = e[n] - 0.5 * (1 + nw_erf(u * 0.70710678118654752440));
            const double bell = 0.39894228040143267794 * nw_exp(-u * u / 2) / width;
            const double da = bell, db = -bell * u;
            aa += da * da;
            ab += da * db;
            bb += db * db;
            ra += da * r;
            rb += db * r;
        }
        const double det = aa * bb - ab * ab;
        if (!(det > 0))
            return false;
        at += (ra * bb - rb * ab) / det;
        width += fmin(fmax((rb * aa - ra * ab) / det, -width / 2), width);
        if (!(fabs(at) < s[PROFILE - 1] && width < s[PROFILE - 1]))
            return false;
    }
    double sum = 0;
    for (size_t n = 0; n < PROFILE; n++) {
        const double r =
            e[n] - 0.5 * (1 + nw_erf((at - s[n]) / width * 0.70710678118654752440));
        sum += r * r;
    }
    *sigma = width;
    *residual = sqrt(sum / PROFILE);
    return true;
}

static struct profile probe(const struct prober *p, nw_vec3 at_mm)
{
    struct profile out = {0};
    const nw_vec3 n = outward(p, at_mm);
    const double h = spacing_along(p, n), reach = fmax(2.5, 3.2 * h);
    if (!inside_grid(p, nw_along(at_mm, n, reach)) ||
        !inside_grid(p, nw_along(at_mm, n, -reach)))
        return out;
    double s[PROFILE], y[PROFILE], e[PROFILE];
    for (size_t k = 0; k < PROFILE; k++) {
        s[k] = reach * ((double)k - (PROFILE - 1) / 2) / ((PROFILE - 1) / 2);
        y[k] = sample_hu(p, nw_along(at_mm, n, s[k]));
    }
    const struct plateau in = plateau_of(y, 0, 8), air = plateau_of(y, PROFILE - 8, PROFILE);
    const double slack = 80 + 5 * p->noise_hu;
    if (!(air.mean < AIR_MAX_HU && air.range < slack && in.mean > TISSUE_MIN_HU &&
          in.mean < TISSUE_MAX_HU && in.range < slack))
        return out;
    double peak = -HUGE_VAL, residual = 0, sigma = h;
    for (size_t k = 0; k < PROFILE; k++) {
        e[k] = (y[k] - air.mean) / (in.mean - air.mean);
        peak = fmax(peak, k > 6 ? e[k] : 0);
    }
    if (!fit_edge(s, e, &sigma, &residual) || residual > 0.03 + p->noise_hu / 700)
        return out;
    const double nz = nw_dot(n, p->slice_axis);
    out.good = true;
    out.nz2 = nz * nz;
    out.variance_mm2 = sigma * sigma - h * h / 6; /* interpolation is a triangle's blur */
    out.overshoot = 100 * (peak - 1);
    return out;
}

/* The first place from each end of a line of voxels where air becomes tissue. */
static void probe_line(const struct prober *p, size_t first, size_t stride, size_t len,
                       nw_vec3 origin_mm, nw_vec3 step_mm, struct profile out[2])
{
    const struct nw_grey *g = p->grey;
    const int edge = nw_grey_stored(g, EDGE_HU);
    for (int end = 0; end < 2; end++) {
        for (size_t n = 0; n + 1 < len; n++) {
            const size_t at = end ? len - 1 - n : n, next = end ? at - 1 : at + 1;
            const int a = g->v[first + stride * at], b = g->v[first + stride * next];
            if (b < edge)
                continue;
            if (a < edge) {
                const double f = (double)(edge - a) / (double)(b - a);
                const double x = (double)at + (end ? -f : f);
                out[end] = probe(p, nw_along(origin_mm, step_mm, x));
            }
            break;
        }
    }
}

static void probe_all(const struct prober *p, struct profile *out)
{
    const struct nw_grid *g = &p->grey->grid;
    const size_t stride[3] = {1, g->dim[0], g->dim[0] * g->dim[1]};
    NW_PARALLEL_FOR_UNEVEN
    for (size_t u = 0; u < 3 * LINES; u++)
        for (size_t v = 0; v < LINES; v++) {
            const size_t axis = u / LINES, b = (axis + 1) % 3, c = (axis + 2) % 3;
            const size_t y = g->dim[b] * (2 * (u % LINES) + 1) / (2 * LINES),
                         z = g->dim[c] * (2 * v + 1) / (2 * LINES);
            const nw_vec3 origin = nw_along(nw_along(g->origin_mm, g->step_mm[b], (double)y),
                                            g->step_mm[c], (double)z);
            probe_line(p, stride[b] * y + stride[c] * z, stride[axis], g->dim[axis], origin,
                       g->step_mm[axis], out + 2 * (u * LINES + v));
        }
}

/* The middle variance among profiles whose normals lie in a range of directions; what the
 * plane contributes is taken off and the rest is scaled to the slice axis. */
static size_t middle(const struct profile *p, size_t count, double nz2_lo, double nz2_hi,
                     double plane_mm2, double *scratch, double *out)
{
    size_t used = 0;
    for (size_t n = 0; n < count; n++)
        if (p[n].good && p[n].nz2 >= nz2_lo && p[n].nz2 <= nz2_hi)
            scratch[used++] = plane_mm2 < 0
                                  ? p[n].variance_mm2
                                  : (p[n].variance_mm2 - plane_mm2 * (1 - p[n].nz2)) / p[n].nz2;
    *out = nw_percentile(scratch, used, 0.5);
    return used;
}

static void resolve(const struct profile *p, size_t count, double *scratch, double thickness_mm,
                    nw_vec3 spacing, struct nw_calibration *cal)
{
    /* Without edges: a voxel's width as full width at half maximum, the slice as a box. */
    const double thick = thickness_mm > 0 ? thickness_mm : spacing.z;
    const double floor_xy = spacing.x * spacing.y / 12, floor_z = thick * thick / 24;
    double xy2 = spacing.x * spacing.y * 0.55, z2 = 0.55 * thick * thick, m;
    cal->edges_used = 0;
    size_t used = middle(p, count, 0, 0.1, -1, scratch, &m);
    if (used >= FEW) {
        xy2 = fmax(m, floor_xy);
        z2 = xy2 + thick * thick / 12; /* the same optics, and the slice's own box */
        cal->edges_used = used;
        used = middle(p, count, 0.6, 1, xy2, scratch, &m);
        if (used < FEW)
            used = middle(p, count, 0.25, 1, xy2, scratch, &m);
        if (used >= FEW) {
            z2 = fmax(m, floor_z);
            cal->edges_used += used;
        }
    }
    cal->sigma_xy_mm = sqrt(xy2);
    cal->sigma_z_mm = sqrt(z2);
    used = 0;
    for (size_t n = 0; n < count; n++)
        if (p[n].good)
            scratch[used++] = p[n].overshoot;
    cal->overshoot_percent = used ? fmax(nw_percentile(scratch, used, 0.5), 0) : 0;
}

bool nw_calibrate_spread(const struct nw_grey *grey, double thickness_mm,
                         struct nw_calibration *cal, struct nw_err *err)
{
    const size_t count = (size_t)3 * LINES * LINES * 2;
    NW_AUTOFREE struct profile *profile = NW_ALLOC(struct profile, count, err);
    NW_AUTOFREE double *scratch = profile ? NW_ALLOC(double, count, err) : NULL;
    if (!scratch)
        return false;
    const nw_vec3 a = grey->grid.step_mm[0], b = grey->grid.step_mm[1];
    const struct prober p = {grey, nw_grid_invert(&grey->grid), nw_unit(nw_cross(a, b)),
                             nw_grid_spacing(&grey->grid), cal->noise_hu};
    if (cal->scale == NW_GREY_HU)
        probe_all(&p, profile);
    resolve(profile, count, scratch, thickness_mm, p.spacing, cal);
    return true;
}
