/*
 * Voxel elasticity against formulas: an even stretch leaves no force inside, a beam bends as
 * Timoshenko says, a hole concentrates as Kirsch says; and against CalculiX on the same cubes.
 */
#include "strength/elastic.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "starve.h"
#include "strength/elastic_priv.h"
#include "unit.h"

struct slab {
    nw_vec3 min, max;
};

static bool in_slab(const void *user, nw_vec3 p)
{
    const struct slab *s = user;
    return p.x >= s->min.x && p.x <= s->max.x && p.y >= s->min.y && p.y <= s->max.y &&
           p.z >= s->min.z && p.z <= s->max.z;
}

static struct nw_elastic *beam(nw_vec3 size, double cell, double poisson)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_node box = nw_field_box(f, nw_v3(0, 0, 0), size, &err);
    struct nw_tape *block = nw_tape_new(f, box, &err);
    struct nw_elastic *e = block ? nw_elastic_new(block, (nw_box){nw_v3(0, 0, 0), size}, cell,
                                                  110000, poisson, &err)
                                 : NULL;
    if (!e)
        printf("# %s\n", err.msg);
    CHECK(e != NULL);
    nw_tape_free(block);
    nw_field_free(f);
    return e;
}

static struct nw_elastic_region at_x(struct slab *s, double from, double to)
{
    *s = (struct slab){{from, -1e3, -1e3}, {to, 1e3, 1e3}};
    return (struct nw_elastic_region){in_slab, s};
}

/* A linear displacement strains evenly: stress as Hooke says, and no force on inner nodes. */
static void an_even_strain_leaves_no_force(void)
{
    struct nw_elastic *e = beam(nw_v3(6, 5, 4), 1, 0.3);
    struct nw_level *l = &e->level[0];
    nw_level_prepare(l, e->fixed);
    CHECK_NEAR(nw_elastic_volume_mm3(e), 120, 1e-9);
    static const double grad[3][3] = {{1e-3, 2e-4, 0}, {-3e-4, 5e-4, 1e-4}, {7e-4, 0, -2e-4}};
    for (size_t i = 0; i < l->nodes; i++) {
        const double p[3] = {(double)(i % 7), (double)(i / 7 % 6), (double)(i / 42)};
        for (size_t r = 0; r < 3; r++)
            e->moved[3 * i + r] =
                0.5 + grad[r][0] * p[0] + grad[r][1] * p[1] + grad[r][2] * p[2];
    }
    nw_level_times(l, e->moved, l->r);
    double most = 0;
    for (size_t i = 0; i < l->nodes; i++)
        for (size_t r = 0; r < 3 && l->moves[i] == 2; r++)
            most = fmax(most, fabs(l->r[3 * i + r]));
    CHECK(most < 1e-9 * 110000);
    double s[6];
    CHECK(nw_elastic_stress(e, nw_v3(0.2, 4.9, 2), s));
    const double g = 110000 / 2.6, lame = 110000 * 0.3 / (1.3 * 0.4);
    const double trace = grad[0][0] + grad[1][1] + grad[2][2];
    CHECK_NEAR(s[0], lame * trace + 2 * g * grad[0][0], 1e-6);
    CHECK_NEAR(s[1], lame * trace + 2 * g * grad[1][1], 1e-6);
    CHECK_NEAR(s[3], g * (grad[0][1] + grad[1][0]), 1e-6);
    CHECK_NEAR(s[5], g * (grad[0][2] + grad[2][0]), 1e-6);
    nw_elastic_free(e);
}

