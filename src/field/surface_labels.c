/* field/surface_labels.c -- each label's surface, by itself in its own box, with vertices at
 * places that all labels of a cell agree on. */
#include <string.h>

#include "field/surface_priv.h"

/* Of one label's voxels; empty when lo > hi. */
struct bounds {
    uint16_t lo[3], hi[3];
};

static void widen(struct bounds *b, size_t first, size_t last, size_t j, size_t k)
{
    const uint16_t lo[3] = {(uint16_t)first, (uint16_t)j, (uint16_t)k};
    const uint16_t hi[3] = {(uint16_t)last, (uint16_t)j, (uint16_t)k};
    for (int a = 0; a < 3; a++) {
        b->lo[a] = lo[a] < b->lo[a] ? lo[a] : b->lo[a];
        b->hi[a] = hi[a] > b->hi[a] ? hi[a] : b->hi[a];
    }
}

static unsigned label_of(const struct nw_volume *v, size_t at)
{
    return v->type == NW_VOXEL_U8 ? v->u8[at] : v->u16[at];
}

/* Run by run: labels change seldom along a row. */
static void find_bounds(const struct nw_volume *v, size_t label_count, struct bounds *bounds)
{
    for (size_t n = 0; n < label_count; n++)
        bounds[n] = (struct bounds){{UINT16_MAX, UINT16_MAX, UINT16_MAX}, {0, 0, 0}};
    const size_t *dim = v->grid.dim;
    for (size_t k = 0; k < dim[2]; k++)
        for (size_t j = 0; j < dim[1]; j++) {
            const size_t row = nw_grid_at(&v->grid, 0, j, k);
            for (size_t i = 0, end; i < dim[0]; i = end) {
                const unsigned label = label_of(v, row + i);
                for (end = i + 1; end < dim[0] && label_of(v, row + end) == label;)
                    end++;
                if (label > 0 && label <= label_count)
                    widen(&bounds[label - 1], i, end - 1, j, k);
            }
        }
}

static bool extract_label(const struct nw_volume *v, size_t label, const struct bounds *b,
                          struct nw_mesh *out, struct nw_err *err)
{
    if (b->lo[0] > b->hi[0])
        return nw_mesh_init(out, 0, 0, err);
    struct work w = {.src = {.kind = SOURCE_LABELS,
                             .grid = v->grid,
                             .data = v->data,
                             .voxel = v->type,
                             .label = (uint16_t)label}};
    for (int a = 0; a < 3; a++) {
        w.src.lo[a] = b->lo[a];
        w.src.dim[a] = (size_t)(b->hi[a] - b->lo[a]) + 1;
    }
    return nw_work_extract(&w, out, err);
}

bool nw_surface_of_labels(const struct nw_volume *labels, size_t label_count,
                          struct nw_mesh *out, struct nw_err *err)
{
    if (!nw_grid_check(&labels->grid, err))
        return false;
    if (labels->type != NW_VOXEL_U8 && labels->type != NW_VOXEL_U16)
        return nw_fail(err, NW_ERR_ARGUMENT, "labels must be voxels of uint8 or uint16");
    const size_t most = labels->type == NW_VOXEL_U8 ? UINT8_MAX : UINT16_MAX;
    if (label_count > most)
        return nw_fail(err, NW_ERR_ARGUMENT, "%zu labels do not fit voxels that count to %zu",
                       label_count, most);
    NW_AUTOFREE struct bounds *bounds = NW_ALLOC_UNSET(struct bounds, label_count, err);
    NW_AUTOFREE struct nw_mesh *mesh = NULL;
    if (bounds)
        mesh = NW_ALLOC(struct nw_mesh, label_count, err);
    if (!mesh)
        return false;
    find_bounds(labels, label_count, bounds);
    bool ok = true;
    for (size_t n = 0; ok && n < label_count; n++)
        ok = extract_label(labels, n + 1, &bounds[n], &mesh[n], err);
    for (size_t n = 0; n < label_count; n++) {
        if (ok)
            out[n] = mesh[n];
        else
            nw_mesh_release(&mesh[n]);
    }
    return ok;
}
