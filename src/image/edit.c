/* image/edit.c -- see edit.h: the steps one after the other, and the brushes. */
#include <stdio.h>
#include <string.h>

#include "core/parallel.h"
#include "image/edit_priv.h"

/* ---- masks and changes ---- */

bool nw_edit_mask_init(struct nw_edit_mask *m, struct nw_err *err)
{
    const size_t count = (m->hi[0] - m->lo[0]) * (m->hi[1] - m->lo[1]) * (m->hi[2] - m->lo[2]);
    m->v = NW_ALLOC(uint8_t, count + 1, err);
    return m->v != NULL;
}

void nw_edit_mask_release(struct nw_edit_mask *m)
{
    nw_free(m->v);
    m->v = NULL;
}

struct nw_volume nw_edit_mask_volume(const struct nw_edit_mask *m, const struct nw_grid *grid)
{
    struct nw_volume v = {.type = NW_VOXEL_U8, .grid = *grid, .u8 = m->v};
    const nw_ijk first = {(double)m->lo[0], (double)m->lo[1], (double)m->lo[2]};
    v.grid.origin_mm = nw_grid_point(grid, first);
    for (int a = 0; a < 3; a++)
        v.grid.dim[a] = m->hi[a] - m->lo[a];
    return v;
}

struct nw_edit_map nw_edit_map_same(void)
{
    struct nw_edit_map map;
    for (int v = 0; v < 256; v++)
        map.to[0][v] = map.to[1][v] = (uint8_t)v;
    return map;
}

static void change_row(const uint8_t *mask, uint8_t *label, size_t len,
                       const struct nw_edit_map *map, struct nw_edit_done *done)
{
    for (size_t i = 0; i < len; i++) {
        if (!mask[i])
            continue;
        const uint8_t old = label[i], now = map->to[mask[i] - 1][old];
        if (now == old)
            continue;
        label[i] = now;
        done->added += old == 0;
        done->removed += now == 0;
        done->moved += old != 0 && now != 0;
    }
}

bool nw_edit_change(struct nw_editing *e, const struct nw_edit_mask *m,
                    const struct nw_edit_map *map, struct nw_err *err)
{
    const size_t len = m->hi[0] - m->lo[0], slices = m->hi[2] - m->lo[2];
    NW_AUTOFREE struct nw_edit_done *part = NW_ALLOC(struct nw_edit_done, slices + 1, err);
    if (!part)
        return false;
    NW_PARALLEL_FOR
    for (size_t s = 0; s < slices; s++)
        for (size_t j = m->lo[1]; j < m->hi[1]; j++)
            change_row(m->v + nw_edit_mask_row(m, j, m->lo[2] + s),
                       e->labels->u8 + nw_grid_at(&e->labels->grid, m->lo[0], j, m->lo[2] + s),
                       len, map, &part[s]);
    for (size_t s = 0; s < slices; s++) {
        e->done->added += part[s].added;
        e->done->removed += part[s].removed;
        e->done->moved += part[s].moved;
    }
    return true;
}

/* ---- parts and places ---- */

const struct nw_json_value *nw_edit_item(const struct nw_edit_step *step, const char *member,
                                         size_t n)
{
    const struct nw_json_value *v = member ? nw_json_member(step->at, member) : NULL;
    if (v && v->kind == NW_JSON_LIST)
        for (const struct nw_json_value *i = v->first; i; i = i->next)
            if (i->index == n)
                return i;
    return v ? v : step->at;
}

uint8_t nw_edit_part(const struct nw_editing *e, const struct nw_edit_step *step,
                     const char *member, const char *name, struct nw_err *err)
{
    for (int v = 1; v < NW_EDIT_LABELS; v++)
        if (e->names->name[v] && (!name || strcmp(e->names->name[v], name) == 0))
            return (uint8_t)v;
    const struct nw_json_value *at = nw_json_member(step->at, member);
    nw_json_fail(at ? at : step->at, err, "no part is named '%.80s' at this step",
                 name ? name : "");
    return 0;
}

static bool is_taken(const struct nw_editing *e, const char *name)
{
    for (int v = 1; v < NW_EDIT_LABELS; v++)
        if (e->names->name[v] && strcmp(e->names->name[v], name) == 0)
            return true;
    return false;
}

/* "bone" gives "bone-2", or the first of its kind that is free. */
static const char *next_name(struct nw_editing *e, uint8_t of, struct nw_err *err)
{
    for (int n = 2;; n++) {
        const char *name = nw_arena_printf(e->arena, err, "%.60s-%d", e->names->name[of], n);
        if (!name || !is_taken(e, name))
            return name;
    }
}

