#include "field/surface.h"
#include "laws.h"
#include "mesh/check.h"
#include "starve.h"

static const nw_box around = {{-6, -6, -6}, {6, 6, 6}};

static void fillets_are_circles(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_vec3 o = nw_v3(0, 0, 0);
    const nw_node a = nw_field_half_space(f, o, nw_v3(1, 0, 0), &err),
                  b = nw_field_half_space(f, o, nw_v3(0, 1, 0), &err);
    const double r = 1.5;
    const nw_node sum = nw_field_union_round(f, a, b, r, &err),
                  both = nw_field_intersection_round(f, a, b, r, &err),
                  less_b = nw_field_difference_round(f, a, b, r, &err);
    CHECK(err.code == NW_OK);
    for (int k = 1; k < 30; k++) {
        const double t = k * NW_PI / 60, c = r * cos(t), s = r * sin(t);
        CHECK_NEAR(nw_field_value(f, sum, nw_v3(r - c, r - s, 3)), 0, 1e-14);
        CHECK_NEAR(nw_field_value(f, both, nw_v3(c - r, s - r, 3)), 0, 1e-14);
        CHECK_NEAR(nw_field_value(f, less_b, nw_v3(c - r, r - s, 3)), 0, 1e-14);
        nw_vec3 g;
        (void)nw_field_gradient(f, both, nw_v3(c - r, s - r, 3), &g);
        CHECK(nw_length(nw_sub(g, nw_v3(cos(t), sin(t), 0))) < 1e-12);
    }
    for (uint64_t k = 0; k < 500; k++) { /* further than the radius nothing changes */
        const nw_vec3 p = law_place(k, 5);
        if (p.x > r || p.y > r)
            CHECK(nw_field_value(f, sum, p) == fmin(p.x, p.y));
        if (p.x < -r || p.y < -r)
            CHECK(nw_field_value(f, both, p) == fmax(p.x, p.y));
    }
    const nw_node ball = nw_field_sphere(f, nw_v3(1, 0, 0), 3, &err),
                  block = nw_field_box(f, nw_v3(-3, -2, -2), nw_v3(2, 2, 2), &err);
    const struct law_opts laws = {
        .reach = 5, .step = 1e-6, .slack = 1e-3, .steep = 1.4143, .kinks = 3};
    law_check(f, nw_field_union_round(f, ball, block, 0.7, &err), &laws);
    law_check(f, nw_field_intersection_round(f, ball, block, 0.7, &err), &laws);
    law_check(f, nw_field_difference_round(f, block, ball, 0.7, &err), &laws);
    nw_field_free(f);
}

/* A box with round edges, after the formula for the distance to a smaller box. */
static double round_box(nw_vec3 p, double half, double r)
{
    const nw_vec3 q = nw_v3(fmax(fabs(p.x) - half + r, 0), fmax(fabs(p.y) - half + r, 0),
                            fmax(fabs(p.z) - half + r, 0));
    return nw_length(q) - r;
}

static void convex_edges_get_their_radius(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node box = nw_field_box(f, nw_v3(-3, -3, -3), nw_v3(3, 3, 3), &err);
    const nw_node n = nw_field_rounded(f, box, around, 0.4, 1, 0, &err);
    CHECK(err.code == NW_OK);
    double worst = 0;
    for (uint64_t k = 0; k < 2000; k++) {
        const nw_vec3 p = law_place(k, 3.5);
        const double want = round_box(p, 3, 1);
        if (want > -0.9)
            worst = fmax(worst, fabs(nw_field_value(f, n, p) - want));
    }
    printf("# off by at most %.2g mm\n", worst);
    CHECK(worst < 1e-3);
    nw_field_free(f);
}

static void concave_edges_get_their_radius_and_convex_stay(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    nw_node n = nw_field_box(f, nw_v3(-4, -4, -2), nw_v3(4, 4, 2), &err);
    n = nw_field_difference(f, n, nw_field_box(f, nw_v3(0, 0, -5), nw_v3(9, 9, 5), &err), &err);
    const nw_node round = nw_field_rounded(f, n, around, 0.2, 0, 1, &err);
    CHECK(err.code == NW_OK);
    for (int k = 1; k < 30; k++) { /* a quarter circle about (1, 1) */
        const double t = k * NW_PI / 60;
        CHECK_NEAR(nw_field_value(f, round, nw_v3(1 - cos(t), 1 - sin(t), 0.3)), 0, 0.004);
    }
    printf("# corners off by %.4f, %.4f mm\n", nw_field_value(f, round, nw_v3(-4, -4, 0.3)),
           nw_field_value(f, round, nw_v3(0, 4, -2)));
    CHECK_NEAR(nw_field_value(f, round, nw_v3(-4, -4, 0.3)), 0, 0.02);
    CHECK_NEAR(nw_field_value(f, round, nw_v3(0, 4, -2)), 0, 0.02);
    CHECK_NEAR(nw_field_value(f, round, nw_v3(-4, 0.3, 0.2)), 0, 1e-6);
    CHECK(nw_field_value(f, n, nw_v3(0.2, 0.2, 0)) > 0);
    CHECK(nw_field_value(f, round, nw_v3(0.2, 0.2, 0)) < 0);
    nw_field_free(f);
}

