/* Calliper readings to a profile's compensation. */
#include "print/calibrate.h"

#include <string.h>

#include "mesh/check.h"
#include "starve.h"
#include "unit.h"

/* Readings of a printer that is off by so much, with an error that alternates. */
static size_t make(struct nw_reading *r, const double scale[3], double outward, double hole,
                   double error)
{
    static const double length[4] = {10, 20, 40, 60}, bore[3] = {3, 5, 8};
    size_t n = 0;
    for (int a = 0; a < 3; a++)
        for (int k = 0; k < 4; k++, n++)
            r[n] = (struct nw_reading){.axis = a,
                                       .nominal_mm = length[k],
                                       .measured_mm = length[k] * scale[a] +
                                                      (a < 2 ? 2 * outward : 0) +
                                                      (n % 2 ? error : -error)};
    for (int k = 0; k < 3; k++, n++)
        r[n] = (struct nw_reading){.hole = true,
                                   .nominal_mm = bore[k],
                                   .measured_mm = bore[k] * (scale[0] + scale[1]) / 2 - hole};
    return n;
}

static void a_known_printer_is_found_again_and_undone(void)
{
    const double scale[3] = {0.996, 0.997, 1.002};
    struct nw_reading r[15];
    struct nw_fit f;
    struct nw_err err = {0};
    const size_t count = make(r, scale, 0.04, 0.15, 0);
    CHECK(nw_readings_fit(r, count, &f, &err));
    for (int a = 0; a < 3; a++)
        CHECK_NEAR(f.scale[a], scale[a], 1e-9);
    CHECK_NEAR(f.outward_mm, 0.04, 1e-8);
    CHECK_NEAR(f.hole_mm, 0.15, 1e-8);
    CHECK_NEAR(f.residual_mm, 0, 1e-8);
    struct nw_compensation c = {.scale = {1, 1, 1}};
    nw_compensation_update(&c, &f);
    /* the compensated design comes out at its size */
    CHECK_NEAR((40 * c.scale[0] + 2 * c.outward_mm) * scale[0] + 2 * 0.04, 40, 1e-3);
    CHECK_NEAR(30 * c.scale[2] * scale[2], 30, 1e-9);
    CHECK_NEAR(c.hole_mm, 0.15, 1e-8);
}

static void the_uncertainty_grows_with_the_readings_scatter(void)
{
    const double scale[3] = {0.996, 0.997, 1.002};
    struct nw_reading r[15];
    struct nw_fit f;
    struct nw_err err = {0};
    CHECK(nw_readings_fit(r, make(r, scale, 0.04, 0.15, 0.02), &f, &err));
    CHECK(f.scale_sd[0] > 1e-4 && f.scale_sd[0] < 2e-3);
    CHECK(fabs(f.scale[0] - scale[0]) < 3 * f.scale_sd[0]);
    CHECK(fabs(f.outward_mm - 0.04) < 3 * f.outward_sd_mm);
    CHECK(f.residual_mm > 0.01 && f.residual_mm < 0.021);
}

static void what_cannot_be_told_is_refused(void)
{
    const double scale[3] = {1, 1, 1}, wild[3] = {1.3, 1, 1};
    struct nw_reading r[15];
    struct nw_fit f;
    struct nw_err err = {0};
    CHECK(make(r, scale, 0, 0, 0) == 15);
    for (int n = 0; n < 15; n++)
        if (!r[n].hole && r[n].axis < 2)
            r[n].nominal_mm = r[n].measured_mm = 20; /* one length only */
    CHECK(!nw_readings_fit(r, 12, &f, &err));        /* without the holes, which would tell */
    CHECK(err.code == NW_ERR_DATA && strstr(err.msg, "two lengths"));
    err = (struct nw_err){0};
    CHECK(!nw_readings_fit(r, 0, &f, &err));
    err = (struct nw_err){0};
    CHECK(!nw_readings_fit(r, make(r, wild, 0, 0, 0), &f, &err));
    CHECK(strstr(err.msg, "mistake"));
}

