#include "mesh/solid.h"

#include "core/parallel.h"
#include "shapes.h"
#include "starve.h"
#include "unit.h"

static nw_vec3 somewhere(uint64_t n, double reach)
{
    return nw_v3((nw_rand_even(5, 3 * n) - 0.5) * 2 * reach,
                 (nw_rand_even(5, 3 * n + 1) - 0.5) * 2 * reach,
                 (nw_rand_even(5, 3 * n + 2) - 0.5) * 2 * reach);
}

static double distance_to(const struct nw_solid *s, nw_vec3 p)
{
    double d;
    nw_solid_distances(s, &p.x, &p.y, &p.z, 1, &d);
    return d;
}

static double wave(nw_vec3 d)
{
    return sin(5 * d.x) * cos(4 * d.y) + 0.5 * sin(7 * d.z);
}

/* All triangles one after the other, the plainest way. */
static double plain_winding(const struct nw_mesh *m, nw_vec3 p)
{
    double sum = 0;
    for (size_t t = 0; t < m->tri_count; t++) {
        const nw_vec3 a = nw_sub(m->pos_mm[m->tri[t][0]], p),
                      b = nw_sub(m->pos_mm[m->tri[t][1]], p),
                      c = nw_sub(m->pos_mm[m->tri[t][2]], p);
        const double la = nw_length(a), lb = nw_length(b), lc = nw_length(c);
        sum += 2 * atan2(nw_dot(a, nw_cross(b, c)), la * lb * lc + nw_dot(a, b) * lc +
                                                        nw_dot(b, c) * la + nw_dot(c, a) * lb);
    }
    return sum / (4 * NW_PI);
}

/* By trying the three corners, the three sides and the plane of each triangle. */
static double plain_distance(const struct nw_mesh *m, nw_vec3 p)
{
    double best = HUGE_VAL;
    for (size_t t = 0; t < m->tri_count; t++) {
        nw_vec3 v[3];
        for (int k = 0; k < 3; k++)
            v[k] = m->pos_mm[m->tri[t][k]];
        const nw_vec3 n = nw_cross(nw_sub(v[1], v[0]), nw_sub(v[2], v[0]));
        bool over = true;
        for (int k = 0; k < 3; k++) {
            const nw_vec3 e = nw_sub(v[(k + 1) % 3], v[k]), d = nw_sub(p, v[k]);
            const double s = fmin(fmax(nw_dot(d, e) / nw_length2(e), 0), 1);
            best = fmin(best, nw_length(nw_along(d, e, -s)));
            over = over && nw_dot(nw_cross(n, e), d) >= 0;
        }
        if (over)
            best = fmin(best, fabs(nw_dot(n, nw_sub(p, v[0]))) / nw_length(n));
    }
    return best;
}

static void a_box_is_measured_exactly(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    shape_add_box(&m, nw_v3(-1, -2, -3), nw_v3(1, 2, 3));
    struct nw_solid *s = nw_solid_new(&m, &err);
    nw_mesh_release(&m);
    CHECK(nw_solid_facts(s).closed);
    CHECK(nw_solid_facts(s).turned == 0);
    CHECK(distance_to(s, nw_v3(0, 0, 0)) == -1);
    CHECK(distance_to(s, nw_v3(4, 6, 3)) == 5);
    CHECK_NEAR(distance_to(s, nw_v3(0.75, 0, 0)), -0.25, 1e-15);
    nw_vec3 g;
    CHECK_NEAR(nw_solid_gradient(s, nw_v3(1, 0.2, 0.3), &g), 0, 1e-14);
    CHECK_NEAR(nw_length(nw_sub(g, nw_v3(1, 0, 0))), 0, 1e-14);
    CHECK_NEAR(nw_solid_gradient(s, nw_v3(0.75, 0.2, 0.3), &g), -0.25, 1e-15);
    CHECK_NEAR(nw_length(nw_sub(g, nw_v3(1, 0, 0))), 0, 1e-14);
    CHECK(nw_solid_gradient(s, nw_v3(4, 6, 3), &g) == 5);
    CHECK_NEAR(nw_length(nw_sub(g, nw_v3(0.6, 0.8, 0))), 0, 1e-15);
    nw_solid_free(s);
}

