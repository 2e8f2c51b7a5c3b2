/* tests/unit/report/report_test.c */
#include "report/report.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/parallel.h"
#include "io/file.h"
#include "report/case.h"
#include "report/content_priv.h"

static char folder[] = "/tmp/nw_report_XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *written(const struct nw_report *r, const char *name, size_t *len)
{
    struct nw_err err = {0};
    CHECK(nw_report_write(path_of(name), r, &err));
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
    char *data = (char *)nw_file_read(path_of(name), 1 << 30, len, &err);
    CHECK(data != NULL);
    (void)unlink(path_of(name));
    return data;
}

static size_t times(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *s = strstr(text, word); s; s = strstr(s + 1, word))
        n++;
    return n;
}

/* ---- the page in HTML ---- */

static void the_page_says_what_was_measured(void)
{
    struct sample s;
    make_sample(&s, 2.5, 24);
    struct nw_report zh = report_of(&s, NW_LANG_ZH), en = report_of(&s, NW_LANG_EN);
    zh.picture_scale = en.picture_scale = 0.3;
    size_t len;
    char *html = written(&zh, "a.html", &len);
    CHECK(strstr(html, "有条件通过") && strstr(html, "噪声 29.6 HU，建议 ≤ 25 HU"));
    CHECK(strstr(html, ">封闭<") && strstr(html, "右侧髋骨、球"));
    CHECK(strstr(html, "SPIRAL")); /* Req: R-012 */
    CHECK(strstr(html, "-12.5°，已校正") && strstr(html, "NeuViz 128 &lt;Epoch&gt; &amp;"));
    CHECK(strstr(html, "2024-01-31 10:15:30") && strstr(html, "0.625 mm"));
    CHECK(strstr(html, "σ 0.52 mm（半高宽 1.22 mm）") && strstr(html, "4,213"));
    CHECK(strstr(html, "1,234,567") && strstr(html, ">0.012<") && strstr(html, ">-0.020<"));
    CHECK(strstr(html, "未知")); /* printing's share is not known here */
    CHECK(strstr(html, "检查床") && strstr(html, "812 cm³") && strstr(html, ">41<"));
    CHECK(strstr(html, "1.2.840.113619.2.55.3.604688119.868.1706659200.104"));
    CHECK(strstr(html, "nuwa reconstruct --preset bone") && strstr(html, "lang=\"zh-CN\""));
    CHECK(times(html, "<img ") == 16);
    nw_free(html);
    html = written(&en, "a.html", &len);
    CHECK(strstr(html, ">conditional<") && strstr(html, ">closed<") &&
          strstr(html, "not known"));
    CHECK(strstr(html, "lang=\"en\"") && strstr(html, "slices are 0.625 mm thick"));
    nw_free(html);
    release_sample(&s);
}

static void the_patient_is_named_only_when_asked(void)
{
    struct sample s;
    make_sample(&s, 2.5, 16);
    struct nw_report r = report_of(&s, NW_LANG_ZH);
    r.picture_scale = 0.25;
    size_t len;
    char *html = written(&r, "a.html", &len);
    CHECK(!strstr(html, "张三") && !strstr(html, "P-0001"));
    nw_free(html);
    r.with_identity = true;
    html = written(&r, "a.html", &len);
    CHECK(strstr(html, "张三^测试") && strstr(html, "P-0001"));
    nw_free(html);
    release_sample(&s);
}

static void nothing_comes_from_elsewhere(void)
{
    struct sample s;
    make_sample(&s, 2.5, 16);
    struct nw_report r = report_of(&s, NW_LANG_ZH);
    r.picture_scale = 0.25;
    size_t len;
    char *html = written(&r, "a.html", &len);
    CHECK(strlen(html) == len);
    CHECK(!strstr(html, "http") && !strstr(html, "<script") && !strstr(html, "url("));
    CHECK(!strstr(html, "<link") && !strstr(html, "@import"));
    CHECK(times(html, "src=") == times(html, "src=\"data:image/png;base64,iVBORw0KGgo"));
    CHECK(!strstr(html, folder));
    nw_free(html);
    release_sample(&s);
}

