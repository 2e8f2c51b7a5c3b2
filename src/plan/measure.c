/* plan/measure.c -- lengths and angles between places, areas and volumes; see measure.h. */
#include "plan/measure.h"

#include <stdlib.h>

#include "core/parallel.h"

/* ---- places ---- */

enum { MOST_PLACES = 4 };
typedef double (*formula)(const nw_vec3 *p);

/* To first order: each coordinate's slope by central differences, times its place's sigma. */
static struct nw_measured propagate(formula f, const struct nw_place *place, int count)
{
    nw_vec3 p[MOST_PLACES];
    double size = 1e-3;
    for (int i = 0; i < count; i++)
        p[i] = place[i].at_mm;
    for (int i = 1; i < count; i++)
        size = fmax(size, nw_length(nw_sub(p[i], p[0])));
    static const double STEP = 0x1p-18; /* of the extent: rounding and curvature both small */
    const double h = STEP * size;
    double variance = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 3; k++) {
            const nw_vec3 at = p[i], d = nw_v3(k == 0 ? h : 0, k == 1 ? h : 0, k == 2 ? h : 0);
            p[i] = nw_add(at, d);
            const double more = f(p);
            p[i] = nw_sub(at, d);
            const double less = f(p);
            p[i] = at;
            const double slope = (more - less) / (2 * h) * place[i].sigma_mm;
            variance += slope * slope;
        }
    return (struct nw_measured){f(p), sqrt(variance)};
}

static double length_of(const nw_vec3 *p)
{
    return nw_length(nw_sub(p[1], p[0]));
}

static double angle_of(nw_vec3 u, nw_vec3 v)
{
    if (!(nw_length2(u) > 0) || !(nw_length2(v) > 0))
        return (double)NAN;
    return nw_atan2(nw_length(nw_cross(u, v)), nw_dot(u, v));
}

static double corner_of(const nw_vec3 *p)
{
    return angle_of(nw_sub(p[0], p[1]), nw_sub(p[2], p[1]));
}

static double lines_of(const nw_vec3 *p)
{
    return angle_of(nw_sub(p[1], p[0]), nw_sub(p[3], p[2]));
}

static double off_line_of(const nw_vec3 *p)
{
    const nw_vec3 d = nw_sub(p[2], p[1]);
    const double len = nw_length(d);
    return len > 0 ? nw_length(nw_cross(nw_sub(p[0], p[1]), d)) / len : (double)NAN;
}

struct nw_measured nw_measure_length(struct nw_place a, struct nw_place b)
{
    return propagate(length_of, (const struct nw_place[2]){a, b}, 2);
}

struct nw_measured nw_measure_angle(struct nw_place a, struct nw_place corner,
                                    struct nw_place b)
{
    return propagate(corner_of, (const struct nw_place[3]){a, corner, b}, 3);
}

struct nw_measured nw_measure_angle_of_lines(struct nw_place a0, struct nw_place a1,
                                             struct nw_place b0, struct nw_place b1)
{
    return propagate(lines_of, (const struct nw_place[4]){a0, a1, b0, b1}, 4);
}

struct nw_measured nw_measure_off_line(struct nw_place p, struct nw_place a, struct nw_place b)
{
    return propagate(off_line_of, (const struct nw_place[3]){p, a, b}, 3);
}

double nw_mesh_sigma_at(const struct nw_mesh *mesh, uint32_t triangle, const double bary[3],
                        double stated_sigma_mm)
{
    if (!mesh->uncertainty_mm)
        return stated_sigma_mm;
    double sum = 0;
    for (int k = 0; k < 3; k++)
        sum += bary[k] * (double)mesh->uncertainty_mm[mesh->tri[triangle][k]];
    return sum;
}

struct nw_measured nw_measure_hole(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                                   const struct nw_hole *hole, double stated_sigma_mm)
{
    struct nw_nearest near;
    double own = 0;
    if (nw_bvh_nearest(bvh, nw_scale(nw_add(hole->from_mm, hole->to_mm), 0.5), HUGE_VAL, &near))
        own = nw_mesh_sigma_at(mesh, near.triangle, near.bary, stated_sigma_mm);
    own = isfinite(own) ? 2 * own : 0;
    return (struct nw_measured){hole->diameter_mm,
                                sqrt(hole->sigma_mm * hole->sigma_mm + own * own)};
}

