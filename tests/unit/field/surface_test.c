#include "field/surface.h"

#include <string.h>

#include "core/parallel.h"
#include "core/rand.h"
#include "field/surface_priv.h"
#include "mesh/check.h"
#include "starve.h"
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

/* ---- the table of cells ---- */

/* The loops by their definition: lines across faces, chained. */
static void the_table_follows_from_its_rule(void)
{
    for (int n = 0; n < 256; n++) {
        const uint8_t code = (uint8_t)n;
        int root[12], ambiguous = 0;
        for (int e = 0; e < 12; e++)
            root[e] = e;
        for (int face = 0; face < 6; face++) {
            int line[2][2];
            const int lines = nw_cell_face_lines(code, face, line);
            ambiguous |= (lines == 2) << face;
            for (int l = 0; l < lines; l++) {
                const int p = root[line[l][0]], q = root[line[l][1]];
                for (int e = 0; e < 12; e++) /* both ends get the smaller root */
                    if (root[e] == p || root[e] == q)
                        root[e] = p < q ? p : q;
            }
        }
        int loops = 0, number[12];
        for (int e = 0; e < 12; e++) {
            if (!edge_is_crossed(code, e))
                continue;
            number[e] = root[e] == e ? loops++ : number[root[e]];
            CHECK(cell_loop_of(code, e) == number[e]);
        }
        CHECK(cell_loop_count(code) == loops);
        CHECK(nw_cell_ambiguous[n] == ambiguous);
    }
}

/* Both cells at a face draw the same lines on it. */
static void neighbours_agree_on_their_face(void)
{
    for (int axis = 0; axis < 3; axis++)
        for (unsigned signs = 0; signs < 16; signs++) {
            unsigned low = 0, high = 0; /* codes with these signs on their low, high face */
            for (int c = 0; c < 4; c++) {
                const int corner = (c & 1) << axis_lo(axis) | (c >> 1) << axis_hi(axis);
                low |= (signs >> c & 1) << corner;
                high |= (signs >> c & 1) << (corner | 1 << axis);
            }
            int a[2][2], b[2][2];
            const int lines = nw_cell_face_lines((uint8_t)low, 2 * axis, a);
            CHECK(lines == nw_cell_face_lines((uint8_t)high, 2 * axis + 1, b));
            for (int n = 0; n < lines; n++)
                for (int m = 0; m < 2; m++)
                    CHECK(b[n][m] == a[n][m] + (axis == axis_lo(a[n][m] >> 2) ? 1 : 2));
        }
}

/* ---- volumes ---- */

/* Smooth noise: sums of waves, at any number of cells. */
static void waves(struct nw_volume *vol, uint64_t seed)
{
    const size_t *dim = vol->grid.dim;
    for (size_t at = 0; at < nw_grid_count(&vol->grid); at++) {
        const double x = (double)(at % dim[0]), y = (double)(at / dim[0] % dim[1]),
                     z = (double)(at / dim[0] / dim[1]);
        double v = 0;
        for (uint64_t n = 0; n < 6; n++)
            v += sin(x * (nw_rand_even(seed, 4 * n) * 2 - 1) +
                     y * (nw_rand_even(seed, 4 * n + 1) * 2 - 1) +
                     z * (nw_rand_even(seed, 4 * n + 2) * 2 - 1) +
                     7 * nw_rand_even(seed, 4 * n + 3));
        if (vol->type == NW_VOXEL_I16)
            vol->i16[at] = (int16_t)(v * 100);
        else if (vol->type == NW_VOXEL_F32)
            vol->f32[at] = (float)v;
        else if (vol->type == NW_VOXEL_U8)
            vol->u8[at] = (uint8_t)fmax(0, v + 1.5);
        else
            vol->u16[at] = (uint16_t)fmax(0, v + 1.5);
    }
}

