/* mesh/collapse.c -- see collapse_priv.h. */
#include "mesh/collapse_priv.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/quadric_priv.h"

enum {
    LANES = 8,         /* triangles of a fan looked at together */
    MAX_FAN = 32,      /* triangles around a new vertex, no more */
    MAX_RIDERS = 4096, /* points on them, no more */
};
static const uint32_t NO = UINT32_MAX;

/* How much a corner is held where it was, against the planes: keeps flat parts regular. */
static const double HOLD = 2e-4;
/* A triangle may not turn by more (cosine) in one collapse, nor become thinner than this (twice
 * the area over the square of the longest side), unless one of the old ones was. */
static const double TURN_COS = 0.4;
static const double THIN = 0.08;

struct entry { /* of the queue: an edge by one of its halves, and both ends' ages */
    uint32_t cost, half, age_u, age_v;
};

/* The patch with its own numbers for triangles, vertices and points; lengths from `origin`. */
struct local {
    struct nw_arena arena;
    const struct nw_round *round;
    const struct nw_patch *patch;
    nw_vec3 origin;
    size_t tris, verts, points, live;
    uint32_t (*tri)[3];
    uint32_t *opposite; /* across half edge 3 t + k; NO */
    uint8_t *dead, *changed;
    uint32_t *vert; /* number in the mesh */
    uint32_t *out;  /* some half edge that begins there */
    nw_vec3 *pos;
    struct nw_quadric *quadric;
    uint8_t *is_free;
    uint32_t *into; /* the vertex it became part of, step by step */
    uint32_t *age, *mark, ages, marks;
    uint32_t *head, *next; /* points riding on a triangle, as chains */
    float (*place)[3];     /* of a point */
    uint32_t *point;       /* its number in the mesh */
    struct entry *heap;
    size_t heap_count, heap_room;
    uint32_t hint;          /* for the tree: where the last place was found */
    uint8_t *scratch_which; /* by rider: triangle of the fan */
    uint32_t *scratch_rider;
    float (*scratch_place)[3];
};

/* What an edge's collapse makes: triangles (new vertex, x, y) in the place of `tri`. */
struct fan {
    int count;
    uint32_t tri[MAX_FAN], x[MAX_FAN], y[MAX_FAN];
    nw_vec3 place;
    /* planes of the faces and, standing on them, of their sides: n p - d, positive within */
    float plane[4][4][MAX_FAN]; /* [face, side 0..2][x y z d] */
};

/* ---- the patch's own numbers ---- */

static uint32_t origin_of(const struct local *l, uint32_t half)
{
    return l->tri[half / 3][half % 3];
}

static uint32_t next_half(uint32_t half)
{
    return half % 3 == 2 ? half - 2 : half + 1;
}

static uint32_t before_half(uint32_t half)
{
    return half % 3 == 0 ? half + 2 : half - 1;
}

static uint32_t end_of(const struct local *l, uint32_t half)
{
    return origin_of(l, next_half(half));
}

/* The next half edge around its origin. */
static uint32_t turn(const struct local *l, uint32_t half)
{
    return l->opposite[before_half(half)];
}

static bool allocate(struct local *l, struct nw_err *err)
{
    const size_t t = l->tris, v = 3 * t, p = l->points; /* at most so many vertices */
    struct {
        void *where;
        size_t bytes;
    } const want[] = {
        {&l->tri, t * sizeof *l->tri},
        {&l->opposite, 3 * t * sizeof *l->opposite},
        {&l->dead, t},
        {&l->changed, t},
        {&l->vert, v * sizeof *l->vert},
        {&l->head, t * sizeof *l->head},
        {&l->next, p * sizeof *l->next},
        {&l->place, p * sizeof *l->place},
        {&l->point, p * sizeof *l->point},
        {&l->scratch_which, MAX_RIDERS},
        {&l->scratch_rider, MAX_RIDERS * sizeof *l->scratch_rider},
        {&l->scratch_place, MAX_RIDERS * sizeof *l->scratch_place},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        void *block = nw_arena_alloc(&l->arena, want[i].bytes, err);
        if (!block)
            return false;
        memcpy(want[i].where, &block, sizeof block);
    }
    return true;
}

