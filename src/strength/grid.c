/* strength/grid.c -- see grid_priv.h. */
#include "strength/grid_priv.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/parallel.h"
#include "strength/element_priv.h"

enum { LANES = 4, NEAR = 27, WORTH = 8000 }; /* nodes from which threads are worth waking */

/* A node's row of the stiffness: by the cube it is a corner of, and for a node amid eight full
 * cubes all at once. Columns of three rows stand together, padded to four. */
struct nw_stencil {
    double cube[NW_CUBE_NODES][NW_CUBE_DOFS][LANES];
    double amid[NEAR * 3][LANES];
};

/* The neighbour (0..26, 13 itself) that is corner b of the cube whose corner a the node is. */
static int neighbour(int a, int b)
{
    const int x = (b & 1) - (a & 1), y = (b >> 1 & 1) - (a >> 1 & 1), z = (b >> 2) - (a >> 2);
    return (z + 1) * 9 + (y + 1) * 3 + x + 1;
}

static struct nw_stencil *stencil_new(double poisson, const double side[3], struct nw_err *err)
{
    struct nw_stencil *s = NW_ALLOC(struct nw_stencil, 1, err);
    double k[NW_CUBE_DOFS][NW_CUBE_DOFS];
    if (!s)
        return NULL;
    nw_brick_stiffness(poisson, side, k);
    for (int a = 0; a < NW_CUBE_NODES; a++)
        for (int b = 0; b < NW_CUBE_NODES; b++)
            for (int c = 0; c < 3; c++)
                for (int d = 0; d < 3; d++) {
                    s->cube[a][3 * b + c][d] = k[3 * a + d][3 * b + c];
                    s->amid[3 * neighbour(a, b) + c][d] += k[3 * a + d][3 * b + c];
                }
    return s;
}

bool nw_level_init(struct nw_level *l, const size_t n[3], const double side[3], double scale,
                   double poisson, struct nw_err *err)
{
    const size_t cubes = n[0] * n[1] * n[2];
    memcpy(l->n, n, sizeof l->n);
    memcpy(l->side, side, sizeof l->side);
    l->scale = scale;
    l->stencil = stencil_new(poisson, side, err);
    l->nodes = (n[0] + 1) * (n[1] + 1) * (n[2] + 1);
    l->share = l->stencil ? NW_ALLOC(float, cubes, err) : NULL;
    l->moves = l->share ? NW_ALLOC(uint8_t, l->nodes, err) : NULL;
    l->diagonal = l->moves ? NW_ALLOC(double, 3 * l->nodes, err) : NULL;
    l->x = l->diagonal ? NW_ALLOC(double, 3 * l->nodes, err) : NULL;
    l->r = l->x ? NW_ALLOC(double, 3 * l->nodes, err) : NULL;
    l->t = l->r ? NW_ALLOC(double, 3 * l->nodes, err) : NULL;
    return l->t != NULL;
}

void nw_level_release(struct nw_level *l)
{
    nw_free(l->stencil);
    nw_free(l->share);
    nw_free(l->cut);
    nw_free(l->own);
    nw_free(l->moves);
    nw_free(l->diagonal);
    nw_free(l->x);
    nw_free(l->r);
    nw_free(l->t);
    *l = (struct nw_level){0};
}

/* Share of the cube that has node (x, y, z) as its corner a; 0 beyond the grid. */
static double share_about(const struct nw_level *l, size_t x, size_t y, size_t z, int a)
{
    const size_t cx = x - (size_t)(a & 1), cy = y - (size_t)(a >> 1 & 1),
                 cz = z - (size_t)(a >> 2); /* below 0 wraps and is beyond */
    return cx < l->n[0] && cy < l->n[1] && cz < l->n[2]
               ? (double)l->share[nw_cube_at(l, cx, cy, cz)]
               : 0;
}

