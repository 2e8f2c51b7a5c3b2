/* cli/info.c -- `nuwa info`: what lies under a path, what of it can be used, and why not. */
#include <errno.h>
#include <sys/stat.h>

#include "cli/info_priv.h"
#include "core/text.h"
#include "io/io.h"

struct info_args {
    struct nw_words paths;
    const char *charset, *patient;
    bool identity, charsets, brief;
};

enum { BRIEF_MOST = 100 }; /* rows: a list that is looked at, not a whole archive */

static const char *const severity_names[] = {"note", "warning", "refusal"};

static json_t *vec_json(nw_vec3 v)
{
    json_t *list = json_array();
    const double n[3] = {v.x, v.y, v.z};
    for (int i = 0; list && i < 3; i++)
        if (json_array_append_new(list, nw_json_number(n[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool set(json_t *object, const char *key, json_t *value, struct nw_err *err)
{
    return json_object_set_new(object, key, value) == 0 ||
           nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
}

/* Brief: what tells series apart, no more. */
static bool set_texts(json_t *o, const struct nw_scan_facts *f, bool brief, struct nw_err *err)
{
    enum { BRIEF = 11 };
    const struct {
        const char *key, *value;
    } texts[] = {
        {"format", f->format},
        {"modality", f->modality},
        {"study_date", f->study_date},
        {"series_number", f->series_number},
        {"series_description", f->series_description},
        {"body_part", f->body_part},
        {"kernel", f->kernel},
        {"acquisition_date", f->acquisition_date},
        {"charset", f->charset},
        {"model", f->model},
        {"software", f->software},
        {"study_description", f->study_description},
        {"protocol", f->protocol},
        {"manufacturer", f->manufacturer},
        {"sequence", f->sequence},
        {"acquisition_type", f->acquisition_type},
        {"acquisition_time", f->acquisition_time},
        {"contrast_agent", f->contrast_agent},
        {"patient_position", f->patient_position},
        {"image_type", f->image_type},
        {"transfer_syntax", f->transfer_syntax},
        {"study_uid", f->study_uid},
        {"series_uid", f->series_uid},
        {"frame_uid", f->frame_uid},
    };
    for (size_t i = 0; i < (brief ? BRIEF : sizeof texts / sizeof *texts); i++)
        if (texts[i].value[0] && !set(o, texts[i].key, json_string(texts[i].value), err))
            return false;
    return true;
}

static bool set_numbers(json_t *o, const struct nw_scan_facts *f, struct nw_err *err)
{
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"kvp", f->kvp},
                   {"tube_current_ma", f->tube_current_ma},
                   {"exposure_mas", f->exposure_mas},
                   {"slice_thickness_mm", f->slice_thickness_mm},
                   {"repetition_ms", f->repetition_ms},
                   {"echo_ms", f->echo_ms},
                   {"flip_deg", f->flip_deg},
                   {"tilt_deg", f->tilt_deg}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!isnan(numbers[i].value) &&
            !set(o, numbers[i].key, nw_json_number(numbers[i].value), err))
            return false;
    return true;
}

static bool set_identity(json_t *o, const struct nw_scan_facts *f, struct nw_err *err)
{
    json_t *patient =
        json_pack("{s:s, s:s, s:s, s:s}", "name", f->patient_name, "id", f->patient_id, "sex",
                  f->patient_sex, "birth_date", f->patient_birth_date);
    return set(o, "patient", patient, err);
}

static bool set_grid(json_t *o, const struct nw_grid *g, struct nw_err *err)
{
    json_t *dim = json_pack("[I, I, I]", (json_int_t)g->dim[0], (json_int_t)g->dim[1],
                            (json_int_t)g->dim[2]);
    json_t *axes = json_array();
    if (!set(o, "dim", dim, err) || !set(o, "spacing_mm", vec_json(nw_grid_spacing(g)), err) ||
        !set(o, "origin_mm", vec_json(g->origin_mm), err)) {
        json_decref(axes);
        return false;
    }
    for (int a = 0; axes && a < 3; a++)
        if (json_array_append_new(axes, vec_json(nw_unit(g->step_mm[a]))) != 0) {
            json_decref(axes);
            axes = NULL;
        }
    return set(o, "axes", axes, err);
}

static json_t *remarks_json(const struct nw_run *run, const struct nw_found *f)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < f->remark_count; i++) {
        const struct nw_remark *r = &f->remark[i];
        json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:s}", "severity",
                                severity_names[r->severity], "code", r->code, "text",
                                nw_say(run, r->zh, r->en), "zh", r->zh, "en", r->en);
        if (json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static bool add_found(const struct nw_run *run, json_t *list, const struct nw_found *f,
                      const struct info_args *args, bool is_default, struct nw_err *err)
{
    json_t *o = json_object();
    const bool ok =
        o && set(o, "number", json_integer((json_int_t)json_array_size(list) + 1), err) &&
        set(o, "usable", json_boolean(f->usable), err) &&
        set(o, "default", json_boolean(is_default), err) &&
        (f->usable ||
         (set(o, "reason", json_string(nw_say(run, f->zh, f->en)), err) &&
          set(o, "zh", json_string(f->zh), err) && set(o, "en", json_string(f->en), err))) &&
        set(o, "files", json_integer((json_int_t)f->file_count), err) &&
        set(o, "slices", json_integer((json_int_t)f->slice_count), err) &&
        (!f->usable || set_grid(o, &f->grid, err)) &&
        set_texts(o, &f->facts, args->brief, err) && set_numbers(o, &f->facts, err) &&
        (!args->identity || args->brief || set_identity(o, &f->facts, err)) &&
        set(o, "lossy", json_boolean(f->facts.lossy), err) &&
        set(o, "hu", json_boolean(f->facts.is_hu), err) &&
        set(o, "remarks", remarks_json(run, f), err);
    if (ok && json_array_append(list, o) != 0)
        nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
    json_decref(o);
    return err->code == NW_OK;
}

static void print_found(const struct nw_run *run, const struct nw_found *f, size_t number,
                        const struct info_args *args, bool is_default)
{
    const struct nw_scan_facts *h = &f->facts;
    const nw_vec3 step = nw_grid_spacing(&f->grid);
    nw_run_print(run, "%3zu %s %s %s %s\n", number,
                 is_default  ? "*"
                 : f->usable ? " "
                             : "-",
                 h->modality[0] ? h->modality : h->format, h->series_number,
                 h->series_description);
    if (f->usable)
        nw_run_print(run, "      %zu x %zu x %zu, %.4g x %.4g x %.4g mm, %s\n", f->grid.dim[0],
                     f->grid.dim[1], f->grid.dim[2], step.x, step.y, step.z,
                     h->kernel[0] ? h->kernel : h->format);
    else
        nw_run_print(
            run,
            nw_say(run, "      未采用：%s（%zu 个文件）\n", "      left out: %s (%zu files)\n"),
            nw_say(run, f->zh, f->en), f->file_count);
    if (args->identity && h->patient_id[0] + h->patient_name[0] > 0)
        nw_run_print(
            run, nw_say(run, "      患者：%s，%s，%s，%s\n", "      patient: %s, %s, %s, %s\n"),
            h->patient_name, h->patient_id, h->patient_sex, h->patient_birth_date);
    for (size_t i = 0; i < f->remark_count; i++)
        if (f->remark[i].severity != NW_REFUSAL)
            nw_run_print(run, "      %s %s\n", f->remark[i].severity == NW_WARNING ? "!" : "·",
                         nw_say(run, f->remark[i].zh, f->remark[i].en));
}

/* The one taken when nobody names another. */
static size_t best_of(const struct nw_intake *intake)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < nw_intake_count(intake); i++) {
        const struct nw_found *f = nw_intake_at(intake, i);
        if (f->usable && (best == SIZE_MAX || f->score > nw_intake_at(intake, best)->score))
            best = i;
    }
    return best;
}

