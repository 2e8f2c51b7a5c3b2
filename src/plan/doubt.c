/* plan/doubt.c -- how well a motion is determined; see fuse.h. */
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "plan/fuse_priv.h"
#include "plan/linear_priv.h"

enum { N = NW_MOST_ROWS, ROUGH_SAMPLES = 1000, SAMPLES = 5000, STEPS = 180 };
static const double FAR_MM = 3;            /* further off, how far says nothing */
static const double CAP_SIGMAS = 2.5;      /* as of a fit: what counts as kept */
static const double AS_WELL = 9;           /* of chi squared: 3 sigma */
static const double ROUGHLY_AS_WELL = 27;  /* before the last fit */
static const double BETTER = 1;            /* of chi squared: to leave the one that was found */
static const double LEAST_SIGMA_MM = 1e-3; /* no surface is known better */
static const double APART_RAD = 2 * NW_PI / 180, APART_SIGMAS = 3;
static const double RULED_OUT = 22.46; /* chi squared of 6, one in a thousand */

/* ---- degrees of freedom ---- */

/* The principal axes of the block of turns (0) or of shifts (3). */
static void principal(const double covariance[N][N], int block, struct nw_freedom out[3])
{
    double m[N][N] = {{0}};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            m[i][k] = covariance[block + i][block + k];
    const struct nw_eigen e = nw_eigen_symmetric((const double(*)[N])m, 3);
    for (int k = 0; k < 3; k++) {
        const double *v = e.vector[2 - k];
        out[k] = (struct nw_freedom){nw_v3(v[0], v[1], v[2]), sqrt(fmax(e.value[2 - k], 0))};
    }
}

struct nw_doubt nw_fuse_doubt(const struct nw_fuse *fuse)
{
    struct nw_doubt d = {.others = 0};
    principal(fuse->covariance, 0, d.turn);
    principal(fuse->covariance, 3, d.shift);
    return d;
}

/* ---- other turns ---- */

/* A place on the weakest axis: where turning about it shifts nothing across it. */
static nw_vec3 pivot_of(const struct nw_fuse *f, nw_vec3 axis)
{
    const double a[3] = {axis.x, axis.y, axis.z};
    double shift[3] = {0}, turn = 0;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            shift[i] += f->covariance[3 + i][k] * a[k];
            turn += a[i] * f->covariance[i][k] * a[k];
        }
    if (!(turn > 0))
        return f->centre_mm;
    const nw_vec3 by_turn = nw_scale(nw_v3(shift[0], shift[1], shift[2]), 1 / turn);
    return nw_add(f->centre_mm, nw_cross(axis, by_turn));
}

static nw_affine turned(nw_affine motion, nw_vec3 axis, nw_vec3 pivot, double rad)
{
    const nw_mat3 r = nw_rotation(nw_scale(axis, rad));
    return (nw_affine){nw_matmul(r, motion.linear),
                       nw_add(nw_mul(r, nw_sub(motion.shift, pivot)), pivot)};
}

/* The turn that leads from one motion to the other, about the axis, signed by it. */
static double turn_between(nw_affine from, nw_affine to, nw_vec3 axis)
{
    const nw_mat3 m = nw_matmul(to.linear, nw_transpose(from.linear));
    const nw_vec3 twice = {m.r[2].y - m.r[1].z, m.r[0].z - m.r[2].x, m.r[1].x - m.r[0].y};
    const double rad = nw_atan2(nw_length(twice), m.r[0].x + m.r[1].y + m.r[2].z - 1);
    return nw_dot(twice, axis) < 0 ? -rad : rad;
}

