/*
 * design/seat.h -- how firmly a guide sits: whether it can slide or rock on what it touches,
 * and by how much the bone's uncertainty will move and tilt it.
 *
 * A small motion of the guide, a shift t and a turn r about the contact's centre c, moves the
 * contact at p with normal n by n.t + ((p - c) x n).r along the normal. Seating is the motion
 * that fits all contacts best (least squares over the area), as a person presses and wiggles
 * until it fits. The bone's surface is off by a smooth error of one sigma `sd_mm`, alike over
 * `alike_mm` (the correlation of places d apart is exp(-d^2 / 2 alike^2)); from that follows
 * the covariance of the motion, M^-1 (sum over all pairs of contacts) M^-1. Cost: the pairs of
 * 2000 contacts, evenly taken from those given.
 */
#ifndef NW_DESIGN_SEAT_H
#define NW_DESIGN_SEAT_H

#include "core/err.h"
#include "core/vec.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_contact {
    nw_vec3 point_mm, normal; /* normal: of unit length, out of the bone */
    double area_mm2;
};

struct nw_seat {
    double area_mm2;
    nw_vec3 centre_mm;
    double arm_mm; /* root mean square distance of the contact from its centre */
    /* The six singular values, largest first, of the area's mean of [n, (p - c) x n / arm]:
     * 0 for a motion that nothing holds. A sphere's guide has three of them, a flat one too. */
    double singular[6];
    double weakest_move[6];  /* of the smallest: a shift (first three) and a turn times arm */
    double covariance[6][6]; /* of shift (mm) and turn (radians); meaningless if not held */
    bool held;               /* the smallest is above 0.01 */
};

/* NW_ERR_GEOMETRY without contacts; NW_ERR_ARGUMENT for sd or alike that are not above 0. */
NW_MUST_CHECK bool nw_seat_of(const struct nw_contact *contact, size_t count, double sd_mm,
                              double alike_mm, struct nw_seat *out, struct nw_err *err);

/* One sigma of where an axis through point_mm will be: of the place, across the axis, and of
 * the direction. */
struct nw_seat_error {
    double across_mm, angle_deg;
};
struct nw_seat_error nw_seat_error_at(const struct nw_seat *seat, nw_vec3 point_mm,
                                      nw_vec3 axis);

#ifdef __cplusplus
}
#endif
#endif
