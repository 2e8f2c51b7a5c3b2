/* Exact distances against all pairs. */
#include "image/distance.h"

#include "core/rand.h"
#include "unit.h"

static const struct nw_grid GRID = {
    {17, 12, 9}, {0, 0, 0}, {{0.5, 0, 0}, {0, 0.7, 0}, {0, 0, 1.25}}};

static struct nw_volume speckle(uint64_t seed, double share)
{
    struct nw_volume v = {0};
    struct nw_err err = {0};
    CHECK(nw_volume_init(&v, NW_VOXEL_U8, &GRID, &err));
    for (size_t n = 0; n < nw_grid_count(&GRID); n++)
        v.u8[n] = nw_rand_even(seed, n) < share ? 3 : 0;
    return v;
}

static double plain(const struct nw_volume *v, size_t at, bool to_zero)
{
    double best = HUGE_VAL;
    for (size_t n = 0; n < nw_grid_count(&GRID); n++) {
        if ((v->u8[n] == 0) != to_zero)
            continue;
        const double x = 0.5 * ((double)(n % 17) - (double)(at % 17)),
                     y = 0.7 * ((double)(n / 17 % 12) - (double)(at / 17 % 12)),
                     z = 1.25 * ((double)(n / 204) - (double)(at / 204));
        best = fmin(best, x * x + y * y + z * z);
    }
    return best;
}

static void distances_equal_the_nearest_of_all_pairs(void)
{
    static float d2[17 * 12 * 9];
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct nw_volume v = speckle(seed, seed < 2 ? 0.01 : 0.9);
        struct nw_err err = {0};
        const bool to_zero = seed >= 2;
        CHECK(nw_distance2(&v, 1, to_zero, d2, &err));
        double worst = 0;
        for (size_t n = 0; n < nw_grid_count(&GRID); n++)
            worst = fmax(worst, fabs((double)d2[n] - plain(&v, n, to_zero)));
        CHECK(worst < 1e-4);
        nw_volume_release(&v);
    }
}

static void nothing_to_reach_is_infinitely_far(void)
{
    static float d2[17 * 12 * 9];
    struct nw_volume v = speckle(0, 0);
    struct nw_err err = {0};
    CHECK(nw_distance2(&v, 1, false, d2, &err));
    CHECK(d2[0] > 1e30f && d2[100] > 1e30f);
    nw_volume_release(&v);
}

static void shrinking_what_was_grown_gives_back_a_point(void)
{
    struct nw_volume v = speckle(0, 0);
    struct nw_err err = {0};
    const size_t middle = nw_grid_at(&GRID, 8, 6, 4);
    v.u8[middle] = 1 | 8;
    CHECK(nw_grow_inplace(&v, 1, 1.5, &err));
    size_t grown = 0;
    for (size_t n = 0; n < nw_grid_count(&GRID); n++)
        grown += v.u8[n] & 1;
    CHECK(grown > 20);
    CHECK(nw_shrink_inplace(&v, 1, 1.5, &err));
    size_t left = 0;
    for (size_t n = 0; n < nw_grid_count(&GRID); n++)
        left += v.u8[n] & 1;
    CHECK(left == 1 && v.u8[middle] == (1 | 8));
    nw_volume_release(&v);
}

int main(void)
{
    UNIT(distances_equal_the_nearest_of_all_pairs);
    UNIT(nothing_to_reach_is_infinitely_far);
    UNIT(shrinking_what_was_grown_gives_back_a_point);
    return unit_end();
}
