/* tests/unit/mesh/segment_test.c -- segments near a mesh and through it. */
#include "mesh/distance.h"
#include "shapes.h"
#include "unit.h"

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

/* Slow and plain: the distance of many places along the segment, improved where it is least. */
static double slow_apart(const struct nw_bvh *bvh, nw_vec3 a, nw_vec3 b)
{
    double lo = 0, hi = 1, best = HUGE_VAL;
    for (int round = 0; round < 12; round++) {
        double at = lo;
        for (int i = 0; i <= 40; i++) {
            const double s = lo + (hi - lo) * i / 40;
            struct nw_nearest near;
            CHECK(nw_bvh_nearest(bvh, nw_along(a, nw_sub(b, a), s), HUGE_VAL, &near));
            if (near.distance_mm < best) {
                best = near.distance_mm;
                at = s;
            }
        }
        const double width = (hi - lo) / 20;
        lo = fmax(0, at - width);
        hi = fmin(1, at + width);
    }
    return best;
}

static void a_segments_distance_is_the_least_of_its_places(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 12, 10, bumps);
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    CHECK(bvh != NULL);
    int wrong = 0, met = 0;
    for (uint64_t n = 0; n < 150; n++) {
        const nw_vec3 a = random_place(2 * n, 16), b = random_place(2 * n + 1, 16);
        struct nw_segment_near near;
        CHECK(nw_bvh_nearest_segment(bvh, a, b, HUGE_VAL, &near));
        const double slow = slow_apart(bvh, a, b);
        wrong += near.distance_mm > slow + 1e-12; /* never more */
        const bool hits = nw_bvh_hits_segment(bvh, a, b);
        met += hits;
        wrong += (near.distance_mm == 0) != hits;
        /* nor less: there are two places so far apart */
        const nw_vec3 at = nw_along(a, nw_sub(b, a), near.along);
        wrong += fabs(nw_length(nw_sub(at, near.point_mm)) - near.distance_mm) > 1e-9;
        struct nw_nearest on;
        CHECK(nw_bvh_nearest(bvh, near.point_mm, HUGE_VAL, &on));
        wrong += on.distance_mm > 1e-9;
        wrong += near.distance_mm > 0 &&
                 nw_bvh_nearest_segment(bvh, a, b, near.distance_mm * 0.999, &near);
    }
    CHECK(wrong == 0);
    CHECK(met > 20 && met < 130);
    nw_bvh_free(bvh);
}

/* A rod beside a ball: the distance of the middle to the axis less both radii. */
static void a_rod_keeps_clear_of_a_ball_by_the_formula(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 120, 10, shape_no_bumps);
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    struct nw_segment_near near;
    CHECK(nw_bvh_nearest_segment(bvh, nw_v3(-40, 15, 3), nw_v3(50, 15, 3), HUGE_VAL, &near));
    CHECK_NEAR(near.distance_mm, sqrt(15 * 15 + 3 * 3) - 10, 2e-3);
    CHECK_NEAR(near.along, 40.0 / 90, 0.01);
    CHECK(nw_bvh_nearest_segment(bvh, nw_v3(20, 0, 0), nw_v3(30, 4, 0), HUGE_VAL, &near));
    CHECK_NEAR(near.distance_mm, 10, 1e-9); /* its end is what is near; (10,0,0) is a corner */
    CHECK(near.along == 0);
    CHECK(nw_bvh_nearest_segment(bvh, nw_v3(1, 2, 3), nw_v3(1, 2, 3), HUGE_VAL, &near));
    CHECK_NEAR(near.distance_mm, 10 - sqrt(14), 2e-3); /* a segment that is a point */
    nw_bvh_free(bvh);
}

static void the_first_hit_is_the_nearest_wall(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    for (int i = 0; i < 5; i++)
        shape_add_box(&m, nw_v3(10 * i, 0, 0), nw_v3(10 * i + 4, 4, 4));
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    const nw_vec3 a = {-10, 1, 2}, b = {90, 1, 2};
    double beyond = -1;
    for (int i = 0; i < 10; i++) {
        struct nw_segment_near hit;
        CHECK(nw_bvh_first_hit(bvh, a, b, beyond, &hit));
        CHECK_NEAR(hit.point_mm.x, 10 * (i / 2) + 4 * (i % 2), 1e-9);
        beyond = hit.along;
    }
    struct nw_segment_near none = {.along = 7};
    CHECK(!nw_bvh_first_hit(bvh, a, b, beyond, &none) && none.along == 7);
    CHECK(!nw_bvh_first_hit(bvh, nw_v3(0, 9, 0), nw_v3(90, 9, 0), -1, &none));
    nw_bvh_free(bvh);
}

int main(void)
{
    UNIT(a_segments_distance_is_the_least_of_its_places);
    UNIT(a_rod_keeps_clear_of_a_ball_by_the_formula);
    UNIT(the_first_hit_is_the_nearest_wall);
    return unit_end();
}
