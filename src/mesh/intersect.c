/* mesh/intersect.c -- see intersect_priv.h. */
#include "mesh/intersect_priv.h"

#include <string.h>

#include "core/parallel.h"
#include "core/predicate.h"

enum { W = NW_BVH_WIDE, BLOCK = 64 /* leaves at a time */ };

/* ---- in a plane ---- */

typedef struct {
    double u, v;
} flat;

static flat flatten(nw_vec3 p, int axis)
{
    return axis == 0 ? (flat){p.y, p.z} : axis == 1 ? (flat){p.z, p.x} : (flat){p.x, p.y};
}

static int turn(flat a, flat b, flat c)
{
    return nw_orient2d(a.u, a.v, b.u, b.v, c.u, c.v);
}

/* c is known to be on the line ab. */
static bool is_between(flat a, flat b, flat c)
{
    return fmin(a.u, b.u) <= c.u && c.u <= fmax(a.u, b.u) && fmin(a.v, b.v) <= c.v &&
           c.v <= fmax(a.v, b.v);
}

static bool flat_segments_meet(flat a, flat b, flat c, flat d)
{
    const int abc = turn(a, b, c), abd = turn(a, b, d), cda = turn(c, d, a),
              cdb = turn(c, d, b);
    if (abc * abd < 0 && cda * cdb < 0)
        return true;
    return (abc == 0 && is_between(a, b, c)) || (abd == 0 && is_between(a, b, d)) ||
           (cda == 0 && is_between(c, d, a)) || (cdb == 0 && is_between(c, d, b));
}

static bool flat_inside(const flat t[3], flat p)
{
    const int a = turn(t[0], t[1], p), b = turn(t[1], t[2], p), c = turn(t[2], t[0], p);
    return (a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0);
}

/* All in one plane: looked at along an axis from which the triangle has area. */
static bool coplanar_meets(nw_vec3 p, nw_vec3 q, const nw_vec3 tri[3])
{
    for (int axis = 0; axis < 3; axis++) {
        const flat t[3] = {flatten(tri[0], axis), flatten(tri[1], axis), flatten(tri[2], axis)};
        if (turn(t[0], t[1], t[2]) == 0)
            continue;
        const flat a = flatten(p, axis), b = flatten(q, axis);
        return flat_inside(t, a) || flat_segments_meet(a, b, t[0], t[1]) ||
               flat_segments_meet(a, b, t[1], t[2]) || flat_segments_meet(a, b, t[2], t[0]);
    }
    return false; /* the triangle has no area: not for us */
}

/* ---- in space ---- */

/* The segment's ends are on sides sp and sq of the triangle's plane. */
static bool meets(nw_vec3 p, nw_vec3 q, int sp, int sq, const nw_vec3 tri[3])
{
    if (sp * sq > 0)
        return false;
    if (sp == 0 && sq == 0)
        return coplanar_meets(p, q, tri);
    const int a = nw_orient3d(p, q, tri[0], tri[1]), b = nw_orient3d(p, q, tri[1], tri[2]);
    if (a * b < 0)
        return false;
    const int c = nw_orient3d(p, q, tri[2], tri[0]);
    return a * c >= 0 && b * c >= 0;
}

static int side(const nw_vec3 tri[3], nw_vec3 p)
{
    return nw_orient3d(tri[0], tri[1], tri[2], p);
}

bool nw_segment_meets_triangle(nw_vec3 p, nw_vec3 q, const nw_vec3 tri[3])
{
    return meets(p, q, side(tri, p), side(tri, q), tri);
}

/* No shared corner. */
static bool strangers_meet(const nw_vec3 s[3], const nw_vec3 t[3])
{
    int of_t[3], of_s[3];
    for (int k = 0; k < 3; k++)
        of_t[k] = side(s, t[k]);
    if (of_t[0] == of_t[1] && of_t[1] == of_t[2] && of_t[0] != 0)
        return false;
    for (int k = 0; k < 3; k++)
        of_s[k] = side(t, s[k]);
    if (of_s[0] == of_s[1] && of_s[1] == of_s[2] && of_s[0] != 0)
        return false;
    for (int k = 0; k < 3; k++) {
        const int n = (k + 1) % 3;
        if (meets(t[k], t[n], of_t[k], of_t[n], s) || meets(s[k], s[n], of_s[k], of_s[n], t))
            return true;
    }
    return false;
}

/* One shared corner, s[0] = t[0]. If they have more than it in common, then an end of that
 * lies on a side opposite to the corner: on s[1]s[2] or on t[1]t[2]. */
static bool corner_neighbours_meet(const nw_vec3 s[3], const nw_vec3 t[3])
{
    const int t1 = side(s, t[1]), t2 = side(s, t[2]);
    if (t1 * t2 > 0)
        return false;
    const int s1 = side(t, s[1]), s2 = side(t, s[2]);
    return s1 * s2 <= 0 && (meets(t[1], t[2], t1, t2, s) || meets(s[1], s[2], s1, s2, t));
}

