/* report/content.c -- the report's text: what a surgeon asks first comes first. */
#include "report/content_priv.h"

#include <math.h>
#include <string.h>

/* ---- short ways to add ---- */

#define SAY(zh, en) nw_say(w, zh, en)

static void heading(struct nw_writer *w, const char *zh, const char *en)
{
    nw_page_add(w->page, NW_BLOCK_HEADING, NW_TONE_PLAIN, SAY(zh, en));
}

static void note(struct nw_writer *w, const char *zh, const char *en)
{
    nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_MUTED, SAY(zh, en));
}

static void cell(struct nw_writer *w, const char *text)
{
    nw_page_cell(w->page, NW_TONE_PLAIN, text);
}

static void fact(struct nw_writer *w, const char *zh, const char *en, const char *value)
{
    nw_page_cell(w->page, NW_TONE_MUTED, SAY(zh, en));
    if (value && value[0])
        cell(w, value);
    else
        nw_page_cell(w->page, NW_TONE_MUTED, SAY("未记录", "not recorded"));
}

/* A number with its unit; the header's silence stays visible. */
static void fact_number(struct nw_writer *w, const char *zh, const char *en, double value,
                        int decimals, const char *unit)
{
    fact(w, zh, en,
         isfinite(value)
             ? nw_page_print(w->page, "%s %s", nw_say_number(w, value, decimals), unit)
             : "");
}

static void facts(struct nw_writer *w)
{
    nw_page_add(w->page, NW_BLOCK_FACTS, NW_TONE_PLAIN, NULL);
}

static const struct nw_model *model_of(const struct nw_writer *w)
{
    return &w->report->result->model;
}

/* ---- at a glance ---- */

static const char *verdict_word(const struct nw_writer *w, enum nw_verdict v)
{
    return v == NW_VERDICT_PASS          ? SAY("通过", "pass")
           : v == NW_VERDICT_CONDITIONAL ? SAY("有条件通过", "conditional")
                                         : SAY("不通过", "fail");
}

static enum nw_tone verdict_tone(enum nw_verdict v)
{
    return v == NW_VERDICT_PASS          ? NW_TONE_GOOD
           : v == NW_VERDICT_CONDITIONAL ? NW_TONE_WARN
                                         : NW_TONE_BAD;
}

static void boxed(struct nw_writer *w, const char *label, enum nw_tone tone, const char *value,
                  const char *remark)
{
    cell(w, label);
    nw_page_cell(w->page, tone, value);
    cell(w, remark);
}

static void gate_box(struct nw_writer *w)
{
    const struct nw_gate *g = w->report->gate;
    const char *label = SAY("扫描质量门控", "Scan quality gate");
    if (!g) {
        boxed(w, label, NW_TONE_MUTED, SAY("未评估", "not assessed"),
              SAY("未按部位要求核对扫描", "not held against a requirement sheet"));
        return;
    }
    const char *sheet = SAY(g->sheet_zh, g->sheet_en);
    boxed(w, label, verdict_tone(g->verdict), verdict_word(w, g->verdict),
          nw_page_print(w->page, SAY("要求表：%s（版本 %s）", "sheet: %s (version %s)"),
                        sheet ? sheet : g->sheet, g->sheet_version));
}

static void solid_box(struct nw_writer *w)
{
    const struct nw_survey *s = w->survey;
    const char *label = SAY("实体模型", "Solid model");
    if (s->closed)
        boxed(w, label, NW_TONE_GOOD, SAY("封闭", "closed"),
              nw_page_print(w->page,
                            SAY("%zu 个部件，%s 个三角面片；每条边恰为两面共有",
                                "%zu parts, %s triangles; each edge joins exactly two"),
                            model_of(w)->part_count, nw_say_count(w, s->tri_count)));
    else
        boxed(w, label, NW_TONE_BAD, SAY("未封闭", "not closed"),
              nw_page_print(w->page,
                            SAY("%s 条边不闭合，不可直接打印", "%s open edges: not printable"),
                            nw_say_count(w, s->open_edges)));
}

/* One part: its own number stands; several: measured over all. */
static double whole_p95(const struct nw_writer *w)
{
    const struct nw_reconstruction *r = w->report->result;
    return r->part_count == 1 && w->survey->has_uncertainty ? r->numbers[0].uncertainty_p95_mm
                                                            : w->survey->p95_mm;
}

static void uncertainty_box(struct nw_writer *w)
{
    const double p95 = whole_p95(w), warn_mm = 0.5, bad_mm = 1.0;
    const char *label = SAY("95 % 表面的不确定度（1σ）", "95 % of the surface (1σ)");
    if (!isfinite(p95)) {
        boxed(w, label, NW_TONE_MUTED, SAY("未知", "not known"),
              SAY("模型未给出不确定度", "the model states none"));
        return;
    }
    const enum nw_tone tone = p95 > bad_mm    ? NW_TONE_BAD
                              : p95 > warn_mm ? NW_TONE_WARN
                                              : NW_TONE_PLAIN;
    boxed(w, label, tone, nw_page_print(w->page, "≤ %s mm", nw_say_number(w, p95, 2)),
          nw_page_print(w->page,
                        SAY("扩展不确定度（k=2）± %s mm，沿表面法向，不含打印",
                            "expanded (k=2) ± %s mm along the normal, without printing"),
                        nw_say_number(w, 2 * p95, 2)));
}

