/* cli/printcheck.c -- nuwa printcheck: can this machine build this model, and where not. */
#include <string.h>

#include "cli/bed_priv.h"
#include "cli/document_priv.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/io.h"
#include "mesh/hole.h"
#include "print/check.h"
#include "print/legible.h"

struct printcheck_args {
    const char *model, *machine, *material, *up, *today, *part;
    double spin_deg, lift_mm;
};

static const struct nw_arg printcheck_args[] = {
    NW_INPUT(struct printcheck_args, model, "model", "要检查的模型或设计文档",
             "model or design document to check"),
    {.kind = NW_ARG_TEXT,
     .name = "machine",
     .offset = NW_OF(struct printcheck_args, machine, const char *),
     .zh = "打印机档案：名称（见 nuwa machine）或文件",
     .en = "printer's profile: a name (see nuwa machine) or a file",
     .required = true},
    NW_TEXT(struct printcheck_args, material, "material", "材料（默认为档案中的第一种）",
            "material (default: the profile's first)"),
    NW_TEXT(struct printcheck_args, up, "up", "模型中朝上的方向 L,P,H（默认 0,0,1）",
            "direction of the model that points up, L,P,H (default 0,0,1)"),
    NW_NUMBER(struct printcheck_args, spin_deg, "spin", "deg", -360, 360, 0, "再绕竖直轴旋转",
              "then turned about the vertical"),
    NW_LENGTH(struct printcheck_args, lift_mm, "lift", 0, 100, 0, "最低点离平台的高度",
              "height of the lowest point above the bed"),
    NW_TEXT(struct printcheck_args, today, "use-date", "判断有效期的日期 YYYYMMDD（默认今天）",
            "day on which profiles must be valid, YYYYMMDD (default: today)"),
    NW_TEXT(struct printcheck_args, part, "part", "设计文档：查哪一个部件（默认唯一的一个）",
            "of a design document: which of its parts (default: the only one)"),
    {.kind = NW_ARG_END},
};

enum verdict { PASS, CONDITIONAL, FAIL };

struct judged {
    struct nw_run *run;
    const struct nw_design *design; /* that the model is made from; NULL: a file */
    const struct nw_design_solid *solid;
    size_t output;
    json_t *items;
    enum verdict worst;
};

static void add_item(struct judged *j, const char *code, enum verdict v, const char *zh,
                     const char *en, json_t *more)
{
    static const char *const name[] = {"pass", "conditional", "fail"};
    static const char *const words_zh[] = {"通过", "有条件通过", "不通过"};
    static const char *const words_en[] = {"pass", "conditional", "FAIL"};
    const bool is_zh = j->run->tongue == NW_ZH;
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:s}", "code", code, "verdict", name[v], "zh", zh, "en", en);
    if (item && more)
        (void)json_object_update(item, more);
    json_decref(more);
    (void)json_array_append_new(j->items, item);
    nw_run_print(j->run, "  [%s] %s\n", is_zh ? words_zh[v] : words_en[v], is_zh ? zh : en);
    j->worst = v > j->worst ? v : j->worst;
}

/* ---- what the surface tells ---- */

static json_t *places_json(const struct nw_places *p, const struct nw_model *model,
                           const char *value_key)
{
    json_t *list = json_array();
    for (size_t n = 0; n < p->count; n++) {
        const struct nw_finding_place *at = &p->place[n];
        (void)json_array_append_new(list, json_pack("{s:f, s:o, s:s}", value_key, at->value,
                                                    "place_mm", nw_json_point(at->place_mm),
                                                    "part", model->part[at->part].name));
    }
    return json_pack("{s:f, s:f, s:o, s:o}", "area_mm2", p->area_mm2, "largest_mm2",
                     p->patch_mm2, "worst", nw_json_number(p->worst), "places", list);
}

