/*
 * image/runs.h -- connected pieces of a label volume, kept as runs of voxels along rows.
 *
 * A mask of a body is a few million runs where it is a hundred million voxels, so pieces and
 * cavities of a whole scan cost one look at each byte and memory in proportion to the
 * boundary. Pieces are numbered in the order of their first voxel: the same on any number
 * of threads.
 */
#ifndef NW_IMAGE_RUNS_H
#define NW_IMAGE_RUNS_H

#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_neighbours {
    NW_NEIGHBOURS_6,  /* by faces: for what surrounds */
    NW_NEIGHBOURS_26, /* by faces, edges and corners: for what is surrounded */
};

struct nw_run {
    uint16_t lo, hi; /* voxels lo <= i < hi of its row */
    uint32_t piece;
};

struct nw_piece {
    size_t voxels;
    uint32_t lo[3], hi[3]; /* the voxel box lo <= p < hi */
    double sum[3];         /* of the voxel indices: divided by voxels, the centre */
    bool at_border;        /* touches the grid's border */
};

struct nw_runs {
    size_t dim[3];
    size_t *row; /* dim[1]*dim[2]+1: row r (= j + dim[1]*k) has runs row[r]..row[r+1]-1 */
    struct nw_run *run;
    struct nw_piece *piece;
    size_t run_count, piece_count;
};

/* Finds the pieces of { voxel : (value & mask) == match } of a uint8 volume. *out must be
 * clear; you release it. NW_ERR_ARGUMENT for another voxel type, NW_ERR_LIMIT at 2^32 - 1
 * runs, NW_ERR_MEMORY, NW_ERR_CANCELLED. */
NW_MUST_CHECK bool nw_runs_find(const struct nw_volume *labels, uint8_t mask, uint8_t match,
                                enum nw_neighbours neighbours, struct nw_runs *out,
                                struct nw_err *err);
void nw_runs_release(struct nw_runs *runs);

/* Sets each voxel of piece p to value[p], where value[p] is not `keep`. */
void nw_runs_paint(const struct nw_runs *runs, const uint8_t *value, uint8_t keep,
                   struct nw_volume *labels);

#ifdef __cplusplus
}
#endif
#endif
