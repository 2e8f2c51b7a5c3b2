/*
 * image/edit_fill.c -- the shape of a part between slices in which it is drawn: the signed
 * distances to its outline in both slices, mixed in proportion (after Raya and Udupa 1990).
 */
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "image/distance.h"
#include "image/edit_priv.h"

/* A slice across an axis: `a` and `b` are the axes within it. */
struct sheet {
    int axis, a, b;
    size_t at;
    nw_vec3 through_mm;
    float *signed_mm; /* below 0 inside; dim[a] * dim[b], a fastest */
};

static int by_place(const void *x, const void *y)
{
    const struct sheet *s = x, *t = y;
    return (s->at > t->at) - (s->at < t->at);
}

static size_t voxel_of(const struct nw_grid *g, const struct sheet *s, size_t at, size_t a,
                       size_t b)
{
    size_t p[3];
    p[s->axis] = at;
    p[s->a] = a;
    p[s->b] = b;
    return nw_grid_at(g, p[0], p[1], p[2]);
}

/* The sheet as a volume of its own: 1 inside. */
static bool take_sheet(const struct nw_editing *e, const struct sheet *s, uint8_t part,
                       struct nw_volume *out, size_t *inside, struct nw_err *err)
{
    const struct nw_grid *g = &e->labels->grid;
    const struct nw_grid flat = {
        .dim = {g->dim[s->a], g->dim[s->b], 1},
        .step_mm = {g->step_mm[s->a], g->step_mm[s->b], g->step_mm[s->axis]}};
    if (!nw_volume_init(out, NW_VOXEL_U8, &flat, err))
        return false;
    *inside = 0;
    for (size_t b = 0; b < flat.dim[1]; b++)
        for (size_t a = 0; a < flat.dim[0]; a++) {
            const bool in = e->labels->u8[voxel_of(g, s, s->at, a, b)] == part;
            out->u8[a + flat.dim[0] * b] = in;
            *inside += in;
        }
    return true;
}

/* Between voxel centres on both sides of the outline, the half step cancels in the mixture. */
static bool measure_sheet(struct sheet *s, const struct nw_volume *flat, struct nw_err *err)
{
    const size_t count = nw_grid_count(&flat->grid);
    s->signed_mm = NW_ALLOC_UNSET(float, count, err);
    NW_AUTOFREE float *inner = s->signed_mm ? NW_ALLOC_UNSET(float, count, err) : NULL;
    if (!inner || !nw_distance2(flat, 1, false, s->signed_mm, err) ||
        !nw_distance2(flat, 1, true, inner, err))
        return false;
    const float far_mm = 1e9f; /* a slice that is full has no outline */
    for (size_t n = 0; n < count; n++) {
        const double d2 = flat->u8[n] ? (double)inner[n] : (double)s->signed_mm[n];
        const float d = isfinite(d2) ? (float)sqrt(d2) : far_mm;
        s->signed_mm[n] = flat->u8[n] ? -d : d;
    }
    return true;
}

static bool make_sheet(const struct nw_editing *e, const struct nw_edit_step *step,
                       uint8_t part, struct sheet *s, struct nw_err *err)
{
    struct nw_volume flat = {0};
    size_t inside = 0;
    bool ok = take_sheet(e, s, part, &flat, &inside, err);
    if (ok && inside == 0)
        ok = nw_json_fail(nw_json_member(step->at, "through_mm"), err,
                          "slice %zu holds nothing of the part to fill from", s->at + 1);
    ok = ok && measure_sheet(s, &flat, err);
    nw_volume_release(&flat);
    return ok;
}

static double distance2_to(nw_vec3 p, nw_vec3 a, nw_vec3 b)
{
    const nw_vec3 ab = nw_sub(b, a), ap = nw_sub(p, a);
    const double len2 = nw_dot(ab, ab);
    const double t = len2 > 0 ? fmin(fmax(nw_dot(ap, ab) / len2, 0), 1) : 0;
    const nw_vec3 d = nw_along(ap, ab, -t);
    return nw_dot(d, d);
}

