/* image/distance.c -- see distance.h. */
#include "image/distance.h"

#include "core/parallel.h"

/* One line: f[q] on input, min over p of f[p] + h2 (p-q)^2 on output. */
struct line {
    double *f;     /* len */
    size_t *place; /* len */
    double *from;  /* len + 1 */
};

static void envelope(struct line w, size_t len, double h2)
{
    size_t top = 0, count = 0;
    for (size_t q = 0; q < len; q++) {
        if (w.f[q] >= HUGE_VAL)
            continue;
        double cross = -HUGE_VAL;
        while (count > 0) {
            const size_t p = w.place[top];
            const double qq = (double)q, pp = (double)p;
            cross = ((w.f[q] - w.f[p]) / h2 + qq * qq - pp * pp) / (2 * (qq - pp));
            if (cross > w.from[top])
                break;
            count--;
            top = count ? count - 1 : 0;
            cross = -HUGE_VAL;
        }
        top = count++;
        w.place[top] = q;
        w.from[top] = cross;
    }
    w.from[count] = HUGE_VAL;
}

static void transform_line(struct line w, float *data, size_t len, size_t stride, double h)
{
    const double h2 = h * h;
    bool any = false;
    for (size_t q = 0; q < len; q++) {
        w.f[q] = (double)data[q * stride];
        any = any || w.f[q] < HUGE_VAL;
    }
    if (!any)
        return;
    envelope(w, len, h2);
    size_t n = 0;
    for (size_t q = 0; q < len; q++) {
        while (w.from[n + 1] < (double)q)
            n++;
        const double d = (double)q - (double)w.place[n];
        data[q * stride] = (float)(h2 * d * d + w.f[w.place[n]]);
    }
}

/* All lines along an axis; scratch has one line a plane, so that threads do not share. */
static bool transform_axis(float *data, const struct nw_grid *g, int axis, struct nw_err *err)
{
    const size_t len = g->dim[axis], planes = axis == 2 ? g->dim[1] : g->dim[2],
                 lines = axis == 0 ? g->dim[1] : g->dim[0];
    const size_t stride[3] = {1, g->dim[0], g->dim[0] * g->dim[1]};
    const size_t line_step = axis == 0 ? stride[1] : stride[0],
                 plane_step = axis == 2 ? stride[1] : stride[2];
    const double h = nw_length(g->step_mm[axis]);
    NW_AUTOFREE double *f = NW_ALLOC_UNSET(double, planes *(2 * len + 1), err);
    NW_AUTOFREE size_t *place = f ? NW_ALLOC_UNSET(size_t, planes * len, err) : NULL;
    if (!place)
        return false;
    NW_PARALLEL_FOR
    for (size_t p = 0; p < planes; p++) {
        double *own = f + p * (2 * len + 1);
        const struct line w = {own, place + p * len, own + len};
        for (size_t l = 0; l < lines; l++)
            transform_line(w, data + p * plane_step + l * line_step, len, stride[axis], h);
    }
    return true;
}

bool nw_distance2(const struct nw_volume *labels, uint8_t mask, bool to_zero, float *out,
                  struct nw_err *err)
{
    const struct nw_grid *g = &labels->grid;
    const size_t slice = g->dim[0] * g->dim[1];
    NW_PARALLEL_FOR
    for (size_t k = 0; k < g->dim[2]; k++)
        for (size_t v = slice * k; v < slice * (k + 1); v++)
            out[v] = ((labels->u8[v] & mask) == 0) == to_zero ? 0.0f : HUGE_VALF;
    for (int a = 0; a < 3; a++)
        if (!transform_axis(out, g, a, err))
            return false;
    return true;
}

static bool change(struct nw_volume *labels, uint8_t mask, double radius_mm, bool grow,
                   struct nw_err *err)
{
    const size_t count = nw_grid_count(&labels->grid), slice = count / labels->grid.dim[2];
    NW_AUTOFREE float *d2 = NW_ALLOC_UNSET(float, count, err);
    if (!d2 || !nw_distance2(labels, mask, !grow, d2, err))
        return false;
    const float limit = (float)(radius_mm * radius_mm);
    NW_PARALLEL_FOR
    for (size_t k = 0; k < labels->grid.dim[2]; k++)
        for (size_t v = slice * k; v < slice * (k + 1); v++)
            if (d2[v] <= limit)
                labels->u8[v] = (uint8_t)(grow ? labels->u8[v] | mask : labels->u8[v] & ~mask);
    return true;
}

bool nw_grow_inplace(struct nw_volume *labels, uint8_t mask, double radius_mm,
                     struct nw_err *err)
{
    return change(labels, mask, radius_mm, true, err);
}

bool nw_shrink_inplace(struct nw_volume *labels, uint8_t mask, double radius_mm,
                       struct nw_err *err)
{
    return change(labels, mask, radius_mm, false, err);
}