static bool allocate_verts(struct local *l, struct nw_err *err)
{
    const size_t v = l->verts;
    struct {
        void *where;
        size_t bytes;
    } const want[] = {
        {&l->out, v * sizeof *l->out},         {&l->pos, v * sizeof *l->pos},
        {&l->quadric, v * sizeof *l->quadric}, {&l->is_free, v},
        {&l->into, v * sizeof *l->into},       {&l->age, v * sizeof *l->age},
        {&l->mark, v * sizeof *l->mark},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        void *block = nw_arena_alloc(&l->arena, want[i].bytes, err);
        if (!block)
            return false;
        memcpy(want[i].where, &block, sizeof block);
    }
    return true;
}

/* Numbers the vertices in order of appearance, by an open table. */
static bool number_vertices(struct local *l, struct nw_err *err)
{
    size_t room = 64;
    while (room < 4 * l->tris)
        room *= 2;
    NW_AUTOFREE uint32_t *table = NW_ALLOC_UNSET(uint32_t, room, err);
    if (!table)
        return false;
    memset(table, 0xff, room * sizeof *table);
    const uint32_t *order = l->round->order + l->patch->begin;
    for (size_t t = 0; t < l->tris; t++)
        for (int k = 0; k < 3; k++) {
            const uint32_t v = l->round->from->tri[order[t]][k];
            size_t at = (size_t)(v * 2654435761u) & (room - 1);
            while (table[at] != NO && l->vert[table[at]] != v)
                at = (at + 1) & (room - 1);
            if (table[at] == NO) {
                table[at] = (uint32_t)l->verts;
                l->vert[l->verts++] = v;
            }
            l->tri[t][k] = table[at];
        }
    return true;
}

/* Pairs half edges that run against each other. Where more than two triangles meet, or two run
 * the same way, nobody is paired: such vertices stay where they are. */
static void pair_halves(struct local *l, uint32_t *chain)
{
    memset(l->out, 0xff, l->verts * sizeof *l->out);
    for (uint32_t h = 0; h < 3 * l->tris; h++) {
        const uint32_t v = origin_of(l, h);
        chain[h] = l->out[v];
        l->out[v] = h;
    }
    for (uint32_t h = 0; h < 3 * l->tris; h++) {
        const uint32_t a = origin_of(l, h), b = end_of(l, h);
        int same = 0, against = 0;
        l->opposite[h] = NO;
        for (uint32_t o = l->out[b]; o != NO; o = chain[o])
            if (end_of(l, o) == a) {
                against++;
                l->opposite[h] = o;
            }
        for (uint32_t o = l->out[a]; o != NO; o = chain[o])
            same += end_of(l, o) == b;
        if (against != 1 || same != 1)
            l->opposite[h] = NO;
    }
}

/* Do v's triangles (that many) make one closed fan? */
static bool is_fan(const struct local *l, uint32_t v, const uint32_t *chain)
{
    uint32_t used = 0, passed = 0;
    for (uint32_t h = l->out[v]; h != NO; h = chain[h])
        used++;
    uint32_t h = l->out[v];
    do {
        h = turn(l, h);
        passed++;
    } while (h != NO && h != l->out[v] && passed <= used);
    return h != NO && passed == used && used >= 3;
}

/* Each vertex's place, freedom and planes. What an earlier run of this patch wrote is undone.
 */