static bool show_intake(struct nw_run *run, const struct nw_intake *intake,
                        const struct info_args *args, json_t *path, struct nw_err *err)
{
    json_t *list = json_array();
    if (!set(path, "found", list, err))
        return false;
    const size_t best = best_of(intake), patients = nw_intake_patient_count(intake);
    const size_t count = nw_intake_count(intake);
    for (size_t i = 0; i < count && (!args->brief || i < BRIEF_MOST); i++) {
        const struct nw_found *f = nw_intake_at(intake, i);
        if (!add_found(run, list, f, args, i == best, err))
            return false;
        print_found(run, f, i + 1, args, i == best);
    }
    if (nw_intake_other_files(intake) > 0)
        nw_run_print(run,
                     nw_say(run, "另有 %zu 个文件不是扫描\n", "%zu other files are no scans\n"),
                     nw_intake_other_files(intake));
    if (patients > 1)
        nw_run_print(run,
                     nw_say(run, "注意：这里有 %zu 位患者的扫描，其他命令会拒绝\n",
                            "Note: scans of %zu patients lie here; other commands refuse\n"),
                     patients);
    return set(path, "count", json_integer((json_int_t)count), err) &&
           ((!args->identity && !args->patient) ||
            nw_info_patients(run, intake, args->patient, path, err)) &&
           set(path, "other_files", json_integer((json_int_t)nw_intake_other_files(intake)),
               err) &&
           set(path, "patients", json_integer((json_int_t)patients), err);
}

