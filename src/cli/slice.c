/* cli/slice.c -- nuwa slice: from a model to the files a machine builds from. */
#include "cli/slice_priv.h"

#include <string.h>

#include "cli/document_priv.h"
#include "cli/version.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/io.h"
#include "print/fff.h"

static const struct nw_arg slice_args[] = {
    NW_INPUT(struct slice_args, model, "model", "要切片的模型、标签体数据或设计文档",
             "model, label volume or design document to slice"),
    NW_OUTPUT(
        struct slice_args, out, 'o', "out", true,
        "输出：.sl1（树脂机）、.zip（PNG层图与清单）、.gcode（经 PrusaSlicer）",
        "file to write: .sl1 (resin printers), .zip (PNG pictures and a manifest), .gcode "
        "(through PrusaSlicer)"),
    {.kind = NW_ARG_TEXT,
     .name = "machine",
     .offset = NW_OF(struct slice_args, machine, const char *),
     .zh = "打印机档案：名称（见 nuwa machine）或文件",
     .en = "printer's profile: a name (see nuwa machine) or a file",
     .required = true},
    NW_TEXT(struct slice_args, material, "material", "材料（默认为档案中的第一种）",
            "material (default: the profile's first)"),
    NW_LENGTH(struct slice_args, layer_mm, "layer", 0.001, 5, NAN, "层厚（默认取自档案）",
              "thickness of a layer (default: the profile's)"),
    NW_TEXT(struct slice_args, up, "up", "模型中朝上的方向 L,P,H（默认 0,0,1）",
            "direction of the model that points up, L,P,H (default 0,0,1)"),
    NW_NUMBER(struct slice_args, spin_deg, "spin", "deg", -360, 360, 0, "再绕竖直轴旋转",
              "then turned about the vertical"),
    NW_LENGTH(struct slice_args, lift_mm, "lift", 0, 100, 0, "最低点离平台的高度",
              "height of the lowest point above the bed"),
    NW_TEXT(struct slice_args, today, "use-date", "判断有效期的日期 YYYYMMDD（默认今天）",
            "day on which profiles must be valid, YYYYMMDD (default: today)"),
    NW_TEXT(struct slice_args, slicer, "slicer", "PrusaSlicer 程序（默认 prusa-slicer）",
            "PrusaSlicer's program (default prusa-slicer)"),
    NW_TEXT(
        struct slice_args, map, "map",
        "标签体数据：每个标签用哪种材料，如 1=white,2=magenta（默认依次）",
        "of a label volume: the material of each label, such as 1=white,2=magenta (default: "
        "in turn)"),
    NW_TEXT(struct slice_args, part, "part", "设计文档：切哪一个部件（默认唯一的一个）",
            "of a design document: which of its parts (default: the only one)"),
    NW_FLAG(struct slice_args, supports, "supports", "加支撑（树脂机；离平台高度默认为 5 mm）",
            "stand the part on supports (resin printers; lifts it by 5 mm unless --lift says)"),
    NW_LENGTH(struct slice_args, spacing_mm, "support-spacing", 0.5, 20, 3,
              "支撑点间距：悬空处离最近支撑点不超过此值",
              "no place that needs support lies further from a tip"),
    NW_LENGTH(struct slice_args, hollow_mm, "hollow", 0.3, 50, NAN,
              "掏空，壁厚为此值；每个空腔在最低处和最高处各开一个排液孔",
              "hollow, with a wall of this thickness and a hole at the lowest and the highest "
              "place of each hollow"),
    NW_LENGTH(struct slice_args, hole_mm, "drain", 0.5, 50, NAN,
              "排液孔直径（默认取自档案，至少 3 mm）",
              "diameter of those holes (default: the profile's, 3 mm at least)"),
    NW_TEXT(struct slice_args, keep_clear, "keep-clear",
            "另一模型（如骨）：靠近它的表面不放支撑",
            "another model, such as the bone: surface near it is kept free of support"),
    NW_LENGTH(struct slice_args, clear_mm, "clear-distance", 0.01, 50, 1, "多近算靠近",
              "how near counts as near"),
    {.kind = NW_ARG_END},
};

/* ---- filament ---- */

