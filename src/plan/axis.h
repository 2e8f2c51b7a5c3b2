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

/* A structure to keep clear of, by at least margin_mm. Borrows both. */
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

struct nw_region {
    nw_vec3 centre_mm;
    double radius_mm; /* a ball; 0: the centre alone */
};
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
