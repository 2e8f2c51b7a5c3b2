/* cli/check.c -- `nuwa check`: is a mesh file a printable solid, and if not, where not. */
#include <string.h>

#include "cli/command.h"
#include "io/io.h"
#include "mesh/check.h"

struct check_args {
    const char *in;
    double unit_mm;
    bool quick;
};

enum { PLACES_SHOWN = 3 }; /* of each kind of defect, for people; JSON has them all */

/* What all parts of a model come to together. */
struct verdict {
    bool closed, manifold, oriented, solid;
    size_t count[NW_DEFECT_KINDS];
    size_t parts, cavities, triangles, vertices;
    double volume_mm3, area_mm2, min_triangle_angle_deg;
    nw_box box;
    json_t *defects;
};

static const struct {
    const char *zh, *en;
} defect_words[NW_DEFECT_KINDS] = {
    [NW_DEFECT_OPEN_EDGE] = {"开放的边（缺少三角形）", "open edges (a triangle is missing)"},
    [NW_DEFECT_NONMANIFOLD_EDGE] = {"多于两个三角形的边", "edges with more than two triangles"},
    [NW_DEFECT_FLIPPED_EDGE] = {"两侧方向相反的边", "edges whose triangles face opposite ways"},
    [NW_DEFECT_NONMANIFOLD_VERTEX] = {"曲面只在一点相连", "vertices where surfaces only touch"},
    [NW_DEFECT_DEGENERATE] = {"没有面积的三角形", "triangles without area"},
    [NW_DEFECT_DUPLICATE] = {"重复的三角形", "triangles that are there twice"},
    [NW_DEFECT_SELF_INTERSECTION] = {"相互穿过的三角形对", "pairs of triangles that cross"},
    [NW_DEFECT_INWARD] = {"朝向错误的部件", "parts that face the wrong way"},
    [NW_DEFECT_NOT_FINITE] = {"坐标无效的三角形", "triangles at places that are no numbers"},
};

static bool add_defect(json_t *list, const struct nw_defect *d, const char *part,
                       struct nw_err *err)
{
    json_t *place = json_pack("[o, o, o]", nw_json_number(d->place_mm.x),
                              nw_json_number(d->place_mm.y), nw_json_number(d->place_mm.z));
    json_t *one = json_pack("{s:s, s:s, s:I, s:o}", "kind", nw_defect_name(d->kind), "part",
                            part, "triangle", (json_int_t)d->triangle, "place_mm", place);
    return json_array_append_new(list, one) == 0 ||
           nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
}

static bool add_part(struct verdict *v, const struct nw_part *part, bool quick,
                     struct nw_err *err)
{
    NW_AUTOFREE struct nw_mesh_check *c = NW_ALLOC(struct nw_mesh_check, 1, err);
    const struct nw_check_opts opts = {.skip_self_intersection = quick};
    if (!c || !nw_mesh_check(&part->mesh, &opts, c, err))
        return false;
    v->closed = v->closed && c->closed;
    v->manifold = v->manifold && c->manifold;
    v->oriented = v->oriented && c->oriented;
    v->solid = v->solid && c->solid;
    for (int k = 0; k < NW_DEFECT_KINDS; k++)
        v->count[k] += c->count[k];
    v->parts += c->parts;
    v->cavities += c->cavities;
    v->triangles += part->mesh.tri_count;
    v->vertices += part->mesh.vert_count;
    v->volume_mm3 += c->volume_mm3;
    v->area_mm2 += c->area_mm2;
    v->min_triangle_angle_deg = fmin(v->min_triangle_angle_deg, c->min_triangle_angle_deg);
    v->box = nw_box_with(nw_box_with(v->box, c->box.min), c->box.max);
    for (size_t i = 0; i < c->defect_count; i++)
        if (!add_defect(v->defects, &c->defect[i], part->name, err))
            return false;
    return true;
}

static bool put(struct nw_run *run, const struct verdict *v, bool quick, struct nw_err *err)
{
    const nw_vec3 size = nw_box_size(v->box);
    json_t *counts = json_object();
    for (int k = 0; counts && k < NW_DEFECT_KINDS; k++)
        if (json_object_set_new(counts, nw_defect_name((enum nw_defect_kind)k),
                                json_integer((json_int_t)v->count[k])) != 0)
            break;
    const struct {
        const char *key;
        json_t *value;
    } members[] = {
        {"solid", quick && v->solid ? json_null() : json_boolean(v->solid)},
        {"closed", json_boolean(v->closed)},
        {"manifold", json_boolean(v->manifold)},
        {"oriented", json_boolean(v->oriented)},
        {"self_intersections",
         quick ? json_null() : json_integer((json_int_t)v->count[NW_DEFECT_SELF_INTERSECTION])},
        {"parts", json_integer((json_int_t)v->parts)},
        {"cavities", json_integer((json_int_t)v->cavities)},
        {"triangles", json_integer((json_int_t)v->triangles)},
        {"vertices", json_integer((json_int_t)v->vertices)},
        {"volume_mm3", nw_json_number(v->volume_mm3)},
        {"area_mm2", nw_json_number(v->area_mm2)},
        {"size_mm", json_pack("[o, o, o]", nw_json_number(size.x), nw_json_number(size.y),
                              nw_json_number(size.z))},
        {"min_triangle_angle_deg", nw_json_number(v->min_triangle_angle_deg)},
        {"defect_counts", counts},
        {"defects", json_incref(v->defects)},
    };
    bool ok = true;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!ok)
            json_decref(members[i].value);
        else
            ok = nw_run_put(run, members[i].key, members[i].value, err);
    return ok;
}

