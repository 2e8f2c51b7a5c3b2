/* tests/unit/mesh/check_test.c -- solids are told from what only looks like one. */
#include "mesh/check.h"

#include "core/parallel.h"
#include "shapes.h"
#include "unit.h"

/* ---- a slow judge of crossings, in whole numbers ---- */

typedef struct {
    int64_t x, y, z, w; /* the place x/w, y/w, z/w */
} point;

static point sub(point a, point b)
{
    return (point){a.x * b.w - b.x * a.w, a.y * b.w - b.y * a.w, a.z * b.w - b.z * a.w,
                   a.w * b.w};
}

static point cross(point a, point b)
{
    return (point){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x, 1};
}

static int64_t dot(point a, point b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static bool is_same(point a, point b)
{
    const point d = sub(a, b);
    return d.x == 0 && d.y == 0 && d.z == 0;
}

static point normal_of(const point t[3])
{
    return cross(sub(t[1], t[0]), sub(t[2], t[0]));
}

static bool is_in(point p, const point t[3])
{
    const point n = normal_of(t);
    if (dot(n, sub(p, t[0])) != 0)
        return false;
    for (int k = 0; k < 3; k++)
        if (dot(n, cross(sub(t[(k + 1) % 3], t[k]), sub(p, t[k]))) < 0)
            return false;
    return true;
}

static bool is_on_segment(point p, point a, point b)
{
    const point c = cross(sub(b, a), sub(p, a));
    return c.x == 0 && c.y == 0 && c.z == 0 && dot(sub(p, a), sub(b, a)) >= 0 &&
           dot(sub(p, b), sub(a, b)) >= 0;
}

static point between(point p, point q, int64_t num, int64_t den) /* p + (q - p) num / den */
{
    if (den < 0) {
        num = -num;
        den = -den;
    }
    return (point){p.x * (den - num) + q.x * num, p.y * (den - num) + q.y * num,
                   p.z * (den - num) + q.z * num, den};
}

/* Puts the corners of what s and t have in common into out; some twice. */
static int common_corners(const point s[3], const point t[3], point out[32])
{
    int n = 0;
    for (int k = 0; k < 3; k++) {
        if (is_in(s[k], t))
            out[n++] = s[k];
        if (is_in(t[k], s))
            out[n++] = t[k];
    }
    for (int which = 0; which < 2; which++) {
        const point *a = which ? s : t, *b = which ? t : s;
        for (int k = 0; k < 3; k++) {
            const point p = a[k], q = a[(k + 1) % 3], m = normal_of(b);
            const int64_t sp = dot(m, sub(p, b[0])), sq = dot(m, sub(q, b[0]));
            if ((sp < 0 && sq > 0) || (sp > 0 && sq < 0)) {
                const point x = between(p, q, sp, sp - sq);
                if (is_in(x, b))
                    out[n++] = x;
            }
        }
    }
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            const point p = s[i], r = t[k];
            const point d = sub(s[(i + 1) % 3], p), e = sub(t[(k + 1) % 3], r);
            const point c = cross(d, e), pr = sub(r, p);
            const int64_t cc = dot(c, c);
            if (cc == 0 || dot(pr, c) != 0)
                continue;
            const int64_t a = dot(cross(pr, e), c), b = dot(cross(pr, d), c);
            if (a >= 0 && a <= cc && b >= 0 && b <= cc)
                out[n++] = between(p, s[(i + 1) % 3], a, cc);
        }
    return n;
}

static bool slow_cross(const struct nw_mesh *m, size_t s, size_t t)
{
    point a[3], b[3], shared[3], common[32];
    int share = 0;
    for (int k = 0; k < 3; k++) {
        const nw_vec3 p = m->pos_mm[m->tri[s][k]], q = m->pos_mm[m->tri[t][k]];
        a[k] = (point){(int64_t)p.x, (int64_t)p.y, (int64_t)p.z, 1};
        b[k] = (point){(int64_t)q.x, (int64_t)q.y, (int64_t)q.z, 1};
    }
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 3; i++)
            if (m->tri[s][k] == m->tri[t][i])
                shared[share++] = a[k];
    if (share == 3)
        return false;
    const int n = common_corners(a, b, common);
    for (int i = 0; i < n; i++)
        if (share == 0 || (share == 1 && !is_same(common[i], shared[0])) ||
            (share == 2 && !is_on_segment(common[i], shared[0], shared[1])))
            return true;
    return false;
}

