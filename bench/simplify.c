/*
 * bench/simplify.c -- times the simplification and the check on a bumpy gyroid made here, as an
 * extractor with cells of half a millimetre leaves it, or on a binary STL whose vertices are
 * welded where they agree to the bit.
 *
 * usage: bench_simplify [CELLS or FILE.stl [BOUND_MM [RATIO [OUT.stl]]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/parallel.h"
#include "core/rand.h"
#include "mesh/check.h"
#include "mesh/distance.h"
#include "mesh/simplify.h"

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- surface nets over a sampled gyroid in a ball: one vertex a cell, quads across edges ----
 */

static const double CELL_MM = 0.5, NOISE_MM = 0.01;

static float field(double x, double y, double z, double radius)
{
    const double k = 2 * NW_PI / 14;
    const double g = nw_sin(k * x) * nw_cos(k * y) + nw_sin(k * y) * nw_cos(k * z) +
                     nw_sin(k * z) * nw_cos(k * x);
    const double out = sqrt(x * x + y * y + z * z) - radius;
    const double bumps =
        0.1 * nw_sin(2.1 * x + 0.3 * y) * nw_sin(1.9 * y + 0.4 * z) * nw_sin(2.3 * z + 0.5 * x);
    return (float)(g / k + (out > 0 ? out * out : 0) + bumps);
}

static bool add_vertex(struct nw_mesh *m, const float *f, size_t n, size_t i, size_t j,
                       size_t k)
{
    static const int edge[12][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3},
                                    {4, 6}, {5, 7}, {0, 4}, {1, 5}, {2, 6}, {3, 7}};
    double v[8], sum[3] = {0, 0, 0};
    int cut = 0;
    for (size_t c = 0; c < 8; c++)
        v[c] = (double)f[i + (c & 1) + n * (j + (c >> 1 & 1) + n * (k + (c >> 2)))];
    for (int e = 0; e < 12; e++) {
        const int a = edge[e][0], b = edge[e][1];
        if ((v[a] < 0) == (v[b] < 0))
            continue;
        const double s = v[a] / (v[a] - v[b]);
        for (int x = 0; x < 3; x++)
            sum[x] += (1 - s) * (double)(a >> x & 1) + s * (double)(b >> x & 1);
        cut++;
    }
    if (cut == 0)
        return false;
    const uint64_t at = 3 * m->vert_count;
    m->pos_mm[m->vert_count++] =
        nw_v3(((double)i + sum[0] / cut) * CELL_MM + NOISE_MM * nw_rand_normal(1, at),
              ((double)j + sum[1] / cut) * CELL_MM + NOISE_MM * nw_rand_normal(1, at + 1),
              ((double)k + sum[2] / cut) * CELL_MM + NOISE_MM * nw_rand_normal(1, at + 2));
    return true;
}

static void add_quad(struct nw_mesh *m, const uint32_t q[4], bool flip)
{
    const uint32_t t[2][3] = {{q[0], flip ? q[2] : q[1], flip ? q[1] : q[2]},
                              {q[0], flip ? q[3] : q[2], flip ? q[2] : q[3]}};
    memcpy(m->tri[m->tri_count], t, sizeof t);
    m->tri_count += 2;
}

static bool make_gyroid(struct nw_mesh *m, size_t n, struct nw_err *err)
{
    NW_AUTOFREE float *f = NW_ALLOC_UNSET(float, n *n *n, err);
    NW_AUTOFREE uint32_t *cell = f ? NW_ALLOC(uint32_t, n * n * n, err) : NULL;
    if (!cell || !nw_mesh_init(m, n * n * n / 2, n * n * n, err))
        return false;
    const double half = (double)(n - 1) * CELL_MM / 2;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++)
                f[i + n * (j + n * k)] =
                    field((double)i * CELL_MM - half, (double)j * CELL_MM - half,
                          (double)k * CELL_MM - half, half - 4);
    m->vert_count = m->tri_count = 0;
    for (size_t k = 0; k + 1 < n; k++)
        for (size_t j = 0; j + 1 < n; j++)
            for (size_t i = 0; i + 1 < n; i++)
                if (add_vertex(m, f, n, i, j, k))
                    cell[i + n * (j + n * k)] = (uint32_t)m->vert_count - 1;
    const size_t step[3] = {1, n, n * n};
    for (size_t at = 0; at < n * n * n; at++)
        for (int x = 0; x < 3; x++) {
            const size_t idx[3] = {at % n, at / n % n, at / n / n};
            const size_t u = step[(x + 1) % 3], v = step[(x + 2) % 3];
            if (idx[x] + 1 >= n || idx[(x + 1) % 3] == 0 || idx[(x + 2) % 3] == 0 ||
                (f[at] < 0) == (f[at + step[x]] < 0))
                continue;
            const uint32_t q[4] = {cell[at - u - v], cell[at - v], cell[at], cell[at - u]};
            add_quad(m, q, f[at] < 0);
        }
    return true;
}

/* ---- STL, for a look at what comes out and for foreign meshes ---- */

static int by_place(const void *a, const void *b)
{
    return memcmp(a, b, 12);
}

struct corner {
    float p[3];
    uint32_t at;
};

