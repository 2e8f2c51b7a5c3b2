/* mesh/edge.c -- see edge_priv.h. */
#include "mesh/edge_priv.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/sort_priv.h"

enum { BLOCK = 4096 }; /* vertices at a time */

static size_t lower(const uint32_t *tri, int k)
{
    const uint32_t a = tri[k], b = tri[(k + 1) % 3];
    return a < b ? a : b;
}

static uint64_t higher(const uint32_t *tri, int k)
{
    const uint32_t a = tri[k], b = tri[(k + 1) % 3];
    return a < b ? b : a;
}

bool nw_edges_init(struct nw_edges *out, const struct nw_mesh *mesh, const uint8_t *skip,
                   struct nw_err *err)
{
    const size_t verts = mesh->vert_count, tris = mesh->tri_count;
    if (tris >= UINT32_MAX / 3)
        return nw_fail(err, NW_ERR_LIMIT, "a mesh of %zu triangles is too large for this step",
                       tris);
    NW_AUTO(nw_edges) e = {0};
    e.first = NW_ALLOC(size_t, verts + 2, err);
    if (e.first)
        e.key = NW_ALLOC_UNSET(uint64_t, 3 * tris, err);
    if (!e.key)
        return false;
    size_t *const end = e.first + 1; /* becomes first, one further, while filling */
    for (size_t t = 0; t < tris; t++)
        for (int k = 0; k < 3 && !(skip && skip[t]); k++)
            end[lower(mesh->tri[t], k) + 1]++;
    for (size_t v = 0; v < verts; v++)
        end[v + 1] += end[v];
    for (size_t t = 0; t < tris; t++)
        for (int k = 0; k < 3 && !(skip && skip[t]); k++)
            e.key[end[lower(mesh->tri[t], k)]++] =
                higher(mesh->tri[t], k) << 32 | (3 * t + (size_t)k);
    NW_PARALLEL_FOR
    for (size_t b = 0; b < (verts + BLOCK - 1) / BLOCK; b++)
        for (size_t v = b * BLOCK; v < verts && v < (b + 1) * BLOCK; v++)
            nw_sort_small(e.key + e.first[v], e.first[v + 1] - e.first[v]);
    *out = e;
    e = (struct nw_edges){0};
    return true;
}

void nw_edges_release(struct nw_edges *edges)
{
    nw_free(edges->first);
    nw_free(edges->key);
    *edges = (struct nw_edges){0};
}

static void pair_up(const struct nw_edges *edges, size_t v, uint32_t *opposite)
{
    for (size_t i = edges->first[v], end; i < edges->first[v + 1]; i = end) {
        end = nw_edges_run(edges, v, i);
        const uint32_t a = (uint32_t)edges->key[i], b = (uint32_t)edges->key[end - 1];
        if (end - i == 2) {
            opposite[a] = b;
            opposite[b] = a;
        }
    }
}

void nw_edges_opposites(const struct nw_edges *edges, const struct nw_mesh *mesh,
                        uint32_t *opposite)
{
    const size_t verts = mesh->vert_count;
    memset(opposite, 0xff, 3 * mesh->tri_count * sizeof *opposite); /* NW_NO_EDGE */
    NW_PARALLEL_FOR
    for (size_t b = 0; b < (verts + BLOCK - 1) / BLOCK; b++)
        for (size_t v = b * BLOCK; v < verts && v < (b + 1) * BLOCK; v++)
            pair_up(edges, v, opposite);
}
