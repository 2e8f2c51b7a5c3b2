/* report/study.c -- see study.h. */
#include "report/study.h"

#include <math.h>
#include <string.h>

#include "core/parallel.h"
#include "io/file.h"
#include "report/page_priv.h"

static const size_t REPORT_MAX_BYTES = (size_t)512 << 20;

struct writer {
    const struct nw_study_report *report;
    struct nw_page *page;
    size_t variants, cases;
};

#define SAY(zh, en) (w->report->lang == NW_LANG_ZH ? (zh) : (en))

static void text(const struct writer *w, enum nw_tone tone, const char *what)
{
    nw_page_add(w->page, NW_BLOCK_TEXT, tone, what);
}

static void cell(const struct writer *w, const char *what)
{
    nw_page_cell(w->page, NW_TONE_PLAIN, what);
}

/* The head of a table of seven columns, the first for words. */
static void heads(const struct writer *w, const char *widths, const char *const head[7])
{
    nw_page_table(w->page, "lrrrrrr", widths);
    for (int k = 0; k < 7; k++)
        cell(w, head[k]);
}

static const char *number(const struct writer *w, double value, int digits)
{
    char out[NW_NUMBER_MAX];
    if (!isfinite(value))
        return SAY("未知", "not known");
    (void)nw_number_format_fixed(out, value, digits);
    return nw_page_print(w->page, "%s", out);
}

static const struct nw_study_step *step_of(const struct writer *w, size_t variant, size_t c,
                                           size_t step)
{
    return &w->report->found[variant].step[c][step];
}

/* How far the last halving of the cells moved a figure, in percent. */
static double change(double before, double after)
{
    return 100 * fabs(after - before) / fmax(fabs(after), 1e-300);
}

static void write_head(const struct writer *w)
{
    const struct nw_study_material m = nw_study_material(w->report->study);
    nw_page_add(w->page, NW_BLOCK_TITLE, NW_TONE_PLAIN, w->page->title);
    text(w, NW_TONE_PLAIN, nw_study_title(w->report->study));
    text(w, NW_TONE_WARN,
         SAY("本页比较同一载荷下各方案的相对强弱（线弹性、小变形、均匀各向同性材料），不是强度"
             "证明，"
             "不代替按标准进行的力学试验。未计入：疲劳、缺陷与表面粗糙度、螺钉松动、骨的生长与"
             "吸收、接触与摩擦。",
             "This page compares variants under the same loads (linear elasticity, small "
             "deformation, one even isotropic material). It is not a certificate of strength "
             "and "
             "does not replace mechanical tests by a standard. Left out: fatigue, flaws and "
             "roughness, loosening of screws, growth and loss of bone, contact and friction."));
    nw_page_add(w->page, NW_BLOCK_FACTS, NW_TONE_PLAIN, NULL);
    cell(w, SAY("材料", "material"));
    cell(w, m.name);
    cell(w, SAY("数据来源", "source of its data"));
    cell(w, m.source ? m.source : SAY("未写明", "not stated"));
    cell(w, SAY("弹性模量；泊松比", "Young's modulus; Poisson's ratio"));
    cell(w, nw_page_print(w->page, "%.4g GPa; %.3g", m.young_gpa, m.poisson));
    cell(w, SAY("屈服强度；密度", "yield strength; density"));
    cell(w, nw_page_print(w->page, "%.4g MPa; %.4g g/cm³", m.yield_mpa, m.density_g_cm3));
    for (size_t c = 0; c < w->cases; c++) {
        const nw_vec3 f = nw_study_case_force(w->report->study, c);
        cell(w, nw_page_print(w->page, SAY("工况“%.60s”合力", "case “%.60s”, whole force"),
                              nw_study_case_name(w->report->study, c)));
        cell(w, nw_page_print(w->page, "(%.4g, %.4g, %.4g) N", f.x, f.y, f.z));
    }
}

static void write_comparison(const struct writer *w, size_t c)
{
    const double yield = nw_study_material(w->report->study).yield_mpa;
    nw_page_add(w->page, NW_BLOCK_HEADING, NW_TONE_PLAIN,
                nw_page_print(w->page, SAY("工况：%.60s", "Case: %.60s"),
                              nw_study_case_name(w->report->study, c)));
    const char *const head[] = {SAY("方案", "variant"),
                                SAY("质量 g", "mass g"),
                                SAY("刚度 N/mm", "stiffness N/mm"),
                                SAY("最大位移 mm", "largest move mm"),
                                SAY("99 % 应力 MPa", "99 % stress MPa"),
                                SAY("最大应力 MPa", "largest stress MPa"),
                                SAY("屈服/最大应力", "yield / largest")};
    heads(w, "5333333", head);
    for (size_t v = 0; v < w->variants; v++) {
        const struct nw_study_step *s = step_of(w, v, c, NW_STUDY_STEPS - 1);
        const double safety = yield / s->stress_mpa;
        cell(w, nw_study_variant(w->report->study, v).name);
        cell(w, number(w, w->report->found[v].mass_g, 2));
        cell(w, number(w, s->stiffness, 1));
        cell(w, number(w, s->moved_mm, 4));
        cell(w, number(w, s->stress99_mpa, 1));
        cell(w, number(w, s->stress_mpa, 1));
        nw_page_cell(w->page, safety < 1 ? NW_TONE_BAD : NW_TONE_PLAIN, number(w, safety, 2));
    }
    text(
        w, NW_TONE_MUTED,
        SAY("应力为 von Mises 应力，取自表面，不含距固定处和加载处不足两个单元的部分"
            "（那里的应力由约束方式决定）。弹性模量改变 ±20 % 时，刚度同比改变，应力不变。",
            "Stress is von Mises on the surface, without what lies within two cells of a place "
            "that is held or pulled (there it depends on how that is done). With a modulus "
            "20 % higher or lower the stiffness changes alike and the stress does not."));
}

