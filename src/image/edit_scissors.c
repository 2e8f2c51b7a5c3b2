/*
 * image/edit_scissors.c -- what an outline covers along a direction. Seen along it each row of
 * voxels is a line in the plane of the outline: the outline's crossings with the line say which
 * voxels of the row are inside (even and odd), so that a row costs the outline's points and not
 * their product with its voxels.
 */
#include <string.h>

#include "core/parallel.h"
#include "image/edit_priv.h"

typedef struct {
    double u, v;
} flat;

struct outline {
    flat at[NW_EDIT_OUTLINE_MAX];
    size_t count;
    nw_vec3 u, v, n, first_mm;
    double from_mm, to_mm;
};

static flat seen(const struct outline *o, nw_vec3 p)
{
    const nw_vec3 d = nw_sub(p, o->first_mm);
    return (flat){nw_dot(d, o->u), nw_dot(d, o->v)};
}

static double cross2(flat a, flat b)
{
    return a.u * b.v - a.v * b.u;
}

static flat minus(flat a, flat b)
{
    return (flat){a.u - b.u, a.v - b.v};
}

static void take_outline(const struct nw_edit_step *s, struct outline *o)
{
    const nw_vec3 n = s->normal;
    const nw_vec3 other = fabs(n.x) <= fabs(n.y) && fabs(n.x) <= fabs(n.z) ? nw_v3(1, 0, 0)
                          : fabs(n.y) <= fabs(n.z)                         ? nw_v3(0, 1, 0)
                                                                           : nw_v3(0, 0, 1);
    o->n = n;
    o->u = nw_unit(nw_cross(n, other));
    o->v = nw_cross(n, o->u);
    o->first_mm = s->point[0];
    o->from_mm = s->from_mm;
    o->to_mm = s->to_mm;
    o->count = s->point_count;
    for (size_t i = 0; i < o->count; i++)
        o->at[i] = seen(o, s->point[i]);
}

/* Where along p + t d the outline is crossed, in order; returns how often. */
static size_t crossings(const struct outline *o, flat p, flat d, double *t)
{
    size_t count = 0;
    for (size_t i = 0; i < o->count; i++) {
        const flat a = o->at[i], b = o->at[(i + 1) % o->count];
        const double sa = cross2(d, minus(a, p)), sb = cross2(d, minus(b, p));
        if ((sa < 0) == (sb < 0))
            continue;
        const double share = sa / (sa - sb), dd = d.u * d.u + d.v * d.v;
        const flat at = {a.u + share * (b.u - a.u) - p.u, a.v + share * (b.v - a.v) - p.v};
        const double x = (at.u * d.u + at.v * d.v) / dd;
        size_t place = count++;
        for (; place > 0 && t[place - 1] > x; place--)
            t[place] = t[place - 1];
        t[place] = x;
    }
    return count;
}

/* Is one place inside? By a line through it. */
static bool covers(const struct outline *o, flat p)
{
    double t[NW_EDIT_OUTLINE_MAX];
    const size_t count = crossings(o, p, (flat){1, 0}, t);
    size_t before = 0;
    while (before < count && t[before] <= 0)
        before++;
    return before % 2 == 1;
}

static void cover_row(const struct outline *o, const struct nw_grid *g, size_t j, size_t k,
                      uint8_t *row)
{
    const nw_ijk at = {0, (double)j, (double)k};
    const nw_vec3 begin = nw_grid_point(g, at), step = g->step_mm[0];
    const flat p = seen(o, begin), d = {nw_dot(step, o->u), nw_dot(step, o->v)};
    const size_t len = g->dim[0];
    memset(row, 0, len);
    /* A row that runs along the direction is one place of the picture. */
    if (d.u * d.u + d.v * d.v < 1e-12 * nw_dot(step, step)) {
        memset(row, covers(o, p), len);
    } else {
        double t[NW_EDIT_OUTLINE_MAX];
        const size_t count = crossings(o, p, d, t);
        for (size_t c = 0; c + 1 < count; c += 2) {
            const double lo = fmax(ceil(t[c]), 0), hi = fmin(ceil(t[c + 1]), (double)len);
            if (lo < hi)
                memset(row + (size_t)lo, 1, (size_t)hi - (size_t)lo);
        }
    }
    const double off = nw_dot(nw_sub(begin, o->first_mm), o->n), slope = nw_dot(step, o->n);
    for (size_t i = 0; i < len; i++) {
        const double depth = off + (double)i * slope;
        if (!(depth >= o->from_mm && depth <= o->to_mm))
            row[i] = 0;
    }
}

bool nw_edit_scissors(struct nw_editing *e, const struct nw_edit_step *s, struct nw_err *err)
{
    const uint8_t part = s->part ? nw_edit_part(e, s, "part", s->part, err) : 0;
    if (s->part && !part)
        return false;
    NW_AUTOFREE struct outline *o = NW_ALLOC(struct outline, 1, err);
    struct nw_edit_mask m = {0};
    const struct nw_grid *g = &e->labels->grid;
    for (int a = 0; a < 3; a++)
        m.hi[a] = g->dim[a];
    if (!o || !nw_edit_mask_init(&m, err))
        return false;
    take_outline(s, o);
    const bool outside = (int)s->choice == NW_SIDE_OUTSIDE;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < g->dim[2]; k++)
        for (size_t j = 0; j < g->dim[1]; j++) {
            uint8_t *row = m.v + nw_edit_mask_row(&m, j, k);
            cover_row(o, g, j, k, row);
            for (size_t i = 0; outside && i < g->dim[0]; i++)
                row[i] ^= 1;
        }
    struct nw_edit_map map = nw_edit_map_same();
    if (part)
        map.to[0][part] = 0;
    else
        memset(map.to[0], 0, sizeof map.to[0]);
    const bool ok = nw_edit_change(e, &m, &map, err);
    nw_edit_mask_release(&m);
    return ok;
}
