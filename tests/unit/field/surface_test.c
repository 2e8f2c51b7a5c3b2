#include "field/surface.h"

#include <string.h>

#include "core/parallel.h"
#include "core/rand.h"
#include "mesh/check.h"
#include "unit.h"

static struct nw_grid cube_grid(size_t n, double step_mm)
{
    const struct nw_grid g = {
        {n, n, n},
        nw_v3(-3, 5, 2),
        {nw_v3(step_mm, 0, 0), nw_v3(0, step_mm, 0), nw_v3(0, 0, step_mm)}};
    return g;
}

/* Everything the header promises of a mesh, judged by exact predicates. */
static bool is_sound(const struct nw_mesh *m)
{
    if (m->tri_count == 0)
        return m->vert_count == 0;
    struct nw_err err = {0};
    static struct nw_mesh_check c;
    const struct nw_check_opts opts = {0};
    if (!nw_mesh_check(m, &opts, &c, &err)) {
        printf("# %s\n", err.msg);
        return false;
    }
    const bool sound = c.closed && c.manifold && c.oriented && c.solid;
    if (!sound)
        for (int n = 0; n < NW_DEFECT_KINDS; n++)
            if (c.count[n])
                printf("# %zu x %s\n", c.count[n], nw_defect_name((enum nw_defect_kind)n));
    return sound;
}

static void white_noise_gives_sound_surfaces(void)
{
    struct nw_err err = {0};
    for (uint64_t seed = 0; seed < 600; seed++) {
        const size_t n = 2 + seed % 6;
        const struct nw_grid g = cube_grid(n, 0.7);
        struct nw_volume vol = {0};
        CHECK(nw_volume_init(&vol, seed & 1 ? NW_VOXEL_F32 : NW_VOXEL_I16, &g, &err));
        for (size_t v = 0; v < n * n * n; v++) {
            const uint64_t bits = nw_rand_bits(seed, v);
            if (seed & 1)
                vol.f32[v] = (float)nw_rand_even(seed, v) - 0.5F;
            else /* few values: zeros and ties abound */
                vol.i16[v] = (int16_t)(bits % (2 + seed % 5)) - 1;
        }
        struct nw_mesh m = {0};
        CHECK(nw_surface_of_level(&vol, 0, &m, &err));
        const bool sound = is_sound(&m);
        CHECK(sound);
        if (!sound)
            printf("# seed %d\n", (int)seed);
        nw_mesh_release(&m);
        nw_volume_release(&vol);
    }
}

/* ---- expressions ---- */

static nw_box box_around(double reach_mm)
{
    const nw_box b = {nw_v3(-reach_mm, -reach_mm, -reach_mm),
                      nw_v3(reach_mm, reach_mm, reach_mm)};
    return b;
}

static void a_sphere_keeps_its_radius(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const double r = 5, h = 0.5;
    const nw_vec3 c = nw_v3(0.1, 0.2, -0.3);
    const nw_node n = nw_field_sphere(f, c, r, &err);
    struct nw_mesh m = {0};
    CHECK(nw_surface_of_field(f, n, box_around(6), h, &m, &err));
    CHECK(is_sound(&m));
    double worst = 0, chord = 0;
    for (size_t v = 0; v < m.vert_count; v++)
        worst = fmax(worst, fabs(nw_length(nw_sub(m.pos_mm[v], c)) - r));
    for (size_t t = 0; t < m.tri_count; t++) {
        const uint32_t *v = m.tri[t];
        const nw_vec3 mid =
            nw_scale(nw_add(m.pos_mm[v[0]], nw_add(m.pos_mm[v[1]], m.pos_mm[v[2]])), 1.0 / 3);
        chord = fmax(chord, r - nw_length(nw_sub(mid, c)));
    }
    CHECK(worst < 1e-4);
    CHECK(chord < 3 * h * h / (8 * r)); /* no triangle is wider than a cell's diagonal */
    const double volume = nw_mesh_volume_mm3(&m) / (4 * NW_PI / 3 * r * r * r);
    CHECK(volume < 1 && volume > 1 - 3 * 2 * h * h / (8 * r * r));
    nw_mesh_release(&m);
    nw_field_free(f);
}

