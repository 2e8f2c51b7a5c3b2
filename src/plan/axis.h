/*
 * plan/axis.h -- screws, needles and biopsy ways: straight rods, and what they keep clear of
 * along their whole length.
 */
#ifndef NW_PLAN_AXIS_H
#define NW_PLAN_AXIS_H

#include "mesh/distance.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_axis {
    nw_vec3 entry_mm, target_mm;
    double radius_mm; /* round ends: a rod with flat ones keeps at least as clear */
};

/* A structure to keep clear of, by at least margin_mm (what is asked for, with what its
 * surface may be off). Borrows both. */
struct nw_structure {
    const struct nw_mesh *mesh;
    const struct nw_bvh *bvh;
    double margin_mm;
};

struct nw_clearance {
    double clearance_mm; /* below 0: the rod runs into it, by that much at the deepest */
    double along_mm;     /* where on the axis, from the entry */
    nw_vec3 on_mm;       /* the place on the structure */
};
/* Exact but for rounding where the axis keeps outside; where it runs inside, its depth is
 * looked for every step_mm. Thread-safe. */
struct nw_clearance nw_axis_clearance(const struct nw_axis *axis,
                                      const struct nw_structure *structure, double step_mm);

/* How much of a part is left around the rod that runs in it (a screw in a pedicle): the least
 * wall beyond the first free_mm, which are the entry's. Below 0: a breach, by that much.
 * Looked for every step_mm and exact at what is found where the axis stays inside. */
struct nw_clearance nw_axis_wall(const struct nw_axis *axis, const struct nw_mesh *mesh,
                                 const struct nw_bvh *bvh, double free_mm, double step_mm);

/* Gertzbein and Robbins (1990): 'A' no breach, 'B' below 2 mm, 'C' 4, 'D' 6, 'E' more. */
char nw_breach_grade(double wall_mm);

/* Where an axis may begin or end. Offsets are from centre_mm. */
enum nw_region_shape { NW_REGION_BALL, NW_REGION_BOX, NW_REGION_POLYGON };
struct nw_region {
    nw_vec3 centre_mm;
    double radius_mm; /* a ball's; 0: the centre alone */
    enum nw_region_shape shape;
    nw_vec3 half_mm;     /* a box's; z: how far a polygon reaches to either side */
    nw_mat3 frame;       /* of a polygon: rows across, up, normal */
    double (*corner)[2]; /* across and up from the centre; owned */
    size_t corner_count;
    const struct nw_bvh *on; /* only this surface's places (borrowed); NULL: the whole shape */
    nw_vec3 *place;          /* of them, spread evenly; owned */
    size_t place_count;
};
/* A prism over the corners' mean plane; only a region on a surface is searched. Released by
 * nw_region_release. NW_ERR_GEOMETRY when the corners enclose no area. */
NW_MUST_CHECK bool nw_region_polygon(struct nw_region *region, const nw_vec3 *corner_mm,
                                     size_t count, double depth_mm, struct nw_err *err);
/* Only the places of the mesh's surface from now on. NW_ERR_GEOMETRY when there are none. */
NW_MUST_CHECK bool nw_region_on(struct nw_region *region, const struct nw_mesh *mesh,
                                const struct nw_bvh *bvh, struct nw_err *err);
/* The mesh's triangles whose boxes come near the region; *out is clear before. */
NW_MUST_CHECK bool nw_region_near(const struct nw_region *region, const struct nw_mesh *mesh,
                                  struct nw_mesh *out, struct nw_err *err);
void nw_region_release(struct nw_region *region);
bool nw_region_has(const struct nw_region *region, nw_vec3 offset);
/* Back towards the region, and onto its surface; what comes out may still lie beside it. */
nw_vec3 nw_region_pull(const struct nw_region *region, nw_vec3 offset);
/* An offset from three numbers in 0..1, evenly; all 0 is a ball's middle. */
nw_vec3 nw_region_draw(const struct nw_region *region, double u, double v, double w);
double nw_region_size(const struct nw_region *region); /* from the centre to the farthest */

struct nw_search {
    struct nw_region entry, target;
    double radius_mm;
    const struct nw_structure *avoid;
    size_t avoid_count;
    const struct nw_structure *within; /* its margin: the wall asked for; NULL: none */
    double free_mm;
    double most_length_mm; /* 0: any */
    nw_vec3 direction;     /* towards which the axis runs; zero: any */
    double most_angle_rad; /* away from it */
};
struct nw_found_axis {
    struct nw_axis axis;
    double spare_mm; /* the least clearance beyond its margin; below 0: none is clear */
    size_t looked_at;
};
/*
 * The axis whose least clearance beyond its margin is greatest: 4096 pairs of places spread
 * evenly over both regions, then the eight best improved by steps of one end or both down to
 * 0.01 mm. Always the same answer. NW_ERR_GEOMETRY when no axis meets the limits of length and
 * angle.
 */
NW_MUST_CHECK bool nw_axis_search(const struct nw_search *search, struct nw_found_axis *out,
                                  struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