uint8_t nw_edit_new_part(struct nw_editing *e, const struct nw_edit_step *step,
                         const char *name, uint8_t of, struct nw_err *err)
{
    if (name && is_taken(e, name)) {
        nw_json_fail(step->at, err, "there is a part named '%.80s' already", name);
        return 0;
    }
    const char *own = name ? name : next_name(e, of, err);
    if (!own)
        return 0;
    for (int v = 1; v < NW_EDIT_LABELS; v++)
        if (!e->names->name[v]) {
            e->names->name[v] = own;
            return (uint8_t)v;
        }
    char place[NW_JSON_PLACE];
    nw_json_place(step->at, place);
    nw_fail(err, NW_ERR_LIMIT, "%s: a scan has at most %d parts", place, NW_EDIT_LABELS - 1);
    return 0;
}

bool nw_edit_voxel(const struct nw_editing *e, nw_vec3 at_mm, size_t voxel[3])
{
    const nw_ijk p = nw_grid_index(&e->inv, at_mm);
    const double at[3] = {p.i, p.j, p.k};
    for (int a = 0; a < 3; a++) {
        const double x = floor(at[a] + 0.5);
        if (!(x >= 0 && x < (double)e->labels->grid.dim[a]))
            return false;
        voxel[a] = (size_t)x;
    }
    return true;
}

bool nw_edit_voxel_of(const struct nw_editing *e, const struct nw_edit_step *s,
                      const char *member, size_t n, size_t voxel[3], struct nw_err *err)
{
    if (nw_edit_voxel(e, s->point[n], voxel))
        return true;
    return nw_json_fail(nw_edit_item(s, member, n), err, "lies outside the scan");
}

/* How far, in voxels along axis a, a ball of 1 mm reaches. */
static double reach_along(const struct nw_editing *e, int a)
{
    return nw_length(e->inv.per_mm.r[a]);
}

static bool box_of(const struct nw_editing *e, const nw_vec3 *point, size_t count,
                   const double reach[3], size_t lo[3], size_t hi[3])
{
    double min[3] = {HUGE_VAL, HUGE_VAL, HUGE_VAL}, max[3] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    for (size_t n = 0; n < count; n++) {
        const nw_ijk p = nw_grid_index(&e->inv, point[n]);
        const double at[3] = {p.i, p.j, p.k};
        for (int a = 0; a < 3; a++) {
            min[a] = fmin(min[a], at[a]);
            max[a] = fmax(max[a], at[a]);
        }
    }
    for (int a = 0; a < 3; a++) {
        const double first = fmax(ceil(min[a] - reach[a]), 0),
                     end = fmin(floor(max[a] + reach[a]) + 1, (double)e->labels->grid.dim[a]);
        if (!(first < end))
            return false;
        lo[a] = (size_t)first;
        hi[a] = (size_t)end;
    }
    return true;
}

bool nw_edit_box(const struct nw_editing *e, const nw_vec3 *point, size_t count,
                 double reach_mm, size_t lo[3], size_t hi[3])
{
    const double reach[3] = {reach_mm * reach_along(e, 0), reach_mm * reach_along(e, 1),
                             reach_mm * reach_along(e, 2)};
    return box_of(e, point, count, reach, lo, hi);
}

/* ---- brushes ---- */

struct brush {
    nw_vec3 a, b;   /* a segment of the stroke */
    nw_vec3 normal; /* of a flat brush, or 0 */
    double radius2, half_mm;
    size_t lo[3], hi[3]; /* its box */
};

/* Half a layer of voxels along a direction, as far as a layer can be told. */
static double half_layer(const struct nw_grid *g, nw_vec3 normal)
{
    double most = 0;
    for (int a = 0; a < 3; a++)
        most = fmax(most, fabs(nw_dot(normal, g->step_mm[a])));
    return most / 2;
}

static bool is_under(const struct brush *b, nw_vec3 p)
{
    const nw_vec3 ab = nw_sub(b->b, b->a), ap = nw_sub(p, b->a);
    const double len2 = nw_dot(ab, ab);
    const double t = len2 > 0 ? fmin(fmax(nw_dot(ap, ab) / len2, 0), 1) : 0;
    nw_vec3 d = nw_along(ap, ab, -t);
    if (b->half_mm > 0) {
        const double off = nw_dot(d, b->normal);
        if (!(off >= -b->half_mm && off < b->half_mm))
            return false;
        d = nw_along(d, b->normal, -off);
    }
    return nw_dot(d, d) <= b->radius2;
}

/* Where the squared distance to a segment passes the radius is found voxel by voxel: a stroke's
 * boxes are small. */
static void sweep(const struct nw_editing *e, const struct brush *b, size_t k,
                  const struct nw_edit_mask *m)
{
    const struct nw_grid *g = &e->labels->grid;
    for (size_t j = b->lo[1]; j < b->hi[1]; j++) {
        uint8_t *row = m->v + nw_edit_mask_row(m, j, k) - m->lo[0];
        for (size_t i = b->lo[0]; i < b->hi[0]; i++) {
            const nw_ijk at = {(double)i, (double)j, (double)k};
            if (!row[i] && is_under(b, nw_grid_point(g, at)))
                row[i] = 1;
        }
    }
}

