/* anatomy/body.c -- see body_priv.h. */
#include "anatomy/body_priv.h"

#include "core/parallel.h"
#include "image/distance.h"
#include "image/runs.h"

static const double BODY_MM3 = 30e3; /* less flesh than a finger's is no body */
static const double CELL_MM = 2.5, OPENING_MM = 5, TISSUE_HU = -300;
static const double TABLE_WIDTH_MM = 100, TABLE_SAMENESS = 0.55, TABLE_LENGTH = 0.6;

static struct nw_grid reduced_grid(const struct nw_grid *g, size_t factor[3])
{
    struct nw_grid r = *g;
    for (int a = 0; a < 3; a++) {
        const double h = nw_length(g->step_mm[a]), f = rint(CELL_MM / h);
        factor[a] = f < 1 ? 1 : (size_t)f;
        r.dim[a] = (g->dim[a] + factor[a] - 1) / factor[a];
        r.origin_mm = nw_along(r.origin_mm, g->step_mm[a], 0.5 * ((double)factor[a] - 1));
        r.step_mm[a] = nw_scale(g->step_mm[a], (double)factor[a]);
    }
    return r;
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void reduce_row(const struct nw_grey *grey, size_t cj, size_t ck,
                       const struct nw_body *b, uint8_t *out)
{
    const size_t *d = grey->grid.dim, *f = b->factor;
    const int tissue = nw_grey_stored(grey, TISSUE_HU);
    const size_t j_end = at_most((cj + 1) * f[1], d[1]), k_end = at_most((ck + 1) * f[2], d[2]);
    for (size_t ci = 0; ci < b->map.grid.dim[0]; ci++) {
        size_t count = 0, all = 0;
        const size_t i_end = at_most((ci + 1) * f[0], d[0]);
        for (size_t k = ck * f[2]; k < k_end; k++)
            for (size_t j = cj * f[1]; j < j_end; j++) {
                const int16_t *row = grey->v + d[0] * (j + d[1] * k);
                for (size_t i = ci * f[0]; i < i_end; i++)
                    count += row[i] > tissue;
                all += i_end - ci * f[0];
            }
        out[ci] = (uint8_t)((4 * count >= all ? NW_BODY_SOLID : 0) | (count ? NW_BODY_ANY : 0));
    }
}

static void reduce(const struct nw_grey *grey, struct nw_body *b)
{
    const struct nw_grid *g = &b->map.grid;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < g->dim[2]; k++)
        for (size_t j = 0; j < g->dim[1]; j++)
            reduce_row(grey, j, k, b, b->map.u8 + nw_grid_at(g, 0, j, k));
}

/* The slice axis is the one nearest to the patient's long axis: tables are the same along it.
 */
static int long_axis(const struct nw_grid *g)
{
    int best = 2;
    for (int a = 0; a < 3; a++)
        if (fabs(nw_unit(g->step_mm[a]).z) > fabs(nw_unit(g->step_mm[best]).z) + 0.01)
            best = a;
    return best;
}

static void copy_bit(struct nw_volume *map, uint8_t from, uint8_t to)
{
    for (size_t n = 0; n < nw_grid_count(&map->grid); n++)
        map->u8[n] = (uint8_t)(map->u8[n] & from ? map->u8[n] | to : map->u8[n] & ~to);
}

/* Opening by a ball; of what is left, pieces under a tenth of the largest are not body. */
static bool find_core(struct nw_body *b, struct nw_err *err)
{
    copy_bit(&b->map, NW_BODY_SOLID, NW_BODY_CORE);
    if (!nw_shrink_inplace(&b->map, NW_BODY_CORE, OPENING_MM, err))
        return false;
    struct nw_runs runs = {0};
    if (!nw_runs_find(&b->map, NW_BODY_CORE, NW_BODY_CORE, NW_NEIGHBOURS_26, &runs, err))
        return false;
    size_t largest = 0;
    for (size_t p = 0; p < runs.piece_count; p++)
        largest = runs.piece[p].voxels > largest ? runs.piece[p].voxels : largest;
    for (size_t row = 0; row < runs.dim[1] * runs.dim[2]; row++)
        for (size_t a = runs.row[row]; a < runs.row[row + 1]; a++)
            if (runs.piece[runs.run[a].piece].voxels * 50 < largest)
                for (size_t i = runs.run[a].lo; i < runs.run[a].hi; i++)
                    b->map.u8[i + runs.dim[0] * row] &= (uint8_t)~NW_BODY_CORE;
    nw_runs_release(&runs);
    if (!nw_grow_inplace(&b->map, NW_BODY_CORE, OPENING_MM, err))
        return false;
    size_t count = 0;
    for (size_t n = 0; n < nw_grid_count(&b->map.grid); n++)
        count += (b->map.u8[n] & NW_BODY_CORE) != 0;
    b->core_mm3 = (double)count * fabs(nw_grid_voxel_mm3(&b->map.grid));
    b->found = b->core_mm3 >= BODY_MM3;
    return true;
}

static bool touches_side(const struct nw_piece *p, const size_t dim[3], int axis)
{
    for (int a = 0; a < 3; a++)
        if (a != axis && (p->lo[a] == 0 || p->hi[a] == dim[a]))
            return true;
    return false;
}

