/* Proves how 3MF and AMF are read: by the fast way exactly as by the parser, and what is
 * broken in one sentence each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/zip_priv.h"
#include "model_make.h"

#define HEAD_3MF                                                                               \
    "<?xml version=\"1.0\"?><model unit=\"millimeter\" "                                       \
    "xmlns=\"http://schemas.microsoft.com/3dmanufacturing/core/2015/02\"><resources>"
#define MESH_3MF                                                                               \
    "<object id=\"1\"><mesh><vertices><vertex x=\"0\" y=\"0\" z=\"0\"/>"                       \
    "<vertex x=\"1\" y=\"0\" z=\"0\"/><vertex x=\"0\" y=\"1\" z=\"0\"/></vertices>"
#define TRIS_3MF "<triangles><triangle v1=\"0\" v2=\"1\" v3=\"2\"/></triangles></mesh></object>"
#define TAIL_3MF "</resources><build><item objectid=\"1\"/></build></model>"

static void make_zip(const char *name, const char *entry, const void *data, size_t len)
{
    struct nw_err err = {0};
    struct nw_out *out = nw_out_new(test_file(name), &err);
    struct nw_zip_writer zip = {.out = out};
    CHECK(out && nw_zip_add(&zip, entry, data, len, &err) && nw_zip_end(&zip, &err) &&
          nw_out_commit(out, &err));
}

static bool refuses_3mf(const char *text, enum nw_code code, const char *msg)
{
    struct nw_model m = {0};
    struct nw_err err = {0};
    make_zip("b.3mf", "3D/3dmodel.model", text, strlen(text));
    const bool ok = nw_model_read(test_file("b.3mf"), NULL, &m, &err);
    const bool right = !ok && err.code == code && strcmp(err.msg, msg) == 0;
    if (!right)
        printf("# got %s: %s\n", nw_code_name(err.code), err.msg);
    nw_model_release(&m);
    return right;
}

/* ---- the fast way and the parser's ---- */

enum { SIDE = 150 };
static const char *const asides[] = {
    "<!-- <vertex x=\"9\" y=\"9\" z=\"9\"/> -->",
    "<!-- > <vertex x=\"9\" y=\"9\" z=\"9\"/>\n</vertices> <vertices> -->",
    "<![CDATA[ ><vertex x=\"9\" y=\"9\" z=\"9\"/> ]]>",
    "<metadata name=\"vertices>\" note='>'/>",
    "<vertices/>",
    "\n\n   \t",
    "<?note ><vertex x=\"9\" y=\"9\" z=\"9\"/>?>"};

/* A bumpy sheet; in the parser's way every quote is single, which the fast way leaves alone.
 * `odd`: what else XML allows is strewn among the elements. */
static char *sheet_text(bool plain, bool odd, size_t *len)
{
    const size_t room = (size_t)SIDE * SIDE * 300 + 4096;
    char *text = malloc(room);
    size_t n = 0;
    const char q = plain ? '\'' : '"';
    if (!text)
        abort();
#define ADD(...) n += (size_t)snprintf(text + n, room - n, __VA_ARGS__)
    ADD("%s<m:colorgroup xmlns:m=\"http://schemas.microsoft.com/3dmanufacturing/material/"
        "2015/02\" id=\"5\"><m:color color=\"#FF0000\"/><m:color color=\"#00FF0080\"/>"
        "</m:colorgroup><object id=\"1\"><mesh><vertices>",
        HEAD_3MF);
    for (int v = 0; v < SIDE * SIDE; v++) {
        if (odd && v % 977 == 5)
            ADD("%s", asides[v / 977 % 7]);
        if (odd && v % 1201 == 7)
            ADD("<vertex y=\"%d\"\n x=\"%d\" z=\"1e-3\"></vertex>", v / SIDE, v % SIDE);
        else
            ADD("<vertex x=%c%d.25%c y=%c%d%c z=%c%.7g%c%s/>\n", q, v % SIDE, q, q, v / SIDE, q,
                q, 1e-4 * (v * 7919 % 4001), q, v % 3 ? "" : " ");
    }
    ADD("</vertices><triangles>");
    for (int t = 0; t < (SIDE - 1) * (SIDE - 1); t++) {
        const int a = t / (SIDE - 1) * SIDE + t % (SIDE - 1);
        if (odd && t % 977 == 5)
            ADD("%s", asides[t / 977 % 7]);
        ADD("<triangle v1=%c%d%c v2=%c%d%c v3=%c%d%c/>", q, a, q, q, a + 1, q, q, a + SIDE, q);
        ADD("<triangle v1=%c%d%c v2=%c%d%c v3=%c%d%c pid=%c5%c p1=%c%d%c p2=%c0%c p3=%c1%c/>",
            q, a + 1, q, q, a + SIDE + 1, q, q, a + SIDE, q, q, q, q, t % 2, q, q, q, q, q);
    }
    ADD("</triangles></mesh></object>%s", TAIL_3MF);
#undef ADD
    *len = n;
    return text;
}

