#include "field/field.h"

#include <string.h>

#include "core/rand.h"
#include "laws.h"
#include "unit.h"

static nw_vec3 place(uint64_t n, double reach)
{
    return nw_v3((nw_rand_even(1, 3 * n) - 0.5) * 2 * reach,
                 (nw_rand_even(1, 3 * n + 1) - 0.5) * 2 * reach,
                 (nw_rand_even(1, 3 * n + 2) - 0.5) * 2 * reach);
}

static const double star[][2] = {{4, 0},  {1, 1},   {0, 4},  {-1, 1},
                                 {-4, 0}, {-1, -1}, {0, -4}, {1, -1}};

/* One of each primitive, near the origin, not axis-aligned where that is possible. */
enum { LEAVES = 9 };
static nw_node leaf(struct nw_field *f, int which, struct nw_err *err)
{
    const nw_vec3 a = nw_v3(-2, -3, 1), b = nw_v3(3, 1, -2);
    const nw_vec3 u = nw_unit(nw_v3(1, 2, 3)), v = nw_unit(nw_cross(u, nw_v3(1, 0, 0)));
    switch (which) {
    case 0:
        return nw_field_sphere(f, nw_v3(1, -1, 0.5), 3, err);
    case 1:
        return nw_field_box(f, nw_v3(-3, -2, -1), nw_v3(2, 4, 3), err);
    case 2:
        return nw_field_cylinder(f, a, b, 2, err);
    case 3:
        return nw_field_capsule(f, a, b, 1.5, err);
    case 4:
        return nw_field_cone(f, a, b, 3, 1, err);
    case 5:
        return nw_field_torus(f, nw_v3(0.5, 0, 0), nw_v3(1, 1, 2), 4, 1.25, err);
    case 6:
        return nw_field_ellipsoid(f, nw_v3(0, 1, 0), nw_v3(2, 3, 5), err);
    case 7:
        return nw_field_half_space(f, nw_v3(1, 0, 0), nw_v3(1, -2, 2), err);
    default:
        return nw_field_extrusion(f, nw_v3(0.25, 0, -1), u, v, star, 8, 3, err);
    }
}

/* A bit of everything. */
static nw_node everything(struct nw_field *f, struct nw_err *err)
{
    nw_node n = leaf(f, 0, err);
    n = nw_field_blend(f, n, leaf(f, 1, err), 1.5, err);
    n = nw_field_difference(f, n, leaf(f, 2, err), err);
    n = nw_field_union(f, leaf(f, 3, err), n, err);
    const nw_affine map = {{{nw_v3(0.5, -0.5, 0.1), nw_v3(0.3, 1.1, 0), nw_v3(0, 0.2, 0.9)}},
                           nw_v3(1, 2, -1)};
    const nw_node right = nw_field_shell(f, leaf(f, 4, err), 0.5, err);
    n = nw_field_union(f, n, nw_field_moved(f, right, map, err), err);
    n = nw_field_union(f, n, nw_field_mirrored(f, n, nw_v3(3, 0, 0), nw_v3(1, 0, 1), err), err);
    n = nw_field_intersection(f, n, nw_field_offset(f, leaf(f, 5, err), 2, err), err);
    n = nw_field_union(f, n, leaf(f, 6, err), err);
    n = nw_field_difference(f, n, leaf(f, 8, err), err);
    return nw_field_blend(f, n, leaf(f, 7, err), 0.5, err);
}