static void support_box(struct nw_writer *w)
{
    const struct nw_gate *g = w->report->gate;
    if (!g)
        return;
    boxed(w, SAY("数据可支持的最小结构", "Smallest feature shown"), NW_TONE_PLAIN,
          nw_say_length(w, g->smallest_feature_mm, 1),
          nw_page_print(w->page,
                        SAY("清晰边缘的表面精度 %s（1σ）；更细的结构不可信",
                            "surface accuracy on clear edges %s (1σ); trust nothing narrower"),
                        nw_say_length(w, g->surface_accuracy_mm, 2)));
}

static const char *part_names(struct nw_writer *w)
{
    enum { NAMED = 6 };
    const struct nw_model *m = model_of(w);
    const char *list = "";
    for (size_t p = 0; p < m->part_count && p < NAMED; p++)
        list = nw_page_print(w->page, "%s%s%s", list, p ? SAY("、", ", ") : "",
                             nw_say_part(w, m->part[p].name));
    if (m->part_count > NAMED)
        list = nw_page_print(w->page, SAY("%s等 %zu 个部件", "%s and more, %zu parts"), list,
                             m->part_count);
    return list;
}

/* What fails first, then what is conditional; the rest is counted. */
static void gate_reasons(struct nw_writer *w)
{
    enum { REASONS = 4 };
    static const enum nw_verdict order[2] = {NW_VERDICT_FAIL, NW_VERDICT_CONDITIONAL};
    const struct nw_gate *g = w->report->gate;
    size_t told = 0, more = 0;
    for (size_t v = 0; g && v < 2; v++)
        for (size_t i = 0; i < g->item_count; i++) {
            if (g->item[i].verdict != order[v])
                continue;
            if (told < REASONS)
                nw_page_add(w->page, NW_BLOCK_TEXT, verdict_tone(order[v]),
                            SAY(g->item[i].zh, g->item[i].en));
            more += told >= REASONS;
            told++;
        }
    if (more > 0)
        nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_MUTED,
                    nw_page_print(w->page,
                                  SAY("另有 %zu 项，见“扫描质量门控”。",
                                      "%zu more: see “Scan quality gate”."),
                                  more));
}

static void write_top(struct nw_writer *w)
{
    const struct nw_scan_facts *f = &w->report->scan->facts;
    nw_page_add(w->page, NW_BLOCK_TITLE, NW_TONE_PLAIN, w->page->title);
    nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_PLAIN,
                nw_page_print(w->page,
                              SAY("重建部件：%s　｜　影像学检查方法：%s　｜　检查日期：%s",
                                  "Parts: %s  |  Imaging method: %s  |  Date of study: %s"),
                              part_names(w),
                              f->modality[0] ? f->modality : SAY("未注明", "not stated"),
                              f->study_date[0] ? nw_say_date(w, f->study_date)
                                               : SAY("未记录", "not recorded")));
    nw_page_add(w->page, NW_BLOCK_VERDICT, NW_TONE_PLAIN, NULL);
    gate_box(w);
    solid_box(w);
    uncertainty_box(w);
    support_box(w);
    gate_reasons(w);
    if (w->survey->place_count > 0)
        nw_page_add(
            w->page, NW_BLOCK_TEXT, NW_TONE_WARN,
            nw_page_print(w->page,
                          SAY("有 %s 处表面（共 %s）可信度较低，放行前须逐项复核，见“结果复核”",
                              "%s stretches of surface (%s in all) are of low confidence and "
                              "must be reviewed before release: see “Review list”"),
                          nw_say_count(w, w->survey->place_count),
                          nw_say_area(w, w->survey->place_area_mm2)));
}

static void write_hero(struct nw_writer *w)
{
    nw_page_add(w->page, NW_BLOCK_FIGURES, NW_TONE_PLAIN, NULL);
    nw_page_figure(
        w->page, NW_FIGURE_PARTS,
        SAY("三维模型（左前上方）", "The model, from the patient's left, front and above"), 3);
    nw_page_figure(w->page, NW_FIGURE_UNCERTAINTY,
                   SAY("表面位置不确定度（1σ，mm）：颜色越深越不确定",
                       "Uncertainty of the surface (1σ, mm): the darker, the less certain"),
                   3);
    nw_page_figure(w->page, NW_FIGURE_CLASS,
                   SAY("表面可信度分类（图例见“表面不确定度”）",
                       "Classes of confidence (key under “Surface uncertainty”)"),
                   3);
}

/* ---- identity and scan ---- */

