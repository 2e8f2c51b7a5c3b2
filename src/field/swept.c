/* field/swept.c -- what a shape passes through on its way, and tubes along polylines. */
#include <string.h>

#include "field/field_priv.h"

struct swept {
    const struct nw_field *field;
    nw_node of;
    struct nw_tape *tape;
    nw_vec3 unit;
    double length_mm, step_mm;
};

static void swept_free(void *own)
{
    struct swept *s = own;
    nw_tape_free(s->tape);
    nw_free(s);
}

/* Places on their way, each for itself: where it has come, and its lowest so far. */
struct way {
    nw_vec3 at[BATCH], ask[BATCH];
    double t[BATCH], lowest[BATCH], lowest_t[BATCH], value[BATCH];
    size_t who[BATCH]; /* those still under way */
    size_t count;
};

static void ask_all(const struct swept *s, struct way *w)
{
    for (size_t k = 0; k < w->count; k++) {
        const size_t i = w->who[k];
        w->ask[k] = nw_along(w->at[i], s->unit, -w->t[i]);
    }
    nw_tape_values(s->tape, w->ask, w->count, w->value);
    for (size_t k = 0; k < w->count; k++) {
        const size_t i = w->who[k];
        if (w->value[k] < w->lowest[i]) {
            w->lowest[i] = w->value[k];
            w->lowest_t[i] = w->t[i];
        }
    }
}

/* From one end to the other. Nothing lower than the lowest is nearer than the difference. */
static void march(const struct swept *s, struct way *w, size_t count)
{
    w->count = count;
    for (size_t i = 0; i < count; i++) {
        w->t[i] = 0;
        w->lowest[i] = HUGE_VAL;
        w->lowest_t[i] = 0;
        w->who[i] = i;
    }
    while (w->count > 0) {
        ask_all(s, w);
        size_t left = 0;
        for (size_t k = 0; k < w->count; k++) {
            const size_t i = w->who[k];
            if (!(w->t[i] < s->length_mm))
                continue;
            const double skip = more(w->value[k] - w->lowest[i], s->step_mm);
            w->t[i] = less(w->t[i] + skip, s->length_mm);
            w->who[left++] = i;
        }
        w->count = left;
    }
}

/* Halving steps to either side of the lowest. */
static void close_in(const struct swept *s, struct way *w, size_t count)
{
    enum { ROUNDS = 6 };
    double reach = s->step_mm;
    w->count = count;
    for (size_t i = 0; i < count; i++)
        w->who[i] = i;
    for (int round = 0; round < ROUNDS; round++) {
        reach /= 2;
        double from[BATCH];
        for (size_t i = 0; i < count; i++)
            from[i] = w->lowest_t[i];
        for (int sign = -1; sign <= 1; sign += 2) {
            for (size_t i = 0; i < count; i++)
                w->t[i] = less(more(from[i] + sign * reach, 0), s->length_mm);
            ask_all(s, w);
        }
    }
}

static void swept_values(const void *own, const double *x, const double *y, const double *z,
                         size_t count, double *value)
{
    struct way w;
    for (size_t first = 0; first < count; first += BATCH) {
        const size_t n = count - first < BATCH ? count - first : BATCH;
        for (size_t i = 0; i < n; i++)
            w.at[i] = nw_v3(x[first + i], y[first + i], z[first + i]);
        march(own, &w, n);
        close_in(own, &w, n);
        memcpy(value + first, w.lowest, n * sizeof *value);
    }
}

/* The lowest stays the lowest, to the first order: its own gradient is the gradient. */
static struct slope swept_slope(const void *own, nw_vec3 p, struct slope other)
{
    (void)other;
    const struct swept *s = own;
    struct way w;
    struct slope r;
    w.at[0] = p;
    march(s, &w, 1);
    close_in(s, &w, 1);
    (void)nw_field_gradient(s->field, s->of, nw_along(p, s->unit, -w.lowest_t[0]), &r.grad);
    r.value = w.lowest[0];
    return r;
}

/* The box's own way, in pieces about as long as it is wide. */
static nw_interval swept_range(const void *own, const struct region *r, nw_interval other)
{
    (void)other;
    const struct swept *s = own;
    enum { MOST = 256 };
    const double piece =
        more(less(more(r->radius, s->step_mm), s->length_mm), s->length_mm / MOST);
    nw_interval in = {HUGE_VAL, HUGE_VAL};
    for (double t = 0; t < s->length_mm;) {
        const double end = less(t + piece, s->length_mm);
        const nw_vec3 a = nw_scale(s->unit, -t), b = nw_scale(s->unit, -end);
        const nw_box box = {nw_add(r->box.min, nw_min3(a, b)),
                            nw_add(r->box.max, nw_max3(a, b))};
        const nw_interval part = nw_tape_interval(s->tape, box);
        if (!(part.min >= -HUGE_VAL && part.max <= HUGE_VAL))
            return (nw_interval){-HUGE_VAL, HUGE_VAL};
        in.max = less(in.max, part.max);
        in.min = less(in.min, part.min);
        t = part.min > in.min && part.min < HUGE_VAL ? end + (part.min - in.min) : end;
    }
    in.max += s->step_mm; /* the lowest is found to half a step */
    return in;
}

static const struct own_kind swept_kind = {swept_values, swept_slope, swept_range, swept_free};

