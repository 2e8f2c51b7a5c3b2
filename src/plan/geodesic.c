/* plan/geodesic.c -- the shortest way over triangles; see measure.h. */
#include <stdlib.h>
#include <string.h>

#include "plan/geodesic_priv.h"
#include "plan/measure.h"

/* ---- an upper bound, by the edges alone ---- */

static int by_key(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    for (int k = 0; k < 2; k++)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return 0;
}

/* The other half edge at each edge; NW_ERR_GEOMETRY when there are more than two. */
bool nw_twins(const struct nw_mesh *m, uint32_t *twin, struct nw_err *err)
{
    const size_t n = 3 * m->tri_count;
    NW_AUTOFREE uint64_t(*key)[2] = nw_alloc_unset(n ? n : 1, sizeof *key, err);
    if (!key)
        return false;
    for (size_t h = 0; h < n; h++) {
        const uint32_t a = m->tri[h / 3][h % 3], b = m->tri[h / 3][(h + 1) % 3];
        key[h][0] = (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a);
        key[h][1] = h;
        twin[h] = NW_NO_TWIN;
    }
    qsort(key, n, sizeof *key, by_key);
    for (size_t i = 0; i < n;) {
        size_t k = i + 1;
        while (k < n && key[k][0] == key[i][0])
            k++;
        if (k - i > 2)
            return nw_fail(err, NW_ERR_GEOMETRY,
                           "an edge of the surface has %zu triangles: ways over it are not "
                           "defined",
                           k - i);
        if (k - i == 2) {
            twin[key[i][1]] = (uint32_t)key[i + 1][1];
            twin[key[i + 1][1]] = (uint32_t)key[i][1];
        }
        i = k;
    }
    return true;
}

bool nw_twins_closed(const struct nw_mesh *m, const uint32_t *twin)
{
    for (size_t h = 0; h < 3 * m->tri_count; h++) {
        if (twin[h] == NW_NO_TWIN)
            return false;
        const uint32_t *a = m->tri[h / 3], *b = m->tri[twin[h] / 3];
        if (a[h % 3] == b[twin[h] % 3]) /* both run it the same way */
            return false;
    }
    return m->tri_count > 0;
}

/* Triangles around each vertex: those of v are list[first[v]] .. list[first[v + 1] - 1]. */
bool nw_fans_init(struct nw_fans *out, const struct nw_mesh *m, struct nw_err *err)
{
    struct nw_fans f = {NW_ALLOC(size_t, m->vert_count + 2, err), NULL};
    if (f.first)
        f.list = NW_ALLOC_UNSET(uint32_t, 3 * m->tri_count + 1, err);
    if (!f.list) {
        nw_free(f.first);
        return false;
    }
    for (size_t t = 0; t < m->tri_count; t++)
        for (int k = 0; k < 3; k++)
            f.first[m->tri[t][k] + 2]++;
    for (size_t v = 1; v < m->vert_count + 2; v++)
        f.first[v] += f.first[v - 1];
    for (size_t t = 0; t < m->tri_count; t++)
        for (int k = 0; k < 3; k++)
            f.list[f.first[m->tri[t][k] + 1]++] = (uint32_t)(3 * t) + (uint32_t)k;
    *out = f;
    return true;
}

void nw_fans_release(struct nw_fans *f)
{
    nw_free(f->first);
    nw_free(f->list);
}

bool nw_queue_push(struct nw_queue *q, double key, uint32_t what, struct nw_err *err)
{
    if (!nw_grow(&q->item, &q->room, q->count + 1, sizeof *q->item, err))
        return false;
    size_t i = q->count++;
    const struct nw_queued it = {key, q->serial++, what};
    for (; i > 0; i = (i - 1) / 2) {
        const struct nw_queued *up = &q->item[(i - 1) / 2];
        if (up->key < it.key || (up->key == it.key && up->serial < it.serial))
            break;
        q->item[i] = *up;
    }
    q->item[i] = it;
    return true;
}

struct nw_queued nw_queue_pop(struct nw_queue *q)
{
    const struct nw_queued top = q->item[0], last = q->item[--q->count];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= q->count)
            break;
        const struct nw_queued *l = &q->item[c], *r = l + 1;
        if (c + 1 < q->count &&
            (r->key < l->key || (r->key == l->key && r->serial < l->serial)))
            c++;
        const struct nw_queued *down = &q->item[c];
        if (last.key < down->key || (last.key == down->key && last.serial < down->serial))
            break;
        q->item[i] = *down;
        i = c;
    }
    q->item[i] = last;
    return top;
}

