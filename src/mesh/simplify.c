/*
 * mesh/simplify.c -- see simplify.h.
 *
 * A few rounds. In each the triangles are put in Morton order (shifted from round to round, so
 * that borders fall elsewhere) and cut into patches of a fixed size, which collapse edges side
 * by side (collapse.c). Then the whole is looked at: new triangles that cross anything, or that
 * lie further from the original than the bound, send their patch back to be done again with the
 * vertices around the place held; a patch that fails time and again stays as it was. As a patch
 * left alone has no new triangles, this ends, with nothing crossing that did not before.
 */
#include "mesh/simplify.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/collapse_priv.h"
#include "mesh/intersect_priv.h"
#include "mesh/sort_priv.h"

enum {
    ROUNDS = 2,
    PATCH = 4096, /* triangles; about what a core's cache holds */
    TRIES = 8,    /* of a patch, before it is left alone */
    BLOCK = 2048, /* triangles or points measured at a time */
    BINS = 2048,  /* of the histogram of distances, over the bound */
    CHUNKS = 16,  /* histograms filled side by side */
};

/* Sides longer than this share of the mean have their middles looked after as well. */
static const double LONG_SIDE = 0.7;

/* The share of the bound that the tested places may use up: between them the surfaces lie up to
 * a third further apart (measured every 0.2 mm on cells of 0.5 mm). */
static const double CARE = 0.7, BETWEEN = 0.85;

/* ---- state ---- */

struct work {
    const struct nw_mesh *original;
    double bound_mm, between_mm; /* as nw_round has them */
    double spacing_mm;           /* of samples on new triangles */
    double long_mm;              /* sides above this have their middles looked after, too */
    size_t target;               /* triangles */
    struct nw_bvh bvh;           /* of the original */
    struct nw_mesh from, to;     /* of this round */
    uint32_t (*side)[2];         /* original sides whose middles are points, too */
    size_t points;               /* original vertices and those */
    uint32_t *home;              /* by point: the triangle of `from` it rides on */
    uint8_t *seam;               /* by vertex: on a border of patches last time */
    int round;
    /* of this round */
    uint32_t *order, *owner;
    uint32_t *merged;
    uint8_t *locked;
    size_t *point_first;
    uint32_t *point;
    uint8_t *changed;
    struct nw_patch *patch;
    size_t *live;
    uint8_t *tries; /* by patch */
    size_t patch_count;
};

static void release_round(struct work *w)
{
    nw_free(w->order);
    nw_free(w->owner);
    nw_free(w->merged);
    nw_free(w->locked);
    nw_free(w->point_first);
    nw_free(w->point);
    nw_free(w->changed);
    nw_free(w->patch);
    nw_free(w->live);
    nw_free(w->tries);
    w->order = w->owner = w->merged = w->point = NULL;
    w->point_first = w->live = NULL;
    w->changed = w->tries = w->locked = NULL;
    w->patch = NULL;
}

static void work_release(struct work *w)
{
    release_round(w);
    nw_bvh_release(&w->bvh);
    nw_mesh_release(&w->from);
    nw_mesh_release(&w->to);
    nw_free(w->side);
    nw_free(w->home);
    nw_free(w->seam);
}

/* ---- cutting into patches ---- */

static bool sort_order(struct work *w, struct nw_err *err)
{
    const struct nw_mesh *m = &w->from;
    const size_t n = m->tri_count;
    w->order = NW_ALLOC_UNSET(uint32_t, n, err);
    NW_AUTOFREE uint64_t *key = w->order ? NW_ALLOC_UNSET(uint64_t, n, err) : NULL;
    NW_AUTOFREE uint64_t *spare = key ? NW_ALLOC_UNSET(uint64_t, n, err) : NULL;
    if (!spare)
        return false;
    nw_box box = nw_mesh_box(w->original);
    const nw_vec3 size = nw_box_size(box);
    const double shift[ROUNDS] = {0, 0.37}; /* so that borders fall elsewhere */
    box.min = nw_along(box.min, size, -shift[w->round]);
    box.max = nw_along(box.max, size, 0.5 * shift[w->round]);
    const struct nw_morton morton = nw_morton_init(box);
    NW_PARALLEL_FOR
    for (size_t t = 0; t < n; t++) {
        const uint32_t *v = m->tri[t];
        const nw_vec3 sum = nw_add(m->pos_mm[v[0]], nw_add(m->pos_mm[v[1]], m->pos_mm[v[2]]));
        key[t] = (uint64_t)nw_morton_code(&morton, nw_scale(sum, 1.0 / 3)) << 32 | t;
    }
    if (!nw_sort_bits(key, spare, n, 32, 30, err))
        return false;
    for (size_t i = 0; i < n; i++)
        w->order[i] = (uint32_t)key[i];
    return true;
}

