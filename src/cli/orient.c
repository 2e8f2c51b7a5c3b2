/* cli/orient.c -- nuwa orient: which way up a model is best built. */
#include "print/orient.h"
#include "cli/bed_priv.h"
#include "core/parallel.h"
#include "io/io.h"

struct orient_args {
    const char *model, *machine, *keep_clear, *today;
    double clear_mm;
};

static const struct nw_arg orient_args[] = {
    NW_INPUT(struct orient_args, model, "model", "要摆放的模型", "model to orient"),
    {.kind = NW_ARG_TEXT,
     .name = "machine",
     .offset = NW_OF(struct orient_args, machine, const char *),
     .zh = "打印机档案：名称（见 nuwa machine）或文件",
     .en = "printer's profile: a name (see nuwa machine) or a file",
     .required = true},
    NW_TEXT(struct orient_args, keep_clear, "keep-clear",
            "另一模型（如骨）：靠近它的表面不放支撑",
            "another model, such as the bone: surface near it is kept free of support"),
    NW_LENGTH(struct orient_args, clear_mm, "clear-distance", 0.01, 50, 1, "多近算靠近",
              "how near counts as near"),
    NW_TEXT(struct orient_args, today, "use-date", "判断有效期的日期 YYYYMMDD（默认今天）",
            "day on which profiles must be valid, YYYYMMDD (default: today)"),
    {.kind = NW_ARG_END},
};

static json_t *orientation_json(const struct nw_orientation *o)
{
    return json_pack("{s:o, s:f, s:b, s:f, s:f, s:f, s:f, s:f, s:f}", "up",
                     nw_json_point(o->up), "spin_deg", o->spin_rad * 180 / NW_PI, "fits",
                     (int)o->fits, "height_mm", o->height_mm, "overhang_mm2", o->overhang_mm2,
                     "support_mm3", o->support_mm3, "kept_clear_overhang_mm2", o->clear_mm2,
                     "base_mm2", o->base_mm2, "cost", o->cost);
}

static void print_orientation(const struct nw_run *run, const struct nw_orientation *o)
{
    nw_run_print(run,
                 nw_say(run,
                        "  --up %.4f,%.4f,%.4f --spin %g：高 %.1f mm，悬垂 %.0f mm²，支撑至多 "
                        "%.0f mm³，应避开处 %.1f mm²%s\n",
                        "  --up %.4f,%.4f,%.4f --spin %g: height %.1f mm, overhang %.0f mm2, "
                        "support up to %.0f mm3, to be kept clear %.1f mm2%s\n"),
                 o->up.x + 0.0, o->up.y + 0.0, o->up.z + 0.0,
                 rint(o->spin_rad * 1800 / NW_PI) / 10, o->height_mm, o->overhang_mm2,
                 o->support_mm3, o->clear_mm2,
                 o->fits ? "" : nw_say(run, "（放不下）", " (does not fit)"));
}

static int search(const struct orient_args *args, struct nw_run *run, struct nw_bed *bed,
                  const struct nw_model *clear, struct nw_err *err)
{
    const struct nw_orient_opts opts = {clear, args->clear_mm};
    struct nw_orientation best[NW_ORIENTATIONS], as_is;
    size_t count = 0;
    nw_stage("搜索摆放方向", "searching directions");
    if (!nw_orient(&bed->model, &bed->machine, &opts, best, &count, &as_is, err))
        return 1;
    json_t *list = json_array();
    for (size_t n = 0; n < count; n++)
        (void)json_array_append_new(list, orientation_json(&best[n]));
    if (!nw_run_put(run, "orientations", list, err) ||
        !nw_run_put(run, "as_is", orientation_json(&as_is), err))
        return 1;
    nw_run_print(run, nw_say(run, "原样：\n", "as it is:\n"));
    print_orientation(run, &as_is);
    nw_run_print(run, nw_say(run, "较好的方向，最好的在前：\n", "better ones, best first:\n"));
    for (size_t n = 0; n < count; n++)
        print_orientation(run, &best[n]);
    if (!best[0].fits) {
        nw_run_print(run,
                     nw_say(run, "任何方向都放不下：请拆分或换打印机\n",
                            "it fits in no direction: split it or take another machine\n"));
        return 3;
    }
    return 0;
}

static int orient(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct orient_args *args = void_args;
    const struct nw_bed_args bed_args = {
        .model = args->model, .machine = args->machine, .today = args->today};
    const struct nw_model_read_opts read = {0};
    struct nw_bed bed = {0};
    struct nw_model clear = {0};
    int status = 1;
    bool ok = nw_bed_load(run, &bed_args, &bed, err) && nw_bed_put(run, &bed, err);
    if (ok && args->keep_clear)
        ok = nw_model_read(args->keep_clear, &read, &clear, err) &&
             nw_run_read_file(run, args->keep_clear, err);
    if (ok)
        status = search(args, run, &bed, args->keep_clear ? &clear : NULL, err);
    nw_model_release(&clear);
    nw_bed_release(&bed);
    return status;
}

const struct nw_command nw_cmd_orient = {
    .name = "orient",
    .zh = "寻找打印时的最佳摆放方向",
    .en = "Find which way up a model is best built",
    .args = orient_args,
    .args_size = sizeof(struct orient_args),
    .run = orient,
    .status3_zh = "任何方向都放不进成形空间",
    .status3_en = "it fits the build volume in no direction",
};
