/* anatomy/pores.c -- see tissue_priv.h. */
#include <string.h>

#include "anatomy/tissue_priv.h"
#include "core/parallel.h"

/* A block, two voxels of neighbourhood on each side, and rows padded for the vector units. */
enum { B = 16, H = 2, N = B + 2 * H, ROW = 32 };
enum { FILLED = 64 }; /* beside the label until all blocks are done */
static const double SPONGY_MIN_HU = 60, SPONGY_MAX_HU = 700;

typedef uint8_t cube_t[N][N][ROW]; /* 1: dark */

struct block {
    cube_t dark, square, cover, any;
};

static size_t clamp_index(ptrdiff_t x, size_t dim)
{
    return x < 0 ? 0 : (size_t)x >= dim ? dim - 1 : (size_t)x;
}

static void load(const struct nw_volume *labels, const size_t lo[3], struct block *b)
{
    const size_t *d = labels->grid.dim;
    memset(b->dark, 0, sizeof b->dark);
    for (size_t k = 0; k < N; k++)
        for (size_t j = 0; j < N; j++) {
            const uint8_t *row =
                labels->u8 + nw_grid_at(&labels->grid, 0,
                                        clamp_index((ptrdiff_t)(lo[1] + j) - H, d[1]),
                                        clamp_index((ptrdiff_t)(lo[2] + k) - H, d[2]));
            for (size_t i = 0; i < N; i++)
                b->dark[k][j][i] =
                    (row[clamp_index((ptrdiff_t)(lo[0] + i) - H, d[0])] & ~FILLED) != 1;
        }
}

/* out = a and both its neighbours at +-step rows (all), or any of the three. */
NW_CLONES static void three(const uint8_t *restrict in, size_t step, bool all,
                            uint8_t *restrict out)
{
    if (all)
        for (size_t n = 0; n < ROW; n++)
            out[n] = in[n] & in[n - step] & in[n + step];
    else
        for (size_t n = 0; n < ROW; n++)
            out[n] = in[n] | in[n - step] | in[n + step];
}

static void sweep(cube_t in, int axis, bool all, cube_t out)
{
    const size_t step[3] = {1, ROW, (size_t)ROW * N};
    memset(out, 0, sizeof(cube_t));
    for (size_t k = 1; k + 1 < N; k++)
        for (size_t j = 1; j + 1 < N; j++)
            three(in[k][j], step[axis], all, out[k][j]);
}

/* Adds to `any` the dark voxels that a dark square across these two axes covers. */
static void add_squares(struct block *b, int u, int v)
{
    sweep(b->dark, u, true, b->cover);
    sweep(b->cover, v, true, b->square);
    sweep(b->square, u, false, b->cover);
    sweep(b->cover, v, false, b->square);
    for (size_t k = H; k < H + B; k++)
        for (size_t j = H; j < H + B; j++)
            for (size_t i = 0; i < ROW; i++)
                b->any[k][j][i] |= b->square[k][j][i];
}

static bool is_spongy(const struct nw_grey *g, const size_t at[3], int lo, int hi)
{
    const size_t *d = g->grid.dim;
    int sum = 0, count = 0;
    for (int c = 0; c < 27; c++) {
        const size_t x = clamp_index((ptrdiff_t)at[0] + c % 3 - 1, d[0]),
                     y = clamp_index((ptrdiff_t)at[1] + c / 3 % 3 - 1, d[1]),
                     z = clamp_index((ptrdiff_t)at[2] + c / 9 - 1, d[2]);
        const int v = g->v[x + d[0] * (y + d[1] * z)];
        if (v > hi)
            return false;
        sum += v;
        count++;
    }
    return sum > lo * count;
}

static void fill_block(const struct nw_volume *labels, const struct nw_grey *g,
                       const size_t lo[3], int spongy_lo, int spongy_hi, struct block *b)
{
    const size_t *d = labels->grid.dim;
    load(labels, lo, b);
    memset(b->any, 0, sizeof b->any);
    add_squares(b, 0, 1);
    add_squares(b, 1, 2);
    add_squares(b, 0, 2);
    for (size_t k = 0; k < B && lo[2] + k < d[2]; k++)
        for (size_t j = 0; j < B && lo[1] + j < d[1]; j++)
            for (size_t i = 0; i < B && lo[0] + i < d[0]; i++) {
                if (!b->dark[k + H][j + H][i + H] || b->any[k + H][j + H][i + H])
                    continue;
                const size_t at[3] = {lo[0] + i, lo[1] + j, lo[2] + k};
                if (is_spongy(g, at, spongy_lo, spongy_hi))
                    labels->u8[nw_grid_at(&labels->grid, at[0], at[1], at[2])] |= FILLED;
            }
}

bool nw_pores_fill(struct nw_volume *labels, const struct nw_grey *grey, double soft_hu,
                   struct nw_err *err)
{
    const size_t *d = labels->grid.dim;
    const size_t n[3] = {(d[0] + B - 1) / B, (d[1] + B - 1) / B, (d[2] + B - 1) / B};
    NW_AUTOFREE uint8_t *seen = nw_edge_blocks(labels, 1, err);
    NW_AUTOFREE struct block *scratch = seen ? NW_ALLOC(struct block, n[2], err) : NULL;
    if (!scratch)
        return false;
    const int lo = nw_grey_stored(grey, soft_hu + SPONGY_MIN_HU),
              hi = nw_grey_stored(grey, soft_hu + SPONGY_MAX_HU);
    for (size_t odd = 0; odd < 2; odd++) { /* neighbouring layers read each other's voxels */
        NW_PARALLEL_FOR_UNEVEN
        for (size_t half = 0; half < (n[2] + 1 - odd) / 2; half++)
            for (size_t q = 0; q < n[0] * n[1]; q++) {
                const size_t k = 2 * half + odd;
                const size_t at[3] = {B * (q % n[0]), B * (q / n[0]), B * k};
                if (seen[q + n[0] * n[1] * k] == 3)
                    fill_block(labels, grey, at, lo, hi, &scratch[half]);
            }
    }
    const size_t slice = d[0] * d[1];
    NW_PARALLEL_FOR
    for (size_t k = 0; k < d[2]; k++)
        for (size_t v = slice * k; v < slice * (k + 1); v++)
            labels->u8[v] = labels->u8[v] & FILLED ? 1 : labels->u8[v];
    return true;
}
