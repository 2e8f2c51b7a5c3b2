/* tests/unit/core/vec_test.c -- our elementary functions beside libm's in long double. */
#include "core/vec.h"

#include <stdint.h>
#include <string.h>

#include "core/rand.h"
#include "unit.h"

/* The largest of |ours - theirs| / max(|theirs|, floor) over even steps and random places. */
static double worst(double (*ours)(double), long double (*theirs)(long double), double lo,
                    double hi, double floor_at)
{
    enum { COUNT = 40000 };
    double most = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        const double share = i % 2 ? (double)i / COUNT : nw_rand_even(1, i);
        const double x = lo + (hi - lo) * share;
        const long double exact = theirs((long double)x);
        const long double size =
            fabsl(exact) > (long double)floor_at ? fabsl(exact) : (long double)floor_at;
        const double off = (double)(fabsl((long double)ours(x) - exact) / size);
        if (!(off <= most))
            most = off;
    }
    return most;
}

static void sine_and_cosine_are_good_to_1e_14_absolute(void)
{
    CHECK(worst(nw_sin, sinl, -10, 10, 1) < 1e-15 * 3);
    CHECK(worst(nw_cos, cosl, -10, 10, 1) < 1e-15 * 3);
    CHECK(worst(nw_sin, sinl, -1e4, 1e4, 1) < 1e-14);
    CHECK(worst(nw_cos, cosl, -1e4, 1e4, 1) < 1e-14);
    CHECK(worst(nw_sin, sinl, -1e6, 1e6, 1) < 1e-13);
    CHECK(worst(nw_cos, cosl, -1e6, 1e6, 1) < 1e-13);
}

static void sine_and_cosine_keep_their_identities(void)
{
    double most = 0;
    for (int i = -2000; i <= 2000; i++) {
        const double x = i * 0.0137;
        most = fmax(most, fabs(nw_sin(x) * nw_sin(x) + nw_cos(x) * nw_cos(x) - 1));
        most = fmax(most, fabs(nw_sin(2 * x) - 2 * nw_sin(x) * nw_cos(x)));
        CHECK(nw_sin(-x) == -nw_sin(x) && nw_cos(-x) == nw_cos(x));
    }
    CHECK(most < 1e-14);
    CHECK(nw_sin(0) == 0 && nw_cos(0) == 1);
}

static void exponential_and_logarithm_are_good_to_1e_13_relative(void)
{
    CHECK(worst(nw_exp, expl, -700, 700, 0) < 2e-13);
    CHECK(worst(nw_exp, expl, -5, 5, 0) < 1e-15 * 3);
    CHECK(worst(nw_log, logl, 1e-3, 10, 1e-3) < 1e-13);
    CHECK(worst(nw_log, logl, 0.7, 1.5, 0) < 1e-13);
    CHECK(worst(nw_log, logl, 1e-300, 1e300, 0) < 1e-14);
}

static void exponential_ends_where_doubles_end(void)
{
    CHECK(nw_exp(-800) == 0 && nw_exp(-HUGE_VAL) == 0);
    CHECK(nw_exp(800) == HUGE_VAL && nw_exp(HUGE_VAL) == HUGE_VAL);
    CHECK(isnan(nw_exp((double)NAN)));
    CHECK(nw_exp(0) == 1 && nw_log(1) == 0);
    CHECK(nw_exp(-744) > 0);
}

static void powers_follow_their_law(void)
{
    for (int i = 1; i < 100; i++) {
        const double x = i * 0.31;
        CHECK_NEAR(nw_pow(x, 2) / (x * x), 1, 1e-13);
        CHECK_NEAR(nw_pow(x, 0.5) / sqrt(x), 1, 1e-13);
        CHECK_NEAR(nw_pow(x, -1) * x, 1, 1e-13);
    }
}

static void arc_functions_are_good_to_1e_15_and_reach_their_ends(void)
{
    CHECK(worst(nw_atan, atanl, -3, 3, 0) < 1e-15);
    CHECK(worst(nw_atan, atanl, -1e9, 1e9, 0) < 1e-15);
    CHECK(worst(nw_acos, acosl, -1, 1, 1e-3) < 1e-13);
    CHECK(nw_acos(1) == 0 && nw_acos(2) == 0);
    CHECK_NEAR(nw_acos(-7), NW_PI, 1e-15);
    double most = 0;
    for (int i = 0; i < 720; i++) {
        const double a = (i - 360) * NW_PI / 361, r = 0.001 + i;
        most = fmax(most, fabs(nw_atan2(r * nw_sin(a), r * nw_cos(a)) - a));
    }
    CHECK(most < 1e-14);
    CHECK(nw_atan2(0, 0) == 0 && nw_atan2(3, 0) == NW_PI / 2 && nw_atan2(-3, 0) == -NW_PI / 2);
}

