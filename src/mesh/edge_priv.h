/*
 * mesh/edge_priv.h -- which triangles share an edge. Half edge h = 3 t + k runs from corner k
 * of triangle t to the next one.
 */
#ifndef NW_MESH_EDGE_PRIV_H
#define NW_MESH_EDGE_PRIV_H

#include "core/mesh.h"

/* Half edges gathered by their lower vertex and sorted by the other, then by number:
 * key = other << 32 | h, those of vertex v at first[v] .. first[v + 1]. */
struct nw_edges {
    size_t *first;
    uint64_t *key;
};
/* Triangles with skip[t] set (skip may be NULL) have none. NW_ERR_LIMIT at 2^32 half edges. */
NW_MUST_CHECK bool nw_edges_init(struct nw_edges *out, const struct nw_mesh *mesh,
                                 const uint8_t *skip, struct nw_err *err);
void nw_edges_release(struct nw_edges *edges);

/* The end of the run of half edges on the same edge that begins at i, for vertex v. */
static inline size_t nw_edges_run(const struct nw_edges *e, size_t v, size_t i)
{
    size_t end = i + 1;
    while (end < e->first[v + 1] && e->key[end] >> 32 == e->key[i] >> 32)
        end++;
    return end;
}

/* opposite[h]: the half edge of the one other triangle at h's edge, NW_NO_EDGE when there is
 * none or more than one. 3 tri_count of them. */
#define NW_NO_EDGE UINT32_MAX
void nw_edges_opposites(const struct nw_edges *edges, const struct nw_mesh *mesh,
                        uint32_t *opposite);

/* Numbers the parts joined by edges: part[t] = 0.. in order of the first triangle (skipped
 * triangles are parts of their own); returns how many. */
size_t nw_components_number(const struct nw_edges *edges, const struct nw_mesh *mesh,
                            uint32_t *part);

#endif
