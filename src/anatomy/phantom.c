/* anatomy/phantom.c -- see phantom.h. The solids are in phantom_solid.c. */
#include "anatomy/phantom.h"

#include <string.h>

#include "anatomy/phantom_priv.h"
#include "anatomy/scanner.h"
#include "core/parallel.h"

static const double AIR_HU = -1000, TABLE_HU = 120, METAL_HU = 8000;
static const double STORED_MIN_HU = -1024, STORED_MAX_HU = 3071;

static bool in_range(double value, double min, double max, const char *what, const char *unit,
                     struct nw_err *err)
{
    if (value >= min && value <= max)
        return true;
    return nw_fail(err, NW_ERR_ARGUMENT, "%s must be %g to %g %s, not %g", what, min, max, unit,
                   value);
}

static double or_default(double value, double otherwise)
{
    return value == 0 ? otherwise : value; /* 0 is how an option says nothing */
}

static bool fill_defaults(const struct nw_phantom_opts *in, struct nw_phantom_opts *o,
                          struct nw_err *err)
{
    *o = *in;
    if (!o->kind)
        o->kind = nw_phantom_at(0);
    o->spacing_mm = or_default(o->spacing_mm, 0.5);
    o->slice_mm = or_default(o->slice_mm, 0.625);
    o->thickness_mm = or_default(o->thickness_mm, o->slice_mm);
    o->sigma_mm = or_default(o->sigma_mm, 0.35);
    o->noise_hu = or_default(o->noise_hu, 30);
    if (o->noise_hu < 0)
        o->noise_hu = 0;
    o->bone_hu = or_default(o->bone_hu, 1250);
    o->soft_hu = or_default(o->soft_hu, 50);
    return in_range(o->spacing_mm, 0.05, 5, "the voxel edge", "mm", err) &&
           in_range(o->slice_mm, 0.05, 10, "the slice distance", "mm", err) &&
           in_range(o->thickness_mm, 0.01, 20, "the slice thickness", "mm", err) &&
           in_range(o->sigma_mm, 0.05, 5, "the point spread", "mm", err) &&
           in_range(o->noise_hu, 0, 1000, "the noise", "HU", err) &&
           in_range(o->bone_hu, -1000, 3000, "bone", "HU", err) &&
           in_range(o->soft_hu, -1000, 3000, "soft tissue", "HU", err) &&
           in_range(o->tilt_deg, -35, 35, "the tilt", "degrees", err) &&
           in_range((double)o->extent, 0, 4096, "the extent", "voxels", err);
}

/* The middle of the grid is the origin of patient space; a tilted gantry leans its slices
 * about the patient's left-right axis while the table still moves along z. */
static struct nw_grid make_grid(const struct nw_phantom_opts *o, nw_vec3 size_mm)
{
    const double a = o->tilt_deg * NW_PI / 180;
    struct nw_grid g = {
        .dim = {o->extent, o->extent, o->extent},
        .step_mm = {nw_v3(o->spacing_mm, 0, 0),
                    nw_v3(0, o->spacing_mm * nw_cos(a), o->spacing_mm * nw_sin(a)),
                    nw_v3(0, 0, o->slice_mm)},
    };
    if (!o->extent) {
        /* A tilted slice runs out of the box at its ends: more slices to reach its corners. */
        const double more = fabs(nw_sin(a)) * size_mm.y;
        g.dim[0] = (size_t)ceil(size_mm.x / o->spacing_mm);
        g.dim[1] = (size_t)ceil(size_mm.y / (o->spacing_mm * nw_cos(a)));
        g.dim[2] = (size_t)ceil((size_mm.z + more) / o->slice_mm);
    }
    for (int c = 0; c < 3; c++)
        g.origin_mm = nw_along(g.origin_mm, g.step_mm[c], -0.5 * ((double)g.dim[c] - 1));
    return g;
}

static void fill_facts(struct nw_scan_facts *f, const struct nw_phantom_opts *o)
{
    f->format = "DICOM";
    f->modality = "CT";
    f->patient_name = "PHANTOM";
    f->patient_id = "PHANTOM";
    f->patient_sex = "O";
    f->study_date = f->acquisition_date = "20000101";
    f->study_time = f->acquisition_time = "120000";
    f->study_id = "1";
    f->series_number = "1";
    f->study_description = "Phantom of known truth";
    f->series_description = o->kind->name;
    f->body_part = "PHANTOM";
    f->protocol = "phantom";
    f->manufacturer = "Nuwa";
    f->model = "scanner model";
    f->software = "1";
    f->kernel = "GAUSS";
    f->acquisition_type = "SPIRAL";
    f->patient_position = "HFS";
    f->image_type = "ORIGINAL\\PRIMARY\\AXIAL";
    f->kvp = 120;
    f->exposure_mas = 200;
    f->tube_current_ma = 200;
    f->slice_thickness_mm = o->thickness_mm;
    f->tilt_deg = o->tilt_deg;
    f->is_hu = true;
}

