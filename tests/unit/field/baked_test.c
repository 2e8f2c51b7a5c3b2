#include <string.h>

#include "../mesh/shapes.h"
#include "core/parallel.h"
#include "field/field.h"
#include "starve.h"
#include "unit.h"

static const nw_box box = {{-12, -12, -12}, {12, 12, 13}};

static nw_vec3 place(uint64_t n, double reach)
{
    return nw_v3((nw_rand_even(1, 3 * n) - 0.5) * 2 * reach,
                 (nw_rand_even(1, 3 * n + 1) - 0.5) * 2 * reach,
                 (nw_rand_even(1, 3 * n + 2) - 0.5) * 2 * reach);
}

/* Round things, a cut and a thin wire. */
static nw_node shape(struct nw_field *f, struct nw_err *err)
{
    nw_node n = nw_field_sphere(f, nw_v3(0, 0, 0), 8, err);
    n = nw_field_blend(f, n, nw_field_capsule(f, nw_v3(-4, -9, 2), nw_v3(9, 3, 4), 2, err), 3,
                       err);
    n = nw_field_difference(
        f, n, nw_field_half_space(f, nw_v3(0, 0, -5), nw_v3(0.1, 0.2, 1), err), err);
    return nw_field_union(
        f, n, nw_field_cylinder(f, nw_v3(0, 0, 7), nw_v3(1, 2, 11.5), 0.25, err), err);
}

static void in_the_band_it_is_within_what_it_says(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = shape(f, &err);
    const struct nw_bake_opts opts = {.cell_mm = 0.1, .tol_mm = 0.005, .band_mm = 1};
    double off = 0, mean = 0, worst = 0;
    const nw_node baked = nw_field_baked(f, n, box, &opts, &off, &err);
    CHECK(err.code == NW_OK);
    int in_band = 0, beyond_tol = 0, wrong_side = 0;
    for (uint64_t k = 0; k < 20000; k++) {
        const nw_vec3 p = place(k, 12);
        const double v = nw_field_value(f, n, p), w = nw_field_value(f, baked, p);
        wrong_side += (v < 0) != (w < 0) && fabs(v) > 0.02;
        if (fabs(v) > 1)
            continue;
        in_band++;
        mean += fabs(v - w);
        worst = fmax(worst, fabs(v - w));
        beyond_tol += fabs(v - w) > 0.005;
    }
    printf("# %d in the band: off by %.4f on average, %.4f at most; said %.4f\n", in_band,
           mean / in_band, worst, off);
    CHECK(in_band > 2000);
    CHECK(wrong_side == 0);
    CHECK(mean / in_band < 0.002);
    CHECK(beyond_tol < in_band / 50); /* along the creases */
    CHECK(worst < 2 * off);
    nw_field_free(f);
}

static void beyond_its_box_it_is_the_expression(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = shape(f, &err);
    const struct nw_bake_opts opts = {.cell_mm = 0.3};
    const nw_node baked = nw_field_baked(f, n, box, &opts, NULL, &err);
    for (uint64_t k = 0; k < 200; k++) {
        const nw_vec3 p = nw_add(place(k, 10), nw_v3(0, 24, 0));
        nw_vec3 g, h;
        CHECK(nw_field_value(f, n, p) == nw_field_value(f, baked, p));
        CHECK(nw_field_gradient(f, n, p, &g) == nw_field_gradient(f, baked, p, &h));
        CHECK(nw_length(nw_sub(g, h)) == 0);
    }
    CHECK(err.code == NW_OK);
    nw_field_free(f);
}

static void an_interval_holds_every_value(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const struct nw_bake_opts opts = {.cell_mm = 0.2, .band_mm = 2};
    const nw_node baked = nw_field_baked(f, shape(f, &err), box, &opts, NULL, &err);
    struct nw_tape *tape = nw_tape_new(f, baked, &err);
    int outside = 0, useful = 0;
    for (uint64_t k = 0; k < 1000; k++) {
        const nw_vec3 c = place(k, 14), r = place(k + 5000, k % 3 ? 0.5 : 4);
        const nw_vec3 h = nw_v3(fabs(r.x), fabs(r.y), fabs(r.z));
        const nw_box b = {nw_sub(c, h), nw_add(c, h)};
        const nw_interval in = nw_tape_interval(tape, b);
        useful += in.min > 0 || in.max < 0;
        for (uint64_t q = 0; q < 20; q++) {
            const nw_vec3 t = place(1000 * k + q, 1);
            const nw_vec3 p = nw_add(c, nw_v3(t.x * h.x, t.y * h.y, t.z * h.z));
            const double v = nw_field_value(f, baked, p);
            outside += !(v >= in.min && v <= in.max);
        }
    }
    CHECK(outside == 0);
    CHECK(useful > 500);
    nw_tape_free(tape);
    nw_field_free(f);
}

