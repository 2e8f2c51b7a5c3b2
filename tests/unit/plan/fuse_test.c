/* tests/unit/plan/fuse_test.c -- known motions found again, with their errors. */
#include "plan/fuse.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/shapes.h"
#include "starve.h"
#include "unit.h"

static double bumps(nw_vec3 d)
{
    return 6 * sin(3 * d.x + 1) * sin(2 * d.y) + 5 * d.z * d.z * d.x;
}

static nw_affine motion_of(nw_vec3 axis, double angle, nw_vec3 shift)
{
    const nw_vec3 k = nw_unit(axis);
    const double c = cos(angle), s = sin(angle), d = 1 - c;
    const nw_affine a = {
        {{{c + d * k.x * k.x, d * k.x * k.y - s * k.z, d * k.x * k.z + s * k.y},
          {d * k.y * k.x + s * k.z, c + d * k.y * k.y, d * k.y * k.z - s * k.x},
          {d * k.z * k.x - s * k.y, d * k.z * k.y + s * k.x, c + d * k.z * k.z}}},
        shift};
    return a;
}

static void move(struct nw_mesh *m, nw_affine by)
{
    for (size_t v = 0; v < m->vert_count; v++)
        m->pos_mm[v] = nw_apply(by, m->pos_mm[v]);
}

/* The small motion that is left of found after truth^-1: rotation vector and shift at c. */
static void left_over(nw_affine found, nw_affine truth, nw_vec3 c, double out[6])
{
    const nw_affine back = nw_affine_inverse(truth);
    const nw_mat3 r = nw_matmul(found.linear, back.linear);
    out[0] = (r.r[2].y - r.r[1].z) / 2;
    out[1] = (r.r[0].z - r.r[2].x) / 2;
    out[2] = (r.r[1].x - r.r[0].y) / 2;
    const nw_vec3 s = nw_sub(nw_apply(found, nw_apply(back, c)), c);
    out[3] = s.x;
    out[4] = s.y;
    out[5] = s.z;
}

static double length6(const double *x, double radius)
{
    double sum = 0;
    for (int k = 0; k < 6; k++)
        sum += x[k] * x[k] * (k < 3 ? radius * radius : 1);
    return sqrt(sum);
}

/* x' C^-1 x by elimination. */
static double mahalanobis2(const double cov[6][6], const double *x)
{
    double a[6][7];
    for (int i = 0; i < 6; i++) {
        memcpy(a[i], cov[i], sizeof cov[i]);
        a[i][6] = x[i];
    }
    for (int p = 0; p < 6; p++)
        for (int i = 0; i < 6; i++)
            if (i != p)
                for (int k = 6; k >= p; k--)
                    a[i][k] -= a[i][p] / a[p][p] * a[p][k];
    double sum = 0;
    for (int i = 0; i < 6; i++)
        sum += x[i] * a[i][6] / a[i][i];
    return sum;
}

static const nw_vec3 places[6] = {{0, 0, 0},    {80, 5, 3},   {10, 60, -4},
                                  {-5, 20, 90}, {40, 40, 40}, {-30, 10, 20}};

static void landmarks_find_a_motion_exactly(void)
{
    struct nw_err err = {0};
    for (int trial = 0; trial < 20; trial++) {
        const double t = trial;
        const nw_affine truth = motion_of(nw_v3(sin(t), cos(2 * t), sin(3 * t) + 0.1), 0.17 * t,
                                          nw_v3(5 * t, -3, 100 - t));
        nw_vec3 there[6];
        for (int i = 0; i < 6; i++)
            there[i] = nw_apply(truth, places[i]);
        struct nw_fuse f;
        CHECK(nw_fuse_landmarks(places, there, 6, (double)NAN, &f, &err));
        double x[6];
        left_over(f.motion, truth, there[3], x);
        CHECK(length6(x, 100) < 1e-10);
        CHECK(f.rms_mm < 1e-10);
        CHECK_NEAR(nw_det(f.motion.linear), 1, 1e-12);
    }
}

/* Fitzpatrick, West and Maurer 1998: TRE^2 = FLE^2 / N (1 + mean over axes of d^2 / f^2). */
static void the_error_at_a_target_is_fitzpatricks(void)
{
    struct nw_err err = {0};
    /* a symmetric cross, so that the axes are known: f^2 by hand */
    const nw_vec3 p[6] = {{50, 0, 0},  {-50, 0, 0}, {0, 30, 0},
                          {0, -30, 0}, {0, 0, 20},  {0, 0, -20}};
    struct nw_fuse f;
    CHECK(nw_fuse_landmarks(p, p, 6, 0.9, &f, &err));
    const nw_vec3 target = {10, 70, -25};
    const double d2[3] = {70 * 70 + 25 * 25, 10 * 10 + 25 * 25, 10 * 10 + 70 * 70};
    const double f2[3] = {(30 * 30 + 20 * 20) / 3.0, (50 * 50 + 20 * 20) / 3.0,
                          (50 * 50 + 30 * 30) / 3.0};
    double sum = 1;
    for (int k = 0; k < 3; k++)
        sum += d2[k] / f2[k] / 3;
    CHECK_NEAR(nw_fuse_sigma_at(&f, target), 0.9 / sqrt(6) * sqrt(sum), 1e-12);
}

