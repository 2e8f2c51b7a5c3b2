/* cli/reconstruct.c -- nuwa reconstruct PATH: the main job, from a scan to printable parts. */
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include "anatomy/gate.h"
#include "anatomy/recipe.h"
#include "cli/reconstruct_priv.h"
#include "cli/version.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/dicom.h"
#include "io/file.h"
#include "io/io.h"
#include "mesh/check.h"
#include "report/report.h"

static const struct nw_arg reconstruct_args[] = {
    NW_INPUT(struct nw_reconstruct_args, path, "PATH", "影像：目录、文件、DICOMDIR、zip 或 tar",
             "the scan: a folder, file, DICOMDIR, zip or tar"),
    NW_OUTPUTS(
        struct nw_reconstruct_args, out, 'o', "out",
        "输出文件，按扩展名定格式（默认：当前目录下 预设.3mf 和 预设.html）：3mf stl ply obj "
        "amf glb vtk 为模型，nii.gz nrrd mha 为标签，seg.dcm stl.dcm 为 DICOM，html pdf 为报告",
        "output, its format by the ending (default: PRESET.3mf and PRESET.html here): 3mf "
        "stl ply obj amf glb vtk models, nii.gz nrrd mha labels, seg.dcm stl.dcm DICOM, "
        "html pdf reports"),
    NW_RECONSTRUCT_ROWS,
    NW_NUMBER(struct nw_reconstruct_args, fixed_hu, "fixed-threshold", "HU", -1000, 4000,
              (double)NAN, "用固定阈值代替局部半高（会有偏差，报告中说明）",
              "a fixed threshold instead of the local half-maximum (its bias is reported)"),
    NW_FLAG(struct nw_reconstruct_args, keep_table, "keep-table", "保留床和石膏作为部件",
            "keep table and cast as parts"),
    {.kind = NW_ARG_END},
};

/* ---- what was asked ---- */

enum output_kind { OUT_MODEL, OUT_LABELS, OUT_REPORT, OUT_SEG, OUT_STL_DCM };

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcasecmp(text + n - m, end) == 0;
}

static bool kind_of(const char *path, enum output_kind *out, struct nw_err *err)
{
    char ending[16];
    nw_path_ending(path, ending);
    if (ends_with(path, ".seg.dcm"))
        *out = OUT_SEG;
    else if (ends_with(path, ".stl.dcm"))
        *out = OUT_STL_DCM;
    else if (strcmp(ending, "html") == 0 || strcmp(ending, "pdf") == 0)
        *out = OUT_REPORT;
    else if (nw_model_ending_is_known(ending))
        *out = OUT_MODEL;
    else if (nw_volume_ending_is_known(ending))
        *out = OUT_LABELS;
    else
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "%s: the ending is not known; models are 3mf stl ply obj amf glb vtk, "
                       "labels nii.gz nrrd mha, DICOM seg.dcm stl.dcm, reports html pdf",
                       path);
    return true;
}

/* "bone", or "threshold=300..2000". */
static bool parse_preset(const struct nw_reconstruct_args *args,
                         struct nw_reconstruct_opts *opts, struct nw_err *err)
{
    const char *text = args->preset ? args->preset : "bone";
    const char *range = strchr(text, '=');
    char name[32];
    (void)snprintf(name, sizeof name, "%.*s", (int)(range ? range - text : 31), text);
    opts->recipe = nw_recipe_find(name);
    if (!opts->recipe)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "there is no preset \"%s\"; there are bone, skin, lung, airway and "
                       "threshold=LO..HI",
                       name);
    const bool is_threshold = strcmp(name, "threshold") == 0;
    if (is_threshold != (range != NULL))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "a range is given as threshold=LO..HI, for example threshold=300..2000");
    if (!is_threshold)
        return true;
    const char *dots = nw_number_parse(range + 1, &opts->lo_hu);
    /* "300..2000": a parser of numbers takes "300." for 300 */
    if (dots && dots > range + 1 && dots[-1] == '.')
        dots--;
    const char *end =
        dots && strncmp(dots, "..", 2) == 0 ? nw_number_parse(dots + 2, &opts->hi_hu) : NULL;
    if (!end || *end || !(opts->lo_hu < opts->hi_hu))
        return nw_fail(
            err, NW_ERR_ARGUMENT,
            "\"%s\" is not a range; threshold=LO..HI needs two grey values, the lower "
            "one first",
            text);
    return true;
}

