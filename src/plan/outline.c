/* plan/outline.c -- the area within an outline, flat and of the surface below; see measure.h.
 */
#include "core/mesh.h"
#include "mesh/distance.h"
#include "plan/linear_priv.h"
#include "plan/measure.h"

enum { MOST_CORNERS = 256, ROOM = 8 * MOST_CORNERS };

struct flat {
    double x, y;
};

/* The outline in its own plane. */
struct plane {
    nw_vec3 middle, u, v, n;
    struct flat corner[MOST_CORNERS];
    size_t count;
};

static double cross2(struct flat a, struct flat b, struct flat c)
{
    return (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
}

static struct flat onto(const struct plane *p, nw_vec3 at)
{
    const nw_vec3 d = nw_sub(at, p->middle);
    return (struct flat){nw_dot(d, p->u), nw_dot(d, p->v)};
}

static double area_of(const struct flat *p, size_t count)
{
    double twice = 0;
    for (size_t i = 2; i < count; i++)
        twice += cross2(p[0], p[i - 1], p[i]);
    return twice / 2;
}

static bool do_cross(struct flat a, struct flat b, struct flat c, struct flat d)
{
    const double ab_c = cross2(a, b, c), ab_d = cross2(a, b, d);
    const double cd_a = cross2(c, d, a), cd_b = cross2(c, d, b);
    return ((ab_c > 0 && ab_d < 0) || (ab_c < 0 && ab_d > 0)) &&
           ((cd_a > 0 && cd_b < 0) || (cd_a < 0 && cd_b > 0));
}

static bool crosses_itself(const struct plane *p)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = i + 2; k < p->count; k++)
            if ((k + 1) % p->count != i &&
                do_cross(p->corner[i], p->corner[i + 1], p->corner[k],
                         p->corner[(k + 1) % p->count]))
                return true;
    return false;
}

/* Its normal is that of its area, so that the outline runs counter-clockwise about it. */
static bool lay(const struct nw_place *corner, size_t count, struct plane *p,
                struct nw_outline *out, struct nw_err *err)
{
    nw_vec3 sum = {0, 0, 0}, area = {0, 0, 0};
    double variance = 0;
    for (size_t i = 0; i < count; i++)
        sum = nw_along(sum, corner[i].at_mm, 1 / (double)count);
    p->middle = sum;
    p->count = count;
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 a = nw_sub(corner[i].at_mm, sum),
                      b = nw_sub(corner[(i + 1) % count].at_mm, sum);
        area = nw_along(area, nw_cross(a, b), 0.5);
        out->around_mm += nw_length(nw_sub(b, a));
    }
    if (!(nw_length(area) > 1e-9))
        return nw_fail(err, NW_ERR_GEOMETRY, "the outline has no area");
    p->n = nw_unit(area);
    nw_across(p->n, &p->u, &p->v);
    for (size_t i = 0; i < count; i++) {
        /* a corner moves the area by half of what lies between its neighbours */
        const nw_vec3 between =
            nw_sub(corner[(i + 1) % count].at_mm, corner[(i + count - 1) % count].at_mm);
        const double pull = nw_length(nw_cross(between, p->n)) / 2 * corner[i].sigma_mm;
        variance += pull * pull;
        p->corner[i] = onto(p, corner[i].at_mm);
        out->off_plane_mm =
            fmax(out->off_plane_mm, fabs(nw_dot(nw_sub(corner[i].at_mm, p->middle), p->n)));
    }
    if (crosses_itself(p))
        return nw_fail(err, NW_ERR_GEOMETRY, "the outline crosses itself");
    out->area_mm2 = (struct nw_measured){nw_length(area), sqrt(variance)};
    return true;
}

/* ---- the surface below ---- */

/* What of the polygon lies to the left of the line from a to b (Sutherland and Hodgman 1974).
 */
static size_t keep_left(const struct flat *in, size_t count, struct flat a, struct flat b,
                        struct flat *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct flat p = in[i], q = in[(i + 1) % count];
        const double at = cross2(a, b, p), to = cross2(a, b, q);
        if (at >= 0)
            out[n++] = p;
        if ((at < 0) != (to < 0)) {
            const double w = at / (at - to);
            out[n++] = (struct flat){p.x + (q.x - p.x) * w, p.y + (q.y - p.y) * w};
        }
    }
    return n;
}

