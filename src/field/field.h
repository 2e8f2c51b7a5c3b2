/*
 * field/field.h -- shape as a signed function of place: negative inside, distance-like near
 * zero, in mm. Expressions of nodes; union, difference, offset and blend cannot fail.
 *
 * Build nodes bottom up in an nw_field (one owner, append only, so there are no cycles), then
 * ask the root at points, over boxes (as an interval that is certain to hold every value in
 * the box), or for its gradient. All distances are exact for primitives and lower bounds (in
 * magnitude) after booleans; `lipschitz` of a node is at most 1 unless a transform scales.
 */
#ifndef NW_FIELD_FIELD_H
#define NW_FIELD_FIELD_H

#include "core/mesh.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t nw_node; /* index of a node in its field; negative: failed */

struct nw_field; /* nodes, and the volumes they borrow */

NW_MUST_CHECK struct nw_field *nw_field_new(struct nw_err *err);
void nw_field_free(struct nw_field *field);

/* Each returns a node, or -1 with *err filled: NW_ERR_ARGUMENT for a size that is not above
 * zero or not finite, a node that does not exist; NW_ERR_LIMIT for an expression of more than
 * 2^20 nodes (counted as often as used), 4096 deep or with 32 moves within moves;
 * NW_ERR_MEMORY. If *err is already filled it returns -1 at once, so that a whole construction
 * can be checked once at its end. */
nw_node nw_field_sphere(struct nw_field *f, nw_vec3 centre_mm, double radius_mm,
                        struct nw_err *err);
nw_node nw_field_box(struct nw_field *f, nw_vec3 min_mm, nw_vec3 max_mm, struct nw_err *err);
nw_node nw_field_cylinder(struct nw_field *f, nw_vec3 a_mm, nw_vec3 b_mm, double radius_mm,
                          struct nw_err *err); /* flat ends */
nw_node nw_field_capsule(struct nw_field *f, nw_vec3 a_mm, nw_vec3 b_mm, double radius_mm,
                         struct nw_err *err); /* round ends */
nw_node nw_field_cone(struct nw_field *f, nw_vec3 a_mm, nw_vec3 b_mm, double radius_a_mm,
                      double radius_b_mm,
                      struct nw_err *err); /* frustum, flat ends; one radius may be 0 */
nw_node nw_field_torus(struct nw_field *f, nw_vec3 centre_mm, nw_vec3 axis, double major_mm,
                       double minor_mm, struct nw_err *err);
nw_node nw_field_ellipsoid(struct nw_field *f, nw_vec3 centre_mm, nw_vec3 radii_mm,
                           struct nw_err *err); /* not exact: a lower bound */
nw_node nw_field_half_space(struct nw_field *f, nw_vec3 point_mm, nw_vec3 outward,
                            struct nw_err *err);
/* A polygon (simple, any direction of turning) in the plane through `origin` spanned by the
 * unit vectors u and v, extruded from 0 to height along u x v. */
nw_node nw_field_extrusion(struct nw_field *f, nw_vec3 origin_mm, nw_vec3 u, nw_vec3 v,
                           const double (*outline_mm)[2], size_t count, double height_mm,
                           struct nw_err *err);
/* A volume's values (any voxel type) as value*scale + shift, trilinear, constant beyond its
 * border. Borrows the volume until the field is freed. */
nw_node nw_field_sampled(struct nw_field *f, const struct nw_volume *vol, double scale,
                         double shift, struct nw_err *err);

/* A mesh of any kind as a solid: see mesh/solid.h for what holes and flipped triangles become.
 * Copies the mesh. Exact; 1 to 3 us a place near a mesh of 300 000
 * triangles, more far away: bake it (nw_field_baked) when the
 * expression is asked often. Failures as nw_solid_new. */
nw_node nw_field_mesh(struct nw_field *f, const struct nw_mesh *mesh, struct nw_err *err);