static void the_gradient_is_the_derivative(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const struct nw_bake_opts opts = {.cell_mm = 0.2};
    const nw_node baked = nw_field_baked(f, shape(f, &err), box, &opts, NULL, &err);
    int wrong = 0;
    for (uint64_t k = 0; k < 1000; k++) {
        const nw_vec3 p = place(k, 11), d = place(k + 9000, 1e-6);
        nw_vec3 g;
        CHECK(nw_field_gradient(f, baked, p, &g) == nw_field_value(f, baked, p));
        const double step =
            nw_field_value(f, baked, nw_add(p, d)) - nw_field_value(f, baked, nw_sub(p, d));
        wrong += fabs(step - 2 * nw_dot(g, d)) > 1e-3 * nw_length(d);
    }
    CHECK(wrong <= 2);
    nw_field_free(f);
}

static void threads_and_company_do_not_change_it(void)
{
    enum { COUNT = 300 };
    static double first[COUNT], v[COUNT];
    static nw_vec3 p[COUNT];
    for (uint64_t k = 0; k < COUNT; k++)
        p[k] = place(k, 13);
    for (int threads = 1; threads <= 3; threads++) {
        struct nw_err err = {0};
        nw_set_threads(threads);
        struct nw_field *f = nw_field_new(&err);
        const struct nw_bake_opts opts = {.cell_mm = 0.4};
        const nw_node baked = nw_field_baked(f, shape(f, &err), box, &opts, NULL, &err);
        struct nw_tape *tape = nw_tape_new(f, baked, &err);
        nw_tape_values(tape, p, COUNT, v);
        for (int k = 0; k < COUNT; k++)
            CHECK(v[k] == nw_field_value(f, baked, p[k]));
        if (threads == 1)
            memcpy(first, v, sizeof v);
        CHECK(memcmp(first, v, sizeof v) == 0);
        nw_tape_free(tape);
        nw_field_free(f);
    }
    nw_set_threads(0);
}

static void wrong_boxes_are_refused(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = nw_field_sphere(f, nw_v3(0, 0, 0), 1, &err);
    const struct nw_bake_opts plain = {0}, bad = {.cell_mm = -1}, fine = {.cell_mm = 1e-6};
    const nw_box flat = {nw_v3(0, 0, 0), nw_v3(1, 0, 1)};
    CHECK(nw_field_baked(f, n, flat, &plain, NULL, &err) == -1);
    CHECK(err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    CHECK(nw_field_baked(f, n, box, &bad, NULL, &err) == -1 && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    CHECK(nw_field_baked(f, n, box, &fine, NULL, &err) == -1 && err.code == NW_ERR_LIMIT);
    err = (struct nw_err){0};
    CHECK(nw_field_baked(f, 7, box, &plain, NULL, &err) == -1 && err.code == NW_ERR_ARGUMENT);
    nw_field_free(f);
}

static bool bake_once(struct nw_err *err)
{
    nw_set_threads(1); /* so that the same allocation fails each time */
    struct nw_field *f = nw_field_new(err);
    const struct nw_bake_opts opts = {.cell_mm = 1};
    const nw_node n =
        f ? nw_field_baked(f, nw_field_sphere(f, nw_v3(0, 0, 0), 8, err), box, &opts, NULL, err)
          : -1;
    nw_field_free(f);
    nw_set_threads(0);
    return n >= 0;
}

static void each_allocation_may_fail(void)
{
    CHECK(unit_starve(bake_once) > 5);
}

int main(void)
{
    UNIT(in_the_band_it_is_within_what_it_says);
    UNIT(beyond_its_box_it_is_the_expression);
    UNIT(an_interval_holds_every_value);
    UNIT(the_gradient_is_the_derivative);
    UNIT(threads_and_company_do_not_change_it);
    UNIT(wrong_boxes_are_refused);
    UNIT(each_allocation_may_fail);
    return unit_end();
}