/* ---- models ---- */

static bool add_part(struct nw_run *run, json_t *list, const struct nw_part *part,
                     struct nw_err *err)
{
    const struct nw_mesh *m = &part->mesh;
    const nw_box box = nw_mesh_box(m);
    const nw_vec3 size = nw_box_size(box);
    json_t *o = json_pack("{s:s, s:I, s:I}", "name", part->name, "vertices",
                          (json_int_t)m->vert_count, "triangles", (json_int_t)m->tri_count);
    const bool ok = o && set(o, "size_mm", vec_json(size), err) &&
                    set(o, "min_mm", vec_json(box.min), err) &&
                    set(o, "max_mm", vec_json(box.max), err) &&
                    set(o, "uncertainty", json_boolean(m->uncertainty_mm != NULL), err) &&
                    set(o, "colours", json_boolean(m->vert_rgba != NULL), err) &&
                    (m->tol_mm <= 0 || set(o, "tol_mm", nw_json_number(m->tol_mm), err));
    nw_run_print(run,
                 nw_say(run, "%3zu   %s：%zu 个三角形，%.4g x %.4g x %.4g mm\n",
                        "%3zu   %s: %zu triangles, %.4g x %.4g x %.4g mm\n"),
                 json_array_size(list) + 1, part->name, m->tri_count, size.x, size.y, size.z);
    if (ok && json_array_append(list, o) != 0)
        nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
    json_decref(o);
    return err->code == NW_OK;
}

/* What the file itself says of them; without a word, what Nuwa takes for granted. */
static bool add_sense(struct nw_run *run, const struct nw_model_sense *sense, json_t *path,
                      struct nw_err *err)
{
    char unit[NW_NUMBER_MAX];
    (void)nw_number_format(unit, sense->unit_mm);
    if (sense->unit_mm > 0)
        nw_run_print(run,
                     nw_say(run, "      单位：文件写明，为 %s mm\n",
                            "      unit: %s mm, as the file says\n"),
                     unit);
    else
        nw_run_print(run, "%s",
                     nw_say(run, "      单位：文件未写明，按毫米读取\n",
                            "      unit: the file names none, read as millimetres\n"));
    if (sense->frame[0])
        nw_run_print(run,
                     nw_say(run, "      坐标系：文件写明，为 %s\n",
                            "      frame: %s, as the file says\n"),
                     sense->frame);
    else
        nw_run_print(run, "%s",
                     nw_say(run, "      坐标系：文件未写明，按 LPS 读取\n",
                            "      frame: the file names none, read as LPS\n"));
    return (sense->unit_mm <= 0 || set(path, "unit_mm", nw_json_number(sense->unit_mm), err)) &&
           (!sense->frame[0] || set(path, "frame", json_string(sense->frame), err));
}

