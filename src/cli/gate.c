/* cli/gate.c -- nuwa gate PATH --for PRESET: is this scan good enough for that body part. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "anatomy/gate.h"
#include "cli/command.h"
#include "core/text.h"
#include "io/file.h"
#include "io/io.h"
#include "report/picture.h"

struct gate_args {
    const char *path, *sheet, *series, *charset, *confirm, *use_date, *picture;
    bool lesion, list;
    double feature_mm, accuracy_mm;
};

static const struct nw_arg gate_args[] = {
    NW_WORD(struct gate_args, path, "PATH", false, "扫描：目录、文件或压缩包",
            "the scan: folder, file or archive"),
    NW_TEXT(struct gate_args, sheet, "for",
            "部位要求表或预设（CT默认hard-tissue；--list列出全部）",
            "requirement sheet or preset (CT: hard-tissue; --list names them)"),
    NW_TEXT(struct gate_args, series, "series", "序列编号（见 nuwa info）",
            "number of the series (see nuwa info)"),
    NW_TEXT(struct gate_args, charset, "charset", "字符集（代替文件声明的）",
            "character set instead of the declared one"),
    NW_FLAG(struct gate_args, lesion, "lesion", "订单含病变：要求增强序列",
            "the order holds a lesion: contrast is demanded"),
    NW_TEXT(struct gate_args, confirm, "confirm",
            "由人确认的事项，逗号分隔：helical,three-d,contrast,registered,ventilated,region",
            "what a person has confirmed, with commas: helical,three-d,contrast,registered,"
            "ventilated,region"),
    NW_LENGTH(struct gate_args, feature_mm, "feature", 0.05, 20, NAN, "订单要求的最小结构",
              "smallest feature the order asks for"),
    NW_LENGTH(struct gate_args, accuracy_mm, "accuracy", 0.001, 5, NAN,
              "订单要求的表面精度（1σ）", "surface accuracy the order asks for (one sigma)"),
    NW_TEXT(struct gate_args, use_date, "use-date", "计划使用日期，YYYYMMDD",
            "planned day of use, YYYYMMDD"),
    NW_OUTPUT(struct gate_args, picture, 0, "picture", false, "另存中间一层的小图（.png）",
              "the middle slice as a small picture (.png)"),
    NW_FLAG(struct gate_args, list, "list", "列出要求表", "list the requirement sheets"),
    {.kind = NW_ARG_END},
};

static int list_sheets(struct nw_run *run, struct nw_err *err)
{
    struct nw_sheet_name name;
    json_t *list = json_array();
    for (size_t i = 0; nw_sheet_at(i, &name); i++) {
        nw_run_print(run, "%-16s %s\n", name.name, nw_say(run, name.zh, name.en));
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", name.name, "zh",
                                              name.zh, "en", name.en));
    }
    return nw_run_put(run, "sheets", list, err) ? 0 : 1;
}

/* ---- which series ---- */

/* The usable series of an intake, best first as they are found. */
struct choice {
    struct nw_gate_series *series;
    size_t *at; /* their places in the intake */
    size_t count, picked;
};

static bool collect(struct nw_run *run, const struct nw_intake *intake, struct choice *c,
                    struct nw_err *err)
{
    const size_t all = nw_intake_count(intake);
    c->series = nw_arena_alloc(&run->arena, (all + 1) * sizeof *c->series, err);
    c->at = c->series ? nw_arena_alloc(&run->arena, (all + 1) * sizeof *c->at, err) : NULL;
    if (!c->at)
        return false;
    for (size_t i = 0; i < all; i++) {
        const struct nw_found *f = nw_intake_at(intake, i);
        if (!f->usable)
            continue;
        size_t place = c->count++; /* higher scores first, then as found */
        for (; place > 0 && nw_intake_at(intake, c->at[place - 1])->score < f->score; place--) {
            c->at[place] = c->at[place - 1];
            c->series[place] = c->series[place - 1];
        }
        c->at[place] = i;
        c->series[place] = (struct nw_gate_series){&f->facts, &f->grid};
    }
    return c->count > 0 || nw_fail(err, NW_ERR_DATA,
                                   "nothing here can be read as a volume; nuwa info says why");
}