/* The same cube's own stiffness; NULL when it is a plain one. */
static double (*own_about(const struct nw_level *l, size_t x, size_t y, size_t z, int a))[24][3]
{
    const size_t cx = x - (size_t)(a & 1), cy = y - (size_t)(a >> 1 & 1),
                 cz = z - (size_t)(a >> 2);
    if (!l->cut || cx >= l->n[0] || cy >= l->n[1] || cz >= l->n[2])
        return NULL;
    const int32_t at = l->cut[nw_cube_at(l, cx, cy, cz)];
    return at < 0 ? NULL : l->own[at];
}

static void sum_parts(const double (*part)[NW_CUBE_DOFS][NW_CUBE_DOFS],
                      const double share[NW_CUBE_PARTS], nw_cut_cube out)
{
    for (int a = 0; a < NW_CUBE_NODES; a++)
        for (int c = 0; c < NW_CUBE_DOFS; c++)
            for (int d = 0; d < 3; d++) {
                double sum = 0;
                for (int o = 0; o < NW_CUBE_PARTS; o++)
                    sum += share[o] * part[o][3 * a + d][c];
                out[a][c][d] = sum;
            }
}

bool nw_level_cut(struct nw_level *l, double poisson, nw_parts_fn *parts, const void *user,
                  struct nw_err *err)
{
    const size_t cubes = l->n[0] * l->n[1] * l->n[2];
    double(*part)[NW_CUBE_DOFS][NW_CUBE_DOFS] = nw_alloc(NW_CUBE_PARTS, sizeof *part, err);
    l->cut = part ? NW_ALLOC(int32_t, cubes, err) : NULL;
    int32_t count = 0;
    for (size_t i = 0; l->cut && i < cubes; i++)
        l->cut[i] = l->share[i] > 0 && l->share[i] < 1 ? count++ : -1;
    l->own = l->cut ? NW_ALLOC(nw_cut_cube, (size_t)count + 1, err) : NULL;
    for (int o = 0; l->own && o < NW_CUBE_PARTS; o++)
        nw_part_stiffness(poisson, o, part[o]);
    const size_t deep = l->own ? l->n[2] : 0;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t z = 0; z < deep; z++)
        for (size_t y = 0; y < l->n[1]; y++)
            for (size_t x = 0; x < l->n[0]; x++) {
                const int32_t at = l->cut[nw_cube_at(l, x, y, z)];
                double share[NW_CUBE_PARTS];
                if (at < 0)
                    continue;
                parts(user, x, y, z, share);
                sum_parts((const double(*)[NW_CUBE_DOFS][NW_CUBE_DOFS])part, share, l->own[at]);
            }
    nw_free(part);
    return l->own != NULL;
}

static void prepare_node(struct nw_level *l, size_t x, size_t y, size_t z, bool fixed)
{
    const size_t node = nw_node_at(l, x, y, z);
    double sum = 0, diagonal[3] = {0, 0, 0};
    for (int a = 0; a < NW_CUBE_NODES; a++) {
        const double share = share_about(l, x, y, z, a);
        sum += share;
        double(*own)[24][3] = own_about(l, x, y, z, a);
        for (int c = 0; c < 3; c++)
            diagonal[c] +=
                own ? own[a][3 * a + c][c] : share * l->stencil->cube[a][3 * a + c][c];
    }
    l->moves[node] = fixed || sum <= 0 ? 0 : sum >= NW_CUBE_NODES ? 2 : 1;
    for (int c = 0; c < 3; c++)
        l->diagonal[3 * node + (size_t)c] = l->moves[node] ? diagonal[c] * l->scale : 1;
}

/* The largest eigenvalue by a few rounds of the power method from a rough start, and a tenth
 * more: what is below the true one makes the polynomial grow. */
static void find_largest(struct nw_level *l)
{
    const size_t count = 3 * l->nodes;
    uint32_t random = 12345;
    for (size_t i = 0; i < count; i++) {
        random = random * 1664525 + 1013904223;
        l->x[i] = l->moves[i / 3] ? (double)(random >> 8) / 8388608.0 - 1 : 0;
    }
    double size = sqrt(nw_level_dot(l, l->x, l->x));
    for (int round = 0; round < 12 && size > 0; round++) {
        for (size_t i = 0; i < count; i++)
            l->x[i] /= size;
        nw_level_times(l, l->x, l->t);
        for (size_t i = 0; i < count; i++)
            l->x[i] = l->t[i] / l->diagonal[i];
        size = sqrt(nw_level_dot(l, l->x, l->x));
    }
    l->largest = size > 0 ? 1.1 * size : 1;
}

