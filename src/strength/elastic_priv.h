/* strength/elastic_priv.h -- what elastic.c keeps and stress.c reads. */
#ifndef NW_STRENGTH_ELASTIC_PRIV_H
#define NW_STRENGTH_ELASTIC_PRIV_H

#include "strength/elastic.h"
#include "strength/grid_priv.h"

enum { NW_ELASTIC_LEVELS = 10 };

struct nw_elastic {
    nw_vec3 origin_mm; /* of node 0 */
    double cell_mm, young_mpa, poisson;
    struct nw_level level[NW_ELASTIC_LEVELS];
    int levels;
    bool ready; /* the levels know what is fixed */
    uint8_t *fixed;
    double *moved, *force; /* three a node */
    size_t cells;
    double volume_mm3;
};

static inline nw_vec3 nw_cube_middle(const struct nw_elastic *e, size_t x, size_t y, size_t z)
{
    return nw_along(e->origin_mm, nw_v3((double)x + 0.5, (double)y + 0.5, (double)z + 0.5),
                    e->cell_mm);
}

#endif
