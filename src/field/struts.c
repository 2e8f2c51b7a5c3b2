/* field/struts.c -- lattices of struts: see lattice.h. The periodic ones are mirrored into an
 * eighth of a cell, where a few lines are all there is; lists of struts lie in a tree. */
#include <string.h>

#include "core/parallel.h"
#include "field/ramp_priv.h"
#include "mesh/distance.h"

struct struts {
    struct nw_struts_opts opts;
    struct nw_mesh mesh; /* of a list: a triangle a, b, b for each strut */
    struct nw_bvh *bvh;  /* NULL: periodic */
    struct nw_ramp ramp; /* of the radius */
    double ease;         /* what the value is divided by, since the ramp makes it steeper */
};

static void struts_free(void *own)
{
    struct struts *s = own;
    nw_bvh_free(s->bvh);
    nw_mesh_release(&s->mesh);
    nw_free(s);
}

/* ---- periodic ---- */

/* Into 0 .. 1/2: distance from the nearest whole number. */
static inline double folded(double x)
{
    return fabs(x - rint(x));
}

/* Squared distance to the segment from a to a + d, d2 its length squared. */
static inline double to_segment(double x, double y, double z, const double a[3],
                                const double d[3], double d2)
{
    const double px = x - a[0], py = y - a[1], pz = z - a[2];
    const double t = less(more((px * d[0] + py * d[1] + pz * d[2]) / d2, 0), 1);
    const double qx = px - t * d[0], qy = py - t * d[1], qz = pz - t * d[2];
    return qx * qx + qy * qy + qz * qz;
}

/* In the eighth of a cell at its corner. */
static inline double cubic(double x, double y, double z)
{
    return less(y * y + z * z, less(z * z + x * x, x * x + y * y));
}

static inline double bcc(double x, double y, double z)
{
    static const double corner[3] = {0, 0, 0}, diagonal[3] = {0.5, 0.5, 0.5};
    return to_segment(x, y, z, corner, diagonal, 0.75);
}

/* The six edges of the tetrahedron of the corner and the middles of three faces. */
static inline double octet(double x, double y, double z)
{
    static const double a[6][3] = {{0, 0, 0},     {0, 0, 0},     {0, 0, 0},
                                   {0.5, 0.5, 0}, {0.5, 0, 0.5}, {0, 0.5, 0.5}};
    static const double d[6][3] = {{0.5, 0.5, 0},  {0.5, 0, 0.5},  {0, 0.5, 0.5},
                                   {0, -0.5, 0.5}, {-0.5, 0.5, 0}, {0.5, 0, -0.5}};
    double best = HUGE_VAL;
    for (int k = 0; k < 6; k++)
        best = less(best, to_segment(x, y, z, a[k], d[k], 0.5));
    return best;
}

#define STRUT_LOOP(name)                                                                       \
    NW_CLONES static void name##_loop(const double *x, const double *y, const double *z,       \
                                      double *out, size_t n)                                   \
    {                                                                                          \
        for (size_t i = 0; i < n; i++)                                                         \
            out[i] = sqrt(name(folded(x[i]), folded(y[i]), folded(z[i])));                     \
    }

STRUT_LOOP(cubic)
STRUT_LOOP(bcc)
STRUT_LOOP(octet)

