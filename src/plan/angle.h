/*
 * plan/angle.h -- directions with their doubt, planes fitted to places, and the angles between
 * them: in space, or as they are seen along a direction (on a film).
 */
#ifndef NW_PLAN_ANGLE_H
#define NW_PLAN_ANGLE_H

#include "plan/measure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of length 1. Its covariance has NAN where it is not known. */
struct nw_direction {
    nw_vec3 along;
    nw_mat3 covariance;
};
nw_mat3 nw_unknown_spread(void);
struct nw_direction nw_direction_between(struct nw_place from, struct nw_place to);

struct nw_fitted_plane {
    nw_vec3 point_mm;
    struct nw_direction normal; /* its largest component above 0 */
    double rms_mm;              /* of the places from it */
    double tilt_sigma_rad;      /* both tilts together */
};
/* Least squares at right angles to the plane. Its doubt is from the larger of what the places
 * state and how far they lie off; places nearer to one another than correlation_mm are off
 * alike: one counts for each disc of that size (0: all count). NW_ERR_GEOMETRY for fewer than
 * three places, or all on a line. */
NW_MUST_CHECK bool nw_plane_fit(const struct nw_place *place, size_t count,
                                double correlation_mm, struct nw_fitted_plane *out,
                                struct nw_err *err);
/* The plane's normal, towards which a, b, c run counter-clockwise. */
struct nw_direction nw_plane_through(struct nw_place a, struct nw_place b, struct nw_place c);

/* How something is seen: along a direction of length 1, or (zero) in space. */
struct nw_view {
    nw_vec3 along;
};
/* The trace that a plane leaves in the view, from its normal. */
struct nw_direction nw_trace_seen(struct nw_direction normal, struct nw_view view);
/* In radians, 0..pi; NAN when one is seen end on. Errors to first order, and where both run
 * alike in space those of the mean tilt. */
struct nw_measured nw_angle_seen(struct nw_direction a, struct nw_direction b,
                                 struct nw_view view);
/* Between lines: 0..pi/2. */
struct nw_measured nw_angle_of_lines_seen(struct nw_direction a, struct nw_direction b,
                                          struct nw_view view);
/* At the corner. In a view, from the leg to a to that to b counter-clockwise seen against it:
 * -pi..pi, without a kink where the legs are stretched. */
struct nw_measured nw_corner_seen(struct nw_place a, struct nw_place corner, struct nw_place b,
                                  struct nw_view view);

#ifdef __cplusplus
}
#endif
#endif