/* Whose vertices are inside of which patch. */
static void find_owners(struct work *w)
{
    static const uint32_t UNSEEN = UINT32_MAX - 1;
    for (size_t v = 0; v < w->from.vert_count; v++)
        w->owner[v] = UNSEEN;
    for (size_t p = 0; p < w->patch_count; p++)
        for (size_t i = w->patch[p].begin; i < w->patch[p].end; i++)
            for (int k = 0; k < 3; k++) {
                uint32_t *owner = &w->owner[w->from.tri[w->order[i]][k]];
                if (*owner == UNSEEN)
                    *owner = (uint32_t)p;
                else if (*owner != p)
                    *owner = NW_NO_PATCH;
            }
}

/* Gathers the original vertices by the place, in the order, of what they ride on. */
static bool gather_points(struct work *w, struct nw_err *err)
{
    const size_t tris = w->from.tri_count, points = w->points;
    NW_AUTOFREE uint32_t *place = NW_ALLOC_UNSET(uint32_t, tris, err);
    if (place)
        w->point_first = NW_ALLOC(size_t, tris + 2, err);
    if (w->point_first)
        w->point = NW_ALLOC_UNSET(uint32_t, points, err);
    if (!w->point)
        return false;
    for (size_t i = 0; i < tris; i++)
        place[w->order[i]] = (uint32_t)i;
    size_t *const end = w->point_first + 1;
    for (size_t p = 0; p < points; p++)
        if (w->home[p] != UINT32_MAX)
            end[place[w->home[p]] + 1]++;
    for (size_t i = 0; i < tris; i++)
        end[i + 1] += end[i];
    for (size_t p = 0; p < points; p++)
        if (w->home[p] != UINT32_MAX)
            w->point[end[place[w->home[p]]]++] = (uint32_t)p;
    return true;
}

static bool cut(struct work *w, struct nw_err *err)
{
    const size_t tris = w->from.tri_count;
    w->patch_count = (tris + PATCH - 1) / PATCH;
    if (!sort_order(w, err) || !gather_points(w, err))
        return false;
    w->owner = NW_ALLOC_UNSET(uint32_t, w->from.vert_count, err);
    if (w->owner)
        w->merged = NW_ALLOC_UNSET(uint32_t, w->from.vert_count, err);
    if (w->merged)
        w->locked = NW_ALLOC(uint8_t, w->from.vert_count, err);
    if (w->locked)
        w->changed = NW_ALLOC(uint8_t, tris, err);
    if (w->changed)
        w->patch = NW_ALLOC(struct nw_patch, w->patch_count, err);
    if (w->patch)
        w->live = NW_ALLOC(size_t, w->patch_count, err);
    if (w->live)
        w->tries = NW_ALLOC(uint8_t, w->patch_count, err);
    if (!w->patch || !w->live || !w->tries)
        return false;
    for (size_t p = 0; p < w->patch_count; p++) {
        const size_t begin = p * PATCH;
        w->patch[p] = (struct nw_patch){.id = (uint32_t)p,
                                        .begin = begin,
                                        .end = begin + PATCH < tris ? begin + PATCH : tris};
    }
    find_owners(w);
    return true;
}

/* ---- running them ---- */

static bool run_patches(struct work *w, const uint8_t *again, struct nw_err *err)
{
    const struct nw_round round = {
        .from = &w->from,
        .to = &w->to,
        .order = w->order,
        .owner = w->owner,
        .seam = w->round > 0 ? w->seam : NULL,
        .original = w->original,
        .side = (const uint32_t(*)[2])w->side,
        .point_first = w->point_first,
        .point = w->point,
        .tree = &w->bvh,
        .locked = w->locked,
        .merged = w->merged,
        .bound_mm = w->bound_mm,
        .between_mm = w->between_mm,
        .spacing_mm = w->spacing_mm,
        .ratio = (double)w->target / (double)w->from.tri_count,
        .home = w->home,
        .changed = w->changed,
    };
    NW_AUTOFREE uint8_t *failed = NW_ALLOC(uint8_t, w->patch_count, err);
    if (!failed)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t p = 0; p < w->patch_count; p++) {
        struct nw_err local = {0};
        if ((!again || again[p]) && !nw_cancelled())
            failed[p] = !nw_patch_collapse(&round, &w->patch[p], &w->live[p], &local);
    }
    if (nw_cancelled())
        return nw_fail_cancelled(err);
    for (size_t p = 0; p < w->patch_count; p++)
        if (failed[p])
            return nw_fail(err, NW_ERR_MEMORY, "no memory to simplify %d triangles at a time",
                           (int)PATCH);
    return true;
}