static void print_places(const struct nw_run *run, const struct nw_places *p, const char *unit)
{
    enum { SHOWN = 3 };
    for (size_t n = 0; n < p->count && n < SHOWN; n++)
        nw_run_print(run,
                     nw_say(run, "      %.3g %s，位置 (%.2f, %.2f, %.2f) mm\n",
                            "      %.3g %s at (%.2f, %.2f, %.2f) mm\n"),
                     p->place[n].value, unit, p->place[n].place_mm.x, p->place[n].place_mm.y,
                     p->place[n].place_mm.z);
}

static void judge_thin(struct judged *j, const char *code, const struct nw_places *p,
                       const struct nw_model *model, double limit_mm, bool walls)
{
    char zh[200], en[200];
    /* A place smaller than a square of the least feature, of whose wall both sides count, is a
     * corner, or a neck between thicker ones that the process rounds: one is nothing, many are
     * for a person to look at. */
    const double spot = limit_mm * limit_mm;
    const bool bad = p->area_mm2 > spot;
    if (walls) {
        (void)snprintf(zh, sizeof zh,
                       bad ? "壁厚小于 %g mm 的表面有 %.1f mm²（最大一处 %.2f），最薄 %.2f mm"
                           : "壁厚不小于 %g mm",
                       limit_mm, p->area_mm2, p->patch_mm2, p->worst);
        (void)snprintf(
            en, sizeof en,
            bad ? "walls thinner than %g mm: %.1f mm2 of surface (largest place %.2f), "
                  "thinnest %.2f mm"
                : "no wall is thinner than %g mm",
            limit_mm, p->area_mm2, p->patch_mm2, p->worst);
    } else {
        (void)snprintf(zh, sizeof zh,
                       bad ? "小于 %g mm 的间隙会连成一体：%.1f mm²，最窄 %.2f mm"
                           : "没有小于 %g mm 的间隙",
                       limit_mm, p->area_mm2, p->worst);
        (void)snprintf(en, sizeof en,
                       bad ? "gaps narrower than %g mm will close: %.1f mm2, narrowest %.2f mm"
                           : "no gap is narrower than %g mm",
                       limit_mm, p->area_mm2, p->worst);
    }
    const bool fails = walls && p->patch_mm2 > 2 * spot;
    add_item(j, code,
             !bad    ? PASS
             : fails ? FAIL
                     : CONDITIONAL,
             zh, en, places_json(p, model, walls ? "thickness_mm" : "width_mm"));
    if (bad)
        print_places(j->run, p, "mm");
}

/* Of one part: those narrower than the limit, into the list; *least is the narrowest. */
static bool add_narrow_holes(const struct nw_part *part, double limit_mm, json_t *list,
                             struct nw_hole *least, struct nw_err *err)
{
    /* a little wider, so that one at the limit is measured and not cut off */
    const struct nw_hole_opts opts = {.least_mm = limit_mm / 10, .most_mm = 1.5 * limit_mm};
    const double slack = 0.98; /* of the limit: what facets take of a hole just as wide */
    NW_AUTO(nw_holes) holes = {0};
    struct nw_bvh *bvh = nw_bvh_new(&part->mesh, err);
    const bool ok = bvh && nw_mesh_holes(&part->mesh, bvh, &opts, &holes, err);
    nw_bvh_free(bvh);
    for (size_t i = 0; ok && i < holes.count; i++) {
        const struct nw_hole *h = &holes.item[i];
        if (!(h->diameter_mm < slack * limit_mm))
            continue;
        (void)json_array_append_new(list,
                                    json_pack("{s:f, s:f, s:o, s:s}", "hole_mm", h->diameter_mm,
                                              "depth_mm", h->depth_mm, "place_mm",
                                              nw_json_point(h->from_mm), "part", part->name));
        if (h->diameter_mm < least->diameter_mm)
            *least = *h;
    }
    return ok;
}

