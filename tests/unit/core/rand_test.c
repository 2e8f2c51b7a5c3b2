/* tests/unit/core/rand_test.c */
#include "core/rand.h"

#include "unit.h"

static void bits_are_a_function_of_seed_and_index(void)
{
    /* the first outputs of SplitMix64 seeded with 0 (Steele, Lea, Flood 2014) */
    CHECK(nw_rand_bits(0, 0) == 0xE220A8397B1DCDAFu);
    CHECK(nw_rand_bits(0, 1) == 0x6E789E6AA1B965F4u);
    CHECK(nw_rand_bits(5, 17) == nw_rand_bits(5, 17));
    CHECK(nw_rand_bits(5, 17) != nw_rand_bits(6, 17));
    CHECK(nw_rand_bits(5, 17) != nw_rand_bits(5, 18));
}

static void even_numbers_fill_zero_to_one(void)
{
    enum { COUNT = 200000, BINS = 20 };
    size_t bin[BINS] = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
        const double u = nw_rand_even(3, i);
        CHECK(u >= 0 && u < 1);
        bin[(size_t)(u * BINS)]++;
    }
    double chi2 = 0;
    const double expected = (double)COUNT / BINS;
    for (size_t b = 0; b < BINS; b++)
        chi2 += ((double)bin[b] - expected) * ((double)bin[b] - expected) / expected;
    CHECK(chi2 < 43.8); /* 19 degrees of freedom: passed by 999 of 1000 good generators */
}

static void normal_numbers_have_the_moments_of_a_gaussian(void)
{
    enum { COUNT = 200000 };
    double sum = 0, sum2 = 0, sum4 = 0, neighbours = 0, last = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        const double x = nw_rand_normal(11, i);
        sum += x;
        sum2 += x * x;
        sum4 += x * x * x * x;
        neighbours += x * last;
        last = x;
    }
    /* four standard errors each */
    CHECK_NEAR(sum / COUNT, 0, 4 / sqrt(COUNT));
    CHECK_NEAR(sum2 / COUNT, 1, 4 * sqrt(2.0 / COUNT));
    CHECK_NEAR(sum4 / COUNT, 3, 4 * sqrt(96.0 / COUNT));
    CHECK_NEAR(neighbours / COUNT, 0, 4 / sqrt(COUNT));
}

int main(void)
{
    UNIT(bits_are_a_function_of_seed_and_index);
    UNIT(even_numbers_fill_zero_to_one);
    UNIT(normal_numbers_have_the_moments_of_a_gaussian);
    return unit_end();
}