static bool has_area(const struct nw_mesh *m, size_t t)
{
    point a[3];
    for (int k = 0; k < 3; k++) {
        const nw_vec3 p = m->pos_mm[m->tri[t][k]];
        a[k] = (point){(int64_t)p.x, (int64_t)p.y, (int64_t)p.z, 1};
    }
    const point n = normal_of(a);
    return n.x != 0 || n.y != 0 || n.z != 0;
}

static void finds_the_crossings_that_whole_numbers_find(void)
{
    enum { TRIS = 60 };
    size_t all = 0, differ = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct nw_err err = {0};
        NW_AUTO(nw_mesh) m = {0};
        shape_soup(&m, seed, 12 + seed % 30, TRIS, 3 + (int)(seed % 6));
        uint8_t want[TRIS] = {0}, got[TRIS];
        size_t want_pairs = 0, pairs = 0;
        for (size_t s = 0; s < TRIS; s++)
            for (size_t t = s + 1; t < TRIS; t++)
                if (has_area(&m, s) && has_area(&m, t) && slow_cross(&m, s, t)) {
                    want[s] = want[t] = 1;
                    want_pairs++;
                }
        CHECK(nw_mesh_self_intersections(&m, got, &pairs, &err));
        differ += memcmp(want, got, TRIS) != 0 || pairs != want_pairs;
        all += pairs;
    }
    CHECK(differ == 0);
    CHECK(all > 10000);
}

/* The sphere's vertices shaken and put on whole numbers: around some the surface stays even,
 * around others it folds. */
static void finds_the_crossings_of_a_shaken_ball(void)
{
    size_t all = 0, differ = 0;
    for (uint64_t seed = 0; seed < 18; seed++) {
        struct nw_err err = {0};
        NW_AUTO(nw_mesh) m = {0};
        shape_sphere(&m, 4, 24, shape_no_bumps);
        const double shake = (double)(seed % 6);
        for (size_t v = 0; v < m.vert_count; v++) {
            m.pos_mm[v].x = rint(m.pos_mm[v].x + shake * nw_rand_normal(seed, 3 * v));
            m.pos_mm[v].y = rint(m.pos_mm[v].y + shake * nw_rand_normal(seed, 3 * v + 1));
            m.pos_mm[v].z = rint(m.pos_mm[v].z + shake * nw_rand_normal(seed, 3 * v + 2));
        }
        uint8_t want[128] = {0}, got[128];
        size_t want_pairs = 0, pairs = 0;
        assert(m.tri_count == sizeof want);
        for (size_t s = 0; s < m.tri_count; s++)
            for (size_t t = s + 1; t < m.tri_count; t++)
                if (has_area(&m, s) && has_area(&m, t) && slow_cross(&m, s, t)) {
                    want[s] = want[t] = 1;
                    want_pairs++;
                }
        CHECK(nw_mesh_self_intersections(&m, got, &pairs, &err));
        differ += memcmp(want, got, sizeof got) != 0 || pairs != want_pairs;
        all += pairs;
    }
    CHECK(differ == 0);
    CHECK(all > 100);
}

/* A fan that goes around its vertex twice before it closes, each triangle turning left seen
 * from above: seen from its vertex it looks even, but it must cross itself. */
