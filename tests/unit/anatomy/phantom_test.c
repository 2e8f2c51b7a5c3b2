/* The phantoms: their solids have the volumes of their formulas, and the scan shows them. */
#include "unit.h"

#include <string.h>
#include <time.h>

#include "anatomy/phantom.h"
#include "core/parallel.h"
#include "field/surface.h"
#include "mesh/check.h"

static const struct nw_phantom_kind *kind(const char *name)
{
    for (size_t i = 0; nw_phantom_at(i); i++)
        if (strcmp(nw_phantom_at(i)->name, name) == 0)
            return nw_phantom_at(i);
    return NULL;
}

/* Coarse and quiet, to be quick. */
static struct nw_phantom_opts coarse(const char *name)
{
    const struct nw_phantom_opts o = {.kind = kind(name),
                                      .spacing_mm = 2.5,
                                      .slice_mm = 2.5,
                                      .sigma_mm = 1.5,
                                      .noise_hu = -1};
    return o;
}

/* The share of random points of the box that are inside, times the box: within four sigma. */
static void check_volume(const struct nw_phantom *p, const struct nw_phantom_truth *t)
{
    enum { N = 20000 };
    const nw_vec3 size = nw_box_size(t->box);
    size_t inside = 0;
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < N; i++) {
        double u[3];
        for (int c = 0; c < 3; c++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            u[c] = (double)(state >> 11) * 0x1p-53;
        }
        const nw_vec3 at = nw_v3(t->box.min.x + u[0] * size.x, t->box.min.y + u[1] * size.y,
                                 t->box.min.z + u[2] * size.z);
        inside += nw_field_value(p->field, t->node, at) < 0;
    }
    const double whole = size.x * size.y * size.z, share = (double)inside / N;
    const double spread = whole * sqrt(share * (1 - share) / N);
    if (!(fabs(share * whole - t->volume_mm3) <= 4 * spread + 1e-9))
        printf("# %s: %g mm3 by points, %g by formula\n", t->name, share * whole,
               t->volume_mm3);
    CHECK(fabs(share * whole - t->volume_mm3) <= 4 * spread + 1e-9);
}

static void every_formula_is_the_solids_volume(void)
{
    for (size_t k = 0; nw_phantom_at(k); k++) {
        struct nw_err err = {0};
        struct nw_phantom p = {0};
        const struct nw_phantom_opts o = coarse(nw_phantom_at(k)->name);
        const bool made = nw_phantom_make(&o, &p, &err);
        if (!made)
            printf("# %s: %s\n", nw_phantom_at(k)->name, err.msg);
        CHECK(made);
        if (!made)
            continue;
        CHECK(p.truth_count > 0);
        for (size_t i = 0; i < p.truth_count; i++)
            if (!isnan(p.truth[i].volume_mm3))
                check_volume(&p, &p.truth[i]);
        nw_phantom_release(&p);
    }
}

/* What is deep inside bone, tissue and air has their grey values. */
static void the_scan_shows_the_solids(void)
{
    for (size_t k = 0; nw_phantom_at(k); k++) {
        struct nw_err err = {0};
        struct nw_phantom p = {0};
        struct nw_phantom_opts o = coarse(nw_phantom_at(k)->name);
        o.bone_hu = 900;
        o.soft_hu = 40;
        CHECK(nw_phantom_make(&o, &p, &err));
        const struct nw_grid *g = &p.scan.volume.grid;
        size_t dense = 0, wrong = 0;
        for (size_t i = 0; i < nw_grid_count(g); i++) {
            const nw_ijk at = {(double)(i % g->dim[0]), (double)(i / g->dim[0] % g->dim[1]),
                               (double)(i / g->dim[0] / g->dim[1])};
            const double d = nw_field_value(p.field, p.bone, nw_grid_point(g, at));
            const int v = p.scan.volume.i16[i];
            wrong += d > 6 && v > 45; /* nothing dense far from bone */
            dense += v > 150;
        }
        CHECK(wrong == 0);
        CHECK(dense > 0);
        CHECK(p.scan.volume.i16[0] == -1000);
        CHECK(strcmp(p.scan.facts.modality, "CT") == 0 && p.scan.facts.is_hu);
        nw_phantom_release(&p);
    }
}

static double grey_near(const struct nw_phantom *p, nw_vec3 at)
{
    const struct nw_grid_inverse inv = nw_grid_invert(&p->scan.volume.grid);
    return nw_volume_sample(&p->scan.volume, nw_grid_index(&inv, at));
}

/* Left is left: the peg of the handed block stands at +x +y +z, and nowhere mirrored. */
static void the_handed_block_is_on_its_side(void)
{
    struct nw_err err = {0};
    struct nw_phantom p = {0};
    const struct nw_phantom_opts o = coarse("handed");
    CHECK(nw_phantom_make(&o, &p, &err));
    CHECK(grey_near(&p, nw_v3(11.9, 7.8, 15)) > 1000);
    CHECK(grey_near(&p, nw_v3(-11.9, 7.8, 15)) < 100);
    CHECK(grey_near(&p, nw_v3(11.9, -7.8, 0)) < 100);
    CHECK(grey_near(&p, nw_v3(-11.9, -7.8, 0)) > 1000);
    nw_phantom_release(&p);
}