/* ---- what came out, as JSON ---- */

static json_t *vec_json(nw_vec3 v)
{
    return json_pack("[f, f, f]", v.x, v.y, v.z);
}

static json_t *moved_json(const struct nw_moved *m)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:I, s:I}", "mean_mm", m->mean_mm, "p95_mm",
                     m->p95_mm, "max_mm", m->max_mm, "volume_percent", m->volume_percent,
                     "triangles_before", (json_int_t)m->triangles_before, "triangles_after",
                     (json_int_t)m->triangles_after);
}

static json_t *part_json(const struct nw_part_numbers *n, const struct nw_mesh *mesh)
{
    json_t *o =
        json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:f}", "name", n->name,
                  "volume_mm3", n->volume_mm3, "volume_uncertainty_mm3",
                  n->volume_uncertainty_mm3, "area_mm2", n->area_mm2, "uncertainty_p50_mm",
                  n->uncertainty_p50_mm, "uncertainty_p95_mm", n->uncertainty_p95_mm, "pieces",
                  (json_int_t)n->pieces, "triangles", (json_int_t)mesh->tri_count, "vertices",
                  (json_int_t)mesh->vert_count, "tolerance_mm", mesh->tol_mm);
    json_object_set_new(o, "mean_hu", nw_json_number(n->mean_hu));
    json_object_set_new(o, "size_mm", vec_json(nw_box_size(n->box)));
    json_object_set_new(o, "box_min_mm", vec_json(n->box.min));
    json_object_set_new(o, "box_max_mm", vec_json(n->box.max));
    json_t *classes = json_object();
    for (int c = 0; c < NW_CLASS_COUNT; c++)
        json_object_set_new(classes, nw_class_name((enum nw_class)c),
                            json_real(n->class_share[c]));
    json_object_set_new(o, "class_share", classes);
    json_object_set_new(o, "label", json_integer(n->label));
    json_object_set_new(o, "simplified", moved_json(&n->simplified));
    json_object_set_new(o, "smoothed", moved_json(&n->smoothed));
    return o;
}

static json_t *calibration_json(const struct nw_calibration *c)
{
    json_t *o = json_object();
    json_object_set_new(o, "is_hu", json_boolean(c->scale == NW_GREY_HU));
    json_object_set_new(o, "air_hu", nw_json_number(c->air_hu));
    json_object_set_new(o, "fat_hu", nw_json_number(c->fat_hu));
    json_object_set_new(o, "muscle_hu", nw_json_number(c->muscle_hu));
    json_object_set_new(o, "noise_hu", nw_json_number(c->noise_hu));
    json_object_set_new(o, "sigma_xy_mm", nw_json_number(c->sigma_xy_mm));
    json_object_set_new(o, "sigma_z_mm", nw_json_number(c->sigma_z_mm));
    json_object_set_new(o, "edges_used", json_integer((json_int_t)c->edges_used));
    json_object_set_new(o, "metal_mm3", nw_json_number(c->metal_mm3));
    return o;
}

static json_t *left_out_json(const struct nw_reconstruction *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->left_out_count; i++) {
        const struct nw_left_out *l = &r->left_out[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:f, s:I, s:o}", "zh", l->zh, "en",
                                              l->en, "volume_mm3", l->volume_mm3, "pieces",
                                              (json_int_t)l->pieces, "place_mm",
                                              vec_json(l->place_mm)));
    }
    return list;
}

json_t *nw_edited_json(const struct nw_edit_done *done, size_t count, double voxel_mm3)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct nw_edit_done *d = &done[i];
        json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:f}", "do", d->what,
                                              "added_mm3", (double)d->added * voxel_mm3,
                                              "removed_mm3", (double)d->removed * voxel_mm3,
                                              "moved_mm3", (double)d->moved * voxel_mm3));
    }
    return list;
}

static double voxel_mm3(const struct nw_reconstruction *r)
{
    return fabs(nw_grid_voxel_mm3(&r->labels.grid));
}

