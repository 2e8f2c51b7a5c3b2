/* plan/inside.c -- grey values within a ball, a circle or a box; see measure.h. */
#include "plan/measure.h"

/* A shape by its middle: which voxels lie in it is asked for places relative to that. */
struct shape {
    enum nw_shape kind;
    nw_vec3 middle;
    double radius_mm;
    nw_vec3 n;      /* of the circle */
    double half_mm; /* of its thickness */
    nw_ijk half;    /* of the box, in voxels */
    nw_ijk reach;   /* voxels to each side of the middle in which it lies */
};

struct sums {
    double sum, squares, min, max;
    size_t count;
};

/* mm from one plane of voxels across n to the next. */
static double step_along(const struct nw_grid_inverse *inv, nw_vec3 n)
{
    const nw_vec3 per = nw_mul(inv->per_mm, n);
    return 1 / fmax(fmax(fabs(per.x), fabs(per.y)), fabs(per.z));
}

static double row_length(const struct nw_grid_inverse *inv, int row)
{
    return nw_length(inv->per_mm.r[row]);
}

static bool make_round(const struct nw_grid_inverse *inv, const struct nw_place *p,
                       struct shape *s, struct nw_err *err)
{
    s->middle = p[0].at_mm;
    s->radius_mm = nw_length(nw_sub(p[1].at_mm, p[0].at_mm));
    s->reach = (nw_ijk){s->radius_mm * row_length(inv, 0), s->radius_mm * row_length(inv, 1),
                        s->radius_mm * row_length(inv, 2)};
    if (!(s->radius_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "a ball or circle needs a radius above 0 mm");
    if (s->kind == NW_SHAPE_BALL)
        return true;
    const nw_vec3 across =
        nw_cross(nw_sub(p[1].at_mm, p[0].at_mm), nw_sub(p[2].at_mm, p[0].at_mm));
    if (!(nw_length(across) > 1e-6 * s->radius_mm * s->radius_mm))
        return nw_fail(
            err, NW_ERR_ARGUMENT,
            "the two places on a circle's rim must not lie on a line with its middle");
    s->n = nw_unit(across);
    s->half_mm = step_along(inv, s->n) / 2;
    s->reach.i += 1;
    s->reach.j += 1;
    s->reach.k += 1;
    return true;
}

static struct shape box_of(const struct nw_grid_inverse *inv, const struct nw_place *p)
{
    const nw_ijk a = nw_grid_index(inv, p[0].at_mm), b = nw_grid_index(inv, p[1].at_mm);
    struct shape s = {.kind = NW_SHAPE_BOX,
                      .middle = nw_scale(nw_add(p[0].at_mm, p[1].at_mm), 0.5)};
    /* within one slice the box is that slice */
    s.half = (nw_ijk){fmax(fabs(a.i - b.i) / 2, 0.5), fmax(fabs(a.j - b.j) / 2, 0.5),
                      fmax(fabs(a.k - b.k) / 2, 0.5)};
    s.reach = s.half;
    return s;
}

static bool holds(const struct shape *s, nw_vec3 off, nw_ijk steps)
{
    static const double SLACK = 1e-9;
    if (s->kind == NW_SHAPE_BOX) /* one edge of each two belongs to it */
        return steps.i >= -s->half.i - SLACK && steps.i < s->half.i - SLACK &&
               steps.j >= -s->half.j - SLACK && steps.j < s->half.j - SLACK &&
               steps.k >= -s->half.k - SLACK && steps.k < s->half.k - SLACK;
    if (nw_length2(off) > s->radius_mm * s->radius_mm)
        return false;
    if (s->kind == NW_SHAPE_BALL)
        return true;
    const double above = nw_dot(off, s->n);
    return above >= -s->half_mm - SLACK && above < s->half_mm - SLACK;
}

static bool range(double middle, double reach, size_t dim, size_t *from, size_t *to)
{
    const double low = fmax(ceil(middle - reach - 1e-9), 0),
                 high = fmin(floor(middle + reach + 1e-9), (double)dim - 1);
    if (!(low <= high))
        return false;
    *from = (size_t)low;
    *to = (size_t)high + 1;
    return true;
}

static struct sums gather(const struct nw_volume *scan, const struct nw_grid_inverse *inv,
                          const struct shape *s)
{
    const struct nw_grid *g = &scan->grid;
    const nw_ijk at = nw_grid_index(inv, s->middle);
    struct sums out = {0, 0, (double)INFINITY, (double)-INFINITY, 0};
    size_t i0, i1, j0, j1, k0, k1;
    if (!range(at.i, s->reach.i, g->dim[0], &i0, &i1) ||
        !range(at.j, s->reach.j, g->dim[1], &j0, &j1) ||
        !range(at.k, s->reach.k, g->dim[2], &k0, &k1))
        return out;
    for (size_t k = k0; k < k1; k++)
        for (size_t j = j0; j < j1; j++)
            for (size_t i = i0; i < i1; i++) {
                const nw_ijk v = {(double)i, (double)j, (double)k};
                const nw_vec3 off = nw_sub(nw_grid_point(g, v), s->middle);
                if (!holds(s, off, (nw_ijk){v.i - at.i, v.j - at.j, v.k - at.k}))
                    continue;
                const double x = nw_volume_value(scan, nw_grid_at(g, i, j, k));
                out.sum += x;
                out.squares += x * x;
                out.min = fmin(out.min, x);
                out.max = fmax(out.max, x);
                out.count++;
            }
    return out;
}

/* What the mean changes when the shape lies one sigma further, along each axis; NAN when the
 * sigma is not known, and nothing when the moved one holds no voxel. */
static double moved_variance(const struct nw_volume *scan, const struct nw_grid_inverse *inv,
                             const struct shape *s, double sigma_mm)
{
    double variance = isfinite(sigma_mm) ? 0 : (double)NAN;
    for (int axis = 0; axis < 3 && sigma_mm > 0; axis++) {
        struct shape a = *s, b = *s;
        const nw_vec3 d =
            nw_v3(axis == 0 ? sigma_mm : 0, axis == 1 ? sigma_mm : 0, axis == 2 ? sigma_mm : 0);
        a.middle = nw_add(s->middle, d);
        b.middle = nw_sub(s->middle, d);
        const struct sums one = gather(scan, inv, &a), two = gather(scan, inv, &b);
        if (one.count == 0 || two.count == 0)
            continue;
        const double half = (one.sum / (double)one.count - two.sum / (double)two.count) / 2;
        variance += half * half;
    }
    return variance;
}

static bool is_within(const struct nw_grid *g, const struct nw_grid_inverse *inv, nw_vec3 at)
{
    const nw_ijk p = nw_grid_index(inv, at);
    return p.i >= -0.5 && p.j >= -0.5 && p.k >= -0.5 && p.i <= (double)g->dim[0] - 0.5 &&
           p.j <= (double)g->dim[1] - 0.5 && p.k <= (double)g->dim[2] - 0.5;
}

static double size_of(const struct nw_volume *scan, const struct shape *s)
{
    const double r = s->radius_mm;
    switch (s->kind) {
    case NW_SHAPE_BALL:
        return 4.0 / 3 * NW_PI * r * r * r;
    case NW_SHAPE_CIRCLE:
        return NW_PI * r * r;
    case NW_SHAPE_BOX:
        return 8 * s->half.i * s->half.j * s->half.k * fabs(nw_grid_voxel_mm3(&scan->grid));
    }
    NW_UNREACHABLE();
}

bool nw_measure_inside(const struct nw_volume *scan, enum nw_shape shape,
                       const struct nw_place *place, struct nw_inside *out, struct nw_err *err)
{
    const struct nw_grid_inverse inv = nw_grid_invert(&scan->grid);
    struct shape s = {.kind = shape};
    if (shape == NW_SHAPE_BOX)
        s = box_of(&inv, place);
    else if (!make_round(&inv, place, &s, err))
        return false;
    for (int i = 0; i < (shape == NW_SHAPE_BOX ? 2 : 1); i++)
        if (!is_within(&scan->grid, &inv, place[i].at_mm))
            return nw_fail(err, NW_ERR_GEOMETRY, "the place lies outside the scan");
    const struct sums sums = gather(scan, &inv, &s);
    if (sums.count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no voxel's middle lies within; make it larger than a voxel");
    const double n = (double)sums.count, mean = sums.sum / n;
    const double spread =
        sums.count > 1 ? fmax(sums.squares - n * mean * mean, 0) / (n - 1) : (double)NAN;
    const double variance = spread / n + moved_variance(scan, &inv, &s, place[0].sigma_mm);
    *out =
        (struct nw_inside){{mean, sqrt(variance)}, sqrt(spread), sums.min, sums.max, sums.count,
                           size_of(scan, &s)};
    return true;
}