/* Up to three places of a kind, in mm. */
static void print_places(const struct nw_run *run, enum nw_defect_kind kind, const json_t *list)
{
    int shown = 0;
    for (size_t i = 0; i < json_array_size(list) && shown < PLACES_SHOWN; i++) {
        const json_t *d = json_array_get(list, i), *at = json_object_get(d, "place_mm");
        if (strcmp(json_string_value(json_object_get(d, "kind")), nw_defect_name(kind)) != 0)
            continue;
        nw_run_print(run,
                     nw_say(run, "    位于 (%.2f, %.2f, %.2f) mm，三角形 %lld\n",
                            "    at (%.2f, %.2f, %.2f) mm, triangle %lld\n"),
                     json_number_value(json_array_get(at, 0)),
                     json_number_value(json_array_get(at, 1)),
                     json_number_value(json_array_get(at, 2)),
                     json_integer_value(json_object_get(d, "triangle")));
        shown++;
    }
}

static void print(const struct nw_run *run, const struct verdict *v, bool quick)
{
    const nw_vec3 size = nw_box_size(v->box);
    if (v->solid && quick)
        nw_run_print(run, "%s",
                     nw_say(run, "封闭且一致；未检查自相交\n",
                            "closed and consistent; crossings were not looked for\n"));
    else if (v->solid)
        nw_run_print(run, "%s",
                     nw_say(run, "可打印的实体：封闭、流形、朝外、无自相交\n",
                            "a printable solid: closed, 2-manifold, outward, no "
                            "self-intersection\n"));
    else
        nw_run_print(run, "%s\n", nw_say(run, "不是实体：", "not a solid:"));
    for (int k = 0; k < NW_DEFECT_KINDS; k++) {
        if (v->count[k] == 0)
            continue;
        nw_run_print(run, "  %zu %s\n", v->count[k],
                     nw_say(run, defect_words[k].zh, defect_words[k].en));
        print_places(run, (enum nw_defect_kind)k, v->defects);
    }
    nw_run_print(run,
                 nw_say(run, "%zu 个部件，%zu 个空腔，%zu 个三角形，%zu 个顶点\n",
                        "%zu parts, %zu cavities, %zu triangles, %zu vertices\n"),
                 v->parts, v->cavities, v->triangles, v->vertices);
    nw_run_print(
        run,
        nw_say(run, "体积 %.2f mm³，面积 %.2f mm²，尺寸 %.2f x %.2f x %.2f mm，最小角 %.2f°\n",
               "volume %.2f mm3, area %.2f mm2, size %.2f x %.2f x %.2f mm, least "
               "angle %.2f deg\n"),
        v->volume_mm3, v->area_mm2, size.x, size.y, size.z, v->min_triangle_angle_deg);
}

static bool judge(struct nw_run *run, const struct nw_model *model, bool quick,
                  struct verdict *v, struct nw_err *err)
{
    for (size_t p = 0; p < model->part_count; p++)
        if (!add_part(v, &model->part[p], quick, err))
            return false;
    if (model->part_count == 0 || v->triangles == 0) {
        v->closed = v->solid = false;
        v->min_triangle_angle_deg = 0;
        v->box = (nw_box){{0, 0, 0}, {0, 0, 0}};
    }
    return put(run, v, quick, err);
}

static int run_check(const void *args, struct nw_run *run, struct nw_err *err)
{
    const struct check_args *a = args;
    NW_AUTO(nw_model) model = {0};
    const struct nw_model_read_opts opts = {.unit_mm = a->unit_mm};
    if (!nw_model_read(a->in, &opts, &model, err) || !nw_run_read_file(run, a->in, err))
        return 1;
    struct verdict v = {.closed = true,
                        .manifold = true,
                        .oriented = true,
                        .solid = true,
                        .min_triangle_angle_deg = 180,
                        .box = nw_box_empty(),
                        .defects = json_array()};
    if (!v.defects)
        return !nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
    const bool ok = judge(run, &model, a->quick, &v, err);
    if (ok)
        print(run, &v, a->quick);
    json_decref(v.defects);
    return !ok ? 1 : v.solid ? 0 : 3;
}

static const struct nw_arg check_args[] = {
    NW_INPUT(struct check_args, in, "mesh", "网格文件（3mf stl ply obj off amf glb vtk）",
             "mesh file (3mf stl ply obj off amf glb vtk)"),
    NW_LENGTH(struct check_args, unit_mm, "unit", 0, 10000, NAN,
              "文件中一个单位的长度（文件没有写明时为 1 mm）",
              "length of one unit in the file (1 mm where the file does not say)"),
    NW_FLAG(struct check_args, quick, "quick", "不查找自相交", "do not look for crossings"),
    {.kind = NW_ARG_END},
};

const struct nw_command nw_cmd_check = {
    .name = "check",
    .zh = "检查网格是否为可打印的实体，并指出缺陷及位置",
    .en = "Judge whether a mesh is a printable solid, and name defects and places",
    .args = check_args,
    .args_size = sizeof(struct check_args),
    .run = run_check,
    .status3_en = "the mesh is not a solid",
    .status3_zh = "网格不是实体",
};