static json_t *budget_json(const struct nw_error_budget *b)
{
    json_t *o = json_object();
    json_object_set_new(o, "scan_mm", nw_json_number(b->scan_mm));
    json_object_set_new(o, "edge_mm", nw_json_number(b->edge_mm));
    json_object_set_new(o, "model_mm", nw_json_number(b->model_mm));
    json_object_set_new(o, "mesh_mm", nw_json_number(b->mesh_mm));
    json_object_set_new(o, "print_mm", nw_json_number(b->print_mm));
    json_object_set_new(o, "total_mm", nw_json_number(b->total_mm));
    json_object_set_new(o, "bias_mm", nw_json_number(b->bias_mm));
    return o;
}

static json_t *gate_json(const struct nw_gate *gate)
{
    static const char *const verdict[] = {"pass", "conditional", "fail"};
    return json_pack("{s:s, s:s, s:f, s:f}", "sheet", gate->sheet, "verdict",
                     verdict[gate->verdict], "smallest_feature_mm", gate->smallest_feature_mm,
                     "surface_accuracy_mm", gate->surface_accuracy_mm);
}

static bool put_results(struct nw_run *run, const struct nw_scan *scan,
                        const struct nw_gate *gate, const struct nw_reconstruction *r,
                        bool edits, struct nw_err *err)
{
    json_t *parts = json_array();
    for (size_t p = 0; p < r->part_count; p++)
        json_array_append_new(parts, part_json(&r->numbers[p], &r->model.part[p].mesh));
    char digest[NW_DIGEST_TEXT];
    nw_digest_format(&scan->sources_sha256, digest);
    return nw_run_put(run, "parts", parts, err) &&
           nw_run_put(run, "calibration", calibration_json(&r->calibration), err) &&
           nw_run_put(run, "left_out", left_out_json(r), err) &&
           nw_run_put(run, "budget", budget_json(&r->budget), err) &&
           nw_run_put(run, "gate", gate_json(gate), err) &&
           (!edits ||
            nw_run_put(run, "edits", nw_edited_json(r->edited, r->edited_count, voxel_mm3(r)),
                       err)) &&
           nw_run_put(run, "scan_sha256", json_string(digest), err);
}

/* ---- for people ---- */

static void print_parts(const struct nw_run *run, const struct nw_reconstruction *r)
{
    for (size_t p = 0; p < r->part_count; p++) {
        const struct nw_part_numbers *n = &r->numbers[p];
        const nw_vec3 size = nw_box_size(n->box);
        nw_run_print(
            run,
            nw_say(run,
                   "%s：%.1f ± %.1f cm³，%.0f × %.0f × %.0f mm，%zu 个三角形，表面不确定度 95 "
                   "%% 在 ±%.2f mm 内（1σ）\n",
                   "%s: %.1f ± %.1f cm³, %.0f × %.0f × %.0f mm, %zu triangles, surface "
                   "uncertainty (1 sigma) within ±%.2f mm for 95 %%\n"),
            n->name, n->volume_mm3 / 1000, n->volume_uncertainty_mm3 / 1000, size.x, size.y,
            size.z, r->model.part[p].mesh.tri_count, n->uncertainty_p95_mm);
    }
    for (size_t i = 0; i < r->left_out_count; i++)
        nw_run_print(run, nw_say(run, "未保留：%s（%.2f cm³）\n", "left out: %s (%.2f cm³)\n"),
                     run->tongue == NW_ZH ? r->left_out[i].zh : r->left_out[i].en,
                     r->left_out[i].volume_mm3 / 1000);
}

void nw_edited_print(const struct nw_run *run, const struct nw_edit_done *done, size_t count,
                     double voxel_mm3)
{
    const double voxel = voxel_mm3 / 1000;
    for (size_t i = 0; i < count; i++) {
        const struct nw_edit_done *d = &done[i];
        nw_run_print(run,
                     nw_say(run, "第 %zu 步 %s：增加 %.3f，去掉 %.3f，改属 %.3f cm³\n",
                            "step %zu, %s: %.3f added, %.3f removed, %.3f moved, cm³\n"),
                     i + 1, d->what, (double)d->added * voxel, (double)d->removed * voxel,
                     (double)d->moved * voxel);
    }
}

static void print_verdict(const struct nw_run *run, const struct nw_gate *gate)
{
    static const char *const zh[] = {"合格", "有条件合格", "不合格"};
    static const char *const en[] = {"pass", "conditional", "fail"};
    nw_run_print(run,
                 nw_say(run, "影像质量：%s；最小可见结构 %.1f mm\n",
                        "scan quality: %s; smallest feature shown %.1f mm\n"),
                 run->tongue == NW_ZH ? zh[gate->verdict] : en[gate->verdict],
                 gate->smallest_feature_mm);
    for (size_t i = 0; i < gate->item_count; i++)
        if (gate->item[i].verdict != NW_VERDICT_PASS)
            nw_run_print(run, "  %s\n",
                         run->tongue == NW_ZH ? gate->item[i].zh : gate->item[i].en);
}

