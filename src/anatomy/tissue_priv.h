/*
 * anatomy/tissue_priv.h -- what each recipe makes: a label on the scan's grid, the rule by
 * which its surface is cut from the grey values, and what was seen and not taken.
 */
#ifndef NW_ANATOMY_TISSUE_PRIV_H
#define NW_ANATOMY_TISSUE_PRIV_H

#include "anatomy/body_priv.h"
#include "anatomy/edge_priv.h"
#include "anatomy/recipe.h"
#include "image/bits.h"
#include "image/runs.h"

enum nw_leftover_kind {
    NW_LEFT_TABLE,
    NW_LEFT_CAST,
    NW_LEFT_OUTSIDE,
    NW_LEFT_SMALL,
    NW_LEFT_CONTRAST,
    NW_LEFT_SOFT,
    NW_LEFT_CAVITY,
    NW_LEFT_PORES,
    NW_LEFT_OTHER,
    NW_LEFT_KINDS
};

struct nw_leftover {
    size_t pieces;
    double volume_mm3, largest_mm3;
    nw_vec3 place_mm; /* of the largest */
};

void nw_leftover_add(struct nw_leftover left[NW_LEFT_KINDS], enum nw_leftover_kind kind,
                     const struct nw_piece *piece, const struct nw_grid *grid);

enum { NW_TISSUES_MAX = NW_EDIT_LABELS - 1 };

/* One part to be: its label value is its place in the list plus one. */
struct nw_tissue {
    const char *name; /* NULL: a label that is not in use */
    uint8_t rgba[4];
    struct nw_edge edge;       /* labels, part and block are set by the caller */
    bool local;                /* cut at each profile's own half */
    double plateau_hu;         /* for thin walls; NAN for none */
    struct nw_density density; /* once its surface was looked at */
};

struct nw_tissues {
    struct nw_tissue tissue[NW_TISSUES_MAX];
    size_t count;
    struct nw_leftover left[NW_LEFT_KINDS];
    struct nw_volume labels;
    struct nw_bits changed; /* by a person; no words: nothing was */
};

struct nw_tissue_input {
    const struct nw_grey *grey;
    const struct nw_calibration *cal;
    const struct nw_reconstruct_opts *opts;
    double min_part_mm3;
    bool may_hold_contrast; /* the header says contrast was given, or there is no header */
};

/* Each sets up out->labels (which the caller releases, on failure too) and the tissues. */
NW_MUST_CHECK bool nw_bone_find(const struct nw_tissue_input *in, struct nw_tissues *out,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_skin_find(const struct nw_tissue_input *in, struct nw_tissues *out,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_lung_find(const struct nw_tissue_input *in, struct nw_tissues *out,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_airway_find(const struct nw_tissue_input *in, struct nw_tissues *out,
                                  struct nw_err *err);
NW_MUST_CHECK bool nw_range_find(const struct nw_tissue_input *in, struct nw_tissues *out,
                                 struct nw_err *err);

/* Calibrates, sets up `grey`, finds the tissues; measures the density of walls where there are
 * corrections to come. What is in grey and tissues the caller releases, on failure too. */
NW_MUST_CHECK bool nw_tissues_find(const struct nw_scan *scan,
                                   const struct nw_reconstruct_opts *opts, struct nw_grey *grey,
                                   struct nw_calibration *cal, struct nw_tissues *tissues,
                                   struct nw_err *err);
/* A tissue's surface at its place in the grey values, not yet simplified; `edge` is the
 * tissue's with its labels, part and blocks. `changed` without words: nobody drew. */
NW_MUST_CHECK bool nw_tissue_surface(struct nw_tissue *tissue, const struct nw_edge *edge,
                                     const struct nw_calibration *cal,
                                     const struct nw_bits *changed, struct nw_mesh *mesh,
                                     struct nw_err *err);
/* Are labels that are given of this scan? */
NW_MUST_CHECK bool nw_labels_check(const struct nw_volume *labels, const struct nw_grid *scan,
                                   struct nw_err *err);
/* Labels given instead, and a person's corrections: what opts ask for, done to what was found.
 * Texts of names live in the arena. */
NW_MUST_CHECK bool nw_tissues_correct(struct nw_tissues *t, const struct nw_volume *scan,
                                      const struct nw_reconstruct_opts *opts,
                                      struct nw_reconstruction *out, struct nw_err *err);

/* The colour of a label: its tissue's, or a new part's own. */
void nw_part_colour(const struct nw_tissues *t, size_t label, uint8_t rgba[4]);

/* Steps shared by recipes. Pieces hold together by faces, what surrounds them by corners too:
 * as the extractor cuts. */

/* Fills the pores of spongy bone in label 1: dark voxels that no flat square of 3 x 3 dark
 * voxels covers (a gap between two bones always holds such squares), where the neighbourhood
 * is brighter than soft tissue and not dense bone. */
NW_MUST_CHECK bool nw_pores_fill(struct nw_volume *labels, const struct nw_grey *grey,
                                 double soft_hu, struct nw_err *err);

/* Fills what spongy bone encloses in label 1: soft voxels that lie in no region wider than
 * about 5 mm and open to such a region by next to nothing. Air cells stay, and so do gaps and
 * grooves, which open along their length. Other labels must be below 16. */
NW_MUST_CHECK bool nw_spongy_fill(struct nw_tissues *t, const struct nw_grey *grey,
                                  double soft_hu, struct nw_err *err);

/* An edge rule that is a fixed range of grey values. */
struct nw_edge nw_edge_range(const struct nw_grey *grey, double lo_hu, double hi_hu);
/* Drops pieces of label 1 below the limit, noting them. */
NW_MUST_CHECK bool nw_drop_small(struct nw_tissues *t, double min_mm3, struct nw_err *err);
/* Fills what label 1 encloses when it is below max_mm3, or when under a quarter of it is as
 * dark as `dark` (stored units): spongy bone rather than marrow or air. */
NW_MUST_CHECK bool nw_fill_cavities(struct nw_tissues *t, const struct nw_grey *grey,
                                    double max_mm3, int dark, struct nw_err *err);

#endif