static void write_identity(struct nw_writer *w)
{
    const struct nw_scan_facts *f = &w->report->scan->facts;
    if (!w->report->with_identity)
        return;
    heading(w, "患者", "Patient");
    facts(w);
    fact(w, "姓名", "Name", f->patient_name);
    fact(w, "患者编号", "Patient ID", f->patient_id);
    fact(w, "性别", "Sex", f->patient_sex);
    fact(w, "出生日期", "Date of birth", nw_say_date(w, f->patient_birth_date));
    fact(w, "检查号", "Accession number", f->accession_number);
    fact(w, "检查编号", "Study ID", f->study_id);
}

static const char *times3(struct nw_writer *w, const char *a, const char *b, const char *c,
                          const char *unit)
{
    return nw_page_print(w->page, "%s × %s × %s%s", a, b, c, unit);
}

static void grid_facts(struct nw_writer *w)
{
    const struct nw_grid *g = &w->report->scan->volume.grid;
    const nw_vec3 s = nw_grid_spacing(g);
    fact(w, "体素间距", "Voxel spacing",
         times3(w, nw_say_number(w, s.x, 3), nw_say_number(w, s.y, 3), nw_say_number(w, s.z, 3),
                " mm"));
    fact(w, "矩阵", "Matrix",
         nw_page_print(w->page, "%zu × %zu × %zu", g->dim[0], g->dim[1], g->dim[2]));
    fact(w, "覆盖范围", "Coverage",
         times3(w, nw_say_number(w, s.x * (double)g->dim[0], 0),
                nw_say_number(w, s.y * (double)g->dim[1], 0),
                nw_say_number(w, s.z * (double)g->dim[2], 0), " mm"));
}

static void fact_if(struct nw_writer *w, const char *zh, const char *en, const char *value)
{
    if (value[0])
        fact(w, zh, en, value);
}

static void mr_facts(struct nw_writer *w)
{
    const struct nw_scan_facts *f = &w->report->scan->facts;
    fact(w, "序列", "Sequence", f->sequence);
    fact_number(w, "重复时间 TR", "Repetition time", f->repetition_ms, 0, "ms");
    fact_number(w, "回波时间 TE", "Echo time", f->echo_ms, 1, "ms");
    fact_number(w, "翻转角", "Flip angle", f->flip_deg, 0, "°");
}

static void ct_facts(struct nw_writer *w)
{
    const struct nw_scan_facts *f = &w->report->scan->facts;
    fact(w, "重建核", "Kernel", f->kernel);
    fact_number(w, "管电压", "Tube voltage", f->kvp, 0, "kV");
    fact_number(w, "管电流时间积", "Exposure", f->exposure_mas, 0, "mAs");
    if (isfinite(f->tube_current_ma))
        fact_number(w, "管电流", "Tube current", f->tube_current_ma, 0, "mA");
    fact(w, "机架倾斜", "Gantry tilt",
         !isfinite(f->tilt_deg) ? ""
         : f->tilt_deg == 0     ? SAY("无", "none")
                            : nw_page_print(w->page, SAY("%s°，已校正", "%s°, corrected"),
                                            nw_say_number(w, f->tilt_deg, 1)));
}

static void write_remarks(struct nw_writer *w)
{
    const struct nw_scan *scan = w->report->scan;
    if (scan->remark_count == 0)
        return;
    nw_page_table(w->page, "ll", "16");
    cell(w, SAY("程度", "Weight"));
    cell(w, SAY("读入时的说明", "Remarks made while reading"));
    for (size_t i = 0; i < scan->remark_count; i++) {
        const struct nw_remark *r = &scan->remark[i];
        const enum nw_tone tone = r->severity == NW_NOTE      ? NW_TONE_MUTED
                                  : r->severity == NW_WARNING ? NW_TONE_WARN
                                                              : NW_TONE_BAD;
        nw_page_cell(w->page, tone,
                     r->severity == NW_NOTE      ? SAY("说明", "note")
                     : r->severity == NW_WARNING ? SAY("注意", "warning")
                                                 : SAY("拒绝", "refusal"));
        cell(w, SAY(r->zh, r->en));
    }
}

static void write_scan(struct nw_writer *w)
{
    const struct nw_scan_facts *f = &w->report->scan->facts;
    heading(w, "扫描信息", "Scan");
    facts(w);
    fact(w, "影像学检查方法", "Modality", f->modality);
    fact(w, "检查日期", "Date of study", nw_say_date(w, f->study_date));
    fact(w, "设备厂商", "Maker", f->manufacturer);
    fact(w, "设备型号", "Model", f->model);
    fact_if(w, "软件版本", "Software", f->software);
    fact(w, "扫描方案", "Protocol", f->protocol);
    fact(w, "序列描述", "Series",
         f->series_number[0]
             ? nw_page_print(w->page, "#%s %s", f->series_number, f->series_description)
             : f->series_description);
    fact(w, "检查部位", "Body part", f->body_part);
    fact(w, "采集方式", "Acquisition", f->acquisition_type);
    fact(w, "采集时间", "Acquired at",
         f->acquisition_date[0]
             ? nw_page_print(w->page, "%s %s", nw_say_date(w, f->acquisition_date),
                             nw_say_time(w, f->acquisition_time))
             : "");
    fact_number(w, "层厚", "Slice thickness", f->slice_thickness_mm, 3, "mm");
    grid_facts(w);
    if (strcmp(f->modality, "MR") == 0)
        mr_facts(w);
    else
        ct_facts(w);
    fact(w, "对比剂", "Contrast agent", f->contrast_agent);
    fact_if(w, "体位", "Patient position", f->patient_position);
    fact(w, "有损压缩", "Lossy compression", f->lossy ? SAY("是", "yes") : SAY("否", "no"));
    write_remarks(w);
}