static bool pick_numbered(const struct gate_args *args, struct choice *c, struct nw_err *err)
{
    char *end;
    const long number = strtol(args->series, &end, 10);
    if (*end == 0 && end != args->series)
        for (size_t i = 0; i < c->count; i++)
            if (c->at[i] + 1 == (size_t)number) {
                c->picked = i;
                return true;
            }
    return nw_fail(err, NW_ERR_ARGUMENT,
                   "there is no usable series %.20s; nuwa info numbers them", args->series);
}

static bool pick_series(const struct gate_args *args, struct choice *c, const char **sheet,
                        struct nw_err *err)
{
    *sheet = args->sheet;
    if (!*sheet) {
        if (strcmp(c->series[0].facts->modality, "CT") != 0)
            return nw_fail(
                err, NW_ERR_ARGUMENT,
                "say what the scan is for: --for SHEET (nuwa gate --list names them)");
        *sheet = "hard-tissue";
    }
    if (args->series)
        return pick_numbered(args, c, err);
    return nw_gate_pick(*sheet, c->series, c->count, &c->picked, err);
}

/* The others, without the picked one. */
static size_t others(const struct choice *c, struct nw_gate_series *out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        if (i != c->picked)
            out[n++] = c->series[i];
    return n;
}

static bool split_confirmed(struct nw_run *run, const char *list, struct nw_gate_opts *opts,
                            struct nw_err *err)
{
    enum { MAX = 16 };
    const char **word = nw_arena_alloc(&run->arena, MAX * sizeof *word, err);
    opts->confirmed = word;
    while (word && list && *list && opts->confirmed_count < MAX) {
        const size_t len = strcspn(list, ",");
        word[opts->confirmed_count] = nw_arena_textn(&run->arena, list, len, err);
        if (!word[opts->confirmed_count++])
            return false;
        list += len + (list[len] == ',');
    }
    return word != NULL;
}

/* ---- the result ---- */

static bool put_gate(struct nw_run *run, const struct nw_gate *g, size_t series,
                     struct nw_err *err)
{
    json_t *items = json_array();
    for (size_t i = 0; i < g->item_count; i++)
        json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s}", "code", g->item[i].code,
                                               "verdict", nw_verdict_name(g->item[i].verdict),
                                               "zh", g->item[i].zh, "en", g->item[i].en));
    return nw_run_put(run, "items", items, err) &&
           nw_run_put(run, "verdict", json_string(nw_verdict_name(g->verdict)), err) &&
           nw_run_put(run, "sheet", json_string(g->sheet), err) &&
           nw_run_put(run, "sheet_version", json_string(g->sheet_version), err) &&
           nw_run_put(run, "series", json_integer((json_int_t)series), err) &&
           nw_run_put(run, "smallest_feature_mm", nw_json_number(g->smallest_feature_mm),
                      err) &&
           nw_run_put(run, "surface_accuracy_mm", nw_json_number(g->surface_accuracy_mm),
                      err) &&
           nw_run_put(run, "rescan_zh", json_string(g->rescan_zh), err) &&
           nw_run_put(run, "rescan_en", json_string(g->rescan_en), err);
}

static void print_gate(const struct nw_run *run, const struct nw_gate *g)
{
    static const char *const zh[] = {"通过", "有条件通过", "不通过"};
    static const char *const en[] = {"pass", "conditional", "FAIL"};
    nw_run_print(run,
                 nw_say(run, "%s（要求表版本%s）：%s\n", "%s (requirement sheet %s): %s\n"),
                 nw_say(run, g->sheet_zh, g->sheet_en), g->sheet_version,
                 run->tongue == NW_ZH ? zh[g->verdict] : en[g->verdict]);
    for (size_t i = 0; i < g->item_count; i++)
        nw_run_print(run, "  [%s] %s\n",
                     run->tongue == NW_ZH ? zh[g->item[i].verdict] : en[g->item[i].verdict],
                     nw_say(run, g->item[i].zh, g->item[i].en));
    if (g->rescan_en[0])
        nw_run_print(run, "\n%s\n", nw_say(run, g->rescan_zh, g->rescan_en));
}

