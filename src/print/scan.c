/* print/scan.c -- see scan.h. */
#include "print/scan.h"

#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "mesh/distance.h"

enum { TURNS = 36, STARTS = 2 * TURNS, COARSE = 600, FINE = 5000, ROUNDS = 15, BEST = 3 };
enum { LEAST_SAMPLES = 30, READINGS = 32 };
static const double SAMPLE_MM = 0.35;
static const double TRIM = 0.85;    /* of the samples: the nearest count */
static const double LIKE_MM = 0.8;  /* apart, of the same part */
static const double EDGE_MM = 0.45; /* left out along the edges of faces */

struct sample {
    nw_vec3 point, normal;
    double area;
};

struct cloud {
    struct sample *item;
    size_t count;
};

/* ---- samples of the scan ---- */

static size_t cuts_of(double area)
{
    const double cuts = ceil(sqrt(area) / SAMPLE_MM);
    return cuts < 1 ? 1 : cuts > 300 ? 300 : (size_t)cuts;
}

/* A triangle is cut into cuts x cuts smaller ones, and taken in their middles. */
static void cut(const nw_vec3 p[3], nw_vec3 normal, double area, struct cloud *out)
{
    const size_t cuts = cuts_of(area);
    const double n = (double)cuts;
    for (size_t i = 0; i < cuts; i++)
        for (size_t j = 0; j < 2 * (cuts - i) - 1; j++) {
            const double low = j % 2 ? 2.0 / 3 : 1.0 / 3;
            const double u = ((double)i + low) / n, v = ((double)(j / 2) + low) / n;
            const nw_vec3 q =
                nw_along(nw_along(p[0], nw_sub(p[1], p[0]), u), nw_sub(p[2], p[0]), v);
            out->item[out->count++] = (struct sample){q, normal, area / (n * n)};
        }
}

static bool take_samples(const struct nw_mesh *m, struct cloud *out, struct nw_err *err)
{
    enum { MOST = 1 << 24 };
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t t = 0; t < m->tri_count; t++) {
            const nw_vec3 p[3] = {m->pos_mm[m->tri[t][0]], m->pos_mm[m->tri[t][1]],
                                  m->pos_mm[m->tri[t][2]]};
            const nw_vec3 n = nw_cross(nw_sub(p[1], p[0]), nw_sub(p[2], p[0]));
            const double area = nw_length(n) / 2;
            if (!(area > 0) || !isfinite(area))
                continue;
            const size_t cuts = cuts_of(area);
            if (pass == 0)
                count += cuts * cuts;
            else
                cut(p, nw_unit(n), area, out);
        }
        if (count < 1000 || count > MOST)
            return nw_fail(err, NW_ERR_DATA,
                           "the scan does not look like the calibration part: its surface is "
                           "too small or too large, is it in mm");
        if (pass == 0)
            out->item = NW_ALLOC_UNSET(struct sample, count, err);
        if (!out->item)
            return false;
    }
    return true;
}

/* Every so many, so that about `most` are left: areas count as many times more. */
static size_t stride_of(const struct cloud *c, size_t most)
{
    return c->count > most ? c->count / most : 1;
}

/* ---- laying it on the design ---- */

static nw_vec3 middle_of(const struct cloud *c, nw_affine map)
{
    nw_vec3 sum = {0, 0, 0};
    double area = 0;
    for (size_t n = 0; n < c->count; n++) {
        sum = nw_along(sum, c->item[n].point, c->item[n].area);
        area += c->item[n].area;
    }
    return nw_apply(map, nw_scale(sum, 1 / area));
}

/* The direction along which the surface spreads least, by power iteration on what is left of
 * the spread: the plate's normal. */
static nw_vec3 thin_axis(const struct cloud *c, nw_vec3 middle)
{
    nw_mat3 spread = {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}};
    for (size_t n = 0; n < c->count; n++) {
        const nw_vec3 d = nw_sub(c->item[n].point, middle);
        const double a = c->item[n].area;
        spread.r[0] = nw_along(spread.r[0], d, a * d.x);
        spread.r[1] = nw_along(spread.r[1], d, a * d.y);
        spread.r[2] = nw_along(spread.r[2], d, a * d.z);
    }
    const double trace = spread.r[0].x + spread.r[1].y + spread.r[2].z;
    nw_vec3 axis = nw_unit(nw_v3(0.36, 0.48, 0.8));
    for (int n = 0; n < 300; n++)
        axis = nw_unit(nw_sub(nw_scale(axis, trace), nw_mul(spread, axis)));
    return axis;
}

