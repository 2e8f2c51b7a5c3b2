/* lib3MF, the 3MF consortium's reader, finds in our 3MF what was written: parts, names, counts,
 * millimetres, and no warning. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include <Model/COM/NMR_DLLInterfaces.h>

#include "io/io.h"

static int failures, tests;

static void check(bool ok, const char *what)
{
    std::printf("%s %d - %s\n", ok ? "ok" : "not ok", ++tests, what);
    failures += !ok;
}

static bool add_box(struct nw_model *model, const char *name, double x, bool coloured)
{
    static const uint32_t tri[12][3] = {{0, 2, 1}, {0, 3, 2}, {4, 5, 6}, {4, 6, 7},
                                        {0, 1, 5}, {0, 5, 4}, {1, 2, 6}, {1, 6, 5},
                                        {2, 3, 7}, {2, 7, 6}, {3, 0, 4}, {3, 4, 7}};
    static const uint8_t rgba[4] = {200, 100, 50, 255};
    struct nw_err err = {};
    struct nw_mesh m = {};
    if (!nw_mesh_init(&m, 8, 12, &err))
        return false;
    std::memcpy(m.tri, tri, sizeof tri);
    for (int v = 0; v < 8; v++)
        m.pos_mm[v] =
            nw_v3(x + 20.1 * ((v ^ (v >> 1)) & 1), 35.7 * ((v >> 1) & 1), 57.3 * (v >> 2));
    if (coloured) {
        m.vert_rgba = static_cast<uint8_t(*)[4]>(nw_alloc(8, 4, &err));
        for (int v = 0; v < 8; v++)
            m.vert_rgba[v][v % 3] = m.vert_rgba[v][3] = 255;
    }
    return nw_model_add(model, name, rgba, &m, &err);
}

/* The colour of the material that the whole part has. */
static void check_material(NMR::PLib3MFModel *model, NMR::PLib3MFModelResource *object)
{
    NMR::PLib3MFDefaultPropertyHandler *handler = nullptr;
    NMR::PLib3MFModelResource *group = nullptr;
    DWORD id = 0, index = 0;
    BYTE rgba[4] = {};
    const bool read =
        NMR::lib3mf_object_createdefaultpropertyhandler(object, &handler) == 0 &&
        NMR::lib3mf_defaultpropertyhandler_getbasematerial(handler, &id, &index) == 0 &&
        NMR::lib3mf_model_getresourcebyid(model, id, &group) == 0 &&
        NMR::lib3mf_basematerial_getdisplaycolor(group, index, &rgba[0], &rgba[1], &rgba[2],
                                                 &rgba[3]) == 0;
    check(read && rgba[0] == 200 && rgba[1] == 100 && rgba[2] == 50, "in the part's colour");
    (void)NMR::lib3mf_release(group);
    (void)NMR::lib3mf_release(handler);
}

/* Vertex v is red, green or blue by v % 3. */
static void check_vertex_colours(NMR::PLib3MFModelResource *object)
{
    NMR::PLib3MFPropertyHandler *handler = nullptr;
    bool same = NMR::lib3mf_meshobject_createpropertyhandler(object, &handler) == 0;
    for (DWORD t = 0; same && t < 12; t++) {
        NMR::MODELMESHTRIANGLE tri = {};
        NMR::MODELMESH_TRIANGLECOLOR_SRGB colour = {};
        same = NMR::lib3mf_meshobject_gettriangle(object, t, &tri) == 0 &&
               NMR::lib3mf_propertyhandler_getcolor(handler, t, &colour) == 0;
        for (int c = 0; same && c < 3; c++) {
            const NMR::MODELMESHCOLOR_SRGB &g = colour.m_Colors[c];
            const unsigned of = tri.m_nIndices[c] % 3;
            same = (g.m_Red == 255) == (of == 0) && (g.m_Green == 255) == (of == 1) &&
                   (g.m_Blue == 255) == (of == 2);
        }
    }
    check(same, "each vertex in its own colour");
    (void)NMR::lib3mf_release(handler);
}

static void read_with_lib3mf(const char *path)
{
    NMR::PLib3MFModel *model = nullptr;
    NMR::PLib3MFModelReader *reader = nullptr;
    NMR::PLib3MFModelResourceIterator *it = nullptr;
    DWORD warnings = 99, unit = 99;
    check(NMR::lib3mf_createmodel(&model) == 0 &&
              NMR::lib3mf_model_queryreader(model, "3mf", &reader) == 0,
          "lib3MF makes a reader");
    const bool read = NMR::lib3mf_reader_readfromfileutf8(reader, path) == 0;
    if (!read) {
        DWORD code;
        LPCSTR why = nullptr;
        (void)NMR::lib3mf_getlasterror(reader, &code, &why);
        std::printf("# %s\n", why ? why : "?");
    }
    check(read, "lib3MF reads the file");
    (void)NMR::lib3mf_reader_getwarningcount(reader, &warnings);
    check(warnings == 0, "without a warning");
    for (DWORD w = 0; w < warnings && w < 5; w++) {
        char text[300];
        ULONG need;
        DWORD code;
        (void)NMR::lib3mf_reader_getwarningutf8(reader, w, &code, text, sizeof text, &need);
        std::printf("# %s\n", text);
    }
    check(NMR::lib3mf_model_getunit(model, &unit) == 0 && unit == NMR::MODELUNIT_MILLIMETER,
          "in millimetres");
    (void)NMR::lib3mf_model_getmeshobjects(model, &it);
    const char *const names[2] = {"femur left", "骶骨 <&>"};
    BOOL more = 0;
    int found = 0;
    while (it && NMR::lib3mf_resourceiterator_movenext(it, &more) == 0 && more) {
        NMR::PLib3MFModelResource *object = nullptr;
        DWORD verts = 0, tris = 0;
        char name[200] = "";
        ULONG need;
        (void)NMR::lib3mf_resourceiterator_getcurrent(it, &object);
        (void)NMR::lib3mf_meshobject_getvertexcount(object, &verts);
        (void)NMR::lib3mf_meshobject_gettrianglecount(object, &tris);
        (void)NMR::lib3mf_object_getnameutf8(object, name, sizeof name, &need);
        check(verts == 8 && tris == 12, "with its vertices and triangles");
        check(found < 2 && std::strcmp(name, names[found]) == 0, "under its name");
        if (found == 0)
            check_material(model, object);
        else
            check_vertex_colours(object);
        found++;
        (void)NMR::lib3mf_release(object);
    }
    check(found == 2, "both parts");
    (void)NMR::lib3mf_release(reader);
    (void)NMR::lib3mf_release(model);
}

int main()
{
    char path[] = "/tmp/nuwa-lib3mf-XXXXXX.3mf";
    const int fd = mkstemps(path, 4);
    struct nw_model model = {};
    struct nw_err err = {};
    if (fd < 0)
        return 1;
    (void)close(fd);
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    const struct nw_model_write_opts opts = {png, sizeof png};
    check(add_box(&model, "femur left", 0, false) && add_box(&model, "骶骨 <&>", 50, true) &&
              nw_model_set_fact(&model, "series", "a & b", &err) &&
              nw_model_set_fact(&model, "Title", "two", &err),
          "a model is made");
    check(nw_model_write(path, &model, &opts, &err), "and written");
    read_with_lib3mf(path);
    nw_model_release(&model);
    (void)unlink(path);
    std::printf("1..%d\n%d passed, %d failed\n", tests, tests - failures, failures);
    return failures > 0;
}
