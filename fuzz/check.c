/* fuzz/check.c -- any triangles over few points of a coarse grid, where everything touches,
 * overlaps and folds: the check must end, and keep its own laws. */
#include <assert.h>
#include <string.h>

#include "mesh/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_VERTS = 64, MAX_TRIS = 128 };

static void read_mesh(struct nw_mesh *mesh, const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    const size_t verts = data[0] % MAX_VERTS + 1, room = (size - 1) / 3;
    const size_t tris = room > verts ? room - verts : 0;
    if (!nw_mesh_init(mesh, verts, tris < MAX_TRIS ? tris : MAX_TRIS, &err))
        return;
    for (size_t v = 0; v < verts; v++) {
        const uint8_t *p = v < room ? data + 1 + 3 * v : data;
        mesh->pos_mm[v] = v < room ? nw_v3(p[0] % 8, p[1] % 8, p[2] % 8) : nw_v3(0, 0, 0);
        if (v < room && p[0] == 255)
            mesh->pos_mm[v].x = (double)NAN;
    }
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (size_t k = 0; k < 3; k++) {
            const uint8_t b = data[1 + 3 * (verts + t) + k];
            mesh->tri[t][k] = b == 255 ? UINT32_MAX : (uint32_t)(b % verts);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    NW_AUTO(nw_mesh) mesh = {0};
    read_mesh(&mesh, data, size);
    static struct nw_mesh_check c, flipped;
    struct nw_err err = {0};
    memset(&c, 0, sizeof c);
    memset(&flipped, 0, sizeof flipped);
    if (!nw_mesh_check(&mesh, NULL, &c, &err))
        return 0;
    nw_mesh_flip(&mesh);
    if (!nw_mesh_check(&mesh, NULL, &flipped, &err))
        return 0;
    for (int k = 0; k < NW_DEFECT_KINDS; k++)
        assert(k == NW_DEFECT_INWARD || c.count[k] == flipped.count[k]);
    assert(c.closed == flipped.closed && c.manifold == flipped.manifold);
    assert(c.area_mm2 >= 0 && fabs(c.volume_mm3 + flipped.volume_mm3) < 1e-6);
    assert(!c.solid || (c.volume_mm3 > 0 && !flipped.solid));
    assert(c.parts <= mesh.tri_count);
    return 0;
}
