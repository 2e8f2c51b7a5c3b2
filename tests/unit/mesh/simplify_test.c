/* tests/unit/mesh/simplify_test.c -- fewer triangles, within the bound, still a solid. */
#include "mesh/simplify.h"

#include "core/parallel.h"
#include "mesh/check.h"
#include "mesh/distance.h"
#include "shapes.h"
#include "unit.h"

static double bumps(nw_vec3 d)
{
    return 0.4 * sin(9 * d.x) * sin(8 * d.y + 1) + 0.3 * sin(11 * d.z);
}

static double rough(nw_vec3 d)
{
    return bumps(d) + 0.02 * sin(300 * d.x) * sin(270 * d.y) * sin(310 * d.z);
}

static bool is_solid(const struct nw_mesh *m)
{
    struct nw_err err = {0};
    static struct nw_mesh_check c;
    return nw_mesh_check(m, NULL, &c, &err) && c.solid;
}

static int euler(const struct nw_mesh *m)
{
    return (int)m->vert_count - (int)m->tri_count / 2;
}

/* Req: R-048 */
static void keeps_a_solid_within_the_bound_and_says_so(void)
{
    static const double bound[] = {0.03, 0.05, 0.2};
    size_t before = SIZE_MAX;
    for (int i = 0; i < 3; i++) {
        struct nw_err err = {0};
        NW_AUTO(nw_mesh) m = {0};
        NW_AUTO(nw_mesh) was = {0};
        shape_sphere(&m, 40, 10, rough);
        m.tol_mm = 0.25;
        CHECK(nw_mesh_copy(&was, &m, &err));
        struct nw_moved moved;
        const struct nw_simplify_opts opts = {.bound_mm = bound[i]};
        CHECK(nw_mesh_simplify_inplace(&m, &opts, &moved, &err));
        CHECK(is_solid(&m) && euler(&m) == 2);
        CHECK(m.tol_mm == 0.25 + bound[i]);
        CHECK(moved.triangles_before == was.tri_count && moved.triangles_after == m.tri_count);
        CHECK(m.tri_count < before && m.tri_count < was.tri_count * 9 / 10);
        before = m.tri_count;
        struct nw_mesh_compare c;
        CHECK(nw_mesh_compare(&was, &m, 0.15, &c, &err));
        CHECK(c.both.max_mm <= bound[i]);
        CHECK(moved.max_mm <= bound[i] && moved.max_mm > 0 && moved.p95_mm <= moved.max_mm);
        CHECK_NEAR(moved.mean_mm, c.both.mean_mm, 0.3 * c.both.mean_mm);
        CHECK_NEAR(moved.volume_percent,
                   100 * (c.volume_b_mm3 - c.volume_a_mm3) / c.volume_a_mm3, 1e-9);
    }
}

static void a_flat_box_comes_down_to_few_triangles(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 16, 10, shape_no_bumps);
    for (size_t v = 0; v < m.vert_count; v++) { /* pushed out onto a cube */
        const nw_vec3 p = m.pos_mm[v];
        const double most = fmax(fabs(p.x), fmax(fabs(p.y), fabs(p.z)));
        m.pos_mm[v] = nw_scale(p, 10 / most);
    }
    struct nw_moved moved;
    const struct nw_simplify_opts opts = {.bound_mm = 0.5};
    CHECK(nw_mesh_simplify_inplace(&m, &opts, &moved, &err));
    CHECK(is_solid(&m) && euler(&m) == 2);
    CHECK(m.tri_count < 400);
    CHECK(moved.max_mm <= 0.5);
}

static void stops_at_the_share_asked_for(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 50, 10, bumps);
    struct nw_moved moved;
    const size_t was = m.tri_count;
    const struct nw_simplify_opts opts = {.bound_mm = 0.5, .target_ratio = 0.5};
    CHECK(nw_mesh_simplify_inplace(&m, &opts, &moved, &err));
    CHECK(m.tri_count <= was / 2 + 8 && m.tri_count >= was * 48 / 100);
    CHECK(is_solid(&m));
}

/* Two plates 0.06 mm apart, rough: with a bound of 0.05 each they could be pushed together. */
static void close_walls_do_not_run_into_each_other(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    NW_AUTO(nw_mesh) inner = {0};
    shape_sphere(&m, 30, 10, rough);
    shape_sphere(&inner, 30, 9.95, rough);
    nw_mesh_flip(&inner);
    CHECK(nw_mesh_append(&m, &inner, &err));
    CHECK(is_solid(&m));
    struct nw_moved moved;
    const size_t was = m.tri_count;
    const struct nw_simplify_opts opts = {.bound_mm = 0.05};
    CHECK(nw_mesh_simplify_inplace(&m, &opts, &moved, &err));
    CHECK(is_solid(&m) && m.tri_count < was / 2);
    CHECK(euler(&m) == 4);
}