static void smooth_noise_gives_sound_surfaces(void)
{
    struct nw_err err = {0};
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct nw_grid g = {{17 + seed, 70 - 3 * seed, 12 + seed},
                            nw_v3(100, -50, 300),
                            {nw_v3(0.5, 0.02, 0), nw_v3(0, 0.6, -0.1), nw_v3(0.05, 0.1, 1.2)}};
        if (seed & 1) /* left-handed: still outward */
            g.step_mm[2] = nw_scale(g.step_mm[2], -1);
        struct nw_volume vol = {0};
        CHECK(nw_volume_init(&vol, seed & 2 ? NW_VOXEL_F32 : NW_VOXEL_I16, &g, &err));
        waves(&vol, seed);
        struct nw_mesh m = {0};
        CHECK(nw_surface_of_level(&vol, 0.25, &m, &err));
        CHECK(m.tri_count > 1000 && is_sound(&m));
        CHECK(nw_mesh_volume_mm3(&m) > 0);
        nw_mesh_release(&m);
        nw_volume_release(&vol);
    }
}

static void a_full_volume_is_cut_off_flat(void)
{
    struct nw_err err = {0};
    const struct nw_grid g = {
        {5, 3, 70}, nw_v3(1, 2, 3), {nw_v3(0.5, 0, 0), nw_v3(0, 2, 0), nw_v3(0, 0, 0.25)}};
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_I16, &g, &err));
    struct nw_mesh m = {0};
    CHECK(nw_surface_of_level(&vol, 0, &m, &err)); /* 0 is at the level: inside */
    CHECK(is_sound(&m));
    CHECK_NEAR(nw_mesh_volume_mm3(&m), 5 * 0.5 * 3 * 2 * 70 * 0.25, 1e-9);
    const nw_box b = nw_mesh_box(&m);
    CHECK_NEAR(b.min.x, 0.75, 1e-12);
    CHECK_NEAR(b.max.z, 3 + 69.5 * 0.25, 1e-12);
    nw_mesh_release(&m);
    CHECK(nw_surface_of_level(&vol, 1, &m, &err));
    CHECK(m.tri_count == 0 && m.vert_count == 0);
    nw_mesh_release(&m);
    CHECK(!nw_surface_of_level(&vol, NAN, &m, &err));
    CHECK(err.code == NW_ERR_ARGUMENT);
    nw_volume_release(&vol);
}

static void a_ramp_is_met_where_it_crosses(void)
{
    struct nw_err err = {0};
    const struct nw_grid g = cube_grid(20, 0.5);
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_I16, &g, &err));
    for (size_t at = 0; at < 8000; at++)
        vol.i16[at] = (int16_t)(100 * (int)(at % 20) + 30 * (int)(at / 20 % 20));
    struct nw_mesh m = {0};
    CHECK(nw_surface_of_level(&vol, 1137, &m, &err));
    CHECK(is_sound(&m));
    int inner = 0;
    for (size_t v = 0; v < m.vert_count; v++) {
        const nw_vec3 p = nw_scale(nw_sub(m.pos_mm[v], g.origin_mm), 2); /* in voxels */
        if (fmin(p.x, fmin(p.y, p.z)) < 0 || fmax(p.x, fmax(p.y, p.z)) > 19)
            continue;
        inner++;
        CHECK_NEAR(100 * p.x + 30 * p.y, 1137, 1e-2);
    }
    CHECK(inner > 300);
    nw_mesh_release(&m);
    nw_volume_release(&vol);
}

static bool same_mesh(const struct nw_mesh *a, const struct nw_mesh *b)
{
    return a->vert_count == b->vert_count && a->tri_count == b->tri_count &&
           memcmp(a->pos_mm, b->pos_mm, a->vert_count * sizeof *a->pos_mm) == 0 &&
           memcmp(a->tri, b->tri, a->tri_count * sizeof *a->tri) == 0;
}

static nw_node knob(struct nw_field *f, struct nw_err *err)
{
    const nw_node ball = nw_field_sphere(f, nw_v3(0, 0, 1), 3, err);
    const nw_node bar = nw_field_box(f, nw_v3(-4, -1, -2), nw_v3(4, 1, 0), err);
    return nw_field_difference(f, nw_field_union(f, ball, bar, err),
                               nw_field_cylinder(f, nw_v3(0, -5, 0), nw_v3(0, 5, 1), 0.8, err),
                               err);
}

