/*
 * anatomy/drawn_priv.h -- the surface where a person drew it: where a correction says other
 * than the grey values do there is no edge to measure, so the surface lies on the drawing,
 * smoothed by less than a voxel, and says so: class drawn, and as uncertain as a hand on voxels
 * is. Where a correction agrees with the grey values the surface stays theirs.
 */
#ifndef NW_ANATOMY_DRAWN_PRIV_H
#define NW_ANATOMY_DRAWN_PRIV_H

#include "anatomy/edge_priv.h"
#include "image/bits.h"

/* The voxels of lo <= p < hi in which two label volumes of one grid differ, into bits that are
 * set up here. */
NW_MUST_CHECK bool nw_drawn_changed(const struct nw_volume *before,
                                    const struct nw_volume *after, const size_t lo[3],
                                    const size_t hi[3], struct nw_bits *out,
                                    struct nw_err *err);

/* `edge` with its labels, part and blocks; `from[]` are the vertices as they were extracted,
 * each within its own cell, and each that is drawn stays there. */
NW_MUST_CHECK bool nw_drawn_place(const struct nw_edge *edge, const struct nw_bits *changed,
                                  const nw_vec3 *from, struct nw_mesh *mesh,
                                  struct nw_err *err);

#endif