/* Dijkstra (1959) from the corners of triangle `from`, each its straight distance away, to
 * those of `to`; HUGE_VAL when no way leads there. */
static bool edge_bound(const struct nw_mesh *m, const struct nw_fans *fans,
                       const struct nw_nearest *from, const struct nw_nearest *to,
                       struct nw_queue *q, double *dist, double *out, struct nw_err *err)
{
    for (size_t v = 0; v < m->vert_count; v++)
        dist[v] = HUGE_VAL;
    for (int k = 0; k < 3; k++) {
        const uint32_t v = m->tri[from->triangle][k];
        dist[v] = nw_length(nw_sub(m->pos_mm[v], from->point_mm));
        if (!nw_queue_push(q, dist[v], v, err))
            return false;
    }
    double best = from->triangle == to->triangle
                      ? nw_length(nw_sub(from->point_mm, to->point_mm))
                      : HUGE_VAL;
    while (q->count > 0) {
        const struct nw_queued at = nw_queue_pop(q);
        if (at.key >= best)
            break;
        if (at.key > dist[at.what])
            continue;
        for (size_t i = fans->first[at.what]; i < fans->first[at.what + 1]; i++) {
            const uint32_t t = fans->list[i] / 3;
            if (t == to->triangle)
                best = fmin(best, at.key + nw_length(nw_sub(m->pos_mm[at.what], to->point_mm)));
            for (int k = 0; k < 3; k++) {
                const uint32_t v = m->tri[t][k];
                const double d = at.key + nw_length(nw_sub(m->pos_mm[v], m->pos_mm[at.what]));
                if (!(d < dist[v]))
                    continue;
                dist[v] = d;
                if (!nw_queue_push(q, d, v, err))
                    return false;
            }
        }
    }
    *out = best;
    return true;
}

/* ---- the part that matters, with both places as corners ---- */

/* The triangles whose every way from a to b through them may be no longer than `bound`. */
static bool part_between(const struct nw_mesh *m, nw_vec3 a, nw_vec3 b, double bound,
                         struct nw_mesh *out, struct nw_err *err)
{
    if (!nw_mesh_init(out, m->vert_count, m->tri_count, err))
        return false;
    memcpy(out->pos_mm, m->pos_mm, m->vert_count * sizeof *m->pos_mm);
    size_t n = 0;
    for (size_t t = 0; t < m->tri_count; t++) {
        const nw_vec3 p = m->pos_mm[m->tri[t][0]];
        double size = 0;
        for (int k = 1; k < 3; k++)
            size = fmax(size, nw_length(nw_sub(m->pos_mm[m->tri[t][k]], p)));
        if (nw_length(nw_sub(p, a)) + nw_length(nw_sub(p, b)) <= bound + 2 * size)
            memcpy(out->tri[n++], m->tri[t], sizeof *m->tri);
    }
    out->tri_count = n;
    return nw_mesh_compact(out, err);
}

static bool add_triangle(struct nw_mesh *m, size_t *room, uint32_t a, uint32_t b, uint32_t c,
                         struct nw_err *err)
{
    if (!nw_grow(&m->tri, room, m->tri_count + 1, sizeof *m->tri, err))
        return false;
    memcpy(m->tri[m->tri_count++], (uint32_t[3]){a, b, c}, sizeof *m->tri);
    return true;
}

/* Splits the triangles at edge u, v by the new vertex w. */
static bool split_edge(struct nw_mesh *m, size_t *room, uint32_t u, uint32_t v, uint32_t w,
                       struct nw_err *err)
{
    const size_t count = m->tri_count;
    for (size_t t = 0; t < count; t++)
        for (int k = 0; k < 3; k++) {
            const uint32_t a = m->tri[t][k], b = m->tri[t][(k + 1) % 3],
                           c = m->tri[t][(k + 2) % 3];
            if (!((a == u && b == v) || (a == v && b == u)))
                continue;
            memcpy(m->tri[t], (uint32_t[3]){a, w, c}, sizeof *m->tri);
            if (!add_triangle(m, room, w, b, c, err))
                return false;
            break;
        }
    return true;
}

