/*
 * plan/cut.h -- osteotomy: a closed mesh cut by a plane into two closed ones, and how two cut
 * faces lie to one another after their pieces were moved.
 */
#ifndef NW_PLAN_CUT_H
#define NW_PLAN_CUT_H

#include "core/mesh.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A piece; triangles from `face` on are the cut face. Vertices that are not new keep their
 * places and attributes to the bit. */
struct nw_piece_cut {
    struct nw_mesh mesh;
    size_t face;
    double face_area_mm2;
    bool curved;        /* the face is a dome's, about the axis through these two places */
    nw_vec3 axis_mm[2]; /* they move with the piece */
};

/*
 * The two sides of a plane with a saw's kerf taken out around it: `above` is the side the
 * normal points to. Where a vertex lies on the plane, the plane is moved by micrometres (at
 * most 0.1) until none does. Faces are closed by ear clipping with exact predicates, holes
 * (marrow) left open. NW_ERR_GEOMETRY when the mesh is not closed, or the plane does not meet
 * it. Both are clear before and released by the caller.
 */
NW_MUST_CHECK bool nw_cut(const struct nw_mesh *mesh, nw_vec3 point_mm, nw_vec3 normal,
                          double kerf_mm, struct nw_piece_cut *above,
                          struct nw_piece_cut *below, struct nw_err *err);
/* Half a cylinder: in front of its axis, the way `towards` points. */
struct nw_dome {
    nw_vec3 point_mm, axis, towards;
    double radius_mm;
};
/*
 * As nw_cut, by a dome with the kerf half to each side of its radius: `outside` lies beyond it,
 * `inside` is the piece that turns about the axis. Edges that may cross are halved first, and
 * the faces filled with facets, until none is farther than 0.005 mm from its cylinder.
 * NW_ERR_GEOMETRY too when the bone is cut behind the axis, where there is no dome: its radius
 * is too small for the bone or the axis lies wrong.
 */
NW_MUST_CHECK bool nw_cut_dome(const struct nw_mesh *mesh, const struct nw_dome *dome,
                               double kerf_mm, struct nw_piece_cut *outside,
                               struct nw_piece_cut *inside, struct nw_err *err);
/* One sigma of the volume between two faces of so much area together: a plane is moved as a
 * whole; a dome's facets are off each for itself. */
double nw_cut_sigma_mm3(double area_mm2);
double nw_cut_dome_sigma_mm3(double radius_mm, double area_mm2);
void nw_piece_cut_release(struct nw_piece_cut *piece);

/* Two faces held against one another along the first one's normal; a dome's along its own at
 * each place, with an angle of NAN. */
struct nw_faces {
    double gap_mean_mm, gap_min_mm, gap_max_mm; /* where they face; below 0 they overlap */
    double facing_mm2;                          /* of the first, that has the other before it */
    double contact_mm2;                         /* of that, no further than the tolerance */
    double step_mean_mm, step_max_mm;           /* sideways, where the other one is missing */
    double angle_rad;                           /* between the faces, 0: parallel */
};
NW_MUST_CHECK bool nw_faces_compare(const struct nw_piece_cut *a, const struct nw_piece_cut *b,
                                    double tolerance_mm, struct nw_faces *out,
                                    struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
