/* tests/unit/plan/measure_test.c -- numbers that are known, and their doubt. */
#include "plan/measure.h"

#include <string.h>

#include "mesh/shapes.h"
#include "starve.h"
#include "unit.h"

static struct nw_place place(double x, double y, double z, double sigma)
{
    return (struct nw_place){{x, y, z}, sigma};
}

static void lengths_and_angles_are_the_formulas(void)
{
    const double none = (double)NAN;
    struct nw_measured m = nw_measure_length(place(1, 2, 3, 0.3), place(4, 6, 15, 0.4));
    CHECK_NEAR(m.value, 13, 1e-12);
    CHECK_NEAR(m.sigma, 0.5, 1e-9);
    m = nw_measure_length(place(1, 2, 3, none), place(4, 6, 15, 0.4));
    CHECK(m.value > 12 && isnan(m.sigma));
    /* legs of 3 and 4 at a right angle: each end turns its leg, the corner both */
    m = nw_measure_angle(place(3, 0, 0, 0.1), place(0, 0, 0, 0), place(0, 4, 0, 0.2));
    CHECK_NEAR(m.value, NW_PI / 2, 1e-12);
    CHECK_NEAR(m.sigma, sqrt(pow(0.1 / 3, 2) + pow(0.2 / 4, 2)), 1e-8);
    m = nw_measure_angle(place(3, 0, 0, 0), place(0, 0, 0, 0.1), place(0, 4, 0, 0));
    CHECK_NEAR(m.sigma, 0.1 * sqrt(1 / 9.0 + 1 / 16.0), 1e-8);
    CHECK(
        isnan(nw_measure_angle(place(0, 0, 0, 0), place(0, 0, 0, 0), place(1, 0, 0, 0)).value));
    m = nw_measure_angle_of_lines(place(5, 5, 5, 0.1), place(5, 5, 15, 0.1), place(0, 0, 0, 0),
                                  place(0, 7, 7, 0));
    CHECK_NEAR(m.value, NW_PI / 4, 1e-12);
    CHECK_NEAR(m.sigma, 0.1 * sqrt(2) / 10, 1e-8);
    m = nw_measure_off_line(place(3, 4, 7, 0.2), place(0, 0, 0, 0), place(0, 0, 10, 0));
    CHECK_NEAR(m.value, 5, 1e-12);
    CHECK_NEAR(m.sigma, 0.2, 1e-8);
}

/* Req: R-081 */
static void what_is_not_known_is_never_nought(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 10, 20, shape_no_bumps);
    struct nw_measured_solid s;
    CHECK(nw_measure_solid(&m, (double)NAN, 5, &s, &err));
    CHECK(isnan(s.volume_mm3.sigma) && isnan(s.area_mm2.sigma));
    CHECK(isnan(s.volume_if_all_off_mm3));
    CHECK(s.volume_mm3.value == nw_mesh_volume_mm3(&m));
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    struct nw_thickness t;
    CHECK(nw_measure_thickness(&m, bvh, nw_v3(20, 0, 0), 1, (double)NAN, &t, &err));
    CHECK(isnan(t.ball_mm.sigma) && isnan(t.ray_mm.sigma));
    nw_bvh_free(bvh);
    struct nw_measured g;
    CHECK(nw_measure_geodesic(&m, nw_v3(20, 0, 0), nw_v3(0, 20, 0), 1, (double)NAN, &g, &err));
    CHECK(isnan(g.sigma));
}

/* The variance of the sum, pair by pair: slow and plain. A ball of radius 25, errors of 0.4 mm
 * alike over 5 mm. */
