/*
 * image/edit_split.c -- a part is split at its necks: each seed floods from where the part is
 * thick to where it is thin, and pieces meet where two floods do (seeded watershed of the
 * distance to the part's outside, after Beucher and Meyer 1993, with a queue for each depth).
 */
#include <string.h>

#include "core/parallel.h"
#include "image/distance.h"
#include "image/edit_priv.h"
#include "image/runs.h"

enum { DEPTHS = 256 };
static const uint32_t NOBODY = UINT32_MAX;

/* First in, first out, at each depth; a voxel is in one queue at most, once. */
struct queues {
    uint32_t head[DEPTHS], tail[DEPTHS];
    uint32_t *next;
};

static void push(struct queues *q, int depth, uint32_t v)
{
    q->next[v] = NOBODY;
    if (q->head[depth] == NOBODY)
        q->head[depth] = v;
    else
        q->next[q->tail[depth]] = v;
    q->tail[depth] = v;
}

static uint32_t pop(struct queues *q, int depth)
{
    const uint32_t v = q->head[depth];
    q->head[depth] = q->next[v];
    return v;
}

/* The part in its box: piece[] 0 is nobody's yet, 255 is not of the part; else seed + 1. */
struct flood {
    size_t dim[3];
    uint8_t *piece, *depth;
    struct queues queue;
};

static void visit(struct flood *f, uint32_t from, size_t to, int depth)
{
    if (f->piece[to] != 0)
        return;
    f->piece[to] = f->piece[from];
    push(&f->queue, f->depth[to] < depth ? f->depth[to] : depth, (uint32_t)to);
}

static void spread(struct flood *f, uint32_t v, int depth)
{
    const size_t nx = f->dim[0], slice = nx * f->dim[1];
    const size_t i = v % nx, j = v / nx % f->dim[1], k = v / slice;
    if (i > 0)
        visit(f, v, v - 1u, depth);
    if (i + 1 < nx)
        visit(f, v, v + 1u, depth);
    if (j > 0)
        visit(f, v, v - nx, depth);
    if (j + 1 < f->dim[1])
        visit(f, v, v + nx, depth);
    if (k > 0)
        visit(f, v, v - slice, depth);
    if (k + 1 < f->dim[2])
        visit(f, v, v + slice, depth);
}

/* From the thickest down. */
static void run_flood(struct flood *f)
{
    for (int depth = DEPTHS - 1; depth >= 0; depth--)
        while (f->queue.head[depth] != NOBODY)
            spread(f, pop(&f->queue, depth), depth);
}

/* Depth in steps of half the smallest spacing: necks are told apart to that. */
static bool take_depths(struct flood *f, const struct nw_edit_mask *m,
                        const struct nw_grid *grid, struct nw_err *err)
{
    const struct nw_volume box = nw_edit_mask_volume(m, grid);
    const size_t count = nw_grid_count(&box.grid);
    NW_AUTOFREE float *d2 = NW_ALLOC_UNSET(float, count, err);
    f->depth = d2 ? NW_ALLOC(uint8_t, count, err) : NULL;
    if (!f->depth || !nw_distance2(&box, 1, true, d2, err))
        return false;
    const nw_vec3 h = nw_grid_spacing(grid);
    const double step = 0.5 * fmin(h.x, fmin(h.y, h.z));
    const size_t slice = f->dim[0] * f->dim[1];
    NW_PARALLEL_FOR
    for (size_t k = 0; k < f->dim[2]; k++)
        for (size_t v = slice * k; v < slice * (k + 1); v++) {
            const double depth = sqrt((double)d2[v]) / step;
            f->depth[v] = (uint8_t)(depth < DEPTHS - 1 ? depth : DEPTHS - 1);
            f->piece[v] = box.u8[v] ? 0 : 255;
        }
    return true;
}

/* The part around the seeds: the box of the pieces that hold them, a voxel wider. */
static bool take_box(const struct nw_editing *e, const struct nw_edit_step *s,
                     const struct nw_runs *runs, uint8_t part, struct nw_edit_mask *m,
                     struct nw_err *err)
{
    const size_t *d = e->labels->grid.dim;
    bool any = false;
    for (size_t n = 0; n < s->point_count; n++) {
        size_t p[3];
        if (!nw_edit_voxel_of(e, s, "seeds_mm", n, p, err))
            return false;
        if (e->labels->u8[nw_grid_at(&e->labels->grid, p[0], p[1], p[2])] != part)
            return nw_json_fail(nw_edit_item(s, "seeds_mm", n), err,
                                "nothing of the part is there");
        const size_t row = p[1] + d[1] * p[2];
        for (size_t r = runs->row[row]; r < runs->row[row + 1]; r++) {
            if (p[0] < runs->run[r].lo || p[0] >= runs->run[r].hi)
                continue;
            const struct nw_piece *piece = &runs->piece[runs->run[r].piece];
            for (int a = 0; a < 3; a++) {
                const size_t lo = piece->lo[a] > 0 ? piece->lo[a] - 1 : 0;
                const size_t hi = piece->hi[a] < d[a] ? piece->hi[a] + 1 : d[a];
                m->lo[a] = !any || lo < m->lo[a] ? lo : m->lo[a];
                m->hi[a] = !any || hi > m->hi[a] ? hi : m->hi[a];
            }
            any = true;
        }
    }
    return true;
}

