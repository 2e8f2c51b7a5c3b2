/*
 * bench/simplify.c -- times the simplification and the check of a surface that our extractor
 * leaves: of a noisy gyroid made here, with cells of half a millimetre, of a scan at 226 HU, or
 * of a model's parts.
 *
 *     bench_simplify [CELLS|SCAN|MODEL [BOUND_MM [RATIO [SPACING_MM [OUT.stl]]]]]
 *
 * Both surfaces are compared at places SPACING_MM apart (0: they are not). OUT.stl takes the
 * surface before simplification, for a peer's program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/parallel.h"
#include "core/rand.h"
#include "field/surface.h"
#include "io/io.h"
#include "mesh/check.h"
#include "mesh/distance.h"
#include "mesh/simplify.h"

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now(void)
{
    return seconds(CLOCK_MONOTONIC);
}

static double cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* A gyroid of 14 mm period ending in a ball, with bumps and noise as a scan has them. */
static double gyroid(nw_vec3 p, double radius_mm, uint64_t index)
{
    const double k = 2 * NW_PI / 14, out = nw_length(p) - radius_mm;
    const double g = nw_sin(k * p.x) * nw_cos(k * p.y) + nw_sin(k * p.y) * nw_cos(k * p.z) +
                     nw_sin(k * p.z) * nw_cos(k * p.x);
    const double bumps = 0.1 * nw_sin(2.1 * p.x + 0.3 * p.y) * nw_sin(1.9 * p.y + 0.4 * p.z);
    return g / k + (out > 0 ? out * out : 0) + bumps + 0.03 * nw_rand_normal(1, index);
}

static bool make_gyroid(size_t n, struct nw_mesh *out, struct nw_err *err)
{
    const double cell_mm = 0.5, half = (double)n * cell_mm / 2;
    const struct nw_grid grid = {
        {n, n, n}, {-half, -half, -half}, {{cell_mm, 0, 0}, {0, cell_mm, 0}, {0, 0, cell_mm}}};
    NW_AUTO(nw_volume) vol = {0};
    if (!nw_volume_init_unset(&vol, NW_VOXEL_F32, &grid, err))
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++) {
                const nw_ijk at = {(double)i, (double)j, (double)k};
                const size_t index = nw_grid_at(&grid, i, j, k);
                vol.f32[index] = (float)-gyroid(nw_grid_point(&grid, at), half - 4, index);
            }
    return nw_surface_of_level(&vol, 0, out, err);
}

static bool read_scan(const char *path, struct nw_mesh *out, struct nw_err *err)
{
    const struct nw_intake_opts opts = {0};
    const struct nw_read_opts read_opts = {0};
    struct nw_intake *intake = nw_intake_new(path, &opts, err);
    struct nw_scan scan;
    nw_scan_init(&scan);
    bool ok = intake && nw_intake_read(intake, 0, &read_opts, &scan, err);
    ok = ok && nw_surface_of_level(&scan.volume, 226, out, err);
    nw_scan_release(&scan);
    nw_intake_free(intake);
    return ok;
}

static bool read_model(const char *path, struct nw_mesh *out, struct nw_err *err)
{
    const struct nw_model_read_opts opts = {0};
    NW_AUTO(nw_model) model = {0};
    bool ok = nw_model_read(path, &opts, &model, err);
    for (size_t i = 0; ok && i < model.part_count; i++)
        ok = nw_mesh_append(out, &model.part[i].mesh, err);
    return ok;
}

static bool make_surface(const char *what, struct nw_mesh *out, struct nw_err *err)
{
    const size_t cells = (size_t)strtoul(what, NULL, 10);
    if (cells > 0)
        return make_gyroid(cells, out, err);
    return nw_path_is_model(what) ? read_model(what, out, err) : read_scan(what, out, err);
}

