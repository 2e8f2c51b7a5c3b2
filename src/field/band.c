/* field/band.c -- see band.h. */
#include "field/band.h"

#include <string.h>

#include "core/parallel.h"
#include "field/field_priv.h"
#include "mesh/band.h"

enum {
    SIDE = 8,  /* samples along a block that is asked at once */
    BRICK = 4, /* cells along a side of what has one range */
    FEW = 12,  /* samples along a box that is gone over one by one */
};

struct range {
    float min, max;
};

struct band {
    struct nw_volume vol;
    struct nw_grid_inverse inverse;
    double last[3];  /* the last index along each axis */
    size_t brick[3]; /* ranges along each axis */
    struct range *range;
};

static void band_free(void *own)
{
    struct band *b = own;
    nw_volume_release(&b->vol);
    nw_free(b->range);
    nw_free(b);
}

static size_t less_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- asking ---- */

static inline double mix(double a, double b, double t)
{
    return a + t * (b - a);
}

/* The eight samples around a place, and where between them it is. */
struct spot {
    float v[8];
    double t[3];
    bool beyond[3];
};

static inline void axis_spot(double x, double last, size_t *low, double *t, bool *beyond)
{
    const double in = x > 0 ? less(x, last) : 0; /* NaN goes to 0 */
    const double floored = less((double)(size_t)in, last - 1);
    *beyond = !(x >= 0 && x <= last);
    *low = (size_t)floored;
    *t = in - floored;
}

static inline struct spot spot_at(const struct band *b, double x, double y, double z)
{
    struct spot s;
    const nw_ijk p = nw_grid_index(&b->inverse, nw_v3(x, y, z));
    const size_t *dim = b->vol.grid.dim, line = dim[0], layer = dim[0] * dim[1];
    size_t i, j, k;
    axis_spot(p.i, b->last[0], &i, &s.t[0], &s.beyond[0]);
    axis_spot(p.j, b->last[1], &j, &s.t[1], &s.beyond[1]);
    axis_spot(p.k, b->last[2], &k, &s.t[2], &s.beyond[2]);
    const float *v = b->vol.f32 + i + line * j + layer * k;
    memcpy(s.v, v, 2 * sizeof *v);
    memcpy(s.v + 2, v + line, 2 * sizeof *v);
    memcpy(s.v + 4, v + layer, 2 * sizeof *v);
    memcpy(s.v + 6, v + layer + line, 2 * sizeof *v);
    return s;
}

static inline double spot_value(const struct spot *s)
{
    const double a = mix((double)s->v[0], (double)s->v[1], s->t[0]),
                 b = mix((double)s->v[2], (double)s->v[3], s->t[0]),
                 c = mix((double)s->v[4], (double)s->v[5], s->t[0]),
                 d = mix((double)s->v[6], (double)s->v[7], s->t[0]);
    return mix(mix(a, b, s->t[1]), mix(c, d, s->t[1]), s->t[2]);
}

static void band_values(const void *own, const double *x, const double *y, const double *z,
                        size_t count, double *value)
{
    for (size_t n = 0; n < count; n++) {
        const struct spot s = spot_at(own, x[n], y[n], z[n]);
        value[n] = spot_value(&s);
    }
}

static struct slope band_slope(const void *own, nw_vec3 p, struct slope other)
{
    (void)other;
    const struct band *b = own;
    const struct spot s = spot_at(b, p.x, p.y, p.z);
    double v[8], d[3];
    for (int n = 0; n < 8; n++)
        v[n] = (double)s.v[n];
    const double *t = s.t;
    d[0] = mix(mix(v[1] - v[0], v[3] - v[2], t[1]), mix(v[5] - v[4], v[7] - v[6], t[1]), t[2]);
    d[1] = mix(mix(v[2] - v[0], v[3] - v[1], t[0]), mix(v[6] - v[4], v[7] - v[5], t[0]), t[2]);
    d[2] = mix(mix(v[4] - v[0], v[5] - v[1], t[0]), mix(v[6] - v[2], v[7] - v[3], t[0]), t[1]);
    for (int a = 0; a < 3; a++)
        d[a] = s.beyond[a] ? 0 : d[a];
    return (struct slope){spot_value(&s),
                          nw_mul(nw_transpose(b->inverse.per_mm), nw_v3(d[0], d[1], d[2]))};
}

/* Samples lo..hi, inclusive. */
struct span {
    size_t lo[3], hi[3];
};