/* ---- looking at what came out ---- */

/* Calls for samples on triangle t: the middle, and places along those of its sides that run
 * upward (the others are another triangle's), at most the spacing apart. */
static int sample_places(const struct work *w, const uint32_t v[3], nw_vec3 out[64])
{
    const nw_vec3 p[3] = {w->to.pos_mm[v[0]], w->to.pos_mm[v[1]], w->to.pos_mm[v[2]]};
    int n = 0;
    out[n++] = nw_scale(nw_add(p[0], nw_add(p[1], p[2])), 1.0 / 3);
    for (int k = 0; k < 3; k++) {
        const nw_vec3 a = p[k], b = p[(k + 1) % 3];
        if (v[k] > v[(k + 1) % 3])
            continue;
        const int parts = nw_sample_parts(nw_length(nw_sub(b, a)), w->spacing_mm);
        for (int i = 1; i < parts; i++)
            out[n++] = nw_along(a, nw_sub(b, a), (double)i / parts);
    }
    return n;
}

/* Leaves out what does not matter: places without a triangle, triangles without area, and with
 * again[] those of patches far from the ones done again. */
static void find_skipped(const struct work *w, const uint8_t *near, uint8_t *skip)
{
    NW_PARALLEL_FOR
    for (size_t p = 0; p < w->patch_count; p++) {
        const struct nw_patch *patch = &w->patch[p];
        for (size_t t = patch->begin; t < patch->end; t++) {
            const uint32_t *v = w->to.tri[t];
            skip[t] =
                t >= patch->begin + w->live[p] || !near[p] ||
                (!w->changed[t] &&
                 nw_length2(nw_cross(nw_sub(w->to.pos_mm[v[1]], w->to.pos_mm[v[0]]),
                                     nw_sub(w->to.pos_mm[v[2]], w->to.pos_mm[v[0]]))) == 0);
        }
    }
}

/* Which patches' boxes meet one of those done again; with again NULL all do. */
static void find_near(const struct work *w, const uint8_t *again, nw_box *box, uint8_t *near)
{
    NW_PARALLEL_FOR
    for (size_t p = 0; p < w->patch_count; p++) {
        const struct nw_patch *patch = &w->patch[p];
        box[p] = nw_box_empty();
        for (size_t t = patch->begin; t < patch->begin + w->live[p]; t++)
            for (int k = 0; k < 3; k++)
                box[p] = nw_box_with(box[p], w->to.pos_mm[w->to.tri[t][k]]);
    }
    for (size_t p = 0; p < w->patch_count; p++) {
        near[p] = !again;
        for (size_t q = 0; q < w->patch_count && !near[p]; q++)
            near[p] = again[q] && box[p].min.x <= box[q].max.x &&
                      box[q].min.x <= box[p].max.x && box[p].min.y <= box[q].max.y &&
                      box[q].min.y <= box[p].max.y && box[p].min.z <= box[q].max.z &&
                      box[q].min.z <= box[p].max.z;
    }
}

/* Which triangles are new since the last look: with again (or NULL) those of these patches. */
static void find_fresh(const struct work *w, const uint8_t *again, uint8_t *fresh)
{
    NW_PARALLEL_FOR
    for (size_t p = 0; p < w->patch_count; p++)
        for (size_t t = w->patch[p].begin; t < w->patch[p].end; t++)
            fresh[t] = (!again || again[p]) && w->changed[t];
}

/* Marks changed triangles that cross others as bad, too. With again (or NULL) only those
 * patches have changed since the last time. */
