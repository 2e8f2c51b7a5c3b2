/* Layers laid one upon the other: known islands, cups, trapped volumes and loose parts. */
#include "print/track.h"

#include "bench_machine.h"
#include "core/parallel.h"
#include "starve.h"
#include "unit.h"

static const struct nw_track_opts all = {0};

static struct nw_tracked track(struct nw_model *model, struct nw_layers *layers)
{
    const struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_placement place = {0};
    struct nw_tracked found = {0};
    const struct nw_place_opts opts = {0};
    const struct nw_raster_opts raster = {0};
    CHECK(nw_place_model(model, &machine, &opts, &place, &err));
    CHECK(nw_layers_of_model(model, &place, &machine, &raster, layers, &err));
    CHECK(nw_layers_track(layers, &all, &found, &err));
    if (err.code)
        printf("# %s\n", err.msg);
    return found;
}

static void a_box_is_one_part_and_nothing_else(void)
{
    struct nw_model model = {0};
    struct nw_layers l = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(4, 6, 8));
    const struct nw_tracked f = track(&model, &l);
    CHECK_NEAR(f.volume_mm3, 192, 1e-9);
    CHECK_NEAR(f.solid_mm3, 192, 1e-9);
    CHECK(f.parts.count == 1 && f.islands.count == 0);
    CHECK(f.cups.count == 0 && f.trapped.count == 0);
    CHECK_NEAR(f.largest_area_mm2, 24, 1e-9);
    CHECK(f.hi[0] - f.lo[0] == 40 && f.hi[1] - f.lo[1] == 60 && f.hi[2] == 80);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void an_island_is_found_in_its_layer_at_its_place(void)
{
    struct nw_model model = {0};
    struct nw_layers l = {0};
    /* a table: its second leg hangs 3 mm above the bed */
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(2, 2, 9));
    bench_add_box(&model, nw_v3(8, 0, 3), nw_v3(10, 2, 9));
    bench_add_box(&model, nw_v3(0, 0, 8), nw_v3(10, 2, 10));
    const struct nw_tracked f = track(&model, &l);
    CHECK(f.parts.count == 1);
    CHECK(f.islands.count == 1 && f.islands.listed == 1);
    CHECK(f.islands.spot[0].layer == 30);
    CHECK_NEAR(f.islands.spot[0].area_mm2, 4, 1e-9);
    const nw_vec3 p = nw_layers_place(&l, f.islands.spot[0].i, f.islands.spot[0].j, 30);
    CHECK(p.x > 8 && p.x < 10 && p.y > 0 && p.y < 2 && p.z > 3 && p.z < 3.1);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void a_piece_that_touches_nothing_is_loose(void)
{
    struct nw_model model = {0};
    struct nw_layers l = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(2, 2, 9));
    bench_add_box(&model, nw_v3(5, 0, 3), nw_v3(8, 2, 9));
    const struct nw_tracked f = track(&model, &l);
    CHECK(f.parts.count == 2 && f.islands.count == 1);
    CHECK_NEAR(f.parts.spot[0].volume_mm3, 36, 1e-9); /* largest first */
    CHECK_NEAR(f.parts.total, 72, 1e-9);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void a_closed_hollow_is_trapped_and_has_its_volume(void)
{
    struct nw_model model = {0};
    struct nw_layers l = {0};
    bench_add_hollow(&model, nw_v3(0, 0, 0), nw_v3(10, 10, 10), nw_v3(2, 2, 2), nw_v3(8, 8, 7));
    const struct nw_tracked f = track(&model, &l);
    CHECK(f.trapped.count == 1 && f.cups.count == 0);
    CHECK_NEAR(f.trapped.spot[0].volume_mm3, 180, 1e-9);
    CHECK(f.trapped.spot[0].layer == 20 && f.trapped.spot[0].last_layer == 69);
    nw_layers_release(&l);
    nw_model_release(&model);
}

/* A cup of five boxes, 6 x 6 mm within, 8 mm deep. */
static void add_cup(struct nw_model *model, double z0, double z1)
{
    bench_add_box(model, nw_v3(0, 0, z0), nw_v3(10, 2, z1));
    bench_add_box(model, nw_v3(0, 8, z0), nw_v3(10, 10, z1));
    bench_add_box(model, nw_v3(0, 1, z0), nw_v3(2, 9, z1));
    bench_add_box(model, nw_v3(8, 1, z0), nw_v3(10, 9, z1));
}

