/* fuzz/field.c -- random bytes as an expression: value, tape, interval and gradient agree, and
 * its surface is closed. */
#include <assert.h>
#include <string.h>

#include "core/parallel.h"
#include "field/lattice.h"
#include "field/relief.h"
#include "field/surface.h"
#include "mesh/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *at, *end;
};

static unsigned next(struct bytes *b)
{
    return b->at < b->end ? *b->at++ : 0;
}

/* A coarse number from -8 to 7.5: ties and coincidences abound. */
static double number(struct bytes *b)
{
    return ((double)(next(b) & 31) - 16) / 2;
}

static nw_vec3 place(struct bytes *b)
{
    const double x = number(b), y = number(b), z = number(b);
    return nw_v3(x, y, z);
}

/* A mesh of up to a dozen triangles between any of eight places: rarely closed. */
static nw_node soup(struct nw_field *f, struct bytes *b, struct nw_err *err)
{
    nw_vec3 pos[8];
    uint32_t tri[12][3];
    for (int v = 0; v < 8; v++)
        pos[v] = place(b);
    const size_t count = next(b) % 13;
    for (size_t t = 0; t < count; t++)
        for (int k = 0; k < 3; k++)
            tri[t][k] = next(b) % 8;
    const struct nw_mesh mesh = {
        .vert_count = 8, .tri_count = count, .pos_mm = pos, .tri = tri};
    return nw_field_mesh(f, &mesh, err);
}

static nw_node lattice(struct nw_field *f, struct bytes *b, nw_node by, struct nw_err *err)
{
    const unsigned kind = next(b);
    const struct nw_ramp ramp = {number(b), number(b), number(b) / 8, number(b) / 8};
    if (kind & 1) {
        const struct nw_tpms_opts o = {.kind = (enum nw_tpms)(kind / 2 % NW_TPMS_KINDS),
                                       .sheet = kind & 64,
                                       .cell_mm = number(b) + 4,
                                       .level = number(b) / 8,
                                       .wall_mm = number(b) / 8};
        return nw_field_tpms(f, &o, kind & 128 ? by : -1, &ramp, err);
    }
    const struct nw_struts_opts o = {.cell = (enum nw_strut_cell)(kind / 2 % NW_STRUT_CELLS),
                                     .cell_mm = number(b) + 4,
                                     .radius_mm = number(b) / 8,
                                     .origin_mm = place(b)};
    return nw_field_struts(f, &o, kind & 128 ? by : -1, &ramp, err);
}

/* Two rings of four corners: they may cross, lie in one another, or be no ring at all. */
static nw_node outlines(struct nw_field *f, struct bytes *b, struct nw_err *err)
{
    double edge[8][4];
    for (int r = 0; r < 2; r++)
        for (int k = 0; k < 4; k++) {
            edge[4 * r + k][0] = number(b);
            edge[4 * r + k][1] = number(b);
        }
    for (int n = 0; n < 8; n++)
        memcpy(edge[n] + 2, edge[n / 4 * 4 + (n + 1) % 4], 2 * sizeof(double));
    const struct nw_outlines o = {.edge_mm = edge, .count = 8};
    const struct nw_mark_place at = {{0, 0, number(b)}, {1, 0, 0}, {0, 1, 0}, number(b)};
    return nw_field_outlines(f, &o, &at, err);
}

static nw_node tube(struct nw_field *f, struct bytes *b, struct nw_err *err)
{
    nw_vec3 corner[3];
    double radius[3];
    for (int k = 0; k < 3; k++) {
        corner[k] = place(b);
        radius[k] = number(b);
    }
    return nw_field_tube(f, corner, radius, 1 + next(b) % 3, err);
}

static nw_node leaf(struct nw_field *f, struct bytes *b, nw_node last, struct nw_err *err)
{
    const unsigned kind = next(b) % 12;
    if (kind == 8)
        return soup(f, b, err);
    if (kind == 9)
        return lattice(f, b, last, err);
    if (kind == 10)
        return outlines(f, b, err);
    if (kind == 11)
        return tube(f, b, err);
    const nw_vec3 p = place(b), q = place(b);
    const double r = number(b), s = number(b);
    switch (kind) {
    case 0:
        return nw_field_sphere(f, p, r, err);
    case 1:
        return nw_field_box(f, p, q, err);
    case 2:
        return nw_field_cylinder(f, p, q, r, err);
    case 3:
        return nw_field_capsule(f, p, q, r, err);
    case 4:
        return nw_field_cone(f, p, q, r, s, err);
    case 5:
        return nw_field_torus(f, p, q, r, s, err);
    case 6:
        return nw_field_ellipsoid(f, p, q, err);
    default:
        return nw_field_half_space(f, p, q, err);
    }
}

