#include "field/lattice.h"

#include "laws.h"
#include "starve.h"

static const char *const name[] = {"gyroid", "diamond", "primitive"};

static double plain(enum nw_tpms kind, nw_vec3 p)
{
    const double x = p.x, y = p.y, z = p.z;
    if (kind == NW_TPMS_GYROID)
        return sin(x) * cos(y) + sin(y) * cos(z) + sin(z) * cos(x);
    if (kind == NW_TPMS_DIAMOND)
        return sin(x) * sin(y) * sin(z) + sin(x) * cos(y) * cos(z) + cos(x) * sin(y) * cos(z) +
               cos(x) * cos(y) * sin(z);
    return cos(x) + cos(y) + cos(z);
}

static nw_vec3 plain_gradient(enum nw_tpms kind, nw_vec3 p)
{
    const double h = 1e-5;
    return nw_scale(
        nw_v3(plain(kind, nw_v3(p.x + h, p.y, p.z)) - plain(kind, nw_v3(p.x - h, p.y, p.z)),
              plain(kind, nw_v3(p.x, p.y + h, p.z)) - plain(kind, nw_v3(p.x, p.y - h, p.z)),
              plain(kind, nw_v3(p.x, p.y, p.z + h)) - plain(kind, nw_v3(p.x, p.y, p.z - h))),
        0.5 / h);
}

static void the_sign_is_that_of_the_formula(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    for (int kind = 0; kind < NW_TPMS_KINDS; kind++) {
        const struct nw_tpms_opts o = {.kind = (enum nw_tpms)kind,
                                       .cell_mm = 1.2,
                                       .origin_mm = {0.1, -0.2, 0.3},
                                       .level = -0.4};
        const nw_node n = nw_field_tpms(f, &o, -1, NULL, &err);
        CHECK(n >= 0);
        for (uint64_t k = 0; k < 2000; k++) {
            const nw_vec3 p = law_place(k, 20);
            const nw_vec3 phase = nw_scale(nw_sub(p, o.origin_mm), 2 * NW_PI / o.cell_mm);
            const double v = nw_field_value(f, n, p), g = plain(o.kind, phase) + 0.4;
            const double slope =
                fmax(nw_length(plain_gradient(o.kind, phase)), 0.35) * 2 * NW_PI / 1.2;
            CHECK_NEAR(v, g / slope, 1e-6);
        }
    }
    nw_field_free(f);
}

/* From the middle of the wall straight out by half the wall one is at its face. */
static void a_wall_is_as_thick_as_it_says(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    for (int kind = 0; kind < NW_TPMS_KINDS; kind++) {
        const struct nw_tpms_opts o = {
            .kind = (enum nw_tpms)kind, .sheet = true, .cell_mm = 2 * NW_PI, .wall_mm = 0.6};
        const nw_node n = nw_field_tpms(f, &o, -1, NULL, &err);
        double worst = 0, sum = 0;
        int count = 0;
        for (uint64_t k = 0; k < 500; k++) {
            nw_vec3 p = law_place(k, 10);
            for (int step = 0; step < 20; step++) { /* Newton, onto the middle */
                const nw_vec3 g = plain_gradient(o.kind, p);
                p = nw_along(p, g, -plain(o.kind, p) / fmax(nw_length2(g), 0.1));
            }
            if (fabs(plain(o.kind, p)) > 1e-9)
                continue;
            const nw_vec3 out = nw_unit(plain_gradient(o.kind, p));
            CHECK_NEAR(nw_field_value(f, n, p), -0.3, 1e-6);
            for (double side = -1; side < 2; side += 2) {
                const double v = nw_field_value(f, n, nw_along(p, out, side * 0.3));
                worst = fmax(worst, fabs(v));
                sum += fabs(v);
                count++;
            }
        }
        printf("# %s: wall of 0.6 of 6.28 off by %.4f on average, %.4f at most a side\n",
               name[kind], sum / count, worst);
        CHECK(count > 500);
        CHECK(sum / count < 0.003);
        CHECK(worst < 0.02);
    }
    nw_field_free(f);
}