/* Sets the mask between two sheets. */
static void mix(const struct nw_editing *e, const struct nw_edit_step *step,
                const struct sheet *s, const struct sheet *t, const struct nw_edit_mask *m)
{
    const struct nw_grid *g = &e->labels->grid;
    const double limit2 =
        step->radius_mm > 0 ? step->radius_mm * step->radius_mm : (double)HUGE_VALF;
    const size_t count = m->hi[2] - m->lo[2];
    NW_PARALLEL_FOR
    for (size_t n = 0; n < count; n++) {
        const size_t k = m->lo[2] + n;
        for (size_t j = m->lo[1]; j < m->hi[1]; j++)
            for (size_t i = m->lo[0]; i < m->hi[0]; i++) {
                const size_t p[3] = {i, j, k};
                const double w = (double)(p[s->axis] - s->at) / (double)(t->at - s->at);
                const size_t q = p[s->a] + g->dim[s->a] * p[s->b];
                if ((1 - w) * (double)s->signed_mm[q] + w * (double)t->signed_mm[q] >= 0)
                    continue;
                const nw_ijk at = {(double)i, (double)j, (double)k};
                m->v[nw_edit_mask_row(m, j, k) + i - m->lo[0]] =
                    step->radius_mm <= 0 ||
                    distance2_to(nw_grid_point(g, at), s->through_mm, t->through_mm) <= limit2;
            }
    }
}

static bool fill_between(struct nw_editing *e, const struct nw_edit_step *step,
                         const struct sheet *s, const struct sheet *t, uint8_t part,
                         struct nw_err *err)
{
    if (t->at - s->at < 2)
        return true;
    struct nw_edit_mask m = {0};
    const nw_vec3 ends[2] = {s->through_mm, t->through_mm};
    for (int a = 0; a < 3; a++)
        m.hi[a] = e->labels->grid.dim[a];
    if (step->radius_mm > 0 && !nw_edit_box(e, ends, 2, step->radius_mm, m.lo, m.hi))
        return true;
    m.lo[s->axis] = s->at + 1;
    m.hi[s->axis] = t->at;
    if (!nw_edit_mask_init(&m, err))
        return false;
    mix(e, step, s, t, &m);
    struct nw_edit_map map = nw_edit_map_same();
    map.to[0][0] = part;
    const bool ok = nw_edit_change(e, &m, &map, err);
    nw_edit_mask_release(&m);
    return ok;
}

/* All sheets are taken before anything is filled: the order of the places does not show. */
static bool fill(struct nw_editing *e, const struct nw_edit_step *step, struct sheet *sheet,
                 struct nw_err *err)
{
    const uint8_t part = nw_edit_part(e, step, "part", step->part, err);
    if (!part)
        return false;
    const size_t count = step->point_count;
    for (size_t n = 0; n < count; n++) {
        size_t voxel[3];
        if (!nw_edit_voxel_of(e, step, "through_mm", n, voxel, err))
            return false;
        const int axis = (int)step->axis;
        sheet[n] = (struct sheet){.axis = axis,
                                  .a = axis == 0 ? 1 : 0,
                                  .b = axis == 2 ? 1 : 2,
                                  .at = voxel[axis],
                                  .through_mm = step->point[n]};
    }
    qsort(sheet, count, sizeof *sheet, by_place);
    for (size_t n = 1; n < count; n++)
        if (sheet[n].at == sheet[n - 1].at)
            return nw_json_fail(nw_json_member(step->at, "through_mm"), err,
                                "two of its places lie in slice %zu", sheet[n].at + 1);
    for (size_t n = 0; n < count; n++)
        if (!make_sheet(e, step, part, &sheet[n], err))
            return false;
    for (size_t n = 1; n < count; n++)
        if (!fill_between(e, step, &sheet[n - 1], &sheet[n], part, err))
            return false;
    return true;
}

bool nw_edit_fill(struct nw_editing *e, const struct nw_edit_step *step, struct nw_err *err)
{
    NW_AUTOFREE struct sheet *sheet = NW_ALLOC(struct sheet, step->point_count, err);
    const bool ok = sheet && fill(e, step, sheet, err);
    for (size_t n = 0; sheet && n < step->point_count; n++)
        nw_free(sheet[n].signed_mm);
    return ok;
}
