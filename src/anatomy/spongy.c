/*
 * anatomy/spongy.c -- fills spongy bone; see tissue_priv.h. All in bits but two looks at the
 * pieces. Wide soft regions are those that hold a ball; what they reach through passages as
 * wide as another, smaller ball is open. The rest of the soft side is narrow: a pore when it
 * hardly touches what is open, a joint gap or a groove when it lies along it.
 */
#include <string.h>

#include "anatomy/tissue_priv.h"
#include "core/parallel.h"
#include "image/bits.h"

static const double PASSAGE_MM = 0.8, WIDE_MM = 2.4; /* radii */
/* Open area per volume of a pore system, at most, 1/mm; a joint gap of 20 mm has 0.2. */
static const double MOUTH_PER_MM = 0.08;
static const double MARROW_HU = 60; /* wide and brighter than soft tissue by this is spongy */
static const double AIR_HU = -350;  /* air cells stay */
enum { REACHED = 0x10, WIDE = 0x20, NARROW = 0x40, FLAGS = 0x70 };

struct pore_stats {
    double wide, sum, mouth_mm2;
};

struct spongy {
    struct nw_volume *labels;
    const struct nw_grey *grey;
    struct nw_bits bone, open;
    struct nw_runs runs;
    struct pore_stats *run, *piece;
};

/* Eight bits as eight bytes of 0 or 1. */
static uint64_t spread_bits(uint64_t byte)
{
    const uint64_t one = (byte * 0x0101010101010101u) & 0x8040201008040201u;
    return (one + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u;
}

/* Adds the flag where the bit is not set, so that masks grown from bone mark the soft side. */
static void flag_row(const uint64_t *bits, size_t len, uint8_t flag, uint8_t *v)
{
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t eight;
        memcpy(&eight, v + i, sizeof eight);
        eight |= spread_bits(~bits[i / 64] >> (i % 64) & 0xff) * flag;
        memcpy(v + i, &eight, sizeof eight);
    }
    for (; i < len; i++)
        v[i] = (uint8_t)(v[i] | ((bits[i / 64] >> (i % 64) & 1) ? 0 : flag));
}

static void flag_unset(const struct nw_bits *b, uint8_t flag, struct nw_volume *labels)
{
    const size_t *d = b->dim;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < d[2]; k++)
        for (size_t j = 0; j < d[1]; j++)
            flag_row(nw_bits_row(b, j, k), d[0], flag, labels->u8 + d[0] * (j + d[1] * k));
}

static void clear_flags(struct nw_volume *labels)
{
    const size_t slice = labels->grid.dim[0] * labels->grid.dim[1];
    NW_PARALLEL_FOR
    for (size_t k = 0; k < labels->grid.dim[2]; k++)
        for (size_t v = slice * k; v < slice * (k + 1); v++)
            labels->u8[v] &= (uint8_t)~FLAGS;
}

static void release_runs(struct spongy *s)
{
    nw_runs_release(&s->runs);
    nw_free(s->run);
    nw_free(s->piece);
    s->run = s->piece = NULL;
}

static bool find_runs(struct spongy *s, uint8_t flag, struct nw_err *err)
{
    if (!nw_runs_find(s->labels, flag, flag, NW_NEIGHBOURS_6, &s->runs, err))
        return false;
    s->run = NW_ALLOC(struct pore_stats, s->runs.run_count + 1, err);
    s->piece = s->run ? NW_ALLOC(struct pore_stats, s->runs.piece_count + 1, err) : NULL;
    return s->piece != NULL;
}

/* Sums over the runs of each piece, in their order. */
static void sum_pieces(struct spongy *s)
{
    for (size_t a = 0; a < s->runs.run_count; a++) {
        struct pore_stats *p = &s->piece[s->runs.run[a].piece];
        p->wide += s->run[a].wide;
        p->sum += s->run[a].sum;
        p->mouth_mm2 += s->run[a].mouth_mm2;
    }
}

static void measure_wide(struct spongy *s)
{
    const size_t *d = s->runs.dim;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < d[2]; k++)
        for (size_t row = d[1] * k; row < d[1] * (k + 1); row++)
            for (size_t a = s->runs.row[row]; a < s->runs.row[row + 1]; a++) {
                int64_t wide = 0, sum = 0;
                for (size_t v = d[0] * row + s->runs.run[a].lo;
                     v < d[0] * row + s->runs.run[a].hi; v++) {
                    const bool is = s->labels->u8[v] & WIDE;
                    wide += is;
                    sum += is ? s->grey->v[v] : 0;
                }
                s->run[a] = (struct pore_stats){.wide = (double)wide, .sum = (double)sum};
            }
    sum_pieces(s);
}