static bool find_crossings(struct work *w, const uint8_t *again, struct nw_err *err)
{
    const size_t n = w->from.tri_count;
    NW_AUTOFREE nw_box *box = NW_ALLOC_UNSET(nw_box, w->patch_count, err);
    NW_AUTOFREE uint8_t *near = box ? NW_ALLOC(uint8_t, w->patch_count, err) : NULL;
    NW_AUTOFREE uint8_t *skip = near ? NW_ALLOC(uint8_t, n, err) : NULL;
    NW_AUTOFREE uint8_t *crossing = skip ? NW_ALLOC(uint8_t, n, err) : NULL;
    NW_AUTOFREE uint8_t *fresh = crossing ? NW_ALLOC(uint8_t, n, err) : NULL;
    if (!fresh)
        return false;
    find_fresh(w, again, fresh);
    find_near(w, again, box, near);
    find_skipped(w, near, skip);
    NW_AUTO(nw_bvh) bvh = {.top = -1};
    size_t pairs;
    if (!nw_bvh_init(&bvh, &w->to, skip, err) ||
        (bvh.top >= 0 && !nw_bvh_crossings(&bvh, fresh, crossing, &pairs, err)))
        return false;
    for (size_t t = 0; t < n; t++)
        if (crossing[t] && w->changed[t])
            w->changed[t] = NW_OVER_BOUND;
    return true;
}

/* ---- and doing it again where it is bad ---- */

/* Locks the vertices that became corners of bad triangles; sets again[] by patch. As such a
 * triangle has at least one corner that moved, there is always something new to lock. */
static size_t lock_bad(struct work *w, uint8_t *again, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *bad = NW_ALLOC(uint8_t, w->from.vert_count, err);
    if (!bad)
        return SIZE_MAX;
    size_t count = 0;
    for (size_t p = 0; p < w->patch_count; p++) {
        struct nw_patch *patch = &w->patch[p];
        again[p] = 0;
        for (size_t t = patch->begin; t < patch->begin + w->live[p]; t++)
            if (w->changed[t] == NW_OVER_BOUND) {
                again[p] = 1;
                count++;
                for (int k = 0; k < 3; k++)
                    bad[w->to.tri[t][k]] = 1;
            }
        if (again[p])
            patch->frozen = ++w->tries[p] > TRIES;
    }
    for (size_t v = 0; count > 0 && v < w->from.vert_count; v++)
        if (w->owner[v] < w->patch_count && bad[w->merged[v]])
            w->locked[v] = 1;
    return count;
}

static bool run_until_good(struct work *w, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *again = NW_ALLOC(uint8_t, w->patch_count, err);
    if (!again || !run_patches(w, NULL, err))
        return false;
    for (bool first = true;; first = false) {
        if (!find_crossings(w, first ? NULL : again, err))
            return false;
        const size_t bad = lock_bad(w, again, err);
        if (bad == 0 || bad == SIZE_MAX)
            return bad == 0;
        if (!run_patches(w, again, err))
            return false;
    }
}

/* ---- from round to round ---- */

/* Closes the gaps between the patches' triangles; the result becomes the next `from`. */
static void close_gaps(struct work *w)
{
    uint32_t at = 0;
    uint32_t *moved_to = w->order; /* done with by now */
    for (size_t p = 0; p < w->patch_count; p++)
        for (size_t i = 0; i < w->live[p]; i++) {
            const size_t t = w->patch[p].begin + i;
            moved_to[t] = at;
            memmove(w->to.tri[at++], w->to.tri[t], sizeof *w->to.tri);
        }
    for (size_t p = 0; p < w->points; p++)
        if (w->home[p] != UINT32_MAX)
            w->home[p] = moved_to[w->home[p]];
    for (size_t v = 0; v < w->from.vert_count; v++)
        w->seam[v] = w->owner[v] == NW_NO_PATCH;
    w->to.tri_count = at;
}

/* `from` becomes what `to` is; `to` keeps its room. */
static void hand_over(struct work *w)
{
    const size_t verts = w->to.vert_count, tris = w->to.tri_count;
    memcpy(w->from.pos_mm, w->to.pos_mm, verts * sizeof *w->to.pos_mm);
    memcpy(w->from.tri, w->to.tri, tris * sizeof *w->to.tri);
    if (w->to.uncertainty_mm)
        memcpy(w->from.uncertainty_mm, w->to.uncertainty_mm, verts * sizeof(float));
    if (w->to.vert_class)
        memcpy(w->from.vert_class, w->to.vert_class, verts);
    if (w->to.vert_rgba)
        memcpy(w->from.vert_rgba, w->to.vert_rgba, verts * sizeof *w->to.vert_rgba);
    w->from.tri_count = tris;
}

