/*
 * io/threemf_priv.h -- the two halves of 3MF. What the format has no words for (uncertainty,
 * class and tol_mm of each part) lies in Metadata/nuwa-vertices.bin, little endian:
 *   "NUWAVERT", u32 version 1, u32 parts, then for each part in order
 *   u32 vertices, u32 flags (1: uncertainty, 2: class), f64 tol_mm,
 *   f32 uncertainty_mm[vertices] and u8 class[vertices] where flagged.
 */
#ifndef NW_IO_THREEMF_PRIV_H
#define NW_IO_THREEMF_PRIV_H

#include <stdlib.h>

#include "io/model_priv.h"
#include "io/zip_priv.h"

#define NW_VERTICES_MAGIC "NUWAVERT"

NW_MUST_CHECK bool nw_threemf_write(struct nw_out *out, const struct nw_model *model,
                                    const struct nw_model_write_opts *opts, struct nw_err *err);

/* AMF may come in a zip too: reads that entry. */
NW_MUST_CHECK bool nw_amf_parse_entry(const struct nw_zip_reader *zip, int64_t index,
                                      struct nw_model_source *from, struct nw_model *out,
                                      struct nw_err *err);

#endif