static void threads_do_not_show(void)
{
    struct nw_err err = {0};
    const struct nw_grid g = cube_grid(40, 0.5);
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_I16, &g, &err));
    waves(&vol, 3);
    for (size_t at = 0; at < nw_grid_count(&g); at++)
        vol.i16[at] = (int16_t)(vol.i16[at] + (int)(nw_rand_bits(5, at) % 200));
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = knob(f, &err);
    struct nw_mesh first[2] = {{0}, {0}};
    for (int threads = 1; threads <= 8; threads += threads < 3 ? 1 : 5) {
        nw_set_threads(threads);
        struct nw_mesh m[2] = {{0}, {0}};
        CHECK(nw_surface_of_level(&vol, 100, &m[0], &err));
        CHECK(nw_surface_of_field(f, n, box_around(5), 0.2, &m[1], &err));
        for (int k = 0; k < 2; k++) {
            if (threads == 1) {
                first[k] = m[k];
                CHECK(m[k].tri_count > 1000);
                CHECK(is_sound(&m[k]));
                continue;
            }
            CHECK(same_mesh(&m[k], &first[k]));
            nw_mesh_release(&m[k]);
        }
    }
    nw_set_threads(1);
    nw_mesh_release(&first[0]);
    nw_mesh_release(&first[1]);
    nw_field_free(f);
    nw_volume_release(&vol);
}

/* ---- lattices ---- */

static bool fill_from_volume(const void *user, const size_t lo[3], const size_t hi[3],
                             float *value, struct nw_err *err)
{
    (void)err;
    const struct nw_volume *vol = user;
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++)
            for (size_t i = lo[0]; i < hi[0]; i++)
                *value++ = -vol->f32[nw_grid_at(&vol->grid, i, j, k)];
    return true;
}

static bool volume_crosses(const void *user, const size_t lo[3], const size_t hi[3])
{
    const struct nw_volume *vol = user;
    bool in = false, out = false;
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++)
            for (size_t i = lo[0]; i < hi[0]; i++) {
                const bool inside = vol->f32[nw_grid_at(&vol->grid, i, j, k)] > 0;
                in |= inside;
                out |= !inside;
            }
    return in && out;
}

static void a_lattice_gives_what_its_volume_gives(void)
{
    struct nw_err err = {0};
    struct nw_grid g = cube_grid(70, 0.5);
    g.dim[1] = 33;
    g.dim[2] = 65;
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &g, &err));
    waves(&vol, 8);
    for (size_t at = 0; at < nw_grid_count(&g); at++)
        vol.f32[at] = at % 70 > 50 ? -9 : vol.f32[at]; /* bricks without a surface */
    struct nw_mesh plain = {0}, bricks = {0}, skipped = {0};
    struct nw_lattice lattice = {.grid = g, .user = &vol, .fill = fill_from_volume};
    CHECK(nw_surface_of_level(&vol, 0, &plain, &err));
    CHECK(nw_surface_extract(&lattice, &bricks, &err));
    lattice.may_cross = volume_crosses;
    CHECK(nw_surface_extract(&lattice, &skipped, &err));
    CHECK(plain.tri_count > 1000 && is_sound(&bricks));
    CHECK(same_mesh(&bricks, &skipped));
    CHECK(plain.vert_count == bricks.vert_count && plain.tri_count == bricks.tri_count);
    double apart = 0;
    for (size_t v = 0; v < plain.vert_count && v < bricks.vert_count; v++)
        apart = fmax(apart, nw_length(nw_sub(plain.pos_mm[v], bricks.pos_mm[v])));
    CHECK(apart < 1e-5);
    nw_mesh_release(&plain);
    nw_mesh_release(&bricks);
    nw_mesh_release(&skipped);
    nw_volume_release(&vol);
}

/* ---- labels ---- */

static void labels_in_white_noise_are_sound(void)
{
    struct nw_err err = {0};
    for (uint64_t seed = 0; seed < 100; seed++) {
        const size_t n = 2 + seed % 5, labels = 1 + seed % 4;
        const struct nw_grid g = cube_grid(n, 0.7);
        struct nw_volume vol = {0};
        CHECK(nw_volume_init(&vol, NW_VOXEL_U8, &g, &err));
        for (size_t at = 0; at < n * n * n; at++)
            vol.u8[at] = (uint8_t)(nw_rand_bits(seed, at) % (labels + 1));
        struct nw_mesh m[4] = {{0}};
        CHECK(nw_surface_of_labels(&vol, labels, m, &err));
        for (size_t l = 0; l < labels; l++) {
            CHECK(is_sound(&m[l]));
            nw_mesh_release(&m[l]);
        }
        nw_volume_release(&vol);
    }
}

