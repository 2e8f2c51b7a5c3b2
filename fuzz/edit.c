/* fuzz/edit.c -- random bytes as a document of corrections: read and done to a small scan, or
 * refused with a sentence. */
#include "image/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct nw_grid grid = {{13, 11, 9}, {-6, -5, -4}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct nw_err err = {0};
    struct nw_edits *edits = nw_edits_parse((const char *)data, size, &err);
    if (!edits)
        return 0;
    struct nw_volume scan = {0}, labels = {0};
    struct nw_edit_names names = {.name = {"", "bone", "b"}};
    if (nw_volume_init(&scan, NW_VOXEL_I16, &grid, &err) &&
        nw_volume_init(&labels, NW_VOXEL_U8, &grid, &err)) {
        for (size_t v = 0; v < nw_grid_count(&grid); v++) {
            scan.i16[v] = (int16_t)(v % 13 * 100);
            labels.u8[v] = v % 5 == 0 ? (uint8_t)(v % 3) : 0;
        }
        (void)!nw_edits_apply(edits, &scan, &labels, &names, NULL, &err);
    }
    nw_volume_release(&scan);
    nw_volume_release(&labels);
    nw_edits_free(edits);
    return 0;
}