static void what_is_no_manifold_is_left_as_it_is(void)
{
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct nw_err err = {0};
        NW_AUTO(nw_mesh) m = {0};
        static struct nw_mesh_check before, after;
        shape_soup(&m, seed, 30, 150, 6);
        CHECK(nw_mesh_check(&m, NULL, &before, &err));
        struct nw_moved moved;
        const struct nw_simplify_opts opts = {.bound_mm = 0.3};
        CHECK(nw_mesh_simplify_inplace(&m, &opts, &moved, &err));
        CHECK(nw_mesh_check(&m, NULL, &after, &err));
        for (int k = 0; k < NW_DEFECT_KINDS; k++)
            CHECK(after.count[k] <= before.count[k] || k == NW_DEFECT_INWARD);
    }
}

static void an_open_sheet_keeps_its_border(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 20, 10, shape_no_bumps);
    m.tri_count /= 2; /* the northern half */
    CHECK(nw_mesh_compact(&m, &err));
    static struct nw_mesh_check before, after;
    CHECK(nw_mesh_check(&m, NULL, &before, &err));
    struct nw_moved moved;
    const struct nw_simplify_opts opts = {.bound_mm = 0.2};
    CHECK(nw_mesh_simplify_inplace(&m, &opts, &moved, &err));
    CHECK(nw_mesh_check(&m, NULL, &after, &err));
    CHECK(after.count[NW_DEFECT_OPEN_EDGE] == before.count[NW_DEFECT_OPEN_EDGE]);
    CHECK(after.manifold && after.count[NW_DEFECT_SELF_INTERSECTION] == 0);
    CHECK(moved.triangles_after < moved.triangles_before / 2);
}

static bool give_attributes(struct nw_mesh *m, struct nw_err *err)
{
    m->uncertainty_mm = NW_ALLOC(float, m->vert_count, err);
    m->vert_class = NW_ALLOC(uint8_t, m->vert_count, err);
    m->vert_rgba = nw_alloc(m->vert_count, sizeof *m->vert_rgba, err);
    for (size_t v = 0; m->vert_rgba && v < m->vert_count; v++) {
        m->uncertainty_mm[v] = (float)(0.1 + 0.01 * m->pos_mm[v].z);
        m->vert_class[v] = m->pos_mm[v].z > 5 ? NW_CLASS_METAL : NW_CLASS_RESOLVED;
        m->vert_rgba[v][1] = 200;
    }
    return m->vert_rgba != NULL;
}

static void attributes_travel_along(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 30, 10, bumps);
    CHECK(give_attributes(&m, &err));
    struct nw_moved moved;
    const struct nw_simplify_opts opts = {.bound_mm = 0.1};
    CHECK(nw_mesh_simplify_inplace(&m, &opts, &moved, &err));
    CHECK(m.uncertainty_mm && m.vert_class && m.vert_rgba);
    int wrong = 0;
    for (size_t v = 0; v < m.vert_count; v++) {
        const double z = m.pos_mm[v].z;
        wrong += fabs((double)m.uncertainty_mm[v] - (0.1 + 0.01 * z)) > 0.008;
        wrong += z > 5.2 && m.vert_class[v] != NW_CLASS_METAL; /* the worse of what merged */
        wrong += z < 2 && m.vert_class[v] != NW_CLASS_RESOLVED;
        wrong += m.vert_rgba[v][1] != 200 || m.vert_rgba[v][0] != 0;
    }
    CHECK(wrong == 0);
}

