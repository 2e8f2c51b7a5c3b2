/* tests/unit/report/shapes.h -- solids made by plain parametrisation, with made-up doubt. */
#ifndef NW_TEST_SHAPES_H
#define NW_TEST_SHAPES_H

#include "core/mesh.h"
#include "unit.h"

/* A closed grid of u by v points, wrapping in both; poles are points that coincide. */
static struct nw_mesh torus(nw_vec3 middle, double big_mm, double small_mm, size_t around,
                            size_t across)
{
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    CHECK(nw_mesh_init(&m, around * across, 2 * around * across, &err));
    m.uncertainty_mm = NW_ALLOC(float, m.vert_count, &err);
    m.vert_class = NW_ALLOC(uint8_t, m.vert_count, &err);
    for (size_t i = 0; i < around; i++) {
        for (size_t j = 0; j < across; j++) {
            const double u = 2 * NW_PI * (double)i / (double)around;
            const double v = 2 * NW_PI * (double)j / (double)across;
            const double r = big_mm + small_mm * nw_cos(v);
            const size_t at = i * across + j, ni = (i + 1) % around, nj = (j + 1) % across;
            m.pos_mm[at] =
                nw_add(middle, nw_v3(r * nw_cos(u), small_mm * nw_sin(v) * 1.0, r * nw_sin(u)));
            m.uncertainty_mm[at] = (float)(0.05 + 0.3 * (1 - nw_cos(u)) * (1 - nw_cos(u)) / 4);
            m.vert_class[at] = u > 2.9 && u < 3.4   ? NW_CLASS_THIN
                               : u > 3.4 && u < 3.6 ? NW_CLASS_METAL
                                                    : NW_CLASS_RESOLVED;
            uint32_t *t = m.tri[2 * at];
            t[0] = (uint32_t)at;
            t[1] = (uint32_t)(ni * across + j);
            t[2] = (uint32_t)(ni * across + nj);
            t[3] = (uint32_t)at;
            t[4] = (uint32_t)(ni * across + nj);
            t[5] = (uint32_t)(i * across + nj);
        }
    }
    if (nw_mesh_volume_mm3(&m) < 0)
        nw_mesh_flip(&m);
    return m;
}

static struct nw_mesh sphere(nw_vec3 middle, double radius_mm, size_t around, size_t rings)
{
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    const size_t verts = around * (rings - 1) + 2;
    CHECK(nw_mesh_init(&m, verts, 2 * around * (rings - 1), &err));
    m.uncertainty_mm = NW_ALLOC(float, m.vert_count, &err);
    for (size_t v = 0; v < verts; v++)
        m.uncertainty_mm[v] = 0.08F;
    m.pos_mm[0] = nw_add(middle, nw_v3(0, 0, radius_mm));
    m.pos_mm[verts - 1] = nw_add(middle, nw_v3(0, 0, -radius_mm));
    for (size_t r = 1; r < rings; r++)
        for (size_t i = 0; i < around; i++) {
            const double a = NW_PI * (double)r / (double)rings;
            const double u = 2 * NW_PI * (double)i / (double)around;
            m.pos_mm[1 + (r - 1) * around + i] =
                nw_add(middle, nw_v3(radius_mm * nw_sin(a) * nw_cos(u),
                                     radius_mm * nw_sin(a) * nw_sin(u), radius_mm * nw_cos(a)));
        }
    size_t t = 0;
    for (size_t i = 0; i < around; i++) {
        const uint32_t n = (uint32_t)((i + 1) % around), c = (uint32_t)i;
        const uint32_t last = (uint32_t)(1 + (rings - 2) * around), end = (uint32_t)(verts - 1);
        const uint32_t top[3] = {0, 1 + c, 1 + n}, foot[3] = {end, last + n, last + c};
        for (int k = 0; k < 3; k++) {
            m.tri[t][k] = top[k];
            m.tri[t + 1][k] = foot[k];
        }
        t += 2;
        for (size_t r = 1; r + 1 < rings; r++) {
            const uint32_t a = (uint32_t)(1 + (r - 1) * around), b = a + (uint32_t)around;
            const uint32_t quad[2][3] = {{a + c, b + c, b + n}, {a + c, b + n, a + n}};
            for (int q = 0; q < 2; q++, t++)
                for (int k = 0; k < 3; k++)
                    m.tri[t][k] = quad[q][k];
        }
    }
    return m;
}

static struct nw_model torus_and_sphere(size_t fineness)
{
    static const uint8_t ivory[4] = {232, 222, 202, 255}, blue[4] = {90, 150, 215, 255};
    struct nw_model model = {0};
    struct nw_err err = {0};
    struct nw_mesh a = torus(nw_v3(-10, -5, 100), 40, 12, 4 * fineness, fineness);
    struct nw_mesh b = sphere(nw_v3(35, -25, 140), 15, 2 * fineness, fineness);
    CHECK(nw_model_add(&model, "右侧髋骨", ivory, &a, &err));
    CHECK(nw_model_add(&model, "球", blue, &b, &err));
    return model;
}

#endif