static void a_fan_that_goes_around_twice_crosses_itself(void)
{
    enum { RING = 10 };
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    CHECK(nw_mesh_init(&m, RING + 1, RING, &err));
    m.pos_mm[RING] = nw_v3(0, 0, 0);
    for (uint32_t i = 0; i < RING; i++) {
        const double angle = 2 * 2 * NW_PI * i / RING + 0.1;
        m.pos_mm[i] = nw_v3(rint(60 * cos(angle)), rint(60 * sin(angle)), (double)(i % 7));
        memcpy(m.tri[i], (uint32_t[3]){RING, i, (i + 1) % RING}, 12);
    }
    size_t want = 0, pairs = 0;
    for (size_t s = 0; s < RING; s++)
        for (size_t t = s + 1; t < RING; t++)
            want += slow_cross(&m, s, t);
    uint8_t crossing[RING];
    CHECK(nw_mesh_self_intersections(&m, crossing, &pairs, &err));
    CHECK(pairs == want && pairs > 0);
}

/* ---- whole checks ---- */

static struct nw_mesh_check checked(const struct nw_mesh *mesh)
{
    struct nw_err err = {0};
    struct nw_mesh_check c = {0};
    CHECK(nw_mesh_check(mesh, NULL, &c, &err));
    return c;
}

static size_t defects_but(const struct nw_mesh_check *c, enum nw_defect_kind kind)
{
    size_t sum = 0;
    for (int k = 0; k < NW_DEFECT_KINDS; k++)
        sum += k == (int)kind ? 0 : c->count[k];
    return sum;
}

/* Req: R-049 */
static void a_box_is_a_solid_with_its_measures(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(10, 20, 30), nw_v3(12, 23, 35));
    const struct nw_mesh_check c = checked(&m);
    CHECK(c.closed && c.manifold && c.oriented && c.solid);
    CHECK(c.parts == 1 && c.cavities == 0 && c.defect_count == 0);
    CHECK_NEAR(c.volume_mm3, 30, 1e-12);
    CHECK_NEAR(c.area_mm2, 62, 1e-12);
    CHECK_NEAR(c.min_triangle_angle_deg, 180 / NW_PI * atan(2.0 / 5), 1e-9);
    CHECK(c.box.min.x == 10 && c.box.max.z == 35);
}

static void a_sphere_is_a_solid(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_sphere(&m, 40, 10, shape_no_bumps);
    const struct nw_mesh_check c = checked(&m);
    CHECK(c.solid && c.parts == 1);
    CHECK_NEAR(c.volume_mm3, 4.0 / 3 * NW_PI * 1000, 10);
}

/* Req: R-049 */
static void a_missing_triangle_is_told_by_its_three_edges_and_where(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    m.tri_count--; /* one at x = 1 */
    const struct nw_mesh_check c = checked(&m);
    CHECK(!c.closed && c.manifold && c.oriented && !c.solid);
    CHECK(c.count[NW_DEFECT_OPEN_EDGE] == 3 && defects_but(&c, NW_DEFECT_OPEN_EDGE) == 0);
    CHECK(c.defect_count == 3);
    for (size_t i = 0; i < c.defect_count; i++)
        CHECK(c.defect[i].kind == NW_DEFECT_OPEN_EDGE && c.defect[i].place_mm.x == 1);
}

static void a_flipped_triangle_is_told_by_its_edges(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    const uint32_t v = m.tri[5][0];
    m.tri[5][0] = m.tri[5][1];
    m.tri[5][1] = v;
    const struct nw_mesh_check c = checked(&m);
    CHECK(c.closed && c.manifold && !c.oriented && !c.solid);
    CHECK(c.count[NW_DEFECT_FLIPPED_EDGE] == 3 && defects_but(&c, NW_DEFECT_FLIPPED_EDGE) == 0);
}

static void a_box_turned_inside_out_faces_inward(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    nw_mesh_flip(&m);
    const struct nw_mesh_check c = checked(&m);
    CHECK(c.closed && c.manifold && !c.oriented && !c.solid);
    CHECK(c.count[NW_DEFECT_INWARD] == 1 && defects_but(&c, NW_DEFECT_INWARD) == 0);
    CHECK_NEAR(c.volume_mm3, -1, 1e-12);
}

