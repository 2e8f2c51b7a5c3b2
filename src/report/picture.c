/*
 * report/picture.c -- the rasteriser: triangles into a depth buffer of two by two samples a
 * pixel, whole numbers decide what covers what; then each sample is lit once, hollows are
 * darkened by the depth around them (Luft, Colditz and Deussen 2006), and samples are averaged.
 */
#include "report/picture.h"

#include <string.h>

#include "core/parallel.h"
#include "report/canvas_priv.h"
#include "report/scene_priv.h"

enum { SUB = 2, FINE = 16 }; /* samples a pixel on each axis; steps a sample */
static const double DEFAULT_TOP_MM = 0.5;
static const uint32_t NOTHING = UINT32_MAX;

struct camera {
    nw_vec3 right, up, forward; /* unit, of patient space; forward looks into the picture */
    nw_vec3 middle_mm;
    double mm_per_px;
    double middle_x, middle_y; /* pixels */
};

struct corner {
    int32_t x, y; /* steps from the picture's upper left */
    float z;      /* mm into the picture */
};

struct buffers {
    size_t width, height; /* samples */
    float *depth;
    uint32_t *tri; /* over all parts, NOTHING where none */
};

struct job {
    const struct nw_scene *scene;
    const struct nw_view_opts *opts;
    struct camera camera;
    struct corner **corner; /* of each part */
    struct buffers buf;
};

static struct camera camera_at(enum nw_view view)
{
    const nw_vec3 left = {1, 0, 0}, back = {0, 1, 0}, head = {0, 0, 1};
    struct camera c = {.up = head};
    switch (view) {
    case NW_VIEW_FRONT:
        c.forward = back;
        break;
    case NW_VIEW_BACK:
        c.forward = nw_scale(back, -1);
        break;
    case NW_VIEW_LEFT:
        c.forward = nw_scale(left, -1);
        break;
    case NW_VIEW_RIGHT:
        c.forward = left;
        break;
    case NW_VIEW_ABOVE:
        c.forward = nw_scale(head, -1);
        c.up = nw_scale(back, -1);
        break;
    case NW_VIEW_BELOW:
        c.forward = head;
        c.up = nw_scale(back, -1);
        break;
    case NW_VIEW_OBLIQUE: /* from the patient's left, front and above */
        c.forward = nw_unit(nw_v3(-0.55, 0.78, -0.36));
        break;
    }
    c.right = nw_unit(nw_cross(c.forward, c.up));
    c.up = nw_cross(c.right, c.forward);
    return c;
}

/* Letters, and the room they and the scale take, grow with the picture. */
static double letter_px(const struct nw_view_opts *opts)
{
    return fmax(11, 0.028 * (double)opts->width);
}

static double margin_px(const struct nw_view_opts *opts)
{
    return letter_px(opts) + 18;
}

static double scale_px(const struct nw_view_opts *opts)
{
    return opts->shade == NW_SHADE_UNCERTAINTY ? 24 + 4 * letter_px(opts) : 0;
}

/* The whole box in the picture, with room for letters and the scale. */
static void aim(struct camera *c, nw_box box, const struct nw_view_opts *opts)
{
    const double margin = margin_px(opts);
    const double room_x = fmax(8, (double)opts->width - 2 * margin - scale_px(opts));
    const double room_y = fmax(8, (double)opts->height - 2 * margin);
    c->middle_mm = nw_scale(nw_add(box.min, box.max), 0.5);
    double half_x = 0, half_y = 0;
    for (int k = 0; k < 8; k++) {
        const nw_vec3 p = {k & 1 ? box.max.x : box.min.x, k & 2 ? box.max.y : box.min.y,
                           k & 4 ? box.max.z : box.min.z};
        const nw_vec3 d = nw_sub(p, c->middle_mm);
        half_x = fmax(half_x, fabs(nw_dot(d, c->right)));
        half_y = fmax(half_y, fabs(nw_dot(d, c->up)));
    }
    c->mm_per_px = fmax(fmax(2 * half_x / room_x, 2 * half_y / room_y), 1e-6);
    c->middle_x = margin + room_x / 2;
    c->middle_y = margin + room_y / 2;
}

