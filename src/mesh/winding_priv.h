/*
 * mesh/winding_priv.h -- how often a mesh goes around a place: 1 inside a closed mesh, 0
 * outside, something between where there are holes. Far groups of triangles count as dipole
 * and quadrupole at their area's centre, near triangles exactly (Barill, Dickson, Schmidt,
 * Levin, Jacobson 2018); the tree is the one of bvh_priv.h.
 */
#ifndef NW_MESH_WINDING_PRIV_H
#define NW_MESH_WINDING_PRIV_H

#include "mesh/bvh_priv.h"

/* Of the children of a node: the centre of their area, the square of the distance from which
 * on they count as one, area vector, symmetric second moment (xx yy zz xy yz zx), area, and
 * the radius around the centre that holds them. */
struct nw_winding_node {
    float centre[3][NW_BVH_WIDE], near2[NW_BVH_WIDE];
    float area[3][NW_BVH_WIDE], moment[6][NW_BVH_WIDE];
    float size[NW_BVH_WIDE], radius[NW_BVH_WIDE];
};

struct nw_winding {
    const struct nw_bvh *bvh;
    struct nw_winding_node *node; /* as many as the tree has */
};

/* Borrows the tree and its mesh. About 70 bytes a triangle. */
NW_MUST_CHECK bool nw_winding_init(struct nw_winding *out, const struct nw_bvh *bvh,
                                   struct nw_err *err);
void nw_winding_release(struct nw_winding *winding);

/* To about 0.02 for each layer of surface; about a microsecond. Thread-safe. */
double nw_winding_number(const struct nw_winding *winding, nw_vec3 p);

/* A bound on how fast the winding number changes, per mm, within `radius` of p, when no
 * triangle is nearer to p than `clear`, which is above radius. */
double nw_winding_slope(const struct nw_winding *winding, nw_vec3 p, double clear,
                        double radius);

#endif
