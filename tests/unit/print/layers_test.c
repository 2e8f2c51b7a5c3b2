/* Layers of meshes and fields: areas and volumes by formula, placement, any threads. */
#include "print/layers.h"

#include <stdlib.h>

#include "bench_machine.h"
#include "core/parallel.h"
#include "starve.h"
#include "unit.h"

static struct nw_layers layers_of(struct nw_model *model, const struct nw_machine *machine,
                                  const struct nw_place_opts *opts)
{
    struct nw_err err = {0};
    struct nw_placement place = {0};
    struct nw_layers layers = {0};
    const struct nw_raster_opts raster = {0};
    CHECK(nw_place_model(model, machine, opts, &place, &err));
    CHECK(nw_layers_of_model(model, &place, machine, &raster, &layers, &err));
    if (err.code)
        printf("# %s\n", err.msg);
    return layers;
}

/* mm2 of one layer. */
static double area(const struct nw_layers *l, size_t layer)
{
    struct nw_err err = {0};
    const size_t size = nw_layers_width(l) * nw_layers_rows(l);
    uint8_t *out = NW_ALLOC(uint8_t, size, &err);
    CHECK(out && l->fill(l->user, layer, l->lo[1], l->hi[1], out, &err));
    double sum = 0;
    for (size_t n = 0; n < size; n++)
        sum += out[n];
    nw_free(out);
    return sum / 255 * l->pixel_mm[0] * l->pixel_mm[1];
}

static double volume(const struct nw_layers *l)
{
    double sum = 0;
    for (size_t k = 0; k < l->count; k++)
        sum += area(l, k) * l->layer_mm;
    return sum;
}

