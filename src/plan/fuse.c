/* plan/fuse.c -- surfaces laid on one another by closest points; see fuse.h. */
#include "plan/fuse_priv.h"

#include <stdlib.h>

#include "core/parallel.h"
#include "plan/linear_priv.h"

enum { N = NW_MOST_ROWS, BLOCK = 64, MOST_ROUNDS = 200, PRESET_SAMPLES = 5000 };
static const double LEAST_KEPT = 0.5;       /* nothing less is found by itself */
static const double LEAST_COSINE = 0.5;     /* of the normals of a pair: 60 degrees */
static const double REACH_SIGMAS = 2.5;     /* what counts as kept in the last rounds */
static const double TUKEY_SIGMAS = 4.685;   /* where weights end then: 95 % efficient */
static const double REACH_SHRINKS = 0.9546; /* rms of a Gaussian cut off there */
static const double FREE_BELOW = 0.01;      /* firmness: a slope of half a degree */
static const double AT_REST_MM = 1e-9, NEARLY_MM = 1e-3;
static const double REST_SHARE = 0.003;    /* of how far noise alone moves it */
static const double LEAST_SIGMA_MM = 1e-3; /* no surface is known better */
static const double ON_IT_MM = 1e-9;       /* nearer than that, only the face has a direction */

/* One sample and its nearest place. */
struct pair {
    nw_vec3 at, normal; /* moved sample; direction of growing distance */
    double distance_mm; /* signed along that direction, which is the face's where it is tiny */
    double apart_mm;    /* never negative */
    double weight;
    bool meets; /* the normals agree */
};

struct round {
    struct pair *pair;
    double *sorted;
    uint8_t *kept;
};

/* A place that moved is no further from the surface than it was and how far it moved: the
 * search need not look beyond. */
static void pair_up(const struct nw_fit *fit, nw_affine motion, size_t i, struct pair *out)
{
    static const double ROUNDING_MM = 1e-6;
    const nw_vec3 p = nw_apply(motion, fit->moving->at[i]);
    const double reach = out->apart_mm + nw_length(nw_sub(p, out->at)) + ROUNDING_MM;
    struct nw_nearest near = {0};
    if (!nw_bvh_nearest(fit->fixed, p, reach, &near))
        (void)nw_bvh_nearest(fit->fixed, p, HUGE_VAL, &near); /* there is always one */
    const uint32_t *v = fit->mesh->tri[near.triangle];
    const nw_vec3 a = fit->mesh->pos_mm[v[0]];
    const nw_vec3 face = nw_unit(
        nw_cross(nw_sub(fit->mesh->pos_mm[v[1]], a), nw_sub(fit->mesh->pos_mm[v[2]], a)));
    const nw_vec3 turned = nw_mul(motion.linear, fit->moving->normal[i]);
    *out = (struct pair){
        .at = p, .apart_mm = near.distance_mm, .meets = nw_dot(face, turned) > LEAST_COSINE};
    if (near.distance_mm > ON_IT_MM) {
        out->normal = nw_scale(nw_sub(p, near.point_mm), 1 / near.distance_mm);
        out->distance_mm = near.distance_mm;
    } else {
        out->normal = face;
        out->distance_mm = nw_dot(nw_sub(p, near.point_mm), face);
    }
}

static void pair_all(const struct nw_fit *fit, nw_affine motion, struct pair *pair)
{
    const size_t n = fit->moving->count, blocks = (n + BLOCK - 1) / BLOCK;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = b * BLOCK; i < n && i < (b + 1) * BLOCK; i++)
            pair_up(fit, motion, i, &pair[i]);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The distance up to which samples count: by the share asked for, or by the share for which
 * the mean square over its cube is least. *rms is over those. */
