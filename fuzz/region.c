/* fuzz/region.c -- random bytes as a region of a scan: read and corrected, there and as a
 * whole, or refused with a sentence. */
#include <string.h>

#include "anatomy/region.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char STEPS[] = "{\"nuwa\": \"edit 1\", \"steps\": [{\"do\": \"paint\", "
                            "\"stroke_mm\": [[0, 0, 0]], \"radius_mm\": 3}]}";
/* A grid may be far larger than what is told of it. */
static const double VOXELS_MOST = 1e6;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    double dim[3] = {0};
    if (size >= 8 + sizeof dim)
        memcpy(dim, data + 8, sizeof dim);
    if (dim[0] * dim[1] * dim[2] > VOXELS_MOST)
        return 0;
    struct nw_region *region = nw_region_read(data, size, &err);
    if (!region)
        return 0;
    struct nw_edits *edits = nw_edits_parse(STEPS, sizeof STEPS - 1, &err);
    struct nw_piece_answer piece;
    if (edits && nw_region_correct(region, edits, &piece, &err))
        nw_piece_answer_release(&piece);
    struct nw_parts_answer parts;
    if (edits && nw_region_parts(region, edits, &parts, &err))
        nw_parts_answer_release(&parts);
    nw_edits_free(edits);
    nw_region_free(region);
    return 0;
}