static void periodic_distances(const struct struts *s, const double *x, const double *y,
                               const double *z, size_t n, double *out)
{
    const struct nw_struts_opts *o = &s->opts;
    const double per_mm = 1 / o->cell_mm;
    double u[BATCH], v[BATCH], w[BATCH], d[BATCH];
    for (size_t i = 0; i < n; i++) {
        u[i] = (x[i] - o->origin_mm.x) * per_mm;
        v[i] = (y[i] - o->origin_mm.y) * per_mm;
        w[i] = (z[i] - o->origin_mm.z) * per_mm;
    }
    switch (o->cell) {
    case NW_STRUTS_CUBIC:
        cubic_loop(u, v, w, d, n);
        break;
    case NW_STRUTS_BCC:
        bcc_loop(u, v, w, d, n);
        break;
    case NW_STRUTS_OCTET:
        octet_loop(u, v, w, d, n);
        break;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = d[i] * o->cell_mm;
}

/* ---- both ---- */

/* To the nearest line. */
static double line_distance(const struct struts *s, nw_vec3 p)
{
    double d = HUGE_VAL;
    struct nw_nearest near;
    if (!s->bvh)
        periodic_distances(s, &p.x, &p.y, &p.z, 1, &d);
    else if (nw_finite3(p) && nw_bvh_nearest(s->bvh, p, HUGE_VAL, &near))
        d = near.distance_mm;
    return d;
}

static void struts_values(const void *own, const double *x, const double *y, const double *z,
                          size_t count, double *value)
{
    const struct struts *s = own;
    double d[BATCH];
    for (size_t first = 0; first < count; first += BATCH) {
        const size_t n = count - first < BATCH ? count - first : BATCH;
        if (!s->bvh)
            periodic_distances(s, x + first, y + first, z + first, n, d);
        for (size_t i = 0; i < n; i++) {
            const size_t k = first + i;
            if (s->bvh)
                d[i] = line_distance(s, nw_v3(x[k], y[k], z[k]));
            value[k] = (d[i] - ramp_at(&s->ramp, value[k])) / s->ease;
        }
    }
}

/* Away from the line by differences for the periodic, from the nearest place for a list. */
static nw_vec3 away(const struct struts *s, nw_vec3 p)
{
    struct nw_nearest near;
    if (s->bvh)
        return nw_finite3(p) && nw_bvh_nearest(s->bvh, p, HUGE_VAL, &near)
                   ? nw_unit(nw_sub(p, near.point_mm))
                   : nw_v3(0, 0, 0);
    const double h = 1e-6 * s->opts.cell_mm;
    const nw_vec3 x = nw_v3(h, 0, 0), y = nw_v3(0, h, 0), z = nw_v3(0, 0, h);
    return nw_scale(nw_v3(line_distance(s, nw_add(p, x)) - line_distance(s, nw_sub(p, x)),
                          line_distance(s, nw_add(p, y)) - line_distance(s, nw_sub(p, y)),
                          line_distance(s, nw_add(p, z)) - line_distance(s, nw_sub(p, z))),
                    0.5 / h);
}

static struct slope struts_slope(const void *own, nw_vec3 p, struct slope other)
{
    const struct struts *s = own;
    struct slope r = {other.value, away(s, p)};
    struts_values(own, &p.x, &p.y, &p.z, 1, &r.value);
    r.grad =
        nw_scale(nw_along(r.grad, other.grad, -ramp_slope(&s->ramp, other.value)), 1 / s->ease);
    return r;
}

static nw_interval struts_range(const void *own, const struct region *r, nw_interval other)
{
    const struct struts *s = own;
    const nw_interval radius = ramp_range(&s->ramp, other),
                      d = steady_interval(line_distance(s, r->centre), r);
    const double ease = s->ease;
    return (nw_interval){(more(d.min, 0) - radius.max) / ease - 1e-12 * radius.max,
                         (d.max - radius.min) / ease + 1e-12 * radius.max};
}

static const struct own_kind struts_kind = {struts_values, struts_slope, struts_range,
                                            struts_free};

static struct struts *make_struts(const struct nw_field *f, double radius_mm, nw_node by,
                                  const struct nw_ramp *ramp, struct nw_err *err)
{
    struct nw_ramp r;
    if (!nw_ramp_make(f, by, ramp, radius_mm, &r, err) ||
        !nw_field_check_size(r.at_low, "the struts' radius", err) ||
        !nw_field_check_size(r.at_high, "the struts' radius", err))
        return NULL;
    struct struts *s = NW_ALLOC(struct struts, 1, err);
    if (!s)
        return NULL;
    s->ramp = r;
    s->ease = 1 + ramp_steepness(&r);
    return s;
}

nw_node nw_field_struts(struct nw_field *f, const struct nw_struts_opts *opts, nw_node by,
                        const struct nw_ramp *ramp, struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_size(opts->cell_mm, "the lattice's cell", err) ||
        !nw_field_check_place(opts->origin_mm, "the lattice's origin", err))
        return -1;
    struct struts *s = make_struts(f, opts->radius_mm, by, ramp, err);
    if (!s)
        return -1;
    s->opts = *opts;
    const struct own_cost cost = {2, 0};
    return nw_field_add_own(f, &struts_kind, s, by < 0 ? -1 : by, cost, err);
}

/* A strut as a triangle without area: the tree knows those as their longest side. */
static bool put_list(struct struts *s, const nw_vec3 (*ends_mm)[2], size_t count,
                     struct nw_err *err)
{
    if (count == 0)
        return nw_fail(err, NW_ERR_ARGUMENT, "a lattice has no struts");
    if (!nw_mesh_init(&s->mesh, 2 * count, count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const uint32_t a = (uint32_t)(2 * i);
        memcpy(s->mesh.tri[i], (const uint32_t[3]){a, a + 1, a + 1}, sizeof s->mesh.tri[i]);
        for (int k = 0; k < 2; k++) {
            s->mesh.pos_mm[2 * i + (size_t)k] = ends_mm[i][k];
            if (!nw_field_check_place(ends_mm[i][k], "the end of a strut", err))
                return false;
        }
    }
    s->bvh = nw_bvh_new(&s->mesh, err);
    return s->bvh != NULL;
}

nw_node nw_field_strut_list(struct nw_field *f, const nw_vec3 (*ends_mm)[2], size_t count,
                            double radius_mm, nw_node by, const struct nw_ramp *ramp,
                            struct nw_err *err)
{
    if (err->code != NW_OK)
        return -1;
    struct struts *s = make_struts(f, radius_mm, by, ramp, err);
    if (!s)
        return -1;
    if (!put_list(s, ends_mm, count, err)) {
        struts_free(s);
        return -1;
    }
    const struct own_cost cost = {16, 0};
    return nw_field_add_own(f, &struts_kind, s, by < 0 ? -1 : by, cost, err);
}
