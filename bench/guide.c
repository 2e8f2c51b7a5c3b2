/*
 * bench/guide.c -- times a guide of 90 x 60 x 40 mm at 0.15 mm cells: a block less the bone
 * grown by 0.15 mm, with four sleeves of 2.5 mm holes; the bone a mesh of about 300 000
 * triangles. bench_guide [THREADS [CELL_MM]]: prints CPU and wall seconds of each stage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/parallel.h"
#include "field/surface.h"
#include "mesh/check.h"

static double now(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_begun, wall_begun;

static void stage(const char *name)
{
    const double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    if (name)
        printf("STAGE %-10s %6.2f CPU-s %6.2f s\n", name, cpu - cpu_begun, wall - wall_begun);
    cpu_begun = now(CLOCK_PROCESS_CPUTIME_ID);
    wall_begun = now(CLOCK_MONOTONIC);
}

/* Something like a bone: knobs and dents on a shaft, none of it flat. */
static bool make_bone(struct nw_mesh *out, struct nw_err *err)
{
    struct nw_field *f = nw_field_new(err);
    if (!f)
        return false;
    nw_node n = nw_field_capsule(f, nw_v3(-60, 0, -12), nw_v3(60, 4, -12), 22, err);
    for (int k = 0; k < 40; k++) {
        const double a = 2.4 * k, x = -65 + 3.3 * k;
        const nw_vec3 p = nw_v3(x, 20 * nw_cos(a), -12 + 20 * nw_sin(a));
        const nw_node knob = nw_field_sphere(f, p, 4 + k % 3, err);
        n = k % 4 ? nw_field_blend(f, n, knob, 6, err) : nw_field_difference(f, n, knob, err);
    }
    const nw_box box = {nw_v3(-90, -35, -45), nw_v3(90, 40, 20)};
    const bool ok = nw_surface_of_field(f, n, box, 0.45, out, err);
    nw_field_free(f);
    return ok;
}

static nw_node make_guide(struct nw_field *f, nw_node bone, struct nw_err *err)
{
    nw_node n = nw_field_box(f, nw_v3(-45, -30, -15), nw_v3(45, 30, 25), err);
    n = nw_field_difference(f, n, nw_field_offset(f, bone, 0.15, err), err);
    for (int k = 0; k < 4; k++) {
        const nw_vec3 a = nw_v3(-30 + 20 * k, -8 + 5 * k, -20), b = nw_v3(-28 + 20 * k, 5, 30);
        const nw_vec3 top = nw_v3(-28 + 20 * k, 5, 32), foot = nw_v3(-29 + 20 * k, 0, 15);
        n = nw_field_union(f, n, nw_field_cylinder(f, foot, b, 4, err), err);
        n = nw_field_difference(f, n, nw_field_cylinder(f, a, top, 1.25, err), err);
    }
    return n;
}

static bool run(double cell_mm, bool bake, struct nw_err *err)
{
    struct nw_mesh bone_mesh = {0}, mesh = {0};
    if (!make_bone(&bone_mesh, err))
        return false;
    printf("bone: %zu triangles\n", bone_mesh.tri_count);
    struct nw_field *f = nw_field_new(err);
    const nw_box box = {nw_v3(-46, -31, -16), nw_v3(46, 31, 32)};
    stage(NULL);
    nw_node bone = f ? nw_field_mesh(f, &bone_mesh, err) : -1;
    stage("leaf");
    double off_mm = 0;
    const struct nw_bake_opts opts = {.band_mm = 0.5};
    if (bake) {
        bone = nw_field_baked(f, bone, box, &opts, &off_mm, err);
        stage("bake");
        printf("baked: off by at most %.4f mm, %zu MiB held\n", off_mm, nw_mem_held() >> 20);
    }
    const nw_node n = f ? make_guide(f, bone, err) : -1;
    bool ok = n >= 0 && nw_surface_of_field(f, n, box, cell_mm, &mesh, err);
    stage(bake ? "extract" : "exact");
    static struct nw_mesh_check check;
    const struct nw_check_opts all = {0};
    ok = ok && nw_mesh_check(&mesh, &all, &check, err);
    stage("check");
    printf("%zu triangles, %s\n", mesh.tri_count, check.solid ? "solid" : "NOT SOLID");
    nw_mesh_release(&mesh);
    nw_mesh_release(&bone_mesh);
    nw_field_free(f);
    return ok;
}

int main(int argc, char **argv)
{
    nw_set_threads(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2);
    const double cell_mm = argc > 2 ? strtod(argv[2], NULL) : 0.15;
    struct nw_err err = {0};
    if ((argc > 3 || run(cell_mm, false, &err)) && run(cell_mm, true, &err))
        return 0;
    (void)fprintf(stderr, "%s\n", err.msg);
    return 1;
}
