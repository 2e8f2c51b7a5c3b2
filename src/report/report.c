/* report/report.c -- pictures side by side, then the text, then the file. */
#include "report/report.h"

#include <string.h>

#include "core/parallel.h"
#include "io/file.h"
#include "report/content_priv.h"
#include "report/scene_priv.h"

static const size_t REPORT_MAX_BYTES = (size_t)512 << 20;
static const double DETAIL_MM = 40, PLACE_MM = 30;

/* One picture to be drawn: a view, or a slice. */
struct shot {
    bool is_slice;
    struct nw_view_opts view;
    struct nw_slice_opts slice;
};

static struct shot view_shot(enum nw_view view, enum nw_shade shade, size_t width,
                             size_t height)
{
    return (struct shot){
        .view = {view, shade, width, height, 0, {255, 255, 255}},
    };
}

static struct shot slice_shot(const struct nw_report *r, enum nw_plane plane, nw_vec3 through,
                              size_t width, double field_mm)
{
    const struct nw_calibration *c = &r->result->calibration;
    struct shot s = {.is_slice = true};
    s.slice = (struct nw_slice_opts){
        .plane = plane, .through_mm = through, .width = width, .field_mm = field_mm};
    if (c->scale != NW_GREY_HU && c->max_hu > c->min_hu) {
        s.slice.window_centre = (c->min_hu + c->max_hu) / 2;
        s.slice.window_width = c->max_hu - c->min_hu;
    }
    return s;
}

/* In the order of content_priv.h; returns how many. */
static size_t plan_shots(const struct nw_writer *w, struct shot shot[NW_FIGURE_MOST])
{
    const struct nw_report *r = w->report;
    shot[NW_FIGURE_PARTS] = view_shot(NW_VIEW_OBLIQUE, NW_SHADE_PART, 640, 640);
    shot[NW_FIGURE_UNCERTAINTY] = view_shot(NW_VIEW_OBLIQUE, NW_SHADE_UNCERTAINTY, 640, 640);
    shot[NW_FIGURE_CLASS] = view_shot(NW_VIEW_OBLIQUE, NW_SHADE_CLASS, 640, 640);
    for (size_t v = 0; v < 6; v++)
        shot[NW_FIGURE_VIEWS + v] = view_shot((enum nw_view)v, NW_SHADE_PART, 480, 480);
    if (!w->has_slices)
        return NW_FIGURE_SLICES;
    for (size_t v = 0; v < 3; v++) {
        const enum nw_plane plane = (enum nw_plane)v;
        shot[NW_FIGURE_SLICES + v] = slice_shot(r, plane, w->survey->through_mm, 560, 0);
        shot[NW_FIGURE_SLICES + v].slice.height = 560;
        shot[NW_FIGURE_DETAILS + v] =
            slice_shot(r, plane, w->survey->detail_mm, 400, DETAIL_MM);
    }
    for (size_t i = 0; i < w->place_figures; i++)
        shot[NW_FIGURE_PLACES + i] =
            slice_shot(r, NW_PLANE_AXIAL, w->survey->place[i].at_mm, 400, PLACE_MM);
    return NW_FIGURE_PLACES + w->place_figures;
}

static bool take(const struct nw_report *r, const struct nw_scene *scene, const struct shot *s,
                 struct nw_picture *out, struct nw_err *err)
{
    return s->is_slice
               ? nw_picture_of_slice(&r->scan->volume, scene->model, &s->slice, out, err)
               : nw_picture_of_scene(scene, &s->view, out, err);
}

/* Each picture is one thread's; the first failure in their order is told. */
static bool take_all(const struct nw_report *r, const struct nw_scene *scene,
                     const struct shot *shot, struct nw_picture *picture, size_t count,
                     struct nw_err *err)
{
    NW_AUTOFREE struct nw_err *errs = NW_ALLOC(struct nw_err, count, err);
    if (!errs)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t i = 0; i < count; i++)
        if (!take(r, scene, &shot[i], &picture[i], &errs[i]))
            continue;
    for (size_t i = 0; i < count; i++)
        if (errs[i].code != NW_OK) {
            *err = errs[i];
            return false;
        }
    return true;
}