static void refuses_what_makes_no_sense_and_leaves_the_mesh(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    struct nw_moved moved;
    const struct nw_simplify_opts zero = {.bound_mm = 0},
                                  share = {.bound_mm = 1, .target_ratio = 2},
                                  good = {.bound_mm = 1};
    CHECK(!nw_mesh_simplify_inplace(&m, &zero, &moved, &err) && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    CHECK(!nw_mesh_simplify_inplace(&m, &share, &moved, &err) && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    m.tri[4][2] = 8;
    CHECK(!nw_mesh_simplify_inplace(&m, &good, &moved, &err) && err.code == NW_ERR_DATA);
    err = (struct nw_err){0};
    m.tri[4][2] = 4;
    m.pos_mm[1].x = (double)NAN;
    CHECK(!nw_mesh_simplify_inplace(&m, &good, &moved, &err) && err.code == NW_ERR_DATA);
    struct nw_mesh none = {0};
    err = (struct nw_err){0};
    CHECK(nw_mesh_simplify_inplace(&none, &good, &moved, &err) && moved.triangles_after == 0);
}

static bool is_same(const struct nw_mesh *a, const struct nw_mesh *b)
{
    return a->vert_count == b->vert_count && a->tri_count == b->tri_count &&
           memcmp(a->pos_mm, b->pos_mm, a->vert_count * sizeof *a->pos_mm) == 0 &&
           memcmp(a->tri, b->tri, a->tri_count * sizeof *a->tri) == 0;
}

static void the_thread_count_does_not_show(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) first = {0};
    struct nw_moved moved = {0}, again = {0};
    const struct nw_simplify_opts opts = {.bound_mm = 0.05};
    const struct nw_smooth_opts smooth = {.bound_mm = 0.02, .iterations = 3};
    for (int threads = 1; threads <= 8; threads++) {
        NW_AUTO(nw_mesh) m = {0};
        shape_sphere(&m, 34, 10, rough);
        nw_set_threads(threads);
        CHECK(nw_mesh_smooth_inplace(&m, &smooth, &again, &err));
        CHECK(nw_mesh_simplify_inplace(&m, &opts, &again, &err));
        if (threads == 1) {
            first = m;
            m = (struct nw_mesh){0};
            moved = again;
        } else {
            CHECK(is_same(&first, &m) && memcmp(&moved, &again, sizeof moved) == 0);
        }
    }
    nw_set_threads(0);
}

static void survives_any_allocation_failing(void)
{
    const struct nw_simplify_opts opts = {.bound_mm = 0.1};
    const struct nw_smooth_opts smooth = {.bound_mm = 0.02};
    size_t fails = 0;
    nw_set_threads(1);
    for (int which = 0; which < 2; which++)
        for (size_t nth = 0; nth < 2000; nth += nth < 40 ? 1 : 7) {
            struct nw_err err = {0};
            struct nw_moved moved;
            NW_AUTO(nw_mesh) m = {0};
            NW_AUTO(nw_mesh) was = {0};
            shape_sphere(&m, 5, 10, rough);
            CHECK(give_attributes(&m, &err) && nw_mesh_copy(&was, &m, &err));
            const size_t held = nw_mem_held();
            nw_mem_fail_at(nth);
            const bool ok = which ? nw_mesh_smooth_inplace(&m, &smooth, &moved, &err)
                                  : nw_mesh_simplify_inplace(&m, &opts, &moved, &err);
            nw_mem_fail_at(SIZE_MAX);
            if (ok)
                break;
            fails++;
            CHECK(err.code == NW_ERR_MEMORY && nw_mem_held() == held && is_same(&m, &was));
        }
    nw_set_threads(0);
    CHECK(fails > 50);
}

/* ---- smoothing ---- */

/* Req: R-048 */
static void smoothing_takes_noise_and_keeps_size_and_bound(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    NW_AUTO(nw_mesh) was = {0};
    shape_sphere(&m, 40, 10, shape_no_bumps);
    for (size_t v = 0; v < m.vert_count; v++)
        m.pos_mm[v] = nw_scale(m.pos_mm[v], 1 + 0.003 * nw_rand_normal(3, v));
    CHECK(nw_mesh_copy(&was, &m, &err));
    struct nw_moved moved;
    const struct nw_smooth_opts opts = {.bound_mm = 0.05};
    CHECK(nw_mesh_smooth_inplace(&m, &opts, &moved, &err));
    double before = 0, after = 0, most = 0;
    for (size_t v = 0; v < m.vert_count; v++) {
        before += pow(nw_length(was.pos_mm[v]) - 10, 2);
        after += pow(nw_length(m.pos_mm[v]) - 10, 2);
        most = fmax(most, nw_length(nw_sub(m.pos_mm[v], was.pos_mm[v])));
    }
    CHECK(after < before / 3);
    CHECK(most <= 0.05 * (1 + 1e-12));
    CHECK(moved.max_mm <= 0.05 * (1 + 1e-12) && moved.mean_mm > 0.005);
    CHECK(fabs(moved.volume_percent) < 0.15);
    CHECK(m.tol_mm == 0.05 && is_solid(&m));
    CHECK(moved.p95_mm > moved.mean_mm && moved.p95_mm <= moved.max_mm);
    const struct nw_smooth_opts bad = {.bound_mm = -1};
    CHECK(!nw_mesh_smooth_inplace(&m, &bad, &moved, &err) && err.code == NW_ERR_ARGUMENT);
}

int main(void)
{
    UNIT(keeps_a_solid_within_the_bound_and_says_so);
    UNIT(a_flat_box_comes_down_to_few_triangles);
    UNIT(stops_at_the_share_asked_for);
    UNIT(close_walls_do_not_run_into_each_other);
    UNIT(what_is_no_manifold_is_left_as_it_is);
    UNIT(an_open_sheet_keeps_its_border);
    UNIT(attributes_travel_along);
    UNIT(refuses_what_makes_no_sense_and_leaves_the_mesh);
    UNIT(the_thread_count_does_not_show);
    UNIT(survives_any_allocation_failing);
    UNIT(smoothing_takes_noise_and_keeps_size_and_bound);
    return unit_end();
}
