/* Hollowing: the wall is as ordered, the holes are at the lowest and highest place of each
 * hollow as it lies, and nothing stays inside. */
#include "print/hollow.h"

#include "bench_machine.h"
#include "print/track.h"
#include "unit.h"

static bool track(const struct nw_field *f, nw_node root, const struct nw_placement *place,
                  struct nw_tracked *found, struct nw_err *err)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_raster_opts raster = {.pixel_mm = {0.2, 0.2}, .layer_mm = 0.2};
    struct nw_layers l = {0};
    struct nw_tape *tape = nw_tape_new(f, root, err);
    const bool ok = tape && nw_layers_of_tape(tape, place, &machine, &raster, &l, err) &&
                    nw_layers_track(&l, &(struct nw_track_opts){0}, found, err);
    nw_layers_release(&l);
    nw_tape_free(tape);
    return ok;
}

/* A dumbbell of two balls and a thin rod, standing on one ball: two hollows. */
static void each_hollow_is_drained_below_and_above(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {.up = {0, 1, 0}, .lift_mm = 4};
    const struct nw_hollow_opts wall = {.wall_mm = 1.5};
    struct nw_err err = {0};
    struct nw_placement place = {0};
    struct nw_hollowed h = {0};
    struct nw_tracked before = {0}, after = {0};
    struct nw_field *f = nw_field_new(&err);
    nw_node n = nw_field_sphere(f, nw_v3(0, -9, 0), 6, &err);
    n = nw_field_union(f, n, nw_field_sphere(f, nw_v3(0, 9, 0), 6, &err), &err);
    n = nw_field_union(f, n, nw_field_capsule(f, nw_v3(0, -9, 0), nw_v3(0, 9, 0), 1.2, &err),
                       &err);
    const nw_box box = {{-6, -15, -6}, {6, 15, 6}};
    CHECK(nw_place_box(box, &machine, &opts, &place, &err));
    CHECK(nw_hollow(f, n, &place, &machine, &wall, &h, &err));
    CHECK(h.hollows == 2 && h.holes == 4);
    CHECK_NEAR(h.saved_mm3, 2 * 4 * NW_PI / 3 * 91.125, 12);
    /* below and above each ball */
    const double y[4] = {-15, -3, 3, 15};
    for (int k = 0; k < 4; k++) {
        double least = 100;
        for (size_t at = 0; at < h.holes; at++)
            least = fmin(least, fabs(h.hole_mm[at].y - y[k]));
        CHECK(least < 0.4);
    }
    CHECK(track(f, n, &place, &before, &err) && track(f, h.root, &place, &after, &err));
    CHECK(after.trapped.count == 0 && after.cups.count == 0 && after.parts.count == 1);
    /* the four holes take less than four plugs of the wall's thickness and a half */
    const double plug = NW_PI * 1.5 * 1.5 * 1.5;
    CHECK(before.volume_mm3 - after.volume_mm3 > h.saved_mm3 + 2 * plug);
    CHECK(before.volume_mm3 - after.volume_mm3 < h.saved_mm3 + 8 * plug);
    nw_field_free(f);
}

/* A cube sampled once: its hollow's corners, deep below the surface, stay sharp. */
static void a_sampled_cube_has_a_cube_inside(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {0};
    const struct nw_hollow_opts wall = {.wall_mm = 3};
    const struct nw_bake_opts bake = {.band_mm = 1, .inside_mm = 4};
    const nw_box box = {{0, 0, 0}, {15, 15, 15}};
    struct nw_err err = {0};
    struct nw_placement place = {0};
    struct nw_hollowed h = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node cube = nw_field_box(f, box.min, box.max, &err);
    const nw_node baked = nw_field_baked(f, cube, nw_box_grown(box, 1), &bake, NULL, &err);
    CHECK(nw_place_box(box, &machine, &opts, &place, &err));
    CHECK(nw_hollow(f, baked, &place, &machine, &wall, &h, &err));
    CHECK_NEAR(h.saved_mm3, 729, 2);
    for (int c = 0; c < 8; c++) { /* 0.3 mm from its corners */
        const nw_vec3 p = nw_v3(c & 1 ? 11.7 : 3.3, c & 2 ? 11.7 : 3.3, c & 4 ? 11.7 : 3.3);
        CHECK(nw_field_value(f, h.root, p) > 0.2);
    }
    nw_field_free(f);
}

static void what_has_no_room_inside_stays_solid(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {0};
    const struct nw_hollow_opts wall = {.wall_mm = 3};
    struct nw_err err = {0};
    struct nw_placement place = {0};
    struct nw_hollowed h = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = nw_field_sphere(f, nw_v3(0, 0, 0), 2.5, &err);
    CHECK(nw_place_box((nw_box){{-3, -3, -3}, {3, 3, 3}}, &machine, &opts, &place, &err));
    CHECK(nw_hollow(f, n, &place, &machine, &wall, &h, &err));
    CHECK(h.root == n && h.hollows == 0 && h.holes == 0);
    nw_field_free(f);
}

int main(void)
{
    UNIT(each_hollow_is_drained_below_and_above);
    UNIT(a_sampled_cube_has_a_cube_inside);
    UNIT(what_has_no_room_inside_stays_solid);
    return unit_end();
}
