/* field/outline.c -- outlines with holes, extruded: see relief.h. The nearest edge comes from
 * a tree over the edges, the side from counting the edges to the right, which are sorted into
 * strips. */
#include <string.h>

#include "core/predicate.h"
#include "field/field_priv.h"
#include "field/relief.h"
#include "mesh/distance.h"

void nw_outlines_release(struct nw_outlines *outlines)
{
    nw_free(outlines->edge_mm);
    *outlines = (struct nw_outlines){0};
}

struct outlines {
    struct nw_mark_place place;
    nw_vec3 w; /* u x v */
    double (*edge)[4];
    size_t count;
    double low, per_strip; /* strips of y */
    size_t strips;
    size_t *first;       /* of each strip in list, and one more */
    uint32_t *list;      /* edges that reach into a strip */
    struct nw_mesh mesh; /* those between inside and outside, with the inside to the left */
    struct nw_bvh *bvh;
};

static void outlines_free(void *own)
{
    struct outlines *o = own;
    nw_free(o->edge);
    nw_free(o->first);
    nw_free(o->list);
    nw_bvh_free(o->bvh);
    nw_mesh_release(&o->mesh);
    nw_free(o);
}

/* ---- inside ---- */

static size_t strip_of(const struct outlines *o, double y)
{
    const double s = floor((y - o->low) * o->per_strip);
    return (size_t)less(more(s, 0), (double)(o->strips - 1));
}

/* How often the edges go around: those crossed going towards +x, by their direction. */
static int around(const struct outlines *o, double x, double y)
{
    int turns = 0;
    const size_t s = strip_of(o, y);
    for (size_t i = o->first[s]; i < o->first[s + 1]; i++) {
        const double *e = o->edge[o->list[i]];
        if ((e[1] > y) == (e[3] > y))
            continue;
        const double at = e[0] + (e[2] - e[0]) * ((y - e[1]) / (e[3] - e[1]));
        if (x < at)
            turns += e[3] > e[1] ? 1 : -1;
    }
    return turns;
}

/* Lists each edge in all strips it reaches: first counted, then put. */
static void sort_edges(struct outlines *o, bool put)
{
    for (size_t i = 0; i < o->count; i++) {
        const double *e = o->edge[i];
        const size_t a = strip_of(o, less(e[1], e[3])), b = strip_of(o, more(e[1], e[3]));
        for (size_t s = a; s <= b; s++)
            if (put)
                o->list[o->first[s]++] = (uint32_t)i;
            else
                o->first[s + 1]++;
    }
}

static bool make_strips(struct outlines *o, double low, double high, struct nw_err *err)
{
    enum { MOST = 4096 };
    o->strips = o->count < MOST ? o->count : MOST;
    o->low = low;
    o->per_strip = high > low ? (double)o->strips / (high - low) : 0;
    o->first = NW_ALLOC(size_t, o->strips + 1, err);
    if (!o->first)
        return false;
    sort_edges(o, false);
    for (size_t s = 0; s < o->strips; s++)
        o->first[s + 1] += o->first[s];
    o->list = NW_ALLOC_UNSET(uint32_t, o->first[o->strips], err);
    if (!o->list)
        return false;
    sort_edges(o, true);
    memmove(o->first + 1, o->first, o->strips * sizeof *o->first); /* they have moved on */
    o->first[0] = 0;
    return true;
}

/* ---- the nearest edge ---- */

static bool is_same_place(const double *a, const double *b)
{
    return a[0] == b[0] && a[1] == b[1];
}

static bool do_cross(const double *e, const double *f)
{
    if (is_same_place(e, f) || is_same_place(e, f + 2) || is_same_place(e + 2, f) ||
        is_same_place(e + 2, f + 2))
        return false; /* neighbours */
    return nw_orient2d(e[0], e[1], e[2], e[3], f[0], f[1]) *
                   nw_orient2d(e[0], e[1], e[2], e[3], f[2], f[3]) <=
               0 &&
           nw_orient2d(f[0], f[1], f[2], f[3], e[0], e[1]) *
                   nw_orient2d(f[0], f[1], f[2], f[3], e[2], e[3]) <=
               0;
}

/* Does another edge cross or touch this one? Then parts of it may lie on the border. */
static bool is_crossed(const struct outlines *o, size_t edge)
{
    const double *e = o->edge[edge];
    const size_t a = strip_of(o, less(e[1], e[3])), b = strip_of(o, more(e[1], e[3]));
    for (size_t i = o->first[a]; i < o->first[b + 1]; i++)
        if (o->list[i] != edge && do_cross(e, o->edge[o->list[i]]))
            return true;
    return false;
}

