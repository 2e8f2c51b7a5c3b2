/* anatomy/tissue.c -- the steps that recipes share; see tissue_priv.h. */
#include "anatomy/tissue_priv.h"

/* A real cavity has this share of its voxels quite dark; the rest is its blurred rim. */
static const double DARK_SHARE = 0.25;

void nw_leftover_add(struct nw_leftover left[NW_LEFT_KINDS], enum nw_leftover_kind kind,
                     const struct nw_piece *p, const struct nw_grid *grid)
{
    struct nw_leftover *l = &left[kind];
    const double n = (double)p->voxels, volume = n * fabs(nw_grid_voxel_mm3(grid));
    l->pieces++;
    l->volume_mm3 += volume;
    if (volume <= l->largest_mm3)
        return;
    l->largest_mm3 = volume;
    const nw_ijk at = {p->sum[0] / n, p->sum[1] / n, p->sum[2] / n};
    l->place_mm = nw_grid_point(grid, at);
}

struct nw_edge nw_edge_range(const struct nw_grey *grey, double lo_hu, double hi_hu)
{
    const struct nw_edge e = {
        .grey = grey,
        .kind = NW_EDGE_RANGE,
        .level_lo = nw_grey_stored(grey, lo_hu),
        .level_hi = nw_grey_stored(grey, hi_hu),
        .reach = {1, 1, 1},
    };
    return e;
}

bool nw_drop_small(struct nw_tissues *t, double min_mm3, struct nw_err *err)
{
    struct nw_runs runs = {0};
    if (!nw_runs_find(&t->labels, 0xff, 1, NW_NEIGHBOURS_6, &runs, err))
        return false;
    NW_AUTOFREE uint8_t *value = NW_ALLOC(uint8_t, runs.piece_count + 1, err);
    const double voxel = fabs(nw_grid_voxel_mm3(&t->labels.grid));
    for (size_t p = 0; value && p < runs.piece_count; p++) {
        value[p] = (double)runs.piece[p].voxels * voxel >= min_mm3;
        if (!value[p])
            nw_leftover_add(t->left, NW_LEFT_SMALL, &runs.piece[p], &t->labels.grid);
    }
    if (value)
        nw_runs_paint(&runs, value, 1, &t->labels);
    nw_runs_release(&runs);
    return value != NULL;
}

/* How many voxels of each piece that does not reach the border are as dark as this. */
static void count_dark(const struct nw_runs *runs, const struct nw_grey *grey, int dark,
                       size_t *count)
{
    for (size_t row = 0; row < runs->dim[1] * runs->dim[2]; row++)
        for (size_t a = runs->row[row]; a < runs->row[row + 1]; a++) {
            const struct nw_run r = runs->run[a];
            if (runs->piece[r.piece].at_border)
                continue;
            for (size_t i = r.lo; i < r.hi; i++)
                count[r.piece] += grey->v[i + runs->dim[0] * row] <= dark;
        }
}

bool nw_fill_cavities(struct nw_tissues *t, const struct nw_grey *grey, double max_mm3,
                      int dark, struct nw_err *err)
{
    struct nw_runs runs = {0};
    if (!nw_runs_find(&t->labels, 0xff, 0, NW_NEIGHBOURS_26, &runs, err))
        return false;
    NW_AUTOFREE uint8_t *value = NW_ALLOC(uint8_t, runs.piece_count + 1, err);
    NW_AUTOFREE size_t *count = value ? NW_ALLOC(size_t, runs.piece_count + 1, err) : NULL;
    const double voxel = fabs(nw_grid_voxel_mm3(&t->labels.grid));
    if (count)
        count_dark(&runs, grey, dark, count);
    for (size_t p = 0; count && p < runs.piece_count; p++) {
        const struct nw_piece *c = &runs.piece[p];
        const double n = (double)c->voxels;
        value[p] = !c->at_border && (n * voxel <= max_mm3 || (double)count[p] < DARK_SHARE * n);
        if (value[p])
            nw_leftover_add(t->left, NW_LEFT_CAVITY, c, &t->labels.grid);
    }
    if (count)
        nw_runs_paint(&runs, value, 0, &t->labels);
    nw_runs_release(&runs);
    return count != NULL;
}