static void laws_hold_for_each(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node by = nw_field_sphere(f, nw_v3(0, 0, 0), 2, &err);
    const struct nw_ramp level = {-1, 4, -0.6, 0.5}, wall = {-2, 5, 0.3, 0.9},
                         radius = {-1, 4, 0.2, 0.5};
    for (int kind = 0; kind < NW_TPMS_KINDS; kind++)
        for (int sheet = 0; sheet < 2; sheet++)
            for (int graded = 0; graded < 2; graded++) {
                const struct nw_tpms_opts o = {.kind = (enum nw_tpms)kind,
                                               .sheet = sheet,
                                               .cell_mm = 3,
                                               .level = 0.2,
                                               .wall_mm = 0.4};
                const nw_node n =
                    nw_field_tpms(f, &o, graded ? by : -1, sheet ? &wall : &level, &err);
                const struct law_opts laws = {
                    .reach = 6, .step = 1e-6, .slack = 0.01, .steep = 4, .kinks = 5};
                law_check(f, n, &laws);
            }
    for (int cell = 0; cell < NW_STRUT_CELLS; cell++)
        for (int graded = 0; graded < 2; graded++) {
            const struct nw_struts_opts o = {
                .cell = (enum nw_strut_cell)cell, .cell_mm = 3, .radius_mm = 0.3};
            const nw_node n = nw_field_struts(f, &o, graded ? by : -1, &radius, &err);
            const struct law_opts laws = {
                .reach = 6, .step = 1e-6, .slack = 0.01, .steep = 1, .kinks = 5};
            law_check(f, n, &laws);
        }
    CHECK(err.code == NW_OK);
    nw_field_free(f);
}

/* Random places, counted: another way than the cell's even samples. */
static double measured_porosity(const struct nw_tpms_opts *o)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = nw_field_tpms(f, o, -1, NULL, &err);
    int empty = 0;
    enum { COUNT = 100000 };
    for (uint64_t k = 0; k < COUNT; k++)
        empty += nw_field_value(f, n, law_place(k, 10 * o->cell_mm)) >= 0;
    nw_field_free(f);
    return (double)empty / COUNT;
}

static void porosity_is_met_and_the_table_known(void)
{
    struct nw_err err = {0};
    for (int kind = 0; kind < NW_TPMS_KINDS; kind++)
        for (int sheet = 0; sheet < 2; sheet++) {
            struct nw_tpms_opts o = {
                .kind = (enum nw_tpms)kind, .sheet = sheet, .cell_mm = 1.5};
            const double order = sheet ? 0.75 : 0.65;
            CHECK(nw_tpms_calibrate(&o, order, &err));
            CHECK_NEAR(measured_porosity(&o), order, 0.006);
            printf("# %s %s at %.0f %%: %s %.4f\n", name[kind], sheet ? "sheet" : "skeletal",
                   100 * order, sheet ? "wall" : "level", sheet ? o.wall_mm : o.level);
        }
    /* levels and porosities measured by voxels of 48^3 cells elsewhere */
    const struct {
        enum nw_tpms kind;
        double level, porosity;
    } known[] = {{NW_TPMS_GYROID, -0.9, 0.795},
                 {NW_TPMS_GYROID, -0.6, 0.695},
                 {NW_TPMS_GYROID, -0.3, 0.596},
                 {NW_TPMS_DIAMOND, -0.7, 0.791},
                 {NW_TPMS_DIAMOND, -0.45, 0.688}};
    for (int k = 0; k < 5; k++) {
        const struct nw_tpms_opts o = {
            .kind = known[k].kind, .cell_mm = 1, .level = known[k].level};
        CHECK_NEAR(measured_porosity(&o), known[k].porosity, 0.01);
    }
    struct nw_tpms_opts o = {.kind = NW_TPMS_GYROID, .cell_mm = 1};
    CHECK(!nw_tpms_calibrate(&o, 0.99, &err) && err.code == NW_ERR_GEOMETRY);
    printf("# %s\n", err.msg);
}

