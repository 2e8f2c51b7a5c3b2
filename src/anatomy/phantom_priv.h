/*
 * anatomy/phantom_priv.h -- between phantom.c, which takes the picture, and phantom_solid.c,
 * which knows the solids.
 */
#ifndef NW_ANATOMY_PHANTOM_PRIV_H
#define NW_ANATOMY_PHANTOM_PRIV_H

#include "anatomy/phantom.h"

enum { NW_BUILD_LAYERS = 60 };

/* A phantom being put together; lengths given to the helpers are at scale 1. */
struct nw_build {
    struct nw_phantom *phantom;
    struct nw_field *field;
    struct nw_err *err;
    double scale, bone_hu, soft_hu, air_hu;
    struct {
        nw_node node;
        double hu;
    } layer[NW_BUILD_LAYERS];
    size_t layer_count;
};

struct nw_solid {
    struct nw_phantom_kind kind;
    double body_radius_mm, half_length_mm; /* of the cylinder around it, of the scan */
    void (*build)(struct nw_build *b);
};

const struct nw_solid *nw_solid_of(const struct nw_phantom_kind *kind);

/* Puts a node above what is there. */
void nw_build_layer(struct nw_build *b, nw_node node, double hu);

#endif