/* How far the mesh's vertices are from the box's surface, and its volume from the box's. */
static void expect_exact_box(nw_vec3 lo, nw_vec3 hi, double cell_mm)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = nw_field_box(f, lo, hi, &err);
    struct nw_mesh m = {0};
    CHECK(nw_surface_of_field(f, n, box_around(6), cell_mm, &m, &err));
    CHECK(is_sound(&m));
    double worst = 0;
    for (size_t v = 0; v < m.vert_count; v++)
        worst = fmax(worst, fabs(nw_field_value(f, n, m.pos_mm[v])));
    CHECK(worst < 1e-6);
    const nw_vec3 size = nw_box_size(nw_mesh_box(&m)), want = nw_sub(hi, lo);
    CHECK_NEAR(size.x, want.x, 2e-6);
    CHECK_NEAR(size.y, want.y, 2e-6);
    CHECK_NEAR(size.z, want.z, 2e-6);
    CHECK_NEAR(nw_mesh_volume_mm3(&m), want.x * want.y * want.z, 1e-4);
    CHECK_NEAR(nw_mesh_area_mm2(&m), 2 * (want.x * want.y + want.y * want.z + want.z * want.x),
               1e-4);
    nw_mesh_release(&m);
    nw_field_free(f);
}

static void a_box_is_exactly_the_box(void)
{
    expect_exact_box(nw_v3(-3, -2, -1), nw_v3(2, 4, 3), 0.5);
    expect_exact_box(nw_v3(-3.1, -2.234, -1.7), nw_v3(2.05, 4.4, 3.33), 0.4);
    expect_exact_box(nw_v3(-3.3, -2.1, -1), nw_v3(1.1, 2.2, 3.3), 0.7);
}

static void a_drill_hole_keeps_its_diameter(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const double r = 1.25, h = 0.15;
    const nw_vec3 u = nw_unit(nw_v3(0.3, -0.2, 1));
    const nw_node plate = nw_field_box(f, nw_v3(-3, -3, -1), nw_v3(3, 3, 1), &err);
    const nw_node drill = nw_field_cylinder(f, nw_scale(u, -5), nw_scale(u, 5), r, &err);
    const nw_node n = nw_field_difference(f, plate, drill, &err);
    struct nw_mesh m = {0};
    CHECK(nw_surface_of_field(f, n, box_around(4), h, &m, &err));
    CHECK(is_sound(&m));
    double near = HUGE_VAL, far = 0;
    for (size_t t = 0; t < m.tri_count; t++) {
        nw_vec3 mid = nw_v3(0, 0, 0);
        for (int k = 0; k < 3; k++)
            mid = nw_along(mid, m.pos_mm[m.tri[t][k]], 1.0 / 3);
        if (fabs(mid.z) > 0.8)
            continue;
        const nw_vec3 off = nw_along(mid, u, -nw_dot(mid, u));
        if (nw_length(off) > 2)
            continue; /* the plate's own sides */
        near = fmin(near, nw_length(off));
        far = fmax(far, nw_length(off));
    }
    CHECK(2 * near > 2.48 && 2 * far < 2.52);
    /* plate without an oblique cylinder: its section in each layer is an ellipse */
    CHECK_NEAR(nw_mesh_volume_mm3(&m), 72 - 2 * NW_PI * r * r / u.z, 0.02 * 2 * NW_PI * r);
    nw_mesh_release(&m);
    nw_field_free(f);
}

static void nothing_inside_is_an_error(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = nw_field_sphere(f, nw_v3(50, 0, 0), 1, &err);
    struct nw_mesh m = {0};
    CHECK(!nw_surface_of_field(f, n, box_around(4), 0.5, &m, &err));
    CHECK(err.code == NW_ERR_GEOMETRY && m.tri_count == 0);
    err = (struct nw_err){0};
    CHECK(!nw_surface_of_field(f, n, box_around(4), 0, &m, &err));
    CHECK(err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    CHECK(!nw_surface_of_field(f, n, box_around(4), 1e-7, &m, &err));
    CHECK(err.code == NW_ERR_LIMIT);
    nw_field_free(f);
}

int main(void)
{
    nw_set_threads(1); /* many small surfaces: threads would only wait for each other */
    UNIT(white_noise_gives_sound_surfaces);
    UNIT(a_sphere_keeps_its_radius);
    UNIT(a_box_is_exactly_the_box);
    UNIT(a_drill_hole_keeps_its_diameter);
    UNIT(nothing_inside_is_an_error);
    return unit_end();
}