static double to_line(nw_vec3 p, nw_vec3 a, nw_vec3 b)
{
    const nw_vec3 e = nw_sub(b, a), d = nw_sub(p, a);
    const double t = fmin(fmax(nw_dot(d, e) / nw_length2(e), 0), 1);
    return nw_length(nw_along(d, e, -t));
}

/* All struts of 4^3 cells, one by one, by joining all nodes at the right distance. */
static double plain_struts(enum nw_strut_cell cell, nw_vec3 p)
{
    enum { SIDE = 9, NODES = SIDE * SIDE * SIDE }; /* half cells, -2 .. 2 cells */
    static nw_vec3 node[NODES];
    int count = 0;
    const double length2 = cell == NW_STRUTS_CUBIC ? 4 : cell == NW_STRUTS_BCC ? 3 : 2;
    for (int n = 0; n < NODES; n++) {
        const int i = n % SIDE, j = n / SIDE % SIDE, k = n / SIDE / SIDE,
                  odd = i % 2 + j % 2 + k % 2;
        const bool corner = odd == 0, middle = odd == 3, face = odd == 2;
        if (corner || (cell == NW_STRUTS_BCC && middle) || (cell == NW_STRUTS_OCTET && face))
            node[count++] = nw_v3(i - 4, j - 4, k - 4);
    }
    double best = HUGE_VAL;
    for (int a = 0; a < count; a++)
        for (int b = 0; b < a; b++)
            if (fabs(nw_length2(nw_sub(node[a], node[b])) - length2) < 1e-9)
                best = fmin(best, to_line(p, nw_scale(node[a], 0.5), nw_scale(node[b], 0.5)));
    return best;
}

static void struts_are_where_a_list_of_them_is(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    for (int cell = 0; cell < NW_STRUT_CELLS; cell++) {
        const struct nw_struts_opts o = {.cell = (enum nw_strut_cell)cell,
                                         .cell_mm = 2,
                                         .radius_mm = 0.25,
                                         .origin_mm = {1, 2, 3}};
        const nw_node n = nw_field_struts(f, &o, -1, NULL, &err);
        for (uint64_t k = 0; k < 60; k++) {
            const nw_vec3 p = law_place(k, 1);
            CHECK_NEAR(nw_field_value(f, n, nw_add(nw_scale(p, 2), o.origin_mm)),
                       2 * plain_struts(o.cell, p) - 0.25, 1e-12);
        }
    }
    CHECK(err.code == NW_OK);
    nw_field_free(f);
}

/* Seeds as the header describes them. */
static nw_vec3 seed_of(int64_t i, int64_t j, int64_t k, uint64_t seed)
{
    const uint64_t at = (uint64_t)(i + (1 << 20)) | (uint64_t)(j + (1 << 20)) << 21 |
                        (uint64_t)(k + (1 << 20)) << 42;
    return nw_v3((double)i + 0.5 + 0.9 * (nw_rand_even(seed, 3 * at) - 0.5),
                 (double)j + 0.5 + 0.9 * (nw_rand_even(seed, 3 * at + 1) - 0.5),
                 (double)k + 0.5 + 0.9 * (nw_rand_even(seed, 3 * at + 2) - 0.5));
}

/* How many seeds are as near as the nearest. */
static int nearest_seeds(nw_vec3 p, uint64_t seed)
{
    double d[343], least = HUGE_VAL;
    int n = 0, ties = 0;
    const int64_t x = (int64_t)floor(p.x), y = (int64_t)floor(p.y), z = (int64_t)floor(p.z);
    for (int64_t k = -3; k <= 3; k++)
        for (int64_t j = -3; j <= 3; j++)
            for (int64_t i = -3; i <= 3; i++) {
                d[n] = nw_length(nw_sub(p, seed_of(x + i, y + j, z + k, seed)));
                least = fmin(least, d[n++]);
            }
    for (int k = 0; k < n; k++)
        ties += d[k] < least + 1e-7;
    return ties;
}

