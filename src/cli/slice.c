/* cli/slice.c -- nuwa slice: from a model to the files a machine builds from. */
#include <string.h>

#include "cli/bed_priv.h"
#include "cli/version.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/io.h"
#include "print/fff.h"
#include "print/stack.h"

struct slice_args {
    const char *model, *machine, *material, *out, *up, *today, *slicer, *map;
    double spin_deg, lift_mm, layer_mm;
};

static const struct nw_arg slice_args[] = {
    NW_INPUT(struct slice_args, model, "model", "要切片的模型", "model to slice"),
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
    {.kind = NW_ARG_END},
};

/* A name the printer can show: of the output's, what is a letter, a digit, - or _. */
static const char *job_name(struct nw_run *run, const char *path, struct nw_err *err)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *point = strrchr(base, '.');
    char *name =
        nw_arena_textn(&run->arena, base, point ? (size_t)(point - base) : strlen(base), err);
    for (char *c = name; c && *c; c++) {
        const bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                           (*c >= 'A' && *c <= 'Z') || *c == '-';
        if (!plain)
            *c = '_';
    }
    if (name && strlen(name) > 40)
        name[40] = 0;
    /* PrusaSlicer passes over pictures that are called so */
    char *word = name ? strcasestr(name, "thumbnail") : NULL;
    for (; word; word = strcasestr(word, "thumbnail"))
        *word = '_';
    return name;
}

/* ---- the proof at hand-over ---- */

/* What is read back from the file against the design, at the scale it is built with. */
struct proof {
    double planned_mm3, volume_percent, box_mm; /* differences */
    double volume_limit_percent, box_limit_mm;
};

/* Limits: a pixel and a layer for the box; a tenth of a percent and what rounding to bytes and
 * layers can do to thin parts for the volume. */
enum { VOLUME_LIMIT_PERCENT = 1 };

static struct proof prove(const struct nw_bed *bed, const struct nw_placement *place,
                          const struct nw_layers *layers, const struct nw_stack_facts *back)
{
    const double *s = place->scale;
    const bool along = bed->machine.pixels.column_axis == 'x';
    const nw_vec3 want = nw_box_size(place->box), has = nw_box_size(back->box);
    const double dx = (along ? has.x : has.y) - want.x, dy = (along ? has.y : has.x) - want.y;
    const struct proof p = {
        .planned_mm3 = bed->volume_mm3 * s[0] * s[1] * s[2],
        .volume_percent = 100 * (back->volume_mm3 / (bed->volume_mm3 * s[0] * s[1] * s[2]) - 1),
        .box_mm = fmax(fabs(dx), fmax(fabs(dy), fabs(has.z - want.z))),
        .volume_limit_percent = VOLUME_LIMIT_PERCENT,
        .box_limit_mm = 2 * fmax(layers->pixel_mm[0], layers->pixel_mm[1]) + layers->layer_mm,
    };
    return p;
}

static bool judge_proof(struct nw_run *run, const struct nw_bed *bed, const struct proof *p,
                        struct nw_err *err)
{
    nw_run_print(run,
                 nw_say(run, "1:1 核对（从文件读回）：体积 %+.3f %%，尺寸 %.3f mm\n",
                        "1:1 proof (read back from the file): volume %+.3f %%, size %.3f mm\n"),
                 p->volume_percent, p->box_mm);
    /* overlapping parts have less volume together than one by one */
    const bool volume_ok = fabs(p->volume_percent) <= p->volume_limit_percent ||
                           (bed->model.part_count > 1 && p->volume_percent < 0);
    if (!volume_ok || p->box_mm > p->box_limit_mm)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the layers differ from the model by %.2f %% in volume and %.3f mm in "
                       "size; at most %g %% and %.3f mm are allowed: is the model a solid "
                       "(nuwa check), and are its walls thicker than a pixel",
                       p->volume_percent, p->box_mm, p->volume_limit_percent, p->box_limit_mm);
    return nw_run_put(run, "proof",
                      json_pack("{s:f, s:f, s:f, s:f, s:f}", "planned_mm3", p->planned_mm3,
                                "volume_error_percent", p->volume_percent, "size_error_mm",
                                p->box_mm, "volume_limit_percent", p->volume_limit_percent,
                                "size_limit_mm", p->box_limit_mm),
                      err);
}

