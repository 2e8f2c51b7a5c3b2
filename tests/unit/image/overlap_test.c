/* tests/unit/image/overlap_test.c -- shares of labels that can be counted by hand. */
#include "image/overlap.h"

#include <string.h>

#include "core/parallel.h"
#include "unit.h"

static void make(struct nw_volume *v, enum nw_voxel type, size_t n)
{
    struct nw_err err = {0};
    const struct nw_grid grid = {{n, 4, 4}, {1, 2, 3}, {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 2}}};
    CHECK(nw_volume_init(v, type, &grid, &err));
}

/* Req: R-044 */
static void shares_are_counted_per_label(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_volume) a = {0};
    NW_AUTO(nw_volume) b = {0};
    make(&a, NW_VOXEL_U8, 10);
    make(&b, NW_VOXEL_U16, 10);
    for (size_t i = 0; i < 8; i++)
        a.u8[i] = 1; /* 0..7 */
    for (size_t i = 4; i < 10; i++)
        b.u16[i] = 1; /* 4..9 */
    a.u8[20] = 2;
    b.u16[30] = 3;
    struct nw_overlap o[4];
    CHECK(nw_overlap_labels(&a, &b, 4, o, &err));
    CHECK(o[0].voxels_a == 8 && o[0].voxels_b == 6 && o[0].voxels_both == 4);
    CHECK_NEAR(o[0].dice, 8.0 / 14, 1e-15);
    CHECK_NEAR(o[0].iou, 0.4, 1e-15);
    CHECK_NEAR(o[0].volume_error_percent, 100.0 / 3, 1e-12);
    CHECK(o[1].dice == 0 && isnan(o[1].volume_error_percent));  /* only in a */
    CHECK(o[2].dice == 0 && o[2].volume_error_percent == -100); /* only in b */
    CHECK(isnan(o[3].dice) && isnan(o[3].iou));                 /* in neither */
}

static void refuses_other_grids_and_types(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_volume) a = {0};
    NW_AUTO(nw_volume) b = {0};
    NW_AUTO(nw_volume) f = {0};
    make(&a, NW_VOXEL_U8, 10);
    make(&b, NW_VOXEL_U8, 11);
    make(&f, NW_VOXEL_F32, 10);
    struct nw_overlap o[1];
    CHECK(!nw_overlap_labels(&a, &b, 1, o, &err) && err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    CHECK(!nw_overlap_labels(&a, &f, 1, o, &err) && err.code == NW_ERR_ARGUMENT);
    NW_AUTO(nw_volume) c = {0};
    make(&c, NW_VOXEL_U8, 10);
    c.grid.origin_mm.x += 0.004; /* below 1 % of half a millimetre */
    CHECK(nw_grid_is_same(&a.grid, &c.grid));
    c.grid.origin_mm.x += 0.004;
    CHECK(!nw_grid_is_same(&a.grid, &c.grid));
    const size_t held = nw_mem_held();
    err = (struct nw_err){0};
    nw_mem_fail_at(0);
    CHECK(!nw_overlap_labels(&a, &a, 1, o, &err) && err.code == NW_ERR_MEMORY);
    CHECK(nw_mem_held() == held);
}

static void the_thread_count_does_not_show(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_volume) a = {0};
    make(&a, NW_VOXEL_U8, 1001);
    for (size_t i = 0; i < nw_grid_count(&a.grid); i++)
        a.u8[i] = (uint8_t)(i * i % 5);
    struct nw_overlap first[4], again[4];
    for (int threads = 1; threads <= 8; threads++) {
        nw_set_threads(threads);
        CHECK(nw_overlap_labels(&a, &a, 4, threads == 1 ? first : again, &err));
        CHECK(threads == 1 || memcmp(first, again, 3 * sizeof first[0]) == 0);
    }
    CHECK(first[0].dice == 1 && first[0].voxels_a == first[0].voxels_both);
    nw_set_threads(0);
}

int main(void)
{
    UNIT(shares_are_counted_per_label);
    UNIT(refuses_other_grids_and_types);
    UNIT(the_thread_count_does_not_show);
    return unit_end();
}
