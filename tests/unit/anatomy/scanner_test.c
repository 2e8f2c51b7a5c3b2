/* The scanner model against formulas: blurred balls and plates, and the noise it adds. */
#include "unit.h"

#include <string.h>

#include "anatomy/scanner.h"
#include "core/parallel.h"

static const double PI = 3.14159265358979323846;

/* A ball of 1 in 0 through an isotropic Gaussian, at distance r from its centre. */
static double blurred_ball(double r, double radius, double sigma)
{
    const double s = sigma * sqrt(2), near = exp(-(radius - r) * (radius - r) / (s * s)),
                 away = exp(-(radius + r) * (radius + r) / (s * s));
    if (r < 1e-6)
        return erf(radius / s) - radius * sqrt(2 / PI) / sigma * near;
    return 0.5 * (erf((radius + r) / s) + erf((radius - r) / s)) -
           sigma / (r * sqrt(2 * PI)) * (near - away);
}

/* And through the slice profile: the mean over the slice's thickness, by Simpson's rule. */
static double sliced_ball(nw_vec3 d, double radius, double sigma, double thick)
{
    enum { N = 32 };
    double sum = 0;
    for (int i = 0; i <= N; i++) {
        const double z = d.z + thick * ((double)i / N - 0.5);
        const double w = i == 0 || i == N ? 1 : i % 2 ? 4 : 2;
        sum += w * blurred_ball(sqrt(d.x * d.x + d.y * d.y + z * z), radius, sigma);
    }
    return sum / (3 * N);
}

static struct nw_grid grid_of(size_t n, double xy, double z)
{
    const struct nw_grid g = {.dim = {n, n, n},
                              .step_mm = {nw_v3(xy, 0, 0), nw_v3(0, xy, 0), nw_v3(0, 0, z)},
                              .origin_mm =
                                  nw_v3(-xy * (double)(n - 1) / 2, -xy * (double)(n - 1) / 2,
                                        -z * (double)(n - 1) / 2)};
    return g;
}

static bool image(struct nw_field *f, nw_node node, double hu, const struct nw_scanner *base,
                  struct nw_volume *vol)
{
    struct nw_err err = {0};
    struct nw_tape *tape = nw_tape_new(f, node, &err);
    struct nw_scanner s = *base;
    const struct nw_layer layer = {tape, hu};
    s.layer = &layer;
    s.layer_count = 1;
    const bool ok = tape && nw_scanner_image(&s, vol, &err);
    if (!ok)
        printf("# %s\n", err.msg);
    nw_tape_free(tape);
    return ok;
}

static const struct nw_scanner PLAIN = {
    .sigma_mm = 0.35, .thickness_mm = 0.625, .min_hu = -3000, .max_hu = 8000};

static void ball_case(double radius, double xy, double z, double sigma, double thick,
                      nw_mat3 turn)
{
    struct nw_err err = {0};
    const nw_vec3 c = nw_v3(0.137, -0.093, 0.211);
    struct nw_grid g = grid_of((size_t)(2 * (radius + 3) / fmin(xy, z)), xy, z);
    for (int i = 0; i < 3; i++)
        g.step_mm[i] = nw_mul(turn, g.step_mm[i]);
    g.origin_mm = nw_mul(turn, g.origin_mm);
    struct nw_volume vol = {0};
    struct nw_field *f = nw_field_new(&err);
    CHECK(nw_volume_init_unset(&vol, NW_VOXEL_F32, &g, &err));
    struct nw_scanner s = PLAIN;
    s.sigma_mm = sigma;
    s.thickness_mm = thick;
    CHECK(image(f, nw_field_sphere(f, c, radius, &err), 1, &s, &vol));
    /* Near the edge a value error is a shift of error/slope. */
    double shift = 0, square = 0, weight = 0, worst = 0;
    const nw_vec3 n = nw_cross(nw_unit(g.step_mm[0]), nw_unit(g.step_mm[1]));
    for (size_t i = 0; i < nw_grid_count(&g); i++) {
        const nw_ijk at = {(double)(i % g.dim[0]), (double)(i / g.dim[0] % g.dim[1]),
                           (double)(i / g.dim[0] / g.dim[1])};
        const nw_vec3 d = nw_sub(nw_grid_point(&g, at), c);
        const double dn = nw_dot(d, n), flat = sqrt(fmax(0, nw_dot(d, d) - dn * dn));
        const double want = sliced_ball(nw_v3(flat, 0, dn), radius, sigma, thick);
        const double error = (double)vol.f32[i] - want;
        worst = fmax(worst, fabs(error));
        if (want > 0.4 && want < 0.6) {
            const double slope = 1 / (sigma * sqrt(2 * PI));
            shift += error / slope;
            square += error * error / (slope * slope);
            weight++;
        }
    }
    CHECK(weight > 10);
    CHECK_NEAR(shift / weight, 0, 0.002);
    CHECK(sqrt(square / weight) < 0.004);
    CHECK(worst < 0.012);
    printf("# radius %g, %g x %g mm: shift %.5f mm, rms %.5f mm, worst %.4f\n", radius, xy, z,
           shift / weight, sqrt(square / weight), worst);
    nw_volume_release(&vol);
    nw_field_free(f);
}

