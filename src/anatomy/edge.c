/* anatomy/edge.c -- see edge_priv.h. */
#include "anatomy/edge_priv.h"

#include <string.h>

#include "core/parallel.h"

/* A tile's inner size, and its rows with reach on both sides. */
enum { TI = 32, TJ = 32, TK = 16, R = NW_EDGE_REACH_MAX, W = TI + 2 * R };
enum { JROWS = TJ + 2 * R, KROWS = TK + 2 * R, BLOCK = 16 };

typedef int16_t row_t[W];

struct tile {
    row_t grey[KROWS][JROWS], max[KROWS][JROWS], min[KROWS][JROWS];
};

struct level_rule {
    int soft, lowest, cap, peak_cap, noise3;
};

static size_t clamp_index(ptrdiff_t x, size_t dim)
{
    return x < 0 ? 0 : (size_t)x >= dim ? dim - 1 : (size_t)x;
}

/* Copies the tile with its reach; beyond the border the last voxel repeats. */
static void load_tile(const struct nw_edge *e, const size_t lo[3], const size_t n[3],
                      struct tile *t)
{
    const size_t *d = e->grey->grid.dim;
    const ptrdiff_t i0 = (ptrdiff_t)lo[0] - R;
    const bool whole = i0 >= 0 && (size_t)i0 + W <= d[0];
    for (size_t k = (size_t)(R - e->reach[2]); k < n[2] + R + (size_t)e->reach[2]; k++)
        for (size_t j = (size_t)(R - e->reach[1]); j < n[1] + R + (size_t)e->reach[1]; j++) {
            const size_t y = clamp_index((ptrdiff_t)(lo[1] + j) - R, d[1]),
                         z = clamp_index((ptrdiff_t)(lo[2] + k) - R, d[2]);
            const int16_t *row = e->grey->v + d[0] * (y + d[1] * z);
            if (whole)
                memcpy(t->grey[k][j], row + i0, sizeof(row_t));
            else
                for (size_t i = 0; i < W; i++)
                    t->grey[k][j][i] = row[clamp_index(i0 + (ptrdiff_t)i, d[0])];
        }
}

NW_CLONES static void spread_i(const int16_t *restrict in, int reach, int16_t *restrict max,
                               int16_t *restrict min)
{
    for (int i = 0; i < TI; i++)
        max[i] = min[i] = in[R + i];
    for (int d = 1; d <= reach; d++)
        for (int i = 0; i < TI; i++) {
            const int16_t a = in[R + i - d], b = in[R + i + d];
            const int16_t hi = a > b ? a : b, lo = a > b ? b : a;
            max[i] = hi > max[i] ? hi : max[i];
            min[i] = lo < min[i] ? lo : min[i];
        }
}

NW_CLONES static void widen(int16_t *restrict max, int16_t *restrict min,
                            const int16_t *restrict max2, const int16_t *restrict min2)
{
    for (int i = 0; i < TI; i++) {
        max[i] = max2[i] > max[i] ? max2[i] : max[i];
        min[i] = min2[i] < min[i] ? min2[i] : min[i];
    }
}

/* level - grey: the level is half way between the two sides. Where all that is in reach is
 * above the lowest level there is no soft side: bone within, or a gap too narrow to show its
 * ground. There it is a third of the rise, so that narrow gaps stay open and spongy bone does
 * not fall to pieces. */
NW_CLONES static void level_row(const int16_t *restrict grey, const int16_t *restrict max,
                                const int16_t *restrict min, struct level_rule r,
                                float *restrict out)
{
    for (int i = 0; i < TI; i++) {
        const int peak = max[i] < r.peak_cap ? max[i] : r.peak_cap;
        const int ground = min[i] < r.soft ? min[i] : r.soft;
        int level2 = peak + ground; /* twice the level */
        level2 = level2 < 2 * r.cap ? level2 : 2 * r.cap;
        level2 = level2 > 2 * r.lowest ? level2 : 2 * r.lowest;
        const int rise = max[i] - r.noise3 - r.lowest;
        int inner2 = 2 * r.lowest + (rise > 0 ? rise * 7 / 10 : 0);
        inner2 = inner2 < level2 ? inner2 : level2;
        level2 = min[i] >= r.lowest ? inner2 : level2;
        out[i] = 0.5f * (float)(level2 - 2 * grey[i]);
    }
}

