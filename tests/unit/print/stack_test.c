/* Stacks of layer pictures: what is written is what is read, in ours and others' archives. */
#include "print/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench_machine.h"
#include "core/hash.h"
#include "core/parallel.h"
#include "io/file.h"
#include "starve.h"
#include "unit.h"

static char folder[] = "nuwa-stack-XXXXXX";

static bool write_model(struct nw_model *model, const struct nw_machine *machine,
                        enum nw_stack_kind kind, const char *path, struct nw_tracked *found,
                        struct nw_stack_cost *cost, struct nw_err *err)
{
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    const struct nw_place_opts opts = {0};
    const struct nw_raster_opts raster = {0};
    if (!nw_place_model(model, machine, &opts, &place, err) ||
        !nw_layers_of_model(model, &place, machine, &raster, &l, err))
        return false;
    struct nw_stack_facts back = {0};
    const struct nw_stack_job job = {.kind = kind,
                                     .layers = &l,
                                     .machine = machine,
                                     .material = &machine->material[0],
                                     .name = "job",
                                     .program = "test"};
    const bool ok = nw_stack_write(path, &job, found, cost, &back, err);
    nw_layers_release(&l);
    return ok;
}

static void a_ball_reads_back_with_its_volume_and_size(void)
{
    const struct nw_machine machine = bench_machine();
    const enum nw_stack_kind kinds[] = {NW_STACK_SL1, NW_STACK_PNG};
    struct nw_model model = {0};
    struct nw_mesh mesh = {0};
    shape_sphere(&mesh, 48, 5, shape_no_bumps);
    const double truth = nw_mesh_volume_mm3(&mesh);
    bench_add(&model, &mesh);
    for (int k = 0; k < 2; k++) {
        char path[64];
        struct nw_err err = {0};
        struct nw_tracked found = {0};
        struct nw_stack_cost cost = {0};
        struct nw_stack_facts back = {0};
        (void)snprintf(path, sizeof path, "%s/ball.%d", folder, k);
        CHECK(write_model(&model, &machine, kinds[k], path, &found, &cost, &err));
        CHECK(nw_stack_read(path, &back, &err));
        if (err.code)
            printf("# %s\n", err.msg);
        CHECK(back.kind == kinds[k] && back.layers == 100);
        CHECK(back.width == 300 && back.height == 400); /* columns along y */
        CHECK_NEAR(back.layer_mm, 0.1, 1e-12);
        CHECK_NEAR(back.pixel_mm[0], 0.1, 1e-12);
        CHECK_NEAR(back.volume_mm3, truth, truth * 3e-4);
        CHECK_NEAR(back.volume_mm3, found.volume_mm3, 1e-6);
        const nw_vec3 size = nw_box_size(back.box);
        CHECK_NEAR(size.x, 10, 0.11);
        CHECK_NEAR(size.y, 10, 0.11);
        CHECK_NEAR(size.z, 10, 1e-9);
        CHECK_NEAR(cost.mass_g, truth * 1.2e-3, 1e-3);
        CHECK_NEAR(cost.cost, cost.mass_g * 0.5, 1e-12);
        CHECK_NEAR(cost.time_s, 100 * (2 + 8) + 10 + 9 + 8 + 7 + 6 + 5 + 4 + 3 + 2 + 1, 1e-9);
        (void)unlink(path);
    }
    nw_model_release(&model);
}

static void the_bytes_do_not_depend_on_threads(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_model model = {0};
    nw_digest digest[2];
    bench_add_prism(&model, 50, 4, 3);
    for (int n = 0; n < 2; n++) {
        char path[64];
        struct nw_err err = {0};
        struct nw_tracked found = {0};
        struct nw_stack_cost cost = {0};
        uint64_t bytes;
        (void)snprintf(path, sizeof path, "%s/same", folder);
        nw_set_threads(n ? 5 : 1);
        CHECK(write_model(&model, &machine, NW_STACK_SL1, path, &found, &cost, &err));
        CHECK(nw_hash_file(path, &digest[n], &bytes, &err));
        (void)unlink(path);
    }
    CHECK(memcmp(&digest[0], &digest[1], sizeof digest[0]) == 0);
    nw_model_release(&model);
}

static void left_stays_left_in_the_picture(void)
{
    /* columns +y, rows -x: a part near bed x = 40, y = 0 lies in the picture's first rows and
     * columns */
    struct nw_machine machine = bench_machine();
    struct nw_model model = {0};
    struct nw_err err = {0};
    struct nw_tracked found = {0};
    struct nw_stack_cost cost = {0};
    struct nw_stack_facts back = {0};
    char path[64];
    (void)snprintf(path, sizeof path, "%s/corner", folder);
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(40, 30, 0.2)); /* fills the bed, two layers */
    bench_add_box(&model, nw_v3(38, 0, 0), nw_v3(40, 1, 1));   /* a mark on its corner */
    CHECK(write_model(&model, &machine, NW_STACK_PNG, path, &found, &cost, &err));
    CHECK(nw_stack_read(path, &back, &err));
    CHECK_NEAR(back.volume_mm3, 40 * 30 * 0.2 + 2 * 1 * 0.8, 1e-6);
    CHECK(found.lo[0] == 0 && found.hi[0] == 400 && found.hi[2] == 10);
    nw_model_release(&model);
    (void)unlink(path);
}

