/* mesh/bvh.c -- see bvh_priv.h and distance.h. */
#include "mesh/bvh_priv.h"

#include <float.h>
#include <string.h>

#include "core/parallel.h"
#include "core/predicate.h"
#include "mesh/edge_priv.h"
#include "mesh/intersect_priv.h"
#include "mesh/sort_priv.h"

enum { W = NW_BVH_WIDE, BLOCK = 512, MORTON_BITS = 30 };
/* Nodes waiting to be visited: seven siblings a level and the eight of the last. */
enum { STACK = W * NW_BVH_LEVELS };

struct nw_morton nw_morton_init(nw_box box)
{
    const nw_vec3 size = nw_box_size(box);
    const double side = fmax(size.x, fmax(size.y, size.z));
    return (struct nw_morton){box.min, side > 0 ? 1023.999 / side : 0};
}

static uint32_t spread(double x)
{
    uint32_t v = x <= 0 ? 0 : x >= 1023 ? 1023 : (uint32_t)x;
    v = (v | v << 16) & 0x030000FF;
    v = (v | v << 8) & 0x0300F00F;
    v = (v | v << 4) & 0x030C30C3;
    return (v | v << 2) & 0x09249249;
}

uint32_t nw_morton_code(const struct nw_morton *m, nw_vec3 p)
{
    return spread((p.x - m->min.x) * m->scale) | spread((p.y - m->min.y) * m->scale) << 1 |
           spread((p.z - m->min.z) * m->scale) << 2;
}

/* The float nearest to x that is not above it. Without a branch: every second one steps. */
static float float_below(double x)
{
    float f = (float)x;
    int32_t bits;
    memcpy(&bits, &f, sizeof bits);
    bits += ((double)f > x) * (bits < 0 ? 1 : -1);
    memcpy(&f, &bits, sizeof bits);
    return f;
}

static float float_above(double x)
{
    return -float_below(-x);
}

static void empty_child(struct nw_bvh_node *n, int c)
{
    for (int a = 0; a < 3; a++) {
        n->min[a][c] = HUGE_VALF;
        n->max[a][c] = -HUGE_VALF;
    }
}

static void fill_leaf(struct nw_bvh *bvh, size_t i)
{
    struct nw_bvh_node *n = &bvh->node[i];
    for (int c = 0; c < W; c++) {
        const size_t at = i * W + (size_t)c;
        if (at >= bvh->count) {
            empty_child(n, c);
            continue;
        }
        const uint32_t *v = bvh->mesh->tri[bvh->order[at]];
        const nw_vec3 p = bvh->mesh->pos_mm[v[0]], q = bvh->mesh->pos_mm[v[1]],
                      r = bvh->mesh->pos_mm[v[2]];
        const nw_vec3 min = nw_min3(p, nw_min3(q, r)), max = nw_max3(p, nw_max3(q, r));
        n->min[0][c] = float_below(min.x);
        n->min[1][c] = float_below(min.y);
        n->min[2][c] = float_below(min.z);
        n->max[0][c] = float_above(max.x);
        n->max[1][c] = float_above(max.y);
        n->max[2][c] = float_above(max.z);
    }
}

/* Node i of a level above the leaves: child c's box is the union of that node's boxes. */
static void fill_inner(const struct nw_bvh_node *below, size_t below_count,
                       struct nw_bvh_node *n, size_t i)
{
    for (int c = 0; c < W; c++) {
        const size_t at = i * W + (size_t)c;
        empty_child(n, c);
        for (int a = 0; a < 3 && at < below_count; a++)
            for (int k = 0; k < W; k++) {
                const float min = below[at].min[a][k], max = below[at].max[a][k];
                n->min[a][c] = min < n->min[a][c] ? min : n->min[a][c];
                n->max[a][c] = max > n->max[a][c] ? max : n->max[a][c];
            }
    }
}

