/* tests/unit/mesh/distance_test.c -- nearest places and surface distances that are known. */
#include "mesh/distance.h"

#include "core/parallel.h"
#include "shapes.h"
#include "unit.h"

/* Slow and plain: the least over many places on each triangle's sides, and over its plane's
 * foot when that lies inside. */
static double slow_distance(const struct nw_mesh *m, nw_vec3 p)
{
    double best = HUGE_VAL;
    for (size_t t = 0; t < m->tri_count; t++) {
        nw_vec3 c[3];
        for (int k = 0; k < 3; k++)
            c[k] = m->pos_mm[m->tri[t][k]];
        const nw_vec3 n = nw_unit(nw_cross(nw_sub(c[1], c[0]), nw_sub(c[2], c[0])));
        const nw_vec3 foot = nw_along(p, n, -nw_dot(nw_sub(p, c[0]), n));
        bool inside = true;
        for (int k = 0; k < 3; k++) {
            const nw_vec3 a = c[k], ab = nw_sub(c[(k + 1) % 3], a);
            inside = inside && nw_dot(nw_cross(ab, nw_sub(foot, a)), n) >= 0;
            double s = nw_dot(nw_sub(p, a), ab) / nw_dot(ab, ab);
            s = s < 0 ? 0 : s > 1 ? 1 : s;
            best = fmin(best, nw_length(nw_sub(p, nw_along(a, ab, s))));
        }
        if (inside)
            best = fmin(best, nw_length(nw_sub(p, foot)));
    }
    return best;
}

static nw_vec3 random_place(uint64_t n, double half)
{
    return nw_v3(half * (2 * nw_rand_even(1, 3 * n) - 1),
                 half * (2 * nw_rand_even(1, 3 * n + 1) - 1),
                 half * (2 * nw_rand_even(1, 3 * n + 2) - 1));
}

static double bumps(nw_vec3 d)
{
    return 2 * sin(5 * d.x) * sin(4 * d.y) * sin(6 * d.z);
}

static void nearest_agrees_with_looking_at_every_triangle(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 12, 10, bumps);
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    CHECK(bvh != NULL);
    double worst = 0, worst_place = 0;
    for (uint64_t n = 0; n < 500; n++) {
        const nw_vec3 p = random_place(n, 15);
        struct nw_nearest at;
        CHECK(nw_bvh_nearest(bvh, p, HUGE_VAL, &at));
        worst = fmax(worst, fabs(at.distance_mm - slow_distance(&m, p)));
        worst = fmax(worst, fabs(nw_length(nw_sub(p, at.point_mm)) - at.distance_mm));
        nw_vec3 q = {0, 0, 0};
        for (int k = 0; k < 3; k++)
            q = nw_along(q, m.pos_mm[m.tri[at.triangle][k]], at.bary[k]);
        worst_place = fmax(worst_place, nw_length(nw_sub(q, at.point_mm)));
        struct nw_nearest again;
        CHECK(!nw_bvh_nearest(bvh, p, at.distance_mm * 0.999, &again));
        CHECK(nw_bvh_nearest(bvh, p, at.distance_mm * 1.001, &again));
        CHECK(again.distance_mm == at.distance_mm);
    }
    CHECK(worst < 1e-12);
    CHECK(worst_place < 1e-12);
    nw_bvh_free(bvh);
}

/* A box has only faces, sharp edges and corners: where a single face's normal would lie. */
static void the_sign_is_right_at_edges_and_corners(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(-1, -2, -3), nw_v3(1, 2, 3));
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    int wrong = 0;
    for (uint64_t n = 0; n < 5000; n++) {
        const nw_vec3 p = random_place(n, 4);
        struct nw_nearest at;
        CHECK(nw_bvh_nearest(bvh, p, HUGE_VAL, &at));
        const bool inside = fabs(p.x) < 1 && fabs(p.y) < 2 && fabs(p.z) < 3;
        const nw_vec3 over =
            nw_v3(fmax(fabs(p.x) - 1, 0), fmax(fabs(p.y) - 2, 0), fmax(fabs(p.z) - 3, 0));
        const double depth = fmin(1 - fabs(p.x), fmin(2 - fabs(p.y), 3 - fabs(p.z)));
        wrong += fabs(at.signed_mm - (inside ? -depth : nw_length(over))) > 1e-12;
    }
    CHECK(wrong == 0);
    nw_bvh_free(bvh);
}

