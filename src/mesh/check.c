/* mesh/check.c -- see check.h. */
#include "mesh/check.h"

#include <string.h>

#include "core/parallel.h"
#include "core/predicate.h"
#include "mesh/edge_priv.h"
#include "mesh/intersect_priv.h"

enum {
    BLOCK = 4096
}; /* triangles or vertices at a time; fixed, so no sum depends on threads */

const char *nw_defect_name(enum nw_defect_kind kind)
{
    static const char *const name[NW_DEFECT_KINDS] = {
        "open_edge", "nonmanifold_edge",  "flipped_edge", "nonmanifold_vertex", "degenerate",
        "duplicate", "self_intersection", "inward",       "not_finite"};
    return (unsigned)kind < NW_DEFECT_KINDS ? name[kind] : "unknown";
}

struct work {
    const struct nw_mesh *mesh;
    struct nw_mesh_check *out;
    uint8_t *skip; /* triangles that name no three finite corners */
    uint8_t *flat; /* those, and triangles without area */
    struct nw_edges edges;
    uint32_t *opposite; /* across half edges */
    uint32_t *part;
    size_t part_count;
};

static void work_release(struct work *w)
{
    nw_free(w->skip);
    nw_free(w->flat);
    nw_free(w->opposite);
    nw_free(w->part);
    nw_edges_release(&w->edges);
}

static size_t blocks_of(size_t count)
{
    return (count + BLOCK - 1) / BLOCK;
}

static size_t block_end(size_t block, size_t count)
{
    return (block + 1) * BLOCK < count ? (block + 1) * BLOCK : count;
}

/* Counts a defect, and lists it while its kind has room. */
static void note(struct nw_mesh_check *out, enum nw_defect_kind kind, nw_vec3 place,
                 size_t triangle)
{
    if (out->count[kind]++ < NW_DEFECTS_LISTED)
        out->defect[out->defect_count++] = (struct nw_defect){kind, place, triangle};
}

static nw_vec3 centre(const struct nw_mesh *mesh, size_t t)
{
    const uint32_t *v = mesh->tri[t];
    return nw_scale(nw_add(mesh->pos_mm[v[0]], nw_add(mesh->pos_mm[v[1]], mesh->pos_mm[v[2]])),
                    1.0 / 3);
}

static nw_vec3 edge_middle(const struct nw_mesh *mesh, size_t half_edge)
{
    const uint32_t *v = mesh->tri[half_edge / 3];
    return nw_scale(
        nw_add(mesh->pos_mm[v[half_edge % 3]], mesh->pos_mm[v[(half_edge + 1) % 3]]), 0.5);
}

/* ---- triangles by themselves ---- */

enum fault { SOUND, NO_AREA, NO_TRIANGLE, NOT_FINITE };

static enum fault fault_of(const struct nw_mesh *mesh, size_t t)
{
    const uint32_t *v = mesh->tri[t];
    for (int k = 0; k < 3; k++)
        if (v[k] >= mesh->vert_count || v[k] == v[(k + 1) % 3])
            return NO_TRIANGLE;
    for (int k = 0; k < 3; k++)
        if (!nw_finite3(mesh->pos_mm[v[k]]))
            return NOT_FINITE;
    return nw_is_collinear(mesh->pos_mm[v[0]], mesh->pos_mm[v[1]], mesh->pos_mm[v[2]]) ? NO_AREA
                                                                                       : SOUND;
}

static void note_fault(struct work *w, size_t t)
{
    switch (fault_of(w->mesh, t)) {
    case SOUND:
        break;
    case NO_AREA:
        note(w->out, NW_DEFECT_DEGENERATE, centre(w->mesh, t), t);
        break;
    case NO_TRIANGLE: {
        const uint32_t v = w->mesh->tri[t][0];
        const bool there = v < w->mesh->vert_count && nw_finite3(w->mesh->pos_mm[v]);
        note(w->out, NW_DEFECT_DEGENERATE, there ? w->mesh->pos_mm[v] : nw_v3(0, 0, 0), t);
        break;
    }
    case NOT_FINITE:
        note(w->out, NW_DEFECT_NOT_FINITE, nw_v3(0, 0, 0), t);
        break;
    }
}