/* The outline may be hollow, the triangle is not: so the triangle clips the outline. */
static double share_within(const struct plane *p, const struct flat *t, double triangle)
{
    struct flat one[ROOM], two[ROOM];
    size_t n = keep_left(p->corner, p->count, t[0], t[1], one);
    n = keep_left(one, n, t[1], t[2], two);
    n = keep_left(two, n, t[2], t[0], one);
    return fmin(fmax(area_of(one, n) / triangle, 0), 1);
}

/* Twice the triangle's area, along its normal. */
static nw_vec3 facing(const struct nw_mesh *m, size_t t)
{
    const nw_vec3 a = m->pos_mm[m->tri[t][0]];
    return nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a), nw_sub(m->pos_mm[m->tri[t][2]], a));
}

static double surface_within(const struct plane *p, const struct nw_mesh *m, double side,
                             double depth_mm)
{
    struct flat low = p->corner[0], high = low;
    double sum = 0;
    for (size_t i = 1; i < p->count; i++) {
        low = (struct flat){fmin(low.x, p->corner[i].x), fmin(low.y, p->corner[i].y)};
        high = (struct flat){fmax(high.x, p->corner[i].x), fmax(high.y, p->corner[i].y)};
    }
    for (size_t t = 0; t < m->tri_count; t++) {
        struct flat c[3];
        double far = 0;
        for (int k = 0; k < 3; k++) {
            const nw_vec3 at = m->pos_mm[m->tri[t][k]];
            c[k] = onto(p, at);
            far = fmax(far, fabs(nw_dot(nw_sub(at, p->middle), p->n)));
        }
        if (far > depth_mm || fmin(fmin(c[0].x, c[1].x), c[2].x) > high.x ||
            fmax(fmax(c[0].x, c[1].x), c[2].x) < low.x ||
            fmin(fmin(c[0].y, c[1].y), c[2].y) > high.y ||
            fmax(fmax(c[0].y, c[1].y), c[2].y) < low.y)
            continue;
        const double flat = side * cross2(c[0], c[1], c[2]) / 2;
        if (!(flat > 0))
            continue; /* faces the other way */
        if (side < 0) {
            const struct flat swap = c[1];
            c[1] = c[2];
            c[2] = swap;
        }
        sum += nw_length(facing(m, t)) / 2 * share_within(p, c, flat);
    }
    return sum;
}

/* +1 when the surface at the corners faces as the outline's normal does, else -1. */
static bool side_of(const struct plane *p, const struct nw_place *corner,
                    const struct nw_mesh *m, double depth_mm, double *side, struct nw_err *err)
{
    struct nw_bvh *bvh = nw_bvh_new(m, err);
    double sum = 0;
    if (!bvh)
        return false;
    for (size_t i = 0; i < p->count; i++) {
        struct nw_nearest near;
        if (!nw_bvh_nearest(bvh, corner[i].at_mm, depth_mm, &near))
            continue;
        sum += nw_dot(nw_unit(facing(m, near.triangle)), p->n);
    }
    nw_bvh_free(bvh);
    *side = sum < 0 ? -1 : 1;
    return true;
}

bool nw_measure_outline(const struct nw_place *corner, size_t count, const struct nw_mesh *mesh,
                        double depth_mm, struct nw_outline *out, struct nw_err *err)
{
    const double none = (double)NAN;
    struct nw_outline o = {{none, none}, {none, none}, 0, 0};
    struct plane p;
    if (count < 3)
        return nw_fail(err, NW_ERR_ARGUMENT, "an outline needs three corners or more");
    if (count > MOST_CORNERS)
        return nw_fail(err, NW_ERR_LIMIT, "an outline has at most %d corners", MOST_CORNERS);
    if (!lay(corner, count, &p, &o, err))
        return false;
    if (mesh) {
        double side;
        if (!side_of(&p, corner, mesh, depth_mm, &side, err))
            return false;
        const double area = surface_within(&p, mesh, side, depth_mm);
        if (!(area > 0))
            return nw_fail(err, NW_ERR_GEOMETRY,
                           "no surface lies within %.3g mm below the outline", depth_mm);
        o.surface_mm2 =
            (struct nw_measured){area, o.area_mm2.sigma * fmax(area / o.area_mm2.value, 1)};
    }
    *out = o;
    return true;
}
