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
    struct nw_search s = {.entry = {.centre_mm = {0, 3, -2}, .radius_mm = 8},
                          .target = {.centre_mm = {60, -4, 2}, .radius_mm = 8},
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

/* A closed tube of 96 sides between two places. */
static void tube(struct nw_mesh *m, nw_vec3 from, nw_vec3 to, double radius)
{
    enum { SIDES = 96 };
    struct nw_err err = {0};
    CHECK(nw_mesh_init(m, 2 * SIDES + 2, 4 * SIDES, &err));
    const nw_vec3 d = nw_unit(nw_sub(to, from)), u = nw_unit(nw_cross(d, nw_v3(0, 0, 1))),
                  v = nw_cross(d, u);
    m->pos_mm[2 * SIDES] = from;
    m->pos_mm[2 * SIDES + 1] = to;
    for (uint32_t i = 0; i < SIDES; i++) {
        const double t = 2 * NW_PI * i / SIDES;
        const nw_vec3 r = nw_scale(nw_along(nw_scale(u, cos(t)), v, sin(t)), radius);
        const uint32_t k = (i + 1) % SIDES, tri[4][3] = {{i, k, SIDES + k},
                                                         {i, SIDES + k, SIDES + i},
                                                         {2 * SIDES, k, i},
                                                         {2 * SIDES + 1, SIDES + i, SIDES + k}};
        m->pos_mm[i] = nw_add(from, r);
        m->pos_mm[SIDES + i] = nw_add(to, r);
        memcpy(m->tri[4 * i], tri, sizeof tri);
    }
}

/* In a pedicle that is a tube, the best screw runs on the tube's own axis: from a patch of its
 * face (a square drawn off its middle) into a box drawn off it too. Req: R-083 R-086 */
static void the_best_screw_runs_on_the_axis_of_a_tube(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) bone = {0};
    const nw_vec3 from = {10, 20, 30}, d = nw_unit(nw_v3(3, 2, -1)), to = nw_along(from, d, 45),
                  mid = nw_along(from, d, 30);
    tube(&bone, from, to, 5);
    struct nw_bvh *bvh = nw_bvh_new(&bone, &err);
    const struct nw_structure wall = {&bone, bvh, 1};
    struct nw_search s = {.radius_mm = 2, .within = &wall, .free_mm = 6, .most_length_mm = 38};
    const nw_vec3 u = nw_unit(nw_cross(d, nw_v3(0, 0, 1))), v = nw_cross(d, u);
    const nw_vec3 corner[4] = {
        nw_along(nw_along(from, u, -3), v, -2), nw_along(nw_along(from, u, 4), v, -2),
        nw_along(nw_along(from, u, 4), v, 3), nw_along(nw_along(from, u, -3), v, 3)};
    CHECK(nw_region_polygon(&s.entry, corner, 4, 2, &err));
    CHECK(nw_region_on(&s.entry, &bone, bvh, &err));
    s.target = (struct nw_region){.shape = NW_REGION_BOX,
                                  .centre_mm = nw_add(mid, nw_v3(1, -1, 1)),
                                  .half_mm = {3, 3, 3}};
    struct nw_found_axis f;
    CHECK(nw_axis_search(&s, &f, &err));
    const nw_vec3 way = nw_sub(f.axis.target_mm, f.axis.entry_mm);
    const double most = 5 * cos(NW_PI / 96) - 2 - 1,
                 off = acos(fmin(1, nw_dot(nw_unit(way), d))) * 180 / NW_PI,
                 aside = nw_length(nw_cross(nw_sub(f.axis.entry_mm, from), d));
    printf("# figure tube_spare_mm %.3f of %.3f, %.2f deg and %.2f mm off its axis\n",
           f.spare_mm, most, off, aside);
    CHECK(f.spare_mm <= most + 1e-9 && f.spare_mm > most - 0.05);
    CHECK(off < 0.3 && aside < 0.1);
    CHECK(fabs(nw_dot(nw_sub(f.axis.entry_mm, from), d)) < 1e-9); /* on the bone's face */
    CHECK(nw_region_has(&s.target, nw_sub(f.axis.target_mm, s.target.centre_mm)));
    CHECK(nw_length(way) <= 38);
    nw_region_release(&s.entry);
    /* a region that meets no surface, and one without area */
    s.entry = (struct nw_region){.centre_mm = nw_along(from, d, 20), .radius_mm = 4};
    CHECK(!nw_region_on(&s.entry, &bone, bvh, &err) && err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    const nw_vec3 line[3] = {{0, 0, 0}, {1, 1, 1}, {3, 3, 3}};
    CHECK(!nw_region_polygon(&s.entry, line, 3, 2, &err) && err.code == NW_ERR_GEOMETRY);
    nw_bvh_free(bvh);
}

/* Many random places: the region's own answer against its plain description. */
static void regions_hold_what_they_describe(void)
{
    struct nw_err err = {0};
    const nw_vec3 corner[6] = {{0, 0, 5}, {10, 0, 5}, {10, 4, 5},
                               {4, 4, 5}, {4, 9, 5},  {0, 9, 5}};
    struct nw_region r = {0};
    CHECK(nw_region_polygon(&r, corner, 6, 3, &err));
    int wrong = 0;
    for (uint64_t i = 0; i < 4000; i++) {
        const nw_vec3 p = {14 * nw_rand_even(1, i) - 2, 14 * nw_rand_even(2, i) - 2,
                           10 * nw_rand_even(3, i)};
        const bool in = p.x > 0 && p.y > 0 && p.z >= 2 && p.z <= 8 &&
                        ((p.x < 10 && p.y < 4) || (p.x < 4 && p.y < 9));
        wrong += nw_region_has(&r, nw_sub(p, r.centre_mm)) != in;
    }
    CHECK(wrong == 0);
    nw_region_release(&r);
    r = (struct nw_region){.shape = NW_REGION_BOX, .half_mm = {1, 2, 3}};
    const nw_vec3 o = nw_region_pull(&r, nw_v3(5, -5, 1));
    CHECK(o.x == 1 && o.y == -2 && o.z == 1);
    CHECK(nw_region_has(&r, o) && !nw_region_has(&r, nw_v3(1.1, 0, 0)));
}

int main(void)
{
    UNIT(clearance_is_the_formula_of_rods_and_balls);
    UNIT(a_screw_in_a_pedicle_has_its_wall_and_grade);
    UNIT(the_search_finds_the_middle);
    UNIT(the_best_screw_runs_on_the_axis_of_a_tube);
    UNIT(regions_hold_what_they_describe);
    return unit_end();
}