NW_CLONES static void project(const struct nw_mesh *m, const struct camera *c,
                              struct corner *out)
{
    const double steps = SUB * FINE, per_mm = steps / c->mm_per_px;
    const double x0 = c->middle_x * steps, y0 = c->middle_y * steps;
    for (size_t v = 0; v < m->vert_count; v++) {
        const nw_vec3 d = nw_sub(m->pos_mm[v], c->middle_mm);
        out[v].x = (int32_t)rint(x0 + per_mm * nw_dot(d, c->right));
        out[v].y = (int32_t)rint(y0 - per_mm * nw_dot(d, c->up));
        out[v].z = (float)nw_dot(d, c->forward);
    }
}

/* ---- coverage and depth ---- */

static int32_t least(int32_t a, int32_t b, int32_t c)
{
    const int32_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static int32_t most(int32_t a, int32_t b, int32_t c)
{
    const int32_t ab = a > b ? a : b;
    return ab > c ? ab : c;
}

/* Twice the signed area of a, b and (x, y). */
static int64_t area2(const struct corner *a, const struct corner *b, int32_t x, int32_t y)
{
    return (int64_t)(b->x - a->x) * (y - a->y) - (int64_t)(b->y - a->y) * (x - a->x);
}

/* The samples whose middles (at FINE/2) lie in low..high. */
static bool sample_range(int32_t low, int32_t high, size_t side, int32_t *first, int32_t *last)
{
    const int32_t from = (low + FINE / 2 - 1) >> 4, to = (high - FINE / 2) >> 4;
    *first = from > 0 ? from : 0;
    *last = to < (int32_t)side ? to : (int32_t)side - 1;
    return *first <= *last;
}
_Static_assert(FINE == 16, "sample_range shifts by four");

static void draw_triangle(struct buffers *buf, const struct corner *a, const struct corner *b,
                          const struct corner *c, uint32_t id)
{
    int32_t left, right, top, bottom;
    if (!sample_range(least(a->x, b->x, c->x), most(a->x, b->x, c->x), buf->width, &left,
                      &right) ||
        !sample_range(least(a->y, b->y, c->y), most(a->y, b->y, c->y), buf->height, &top,
                      &bottom))
        return;
    int64_t area = area2(a, b, c->x, c->y);
    if (area == 0)
        return;
    if (area < 0) { /* seen from the other side: turned, so that one test does for both */
        const struct corner *was = b;
        b = c;
        c = was;
        area = -area;
    }
    const int32_t x0 = left * FINE + FINE / 2, y0 = top * FINE + FINE / 2;
    int64_t row_a = area2(b, c, x0, y0), row_b = area2(c, a, x0, y0),
            row_c = area2(a, b, x0, y0);
    const int64_t ax = (int64_t)FINE * (b->y - c->y), ay = (int64_t)FINE * (c->x - b->x);
    const int64_t bx = (int64_t)FINE * (c->y - a->y), by = (int64_t)FINE * (a->x - c->x);
    const int64_t cx = (int64_t)FINE * (a->y - b->y), cy = (int64_t)FINE * (b->x - a->x);
    const double per_area = 1 / (double)area;
    for (int32_t y = top; y <= bottom; y++) {
        int64_t wa = row_a, wb = row_b, wc = row_c;
        const size_t row = (size_t)y * buf->width;
        for (int32_t x = left; x <= right; x++) {
            if ((wa | wb | wc) >= 0) { /* edges belong to both sides: the first one drawn */
                const float z = (float)(((double)wa * (double)a->z + (double)wb * (double)b->z +
                                         (double)wc * (double)c->z) *
                                        per_area);
                if (z < buf->depth[row + (size_t)x]) {
                    buf->depth[row + (size_t)x] = z;
                    buf->tri[row + (size_t)x] = id;
                }
            }
            wa += ax;
            wb += bx;
            wc += cx;
        }
        row_a += ay;
        row_b += by;
        row_c += cy;
    }
}

static void draw_parts(struct job *job)
{
    const struct nw_model *model = job->scene->model;
    uint32_t id = 0;
    for (size_t p = 0; p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        const struct corner *corner = job->corner[p];
        for (size_t t = 0; t < m->tri_count; t++, id++)
            draw_triangle(&job->buf, &corner[m->tri[t][0]], &corner[m->tri[t][1]],
                          &corner[m->tri[t][2]], id);
    }
}

/* ---- light ---- */

struct hit {
    size_t part, tri;
    double share[3]; /* of the corners; they sum to 1 */
};

static struct hit find_hit(const struct job *job, uint32_t id, int32_t x, int32_t y)
{
    const struct nw_model *model = job->scene->model;
    struct hit h = {.tri = id};
    while (h.tri >= model->part[h.part].mesh.tri_count)
        h.tri -= model->part[h.part++].mesh.tri_count;
    const uint32_t *v = model->part[h.part].mesh.tri[h.tri];
    const struct corner *a = &job->corner[h.part][v[0]], *b = &job->corner[h.part][v[1]],
                        *c = &job->corner[h.part][v[2]];
    const double area = (double)area2(a, b, c->x, c->y);
    h.share[0] = (double)area2(b, c, x, y) / area;
    h.share[1] = (double)area2(c, a, x, y) / area;
    h.share[2] = (double)area2(a, b, x, y) / area;
    return h;
}

/* Between the corners' normals, save where one bends away from the triangle's own by more than
 * 40 degrees: that is a real edge, and stays one. */
static nw_vec3 normal_at(const struct job *job, const struct hit *h)
{
    const double crease = 0.766; /* cosine */
    const struct nw_mesh *m = &job->scene->model->part[h->part].mesh;
    const uint32_t *v = m->tri[h->tri];
    const nw_vec3 a = m->pos_mm[v[0]];
    const nw_vec3 face =
        nw_unit(nw_cross(nw_sub(m->pos_mm[v[1]], a), nw_sub(m->pos_mm[v[2]], a)));
    nw_vec3 sum = {0, 0, 0};
    for (int k = 0; k < 3; k++) {
        const nw_normal *n = &job->scene->normal[h->part][v[k]];
        const nw_vec3 smooth = {(double)n->x, (double)n->y, (double)n->z};
        sum = nw_along(sum, nw_dot(smooth, face) < crease ? face : smooth, h->share[k]);
    }
    return nw_unit(sum);
}

static int nearest_corner(const struct hit *h)
{
    const int ab = h->share[0] >= h->share[1] ? 0 : 1;
    return h->share[ab] >= h->share[2] ? ab : 2;
}

static void part_colour(const struct nw_part *part, const struct hit *h, double rgb[3])
{
    const struct nw_mesh *m = &part->mesh;
    for (int c = 0; c < 3; c++) {
        rgb[c] = part->rgba[c];
        if (m->vert_rgba)
            rgb[c] = h->share[0] * m->vert_rgba[m->tri[h->tri][0]][c] +
                     h->share[1] * m->vert_rgba[m->tri[h->tri][1]][c] +
                     h->share[2] * m->vert_rgba[m->tri[h->tri][2]][c];
    }
}

static void base_colour(const struct job *job, const struct hit *h, double rgb[3])
{
    const struct nw_part *part = &job->scene->model->part[h->part];
    const struct nw_mesh *m = &part->mesh;
    const uint32_t *v = m->tri[h->tri];
    uint8_t colour[3] = {178, 178, 178}; /* not stated */
    if (job->opts->shade == NW_SHADE_PART) {
        part_colour(part, h, rgb);
        return;
    }
    if (job->opts->shade == NW_SHADE_CLASS)
        nw_class_colour(m->vert_class ? m->vert_class[v[nearest_corner(h)]] : NW_CLASS_RESOLVED,
                        colour);
    else if (m->uncertainty_mm)
        nw_uncertainty_colour((h->share[0] * (double)m->uncertainty_mm[v[0]] +
                               h->share[1] * (double)m->uncertainty_mm[v[1]] +
                               h->share[2] * (double)m->uncertainty_mm[v[2]]) /
                                  job->opts->uncertainty_max_mm,
                              colour);
    for (int c = 0; c < 3; c++)
        rgb[c] = colour[c];
}

/* A key light from the viewer's upper left, a weak one from the right, and what is around. */
static double brightness(const struct camera *c, nw_vec3 n)
{
    nw_vec3 seen = {nw_dot(n, c->right), nw_dot(n, c->up), -nw_dot(n, c->forward)};
    if (seen.z < 0) /* the inside of an open surface */
        seen = nw_scale(seen, -1);
    const nw_vec3 key = {-0.46, 0.56, 0.69}, fill = {0.80, 0.05, 0.60};
    const double lit = fmax(0, nw_dot(seen, key)), filled = fmax(0, nw_dot(seen, fill));
    return 0.32 + 0.60 * lit + 0.16 * filled + 0.06 * seen.z;
}

static void light_sample(const struct job *job, size_t x, size_t y, double hollow,
                         double sum[3])
{
    const uint32_t id = job->buf.tri[y * job->buf.width + x];
    if (id == NOTHING) {
        for (int c = 0; c < 3; c++)
            sum[c] += job->opts->background[c];
        return;
    }
    const struct hit h =
        find_hit(job, id, (int32_t)x * FINE + FINE / 2, (int32_t)y * FINE + FINE / 2);
    double rgb[3];
    base_colour(job, &h, rgb);
    const double light = brightness(&job->camera, normal_at(job, &h)) * hollow;
    for (int c = 0; c < 3; c++)
        sum[c] += fmin(255, rgb[c] * light);
}

/* ---- hollows ---- */

struct depths {
    size_t width, height; /* pixels */
    float *sum, *weight, *row_sum, *row_weight;
};

/* Mean depth of each pixel's covered samples, as sum and weight. */
static void gather_depths(const struct buffers *buf, struct depths *d)
{
    for (size_t y = 0; y < d->height; y++) {
        for (size_t x = 0; x < d->width; x++) {
            float sum = 0, weight = 0;
            for (size_t s = 0; s < SUB * SUB; s++) {
                const size_t at = (SUB * y + s / SUB) * buf->width + SUB * x + s % SUB;
                if (buf->tri[at] != NOTHING) {
                    sum += buf->depth[at];
                    weight += 1;
                }
            }
            d->sum[y * d->width + x] = sum;
            d->weight[y * d->width + x] = weight;
        }
    }
}

/* Running sums over 2 radius + 1 along a line of `count` values `step` apart. */
static void box_sums(const float *in, float *out, size_t count, size_t step, size_t radius)
{
    double sum = 0;
    for (size_t i = 0; i < radius && i < count; i++)
        sum += (double)in[i * step];
    for (size_t i = 0; i < count; i++) {
        if (i + radius < count)
            sum += (double)in[(i + radius) * step];
        if (i > radius)
            sum -= (double)in[(i - radius - 1) * step];
        out[i * step] = (float)sum;
    }
}

static void blur_depths(struct depths *d, size_t radius)
{
    for (size_t y = 0; y < d->height; y++) {
        const size_t row = y * d->width;
        box_sums(d->sum + row, d->row_sum + row, d->width, 1, radius);
        box_sums(d->weight + row, d->row_weight + row, d->width, 1, radius);
    }
    for (size_t x = 0; x < d->width; x++) {
        box_sums(d->row_sum + x, d->sum + x, d->height, d->width, radius);
        box_sums(d->row_weight + x, d->weight + x, d->height, d->width, radius);
    }
}

/* Below 1 where a place lies deeper than what is around it. */
static double hollow_at(const struct job *job, const struct depths *d, size_t x, size_t y)
{
    const struct buffers *buf = &job->buf;
    float z = 0, count = 0;
    for (size_t s = 0; s < SUB * SUB; s++) {
        const size_t at = (SUB * y + s / SUB) * buf->width + SUB * x + s % SUB;
        if (buf->tri[at] != NOTHING) {
            z += buf->depth[at];
            count += 1;
        }
    }
    const float weight = d->weight[y * d->width + x];
    if (count < 1 || weight < 1)
        return 1;
    const double deeper_mm = (double)(z / count) - (double)(d->sum[y * d->width + x] / weight);
    const double full_mm = 0.16 * job->camera.mm_per_px * (double)d->width;
    const double t = deeper_mm / full_mm;
    return t > 0 ? fmax(0.35, 1 - 1.6 * t) : fmin(1.08, 1 - 0.5 * t);
}

static bool light_all(const struct job *job, struct nw_picture *p, struct nw_err *err)
{
    const size_t count = p->width * p->height;
    NW_AUTOFREE float *room = NW_ALLOC_UNSET(float, 4 * count, err);
    if (!room)
        return false;
    struct depths d = {p->width,     p->height,        room,
                       room + count, room + 2 * count, room + 3 * count};
    gather_depths(&job->buf, &d);
    blur_depths(&d, 1 + p->width / 40);
    for (size_t y = 0; y < p->height; y++) {
        for (size_t x = 0; x < p->width; x++) {
            const double hollow = hollow_at(job, &d, x, y);
            double sum[3] = {0, 0, 0};
            for (size_t s = 0; s < SUB * SUB; s++)
                light_sample(job, SUB * x + s % SUB, SUB * y + s / SUB, hollow, sum);
            for (int c = 0; c < 3; c++)
                p->rgb[3 * (y * p->width + x) + (size_t)c] =
                    (uint8_t)rint(sum[c] / (SUB * SUB));
        }
    }
    return true;
}

/* ---- what is written on it ---- */

static const char *side_letter(nw_vec3 d)
{
    const double x = fabs(d.x), y = fabs(d.y), z = fabs(d.z);
    if (x >= y && x >= z)
        return d.x > 0 ? "L" : "R";
    if (y >= z)
        return d.y > 0 ? "P" : "A";
    return d.z > 0 ? "H" : "F";
}

static void letter_edges(const struct job *job, struct nw_picture *p, struct nw_mask *mask,
                         struct nw_lettering look)
{
    const struct camera *c = &job->camera;
    const double w = (double)p->width, h = (double)p->height, size = look.size_px;
    look.align = NW_ALIGN_MIDDLE;
    nw_canvas_text(p, mask, c->middle_x, 8 + size, side_letter(c->up), &look);
    nw_canvas_text(p, mask, c->middle_x, h - 8, side_letter(nw_scale(c->up, -1)), &look);
    look.align = NW_ALIGN_LEFT;
    nw_canvas_text(p, mask, 8, c->middle_y + size / 2, side_letter(nw_scale(c->right, -1)),
                   &look);
    look.align = NW_ALIGN_RIGHT;
    nw_canvas_text(p, mask, w - 8 - scale_px(job->opts), c->middle_y + size / 2,
                   side_letter(c->right), &look);
}

/* Three arms to the patient's left, front (or back) and head, as they lie in this view. */
static void letter_axes(const struct job *job, struct nw_picture *p, struct nw_mask *mask,
                        struct nw_lettering look)
{
    static const nw_vec3 arm[3] = {{1, 0, 0}, {0, -1, 0}, {0, 0, 1}};
    const struct camera *c = &job->camera;
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

static bool annotate(const struct job *job, struct nw_picture *p, struct nw_err *err)
{
    const uint8_t *bg = job->opts->background;
    const bool dark = bg[0] + bg[1] + bg[2] < 3 * 128;
    struct nw_lettering look = {.size_px = letter_px(job->opts), .ink = {40, 48, 58}};
    if (dark)
        memset(look.ink, 235, 3);
    memcpy(look.halo, bg, 3);
    NW_AUTO(nw_mask) mask = {0};
    if (!nw_mask_init(&mask, p, err))
        return false;
    const struct nw_model *model = job->scene->model;
    if (model->part_count > 0 && model->part[0].mesh.frame == NW_FRAME_PATIENT) {
        if (job->opts->view == NW_VIEW_OBLIQUE)
            letter_axes(job, p, &mask, look);
        else
            letter_edges(job, p, &mask, look);
    }
    nw_canvas_scale_bar(p, &mask, 12, (double)p->height - 12, job->camera.mm_per_px,
                        (double)p->width / 4, &look);
    if (job->opts->shade == NW_SHADE_UNCERTAINTY && p->height > 160) {
        look.size_px *= 0.85;
        nw_canvas_uncertainty_scale(p, &mask, p->width - (size_t)scale_px(job->opts),
                                    p->height / 4, 14, p->height / 2,
                                    job->opts->uncertainty_max_mm, &look);
    }
    return true;
}

/* ---- putting it together ---- */

static bool prepare(struct job *job, struct nw_err *err)
{
    const struct nw_model *model = job->scene->model;
    struct buffers *buf = &job->buf;
    buf->width = SUB * job->opts->width;
    buf->height = SUB * job->opts->height;
    const size_t samples = buf->width * buf->height;
    buf->depth = NW_ALLOC_UNSET(float, samples, err);
    if (buf->depth)
        buf->tri = NW_ALLOC_UNSET(uint32_t, samples, err);
    if (buf->tri)
        job->corner = NW_ALLOC(struct corner *, model->part_count, err);
    bool ok = job->corner != NULL;
    for (size_t i = 0; ok && i < samples; i++) {
        buf->depth[i] = HUGE_VALF;
        buf->tri[i] = NOTHING;
    }
    for (size_t p = 0; ok && p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        job->corner[p] = NW_ALLOC_UNSET(struct corner, m->vert_count, err);
        ok = job->corner[p] != NULL;
        if (ok)
            project(m, &job->camera, job->corner[p]);
    }
    return ok;
}

static void release(struct job *job)
{
    for (size_t p = 0; job->corner && p < job->scene->model->part_count; p++)
        nw_free(job->corner[p]);
    nw_free(job->corner);
    nw_free(job->buf.depth);
    nw_free(job->buf.tri);
}

bool nw_picture_of_scene(const struct nw_scene *scene, const struct nw_view_opts *asked,
                         struct nw_picture *out, struct nw_err *err)
{
    struct nw_view_opts opts = *asked;
    if (opts.width == 0)
        opts.width = 640;
    if (opts.height == 0)
        opts.height = 480;
    if (opts.uncertainty_max_mm == 0)
        opts.uncertainty_max_mm = DEFAULT_TOP_MM;
    if (!(opts.uncertainty_max_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the top of the uncertainty scale must be above 0 mm");
    if (scene->tri_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "a model without triangles cannot be drawn");

    struct nw_picture p = {0};
    struct job job = {.scene = scene, .opts = &opts, .camera = camera_at(opts.view)};
    aim(&job.camera, scene->box, &opts);
    bool ok = nw_picture_init(&p, opts.width, opts.height, opts.background, err) &&
              prepare(&job, err);
    if (ok) {
        draw_parts(&job);
        ok = light_all(&job, &p, err) && annotate(&job, &p, err);
    }
    release(&job);
    if (ok)
        *out = p;
    else
        nw_picture_release(&p);
    return ok;
}

bool nw_picture_of_model(const struct nw_model *model, const struct nw_view_opts *opts,
                         struct nw_picture *out, struct nw_err *err)
{
    struct nw_scene scene = {0};
    if (!nw_scene_init(&scene, model, err))
        return false;
    const bool ok = nw_picture_of_scene(&scene, opts, out, err);
    nw_scene_release(&scene);
    return ok;
}
