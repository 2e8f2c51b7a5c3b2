/* anatomy/grey.c -- see grey_priv.h. */
#include "anatomy/grey_priv.h"

#include <string.h>

#include "core/parallel.h"

static void float_range(const struct nw_volume *vol, double *lo, double *hi)
{
    *lo = HUGE_VAL;
    *hi = -HUGE_VAL;
    for (size_t n = 0; n < nw_grid_count(&vol->grid); n++) {
        const double x = (double)vol->f32[n];
        if (!isfinite(x))
            continue;
        *lo = x < *lo ? x : *lo;
        *hi = x > *hi ? x : *hi;
    }
    if (*lo > *hi)
        *lo = *hi = 0;
}

/* Hounsfield units in a float volume stay whole units; other ranges are spread out. */
static void choose_map(struct nw_grey *g, const struct nw_volume *vol)
{
    g->scale = 1;
    g->shift = vol->type == NW_VOXEL_U16 ? 32768 : 0;
    if (vol->type != NW_VOXEL_F32)
        return;
    double lo, hi;
    float_range(vol, &lo, &hi);
    if (lo >= -32768 && hi <= 32767 && hi - lo >= 1000)
        return;
    g->scale = hi > lo ? (hi - lo) / 65000 : 1;
    g->shift = lo + 32500 * g->scale;
}

bool nw_grey_init(struct nw_grey *grey, const struct nw_volume *vol, struct nw_err *err)
{
    struct nw_grey g = {.grid = vol->grid};
    choose_map(&g, vol);
    if (vol->type == NW_VOXEL_I16) {
        g.v = vol->i16;
        *grey = g;
        return true;
    }
    const size_t slice = vol->grid.dim[0] * vol->grid.dim[1];
    g.own = NW_ALLOC_UNSET(int16_t, nw_grid_count(&vol->grid), err);
    if (!g.own)
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < vol->grid.dim[2]; k++)
        for (size_t n = slice * k; n < slice * (k + 1); n++) {
            const double x = nw_volume_value(vol, n);
            g.own[n] = (int16_t)nw_grey_stored(&g, isfinite(x) ? x : g.shift - 32500 * g.scale);
        }
    g.v = g.own;
    *grey = g;
    return true;
}

void nw_grey_release(struct nw_grey *grey)
{
    nw_free(grey->own);
    *grey = (struct nw_grey){0};
}

/* ---- many samples along a line ---- */

enum { LINE = 32 }; /* places of a line, rounded up for the vector units */

struct line {
    double frac[3][LINE];
    int32_t cell[3][LINE];
    uint32_t pair[4][LINE]; /* two neighbours along i, at (j, k) (j+1, k) (j, k+1) (j+1, k+1) */
};

static bool line_is_inside(const struct nw_grey *g, nw_ijk c, nw_ijk step, int half)
{
    const double at[3] = {c.i, c.j, c.k}, d[3] = {step.i, step.j, step.k};
    for (int a = 0; a < 3; a++) {
        const double x = at[a] - d[a] * half, y = at[a] + d[a] * half;
        const double last = (double)g->grid.dim[a] - 1;
        if (!(x >= 0 && y >= 0 && x < last && y < last))
            return false;
    }
    return true;
}

NW_CLONES static void place_line(const double at[3], const double d[3], int half,
                                 struct line *line)
{
    for (int a = 0; a < 3; a++)
        for (int n = 0; n < LINE; n++) {
            const double x = at[a] + d[a] * (n - half);
            const int32_t i = (int32_t)x;
            line->cell[a][n] = i;
            line->frac[a][n] = x - i;
        }
}

static void load_line(const struct nw_grey *g, int count, struct line *line)
{
    const size_t row = g->grid.dim[0], slice = row * g->grid.dim[1];
    for (int n = 0; n < count; n++) {
        const int16_t *p = g->v + (size_t)line->cell[0][n] + row * (size_t)line->cell[1][n] +
                           slice * (size_t)line->cell[2][n];
        memcpy(&line->pair[0][n], p, 4);
        memcpy(&line->pair[1][n], p + row, 4);
        memcpy(&line->pair[2][n], p + slice, 4);
        memcpy(&line->pair[3][n], p + slice + row, 4);
    }
}

NW_CLONES static void mix_line(const struct line *restrict line, double out[LINE])
{
    double edge[4][LINE];
    for (int e = 0; e < 4; e++)
        for (int n = 0; n < LINE; n++) {
            const int32_t lo = (int32_t)(line->pair[e][n] << 16) >> 16,
                          hi = (int32_t)line->pair[e][n] >> 16;
            edge[e][n] = lo + line->frac[0][n] * (hi - lo);
        }
    for (int n = 0; n < LINE; n++) {
        const double u = line->frac[1][n];
        const double lower = edge[0][n] + u * (edge[1][n] - edge[0][n]),
                     upper = edge[2][n] + u * (edge[3][n] - edge[2][n]);
        out[n] = lower + line->frac[2][n] * (upper - lower);
    }
}

void nw_grey_sample_line(const struct nw_grey *g, nw_ijk c, nw_ijk step, int half, double *out)
{
    const int count = 2 * half + 1;
    if (!line_is_inside(g, c, step, half)) {
        for (int n = 0; n < count; n++) {
            const nw_ijk q = {c.i + step.i * (n - half), c.j + step.j * (n - half),
                              c.k + step.k * (n - half)};
            out[n] = nw_grey_sample(g, q);
        }
        return;
    }
    struct line line;
    double all[LINE];
    const double at[3] = {c.i, c.j, c.k}, d[3] = {step.i, step.j, step.k};
    place_line(at, d, half, &line);
    for (int e = 0; e < 4; e++)
        memset(line.pair[e] + count, 0, sizeof line.pair[e] - (size_t)count * 4);
    load_line(g, count, &line);
    mix_line(&line, all);
    memcpy(out, all, (size_t)count * sizeof *out);
}
