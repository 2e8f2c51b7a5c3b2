/*
 * print/scan.h -- a scan of the printed calibration part, laid on its design and measured: the
 * same lengths and holes as a calliper would, as readings for nw_readings_fit.
 *
 * The scan is in mm, in any place, turned any way, perhaps without its underside. It is laid
 * on the design rigidly (many starts, then point to plane with the far left out); each length
 * is the distance between two faces, a face the mean of the scan's surface near it that looks
 * its way, edges left out; each hole a circle by least squares. Where they are looked for
 * follows the scales found so far, twice. The bed's axes are the design's.
 */
#ifndef NW_PRINT_SCAN_H
#define NW_PRINT_SCAN_H

#include "print/calibrate.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_part_scan {
    nw_affine to_design; /* from the scan's frame */
    double apart_mm;     /* root mean square of what lies within the trim, before scaling */
    double face_mm;      /* root mean square of the scan about its faces: noise, waviness */
    size_t faces, holes; /* found */
};

/* Returns a new list. NW_ERR_DATA when it does not look like the calibration part, or too
 * little of it is there; NW_ERR_MEMORY, NW_ERR_CANCELLED. About 2 CPU-s. */
NW_MUST_CHECK struct nw_reading *nw_part_scan_measure(const struct nw_mesh *scan, size_t *count,
                                                      struct nw_part_scan *facts,
                                                      struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
