/* anatomy/region_parts.c -- what parts as a whole become, told by labels alone; see region.h.
 */
#include <string.h>

#include "anatomy/region_priv.h"
#include "core/parallel.h"

void nw_parts_answer_release(struct nw_parts_answer *answer)
{
    nw_volume_release(&answer->became);
    nw_arena_release(&answer->arena);
    *answer = (struct nw_parts_answer){0};
}

/* How many voxels each label has, slice by slice. */
struct counted {
    size_t of[NW_EDIT_LABELS];
};

/* The last label that the recipe gave; its first part may have no voxel. */
static uint8_t last_label(const struct nw_volume *found)
{
    const size_t count = nw_grid_count(&found->grid);
    uint8_t last = 1;
    for (size_t v = 0; v < count; v++)
        last = found->u8[v] > last ? found->u8[v] : last;
    return last;
}

/* Turns labels into what they became; counts them before. */
static void tell_slice(const uint8_t *found, uint8_t *now, size_t count, uint8_t last,
                       struct counted *counted)
{
    for (size_t v = 0; v < count; v++) {
        const uint8_t was = found[v], is = now[v];
        counted->of[is]++;
        if (was == is || (was == 0 && is <= last))
            now[v] = is ? NW_BECAME_AS_SHOWN : NW_BECAME_NOTHING;
        else
            now[v] = is ? (uint8_t)(NW_BECAME_PART + is) : NW_BECAME_REMOVED;
    }
}

static bool tell(const struct nw_volume *found, uint8_t last, struct nw_volume *now,
                 struct counted *sum, struct nw_err *err)
{
    const size_t *dim = now->grid.dim, slice = dim[0] * dim[1];
    NW_AUTOFREE struct counted *part = NW_ALLOC(struct counted, dim[2], err);
    if (!part)
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < dim[2]; k++)
        tell_slice(found->u8 + slice * k, now->u8 + slice * k, slice, last, &part[k]);
    for (size_t k = 0; k < dim[2]; k++)
        for (int v = 0; v < NW_EDIT_LABELS; v++)
            sum->of[v] += part[k].of[v];
    return true;
}

static bool do_steps(const struct nw_region *r, const struct nw_edits *edits,
                     struct nw_edit_names *names, struct nw_parts_answer *out,
                     struct nw_err *err)
{
    nw_stage("执行修正步骤", "doing the corrections");
    const size_t count = nw_edits_count(edits);
    *names = (struct nw_edit_names){.name = {""}};
    for (size_t n = 0; n < r->tissues.count; n++)
        names->name[n + 1] = r->tissues.tissue[n].name;
    out->done = nw_arena_alloc(&out->arena, (count + 1) * sizeof *out->done, err);
    out->done_count = count;
    return out->done && nw_edits_apply(edits, &r->scan, &out->became, names, out->done, err);
}

static bool answer(const struct nw_region *r, const struct nw_edits *edits,
                   struct nw_volume *found, struct nw_parts_answer *out, struct nw_err *err)
{
    struct nw_edit_names names;
    struct counted counted = {0};
    if (!nw_edits_within_greys(edits, &r->scan.grid, r->lo, r->hi, err) ||
        !nw_region_all_labels(r, found, &out->became, err) ||
        !do_steps(r, edits, &names, out, err))
        return false;
    const uint8_t last = last_label(found);
    if (!tell(found, last, &out->became, &counted, err))
        return false;
    for (size_t v = 1; v < NW_EDIT_LABELS; v++) {
        if (!names.name[v])
            continue;
        struct nw_part_now *part = &out->part[out->part_count++];
        *part = (struct nw_part_now){.name = names.name[v],
                                     .label = (uint8_t)v,
                                     .made = v > last,
                                     .voxels = counted.of[v]};
        nw_part_colour(&r->tissues, v, part->rgba);
    }
    return true;
}

bool nw_region_parts(const struct nw_region *region, const struct nw_edits *edits,
                     struct nw_parts_answer *out, struct nw_err *err)
{
    struct nw_volume found = {0};
    *out = (struct nw_parts_answer){0};
    const bool ok = answer(region, edits, &found, out, err);
    nw_volume_release(&found);
    if (!ok)
        nw_parts_answer_release(out);
    return ok;
}