static const nw_mat3 NO_TURN = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

static void a_ball_looks_as_the_formula_says(void)
{
    ball_case(2.5, 0.5, 0.625, 0.35, 0.625, NO_TURN);
    ball_case(5, 0.7, 1.0, 0.35, 1.0, NO_TURN);
    ball_case(3, 0.4, 0.5, 0.6, 1.5, NO_TURN);
    ball_case(1, 0.5, 0.5, 0.3, 0, NO_TURN);
}

static void a_turned_grid_sees_the_same_ball(void)
{
    const double a = 0.4;
    const nw_mat3 turn = {{{1, 0, 0}, {0, cos(a), -sin(a)}, {0, sin(a), cos(a)}}};
    ball_case(3, 0.5, 0.625, 0.35, 0.625, turn);
}

/* Slices that lean: thick along their own normal, moved along the table. */
static void a_leaning_gantry_sees_the_same_ball(void)
{
    struct nw_err err = {0};
    const double a = 0.3, radius = 3, sigma = 0.35, thick = 0.625;
    struct nw_grid g = grid_of(28, 0.5, 0.625);
    g.step_mm[1] = nw_v3(0, 0.5 * cos(a), 0.5 * sin(a));
    g.origin_mm = nw_v3(0, 0, 0);
    for (int i = 0; i < 3; i++)
        g.origin_mm = nw_along(g.origin_mm, g.step_mm[i], -13.5);
    struct nw_volume vol = {0};
    struct nw_field *f = nw_field_new(&err);
    CHECK(nw_volume_init_unset(&vol, NW_VOXEL_F32, &g, &err));
    CHECK(image(f, nw_field_sphere(f, nw_v3(0.1, 0.2, 0.3), radius, &err), 1, &PLAIN, &vol));
    const nw_vec3 n = nw_unit(nw_cross(g.step_mm[0], g.step_mm[1]));
    double worst = 0;
    for (size_t i = 0; i < nw_grid_count(&g); i++) {
        const nw_ijk at = {(double)(i % 28), (double)(i / 28 % 28), (double)(i / 28 / 28)};
        const nw_vec3 d = nw_sub(nw_grid_point(&g, at), nw_v3(0.1, 0.2, 0.3));
        const double dn = nw_dot(d, n), flat = sqrt(fmax(0, nw_dot(d, d) - dn * dn));
        worst = fmax(worst, fabs((double)vol.f32[i] -
                                 sliced_ball(nw_v3(flat, 0, dn), radius, sigma, thick)));
    }
    CHECK(worst < 0.012);
    nw_volume_release(&vol);
    nw_field_free(f);
}

