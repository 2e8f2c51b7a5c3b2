/* anatomy/gate.c -- see gate.h. */
#include "anatomy/gate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "anatomy/gate_priv.h"
#include "anatomy/sheet_priv.h"

static const double FWHM_PER_SIGMA = 2.354820045;
static const double SAMPLING_SHARE = 0.02; /* of the largest voxel edge, see gate.h */
static const double CONTRAST_MM3 = 1500, LUNG_MM2 = 5000, LUNG_CUT_MM2 = 600;
static const double SHARP_FWHM_MM = 2; /* blunter than this cannot show what any sheet is for */
static const double FAIL_NOISE = 2;    /* times the sheet's limit */

enum { ITEMS_MAX = 64, TEXT_MAX = 1500 };

/* A gate being filled. After the first failure everything else does nothing. */
struct job {
    const struct nw_scan *scan;
    const struct nw_scan_facts *facts;
    const struct nw_sheet *sheet;
    const struct nw_calibration *cal;
    const struct nw_gate_opts *opts;
    struct nw_look look;
    struct nw_gate *out;
    struct nw_err *err;
};

/* One item; both sentences made by `say` (NULL when there is no memory any more). */
static void add(struct job *job, const char *code, enum nw_verdict verdict, const char *zh,
                const char *en)
{
    struct nw_gate *g = job->out;
    if (job->err->code != NW_OK)
        return;
    assert(g->item_count < ITEMS_MAX);
    const char *kept = nw_arena_text(&g->arena, code, job->err); /* may be the sheet's */
    g->item[g->item_count++] = (struct nw_gate_item){kept, verdict, zh, en};
    g->verdict = verdict > g->verdict ? verdict : g->verdict;
}

NW_PRINTF(2, 3)
static const char *say(struct job *job, const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list args;
    if (job->err->code != NW_OK)
        return NULL;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return nw_arena_text(&job->out->arena, text, job->err);
}

static bool confirmed(const struct job *job, const char *code)
{
    for (size_t i = 0; i < job->opts->confirmed_count; i++)
        if (strcmp(job->opts->confirmed[i], code) == 0)
            return true;
    return false;
}

static enum nw_verdict worse_if(bool bad, enum nw_verdict otherwise)
{
    return bad ? otherwise : NW_VERDICT_PASS;
}

static bool is_ct(const struct job *job)
{
    return strcmp(job->facts->modality, "CT") == 0;
}

static bool is_mr(const struct job *job)
{
    return strcmp(job->facts->modality, "MR") == 0;
}

/* ---- what the header says ---- */

static void check_modality(struct job *job)
{
    const json_t *row = nw_sheet_item(job->sheet, "series", 0);
    const char *wanted = nw_json_text(row, "modality"), *has = job->facts->modality;
    if (!has[0]) {
        add(job, "modality", NW_VERDICT_CONDITIONAL,
            say(job, "文件未写明成像方式；此部位需要%s，请确认", nw_json_text(row, "zh")),
            say(job, "the file does not name its modality; this part needs %s: confirm it",
                nw_json_text(row, "en")));
        return;
    }
    const bool right = strstr(wanted, has) != NULL;
    add(job, "modality", worse_if(!right, NW_VERDICT_FAIL),
        say(job, "成像方式为%s，需要%s", has, nw_json_text(row, "zh")),
        say(job, "the modality is %s, needed is %s", has, nw_json_text(row, "en")));
}

/* Req: R-021 */
static void check_slice_distance(struct job *job)
{
    const double limit = nw_sheet_limit(job->sheet, "slice_distance_mm");
    const double has = nw_grid_spacing(&job->scan->volume.grid).z;
    const double slack = 1e-6; /* mm: 1 mm from a difference of positions passes */
    add(job, "slice-distance", worse_if(has > limit + slack, NW_VERDICT_FAIL),
        say(job, "层间距%.3f毫米，要求不大于%.2f毫米", has, limit),
        say(job, "the slice distance is %.3f mm, at most %.2f mm is needed", has, limit));
    const double thick = job->facts->slice_thickness_mm;
    if (isfinite(thick) && thick > limit + slack)
        add(job, "slice-thickness", NW_VERDICT_CONDITIONAL,
            say(job, "层厚%.2f毫米，大于%.2f毫米：层间被平均", thick, limit),
            say(job, "slices are %.2f mm thick, above %.2f mm: detail between them is averaged",
                thick, limit));
}