static void a_box_between_pixels_has_its_exact_area(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {.up = {0, 0, 1}};
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(1, 2, 3), nw_v3(1 + 7.03, 2 + 5.015, 3 + 1));
    struct nw_layers l = layers_of(&model, &machine, &opts);
    CHECK(l.count == 10);
    CHECK_NEAR(area(&l, 0), 7.03 * 5.015, 7.03 * 5.015 * 2e-4); /* bytes at the rim */
    CHECK_NEAR(area(&l, 9), area(&l, 0), 1e-12);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void a_cylinders_layer_is_its_circle(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {.spin_rad = 0.3};
    struct nw_model model = {0};
    bench_add_prism(&model, 720, 5, 2);
    struct nw_layers l = layers_of(&model, &machine, &opts);
    const double polygon = 720.0 / 2 * 25 * nw_sin(2 * NW_PI / 720);
    CHECK_NEAR(area(&l, 7), polygon, polygon * 1e-4);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void a_spheres_layers_add_up_to_its_volume(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {.up = {1, 2, -1}, .spin_rad = 1};
    struct nw_model model = {0};
    struct nw_mesh mesh = {0};
    shape_sphere(&mesh, 64, 6, shape_no_bumps);
    const double truth = nw_mesh_volume_mm3(&mesh);
    bench_add(&model, &mesh);
    struct nw_layers l = layers_of(&model, &machine, &opts);
    CHECK_NEAR(volume(&l), truth, truth * 2e-4);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void hollows_are_left_out_and_overlaps_count_once(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {0};
    struct nw_model model = {0};
    bench_add_hollow(&model, nw_v3(0, 0, 0), nw_v3(10, 10, 10), nw_v3(2, 2, 2), nw_v3(8, 8, 8));
    bench_add_box(&model, nw_v3(9, 0, 0), nw_v3(12, 10, 10)); /* 1 mm into the first */
    struct nw_layers l = layers_of(&model, &machine, &opts);
    CHECK_NEAR(area(&l, 50), 12 * 10 - 36, 1e-9);
    CHECK_NEAR(area(&l, 5), 120, 1e-9);
    nw_layers_release(&l);
    nw_model_release(&model);
}

/* The same area by counting many points of each pixel against the box. */
static void a_turned_box_is_what_counting_points_says(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {.spin_rad = 0.4};
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(-4, -3, 0), nw_v3(4, 3, 1));
    struct nw_layers l = layers_of(&model, &machine, &opts);
    struct nw_err err = {0};
    const size_t width = nw_layers_width(&l), rows = nw_layers_rows(&l);
    uint8_t *out = NW_ALLOC(uint8_t, width * rows, &err);
    CHECK(out && l.fill(l.user, 3, l.lo[1], l.hi[1], out, &err));
    const nw_affine back = nw_affine_inverse(l.to_bed);
    enum { N = 64 };
    int worst = 0;
    for (size_t j = 0; j < rows; j += 3)
        for (size_t i = 0; i < width; i += 2) {
            int inside = 0;
            for (int a = 0; a < N * N; a++) {
                const double x = (double)(l.lo[0] + i) + (a % N + 0.5) / N,
                             y = (double)(l.lo[1] + j) + ((double)(a / N) + 0.5) / N;
                const nw_vec3 p = nw_apply(back, nw_v3(x * 0.1, y * 0.1, 0.35));
                inside += fabs(p.x) < 4 && fabs(p.y) < 3;
            }
            const int plain = (int)rint(inside * 255.0 / (N * N));
            const int d = abs(plain - out[j * width + i]);
            worst = d > worst ? d : worst;
        }
    CHECK(worst <= 4); /* of 255: counting errs by about 1 / N along an edge */
    nw_free(out);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void rows_by_parts_are_the_rows_of_the_whole(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {.up = {0.2, 0.1, 1}};
    struct nw_model model = {0};
    struct nw_mesh mesh = {0};
    shape_sphere(&mesh, 16, 5, shape_no_bumps);
    bench_add(&model, &mesh);
    struct nw_layers l = layers_of(&model, &machine, &opts);
    struct nw_err err = {0};
    const size_t width = nw_layers_width(&l), rows = nw_layers_rows(&l);
    uint8_t *whole = NW_ALLOC(uint8_t, width * rows, &err);
    uint8_t *part = NW_ALLOC(uint8_t, width * rows, &err);
    CHECK(whole && part && l.fill(l.user, 40, l.lo[1], l.hi[1], whole, &err));
    for (size_t j = 0; j < rows; j += 7) {
        const size_t end = j + 7 < rows ? j + 7 : rows;
        CHECK(l.fill(l.user, 40, l.lo[1] + j, l.lo[1] + end, part + j * width, &err));
    }
    int worst = 0; /* a cut at a row rounds a crossing by 1/256 pixel */
    for (size_t n = 0; n < width * rows; n++) {
        const int d = abs(whole[n] - part[n]);
        worst = d > worst ? d : worst;
    }
    CHECK(worst <= 1);
    nw_free(whole);
    nw_free(part);
    nw_layers_release(&l);
    nw_model_release(&model);
}

static void the_profiles_scale_is_applied(void)
{
    struct nw_machine machine = bench_machine();
    machine.compensation.scale[0] = 1.1;
    machine.compensation.scale[2] = 1.2;
    const struct nw_place_opts opts = {0};
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(10, 10, 10));
    struct nw_layers l = layers_of(&model, &machine, &opts);
    CHECK(l.count == 120);
    CHECK_NEAR(volume(&l), 11 * 10 * 12, 1e-6);
    nw_layers_release(&l);
    nw_model_release(&model);
}

/* Req: R-134 */
static void what_is_larger_than_the_machine_is_refused_with_both_sizes(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_place_opts opts = {0};
    struct nw_placement place = {0};
    struct nw_err err = {0};
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(45, 10, 10));
    CHECK(!nw_place_model(&model, &machine, &opts, &place, &err));
    CHECK(err.code == NW_ERR_GEOMETRY && strstr(err.msg, "45.0 x 10.0 x 10.0") &&
          strstr(err.msg, "40 x 30 x 50"));
    err = (struct nw_err){0};
    opts.up = nw_v3(1, 0, 0); /* upright it fits */
    CHECK(nw_place_model(&model, &machine, &opts, &place, &err));
    CHECK_NEAR(place.box.max.z, 45, 1e-9);
    nw_model_release(&model);
}

static void up_is_where_the_layers_grow(void)
{
    const nw_vec3 ups[] = {{0, 0, 1}, {0, 0, -1}, {1, 0, 0}, {0, -1, 0}, {0.3, -0.5, 0.2}};
    for (size_t n = 0; n < sizeof ups / sizeof *ups; n++) {
        const struct nw_place_opts opts = {.up = ups[n], .spin_rad = 0.7 * (double)n};
        const nw_mat3 turn = nw_place_turn(&opts);
        const nw_vec3 z = nw_mul(turn, nw_unit(ups[n]));
        CHECK_NEAR(z.z, 1, 1e-12);
        CHECK_NEAR(nw_det(turn), 1, 1e-12); /* left stays left */
        const nw_mat3 one = nw_matmul(turn, nw_transpose(turn));
        CHECK_NEAR(one.r[0].x + one.r[1].y + one.r[2].z, 3, 1e-12);
    }
}