static struct nw_model read_sheet(bool plain, bool odd)
{
    struct nw_model m = {0};
    struct nw_err err = {0};
    size_t len;
    char *text = sheet_text(plain, odd, &len);
    make_zip("s.3mf", "3D/3dmodel.model", text, len);
    CHECK(nw_model_read(test_file("s.3mf"), NULL, &m, &err));
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
    free(text);
    return m;
}

static void the_fast_way_reads_what_the_parser_reads(void)
{
    for (int odd = 0; odd < 2; odd++) {
        struct nw_model slow = read_sheet(true, odd), fast = read_sheet(false, odd);
        CHECK(slow.part_count == 1 && fast.part_count == 1);
        if (slow.part_count != 1 || fast.part_count != 1)
            return;
        const struct nw_mesh *s = &slow.part[0].mesh, *f = &fast.part[0].mesh;
        CHECK(s->vert_count == SIDE * SIDE && s->tri_count == 2 * (SIDE - 1) * (SIDE - 1));
        CHECK(s->vert_count == f->vert_count && s->tri_count == f->tri_count &&
              memcmp(s->pos_mm, f->pos_mm, s->vert_count * sizeof *s->pos_mm) == 0 &&
              memcmp(s->tri, f->tri, s->tri_count * sizeof *s->tri) == 0);
        CHECK(s->vert_rgba && f->vert_rgba &&
              memcmp(s->vert_rgba, f->vert_rgba, s->vert_count * 4) == 0);
        nw_model_release(&slow);
        nw_model_release(&fast);
    }
}

static void lines_are_counted_through_the_fast_way(void)
{
    char text[4000] = HEAD_3MF "\n<object id=\"1\"><mesh><vertices>\n";
    size_t at = strlen(text);
    for (int v = 0; v < 40; v++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\n",
                               "<vertex x=\"0\" y=\"0\" z=\"0\"/>");
    snprintf(text + at, sizeof text - at, "</vertices></triangles>");
    CHECK(refuses_3mf(text, NW_ERR_DATA, "the XML is broken at line 43"));
}

static void each_allocation_may_fail_in_the_fast_way(void)
{
    static const char text[] = HEAD_3MF MESH_3MF TRIS_3MF TAIL_3MF;
    make_zip("a.3mf", "3D/3dmodel.model", text, sizeof text - 1);
    read_survives(test_file("a.3mf"));
}

/* ---- broken ones ---- */