static bool write_stl(const char *path, const struct nw_mesh *mesh, struct nw_err *err)
{
    static const uint8_t grey[4] = {128, 128, 128, 255};
    NW_AUTO(nw_mesh) copy = {0};
    NW_AUTO(nw_model) model = {0};
    const struct nw_model_write_opts opts = {0};
    return nw_mesh_copy(&copy, mesh, err) &&
           nw_model_add(&model, "surface", grey, &copy, err) &&
           nw_model_write(path, &model, &opts, err);
}

static bool check(const struct nw_mesh *mesh, const char *name, struct nw_err *err)
{
    static struct nw_mesh_check c;
    const double start = now(), cpu_start = cpu();
    if (!nw_mesh_check(mesh, NULL, &c, err))
        return false;
    printf("STAGE check %.4f cpu %.4f %s: %zu tri, %s, %zu parts, least angle %.2f deg",
           now() - start, cpu() - cpu_start, name, mesh->tri_count,
           c.solid ? "solid" : "not solid", c.parts, c.min_triangle_angle_deg);
    for (int k = 0; k < NW_DEFECT_KINDS; k++)
        if (c.count[k])
            printf(", %s %zu", nw_defect_name((enum nw_defect_kind)k), c.count[k]);
    printf("\n");
    return true;
}

static bool simplify(struct nw_mesh *mesh, const struct nw_simplify_opts *opts,
                     struct nw_err *err)
{
    struct nw_moved m;
    const size_t held = nw_mem_held();
    const double start = now(), cpu_start = cpu();
    if (!nw_mesh_simplify_inplace(mesh, opts, &m, err))
        return false;
    const double s = now() - start, cpu_s = cpu() - cpu_start,
                 before = (double)m.triangles_before;
    printf("STAGE simplify %.4f cpu %.4f %zu -> %zu tri (%.1f %%), cpu %.2f s a million\n", s,
           cpu_s, m.triangles_before, m.triangles_after,
           100 * (double)m.triangles_after / before, cpu_s * 1e6 / before);
    printf(
        "moved: mean %.4f p95 %.4f max %.4f mm, volume %+.4f %%; %.0f bytes more a triangle\n",
        m.mean_mm, m.p95_mm, m.max_mm, m.volume_percent,
        (double)(nw_mem_peak() - held) / before);
    return true;
}

static bool run(int argc, char **argv, struct nw_err *err)
{
    NW_AUTO(nw_mesh) mesh = {0};
    NW_AUTO(nw_mesh) was = {0};
    const char *what = argc > 1 ? argv[1] : "200";
    const struct nw_simplify_opts opts = {.bound_mm = argc > 2 ? strtod(argv[2], NULL) : 0.05,
                                          .target_ratio = argc > 3 ? strtod(argv[3], NULL) : 0};
    if (!make_surface(what, &mesh, err) || (argc > 5 && !write_stl(argv[5], &mesh, err)) ||
        !check(&mesh, "before", err) || !nw_mesh_copy(&was, &mesh, err) ||
        !simplify(&mesh, &opts, err) || !check(&mesh, "after", err))
        return false;
    const double spacing_mm = argc > 4 ? strtod(argv[4], NULL) : 0.2;
    if (!(spacing_mm > 0))
        return true;
    struct nw_mesh_compare c;
    const double start = now(), cpu_start = cpu();
    if (!nw_mesh_compare(&was, &mesh, spacing_mm, &c, err))
        return false;
    printf("STAGE compare %.4f cpu %.4f every %g mm: mean %.4f rms %.4f p95 %.4f max %.4f "
           "(old to new "
           "%.4f, new to old %.4f) signed %.5f mm\n",
           now() - start, cpu() - cpu_start, spacing_mm, c.both.mean_mm, c.both.rms_mm,
           c.both.p95_mm, c.both.max_mm, c.a_to_b.max_mm, c.b_to_a.max_mm,
           c.both.signed_mean_mm);
    return true;
}

int main(int argc, char **argv)
{
    struct nw_err err = {0};
    if (run(argc, argv, &err))
        return 0;
    (void)fprintf(stderr, "%s\n", err.msg);
    return 1;
}