static bool put_gcode(struct nw_run *run, const struct nw_fff_result *r, struct nw_err *err)
{
    const nw_vec3 size = nw_box_size(r->facts.box);
    nw_run_print(run,
                 nw_say(run, "%s：%zu 层；材料 %.2f cm³、%.1f g；约 %.0f 分钟\n",
                        "%s: %zu layers; material %.2f cm3, %.1f g; about %.0f min\n"),
                 r->version, r->facts.layers, r->volume_mm3 / 1000, r->mass_g,
                 r->facts.time_s / 60);
    return nw_run_put(run, "slicer", json_string(r->version), err) &&
           nw_run_put(run, "layers", json_integer((json_int_t)r->facts.layers), err) &&
           nw_run_put(run, "layers_planned", json_integer((json_int_t)r->layers_planned),
                      err) &&
           nw_run_put(run, "extruded_size_mm", nw_json_point(size), err) &&
           nw_run_put(run, "volume_mm3", nw_json_number(r->volume_mm3), err) &&
           nw_run_put(run, "filament_mm", nw_json_number(r->facts.filament_mm), err) &&
           nw_run_put(run, "mass_g", nw_json_number(r->mass_g), err) &&
           nw_run_put(run, "cost", nw_json_number(r->cost), err) &&
           nw_run_put(run, "time_s", nw_json_number(r->facts.time_s), err);
}

static int slice_filament(const struct slice_args *args, struct nw_run *run, struct nw_bed *bed,
                          struct nw_err *err)
{
    struct nw_placement place = {0};
    struct nw_fff_result result = {0};
    const char *staged = NULL;
    if (!nw_place_model(&bed->model, &bed->machine, &bed->place, &place, err) ||
        !nw_run_stage(run, args->out, &staged, err))
        return 1;
    const struct nw_fff_job job = {&bed->model,   &place,         &bed->machine,
                                   bed->material, args->layer_mm, args->slicer};
    nw_stage("PrusaSlicer 切片", "slicing with PrusaSlicer");
    return nw_fff_slice(staged, &job, &result, err) && put_gcode(run, &result, err) ? 0 : 1;
}

/* ---- labels ---- */

/* Numbers from 1 of the materials of labels; a label that is not named takes its turn. */
static bool read_map(const char *map, const struct nw_machine *m, uint8_t out[256],
                     struct nw_err *err)
{
    const size_t count = m->material_count < 255 ? m->material_count : 255;
    out[0] = 0;
    for (size_t n = 1; n < 256; n++)
        out[n] = (uint8_t)((n - 1) % count + 1);
    while (map && *map) {
        char name[64];
        double label = 0;
        const char *at = nw_number_parse(map, &label);
        const size_t len = at && *at == '=' ? strcspn(at + 1, ",") : 0;
        if (!(label >= 1 && label <= 255 && label == floor(label)) || len == 0 ||
            len >= sizeof name)
            return nw_fail(err, NW_ERR_ARGUMENT,
                           "--map needs labels and materials such as 1=white,2=clear, not "
                           "\"%.40s\"",
                           map);
        memcpy(name, at + 1, len);
        name[len] = 0;
        const struct nw_material *material = nw_machine_material(m, name, err);
        if (!material)
            return false;
        out[(size_t)label] = (uint8_t)(material - m->material + 1);
        map = at + 1 + len;
        map += *map == ',';
    }
    return true;
}

static bool put_materials(struct nw_run *run, const struct nw_machine *m,
                          const struct nw_stack_cost *c, struct nw_err *err)
{
    json_t *object = json_object();
    for (size_t n = 0; n < m->material_count && n < 255; n++)
        if (c->material_mm3[n + 1] > 0) {
            nw_run_print(run, "  %s: %.2f cm3\n", m->material[n].name,
                         c->material_mm3[n + 1] / 1000);
            (void)json_object_set_new(object, m->material[n].name,
                                      nw_json_number(c->material_mm3[n + 1]));
        }
    return nw_run_put(run, "material_mm3", object, err);
}