static void the_doubt_of_a_volume_is_the_sum_over_pairs(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 20, 25, shape_no_bumps);
    NW_AUTOFREE double *area = NW_ALLOC(double, m.vert_count, &err);
    CHECK(area != NULL);
    for (size_t t = 0; t < m.tri_count; t++)
        for (int k = 0; k < 3; k++) {
            const nw_vec3 a = m.pos_mm[m.tri[t][0]];
            area[m.tri[t][k]] += nw_length(nw_cross(nw_sub(m.pos_mm[m.tri[t][1]], a),
                                                    nw_sub(m.pos_mm[m.tri[t][2]], a))) /
                                 6;
        }
    double pairs = 0, all = 0;
    for (size_t i = 0; i < m.vert_count; i++) {
        all += 0.4 * area[i];
        for (size_t k = 0; k < m.vert_count; k++) {
            const double d2 = nw_length2(nw_sub(m.pos_mm[i], m.pos_mm[k]));
            pairs += 0.16 * area[i] * area[k] * exp(-d2 / 50);
        }
    }
    struct nw_measured_solid s;
    CHECK(nw_measure_solid(&m, 0.4, 5, &s, &err));
    printf("# figure volume_sigma_against_pairs %.3f\n", s.volume_mm3.sigma / sqrt(pairs));
    CHECK_NEAR(s.volume_mm3.sigma / sqrt(pairs), 1, 0.02);
    CHECK_NEAR(s.volume_if_all_off_mm3 / all, 1, 0.01);
    /* the area of a ball changes by 2 / radius of its volume's change */
    CHECK_NEAR(s.area_mm2.sigma / s.volume_mm3.sigma, 2.0 / 25, 2e-3);
    CHECK_NEAR(s.area_if_all_off_mm2, 8 * NW_PI * 25 * 0.4, 2);
    /* what the vertices say comes before what was stated */
    m.uncertainty_mm = NW_ALLOC(float, m.vert_count, &err);
    for (size_t v = 0; v < m.vert_count; v++)
        m.uncertainty_mm[v] = 0.2F;
    struct nw_measured_solid own;
    CHECK(nw_measure_solid(&m, 0.4, 5, &own, &err));
    CHECK_NEAR(own.volume_mm3.sigma / s.volume_mm3.sigma, 0.5, 1e-6);
}

static void walls_are_as_thick_as_they_are(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(40, 30, 3));
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    struct nw_thickness t;
    CHECK(nw_measure_thickness(&m, bvh, nw_v3(20, 15, 3.2), 0.5, 0.1, &t, &err));
    CHECK_NEAR(t.ball_mm.value, 3, 1e-6);
    CHECK_NEAR(t.ray_mm.value, 3, 1e-6);
    CHECK_NEAR(t.ray_mm.sigma, 0.1 * sqrt(2), 1e-12);
    CHECK_NEAR(t.across_mm.z, 0, 1e-9);
    /* near the rim the ball is what fits between lid and side; the ray still goes through */
    CHECK(nw_measure_thickness(&m, bvh, nw_v3(0, 15, 1.5), 0.5, 0.1, &t, &err));
    CHECK_NEAR(t.ball_mm.value, 3, 1e-6);
    CHECK_NEAR(t.ray_mm.value, 40, 1e-6);
    CHECK(!nw_measure_thickness(&m, bvh, nw_v3(20, 15, 9), 0.5, 0.1, &t, &err));
    CHECK(err.code == NW_ERR_GEOMETRY);
    nw_bvh_free(bvh);
    NW_AUTO(nw_mesh) shell = {0};
    NW_AUTO(nw_mesh) inner = {0};
    shape_sphere(&shell, 60, 30, shape_no_bumps);
    shape_sphere(&inner, 60, 26, shape_no_bumps);
    nw_mesh_flip(&inner);
    err = (struct nw_err){0};
    CHECK(nw_mesh_append(&shell, &inner, &err));
    bvh = nw_bvh_new(&shell, &err);
    CHECK(nw_measure_thickness(&shell, bvh, nw_v3(10, 20, 20), 0.5, 0.1, &t, &err));
    CHECK_NEAR(t.ball_mm.value, 4, 0.02);
    CHECK_NEAR(t.ray_mm.value, 4, 0.02);
    nw_bvh_free(bvh);
}

