/* image/edit_reach.c -- how far the steps of a document reach; see nw_edits_within. */
#include "image/edit_priv.h"

/* How far from its places a step changes and asks, mm; false when that is not told by them. */
static bool reach_mm(const struct nw_edit_step *s, const struct nw_grid *g, double *out)
{
    double layer = 0;
    for (int a = 0; a < 3; a++)
        layer = fmax(layer, nw_length(g->step_mm[a]));
    switch (s->kind) {
    case NW_EDIT_PAINT:
    case NW_EDIT_ERASE:
    case NW_EDIT_THRESHOLD:
        *out = s->radius_mm + fmax(s->thickness_mm, layer) / 2;
        return true;
    case NW_EDIT_GROW:
    case NW_EDIT_FILL:
        *out = s->radius_mm + layer;
        return s->radius_mm > 0;
    case NW_EDIT_SCISSORS: /* each voxel by itself, wherever it is */
    case NW_EDIT_ISLANDS:
    case NW_EDIT_SPLIT:
    case NW_EDIT_CUT:
    case NW_EDIT_JOIN:
    case NW_EDIT_KINDS:
        break;
    }
    return false;
}

static bool step_is_within(const struct nw_editing *e, const struct nw_edit_step *s,
                           const size_t lo[3], const size_t hi[3])
{
    double reach;
    size_t from[3], to[3];
    if (s->kind == NW_EDIT_SCISSORS)
        return true;
    if (!reach_mm(s, &e->labels->grid, &reach))
        return false;
    if (!nw_edit_box(e, s->point, s->point_count, reach, from, to))
        return true; /* beside the scan */
    for (int a = 0; a < 3; a++)
        if (from[a] < lo[a] || to[a] > hi[a])
            return false;
    return true;
}

/* Does a step look at grey values? */
static bool looks_at_greys(const struct nw_edit_step *s)
{
    return s->kind == NW_EDIT_THRESHOLD || s->kind == NW_EDIT_GROW;
}

static bool are_within(const struct nw_edits *edits, const struct nw_grid *scan,
                       const size_t lo[3], const size_t hi[3], bool all_labels,
                       struct nw_err *err)
{
    struct nw_volume grid_only = {.type = NW_VOXEL_U8, .grid = *scan};
    const struct nw_editing e = {.labels = &grid_only, .inv = nw_grid_invert(scan)};
    for (size_t n = 0; n < edits->step_count; n++) {
        const struct nw_edit_step *s = &edits->step[n];
        char place[NW_JSON_PLACE];
        if ((all_labels && !looks_at_greys(s)) || step_is_within(&e, s, lo, hi))
            continue;
        nw_json_place(s->at, place);
        return nw_fail(err, NW_ERR_STATE,
                       "%s: this step reaches beyond the region; correct the scan as a whole, "
                       "or cut a region around it",
                       place);
    }
    return true;
}

bool nw_edits_within(const struct nw_edits *edits, const struct nw_grid *scan,
                     const size_t lo[3], const size_t hi[3], struct nw_err *err)
{
    return are_within(edits, scan, lo, hi, false, err);
}

bool nw_edits_within_greys(const struct nw_edits *edits, const struct nw_grid *scan,
                           const size_t lo[3], const size_t hi[3], struct nw_err *err)
{
    return are_within(edits, scan, lo, hi, true, err);
}