/* Whether the landmarks contradict a motion: chi squared of how far it leads from theirs. */
static bool ruled_out(const struct nw_fuse *marks, nw_affine motion)
{
    if (!marks)
        return false;
    const nw_affine back = nw_affine_inverse(marks->motion);
    const nw_mat3 m = nw_matmul(motion.linear, back.linear);
    const nw_vec3 twice = {m.r[2].y - m.r[1].z, m.r[0].z - m.r[2].x, m.r[1].x - m.r[0].y};
    const double rad = nw_atan2(nw_length(twice), m.r[0].x + m.r[1].y + m.r[2].z - 1);
    const nw_vec3 w = nw_scale(nw_unit(twice), rad), c = marks->centre_mm;
    const nw_vec3 s = nw_sub(nw_apply(motion, nw_apply(back, c)), c);
    const double b[N] = {w.x, w.y, w.z, s.x, s.y, s.z};
    double x[N], chi2 = 0;
    const struct nw_eigen e = nw_eigen_symmetric(marks->covariance, N);
    nw_eigen_solve(&e, N, b, 0, x);
    for (int k = 0; k < N; k++)
        chi2 += b[k] * x[k];
    return chi2 > RULED_OUT;
}

struct search {
    const struct nw_turn_opts *opts;
    struct nw_mesh bare; /* the shape without a saw's faces */
    struct nw_samples rough, fine;
    struct nw_fit fit; /* of the rough samples */
    double *off;       /* room for all distances */
};

/* How badly everything lies: mean distance, cut off where it says nothing more. */
static double lies(const struct search *s, nw_affine motion)
{
    double sum = 0;
    nw_fit_distances(&s->fit, motion, s->off);
    for (size_t i = 0; i < s->rough.count; i++)
        sum += fmin(s->off[i], FAR_MM);
    return sum / (double)s->rough.count;
}

static double chi_squared(const struct search *s, const struct nw_samples *samples,
                          nw_affine motion, double sigma_mm)
{
    struct nw_fit fit = s->fit;
    fit.moving = samples;
    nw_fit_distances(&fit, motion, s->off);
    const double disc = 2 * NW_PI * s->opts->correlation_mm * s->opts->correlation_mm;
    const double n = (double)samples->count;
    const double each = disc > 0 ? fmin(n, fmax(samples->area_mm2 / disc, 1)) / n : 1;
    double sum = 0;
    for (size_t i = 0; i < samples->count; i++) {
        const double u = fmin(s->off[i] / sigma_mm, CAP_SIGMAS);
        sum += u * u;
    }
    return each * sum;
}

/* The least of a way round, the best first; those next to where it lies are left out. */
static size_t pick_least(const double mean[STEPS], int *out)
{
    enum { NEXT = 2 };
    size_t count = 0;
    for (int k = NEXT; k <= STEPS - NEXT; k++) {
        if (mean[k] > mean[k - 1] || mean[k] > mean[(k + 1) % STEPS])
            continue;
        size_t at = count < NW_MOST_OTHERS ? count++ : NW_MOST_OTHERS;
        for (; at > 0 && mean[k] < mean[out[at - 1]]; at--)
            if (at < NW_MOST_OTHERS)
                out[at] = out[at - 1];
        if (at < NW_MOST_OTHERS)
            out[at] = k;
    }
    return count;
}

/* Fits from each of the best turns, roughly first, then as the one that was found was. A fit
 * that fails is none. */
static bool fit_others(struct search *s, const struct nw_fuse *fuse, struct nw_fuse *other,
                       size_t *count, struct nw_err *err)
{
    const nw_vec3 axis = nw_fuse_doubt(fuse).turn[0].axis, pivot = pivot_of(fuse, axis);
    const double sigma = fmax(fmax(fuse->noise_mm, s->opts->sigma_mm), LEAST_SIGMA_MM);
    double mean[STEPS];
    int least[NW_MOST_OTHERS];
    for (int k = 0; k < STEPS; k++) {
        const nw_affine m = turned(fuse->motion, axis, pivot, 2 * NW_PI * k / STEPS);
        mean[k] = lies(s, m);
        if (nw_cancelled())
            return nw_fail_cancelled(err);
    }
    const double most_chi = chi_squared(s, &s->rough, fuse->motion, sigma) + ROUGHLY_AS_WELL;
    const size_t most = pick_least(mean, least);
    *count = 0;
    for (size_t i = 0; i < most; i++) {
        struct nw_err why = {0};
        struct nw_fuse f;
        const nw_affine start = turned(fuse->motion, axis, pivot, 2 * NW_PI * least[i] / STEPS);
        bool ok = nw_fit_run(&s->fit, start, &f, &why);
        if (ok && (chi_squared(s, &s->rough, f.motion, sigma) > most_chi ||
                   ruled_out(s->opts->marks, f.motion)))
            continue;
        ok = ok && s->opts->refine(s->opts->user, f.motion, &other[*count], &why);
        if (ok)
            ++*count;
        else if (why.code != NW_ERR_GEOMETRY) {
            *err = why;
            return false;
        }
    }
    return true;
}