static void set_up_vertices(struct local *l, const uint32_t *chain)
{
    const struct nw_mesh *from = l->round->from;
    struct nw_mesh *to = l->round->to;
    for (uint32_t v = 0; v < l->verts; v++) {
        const uint32_t g = l->vert[v];
        l->pos[v] = nw_sub(from->pos_mm[g], l->origin);
        if (l->round->owner[g] != l->patch->id)
            continue;
        to->pos_mm[g] = from->pos_mm[g];
        if (from->uncertainty_mm)
            to->uncertainty_mm[g] = from->uncertainty_mm[g];
        if (from->vert_class)
            to->vert_class[g] = from->vert_class[g];
        if (from->vert_rgba)
            memcpy(to->vert_rgba[g], from->vert_rgba[g], 4);
        l->into[v] = v;
        l->is_free[v] = !l->patch->frozen && !l->round->locked[g] && is_fan(l, v, chain);
    }
    for (size_t t = 0; t < l->tris; t++) {
        const uint32_t *v = l->tri[t];
        const nw_vec3 a = l->pos[v[0]];
        const nw_vec3 cross = nw_cross(nw_sub(l->pos[v[1]], a), nw_sub(l->pos[v[2]], a));
        const double area2 = nw_length(cross);
        if (!(area2 > 0))
            continue;
        const nw_vec3 n = nw_scale(cross, 1 / area2);
        for (int k = 0; k < 3; k++) {
            nw_quadric_add_plane(&l->quadric[v[k]], n, nw_dot(n, a), area2);
            nw_quadric_add_point(&l->quadric[v[k]], l->pos[v[k]], HOLD * area2);
        }
    }
}

static void load_points(struct local *l)
{
    const struct nw_round *r = l->round;
    size_t at = 0;
    for (size_t t = 0; t < l->tris; t++) {
        const size_t place = l->patch->begin + t;
        l->head[t] = NO;
        for (size_t i = r->point_first[place]; i < r->point_first[place + 1]; i++, at++) {
            const nw_vec3 p = nw_sub(nw_round_point(r, r->point[i]), l->origin);
            l->point[at] = r->point[i];
            l->place[at][0] = (float)p.x;
            l->place[at][1] = (float)p.y;
            l->place[at][2] = (float)p.z;
            l->next[at] = l->head[t];
            l->head[t] = (uint32_t)at;
        }
    }
}

static bool load(struct local *l, struct nw_err *err)
{
    const struct nw_round *r = l->round;
    l->tris = l->live = l->patch->end - l->patch->begin;
    l->points = r->point_first[l->patch->end] - r->point_first[l->patch->begin];
    l->origin = r->from->pos_mm[r->from->tri[r->order[l->patch->begin]][0]];
    if (!allocate(l, err) || !number_vertices(l, err) || !allocate_verts(l, err))
        return false;
    NW_AUTOFREE uint32_t *chain = NW_ALLOC_UNSET(uint32_t, 3 * l->tris, err);
    if (!chain)
        return false;
    pair_halves(l, chain);
    set_up_vertices(l, chain);
    load_points(l);
    return true;
}

/* ---- the queue ---- */

static bool comes_before(const struct entry *a, const struct entry *b)
{
    return a->cost < b->cost || (a->cost == b->cost && a->half < b->half);
}

static void sift_down(struct local *l, size_t at)
{
    const struct entry e = l->heap[at];
    for (size_t child = 4 * at + 1; child < l->heap_count; child = 4 * at + 1) {
        const size_t end = child + 4 < l->heap_count ? child + 4 : l->heap_count;
        size_t first = child;
        for (size_t i = child + 1; i < end; i++)
            if (comes_before(&l->heap[i], &l->heap[first]))
                first = i;
        if (!comes_before(&l->heap[first], &e))
            break;
        l->heap[at] = l->heap[first];
        at = first;
    }
    l->heap[at] = e;
}

static void sift_up(struct local *l, size_t at)
{
    const struct entry e = l->heap[at];
    for (; at > 0 && comes_before(&e, &l->heap[(at - 1) / 4]); at = (at - 1) / 4)
        l->heap[at] = l->heap[(at - 1) / 4];
    l->heap[at] = e;
}

static struct entry pop(struct local *l)
{
    const struct entry top = l->heap[0];
    l->heap[0] = l->heap[--l->heap_count];
    if (l->heap_count > 0)
        sift_down(l, 0);
    return top;
}