/* ---- gate and calibration ---- */

static void write_gate(struct nw_writer *w)
{
    const struct nw_gate *g = w->report->gate;
    if (!g)
        return;
    heading(w, "扫描质量门控", "Scan quality gate");
    nw_page_table(w->page, "ll", "27");
    cell(w, SAY("结论", "Result"));
    cell(w, SAY("项目：实测值与要求", "Item: measured against required"));
    for (size_t i = 0; i < g->item_count; i++) {
        nw_page_cell(w->page, verdict_tone(g->item[i].verdict),
                     verdict_word(w, g->item[i].verdict));
        cell(w, SAY(g->item[i].zh, g->item[i].en));
    }
    const char *rescan = SAY(g->rescan_zh, g->rescan_en);
    if (rescan && rescan[0])
        nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_WARN,
                    nw_page_print(w->page, SAY("补扫建议：%s", "Re-scan note: %s"), rescan));
}

static const char *seen_hu(struct nw_writer *w, double hu)
{
    return isfinite(hu) ? nw_page_print(w->page, "%s HU", nw_say_number(w, hu, 0))
                        : SAY("未见", "not found");
}

static void spread_fact(struct nw_writer *w, const char *zh, const char *en, double sigma_mm)
{
    const double fwhm_per_sigma = 2.354820045;
    fact(w, zh, en,
         isfinite(sigma_mm)
             ? nw_page_print(w->page, SAY("σ %s mm（半高宽 %s mm）", "σ %s mm (FWHM %s mm)"),
                             nw_say_number(w, sigma_mm, 2),
                             nw_say_number(w, fwhm_per_sigma * sigma_mm, 2))
             : SAY("未知", "not known"));
}

static void write_calibration(struct nw_writer *w)
{
    const struct nw_calibration *c = &w->report->result->calibration;
    const bool hu = c->scale == NW_GREY_HU;
    const char *unit = hu ? "HU" : "";
    heading(w, "标定", "Calibration");
    facts(w);
    fact(w, "灰度标尺", "Grey scale",
         hu ? SAY("CT 值（HU），已核对", "Hounsfield units, checked")
         : c->scale == NW_GREY_SHIFTED ? SAY("偏移的 CT 值，非 HU", "shifted CT, not HU")
                                       : SAY("非 CT 值", "not CT values"));
    fact(w, "空气 / 脂肪 / 肌肉", "Air / fat / muscle",
         nw_page_print(w->page, "%s / %s / %s", seen_hu(w, c->air_hu), seen_hu(w, c->fat_hu),
                       seen_hu(w, c->muscle_hu)));
    fact_number(w, "噪声（1σ）", "Noise (1σ)", c->noise_hu, c->noise_hu < 10 ? 1 : 0, unit);
    fact(w, "噪声，沿层面三段", "Noise by thirds",
         nw_page_print(w->page, "%s / %s / %s %s", nw_say_number(w, c->noise_third_hu[0], 0),
                       nw_say_number(w, c->noise_third_hu[1], 0),
                       nw_say_number(w, c->noise_third_hu[2], 0), unit));
    spread_fact(w, "点扩散，层面内", "Point spread in plane", c->sigma_xy_mm);
    spread_fact(w, "点扩散，层间", "Point spread across", c->sigma_z_mm);
    fact(w, "所用边缘剖面", "Edge profiles used",
         c->edges_used ? nw_say_count(w, c->edges_used)
                       : SAY("0：由间距与层厚推得", "0: taken from spacing and thickness"));
    fact(w, "边缘过冲", "Edge overshoot", nw_say_percent(w, c->overshoot_percent / 100));
    fact(w, "饱和", "Saturated", nw_say_percent(w, c->saturated_percent / 100));
    fact(w, "金属（> 2500 HU）", "Metal (> 2500 HU)",
         c->metal_mm3 > 0 ? nw_say_volume(w, c->metal_mm3, (double)NAN) : SAY("无", "none"));
    const char *why = SAY(c->zh, c->en);
    if (!hu && why && why[0])
        nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_WARN, why);
}

/* ---- parts ---- */