static bool sort_triangles(struct nw_bvh *bvh, const uint8_t *skip, struct nw_err *err)
{
    const struct nw_mesh *mesh = bvh->mesh;
    NW_AUTOFREE uint64_t *key = NW_ALLOC_UNSET(uint64_t, mesh->tri_count, err);
    NW_AUTOFREE uint64_t *spare = key ? NW_ALLOC_UNSET(uint64_t, mesh->tri_count, err) : NULL;
    if (!spare)
        return false;
    size_t count = 0;
    nw_box box = nw_box_empty();
    for (size_t t = 0; t < mesh->tri_count; t++) {
        if (skip && skip[t])
            continue;
        key[count++] = t;
        box = nw_box_with(box, mesh->pos_mm[mesh->tri[t][0]]);
    }
    const struct nw_morton morton = nw_morton_init(box);
    NW_PARALLEL_FOR
    for (size_t i = 0; i < count; i++) {
        const uint32_t *v = mesh->tri[key[i]];
        const nw_vec3 sum =
            nw_add(mesh->pos_mm[v[0]], nw_add(mesh->pos_mm[v[1]], mesh->pos_mm[v[2]]));
        key[i] |= (uint64_t)nw_morton_code(&morton, nw_scale(sum, 1.0 / 3)) << 32;
    }
    if (!nw_sort_bits(key, spare, count, 32, MORTON_BITS, err))
        return false;
    bvh->count = count;
    bvh->order = NW_ALLOC_UNSET(uint32_t, count, err);
    for (size_t i = 0; bvh->order && i < count; i++)
        bvh->order[i] = (uint32_t)key[i];
    return bvh->order != NULL;
}

static size_t wide(size_t count)
{
    return (count + W - 1) / W;
}

bool nw_bvh_init(struct nw_bvh *out, const struct nw_mesh *mesh, const uint8_t *skip,
                 struct nw_err *err)
{
    if (mesh->tri_count >= UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "a mesh of %zu triangles is too large for this step",
                       mesh->tri_count);
    struct nw_bvh b = {.mesh = mesh, .top = -1};
    if (!sort_triangles(&b, skip, err)) {
        nw_bvh_release(&b);
        return false;
    }
    size_t total = 0;
    for (size_t n = wide(b.count); b.count > 0; n = wide(n)) {
        b.level[++b.top] = total;
        total += n;
        if (n == 1)
            break;
    }
    b.node = NW_ALLOC_UNSET(struct nw_bvh_node, total, err);
    if (!b.node) {
        nw_bvh_release(&b);
        return false;
    }
    const size_t leaves = wide(b.count);
    NW_PARALLEL_FOR
    for (size_t k = 0; k < (leaves + BLOCK - 1) / BLOCK; k++)
        for (size_t i = k * BLOCK; i < leaves && i < (k + 1) * BLOCK; i++)
            fill_leaf(&b, i);
    for (int l = 1; l <= b.top; l++) {
        const size_t below = b.level[l] - b.level[l - 1];
        for (size_t i = 0; i < wide(below); i++)
            fill_inner(b.node + b.level[l - 1], below, &b.node[b.level[l] + i], i);
    }
    *out = b;
    return true;
}

void nw_bvh_release(struct nw_bvh *bvh)
{
    nw_free(bvh->order);
    nw_free(bvh->node);
    nw_free(bvh->vert_normal);
    nw_free(bvh->opposite);
    *bvh = (struct nw_bvh){.top = -1};
}

/* ---- what tells inside from outside ---- */

static nw_vec3 face_normal(const struct nw_mesh *mesh, size_t t)
{
    const uint32_t *v = mesh->tri[t];
    const nw_vec3 a = mesh->pos_mm[v[0]];
    return nw_unit(nw_cross(nw_sub(mesh->pos_mm[v[1]], a), nw_sub(mesh->pos_mm[v[2]], a)));
}

static void add_corner_normals(struct nw_bvh *bvh, size_t t)
{
    const struct nw_mesh *mesh = bvh->mesh;
    const nw_vec3 normal = face_normal(mesh, t);
    for (int k = 0; k < 3; k++) {
        const nw_vec3 p = mesh->pos_mm[mesh->tri[t][k]];
        const nw_vec3 e = nw_unit(nw_sub(mesh->pos_mm[mesh->tri[t][(k + 1) % 3]], p)),
                      f = nw_unit(nw_sub(mesh->pos_mm[mesh->tri[t][(k + 2) % 3]], p));
        const double angle = nw_acos(nw_dot(e, f));
        float *sum = bvh->vert_normal[mesh->tri[t][k]];
        sum[0] += (float)(normal.x * angle);
        sum[1] += (float)(normal.y * angle);
        sum[2] += (float)(normal.z * angle);
    }
}