static bool judge_holes(struct judged *j, const struct nw_bed *bed, struct nw_err *err)
{
    const double limit = bed->machine.limits.min_hole_mm;
    struct nw_hole least = {.diameter_mm = HUGE_VAL};
    char zh[200], en[200];
    json_t *list = json_array();
    for (size_t p = 0; p < bed->model.part_count; p++)
        if (!add_narrow_holes(&bed->model.part[p], limit, list, &least, err)) {
            json_decref(list);
            return false;
        }
    const size_t count = json_array_size(list);
    if (count > 0) {
        (void)snprintf(zh, sizeof zh,
                       "直径小于 %g mm 的圆孔会堵塞：%zu 个，最小 %.2f mm，位于 (%.2f, %.2f, "
                       "%.2f) mm",
                       limit, count, least.diameter_mm, least.from_mm.x, least.from_mm.y,
                       least.from_mm.z);
        (void)snprintf(en, sizeof en,
                       "round holes narrower than %g mm will close: %zu, the narrowest %.2f mm "
                       "at (%.2f, %.2f, %.2f) mm",
                       limit, count, least.diameter_mm, least.from_mm.x, least.from_mm.y,
                       least.from_mm.z);
    } else {
        (void)snprintf(zh, sizeof zh, "没有直径小于 %g mm 的圆孔", limit);
        (void)snprintf(en, sizeof en, "no round hole is narrower than %g mm", limit);
    }
    add_item(j, "holes", count > 0 ? CONDITIONAL : PASS, zh, en,
             json_pack("{s:f, s:o}", "limit_mm", limit, "holes", list));
    return true;
}

static void judge_overhang(struct judged *j, const struct nw_print_check *c,
                           const struct nw_bed *bed)
{
    char zh[200], en[200];
    const double limit = bed->machine.limits.overhang_deg;
    const bool any = c->overhang.area_mm2 > 0;
    if (limit >= 90) {
        add_item(j, "overhang", PASS, "此工艺的悬垂面不需设计支撑",
                 "overhang needs no support of ours in this process", NULL);
        return;
    }
    (void)snprintf(zh, sizeof zh,
                   any ? "超过 %g° 的悬垂面 %.1f mm²，需要支撑" : "没有超过 %g° 的悬垂面",
                   limit, c->overhang.area_mm2);
    (void)snprintf(en, sizeof en,
                   any ? "overhang beyond %g degrees: %.1f mm2 need support"
                       : "no overhang beyond %g degrees",
                   limit, c->overhang.area_mm2);
    add_item(j, "overhang", any ? CONDITIONAL : PASS, zh, en,
             places_json(&c->overhang, &bed->model, "lean_deg"));
}

/* ---- what the layers tell ---- */

static void judge_spots(struct judged *j, const char *code, const struct nw_spots *s,
                        size_t allowed, enum verdict bad, const char *zh, const char *en)
{
    char text_zh[200], text_en[200];
    (void)snprintf(text_zh, sizeof text_zh, "%s：%zu", zh, s->count);
    (void)snprintf(text_en, sizeof text_en, "%s: %zu", en, s->count);
    add_item(j, code, s->count > allowed ? bad : PASS, text_zh, text_en, NULL);
}

/* At the machine's layers, but no finer than what a check of its limits needs. */
static bool judge_layers(struct judged *j, const struct nw_bed *bed,
                         const struct nw_placement *place, struct nw_err *err)
{
    const struct nw_machine *m = &bed->machine;
    const double fine = m->limits.min_feature_mm / 5;
    const struct nw_raster_opts raster = {
        .pixel_mm = {fmax(nw_machine_pixel_mm(m, 0), fine),
                     fmax(nw_machine_pixel_mm(m, 1), fine)},
        .layer_mm = m->process == NW_PROCESS_SLA ? 0 : fmax(m->layer_mm, fine),
        .any_layer = true,
    };
    const struct nw_track_opts opts = nw_bed_track_opts(m);
    struct nw_layers layers = {0};
    struct nw_tracked found = {0};
    nw_stage("逐层检查", "following the layers");
    bool ok = nw_layers_of_model(&bed->model, place, m, &raster, &layers, err) &&
              nw_layers_track(&layers, &opts, &found, err);
    if (ok) {
        const bool resin = m->process == NW_PROCESS_SLA, drains = m->limits.min_drain_mm > 0;
        judge_spots(j, "loose", &found.parts, bed->model.part_count, CONDITIONAL,
                    "互不相连的部分", "pieces that do not hold together");
        judge_spots(j, "islands", &found.islands, 0,
                    resin || m->process == NW_PROCESS_METAL ? CONDITIONAL : PASS,
                    "孤岛（下方无支承的起始处）", "islands that begin with nothing beneath");
        judge_spots(j, "cups", &found.cups, 0, resin ? CONDITIONAL : PASS,
                    "打印时封闭的杯状凹腔", "cups that are closed while they are built");
        judge_spots(j, "trapped", &found.trapped, 0, drains ? FAIL : CONDITIONAL,
                    "无法排出材料的封闭空腔", "trapped volumes that nothing drains from");
        ok = nw_bed_put_found(j->run, &layers, &found, err) &&
             nw_run_put(j->run, "layer_mm", nw_json_number(layers.layer_mm), err) &&
             nw_run_put(j->run, "volume_mm3", nw_json_number(found.volume_mm3), err);
    }
    nw_layers_release(&layers);
    return ok;
}