/* ---- solids ---- */

/* How much volume and area change when a vertex moves outward by one sigma; gathered in cells
 * much smaller than the correlation length. */
struct pull {
    nw_vec3 at;
    double volume, area;
};

/* Gradients at the vertices: of the volume in *dv, of the area in *da. */
static void add_triangle(const struct nw_mesh *m, size_t t, nw_vec3 *dv, nw_vec3 *da)
{
    const uint32_t *v = m->tri[t];
    const nw_vec3 p[3] = {m->pos_mm[v[0]], m->pos_mm[v[1]], m->pos_mm[v[2]]};
    const nw_vec3 n2 = nw_cross(nw_sub(p[1], p[0]), nw_sub(p[2], p[0])), n = nw_unit(n2);
    for (int k = 0; k < 3; k++) {
        const nw_vec3 side = nw_sub(p[(k + 2) % 3], p[(k + 1) % 3]);
        dv[v[k]] = nw_along(dv[v[k]], n2, 1.0 / 6);
        da[v[k]] = nw_along(da[v[k]], nw_cross(n, side), 0.5);
    }
}

struct cell {
    uint64_t key;
    uint32_t vert;
};

static int by_key(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->vert > y->vert) - (x->vert < y->vert);
}

static uint64_t key_of(nw_vec3 p, nw_vec3 min, double width)
{
    static const double MOST = 2097151; /* 21 bits an axis */
    const nw_vec3 q = nw_scale(nw_sub(p, min), 1 / width);
    return (uint64_t)fmin(q.x, MOST) | (uint64_t)fmin(q.y, MOST) << 21 |
           (uint64_t)fmin(q.z, MOST) << 42;
}

/* Sums vertices cell by cell, in order; returns how many cells have any. */
static size_t gather(const struct nw_mesh *m, const struct cell *cell, const nw_vec3 *dv,
                     const nw_vec3 *da, double stated, struct pull *out)
{
    size_t n = 0;
    for (size_t i = 0; i < m->vert_count;) {
        struct pull sum = {{0, 0, 0}, 0, 0};
        size_t k = i;
        for (; k < m->vert_count && cell[k].key == cell[i].key; k++) {
            const uint32_t v = cell[k].vert;
            const nw_vec3 outward = nw_unit(dv[v]);
            const double sigma = m->uncertainty_mm ? (double)m->uncertainty_mm[v] : stated;
            sum.at = nw_add(sum.at, m->pos_mm[v]);
            sum.volume += sigma * nw_length(dv[v]);
            sum.area += sigma * nw_dot(da[v], outward);
        }
        sum.at = nw_scale(sum.at, 1 / (double)(k - i));
        out[n++] = sum;
        i = k;
    }
    return n;
}

/* Buckets as wide as errors are alike at all, sorted by key. */
struct buckets {
    const struct pull *pull;
    const struct cell *order; /* vert: which pull */
    size_t count;
    nw_vec3 min;
    double width, correlation_mm;
};

