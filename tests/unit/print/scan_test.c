/* A scan of the calibration part with known faults gives these faults back. */
#include "print/scan.h"

#include <string.h>

#include "core/rand.h"
#include "unit.h"

struct fault {
    double scale[3], outward, hole, noise;
    bool without_underside;
};

static bool is_hole_wall(nw_vec3 p)
{
    for (int k = 0; k < 4; k++) {
        const double dx = p.x - nw_calibration_hole_x_mm[k], dy = p.y - 10;
        if (fabs(sqrt(dx * dx + dy * dy) - nw_calibration_hole_mm[k] / 2) < 0.05 && p.z < 4.1)
            return true;
    }
    return false;
}

/* Which way the upright faces at a vertex look, along x and y. */
static void lean(const struct nw_mesh *m, signed char (*way)[2])
{
    for (size_t t = 0; t < m->tri_count; t++) {
        const nw_vec3 a = m->pos_mm[m->tri[t][0]];
        const nw_vec3 n = nw_unit(
            nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a), nw_sub(m->pos_mm[m->tri[t][2]], a)));
        for (int c = 0; c < 3; c++) {
            if (fabs(n.x) > 0.95)
                way[m->tri[t][c]][0] = n.x > 0 ? 1 : -1;
            if (fabs(n.y) > 0.95)
                way[m->tri[t][c]][1] = n.y > 0 ? 1 : -1;
        }
    }
}

static void spoil(struct nw_mesh *m, const struct fault *f)
{
    struct nw_err err = {0};
    signed char(*way)[2] = nw_alloc(m->vert_count, sizeof *way, &err);
    CHECK(way);
    lean(m, way);
    for (size_t v = 0; v < m->vert_count; v++) {
        nw_vec3 p = m->pos_mm[v];
        if (is_hole_wall(p)) {
            int k = 0;
            for (int n = 1; n < 4; n++)
                if (fabs(p.x - nw_calibration_hole_x_mm[n]) <
                    fabs(p.x - nw_calibration_hole_x_mm[k]))
                    k = n;
            const nw_vec3 c = nw_v3(nw_calibration_hole_x_mm[k], 10, p.z), d = nw_sub(p, c);
            /* in the design's measure, as it is scaled below */
            p = nw_along(c, nw_unit(d), nw_length(d) - f->hole / 2 / f->scale[0]);
        } else {
            p.x += way[v][0] * f->outward / f->scale[0];
            p.y += way[v][1] * f->outward / f->scale[1];
        }
        m->pos_mm[v] = nw_v3(p.x * f->scale[0], p.y * f->scale[1], p.z * f->scale[2]);
    }
    nw_free(way);
}

/* Turned about a skew axis, shifted, rough. */
static void scan(struct nw_mesh *m, const struct fault *f, double angle)
{
    const nw_vec3 k = nw_unit(nw_v3(1, 2, -1.5));
    const double c = nw_cos(angle), s = nw_sin(angle);
    size_t kept = 0;
    for (size_t t = 0; t < m->tri_count; t++) {
        const bool under = m->pos_mm[m->tri[t][0]].z < 0.01 &&
                           m->pos_mm[m->tri[t][1]].z < 0.01 && m->pos_mm[m->tri[t][2]].z < 0.01;
        if (!(f->without_underside && under))
            memmove(m->tri[kept++], m->tri[t], sizeof *m->tri);
    }
    m->tri_count = kept;
    for (size_t v = 0; v < m->vert_count; v++) {
        const nw_vec3 p = m->pos_mm[v];
        const nw_vec3 turned = nw_add(nw_add(nw_scale(p, c), nw_scale(nw_cross(k, p), s)),
                                      nw_scale(k, nw_dot(k, p) * (1 - c)));
        double noise[3];
        for (int a = 0; a < 3; a++)
            noise[a] = f->noise * nw_rand_normal(7, 3 * v + (size_t)a);
        m->pos_mm[v] = nw_add(turned, nw_v3(120 + noise[0], -340 + noise[1], 77 + noise[2]));
    }
}

static void recover(const struct fault *f, double angle, double scale_tol, double length_tol)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    struct nw_part_scan facts = {0};
    struct nw_fit fit = {0};
    size_t count = 0;
    CHECK(nw_calibration_part(&m, &err));
    spoil(&m, f);
    scan(&m, f, angle);
    struct nw_reading *list = nw_part_scan_measure(&m, &count, &facts, &err);
    CHECK(list);
    if (!list)
        printf("# %s\n", err.msg);
    CHECK(list && count == 16 && nw_readings_fit(list, count, &fit, &err));
    for (int a = 0; a < 3; a++) {
        CHECK_NEAR(fit.scale[a], f->scale[a], scale_tol);
        CHECK(fit.scale_sd[a] > 0 && fit.scale_sd[a] < scale_tol);
    }
    CHECK_NEAR(fit.outward_mm, f->outward, length_tol);
    CHECK_NEAR(fit.hole_mm, f->hole, 2 * length_tol);
    CHECK(facts.holes == 4);
    printf("# scale %.5f %.5f %.5f, outward %.4f, hole %.4f, rough %.4f\n", fit.scale[0],
           fit.scale[1], fit.scale[2], fit.outward_mm, fit.hole_mm, facts.face_mm);
    nw_free(list);
    nw_mesh_release(&m);
}

static void a_scan_tells_shrinkage_faces_and_holes(void)
{
    const struct fault f = {
        .scale = {0.985, 0.99, 0.98}, .outward = 0.08, .hole = 0.22, .noise = 0.02};
    recover(&f, 2.2, 5e-4, 0.012);
}

static void also_without_its_underside(void)
{
    const struct fault f = {.scale = {1.01, 0.996, 1.004},
                            .outward = -0.05,
                            .hole = 0.1,
                            .noise = 0.03,
                            .without_underside = true};
    recover(&f, -0.9, 5e-4, 0.015);
}

static void what_is_another_part_is_refused(void)
{
    struct nw_err err = {0}, inch = {0};
    struct nw_mesh m = {0};
    struct nw_part_scan facts = {0};
    size_t count = 0;
    CHECK(nw_calibration_part(&m, &err));
    for (size_t v = 0; v < m.vert_count; v++)
        m.pos_mm[v] = nw_v3(m.pos_mm[v].x, 0.7 * m.pos_mm[v].y, 1.6 * m.pos_mm[v].z);
    CHECK(!nw_part_scan_measure(&m, &count, &facts, &err));
    CHECK(err.code == NW_ERR_DATA && strstr(err.msg, "does not look like"));
    for (size_t v = 0; v < m.vert_count; v++)
        m.pos_mm[v] = nw_scale(m.pos_mm[v], 1 / 25.4);
    CHECK(!nw_part_scan_measure(&m, &count, &facts, &inch));
    CHECK(inch.code == NW_ERR_DATA);
    nw_mesh_release(&m);
}

int main(void)
{
    UNIT(a_scan_tells_shrinkage_faces_and_holes);
    UNIT(also_without_its_underside);
    UNIT(what_is_another_part_is_refused);
    return unit_end();
}
