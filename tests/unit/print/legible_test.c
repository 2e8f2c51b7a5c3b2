/* Codes are read again from the layers of known machines; strokes are as thin as drawn. */
#include "print/legible.h"

#include <string.h>

#include "bench_machine.h"
#include "starve.h"
#include "unit.h"

/* A plate with a code on its face of normal `out`. */
struct plate {
    struct nw_field *field;
    nw_node root;
    struct nw_placement place;
    struct nw_matrix matrix;
    struct nw_code_mark mark;
    struct nw_machine machine;
};

static bool plate_make(struct plate *p, enum nw_code_kind kind, double module_mm, bool engraved,
                       nw_vec3 u, nw_vec3 v, struct nw_err *err)
{
    *p = (struct plate){.machine = bench_machine()};
    for (int a = 0; a < 3; a++)
        p->machine.build_mm[a] = 40;
    p->machine.pixels.count[1] = 400;
    const nw_vec3 out = nw_cross(u, v), o = nw_scale(out, 2);
    const nw_box box = {{-9, -9, -9}, {25, 25, 25}};
    struct nw_outlines lines = {0};
    p->mark = (struct nw_code_mark){.datamatrix = kind != NW_MATRIX_QR,
                                    .origin_mm = o,
                                    .u = u,
                                    .v = v,
                                    .module_mm = module_mm,
                                    .depth_mm = 0.8,
                                    .reach_mm = 1,
                                    .engraved = engraved};
    const struct nw_mark_place at = {nw_along(o, out, engraved ? -0.8 : -0.4), u, v,
                                     engraved ? 2 : 1.2};
    p->field = nw_field_new(err);
    if (!p->field || !nw_matrix_encode(kind, "NW-0042-L", &p->matrix, err) ||
        !nw_matrix_outlines(&p->matrix, module_mm, &lines, err))
        return false;
    p->mark.matrix = &p->matrix;
    const double side = (double)p->matrix.cols * module_mm;
    const nw_vec3 a = nw_along(nw_along(o, u, -2), v, -2),
                  b = nw_along(nw_along(nw_along(o, u, side + 2), v, side + 2), out, -4);
    const nw_node slab = nw_field_box(p->field, nw_min3(a, b), nw_max3(a, b), err);
    const nw_node code = nw_field_outlines(p->field, &lines, &at, err);
    p->root = engraved ? nw_field_difference(p->field, slab, code, err)
                       : nw_field_union(p->field, slab, code, err);
    nw_outlines_release(&lines);
    return p->root >= 0 &&
           nw_place_box(box, &p->machine, &(struct nw_place_opts){0}, &p->place, err);
}

static void plate_release(struct plate *p)
{
    nw_matrix_release(&p->matrix);
    nw_field_free(p->field);
}

static struct nw_code_seen look(enum nw_code_kind kind, double module_mm, bool engraved,
                                nw_vec3 u, nw_vec3 v)
{
    struct nw_err err = {0};
    struct plate p;
    struct nw_code_seen seen = {0};
    CHECK(plate_make(&p, kind, module_mm, engraved, u, v, &err));
    CHECK(nw_code_look(p.field, p.root, &p.place, &p.machine, &p.mark, &seen, &err));
    nw_free(seen.picture);
    plate_release(&p);
    return seen;
}

static const nw_vec3 X = {1, 0, 0}, Y = {0, 1, 0}, Z = {0, 0, 1};

/* The machine's feature is 0.5 mm. Req: R-116 */
static void codes_of_modules_above_the_feature_are_read(void)
{
    for (int engraved = 0; engraved < 2; engraved++) {
        const struct nw_code_seen top = look(NW_MATRIX_DATAMATRIX, 0.7, engraved, X, Y);
        CHECK(top.legible && top.decoded && top.wrong == 0 && top.modules == 14 * 14);
    }
    const struct nw_code_seen wall = look(NW_MATRIX_DATAMATRIX, 0.7, true, X, Z);
    CHECK(wall.legible && wall.decoded && wall.wrong == 0);
    const struct nw_code_seen qr = look(NW_MATRIX_QR, 0.6, true, X, Y);
    CHECK(qr.legible && !qr.decoded && qr.wrong == 0 && qr.modules == 21 * 21);
}

static void codes_of_modules_below_it_are_not(void)
{
    for (int engraved = 0; engraved < 2; engraved++) {
        const struct nw_code_seen top = look(NW_MATRIX_DATAMATRIX, 0.3, engraved, X, Y);
        CHECK(!top.legible && !top.decoded && top.wrong > 20);
    }
    const struct nw_code_seen qr = look(NW_MATRIX_QR, 0.3, false, X, Y);
    CHECK(!qr.legible && qr.wrong > 20);
}