/* ---- the work ---- */

static bool fail_of(const struct nw_mesh_check *check, const char *part, struct nw_err *err)
{
    struct nw_text list;
    nw_text_init(&list, 1024);
    bool ok = true;
    for (int k = 0; ok && k < NW_DEFECT_KINDS; k++)
        if (check->count[k])
            ok = nw_text_addf(&list, err, "%s%zu %s", list.len ? ", " : "", check->count[k],
                              nw_defect_name((enum nw_defect_kind)k));
    if (ok)
        nw_fail(err, NW_ERR_INTERNAL,
                "part %s did not come out as a solid (%s); nothing was written", part,
                list.len ? list.data : "not closed");
    nw_text_release(&list);
    return false;
}

/* Nothing leaves that a printer would stumble over (Req: R-049). */
static bool check_parts(const struct nw_reconstruction *r, struct nw_err *err)
{
    nw_stage("检查网格", "checking the mesh");
    for (size_t p = 0; p < r->part_count; p++) {
        struct nw_mesh_check check;
        const struct nw_check_opts opts = {0};
        if (!nw_mesh_check(&r->model.part[p].mesh, &opts, &check, err))
            return false;
        if (!check.solid)
            return fail_of(&check, r->model.part[p].name, err);
    }
    return true;
}

static bool set_facts(struct nw_reconstruction *r, const struct nw_scan *scan,
                      const char *preset, struct nw_err *err)
{
    char digest[NW_DIGEST_TEXT];
    nw_digest_format(&scan->sources_sha256, digest);
    const struct nw_fact facts[] = {
        {"application", "nuwa " NW_VERSION},
        {"recipe", preset},
        {"scan_sha256", digest},
        {"modality", scan->facts.modality},
        {"series_uid", scan->facts.series_uid},
        {"frame_of_reference_uid", scan->facts.frame_uid},
        {"body_part", scan->facts.body_part},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (*facts[i].value && !nw_model_set_fact(&r->model, facts[i].key, facts[i].value, err))
            return false;
    return true;
}

static bool write_seg(const char *path, const struct nw_reconstruction *r,
                      const struct nw_scan *scan, struct nw_err *err)
{
    NW_AUTOFREE struct nw_segment *segment = NW_ALLOC(struct nw_segment, r->part_count, err);
    if (!segment)
        return false;
    for (size_t p = 0; p < r->part_count; p++) {
        segment[p] =
            (struct nw_segment){.label = r->numbers[p].label, .name = r->model.part[p].name};
        memcpy(segment[p].rgba, r->model.part[p].rgba, 4);
    }
    return nw_dicom_write_seg(path, &r->labels, segment, r->part_count, &scan->facts, err);
}

static bool write_stl_dicom(const char *path, const struct nw_reconstruction *r,
                            const struct nw_scan *scan, struct nw_err *err)
{
    struct nw_mesh all = {0};
    bool ok = nw_mesh_copy(&all, &r->model.part[0].mesh, err);
    for (size_t p = 1; ok && p < r->part_count; p++)
        ok = nw_mesh_append(&all, &r->model.part[p].mesh, err);
    ok = ok && nw_dicom_write_stl(path, &all, r->model.part[0].name, &scan->facts, err);
    nw_mesh_release(&all);
    return ok;
}

struct output {
    enum output_kind kind;
    const char *staged;
};

struct job {
    const struct nw_reconstruct_args *args;
    struct output *out;
    size_t out_count;
    struct nw_run *run;
    struct nw_scan scan;
    struct nw_gate gate;
    struct nw_reconstruction result;
    struct nw_scan labels; /* of `edit`: what was read */
    struct nw_edits *edits;
    char edits_sha256[NW_DIGEST_TEXT];
};

static const char *command_line(struct nw_run *run, bool edits, struct nw_err *err)
{
    struct nw_text line;
    nw_text_init(&line, 1 << 16);
    bool ok = nw_text_add(&line, edits ? "nuwa edit" : "nuwa reconstruct", err);
    for (size_t i = edits ? 2 : 1; ok && i < run->step.argument_count;
         i++) { /* not the paths */
        const char *word = run->step.argument[i];
        if (strcmp(word, "-o") == 0 || strcmp(word, "--out") == 0 || strchr(word, '/')) {
            i += word[0] == '-';
            continue;
        }
        ok = nw_text_addf(&line, err, " %s", word);
    }
    const char *text = ok ? nw_arena_text(&run->arena, line.data, err) : NULL;
    nw_text_release(&line);
    return text;
}

static bool write_model(const char *path, const struct nw_model *model, struct nw_err *err)
{
    struct nw_model_write_opts opts = {0};
    uint8_t *png = NULL;
    if (ends_with(path, ".3mf")) {
        png = nw_report_thumbnail(model, &opts.thumbnail_len, err);
        if (!png)
            return false;
        opts.thumbnail_png = png;
    }
    const bool ok = nw_model_write(path, model, &opts, err);
    nw_free(png);
    return ok;
}

static bool write_report(struct job *job, const char *path, struct nw_err *err)
{
    const struct nw_report report = {
        .scan = &job->scan,
        .gate = &job->gate,
        .result = &job->result,
        .version = NW_VERSION,
        .command = command_line(job->run, job->args->edits != NULL, err),
        .with_identity = job->args->with_identity,
        .lang = job->run->tongue == NW_ZH ? NW_LANG_ZH : NW_LANG_EN,
    };
    return report.command && nw_report_write(path, &report, err);
}

static bool write_one(struct job *job, const struct output *out, struct nw_err *err)
{
    const struct nw_reconstruction *r = &job->result;
    const char *staged = out->staged;
    switch (out->kind) {
    case OUT_MODEL:
        return write_model(staged, &r->model, err);
    case OUT_LABELS:
        return nw_volume_write(staged, &r->labels, r->label_name, r->label_count, err);
    case OUT_REPORT:
        return write_report(job, staged, err);
    case OUT_SEG:
        return write_seg(staged, r, &job->scan, err);
    case OUT_STL_DCM:
        return write_stl_dicom(staged, r, &job->scan, err);
    }
    NW_UNREACHABLE();
}

/* Before the work, so that a folder that is not there is said at once. */
static bool stage_outputs(struct job *job, const struct nw_words *outs, struct nw_err *err)
{
    job->out = nw_arena_alloc(&job->run->arena, outs->count * sizeof *job->out, err);
    for (size_t i = 0; job->out && i < outs->count; i++) {
        struct output *out = &job->out[job->out_count++];
        if (!kind_of(outs->item[i], &out->kind, err) ||
            !nw_run_stage(job->run, outs->item[i], &out->staged, err))
            return false;
    }
    return job->out != NULL;
}

enum { EDITS_BYTES = 4 << 20 };

struct nw_edits *nw_run_read_edits(struct nw_run *run, const char *path,
                                   char sha256[NW_DIGEST_TEXT], struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE uint8_t *text = nw_file_read(path, EDITS_BYTES, &len, err);
    nw_digest digest;
    if (!text || !nw_run_read_file(run, path, err) || !nw_hash_bytes(text, len, &digest, err))
        return NULL;
    if (sha256)
        nw_digest_format(&digest, sha256);
    struct nw_edits *edits = nw_edits_parse((const char *)text, len, err);
    if (!edits)
        (void)nw_fail_at(err, "%s", path);
    return edits;
}

/* A sentence of a step names its line: of which file goes before it. */
static bool reconstruct_edited(struct job *job, struct nw_reconstruct_opts opts,
                               struct nw_err *err)
{
    const struct nw_pick pick = {0};
    if (job->args->labels) {
        if (!nw_run_load_scan(job->run, job->args->labels, &pick, &job->labels, err))
            return false;
        opts.labels = &job->labels.volume;
    }
    opts.edits = job->edits;
    if (nw_reconstruct(&job->scan, &opts, &job->result, err))
        return true;
    return err->code == NW_ERR_DATA ? nw_fail_at(err, "%s", job->args->edits) : false;
}

static bool work(struct job *job, const struct nw_reconstruct_opts *opts, struct nw_err *err)
{
    const struct nw_reconstruct_args *args = job->args;
    const struct nw_pick pick = {
        .series = args->series, .charset = args->charset, .resample = args->resample};
    if (args->edits &&
        !(job->edits = nw_run_read_edits(job->run, args->edits, job->edits_sha256, err)))
        return false;
    nw_stage("读取影像", "reading the scan");
    if (!nw_run_load_scan(job->run, args->path, &pick, &job->scan, err) ||
        !(args->edits ? reconstruct_edited(job, *opts, err)
                      : nw_reconstruct(&job->scan, opts, &job->result, err)))
        return false;
    nw_stage("按要求表检查影像", "judging the scan");
    if (!nw_gate_check(&job->scan, opts->recipe->name, &job->result.calibration, &job->gate,
                       err) ||
        !check_parts(&job->result, err) ||
        !set_facts(&job->result, &job->scan, args->preset ? args->preset : "bone", err) ||
        (args->edits &&
         !nw_model_set_fact(&job->result.model, "edits_sha256", job->edits_sha256, err)))
        return false;
    nw_stage("写出文件", "writing the files");
    for (size_t i = 0; i < job->out_count; i++)
        if (!write_one(job, &job->out[i], err))
            return false;
    return put_results(job->run, &job->scan, &job->gate, &job->result, args->edits != NULL,
                       err);
}

static bool default_outputs(struct nw_run *run, const char *preset, struct nw_words *outs,
                            struct nw_err *err)
{
    static const char *const endings[] = {"3mf", "html"};
    outs->item = nw_arena_alloc(&run->arena, 2 * sizeof *outs->item, err);
    for (size_t i = 0; outs->item && i < 2; i++) {
        const char *path = nw_arena_printf(&run->arena, err, "%s.%s", preset, endings[i]);
        if (!path || !nw_run_default_output(run, "out", path, err))
            return false;
        outs->item[outs->count++] = path;
    }
    return outs->item != NULL;
}

bool nw_reconstruct_opts(const struct nw_reconstruct_args *args,
                         struct nw_reconstruct_opts *opts, struct nw_err *err)
{
    *opts = (struct nw_reconstruct_opts){
        .simplify_mm = args->no_simplify ? -1 : args->simplify_mm,
        .smooth_mm = args->smooth_mm,
        .min_part_mm3 = args->min_part_mm3,
        .keep_cast = args->keep_table,
    };
    if (!parse_preset(args, opts, err))
        return false;
    if (args->fixed_hu != 0) {
        opts->fixed_threshold = true;
        opts->lo_hu = args->fixed_hu;
    }
    return true;
}

int nw_reconstruct_command(const struct nw_reconstruct_args *args, struct nw_run *run,
                           struct nw_err *err)
{
    struct nw_reconstruct_opts opts;
    struct nw_words outs = args->out;
    if (!nw_reconstruct_opts(args, &opts, err))
        return 2;
    if (outs.count == 0 && !default_outputs(run, opts.recipe->name, &outs, err))
        return 1;
    enum output_kind kind;
    for (size_t i = 0; i < outs.count; i++)
        if (!kind_of(outs.item[i], &kind, err))
            return 2;
    struct job job = {.args = args, .run = run};
    nw_scan_init(&job.scan);
    nw_scan_init(&job.labels);
    const bool ok = stage_outputs(&job, &outs, err) && work(&job, &opts, err);
    if (ok) {
        print_verdict(run, &job.gate);
        nw_edited_print(run, job.result.edited, job.result.edited_count,
                        voxel_mm3(&job.result));
        print_parts(run, &job.result);
        for (size_t i = 0; i < outs.count; i++)
            nw_run_print(run, "%s\n", outs.item[i]);
    }
    nw_gate_release(&job.gate);
    nw_reconstruction_release(&job.result);
    nw_scan_release(&job.scan);
    nw_scan_release(&job.labels);
    nw_edits_free(job.edits);
    return ok ? 0 : 1;
}

static int reconstruct(const void *args, struct nw_run *run, struct nw_err *err)
{
    return nw_reconstruct_command(args, run, err);
}

const struct nw_command nw_cmd_reconstruct = {
    .name = "reconstruct",
    .zh = "从影像重建可打印的模型，附报告和不确定度",
    .en = "Reconstruct printable parts from a scan, with report and uncertainty",
    .args = reconstruct_args,
    .args_size = sizeof(struct nw_reconstruct_args),
    .run = reconstruct,
};
