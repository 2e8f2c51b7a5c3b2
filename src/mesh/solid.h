/*
 * mesh/solid.h -- any triangle mesh as a solid: soup, holes, overlaps and flipped triangles
 * included. Distance is that to the nearest triangle; the side is told by the generalised
 * winding number (Jacobson, Kavan, Sorkine 2013), fast for far triangles (Barill et al. 2018).
 *
 * Before, corners at the same place become one, neighbours that disagree about the outside are
 * turned to what most of their part's area says, and parts that are inside out in the open are
 * turned around; cavities stay. When every edge is then run as often one way as the other, the
 * mesh is closed and the value is the exact signed distance to where its winding number is
 * one or more. Otherwise the value is the distance, faded from outside to inside where the
 * winding number is between a quarter and three quarters: it is continuous, zero on the
 * triangles and on the smooth surface that closes the holes, and near the latter smaller than
 * the distance. In the mesh's frame, in mm.
 */
#ifndef NW_MESH_SOLID_H
#define NW_MESH_SOLID_H

#include "core/mesh.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_solid; /* never changes; may be asked by several threads at once */

/* Copies what it needs of the mesh. Triangles that name a corner twice are left out.
 * NW_ERR_DATA for a vertex that is not finite or a triangle that names one that is not there;
 * NW_ERR_GEOMETRY when no triangle is left; NW_ERR_LIMIT above 2^32 / 3 triangles;
 * NW_ERR_MEMORY. About 0.5 CPU-s and 180 MB for a million triangles. */
NW_MUST_CHECK struct nw_solid *nw_solid_new(const struct nw_mesh *mesh, struct nw_err *err);
void nw_solid_free(struct nw_solid *solid);

/* What was found. */
struct nw_solid_facts {
    bool closed;
    size_t triangles, turned; /* kept; of these, given the other side */
    nw_box box;
};
struct nw_solid_facts nw_solid_facts(const struct nw_solid *solid);

/* How often the mesh goes around a place, to about 0.02 a layer. */
double nw_solid_winding(const struct nw_solid *solid, nw_vec3 point_mm);

/* Signed distances, negative inside. Each is the same bits as when asked alone; places one
 * after the other that lie close together are faster: 1 to 3 us within a millimetre of a mesh
 * of 300 000 triangles, more further away. */
void nw_solid_distances(const struct nw_solid *solid, const double *x_mm, const double *y_mm,
                        const double *z_mm, size_t count, double *distance_mm);
/* One, with its gradient: of length 1, save near a hole's closing. */
double nw_solid_gradient(const struct nw_solid *solid, nw_vec3 point_mm, nw_vec3 *gradient);
/* Bounds that hold every value within radius_mm of a place. */
void nw_solid_range(const struct nw_solid *solid, nw_vec3 centre_mm, double radius_mm,
                    double *min_mm, double *max_mm);

#ifdef __cplusplus
}
#endif
#endif