/* ---- what is written on it ---- */

static void add_mark(struct judged *j, const struct nw_design_mark *m, bool legible,
                     const char *zh, const char *en, json_t *more)
{
    char text_zh[300], text_en[300];
    (void)snprintf(text_zh, sizeof text_zh, "%.60s %s", m->part, zh);
    (void)snprintf(text_en, sizeof text_en, "%.60s %s", m->part, en);
    json_t *all = json_pack("{s:s, s:o, s:b}", "part", m->part, "place_mm",
                            nw_json_point(m->origin_mm), "legible", (int)legible);
    if (all && more)
        (void)json_object_update(all, more);
    json_decref(more);
    add_item(j, m->text ? "text" : "code", legible ? PASS : FAIL, text_zh, text_en, all);
}

static bool judge_text(struct judged *j, const struct nw_design_mark *m,
                       const struct nw_machine *machine, struct nw_err *err)
{
    const double feature = nw_machine_feature_mm(machine);
    const struct nw_text_opts opts = {.size_mm = m->size_mm};
    struct nw_outlines lines = {0};
    struct nw_strokes s = {0};
    char zh[200], en[200];
    const bool ok =
        nw_text_outlines(m->text, &opts, &lines, err) && nw_strokes_measure(&lines, &s, err);
    nw_outlines_release(&lines);
    if (!ok)
        return false;
    const double thin = fmin(s.stroke_mm, s.gap_mm), least = m->size_mm * feature / thin;
    if (thin >= feature) {
        (void)snprintf(zh, sizeof zh, "文字可辨：最细笔画 %.2f、最窄间隙 %.2f mm，特征 %g mm",
                       s.stroke_mm, s.gap_mm, feature);
        (void)snprintf(en, sizeof en,
                       "is legible: strokes of %.2f, gaps of %.2f mm, where %g mm come out",
                       s.stroke_mm, s.gap_mm, feature);
    } else {
        (void)snprintf(zh, sizeof zh,
                       "文字不可辨：最细笔画 %.2f、最窄间隙 %.2f mm，特征 %g mm；字身 %.1f mm "
                       "起可辨",
                       s.stroke_mm, s.gap_mm, feature, least);
        (void)snprintf(en, sizeof en,
                       "is not legible: strokes of %.2f, gaps of %.2f mm, where %g mm come "
                       "out; it would be from a size of %.1f mm",
                       s.stroke_mm, s.gap_mm, feature, least);
    }
    add_mark(j, m, thin >= feature, zh, en,
             json_pack("{s:f, s:f, s:f, s:f, s:f}", "stroke_mm", s.stroke_mm, "gap_mm",
                       s.gap_mm, "feature_mm", feature, "size_mm", m->size_mm, "least_size_mm",
                       least));
    return true;
}

