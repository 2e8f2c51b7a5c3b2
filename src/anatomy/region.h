/*
 * anatomy/region.h -- a correction answered at once, for a region of a scan: what the whole run
 * would make of the surface there, without the rest of the scan. A region is cut once from
 * scan, recipe and the corrections so far; later corrections within it then take time in
 * proportion to what they touch. docs/formats/region.md says what its bytes are.
 *
 * All is at the same place in the same whole grid, and what a run measures on the whole surface
 * (the density of walls) goes with the region: labels are the whole run's to the voxel, and
 * vertices to the bit. Nothing is simplified.
 */
#ifndef NW_ANATOMY_REGION_H
#define NW_ANATOMY_REGION_H

#include "anatomy/recipe.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_region;

/* Voxels that a region has around those that may be corrected: as far as an answer looks. */
enum { NW_REGION_RIM = 16 };

/*
 * The bytes of a region of about `across` voxels along each axis around a place, after the
 * corrections of opts: new, *len of them. NW_ERR_STATE when the scan is not of 16-bit whole
 * numbers; NW_ERR_ARGUMENT when the place lies outside; failures of nw_reconstruct. Cost: the
 * recipe's and an extraction of the whole surface.
 */
NW_MUST_CHECK uint8_t *nw_region_cut(const struct nw_scan *scan,
                                     const struct nw_reconstruct_opts *opts, nw_vec3 at_mm,
                                     size_t across, size_t *len, struct nw_err *err);

/* From any bytes, which must outlive it: NW_ERR_DATA, NW_ERR_LIMIT, NW_ERR_MEMORY. Memory is
 * the whole grid's in addresses, and the region's in pages. */
NW_MUST_CHECK struct nw_region *nw_region_read(const uint8_t *bytes, size_t len,
                                               struct nw_err *err);
void nw_region_free(struct nw_region *region);
const struct nw_grid *nw_region_grid(const struct nw_region *region); /* the whole scan's */

struct nw_piece_answer {
    struct nw_model model; /* surfaces of all parts in the box, open at its border */
    size_t lo[3], hi[3];   /* the box, voxels of the scan: the surface outside is as it was */
    bool beyond;           /* something changed outside the region too */
    struct nw_edit_done *done; /* one for each step, in the model's arena */
    size_t done_count;
};
/*
 * Does corrections that come after those the region was cut with; the region is as before
 * afterwards. NW_ERR_STATE for a step that needs more than the region (split, cut, join,
 * islands, and growing without a radius need the whole) and for a brush that leaves it; the
 * sentences of nw_edits_apply. An empty box: nothing changed.
 */
NW_MUST_CHECK bool nw_region_correct(struct nw_region *region, const struct nw_edits *edits,
                                     struct nw_piece_answer *out, struct nw_err *err);
void nw_piece_answer_release(struct nw_piece_answer *answer);

/* What a voxel became, against what the recipe finds; NW_BECAME_PART + p: part p's now. */
enum nw_became { NW_BECAME_NOTHING, NW_BECAME_AS_SHOWN, NW_BECAME_REMOVED, NW_BECAME_PART = 2 };

struct nw_part_now {
    const char *name; /* borrowed from the region or the document */
    uint8_t label, rgba[4];
    bool made; /* by a step; none of the recipe's */
    size_t voxels;
};

struct nw_parts_answer {
    struct nw_arena arena;
    struct nw_volume became; /* uint8, the whole scan; see enum nw_became */
    struct nw_part_now part[NW_EDIT_LABELS];
    size_t part_count;
    struct nw_edit_done *done; /* one for each step */
    size_t done_count;
};
/*
 * What parts as a whole become by corrections after those the region was cut with: on labels
 * alone, those of the whole run to the voxel, and without any surface. What was added to a part
 * of the recipe's own counts as shown. NW_ERR_STATE for a step that asks for grey values
 * outside the region; the sentences of nw_edits_apply. Cost: a few passes over the grid, and
 * the steps'.
 */
NW_MUST_CHECK bool nw_region_parts(const struct nw_region *region, const struct nw_edits *edits,
                                   struct nw_parts_answer *out, struct nw_err *err);
void nw_parts_answer_release(struct nw_parts_answer *answer);
/* The bytes of a `.parts` file: new, *len of them. */
NW_MUST_CHECK uint8_t *nw_parts_write(const struct nw_parts_answer *answer, size_t *len,
                                      struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