static void look_at_triangles(struct work *w)
{
    const struct nw_mesh *mesh = w->mesh;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks_of(mesh->tri_count); b++)
        for (size_t t = b * BLOCK; t < block_end(b, mesh->tri_count); t++) {
            const enum fault fault = fault_of(mesh, t);
            w->flat[t] = fault != SOUND;
            w->skip[t] = fault > NO_AREA;
        }
    for (size_t t = 0; t < mesh->tri_count; t++)
        if (w->flat[t])
            note_fault(w, t);
}

struct sums {
    double area2, volume6, cos_max;
};

static struct sums sum_block(const struct work *w, size_t block, nw_vec3 origin)
{
    const struct nw_mesh *mesh = w->mesh;
    struct sums s = {0, 0, -1};
    for (size_t t = block * BLOCK; t < block_end(block, mesh->tri_count); t++) {
        if (w->skip[t])
            continue;
        const uint32_t *v = mesh->tri[t];
        nw_vec3 p[3], side[3];
        for (int k = 0; k < 3; k++)
            p[k] = nw_sub(mesh->pos_mm[v[k]], origin);
        for (int k = 0; k < 3; k++)
            side[k] = nw_sub(p[(k + 1) % 3], p[k]);
        const double area2 = nw_length(nw_cross(side[0], side[1]));
        s.area2 += area2;
        s.volume6 += nw_dot(p[0], nw_cross(p[1], p[2]));
        for (int k = 0; k < 3; k++) {
            const double len = nw_length(side[k]) * nw_length(side[(k + 2) % 3]);
            const double c = len > 0 ? -nw_dot(side[k], side[(k + 2) % 3]) / len : 1;
            s.cos_max = c > s.cos_max ? c : s.cos_max;
        }
    }
    return s;
}

static bool measure(struct work *w, struct nw_err *err)
{
    const struct nw_mesh *mesh = w->mesh;
    nw_box box = nw_box_empty();
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3 && !w->skip[t]; k++)
            box = nw_box_with(box, mesh->pos_mm[mesh->tri[t][k]]);
    const bool any = box.min.x <= box.max.x;
    w->out->box = any ? box : (nw_box){{0, 0, 0}, {0, 0, 0}};
    const nw_vec3 origin = nw_scale(nw_add(w->out->box.min, w->out->box.max), 0.5);
    const size_t blocks = blocks_of(mesh->tri_count);
    NW_AUTOFREE struct sums *partial = NW_ALLOC(struct sums, blocks, err);
    if (!partial)
        return false;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks; b++)
        partial[b] = sum_block(w, b, origin);
    double cos_max = -1;
    for (size_t b = 0; b < blocks; b++) {
        w->out->area_mm2 += partial[b].area2 / 2;
        w->out->volume_mm3 += partial[b].volume6 / 6;
        cos_max = fmax(cos_max, partial[b].cos_max);
    }
    w->out->min_triangle_angle_deg = any ? nw_acos(cos_max) * (180 / NW_PI) : 0;
    return true;
}

/* ---- edges ---- */

static bool runs_up(const struct nw_mesh *mesh, uint32_t half_edge)
{
    const uint32_t *v = mesh->tri[half_edge / 3];
    return v[half_edge % 3] < v[(half_edge % 3 + 1) % 3];
}

static uint32_t tip(const struct nw_mesh *mesh, uint32_t half_edge)
{
    return mesh->tri[half_edge / 3][(half_edge % 3 + 2) % 3];
}