static void voronoi_edges_are_as_near_to_three_seeds(void)
{
    struct nw_err err = {0};
    const nw_box box = {nw_v3(-2, -1, 0), nw_v3(2, 3, 4)};
    nw_vec3(*ends)[2] = NULL;
    size_t count = 0;
    CHECK(nw_voronoi_struts(box, 1, 0.9, 77, &ends, &count, &err));
    int edges = 0, corners = 0, inner = 0, four = 0;
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 a = ends[i][0], b = ends[i][1];
        edges += nearest_seeds(nw_along(a, nw_sub(b, a), 0.37), 77) == 3;
        corners += nearest_seeds(a, 77) >= 4 && nearest_seeds(b, 77) >= 4;
        if (fabs(a.x) > 1.5 || fabs(a.y - 1) > 1.5 || fabs(a.z - 2) > 1.5)
            continue;
        int meet = 0; /* at a corner of cells four edges meet */
        for (size_t k = 0; k < count; k++)
            meet += (nw_length(nw_sub(ends[k][0], a)) < 1e-7) +
                    (nw_length(nw_sub(ends[k][1], a)) < 1e-7);
        inner++;
        four += meet == 4;
    }
    printf("# %zu edges of 64 cells\n", count);
    CHECK(count > 500 && count < 1500); /* about 7 corners a cell, 4 edges a corner */
    CHECK(edges == (int)count);
    CHECK(corners == (int)count);
    CHECK(inner > 50 && four == inner);
    struct nw_field *f = nw_field_new(&err);
    const nw_node n =
        nw_field_strut_list(f, (const nw_vec3(*)[2])ends, count, 0.1, -1, NULL, &err);
    const struct law_opts laws = {
        .reach = 2, .step = 1e-6, .slack = 0.01, .steep = 1, .kinks = 5};
    law_check(f, n, &laws);
    for (uint64_t k = 0; k < 100; k++) {
        double best = HUGE_VAL;
        for (size_t i = 0; i < count; i++)
            best = fmin(best, to_line(law_place(k, 2), ends[i][0], ends[i][1]));
        CHECK_NEAR(nw_field_value(f, n, law_place(k, 2)), best - 0.1, 1e-12);
    }
    nw_field_free(f);
    nw_free(ends);
    CHECK(nw_voronoi_struts(box, 1, 0, 77, &ends, &count, &err)); /* cubes */
    struct nw_field *g = nw_field_new(&err);
    const nw_node m =
        nw_field_strut_list(g, (const nw_vec3(*)[2])ends, count, 0.1, -1, NULL, &err);
    for (uint64_t k = 0; k < 100; k++) {
        const nw_vec3 p = nw_add(law_place(k, 1.5), nw_v3(0, 1, 2));
        const nw_vec3 q = nw_v3(p.x - rint(p.x), p.y - rint(p.y), p.z - rint(p.z));
        const double xy = q.x * q.x + q.y * q.y, yz = q.y * q.y + q.z * q.z,
                     zx = q.z * q.z + q.x * q.x;
        CHECK_NEAR(nw_field_value(g, m, p), sqrt(fmin(xy, fmin(yz, zx))) - 0.1, 1e-9);
    }
    nw_field_free(g);
    nw_free(ends);
}

static void expect(struct nw_err *err, nw_node n, enum nw_code code)
{
    CHECK(n == -1);
    CHECK(err->code == code);
    *err = (struct nw_err){0};
}