static void a_place_in_a_layer_leads_back_to_the_design(void)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_place_opts opts = {.up = {1, 1, 0}};
    struct nw_model model = {0};
    bench_add_box(&model, nw_v3(100, 200, 300), nw_v3(104, 204, 304));
    struct nw_layers l = layers_of(&model, &machine, &opts);
    const nw_vec3 bed = nw_apply(l.to_bed, nw_v3(101, 202, 303));
    const nw_vec3 p =
        nw_layers_place(&l, bed.x / 0.1 - 0.5, bed.y / 0.1 - 0.5, bed.z / 0.1 - 0.5);
    CHECK_NEAR(nw_length(nw_sub(p, nw_v3(101, 202, 303))), 0, 1e-9);
    nw_layers_release(&l);
    nw_model_release(&model);
}

/* ---- fields ---- */

static void corners_give_the_area_of_the_line_between_them(void)
{
    CHECK(nw_corner_coverage(-1, -1, -1, -1) == 255);
    CHECK(nw_corner_coverage(1, 1, 1, 1) == 0);
    CHECK(nw_corner_coverage(-1, 1, -1, 1) == 128);
    CHECK(nw_corner_coverage(-1, 3, -1, 3) == 64);  /* a quarter */
    CHECK(nw_corner_coverage(-3, 1, -3, 1) == 191); /* three quarters */
    CHECK(nw_corner_coverage(-1, 1, 1, 3) == 32);   /* a corner cut at halves: 1/8 */
    CHECK(nw_corner_coverage(-1, -1, 1, 1) == 128 && nw_corner_coverage(1, -1, 1, -1) == 128);
    CHECK(nw_corner_coverage(NAN, 1, 1, 1) == 0);
}

static void layers_of_a_field_are_those_of_the_formula(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node ball = nw_field_sphere(f, nw_v3(3, 4, 5), 6, &err);
    const nw_node part =
        nw_field_difference(f, ball, nw_field_sphere(f, nw_v3(3, 4, 5), 3, &err), &err);
    struct nw_tape *tape = nw_tape_new(f, part, &err);
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    const struct nw_place_opts opts = {.up = {0, 1, 0}};
    const struct nw_raster_opts raster = {0};
    const nw_box box = {{-3, -2, -1}, {9, 10, 11}};
    CHECK(tape && nw_place_box(box, &machine, &opts, &place, &err));
    CHECK(nw_layers_of_tape(tape, &place, &machine, &raster, &l, &err));
    const double truth = 4 * NW_PI / 3 * (216 - 27);
    CHECK(l.count == 120);
    CHECK_NEAR(volume(&l), truth, truth * 3e-4);
    CHECK_NEAR(area(&l, 60), NW_PI * (36 - 9), NW_PI * 27 * 3e-4);
    nw_layers_release(&l);
    nw_tape_free(tape);
    nw_field_free(f);
}

