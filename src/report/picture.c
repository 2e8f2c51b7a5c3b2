/* report/picture.c -- a view of a model: where the camera stands, and what is written on the
 * picture; raster.c and light.c do the drawing. */
#include "report/picture.h"

#include <string.h>

#include "report/canvas_priv.h"
#include "report/raster_priv.h"

static const double DEFAULT_TOP_MM = 0.5;

/* What is known about a picture when it is lettered. */
struct frame {
    const struct nw_model *model;
    const struct nw_view_opts *opts;
    struct nw_camera camera;
    double scale_px; /* kept free on the right for the scale */
};

/* Letters, and the room they and the scale take, grow with the picture. */
static double letter_px(const struct nw_view_opts *opts)
{
    return fmax(11, 0.028 * (double)opts->width);
}

static double margin_px(const struct nw_view_opts *opts)
{
    return letter_px(opts) + 18;
}

/* What the scale of uncertainty takes on the right; all shades of one view leave it free. */
static double scale_room(const struct nw_view_opts *opts, const enum nw_shade *shade,
                         size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (shade[k] == NW_SHADE_UNCERTAINTY)
            return 24 + 4 * letter_px(opts);
    return 0;
}

/* What the model covers along an axis of the picture. */
static void extent(const struct nw_model *model, const struct nw_view_opts *opts, nw_vec3 axis,
                   double *low, double *high)
{
    const bool some = opts->aim_parts > 0 && opts->aim_parts < model->part_count;
    const size_t parts = some ? opts->aim_parts : model->part_count;
    *low = HUGE_VAL;
    *high = -HUGE_VAL;
    for (size_t p = 0; p < parts; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        for (size_t v = 0; v < m->vert_count; v++) {
            const double at = nw_dot(m->pos_mm[v], axis);
            *low = at < *low ? at : *low;
            *high = at > *high ? at : *high;
        }
    }
    *low -= some ? opts->margin_mm : 0;
    *high += some ? opts->margin_mm : 0;
}

/* The whole model in the picture, with room for letters and the scale. */
static void aim(struct nw_camera *c, const struct nw_model *model,
                const struct nw_view_opts *opts, double scale_px)
{
    const double margin = margin_px(opts);
    const double room_x = fmax(8, (double)opts->width - 2 * margin - scale_px);
    const double room_y = fmax(8, (double)opts->height - 2 * margin);
    double left, right, foot, top;
    extent(model, opts, c->right, &left, &right);
    extent(model, opts, c->up, &foot, &top);
    c->middle_mm = nw_along(nw_scale(c->right, (left + right) / 2), c->up, (foot + top) / 2);
    c->mm_per_px = fmax(fmax((right - left) / room_x, (top - foot) / room_y), 1e-6);
    c->middle_x = margin + room_x / 2;
    c->middle_y = margin + room_y / 2;
}

static const char *side_letter(nw_vec3 d)
{
    const double x = fabs(d.x), y = fabs(d.y), z = fabs(d.z);
    if (x >= y && x >= z)
        return d.x > 0 ? "L" : "R";
    if (y >= z)
        return d.y > 0 ? "P" : "A";
    return d.z > 0 ? "H" : "F";
}

static void letter_edges(const struct frame *f, struct nw_picture *p, struct nw_mask *mask,
                         struct nw_lettering look)
{
    const struct nw_camera *c = &f->camera;
    const double w = (double)p->width, h = (double)p->height, size = look.size_px;
    look.align = NW_ALIGN_MIDDLE;
    nw_canvas_text(p, mask, c->middle_x, 8 + size, side_letter(c->up), &look);
    nw_canvas_text(p, mask, c->middle_x, h - 8, side_letter(nw_scale(c->up, -1)), &look);
    look.align = NW_ALIGN_LEFT;
    nw_canvas_text(p, mask, 8, c->middle_y + size / 2, side_letter(nw_scale(c->right, -1)),
                   &look);
    look.align = NW_ALIGN_RIGHT;
    nw_canvas_text(p, mask, w - 8 - f->scale_px, c->middle_y + size / 2, side_letter(c->right),
                   &look);
}

/* Three arms to the patient's left, front (or back) and head, as they lie in this view. */
static void letter_axes(const struct frame *f, struct nw_picture *p, struct nw_mask *mask,
                        struct nw_lettering look)
{
    static const nw_vec3 arm[3] = {{1, 0, 0}, {0, -1, 0}, {0, 0, 1}};
    const struct nw_camera *c = &f->camera;
    const double size = look.size_px, length = 2 * size, x = 3.4 * size + 2;
    const double y = (double)p->height - 5.6 * size - 14;
    look.align = NW_ALIGN_MIDDLE;
    for (int k = 0; k < 3; k++) {
        const double dx = nw_dot(arm[k], c->right), dy = -nw_dot(arm[k], c->up);
        nw_mask_stroke(mask, x, y, x + length * dx, y + length * dy, 2);
        nw_mask_paint(mask, p, look.ink);
        nw_canvas_text(p, mask, x + (length + size) * dx,
                       y + (length + size) * dy + look.size_px / 2, side_letter(arm[k]), &look);
    }
}

