#include "field/relief.h"

#include <stdlib.h>
#include <unistd.h>

#include "field/surface.h"
#include "laws.h"
#include "mesh/check.h"
#include "starve.h"

static const struct nw_mark_place flat = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, 1};

/* A square of 10 with a square hole of 4, the hole's edges run the other way. */
static double ring[8][4] = {{0, 0, 10, 0}, {10, 0, 10, 10}, {10, 10, 0, 10}, {0, 10, 0, 0},
                            {3, 3, 3, 7},  {3, 7, 7, 7},    {7, 7, 7, 3},    {7, 3, 3, 3}};

static void a_ring_has_a_hole(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    struct nw_outlines o = {.edge_mm = ring, .count = 8};
    const nw_node n = nw_field_outlines(f, &o, &flat, &err);
    CHECK(err.code == NW_OK);
    CHECK(nw_field_value(f, n, nw_v3(1, 5, 0.5)) == -0.5);
    CHECK(nw_field_value(f, n, nw_v3(5, 5, 0.5)) == 2);
    CHECK(nw_field_value(f, n, nw_v3(12, 5, 0.5)) == 2);
    CHECK(nw_field_value(f, n, nw_v3(13, 14, 0.5)) == 5);
    CHECK(nw_field_value(f, n, nw_v3(1, 5, 3)) == 2);
    const struct law_opts laws = {
        .reach = 12, .step = 1e-6, .slack = 1e-3, .steep = 1, .kinks = 3};
    law_check(f, n, &laws);
    /* as a difference of two extrusions */
    const double outer[][2] = {{0, 0}, {10, 0}, {10, 10}, {0, 10}},
                 inner[][2] = {{3, 3}, {7, 3}, {7, 7}, {3, 7}};
    const nw_node two = nw_field_difference(
        f, nw_field_extrusion(f, flat.origin_mm, flat.u, flat.v, outer, 4, 1, &err),
        nw_field_extrusion(f, nw_v3(0, 0, -9), flat.u, flat.v, inner, 4, 20, &err), &err);
    for (uint64_t k = 0; k < 500; k++) {
        const nw_vec3 p = nw_add(law_place(k, 8), nw_v3(5, 5, 0.5));
        CHECK((nw_field_value(f, n, p) < 0) == (nw_field_value(f, two, p) < 0));
    }
    nw_field_free(f);
}

static void direction_does_not_matter_and_overlaps_join(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    double e[8][4];
    for (int i = 0; i < 8; i++) { /* all turned around: the same ring */
        const double back[4] = {ring[i][2], ring[i][3], ring[i][0], ring[i][1]};
        memcpy(e[i], back, sizeof back);
    }
    struct nw_outlines o = {.edge_mm = ring, .count = 8}, turned = {.edge_mm = e, .count = 8};
    const nw_node a = nw_field_outlines(f, &o, &flat, &err),
                  b = nw_field_outlines(f, &turned, &flat, &err);
    for (uint64_t k = 0; k < 200; k++)
        CHECK(nw_field_value(f, a, law_place(k, 12)) == nw_field_value(f, b, law_place(k, 12)));
    memcpy(e, ring, sizeof e);
    for (int i = 4; i < 8; i++)
        memcpy(e[i], (const double[4]){ring[i][2], ring[i][3], ring[i][0], ring[i][1]}, 32);
    const nw_node filled = nw_field_outlines(f, &turned, &flat, &err); /* one in the other */
    CHECK(nw_field_value(f, filled, nw_v3(3, 5, 0.5)) == -0.5);
    CHECK(err.code == NW_OK);
    nw_field_free(f);
}

static void crossing_rings_join(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    double e[8][4]; /* two squares of 10, the second put off by 4 and 3 */
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 4; k++)
            e[i][k] = ring[i % 4][k] + (i < 4 ? 0 : k % 2 ? 3.5 : 4.25);
    struct nw_outlines o = {.edge_mm = e, .count = 8};
    const nw_node n = nw_field_outlines(f, &o, &flat, &err);
    CHECK(err.code == NW_OK);
    for (uint64_t k = 0; k < 500; k++) {
        const nw_vec3 p = nw_v3(7 + law_place(k, 9).x, 7 + law_place(k, 9).y, 0.5);
        const bool in = (p.x > 0 && p.x < 10 && p.y > 0 && p.y < 10) ||
                        (p.x > 4.25 && p.x < 14.25 && p.y > 3.5 && p.y < 13.5);
        CHECK((nw_field_value(f, n, p) < 0) == in);
    }
    const struct law_opts laws = {
        .reach = 15, .step = 1e-6, .slack = 1e-3, .steep = 1, .kinks = 5};
    law_check(f, n, &laws);
    nw_field_free(f);
}