static nw_node over(struct nw_field *f, struct bytes *b, nw_node last, nw_node other,
                    struct nw_err *err)
{
    const struct nw_bake_opts bake = {.cell_mm = 1, .band_mm = 2};
    const nw_box box = {nw_v3(-5, -5, -5), nw_v3(5, 5, 5)};
    switch (next(b) % 13) {
    case 8:
        return nw_field_union_round(f, last, other, number(b), err);
    case 9:
        return nw_field_intersection_round(f, last, other, number(b), err);
    case 10:
        return nw_field_difference_round(f, last, other, number(b), err);
    case 11:
        return nw_field_swept(f, last, place(b), 1, err);
    case 12:
        return nw_field_baked(f, last, box, &bake, NULL, err);
    case 0:
        return nw_field_union(f, last, other, err);
    case 1:
        return nw_field_intersection(f, last, other, err);
    case 2:
        return nw_field_difference(f, last, other, err);
    case 3:
        return nw_field_blend(f, last, other, number(b), err);
    case 4:
        return nw_field_offset(f, last, number(b), err);
    case 5:
        return nw_field_shell(f, last, number(b), err);
    case 6: {
        const nw_vec3 p = place(b), n = place(b);
        return nw_field_mirrored(f, last, p, n, err);
    }
    default: {
        const nw_vec3 x = place(b), y = place(b), z = place(b), at = place(b);
        const nw_affine map = {{{x, y, z}}, at};
        return nw_field_moved(f, last, map, err);
    }
    }
}

static nw_node build(struct nw_field *f, struct bytes *b)
{
    nw_node last = -1;
    for (int n = 0; n < 12 && b->at < b->end; n++) {
        struct nw_err err = {0}; /* refusals are expected */
        const bool is_leaf = last < 0 || next(b) & 1;
        const nw_node other = last < 0 ? -1 : (nw_node)(next(b) % (unsigned)(last + 1));
        const nw_node made = is_leaf ? leaf(f, b, last, &err) : over(f, b, last, other, &err);
        assert((made < 0) == (err.code != NW_OK));
        if (made >= 0)
            last = made;
    }
    return last;
}

static void check_values(const struct nw_field *f, nw_node root, const struct nw_tape *tape,
                         nw_box box)
{
    enum { COUNT = 27 };
    nw_vec3 p[COUNT];
    double v[COUNT], w[COUNT];
    for (int n = 0; n < COUNT; n++) {
        const double x = n % 3 / 2.0, y = n / 3 % 3 / 2.0, z = n / 9 / 2.0;
        p[n] = nw_v3(box.min.x * (1 - x) + box.max.x * x, box.min.y * (1 - y) + box.max.y * y,
                     box.min.z * (1 - z) + box.max.z * z);
    }
    nw_tape_values(tape, p, COUNT, v);
    struct nw_err err = {0};
    struct nw_tape *within = nw_tape_within(tape, nw_box_grown(box, 1e-9), &err);
    assert(within);
    nw_tape_values(within, p, COUNT, w);
    nw_tape_free(within);
    assert(memcmp(v, w, sizeof v) == 0);
    const nw_interval in = nw_tape_interval(tape, box);
    for (int n = 0; n < COUNT; n++) {
        nw_vec3 g;
        const double one = nw_field_value(f, root, p[n]);
        assert(memcmp(&one, &v[n], sizeof one) == 0);
        assert(nw_field_gradient(f, root, p[n], &g) == one);
        assert(one >= in.min && one <= in.max);
    }
}

static void check_surface(const struct nw_field *f, nw_node root)
{
    const nw_box box = {nw_v3(-7, -7, -7), nw_v3(7, 7, 7)};
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    static struct nw_mesh_check c;
    if (nw_surface_of_field(f, root, box, 1, &m, &err)) {
        const struct nw_check_opts opts = {0};
        assert(nw_mesh_check(&m, &opts, &c, &err));
        assert(c.solid);
    } else {
        assert(err.code == NW_ERR_GEOMETRY);
    }
    nw_mesh_release(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nw_set_threads(1);
    struct nw_err err = {0};
    struct bytes b = {data, data + size};
    struct nw_field *f = nw_field_new(&err);
    assert(f);
    const nw_node root = build(f, &b);
    struct nw_tape *tape = root >= 0 ? nw_tape_new(f, root, &err) : NULL;
    if (tape) {
        for (int n = 0; n < 3; n++) {
            const nw_vec3 p = place(&b), h = place(&b);
            const nw_box box = {nw_sub(p, nw_v3(fabs(h.x), fabs(h.y), fabs(h.z))),
                                nw_add(p, nw_v3(fabs(h.x), fabs(h.y), fabs(h.z)))};
            check_values(f, root, tape, box);
        }
        check_surface(f, root);
    }
    nw_tape_free(tape);
    nw_field_free(f);
    return 0;
}
