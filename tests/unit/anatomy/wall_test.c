/*
 * Walls of known place, width and density, exactly blurred: the fit must find them again.
 */
#include "anatomy/wall_priv.h"
#include "core/rand.h"
#include "core/vec.h"
#include "unit.h"

static struct nw_wall_table table;

static double step_at(double x)
{
    return 0.5 * (1 + erf(x / sqrt(2.0)));
}

/* A profile across a wall of 1250 between y0 outside and y2 behind it. */
static void profile_of(double outer, double width, double y0, double y2, double noise,
                       uint64_t seed, double y[NW_WALL_SAMPLES])
{
    for (int k = 0; k < NW_WALL_SAMPLES; k++) {
        const double x = 0.5 * (k - NW_WALL_REACH);
        y[k] = y0 + (1250 - y0) * step_at(outer - x) + (y2 - 1250) * step_at(outer - width - x);
        if (noise > 0)
            y[k] += noise * nw_rand_normal(seed, (uint64_t)k);
    }
}

static const double sides[][2] = {
    {50, 50}, {50, 320}, {50, -1000}, {-1000, 50}, {-1000, -1000}};

static void walls_without_noise_are_found_exactly(void)
{
    const struct nw_wall_known known = {1250, 180, 1};
    for (int s = 0; s < 5; s++)
        for (double width = 0.8; width < 5.5; width += 0.5)
            for (double outer = -0.8; outer <= 0.8; outer += 0.4) {
                double y[NW_WALL_SAMPLES];
                struct nw_wall w;
                profile_of(outer, width, sides[s][0], sides[s][1], 0, 0, y);
                CHECK(nw_wall_fit(&table, y, &known, true, &w) == NW_WALL_FITTED);
                CHECK_NEAR(w.outer, outer, 0.01);
                CHECK_NEAR(w.outer - w.inner, width, 0.02);
                CHECK_NEAR(w.y1, 1250, 15);
                CHECK_NEAR(w.level,
                           sides[s][0] + (1250 - sides[s][0]) * 0.5 +
                               (sides[s][1] - 1250) * step_at(-width),
                           12);
            }
}

static void noise_moves_the_edge_as_far_as_is_stated(void)
{
    const struct nw_wall_known known = {1250, 180, 30};
    for (double width = 0.8; width < 5.5; width += 0.5) {
        double sum = 0, sum2 = 0, stated = 0;
        enum { TRIES = 400 };
        for (int n = 0; n < TRIES; n++) {
            const double outer = -0.6 + 1.2 * n / TRIES;
            double y[NW_WALL_SAMPLES];
            struct nw_wall w = {0};
            profile_of(outer, width, 50, 320, 30, (uint64_t)(n + 1), y);
            CHECK(nw_wall_fit(&table, y, &known, true, &w) == NW_WALL_FITTED || width < 1);
            sum += w.outer - outer;
            sum2 += (w.outer - outer) * (w.outer - outer);
            stated += w.outer_sd / TRIES;
        }
        CHECK_NEAR(sum / TRIES, 0, 0.03);
        CHECK(sqrt(sum2 / TRIES) < 1.25 * stated && sqrt(sum2 / TRIES) > 0.6 * stated);
    }
}

/* What is known says the wall is hardly brighter than its sides: what is seen of it would have
 * to begin and end beyond all that is tabled. */
static void a_wall_hardly_brighter_than_its_sides_is_none(void)
{
    double y[NW_WALL_SAMPLES];
    profile_of(0.3, 1.0, 50, 600, 0, 0, y);
    const double between = 0.5 * (y[0] + y[NW_WALL_SAMPLES - 1]);
    for (double above = 0.5; above <= 32; above *= 2) {
        const struct nw_wall_known known = {between + above, 180, 1};
        struct nw_wall w;
        CHECK(nw_wall_fit(&table, y, &known, true, &w) == NW_WALL_NONE);
    }
}

static void a_wide_wall_tells_its_own_density_and_a_thin_one_takes_the_known(void)
{
    double y[NW_WALL_SAMPLES];
    struct nw_wall w;
    const struct nw_wall_known low = {1000, 150, 1};
    profile_of(0.2, 3.5, 50, 320, 0, 0, y);
    CHECK(nw_wall_fit(&table, y, &low, true, &w) == NW_WALL_FITTED);
    CHECK_NEAR(w.y1, 1250, 5);
    CHECK_NEAR(w.outer, 0.2, 0.01);
    const struct nw_wall_known high = {1500, 150, 30};
    profile_of(0.2, 0.5, 50, 50, 0, 0, y);
    CHECK(nw_wall_fit(&table, y, &high, true, &w) == NW_WALL_FITTED);
    CHECK_NEAR(w.y1, 1500, 60);
    CHECK_NEAR((w.outer - w.inner) * (w.y1 - 50), 0.5 * 1200, 40); /* what it absorbs */
}

static void solid_bone_is_no_wall_and_wide_walls_can_be_left(void)
{
    const struct nw_wall_known known = {1250, 180, 30};
    double y[NW_WALL_SAMPLES];
    struct nw_wall w;
    profile_of(0, 40, 50, 50, 30, 5, y);
    CHECK(nw_wall_fit(&table, y, &known, true, &w) == NW_WALL_NONE);
    profile_of(0, 4, 50, 50, 30, 5, y);
    CHECK(nw_wall_fit(&table, y, &known, false, &w) == NW_WALL_WIDE);
    for (int k = 0; k < NW_WALL_SAMPLES; k++)
        y[k] = 50 + 30 * nw_rand_normal(3, (uint64_t)k);
    CHECK(nw_wall_fit(&table, y, &known, true, &w) == NW_WALL_NONE);
}

int main(void)
{
    nw_wall_table_fill(&table);
    UNIT(walls_without_noise_are_found_exactly);
    UNIT(noise_moves_the_edge_as_far_as_is_stated);
    UNIT(a_wide_wall_tells_its_own_density_and_a_thin_one_takes_the_known);
    UNIT(solid_bone_is_no_wall_and_wide_walls_can_be_left);
    UNIT(a_wall_hardly_brighter_than_its_sides_is_none);
    return unit_end();
}