/* Of one length: two ends, each with the budget's sigma; NAN when that is not known. */
static double size_uncertainty(const struct nw_writer *w)
{
    const struct nw_error_budget *b = &w->report->result->budget;
    const double known[] = {b->scan_mm, b->edge_mm, b->model_mm, b->mesh_mm};
    double sum = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        sum += isfinite(known[i]) ? known[i] * known[i] : 0;
    return sum > 0 ? 2 * sqrt(2 * sum) : (double)NAN;
}

static void part_row(struct nw_writer *w, size_t p)
{
    const struct nw_part_numbers *n = &w->report->result->numbers[p];
    const nw_vec3 size = nw_box_size(n->box);
    cell(w, nw_say_part(w, n->name));
    nw_page_swatch(w->page, model_of(w)->part[p].rgba);
    cell(w, nw_say_volume(w, n->volume_mm3, 2 * n->volume_uncertainty_mm3));
    cell(w, nw_say_area(w, n->area_mm2));
    cell(w, times3(w, nw_say_number(w, size.x, 1), nw_say_number(w, size.y, 1),
                   nw_say_number(w, size.z, 1), ""));
    cell(w, nw_say_number(w, n->mean_hu, 0));
    cell(w, nw_say_count(w, n->pieces));
}

static void write_parts(struct nw_writer *w)
{
    const struct nw_reconstruction *r = w->report->result;
    const bool hu = r->calibration.scale == NW_GREY_HU;
    heading(w, "部件与定量分析", "Parts and their numbers");
    nw_page_table(w->page, "lrrrrr", "554632");
    cell(w, SAY("部件", "Part"));
    cell(w, SAY("体积（k=2）", "Volume (k=2)"));
    cell(w, SAY("表面积", "Area"));
    cell(w, SAY("左右 × 前后 × 头足 (mm)", "L × P × H (mm)"));
    cell(w, hu ? SAY("平均 CT 值 (HU)", "Mean (HU)") : SAY("平均灰度", "Mean grey"));
    cell(w, SAY("块数", "Pieces"));
    for (size_t p = 0; p < r->part_count; p++)
        part_row(w, p);
    const double u = size_uncertainty(w);
    if (isfinite(u))
        nw_page_add(
            w->page, NW_BLOCK_TEXT, NW_TONE_MUTED,
            nw_page_print(
                w->page,
                SAY("尺寸的扩展不确定度（k=2）± %s mm；体积不确定度由表面不确定度推得。",
                    "Sizes are uncertain by ± %s mm (k=2); volumes by what "
                    "the surface's uncertainty makes of them."),
                nw_say_number(w, u, u < 0.095 ? 2 : 1)));
}

static void moved_row(struct nw_writer *w, const char *part, const char *what,
                      const struct nw_moved *m)
{
    if (m->triangles_before == 0)
        return;
    cell(w, part);
    cell(w, what);
    cell(w, nw_say_count(w, m->triangles_before));
    cell(w, nw_say_count(w, m->triangles_after));
    cell(w, nw_say_number(w, m->mean_mm, 3));
    cell(w, nw_say_number(w, m->p95_mm, 3));
    cell(w, nw_say_number(w, m->max_mm, 3));
    cell(w, nw_say_number(w, m->volume_percent, 3));
}

static void write_moved(struct nw_writer *w)
{
    const struct nw_reconstruction *r = w->report->result;
    bool any = false;
    for (size_t p = 0; p < r->part_count; p++)
        any = any || r->numbers[p].simplified.triangles_before > 0 ||
              r->numbers[p].smoothed.triangles_before > 0;
    heading(w, "网格处理对表面的影响（不失真核对）", "What processing did to the surface");
    if (!any) {
        note(w, "未做平滑或简化：网格即为提取所得表面。",
             "Neither smoothed nor simplified: the mesh is the surface as extracted.");
        return;
    }
    nw_page_table(w->page, "llrrrrrr", "53443334");
    cell(w, SAY("部件", "Part"));
    cell(w, SAY("处理", "Step"));
    cell(w, SAY("面片数，前", "Triangles before"));
    cell(w, SAY("面片数，后", "after"));
    cell(w, SAY("位移均值 (mm)", "Moved mean (mm)"));
    cell(w, SAY("95 % (mm)", "95 % (mm)"));
    cell(w, SAY("最大 (mm)", "max (mm)"));
    cell(w, SAY("体积变化 (%)", "Volume change (%)"));
    for (size_t p = 0; p < r->part_count; p++) {
        moved_row(w, nw_say_part(w, r->numbers[p].name), SAY("平滑", "smooth"),
                  &r->numbers[p].smoothed);
        moved_row(w, nw_say_part(w, r->numbers[p].name), SAY("简化", "simplify"),
                  &r->numbers[p].simplified);
    }
    note(w, "位移为处理前后两表面之间的双向实测距离，不是估计。",
         "Measured both ways between the surfaces before and after; not an estimate.");
}

/* ---- uncertainty ---- */

