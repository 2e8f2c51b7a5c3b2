/* tests/unit/core/mesh_test.c */
#include "core/mesh.h"

#include <string.h>

#include "core/parallel.h"
#include "core/rand.h"
#include "starve.h"
#include "unit.h"

static const uint32_t cube_face[12][3] = {{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6},
                                          {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7},
                                          {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}};

/* `count` separate cubes of 10 mm in a row. */
static bool cubes(struct nw_mesh *out, size_t count, nw_vec3 corner_mm, struct nw_err *err)
{
    if (!nw_mesh_init(out, 8 * count, 12 * count, err))
        return false;
    for (size_t v = 0; v < 8 * count; v++)
        out->pos_mm[v] =
            nw_add(corner_mm, nw_v3(10.0 * (double)(v & 1) + 20.0 * (double)(v / 8),
                                    10.0 * (double)(v >> 1 & 1), 10.0 * (double)(v >> 2 & 1)));
    for (size_t t = 0; t < 12 * count; t++)
        for (int k = 0; k < 3; k++)
            out->tri[t][k] = (uint32_t)(t / 12 * 8) + cube_face[t % 12][k];
    return true;
}

static void a_cube_has_its_volume_area_and_box_exactly(void)
{
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    CHECK(cubes(&m, 1, nw_v3(0, 0, 0), &err));
    CHECK(nw_mesh_volume_mm3(&m) == 1000 && nw_mesh_area_mm2(&m) == 600);
    const nw_vec3 size = nw_box_size(nw_mesh_box(&m));
    CHECK(size.x == 10 && size.y == 10 && size.z == 10);
    nw_mesh_flip(&m);
    CHECK(nw_mesh_volume_mm3(&m) == -1000 && nw_mesh_area_mm2(&m) == 600);
    nw_mesh_release(&m);
    CHECK(nw_mesh_volume_mm3(&m) == 0 && nw_mesh_area_mm2(&m) == 0);
}

static void far_away_no_digits_are_lost(void)
{
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    CHECK(cubes(&m, 1, nw_v3(9e5, -9e5, 0.125), &err));
    CHECK_NEAR(nw_mesh_volume_mm3(&m), 1000, 1e-9);
    nw_mesh_release(&m);
}

static void sums_have_the_same_bits_on_any_number_of_threads(void)
{
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    CHECK(cubes(&m, 20000, nw_v3(0.1, 0.2, 0.3), &err));
    for (size_t v = 0; v < m.vert_count; v++)
        m.pos_mm[v].y += nw_rand_even(1, v);
    const int before = nw_threads();
    nw_set_threads(1);
    const double volume = nw_mesh_volume_mm3(&m), area = nw_mesh_area_mm2(&m);
    for (int threads = 2; threads <= 8; threads++) {
        nw_set_threads(threads);
        const double v = nw_mesh_volume_mm3(&m), a = nw_mesh_area_mm2(&m);
        CHECK(memcmp(&v, &volume, sizeof v) == 0 && memcmp(&a, &area, sizeof a) == 0);
    }
    nw_set_threads(before);
    nw_mesh_release(&m);
}

static bool with_attributes(struct nw_mesh *m, struct nw_err *err)
{
    m->uncertainty_mm = NW_ALLOC(float, m->vert_count, err);
    if (!m->uncertainty_mm)
        return false;
    m->vert_class = NW_ALLOC(uint8_t, m->vert_count, err);
    if (!m->vert_class)
        return false;
    m->vert_rgba = nw_alloc(m->vert_count, sizeof *m->vert_rgba, err);
    if (!m->vert_rgba)
        return false;
    for (size_t v = 0; v < m->vert_count; v++) {
        m->uncertainty_mm[v] = (float)v / 100;
        m->vert_class[v] = (uint8_t)(v % NW_CLASS_COUNT);
        m->vert_rgba[v][2] = (uint8_t)v;
    }
    return true;
}

static void a_copy_is_the_same_and_separate(void)
{
    struct nw_mesh m = {0}, copy = {0};
    struct nw_err err = {0};
    CHECK(cubes(&m, 3, nw_v3(1, 2, 3), &err) && with_attributes(&m, &err));
    m.tol_mm = 0.25;
    m.frame = NW_FRAME_BED;
    CHECK(nw_mesh_copy(&copy, &m, &err));
    CHECK(copy.tol_mm == 0.25 && copy.frame == NW_FRAME_BED);
    CHECK(memcmp(copy.pos_mm, m.pos_mm, 24 * sizeof *m.pos_mm) == 0);
    CHECK(memcmp(copy.tri, m.tri, 36 * sizeof *m.tri) == 0);
    CHECK(memcmp(copy.uncertainty_mm, m.uncertainty_mm, 24 * sizeof(float)) == 0);
    CHECK(memcmp(copy.vert_class, m.vert_class, 24) == 0);
    CHECK(memcmp(copy.vert_rgba, m.vert_rgba, 24 * 4) == 0);
    m.pos_mm[0].x = 77;
    CHECK(copy.pos_mm[0].x == 1);
    nw_mesh_release(&m);
    nw_mesh_release(&copy);
}

