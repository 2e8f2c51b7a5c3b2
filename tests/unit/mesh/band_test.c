/* Sampled distances beside those that are asked one by one. */
#include "mesh/band.h"

#include "core/parallel.h"
#include "shapes.h"
#include "starve.h"
#include "unit.h"

static double wave(nw_vec3 d)
{
    return 0.2 * sin(5 * d.x) * cos(4 * d.y) + 0.1 * sin(7 * d.z);
}

static struct nw_solid *bumpy(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    shape_sphere(&m, 40, 8, wave);
    shape_add_box(&m, nw_v3(12, -2, -3), nw_v3(16, 2, 3));
    struct nw_solid *s = nw_solid_new(&m, &err);
    nw_mesh_release(&m);
    return s;
}

/* Slanted, so that no axis is anything's axis. */
static struct nw_grid slanted(double cell_mm, size_t side)
{
    const nw_vec3 u = nw_unit(nw_v3(1, 0.3, -0.2)), v = nw_unit(nw_cross(nw_v3(0, 0, 1), u));
    const nw_vec3 w = nw_cross(u, v);
    struct nw_grid g = {.dim = {side, side - 2, side + 3}};
    g.step_mm[0] = nw_scale(u, cell_mm);
    g.step_mm[1] = nw_scale(v, cell_mm);
    g.step_mm[2] = nw_scale(w, cell_mm);
    const double back = -0.5 * cell_mm * (double)side;
    g.origin_mm = nw_along(nw_along(nw_along(nw_v3(4, 0, 0), u, back), v, back), w, back);
    return g;
}

struct off {
    double near, far, below;
    size_t sides;
};

static struct off compare(const struct nw_solid *s, const struct nw_volume *vol, double out,
                          double in)
{
    struct off off = {0, 0, 0, 0};
    const struct nw_grid *g = &vol->grid;
    const double cell = nw_length(g->step_mm[0]);
    for (size_t at = 0; at < nw_grid_count(g); at++) {
        const nw_ijk p = {(double)(at % g->dim[0]), (double)(at / g->dim[0] % g->dim[1]),
                          (double)(at / g->dim[0] / g->dim[1])};
        const nw_vec3 x = nw_grid_point(g, p);
        double d;
        nw_solid_distances(s, &x.x, &x.y, &x.z, 1, &d);
        const double kept = fmin(fmax(d, -in), out), have = (double)vol->f32[at];
        off.sides += (have < 0) != (kept < 0);
        if (fabs(d) < 1.7 * cell)
            off.near = fmax(off.near, fabs(have - kept));
        off.far = fmax(off.far, fabs(have - kept));
        off.below = fmax(off.below, fabs(kept) - fabs(have));
    }
    return off;
}

static void samples_are_what_is_asked(void)
{
    struct nw_solid *s = bumpy();
    for (int k = 0; k < 3; k++) {
        static const double cell[] = {1.6, 0.9, 0.5};
        struct nw_err err = {0};
        struct nw_volume vol = {0};
        const struct nw_grid g = slanted(cell[k], (size_t)(24 / cell[k]));
        CHECK(nw_solid_band(s, &g, 4, 3.5, &vol, &err));
        const struct off off = compare(s, &vol, 4, 3.5);
        printf("# cell %.1f mm: near %.2g, far %.2g, below %.2g, sides %zu\n", cell[k],
               off.near, off.far, off.below, off.sides);
        CHECK(off.near < 1e-6);
        CHECK(off.far < 0.1 * cell[k]);
        CHECK(off.below < 1e-6);
        CHECK(off.sides == 0);
        nw_volume_release(&vol);
    }
    nw_solid_free(s);
}

/* A box within a box, turned inward: a cavity; and a grid that sees no surface at all. */
static void cavities_and_far_places_have_their_side(void)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0}, hole = {0};
    shape_add_box(&m, nw_v3(-9, -9, -9), nw_v3(9, 9, 9));
    shape_add_box(&hole, nw_v3(-4, -4, -4), nw_v3(4, 4, 4));
    nw_mesh_flip(&hole);
    CHECK(nw_mesh_append(&m, &hole, &err));
    struct nw_solid *s = nw_solid_new(&m, &err);
    struct nw_volume vol = {0};
    struct nw_grid g = slanted(0.5, 44);
    CHECK(nw_solid_band(s, &g, 1.5, 1, &vol, &err));
    CHECK(compare(s, &vol, 1.5, 1).sides == 0);
    nw_volume_release(&vol);
    for (int k = 0; k < 3; k++) {
        static const double x[] = {0, 6.5, 30}; /* in the cavity, in the wall, outside */
        g = slanted(0.1, 10);
        g.origin_mm = nw_v3(x[k], 0, 0);
        CHECK(nw_solid_band(s, &g, 1, 1, &vol, &err));
        const float side = k == 1 ? -1 : 1;
        CHECK(vol.f32[0] == side && vol.f32[nw_grid_count(&g) - 1] == side);
        nw_volume_release(&vol);
    }
    nw_solid_free(s);
    nw_mesh_release(&m);
    nw_mesh_release(&hole);
}

static void threads_do_not_show(void)
{
    struct nw_solid *s = bumpy();
    struct nw_err err = {0};
    struct nw_volume one = {0}, three = {0};
    const struct nw_grid g = slanted(0.5, 40);
    nw_set_threads(1);
    CHECK(nw_solid_band(s, &g, 3, 1, &one, &err));
    nw_set_threads(3);
    CHECK(nw_solid_band(s, &g, 3, 1, &three, &err));
    nw_set_threads(0);
    CHECK(nw_volume_is_equal(&one, &three));
    nw_volume_release(&one);
    nw_volume_release(&three);
    nw_solid_free(s);
}

static void what_cannot_be_is_refused(void)
{
    struct nw_solid *s = bumpy();
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    struct nw_grid g = slanted(0.5, 10);
    CHECK(!nw_solid_band(s, &g, 0.9, 2, &vol, &err) && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    g.step_mm[1] = nw_scale(g.step_mm[1], 1.5);
    CHECK(!nw_solid_band(s, &g, 3, 2, &vol, &err) && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    g = slanted(0.01, 600);
    CHECK(!nw_solid_band(s, &g, 3, 2, &vol, &err) && err.code == NW_ERR_LIMIT);
    nw_solid_free(s);
    struct nw_mesh m = {0};
    shape_add_box(&m, nw_v3(-9, -9, -9), nw_v3(9, 9, 9));
    m.tri_count--;
    err = (struct nw_err){0};
    s = nw_solid_new(&m, &err);
    g = slanted(0.5, 10);
    CHECK(!nw_solid_band(s, &g, 3, 2, &vol, &err) && err.code == NW_ERR_ARGUMENT);
    nw_solid_free(s);
    nw_mesh_release(&m);
}

static const struct nw_solid *starved;

static bool attempt(struct nw_err *err)
{
    struct nw_volume vol = {0};
    const struct nw_grid g = slanted(1, 20);
    const bool ok = nw_solid_band(starved, &g, 3, 2, &vol, err);
    nw_volume_release(&vol);
    return ok;
}

static void it_survives_without_memory(void)
{
    struct nw_solid *s = bumpy();
    starved = s;
    CHECK(unit_starve(attempt) > 3);
    nw_solid_free(s);
}

int main(void)
{
    UNIT(samples_are_what_is_asked);
    UNIT(cavities_and_far_places_have_their_side);
    UNIT(threads_do_not_show);
    UNIT(what_cannot_be_is_refused);
    UNIT(it_survives_without_memory);
    return unit_end();
}
