/* cli/strength.c -- `nuwa strength`: variants of a device under the same loads, compared. */
#include <math.h>
#include <string.h>

#include "cli/document_priv.h"
#include "cli/version.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/file.h"
#include "io/io.h"
#include "report/study.h"
#include "strength/study.h"

enum { DOCUMENT_BYTES = 4 << 20 };

struct strength_args {
    const char *document, *model;
    struct nw_words out;
    bool schema;
};

struct job {
    const struct strength_args *args;
    struct nw_run *run;
    struct nw_study *study;
    struct nw_study_found found[NW_STUDY_VARIANTS];
    size_t done;
};

/* ---- a variant's solid ---- */

static bool make_design(struct job *j, const struct nw_study_variant *v, struct nw_mesh *out,
                        struct nw_err *err)
{
    const struct nw_document study = {.run = j->run, .path = j->args->document};
    struct nw_document doc = {.run = j->run,
                              .path = nw_document_beside(&study, v->file.path, err)};
    struct nw_design *design = doc.path ? nw_document_read(&doc, err) : NULL;
    const struct nw_design_files files = nw_document_files(&doc);
    struct nw_design_made made = {0};
    if (!design)
        return false;
    size_t at = 0;
    const size_t count = nw_design_output_count(design);
    while (v->part && at < count && strcmp(nw_design_output(design, at).name, v->part) != 0)
        at++;
    const bool ok = at < count ? nw_design_make(design, at, 0, &files, &made, err)
                               : nw_fail(err, NW_ERR_NOTFOUND, "%s makes no part named '%.60s'",
                                         v->file.path, v->part);
    if (ok) {
        *out = made.mesh;
        made.mesh = (struct nw_mesh){0};
    }
    nw_design_made_release(&made);
    nw_design_free(design);
    return ok;
}

static bool load_variant(struct job *j, const struct nw_study_variant *v, struct nw_mesh *out,
                         struct nw_err *err)
{
    struct nw_document doc = {.run = j->run, .path = j->args->document};
    const struct nw_design_files files = nw_document_files(&doc);
    if (v->is_design)
        return make_design(j, v, out, err);
    return files.mesh(files.user, &v->file, out, err);
}

/* ---- what is said ---- */

static json_t *step_json(const struct nw_study_step *s)
{
    return json_pack("{s:f, s:I, s:i, s:o, s:o, s:o, s:o, s:[f,f,f]}", "cell_mm", s->cell_mm,
                     "cells", (json_int_t)s->cells, "rounds", s->rounds, "largest_move_mm",
                     nw_json_number(s->moved_mm), "stiffness_n_mm",
                     nw_json_number(s->stiffness), "stress_max_mpa",
                     nw_json_number(s->stress_mpa), "stress_99_mpa",
                     nw_json_number(s->stress99_mpa), "place_mm", s->place_mm.x, s->place_mm.y,
                     s->place_mm.z);
}

static json_t *case_json(const struct job *j, const struct nw_study_found *f, size_t c)
{
    json_t *steps = json_array();
    for (size_t k = 0; k < NW_STUDY_STEPS; k++)
        (void)json_array_append_new(steps, step_json(&f->step[c][k]));
    return json_pack("{s:s, s:o}", "name", nw_study_case_name(j->study, c), "resolutions",
                     steps);
}

static json_t *variant_json(const struct job *j, size_t at)
{
    const struct nw_study_found *f = &j->found[at];
    json_t *cases = json_array();
    for (size_t c = 0; c < nw_study_case_count(j->study); c++)
        (void)json_array_append_new(cases, case_json(j, f, c));
    return json_pack("{s:s, s:f, s:f, s:o}", "name", nw_study_variant(j->study, at).name,
                     "volume_mm3", f->volume_mm3, "mass_g", f->mass_g, "cases", cases);
}

static json_t *result_json(const struct job *j)
{
    json_t *variants = json_array();
    for (size_t v = 0; v < j->done; v++)
        (void)json_array_append_new(variants, variant_json(j, v));
    return variants;
}

static void tell_variant(const struct job *j, size_t at)
{
    const double yield = nw_study_material(j->study).yield_mpa;
    nw_run_print(j->run, nw_say(j->run, "%s：%.2f g\n", "%s: %.2f g\n"),
                 nw_study_variant(j->study, at).name, j->found[at].mass_g);
    for (size_t c = 0; c < nw_study_case_count(j->study); c++) {
        const struct nw_study_step *s = &j->found[at].step[c][NW_STUDY_STEPS - 1];
        const struct nw_study_step *before = s - 1;
        nw_run_print(
            j->run,
            nw_say(j->run,
                   "  %s：刚度 %.1f N/mm，最大位移 %.4f mm，应力 %.1f MPa（99 %%：%.1f），"
                   "屈服/最大 %.2f；上一网格的刚度差 %.1f %%\n",
                   "  %s: stiffness %.1f N/mm, largest move %.4f mm, stress %.1f MPa (99 %%: "
                   "%.1f), yield/largest %.2f; stiffness off by %.1f %% one grid before\n"),
            nw_study_case_name(j->study, c), s->stiffness, s->moved_mm, s->stress_mpa,
            s->stress99_mpa, yield / s->stress_mpa,
            100 * fabs(before->stiffness / s->stiffness - 1));
    }
}