/* Where the two ends of an edge would best meet. */
static nw_vec3 best_place(const struct local *l, uint32_t u, uint32_t v, double *cost)
{
    const struct nw_quadric q = nw_quadric_sum(&l->quadric[u], &l->quadric[v]);
    const nw_vec3 middle = nw_scale(nw_add(l->pos[u], l->pos[v]), 0.5);
    nw_vec3 place = middle;
    if (!nw_quadric_lowest(&q, &place) ||
        nw_length2(nw_sub(place, middle)) > 4 * nw_length2(nw_sub(l->pos[u], l->pos[v])))
        place = middle;
    *cost = nw_quadric_at(&q, place);
    return place;
}

static struct entry entry_of(const struct local *l, uint32_t half)
{
    const uint32_t u = origin_of(l, half), v = end_of(l, half);
    double cost;
    (void)best_place(l, u, v, &cost);
    const float positive = cost > 0 ? (float)cost : 0;
    struct entry e = {0, half, l->age[u], l->age[v]};
    memcpy(&e.cost, &positive, sizeof positive);
    return e;
}

static bool push(struct local *l, uint32_t half, struct nw_err *err)
{
    if (!nw_grow(&l->heap, &l->heap_room, l->heap_count + 1, sizeof *l->heap, err))
        return false;
    l->heap[l->heap_count++] = entry_of(l, half);
    return true;
}

static bool fill_queue(struct local *l, struct nw_err *err)
{
    const uint8_t *seam = l->round->seam;
    for (uint32_t h = 0; h < 3 * l->tris; h++) {
        const uint32_t u = origin_of(l, h), v = end_of(l, h);
        if (!l->is_free[u] || !l->is_free[v] || l->opposite[h] < h)
            continue;
        if ((!seam || seam[l->vert[u]] || seam[l->vert[v]]) && !push(l, h, err))
            return false;
    }
    for (size_t i = l->heap_count / 4 + 1; i-- > 0;)
        if (i < l->heap_count)
            sift_down(l, i);
    return true;
}

/* ---- may this edge go? ---- */

/* The ends' neighbours in common are the two tips and no others, and it is no tetrahedron. */
static bool keeps_topology(struct local *l, uint32_t half)
{
    const uint32_t mark = ++l->marks;
    uint32_t around_u = 0, around_v = 0, common = 0;
    uint32_t h = half;
    do {
        l->mark[end_of(l, h)] = mark;
        around_u++;
        h = turn(l, h);
    } while (h != half);
    const uint32_t back = l->opposite[half];
    h = back;
    do {
        common += l->mark[end_of(l, h)] == mark;
        around_v++;
        h = turn(l, h);
    } while (h != back);
    return common == 2 && (around_u > 3 || around_v > 3) && around_u + around_v - 4 <= MAX_FAN;
}

static void add_to_fan(const struct local *l, struct fan *f, uint32_t half, uint32_t gone)
{
    const uint32_t first = half;
    do {
        const uint32_t t = half / 3;
        if (t != first / 3 && t != gone) {
            f->tri[f->count] = t;
            f->x[f->count] = end_of(l, half);
            f->y[f->count] = origin_of(l, before_half(half));
            f->count++;
        }
        half = turn(l, half);
    } while (half != first);
}

static double thinness(nw_vec3 p, nw_vec3 x, nw_vec3 y, double area2)
{
    const double a = nw_length2(nw_sub(p, x)), b = nw_length2(nw_sub(x, y)),
                 c = nw_length2(nw_sub(y, p));
    const double most = a > b ? (a > c ? a : c) : (b > c ? b : c);
    return most > 0 ? area2 / most : 0;
}

static void set_plane(struct fan *f, int side, int i, nw_vec3 n, nw_vec3 on)
{
    f->plane[side][0][i] = (float)n.x;
    f->plane[side][1][i] = (float)n.y;
    f->plane[side][2][i] = (float)n.z;
    f->plane[side][3][i] = (float)nw_dot(n, on);
}