static double trim(const struct nw_fit *fit, struct round *r, double *rms)
{
    const size_t n = fit->moving->count;
    size_t meeting = 0;
    for (size_t i = 0; i < n; i++)
        if (r->pair[i].meets)
            r->sorted[meeting++] = fabs(r->pair[i].distance_mm);
    if (meeting == 0)
        return 0;
    qsort(r->sorted, meeting, sizeof *r->sorted, by_size);
    const double least = fit->kept > 0 ? fit->kept : LEAST_KEPT;
    size_t first = (size_t)ceil(least * (double)n), best = 0;
    if (first > meeting)
        first = meeting;
    const size_t last = fit->kept > 0 ? first : meeting;
    double sum = 0, best_value = HUGE_VAL;
    *rms = 0;
    for (size_t k = 1; k <= last; k++) {
        sum += r->sorted[k - 1] * r->sorted[k - 1];
        const double share = (double)k / (double)n, mean = sum / (double)k;
        const double value = (mean + LEAST_SIGMA_MM * LEAST_SIGMA_MM) / (share * share * share);
        if (k >= first && value <= best_value) {
            best_value = value;
            best = k;
            *rms = sqrt(mean);
        }
    }
    return r->sorted[best - 1];
}

/* Tukey's weights: one at the surface, none beyond the reach, no step between. */
static void weigh(const struct nw_fit *fit, struct round *r, double reach_mm, bool evenly)
{
    for (size_t i = 0; i < fit->moving->count; i++) {
        const double u = r->pair[i].distance_mm / reach_mm, v = 1 - u * u;
        const bool counts = r->pair[i].meets && fabs(u) <= 1;
        r->pair[i].weight = !counts ? 0 : evenly ? 1 : v * v;
    }
}

/* How much the scatter of the distances moves the answer, as a variance: for Tukey's weights
 * the mean square of their influence over the square of its mean slope (Huber 1981). */
static double effective_sigma2(const struct nw_fit *fit, const struct round *r, double reach_mm,
                               bool evenly)
{
    double influence2 = 0, slope = 0, n = 0;
    for (size_t i = 0; i < fit->moving->count; i++) {
        const double d = r->pair[i].distance_mm, w = r->pair[i].weight, u = d / reach_mm;
        if (!(w > 0))
            continue;
        n++;
        influence2 += w * w * d * d;
        slope += evenly ? 1 : (1 - u * u) * (1 - 5 * u * u);
    }
    return n > 0 && slope > 0 ? influence2 / n / (slope / n * (slope / n)) : 0;
}

/* Marks what counts; returns how many and their mean square. */
static size_t keep_within(const struct nw_fit *fit, struct round *r, double reach_mm,
                          double *mean2)
{
    size_t kept = 0;
    double sum = 0;
    for (size_t i = 0; i < fit->moving->count; i++) {
        const double d = r->pair[i].distance_mm;
        r->kept[i] = r->pair[i].meets && fabs(d) <= reach_mm;
        kept += r->kept[i];
        sum += r->kept[i] ? d * d : 0;
    }
    *mean2 = kept ? sum / (double)kept : 0;
    return kept;
}

/* The normal equations of the pairs kept, rotations about the centre in units of radius. */
struct equations {
    double h[N][N], g[N];
    nw_vec3 centre;
    double radius, weight;
};

static void set_up(const struct nw_fit *fit, const struct round *r, struct equations *q)
{
    double n = 0, sum2 = 0;
    *q = (struct equations){.centre = {0, 0, 0}};
    for (size_t i = 0; i < fit->moving->count; i++) {
        q->centre = nw_along(q->centre, r->pair[i].at, r->pair[i].weight);
        n += r->pair[i].weight;
    }
    q->centre = nw_scale(q->centre, n > 0 ? 1 / n : 0);
    for (size_t i = 0; i < fit->moving->count; i++)
        sum2 += r->pair[i].weight * nw_length2(nw_sub(r->pair[i].at, q->centre));
    q->weight = n;
    q->radius = n > 0 && sum2 > 0 ? sqrt(sum2 / n) : 1;
    for (size_t i = 0; i < fit->moving->count; i++) {
        const struct pair *p = &r->pair[i];
        if (!(p->weight > 0))
            continue;
        const nw_vec3 turn =
            nw_scale(nw_cross(nw_sub(p->at, q->centre), p->normal), 1 / q->radius);
        const double j[N] = {turn.x, turn.y, turn.z, p->normal.x, p->normal.y, p->normal.z};
        for (int a = 0; a < N; a++) {
            q->g[a] -= p->weight * j[a] * p->distance_mm;
            for (int b = 0; b < N; b++)
                q->h[a][b] += p->weight * j[a] * j[b];
        }
    }
}

