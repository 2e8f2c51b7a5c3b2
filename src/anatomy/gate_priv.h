/*
 * anatomy/gate_priv.h -- what the gate measures in the voxels by itself, beside the
 * calibration: tissues present, truncation, contrast, motion, lungs.
 */
#ifndef NW_ANATOMY_GATE_PRIV_H
#define NW_ANATOMY_GATE_PRIV_H

#include "anatomy/calibrate.h"

/* The HU-based ones are 0 for a scan without Hounsfield units. */
struct nw_look {
    double bone_mm3;          /* above 200 HU */
    double truncated_percent; /* of slices whose body runs into the picture's border */
    double contrast_mm3;      /* even tissue of 110 to 700 HU: blood with contrast */
    double contrast_hu;       /* its median */
    double lung_most_mm2;     /* lung in the slice that has most of it */
    double lung_first_mm2, lung_last_mm2; /* in the first and last slice */
    double doubled_percent;               /* of skin edges seen twice */
    size_t edges_seen;                    /* behind that number */
    size_t jump_slice; /* the slice (from 1) before the largest jump; 0: none */
    double jump_ratio; /* of its difference to what is usual there */
};

NW_MUST_CHECK bool nw_look_at(const struct nw_scan *scan, const struct nw_calibration *cal,
                              struct nw_look *out, struct nw_err *err);

#endif