/* No new triangle turns over or becomes a sliver; sets their planes on the way. */
static bool keeps_shape(const struct local *l, struct fan *f)
{
    const nw_vec3 p = f->place;
    double thinnest = HUGE_VAL, thinnest_was = HUGE_VAL;
    for (int i = 0; i < f->count; i++) {
        const uint32_t *v = l->tri[f->tri[i]];
        const nw_vec3 x = l->pos[f->x[i]], y = l->pos[f->y[i]];
        const nw_vec3 a = l->pos[v[0]], b = l->pos[v[1]], c = l->pos[v[2]];
        const nw_vec3 was = nw_cross(nw_sub(b, a), nw_sub(c, a));
        const nw_vec3 is = nw_cross(nw_sub(x, p), nw_sub(y, p));
        const double was_len = nw_length(was), is_len = nw_length(is);
        if (!(nw_dot(was, is) > TURN_COS * was_len * is_len))
            return false;
        thinnest = fmin(thinnest, thinness(p, x, y, is_len));
        thinnest_was = fmin(thinnest_was, thinness(a, b, c, was_len));
        const nw_vec3 n = nw_scale(is, 1 / is_len);
        set_plane(f, 0, i, n, p);
        set_plane(f, 1, i, nw_unit(nw_cross(n, nw_sub(x, p))), p);
        set_plane(f, 2, i, nw_unit(nw_cross(n, nw_sub(y, x))), x);
        set_plane(f, 3, i, nw_unit(nw_cross(n, nw_sub(p, y))), y);
    }
    for (int i = f->count; i % LANES != 0; i++) /* lanes without a triangle are far away */
        for (int s = 0; s < 4; s++)
            for (int k = 0; k < 4; k++)
                f->plane[s][k][i] = s == 0 && k == 3 ? 1e18F : 0;
    return thinnest >= THIN || thinnest >= thinnest_was;
}

/* Finds each place's nearest triangle of the fan; false when one is further than allowed. Past
 * a corner the distance is a little underrated; the whole mesh is measured afterwards. */
NW_CLONES
static bool places_fit(const struct fan *f, const float (*place)[3], size_t count, float most2,
                       uint8_t *which)
{
    for (size_t r = 0; r < count; r++) {
        const float x = place[r][0], y = place[r][1], z = place[r][2];
        float best = HUGE_VALF;
        int best_at = 0;
        for (int from = 0; from < f->count; from += LANES) {
            float d2[LANES];
            for (int i = 0; i < LANES; i++) {
                const int t = from + i;
                float at[4];
                for (int s = 0; s < 4; s++)
                    at[s] = f->plane[s][0][t] * x + f->plane[s][1][t] * y +
                            f->plane[s][2][t] * z - f->plane[s][3][t];
                float beside = at[1] < at[2] ? at[1] : at[2];
                beside = beside < at[3] ? beside : at[3];
                beside = beside < 0 ? beside : 0;
                d2[i] = at[0] * at[0] + beside * beside;
            }
            for (int i = 0; i < LANES; i++)
                if (d2[i] < best) {
                    best = d2[i];
                    best_at = from + i;
                }
        }
        if (!(best <= most2))
            return false;
        which[r] = (uint8_t)best_at;
    }
    return true;
}

static size_t add_riders(struct local *l, uint32_t tri, size_t count)
{
    for (uint32_t i = l->head[tri]; i != NO && count < MAX_RIDERS; i = l->next[i]) {
        l->scratch_rider[count] = i;
        memcpy(l->scratch_place[count++], l->place[i], sizeof *l->place);
    }
    return count;
}

static bool is_near(struct local *l, nw_vec3 p)
{
    return nw_bvh_is_within(l->round->tree, nw_add(p, l->origin), l->round->bound_mm, &l->hint);
}

/* Is the new surface near the original where it is tried: at the vertex and along the new
 * sides? (The middles of those faces that stay are tried at the end.) */
static bool lies_near(struct local *l, const struct fan *f)
{
    if (!is_near(l, f->place))
        return false;
    for (int i = 0; i < f->count; i++) {
        const nw_vec3 side = nw_sub(l->pos[f->x[i]], f->place);
        const int parts = nw_sample_parts(nw_length(side), l->round->spacing_mm);
        for (int k = 1; k < parts; k++)
            if (!is_near(l, nw_along(f->place, side, (double)k / parts)))
                return false;
    }
    return true;
}

