/* tests/unit/plan/angle_test.c -- angles and their doubt against formulas and against chance.
 */
#include "plan/angle.h"

#include <stdlib.h>
#include <string.h>

#include "core/rand.h"
#include "plan/evaluate.h"
#include "plan/plan.h"
#include "unit.h"

#define DEG (180 / NW_PI)

static const struct nw_view coronal = {{0, 1, 0}}, space = {{0, 0, 0}};

static struct nw_place at(double x, double y, double z, double sigma)
{
    return (struct nw_place){{x, y, z}, sigma};
}

static double normal_of(uint64_t i)
{
    const double u = ((double)(nw_rand_bits(7, 2 * i) >> 11) + 1) * 0x1p-53,
                 v = (double)(nw_rand_bits(7, 2 * i + 1) >> 11) * 0x1p-53;
    return sqrt(-2 * log(u)) * cos(2 * NW_PI * v);
}

static struct nw_place shaken(struct nw_place p, uint64_t *i)
{
    p.at_mm.x += p.sigma_mm * normal_of((*i)++);
    p.at_mm.y += p.sigma_mm * normal_of((*i)++);
    p.at_mm.z += p.sigma_mm * normal_of((*i)++);
    return p;
}

/* Places on a plane that is tilted by 12 degrees to the left and 30 to the front. */
static size_t end_plate(double tilt, double z, double sigma, struct nw_place *out)
{
    size_t n = 0;
    for (int i = -2; i <= 2; i++)
        for (int k = -1; k <= 1; k++)
            out[n++] = at(8 * i, 10 * k, z + 8 * i * tan(tilt) + 10 * k * tan(30 / DEG), sigma);
    return n;
}

/* Req: R-081 */
static void a_cobb_angle_is_the_difference_of_the_tilts_in_the_view(void)
{
    struct nw_err err = {0};
    struct nw_place p[15], q[15];
    struct nw_fitted_plane a, b;
    const size_t n = end_plate(12 / DEG, 0, 0.5, p);
    CHECK(nw_plane_fit(p, n, 0, &a, &err));
    CHECK(nw_plane_fit(q, end_plate(-21 / DEG, 90, 0.5, q), 0, &b, &err));
    CHECK_NEAR(a.rms_mm, 0, 1e-12);
    const struct nw_measured m = nw_angle_of_lines_seen(
        nw_trace_seen(a.normal, coronal), nw_trace_seen(b.normal, coronal), coronal);
    CHECK_NEAR(m.value * DEG, 33, 1e-9);
    /* in space the tilt to the front counts too */
    CHECK(nw_angle_seen(a.normal, b.normal, space).value * DEG < 32.5);
    /* held against fits of shaken points, as many as settle its spread */
    printf("# figure cobb_sigma_deg %.4f\n", m.sigma * DEG);
    double sum = 0, sum2 = 0;
    enum { TRIES = 4000 };
    uint64_t seed = 0;
    for (int t = 0; t < TRIES; t++) {
        struct nw_place u[15], v[15];
        for (size_t i = 0; i < n; i++) {
            u[i] = shaken(p[i], &seed);
            v[i] = shaken(q[i], &seed);
        }
        CHECK(nw_plane_fit(u, n, 0, &a, &err) && nw_plane_fit(v, n, 0, &b, &err));
        const double x = nw_angle_of_lines_seen(nw_trace_seen(a.normal, coronal),
                                                nw_trace_seen(b.normal, coronal), coronal)
                             .value;
        sum += x;
        sum2 += x * x;
    }
    const double spread = sqrt(sum2 / TRIES - sum / TRIES * (sum / TRIES));
    CHECK_NEAR(m.sigma / spread, 1, 0.06);
    CHECK_NEAR(sum / TRIES * DEG, 33, 0.2);
}

