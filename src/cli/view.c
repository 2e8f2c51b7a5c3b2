/* cli/view.c -- a scan or a model as the browser's viewer reads it (report/browse.h). */
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "core/text.h"
#include "io/io.h"
#include "report/browse.h"

struct view_args {
    const char *in, *out, *series, *charset, *hu, *distance;
    bool thickness;
};

static const struct nw_arg view_args[] = {
    NW_INPUT(struct view_args, in, "IN", "扫描或模型", "scan or model to be shown"),
    NW_OUTPUT(struct view_args, out, 'o', "output", true, "视图文件（.view）",
              "view file (.view)"),
    NW_TEXT(struct view_args, series, "series", "`nuwa info` 列出的序列编号",
            "which series, by its number in `nuwa info`"),
    NW_TEXT(struct view_args, charset, "charset", "DICOM 字符集，代替文件中的声明",
            "DICOM character set instead of the declared one"),
    NW_FLAG(struct view_args, thickness, "thickness", "模型：计算每个顶点的壁厚",
            "of a model: the wall's thickness at each vertex"),
    NW_TEXT(struct view_args, hu, "hu", "模型：用此扫描给出表面下的灰度值",
            "of a model: grey values under its surface, from this scan"),
    NW_TEXT(struct view_args, distance, "distance", "模型：到此模型表面的距离",
            "of a model: how far its surface lies from this model's"),
    {.kind = NW_ARG_END},
};

static bool say(struct nw_run *run, const char *out, json_t *head, struct nw_err *err)
{
    nw_run_print(run, "%s\n", out);
    return nw_run_put(run, "view", head, err);
}

static bool view_scan(const struct view_args *a, struct nw_run *run, struct nw_err *err)
{
    const struct nw_pick pick = {.series = a->series, .charset = a->charset};
    struct nw_scan scan;
    json_t *head;
    const char *staged;
    if (a->thickness || a->hu || a->distance)
        return nw_fail(
            err, NW_ERR_ARGUMENT,
            "--thickness, --hu and --distance are for models; a scan has no surface");
    nw_scan_init(&scan);
    const bool ok = nw_run_load_scan(run, a->in, &pick, &scan, err) &&
                    nw_run_stage(run, a->out, &staged, err) &&
                    nw_browse_scan(staged, &scan, &head, err) && say(run, a->out, head, err);
    nw_scan_release(&scan);
    return ok;
}

/* The other model's parts as one surface. */
static bool read_other(const char *path, struct nw_run *run, struct nw_mesh *out,
                       struct nw_err *err)
{
    NW_AUTO(nw_model) model = {0};
    const struct nw_model_read_opts opts = {0};
    if (!nw_model_read(path, &opts, &model, err) || !nw_run_read_file(run, path, err))
        return false;
    for (size_t p = 0; p < model.part_count; p++)
        if (!nw_mesh_append(out, &model.part[p].mesh, err))
            return false;
    return true;
}

static bool view_model(const struct view_args *a, struct nw_run *run, struct nw_err *err)
{
    const struct nw_pick pick = {.series = a->series, .charset = a->charset};
    const struct nw_model_read_opts opts = {0};
    NW_AUTO(nw_model) model = {0};
    NW_AUTO(nw_mesh) other = {0};
    struct nw_scan scan;
    json_t *head;
    const char *staged;
    nw_scan_init(&scan);
    const struct nw_browse_maps maps = {.thickness = a->thickness,
                                        .hu = a->hu ? &scan.volume : NULL,
                                        .other = a->distance ? &other : NULL};
    const bool ok =
        nw_model_read(a->in, &opts, &model, err) && nw_run_read_file(run, a->in, err) &&
        (!a->hu || nw_run_load_scan(run, a->hu, &pick, &scan, err)) &&
        (!a->distance || read_other(a->distance, run, &other, err)) &&
        nw_run_stage(run, a->out, &staged, err) &&
        nw_browse_model(staged, &model, &maps, &head, err) && say(run, a->out, head, err);
    nw_scan_release(&scan);
    return ok;
}

static int view(const void *raw, struct nw_run *run, struct nw_err *err)
{
    const struct view_args *a = raw;
    char ending[16];
    struct stat st;
    nw_path_ending(a->out, ending);
    if (strcmp(ending, "view") != 0)
        nw_fail(err, NW_ERR_ARGUMENT, "a view's name ends in .view");
    else if (stat(a->in, &st) != 0)
        nw_fail(err, NW_ERR_NOTFOUND, "%s does not exist", a->in);
    else if (!S_ISDIR(st.st_mode) && nw_path_is_model(a->in))
        (void)view_model(a, run, err);
    else
        (void)view_scan(a, run, err);
    return 0;
}

const struct nw_command nw_cmd_view = {
    .name = "view",
    .zh = "把扫描或模型写成浏览器可分段读取的文件",
    .en = "Write a scan or a model as the browser shows it, in pieces",
    .args = view_args,
    .args_size = sizeof(struct view_args),
    .run = view,
};
