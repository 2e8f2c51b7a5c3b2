#include "field/field.h"
#include "laws.h"
#include "starve.h"

static void a_swept_ball_is_a_capsule(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_vec3 a = nw_v3(-3, 1, 2), along = nw_v3(5, 6, -3);
    const nw_node ball = nw_field_sphere(f, a, 2, &err);
    const nw_node swept = nw_field_swept(f, ball, along, 0.25, &err);
    const nw_node capsule = nw_field_capsule(f, a, nw_add(a, along), 2, &err);
    CHECK(err.code == NW_OK);
    for (uint64_t k = 0; k < 1000; k++) {
        const nw_vec3 p = law_place(k, 12);
        CHECK_NEAR(nw_field_value(f, swept, p), nw_field_value(f, capsule, p), 1e-4);
        nw_vec3 g, h;
        (void)nw_field_gradient(f, swept, p, &g);
        (void)nw_field_gradient(f, capsule, p, &h);
        CHECK(nw_length(nw_sub(g, h)) < 0.02);
    }
    const struct law_opts o = {.reach = 12, .step = 1e-4, .slack = 0.05, .steep = 1};
    law_check(f, swept, &o);
    nw_field_free(f);
}

static void a_box_swept_along_its_face_is_a_longer_box(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node box = nw_field_box(f, nw_v3(-1, -1, -1), nw_v3(1, 1, 1), &err);
    const nw_node swept = nw_field_swept(f, box, nw_v3(0, 0, 8), 0.2, &err);
    const nw_node whole = nw_field_box(f, nw_v3(-1, -1, -1), nw_v3(1, 1, 9), &err);
    CHECK(err.code == NW_OK);
    for (uint64_t k = 0; k < 1000; k++) {
        const nw_vec3 p = law_place(k, 11);
        const double v = nw_field_value(f, swept, p), w = nw_field_value(f, whole, p);
        CHECK((v < 0) == (w < 0));
        CHECK(w < 0 || fabs(v - w) < 0.01);
    }
    nw_field_free(f);
}

/* A mushroom: below the cap nothing may stay free, looking along the direction. */
static void undercuts_are_filled(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node stem = nw_field_cylinder(f, nw_v3(0, 0, -10), nw_v3(0, 0, 0), 2, &err);
    const nw_node cap = nw_field_sphere(f, nw_v3(0, 0, 0), 5, &err);
    const nw_node n = nw_field_union(f, stem, cap, &err);
    const nw_node swept = nw_field_swept(f, n, nw_v3(0, 0, -20), 0.25, &err);
    CHECK(nw_field_value(f, n, nw_v3(3.5, 0, -8)) > 1);
    CHECK(nw_field_value(f, swept, nw_v3(3.5, 0, -8)) < -1);
    CHECK_NEAR(nw_field_value(f, swept, nw_v3(6, 0, -8)), 1, 1e-4);
    for (uint64_t k = 0; k < 500; k++) {
        const nw_vec3 p = law_place(k, 10);
        CHECK(nw_field_value(f, swept, p) <= nw_field_value(f, n, p));
    }
    CHECK(err.code == NW_OK);
    nw_field_free(f);
}

static const nw_vec3 corner[] = {
    {-6, -3, 0}, {-2, 2, 1}, {3, 2, -3}, {3.5, 2, -2.5}, {5, -4, 4}};
static const double radius[] = {1, 1.5, 0.5, 2, 0.75}; /* the third ball lies in the fourth */

/* Balls one next to the other. */
static double plain_tube(nw_vec3 p)
{
    enum { STEPS = 4000 };
    double best = HUGE_VAL;
    for (int i = 0; i < 4; i++)
        for (int k = 0; k <= STEPS; k++) {
            const double t = (double)k / STEPS;
            const nw_vec3 c = nw_along(corner[i], nw_sub(corner[i + 1], corner[i]), t);
            best = fmin(best, nw_length(nw_sub(p, c)) -
                                  (radius[i] + t * (radius[i + 1] - radius[i])));
        }
    return best;
}

static void a_tube_is_a_row_of_balls(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node tube = nw_field_tube(f, corner, radius, 5, &err);
    CHECK(err.code == NW_OK);
    for (uint64_t k = 0; k < 200; k++) {
        const nw_vec3 p = law_place(k, 8);
        CHECK_NEAR(nw_field_value(f, tube, p), plain_tube(p), 1e-5);
    }
    const struct law_opts o = {.reach = 8, .step = 1e-5, .slack = 1e-3, .steep = 1, .kinks = 2};
    law_check(f, tube, &o);
    const double even[] = {2, 2};
    const nw_node one = nw_field_tube(f, corner, even, 2, &err);
    const nw_node capsule = nw_field_capsule(f, corner[0], corner[1], 2, &err);
    for (uint64_t k = 0; k < 200; k++)
        CHECK_NEAR(nw_field_value(f, one, law_place(k, 8)),
                   nw_field_value(f, capsule, law_place(k, 8)), 1e-13);
    nw_field_free(f);
}

static void expect(struct nw_err *err, nw_node n, enum nw_code code)
{
    CHECK(n == -1);
    CHECK(err->code == code);
    *err = (struct nw_err){0};
}

static void wrong_sizes_are_refused(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node s = nw_field_sphere(f, nw_v3(0, 0, 0), 1, &err);
    const nw_vec3 o = nw_v3(0, 0, 0), up = nw_v3(0, 0, 1), same[] = {o, o};
    const double bad[] = {1, 0};
    expect(&err, nw_field_swept(f, s, o, 1, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_swept(f, s, up, 0, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_swept(f, s, up, 1e-9, &err), NW_ERR_LIMIT);
    expect(&err, nw_field_swept(f, 9, up, 1, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_tube(f, corner, radius, 1, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_tube(f, same, radius, 2, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_tube(f, corner, bad, 2, &err), NW_ERR_ARGUMENT);
    nw_node n = s;
    for (int k = 0; k < 20 && n >= 0; k++)
        n = nw_field_swept(f, n, up, 0.5, &err);
    expect(&err, n, NW_ERR_LIMIT); /* each costs many values of the one below */
    nw_field_free(f);
}

static bool build(struct nw_err *err)
{
    struct nw_field *f = nw_field_new(err);
    nw_node n = -1;
    if (f) {
        n = nw_field_swept(f, nw_field_sphere(f, nw_v3(0, 0, 0), 1, err), nw_v3(0, 0, 1), 1,
                           err);
        n = nw_field_union(f, n, nw_field_tube(f, corner, radius, 5, err), err);
    }
    nw_field_free(f);
    return n >= 0;
}

static void each_allocation_may_fail(void)
{
    CHECK(unit_starve(build) > 4);
}

int main(void)
{
    UNIT(a_swept_ball_is_a_capsule);
    UNIT(a_box_swept_along_its_face_is_a_longer_box);
    UNIT(undercuts_are_filled);
    UNIT(a_tube_is_a_row_of_balls);
    UNIT(wrong_sizes_are_refused);
    UNIT(each_allocation_may_fail);
    return unit_end();
}
