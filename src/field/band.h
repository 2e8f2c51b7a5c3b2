/*
 * field/band.h -- an expression sampled once on a grid, near its surface, and what passes
 * through when it is moved along the grid: the two things that guides are made of.
 *
 * Where nw_field_baked is as fine as it must be and exact beyond its box, a band is plain: one
 * value a sample, trilinear between, kept within its limits, constant beyond its grid. It
 * never asks the expression again, so that nothing outside the grid can cost anything.
 */
#ifndef NW_FIELD_BAND_H
#define NW_FIELD_BAND_H

#include "field/field.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Samples `a` on the grid, whose cells are cubes: values within -inside_mm and outside_mm, both
 * at least two cells. A closed mesh leaf by mesh/band.h, about 0.3 us a sample near it; any
 * other expression by what it costs to ask, in blocks that its intervals do not rule out.
 * Between samples it is off by up to cell^2 / 4 r where the surface has radius r, and by a
 * quarter of a cell where it has a crease. Memory: 4 bytes a sample. NW_ERR_ARGUMENT for a grid
 * or limits that are none of these; NW_ERR_LIMIT above 2^27 samples.
 */
nw_node nw_field_band(struct nw_field *f, nw_node a, const struct nw_grid *grid,
                      double outside_mm, double inside_mm, struct nw_err *err);

/*
 * All that a band passes through on its way from beyond the grid's last layer to its first:
 * along each column the lowest value from here on. NW_ERR_ARGUMENT for a node that is no band.
 */
nw_node nw_field_band_swept(struct nw_field *f, nw_node band, struct nw_err *err);

/*
 * Half of what one band has more than another on the same grid, as a band: so it changes by no
 * more than the distance gone. Between a band and its sweep it is below zero in the shade of
 * what was moved: where one can get to only past it. NW_ERR_ARGUMENT for others.
 */
nw_node nw_field_band_excess(struct nw_field *f, nw_node a, nw_node over, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
