/*
 * mesh/calm.c -- vertices around which the surface is too even to cross itself, see
 * intersect_priv.h. Most pairs of triangles whose boxes meet share a vertex; one look at the
 * vertex settles all of its pairs.
 *
 * Seen along a direction d, let each triangle of the closed fan around v turn left. Then the
 * fan goes around v some whole number of times, and if that is once, it covers a disc once.
 * The turns and the count are read from plain arithmetic with a bound on its rounding; what
 * that leaves open is left to the exact tests.
 */
#include <string.h>

#include "core/parallel.h"
#include "mesh/intersect_priv.h"

enum { BLOCK = 4096 /* vertices at a time */, MOST = 24 /* triangles around one */ };

/* Relative rounding errors of 2 x 2 and 3 x 3 determinants of differences, over the sums of the
 * sizes of their products (Shewchuk 1997). */
static const double DET2_BOUND = 3.3306690738754716e-16, DET3_BOUND = 7.7715611723761027e-16;

/* The triangles of the tree at each vertex, at first[v] .. first[v + 1]. */
struct corners {
    uint32_t *first, *tri;
};

static void corners_release(struct corners *c)
{
    nw_free(c->first);
    nw_free(c->tri);
}

static bool corners_init(struct corners *c, const struct nw_bvh *bvh, struct nw_err *err)
{
    const struct nw_mesh *m = bvh->mesh;
    if (bvh->count >= UINT32_MAX / 3)
        return nw_fail(err, NW_ERR_LIMIT, "a mesh of %zu triangles is too large for this step",
                       m->tri_count);
    c->first = NW_ALLOC(uint32_t, m->vert_count + 2, err);
    if (c->first)
        c->tri = NW_ALLOC_UNSET(uint32_t, 3 * bvh->count, err);
    if (!c->tri)
        return false;
    uint32_t *const end = c->first + 1; /* becomes first, one further, while filling */
    for (size_t i = 0; i < bvh->count; i++)
        for (int k = 0; k < 3; k++)
            end[m->tri[bvh->order[i]][k] + 1]++;
    for (size_t v = 0; v < m->vert_count; v++)
        end[v + 1] += end[v];
    for (size_t i = 0; i < bvh->count; i++)
        for (int k = 0; k < 3; k++)
            c->tri[end[m->tri[bvh->order[i]][k]]++] = bvh->order[i];
    return true;
}

/* Puts the neighbours of v, in the order one passes them, into ring; false when its triangles
 * are not one closed fan. */
static bool find_ring(const struct nw_mesh *m, uint32_t v, const uint32_t *tri, size_t n,
                      uint32_t ring[MOST])
{
    uint32_t from[MOST], to[MOST];
    for (size_t i = 0; i < n; i++) {
        const uint32_t *c = m->tri[tri[i]];
        const int k = c[0] == v ? 0 : c[1] == v ? 1 : 2;
        from[i] = c[(k + 1) % 3];
        to[i] = c[(k + 2) % 3];
    }
    uint32_t at = from[0];
    for (size_t i = 0; i < n; i++) {
        size_t j = i;
        while (j < n && from[j] != at)
            j++;
        if (j == n)
            return false;
        ring[i] = at;
        at = to[j];
        from[j] = from[i]; /* the place of what is used is taken by what is not */
        to[j] = to[i];
    }
    return at == ring[0];
}

/* Is the determinant of a, b, d above 0 for certain? d is exact, a and b are differences. */
static bool turns_left(nw_vec3 a, nw_vec3 b, nw_vec3 d)
{
    const double ab = a.x * b.y, ba = a.y * b.x, bc = a.y * b.z, cb = a.z * b.y, ca = a.z * b.x,
                 ac = a.x * b.z;
    const double det = d.z * (ab - ba) + d.x * (bc - cb) + d.y * (ca - ac);
    const double size = fabs(d.z) * (fabs(ab) + fabs(ba)) + fabs(d.x) * (fabs(bc) + fabs(cb)) +
                        fabs(d.y) * (fabs(ca) + fabs(ac));
    return det > DET3_BOUND * size;
}

/* In which half of the view along d does a lie, cut by a line through v: the sign of a times
 * (-d.y, d.x, 0), or of that with other axes, which is at right angles to d exactly. 0 within
 * counts as above; *sure is cleared when rounding hides it. */
static bool is_above(const double a[3], const double d[3], int axis, bool *sure)
{
    const int other = axis == 2 ? 0 : axis + 1;
    const double p = a[other] * d[axis], q = a[axis] * d[other];
    const double at = p - q, size = fabs(p) + fabs(q);
    if (size != 0 && !(fabs(at) > DET2_BOUND * size))
        *sure = false;
    return at >= 0;
}

static bool is_calm(const struct nw_mesh *m, uint32_t v, const uint32_t *tri, size_t n)
{
    uint32_t ring[MOST];
    nw_vec3 e[MOST], sum = {0, 0, 0};
    if (n < 3 || n > MOST || !find_ring(m, v, tri, n, ring))
        return false;
    for (size_t i = 0; i < n; i++)
        e[i] = nw_sub(m->pos_mm[ring[i]], m->pos_mm[v]);
    for (size_t i = 0; i < n; i++)
        sum = nw_add(sum, nw_cross(e[i], e[i + 1 < n ? i + 1 : 0]));
    const double d[3] = {sum.x, sum.y, sum.z};
    const int xy = fabs(d[0]) > fabs(d[1]) ? 0 : 1, axis = fabs(d[2]) > fabs(d[xy]) ? 2 : xy;
    bool sure = true;
    const double last[3] = {e[n - 1].x, e[n - 1].y, e[n - 1].z};
    bool was_above = is_above(last, d, axis, &sure);
    int rises = 0;
    for (size_t i = 0; i < n && sure; i++) {
        const double a[3] = {e[i].x, e[i].y, e[i].z};
        const bool above = is_above(a, d, axis, &sure);
        rises += above && !was_above;
        was_above = above;
        if (!turns_left(e[i], e[i + 1 < n ? i + 1 : 0], sum))
            return false;
    }
    return sure && rises == 1;
}

static bool is_asked(const uint8_t *only, const uint32_t *tri, size_t n)
{
    bool asked = !only;
    for (size_t i = 0; i < n && !asked; i++)
        asked = only[tri[i]];
    return asked;
}

bool nw_calm_verts(const struct nw_bvh *bvh, const uint8_t *only, uint8_t *calm,
                   struct nw_err *err)
{
    const size_t verts = bvh->mesh->vert_count;
    struct corners c = {0};
    if (!corners_init(&c, bvh, err)) {
        corners_release(&c);
        return false;
    }
    NW_PARALLEL_FOR
    for (size_t b = 0; b < (verts + BLOCK - 1) / BLOCK; b++)
        for (size_t v = b * BLOCK; v < verts && v < (b + 1) * BLOCK; v++) {
            const uint32_t *tri = c.tri + c.first[v];
            const size_t n = c.first[v + 1] - c.first[v];
            calm[v] = is_asked(only, tri, n) && is_calm(bvh->mesh, (uint32_t)v, tri, n);
        }
    corners_release(&c);
    return true;
}