void nw_level_prepare(struct nw_level *l, const uint8_t *fixed)
{
    const size_t deep = l->n[2] + 1;
    NW_PARALLEL_FOR_IF(l->nodes > WORTH)
    for (size_t z = 0; z < deep; z++)
        for (size_t y = 0; y <= l->n[1]; y++)
            for (size_t x = 0; x <= l->n[0]; x++)
                prepare_node(l, x, y, z, fixed && fixed[nw_node_at(l, x, y, z)]);
    find_largest(l);
}

bool nw_level_coarsen(const struct nw_level *fine, double poisson, struct nw_level *out,
                      struct nw_err *err)
{
    size_t n[3];
    double side[3];
    for (int d = 0; d < 3; d++) {
        out->step[d] = fine->n[d] > 1 ? 2 : 1;
        n[d] = fine->n[d] > 1 ? (fine->n[d] + 1) / 2 : 1;
        side[d] = fine->side[d] * out->step[d];
    }
    if (!nw_level_init(out, n, side, fine->scale, poisson, err))
        return false;
    NW_AUTOFREE uint8_t *fixed = NW_ALLOC(uint8_t, out->nodes, err);
    if (!fixed)
        return false;
    const size_t sx = (size_t)out->step[0], sy = (size_t)out->step[1],
                 sz = (size_t)out->step[2];
    const float part = 1 / (float)(sx * sy * sz);
    for (size_t z = 0; z < fine->n[2]; z++)
        for (size_t y = 0; y < fine->n[1]; y++)
            for (size_t x = 0; x < fine->n[0]; x++)
                out->share[nw_cube_at(out, x / sx, y / sy, z / sz)] +=
                    fine->share[nw_cube_at(fine, x, y, z)] * part;
    /* What is fixed in the fine one and not in the void is fixed here. */
    for (size_t z = 0; z <= fine->n[2]; z += sz)
        for (size_t y = 0; y <= fine->n[1]; y += sy)
            for (size_t x = 0; x <= fine->n[0]; x += sx) {
                double sum = 0;
                for (int a = 0; a < NW_CUBE_NODES; a++)
                    sum += share_about(fine, x, y, z, a);
                fixed[nw_node_at(out, x / sx, y / sy, z / sz)] =
                    sum > 0 && !fine->moves[nw_node_at(fine, x, y, z)];
            }
    nw_level_prepare(out, fixed);
    return true;
}

/* ---- the product ---- */

static void row_amid(const struct nw_stencil *s, const double *near, double out[LANES])
{
    double sum[LANES] = {0, 0, 0, 0};
    for (int j = 0; j < NEAR * 3; j++)
        for (int d = 0; d < LANES; d++)
            sum[d] += s->amid[j][d] * near[j];
    memcpy(out, sum, sizeof sum);
}

static void row_of_own(double (*own)[3], int a, const double *near, double sum[LANES])
{
    for (int b = 0; b < NW_CUBE_NODES; b++) {
        const double *v = &near[3 * neighbour(a, b)];
        for (int c = 0; c < 3; c++)
            for (int d = 0; d < 3; d++)
                sum[d] += own[3 * b + c][d] * v[c];
    }
}

