/* mesh/collapse.c -- see collapse_priv.h. */
#include "mesh/collapse_priv.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/quadric_priv.h"

enum {
    LANES = 8,         /* points looked at together */
    MAX_FAN = 32,      /* triangles around a new vertex, no more */
    MAX_RIDERS = 4096, /* points on them, no more */
    PAST_CORNER = 128, /* or-ed to the number of a triangle of the fan */
};
static const uint32_t NO = UINT32_MAX;

/* How much a corner is held where it was, against the planes: keeps flat parts regular. */
static const double HOLD = 2e-4;
/* A triangle may not turn by more (cosine) in one collapse, nor become thinner than this (twice
 * the area over the square of the longest side), unless one of the old ones was. */
static const double TURN_COS = 0.4;
static const double THIN = 0.08;
/* The share of the bound left to rounding where places are floats, and what that takes at most:
 * of the places' distance from the origin, and of the longest side of a triangle not thin. */
static const double FLOAT_CARE = 1e-3, ROUND_REACH = 0x1p-21, ROUND_SIDE = 0x1p-19;
/* An edge is not tried when the planes it gathered lie further from the best place, in the mean
 * of squares, than this times the bound: it would fail. */
static const double HOPELESS = 1.2;
/* From this share of the bound on, at the points, a new vertex and its sides are looked at
 * before they are made; with less they rarely fail, and are looked at in the end. */
static const double WARY = 0.5;

/* The patch with its own numbers for triangles, vertices and points; lengths from `origin`. */
struct local {
    struct nw_arena arena;
    const struct nw_round *round;
    const struct nw_patch *patch;
    nw_vec3 origin;
    double reach_mm; /* of the points from there, along an axis */
    size_t tris, verts, points, live;
    uint32_t (*tri)[3];
    uint32_t *opposite; /* across half edge 3 t + k; NO */
    uint8_t *dead, *changed;
    uint8_t *seen;  /* by half: its side was found near the original as it is */
    uint32_t *vert; /* number in the mesh */
    uint32_t *out;  /* some half edge that begins there */
    nw_vec3 *pos;
    struct nw_quadric *quadric;
    uint8_t *is_free;
    uint8_t *seen_vert; /* it was found near the original where it is */
    uint32_t *into;     /* the vertex it became part of, step by step */
    uint32_t *age, *mark, ages, marks;
    uint32_t *hint; /* for the tree: where it found something near the vertex */
    uint32_t last_hint;
    uint32_t *head, *next; /* points riding on a triangle, as chains */
    float (*place)[3];     /* of a point */
    uint32_t *point;       /* its number in the mesh */
    uint64_t *heap;        /* edges: the cost, as a float's bits, and one of the halves */
    uint32_t *priced; /* by half: how many changes there were when its cost was found; NO: it is
                         not in the heap */
    size_t heap_count, heap_room;
    uint8_t *scratch_which; /* by rider: triangle of the fan, and PAST_CORNER */
    uint32_t *scratch_rider;
    float *scratch_place[3]; /* x, y, z */
};