static bool show_model(struct nw_run *run, const char *name, json_t *path, struct nw_err *err)
{
    struct nw_model model = {0};
    struct nw_model_sense sense;
    if (!nw_model_read_sense(name, &model, &sense, err))
        return false;
    json_t *list = json_array();
    bool ok = set(path, "path", json_string(name), err) &&
              set(path, "format", json_string(sense.format), err) &&
              set(path, "parts", list, err);
    for (size_t p = 0; ok && p < model.part_count; p++)
        ok = add_part(run, list, &model.part[p], err);
    ok = ok && add_sense(run, &sense, path, err);
    nw_model_release(&model);
    return ok;
}

static bool show_path(struct nw_run *run, const char *name, const struct info_args *args,
                      json_t *path, struct nw_err *err)
{
    struct stat st;
    if (stat(name, &st) != 0 && errno == ENOENT)
        return nw_fail(err, NW_ERR_NOTFOUND, "%s does not exist", name);
    if (S_ISREG(st.st_mode) && nw_path_is_model(name))
        return show_model(run, name, path, err);
    const struct nw_intake_opts opts = {.charset = args->charset};
    struct nw_intake *intake = nw_intake_new(name, &opts, err);
    const bool ok = intake && set(path, "path", json_string(name), err) &&
                    show_intake(run, intake, args, path, err) &&
                    (!args->charsets || nw_info_charsets(run, name, path, err));
    nw_intake_free(intake);
    return ok;
}

static int info(const void *values, struct nw_run *run, struct nw_err *err)
{
    const struct info_args *args = values;
    json_t *paths = json_array();
    if (!nw_run_put(run, "paths", paths, err))
        return 1;
    for (size_t i = 0; i < args->paths.count; i++) {
        json_t *path = json_object();
        if (!path || json_array_append_new(paths, path) != 0) {
            nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
            return 1;
        }
        if (args->paths.count > 1)
            nw_run_print(run, "%s\n", args->paths.item[i]);
        if (!show_path(run, args->paths.item[i], args, path, err))
            return 1;
    }
    return 0;
}

static const struct nw_arg info_args[] = {
    NW_INPUTS(struct info_args, paths, "path", "文件夹、文件、压缩包或 DICOMDIR",
              "folders, files, archives or DICOMDIRs"),
    NW_TEXT(struct info_args, charset, "charset",
            "文字的字符集，代替文件中声明的（如 GB18030）",
            "character set of the texts, instead of the declared one (GB18030, ...)"),
    NW_FLAG(struct info_args, identity, "identity", "显示患者身份", "show who the patient is"),
    NW_TEXT(struct info_args, patient, "patient", "医嘱中的患者标识：与影像中的核对",
            "the order's patient mark: held against the scan's"),
    NW_FLAG(struct info_args, charsets, "charsets", "按各种字符集并列显示姓名",
            "names as each character set reads them, side by side"),
    NW_FLAG(struct info_args, brief, "brief", "JSON 只含区分序列所需的内容",
            "in JSON only what tells series apart"),
    {0},
};

const struct nw_command nw_cmd_info = {
    .name = "info",
    .zh = "列出路径下的每个序列、体数据或模型及其特点",
    .en = "List every series, volume or model under a path, and what is peculiar about it",
    .args = info_args,
    .args_size = sizeof(struct info_args),
    .run = info,
};
