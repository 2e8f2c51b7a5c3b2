/* cli/convert.c -- `nuwa convert`: a model to a model, a volume to a volume. */
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "core/text.h"
#include "io/io.h"

struct convert_args {
    const char *in, *out, *unit, *axes, *series, *charset;
    bool from_ras;
};

static const char *const unit_names[] = {"mm", "cm", "m", "inch", "um", NULL};
static const double unit_mm[] = {1, 10, 1000, 25.4, 0.001};

static double mm_of(const char *unit)
{
    for (size_t u = 0; unit && unit_names[u]; u++)
        if (strcmp(unit_names[u], unit) == 0)
            return unit_mm[u];
    return 0;
}

static bool put_sizes(struct nw_run *run, size_t vertices, size_t triangles, nw_box box,
                      struct nw_err *err)
{
    const nw_vec3 s = nw_box_size(box);
    json_t *size = json_pack("[f,f,f]", s.x, s.y, s.z);
    return nw_run_put(run, "vertices", json_integer((json_int_t)vertices), err) &&
           nw_run_put(run, "triangles", json_integer((json_int_t)triangles), err) &&
           nw_run_put(run, "size_mm", size, err);
}

static bool say_model(struct nw_run *run, const struct nw_model *model, struct nw_err *err)
{
    size_t vertices = 0, triangles = 0;
    nw_box box = nw_box_empty();
    json_t *names = json_array();
    for (size_t p = 0; p < model->part_count; p++) {
        const nw_box b = nw_mesh_box(&model->part[p].mesh);
        box = nw_box_with(nw_box_with(box, b.min), b.max);
        vertices += model->part[p].mesh.vert_count;
        triangles += model->part[p].mesh.tri_count;
        (void)json_array_append_new(names, json_string(model->part[p].name));
    }
    const nw_vec3 s = nw_box_size(box);
    nw_run_print(run,
                 nw_say(run, "%zu 个部件，%zu 个三角形，%.3f x %.3f x %.3f mm\n",
                        "%zu parts, %zu triangles, %.3f x %.3f x %.3f mm\n"),
                 model->part_count, triangles, s.x, s.y, s.z);
    return nw_run_put(run, "parts", names, err) &&
           put_sizes(run, vertices, triangles, box, err);
}

static bool convert_model(const struct convert_args *a, struct nw_run *run, struct nw_err *err)
{
    const struct nw_model_read_opts opts = {.unit_mm = mm_of(a->unit),
                                            .axes = a->from_ras ? "RAS" : a->axes};
    struct nw_model model = {0};
    const char *staged;
    const bool ok = nw_model_read(a->in, &opts, &model, err) &&
                    nw_run_read_file(run, a->in, err) &&
                    nw_run_stage(run, a->out, &staged, err) &&
                    nw_model_write(staged, &model, NULL, err) && say_model(run, &model, err);
    nw_model_release(&model);
    return ok;
}

static bool say_volume(struct nw_run *run, const struct nw_scan *scan, struct nw_err *err)
{
    const size_t *dim = scan->volume.grid.dim;
    const nw_vec3 s = nw_grid_spacing(&scan->volume.grid);
    nw_run_print(run, "%zu x %zu x %zu, %.4f x %.4f x %.4f mm\n", dim[0], dim[1], dim[2], s.x,
                 s.y, s.z);
    json_t *remarks = json_array();
    for (size_t r = 0; r < scan->remark_count; r++) {
        const struct nw_remark *m = &scan->remark[r];
        nw_run_print(run, "%s\n", run->tongue == NW_ZH ? m->zh : m->en);
        (void)json_array_append_new(remarks, json_string(m->en));
    }
    return nw_run_put(
               run, "dim",
               json_pack("[I,I,I]", (json_int_t)dim[0], (json_int_t)dim[1], (json_int_t)dim[2]),
               err) &&
           nw_run_put(run, "spacing_mm", json_pack("[f,f,f]", s.x, s.y, s.z), err) &&
           nw_run_put(run, "remarks", remarks, err);
}

