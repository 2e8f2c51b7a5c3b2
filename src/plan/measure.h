/*
 * plan/measure.h -- numbers of anatomy, each with its doubt.
 *
 * A value comes with one sigma in the value's own unit. Where a place's error is not known,
 * what follows from it is not known either: NAN, never 0. The errors of two places are taken
 * as independent; those along a surface as alike within `correlation_mm`. How far a mesh may
 * lie from what it was taken from (its tol_mm) is a bound, not chance, and stays apart.
 */
#ifndef NW_PLAN_MEASURE_H
#define NW_PLAN_MEASURE_H

#include "core/volume.h"
#include "mesh/hole.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_measured {
    double value, sigma; /* sigma NAN: not known */
};

struct nw_place {
    nw_vec3 at_mm;
    double sigma_mm; /* of one coordinate; NAN: not known */
};

struct nw_measured nw_measure_length(struct nw_place a, struct nw_place b); /* mm */
/* At the corner between two legs, in radians, 0..pi; NAN when a leg has no length. Errors to
 * first order. */
struct nw_measured nw_measure_angle(struct nw_place a, struct nw_place corner,
                                    struct nw_place b);
/* Between the directions a0 to a1 and b0 to b1, in radians, 0..pi. */
struct nw_measured nw_measure_angle_of_lines(struct nw_place a0, struct nw_place a1,
                                             struct nw_place b0, struct nw_place b1);
/* How far a place lies from the line through two others, in mm. */
struct nw_measured nw_measure_off_line(struct nw_place p, struct nw_place a, struct nw_place b);

/* What a mesh says of its error at a place on triangle t; else what is stated, which may be
 * NAN. */
double nw_mesh_sigma_at(const struct nw_mesh *mesh, uint32_t triangle, const double bary[3],
                        double stated_sigma_mm);

/*
 * Volume (of a closed mesh) and area. A surface that is off by chance, alike within the
 * correlation length (Gaussian), changes them by the sums below; their variance is exact to
 * first order, but for the cells of 0.4 lengths in which it is summed. `if_all_off` is what one
 * sigma everywhere to the same side would do: the worst a wrong threshold can.
 */
struct nw_measured_solid {
    struct nw_measured volume_mm3, area_mm2;
    double volume_if_all_off_mm3, area_if_all_off_mm2; /* NAN: not known */
};
NW_MUST_CHECK bool nw_measure_solid(const struct nw_mesh *mesh, double stated_sigma_mm,
                                    double correlation_mm, struct nw_measured_solid *out,
                                    struct nw_err *err);

/* Wall at a place of a closed mesh: the largest ball that touches the surface there from
 * inside, and the straight way through. NW_ERR_GEOMETRY when the place is further than
 * reach_mm from the surface, or the surface is open behind it. */
struct nw_thickness {
    struct nw_measured ball_mm; /* its diameter */
    struct nw_measured ray_mm;
    nw_vec3 at_mm, across_mm; /* on the surface; where the ray comes out */
};
NW_MUST_CHECK bool nw_measure_thickness(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                                        nw_vec3 point_mm, double reach_mm,
                                        double stated_sigma_mm, struct nw_thickness *out,
                                        struct nw_err *err);

/* The width of a round hole of the mesh (mesh/hole.h). Its doubt is that of the fit; where the
 * surface states its own, that moves all of a wall to one side and so counts twice. */
struct nw_measured nw_measure_hole(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                                   const struct nw_hole *hole, double stated_sigma_mm);

/* The least distance between two surfaces, exact but for rounding; 0 where they cross. */
struct nw_apart {
    struct nw_measured distance_mm;
    nw_vec3 on_a_mm, on_b_mm;
    bool a_in_b, b_in_a; /* of closed ones: that they lie within one another */
};
NW_MUST_CHECK bool nw_measure_apart(const struct nw_mesh *a, const struct nw_mesh *b,
                                    double stated_sigma_mm, struct nw_apart *out,
                                    struct nw_err *err);

/* Grey values along a way through a scan, trilinear, every step_mm. Its doubt is what moving
 * the way by one sigma sideways changes in the mean. NW_ERR_GEOMETRY when it leaves the scan,
 * NW_ERR_ARGUMENT for a step not above 0, NW_ERR_LIMIT above a million samples. */
struct nw_along_path {
    struct nw_measured mean;
    double min, max, deviation, length_mm;
    size_t count;
    double *value; /* count of them, every step_mm and at the end; you free it */
};
NW_MUST_CHECK bool nw_measure_path(const struct nw_volume *scan, const struct nw_place *place,
                                   size_t count, double step_mm, struct nw_along_path *out,
                                   struct nw_err *err);

/*
 * The area within an outline, corner after corner: of the flat polygon (that its corners come
 * nearest to), and with a mesh of its surface below it: the triangles that face as the outline
 * does, within depth_mm of its plane, clipped exactly. The doubt is the corners' to first
 * order; a surface's is larger in the same measure as it is. NW_ERR_GEOMETRY for an outline
 * that crosses itself or has no area, and where no surface lies below it; NW_ERR_LIMIT above
 * 256 corners.
 */
struct nw_outline {
    struct nw_measured area_mm2;    /* of the flat polygon */
    struct nw_measured surface_mm2; /* NAN without a mesh */
    double around_mm;               /* its length */
    double off_plane_mm;            /* the corner that lies farthest from its plane */
};
NW_MUST_CHECK bool nw_measure_outline(const struct nw_place *corner, size_t count,
                                      const struct nw_mesh *mesh, double depth_mm,
                                      struct nw_outline *out, struct nw_err *err);

/*
 * Grey values of the voxels whose middle lies in a shape: a ball (its middle, a place on its
 * surface), a circle one slice thick (its middle, and two places on its rim that show its
 * plane), or a box along the scan's axes between two corners (within one slice: a rectangle of
 * that slice). The mean's doubt: the voxels' own spread, as if each were by itself, and what
 * moving the shape by one sigma along each axis changes. NW_ERR_GEOMETRY when no voxel's
 * middle lies in it, or it leaves the scan.
 */
enum nw_shape { NW_SHAPE_BALL, NW_SHAPE_CIRCLE, NW_SHAPE_BOX };
struct nw_inside {
    struct nw_measured mean;
    double deviation, min, max;
    size_t voxels;
    double size; /* of the ball and the box in mm3, of the circle in mm2: its formula */
};
NW_MUST_CHECK bool nw_measure_inside(const struct nw_volume *scan, enum nw_shape shape,
                                     const struct nw_place *place, struct nw_inside *out,
                                     struct nw_err *err);

/*
 * The shortest way over a surface between two places on it (the nearest to those given, within
 * reach_mm): exact on the triangles but for rounding, by windows carried over the edges (Chen
 * and Han 1990, with the filter and the queue of Xin and Wang 2009), among the triangles that
 * can matter. NW_ERR_GEOMETRY when a place is not on the surface, or no way leads there, or an
 * edge has more than two triangles; NW_ERR_LIMIT beyond 2^26 windows.
 */
NW_MUST_CHECK bool nw_measure_geodesic(const struct nw_mesh *mesh, nw_vec3 a_mm, nw_vec3 b_mm,
                                       double reach_mm, double stated_sigma_mm,
                                       struct nw_measured *out, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