static void known_distances(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_vec3 o = nw_v3(0, 0, 0), up = nw_v3(0, 0, 10);
    const nw_node box = nw_field_box(f, nw_v3(-1, -2, -3), nw_v3(1, 2, 3), &err);
    CHECK(nw_field_value(f, box, o) == -1);
    CHECK(nw_field_value(f, box, nw_v3(4, 6, 3)) == 5);
    const nw_node cylinder = nw_field_cylinder(f, o, up, 2, &err);
    CHECK(nw_field_value(f, cylinder, nw_v3(0, 0, 5)) == -2);
    CHECK(nw_field_value(f, cylinder, nw_v3(5, 0, 14)) == 5);
    CHECK(nw_field_value(f, cylinder, nw_v3(0, 1, 9.5)) == -0.5);
    const nw_node capsule = nw_field_capsule(f, o, up, 2, &err);
    CHECK(nw_field_value(f, capsule, nw_v3(3, 0, 14)) == 3);
    const nw_node cone = nw_field_cone(f, o, nw_v3(0, 0, 4), 3, 0, &err);
    CHECK_NEAR(nw_field_value(f, cone, nw_v3(3, 0, 4)), 12.0 / 5, 1e-14);
    CHECK_NEAR(nw_field_value(f, cone, nw_v3(0, 0, 6)), 2, 1e-14);
    CHECK_NEAR(nw_field_value(f, cone, nw_v3(0, 0, -2)), 2, 1e-14);
    CHECK_NEAR(nw_field_value(f, cone, nw_v3(0, 0, 1)), -1, 1e-14);
    const nw_node torus = nw_field_torus(f, o, up, 5, 1, &err);
    CHECK(nw_field_value(f, torus, nw_v3(0, 5, 0)) == -1);
    CHECK(nw_field_value(f, torus, nw_v3(0, 8, 4)) == 4);
    const nw_node half = nw_field_half_space(f, nw_v3(0, 0, 2), up, &err);
    CHECK(nw_field_value(f, half, nw_v3(7, 7, 5)) == 3);
    const nw_node ellipsoid = nw_field_ellipsoid(f, o, nw_v3(1, 2, 4), &err);
    CHECK(nw_field_value(f, ellipsoid, nw_v3(0, 2, 0)) == 0);
    CHECK(nw_field_value(f, ellipsoid, nw_v3(3, 0, 0)) == 2);
    const double ell[][2] = {{0, 0}, {0, 4}, {1, 4}, {1, 1}, {4, 1}, {4, 0}}; /* clockwise */
    const nw_node extrusion =
        nw_field_extrusion(f, o, nw_v3(1, 0, 0), nw_v3(0, 1, 0), ell, 6, 10, &err);
    CHECK(nw_field_value(f, extrusion, nw_v3(4, 4, 5)) == 3);
    CHECK(nw_field_value(f, extrusion, nw_v3(0.5, 2, 5)) == -0.5);
    CHECK(nw_field_value(f, extrusion, nw_v3(-3, 2, 14)) == 5);
    CHECK(err.code == NW_OK);
    nw_field_free(f);
}

/* From each place, going the distance along the gradient ends on the surface. */
static void distances_of_primitives_are_exact(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    for (int which = 0; which < LEAVES; which++) {
        const nw_node n = leaf(f, which, &err);
        if (which == 6)
            continue; /* the ellipsoid is a bound */
        int off = 0;
        for (uint64_t k = 0; k < 2000; k++) {
            const nw_vec3 p = place(k, 8);
            nw_vec3 g;
            const double d = nw_field_gradient(f, n, p, &g);
            CHECK_NEAR(nw_length(g), 1, 1e-9);
            off += fabs(nw_field_value(f, n, nw_along(p, g, -d))) > 1e-9;
            CHECK(fabs(nw_field_value(f, n, place(k + 7000, 8)) - d) <=
                  nw_length(nw_sub(p, place(k + 7000, 8))) + 1e-9);
        }
        CHECK(off == 0);
    }
    CHECK(err.code == NW_OK);
    nw_field_free(f);
}

static void the_gradient_is_the_derivative(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = everything(f, &err);
    CHECK(err.code == NW_OK);
    int wrong = 0;
    for (uint64_t k = 0; k < 2000; k++) {
        const nw_vec3 p = place(k, 8), d = place(k + 5000, 1e-5);
        nw_vec3 g;
        const double v = nw_field_gradient(f, n, p, &g);
        CHECK(v == nw_field_value(f, n, p));
        const double step =
            nw_field_value(f, n, nw_add(p, d)) - nw_field_value(f, n, nw_sub(p, d));
        wrong += fabs(step - 2 * nw_dot(g, d)) > 1e-4 * nw_length(d);
    }
    CHECK(wrong <= 2); /* a place may lie on a kink */
    nw_field_free(f);
}