static bool has_vertex(const struct nw_mesh *m, nw_vec3 p)
{
    for (size_t v = 0; v < m->vert_count; v++)
        if (memcmp(&m->pos_mm[v], &p, sizeof p) == 0)
            return true;
    return false;
}

/* A ball in two halves within a third label: the halves' volumes add up to the ball's, and the
 * third's cavity is the ball. */
static void labels_share_their_borders(void)
{
    struct nw_err err = {0};
    const size_t n = 24;
    const struct nw_grid g = cube_grid(n, 0.5);
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_U16, &g, &err));
    for (size_t at = 0; at < n * n * n; at++) {
        const double x = (double)(at % n) - 12.2, y = (double)(at / n % n) - 11.9,
                     z = (double)(at / n / n) - 11.4;
        const double r = sqrt(x * x + y * y + z * z);
        vol.u16[at] = r > 11 ? 0 : r > 7 ? 4 : x + 0.3 * y > 0 ? 1 : 2;
    }
    struct nw_mesh m[4] = {{0}}, ball = {0};
    CHECK(nw_surface_of_labels(&vol, 4, m, &err));
    CHECK(m[2].tri_count == 0 && m[0].tri_count > 0 && m[1].tri_count > 0);
    for (int l = 0; l < 4; l++)
        CHECK(is_sound(&m[l]));
    size_t shared = 0;
    for (size_t v = 0; v < m[0].vert_count; v++)
        shared += has_vertex(&m[1], m[0].pos_mm[v]) || has_vertex(&m[3], m[0].pos_mm[v]);
    CHECK(shared == m[0].vert_count); /* label 1 touches nothing but 2 and 4 */
    for (size_t at = 0; at < n * n * n; at++)
        vol.u16[at] = vol.u16[at] > 0;
    CHECK(nw_surface_of_labels(&vol, 1, &ball, &err));
    const double sum =
        nw_mesh_volume_mm3(&m[0]) + nw_mesh_volume_mm3(&m[1]) + nw_mesh_volume_mm3(&m[3]);
    CHECK_NEAR(sum, nw_mesh_volume_mm3(&ball), 1e-9 * sum);
    for (int l = 0; l < 4; l++)
        nw_mesh_release(&m[l]);
    nw_mesh_release(&ball);
    nw_volume_release(&vol);
}

/* ---- hard inputs, each judged by nw_mesh_check ---- */

static void expect_sound_level(const struct nw_volume *vol, double level, size_t min_tris)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    CHECK(nw_surface_of_level(vol, level, &m, &err));
    CHECK(m.tri_count >= min_tris);
    CHECK(is_sound(&m));
    nw_mesh_release(&m);
}

/* Req: R-049 */
static void a_thousand_sign_fields_give_solids(void)
{
    struct nw_err err = {0};
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct nw_grid g = cube_grid(2 + seed % 3, 0.7);
        g.dim[seed % 3] += seed / 3 % 3;
        struct nw_volume vol = {0};
        CHECK(nw_volume_init(&vol, NW_VOXEL_I16, &g, &err));
        const double full = 0.2 + 0.15 * (double)(seed / 9 % 5);
        for (size_t v = 0; v < nw_grid_count(&g); v++)
            vol.i16[v] = nw_rand_even(seed + 4242, v) < full ? 1 : -1;
        expect_sound_level(&vol, 0, 0);
        nw_volume_release(&vol);
    }
}

/* Blocks of one to three voxels in turn, over all axes and over pairs of them: each face with
 * four crossings there can be. Req: R-049 */
static void checkerboards_give_solids(void)
{
    struct nw_err err = {0};
    for (size_t which = 0; which < 84; which++) {
        const size_t period = 1 + which % 3, axes = 1 + which / 3 % 7, n = 3 + which / 21;
        const struct nw_grid g = cube_grid(n, 0.7);
        struct nw_volume vol = {0};
        CHECK(nw_volume_init(&vol, which & 1 ? NW_VOXEL_U8 : NW_VOXEL_I16, &g, &err));
        for (size_t v = 0; v < n * n * n; v++) {
            const size_t at[3] = {v % n, v / n % n, v / n / n};
            size_t blocks = 0;
            for (size_t a = 0; a < 3; a++)
                blocks += axes >> a & 1 ? at[a] / period : 0;
            if (which & 1)
                vol.u8[v] = blocks & 1 ? 9 : 2;
            else
                vol.i16[v] = blocks & 1 ? 9 : 2;
        }
        const double level[2] = {3, 8.9};
        for (int l = 0; l < 2; l++)
            expect_sound_level(&vol, level[l], period < n ? 12 : 0);
        nw_volume_release(&vol);
    }
}

