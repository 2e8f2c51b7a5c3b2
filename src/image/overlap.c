/* image/overlap.c -- see overlap.h. */
#include "image/overlap.h"

#include <string.h>

#include "core/parallel.h"

enum { CHUNKS = 16 }; /* counted side by side; whole numbers, so any order would do */

bool nw_grid_is_same(const struct nw_grid *a, const struct nw_grid *b)
{
    static const double SHARE = 0.01; /* of a voxel: files round their origins */
    if (memcmp(a->dim, b->dim, sizeof a->dim) != 0)
        return false;
    const nw_vec3 size = nw_grid_spacing(a);
    const double most = SHARE * fmin(size.x, fmin(size.y, size.z));
    for (unsigned c = 0; c < 8; c++) {
        const nw_ijk at = {c & 1 ? (double)a->dim[0] : 0, c & 2 ? (double)a->dim[1] : 0,
                           c & 4 ? (double)a->dim[2] : 0};
        if (nw_length(nw_sub(nw_grid_point(a, at), nw_grid_point(b, at))) > most)
            return false;
    }
    return true;
}

static size_t label_at(const struct nw_volume *v, size_t i)
{
    return v->type == NW_VOXEL_U8 ? v->u8[i] : v->u16[i];
}

static void count_chunk(const struct nw_volume *a, const struct nw_volume *b, size_t begin,
                        size_t end, size_t count, size_t (*sum)[3])
{
    for (size_t i = begin; i < end; i++) {
        const size_t x = label_at(a, i), y = label_at(b, i);
        if (x >= 1 && x <= count)
            sum[x - 1][0]++;
        if (y >= 1 && y <= count)
            sum[y - 1][1]++;
        if (x == y && x >= 1 && x <= count)
            sum[x - 1][2]++;
    }
}

static struct nw_overlap overlap_of(const size_t sum[3])
{
    const double a = (double)sum[0], b = (double)sum[1], both = (double)sum[2];
    return (struct nw_overlap){
        .voxels_a = sum[0],
        .voxels_b = sum[1],
        .voxels_both = sum[2],
        .dice = a + b > 0 ? 2 * both / (a + b) : (double)NAN,
        .iou = a + b > 0 ? both / (a + b - both) : (double)NAN,
        .volume_error_percent = b > 0 ? 100 * (a - b) / b : (double)NAN,
    };
}

static bool is_labels(const struct nw_volume *v)
{
    return v->type == NW_VOXEL_U8 || v->type == NW_VOXEL_U16;
}

bool nw_overlap_labels(const struct nw_volume *a, const struct nw_volume *b, size_t count,
                       struct nw_overlap *out, struct nw_err *err)
{
    if (!is_labels(a) || !is_labels(b))
        return nw_fail(err, NW_ERR_ARGUMENT, "overlap is asked of label volumes only");
    if (!nw_grid_is_same(&a->grid, &b->grid))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the two label volumes lie on different grids; resample one onto the "
                       "other's");
    NW_AUTOFREE size_t(*sum)[3] = nw_alloc(CHUNKS * count, sizeof *sum, err);
    if (!sum)
        return false;
    const size_t n = nw_grid_count(&a->grid);
    NW_PARALLEL_FOR
    for (size_t c = 0; c < CHUNKS; c++)
        count_chunk(a, b, n / CHUNKS * c, c + 1 < CHUNKS ? n / CHUNKS * (c + 1) : n, count,
                    sum + c * count);
    for (size_t l = 0; l < count; l++) {
        size_t all[3] = {0};
        for (size_t c = 0; c < CHUNKS; c++)
            for (int k = 0; k < 3; k++)
                all[k] += sum[c * count + l][k];
        out[l] = overlap_of(all);
    }
    return true;
}