static void the_error_function_is_good_to_1e_13(void)
{
    CHECK(worst(nw_erf, erfl, -7, 7, 1e-3) < 1e-13);
    CHECK(worst(nw_erf, erfl, -0.1, 0.1, 1e-6) < 1e-13);
    CHECK(nw_erf(0) == 0 && nw_erf(10) == 1 && nw_erf(-10) == -1);
}

static nw_vec3 some_vector(uint64_t i)
{
    return nw_v3(nw_rand_normal(7, 3 * i), nw_rand_normal(7, 3 * i + 1),
                 nw_rand_normal(7, 3 * i + 2));
}

static double off(nw_vec3 a, nw_vec3 b)
{
    return nw_length(nw_sub(a, b));
}

static void vectors_keep_their_laws(void)
{
    for (uint64_t i = 0; i < 500; i++) {
        const nw_vec3 a = some_vector(3 * i), b = some_vector(3 * i + 1),
                      c = some_vector(3 * i + 2);
        CHECK_NEAR(nw_dot(a, nw_cross(a, b)), 0, 1e-13);
        CHECK_NEAR(nw_dot(a, nw_cross(b, c)), nw_dot(b, nw_cross(c, a)), 1e-12);
        CHECK_NEAR(nw_length(nw_unit(a)), 1, 1e-15);
        CHECK(off(nw_along(a, b, 2), nw_add(a, nw_scale(b, 2))) == 0);
    }
    CHECK(off(nw_cross(nw_v3(1, 0, 0), nw_v3(0, 1, 0)), nw_v3(0, 0, 1)) == 0);
    CHECK(nw_length(nw_unit(nw_v3(0, 0, 0))) == 0);
}

static void a_matrix_and_its_inverse_undo_each_other(void)
{
    for (uint64_t i = 0; i < 200; i++) {
        const nw_mat3 m = {
            {some_vector(7 * i), some_vector(7 * i + 1), some_vector(7 * i + 2)}};
        const nw_affine map = {m, some_vector(7 * i + 3)}, back = nw_affine_inverse(map);
        const nw_vec3 p = some_vector(7 * i + 4);
        const double slack = 1e-12 * (1 + 100 / (nw_det(m) * nw_det(m)));
        CHECK(off(nw_apply(back, nw_apply(map, p)), p) < slack);
        CHECK(off(nw_mul(nw_matmul(nw_inverse(m), m), p), p) < slack);
        CHECK(off(nw_mul(nw_transpose(nw_transpose(m)), p), nw_mul(m, p)) == 0);
        CHECK_NEAR(nw_det(nw_transpose(m)), nw_det(m), 1e-12);
    }
}

static void boxes_hold_what_was_put_in(void)
{
    nw_box box = nw_box_empty();
    CHECK(box.min.x > box.max.x);
    box = nw_box_with(nw_box_with(box, nw_v3(1, -2, 3)), nw_v3(-1, 5, 3));
    CHECK(off(nw_box_size(box), nw_v3(2, 7, 0)) == 0);
    CHECK(off(nw_box_size(nw_box_grown(box, 0.5)), nw_v3(3, 8, 1)) == 0);
}

int main(void)
{
    UNIT(sine_and_cosine_are_good_to_1e_14_absolute);
    UNIT(sine_and_cosine_keep_their_identities);
    UNIT(exponential_and_logarithm_are_good_to_1e_13_relative);
    UNIT(exponential_ends_where_doubles_end);
    UNIT(powers_follow_their_law);
    UNIT(arc_functions_are_good_to_1e_15_and_reach_their_ends);
    UNIT(the_error_function_is_good_to_1e_13);
    UNIT(vectors_keep_their_laws);
    UNIT(a_matrix_and_its_inverse_undo_each_other);
    UNIT(boxes_hold_what_was_put_in);
    return unit_end();
}