/* Puts the best of all into *fuse, and tells of those that are about as good. */
static void compare(const struct search *s, struct nw_fuse *fuse, const struct nw_fuse *other,
                    size_t count, struct nw_doubt *out)
{
    struct nw_fuse all[NW_MOST_OTHERS + 1];
    double chi[NW_MOST_OTHERS + 1], sigma = fuse->noise_mm;
    size_t best = 0;
    all[0] = *fuse;
    memcpy(all + 1, other, count * sizeof *other);
    for (size_t i = 0; i <= count; i++)
        sigma = fmin(sigma, all[i].noise_mm);
    sigma = fmax(fmax(sigma, s->opts->sigma_mm), LEAST_SIGMA_MM);
    for (size_t i = 0; i <= count; i++) {
        chi[i] = chi_squared(s, &s->fine, all[i].motion, sigma);
        if (chi[i] < chi[best] && chi[i] < chi[0] - BETTER)
            best = i;
    }
    *fuse = all[best];
    struct nw_doubt d = nw_fuse_doubt(fuse);
    double sum2 = 0;
    for (size_t i = 0; i <= count; i++) {
        const double rad = turn_between(fuse->motion, all[i].motion, d.turn[0].axis);
        if (i == best || chi[i] > chi[best] + AS_WELL ||
            fabs(rad) < fmax(APART_RAD, APART_SIGMAS * d.turn[0].sigma))
            continue;
        size_t k = 0;
        while (k < d.others && fabs(d.other_rad[k] - rad) >= APART_RAD)
            k++;
        if (k < d.others || d.others == NW_MOST_OTHERS)
            continue;
        for (k = d.others++; k > 0 && fabs(d.other_rad[k - 1]) > fabs(rad); k--)
            d.other_rad[k] = d.other_rad[k - 1];
        d.other_rad[k] = rad;
        sum2 += rad * rad;
    }
    /* any of them may be the true one */
    d.turn[0].sigma = sqrt(d.turn[0].sigma * d.turn[0].sigma + sum2 / (double)(d.others + 1));
    *out = d;
}

bool nw_fuse_other_turns(const struct nw_mesh *fixed, const struct nw_turn_opts *opts,
                         struct nw_fuse *fuse, struct nw_doubt *out, struct nw_err *err)
{
    struct search s = {.opts = opts};
    struct nw_fuse other[NW_MOST_OTHERS];
    size_t count = 0;
    struct nw_bvh *tree = nw_bvh_new(fixed, err);
    s.bare = *opts->shape; /* its arrays are only looked at */
    if (opts->face > 0 && opts->face < s.bare.tri_count)
        s.bare.tri_count = opts->face;
    bool ok = tree && nw_samples_init(&s.rough, &s.bare, ROUGH_SAMPLES, err) &&
              nw_samples_init(&s.fine, &s.bare, SAMPLES, err);
    s.off = ok ? NW_ALLOC_UNSET(double, SAMPLES, err) : NULL;
    s.fit = (struct nw_fit){.moving = &s.rough,
                            .mesh = fixed,
                            .fixed = tree,
                            .correlation_mm = opts->correlation_mm,
                            .sigma_mm = opts->sigma_mm};
    ok = s.off && fit_others(&s, fuse, other, &count, err);
    if (ok)
        compare(&s, fuse, other, count, out);
    nw_free(s.off);
    nw_samples_release(&s.rough);
    nw_samples_release(&s.fine);
    nw_bvh_free(tree);
    return ok;
}