nw_node nw_field_swept(struct nw_field *f, nw_node a, nw_vec3 along_mm, double step_mm,
                       struct nw_err *err)
{
    const double length_mm = nw_length(along_mm);
    if (err->code != NW_OK || !nw_field_check_node(f, a, err) ||
        !nw_field_check_size(length_mm, "the length of a sweep", err) ||
        !nw_field_check_size(step_mm, "the step of a sweep", err))
        return -1;
    if (!(length_mm / step_mm <= 1e5)) {
        nw_fail(err, NW_ERR_LIMIT, "a sweep of %g mm in steps of %g mm is too fine", length_mm,
                step_mm);
        return -1;
    }
    struct swept *s = NW_ALLOC(struct swept, 1, err);
    if (!s)
        return -1;
    s->field = f;
    s->of = a;
    s->unit = nw_scale(along_mm, 1 / length_mm);
    s->length_mm = length_mm;
    s->step_mm = step_mm;
    s->tape = nw_tape_new(f, a, err);
    if (!s->tape) {
        swept_free(s);
        return -1;
    }
    const struct own_cost cost = {32 * f->node[a].cost, f->node[a].frames + SUB_FRAMES};
    return nw_field_add_own(f, &swept_kind, s, -1, cost, err);
}

/* ---- tubes ---- */

/* From a along u: radius at the foot, and how it changes. */
struct limb {
    nw_vec3 a, u;
    double length, radius, growth;
    double lean; /* how far the foot of the nearest ball shifts, per mm of distance */
};

struct tube {
    size_t count;
    struct limb *limb;
};

static void tube_free(void *own)
{
    struct tube *t = own;
    nw_free(t->limb);
    nw_free(t);
}

/* A limb is the union of balls along it; the nearest has its centre where the line to it is
 * at right angles to the slanted side. Returns the distance; *centre the ball's centre. */
static inline double limb_distance(const struct limb *l, nw_vec3 p, nw_vec3 *centre)
{
    const nw_vec3 d = nw_sub(p, l->a);
    const double y = nw_dot(d, l->u), x = nw_length(nw_along(d, l->u, -y));
    const double t = less(more(y + x * l->lean, 0), l->length);
    *centre = nw_along(l->a, l->u, t);
    return nw_length(nw_sub(p, *centre)) - (l->radius + l->growth * t);
}

static double tube_distance(const struct tube *t, nw_vec3 p, nw_vec3 *centre)
{
    double best = HUGE_VAL;
    *centre = p;
    for (size_t i = 0; i < t->count; i++) {
        nw_vec3 c;
        const double d = limb_distance(&t->limb[i], p, &c);
        if (d < best) {
            best = d;
            *centre = c;
        }
    }
    return best;
}

static void tube_values(const void *own, const double *x, const double *y, const double *z,
                        size_t count, double *value)
{
    nw_vec3 centre;
    for (size_t i = 0; i < count; i++)
        value[i] = tube_distance(own, nw_v3(x[i], y[i], z[i]), &centre);
}

static struct slope tube_slope(const void *own, nw_vec3 p, struct slope other)
{
    (void)other;
    nw_vec3 centre;
    struct slope s;
    s.value = tube_distance(own, p, &centre);
    s.grad = nw_unit(nw_sub(p, centre));
    return s;
}

static nw_interval tube_range(const void *own, const struct region *r, nw_interval other)
{
    (void)other;
    nw_vec3 centre;
    return steady_interval(tube_distance(own, r->centre, &centre), r);
}

static const struct own_kind tube_kind = {tube_values, tube_slope, tube_range, tube_free};

static bool put_limb(struct limb *l, const nw_vec3 *corner, const double *radius,
                     struct nw_err *err)
{
    const nw_vec3 way = nw_sub(corner[1], corner[0]);
    const double length = nw_length(way), slant = radius[1] - radius[0];
    if (!nw_field_check_place(corner[0], "a corner of the tube", err) ||
        !nw_field_check_place(corner[1], "a corner of the tube", err) ||
        !nw_field_check_size(length, "the length between corners of the tube", err) ||
        !nw_field_check_size(radius[0], "the tube's radius", err) ||
        !nw_field_check_size(radius[1], "the tube's radius", err))
        return false;
    *l = (struct limb){corner[0], nw_scale(way, 1 / length), length, radius[0], slant / length,
                       0};
    if (fabs(l->growth) < 1) {
        l->lean = l->growth / sqrt(1 - l->growth * l->growth);
        return true;
    }
    if (slant > 0) { /* one ball holds the other, and everything between */
        l->a = corner[1];
        l->radius = radius[1];
    }
    l->length = 0;
    l->growth = 0;
    return true;
}

nw_node nw_field_tube(struct nw_field *f, const nw_vec3 *corner_mm, const double *radius_mm,
                      size_t count, struct nw_err *err)
{
    if (err->code != NW_OK)
        return -1;
    if (count < 2) {
        nw_fail(err, NW_ERR_ARGUMENT, "a tube has %zu corners and needs 2", count);
        return -1;
    }
    struct tube *t = NW_ALLOC(struct tube, 1, err);
    if (!t)
        return -1;
    t->limb = NW_ALLOC_UNSET(struct limb, count - 1, err);
    bool ok = t->limb != NULL;
    for (size_t i = 0; i + 1 < count && ok; i++)
        ok = put_limb(&t->limb[i], corner_mm + i, radius_mm + i, err);
    if (!ok) {
        tube_free(t);
        return -1;
    }
    t->count = count - 1;
    const struct own_cost cost = {count / 4, 0};
    return nw_field_add_own(f, &tube_kind, t, -1, cost, err);
}