static struct range sample_range(const struct band *b, const struct span *s)
{
    const size_t *dim = b->vol.grid.dim;
    struct range r = {HUGE_VALF, -HUGE_VALF};
    for (size_t k = s->lo[2]; k <= s->hi[2]; k++)
        for (size_t j = s->lo[1]; j <= s->hi[1]; j++) {
            const float *row = b->vol.f32 + dim[0] * (j + dim[1] * k);
            for (size_t i = s->lo[0]; i <= s->hi[0]; i++) {
                r.min = row[i] < r.min ? row[i] : r.min;
                r.max = row[i] > r.max ? row[i] : r.max;
            }
        }
    return r;
}

static struct range brick_range(const struct band *b, const struct span *s)
{
    struct range r = {HUGE_VALF, -HUGE_VALF};
    struct span n = *s;
    for (int a = 0; a < 3; a++) {
        n.lo[a] = less_size(s->lo[a] / BRICK, b->brick[a] - 1);
        n.hi[a] = less_size(s->hi[a] / BRICK, b->brick[a] - 1);
    }
    for (size_t k = n.lo[2]; k <= n.hi[2]; k++)
        for (size_t j = n.lo[1]; j <= n.hi[1]; j++)
            for (size_t i = n.lo[0]; i <= n.hi[0]; i++) {
                const struct range p = b->range[i + b->brick[0] * (j + b->brick[1] * k)];
                r.min = p.min < r.min ? p.min : r.min;
                r.max = p.max > r.max ? p.max : r.max;
            }
    return r;
}

/* Of the samples around the box: what is between them is between their least and greatest. */
static nw_interval band_range(const void *own, const struct region *r, nw_interval other)
{
    (void)other;
    const struct band *b = own;
    const double slack = 1e-6; /* cells: what rounding may move a place by */
    double lo[3] = {HUGE_VAL, HUGE_VAL, HUGE_VAL}, hi[3] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    struct span s;
    size_t widest = 0;
    for (int c = 0; c < 8; c++) {
        const nw_ijk p = nw_grid_index(&b->inverse, nw_v3(c & 1 ? r->box.max.x : r->box.min.x,
                                                          c & 2 ? r->box.max.y : r->box.min.y,
                                                          c & 4 ? r->box.max.z : r->box.min.z));
        const double at[3] = {p.i, p.j, p.k};
        for (int a = 0; a < 3; a++) {
            lo[a] = less(lo[a], at[a]);
            hi[a] = more(hi[a], at[a]);
        }
    }
    for (int a = 0; a < 3; a++) {
        if (!(lo[a] > -1e15 && hi[a] < 1e15)) /* beyond: digits are lost */
            return (nw_interval){-HUGE_VAL, HUGE_VAL};
        s.lo[a] = (size_t)less(more(floor(lo[a] - slack), 0), b->last[a]);
        s.hi[a] = (size_t)less(more(ceil(hi[a] + slack), 0), b->last[a]);
        widest = s.hi[a] - s.lo[a] > widest ? s.hi[a] - s.lo[a] : widest;
    }
    const struct range in = widest < FEW ? sample_range(b, &s) : brick_range(b, &s);
    const double widen = 1e-12 * (fabs((double)in.min) + fabs((double)in.max));
    return (nw_interval){(double)in.min - widen, (double)in.max + widen};
}

static const struct own_kind band_kind = {band_values, band_slope, band_range, band_free};

/* ---- making ---- */

static bool find_ranges(struct band *b, struct nw_err *err)
{
    for (int a = 0; a < 3; a++) {
        const size_t cells = b->vol.grid.dim[a] - 1;
        b->last[a] = (double)cells;
        b->brick[a] = (cells + BRICK - 1) / BRICK;
    }
    b->inverse = nw_grid_invert(&b->vol.grid);
    b->range = NW_ALLOC_UNSET(struct range, b->brick[0] * b->brick[1] * b->brick[2], err);
    if (!b->range)
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < b->brick[2]; k++)
        for (size_t j = 0; j < b->brick[1]; j++)
            for (size_t i = 0; i < b->brick[0]; i++) {
                const size_t at[3] = {i, j, k};
                struct span s;
                for (int a = 0; a < 3; a++) {
                    s.lo[a] = at[a] * BRICK;
                    s.hi[a] = less_size(s.lo[a] + BRICK, b->vol.grid.dim[a] - 1);
                }
                b->range[i + b->brick[0] * (j + b->brick[1] * k)] = sample_range(b, &s);
            }
    return true;
}

