/* cli/design.c -- `nuwa design`: a design document to closed solids, checked. */
#include <math.h>
#include <string.h>

#include "cli/document_priv.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/file.h"
#include "io/io.h"
#include "report/picture.h"

struct design_args {
    const char *document;
    struct nw_words out;
    const char *picture;
    double cell_mm;
    bool schema;
};

struct job {
    const struct design_args *args;
    struct nw_run *run;
    struct nw_design *design;
    struct nw_document document;
    struct nw_model model; /* what is made; for pictures with what is shown after it */
    json_t *parts;
    enum nw_verdict worst;
    size_t triangles;
};

/* ---- making ---- */

static json_t *check_json(const struct nw_run *run, const struct nw_design_check *c)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "code", c->code,
                          "verdict", nw_verdict_name(c->verdict), "unit", c->unit, "text",
                          nw_say(run, c->zh, c->en), "zh", c->zh, "en", c->en, "value",
                          nw_json_number(c->value), "limit", nw_json_number(c->limit));
    if (o && isfinite(c->place_mm.x))
        (void)json_object_set_new(
            o, "place_mm", json_pack("[f, f, f]", c->place_mm.x, c->place_mm.y, c->place_mm.z));
    return o;
}

static bool tell(struct job *j, const char *name, double cell_mm,
                 const struct nw_design_made *made, struct nw_err *err)
{
    static const char *const zh[] = {"合格", "有条件", "不合格"};
    static const char *const en[] = {"pass", "conditional", "fail"};
    const nw_vec3 s = nw_box_size(nw_mesh_box(&made->mesh));
    const double volume = nw_mesh_volume_mm3(&made->mesh);
    nw_run_print(j->run,
                 nw_say(j->run, "%s：%.1f x %.1f x %.1f mm，%.2f cm³，%zu 个三角形\n",
                        "%s: %.1f x %.1f x %.1f mm, %.2f cm³, %zu triangles\n"),
                 name, s.x, s.y, s.z, volume / 1000, made->mesh.tri_count);
    json_t *checks = json_array();
    for (size_t c = 0; c < made->check_count; c++) {
        const struct nw_design_check *k = &made->check[c];
        nw_run_print(j->run, "  %s: %s\n", nw_say(j->run, zh[k->verdict], en[k->verdict]),
                     nw_say(j->run, k->zh, k->en));
        if (k->verdict > j->worst)
            j->worst = k->verdict;
        (void)json_array_append_new(checks, check_json(j->run, k));
    }
    json_t *part = json_pack("{s:s, s:f, s:[f,f,f], s:f, s:f, s:I, s:o}", "name", name,
                             "cell_mm", cell_mm, "size_mm", s.x, s.y, s.z, "volume_mm3", volume,
                             "area_mm2", nw_mesh_area_mm2(&made->mesh), "triangles",
                             (json_int_t)made->mesh.tri_count, "checks", checks);
    return (part && json_array_append_new(j->parts, part) == 0) ||
           nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
}

static bool make_output(struct job *j, size_t at, struct nw_err *err)
{
    const struct nw_design_output o = nw_design_output(j->design, at);
    const struct nw_design_files files = nw_document_files(&j->document);
    const double cell = j->args->cell_mm > 0 ? j->args->cell_mm : o.cell_mm;
    struct nw_design_made made = {0};
    nw_stage("生成部件", "making the part");
    if (!nw_design_make(j->design, at, cell, &files, &made, err))
        return false;
    struct nw_part *part = &j->model.part[at];
    bool ok = tell(j, o.name, cell, &made, err);
    part->name = ok ? nw_arena_text(&j->model.arena, o.name, err) : NULL;
    memcpy(part->rgba, o.rgba, sizeof part->rgba);
    part->mesh = made.mesh;
    made.mesh = (struct nw_mesh){0};
    j->model.part_count = at + 1;
    nw_design_made_release(&made);
    return part->name != NULL;
}

static bool write_outputs(struct job *j, struct nw_err *err)
{
    for (size_t i = 0; i < j->args->out.count; i++) {
        const char *staged;
        if (!nw_run_stage(j->run, j->args->out.item[i], &staged, err) ||
            !nw_model_write(staged, &j->model, NULL, err))
            return false;
    }
    return true;
}

/* What is made, on what the document shows beside it. */
static bool add_shown(struct job *j, size_t at, struct nw_err *err)
{
    const struct nw_design_output o = nw_design_shown(j->design, at);
    const struct nw_design_files files = nw_document_files(&j->document);
    struct nw_part *part = &j->model.part[j->model.part_count];
    if (!nw_design_make_shown(j->design, at, &files, &part->mesh, err))
        return false;
    memcpy(part->rgba, o.rgba, sizeof part->rgba);
    j->model.part_count++;
    return true;
}

