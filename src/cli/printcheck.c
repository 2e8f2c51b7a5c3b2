/* cli/printcheck.c -- nuwa printcheck: can this machine build this model, and where not. */
#include <string.h>

#include "cli/bed_priv.h"
#include "core/parallel.h"
#include "print/check.h"

struct printcheck_args {
    const char *model, *machine, *material, *up, *today;
    double spin_deg, lift_mm;
};

static const struct nw_arg printcheck_args[] = {
    NW_INPUT(struct printcheck_args, model, "model", "要检查的模型", "model to check"),
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
    {.kind = NW_ARG_END},
};

enum verdict { PASS, CONDITIONAL, FAIL };

struct judged {
    struct nw_run *run;
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
    return json_pack("{s:f, s:o, s:o}", "area_mm2", p->area_mm2, "worst",
                     nw_json_number(p->worst), "places", list);
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
    /* less than the square of the limit is a corner */
    const bool bad = p->area_mm2 > limit_mm * limit_mm;
    if (walls) {
        (void)snprintf(zh, sizeof zh,
                       bad ? "壁厚小于 %g mm 的表面有 %.1f mm²，最薄 %.2f mm"
                           : "壁厚不小于 %g mm",
                       limit_mm, p->area_mm2, p->worst);
        (void)snprintf(en, sizeof en,
                       bad ? "walls thinner than %g mm: %.1f mm2 of surface, thinnest %.2f mm"
                           : "no wall is thinner than %g mm",
                       limit_mm, p->area_mm2, p->worst);
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
    add_item(j, code,
             !bad    ? PASS
             : walls ? FAIL
                     : CONDITIONAL,
             zh, en, places_json(p, model, walls ? "thickness_mm" : "width_mm"));
    if (bad)
        print_places(j->run, p, "mm");
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
    if (!fits)
        return true;
    judge_overhang(j, &c, bed);
    return judge_layers(j, bed, &place, err);
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
    bool ok = nw_bed_load(run, &bed_args, &bed, err) && nw_bed_put(run, &bed, err);
    if (ok)
        nw_run_print(run, "%s, %s\n", bed.machine.name, bed.material->name);
    ok = ok && judge_all(&j, &bed, err) &&
         nw_run_put(run, "verdict", json_string(name[j.worst]), err);
    if (!nw_run_put(run, "items", j.items, err) || !ok) {
        nw_bed_release(&bed);
        return 1;
    }
    nw_bed_release(&bed);
    return status[j.worst];
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