static void copy_part(const struct nw_editing *e, uint8_t part, const struct nw_edit_mask *m)
{
    const size_t len = m->hi[0] - m->lo[0];
    NW_PARALLEL_FOR
    for (size_t k = m->lo[2]; k < m->hi[2]; k++)
        for (size_t j = m->lo[1]; j < m->hi[1]; j++) {
            uint8_t *row = m->v + nw_edit_mask_row(m, j, k);
            const uint8_t *label = e->labels->u8 + nw_grid_at(&e->labels->grid, m->lo[0], j, k);
            for (size_t i = 0; i < len; i++)
                row[i] = label[i] == part;
        }
}

static bool sow(const struct nw_editing *e, const struct nw_edit_step *s,
                const struct nw_edit_mask *m, struct flood *f, struct nw_err *err)
{
    for (size_t n = 0; n < s->point_count; n++) {
        size_t p[3];
        if (!nw_edit_voxel_of(e, s, "seeds_mm", n, p, err))
            return false;
        const size_t v = nw_edit_mask_row(m, p[1], p[2]) + p[0] - m->lo[0];
        if (f->piece[v] != 0)
            return nw_json_fail(nw_edit_item(s, "seeds_mm", n), err,
                                "another seed is in the same voxel");
        f->piece[v] = (uint8_t)(n + 1);
        push(&f->queue, f->depth[v], (uint32_t)v);
    }
    return true;
}

/* Gives each seed's piece its part: the first keeps the old one. */
static bool name_pieces(struct nw_editing *e, const struct nw_edit_step *s, uint8_t part,
                        const struct flood *f, const struct nw_edit_mask *m, struct nw_err *err)
{
    uint8_t made[NW_EDIT_LABELS + 1] = {0, part};
    for (size_t n = 1; n < s->point_count; n++) {
        made[n + 1] = nw_edit_new_part(e, s, s->word_count ? s->word[n - 1] : NULL, part, err);
        if (!made[n + 1])
            return false;
    }
    /* one change a piece: the map tells values apart, not places */
    const size_t count = (m->hi[0] - m->lo[0]) * (m->hi[1] - m->lo[1]) * (m->hi[2] - m->lo[2]);
    for (size_t n = 1; n < s->point_count; n++) {
        struct nw_edit_map map = nw_edit_map_same();
        map.to[0][part] = made[n + 1];
        NW_PARALLEL_FOR
        for (size_t v = 0; v < count; v++)
            m->v[v] = f->piece[v] == n + 1;
        if (!nw_edit_change(e, m, &map, err))
            return false;
    }
    return true;
}

static bool split_in(struct nw_editing *e, const struct nw_edit_step *s, uint8_t part,
                     struct nw_edit_mask *m, struct flood *f, struct nw_err *err)
{
    for (int a = 0; a < 3; a++)
        f->dim[a] = m->hi[a] - m->lo[a];
    const size_t count = f->dim[0] * f->dim[1] * f->dim[2];
    if (count >= UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the part is too large to split: 2^32 voxels");
    if (!nw_edit_mask_init(m, err))
        return false;
    f->piece = NW_ALLOC_UNSET(uint8_t, count, err);
    f->queue.next = f->piece ? NW_ALLOC_UNSET(uint32_t, count, err) : NULL;
    memset(f->queue.head, 0xff, sizeof f->queue.head);
    if (!f->queue.next)
        return false;
    copy_part(e, part, m);
    if (!take_depths(f, m, &e->labels->grid, err) || !sow(e, s, m, f, err))
        return false;
    run_flood(f);
    return name_pieces(e, s, part, f, m, err);
}

bool nw_edit_split(struct nw_editing *e, const struct nw_edit_step *s, struct nw_err *err)
{
    const uint8_t part = nw_edit_part(e, s, "part", s->part, err);
    struct nw_runs runs = {0};
    struct nw_edit_mask m = {0};
    if (!part || !nw_runs_find(e->labels, 0xff, part, NW_NEIGHBOURS_6, &runs, err))
        return false;
    const bool boxed = take_box(e, s, &runs, part, &m, err);
    nw_runs_release(&runs);
    if (!boxed)
        return false;
    struct flood f = {0};
    const bool ok = split_in(e, s, part, &m, &f, err);
    nw_free(f.piece);
    nw_free(f.depth);
    nw_free(f.queue.next);
    nw_edit_mask_release(&m);
    return ok;
}