/* One step; returns how far it moves the samples, in mm. */
static double step(const struct equations *q, nw_affine *motion)
{
    double x[N];
    const struct nw_eigen e = nw_eigen_symmetric(q->h, N);
    nw_eigen_solve(&e, N, q->g, FREE_BELOW * FREE_BELOW * q->weight, x);
    const nw_vec3 w = nw_scale(nw_v3(x[0], x[1], x[2]), 1 / q->radius);
    const nw_mat3 turn = nw_rotation(w);
    const nw_vec3 from_centre = nw_sub(motion->shift, q->centre);
    motion->linear = nw_matmul(turn, motion->linear);
    motion->shift =
        nw_add(nw_add(nw_mul(turn, from_centre), q->centre), nw_v3(x[3], x[4], x[5]));
    double sum = 0;
    for (int k = 0; k < N; k++)
        sum += x[k] * x[k];
    return sqrt(sum);
}

/* Products of many rotations drift from being one: back by Gram and Schmidt. */
static void square_up(nw_mat3 *m)
{
    m->r[0] = nw_unit(m->r[0]);
    m->r[1] = nw_unit(nw_along(m->r[1], m->r[0], -nw_dot(m->r[0], m->r[1])));
    const nw_vec3 third = nw_cross(m->r[0], m->r[1]);
    m->r[2] = nw_dot(third, m->r[2]) < 0 ? nw_scale(third, -1) : third;
}

static bool fail_free(const struct nw_eigen *e, double weight, struct nw_err *err)
{
    const double *v = e->vector[0];
    const bool turns = v[0] * v[0] + v[1] * v[1] + v[2] * v[2] > 0.5;
    const double firm = sqrt(fmax(e->value[0], 0) / weight);
    const nw_vec3 axis = nw_unit(turns ? nw_v3(v[0], v[1], v[2]) : nw_v3(v[3], v[4], v[5]));
    if (turns)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the surfaces can turn about (%.2f %.2f %.2f) on one another (firmness "
                       "%.4f, at least %g is needed): add landmarks or more surface",
                       axis.x, axis.y, axis.z, firm, FREE_BELOW);
    return nw_fail(err, NW_ERR_GEOMETRY,
                   "the surfaces can slide along (%.2f %.2f %.2f) on one another (firmness "
                   "%.4f, at least %g is needed): add landmarks or more surface",
                   axis.x, axis.y, axis.z, firm, FREE_BELOW);
}

static void fill_result(const struct nw_fit *fit, const struct round *r,
                        const struct equations *q, const struct nw_eigen *e, size_t kept,
                        double sigma2, struct nw_fuse *out)
{
    const double n = (double)kept, all = (double)fit->moving->count;
    const double disc = 2 * NW_PI * fit->correlation_mm * fit->correlation_mm;
    const double area = fit->moving->area_mm2 * n / all;
    const double alike = disc > 0 ? fmax(1, n * disc / fmax(area, disc)) : 1;
    out->centre_mm = q->centre;
    out->noise_mm = sqrt(sigma2);
    out->samples = fit->moving->count;
    out->kept = n / all;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            double sum = 0;
            for (int m = 0; m < N; m++)
                sum += e->vector[m][i] * e->vector[m][k] / e->value[m];
            const double unit = (i < 3 ? q->radius : 1) * (k < 3 ? q->radius : 1);
            out->covariance[i][k] = sigma2 * alike * sum * q->weight / n / unit;
        }
    for (int k = 0; k < N; k++) {
        out->firm[k] = sqrt(e->value[k] / q->weight);
        out->weakest[k] = e->vector[0][k];
    }
    for (size_t i = 0; i < fit->moving->count; i++)
        r->sorted[i] = fabs(r->pair[i].distance_mm);
    qsort(r->sorted, fit->moving->count, sizeof *r->sorted, by_size);
    out->p95_mm = r->sorted[(size_t)(0.95 * (all - 1))];
}