/* Its area by counting, and its surface closed. */
static double area_of(struct nw_field *f, nw_node n, const struct nw_outlines *o)
{
    enum { SIDE = 300 };
    int inside = 0;
    const double w = o->max_mm[0] - o->min_mm[0], h = o->max_mm[1] - o->min_mm[1];
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++)
            inside += nw_field_value(f, n,
                                     nw_v3(o->min_mm[0] + w * (i + 0.5) / SIDE,
                                           o->min_mm[1] + h * (j + 0.5) / SIDE, 0.5)) < 0;
    return w * h * inside / (SIDE * SIDE);
}

/* By the edges alone: holes count against. */
static double edge_area(const struct nw_outlines *o)
{
    double sum = 0;
    for (size_t i = 0; i < o->count; i++)
        sum += (o->edge_mm[i][0] * o->edge_mm[i][3] - o->edge_mm[i][2] * o->edge_mm[i][1]) / 2;
    return fabs(sum);
}

static void text_is_there_chinese_and_latin(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    const struct nw_text_opts opts = {.size_mm = 8};
    struct nw_outlines o = {0};
    const char *text = "左 L4\n女娲8";
    CHECK(nw_text_outlines(text, &opts, &o, &err));
    printf("# %s\n", err.msg);
    if (err.code != NW_OK)
        return;
    printf("# %zu edges, %.2f to %.2f by %.2f to %.2f mm\n", o.count, o.min_mm[0], o.max_mm[0],
           o.min_mm[1], o.max_mm[1]);
    CHECK(o.min_mm[0] > -1 && o.max_mm[0] > 15 && o.max_mm[0] < 22);
    CHECK(o.max_mm[1] > 5 && o.max_mm[1] < 8 && o.min_mm[1] < -10 && o.min_mm[1] > -13);
    const nw_node n = nw_field_outlines(f, &o, &flat, &err);
    CHECK_NEAR(area_of(f, n, &o), edge_area(&o), 0.02 * edge_area(&o));
    const struct law_opts laws = {
        .reach = 10, .step = 1e-6, .slack = 1e-3, .steep = 1, .kinks = 8};
    law_check(f, n, &laws);
    struct nw_mesh m = {0};
    struct nw_mesh_check c;
    const struct nw_check_opts all = {0};
    const nw_box box = {nw_v3(-1, -13, -1), nw_v3(22, 8, 2)};
    CHECK(nw_surface_of_field(f, n, box, 0.1, &m, &err));
    CHECK(nw_mesh_check(&m, &all, &c, &err) && c.solid);
    CHECK_NEAR(c.volume_mm3, edge_area(&o), 0.02 * edge_area(&o));
    nw_mesh_release(&m);
    nw_outlines_release(&o);
    const struct nw_text_opts capital = {.size_mm = 10}; /* the 8 and the H are as tall */
    CHECK(nw_text_outlines("H", &capital, &o, &err));
    printf("# a capital is %.3f of 10 mm\n", o.max_mm[1]);
    CHECK_NEAR(o.max_mm[1], 7.4, 0.1);
    CHECK(o.min_mm[1] == 0 && o.count == 12);
    nw_outlines_release(&o);
    nw_field_free(f);
}

/* The relief looked at from above, as a picture with a quiet zone. */
static bool draw(const struct nw_field *f, nw_node n, double size, const char *path)
{
    enum { SIDE = 400 };
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    (void)fprintf(file, "P5\n%d %d\n255\n", SIDE, SIDE);
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++) {
            const double x = (1.4 * (i + 0.5) / SIDE - 0.2) * size,
                         y = (1.2 - 1.4 * (j + 0.5) / SIDE) * size;
            (void)fputc(nw_field_value(f, n, nw_v3(x, y, 0.5)) < 0 ? 0 : 255, file);
        }
    return fclose(file) == 0;
}

static bool is_there(const char *program)
{
    char command[128];
    (void)snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
    return system(command) == 0;
}

