/*
 * plan/wedge.h -- wedge osteotomies: a bone cut by one plane (opening) or two that meet in a
 * hinge (closing), and the upper piece turned about the hinge.
 */
#ifndef NW_PLAN_WEDGE_H
#define NW_PLAN_WEDGE_H

#include "plan/cut.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_wedge_opts {
    nw_vec3 point_mm, normal;       /* of the cut; `above` is where the normal points */
    nw_vec3 hinge_a_mm, hinge_b_mm; /* in that plane; which comes first does not matter */
    double angle_rad;               /* above 0, below a right angle */
    bool opens;                     /* else it closes */
    double kerf_mm;                 /* of the one cut that opens; 0 where it closes */
    double tolerance_mm;            /* of contact */
};

struct nw_wedge {
    struct nw_piece_cut above, below; /* above has been turned already */
    struct nw_piece_cut wedge;        /* what was taken out; empty where it opens */
    nw_affine motion;                 /* of the piece above */
    double wedge_mm3;                 /* taken out; or swept by the face, to be filled */
    double height_mm;      /* of the wedge at the edge farthest from the hinge: the chord */
    double reach_mm;       /* of the cut face from the hinge to that edge */
    double beyond_mm;      /* of the cut face on the hinge's other side: bone that must bend */
    struct nw_faces faces; /* of the piece above held to the one below, after the turn */
};

/*
 * Closing: the second plane is the first one turned up about the hinge, on the side where most
 * of the face lies; what is between them is taken out and the piece above turned down until the
 * planes meet. Opening: it is turned up. The saw runs within the wedge that is taken out. The
 * volume that opens is the face's area times the way of its centroid (Pappus; what lies beyond
 * the hinge is not counted). *out is clear before; released by nw_wedge_release.
 * NW_ERR_ARGUMENT for an angle out of range; NW_ERR_GEOMETRY when the hinge does not lie in the
 * plane (0.1 mm), has no length, or has the face more than a third beyond it, and as nw_cut.
 */
NW_MUST_CHECK bool nw_wedge_cut(const struct nw_mesh *mesh, const struct nw_wedge_opts *opts,
                                struct nw_wedge *out, struct nw_err *err);
void nw_wedge_release(struct nw_wedge *wedge);

#ifdef __cplusplus
}
#endif
#endif