/* Req: R-022 */
static void check_isotropy(struct job *job)
{
    const nw_vec3 s = nw_grid_spacing(&job->scan->volume.grid);
    const double ratio = fmax(s.x, fmax(s.y, s.z)) / fmin(s.x, fmin(s.y, s.z));
    const double soft = nw_sheet_limit(job->sheet, "isotropy_conditional"),
                 hard = nw_sheet_limit(job->sheet, "isotropy_fail");
    const enum nw_verdict verdict =
        ratio > hard ? NW_VERDICT_FAIL : worse_if(ratio > soft, NW_VERDICT_CONDITIONAL);
    add(job, "isotropy", verdict,
        say(job,
            "体素%.3f×%.3f×%.3f毫米，最大与最小边之比%.2f（不大于%.1f通过，大于%.1f不通过）",
            s.x, s.y, s.z, ratio, soft, hard),
        say(job,
            "voxels of %.3f x %.3f x %.3f mm, ratio of largest to smallest edge %.2f (up to "
            "%.1f "
            "passes, above %.1f fails)",
            s.x, s.y, s.z, ratio, soft, hard));
}

static bool has_word(const char *text, const char *word)
{
    return strstr(text, word) != NULL;
}

/* Req: R-023 */
static void check_helical(struct job *job)
{
    const char *type = job->facts->acquisition_type;
    if (nw_sheet_flag(job->sheet, "cbct") && job->cal->scale == NW_GREY_SHIFTED)
        return; /* a cone beam turns once */
    if (!type[0] && !confirmed(job, "helical"))
        add(job, "helical", NW_VERDICT_CONDITIONAL,
            say(job, "文件未写明是否为多排螺旋CT，请确认"),
            say(job, "the header does not say whether this is helical CT: confirm it"));
    else if (!type[0] || has_word(type, "SPIRAL") || has_word(type, "HELICAL"))
        add(job, "helical", NW_VERDICT_PASS,
            say(job, type[0] ? "螺旋CT" : "螺旋CT（由人确认）"),
            say(job, type[0] ? "helical CT" : "helical CT, confirmed by a person"));
    else
        add(job, "helical", NW_VERDICT_FAIL, say(job, "采集方式为%s，需要多排螺旋CT", type),
            say(job, "acquired as %s, multi-slice helical CT is needed", type));
}

static void check_three_d(struct job *job, const struct nw_scan_facts *f, const char *zh,
                          const char *en)
{
    const char *type = f->acquisition_type;
    if (!type[0] && !confirmed(job, "three-d"))
        add(job, "three-d", NW_VERDICT_CONDITIONAL,
            say(job, "%s：文件未写明是否为3D序列，请确认", zh),
            say(job, "%s: the header does not say whether this is a 3-D sequence: confirm it",
                en));
    else if (!type[0] || has_word(type, "3D"))
        add(job, "three-d", NW_VERDICT_PASS, say(job, "%s：3D序列", zh),
            say(job, "%s: a 3-D sequence", en));
    else
        add(job, "three-d", NW_VERDICT_FAIL, say(job, "%s：采集方式为%s，需要3D序列", zh, type),
            say(job, "%s: acquired as %s, a 3-D sequence is needed", en, type));
}

static void check_acquisition(struct job *job)
{
    const json_t *row = nw_sheet_item(job->sheet, "series", 0);
    if (is_ct(job))
        check_helical(job);
    else if (is_mr(job) || json_is_true(json_object_get(row, "three_d")))
        check_three_d(job, job->facts, nw_json_text(row, "zh"), nw_json_text(row, "en"));
}

static void check_facts(struct job *job)
{
    const struct nw_scan_facts *f = job->facts;
    const struct {
        bool missing;
        const char *zh, *en;
    } wanted[] = {
        {!f->manufacturer[0], "设备厂家", "scanner maker"},
        {!f->model[0], "设备型号", "scanner model"},
        {!f->protocol[0] && !f->series_description[0], "扫描协议", "protocol"},
        {is_ct(job) && !f->kernel[0], "重建核", "kernel"},
        {is_ct(job) && !isfinite(f->kvp), "管电压", "kV"},
        {is_mr(job) && !isfinite(f->repetition_ms), "重复时间", "repetition time"},
        {is_mr(job) && !isfinite(f->echo_ms), "回波时间", "echo time"},
        {!f->acquisition_date[0] && !f->study_date[0], "采集日期", "date"},
    };
    char zh[200] = "", en[200] = "";
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (!wanted[i].missing)
            continue;
        const size_t z = strlen(zh), e = strlen(en);
        snprintf(zh + z, sizeof zh - z, "%s%s", z ? "、" : "", wanted[i].zh);
        snprintf(en + e, sizeof en - e, "%s%s", e ? ", " : "", wanted[i].en);
    }
    if (en[0])
        add(job, "facts", NW_VERDICT_CONDITIONAL, say(job, "文件缺少采集信息：%s", zh),
            say(job, "the header lacks: %s", en));
    else
        add(job, "facts", NW_VERDICT_PASS, say(job, "采集信息齐全"),
            say(job, "the facts of acquisition are there"));
    if (nw_sheet_flag(job->sheet, "kernel") && f->kernel[0])
        add(job, "kernel", NW_VERDICT_PASS, say(job, "重建核为%s", f->kernel),
            say(job, "the kernel is %s", f->kernel));
}

