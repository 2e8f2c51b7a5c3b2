/* tests/unit/plan/geodesic_test.c -- shortest ways that are known. */
#include "mesh/shapes.h"
#include "plan/measure.h"
#include "starve.h"
#include "unit.h"

static double way(const struct nw_mesh *m, nw_vec3 a, nw_vec3 b)
{
    struct nw_err err = {0};
    struct nw_measured d = {0};
    CHECK(nw_measure_geodesic(m, a, b, 0.01, 0.3, &d, &err));
    if (err.code)
        printf("# %s\n", err.msg);
    CHECK_NEAR(d.sigma, 0.3 * sqrt(2), 1e-12);
    return d.value;
}

/* Every edge is cut in n, so that ways cross many triangles. */
static void fine_box(struct nw_mesh *out, int n, nw_vec3 size)
{
    struct nw_err err = {0};
    const int side = n + 1;
    for (int face = 0; face < 6; face++) {
        struct nw_mesh m = {0};
        CHECK(nw_mesh_init(&m, (size_t)(side * side), (size_t)(2 * n * n), &err));
        const int axis = face / 2, far = face % 2;
        size_t t = 0;
        for (int j = 0; j < side; j++)
            for (int i = 0; i < side; i++) {
                double c[3];
                c[axis] = far;
                c[(axis + 1) % 3] = (double)(far ? i : j) / n;
                c[(axis + 2) % 3] = (double)(far ? j : i) / n;
                m.pos_mm[i + side * j] = nw_v3(c[0] * size.x, c[1] * size.y, c[2] * size.z);
                if (i == n || j == n)
                    continue;
                const uint32_t a = (uint32_t)(i + side * j), b = a + 1, d = a + (uint32_t)side;
                const uint32_t two[2][3] = {{a, b, d}, {b, d + 1, d}};
                memcpy(m.tri[t], two, sizeof two);
                t += 2;
            }
        CHECK(nw_mesh_append(out, &m, &err));
        nw_mesh_release(&m);
    }
    /* weld what is bit for bit the same */
    for (size_t v = 0; v < out->vert_count; v++)
        for (size_t u = 0; u < v; u++)
            if (memcmp(&out->pos_mm[u], &out->pos_mm[v], sizeof(nw_vec3)) == 0) {
                for (size_t t = 0; t < out->tri_count; t++)
                    for (int k = 0; k < 3; k++)
                        if (out->tri[t][k] == v)
                            out->tri[t][k] = (uint32_t)u;
                break;
            }
    CHECK(nw_mesh_compact(out, &err));
}

/* On the faces x = 0 and x = a of a box a b c, by unfolding: the least over a handful of ways
 * to lay the faces side by side. Places (y, z) on the one and on the other. */
static double unfolded(double a, double b, double c, double y0, double z0, double y1, double z1)
{
    double best = HUGE_VAL;
    for (int mirror = 0; mirror < 4; mirror++) {
        const double u0 = mirror & 1 ? b - y0 : y0, u1 = mirror & 1 ? b - y1 : y1;
        const double w0 = mirror & 2 ? c - z0 : z0, w1 = mirror & 2 ? c - z1 : z1;
        const double direct_y = u0 + a + u1, direct_z = w0 + a + w1;
        best = fmin(best, sqrt(direct_y * direct_y + (z1 - z0) * (z1 - z0)));
        best = fmin(best, sqrt(direct_z * direct_z + (y1 - y0) * (y1 - y0)));
        /* over the side y = 0 and the one z = 0: x runs a + ..., spiralling */
        const double dx = a + u0 + w1, dy = w0 + u1;
        best = fmin(best, sqrt(dx * dx + dy * dy));
        const double ex = a + w0 + u1, ey = u0 + w1;
        best = fmin(best, sqrt(ex * ex + ey * ey));
        /* over three sides: from the lid by a wall to the floor */
        const double fx = a + w0 + c - w1, fy = c + u0 + u1;
        best = fmin(best, sqrt(fx * fx + fy * fy));
        const double hx = a + u0 + b - u1, hy = b + w0 + w1;
        best = fmin(best, sqrt(hx * hx + hy * hy));
    }
    return best;
}

