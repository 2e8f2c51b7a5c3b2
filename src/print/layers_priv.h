/* print/layers_priv.h -- what the sources of layers have in common. */
#ifndef NW_PRINT_LAYERS_PRIV_H
#define NW_PRINT_LAYERS_PRIV_H

#include "print/layers.h"

/* Fills the numbers of *out (not the source) from the placement and what is asked for. */
NW_MUST_CHECK bool nw_layers_measure(const struct nw_placement *place,
                                     const struct nw_machine *machine,
                                     const struct nw_raster_opts *opts, struct nw_layers *out,
                                     struct nw_err *err);

#endif
