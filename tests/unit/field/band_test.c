/* Sampled expressions beside the expressions themselves. */
#include "field/band.h"

#include "core/rand.h"
#include "field/surface.h"
#include "starve.h"
#include "unit.h"

static struct nw_grid grid_about(nw_vec3 middle, double cell_mm, size_t side)
{
    const nw_vec3 w = nw_unit(nw_v3(0.2, -0.3, 1)), u = nw_unit(nw_cross(nw_v3(0, 1, 0), w));
    const nw_vec3 v = nw_cross(w, u);
    struct nw_grid g = {.dim = {side, side, side}};
    const double back = -0.5 * cell_mm * (double)(side - 1);
    g.step_mm[0] = nw_scale(u, cell_mm);
    g.step_mm[1] = nw_scale(v, cell_mm);
    g.step_mm[2] = nw_scale(w, cell_mm);
    g.origin_mm = nw_along(nw_along(nw_along(middle, u, back), v, back), w, back);
    return g;
}

static nw_vec3 place(uint64_t n, double reach)
{
    return nw_v3((nw_rand_even(9, 3 * n) - 0.5) * 2 * reach,
                 (nw_rand_even(9, 3 * n + 1) - 0.5) * 2 * reach,
                 (nw_rand_even(9, 3 * n + 2) - 0.5) * 2 * reach);
}

/* A ball of radius 6 and a smaller one in its side. */
static nw_node balls(struct nw_field *f, struct nw_err *err)
{
    return nw_field_union(f, nw_field_sphere(f, nw_v3(0, 0, 0), 6, err),
                          nw_field_sphere(f, nw_v3(5, 2, 1), 3, err), err);
}

/* As an expression and as a mesh of it: both are within the band what they were. */
static void a_band_is_what_was_sampled(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    struct nw_mesh mesh = {0};
    const nw_node a = balls(f, &err);
    const nw_box box = {nw_v3(-8, -8, -8), nw_v3(10, 8, 8)};
    CHECK(nw_surface_of_field(f, a, box, 0.4, &mesh, &err));
    const nw_node leaf = nw_field_mesh(f, &mesh, &err);
    const struct nw_grid g = grid_about(nw_v3(1, 0, 0), 0.3, 71);
    const nw_node band[2] = {nw_field_band(f, a, &g, 2, 0.8, &err),
                             nw_field_band(f, leaf, &g, 2, 0.8, &err)};
    const nw_node of[2] = {a, leaf};
    CHECK(band[0] >= 0 && band[1] >= 0);
    for (int k = 0; k < 2; k++) {
        double worst = 0, least = 0;
        for (uint64_t n = 0; n < 4000; n++) {
            const nw_vec3 p = place(n, 7);
            const double d = nw_field_value(f, of[k], p), kept = fmin(fmax(d, -0.8), 2),
                         have = nw_field_value(f, band[k], p);
            CHECK((d < -0.3) <= (have < 0) && (d > 0.3) <= (have > 0));
            worst = fmax(worst, fabs(have - kept));
            if (d > 0.1 && d < 0.5 && nw_length(p) < 7) /* away from the crease */
                least = fmax(least, p.x < 0 ? fabs(have - d) : 0);
        }
        printf("# off by %.4f mm anywhere, %.4f mm outside a ball of 6 mm\n", worst, least);
        CHECK(least < 0.01); /* cell^2 / 4 r = 0.004, and the mesh's own facets */
        CHECK(worst < 0.3);
    }
    nw_mesh_release(&mesh);
    nw_field_free(f);
}

/* Every value in a box lies in its interval, and the gradient is the difference. */
static void intervals_and_gradients_hold(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const struct nw_grid g = grid_about(nw_v3(0, 0, 0), 0.5, 40);
    const nw_node band = nw_field_band(f, balls(f, &err), &g, 3, 1, &err);
    struct nw_tape *tape = nw_tape_new(f, band, &err);
    CHECK(tape != NULL);
    for (uint64_t n = 0; n < 300; n++) {
        const double half = n % 3 == 0 ? 0.3 : n % 3 == 1 ? 2 : 9;
        const nw_vec3 c = place(n, 12);
        const nw_interval in = nw_tape_interval(tape, nw_box_grown((nw_box){c, c}, half));
        for (uint64_t k = 0; k < 30; k++) {
            const double v = nw_field_value(f, band, nw_add(c, place(1000 * n + k, half)));
            CHECK(v >= in.min && v <= in.max);
        }
        nw_vec3 grad;
        const double v = nw_field_gradient(f, band, c, &grad), h = 1e-7;
        const double next = nw_field_value(f, band, nw_along(c, nw_v3(1, 0, 0), h));
        CHECK(fabs((next - v) / h - grad.x) < 1e-3 || fabs(next - v) < 1e-12);
    }
    nw_tape_free(tape);
    nw_field_free(f);
}