/* Req: an engraved code is read back. */
static void reads_back(enum nw_code_kind kind, const char *text, const char *reader,
                       const char *wanted)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    struct nw_matrix m = {0};
    CHECK(nw_matrix_encode(kind, text, &m, &err));
    const nw_node n = nw_field_matrix(f, kind, text, 0.6, &flat, &err);
    CHECK(err.code == NW_OK);
    char path[] = "/tmp/nuwa-code-XXXXXX.pgm", command[256], got[256] = "";
    const int fd = mkstemps(path, 4);
    CHECK(fd >= 0 && close(fd) == 0);
    CHECK(draw(f, n, 0.6 * (double)m.rows, path));
    (void)snprintf(command, sizeof command, "%s %s", reader, path);
    FILE *pipe = popen(command, "r");
    CHECK(pipe && fgets(got, sizeof got, pipe));
    if (pipe)
        (void)pclose(pipe);
    (void)unlink(path);
    printf("# %zu x %zu modules, read as %s\n", m.rows, m.cols, got);
    CHECK(strstr(got, wanted) != NULL);
    nw_matrix_release(&m);
    nw_field_free(f);
}

static void codes_are_read_back_from_their_relief(void)
{
    if (is_there("dmtxread")) {
        reads_back(NW_MATRIX_DATAMATRIX, "NUWA-2026-0042", "dmtxread -n -N1", "NUWA-2026-0042");
        reads_back(NW_MATRIX_GS1_DATAMATRIX, "[01]06901234567892[10]A7", "dmtxread -n -N1",
                   "010690123456789210A7");
    } else {
        printf("# SKIP dmtxread is not installed\n");
    }
    if (is_there("ZXingReader"))
        reads_back(NW_MATRIX_QR, "https://nuwa.example/c/42", "ZXingReader -1",
                   "https://nuwa.example/c/42");
    else
        printf("# SKIP ZXingReader is not installed\n");
}

static void expect(struct nw_err *err, bool made, enum nw_code code)
{
    CHECK(!made);
    CHECK(err->code == code);
    *err = (struct nw_err){0};
}

static void wrong_marks_are_refused(void)
{
    struct nw_err err = {0};
    struct nw_field *f = nw_field_new(&err);
    struct nw_outlines o = {.edge_mm = ring, .count = 7}, made = {0};
    struct nw_mark_place skew = flat;
    struct nw_matrix m = {0};
    const struct nw_text_opts opts = {.size_mm = 5}, none = {0},
                              lost = {.size_mm = 5, .font = "/nowhere.ttf"};
    skew.u = nw_v3(1, 1, 0);
    expect(&err, nw_field_outlines(f, &o, &flat, &err) >= 0, NW_ERR_ARGUMENT);
    o.count = 8;
    expect(&err, nw_field_outlines(f, &o, &skew, &err) >= 0, NW_ERR_ARGUMENT);
    expect(&err, nw_text_outlines("", &opts, &made, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_text_outlines("\xff", &opts, &made, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_text_outlines("\xe5\xa5", &opts, &made, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_text_outlines("x", &none, &made, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_text_outlines("x", &lost, &made, &err), NW_ERR_NOTFOUND);
    expect(&err, nw_text_outlines("\xf3\xb0\x80\x81", &opts, &made, &err), NW_ERR_UNSUPPORTED);
    expect(&err, nw_matrix_encode(NW_MATRIX_QR, "", &m, &err), NW_ERR_ARGUMENT);
    expect(&err, nw_matrix_encode(NW_MATRIX_GS1_DATAMATRIX, "[01]06901234567890", &m, &err),
           NW_ERR_ARGUMENT); /* the check digit */
    nw_field_free(f);
}

static bool build(struct nw_err *err)
{
    struct nw_field *f = nw_field_new(err);
    const struct nw_text_opts opts = {.size_mm = 5};
    nw_node n = -1;
    if (f) {
        n = nw_field_text(f, "L", &opts, &flat, err);
        n = nw_field_union(f, n, nw_field_matrix(f, NW_MATRIX_DATAMATRIX, "L", 0.6, &flat, err),
                           err);
    }
    nw_field_free(f);
    return n >= 0;
}

static void each_allocation_may_fail(void)
{
    CHECK(unit_starve(build) > 10);
}

int main(void)
{
    UNIT(a_ring_has_a_hole);
    UNIT(direction_does_not_matter_and_overlaps_join);
    UNIT(crossing_rings_join);
    UNIT(text_is_there_chinese_and_latin);
    UNIT(codes_are_read_back_from_their_relief);
    UNIT(wrong_marks_are_refused);
    UNIT(each_allocation_may_fail);
    return unit_end();
}
