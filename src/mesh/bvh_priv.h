/*
 * mesh/bvh_priv.h -- the tree behind distance.h: triangles in Morton order, eight to a leaf,
 * eight children to a node, levels laid out one after the other without pointers. So it is
 * built in parallel in linear time, always the same, and needs about 32 bytes a triangle.
 */
#ifndef NW_MESH_BVH_PRIV_H
#define NW_MESH_BVH_PRIV_H

#include "mesh/distance.h"

enum { NW_BVH_WIDE = 8, NW_BVH_LEVELS = 12 };

/* Boxes of the children, rounded outward; an absent child's box is empty. */
struct nw_bvh_node {
    float min[3][NW_BVH_WIDE], max[3][NW_BVH_WIDE];
};

struct nw_bvh {
    const struct nw_mesh *mesh;
    size_t count;    /* triangles in the tree */
    uint32_t *order; /* which: child c of leaf i is order[8 i + c] */
    struct nw_bvh_node *node;
    size_t level[NW_BVH_LEVELS]; /* where each level's nodes begin; 0 holds the leaves */
    int top;                     /* the level that is one node; -1 when the tree is empty */
    float (*vert_normal)[3];     /* angle-weighted, for the side; NULL when not asked for */
    uint32_t *opposite;          /* across each half edge, for the side; NULL as well */
};

/* Without what tells inside from outside. Triangles with skip[t] set stay out (skip may be
 * NULL); the others must name vertices that exist and are finite. */
NW_MUST_CHECK bool nw_bvh_init(struct nw_bvh *out, const struct nw_mesh *mesh,
                               const uint8_t *skip, struct nw_err *err);
void nw_bvh_release(struct nw_bvh *bvh);

/* Is some triangle within max_mm? Looks into leaf *hint first, then further and further around
 * it, and leaves there where it found one: for places one after the other that lie close
 * together. Start with 0. */
bool nw_bvh_is_within(const struct nw_bvh *bvh, nw_vec3 point_mm, double max_mm,
                      uint32_t *hint);

/* As nw_bvh_nearest without a limit, but looks at triangle `hint` first: for places one after
 * the other that lie close together. */
bool nw_bvh_nearest_from(const struct nw_bvh *bvh, nw_vec3 point_mm, uint32_t hint,
                         struct nw_nearest *out);

/* Of this triangle alone; signed_mm tells the side when it is the nearest of all. */
void nw_bvh_look_at(const struct nw_bvh *bvh, nw_vec3 point_mm, uint32_t triangle,
                    struct nw_nearest *out);

/* Morton code of 30 bits: the place of p in a cube of 1024 cells a side. */
struct nw_morton {
    nw_vec3 min;
    double scale;
};
struct nw_morton nw_morton_init(nw_box box);
uint32_t nw_morton_code(const struct nw_morton *m, nw_vec3 p);

/* The place on triangle abc nearest to p, and its weights (Ericson 2005, section 5.1.5). */
nw_vec3 nw_triangle_nearest(nw_vec3 a, nw_vec3 b, nw_vec3 c, nw_vec3 p, double bary[3]);

#endif