/* A plate thinner than a voxel: the blurred peak is erf, wherever it lies on the lattice. */
static void a_thin_plate_has_the_peak_of_its_formula(void)
{
    for (int place = 0; place < 5; place++) {
        struct nw_err err = {0};
        const double x0 = 0.11 * place, t = 0.3;
        struct nw_grid g = grid_of(24, 0.5, 0.625);
        struct nw_volume vol = {0};
        struct nw_field *f = nw_field_new(&err);
        CHECK(nw_volume_init_unset(&vol, NW_VOXEL_F32, &g, &err));
        const nw_node plate = nw_field_box(f, nw_v3(x0, -99, -99), nw_v3(x0 + t, 99, 99), &err);
        CHECK(image(f, plate, 1000, &PLAIN, &vol));
        for (size_t i = 0; i < 24; i++) {
            const double x = g.origin_mm.x + 0.5 * (double)i, s = 0.35 * sqrt(2);
            const double want = 500 * (erf((x - x0) / s) - erf((x - x0 - t) / s));
            double mean = 0, worst = 0;
            for (size_t r = 0; r < 144; r++) {
                const double v = (double)vol.f32[nw_grid_at(&g, i, 6 + r % 12, 6 + r / 12)];
                mean += v / 144;
                worst = fmax(worst, fabs(v - want));
            }
            CHECK_NEAR(mean, want, 1.6); /* of 1000 */
            CHECK(worst < 4);
        }
        nw_volume_release(&vol);
        nw_field_free(f);
    }
}

static void the_upper_layer_covers_the_lower(void)
{
    struct nw_err err = {0};
    struct nw_grid g = grid_of(40, 0.5, 0.5);
    struct nw_volume vol = {0};
    struct nw_field *f = nw_field_new(&err);
    CHECK(nw_volume_init_unset(&vol, NW_VOXEL_I16, &g, &err));
    struct nw_tape *big = nw_tape_new(f, nw_field_sphere(f, nw_v3(0, 0, 0), 8, &err), &err);
    struct nw_tape *small = nw_tape_new(f, nw_field_sphere(f, nw_v3(0, 0, 0), 4, &err), &err);
    const struct nw_layer layer[] = {{big, 50}, {small, 9000}};
    struct nw_scanner s = PLAIN;
    s.layer = layer;
    s.layer_count = 2;
    s.air_hu = -1000;
    s.max_hu = 3071;
    CHECK(nw_scanner_image(&s, &vol, &err));
    CHECK(vol.i16[nw_grid_at(&g, 0, 0, 0)] == -1000);
    CHECK(vol.i16[nw_grid_at(&g, 20, 20, 20)] == 3071); /* saturated */
    CHECK(vol.i16[nw_grid_at(&g, 20 + 12, 20, 20)] == 50);
    nw_tape_free(big);
    nw_tape_free(small);
    nw_volume_release(&vol);
    nw_field_free(f);
}

/* Noise over nothing: its spread as asked, its power in the plane as of filtered
 * back-projection (little at low frequency), and no memory between slices. */
static void noise_case(bool white)
{
    struct nw_err err = {0};
    struct nw_grid g = grid_of(96, 0.5, 0.625);
    struct nw_volume vol = {0};
    CHECK(nw_volume_init_unset(&vol, NW_VOXEL_F32, &g, &err));
    struct nw_scanner s = PLAIN;
    s.noise_hu = 30;
    s.white_noise = white;
    s.seed = 7;
    CHECK(nw_scanner_image(&s, &vol, &err));
    const size_t count = nw_grid_count(&g), plane = 96 * 96;
    double sum = 0, square = 0, beside = 0, next_slice = 0, block = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)vol.f32[i];
        square += (double)vol.f32[i] * (double)vol.f32[i];
        if (i + plane < count)
            next_slice += (double)vol.f32[i] * (double)vol.f32[i + plane];
        if (i % 96 < 95)
            beside += (double)vol.f32[i] * (double)vol.f32[i + 1];
    }
    for (size_t k = 0; k < 96; k++) /* means of 16 x 16 blocks: low frequencies */
        for (size_t b = 0; b < 36; b++) {
            double mean = 0;
            for (size_t p = 0; p < 256; p++)
                mean +=
                    (double)
                        vol.f32[k * plane + (b / 6 * 16 + p / 16) * 96 + b % 6 * 16 + p % 16];
            block += mean * mean / (256.0 * 256) / (96 * 36);
        }
    const double n = (double)count;
    CHECK_NEAR(sqrt(square / n), 30, 0.3);
    CHECK_NEAR(sum / n, 0, 0.2);
    CHECK_NEAR(next_slice / n, 0, 900 * 0.01);
    const double white_block = 900 / 256.0;
    if (white) {
        CHECK_NEAR(beside / n, 0, 900 * 0.01);
        CHECK_NEAR(block, white_block, 0.1 * white_block);
    } else {
        CHECK(beside / n > 0.1 * 900); /* neighbours share */
        /* Noise so alike between neighbours, with a flat spectrum below its cut-off, would have
         * four times white noise's power here. */
        CHECK(block < 0.6 * white_block);
    }
    printf("# white %d: sigma %.2f, neighbour correlation %.3f, block power %.3f of white\n",
           white, sqrt(square / n), beside / n / 900, block / white_block);
    nw_volume_release(&vol);
}