static void the_tape_gives_the_same_bits(void)
{
    enum { COUNT = 1000 };
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    nw_node root[LEAVES + 1];
    for (int k = 0; k < LEAVES; k++)
        root[k] = leaf(f, k, &err);
    root[LEAVES] = everything(f, &err);
    CHECK(err.code == NW_OK);
    static nw_vec3 p[COUNT];
    static double v[COUNT];
    for (uint64_t k = 0; k < COUNT; k++)
        p[k] = place(k, 9);
    for (int r = 0; r <= LEAVES; r++) {
        struct nw_tape *tape = nw_tape_new(f, root[r], &err);
        CHECK(tape != NULL);
        nw_tape_values(tape, p, COUNT, v);
        int differ = 0;
        for (int k = 0; k < COUNT; k++) {
            const double one = nw_field_value(f, root[r], p[k]);
            differ += memcmp(&one, &v[k], sizeof one) != 0;
        }
        CHECK(differ == 0);
        nw_tape_free(tape);
    }
    nw_field_free(f);
}

/* As many shapes as there are, far apart: in a box there is little of them. */
static void a_tape_for_a_box_is_shorter_and_gives_the_same_bits(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    nw_node all = nw_field_sphere(f, nw_v3(0, 0, 0), 1, &err);
    for (int k = 0; k < 60; k++) {
        const nw_node one = leaf(f, k % LEAVES, &err);
        const nw_affine away = {{{nw_v3(0, 1, 0), nw_v3(-1, 0, 0), nw_v3(0, 0, 1)}},
                                nw_v3(20.0 * (k % 8), 20.0 * (k / 8), 3)};
        const nw_node there = nw_field_moved(f, one, away, &err);
        all = k % 5 == 0   ? nw_field_difference(f, all, there, &err)
              : k % 5 == 1 ? nw_field_blend(f, there, all, 0.5, &err)
              : k % 5 == 2 ? nw_field_union_round(f, all, there, 0.5, &err)
                           : nw_field_union(f, there, all, &err);
    }
    struct nw_tape *tape = nw_tape_new(f, all, &err);
    CHECK(tape && err.code == NW_OK);
    size_t wrong = 0, least = SIZE_MAX, most = 0;
    for (uint64_t k = 0; tape && k < 200; k++) {
        const nw_vec3 c = nw_v3(160 * nw_rand_even(4, 3 * k), 160 * nw_rand_even(4, 3 * k + 1),
                                6 * nw_rand_even(4, 3 * k + 2));
        const nw_box box = nw_box_grown((nw_box){c, c}, k % 2 ? 3 : 15);
        struct nw_tape *within = nw_tape_within(tape, box, &err);
        wrong += (size_t)law_within(f, all, tape, box);
        least = within && nw_tape_length(within) < least ? nw_tape_length(within) : least;
        most = within && nw_tape_length(within) > most ? nw_tape_length(within) : most;
        nw_tape_free(within);
    }
    printf("# %zu operations; in boxes %zu to %zu\n", nw_tape_length(tape), least, most);
    CHECK(wrong == 0);
    CHECK(10 * least < nw_tape_length(tape) && 2 * most < nw_tape_length(tape));
    nw_tape_free(tape);
    nw_field_free(f);
}

static void an_interval_holds_every_value(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    nw_node root[LEAVES + 1];
    for (int k = 0; k < LEAVES; k++)
        root[k] = leaf(f, k, &err);
    root[LEAVES] = everything(f, &err);
    int outside = 0, useful = 0;
    for (int r = 0; r <= LEAVES; r++) {
        struct nw_tape *tape = nw_tape_new(f, root[r], &err);
        for (uint64_t k = 0; k < 300; k++) {
            const nw_vec3 c = place(k, 10);
            const nw_vec3 h = nw_scale(nw_v3(nw_rand_even(2, 3 * k), nw_rand_even(2, 3 * k + 1),
                                             nw_rand_even(2, 3 * k + 2)),
                                       k % 3 ? 0.5 : 5);
            const nw_box box = {nw_sub(c, h), nw_add(c, h)};
            const nw_interval in = nw_tape_interval(tape, box);
            useful += in.min > 0 || in.max < 0;
            for (uint64_t q = 0; q < 30; q++) {
                const nw_vec3 t = place(1000 * k + q, 1);
                const nw_vec3 p =
                    q < 8 ? nw_v3(q & 1 ? box.max.x : box.min.x, q & 2 ? box.max.y : box.min.y,
                                  q & 4 ? box.max.z : box.min.z)
                          : nw_add(c, nw_v3(t.x * h.x, t.y * h.y, t.z * h.z));
                const double v = nw_field_value(f, root[r], p);
                outside += !(v >= in.min && v <= in.max);
            }
        }
        nw_tape_free(tape);
    }
    CHECK(outside == 0);
    CHECK(useful > 1000);
    CHECK(err.code == NW_OK);
    nw_field_free(f);
}

