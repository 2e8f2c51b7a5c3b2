/* anatomy/corrected.c -- labels that were given, and a person's corrections of labels. */
#include <string.h>

#include "anatomy/drawn_priv.h"
#include "anatomy/tissue_priv.h"
#include "core/parallel.h"
#include "image/overlap.h"

/* Of parts that are none of the recipe's, in turn. */
static const uint8_t PALETTE[][3] = {{127, 178, 240}, {240, 180, 100}, {150, 205, 130},
                                     {205, 140, 210}, {235, 215, 110}, {110, 200, 195},
                                     {230, 140, 130}, {170, 160, 225}};
enum { COLOURS = sizeof PALETTE / sizeof *PALETTE };

/* Label values as they are used in out; the first that is none, or 0. */
static size_t take_labels(const struct nw_volume *from, struct nw_volume *to, bool *used)
{
    const size_t count = nw_grid_count(&to->grid);
    size_t bad = 0;
    for (size_t v = 0; v < count && !bad; v++) {
        const double value = nw_volume_value(from, v);
        if (!(value >= 0 && value < NW_EDIT_LABELS) || value != floor(value)) {
            bad = v + 1;
        } else {
            to->u8[v] = (uint8_t)value;
            used[to->u8[v]] = true;
        }
    }
    return bad;
}

bool nw_labels_check(const struct nw_volume *labels, const struct nw_grid *scan,
                     struct nw_err *err)
{
    if (!nw_grid_is_same(&labels->grid, scan))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the labels lie on other voxels than the scan: %zu x %zu x %zu and "
                       "%zu x %zu x %zu, or another place; they must be of this very scan",
                       labels->grid.dim[0], labels->grid.dim[1], labels->grid.dim[2],
                       scan->dim[0], scan->dim[1], scan->dim[2]);
    return true;
}

static bool begin_with(struct nw_tissues *t, const struct nw_volume *labels, bool *used,
                       struct nw_err *err)
{
    const size_t bad = take_labels(labels, &t->labels, used);
    if (bad)
        return nw_fail(
            err, NW_ERR_ARGUMENT,
            "a voxel of the labels has the value %.6g; labels are whole numbers from "
            "0 to %d",
            nw_volume_value(labels, bad - 1), NW_EDIT_LABELS - 1);
    memset(t->left, 0, sizeof t->left); /* what the recipe left out is not what these lack */
    return true;
}

void nw_part_colour(const struct nw_tissues *t, size_t label, uint8_t rgba[4])
{
    memcpy(rgba, t->tissue[label <= t->count ? label - 1 : 0].rgba, 4);
    if (label > t->count)
        memcpy(rgba, PALETTE[(label - 1) % COLOURS], 3);
}

/* A part that the recipe knows nothing of is cut as its first. */
static void add_tissue(struct nw_tissues *t, size_t label, const char *name)
{
    struct nw_tissue *to = &t->tissue[label - 1];
    if (label > t->count) {
        *to = t->tissue[0];
        nw_part_colour(t, label, to->rgba);
    }
    to->name = name;
}

static bool name_labels(struct nw_tissues *t, const bool *used, struct nw_edit_names *names,
                        struct nw_arena *arena, struct nw_err *err)
{
    *names = (struct nw_edit_names){.name = {""}};
    for (size_t v = 1; v < NW_EDIT_LABELS; v++) {
        if (v <= t->count)
            names->name[v] = t->tissue[v - 1].name;
        else if (used[v])
            names->name[v] = nw_arena_printf(arena, err, "%s-%zu", t->tissue[0].name, v);
        if (used[v] && !names->name[v])
            return false;
    }
    return true;
}

static bool apply(struct nw_tissues *t, const struct nw_volume *scan,
                  const struct nw_edits *edits, struct nw_edit_names *names,
                  struct nw_reconstruction *out, struct nw_err *err)
{
    nw_stage("执行修正步骤", "doing the corrections");
    static const size_t first[3] = {0, 0, 0};
    const size_t count = nw_edits_count(edits);
    out->edited = nw_arena_alloc(&out->arena, (count + 1) * sizeof *out->edited, err);
    struct nw_volume before = {0};
    if (!out->edited || !nw_volume_init_unset(&before, NW_VOXEL_U8, &t->labels.grid, err))
        return false;
    memcpy(before.u8, t->labels.u8, nw_grid_count(&before.grid));
    const bool ok =
        nw_edits_apply(edits, scan, &t->labels, names, out->edited, err) &&
        nw_drawn_changed(&before, &t->labels, first, t->labels.grid.dim, &t->changed, err);
    nw_volume_release(&before);
    out->edited_count = ok ? count : 0;
    return ok;
}

bool nw_tissues_correct(struct nw_tissues *t, const struct nw_volume *scan,
                        const struct nw_reconstruct_opts *opts, struct nw_reconstruction *out,
                        struct nw_err *err)
{
    bool used[NW_EDIT_LABELS] = {0};
    struct nw_edit_names names;
    if (!opts->labels && !opts->edits)
        return true;
    if ((opts->labels && !begin_with(t, opts->labels, used, err)) ||
        !name_labels(t, used, &names, &out->arena, err) ||
        (opts->edits && nw_edits_count(opts->edits) > 0 &&
         !apply(t, scan, opts->edits, &names, out, err)))
        return false;
    size_t last = t->count;
    for (size_t v = 1; v < NW_EDIT_LABELS; v++) {
        if (names.name[v] || v <= t->count)
            add_tissue(t, v, names.name[v]);
        if (names.name[v] && v > last)
            last = v;
    }
    for (size_t v = t->count + 1; v <= last; v++)
        if (!names.name[v])
            t->tissue[v - 1].name = NULL;
    t->count = last;
    return true;
}