static void on_a_box_it_is_the_unfolded_straight_line(void)
{
    NW_AUTO(nw_mesh) coarse = {0};
    NW_AUTO(nw_mesh) fine = {0};
    const nw_vec3 size = {30, 12, 12};
    shape_add_box(&coarse, nw_v3(0, 0, 0), size);
    fine_box(&fine, 7, size);
    /* the spider and the fly (Dudeney 1903): 40 where the plain way is 42 */
    const nw_vec3 spider = {0, 6, 1}, fly = {30, 6, 11};
    CHECK_NEAR(way(&coarse, spider, fly), 40, 1e-9);
    CHECK_NEAR(way(&fine, spider, fly), 40, 1e-9);
    double worst = 0;
    for (uint64_t n = 0; n < 60; n++) {
        const double y0 = 12 * nw_rand_even(5, 4 * n), z0 = 12 * nw_rand_even(5, 4 * n + 1),
                     y1 = 12 * nw_rand_even(5, 4 * n + 2), z1 = 12 * nw_rand_even(5, 4 * n + 3);
        const double truth = unfolded(30, 12, 12, y0, z0, y1, z1);
        worst = fmax(worst, fabs(way(&coarse, nw_v3(0, y0, z0), nw_v3(30, y1, z1)) - truth));
        worst = fmax(worst, fabs(way(&fine, nw_v3(0, y0, z0), nw_v3(30, y1, z1)) - truth));
    }
    printf("# figure geodesic_box_worst_mm %.3g\n", worst);
    CHECK(worst < 1e-9);
}

static void in_one_triangle_and_at_corners_it_is_straight(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    CHECK_NEAR(way(&m, nw_v3(1, 2, 0), nw_v3(8, 2, 0)), 7, 1e-12);
    CHECK_NEAR(way(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 0)), sqrt(500), 1e-12);
    CHECK_NEAR(way(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 30)), sqrt(30 * 30 + 30 * 30), 1e-9);
    CHECK(way(&m, nw_v3(1, 2, 0), nw_v3(1, 2, 0)) == 0);
}

/* A prism with many sides, unrolled: exact with chords for the arc. */
static void on_a_cylinder_it_is_the_helix(void)
{
    enum { SIDES = 90, RINGS = 30 };
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    CHECK(nw_mesh_init(&m, SIDES * (RINGS + 1), 2 * SIDES * RINGS, &err));
    size_t t = 0;
    for (int r = 0; r <= RINGS; r++)
        for (int s = 0; s < SIDES; s++) {
            const double angle = 2 * NW_PI * s / SIDES;
            m.pos_mm[s + SIDES * r] = nw_v3(15 * cos(angle), 15 * sin(angle), 2.0 * r);
            if (r == RINGS)
                continue;
            const uint32_t a = (uint32_t)(s + SIDES * r),
                           b = (uint32_t)((s + 1) % SIDES + SIDES * r), up = SIDES;
            const uint32_t two[2][3] = {{a, b, b + up}, {a, b + up, a + up}};
            memcpy(m.tri[t], two, sizeof two);
            t += 2;
        }
    const double chord = 2 * 15 * sin(NW_PI / SIDES);
    for (int s = 1; s < SIDES / 2; s += 7) {
        const nw_vec3 a = m.pos_mm[3 * SIDES], b = m.pos_mm[s + SIDES * 25];
        CHECK_NEAR(way(&m, a, b), sqrt(pow(s * chord, 2) + 44 * 44.0), 1e-9);
    }
}

