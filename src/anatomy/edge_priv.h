/*
 * anatomy/edge_priv.h -- where a tissue ends, as a signed number at every voxel: below zero
 * inside. For bone the level is local: half way between the brightest and the darkest within
 * reach of the point spread, so that dense and spongy, thick and thin are each cut at their
 * own half. Computed tile by tile from the grey values whenever it is asked: no map of the
 * whole scan exists.
 */
#ifndef NW_ANATOMY_EDGE_PRIV_H
#define NW_ANATOMY_EDGE_PRIV_H

#include "anatomy/calibrate.h"
#include "anatomy/grey_priv.h"
#include "core/mesh.h"
#include "field/surface.h"

enum nw_edge_kind {
    NW_EDGE_LOCAL, /* brighter than the local half-maximum */
    NW_EDGE_RANGE, /* level_lo <= grey <= level_hi */
};

enum { NW_EDGE_REACH_MAX = 4 };

/* Levels in stored units. */
struct nw_edge {
    const struct nw_grey *grey;
    enum nw_edge_kind kind;
    int level_lo, level_hi; /* range */
    /* local: */
    int reach[3];                /* voxels, 1..NW_EDGE_REACH_MAX */
    int soft;                    /* the background is not taken to be brighter */
    int cap;                     /* of the level */
    int noise3;                  /* three sigmas of noise */
    int lowest[NW_NOISE_LEVELS]; /* of the level: by twelfths of the slices, mixed between */
    int peak_cap;                /* of the foreground: metal does not raise the level */
    /* When set: what has `part` is inside and nothing else is, whatever the grey says. */
    const struct nw_volume *labels;
    uint8_t part;
    const uint8_t *block; /* nw_edge_blocks of labels */
};

/* Which of the label's blocks have any (1) and anything else (2); NULL and *err on failure. */
NW_MUST_CHECK uint8_t *nw_edge_blocks(const struct nw_volume *labels, uint8_t part,
                                      struct nw_err *err);
/* As that, where it is known that the part has no voxel outside lo <= p < hi. */
NW_MUST_CHECK uint8_t *nw_edge_blocks_in(const struct nw_volume *labels, uint8_t part,
                                         const size_t lo[3], const size_t hi[3],
                                         struct nw_err *err);

/* The signed number at points lo <= p < hi, i fastest: level minus grey, so below 0 inside. */
void nw_edge_values(const struct nw_edge *edge, const size_t lo[3], const size_t hi[3],
                    float *value);

/* Sets each voxel of the label: 1 below zero, else 0. What it held before does not matter. */
NW_MUST_CHECK bool nw_edge_mark(const struct nw_edge *edge, struct nw_volume *labels,
                                struct nw_err *err);

/* As a lattice for the extractor; borrows edge. */
struct nw_lattice nw_edge_lattice(const struct nw_edge *edge);

/*
 * Moves each vertex along its normal to the half of its own profile in the original grey
 * values, compensates the blur's pull on curved surfaces, fits the two edges of walls that are
 * thinner than the scan resolves (after Treece et al. 2010), and fills uncertainty and class.
 * No vertex moves further than about 0.6 voxels, thin ones apart. `local`: the level is each
 * profile's own half; else it is the edge's fixed level.
 */
struct nw_density { /* of this bone's walls, stored units */
    bool known;
    double stored;
};
struct nw_refine_opts {
    const struct nw_calibration *cal;
    struct nw_density *density; /* taken when known, else measured here and told; or NULL */
    bool local;
    double plateau_hu; /* of dense bone, for thin walls; NAN: no thin fit */
    double soft_hu;
    double metal_mm; /* how far metal disturbs */
};
/* Measures opts->density on the surface and moves nothing. */
NW_MUST_CHECK bool nw_edge_density(const struct nw_edge *edge,
                                   const struct nw_refine_opts *opts, struct nw_mesh *mesh,
                                   struct nw_err *err);
NW_MUST_CHECK bool nw_edge_refine(const struct nw_edge *edge, const struct nw_refine_opts *opts,
                                  struct nw_mesh *mesh, struct nw_err *err);

#endif