static bool read_scan(struct nw_run *run, const struct gate_args *args,
                      struct nw_intake *intake, size_t index, struct nw_scan *scan,
                      struct nw_err *err)
{
    const struct nw_read_opts opts = {.resample_unequal = true};
    return nw_intake_read(intake, index, &opts, scan, err) &&
           nw_step_add_scan(&run->step, args->path, scan, err);
}

static bool draw_middle(struct nw_run *run, const char *path, const struct nw_scan *scan,
                        struct nw_err *err)
{
    enum { SIZE = 192 }; /* pixels */
    struct nw_picture picture = {0};
    const char *staged;
    size_t len = 0;
    uint8_t *png = NULL;
    if (nw_run_stage(run, path, &staged, err) &&
        nw_picture_of_middle(&scan->volume, scan->facts.is_hu, SIZE, &picture, err))
        png = nw_picture_png(&picture, &len, err);
    const bool ok = png && nw_file_write(staged, png, len, err);
    nw_free(png);
    nw_picture_release(&picture);
    return ok;
}

static int check(struct nw_run *run, const struct gate_args *args, struct nw_intake *intake,
                 struct nw_scan *scan, struct nw_gate *gate, struct nw_err *err)
{
    static const int status[] = {0, 3, 4};
    struct choice c = {0};
    const char *sheet = NULL;
    if (nw_intake_patient_count(intake) > 1) {
        nw_fail(err, NW_ERR_CONFLICT,
                "%zu patients lie under one path; name one patient's folder",
                nw_intake_patient_count(intake));
        return 1;
    }
    if (!collect(run, intake, &c, err))
        return 1;
    if (!pick_series(args, &c, &sheet, err)) {
        err->code = NW_ERR_ARGUMENT; /* a sheet that does not exist was named */
        return 2;
    }
    struct nw_gate_opts opts = {
        .lesion = args->lesion,
        .feature_mm = args->feature_mm,
        .accuracy_mm = args->accuracy_mm,
        .use_date = args->use_date,
    };
    struct nw_gate_series *rest =
        nw_arena_alloc(&run->arena, (c.count + 1) * sizeof *rest, err);
    if (!rest || !split_confirmed(run, args->confirm, &opts, err))
        return 1;
    opts.other = rest;
    opts.other_count = others(&c, rest);
    if (!read_scan(run, args, intake, c.at[c.picked], scan, err) ||
        !nw_gate_check_order(scan, sheet, NULL, &opts, gate, err) ||
        !put_gate(run, gate, c.at[c.picked] + 1, err) ||
        (args->picture && !draw_middle(run, args->picture, scan, err)))
        return 1;
    print_gate(run, gate);
    return status[gate->verdict];
}

static int gate(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct gate_args *args = void_args;
    if (args->list)
        return list_sheets(run, err);
    if (!args->path) {
        nw_fail(err, NW_ERR_ARGUMENT, "name the scan to check");
        return 2;
    }
    char ending[16] = "png";
    if (args->picture)
        nw_path_ending(args->picture, ending);
    if (strcmp(ending, "png") != 0) {
        nw_fail(err, NW_ERR_ARGUMENT, "a picture's name ends in .png");
        return 2;
    }
    const struct nw_intake_opts opts = {.charset = args->charset};
    struct nw_intake *intake = nw_intake_new(args->path, &opts, err);
    struct nw_scan scan;
    struct nw_gate result = {0};
    nw_scan_init(&scan);
    const int status = intake ? check(run, args, intake, &scan, &result, err) : 1;
    nw_gate_release(&result);
    nw_scan_release(&scan);
    nw_intake_free(intake);
    return status;
}

const struct nw_command nw_cmd_gate = {
    .name = "gate",
    .zh = "按部位要求核对扫描质量：通过、有条件通过或不通过",
    .en = "Hold a scan against a body part's requirements: pass, conditional or fail",
    .args = gate_args,
    .args_size = sizeof(struct gate_args),
    .run = gate,
    .status3_zh = "有条件通过",
    .status3_en = "conditional",
    .status4_zh = "不通过",
    .status4_en = "the scan fails",
};
