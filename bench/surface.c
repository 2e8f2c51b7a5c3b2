/*
 * bench/surface.c -- times the surface of an int16 volume at a level, the volume already in
 * memory: bench_surface VOLUME.nii LEVEL THREADS. The file is an uncompressed NIfTI-1 whose
 * voxels begin at byte 352.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/parallel.h"
#include "field/surface.h"

static bool load(const char *path, struct nw_volume *vol, struct nw_err *err)
{
    unsigned char head[352];
    FILE *file = fopen(path, "rb");
    if (!file || fread(head, 1, sizeof head, file) != sizeof head)
        return nw_fail(err, NW_ERR_IO, "%s cannot be read", path);
    int16_t dim[3];
    float step[3];
    memcpy(dim, head + 42, sizeof dim);
    memcpy(step, head + 80, sizeof step);
    const struct nw_grid grid = {
        .dim = {(size_t)dim[0], (size_t)dim[1], (size_t)dim[2]},
        .step_mm = {{(double)step[0], 0, 0}, {0, (double)step[1], 0}, {0, 0, (double)step[2]}}};
    if (!nw_volume_init_unset(vol, NW_VOXEL_I16, &grid, err))
        return false;
    const size_t count = nw_grid_count(&grid);
    const bool ok = fread(vol->i16, 2, count, file) == count;
    (void)fclose(file);
    return ok || nw_fail(err, NW_ERR_IO, "%s is too short", path);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    nw_set_threads((int)strtol(argv[3], NULL, 10));
    struct nw_volume vol = {0};
    struct nw_mesh mesh = {0};
    struct nw_err err = {0};
    struct timespec begun, ended;
    bool ok = load(argv[1], &vol, &err);
    (void)clock_gettime(CLOCK_MONOTONIC, &begun);
    ok = ok && nw_surface_of_level(&vol, strtod(argv[2], NULL), &mesh, &err);
    (void)clock_gettime(CLOCK_MONOTONIC, &ended);
    if (!ok) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    const double s =
        (double)(ended.tv_sec - begun.tv_sec) + 1e-9 * (double)(ended.tv_nsec - begun.tv_nsec);
    printf("STAGE surface %.4f %zu tri %zu pts\n", s, mesh.tri_count, mesh.vert_count);
    nw_mesh_release(&mesh);
    nw_volume_release(&vol);
    return 0;
}
