/* report/middle.c -- the middle slice of a scan, small, to tell series apart. See picture.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/picture.h"

enum { SAMPLES = 1 << 16 };
static const double LOW_SHARE = 0.01, HIGH_SHARE = 0.995; /* of the slice's values */

/* The plane that its slices lie nearest to. */
static enum nw_plane plane_of(const struct nw_grid *g)
{
    const nw_vec3 n = g->step_mm[2];
    if (fabs(n.z) >= fabs(n.x) && fabs(n.z) >= fabs(n.y))
        return NW_PLANE_AXIAL;
    return fabs(n.y) >= fabs(n.x) ? NW_PLANE_CORONAL : NW_PLANE_SAGITTAL;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nearly all of the slice's own values: for numbers that have no unit. */
static bool own_window(const struct nw_volume *vol, struct nw_slice_opts *opts,
                       struct nw_err *err)
{
    const struct nw_grid *g = &vol->grid;
    const size_t sheet = g->dim[0] * g->dim[1], first = nw_grid_at(g, 0, 0, g->dim[2] / 2);
    const size_t stride = sheet / SAMPLES + 1;
    NW_AUTOFREE double *value = NW_ALLOC_UNSET(double, sheet / stride + 1, err);
    size_t n = 0;
    if (!value)
        return false;
    for (size_t i = 0; i < sheet; i += stride) {
        const double v = nw_volume_value(vol, first + i);
        if (isfinite(v))
            value[n++] = v;
    }
    qsort(value, n, sizeof *value, by_value);
    const double low = n ? value[(size_t)(LOW_SHARE * (double)(n - 1))] : 0;
    const double high = n ? value[(size_t)(HIGH_SHARE * (double)(n - 1))] : 0;
    opts->window_centre = (low + high) / 2;
    opts->window_width = high > low ? high - low : 1;
    return true;
}

bool nw_picture_of_middle(const struct nw_volume *vol, bool is_hu, size_t size,
                          struct nw_picture *out, struct nw_err *err)
{
    const struct nw_grid *g = &vol->grid;
    const struct nw_model nothing = {0};
    struct nw_slice_opts opts = {.plane = plane_of(g), .width = size, .height = size};
    opts.through_mm = g->origin_mm;
    for (int a = 0; a < 3; a++)
        opts.through_mm = nw_along(opts.through_mm, g->step_mm[a], (double)(g->dim[a] / 2));
    return (is_hu || own_window(vol, &opts, err)) &&
           nw_picture_of_slice(vol, &nothing, &opts, out, err);
}
