/* tests/unit/mesh/shapes.h -- meshes whose measures are known, for the tests beside it. */
#ifndef NW_TEST_SHAPES_H
#define NW_TEST_SHAPES_H

#include <assert.h>
#include <string.h>

#include "core/mesh.h"
#include "core/rand.h"

static inline void shape_add_box(struct nw_mesh *mesh, nw_vec3 min, nw_vec3 max)
{
    static const uint32_t face[12][3] = {{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6},
                                         {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7},
                                         {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}};
    struct nw_err err = {0};
    struct nw_mesh b = {0};
    const bool ok = nw_mesh_init(&b, 8, 12, &err);
    assert(ok);
    for (int v = 0; v < 8; v++)
        b.pos_mm[v] =
            nw_v3(v & 1 ? max.x : min.x, v & 2 ? max.y : min.y, v & 4 ? max.z : min.z);
    memcpy(b.tri, face, sizeof face);
    const bool added = nw_mesh_append(mesh, &b, &err);
    assert(added);
    nw_mesh_release(&b);
}

static inline double shape_no_bumps(nw_vec3 direction)
{
    (void)direction;
    return 0;
}

/* A sphere about the origin: an octahedron's faces cut into n x n, pushed out to
 * radius + bump(direction). 8 n^2 triangles, 4 n^2 + 2 vertices. */
static inline void shape_sphere(struct nw_mesh *mesh, int n, double radius,
                                double (*bump)(nw_vec3))
{
    /* rows of rings: ring r (0..2n) has 4 min(r, 2n - r) places, the poles one */
    struct nw_err err = {0};
    const bool ok = nw_mesh_init(mesh, (size_t)(4 * n * n + 2), (size_t)(8 * n * n), &err);
    assert(ok);
    uint32_t first[2048];
    uint32_t at = 0;
    assert(2 * n < 2048);
    for (int r = 0; r <= 2 * n; r++) {
        const int m = r <= n ? r : 2 * n - r; /* steps in a quarter */
        first[r] = at;
        for (int i = 0; i < (m ? 4 * m : 1); i++) {
            const int q = m ? i / m : 0, s = m ? i % m : 0;
            const double x = q == 0 ? m - s : q == 1 ? -s : q == 2 ? s - m : s;
            const double y = q == 0 ? s : q == 1 ? m - s : q == 2 ? -s : s - m;
            const nw_vec3 d = nw_unit(nw_v3(x, y, n - r));
            mesh->pos_mm[at++] = nw_scale(d, radius + bump(d));
        }
    }
    size_t t = 0;
    for (int r = 0; r < 2 * n; r++)
        for (int q = 0; q < 4; q++) {
            const bool north = r < n;
            const uint32_t a = (uint32_t)(north ? r : 2 * n - r), /* quarter here */
                b = (uint32_t)(north ? r + 1 : 2 * n - r - 1);    /* and below */
            const uint32_t uq = (uint32_t)q;
            for (uint32_t i = 0; i < (north ? b : a); i++) {
                const uint32_t an = a ? 4 * a : 1, bn = b ? 4 * b : 1;
                if (north) {
                    const uint32_t up = first[r] + (uq * a + i) % an;
                    const uint32_t down = first[r + 1] + (uq * b + i) % bn;
                    const uint32_t next = first[r + 1] + (uq * b + i + 1) % bn;
                    memcpy(mesh->tri[t++], (uint32_t[3]){up, down, next}, 12);
                    if (i + 1 < b) {
                        const uint32_t right = first[r] + (uq * a + i + 1) % an;
                        memcpy(mesh->tri[t++], (uint32_t[3]){up, next, right}, 12);
                    }
                } else {
                    const uint32_t down = first[r + 1] + (uq * b + i) % bn;
                    const uint32_t up = first[r] + (uq * a + i) % an;
                    const uint32_t right = first[r] + (uq * a + i + 1) % an;
                    memcpy(mesh->tri[t++], (uint32_t[3]){up, down, right}, 12);
                    if (i + 1 < a) {
                        const uint32_t next = first[r + 1] + (uq * b + i + 1) % bn;
                        memcpy(mesh->tri[t++], (uint32_t[3]){right, down, next}, 12);
                    }
                }
            }
        }
    assert(t == mesh->tri_count && at == mesh->vert_count);
}

/* Triangles that name random ones of few vertices on a grid of side x side x side points. */
static inline void shape_soup(struct nw_mesh *mesh, uint64_t seed, size_t verts, size_t tris,
                              int side)
{
    struct nw_err err = {0};
    const bool ok = nw_mesh_init(mesh, verts, tris, &err);
    assert(ok);
    uint64_t i = 0;
    for (size_t v = 0; v < verts; v++, i += 3)
        mesh->pos_mm[v] = nw_v3((double)(nw_rand_bits(seed, i) % (uint64_t)side),
                                (double)(nw_rand_bits(seed, i + 1) % (uint64_t)side),
                                (double)(nw_rand_bits(seed, i + 2) % (uint64_t)side));
    for (size_t t = 0; t < tris; t++)
        for (int k = 0; k < 3; k++)
            mesh->tri[t][k] = (uint32_t)(nw_rand_bits(seed, i++) % verts);
}

static inline double shape_knobs(nw_vec3 d)
{
    return 4 * sin(5 * d.x) * sin(4 * d.y) + 3 * sin(6 * d.z + d.x);
}

/* A bumpy bone of about 30 mm with a marrow cavity of half that. */
static inline void shape_bone(struct nw_mesh *mesh)
{
    struct nw_err err = {0};
    struct nw_mesh marrow = {0};
    shape_sphere(mesh, 30, 30, shape_knobs);
    shape_sphere(&marrow, 20, 15, shape_knobs);
    nw_mesh_flip(&marrow);
    const bool ok = nw_mesh_append(mesh, &marrow, &err);
    assert(ok);
    (void)ok;
    nw_mesh_release(&marrow);
}

#endif
