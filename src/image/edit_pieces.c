/* image/edit_pieces.c -- steps that go by connected pieces: growing from seeds, and islands. */
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "image/edit_priv.h"
#include "image/runs.h"

/* The piece at a voxel, or SIZE_MAX. */
static size_t piece_at(const struct nw_runs *r, size_t i, size_t j, size_t k)
{
    const size_t row = j + r->dim[1] * k;
    size_t lo = r->row[row], hi = r->row[row + 1];
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (r->run[mid].hi <= i)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < r->row[row + 1] && r->run[lo].lo <= i ? r->run[lo].piece : SIZE_MAX;
}

/* ---- growing ---- */

static bool is_near(const struct nw_edit_step *s, nw_vec3 p)
{
    const double limit2 = s->radius_mm * s->radius_mm;
    for (size_t n = 0; n < s->point_count; n++) {
        const nw_vec3 d = nw_sub(p, s->point[n]);
        if (nw_dot(d, d) <= limit2)
            return true;
    }
    return false;
}

/* 1 where the part may go. What is the part already lets through, whatever its grey value. */
static void mark_candidates(const struct nw_editing *e, const struct nw_edit_step *s,
                            uint8_t part, const struct nw_edit_mask *m)
{
    const struct nw_grid *g = &e->labels->grid;
    NW_PARALLEL_FOR
    for (size_t k = m->lo[2]; k < m->hi[2]; k++)
        for (size_t j = m->lo[1]; j < m->hi[1]; j++) {
            uint8_t *row = m->v + nw_edit_mask_row(m, j, k);
            for (size_t i = m->lo[0]; i < m->hi[0]; i++) {
                const size_t v = nw_grid_at(g, i, j, k);
                const uint8_t label = e->labels->u8[v];
                const double grey = nw_volume_value(e->scan, v);
                const bool open =
                    label == part || (label == 0 && grey >= s->min && grey <= s->max);
                const nw_ijk at = {(double)i, (double)j, (double)k};
                row[i - m->lo[0]] =
                    open && (s->radius_mm <= 0 || is_near(s, nw_grid_point(g, at)));
            }
        }
}

static bool choose_grown(const struct nw_editing *e, const struct nw_edit_step *s,
                         const struct nw_edit_mask *m, const struct nw_runs *runs,
                         uint8_t *value, struct nw_err *err)
{
    for (size_t n = 0; n < s->point_count; n++) {
        size_t p[3];
        if (!nw_edit_voxel_of(e, s, "seeds_mm", n, p, err))
            return false;
        const size_t piece = piece_at(runs, p[0] - m->lo[0], p[1] - m->lo[1], p[2] - m->lo[2]);
        if (piece == SIZE_MAX)
            return nw_json_fail(
                nw_edit_item(s, "seeds_mm", n), err,
                "the grey value there is %.6g, and the range is %.6g to %.6g, "
                "or another part is there",
                nw_volume_value(e->scan, nw_grid_at(&e->scan->grid, p[0], p[1], p[2])), s->min,
                s->max);
        value[piece] = 2;
    }
    return true;
}

static bool grow_in(struct nw_editing *e, const struct nw_edit_step *s, uint8_t part,
                    struct nw_edit_mask *m, struct nw_runs *runs, struct nw_err *err)
{
    mark_candidates(e, s, part, m);
    struct nw_volume box = nw_edit_mask_volume(m, &e->labels->grid);
    if (!nw_runs_find(&box, 0xff, 1, NW_NEIGHBOURS_6, runs, err))
        return false;
    NW_AUTOFREE uint8_t *value = NW_ALLOC(uint8_t, runs->piece_count + 1, err);
    if (!value || !choose_grown(e, s, m, runs, value, err))
        return false;
    nw_runs_paint(runs, value, 1, &box);
    struct nw_edit_map map = nw_edit_map_same();
    map.to[1][0] = part;
    return nw_edit_change(e, m, &map, err);
}

bool nw_edit_grow(struct nw_editing *e, const struct nw_edit_step *s, struct nw_err *err)
{
    const uint8_t part = nw_edit_part(e, s, "part", s->part, err);
    if (!part)
        return false;
    struct nw_edit_mask m = {0};
    struct nw_runs runs = {0};
    size_t p[3];
    for (size_t n = 0; n < s->point_count; n++)
        if (!nw_edit_voxel_of(e, s, "seeds_mm", n, p, err))
            return false;
    for (int a = 0; a < 3; a++)
        m.hi[a] = e->labels->grid.dim[a];
    /* A voxel more, so that each seed's own voxel is in the box. */
    if (s->radius_mm > 0) {
        const nw_vec3 h = nw_grid_spacing(&e->labels->grid);
        const double more = nw_length(h);
        if (!nw_edit_box(e, s->point, s->point_count, s->radius_mm + more, m.lo, m.hi))
            return true;
    }
    const bool ok = nw_edit_mask_init(&m, err) && grow_in(e, s, part, &m, &runs, err);
    nw_runs_release(&runs);
    nw_edit_mask_release(&m);
    return ok;
}

