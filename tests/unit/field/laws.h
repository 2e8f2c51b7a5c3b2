/* tests/unit/field/laws.h -- what holds of every node: the tape gives the bits of a single
 * value, intervals hold the values of their boxes, also on a tape for a box alone, the gradient
 * is the derivative. */
#ifndef NW_TEST_LAWS_H
#define NW_TEST_LAWS_H

#include <string.h>

#include "core/rand.h"
#include "field/field.h"
#include "unit.h"

static inline nw_vec3 law_place(uint64_t n, double reach)
{
    return nw_v3((nw_rand_even(1, 3 * n) - 0.5) * 2 * reach,
                 (nw_rand_even(1, 3 * n + 1) - 0.5) * 2 * reach,
                 (nw_rand_even(1, 3 * n + 2) - 0.5) * 2 * reach);
}

/* How many of the 500 places within reach may lie on a kink, and how steep it may be. */
struct law_opts {
    double reach, step, slack, steep;
    int kinks;
};

/* Of one place: does a tape differ from the node? */
static inline int law_alone(const struct nw_field *f, nw_node n, const struct nw_tape *tape,
                            nw_vec3 p)
{
    nw_vec3 g, h;
    const double one = nw_field_gradient(f, n, p, &g), v = nw_tape_value(tape, p);
    int wrong = memcmp(&one, &v, sizeof one) != 0;
    if (nw_tape_length(tape) > NW_TAPE_SHORT)
        return wrong;
    const double w = nw_tape_gradient(tape, p, &h);
    wrong += memcmp(&one, &w, sizeof one) != 0;
    return wrong + !(g.x == h.x && g.y == h.y && g.z == h.z);
}

/* In a part of the box: how many values of a tape for the box differ from the node's, or are
 * not in their interval. */
static inline int law_within(const struct nw_field *f, nw_node n, const struct nw_tape *tape,
                             nw_box box)
{
    enum { COUNT = 40 };
    struct nw_err err = {0};
    nw_vec3 p[COUNT];
    double v[COUNT], again[COUNT];
    int wrong = 0;
    struct nw_tape *whole = nw_tape_within(tape, box, &err);
    const nw_vec3 third = nw_scale(nw_box_size(box), 1.0 / 3);
    const nw_box part = {nw_add(box.min, third), nw_sub(box.max, third)};
    struct nw_tape *within = whole ? nw_tape_within(whole, part, &err) : NULL;
    CHECK(within && nw_tape_length(within) <= nw_tape_length(whole) &&
          nw_tape_length(whole) <= nw_tape_length(tape));
    for (uint64_t q = 0; q < COUNT; q++) {
        const nw_vec3 t = law_place(q + 5000, 0.5),
                      mid = nw_add(part.min, nw_scale(third, 0.5));
        p[q] = nw_add(mid, nw_v3(t.x * third.x, t.y * third.y, t.z * third.z));
    }
    if (within) {
        const nw_interval in = nw_tape_interval(within, part);
        nw_tape_values(within, p, COUNT, v);
        (void)nw_tape_values_in(whole, part, p, COUNT, again, NW_WANT_ALL);
        for (int q = 0; q < COUNT; q++) {
            const double one = nw_field_value(f, n, p[q]);
            wrong += memcmp(&one, &v[q], sizeof one) != 0;
            wrong += memcmp(&one, &again[q], sizeof one) != 0;
            wrong += !(one >= in.min && one <= in.max);
            wrong += law_alone(f, n, within, p[q]);
        }
    }
    nw_tape_free(within);
    nw_tape_free(whole);
    return wrong;
}

static inline void law_check(const struct nw_field *f, nw_node n, const struct law_opts *o)
{
    enum { COUNT = 500 };
    static nw_vec3 p[COUNT];
    static double v[COUNT];
    struct nw_err err = {0};
    struct nw_tape *tape = nw_tape_new(f, n, &err);
    CHECK(tape != NULL);
    if (!tape)
        return;
    for (uint64_t k = 0; k < COUNT; k++)
        p[k] = law_place(k, o->reach);
    nw_tape_values(tape, p, COUNT, v);
    int bits = 0, outside = 0, useful = 0, kinks = 0, steep = 0, within = 0;
    for (uint64_t k = 0; k < COUNT; k++) {
        const double one = nw_field_value(f, n, p[k]);
        nw_vec3 g;
        bits += memcmp(&one, &v[k], sizeof one) != 0;
        bits += nw_field_gradient(f, n, p[k], &g) != one;
        const nw_vec3 d = law_place(k + 9000, o->step);
        const double change =
            nw_field_value(f, n, nw_add(p[k], d)) - nw_field_value(f, n, nw_sub(p[k], d));
        kinks += fabs(change - 2 * nw_dot(g, d)) > o->slack * nw_length(d);
        steep += fabs(one - v[(k + 1) % COUNT]) >
                 o->steep * nw_length(nw_sub(p[k], p[(k + 1) % COUNT])) + 1e-9;
        const nw_vec3 r = law_place(k + 20000, k % 3 ? o->reach / 20 : o->reach / 2);
        const nw_vec3 h = nw_v3(fabs(r.x), fabs(r.y), fabs(r.z));
        const nw_box box = {nw_sub(p[k], h), nw_add(p[k], h)};
        const nw_interval in = nw_tape_interval(tape, box);
        useful += in.min > 0 || in.max < 0;
        within += k % 5 == 0 ? law_within(f, n, tape, box) : 0;
        for (uint64_t q = 0; q < 10; q++) {
            const nw_vec3 t = law_place(1000 * k + q, 1);
            const nw_vec3 at = nw_add(p[k], nw_v3(t.x * h.x, t.y * h.y, t.z * h.z));
            const double w = nw_field_value(f, n, q ? at : p[k]);
            outside += !(w >= in.min && w <= in.max);
        }
    }
    printf("# %d kinks, %d steep, %d of %d intervals tell the side\n", kinks, steep, useful,
           COUNT);
    CHECK(bits == 0);
    CHECK(outside == 0);
    CHECK(within == 0);
    CHECK(kinks <= o->kinks);
    CHECK(steep == 0);
    nw_tape_free(tape);
}

#endif