static void on_a_ball_it_is_the_great_circle(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 60, 50, shape_no_bumps);
    double worst = 0;
    for (uint64_t n = 0; n < 8; n++) {
        const nw_vec3 a = m.pos_mm[nw_rand_bits(1, n) % m.vert_count],
                      b = m.pos_mm[nw_rand_bits(2, n) % m.vert_count];
        const double truth = 50 * acos(nw_dot(a, b) / 2500);
        worst = fmax(worst, fabs(way(&m, a, b) / truth - 1));
    }
    printf("# figure geodesic_ball_worst %.3g of 28800 triangles\n", worst);
    CHECK(worst < 4e-4);
}

static double bumps(nw_vec3 d)
{
    return 2 * sin(7 * d.x) * sin(9 * d.y) * sin(8 * d.z);
}

/* The slow and plain way beside it: Dijkstra over a mesh whose edges are cut into many parts is
 * never shorter, and comes close; there and back are the same. */
static void on_bumps_it_is_a_metric(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 14, 20, bumps);
    double gap = 0, asymmetry = 0;
    int wrong = 0;
    for (uint64_t n = 0; n < 30; n++) {
        nw_vec3 p[3];
        for (int k = 0; k < 3; k++) {
            const uint32_t *v = m.tri[nw_rand_bits(3, 3 * n + (uint64_t)k) % m.tri_count];
            const double u = nw_rand_even(4, 6 * n + 2 * (uint64_t)k),
                         w = (1 - u) * nw_rand_even(4, 6 * n + 2 * (uint64_t)k + 1);
            p[k] = nw_add(nw_scale(m.pos_mm[v[0]], 1 - u - w),
                          nw_add(nw_scale(m.pos_mm[v[1]], u), nw_scale(m.pos_mm[v[2]], w)));
        }
        const double ab = way(&m, p[0], p[1]), ba = way(&m, p[1], p[0]),
                     bc = way(&m, p[1], p[2]), ac = way(&m, p[0], p[2]);
        asymmetry = fmax(asymmetry, fabs(ab - ba));
        wrong += ac > ab + bc + 1e-9 || ab < nw_length(nw_sub(p[0], p[1])) - 1e-12;
        gap = fmax(gap, ab - nw_length(nw_sub(p[0], p[1])));
    }
    printf("# figure geodesic_there_and_back_mm %.3g\n", asymmetry);
    CHECK(asymmetry < 1e-9);
    CHECK(wrong == 0);
    CHECK(gap > 1);
}

static void what_has_no_way_is_said(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    shape_add_box(&m, nw_v3(5, 0, 0), nw_v3(6, 1, 1));
    struct nw_measured d = {7, 7};
    CHECK(!nw_measure_geodesic(&m, nw_v3(0, 0, 0), nw_v3(6, 0, 0), 0.1, 0, &d, &err));
    CHECK(err.code == NW_ERR_GEOMETRY && d.value == 7);
    err = (struct nw_err){0};
    CHECK(!nw_measure_geodesic(&m, nw_v3(0, 0, -3), nw_v3(1, 0, 0), 0.1, 0, &d, &err));
    CHECK(err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    memcpy(m.tri[5], m.tri[4], sizeof *m.tri); /* an edge with three triangles */
    CHECK(!nw_measure_geodesic(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1), 0.1, 0, &d, &err));
    CHECK(err.code == NW_ERR_GEOMETRY);
}

static struct nw_mesh ball;

static bool attempt(struct nw_err *err)
{
    struct nw_measured d;
    return nw_measure_geodesic(&ball, nw_v3(10, 0.5, 0.3), nw_v3(-3, 9, 2), 2, 0, &d, err);
}

static void no_allocation_is_missed(void)
{
    shape_sphere(&ball, 4, 10, shape_no_bumps);
    unit_starve(attempt);
    nw_mesh_release(&ball);
}

int main(void)
{
    UNIT(on_a_box_it_is_the_unfolded_straight_line);
    UNIT(in_one_triangle_and_at_corners_it_is_straight);
    UNIT(on_a_cylinder_it_is_the_helix);
    UNIT(on_a_ball_it_is_the_great_circle);
    UNIT(on_bumps_it_is_a_metric);
    UNIT(what_has_no_way_is_said);
    UNIT(no_allocation_is_missed);
    return unit_end();
}
