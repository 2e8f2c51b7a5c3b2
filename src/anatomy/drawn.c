/* anatomy/drawn.c -- see drawn_priv.h. */
#include "anatomy/drawn_priv.h"

#include <string.h>

#include "core/parallel.h"

enum { TI = 32, TJ = 32, TK = 16, CHUNK = 1024, REACH = 2, WIDTH = 2 * REACH + 1, ROUNDS = 4 };
/* Of the drawing's smoothing, voxels: enough to take its steps, not enough to round it off. */
static const double SIGMA = 0.8;
/* A vertex stays so far within its cell, voxels: what the extractor made does not cross. */
static const double IN_CELL = 0.02;

bool nw_drawn_changed(const struct nw_volume *before, const struct nw_volume *after,
                      const size_t lo[3], const size_t hi[3], struct nw_bits *out,
                      struct nw_err *err)
{
    if (!nw_bits_init(out, &after->grid, err))
        return false;
    NW_PARALLEL_FOR
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++) {
            const size_t row = nw_grid_at(&after->grid, 0, j, k);
            const uint8_t *a = before->u8 + row, *b = after->u8 + row;
            if (memcmp(a + lo[0], b + lo[0], hi[0] - lo[0]) == 0)
                continue;
            uint64_t *word = nw_bits_row(out, j, k);
            for (size_t i = lo[0]; i < hi[0]; i++)
                word[i / 64] |= (uint64_t)(a[i] != b[i]) << (i % 64);
        }
    return true;
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool any_changed(const struct nw_bits *b, const size_t lo[3], const size_t hi[3])
{
    const uint64_t mask = (uint64_t)0xffffffff << (lo[0] % 64);
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++)
            if (nw_bits_row(b, j, k)[lo[0] / 64] & mask)
                return true;
    return false;
}

/* Of a tile: the changed voxels where the label says other than the grey. */
static void rule_tile(const struct nw_edge *e, const struct nw_bits *changed,
                      const size_t lo[3], const size_t hi[3], struct nw_bits *ruled)
{
    struct nw_edge raw = *e;
    raw.labels = NULL;
    float value[TI * TJ * TK];
    nw_edge_values(&raw, lo, hi, value);
    const float *v = value;
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++) {
            const uint8_t *label = e->labels->u8 + nw_grid_at(&e->labels->grid, 0, j, k);
            uint64_t *word = nw_bits_row(ruled, j, k);
            for (size_t i = lo[0]; i < hi[0]; i++, v++)
                if (nw_bits_at(changed, i, j, k) && (*v < 0) != (label[i] == e->part))
                    word[i / 64] |= (uint64_t)1 << (i % 64);
        }
}

static void rule_all(const struct nw_edge *e, const struct nw_bits *changed,
                     struct nw_bits *ruled)
{
    const size_t *d = changed->dim, layers = (d[2] + TK - 1) / TK;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t layer = 0; layer < layers; layer++)
        for (size_t j = 0; j < d[1]; j += TJ)
            for (size_t i = 0; i < d[0]; i += TI) {
                const size_t lo[3] = {i, j, layer * TK};
                const size_t hi[3] = {at_most(i + TI, d[0]), at_most(j + TJ, d[1]),
                                      at_most(lo[2] + TK, d[2])};
                if (any_changed(changed, lo, hi))
                    rule_tile(e, changed, lo, hi, ruled);
            }
}

struct placer {
    const struct nw_edge *edge;
    const struct nw_bits *ruled;
    struct nw_grid_inverse inv;
    struct nw_mesh *mesh;
    const nw_vec3 *from;
    float uncertainty;
};

/* Has the cell between eight voxels one that was drawn? */
static bool is_drawn(const struct placer *p, const ptrdiff_t cell[3])
{
    for (int c = 0; c < 8; c++) {
        size_t at[3];
        bool inside = true;
        for (int a = 0; a < 3; a++) {
            const ptrdiff_t x = cell[a] + (c >> a & 1);
            inside = inside && x >= 0 && (size_t)x < p->ruled->dim[a];
            at[a] = (size_t)x;
        }
        if (inside && nw_bits_at(p->ruled, at[0], at[1], at[2]))
            return true;
    }
    return false;
}

/* The share of the part around a place, by a Gaussian over 5 x 5 x 5 voxels, and its gradient;
 * beyond the border is none of it. */