static void check_lossy(struct job *job)
{
    const bool lossy = job->facts->lossy;
    add(job, "lossy", worse_if(lossy, NW_VERDICT_CONDITIONAL),
        say(job, lossy ? "图像经过有损压缩，细节与灰度可能改变" : "未见有损压缩"),
        say(job,
            lossy ? "the pictures were compressed with loss: detail and grey may have changed"
                  : "no compression with loss"));
}

/* Day number of YYYYMMDD by the civil calendar; false when it is no date. */
static bool day_number(const char *text, long *out)
{
    long number = 0;
    for (int i = 0; i < 8; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = 10 * number + text[i] - '0';
    }
    const long y = number / 10000, m = number / 100 % 100, d = number % 100;
    if (m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    const long year = m <= 2 ? y - 1 : y, month = (m + 9) % 12; /* years begin in March */
    *out = 365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + d - 1;
    return true;
}

/* Req: R-029 */
static void check_age(struct job *job)
{
    const char *taken =
        job->facts->acquisition_date[0] ? job->facts->acquisition_date : job->facts->study_date;
    const double limit = nw_sheet_limit(job->sheet, "age_days");
    long then, use;
    if (!job->opts->use_date || !day_number(job->opts->use_date, &use))
        return;
    if (!day_number(taken, &then)) {
        add(job, "age", NW_VERDICT_CONDITIONAL,
            say(job, "文件未写明采集日期，无法计算数据时效"),
            say(job, "the header has no date, so the age at use is not known"));
        return;
    }
    const bool old = (double)(use - then) > limit;
    add(job, "age", worse_if(old, NW_VERDICT_CONDITIONAL),
        say(job, "计划使用时数据已有%ld天，限%.0f天%s", use - then, limit,
            old ? "：须由医师说明解剖是否可能改变" : ""),
        say(job, "the data will be %ld days old at use, limit %.0f%s", use - then, limit,
            old ? ": the physician must state whether the anatomy may have changed" : ""));
}

static void check_remarks(struct job *job)
{
    for (size_t i = 0; i < job->scan->remark_count && job->out->item_count < ITEMS_MAX / 2;
         i++) {
        const struct nw_remark *r = &job->scan->remark[i];
        if (r->severity == NW_NOTE)
            continue;
        add(job, r->code, r->severity == NW_REFUSAL ? NW_VERDICT_FAIL : NW_VERDICT_CONDITIONAL,
            say(job, "%s", r->zh), say(job, "%s", r->en));
    }
}

/* ---- the series of the order ---- */

static void check_companion(struct job *job, size_t row_index)
{
    const json_t *row = nw_sheet_item(job->sheet, "series", row_index);
    const char *zh = nw_json_text(row, "zh"), *en = nw_json_text(row, "en");
    const struct nw_gate_series *found = NULL;
    for (size_t i = 0; i < job->opts->other_count && !found; i++)
        if (nw_header_suits(job->sheet, row, job->opts->other[i].facts))
            found = &job->opts->other[i];
    if (!found) {
        add(job, "companion", NW_VERDICT_FAIL, say(job, "缺少所需序列：%s", zh),
            say(job, "a required series is missing: %s", en));
        return;
    }
    add(job, "companion", NW_VERDICT_PASS, say(job, "所需序列已有：%s", zh),
        say(job, "the required series is there: %s", en));
    if (json_is_true(json_object_get(row, "three_d")))
        check_three_d(job, found->facts, zh, en);
    const double limit = nw_sheet_limit(job->sheet, "slice_distance_mm");
    const double distance = found->grid ? nw_grid_spacing(found->grid).z : 0;
    if (distance > limit + 1e-6)
        add(job, "slice-distance", NW_VERDICT_FAIL,
            say(job, "%s：层间距%.3f毫米，要求不大于%.2f毫米", zh, distance, limit),
            say(job, "%s: the slice distance is %.3f mm, at most %.2f mm is needed", en,
                distance, limit));
    if (!nw_sheet_flag(job->sheet, "registered"))
        return;
    const bool same =
        job->facts->frame_uid[0] && strcmp(job->facts->frame_uid, found->facts->frame_uid) == 0;
    add(job, "registered",
        worse_if(!same && !confirmed(job, "registered"), NW_VERDICT_CONDITIONAL),
        say(job, same ? "%s：坐标系与本序列相同" : "%s：坐标系与本序列不同，须配准并确认", zh),
        say(job,
            same ? "%s: the same frame of reference"
                 : "%s: another frame of reference; it must be registered and confirmed",
            en));
}

static bool contrast_is_measured(const struct job *job)
{
    return job->look.contrast_mm3 >= CONTRAST_MM3 &&
           job->look.contrast_hu >= nw_sheet_number(job->sheet, "contrast_min_hu");
}

/* Req: R-421 */
static void check_contrast(struct job *job)
{
    const json_t *row = nw_sheet_item(job->sheet, "series", 0);
    if (strcmp(nw_json_text(row, "contrast"), "demanded") != 0)
        return;
    const enum nw_contrast header = nw_header_contrast(job->sheet, job->facts);
    const bool ct = is_ct(job), seen = ct && contrast_is_measured(job);
    const double limit = nw_sheet_number(job->sheet, "contrast_min_hu");
    if (header == NW_CONTRAST_PLAIN || (header == NW_CONTRAST_SILENT && ct && !seen)) {
        add(job, "contrast", NW_VERDICT_FAIL,
            say(job, "此部位需要增强；文件标注%s，图像中未见强化血管",
                header == NW_CONTRAST_PLAIN ? "平扫" : "未写明"),
            say(job, "contrast is needed; the header %s and no bright vessel is measured",
                header == NW_CONTRAST_PLAIN ? "says plain" : "is silent"));
        return;
    }
    const bool sure = header == NW_CONTRAST_GIVEN && (seen || !ct);
    const enum nw_verdict verdict =
        worse_if(!sure && !confirmed(job, "contrast"), NW_VERDICT_CONDITIONAL);
    if (!ct)
        add(job, "contrast", verdict,
            say(job, sure ? "文件标注已增强" : "文件未写明是否增强，请确认"),
            say(job, sure ? "the header says contrast was given"
                          : "the header does not say whether contrast was given: confirm it"));
    else if (seen)
        add(job, "contrast", verdict,
            say(job, "实测强化血管%.0f HU（%.1f毫升），要求不低于%.0f HU%s",
                job->look.contrast_hu, job->look.contrast_mm3 / 1000, limit,
                sure ? "" : "；文件未写明，请确认"),
            say(job,
                "bright vessels of %.0f HU are measured (%.1f ml), at least %.0f HU is "
                "needed%s",
                job->look.contrast_hu, job->look.contrast_mm3 / 1000, limit,
                sure ? "" : "; the header is silent: confirm it"));
    else
        add(job, "contrast", verdict,
            say(job, "文件标注已增强，但图像中未测得%.0f HU以上的血管", limit),
            say(job, "the header says contrast, but no vessel above %.0f HU is measured",
                limit));
}

static void check_phase(struct job *job)
{
    if (!nw_sheet_flag(job->sheet, "phase_recorded"))
        return;
    const bool named = nw_header_names_phase(job->sheet, job->facts);
    add(job, "phase", worse_if(!named, NW_VERDICT_CONDITIONAL),
        say(job, named ? "期相已注明" : "序列描述未注明期相，请补记"),
        say(job, named ? "the phase is named"
                       : "the series description does not name the phase: record it"));
}

/* Req: R-024 */
static void check_lesion(struct job *job)
{
    bool given = nw_header_contrast(job->sheet, job->facts) == NW_CONTRAST_GIVEN;
    if (!job->opts->lesion)
        return;
    for (size_t i = 0; i < job->opts->other_count; i++)
        given = given ||
                nw_header_contrast(job->sheet, job->opts->other[i].facts) == NW_CONTRAST_GIVEN;
    add(job, "lesion-contrast", worse_if(!given, NW_VERDICT_CONDITIONAL),
        say(job, given ? "有病变：增强序列已有" : "有病变：缺少增强序列（CT增强或MR增强）"),
        say(job, given ? "lesion: a contrast-enhanced series is there"
                       : "lesion: the contrast-enhanced series is missing (CT or MR)"));
}

static void check_confirmations(struct job *job)
{
    for (size_t i = 0; i < nw_sheet_count(job->sheet, "confirm"); i++) {
        const json_t *row = nw_sheet_item(job->sheet, "confirm", i);
        const bool done = confirmed(job, nw_json_text(row, "code"));
        add(job, nw_json_text(row, "code"), worse_if(!done, NW_VERDICT_CONDITIONAL),
            say(job, "%s%s", nw_json_text(row, "zh"), done ? "：已确认" : ""),
            say(job, "%s%s", nw_json_text(row, "en"), done ? ": confirmed" : ""));
    }
}

/* ---- what the voxels say ---- */

static void check_grey_scale(struct job *job)
{
    if (!is_ct(job))
        return;
    const bool hu = job->cal->scale == NW_GREY_HU;
    add(job, "grey-scale", worse_if(!hu, NW_VERDICT_CONDITIONAL),
        say(job, "%s", hu ? "灰度为HU" : job->cal->zh),
        say(job, "%s", hu ? "grey values are Hounsfield units" : job->cal->en));
}

static void check_bone(struct job *job)
{
    const double least = nw_sheet_number(job->sheet, "bone_mm3");
    if (least <= 0 || job->cal->scale == NW_GREY_OTHER)
        return;
    const bool there = job->look.bone_mm3 >= least;
    add(job, "bone-range", worse_if(!there, NW_VERDICT_FAIL),
        say(job, "骨灰度范围（大于200 HU）内有%.1f毫升，要求不少于%.1f毫升",
            job->look.bone_mm3 / 1000, least / 1000),
        say(job,
            "%.1f ml lie in the grey range of bone (above 200 HU), at least %.1f ml are needed",
            job->look.bone_mm3 / 1000, least / 1000));
}

/* Req: R-426 */
static void check_lungs(struct job *job)
{
    if (!nw_sheet_flag(job->sheet, "lungs"))
        return;
    const struct nw_look *l = &job->look;
    if (l->lung_most_mm2 < LUNG_MM2) {
        add(job, "lungs", NW_VERDICT_FAIL,
            say(job, "未见肺：最大层面仅%.0f平方厘米", l->lung_most_mm2 / 100),
            say(job, "no lungs are seen: at most %.0f cm2 in a slice", l->lung_most_mm2 / 100));
        return;
    }
    const bool cut = l->lung_first_mm2 > LUNG_CUT_MM2 || l->lung_last_mm2 > LUNG_CUT_MM2;
    add(job, "lungs", worse_if(cut, NW_VERDICT_FAIL),
        say(job, "首层含肺%.1f平方厘米，末层%.1f平方厘米：%s", l->lung_first_mm2 / 100,
            l->lung_last_mm2 / 100, cut ? "肺未包全" : "肺已包全"),
        say(job, "the first slice holds %.1f cm2 of lung, the last %.1f cm2: %s",
            l->lung_first_mm2 / 100, l->lung_last_mm2 / 100,
            cut ? "the lungs are cut off" : "the lungs are all there"));
}

static void check_coverage(struct job *job)
{
    const struct nw_grid *g = &job->scan->volume.grid;
    const double least = nw_sheet_number(job->sheet, "coverage_mm");
    const double has = nw_grid_spacing(g).z * (double)g->dim[2];
    add(job, "coverage", worse_if(has < least, NW_VERDICT_CONDITIONAL),
        say(job, "扫描范围沿层方向%.0f毫米%s；须覆盖%s", has, has < least ? "，偏短" : "",
            nw_sheet_text(job->sheet, "part_zh")),
        say(job, "the scan covers %.0f mm along the slices%s; needed is %s", has,
            has < least ? ", which is short" : "", nw_sheet_text(job->sheet, "part_en")));
}

/* Req: R-031 */
static void check_truncation(struct job *job)
{
    const double has = job->look.truncated_percent,
                 limit = nw_sheet_limit(job->sheet, "truncated_slices_percent");
    if (job->cal->scale == NW_GREY_OTHER)
        return;
    add(job, "truncation", worse_if(has > limit, NW_VERDICT_CONDITIONAL),
        say(job, "%.1f%%的层面中身体超出视野，限%.0f%%", has, limit),
        say(job, "the body runs out of the field of view in %.1f %% of slices, limit %.0f %%",
            has, limit));
}

static void check_noise(struct job *job)
{
    const double has = job->cal->noise_hu, limit = nw_sheet_number(job->sheet, "noise_hu");
    if (!(limit > 0) || job->cal->scale == NW_GREY_OTHER) {
        add(job, "noise", NW_VERDICT_PASS, say(job, "噪声标准差%.1f", has),
            say(job, "the noise is %.1f (one sigma)", has));
        return;
    }
    const enum nw_verdict verdict = has > FAIL_NOISE * limit
                                        ? NW_VERDICT_FAIL
                                        : worse_if(has > limit, NW_VERDICT_CONDITIONAL);
    add(job, "noise", verdict,
        say(job, "噪声标准差%.1f HU，限%.0f HU（大于%.0f HU不通过）", has, limit,
            FAIL_NOISE * limit),
        say(job, "the noise is %.1f HU (one sigma), limit %.0f HU (above %.0f HU fails)", has,
            limit, FAIL_NOISE * limit));
}

static void check_sharpness(struct job *job)
{
    const struct nw_calibration *c = job->cal;
    const double wide = FWHM_PER_SIGMA * fmax(c->sigma_xy_mm, c->sigma_z_mm);
    add(job, "sharpness", worse_if(wide > SHARP_FWHM_MM, NW_VERDICT_CONDITIONAL),
        say(job, "点扩散半高宽：层内%.2f毫米，层间%.2f毫米（%s），限%.1f毫米",
            FWHM_PER_SIGMA * c->sigma_xy_mm, FWHM_PER_SIGMA * c->sigma_z_mm,
            c->edges_used ? "由皮肤边缘实测" : "由体素估计", SHARP_FWHM_MM),
        say(job,
            "point spread (full width at half maximum): %.2f mm in the slice, %.2f mm across "
            "(%s), limit %.1f mm",
            FWHM_PER_SIGMA * c->sigma_xy_mm, FWHM_PER_SIGMA * c->sigma_z_mm,
            c->edges_used ? "measured at the skin" : "taken from the voxels", SHARP_FWHM_MM));
}

/* Req: R-031 */
static void check_saturation(struct job *job)
{
    const double has = job->cal->saturated_percent,
                 limit = nw_sheet_limit(job->sheet, "saturated_percent");
    if (job->cal->scale == NW_GREY_OTHER)
        return;
    add(job, "saturation", worse_if(has > limit, NW_VERDICT_CONDITIONAL),
        say(job, "%.2f%%的高密度体素饱和（%.0f HU），限%.0f%%", has, job->cal->max_hu, limit),
        say(job, "%.2f %% of dense voxels are saturated (at %.0f HU), limit %.0f %%", has,
            job->cal->max_hu, limit));
}

/* Req: R-026 */
static void check_metal(struct job *job)
{
    const double has = job->cal->metal_mm3, limit = nw_sheet_limit(job->sheet, "metal_mm3");
    if (job->cal->scale == NW_GREY_OTHER)
        return;
    add(job, "metal", worse_if(has > limit, NW_VERDICT_CONDITIONAL),
        say(job,
            has > limit ? "有金属（%.0f立方毫米）：附近表面不可靠，须写明处理措施"
                        : "金属%.0f立方毫米",
            has),
        say(job,
            has > limit ? "metal (%.0f mm3): surfaces near it are not to be trusted, and the "
                          "measure taken must be stated"
                        : "metal: %.0f mm3",
            has));
}

/* Req: R-031 */
static void check_motion(struct job *job)
{
    const struct nw_look *l = &job->look;
    const double limit = nw_sheet_limit(job->sheet, "doubled_edges_percent");
    if (job->cal->scale == NW_GREY_OTHER)
        return;
    if (l->jump_slice)
        add(job, "motion", NW_VERDICT_CONDITIONAL,
            say(job, "第%zu与%zu层之间差异为邻近的%.1f倍：疑似运动", l->jump_slice,
                l->jump_slice + 1, l->jump_ratio),
            say(job,
                "slices %zu and %zu differ %.1f times as much as their neighbours: the patient "
                "may have moved",
                l->jump_slice, l->jump_slice + 1, l->jump_ratio));
    else if (l->doubled_percent > limit)
        add(job, "motion", NW_VERDICT_CONDITIONAL,
            say(job, "%.0f%%的皮肤边缘出现重影，限%.0f%%：疑似运动", l->doubled_percent, limit),
            say(job,
                "%.0f %% of skin edges are seen twice, limit %.0f %%: the patient may have "
                "moved",
                l->doubled_percent, limit));
    else
        add(job, "motion", NW_VERDICT_PASS,
            say(job, "未见运动重影（%.0f%%）", l->doubled_percent),
            say(job, "no sign of motion (%.0f %% of skin edges seen twice)",
                l->doubled_percent));
}

/* ---- what the data can support ---- */

/* Req: R-027 */
static void check_support(struct job *job)
{
    const nw_vec3 s = nw_grid_spacing(&job->scan->volume.grid);
    const double voxel = fmax(s.x, fmax(s.y, s.z));
    const double sigma = fmax(job->cal->sigma_xy_mm, job->cal->sigma_z_mm);
    const double stated = nw_sheet_number(job->sheet, "edge_hu");
    const double edge = stated > 0 && job->cal->scale != NW_GREY_OTHER
                            ? stated
                            : fmax(1, 0.25 * (job->cal->max_hu - job->cal->min_hu));
    const double noise_mm = job->cal->noise_hu * sigma * sqrt(2 * NW_PI) / edge;
    const double sampling_mm = SAMPLING_SHARE * voxel;
    struct nw_gate *g = job->out;
    g->smallest_feature_mm = fmax(2 * voxel, FWHM_PER_SIGMA * sigma);
    g->surface_accuracy_mm = sqrt(noise_mm * noise_mm + sampling_mm * sampling_mm);
    const double feature = job->opts->feature_mm, accuracy = job->opts->accuracy_mm;
    const bool bad = (feature > 0 && g->smallest_feature_mm > feature) ||
                     (accuracy > 0 && g->surface_accuracy_mm > accuracy);
    char zh[120] = "", en[120] = "";
    if (feature > 0 || accuracy > 0) {
        snprintf(zh, sizeof zh, "；订单要求%.2f与%.2f毫米（0：未提）", feature, accuracy);
        snprintf(en, sizeof en, "; the order asks %.2f and %.2f mm (0: not stated)", feature,
                 accuracy);
    }
    add(job, "support", worse_if(bad, NW_VERDICT_FAIL),
        say(job, "可分辨的最小结构%.2f毫米，表面精度%.3f毫米（1σ）%s", g->smallest_feature_mm,
            g->surface_accuracy_mm, zh),
        say(job,
            "the smallest feature shown is %.2f mm, the surface is good to %.3f mm (one "
            "sigma)%s",
            g->smallest_feature_mm, g->surface_accuracy_mm, en));
}

/* ---- the note ---- */

/* Appends, cutting at the buffer's end; what is cut is the list of reasons. */
NW_PRINTF(2, 3)
static void append(char text[TEXT_MAX * 2], const char *fmt, ...)
{
    const size_t len = strlen(text);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text + len, TEXT_MAX * 2 - len, fmt, args);
    va_end(args);
}

