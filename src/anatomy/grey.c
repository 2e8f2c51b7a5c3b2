/* anatomy/grey.c -- see grey_priv.h. */
#include "anatomy/grey_priv.h"

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