/* A picture in which a module is wrong is not the code's, but a DataMatrix forgives some. */
static void a_damaged_code_counts_its_wrong_modules(void)
{
    struct nw_err err = {0};
    struct plate p;
    struct nw_code_seen seen = {0};
    CHECK(plate_make(&p, NW_MATRIX_DATAMATRIX, 0.7, false, X, Y, &err));
    /* a hole as deep as the mark where the 4th column's and 5th row's module is, and a lump
     * on its neighbours: three modules at most are the other way round */
    const nw_vec3 at = nw_v3(3.5 * 0.7, (14 - 4.5) * 0.7, 2);
    const nw_node lump = nw_field_box(p.field, nw_sub(at, nw_v3(0.3, 0.3, 1)),
                                      nw_add(at, nw_v3(1.0, 0.3, 0.8)), &err);
    const nw_node more = nw_field_union(p.field, p.root, lump, &err);
    CHECK(nw_code_look(p.field, more, &p.place, &p.machine, &p.mark, &seen, &err));
    const size_t light = (size_t)!p.matrix.dark[3 + 14 * 4] + !p.matrix.dark[4 + 14 * 4];
    CHECK(light > 0 && seen.decoded);
    nw_free(seen.picture);
    plate_release(&p);
}

static void what_would_be_legible_is_told(void)
{
    struct nw_err err = {0};
    struct plate p;
    double least = 0;
    CHECK(plate_make(&p, NW_MATRIX_DATAMATRIX, 0.42, false, X, Y, &err));
    CHECK(nw_code_least(&p.place, &p.machine, &p.mark, &least, &err));
    CHECK(least > 0.4 && least < 0.75);
    plate_release(&p);
    /* and it is */
    CHECK(look(NW_MATRIX_DATAMATRIX, least, false, X, Y).legible);
}

/* An L of strokes of 2 and 1 mm, and two bars 0.8 mm apart. */
static void strokes_and_gaps_are_as_drawn(void)
{
    double edge[14][4] = {{0, 0, 12, 0},  {12, 0, 12, 1}, {12, 1, 2, 1},     {2, 1, 2, 10},
                          {2, 10, 0, 10}, {0, 10, 0, 0},  {4, 3, 10, 3},     {10, 3, 10, 5},
                          {10, 5, 4, 5},  {4, 5, 4, 3},   {4, 5.8, 10, 5.8}, {10, 5.8, 10, 8},
                          {10, 8, 4, 8},  {4, 8, 4, 5.8}};
    const struct nw_outlines lines = {
        .edge_mm = edge, .count = 14, .min_mm = {0, 0}, .max_mm = {12, 10}};
    struct nw_err err = {0};
    struct nw_strokes s = {0};
    CHECK(nw_strokes_measure(&lines, &s, &err));
    CHECK_NEAR(s.stroke_mm, 1, 0.06);
    CHECK_NEAR(s.gap_mm, 0.8, 0.06);
}

/* Twice the size, twice the stroke; Chinese is finer than Latin. */
static void strokes_grow_with_the_size(void)
{
    struct nw_err err = {0};
    struct nw_strokes s[3] = {{0}};
    static const char *const text[3] = {"L7", "L7", "骨"};
    static const double size[3] = {5, 10, 10};
    for (int n = 0; n < 3; n++) {
        struct nw_outlines lines = {0};
        const struct nw_text_opts opts = {.size_mm = size[n]};
        CHECK(nw_text_outlines(text[n], &opts, &lines, &err));
        CHECK(nw_strokes_measure(&lines, &s[n], &err));
        nw_outlines_release(&lines);
    }
    CHECK_NEAR(s[1].stroke_mm / s[0].stroke_mm, 2, 0.02);
    CHECK(s[0].stroke_mm > 0.4 && s[0].stroke_mm < 0.9);
    CHECK(fmin(s[2].stroke_mm, s[2].gap_mm) < 0.6 * s[1].stroke_mm);
}

static struct plate starved;

static bool attempt(struct nw_err *err)
{
    struct nw_code_seen seen = {0};
    const bool ok = nw_code_look(starved.field, starved.root, &starved.place, &starved.machine,
                                 &starved.mark, &seen, err);
    if (ok)
        nw_free(seen.picture);
    return ok;
}

static void a_look_survives_each_allocation_failing(void)
{
    struct nw_err err = {0};
    CHECK(plate_make(&starved, NW_MATRIX_QR, 0.1, true, X, Y, &err));
    uint8_t few[4] = {1, 0, 0, 1}; /* a picture of few samples */
    const struct nw_matrix small = {2, 2, few};
    starved.mark.matrix = &small;
    starved.machine.layer_mm = 1;
    starved.mark.module_mm = 0.4;
    CHECK(unit_starve(attempt) > 10);
    plate_release(&starved);
}

int main(void)
{
    UNIT(codes_of_modules_above_the_feature_are_read);
    UNIT(codes_of_modules_below_it_are_not);
    UNIT(a_damaged_code_counts_its_wrong_modules);
    UNIT(what_would_be_legible_is_told);
    UNIT(strokes_and_gaps_are_as_drawn);
    UNIT(strokes_grow_with_the_size);
    UNIT(a_look_survives_each_allocation_failing);
    return unit_end();
}