/* A thin curved sheet below the patient, as a scanner's table shows. */
static void add_table(struct nw_build *b, const struct nw_phantom_opts *o, double radius_mm)
{
    if (!o->table)
        return;
    const double bend = 6 * radius_mm, top = radius_mm + 3 * b->scale, far = 4000;
    const nw_node wide = nw_field_cylinder(b->field, nw_v3(0, top - bend + 1, -far),
                                           nw_v3(0, top - bend + 1, far), bend, b->err);
    const nw_node sheet = nw_field_shell(b->field, wide, 1.5, b->err);
    const nw_node below = nw_field_box(b->field, nw_v3(-0.75 * radius_mm, 0, -far),
                                       nw_v3(0.75 * radius_mm, far, far), b->err);
    nw_build_layer(b, nw_field_intersection(b->field, sheet, below, b->err), TABLE_HU);
}

static void add_metal(struct nw_build *b, const struct nw_phantom_opts *o, double radius_mm,
                      struct nw_scanner *s)
{
    if (!o->metal)
        return;
    const double x = -0.62 * radius_mm, y = -0.55 * radius_mm, far = 4000;
    s->streaks = true;
    s->streak_mm = nw_v3(x, y, 0);
    s->streak_radius_mm = 3;
    s->streak_hu = 600;
    nw_build_layer(b,
                   nw_field_cylinder(b->field, nw_v3(x, y, -far), nw_v3(x, y, far), 3, b->err),
                   METAL_HU);
}

/* Compiles the layers and takes the picture. */
static bool take_picture(const struct nw_build *b, struct nw_scanner *s, struct nw_volume *vol,
                         struct nw_err *err)
{
    struct nw_tape *tape[NW_LAYER_MAX] = {0};
    struct nw_layer layer[NW_LAYER_MAX];
    bool ok = true;
    for (size_t i = 0; i < b->layer_count && ok; i++) {
        tape[i] = nw_tape_new(b->field, b->layer[i].node, err);
        layer[i] = (struct nw_layer){tape[i], b->layer[i].hu};
        ok = tape[i] != NULL;
    }
    s->layer = layer;
    s->layer_count = b->layer_count;
    ok = ok && nw_scanner_image(s, vol, err);
    for (size_t i = 0; i < b->layer_count; i++)
        nw_tape_free(tape[i]);
    s->layer = NULL; /* they end here */
    s->layer_count = 0;
    return ok;
}

static bool build_and_scan(struct nw_phantom *p, struct nw_err *err)
{
    const struct nw_phantom_opts *o = &p->used;
    const struct nw_solid *solid = nw_solid_of(o->kind);
    const nw_vec3 own =
        nw_v3(2 * solid->body_radius_mm + 14,
              2 * solid->body_radius_mm + 14 + (o->table ? 8 : 0), 2 * solid->half_length_mm);
    p->scale = !o->extent ? 1
                          : (double)o->extent *
                                fmin(fmin(o->spacing_mm / own.x, o->spacing_mm / own.y),
                                     o->slice_mm / own.z);
    struct nw_build b = {.phantom = p,
                         .field = p->field,
                         .err = err,
                         .scale = p->scale,
                         .bone_hu = o->bone_hu,
                         .soft_hu = o->soft_hu,
                         .air_hu = AIR_HU};
    struct nw_scanner s = {.air_hu = AIR_HU,
                           .sigma_mm = o->sigma_mm,
                           .thickness_mm = o->thickness_mm,
                           .noise_hu = o->noise_hu,
                           .white_noise = o->white_noise,
                           .seed = o->seed,
                           .min_hu = STORED_MIN_HU,
                           .max_hu = STORED_MAX_HU};
    const double radius = solid->body_radius_mm * p->scale;
    p->box = nw_box_empty();
    p->bone = -1;
    add_table(&b, o, radius);
    solid->build(&b);
    add_metal(&b, o, radius, &s);
    if (err->code != NW_OK)
        return false;
    const struct nw_grid grid = make_grid(o, own);
    return nw_volume_init_unset(&p->scan.volume, NW_VOXEL_I16, &grid, err) &&
           take_picture(&b, &s, &p->scan.volume, err);
}

bool nw_phantom_make(const struct nw_phantom_opts *opts, struct nw_phantom *out,
                     struct nw_err *err)
{
    struct nw_phantom p = {0};
    nw_scan_init(&p.scan);
    if (!fill_defaults(opts, &p.used, err))
        return false;
    nw_stage("模体成像", "picturing the phantom");
    p.field = nw_field_new(err);
    if (!p.field || !build_and_scan(&p, err)) {
        nw_phantom_release(&p);
        return false;
    }
    fill_facts(&p.scan.facts, &p.used);
    *out = p;
    return true;
}

void nw_phantom_release(struct nw_phantom *p)
{
    nw_scan_release(&p->scan);
    nw_field_free(p->field);
    *p = (struct nw_phantom){0};
    nw_scan_init(&p->scan);
}