/* ---- islands ---- */

struct sized {
    size_t voxels, piece;
};

/* The largest first; of one size, the first voxel's order. */
static int by_size(const void *x, const void *y)
{
    const struct sized *a = x, *b = y;
    if (a->voxels != b->voxels)
        return a->voxels < b->voxels ? 1 : -1;
    return (a->piece > b->piece) - (a->piece < b->piece);
}

/* Which pieces are meant: list[] in their order, *count of them. */
static bool choose_by_size(const struct nw_editing *e, const struct nw_edit_step *s,
                           const struct nw_runs *runs, struct sized *list, size_t *count)
{
    const double voxel = fabs(nw_grid_voxel_mm3(&e->labels->grid));
    for (size_t p = 0; p < runs->piece_count; p++)
        list[p] = (struct sized){runs->piece[p].voxels, p};
    qsort(list, runs->piece_count, sizeof *list, by_size);
    *count = 0;
    if (s->largest > 0) {
        *count =
            s->largest < (double)runs->piece_count ? (size_t)s->largest : runs->piece_count;
        return true;
    }
    for (size_t p = 0; p < runs->piece_count; p++)
        if ((double)list[p].voxels * voxel < s->below_mm3)
            list[(*count)++] = list[p];
    return true;
}

static bool choose_by_click(const struct nw_editing *e, const struct nw_edit_step *s,
                            const struct nw_runs *runs, struct sized *list, size_t *count,
                            struct nw_err *err)
{
    *count = 0;
    for (size_t n = 0; n < s->point_count; n++) {
        size_t p[3];
        if (!nw_edit_voxel_of(e, s, "at_mm", n, p, err))
            return false;
        const size_t piece = piece_at(runs, p[0], p[1], p[2]);
        if (piece == SIZE_MAX)
            return nw_json_fail(nw_edit_item(s, "at_mm", n), err,
                                "nothing of the part is there");
        bool seen = false;
        for (size_t q = 0; q < *count; q++)
            seen = seen || list[q].piece == piece;
        if (!seen)
            list[(*count)++] = (struct sized){runs->piece[piece].voxels, piece};
    }
    return true;
}

/* Pieces that become parts; of the largest the first stays what it is. */
static bool split_off(struct nw_editing *e, const struct nw_edit_step *s, uint8_t part,
                      const struct sized *list, size_t count, uint8_t *value,
                      struct nw_err *err)
{
    const size_t first = s->point_count ? 0 : 1;
    for (size_t n = first; n < count; n++) {
        const uint8_t made = nw_edit_new_part(e, s, n == first ? s->name : NULL, part, err);
        if (!made)
            return false;
        value[list[n].piece] = made;
    }
    return true;
}

static bool decide(struct nw_editing *e, const struct nw_edit_step *s, uint8_t part,
                   const struct nw_runs *runs, uint8_t *value, struct nw_err *err)
{
    const size_t room = runs->piece_count + s->point_count + 1;
    NW_AUTOFREE struct sized *list = NW_ALLOC(struct sized, room, err);
    size_t count = 0;
    if (!list || !(s->point_count ? choose_by_click(e, s, runs, list, &count, err)
                                  : choose_by_size(e, s, runs, list, &count)))
        return false;
    const int how = (int)s->choice;
    memset(value, how == NW_PIECES_KEEP ? 0 : part, runs->piece_count);
    if (how == NW_PIECES_SPLIT)
        return split_off(e, s, part, list, count, value, err);
    for (size_t n = 0; n < count; n++)
        value[list[n].piece] = how == NW_PIECES_KEEP ? part : 0;
    return true;
}

bool nw_edit_islands(struct nw_editing *e, const struct nw_edit_step *s, struct nw_err *err)
{
    const uint8_t part = nw_edit_part(e, s, "part", s->part, err);
    struct nw_runs runs = {0};
    if (!part || !nw_runs_find(e->labels, 0xff, part, NW_NEIGHBOURS_6, &runs, err))
        return false;
    NW_AUTOFREE uint8_t *value = NW_ALLOC(uint8_t, runs.piece_count + 1, err);
    const bool ok = value && decide(e, s, part, &runs, value, err);
    if (ok) {
        for (size_t p = 0; p < runs.piece_count; p++) {
            e->done->removed += value[p] == 0 ? runs.piece[p].voxels : 0;
            e->done->moved += value[p] != 0 && value[p] != part ? runs.piece[p].voxels : 0;
        }
        nw_runs_paint(&runs, value, part, e->labels);
    }
    nw_runs_release(&runs);
    return ok;
}
