/* anatomy/region.c -- see region.h: a region is cut, and answers. */
#include <string.h>

#include "anatomy/drawn_priv.h"
#include "anatomy/region_priv.h"
#include "core/parallel.h"

/* A surface differs so many voxels from where labels do: the drawing's smoothing, and the
 * profiles' mean over their neighbours. */
enum { GROW = 6 };

void nw_region_free(struct nw_region *r)
{
    if (!r)
        return;
    nw_volume_release(&r->scan);
    nw_volume_release(&r->found);
    nw_volume_release(&r->tissues.labels);
    nw_bits_release(&r->tissues.changed);
    nw_arena_release(&r->arena);
    nw_free(r);
}

const struct nw_grid *nw_region_grid(const struct nw_region *r)
{
    return &r->scan.grid;
}

void nw_piece_answer_release(struct nw_piece_answer *answer)
{
    nw_model_release(&answer->model);
    *answer = (struct nw_piece_answer){0};
}

/* ---- cutting ---- */

static bool place_box(const struct nw_grid *grid, nw_vec3 at_mm, size_t across, size_t lo[3],
                      size_t hi[3], struct nw_err *err)
{
    const struct nw_grid_inverse inv = nw_grid_invert(grid);
    const nw_ijk p = nw_grid_index(&inv, at_mm);
    const double at[3] = {p.i, p.j, p.k};
    const double half = (double)(across / 2 + NW_REGION_RIM);
    for (int a = 0; a < 3; a++) {
        const double last = (double)grid->dim[a];
        if (!(at[a] > -0.5 && at[a] < last - 0.5))
            return nw_fail(err, NW_ERR_ARGUMENT, "the region's middle lies outside the scan");
        lo[a] = (size_t)fmax(floor(at[a] + 0.5) - half, 0);
        hi[a] = (size_t)fmin(floor(at[a] + 0.5) + half, last);
    }
    return true;
}

/* What the recipe finds is kept beside what was made of it: which voxels a person drew goes by
 * both. */
static bool find_both(struct nw_region *r, const struct nw_scan *scan,
                      const struct nw_reconstruct_opts *opts, struct nw_reconstruction *work,
                      struct nw_err *err)
{
    struct nw_reconstruct_opts plain = *opts;
    plain.edits = NULL;
    if (!nw_tissues_find(scan, opts, &r->grey, &r->calibration, &r->tissues, err) ||
        !nw_tissues_correct(&r->tissues, &scan->volume, &plain, work, err) ||
        !nw_volume_init_unset(&r->found, NW_VOXEL_U8, &scan->volume.grid, err))
        return false;
    memcpy(r->found.u8, r->tissues.labels.u8, nw_grid_count(&r->found.grid));
    plain.labels = NULL;
    plain.edits = opts->edits;
    return nw_tissues_correct(&r->tissues, &scan->volume, &plain, work, err);
}

uint8_t *nw_region_cut(const struct nw_scan *scan, const struct nw_reconstruct_opts *opts,
                       nw_vec3 at_mm, size_t across, size_t *len, struct nw_err *err)
{
    if (scan->volume.type != NW_VOXEL_I16) {
        nw_fail(err, NW_ERR_STATE,
                "regions are cut from scans of 16-bit whole numbers; correct this one as a "
                "whole");
        return NULL;
    }
    struct nw_region *r = NW_ALLOC(struct nw_region, 1, err);
    struct nw_reconstruction work = {0};
    uint8_t *bytes = NULL;
    if (r && place_box(&scan->volume.grid, at_mm, across, r->lo, r->hi, err) &&
        find_both(r, scan, opts, &work, err)) {
        r->scan = scan->volume;
        bytes = nw_region_write(r, len, err);
        r->scan = (struct nw_volume){0};
    }
    if (r)
        nw_grey_release(&r->grey);
    nw_reconstruction_release(&work);
    nw_region_free(r);
    return bytes;
}

