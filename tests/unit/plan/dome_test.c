/* tests/unit/plan/dome_test.c -- a dome osteotomy against its formulas. */
#include <string.h>

#include "mesh/shapes.h"
#include "plan/cut.h"
#include "plan/geodesic_priv.h"
#include "starve.h"
#include "unit.h"

/* A shaft of 30 x 24 mm; the dome's axis runs from front to back, its crown is above. */
static const struct nw_dome dome = {{0, 0, 10}, {0, 1, 0}, {0, 0, 1}, 20};

static void make_shaft(struct nw_mesh *m)
{
    shape_add_box(m, nw_v3(-15, -12, -40), nw_v3(15, 12, 60));
}

static void turn(struct nw_mesh *m, double angle)
{
    for (size_t v = 0; v < m->vert_count; v++) {
        const nw_vec3 p = nw_sub(m->pos_mm[v], dome.point_mm);
        m->pos_mm[v] = nw_add(dome.point_mm, nw_v3(cos(angle) * p.x + sin(angle) * p.z, p.y,
                                                   cos(angle) * p.z - sin(angle) * p.x));
    }
}

static bool is_closed(const struct nw_mesh *m)
{
    struct nw_err err = {0};
    NW_AUTOFREE uint32_t *twin = NW_ALLOC_UNSET(uint32_t, 3 * m->tri_count, &err);
    return twin && nw_twins(m, twin, &err) && nw_twins_closed(m, twin);
}

/* Of the box below a cylinder of this radius. */
static double below(double r)
{
    const double x = 15;
    return 24 * (30 * (10 + 40) + x * sqrt(r * r - x * x) + r * r * asin(x / r));
}

static double face(double r)
{
    return 24 * 2 * r * asin(15 / r);
}

/* Req: R-084 */
static void pieces_have_the_volumes_and_faces_of_their_formulas(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) shaft = {0};
    struct nw_piece_cut up = {0}, down = {0};
    make_shaft(&shaft);
    CHECK(nw_cut_dome(&shaft, &dome, 1.2, &up, &down, &err));
    CHECK(is_closed(&up.mesh) && is_closed(&down.mesh));
    printf("# figure dome_volume_error %.2e %.2e of %zu and %zu triangles\n",
           nw_mesh_volume_mm3(&down.mesh) / below(19.4) - 1,
           nw_mesh_volume_mm3(&up.mesh) / (72000 - below(20.6)) - 1, up.mesh.tri_count,
           down.mesh.tri_count);
    CHECK_NEAR(nw_mesh_volume_mm3(&down.mesh) / below(19.4), 1, 1e-4);
    CHECK_NEAR(nw_mesh_volume_mm3(&up.mesh) / (72000 - below(20.6)), 1, 1e-4);
    CHECK_NEAR(down.face_area_mm2, face(19.4), 0.02);
    CHECK_NEAR(up.face_area_mm2, face(20.6), 0.02);
    /* every place of a face lies on its cylinder, facets no further off than stated */
    double most = 0;
    for (size_t t = down.face; t < down.mesh.tri_count; t++)
        for (int k = 0; k < 3; k++) {
            const nw_vec3 a = down.mesh.pos_mm[down.mesh.tri[t][k]],
                          b = down.mesh.pos_mm[down.mesh.tri[t][(k + 1) % 3]],
                          m = nw_scale(nw_add(a, b), 0.5);
            CHECK_NEAR(hypot(a.x, a.z - 10), 19.4, 1e-4);
            most = fmax(most, 19.4 - hypot(m.x, m.z - 10));
        }
    CHECK(most <= 0.0055);
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
}

