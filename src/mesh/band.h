/*
 * mesh/band.h -- a solid's signed distances on a grid, near its surface: what many questions
 * about one place of a large mesh are answered from.
 *
 * Triangles write the exact distance into the samples within two cells of them; from there the
 * nearest triangle is handed on from sample to sample (a closest point transform in layers,
 * after Tsai 2002), and each sample tries those of its 26 neighbours. So what lies away from
 * the grid costs nothing, and a sample costs about a tenth of a search for its nearest.
 */
#ifndef NW_MESH_BAND_H
#define NW_MESH_BAND_H

#include "core/volume.h"
#include "mesh/solid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Are the grid's steps of one length and at right angles, both limits finite and at least two
 * cells (NW_ERR_ARGUMENT), and is it of at most 2^27 samples (NW_ERR_LIMIT)? */
NW_MUST_CHECK bool nw_band_check(const struct nw_grid *grid, double outside_mm,
                                 double inside_mm, struct nw_err *err);

/*
 * Makes *out (clear before; you release it) a float volume on the grid: the signed distance in
 * mm, negative inside, kept within -inside_mm and outside_mm, where all beyond is. Within 1.7
 * cells of the surface to a float's rounding what nw_solid_distances says; further away never
 * less than that, and rarely more: by up to a tenth of a cell within 12 cells, a
 * third beyond. The sides are always right.
 *
 * The solid must be closed, the grid's steps of one length and at right angles, both limits at
 * least two cells: else NW_ERR_ARGUMENT. NW_ERR_LIMIT for a grid of more than 2^27 samples;
 * NW_ERR_MEMORY. Costs about 0.3 us a sample in the band, 10 ns beyond it; memory 8 bytes a
 * sample and 16 more in the band. The same bits on any number of threads.
 */
NW_MUST_CHECK bool nw_solid_band(const struct nw_solid *solid, const struct nw_grid *grid,
                                 double outside_mm, double inside_mm, struct nw_volume *out,
                                 struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
