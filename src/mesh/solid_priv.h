/* mesh/solid_priv.h -- what a solid is made of, for those who go over its triangles. */
#ifndef NW_MESH_SOLID_PRIV_H
#define NW_MESH_SOLID_PRIV_H

#include "mesh/bvh_priv.h"
#include "mesh/solid.h"

/* Joined and turned, neighbours in space near in memory. */
const struct nw_mesh *nw_solid_mesh(const struct nw_solid *solid);
/* The distance to `triangle`, which must be the nearest; negative inside. Closed solids. */
double nw_solid_signed(const struct nw_solid *solid, uint32_t triangle, nw_vec3 point_mm);

#endif
