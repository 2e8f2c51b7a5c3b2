/* print/strokes.c -- how thin the strokes of a text are, and how narrow its gaps: see
 * legible.h. By pictures of it, opened by discs. */
#include <string.h>

#include "image/distance.h"
#include "print/legible.h"

enum { ACROSS = 420, HALVINGS = 9 };
static const double CORNER = 0.5; /* of a disc's square: what may be lost of a corner */

struct drawn {
    struct nw_volume ink; /* bit 1: a stroke */
    double step;
};

static bool draw(const struct nw_outlines *o, struct drawn *d, struct nw_err *err)
{
    const double wide = o->max_mm[0] - o->min_mm[0], tall = o->max_mm[1] - o->min_mm[1],
                 free = tall / 4;
    d->step = fmax(wide, tall) / ACROSS;
    const struct nw_grid grid = {.dim = {(size_t)ceil((wide + 2 * free) / d->step) + 1,
                                         (size_t)ceil((tall + 2 * free) / d->step) + 1, 1},
                                 .step_mm = {{d->step, 0, 0}, {0, d->step, 0}, {0, 0, 1}}};
    const struct nw_mark_place place = {{0, 0, -0.5 * tall}, {1, 0, 0}, {0, 1, 0}, tall};
    const size_t count = grid.dim[0] * grid.dim[1];
    struct nw_field *f = nw_field_new(err);
    const nw_node n = f ? nw_field_outlines(f, o, &place, err) : -1;
    struct nw_tape *tape = n >= 0 ? nw_tape_new(f, n, err) : NULL;
    NW_AUTOFREE nw_vec3 *at = tape ? NW_ALLOC_UNSET(nw_vec3, count, err) : NULL;
    NW_AUTOFREE double *value = at ? NW_ALLOC_UNSET(double, count, err) : NULL;
    const bool ok = value && nw_volume_init(&d->ink, NW_VOXEL_U8, &grid, err);
    for (size_t k = 0; ok && k < count; k++)
        at[k] = nw_v3(o->min_mm[0] - free + (double)(k % grid.dim[0]) * d->step,
                      o->min_mm[1] - free + (double)(k / grid.dim[0]) * d->step, 0);
    if (ok)
        nw_tape_values(tape, at, count, value);
    for (size_t k = 0; ok && k < count; k++)
        d->ink.u8[k] = value[k] < 0;
    nw_tape_free(tape);
    nw_field_free(f);
    return ok;
}

/* The largest piece of what is in `from` and not in `left`, in samples. */
static size_t largest_lost(const struct nw_volume *from, const struct nw_volume *left,
                           uint8_t *done, size_t *queue)
{
    const size_t wide = from->grid.dim[0], rows = from->grid.dim[1], count = wide * rows;
    size_t most = 0;
    for (size_t k = 0; k < count; k++)
        done[k] = !(from->u8[k] && !left->u8[k]);
    for (size_t seed = 0; seed < count; seed++) {
        size_t head = 0, tail = 0;
        if (done[seed])
            continue;
        done[seed] = 1;
        for (queue[tail++] = seed; head < tail; head++) {
            const size_t at = queue[head], i = at % wide, j = at / wide;
            const size_t beside[4] = {i > 0 ? at - 1 : at, i + 1 < wide ? at + 1 : at,
                                      j > 0 ? at - wide : at, j + 1 < rows ? at + wide : at};
            for (int b = 0; b < 4; b++)
                if (!done[beside[b]]) {
                    done[beside[b]] = 1;
                    queue[tail++] = beside[b];
                }
        }
        most = tail > most ? tail : most;
    }
    return most;
}

/* Does an opening by a disc keep all but corners? */
static bool survives(const struct drawn *d, const struct nw_volume *ink, double disc,
                     uint8_t *work, size_t *queue, bool *ok, struct nw_err *err)
{
    struct nw_volume left = *ink;
    const size_t count = ink->grid.dim[0] * ink->grid.dim[1];
    uint8_t *done = work + count;
    left.u8 = work;
    memcpy(work, ink->u8, count);
    *ok =
        nw_shrink_inplace(&left, 1, disc / 2, err) && nw_grow_inplace(&left, 1, disc / 2, err);
    if (!*ok)
        return false;
    const double lost = (double)largest_lost(ink, &left, done, queue) * d->step * d->step;
    return lost <= CORNER * disc * disc;
}

static bool thinnest(const struct drawn *d, const struct nw_volume *ink, double most,
                     double *out, struct nw_err *err)
{
    const size_t count = ink->grid.dim[0] * ink->grid.dim[1];
    NW_AUTOFREE uint8_t *work = NW_ALLOC(uint8_t, 2 * count, err);
    NW_AUTOFREE size_t *queue = work ? NW_ALLOC_UNSET(size_t, count, err) : NULL;
    double lo = 0, hi = most;
    bool ok = queue != NULL;
    for (int n = 0; ok && n < HALVINGS; n++) {
        const double middle = (lo + hi) / 2;
        if (survives(d, ink, middle, work, queue, &ok, err))
            lo = middle;
        else
            hi = middle;
    }
    *out = lo;
    return ok;
}

bool nw_strokes_measure(const struct nw_outlines *outlines, struct nw_strokes *out,
                        struct nw_err *err)
{
    struct drawn d = {0};
    struct nw_strokes s = {0};
    const double tall = outlines->max_mm[1] - outlines->min_mm[1];
    if (!(tall > 0) || !(outlines->max_mm[0] > outlines->min_mm[0]))
        return nw_fail(err, NW_ERR_ARGUMENT, "a text without strokes cannot be measured");
    bool ok = draw(outlines, &d, err) && thinnest(&d, &d.ink, tall / 2, &s.stroke_mm, err);
    const size_t count = ok ? d.ink.grid.dim[0] * d.ink.grid.dim[1] : 0;
    for (size_t k = 0; k < count; k++)
        d.ink.u8[k] = !d.ink.u8[k];
    ok = ok && thinnest(&d, &d.ink, tall / 2, &s.gap_mm, err);
    nw_volume_release(&d.ink);
    if (ok)
        *out = s;
    return ok;
}
