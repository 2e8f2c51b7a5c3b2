/* plan/apart.c -- between surfaces, across walls, along ways; see measure.h. */
#include <string.h>

#include "core/parallel.h"
#include "plan/linear_priv.h"
#include "plan/measure.h"

static double both(double a, double b)
{
    return sqrt(a * a + b * b); /* NAN when one is not known */
}

/* ---- walls ---- */

static nw_vec3 face_normal(const struct nw_mesh *m, uint32_t t)
{
    const nw_vec3 a = m->pos_mm[m->tri[t][0]];
    return nw_unit(
        nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a), nw_sub(m->pos_mm[m->tri[t][2]], a)));
}

/* Shrinks a ball that touches at p until it holds no other place (Ma, Bae, Choi 2012). What it
 * touches within 30 degrees of p is the same side of the wall, made rough by its triangles. */
static double ball_inside(const struct nw_bvh *bvh, nw_vec3 p, nw_vec3 inward, double radius,
                          struct nw_nearest *other)
{
    enum { MOST_ROUNDS = 60 };
    static const double SAME = 1e-9;       /* of the radius */
    static const double SAME_SIDE = 0.268; /* chord over radius, squared, of 30 degrees */
    for (int round = 0; round < MOST_ROUNDS; round++) {
        const nw_vec3 centre = nw_along(p, inward, radius);
        if (!nw_bvh_nearest(bvh, centre, radius * (1 + SAME), other) ||
            other->distance_mm >= radius * (1 - SAME))
            break;
        const nw_vec3 d = nw_sub(other->point_mm, p);
        const double across = nw_dot(d, inward), len2 = nw_length2(d);
        if (!(across > 0) || len2 < SAME_SIDE * radius * radius)
            break;
        radius = len2 / (2 * across);
    }
    return radius;
}

bool nw_measure_thickness(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                          nw_vec3 point_mm, double reach_mm, double stated_sigma_mm,
                          struct nw_thickness *out, struct nw_err *err)
{
    struct nw_nearest at;
    if (!nw_bvh_nearest(bvh, point_mm, reach_mm, &at))
        return nw_fail(err, NW_ERR_GEOMETRY, "no surface lies within %g mm of the place",
                       reach_mm);
    static const double START_MM = 1e-6; /* so that the ray leaves the face it starts on */
    const nw_vec3 inward = nw_scale(face_normal(mesh, at.triangle), -1);
    const double far = nw_length(nw_box_size(nw_mesh_box(mesh))) + 1;
    struct nw_segment_near exit;
    if (!nw_bvh_first_hit(bvh, at.point_mm, nw_along(at.point_mm, inward, far), START_MM / far,
                          &exit))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "there is no wall at the place: the surface is open behind it");
    const double ray = exit.along * far,
                 sigma = nw_mesh_sigma_at(mesh, at.triangle, at.bary, stated_sigma_mm);
    struct nw_nearest other = at, there = at;
    const double radius = ball_inside(bvh, at.point_mm, inward, ray / 2, &other);
    if (!nw_bvh_nearest(bvh, exit.point_mm, HUGE_VAL, &there))
        there = at;
    *out = (struct nw_thickness){
        .ball_mm = {2 * radius, both(sigma, nw_mesh_sigma_at(mesh, other.triangle, other.bary,
                                                             stated_sigma_mm))},
        .ray_mm = {ray, both(sigma, nw_mesh_sigma_at(mesh, there.triangle, there.bary,
                                                     stated_sigma_mm))},
        .at_mm = at.point_mm,
        .across_mm = exit.point_mm};
    return true;
}

/* ---- two surfaces ---- */

struct closest {
    double distance;
    nw_vec3 edge_at, face_at; /* on the edge's mesh, on the other */
};

/* The least over the edges of triangles begin..end of `from`, below `limit`. */
static struct closest edges_near(const struct nw_mesh *from, const struct nw_bvh *to,
                                 size_t begin, size_t end, double limit)
{
    struct closest best = {.distance = limit};
    for (size_t t = begin; t < end; t++)
        for (int k = 0; k < 3; k++) {
            const nw_vec3 a = from->pos_mm[from->tri[t][k]],
                          b = from->pos_mm[from->tri[t][(k + 1) % 3]];
            struct nw_segment_near near;
            if (!nw_bvh_nearest_segment(to, a, b, best.distance, &near) ||
                !(near.distance_mm < best.distance))
                continue;
            best = (struct closest){near.distance_mm, nw_along(a, nw_sub(b, a), near.along),
                                    near.point_mm};
        }
    return best;
}