/* What is wrong with the run of half edges i..end on one edge; -1 nothing. */
static int edge_fault(const struct work *w, size_t i, size_t end)
{
    const uint64_t *key = w->edges.key;
    if (end - i == 1)
        return NW_DEFECT_OPEN_EDGE;
    if (end - i > 2)
        return NW_DEFECT_NONMANIFOLD_EDGE;
    return runs_up(w->mesh, (uint32_t)key[i]) == runs_up(w->mesh, (uint32_t)key[i + 1])
               ? NW_DEFECT_FLIPPED_EDGE
               : -1;
}

/* Triangles with three corners in common meet at each of their edges: counted at the edge of
 * the two lowest vertices. */
static void note_duplicates(struct work *w, size_t v, size_t i, size_t end)
{
    for (size_t a = i; a < end; a++)
        for (size_t b = i; b < a; b++) {
            const uint32_t s = (uint32_t)w->edges.key[b], t = (uint32_t)w->edges.key[a];
            const uint32_t third = tip(w->mesh, s);
            if (third != tip(w->mesh, t) || third < w->edges.key[i] >> 32 || third < v)
                continue;
            note(w->out, NW_DEFECT_DUPLICATE, centre(w->mesh, t / 3), t / 3);
            break; /* once for each that repeats an earlier one */
        }
}

static bool has_edge_fault(const struct work *w, size_t v)
{
    for (size_t i = w->edges.first[v], end; i < w->edges.first[v + 1]; i = end) {
        end = nw_edges_run(&w->edges, v, i);
        const bool same_tips = end - i == 2 && tip(w->mesh, (uint32_t)w->edges.key[i]) ==
                                                   tip(w->mesh, (uint32_t)w->edges.key[i + 1]);
        if (same_tips || edge_fault(w, i, end) >= 0)
            return true;
    }
    return false;
}

static void note_edge_faults(struct work *w, size_t v)
{
    for (size_t i = w->edges.first[v], end; i < w->edges.first[v + 1]; i = end) {
        end = nw_edges_run(&w->edges, v, i);
        const uint32_t half = (uint32_t)w->edges.key[i];
        const int fault = edge_fault(w, i, end);
        if (fault >= 0)
            note(w->out, (enum nw_defect_kind)fault, edge_middle(w->mesh, half), half / 3);
        note_duplicates(w, v, i, end);
    }
}

/* ---- vertices ---- */

/* The half edge of triangle t by which one leaves corner v, having come over `from`. */
static uint32_t other_side(const struct nw_mesh *mesh, uint32_t from, uint32_t v)
{
    const uint32_t t = from / 3;
    for (uint32_t k = 0; k < 3; k++) {
        const uint32_t h = 3 * t + k;
        if (h != from && (mesh->tri[t][k] == v || mesh->tri[t][(k + 1) % 3] == v))
            return h;
    }
    NW_UNREACHABLE();
}

/* How many triangles one passes around v from half edge h on, until the start or a border. */
static size_t walk_around(const struct work *w, uint32_t h, uint32_t v, bool *closed)
{
    size_t count = 0;
    uint32_t at = h;
    *closed = false;
    do {
        count++;
        const uint32_t out = other_side(w->mesh, at, v);
        at = w->opposite[out];
        *closed = at == h;
    } while (at != NW_NO_EDGE && !*closed && count < 3 * w->mesh->tri_count);
    return count;
}

/* Are v's triangles one fan: as many passed around as there are? corner is some half edge
 * that begins there, used the number of triangles. */
static bool is_fan(const struct work *w, uint32_t v, uint32_t corner, uint32_t used)
{
    bool closed;
    size_t passed = walk_around(w, corner, v, &closed);
    if (!closed) { /* a border: the rest lies the other way */
        const uint32_t back = w->opposite[corner];
        if (back != NW_NO_EDGE)
            passed += walk_around(w, back, v, &closed);
    }
    return passed == used;
}

