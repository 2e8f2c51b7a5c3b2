/* anatomy/numbers_priv.h -- what is said of each part, and the error budget of all. */
#ifndef NW_ANATOMY_NUMBERS_PRIV_H
#define NW_ANATOMY_NUMBERS_PRIV_H

#include "anatomy/grey_priv.h"
#include "anatomy/recipe.h"

/* Fills all of *out but its name and what was moved. */
NW_MUST_CHECK bool nw_part_measure(const struct nw_mesh *mesh, const struct nw_grey *grey,
                                   const struct nw_volume *labels, uint8_t part,
                                   struct nw_part_numbers *out, struct nw_err *err);

/* From the parts' numbers and the calibration. */
void nw_budget_fill(struct nw_reconstruction *r, const struct nw_reconstruct_opts *opts);

#endif