/* Req: R-030 */
static void write_rescan(struct job *job)
{
    const struct nw_sheet *s = job->sheet;
    struct nw_gate *g = job->out;
    char zh[TEXT_MAX * 2] = "", en[TEXT_MAX * 2] = "";
    g->rescan_zh = g->rescan_en = "";
    if (g->verdict == NW_VERDICT_PASS || job->err->code != NW_OK)
        return;
    append(zh, "重新扫描要求（%s，要求表版本%s）\n部位：%s\n检查方式：", g->sheet_zh,
           g->sheet_version, nw_sheet_text(s, "part_zh"));
    append(en,
           "Re-scan request (%s, requirement sheet %s)\nBody part: %s\nModality: ", g->sheet_en,
           g->sheet_version, nw_sheet_text(s, "part_en"));
    for (size_t i = 0; i < nw_sheet_count(s, "series"); i++) {
        append(zh, "%s%s", i ? "；" : "", nw_json_text(nw_sheet_item(s, "series", i), "zh"));
        append(en, "%s%s", i ? "; " : "", nw_json_text(nw_sheet_item(s, "series", i), "en"));
    }
    const double slice = nw_sheet_limit(s, "slice_distance_mm"),
                 ratio = nw_sheet_limit(s, "isotropy_conditional");
    append(zh,
           "\n期相：%s\n参数：层间距与层厚不大于%.1f毫米，三个方向体素边长之比不大于%.1f，CT为"
           "多排螺旋、MR为3D序列，视野包全，不用有损压缩，DICOM原始序列",
           nw_sheet_text(s, "phase_zh"), slice, ratio);
    append(en,
           "\nPhase: %s\nParameters: slice distance and thickness at most %.1f mm, voxel edges "
           "in the three directions within a ratio of %.1f, multi-slice helical CT or 3-D MR "
           "sequence, the whole part in the field of view, no compression with loss, original "
           "DICOM series",
           nw_sheet_text(s, "phase_en"), slice, ratio);
    if (nw_sheet_text(s, "extra_en")[0]) {
        append(zh, "；%s", nw_sheet_text(s, "extra_zh"));
        append(en, "; %s", nw_sheet_text(s, "extra_en"));
    }
    append(zh, "\n原因：");
    append(en, "\nReasons:");
    for (size_t i = 0; i < g->item_count; i++)
        if (g->item[i].verdict != NW_VERDICT_PASS) {
            append(zh, "\n- %s", g->item[i].zh);
            append(en, "\n- %s", g->item[i].en);
        }
    g->rescan_zh = nw_arena_text(&g->arena, zh, job->err);
    if (g->rescan_zh)
        g->rescan_en = nw_arena_text(&g->arena, en, job->err);
}

