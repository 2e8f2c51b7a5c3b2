/* image/runs.c -- see runs.h. Union-find over runs, after He, Chao and Suzuki (2008). */
#include "image/runs.h"

#include <string.h>

#include "core/parallel.h"

/* Calls for each run of a row, or only counts them when `out` is NULL. */
static size_t scan_row(const uint8_t *row, size_t len, uint8_t mask, uint8_t match,
                       struct nw_run *out)
{
    const uint64_t mask8 = mask * 0x0101010101010101u, match8 = match * 0x0101010101010101u;
    size_t count = 0, i = 0;
    while (i < len) {
        uint64_t word;
        /* Skip eight at a time where none matches: (w & mask) ^ match has no zero byte. */
        while (i + 8 <= len) {
            memcpy(&word, row + i, 8);
            const uint64_t x = (word & mask8) ^ match8;
            if ((x - 0x0101010101010101u) & ~x & 0x8080808080808080u)
                break;
            i += 8;
        }
        while (i < len && (row[i] & mask) != match)
            i++;
        if (i == len)
            break;
        const size_t lo = i;
        while (i + 8 <= len) {
            memcpy(&word, row + i, 8);
            if ((word & mask8) != match8)
                break;
            i += 8;
        }
        while (i < len && (row[i] & mask) == match)
            i++;
        if (out)
            out[count] = (struct nw_run){(uint16_t)lo, (uint16_t)i, 0};
        count++;
    }
    return count;
}

static uint32_t root_of(uint32_t *parent, uint32_t a)
{
    while (parent[a] != a) {
        parent[a] = parent[parent[a]];
        a = parent[a];
    }
    return a;
}

/* The smaller number becomes the root, so that roots are first runs. */
static void join(uint32_t *parent, uint32_t a, uint32_t b)
{
    const uint32_t x = root_of(parent, a), y = root_of(parent, b);
    if (x < y)
        parent[y] = x;
    else
        parent[x] = y;
}

/* Joins overlapping runs of two rows; `reach` 1 lets corners count. */
static void join_rows(const struct nw_runs *r, uint32_t *parent, size_t row_a, size_t row_b,
                      unsigned reach)
{
    size_t a = r->row[row_a], b = r->row[row_b];
    const size_t a_end = r->row[row_a + 1], b_end = r->row[row_b + 1];
    while (a < a_end && b < b_end) {
        const struct nw_run x = r->run[a], y = r->run[b];
        if (x.lo < y.hi + reach && y.lo < x.hi + reach)
            join(parent, (uint32_t)a, (uint32_t)b);
        if (x.hi < y.hi)
            a++;
        else
            b++;
    }
}

static void join_slice(const struct nw_runs *r, uint32_t *parent, size_t k, unsigned reach)
{
    const size_t rows = r->dim[1];
    for (size_t j = 0; j < rows; j++) {
        const size_t here = j + rows * k;
        if (r->row[here] == r->row[here + 1])
            continue;
        if (j > 0)
            join_rows(r, parent, here, here - 1, reach);
        if (k == 0)
            continue;
        join_rows(r, parent, here, here - rows, reach);
        if (reach && j > 0)
            join_rows(r, parent, here, here - rows - 1, reach);
        if (reach && j + 1 < rows)
            join_rows(r, parent, here, here - rows + 1, reach);
    }
}

static void count_run(struct nw_piece *p, struct nw_run run, size_t j, size_t k,
                      const size_t dim[3])
{
    const uint32_t lo[3] = {run.lo, (uint32_t)j, (uint32_t)k},
                   hi[3] = {run.hi, (uint32_t)j + 1, (uint32_t)k + 1};
    const bool first = p->voxels == 0;
    for (int a = 0; a < 3; a++) {
        p->lo[a] = first || lo[a] < p->lo[a] ? lo[a] : p->lo[a];
        p->hi[a] = first || hi[a] > p->hi[a] ? hi[a] : p->hi[a];
        p->at_border = p->at_border || lo[a] == 0 || hi[a] == dim[a];
    }
    const double n = (double)(run.hi - run.lo);
    p->voxels += (size_t)(run.hi - run.lo);
    p->sum[0] += n * 0.5 * ((double)run.lo + (double)run.hi - 1);
    p->sum[1] += n * (double)j;
    p->sum[2] += n * (double)k;
}

