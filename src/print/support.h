/*
 * print/support.h -- posts under what a resin printer cannot build in the air: where they must
 * touch is read from the layers themselves, pixel by pixel; how they reach the bed is searched
 * beside the part; and they are drawn into the layers as the part is.
 *
 * A pixel of a layer is held when the layer below has something within the reach of the
 * machine's overhang. Of what is not held, every place is to lie within a spacing of a tip, and
 * every island has one. A tip ends in a cone on a post; the post goes straight down, or first
 * leans by at most 45 degrees to where the way to the bed is free, or else stands on the part.
 * One plate lies under all posts, so that no resin is caught between their feet.
 */
#ifndef NW_PRINT_SUPPORT_H
#define NW_PRINT_SUPPORT_H

#include "print/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Lengths of 0 take the presets in the comments. */
struct nw_support_opts {
    double overhang_deg;   /* from the vertical: what leans further is to be held */
    double spacing_mm;     /* 3: no place further from a tip */
    double tip_radius_mm;  /* 0.25 */
    double post_radius_mm; /* 0.5, and a hundredth of its height more at its foot */
    double foot_radius_mm; /* 1: where it meets the raft */
    double raft_mm;        /* 0.6: thickness of the plate under all posts */
    double head_mm;        /* 2: length of the cone at the tip */
    /* Surface within clear_mm of this model gets no tip: a guide's contact with its bone, a
     * joint's face. NULL: none. Borrowed. */
    const struct nw_model *keep_clear;
    double clear_mm;
};

/* A rod whose radius changes evenly from one end to the other, in bed mm; round ends, but flat
 * ones when it is upright. */
struct nw_rod {
    nw_vec3 a, b;
    double radius_a, radius_b;
};

struct nw_supports {
    struct nw_rod *rod;
    size_t rod_count, rod_room;
    double (*raft)[2]; /* corners of the plate's middle, a convex polygon, counter-clockwise */
    size_t raft_count;
    double raft_margin_mm, raft_mm; /* it reaches so far beyond the polygon; thickness */
    size_t tips, on_part;           /* posts, and how many of them stand on the part */
    size_t islands;                 /* that were found */
    size_t kept_clear;              /* places that asked for a tip where there must be none */
    size_t islands_clear;           /* islands among them: they stay in the air */
    double volume_mm3;              /* of the rods, one by one */
    double part_mm3;                /* of the part alone, by coverage */
};

/* Looks through all layers of a part. NW_ERR_MEMORY, NW_ERR_CANCELLED. Release when done. */
NW_MUST_CHECK bool nw_supports_find(const struct nw_layers *part,
                                    const struct nw_support_opts *opts, struct nw_supports *out,
                                    struct nw_err *err);
void nw_supports_release(struct nw_supports *supports);

/* The part's layers with the supports; borrows both. Release with nw_layers_release. */
NW_MUST_CHECK bool nw_layers_supported(const struct nw_layers *part,
                                       const struct nw_supports *supports,
                                       const struct nw_machine *machine, struct nw_layers *out,
                                       struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