static void run_checks(struct job *job)
{
    check_modality(job);
    check_slice_distance(job);
    check_isotropy(job);
    check_acquisition(job);
    check_remarks(job);
    for (size_t i = 1; i < nw_sheet_count(job->sheet, "series"); i++)
        check_companion(job, i);
    check_contrast(job);
    check_phase(job);
    check_lesion(job);
    check_confirmations(job);
    check_grey_scale(job);
    check_bone(job);
    check_lungs(job);
    check_coverage(job);
    check_truncation(job);
    check_noise(job);
    check_sharpness(job);
    check_saturation(job);
    check_metal(job);
    check_motion(job);
    check_lossy(job);
    check_facts(job);
    check_age(job);
    check_support(job);
    write_rescan(job);
}

static bool fill(struct job *job)
{
    struct nw_gate *g = job->out;
    g->item = nw_arena_alloc(&g->arena, ITEMS_MAX * sizeof *g->item, job->err);
    if (!g->item)
        return false;
    g->sheet = say(job, "%s", nw_sheet_text(job->sheet, "name"));
    g->sheet_version = say(job, "%s", nw_sheet_version(job->sheet));
    g->sheet_zh = say(job, "%s", nw_sheet_text(job->sheet, "zh"));
    g->sheet_en = say(job, "%s", nw_sheet_text(job->sheet, "en"));
    if (job->err->code == NW_OK)
        run_checks(job);
    return job->err->code == NW_OK;
}

