/* tests/unit/plan/cut_test.c -- pieces are closed, and together what was cut. */
#include "plan/cut.h"

#include <string.h>

#include "mesh/check.h"
#include "mesh/shapes.h"
#include "starve.h"
#include "unit.h"

static bool is_solid(const struct nw_mesh *m)
{
    struct nw_err err = {0};
    struct nw_mesh_check c;
    CHECK(nw_mesh_check(m, &(struct nw_check_opts){0}, &c, &err));
    if (!c.solid)
        for (int k = 0; k < NW_DEFECT_KINDS; k++)
            if (c.count[k])
                printf("# %zu %s\n", c.count[k], nw_defect_name((enum nw_defect_kind)k));
    return c.solid;
}

static void a_box_is_cut_exactly(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    struct nw_piece_cut up = {0}, down = {0};
    CHECK(nw_cut(&m, nw_v3(0, 0, 12), nw_v3(0, 0, 2), 0, &up, &down, &err));
    CHECK_NEAR(nw_mesh_volume_mm3(&up.mesh), 3600, 1e-6);
    CHECK_NEAR(nw_mesh_volume_mm3(&down.mesh), 2400, 1e-6);
    CHECK_NEAR(up.face_area_mm2, 200, 1e-9);
    CHECK(is_solid(&up.mesh) && is_solid(&down.mesh));
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
    /* a blade of 1.2 mm, at a slant of 45 degrees */
    CHECK(nw_cut(&m, nw_v3(5, 10, 15), nw_v3(0, 1, 1), 1.2, &up, &down, &err));
    CHECK_NEAR(nw_mesh_volume_mm3(&up.mesh) + nw_mesh_volume_mm3(&down.mesh),
               6000 - 1.2 * 10 * 20 * sqrt(2), 1e-6);
    CHECK(is_solid(&up.mesh) && is_solid(&down.mesh));
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
}

/* A bumpy bone with a marrow cavity: faces with holes, many planes, on vertices too. */
static void bones_with_marrow_are_cut_by_any_plane(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_bone(&m);
    const double whole = nw_mesh_volume_mm3(&m);
    int wrong = 0;
    double worst = 0;
    for (uint64_t n = 0; n < 14; n++) {
        const nw_vec3 normal =
            n < 3 ? nw_v3(n == 0, n == 1, n == 2)
                  : nw_v3(nw_rand_normal(1, 3 * n), nw_rand_normal(1, 3 * n + 1),
                          nw_rand_normal(1, 3 * n + 2));
        const nw_vec3 point =
            nw_scale(nw_unit(normal), n < 6 ? 0 : 40 * nw_rand_even(2, n) - 20);
        struct nw_piece_cut up = {0}, down = {0};
        CHECK(nw_cut(&m, point, normal, 0, &up, &down, &err));
        wrong += !is_solid(&up.mesh) + !is_solid(&down.mesh);
        worst = fmax(
            worst, fabs(nw_mesh_volume_mm3(&up.mesh) + nw_mesh_volume_mm3(&down.mesh) - whole));
        wrong += fabs(up.face_area_mm2 - down.face_area_mm2) > 1e-2;
        nw_piece_cut_release(&up);
        nw_piece_cut_release(&down);
    }
    printf("# figure cut_volume_lost_mm3 %.3g\n", worst);
    CHECK(wrong == 0);
    CHECK(worst < 0.05); /* planes on vertices move by micrometres */
}

/* Req: R-084 */
static void moved_pieces_tell_gap_step_contact_and_angle(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    struct nw_piece_cut up = {0}, down = {0};
    CHECK(nw_cut(&m, nw_v3(0, 0, 12), nw_v3(0, 0, 1), 0, &up, &down, &err));
    struct nw_faces f;
    CHECK(nw_faces_compare(&up, &down, 0.3, &f, &err));
    CHECK_NEAR(f.contact_mm2, 200, 1e-9);
    CHECK(fabs(f.gap_max_mm) < 1e-3 && f.step_max_mm == 0);
    CHECK(f.angle_rad < 1e-9);
    for (size_t v = 0; v < up.mesh.vert_count; v++) /* 2 mm up, 3 mm aside */
        up.mesh.pos_mm[v] = nw_add(up.mesh.pos_mm[v], nw_v3(3, 0, 2));
    CHECK(nw_faces_compare(&up, &down, 0.3, &f, &err));
    CHECK_NEAR(f.gap_mean_mm, 2, 1e-4);
    CHECK_NEAR(f.facing_mm2, 140, 3);
    CHECK(f.contact_mm2 == 0);
    CHECK_NEAR(f.step_max_mm, 3, 0.05);
    CHECK_NEAR(f.step_mean_mm, 1.5, 0.05);
    for (size_t v = 0; v < up.mesh.vert_count; v++) { /* back down by 2.5: they overlap */
        up.mesh.pos_mm[v] = nw_sub(up.mesh.pos_mm[v], nw_v3(3, 0, 2.5));
    }
    CHECK(nw_faces_compare(&up, &down, 0.3, &f, &err));
    CHECK_NEAR(f.gap_mean_mm, -0.5, 1e-4);
    const double c = cos(0.1), s = sin(0.1); /* opened by a wedge of 0.1 rad about y = 0 */
    for (size_t v = 0; v < up.mesh.vert_count; v++) {
        const nw_vec3 p = nw_sub(up.mesh.pos_mm[v], nw_v3(0, 0, 11.5));
        up.mesh.pos_mm[v] = nw_v3(p.x, c * p.y - s * p.z, 12 + s * p.y + c * p.z);
    }
    CHECK(nw_faces_compare(&up, &down, 0.3, &f, &err));
    CHECK_NEAR(f.angle_rad, 0.1, 1e-6);
    CHECK_NEAR(f.gap_max_mm, 20 * s / c, 0.1); /* along the tilted normal: y tan */
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
}

static void what_cannot_be_cut_is_refused(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    struct nw_piece_cut up = {0}, down = {0};
    CHECK(!nw_cut(&m, nw_v3(0, 0, 31), nw_v3(0, 0, 1), 0, &up, &down, &err));
    CHECK(strcmp(err.msg, "the plane of the cut does not meet the part") == 0);
    err = (struct nw_err){0};
    CHECK(!nw_cut(&m, nw_v3(0, 0, 3), nw_v3(0, 0, 0), 0, &up, &down, &err));
    CHECK(err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    m.tri_count--;
    CHECK(!nw_cut(&m, nw_v3(0, 0, 3), nw_v3(0, 0, 1), 0, &up, &down, &err));
    CHECK(err.code == NW_ERR_GEOMETRY && up.mesh.vert_count == 0);
}

static struct nw_mesh ball;

static bool attempt(struct nw_err *err)
{
    struct nw_piece_cut up = {0}, down = {0};
    struct nw_faces f;
    const bool ok = nw_cut(&ball, nw_v3(1, 2, 1), nw_v3(0, 1, 1), 1, &up, &down, err) &&
                    nw_faces_compare(&up, &down, 0.3, &f, err);
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
    return ok;
}

static void no_allocation_is_missed(void)
{
    shape_sphere(&ball, 4, 10, shape_no_bumps);
    unit_starve(attempt);
    nw_mesh_release(&ball);
}

int main(void)
{
    UNIT(a_box_is_cut_exactly);
    UNIT(bones_with_marrow_are_cut_by_any_plane);
    UNIT(moved_pieces_tell_gap_step_contact_and_angle);
    UNIT(what_cannot_be_cut_is_refused);
    UNIT(no_allocation_is_missed);
    return unit_end();
}
