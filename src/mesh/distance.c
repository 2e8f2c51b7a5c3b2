/* mesh/distance.c -- how far two surfaces lie apart; see distance.h, and bvh.c for one point.
 */
#include "mesh/distance.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/sort_priv.h"

const double nw_tolerance_mm[NW_TOLERANCES] = {0.25, 0.5, 1, 3};

enum { BLOCK = 1024 }; /* triangles at a time */
static const size_t MOST_SAMPLES = (size_t)1 << 27;

/* Samples of one or both surfaces, each standing for some area. */
struct samples {
    size_t count;
    float *signed_mm; /* of the sample, as seen by whoever is asked */
    float *area_mm2;
};

static void samples_release(struct samples *s)
{
    nw_free(s->signed_mm);
    nw_free(s->area_mm2);
}

/* Into how many parts a triangle's sides are cut, so that none is longer than the spacing. */
static size_t cuts(const struct nw_mesh *m, size_t t, double spacing_mm)
{
    const uint32_t *v = m->tri[t];
    double most = 0;
    for (int k = 0; k < 3; k++)
        most = fmax(most, nw_length(nw_sub(m->pos_mm[v[k]], m->pos_mm[v[(k + 1) % 3]])));
    return most > spacing_mm ? (size_t)fmin(ceil(most / spacing_mm), 1e6) : 1;
}

/* first[t]: where the samples of triangle t begin. */
static bool lay_out(const struct nw_mesh *m, double spacing_mm, size_t *first,
                    struct nw_err *err)
{
    size_t sum = 0;
    for (size_t t = 0; t < m->tri_count; t++) {
        const size_t n = cuts(m, t, spacing_mm);
        first[t] = sum;
        sum += n * n;
        if (sum > MOST_SAMPLES)
            return nw_fail(err, NW_ERR_LIMIT,
                           "samples %g mm apart are too many for this surface: take a coarser "
                           "spacing",
                           spacing_mm);
    }
    first[m->tri_count] = sum;
    return true;
}

struct asked {
    const struct nw_mesh *from;
    const struct nw_bvh *to;
    double sign; /* what of `to` lies outside of `from` counts as positive, or the reverse */
};

static float ask(const struct asked *q, nw_vec3 p)
{
    struct nw_nearest at = {0};
    (void)nw_bvh_nearest(q->to, p, HUGE_VAL, &at); /* there is always one */
    return (float)(q->sign * at.signed_mm);
}

/* The middles of the n x n equal parts of triangle t. */
static void sample_triangle(const struct asked *q, size_t t, const size_t *first,
                            struct samples *out, size_t base)
{
    const uint32_t *v = q->from->tri[t];
    const nw_vec3 a = q->from->pos_mm[v[0]], ab = nw_sub(q->from->pos_mm[v[1]], a),
                  ac = nw_sub(q->from->pos_mm[v[2]], a);
    const size_t count = first[t + 1] - first[t];
    const size_t n = (size_t)rint(sqrt((double)count));
    const float area = (float)(nw_length(nw_cross(ab, ac)) / 2 / (double)count);
    size_t at = base + first[t];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 2 * (n - i) - 1; k++) { /* upright ones, and those between */
            const double third = k % 2 ? 2.0 / 3 : 1.0 / 3;
            const nw_vec3 p = nw_along(nw_along(a, ab, ((double)i + third) / (double)n), ac,
                                       ((double)(k / 2) + third) / (double)n);
            out->signed_mm[at] = ask(q, p);
            out->area_mm2[at++] = area;
        }
}

/* Samples one surface into out from `base` on; *vert_max is the furthest vertex. */
static bool sample_surface(const struct asked *q, const size_t *first, struct samples *out,
                           size_t base, double *vert_max, struct nw_err *err)
{
    const struct nw_mesh *m = q->from;
    const size_t blocks = (m->tri_count + BLOCK - 1) / BLOCK;
    const size_t vert_blocks = (m->vert_count + BLOCK - 1) / BLOCK;
    NW_AUTOFREE double *most = NW_ALLOC(double, vert_blocks, err);
    NW_AUTOFREE uint8_t *used = most ? NW_ALLOC(uint8_t, m->vert_count, err) : NULL;
    if (!used)
        return false;
    for (size_t t = 0; t < m->tri_count; t++)
        for (int k = 0; k < 3; k++)
            used[m->tri[t][k]] = 1;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t b = 0; b < blocks; b++)
        for (size_t t = b * BLOCK; t < m->tri_count && t < (b + 1) * BLOCK; t++)
            sample_triangle(q, t, first, out, base);
    NW_PARALLEL_FOR_UNEVEN
    for (size_t b = 0; b < vert_blocks; b++)
        for (size_t v = b * BLOCK; v < m->vert_count && v < (b + 1) * BLOCK; v++)
            if (used[v])
                most[b] = fmax(most[b], fabs((double)ask(q, m->pos_mm[v])));
    *vert_max = 0;
    for (size_t b = 0; b < vert_blocks; b++)
        *vert_max = fmax(*vert_max, most[b]);
    return true;
}