static void broken_3mf_files_are_refused_in_one_sentence(void)
{
    CHECK(refuses_text("b.3mf", "PK\3\4 and then nothing that is one, only words", NW_ERR_DATA,
                       "the file is a zip archive that is damaged or cut off"));
    make_zip("n.3mf", "readme.txt", "no model", 8);
    struct nw_model m = {0};
    struct nw_err err = {0};
    CHECK(!nw_model_read(test_file("n.3mf"), NULL, &m, &err) && err.code == NW_ERR_DATA &&
          strcmp(err.msg, "the archive holds no 3MF model and no AMF") == 0);
    static const struct {
        const char *text;
        enum nw_code code;
        const char *msg;
    } rows[] = {
        {"", NW_ERR_DATA, "the XML is broken at line 1"},
        {HEAD_3MF, NW_ERR_DATA, "the XML is broken at line 1"},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><model/>", NW_ERR_UNSUPPORTED,
         "the XML declares a document type, which models do not have"},
        {"<model unit=\"furlong\"/>", NW_ERR_DATA, "the 3MF has a unit that 3MF does not know"},
        {"<model/>", NW_ERR_GEOMETRY, "the file holds no triangle: there is no surface in it"},
        {HEAD_3MF "<basematerials id=\"2\"><base name=\"a\" displaycolor=\"red\"/>"
                  "</basematerials>" MESH_3MF TRIS_3MF TAIL_3MF,
         NW_ERR_DATA, "the 3MF has a colour that is not #RRGGBB or #RRGGBBAA"},
        {HEAD_3MF "<object id=\"1\"><mesh><vertices><vertex x=\"0\" y=\"0\"/></vertices>"
                  "</mesh></object>" TAIL_3MF,
         NW_ERR_DATA, "vertex 1 of a 3MF object has no number for x, y or z"},
        {HEAD_3MF "<object id=\"1\"><mesh><vertices><vertex x=\"0\" y=\"0\" z=\"nan\"/>"
                  "</vertices></mesh></object>" TAIL_3MF,
         NW_ERR_DATA, "vertex 1 of a 3MF object has no number for x, y or z"},
        {HEAD_3MF MESH_3MF "<triangles><triangle v1=\"0\" v2=\"1\"/></triangles></mesh>"
                           "</object>" TAIL_3MF,
         NW_ERR_DATA, "triangle 1 of a 3MF object has no v3"},
        {HEAD_3MF MESH_3MF "<triangles><triangle v1=\"0\" v2=\"-1\" v3=\"2\"/></triangles>"
                           "</mesh></object>" TAIL_3MF,
         NW_ERR_DATA, "triangle 1 of a 3MF object has no v2"},
        {HEAD_3MF MESH_3MF "<triangles><triangle v1=\"0\" v2=\"1\" v3=\"3\"/></triangles>"
                           "</mesh></object>" TAIL_3MF,
         NW_ERR_DATA, "triangle 1 names vertex 4 of 3 (counting from 1)"},
        {HEAD_3MF MESH_3MF TRIS_3MF "</resources><build><item objectid=\"7\"/></build></model>",
         NW_ERR_DATA, "the 3MF places object 7, which it does not have"},
        {HEAD_3MF MESH_3MF TRIS_3MF "</resources><build><item/></build></model>", NW_ERR_DATA,
         "the 3MF places an object without naming it"},
        {HEAD_3MF MESH_3MF TRIS_3MF
         "</resources><build><item objectid=\"1\" transform=\"1 0 0 0 1 0\"/></build></model>",
         NW_ERR_DATA, "a transform of the 3MF is not twelve numbers"},
        {HEAD_3MF MESH_3MF TRIS_3MF "</resources><build><item objectid=\"1\" "
                                    "transform=\"1 0 0 0 0 0 0 0 1 0 0 0\"/></build></model>",
         NW_ERR_DATA, "a transform of the 3MF makes an object flat"},
        {HEAD_3MF "<object id=\"1\"><components><component objectid=\"1\"/></components>"
                  "</object>" TAIL_3MF,
         NW_ERR_LIMIT, "the 3MF nests objects over 16 deep or places over 100000 of them"},
        {HEAD_3MF "<object id=\"1\"><components><component objectid=\"2\" path=\"/b.model\"/>"
                  "</components></object>" TAIL_3MF,
         NW_ERR_UNSUPPORTED,
         "the 3MF spreads its objects over several files (production extension), which is not "
         "read"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(refuses_3mf(rows[i].text, rows[i].code, rows[i].msg));
}

#define MESH_AMF                                                                               \
    "<mesh><vertices><vertex><coordinates><x>0</x><y>0</y><z>0</z></coordinates></vertex>"     \
    "<vertex><coordinates><x>1</x><y>0</y><z>0</z></coordinates></vertex>"                     \
    "<vertex><coordinates><x>0</x><y>1</y><z>0</z></coordinates></vertex></vertices>"
#define TRI_AMF(a) "<volume><triangle><v1>0</v1><v2>1</v2><v3>" a "</v3></triangle></volume>"

static void broken_amf_files_are_refused_in_one_sentence(void)
{
    static const struct {
        const char *text;
        enum nw_code code;
        const char *msg;
    } rows[] = {
        {"<amf>", NW_ERR_DATA, "the XML is broken at line 1"},
        {"<amf unit=\"ell\"/>", NW_ERR_DATA, "the AMF has a unit that AMF does not know"},
        {"<amf/>", NW_ERR_GEOMETRY, "the file holds no triangle: there is no surface in it"},
        {"<amf><object id=\"1\"><mesh><vertices><vertex><coordinates><x>one</x>"
         "</coordinates></vertex></vertices></mesh></object></amf>",
         NW_ERR_DATA, "the AMF has a <x> that is not a number"},
        {"<amf><object id=\"1\"><mesh><vertices><vertex><coordinates><x>1</x><y>2</y>"
         "</coordinates></vertex></vertices></mesh></object></amf>",
         NW_ERR_DATA, "vertex 1 of an AMF object lacks x, y or z"},
        {"<amf><object id=\"1\">" MESH_AMF "<volume><triangle><v1>0</v1><v2>1</v2></triangle>"
         "</volume></mesh></object></amf>",
         NW_ERR_DATA, "triangle 1 of an AMF object lacks v1, v2 or v3"},
        {"<amf><object id=\"1\">" MESH_AMF TRI_AMF("-2") "</mesh></object></amf>", NW_ERR_DATA,
         "triangle 1 of an AMF object lacks v1, v2 or v3"},
        {"<amf><object id=\"1\">" MESH_AMF TRI_AMF("3") "</mesh></object></amf>", NW_ERR_DATA,
         "triangle 1 names vertex 4 of 3 (counting from 1)"},
        {"<amf><object id=\"1\">" MESH_AMF TRI_AMF(
             "2") "</mesh></object><constellation "
                  "id=\"2\"><instance objectid=\"9\"/></constellation></amf>",
         NW_ERR_DATA, "the AMF places object 9, which it does not have"},
        {"<amf><constellation id=\"2\"><instance objectid=\"3\"/></constellation>"
         "<constellation id=\"3\"><instance objectid=\"2\"/></constellation>"
         "<constellation id=\"4\"><instance objectid=\"2\"/></constellation></amf>",
         NW_ERR_LIMIT,
         "the AMF nests constellations over 16 deep or places over 100000 objects"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(refuses_text("b.amf", rows[i].text, rows[i].code, rows[i].msg));
}

int main(void)
{
    if (!mkdtemp(test_folder))
        return 1;
    UNIT(the_fast_way_reads_what_the_parser_reads);
    UNIT(lines_are_counted_through_the_fast_way);
    UNIT(each_allocation_may_fail_in_the_fast_way);
    UNIT(broken_3mf_files_are_refused_in_one_sentence);
    UNIT(broken_amf_files_are_refused_in_one_sentence);
    return model_tests_end();
}