static struct brush brush_at(const struct nw_editing *e, const struct nw_edit_step *s, size_t n)
{
    const size_t next = n + 1 < s->point_count ? n + 1 : n;
    struct brush b = {.a = s->point[n],
                      .b = s->point[next],
                      .normal = s->normal,
                      .radius2 = s->radius_mm * s->radius_mm};
    if (nw_length(s->normal) > 0)
        b.half_mm =
            s->thickness_mm > 0 ? s->thickness_mm / 2 : half_layer(&e->labels->grid, s->normal);
    const nw_vec3 ends[2] = {b.a, b.b};
    if (!nw_edit_box(e, ends, 2, s->radius_mm + b.half_mm, b.lo, b.hi))
        b.hi[0] = b.lo[0] = b.hi[2] = b.lo[2] = 0;
    return b;
}

/* The voxels under a stroke; *any is false, and there is no mask, when none can be. */
static bool stroke_mask(const struct nw_editing *e, const struct nw_edit_step *s,
                        struct nw_edit_mask *m, bool *any, struct nw_err *err)
{
    const double half = brush_at(e, s, 0).half_mm;
    *any = nw_edit_box(e, s->point, s->point_count, s->radius_mm + half, m->lo, m->hi);
    if (!*any)
        return true;
    const size_t count = s->point_count > 1 ? s->point_count - 1 : 1;
    NW_AUTOFREE struct brush *brush = NW_ALLOC(struct brush, count, err);
    if (!brush || !nw_edit_mask_init(m, err))
        return false;
    for (size_t n = 0; n < count; n++)
        brush[n] = brush_at(e, s, n);
    NW_PARALLEL_FOR_UNEVEN
    for (size_t k = m->lo[2]; k < m->hi[2]; k++)
        for (size_t n = 0; n < count; n++)
            if (k >= brush[n].lo[2] && k < brush[n].hi[2])
                sweep(e, &brush[n], k, m);
    return true;
}

/* Under the mask: 1 where the grey value is in the range, 2 where it is not. */
static void sort_by_grey(const struct nw_editing *e, const struct nw_edit_step *s,
                         const struct nw_edit_mask *m)
{
    const size_t len = m->hi[0] - m->lo[0];
    NW_PARALLEL_FOR
    for (size_t k = m->lo[2]; k < m->hi[2]; k++)
        for (size_t j = m->lo[1]; j < m->hi[1]; j++) {
            uint8_t *row = m->v + nw_edit_mask_row(m, j, k);
            const size_t first = nw_grid_at(&e->scan->grid, m->lo[0], j, k);
            for (size_t i = 0; i < len; i++) {
                if (!row[i])
                    continue;
                const double grey = nw_volume_value(e->scan, first + i);
                row[i] = grey >= s->min && grey <= s->max ? 1 : 2;
            }
        }
}

/* What a brush's kind does to each label. */
static bool brush_map(const struct nw_editing *e, const struct nw_edit_step *s,
                      struct nw_edit_map *map, struct nw_err *err)
{
    *map = nw_edit_map_same();
    if (s->kind == NW_EDIT_ERASE && !s->part) {
        memset(map->to[0], 0, sizeof map->to[0]);
        return true;
    }
    const uint8_t part = nw_edit_part(e, s, "part", s->part, err);
    if (!part)
        return false;
    const int how = (int)s->choice;
    if (s->kind == NW_EDIT_ERASE)
        map->to[0][part] = 0;
    else if (s->kind == NW_EDIT_PAINT && how == NW_OVER_ALL)
        memset(map->to[0], part, sizeof map->to[0]);
    else if (s->kind == NW_EDIT_PAINT || how != NW_DO_REMOVE)
        map->to[0][0] = part;
    if (s->kind == NW_EDIT_THRESHOLD && how != NW_DO_ADD)
        map->to[1][part] = 0;
    return true;
}

static bool brush(struct nw_editing *e, const struct nw_edit_step *s, struct nw_err *err)
{
    struct nw_edit_map map;
    struct nw_edit_mask m = {0};
    bool any;
    if (!brush_map(e, s, &map, err))
        return false;
    bool ok = stroke_mask(e, s, &m, &any, err);
    if (ok && any && s->kind == NW_EDIT_THRESHOLD)
        sort_by_grey(e, s, &m);
    ok = ok && (!any || nw_edit_change(e, &m, &map, err));
    nw_edit_mask_release(&m);
    return ok;
}

/* ---- whole parts ---- */