static bool write_droplets(const struct slice_args *args, struct nw_run *run,
                           const struct nw_bed *bed, const struct nw_scan *scan,
                           struct nw_err *err)
{
    const struct nw_raster_opts raster = {.layer_mm = args->layer_mm};
    uint8_t material_of[256];
    nw_box box;
    struct nw_placement place = {0};
    struct nw_layers layers = {0};
    struct nw_tracked found = {0};
    struct nw_stack_cost cost = {0};
    struct nw_stack_facts back = {0};
    const char *staged = NULL;
    if (!read_map(args->map, &bed->machine, material_of, err) ||
        !nw_labels_box(&scan->volume, &box, err) ||
        !nw_place_box(box, &bed->machine, &bed->place, &place, err) ||
        !nw_layers_of_labels(&scan->volume, material_of, &place, &bed->machine, &raster,
                             &layers, err))
        return false;
    const struct nw_stack_job job = {
        .kind = NW_STACK_MATERIAL,
        .layers = &layers,
        .machine = &bed->machine,
        .material = bed->material,
        .name = "labels",
        .program = "nuwa-" NW_VERSION,
        .track = nw_bed_track_opts(&bed->machine),
    };
    nw_stage("切片", "slicing");
    const bool ok = nw_run_stage(run, args->out, &staged, err) &&
                    nw_stack_write(staged, &job, &found, &cost, &back, err) &&
                    nw_slice_put_cost(run, &layers, &cost, err) &&
                    put_materials(run, &bed->machine, &cost, err);
    nw_layers_release(&layers);
    return ok;
}

static int slice_labels(const struct slice_args *args, const struct nw_bed_args *bed_args,
                        struct nw_run *run, struct nw_err *err)
{
    const struct nw_pick pick = {0};
    struct nw_bed bed = {0};
    struct nw_scan scan;
    nw_scan_init(&scan);
    bool ok = nw_bed_load_machine(run, bed_args, &bed, err);
    if (ok && bed.machine.process != NW_PROCESS_COLOUR)
        ok = nw_fail(err, NW_ERR_ARGUMENT,
                     "%s does not lay down droplets of several materials; make a model of the "
                     "labels first (nuwa reconstruct)",
                     bed.machine.name);
    ok = ok && nw_run_load_scan(run, args->model, &pick, &scan, err) &&
         nw_bed_put(run, &bed, err) && write_droplets(args, run, &bed, &scan, err);
    nw_scan_release(&scan);
    nw_bed_release(&bed);
    return ok ? 0 : 1;
}

/* The file's ending must be one that the process builds from. */
static bool check_ending(const struct slice_args *args, const struct nw_machine *m,
                         const char *ending, struct nw_err *err)
{
    const bool filament = strcmp(ending, "gcode") == 0;
    if (args->supports && m->process != NW_PROCESS_SLA)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "supports are made for resin printers; %s is a machine of the process "
                       "%s",
                       m->name, nw_process_name(m->process));
    if (filament && args->hollow_mm > 0)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "--hollow is for resin and powder; filament is hollow by its infill");
    if (filament != (m->process == NW_PROCESS_FFF))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "%s is a machine of the process %s; it does not build from .%s", m->name,
                       nw_process_name(m->process), ending);
    return true;
}

/* ---- a design's field ---- */

/* Layers straight from the expression; returns the exit status. */
static int slice_field(const struct slice_args *args, struct nw_run *run, struct nw_bed *bed,
                       const struct nw_design *design, size_t at, enum nw_stack_kind kind,
                       struct nw_err *err)
{
    struct nw_document doc = {.run = run, .path = args->model};
    const struct nw_design_files files = nw_document_files(&doc);
    struct nw_design_solid solid = {0};
    int status = 1;
    if (nw_design_solid(design, at, 0, &files, &solid, err)) {
        bed->pieces = 1;
        const struct nw_slice_field field = {solid.field, solid.root, solid.box};
        status = nw_slice_pictures(args, run, bed, &field, kind, err);
    }
    nw_design_solid_release(&solid);
    return status;
}

static bool put_mesh(struct nw_run *run, const struct nw_design_made *made,
                     const struct nw_design_output *o, size_t doubts, struct nw_err *err)
{
    nw_run_print(run,
                 nw_say(run, "%s：网格边长 %g mm，合并公差 %g mm，%zu 个三角形\n",
                        "%s: meshed at cells of %g mm, merged within %g mm, %zu triangles\n"),
                 o->name, o->cell_mm, o->tolerance_mm, made->mesh.tri_count);
    for (size_t c = 0; c < made->check_count; c++)
        if (made->check[c].verdict != NW_VERDICT_PASS)
            nw_run_print(run, "  %s\n", nw_say(run, made->check[c].zh, made->check[c].en));
    return nw_run_put(run, "mesh",
                      json_pack("{s:f, s:f, s:I, s:I}", "cell_mm", o->cell_mm, "tolerance_mm",
                                o->tolerance_mm, "triangles", (json_int_t)made->mesh.tri_count,
                                "checks_not_passed", (json_int_t)doubts),
                      err);
}

