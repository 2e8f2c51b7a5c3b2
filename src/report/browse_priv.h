/*
 * report/browse_priv.h -- the container of report/browse.h: blocks of bytes behind a head of
 * JSON that names them by their offsets.
 */
#ifndef NW_REPORT_BROWSE_PRIV_H
#define NW_REPORT_BROWSE_PRIV_H

#include "report/browse.h"

/* Blocks on their way into a file, in the order they will lie in. */
struct nw_blocks {
    struct {
        const void *data; /* borrowed */
        size_t bytes;
    } * item;
    size_t count, room;
    uint64_t end; /* of the last, from where the data begin */
};
/* Adds a block, a multiple of 4 bytes from the data's begin: *offset is its place. */
NW_MUST_CHECK bool nw_blocks_add(struct nw_blocks *blocks, const void *data, size_t bytes,
                                 uint64_t *offset, struct nw_err *err);
void nw_blocks_release(struct nw_blocks *blocks);
NW_MUST_CHECK bool nw_blocks_write(const struct nw_blocks *blocks, const char *path,
                                   const json_t *head, struct nw_err *err);

/* Steals the value; NULL is NW_ERR_MEMORY. */
NW_MUST_CHECK bool nw_head_put(json_t *object, const char *key, json_t *value,
                               struct nw_err *err);
NW_MUST_CHECK bool nw_head_push(json_t *list, json_t *value, struct nw_err *err);
json_t *nw_head_vec3(nw_vec3 v);

/* Of a mesh: a coarser one of about `triangles` by merging the vertices of each cell of a grid
 * into their mean (Rossignac and Borrel 1993). Display only: it may cut itself and is not
 * closed. `value[m]`, of `map_count` maps, one number a vertex, become new arrays by means in
 * out_value[m] (released by the caller). */
struct nw_coarse {
    const struct nw_mesh *mesh;
    const float *const *value;
    size_t map_count;
    double cell_mm;
};
NW_MUST_CHECK bool nw_coarse_make(const struct nw_coarse *from, struct nw_mesh *out,
                                  float **out_value, struct nw_err *err);

#endif