static void too_few_landmarks_or_a_line_of_them_are_refused(void)
{
    struct nw_err err = {0};
    struct nw_fuse f = {.rounds = 77};
    CHECK(!nw_fuse_landmarks(places, places, 2, 1, &f, &err) && err.code == NW_ERR_GEOMETRY);
    CHECK(strcmp(err.msg, "three pairs of landmarks are needed, not 2, to lay one on the "
                          "other") == 0);
    err = (struct nw_err){0};
    const nw_vec3 line[4] = {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {9, 9, 9}};
    CHECK(!nw_fuse_landmarks(line, line, 4, 1, &f, &err) && err.code == NW_ERR_GEOMETRY);
    CHECK(f.rounds == 77);
}

/* Req: R-074 */
static void surfaces_find_a_motion_to_rounding_without_noise(void)
{
    struct nw_err err = {0};
    for (int trial = 0; trial < 4; trial++) {
        NW_AUTO(nw_mesh) fixed = {0};
        NW_AUTO(nw_mesh) moving = {0};
        shape_sphere(&fixed, 40, 40, bumps);
        CHECK(nw_mesh_copy(&moving, &fixed, &err));
        const nw_affine truth =
            motion_of(nw_v3(1, trial, -0.5), 0.05 + 0.05 * trial, nw_v3(2 + trial, -3, 1.5));
        move(&moving, nw_affine_inverse(truth));
        struct nw_fuse f = {0};
        CHECK(nw_fuse_surfaces(&moving, &fixed, &(struct nw_fuse_opts){0}, &f, &err));
        double x[6];
        left_over(f.motion, truth, nw_v3(0, 0, 0), x);
        printf("# figure icp_noise_free_mm %.3g in %d rounds, kept %.3f\n", length6(x, 40),
               f.rounds, f.kept);
        CHECK(length6(x, 40) < 1e-6);
        CHECK(f.kept > 0.95 && f.rms_mm < 1e-7);
        CHECK(f.firm[0] > 0.02 && f.firm[0] <= f.firm[5]);
    }
}

static void turned_far_away_it_is_found_by_its_axes(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) fixed = {0};
    NW_AUTO(nw_mesh) moving = {0};
    shape_sphere(&fixed, 40, 40, bumps);
    CHECK(nw_mesh_copy(&moving, &fixed, &err));
    const nw_affine truth = motion_of(nw_v3(1, 2, -0.5), 2.6, nw_v3(300, -250, 1000));
    move(&moving, nw_affine_inverse(truth));
    struct nw_fuse f = {0};
    const struct nw_fuse_opts opts = {.turn = true};
    CHECK(nw_fuse_surfaces(&moving, &fixed, &opts, &f, &err));
    double x[6];
    left_over(f.motion, truth, nw_v3(0, 0, 0), x);
    CHECK(length6(x, 40) < 1e-6);
}

/* Noise of 0.3 mm on the vertices of 24 copies: the covariance tells how far off they land.
 * The mean of 24 chi-squared values of 6 degrees lies within 6 +- 2.1 (3 sigma). */
static void noise_lands_within_the_covariance(void)
{
    enum { TRIALS = 24 };
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) fixed = {0};
    shape_sphere(&fixed, 50, 40, bumps);
    double sum = 0, worst = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        NW_AUTO(nw_mesh) moving = {0};
        CHECK(nw_mesh_copy(&moving, &fixed, &err));
        for (size_t v = 0; v < moving.vert_count; v++)
            moving.pos_mm[v] = nw_along(moving.pos_mm[v], nw_unit(moving.pos_mm[v]),
                                        0.3 * nw_rand_normal(100 + (uint64_t)trial, v));
        const nw_affine truth =
            motion_of(nw_v3(1, trial, -9), 0.02 * (trial % 5), nw_v3(1, -1, 0.1 * trial));
        move(&moving, nw_affine_inverse(truth));
        struct nw_fuse f = {0};
        const struct nw_fuse_opts opts = {.samples = 800};
        CHECK(nw_fuse_surfaces(&moving, &fixed, &opts, &f, &err));
        double x[6];
        left_over(f.motion, truth, f.centre_mm, x);
        sum += mahalanobis2((const double(*)[6])f.covariance, x);
        worst = fmax(worst, length6(x, 40));
    }
    printf("# figure icp_noise_chi2_of_6 %.2f, worst %.3f mm\n", sum / TRIALS, worst);
    CHECK(sum / TRIALS > 3.9 && sum / TRIALS < 8.1);
    CHECK(worst < 0.5);
}