/* All but the air that reaches the sides of the picture. */
static bool find_hull(struct nw_body *b, int axis, struct nw_err *err)
{
    copy_bit(&b->map, NW_BODY_CORE, NW_BODY_HULL);
    if (!nw_grow_inplace(&b->map, NW_BODY_HULL, 1.2 * CELL_MM, err))
        return false;
    struct nw_runs runs = {0};
    if (!nw_runs_find(&b->map, NW_BODY_HULL, 0, NW_NEIGHBOURS_6, &runs, err))
        return false;
    for (size_t row = 0; row < runs.dim[1] * runs.dim[2]; row++)
        for (size_t a = runs.row[row]; a < runs.row[row + 1]; a++)
            if (!touches_side(&runs.piece[runs.run[a].piece], runs.dim, axis))
                for (size_t i = runs.run[a].lo; i < runs.run[a].hi; i++)
                    b->map.u8[i + runs.dim[0] * row] |= NW_BODY_HULL;
    nw_runs_release(&runs);
    return true;
}

/* How much of the columns under a piece's shadow along the axis it fills. */
static double sameness(const struct nw_runs *runs, uint32_t piece, int axis, uint8_t *shadow)
{
    const size_t *d = runs->dim;
    const size_t u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;
    for (size_t n = 0; n < d[u] * d[v]; n++)
        shadow[n] = 0;
    size_t columns = 0;
    for (size_t row = 0; row < d[1] * d[2]; row++)
        for (size_t a = runs->row[row]; a < runs->row[row + 1]; a++) {
            if (runs->run[a].piece != piece)
                continue;
            for (size_t i = runs->run[a].lo; i < runs->run[a].hi; i++) {
                const size_t at[3] = {i, row % d[1], row / d[1]};
                uint8_t *s = &shadow[at[u] + d[u] * at[v]];
                columns += *s == 0;
                *s = 1;
            }
        }
    const struct nw_piece *p = &runs->piece[piece];
    return (double)p->voxels / ((double)columns * (double)(p->hi[axis] - p->lo[axis]));
}

static bool is_table(const struct nw_body *b, const struct nw_runs *runs, uint32_t piece,
                     int axis, uint8_t *shadow)
{
    const struct nw_piece *p = &runs->piece[piece];
    const struct nw_grid *g = &b->map.grid;
    if ((double)(p->hi[axis] - p->lo[axis]) < TABLE_LENGTH * (double)g->dim[axis])
        return false;
    double widest = 0;
    for (int a = 0; a < 3; a++)
        if (a != axis)
            widest = fmax(widest, (double)(p->hi[a] - p->lo[a]) * nw_length(g->step_mm[a]));
    return widest >= TABLE_WIDTH_MM && sameness(runs, piece, axis, shadow) >= TABLE_SAMENESS;
}

static void mark_outside(struct nw_body *b, uint8_t outside)
{
    for (size_t n = 0; n < nw_grid_count(&b->map.grid); n++)
        if ((b->map.u8[n] & (NW_BODY_ANY | NW_BODY_HULL)) == NW_BODY_ANY)
            b->map.u8[n] |= outside;
}

static bool find_table(struct nw_body *b, int axis, struct nw_err *err)
{
    enum { OUTSIDE = 32 };
    mark_outside(b, OUTSIDE);
    const size_t *d = b->map.grid.dim;
    NW_AUTOFREE uint8_t *shadow =
        NW_ALLOC(uint8_t, d[0] * d[1] + d[1] * d[2] + d[0] * d[2], err);
    struct nw_runs runs = {0};
    if (!shadow || !nw_runs_find(&b->map, OUTSIDE, OUTSIDE, NW_NEIGHBOURS_26, &runs, err))
        return false;
    NW_AUTOFREE bool *table = NW_ALLOC(bool, runs.piece_count + 1, err);
    if (!table) {
        nw_runs_release(&runs);
        return false;
    }
    for (size_t p = 0; p < runs.piece_count; p++)
        table[p] = is_table(b, &runs, (uint32_t)p, axis, shadow);
    bool any = false;
    for (size_t row = 0; row < d[1] * d[2]; row++)
        for (size_t a = runs.row[row]; a < runs.row[row + 1]; a++)
            for (size_t i = runs.run[a].lo; table[runs.run[a].piece] && i < runs.run[a].hi;
                 i++) {
                b->map.u8[i + d[0] * row] |= NW_BODY_TABLE;
                any = true;
            }
    nw_runs_release(&runs);
    return !any || nw_grow_inplace(&b->map, NW_BODY_TABLE, 1.5 * CELL_MM, err);
}

static bool find(const struct nw_grey *grey, struct nw_body *b, struct nw_err *err)
{
    const struct nw_grid grid = reduced_grid(&grey->grid, b->factor);
    if (!nw_volume_init(&b->map, NW_VOXEL_U8, &grid, err))
        return false;
    reduce(grey, b);
    if (!find_core(b, err))
        return false;
    const int axis = long_axis(&grid);
    return !b->found || (find_hull(b, axis, err) && find_table(b, axis, err));
}

bool nw_body_find(const struct nw_grey *grey, struct nw_body *out, struct nw_err *err)
{
    struct nw_body b = {0};
    const bool ok = find(grey, &b, err);
    if (ok)
        *out = b;
    else
        nw_body_release(&b);
    return ok;
}

void nw_body_release(struct nw_body *body)
{
    nw_volume_release(&body->map);
    *body = (struct nw_body){0};
}
