/* report/report.c -- pictures side by side, then the text, then the file. */
#include "report/report.h"

#include <string.h>

#include "core/parallel.h"
#include "io/file.h"
#include "report/content_priv.h"
#include "report/scene_priv.h"

static const size_t REPORT_MAX_BYTES = (size_t)512 << 20;
static const double DETAIL_MM = 40, PLACE_MM = 30;

/* One thread's work: a view in some shades, or a slice. */
struct shot {
    size_t figure; /* the first it makes */
    size_t shades; /* how many; 0: a slice */
    enum nw_shade shade[3];
    struct nw_view_opts view;
    struct nw_slice_opts slice;
};

enum { SHOTS_MOST = NW_FIGURE_MOST };

static struct shot view_shot(size_t figure, enum nw_view view, size_t side)
{
    return (struct shot){
        .figure = figure,
        .shades = 1,
        .shade = {NW_SHADE_PART},
        .view = {.view = view, .width = side, .height = side, .background = {255, 255, 255}},
    };
}

static struct shot slice_shot(const struct nw_report *r, size_t figure, enum nw_plane plane,
                              nw_vec3 through)
{
    const struct nw_calibration *c = &r->result->calibration;
    struct shot s = {.figure = figure, .slice = {.plane = plane, .through_mm = through}};
    if (c->scale != NW_GREY_HU && c->max_hu > c->min_hu) {
        s.slice.window_centre = (c->min_hu + c->max_hu) / 2;
        s.slice.window_width = c->max_hu - c->min_hu;
    }
    return s;
}

static struct shot detail_shot(const struct nw_report *r, size_t figure, enum nw_plane plane,
                               nw_vec3 through, double field_mm)
{
    struct shot s = slice_shot(r, figure, plane, through);
    s.slice.width = s.slice.height = 400;
    s.slice.field_mm = field_mm;
    return s;
}

static size_t resized(size_t side, double scale)
{
    const double px = rint((double)side * (scale > 0 ? scale : 1));
    return px > 1 ? (size_t)fmin(px, 1e6) : 1;
}

static void resize(struct shot *s, double scale)
{
    s->view.width = resized(s->view.width, scale);
    s->view.height = resized(s->view.height, scale);
    s->slice.width = resized(s->slice.width, scale);
    s->slice.height = resized(s->slice.height, scale);
}

/* The longest first; returns how many. */
static size_t plan_shots(const struct nw_writer *w, struct shot shot[SHOTS_MOST])
{
    static const enum nw_shade all[3] = {NW_SHADE_PART, NW_SHADE_UNCERTAINTY, NW_SHADE_CLASS};
    const struct nw_report *r = w->report;
    size_t n = 0;
    shot[n] = view_shot(NW_FIGURE_PARTS, NW_VIEW_OBLIQUE, 640);
    shot[n].shades = 3;
    memcpy(shot[n++].shade, all, sizeof all);
    for (size_t v = 0; v < 6; v++)
        shot[n++] = view_shot(NW_FIGURE_VIEWS + v, (enum nw_view)v, 480);
    for (size_t v = 0; w->has_slices && v < 3; v++) {
        const enum nw_plane plane = (enum nw_plane)v;
        shot[n] = slice_shot(r, NW_FIGURE_SLICES + v, plane, w->survey->through_mm);
        shot[n].slice.width = shot[n].slice.height = 560;
        n++;
        shot[n++] =
            detail_shot(r, NW_FIGURE_DETAILS + v, plane, w->survey->detail_mm, DETAIL_MM);
    }
    for (size_t i = 0; i < w->place_figures; i++)
        shot[n++] = detail_shot(r, NW_FIGURE_PLACES + i, NW_PLANE_AXIAL,
                                w->survey->place[i].at_mm, PLACE_MM);
    for (size_t i = 0; i < n; i++)
        resize(&shot[i], r->picture_scale);
    return n;
}

