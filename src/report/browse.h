/*
 * report/browse.h -- a scan or a model as the browser's viewer reads it, in pieces: one file
 * whose head says what it holds and where, its coarse levels first, so that something is on the
 * screen at once and the rest follows by Range requests. docs/formats/view.md is the format.
 *
 * A scan becomes int16 voxels, each coarser level the mean of blocks; a model float32 places
 * with its maps (numbers per vertex), each coarse level by clustering. What is shown while the
 * picture moves may be coarse; what is measured never is.
 */
#ifndef NW_REPORT_BROWSE_H
#define NW_REPORT_BROWSE_H

#include <jansson.h>

#include "core/mesh.h"
#include "core/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes `path`, whole or not at all, and gives its head as new JSON in *head. Voxels that are
 * not whole numbers within int16 are scaled, and the head says how. No identity of a patient
 * is written. NW_ERR_IO, NW_ERR_MEMORY (a third of the volume; twice that when scaled),
 * NW_ERR_DATA when a voxel is not a finite number. */
NW_MUST_CHECK bool nw_browse_scan(const char *path, const struct nw_scan *scan, json_t **head,
                                  struct nw_err *err);

/* Maps that are computed, beside those the model brings (uncertainty_mm, class). */
struct nw_browse_maps {
    bool thickness;             /* thickness_mm: the largest ball inside, up to 20 mm */
    const struct nw_volume *hu; /* hu: mean along the inward normal from 0.5 to 2 mm; or NULL */
    const struct nw_mesh *other; /* distance_mm to it, positive outside it; or NULL */
};
/* As nw_browse_scan; a model without parts is none to be drawn, and is written. NW_ERR_GEOMETRY
 * when its parts have no triangle, NW_ERR_DATA for a triangle
 * that names no vertex or a vertex that is not finite. */
NW_MUST_CHECK bool nw_browse_model(const char *path, const struct nw_model *model,
                                   const struct nw_browse_maps *maps, json_t **head,
                                   struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
