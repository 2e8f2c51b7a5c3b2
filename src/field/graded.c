/* field/graded.c -- an offset that differs from place to place: see nw_field_graded. */
#include "field/ramp_priv.h"

struct graded {
    const struct nw_field *field;
    nw_node of;
    struct nw_tape *tape;
    struct nw_ramp ramp;
    double ease; /* what the value is divided by, since the ramp makes it steeper */
};

static void graded_free(void *own)
{
    struct graded *g = own;
    nw_tape_free(g->tape);
    nw_free(g);
}

static void graded_values(const void *own, const double *x, const double *y, const double *z,
                          size_t count, double *value)
{
    const struct graded *g = own;
    nw_vec3 at[BATCH];
    double of[BATCH];
    for (size_t first = 0; first < count; first += BATCH) {
        const size_t n = count - first < BATCH ? count - first : BATCH;
        for (size_t i = 0; i < n; i++)
            at[i] = nw_v3(x[first + i], y[first + i], z[first + i]);
        nw_tape_values(g->tape, at, n, of);
        for (size_t i = 0; i < n; i++)
            value[first + i] = (of[i] - ramp_at(&g->ramp, value[first + i])) / g->ease;
    }
}

static struct slope graded_slope(const void *own, nw_vec3 p, struct slope other)
{
    const struct graded *g = own;
    struct slope s;
    s.value = nw_field_gradient(g->field, g->of, p, &s.grad);
    s.value = (s.value - ramp_at(&g->ramp, other.value)) / g->ease;
    s.grad = nw_along(s.grad, other.grad, -ramp_slope(&g->ramp, other.value));
    s.grad = nw_scale(s.grad, 1 / g->ease);
    return s;
}

static nw_interval graded_range(const void *own, const struct region *r, nw_interval other)
{
    const struct graded *g = own;
    const nw_interval of = nw_tape_interval(g->tape, r->box), by = ramp_range(&g->ramp, other);
    const double room = 1e-12 * (1 + fabs(by.min) + fabs(by.max)); /* for rounding */
    return (nw_interval){(of.min - by.max - room) / g->ease,
                         (of.max - by.min + room) / g->ease};
}

static const struct own_kind graded_kind = {graded_values, graded_slope, graded_range,
                                            graded_free};

nw_node nw_field_graded(struct nw_field *f, nw_node a, nw_node by, const struct nw_ramp *ramp,
                        struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_node(f, a, err) ||
        !nw_field_check_node(f, by, err))
        return -1;
    struct graded *g = NW_ALLOC(struct graded, 1, err);
    if (!g)
        return -1;
    g->field = f;
    g->of = a;
    if (nw_ramp_make(f, by, ramp, 0, &g->ramp, err))
        g->tape = nw_tape_new(f, a, err);
    if (!g->tape) {
        graded_free(g);
        return -1;
    }
    g->ease = 1 + ramp_steepness(&g->ramp);
    const struct own_cost cost = {f->node[a].cost, f->node[a].frames + SUB_FRAMES};
    return nw_field_add_own(f, &graded_kind, g, by, cost, err);
}