static void add_code(struct judged *j, const struct nw_design_mark *m,
                     const struct nw_code_seen *seen, double least)
{
    char zh[200], en[200];
    if (seen->legible) {
        (void)snprintf(zh, sizeof zh, "码可读：由层图重新读出，%zu 个方块中 %zu 个有误",
                       seen->modules, seen->wrong);
        (void)snprintf(en, sizeof en,
                       "is legible: read again from the layers, %zu modules, %zu of them wrong",
                       seen->modules, seen->wrong);
    } else {
        (void)snprintf(zh, sizeof zh,
                       "码不可读：%zu 个方块中 %zu 个有误；方块边长 %.2f mm 起可读",
                       seen->modules, seen->wrong, least);
        (void)snprintf(en, sizeof en,
                       "is not legible: %zu of %zu modules are wrong; it would be from modules "
                       "of %.2f mm",
                       seen->wrong, seen->modules, least);
    }
    add_mark(j, m, seen->legible, zh, en,
             json_pack("{s:I, s:I, s:b, s:f, s:o}", "modules", (json_int_t)seen->modules,
                       "wrong", (json_int_t)seen->wrong, "decoded", (int)seen->decoded,
                       "module_mm", m->module_mm, "least_module_mm", nw_json_number(least)));
}

static bool judge_code(struct judged *j, const struct nw_design_mark *m,
                       const struct nw_machine *machine, const struct nw_placement *place,
                       struct nw_err *err)
{
    struct nw_matrix matrix = {0};
    struct nw_code_seen seen = {0};
    const struct nw_code_mark mark = {.matrix = &matrix,
                                      .datamatrix = m->symbology != NW_MATRIX_QR,
                                      .origin_mm = m->origin_mm,
                                      .u = m->u,
                                      .v = m->v,
                                      .module_mm = m->module_mm,
                                      .depth_mm = m->depth_mm,
                                      .reach_mm = m->reach_mm,
                                      .engraved = m->engraved};
    double least = m->module_mm;
    bool ok = nw_matrix_encode(m->symbology, m->content, &matrix, err) &&
              nw_code_look(j->solid->field, j->solid->root, place, machine, &mark, &seen, err);
    if (ok && !seen.legible)
        ok = nw_code_least(place, machine, &mark, &least, err);
    if (ok)
        add_code(j, m, &seen, least);
    nw_free(seen.picture);
    nw_matrix_release(&matrix);
    return ok;
}

static bool judge_marks(struct judged *j, const struct nw_machine *machine,
                        const struct nw_placement *place, struct nw_err *err)
{
    size_t count = 0;
    if (!j->design)
        return true;
    nw_stage("检查标记", "reading the marks");
    NW_AUTOFREE struct nw_design_mark *mark =
        nw_design_marks(j->design, j->output, &count, err);
    bool ok = mark != NULL;
    for (size_t n = 0; ok && n < count; n++) {
        const struct nw_design_mark *m = &mark[n];
        if (m->text)
            ok = judge_text(j, m, machine, err);
        else if (m->moved)
            add_item(j, "code", CONDITIONAL, "码在成形前被移动或镜像，未判断",
                     "a code is moved or mirrored after it was made; it was not read", NULL);
        else
            ok = judge_code(j, m, machine, place, err);
    }
    return ok;
}

/* ---- the whole ---- */

static bool judge_size(struct judged *j, const struct nw_bed *bed, struct nw_placement *place,
                       bool *fits, struct nw_err *err)
{
    struct nw_err why = {0};
    *fits = nw_place_model(&bed->model, &bed->machine, &bed->place, place, &why);
    if (!*fits && why.code != NW_ERR_GEOMETRY) {
        *err = why;
        return false;
    }
    const nw_vec3 s = nw_box_size(place->box);
    const double *b = bed->machine.build_mm;
    char zh[200], en[200];
    (void)snprintf(zh, sizeof zh, "尺寸 %.1f × %.1f × %.1f mm，成形空间 %g × %g × %g mm", s.x,
                   s.y, s.z, b[0], b[1], b[2]);
    (void)snprintf(en, sizeof en,
                   "size %.1f x %.1f x %.1f mm in a build volume of %g x %g x %g", s.x, s.y,
                   s.z, b[0], b[1], b[2]);
    if (*fits)
        add_item(j, "size", PASS, zh, en, NULL);
    else
        add_item(j, "size", FAIL, why.msg, why.msg, NULL);
    return true;
}