/* Length 40, 4 x 4 mm, 100 N down at its end. */
static void a_beam_bends_as_the_formula_says(void)
{
    static const double cells[] = {1, 0.5, 0.41}; /* the last does not fit: its border is cut */
    for (size_t i = 0; i < 3; i++) {
        struct nw_elastic *e = beam(nw_v3(40, 4, 4), cells[i], 0.3);
        struct nw_err err = {0};
        struct slab s;
        struct nw_elastic_solved solved;
        struct nw_elastic_region end = at_x(&s, -1, cells[i] / 2);
        CHECK(nw_elastic_fix(e, &end) > 0);
        end = at_x(&s, 40 - cells[i] / 2, 41);
        CHECK(nw_elastic_pull(e, &end, nw_v3(0, 0, -100)) > 0);
        CHECK(nw_elastic_solve(e, &solved, &err));
        const double inertia = 4 * 64.0 / 12, area = 16, g = 110000 / 2.6, kappa = 0.85;
        const double want =
            100 * 64000.0 / (3 * 110000 * inertia) + 100 * 40.0 / (kappa * g * area);
        const double got = -nw_elastic_moved(e, &end).z;
        printf(
            "# figure cantilever, %g mm cells: %.5f mm, formula %.5f (%+.2f %%), %d rounds\n",
            cells[i], got, want, 100 * (got / want - 1), solved.rounds);
        CHECK_NEAR(got / want, 1, 0.02);
        double at[6];
        CHECK(nw_elastic_stress(e, nw_v3(20, 2, 4), at)); /* half way, on top */
        printf("# stress on top: %+.2f %%\n", 100 * (at[0] / (100 * 20 * 2 / inertia) - 1));
        CHECK_NEAR(at[0] / (100 * 20 * 2 / inertia), 1, 0.02);
        CHECK_NEAR(nw_elastic_work(e), 100 * got, 1e-3 * got);
        nw_elastic_free(e);
    }
}

/* A thin plate of width 30 with a hole of 6 pulled along: Kirsch with Howland's finite width:
 * at the hole's side 3.14 times the stress far away. */
static void a_hole_concentrates_as_the_formula_says(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const nw_vec3 size = {66, 30, 0.5};
    const nw_node plate = nw_field_difference(
        f, nw_field_box(f, nw_v3(0, 0, 0), size, &err),
        nw_field_cylinder(f, nw_v3(33, 15, -1), nw_v3(33, 15, 2), 3, &err), &err);
    struct nw_tape *holed = nw_tape_new(f, plate, &err);
    struct nw_elastic *e =
        nw_elastic_new(holed, (nw_box){nw_v3(0, 0, 0), size}, 0.25, 110000, 0.3, &err);
    struct nw_elastic_solved solved;
    struct slab s;
    struct nw_elastic_region end = at_x(&s, -1, 0.1);
    CHECK(nw_elastic_fix(e, &end) > 0);
    end = at_x(&s, 65.9, 67);
    CHECK(nw_elastic_pull(e, &end, nw_v3(1500, 0, 0)) > 0); /* 100 MPa */
    CHECK(nw_elastic_solve(e, &solved, &err));
    double most = 0, side[6];
    CHECK(nw_elastic_stress(e, nw_v3(33, 18, 0.25), side));
    for (int k = 0; k < 360; k++) {
        double at[6];
        CHECK(nw_elastic_stress(
            e, nw_v3(33 + 3 * nw_cos(k * NW_PI / 180), 15 + 3 * nw_sin(k * NW_PI / 180), 0.25),
            at));
        most = fmax(most, nw_von_mises_mpa(at));
    }
    const double ratio = 0.2, want = (2 + pow(1 - ratio, 3)) / (1 - ratio); /* Heywood */
    printf(
        "# figure plate with a hole: %.3f, largest %.3f, formula %.3f (%+.2f %%), %d rounds\n",
        side[0] / 100, most / 100, want, 100 * (side[0] / 100 / want - 1), solved.rounds);
    CHECK_NEAR(side[0] / 100 / want, 1, 0.02);
    CHECK_NEAR(most / 100 / want, 1, 0.03);
    nw_elastic_free(e);
    nw_tape_free(holed);
    nw_field_free(f);
}

static void what_is_not_held_is_said(void)
{
    struct nw_elastic *e = beam(nw_v3(4, 4, 4), 1, 0.3);
    struct nw_err err = {0};
    struct slab s;
    struct nw_elastic_solved solved;
    struct nw_elastic_region end = at_x(&s, 3, 5);
    CHECK(nw_elastic_pull(e, &end, nw_v3(1, 0, 0)) > 0);
    CHECK(!nw_elastic_solve(e, &solved, &err));
    CHECK(err.code == NW_ERR_GEOMETRY && strstr(err.msg, "not held"));
    nw_elastic_free(e);
}

