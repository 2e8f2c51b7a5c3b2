/* fuzz/simplify.c -- small rings with a rough, often self-crossing wall, and any triangles over
 * few points: what comes out of the simplification must be as whole as what went in. */
#include <assert.h>
#include <string.h>

#include "mesh/check.h"
#include "mesh/simplify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_VERTS = 48, MAX_TRIS = 96 };

struct bytes {
    const uint8_t *at, *end;
};

static uint8_t next(struct bytes *b)
{
    return b->at < b->end ? *b->at++ : 0;
}

/* A closed ring of m x n vertices around the z axis, 3 mm wide, its wall where the bytes say.
 */
static bool make_ring(struct nw_mesh *mesh, struct bytes *b)
{
    struct nw_err err = {0};
    const uint32_t m = 3 + next(b) % 14, n = 3 + next(b) % 14;
    const double rough = (double)(next(b) % 8) / 8;
    if (!nw_mesh_init(mesh, (size_t)m * n, (size_t)2 * m * n, &err))
        return false;
    for (uint32_t i = 0; i < m; i++)
        for (uint32_t j = 0; j < n; j++) {
            const double u = 2 * NW_PI * i / m, v = 2 * NW_PI * j / n;
            const double r = 1 + rough * ((double)next(b) / 128 - 1);
            const double out = 3 + r * nw_cos(v);
            mesh->pos_mm[i * n + j] = nw_v3(out * nw_cos(u), out * nw_sin(u), r * nw_sin(v));
        }
    uint32_t(*tri)[3] = mesh->tri;
    for (uint32_t i = 0; i < m; i++)
        for (uint32_t j = 0; j < n; j++) {
            const uint32_t k = (i + 1) % m, l = (j + 1) % n;
            const uint32_t a = i * n + j, b_ = k * n + j, c = k * n + l, d = i * n + l;
            memcpy(*tri++, (uint32_t[3]){a, b_, c}, 12);
            memcpy(*tri++, (uint32_t[3]){a, c, d}, 12);
        }
    return true;
}

static bool make_soup(struct nw_mesh *mesh, struct bytes *b)
{
    struct nw_err err = {0};
    const size_t verts = 3 + next(b) % (MAX_VERTS - 2), tris = next(b) % MAX_TRIS;
    if (!nw_mesh_init(mesh, verts, tris, &err))
        return false;
    for (size_t v = 0; v < verts; v++) {
        const double x = next(b) % 8, y = next(b) % 8, z = next(b) % 8;
        mesh->pos_mm[v] = nw_v3(x, y, z);
    }
    for (size_t t = 0; t < tris; t++)
        for (int k = 0; k < 3; k++)
            mesh->tri[t][k] = (uint32_t)(next(b) % verts);
    return true;
}

static void hold(const struct nw_mesh *mesh, const struct nw_mesh_check *before,
                 const struct nw_moved *moved, double bound_mm)
{
    static struct nw_mesh_check after;
    struct nw_err err = {0};
    if (!nw_mesh_check(mesh, NULL, &after, &err))
        return;
    assert(moved->triangles_after == mesh->tri_count &&
           moved->triangles_after <= moved->triangles_before);

    assert(moved->max_mm <= bound_mm);
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            assert(mesh->tri[t][k] < mesh->vert_count);
    assert(after.count[NW_DEFECT_NOT_FINITE] == 0);
    assert(after.count[NW_DEFECT_OPEN_EDGE] == before->count[NW_DEFECT_OPEN_EDGE]);
    assert(after.count[NW_DEFECT_NONMANIFOLD_EDGE] <=
           before->count[NW_DEFECT_NONMANIFOLD_EDGE]);
    assert(!before->manifold || after.manifold);
    assert(!before->solid || (after.solid && after.parts == before->parts));
    assert(before->count[NW_DEFECT_SELF_INTERSECTION] > 0 ||
           after.count[NW_DEFECT_SELF_INTERSECTION] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = {data, data + size};
    const uint8_t kind = next(&b);
    const struct nw_simplify_opts opts = {.bound_mm = 0.01 * (1 + next(&b)),
                                          .target_ratio = (double)(next(&b) % 4) / 8};
    NW_AUTO(nw_mesh) mesh = {0};
    static struct nw_mesh_check before;
    struct nw_moved moved;
    struct nw_err err = {0};
    if (!(kind % 4 ? make_ring(&mesh, &b) : make_soup(&mesh, &b)) ||
        !nw_mesh_check(&mesh, NULL, &before, &err) ||
        !nw_mesh_simplify_inplace(&mesh, &opts, &moved, &err))
        return 0;
    hold(&mesh, &before, &moved, opts.bound_mm);
    return 0;
}
