/* anatomy/region_priv.h -- a region as it is held, and its bytes. */
#ifndef NW_ANATOMY_REGION_PRIV_H
#define NW_ANATOMY_REGION_PRIV_H

#include "anatomy/region.h"
#include "anatomy/tissue_priv.h"

/* Volumes are of the whole grid with nothing outside lo <= p < hi: pages that are never touched
 * take no memory. */
struct nw_region {
    struct nw_arena arena;
    struct nw_volume scan, found; /* int16; the recipe's labels, without corrections */
    struct nw_grey grey;          /* borrows scan */
    struct nw_calibration calibration;
    struct nw_tissues tissues; /* labels: after the corrections it was cut with */
    size_t lo[3], hi[3];
    /* Behind the region's own bytes (borrowed): labels of the whole grid, for whole parts. */
    const uint8_t *all;
    size_t all_len;
};

NW_MUST_CHECK uint8_t *nw_region_write(const struct nw_region *region, size_t *len,
                                       struct nw_err *err);
/* Labels of the whole grid: as the recipe finds them, and after the region's corrections.
 * Volumes are clear; the caller releases them, on failure too. */
NW_MUST_CHECK bool nw_region_all_labels(const struct nw_region *region, struct nw_volume *found,
                                        struct nw_volume *now, struct nw_err *err);

#endif