static void row_of_cubes(const struct nw_level *l, size_t x, size_t y, size_t z,
                         const double *near, double out[LANES])
{
    double sum[LANES] = {0, 0, 0, 0};
    for (int a = 0; a < NW_CUBE_NODES; a++) {
        const double share = share_about(l, x, y, z, a);
        if (share <= 0)
            continue;
        double(*own)[24][3] = own_about(l, x, y, z, a);
        if (own) {
            row_of_own(own[a], a, near, sum);
            continue;
        }
        double one[LANES] = {0, 0, 0, 0};
        for (int b = 0; b < NW_CUBE_NODES; b++) {
            const double *v = &near[3 * neighbour(a, b)];
            double(*k)[LANES] = &l->stencil->cube[a][3 * b];
            for (int c = 0; c < 3; c++)
                for (int d = 0; d < LANES; d++)
                    one[d] += k[c][d] * v[c];
        }
        for (int d = 0; d < LANES; d++)
            sum[d] += share * one[d];
    }
    memcpy(out, sum, sizeof sum);
}

/* The 27 nodes about one; what is beyond the grid counts as 0, as nothing is there. */
static void gather_near(const struct nw_level *l, const double *v, size_t x, size_t y, size_t z,
                        double near[NEAR * 3])
{
    const bool inner = x > 0 && y > 0 && z > 0 && x < l->n[0] && y < l->n[1] && z < l->n[2];
    for (size_t dz = 0; dz < 3; dz++)
        for (size_t dy = 0; dy < 3; dy++) {
            double *to = &near[(dz * 3 + dy) * 9];
            if (inner) {
                memcpy(to, &v[3 * nw_node_at(l, x - 1, y + dy - 1, z + dz - 1)],
                       9 * sizeof *to);
                continue;
            }
            for (size_t dx = 0; dx < 3; dx++, to += 3)
                if (x + dx - 1 <= l->n[0] && y + dy - 1 <= l->n[1] && z + dz - 1 <= l->n[2])
                    memcpy(to, &v[3 * nw_node_at(l, x + dx - 1, y + dy - 1, z + dz - 1)],
                           3 * sizeof *to);
                else
                    memset(to, 0, 3 * sizeof *to);
        }
}

NW_CLONES static void times_plane(const struct nw_level *l, const double *v, double *out,
                                  size_t z)
{
    for (size_t y = 0; y <= l->n[1]; y++)
        for (size_t x = 0; x <= l->n[0]; x++) {
            const size_t node = nw_node_at(l, x, y, z);
            double near[NEAR * 3], sum[LANES] = {0, 0, 0, 0};
            if (l->moves[node]) {
                gather_near(l, v, x, y, z, near);
                if (l->moves[node] == 2)
                    row_amid(l->stencil, near, sum);
                else
                    row_of_cubes(l, x, y, z, near, sum);
            }
            for (size_t d = 0; d < 3; d++)
                out[3 * node + d] = sum[d] * l->scale;
        }
}

void nw_level_times(const struct nw_level *l, const double *v, double *out)
{
    const size_t deep = l->n[2] + 1;
    NW_PARALLEL_FOR_IF(l->nodes > WORTH)
    for (size_t z = 0; z < deep; z++)
        times_plane(l, v, out, z);
}

enum { DOT_BLOCK = 1 << 14, DOT_SUMS = 1 << 14 };
double nw_level_dot(const struct nw_level *l, const double *a, const double *b)
{
    const size_t count = 3 * l->nodes, blocks = (count + DOT_BLOCK - 1) / DOT_BLOCK;
    double sum = 0;
    for (size_t first = 0; first < blocks; first += DOT_SUMS) {
        double part[DOT_SUMS];
        const size_t some = blocks - first < DOT_SUMS ? blocks - first : DOT_SUMS;
        NW_PARALLEL_FOR_IF(l->nodes > WORTH)
        for (size_t k = 0; k < some; k++) {
            const size_t from = (first + k) * DOT_BLOCK;
            const size_t to = from + DOT_BLOCK < count ? from + DOT_BLOCK : count;
            double s = 0;
            for (size_t i = from; i < to; i++)
                s += a[i] * b[i];
            part[k] = s;
        }
        for (size_t k = 0; k < some; k++)
            sum += part[k];
    }
    return sum;
}

/* ---- between levels ---- */

