/*
 * report/light.c -- what a raster looks like: lit from the viewer's upper left, hollows
 * darkened by the depth around them (Luft, Colditz and Deussen 2006), one light a pixel inside
 * a surface and one a sample at its edges.
 */
#include <string.h>

#include "report/raster_priv.h"

enum { SAMPLES = NW_SUB * NW_SUB, STEPS = 16, SHADES = 3 };

/* ---- one sample ---- */

/* Twice the signed area of a, b and (x, y). */
static int64_t area2(const struct nw_corner *a, const struct nw_corner *b, int32_t x, int32_t y)
{
    return (int64_t)(b->x - a->x) * (y - a->y) - (int64_t)(b->y - a->y) * (x - a->x);
}

struct hit {
    size_t part, tri;
    double share[3]; /* of the corners; they sum to 1 */
};

static struct hit find_hit(const struct nw_raster *r, uint32_t id, int32_t x, int32_t y)
{
    const struct nw_model *model = r->scene->model;
    struct hit h = {.tri = id};
    while (h.tri >= model->part[h.part].mesh.tri_count)
        h.tri -= model->part[h.part++].mesh.tri_count;
    const uint32_t *v = model->part[h.part].mesh.tri[h.tri];
    const struct nw_corner *a = &r->corner[h.part][v[0]], *b = &r->corner[h.part][v[1]],
                           *c = &r->corner[h.part][v[2]];
    const double area = (double)area2(a, b, c->x, c->y);
    h.share[0] = (double)area2(b, c, x, y) / area;
    h.share[1] = (double)area2(c, a, x, y) / area;
    h.share[2] = (double)area2(a, b, x, y) / area;
    return h;
}

/* Between the corners' normals, save where one bends away from the triangle's own by more than
 * 40 degrees: that is a real edge, and stays one. */