static void appended_meshes_add_their_volumes_and_fill_missing_attributes(void)
{
    struct nw_mesh a = {0}, b = {0};
    struct nw_err err = {0};
    CHECK(cubes(&a, 2, nw_v3(0, 0, 0), &err) && cubes(&b, 3, nw_v3(0, 50, 0), &err));
    CHECK(with_attributes(&b, &err));
    b.tol_mm = 0.125;
    CHECK(nw_mesh_append(&a, &b, &err));
    CHECK(a.vert_count == 40 && a.tri_count == 60 && a.tol_mm == 0.125);
    CHECK_NEAR(nw_mesh_volume_mm3(&a), 5000, 1e-9);
    CHECK(a.uncertainty_mm[15] == 0 && a.uncertainty_mm[16] == 0 && a.uncertainty_mm[17] > 0);
    CHECK(a.vert_class[17] == 1 && a.vert_rgba[17][2] == 1);
    struct nw_mesh plain = {0};
    CHECK(cubes(&plain, 1, nw_v3(0, 90, 0), &err) && nw_mesh_append(&a, &plain, &err));
    CHECK(a.vert_count == 48 && a.uncertainty_mm[47] == 0 && a.vert_class[47] == 0);
    const struct nw_mesh nothing = {0};
    CHECK(nw_mesh_append(&a, &nothing, &err) && a.vert_count == 48);
    nw_mesh_release(&a);
    nw_mesh_release(&b);
    nw_mesh_release(&plain);
}

static void compacting_drops_unused_vertices_and_keeps_the_shape(void)
{
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    CHECK(cubes(&m, 3, nw_v3(0, 0, 0), &err) && with_attributes(&m, &err));
    memmove(m.tri, m.tri + 12, 24 * sizeof *m.tri); /* the first cube's triangles go */
    m.tri_count = 24;
    CHECK(nw_mesh_compact(&m, &err));
    CHECK(m.vert_count == 16 && m.pos_mm[0].x == 20);
    CHECK(m.vert_class[0] == 8 % NW_CLASS_COUNT && m.vert_rgba[0][2] == 8);
    CHECK(m.uncertainty_mm[0] == 0.08f);
    CHECK_NEAR(nw_mesh_volume_mm3(&m), 2000, 1e-9);
    nw_mesh_release(&m);
}

static void impossible_counts_are_refused(void)
{
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    CHECK(!nw_mesh_init(&m, UINT32_MAX, 1, &err) && err.code == NW_ERR_LIMIT);
    CHECK(m.pos_mm == NULL);
}

static bool use_meshes(struct nw_err *err)
{
    struct nw_mesh a = {0}, b = {0};
    const bool ok = cubes(&a, 4, nw_v3(0, 0, 0), err) && with_attributes(&a, err) &&
                    nw_mesh_copy(&b, &a, err) && nw_mesh_append(&b, &a, err) &&
                    nw_mesh_compact(&b, err);
    nw_mesh_release(&a);
    nw_mesh_release(&b);
    return ok;
}

static bool use_a_model(struct nw_err *err)
{
    struct nw_model model = {0};
    static const uint8_t bone[4] = {230, 220, 200, 255};
    bool ok = true;
    for (int p = 0; ok && p < 20; p++) {
        struct nw_mesh m = {0};
        char name[32];
        (void)snprintf(name, sizeof name, "part %d", p);
        ok = cubes(&m, 1, nw_v3(0, 0, 0), err) && nw_model_add(&model, name, bone, &m, err) &&
             nw_model_set_fact(&model, name, "value", err);
        CHECK(m.pos_mm == NULL); /* taken, or never there */
    }
    nw_model_release(&model);
    return ok;
}

static void meshes_and_models_survive_each_allocation_failing(void)
{
    CHECK(unit_starve(use_meshes) > 10);
    CHECK(unit_starve(use_a_model) > 20);
}

static void a_model_keeps_parts_in_order_and_one_value_a_fact(void)
{
    struct nw_model model = {0};
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    static const uint8_t rgba[4] = {1, 2, 3, 4};
    CHECK(cubes(&m, 1, nw_v3(0, 0, 0), &err) && nw_model_add(&model, "髂骨", rgba, &m, &err));
    CHECK(cubes(&m, 2, nw_v3(0, 0, 0), &err) && nw_model_add(&model, "b", rgba, &m, &err));
    CHECK(model.part_count == 2 && strcmp(model.part[0].name, "髂骨") == 0);
    CHECK(model.part[1].mesh.tri_count == 24 && memcmp(model.part[1].rgba, rgba, 4) == 0);
    CHECK(nw_model_set_fact(&model, "unit", "cm", &err));
    CHECK(nw_model_set_fact(&model, "unit", "mm", &err));
    CHECK(model.fact_count == 1 && strcmp(nw_model_fact(&model, "unit"), "mm") == 0);
    CHECK(nw_model_fact(&model, "other") == NULL);
    nw_model_release(&model);
}

static void classes_have_their_words(void)
{
    CHECK(strcmp(nw_class_name(NW_CLASS_RESOLVED), "resolved") == 0);
    CHECK(strcmp(nw_class_name(NW_CLASS_DRAWN), "drawn") == 0);
    CHECK(strcmp(nw_class_name((enum nw_class)200), "unknown") == 0);
}

int main(void)
{
    UNIT(a_cube_has_its_volume_area_and_box_exactly);
    UNIT(far_away_no_digits_are_lost);
    UNIT(sums_have_the_same_bits_on_any_number_of_threads);
    UNIT(a_copy_is_the_same_and_separate);
    UNIT(appended_meshes_add_their_volumes_and_fill_missing_attributes);
    UNIT(compacting_drops_unused_vertices_and_keeps_the_shape);
    UNIT(impossible_counts_are_refused);
    UNIT(meshes_and_models_survive_each_allocation_failing);
    UNIT(a_model_keeps_parts_in_order_and_one_value_a_fact);
    UNIT(classes_have_their_words);
    return unit_end();
}
