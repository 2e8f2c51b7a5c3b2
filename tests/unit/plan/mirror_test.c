/* tests/unit/plan/mirror_test.c -- the plane of symmetry of a skull-like shape with a hole. */
#include "plan/fuse.h"

#include "field/surface.h"
#include "mesh/shapes.h"
#include "unit.h"

/* Symmetric about x = 0: a vault, orbits, a nose, cheeks and a jaw. */
static nw_node half(struct nw_field *f, nw_node head, double side, struct nw_err *err)
{
    const nw_node orbit = nw_field_sphere(f, nw_v3(side * 32, -80, -30), 18, err);
    const nw_node cheek =
        nw_field_ellipsoid(f, nw_v3(side * 55, -55, -52), nw_v3(14, 24, 9), err);
    const nw_node mastoid =
        nw_field_capsule(f, nw_v3(side * 52, 20, -45), nw_v3(side * 48, 14, -75), 9, err);
    const nw_node jaw =
        nw_field_capsule(f, nw_v3(side * 48, -10, -70), nw_v3(side * 12, -88, -105), 8, err);
    head = nw_field_difference(f, head, orbit, err);
    head = nw_field_blend(f, head, cheek, 4, err);
    head = nw_field_blend(f, head, mastoid, 4, err);
    return nw_field_union(f, head, jaw, err);
}

struct skull {
    nw_vec3 hole_mm;
    double hole_radius_mm, rough_mm;
    nw_affine pose;
};

/* Rough: a smooth unevenness that is not the same on both sides, like that of real heads. */
static double rough_at(nw_vec3 p)
{
    return sin(p.x / 4 + 1) * sin(p.y / 5 + 2) * sin(p.z / 4.5) +
           sin(p.x / 6 + p.y / 4) * sin(p.z / 7 + 1);
}

static void make(struct nw_mesh *out, const struct skull *s)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node outer = nw_field_ellipsoid(f, nw_v3(0, 0, 0), nw_v3(70, 88, 68), &err);
    nw_node head = nw_field_shell(f, outer, 7, &err);
    const nw_node nose = nw_field_cone(f, nw_v3(0, -88, -10), nw_v3(0, -98, -48), 4, 13, &err);
    head = nw_field_blend(f, head, nose, 6, &err);
    head = half(f, head, 1, &err);
    head = half(f, head, -1, &err);
    if (s->hole_radius_mm > 0)
        head = nw_field_difference(
            f, head, nw_field_sphere(f, s->hole_mm, s->hole_radius_mm, &err), &err);
    CHECK(nw_surface_of_field(f, head, (nw_box){{-90, -120, -130}, {90, 110, 90}}, 2.5, out,
                              &err));
    nw_field_free(f);
    for (size_t v = 0; v < out->vert_count; v++) {
        const nw_vec3 p = out->pos_mm[v];
        out->pos_mm[v] = nw_apply(s->pose, nw_along(p, nw_unit(p), s->rough_mm * rough_at(p)));
    }
}

static nw_affine tilted(double angle, nw_vec3 shift)
{
    const double c = cos(angle), s = sin(angle);
    const nw_affine a = {{{{c, -s, 0}, {s * c, c * c, -s}, {s * s, c * s, c}}}, shift};
    return a;
}

static void judge(const char *name, const struct skull *s, double tilt_limit_deg,
                  double shift_limit_mm)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    make(&m, s);
    struct nw_mirror found = {0};
    const struct nw_mirror_opts opts = {.correlation_mm = 5};
    CHECK(nw_mirror_plane(&m, &opts, &found, &err));
    if (err.code)
        printf("# %s\n", err.msg);
    const nw_vec3 n = nw_mul(s->pose.linear, nw_v3(1, 0, 0));
    const nw_vec3 middle = nw_apply(s->pose, nw_v3(0, -10, -15));
    const double tilt = asin(fmin(1, nw_length(nw_cross(n, found.normal)))) * 180 / NW_PI;
    const double shift = fabs(nw_dot(nw_sub(middle, found.point_mm), found.normal));
    printf("# figure mirror_%s tilt %.3f deg (sigma %.3f), shift %.3f mm (sigma %.3f), kept "
           "%.2f, rms %.3f mm\n",
           name, tilt, found.tilt_sigma_rad * 180 / NW_PI, shift, found.shift_sigma_mm,
           found.kept, found.rms_mm);
    CHECK(tilt <= tilt_limit_deg);
    CHECK(shift <= shift_limit_mm);
    CHECK(found.tilt_sigma_rad > 0 && found.shift_sigma_mm > 0);
    CHECK(tilt < 4 * found.tilt_sigma_rad * 180 / NW_PI + 0.05);
    CHECK(shift < 4 * found.shift_sigma_mm + 0.05);
}

static void a_whole_skull_is_cut_in_half(void)
{
    const struct skull s = {.pose = tilted(0.2, nw_v3(12, -30, 410))};
    judge("whole", &s, 0.1, 0.1);
}

static void a_void_of_30_mm_does_not_turn_the_plane(void)
{
    const nw_vec3 at[4] = {{60, -20, 20}, {45, -70, 10}, {50, -62, -45}, {40, 60, 20}};
    const char *const name[4] = {"parietal", "frontal", "cheek", "occipital"};
    for (int i = 0; i < 4; i++) {
        const struct skull s = {at[i], 15, 0.6, tilted(0.1 + 0.1 * i, nw_v3(-5, 20 * i, 100))};
        judge(name[i], &s, 1.5, 2);
    }
}

static void mirrored_twice_is_itself(void)
{
    const nw_affine r = nw_reflection(nw_v3(3, -2, 7), nw_v3(1, 2, -0.4));
    const nw_vec3 p = {17, 4, -9};
    CHECK(nw_length(nw_sub(nw_apply(r, nw_apply(r, p)), p)) < 1e-12);
    CHECK_NEAR(nw_det(r.linear), -1, 1e-12);
    CHECK(nw_length(nw_sub(nw_apply(r, nw_v3(3, -2, 7)), nw_v3(3, -2, 7))) < 1e-12);
}

static void a_ball_has_no_single_plane(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 40, 50, shape_no_bumps);
    struct nw_mirror found;
    CHECK(!nw_mirror_plane(&m, &(struct nw_mirror_opts){0}, &found, &err));
    CHECK(err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    const struct nw_mesh none = {0};
    CHECK(!nw_mirror_plane(&none, &(struct nw_mirror_opts){0}, &found, &err));
    CHECK(err.code == NW_ERR_GEOMETRY);
}

int main(void)
{
    UNIT(a_whole_skull_is_cut_in_half);
    UNIT(a_void_of_30_mm_does_not_turn_the_plane);
    UNIT(mirrored_twice_is_itself);
    UNIT(a_ball_has_no_single_plane);
    return unit_end();
}