/* Makes the place on the mesh nearest to p a vertex; *out is which. */
static bool make_vertex(struct nw_mesh *m, nw_vec3 p, uint32_t *out, struct nw_err *err)
{
    static const double ON = 1e-9; /* a weight that counts as none */
    struct nw_nearest at;
    struct nw_bvh *bvh = nw_bvh_new(m, err);
    const bool found = bvh && nw_bvh_nearest(bvh, p, HUGE_VAL, &at);
    nw_bvh_free(bvh);
    if (!found)
        return bvh ? nw_fail(err, NW_ERR_GEOMETRY, "no surface lies at the place") : false;
    uint32_t v[3];
    memcpy(v, m->tri[at.triangle], sizeof v);
    int zero = -1;
    for (int k = 0; k < 3; k++) {
        if (at.bary[k] > 1 - ON) {
            *out = v[k];
            return true;
        }
        zero = at.bary[k] < ON ? k : zero;
    }
    const uint32_t w = (uint32_t)m->vert_count;
    if (!nw_resize(&m->pos_mm, m->vert_count + 1, sizeof *m->pos_mm, err))
        return false;
    m->pos_mm[m->vert_count++] = at.point_mm;
    *out = w;
    size_t room = m->tri_count;
    if (zero >= 0)
        return split_edge(m, &room, v[(zero + 1) % 3], v[(zero + 2) % 3], w, err);
    memcpy(m->tri[at.triangle], (uint32_t[3]){v[0], v[1], w}, sizeof *m->tri);
    return add_triangle(m, &room, v[1], v[2], w, err) &&
           add_triangle(m, &room, v[2], v[0], w, err);
}

static bool between(const struct nw_mesh *mesh, const struct nw_nearest *a,
                    const struct nw_nearest *b, double bound, double *out, struct nw_err *err)
{
    static const double SLACK = 1e-9; /* of the bound: rounding */
    struct nw_mesh part = {0};
    uint32_t source = 0, target = 0;
    bool ok = part_between(mesh, a->point_mm, b->point_mm, bound * (1 + SLACK), &part, err) &&
              make_vertex(&part, a->point_mm, &source, err) &&
              make_vertex(&part, b->point_mm, &target, err);
    if (ok && source == target)
        *out = 0;
    else
        ok = ok && nw_windows_run(&part, source, target, bound, out, err);
    nw_mesh_release(&part);
    return ok;
}

static bool bound_of(const struct nw_mesh *mesh, const struct nw_nearest *a,
                     const struct nw_nearest *b, double *out, struct nw_err *err)
{
    struct nw_fans fans;
    if (!nw_fans_init(&fans, mesh, err))
        return false;
    struct nw_queue q = {0};
    NW_AUTOFREE double *dist = NW_ALLOC_UNSET(double, mesh->vert_count, err);
    const bool ok = dist && edge_bound(mesh, &fans, a, b, &q, dist, out, err);
    nw_free(q.item);
    nw_fans_release(&fans);
    return ok;
}

bool nw_measure_geodesic(const struct nw_mesh *mesh, nw_vec3 a_mm, nw_vec3 b_mm,
                         double reach_mm, double stated_sigma_mm, struct nw_measured *out,
                         struct nw_err *err)
{
    struct nw_bvh *bvh = nw_bvh_new(mesh, err);
    struct nw_nearest a, b;
    const bool near = bvh && nw_bvh_nearest(bvh, a_mm, reach_mm, &a) &&
                      nw_bvh_nearest(bvh, b_mm, reach_mm, &b);
    nw_bvh_free(bvh);
    if (!near)
        return bvh ? nw_fail(err, NW_ERR_GEOMETRY, "no surface lies within %g mm of the place",
                             reach_mm)
                   : false;
    double bound, length;
    if (!bound_of(mesh, &a, &b, &bound, err))
        return false;
    if (bound == HUGE_VAL)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no way over the surface joins the two places: they lie on different "
                       "parts");
    if (!between(mesh, &a, &b, bound, &length, err))
        return false;
    const double sa = nw_mesh_sigma_at(mesh, a.triangle, a.bary, stated_sigma_mm),
                 sb = nw_mesh_sigma_at(mesh, b.triangle, b.bary, stated_sigma_mm);
    *out = (struct nw_measured){length, sqrt(sa * sa + sb * sb)};
    return true;
}
