/* print/layers_field.c -- layers straight from a field: no mesh, lattices of any size; see
 * layers.h. The bed is cut into bricks of a few millimetres, once for all layers: those in
 * which an interval shows no change of sign are known, each of the others has a tape of what
 * matters in it. A layer's share of a brick is halved as long as intervals cannot tell, down
 * to leaves, in which the field is asked at the corners of the pixels. */
#include "print/layers_priv.h"

#include <string.h>

#include "core/rand.h"

enum {
    LEAF_X = 15, /* pixels across and down: their corners are one batch of a tape's */
    LEAF_Y = 7,
    BRICK_X = 4 * LEAF_X,
    BRICK_Y = 8 * LEAF_Y,
    STEPS_MOST = 1 << 22, /* of all bricks' tapes; beyond, bricks share */
};

/* What a brick holds: something that changes sign, or all inside or outside. */
struct brick {
    const struct nw_tape *tape; /* NULL: all of it is */
    bool inside;
};

struct traced {
    size_t lo[2], hi[2], count;
    double pixel_mm[2], layer_mm;
    nw_affine to_patient;
    size_t deep; /* layers of a brick */
    size_t dim[3];
    struct brick *brick;
    struct nw_tape **tape; /* all that were made for bricks */
    size_t tapes, tape_room, steps;
};

/* The share of a triangle with these values at its corners that is negative. */
static double negative_share(double a, double b, double c)
{
    const int below = (a < 0) + (b < 0) + (c < 0);
    if (below == 0 || below == 3)
        return below == 3 ? 1 : 0;
    const bool one = below == 1; /* else one that is not: the rest of its share */
    const bool first = (a < 0) == one, second = !first && (b < 0) == one;
    const double p = first ? a : second ? b : c;
    const double q = first ? b : second ? c : a, r = first ? c : second ? a : b;
    const double corner = (p / (p - q)) * (p / (p - r));
    return one ? corner : 1 - corner;
}

uint8_t nw_corner_coverage(double v00, double v10, double v01, double v11)
{
    const int below = (v00 < 0) + (v10 < 0) + (v01 < 0) + (v11 < 0);
    const double middle = ((v00 + v11) + (v10 + v01)) / 4;
    if (below == 0 || below == 4)
        return below == 4 ? 255 : 0;
    const double share = negative_share(v00, v10, middle) + negative_share(v10, v11, middle) +
                         negative_share(v11, v01, middle) + negative_share(v01, v00, middle);
    return (uint8_t)rint(share * (255.0 / 4));
}

static nw_vec3 patient(const struct traced *t, double i, double j, double z)
{
    return nw_apply(t->to_patient, nw_v3(i * t->pixel_mm[0], j * t->pixel_mm[1], z));
}

/* Of pixels and layers lo <= p < hi, the pixels' corners included. */
static nw_box box_of(const struct traced *t, const size_t lo[3], const size_t hi[3])
{
    const double z[2] = {((double)lo[2] + 0.5) * t->layer_mm,
                         ((double)hi[2] - 0.5) * t->layer_mm};
    nw_box box = nw_box_empty();
    for (int c = 0; c < 8; c++)
        box = nw_box_with(box, patient(t, (double)(c & 1 ? hi[0] : lo[0]),
                                       (double)(c & 2 ? hi[1] : lo[1]), z[c >> 2]));
    return nw_box_grown(box, 1e-9); /* what rounding may move a corner by */
}

/* ---- bricks ---- */

static struct brick *brick_at(const struct traced *t, size_t i, size_t j, size_t k)
{
    return &t->brick[i + t->dim[0] * (j + t->dim[1] * k)];
}

/* In pixels and layers. */
static nw_box box_of_bricks(const struct traced *t, const size_t lo[3], const size_t hi[3])
{
    const size_t side[3] = {BRICK_X, BRICK_Y, t->deep},
                 most[3] = {t->hi[0], t->hi[1], t->count}, first[3] = {t->lo[0], t->lo[1], 0};
    size_t from[3], to[3];
    for (int a = 0; a < 3; a++) {
        from[a] = first[a] + lo[a] * side[a];
        to[a] = first[a] + hi[a] * side[a];
        to[a] = to[a] < most[a] ? to[a] : most[a];
    }
    return box_of(t, from, to);
}

static void set_bricks(const struct traced *t, const size_t lo[3], const size_t hi[3],
                       struct brick as)
{
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++)
            for (size_t i = lo[0]; i < hi[0]; i++)
                *brick_at(t, i, j, k) = as;
}