static void uncertainty_bars(struct nw_writer *w)
{
    nw_page_add(w->page, NW_BLOCK_BARS, NW_TONE_PLAIN,
                SAY("位置不确定度（1σ，mm）在全部表面积上的分布，柱色与上图色标一致。",
                    "Uncertainty (1σ, mm) over the area of all parts; colours as in the map."));
    for (int b = 0; b < NW_UNCERTAINTY_BINS; b++) {
        uint8_t rgb[3];
        nw_uncertainty_colour((b + 0.5) * 0.05 / 0.5, rgb);
        const bool above = b == NW_UNCERTAINTY_BINS - 1;
        nw_page_bar(w->page,
                    above ? "≥ 0.45"
                          : nw_page_print(w->page, "%s–%s", nw_say_number(w, b * 0.05, 2),
                                          nw_say_number(w, (b + 1) * 0.05, 2)),
                    w->survey->uncertainty_share[b], rgb);
    }
}

static void class_bar(struct nw_writer *w)
{
    nw_page_add(w->page, NW_BLOCK_SHARES, NW_TONE_PLAIN, NULL);
    for (int c = 0; c < NW_CLASS_COUNT; c++) {
        uint8_t rgb[3];
        nw_class_colour((enum nw_class)c, rgb);
        nw_page_bar(w->page,
                    nw_page_print(w->page, "%s %s", nw_say_class(w, (enum nw_class)c),
                                  nw_say_percent(w, w->survey->class_share[c])),
                    w->survey->class_share[c], rgb);
    }
}

static void write_uncertainty(struct nw_writer *w)
{
    const struct nw_reconstruction *r = w->report->result;
    heading(w, "表面不确定度", "Surface uncertainty");
    if (w->survey->has_uncertainty)
        uncertainty_bars(w);
    class_bar(w);
    nw_page_table(w->page, "lrrrrrrr", "53344444");
    cell(w, SAY("部件", "Part"));
    cell(w, SAY("中位数 (mm)", "Median (mm)"));
    cell(w, SAY("95 % (mm)", "95 % (mm)"));
    for (int c = 0; c < NW_CLASS_COUNT; c++)
        cell(w, nw_say_class(w, (enum nw_class)c));
    for (size_t p = 0; p < r->part_count; p++) {
        const struct nw_part_numbers *n = &r->numbers[p];
        cell(w, nw_say_part(w, n->name));
        cell(w, nw_say_number(w, n->uncertainty_p50_mm, 2));
        cell(w, nw_say_number(w, n->uncertainty_p95_mm, 2));
        for (int c = 0; c < NW_CLASS_COUNT; c++)
            cell(w, nw_say_percent(w, n->class_share[c]));
    }
}

static void budget_row(struct nw_writer *w, const char *name, double sigma_mm,
                       const char *about)
{
    const enum nw_tone tone = isfinite(sigma_mm) ? NW_TONE_PLAIN : NW_TONE_MUTED;
    cell(w, name);
    nw_page_cell(w->page, tone, nw_say_number(w, sigma_mm, 2));
    nw_page_cell(w->page, tone, nw_say_number(w, 2 * sigma_mm, 2));
    cell(w, about);
}

static void write_budget(struct nw_writer *w)
{
    const struct nw_error_budget *b = &w->report->result->budget;
    heading(w, "误差预算", "Error budget");
    nw_page_table(w->page, "lrrl", "4229");
    cell(w, SAY("来源", "Source"));
    cell(w, "1σ (mm)");
    cell(w, "k=2 (mm)");
    cell(w, SAY("含义", "What it is"));
    budget_row(w, SAY("扫描 u_scan", "scan u_scan"), b->scan_mm,
               SAY("扫描几何与运动", "the scanner's geometry, and motion"));
    budget_row(w, SAY("边缘 u_edge", "edge u_edge"), b->edge_mm,
               SAY("在原始灰度上定位组织边界", "finding the tissue's edge in the grey values"));
    budget_row(
        w, SAY("模型 u_model", "model u_model"), b->model_mm,
        SAY("分割与拓扑：薄壁、推断、金属", "labels and topology: thin, inferred, metal"));
    budget_row(w, SAY("网格 u_mesh", "mesh u_mesh"), b->mesh_mm,
               SAY("平滑与简化造成的位移，实测", "smoothing and simplification, measured"));
    budget_row(w, SAY("打印 u_print", "print u_print"), b->print_mm,
               SAY("设备与材料，由本中心测试件得出",
                   "machine and material, by the site's own test object"));
    budget_row(
        w, SAY("合成 u_total", "total u_total"), b->total_mm,
        isfinite(b->print_mm)
            ? SAY("平方和开方", "root of the sum of squares")
            : SAY("已知各项的平方和开方；未知项未计入",
                  "root of the sum of squares of what is known; the unknown is not in it"));
    cell(w, SAY("系统偏差", "bias"));
    cell(w, nw_say_number(w, b->bias_mm, 3));
    cell(w, "—");
    cell(w,
         SAY("带符号，向外为正，不并入方和根", "signed, outward positive, outside the root"));
}