/* Turns `axis` up (or down), then about the vertical. */
static nw_mat3 start_turn(nw_vec3 axis, bool down, double angle)
{
    const nw_vec3 z = down ? nw_scale(axis, -1) : axis,
                  help = fabs(z.x) < 0.7 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0),
                  x = nw_unit(nw_cross(help, z)), y = nw_cross(z, x);
    const double c = nw_cos(angle), s = nw_sin(angle);
    return (nw_mat3){
        {nw_sub(nw_scale(x, c), nw_scale(y, s)), nw_add(nw_scale(x, s), nw_scale(y, c)), z}};
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct lay {
    const struct cloud *scan;
    const struct nw_mesh *design;
    const struct nw_bvh *bvh;
    size_t stride;
    struct nw_nearest *near; /* of each sample taken */
    double *away;
};

static size_t find_nearest(const struct lay *l, nw_affine map)
{
    const size_t count = l->scan->count / l->stride;
    NW_PARALLEL_FOR
    for (size_t n = 0; n < count; n++) {
        const nw_vec3 p = nw_apply(map, l->scan->item[n * l->stride].point);
        l->near[n] = (struct nw_nearest){.distance_mm = HUGE_VAL};
        (void)nw_bvh_nearest(l->bvh, p, HUGE_VAL, &l->near[n]);
        l->away[n] = l->near[n].distance_mm;
    }
    return count;
}

/* The distance below which TRIM of the samples lie; rms of those. */
static double trim(const struct lay *l, size_t count, double *rms)
{
    qsort(l->away, count, sizeof *l->away, by_size);
    const size_t kept = (size_t)(TRIM * (double)count);
    double sum = 0;
    for (size_t n = 0; n < kept; n++)
        sum += l->away[n] * l->away[n];
    *rms = sqrt(sum / (double)kept);
    return l->away[kept > 0 ? kept - 1 : 0];
}

static bool solve6(double a[6][7])
{
    for (int c = 0; c < 6; c++) {
        int pivot = c;
        for (int r = c + 1; r < 6; r++)
            pivot = fabs(a[r][c]) > fabs(a[pivot][c]) ? r : pivot;
        if (!(fabs(a[pivot][c]) > 1e-12))
            return false;
        for (int k = 0; k < 7; k++) {
            const double swap = a[c][k];
            a[c][k] = a[pivot][k];
            a[pivot][k] = swap;
        }
        for (int r = 0; r < 6; r++)
            for (int k = 6; r != c && k >= c; k--)
                a[r][k] -= a[r][c] / a[c][c] * a[c][k];
    }
    for (int r = 0; r < 6; r++)
        a[r][6] /= a[r][r];
    return true;
}

static nw_vec3 normal_of(const struct nw_mesh *m, uint32_t t)
{
    const nw_vec3 a = m->pos_mm[m->tri[t][0]];
    return nw_unit(
        nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a), nw_sub(m->pos_mm[m->tri[t][2]], a)));
}

/* A small turn w and shift, exactly a turn again. */
static nw_affine moved_by(nw_affine map, const double step[6])
{
    const nw_vec3 w = nw_v3(step[0], step[1], step[2]);
    const double angle = nw_length(w), c = nw_cos(angle), s = nw_sin(angle);
    const nw_vec3 k = nw_unit(w);
    const nw_mat3 turn = {{{c + k.x * k.x * (1 - c), k.x * k.y * (1 - c) - k.z * s,
                            k.x * k.z * (1 - c) + k.y * s},
                           {k.x * k.y * (1 - c) + k.z * s, c + k.y * k.y * (1 - c),
                            k.y * k.z * (1 - c) - k.x * s},
                           {k.x * k.z * (1 - c) - k.y * s, k.y * k.z * (1 - c) + k.x * s,
                            c + k.z * k.z * (1 - c)}}};
    return (nw_affine){nw_matmul(turn, map.linear),
                       nw_add(nw_mul(turn, map.shift), nw_v3(step[3], step[4], step[5]))};
}