/* Keeps the edges that part inside from outside, as triangles without area, inside to the
 * left. */
static bool make_tree(struct outlines *o, struct nw_err *err)
{
    if (!nw_mesh_init(&o->mesh, 2 * o->count, o->count, err))
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < o->count; i++) {
        const double *e = o->edge[i], ex = e[2] - e[0], ey = e[3] - e[1];
        const double x = (e[0] + e[2]) / 2, y = (e[1] + e[3]) / 2, off = 1e-6;
        const bool left = around(o, x - off * ey, y + off * ex) != 0,
                   right = around(o, x + off * ey, y - off * ex) != 0;
        if (left == right && !is_crossed(o, i))
            continue;
        const uint32_t a = (uint32_t)(2 * kept);
        o->mesh.pos_mm[a + (left ? 0 : 1)] = nw_v3(e[0], e[1], 0);
        o->mesh.pos_mm[a + (left ? 1 : 0)] = nw_v3(e[2], e[3], 0);
        memcpy(o->mesh.tri[kept++], (const uint32_t[3]){a, a + 1, a + 1},
               sizeof o->mesh.tri[0]);
    }
    o->mesh.vert_count = 2 * kept;
    o->mesh.tri_count = kept;
    if (kept == 0)
        return nw_fail(err, NW_ERR_ARGUMENT, "an outline has no area");
    o->bvh = nw_bvh_new(&o->mesh, err);
    return o->bvh != NULL;
}

static nw_vec3 local(const struct outlines *o, nw_vec3 p)
{
    const nw_vec3 d = nw_sub(p, o->place.origin_mm);
    return nw_v3(nw_dot(d, o->place.u), nw_dot(d, o->place.v), nw_dot(d, o->w));
}

/* Signed distance in the plane. */
static double flat_distance(const struct outlines *o, nw_vec3 q, struct nw_nearest *near)
{
    const nw_vec3 flat = nw_v3(q.x, q.y, 0);
    if (!nw_finite3(q) || !nw_bvh_nearest(o->bvh, flat, HUGE_VAL, near))
        return HUGE_VAL;
    return around(o, q.x, q.y) != 0 ? -near->distance_mm : near->distance_mm;
}

static double outlines_value(const struct outlines *o, nw_vec3 p)
{
    struct nw_nearest near;
    const nw_vec3 q = local(o, p);
    const double half = o->place.height_mm / 2;
    return quadrant(flat_distance(o, q, &near), fabs(q.z - half) - half);
}

static void outlines_values(const void *own, const double *x, const double *y, const double *z,
                            size_t count, double *value)
{
    for (size_t i = 0; i < count; i++)
        value[i] = outlines_value(own, nw_v3(x[i], y[i], z[i]));
}

/* Away from the inside. */
static nw_vec3 flat_gradient(const struct outlines *o, nw_vec3 q, double d,
                             const struct nw_nearest *near)
{
    const nw_vec3 flat = nw_v3(q.x, q.y, 0);
    if (fabs(d) > 1e-9) /* mm: nearer, the place tells no direction */
        return nw_scale(nw_sub(flat, near->point_mm), 1 / d);
    const uint32_t *v = o->mesh.tri[near->triangle];
    const nw_vec3 e = nw_unit(nw_sub(o->mesh.pos_mm[v[1]], o->mesh.pos_mm[v[0]]));
    return nw_v3(e.y, -e.x, 0);
}

static struct slope outlines_slope(const void *own, nw_vec3 p, struct slope other)
{
    (void)other;
    const struct outlines *o = own;
    struct nw_nearest near = {.triangle = 0};
    const nw_vec3 q = local(o, p);
    const double half = o->place.height_mm / 2, d = flat_distance(o, q, &near),
                 e = fabs(q.z - half) - half;
    struct slope s = {quadrant(d, e), nw_v3(0, 0, 0)};
    if (!(d < HUGE_VAL))
        return s;
    const double len = sqrt(more(d, 0) * more(d, 0) + more(e, 0) * more(e, 0));
    const double across = d > 0 && e > 0 ? d / len
                          : d > e        ? 1
                                         : 0,
                 along = d > 0 && e > 0 ? e / len
                         : d > e        ? 0
                                        : 1;
    const nw_vec3 g = flat_gradient(o, q, d, &near);
    s.grad = nw_along(nw_scale(o->place.u, across * g.x), o->place.v, across * g.y);
    s.grad = nw_along(s.grad, o->w, q.z < half ? -along : along);
    return s;
}

static nw_interval outlines_range(const void *own, const struct region *r, nw_interval other)
{
    (void)other;
    return steady_interval(outlines_value(own, r->centre), r);
}