static nw_vec3 normal_at(const struct nw_raster *r, const struct hit *h)
{
    const double crease = 0.766; /* cosine */
    const struct nw_mesh *m = &r->scene->model->part[h->part].mesh;
    const uint32_t *v = m->tri[h->tri];
    const nw_vec3 a = m->pos_mm[v[0]];
    const nw_vec3 face =
        nw_unit(nw_cross(nw_sub(m->pos_mm[v[1]], a), nw_sub(m->pos_mm[v[2]], a)));
    nw_vec3 sum = {0, 0, 0};
    for (int k = 0; k < 3; k++) {
        const nw_normal *n = &r->scene->normal[h->part][v[k]];
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

static void base_colour(const struct nw_raster *r, enum nw_shade shade, double max_mm,
                        const struct hit *h, double rgb[3])
{
    const struct nw_part *part = &r->scene->model->part[h->part];
    const struct nw_mesh *m = &part->mesh;
    const uint32_t *v = m->tri[h->tri];
    uint8_t colour[3] = {178, 178, 178}; /* not stated */
    if (shade == NW_SHADE_PART) {
        part_colour(part, h, rgb);
        return;
    }
    if (shade == NW_SHADE_CLASS)
        nw_class_colour(m->vert_class ? m->vert_class[v[nearest_corner(h)]] : NW_CLASS_RESOLVED,
                        colour);
    else if (m->uncertainty_mm)
        nw_uncertainty_colour((h->share[0] * (double)m->uncertainty_mm[v[0]] +
                               h->share[1] * (double)m->uncertainty_mm[v[1]] +
                               h->share[2] * (double)m->uncertainty_mm[v[2]]) /
                                  max_mm,
                              colour);
    for (int c = 0; c < 3; c++)
        rgb[c] = colour[c];
}

/* A key light from the viewer's upper left, a weak one from the right, and what is around. */
static double brightness(const struct nw_camera *c, nw_vec3 n)
{
    nw_vec3 seen = {nw_dot(n, c->right), nw_dot(n, c->up), -nw_dot(n, c->forward)};
    if (seen.z < 0) /* the inside of an open surface */
        seen = nw_scale(seen, -1);
    const nw_vec3 key = {-0.46, 0.56, 0.69}, fill = {0.80, 0.05, 0.60};
    const double lit = fmax(0, nw_dot(seen, key)), filled = fmax(0, nw_dot(seen, fill));
    return 0.32 + 0.60 * lit + 0.16 * filled + 0.06 * seen.z;
}

/* ---- hollows ---- */

/* Running sums over 2 radius + 1 along each row. */
static void sum_rows(const float *in, float *out, size_t width, size_t height, size_t radius)
{
    for (size_t y = 0; y < height; y++, in += width, out += width) {
        double sum = 0;
        for (size_t x = 0; x < radius && x < width; x++)
            sum += (double)in[x];
        for (size_t x = 0; x < width; x++) {
            if (x + radius < width)
                sum += (double)in[x + radius];
            if (x > radius)
                sum -= (double)in[x - radius - 1];
            out[x] = (float)sum;
        }
    }
}

/* As sum_rows, down the columns; sum holds one row. */
static void sum_columns(const float *in, float *out, size_t width, size_t height, size_t radius,
                        double *sum)
{
    memset(sum, 0, width * sizeof *sum);
    for (size_t y = 0; y < radius && y < height; y++)
        for (size_t x = 0; x < width; x++)
            sum[x] += (double)in[y * width + x];
    for (size_t y = 0; y < height; y++) {
        for (size_t x = 0; y + radius < height && x < width; x++)
            sum[x] += (double)in[(y + radius) * width + x];
        for (size_t x = 0; y > radius && x < width; x++)
            sum[x] -= (double)in[(y - radius - 1) * width + x];
        for (size_t x = 0; x < width; x++)
            out[y * width + x] = (float)sum[x];
    }
}

static size_t sample_at(const struct nw_raster *r, size_t x, size_t y, size_t s)
{
    return (NW_SUB * y + s / NW_SUB) * NW_SUB * r->width + NW_SUB * x + s % NW_SUB;
}

/* Of each pixel's covered samples: the sum of depths, and how many. */
static void gather_depths(const struct nw_raster *r, float *depth, float *weight)
{
    for (size_t y = 0; y < r->height; y++)
        for (size_t x = 0; x < r->width; x++) {
            float sum = 0, count = 0;
            for (size_t s = 0; s < SAMPLES; s++) {
                const size_t at = sample_at(r, x, y, s);
                if (r->tri[at] != NW_NO_TRI) {
                    sum += r->depth[at];
                    count += 1;
                }
            }
            depth[y * r->width + x] = sum;
            weight[y * r->width + x] = count;
        }
}

/* Below 1 where a place lies deeper than what is around it, a little above where it stands out.
 */
static float hollow_of(double deeper_mm, double full_mm)
{
    const double t = deeper_mm / full_mm;
    const double dim = 1 - 1.6 * t, bright = 1 - 0.5 * t;
    if (t > 0)
        return (float)(dim > 0.35 ? dim : 0.35);
    return (float)(bright < 1.08 ? bright : 1.08);
}

/* Fills hollow, one a pixel; 0 where nothing is. */
static bool find_hollows(const struct nw_raster *r, float *hollow, struct nw_err *err)
{
    const size_t count = r->width * r->height, radius = 1 + r->width / 40;
    const double full_mm = 0.16 * r->camera.mm_per_px * (double)r->width;
    NW_AUTOFREE float *room = NW_ALLOC_UNSET(float, 5 * count, err);
    if (!room)
        return false;
    NW_AUTOFREE double *row = NW_ALLOC_UNSET(double, r->width, err);
    if (!row)
        return false;
    float *depth = room, *weight = room + count, *half = room + 2 * count;
    float *near_depth = room + 3 * count, *near_weight = room + 4 * count;
    gather_depths(r, depth, weight);
    sum_rows(depth, half, r->width, r->height, radius);
    sum_columns(half, near_depth, r->width, r->height, radius, row);
    sum_rows(weight, half, r->width, r->height, radius);
    sum_columns(half, near_weight, r->width, r->height, radius, row);
    for (size_t i = 0; i < count; i++) {
        hollow[i] = 0;
        if (weight[i] > 0)
            hollow[i] = hollow_of((double)(depth[i] / weight[i]) -
                                      (double)(near_depth[i] / near_weight[i]),
                                  full_mm);
    }
    return true;
}

/* ---- a pixel ---- */

struct work {
    const struct nw_raster *raster;
    const enum nw_shade *shade;
    size_t count;
    double max_mm;
    struct nw_picture *picture;
};

/* Adds the sample's colour, `times` over, in each shade. */
static void light_sample(const struct work *w, size_t x, size_t y, uint32_t id, double hollow,
                         double times, double sum[SHADES][3])
{
    const struct nw_raster *r = w->raster;
    const struct hit h =
        find_hit(r, id, (int32_t)x * STEPS + STEPS / 2, (int32_t)y * STEPS + STEPS / 2);
    const double light = brightness(&r->camera, normal_at(r, &h)) * hollow;
    for (size_t k = 0; k < w->count; k++) {
        double rgb[3];
        base_colour(r, w->shade[k], w->max_mm, &h, rgb);
        for (int c = 0; c < 3; c++) {
            const double value = rgb[c] * light;
            sum[k][c] += times * (value < 255 ? value : 255);
        }
    }
}

/* All samples on one gentle slope: then one of them speaks for all. */
static bool is_inside(const struct nw_raster *r, size_t x, size_t y)
{
    float nearest = HUGE_VALF, farthest = -HUGE_VALF;
    for (size_t s = 0; s < SAMPLES; s++) {
        const float z = r->depth[sample_at(r, x, y, s)]; /* infinite where nothing is */
        nearest = z < nearest ? z : nearest;
        farthest = z > farthest ? z : farthest;
    }
    return (double)(farthest - nearest) < 4 * r->camera.mm_per_px;
}

static void light_pixel(const struct work *w, size_t x, size_t y, double hollow)
{
    const struct nw_raster *r = w->raster;
    double sum[SHADES][3] = {{0}};
    double covered = 0;
    const bool inside = is_inside(r, x, y);
    for (size_t s = 0; s < (inside ? 1 : SAMPLES); s++) {
        const uint32_t id = r->tri[sample_at(r, x, y, s)];
        if (id == NW_NO_TRI)
            continue;
        const double times = inside ? SAMPLES : 1;
        light_sample(w, NW_SUB * x + s % NW_SUB, NW_SUB * y + s / NW_SUB, id, hollow, times,
                     sum);
        covered += times;
    }
    for (size_t k = 0; k < w->count; k++) {
        uint8_t *pixel = w->picture[k].rgb + 3 * (y * r->width + x);
        for (int c = 0; c < 3; c++)
            pixel[c] = (uint8_t)rint((sum[k][c] + (SAMPLES - covered) * pixel[c]) / SAMPLES);
    }
}

bool nw_raster_light(const struct nw_raster *r, const enum nw_shade *shade, size_t count,
                     double uncertainty_max_mm, struct nw_picture *picture, struct nw_err *err)
{
    assert(count <= SHADES);
    NW_AUTOFREE float *hollow = NW_ALLOC_UNSET(float, r->width * r->height, err);
    if (!hollow || !find_hollows(r, hollow, err))
        return false;
    const struct work w = {r, shade, count, uncertainty_max_mm, picture};
    for (size_t y = 0; y < r->height; y++)
        for (size_t x = 0; x < r->width; x++)
            if (hollow[y * r->width + x] > 0)
                light_pixel(&w, x, y, (double)hollow[y * r->width + x]);
    return true;
}