/* Letters at the edges are true only of a view along one of the patient's axes. */
static bool is_oblique(const struct nw_camera *c)
{
    const nw_vec3 d = c->forward;
    return fmax(fmax(fabs(d.x), fabs(d.y)), fabs(d.z)) < 0.999;
}

static bool annotate(const struct frame *f, enum nw_shade shade, struct nw_picture *p,
                     struct nw_err *err)
{
    const uint8_t *bg = f->opts->background;
    const bool dark = bg[0] + bg[1] + bg[2] < 3 * 128;
    struct nw_lettering look = {.size_px = letter_px(f->opts), .ink = {40, 48, 58}};
    if (dark)
        memset(look.ink, 235, 3);
    memcpy(look.halo, bg, 3);
    NW_AUTO(nw_mask) mask = {0};
    if (!nw_mask_init(&mask, p, err))
        return false;
    const struct nw_model *model = f->model;
    if (model->part_count > 0 && model->part[0].mesh.frame == NW_FRAME_PATIENT) {
        if (is_oblique(&f->camera))
            letter_axes(f, p, &mask, look);
        else
            letter_edges(f, p, &mask, look);
    }
    nw_canvas_scale_bar(p, &mask, 12, (double)p->height - 12, f->camera.mm_per_px,
                        (double)p->width / 4, &look);
    if (shade == NW_SHADE_UNCERTAINTY && p->height > 160) {
        look.size_px *= 0.85;
        nw_canvas_uncertainty_scale(p, &mask, p->width - (size_t)f->scale_px, p->height / 4, 14,
                                    p->height / 2, f->opts->uncertainty_max_mm, &look);
    }
    return true;
}

/* ---- putting it together ---- */

static bool check_opts(struct nw_view_opts *opts, const struct nw_scene *scene,
                       struct nw_err *err)
{
    if (opts->width == 0)
        opts->width = 640;
    if (opts->height == 0)
        opts->height = 480;
    if (opts->uncertainty_max_mm == 0)
        opts->uncertainty_max_mm = DEFAULT_TOP_MM;
    if (!(opts->uncertainty_max_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the top of the uncertainty scale must be above 0 mm");
    if (scene->tri_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "a model without triangles cannot be drawn");
    return true;
}

static bool draw(const struct frame *f, const struct nw_scene *scene,
                 const enum nw_shade *shade, size_t count, struct nw_picture *picture,
                 struct nw_err *err)
{
    const struct nw_view_opts *opts = f->opts;
    for (size_t k = 0; k < count; k++)
        if (!nw_picture_init(&picture[k], opts->width, opts->height, opts->background, err))
            return false;
    struct nw_raster raster = {0};
    bool ok = nw_raster_init(&raster, scene, &f->camera, opts->width, opts->height, err) &&
              nw_raster_light(&raster, shade, count, opts->uncertainty_max_mm, picture, err);
    nw_raster_release(&raster);
    for (size_t k = 0; ok && k < count; k++)
        ok = annotate(f, shade[k], &picture[k], err);
    return ok;
}

bool nw_pictures_of_scene(const struct nw_scene *scene, const struct nw_view_opts *asked,
                          const enum nw_shade *shade, size_t count, struct nw_picture *out,
                          struct nw_err *err)
{
    struct nw_view_opts opts = *asked;
    if (!check_opts(&opts, scene, err))
        return false;
    struct frame f = {.model = scene->model, .opts = &opts, .camera = nw_camera_at(opts.view)};
    if (nw_length(opts.from) > 0)
        f.camera = nw_camera_from(opts.from);
    f.scale_px = scale_room(&opts, shade, count);
    aim(&f.camera, scene->model, &opts, f.scale_px);
    if (draw(&f, scene, shade, count, out, err))
        return true;
    for (size_t k = 0; k < count; k++)
        nw_picture_release(&out[k]);
    return false;
}

bool nw_picture_of_model(const struct nw_model *model, const struct nw_view_opts *opts,
                         struct nw_picture *out, struct nw_err *err)
{
    struct nw_scene scene = {0};
    struct nw_picture p = {0};
    if (!nw_scene_init(&scene, model, err))
        return false;
    const bool ok = nw_pictures_of_scene(&scene, opts, &opts->shade, 1, &p, err);
    nw_scene_release(&scene);
    if (ok)
        *out = p;
    return ok;
}
