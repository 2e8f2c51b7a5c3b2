/* Walls, gaps and overhang of parts whose measures are known. */
#include "print/check.h"

#include "bench_machine.h"
#include "core/parallel.h"
#include "starve.h"
#include "unit.h"

static struct nw_print_check check(struct nw_model *model)
{
    const struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_placement place = {0};
    struct nw_print_check c = {0};
    const struct nw_place_opts opts = {0};
    CHECK(nw_place_model(model, &machine, &opts, &place, &err));
    CHECK(nw_print_check(model, &machine, &place, &c, &err));
    if (err.code)
        printf("# %s\n", err.msg);
    return c;
}

static void a_thick_block_has_no_thin_wall_at_its_edges(void)
{
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(10, 10, 10));
    const struct nw_print_check c = check(&model);
    CHECK(c.walls.area_mm2 <= 0 && c.walls.count == 0 && isnan(c.walls.worst));
    CHECK(c.gaps.area_mm2 <= 0 && c.overhang.area_mm2 <= 0);
    CHECK(c.samples > 600 * 4);
    nw_model_release(&model);
}

static void a_thin_plate_is_thin_all_over_and_by_its_thickness(void)
{
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(10, 0.5, 8)); /* limit 0.8 */
    const struct nw_print_check c = check(&model);
    CHECK_NEAR(c.walls.worst, 0.5, 1e-3);
    CHECK_NEAR(c.walls.area_mm2, 160, 12); /* both sides, less what edges hide */
    CHECK_NEAR(c.walls.patch_mm2, c.walls.area_mm2, 1e-3);
    CHECK(c.walls.count >= 2);
    nw_model_release(&model);
}

/* Plates 3 mm apart, of 4, 6 and 8 mm length: the largest place is the longest plate's. */
static void places_apart_are_measured_apart(void)
{
    struct nw_model model = {0}, longest = {0};
    for (int n = 0; n < 3; n++)
        bench_add_box(&model, nw_v3(0, 3.5 * n, 0), nw_v3(4 + 2 * n, 3.5 * n + 0.5, 8));
    bench_add_box(&longest, nw_v3(0, 7, 0), nw_v3(8, 7.5, 8));
    const struct nw_print_check all = check(&model), one = check(&longest);
    CHECK_NEAR(all.walls.patch_mm2, one.walls.area_mm2, 1e-3);
    CHECK(all.walls.area_mm2 > 2 * all.walls.patch_mm2);
    nw_model_release(&model);
    nw_model_release(&longest);
}

static void a_pin_is_as_thin_as_its_diameter(void)
{
    struct nw_model model = {0};
    bench_add_prism(&model, 64, 0.3, 5);
    const struct nw_print_check c = check(&model);
    CHECK_NEAR(c.walls.worst, 0.6, 0.01);
    nw_model_release(&model);
}

static void a_wall_at_the_limit_passes(void)
{
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(10, 0.81, 8));
    const struct nw_print_check c = check(&model);
    CHECK(c.walls.area_mm2 <= 0);
    nw_model_release(&model);
}

static void a_gap_between_parts_is_found_with_its_width(void)
{
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(5, 5, 5));
    bench_add_box(&model, nw_v3(5.2, 0, 0), nw_v3(9, 5, 5)); /* limit 0.3 */
    const struct nw_print_check c = check(&model);
    CHECK_NEAR(c.gaps.worst, 0.2, 1e-3);
    CHECK_NEAR(c.gaps.area_mm2, 50, 5);
    CHECK(c.walls.area_mm2 <= 0);
    CHECK(c.gaps.count > 0 && c.gaps.place[0].place_mm.x > 4.9 &&
          c.gaps.place[0].place_mm.x < 5.3);
    nw_model_release(&model);
}

static void overlapping_parts_are_no_gap(void)
{
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(5, 5, 5));
    bench_add_box(&model, nw_v3(4.9, 1, 1), nw_v3(9, 4, 4));
    const struct nw_print_check c = check(&model);
    CHECK(c.gaps.area_mm2 <= 0);
    nw_model_release(&model);
}

static void overhang_is_the_area_that_looks_down(void)
{
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(2, 6, 9));
    bench_add_box(&model, nw_v3(2, 0, 5), nw_v3(10, 6, 9)); /* 8 x 6 mm hang */
    const struct nw_print_check c = check(&model);
    CHECK_NEAR(c.overhang.area_mm2, 48, 1e-3);
    CHECK_NEAR(c.overhang.worst, 90, 1e-6);
    CHECK(c.overhang.count >= 1 && c.overhang.place[0].place_mm.x > 2);
    nw_model_release(&model);
}

static void the_result_does_not_depend_on_threads(void)
{
    struct nw_model model = {0};
    bench_add_prism(&model, 40, 0.35, 6);
    nw_set_threads(1);
    const struct nw_print_check a = check(&model);
    nw_set_threads(4);
    const struct nw_print_check b = check(&model);
    CHECK(a.walls.count == b.walls.count && a.walls.count > 0);
    CHECK(memcmp(a.walls.place, b.walls.place, a.walls.count * sizeof a.walls.place[0]) == 0);
    nw_model_release(&model);
}

static struct nw_model starved;
static bool check_starved(struct nw_err *err)
{
    const struct nw_machine machine = bench_machine();
    struct nw_print_check c;
    return nw_print_check(&starved, &machine, NULL, &c, err);
}

static void it_survives_every_allocation_failing(void)
{
    bench_add_box(&starved, nw_v3(0, 0, 0), nw_v3(2, 2, 2));
    CHECK(unit_starve(check_starved) > 4);
    nw_model_release(&starved);
}

int main(void)
{
    UNIT(a_thick_block_has_no_thin_wall_at_its_edges);
    UNIT(a_thin_plate_is_thin_all_over_and_by_its_thickness);
    UNIT(places_apart_are_measured_apart);
    UNIT(a_pin_is_as_thin_as_its_diameter);
    UNIT(a_wall_at_the_limit_passes);
    UNIT(a_gap_between_parts_is_found_with_its_width);
    UNIT(overlapping_parts_are_no_gap);
    UNIT(overhang_is_the_area_that_looks_down);
    UNIT(the_result_does_not_depend_on_threads);
    UNIT(it_survives_every_allocation_failing);
    return unit_end();
}