static bool judge_all(struct judged *j, const struct nw_bed *bed, struct nw_err *err)
{
    struct nw_placement place = {0};
    struct nw_print_check c = {0};
    bool fits = false;
    if (!judge_size(j, bed, &place, &fits, err))
        return false;
    nw_stage("检查壁厚和间隙", "checking walls and gaps");
    if (!nw_print_check(&bed->model, &bed->machine, fits ? &place : NULL, &c, err))
        return false;
    judge_thin(j, "walls", &c.walls, &bed->model, bed->machine.limits.min_wall_mm, true);
    judge_thin(j, "gaps", &c.gaps, &bed->model, bed->machine.limits.min_gap_mm, false);
    if (!judge_holes(j, bed, err))
        return false;
    if (!fits)
        return true;
    judge_overhang(j, &c, bed);
    return judge_layers(j, bed, &place, err) && judge_marks(j, &bed->machine, &place, err);
}

/* The output's mesh becomes the bed's model, its field is kept for what is written on it. */
static bool load_document(const struct printcheck_args *args,
                          const struct nw_bed_args *bed_args, struct judged *j,
                          struct nw_design **design, struct nw_design_solid *solid,
                          struct nw_bed *bed, struct nw_err *err)
{
    struct nw_document doc = {.run = j->run, .path = args->model};
    const struct nw_design_files files = nw_document_files(&doc);
    struct nw_design_made made = {0};
    *design = nw_document_read(&doc, err);
    if (!*design || !nw_bed_load_machine(j->run, bed_args, bed, err) ||
        !nw_document_output(*design, args->part, &j->output, err))
        return false;
    nw_stage("求值", "evaluating");
    const struct nw_design_output o = nw_design_output(*design, j->output);
    const bool ok = nw_design_make(*design, j->output, 0, &files, &made, err) &&
                    nw_design_solid(*design, j->output, 0, &files, solid, err) &&
                    nw_model_add(&bed->model, o.name, o.rgba, &made.mesh, err);
    nw_design_made_release(&made);
    j->design = *design;
    j->solid = solid;
    bed->pieces = 1;
    return ok;
}

static int printcheck(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    static const char *const name[] = {"pass", "conditional", "fail"};
    static const int status[] = {0, 3, 4};
    const struct printcheck_args *args = void_args;
    const struct nw_bed_args bed_args = {args->model, args->machine,  args->material, args->up,
                                         args->today, args->spin_deg, args->lift_mm,  0};
    struct nw_bed bed = {0};
    struct judged j = {.run = run, .items = json_array()};
    struct nw_design_solid solid = {0};
    struct nw_design *design = NULL;
    char ending[16];
    nw_path_ending(args->model, ending);
    bool ok = (strcmp(ending, "json") == 0
                   ? load_document(args, &bed_args, &j, &design, &solid, &bed, err)
                   : nw_bed_load(run, &bed_args, &bed, err)) &&
              nw_bed_put(run, &bed, err);
    if (ok)
        nw_run_print(run, "%s, %s\n", bed.machine.name, bed.material->name);
    ok = ok && judge_all(&j, &bed, err) &&
         nw_run_put(run, "verdict", json_string(name[j.worst]), err);
    ok = nw_run_put(run, "items", j.items, err) && ok;
    nw_design_solid_release(&solid);
    nw_design_free(design);
    nw_bed_release(&bed);
    return ok ? status[j.worst] : 1;
}

const struct nw_command nw_cmd_printcheck = {
    .name = "printcheck",
    .zh = "检查打印机能否做出此模型，并指出位置",
    .en = "Judge whether a machine can build a model, and name the places where not",
    .args = printcheck_args,
    .args_size = sizeof(struct printcheck_args),
    .run = printcheck,
    .status3_zh = "有条件通过（见各项）",
    .status3_en = "conditional: see the items",
    .status4_zh = "不通过",
    .status4_en = "it cannot be built so",
};