static void parts_are_as_far_apart_as_their_nearest_places(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) a = {0};
    NW_AUTO(nw_mesh) b = {0};
    NW_AUTO(nw_mesh) edge = {0};
    shape_add_box(&a, nw_v3(0, 0, 0), nw_v3(10, 10, 10));
    shape_sphere(&b, 40, 5, shape_no_bumps);
    for (size_t v = 0; v < b.vert_count; v++)
        b.pos_mm[v] = nw_add(b.pos_mm[v], nw_v3(18, 14, 5));
    struct nw_apart d;
    CHECK(nw_measure_apart(&a, &b, 0.1, &d, &err));
    CHECK_NEAR(d.distance_mm.value, sqrt(64 + 16) - 5, 2e-3);
    CHECK_NEAR(nw_length(nw_sub(d.on_a_mm, d.on_b_mm)), d.distance_mm.value, 1e-9);
    CHECK_NEAR(d.on_a_mm.x, 10, 1e-9);
    CHECK_NEAR(d.distance_mm.sigma, 0.1 * sqrt(2), 1e-12);
    CHECK(!d.a_in_b && !d.b_in_a);
    /* two bars that cross over one another: edge against edge, no vertex near */
    shape_add_box(&edge, nw_v3(-50, 4, 12), nw_v3(50, 6, 14));
    CHECK(nw_measure_apart(&a, &edge, 0.1, &d, &err));
    CHECK_NEAR(d.distance_mm.value, 2, 1e-12);
    for (size_t v = 0; v < edge.vert_count; v++)
        edge.pos_mm[v].z -= 3;
    CHECK(nw_measure_apart(&a, &edge, 0.1, &d, &err) && d.distance_mm.value == 0);
    NW_AUTO(nw_mesh) small = {0};
    shape_add_box(&small, nw_v3(4, 4, 4), nw_v3(6, 6, 6));
    CHECK(nw_measure_apart(&a, &small, 0.1, &d, &err));
    CHECK_NEAR(d.distance_mm.value, 4, 1e-12);
    CHECK(d.b_in_a && !d.a_in_b);
}

static void grey_values_along_a_path(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_volume) v = {0};
    const struct nw_grid g = {{20, 20, 20}, {10, 0, 0}, {{2, 0, 0}, {0, 2, 0}, {0, 0, 2}}};
    CHECK(nw_volume_init(&v, NW_VOXEL_I16, &g, &err));
    for (size_t i = 0; i < nw_grid_count(&g); i++)
        v.i16[i] = (int16_t)(100 * (i % 20)); /* 50 HU a mm along x */
    const struct nw_place way[3] = {place(12, 10, 10, 0.5), place(32, 10, 10, 0.5),
                                    place(32, 30, 10, 0.5)};
    struct nw_along_path p;
    CHECK(nw_measure_path(&v, way, 3, 0.5, &p, &err));
    CHECK_NEAR(p.length_mm, 40, 1e-12);
    CHECK(p.count == 81);
    CHECK_NEAR(p.min, 100, 1e-9);
    CHECK_NEAR(p.max, 1100, 1e-9);
    CHECK_NEAR(p.mean.value, (40 * 587.5 + 41 * 1100) / 81, 1e-9);
    /* sideways of the first leg nothing changes; of the second, +- 25 HU on one of the axes */
    CHECK_NEAR(p.mean.sigma, 25 * 41 / 81.0, 0.5);
    nw_free(p.value);
    const struct nw_place out[2] = {place(12, 10, 10, 0.5), place(60, 10, 10, 0.5)};
    CHECK(!nw_measure_path(&v, out, 2, 0.5, &p, &err) && err.code == NW_ERR_GEOMETRY);
    CHECK(strcmp(err.msg, "the path leaves the scan 37.5 mm from its beginning") == 0);
}