/* Any expression, sampled once in a box and interpolated from then on: an adaptively sampled
 * distance field (Frisken, Perry, Rockwood, Jones 2000) of bricks of 4 x 4 x 4 cells, each as
 * fine as it must be for the interpolated value to be within tol_mm, but no finer than
 * cell_mm. What is all beyond band_mm outside, or inside_mm inside, is left coarse.
 * Beyond the box the expression itself is asked. An edit of what is built on top then costs
 * about 30 ns a place, whatever `a` is. Memory: about 600 bytes a brick. Zero options mean 0.2
 * mm, 0.01 mm and 5 mm. *off_mm (may be NULL) becomes the largest difference found in the
 * band between the cells' samples, where creases are finer than a cell. NW_ERR_ARGUMENT for a
 * box without volume; NW_ERR_LIMIT for one of more than 2^21 cells along an axis. */
struct nw_bake_opts {
    double cell_mm, tol_mm, band_mm, inside_mm; /* inside_mm 0: as band_mm */
};
nw_node nw_field_baked(struct nw_field *f, nw_node a, nw_box box,
                       const struct nw_bake_opts *opts, double *off_mm, struct nw_err *err);

nw_node nw_field_union(struct nw_field *f, nw_node a, nw_node b, struct nw_err *err);
nw_node nw_field_intersection(struct nw_field *f, nw_node a, nw_node b, struct nw_err *err);
nw_node nw_field_difference(struct nw_field *f, nw_node a, nw_node b, struct nw_err *err);
/* Union rounded where the surfaces meet within radius (polynomial smooth minimum). */
nw_node nw_field_blend(struct nw_field *f, nw_node a, nw_node b, double radius_mm,
                       struct nw_err *err);
/* Union, intersection and difference with the edge where the surfaces meet rounded: exactly by
 * a circle of the radius where they meet at right angles and are exact distances. Nothing
 * changes further than the radius from both. */
nw_node nw_field_union_round(struct nw_field *f, nw_node a, nw_node b, double radius_mm,
                             struct nw_err *err);
nw_node nw_field_intersection_round(struct nw_field *f, nw_node a, nw_node b, double radius_mm,
                                    struct nw_err *err);
nw_node nw_field_difference_round(struct nw_field *f, nw_node a, nw_node b, double radius_mm,
                                  struct nw_err *err);
nw_node nw_field_offset(struct nw_field *f, nw_node a, double by_mm, struct nw_err *err);
/* The layer between the surface and the one `inward_mm` below it. */
nw_node nw_field_shell(struct nw_field *f, nw_node a, double inward_mm, struct nw_err *err);
/* a seen through the map: the shape moved, turned, scaled, sheared. The map must be
 * invertible; distances are rescaled by its smallest stretch, so they stay lower bounds. */
nw_node nw_field_moved(struct nw_field *f, nw_node a, nw_affine map, struct nw_err *err);
nw_node nw_field_mirrored(struct nw_field *f, nw_node a, nw_vec3 point_mm, nw_vec3 normal,
                          struct nw_err *err);

/* All that `a` passes through when it is moved along a vector: the union of its copies. `a`
 * must be distance-like (its value changes by at most the distance gone), else parts may be
 * missed. By marching along the vector as far as the distances allow but at least step_mm,
 * then closing in on the lowest: what is narrower than step_mm along the vector may be missed
 * by half of it, what is smooth is exact to about step_mm^2 / 8000 r. Costs 15 to 2 length /
 * step_mm values of `a` a place; bake the result. */
nw_node nw_field_swept(struct nw_field *f, nw_node a, nw_vec3 along_mm, double step_mm,
                       struct nw_err *err);
/* A round tube along a polyline (at least two corners; equal neighbours are refused), with a
 * radius at each corner, between them changing evenly; round at corners and ends. Exact. */
nw_node nw_field_tube(struct nw_field *f, const nw_vec3 *corner_mm, const double *radius_mm,
                      size_t count, struct nw_err *err);