static bool prepare_sides(struct nw_bvh *bvh, struct nw_err *err)
{
    const struct nw_mesh *mesh = bvh->mesh;
    NW_AUTO(nw_edges) edges = {0};
    if (!nw_edges_init(&edges, mesh, NULL, err))
        return false;
    bvh->opposite = NW_ALLOC_UNSET(uint32_t, 3 * mesh->tri_count, err);
    if (bvh->opposite)
        bvh->vert_normal = nw_alloc(mesh->vert_count, sizeof *bvh->vert_normal, err);
    if (!bvh->vert_normal)
        return false;
    nw_edges_opposites(&edges, mesh, bvh->opposite);
    for (size_t t = 0; t < mesh->tri_count; t++)
        add_corner_normals(bvh, t);
    return true;
}

struct nw_bvh *nw_bvh_new(const struct nw_mesh *mesh, struct nw_err *err)
{
    for (size_t v = 0; v < mesh->vert_count; v++)
        if (!nw_finite3(mesh->pos_mm[v])) {
            nw_fail(err, NW_ERR_DATA, "vertex %zu of the mesh is not a finite place", v);
            return NULL;
        }
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            if (mesh->tri[t][k] >= mesh->vert_count) {
                nw_fail(err, NW_ERR_DATA, "triangle %zu names a vertex that is not there", t);
                return NULL;
            }
    struct nw_bvh *bvh = NW_ALLOC(struct nw_bvh, 1, err);
    if (!bvh)
        return NULL;
    bvh->top = -1;
    if (!nw_bvh_init(bvh, mesh, NULL, err) || !prepare_sides(bvh, err)) {
        nw_bvh_free(bvh);
        return NULL;
    }
    return bvh;
}

void nw_bvh_free(struct nw_bvh *bvh)
{
    if (bvh)
        nw_bvh_release(bvh);
    nw_free(bvh);
}

/* The pseudonormal of the corner, edge or face that the place lies on. */
static nw_vec3 pseudonormal(const struct nw_bvh *bvh, const struct nw_nearest *at)
{
    const struct nw_mesh *mesh = bvh->mesh;
    const nw_vec3 face = face_normal(mesh, at->triangle);
    const int zeros = (at->bary[0] == 0) + (at->bary[1] == 0) + (at->bary[2] == 0);
    if (zeros == 0)
        return face;
    if (zeros >= 2) {
        const int k = at->bary[0] > 0 ? 0 : at->bary[1] > 0 ? 1 : 2;
        const float *n = bvh->vert_normal[mesh->tri[at->triangle][k]];
        return nw_v3((double)n[0], (double)n[1], (double)n[2]);
    }
    const size_t k = at->bary[0] == 0 ? 1 : at->bary[1] == 0 ? 2 : 0; /* edge k, k + 1 */
    const uint32_t other = bvh->opposite[3 * (size_t)at->triangle + k];
    return other == NW_NO_EDGE ? face : nw_add(face, face_normal(mesh, other / 3));
}

/* ---- nearest ---- */

/* The square of the sine at a corner below which rounding leaves nothing of the area. */
static const double NO_AREA = 1e-15;

/* The triangle has no area, as far as one can tell: it is its longest side. */
static nw_vec3 nearest_on_side(const nw_vec3 corner[3], nw_vec3 p, double bary[3])
{
    double len2[3];
    for (int k = 0; k < 3; k++)
        len2[k] = nw_length2(nw_sub(corner[(k + 1) % 3], corner[k]));
    const int yz = len2[1] > len2[2] ? 1 : 2, k = len2[0] >= len2[yz] ? 0 : yz, n = (k + 1) % 3;
    const nw_vec3 side = nw_sub(corner[n], corner[k]);
    double s = len2[k] > 0 ? nw_dot(nw_sub(p, corner[k]), side) / len2[k] : 0;
    s = s < 0 ? 0 : s > 1 ? 1 : s;
    bary[k] = 1 - s;
    bary[n] = s;
    bary[3 - k - n] = 0;
    return nw_along(corner[k], side, s);
}