static bool look_at_vertices(struct work *w, struct nw_err *err)
{
    const struct nw_mesh *mesh = w->mesh;
    NW_AUTOFREE uint32_t *corner = NW_ALLOC_UNSET(uint32_t, mesh->vert_count, err);
    NW_AUTOFREE uint32_t *used = corner ? NW_ALLOC(uint32_t, mesh->vert_count, err) : NULL;
    NW_AUTOFREE uint8_t *bad = used ? NW_ALLOC(uint8_t, mesh->vert_count, err) : NULL;
    if (!bad)
        return false;
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (uint32_t k = 0; k < 3 && !w->skip[t]; k++) {
            corner[mesh->tri[t][k]] = (uint32_t)(3 * t) + k;
            used[mesh->tri[t][k]]++;
        }
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks_of(mesh->vert_count); b++)
        for (size_t v = b * BLOCK; v < block_end(b, mesh->vert_count); v++)
            bad[v] = used[v] > 0 && !is_fan(w, (uint32_t)v, corner[v], used[v]);
    for (size_t v = 0; v < mesh->vert_count; v++) /* edges shared by many are told already */
        for (size_t i = w->edges.first[v], end; i < w->edges.first[v + 1]; i = end) {
            end = nw_edges_run(&w->edges, v, i);
            if (end - i > 2)
                bad[v] = bad[w->edges.key[i] >> 32] = 0;
        }
    for (size_t v = 0; v < mesh->vert_count; v++)
        if (bad[v])
            note(w->out, NW_DEFECT_NONMANIFOLD_VERTEX, mesh->pos_mm[v], corner[v] / 3);
    return true;
}

static bool look_at_edges(struct work *w, struct nw_err *err)
{
    const struct nw_mesh *mesh = w->mesh;
    const size_t blocks = blocks_of(mesh->vert_count);
    NW_AUTOFREE uint8_t *fault = NW_ALLOC(uint8_t, blocks, err);
    if (!fault || !nw_edges_init(&w->edges, mesh, w->skip, err))
        return false;
    w->opposite = NW_ALLOC_UNSET(uint32_t, 3 * mesh->tri_count, err);
    if (w->opposite)
        w->part = NW_ALLOC_UNSET(uint32_t, mesh->tri_count, err);
    if (!w->part)
        return false;
    nw_edges_opposites(&w->edges, mesh, w->opposite);
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks; b++)
        for (size_t v = b * BLOCK; v < block_end(b, mesh->vert_count) && !fault[b]; v++)
            fault[b] = has_edge_fault(w, v);
    for (size_t b = 0; b < blocks; b++)
        for (size_t v = b * BLOCK; fault[b] && v < block_end(b, mesh->vert_count); v++)
            note_edge_faults(w, v);
    w->part_count = nw_components_number(&w->edges, mesh, w->part);
    return look_at_vertices(w, err);
}

/* ---- which way the parts face ---- */

/* One for each part. */
struct body {
    bool closed; /* and oriented: it has an inside */
    double volume6;
    size_t triangle; /* its first */
};

/* The side of p on which ab passes, p moved by an infinitely small step up in v, and in u by
 * one that is infinitely smaller: so no edge is hit, and what two triangles say agrees. */
static int turn_past(const double a[2], const double b[2], const double p[2])
{
    const int turn = nw_orient2d(a[0], a[1], b[0], b[1], p[0], p[1]);
    if (turn != 0)
        return turn;
    if (a[0] != b[0])
        return b[0] > a[0] ? 1 : -1;
    return b[1] > a[1] ? -1 : b[1] < a[1] ? 1 : 0;
}

/* How often a ray from p along +x leaves triangle t to its outside (1), enters (-1), or passes
 * by (0). */
static int ray_count(const struct nw_mesh *mesh, size_t t, nw_vec3 p)
{
    nw_vec3 c[3];
    double flat[3][2];
    for (int k = 0; k < 3; k++) {
        c[k] = mesh->pos_mm[mesh->tri[t][k]];
        flat[k][0] = c[k].y;
        flat[k][1] = c[k].z;
    }
    const double at[2] = {p.y, p.z};
    const int s = turn_past(flat[0], flat[1], at);
    if (s == 0 || turn_past(flat[1], flat[2], at) != s || turn_past(flat[2], flat[0], at) != s)
        return 0;
    /* s > 0: counter-clockwise seen from +x, so facing +x; then p is behind it if below */
    return nw_orient3d(c[0], c[1], c[2], p) == s ? s : 0;
}