static void a_hollow_box_is_a_solid_with_a_cavity(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    NW_AUTO(nw_mesh) inner = {0};
    shape_add_box(&inner, nw_v3(1, 1, 1), nw_v3(2, 2, 2));
    nw_mesh_flip(&inner);
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(3, 3, 3));
    CHECK(nw_mesh_append(&m, &inner, &err));
    const struct nw_mesh_check c = checked(&m);
    CHECK(c.solid && c.parts == 2 && c.cavities == 1);
    CHECK_NEAR(c.volume_mm3, 26, 1e-12);

    nw_mesh_flip(&inner); /* outward within the material: wrong */
    NW_AUTO(nw_mesh) doubled = {0};
    shape_add_box(&doubled, nw_v3(0, 0, 0), nw_v3(3, 3, 3));
    CHECK(nw_mesh_append(&doubled, &inner, &err));
    const struct nw_mesh_check d = checked(&doubled);
    CHECK(!d.solid && d.count[NW_DEFECT_INWARD] == 1 && d.cavities == 0);

    shape_add_box(&m, nw_v3(1.25, 1.25, 1.25), nw_v3(1.75, 1.75, 1.75)); /* in the cavity */
    const struct nw_mesh_check e = checked(&m);
    CHECK(e.solid && e.parts == 3 && e.cavities == 1);
}

static void boxes_that_run_through_each_other_cross(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(3, 3, 3));
    shape_add_box(&m, nw_v3(1, 1, 2), nw_v3(2, 2, 5));
    const struct nw_mesh_check c = checked(&m);
    CHECK(c.closed && c.manifold && !c.solid);
    CHECK(c.count[NW_DEFECT_SELF_INTERSECTION] > 0);
    CHECK(c.parts == 2);
    NW_AUTO(nw_mesh) apart = {0};
    shape_add_box(&apart, nw_v3(0, 0, 0), nw_v3(3, 3, 3));
    shape_add_box(&apart, nw_v3(1, 1, nextafter(3, 4)), nw_v3(2, 2, 5));
    CHECK(checked(&apart).solid);
    NW_AUTO(nw_mesh) touching = {0};
    shape_add_box(&touching, nw_v3(0, 0, 0), nw_v3(3, 3, 3));
    shape_add_box(&touching, nw_v3(1, 1, 3), nw_v3(2, 2, 5));
    CHECK(!checked(&touching).solid);
}

