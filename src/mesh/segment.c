/* mesh/segment.c -- segments against a mesh: how near, and where first met; see distance.h. */
#include "mesh/bvh_priv.h"
#include "mesh/intersect_priv.h"

enum { W = NW_BVH_WIDE, STACK = NW_BVH_LEVELS * NW_BVH_WIDE };

struct visit {
    double key; /* nothing below this node is nearer, or met earlier */
    uint32_t node;
    int level;
};

/* Keeps the nearest last, the lower child first among equals. */
static void push(struct visit *stack, size_t *top, size_t bottom, struct visit v)
{
    size_t i = (*top)++;
    for (; i > bottom && stack[i - 1].key <= v.key; i--)
        stack[i] = stack[i - 1];
    stack[i] = v;
}

static void corners(const struct nw_bvh *bvh, uint32_t t, nw_vec3 out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = bvh->mesh->pos_mm[bvh->mesh->tri[t][k]];
}

/* ---- how near ---- */

static double clamp01(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Nearest places of two segments (Ericson 2005, section 5.1.9); s and t run along them. */
static double segments_apart(nw_vec3 p, nw_vec3 q, nw_vec3 a, nw_vec3 b, double *s, double *t)
{
    const nw_vec3 d1 = nw_sub(q, p), d2 = nw_sub(b, a), r = nw_sub(p, a);
    const double aa = nw_length2(d1), ee = nw_length2(d2), f = nw_dot(d2, r);
    const double c = nw_dot(d1, r), bb = nw_dot(d1, d2), denom = aa * ee - bb * bb;
    *s = aa > 0 && denom > 1e-15 * aa * ee ? clamp01((bb * f - c * ee) / denom) : 0;
    *t = ee > 0 ? (bb * *s + f) / ee : 0;
    if (*t < 0 || *t > 1 || ee <= 0) {
        *t = clamp01(*t);
        *s = aa > 0 ? clamp01((bb * *t - c) / aa) : 0;
    }
    return nw_length2(nw_sub(nw_along(p, d1, *s), nw_along(a, d2, *t)));
}

static void take(struct nw_segment_near *best, double *best2, double d2, double along,
                 nw_vec3 at, uint32_t triangle)
{
    if (!(d2 < *best2 || (best->triangle == UINT32_MAX && d2 <= *best2)))
        return;
    *best2 = d2;
    best->along = along;
    best->point_mm = at;
    best->triangle = triangle;
}

/* Where the segment passes the plane of the triangle, 0..1. */
static double plane_passed(nw_vec3 p, nw_vec3 q, const nw_vec3 tri[3])
{
    const nw_vec3 n = nw_cross(nw_sub(tri[1], tri[0]), nw_sub(tri[2], tri[0]));
    const double a = nw_dot(nw_sub(p, tri[0]), n), b = nw_dot(nw_sub(q, tri[0]), n);
    return a == b ? 0 : clamp01(a / (a - b));
}

static void look_at_triangle(const struct nw_bvh *bvh, uint32_t t, nw_vec3 p, nw_vec3 q,
                             struct nw_segment_near *best, double *best2)
{
    nw_vec3 c[3];
    double bary[3], s, u;
    corners(bvh, t, c);
    if (nw_segment_meets_triangle(p, q, c)) {
        s = plane_passed(p, q, c);
        take(best, best2, 0, s, nw_along(p, nw_sub(q, p), s), t);
        return;
    }
    const nw_vec3 at_p = nw_triangle_nearest(c[0], c[1], c[2], p, bary),
                  at_q = nw_triangle_nearest(c[0], c[1], c[2], q, bary);
    take(best, best2, nw_length2(nw_sub(at_p, p)), 0, at_p, t);
    take(best, best2, nw_length2(nw_sub(at_q, q)), 1, at_q, t);
    for (int k = 0; k < 3; k++) {
        const nw_vec3 a = c[k], b = c[(k + 1) % 3];
        const double d2 = segments_apart(p, q, a, b, &s, &u);
        take(best, best2, d2, s, nw_along(a, nw_sub(b, a), u), t);
    }
}

/* Not more than the distance of the segment to the child's box: by the ball around the box,
 * and by the segment's own box. */
static double box_apart(const struct nw_bvh_node *n, int c, nw_vec3 p, nw_vec3 q)
{
    const nw_vec3 min = {(double)n->min[0][c], (double)n->min[1][c], (double)n->min[2][c]},
                  max = {(double)n->max[0][c], (double)n->max[1][c], (double)n->max[2][c]};
    if (!(min.x <= max.x))
        return HUGE_VAL;
    const nw_vec3 lo = nw_min3(p, q), hi = nw_max3(p, q);
    const nw_vec3 gap = nw_max3(nw_max3(nw_sub(min, hi), nw_sub(lo, max)), nw_v3(0, 0, 0));
    const nw_vec3 middle = nw_scale(nw_add(min, max), 0.5), d = nw_sub(q, p);
    const double len2 = nw_length2(d);
    const double s = len2 > 0 ? clamp01(nw_dot(nw_sub(middle, p), d) / len2) : 0;
    const double by_ball =
        nw_length(nw_sub(middle, nw_along(p, d, s))) - nw_length(nw_sub(max, min)) / 2;
    static const double ROUNDING = 1e-12; /* so that it stays a lower bound */
    const double size = nw_length(lo) + nw_length(hi);
    return fmax(nw_length(gap), by_ball) - ROUNDING * size;
}

bool nw_bvh_nearest_segment(const struct nw_bvh *bvh, nw_vec3 a_mm, nw_vec3 b_mm, double max_mm,
                            struct nw_segment_near *out)
{
    struct nw_segment_near best = {.triangle = UINT32_MAX};
    double best2 = max_mm * max_mm;
    struct visit stack[STACK];
    size_t top = 0;
    if (bvh->top >= 0)
        stack[top++] = (struct visit){0, 0, bvh->top};
    while (top > 0) {
        const struct visit at = stack[--top];
        if (at.key > 0 && at.key * at.key > best2)
            continue;
        if (at.level < 0) {
            look_at_triangle(bvh, bvh->order[at.node], a_mm, b_mm, &best, &best2);
            continue;
        }
        const struct nw_bvh_node *n = &bvh->node[bvh->level[at.level] + at.node];
        const size_t bottom = top;
        for (int c = 0; c < W; c++) {
            const double d = box_apart(n, c, a_mm, b_mm);
            if (d < HUGE_VAL && (d <= 0 || d * d <= best2))
                push(stack, &top, bottom,
                     (struct visit){d, at.node * W + (uint32_t)c, at.level - 1});
        }
    }
    if (best.triangle == UINT32_MAX)
        return false;
    best.distance_mm = sqrt(best2);
    *out = best;
    return true;
}

/* ---- where first met ---- */

/* Where the segment enters the child's box, grown by a rounding's width; HUGE_VAL: it does
 * not. */
static double box_entered(const struct nw_bvh_node *n, int c, const double a[3],
                          const double b[3])
{
    static const double SLACK = 1e-12; /* of the segment's length, far beyond the rounding */
    double from = 0, to = 1;
    for (int k = 0; k < 3; k++) {
        const double min = (double)n->min[k][c], max = (double)n->max[k][c], d = b[k] - a[k];
        if (!(fmin(a[k], b[k]) <= max && fmax(a[k], b[k]) >= min))
            return HUGE_VAL;
        if (d == 0)
            continue;
        const double s = (min - a[k]) / d, t = (max - a[k]) / d;
        from = fmax(from, fmin(s, t) - SLACK * (1 + fabs(s)));
        to = fmin(to, fmax(s, t) + SLACK * (1 + fabs(t)));
    }
    return from <= to ? from : HUGE_VAL;
}

bool nw_bvh_first_hit(const struct nw_bvh *bvh, nw_vec3 a_mm, nw_vec3 b_mm, double beyond,
                      struct nw_segment_near *out)
{
    const double a[3] = {a_mm.x, a_mm.y, a_mm.z}, b[3] = {b_mm.x, b_mm.y, b_mm.z};
    struct nw_segment_near best = {.triangle = UINT32_MAX, .along = HUGE_VAL};
    struct visit stack[STACK];
    size_t top = 0;
    if (bvh->top >= 0)
        stack[top++] = (struct visit){0, 0, bvh->top};
    while (top > 0) {
        const struct visit at = stack[--top];
        if (at.key > best.along)
            continue;
        if (at.level < 0) {
            nw_vec3 tri[3];
            corners(bvh, bvh->order[at.node], tri);
            if (!nw_segment_meets_triangle(a_mm, b_mm, tri))
                continue;
            const double s = plane_passed(a_mm, b_mm, tri);
            if (s > beyond && s < best.along)
                best = (struct nw_segment_near){.along = s, .triangle = bvh->order[at.node]};
            continue;
        }
        const struct nw_bvh_node *n = &bvh->node[bvh->level[at.level] + at.node];
        const size_t bottom = top;
        for (int c = 0; c < W; c++) {
            const double s = box_entered(n, c, a, b);
            if (s < HUGE_VAL)
                push(stack, &top, bottom,
                     (struct visit){s, at.node * W + (uint32_t)c, at.level - 1});
        }
    }
    if (best.triangle == UINT32_MAX)
        return false;
    best.point_mm = nw_along(a_mm, nw_sub(b_mm, a_mm), best.along);
    *out = best;
    return true;
}