/* A shorter tape for the box, or the same when it would hardly be. */
static const struct nw_tape *shortened(struct traced *t, const struct nw_tape *tape, nw_box box,
                                       struct nw_err *err)
{
    if (t->steps >= STEPS_MOST || nw_tape_length(tape) == 1)
        return tape;
    struct nw_tape *within = nw_tape_within(tape, box, err);
    if (!within)
        return NULL;
    if (4 * nw_tape_length(within) > 3 * nw_tape_length(tape)) {
        nw_tape_free(within);
        return tape;
    }
    if (!nw_grow(&t->tape, &t->tape_room, t->tapes + 1, sizeof(struct nw_tape *), err)) {
        nw_tape_free(within);
        return NULL;
    }
    t->tape[t->tapes++] = within;
    t->steps += nw_tape_length(within);
    return within;
}

/* Bricks lo <= b < hi, by halving; at most 48 deep. */
static bool divide(struct traced *t, const struct nw_tape *tape, const size_t lo[3],
                   const size_t hi[3], struct nw_err *err)
{
    const nw_box box = box_of_bricks(t, lo, hi);
    const nw_interval range = nw_tape_interval(tape, box);
    int axis = 0;
    for (int a = 1; a < 3; a++)
        axis = hi[a] - lo[a] > hi[axis] - lo[axis] ? a : axis;
    if (!(range.min < 0) || range.max < 0) {
        set_bricks(t, lo, hi, (struct brick){NULL, range.max < 0});
        return true;
    }
    tape = shortened(t, tape, box, err);
    if (!tape)
        return false;
    if (hi[axis] - lo[axis] == 1) {
        set_bricks(t, lo, hi, (struct brick){tape, false});
        return true;
    }
    const size_t middle = lo[axis] + (hi[axis] - lo[axis]) / 2;
    size_t end[3] = {hi[0], hi[1], hi[2]}, begin[3] = {lo[0], lo[1], lo[2]};
    end[axis] = begin[axis] = middle;
    return divide(t, tape, lo, end, err) && divide(t, tape, begin, hi, err);
}

static bool make_bricks(struct traced *t, const struct nw_tape *tape, struct nw_err *err)
{
    const size_t none[3] = {0};
    const double deep = ceil(BRICK_X * t->pixel_mm[0] / t->layer_mm);
    t->deep = deep < 1 ? 1 : deep < (double)t->count ? (size_t)deep : t->count;
    t->dim[0] = (t->hi[0] - t->lo[0] + BRICK_X - 1) / BRICK_X;
    t->dim[1] = (t->hi[1] - t->lo[1] + BRICK_Y - 1) / BRICK_Y;
    t->dim[2] = (t->count + t->deep - 1) / t->deep;
    t->brick = NW_ALLOC(struct brick, t->dim[0] * t->dim[1] * t->dim[2], err);
    return t->brick && divide(t, tape, none, t->dim, err);
}

static void free_traced(void *user)
{
    struct traced *t = user;
    for (size_t n = 0; n < t->tapes; n++)
        nw_tape_free(t->tape[n]);
    nw_free(t->tape);
    nw_free(t->brick);
    nw_free(t);
}

/* ---- pixels ---- */

/* A place of the picture, and where its first row goes. */
struct window {
    size_t layer;
    size_t lo[2]; /* of the rows that are asked for */
    uint8_t *out;
    size_t stride;
};

static uint8_t *pixel_at(const struct window *w, size_t i, size_t j)
{
    return w->out + (j - w->lo[1]) * w->stride + (i - w->lo[0]);
}

static void fill_plain(const struct window *w, const size_t lo[3], const size_t hi[3],
                       bool inside)
{
    for (size_t j = lo[1]; j < hi[1]; j++)
        memset(pixel_at(w, lo[0], j), inside ? 255 : 0, hi[0] - lo[0]);
}

static void fill_leaf(const struct traced *t, const struct nw_tape *tape,
                      const struct window *w, const size_t lo[3], const size_t hi[3])
{
    nw_vec3 point[(LEAF_X + 1) * (LEAF_Y + 1)] = {{0}};
    double value[(LEAF_X + 1) * (LEAF_Y + 1)];
    const double z = ((double)lo[2] + 0.5) * t->layer_mm;
    const size_t wide = hi[0] - lo[0] + 1, high = hi[1] - lo[1] + 1;
    for (size_t j = 0; j < high; j++)
        for (size_t i = 0; i < wide; i++)
            point[j * wide + i] = patient(t, (double)(lo[0] + i), (double)(lo[1] + j), z);
    (void)nw_tape_values_in(tape, box_of(t, lo, hi), point, wide * high, value, NW_WANT_ALL);
    for (size_t j = 0; j + 1 < high; j++) {
        uint8_t *out = pixel_at(w, lo[0], lo[1] + j);
        for (size_t i = 0; i + 1 < wide; i++) {
            const double *v = value + j * wide + i;
            out[i] = nw_corner_coverage(v[0], v[1], v[wide], v[wide + 1]);
        }
    }
}

