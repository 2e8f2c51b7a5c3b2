/* anatomy/untangle_priv.h -- takes back those moves of vertices that made triangles cross. */
#ifndef NW_ANATOMY_UNTANGLE_PRIV_H
#define NW_ANATOMY_UNTANGLE_PRIV_H

#include "core/mesh.h"

/* before[] are places where nothing crossed. Vertices of folded and of crossing triangles go
 * back there, wholly, until nothing crosses. */
NW_MUST_CHECK bool nw_untangle(struct nw_mesh *mesh, const nw_vec3 *before, struct nw_err *err);

#endif