static bool write_picture(struct job *j, struct nw_err *err)
{
    const struct nw_design_scene scene = nw_design_scene(j->design);
    const struct nw_view_opts opts = {.view = NW_VIEW_OBLIQUE,
                                      .from = scene.from,
                                      .aim_parts = j->model.part_count,
                                      .margin_mm = scene.margin_mm,
                                      .width = 1200,
                                      .height = 900,
                                      .background = {255, 255, 255}};
    struct nw_picture picture = {0};
    const char *staged;
    size_t len = 0;
    for (size_t at = 0; at < scene.shown_count; at++)
        if (!add_shown(j, at, err))
            return false;
    if (!nw_picture_of_model(&j->model, &opts, &picture, err))
        return false;
    NW_AUTOFREE uint8_t *png = nw_picture_png(&picture, &len, err);
    nw_picture_release(&picture);
    return png && nw_run_stage(j->run, j->args->picture, &staged, err) &&
           nw_file_write(staged, png, len, err);
}

static bool picture_is_png(const struct design_args *a, struct nw_err *err)
{
    char ending[16] = "png";
    if (a->picture)
        nw_path_ending(a->picture, ending);
    return strcmp(ending, "png") == 0 ||
           nw_fail(err, NW_ERR_ARGUMENT, "a picture's name ends in .png");
}

static bool endings_are_known(const struct design_args *a, struct nw_err *err)
{
    for (size_t i = 0; i < a->out.count; i++) {
        char ending[16];
        nw_path_ending(a->out.item[i], ending);
        if (!nw_model_ending_is_known(ending))
            return nw_fail(err, NW_ERR_ARGUMENT,
                           "the ending .%s is not known; models are .3mf .stl .ply .obj .amf "
                           ".glb .vtk .wrl",
                           ending);
    }
    return a->out.count > 0 ||
           nw_fail(err, NW_ERR_ARGUMENT, "say where the solid shall go, e.g. -o guide.3mf");
}

static bool make_all(struct job *j, struct nw_err *err)
{
    const size_t count = nw_design_output_count(j->design);
    j->parts = json_array();
    j->model.part =
        NW_ALLOC(struct nw_part, count + nw_design_scene(j->design).shown_count, err);
    if (!j->model.part)
        return false;
    for (size_t at = 0; at < count; at++)
        if (!make_output(j, at, err))
            return false;
    return write_outputs(j, err) && (!j->args->picture || write_picture(j, err)) &&
           nw_run_put(j->run, "parts", json_incref(j->parts), err);
}

static bool design(struct job *j, struct nw_err *err)
{
    j->document = (struct nw_document){.run = j->run, .path = j->args->document};
    j->design = nw_document_read(&j->document, err);
    if (!j->design)
        return false;
    j->document.keep = j->args->picture || nw_design_output_count(j->design) > 1;
    if (make_all(j, err))
        return true;
    return err->code == NW_ERR_CANCELLED ? false : nw_fail_at(err, "%s", j->args->document);
}

static int print_schema(struct nw_err *err)
{
    NW_AUTOFREE char *text = nw_design_schema(err);
    if (text)
        fputs(text, stdout);
    return 0;
}

static int run(const void *args, struct nw_run *run, struct nw_err *err)
{
    const struct design_args *a = args;
    if (a->schema)
        return print_schema(err);
    struct job job = {.args = a, .run = run};
    if (!a->document)
        nw_fail(err, NW_ERR_ARGUMENT, "name a design document, e.g. guide.json");
    else if (endings_are_known(a, err) && picture_is_png(a, err))
        (void)design(&job, err);
    nw_document_release(&job.document);
    nw_design_free(job.design);
    nw_model_release(&job.model);
    json_decref(job.parts);
    static const int status[] = {0, 3, 4};
    return err->code == NW_OK ? status[job.worst] : 0;
}

static const struct nw_arg design_args[] = {
    {.kind = NW_ARG_INPUT,
     .name = "document",
     .offset = NW_OF(struct design_args, document, const char *),
     .zh = "设计文档（JSON）",
     .en = "design document (JSON)"},
    NW_OUTPUTS(struct design_args, out, 'o', "out", "输出模型，格式由结尾决定，可多次",
               "model to write, its ending says the format; as often as wanted"),
    NW_OUTPUT(struct design_args, picture, 0, "picture", false,
              "图片（.png）：所生成的部件，连同文档 show 中列出的骨等",
              "picture (.png) of what is made, with the bones that the document shows"),
    NW_LENGTH(struct design_args, cell_mm, "cell", 0.02, 10, NAN,
              "曲面网格边长，代替文档中的值（预览用较大值）",
              "edge of the surface's grid instead of the document's (larger for a preview)"),
    NW_FLAG(struct design_args, schema, "schema", "输出设计文档的 JSON Schema",
            "print the JSON schema of design documents"),
    {.kind = NW_ARG_END},
};

const struct nw_command nw_cmd_design = {
    .name = "design",
    .zh = "按设计文档生成导板、植入物或矫形器，并检查",
    .en = "Make a guide, an implant or an orthosis from a design document, and check it",
    .args = design_args,
    .args_size = sizeof(struct design_args),
    .run = run,
    .status3_en = "a check is conditional",
    .status3_zh = "有检查项为有条件",
    .status4_en = "a check failed",
    .status4_zh = "有检查项不合格",
};
