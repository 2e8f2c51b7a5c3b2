/* Which way up: parts whose best side is plain. */
#include "print/orient.h"

#include "bench_machine.h"
#include "core/parallel.h"
#include "starve.h"
#include "unit.h"

static const struct nw_orient_opts plain = {0};

static struct nw_orientation best_of(struct nw_model *model, const struct nw_machine *machine,
                                     const struct nw_orient_opts *opts,
                                     struct nw_orientation *as_is)
{
    struct nw_orientation out[NW_ORIENTATIONS];
    struct nw_err err = {0};
    size_t count = 0;
    CHECK(nw_orient(model, machine, opts, out, &count, as_is, &err));
    CHECK(count >= 1 && count <= NW_ORIENTATIONS);
    for (size_t n = 1; n < count; n++)
        CHECK(out[n].cost >= out[n - 1].cost && nw_dot(out[n].up, out[n - 1].up) < 0.97);
    return out[0];
}

/* A table stands on its top. */
static void a_table_is_turned_upside_down(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_model model = {0};
    struct nw_orientation as_is;
    bench_add_box(&model, nw_v3(0, 0, 8), nw_v3(12, 12, 10));
    bench_add_box(&model, nw_v3(5, 5, 0), nw_v3(7, 7, 10));
    const struct nw_orientation o = best_of(&model, &machine, &plain, &as_is);
    CHECK_NEAR(o.up.z, -1, 1e-6);
    CHECK_NEAR(o.overhang_mm2, 0, 1e-6);
    CHECK_NEAR(as_is.overhang_mm2, 144, 1e-3); /* what lies within counts too */
    CHECK(o.cost < as_is.cost && o.fits);
    nw_model_release(&model);
}

static void a_long_part_is_turned_until_it_fits(void)
{
    const struct nw_machine machine = bench_machine(); /* 40 x 30 x 50 */
    struct nw_model model = {0};
    struct nw_orientation as_is;
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(47, 4, 3));
    const struct nw_orientation o = best_of(&model, &machine, &plain, &as_is);
    CHECK(o.fits && fabs(o.up.x) > 0.3);
    nw_model_release(&model);
}

static void what_is_to_stay_clear_looks_up(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_model model = {0}, bone = {0};
    struct nw_orientation as_is;
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(10, 12, 4));
    bench_add_box(&bone, nw_v3(1, 1, -5), nw_v3(9, 11, -0.2)); /* beneath it */
    const struct nw_orient_opts opts = {.keep_clear = &bone, .clear_mm = 1};
    const struct nw_orientation o = best_of(&model, &machine, &opts, &as_is);
    CHECK_NEAR(o.clear_mm2, 0, 1e-9);
    nw_model_release(&model);
    nw_model_release(&bone);
}

static void the_result_does_not_depend_on_threads(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_model model = {0};
    struct nw_mesh mesh = {0};
    struct nw_orientation as_is;
    shape_sphere(&mesh, 9, 5, shape_no_bumps);
    bench_add(&model, &mesh);
    nw_set_threads(1);
    const struct nw_orientation a = best_of(&model, &machine, &plain, &as_is);
    nw_set_threads(4);
    const struct nw_orientation b = best_of(&model, &machine, &plain, &as_is);
    CHECK(memcmp(&a.up, &b.up, sizeof a.up) == 0);
    nw_model_release(&model);
}

static struct nw_model starved;
static bool orient_starved(struct nw_err *err)
{
    const struct nw_machine machine = bench_machine();
    struct nw_orientation out[NW_ORIENTATIONS], as_is;
    size_t count;
    return nw_orient(&starved, &machine, &plain, out, &count, &as_is, err);
}

static void it_survives_every_allocation_failing(void)
{
    bench_add_box(&starved, nw_v3(0, 0, 0), nw_v3(2, 2, 2));
    CHECK(unit_starve(orient_starved) > 5);
    nw_model_release(&starved);
}

int main(void)
{
    UNIT(a_table_is_turned_upside_down);
    UNIT(a_long_part_is_turned_until_it_fits);
    UNIT(what_is_to_stay_clear_looks_up);
    UNIT(the_result_does_not_depend_on_threads);
    UNIT(it_survives_every_allocation_failing);
    return unit_end();
}