static bool take(const struct nw_report *r, const struct nw_scene *scene, const struct shot *s,
                 struct nw_picture *out, struct nw_err *err)
{
    if (s->shades > 0)
        return nw_pictures_of_scene(scene, &s->view, s->shade, s->shades, out, err);
    return nw_picture_of_slice(&r->scan->volume, scene->model, &s->slice, out, err);
}

/* Each shot is one thread's; the first failure in their order is told. */
static bool take_all(const struct nw_report *r, const struct nw_scene *scene,
                     const struct shot *shot, size_t count, struct nw_picture *picture,
                     struct nw_err *err)
{
    struct nw_err errs[SHOTS_MOST] = {{0}};
    NW_PARALLEL_FOR_UNEVEN
    for (size_t i = 0; i < count; i++)
        if (!take(r, scene, &shot[i], &picture[shot[i].figure], &errs[i]))
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

static size_t figures_taken(const struct nw_writer *w)
{
    return w->has_slices ? NW_FIGURE_PLACES + w->place_figures : NW_FIGURE_SLICES;
}

static bool draw_and_compose(struct nw_writer *w, const struct nw_scene *scene, bool pdf,
                             struct nw_text *text, struct nw_err *err)
{
    struct shot shot[SHOTS_MOST];
    struct nw_picture picture[NW_FIGURE_MOST] = {{0}};
    bool ok = take_all(w->report, scene, shot, plan_shots(w, shot), picture, err);
    if (ok) {
        w->page->picture = picture;
        w->page->picture_count = figures_taken(w);
        set_frame(w);
        nw_content_write(w);
        ok = compose(w, pdf, text, err);
    }
    for (size_t i = 0; i < NW_FIGURE_MOST; i++)
        nw_picture_release(&picture[i]);
    return ok;
}

/* The two long looks at the model, side by side. */
static bool look_at(const struct nw_reconstruction *r, struct nw_scene *scene,
                    struct nw_survey *survey, struct nw_err *err)
{
    struct nw_err errs[2] = {{0}};
    bool ok[2] = {false, false};
    if (!nw_scene_check(&r->model, err))
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t i = 0; i < 2; i++)
        ok[i] =
            i == 0 ? nw_survey(r, survey, &errs[0]) : nw_scene_init(scene, &r->model, &errs[1]);
    if (!ok[0] || !ok[1]) {
        *err = errs[ok[0] ? 1 : 0];
        return false;
    }
    scene->closed = survey->closed;
    return true;
}

/* How many places for review are shown. */
static size_t places_shown(const struct nw_survey *s)
{
    return s->place_count < NW_FIGURE_PLACES_MOST ? s->place_count : NW_FIGURE_PLACES_MOST;
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
    struct nw_text text;
    nw_text_init(&text, REPORT_MAX_BYTES);
    bool ok = look_at(report->result, &scene, &survey, err);
    if (ok) {
        struct nw_writer w = {.report = report, .survey = &survey, .page = &page};
        w.has_slices = report->scan->volume.data != NULL;
        w.place_figures = w.has_slices ? places_shown(&survey) : 0;
        ok = draw_and_compose(&w, &scene, pdf, &text, err) &&
             nw_file_write(path, text.data, text.len, err);
    }
    nw_text_release(&text);
    nw_page_release(&page);
    nw_scene_release(&scene);
    return ok;
}

uint8_t *nw_report_thumbnail(const struct nw_model *model, size_t *len, struct nw_err *err)
{
    enum { SIDE = 256 };
    const struct nw_view_opts opts = {
        .view = NW_VIEW_OBLIQUE, .width = SIDE, .height = SIDE, .background = {255, 255, 255}};
    struct nw_picture p = {0};
    if (!nw_picture_of_model(model, &opts, &p, err))
        return NULL;
    uint8_t *png = nw_picture_png(&p, len, err);
    nw_picture_release(&p);
    return png;
}