static void noise_is_as_strong_and_as_coloured_as_asked(void)
{
    noise_case(true);
    noise_case(false);
}

static void the_picture_is_the_same_on_any_number_of_threads(void)
{
    struct nw_err err = {0};
    struct nw_grid g = grid_of(37, 0.5, 0.625);
    struct nw_volume vol[2] = {{0}};
    struct nw_field *f = nw_field_new(&err);
    const nw_node node = nw_field_torus(f, nw_v3(0, 0, 0), nw_v3(0, 0.3, 1), 5, 2, &err);
    struct nw_scanner s = PLAIN;
    s.noise_hu = 20;
    for (int threads = 1; threads <= 8; threads++) {
        struct nw_volume *v = &vol[threads > 1];
        nw_set_threads(threads);
        CHECK(nw_volume_init(v, NW_VOXEL_I16, &g, &err));
        CHECK(image(f, node, 1250, &s, v));
        if (threads > 1) {
            CHECK(nw_volume_is_equal(&vol[0], v));
            nw_volume_release(v);
        }
    }
    nw_set_threads(0);
    nw_volume_release(&vol[0]);
    nw_field_free(f);
}

static void wrong_sizes_are_refused(void)
{
    struct nw_grid g = grid_of(4, 0.5, 0.5);
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &g, &err));
    struct nw_scanner s = PLAIN;
    s.sigma_mm = 0;
    CHECK(!nw_scanner_image(&s, &vol, &err) && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    s = PLAIN;
    s.noise_hu = (double)NAN;
    CHECK(!nw_scanner_image(&s, &vol, &err) && err.code == NW_ERR_ARGUMENT);
    nw_volume_release(&vol);
    err = (struct nw_err){0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_U8, &g, &err));
    CHECK(!nw_scanner_image(&PLAIN, &vol, &err) && err.code == NW_ERR_ARGUMENT);
    nw_volume_release(&vol);
}

static void every_failing_allocation_is_survived(void)
{
    struct nw_grid g = grid_of(6, 0.5, 0.5);
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &g, &err));
    struct nw_scanner s = PLAIN;
    s.noise_hu = 3;
    bool done = false;
    for (size_t n = 0; n < 20 && !done; n++) {
        err = (struct nw_err){0};
        nw_mem_fail_at(n);
        done = nw_scanner_image(&s, &vol, &err);
        CHECK(done || err.code == NW_ERR_MEMORY);
    }
    nw_mem_fail_at(SIZE_MAX);
    CHECK(done);
    nw_volume_release(&vol);
}

int main(void)
{
    UNIT(a_ball_looks_as_the_formula_says);
    UNIT(a_turned_grid_sees_the_same_ball);
    UNIT(a_leaning_gantry_sees_the_same_ball);
    UNIT(a_thin_plate_has_the_peak_of_its_formula);
    UNIT(the_upper_layer_covers_the_lower);
    UNIT(noise_is_as_strong_and_as_coloured_as_asked);
    UNIT(the_picture_is_the_same_on_any_number_of_threads);
    UNIT(wrong_sizes_are_refused);
    UNIT(every_failing_allocation_is_survived);
    return unit_end();
}