/* ---- pictures ---- */

static bool put_cost(struct nw_run *run, const struct nw_layers *layers,
                     const struct nw_stack_cost *c, struct nw_err *err)
{
    nw_run_print(run,
                 nw_say(run, "%zu 层，每层 %g mm；材料 %.2f cm³、%.1f g；约 %.0f 分钟\n",
                        "%zu layers of %g mm; material %.2f cm3, %.1f g; about %.0f min\n"),
                 layers->count, layers->layer_mm, c->volume_mm3 / 1000, c->mass_g,
                 c->time_s / 60);
    return nw_run_put(run, "layers", json_integer((json_int_t)layers->count), err) &&
           nw_run_put(run, "layer_mm", nw_json_number(layers->layer_mm), err) &&
           nw_run_put(run, "volume_mm3", nw_json_number(c->volume_mm3), err) &&
           nw_run_put(run, "mass_g", nw_json_number(c->mass_g), err) &&
           nw_run_put(run, "cost", nw_json_number(c->cost), err) &&
           nw_run_put(run, "time_s", nw_json_number(c->time_s), err);
}

static int slice_pictures(const struct slice_args *args, struct nw_run *run, struct nw_bed *bed,
                          enum nw_stack_kind kind, struct nw_err *err)
{
    const struct nw_raster_opts raster = {.layer_mm = args->layer_mm};
    struct nw_placement place = {0};
    struct nw_layers layers = {0};
    struct nw_tracked found = {0};
    struct nw_stack_cost cost = {0};
    struct nw_stack_facts back = {0};
    const char *staged = NULL, *name = job_name(run, args->out, err);
    if (!name || !nw_place_model(&bed->model, &bed->machine, &bed->place, &place, err) ||
        !nw_layers_of_model(&bed->model, &place, &bed->machine, &raster, &layers, err))
        return 1;
    const struct nw_stack_job job = {
        .kind = kind,
        .layers = &layers,
        .machine = &bed->machine,
        .material = bed->material,
        .name = name,
        .program = "nuwa-" NW_VERSION,
        .track = nw_bed_track_opts(&bed->machine),
    };
    nw_stage("切片", "slicing");
    bool ok = nw_run_stage(run, args->out, &staged, err) &&
              nw_stack_write(staged, &job, &found, &cost, &back, err);
    ok = ok && put_cost(run, &layers, &cost, err);
    const struct proof proof = prove(bed, &place, &layers, &back);
    ok = ok && judge_proof(run, bed, &proof, err) &&
         nw_run_put(run, "size_mm", nw_json_point(nw_box_size(place.box)), err) &&
         nw_bed_put_found(run, &layers, &found, err);
    nw_layers_release(&layers);
    return ok ? (nw_bed_is_doubtful(bed, &found) ? 3 : 0) : 1;
}

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
                    put_cost(run, &layers, &cost, err) &&
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
static bool check_ending(const struct nw_machine *m, const char *ending, struct nw_err *err)
{
    const bool filament = strcmp(ending, "gcode") == 0;
    if (filament != (m->process == NW_PROCESS_FFF))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "%s is a machine of the process %s; it does not build from .%s", m->name,
                       nw_process_name(m->process), ending);
    const struct nw_compensation *c = &m->compensation;
    if (!filament && (fabs(c->outward_mm) > 0 || c->first_layer_mm > 0))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "%s moves faces outward or at the first layer, which is done for "
                       "filament only; use its scale",
                       m->name);
    return true;
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
    if (strcmp(ending, "zip") == 0 && !nw_path_is_model(args->model))
        return slice_labels(args, &bed_args, run, err);
    struct nw_bed bed = {0};
    int status = 1;
    if (nw_bed_load(run, &bed_args, &bed, err) && check_ending(&bed.machine, ending, err) &&
        nw_bed_put(run, &bed, err))
        status = gcode
                     ? slice_filament(args, run, &bed, err)
                     : slice_pictures(args, run, &bed, sl1 ? NW_STACK_SL1 : NW_STACK_PNG, err);
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
    .status3_zh = "已写出，但有孤岛、封闭凹腔或分离的部分，须由人判断",
    .status3_en = "written, but islands, closed hollows or loose pieces need a person's look",
};
