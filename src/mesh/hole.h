/*
 * mesh/hole.h -- round holes of a mesh: where their axes lie, how wide and how deep they are.
 *
 * A hole is a wall that looks at its own axis all round, or nearly: at least NW_HOLE_AROUND_DEG
 * of the circle, by a cylinder, not by a cone, a ball, a slot or a prism of few sides. Places
 * whose normal meets the wall's other side start a search; from there the wall is grown over
 * its triangles and fitted by least squares (Gauss and Newton) on its vertices, weighted by
 * area, three times with what lies near the last cylinder. The same for any number of threads.
 */
#ifndef NW_MESH_HOLE_H
#define NW_MESH_HOLE_H

#include "mesh/distance.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NW_HOLE_AROUND_DEG 270.0

enum nw_hole_ends { NW_HOLE_THROUGH, NW_HOLE_BLIND, NW_HOLE_CLOSED };
const char *nw_hole_ends_name(enum nw_hole_ends ends); /* "through", "blind", "closed" */

struct nw_hole {
    nw_vec3 from_mm, to_mm; /* the axis, as far as there is wall; a blind one ends at to_mm */
    double diameter_mm;
    /* One sigma of it: of the fit, from the scatter of the vertices about the cylinder, and of
     * the facets, between whose corners and middles the circle lies anywhere. */
    double sigma_mm;
    double pin_mm;     /* the thickest rod about the axis that meets no triangle */
    double depth_mm;   /* of the wall along the axis, at its deepest */
    double around_deg; /* of the circle that has wall */
    double scatter_mm; /* root mean square of the vertices about the cylinder */
    double oval_mm;    /* largest less smallest diameter, of the ellipse that fits better */
    enum nw_hole_ends ends;
    size_t tri_count;
};

struct nw_hole_opts {
    double least_mm, most_mm; /* diameters looked for; 0: 0.3 and 25 */
};

struct nw_holes {
    struct nw_hole *item; /* by their first triangle */
    size_t count, room;
};

/* All holes. *out must be clear; you release it. `bvh` is the mesh's. NW_ERR_ARGUMENT for
 * diameters that are none; NW_ERR_DATA for a triangle whose vertex is not there;
 * NW_ERR_CANCELLED. About 5 us a triangle. */
NW_MUST_CHECK bool nw_mesh_holes(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                                 const struct nw_hole_opts *opts, struct nw_holes *out,
                                 struct nw_err *err);
void nw_holes_release(struct nw_holes *holes);

/* The hole that a place lies in, or within reach_mm of its wall or mouth. NW_ERR_GEOMETRY
 * when there is none, saying what is there instead: a slot, a cone, nothing round. */
NW_MUST_CHECK bool nw_mesh_hole_at(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                                   const struct nw_hole_opts *opts, nw_vec3 place_mm,
                                   double reach_mm, struct nw_hole *out, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