static bool convert_volume(const struct convert_args *a, struct nw_run *run, struct nw_err *err)
{
    const struct nw_pick pick = {.series = a->series, .charset = a->charset};
    struct nw_scan scan;
    const char *staged;
    nw_scan_init(&scan);
    const bool ok = nw_run_load_scan(run, a->in, &pick, &scan, err) &&
                    nw_run_stage(run, a->out, &staged, err) &&
                    nw_volume_write(staged, &scan.volume, NULL, 0, err) &&
                    say_volume(run, &scan, err);
    nw_scan_release(&scan);
    return ok;
}

static bool refuse(const struct convert_args *a, bool to_model, struct nw_err *err)
{
    if (a->from_ras && !to_model)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "--from-ras is for models; volumes say their own frame");
    if (a->unit && !to_model)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "--unit is for models; volumes say their own unit");
    struct stat st;
    if (stat(a->in, &st) != 0)
        return nw_fail(err, NW_ERR_NOTFOUND, "%s does not exist", a->in);
    const bool from_model = !S_ISDIR(st.st_mode) && nw_path_is_model(a->in);
    if (to_model && !from_model)
        return nw_fail(
            err, NW_ERR_ARGUMENT,
            "a scan or label volume becomes a model with `nuwa reconstruct`, not with "
            "convert");
    if (!to_model && from_model)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "a model does not become a volume; convert writes models as .3mf, .stl, "
                       ".ply, .obj, .amf, .glb, .vtk or .wrl");
    return true;
}

static int run(const void *args, struct nw_run *run, struct nw_err *err)
{
    const struct convert_args *a = args;
    char ending[16];
    nw_path_ending(a->out, ending);
    const bool to_model = nw_model_ending_is_known(ending);
    if (!to_model && !nw_volume_ending_is_known(ending)) {
        nw_fail(
            err, NW_ERR_ARGUMENT,
            "the ending .%s is not known; models are .3mf .stl .ply .obj .amf .glb .vtk .wrl, "
            "volumes .nii .nii.gz .nrrd .mha .mhd",
            ending);
        return 0;
    }
    if (refuse(a, to_model, err))
        (void)(to_model ? convert_model(a, run, err) : convert_volume(a, run, err));
    return 0;
}

static const struct nw_arg convert_args[] = {
    NW_INPUT(struct convert_args, in, "in", "输入的模型或体数据", "model or volume to convert"),
    NW_OUTPUT_WORD(struct convert_args, out, "out", "输出文件，格式由结尾决定",
                   "file to write; its ending says the format"),
    NW_CHOICE(struct convert_args, unit, "unit", unit_names,
              "无单位模型（STL、PLY、OBJ、VTK、OFF）的长度单位",
              "unit of a model whose format has none (STL, PLY, OBJ, VTK, OFF)"),
    NW_FLAG(struct convert_args, from_ras, "from-ras", "模型坐标为 RAS，转换为 LPS",
            "the model's coordinates are RAS; turn them to LPS"),
    NW_TEXT(
        struct convert_args, axes, "axes",
        "模型的 x、y、z 各指向哪里：R L A P H F 中的三个字母，如 LPS、RAS、LAF",
        "where the model's x, y and z point: three letters of R L A P H F, such as LPS, RAS or "
        "LAF"),
    NW_TEXT(struct convert_args, series, "series", "`nuwa info` 列出的序列编号",
            "which series, by its number in `nuwa info`"),
    NW_TEXT(struct convert_args, charset, "charset", "DICOM 字符集，代替文件中的声明",
            "DICOM character set instead of the declared one"),
    {.kind = NW_ARG_END},
};

const struct nw_command nw_cmd_convert = {
    .name = "convert",
    .zh = "转换模型或体数据的文件格式",
    .en = "Convert a model or a volume to another format",
    .args = convert_args,
    .args_size = sizeof(struct convert_args),
    .run = run,
};