static void it_agrees_with_plain_sums(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    shape_sphere(&m, 24, 5, wave);
    struct nw_solid *s = nw_solid_new(&m, &err);
    enum { COUNT = 400 };
    double x[COUNT], y[COUNT], z[COUNT], d[COUNT];
    double worst = 0;
    for (uint64_t k = 0; k < COUNT; k++) {
        /* half of them along a line, so that what one tells of the next is used */
        const nw_vec3 p =
            k < 200 ? somewhere(k, 7) : nw_v3(-7 + 0.07 * (double)(k - 200), 1, 2);
        x[k] = p.x;
        y[k] = p.y;
        z[k] = p.z;
    }
    nw_solid_distances(s, x, y, z, COUNT, d);
    for (int k = 0; k < COUNT; k++) {
        const nw_vec3 p = nw_v3(x[k], y[k], z[k]);
        const double w = plain_winding(&m, p);
        worst = fmax(worst, fabs(w - nw_solid_winding(s, p)));
        CHECK_NEAR(d[k], (w > 0.5 ? -1 : 1) * plain_distance(&m, p), 1e-12);
        CHECK(d[k] == distance_to(s, p));
    }
    printf("# winding number off by at most %.4f\n", worst);
    CHECK(worst < 0.02);
    nw_solid_free(s);
    nw_mesh_release(&m);
}

static void the_gradient_is_the_derivative(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    shape_sphere(&m, 16, 5, wave);
    m.tri_count -= 60; /* a hole */
    struct nw_solid *s = nw_solid_new(&m, &err);
    CHECK(!nw_solid_facts(s).closed);
    int wrong = 0;
    for (uint64_t k = 0; k < 500; k++) {
        const nw_vec3 p = somewhere(k, 7), e = somewhere(k + 900, 1e-4);
        nw_vec3 g;
        const double v = nw_solid_gradient(s, p, &g);
        CHECK(v == distance_to(s, p));
        const double step = distance_to(s, nw_add(p, e)) - distance_to(s, nw_sub(p, e));
        wrong += fabs(step - 2 * nw_dot(g, e)) > 0.05 * nw_length(e);
    }
    printf("# %d of 500 on a kink\n", wrong);
    CHECK(wrong <= 10);
    nw_solid_free(s);
    nw_mesh_release(&m);
}

/* Each third triangle turned, each with its own three corners: a soup. */
static void make_soup(struct nw_mesh *out, const struct nw_mesh *m)
{
    struct nw_err err = {0};
    CHECK(nw_mesh_init(out, 3 * m->tri_count, m->tri_count, &err));
    for (size_t t = 0; t < m->tri_count; t++)
        for (size_t k = 0; k < 3; k++) {
            out->pos_mm[3 * t + k] = m->pos_mm[m->tri[t][k]];
            out->tri[t][k] = (uint32_t)(3 * t + (t % 3 == 0 ? 2 - k : k));
        }
}

static void soup_with_flipped_triangles_is_the_same_solid(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0}, soup = {0};
    shape_sphere(&m, 12, 5, wave);
    make_soup(&soup, &m);
    struct nw_solid *a = nw_solid_new(&m, &err), *b = nw_solid_new(&soup, &err);
    CHECK(nw_solid_facts(b).closed);
    CHECK(nw_solid_facts(b).turned == (m.tri_count + 2) / 3);
    for (uint64_t k = 0; k < 300; k++)
        CHECK_NEAR(distance_to(a, somewhere(k, 7)), distance_to(b, somewhere(k, 7)), 1e-12);
    nw_mesh_flip(&m); /* all of it inside out */
    struct nw_solid *c = nw_solid_new(&m, &err);
    CHECK(nw_solid_facts(c).turned == m.tri_count);
    CHECK(distance_to(c, nw_v3(0, 0, 0)) < -3);
    nw_solid_free(a);
    nw_solid_free(b);
    nw_solid_free(c);
    nw_mesh_release(&m);
    nw_mesh_release(&soup);
}

static void cavities_stay_and_parts_inside_out_are_turned(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0}, hole = {0}, other = {0};
    shape_add_box(&m, nw_v3(-5, -5, -5), nw_v3(5, 5, 5));
    shape_add_box(&hole, nw_v3(-2, -2, -2), nw_v3(2, 2, 2));
    nw_mesh_flip(&hole);
    shape_add_box(&other, nw_v3(10, -1, -1), nw_v3(12, 1, 1));
    nw_mesh_flip(&other); /* in the open: wrong */
    CHECK(nw_mesh_append(&m, &hole, &err) && nw_mesh_append(&m, &other, &err));
    for (int flipped = 0; flipped < 2; flipped++) {
        struct nw_solid *s = nw_solid_new(&m, &err);
        CHECK(s != NULL);
        CHECK_NEAR(distance_to(s, nw_v3(0, 0, 0)), 2, 1e-14);
        CHECK_NEAR(distance_to(s, nw_v3(4, 0, 0)), -1, 1e-14);
        CHECK_NEAR(distance_to(s, nw_v3(11, 0, 0)), -1, 1e-14);
        CHECK_NEAR(distance_to(s, nw_v3(7, 0, 0)), 2, 1e-14);
        nw_solid_free(s);
        nw_mesh_flip(&m);
    }
    nw_mesh_release(&m);
    nw_mesh_release(&hole);
    nw_mesh_release(&other);
}

