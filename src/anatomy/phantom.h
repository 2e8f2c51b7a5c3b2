/*
 * anatomy/phantom.h -- scans of known truth: solids from field expressions, seen through a
 * scanner model. The truth is a formula; the scan is what a scanner would make of it. The
 * same options give the same bytes on any machine.
 */
#ifndef NW_ANATOMY_PHANTOM_H
#define NW_ANATOMY_PHANTOM_H

#include "core/mesh.h"
#include "core/scan.h"
#include "field/field.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_phantom_kind {
    const char *name; /* "spheres", "plates", "cup", "tubes", "femur", "vertebra", "head",
                         "handed" */
    const char *zh, *en;
};
const struct nw_phantom_kind *nw_phantom_at(size_t index); /* NULL past the end */

struct nw_phantom_opts {
    const struct nw_phantom_kind *kind;
    double spacing_mm, slice_mm; /* voxel edge in the plane, slice distance; 0: 0.5, 0.625 */
    double thickness_mm;         /* slice profile's width; 0: slice_mm */
    double sigma_mm;             /* in-plane point spread; 0: 0.35 */
    double noise_hu;             /* negative: none; 0: 30 */
    bool white_noise;            /* else the spectrum of filtered back-projection */
    double bone_hu, soft_hu;     /* 0: 1250 and 50 */
    double tilt_deg;             /* of the gantry */
    bool table, metal;
    uint64_t seed;
    size_t extent; /* voxels along each axis, and the solids scaled to fill
                      them; 0: what the solid needs, at its own size */
};

struct nw_phantom_truth { /* a solid with a formula */
    const char *name;
    nw_node node;      /* in `field`, bone negative */
    double volume_mm3; /* NAN when there is no closed form */
    nw_box box;        /* holds it */
    char formula[120]; /* what it is, in numbers: "ball, radius 2.5 mm, centre ..." */
};

struct nw_phantom {
    struct nw_scan scan; /* int16, facts filled (anonymous) */
    struct nw_field *field;
    nw_node bone; /* the union of all bone */
    struct nw_phantom_truth truth[32];
    size_t truth_count;
    nw_box box;                  /* around all bone */
    double scale;                /* of the solids: 1 without `extent` */
    struct nw_phantom_opts used; /* the options with every default filled in */
};

/* Makes one. NW_ERR_ARGUMENT names the option out of range, NW_ERR_MEMORY, NW_ERR_CANCELLED. */
NW_MUST_CHECK bool nw_phantom_make(const struct nw_phantom_opts *opts, struct nw_phantom *out,
                                   struct nw_err *err);
void nw_phantom_release(struct nw_phantom *p);

#ifdef __cplusplus
}
#endif
#endif
