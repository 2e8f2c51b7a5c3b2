/*
 * print/track.h -- what the layers come to as they are laid one upon the other: loose parts,
 * islands, cups, trapped volumes, and the volume itself. One pass from the bed upward over the
 * pictures as they will be exposed; memory is that of two layers and of what was found.
 *
 * A pixel is solid from half coverage on. Solid pixels hold together across faces and, within
 * a layer, across corners; what flows passes through faces only. An island is a piece of a
 * layer with nothing under it. A cup is a hollow that is closed all around and below while it
 * is built, and opens higher up: resin is sucked into it, and it holds what is poured in. A
 * trapped volume never opens.
 */
#ifndef NW_PRINT_TRACK_H
#define NW_PRINT_TRACK_H

#include "print/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_spot {
    size_t layer;      /* where it begins */
    double i, j;       /* a pixel of the bed in it */
    double area_mm2;   /* of an island */
    double volume_mm3; /* of a part, a cup, a trapped volume */
    size_t last_layer;
};

/* The largest of each kind, largest first. */
enum { NW_SPOTS = 32 };
struct nw_spots {
    size_t count; /* all there are */
    double total; /* mm2 of islands, mm3 of the others */
    size_t small; /* hollows below the least size, not in the above */
    double small_total;
    struct nw_spot spot[NW_SPOTS];
    size_t listed;
};

struct nw_tracked {
    double volume_mm3;   /* by coverage */
    double solid_mm3;    /* by pixels of half coverage and more */
    size_t lo[3], hi[3]; /* pixels and layers with anything in them, lo <= p < hi; 0 0: none */
    double largest_area_mm2;
    size_t largest_layer;
    struct nw_spots parts, islands, cups, trapped;
};

struct nw_track;
/* Borrows nothing; islands and pieces below these sizes are not counted, hollows as small. */
struct nw_track_opts {
    double least_island_mm2, least_piece_mm3, least_hollow_mm3;
};
NW_MUST_CHECK struct nw_track *nw_track_new(const struct nw_layers *layers,
                                            const struct nw_track_opts *opts,
                                            struct nw_err *err);
void nw_track_free(struct nw_track *track);
/* Layers in order from 0, all rows of the window. NW_ERR_LIMIT at 2^31 pieces. */
NW_MUST_CHECK bool nw_track_add(struct nw_track *track, const uint8_t *coverage,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_track_end(struct nw_track *track, struct nw_tracked *out,
                                struct nw_err *err);

/* All layers of a source; on all cores. NW_ERR_CANCELLED. */
NW_MUST_CHECK bool nw_layers_track(const struct nw_layers *layers,
                                   const struct nw_track_opts *opts, struct nw_tracked *out,
                                   struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
