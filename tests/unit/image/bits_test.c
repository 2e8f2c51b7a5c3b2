/* Growing in bits against growing voxel by voxel. */
#include "image/bits.h"
#include "unit.h"

static struct nw_grid grid_of(double z)
{
    const struct nw_grid g = {.dim = {67, 20, 15},
                              .step_mm = {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, z}}};
    return g;
}

static void one_voxel_grows_to_the_ball_of_that_radius(void)
{
    struct nw_err err = {0};
    const double spacing[] = {0.5, 1.0};
    for (int n = 0; n < 2; n++) {
        const struct nw_grid g = grid_of(spacing[n]);
        struct nw_bits b = {0};
        CHECK(nw_bits_init(&b, &g, &err));
        nw_bits_set(&b, 63, 64, 9, 7);
        CHECK(nw_bits_grow(&b, 2, &err));
        size_t outside = 0, missing = 0;
        for (size_t k = 0; k < g.dim[2]; k++)
            for (size_t j = 0; j < g.dim[1]; j++)
                for (size_t i = 0; i < g.dim[0]; i++) {
                    const double r =
                        nw_length(nw_v3(0.5 * ((double)i - 63), 0.5 * ((double)j - 9),
                                        spacing[n] * ((double)k - 7)));
                    outside += r > 2.9 && nw_bits_at(&b, i, j, k);
                    missing += r <= 1.8 && !nw_bits_at(&b, i, j, k);
                }
        CHECK(outside == 0 && missing == 0);
        CHECK(nw_bits_at(&b, 59, 9, 7) && !nw_bits_at(&b, 58, 9, 7));
        nw_bits_release(&b);
    }
}

static void packing_and_setting_agree_and_rows_end_clean(void)
{
    struct nw_err err = {0};
    const struct nw_grid g = grid_of(0.5);
    struct nw_volume v = {0};
    struct nw_bits a = {0}, b = {0};
    CHECK(nw_volume_init(&v, NW_VOXEL_U8, &g, &err));
    CHECK(nw_bits_init(&a, &g, &err) && nw_bits_init(&b, &g, &err));
    for (size_t i = 3; i < 67; i++)
        v.u8[nw_grid_at(&g, i, 4, 5)] = 1;
    nw_bits_pack(&a, &v, 1);
    nw_bits_set(&b, 3, 67, 4, 5);
    CHECK(nw_bits_grow(&a, 0.5, &err) && nw_bits_grow(&b, 0.5, &err));
    for (size_t n = 0; n < a.row_words * g.dim[1] * g.dim[2]; n++)
        CHECK(a.word[n] == b.word[n]);
    CHECK(nw_bits_row(&a, 4, 5)[1] == 7 && !nw_bits_at(&a, 1, 4, 5));
    nw_bits_release(&a);
    nw_bits_release(&b);
    nw_volume_release(&v);
}

int main(void)
{
    UNIT(one_voxel_grows_to_the_ball_of_that_radius);
    UNIT(packing_and_setting_agree_and_rows_end_clean);
    return unit_end();
}