static void a_hole_is_closed_by_a_smooth_surface(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    shape_add_box(&m, nw_v3(-5, -5, -5), nw_v3(5, 5, 5));
    /* the two triangles of the top are left out */
    size_t kept = 0;
    for (size_t t = 0; t < m.tri_count; t++) {
        bool top = true;
        for (int k = 0; k < 3; k++)
            top = top && m.pos_mm[m.tri[t][k]].z > 0;
        if (!top)
            memcpy(m.tri[kept++], m.tri[t], sizeof m.tri[0]);
    }
    m.tri_count = kept;
    CHECK(kept == 10);
    struct nw_solid *s = nw_solid_new(&m, &err);
    CHECK(!nw_solid_facts(s).closed);
    CHECK(distance_to(s, nw_v3(0, 0, -4)) < -0.9);
    CHECK(distance_to(s, nw_v3(0, 0, 20)) > 14);
    CHECK_NEAR(distance_to(s, nw_v3(6, 0, 0)), 1, 1e-14);
    /* by symmetry the winding number is a half where the missing top subtends 2 pi: on it */
    CHECK_NEAR(distance_to(s, nw_v3(0.5, 0.25, 5)), 0, 0.1);
    double last = distance_to(s, nw_v3(0.1, 0.2, 2)), widest = 0;
    for (int k = 1; k <= 600; k++) {
        const double d = distance_to(s, nw_v3(0.1, 0.2, 2 + 0.01 * k));
        widest = fmax(widest, fabs(d - last));
        last = d;
    }
    CHECK(widest < 0.05); /* continuous through the closing */
    nw_solid_free(s);
    nw_mesh_release(&m);
}

static void a_range_holds_every_value(void)
{
    struct nw_err err = {0};
    int outside = 0, useful = 0;
    for (int open = 0; open < 2; open++) {
        struct nw_mesh m = {0};
        shape_sphere(&m, 16, 5, wave);
        m.tri_count -= open ? 60 : 0;
        struct nw_solid *s = nw_solid_new(&m, &err);
        for (uint64_t k = 0; k < 400; k++) {
            const nw_vec3 c = somewhere(k, 8);
            const double r = nw_rand_even(6, k) * (k % 2 ? 0.5 : 3);
            double min, max;
            nw_solid_range(s, c, r, &min, &max);
            useful += min > 0 || max < 0;
            for (uint64_t q = 0; q < 20; q++) {
                const nw_vec3 off = nw_unit(somewhere(1000 * k + q, 1));
                const double d = distance_to(s, nw_along(c, off, q < 10 ? r : r * 0.5));
                outside += !(d >= min && d <= max);
            }
        }
        nw_solid_free(s);
        nw_mesh_release(&m);
    }
    CHECK(outside == 0);
    printf("# %d of 800 ranges tell the side\n", useful);
    CHECK(useful > 400);
}

static void what_is_no_mesh_is_refused(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    CHECK(!nw_solid_new(&m, &err) && err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    m.tri[3][1] = 99;
    CHECK(!nw_solid_new(&m, &err) && err.code == NW_ERR_DATA);
    err = (struct nw_err){0};
    m.tri[3][1] = m.tri[3][0];
    m.pos_mm[2].y = NAN;
    CHECK(!nw_solid_new(&m, &err) && err.code == NW_ERR_DATA);
    nw_mesh_release(&m);
    err = (struct nw_err){0};
    shape_soup(&m, 3, 40, 300, 4); /* anything at all: some value everywhere */
    struct nw_solid *s = nw_solid_new(&m, &err);
    CHECK(s != NULL);
    for (uint64_t k = 0; k < 200; k++)
        CHECK(isfinite(distance_to(s, somewhere(k, 5))));
    nw_solid_free(s);
    nw_mesh_release(&m);
}

static bool build_soup(struct nw_err *err)
{
    static struct nw_mesh m;
    if (!m.tri_count) {
        struct nw_mesh sphere = {0};
        nw_mem_fail_at(SIZE_MAX);
        shape_sphere(&sphere, 4, 5, wave);
        m = sphere; /* kept until the program ends */
        return nw_fail(err, NW_ERR_MEMORY, "not yet");
    }
    struct nw_solid *s = nw_solid_new(&m, err);
    nw_solid_free(s);
    return s != NULL;
}

static void each_allocation_may_fail(void)
{
    struct nw_err err = {0};
    CHECK(!build_soup(&err));
    CHECK(unit_starve(build_soup) > 5);
}

int main(void)
{
    UNIT(a_box_is_measured_exactly);
    UNIT(it_agrees_with_plain_sums);
    UNIT(the_gradient_is_the_derivative);
    UNIT(soup_with_flipped_triangles_is_the_same_solid);
    UNIT(cavities_stay_and_parts_inside_out_are_turned);
    UNIT(a_hole_is_closed_by_a_smooth_surface);
    UNIT(a_range_holds_every_value);
    UNIT(what_is_no_mesh_is_refused);
    UNIT(each_allocation_may_fail);
    return unit_end();
}