/* Takes the volume. */
static nw_node add_band(struct nw_field *f, struct nw_volume *vol, struct nw_err *err)
{
    struct band *b = NW_ALLOC(struct band, 1, err);
    if (!b) {
        nw_volume_release(vol);
        return -1;
    }
    b->vol = *vol;
    if (!find_ranges(b, err)) {
        band_free(b);
        return -1;
    }
    const struct own_cost cost = {2, 0};
    return nw_field_add_own(f, &band_kind, b, -1, cost, err);
}

/* An expression on a grid. */
struct sampling {
    const struct nw_tape *tape;
    struct nw_volume *vol;
    double outside_mm, inside_mm;
};

static void put(const struct sampling *s, const struct span *at, const double *value,
                double plain)
{
    for (size_t k = at->lo[2]; k <= at->hi[2]; k++)
        for (size_t j = at->lo[1]; j <= at->hi[1]; j++)
            for (size_t i = at->lo[0]; i <= at->hi[0]; i++) {
                const double v = value ? *value++ : plain;
                s->vol->f32[nw_grid_at(&s->vol->grid, i, j, k)] =
                    (float)less(more(v, -s->inside_mm), s->outside_mm);
            }
}

static void sample_block(const struct sampling *s, const struct span *at)
{
    nw_vec3 point[SIDE * SIDE * SIDE];
    double value[SIDE * SIDE * SIDE];
    nw_box box = nw_box_empty();
    size_t n = 0;
    for (size_t k = at->lo[2]; k <= at->hi[2]; k++)
        for (size_t j = at->lo[1]; j <= at->hi[1]; j++)
            for (size_t i = at->lo[0]; i <= at->hi[0]; i++) {
                const nw_ijk p = {(double)i, (double)j, (double)k};
                point[n] = nw_grid_point(&s->vol->grid, p);
                box = nw_box_with(box, point[n++]);
            }
    const nw_interval in = nw_tape_interval(s->tape, nw_box_grown(box, 1e-9));
    if (in.min > s->outside_mm || in.max < -s->inside_mm) {
        put(s, at, NULL, in.min > s->outside_mm ? s->outside_mm : -s->inside_mm);
        return;
    }
    nw_tape_values(s->tape, point, n, value);
    put(s, at, value, 0);
}

static void sample_all(const struct sampling *s)
{
    const size_t *dim = s->vol->grid.dim, slabs = (dim[2] + SIDE - 1) / SIDE;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t n = 0; n < slabs; n++)
        for (size_t j = 0; j < dim[1]; j += SIDE)
            for (size_t i = 0; i < dim[0]; i += SIDE) {
                const size_t k = n * SIDE;
                const struct span at = {{i, j, k},
                                        {less_size(i + SIDE, dim[0]) - 1,
                                         less_size(j + SIDE, dim[1]) - 1,
                                         less_size(k + SIDE, dim[2]) - 1}};
                sample_block(s, &at);
            }
}

static bool check(const struct nw_field *f, nw_node a, const struct nw_grid *grid,
                  double outside_mm, double inside_mm, struct nw_err *err)
{
    if (!nw_field_check_node(f, a, err) || !nw_band_check(grid, outside_mm, inside_mm, err))
        return false;
    return (grid->dim[0] >= 2 && grid->dim[1] >= 2 && grid->dim[2] >= 2) ||
           nw_fail(err, NW_ERR_ARGUMENT, "the grid of distances must have cubic cells");
}

nw_node nw_field_band(struct nw_field *f, nw_node a, const struct nw_grid *grid,
                      double outside_mm, double inside_mm, struct nw_err *err)
{
    struct nw_volume vol = {0};
    if (err->code != NW_OK || !check(f, a, grid, outside_mm, inside_mm, err))
        return -1;
    const struct nw_solid *solid = nw_field_solid(f, a);
    if (solid && nw_solid_facts(solid).closed)
        return nw_solid_band(solid, grid, outside_mm, inside_mm, &vol, err)
                   ? add_band(f, &vol, err)
                   : -1;
    struct nw_tape *tape = nw_tape_new(f, a, err);
    const bool ok = tape && nw_volume_init_unset(&vol, NW_VOXEL_F32, grid, err);
    if (ok)
        sample_all(&(struct sampling){tape, &vol, outside_mm, inside_mm});
    nw_tape_free(tape);
    return ok ? add_band(f, &vol, err) : -1;
}