/* Numbers the roots in their order and measures each piece. */
static bool number_pieces(struct nw_runs *r, uint32_t *parent, struct nw_err *err)
{
    size_t count = 0;
    for (size_t a = 0; a < r->run_count; a++) {
        const uint32_t root = root_of(parent, (uint32_t)a);
        r->run[a].piece = root == a ? (uint32_t)count++ : r->run[root].piece;
    }
    r->piece = NW_ALLOC(struct nw_piece, count ? count : 1, err);
    if (!r->piece)
        return false;
    r->piece_count = count;
    for (size_t row = 0; row < r->dim[1] * r->dim[2]; row++)
        for (size_t a = r->row[row]; a < r->row[row + 1]; a++)
            count_run(&r->piece[r->run[a].piece], r->run[a], row % r->dim[1], row / r->dim[1],
                      r->dim);
    return true;
}

static bool fill_runs(const struct nw_volume *labels, uint8_t mask, uint8_t match,
                      struct nw_runs *r, struct nw_err *err)
{
    const size_t slices = r->dim[2], rows = r->dim[1], len = r->dim[0];
    r->row = NW_ALLOC(size_t, rows * slices + 1, err);
    if (!r->row)
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < slices; k++)
        for (size_t j = 0; j < rows; j++)
            r->row[j + rows * k + 1] =
                scan_row(labels->u8 + len * (j + rows * k), len, mask, match, NULL);
    for (size_t row = 0; row < rows * slices; row++)
        r->row[row + 1] += r->row[row];
    r->run_count = r->row[rows * slices];
    if (r->run_count >= UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the mask is too rugged: more than 2^32 runs");
    r->run = NW_ALLOC_UNSET(struct nw_run, r->run_count ? r->run_count : 1, err);
    if (!r->run)
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < slices; k++)
        for (size_t j = 0; j < rows; j++)
            scan_row(labels->u8 + len * (j + rows * k), len, mask, match,
                     r->run + r->row[j + rows * k]);
    return true;
}

static bool join_runs(struct nw_runs *r, enum nw_neighbours neighbours, struct nw_err *err)
{
    NW_AUTOFREE uint32_t *parent = NW_ALLOC_UNSET(uint32_t, r->run_count + 1, err);
    if (!parent)
        return false;
    for (size_t a = 0; a < r->run_count; a++)
        parent[a] = (uint32_t)a;
    for (size_t k = 0; k < r->dim[2]; k++) {
        join_slice(r, parent, k, neighbours == NW_NEIGHBOURS_26);
        if (nw_cancelled())
            return nw_fail_cancelled(err);
    }
    return number_pieces(r, parent, err);
}

bool nw_runs_find(const struct nw_volume *labels, uint8_t mask, uint8_t match,
                  enum nw_neighbours neighbours, struct nw_runs *out, struct nw_err *err)
{
    if (labels->type != NW_VOXEL_U8)
        return nw_fail(err, NW_ERR_ARGUMENT, "pieces are found in uint8 volumes only");
    struct nw_runs r = {.dim = {labels->grid.dim[0], labels->grid.dim[1], labels->grid.dim[2]}};
    if (!fill_runs(labels, mask, match, &r, err) || !join_runs(&r, neighbours, err)) {
        nw_runs_release(&r);
        return false;
    }
    *out = r;
    return true;
}

void nw_runs_release(struct nw_runs *runs)
{
    nw_free(runs->row);
    nw_free(runs->run);
    nw_free(runs->piece);
    *runs = (struct nw_runs){0};
}

void nw_runs_paint(const struct nw_runs *r, const uint8_t *value, uint8_t keep,
                   struct nw_volume *labels)
{
    NW_PARALLEL_FOR
    for (size_t k = 0; k < r->dim[2]; k++)
        for (size_t row = r->dim[1] * k; row < r->dim[1] * (k + 1); row++)
            for (size_t a = r->row[row]; a < r->row[row + 1]; a++) {
                const struct nw_run run = r->run[a];
                if (value[run.piece] != keep)
                    memset(labels->u8 + r->dim[0] * row + run.lo, value[run.piece],
                           (size_t)(run.hi - run.lo));
            }
}
