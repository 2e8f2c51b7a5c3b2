/* io: meshes that others made, good and bad, and programs of others that read ours. */
#include "model_make.h"

struct expected {
    const char *file;
    size_t verts, tris; /* of all parts together; 0 triangles: refused */
    double x, y, z;     /* size; 0: not stated */
};

/* What trimesh, an independent reader, counts, but for two: it joins vertices that are nearly
 * the same (featuretype.STL: 1722) and across objects (joined_tetrahedra.obj: 5); here vertices
 * join only within a part and where they are bit for bit the same. */
static const struct expected torture[] = {
    {"20mm-xyz-cube.stl", 132, 260, 20, 20, 20},
    {"7_8ths_cube.stl", 14, 24, 40, 40, 40},
    {"ballA.off", 0, 1, 0, 0, 0},
    {"bunny.ply", 8171, 16301, 0, 0, 0},
    {"busted.STL", 1941, 3878, 10.68, 11.38, 9.57},
    {"capsule.obj", 5252, 10200, 2, 2, 3},
    {"comments.off", 0, 1, 0, 0, 0},
    {"counterXP.3MF", 0, 1, 0, 0, 0},
    {"cube_and_sphere_same_name.3mf", 0, 1, 0, 0, 0},
    {"cubevt.obj", 24, 12, 1, 1, 1},
    {"empty.obj", 0, 0, 0, 0, 0},
    {"empty.ply", 0, 0, 0, 0, 0},
    {"empty.stl", 0, 0, 0, 0, 0},
    {"featuretype.3MF", 1092, 2208, 0, 0, 0},
    {"featuretype.STL", 2010, 3476, 5, 2.5, 1.38},
    {"featuretype.ply", 5096, 3476, 5, 2.5, 1.38},
    {"fuze.obj", 502, 1000, 0.07, 0.07, 0.22},
    {"fuze.ply", 502, 1000, 0.07, 0.07, 0.22},
    {"fuze_ascii.ply", 502, 1000, 0.07, 0.07, 0.22},
    {"joined_tetrahedra.obj", 9, 8, 1.5, 1.73, 2},
    {"large_block.STL", 8, 12, 4572, 304.8, 2438.4},
    {"multibody.stl", 20, 32, 0.64, 1.09, 0.34},
    {"negative_indices.obj", 8, 12, 2, 2, 2},
    {"plane.ply", 4, 2, 0, 0, 0},
    {"points_ascii.ply", 0, 0, 0, 0, 0},
    {"polygonfaces.obj", 5, 3, 1000, 500, 1000},
    {"round.stl", 560, 1120, 5.08, 5.08, 60.96},
    {"soup.stl", 300, 100, 1, 1, 0.99},
    {"teapot.stl", 480, 894, 63.17, 39.31, 29.48},
    {"torus.STL", 4350, 8700, 3, 3, 1},
    {"two_objects.obj", 12, 16, 1, 1, 1},
    {"unit_cube.STL", 8, 12, 1, 1, 1},
    {"unit_sphere.STL", 642, 1280, 2, 2, 2},
};

static const struct expected bones[] = {
    {"VHM_Left_Bone_Calcaneous_smooth.stl", 9234, 18464, 67.55, 73.33, 55.48},
    {"VHM_Left_Bone_Coccyx_smooth.stl", 1242, 2480, 32.53, 12.51, 28.72},
    {"VHM_Left_Bone_Patella_smooth.stl", 3536, 7068, 43.51, 32.87, 42.55},
    {"VHM_Left_Bone_Phalanges_smooth.stl", 17411, 34782, 79.23, 151.2, 79.18},
    {"VHM_Left_Bone_Sacrum_smooth.stl", 36796, 73664, 120.3, 113.44, 119.26},
    {"VHM_Left_Bone_Talus_smooth.stl", 5631, 11258, 45.21, 55.94, 44.33},
    {"VHM_Right_Bone_Calcaneous_smooth.stl", 8926, 17848, 60.38, 80.04, 52.24},
    {"VHM_Right_Bone_Fibula_smooth.stl", 16814, 33624, 52.05, 43.76, 402.67},
    {"VHM_Right_Bone_Patella_smooth.stl", 4090, 8176, 52.06, 24.7, 46.76},
    {"VHM_Right_Bone_Talus_smooth.stl", 5631, 11258, 45.15, 56.19, 45.44},
};