static bool run_rounds(struct work *w, struct nw_err *err)
{
    for (w->round = 0; w->round < ROUNDS && w->from.tri_count > w->target; w->round++) {
        const bool ok = cut(w, err) && run_until_good(w, err);
        if (ok) {
            close_gaps(w);
            hand_over(w);
        }
        release_round(w);
        if (!ok)
            return false;
        if (!nw_progress((size_t)w->round + 1, ROUNDS + 1))
            return nw_fail_cancelled(err);
    }
    return true;
}

/* ---- what it did ---- */

struct tally {
    double sum, most;
    size_t count;
    size_t bin[BINS];
};

static void tally_add(struct tally *y, double d, double bound_mm)
{
    const double at = d / bound_mm * BINS;
    y->sum += d;
    y->most = fmax(y->most, d);
    y->count++;
    y->bin[at < BINS ? (size_t)at : BINS - 1]++;
}

static void tally_new_to_old(const struct work *w, size_t t, struct tally *y)
{
    nw_vec3 place[64];
    const int n = sample_places(w, w->to.tri[t], place);
    struct nw_nearest at;
    for (int i = 0; i < n; i++)
        if (nw_bvh_nearest(&w->bvh, place[i], w->between_mm, &at) ||
            nw_bvh_nearest(&w->bvh, place[i], HUGE_VAL, &at))
            tally_add(y, at.distance_mm, w->bound_mm);
}

static void tally_old_to_new(const struct work *w, const struct nw_round *r, size_t p,
                             struct tally *y)
{
    if (w->home[p] == UINT32_MAX)
        return;
    const uint32_t *v = w->to.tri[w->home[p]];
    const nw_vec3 at = nw_round_point(r, p);
    double bary[3];
    const nw_vec3 q = nw_triangle_nearest(w->to.pos_mm[v[0]], w->to.pos_mm[v[1]],
                                          w->to.pos_mm[v[2]], at, bary);
    tally_add(y, nw_length(nw_sub(q, at)), w->bound_mm);
}

static bool measure(const struct work *w, struct nw_moved *out, struct nw_err *err)
{
    NW_AUTOFREE struct tally *y = NW_ALLOC(struct tally, CHUNKS, err);
    if (!y)
        return false;
    const size_t tris = w->to.tri_count, points = w->points;
    const struct nw_round round = {.original = w->original,
                                   .side = (const uint32_t(*)[2])w->side};
    NW_PARALLEL_FOR_UNEVEN
    for (size_t c = 0; c < CHUNKS; c++) {
        for (size_t t = tris * c / CHUNKS; t < tris * (c + 1) / CHUNKS; t++)
            tally_new_to_old(w, t, &y[c]);
        for (size_t p = points * c / CHUNKS; p < points * (c + 1) / CHUNKS; p++)
            tally_old_to_new(w, &round, p, &y[c]);
    }
    for (size_t c = 1; c < CHUNKS; c++) {
        y->sum += y[c].sum;
        y->count += y[c].count;
        y->most = fmax(y->most, y[c].most);
        for (int b = 0; b < BINS; b++)
            y->bin[b] += y[c].bin[b];
    }
    size_t below = 0;
    int b = 0;
    while (b < BINS - 1 && (double)(below += y->bin[b]) < 0.95 * (double)y->count)
        b++;
    const double was = nw_mesh_volume_mm3(w->original), is = nw_mesh_volume_mm3(&w->to);
    out->mean_mm = y->count ? y->sum / (double)y->count : 0;
    out->max_mm = y->most;
    out->p95_mm = fmin((b + 1) * w->bound_mm / BINS, y->most);
    out->volume_percent = was != 0 ? 100 * (is - was) / was : 0;
    out->triangles_before = w->original->tri_count;
    out->triangles_after = tris;
    return true;
}

/* ---- the door ---- */

