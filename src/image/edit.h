/*
 * image/edit.h -- a person's corrections to a label volume: a document of steps, each done to
 * what the one before left. Paint, erase, threshold under the brush, grow from seeds, scissors,
 * islands, fill between slices, split, cut and join. The document is the whole truth: undo is
 * the list without its last row, and the same document on the same scan and labels gives the
 * same bytes on any number of threads. What a document may hold stands in docs/formats/edit.md.
 */
#ifndef NW_IMAGE_EDIT_H
#define NW_IMAGE_EDIT_H

#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NW_EDIT_LABELS = 32 }; /* label values are below it */

/* Of the label values: name[0] is "", a value that is not in use has NULL. Borrowed. */
struct nw_edit_names {
    const char *name[NW_EDIT_LABELS];
};

/* What a step did, in voxels. */
struct nw_edit_done {
    const char *what;             /* "paint", ... */
    size_t added, removed, moved; /* nothing to a part, a part to nothing, part to part */
};

/* NW_ERR_DATA with the place of what is wrong; NW_ERR_LIMIT, NW_ERR_MEMORY. */
NW_MUST_CHECK struct nw_edits *nw_edits_parse(const char *text, size_t len, struct nw_err *err);
void nw_edits_free(struct nw_edits *edits);
size_t nw_edits_count(const struct nw_edits *edits);
/* The JSON schema of documents: new text. */
NW_MUST_CHECK char *nw_edits_schema(struct nw_err *err);

/*
 * Does all steps. `labels` is uint8 on the grid of `scan` (NW_ERR_ARGUMENT otherwise); `names`
 * says which values are in use, and is told of the parts that steps make (texts borrowed from
 * `edits`); `done` has room for each step, or is NULL.
 *
 * NW_ERR_DATA with the place in the document when a step cannot be done to what is there: a
 * part of no such name, a place outside the scan, a seed on a voxel that is out of its own
 * range; NW_ERR_LIMIT beyond 31 parts; NW_ERR_MEMORY, NW_ERR_CANCELLED. On failure the labels
 * are partly changed. Cost: a brush, its box; `fill` and `grow` with a radius, theirs; `split`,
 * the box of the pieces it splits, at 9 bytes a voxel; others, a pass over the volume.
 */
NW_MUST_CHECK bool nw_edits_apply(const struct nw_edits *edits, const struct nw_volume *scan,
                                  struct nw_volume *labels, struct nw_edit_names *names,
                                  struct nw_edit_done *done, struct nw_err *err);

/*
 * Can all steps be done with the voxels lo <= p < hi alone, as far as those are changed?
 * NW_ERR_STATE with the place of the first that cannot: a brush or a seed's reach leaves them,
 * or the step asks for what hangs together, or for parts as a whole.
 */
NW_MUST_CHECK bool nw_edits_within(const struct nw_edits *edits, const struct nw_grid *scan,
                                   const size_t lo[3], const size_t hi[3], struct nw_err *err);
/* As that, with all labels at hand and only the grey values lo <= p < hi. */
NW_MUST_CHECK bool nw_edits_within_greys(const struct nw_edits *edits,
                                         const struct nw_grid *scan, const size_t lo[3],
                                         const size_t hi[3], struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
