/* field/surface.c -- see surface.h; the parts are described in surface_priv.h. */
#include "field/surface.h"

#include <string.h>

#include "core/parallel.h"
#include "field/surface_priv.h"

/* How near to a cell's side a vertex may come, in cells: on noisy voxels enough to keep
 * triangles from being slivers. */
static const float VOXEL_MARGIN = 1.0F / 128;

/* Where edges are kept, only as much as keeps triangles from touching, also when a file rounds
 * places to floats: half a metre from the origin that is 3e-5 mm. */
static float sharp_margin(const struct nw_grid *grid)
{
    const nw_box box = nw_grid_box(grid);
    const double at[6] = {box.min.x, box.min.y, box.min.z, box.max.x, box.max.y, box.max.z};
    double far = 0, cell = HUGE_VAL;
    for (int n = 0; n < 6; n++)
        far = fmax(far, fabs(at[n]));
    for (int a = 0; a < 3; a++)
        cell = fmin(cell, nw_length(grid->step_mm[a]));
    const double rounding = far / 8388608; /* 2^-23 */
    return (float)fmin(fmax(1e-6, 4 * rounding / cell), 1.0 / 128);
}

static void release_work(struct work *w)
{
    const struct source *s = &w->src;
    for (size_t n = 0; s->brick && n < s->brick_dim[0] * s->brick_dim[1] * s->brick_dim[2]; n++)
        nw_free(s->brick[n]);
    nw_free(s->brick);
    nw_free(w->signs);
    nw_free(w->row_cell);
    nw_free(w->row_edge);
    nw_free(w->cell);
    nw_free(w->at);
    nw_free(w->codes);
    nw_free(w->first_edge);
    nw_free(w->hit);
    nw_free(w->extra);
    nw_free(w->first_extra);
    for (size_t n = 0; w->slab && n < w->slab_count; n++) {
        nw_free(w->slab[n].cell);
        nw_free(w->slab[n].extra);
        nw_free(w->slab[n].fan);
    }
    nw_free(w->slab);
    nw_mesh_release(&w->mesh);
}

static bool make_slabs(struct work *w, struct nw_err *err)
{
    const size_t layers = w->dim[2] - 1;
    w->slab_count = (layers + SLAB_LAYERS - 1) / SLAB_LAYERS;
    w->slab = NW_ALLOC(struct slab, w->slab_count, err);
    if (!w->slab)
        return false;
    for (size_t n = 0; n < w->slab_count; n++) {
        const size_t end = (n + 1) * SLAB_LAYERS < layers ? (n + 1) * SLAB_LAYERS : layers;
        w->slab[n].first_row = n * SLAB_LAYERS * (w->dim[1] - 1);
        w->slab[n].end_row = end * (w->dim[1] - 1);
    }
    return true;
}

static bool run(struct work *w, struct nw_err *err)
{
    if (!make_slabs(w, err) || !nw_work_sign(w, err) || !nw_work_list_cells(w, err))
        return false;
    nw_free(w->signs);
    w->signs = NULL;
    if (!nw_mesh_init(&w->mesh, w->cell_count, 2 * w->edge_count, err))
        return false;
    w->at = nw_alloc_unset(w->cell_count, sizeof *w->at, err);
    if (!w->at)
        return false;
    const bool sharp = w->src.kind == SOURCE_BRICKS && w->src.lattice->gradient;
    return (!sharp || nw_work_find_hits(w, err)) && nw_work_place_cells(w, err) &&
           nw_work_number_extras(w, err) && nw_work_place_extras(w, err) &&
           nw_work_make_quads(w, err);
}

bool nw_work_extract(struct work *w, struct nw_mesh *out, struct nw_err *err)
{
    for (int a = 0; a < 3; a++)
        w->dim[a] = w->src.dim[a] + 2;
    w->words = (w->dim[0] + 63) / 64;
    w->rows = (w->dim[1] - 1) * (w->dim[2] - 1);
    w->flip = nw_grid_voxel_mm3(&w->src.grid) < 0;
    const bool ok = run(w, err);
    if (ok) {
        *out = w->mesh;
        w->mesh = (struct nw_mesh){0};
    }
    release_work(w);
    return ok;
}

bool nw_surface_extract(const struct nw_lattice *lattice, struct nw_mesh *out,
                        struct nw_err *err)
{
    if (!nw_grid_check(&lattice->grid, err))
        return false;
    struct work w = {.src = {.kind = SOURCE_BRICKS, .grid = lattice->grid, .lattice = lattice}};
    memcpy(w.src.dim, lattice->grid.dim, sizeof w.src.dim);
    w.src.margin = lattice->gradient ? sharp_margin(&lattice->grid) : VOXEL_MARGIN;
    return nw_work_extract(&w, out, err);
}

bool nw_surface_of_level(const struct nw_volume *vol, double level, struct nw_mesh *out,
                         struct nw_err *err)
{
    if (!nw_grid_check(&vol->grid, err))
        return false;
    if (!isfinite(level))
        return nw_fail(err, NW_ERR_ARGUMENT, "the level of a surface must be a finite number");
    struct work w = {.src = {.grid = vol->grid, .data = vol->data, .margin = VOXEL_MARGIN}};
    memcpy(w.src.dim, vol->grid.dim, sizeof w.src.dim);
    switch (vol->type) {
    case NW_VOXEL_I16:
        w.src.kind = SOURCE_I16;
        break;
    case NW_VOXEL_U8:
        w.src.kind = SOURCE_U8;
        break;
    case NW_VOXEL_U16:
        w.src.kind = SOURCE_U16;
        break;
    case NW_VOXEL_F32:
        w.src.kind = SOURCE_F32;
        break;
    }
    w.src.level = (float)level;
    if ((double)w.src.level < level) /* the least float that is inside */
        w.src.level = nextafterf(w.src.level, HUGE_VALF);
    return nw_work_extract(&w, out, err);
}
