/* tests/unit/core/frame_test.c */
#include "core/frame.h"

#include "core/rand.h"
#include "unit.h"

/* A tilted, anisotropic, sheared lattice somewhere. */
static struct nw_grid oblique(void)
{
    return (struct nw_grid){.dim = {30, 20, 10},
                            .origin_mm = {-120, 35.5, 800},
                            .step_mm = {{0.5, 0.1, 0}, {-0.1, 0.6, 0.05}, {0, 0.4, 1.2}}};
}

static struct nw_grid straight(void)
{
    return (struct nw_grid){.dim = {4, 3, 2},
                            .origin_mm = {1, 2, 3},
                            .step_mm = {{0.5, 0, 0}, {0, 0.25, 0}, {0, 0, 2}}};
}

static void voxel_zero_has_its_centre_at_the_origin(void)
{
    const struct nw_grid g = oblique();
    const nw_vec3 p = nw_grid_point(&g, (nw_ijk){0, 0, 0});
    CHECK(p.x == -120 && p.y == 35.5 && p.z == 800);
}

static void i_runs_fastest_then_j_then_k(void)
{
    const struct nw_grid g = oblique();
    size_t at = 0;
    for (size_t k = 0; k < 10; k++)
        for (size_t j = 0; j < 20; j++)
            for (size_t i = 0; i < 30; i++)
                CHECK(nw_grid_at(&g, i, j, k) == at++);
    CHECK(at == nw_grid_count(&g));
}

static void index_and_mm_undo_each_other(void)
{
    const struct nw_grid g = oblique();
    const struct nw_grid_inverse inv = nw_grid_invert(&g);
    for (uint64_t n = 0; n < 1000; n++) {
        const nw_ijk p = {30 * nw_rand_even(1, 3 * n), 20 * nw_rand_even(1, 3 * n + 1),
                          10 * nw_rand_even(1, 3 * n + 2)};
        const nw_ijk q = nw_grid_index(&inv, nw_grid_point(&g, p));
        CHECK_NEAR(p.i, q.i, 1e-11);
        CHECK_NEAR(p.j, q.j, 1e-11);
        CHECK_NEAR(p.k, q.k, 1e-11);
    }
}

static void spacing_volume_and_matrix_agree(void)
{
    const struct nw_grid g = straight();
    const nw_vec3 s = nw_grid_spacing(&g);
    CHECK(s.x == 0.5 && s.y == 0.25 && s.z == 2);
    CHECK(nw_grid_voxel_mm3(&g) == 0.25);
    const struct nw_grid o = oblique();
    CHECK_NEAR(nw_det(nw_grid_matrix(&o)), nw_grid_voxel_mm3(&o), 1e-15);
    const nw_vec3 along_j = nw_mul(nw_grid_matrix(&o), nw_v3(0, 1, 0));
    CHECK(nw_length(nw_sub(along_j, o.step_mm[1])) == 0);
}

static void a_left_handed_lattice_has_negative_voxels_and_is_not_straight(void)
{
    struct nw_grid g = straight();
    CHECK(nw_grid_is_straight(&g));
    g.step_mm[0] = nw_scale(g.step_mm[0], -1);
    CHECK(nw_grid_voxel_mm3(&g) < 0 && !nw_grid_is_straight(&g));
}

static void a_tilt_of_a_tenth_of_a_degree_is_not_straight(void)
{
    struct nw_grid g = straight();
    g.step_mm[2].y = 2 * 0.00175;
    CHECK(!nw_grid_is_straight(&g));
    g.step_mm[2].y = 2 * 0.00005; /* what a header's rounding makes */
    CHECK(nw_grid_is_straight(&g));
}

static void the_box_holds_every_voxel_centre_and_no_more(void)
{
    const struct nw_grid g = oblique();
    const nw_box box = nw_grid_box(&g);
    nw_box seen = nw_box_empty();
    for (size_t k = 0; k < 10; k++)
        for (size_t j = 0; j < 20; j++)
            for (size_t i = 0; i < 30; i++)
                seen = nw_box_with(
                    seen, nw_grid_point(&g, (nw_ijk){(double)i, (double)j, (double)k}));
    CHECK(nw_length(nw_sub(box.min, seen.min)) < 1e-12);
    CHECK(nw_length(nw_sub(box.max, seen.max)) < 1e-12);
}

static bool turns(const char *axes, nw_vec3 from, nw_vec3 to)
{
    nw_mat3 m;
    return nw_axes_parse(axes, &m) && nw_length(nw_sub(nw_mul(m, from), to)) == 0;
}

static void three_letters_say_where_axes_point(void)
{
    const nw_vec3 p = {1, 2, 3};
    CHECK(turns("LPS", p, p) && turns("LPH", p, p));
    CHECK(turns("RAS", p, nw_v3(-1, -2, 3)));
    CHECK(turns("LAF", p, nw_v3(1, -2, -3)));
    CHECK(turns("PHL", p, nw_v3(3, 1, 2)));
    static const char *const wrong[] = {"",    "LP",  "LPSS", "LPX", "LLS",
                                        "LRS", "LPF", "RPS",  "lps", NULL};
    nw_mat3 m;
    for (size_t i = 0; wrong[i]; i++)
        CHECK(!nw_axes_parse(wrong[i], &m));
    CHECK(!nw_axes_parse(NULL, &m));
}

int main(void)
{
    UNIT(voxel_zero_has_its_centre_at_the_origin);
    UNIT(i_runs_fastest_then_j_then_k);
    UNIT(index_and_mm_undo_each_other);
    UNIT(spacing_volume_and_matrix_agree);
    UNIT(a_left_handed_lattice_has_negative_voxels_and_is_not_straight);
    UNIT(a_tilt_of_a_tenth_of_a_degree_is_not_straight);
    UNIT(the_box_holds_every_voxel_centre_and_no_more);
    UNIT(three_letters_say_where_axes_point);
    return unit_end();
}