static bool run(const struct nw_fit *fit, nw_affine start, struct round *r, struct nw_fuse *out,
                struct nw_err *err)
{
    enum { SETTLING = 40, ADAPTING = 25 }; /* rounds by share; then the reach is still found */
    struct nw_fuse f = {.motion = start};
    struct equations q = {.weight = 1};
    double reach = 0, rms = 0, mean2 = 0, moved = HUGE_VAL;
    size_t kept = 0;
    bool by_share = true;
    int since = 0; /* rounds of this way of keeping */
    const int most = fit->rounds > 0 ? fit->rounds : MOST_ROUNDS;
    for (f.rounds = 0; f.rounds < most; f.rounds++, since++) {
        pair_all(fit, f.motion, r->pair);
        if (by_share)
            reach = trim(fit, r, &rms);
        else if (since < ADAPTING)
            reach = TUKEY_SIGMAS * fmax(sqrt(mean2) / REACH_SHRINKS, LEAST_SIGMA_MM);
        const double within = by_share ? reach : reach * REACH_SIGMAS / TUKEY_SIGMAS;
        kept = keep_within(fit, r, within, &mean2);
        if (kept < 2 * N || (double)kept < 0.1 * (double)fit->moving->count)
            return nw_fail(err, NW_ERR_GEOMETRY,
                           "the surfaces have next to nothing in common where they lie (%zu of "
                           "%zu samples): start them nearer to one another",
                           kept, fit->moving->count);
        weigh(fit, r, reach, by_share);
        set_up(fit, r, &q);
        const double rest = fmax(AT_REST_MM, REST_SHARE * sqrt(mean2 / (double)kept));
        if (moved < rest && (!by_share || fit->kept > 0))
            break;
        moved = step(&q, &f.motion);
        square_up(&f.motion.linear);
        if (by_share && !(fit->kept > 0) &&
            (moved < fmax(NEARLY_MM, rest) || since >= SETTLING)) {
            by_share = false;
            since = -1;
            mean2 = rms * rms;
        }
    }
    if (moved > fmax(NEARLY_MM, sqrt(mean2 / (double)kept)) && fit->rounds == 0)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the surfaces did not come to rest in %d rounds (the last moved them by "
                       "%.3g mm): start them nearer to one another",
                       MOST_ROUNDS, moved);
    const struct nw_eigen e = nw_eigen_symmetric((const double(*)[N])q.h, N);
    if (!(e.value[0] > FREE_BELOW * FREE_BELOW * q.weight))
        return fail_free(&e, q.weight, err);
    f.rms_mm = sqrt(mean2);
    const double loss = (double)kept / (double)(kept - N);
    const double found2 = loss * effective_sigma2(fit, r, reach, by_share);
    fill_result(fit, r, &q, &e, kept, fmax(found2, fit->sigma_mm * fit->sigma_mm), &f);
    *out = f;
    return true;
}

static bool round_init(struct round *r, size_t count, struct nw_err *err)
{
    r->pair = NW_ALLOC(struct pair, count, err);
    for (size_t i = 0; r->pair && i < count; i++)
        r->pair[i].apart_mm = HUGE_VAL;
    r->sorted = r->pair ? NW_ALLOC_UNSET(double, count, err) : NULL;
    r->kept = r->sorted ? NW_ALLOC_UNSET(uint8_t, count, err) : NULL;
    return r->kept != NULL;
}

static void round_release(struct round *r)
{
    nw_free(r->pair);
    nw_free(r->sorted);
    nw_free(r->kept);
}

bool nw_fit_run(const struct nw_fit *fit, nw_affine start, struct nw_fuse *out,
                struct nw_err *err)
{
    struct round r = {0};
    const bool ok = round_init(&r, fit->moving->count, err) && run(fit, start, &r, out, err);
    round_release(&r);
    return ok;
}

bool nw_fit_judge(const struct nw_fit *fit, nw_affine motion, double *rms_mm,
                  struct nw_err *err)
{
    struct round r = {0};
    const size_t n = fit->moving->count;
    const bool ok = round_init(&r, n, err);
    if (ok) {
        pair_all(fit, motion, r.pair);
        for (size_t i = 0; i < n; i++)
            r.sorted[i] = fabs(r.pair[i].distance_mm);
        qsort(r.sorted, n, sizeof *r.sorted, by_size);
        double sum = 0;
        for (size_t i = 0; i < n / 2; i++)
            sum += r.sorted[i] * r.sorted[i];
        *rms_mm = sqrt(sum / (double)(n / 2 ? n / 2 : 1));
    }
    round_release(&r);
    return ok;
}