static size_t first_of(const struct buckets *b, uint64_t key)
{
    size_t lo = 0, hi = b->count;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (b->order[mid].key < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The sum over all others of what is alike with pull i, times pull i. */
static void add_pairs(const struct buckets *b, size_t i, double out[2])
{
    const struct pull *p = &b->pull[i];
    const double per = -0.5 / (b->correlation_mm * b->correlation_mm);
    double sum[2] = {0, 0};
    for (int k = 0; k < 27; k++) {
        const nw_vec3 d = {b->width * (k % 3 - 1), b->width * (k / 3 % 3 - 1),
                           b->width * (k / 9 - 1)};
        const nw_vec3 q = nw_add(p->at, d);
        if (q.x < b->min.x || q.y < b->min.y || q.z < b->min.z)
            continue;
        const uint64_t key = key_of(q, b->min, b->width);
        for (size_t n = first_of(b, key); n < b->count && b->order[n].key == key; n++) {
            const struct pull *o = &b->pull[b->order[n].vert];
            const double alike = nw_exp(per * nw_length2(nw_sub(o->at, p->at)));
            sum[0] += o->volume * alike;
            sum[1] += o->area * alike;
        }
    }
    out[0] = p->volume * sum[0];
    out[1] = p->area * sum[1];
}

static bool add_all_pairs(const struct pull *pull, size_t count, nw_vec3 min,
                          double correlation_mm, struct nw_measured_solid *s,
                          struct nw_err *err)
{
    static const double REACH = 5; /* correlation lengths: 4e-6 is left there */
    NW_AUTOFREE struct cell *order = NW_ALLOC_UNSET(struct cell, count, err);
    NW_AUTOFREE double(*part)[2] = order ? nw_alloc_unset(count, sizeof *part, err) : NULL;
    if (!part)
        return false;
    const struct buckets b = {pull, order, count, min, REACH * correlation_mm, correlation_mm};
    for (size_t i = 0; i < count; i++)
        order[i] = (struct cell){key_of(pull[i].at, min, b.width), (uint32_t)i};
    qsort(order, count, sizeof *order, by_key);
    NW_PARALLEL_FOR_UNEVEN
    for (size_t i = 0; i < count; i++)
        add_pairs(&b, i, part[i]);
    double variance[2] = {0, 0}, all[2] = {0, 0};
    for (size_t i = 0; i < count; i++) {
        variance[0] += part[i][0];
        variance[1] += part[i][1];
        all[0] += pull[i].volume;
        all[1] += pull[i].area;
    }
    s->volume_mm3.sigma = sqrt(fmax(variance[0], 0));
    s->area_mm2.sigma = sqrt(fmax(variance[1], 0));
    s->volume_if_all_off_mm3 = fabs(all[0]);
    s->area_if_all_off_mm2 = fabs(all[1]);
    return true;
}

static bool fill_doubt(const struct nw_mesh *m, const nw_vec3 *dv, const nw_vec3 *da,
                       double stated, double correlation_mm, struct nw_measured_solid *s,
                       struct nw_err *err)
{
    static const double CELL = 0.4; /* of the correlation length: 1 % of the doubt */
    NW_AUTOFREE struct cell *cell = NW_ALLOC_UNSET(struct cell, m->vert_count, err);
    NW_AUTOFREE struct pull *pull = cell ? NW_ALLOC(struct pull, m->vert_count, err) : NULL;
    if (!pull)
        return false;
    const nw_vec3 min = nw_mesh_box(m).min;
    for (size_t v = 0; v < m->vert_count; v++)
        cell[v] = (struct cell){key_of(m->pos_mm[v], min, CELL * correlation_mm), (uint32_t)v};
    qsort(cell, m->vert_count, sizeof *cell, by_key);
    const size_t n = gather(m, cell, dv, da, stated, pull);
    return add_all_pairs(pull, n, min, correlation_mm, s, err);
}

bool nw_measure_solid(const struct nw_mesh *mesh, double stated_sigma_mm, double correlation_mm,
                      struct nw_measured_solid *out, struct nw_err *err)
{
    if (!(correlation_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "the correlation length must be above 0 mm");
    if (mesh->tri_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "a mesh without triangles has no volume");
    const double none = (double)NAN;
    struct nw_measured_solid s = {
        {nw_mesh_volume_mm3(mesh), none}, {nw_mesh_area_mm2(mesh), none}, none, none};
    if (mesh->uncertainty_mm || isfinite(stated_sigma_mm)) {
        NW_AUTOFREE nw_vec3 *dv = NW_ALLOC(nw_vec3, mesh->vert_count, err);
        NW_AUTOFREE nw_vec3 *da = dv ? NW_ALLOC(nw_vec3, mesh->vert_count, err) : NULL;
        if (!da)
            return false;
        for (size_t t = 0; t < mesh->tri_count; t++)
            add_triangle(mesh, t, dv, da);
        if (!fill_doubt(mesh, dv, da, stated_sigma_mm, correlation_mm, &s, err))
            return false;
    }
    *out = s;
    return true;
}