/* Halves what is more than a leaf; at most 6 deep. */
static void fill_part(const struct traced *t, const struct nw_tape *tape,
                      const struct window *w, const size_t lo[3], const size_t hi[3])
{
    const nw_interval range = nw_tape_interval(tape, box_of(t, lo, hi));
    if (!(range.min < 0) || range.max < 0) {
        fill_plain(w, lo, hi, range.max < 0);
        return;
    }
    const size_t leaves[2] = {(hi[0] - lo[0] + LEAF_X - 1) / LEAF_X,
                              (hi[1] - lo[1] + LEAF_Y - 1) / LEAF_Y};
    if (leaves[0] <= 1 && leaves[1] <= 1) {
        fill_leaf(t, tape, w, lo, hi);
        return;
    }
    const int axis = leaves[1] > leaves[0];
    size_t end[3] = {hi[0], hi[1], hi[2]}, begin[3] = {lo[0], lo[1], lo[2]};
    end[axis] = begin[axis] = lo[axis] + leaves[axis] / 2 * (axis ? LEAF_Y : LEAF_X);
    fill_part(t, tape, w, lo, end);
    fill_part(t, tape, w, begin, hi);
}

static size_t less_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool fill_traced(const void *user, size_t layer, size_t row_lo, size_t row_hi,
                        uint8_t *out, struct nw_err *err)
{
    (void)err;
    const struct traced *t = user;
    const struct window w = {layer, {t->lo[0], row_lo}, out, t->hi[0] - t->lo[0]};
    for (size_t j = row_lo, below; j < row_hi; j = below) {
        const size_t row = (j - t->lo[1]) / BRICK_Y;
        below = less_size(t->lo[1] + (row + 1) * BRICK_Y, row_hi);
        for (size_t n = 0; n < t->dim[0]; n++) {
            const struct brick *b = brick_at(t, n, row, layer / t->deep);
            const size_t lo[3] = {t->lo[0] + n * BRICK_X, j, layer};
            const size_t hi[3] = {less_size(lo[0] + BRICK_X, t->hi[0]), below, layer + 1};
            if (b->tape)
                fill_part(t, b->tape, &w, lo, hi);
            else
                fill_plain(&w, lo, hi, b->inside);
        }
    }
    return true;
}

bool nw_layers_of_tape(const struct nw_tape *tape, const struct nw_placement *place,
                       const struct nw_machine *machine, const struct nw_raster_opts *opts,
                       struct nw_layers *out, struct nw_err *err)
{
    struct nw_layers layers = {0};
    if (!nw_layers_measure(place, machine, opts, &layers, err))
        return false;
    struct traced *t = NW_ALLOC(struct traced, 1, err);
    if (!t)
        return false;
    memcpy(t->lo, layers.lo, sizeof t->lo);
    memcpy(t->hi, layers.hi, sizeof t->hi);
    memcpy(t->pixel_mm, layers.pixel_mm, sizeof t->pixel_mm);
    t->layer_mm = layers.layer_mm;
    t->count = layers.count;
    t->to_patient = nw_affine_inverse(place->to_bed);
    if (!make_bricks(t, tape, err)) {
        free_traced(t);
        return false;
    }
    layers.user = t;
    layers.fill = fill_traced;
    layers.free_user = free_traced;
    *out = layers;
    return true;
}

/* ---- the proof ---- */

static uint8_t plain_pixel(const struct nw_layers *l, const struct nw_field *field,
                           nw_node root, nw_affine back, const size_t at[3])
{
    double v[4];
    for (size_t c = 0; c < 4; c++) {
        const nw_vec3 bed = nw_v3((double)(at[0] + c % 2) * l->pixel_mm[0],
                                  (double)(at[1] + c / 2) * l->pixel_mm[1],
                                  ((double)at[2] + 0.5) * l->layer_mm);
        v[c] = nw_field_value(field, root, nw_apply(back, bed));
    }
    return nw_corner_coverage(v[0], v[1], v[2], v[3]);
}

bool nw_layers_compare(const struct nw_layers *layers, const struct nw_field *field,
                       nw_node root, size_t rows, uint64_t seed, struct nw_layers_compared *out,
                       struct nw_err *err)
{
    enum { EVERY = 3 }; /* pixels of a row */
    const nw_affine back = nw_affine_inverse(layers->to_bed);
    const size_t width = nw_layers_width(layers);
    NW_AUTOFREE uint8_t *row = NW_ALLOC(uint8_t, width, err);
    struct nw_layers_compared c = {0};
    for (size_t n = 0; row && n < rows; n++) {
        const size_t k = (size_t)(nw_rand_even(seed, 2 * n) * (double)layers->count);
        const size_t j = layers->lo[1] + (size_t)(nw_rand_even(seed, 2 * n + 1) *
                                                  (double)nw_layers_rows(layers));
        if (!layers->fill(layers->user, k, j, j + 1, row, err))
            return false;
        for (size_t i = n % EVERY; i < width; i += EVERY) {
            const size_t at[3] = {layers->lo[0] + i, j, k};
            c.differing += row[i] != plain_pixel(layers, field, root, back, at);
            c.pixels++;
        }
    }
    *out = c;
    return row != NULL;
}