static bool keeps_bound(struct local *l, const struct fan *f, uint32_t gone, uint32_t gone_too,
                        size_t *riders)
{
    size_t n = add_riders(l, gone, add_riders(l, gone_too, 0));
    for (int i = 0; i < f->count; i++)
        n = add_riders(l, f->tri[i], n);
    if (n >= MAX_RIDERS)
        return false;
    *riders = n;
    const double most = l->round->bound_mm;
    return places_fit(f, (const float(*)[3])l->scratch_place, n, (float)(most * most),
                      l->scratch_which) &&
           lies_near(l, f);
}

/* ---- and so it goes ---- */

static void merge_attributes(const struct local *l, uint32_t u, uint32_t v, nw_vec3 place)
{
    struct nw_mesh *to = l->round->to;
    const uint32_t a = l->vert[u], b = l->vert[v];
    const nw_vec3 edge = nw_sub(l->pos[v], l->pos[u]);
    const double len2 = nw_length2(edge);
    double s = len2 > 0 ? nw_dot(nw_sub(place, l->pos[u]), edge) / len2 : 0;
    s = s < 0 ? 0 : s > 1 ? 1 : s;
    if (to->uncertainty_mm)
        to->uncertainty_mm[a] = (float)((1 - s) * (double)to->uncertainty_mm[a] +
                                        s * (double)to->uncertainty_mm[b]);
    if (to->vert_class && to->vert_class[b] > to->vert_class[a])
        to->vert_class[a] = to->vert_class[b];
    for (int k = 0; k < 4 && to->vert_rgba; k++)
        to->vert_rgba[a][k] = (uint8_t)rint((1 - s) * (double)to->vert_rgba[a][k] +
                                            s * (double)to->vert_rgba[b][k]);
}

static void join_halves(struct local *l, uint32_t a, uint32_t b)
{
    l->opposite[a] = b;
    l->opposite[b] = a;
}

/* v becomes u, and the two triangles at the edge go. */
static void relink(struct local *l, const struct fan *f, uint32_t half, size_t riders)
{
    const uint32_t back = l->opposite[half], u = origin_of(l, half), v = end_of(l, half);
    const uint32_t a = end_of(l, next_half(half)), b = end_of(l, next_half(back));
    const uint32_t a_from_v = l->opposite[next_half(half)],
                   a_to_u = l->opposite[before_half(half)],
                   b_from_u = l->opposite[next_half(back)],
                   b_to_v = l->opposite[before_half(back)];
    join_halves(l, a_from_v, a_to_u);
    join_halves(l, b_from_u, b_to_v);
    l->dead[half / 3] = l->dead[back / 3] = 1;
    l->live -= 2;
    l->out[a] = a_from_v; /* runs from a to v, now u */
    l->out[b] = b_from_u;
    l->out[u] = a_to_u; /* runs from u to a */
    l->head[half / 3] = l->head[back / 3] = NO;
    for (int i = 0; i < f->count; i++) {
        for (int k = 0; k < 3; k++)
            if (l->tri[f->tri[i]][k] == v)
                l->tri[f->tri[i]][k] = u;
        l->changed[f->tri[i]] = NW_CHANGED;
        l->head[f->tri[i]] = NO;
    }
    for (size_t r = 0; r < riders; r++) {
        const uint32_t t = f->tri[l->scratch_which[r]], i = l->scratch_rider[r];
        l->next[i] = l->head[t];
        l->head[t] = i;
    }
    l->quadric[u] = nw_quadric_sum(&l->quadric[u], &l->quadric[v]);
    l->pos[u] = f->place;
    l->age[u] = ++l->ages;
    l->age[v] = ++l->ages;
    l->is_free[v] = 0;
    l->into[v] = u;
}

static bool push_around(struct local *l, uint32_t u, struct nw_err *err)
{
    uint32_t h = l->out[u];
    do {
        if (l->is_free[end_of(l, h)]) {
            if (!push(l, h, err))
                return false;
            sift_up(l, l->heap_count - 1);
        }
        h = turn(l, h);
    } while (h != l->out[u]);
    return true;
}

