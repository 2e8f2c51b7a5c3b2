/*
 * The accuracy contract of bones with a thin cortex over spongy bone, at two voxel sizes: the
 * cortex of the vertebra is 1.2 mm, that of the femur 2.2 mm, and the canal's wall spongy.
 */
#include "figures.h"

static struct errors errors_of(const struct made *m)
{
    const struct nw_mesh *mesh = &m->model.model.part[0].mesh;
    struct errors e = {0};
    for (size_t v = 0; v < mesh->vert_count; v++)
        errors_add(&e, off_surface(m->phantom.field, m->phantom.bone, mesh->pos_mm[v]),
                   (double)mesh->uncertainty_mm[v]);
    return e;
}

static void hold(const char *name, const char *what, struct made m, double bias_mm,
                 double rms_mm)
{
    char text[64];
    if (m.ok) {
        const struct errors e = errors_of(&m);
        snprintf(text, sizeof text, "%s, %s, bias", name, what);
        at_most(text, bias_of(&e), "mm", bias_mm);
        snprintf(text, sizeof text, "%s, %s, rms", name, what);
        at_most(text, rms_of(&e), "mm", rms_mm);
        snprintf(text, sizeof text, "%s, %s, covered", name, what);
        at_least(text, coverage_of(&e), "%", 60);
    }
    made_release(&m);
}

static void a_thin_cortex_over_spongy_bone_lies_where_it_is_in_fine_voxels(void)
{
    hold("vertebra", "0.5 mm", make_and_rebuild("vertebra", 0.5, 0.625, 0.35), 0.02, 0.05);
}

static void a_thin_cortex_over_spongy_bone_lies_where_it_is_in_coarse_voxels(void)
{
    hold("vertebra", "0.7 mm", make_and_rebuild("vertebra", 0.7, 1.0, 0.55), 0.03, 0.06);
}

static void a_shaft_and_its_canal_lie_where_they_are(void)
{
    hold("femur", "0.5 mm", make_and_rebuild("femur", 0.5, 0.625, 0.35), 0.02, 0.05);
}

int main(void)
{
    UNIT(a_thin_cortex_over_spongy_bone_lies_where_it_is_in_fine_voxels);
    UNIT(a_thin_cortex_over_spongy_bone_lies_where_it_is_in_coarse_voxels);
    UNIT(a_shaft_and_its_canal_lie_where_they_are);
    return unit_end();
}
