/* core/volume.c -- see volume.h. */
#include "core/volume.h"

#include <string.h>

static const double STEP_MIN_MM = 1e-4, STEP_MAX_MM = 1e4;
static const double REACH_MM = 1e6; /* an origin further out is a mistake of units */

bool nw_grid_check(const struct nw_grid *grid, struct nw_err *err)
{
    uint64_t count = 1;
    for (int a = 0; a < 3; a++) {
        const size_t n = grid->dim[a];
        if (n < 1 || n > 65535)
            return nw_fail(err, NW_ERR_DATA,
                           "the grid has %zu voxels along axis %d; 1 to 65535 are possible", n,
                           a + 1);
        count *= n;
        const double step = fabs(nw_length(grid->step_mm[a])); /* no sign of NaN */
        if (!(step >= STEP_MIN_MM && step <= STEP_MAX_MM))
            return nw_fail(err, NW_ERR_DATA,
                           "the voxel spacing along axis %d is %g mm; 0.0001 to 10000 mm are "
                           "possible",
                           a + 1, step);
    }
    if (count > (uint64_t)1 << 40)
        return nw_fail(err, NW_ERR_LIMIT, "the grid has more than 2^40 voxels");
    const nw_vec3 o = grid->origin_mm;
    if (!(fabs(o.x) <= REACH_MM && fabs(o.y) <= REACH_MM && fabs(o.z) <= REACH_MM))
        return nw_fail(err, NW_ERR_DATA, "the grid's origin is not within 1 km");
    const nw_vec3 s = nw_grid_spacing(grid);
    if (!(fabs(nw_grid_voxel_mm3(grid)) > 1e-3 * s.x * s.y * s.z))
        return nw_fail(err, NW_ERR_DATA, "the grid's axes do not span space");
    return true;
}

static bool set_up(struct nw_volume *out, enum nw_voxel type, const struct nw_grid *grid,
                   bool zeroed, struct nw_err *err)
{
    if (!nw_grid_check(grid, err))
        return false;
    const size_t count = nw_grid_count(grid), size = nw_voxel_bytes(type);
    void *data = zeroed ? nw_alloc(count, size, err) : nw_alloc_unset(count, size, err);
    if (!data)
        return false;
    *out = (struct nw_volume){.type = type, .grid = *grid, {.data = data}};
    return true;
}

bool nw_volume_init(struct nw_volume *out, enum nw_voxel type, const struct nw_grid *grid,
                    struct nw_err *err)
{
    return set_up(out, type, grid, true, err);
}

bool nw_volume_init_unset(struct nw_volume *out, enum nw_voxel type, const struct nw_grid *grid,
                          struct nw_err *err)
{
    return set_up(out, type, grid, false, err);
}

void nw_volume_release(struct nw_volume *vol)
{
    nw_free(vol->data);
    *vol = (struct nw_volume){0};
}

static size_t cell(double at, size_t dim, double *frac)
{
    const double last = (double)dim - 1;
    const double x = at > 0 ? (at < last ? at : last) : 0; /* NaN goes to 0 */
    size_t i = (size_t)x;
    if (i + 1 >= dim)
        i = dim > 1 ? dim - 2 : 0;
    *frac = x - (double)i;
    return i;
}

double nw_volume_sample(const struct nw_volume *vol, nw_ijk at)
{
    const struct nw_grid *g = &vol->grid;
    double f, u, v;
    const size_t i = cell(at.i, g->dim[0], &f), j = cell(at.j, g->dim[1], &u),
                 k = cell(at.k, g->dim[2], &v);
    const size_t di = g->dim[0] > 1, dj = g->dim[1] > 1 ? g->dim[0] : 0,
                 dk = g->dim[2] > 1 ? g->dim[0] * g->dim[1] : 0;
    const size_t o = nw_grid_at(g, i, j, k);
    double c[8];
    for (size_t n = 0; n < 8; n++)
        c[n] = nw_volume_value(vol, o + (n & 1 ? di : 0) + (n & 2 ? dj : 0) + (n & 4 ? dk : 0));
    for (size_t n = 0; n < 8; n += 2)
        c[n] += f * (c[n + 1] - c[n]);
    c[0] += u * (c[2] - c[0]);
    c[4] += u * (c[6] - c[4]);
    return c[0] + v * (c[4] - c[0]);
}

bool nw_volume_is_equal(const struct nw_volume *a, const struct nw_volume *b)
{
    return a->type == b->type && memcmp(a->grid.dim, b->grid.dim, sizeof a->grid.dim) == 0 &&
           memcmp(&a->grid.origin_mm, &b->grid.origin_mm, sizeof a->grid.origin_mm) == 0 &&
           memcmp(a->grid.step_mm, b->grid.step_mm, sizeof a->grid.step_mm) == 0 &&
           memcmp(a->data, b->data, nw_grid_count(&a->grid) * nw_voxel_bytes(a->type)) == 0;
}