static void check_file(const char *set, const struct expected *e)
{
    char path[1024];
    struct nw_model m = {0};
    struct nw_err err = {0};
    (void)snprintf(path, sizeof path, "%s/%s/%s", getenv("NUWA_DATA"), set, e->file);
    const bool ok = nw_model_read(path, NULL, &m, &err);
    const size_t verts = model_verts(&m), tris = model_tris(&m);
    const nw_vec3 size = ok ? nw_box_size(model_box(&m)) : nw_v3(0, 0, 0);
    bool right = e->tris == 0 ? !ok && err.msg[0] != '\0' : ok && tris > 0;
    if (e->tris > 1)
        right = right && tris == e->tris && (e->verts == 0 || verts == e->verts);
    if (e->z > 0)
        right = right && fabs(size.x - e->x) < 0.0051 && fabs(size.y - e->y) < 0.0051 &&
                fabs(size.z - e->z) < 0.0051;
    if (!right)
        printf("# %s: %s%zu vertices, %zu triangles, %.2f x %.2f x %.2f\n", e->file, err.msg,
               verts, tris, size.x, size.y, size.z);
    CHECK(right);
    nw_model_release(&m);
}

static bool no_data(void)
{
    if (getenv("NUWA_DATA"))
        return false;
    printf("# SKIP NUWA_DATA is not set\n");
    return true;
}

static void every_mesh_to_stumble_over_is_counted_or_refused(void)
{
    for (size_t i = 0; !no_data() && i < sizeof torture / sizeof *torture; i++)
        check_file("mesh_torture_trimesh", &torture[i]);
}

/* Req: R-009 */
static void ten_real_bones_keep_their_counts_and_sizes(void)
{
    for (size_t i = 0; !no_data() && i < sizeof bones / sizeof *bones; i++)
        check_file("mesh_bones_vhm", &bones[i]);
}

static bool runs(const char *line)
{
    return system(line) == 0;
}

/* VTK's VRML importer makes a scene: an actor a part, with its colour. */
static void vtk_imports_vrml(void)
{
    if (!runs("/usr/bin/python3 -c 'import vtk' 2>/dev/null")) {
        printf("# SKIP python3-vtk9 is not there\n");
        return;
    }
    struct nw_model model = handed_model();
    const nw_box box = model_box(&model);
    struct nw_err err = {0};
    char line[2048];
    CHECK(nw_model_write(test_file("v.wrl"), &model, NULL, &err));
    (void)snprintf(
        line, sizeof line,
        "/usr/bin/python3 -c \"import vtk\n"
        "i=vtk.vtkVRMLImporter(); i.SetFileName('%s'); i.Read()\n"
        "a=i.GetRenderer().GetActors(); a.InitTraversal()\n"
        "n=0; b=[1e9,-1e9]*3; c=[]; v=0\n"
        "for k in range(a.GetNumberOfItems()):\n"
        " x=a.GetNextActor(); o=x.GetMapper().GetInput(); x.GetMapper().Update()\n"
        " n+=o.GetNumberOfCells(); g=x.GetBounds(); c+=[x.GetProperty().GetDiffuseColor()]\n"
        " v+=x.GetMapper().GetScalarVisibility() and o.GetPointData().GetScalars() is not "
        "None\n"
        " b=[(min if j%%2==0 else max)(b[j],g[j]) for j in range(6)]\n"
        "w=[%.9g,%.9g,%.9g,%.9g,%.9g,%.9g]\n"
        "assert n==24 and max(abs(p-q) for p,q in zip(b,w))<1e-3, (n,b,w)\n"
        "d=[%.9g,%.9g,%.9g]\n"
        "assert max(abs(p-q) for p,q in zip(c[0],d))<1e-3, (c,d)\"",
        test_file("v.wrl"), box.min.x, box.max.x, box.min.y, box.max.y, box.min.z, box.max.z,
        model.part[0].rgba[0] / 255.0, model.part[0].rgba[1] / 255.0,
        model.part[0].rgba[2] / 255.0);
    CHECK(runs(line));
    nw_model_release(&model);
}