static const struct nw_tape *tape; /* of a cube of 8 mm */

static bool make_and_solve(struct nw_err *err)
{
    struct nw_elastic *e =
        nw_elastic_new(tape, (nw_box){nw_v3(0, 0, 0), nw_v3(8, 8, 8)}, 1, 1000, 0.3, err);
    struct slab s;
    struct nw_elastic_solved solved;
    if (!e)
        return false;
    struct nw_elastic_region end = at_x(&s, -1, 0);
    (void)nw_elastic_fix(e, &end);
    end = at_x(&s, 8, 9);
    (void)nw_elastic_pull(e, &end, nw_v3(1, 2, 3));
    const bool ok = nw_elastic_solve(e, &solved, err);
    nw_elastic_free(e);
    return ok;
}

static void memory_running_out_is_survived(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    struct nw_tape *cube =
        nw_tape_new(f, nw_field_box(f, nw_v3(0, 0, 0), nw_v3(8, 8, 8), &err), &err);
    tape = cube;
    CHECK(unit_starve(make_and_solve) > 5);
    nw_tape_free(cube);
    nw_field_free(f);
}

/* CalculiX on the same cubes (its own incompatible modes): the same displacements. */
static void calculix_says_the_same(void)
{
    if (system("command -v ccx >/dev/null 2>&1") != 0) {
        printf("# skipped: no ccx\n");
        return;
    }
    struct nw_elastic *e = beam(nw_v3(12, 3, 3), 1, 0.3);
    struct nw_err err = {0};
    struct slab s;
    struct nw_elastic_solved solved;
    struct nw_text text;
    struct nw_elastic_region end = at_x(&s, -1, 0);
    (void)nw_elastic_fix(e, &end);
    end = at_x(&s, 12, 13);
    (void)nw_elastic_pull(e, &end, nw_v3(10, 20, -50));
    CHECK(nw_elastic_solve(e, &solved, &err));
    nw_text_init(&text, 1 << 24);
    CHECK(nw_elastic_inp(e, &text, &err));
    char dir[] = "/tmp/nuwa-ccx-XXXXXX", path[64], line[256];
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/m.inp", dir);
    FILE *file = fopen(path, "w");
    CHECK(file && fputs(text.data, file) >= 0 && fclose(file) == 0);
    snprintf(line, sizeof line, "cd %s && ccx m >/dev/null 2>&1", dir);
    CHECK(system(line) == 0);
    snprintf(path, sizeof path, "%s/m.dat", dir);
    file = fopen(path, "r");
    CHECK(file != NULL);
    double worst = 0;
    size_t seen = 0;
    while (file && fgets(line, sizeof line, file)) {
        double number[4];
        const char *at = line;
        for (int k = 0; k < 4 && at; k++)
            at = nw_number_parse(at + strspn(at, " "), &number[k]);
        if (!at)
            continue;
        const size_t node = (size_t)number[0];
        const double *u = &number[1];
        seen++;
        for (size_t d = 0; d < 3; d++)
            worst = fmax(worst, fabs(u[d] - e->moved[3 * (node - 1) + d]));
    }
    printf("# figure CalculiX: %zu nodes, largest difference %.2g of %.2g mm\n", seen, worst,
           nw_elastic_largest_move(e));
    CHECK(seen == e->level[0].nodes);
    CHECK(worst < 0.01 * nw_elastic_largest_move(e));
    if (file)
        (void)fclose(file);
    snprintf(line, sizeof line, "rm -rf %s", dir);
    CHECK(system(line) == 0);
    nw_text_release(&text);
    nw_elastic_free(e);
}

int main(void)
{
    UNIT(an_even_strain_leaves_no_force);
    UNIT(a_beam_bends_as_the_formula_says);
    UNIT(a_hole_concentrates_as_the_formula_says);
    UNIT(what_is_not_held_is_said);
    UNIT(memory_running_out_is_survived);
    UNIT(calculix_says_the_same);
    return unit_end();
}
