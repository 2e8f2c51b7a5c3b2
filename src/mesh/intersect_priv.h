/*
 * mesh/intersect_priv.h -- do two triangles meet where they should not? Exact, without
 * tolerance. "Should": in their shared corner or edge and nowhere else. Triangles without
 * area are left to the other checks.
 */
#ifndef NW_MESH_INTERSECT_PRIV_H
#define NW_MESH_INTERSECT_PRIV_H

#include "mesh/bvh_priv.h"

/* The closed segment and the closed triangle, which has area. */
bool nw_segment_meets_triangle(nw_vec3 p, nw_vec3 q, const nw_vec3 tri[3]);

/* Triangles s and t of a mesh, both with area, by indices. */
bool nw_triangles_cross(const struct nw_mesh *mesh, uint32_t s, uint32_t t);

/* Sets calm[v] (vert_count bytes, 0 before) where the triangles of the tree at v are one closed
 * fan that some direction projects one to one: then no two of them meet but in v or the edge
 * they share. Certain where set; where not set, nothing is said. With only[] (or NULL) asked
 * at vertices of triangles with only[t] alone. Linear time, 15 bytes a triangle. */
NW_MUST_CHECK bool nw_calm_verts(const struct nw_bvh *bvh, const uint8_t *only, uint8_t *calm,
                                 struct nw_err *err);

/* Marks in crossing (tri_count bytes, not cleared) all triangles in the tree that cross
 * another of them; returns the number of pairs in *pairs. With only[] (or NULL), pairs where
 * neither triangle has only[t] set are not looked at. Triangles without area must not be in
 * the tree. */
NW_MUST_CHECK bool nw_bvh_crossings(const struct nw_bvh *bvh, const uint8_t *only,
                                    uint8_t *crossing, size_t *pairs, struct nw_err *err);

#endif