/* ---- swept ---- */

/* By how much a smooth valley between three samples is lower than the middle one, which is
 * the lowest; *above: on the side of c. */
static float dip(float a, float m, float c, bool *above)
{
    const float bend = a - 2 * m + c;
    *above = c < a;
    return bend > 0 ? (a - c) * (a - c) / (8 * bend) : 0;
}

/* A layer of rows: low[] is the lowest so far, from the last layer on. */
static void sweep_layer(const float *below, const float *here, const float *beyond, float *low,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const float m = here[i];
        float v = m < low[i] ? m : low[i];
        bool above;
        if (m <= below[i] && m <= beyond[i]) {
            const float deep = m - dip(below[i], m, beyond[i], &above);
            v = above && deep < v ? deep : v;
        }
        low[i] = v;
    }
}

/* What lies between this layer and the one below, seen from below. */
static void add_below(const float *below, const float *here, const float *beyond, float *low,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const float m = here[i];
        bool above;
        if (!(m <= below[i] && m <= beyond[i]))
            continue;
        const float deep = m - dip(below[i], m, beyond[i], &above);
        low[i] = !above && deep < low[i] ? deep : low[i];
    }
}

static bool sweep(const struct nw_volume *from, struct nw_volume *to, struct nw_err *err)
{
    const size_t line = from->grid.dim[0], rows = from->grid.dim[1], layer = line * rows,
                 last = from->grid.dim[2] - 1;
    NW_AUTOFREE float *low = NW_ALLOC_UNSET(float, layer, err);
    if (!low)
        return false;
    NW_PARALLEL_FOR
    for (size_t j = 0; j < rows; j++) {
        const size_t at = line * j;
        memcpy(low + at, from->f32 + at + layer * last, line * sizeof *low);
        for (size_t k = last + 1; k-- > 0;) {
            const float *here = from->f32 + at + layer * k;
            const float *below = k > 0 ? here - layer : here,
                        *beyond = k < last ? here + layer : here;
            sweep_layer(below, here, beyond, low + at, line);
            memcpy(to->f32 + at + layer * k, low + at, line * sizeof *low);
            add_below(below, here, beyond, low + at, line);
        }
    }
    return true;
}

static const struct band *band_of(const struct nw_field *f, nw_node node, struct nw_err *err)
{
    if (!nw_field_check_node(f, node, err))
        return NULL;
    if (f->node[node].kind == NODE_OWN && f->node[node].own_kind == &band_kind)
        return f->node[node].own;
    nw_fail(err, NW_ERR_ARGUMENT, "only a sampled band can be swept or compared on its grid");
    return NULL;
}

nw_node nw_field_band_swept(struct nw_field *f, nw_node band, struct nw_err *err)
{
    struct nw_volume vol = {0};
    const struct band *b = err->code == NW_OK ? band_of(f, band, err) : NULL;
    if (!b || !nw_volume_init_unset(&vol, NW_VOXEL_F32, &b->vol.grid, err))
        return -1;
    if (sweep(&b->vol, &vol, err))
        return add_band(f, &vol, err);
    nw_volume_release(&vol);
    return -1;
}

nw_node nw_field_band_excess(struct nw_field *f, nw_node a, nw_node over, struct nw_err *err)
{
    struct nw_volume vol = {0};
    const struct band *x = err->code == NW_OK ? band_of(f, a, err) : NULL;
    const struct band *y = x ? band_of(f, over, err) : NULL;
    if (!y)
        return -1;
    if (memcmp(&x->vol.grid, &y->vol.grid, sizeof x->vol.grid) != 0) {
        nw_fail(err, NW_ERR_ARGUMENT, "the bands that are compared must have the same grid");
        return -1;
    }
    if (!nw_volume_init_unset(&vol, NW_VOXEL_F32, &x->vol.grid, err))
        return -1;
    const size_t layer = vol.grid.dim[0] * vol.grid.dim[1];
    NW_PARALLEL_FOR
    for (size_t k = 0; k < vol.grid.dim[2]; k++)
        for (size_t at = k * layer; at < (k + 1) * layer; at++)
            vol.f32[at] = 0.5F * (x->vol.f32[at] - y->vol.f32[at]);
    return add_band(f, &vol, err);
}
