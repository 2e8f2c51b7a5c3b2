/*
 * mesh/thickness.h -- how thick a wall is at a place of its surface, and how wide a gap: by the
 * largest ball that touches there, and by the way straight through.
 *
 * The ball is found by shrinking (Ma, Bae, Choi 2012). Near an edge it is small although the
 * wall is not thin; so a wall counts as thin only where the way straight through meets a side
 * that leans by less than 30 degrees. All thread-safe.
 */
#ifndef NW_MESH_THICKNESS_H
#define NW_MESH_THICKNESS_H

#include "mesh/distance.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Diameter of the largest ball that touches at p, a place of the mesh, and lies along `way`
 * (of length 1) with nothing of the mesh inside, up to most_mm. */
double nw_ball_along(const struct nw_bvh *bvh, nw_vec3 p, nw_vec3 way, double most_mm);

enum nw_side { NW_SIDE_GAP = -1, NW_SIDE_WALL = 1 };
/* Thickness of what lies under p (the wall, or the gap before it) when it is below limit_mm,
 * else HUGE_VAL. `mesh` is the tree's own; `normal` is the outward one at p, of length 1. */
double nw_thin_at(const struct nw_bvh *bvh, const struct nw_mesh *mesh, nw_vec3 p,
                  nw_vec3 normal, enum nw_side side, double limit_mm);

#ifdef __cplusplus
}
#endif
#endif