/* One step of point to plane; samples that look another way than the design do not count. */
static nw_affine improve(const struct lay *l, nw_affine map, double *rms)
{
    const size_t count = find_nearest(l, map);
    const double far = trim(l, count, rms);
    double a[6][7] = {{0}}, step[6];
    for (size_t n = 0; n < count; n++) {
        const struct sample *s = &l->scan->item[n * l->stride];
        const nw_vec3 normal = normal_of(l->design, l->near[n].triangle);
        if (l->near[n].distance_mm > far || nw_dot(nw_mul(map.linear, s->normal), normal) < 0.7)
            continue;
        const nw_vec3 p = nw_apply(map, s->point), c = nw_cross(p, normal);
        const double row[6] = {c.x, c.y, c.z, normal.x, normal.y, normal.z};
        const double left = nw_dot(nw_sub(l->near[n].point_mm, p), normal);
        for (int i = 0; i < 6; i++) {
            for (int j = 0; j < 6; j++)
                a[i][j] += s->area * row[i] * row[j];
            a[i][6] += s->area * row[i] * left;
        }
    }
    if (!solve6(a))
        return map;
    for (int i = 0; i < 6; i++)
        step[i] = a[i][6];
    return moved_by(map, step);
}

static double improve_often(struct lay *l, nw_affine *map, size_t samples, int rounds)
{
    double rms = HUGE_VAL;
    l->stride = stride_of(l->scan, samples);
    for (int n = 0; n < rounds; n++)
        *map = improve(l, *map, &rms);
    return rms;
}

static bool lay_on(struct lay *l, nw_affine *out, double *apart, struct nw_err *err)
{
    struct cloud design = {0};
    const nw_affine same = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    if (!take_samples(l->design, &design, err))
        return false;
    const nw_vec3 to = middle_of(&design, same), from = middle_of(l->scan, same),
                  axis = thin_axis(l->scan, from);
    nw_free(design.item);
    nw_affine best[BEST] = {{{{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}}, {0, 0, 0}}};
    double rms[BEST] = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    for (int n = 0; n < STARTS; n++) {
        nw_affine map = {start_turn(axis, n % 2, 2 * NW_PI * (n / 2) / TURNS), {0, 0, 0}};
        map.shift = nw_sub(to, nw_mul(map.linear, from));
        if (!nw_progress((size_t)n, STARTS + BEST))
            return nw_fail_cancelled(err);
        double own = improve_often(l, &map, COARSE, 3);
        for (int b = 0; b < BEST; b++)
            if (own < rms[b]) { /* in order, the worst drops out */
                const nw_affine other = best[b];
                const double swap = rms[b];
                best[b] = map;
                rms[b] = own;
                map = other;
                own = swap;
            }
    }
    *apart = HUGE_VAL;
    for (int b = 0; b < BEST; b++) {
        const double own = improve_often(l, &best[b], FINE, ROUNDS);
        if (own < *apart) {
            *apart = own;
            *out = best[b];
        }
    }
    *apart = improve_often(l, out, FINE, ROUNDS);
    return *apart <= LIKE_MM ||
           nw_fail(err, NW_ERR_DATA,
                   "the scan does not look like the calibration part: it lies %.2f mm from it, "
                   "where %.1f mm is the most; is it in mm, and is it the whole part",
                   *apart, LIKE_MM);
}

/* ---- measuring ---- */

/* A face of the design: square to an axis, at a place, looking up or down it. */
struct face {
    int axis;
    double at, sign;
    double lo[3], hi[3]; /* of its rectangle; along the axis not asked */
};

static double get(nw_vec3 v, int axis)
{
    return axis == 0 ? v.x : axis == 1 ? v.y : v.z;
}

struct search {
    const struct cloud *scan; /* in the design's frame */
    double scale[3], reach;   /* where to look */
    nw_vec3 middle;           /* that scales leave in place */
    double squares, area;     /* about all faces */
    size_t faces, holes;
};

static double expected(const struct search *s, int axis, double at)
{
    const double m = get(s->middle, axis);
    return m + (at - m) * s->scale[axis];
}