bool nw_gate_check_order(const struct nw_scan *scan, const char *sheet_name,
                         const struct nw_calibration *cal, const struct nw_gate_opts *opts,
                         struct nw_gate *out, struct nw_err *err)
{
    struct nw_sheet sheet;
    struct nw_calibration measured;
    struct nw_gate gate = {0};
    if (!nw_sheet_find(sheet_name, &sheet, err))
        return false;
    struct job job = {.scan = scan,
                      .facts = &scan->facts,
                      .sheet = &sheet,
                      .cal = cal,
                      .opts = opts,
                      .out = &gate,
                      .err = err};
    bool ok = true;
    if (!cal) {
        ok = nw_calibrate(scan, &measured, err);
        job.cal = &measured;
    }
    ok = ok && nw_look_at(scan, job.cal, &job.look, err) && fill(&job);
    nw_sheet_release(&sheet);
    if (!ok) {
        nw_gate_release(&gate);
        return false;
    }
    *out = gate;
    return true;
}

bool nw_gate_check(const struct nw_scan *scan, const char *sheet,
                   const struct nw_calibration *cal, struct nw_gate *out, struct nw_err *err)
{
    const struct nw_gate_opts none = {0};
    return nw_gate_check_order(scan, sheet, cal, &none, out, err);
}

bool nw_gate_pick(const char *sheet_name, const struct nw_gate_series *series, size_t count,
                  size_t *index, struct nw_err *err)
{
    struct nw_sheet sheet;
    if (!nw_sheet_find(sheet_name, &sheet, err))
        return false;
    const json_t *row = nw_sheet_item(&sheet, "series", 0);
    size_t pick = 0;
    while (pick < count && !nw_header_suits(&sheet, row, series[pick].facts))
        pick++;
    *index = pick < count ? pick : 0;
    nw_sheet_release(&sheet);
    return true;
}

void nw_gate_release(struct nw_gate *gate)
{
    nw_arena_release(&gate->arena);
    *gate = (struct nw_gate){0};
}