nw_vec3 nw_triangle_nearest(nw_vec3 a, nw_vec3 b, nw_vec3 c, nw_vec3 p, double bary[3])
{
    const nw_vec3 ab = nw_sub(b, a), ac = nw_sub(c, a), ap = nw_sub(p, a);
    const double d1 = nw_dot(ab, ap), d2 = nw_dot(ac, ap);
    const double d00 = nw_dot(ab, ab), d01 = nw_dot(ab, ac), d11 = nw_dot(ac, ac);
    const double d3 = d1 - d00, d4 = d2 - d01, d5 = d1 - d01, d6 = d2 - d11;
    const double va = d3 * d6 - d5 * d4, vb = d5 * d2 - d1 * d6, vc = d1 * d4 - d3 * d2;
    double v = 0, w = 0;
    if (!(d00 * d11 - d01 * d01 > NO_AREA * d00 * d11))
        return nearest_on_side((const nw_vec3[3]){a, b, c}, p, bary);
    if (d1 <= 0 && d2 <= 0) {
        v = w = 0;
    } else if (d3 >= 0 && d4 <= d3) {
        v = 1;
    } else if (d6 >= 0 && d5 <= d6) {
        w = 1;
    } else if (vc <= 0 && d1 >= 0 && d3 <= 0) {
        v = d00 > 0 ? d1 / d00 : 0;
    } else if (vb <= 0 && d2 >= 0 && d6 <= 0) {
        w = d11 > 0 ? d2 / d11 : 0;
    } else if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
        const double len = (d4 - d3) + (d5 - d6);
        w = len > 0 ? (d4 - d3) / len : 0;
        v = 1 - w;
    } else {
        const double sum = va + vb + vc;
        v = vb / sum;
        w = vc / sum;
    }
    bary[0] = v == 0 && w == 0 ? 1 : v + w >= 1 ? 0 : 1 - v - w;
    bary[1] = v;
    bary[2] = w;
    return nw_along(nw_along(a, ab, v), ac, w);
}

typedef float lanes __attribute__((vector_size(W * sizeof(float))));
typedef int32_t lane_bits __attribute__((vector_size(W * sizeof(float))));

/* Where one asks from, in floats, and how far that and the arithmetic may be off. */
struct ask {
    float p[3], slack;
};

static struct ask ask_at(nw_vec3 p)
{
    static const double ROUNDING = 0x1p-21; /* of the largest coordinate, several times over */
    const double size = fmax(fabs(p.x), fmax(fabs(p.y), fabs(p.z)));
    return (struct ask){{(float)p.x, (float)p.y, (float)p.z}, (float)(size * ROUNDING)};
}

static inline __attribute__((always_inline)) void
lane_distances(const struct nw_bvh_node *n, const struct ask *ask, lanes *out)
{
    lanes sum = {0};
    for (int a = 0; a < 3; a++) {
        lanes min, max;
        memcpy(&min, n->min[a], sizeof min);
        memcpy(&max, n->max[a], sizeof max);
        const lanes below = min - ask->p[a], above = ask->p[a] - max;
        const lane_bits first = below > above;
        const lanes most =
            (lanes)(((lane_bits)below & first) | ((lane_bits)above & ~first)) - ask->slack;
        const lanes d = (lanes)((lane_bits)most & (most > 0));
        sum += d * d;
    }
    *out = sum * (1 - 0x1p-20F);
}

/* Not more than the squared distance to each child's box; infinite for an absent child. */
NW_CLONES
static void box_distances(const struct nw_bvh_node *n, const struct ask *ask, float out[W])
{
    lanes d2;
    lane_distances(n, ask, &d2);
    memcpy(out, &d2, sizeof d2);
}

/* Bit c: child c may be as near as that. */
static inline __attribute__((always_inline)) unsigned
near_children(const struct nw_bvh_node *n, const struct ask *ask, float max2)
{
    lanes d2;
    lane_distances(n, ask, &d2);
    const lane_bits near = (lane_bits){1, 2, 4, 8, 16, 32, 64, 128} & (d2 <= max2);
    uint64_t part[W / 2];
    memcpy(part, &near, sizeof part);
    const uint64_t all = (part[0] | part[1]) | (part[2] | part[3]);
    return (unsigned)(all | all >> 32) & 0xff;
}

struct visit {
    float d2;
    uint32_t node, level; /* level UINT32_MAX: a triangle's place in the order */
};

/* Not less than x, and below what an absent child has. */
static float at_most(double x)
{
    return x < 1e38 ? (float)x * (1 + 0x1p-22F) : FLT_MAX;
}

/* Puts those children nearer than max2 on the stack, the nearest last. */
static size_t push_children(struct visit *stack, size_t top, const float d2[W], double max2,
                            uint32_t first, uint32_t level)
{
    const size_t bottom = top;
    const float most = at_most(max2);
    for (uint32_t c = 0; c < W; c++) {
        if (!(d2[c] <= most))
            continue;
        size_t i = top++;
        for (; i > bottom && stack[i - 1].d2 < d2[c]; i--)
            stack[i] = stack[i - 1];
        stack[i] = (struct visit){d2[c], first + c, level};
    }
    return top;
}