/* What an edge's collapse makes: triangles (new vertex, x, y) in the place of `tri`. */
struct fan {
    int count;
    uint32_t tri[MAX_FAN], x[MAX_FAN], y[MAX_FAN];
    nw_vec3 place;
    bool seen; /* the place and the sides that end there are near the original */
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
        {&l->priced, 3 * t * sizeof *l->priced},
        {&l->dead, t},
        {&l->changed, t},
        {&l->seen, 3 * t},
        {&l->vert, v * sizeof *l->vert},
        {&l->head, t * sizeof *l->head},
        {&l->next, p * sizeof *l->next},
        {&l->place, p * sizeof *l->place},
        {&l->point, p * sizeof *l->point},
        {&l->scratch_which, MAX_RIDERS},
        {&l->scratch_rider, MAX_RIDERS * sizeof *l->scratch_rider},
        {&l->scratch_place[0], MAX_RIDERS * sizeof(float)},
        {&l->scratch_place[1], MAX_RIDERS * sizeof(float)},
        {&l->scratch_place[2], MAX_RIDERS * sizeof(float)},
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
        {&l->out, v * sizeof *l->out},
        {&l->pos, v * sizeof *l->pos},
        {&l->quadric, v * sizeof *l->quadric},
        {&l->is_free, v},
        {&l->seen_vert, v},
        {&l->into, v * sizeof *l->into},
        {&l->age, v * sizeof *l->age},
        {&l->mark, v * sizeof *l->mark},
        {&l->hint, v * sizeof *l->hint},
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
        l->opposite[h] = NO;
    }
    for (uint32_t h = 0; h < 3 * l->tris; h++) {
        const uint32_t a = origin_of(l, h), b = end_of(l, h);
        if (l->opposite[h] != NO)
            continue;
        int same = 0, against = 0;
        uint32_t other = NO;
        for (uint32_t o = l->out[b]; o != NO; o = chain[o])
            if (end_of(l, o) == a) {
                against++;
                other = o;
            }
        for (uint32_t o = l->out[a]; o != NO; o = chain[o])
            same += end_of(l, o) == b;
        if (against != 1 || same != 1)
            continue;
        l->opposite[h] = other;
        l->opposite[other] = h;
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
            l->reach_mm = fmax(l->reach_mm, fmax(fabs(p.x), fmax(fabs(p.y), fabs(p.z))));
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

/* The least cost comes first. Collapses only add to quadrics, so a cost never falls: what is in
 * the heap stays there as its ends change, and is priced anew when it comes up. */

static void sift_down(struct local *l, size_t at)
{
    const uint64_t e = l->heap[at];
    for (size_t child = 4 * at + 1; child < l->heap_count; child = 4 * at + 1) {
        const size_t end = child + 4 < l->heap_count ? child + 4 : l->heap_count;
        size_t first = child;
        for (size_t i = child + 1; i < end; i++)
            first = l->heap[i] < l->heap[first] ? i : first;
        if (l->heap[first] >= e)
            break;
        l->heap[at] = l->heap[first];
        at = first;
    }
    l->heap[at] = e;
}

static void sift_up(struct local *l, size_t at)
{
    const uint64_t e = l->heap[at];
    for (; at > 0 && e < l->heap[(at - 1) / 4]; at = (at - 1) / 4)
        l->heap[at] = l->heap[(at - 1) / 4];
    l->heap[at] = e;
}

static void drop_first(struct local *l)
{
    l->priced[(uint32_t)l->heap[0]] = NO;
    l->heap[0] = l->heap[--l->heap_count];
    if (l->heap_count > 0)
        sift_down(l, 0);
}

/* Where the two ends of an edge would best meet. */
static nw_vec3 best_place(const struct local *l, uint32_t u, uint32_t v, double *cost,
                          double *weight)
{
    const struct nw_quadric q = nw_quadric_sum(&l->quadric[u], &l->quadric[v]);
    const nw_vec3 middle = nw_scale(nw_add(l->pos[u], l->pos[v]), 0.5);
    nw_vec3 place = middle;
    if (!nw_quadric_lowest(&q, &place) ||
        nw_length2(nw_sub(place, middle)) > 4 * nw_length2(nw_sub(l->pos[u], l->pos[v])))
        place = middle;
    *cost = nw_quadric_at(&q, place);
    *weight = q.a00 + q.a11 + q.a22;
    return place;
}

/* The edge as the heap has it; false when it is not worth trying. */
static bool price(const struct local *l, uint32_t half, uint64_t *entry)
{
    double cost, weight;
    (void)best_place(l, origin_of(l, half), end_of(l, half), &cost, &weight);
    const double most = HOPELESS * l->round->bound_mm;
    if (!(cost <= weight * most * most))
        return false;
    const float positive = cost > 0 ? (float)cost : 0;
    uint32_t bits;
    memcpy(&bits, &positive, sizeof bits);
    *entry = (uint64_t)bits << 32 | half;
    return true;
}

static bool push(struct local *l, uint32_t half, struct nw_err *err)
{
    uint64_t e;
    if (!price(l, half, &e))
        return true;
    if (!nw_grow(&l->heap, &l->heap_room, l->heap_count + 1, sizeof *l->heap, err))
        return false;
    l->priced[half] = l->ages;
    l->heap[l->heap_count++] = e;
    return true;
}

static bool fill_queue(struct local *l, struct nw_err *err)
{
    const uint8_t *seam = l->round->seam;
    memset(l->priced, 0xff, 3 * l->tris * sizeof *l->priced);
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

/* The square of the longest side. */
static double longest2(nw_vec3 p, nw_vec3 x, nw_vec3 y)
{
    const double a = nw_length2(nw_sub(p, x)), b = nw_length2(nw_sub(x, y)),
                 c = nw_length2(nw_sub(y, p)), ab = a > b ? a : b;
    return ab > c ? ab : c;
}

/* No new triangle turns over or becomes a sliver. */
static bool keeps_shape(const struct local *l, const struct fan *f)
{
    const nw_vec3 p = f->place;
    double thinnest2 = HUGE_VAL, thinnest_was2 = HUGE_VAL;
    for (int i = 0; i < f->count; i++) {
        const uint32_t *v = l->tri[f->tri[i]];
        const nw_vec3 x = l->pos[f->x[i]], y = l->pos[f->y[i]];
        const nw_vec3 a = l->pos[v[0]], b = l->pos[v[1]], c = l->pos[v[2]];
        const nw_vec3 was = nw_cross(nw_sub(b, a), nw_sub(c, a));
        const nw_vec3 is = nw_cross(nw_sub(x, p), nw_sub(y, p));
        const double was2 = nw_length2(was), is2 = nw_length2(is), turn = nw_dot(was, is);
        if (!(turn > 0 && turn * turn > TURN_COS * TURN_COS * was2 * is2))
            return false;
        const double most = longest2(p, x, y), most_was = longest2(a, b, c);
        const double thin2 = is2 / (most * most), thin_was2 = was2 / (most_was * most_was);
        thinnest2 = thin2 < thinnest2 ? thin2 : thinnest2;
        thinnest_was2 = thin_was2 < thinnest_was2 ? thin_was2 : thinnest_was2;
    }
    return thinnest2 >= THIN * THIN || thinnest2 >= thinnest_was2;
}

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t lane_bits __attribute__((vector_size(LANES * sizeof(float))));

/* The planes of a fan's triangles and of their sides, all at once. side[k][x y z][i]: from the
 * place to x, from x to y and from y to the place, of triangle i. */
static void set_planes(struct fan *f, const float side[3][3][MAX_FAN], const float place[3],
                       const float x[3][MAX_FAN])
{
    float normal[3][MAX_FAN];
    for (int i = 0; i < f->count; i++) {
        float n[3], len2 = 0;
        for (int k = 0; k < 3; k++) {
            const int a = (k + 1) % 3, b = (k + 2) % 3;
            n[k] = side[0][a][i] * side[1][b][i] - side[0][b][i] * side[1][a][i];
            len2 += n[k] * n[k];
        }
        const float scale = 1 / sqrtf(len2);
        for (int k = 0; k < 3; k++)
            normal[k][i] = n[k] * scale;
        for (int k = 0; k < 3; k++)
            f->plane[0][k][i] = normal[k][i];
        f->plane[0][3][i] =
            normal[0][i] * place[0] + normal[1][i] * place[1] + normal[2][i] * place[2];
    }
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < f->count; i++) {
            float n[3], len2 = 0, d = 0;
            for (int k = 0; k < 3; k++) {
                const int a = (k + 1) % 3, b = (k + 2) % 3;
                n[k] = normal[a][i] * side[s][b][i] - normal[b][i] * side[s][a][i];
                len2 += n[k] * n[k];
            }
            const float scale = 1 / sqrtf(len2);
            for (int k = 0; k < 3; k++) {
                n[k] *= scale;
                f->plane[s + 1][k][i] = n[k];
                d += n[k] * (s == 1 ? x[k][i] : place[k]);
            }
            f->plane[s + 1][3][i] = d;
        }
}

static void prepare_planes(const struct local *l, struct fan *f)
{
    float side[3][3][MAX_FAN], x[3][MAX_FAN];
    const nw_vec3 p = f->place;
    for (int i = 0; i < f->count; i++) {
        const nw_vec3 at = l->pos[f->x[i]], end = l->pos[f->y[i]];
        const nw_vec3 way[3] = {nw_sub(at, p), nw_sub(end, at), nw_sub(p, end)};
        for (int s = 0; s < 3; s++) {
            side[s][0][i] = (float)way[s].x;
            side[s][1][i] = (float)way[s].y;
            side[s][2][i] = (float)way[s].z;
        }
        x[0][i] = (float)at.x;
        x[1][i] = (float)at.y;
        x[2][i] = (float)at.z;
    }
    const float place[3] = {(float)p.x, (float)p.y, (float)p.z};
    set_planes(f, (const float(*)[3][MAX_FAN])side, place, (const float(*)[MAX_FAN])x);
}

/* Where places lie over plane t. */
static inline __attribute__((always_inline)) void heights(const float plane[4][MAX_FAN], int t,
                                                          const lanes place[3], lanes *out)
{
    *out =
        plane[0][t] * place[0] + plane[1][t] * place[1] + plane[2][t] * place[2] - plane[3][t];
}

/* Finds each place's nearest triangle of the fan, and the furthest in *worst2; false when one
 * is further than allowed. count is a multiple of LANES. Past a corner the distance is
 * underrated: such are marked. */
NW_CLONES
static bool places_fit(const struct fan *f, float *const place[3], size_t count, float most2,
                       uint8_t *which, float *worst2)
{
    lanes worst = {0};
    for (size_t r = 0; r < count; r += LANES) {
        lanes at[3], best;
        lane_bits best_at = {0};
        for (int k = 0; k < 3; k++)
            memcpy(&at[k], place[k] + r, sizeof at[k]);
        best = at[0] * 0 + HUGE_VALF;
        for (int t = 0; t < f->count; t++) {
            lanes up, a, b, c;
            heights(f->plane[0], t, at, &up);
            heights(f->plane[1], t, at, &a);
            heights(f->plane[2], t, at, &b);
            heights(f->plane[3], t, at, &c);
            const lane_bits out_a = a < 0, out_b = b < 0, out_c = c < 0, less = a < b;
            const lanes ab = (lanes)(((lane_bits)a & less) | ((lane_bits)b & ~less));
            const lane_bits less_c = ab < c;
            lanes beside = (lanes)(((lane_bits)ab & less_c) | ((lane_bits)c & ~less_c));
            beside = (lanes)((lane_bits)beside & (beside < 0));
            const lanes d2 = up * up + beside * beside;
            const lane_bits past = (out_a & out_b) | (out_b & out_c) | (out_c & out_a);
            const lane_bits closer = d2 < best;
            best = (lanes)(((lane_bits)d2 & closer) | ((lane_bits)best & ~closer));
            best_at = (closer & (t | (past & PAST_CORNER))) | (~closer & best_at);
        }
        const lane_bits far = best > most2, worse = best > worst;
        worst = (lanes)(((lane_bits)best & worse) | ((lane_bits)worst & ~worse));
        int32_t tri[LANES], is_far[LANES];
        memcpy(tri, &best_at, sizeof tri);
        memcpy(is_far, &far, sizeof is_far);
        int32_t any = 0;
        for (int i = 0; i < LANES; i++) {
            any |= is_far[i];
            which[r + (size_t)i] = (uint8_t)tri[i];
        }
        if (any)
            return false;
    }
    float each[LANES];
    memcpy(each, &worst, sizeof each);
    for (int i = 0; i < LANES; i++)
        *worst2 = each[i] > *worst2 ? each[i] : *worst2;
    return true;
}

/* The marked ones again, exactly; takes the marks off. */
static bool corners_fit(const struct local *l, const struct fan *f, size_t count, double most)
{
    for (size_t r = 0; r < count; r++) {
        if (!(l->scratch_which[r] & PAST_CORNER))
            continue;
        l->scratch_which[r] &= PAST_CORNER - 1;
        const int t = l->scratch_which[r];
        const nw_vec3 p = nw_v3((double)l->scratch_place[0][r], (double)l->scratch_place[1][r],
                                (double)l->scratch_place[2][r]);
        double bary[3];
        const nw_vec3 q =
            nw_triangle_nearest(f->place, l->pos[f->x[t]], l->pos[f->y[t]], p, bary);
        if (nw_length2(nw_sub(p, q)) > most * most)
            return false;
    }
    return true;
}

static size_t add_riders(struct local *l, uint32_t tri, size_t count)
{
    for (uint32_t i = l->head[tri]; i != NO && count < MAX_RIDERS; i = l->next[i]) {
        l->scratch_rider[count] = i;
        for (int k = 0; k < 3; k++)
            l->scratch_place[k][count] = l->place[i][k];
        count++;
    }
    return count;
}

/* Fills up to whole lanes with the last one again. */
static size_t pad_riders(struct local *l, size_t count)
{
    size_t n = count;
    for (; n % LANES != 0; n++)
        for (int k = 0; k < 3; k++)
            l->scratch_place[k][n] = l->scratch_place[k][count - 1];
    return n;
}

static bool is_near(struct local *l, nw_vec3 p, double max_mm, uint32_t *hint)
{
    if (*hint == 0) /* nothing was found there yet */
        *hint = l->last_hint;
    if (!nw_bvh_is_within(l->round->tree, nw_add(p, l->origin), max_mm, hint))
        return false;
    l->last_hint = *hint;
    return true;
}

/* Do the new sides lie near the original, at places the spacing apart? */
static bool sides_are_near(struct local *l, const struct fan *f, uint32_t at_place)
{
    for (int i = 0; i < f->count; i++) {
        const nw_vec3 side = nw_sub(l->pos[f->x[i]], f->place);
        const int parts = nw_sample_parts(nw_length(side), l->round->spacing_mm);
        uint32_t hint = at_place;
        for (int k = 1; k < parts; k++)
            if (!is_near(l, nw_along(f->place, side, (double)k / parts), l->round->between_mm,
                         &hint))
                return false;
    }
    return true;
}

static bool keeps_bound(struct local *l, struct fan *f, uint32_t half, size_t *riders)
{
    const uint32_t gone = half / 3, gone_too = l->opposite[half] / 3;
    uint32_t *hint = &l->hint[origin_of(l, half)];
    size_t n = add_riders(l, gone, add_riders(l, gone_too, 0));
    for (int i = 0; i < f->count; i++)
        n = add_riders(l, f->tri[i], n);
    if (n >= MAX_RIDERS)
        return false;
    *riders = n;
    const double most = l->round->bound_mm * (1 - FLOAT_CARE), wary = WARY * most;
    float worst2 = 0;
    prepare_planes(l, f);
    if (!places_fit(f, l->scratch_place, pad_riders(l, n), (float)(most * most),
                    l->scratch_which, &worst2) ||
        !corners_fit(l, f, n, most))
        return false;
    f->seen = !((double)worst2 < wary * wary);
    return !f->seen ||
           (is_near(l, f->place, l->round->bound_mm, hint) && sides_are_near(l, f, *hint));
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
    l->seen_vert[u] = f->seen;
    uint32_t h = l->out[u];
    do {
        l->seen[h] = l->seen[l->opposite[h]] = f->seen;
        h = turn(l, h);
    } while (h != l->out[u]);
}

static bool push_around(struct local *l, uint32_t u, struct nw_err *err)
{
    uint32_t h = l->out[u];
    do {
        if (l->is_free[end_of(l, h)] && l->priced[h] == NO && l->priced[l->opposite[h]] == NO) {
            const size_t was = l->heap_count;
            if (!push(l, h, err))
                return false;
            if (l->heap_count > was)
                sift_up(l, was);
        }
        h = turn(l, h);
    } while (h != l->out[u]);
    return true;
}

/* Takes the next edge out; false when it was gone, or is dearer than it was. */
static bool pop(struct local *l, uint32_t *half)
{
    const uint32_t h = (uint32_t)l->heap[0];
    const bool dead = l->dead[h / 3];
    if (!dead &&
        (l->age[origin_of(l, h)] > l->priced[h] || l->age[end_of(l, h)] > l->priced[h])) {
        uint64_t e;
        if (price(l, h, &e)) {
            const bool dearer = e > l->heap[0];
            l->heap[0] = dearer ? e : l->heap[0];
            l->priced[h] = l->ages;
            if (dearer) {
                sift_down(l, 0);
                return false;
            }
        } else {
            drop_first(l);
            return false;
        }
    }
    drop_first(l);
    *half = h;
    return !dead;
}

static bool collapse_all(struct local *l, size_t target, struct nw_err *err)
{
    while (l->heap_count > 0 && l->live > target) {
        uint32_t half;
        if (!pop(l, &half) || !keeps_topology(l, half))
            continue;
        const uint32_t u = origin_of(l, half), v = end_of(l, half);
        const uint32_t back = l->opposite[half];
        struct fan f;
        double cost, weight;
        size_t riders;
        f.count = 0;
        f.place = best_place(l, u, v, &cost, &weight);
        add_to_fan(l, &f, half, back / 3);
        add_to_fan(l, &f, back, half / 3);
        if (!keeps_shape(l, &f) || !keeps_bound(l, &f, half, &riders))
            continue;
        merge_attributes(l, u, v, f.place);
        relink(l, &f, half, riders);
        if (!push_around(l, u, err))
            return false;
    }
    return true;
}

/* ---- out again ---- */

/* Do floats tell the heights of the points over a triangle with those corners? */
static bool floats_suffice(const struct local *l, const nw_vec3 corner[3], nw_vec3 normal)
{
    const double side2 = longest2(corner[0], corner[1], corner[2]);
    return nw_length2(normal) >= THIN * THIN * side2 * side2 &&
           ROUND_REACH * l->reach_mm + ROUND_SIDE * sqrt(side2) <=
               FLOAT_CARE * l->round->bound_mm;
}

static bool rider_fits(const struct local *l, const nw_vec3 corner[3], uint32_t rider)
{
    double bary[3];
    const nw_vec3 p = nw_sub(nw_round_point(l->round, l->point[rider]), l->origin);
    const nw_vec3 q = nw_triangle_nearest(corner[0], corner[1], corner[2], p, bary);
    return nw_length(nw_sub(p, q)) <= l->round->bound_mm;
}

/* Does every point on triangle t lie within the bound, exactly? Those over its face were told
 * by floats; beside it those may underrate. */
static bool riders_fit(const struct local *l, size_t t)
{
    const uint32_t *v = l->tri[t];
    const nw_vec3 c[3] = {l->pos[v[0]], l->pos[v[1]], l->pos[v[2]]};
    const nw_vec3 normal = nw_cross(nw_sub(c[1], c[0]), nw_sub(c[2], c[0]));
    const bool suffice = floats_suffice(l, c, normal);
    nw_vec3 inward[3];
    double from[3];
    for (int k = 0; k < 3; k++) {
        inward[k] = nw_cross(normal, nw_sub(c[(k + 1) % 3], c[k]));
        from[k] = nw_dot(inward[k], c[k]);
    }
    for (uint32_t i = l->head[t]; i != NO; i = l->next[i]) {
        const nw_vec3 p =
            nw_v3((double)l->place[i][0], (double)l->place[i][1], (double)l->place[i][2]);
        const bool over = nw_dot(inward[0], p) >= from[0] && nw_dot(inward[1], p) >= from[1] &&
                          nw_dot(inward[2], p) >= from[2];
        if (!(suffice && over) && !rider_fits(l, c, i))
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

/* Does the new triangle lie near the original: at its corners that are new (each is one
 * triangle's to look at), in its middle, and along those of its sides that run upward, where
 * they are new? What was looked at as it was made is not looked at again. */
static bool lies_near(struct local *l, size_t t)
{
    const uint32_t *v = l->tri[t];
    const nw_vec3 p[3] = {l->pos[v[0]], l->pos[v[1]], l->pos[v[2]]};
    const double most = l->round->between_mm;
    uint32_t hint = l->hint[v[0]];
    if (!is_near(l, nw_scale(nw_add(p[0], nw_add(p[1], p[2])), 1.0 / 3), most, &hint))
        return false;
    for (int k = 0; k < 3; k++)
        if (l->age[v[k]] > 0 && !l->seen_vert[v[k]] && l->out[v[k]] / 3 == t &&
            !is_near(l, p[k], l->round->bound_mm, &l->hint[v[k]]))
            return false;
    for (int k = 0; k < 3; k++) {
        const int n = (k + 1) % 3;
        if (v[k] > v[n] || (l->age[v[k]] == 0 && l->age[v[n]] == 0) ||
            l->seen[3 * t + (size_t)k])
            continue;
        const nw_vec3 side = nw_sub(p[n], p[k]);
        const int parts = nw_sample_parts(nw_length(side), l->round->spacing_mm);
        hint = l->hint[v[k]];
        for (int i = 1; i < parts; i++)
            if (!is_near(l, nw_along(p[k], side, (double)i / parts), most, &hint))
                return false;
    }
    return true;
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
        if (l->changed[t] && !(riders_fit(l, t) && lies_near(l, t)))
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
