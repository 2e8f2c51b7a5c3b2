/* tests/unit/plan/wedge_test.c -- wedges of a box by their formulas. */
#include "plan/wedge.h"

#include "mesh/check.h"
#include "mesh/shapes.h"
#include "starve.h"
#include "unit.h"

static const double ANGLE = 10 * NW_PI / 180;

static bool is_solid(const struct nw_mesh *m)
{
    struct nw_err err = {0};
    struct nw_mesh_check c;
    CHECK(nw_mesh_check(m, &(struct nw_check_opts){0}, &c, &err));
    return c.solid;
}

static struct nw_wedge_opts hinge_at(double y)
{
    return (struct nw_wedge_opts){.point_mm = {3, 4, 12},
                                  .normal = {0, 0, 2},
                                  .hinge_a_mm = {-5, y, 12},
                                  .hinge_b_mm = {15, y, 12},
                                  .angle_rad = ANGLE,
                                  .tolerance_mm = 0.05};
}

/* A box of 10 x 20 x 30, hinged at its edge. Req: R-084 */
static void a_wedge_closes_until_its_faces_meet(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    for (int turned = 0; turned < 2; turned++) {
        struct nw_wedge_opts o = hinge_at(0);
        if (turned) { /* the hinge's own direction does not matter */
            const nw_vec3 a = o.hinge_a_mm;
            o.hinge_a_mm = o.hinge_b_mm;
            o.hinge_b_mm = a;
        }
        struct nw_wedge w = {0};
        CHECK(nw_wedge_cut(&m, &o, &w, &err));
        const double removed = 10 * 20 * 20 * tan(ANGLE) / 2, longer = 20 / cos(ANGLE) - 20;
        CHECK_NEAR(w.wedge_mm3, removed, 1e-3);
        CHECK_NEAR(nw_mesh_volume_mm3(&w.above.mesh) + nw_mesh_volume_mm3(&w.below.mesh),
                   6000 - removed, 1e-3);
        CHECK_NEAR(w.below.face_area_mm2, 200, 1e-3);
        CHECK_NEAR(w.above.face_area_mm2, 200 / cos(ANGLE), 1e-3);
        CHECK_NEAR(w.faces.gap_mean_mm, 0, 1e-5);
        CHECK(w.faces.gap_max_mm < 1e-4 && w.faces.gap_min_mm > -1e-4);
        CHECK_NEAR(w.faces.angle_rad, 0, 1e-6);
        CHECK_NEAR(w.faces.contact_mm2, 200, 0.2);     /* 4000 samples */
        CHECK_NEAR(w.faces.step_max_mm, longer, 0.01); /* the slanted face is longer */
        CHECK_NEAR(w.height_mm, 2 * 20 * sin(ANGLE / 2), 1e-9);
        CHECK_NEAR(w.reach_mm, 20, 1e-9);
        CHECK_NEAR(w.beyond_mm, 0, 1e-9);
        CHECK(is_solid(&w.above.mesh) && is_solid(&w.below.mesh) && is_solid(&w.wedge.mesh));
        nw_wedge_release(&w);
    }
}

/* Hinges in the bone and at its edge, on a bumpy bone with marrow. */
static void wedges_of_a_bone_are_solids(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_bone(&m);
    int wrong = 0;
    for (int k = 0; k < 6; k++) {
        struct nw_wedge_opts o = hinge_at(-14.0 - 4 * k);
        o.point_mm = nw_v3(0, 0, 2.5);
        o.hinge_a_mm.z = o.hinge_b_mm.z = 2.5;
        o.angle_rad = (6 + 3 * k) * NW_PI / 180;
        struct nw_wedge w = {0};
        CHECK(nw_wedge_cut(&m, &o, &w, &err));
        wrong += !is_solid(&w.above.mesh) + !is_solid(&w.below.mesh) + !is_solid(&w.wedge.mesh);
        CHECK_NEAR(nw_mesh_volume_mm3(&w.above.mesh) + nw_mesh_volume_mm3(&w.below.mesh) +
                       w.wedge_mm3,
                   nw_mesh_volume_mm3(&m), 0.05);
        CHECK(fabs(w.faces.gap_max_mm) < 1e-4);
        nw_wedge_release(&w);
    }
    printf("# %d of 18 pieces are not solid\n", wrong);
    CHECK(wrong == 0);
}

/* Req: R-084 */
static void a_wedge_opens_by_its_angle(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    struct nw_wedge_opts o = hinge_at(0);
    o.opens = true;
    struct nw_wedge w = {0};
    CHECK(nw_wedge_cut(&m, &o, &w, &err));
    CHECK_NEAR(w.wedge_mm3, ANGLE * 10 * 20 * 20 / 2, 1e-3); /* Pappus */
    CHECK_NEAR(w.faces.angle_rad, ANGLE, 1e-6);
    /* along the turned face's normal down to the other one: the distance times the tangent */
    CHECK_NEAR(w.faces.gap_mean_mm, 20 / cos(ANGLE) / 2 * sin(ANGLE) * cos(ANGLE), 0.02);
    CHECK(w.faces.contact_mm2 < 200 * 0.02);
    CHECK_NEAR(nw_mesh_volume_mm3(&w.above.mesh), 3600, 1e-3);
    CHECK(w.wedge.mesh.tri_count == 0);
    nw_wedge_release(&w);
    /* 5 of 20 mm beyond the hinge: it opens on the long side, and 5 mm must bend */
    o = hinge_at(5);
    o.opens = true;
    CHECK(nw_wedge_cut(&m, &o, &w, &err));
    CHECK_NEAR(w.reach_mm, 15, 1e-9);
    CHECK_NEAR(w.beyond_mm, 5, 1e-9);
    CHECK_NEAR(w.wedge_mm3, ANGLE * 10 * 15 * 15 / 2, 1e-3);
    nw_wedge_release(&w);
}

static void what_is_no_hinge_is_refused(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    struct nw_wedge_opts bad[4] = {hinge_at(0), hinge_at(9), hinge_at(0), hinge_at(0)};
    bad[0].hinge_b_mm.z = 13;
    bad[2].angle_rad = 2;
    bad[3].hinge_b_mm = bad[3].hinge_a_mm;
    for (int k = 0; k < 4; k++) {
        struct nw_err err = {0};
        struct nw_wedge w = {0};
        CHECK(!nw_wedge_cut(&m, &bad[k], &w, &err));
        CHECK(err.code == (k == 2 ? NW_ERR_ARGUMENT : NW_ERR_GEOMETRY));
    }
}

static struct nw_mesh hungry;

static bool attempt(struct nw_err *err)
{
    const struct nw_wedge_opts o = hinge_at(0);
    struct nw_wedge w = {0};
    const bool ok = nw_wedge_cut(&hungry, &o, &w, err);
    nw_wedge_release(&w);
    return ok;
}

static void no_allocation_is_missed(void)
{
    shape_add_box(&hungry, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    CHECK(unit_starve(attempt) > 20);
    nw_mesh_release(&hungry);
}

int main(void)
{
    UNIT(a_wedge_closes_until_its_faces_meet);
    UNIT(wedges_of_a_bone_are_solids);
    UNIT(a_wedge_opens_by_its_angle);
    UNIT(what_is_no_hinge_is_refused);
    UNIT(no_allocation_is_missed);
    return unit_end();
}