void nw_fit_distances(const struct nw_fit *fit, nw_affine motion, double *out_mm)
{
    const size_t n = fit->moving->count, blocks = (n + BLOCK - 1) / BLOCK;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = b * BLOCK; i < n && i < (b + 1) * BLOCK; i++) {
            struct pair p = {.apart_mm = HUGE_VAL};
            pair_up(fit, motion, i, &p);
            out_mm[i] = p.meets ? p.apart_mm : HUGE_VAL;
        }
}

/* ---- starts ---- */

/* Lays the principal axes on one another; the four ways that keep the hand. */
static nw_affine laid_by_axes(const struct nw_inertia *from, const struct nw_inertia *to,
                              int way)
{
    static const double sign[4][3] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};
    nw_mat3 rows = from->axis;
    for (int k = 0; k < 3; k++)
        rows.r[k] = nw_scale(rows.r[k], sign[way][k]);
    nw_affine a;
    a.linear = nw_matmul(nw_transpose(to->axis), rows);
    a.shift = nw_sub(to->centre, nw_mul(a.linear, from->centre));
    return a;
}

static bool best_of_turns(const struct nw_fit *fit, const struct nw_samples *target,
                          nw_affine start, struct nw_fuse *out, struct nw_err *err)
{
    const struct nw_inertia from = nw_samples_inertia(fit->moving),
                            to = nw_samples_inertia(target);
    double best = HUGE_VAL;
    struct nw_err first = {0};
    for (int way = -1; way < 4; way++) {
        struct nw_err why = {0};
        struct nw_fuse f;
        double rms;
        if (!nw_fit_run(fit, way < 0 ? start : laid_by_axes(&from, &to, way), &f, &why)) {
            if (why.code != NW_ERR_GEOMETRY) {
                *err = why;
                return false;
            }
            first = first.code ? first : why;
            continue;
        }
        if (!nw_fit_judge(fit, f.motion, &rms, err))
            return false;
        if (rms < best) {
            best = rms;
            *out = f;
        }
    }
    if (best == HUGE_VAL)
        *err = first;
    return best < HUGE_VAL;
}

static bool fuse(const struct nw_mesh *moving, const struct nw_mesh *fixed,
                 const struct nw_bvh *tree, const struct nw_fuse_opts *opts,
                 struct nw_fuse *out, struct nw_err *err)
{
    const size_t count = opts->samples ? opts->samples : PRESET_SAMPLES;
    const nw_affine as_is = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    const nw_affine start = opts->start ? *opts->start : as_is;
    struct nw_samples from = {0}, to = {0};
    bool ok = nw_samples_init(&from, moving, count, err) &&
              (!opts->turn || nw_samples_init(&to, fixed, count, err));
    const struct nw_fit fit = {&from, fixed,         tree, opts->kept, opts->correlation_mm,
                               0,     opts->sigma_mm};
    if (ok)
        ok = opts->turn ? best_of_turns(&fit, &to, start, out, err)
                        : nw_fit_run(&fit, start, out, err);
    nw_samples_release(&from);
    nw_samples_release(&to);
    return ok;
}

bool nw_fuse_surfaces(const struct nw_mesh *moving, const struct nw_mesh *fixed,
                      const struct nw_fuse_opts *opts, struct nw_fuse *out, struct nw_err *err)
{
    if (fixed->tri_count == 0 || moving->tri_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "a surface without triangles cannot be laid on");
    struct nw_bvh *own = nw_bvh_new(moving, err); /* for its checks */
    nw_bvh_free(own);
    struct nw_bvh *tree = own ? nw_bvh_new(fixed, err) : NULL;
    struct nw_fuse f;
    bool ok = tree && fuse(moving, fixed, tree, opts, &f, err);
    nw_bvh_free(tree);
    if (ok && opts->limit_mm > 0 && f.rms_mm > opts->limit_mm)
        ok =
            nw_fail(err, NW_ERR_GEOMETRY,
                    "the surfaces lie %.3f mm apart at best (rms of %.0f %%); at most %g mm is "
                    "asked for",
                    f.rms_mm, 100 * f.kept, opts->limit_mm);
    if (ok)
        *out = f;
    return ok;
}