static void laws_of_union_offset_and_mirror(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node a = leaf(f, 4, &err), b = leaf(f, 8, &err);
    const nw_node ab = nw_field_union(f, a, b, &err), ba = nw_field_union(f, b, a, &err);
    const nw_node off = nw_field_offset(f, a, 0.75, &err);
    const nw_vec3 at = nw_v3(1, 2, 3), normal = nw_v3(1, -1, 0.5);
    const nw_node once = nw_field_mirrored(f, b, at, normal, &err);
    const nw_node twice = nw_field_mirrored(f, once, at, normal, &err);
    const nw_node both = nw_field_blend(f, a, b, 1, &err),
                  swapped = nw_field_blend(f, b, a, 1, &err);
    const nw_affine shift = {{{nw_v3(1, 0, 0), nw_v3(0, 1, 0), nw_v3(0, 0, 1)}},
                             nw_v3(5, -6, 7)};
    const nw_node moved = nw_field_moved(f, a, shift, &err);
    const nw_affine twofold = {{{nw_v3(2, 0, 0), nw_v3(0, 2, 0), nw_v3(0, 0, 2)}},
                               nw_v3(0, 0, 0)};
    const nw_node large = nw_field_moved(f, a, twofold, &err);
    CHECK(err.code == NW_OK);
    for (uint64_t k = 0; k < 500; k++) {
        const nw_vec3 p = place(k, 8);
        CHECK(nw_field_value(f, ab, p) == nw_field_value(f, ba, p));
        CHECK(nw_field_value(f, both, p) == nw_field_value(f, swapped, p));
        CHECK(nw_field_value(f, off, p) == nw_field_value(f, a, p) - 0.75);
        CHECK_NEAR(nw_field_value(f, twice, p), nw_field_value(f, b, p), 1e-12);
        CHECK_NEAR(nw_field_value(f, moved, nw_add(p, shift.shift)), nw_field_value(f, a, p),
                   1e-12);
        CHECK_NEAR(nw_field_value(f, large, nw_scale(p, 2)), 2 * nw_field_value(f, a, p),
                   1e-12);
    }
    nw_field_free(f);
}