void nw_level_restrict(const struct nw_level *fine, const double *from,
                       const struct nw_level *coarse, double *to)
{
    const size_t deep = coarse->n[2] + 1;
    const size_t sx = (size_t)coarse->step[0], sy = (size_t)coarse->step[1],
                 sz = (size_t)coarse->step[2];
    NW_PARALLEL_FOR_IF(fine->nodes > WORTH)
    for (size_t z = 0; z < deep; z++)
        for (size_t y = 0; y <= coarse->n[1]; y++)
            for (size_t x = 0; x <= coarse->n[0]; x++) {
                double sum[3] = {0, 0, 0};
                const size_t node = nw_node_at(coarse, x, y, z);
                for (int k = 0; k < NEAR && coarse->moves[node]; k++) {
                    const int dx = k % 3 - 1, dy = k / 3 % 3 - 1, dz = k / 9 - 1;
                    const size_t fx = sx * x + (size_t)dx, fy = sy * y + (size_t)dy,
                                 fz = sz * z + (size_t)dz; /* below 0 wraps and is beyond */
                    if (fx > fine->n[0] || fy > fine->n[1] || fz > fine->n[2] ||
                        (dx && sx == 1) || (dy && sy == 1) || (dz && sz == 1))
                        continue;
                    const double share = (dx ? 0.5 : 1) * (dy ? 0.5 : 1) * (dz ? 0.5 : 1);
                    const double *v = &from[3 * nw_node_at(fine, fx, fy, fz)];
                    for (int d = 0; d < 3; d++)
                        sum[d] += share * v[d];
                }
                memcpy(&to[3 * node], sum, sizeof sum);
            }
}

void nw_level_prolong(const struct nw_level *coarse, const double *from,
                      const struct nw_level *fine, double *to)
{
    const size_t deep = fine->n[2] + 1;
    const size_t sx = (size_t)coarse->step[0], sy = (size_t)coarse->step[1],
                 sz = (size_t)coarse->step[2];
    NW_PARALLEL_FOR_IF(fine->nodes > WORTH)
    for (size_t z = 0; z < deep; z++)
        for (size_t y = 0; y <= fine->n[1]; y++)
            for (size_t x = 0; x <= fine->n[0]; x++) {
                const size_t node = nw_node_at(fine, x, y, z);
                if (!fine->moves[node])
                    continue;
                double sum[3] = {0, 0, 0};
                for (size_t k = 0; k < 8; k++) {
                    const size_t cx = sx == 1 ? x : (x + (k & 1)) / 2,
                                 cy = sy == 1 ? y : (y + (k >> 1 & 1)) / 2,
                                 cz = sz == 1 ? z : (z + (k >> 2)) / 2;
                    const double *v = &from[3 * nw_node_at(coarse, cx, cy, cz)];
                    for (int d = 0; d < 3; d++)
                        sum[d] += v[d] / 8;
                }
                for (size_t d = 0; d < 3; d++)
                    to[3 * node + d] += sum[d];
            }
}

/* Chebyshev over the upper part of the spectrum: the lower is the coarser level's. */
void nw_level_smooth(const struct nw_level *l, double *x, const double *r, double *t,
                     int degree, bool from_zero, double *p)
{
    const size_t count = 3 * l->nodes;
    const double top = l->largest, low = top / 20;
    const double middle = (top + low) / 2, half = (top - low) / 2;
    double rho = half / middle;
    if (from_zero)
        memset(x, 0, count * sizeof *x);
    for (int k = 0; k < degree; k++) {
        const bool still = k == 0 && from_zero;
        if (!still)
            nw_level_times(l, x, t);
        const double next = k == 0 ? rho : 1 / (2 * middle / half - rho);
        const double keep = k == 0 ? 0 : next * rho;
        const double step = k == 0 ? 1 / middle : 2 * next / half;
        NW_PARALLEL_FOR_IF(l->nodes > WORTH)
        for (size_t i = 0; i < count; i++) {
            const double left = still ? r[i] : r[i] - t[i];
            p[i] = (k == 0 ? 0 : keep * p[i]) + step * left / l->diagonal[i];
            x[i] += p[i];
        }
        rho = next;
    }
}