/* Filament is laid from a mesh: the field's own, as the document would be written. */
static int slice_meshed(const struct slice_args *args, struct nw_run *run, struct nw_bed *bed,
                        const struct nw_design *design, size_t at, struct nw_err *err)
{
    const struct nw_design_output o = nw_design_output(design, at);
    struct nw_document doc = {.run = run, .path = args->model};
    const struct nw_design_files files = nw_document_files(&doc);
    struct nw_design_made made = {0};
    size_t doubts = 0;
    int status = 1;
    if (nw_design_make(design, at, o.cell_mm, &files, &made, err)) {
        for (size_t c = 0; c < made.check_count; c++)
            doubts += made.check[c].verdict != NW_VERDICT_PASS;
        if (put_mesh(run, &made, &o, doubts, err) &&
            nw_model_add(&bed->model, o.name, o.rgba, &made.mesh, err))
            status = slice_filament(args, run, bed, err);
    }
    nw_design_made_release(&made);
    return status == 0 && doubts > 0 ? 3 : status;
}

static int slice_design(const struct slice_args *args, const struct nw_bed_args *bed_args,
                        struct nw_run *run, const char *ending, struct nw_err *err)
{
    struct nw_document doc = {.run = run, .path = args->model};
    struct nw_bed bed = {0};
    size_t at = 0;
    int status = 1;
    struct nw_design *design = nw_document_read(&doc, err);
    const bool ok = design && nw_bed_load_machine(run, bed_args, &bed, err) &&
                    check_ending(args, &bed.machine, ending, err) &&
                    nw_document_output(design, args->part, &at, err) &&
                    nw_bed_put(run, &bed, err);
    nw_stage("求值", "evaluating");
    if (ok && strcmp(ending, "gcode") == 0)
        status = slice_meshed(args, run, &bed, design, at, err);
    else if (ok)
        status = slice_field(args, run, &bed, design, at,
                             strcmp(ending, "sl1") == 0 ? NW_STACK_SL1 : NW_STACK_PNG, err);
    nw_design_free(design);
    nw_bed_release(&bed);
    return status;
}

static int slice(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct slice_args *args = void_args;
    const struct nw_bed_args bed_args = {args->model,   args->machine, args->material,
                                         args->up,      args->today,   args->spin_deg,
                                         args->lift_mm, args->layer_mm};
    char ending[16];
    nw_path_ending(args->out, ending);
    const bool sl1 = strcmp(ending, "sl1") == 0, gcode = strcmp(ending, "gcode") == 0;
    if (!sl1 && !gcode && strcmp(ending, "zip") != 0) {
        nw_fail(err, NW_ERR_ARGUMENT,
                "the ending .%s is not one of a print file; .sl1, .zip and .gcode are", ending);
        return 2;
    }
    char from[16];
    nw_path_ending(args->model, from);
    if (strcmp(from, "json") == 0)
        return slice_design(args, &bed_args, run, ending, err);
    if (strcmp(ending, "zip") == 0 && !nw_path_is_model(args->model))
        return slice_labels(args, &bed_args, run, err);
    struct nw_bed bed = {0};
    int status = 1;
    if (nw_bed_load(run, &bed_args, &bed, err) &&
        check_ending(args, &bed.machine, ending, err) && nw_bed_put(run, &bed, err))
        status = gcode ? slice_filament(args, run, &bed, err)
                       : nw_slice_pictures(args, run, &bed, &(struct nw_slice_field){0},
                                           sl1 ? NW_STACK_SL1 : NW_STACK_PNG, err);
    nw_bed_release(&bed);
    return status;
}

const struct nw_command nw_cmd_slice = {
    .name = "slice",
    .zh = "把模型变成打印机的文件，并逐层核对",
    .en = "Turn a model into a printer's file, every layer verified",
    .args = slice_args,
    .args_size = sizeof(struct slice_args),
    .run = slice,
    .status3_zh = "已写出，但有孤岛、封闭凹腔、分离的部分或未通过的设计检查，须由人判断",
    .status3_en = "written, but islands, closed hollows, loose pieces or checks of the design "
                  "need a person's look",
};