/* Req: R-056 */
static void vtk_reads_what_is_written(void)
{
    if (!runs("/usr/bin/python3 -c 'import vtk' 2>/dev/null")) {
        printf("# SKIP python3-vtk9 is not there\n");
        return;
    }
    static const char *const file[] = {"v.stl", "v.ply", "v.obj", "v.vtk", "v.glb"};
    static const char *const reader[] = {"vtkSTLReader", "vtkPLYReader", "vtkOBJReader",
                                         "vtkPolyDataReader", "vtkGLTFReader"};
    struct nw_model model = handed_model();
    const nw_box box = model_box(&model);
    for (int f = 0; f < 5; f++) {
        struct nw_err err = {0};
        char line[2048];
        CHECK(nw_model_write(test_file(file[f]), &model, NULL, &err));
        /* glTF: metres, y up; the box there is x, z, -y of ours */
        const nw_vec3 lo =
            f < 4 ? box.min : nw_scale(nw_v3(box.min.x, box.min.z, -box.max.y), 0.001);
        const nw_vec3 hi =
            f < 4 ? box.max : nw_scale(nw_v3(box.max.x, box.max.z, -box.min.y), 0.001);
        (void)snprintf(
            line, sizeof line,
            "/usr/bin/python3 -c \"import vtk; r=vtk.%s(); r.SetFileName('%s')\n"
            "r.Update(); o=r.GetOutput()\n"
            "if o.IsA('vtkMultiBlockDataSet'):\n"
            " a=vtk.vtkCompositeDataGeometryFilter(); a.SetInputData(o); a.Update(); "
            "o=a.GetOutput()\n"
            "assert o.GetNumberOfCells()==24, o.GetNumberOfCells()\n"
            "b=o.GetBounds(); w=[%.9g,%.9g,%.9g,%.9g,%.9g,%.9g]\n"
            "assert max(abs(x-y) for x,y in zip(b,w))<1e-3, (b,w)\n"
            "%s\"",
            reader[f], test_file(file[f]), lo.x, hi.x, lo.y, hi.y, lo.z, hi.z,
            f == 3 ? "u=o.GetPointData().GetArray('uncertainty_mm'); "
                     "assert abs(u.GetValue(7)-0.073)<1e-6"
                   : "pass");
        CHECK(runs(line));
    }
    nw_model_release(&model);
}

static void prusa_slicer_reads_3mf_and_amf(void)
{
    if (!runs("command -v prusa-slicer >/dev/null")) {
        printf("# SKIP prusa-slicer is not there\n");
        return;
    }
    struct nw_model model = handed_model();
    static const char *const file[] = {"p.3mf", "p.amf", "p.stl", "p.obj"};
    for (int f = 0; f < 4; f++) {
        struct nw_err err = {0};
        char line[1024];
        CHECK(nw_model_write(test_file(file[f]), &model, NULL, &err));
        (void)snprintf(line, sizeof line,
                       "prusa-slicer --info '%s' 2>/dev/null >'%s' && "
                       "grep -q 'size_z = 58' '%s' && grep -q 'manifold = yes' '%s'",
                       test_file(file[f]), test_file("info"), test_file("info"),
                       test_file("info"));
        CHECK(runs(line));
    }
    nw_model_release(&model);
}

static void admesh_finds_nothing_to_repair(void)
{
    if (!runs("command -v admesh >/dev/null")) {
        printf("# SKIP admesh is not there\n");
        return;
    }
    struct nw_model model = handed_model();
    struct nw_err err = {0};
    char line[1024];
    CHECK(nw_model_write(test_file("a.stl"), &model, NULL, &err));
    (void)snprintf(line, sizeof line,
                   "admesh '%s' | grep -q 'All facets connected *: 0 *0\\|Total disconnected "
                   "facets *: *0 *0'",
                   test_file("a.stl"));
    CHECK(runs(line));
    nw_model_release(&model);
}

int main(void)
{
    if (!mkdtemp(test_folder))
        return 1;
    UNIT(every_mesh_to_stumble_over_is_counted_or_refused);
    UNIT(ten_real_bones_keep_their_counts_and_sizes);
    UNIT(vtk_reads_what_is_written);
    UNIT(vtk_imports_vrml);
    UNIT(prusa_slicer_reads_3mf_and_amf);
    UNIT(admesh_finds_nothing_to_repair);
    return model_tests_end();
}
