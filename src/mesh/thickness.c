/* mesh/thickness.c -- see thickness.h. */
#include "mesh/thickness.h"

#include <assert.h>

#define EDGE_COS 0.866 /* an opposite side leaning more than 30 degrees is an edge's */
#define OWN 1e-3       /* share of the way within which a hit is the place itself */
enum { SHRINKS = 8 };

double nw_ball_along(const struct nw_bvh *bvh, nw_vec3 p, nw_vec3 way, double most_mm)
{
    double radius = most_mm / 2;
    for (int n = 0; n < SHRINKS; n++) {
        const nw_vec3 centre = nw_along(p, way, radius);
        struct nw_nearest near;
        if (!nw_bvh_nearest(bvh, centre, radius * (1 - 1e-6), &near))
            break;
        const nw_vec3 to = nw_sub(near.point_mm, p);
        const double along = nw_dot(to, way), smaller = nw_length2(to) / (2 * along);
        if (!(along > 0) || !(smaller < radius * (1 - 1e-4)))
            break;
        radius = smaller;
    }
    return 2 * radius;
}

static nw_vec3 normal_of(const struct nw_mesh *m, size_t t)
{
    const nw_vec3 a = m->pos_mm[m->tri[t][0]], b = m->pos_mm[m->tri[t][1]],
                  c = m->pos_mm[m->tri[t][2]];
    return nw_unit(nw_cross(nw_sub(b, a), nw_sub(c, a)));
}

double nw_thin_at(const struct nw_bvh *bvh, const struct nw_mesh *mesh, nw_vec3 p,
                  nw_vec3 normal, enum nw_side side, double limit_mm)
{
    const double sign = side == NW_SIDE_WALL ? 1 : -1;
    const nw_vec3 way = nw_scale(normal, -sign);
    struct nw_segment_near hit;
    if (!nw_bvh_first_hit(bvh, p, nw_along(p, way, limit_mm), OWN, &hit))
        return HUGE_VAL;
    assert(hit.triangle < mesh->tri_count);
    /* an opposite side looks along the way through material, and against it across a gap */
    if (!(sign * nw_dot(normal_of(mesh, hit.triangle), way) > EDGE_COS))
        return HUGE_VAL;
    const double through = hit.along * limit_mm;
    const double round = nw_ball_along(bvh, p, way, limit_mm);
    return round < limit_mm * 0.99 ? fmax(through, round) : HUGE_VAL;
}
