/* print/layers_field.c -- layers straight from a field: no mesh, lattices of any size; see
 * layers.h. Blocks of pixels in which an interval shows no change of sign are filled at once;
 * in the others the field is asked at the corners of the pixels. */
#include "print/layers_priv.h"

#include <string.h>

#include "core/rand.h"

enum { BLOCK = 16, WIDE = 64 }; /* pixels down and across */

struct traced {
    size_t lo[2], hi[2];
    double pixel_mm[2], layer_mm;
    const struct nw_tape *tape;
    nw_affine to_patient;
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

/* Of pixels lo <= p < hi, corners included. */
static nw_interval over_block(const struct traced *t, const size_t lo[2], const size_t hi[2],
                              double z)
{
    nw_box box = nw_box_empty();
    for (int c = 0; c < 4; c++)
        box = nw_box_with(box, patient(t, (double)(c & 1 ? hi[0] : lo[0]),
                                       (double)(c & 2 ? hi[1] : lo[1]), z));
    return nw_tape_interval(t->tape, box);
}

static void fill_block(const struct traced *t, const size_t lo[2], const size_t hi[2], double z,
                       uint8_t *out, size_t stride)
{
    nw_vec3 point[(WIDE + 1) * (BLOCK + 1)] = {{0}};
    double value[(WIDE + 1) * (BLOCK + 1)];
    const size_t w = hi[0] - lo[0] + 1, h = hi[1] - lo[1] + 1;
    for (size_t j = 0; j < h; j++)
        for (size_t i = 0; i < w; i++)
            point[j * w + i] = patient(t, (double)(lo[0] + i), (double)(lo[1] + j), z);
    nw_tape_values(t->tape, point, w * h, value);
    for (size_t j = 0; j + 1 < h; j++)
        for (size_t i = 0; i + 1 < w; i++) {
            const double *v = value + j * w + i;
            out[j * stride + i] = nw_corner_coverage(v[0], v[1], v[w], v[w + 1]);
        }
}

static bool fill_traced(const void *user, size_t layer, size_t row_lo, size_t row_hi,
                        uint8_t *out, struct nw_err *err)
{
    (void)err;
    const struct traced *t = user;
    const size_t width = t->hi[0] - t->lo[0];
    const double z = ((double)layer + 0.5) * t->layer_mm;
    for (size_t j = row_lo; j < row_hi; j += BLOCK)
        for (size_t i = t->lo[0]; i < t->hi[0]; i += WIDE) {
            const size_t lo[2] = {i, j};
            const size_t hi[2] = {i + WIDE < t->hi[0] ? i + WIDE : t->hi[0],
                                  j + BLOCK < row_hi ? j + BLOCK : row_hi};
            const nw_interval range = over_block(t, lo, hi, z);
            uint8_t *to = out + (j - row_lo) * width + (i - t->lo[0]);
            if (range.min < 0 && !(range.max < 0)) {
                fill_block(t, lo, hi, z, to, width);
                continue;
            }
            for (size_t y = lo[1]; y < hi[1]; y++)
                memset(to + (y - lo[1]) * width, range.max < 0 ? 255 : 0, hi[0] - lo[0]);
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
    t->tape = tape;
    t->to_patient = nw_affine_inverse(place->to_bed);
    layers.user = t;
    layers.fill = fill_traced;
    layers.free_user = nw_free;
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