/* Finds what wide soft regions reach, as bits of `open`. */
static bool find_open(struct spongy *s, double soft_hu, struct nw_err *err)
{
    struct nw_bits grown = {0};
    bool ok = nw_bits_init(&grown, &s->labels->grid, err);
    if (ok) {
        memcpy(grown.word, s->bone.word,
               grown.row_words * grown.dim[1] * grown.dim[2] * sizeof *grown.word);
        ok = nw_bits_grow(&grown, PASSAGE_MM, err);
    }
    if (ok) {
        flag_unset(&grown, REACHED, s->labels);
        ok = nw_bits_grow(&grown, WIDE_MM - PASSAGE_MM, err);
    }
    if (ok)
        flag_unset(&grown, WIDE, s->labels);
    nw_bits_release(&grown);
    if (!ok || !find_runs(s, REACHED, err))
        return false;
    measure_wide(s);
    const double limit = nw_grey_stored(s->grey, soft_hu + MARROW_HU);
    const size_t *d = s->runs.dim;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < d[2]; k++)
        for (size_t j = 0; j < d[1]; j++)
            for (size_t a = s->runs.row[j + d[1] * k]; a < s->runs.row[j + d[1] * k + 1]; a++) {
                const struct nw_run r = s->runs.run[a];
                const struct pore_stats *p = &s->piece[r.piece];
                if (p->wide > 0 && p->sum < limit * p->wide)
                    nw_bits_set(&s->open, r.lo, r.hi, j, k);
            }
    release_runs(s);
    return nw_bits_grow(&s->open, PASSAGE_MM, err);
}

/* Area of the faces between a run's voxels and what is open. */
static double mouth_mm2(const struct spongy *s, struct nw_run r, size_t j, size_t k)
{
    const struct nw_bits *o = &s->open;
    const nw_vec3 h = o->spacing_mm;
    int64_t along = 0, across = 0, through = 0;
    along += r.lo > 0 && nw_bits_at(o, r.lo - 1u, j, k);
    along += r.hi < o->dim[0] && nw_bits_at(o, r.hi, j, k);
    for (size_t i = r.lo; i < r.hi; i++) {
        across += j > 0 && nw_bits_at(o, i, j - 1, k);
        across += j + 1 < o->dim[1] && nw_bits_at(o, i, j + 1, k);
        through += k > 0 && nw_bits_at(o, i, j, k - 1);
        through += k + 1 < o->dim[2] && nw_bits_at(o, i, j, k + 1);
    }
    return (double)along * h.y * h.z + (double)across * h.x * h.z + (double)through * h.x * h.y;
}

static void measure_narrow(struct spongy *s)
{
    const size_t *d = s->runs.dim;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < d[2]; k++)
        for (size_t j = 0; j < d[1]; j++) {
            const size_t row = j + d[1] * k;
            for (size_t a = s->runs.row[row]; a < s->runs.row[row + 1]; a++) {
                const struct nw_run r = s->runs.run[a];
                int64_t sum = 0;
                for (size_t i = r.lo; i < r.hi; i++)
                    sum += s->grey->v[i + d[0] * row];
                s->run[a] =
                    (struct pore_stats){.sum = (double)sum, .mouth_mm2 = mouth_mm2(s, r, j, k)};
            }
        }
    sum_pieces(s);
}

/* Marks what is soft and not open. */
static void flag_narrow(struct spongy *s)
{
    const size_t words = s->bone.row_words * s->bone.dim[1];
    NW_PARALLEL_FOR
    for (size_t k = 0; k < s->bone.dim[2]; k++)
        for (size_t w = words * k; w < words * (k + 1); w++) {
            s->open.word[w] &= ~s->bone.word[w];
            s->bone.word[w] |= s->open.word[w];
        }
    clear_flags(s->labels);
    flag_unset(&s->bone, NARROW, s->labels);
}

static bool fill_pores(struct spongy *s, struct nw_leftover *left, struct nw_err *err)
{
    flag_narrow(s);
    if (!find_runs(s, NARROW, err))
        return false;
    NW_AUTOFREE uint8_t *value = NW_ALLOC(uint8_t, s->runs.piece_count + 1, err);
    if (!value)
        return false;
    measure_narrow(s);
    const double voxel = fabs(nw_grid_voxel_mm3(&s->labels->grid)),
                 air = nw_grey_stored(s->grey, AIR_HU);
    for (size_t p = 0; p < s->runs.piece_count; p++) {
        const struct nw_piece *c = &s->runs.piece[p];
        const double n = (double)c->voxels;
        value[p] =
            s->piece[p].mouth_mm2 < MOUTH_PER_MM * n * voxel && s->piece[p].sum > air * n;
        if (value[p])
            nw_leftover_add(left, NW_LEFT_PORES, c, &s->labels->grid);
    }
    nw_runs_paint(&s->runs, value, 0, s->labels);
    clear_flags(s->labels);
    return true;
}

bool nw_spongy_fill(struct nw_tissues *t, const struct nw_grey *grey, double soft_hu,
                    struct nw_err *err)
{
    struct spongy s = {.labels = &t->labels, .grey = grey};
    bool ok = nw_bits_init(&s.bone, &t->labels.grid, err) &&
              nw_bits_init(&s.open, &t->labels.grid, err);
    if (ok) {
        nw_bits_pack(&s.bone, &t->labels, 1);
        ok = find_open(&s, soft_hu, err) && fill_pores(&s, t->left, err);
    }
    release_runs(&s);
    nw_bits_release(&s.bone);
    nw_bits_release(&s.open);
    return ok;
}
