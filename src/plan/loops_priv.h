/* plan/loops_priv.h -- closed loops in a plane filled with triangles. */
#ifndef NW_PLAN_LOOPS_PRIV_H
#define NW_PLAN_LOOPS_PRIV_H

#include <stdint.h>

#include "core/err.h"
#include "core/vec.h"

/*
 * Fills loops with triangles that use all their places and no other: outer loops run
 * counter-clockwise in (x, y), holes clockwise. after[i] is the place that follows i in its
 * loop. Triangles go to tri[], which has room for 3 count. Ear clipping with exact predicates;
 * what rounding made cross is clipped all the same, so that the result is always closed.
 */
NW_MUST_CHECK bool nw_loops_fill(const double (*at)[2], const uint32_t *after, size_t count,
                                 uint32_t (*tri)[3], size_t *tri_count, struct nw_err *err);

#endif