static void blur_along(float *v, size_t count, size_t step, size_t n)
{
    for (size_t at = 0; at + step < count; at++)
        if (at / step % n != n - 1)
            v[at] = (v[at] + v[at + step]) / 2;
}

/* Thin struts and sheets of every direction. Req: R-049 */
static void blurred_noise_gives_solids(void)
{
    enum { N = 14, COUNT = N * N * N };
    struct nw_err err = {0};
    const struct nw_grid g = cube_grid(N, 0.7);
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &g, &err));
    for (uint64_t seed = 0; seed < 24; seed++) {
        for (size_t v = 0; v < COUNT; v++)
            vol.f32[v] = (float)nw_rand_even(seed + 77, v) - 0.5F;
        for (uint64_t pass = 0; pass < 1 + seed % 3; pass++) {
            blur_along(vol.f32, COUNT, 1, N);
            blur_along(vol.f32, COUNT, N, N);
            blur_along(vol.f32, COUNT, N * N, N);
        }
        expect_sound_level(&vol, -0.06 + 0.03 * (double)(seed % 5), 1000);
    }
    nw_volume_release(&vol);
}

static nw_vec3 random_place(uint64_t seed, uint64_t *next)
{
    double c[3];
    for (int a = 0; a < 3; a++)
        c[a] = 8 * nw_rand_even(seed, (*next)++) - 4;
    return nw_v3(c[0], c[1], c[2]);
}

static nw_node random_part(struct nw_field *f, uint64_t seed, uint64_t *next,
                           struct nw_err *err)
{
    const nw_vec3 a = random_place(seed, next), b = random_place(seed, next);
    const double r = 0.3 + 2 * nw_rand_even(seed, (*next)++);
    switch (nw_rand_bits(seed, (*next)++) % 4) {
    case 0:
        return nw_field_sphere(f, a, r, err);
    case 1:
        return nw_field_cylinder(f, a, b, r, err);
    case 2:
        return nw_field_torus(f, a, b, 1 + r, r / 2, err);
    default:
        return nw_field_box(f, nw_sub(a, nw_v3(r, 2 * r, 1)), nw_add(a, nw_v3(1, r, r)), err);
    }
}

/* What most files keep of a place. */
static void round_to_floats(struct nw_mesh *m)
{
    for (size_t v = 0; v < m->vert_count; v++) {
        const nw_vec3 p = m->pos_mm[v];
        m->pos_mm[v] = nw_v3((double)(float)p.x, (double)(float)p.y, (double)(float)p.z);
    }
}

/* Far from the origin, as patients lie in scanners; also once they are in a file.
 * Req: R-049 */
static void random_constructions_give_solids(void)
{
    size_t solids = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct nw_err err = {0};
        struct nw_field *f = nw_field_new(&err);
        uint64_t next = 0;
        nw_node n = random_part(f, seed, &next, &err);
        for (uint64_t parts = 2 + seed % 5; parts > 0; parts--) {
            const nw_node other = random_part(f, seed, &next, &err);
            const uint64_t how = nw_rand_bits(seed, next++) % 8;
            n = how < 4   ? nw_field_union(f, n, other, &err)
                : how < 7 ? nw_field_difference(f, n, other, &err)
                          : nw_field_intersection(f, n, other, &err);
        }
        struct nw_mesh m = {0};
        const nw_affine far = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {-230.1, 229.6, -475.7}};
        const nw_box box = {nw_add(far.shift, nw_v3(-5, -5, -5)),
                            nw_add(far.shift, nw_v3(5, 5, 5))};
        n = nw_field_moved(f, n, far, &err);
        const bool made = nw_surface_of_field(f, n, box, 0.6, &m, &err);
        CHECK(made || err.code == NW_ERR_GEOMETRY);
        CHECK(!made || is_sound(&m));
        round_to_floats(&m);
        CHECK(!made || is_sound(&m));
        solids += made;
        nw_mesh_release(&m);
        nw_field_free(f);
    }
    CHECK(solids > 40);
}

/* Two voxels across the diagonal of a face: two pieces, as a level and as a label; who counts
 * pieces by faces relies on it. */