static void a_tilted_gantry_shows_the_same_places(void)
{
    struct nw_err err = {0};
    struct nw_phantom p = {0};
    struct nw_phantom_opts o = coarse("handed");
    o.tilt_deg = 15;
    CHECK(nw_phantom_make(&o, &p, &err));
    CHECK(!nw_grid_is_straight(&p.scan.volume.grid));
    CHECK(grey_near(&p, nw_v3(11.9, 7.8, 15)) > 1000);
    CHECK(grey_near(&p, nw_v3(11.9, -7.8, 0)) < 100);
    CHECK_NEAR(nw_grid_spacing(&p.scan.volume.grid).z, 2.5, 1e-12);
    nw_phantom_release(&p);
}

/* Whole bricks of the extractor lie deep inside the bone. */
static void the_truths_surface_is_one_solid_around_its_canal(void)
{
    struct nw_err err = {0};
    struct nw_phantom p = {0};
    struct nw_mesh mesh = {0};
    static struct nw_mesh_check c;
    const struct nw_check_opts quick = {.skip_self_intersection = true};
    const struct nw_phantom_opts o = coarse("femur");
    CHECK(nw_phantom_make(&o, &p, &err));
    CHECK(nw_surface_of_field(p.field, p.bone, nw_box_grown(p.box, 1), 0.5, &mesh, &err));
    CHECK(nw_mesh_check(&mesh, &quick, &c, &err));
    CHECK(c.closed && c.parts == 2 && c.cavities == 1); /* its outside and its canal */
    nw_mesh_release(&mesh);
    nw_phantom_release(&p);
}

static void table_and_metal_come_when_asked(void)
{
    struct nw_err err = {0};
    struct nw_phantom p = {0};
    struct nw_phantom_opts o = coarse("spheres");
    o.table = true;
    o.metal = true;
    CHECK(nw_phantom_make(&o, &p, &err));
    const nw_vec3 below = nw_v3(0, 53.25, 0);
    CHECK(grey_near(&p, below) > -700);               /* a thin sheet under the body */
    CHECK(grey_near(&p, nw_v3(0, -53.25, 0)) < -900); /* and none above it */
    CHECK(grey_near(&p, nw_v3(-31, -27.5, 0)) > 3000);
    nw_phantom_release(&p);
    o.table = o.metal = false;
    CHECK(nw_phantom_make(&o, &p, &err));
    CHECK(grey_near(&p, below) < -900);
    CHECK(grey_near(&p, nw_v3(-31, -27.5, 0)) < 100);
    nw_phantom_release(&p);
}

static void extent_scales_solids_and_formulas(void)
{
    struct nw_err err = {0};
    struct nw_phantom p = {0};
    struct nw_phantom_opts o = coarse("spheres");
    o.extent = 72;
    CHECK(nw_phantom_make(&o, &p, &err));
    CHECK(p.scan.volume.grid.dim[0] == 72 && p.scan.volume.grid.dim[2] == 72);
    CHECK_NEAR(p.scale, 72 * 2.5 / 114, 1e-9);
    CHECK_NEAR(p.truth[0].volume_mm3, 4.0 / 3 * 3.14159265358979 * pow(15 * p.scale, 3), 1e-6);
    check_volume(&p, &p.truth[0]);
    nw_phantom_release(&p);
}

static void the_same_options_give_the_same_voxels(void)
{
    struct nw_err err = {0};
    struct nw_phantom a = {0}, b = {0}, c = {0};
    struct nw_phantom_opts o = coarse("tubes");
    o.noise_hu = 20;
    nw_set_threads(1);
    CHECK(nw_phantom_make(&o, &a, &err));
    nw_set_threads(4);
    CHECK(nw_phantom_make(&o, &b, &err));
    nw_set_threads(0);
    o.seed = 1;
    CHECK(nw_phantom_make(&o, &c, &err));
    CHECK(nw_volume_is_equal(&a.scan.volume, &b.scan.volume));
    CHECK(!nw_volume_is_equal(&a.scan.volume, &c.scan.volume));
    nw_phantom_release(&a);
    nw_phantom_release(&b);
    nw_phantom_release(&c);
}

static void options_out_of_range_are_named(void)
{
    struct nw_err err = {0};
    struct nw_phantom p = {0};
    struct nw_phantom_opts o = coarse("spheres");
    o.sigma_mm = -1;
    CHECK(!nw_phantom_make(&o, &p, &err));
    CHECK(err.code == NW_ERR_ARGUMENT && strstr(err.msg, "point spread"));
    CHECK(p.field == NULL);
}

static void every_failing_allocation_is_survived(void)
{
    struct nw_phantom_opts o = coarse("handed");
    o.spacing_mm = o.slice_mm = 4;
    o.sigma_mm = 2;
    bool done = false;
    for (size_t n = 0; n < 400 && !done; n++) {
        struct nw_err err = {0};
        struct nw_phantom p = {0};
        nw_mem_fail_at(n);
        done = nw_phantom_make(&o, &p, &err);
        CHECK(done || err.code == NW_ERR_MEMORY);
        if (done)
            nw_phantom_release(&p);
    }
    nw_mem_fail_at(SIZE_MAX);
    CHECK(done);
}

int main(void)
{
    UNIT(every_formula_is_the_solids_volume);
    UNIT(the_scan_shows_the_solids);
    UNIT(the_handed_block_is_on_its_side);
    UNIT(a_tilted_gantry_shows_the_same_places);
    UNIT(the_truths_surface_is_one_solid_around_its_canal);
    UNIT(table_and_metal_come_when_asked);
    UNIT(extent_scales_solids_and_formulas);
    UNIT(the_same_options_give_the_same_voxels);
    UNIT(options_out_of_range_are_named);
    UNIT(every_failing_allocation_is_survived);
    return unit_end();
}
