/* bench/read.c -- reads the best scan under a path and drops it: bench_read PATH THREADS. */
#include <stdio.h>
#include <stdlib.h>

#include "core/parallel.h"
#include "io/io.h"

static bool read_best(const char *path, struct nw_scan *scan, struct nw_err *err)
{
    struct nw_intake *intake = nw_intake_new(path, &(struct nw_intake_opts){0}, err);
    if (!intake)
        return false;
    size_t best = 0;
    for (size_t i = 0; i < nw_intake_count(intake); i++)
        if (nw_intake_at(intake, i)->score > nw_intake_at(intake, best)->score)
            best = i;
    const struct nw_read_opts opts = {0};
    const bool ok = nw_intake_read(intake, best, &opts, scan, err);
    nw_intake_free(intake);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    nw_set_threads((int)strtol(argv[2], NULL, 10));
    struct nw_scan scan;
    struct nw_err err = {0};
    nw_scan_init(&scan);
    if (!read_best(argv[1], &scan, &err)) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    const size_t *dim = scan.volume.grid.dim;
    printf("%zu x %zu x %zu, middle %g\n", dim[0], dim[1], dim[2],
           nw_volume_value(&scan.volume, nw_grid_count(&scan.volume.grid) / 2));
    nw_scan_release(&scan);
    return 0;
}
