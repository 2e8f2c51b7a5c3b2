/* cli/machine.c -- nuwa machine: the printers there are profiles of, and one profile in full.
 */
#include <string.h>

#include "cli/command.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/file.h"
#include "io/io.h"
#include "print/calibrate.h"
#include "print/machine.h"
#include "print/scan.h"

struct machine_args {
    const char *name, *fit, *out, *part, *sheet, *until;
};

static const struct nw_arg machine_args[] = {
    NW_WORD(struct machine_args, name, "NAME", false,
            "打印机档案的名称或文件（.json）；省略则列出全部",
            "profile: its name or a file (.json); without it all are listed"),
    NW_TEXT(struct machine_args, fit, "fit",
            "由标定件的卡尺读数（CSV）或其扫描（.stl、.ply 等网格，mm）求补偿",
            "find the compensation from calliper readings of the calibration part (CSV), or "
            "from a scan of it (a mesh such as .stl or .ply, in mm)"),
    NW_OUTPUT(struct machine_args, out, 'o', "out", false, "写出带新补偿的档案（.json）",
              "write the profile with the new compensation (.json)"),
    NW_TEXT(struct machine_args, until, "valid-until", "新补偿的有效期 YYYYMMDD",
            "last day of the new compensation, YYYYMMDD"),
    NW_OUTPUT(struct machine_args, part, 0, "part", false, "写出标定件模型",
              "write the calibration part, a model"),
    NW_OUTPUT(struct machine_args, sheet, 0, "sheet", false, "写出待填的读数表（CSV）",
              "write the sheet of readings to fill in (CSV)"),
    {.kind = NW_ARG_END},
};

static json_t *day(int yyyymmdd)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", yyyymmdd / 10000 % 10000,
                   yyyymmdd / 100 % 100, yyyymmdd % 100);
    return yyyymmdd ? json_string(text) : json_null();
}

static json_t *three(const double v[3])
{
    return json_pack("[o, o, o]", nw_json_number(v[0]), nw_json_number(v[1]),
                     nw_json_number(v[2]));
}

static json_t *limits_json(const struct nw_limits *l)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "min_wall_mm",
                     l->min_wall_mm, "min_feature_mm", l->min_feature_mm, "min_hole_mm",
                     l->min_hole_mm, "min_gap_mm", l->min_gap_mm, "clearance_fit_mm",
                     l->clearance_fit_mm, "clearance_loose_mm", l->clearance_loose_mm,
                     "overhang_deg", l->overhang_deg, "min_drain_mm", l->min_drain_mm,
                     "accuracy_mm", l->accuracy_mm);
}

static json_t *materials_json(const struct nw_machine *m)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->material_count; i++) {
        const struct nw_material *a = &m->material[i];
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:f, s:o}", "name",
                                                    a->name, "zh", a->zh, "en", a->en,
                                                    "density_g_cm3", a->density_g_cm3,
                                                    "valid_until", day(a->valid_until)));
    }
    return list;
}

static json_t *machine_json(const struct nw_machine *m)
{
    const struct nw_compensation *c = &m->compensation;
    const double pixel[3] = {nw_machine_pixel_mm(m, 0), nw_machine_pixel_mm(m, 1), 0};
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:f, s:f, s:f, s:o, s:o, s:o, s:o}", "name",
        m->name, "zh", m->zh, "en", m->en, "revision", m->revision, "process",
        nw_process_name(m->process), "date", day(m->date), "valid_until", day(m->valid_until),
        "build_mm", three(m->build_mm), "layer_mm", m->layer_mm, "layer_min_mm",
        m->layer_min_mm, "layer_max_mm", m->layer_max_mm, "pixel_mm",
        pixel[0] > 0 ? json_pack("[f, f]", pixel[0], pixel[1]) : json_null(), "limits",
        limits_json(&m->limits), "compensation",
        json_pack("{s:o, s:f, s:f, s:f, s:s, s:o}", "scale", three(c->scale), "outward_mm",
                  c->outward_mm, "hole_mm", c->hole_mm, "first_layer_mm", c->first_layer_mm,
                  "source", c->source, "valid_until", day(c->valid_until)),
        "materials", materials_json(m));
}

static void print_short(const struct nw_run *run, const struct nw_machine *m)
{
    nw_run_print(run, "%-12s %s\n", m->name, nw_say(run, m->zh, m->en));
}

