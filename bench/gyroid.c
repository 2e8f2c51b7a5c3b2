/*
 * bench/gyroid.c -- times a cube of gyroid of 1.2 mm cells sampled for slices of 50 um:
 * bench_gyroid [THREADS [SIDE_MM [SLICES [sheet]]]]. The side is 40 mm; SLICES of the 800 are
 * sampled, evenly, and the time of all is told from them, with the share that is solid.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/mem.h"
#include "core/parallel.h"
#include "field/lattice.h"

static double now(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One row of pixels; returns how many are solid. */
static size_t sample_row(const struct nw_tape *tape, size_t side, double pixel_mm, double y_mm,
                         double z_mm, nw_vec3 *point, double *value)
{
    size_t solid = 0;
    for (size_t i = 0; i < side; i++)
        point[i] = nw_v3(((double)i + 0.5) * pixel_mm, y_mm, z_mm);
    nw_tape_values(tape, point, side, value);
    for (size_t i = 0; i < side; i++)
        solid += value[i] < 0;
    return solid;
}

int main(int argc, char **argv)
{
    nw_set_threads(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2);
    const double side_mm = argc > 2 ? strtod(argv[2], NULL) : 40, pixel_mm = 0.05;
    const size_t side = (size_t)(side_mm / pixel_mm),
                 slices = argc > 3 ? strtoul(argv[3], NULL, 10) : 40;
    struct nw_tpms_opts opts = {.kind = NW_TPMS_GYROID, .cell_mm = 1.2, .sheet = argc > 4};
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    if (!f || !nw_tpms_calibrate(&opts, 0.7, &err))
        return 1;
    const nw_vec3 low = nw_v3(0, 0, 0), high = nw_v3(side_mm, side_mm, side_mm);
    const nw_node n = nw_field_intersection(f, nw_field_box(f, low, high, &err),
                                            nw_field_tpms(f, &opts, -1, NULL, &err), &err);
    struct nw_tape *tape = nw_tape_new(f, n, &err);
    size_t *solid = NW_ALLOC(size_t, slices * side, &err);
    nw_vec3 *point = NW_ALLOC(nw_vec3, slices * side, &err);
    double *value = NW_ALLOC(double, slices *side, &err);
    if (!tape || !solid || !point || !value) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    const double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    NW_PARALLEL_FOR
    for (size_t s = 0; s < slices; s++)
        for (size_t j = 0; j < side; j++)
            solid[s * side + j] = sample_row(tape, side, pixel_mm, ((double)j + 0.5) * pixel_mm,
                                             ((double)s + 0.5) * side_mm / (double)slices,
                                             point + s * side, value + s * side);
    const double cpu_s = now(CLOCK_PROCESS_CPUTIME_ID) - cpu,
                 wall_s = now(CLOCK_MONOTONIC) - wall, all = (double)side / (double)slices;
    size_t sum = 0;
    for (size_t i = 0; i < slices * side; i++)
        sum += solid[i];
    printf("STAGE sample %.2f CPU-s %.2f s for %zu of %zu slices: %.1f ns a pixel\n", cpu_s,
           wall_s, slices, side, 1e9 * cpu_s / ((double)slices * (double)side * (double)side));
    printf("all: %.1f CPU-s %.1f s; porosity %.4f of 0.70\n", cpu_s * all, wall_s * all,
           1 - (double)sum / ((double)slices * (double)side * (double)side));
    nw_free(solid);
    nw_free(point);
    nw_free(value);
    nw_tape_free(tape);
    nw_field_free(f);
    return 0;
}
