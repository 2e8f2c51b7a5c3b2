/* io/model: every mesh format keeps lengths, handedness, names and colours as it promises. */
#include "model_make.h"

#include "core/parallel.h"

struct format {
    const char *file;
    bool parts, vert_rgba, attributes;
};
static const struct format formats[] = {
    {"m.stl", false, false, false}, {"m.ply", true, true, true},  {"m.3mf", true, true, true},
    {"m.amf", true, true, false},   {"m.obj", true, true, false}, {"m.glb", true, true, true},
    {"m.vtk", true, true, true},
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* Req: R-009 */
static void a_handed_solid_keeps_lengths_and_hand_through_every_format(void)
{
    struct nw_model model = handed_model();
    const nw_box want = model_box(&model);
    for (int f = 0; f < FORMATS; f++) {
        struct nw_model back = {0};
        struct nw_err err = {0};
        CHECK(nw_model_write(test_file(formats[f].file), &model, NULL, &err) &&
              nw_model_read(test_file(formats[f].file), NULL, &back, &err));
        if (err.code != NW_OK)
            printf("# %s: %s\n", formats[f].file, err.msg);
        const nw_box got = model_box(&back);
        CHECK(nw_length(nw_sub(want.min, got.min)) < 1e-3);
        CHECK(nw_length(nw_sub(want.max, got.max)) < 1e-3);
        CHECK(model_tris(&back) == 24 && model_verts(&back) == 16);
        /* positive and the same: neither mirrored nor turned inside out */
        CHECK_NEAR(model_volume(&back), model_volume(&model), 0.5);
        /* the pulled corner, the furthest to the left and back, is still the sixth of the top
         */
        if (back.part_count == 0)
            continue;
        const struct nw_mesh *m = &back.part[0].mesh;
        bool found = false;
        for (size_t v = 0; v < m->vert_count; v++)
            found =
                found || nw_length(nw_sub(m->pos_mm[v], model.part[0].mesh.pos_mm[6])) < 1e-3;
        CHECK(found);
        nw_model_release(&back);
    }
    nw_model_release(&model);
}

/* Req: R-057 R-130 */
static void names_colours_and_attributes_come_back_where_they_are_promised(void)
{
    struct nw_model model = handed_model();
    for (int f = 0; f < FORMATS; f++) {
        if (!formats[f].parts)
            continue;
        struct nw_model back = {0};
        struct nw_err err = {0};
        CHECK(nw_model_write(test_file(formats[f].file), &model, NULL, &err) &&
              nw_model_read(test_file(formats[f].file), NULL, &back, &err));
        if (err.code != NW_OK)
            printf("# %s: %s\n", formats[f].file, err.msg);
        CHECK(back.part_count == 2);
        for (size_t p = 0; p < 2 && p < back.part_count; p++) {
            const struct nw_part *w = &model.part[p], *g = &back.part[p];
            CHECK(strcmp(w->name, g->name) == 0);
            CHECK(memcmp(w->rgba, g->rgba, 4) == 0);
            if (formats[f].vert_rgba && w->mesh.vert_rgba)
                CHECK(g->mesh.vert_rgba &&
                      memcmp(w->mesh.vert_rgba, g->mesh.vert_rgba, 32) == 0);
            if (formats[f].attributes && w->mesh.uncertainty_mm) {
                CHECK(g->mesh.uncertainty_mm &&
                      memcmp(w->mesh.uncertainty_mm, g->mesh.uncertainty_mm, 32) == 0);
                CHECK(g->mesh.vert_class &&
                      memcmp(w->mesh.vert_class, g->mesh.vert_class, 8) == 0);
                CHECK(g->mesh.tol_mm == 0.05);
            }
        }
        nw_model_release(&back);
    }
    nw_model_release(&model);
}

static void the_bytes_do_not_depend_on_threads_or_time(void)
{
    struct nw_model model = handed_model();
    for (int f = 0; f < FORMATS; f++) {
        nw_digest one, two;
        uint64_t bytes;
        struct nw_err err = {0};
        nw_set_threads(1);
        CHECK(nw_model_write(test_file(formats[f].file), &model, NULL, &err) &&
              nw_hash_file(test_file(formats[f].file), &one, &bytes, &err));
        nw_set_threads(3);
        CHECK(err.code == NW_OK &&
              nw_model_write(test_file(formats[f].file), &model, NULL, &err) &&
              nw_hash_file(test_file(formats[f].file), &two, &bytes, &err));
        CHECK(memcmp(&one, &two, sizeof one) == 0);
    }
    nw_model_release(&model);
}

static void each_allocation_may_fail(void)
{
    struct nw_model model = handed_model();
    for (int f = 0; f < FORMATS; f++) {
        write_survives(test_file(formats[f].file), &model);
        read_survives(test_file(formats[f].file));
    }
    nw_model_release(&model);
}

static void units_and_frames_are_the_callers_or_the_files_never_both(void)
{
    struct nw_model m = {0};
    struct nw_err err = {0};
    static const char plain[] =
        "solid a\nfacet normal 0 0 1\nouter loop\nvertex 1 2 3\nvertex 2 2 "
        "3\nvertex 1 4 3\nendloop\nendfacet\nendsolid a\n";
    make_file("u.stl", plain, sizeof plain - 1);
    const struct nw_model_read_opts inch = {.unit_mm = 25.4, .axes = "RAS"};
    CHECK(nw_model_read(test_file("u.stl"), &inch, &m, &err));
    CHECK(m.part_count == 1 && m.part[0].mesh.vert_count == 3);
    CHECK_NEAR(m.part[0].mesh.pos_mm[2].x, -25.4, 1e-12);
    CHECK_NEAR(m.part[0].mesh.pos_mm[2].y, -4 * 25.4, 1e-12);
    CHECK_NEAR(m.part[0].mesh.pos_mm[2].z, 3 * 25.4, 1e-12);
    nw_model_release(&m);
    static const char ras[] = "solid SPACE=RAS\nfacet normal 0 0 1\nouter loop\nvertex 1 2 3\n"
                              "vertex 2 2 3\nvertex 1 4 3\nendloop\nendfacet\nendsolid\n";
    make_file("u.stl", ras, sizeof ras - 1);
    CHECK(nw_model_read(test_file("u.stl"), NULL, &m, &err));
    CHECK(m.part[0].mesh.pos_mm[0].x == -1 && m.part[0].mesh.pos_mm[0].z == 3);
    nw_model_release(&m);
    struct nw_model lps = handed_model();
    CHECK(nw_model_write(test_file("u.stl"), &lps, NULL, &err));
    CHECK(!nw_model_read(test_file("u.stl"), &inch, &m, &err));
    CHECK(strcmp(err.msg, "the file says that its coordinates are LPS; leave the axes out") ==
          0);
    nw_model_release(&lps);
    err = (struct nw_err){0};
    const struct nw_model_read_opts feet = {.axes = "LAF"}, mirrored = {.axes = "LPF"};
    make_file("u.stl", plain, sizeof plain - 1);
    CHECK(nw_model_read(test_file("u.stl"), &feet, &m, &err));
    CHECK(m.part[0].mesh.pos_mm[2].x == 1 && m.part[0].mesh.pos_mm[2].y == -4 &&
          m.part[0].mesh.pos_mm[2].z == -3);
    nw_model_release(&m);
    CHECK(!nw_model_read(test_file("u.stl"), &mirrored, &m, &err));
    CHECK(strncmp(err.msg, "\"LPF\" does not say where x, y and z point", 40) == 0);
}

static void what_cannot_be_written_is_refused_and_leaves_nothing(void)
{
    struct nw_model model = handed_model();
    struct nw_err err = {0};
    CHECK(!nw_model_write(test_file("m.step"), &model, NULL, &err));
    CHECK(strcmp(err.msg,
                 "a model is written as .3mf, .stl, .ply, .obj, .amf, .glb, .vtk or .wrl, not "
                 "as .step") == 0);
    err = (struct nw_err){0};
    model.part[1].mesh.pos_mm[3].y = (double)NAN;
    CHECK(!nw_model_write(test_file("n.stl"), &model, NULL, &err));
    CHECK(strcmp(err.msg, "vertex 4 of part 2 is not a place within 1000 km") == 0);
    CHECK(access(test_file("n.stl"), F_OK) != 0);
    err = (struct nw_err){0};
    model.part[0].mesh.tri[5][2] = 8;
    CHECK(!nw_model_write(test_file("n.stl"), &model, NULL, &err));
    CHECK(strcmp(err.msg, "triangle 6 names vertex 9 of 8 (counting from 1)") == 0);
    nw_model_release(&model);
}

static void broken_stl_files_are_refused_in_one_sentence(void)
{
    uint8_t binary[84 + 100] = {0};
    binary[80] = 2;
    CHECK(refuses("b.stl", binary, 83, NW_ERR_DATA,
                  "this is no STL: a binary one has at least 84 bytes, this has 83"));
    CHECK(refuses("b.stl", binary, 150, NW_ERR_DATA,
                  "the STL claims 2 triangles, which are 184 bytes, but the file has 150"));
    binary[83] = 0xFF;
    CHECK(refuses("b.stl", binary, sizeof binary, NW_ERR_DATA,
                  "the STL claims 4278190082 triangles, which are 213909504184 bytes, but the "
                  "file has 184"));
    memset(binary, 0, sizeof binary);
    CHECK(refuses("b.stl", binary, 84, NW_ERR_GEOMETRY,
                  "the file holds no triangle: there is no surface in it"));
    CHECK(refuses_text("b.stl", "solid x\nendsolid x\n", NW_ERR_GEOMETRY,
                       "the file holds no triangle: there is no surface in it"));
    CHECK(refuses_text(
        "b.stl", "solid x\nfacet normal 0 0 1\nouter loop\nvertex 1 2\nendloop\n", NW_ERR_DATA,
        "line 5 of the STL is not what STL says: a number is expected"));
    CHECK(refuses_text("b.stl",
                       "solid x\nfacet normal 0 0 1\nouter loop\nvertex 1 2 3\nvertex 1 "
                       "2 3\nendloop\n",
                       NW_ERR_DATA,
                       "line 6 of the STL is not what STL says: 'vertex' is expected"));
    CHECK(refuses_text("b.stl", "solid x\nfacet abnormal\n", NW_ERR_DATA,
                       "line 2 of the STL is not what STL says: 'normal' is expected"));
    CHECK(refuses("b.stl", "", 0, NW_ERR_DATA,
                  "this is no STL: a binary one has at least 84 bytes, this has 0"));
    CHECK(refuses_text(
        "b.what", "hello", NW_ERR_UNSUPPORTED,
        "this is no model that is known: 3MF, STL, PLY, OBJ, AMF, GLB, VTK or OFF"));
}

static void a_binary_stl_that_begins_with_solid_is_read_as_binary(void)
{
    uint8_t binary[84 + 50] = "solid by a program that does not care facet";
    const float corner[9] = {0, 0, 0, 1, 0, 0, 0, 1, 0};
    struct nw_model m = {0};
    struct nw_err err = {0};
    binary[80] = 1;
    memcpy(binary + 96, corner, sizeof corner);
    make_file("s.stl", binary, sizeof binary);
    CHECK(nw_model_read(test_file("s.stl"), NULL, &m, &err));
    CHECK(m.part_count == 1 && m.part[0].mesh.tri_count == 1);
    CHECK(m.part[0].mesh.pos_mm[1].x == 1);
    nw_model_release(&m);
}

#define PLY_HEAD                                                                               \
    "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\n"            \
    "property float z\nelement face 1\nproperty list uchar int vertex_indices\n"               \
    "end_header\n"

static void broken_ply_files_are_refused_in_one_sentence(void)
{
    CHECK(refuses_text("b.ply", "ply\nformat ascii 1.0\nelement vertex 3\n", NW_ERR_DATA,
                       "the PLY header does not end"));
    CHECK(refuses_text("b.ply", "ply\nformat binary_middle_endian 1.0\nend_header\n",
                       NW_ERR_UNSUPPORTED,
                       "the PLY is neither ascii nor binary_little_endian nor "
                       "binary_big_endian"));
    CHECK(refuses_text("b.ply", "ply\nformat ascii 1.0\nproperty float x\nend_header\n",
                       NW_ERR_DATA, "the PLY header has a property out of place"));
    CHECK(refuses_text("b.ply", "ply\nformat ascii 1.0\nelement vertex -3\nend_header\n",
                       NW_ERR_DATA, "the PLY header has an element without a count"));
    CHECK(refuses_text("b.ply", "ply\nelement vertex 3\nproperty quark x\nend_header\n",
                       NW_ERR_DATA, "the PLY header has a property of an unknown type"));
    CHECK(refuses_text("b.ply",
                       "ply\nformat ascii 1.0\nelement vertex 1\nproperty float "
                       "x\nend_header\n1\n",
                       NW_ERR_DATA, "the PLY's vertices are not one list with x, y and z"));
    CHECK(refuses_text("b.ply",
                       "ply\nformat ascii 1.0\nelement vertex 1000000000\nproperty float "
                       "x\nproperty float y\nproperty float z\nend_header\n1 2 3\n",
                       NW_ERR_DATA,
                       "the PLY claims 1000000000 of 'vertex', but the file has 6 bytes for "
                       "them"));
    CHECK(refuses_text("b.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n0 0 1\n", NW_ERR_DATA,
                       "the PLY ends before all its vertices and faces are there"));
    CHECK(refuses_text("b.ply", PLY_HEAD "0 0 0\n1 0 0\n0 x 0\n0 0 1\n3 0 1 2\n", NW_ERR_DATA,
                       "the PLY has something that is not a number at byte 168"));
    CHECK(refuses_text("b.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 4\n", NW_ERR_DATA,
                       "triangle 1 names vertex 5 of 4 (counting from 1)"));
    CHECK(refuses_text("b.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 -4\n", NW_ERR_DATA,
                       "a PLY face names vertex -4"));
    CHECK(refuses_text("b.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n0 0 1\n1000000 0 1 4\n",
                       NW_ERR_DATA, "a PLY face has 1e+06 corners"));
    CHECK(refuses_text("b.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n0 0 1\n2 0 1\n", NW_ERR_GEOMETRY,
                       "the file holds no triangle: there is no surface in it"));
}

static void ascii_and_both_byte_orders_of_ply_are_the_same_mesh(void)
{
    static const char head[] =
        "element vertex 4\nproperty double x\nproperty float y\nproperty "
        "short z\nelement edge 1\nproperty int a\nelement face "
        "1\nproperty list uchar ushort vertex_index\nend_header\n";
    for (int kind = 0; kind < 3; kind++) {
        static const char *const name[] = {"ascii", "binary_little_endian",
                                           "binary_big_endian"};
        char data[600];
        size_t len =
            (size_t)snprintf(data, sizeof data, "ply\r\nformat %s 1.0\r\n%s", name[kind], head);
        const double x[4] = {0, 1.5, 1.5, 0};
        const float y[4] = {0, 0, 1, 1};
        const int16_t z = -300;
        const int32_t edge = 7;
        const uint16_t face[4] = {0, 1, 2, 3};
        if (kind == 0)
            len += (size_t)snprintf(data + len, sizeof data - len,
                                    "0 0 -300\n1.5 0 -300\n1.5 1 -300\n0 1 -300\n7\n4 0 1 2 3");
        for (size_t v = 0; kind > 0 && v < 4; v++) {
            const void *value[3] = {&x[v], &y[v], &z};
            const size_t size[3] = {8, 4, 2};
            for (int a = 0; a < 3; a++)
                for (size_t i = 0; i < size[a]; i++)
                    data[len++] = ((const char *)value[a])[kind == 2 ? size[a] - 1 - i : i];
        }
        for (size_t i = 0; kind > 0 && i < 4; i++)
            data[len++] = ((const char *)&edge)[kind == 2 ? 3 - i : i];
        if (kind > 0)
            data[len++] = 4;
        for (size_t i = 0; kind > 0 && i < 8; i++)
            data[len++] = ((const char *)face)[kind == 2 ? i ^ 1 : i];
        struct nw_model m = {0};
        struct nw_err err = {0};
        make_file("k.ply", data, len);
        CHECK(nw_model_read(test_file("k.ply"), NULL, &m, &err));
        CHECK(m.part_count == 1 && m.part[0].mesh.vert_count == 4 &&
              m.part[0].mesh.tri_count == 2);
        CHECK(m.part_count == 1 && m.part[0].mesh.pos_mm[2].x == 1.5 &&
              m.part[0].mesh.pos_mm[2].z == -300 && m.part[0].mesh.tri[1][2] == 3);
        nw_model_release(&m);
    }
}

int main(void)
{
    if (!mkdtemp(test_folder))
        return 1;
    UNIT(a_handed_solid_keeps_lengths_and_hand_through_every_format);
    UNIT(names_colours_and_attributes_come_back_where_they_are_promised);
    UNIT(the_bytes_do_not_depend_on_threads_or_time);
    UNIT(each_allocation_may_fail);
    UNIT(units_and_frames_are_the_callers_or_the_files_never_both);
    UNIT(what_cannot_be_written_is_refused_and_leaves_nothing);
    UNIT(broken_stl_files_are_refused_in_one_sentence);
    UNIT(a_binary_stl_that_begins_with_solid_is_read_as_binary);
    UNIT(broken_ply_files_are_refused_in_one_sentence);
    UNIT(ascii_and_both_byte_orders_of_ply_are_the_same_mesh);
    return model_tests_end();
}