static void a_damaged_archive_is_refused(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_model model = {0};
    struct nw_err err = {0};
    struct nw_tracked found = {0};
    struct nw_stack_cost cost = {0};
    struct nw_stack_facts back = {0};
    char path[64];
    (void)snprintf(path, sizeof path, "%s/hurt", folder);
    bench_add_box(&model, nw_v3(0, 0, 0), nw_v3(4, 3, 1));
    CHECK(write_model(&model, &machine, NW_STACK_SL1, path, &found, &cost, &err));
    size_t len = 0;
    uint8_t *data = nw_file_read(path, 1 << 24, &len, &err);
    CHECK(data && nw_stack_parse(data, len, &back, &err));
    data[300] ^= 0x10; /* within the first picture */
    CHECK(!nw_stack_parse(data, len, &back, &err));
    CHECK(err.code == NW_ERR_DATA);
    err = (struct nw_err){0};
    CHECK(!nw_stack_parse(data, len / 2, &back, &err));
    CHECK(err.code == NW_ERR_DATA);
    nw_free(data);
    nw_model_release(&model);
    (void)unlink(path);
}

/* A ball of two labels, split at x = 0, in voxels of 0.5 mm. */
static void labels_become_droplets_of_their_materials(void)
{
    struct nw_machine machine = bench_machine();
    static struct nw_material two[2];
    two[0] = two[1] = machine.material[0];
    two[1].density_g_cm3 = 2.4;
    machine.process = NW_PROCESS_COLOUR;
    machine.material = two;
    machine.material_count = 2;
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    const struct nw_grid grid = {.dim = {30, 30, 30},
                                 .origin_mm = {-7.25, -7.25, -7.25},
                                 .step_mm = {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 0.5}}};
    CHECK(nw_volume_init(&vol, NW_VOXEL_U8, &grid, &err));
    for (size_t n = 0; n < 27000; n++) {
        const nw_ijk at = {(double)(n % 30), (double)(n / 30 % 30), (double)(n / 900)};
        const nw_vec3 p = nw_grid_point(&grid, at);
        vol.u8[n] = nw_length(p) < 6 ? (p.x < 0 ? 7 : 9) : 0;
    }
    uint8_t material_of[256] = {0};
    material_of[7] = 2;
    material_of[9] = 1;
    nw_box box;
    struct nw_placement place = {0};
    struct nw_layers l = {0};
    struct nw_tracked found = {0};
    struct nw_stack_cost cost = {0};
    struct nw_stack_facts back = {0};
    const struct nw_place_opts opts = {.up = {0, 1, 0}};
    const struct nw_raster_opts raster = {0};
    char path[64];
    (void)snprintf(path, sizeof path, "%s/labels", folder);
    CHECK(nw_labels_box(&vol, &box, &err) && nw_place_box(box, &machine, &opts, &place, &err));
    CHECK(nw_layers_of_labels(&vol, material_of, &place, &machine, &raster, &l, &err));
    const struct nw_stack_job job = {.kind = NW_STACK_MATERIAL,
                                     .layers = &l,
                                     .machine = &machine,
                                     .material = &two[0],
                                     .name = "job",
                                     .program = "test"};
    CHECK(nw_stack_write(path, &job, &found, &cost, &back, &err));
    if (err.code)
        printf("# %s\n", err.msg);
    const double half = 2 * NW_PI / 3 * 216;
    CHECK_NEAR(cost.material_mm3[1], half, half * 0.01);
    CHECK_NEAR(cost.material_mm3[2], half, half * 0.01);
    CHECK_NEAR(cost.mass_g, (half * 1.2 + half * 2.4) / 1000, 0.02);
    CHECK_NEAR(back.volume_mm3, cost.material_mm3[1] + cost.material_mm3[2], 1e-6);
    CHECK(back.kind == NW_STACK_MATERIAL && back.layers == l.count);
    CHECK(back.width < 140 && back.height < 140); /* the part, not the bed */
    CHECK(found.parts.count == 1 && found.trapped.count == 0);
    vol.u8[5] = 0;
    nw_layers_release(&l);
    nw_volume_release(&vol);
    (void)unlink(path);
}

static struct nw_model starved;
static bool write_starved(struct nw_err *err)
{
    const struct nw_machine machine = bench_machine();
    struct nw_tracked found = {0};
    struct nw_stack_cost cost = {0};
    char path[64];
    (void)snprintf(path, sizeof path, "%s/starved", folder);
    const bool ok = write_model(&starved, &machine, NW_STACK_SL1, path, &found, &cost, err);
    CHECK(ok == (access(path, F_OK) == 0)); /* whole or not at all */
    (void)unlink(path);
    return ok;
}

static void it_survives_every_allocation_failing(void)
{
    bench_add_box(&starved, nw_v3(0, 0, 0), nw_v3(2, 2, 0.3));
    nw_set_threads(1);
    CHECK(unit_starve(write_starved) > 20);
    nw_model_release(&starved);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    UNIT(a_ball_reads_back_with_its_volume_and_size);
    UNIT(the_bytes_do_not_depend_on_threads);
    UNIT(left_stays_left_in_the_picture);
    UNIT(labels_become_droplets_of_their_materials);
    UNIT(a_damaged_archive_is_refused);
    UNIT(it_survives_every_allocation_failing);
    (void)rmdir(folder);
    return unit_end();
}