/* Below a ball there is nothing but what the ball passed through: the sweep of a ball is a
 * capsule, and never more than the ball itself. */
static void a_swept_ball_is_a_capsule(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const struct nw_grid g = grid_about(nw_v3(0, 0, 0), 0.25, 81);
    const nw_vec3 up = nw_unit(g.step_mm[2]);
    const nw_vec3 middle = nw_along(nw_v3(0, 0, 0), up, 3);
    const nw_node ball = nw_field_sphere(f, middle, 4, &err);
    const nw_node band = nw_field_band(f, ball, &g, 2, 1, &err);
    const nw_node swept = nw_field_band_swept(f, band, &err);
    const nw_node way = nw_field_capsule(f, nw_along(middle, up, -40), middle, 4, &err);
    CHECK(swept >= 0);
    double worst = 0;
    for (uint64_t n = 0; n < 4000; n++) {
        const nw_vec3 p = place(n, 5.5);
        const double d = fmin(fmax(nw_field_value(f, way, p), -1), 2),
                     have = nw_field_value(f, swept, p);
        CHECK(have <= nw_field_value(f, band, p));
        if (fabs(d) < 0.5)
            worst = fmax(worst, fabs(have - d));
    }
    printf("# swept off by %.4f mm\n", worst);
    CHECK(worst < 0.01);
    CHECK(nw_field_band_swept(f, ball, &err) < 0 && err.code == NW_ERR_ARGUMENT);
    nw_field_free(f);
}

/* Below the ball's middle, beside the way it came, one is nearer to the way than to the ball.
 */
static void the_shade_of_a_ball_is_below_it(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const struct nw_grid g = grid_about(nw_v3(0, 0, 0), 0.25, 81);
    const nw_vec3 up = nw_unit(g.step_mm[2]), side = nw_unit(g.step_mm[0]);
    const nw_node band =
        nw_field_band(f, nw_field_sphere(f, nw_v3(0, 0, 0), 4, &err), &g, 6, 1, &err);
    const nw_node shade =
        nw_field_band_excess(f, nw_field_band_swept(f, band, &err), band, &err);
    CHECK(shade >= 0);
    const nw_vec3 above = nw_along(nw_scale(side, 5), up, 2);
    CHECK_NEAR(nw_field_value(f, shade, above), 0, 1e-6);
    const nw_vec3 below = nw_along(nw_scale(side, 5), up, -3); /* 1 from the way */
    CHECK_NEAR(nw_field_value(f, shade, below), (1 - (sqrt(34) - 4)) / 2, 0.005);
    const struct nw_grid small = grid_about(nw_v3(0, 0, 0), 0.25, 80);
    const nw_node other =
        nw_field_band(f, nw_field_sphere(f, nw_v3(0, 0, 0), 4, &err), &small, 6, 1, &err);
    CHECK(nw_field_band_excess(f, band, other, &err) < 0 && err.code == NW_ERR_ARGUMENT);
    nw_field_free(f);
}

static bool attempt(struct nw_err *err)
{
    struct nw_field *f = nw_field_new(err);
    const struct nw_grid g = grid_about(nw_v3(0, 0, 0), 0.5, 20);
    const nw_node n =
        f ? nw_field_band_swept(f, nw_field_band(f, balls(f, err), &g, 2, 1, err), err) : -1;
    nw_field_free(f);
    return n >= 0;
}

static void it_survives_without_memory(void)
{
    CHECK(unit_starve(attempt) > 4);
}

int main(void)
{
    UNIT(a_band_is_what_was_sampled);
    UNIT(intervals_and_gradients_hold);
    UNIT(a_swept_ball_is_a_capsule);
    UNIT(the_shade_of_a_ball_is_below_it);
    UNIT(it_survives_without_memory);
    return unit_end();
}