/* Slow and plain: every pixel from the field itself, no blocks, no intervals. */
static void a_fields_pixels_are_those_of_a_plain_evaluation(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    nw_node part = nw_field_box(f, nw_v3(0, 0, 0), nw_v3(9, 8, 7), &err);
    part = nw_field_difference(
        f, part, nw_field_cylinder(f, nw_v3(-1, 4, 3), nw_v3(10, 5, 4), 1.7, &err), &err);
    part = nw_field_blend(f, part, nw_field_sphere(f, nw_v3(9, 8, 7), 2, &err), 0.7, &err);
    struct nw_tape *tape = nw_tape_new(f, part, &err);
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    const struct nw_place_opts opts = {.up = {0.3, 0.2, 0.9}, .spin_rad = 0.2};
    const struct nw_raster_opts raster = {0};
    CHECK(tape &&
          nw_place_box((nw_box){{0, 0, 0}, {11, 10, 9}}, &machine, &opts, &place, &err));
    CHECK(nw_layers_of_tape(tape, &place, &machine, &raster, &l, &err));
    const nw_affine back = nw_affine_inverse(place.to_bed);
    const size_t width = nw_layers_width(&l), rows = nw_layers_rows(&l);
    uint8_t *out = NW_ALLOC(uint8_t, width * rows, &err);
    size_t wrong = 0, partial = 0;
    for (size_t k = 3; out && k < l.count; k += 29) {
        CHECK(l.fill(l.user, k, l.lo[1], l.hi[1], out, &err));
        for (size_t n = 0; n < width * rows; n++) {
            double v[4];
            for (size_t c = 0; c < 4; c++)
                v[c] = nw_field_value(
                    f, part,
                    nw_apply(back, nw_v3((double)(l.lo[0] + n % width + c % 2) * l.pixel_mm[0],
                                         (double)(l.lo[1] + n / width + c / 2) * l.pixel_mm[1],
                                         ((double)k + 0.5) * l.layer_mm)));
            wrong += out[n] != nw_corner_coverage(v[0], v[1], v[2], v[3]);
            partial += out[n] > 0 && out[n] < 255;
        }
    }
    CHECK(wrong == 0 && partial > 500);
    nw_free(out);
    nw_layers_release(&l);
    nw_tape_free(tape);
    nw_field_free(f);
}

/* A plate with posts and holes, much larger than a brick of the bed: rows by parts are those of
 * the whole, and all are the field's own. */
static nw_node posts(struct nw_field *f, struct nw_err *err)
{
    nw_node part = nw_field_box(f, nw_v3(0, 0, 0), nw_v3(34, 25, 2), err);
    for (int k = 0; k < 24; k++) {
        const nw_vec3 foot = nw_v3(3 + 5.5 * (k % 6), 3 + 6.2 * (k / 6), -1);
        const bool tall = k == 1 || k == 4 || k == 19 || k == 22; /* few stand high */
        const nw_vec3 top = nw_add(foot, nw_v3(0.7, 0.4, tall ? 12 : 4));
        const nw_node post = nw_field_cylinder(f, foot, top, 0.4 + 0.07 * k, err);
        const double outline[3][2] = {{0, 0}, {2, 0.5}, {0.5, 3}};
        const nw_node wedge =
            nw_field_extrusion(f, foot, nw_v3(1, 0, 0), nw_v3(0, 0, 1), outline, 3, 1.5, err);
        part = k % 3 ? nw_field_union(f, part, post, err)
                     : nw_field_difference(f, part, post, err);
        part = nw_field_blend(f, part, wedge, 0.3, err);
    }
    return part;
}

static void bricks_of_a_large_field_do_not_show(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node part = posts(f, &err);
    struct nw_tape *tape = nw_tape_new(f, part, &err);
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    const struct nw_place_opts opts = {.up = {0.05, 0.1, 0.9}, .spin_rad = 0.1};
    const struct nw_raster_opts raster = {0};
    const nw_box box = {{-1, -1, -2}, {37, 26, 13}};
    CHECK(tape && nw_place_tape(tape, box, &machine, &opts, &place, &err));
    CHECK(nw_layers_of_tape(tape, &place, &machine, &raster, &l, &err));
    const size_t width = nw_layers_width(&l), rows = nw_layers_rows(&l);
    uint8_t *out = NW_ALLOC(uint8_t, width * rows, &err),
            *again = NW_ALLOC(uint8_t, width * rows, &err);
    size_t differ = 0, full = 0, empty = 0;
    for (size_t k = 0; out && again && k < l.count; k += 11) {
        CHECK(l.fill(l.user, k, l.lo[1], l.hi[1], out, &err));
        for (size_t j = 0, to; j < rows; j = to) {
            to = j + 1 + (7 * k + 13 * j) % 150;
            to = to < rows ? to : rows;
            CHECK(l.fill(l.user, k, l.lo[1] + j, l.lo[1] + to, again + j * width, &err));
        }
        differ += memcmp(out, again, width * rows) != 0;
        for (size_t n = 0; n < width * rows; n++) {
            full += out[n] == 255;
            empty += out[n] == 0;
        }
    }
    struct nw_layers_compared c = {0};
    CHECK(nw_layers_compare(&l, f, part, 400, 1, &c, &err));
    CHECK(width > 300 && rows > 200 && full > 10000 && empty > 10000);
    CHECK(differ == 0 && c.differing == 0 && c.pixels > 30000);
    nw_free(out);
    nw_free(again);
    nw_layers_release(&l);
    nw_tape_free(tape);
    nw_field_free(f);
}