/* ---- review, pictures ---- */

static void note_specks(struct nw_writer *w)
{
    const struct nw_survey *s = w->survey;
    if (s->speck_count > 0)
        nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_MUTED,
                    nw_page_print(w->page,
                                  SAY("另有 %s 处小于 %.0f mm² 的零散低可信度表面，共 %s。",
                                      "Besides, %s specks below %.0f mm², %s in all."),
                                  nw_say_count(w, s->speck_count), NW_REVIEW_FROM_MM2,
                                  nw_say_area(w, s->speck_area_mm2)));
}

static void write_review(struct nw_writer *w)
{
    const struct nw_survey *s = w->survey;
    heading(w, "结果复核", "Review list");
    if (s->place_count == 0) {
        note(w, "没有连片的低可信度表面需要复核。",
             "No stretch of surface of low confidence to be reviewed.");
        note_specks(w);
        return;
    }
    nw_page_table(w->page, "rlllrrl", "1446332");
    cell(w, "#");
    cell(w, SAY("部件", "Part"));
    cell(w, SAY("分类", "Class"));
    cell(w, SAY("位置 (mm)", "Place (mm)"));
    cell(w, SAY("面积", "Area"));
    cell(w, SAY("1σ (mm)", "1σ (mm)"));
    cell(w, SAY("复核", "Seen"));
    for (size_t i = 0; i < s->place_count && i < NW_PLACES_LISTED; i++) {
        const struct nw_place *p = &s->place[i];
        cell(w, nw_say_count(w, i + 1));
        cell(w, nw_say_part(w, model_of(w)->part[p->part].name));
        cell(w, nw_say_class(w, p->worst));
        cell(w, nw_say_point(w, p->at_mm));
        cell(w, nw_say_area(w, p->area_mm2));
        cell(w, nw_say_number(w, p->uncertainty_mm, 2));
        cell(w, "□");
    }
    if (s->place_count > NW_PLACES_LISTED)
        nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_MUTED,
                    nw_page_print(w->page,
                                  SAY("列出面积最大的 %d 处，另有 %s 处较小。",
                                      "The %d largest are listed; %s more are smaller."),
                                  (int)NW_PLACES_LISTED,
                                  nw_say_count(w, s->place_count - NW_PLACES_LISTED)));
    note_specks(w);
    if (w->place_figures > 0)
        nw_page_add(w->page, NW_BLOCK_FIGURES, NW_TONE_PLAIN, NULL);
    for (size_t i = 0; i < w->place_figures; i++)
        nw_page_figure(
            w->page, NW_FIGURE_PLACES + i,
            nw_page_print(w->page, SAY("复核位置 #%zu，横断面局部", "Place #%zu, axial detail"),
                          i + 1),
            3);
}

static void write_views(struct nw_writer *w)
{
    static const char *const zh[6] = {"前面观", "后面观", "左面观",
                                      "右面观", "上面观", "下面观"};
    static const char *const en[6] = {"Front", "Back", "Left", "Right", "Above", "Below"};
    heading(w, "六面视图", "Six views");
    nw_page_add(w->page, NW_BLOCK_FIGURES, NW_TONE_PLAIN, NULL);
    for (size_t v = 0; v < 6; v++)
        nw_page_figure(w->page, NW_FIGURE_VIEWS + v, SAY(zh[v], en[v]), 3);
    note(w,
         "图中字母为患者方位：L 左，R 右，A 前，P 后，H 头，F 足；平行投影，比例尺适用于全图。",
         "Letters are the patient's sides: Left, Right, Anterior, Posterior, Head, Foot; "
         "parallel projection, so that the scale bar holds everywhere.");
}

static void outline_key(struct nw_writer *w)
{
    const struct nw_model *m = model_of(w);
    enum { KEYS = 12 };
    nw_page_table(w->page, "l", "1");
    cell(w, SAY("轮廓颜色", "Colours of the outlines"));
    for (size_t p = 0; p < m->part_count && p < KEYS; p++) {
        uint8_t rgb[3];
        nw_outline_colour(m, p, rgb);
        cell(w, nw_say_part(w, m->part[p].name));
        nw_page_swatch(w->page, rgb);
    }
}

static void write_slices(struct nw_writer *w)
{
    static const char *const zh[3] = {"横断面", "冠状面", "矢状面"};
    static const char *const en[3] = {"Axial", "Coronal", "Sagittal"};
    if (!w->has_slices)
        return;
    const nw_vec3 at = w->survey->through_mm;
    const double place[3] = {at.z, at.y, at.x};
    static const char axis[3] = {'z', 'y', 'x'};
    heading(w, "断面与轮廓", "Slices with the outlines on them");
    nw_page_add(w->page, NW_BLOCK_FIGURES, NW_TONE_PLAIN, NULL);
    for (size_t v = 0; v < 3; v++)
        nw_page_figure(w->page, NW_FIGURE_SLICES + v,
                       nw_page_print(w->page, "%s, %c = %s mm", SAY(zh[v], en[v]), axis[v],
                                     nw_say_number(w, place[v], 1)),
                       3);
    for (size_t v = 0; v < 3; v++)
        nw_page_figure(
            w->page, NW_FIGURE_DETAILS + v,
            nw_page_print(w->page, SAY("%s，局部放大", "%s, detail"), SAY(zh[v], en[v])), 3);
    note(
        w,
        "断面取原始灰度，通过部件截面最大处；轮廓为模型与该平面的精确交线，未经拟合。横断面按放"
        "射学惯例自足侧观察，图左为患者右侧。",
        "Original grey values, where the parts' sections are largest; the outline is the exact "
        "section of the model, not fitted. Axial slices are seen from the feet: the patient's "
        "right is on the left.");
    if (model_of(w)->part_count > 1)
        outline_key(w);
}

