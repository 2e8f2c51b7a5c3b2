/* tests/unit/print/bench_machine.h -- a printer of round numbers, and parts of known measure.
 */
#ifndef NW_TEST_BENCH_MACHINE_H
#define NW_TEST_BENCH_MACHINE_H

#include <assert.h>
#include <string.h>

#include "../mesh/shapes.h"
#include "print/machine.h"

/* 40 x 30 x 50 mm, pixels of 0.1 mm, layers of 0.1 mm. */
static inline struct nw_machine bench_machine(void)
{
    static struct nw_material resin = {.name = "resin",
                                       .zh = "resin",
                                       .en = "resin",
                                       .density_g_cm3 = 1.2,
                                       .cost_per_kg = 500,
                                       .exposure_s = 8,
                                       .first_exposure_s = 18};
    return (struct nw_machine){
        .name = "bench",
        .zh = "bench",
        .en = "bench",
        .revision = "1",
        .process = NW_PROCESS_SLA,
        .build_mm = {40, 30, 50},
        .layer_mm = 0.1,
        .layer_min_mm = 0.02,
        .layer_max_mm = 0.5,
        .layer_time_s = 2,
        .pixels = {{400, 300}, 'y', 'x', false, true},
        .limits = {.min_wall_mm = 0.8,
                   .min_feature_mm = 0.5,
                   .min_hole_mm = 0.5,
                   .min_gap_mm = 0.3,
                   .overhang_deg = 45,
                   .min_drain_mm = 3,
                   .accuracy_mm = 0.15},
        .compensation = {.scale = {1, 1, 1}, .source = ""},
        .material = &resin,
        .material_count = 1,
    };
}

/* A model of one part, taking the mesh. */
static inline void bench_add(struct nw_model *model, struct nw_mesh *mesh)
{
    static const uint8_t grey[4] = {200, 200, 200, 255};
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct nw_err err = {0};
    const bool ok = nw_model_add(model, names[model->part_count], grey, mesh, &err);
    assert(ok);
}

static inline void bench_add_box(struct nw_model *model, nw_vec3 min, nw_vec3 max)
{
    struct nw_mesh mesh = {0};
    shape_add_box(&mesh, min, max);
    bench_add(model, &mesh);
}

/* A box with a box-shaped hollow: the inner one faces inward. */
static inline void bench_add_hollow(struct nw_model *model, nw_vec3 min, nw_vec3 max,
                                    nw_vec3 inner_min, nw_vec3 inner_max)
{
    struct nw_err err = {0};
    struct nw_mesh mesh = {0}, inner = {0};
    shape_add_box(&mesh, min, max);
    shape_add_box(&inner, inner_min, inner_max);
    nw_mesh_flip(&inner);
    const bool ok = nw_mesh_append(&mesh, &inner, &err);
    assert(ok);
    nw_mesh_release(&inner);
    bench_add(model, &mesh);
}

/* An upright prism of n sides about z, corners at this radius. */
static inline void bench_add_prism(struct nw_model *model, uint32_t n, double radius,
                                   double height)
{
    struct nw_err err = {0};
    struct nw_mesh m = {0};
    const bool ok = nw_mesh_init(&m, (size_t)2 * n + 2, (size_t)4 * n, &err);
    assert(ok);
    for (uint32_t k = 0; k < n; k++) {
        const double a = 2 * NW_PI * k / n;
        m.pos_mm[k] = nw_v3(radius * nw_cos(a), radius * nw_sin(a), 0);
        m.pos_mm[n + k] = nw_v3(radius * nw_cos(a), radius * nw_sin(a), height);
        const uint32_t next = (k + 1) % n;
        const uint32_t tri[4][3] = {{k, next, n + next},
                                    {k, n + next, n + k},
                                    {2 * n, next, k},
                                    {2 * n + 1, n + k, n + next}};
        memcpy(m.tri + (size_t)4 * k, tri, sizeof tri);
    }
    m.pos_mm[2 * n] = nw_v3(0, 0, 0);
    m.pos_mm[2 * n + 1] = nw_v3(0, 0, height);
    bench_add(model, &m);
}

#endif