/* How many times the other closed parts wind around p. */
static int winding(const struct work *w, const struct body *body, const struct nw_bvh *bvh,
                   nw_vec3 p, uint32_t own)
{
    struct {
        size_t node;
        int level;
    } stack[NW_BVH_WIDE * NW_BVH_LEVELS];
    size_t top = 0;
    int sum = 0;
    stack[top].node = 0;
    stack[top++].level = bvh->top;
    while (top > 0) {
        const size_t node = stack[--top].node;
        const int level = stack[top].level;
        const struct nw_bvh_node *n = &bvh->node[bvh->level[level] + node];
        for (size_t c = 0; c < NW_BVH_WIDE; c++) {
            if ((double)n->max[0][c] < p.x || (double)n->min[1][c] > p.y ||
                (double)n->max[1][c] < p.y || (double)n->min[2][c] > p.z ||
                (double)n->max[2][c] < p.z)
                continue;
            if (level > 0) {
                stack[top].node = node * NW_BVH_WIDE + c;
                stack[top++].level = level - 1;
                continue;
            }
            const uint32_t t = bvh->order[node * NW_BVH_WIDE + c];
            if (w->part[t] != own && body[w->part[t]].closed)
                sum += ray_count(w->mesh, t, p);
        }
    }
    return sum;
}

static void judge_bodies(struct work *w, const struct body *body, const struct nw_bvh *bvh)
{
    for (size_t i = 0; i < w->part_count; i++) {
        if (!body[i].closed)
            continue;
        const nw_vec3 p = w->mesh->pos_mm[w->mesh->tri[body[i].triangle][0]];
        const int around = w->part_count > 1 && bvh ? winding(w, body, bvh, p, (uint32_t)i) : 0;
        if (body[i].volume6 < 0 && around == 1)
            w->out->cavities++;
        else if (body[i].volume6 < 0 || around != 0)
            note(w->out, NW_DEFECT_INWARD, p, body[i].triangle);
    }
}

static void sum_bodies(const struct work *w, struct body *body)
{
    const struct nw_mesh *mesh = w->mesh;
    const nw_vec3 origin = nw_scale(nw_add(w->out->box.min, w->out->box.max), 0.5);
    for (size_t i = 0; i < w->part_count; i++)
        body[i] = (struct body){true, 0, SIZE_MAX};
    for (size_t t = 0; t < mesh->tri_count; t++) {
        struct body *b = &body[w->part[t]];
        if (b->triangle == SIZE_MAX)
            b->triangle = t;
        if (w->skip[t]) {
            b->closed = false;
            continue;
        }
        const uint32_t *v = mesh->tri[t];
        const nw_vec3 p = nw_sub(mesh->pos_mm[v[0]], origin),
                      q = nw_sub(mesh->pos_mm[v[1]], origin),
                      r = nw_sub(mesh->pos_mm[v[2]], origin);
        b->volume6 += nw_dot(p, nw_cross(q, r));
        for (uint32_t k = 0; k < 3; k++) {
            const uint32_t h = (uint32_t)(3 * t) + k, o = w->opposite[h];
            if (o == NW_NO_EDGE || runs_up(mesh, o) == runs_up(mesh, h))
                b->closed = false;
        }
    }
}