static uint32_t bits_of(float positive)
{
    uint32_t bits;
    memcpy(&bits, &positive, sizeof bits);
    return bits;
}

/* Statistics of samples begin..end, weighted by area. */
static bool summarise(const struct samples *s, size_t begin, size_t end, double vert_max,
                      struct nw_distance_stats *out, struct nw_err *err)
{
    const size_t n = end - begin;
    NW_AUTOFREE uint64_t *key = NW_ALLOC_UNSET(uint64_t, n, err);
    NW_AUTOFREE uint64_t *spare = key ? NW_ALLOC_UNSET(uint64_t, n, err) : NULL;
    if (!spare)
        return false;
    double area = 0, sum = 0, sum2 = 0, signed_sum = 0, most = vert_max;
    double near[NW_TOLERANCES] = {0};
    for (size_t i = 0; i < n; i++) {
        const double w = (double)s->area_mm2[begin + i], d = (double)s->signed_mm[begin + i];
        area += w;
        sum += w * fabs(d);
        sum2 += w * d * d;
        signed_sum += w * d;
        most = fmax(most, fabs(d));
        for (int k = 0; k < NW_TOLERANCES; k++)
            near[k] += fabs(d) <= nw_tolerance_mm[k] ? w : 0;
        key[i] = (uint64_t)bits_of(fabsf(s->signed_mm[begin + i])) << 32 | i;
    }
    if (!nw_sort_bits(key, spare, n, 32, 32, err))
        return false;
    double p95 = 0, below = 0;
    for (size_t i = 0; i < n && below < 0.95 * area; i++) {
        const size_t at = begin + (uint32_t)key[i];
        below += (double)s->area_mm2[at];
        p95 = fabs((double)s->signed_mm[at]);
    }
    const double scale = area > 0 ? 1 / area : 0;
    *out = (struct nw_distance_stats){.mean_mm = sum * scale,
                                      .rms_mm = sqrt(sum2 * scale),
                                      .p95_mm = p95,
                                      .max_mm = most,
                                      .signed_mean_mm = signed_sum * scale};
    for (int k = 0; k < NW_TOLERANCES; k++)
        out->within[k] = near[k] * scale;
    return true;
}

static bool compare(const struct nw_mesh *a, const struct nw_mesh *b,
                    struct nw_bvh *const to[2], size_t *const first[2], struct samples *s,
                    struct nw_mesh_compare *out, struct nw_err *err)
{
    const size_t of_a = first[0][a->tri_count], all = of_a + first[1][b->tri_count];
    s->count = all;
    s->signed_mm = NW_ALLOC_UNSET(float, all, err);
    if (s->signed_mm)
        s->area_mm2 = NW_ALLOC_UNSET(float, all, err);
    if (!s->area_mm2)
        return false;
    const struct asked a_to_b = {a, to[1], -1}, b_to_a = {b, to[0], 1};
    double far_a, far_b;
    struct nw_mesh_compare found = {0};
    if (!sample_surface(&a_to_b, first[0], s, 0, &far_a, err) ||
        !sample_surface(&b_to_a, first[1], s, of_a, &far_b, err) ||
        !summarise(s, 0, of_a, far_a, &found.a_to_b, err) ||
        !summarise(s, of_a, all, far_b, &found.b_to_a, err) ||
        !summarise(s, 0, all, fmax(far_a, far_b), &found.both, err))
        return false;
    found.volume_a_mm3 = nw_mesh_volume_mm3(a);
    found.volume_b_mm3 = nw_mesh_volume_mm3(b);
    *out = found;
    return true;
}

bool nw_mesh_compare(const struct nw_mesh *a, const struct nw_mesh *b, double spacing_mm,
                     struct nw_mesh_compare *out, struct nw_err *err)
{
    if (!(spacing_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "the spacing of samples must be above 0 mm");
    if (a->tri_count == 0 || b->tri_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "a surface without triangles has no distance");
    struct nw_bvh *to[2] = {nw_bvh_new(a, err), NULL};
    if (to[0])
        to[1] = nw_bvh_new(b, err);
    size_t *first[2] = {NULL, NULL};
    if (to[1])
        first[0] = NW_ALLOC_UNSET(size_t, a->tri_count + 1, err);
    if (first[0])
        first[1] = NW_ALLOC_UNSET(size_t, b->tri_count + 1, err);
    struct samples s = {0};
    const bool ok = first[1] && lay_out(a, spacing_mm, first[0], err) &&
                    lay_out(b, spacing_mm, first[1], err) &&
                    compare(a, b, to, first, &s, out, err);
    samples_release(&s);
    nw_free(first[0]);
    nw_free(first[1]);
    nw_bvh_free(to[0]);
    nw_bvh_free(to[1]);
    return ok;
}