/* ---- answering ---- */

/* Voxels that may be corrected: all but the rim, which is none where the scan ends. */
static void inner_box(const struct nw_region *r, size_t lo[3], size_t hi[3])
{
    for (int a = 0; a < 3; a++) {
        lo[a] = r->lo[a] ? r->lo[a] + NW_REGION_RIM : 0;
        hi[a] = r->hi[a] < r->scan.grid.dim[a] ? r->hi[a] - NW_REGION_RIM : r->hi[a];
    }
}

static void copy_box(const struct nw_volume *from, const size_t lo[3], const size_t hi[3],
                     struct nw_volume *to)
{
    NW_PARALLEL_FOR
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++) {
            const size_t at = nw_grid_at(&from->grid, lo[0], j, k);
            memcpy(to->u8 + at, from->u8 + at, hi[0] - lo[0]);
        }
}

/* The box of what differs within a region; false when nothing does. */
static bool changed_box(const struct nw_region *r, const struct nw_volume *now, size_t lo[3],
                        size_t hi[3])
{
    bool any = false;
    for (size_t k = r->lo[2]; k < r->hi[2]; k++)
        for (size_t j = r->lo[1]; j < r->hi[1]; j++) {
            const size_t row = nw_grid_at(&now->grid, 0, j, k);
            const uint8_t *a = r->tissues.labels.u8 + row, *b = now->u8 + row;
            if (memcmp(a + r->lo[0], b + r->lo[0], r->hi[0] - r->lo[0]) == 0)
                continue;
            size_t first = r->lo[0], end = r->hi[0];
            while (a[first] == b[first])
                first++;
            while (a[end - 1] == b[end - 1])
                end--;
            const size_t from[3] = {first, j, k}, to[3] = {end, j + 1, k + 1};
            for (int n = 0; n < 3; n++) {
                lo[n] = any && lo[n] < from[n] ? lo[n] : from[n];
                hi[n] = any && hi[n] > to[n] ? hi[n] : to[n];
            }
            any = true;
        }
    return any;
}

/* Grows a box, within another. Was it all within? */
static bool grow_box(size_t by, const size_t in_lo[3], const size_t in_hi[3], size_t lo[3],
                     size_t hi[3])
{
    bool within = true;
    for (int a = 0; a < 3; a++) {
        within = within && lo[a] >= in_lo[a] && hi[a] <= in_hi[a];
        lo[a] = lo[a] > in_lo[a] + by ? lo[a] - by : in_lo[a];
        hi[a] = hi[a] + by < in_hi[a] ? hi[a] + by : in_hi[a];
    }
    return within;
}

/* Drops triangles that have no vertex in the box. */
static bool trim(const struct nw_grid *grid, const size_t lo[3], const size_t hi[3],
                 struct nw_mesh *mesh, struct nw_err *err)
{
    const struct nw_grid_inverse inv = nw_grid_invert(grid);
    NW_AUTOFREE uint8_t *in = NW_ALLOC(uint8_t, mesh->vert_count + 1, err);
    if (!in)
        return false;
    for (size_t v = 0; v < mesh->vert_count; v++) {
        const nw_ijk p = nw_grid_index(&inv, mesh->pos_mm[v]);
        const double at[3] = {p.i + 0.5, p.j + 0.5, p.k + 0.5};
        in[v] = 1;
        for (int a = 0; a < 3; a++)
            in[v] &= at[a] >= (double)lo[a] && at[a] <= (double)hi[a];
    }
    size_t kept = 0;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const uint32_t *tri = mesh->tri[t];
        if (in[tri[0]] || in[tri[1]] || in[tri[2]])
            memmove(mesh->tri[kept++], tri, sizeof mesh->tri[0]);
    }
    mesh->tri_count = kept;
    return nw_mesh_compact(mesh, err);
}

