/*
 * field/slope_priv.h -- values with gradients, from those of what is below: one set of
 * expressions for a field and for its tape.
 */
#ifndef NW_FIELD_SLOPE_PRIV_H
#define NW_FIELD_SLOPE_PRIV_H

#include "field/field_priv.h"

static inline struct slope slope_negative(struct slope s)
{
    const struct slope r = {-s.value, nw_scale(s.grad, -1)};
    return r;
}

static inline struct slope slope_blended(struct slope a, struct slope b, double radius)
{
    const double h = more(radius - fabs(a.value - b.value), 0) / radius;
    const bool a_first = a.value < b.value;
    const struct slope *low = a_first ? &a : &b, *high = a_first ? &b : &a;
    const struct slope r = {blend_value(a.value, b.value, radius),
                            nw_along(nw_scale(low->grad, 1 - h / 2), high->grad, h / 2)};
    return r;
}

static inline struct slope slope_scaled(struct slope s, double by)
{
    return (struct slope){s.value * by, nw_scale(s.grad, by)};
}

static inline struct slope slope_rounded(struct slope a, struct slope b, const double *num)
{
    const struct slope x = slope_scaled(a, num[1]), y = slope_scaled(b, num[2]);
    const double r = num[0], u = less(r - x.value, r), v = less(r - y.value, r);
    struct slope s = {fillet(x.value, y.value, r), nw_v3(0, 0, 0)};
    const double len = sqrt(u * u + v * v);
    if (s.value == less(x.value, y.value)) {
        s.grad = x.value < y.value ? x.grad : y.grad;
    } else { /* within a shape, its own depth no longer counts */
        s.grad = nw_along(s.grad, x.grad, x.value > 0 ? u / len : 0);
        s.grad = nw_along(s.grad, y.grad, y.value > 0 ? v / len : 0);
    }
    return slope_scaled(s, num[3]);
}

/* Of a moved shape, from that at the place it was moved from. */
static inline struct slope slope_moved(const double *m, struct slope s)
{
    const double k = m[MOVED_FACTOR];
    const nw_vec3 g = s.grad;
    const struct slope r = {s.value * k, nw_v3((m[0] * g.x + m[3] * g.y + m[6] * g.z) * k,
                                               (m[1] * g.x + m[4] * g.y + m[7] * g.z) * k,
                                               (m[2] * g.x + m[5] * g.y + m[8] * g.z) * k)};
    return r;
}

static inline struct slope slope_of_pair(const struct node *n, struct slope a, struct slope b)
{
    if (n->kind == NODE_UNION)
        return a.value < b.value ? a : b;
    if (n->kind == NODE_INTERSECTION)
        return a.value > b.value ? a : b;
    if (n->kind == NODE_BLEND)
        return slope_blended(a, b, n->num[0]);
    if (n->kind == NODE_ROUND)
        return slope_rounded(a, b, n->num);
    return a.value > -b.value ? a : slope_negative(b);
}

/* Of an offset or a shell. */
static inline struct slope slope_of_single(const struct node *n, struct slope s)
{
    if (n->kind == NODE_OFFSET) {
        s.value -= n->num[0];
        return s;
    }
    const struct slope inner = {-s.value - n->num[0], nw_scale(s.grad, -1)};
    return s.value > inner.value ? s : inner;
}

#endif
