/* field/tpms.c -- triply periodic minimal surfaces: see lattice.h. */
#include <string.h>

#include "core/parallel.h"
#include "field/ramp_priv.h"

bool nw_ramp_make(const struct nw_field *f, nw_node by, const struct nw_ramp *ramp, double even,
                  struct nw_ramp *out, struct nw_err *err)
{
    *out = ramp_even(even);
    if (by < 0)
        return true;
    if (!nw_field_check_node(f, by, err))
        return false;
    if (!(isfinite(ramp->low) && isfinite(ramp->high) && ramp->low < ramp->high))
        return nw_fail(err, NW_ERR_ARGUMENT, "a grading goes from %g to %g and must rise",
                       ramp->low, ramp->high);
    *out = *ramp;
    return true;
}

struct tpms {
    struct nw_tpms_opts opts;
    struct nw_ramp ramp; /* of the level, or of half the wall in phases */
    double ease;         /* what the value is divided by, since the ramp makes it steeper */
};

/* Lengths inside are phases: 2 pi a cell. */
static const double LEAST_SLOPE = 0.35;  /* a gradient below this counts as this */
static const double REACH = 0.5 * NW_PI; /* distances end here: a quarter of a cell */

/* The sine and cosine of a number of turns; without branches, for many at once. */
static inline void turns(double u, double *sine, double *cosine)
{
    const double whole = u - rint(u), q = rint(4 * whole); /* -2 .. 2 */
    const double x = (4 * whole - q) * (NW_PI / 2), y = x * x;
    const double s =
        x *
        (1 + y * (-1.0 / 6 +
                  y * (1.0 / 120 + y * (-1.0 / 5040 +
                                        y * (1.0 / 362880 + y * (-1.0 / 39916800 +
                                                                 y * (1.0 / 6227020800.0)))))));
    const double c =
        1 +
        y * (-1.0 / 2 +
             y * (1.0 / 24 + y * (-1.0 / 720 +
                                  y * (1.0 / 40320 + y * (-1.0 / 3628800 +
                                                          y * (1.0 / 479001600 +
                                                               y * (-1.0 / 87178291200.0)))))));
    const double flip = q == 0 ? 1 : -1;
    const bool odd = q * q == 1;
    *sine = odd ? q * c : flip * s;
    *cosine = odd ? -q * s : flip * c;
}

/* The function and its gradient by phase. */
struct wave {
    double g, x, y, z;
};

static inline struct wave gyroid(double u, double v, double w)
{
    double sx, cx, sy, cy, sz, cz;
    turns(u, &sx, &cx);
    turns(v, &sy, &cy);
    turns(w, &sz, &cz);
    return (struct wave){sx * cy + sy * cz + sz * cx, cx * cy - sz * sx, cy * cz - sx * sy,
                         cz * cx - sy * sz};
}

static inline struct wave diamond(double u, double v, double w)
{
    double sx, cx, sy, cy, sz, cz;
    turns(u, &sx, &cx);
    turns(v, &sy, &cy);
    turns(w, &sz, &cz);
    const double cc = cy * cz, ss = sy * sz, sc = sy * cz, cs = cy * sz;
    return (struct wave){
        sx * ss + sx * cc + cx * sc + cx * cs, cx * ss + cx * cc - sx * sc - sx * cs,
        sx * cs - sx * sc + cx * cc - cx * ss, sx * sc - sx * cs - cx * ss + cx * cc};
}

static inline struct wave primitive(double u, double v, double w)
{
    double sx, cx, sy, cy, sz, cz;
    turns(u, &sx, &cx);
    turns(v, &sy, &cy);
    turns(w, &sz, &cz);
    return (struct wave){cx + cy + cz, -sx, -sy, -sz};
}

/* A bound on the gradient's length, by Cauchy and Schwarz on each component. */
static double steepest(enum nw_tpms kind)
{
    return kind == NW_TPMS_DIAMOND ? 2.44949 : 1.73206; /* roots of 6 and 3, rounded up */
}

static inline double over_slope(struct wave w, double level)
{
    const double slope = more(sqrt(w.x * w.x + w.y * w.y + w.z * w.z), LEAST_SLOPE);
    return (w.g - level) / slope;
}

/* In phases, from the place in cells: p[] holds the parameter and becomes the value. A sheet
 * looks again from where the first look leads. */
#define TPMS_LOOPS(name)                                                                       \
    NW_CLONES static void name##_skeletal(const double *u, const double *v, const double *w,   \
                                          double *p, size_t n)                                 \
    {                                                                                          \
        for (size_t i = 0; i < n; i++)                                                         \
            p[i] = over_slope(name(u[i], v[i], w[i]), p[i]);                                   \
    }                                                                                          \
    NW_CLONES static void name##_sheet(const double *u, const double *v, const double *w,      \
                                       double *p, size_t n)                                    \
    {                                                                                          \
        for (size_t i = 0; i < n; i++) {                                                       \
            const struct wave a = name(u[i], v[i], w[i]);                                      \
            const double slope = sqrt(a.x * a.x + a.y * a.y + a.z * a.z);                      \
            const double d = less(more(over_slope(a, 0), -REACH), REACH);                      \
            const double s = d / (2 * NW_PI * more(slope, LEAST_SLOPE));                       \
            const double e =                                                                   \
                d + over_slope(name(u[i] - s * a.x, v[i] - s * a.y, w[i] - s * a.z), 0);       \
            p[i] = less(fabs(e), REACH) - p[i];                                                \
        }                                                                                      \
    }