static void print_full(const struct nw_run *run, const struct nw_machine *m)
{
    const struct nw_limits *l = &m->limits;
    const struct nw_compensation *c = &m->compensation;
    nw_run_print(run, nw_say(run, "%s（%s，修订%s）\n", "%s (%s, revision %s)\n"),
                 nw_say(run, m->zh, m->en), m->name, m->revision);
    nw_run_print(run,
                 nw_say(run, "  成形空间 %g × %g × %g mm，层厚 %g（%g 至 %g）mm\n",
                        "  build volume %g x %g x %g mm, layers of %g (%g to %g) mm\n"),
                 m->build_mm[0], m->build_mm[1], m->build_mm[2], m->layer_mm, m->layer_min_mm,
                 m->layer_max_mm);
    nw_run_print(run,
                 nw_say(run,
                        "  最小壁厚 %g、特征 %g、孔 %g、间隙 %g mm；悬垂限 %g°；精度 %g mm\n",
                        "  least wall %g, feature %g, hole %g, gap %g mm; overhang to %g "
                        "degrees; accuracy %g mm\n"),
                 l->min_wall_mm, l->min_feature_mm, l->min_hole_mm, l->min_gap_mm,
                 l->overhang_deg, l->accuracy_mm);
    nw_run_print(run,
                 nw_say(run, "  补偿：缩放 %g, %g, %g；外扩 %g、孔 %g、首层 %g mm（%s）\n",
                        "  compensation: scale %g, %g, %g; outward %g, holes %g, first layer "
                        "%g mm (%s)\n"),
                 c->scale[0], c->scale[1], c->scale[2], c->outward_mm, c->hole_mm,
                 c->first_layer_mm, c->source);
    for (size_t i = 0; i < m->material_count; i++)
        nw_run_print(run,
                     nw_say(run, "  材料 %s：%s，%g g/cm³\n", "  material %s: %s, %g g/cm3\n"),
                     m->material[i].name, nw_say(run, m->material[i].zh, m->material[i].en),
                     m->material[i].density_g_cm3);
}

static int list_machines(struct nw_run *run, struct nw_err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < nw_machine_count(); i++) {
        struct nw_machine m = {0};
        if (!nw_machine_builtin(i, &m, err)) {
            json_decref(list);
            return 1;
        }
        print_short(run, &m);
        (void)json_array_append_new(list, machine_json(&m));
        nw_machine_release(&m);
    }
    return nw_run_put(run, "machines", list, err) ? 0 : 1;
}

/* ---- calibration ---- */

static bool write_part(struct nw_run *run, const char *path, struct nw_err *err)
{
    static const uint8_t grey[4] = {200, 200, 200, 255};
    struct nw_mesh mesh = {0};
    struct nw_model model = {0};
    const char *staged = NULL;
    const bool ok = nw_run_stage(run, path, &staged, err) && nw_calibration_part(&mesh, err) &&
                    nw_model_add(&model, "calibration", grey, &mesh, err) &&
                    nw_model_write(staged, &model, NULL, err);
    nw_mesh_release(&mesh);
    nw_model_release(&model);
    return ok;
}

static bool write_text(struct nw_run *run, const char *path, const char *text,
                       struct nw_err *err)
{
    const char *staged = NULL;
    return nw_run_stage(run, path, &staged, err) &&
           nw_file_write(staged, text, strlen(text), err);
}

static void print_fit(const struct nw_run *run, const struct nw_fit *f)
{
    static const char axis[3] = {'x', 'y', 'z'};
    nw_run_print(run,
                 nw_say(run, "%zu 个读数，残差 %.3f mm\n", "%zu readings, %.3f mm left over\n"),
                 f->count, f->residual_mm);
    for (int a = 0; a < 3; a++)
        if (f->scale_known[a])
            nw_run_print(
                run,
                nw_say(run, "  %c 向比例 %.5f ± %.5f\n", "  scale along %c %.5f +- %.5f\n"),
                axis[a], f->scale[a], f->scale_sd[a]);
    if (f->outward_known)
        nw_run_print(run,
                     nw_say(run, "  外表面外移 %.3f ± %.3f mm\n",
                            "  outer faces %.3f +- %.3f mm further out\n"),
                     f->outward_mm, f->outward_sd_mm);
    if (f->hole_known)
        nw_run_print(
            run,
            nw_say(run, "  孔直径偏小 %.3f ± %.3f mm\n", "  holes %.3f +- %.3f mm too small\n"),
            f->hole_mm, f->hole_sd_mm);
}

static json_t *fit_json(const struct nw_fit *f)
{
    return json_pack("{s:I, s:f, s:[f,f,f], s:[f,f,f], s:f, s:f, s:f, s:f}", "readings",
                     (json_int_t)f->count, "residual_mm", f->residual_mm, "scale", f->scale[0],
                     f->scale[1], f->scale[2], "scale_sd", f->scale_sd[0], f->scale_sd[1],
                     f->scale_sd[2], "outward_mm", f->outward_mm, "outward_sd_mm",
                     f->outward_sd_mm, "hole_mm", f->hole_mm, "hole_sd_mm", f->hole_sd_mm);
}

static bool read_until(const char *text, int *out, struct nw_err *err)
{
    double day = 0;
    const char *end = text ? nw_number_parse(text, &day) : NULL;
    if (text && (strlen(text) != 8 || !end || *end || !(day >= 19000101 && day <= 99991231)))
        return nw_fail(err, NW_ERR_ARGUMENT, "--valid-until needs a day such as 20261231");
    *out = (int)day;
    return true;
}