/* Every tag is closed in its turn, every attribute quoted, no bare < or & in the text. */
static bool is_well_formed(const char *s)
{
    const char *open[64];
    size_t depth = 0;
    s = strchr(s, '\n'); /* past the doctype */
    for (; *s; s++) {
        if (*s == '&' && !(strncmp(s, "&lt;", 4) == 0 || strncmp(s, "&gt;", 4) == 0 ||
                           strncmp(s, "&amp;", 5) == 0 || strncmp(s, "&quot;", 6) == 0))
            return false;
        if (*s != '<')
            continue;
        const bool closing = s[1] == '/';
        const char *name = s + 1 + closing;
        const size_t len = strcspn(name, " />\n");
        size_t quotes = 0;
        while (*s != '>' || quotes % 2) {
            quotes += *s == '"';
            if (*s == '\0' || (s > name && *s == '<'))
                return false;
            s++;
        }
        if (closing) {
            if (depth == 0 || strncmp(open[--depth], name, len) != 0)
                return false;
        } else if (s[-1] != '/') {
            if (depth == 64)
                return false;
            open[depth++] = name;
        }
    }
    return depth == 0;
}

static void the_page_is_well_formed(void)
{
    struct sample s;
    make_sample(&s, 2.5, 16);
    s.scan.facts.protocol = "a < b & \"c\" > d </dl>";
    s.scan.facts.kernel = "\xff\xfe broken";
    struct nw_report r = report_of(&s, NW_LANG_EN);
    r.picture_scale = 0.25;
    size_t len;
    char *html = written(&r, "a.html", &len);
    CHECK(is_well_formed(html));
    CHECK(nw_text_is_utf8(html, len));
    CHECK(strstr(html, "a &lt; b &amp; &quot;c&quot; &gt; d &lt;/dl&gt;"));
    CHECK(strstr(html, "?? broken"));
    CHECK(!is_well_formed("x\n<p><b></p></b>") && !is_well_formed("x\n<p>a & b</p>"));
    nw_free(html);
    release_sample(&s);
}

static void what_is_missing_is_said_to_be(void)
{
    struct sample s;
    make_sample(&s, 2.5, 16);
    struct nw_report r = report_of(&s, NW_LANG_EN);
    r.picture_scale = 0.25;
    r.gate = NULL;
    for (size_t p = 0; p < 2; p++) { /* nothing stated */
        nw_free(s.result.model.part[p].mesh.uncertainty_mm);
        nw_free(s.result.model.part[p].mesh.vert_class);
        s.result.model.part[p].mesh.uncertainty_mm = NULL;
        s.result.model.part[p].mesh.vert_class = NULL;
    }
    s.result.left_out_count = 0;
    s.result.numbers[0].simplified = s.result.numbers[1].simplified = (struct nw_moved){0};
    s.result.model.part[1].mesh.tri_count--; /* a hole of three edges */
    nw_volume_release(&s.scan.volume);
    size_t len;
    char *html = written(&r, "a.html", &len);
    CHECK(strstr(html, "not assessed") && strstr(html, "not closed"));
    CHECK(strstr(html, "3 open edges") && strstr(html, "Nothing was left out"));
    CHECK(strstr(html, "Neither smoothed nor simplified"));
    CHECK(strstr(html, "No stretch of surface of low confidence"));
    CHECK(times(html, "<img ") == 9); /* no scan, no slices */
    nw_free(html);
    release_sample(&s);
}

/* ---- the numbers ---- */