/* A ball of radius 4 far off its box's middle, and a slab turned on its corner. */
static void a_field_finds_its_own_place_on_the_bed(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node ball = nw_field_sphere(f, nw_v3(3, 4, 5), 4, &err);
    const nw_node slab = nw_field_box(f, nw_v3(0, 0, 0), nw_v3(8, 8, 2), &err);
    struct nw_tape *tape[2] = {nw_tape_new(f, ball, &err), nw_tape_new(f, slab, &err)};
    const nw_box within = {{-17, -18, -19}, {20, 21, 22}};
    const struct nw_place_opts opts = {.up = {0, 1, 1}, .lift_mm = 3};
    struct nw_placement p = {0};
    CHECK(tape[0] && nw_place_tape(tape[0], within, &machine, &opts, &p, &err));
    CHECK_NEAR(p.box.min.z, 3, 1e-9);
    CHECK_NEAR(p.box.max.z, 11, 0.02); /* a pixel's corner is not quite at the pole */
    CHECK_NEAR(nw_apply(p.to_bed, nw_v3(3, 4, 5)).z, 7, 0.02);
    CHECK_NEAR(nw_apply(p.to_bed, nw_v3(3, 4, 5)).x, 20, 0.05);
    CHECK(nw_box_size(p.box).x >= 8 && nw_box_size(p.box).y < 8.1);
    /* on its edge: (8 + 2) / sqrt 2 high, but for edges between pixel corners */
    CHECK(tape[1] && nw_place_tape(tape[1], within, &machine, &opts, &p, &err));
    CHECK_NEAR(nw_box_size(p.box).z, 10 / sqrt(2), 0.1);
    const nw_box away = {{100, 100, 100}, {110, 110, 110}};
    CHECK(!nw_place_tape(tape[1], away, &machine, &opts, &p, &err));
    CHECK(err.code == NW_ERR_GEOMETRY);
    nw_tape_free(tape[0]);
    nw_tape_free(tape[1]);
    nw_field_free(f);
}

/* Rows taken from another field than the one they are held against. */
static void a_comparison_sees_what_differs(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node ball = nw_field_sphere(f, nw_v3(0, 0, 0), 4, &err);
    const nw_node other = nw_field_sphere(f, nw_v3(0, 0, 0), 3.98, &err);
    struct nw_tape *tape = nw_tape_new(f, ball, &err);
    const nw_box box = {{-4, -4, -4}, {4, 4, 4}};
    const struct nw_place_opts opts = {0};
    const struct nw_raster_opts raster = {0};
    struct nw_placement p = {0};
    struct nw_layers l = {0};
    struct nw_layers_compared same = {0}, off = {0};
    CHECK(tape && nw_place_tape(tape, box, &machine, &opts, &p, &err));
    CHECK(nw_layers_of_tape(tape, &p, &machine, &raster, &l, &err));
    CHECK(nw_layers_compare(&l, f, ball, 60, 1, &same, &err));
    CHECK(nw_layers_compare(&l, f, other, 60, 1, &off, &err));
    CHECK(same.pixels > 1000 && same.differing == 0 && off.differing > 20);
    nw_layers_release(&l);
    nw_tape_free(tape);
    nw_field_free(f);
}

