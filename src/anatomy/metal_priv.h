/*
 * anatomy/metal_priv.h -- which vertices of a surface lie where metal disturbs the picture.
 */
#ifndef NW_ANATOMY_METAL_PRIV_H
#define NW_ANATOMY_METAL_PRIV_H

#include "anatomy/grey_priv.h"
#include "core/mesh.h"

/*
 * Gives vertices with metal within reach the class NW_CLASS_METAL and an uncertainty of at
 * least 0.5 mm; the mesh has both arrays. Looked for on a lattice of places around each, and
 * only where a block of the scan in reach holds any: one look at all voxels, then little.
 */
NW_MUST_CHECK bool nw_metal_mark(const struct nw_grey *grey, double reach_mm,
                                 struct nw_mesh *mesh, struct nw_err *err);

#endif