static void no_digit_is_printed_that_is_not_known(void)
{
    const struct nw_report r = {.lang = NW_LANG_EN};
    struct nw_page page = {0};
    const struct nw_writer w = {.report = &r, .page = &page};
    CHECK(strcmp(nw_say_pm(&w, 123.456, 0.5678), "123.5 ± 0.6") == 0);
    CHECK(strcmp(nw_say_pm(&w, 123.456, 0.1234), "123.46 ± 0.12") == 0);
    CHECK(strcmp(nw_say_pm(&w, 1234.5, 67), "1230 ± 70") == 0);
    CHECK(strcmp(nw_say_pm(&w, -0.5, 4), "0 ± 4") == 0 ||
          strcmp(nw_say_pm(&w, -0.5, 4), "-1 ± 4") == 0);
    CHECK(strcmp(nw_say_pm(&w, 12345, (double)NAN), "12300") == 0);
    CHECK(strcmp(nw_say_pm(&w, (double)NAN, 1), "not known") == 0);
    CHECK(strcmp(nw_say_volume(&w, 12345, 67), "12.35 ± 0.07 cm³") == 0);
    CHECK(strcmp(nw_say_volume(&w, 123, 4), "123 ± 4 mm³") == 0);
    CHECK(strcmp(nw_say_count(&w, 1234567), "1,234,567") == 0);
    CHECK(strcmp(nw_say_count(&w, 0), "0") == 0 && strcmp(nw_say_count(&w, 999), "999") == 0);
    CHECK(strcmp(nw_say_percent(&w, 0.0001), "< 0.1 %") == 0);
    CHECK(strcmp(nw_say_percent(&w, 0), "0.0 %") == 0);
    CHECK(strcmp(nw_say_point(&w, nw_v3(-1.25, 2, -3)), "R 1.2, P 2.0, F 3.0") == 0);
    CHECK(strcmp(nw_say_date(&w, "20240131"), "2024-01-31") == 0);
    CHECK(strcmp(nw_say_date(&w, "2024"), "2024") == 0);
    nw_page_release(&page);
}

static double brute_quantile(const struct nw_mesh *m, double share)
{
    double low = 0, high = 4;
    for (int i = 0; i < 40; i++) { /* the least u that so much of the area is below */
        const double u = (low + high) / 2;
        double below = 0, all = 0;
        for (size_t t = 0; t < m->tri_count; t++) {
            const nw_vec3 a = m->pos_mm[m->tri[t][0]];
            const double area = nw_length(nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a),
                                                   nw_sub(m->pos_mm[m->tri[t][2]], a)));
            for (int k = 0; k < 3; k++) {
                all += area;
                below += (double)m->uncertainty_mm[m->tri[t][k]] <= u ? area : 0;
            }
        }
        if (below >= share * all)
            high = u;
        else
            low = u;
    }
    return high;
}

static void the_survey_agrees_with_plain_counting(void)
{
    struct nw_reconstruction r = {0};
    struct nw_err err = {0};
    struct nw_survey s;
    const uint8_t rgba[4] = {200, 200, 200, 255};
    struct nw_mesh m = torus(nw_v3(0, 0, 0), 40, 12, 160, 40);
    CHECK(nw_model_add(&r.model, "torus", rgba, &m, &err));
    CHECK(nw_survey(&r, &s, &err));
    const struct nw_mesh *t = &r.model.part[0].mesh;
    CHECK(s.closed && s.open_edges == 0 && s.tri_count == 160 * 40 * 2);
    CHECK_NEAR(s.p50_mm, brute_quantile(t, 0.5), 0.004);
    CHECK_NEAR(s.p95_mm, brute_quantile(t, 0.95), 0.002);
    double bars = 0, classes = 0;
    for (int i = 0; i < NW_UNCERTAINTY_BINS; i++)
        bars += s.uncertainty_share[i];
    for (int i = 0; i < NW_CLASS_COUNT; i++)
        classes += s.class_share[i];
    CHECK_NEAR(bars, 1, 1e-9);
    CHECK_NEAR(classes, 1, 1e-9);
    CHECK_NEAR(s.class_share[NW_CLASS_THIN], 0.5 / (2 * NW_PI), 0.006);
    CHECK(s.place_count == 1 && s.place[0].worst == NW_CLASS_METAL);
    CHECK_NEAR(s.place[0].area_mm2 / nw_mesh_area_mm2(t), 0.7 / (2 * NW_PI), 0.006);
    CHECK(s.place[0].at_mm.x < -25); /* where u is pi */

    nw_mesh_flip(&r.model.part[0].mesh); /* inside out is closed too */
    CHECK(nw_survey(&r, &s, &err) && s.closed);
    uint32_t *one = r.model.part[0].mesh.tri[0]; /* one triangle facing the wrong way */
    const uint32_t was = one[1];
    one[1] = one[2];
    one[2] = was;
    CHECK(nw_survey(&r, &s, &err) && !s.closed && s.open_edges == 3);
    one[1] = one[2];
    CHECK(nw_survey(&r, &s, &err) && !s.closed);
    nw_model_release(&r.model);
}