TPMS_LOOPS(gyroid)
TPMS_LOOPS(diamond)
TPMS_LOOPS(primitive)

typedef void loop(const double *u, const double *v, const double *w, double *p, size_t n);

static loop *loop_of(const struct nw_tpms_opts *o)
{
    static loop *const table[NW_TPMS_KINDS][2] = {{gyroid_skeletal, gyroid_sheet},
                                                  {diamond_skeletal, diamond_sheet},
                                                  {primitive_skeletal, primitive_sheet}};
    return table[o->kind][o->sheet];
}

static void tpms_values(const void *own, const double *x, const double *y, const double *z,
                        size_t count, double *value)
{
    const struct tpms *t = own;
    const struct nw_tpms_opts *o = &t->opts;
    const double per_mm = 1 / o->cell_mm, scale = o->cell_mm / (2 * NW_PI) / t->ease;
    double u[BATCH], v[BATCH], w[BATCH], p[BATCH];
    for (size_t first = 0; first < count; first += BATCH) {
        const size_t n = count - first < BATCH ? count - first : BATCH;
        for (size_t i = 0; i < n; i++) {
            const size_t from = first + i;
            u[i] = (x[from] - o->origin_mm.x) * per_mm;
            v[i] = (y[from] - o->origin_mm.y) * per_mm;
            w[i] = (z[from] - o->origin_mm.z) * per_mm;
            p[i] = ramp_at(&t->ramp, value[from]);
        }
        loop_of(o)(u, v, w, p, n);
        for (size_t i = 0; i < n; i++)
            value[first + i] = p[i] * scale;
    }
}

/* By differences: a step of a millionth of a cell either way. */
static struct slope tpms_slope(const void *own, nw_vec3 p, struct slope other)
{
    const struct tpms *t = own;
    const double h = 1e-6 * t->opts.cell_mm, by = 1e-6 * (t->ramp.high - t->ramp.low);
    const double o = other.value, x[] = {p.x, p.x + h, p.x - h, p.x, p.x, p.x, p.x, p.x, p.x},
                 y[] = {p.y, p.y, p.y, p.y + h, p.y - h, p.y, p.y, p.y, p.y},
                 z[] = {p.z, p.z, p.z, p.z, p.z, p.z + h, p.z - h, p.z, p.z};
    double v[] = {o, o, o, o, o, o, o, o + by, o - by};
    tpms_values(own, x, y, z, 9, v);
    const struct slope s = {
        v[0], nw_along(nw_scale(nw_v3(v[1] - v[2], v[3] - v[4], v[5] - v[6]), 0.5 / h),
                       other.grad, (v[7] - v[8]) / (2 * by))};
    return s;
}

static double wave_at(const struct tpms *t, nw_vec3 p)
{
    const nw_vec3 c = nw_scale(nw_sub(p, t->opts.origin_mm), 1 / t->opts.cell_mm);
    switch (t->opts.kind) {
    case NW_TPMS_GYROID:
        return gyroid(c.x, c.y, c.z).g;
    case NW_TPMS_DIAMOND:
        return diamond(c.x, c.y, c.z).g;
    case NW_TPMS_PRIMITIVE:
        return primitive(c.x, c.y, c.z).g;
    }
    NW_UNREACHABLE();
}

static nw_interval tpms_range(const void *own, const struct region *r, nw_interval other)
{
    const struct tpms *t = own;
    const double scale = t->opts.cell_mm / (2 * NW_PI) / t->ease, most = steepest(t->opts.kind);
    const nw_interval p = ramp_range(&t->ramp, other);
    if (!isfinite(r->radius) || !nw_finite3(r->centre))
        return (nw_interval){-HUGE_VAL, HUGE_VAL};
    const double slack = 1e-9 * (1 + nw_length(r->centre) / t->opts.cell_mm);
    if (t->opts.sheet)
        return (nw_interval){(-p.max - slack) * scale, (REACH - p.min + slack) * scale};
    const double g = wave_at(t, r->centre),
                 reach = most * r->radius * (2 * NW_PI) / t->opts.cell_mm + slack;
    const double low = g - reach - p.max, high = g + reach - p.min;
    return (nw_interval){scale * (low < 0 ? low / LEAST_SLOPE : low / most),
                         scale * (high > 0 ? high / LEAST_SLOPE : high / most)};
}

static void tpms_free(void *own)
{
    nw_free(own);
}

static const struct own_kind tpms_kind = {tpms_values, tpms_slope, tpms_range, tpms_free};