static struct nw_reading *measure_scan(const struct machine_args *args, struct nw_run *run,
                                       size_t *count, struct nw_err *err)
{
    const struct nw_model_read_opts opts = {0};
    struct nw_part_scan f = {0};
    struct nw_model model = {0};
    struct nw_mesh all = {0};
    struct nw_reading *list = NULL;
    bool ok =
        nw_model_read(args->fit, &opts, &model, err) && nw_run_read_file(run, args->fit, err);
    for (size_t p = 0; ok && p < model.part_count; p++)
        ok = nw_mesh_append(&all, &model.part[p].mesh, err);
    nw_stage("把扫描配准到标定件", "laying the scan on the calibration part");
    if (ok)
        list = nw_part_scan_measure(&all, count, &f, err);
    nw_mesh_release(&all);
    nw_model_release(&model);
    if (!list)
        return NULL;
    nw_run_print(run,
                 nw_say(run,
                        "扫描：量得 %zu 个长度和孔，表面起伏 %.3f mm，未校正时相距 %.3f mm\n",
                        "scan: %zu lengths and holes, faces rough by %.3f mm, %.3f mm from the "
                        "design as it is\n"),
                 *count, f.face_mm, f.apart_mm);
    if (!nw_run_put(run, "scan",
                    json_pack("{s:I, s:I, s:f, s:f}", "faces", (json_int_t)f.faces, "holes",
                              (json_int_t)f.holes, "face_rms_mm", f.face_mm, "apart_mm",
                              f.apart_mm),
                    err)) {
        nw_free(list);
        return NULL;
    }
    return list;
}

static struct nw_reading *read_readings(const struct machine_args *args, struct nw_run *run,
                                        size_t *count, struct nw_err *err)
{
    size_t len = 0;
    if (nw_path_is_model(args->fit))
        return measure_scan(args, run, count, err);
    NW_AUTOFREE uint8_t *csv = nw_file_read(args->fit, 1 << 20, &len, err);
    if (!csv || !nw_run_read_file(run, args->fit, err))
        return NULL;
    return nw_readings_parse((const char *)csv, len, count, err);
}

/* The profile as it was, with the compensation that undoes what was measured. */
static bool fit_profile(const struct machine_args *args, struct nw_run *run,
                        struct nw_machine *m, struct nw_err *err)
{
    struct nw_fit fit = {0};
    struct nw_compensation c = m->compensation;
    size_t len = 0, count = 0;
    NW_AUTOFREE struct nw_reading *list = read_readings(args, run, &count, err);
    if (!list || !nw_readings_fit(list, count, &fit, err) ||
        !read_until(args->until, &c.valid_until, err))
        return false;
    nw_compensation_update(&c, &fit);
    c.source =
        nw_arena_printf(&run->arena, err, "%zu readings%s, %.3f mm left over", count,
                        nw_path_is_model(args->fit) ? " of a scan" : "", fit.residual_mm);
    print_fit(run, &fit);
    if (!c.source || !nw_run_put(run, "fit", fit_json(&fit), err))
        return false;
    if (!args->out)
        return true;
    NW_AUTOFREE char *old = nw_machine_text(args->name, &len, err);
    NW_AUTOFREE char *text = old ? nw_machine_format(old, len, &c, err) : NULL;
    struct nw_machine check = {0};
    const bool ok = text && nw_machine_parse(text, strlen(text), &check, err) &&
                    write_text(run, args->out, text, err);
    nw_machine_release(&check);
    return ok;
}

static int machine(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct machine_args *args = void_args;
    if (!args->name && (args->fit || args->out)) {
        nw_fail(err, NW_ERR_ARGUMENT, "name the profile that the part was built with");
        return 2;
    }
    if ((args->part && !write_part(run, args->part, err)) ||
        (args->sheet && !write_text(run, args->sheet, nw_calibration_sheet(), err)))
        return 1;
    if (!args->name)
        return args->part || args->sheet ? 0 : list_machines(run, err);
    struct nw_machine m = {0};
    if (!nw_machine_load(args->name, &m, err))
        return 1;
    bool ok = (!nw_machine_is_path(args->name) || nw_run_read_file(run, args->name, err)) &&
              nw_run_put(run, "machine", machine_json(&m), err);
    if (ok && args->fit)
        ok = fit_profile(args, run, &m, err);
    else if (ok)
        print_full(run, &m);
    nw_machine_release(&m);
    return ok ? 0 : 1;
}

const struct nw_command nw_cmd_machine = {
    .name = "machine",
    .zh = "列出、核对打印机档案，或由读数标定",
    .en = "List the printers' profiles, check one, or calibrate it from readings",
    .args = machine_args,
    .args_size = sizeof(struct machine_args),
    .run = machine,
};