/* Two doubtful bands apart from each other are two places, the larger one first. */
static void places_for_review_are_told_apart(void)
{
    struct nw_reconstruction r = {0};
    struct nw_err err = {0};
    struct nw_survey s;
    const uint8_t rgba[4] = {200, 200, 200, 255};
    struct nw_mesh m = torus(nw_v3(0, 0, 0), 40, 12, 160, 40);
    for (size_t v = 0; v < m.vert_count; v++) {
        const size_t i = v / 40;
        m.uncertainty_mm[v] = 0.1F;
        m.vert_class[v] = NW_CLASS_RESOLVED;
        if (i >= 10 && i < 14)
            m.vert_class[v] = NW_CLASS_INFERRED;
        if (i >= 100 && i < 120)
            m.uncertainty_mm[v] = v == 110 * 40 + 7 ? 0.9F : 0.6F;
    }
    m.vert_class[60 * 40] = NW_CLASS_THIN; /* a speck of some 3 mm2 */
    const nw_vec3 worst = m.pos_mm[110 * 40 + 7];
    CHECK(nw_model_add(&r.model, "torus", rgba, &m, &err));
    CHECK(nw_survey(&r, &s, &err));
    CHECK(s.place_count == 2 && s.speck_count == 1 && s.speck_area_mm2 < 6);
    CHECK(s.place[0].worst == NW_CLASS_RESOLVED && s.place[1].worst == NW_CLASS_INFERRED);
    CHECK(nw_length(nw_sub(s.place[0].at_mm, worst)) == 0);
    CHECK_NEAR(s.place[0].uncertainty_mm, 0.9, 1e-6);
    CHECK_NEAR(s.place[0].area_mm2 / s.place[1].area_mm2, 5, 0.2);
    nw_model_release(&r.model);
}

/* A rod along z through (20, -20) with a plate across it at z = 12, on a grid that lies aslant:
 * the planes go through rod and plate. */
static void slices_go_where_most_is_cut(void)
{
    struct nw_reconstruction r = {0};
    struct nw_err err = {0};
    struct nw_survey s;
    const double c = nw_cos(0.4), d = nw_sin(0.4);
    const struct nw_grid grid = {
        {90, 90, 90}, {-30, -80, -25}, {{c, d, 0}, {-d, c, 0}, {0, 0.2, 0.98}}};
    CHECK(nw_volume_init(&r.labels, NW_VOXEL_U8, &grid, &err));
    for (size_t k = 0; k < 90; k++)
        for (size_t j = 0; j < 90; j++)
            for (size_t i = 0; i < 90; i++) {
                const nw_vec3 p =
                    nw_grid_point(&grid, (nw_ijk){(double)i, (double)j, (double)k});
                const bool rod = fabs(p.x - 20) < 3 && fabs(p.y + 20) < 3;
                const bool plate =
                    fabs(p.z - 12) < 2 && fabs(p.x - 20) < 12 && fabs(p.y + 20) < 12;
                r.labels.u8[nw_grid_at(&grid, i, j, k)] = rod || plate;
            }
    const uint8_t rgba[4] = {200, 200, 200, 255};
    struct nw_mesh m = sphere(nw_v3(20, -20, 12), 5, 16, 8);
    CHECK(nw_model_add(&r.model, "ball", rgba, &m, &err));
    CHECK(nw_survey(&r, &s, &err));
    CHECK_NEAR(s.through_mm.x, 20, 3);
    CHECK_NEAR(s.through_mm.y, -20, 3);
    CHECK_NEAR(s.through_mm.z, 12, 3);
    CHECK_NEAR(nw_length(nw_sub(s.detail_mm, nw_v3(20, -20, 12))), 5, 1e-9);
    nw_model_release(&r.model);
    nw_volume_release(&r.labels);
}