static bool is_current(const struct local *l, const struct entry *e)
{
    return !l->dead[e->half / 3] && l->age[origin_of(l, e->half)] == e->age_u &&
           l->age[end_of(l, e->half)] == e->age_v;
}

static bool collapse_all(struct local *l, size_t target, struct nw_err *err)
{
    while (l->heap_count > 0 && l->live > target) {
        const struct entry e = pop(l);
        if (!is_current(l, &e) || !keeps_topology(l, e.half))
            continue;
        const uint32_t u = origin_of(l, e.half), v = end_of(l, e.half);
        const uint32_t back = l->opposite[e.half];
        struct fan f;
        double cost;
        size_t riders;
        f.count = 0;
        f.place = best_place(l, u, v, &cost);
        add_to_fan(l, &f, e.half, back / 3);
        add_to_fan(l, &f, back, e.half / 3);
        if (!keeps_shape(l, &f) || !keeps_bound(l, &f, e.half / 3, back / 3, &riders))
            continue;
        merge_attributes(l, u, v, f.place);
        relink(l, &f, e.half, riders);
        if (!push_around(l, u, err))
            return false;
    }
    return true;
}

/* ---- out again ---- */

/* Does every point on triangle t lie within the bound, exactly? */
static bool riders_fit(const struct local *l, size_t t)
{
    const uint32_t *v = l->tri[t];
    for (uint32_t i = l->head[t]; i != NO; i = l->next[i]) {
        double bary[3];
        const nw_vec3 p = nw_sub(nw_round_point(l->round, l->point[i]), l->origin);
        const nw_vec3 q =
            nw_triangle_nearest(l->pos[v[0]], l->pos[v[1]], l->pos[v[2]], p, bary);
        if (nw_length(nw_sub(p, q)) > l->round->bound_mm)
            return false;
    }
    return true;
}

static uint32_t last_of(const struct local *l, uint32_t v)
{
    while (l->into[v] != v) {
        l->into[v] = l->into[l->into[v]];
        v = l->into[v];
    }
    return v;
}

static bool middle_is_near(struct local *l, size_t t)
{
    const uint32_t *v = l->tri[t];
    return is_near(l,
                   nw_scale(nw_add(l->pos[v[0]], nw_add(l->pos[v[1]], l->pos[v[2]])), 1.0 / 3));
}

static size_t store(struct local *l)
{
    const struct nw_round *r = l->round;
    size_t at = l->patch->begin;
    for (size_t t = 0; t < l->tris; t++) {
        if (l->dead[t])
            continue;
        for (int k = 0; k < 3; k++)
            r->to->tri[at][k] = l->vert[l->tri[t][k]];
        for (uint32_t i = l->head[t]; i != NO; i = l->next[i])
            r->home[l->point[i]] = (uint32_t)at;
        r->changed[at] = l->changed[t];
        if (l->changed[t] && !(riders_fit(l, t) && middle_is_near(l, t)))
            r->changed[at] = NW_OVER_BOUND;
        at++;
    }
    for (uint32_t v = 0; v < l->verts; v++) {
        if (l->is_free[v] && l->age[v] > 0)
            r->to->pos_mm[l->vert[v]] = nw_add(l->pos[v], l->origin);
        if (r->owner[l->vert[v]] == l->patch->id)
            r->merged[l->vert[v]] = l->vert[last_of(l, v)];
    }
    return at - l->patch->begin;
}

bool nw_patch_collapse(const struct nw_round *round, const struct nw_patch *patch, size_t *live,
                       struct nw_err *err)
{
    struct local l = {.round = round, .patch = patch};
    const bool ok = load(&l, err) && fill_queue(&l, err) &&
                    collapse_all(&l, (size_t)(round->ratio * (double)l.tris), err);
    if (ok)
        *live = store(&l);
    nw_free(l.heap);
    nw_arena_release(&l.arena);
    return ok;
}