static void a_diagonal_joins_nothing(void)
{
    struct nw_err err = {0};
    const struct nw_grid g = cube_grid(4, 1);
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_U8, &g, &err));
    vol.u8[nw_grid_at(&g, 1, 1, 1)] = vol.u8[nw_grid_at(&g, 2, 2, 1)] = 1;
    struct nw_mesh m[2] = {{0}};
    CHECK(nw_surface_of_level(&vol, 0.5, &m[0], &err));
    CHECK(nw_surface_of_labels(&vol, 1, &m[1], &err));
    for (size_t k = 0; k < 2; k++) {
        CHECK(is_sound(&m[k]));
        uint32_t *part = NW_ALLOC(uint32_t, m[k].tri_count, &err);
        size_t parts = 0;
        CHECK(part && nw_mesh_components(&m[k], part, &parts, &err));
        CHECK(parts == 2);
        nw_free(part);
        nw_mesh_release(&m[k]);
    }
    nw_volume_release(&vol);
}

/* ---- failures ---- */

static void each_allocation_may_fail(void)
{
    struct nw_err err = {0};
    const struct nw_grid g = cube_grid(6, 0.5);
    struct nw_volume vol = {0}, labels = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &g, &err));
    CHECK(nw_volume_init(&labels, NW_VOXEL_U8, &g, &err));
    for (size_t at = 0; at < 216; at++) {
        vol.f32[at] = (float)nw_rand_even(1, at) - 0.5F; /* with fans and extras */
        labels.u8[at] = (uint8_t)(nw_rand_bits(1, at) % 3);
    }
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = knob(f, &err);
    const size_t before = nw_mem_held();
    for (int which = 0; which < 3; which++) {
        bool done = false;
        for (size_t nth = 0; !done && nth < 1000; nth++) {
            struct nw_mesh m[2] = {{0}};
            err = (struct nw_err){0};
            nw_mem_fail_at(nth);
            if (which == 0)
                done = nw_surface_of_level(&vol, 0, m, &err);
            else if (which == 1)
                done = nw_surface_of_labels(&labels, 2, m, &err);
            else
                done = nw_surface_of_field(f, n, box_around(5), 1, m, &err);
            CHECK(done == (err.code == NW_OK));
            CHECK(done || (err.code == NW_ERR_MEMORY && !m[0].pos_mm && !m[1].pos_mm));
            nw_mem_fail_at(SIZE_MAX);
            nw_mesh_release(&m[0]);
            nw_mesh_release(&m[1]);
            CHECK(nw_mem_held() == before);
        }
        CHECK(done);
    }
    nw_field_free(f);
    nw_volume_release(&vol);
    nw_volume_release(&labels);
}

/* The last test: a process that was told to stop stays so. */
static void a_cancelled_extraction_leaves_nothing(void)
{
    struct nw_err err = {0};
    const struct nw_grid g = cube_grid(6, 0.5);
    struct nw_volume vol = {0};
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &g, &err));
    const size_t before = nw_mem_held();
    struct nw_mesh m = {0};
    nw_cancel();
    CHECK(!nw_surface_of_level(&vol, 0, &m, &err));
    CHECK(err.code == NW_ERR_CANCELLED && !m.pos_mm);
    CHECK(nw_mem_held() == before);
    nw_volume_release(&vol);
}

/* ---- tapes of blocks ---- */

/* Balls in rows, joined and cut in each of the ways, so that little of it matters in a block.
 */
static nw_node rows_of_balls(struct nw_field *f, struct nw_err *err)
{
    nw_node n = nw_field_box(f, nw_v3(-11, -11, -1), nw_v3(11, 11, 1), err);
    for (int k = 0; k < 36; k++) {
        const nw_vec3 p = nw_v3(-10.25 + 4.1 * (k % 6), -10.25 + 4.1 * (k / 6), 0.3 * (k % 5));
        const nw_node ball = nw_field_sphere(f, p, 0.9 + 0.03 * k, err);
        n = k % 6 == 0   ? nw_field_difference(f, n, ball, err)
            : k % 6 == 1 ? nw_field_blend(f, ball, n, 0.5, err)
            : k % 6 == 2 ? nw_field_difference_round(f, n, ball, 0.4, err)
            : k % 6 == 3 ? nw_field_union_round(f, n, ball, 0.4, err)
                         : nw_field_union(f, ball, n, err);
    }
    const nw_vec3 along = nw_unit(nw_v3(3, 1, 0.2));
    return nw_field_mirrored(f, n, nw_v3(0.5, 0, 0), along, err);
}

