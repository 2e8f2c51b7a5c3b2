/*
 * bench/extract.c -- time to take a surface from a volume, beside one plain pass over its
 * memory. Without arguments it makes a 384-cubed volume of struts, shells and noise itself;
 * with arguments it reads raw int16 voxels: extract FILE NX NY NZ [HEADER_BYTES [LEVEL]].
 */
#include "field/surface.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/parallel.h"
#include "core/rand.h"

static double clock_ms(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* A shell around a block of struts, in air, with noise. */
static void make_layer(struct nw_volume *vol, size_t k)
{
    const size_t n = vol->grid.dim[0];
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            const double x = (double)i - (double)n / 2, y = (double)j - (double)n / 2,
                         z = (double)k - (double)n / 2;
            const double r = sqrt(x * x + y * y + z * z) / (double)n;
            const double g = nw_sin(x * 0.7) * nw_cos(y * 0.7) +
                             nw_sin(y * 0.7) * nw_cos(z * 0.7) +
                             nw_sin(z * 0.7) * nw_cos(x * 0.7);
            double hu = r > 0.42 ? -1000 : r > 0.4 ? 1200 : r > 0.28 ? 40 : 300 + 500 * g;
            const size_t at = nw_grid_at(&vol->grid, i, j, k);
            hu += 15 * (nw_rand_even(1, 2 * at) + nw_rand_even(1, 2 * at + 1) - 1) * 2.4;
            vol->i16[at] = (int16_t)hu;
        }
}

static bool make_volume(struct nw_volume *vol, struct nw_err *err)
{
    const struct nw_grid g = {{384, 384, 384},
                              nw_v3(0, 0, 0),
                              {nw_v3(0.5, 0, 0), nw_v3(0, 0.5, 0), nw_v3(0, 0, 0.5)}};
    if (!nw_volume_init_unset(vol, NW_VOXEL_I16, &g, err))
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < g.dim[2]; k++)
        make_layer(vol, k);
    return true;
}

static bool read_volume(struct nw_volume *vol, char **arg, int count, struct nw_err *err)
{
    const struct nw_grid g = {
        {strtoul(arg[1], NULL, 10), strtoul(arg[2], NULL, 10), strtoul(arg[3], NULL, 10)},
        nw_v3(0, 0, 0),
        {nw_v3(0.5, 0, 0), nw_v3(0, 0.5, 0), nw_v3(0, 0, 0.5)}};
    if (!nw_volume_init_unset(vol, NW_VOXEL_I16, &g, err))
        return false;
    FILE *file = fopen(arg[0], "rb");
    bool ok = file && fseek(file, count > 4 ? strtol(arg[4], NULL, 10) : 0, SEEK_SET) == 0;
    ok = ok && fread(vol->i16, 2, nw_grid_count(&g), file) == nw_grid_count(&g);
    if (file)
        (void)fclose(file);
    return ok || nw_fail(err, NW_ERR_IO, "the volume could not be read");
}

/* The least a reader of all voxels can take. */
static long plain_pass(const struct nw_volume *vol)
{
    long part[64] = {0};
    const size_t layers = vol->grid.dim[2], size = vol->grid.dim[0] * vol->grid.dim[1];
    NW_PARALLEL_FOR
    for (size_t b = 0; b < 64; b++)
        for (size_t k = b * layers / 64; k < (b + 1) * layers / 64; k++) {
            long sum = 0;
            for (size_t i = 0; i < size; i++)
                sum += vol->i16[k * size + i] >= 300;
            part[b] += sum;
        }
    long sum = 0;
    for (size_t b = 0; b < 64; b++)
        sum += part[b];
    return sum;
}

static bool bench(const struct nw_volume *vol, double level, struct nw_err *err)
{
    enum { RUNS = 5 };
    double best = HUGE_VAL, pass = HUGE_VAL, cpu = HUGE_VAL; /* cpu: of all threads */
    size_t verts = 0, tris = 0;
    long sum = 0;
    for (int run = 0; run < RUNS; run++) {
        double start = clock_ms(CLOCK_MONOTONIC);
        sum += plain_pass(vol);
        pass = fmin(pass, clock_ms(CLOCK_MONOTONIC) - start);
        struct nw_mesh m = {0};
        start = clock_ms(CLOCK_MONOTONIC);
        const double cpu_start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
        if (!nw_surface_of_level(vol, level, &m, err))
            return false;
        best = fmin(best, clock_ms(CLOCK_MONOTONIC) - start);
        cpu = fmin(cpu, clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_start);
        verts = m.vert_count;
        tris = m.tri_count;
        nw_mesh_release(&m);
    }
    printf("surface_ms %.1f\nsurface_cpu_ms %.1f\npass_ms %.1f\nratio_to_pass %.1f\nvertices "
           "%zu\ntriangles %zu\n"
           "threads %d\nchecksum %ld\n",
           best, cpu, pass, best / pass, verts, tris, nw_threads(), sum);
    return true;
}

int main(int argc, char **argv)
{
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    const char *threads = getenv("OMP_NUM_THREADS");
    nw_set_threads(threads ? (int)strtol(threads, NULL, 10) : 0);
    const bool made =
        argc > 4 ? read_volume(&vol, argv + 1, argc - 1, &err) : make_volume(&vol, &err);
    const bool ok = made && bench(&vol, argc > 6 ? strtod(argv[6], NULL) : 300.5, &err);
    if (!ok)
        (void)fprintf(stderr, "%s\n", err.msg);
    nw_volume_release(&vol);
    return !ok;
}