static void look_at_triangle(const struct nw_bvh *bvh, uint32_t t, nw_vec3 p, double *best2,
                             struct nw_nearest *out)
{
    const uint32_t *v = bvh->mesh->tri[t];
    double bary[3];
    const nw_vec3 q = nw_triangle_nearest(bvh->mesh->pos_mm[v[0]], bvh->mesh->pos_mm[v[1]],
                                          bvh->mesh->pos_mm[v[2]], p, bary);
    const double d2 = nw_length2(nw_sub(p, q));
    if (!(d2 < *best2 || (out->triangle == UINT32_MAX && d2 <= *best2)))
        return;
    *best2 = d2;
    out->point_mm = q;
    out->triangle = t;
    memcpy(out->bary, bary, sizeof bary);
}

static void tell_side(const struct nw_bvh *bvh, nw_vec3 p, double d2, struct nw_nearest *near)
{
    near->distance_mm = sqrt(d2);
    near->signed_mm = near->distance_mm;
    if (bvh->vert_normal && nw_dot(nw_sub(p, near->point_mm), pseudonormal(bvh, near)) < 0)
        near->signed_mm = -near->distance_mm;
}

/* `best` holds what is known: nothing within best2, or a triangle at it. */
static bool find_nearest(const struct nw_bvh *bvh, nw_vec3 point_mm, double best2,
                         struct nw_nearest best, struct nw_nearest *out)
{
    const struct ask ask = ask_at(point_mm);
    struct visit stack[STACK];
    size_t top = 0;
    if (bvh->top >= 0)
        stack[top++] = (struct visit){0, 0, (uint32_t)bvh->top};
    while (top > 0) {
        const struct visit at = stack[--top];
        if ((double)at.d2 > best2)
            continue;
        if (at.level == UINT32_MAX) {
            look_at_triangle(bvh, bvh->order[at.node], point_mm, &best2, &best);
            continue;
        }
        float d2[W];
        box_distances(&bvh->node[bvh->level[at.level] + at.node], &ask, d2);
        if (at.level > 0 || best.triangle == UINT32_MAX) {
            top = push_children(stack, top, d2, best2, at.node * W, at.level - 1);
            continue;
        }
        for (uint32_t c = 0; c < W; c++) /* what is known leaves few: no need to sort them */
            if (d2[c] <= at_most(best2))
                look_at_triangle(bvh, bvh->order[at.node * W + c], point_mm, &best2, &best);
    }
    if (best.triangle == UINT32_MAX)
        return false;
    tell_side(bvh, point_mm, best2, &best);
    *out = best;
    return true;
}

void nw_bvh_look_at(const struct nw_bvh *bvh, nw_vec3 point_mm, uint32_t triangle,
                    struct nw_nearest *out)
{
    double best2 = HUGE_VAL;
    *out = (struct nw_nearest){.triangle = UINT32_MAX};
    look_at_triangle(bvh, triangle, point_mm, &best2, out);
    tell_side(bvh, point_mm, best2, out);
}

bool nw_bvh_nearest(const struct nw_bvh *bvh, nw_vec3 point_mm, double max_mm,
                    struct nw_nearest *out)
{
    const struct nw_nearest none = {.triangle = UINT32_MAX};
    return find_nearest(bvh, point_mm, max_mm * max_mm, none, out);
}

bool nw_bvh_nearest_from(const struct nw_bvh *bvh, nw_vec3 point_mm, uint32_t hint,
                         struct nw_nearest *out)
{
    struct nw_nearest best = {.triangle = UINT32_MAX};
    double best2 = HUGE_VAL;
    look_at_triangle(bvh, hint, point_mm, &best2, &best);
    return find_nearest(bvh, point_mm, best2, best, out);
}

static inline __attribute__((always_inline)) bool leaf_is_within(const struct nw_bvh *bvh,
                                                                 uint32_t leaf, nw_vec3 p,
                                                                 const struct ask *ask,
                                                                 double max2)
{
    double bary[3];
    for (unsigned near = near_children(&bvh->node[leaf], ask, at_most(max2)); near;
         near &= near - 1) {
        const uint32_t t = bvh->order[leaf * (size_t)W + (unsigned)__builtin_ctz(near)];
        const uint32_t *v = bvh->mesh->tri[t];
        const nw_vec3 q = nw_triangle_nearest(bvh->mesh->pos_mm[v[0]], bvh->mesh->pos_mm[v[1]],
                                              bvh->mesh->pos_mm[v[2]], p, bary);
        if (nw_length2(nw_sub(p, q)) <= max2)
            return true;
    }
    return false;
}