static void write_convergence(const struct writer *w, size_t c)
{
    const char *const head[] = {SAY("网格收敛", "convergence"),
                                SAY("单元 mm", "cell mm"),
                                SAY("单元数", "cells"),
                                SAY("刚度 N/mm", "stiffness N/mm"),
                                SAY("99 % 应力 MPa", "99 % stress MPa"),
                                SAY("刚度变化 %", "stiffness change %"),
                                SAY("应力变化 %", "stress change %")};
    heads(w, "4233333", head);
    for (size_t v = 0; v < w->variants; v++)
        for (size_t k = 0; k < NW_STUDY_STEPS; k++) {
            const struct nw_study_step *s = step_of(w, v, c, k), *before = k > 0 ? s - 1 : s;
            cell(w, k > 0 ? "" : nw_study_variant(w->report->study, v).name);
            cell(w, number(w, s->cell_mm, 3));
            cell(w, nw_page_print(w->page, "%zu", s->cells));
            cell(w, number(w, s->stiffness, 1));
            cell(w, number(w, s->stress99_mpa, 1));
            const double off = change(before->stiffness, s->stiffness);
            nw_page_cell(w->page, off > 100 * NW_STUDY_CONVERGED ? NW_TONE_WARN : NW_TONE_PLAIN,
                         k > 0 ? number(w, off, 1) : "");
            cell(w, k > 0 ? number(w, change(before->stress99_mpa, s->stress99_mpa), 1) : "");
        }
}

static void write_pictures(const struct writer *w, size_t c)
{
    nw_page_add(w->page, NW_BLOCK_FIGURES, NW_TONE_PLAIN, NULL);
    for (size_t v = 0; v < w->variants; v++)
        nw_page_figure(w->page, c * w->variants + v, nw_study_variant(w->report->study, v).name,
                       2);
    nw_page_add(w->page, NW_BLOCK_SHARES, NW_TONE_PLAIN, NULL);
    static const char *const label[] = {"0–33 %", "33–67 %", "67–100 %", "> 100 %"};
    static const double share[] = {0.167, 0.5, 0.9, 1.5};
    for (int k = 0; k < 4; k++) {
        uint8_t rgb[3];
        nw_stress_colour(share[k], rgb);
        nw_page_bar(w->page,
                    nw_page_print(w->page, SAY("%s 屈服强度", "%s of yield"), label[k]), 0.25,
                    rgb);
    }
}

static void write_page(const struct writer *w)
{
    write_head(w);
    for (size_t c = 0; c < w->cases; c++) {
        write_comparison(w, c);
        write_pictures(w, c);
        write_convergence(w, c);
    }
}

static bool take_pictures(const struct writer *w, struct nw_picture *picture,
                          struct nw_err *err)
{
    static const struct nw_view_opts view = {
        .view = NW_VIEW_OBLIQUE, .width = 560, .height = 420, .background = {255, 255, 255}};
    for (size_t c = 0; c < w->cases; c++)
        for (size_t v = 0; v < w->variants; v++) {
            struct nw_part part = {.name = "part",
                                   .rgba = {200, 200, 200, 255},
                                   .mesh = w->report->found[v].shown[c]}; /* borrowed */
            const struct nw_model model = {.part = &part, .part_count = 1};
            if (!nw_picture_of_model(&model, &view, &picture[c * w->variants + v], err))
                return false;
        }
    return true;
}

static bool compose(const struct writer *w, bool pdf, struct nw_text *out, struct nw_err *err)
{
    if (w->page->err.code != NW_OK) {
        *err = w->page->err;
        return false;
    }
    return pdf ? nw_page_pdf(w->page, out, err) : nw_page_html(w->page, out, err);
}

bool nw_study_report_write(const char *path, const struct nw_study_report *report,
                           struct nw_err *err)
{
    char ending[16];
    struct nw_page page = {0};
    struct nw_text out;
    struct nw_picture picture[NW_STUDY_CASES * NW_STUDY_VARIANTS] = {{0}};
    nw_path_ending(path, ending);
    const bool pdf = strcmp(ending, "pdf") == 0;
    if (!pdf && strcmp(ending, "html") != 0)
        return nw_fail(err, NW_ERR_ARGUMENT, "a report ends in .html or .pdf");
    const struct writer writer = {report, &page, nw_study_variant_count(report->study),
                                  nw_study_case_count(report->study)},
                        *w = &writer;
    nw_text_init(&out, REPORT_MAX_BYTES);
    bool ok = take_pictures(w, picture, err);
    if (ok) {
        page.picture = picture;
        page.picture_count = w->cases * w->variants;
        page.lang = SAY("zh-CN", "en");
        page.title = SAY("强度比较", "Comparison of strength");
        page.sheet_format = SAY("第 # 页，共 # 页", "Page # of #");
        page.foot = nw_page_print(&page,
                                  SAY("Nuwa %s　仅供方案比较，不是强度证明",
                                      "Nuwa %s   compares variants; not a certificate"),
                                  report->version);
        write_page(w);
        ok = compose(w, pdf, &out, err) && nw_file_write(path, out.data, out.len, err);
    }
    for (size_t i = 0; i < w->cases * w->variants; i++)
        nw_picture_release(&picture[i]);
    nw_text_release(&out);
    nw_page_release(&page);
    return ok;
}