static struct nw_edit_mask everywhere(const struct nw_editing *e)
{
    const size_t *d = e->labels->grid.dim;
    return (struct nw_edit_mask){.hi = {d[0], d[1], d[2]}};
}

static bool join(struct nw_editing *e, const struct nw_edit_step *s, struct nw_err *err)
{
    struct nw_edit_map map = nw_edit_map_same();
    uint8_t into = 0;
    for (size_t n = 0; n < s->word_count; n++) {
        const uint8_t part = nw_edit_part(e, s, "parts", s->word[n], err);
        if (!part)
            return false;
        into = n ? into : part;
        if (n && part == into)
            return nw_json_fail(nw_edit_item(s, "parts", n), err, "is named twice");
        map.to[0][part] = into;
    }
    struct nw_edit_mask m = everywhere(e);
    const size_t count = nw_grid_count(&e->labels->grid);
    if (!nw_edit_mask_init(&m, err))
        return false;
    memset(m.v, 1, count);
    const bool ok = nw_edit_change(e, &m, &map, err);
    nw_edit_mask_release(&m);
    for (int v = 1; ok && v < NW_EDIT_LABELS; v++)
        if (map.to[0][v] != v)
            e->names->name[v] = NULL;
    return ok;
}

static bool cut(struct nw_editing *e, const struct nw_edit_step *s, struct nw_err *err)
{
    struct nw_edit_map map = nw_edit_map_same();
    const uint8_t part = nw_edit_part(e, s, "part", s->part, err);
    const uint8_t made = part ? nw_edit_new_part(e, s, s->name, part, err) : 0;
    struct nw_edit_mask m = everywhere(e);
    if (!made || !nw_edit_mask_init(&m, err))
        return false;
    map.to[0][part] = made;
    const struct nw_grid *g = &e->labels->grid;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < g->dim[2]; k++)
        for (size_t j = 0; j < g->dim[1]; j++) {
            uint8_t *row = m.v + nw_edit_mask_row(&m, j, k);
            const nw_ijk at = {0, (double)j, (double)k};
            const double off = nw_dot(nw_sub(nw_grid_point(g, at), s->at_mm), s->normal);
            const double step = nw_dot(g->step_mm[0], s->normal);
            for (size_t i = 0; i < g->dim[0]; i++)
                row[i] = off + (double)i * step > 0;
        }
    const bool ok = nw_edit_change(e, &m, &map, err);
    nw_edit_mask_release(&m);
    if (ok && e->done->moved == 0)
        return nw_json_fail(s->at, err, "nothing of the part lies beyond this plane");
    return ok;
}

/* ---- all steps ---- */

static bool do_step(struct nw_editing *e, const struct nw_edit_step *s, struct nw_err *err)
{
    switch (s->kind) {
    case NW_EDIT_PAINT:
    case NW_EDIT_ERASE:
    case NW_EDIT_THRESHOLD:
        return brush(e, s, err);
    case NW_EDIT_GROW:
        return nw_edit_grow(e, s, err);
    case NW_EDIT_SCISSORS:
        return nw_edit_scissors(e, s, err);
    case NW_EDIT_ISLANDS:
        return nw_edit_islands(e, s, err);
    case NW_EDIT_FILL:
        return nw_edit_fill(e, s, err);
    case NW_EDIT_SPLIT:
        return nw_edit_split(e, s, err);
    case NW_EDIT_CUT:
        return cut(e, s, err);
    case NW_EDIT_JOIN:
        return join(e, s, err);
    case NW_EDIT_KINDS:
        break;
    }
    NW_UNREACHABLE();
}

static bool is_same_grid(const struct nw_grid *a, const struct nw_grid *b)
{
    return memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

bool nw_edits_apply(const struct nw_edits *edits, const struct nw_volume *scan,
                    struct nw_volume *labels, struct nw_edit_names *names,
                    struct nw_edit_done *done, struct nw_err *err)
{
    if (labels->type != NW_VOXEL_U8 || !is_same_grid(&scan->grid, &labels->grid))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "corrections are made to uint8 labels on the grid of their scan");
    /* Names of new parts live as long as the document. */
    struct nw_arena *arena = (struct nw_arena *)(uintptr_t)&edits->arena;
    struct nw_editing e = {.scan = scan,
                           .labels = labels,
                           .names = names,
                           .inv = nw_grid_invert(&labels->grid),
                           .arena = arena};
    for (size_t n = 0; n < edits->step_count; n++) {
        struct nw_edit_done one = {.what = nw_edit_kind_name(edits->step[n].kind)};
        e.done = &one;
        if (!do_step(&e, &edits->step[n], err))
            return false;
        if (done)
            done[n] = one;
        if (!nw_progress(n + 1, edits->step_count))
            return nw_fail_cancelled(err);
    }
    return true;
}
