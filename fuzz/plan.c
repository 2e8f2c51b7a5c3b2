/* fuzz/plan.c -- random bytes as a plan document: read, ordered, evaluated on boxes, or refused
 * with a sentence. */
#include <string.h>

#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool box(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                struct nw_err *err)
{
    static const uint32_t face[12][3] = {{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6},
                                         {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7},
                                         {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}};
    (void)user;
    if (!nw_mesh_init(out, 8, 12, err))
        return false;
    const double shift = file->path[0] == 'b' ? 30 : 0;
    for (int v = 0; v < 8; v++)
        out->pos_mm[v] = nw_v3(shift + (v & 1 ? 10 : 0), v & 2 ? 20 : 0, v & 4 ? 30 : 0);
    memcpy(out->tri, face, sizeof face);
    return true;
}

static bool scan(void *user, const char *path, const char *sha256, struct nw_volume *out,
                 struct nw_err *err)
{
    const struct nw_grid grid = {{4, 4, 4}, {0, 0, 0}, {{10, 0, 0}, {0, 10, 0}, {0, 0, 10}}};
    (void)user;
    (void)path;
    (void)sha256;
    return nw_volume_init(out, NW_VOXEL_I16, &grid, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    struct nw_plan *plan = nw_plan_parse((const char *)data, size, &err);
    if (!plan)
        return 0;
    const struct nw_plan_files files = {NULL, box, scan};
    struct nw_model made = {0};
    json_t *result = NULL;
    if (nw_plan_evaluate(plan, &files, &result, &made, &err))
        json_decref(result);
    nw_model_release(&made);
    nw_plan_free(plan);
    return 0;
}
