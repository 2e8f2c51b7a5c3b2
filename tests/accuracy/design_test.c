/*
 * Bone as a design gets it, a field, against the phantom's formula: where its zero lies at
 * places of the true surface, thin walls included, and that a guide's contact keeps its
 * clearance from the truth.
 */
#include "design/design.h"

#include "field/surface.h"
#include "figures.h"

static struct made scan;

/* As the command makes it: the surface that was placed, as it is. */
static bool anatomy(void *user, const char *path, const char *sha256, const char *preset,
                    struct nw_mesh *out, struct nw_err *err)
{
    (void)user, (void)path, (void)sha256, (void)preset;
    return nw_mesh_copy(out, &scan.model.model.part[0].mesh, err);
}

static const struct nw_design_files files = {.anatomy = anatomy};

static struct nw_design *parse(const char *parts, const char *make)
{
    struct nw_err err = {0};
    static char text[4000];
    snprintf(text, sizeof text,
             "{\"nuwa\": \"design 1\", \"parts\": {\"bone\": {\"kind\": \"anatomy\", \"scan\": "
             "{\"path\": \"scan\"}, \"preset\": \"bone\"}%s}, \"make\": [{\"part\": \"%s\", "
             "\"cell_mm\": 0.15, \"tolerance_mm\": 0}]}",
             parts, make);
    struct nw_design *d = nw_design_parse(text, strlen(text), &err);
    if (!d)
        printf("# %s\n", err.msg);
    CHECK(d != NULL);
    return d;
}

/* Places of the true surface, whether or not the scan shows it there. */
static void true_places(struct nw_mesh *out)
{
    const struct nw_phantom *p = &scan.phantom;
    struct nw_err err = {0};
    CHECK(nw_surface_of_field(p->field, p->bone, nw_box_grown(p->box, 2), 1.1, out, &err));
    for (size_t v = 0; v < out->vert_count; v++)
        for (int step = 0; step < 4; step++) {
            nw_vec3 n;
            const double d = nw_field_gradient(p->field, p->bone, out->pos_mm[v], &n);
            out->pos_mm[v] = nw_along(out->pos_mm[v], nw_unit(n), -d);
        }
}

/* The share of true places without bone within a millimetre is told and held too. */
static void zero_of(const char *name, double bias_mm, double rms_mm)
{
    char text[64];
    struct nw_err err = {0};
    struct nw_mesh truth = {0};
    struct nw_design_solid solid = {0};
    struct errors e = {0};
    struct nw_design *d = parse("", "bone");
    double missing = 0, places = 0;
    true_places(&truth);
    CHECK(nw_design_solid(d, 0, 0, &files, &solid, &err));
    for (size_t v = 0; err.code == NW_OK && v < truth.vert_count; v++) {
        const nw_vec3 p = truth.pos_mm[v];
        if (fabs(nw_field_value(scan.phantom.field, scan.phantom.bone, p)) > 1e-3)
            continue; /* a crease */
        const double off = -nw_field_value(solid.field, solid.root, p);
        places++;
        missing += fabs(off) > 1;
        if (fabs(off) <= 1)
            errors_add(&e, off, 0);
    }
    snprintf(text, sizeof text, "bone of a design, %s, bias", name);
    at_most(text, bias_of(&e), "mm", bias_mm);
    snprintf(text, sizeof text, "bone of a design, %s, rms", name);
    at_most(text, rms_of(&e), "mm", rms_mm);
    snprintf(text, sizeof text, "bone of a design, %s, missing", name);
    at_most(text, 100 * missing / places, "%", 0.1);
    nw_mesh_release(&truth);
    nw_design_solid_release(&solid);
    nw_design_free(d);
}

static void bone_of_a_design_lies_where_the_formula_says(void)
{
    scan = make_and_rebuild("vertebra", 0.7, 1.0, 0.5);
    zero_of("vertebra 0.7 mm", 0.03, 0.08);
    made_release(&scan);
    scan = make_and_rebuild("spheres", 0.5, 0.625, 0.35);
    zero_of("balls 0.5 mm", 0.01, 0.03);
    made_release(&scan);
    scan = make_and_rebuild("femur", 0.5, 0.625, 0.35);
    zero_of("femur 0.5 mm", 0.01, 0.05);
}

static const char guide[] =
    ", \"guide\": {\"kind\": \"guide\", \"bone\": \"bone\", \"insertion\": [-1, 0, 0], "
    "\"margin_mm\": 8, \"clearance_mm\": 0.2, \"drills\": [{\"name\": \"a\", \"entry_mm\": "
    "[14, 0, -30], \"direction\": [-1, 0, 0], \"diameter_mm\": 2.5}, {\"name\": \"b\", "
    "\"entry_mm\": [14, 0, -45], \"direction\": [-1, 0, 0], \"diameter_mm\": 2.5}]}";

/* What of the guide looks at the bone and is near it keeps its clearance: from the bone as the
 * scan shows it, and from the truth. */
static void a_guide_keeps_its_clearance(void)
{
    struct nw_err err = {0};
    struct nw_design_made made = {0};
    struct nw_design_solid bone = {0};
    struct errors seen = {0}, truth = {0};
    struct nw_design *d = parse(guide, "guide"), *alone = parse("", "bone");
    const bool ok = nw_design_make(d, 0, 0, &files, &made, &err) &&
                    nw_design_solid(alone, 0, 0, &files, &bone, &err);
    if (!ok)
        printf("# %s\n", err.msg);
    CHECK(ok);
    for (size_t v = 0; ok && v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        const double off = nw_field_value(bone.field, bone.root, p) - 0.2;
        if (fabs(off) > 0.1)
            continue;
        errors_add(&seen, off, 0);
        errors_add(&truth, nw_field_value(scan.phantom.field, scan.phantom.bone, p) - 0.2, 0);
    }
    at_least("guide on scanned femur, contact", (double)seen.count, "places", 10000);
    at_most("guide on scanned femur, clearance, bias", bias_of(&seen), "mm", 0.01);
    at_most("guide on scanned femur, clearance, rms", rms_of(&seen), "mm", 0.02);
    at_most("guide on scanned femur, from truth, bias", bias_of(&truth), "mm", 0.02);
    at_most("guide on scanned femur, from truth, rms", rms_of(&truth), "mm", 0.05);
    nw_design_made_release(&made);
    nw_design_solid_release(&bone);
    nw_design_free(d);
    nw_design_free(alone);
    made_release(&scan);
}

int main(void)
{
    UNIT(bone_of_a_design_lies_where_the_formula_says);
    UNIT(a_guide_keeps_its_clearance);
    return unit_end();
}