static void two_boxes_on_one_edge_or_corner_are_no_manifold(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    shape_add_box(&m, nw_v3(1, 1, 1), nw_v3(2, 2, 2));
    for (size_t t = 12; t < 24; t++) /* vertex 8, its lowest corner, becomes 7 */
        for (int k = 0; k < 3; k++)
            m.tri[t][k] = m.tri[t][k] == 8 ? 7 : m.tri[t][k];
    const struct nw_mesh_check c = checked(&m);
    CHECK(c.closed && !c.manifold && c.oriented && c.parts == 2);
    CHECK(c.count[NW_DEFECT_NONMANIFOLD_VERTEX] == 1 &&
          defects_but(&c, NW_DEFECT_NONMANIFOLD_VERTEX) == 0);
    CHECK(c.defect[0].place_mm.x == 1 && c.defect[0].place_mm.z == 1);

    NW_AUTO(nw_mesh) e = {0};
    shape_add_box(&e, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    shape_add_box(&e, nw_v3(1, 1, 0), nw_v3(2, 2, 1)); /* the edge 3, 7 is 8, 12 there */
    for (size_t t = 12; t < 24; t++)
        for (int k = 0; k < 3; k++)
            e.tri[t][k] = e.tri[t][k] == 8 ? 3 : e.tri[t][k] == 12 ? 7 : e.tri[t][k];
    const struct nw_mesh_check d = checked(&e);
    CHECK(d.closed && !d.manifold && d.count[NW_DEFECT_NONMANIFOLD_EDGE] == 1);
    CHECK(d.count[NW_DEFECT_NONMANIFOLD_VERTEX] == 0 && d.parts == 1);
}

static void bad_triangles_are_named_and_do_no_harm(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    NW_AUTO(nw_mesh) bad = {0};
    CHECK(nw_mesh_init(&bad, 6, 5, &err));
    for (int v = 0; v < 6; v++)
        bad.pos_mm[v] = nw_v3(10 + v, 10, 10);
    bad.pos_mm[5].y = (double)NAN;
    static const uint32_t tri[5][3] = {
        {0, 1, 2}, {0, 0, 3}, {0, 5, 1}, {0, 1, 3}, {0, 1, 4}}; /* on a line; twice; NaN */
    memcpy(bad.tri, tri, sizeof tri);
    CHECK(nw_mesh_append(&m, &bad, &err));
    m.tri[16][2] = 4000000000u; /* the last: no such vertex */
    const struct nw_mesh_check c = checked(&m);
    CHECK(!c.solid && c.count[NW_DEFECT_DEGENERATE] == 4 && c.count[NW_DEFECT_NOT_FINITE] == 1);
    CHECK(isfinite(c.volume_mm3) && isfinite(c.area_mm2));
}

static void a_triangle_twice_is_a_duplicate(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    shape_add_box(&m, nw_v3(0, 0, 0), nw_v3(1, 1, 1));
    CHECK(nw_resize(&m.tri, 13, sizeof *m.tri, &err));
    memcpy(m.tri[12], (uint32_t[3]){m.tri[3][1], m.tri[3][2], m.tri[3][0]}, 12);
    m.tri_count = 13;
    const struct nw_mesh_check c = checked(&m);
    CHECK(c.count[NW_DEFECT_DUPLICATE] == 1 && c.count[NW_DEFECT_NONMANIFOLD_EDGE] == 3);
    CHECK(c.count[NW_DEFECT_SELF_INTERSECTION] == 0 && !c.manifold);

    NW_AUTO(nw_mesh) sheet = {0}; /* two sides of nothing: closed, but no solid */
    CHECK(nw_mesh_init(&sheet, 3, 2, &err));
    for (int v = 0; v < 3; v++)
        sheet.pos_mm[v] = nw_v3(v == 1, v == 2, 0);
    memcpy(sheet.tri[0], (uint32_t[3]){0, 1, 2}, 12);
    memcpy(sheet.tri[1], (uint32_t[3]){0, 2, 1}, 12);
    const struct nw_mesh_check d = checked(&sheet);
    CHECK(d.closed && !d.manifold && !d.solid && d.count[NW_DEFECT_DUPLICATE] == 1);
}

static void nothing_is_not_a_solid(void)
{
    const struct nw_mesh none = {0};
    const struct nw_mesh_check c = checked(&none);
    CHECK(!c.solid && !c.closed && c.parts == 0 && c.volume_mm3 == 0);
}

static void a_fold_onto_the_neighbour_is_a_crossing(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    CHECK(nw_mesh_init(&m, 4, 2, &err));
    m.pos_mm[0] = nw_v3(0, 0, 0);
    m.pos_mm[1] = nw_v3(1, 0, 0);
    m.pos_mm[2] = nw_v3(0, 1, 0);
    m.pos_mm[3] = nw_v3(1, 0.5, 0);
    memcpy(m.tri[0], (uint32_t[3]){0, 1, 2}, 12);
    memcpy(m.tri[1], (uint32_t[3]){1, 0, 3}, 12);
    CHECK(checked(&m).count[NW_DEFECT_SELF_INTERSECTION] == 1);
    m.pos_mm[3].z = 0x1p-60;
    CHECK(checked(&m).count[NW_DEFECT_SELF_INTERSECTION] == 0);
    m.pos_mm[3] = nw_v3(1, -0.5, 0);
    CHECK(checked(&m).count[NW_DEFECT_SELF_INTERSECTION] == 0);
}

static void parts_are_numbered_by_their_first_triangle(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    for (int i = 0; i < 5; i++)
        shape_add_box(&m, nw_v3(2 * i, 0, 0), nw_v3(2 * i + 1, 1, 1));
    for (size_t t = 0; t < 30; t++) { /* turn the order of triangles around */
        uint32_t keep[3];
        memcpy(keep, m.tri[t], 12);
        memcpy(m.tri[t], m.tri[59 - t], 12);
        memcpy(m.tri[59 - t], keep, 12);
    }
    uint32_t part[60];
    size_t count;
    CHECK(nw_mesh_components(&m, part, &count, &err) && count == 5);
    for (size_t t = 0; t < 60; t++)
        CHECK(part[t] == t / 12);
    m.tri[7][1] = 1000;
    CHECK(!nw_mesh_components(&m, part, &count, &err) && err.code == NW_ERR_DATA);
}

/* ---- laws of the house ---- */

static void the_thread_count_does_not_show(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) soup = {0};
    NW_AUTO(nw_mesh) ball = {0};
    shape_soup(&soup, 5, 300, 600, 40);
    shape_sphere(&ball, 48, 20, shape_no_bumps);
    CHECK(nw_mesh_append(&soup, &ball, &err));
    static struct nw_mesh_check first, again;
    static uint32_t part[2][20000];
    assert(soup.tri_count < 20000);
    size_t count;
    for (int threads = 1; threads <= 8; threads++) {
        nw_set_threads(threads);
        memset(&again, 0, sizeof again);
        CHECK(nw_mesh_check(&soup, NULL, &again, &err));
        CHECK(nw_mesh_components(&soup, part[threads > 1], &count, &err));
        if (threads == 1)
            first = again;
        CHECK(memcmp(&first, &again, sizeof first) == 0);
        CHECK(threads == 1 || memcmp(part[0], part[1], sizeof part[0]) == 0);
    }
    nw_set_threads(0);
}

