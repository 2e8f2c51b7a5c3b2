/*
 * core/predicate.h -- on which side? Answered exactly, whatever the rounding: a floating
 * filter first, then exact expansion arithmetic for the few cases it cannot decide, after
 * Shewchuk (1997).
 *
 * Exact for finite coordinates whose products neither overflow nor underflow: magnitudes of
 * 0 or between 1e-70 and 1e70, which covers every length in mm that means anything.
 */
#ifndef NW_CORE_PREDICATE_H
#define NW_CORE_PREDICATE_H

#include "core/vec.h"

#ifdef __cplusplus
extern "C" {
#endif

/* +1 when d lies below the plane of a, b, c, seen from where these run counter-clockwise (so
 * inside, for an outward triangle); -1 above; 0 on it. */
int nw_orient3d(nw_vec3 a, nw_vec3 b, nw_vec3 c, nw_vec3 d);

/* +1 when (ax,ay), (bx,by), (cx,cy) turn left, -1 right, 0 straight. */
int nw_orient2d(double ax, double ay, double bx, double by, double cx, double cy);

/* Do a, b, c lie on one line (two of them the same counts)? */
bool nw_is_collinear(nw_vec3 a, nw_vec3 b, nw_vec3 c);

#ifdef __cplusplus
}
#endif
#endif
