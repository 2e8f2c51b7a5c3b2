/* anatomy/skin.c -- the skin: body against air, with all that is deep inside closed. */
#include "anatomy/tissue_priv.h"

#include "core/parallel.h"
#include "image/distance.h"

static const double SKIN_HU = -500, DEEP_MM = 9;

/* Table cells outside the core are no body; cells deep inside it are, air or not. */
static void use_body(const struct nw_body *b, uint8_t deep, struct nw_volume *labels)
{
    const size_t *d = labels->grid.dim;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < d[2]; k++)
        for (size_t j = 0; j < d[1]; j++)
            for (size_t i = 0; i < d[0]; i++) {
                const uint8_t cell = nw_body_at(b, i, j, k);
                uint8_t *v = &labels->u8[nw_grid_at(&labels->grid, i, j, k)];
                if (cell & deep)
                    *v = 1;
                else if ((cell & NW_BODY_TABLE) && !(cell & NW_BODY_CORE))
                    *v = 0;
            }
}

static bool find(const struct nw_tissue_input *in, struct nw_body *b, struct nw_tissues *out,
                 struct nw_err *err)
{
    enum { DEEP = 64 };
    nw_stage("分离人体和床板", "separating body and table");
    if (!nw_body_find(in->grey, b, err))
        return false;
    nw_stage("标记皮肤", "marking the skin");
    const struct nw_edge edge = nw_edge_range(in->grey, SKIN_HU, 1e9);
    if (!nw_volume_init_unset(&out->labels, NW_VOXEL_U8, &in->grey->grid, err) ||
        !nw_edge_mark(&edge, &out->labels, err))
        return false;
    if (b->found) {
        for (size_t n = 0; n < nw_grid_count(&b->map.grid); n++)
            b->map.u8[n] = (uint8_t)(b->map.u8[n] | (b->map.u8[n] & NW_BODY_HULL ? DEEP : 0));
        if (!nw_shrink_inplace(&b->map, DEEP, DEEP_MM, err))
            return false;
        use_body(b, DEEP, &out->labels);
    }
    if (!nw_drop_small(out, in->min_part_mm3, err) ||
        !nw_fill_cavities(out, in->grey, HUGE_VAL, 0, err))
        return false;
    out->left[NW_LEFT_CAVITY] = (struct nw_leftover){0}; /* of course the inside is filled */
    out->tissue[out->count++] = (struct nw_tissue){.name = "skin",
                                                   .rgba = {224, 180, 150, 255},
                                                   .edge = edge,
                                                   .local = true,
                                                   .plateau_hu = (double)NAN};
    return true;
}

bool nw_skin_find(const struct nw_tissue_input *in, struct nw_tissues *out, struct nw_err *err)
{
    struct nw_body body = {0};
    const bool ok = find(in, &body, out, err);
    nw_body_release(&body);
    return ok;
}

bool nw_range_find(const struct nw_tissue_input *in, struct nw_tissues *out, struct nw_err *err)
{
    nw_stage("标记阈值范围", "marking the range of grey values");
    const struct nw_edge edge = nw_edge_range(in->grey, in->opts->lo_hu, in->opts->hi_hu);
    if (!nw_volume_init_unset(&out->labels, NW_VOXEL_U8, &in->grey->grid, err) ||
        !nw_edge_mark(&edge, &out->labels, err) || !nw_drop_small(out, in->min_part_mm3, err))
        return false;
    out->tissue[out->count++] = (struct nw_tissue){.name = "tissue",
                                                   .rgba = {200, 120, 110, 255},
                                                   .edge = edge,
                                                   .plateau_hu = (double)NAN};
    return true;
}