/* A shared side s[0]s[1]: they have more in common when one lies folded onto the other. */
static bool edge_neighbours_meet(const nw_vec3 s[3], nw_vec3 tip)
{
    if (side(s, tip) != 0)
        return false;
    for (int axis = 0; axis < 3; axis++) {
        const flat a = flatten(s[0], axis), b = flatten(s[1], axis);
        const int here = turn(a, b, flatten(s[2], axis));
        if (here != 0)
            return here == turn(a, b, flatten(tip, axis));
    }
    return false;
}

bool nw_triangles_cross(const struct nw_mesh *mesh, uint32_t s, uint32_t t)
{
    const uint32_t *a = mesh->tri[s], *b = mesh->tri[t];
    int shared = 0, of_a = 0, of_b = 0; /* sums of the shared corners' numbers */
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            if (a[i] == b[k]) {
                shared++;
                of_a += i;
                of_b += k;
            }
    /* with one shared it comes first; with two, the one not shared comes last */
    const int turn_a = shared == 1 ? of_a : shared == 2 ? 4 - of_a : 0;
    const int turn_b = shared == 1 ? of_b : shared == 2 ? 4 - of_b : 0;
    nw_vec3 p[3], q[3];
    for (int k = 0; k < 3; k++) {
        p[k] = mesh->pos_mm[a[(turn_a + k) % 3]];
        q[k] = mesh->pos_mm[b[(turn_b + k) % 3]];
    }
    switch (shared) {
    case 0:
        return strangers_meet(p, q);
    case 1:
        return corner_neighbours_meet(p, q);
    case 2:
        return edge_neighbours_meet(p, q[2]);
    default:
        return false; /* the same triangle twice is another defect */
    }
}

/* ---- planes, with rounding ---- */

/* The plane of a triangle, and how far its sides must be told with care: what n (p - at) may
 * be off by, over the sum of the parts of p - at. With sides no longer than E in any part the
 * products of n are off by less than 8 u E^2, and the sum by 20 u E^2 in all (u = 2^-53). */
struct plane {
    nw_vec3 at, n;
    double slack;
};

static double most_of(nw_vec3 v)
{
    return fmax(fabs(v.x), fmax(fabs(v.y), fabs(v.z)));
}

static struct plane plane_of(const nw_vec3 t[3])
{
    const nw_vec3 e = nw_sub(t[1], t[0]), f = nw_sub(t[2], t[0]);
    return (struct plane){t[0], nw_cross(e, f), 0x1p-48 * most_of(e) * most_of(f)};
}

/* 1 and -1 are certain, 0 says nothing. */
static int clear_side(const struct plane *s, nw_vec3 p)
{
    const nw_vec3 d = nw_sub(p, s->at);
    const double at = nw_dot(s->n, d), slack = s->slack * (fabs(d.x) + fabs(d.y) + fabs(d.z));
    return (at > slack) - (at < -slack);
}

static bool clearly_beside(const nw_vec3 s[3], const nw_vec3 t[3])
{
    const struct plane plane = plane_of(s);
    const int first = clear_side(&plane, t[0]);
    return first != 0 && clear_side(&plane, t[1]) == first && clear_side(&plane, t[2]) == first;
}

/* ---- all pairs ---- */

struct walk {
    const struct nw_bvh *bvh;
    const uint8_t *only;
    const uint8_t *calm; /* by vertex */
    uint8_t *crossing;
    size_t pairs;
};

static void mark(uint8_t *flag)
{
    __atomic_store_n(flag, 1, __ATOMIC_RELAXED); /* two may say so at once */
}

/* As nw_triangles_cross, with what is seen at a glance first. */
static bool pair_crosses(const struct walk *w, uint32_t s, uint32_t t)
{
    const struct nw_mesh *mesh = w->bvh->mesh;
    const uint32_t *a = mesh->tri[s], *b = mesh->tri[t];
    bool shared = false;
    for (int i = 0; i < 3; i++) {
        if (a[i] != b[0] && a[i] != b[1] && a[i] != b[2])
            continue;
        if (w->calm[a[i]])
            return false;
        shared = true;
    }
    if (!shared) {
        const nw_vec3 p[3] = {mesh->pos_mm[a[0]], mesh->pos_mm[a[1]], mesh->pos_mm[a[2]]},
                      q[3] = {mesh->pos_mm[b[0]], mesh->pos_mm[b[1]], mesh->pos_mm[b[2]]};
        if (clearly_beside(p, q) || clearly_beside(q, p))
            return false;
    }
    return nw_triangles_cross(mesh, s, t);
}

static void look_at_pair(struct walk *w, uint32_t s, uint32_t t)
{
    if ((w->only && !w->only[s] && !w->only[t]) || !pair_crosses(w, s, t))
        return;
    mark(&w->crossing[s]);
    mark(&w->crossing[t]);
    w->pairs++;
}