/* Is some triangle below that node, but not below its child `seen`, near enough? `seen` is
 * counted within its level. */
static inline __attribute__((always_inline)) bool
is_within_below(const struct nw_bvh *bvh, struct visit root, uint32_t seen, nw_vec3 p,
                const struct ask *ask, double max2, uint32_t *leaf)
{
    struct visit stack[STACK];
    size_t top = 0;
    stack[top++] = root;
    while (top > 0) {
        const struct visit at = stack[--top];
        if (at.level == 0) {
            if (!leaf_is_within(bvh, at.node, p, ask, max2))
                continue;
            *leaf = at.node;
            return true;
        }
        unsigned near =
            near_children(&bvh->node[bvh->level[at.level] + at.node], ask, at_most(max2));
        for (; near; near &= near - 1) {
            const uint32_t child = at.node * W + (uint32_t)__builtin_ctz(near);
            if (at.level != root.level || child != seen)
                stack[top++] = (struct visit){0, child, at.level - 1};
        }
    }
    return false;
}

/* From the leaf of the hint upward. */
NW_CLONES
static bool is_within(const struct nw_bvh *bvh, nw_vec3 point_mm, double max_mm, uint32_t *hint)
{
    if (bvh->top < 0)
        return false;
    const struct ask ask = ask_at(point_mm);
    const double max2 = max_mm * max_mm;
    if (leaf_is_within(bvh, *hint, point_mm, &ask, max2))
        return true;
    uint32_t seen = *hint;
    for (uint32_t level = 1; level <= (uint32_t)bvh->top; level++) {
        const struct visit up = {0, seen / W, level};
        if (is_within_below(bvh, up, seen, point_mm, &ask, max2, hint))
            return true;
        seen /= W;
    }
    return false;
}

bool nw_bvh_is_within(const struct nw_bvh *bvh, nw_vec3 point_mm, double max_mm, uint32_t *hint)
{
    return is_within(bvh, point_mm, max_mm, hint);
}

/* ---- segments ---- */

/* Does the box of child c, grown by a rounding's width, meet the segment? By slabs. */
static bool box_meets(const struct nw_bvh_node *n, int c, const double a[3], const double b[3])
{
    static const double SLACK = 1e-12; /* of the segment's length, far beyond the rounding */
    double from = 0, to = 1;
    for (int k = 0; k < 3; k++) {
        const double min = (double)n->min[k][c], max = (double)n->max[k][c], d = b[k] - a[k];
        if (!(fmin(a[k], b[k]) <= max && fmax(a[k], b[k]) >= min))
            return false;
        if (d == 0)
            continue;
        const double s = (min - a[k]) / d, t = (max - a[k]) / d;
        from = fmax(from, fmin(s, t) - SLACK * (1 + fabs(s)));
        to = fmin(to, fmax(s, t) + SLACK * (1 + fabs(t)));
    }
    return from <= to;
}

bool nw_bvh_hits_segment(const struct nw_bvh *bvh, nw_vec3 a_mm, nw_vec3 b_mm)
{
    const double a[3] = {a_mm.x, a_mm.y, a_mm.z}, b[3] = {b_mm.x, b_mm.y, b_mm.z};
    struct visit stack[STACK];
    size_t top = 0;
    if (bvh->top >= 0)
        stack[top++] = (struct visit){0, 0, (uint32_t)bvh->top};
    while (top > 0) {
        const struct visit at = stack[--top];
        const struct nw_bvh_node *n = &bvh->node[bvh->level[at.level] + at.node];
        for (int c = 0; c < W; c++) {
            if (!box_meets(n, c, a, b))
                continue;
            const uint32_t child = at.node * W + (uint32_t)c;
            if (at.level > 0) {
                stack[top++] = (struct visit){0, child, at.level - 1};
                continue;
            }
            const uint32_t *v = bvh->mesh->tri[bvh->order[child]];
            const nw_vec3 tri[3] = {bvh->mesh->pos_mm[v[0]], bvh->mesh->pos_mm[v[1]],
                                    bvh->mesh->pos_mm[v[2]]};
            if (nw_segment_meets_triangle(a_mm, b_mm, tri))
                return true;
        }
    }
    return false;
}
