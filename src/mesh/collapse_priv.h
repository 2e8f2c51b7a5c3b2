/*
 * mesh/collapse_priv.h -- edge collapses inside one patch of a mesh, for simplify.c.
 *
 * A patch is some triangles; only vertices all of whose triangles belong to it move or vanish,
 * so that patches do not see each other and may run side by side. Each original point rides on
 * one triangle of the patch; a collapse is done only when the points of the triangles it
 * changes stay within the bound of the new ones, and the new vertex within it of the original.
 */
#ifndef NW_MESH_COLLAPSE_PRIV_H
#define NW_MESH_COLLAPSE_PRIV_H

#include "mesh/bvh_priv.h"

/* What all patches of a round share; borrowed. */
struct nw_round {
    const struct nw_mesh *from; /* the mesh as the round found it */
    struct nw_mesh *to;         /* the same vertices; the places of inner ones are written */
    const uint32_t *order;      /* triangles of `from`, patch after patch */
    const uint32_t *owner;      /* by vertex: the patch it is inside of, or NW_NO_PATCH */
    const uint8_t *seam;        /* by vertex: only edges at these begin; NULL: all do */
    const struct nw_mesh *original;
    const uint32_t (*side)[2]; /* original vertices; points are these, then the middles here */
    const size_t *point_first; /* by place in the order those that ride there: point[] */
    const uint32_t *point;
    const struct nw_bvh *tree; /* of the original */
    const uint8_t *locked;     /* by vertex: does not move */
    double bound_mm;
    double between_mm; /* of places in between: along new sides, in new faces */
    double spacing_mm; /* of samples along the new triangles' sides */
    double ratio;      /* stop at this share of a patch's triangles */
    uint32_t *merged;  /* by vertex: the one it became part of; written for inner ones */
    uint32_t *home;    /* by point: the place in to->tri it rides on; written */
    uint8_t *changed;  /* by place in to->tri: enum nw_change; written */
};
#define NW_NO_PATCH UINT32_MAX

static inline nw_vec3 nw_round_point(const struct nw_round *r, size_t point)
{
    const nw_vec3 *at = r->original->pos_mm;
    if (point < r->original->vert_count)
        return at[point];
    const uint32_t *end = r->side[point - r->original->vert_count];
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): points beyond vertices have sides */
    return nw_scale(nw_add(at[end[0]], at[end[1]]), 0.5);
}

/* Into how many parts a side of that length is cut to be sampled in between. */
static inline int nw_sample_parts(double len_mm, double spacing_mm)
{
    const double parts = ceil(len_mm / spacing_mm);
    return parts < 2 ? 2 : parts > 16 ? 16 : (int)parts;
}

enum nw_change { NW_SAME, NW_CHANGED, NW_OVER_BOUND };

struct nw_patch {
    uint32_t id;
    size_t begin, end; /* places in the order */
    bool frozen;       /* nothing moves at all */
};

/* Runs one patch; its triangles go to to->tri[begin ..], *live of them. NW_ERR_MEMORY only. */
NW_MUST_CHECK bool nw_patch_collapse(const struct nw_round *round, const struct nw_patch *patch,
                                     size_t *live, struct nw_err *err);

#endif