static bool check_input(const struct nw_mesh *mesh, const struct nw_simplify_opts *opts,
                        struct nw_err *err)
{
    if (!(opts->bound_mm > 0) || !isfinite(opts->bound_mm))
        return nw_fail(err, NW_ERR_ARGUMENT, "the bound must be above 0 mm");
    if (!(opts->target_ratio >= 0 && opts->target_ratio <= 1))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the share of triangles to keep must lie in 0 to 1");
    if (mesh->tri_count >= UINT32_MAX / 3)
        return nw_fail(err, NW_ERR_LIMIT, "a mesh of %zu triangles is too large for this step",
                       mesh->tri_count);
    for (size_t v = 0; v < mesh->vert_count; v++)
        if (!nw_finite3(mesh->pos_mm[v]))
            return nw_fail(err, NW_ERR_DATA, "vertex %zu of the mesh is not a finite place", v);
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            if (mesh->tri[t][k] >= mesh->vert_count)
                return nw_fail(err, NW_ERR_DATA,
                               "triangle %zu names a vertex that is not there", t);
    return true;
}

static double side_length(const struct nw_mesh *m, const uint32_t v[3], int k)
{
    return nw_length(nw_sub(m->pos_mm[v[k]], m->pos_mm[v[(k + 1) % 3]]));
}

/* Calls for the middles of the longer sides as points: the shorter ones cannot bend away far
 * between their ends. Each side counts where it runs upward. */
static bool find_sides(struct work *w, struct nw_err *err)
{
    const struct nw_mesh *m = w->original;
    double sum = 0;
    for (size_t t = 0; t < m->tri_count; t++)
        sum += side_length(m, m->tri[t], 0);
    const double mean = sum / (double)m->tri_count;
    w->long_mm = LONG_SIDE * mean;
    w->spacing_mm = fmax(2 * mean, w->bound_mm);
    size_t count = 0;
    for (size_t t = 0; t < m->tri_count; t++)
        for (int k = 0; k < 3; k++)
            count += m->tri[t][k] < m->tri[t][(k + 1) % 3] &&
                     side_length(m, m->tri[t], k) > w->long_mm;
    w->side = nw_alloc_unset(count, sizeof *w->side, err);
    w->points = m->vert_count + count;
    if (w->side)
        w->home = NW_ALLOC_UNSET(uint32_t, w->points, err);
    return w->home != NULL;
}

/* Each point begins on a triangle that it lies on. */
static void settle(struct work *w)
{
    const struct nw_mesh *m = w->original;
    memset(w->home, 0xff, m->vert_count * sizeof *w->home);
    size_t at = 0;
    for (size_t t = 0; t < m->tri_count; t++)
        for (int k = 0; k < 3; k++) {
            const uint32_t a = m->tri[t][k], b = m->tri[t][(k + 1) % 3];
            if (w->home[a] == UINT32_MAX)
                w->home[a] = (uint32_t)t;
            if (a >= b || !(side_length(m, m->tri[t], k) > w->long_mm))
                continue;
            w->side[at][0] = a;
            w->side[at][1] = b;
            w->home[m->vert_count + at++] = (uint32_t)t;
        }
}

static bool simplify(struct work *w, struct nw_moved *moved, struct nw_err *err)
{
    if (!nw_bvh_init(&w->bvh, w->original, NULL, err) ||
        !nw_mesh_copy(&w->from, w->original, err) || !nw_mesh_copy(&w->to, w->original, err))
        return false;
    if (find_sides(w, err))
        w->seam = NW_ALLOC(uint8_t, w->original->vert_count, err);
    if (!w->seam)
        return false;
    settle(w);
    if (!run_rounds(w, err) || !measure(w, moved, err) || !nw_mesh_compact(&w->to, err))
        return false;
    return nw_resize(&w->to.tri, w->to.tri_count, sizeof *w->to.tri, err);
}

bool nw_mesh_simplify_inplace(struct nw_mesh *mesh, const struct nw_simplify_opts *opts,
                              struct nw_moved *moved, struct nw_err *err)
{
    if (!check_input(mesh, opts, err))
        return false;
    if (mesh->tri_count == 0) {
        *moved = (struct nw_moved){0};
        return true;
    }
    struct work w = {.original = mesh,
                     .bound_mm = CARE * opts->bound_mm,
                     .between_mm = BETWEEN * opts->bound_mm,
                     .bvh = {.top = -1},
                     .target = (size_t)(opts->target_ratio * (double)mesh->tri_count)};
    struct nw_moved found = {0};
    const bool ok = simplify(&w, &found, err);
    if (ok) {
        const double tol_mm = mesh->tol_mm + opts->bound_mm;
        nw_mesh_release(mesh);
        *mesh = w.to;
        mesh->tol_mm = tol_mm;
        w.to = (struct nw_mesh){0};
        *moved = found;
    }
    work_release(&w);
    return ok;
}