static void a_fit_takes_the_larger_of_what_is_stated_and_what_is_found(void)
{
    struct nw_err err = {0};
    struct nw_place p[15];
    struct nw_fitted_plane none, stated, off, alike;
    const size_t n = end_plate(0, 0, (double)NAN, p);
    CHECK(nw_plane_fit(p, 3, 0, &none, &err) == false); /* three on a line */
    CHECK(err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    CHECK(!nw_plane_fit(p, 2, 0, &none, &err));
    err = (struct nw_err){0};
    end_plate(0, 0, 0.5, p);
    CHECK(nw_plane_fit(p, n, 0, &stated, &err));
    CHECK_NEAR(stated.normal.along.x, 0, 1e-12);
    /* sums of squares along the plane: 12 x 64 / 2 each way and 10 x 100 / cos2 30 */
    const double along_x = 3 * 64 * (4 + 1 + 1 + 4), along_y = 10 * 100 / (0.75);
    CHECK_NEAR(stated.tilt_sigma_rad, sqrt(0.25 / along_x + 0.25 / along_y), 1e-12);
    for (size_t i = 0; i < n; i++)
        p[i].at_mm.z += i % 2 ? 2 : -2;
    CHECK(nw_plane_fit(p, n, 0, &off, &err));
    CHECK(off.tilt_sigma_rad > 2 * stated.tilt_sigma_rad);
    end_plate(0, 0, 0.5, p);
    CHECK(nw_plane_fit(p, n, 8, &alike, &err)); /* fewer count */
    CHECK(alike.tilt_sigma_rad > 1.5 * stated.tilt_sigma_rad);
    end_plate(0, 0, (double)NAN, p);
    p[4].at_mm.z += 1;
    CHECK(nw_plane_fit(p, n, 0, &none, &err));
    CHECK(none.tilt_sigma_rad > 0); /* from the residual alone */
}

static void a_plane_through_three_has_their_doubt(void)
{
    const struct nw_place a = at(0, 0, 0, 0.1), b = at(40, 0, 0, 0.2), c = at(0, 30, 0, 0.3);
    const struct nw_direction n = nw_plane_through(a, b, c);
    CHECK_NEAR(n.along.z, 1, 1e-15);
    /* tilt in x: (rise of b - rise of a) / 40 */
    CHECK_NEAR(n.covariance.r[0].x, (0.04 + 0.01) / 1600, 1e-12);
    CHECK_NEAR(n.covariance.r[1].y, (0.09 + 0.01) / 900, 1e-12);
    CHECK_NEAR(n.covariance.r[0].y, 0.01 / 1200, 1e-12);
    CHECK_NEAR(n.covariance.r[2].z, 0, 1e-15);
}

static void angles_in_space_agree_with_differences_of_places(void)
{
    const struct nw_place a = at(1, 2, 3, 0.2), b = at(40, -5, 9, 0.3), c = at(7, 30, -2, 0.4),
                          d = at(-9, 33, 30, 0.5);
    const struct nw_measured slow = nw_measure_angle_of_lines(a, b, c, d),
                             fast = nw_angle_seen(nw_direction_between(a, b),
                                                  nw_direction_between(c, d), space);
    CHECK_NEAR(fast.value, slow.value, 1e-12);
    CHECK_NEAR(fast.sigma, slow.sigma, 1e-8);
    const struct nw_measured corner = nw_corner_seen(a, b, c, space);
    CHECK_NEAR(corner.value, nw_measure_angle(a, b, c).value, 0);
    /* of flat things the view changes nothing */
    const struct nw_place p = at(1, 0, 3, 0.2), q = at(40, 0, 9, 0.3), r = at(7, 0, -2, 0.4);
    const struct nw_measured seen = nw_corner_seen(p, q, r, coronal),
                             flat = nw_measure_angle(p, q, r);
    CHECK_NEAR(fabs(seen.value), flat.value, 1e-12);
    CHECK_NEAR(seen.sigma, flat.sigma, 1e-8);
    CHECK(isnan(nw_corner_seen(p, q, r, (struct nw_view){nw_unit(nw_v3(39, 0, 6))}).value));
    CHECK(isnan(nw_corner_seen(at(1, 0, 3, (double)NAN), q, r, coronal).sigma));
}

static bool no_mesh(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                    struct nw_err *err)
{
    (void)user;
    (void)file;
    (void)out;
    return nw_fail(err, NW_ERR_NOTFOUND, "no mesh");
}

static bool no_scan(void *user, const char *path, const char *sha256, struct nw_volume *out,
                    struct nw_err *err)
{
    (void)user;
    (void)path;
    (void)sha256;
    (void)out;
    return nw_fail(err, NW_ERR_NOTFOUND, "no scan");
}

static json_t *evaluate(const char *text, struct nw_err *err)
{
    const struct nw_plan_files files = {NULL, no_mesh, no_scan};
    return evaluate_with(text, &files, err);
}

static double result(const json_t *all, const char *item, const char *key, const char *what)
{
    const json_t *v = json_object_get(json_object_get(json_object_get(all, item), key), what);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

/* A left leg: the hip over the ankle, the knee 20 mm lateral, 400 mm from both. */
static const char leg[] =
    "{\"nuwa\": \"plan 1\", \"items\": {"
    "\"hip\": {\"kind\": \"landmark\", \"at_mm\": [0, 40, 400], \"sigma_mm\": 2},"
    "\"knee\": {\"kind\": \"landmark\", \"at_mm\": [%g, -3, 0], \"sigma_mm\": 1},"
    "\"ankle\": {\"kind\": \"landmark\", \"at_mm\": [0, 20, -400], \"sigma_mm\": 1},"
    "\"fibula\": {\"kind\": \"landmark\", \"at_mm\": [%g, 10, -30]},"
    "\"medial\": {\"kind\": \"landmark\", \"at_mm\": [-20, 7, -2], \"sigma_mm\": 0.5},"
    "\"lateral\": {\"kind\": \"landmark\", \"at_mm\": [50, -9, 3], \"sigma_mm\": 0.5},"
    "\"hka\": {\"kind\": \"measure\", \"what\": \"hka\", \"of\": [\"hip\", \"knee\", "
    "\"ankle\", "
    "\"fibula\"]},"
    "\"mldfa\": {\"kind\": \"measure\", \"what\": \"mldfa\", \"of\": [\"hip\", \"knee\", "
    "\"medial\", \"lateral\"]},"
    "\"mpta\": {\"kind\": \"measure\", \"what\": \"mpta\", \"of\": [\"ankle\", \"knee\", "
    "\"medial\", \"lateral\"]},"
    "\"femur\": {\"kind\": \"axis\", \"from\": \"hip\", \"to\": \"knee\"},"
    "\"tibia\": {\"kind\": \"axis\", \"from\": \"knee\", \"to\": \"ankle\"},"
    "\"front\": {\"kind\": \"plane\", \"point_mm\": [0, 0, 0], \"normal\": [0, -3, 0]},"
    "\"bend\": {\"kind\": \"measure\", \"what\": \"angle\", \"of\": [\"femur\", \"tibia\"], "
    "\"view_plane\": \"front\"},"
    "\"side\": {\"kind\": \"measure\", \"what\": \"angle\", \"of\": [\"hip\", \"knee\", "
    "\"ankle\"], \"view\": \"sagittal\"}%s}}";

/* Req: R-081 */
static void the_axes_of_a_leg_are_those_of_their_formulas(void)
{
    struct nw_err err = {0};
    char text[4096];
    snprintf(text, sizeof text, leg, 20.0, 60.0, "");
    json_t *r = evaluate(text, &err);
    if (!r)
        printf("# %s\n", err.msg);
    const double lean = atan(20.0 / 400) * DEG, line = atan(5.0 / 70) * DEG;
    CHECK_NEAR(result(r, "hka", "angle", "value"), 180 - 2 * lean, 1e-9);
    CHECK_NEAR(result(r, "hka", "varus", "value"), 2 * lean, 1e-9);
    CHECK_NEAR(result(r, "bend", "angle", "value"), 2 * lean, 1e-9);
    CHECK_NEAR(result(r, "mldfa", "angle", "value"), 90 + lean - line, 1e-9);
    CHECK_NEAR(result(r, "mpta", "angle", "value"), 90 - lean - line, 1e-9);
    CHECK_NEAR(result(r, "side", "angle", "value"),
               180 - atan(43.0 / 400) * DEG - atan(23.0 / 400) * DEG, 1e-9);
    /* the knee moves both legs */
    const double len = hypot(20, 400), both = 2 * 400 / (len * len);
    CHECK_NEAR(result(r, "hka", "angle", "sigma"), DEG * sqrt(5 / (len * len) + both * both),
               1e-9);
    CHECK_NEAR(result(r, "mldfa", "angle", "sigma"),
               DEG * sqrt(5 / (len * len) + 0.5 / (70 * 70 + 25)), 1e-9);
    json_decref(r);
    /* straight: no kink in the doubt */
    snprintf(text, sizeof text, leg, 0.0, 60.0, "");
    r = evaluate(text, &err);
    CHECK_NEAR(result(r, "hka", "angle", "value"), 180, 1e-9);
    CHECK_NEAR(result(r, "hka", "angle", "sigma"), DEG * sqrt(5 + 4) / 400, 1e-9);
    json_decref(r);
    /* the other leg's lateral side, and a knee to the inside: valgus is below 0 */
    snprintf(text, sizeof text, leg, -20.0, -60.0, "");
    r = evaluate(text, &err);
    CHECK_NEAR(result(r, "hka", "varus", "value"), 2 * lean, 1e-9);
    json_decref(r);
    snprintf(text, sizeof text, leg, -20.0, 60.0, "");
    r = evaluate(text, &err);
    CHECK_NEAR(result(r, "hka", "varus", "value"), -2 * lean, 1e-9);
    json_decref(r);
}

static void what_cannot_be_an_angle_is_refused(void)
{
    static const struct {
        const char *more, *says;
    } bad[] = {
        {", \"x\": {\"kind\": \"measure\", \"what\": \"cobb\", \"of\": [\"hip\", \"front\"]}",
         "a Cobb angle is of two planes or axes"},
        {", \"x\": {\"kind\": \"measure\", \"what\": \"cobb\", \"of\": [\"front\", \"front\"]}",
         "seen end on"},
        {", \"x\": {\"kind\": \"measure\", \"what\": \"hka\", \"of\": [\"hip\", \"knee\"]}",
         "3 to 4 landmarks should stand here"},
        {", \"x\": {\"kind\": \"measure\", \"what\": \"mpta\", \"of\": [\"hip\", \"knee\", "
         "\"ankle\", \"femur\"]}",
         "a landmark should be named here"},
        {", \"x\": {\"kind\": \"measure\", \"what\": \"cobb\", \"of\": [\"femur\", \"tibia\"], "
         "\"view\": \"axial\", \"view_plane\": \"front\"}",
         "\"view\" or \"view_plane\", not both"},
        {", \"x\": {\"kind\": \"plane\", \"fit\": [\"hip\", \"knee\", \"ankle\"], \"through\": "
         "[\"hip\", \"knee\", \"ankle\"]}",
         "a plane is given by"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nw_err err = {0};
        char text[4096];
        snprintf(text, sizeof text, leg, 20.0, 60.0, bad[i].more);
        json_t *r = evaluate(text, &err);
        CHECK(r == NULL);
        CHECK(strstr(err.msg, bad[i].says) != NULL);
        if (!strstr(err.msg, bad[i].says))
            printf("# %s\n", err.msg);
        json_decref(r);
    }
}

int main(void)
{
    UNIT(a_cobb_angle_is_the_difference_of_the_tilts_in_the_view);
    UNIT(a_fit_takes_the_larger_of_what_is_stated_and_what_is_found);
    UNIT(a_plane_through_three_has_their_doubt);
    UNIT(angles_in_space_agree_with_differences_of_places);
    UNIT(the_axes_of_a_leg_are_those_of_their_formulas);
    UNIT(what_cannot_be_an_angle_is_refused);
    return unit_end();
}