/* Mean of the surface near a face; false when there is too little of it. */
static bool find_face(struct search *s, const struct face *f, double *out)
{
    const double at = expected(s, f->axis, f->at);
    double sum = 0, squares = 0, area = 0;
    size_t count = 0;
    for (size_t n = 0; n < s->scan->count; n++) {
        const struct sample *p = &s->scan->item[n];
        const double off = get(p->point, f->axis) - at;
        bool in = fabs(off) <= s->reach && f->sign * get(p->normal, f->axis) > 0.9;
        for (int a = 0; in && a < 3; a++)
            in = a == f->axis || (get(p->point, a) > expected(s, a, f->lo[a]) + EDGE_MM &&
                                  get(p->point, a) < expected(s, a, f->hi[a]) - EDGE_MM);
        if (!in)
            continue;
        sum += p->area * off;
        squares += p->area * off * off;
        area += p->area;
        count++;
    }
    if (count < LEAST_SAMPLES)
        return false;
    *out = at + sum / area;
    s->squares += squares - sum * sum / area;
    s->area += area;
    s->faces++;
    return true;
}

static size_t add_length(struct search *s, const struct face *lo, const struct face *hi,
                         struct nw_reading *out)
{
    double a, b;
    if (!find_face(s, lo, &a) || !find_face(s, hi, &b))
        return 0;
    *out = (struct nw_reading){false, lo->axis, hi->at - lo->at, b - a};
    return 1;
}

/* Both ends of a block along an axis. */
static size_t add_block(struct search *s, int axis, nw_vec3 min, nw_vec3 max,
                        struct nw_reading *out)
{
    struct face lo = {axis, get(min, axis), -1, {min.x, min.y, min.z}, {max.x, max.y, max.z}};
    struct face hi = lo;
    hi.at = get(max, axis);
    hi.sign = 1;
    return add_length(s, &lo, &hi, out);
}

/* A circle by least squares (Kasa) through the wall of a hole. */
static size_t add_hole(struct search *s, nw_vec3 axis, double diameter, struct nw_reading *out)
{
    const double cx = expected(s, 0, axis.x), cy = expected(s, 1, axis.y), r = diameter / 2;
    const double reach = fmin(s->reach, r);
    double m[3][4] = {{0}};
    size_t count = 0;
    for (size_t n = 0; n < s->scan->count; n++) {
        const struct sample *p = &s->scan->item[n];
        const double x = p->point.x - cx, y = p->point.y - cy, far = sqrt(x * x + y * y);
        const double inward = far > 0 ? -(x * p->normal.x + y * p->normal.y) / far : 0;
        if (fabs(far - r) > reach || inward < 0.8 || p->point.z < expected(s, 2, 0) + EDGE_MM ||
            p->point.z > expected(s, 2, 4) - EDGE_MM)
            continue;
        const double row[3] = {x, y, 1}, right = x * x + y * y;
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++)
                m[i][j] += p->area * row[i] * row[j];
            m[i][3] += p->area * row[i] * right;
        }
        count++;
    }
    const nw_mat3 a = {{{m[0][0], m[0][1], m[0][2]},
                        {m[1][0], m[1][1], m[1][2]},
                        {m[2][0], m[2][1], m[2][2]}}};
    if (count < LEAST_SAMPLES || !(fabs(nw_det(a)) > 1e-12))
        return 0;
    const nw_vec3 q = nw_mul(nw_inverse(a), nw_v3(m[0][3], m[1][3], m[2][3]));
    *out = (struct nw_reading){true, 0, diameter,
                               2 * sqrt(fmax(0, q.z + q.x * q.x / 4 + q.y * q.y / 4))};
    s->holes++;
    return 1;
}

/* All there is on the part: see nw_calibration_part. */
static size_t measure(struct search *s, struct nw_reading *out)
{
    const double *post = nw_calibration_post_mm, *hole = nw_calibration_hole_mm,
                 *hole_x = nw_calibration_hole_x_mm;
    size_t n = 0;
    s->squares = s->area = 0;
    s->faces = s->holes = 0;
    n += add_block(s, 0, nw_v3(0, 0, 0), nw_v3(60, 60, 4), &out[n]);
    n += add_block(s, 1, nw_v3(0, 0, 0), nw_v3(60, 60, 4), &out[n]);
    for (int k = 0; k < 3; k++) {
        const double len = 10.0 * (1 << k), at = 25 + 6.0 * k;
        n += add_block(s, 1, nw_v3(at + 21, 2, 4), nw_v3(at + 23, 2 + len, 8), &out[n]);
        n += add_block(s, 0, nw_v3(2, at - 2, 4), nw_v3(2 + len, at, 8), &out[n]);
    }
    for (int k = 0; k < 4; k++) {
        const double x = 4 + 10.0 * k;
        const struct face top = {2, post[k], 1, {x, 48, 0}, {x + 6, 54, 0}},
                          under = {2, 0, -1, {0, 20, 0}, {60, 60, 0}},
                          plate = {2, 4, 1, {2, 14, 0}, {44, 22, 0}};
        const size_t found = add_length(s, &under, &top, &out[n]);
        n += found ? found : add_length(s, &plate, &top, &out[n]);
    }
    for (int k = 0; k < 4; k++)
        n += add_hole(s, nw_v3(hole_x[k], 10, 0), hole[k], &out[n]);
    return n;
}