/* Three boxes apart, merged: the union's depth is measured across the joints. */
static void an_offset_moves_by_exactly_so_much(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    nw_node n = nw_field_box(f, nw_v3(-4, -2, -2), nw_v3(0, 2, 2), &err);
    n = nw_field_union(f, n, nw_field_box(f, nw_v3(0, -2, -2), nw_v3(4, 2, 2), &err), &err);
    const nw_node exact = nw_field_remeasured(f, n, around, 0.5, &err);
    const nw_node whole = nw_field_box(f, nw_v3(-4, -2, -2), nw_v3(4, 2, 2), &err);
    CHECK(err.code == NW_OK);
    CHECK_NEAR(nw_field_value(f, n, nw_v3(0, 0, 0)), 0, 1e-12); /* where they touch */
    for (uint64_t k = 0; k < 200; k++)
        for (double by = -1; by < 2; by += 1) {
            const nw_vec3 p = law_place(k, 6);
            CHECK_NEAR(nw_field_value(f, nw_field_offset(f, exact, by, &err), p),
                       nw_field_value(f, whole, p) - by, 1e-6);
        }
    nw_field_free(f);
}

static void what_is_too_thin_vanishes(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node plate = nw_field_box(f, nw_v3(-3, -3, -0.4), nw_v3(3, 3, 0.4), &err);
    CHECK(nw_field_rounded(f, plate, around, 0.2, 0.5, 0, &err) == -1);
    CHECK(err.code == NW_ERR_GEOMETRY);
    nw_field_free(f);
}

static void check_hollow(const struct nw_field *f, nw_node n, size_t cavities, double volume)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    struct nw_mesh_check c;
    const struct nw_check_opts all = {0};
    CHECK(nw_surface_of_field(f, n, around, 0.25, &m, &err));
    CHECK(nw_mesh_check(&m, &all, &c, &err) && c.solid);
    CHECK(c.cavities == cavities);
    CHECK_NEAR(c.volume_mm3, volume, 0.01 * volume);
    nw_mesh_release(&m);
}

static void a_hollow_ball_drains(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node ball = nw_field_sphere(f, nw_v3(0, 0, 0), 5, &err);
    const struct nw_drain drain[] = {{{0, 0, -5}, {0, 0, 0}, 1},
                                     {{0, 5, 0}, {0, -1, 0.2}, 0.5}};
    const double shell = 4.0 / 3 * NW_PI * (125 - 64);
    check_hollow(f, nw_field_hollowed(f, ball, 1, NULL, 0, &err), 1, shell);
    /* a hole takes about its cross section times the wall */
    check_hollow(f, nw_field_hollowed(f, ball, 1, drain, 1, &err), 0, shell - NW_PI);
    check_hollow(f, nw_field_hollowed(f, ball, 1, drain, 2, &err), 0,
                 shell - NW_PI - NW_PI * 0.25);
    CHECK(err.code == NW_OK);
    const struct nw_drain away = {{0, 0, 9}, {0, 0, 0}, 1},
                          sideways = {{0, 0, 5}, {1, 0, 0}, 1};
    CHECK(nw_field_hollowed(f, ball, 1, &away, 1, &err) == -1 && err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    CHECK(nw_field_hollowed(f, ball, 1, &sideways, 1, &err) == -1);
    CHECK(err.code == NW_ERR_GEOMETRY);
    nw_field_free(f);
}

static bool build(struct nw_err *err)
{
    struct nw_field *f = nw_field_new(err);
    const nw_box box = {nw_v3(-2, -2, -2), nw_v3(2, 2, 2)};
    nw_node n = -1;
    if (f)
        n = nw_field_rounded(f, nw_field_box(f, nw_v3(-1, -1, -1), nw_v3(1, 1, 1), err), box,
                             0.5, 0.4, 0, err);
    nw_field_free(f);
    return n >= 0;
}

static void each_allocation_may_fail(void)
{
    CHECK(unit_starve(build) > 10);
}

int main(void)
{
    UNIT(fillets_are_circles);
    UNIT(convex_edges_get_their_radius);
    UNIT(concave_edges_get_their_radius_and_convex_stay);
    UNIT(an_offset_moves_by_exactly_so_much);
    UNIT(what_is_too_thin_vanishes);
    UNIT(a_hollow_ball_drains);
    UNIT(each_allocation_may_fail);
    return unit_end();
}
