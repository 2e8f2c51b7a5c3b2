/* fuzz/surface.c -- random bytes as a small volume: whatever they are, its surfaces are solids.
 */
#include <assert.h>
#include <string.h>

#include "core/parallel.h"
#include "field/surface.h"
#include "mesh/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_solid(const struct nw_mesh *m)
{
    static struct nw_mesh_check c;
    struct nw_err err = {0};
    const struct nw_check_opts opts = {0};
    if (m->tri_count == 0)
        return;
    assert(nw_mesh_check(m, &opts, &c, &err));
    assert(c.solid);
}

/* The first bytes say how large, of what kind, and the level; the others are the voxels. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { HEAD = 5, LABELS = 4 };
    if (size < HEAD)
        return 0;
    nw_set_threads(1);
    struct nw_grid g = {{1 + data[0] % 9U, 1 + data[1] % 9U, 1 + data[2] % 9U},
                        nw_v3(-10, 20, 30),
                        {nw_v3(0.5, 0, 0), nw_v3(0.1, 0.5, 0), nw_v3(0, 0.1, 1.25)}};
    if (data[3] & 4)
        g.step_mm[0] = nw_v3(-0.5, 0, 0);
    const enum nw_voxel type[4] = {NW_VOXEL_I16, NW_VOXEL_U8, NW_VOXEL_U16, NW_VOXEL_F32};
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    assert(nw_volume_init(&vol, type[data[3] & 3], &g, &err));
    const size_t bytes = nw_grid_count(&g) * nw_voxel_bytes(vol.type);
    memcpy(vol.data, data + HEAD, size - HEAD < bytes ? size - HEAD : bytes);

    struct nw_mesh m[LABELS] = {{0}};
    assert(
        nw_surface_of_level(&vol, (double)data[4] - 100.5 * (data[3] >> 3 & 1), &m[0], &err));
    expect_solid(&m[0]);
    nw_mesh_release(&m[0]);
    if (vol.type == NW_VOXEL_U8 || vol.type == NW_VOXEL_U16) {
        assert(nw_surface_of_labels(&vol, LABELS, m, &err));
        for (int n = 0; n < LABELS; n++) {
            expect_solid(&m[n]);
            nw_mesh_release(&m[n]);
        }
    }
    nw_volume_release(&vol);
    return 0;
}