static void wrong_sizes_are_refused(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    struct nw_tpms_opts o = {.cell_mm = 0};
    expect(&err, nw_field_tpms(f, &o, -1, NULL, &err), NW_ERR_ARGUMENT);
    o.cell_mm = 1;
    o.level = 2;
    expect(&err, nw_field_tpms(f, &o, -1, NULL, &err), NW_ERR_ARGUMENT);
    o.sheet = true;
    o.wall_mm = 0.5;
    expect(&err, nw_field_tpms(f, &o, -1, NULL, &err), NW_ERR_ARGUMENT);
    const nw_node s = nw_field_sphere(f, nw_v3(0, 0, 0), 1, &err);
    const struct nw_ramp falling = {1, 1, 0.1, 0.2};
    expect(&err, nw_field_tpms(f, &o, s, &falling, &err), NW_ERR_ARGUMENT);
    const struct nw_struts_opts thin = {.cell_mm = 1};
    expect(&err, nw_field_struts(f, &thin, -1, NULL, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_field_strut_list(f, NULL, 0, 1, -1, NULL, &err), NW_ERR_ARGUMENT);
    nw_vec3(*ends)[2] = NULL;
    size_t count;
    const nw_box box = {nw_v3(0, 0, 0), nw_v3(1, 1, 1)};
    CHECK(!nw_voronoi_struts(box, 1e-3, 1, 0, &ends, &count, &err) && err.code == NW_ERR_LIMIT);
    err = (struct nw_err){0};
    CHECK(!nw_voronoi_struts(box, 1, 2, 0, &ends, &count, &err) && err.code == NW_ERR_ARGUMENT);
    nw_field_free(f);
}

static bool build(struct nw_err *err)
{
    struct nw_field *f = nw_field_new(err);
    nw_vec3(*ends)[2] = NULL;
    size_t count = 0;
    nw_node n = -1;
    struct nw_tpms_opts o = {.cell_mm = 1};
    const nw_box box = {nw_v3(0, 0, 0), nw_v3(1, 1, 1)};
    const struct nw_struts_opts bcc = {.cell = NW_STRUTS_BCC, .cell_mm = 1, .radius_mm = 0.1};
    if (f && nw_tpms_calibrate(&o, 0.6, err) &&
        nw_voronoi_struts(box, 1, 1, 1, &ends, &count, err)) {
        n = nw_field_tpms(f, &o, -1, NULL, err);
        n = nw_field_union(f, n, nw_field_struts(f, &bcc, -1, NULL, err), err);
        n = nw_field_union(
            f, n, nw_field_strut_list(f, (const nw_vec3(*)[2])ends, count, 0.1, -1, NULL, err),
            err);
    }
    nw_free(ends);
    nw_field_free(f);
    return n >= 0;
}

static void each_allocation_may_fail(void)
{
    CHECK(unit_starve(build) > 8);
}

/* A cone's side is a cylinder's grown by height: its radius is the formula at every height. */
static void a_graded_offset_is_a_bevel(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node rod = nw_field_cylinder(f, nw_v3(0, 0, -9), nw_v3(0, 0, 9), 2, &err);
    const nw_node up = nw_field_half_space(f, nw_v3(0, 0, 0), nw_v3(0, 0, 1), &err);
    const struct nw_ramp ramp = {-2, 4, 0.2, 0.8};
    const nw_node n = nw_field_graded(f, rod, up, &ramp, &err);
    CHECK(n >= 0);
    for (int k = 0; k <= 40; k++) {
        const double z = -4 + 0.25 * k, h = fmin(fmax((z + 2) / 6, 0), 1);
        const double r = 2 + 0.2 + 0.6 * h;
        CHECK_NEAR(nw_field_value(f, n, nw_v3(0.6 * r, 0.8 * r, z)), 0, 1e-12);
        CHECK(nw_field_value(f, n, nw_v3(r + 0.01, 0, z)) > 0);
        CHECK(nw_field_value(f, n, nw_v3(r - 0.01, 0, z)) < 0);
    }
    const struct law_opts laws = {
        .reach = 6, .step = 1e-6, .slack = 1e-3, .steep = 1, .kinks = 20};
    law_check(f, n, &laws);
    const struct nw_ramp falls = {4, -2, 0, 1};
    CHECK(nw_field_graded(f, rod, up, &falls, &err) < 0 && err.code == NW_ERR_ARGUMENT);
    nw_field_free(f);
}

int main(void)
{
    UNIT(the_sign_is_that_of_the_formula);
    UNIT(a_wall_is_as_thick_as_it_says);
    UNIT(laws_hold_for_each);
    UNIT(porosity_is_met_and_the_table_known);
    UNIT(struts_are_where_a_list_of_them_is);
    UNIT(voronoi_edges_are_as_near_to_three_seeds);
    UNIT(a_graded_offset_is_a_bevel);
    UNIT(wrong_sizes_are_refused);
    UNIT(each_allocation_may_fail);
    return unit_end();
}
