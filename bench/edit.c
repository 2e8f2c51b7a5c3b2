/* bench/edit.c -- each kind of correction on a region of 200^3 voxels: prints "kind seconds" of
 * wall time for each, the median of N runs (default 3). usage: bench_edit [N] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "image/edit.h"

enum { SIDE = 200, RUNS_MAX = 15 };

static struct nw_err err;

static void must(bool good)
{
    if (good)
        return;
    fprintf(stderr, "bench_edit: %s\n", err.msg);
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Two bright balls that overlap, filled, with loose voxels of noise all about. */
static void make(struct nw_volume *scan, struct nw_volume *labels)
{
    const struct nw_grid g = {.dim = {SIDE, SIDE, SIDE},
                              .step_mm = {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 0.5}}};
    must(nw_volume_init(scan, NW_VOXEL_I16, &g, &err));
    must(nw_volume_init(labels, NW_VOXEL_U8, &g, &err));
    for (size_t v = 0; v < nw_grid_count(&g); v++) {
        const nw_ijk at = {(double)(v % SIDE), (double)(v / SIDE % SIDE),
                           (double)(v / SIDE / SIDE)};
        const nw_vec3 p = nw_grid_point(&g, at);
        const bool in = nw_length(nw_sub(p, nw_v3(30, 50, 50))) < 28 ||
                        nw_length(nw_sub(p, nw_v3(75, 50, 50))) < 20;
        const bool loose = (v * 2654435761u >> 7) % 97 == 0;
        scan->i16[v] = in ? 1000 : 40;
        labels->u8[v] = in || loose;
    }
}

struct kind {
    const char *name, *steps;
};

static const struct kind KIND[] = {
    {"paint", "{\"do\":\"paint\",\"stroke_mm\":[[20,20,20],[50,80,50],[80,20,80]],"
              "\"radius_mm\":15}"},
    {"erase", "{\"do\":\"erase\",\"stroke_mm\":[[50,50,50]],\"radius_mm\":49}"},
    {"threshold", "{\"do\":\"threshold\",\"stroke_mm\":[[50,50,50]],\"radius_mm\":49,"
                  "\"min\":500,\"max\":2000,\"how\":\"both\"}"},
    {"grow", "{\"do\":\"grow\",\"seeds_mm\":[[30,50,50]],\"min\":0,\"max\":2000}"},
    {"scissors", "{\"do\":\"scissors\",\"outline_mm\":[[10,10,0],[90,10,0],[50,40,0],[90,90,0],"
                 "[10,90,0]],\"direction\":[0.3,0.1,1]}"},
    {"islands", "{\"do\":\"islands\",\"how\":\"keep\",\"largest\":1}"},
    {"fill", "{\"do\":\"fill\",\"through_mm\":[[30,50,30],[30,50,75]]}"},
    {"split", "{\"do\":\"split\",\"seeds_mm\":[[20,50,50],[85,50,50]]}"},
    {"cut", "{\"do\":\"cut\",\"point_mm\":[50,50,50],\"normal\":[1,1,0]}"},
    {"join", "{\"do\":\"cut\",\"point_mm\":[50,50,50],\"normal\":[1,1,0],\"name\":\"b\"},"
             "{\"do\":\"join\",\"parts\":[\"bone\",\"b\"]}"},
};

static double run(const struct kind *kind, const struct nw_volume *scan,
                  const struct nw_volume *labels)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "{\"nuwa\":\"edit 1\",\"steps\":[%s]}", kind->steps);
    struct nw_volume mine = {0};
    must(nw_volume_init(&mine, NW_VOXEL_U8, &labels->grid, &err));
    memcpy(mine.u8, labels->u8, nw_grid_count(&mine.grid));
    struct nw_edit_names names = {.name = {"", "bone"}};
    struct nw_edits *edits = nw_edits_parse(text, strlen(text), &err);
    must(edits != NULL);
    const double begin = now_s();
    must(nw_edits_apply(edits, scan, &mine, &names, NULL, &err));
    const double spent = now_s() - begin;
    nw_edits_free(edits);
    nw_volume_release(&mine);
    return spent;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const long asked = argc > 1 ? strtol(argv[1], NULL, 10) : 3;
    const int runs = asked < 1 ? 1 : asked > RUNS_MAX ? RUNS_MAX : (int)asked;
    struct nw_volume scan = {0}, labels = {0};
    make(&scan, &labels);
    for (size_t k = 0; k < sizeof KIND / sizeof *KIND; k++) {
        double spent[RUNS_MAX];
        for (int n = 0; n < runs; n++)
            spent[n] = run(&KIND[k], &scan, &labels);
        qsort(spent, (size_t)runs, sizeof *spent, by_size);
        printf("%s %.4f\n", KIND[k].name, spent[runs / 2]);
    }
    nw_volume_release(&scan);
    nw_volume_release(&labels);
    return 0;
}
