/* tests/unit/core/predicate_test.c -- exact sidedness where doubles alone are wrong. */
#include "core/predicate.h"

#include <stdint.h>

#include "core/rand.h"
#include "unit.h"

static void knows_the_sides_of_a_plain_triangle(void)
{
    const nw_vec3 a = {0, 0, 0}, b = {1, 0, 0}, c = {0, 1, 0};
    CHECK(nw_orient3d(a, b, c, nw_v3(0, 0, -1)) == 1); /* below, seen from +z */
    CHECK(nw_orient3d(a, b, c, nw_v3(0, 0, 1)) == -1);
    CHECK(nw_orient3d(a, b, c, nw_v3(5, 7, 0)) == 0);
    CHECK(nw_orient2d(0, 0, 1, 0, 0, 1) == 1);
    CHECK(nw_orient2d(0, 0, 0, 1, 1, 0) == -1);
    CHECK(nw_orient2d(0, 0, 1, 1, 2, 2) == 0);
}

/* Whole numbers of at most 20 bits: the determinant fits 128-bit integers exactly. Divided by
 * 1024 and shifted the doubles stay exact, so the sign must too. */
static void agrees_with_integers_on_nearly_flat_corners(void)
{
    int zeros = 0, wrong = 0;
    for (uint64_t n = 0; n < 20000; n++) {
        int64_t p[4][3];
        for (uint64_t i = 0; i < 12; i++)
            p[i / 3][i % 3] = (int64_t)(nw_rand_bits(7, 12 * n + i) % 1000003) - 500000;
        /* d = a + s (b - a) + t (c - a), at times off by one */
        const int64_t s = (int64_t)(n % 5) - 2, t = (int64_t)(n / 5 % 5) - 2;
        for (int k = 0; k < 3; k++)
            p[3][k] = p[0][k] + s * (p[1][k] - p[0][k]) + t * (p[2][k] - p[0][k]);
        p[3][2] += (int64_t)(n % 3) - 1;
        int64_t u[3][3];
        for (int r = 0; r < 3; r++)
            for (int k = 0; k < 3; k++)
                u[r][k] = p[r][k] - p[3][k];
        __extension__ typedef __int128 wide;
        wide det = 0;
        for (int r = 0; r < 3; r++) {
            const int64_t *v = u[(r + 1) % 3], *w = u[(r + 2) % 3];
            det += (wide)u[r][2] * ((wide)v[0] * w[1] - (wide)v[1] * w[0]);
        }
        const int want = (det > 0) - (det < 0);
        nw_vec3 q[4];
        for (int r = 0; r < 4; r++)
            q[r] =
                nw_v3((double)p[r][0] / 1024, (double)p[r][1] / 1024, (double)p[r][2] / 1024);
        zeros += want == 0;
        wrong += nw_orient3d(q[0], q[1], q[2], q[3]) != want;
        wrong += nw_orient3d(q[1], q[0], q[2], q[3]) != -want;
    }
    CHECK(wrong == 0);
    CHECK(zeros > 1000);
}

/* Kettner and others (2008): points around (0.5, 0.5) in steps of one last place, against the
 * line through (12, 12) and (24, 24). The exact side is that of x against y. */
static void sees_one_last_place_beside_a_line(void)
{
    int wrong = 0, plain_wrong = 0;
    for (int i = 0; i < 256; i++)
        for (int j = 0; j < 256; j++) {
            const double x = 0.5 + i * 0x1p-53, y = 0.5 + j * 0x1p-53;
            const int want = (y > x) - (y < x);
            const double plain = (12 - x) * (24 - y) - (12 - y) * (24 - x);
            wrong += nw_orient2d(12, 12, 24, 24, x, y) != want;
            plain_wrong += (plain > 0) - (plain < 0) != want;
        }
    CHECK(wrong == 0);
    CHECK(plain_wrong > 1000); /* so the exact part was needed */
}

static void sees_one_last_place_beside_a_plane(void)
{
    const nw_vec3 a = {12, 12, 12}, b = {24, 24, 24}, c = {12, 12, 30}; /* the plane x = y */
    int wrong = 0;
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < 64; j++) {
            const double x = 0.5 + i * 0x1p-53, y = 0.5 + j * 0x1p-53;
            const int got = nw_orient3d(a, b, c, nw_v3(x, y, 0.1));
            const int side = nw_orient3d(a, b, c, nw_v3(0, 1, 0));
            wrong += got != (i == j ? 0 : j > i ? side : -side);
        }
    CHECK(wrong == 0);
}

static void swapping_corners_swaps_the_sign(void)
{
    int wrong = 0;
    for (uint64_t n = 0; n < 2000; n++) {
        nw_vec3 q[4];
        for (uint64_t r = 0; r < 4; r++) /* thin: nearly in one plane, not on a grid */
            q[r] = nw_v3(nw_rand_even(3, 12 * n + 3 * r), nw_rand_even(3, 12 * n + 3 * r + 1),
                         1e-15 * nw_rand_even(3, 12 * n + 3 * r + 2));
        const int s = nw_orient3d(q[0], q[1], q[2], q[3]);
        wrong += nw_orient3d(q[1], q[2], q[0], q[3]) != s;
        wrong += nw_orient3d(q[1], q[0], q[2], q[3]) != -s;
        wrong += nw_orient3d(q[3], q[1], q[2], q[0]) != -s;
        wrong += nw_orient3d(q[2], q[3], q[0], q[1]) != s;
    }
    CHECK(wrong == 0);
}

static void tells_lines_from_triangles(void)
{
    CHECK(nw_is_collinear(nw_v3(0.1, 0.2, 0.3), nw_v3(0.2, 0.4, 0.6), nw_v3(0.4, 0.8, 1.2)));
    CHECK(nw_is_collinear(nw_v3(1, 2, 3), nw_v3(1, 2, 3), nw_v3(4, 5, 6)));
    CHECK(!nw_is_collinear(nw_v3(0, 0, 0), nw_v3(1, 0, 0), nw_v3(2, 0, 0x1p-200)));
    CHECK(!nw_is_collinear(nw_v3(0, 0, 0), nw_v3(0, 1, 0), nw_v3(0, 0, 1)));
}

int main(void)
{
    UNIT(knows_the_sides_of_a_plain_triangle);
    UNIT(agrees_with_integers_on_nearly_flat_corners);
    UNIT(sees_one_last_place_beside_a_line);
    UNIT(sees_one_last_place_beside_a_plane);
    UNIT(swapping_corners_swaps_the_sign);
    UNIT(tells_lines_from_triangles);
    return unit_end();
}
