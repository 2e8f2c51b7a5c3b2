/* report/raster.c -- see raster_priv.h. */
#include "report/raster_priv.h"

#include "core/parallel.h"

enum { FINE = 16 }; /* steps a sample */

static struct nw_camera upright(struct nw_camera c)
{
    c.right = nw_unit(nw_cross(c.forward, c.up));
    c.up = nw_cross(c.right, c.forward);
    return c;
}

struct nw_camera nw_camera_at(enum nw_view view)
{
    const nw_vec3 left = {1, 0, 0}, back = {0, 1, 0}, head = {0, 0, 1};
    struct nw_camera c = {.up = head};
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
    return upright(c);
}

/* The head is up; seen from above or below, the front is. */
struct nw_camera nw_camera_from(nw_vec3 from)
{
    const nw_vec3 forward = nw_scale(nw_unit(from), -1);
    struct nw_camera c = {.forward = forward, .up = {0, 0, 1}};
    if (fabs(forward.z) > 0.999)
        c.up = nw_v3(0, -1, 0);
    return upright(c);
}

NW_CLONES static void project(const struct nw_mesh *m, const struct nw_camera *c,
                              struct nw_corner *out)
{
    const double steps = NW_SUB * FINE, per_mm = steps / c->mm_per_px;
    const double x0 = c->middle_x * steps, y0 = c->middle_y * steps;
    for (size_t v = 0; v < m->vert_count; v++) {
        const nw_vec3 d = nw_sub(m->pos_mm[v], c->middle_mm);
        out[v].x = (int32_t)rint(x0 + per_mm * nw_dot(d, c->right));
        out[v].y = (int32_t)rint(y0 - per_mm * nw_dot(d, c->up));
        out[v].z = (float)nw_dot(d, c->forward);
    }
}

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
static int64_t area2(const struct nw_corner *a, const struct nw_corner *b, int32_t x, int32_t y)
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

static void draw_triangle(struct nw_raster *r, const struct nw_corner *a,
                          const struct nw_corner *b, const struct nw_corner *c, uint32_t id)
{
    int64_t area = area2(a, b, c->x, c->y);
    if (area == 0 || (area > 0 && r->scene->closed)) /* y runs down: above 0 faces away */
        return;
    const size_t side = NW_SUB * r->width, tall = NW_SUB * r->height;
    int32_t left, right, top, bottom;
    if (!sample_range(least(a->x, b->x, c->x), most(a->x, b->x, c->x), side, &left, &right) ||
        !sample_range(least(a->y, b->y, c->y), most(a->y, b->y, c->y), tall, &top, &bottom))
        return;
    if (area < 0) { /* turned, so that one test does for both sides */
        const struct nw_corner *was = b;
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
        const size_t row = (size_t)y * side;
        for (int32_t x = left; x <= right; x++) {
            if ((wa | wb | wc) >= 0) { /* edges belong to both sides: the first one drawn */
                const float z = (float)(((double)wa * (double)a->z + (double)wb * (double)b->z +
                                         (double)wc * (double)c->z) *
                                        per_area);
                if (z < r->depth[row + (size_t)x]) {
                    r->depth[row + (size_t)x] = z;
                    r->tri[row + (size_t)x] = id;
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

static void draw_parts(struct nw_raster *r)
{
    const struct nw_model *model = r->scene->model;
    uint32_t id = 0;
    for (size_t p = 0; p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        const struct nw_corner *corner = r->corner[p];
        for (size_t t = 0; t < m->tri_count; t++, id++)
            draw_triangle(r, &corner[m->tri[t][0]], &corner[m->tri[t][1]],
                          &corner[m->tri[t][2]], id);
    }
}

static bool make_room(struct nw_raster *r, struct nw_err *err)
{
    const struct nw_model *model = r->scene->model;
    const size_t samples = NW_SUB * r->width * NW_SUB * r->height;
    r->depth = NW_ALLOC_UNSET(float, samples, err);
    if (r->depth)
        r->tri = NW_ALLOC_UNSET(uint32_t, samples, err);
    if (r->tri)
        r->corner = NW_ALLOC(struct nw_corner *, model->part_count, err);
    bool ok = r->corner != NULL;
    for (size_t i = 0; ok && i < samples; i++) {
        r->depth[i] = HUGE_VALF;
        r->tri[i] = NW_NO_TRI;
    }
    for (size_t p = 0; ok && p < model->part_count; p++) {
        r->corner[p] = NW_ALLOC_UNSET(struct nw_corner, model->part[p].mesh.vert_count, err);
        ok = r->corner[p] != NULL;
    }
    return ok;
}

bool nw_raster_init(struct nw_raster *out, const struct nw_scene *scene,
                    const struct nw_camera *camera, size_t width, size_t height,
                    struct nw_err *err)
{
    struct nw_raster r = {.scene = scene, .camera = *camera, .width = width, .height = height};
    if (!make_room(&r, err)) {
        nw_raster_release(&r);
        return false;
    }
    for (size_t p = 0; p < scene->model->part_count; p++)
        project(&scene->model->part[p].mesh, camera, r.corner[p]);
    draw_parts(&r);
    *out = r;
    return true;
}

void nw_raster_release(struct nw_raster *r)
{
    for (size_t p = 0; r->corner && p < r->scene->model->part_count; p++)
        nw_free(r->corner[p]);
    nw_free(r->corner);
    nw_free(r->depth);
    nw_free(r->tri);
    *r = (struct nw_raster){0};
}