/* A third of the shape is missing from the fixed one: the rest decides. */
static void what_has_no_partner_drops_out(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) fixed = {0};
    NW_AUTO(nw_mesh) moving = {0};
    shape_sphere(&moving, 60, 40, bumps);
    CHECK(nw_mesh_copy(&fixed, &moving, &err));
    size_t n = 0;
    for (size_t t = 0; t < fixed.tri_count; t++)
        if (fixed.pos_mm[fixed.tri[t][0]].z < 12)
            memcpy(fixed.tri[n++], fixed.tri[t], sizeof *fixed.tri);
    fixed.tri_count = n;
    const nw_affine truth = motion_of(nw_v3(1, 1, -0.5), 0.1, nw_v3(2, -3, 1.5));
    move(&moving, nw_affine_inverse(truth));
    struct nw_fuse f = {0};
    CHECK(nw_fuse_surfaces(&moving, &fixed, &(struct nw_fuse_opts){0}, &f, &err));
    double x[6];
    left_over(f.motion, truth, nw_v3(0, 0, 0), x);
    printf("# figure icp_third_missing_mm %.3g, kept %.3f\n", length6(x, 40), f.kept);
    CHECK(length6(x, 40) < 1e-4);
    CHECK(f.kept > 0.5 && f.kept < 0.8);
}

static void a_ball_turns_and_is_refused(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) ball = {0};
    shape_sphere(&ball, 60, 40, shape_no_bumps);
    struct nw_fuse f = {.rounds = 77};
    CHECK(!nw_fuse_surfaces(&ball, &ball, &(struct nw_fuse_opts){0}, &f, &err));
    CHECK(err.code == NW_ERR_GEOMETRY && strstr(err.msg, "the surfaces can turn about (") &&
          f.rounds == 77);
}

static void far_apart_or_worse_than_asked_is_refused(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) a = {0};
    NW_AUTO(nw_mesh) b = {0};
    shape_sphere(&a, 30, 40, bumps);
    shape_sphere(&b, 30, 40, bumps);
    for (size_t v = 0; v < b.vert_count; v++)
        b.pos_mm[v] = nw_along(b.pos_mm[v], nw_unit(b.pos_mm[v]), 0.5 * nw_rand_normal(3, v));
    struct nw_fuse f;
    const struct nw_fuse_opts strict = {.limit_mm = 0.01};
    CHECK(!nw_fuse_surfaces(&b, &a, &strict, &f, &err) && err.code == NW_ERR_GEOMETRY);
    CHECK(strstr(err.msg, "at most 0.01 mm is asked for"));
    err = (struct nw_err){0};
    const struct nw_mesh none = {0};
    CHECK(!nw_fuse_surfaces(&none, &a, &strict, &f, &err) && err.code == NW_ERR_GEOMETRY);
}

static void threads_do_not_show(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) fixed = {0};
    NW_AUTO(nw_mesh) moving = {0};
    shape_sphere(&fixed, 30, 40, bumps);
    CHECK(nw_mesh_copy(&moving, &fixed, &err));
    move(&moving, motion_of(nw_v3(1, 2, 3), 0.1, nw_v3(1, 2, 3)));
    struct nw_fuse one, other;
    memset(&one, 0, sizeof one);
    memset(&other, 0, sizeof other);
    nw_set_threads(1);
    CHECK(nw_fuse_surfaces(&moving, &fixed, &(struct nw_fuse_opts){0}, &one, &err));
    nw_set_threads(4);
    CHECK(nw_fuse_surfaces(&moving, &fixed, &(struct nw_fuse_opts){0}, &other, &err));
    nw_set_threads(0);
    CHECK(memcmp(&one.motion, &other.motion, sizeof one.motion) == 0);
    CHECK(memcmp(one.covariance, other.covariance, sizeof one.covariance) == 0);
}

static struct nw_mesh small_a, small_b;

static bool attempt(struct nw_err *err)
{
    struct nw_fuse f;
    const struct nw_fuse_opts opts = {.samples = 200, .turn = true};
    return nw_fuse_surfaces(&small_a, &small_b, &opts, &f, err);
}

static void no_allocation_is_missed(void)
{
    shape_sphere(&small_a, 8, 40, bumps);
    shape_sphere(&small_b, 8, 40, bumps);
    unit_starve(attempt);
    nw_mesh_release(&small_a);
    nw_mesh_release(&small_b);
}

int main(void)
{
    UNIT(landmarks_find_a_motion_exactly);
    UNIT(the_error_at_a_target_is_fitzpatricks);
    UNIT(too_few_landmarks_or_a_line_of_them_are_refused);
    UNIT(surfaces_find_a_motion_to_rounding_without_noise);
    UNIT(turned_far_away_it_is_found_by_its_axes);
    UNIT(noise_lands_within_the_covariance);
    UNIT(what_has_no_partner_drops_out);
    UNIT(a_ball_turns_and_is_refused);
    UNIT(far_apart_or_worse_than_asked_is_refused);
    UNIT(threads_do_not_show);
    UNIT(no_allocation_is_missed);
    return unit_end();
}