/* Req: R-081 */
static void an_outline_has_its_area(void)
{
    struct nw_err err = {0};
    struct nw_outline o;
    /* a square of 10 with a bay of 4 x 5, askew in space: 80 mm2 */
    const double c = cos(0.6), s = sin(0.6);
    static const double flat[8][2] = {{0, 0}, {10, 0}, {10, 10}, {7, 10},
                                      {7, 5}, {3, 5},  {3, 10},  {0, 10}};
    struct nw_place p[8];
    for (int i = 0; i < 8; i++)
        p[i] = place(5 + flat[i][0], c * flat[i][1], 7 + s * flat[i][1], 0.1);
    CHECK(nw_measure_outline(p, 8, NULL, 10, &o, &err));
    CHECK_NEAR(o.area_mm2.value, 80, 1e-9);
    CHECK_NEAR(o.around_mm, 50, 1e-9);
    CHECK_NEAR(o.off_plane_mm, 0, 1e-12);
    CHECK(isnan(o.surface_mm2.value));
    double variance = 0; /* half of the way between the neighbours, each */
    for (int i = 0; i < 8; i++)
        variance += pow(0.1 *
                            hypot(flat[(i + 1) % 8][0] - flat[(i + 7) % 8][0],
                                  flat[(i + 1) % 8][1] - flat[(i + 7) % 8][1]) /
                            2,
                        2);
    CHECK_NEAR(o.area_mm2.sigma, sqrt(variance), 1e-9);
    p[3].sigma_mm = (double)NAN;
    CHECK(nw_measure_outline(p, 8, NULL, 10, &o, &err) && isnan(o.area_mm2.sigma));
    const struct nw_place bow[4] = {place(0, 0, 0, 0), place(8, 8, 0, 0), place(9, 0, 0, 0),
                                    place(0, 7, 0, 0)};
    err = (struct nw_err){0};
    CHECK(!nw_measure_outline(bow, 4, NULL, 10, &o, &err) && err.code == NW_ERR_GEOMETRY);
    CHECK(strcmp(err.msg, "the outline crosses itself") == 0);
    err = (struct nw_err){0};
    CHECK(!nw_measure_outline(bow, 2, NULL, 10, &o, &err) && err.code == NW_ERR_ARGUMENT);
}

/* On a ball a circle of opening angle a has 2 pi r2 (1 - cos a); from either way round. */
static void the_surface_below_an_outline(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 96, 20, shape_no_bumps);
    enum { N = 200 };
    struct nw_place rim[N];
    struct nw_outline one, other;
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < N; i++) {
            const double t = (way ? -1 : 1) * 2 * NW_PI * i / N;
            rim[i] = place(20 * sin(0.5) * cos(t), 20 * cos(0.5), 20 * sin(0.5) * sin(t), 0.1);
        }
        CHECK(nw_measure_outline(rim, N, &m, 10, way ? &other : &one, &err));
    }
    const double cap = 2 * NW_PI * 400 * (1 - cos(0.5));
    CHECK_NEAR(one.surface_mm2.value / cap, 1, 2e-3);
    CHECK_NEAR(other.surface_mm2.value, one.surface_mm2.value, 1e-6);
    CHECK_NEAR(one.area_mm2.value / (NW_PI * pow(20 * sin(0.5), 2)), 1, 1e-3);
    for (int i = 0; i < N; i++)
        rim[i].at_mm.y += 30;
    err = (struct nw_err){0};
    CHECK(!nw_measure_outline(rim, N, &m, 10, &one, &err) && err.code == NW_ERR_GEOMETRY);
}

/* Grey values that rise along x by 50 a mm: each shape's mean is that of its middle, its
 * deviation the shape's own second moment. */