/* All of `from`, in blocks that do not know of one another, so that threads do not show. */
static bool all_edges_near(const struct nw_mesh *from, const struct nw_bvh *to, double limit,
                           struct closest *out, struct nw_err *err)
{
    enum { BLOCK = 256 };
    const size_t blocks = (from->tri_count + BLOCK - 1) / BLOCK;
    NW_AUTOFREE struct closest *part = NW_ALLOC(struct closest, blocks, err);
    if (!part)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t b = 0; b < blocks; b++) {
        const size_t end =
            (b + 1) * BLOCK < from->tri_count ? (b + 1) * BLOCK : from->tri_count;
        part[b] = edges_near(from, to, b * BLOCK, end, limit);
    }
    *out = (struct closest){.distance = limit};
    for (size_t b = 0; b < blocks; b++)
        if (part[b].distance < out->distance)
            *out = part[b];
    return true;
}

/* A distance that some two places have, from a few vertices: nothing further need be found. */
static double first_guess(const struct nw_mesh *a, const struct nw_bvh *b)
{
    enum { LOOKS = 2000 };
    const size_t step = a->vert_count / LOOKS + 1;
    double best = HUGE_VAL;
    struct nw_nearest near;
    for (size_t t = 0; t < a->tri_count; t += step)
        if (nw_bvh_nearest(b, a->pos_mm[a->tri[t][0]], best, &near))
            best = near.distance_mm;
    return best;
}

static double sigma_near(const struct nw_mesh *m, const struct nw_bvh *bvh, nw_vec3 p,
                         double stated)
{
    struct nw_nearest near;
    return nw_bvh_nearest(bvh, p, HUGE_VAL, &near)
               ? nw_mesh_sigma_at(m, near.triangle, near.bary, stated)
               : stated;
}

/* Segments reach every pair of closest places of two surfaces: a vertex and a face, or two
 * edges, always lie on an edge of one of them. */
static bool apart(const struct nw_mesh *a, const struct nw_mesh *b, const struct nw_bvh *of_a,
                  const struct nw_bvh *of_b, double stated, struct nw_apart *out,
                  struct nw_err *err)
{
    const double limit = nextafter(first_guess(a, of_b), HUGE_VAL);
    struct closest from_a, from_b;
    if (!all_edges_near(a, of_b, limit, &from_a, err) ||
        !all_edges_near(b, of_a, nextafter(from_a.distance, HUGE_VAL), &from_b, err))
        return false;
    const bool by_a = from_a.distance <= from_b.distance;
    const double d = by_a ? from_a.distance : from_b.distance;
    *out = (struct nw_apart){.distance_mm = {d, 0},
                             .on_a_mm = by_a ? from_a.edge_at : from_b.face_at,
                             .on_b_mm = by_a ? from_a.face_at : from_b.edge_at};
    struct nw_nearest near;
    out->a_in_b = d > 0 && nw_bvh_nearest(of_b, a->pos_mm[a->tri[0][0]], HUGE_VAL, &near) &&
                  near.signed_mm < 0;
    out->b_in_a = d > 0 && nw_bvh_nearest(of_a, b->pos_mm[b->tri[0][0]], HUGE_VAL, &near) &&
                  near.signed_mm < 0;
    out->distance_mm.sigma = both(sigma_near(a, of_a, out->on_a_mm, stated),
                                  sigma_near(b, of_b, out->on_b_mm, stated));
    return true;
}

bool nw_measure_apart(const struct nw_mesh *a, const struct nw_mesh *b, double stated_sigma_mm,
                      struct nw_apart *out, struct nw_err *err)
{
    if (a->tri_count == 0 || b->tri_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "a surface without triangles has no distance");
    struct nw_bvh *of_a = nw_bvh_new(a, err);
    struct nw_bvh *of_b = of_a ? nw_bvh_new(b, err) : NULL;
    const bool ok = of_b && apart(a, b, of_a, of_b, stated_sigma_mm, out, err);
    nw_bvh_free(of_a);
    nw_bvh_free(of_b);
    return ok;
}

