/*
 * mesh/check.h -- is it a printable solid, and if not, where not. Judges any mesh, ours or
 * foreign: soup, open, flipped, self-crossing.
 */
#ifndef NW_MESH_CHECK_H
#define NW_MESH_CHECK_H

#include "core/mesh.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_defect_kind {
    NW_DEFECT_OPEN_EDGE,
    NW_DEFECT_NONMANIFOLD_EDGE,   /* more than two triangles */
    NW_DEFECT_FLIPPED_EDGE,       /* two triangles run it the same way */
    NW_DEFECT_NONMANIFOLD_VERTEX, /* its triangles are not one fan */
    NW_DEFECT_DEGENERATE,         /* no area, or a corner twice, or a bad index */
    NW_DEFECT_DUPLICATE,          /* the same three vertices again */
    NW_DEFECT_SELF_INTERSECTION,
    NW_DEFECT_INWARD, /* a closed part that faces the wrong way for the place it is in: inward
                       * in the open, or outward within another's material */
    NW_DEFECT_NOT_FINITE,
};
enum { NW_DEFECT_KINDS = 9 };
const char *nw_defect_name(enum nw_defect_kind kind);

/* The first few of each kind, with their places. */
struct nw_defect {
    enum nw_defect_kind kind;
    nw_vec3 place_mm;
    size_t triangle;
};
enum { NW_DEFECTS_LISTED = 20 };

struct nw_mesh_check {
    bool closed;   /* each edge has a second triangle, all places are finite; not empty */
    bool manifold; /* no edge has three, each vertex one fan, no triangle twice */
    bool oriented; /* neighbours agree, and closed parts face the right way */
    bool solid;    /* all of that, no triangle without area, and no self-intersection */
    size_t count[NW_DEFECT_KINDS]; /* self-intersections: pairs of triangles */
    size_t parts;                  /* connected by edges */
    size_t cavities;               /* closed parts that face inward inside another */
    double volume_mm3, area_mm2, min_triangle_angle_deg;
    nw_box box;
    struct nw_defect defect[NW_DEFECT_KINDS * NW_DEFECTS_LISTED];
    size_t defect_count;
};

struct nw_check_opts {
    bool skip_self_intersection;
};
/* Any bytes are judged, none refused: bad indices and infinite places are defects. Which
 * parts lie in which is asked exactly, by a ray from each; triangles without area are left out
 * of the search for crossings, and triangles that merely touch count as crossing.
 * NW_ERR_MEMORY, NW_ERR_LIMIT above 2^32 / 3 triangles. Under a second for a million triangles
 * on two cores. */
NW_MUST_CHECK bool nw_mesh_check(const struct nw_mesh *mesh, const struct nw_check_opts *opts,
                                 struct nw_mesh_check *out, struct nw_err *err);

/* Marks (1) each triangle that crosses or overlaps another that is not its neighbour at the
 * shared corner or edge; exact predicates, no tolerance. crossing has tri_count bytes.
 * Triangles without area or with bad corners are passed over. */
NW_MUST_CHECK bool nw_mesh_self_intersections(const struct nw_mesh *mesh, uint8_t *crossing,
                                              size_t *pairs, struct nw_err *err);

/* Connected components over shared edges: part[t] = 0.. in order of the first triangle. */
NW_MUST_CHECK bool nw_mesh_components(const struct nw_mesh *mesh, uint32_t *part, size_t *count,
                                      struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