NW_CLONES static void range_row(const int16_t *restrict grey, int lo, int hi,
                                float *restrict out)
{
    for (int i = 0; i < TI; i++) {
        const int below = lo - grey[i], above = grey[i] - hi;
        out[i] = (float)(below > above ? below : above);
    }
}

static void spread_tile(const struct nw_edge *e, const size_t n[3], struct tile *t)
{
    for (size_t k = (size_t)(R - e->reach[2]); k < n[2] + R + (size_t)e->reach[2]; k++) {
        row_t max[JROWS], min[JROWS];
        for (size_t j = (size_t)(R - e->reach[1]); j < n[1] + R + (size_t)e->reach[1]; j++)
            spread_i(t->grey[k][j], e->reach[0], max[j], min[j]);
        for (size_t j = R; j < n[1] + R; j++) {
            memcpy(t->max[k][j], max[j], sizeof(row_t));
            memcpy(t->min[k][j], min[j], sizeof(row_t));
            for (int d = 1; d <= e->reach[1]; d++) {
                widen(t->max[k][j], t->min[k][j], max[j - (size_t)d], min[j - (size_t)d]);
                widen(t->max[k][j], t->min[k][j], max[j + (size_t)d], min[j + (size_t)d]);
            }
        }
    }
}

/* The lowest level at a slice: the noise along the scan, mixed between the twelfths' middles.
 */
static int lowest_at(const struct nw_edge *e, size_t slice)
{
    const double x =
        ((double)slice + 0.5) * NW_NOISE_LEVELS / (double)e->grey->grid.dim[2] - 0.5;
    const double c = fmin(fmax(x, 0), NW_NOISE_LEVELS - 1);
    const int a = (int)c, b = a + 1 < NW_NOISE_LEVELS ? a + 1 : a;
    return (int)rint(e->lowest[a] + (c - a) * (e->lowest[b] - e->lowest[a]));
}

static void row_values(const struct nw_edge *e, const struct tile *t, size_t j, size_t k,
                       int lowest, float out[TI])
{
    if (e->kind == NW_EDGE_RANGE) {
        range_row(t->grey[k][j] + R, e->level_lo, e->level_hi, out);
        return;
    }
    const struct level_rule rule = {e->soft, lowest, e->cap > lowest ? e->cap : lowest,
                                    e->peak_cap, e->noise3};
    row_t max, min;
    memcpy(max, t->max[k][j], sizeof(row_t));
    memcpy(min, t->min[k][j], sizeof(row_t));
    for (size_t d = 1; d <= (size_t)e->reach[2]; d++) {
        widen(max, min, t->max[k - d][j], t->min[k - d][j]);
        widen(max, min, t->max[k + d][j], t->min[k + d][j]);
    }
    level_row(t->grey[k][j] + R, max, min, rule, out);
}

/* The label has the last word on the sign; where it overrules the grey, the surface lies
 * close to the overruled voxel. */
static void obey_labels(const uint8_t *label, uint8_t part, size_t len, float *out)
{
    for (size_t i = 0; i < len; i++) {
        const bool inside = label[i] == part;
        if (inside != (out[i] < 0))
            out[i] = inside ? -30.0f : 30.0f;
    }
}