/* ---- along a way ---- */

struct way {
    const struct nw_volume *scan;
    struct nw_grid_inverse inverse;
    const struct nw_place *place;
    size_t count;
};

static nw_vec3 place_at(const struct way *w, double s, double *sigma, nw_vec3 *along)
{
    size_t i = 0;
    double len = 0;
    nw_vec3 d = {0, 0, 0};
    for (; i + 1 < w->count; i++) {
        d = nw_sub(w->place[i + 1].at_mm, w->place[i].at_mm);
        len = nw_length(d);
        if (s <= len || i + 2 == w->count)
            break;
        s -= len;
    }
    const double t = len > 0 ? fmin(s / len, 1) : 0;
    *sigma = (1 - t) * w->place[i].sigma_mm + t * w->place[i + 1].sigma_mm;
    *along = nw_unit(d);
    return nw_along(w->place[i].at_mm, d, t);
}

static bool is_within(const struct nw_volume *scan, nw_ijk p)
{
    static const double EDGE = 0.5; /* of a voxel: its far side */
    return p.i >= -EDGE && p.i <= (double)scan->grid.dim[0] - EDGE && p.j >= -EDGE &&
           p.j <= (double)scan->grid.dim[1] - EDGE && p.k >= -EDGE &&
           p.k <= (double)scan->grid.dim[2] - EDGE;
}

bool nw_measure_path(const struct nw_volume *scan, const struct nw_place *place, size_t count,
                     double step_mm, struct nw_along_path *out, struct nw_err *err)
{
    static const double MOST = 1e6;
    if (!(step_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "the step along a path must be above 0 mm");
    if (count < 2)
        return nw_fail(err, NW_ERR_ARGUMENT, "a path needs two places at least");
    struct nw_along_path p = {.min = HUGE_VAL, .max = -HUGE_VAL};
    for (size_t i = 0; i + 1 < count; i++)
        p.length_mm += nw_length(nw_sub(place[i + 1].at_mm, place[i].at_mm));
    if (!(p.length_mm / step_mm < MOST))
        return nw_fail(err, NW_ERR_LIMIT, "a path of %g mm has too many samples of %g mm",
                       p.length_mm, step_mm);
    const struct way w = {scan, nw_grid_invert(&scan->grid), place, count};
    p.count = (size_t)ceil(p.length_mm / step_mm) + 1;
    NW_AUTOFREE double *value = NW_ALLOC_UNSET(double, p.count, err);
    if (!value)
        return false;
    double sum = 0, sum2 = 0, moved[4] = {0};
    for (size_t i = 0; i < p.count; i++) {
        double sigma;
        nw_vec3 along, side[2];
        const nw_vec3 at = place_at(&w, fmin((double)i * step_mm, p.length_mm), &sigma, &along);
        const nw_ijk index = nw_grid_index(&w.inverse, at);
        if (!is_within(scan, index))
            return nw_fail(err, NW_ERR_GEOMETRY,
                           "the path leaves the scan %.1f mm from its beginning",
                           fmin((double)i * step_mm, p.length_mm));
        value[i] = nw_volume_sample(scan, index);
        sum += value[i];
        p.min = fmin(p.min, value[i]);
        p.max = fmax(p.max, value[i]);
        nw_across(along, &side[0], &side[1]);
        for (int k = 0; k < 4; k++) {
            const nw_vec3 q = nw_along(at, side[k / 2], k % 2 ? -sigma : sigma);
            moved[k] += isfinite(sigma) ? nw_volume_sample(scan, nw_grid_index(&w.inverse, q))
                                        : (double)NAN;
        }
    }
    const double n = (double)p.count;
    p.mean.value = sum / n;
    for (size_t i = 0; i < p.count; i++)
        sum2 += (value[i] - p.mean.value) * (value[i] - p.mean.value);
    p.deviation = sqrt(sum2 / n);
    double variance = 0;
    for (int k = 0; k < 4; k++)
        variance += (moved[k] / n - p.mean.value) * (moved[k] / n - p.mean.value) / 2;
    p.mean.sigma = sqrt(variance);
    p.value = value;
    value = NULL;
    *out = p;
    return true;
}