/* ---- sameness, failures ---- */

static void the_same_bytes_on_any_number_of_threads(void)
{
    struct sample s;
    make_sample(&s, 2.5, 24);
    struct nw_report r = report_of(&s, NW_LANG_ZH);
    r.picture_scale = 0.4;
    static const char *const name[2] = {"a.html", "a.pdf"};
    for (int f = 0; f < 2; f++) {
        size_t len, again_len;
        nw_set_threads(1);
        char *one = written(&r, name[f], &len);
        for (int threads = 1; threads <= 4; threads++) {
            nw_set_threads(threads);
            char *again = written(&r, name[f], &again_len);
            CHECK(len == again_len && memcmp(one, again, len) == 0);
            nw_free(again);
        }
        nw_free(one);
    }
    nw_set_threads(0);
    release_sample(&s);
}

static void without_memory_nothing_is_written(void)
{
    struct sample s;
    make_sample(&s, 5, 8);
    struct nw_report r = report_of(&s, NW_LANG_ZH);
    r.picture_scale = 0.05;
    const size_t held = nw_mem_held();
    nw_set_threads(1);
    bool ok = false;
    size_t nth = 0;
    for (; !ok && nth < 5000; nth += 1 + nth / 40) {
        struct nw_err err = {0};
        nw_mem_fail_at(nth);
        ok = nw_report_write(path_of("a.html"), &r, &err);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(err.code == (ok ? NW_OK : NW_ERR_MEMORY));
        CHECK((access(path_of("a.html"), F_OK) == 0) == ok);
        CHECK(nw_mem_held() == held);
    }
    CHECK(ok && nth > 100);
    for (nth = 60; nth < 400; nth += 90) {
        struct nw_err err = {0};
        nw_mem_fail_at(nth);
        ok = nw_report_write(path_of("a.pdf"), &r, &err);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(err.code == (ok ? NW_OK : NW_ERR_MEMORY) && nw_mem_held() == held);
    }
    (void)unlink(path_of("a.html"));
    (void)unlink(path_of("a.pdf"));
    nw_set_threads(0);
    release_sample(&s);
}

static void other_endings_are_refused(void)
{
    struct sample s;
    make_sample(&s, 5, 8);
    const struct nw_report r = report_of(&s, NW_LANG_ZH);
    struct nw_err err = {0};
    CHECK(!nw_report_write(path_of("a.doc"), &r, &err));
    CHECK(err.code == NW_ERR_ARGUMENT && strstr(err.msg, ".html or .pdf"));
    err = (struct nw_err){0};
    CHECK(!nw_report_write("/nowhere/at/all/a.html", &r, &err));
    CHECK(err.code == NW_ERR_IO || err.code == NW_ERR_NOTFOUND);
    release_sample(&s);
}

static void a_thumbnail_is_a_small_png(void)
{
    struct nw_model m = torus_and_sphere(24);
    struct nw_err err = {0};
    size_t len = 0;
    uint8_t *png = nw_report_thumbnail(&m, &len, &err);
    CHECK(png && len > 1000 && memcmp(png + 1, "PNG", 3) == 0);
    CHECK(png && png[18] == 1 && png[19] == 0 && png[22] == 1 && png[23] == 0); /* 256 by 256 */
    nw_free(png);
    nw_model_release(&m);
}

/* ---- the page in PDF ---- */