/* Heights are compared across the plate: its upper face is made level first, by a plane of
 * least squares through it. Rigid fits of what has shrunk lean a little. */
static void make_level(const struct search *s, struct cloud *scan)
{
    const double at = expected(s, 2, 4);
    double m[3][4] = {{0}};
    for (size_t n = 0; n < scan->count; n++) {
        const struct sample *p = &scan->item[n];
        if (fabs(p->point.z - at) > s->reach / 2 || p->normal.z < 0.9)
            continue;
        const double row[3] = {p->point.x - 30, p->point.y - 30, 1};
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++)
                m[i][j] += p->area * row[i] * row[j];
            m[i][3] += p->area * row[i] * (p->point.z - at);
        }
    }
    const nw_mat3 a = {{{m[0][0], m[0][1], m[0][2]},
                        {m[1][0], m[1][1], m[1][2]},
                        {m[2][0], m[2][1], m[2][2]}}};
    if (!(fabs(nw_det(a)) > 1e-9))
        return;
    const nw_vec3 q = nw_mul(nw_inverse(a), nw_v3(m[0][3], m[1][3], m[2][3]));
    for (size_t n = 0; n < scan->count; n++) {
        nw_vec3 *p = &scan->item[n].point;
        p->z -= q.x * (p->x - 30) + q.y * (p->y - 30);
    }
}

/* First as designed, then twice where the scales say. */
static bool measure_well(struct cloud *scan, struct nw_reading *list, size_t *count,
                         struct nw_part_scan *facts, struct nw_err *err)
{
    struct search s = {.scan = scan, .scale = {1, 1, 1}, .reach = 1.6, .middle = {30, 30, 4}};
    for (int round = 0; round < 3; round++) {
        struct nw_fit fit = {0};
        struct nw_err why = {0};
        make_level(&s, scan);
        *count = measure(&s, list);
        if (*count < 6 || !nw_readings_fit(list, *count, &fit, &why))
            return nw_fail(err, NW_ERR_DATA,
                           "of the scan only %zu lengths and holes can be measured, which is "
                           "not enough; scan the part from all sides",
                           *count);
        memcpy(s.scale, fit.scale, sizeof s.scale);
        s.reach = 1;
    }
    facts->face_mm = sqrt(fmax(s.squares, 0) / s.area);
    facts->faces = s.faces;
    facts->holes = s.holes;
    return true;
}

struct nw_reading *nw_part_scan_measure(const struct nw_mesh *scan, size_t *count,
                                        struct nw_part_scan *facts, struct nw_err *err)
{
    struct cloud cloud = {0};
    struct nw_mesh design = {0};
    struct nw_part_scan f = {0};
    struct nw_bvh *bvh = NULL;
    struct nw_reading *list = NW_ALLOC(struct nw_reading, READINGS, err);
    bool ok = list && take_samples(scan, &cloud, err) && nw_calibration_part(&design, err);
    bvh = ok ? nw_bvh_new(&design, err) : NULL;
    NW_AUTOFREE struct nw_nearest *near =
        bvh ? NW_ALLOC_UNSET(struct nw_nearest, cloud.count, err) : NULL;
    NW_AUTOFREE double *away = near ? NW_ALLOC_UNSET(double, cloud.count, err) : NULL;
    struct lay l = {&cloud, &design, bvh, 1, near, away};
    ok = away && lay_on(&l, &f.to_design, &f.apart_mm, err);
    for (size_t n = 0; ok && n < cloud.count; n++) {
        cloud.item[n].point = nw_apply(f.to_design, cloud.item[n].point);
        cloud.item[n].normal = nw_mul(f.to_design.linear, cloud.item[n].normal);
    }
    ok = ok && measure_well(&cloud, list, count, &f, err);
    nw_bvh_free(bvh);
    nw_free(cloud.item);
    nw_mesh_release(&design);
    if (!ok) {
        nw_free(list);
        return NULL;
    }
    *facts = f;
    return list;
}