static void write_left_out(struct nw_writer *w)
{
    const struct nw_reconstruction *r = w->report->result;
    heading(w, "未纳入模型的结构", "Seen and left out");
    if (r->left_out_count == 0) {
        note(w, "没有结构被排除。", "Nothing was left out.");
        return;
    }
    nw_page_table(w->page, "lrrr", "5134");
    cell(w, SAY("内容与原因", "What and why"));
    cell(w, SAY("块数", "Pieces"));
    cell(w, SAY("体积", "Volume"));
    cell(w, SAY("位置 (mm)", "Place (mm)"));
    for (size_t i = 0; i < r->left_out_count; i++) {
        const struct nw_left_out *l = &r->left_out[i];
        cell(w, SAY(l->zh, l->en));
        cell(w, nw_say_count(w, l->pieces));
        cell(w, nw_say_volume(w, l->volume_mm3, (double)NAN));
        cell(w, nw_say_point(w, l->place_mm));
    }
}

/* ---- where it comes from ---- */

static void write_origin(struct nw_writer *w)
{
    const struct nw_scan *scan = w->report->scan;
    char digest[NW_DIGEST_TEXT];
    nw_digest_format(&scan->sources_sha256, digest);
    heading(w, "追溯", "Origin");
    facts(w);
    fact(w, "程序版本", "Program", nw_page_print(w->page, "Nuwa %s", w->report->version));
    fact(w, "源文件", "Source files",
         nw_page_print(w->page, SAY("%s（%zu 个）", "%s (%zu)"), scan->facts.format,
                       scan->source_count));
    fact(w, "检查 UID", "Study UID", scan->facts.study_uid);
    fact(w, "序列 UID", "Series UID", scan->facts.series_uid);
    fact(w, "参考系 UID", "Frame of reference UID", scan->facts.frame_uid);
    fact(w, "传输语法", "Transfer syntax", scan->facts.transfer_syntax);
    nw_page_add(w->page, NW_BLOCK_CODE, NW_TONE_PLAIN,
                nw_page_print(w->page,
                              SAY("输入数据摘要 SHA-256\n%s\n方案与参数\n%s",
                                  "Digest of the input, SHA-256\n%s\nRecipe and options\n%s"),
                              digest, w->report->command));
    note(w, "相同的输入、参数与版本得到逐字节相同的模型与报告。",
         "The same input, options and version give the same model and report, byte for byte.");
}

static void write_statement(struct nw_writer *w)
{
    heading(w, "用途声明", "Intended use");
    nw_page_add(
        w->page, NW_BLOCK_TEXT, NW_TONE_PLAIN,
        SAY("本模型与报告用于术前规划、医工交互与医患沟通的辅助参考，不单独作为诊断依据。模型只"
            "反映扫描时刻影像所能显示的解剖结构；"
            "小于“最小结构”的细节以及推断、金属伪影区的表面，须由具备资质的临床医师与工程人员对"
            "照原始影像复核后方可用于器械设计或手术决策。",
            "This model and report aid planning, communication between clinicians and "
            "engineers, and talking with patients; they are no diagnosis by themselves. The "
            "model shows what the images could show when they were taken. Details below the "
            "smallest feature, and inferred or metal surfaces, must be held against the "
            "original images by a qualified clinician and an engineer before devices are "
            "designed or operations decided on them."));
    nw_page_table(w->page, "lll", "111");
    cell(w, SAY("重建工程师（签名 / 日期）", "Engineer (signature / date)"));
    cell(w, SAY("复核医师（签名 / 日期）", "Reviewing physician (signature / date)"));
    cell(w, SAY("放行（签名 / 日期）", "Release (signature / date)"));
    for (int i = 0; i < 3; i++)
        cell(w, " \n ");
}

void nw_content_write(struct nw_writer *w)
{
    write_top(w);
    write_hero(w);
    write_identity(w);
    write_parts(w);
    write_slices(w);
    write_views(w);
    write_uncertainty(w);
    write_budget(w);
    write_review(w);
    write_moved(w);
    write_left_out(w);
    write_scan(w);
    write_gate(w);
    write_calibration(w);
    write_origin(w);
    write_statement(w);
}