typedef float lanes __attribute__((vector_size(W * sizeof(float))));
typedef int32_t lane_bits __attribute__((vector_size(W * sizeof(float))));

struct box {
    float min[3], max[3];
};

/* Bit c: child c of n meets the box. */
static inline __attribute__((always_inline)) unsigned meeting(const struct nw_bvh_node *n,
                                                              const struct box *box)
{
    lane_bits meet = {1, 2, 4, 8, 16, 32, 64, 128};
    for (int x = 0; x < 3; x++) {
        lanes min, max;
        memcpy(&min, n->min[x], sizeof min);
        memcpy(&max, n->max[x], sizeof max);
        meet &= (min <= box->max[x]) & (max >= box->min[x]);
    }
    uint64_t part[W / 2];
    memcpy(part, &meet, sizeof part);
    const uint64_t all = (part[0] | part[1]) | (part[2] | part[3]);
    return (unsigned)(all | all >> 32);
}

static struct box child_box(const struct nw_bvh_node *n, unsigned c)
{
    return (struct box){{n->min[0][c], n->min[1][c], n->min[2][c]},
                        {n->max[0][c], n->max[1][c], n->max[2][c]}};
}

/* Triangles of leaf i against those of leaf k, whose box is given; the same leaf counts each
 * pair once. */
static inline __attribute__((always_inline)) void
cross_leaves(struct walk *w, size_t i, size_t k, const struct box *box_of_k)
{
    const struct nw_bvh *bvh = w->bvh;
    for (unsigned left = meeting(&bvh->node[i], box_of_k); left; left &= left - 1) {
        const unsigned x = (unsigned)__builtin_ctz(left);
        const struct box box = child_box(&bvh->node[i], x);
        unsigned meet = meeting(&bvh->node[k], &box);
        if (i == k)
            meet &= ~(((1U << x) << 1) - 1);
        for (; meet; meet &= meet - 1)
            look_at_pair(w, bvh->order[i * W + x],
                         bvh->order[k * W + (unsigned)__builtin_ctz(meet)]);
    }
}

static struct box leaf_box(const struct nw_bvh_node *n)
{
    struct box box = child_box(n, 0);
    for (unsigned c = 1; c < W; c++)
        for (int x = 0; x < 3; x++) {
            box.min[x] = n->min[x][c] < box.min[x] ? n->min[x][c] : box.min[x];
            box.max[x] = n->max[x][c] > box.max[x] ? n->max[x][c] : box.max[x];
        }
    return box;
}

/* Leaf i against itself and the leaves after it. */
NW_CLONES
static void cross_leaf(struct walk *w, size_t i)
{
    const struct nw_bvh *bvh = w->bvh;
    const struct box box = leaf_box(&bvh->node[i]);
    cross_leaves(w, i, i, &box);
    struct {
        size_t node;
        int level;
    } stack[W * NW_BVH_LEVELS];
    size_t top = 0;
    stack[top].node = 0;
    stack[top++].level = bvh->top;
    while (top > 0) {
        const size_t node = stack[--top].node;
        const int level = stack[top].level;
        if (level == 0) /* the tree is one leaf */
            continue;
        const struct nw_bvh_node *n = &bvh->node[bvh->level[level] + node];
        const size_t after = i >> (3 * (level - 1)); /* children before it are all before i */
        for (unsigned meet = meeting(n, &box); meet; meet &= meet - 1) {
            const unsigned c = (unsigned)__builtin_ctz(meet);
            const size_t child = node * W + c;
            if (child < after)
                continue;
            if (level == 1 && child > i) {
                const struct box of_child = child_box(n, c);
                cross_leaves(w, i, child, &of_child);
            } else if (level > 1) {
                stack[top].node = child;
                stack[top++].level = level - 1;
            }
        }
    }
}

bool nw_bvh_crossings(const struct nw_bvh *bvh, const uint8_t *only, uint8_t *crossing,
                      size_t *pairs, struct nw_err *err)
{
    const size_t leaves = (bvh->count + W - 1) / W, blocks = (leaves + BLOCK - 1) / BLOCK;
    NW_AUTOFREE size_t *partial = NW_ALLOC(size_t, blocks, err);
    NW_AUTOFREE uint8_t *calm = partial ? NW_ALLOC(uint8_t, bvh->mesh->vert_count, err) : NULL;
    if (!calm || !nw_calm_verts(bvh, only, calm, err))
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t b = 0; b < blocks; b++) {
        struct walk w = {bvh, only, calm, crossing, 0};
        for (size_t i = b * BLOCK; i < leaves && i < (b + 1) * BLOCK; i++)
            cross_leaf(&w, i);
        partial[b] = w.pairs;
    }
    size_t all = 0;
    for (size_t b = 0; b < blocks; b++)
        all += partial[b];
    *pairs = all;
    return true;
}