struct answering {
    struct nw_region *region;
    struct nw_volume now, near; /* labels: all of the region, and about the box only */
    struct nw_bits changed;
    size_t near_lo[3], near_hi[3];
    struct nw_piece_answer *out;
};

static bool add_part(struct answering *a, size_t n, struct nw_err *err)
{
    struct nw_region *r = a->region;
    struct nw_tissue *t = &r->tissues.tissue[n];
    const uint8_t part = (uint8_t)(n + 1);
    NW_AUTOFREE uint8_t *block = nw_edge_blocks_in(&a->near, part, a->near_lo, a->near_hi, err);
    struct nw_edge edge = t->edge;
    edge.labels = &a->near;
    edge.part = part;
    edge.block = block;
    struct nw_mesh mesh = {0};
    bool ok = block && nw_tissue_surface(t, &edge, &r->calibration, &a->changed, &mesh, err) &&
              trim(&r->scan.grid, a->out->lo, a->out->hi, &mesh, err);
    if (ok && mesh.tri_count)
        ok = nw_model_add(&a->out->model, t->name, t->rgba, &mesh, err);
    nw_mesh_release(&mesh);
    return ok;
}

static bool do_steps(struct answering *a, const struct nw_edits *edits, struct nw_err *err)
{
    struct nw_region *r = a->region;
    struct nw_piece_answer *out = a->out;
    struct nw_edit_names names = {.name = {""}};
    size_t lo[3], hi[3];
    inner_box(r, lo, hi);
    for (size_t n = 0; n < r->tissues.count; n++)
        names.name[n + 1] = r->tissues.tissue[n].name;
    const size_t count = nw_edits_count(edits);
    out->done = nw_arena_alloc(&out->model.arena, (count + 1) * sizeof *out->done, err);
    if (!out->done || !nw_edits_within(edits, &r->scan.grid, lo, hi, err) ||
        !nw_volume_init(&a->now, NW_VOXEL_U8, &r->scan.grid, err))
        return false;
    copy_box(&r->tissues.labels, r->lo, r->hi, &a->now);
    out->done_count = count;
    return nw_edits_apply(edits, &r->scan, &a->now, &names, out->done, err);
}

static bool answer(struct answering *a, const struct nw_edits *edits, struct nw_err *err)
{
    struct nw_region *r = a->region;
    struct nw_piece_answer *out = a->out;
    size_t lo[3], hi[3];
    nw_stage("执行修正步骤", "doing the corrections");
    if (!do_steps(a, edits, err))
        return false;
    if (!changed_box(r, &a->now, out->lo, out->hi))
        return true;
    inner_box(r, lo, hi);
    out->beyond = !grow_box(GROW, lo, hi, out->lo, out->hi);
    memcpy(a->near_lo, out->lo, sizeof a->near_lo);
    memcpy(a->near_hi, out->hi, sizeof a->near_hi);
    (void)grow_box(NW_REGION_RIM, r->lo, r->hi, a->near_lo, a->near_hi);
    if (!nw_volume_init(&a->near, NW_VOXEL_U8, &r->scan.grid, err) ||
        !nw_drawn_changed(&r->found, &a->now, r->lo, r->hi, &a->changed, err))
        return false;
    copy_box(&a->now, a->near_lo, a->near_hi, &a->near);
    for (size_t n = 0; n < r->tissues.count; n++)
        if (r->tissues.tissue[n].name && !add_part(a, n, err))
            return false;
    return true;
}

bool nw_region_correct(struct nw_region *region, const struct nw_edits *edits,
                       struct nw_piece_answer *out, struct nw_err *err)
{
    *out = (struct nw_piece_answer){0};
    struct answering a = {.region = region, .out = out};
    const bool ok = answer(&a, edits, err);
    nw_volume_release(&a.now);
    nw_volume_release(&a.near);
    nw_bits_release(&a.changed);
    if (!ok)
        nw_piece_answer_release(out);
    return ok;
}
