/* tests/unit/core/volume_test.c */
#include "core/volume.h"

#include <string.h>

#include "core/rand.h"
#include "starve.h"
#include "unit.h"

static struct nw_grid grid(size_t x, size_t y, size_t z)
{
    return (struct nw_grid){.dim = {x, y, z}, .step_mm = {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 1}}};
}

static void refused(struct nw_grid g, enum nw_code code, const char *words)
{
    struct nw_err err = {0};
    CHECK(!nw_grid_check(&g, &err));
    CHECK(err.code == code && strstr(err.msg, words));
    struct nw_volume vol = {0};
    struct nw_err again = {0};
    CHECK(!nw_volume_init(&vol, NW_VOXEL_U8, &g, &again));
    CHECK(again.code == code && vol.data == NULL);
}

static void grids_that_loops_could_not_trust_are_refused(void)
{
    struct nw_grid g = grid(0, 1, 1);
    refused(g, NW_ERR_DATA, "axis 1");
    refused(grid(1, 65536, 1), NW_ERR_DATA, "65536");
    refused(grid(65535, 65535, 65535), NW_ERR_LIMIT, "2^40");
    refused(grid(SIZE_MAX, 1, 1), NW_ERR_DATA, "voxels");
    const double bad_mm[] = {0, 1e-5, 2e4, (double)NAN, HUGE_VAL};
    for (size_t i = 0; i < 5; i++) {
        g = grid(4, 4, 4);
        g.step_mm[2].z = bad_mm[i];
        refused(g, NW_ERR_DATA, "axis 3");
    }
    g = grid(4, 4, 4);
    g.origin_mm.y = (double)NAN;
    refused(g, NW_ERR_DATA, "origin");
    g.origin_mm.y = 2e6;
    refused(g, NW_ERR_DATA, "origin");
    g = grid(4, 4, 4);
    g.step_mm[1] = g.step_mm[0];
    refused(g, NW_ERR_DATA, "axes");
}

static void grids_at_the_limits_are_taken(void)
{
    struct nw_err err = {0};
    struct nw_grid g = grid(65535, 1, 1);
    CHECK(nw_grid_check(&g, &err));
    g = grid(1, 1, 1);
    g.step_mm[0].x = -1e-4; /* a left-handed grid is one too */
    g.step_mm[2].z = 1e4;
    g.origin_mm = nw_v3(-1e6, 1e6, 0);
    CHECK(nw_grid_check(&g, &err));
}

static void a_new_volume_is_zero_in_every_type(void)
{
    const enum nw_voxel type[] = {NW_VOXEL_I16, NW_VOXEL_U8, NW_VOXEL_U16, NW_VOXEL_F32};
    const size_t bytes[] = {2, 1, 2, 4};
    for (size_t t = 0; t < 4; t++) {
        const struct nw_grid g = grid(5, 6, 7);
        struct nw_volume vol = {0};
        struct nw_err err = {0};
        CHECK(nw_voxel_bytes(type[t]) == bytes[t]);
        CHECK(nw_volume_init(&vol, type[t], &g, &err));
        double sum = 0;
        for (size_t i = 0; i < 210; i++)
            sum += fabs(nw_volume_value(&vol, i));
        CHECK(sum == 0);
        nw_volume_release(&vol);
        CHECK(vol.data == NULL);
        nw_volume_release(&vol);
    }
}

static void values_are_read_in_their_own_type(void)
{
    const struct nw_grid g = grid(1, 1, 1);
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_I16, &g, &err));
    vol.i16[0] = -1024;
    CHECK(nw_volume_value(&vol, 0) == -1024);
    vol.type = NW_VOXEL_U16;
    CHECK(nw_volume_value(&vol, 0) == 64512);
    nw_volume_release(&vol);
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &g, &err));
    vol.f32[0] = 0.25f;
    CHECK(nw_volume_value(&vol, 0) == 0.25);
    nw_volume_release(&vol);
}

/* a + bi + cj + dk + eij + fjk + gik + hijk is what trilinear sampling keeps exactly. */
static double trilinear(double i, double j, double k)
{
    return 3 + 2 * i - 5 * j + 0.5 * k + 0.25 * i * j - j * k + 0.125 * i * k + i * j * k / 16;
}