static void faces_move_by_what_is_asked(void)
{
    struct nw_model model = {0};
    struct nw_machine machine = bench_machine();
    struct nw_err err = {0};
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    const struct nw_place_opts opts = {0};
    const struct nw_raster_opts raster = {0};
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(6.03, 5, 1));
    bench_add_prism(&model, 96, 3, 1); /* inside of it */
    CHECK(nw_place_model(&model, &machine, &opts, &place, &err));
    CHECK(nw_layers_of_model(&model, &place, &machine, &raster, &l, &err));
    static const double by[3] = {0.17, -0.17, 0.04};
    const double plain = area(&l, 5);
    for (int n = 0; n < 3; n++) {
        struct nw_layers g = {0};
        const struct nw_compensation c = {.outward_mm = by[n], .first_layer_mm = 0.1};
        CHECK(nw_layers_grown(&l, &c, &machine, &g, &err));
        const double first = area(&g, 0), other = area(&g, 5);
        /* outline: what is added is its length times the move, and the corners' part */
        const double outline = 6.03 + 5 + NW_PI * 3 * 1.5 + 3 + 2.03;
        CHECK_NEAR((other - plain) / by[n], outline, 1.2);
        CHECK_NEAR((first - plain), outline * (by[n] - 0.1), 0.5);
        nw_layers_release(&g);
    }
    nw_layers_release(&l);
    nw_model_release(&model);
    /* a box alone: each face, to a hundredth of a pixel */
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(6.03, 5, 1));
    CHECK(nw_place_model(&model, &machine, &opts, &place, &err));
    CHECK(nw_layers_of_model(&model, &place, &machine, &raster, &l, &err));
    for (int n = 0; n < 3; n++) {
        struct nw_layers g = {0};
        const struct nw_compensation c = {.outward_mm = by[n]};
        CHECK(nw_layers_grown(&l, &c, &machine, &g, &err));
        const size_t width = nw_layers_width(&g), rows = nw_layers_rows(&g);
        uint8_t *out = NW_ALLOC(uint8_t, width * rows, &err);
        double across = 0;
        CHECK(out && g.fill(g.user, 3, g.lo[1], g.hi[1], out, &err));
        for (size_t i = 0; out && i < width; i++)
            across += out[rows / 2 * width + i] / 255.0 * g.pixel_mm[0];
        CHECK_NEAR(across, 6.03 + 2 * by[n], 0.002);
        nw_free(out);
        nw_layers_release(&g);
    }
    nw_layers_release(&l);
    nw_model_release(&model);
}

static struct nw_model starved;
static bool slice_starved(struct nw_err *err)
{
    const struct nw_machine machine = bench_machine();
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    const struct nw_place_opts opts = {0};
    const struct nw_raster_opts raster = {0};
    static uint8_t out[400 * 300];
    const bool ok = nw_place_model(&starved, &machine, &opts, &place, err) &&
                    nw_layers_of_model(&starved, &place, &machine, &raster, &l, err) &&
                    l.fill(l.user, 2, l.lo[1], l.hi[1], out, err);
    nw_layers_release(&l);
    return ok;
}

static bool field_starved(struct nw_err *err)
{
    const struct nw_machine machine = bench_machine();
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    const struct nw_place_opts opts = {0};
    const struct nw_raster_opts raster = {0};
    struct nw_field *f = nw_field_new(err);
    const nw_node part = f ? posts(f, err) : -1;
    struct nw_tape *tape = part >= 0 ? nw_tape_new(f, part, err) : NULL;
    const nw_box box = {{-1, -1, -2}, {37, 26, 13}};
    const bool ok = tape && nw_place_box(box, &machine, &opts, &place, err) &&
                    nw_layers_of_tape(tape, &place, &machine, &raster, &l, err);
    nw_layers_release(&l);
    nw_tape_free(tape);
    nw_field_free(f);
    return ok;
}

static void it_survives_every_allocation_failing(void)
{
    CHECK(unit_starve(field_starved) >= 50);
    bench_add_box(&starved, nw_v3(0, 0, 0), nw_v3(5, 5, 5));
    CHECK(unit_starve(slice_starved) >= 5);
    nw_model_release(&starved);
}

int main(void)
{
    UNIT(a_box_between_pixels_has_its_exact_area);
    UNIT(a_cylinders_layer_is_its_circle);
    UNIT(a_spheres_layers_add_up_to_its_volume);
    UNIT(hollows_are_left_out_and_overlaps_count_once);
    UNIT(a_turned_box_is_what_counting_points_says);
    UNIT(rows_by_parts_are_the_rows_of_the_whole);
    UNIT(the_profiles_scale_is_applied);
    UNIT(what_is_larger_than_the_machine_is_refused_with_both_sizes);
    UNIT(up_is_where_the_layers_grow);
    UNIT(a_place_in_a_layer_leads_back_to_the_design);
    UNIT(corners_give_the_area_of_the_line_between_them);
    UNIT(layers_of_a_field_are_those_of_the_formula);
    UNIT(a_fields_pixels_are_those_of_a_plain_evaluation);
    UNIT(bricks_of_a_large_field_do_not_show);
    UNIT(a_field_finds_its_own_place_on_the_bed);
    UNIT(a_comparison_sees_what_differs);
    UNIT(faces_move_by_what_is_asked);
    UNIT(it_survives_every_allocation_failing);
    return unit_end();
}