static void the_sign_holds_in_a_star_of_spikes(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 8, 10, shape_no_bumps);
    for (size_t v = 0; v < m.vert_count; v++) /* every third vertex a spike */
        if (v % 3 == 0)
            m.pos_mm[v] = nw_scale(m.pos_mm[v], 2.5);
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    int wrong = 0;
    for (uint64_t n = 0; n < 2000; n++) {
        const nw_vec3 p = random_place(n, 20);
        int crossings =
            0; /* star-shaped: p is inside when the ray from the middle ends first */
        for (size_t t = 0; t < m.tri_count; t++) {
            const nw_vec3 a = m.pos_mm[m.tri[t][0]], b = m.pos_mm[m.tri[t][1]],
                          c = m.pos_mm[m.tri[t][2]];
            const double va = nw_dot(p, nw_cross(b, c)), vb = nw_dot(a, nw_cross(p, c)),
                         vc = nw_dot(a, nw_cross(b, p)), all = nw_dot(a, nw_cross(b, c));
            crossings += va >= 0 && vb >= 0 && vc >= 0 && va + vb + vc > all;
        }
        struct nw_nearest at;
        CHECK(nw_bvh_nearest(bvh, p, HUGE_VAL, &at));
        wrong += (at.signed_mm < 0) != (crossings == 0);
    }
    CHECK(wrong == 0);
    nw_bvh_free(bvh);
}

static void segments_hit_what_lies_between_their_ends(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 30, 10, shape_no_bumps);
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    int wrong = 0, hits = 0;
    for (uint64_t n = 0; n < 3000; n++) {
        const nw_vec3 a = random_place(2 * n, 14), b = random_place(2 * n + 1, 14);
        struct nw_nearest na, nb;
        CHECK(nw_bvh_nearest(bvh, a, HUGE_VAL, &na) && nw_bvh_nearest(bvh, b, HUGE_VAL, &nb));
        const bool hit = nw_bvh_hits_segment(bvh, a, b);
        hits += hit;
        if (na.signed_mm * nb.signed_mm < 0)
            wrong += !hit;
        else if (na.signed_mm < 0)
            wrong += hit; /* the ball is convex */
        const double len = nw_length(nw_sub(a, b));
        wrong += hit && na.distance_mm + nb.distance_mm > len;
    }
    CHECK(wrong == 0);
    CHECK(hits > 500);
    CHECK(nw_bvh_hits_segment(bvh, nw_v3(0, 0, -20), nw_v3(0, 0, 20))); /* through the poles */
    CHECK(!nw_bvh_hits_segment(bvh, nw_v3(0, 0, 10.001), nw_v3(0, 0, 20)));
    nw_bvh_free(bvh);
}

static void a_grown_ball_lies_outside_by_what_it_grew(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) a = {0};
    NW_AUTO(nw_mesh) b = {0};
    shape_sphere(&a, 60, 10, shape_no_bumps);
    shape_sphere(&b, 60, 10.5, shape_no_bumps);
    struct nw_mesh_compare c;
    CHECK(nw_mesh_compare(&a, &b, 0.2, &c, &err));
    CHECK_NEAR(c.both.mean_mm, 0.5, 2e-3);
    CHECK_NEAR(c.both.rms_mm, 0.5, 2e-3);
    CHECK_NEAR(c.both.p95_mm, 0.5, 3e-3);
    CHECK_NEAR(c.both.max_mm, 0.5, 3e-3);
    CHECK_NEAR(c.both.signed_mean_mm, 0.5, 2e-3);
    CHECK_NEAR(c.a_to_b.signed_mean_mm, 0.5, 2e-3);
    CHECK_NEAR(c.b_to_a.signed_mean_mm, 0.5, 2e-3);
    CHECK_NEAR(c.volume_b_mm3 / c.volume_a_mm3, 1.05 * 1.05 * 1.05, 1e-9);
    struct nw_mesh_compare d; /* the other way round the sign turns */
    CHECK(nw_mesh_compare(&b, &a, 0.2, &d, &err));
    CHECK_NEAR(d.both.signed_mean_mm, -0.5, 2e-3);
    CHECK(d.b_to_a.max_mm == c.a_to_b.max_mm);
}

/* Boxes 10 x 10 x 10 and 10 x 10 x 12 on one base: of A's 600 mm2, 100 lie 2 mm from B's lid;
 * of B's 680, 500 coincide, 100 lie at 2 mm and 4 x 10 x 2 at 0 to 2. */