/* The expression itself, sample by sample. */
struct plain {
    const struct nw_field *f;
    nw_node n;
    struct nw_grid grid;
};

static bool fill_plain(const void *user, const size_t lo[3], const size_t hi[3], float *value,
                       struct nw_err *err)
{
    (void)err;
    const struct plain *x = user;
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++)
            for (size_t i = lo[0]; i < hi[0]; i++) {
                const nw_ijk p = {(double)i, (double)j, (double)k};
                *value++ = (float)nw_field_value(x->f, x->n, nw_grid_point(&x->grid, p));
            }
    return true;
}

static double plain_gradient(const void *user, nw_vec3 p, nw_vec3 *out)
{
    const struct plain *x = user;
    return nw_field_gradient(x->f, x->n, p, out);
}

static double plain_value(const void *user, nw_vec3 p)
{
    const struct plain *x = user;
    return nw_field_value(x->f, x->n, p);
}

static void tapes_of_blocks_do_not_show(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = rows_of_balls(f, &err);
    const double cell = 0.25; /* so that the grid's places are exact */
    const nw_box box = {{-16, -16, -4}, {16, 16, 4}};
    const struct plain x = {f,
                            n,
                            {{128, 128, 32},
                             nw_v3(-16 + cell / 2, -16 + cell / 2, -4 + cell / 2),
                             {nw_v3(cell, 0, 0), nw_v3(0, cell, 0), nw_v3(0, 0, cell)}}};
    const struct nw_lattice lattice = {.grid = x.grid,
                                       .user = &x,
                                       .fill = fill_plain,
                                       .gradient = plain_gradient,
                                       .value = plain_value};
    struct nw_mesh plain = {0}, fast = {0};
    CHECK(nw_surface_extract(&lattice, &plain, &err));
    CHECK(nw_surface_of_field(f, n, box, cell, &fast, &err));
    CHECK(plain.tri_count > 50000 && same_mesh(&plain, &fast));
    nw_mesh_release(&plain);
    nw_mesh_release(&fast);
    nw_field_free(f);
}

static bool extract_starved(struct nw_err *err)
{
    struct nw_mesh m = {0};
    struct nw_field *f = nw_field_new(err);
    const nw_node n = f ? rows_of_balls(f, err) : -1;
    const nw_box box = {{-4, -4, -2}, {4, 4, 4}};
    const bool ok = n >= 0 && nw_surface_of_field(f, n, box, 0.4, &m, err);
    nw_mesh_release(&m);
    nw_field_free(f);
    return ok;
}

static void an_extraction_survives_every_allocation_failing(void)
{
    nw_set_threads(1);
    CHECK(unit_starve(extract_starved) >= 40);
    nw_set_threads(0);
}

int main(void)
{
    nw_set_threads(1); /* many small surfaces: threads would only wait for each other */
    UNIT(the_table_follows_from_its_rule);
    UNIT(neighbours_agree_on_their_face);
    UNIT(smooth_noise_gives_sound_surfaces);
    UNIT(a_full_volume_is_cut_off_flat);
    UNIT(a_ramp_is_met_where_it_crosses);
    UNIT(threads_do_not_show);
    UNIT(a_lattice_gives_what_its_volume_gives);
    UNIT(labels_in_white_noise_are_sound);
    UNIT(labels_share_their_borders);
    UNIT(a_diagonal_joins_nothing);
    UNIT(a_thousand_sign_fields_give_solids);
    UNIT(checkerboards_give_solids);
    UNIT(blurred_noise_gives_solids);
    UNIT(random_constructions_give_solids);
    UNIT(each_allocation_may_fail);
    UNIT(white_noise_gives_sound_surfaces);
    UNIT(a_sphere_keeps_its_radius);
    UNIT(a_box_is_exactly_the_box);
    UNIT(a_drill_hole_keeps_its_diameter);
    UNIT(nothing_inside_is_an_error);
    UNIT(tapes_of_blocks_do_not_show);
    UNIT(an_extraction_survives_every_allocation_failing);
    UNIT(a_cancelled_extraction_leaves_nothing);
    return unit_end();
}