static bool read_stl(struct nw_mesh *m, const char *path, struct nw_err *err)
{
    FILE *file = fopen(path, "rb");
    uint32_t n = 0;
    if (!file || fseek(file, 80, SEEK_SET) != 0 || fread(&n, 4, 1, file) != 1)
        return nw_fail(err, NW_ERR_IO, "the STL could not be read");
    NW_AUTOFREE struct corner *c = NW_ALLOC_UNSET(struct corner, 3 * (size_t)n, err);
    if (!c || !nw_mesh_init(m, 3 * (size_t)n, n, err))
        return false;
    for (size_t t = 0; t < n; t++) {
        float raw[12];
        uint16_t rest;
        if (fread(raw, 48, 1, file) != 1 || fread(&rest, 2, 1, file) != 1)
            return nw_fail(err, NW_ERR_IO, "the STL ends early");
        for (size_t k = 0; k < 3; k++) {
            memcpy(c[3 * t + k].p, raw + 3 + 3 * k, 12);
            c[3 * t + k].at = (uint32_t)(3 * t + k);
        }
    }
    (void)fclose(file);
    qsort(c, 3 * (size_t)n, sizeof *c, by_place);
    m->vert_count = 0;
    for (size_t i = 0; i < 3 * (size_t)n; i++) {
        if (i == 0 || memcmp(c[i].p, c[i - 1].p, 12) != 0)
            m->pos_mm[m->vert_count++] =
                nw_v3((double)c[i].p[0], (double)c[i].p[1], (double)c[i].p[2]);
        m->tri[c[i].at / 3][c[i].at % 3] = (uint32_t)m->vert_count - 1;
    }
    return true;
}

static void write_stl(const struct nw_mesh *m, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return;
    const char head[80] = "bench";
    const uint32_t n = (uint32_t)m->tri_count;
    (void)fwrite(head, 80, 1, file);
    (void)fwrite(&n, 4, 1, file);
    for (size_t t = 0; t < n; t++) {
        float raw[12] = {0};
        const uint16_t rest = 0;
        for (int k = 0; k < 3; k++) {
            const nw_vec3 p = m->pos_mm[m->tri[t][k]];
            raw[3 + 3 * k] = (float)p.x;
            raw[4 + 3 * k] = (float)p.y;
            raw[5 + 3 * k] = (float)p.z;
        }
        (void)fwrite(raw, 48, 1, file);
        (void)fwrite(&rest, 2, 1, file);
    }
    (void)fclose(file);
}

static void show_check(const struct nw_mesh *m, const char *name)
{
    static struct nw_mesh_check c;
    struct nw_err err = {0};
    const double start = now(), cpu_start = cpu();
    if (!nw_mesh_check(m, NULL, &c, &err))
        return;
    printf("check %-9s %8zu triangles %.3f s (%.3f s of processors): %s, %zu parts, min angle "
           "%.2f deg",
           name, m->tri_count, now() - start, cpu() - cpu_start,
           c.solid ? "solid" : "not solid", c.parts, c.min_triangle_angle_deg);
    for (int k = 0; k < NW_DEFECT_KINDS; k++)
        if (c.count[k])
            printf(", %s %zu", nw_defect_name((enum nw_defect_kind)k), c.count[k]);
    printf("\n");
}

static bool run(int argc, char **argv, struct nw_err *err)
{
    NW_AUTO(nw_mesh) m = {0};
    NW_AUTO(nw_mesh) was = {0};
    const char *in = argc > 1 ? argv[1] : "160";
    double start = now();
    if (!(strstr(in, ".stl") ? read_stl(&m, in, err) : make_gyroid(&m, (size_t)atoi(in), err)))
        return false;
    printf("made %zu triangles in %.2f s\n", m.tri_count, now() - start);
    if (argc > 5)
        write_stl(&m, argv[5]);
    show_check(&m, "before");
    if (!nw_mesh_copy(&was, &m, err))
        return false;
    const struct nw_simplify_opts opts = {.bound_mm = argc > 2 ? atof(argv[2]) : 0.05,
                                          .target_ratio = argc > 3 ? atof(argv[3]) : 0};
    struct nw_moved moved;
    const size_t held = nw_mem_held();
    start = now();
    const double cpu_start = cpu();
    if (!nw_mesh_simplify_inplace(&m, &opts, &moved, err))
        return false;
    const double s = now() - start, cpu_s = cpu() - cpu_start;
    printf("simplify %zu -> %zu (%.1f %%) in %.3f s (%.3f s of processors) = %.3f s (%.3f s) a "
           "million; moved mean %.4f p95 %.4f "
           "max %.4f mm, volume %+.4f %%; %.0f bytes more a triangle\n",
           moved.triangles_before, moved.triangles_after,
           100.0 * (double)moved.triangles_after / (double)moved.triangles_before, s, cpu_s,
           s * 1e6 / (double)moved.triangles_before,
           cpu_s * 1e6 / (double)moved.triangles_before, moved.mean_mm, moved.p95_mm,
           moved.max_mm, moved.volume_percent,
           (double)(nw_mem_peak() - held) / (double)moved.triangles_before);
    show_check(&m, "after");
    if (argc > 4)
        write_stl(&m, argv[4]);
    if (getenv("NOCMP"))
        return true;
    struct nw_mesh_compare c;
    if (!nw_mesh_compare(&was, &m, 0.2, &c, err))
        return false;
    printf(
        "compare both ways at 0.2 mm: mean %.4f rms %.4f p95 %.4f max %.4f (%.4f, %.4f) signed "
        "%.5f mm\n",
        c.both.mean_mm, c.both.rms_mm, c.both.p95_mm, c.both.max_mm, c.a_to_b.max_mm,
        c.b_to_a.max_mm, c.both.signed_mean_mm);
    return true;
}

int main(int argc, char **argv)
{
    struct nw_err err = {0};
    if (run(argc, argv, &err))
        return 0;
    fprintf(stderr, "%s\n", err.msg);
    return 1;
}