/* The same shape with exact distances: its surface in the box, taken at this cell size with
 * sharp edges kept, as a mesh leaf. After booleans, so that an offset or a shell is of even
 * thickness. What reaches the box is cut there. Failures as nw_surface_of_field. */
nw_node nw_field_remeasured(struct nw_field *f, nw_node a, nw_box box, double cell_mm,
                            struct nw_err *err);
/* Edges rounded by radii all over, whatever the angle: convex ones by an opening (shrunk by
 * the radius and grown again), concave ones by a closing; 0 leaves a kind as it is. What is
 * thinner than twice the convex radius vanishes; gaps narrower than twice the concave radius
 * close. Where both meet, a closing gives a corner back to about cell_mm^2 / 4 r. Each radius
 * costs a surface at cell_mm and a mesh leaf: bake the result.
 * NW_ERR_GEOMETRY when nothing is left. */
nw_node nw_field_rounded(struct nw_field *f, nw_node a, nw_box box, double cell_mm,
                         double convex_mm, double concave_mm, struct nw_err *err);
/* Hollow, with a wall inwards of the surface and round holes through it, each straight inward
 * from a place on the surface (against the gradient, or along `inward` when that is not 0).
 * NW_ERR_GEOMETRY for a hole that is not within a wall's thickness of the surface or does not
 * reach the hollow within 20 walls. */
struct nw_drain {
    nw_vec3 place_mm, inward;
    double radius_mm;
};
nw_node nw_field_hollowed(struct nw_field *f, nw_node a, double wall_mm,
                          const struct nw_drain *drain, size_t count, struct nw_err *err);

double nw_field_value(const struct nw_field *f, nw_node root, nw_vec3 point_mm);
/* Value and gradient (of length about 1 where the field is a distance). */
double nw_field_gradient(const struct nw_field *f, nw_node root, nw_vec3 point_mm,
                         nw_vec3 *out);

/* A compiled expression, for many points: faster than nw_field_value by an order. */
struct nw_tape;
NW_MUST_CHECK struct nw_tape *nw_tape_new(const struct nw_field *f, nw_node root,
                                          struct nw_err *err);
void nw_tape_free(struct nw_tape *tape);
typedef struct {
    double min, max;
} nw_interval;
nw_interval nw_tape_interval(const struct nw_tape *tape, nw_box box);
/* A new tape for places of the box alone: what cannot matter there is left out. Its values
 * there are the same bits; its intervals hold them, of boxes inside. Borrows the tape that
 * was made of the field. */
NW_MUST_CHECK struct nw_tape *nw_tape_within(const struct nw_tape *tape, nw_box box,
                                             struct nw_err *err);
size_t nw_tape_length(const struct nw_tape *tape); /* operations */
/* Values at count points; the same bits as nw_field_value. Thread-safe. */
void nw_tape_values(const struct nw_tape *tape, const nw_vec3 *point_mm, size_t count,
                    double *value);
/* The same at places of a box; what cannot matter in the box is not run. Returns the interval
 * in the box; when that does not reach 0, NW_WANT_SIGN leaves value as it is. */
enum nw_want { NW_WANT_ALL, NW_WANT_SIGN };
nw_interval nw_tape_values_in(const struct nw_tape *tape, nw_box box, const nw_vec3 *point_mm,
                              size_t count, double *value, enum nw_want want);

/* One place: the bits of nw_field_value and nw_field_gradient, and quicker than those when
 * the tape is short, as those for small boxes are; for gradients it must be. */
enum { NW_TAPE_SHORT = 48 }; /* operations at most */
double nw_tape_value(const struct nw_tape *tape, nw_vec3 point_mm);
double nw_tape_gradient(const struct nw_tape *tape, nw_vec3 point_mm, nw_vec3 *out);

#ifdef __cplusplus
}
#endif
#endif
