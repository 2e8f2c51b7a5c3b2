/* field/surface_signs.c -- one bit a sample: inside or not, read once from wherever it comes.
 */
#include <string.h>

#include "core/parallel.h"
#include "field/surface_priv.h"

enum { CHUNK = 64 };

/* 0 or 1 in each byte of a word to 8 bits: the product gathers them in its top byte. */
static uint64_t packed(const uint8_t inside[CHUNK])
{
    uint64_t bits = 0;
    for (int b = 0; b < 8; b++) {
        uint64_t word;
        memcpy(&word, inside + 8 * b, 8);
        bits |= (word * 0x0102040810204080u >> 56) << 8 * b;
    }
    return bits;
}

/* Adds 64 signs behind the ones before; carry is the bit that did not fit. */
static void put_word(uint64_t *row, size_t n, uint64_t bits, uint64_t *carry)
{
    row[n] = bits << 1 | *carry; /* the padding's sample comes first */
    *carry = bits >> 63;
}

/* Each type's row: whole chunks, then the rest with zeros behind it. */
#define SIGN_ROW(name, type, test)                                                             \
    NW_CLONES static void name(const type *v, size_t count, type level, uint64_t *row,         \
                               size_t words)                                                   \
    {                                                                                          \
        uint64_t carry = 0;                                                                    \
        uint8_t inside[CHUNK];                                                                 \
        size_t n = 0, i = 0;                                                                   \
        for (; i + CHUNK <= count; i += CHUNK, n++) {                                          \
            for (size_t b = 0; b < CHUNK; b++)                                                 \
                inside[b] = v[i + b] test level;                                               \
            put_word(row, n, packed(inside), &carry);                                          \
        }                                                                                      \
        memset(inside, 0, sizeof inside);                                                      \
        for (size_t b = 0; i + b < count; b++)                                                 \
            inside[b] = v[i + b] test level;                                                   \
        for (; n < words; n++) {                                                               \
            put_word(row, n, packed(inside), &carry);                                          \
            memset(inside, 0, sizeof inside);                                                  \
        }                                                                                      \
    }

SIGN_ROW(sign_i16, int16_t, >=)
SIGN_ROW(sign_u8, uint8_t, >=)
SIGN_ROW(sign_u16, uint16_t, >=)
SIGN_ROW(sign_f32, float, >=)
SIGN_ROW(match_u8, uint8_t, ==)
SIGN_ROW(match_u16, uint16_t, ==)

/* For integers: the smallest value inside, which may lie beyond the type. */
static void sign_integers(const struct source *s, size_t first, uint64_t *row, size_t words)
{
    const double level = ceil((double)s->level);
    const double min = s->kind == SOURCE_I16 ? INT16_MIN : 0;
    const double max = s->kind == SOURCE_I16  ? INT16_MAX
                       : s->kind == SOURCE_U8 ? UINT8_MAX
                                              : UINT16_MAX;
    if (!(level <= max)) {
        memset(row, 0, words * sizeof *row);
        return;
    }
    const double from = level < min ? min : level;
    if (s->kind == SOURCE_I16)
        sign_i16(s->i16 + first, s->dim[0], (int16_t)from, row, words);
    else if (s->kind == SOURCE_U8)
        sign_u8(s->u8 + first, s->dim[0], (uint8_t)from, row, words);
    else
        sign_u16(s->u16 + first, s->dim[0], (uint16_t)from, row, words);
}

static void sign_row(const struct source *s, size_t j, size_t k, uint64_t *row, size_t words)
{
    const size_t first = nw_grid_at(&s->grid, s->lo[0], s->lo[1] + j, s->lo[2] + k);
    switch (s->kind) {
    case SOURCE_I16:
    case SOURCE_U8:
    case SOURCE_U16:
        sign_integers(s, first, row, words);
        return;
    case SOURCE_F32:
        sign_f32(s->f32 + first, s->dim[0], s->level, row, words);
        return;
    case SOURCE_LABELS:
        if (s->voxel == NW_VOXEL_U8)
            match_u8(s->u8 + first, s->dim[0], (uint8_t)s->label, row, words);
        else
            match_u16(s->u16 + first, s->dim[0], s->label, row, words);
        return;
    case SOURCE_BRICKS:
        break;
    }
    NW_UNREACHABLE();
}

static void sign_layer(struct work *w, size_t k)
{
    uint64_t *layer = w->signs + k * w->dim[1] * w->words;
    for (size_t j = 0; j < w->dim[1]; j++) {
        uint64_t *row = layer + j * w->words;
        if (k == 0 || k == w->dim[2] - 1 || j == 0 || j == w->dim[1] - 1)
            memset(row, 0, w->words * sizeof *row);
        else
            sign_row(&w->src, j - 1, k - 1, row, w->words);
    }
}