static double share_at(const struct nw_edge *e, const double at[3], double gradient[3])
{
    ptrdiff_t first[3];
    double w[3][WIDTH], dw[3][WIDTH], sum[3] = {0}, dsum[3] = {0};
    for (int a = 0; a < 3; a++) {
        first[a] = (ptrdiff_t)floor(at[a] + 0.5) - REACH;
        for (int n = 0; n < WIDTH; n++) {
            const double x = at[a] - (double)(first[a] + n);
            w[a][n] = nw_exp(-x * x / (2 * SIGMA * SIGMA));
            dw[a][n] = -x / (SIGMA * SIGMA) * w[a][n];
            sum[a] += w[a][n];
            dsum[a] += dw[a][n];
        }
    }
    const size_t *d = e->labels->grid.dim;
    double f = 0, g[3] = {0};
    for (int k = 0; k < WIDTH; k++)
        for (int j = 0; j < WIDTH; j++)
            for (int i = 0; i < WIDTH; i++) {
                const ptrdiff_t x = first[0] + i, y = first[1] + j, z = first[2] + k;
                if (x < 0 || y < 0 || z < 0 || (size_t)x >= d[0] || (size_t)y >= d[1] ||
                    (size_t)z >= d[2])
                    continue;
                const size_t v = nw_grid_at(&e->labels->grid, (size_t)x, (size_t)y, (size_t)z);
                if (e->labels->u8[v] != e->part)
                    continue;
                f += w[0][i] * w[1][j] * w[2][k];
                g[0] += dw[0][i] * w[1][j] * w[2][k];
                g[1] += w[0][i] * dw[1][j] * w[2][k];
                g[2] += w[0][i] * w[1][j] * dw[2][k];
            }
    const double all = sum[0] * sum[1] * sum[2];
    for (int a = 0; a < 3; a++)
        gradient[a] = g[a] / all - f / all * dsum[a] / sum[a];
    return f / all;
}

static void place_vertex(const struct placer *p, size_t v)
{
    const nw_ijk q = nw_grid_index(&p->inv, p->from[v]);
    double at[3] = {q.i, q.j, q.k};
    ptrdiff_t cell[3];
    for (int a = 0; a < 3; a++)
        cell[a] = (ptrdiff_t)floor(at[a]);
    if (!is_drawn(p, cell))
        return;
    for (int round = 0; round < ROUNDS; round++) {
        double g[3];
        const double miss = share_at(p->edge, at, g) - 0.5;
        const double g2 = g[0] * g[0] + g[1] * g[1] + g[2] * g[2];
        if (!(g2 > 1e-4)) /* level: nowhere to go */
            break;
        for (int a = 0; a < 3; a++) {
            const double x = at[a] - miss * g[a] / g2, lo = (double)cell[a] + IN_CELL,
                         hi = (double)cell[a] + 1 - IN_CELL;
            at[a] = fmin(fmax(x, lo), hi);
        }
    }
    const nw_ijk to = {at[0], at[1], at[2]};
    struct nw_mesh *m = p->mesh;
    m->pos_mm[v] = nw_grid_point(&p->edge->labels->grid, to);
    m->vert_class[v] = NW_CLASS_DRAWN;
    m->uncertainty_mm[v] =
        m->uncertainty_mm[v] > p->uncertainty ? m->uncertainty_mm[v] : p->uncertainty;
}

bool nw_drawn_place(const struct nw_edge *edge, const struct nw_bits *changed,
                    const nw_vec3 *from, struct nw_mesh *mesh, struct nw_err *err)
{
    struct nw_bits ruled = {0};
    if (!nw_bits_init(&ruled, &edge->labels->grid, err))
        return false;
    rule_all(edge, changed, &ruled);
    const nw_vec3 h = nw_grid_spacing(&edge->labels->grid);
    const struct placer p = {
        .edge = edge,
        .ruled = &ruled,
        .inv = nw_grid_invert(&edge->labels->grid),
        .mesh = mesh,
        .from = from,
        .uncertainty = (float)(fmax(h.x, fmax(h.y, h.z)) / 2),
    };
    const size_t chunks = (mesh->vert_count + CHUNK - 1) / CHUNK;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t c = 0; c < chunks; c++)
        for (size_t v = c * CHUNK; v < at_most((c + 1) * CHUNK, mesh->vert_count); v++)
            place_vertex(&p, v);
    nw_bits_release(&ruled);
    return true;
}