static void a_sampled_plane_is_the_plane(void)
{
    struct nw_err err = {0};
    const struct nw_grid grid = {{9, 12, 30},
                                 nw_v3(-3, 2, 1),
                                 {nw_v3(0.5, 0.1, 0), nw_v3(0, 0.75, 0), nw_v3(0, 0.1, 0.6)}};
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &grid, &err));
    for (size_t k = 0; k < 30; k++)
        for (size_t j = 0; j < 12; j++)
            for (size_t i = 0; i < 9; i++) {
                const nw_vec3 p =
                    nw_grid_point(&grid, (nw_ijk){(double)i, (double)j, (double)k});
                vol.f32[nw_grid_at(&grid, i, j, k)] = (float)(p.x - 2 * p.y + 0.5 * p.z);
            }
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = nw_field_sampled(f, &vol, -2, 1, &err);
    struct nw_tape *tape = nw_tape_new(f, n, &err);
    CHECK(err.code == NW_OK);
    for (uint64_t k = 0; k < 500; k++) {
        const nw_ijk at = {nw_rand_even(3, 3 * k) * 8, nw_rand_even(3, 3 * k + 1) * 11,
                           nw_rand_even(3, 3 * k + 2) * 29};
        const nw_vec3 p = nw_grid_point(&grid, at);
        nw_vec3 g;
        const double v = nw_field_gradient(f, n, p, &g);
        CHECK_NEAR(v, 1 - 2 * (p.x - 2 * p.y + 0.5 * p.z), 1e-5);
        CHECK_NEAR(nw_length(nw_sub(g, nw_v3(-2, 4, -1))), 0, 1e-4);
        CHECK_NEAR(v, 1 - 2 * nw_volume_sample(&vol, at), 1e-5);
        const nw_box box = {nw_sub(p, nw_v3(1, 1, 1)), nw_add(p, nw_v3(0.5, 1, 2))};
        const nw_interval in = nw_tape_interval(tape, box);
        for (uint64_t q = 0; q < 20; q++) {
            const nw_vec3 t = place(1000 * k + q, 1), s = nw_box_size(box);
            const nw_vec3 at_q = nw_v3(box.min.x + s.x * fabs(t.x), box.min.y + s.y * fabs(t.y),
                                       box.min.z + s.z * fabs(t.z));
            const double w = nw_field_value(f, n, at_q);
            CHECK(w >= in.min && w <= in.max);
        }
    }
    const nw_vec3 far = nw_v3(1e4, 1e4, 1e4); /* beyond the border the nearest voxel counts */
    CHECK_NEAR(nw_field_value(f, n, far), 1 - 2 * (double)vol.f32[nw_grid_count(&grid) - 1],
               1e-6);
    nw_tape_free(tape);
    nw_field_free(f);
    nw_volume_release(&vol);
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
    const nw_vec3 o = nw_v3(0, 0, 0), up = nw_v3(0, 0, 1);
    expect(&err, nw_field_sphere(f, o, 0, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_sphere(f, o, NAN, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_sphere(f, nw_v3(0, INFINITY, 0), 1, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_box(f, up, o, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_cylinder(f, o, o, 1, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_cone(f, o, up, 0, 0, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_torus(f, o, o, 2, 1, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_extrusion(f, o, up, up, star, 8, 1, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_extrusion(f, o, up, nw_v3(1, 0, 0), star, 2, 1, &err),
           NW_ERR_ARGUMENT);
    expect(&err, nw_field_union(f, 0, 1, &err), NW_ERR_ARGUMENT);
    const nw_node s = nw_field_sphere(f, o, 1, &err);
    expect(&err, nw_field_union(f, s, -1, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_offset(f, s, INFINITY, &err), NW_ERR_ARGUMENT);
    const nw_affine flat = {{{nw_v3(1, 0, 0), nw_v3(0, 1, 0), nw_v3(1, 1, 0)}}, o};
    expect(&err, nw_field_moved(f, s, flat, &err), NW_ERR_ARGUMENT);
    const nw_vec3 row = nw_v3(-8, -8, -8); /* twice the same, to the last bit */
    const nw_affine folded = {{{nw_v3(-1.5, 4.5, -3.5), row, row}}, o};
    expect(&err, nw_field_moved(f, s, folded, &err), NW_ERR_ARGUMENT);
    nw_node n = s;
    while (n >= 0)
        n = nw_field_union(f, n, n, &err); /* doubles each time */
    expect(&err, n, NW_ERR_LIMIT);
    CHECK(nw_field_sphere(f, o, 1, &err) >= 0);
    nw_field_free(f);
}

static void each_allocation_may_fail(void)
{
    const struct nw_grid grid = {
        {40, 3, 3}, nw_v3(0, 0, 0), {nw_v3(1, 0, 0), nw_v3(0, 1, 0), nw_v3(0, 0, 1)}};
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_I16, &grid, &err));
    const size_t before = nw_mem_held();
    bool done = false;
    for (size_t nth = 0; !done && nth < 100; nth++) {
        err = (struct nw_err){0};
        nw_mem_fail_at(nth);
        struct nw_field *f = nw_field_new(&err);
        struct nw_tape *tape = NULL;
        if (f) {
            nw_node n = everything(f, &err);
            n = nw_field_union(f, n, nw_field_sampled(f, &vol, 1, 0, &err), &err);
            if (n >= 0)
                tape = nw_tape_new(f, n, &err);
        }
        done = tape != NULL;
        CHECK(done == (err.code == NW_OK));
        nw_tape_free(tape);
        nw_field_free(f);
        CHECK(nw_mem_held() == before);
    }
    nw_mem_fail_at(SIZE_MAX);
    CHECK(done);
    nw_volume_release(&vol);
}

int main(void)
{
    UNIT(known_distances);
    UNIT(distances_of_primitives_are_exact);
    UNIT(the_gradient_is_the_derivative);
    UNIT(the_tape_gives_the_same_bits);
    UNIT(a_tape_for_a_box_is_shorter_and_gives_the_same_bits);
    UNIT(an_interval_holds_every_value);
    UNIT(laws_of_union_offset_and_mirror);
    UNIT(a_sampled_plane_is_the_plane);
    UNIT(wrong_sizes_are_refused);
    UNIT(each_allocation_may_fail);
    return unit_end();
}