/* One tile, at most TI x TJ x TK; `out` has the strides of the whole request. */
static void tile_values(const struct nw_edge *e, struct tile *t, const size_t lo[3],
                        const size_t n[3], float *out, size_t row_stride, size_t slice_stride)
{
    load_tile(e, lo, n, t);
    if (e->kind == NW_EDGE_LOCAL)
        spread_tile(e, n, t);
    for (size_t k = 0; k < n[2]; k++) {
        const int lowest = lowest_at(e, lo[2] + k);
        for (size_t j = 0; j < n[1]; j++) {
            float row[TI];
            row_values(e, t, j + R, k + R, lowest, row);
            if (e->labels)
                obey_labels(e->labels->u8 +
                                nw_grid_at(&e->grey->grid, lo[0], lo[1] + j, lo[2] + k),
                            e->part, n[0], row);
            memcpy(out + j * row_stride + k * slice_stride, row, n[0] * sizeof *row);
        }
    }
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

void nw_edge_values(const struct nw_edge *e, const size_t lo[3], const size_t hi[3],
                    float *value)
{
    struct tile t;
    const size_t row = hi[0] - lo[0], slice = row * (hi[1] - lo[1]);
    for (size_t k = lo[2]; k < hi[2]; k += TK)
        for (size_t j = lo[1]; j < hi[1]; j += TJ)
            for (size_t i = lo[0]; i < hi[0]; i += TI) {
                const size_t at[3] = {i, j, k};
                const size_t n[3] = {at_most(TI, hi[0] - i), at_most(TJ, hi[1] - j),
                                     at_most(TK, hi[2] - k)};
                tile_values(e, &t, at, n,
                            value + (i - lo[0]) + row * (j - lo[1]) + slice * (k - lo[2]), row,
                            slice);
            }
}

NW_CLONES static int row_max(const int16_t *row)
{
    int16_t best[16];
    memcpy(best, row, sizeof best);
    for (int i = 0; i < 16; i++)
        best[i] = row[16 + i] > best[i] ? row[16 + i] : best[i];
    int max = best[0];
    for (int i = 1; i < 16; i++)
        max = best[i] > max ? best[i] : max;
    return max;
}

/* Can anything in this tile be inside? */
static bool tile_is_dark(const struct nw_edge *e, const size_t lo[3], const size_t n[3])
{
    for (size_t k = 0; k < n[2]; k++) {
        const int limit = e->kind == NW_EDGE_LOCAL ? lowest_at(e, lo[2] + k) : e->level_lo;
        for (size_t j = 0; j < n[1]; j++) {
            const int16_t *row =
                e->grey->v + nw_grid_at(&e->grey->grid, lo[0], lo[1] + j, lo[2] + k);
            if (n[0] == TI && row_max(row) < limit)
                continue;
            for (size_t i = 0; i < n[0]; i++)
                if (row[i] >= limit)
                    return false;
        }
    }
    return true;
}

static void mark_tile(const struct nw_edge *e, const size_t lo[3], const size_t n[3],
                      struct nw_volume *labels)
{
    float value[TI * TJ * TK];
    const size_t hi[3] = {lo[0] + n[0], lo[1] + n[1], lo[2] + n[2]};
    nw_edge_values(e, lo, hi, value);
    const float *v = value;
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++) {
            uint8_t *row = labels->u8 + nw_grid_at(&labels->grid, lo[0], j, k);
            for (size_t i = 0; i < n[0]; i++)
                row[i] = *v++ < 0;
        }
}

static void clear_tile(const size_t lo[3], const size_t n[3], struct nw_volume *labels)
{
    for (size_t k = lo[2]; k < lo[2] + n[2]; k++)
        for (size_t j = lo[1]; j < lo[1] + n[1]; j++)
            memset(labels->u8 + nw_grid_at(&labels->grid, lo[0], j, k), 0, n[0]);
}