static const struct own_kind outlines_kind = {outlines_values, outlines_slope, outlines_range,
                                              outlines_free};

/* ---- building ---- */

static int by_place(const double *a, const double *b)
{
    return a[0] != b[0] ? (a[0] < b[0] ? -1 : 1) : a[1] != b[1] ? (a[1] < b[1] ? -1 : 1) : 0;
}

/* By halves, merging; recursion as deep as the count has bits. */
static void sort_places(double (*p)[3], double (*spare)[3], size_t count)
{
    if (count < 2)
        return;
    const size_t half = count / 2;
    sort_places(p, spare, half);
    sort_places(p + half, spare, count - half);
    memcpy(spare, p, count * sizeof *p);
    for (size_t i = 0, j = half, n = 0; n < count; n++) {
        const bool first = j >= count || (i < half && by_place(spare[i], spare[j]) <= 0);
        memcpy(p[n], spare[first ? i++ : j++], sizeof *p);
    }
}

static bool check_closed(const struct nw_outlines *outlines, struct nw_err *err)
{
    const size_t ends = 2 * outlines->count;
    NW_AUTOFREE double(*place)[3] = nw_alloc_unset(ends, sizeof *place, err);
    NW_AUTOFREE double(*spare)[3] = place ? nw_alloc_unset(ends, sizeof *spare, err) : NULL;
    if (!spare)
        return false;
    for (size_t i = 0; i < ends; i++) {
        const double *e = outlines->edge_mm[i / 2] + 2 * (i % 2);
        place[i][0] = e[0];
        place[i][1] = e[1];
        place[i][2] = i % 2 ? -1 : 1;
    }
    sort_places(place, spare, ends);
    double balance = 0;
    for (size_t i = 0; i < ends; i++) {
        balance += place[i][2];
        if ((i + 1 == ends || by_place(place[i], place[i + 1]) != 0) && balance != 0)
            return nw_fail(err, NW_ERR_ARGUMENT, "an outline is not closed");
    }
    return true;
}

static bool check_place(const struct nw_mark_place *p, struct nw_err *err)
{
    const double slack = 1e-6; /* of unit vectors at right angles, as rounded by a caller */
    if (!nw_field_check_place(p->origin_mm, "the outline's origin", err) ||
        !nw_field_check_size(p->height_mm, "the height of an extrusion", err))
        return false;
    return (fabs(nw_length(p->u) - 1) < slack && fabs(nw_length(p->v) - 1) < slack &&
            fabs(nw_dot(p->u, p->v)) < slack) ||
           nw_fail(err, NW_ERR_ARGUMENT,
                   "the outline's axes must be of length 1 and at right angles");
}

static bool check_edges(const struct nw_outlines *outlines, struct nw_err *err)
{
    if (outlines->count < 3 || outlines->count > UINT32_MAX / 2)
        return nw_fail(err, NW_ERR_ARGUMENT, "an outline has %zu corners and needs 3",
                       outlines->count);
    for (size_t i = 0; i < outlines->count; i++)
        for (int k = 0; k < 4; k++)
            if (!isfinite(outlines->edge_mm[i][k]))
                return nw_fail(err, NW_ERR_ARGUMENT, "corner %zu of an outline is not finite",
                               i);
    return check_closed(outlines, err);
}

static bool set_up(struct outlines *o, const struct nw_outlines *outlines, struct nw_err *err)
{
    o->edge = nw_alloc_unset(outlines->count, sizeof *o->edge, err);
    if (!o->edge)
        return false;
    o->count = outlines->count;
    memcpy(o->edge, outlines->edge_mm, o->count * sizeof *o->edge);
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < o->count; i++) {
        low = less(low, less(o->edge[i][1], o->edge[i][3]));
        high = more(high, more(o->edge[i][1], o->edge[i][3]));
    }
    return make_strips(o, low, high, err) && make_tree(o, err);
}

nw_node nw_field_outlines(struct nw_field *f, const struct nw_outlines *outlines,
                          const struct nw_mark_place *place, struct nw_err *err)
{
    if (err->code != NW_OK || !check_place(place, err) || !check_edges(outlines, err))
        return -1;
    struct outlines *o = NW_ALLOC(struct outlines, 1, err);
    if (!o)
        return -1;
    o->place = *place;
    o->w = nw_cross(place->u, place->v);
    if (!set_up(o, outlines, err)) {
        outlines_free(o);
        return -1;
    }
    const struct own_cost cost = {16, 0};
    return nw_field_add_own(f, &outlines_kind, o, -1, cost, err);
}
