/* bench/lattice.c -- a block of gyroid, straight from the field to a resin printer's archive:
 * bench_lattice OUT.sl1 THREADS [SIDE_MM]. Prints seconds, peak memory, porosity against the
 * order, and how many of a million pixels differ from a plain evaluation of the field. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "core/parallel.h"
#include "field/lattice.h"
#include "print/stack.h"

#define CELL_MM 1.2
#define POROSITY 0.7
enum { SAMPLES = 200 }; /* layers' rows looked at plainly */

static double seconds(clockid_t of)
{
    struct timespec t;
    (void)clock_gettime(of, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool run(const char *path, double side, struct nw_err *err)
{
    struct nw_machine machine = {0};
    struct nw_placement place = {0};
    struct nw_layers layers = {0};
    struct nw_tracked found = {0};
    struct nw_stack_cost cost = {0};
    struct nw_stack_facts back = {0};
    const struct nw_place_opts opts = {0};
    const struct nw_raster_opts raster = {.layer_mm = 0.05};
    const nw_box box = {{0, 0, 0}, {side, side, side}};
    struct nw_tpms_opts gyroid = {.kind = NW_TPMS_GYROID, .sheet = true, .cell_mm = CELL_MM};
    struct nw_field *f = nw_field_new(err);
    bool ok = f && nw_tpms_calibrate(&gyroid, POROSITY, err);
    const double begun = seconds(CLOCK_MONOTONIC);
    nw_node root = ok ? nw_field_intersection(f, nw_field_box(f, box.min, box.max, err),
                                              nw_field_tpms(f, &gyroid, -1, NULL, err), err)
                      : -1;
    struct nw_tape *tape = root >= 0 ? nw_tape_new(f, root, err) : NULL;
    ok = tape && nw_machine_find("sla-120", &machine, err) &&
         nw_place_box(box, &machine, &opts, &place, err) &&
         nw_layers_of_tape(tape, &place, &machine, &raster, &layers, err);
    const struct nw_stack_job job = {.kind = NW_STACK_SL1,
                                     .layers = &layers,
                                     .machine = &machine,
                                     .material = machine.material,
                                     .name = "lattice",
                                     .program = "bench"};
    ok = ok && nw_stack_write(path, &job, &found, &cost, &back, err);
    if (ok) {
        struct rusage use;
        struct nw_layers_compared compared = {0};
        const double wall = seconds(CLOCK_MONOTONIC) - begun;
        (void)getrusage(RUSAGE_SELF, &use);
        printf("STAGE lattice %.3f wall, %.3f cpu, %.0f MiB peak\n", wall,
               seconds(CLOCK_PROCESS_CPUTIME_ID), (double)use.ru_maxrss / 1024);
        const double porosity = 100 * (1 - back.volume_mm3 / (side * side * side));
        ok = nw_layers_compare(&layers, f, root, SAMPLES, 1, &compared, err);
        printf("porosity %.2f %% (ordered %.0f %%), %zu of %zu pixels differ, %zu layers, "
               "%zu islands, %zu trapped\n",
               porosity, 100 * POROSITY, compared.differing, compared.pixels, back.layers,
               found.islands.count, found.trapped.count);
    }
    nw_layers_release(&layers);
    nw_machine_release(&machine);
    nw_tape_free(tape);
    nw_field_free(f);
    return ok;
}

int main(int argc, char **argv)
{
    struct nw_err err = {0};
    if (argc < 3)
        return 2;
    nw_set_threads((int)strtol(argv[2], NULL, 10));
    if (!run(argv[1], argc > 3 ? strtod(argv[3], NULL) : 40, &err)) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    return 0;
}
