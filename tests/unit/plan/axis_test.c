/* tests/unit/plan/axis_test.c -- rods beside balls, in walls, and the best way between. */
#include "plan/axis.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/shapes.h"
#include "unit.h"

static void ball_at(struct nw_mesh *m, nw_vec3 c, double radius)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) b = {0};
    shape_sphere(&b, 40, radius, shape_no_bumps);
    for (size_t v = 0; v < b.vert_count; v++)
        b.pos_mm[v] = nw_add(b.pos_mm[v], c);
    CHECK(nw_mesh_append(m, &b, &err));
}

/* Req: R-083 */
static void clearance_is_the_formula_of_rods_and_balls(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    ball_at(&m, nw_v3(20, 9, 4), 5);
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    const struct nw_structure vessel = {&m, bvh, 2};
    const struct nw_axis rod = {{0, 0, 0}, {60, 0, 0}, 1.5};
    struct nw_clearance c = nw_axis_clearance(&rod, &vessel, 0.5);
    CHECK_NEAR(c.clearance_mm, sqrt(81 + 16) - 5 - 1.5, 3e-3);
    CHECK_NEAR(c.along_mm, 20, 0.3);
    const struct nw_axis shorter = {{0, 0, 0}, {10, 0, 0}, 1.5}; /* its end is nearest */
    c = nw_axis_clearance(&shorter, &vessel, 0.5);
    CHECK_NEAR(c.clearance_mm, sqrt(100 + 81 + 16) - 6.5, 3e-3);
    CHECK_NEAR(c.along_mm, 10, 1e-12);
    const struct nw_axis through = {{0, 9, 4}, {60, 9, 4}, 1.5}; /* through the middle */
    c = nw_axis_clearance(&through, &vessel, 0.05);
    CHECK_NEAR(c.clearance_mm, -6.5, 0.05);
    CHECK_NEAR(c.along_mm, 20, 0.1);
    const struct nw_axis within = {{19, 9, 4}, {21, 9, 4}, 1.5}; /* wholly inside */
    CHECK_NEAR(nw_axis_clearance(&within, &vessel, 0.05).clearance_mm, -6.5, 0.05);
    nw_bvh_free(bvh);
}

/* Req: R-086 */
static void a_screw_in_a_pedicle_has_its_wall_and_grade(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, -5, -4), nw_v3(60, 5, 4));
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    const struct nw_axis screw = {{0, 0, 1}, {45, 0, 1}, 2};
    struct nw_clearance w = nw_axis_wall(&screw, &m, bvh, 5, 0.25);
    CHECK_NEAR(w.clearance_mm, 1, 1e-9); /* 4 - 1 - 2 */
    CHECK(nw_breach_grade(w.clearance_mm) == 'A');
    const struct nw_axis slanted = {{0, 0, 0}, {40, 0, 5}, 2};
    w = nw_axis_wall(&slanted, &m, bvh, 5, 0.05);
    CHECK_NEAR(w.clearance_mm, -3, 0.02); /* the tip is 1 outside, and 2 thick */
    CHECK(nw_breach_grade(w.clearance_mm) == 'C');
    CHECK(nw_breach_grade(0) == 'A' && nw_breach_grade(-0.1) == 'B' &&
          nw_breach_grade(-5) == 'D' && nw_breach_grade(-9) == 'E');
    nw_bvh_free(bvh);
}

/* Between four balls at the corners of a square the middle is best; by how much is known. */
static void the_search_finds_the_middle(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    for (int k = 0; k < 4; k++)
        ball_at(&m, nw_v3(30, k & 1 ? 12 : -12, k & 2 ? 12 : -12), 8);
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    const struct nw_structure nerves = {&m, bvh, 1};
    struct nw_search s = {.entry = {{0, 3, -2}, 8},
                          .target = {{60, -4, 2}, 8},
                          .radius_mm = 2,
                          .avoid = &nerves,
                          .avoid_count = 1};
    struct nw_found_axis f;
    CHECK(nw_axis_search(&s, &f, &err));
    const double most = 12 * sqrt(2) - 8 - 2 - 1;
    printf("# figure search_spare_mm %.3f of %.3f\n", f.spare_mm, most);
    CHECK_NEAR(f.spare_mm, most, 0.05);
    const nw_vec3 d = nw_sub(f.axis.target_mm, f.axis.entry_mm);
    const nw_vec3 at = nw_along(f.axis.entry_mm, d, (30 - f.axis.entry_mm.x) / d.x);
    CHECK(fabs(at.y) < 0.3 && fabs(at.z) < 0.3);
    CHECK(nw_length(nw_sub(f.axis.entry_mm, s.entry.centre_mm)) <= 8 + 1e-6);
    /* threads do not show */
    struct nw_found_axis one, other;
    memset(&one, 0, sizeof one);
    memset(&other, 0, sizeof other);
    nw_set_threads(1);
    CHECK(nw_axis_search(&s, &one, &err));
    nw_set_threads(4);
    CHECK(nw_axis_search(&s, &other, &err));
    nw_set_threads(0);
    CHECK(memcmp(&one.axis, &other.axis, sizeof one.axis) == 0);
    /* limits */
    s.direction = nw_v3(1, 0, 0);
    s.most_angle_rad = 0.02;
    CHECK(nw_axis_search(&s, &f, &err));
    const nw_vec3 e = nw_unit(nw_sub(f.axis.target_mm, f.axis.entry_mm));
    CHECK(acos(e.x) <= 0.02 + 1e-9);
    s.most_length_mm = 20;
    CHECK(!nw_axis_search(&s, &f, &err) && err.code == NW_ERR_GEOMETRY);
    nw_bvh_free(bvh);
}

int main(void)
{
    UNIT(clearance_is_the_formula_of_rods_and_balls);
    UNIT(a_screw_in_a_pedicle_has_its_wall_and_grade);
    UNIT(the_search_finds_the_middle);
    return unit_end();
}
