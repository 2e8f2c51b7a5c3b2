/* What calibration finds in scans whose noise and sharpness are known. */
#include "anatomy/calibrate.h"

#include <string.h>

#include "synthetic.h"
#include "unit.h"

static const struct ball FLESH[] = {{{0, 0, 0}, 32, 1050}, {{4, -3, 2}, 12, 1200}};

static struct nw_calibration of(const struct synthetic *s, const char *modality)
{
    struct nw_scan scan;
    struct nw_err err = {0};
    struct nw_calibration c = {0};
    CHECK(synthetic_make(s, &scan, &err));
    scan.facts.modality = modality;
    CHECK(nw_calibrate(&scan, &c, &err));
    nw_scan_release(&scan);
    return c;
}

static void hounsfield_noise_and_spread_are_found(void)
{
    const struct synthetic s = bone_in_flesh(FLESH, 2);
    const struct nw_calibration c = of(&s, "CT");
    printf("# air %.0f muscle %.0f noise %.2f (%.2f %.2f %.2f) rho %.3f %.3f %.3f sigma %.4f "
           "%.4f edges %zu overshoot %.2f\n",
           c.air_hu, c.muscle_hu, c.noise_hu, c.noise_third_hu[0], c.noise_third_hu[1],
           c.noise_third_hu[2], c.noise_correlation[0], c.noise_correlation[1],
           c.noise_correlation[2], c.sigma_xy_mm, c.sigma_z_mm, c.edges_used,
           c.overshoot_percent);
    CHECK(c.scale == NW_GREY_HU && c.en[0] == 0 && c.zh[0] == 0);
    CHECK_NEAR(c.air_hu, -1000, 6);
    CHECK_NEAR(c.muscle_hu, 50, 6);
    CHECK(isnan(c.fat_hu));
    CHECK_NEAR(c.noise_hu, 30, 1.5);
    for (int third = 0; third < 3; third++)
        CHECK_NEAR(c.noise_third_hu[third], 30, 2.5);
    for (int a = 0; a < 3; a++)
        CHECK(fabs(c.noise_correlation[a]) < 0.08);
    CHECK(c.edges_used > 500);
    CHECK_NEAR(c.sigma_xy_mm, 0.42, 0.02);
    CHECK_NEAR(c.sigma_z_mm, 0.42, 0.03);
    CHECK(c.metal_mm3 == 0 && c.saturated_percent == 0);
}

static void a_sharper_scan_has_the_smaller_spread(void)
{
    struct synthetic s = bone_in_flesh(FLESH, 2);
    s.sigma_mm = 0.6;
    s.noise_hu = 10;
    const struct nw_calibration soft = of(&s, "CT");
    CHECK_NEAR(soft.sigma_xy_mm, 0.6, 0.015);
    CHECK_NEAR(soft.sigma_z_mm, 0.6, 0.02);
    CHECK_NEAR(soft.noise_hu, 10, 0.6);
}

static void other_greys_are_not_called_hounsfield(void)
{
    struct synthetic s = bone_in_flesh(FLESH, 2);
    CHECK(of(&s, "MR").scale == NW_GREY_OTHER);
    s.base_hu = -600; /* all 400 too high: a cone beam's scale */
    const struct nw_calibration c = of(&s, "CT");
    CHECK(c.scale == NW_GREY_SHIFTED && strstr(c.en, "Hounsfield"));
    s.base_hu = 200;
    CHECK(of(&s, "").scale == NW_GREY_OTHER);
}

static void metal_and_a_ceiling_are_seen(void)
{
    const struct ball with_nail[] = {FLESH[0], FLESH[1], {{-12, 8, 3}, 4, 9000}};
    struct synthetic s = bone_in_flesh(with_nail, 3);
    struct nw_scan scan;
    struct nw_err err = {0};
    struct nw_calibration c = {0};
    CHECK(synthetic_make(&s, &scan, &err));
    for (size_t n = 0; n < nw_grid_count(&scan.volume.grid); n++)
        if (scan.volume.i16[n] > 3071)
            scan.volume.i16[n] = 3071;
    CHECK(nw_calibrate(&scan, &c, &err));
    CHECK_NEAR(c.metal_mm3, 4 * NW_PI / 3 * 64, 60);
    CHECK(c.saturated_percent > 1 && c.max_hu == 3071);
    nw_scan_release(&scan);
}

static void nothing_changes_with_the_threads_and_failures_are_survived(void)
{
    struct synthetic s = bone_in_flesh(FLESH, 2);
    nw_set_threads(1);
    const struct nw_calibration one = of(&s, "CT");
    nw_set_threads(3);
    const struct nw_calibration three = of(&s, "CT");
    CHECK(one.sigma_xy_mm == three.sigma_xy_mm && one.noise_hu == three.noise_hu &&
          one.edges_used == three.edges_used && one.sigma_z_mm == three.sigma_z_mm);
    struct nw_scan scan;
    struct nw_err err = {0};
    CHECK(synthetic_make(&s, &scan, &err));
    for (size_t nth = 0; nth < 8; nth++) {
        struct nw_calibration c = {0};
        struct nw_err e = {0};
        nw_mem_fail_at(nth);
        const bool ok = nw_calibrate(&scan, &c, &e);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(ok ? nth >= 4 : e.code == NW_ERR_MEMORY && c.noise_hu == 0);
    }
    nw_scan_release(&scan);
    nw_set_threads(0);
}

int main(void)
{
    UNIT(hounsfield_noise_and_spread_are_found);
    UNIT(a_sharper_scan_has_the_smaller_spread);
    UNIT(other_greys_are_not_called_hounsfield);
    UNIT(metal_and_a_ceiling_are_seen);
    UNIT(nothing_changes_with_the_threads_and_failures_are_survived);
    return unit_end();
}