static void grey_values_within_a_shape(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_volume) v = {0};
    const struct nw_grid g = {
        {81, 81, 41}, {-20, -20, -20}, {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 1}}};
    CHECK(nw_volume_init(&v, NW_VOXEL_I16, &g, &err));
    for (size_t i = 0; i < nw_grid_count(&g); i++)
        v.i16[i] = (int16_t)(25 * (i % 81));
    struct nw_inside r;
    const double at0 = 1000; /* at x = 0 */
    const struct nw_place ball_[2] = {place(1, 2, 0, 0.2), place(1, 2, 10, 0)};
    CHECK(nw_measure_inside(&v, NW_SHAPE_BALL, ball_, &r, &err));
    CHECK_NEAR(r.mean.value, at0 + 50, 0.5);
    CHECK_NEAR(r.deviation, 50 * 10 / sqrt(5), 4);
    CHECK_NEAR(r.size, 4.0 / 3 * NW_PI * 1000, 1e-9);
    CHECK_NEAR((double)r.voxels * 0.25 / r.size, 1, 0.01);
    CHECK(r.min == at0 - 450 && r.max == at0 + 550);
    CHECK(r.mean.sigma >= r.deviation / sqrt((double)r.voxels) - 1e-9 && r.mean.sigma < 15);
    /* one slice, as voxels have it */
    const struct nw_place disc[3] = {place(0, 0, 3, (double)NAN), place(6, 0, 3, 0),
                                     place(0, -6, 3, 0)};
    CHECK(nw_measure_inside(&v, NW_SHAPE_CIRCLE, disc, &r, &err));
    CHECK_NEAR(r.mean.value, at0, 1e-9);
    CHECK(isnan(r.mean.sigma));
    CHECK(r.voxels == 441); /* lattice places within 12 steps */
    CHECK_NEAR(r.deviation, 50 * 6 / 2.0, 3);
    const struct nw_place corners[2] = {place(-2.25, -1.25, 2.5, 0), place(1.75, 2.75, 5.5, 0)};
    CHECK(nw_measure_inside(&v, NW_SHAPE_BOX, corners, &r, &err));
    CHECK(r.voxels == 8 * 8 * 3);
    CHECK_NEAR(r.size, 4 * 4 * 3, 1e-9);
    CHECK_NEAR(r.mean.value, at0 - 12.5, 1e-9);
    const struct nw_place thin[2] = {place(-2.25, -1.25, 4, 0), place(1.75, 2.75, 4, 0)};
    CHECK(nw_measure_inside(&v, NW_SHAPE_BOX, thin, &r, &err));
    CHECK(r.voxels == 8 * 8);
    const struct nw_place none[2] = {place(0.25, 0.25, 0.5, 0), place(0.25, 0.25, 0.6, 0)};
    err = (struct nw_err){0};
    CHECK(!nw_measure_inside(&v, NW_SHAPE_BALL, none, &r, &err) && err.code == NW_ERR_GEOMETRY);
    const struct nw_place far[2] = {place(50, 0, 0, 0), place(50, 0, 9, 0)};
    err = (struct nw_err){0};
    CHECK(!nw_measure_inside(&v, NW_SHAPE_BALL, far, &r, &err) && err.code == NW_ERR_GEOMETRY);
    const struct nw_place line_[3] = {place(0, 0, 3, 0), place(6, 0, 3, 0), place(-6, 0, 3, 0)};
    err = (struct nw_err){0};
    CHECK(!nw_measure_inside(&v, NW_SHAPE_CIRCLE, line_, &r, &err) &&
          err.code == NW_ERR_ARGUMENT);
}

static struct nw_mesh ball, box;

static bool attempt(struct nw_err *err)
{
    struct nw_measured_solid s;
    struct nw_apart d;
    struct nw_outline o;
    const struct nw_place corner[3] = {place(9, 0, 1, 0), place(9, 2, 0, 0),
                                       place(9, 0, -2, 0)};
    return nw_measure_outline(corner, 3, &ball, 10, &o, err) &&
           nw_measure_solid(&ball, 0.1, 5, &s, err) &&
           nw_measure_apart(&ball, &box, 0, &d, err);
}

static void no_allocation_is_missed(void)
{
    shape_sphere(&ball, 4, 10, shape_no_bumps);
    shape_add_box(&box, nw_v3(20, 0, 0), nw_v3(30, 10, 10));
    unit_starve(attempt);
    nw_mesh_release(&ball);
    nw_mesh_release(&box);
}

int main(void)
{
    UNIT(lengths_and_angles_are_the_formulas);
    UNIT(what_is_not_known_is_never_nought);
    UNIT(the_doubt_of_a_volume_is_the_sum_over_pairs);
    UNIT(walls_are_as_thick_as_they_are);
    UNIT(parts_are_as_far_apart_as_their_nearest_places);
    UNIT(grey_values_along_a_path);
    UNIT(an_outline_has_its_area);
    UNIT(the_surface_below_an_outline);
    UNIT(grey_values_within_a_shape);
    UNIT(no_allocation_is_missed);
    return unit_end();
}
