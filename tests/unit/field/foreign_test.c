#include "field/field.h"

#include "../mesh/shapes.h"
#include "field/surface.h"
#include "mesh/check.h"
#include "mesh/distance.h"
#include "unit.h"

static double wave(nw_vec3 d)
{
    return 0.5 * sin(5 * d.x) * cos(4 * d.y);
}

/* A bone-like thing: ten millimetres and a bit. */
static void make_lump(struct nw_mesh *m)
{
    shape_sphere(m, 40, 10, wave);
}

static void a_mesh_leaf_gives_the_same_bits_in_a_tape(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    make_lump(&m);
    struct nw_field *f = nw_field_new(&err);
    const nw_node bone = nw_field_mesh(f, &m, &err);
    nw_mesh_release(&m); /* it was copied */
    const nw_node hole = nw_field_cylinder(f, nw_v3(0, 0, -20), nw_v3(1, 2, 20), 1.25, &err);
    const nw_node n = nw_field_difference(f, nw_field_offset(f, bone, 0.5, &err), hole, &err);
    struct nw_tape *tape = nw_tape_new(f, n, &err);
    CHECK(err.code == NW_OK);
    enum { COUNT = 500 };
    nw_vec3 p[COUNT];
    double v[COUNT];
    for (int k = 0; k < COUNT; k++)
        p[k] = nw_v3(-14 + 0.05 * k, 1 + 0.01 * k, -3 + 0.007 * k);
    nw_tape_values(tape, p, COUNT, v);
    int outside = 0;
    for (int k = 0; k < COUNT; k++) {
        nw_vec3 g;
        CHECK(nw_field_value(f, n, p[k]) == v[k]);
        CHECK(nw_field_gradient(f, n, p[k], &g) == v[k]);
        CHECK_NEAR(nw_length(g), 1, 1e-9);
        const nw_box box = {nw_sub(p[k], nw_v3(0.3, 0.2, 0.5)), p[k]};
        const nw_interval in = nw_tape_interval(tape, box);
        outside += !(v[k] >= in.min && v[k] <= in.max);
    }
    CHECK(outside == 0);
    nw_tape_free(tape);
    nw_field_free(f);
}

static void its_surface_lies_on_the_mesh(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0}, out = {0};
    make_lump(&m);
    struct nw_field *f = nw_field_new(&err);
    const nw_node bone = nw_field_mesh(f, &m, &err);
    const nw_box box = {nw_v3(-12, -12, -12), nw_v3(12, 12, 12)};
    CHECK(nw_surface_of_field(f, bone, box, 0.4, &out, &err));
    struct nw_mesh_compare c;
    CHECK(nw_mesh_compare(&m, &out, 0.2, &c, &err));
    printf("# mean %.4f p95 %.4f max %.4f mm\n", c.both.mean_mm, c.both.p95_mm, c.both.max_mm);
    CHECK(c.both.mean_mm < 0.005);
    CHECK(c.both.max_mm < 0.06);
    struct nw_mesh_check check;
    const struct nw_check_opts opts = {0};
    CHECK(nw_mesh_check(&out, &opts, &check, &err) && check.solid);
    nw_mesh_release(&out);
    nw_mesh_release(&m);
    nw_field_free(f);
}

/* The radius at each vertex within `half` of the middle plane of an axis along z. */
static void measure_hole(const struct nw_mesh *m, double reach, double half, double r[2])
{
    r[0] = HUGE_VAL;
    r[1] = 0;
    for (size_t v = 0; v < m->vert_count; v++) {
        const nw_vec3 p = m->pos_mm[v];
        const double d = sqrt(p.x * p.x + p.y * p.y);
        if (d > reach || fabs(p.z) > half)
            continue;
        r[0] = fmin(r[0], d);
        r[1] = fmax(r[1], d);
    }
}

/* Req: a hole of 2.5 mm is 2.5 +- 0.02 mm in a block and in a bone. Chords between vertices
 * lie within the circle by cell^2 / 8 r, which counts too. */
static void a_hole_keeps_its_diameter(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    make_lump(&m);
    struct nw_field *f = nw_field_new(&err);
    const nw_node solid[2] = {nw_field_box(f, nw_v3(-4, -4, -3), nw_v3(4, 4, 3), &err),
                              nw_field_mesh(f, &m, &err)};
    const nw_node hole = nw_field_cylinder(f, nw_v3(0, 0, -20), nw_v3(0, 0, 20), 1.25, &err);
    for (int k = 0; k < 2; k++) {
        struct nw_mesh out = {0};
        double r[2];
        const nw_node n = nw_field_difference(f, solid[k], hole, &err);
        const nw_box box = {nw_v3(-5, -5, -12), nw_v3(5, 5, 12)};
        CHECK(nw_surface_of_field(f, n, box, 0.15, &out, &err));
        measure_hole(&out, 2, 2.5, r);
        const double chord = 0.2 * 0.2 / (8 * 1.25);
        printf("# diameter %.4f to %.4f mm\n", 2 * (r[0] - chord), 2 * r[1]);
        CHECK(2 * (r[0] - chord) >= 2.48 && 2 * r[1] <= 2.52);
        nw_mesh_release(&out);
    }
    CHECK(err.code == NW_OK);
    nw_field_free(f);
    nw_mesh_release(&m);
}

static void a_bad_mesh_is_refused(void)
{
    struct nw_err err = {0};
    struct nw_mesh none = {0};
    struct nw_field *f = nw_field_new(&err);
    CHECK(nw_field_mesh(f, &none, &err) == -1 && err.code == NW_ERR_GEOMETRY);
    nw_field_free(f);
}

int main(void)
{
    UNIT(a_mesh_leaf_gives_the_same_bits_in_a_tape);
    UNIT(its_surface_lies_on_the_mesh);
    UNIT(a_hole_keeps_its_diameter);
    UNIT(a_bad_mesh_is_refused);
    return unit_end();
}