static void survives_any_allocation_failing(void)
{
    NW_AUTO(nw_mesh) m = {0};
    shape_soup(&m, 9, 40, 100, 10);
    const size_t held = nw_mem_held();
    static struct nw_mesh_check c, untouched;
    uint8_t crossing[100];
    uint32_t part[100];
    size_t n, fails = 0;
    for (int which = 0; which < 3; which++)
        for (size_t nth = 0; nth < 100; nth++) {
            struct nw_err err = {0};
            memset(&c, 7, sizeof c);
            memset(&untouched, 7, sizeof untouched);
            nw_mem_fail_at(nth);
            const bool ok = which == 0   ? nw_mesh_check(&m, NULL, &c, &err)
                            : which == 1 ? nw_mesh_self_intersections(&m, crossing, &n, &err)
                                         : nw_mesh_components(&m, part, &n, &err);
            nw_mem_fail_at(SIZE_MAX);
            CHECK(nw_mem_held() == held);
            if (ok)
                break;
            fails++;
            CHECK(err.code == NW_ERR_MEMORY);
            CHECK(memcmp(&c, &untouched, sizeof c) == 0);
        }
    CHECK(fails > 15);
}

int main(void)
{
    UNIT(finds_the_crossings_that_whole_numbers_find);
    UNIT(finds_the_crossings_of_a_shaken_ball);
    UNIT(a_fan_that_goes_around_twice_crosses_itself);
    UNIT(a_box_is_a_solid_with_its_measures);
    UNIT(a_sphere_is_a_solid);
    UNIT(a_missing_triangle_is_told_by_its_three_edges_and_where);
    UNIT(a_flipped_triangle_is_told_by_its_edges);
    UNIT(a_box_turned_inside_out_faces_inward);
    UNIT(a_hollow_box_is_a_solid_with_a_cavity);
    UNIT(boxes_that_run_through_each_other_cross);
    UNIT(two_boxes_on_one_edge_or_corner_are_no_manifold);
    UNIT(bad_triangles_are_named_and_do_no_harm);
    UNIT(a_triangle_twice_is_a_duplicate);
    UNIT(nothing_is_not_a_solid);
    UNIT(a_fold_onto_the_neighbour_is_a_crossing);
    UNIT(parts_are_numbered_by_their_first_triangle);
    UNIT(the_thread_count_does_not_show);
    UNIT(survives_any_allocation_failing);
    return unit_end();
}
