/* print/layers_labels.c -- layers straight from a label volume: a material for each droplet;
 * see layers.h. Between voxels the label with the largest trilinear share counts, so that the
 * border runs smoothly and not by voxels. */
#include "print/layers_priv.h"

#include <string.h>

struct labelled {
    size_t lo[2], hi[2];
    double pixel_mm[2], layer_mm;
    uint8_t *material; /* of each voxel; 0: nothing */
    size_t dim[3];
    nw_affine to_index; /* bed mm to voxel index */
};

static void free_labelled(void *user)
{
    struct labelled *s = user;
    if (s)
        nw_free(s->material);
    nw_free(s);
}

bool nw_labels_box(const struct nw_volume *labels, nw_box *out, struct nw_err *err)
{
    const struct nw_grid *g = &labels->grid;
    size_t lo[3] = {SIZE_MAX, SIZE_MAX, SIZE_MAX}, hi[3] = {0};
    for (size_t k = 0; k < g->dim[2]; k++)
        for (size_t j = 0; j < g->dim[1]; j++)
            for (size_t i = 0; i < g->dim[0]; i++) {
                const double v = nw_volume_value(labels, nw_grid_at(g, i, j, k));
                if (!(v >= 0 && v <= 255 && v == floor(v)))
                    return nw_fail(err, NW_ERR_DATA,
                                   "the volume holds %g, which is no label: labels are whole "
                                   "numbers from 0 to 255",
                                   v);
                const size_t at[3] = {i, j, k};
                for (int a = 0; a < 3 && v > 0; a++) {
                    lo[a] = at[a] < lo[a] ? at[a] : lo[a];
                    hi[a] = at[a] > hi[a] ? at[a] : hi[a];
                }
            }
    if (lo[0] == SIZE_MAX)
        return nw_fail(err, NW_ERR_GEOMETRY, "the volume has no label above 0");
    *out = nw_box_empty();
    for (int c = 0; c < 8; c++) { /* to the borders of the voxels */
        const nw_ijk p = {c & 1 ? (double)hi[0] + 0.5 : (double)lo[0] - 0.5,
                          c & 2 ? (double)hi[1] + 0.5 : (double)lo[1] - 0.5,
                          c & 4 ? (double)hi[2] + 0.5 : (double)lo[2] - 0.5};
        *out = nw_box_with(*out, nw_grid_point(g, p));
    }
    return true;
}

/* Nothing lies beyond the grid. */
static uint8_t voxel(const struct labelled *s, ptrdiff_t i, ptrdiff_t j, ptrdiff_t k)
{
    if (i < 0 || j < 0 || k < 0 || i >= (ptrdiff_t)s->dim[0] || j >= (ptrdiff_t)s->dim[1] ||
        k >= (ptrdiff_t)s->dim[2])
        return 0;
    return s->material[(size_t)i + s->dim[0] * ((size_t)j + s->dim[1] * (size_t)k)];
}

static uint8_t droplet(const struct labelled *s, nw_vec3 p)
{
    if (!(fabs(p.x) < 1e6 && fabs(p.y) < 1e6 && fabs(p.z) < 1e6))
        return 0;
    const nw_vec3 base = nw_v3(floor(p.x), floor(p.y), floor(p.z)), f = nw_sub(p, base);
    const ptrdiff_t i = (ptrdiff_t)base.x, j = (ptrdiff_t)base.y, k = (ptrdiff_t)base.z;
    uint8_t corner[8];
    bool same = true;
    for (int c = 0; c < 8; c++) {
        corner[c] = voxel(s, i + (c & 1), j + (c >> 1 & 1), k + (c >> 2));
        same = same && corner[c] == corner[0];
    }
    if (same)
        return corner[0];
    double best = -1;
    uint8_t winner = 0;
    for (int c = 0; c < 8; c++) { /* each label's share; ties go to the lower one */
        double share = 0;
        for (int d = 0; d < 8; d++)
            if (corner[d] == corner[c])
                share +=
                    (d & 1 ? f.x : 1 - f.x) * (d & 2 ? f.y : 1 - f.y) * (d & 4 ? f.z : 1 - f.z);
        if (share > best || (!(share < best) && corner[c] < winner)) {
            best = share;
            winner = corner[c];
        }
    }
    return winner;
}

static bool fill_labelled(const void *user, size_t layer, size_t row_lo, size_t row_hi,
                          uint8_t *out, struct nw_err *err)
{
    (void)err;
    const struct labelled *s = user;
    const double z = ((double)layer + 0.5) * s->layer_mm;
    for (size_t j = row_lo; j < row_hi; j++)
        for (size_t i = s->lo[0]; i < s->hi[0]; i++)
            *out++ =
                droplet(s, nw_apply(s->to_index, nw_v3(((double)i + 0.5) * s->pixel_mm[0],
                                                       ((double)j + 0.5) * s->pixel_mm[1], z)));
    return true;
}

bool nw_layers_of_labels(const struct nw_volume *labels, const uint8_t material_of[256],
                         const struct nw_placement *place, const struct nw_machine *machine,
                         const struct nw_raster_opts *opts, struct nw_layers *out,
                         struct nw_err *err)
{
    struct nw_layers layers = {0};
    if (!nw_layers_measure(place, machine, opts, &layers, err))
        return false;
    const size_t count = nw_grid_count(&labels->grid);
    struct labelled *s = NW_ALLOC(struct labelled, 1, err);
    if (s)
        s->material = nw_alloc_unset(count, 1, err);
    if (!s || !s->material) {
        free_labelled(s);
        return false;
    }
    for (size_t n = 0; n < count; n++)
        s->material[n] = material_of[(uint8_t)nw_volume_value(labels, n)];
    memcpy(s->lo, layers.lo, sizeof s->lo);
    memcpy(s->hi, layers.hi, sizeof s->hi);
    memcpy(s->pixel_mm, layers.pixel_mm, sizeof s->pixel_mm);
    memcpy(s->dim, labels->grid.dim, sizeof s->dim);
    s->layer_mm = layers.layer_mm;
    const nw_affine from_index = {nw_grid_matrix(&labels->grid), labels->grid.origin_mm};
    const nw_affine bed_of = {nw_matmul(place->to_bed.linear, from_index.linear),
                              nw_apply(place->to_bed, from_index.shift)};
    s->to_index = nw_affine_inverse(bed_of);
    layers.user = s;
    layers.fill = fill_labelled;
    layers.free_user = free_labelled;
    *out = layers;
    return true;
}