static bool look_at_space(struct work *w, bool crossings, struct nw_err *err)
{
    const struct nw_mesh *mesh = w->mesh;
    NW_AUTOFREE struct body *body = NW_ALLOC(struct body, w->part_count, err);
    NW_AUTO(nw_bvh) bvh = {.top = -1};
    if (!body || !nw_bvh_init(&bvh, mesh, w->flat, err))
        return false;
    sum_bodies(w, body);
    judge_bodies(w, body, bvh.top >= 0 ? &bvh : NULL);
    if (!crossings || bvh.top < 0)
        return true;
    NW_AUTOFREE uint8_t *crossing = NW_ALLOC(uint8_t, mesh->tri_count, err);
    size_t pairs;
    if (!crossing || !nw_bvh_crossings(&bvh, NULL, crossing, &pairs, err))
        return false;
    for (size_t t = 0; t < mesh->tri_count && pairs > 0; t++)
        if (crossing[t])
            note(w->out, NW_DEFECT_SELF_INTERSECTION, centre(mesh, t), t);
    w->out->count[NW_DEFECT_SELF_INTERSECTION] = pairs;
    return true;
}

/* ---- the verdict ---- */

static void judge(struct nw_mesh_check *out, size_t tri_count)
{
    const size_t *n = out->count;
    out->closed = tri_count > 0 && n[NW_DEFECT_OPEN_EDGE] == 0 && n[NW_DEFECT_NOT_FINITE] == 0;
    out->manifold = n[NW_DEFECT_NONMANIFOLD_EDGE] == 0 &&
                    n[NW_DEFECT_NONMANIFOLD_VERTEX] == 0 && n[NW_DEFECT_DUPLICATE] == 0;
    out->oriented = n[NW_DEFECT_FLIPPED_EDGE] == 0 && n[NW_DEFECT_INWARD] == 0;
    out->solid = out->closed && out->manifold && out->oriented &&
                 n[NW_DEFECT_DEGENERATE] == 0 && n[NW_DEFECT_SELF_INTERSECTION] == 0;
}

static bool check(struct work *w, const struct nw_check_opts *opts, struct nw_err *err)
{
    w->skip = NW_ALLOC_UNSET(uint8_t, w->mesh->tri_count, err);
    if (w->skip)
        w->flat = NW_ALLOC_UNSET(uint8_t, w->mesh->tri_count, err);
    if (!w->flat)
        return false;
    look_at_triangles(w);
    if (!measure(w, err) || !look_at_edges(w, err) ||
        !look_at_space(w, !(opts && opts->skip_self_intersection), err))
        return false;
    w->out->parts = w->part_count;
    for (size_t t = 0; t < w->mesh->tri_count; t++)
        w->out->parts -= w->skip[t]; /* each is a part of its own there, and none here */
    judge(w->out, w->mesh->tri_count);
    return true;
}

bool nw_mesh_check(const struct nw_mesh *mesh, const struct nw_check_opts *opts,
                   struct nw_mesh_check *out, struct nw_err *err)
{
    NW_AUTOFREE struct nw_mesh_check *found = NW_ALLOC(struct nw_mesh_check, 1, err);
    if (!found)
        return false;
    struct work w = {.mesh = mesh, .out = found};
    const bool ok = check(&w, opts, err);
    work_release(&w);
    if (ok)
        *out = *found;
    return ok;
}

bool nw_mesh_self_intersections(const struct nw_mesh *mesh, uint8_t *crossing, size_t *pairs,
                                struct nw_err *err)
{
    NW_AUTOFREE uint8_t *flat = NW_ALLOC_UNSET(uint8_t, mesh->tri_count, err);
    if (!flat)
        return false;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks_of(mesh->tri_count); b++)
        for (size_t t = b * BLOCK; t < block_end(b, mesh->tri_count); t++)
            flat[t] = fault_of(mesh, t) != SOUND;
    NW_AUTO(nw_bvh) bvh = {.top = -1};
    if (!nw_bvh_init(&bvh, mesh, flat, err))
        return false;
    memset(crossing, 0, mesh->tri_count);
    if (bvh.top >= 0)
        return nw_bvh_crossings(&bvh, NULL, crossing, pairs, err);
    *pairs = 0;
    return true;
}