/* Req: R-084 */
static void turned_about_its_axis_the_gap_stays_the_kerf(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) shaft = {0};
    struct nw_piece_cut up = {0}, down = {0};
    make_shaft(&shaft);
    CHECK(nw_cut_dome(&shaft, &dome, 1.2, &up, &down, &err));
    double facing = HUGE_VAL;
    for (int i = 0; i < 3; i++) {
        struct nw_faces f;
        CHECK(nw_faces_compare(&up, &down, 0.3, &f, &err));
        printf("# %d: gap %.4f (%.4f to %.4f), facing %.1f\n", i, f.gap_mean_mm, f.gap_min_mm,
               f.gap_max_mm, f.facing_mm2);
        CHECK_NEAR(f.gap_mean_mm, 1.2, 0.01);
        CHECK_NEAR(f.gap_min_mm, 1.2, 0.02);
        CHECK_NEAR(f.gap_max_mm, 1.2, 0.02);
        CHECK(f.contact_mm2 == 0 && isnan(f.angle_rad));
        CHECK(f.facing_mm2 < facing); /* less and less of them face */
        facing = f.facing_mm2;
        turn(&down.mesh, 0.15);
    }
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
    /* without a kerf they touch, turned or not */
    CHECK(nw_cut_dome(&shaft, &dome, 0, &up, &down, &err));
    turn(&down.mesh, 0.2);
    struct nw_faces f;
    CHECK(nw_faces_compare(&up, &down, 0.02, &f, &err));
    CHECK_NEAR(f.contact_mm2, f.facing_mm2, 0.01 * f.facing_mm2);
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
}

static void a_bone_with_a_canal_is_cut_into_closed_pieces(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) bone = {0};
    struct nw_piece_cut up = {0}, down = {0};
    shape_bone(&bone);
    const struct nw_dome d = {{0, 0, -45}, {0.1, 1, 0}, {0, 0, 1}, 50};
    CHECK(nw_cut_dome(&bone, &d, 0, &up, &down, &err));
    CHECK(is_closed(&up.mesh) && is_closed(&down.mesh));
    CHECK_NEAR((nw_mesh_volume_mm3(&up.mesh) + nw_mesh_volume_mm3(&down.mesh)) /
                   nw_mesh_volume_mm3(&bone),
               1, 1e-5);
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
}

static void what_is_no_dome_is_refused(void)
{
    static const struct {
        struct nw_dome dome;
        double kerf;
        const char *says;
    } bad[] = {
        {{{0, 0, 10}, {0, 1, 0}, {0, 2, 0}, 20}, 0, "a dome needs an axis"},
        {{{0, 0, 10}, {0, 1, 0}, {0, 0, 1}, 12}, 0, "leave the part behind its axis"},
        {{{0, 0, 90}, {0, 1, 0}, {0, 0, 1}, 20}, 0, "the dome does not meet the part"},
        {{{90, 0, 90}, {0, 1, 0}, {0, 0, 1}, 20}, 0, "the dome does not meet the part"},
        {{{0, 0, 10}, {0, 1, 0}, {0, 0, 1}, 20}, 20, "below its radius"},
    };
    NW_AUTO(nw_mesh) shaft = {0};
    make_shaft(&shaft);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nw_err err = {0};
        struct nw_piece_cut up = {0}, down = {0};
        CHECK(!nw_cut_dome(&shaft, &bad[i].dome, bad[i].kerf, &up, &down, &err));
        CHECK(strstr(err.msg, bad[i].says) != NULL);
        if (!strstr(err.msg, bad[i].says))
            printf("# %zu: %s\n", i, err.msg);
    }
}

static bool starved(struct nw_err *err)
{
    NW_AUTO(nw_mesh) shaft = {0};
    struct nw_piece_cut up = {0}, down = {0};
    if (!nw_mesh_init(&shaft, 4, 4, err))
        return false;
    const nw_vec3 p[4] = {{-12, -9, -20}, {12, -9, -20}, {0, 12, -20}, {0, 0, 60}};
    const uint32_t t[4][3] = {{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {2, 0, 3}};
    memcpy(shaft.pos_mm, p, sizeof p);
    memcpy(shaft.tri, t, sizeof t);
    const bool ok = nw_cut_dome(&shaft, &dome, 1, &up, &down, err);
    nw_piece_cut_release(&up);
    nw_piece_cut_release(&down);
    return ok;
}

static void memory_that_runs_out_is_an_error(void)
{
    CHECK(unit_starve(starved) > 20);
}

int main(void)
{
    UNIT(pieces_have_the_volumes_and_faces_of_their_formulas);
    UNIT(turned_about_its_axis_the_gap_stays_the_kerf);
    UNIT(a_bone_with_a_canal_is_cut_into_closed_pieces);
    UNIT(what_is_no_dome_is_refused);
    UNIT(memory_that_runs_out_is_an_error);
    return unit_end();
}