static void readings_are_read_and_wrong_lines_named(void)
{
    static const char good[] = "kind,axis,nominal_mm,measured_mm\n# at 20 degrees\n"
                               "outer, x ,40, 39.87\r\n\nhole,,5,4.81";
    static const char *const bad[] = {"outer,w,40,39\n", "outer,x,40\n",
                                      "bolt,,4,4\n",     "outer,x,forty,40\n",
                                      "outer,x,40,-1\n", "kinder,x,40,40\n"};
    struct nw_err err = {0};
    size_t count = 0;
    struct nw_reading *r = nw_readings_parse(good, strlen(good), &count, &err);
    CHECK(r && count == 2 && !r[0].hole && r[0].axis == 0 && r[1].hole);
    CHECK(r && r[0].measured_mm > 39.8 && r[1].nominal_mm > 4.9);
    nw_free(r);
    for (size_t n = 0; n < sizeof bad / sizeof *bad; n++) {
        err = (struct nw_err){0};
        CHECK(!nw_readings_parse(bad[n], strlen(bad[n]), &count, &err));
        CHECK(err.code == NW_ERR_DATA && strstr(err.msg, "line 1"));
    }
}

static void the_new_profile_is_the_old_one_but_for_its_compensation(void)
{
    struct nw_err err = {0};
    size_t len = 0;
    struct nw_machine a = {0}, b = {0};
    const struct nw_compensation c = {.scale = {1.004, 1.003, 0.998},
                                      .outward_mm = -0.04,
                                      .hole_mm = 0.15,
                                      .source = "15 readings",
                                      .valid_until = 20271231};
    char *old = nw_machine_text("sla-120", &len, &err);
    char *text = old ? nw_machine_format(old, len, &c, &err) : NULL;
    CHECK(text && nw_machine_parse(text, strlen(text), &b, &err));
    CHECK(nw_machine_find("sla-120", &a, &err));
    CHECK(a.name && b.name && strcmp(a.name, b.name) == 0);
    CHECK_NEAR(b.compensation.scale[0], 1.004, 1e-7);
    CHECK(b.compensation.valid_until == 20271231);
    CHECK(b.material_count == a.material_count && b.pixels.count[0] == a.pixels.count[0]);
    nw_machine_release(&a);
    nw_machine_release(&b);
    nw_free(old);
    nw_free(text);
}

static void the_calibration_part_is_a_solid_of_its_measures(void)
{
    struct nw_err err = {0};
    struct nw_mesh mesh = {0};
    static struct nw_mesh_check c;
    const struct nw_check_opts opts = {0};
    CHECK(nw_calibration_part(&mesh, &err));
    CHECK(nw_mesh_check(&mesh, &opts, &c, &err));
    CHECK(c.solid && c.parts == 1);
    const nw_vec3 size = nw_box_size(nw_mesh_box(&mesh));
    CHECK_NEAR(size.x, 60, 1e-6);
    CHECK_NEAR(size.y, 60, 1e-6);
    CHECK_NEAR(size.z, 30, 1e-6);
    nw_mesh_release(&mesh);
}

static bool read_starved(struct nw_err *err)
{
    static const char text[] = "outer,x,40,39.87\nouter,x,20,19.9\nhole,,5,4.81\n";
    size_t count;
    struct nw_reading *r = nw_readings_parse(text, strlen(text), &count, err);
    nw_free(r);
    return r != NULL;
}

static void it_survives_every_allocation_failing(void)
{
    CHECK(unit_starve(read_starved) > 0);
}

int main(void)
{
    UNIT(a_known_printer_is_found_again_and_undone);
    UNIT(the_uncertainty_grows_with_the_readings_scatter);
    UNIT(what_cannot_be_told_is_refused);
    UNIT(readings_are_read_and_wrong_lines_named);
    UNIT(the_new_profile_is_the_old_one_but_for_its_compensation);
    UNIT(the_calibration_part_is_a_solid_of_its_measures);
    UNIT(it_survives_every_allocation_failing);
    return unit_end();
}