static void percentiles_are_of_area(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) a = {0};
    NW_AUTO(nw_mesh) b = {0};
    shape_add_box(&a, nw_v3(0, 0, 0), nw_v3(10, 10, 10));
    shape_add_box(&b, nw_v3(0, 0, 0), nw_v3(10, 10, 12));
    struct nw_mesh_compare c;
    CHECK(nw_mesh_compare(&a, &b, 0.25, &c, &err));
    CHECK_NEAR(c.b_to_a.mean_mm, (100 * 2 + 80 * 1) / 680.0, 2e-3);
    CHECK(c.b_to_a.max_mm == 2 && c.b_to_a.p95_mm == 2);
    CHECK_NEAR(c.b_to_a.within[0], (500 + 80 * 0.125) / 680, 3e-3); /* 0.25 mm */
    CHECK_NEAR(c.b_to_a.within[2], (500 + 80 * 0.5) / 680, 3e-3);   /* 1 mm */
    CHECK(c.b_to_a.within[3] > 1 - 1e-9);
    CHECK_NEAR(c.b_to_a.rms_mm, sqrt((100 * 4 + 80 * 4 / 3.0) / 680), 2e-3);
    CHECK(c.a_to_b.max_mm == 2);
    CHECK_NEAR(c.a_to_b.signed_mean_mm, c.a_to_b.mean_mm, 1e-6);
}

static void refuses_what_has_no_answer(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) a = {0};
    const struct nw_mesh none = {0};
    shape_add_box(&a, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    struct nw_mesh_compare c;
    CHECK(!nw_mesh_compare(&a, &none, 0.1, &c, &err) && err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    CHECK(!nw_mesh_compare(&a, &a, 0, &c, &err) && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    CHECK(!nw_mesh_compare(&a, &a, 1e-5, &c, &err) && err.code == NW_ERR_LIMIT);
    err = (struct nw_err){0};
    a.tri[3][1] = 99;
    CHECK(!nw_bvh_new(&a, &err) && err.code == NW_ERR_DATA);
    err = (struct nw_err){0};
    a.tri[3][1] = 0;
    a.pos_mm[5].y = (double)INFINITY;
    CHECK(!nw_bvh_new(&a, &err) && err.code == NW_ERR_DATA);
    struct nw_bvh *bvh = NULL;
    err = (struct nw_err){0};
    bvh = nw_bvh_new(&none, &err);
    struct nw_nearest at;
    CHECK(bvh && !nw_bvh_nearest(bvh, nw_v3(0, 0, 0), HUGE_VAL, &at));
    CHECK(bvh && !nw_bvh_hits_segment(bvh, nw_v3(0, 0, 0), nw_v3(1, 1, 1)));
    nw_bvh_free(bvh);
}

static void the_thread_count_does_not_show(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) a = {0};
    NW_AUTO(nw_mesh) b = {0};
    shape_sphere(&a, 30, 10, bumps);
    shape_sphere(&b, 20, 10, bumps);
    struct nw_mesh_compare first = {0}, again = {0};
    for (int threads = 1; threads <= 8; threads++) {
        nw_set_threads(threads);
        CHECK(nw_mesh_compare(&a, &b, 0.5, threads == 1 ? &first : &again, &err));
        CHECK(threads == 1 || memcmp(&first, &again, sizeof first) == 0);
    }
    nw_set_threads(0);
}

static void survives_any_allocation_failing(void)
{
    NW_AUTO(nw_mesh) a = {0};
    shape_sphere(&a, 3, 10, shape_no_bumps);
    const size_t held = nw_mem_held();
    size_t fails = 0;
    for (size_t nth = 0; nth < 200; nth++) {
        struct nw_err err = {0};
        struct nw_mesh_compare c;
        nw_mem_fail_at(nth);
        const bool ok = nw_mesh_compare(&a, &a, 1, &c, &err);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(nw_mem_held() == held);
        if (ok)
            break;
        fails++;
        CHECK(err.code == NW_ERR_MEMORY);
    }
    CHECK(fails > 20 && fails < 199);
}

int main(void)
{
    UNIT(nearest_agrees_with_looking_at_every_triangle);
    UNIT(the_sign_is_right_at_edges_and_corners);
    UNIT(the_sign_holds_in_a_star_of_spikes);
    UNIT(segments_hit_what_lies_between_their_ends);
    UNIT(a_grown_ball_lies_outside_by_what_it_grew);
    UNIT(percentiles_are_of_area);
    UNIT(refuses_what_has_no_answer);
    UNIT(the_thread_count_does_not_show);
    UNIT(survives_any_allocation_failing);
    return unit_end();
}
