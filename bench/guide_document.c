/*
 * bench/guide_document.c -- times a design document: a guide of 90 x 60 x 40 mm on a bone of
 * about 300 000 triangles, with four drills and six pads, all checks. bench_guide_document
 * [THREADS [CELL_MM [TOLERANCE_MM [RUNS]]]]: prints CPU and wall seconds of reading the bone
 * into the document's field and of everything after it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/parallel.h"
#include "design/design.h"
#include "field/surface.h"

static double now(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Something like the upper end of a bone: knobs and dents on a broad shaft, none of it flat. */
static bool make_bone(struct nw_mesh *out, struct nw_err *err)
{
    struct nw_field *f = nw_field_new(err);
    if (!f)
        return false;
    nw_node n = nw_field_capsule(f, nw_v3(-60, 0, -28), nw_v3(60, 4, -28), 34, err);
    for (int k = 0; k < 60; k++) {
        const double a = 2.4 * k, x = -65 + 2.2 * k;
        const nw_vec3 p = nw_v3(x, 32 * nw_cos(a), -28 + 32 * nw_sin(a));
        const nw_node knob = nw_field_sphere(f, p, 4 + k % 3, err);
        n = nw_field_blend(f, n, knob, 6, err);
    }
    const nw_box box = {nw_v3(-110, -45, -75), nw_v3(110, 50, 20)};
    const bool ok = nw_surface_of_field(f, n, box, 0.55, out, err);
    nw_field_free(f);
    return ok;
}

static bool give_bone(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                      struct nw_err *err)
{
    (void)file;
    return nw_mesh_copy(out, user, err);
}

static const char text[] =
    "{\"nuwa\": \"design 1\", \"parts\": {"
    "\"bone\": {\"kind\": \"mesh\", \"file\": {\"path\": \"bone\"}},"
    "\"guide\": {\"kind\": \"guide\", \"bone\": \"bone\", \"insertion\": [0, 0, -1],"
    "\"margin_mm\": 13, \"depth_mm\": 20, \"thickness_mm\": 4, \"drills\": ["
    "{\"name\": \"a\", \"entry_mm\": [-32, -14, 4], \"direction\": [0.1, 0, -1],"
    " \"diameter_mm\": 2.5, \"sleeve_mm\": 25},"
    "{\"name\": \"b\", \"entry_mm\": [32, -14, 4], \"direction\": [-0.1, 0, -1],"
    " \"diameter_mm\": 2.5, \"sleeve_mm\": 25},"
    "{\"name\": \"c\", \"entry_mm\": [32, 16, 2], \"direction\": [-0.1, 0, -1],"
    " \"diameter_mm\": 2.5, \"sleeve_mm\": 25},"
    "{\"name\": \"d\", \"entry_mm\": [-32, 16, 2], \"direction\": [0.1, 0, -1],"
    " \"diameter_mm\": 2.5, \"sleeve_mm\": 25}],"
    "\"pads_mm\": [[-20, 0, 4], [-10, 10, 4], [-10, -10, 4], [10, 0, 4], [18, 8, 4],"
    " [0, 0, 4]]}},"
    "\"make\": [{\"part\": \"guide\", \"cell_mm\": %g, \"tolerance_mm\": %g}]}";

static bool run(struct nw_mesh *bone, double cell_mm, double tolerance_mm, struct nw_err *err)
{
    const struct nw_design_files files = {.user = bone, .mesh = give_bone};
    char all[sizeof text + 40];
    struct nw_design_made made = {0};
    (void)snprintf(all, sizeof all, text, cell_mm, tolerance_mm);
    const double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    struct nw_design *d = nw_design_parse(all, strlen(all), err);
    const bool ok = d && nw_design_make(d, 0, 0, &files, &made, err);
    if (ok) {
        const nw_vec3 size = nw_box_size(nw_mesh_box(&made.mesh));
        printf("STAGE guide at %.2f mm %6.2f CPU-s %6.2f s; %.0f x %.0f x %.0f mm, %zu "
               "triangles\n",
               cell_mm, now(CLOCK_PROCESS_CPUTIME_ID) - cpu, now(CLOCK_MONOTONIC) - wall,
               size.x, size.y, size.z, made.mesh.tri_count);
        for (size_t c = 0; c < made.check_count; c++)
            printf("  %s\n", made.check[c].en);
    }
    nw_design_made_release(&made);
    nw_design_free(d);
    return ok;
}

int main(int argc, char **argv)
{
    nw_set_threads(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2);
    const double cell_mm = argc > 2 ? strtod(argv[2], NULL) : 0.15;
    const double tolerance_mm = argc > 3 ? strtod(argv[3], NULL) : 0;
    const long runs = argc > 4 ? strtol(argv[4], NULL, 10) : 1;
    struct nw_err err = {0};
    struct nw_mesh bone = {0};
    bool ok = make_bone(&bone, &err);
    printf("bone: %zu triangles\n", bone.tri_count);
    for (long n = 0; n < runs; n++)
        ok = ok && run(&bone, cell_mm, tolerance_mm, &err);
    nw_mesh_release(&bone);
    if (!ok)
        (void)fprintf(stderr, "%s\n", err.msg);
    return ok ? 0 : 1;
}