static void sampling_is_exact_on_trilinear_functions(void)
{
    const struct nw_grid g = grid(7, 6, 5);
    struct nw_volume vol = {0};
    struct nw_err err = {0};
    CHECK(nw_volume_init_unset(&vol, NW_VOXEL_F32, &g, &err));
    for (size_t k = 0; k < 5; k++)
        for (size_t j = 0; j < 6; j++)
            for (size_t i = 0; i < 7; i++)
                vol.f32[nw_grid_at(&g, i, j, k)] =
                    (float)trilinear((double)i, (double)j, (double)k);
    for (uint64_t n = 0; n < 2000; n++) {
        const nw_ijk p = {6 * nw_rand_even(1, 3 * n), 5 * nw_rand_even(1, 3 * n + 1),
                          4 * nw_rand_even(1, 3 * n + 2)};
        /* exact inside each cell only where the function is trilinear there: everywhere */
        CHECK_NEAR(nw_volume_sample(&vol, p), trilinear(p.i, p.j, p.k), 1e-10);
    }
    nw_volume_release(&vol);
}

static void sampling_beyond_the_border_takes_the_border(void)
{
    const struct nw_grid g = grid(2, 1, 1);
    struct nw_volume vol = {0};
    struct nw_err err = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_U8, &g, &err));
    vol.u8[0] = 10;
    vol.u8[1] = 20;
    CHECK(nw_volume_sample(&vol, (nw_ijk){-5, -5, -5}) == 10);
    CHECK(nw_volume_sample(&vol, (nw_ijk){5, 5, 5}) == 20);
    CHECK(nw_volume_sample(&vol, (nw_ijk){0.25, 0, 0}) == 12.5);
    CHECK(nw_volume_sample(&vol, (nw_ijk){HUGE_VAL, 0, 0}) == 20);
    CHECK(nw_volume_sample(&vol, (nw_ijk){(double)NAN, 0, 0}) == 10);
    nw_volume_release(&vol);
}

static void volumes_are_equal_only_bit_for_bit(void)
{
    const struct nw_grid g = grid(3, 3, 3);
    struct nw_volume a = {0}, b = {0};
    struct nw_err err = {0};
    CHECK(nw_volume_init(&a, NW_VOXEL_I16, &g, &err));
    CHECK(nw_volume_init(&b, NW_VOXEL_I16, &g, &err));
    CHECK(nw_volume_is_equal(&a, &b));
    b.i16[26] = 1;
    CHECK(!nw_volume_is_equal(&a, &b));
    b.i16[26] = 0;
    b.grid.step_mm[2].z += 1e-15;
    CHECK(!nw_volume_is_equal(&a, &b));
    b.grid = g;
    b.grid.origin_mm.x = -0.0; /* other bits */
    CHECK(!nw_volume_is_equal(&a, &b));
    b.grid = g;
    b.type = NW_VOXEL_U16;
    CHECK(!nw_volume_is_equal(&a, &b));
    nw_volume_release(&a);
    nw_volume_release(&b);
}

static bool make_two(struct nw_err *err)
{
    const struct nw_grid g = grid(30, 30, 30);
    struct nw_volume a = {0}, b = {0};
    const bool ok = nw_volume_init(&a, NW_VOXEL_F32, &g, err) &&
                    nw_volume_init_unset(&b, NW_VOXEL_U8, &g, err);
    nw_volume_release(&a);
    nw_volume_release(&b);
    return ok;
}

static void volumes_survive_each_allocation_failing(void)
{
    CHECK(unit_starve(make_two) == 2);
}

static void a_volume_larger_than_the_budget_ends_in_a_sentence(void)
{
    const struct nw_grid g = grid(1000, 1000, 1000);
    struct nw_volume vol = {0};
    struct nw_err err = {0};
    nw_mem_set_budget(1 << 20);
    CHECK(!nw_volume_init(&vol, NW_VOXEL_I16, &g, &err));
    nw_mem_set_budget(SIZE_MAX);
    CHECK(err.code == NW_ERR_MEMORY && vol.data == NULL);
}

int main(void)
{
    UNIT(grids_that_loops_could_not_trust_are_refused);
    UNIT(grids_at_the_limits_are_taken);
    UNIT(a_new_volume_is_zero_in_every_type);
    UNIT(values_are_read_in_their_own_type);
    UNIT(sampling_is_exact_on_trilinear_functions);
    UNIT(sampling_beyond_the_border_takes_the_border);
    UNIT(volumes_are_equal_only_bit_for_bit);
    UNIT(volumes_survive_each_allocation_failing);
    UNIT(a_volume_larger_than_the_budget_ends_in_a_sentence);
    return unit_end();
}