static void a_cup_is_found_whichever_way_it_opens(void)
{
    struct nw_model up = {0}, down = {0};
    struct nw_layers l = {0};
    bench_add_box(&up, nw_v3(0, 0, 0), nw_v3(10, 10, 2));
    add_cup(&up, 1, 10);
    struct nw_tracked f = track(&up, &l);
    CHECK(f.cups.count == 1 && f.trapped.count == 0);
    CHECK_NEAR(f.cups.spot[0].volume_mm3, 288, 1e-9);
    CHECK(f.cups.spot[0].layer == 20);
    nw_layers_release(&l);
    add_cup(&down, 0, 9);
    bench_add_box(&down, nw_v3(0, 0, 8), nw_v3(10, 10, 10));
    f = track(&down, &l);
    CHECK(f.cups.count == 1 && f.trapped.count == 0); /* the bed closes it */
    CHECK_NEAR(f.cups.spot[0].volume_mm3, 288, 1e-9);
    nw_layers_release(&l);
    nw_model_release(&up);
    nw_model_release(&down);
}

static void a_hole_at_its_foot_drains_a_cup(void)
{
    struct nw_model model = {0};
    struct nw_layers l = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(10, 10, 2));
    bench_add_box(&model, nw_v3(0, 0, 1), nw_v3(10, 2, 10));
    bench_add_box(&model, nw_v3(0, 8, 1), nw_v3(10, 10, 10));
    bench_add_box(&model, nw_v3(0, 1, 1), nw_v3(2, 9, 10));
    bench_add_box(&model, nw_v3(8, 1, 3), nw_v3(10, 9, 10)); /* from 2 to 3 mm it is open */
    const struct nw_tracked f = track(&model, &l);
    CHECK(f.cups.count == 0 && f.trapped.count == 0);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void two_hollows_that_meet_are_one(void)
{
    struct nw_model model = {0};
    struct nw_layers l = {0};
    /* a block with an H-shaped hollow standing: two shafts, joined at the top only */
    struct nw_mesh mesh = {0};
    struct nw_err err = {0};
    shape_add_box(&mesh, nw_v3(0, 0, 0), nw_v3(12, 6, 12));
    const nw_box hollow[3] = {
        {{2, 2, 2}, {4, 4, 8}}, {{8, 2, 3}, {10, 4, 8}}, {{2, 2, 8}, {10, 4, 10}}};
    for (int h = 0; h < 3; h++) {
        struct nw_mesh inner = {0};
        shape_add_box(&inner, hollow[h].min, hollow[h].max);
        nw_mesh_flip(&inner);
        CHECK(nw_mesh_append(&mesh, &inner, &err));
        nw_mesh_release(&inner);
    }
    bench_add(&model, &mesh);
    const struct nw_tracked f = track(&model, &l);
    CHECK(f.trapped.count == 1 && f.cups.count == 0);
    CHECK_NEAR(f.trapped.total, 24 + 20 + 32, 1e-9);
    CHECK(f.trapped.spot[0].layer == 20);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void small_noise_is_not_counted(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_model model = {0};
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    struct nw_tracked f = {0};
    const struct nw_place_opts opts = {0};
    const struct nw_raster_opts raster = {0};
    const struct nw_track_opts some = {
        .least_island_mm2 = 5, .least_piece_mm3 = 10, .least_hollow_mm3 = 10};
    bench_add_hollow(&model, nw_v3(0, 0, 0), nw_v3(6, 6, 6), nw_v3(2, 2, 2), nw_v3(4, 4, 4));
    bench_add_box(&model, nw_v3(8, 0, 3), nw_v3(10, 2, 9));
    CHECK(nw_place_model(&model, &machine, &opts, &place, &err) &&
          nw_layers_of_model(&model, &place, &machine, &raster, &l, &err) &&
          nw_layers_track(&l, &some, &f, &err));
    CHECK(f.islands.count == 0 && f.trapped.count == 0 && f.parts.count == 2);
    CHECK(f.trapped.small == 1 && f.cups.small == 0);
    CHECK_NEAR(f.trapped.small_total, 8, 0.5); /* a hollow of 2 mm, by whole pixels */
    nw_layers_release(&l);
    nw_model_release(&model);
}

static struct nw_layers starved;
static bool track_starved(struct nw_err *err)
{
    struct nw_tracked f = {0};
    return nw_layers_track(&starved, &all, &f, err);
}

static void it_survives_every_allocation_failing(void)
{
    struct nw_model model = {0};
    bench_add_hollow(&model, nw_v3(0, 0, 0), nw_v3(3, 3, 3), nw_v3(1, 1, 1), nw_v3(2, 2, 2));
    (void)track(&model, &starved);
    nw_set_threads(1);
    CHECK(unit_starve(track_starved) > 5);
    nw_layers_release(&starved);
    nw_model_release(&model);
}

int main(void)
{
    UNIT(a_box_is_one_part_and_nothing_else);
    UNIT(an_island_is_found_in_its_layer_at_its_place);
    UNIT(a_piece_that_touches_nothing_is_loose);
    UNIT(a_closed_hollow_is_trapped_and_has_its_volume);
    UNIT(a_cup_is_found_whichever_way_it_opens);
    UNIT(a_hole_at_its_foot_drains_a_cup);
    UNIT(two_hollows_that_meet_are_one);
    UNIT(small_noise_is_not_counted);
    UNIT(it_survives_every_allocation_failing);
    return unit_end();
}
