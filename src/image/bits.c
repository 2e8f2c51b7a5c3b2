/* image/bits.c -- see bits.h. */
#include "image/bits.h"

#include <string.h>

#include "core/parallel.h"

bool nw_bits_init(struct nw_bits *b, const struct nw_grid *grid, struct nw_err *err)
{
    *b = (struct nw_bits){.row_words = (grid->dim[0] + 63) / 64,
                          .spacing_mm = nw_grid_spacing(grid)};
    memcpy(b->dim, grid->dim, sizeof b->dim);
    b->word = NW_ALLOC(uint64_t, b->row_words * b->dim[1] * b->dim[2], err);
    return b->word != NULL;
}

void nw_bits_release(struct nw_bits *b)
{
    nw_free(b->word);
    *b = (struct nw_bits){0};
}

void nw_bits_set(struct nw_bits *b, size_t lo, size_t hi, size_t j, size_t k)
{
    uint64_t *row = nw_bits_row(b, j, k);
    for (size_t w = lo / 64; w * 64 < hi; w++) {
        const size_t from = lo > w * 64 ? lo - w * 64 : 0,
                     end = hi - w * 64 < 64 ? hi - w * 64 : 64;
        const uint64_t below = end < 64 ? ((uint64_t)1 << end) - 1 : ~(uint64_t)0;
        row[w] |= below & (~(uint64_t)0 << from);
    }
}

NW_CLONES static uint64_t pack_word(const uint8_t *v, size_t count, uint8_t value)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= (uint64_t)(v[i] == value) << i;
    return bits;
}

void nw_bits_pack(struct nw_bits *b, const struct nw_volume *labels, uint8_t value)
{
    const size_t len = b->dim[0];
    NW_PARALLEL_FOR
    for (size_t k = 0; k < b->dim[2]; k++)
        for (size_t j = 0; j < b->dim[1]; j++) {
            const uint8_t *v = labels->u8 + len * (j + b->dim[1] * k);
            uint64_t *row = nw_bits_row(b, j, k);
            for (size_t w = 0; w < b->row_words; w++)
                row[w] = pack_word(v + 64 * w, len - 64 * w < 64 ? len - 64 * w : 64, value);
        }
}

/* out |= a row and, when `along`, its neighbours along the row. */
static void add_row(const uint64_t *row, size_t words, bool along, uint64_t *out)
{
    for (size_t w = 0; w < words; w++) {
        uint64_t x = row[w];
        if (along)
            x |= row[w] << 1 | row[w] >> 1 | (w > 0 ? row[w - 1] >> 63 : 0) |
                 (w + 1 < words ? row[w + 1] << 63 : 0);
        out[w] |= x;
    }
}

static void grow_row(const struct nw_bits *b, const bool axis[3], bool cube, size_t j, size_t k,
                     uint64_t *out)
{
    const ptrdiff_t rj = axis[1], rk = axis[2];
    memset(out, 0, b->row_words * sizeof *out);
    for (ptrdiff_t dk = -rk; dk <= rk; dk++)
        for (ptrdiff_t dj = -rj; dj <= rj; dj++) {
            const ptrdiff_t y = (ptrdiff_t)j + dj, z = (ptrdiff_t)k + dk;
            if (y < 0 || z < 0 || y >= (ptrdiff_t)b->dim[1] || z >= (ptrdiff_t)b->dim[2])
                continue;
            if (!cube && dj && dk)
                continue;
            add_row(nw_bits_row(b, (size_t)y, (size_t)z), b->row_words,
                    axis[0] && (cube || (!dj && !dk)), out);
        }
    if (b->dim[0] % 64)
        out[b->row_words - 1] &= ~(uint64_t)0 >> (64 - b->dim[0] % 64);
}

static bool takes_part(double radius_mm, double spacing_mm, int step, int steps)
{
    const double r = radius_mm / spacing_mm / steps;
    return floor(r * (step + 1) + 0.5) > floor(r * step + 0.5);
}

bool nw_bits_grow(struct nw_bits *b, double radius_mm, struct nw_err *err)
{
    struct nw_bits next = *b;
    next.word = NW_ALLOC_UNSET(uint64_t, b->row_words * b->dim[1] * b->dim[2], err);
    if (!next.word)
        return false;
    const nw_vec3 h = b->spacing_mm;
    const int steps = (int)floor(radius_mm / fmin(h.x, fmin(h.y, h.z)) + 0.5);
    for (int s = 0; s < steps; s++) {
        const bool axis[3] = {takes_part(radius_mm, h.x, s, steps),
                              takes_part(radius_mm, h.y, s, steps),
                              takes_part(radius_mm, h.z, s, steps)};
        NW_PARALLEL_FOR
        for (size_t k = 0; k < b->dim[2]; k++)
            for (size_t j = 0; j < b->dim[1]; j++)
                grow_row(b, axis, s % 2 == 1, j, k, nw_bits_row(&next, j, k));
        uint64_t *swap = b->word;
        b->word = next.word;
        next.word = swap;
    }
    nw_free(next.word);
    return true;
}