/* Runs a tool of poppler-utils over the file; its output, or NULL when it is not installed. */
static const char *told_by(const char *tool, const char *after)
{
    static char text[1 << 16];
    char line[512];
    (void)snprintf(line, sizeof line, "command -v %s >/dev/null && %s %s %s", tool, tool,
                   path_of("a.pdf"), after);
    FILE *f = popen(line, "r");
    const size_t len = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[len] = '\0';
    return f && pclose(f) == 0 ? text : NULL;
}

static void a_reader_finds_text_and_fonts_in_the_pdf(void)
{
    struct sample s;
    make_sample(&s, 2.5, 16);
    struct nw_report r = report_of(&s, NW_LANG_ZH);
    r.picture_scale = 0.3;
    struct nw_err err = {0};
    CHECK(nw_report_write(path_of("a.pdf"), &r, &err));
    const char *text = told_by("pdftotext", "-");
    if (text) {
        CHECK(strstr(text, "个体化3D模型重建报告") && strstr(text, "有条件通过"));
        CHECK(strstr(text, "右侧髋骨") && strstr(text, "误差预算"));
        CHECK(strstr(text, "第 1 页，共 ") && strstr(text, "第 2 页，共 "));
    } else {
        printf("# skipped: no pdftotext\n");
    }
    const char *fonts = told_by("pdffonts", "");
    if (fonts) {
        CHECK(strstr(fonts, "CJK"));
        size_t lines = 0;
        for (const char *l = strstr(fonts, "\n-"); l && (l = strchr(l + 1, '\n')) && l[1];)
            lines++;
        CHECK(lines > 0 && times(fonts, " yes yes yes ") == lines); /* embedded, in part, with
                                                                       their Unicode */
    }
    const char *info = told_by("pdfinfo", "");
    if (info)
        CHECK(strstr(info, "(A4)") && strstr(info, "2000") && !strstr(info, "ModDate"));
    (void)unlink(path_of("a.pdf"));
    release_sample(&s);
}

/* NUWA_SAMPLES=FOLDER: writes reports there to be looked at, and says how long each took. */
static void samples(void)
{
    const char *to = getenv("NUWA_SAMPLES");
    if (!to)
        return;
    struct sample s;
    make_sample(&s, 0.8, 290);
    const struct nw_report zh = report_of(&s, NW_LANG_ZH), en = report_of(&s, NW_LANG_EN);
    static const char *const name[4] = {"zh.html", "en.html", "zh.pdf", "en.pdf"};
    for (int i = 0; i < 4; i++) {
        char path[512];
        struct nw_err err = {0};
        struct timespec a, b, c, d;
        (void)snprintf(path, sizeof path, "%s/%s", to, name[i]);
        (void)clock_gettime(CLOCK_MONOTONIC, &a);
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &c);
        CHECK(nw_report_write(path, i % 2 ? &en : &zh, &err));
        (void)clock_gettime(CLOCK_MONOTONIC, &b);
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &d);
        printf("# %s, a million triangles: %.2f s, %.2f s of processors\n", name[i],
               (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec),
               (double)(d.tv_sec - c.tv_sec) + 1e-9 * (double)(d.tv_nsec - c.tv_nsec));
    }
    release_sample(&s);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    UNIT(the_page_says_what_was_measured);
    UNIT(the_patient_is_named_only_when_asked);
    UNIT(nothing_comes_from_elsewhere);
    UNIT(the_page_is_well_formed);
    UNIT(what_is_missing_is_said_to_be);
    UNIT(no_digit_is_printed_that_is_not_known);
    UNIT(the_survey_agrees_with_plain_counting);
    UNIT(places_for_review_are_told_apart);
    UNIT(slices_go_where_most_is_cut);
    UNIT(the_same_bytes_on_any_number_of_threads);
    UNIT(without_memory_nothing_is_written);
    UNIT(other_endings_are_refused);
    UNIT(a_thumbnail_is_a_small_png);
    UNIT(a_reader_finds_text_and_fonts_in_the_pdf);
    UNIT(samples);
    (void)rmdir(folder);
    return unit_end();
}