bool nw_edge_mark(const struct nw_edge *e, struct nw_volume *labels, struct nw_err *err)
{
    const size_t *d = labels->grid.dim, layers = (d[2] + TK - 1) / TK;
    const size_t across = (d[1] + TJ - 1) / TJ;
    enum { BATCH = 8 }; /* layers between two looks at the progress */
    for (size_t first = 0; first < layers; first += BATCH) {
        const size_t tiles = across * at_most(BATCH, layers - first);
        NW_PARALLEL_FOR_UNEVEN
        for (size_t q = 0; q < tiles; q++)
            for (size_t i = 0; i < d[0]; i += TI) {
                const size_t lo[3] = {i, TJ * (q % across), TK * (first + q / across)};
                const size_t n[3] = {at_most(TI, d[0] - i), at_most(TJ, d[1] - lo[1]),
                                     at_most(TK, d[2] - lo[2])};
                if (!tile_is_dark(e, lo, n))
                    mark_tile(e, lo, n, labels);
                else
                    clear_tile(lo, n, labels);
            }
        if (!nw_progress(at_most(first + BATCH, layers), layers))
            return nw_fail_cancelled(err);
    }
    return true;
}

static size_t blocks_along(size_t dim)
{
    return (dim + BLOCK - 1) / BLOCK;
}

/* Of a block: whether it has the part, and anything else. */
static uint8_t look_into(const struct nw_volume *labels, uint8_t part, const size_t block[3])
{
    const size_t *d = labels->grid.dim;
    uint8_t seen = 0;
    for (size_t k = block[2] * BLOCK; k < at_most((block[2] + 1) * BLOCK, d[2]); k++)
        for (size_t j = block[1] * BLOCK; j < at_most((block[1] + 1) * BLOCK, d[1]); j++) {
            const uint8_t *row = labels->u8 + nw_grid_at(&labels->grid, 0, j, k);
            for (size_t i = block[0] * BLOCK; i < at_most((block[0] + 1) * BLOCK, d[0]); i++)
                seen |= row[i] == part ? 1 : 2;
        }
    return seen;
}

uint8_t *nw_edge_blocks_in(const struct nw_volume *labels, uint8_t part, const size_t lo[3],
                           const size_t hi[3], struct nw_err *err)
{
    const size_t *d = labels->grid.dim;
    const size_t n[3] = {blocks_along(d[0]), blocks_along(d[1]), blocks_along(d[2])};
    uint8_t *block = NW_ALLOC_UNSET(uint8_t, n[0] * n[1] * n[2], err);
    if (!block)
        return NULL;
    memset(block, 2, n[0] * n[1] * n[2]);
    NW_PARALLEL_FOR
    for (size_t k = lo[2] / BLOCK; k < blocks_along(hi[2]); k++)
        for (size_t j = lo[1] / BLOCK; j < blocks_along(hi[1]); j++)
            for (size_t i = lo[0] / BLOCK; i < blocks_along(hi[0]); i++) {
                const size_t at[3] = {i, j, k};
                block[i + n[0] * (j + n[1] * k)] = look_into(labels, part, at);
            }
    return block;
}

uint8_t *nw_edge_blocks(const struct nw_volume *labels, uint8_t part, struct nw_err *err)
{
    static const size_t first[3] = {0, 0, 0};
    return nw_edge_blocks_in(labels, part, first, labels->grid.dim, err);
}

static bool may_cross(const void *user, const size_t lo[3], const size_t hi[3])
{
    const struct nw_edge *e = user;
    const size_t *d = e->grey->grid.dim;
    const size_t n[2] = {blocks_along(d[0]), blocks_along(d[1])};
    uint8_t seen = 0;
    for (size_t k = lo[2] / BLOCK; k <= (hi[2] - 1) / BLOCK; k++)
        for (size_t j = lo[1] / BLOCK; j <= (hi[1] - 1) / BLOCK; j++)
            for (size_t i = lo[0] / BLOCK; i <= (hi[0] - 1) / BLOCK; i++)
                seen |= e->block[i + n[0] * (j + n[1] * k)];
    return seen == 3;
}

static bool fill(const void *user, const size_t lo[3], const size_t hi[3], float *value,
                 struct nw_err *err)
{
    (void)err;
    nw_edge_values(user, lo, hi, value);
    return true;
}

struct nw_lattice nw_edge_lattice(const struct nw_edge *edge)
{
    const struct nw_lattice l = {
        .grid = edge->grey->grid,
        .user = edge,
        .may_cross = edge->block ? may_cross : NULL,
        .fill = fill,
    };
    return l;
}