static void set_frame(struct nw_writer *w)
{
    struct nw_page *page = w->page;
    page->lang = nw_say(w, "zh-CN", "en");
    page->title = nw_say(w, "个体化3D模型重建报告", "Report on a patient-specific 3D model");
    page->sheet_format = nw_say(w, "第 # 页，共 # 页", "Page # of #");
    char digest[NW_DIGEST_TEXT];
    nw_digest_format(&w->report->scan->sources_sha256, digest);
    page->foot = nw_page_print(page,
                               nw_say(w, "Nuwa %s　输入摘要 %.16s…　供术前规划辅助参考",
                                      "Nuwa %s   input %.16s…   an aid to planning"),
                               w->report->version, digest);
}

static bool compose(const struct nw_writer *w, bool pdf, struct nw_text *text,
                    struct nw_err *err)
{
    if (w->page->err.code != NW_OK) {
        *err = w->page->err;
        return false;
    }
    return pdf ? nw_page_pdf(w->page, text, err) : nw_page_html(w->page, text, err);
}

static bool draw_and_write(struct nw_writer *w, const struct nw_scene *scene, const char *path,
                           bool pdf, struct nw_err *err)
{
    struct shot shot[NW_FIGURE_MOST];
    struct nw_picture picture[NW_FIGURE_MOST] = {{0}};
    struct nw_text text;
    nw_text_init(&text, REPORT_MAX_BYTES);
    const size_t count = plan_shots(w, shot);
    bool ok = take_all(w->report, scene, shot, picture, count, err);
    if (ok) {
        w->page->picture = picture;
        w->page->picture_count = count;
        set_frame(w);
        nw_content_write(w);
        ok = compose(w, pdf, &text, err);
    }
    for (size_t i = 0; i < NW_FIGURE_MOST; i++)
        nw_picture_release(&picture[i]);
    ok = ok && nw_file_write(path, text.data, text.len, err);
    nw_text_release(&text);
    return ok;
}

bool nw_report_write(const char *path, const struct nw_report *report, struct nw_err *err)
{
    char ending[16];
    nw_path_ending(path, ending);
    const bool pdf = strcmp(ending, "pdf") == 0;
    if (!pdf && strcmp(ending, "html") != 0 && strcmp(ending, "htm") != 0)
        return nw_fail(err, NW_ERR_ARGUMENT, "a report is written as .html or .pdf, not .%s",
                       ending);
    struct nw_scene scene = {0};
    struct nw_survey survey = {0};
    struct nw_page page = {0};
    struct nw_writer w = {.report = report, .survey = &survey, .page = &page};
    bool ok = nw_scene_init(&scene, &report->result->model, err) &&
              nw_survey(report->result, &survey, err);
    if (ok) {
        w.has_slices = report->scan->volume.data != NULL;
        const size_t listed =
            survey.place_count < NW_PLACES_LISTED ? survey.place_count : NW_PLACES_LISTED;
        w.place_figures = !w.has_slices                    ? 0
                          : listed < NW_FIGURE_PLACES_MOST ? listed
                                                           : NW_FIGURE_PLACES_MOST;
        ok = draw_and_write(&w, &scene, path, pdf, err);
    }
    nw_page_release(&page);
    nw_scene_release(&scene);
    return ok;
}

uint8_t *nw_report_thumbnail(const struct nw_model *model, size_t *len, struct nw_err *err)
{
    enum { SIDE = 256 };
    const struct nw_view_opts opts = {NW_VIEW_OBLIQUE, NW_SHADE_PART, SIDE, SIDE, 0,
                                      {255, 255, 255}};
    struct nw_picture p = {0};
    if (!nw_picture_of_model(model, &opts, &p, err))
        return NULL;
    uint8_t *png = nw_picture_png(&p, len, err);
    nw_picture_release(&p);
    return png;
}
