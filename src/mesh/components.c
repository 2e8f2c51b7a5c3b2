/* mesh/components.c -- connected parts of a mesh, for check.h. */
#include "mesh/check.h"
#include "mesh/edge_priv.h"

static uint32_t find(uint32_t *parent, uint32_t t)
{
    while (parent[t] != t) {
        parent[t] = parent[parent[t]];
        t = parent[t];
    }
    return t;
}

/* The lower number becomes the root, so that a root is its part's first triangle. */
static void join(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = find(parent, a);
    b = find(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

size_t nw_components_number(const struct nw_edges *edges, const struct nw_mesh *mesh,
                            uint32_t *part)
{
    for (size_t t = 0; t < mesh->tri_count; t++)
        part[t] = (uint32_t)t;
    for (size_t v = 0; v < mesh->vert_count; v++)
        for (size_t i = edges->first[v] + 1; i < edges->first[v + 1]; i++)
            if (edges->key[i] >> 32 == edges->key[i - 1] >> 32)
                join(part, (uint32_t)edges->key[i - 1] / 3, (uint32_t)edges->key[i] / 3);
    uint32_t count = 0;
    for (size_t t = 0; t < mesh->tri_count; t++) /* parents come first and are numbered */
        part[t] = part[t] == t ? count++ : part[part[t]];
    return count;
}

bool nw_mesh_components(const struct nw_mesh *mesh, uint32_t *part, size_t *count,
                        struct nw_err *err)
{
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            if (mesh->tri[t][k] >= mesh->vert_count)
                return nw_fail(err, NW_ERR_DATA,
                               "triangle %zu names a vertex that is not there", t);
    NW_AUTO(nw_edges) edges = {0};
    if (!nw_edges_init(&edges, mesh, NULL, err))
        return false;
    *count = nw_components_number(&edges, mesh, part);
    return true;
}