static bool sign_volume(struct work *w, struct nw_err *err)
{
    enum { LAYERS = 64 }; /* between looks at the clock */
    for (size_t first = 0; first < w->dim[2]; first += LAYERS) {
        const size_t end = first + LAYERS < w->dim[2] ? first + LAYERS : w->dim[2];
        NW_PARALLEL_FOR
        for (size_t k = first; k < end; k++)
            sign_layer(w, k);
        if (!nw_progress(end, 4 * w->dim[2]))
            return nw_fail_cancelled(err);
    }
    return true;
}

/* ---- bricks ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void set_signs(struct work *w, const size_t lo[3], const size_t hi[3],
                      const float *value, size_t line, size_t layer)
{
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++) {
            uint64_t *row = w->signs + ((k + 1) * w->dim[1] + j + 1) * w->words;
            for (size_t i = lo[0]; i < hi[0]; i++) {
                const float v = value[(i - lo[0]) + line * (j - lo[1]) + layer * (k - lo[2])];
                row[(i + 1) >> 6] |= (uint64_t)(v < 0) << ((i + 1) & 63);
            }
        }
}

static bool has_both_signs(const float *value, size_t count)
{
    size_t inside = 0;
    for (size_t n = 0; n < count; n++)
        inside += value[n] < 0;
    return inside != 0 && inside != count;
}

/* A brick holds one layer more than its own samples, so that its cells are whole. */
static bool fill_brick(struct work *w, size_t bi, size_t bj, size_t bk, struct nw_err *err)
{
    struct source *s = &w->src;
    const struct nw_lattice *l = s->lattice;
    const size_t b[3] = {bi, bj, bk};
    size_t lo[3], own[3], hi[3];
    for (int a = 0; a < 3; a++) {
        lo[a] = b[a] * BRICK_CELLS;
        own[a] = smaller(lo[a] + BRICK_CELLS, s->dim[a]);
        hi[a] = smaller(lo[a] + BRICK_POINTS, s->dim[a]);
    }
    if (l->may_cross && !l->may_cross(l->user, lo, hi)) {
        const size_t one[3] = {lo[0] + 1, lo[1] + 1, lo[2] + 1};
        float value[BRICK_CELLS]; /* one row stands for all of them */
        if (!l->fill(l->user, lo, one, value, err))
            return false;
        for (size_t i = 1; i < BRICK_CELLS; i++)
            value[i] = value[0];
        if (value[0] < 0)
            set_signs(w, lo, own, value, 0, 0);
        return true;
    }
    const size_t line = hi[0] - lo[0], layer = line * (hi[1] - lo[1]);
    float *value = NW_ALLOC_UNSET(float, layer *(hi[2] - lo[2]), err);
    if (!value)
        return false;
    if (!l->fill(l->user, lo, hi, value, err)) {
        nw_free(value);
        return false;
    }
    set_signs(w, lo, own, value, line, layer);
    if (has_both_signs(value, layer * (hi[2] - lo[2]))) {
        s->brick[bi + s->brick_dim[0] * (bj + s->brick_dim[1] * bk)] = value;
        return true;
    }
    nw_free(value);
    return true;
}

static bool sign_bricks(struct work *w, struct nw_err *err)
{
    struct source *s = &w->src;
    for (int a = 0; a < 3; a++)
        s->brick_dim[a] = (s->dim[a] + BRICK_CELLS - 1) / BRICK_CELLS;
    const size_t columns = s->brick_dim[1] * s->brick_dim[2];
    s->brick = NW_ALLOC(float *, s->brick_dim[0] * columns, err);
    NW_AUTOFREE struct nw_err *failed = NW_ALLOC_UNSET(struct nw_err, s->brick_dim[1], err);
    if (!s->brick || !failed)
        return false;
    memset(w->signs, 0, w->dim[1] * w->dim[2] * w->words * sizeof *w->signs);

    for (size_t bk = 0; bk < s->brick_dim[2]; bk++) {
        memset(failed, 0, s->brick_dim[1] * sizeof *failed);
        NW_PARALLEL_FOR_UNEVEN /* a column of bricks along i shares words with no other */
            for (size_t bj = 0; bj < s->brick_dim[1]; bj++)
        {
            bool ok = true;
            for (size_t bi = 0; ok && bi < s->brick_dim[0]; bi++)
                ok = fill_brick(w, bi, bj, bk, &failed[bj]);
        }
        for (size_t bj = 0; bj < s->brick_dim[1]; bj++)
            if (failed[bj].code != NW_OK) {
                *err = failed[bj];
                return false;
            }
        if (!nw_progress(bk + 1, 2 * s->brick_dim[2]))
            return nw_fail_cancelled(err);
    }
    return true;
}

bool nw_work_sign(struct work *w, struct nw_err *err)
{
    w->signs = NW_ALLOC_UNSET(uint64_t, w->dim[1] * w->dim[2] * w->words, err);
    if (!w->signs)
        return false;
    return w->src.kind == SOURCE_BRICKS ? sign_bricks(w, err) : sign_volume(w, err);
}