static bool check_level(double level, struct nw_err *err)
{
    return (level >= -1.2 && level <= 1.2) ||
           nw_fail(err, NW_ERR_ARGUMENT, "a lattice's level is %g and must be -1.2 to 1.2",
                   level);
}

static bool check_wall(const struct nw_tpms_opts *o, double wall_mm, struct nw_err *err)
{
    return (wall_mm > 0 && wall_mm <= o->cell_mm / 3) ||
           nw_fail(err, NW_ERR_ARGUMENT,
                   "a lattice's wall is %g mm and must be above 0 and at most %g", wall_mm,
                   o->cell_mm / 3);
}

static bool check_cell(double cell_mm, nw_vec3 origin_mm, struct nw_err *err)
{
    if (!(cell_mm >= 0.01 && cell_mm <= 1000))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "a lattice's cell is %g mm and must be 0.01 to 1000", cell_mm);
    return nw_field_check_place(origin_mm, "the lattice's origin", err);
}

nw_node nw_field_tpms(struct nw_field *f, const struct nw_tpms_opts *opts, nw_node by,
                      const struct nw_ramp *ramp, struct nw_err *err)
{
    struct nw_ramp r;
    if (err->code != NW_OK || !check_cell(opts->cell_mm, opts->origin_mm, err) ||
        !nw_ramp_make(f, by, ramp, opts->sheet ? opts->wall_mm : opts->level, &r, err))
        return -1;
    const bool fits = opts->sheet
                          ? check_wall(opts, r.at_low, err) && check_wall(opts, r.at_high, err)
                          : check_level(r.at_low, err) && check_level(r.at_high, err);
    struct tpms *t = fits ? NW_ALLOC(struct tpms, 1, err) : NULL;
    if (!t)
        return -1;
    t->opts = *opts;
    if (opts->sheet) { /* half of it, in phases */
        r.at_low *= NW_PI / opts->cell_mm;
        r.at_high *= NW_PI / opts->cell_mm;
    }
    t->ramp = r;
    const double growth = ramp_steepness(&r) * opts->cell_mm / (2 * NW_PI);
    t->ease = 1 + growth / (opts->sheet ? 1 : LEAST_SLOPE);
    const struct own_cost cost = {4, 0};
    return nw_field_add_own(f, &tpms_kind, t, by < 0 ? -1 : by, cost, err);
}

/* ---- calibration ---- */

enum { CELL = 64 }; /* samples along a cell's edge */

/* The parameter at which each sample turns solid. */
static void thresholds(const struct nw_tpms_opts *o, float *out)
{
    NW_PARALLEL_FOR
    for (int k = 0; k < CELL; k++)
        for (int j = 0; j < CELL; j++) {
            double u[CELL], v[CELL], w[CELL], p[CELL] = {0};
            for (int i = 0; i < CELL; i++) {
                u[i] = (i + 0.5) / CELL;
                v[i] = (j + 0.25) / CELL; /* off the symmetries */
                w[i] = (k + 0.75) / CELL;
            }
            if (o->sheet)
                loop_of(o)(u, v, w, p, CELL);
            for (int i = 0; i < CELL; i++) {
                const nw_vec3 at = nw_v3(u[i], v[i], w[i]);
                const struct tpms unit = {.opts = {.kind = o->kind, .cell_mm = 1}};
                out[i + CELL * (j + CELL * k)] = (float)(o->sheet ? p[i] : wave_at(&unit, at));
            }
        }
}

/* The share of samples below x. */
static double share_below(const float *value, double x)
{
    size_t below = 0;
    for (size_t i = 0; i < (size_t)CELL * CELL * CELL; i++)
        below += (double)value[i] < x;
    return (double)below / ((double)CELL * CELL * CELL);
}

bool nw_tpms_calibrate(struct nw_tpms_opts *opts, double porosity, struct nw_err *err)
{
    if (!check_cell(opts->cell_mm, opts->origin_mm, err))
        return false;
    if (!(porosity > 0 && porosity < 1))
        return nw_fail(err, NW_ERR_ARGUMENT, "a porosity is %g and must be between 0 and 1",
                       porosity);
    NW_AUTOFREE float *value = NW_ALLOC_UNSET(float, (size_t)CELL *CELL *CELL, err);
    if (!value)
        return false;
    thresholds(opts, value);
    double low = opts->sheet ? 0 : -1.2, high = opts->sheet ? NW_PI / 3 : 1.2;
    const double densest = share_below(value, high), lightest = share_below(value, low);
    if (!(1 - porosity > lightest && 1 - porosity < densest))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "this lattice can be %.0f %% to %.0f %% porous, not %.0f %%",
                       100 * (1 - densest), 100 * (1 - lightest), 100 * porosity);
    for (int n = 0; n < 40; n++) {
        const double middle = (low + high) / 2;
        if (share_below(value, middle) < 1 - porosity)
            low = middle;
        else
            high = middle;
    }
    if (opts->sheet)
        opts->wall_mm = (low + high) / 2 * opts->cell_mm / NW_PI;
    else
        opts->level = (low + high) / 2;
    return true;
}