/* The worst of: stressed beyond yield (4), not converged (3). */
static int judge(const struct job *j)
{
    int worst = 0;
    for (size_t v = 0; v < j->done; v++)
        for (size_t c = 0; c < nw_study_case_count(j->study); c++) {
            const struct nw_study_step *s = &j->found[v].step[c][NW_STUDY_STEPS - 1];
            const double off = fabs(s[-1].stiffness / s->stiffness - 1);
            const bool breaks = s->stress_mpa > nw_study_material(j->study).yield_mpa;
            worst = breaks ? 4 : worst < 3 && !(off <= NW_STUDY_CONVERGED) ? 3 : worst;
        }
    return worst;
}

/* ---- outputs ---- */

static bool write_model(struct job *j, struct nw_err *err)
{
    NW_AUTO(nw_model) model = {0};
    static const uint8_t grey[4] = {200, 200, 200, 255};
    const char *staged;
    for (size_t v = 0; j->args->model && v < j->done; v++)
        for (size_t c = 0; c < nw_study_case_count(j->study); c++) {
            NW_AUTO(nw_mesh) copy = {0};
            const char *name =
                nw_arena_printf(&model.arena, err, "%s, %s", nw_study_variant(j->study, v).name,
                                nw_study_case_name(j->study, c));
            if (!name || !nw_mesh_copy(&copy, &j->found[v].shown[c], err) ||
                !nw_model_add(&model, name, grey, &copy, err))
                return false;
        }
    return !j->args->model || (nw_run_stage(j->run, j->args->model, &staged, err) &&
                               nw_model_write(staged, &model, NULL, err));
}

static bool write_reports(struct job *j, struct nw_err *err)
{
    const struct nw_study_report report = {.study = j->study,
                                           .found = j->found,
                                           .version = NW_VERSION,
                                           .lang = j->run->tongue == NW_ZH ? NW_LANG_ZH
                                                                           : NW_LANG_EN};
    for (size_t i = 0; i < j->args->out.count; i++) {
        const char *staged;
        if (!nw_run_stage(j->run, j->args->out.item[i], &staged, err) ||
            !nw_study_report_write(staged, &report, err))
            return false;
    }
    return true;
}

static bool compare(struct job *j, struct nw_err *err)
{
    for (size_t v = 0; v < nw_study_variant_count(j->study); v++) {
        const struct nw_study_variant variant = nw_study_variant(j->study, v);
        NW_AUTO(nw_mesh) solid = {0};
        nw_stage("强度", "strength");
        if (!load_variant(j, &variant, &solid, err))
            return false;
        if (!nw_study_run(j->study, &solid, &j->found[v], err))
            return err->code == NW_ERR_CANCELLED
                       ? false
                       : nw_fail_at(err, "%s, %s", j->args->document, variant.name);
        j->done = v + 1;
        tell_variant(j, v);
    }
    nw_run_print(
        j->run, "%s\n",
        nw_say(j->run, "仅供方案比较，不是强度证明", "compares variants; not a certificate"));
    return write_reports(j, err) && write_model(j, err) &&
           nw_run_put(j->run, "variants", result_json(j), err);
}

static bool read_study(struct job *j, struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE uint8_t *text = nw_file_read(j->args->document, DOCUMENT_BYTES, &len, err);
    if (!text || !nw_run_read_file(j->run, j->args->document, err))
        return false;
    j->study = nw_study_parse((const char *)text, len, err);
    return j->study || nw_fail_at(err, "%s", j->args->document);
}

static int run(const void *args, struct nw_run *run, struct nw_err *err)
{
    const struct strength_args *a = args;
    struct job job = {.args = a, .run = run};
    if (a->schema) {
        fputs(nw_study_schema, stdout);
        return 0;
    }
    if (!a->document)
        nw_fail(err, NW_ERR_ARGUMENT, "name a study, e.g. plates.json");
    else if (read_study(&job, err))
        (void)compare(&job, err);
    const int status = err->code == NW_OK ? judge(&job) : 0;
    for (size_t v = 0; v < job.done; v++)
        nw_study_found_release(&job.found[v]);
    nw_study_free(job.study);
    return status;
}

static const struct nw_arg strength_args[] = {
    {.kind = NW_ARG_INPUT,
     .name = "study",
     .offset = NW_OF(struct strength_args, document, const char *),
     .zh = "强度比较文档（JSON）",
     .en = "the study (JSON)"},
    NW_OUTPUTS(struct strength_args, out, 'o', "out", "报告（.html 或 .pdf），可多次",
               "report (.html or .pdf), as often as wanted"),
    NW_OUTPUT(struct strength_args, model, 'm', "model", false,
              "按应力着色的模型（如 .ply、.3mf）",
              "the variants coloured by stress (.ply, .3mf ...)"),
    NW_FLAG(struct strength_args, schema, "schema", "输出强度比较文档的 JSON Schema",
            "print the JSON schema of studies"),
    {.kind = NW_ARG_END},
};

const struct nw_command nw_cmd_strength = {
    .name = "strength",
    .zh = "比较各方案在同一载荷下的刚度和应力",
    .en = "Compare how stiff variants are and how stressed under the same loads",
    .args = strength_args,
    .args_size = sizeof(struct strength_args),
    .run = run,
    .status3_zh = "网格未收敛：最后两级网格的刚度相差超过 5 %",
    .status3_en = "not converged: stiffness differs by over 5 % between the last two grids",
    .status4_zh = "应力超过屈服强度",
    .status4_en = "stressed beyond yield",
};
