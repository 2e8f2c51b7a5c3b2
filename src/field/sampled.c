/* field/sampled.c -- a volume as a field: trilinear, with a pyramid of minima and maxima so
 * that whole regions can be skipped. */
#include "core/parallel.h"
#include "field/field_priv.h"

enum {
    BRICK = 8,       /* cells along a side of the pyramid's lowest level */
    LEVEL_COUNT = 14 /* 65535 cells are 8192 bricks: 2^13 */
};

struct range {
    float min, max;
};

struct level {
    size_t dim[3];
    struct range *range;
};

struct sampled {
    const struct nw_volume *vol;
    struct nw_grid_inverse inv;
    double scale, shift;
    struct level level[LEVEL_COUNT];
    int level_count;
};

void nw_sampled_free(struct sampled *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->level_count; i++)
        nw_free(s->level[i].range);
    nw_free(s);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Of the samples that the cells of a brick touch. NaN makes the range boundless. */
static struct range brick_range(const struct nw_volume *vol, size_t bi, size_t bj, size_t bk)
{
    const size_t *dim = vol->grid.dim;
    const size_t end_i = smaller((bi + 1) * BRICK + 1, dim[0]),
                 end_j = smaller((bj + 1) * BRICK + 1, dim[1]),
                 end_k = smaller((bk + 1) * BRICK + 1, dim[2]);
    double min = HUGE_VAL, max = -HUGE_VAL;
    for (size_t k = bk * BRICK; k < end_k; k++)
        for (size_t j = bj * BRICK; j < end_j; j++)
            for (size_t i = bi * BRICK; i < end_i; i++) {
                const double v = nw_volume_value(vol, nw_grid_at(&vol->grid, i, j, k));
                min = v >= min ? min : v; /* NaN stays, and spreads */
                max = v <= max ? max : v;
                if (v != v)
                    return (struct range){-HUGE_VALF, HUGE_VALF};
            }
    return (struct range){(float)min, (float)max}; /* all voxel types fit a float */
}

static bool add_lowest(struct sampled *s, struct nw_err *err)
{
    struct level *l = &s->level[0];
    for (int a = 0; a < 3; a++) {
        const size_t cells = s->vol->grid.dim[a] > 1 ? s->vol->grid.dim[a] - 1 : 1;
        l->dim[a] = (cells + BRICK - 1) / BRICK;
    }
    l->range = NW_ALLOC_UNSET(struct range, l->dim[0] * l->dim[1] * l->dim[2], err);
    if (!l->range)
        return false;
    s->level_count = 1;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < l->dim[2]; k++)
        for (size_t j = 0; j < l->dim[1]; j++)
            for (size_t i = 0; i < l->dim[0]; i++)
                l->range[i + l->dim[0] * (j + l->dim[1] * k)] = brick_range(s->vol, i, j, k);
    return true;
}

/* Of the level's bricks lo[] <= b < hi[]. */
static struct range level_range(const struct level *l, const size_t lo[3], const size_t hi[3])
{
    struct range r = {HUGE_VALF, -HUGE_VALF};
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++)
            for (size_t i = lo[0]; i < hi[0]; i++) {
                const struct range b = l->range[i + l->dim[0] * (j + l->dim[1] * k)];
                r.min = b.min < r.min ? b.min : r.min;
                r.max = b.max > r.max ? b.max : r.max;
            }
    return r;
}

static bool add_level(struct sampled *s, struct nw_err *err)
{
    const struct level *below = &s->level[s->level_count - 1];
    struct level l;
    for (int a = 0; a < 3; a++)
        l.dim[a] = (below->dim[a] + 1) / 2;
    l.range = NW_ALLOC_UNSET(struct range, l.dim[0] * l.dim[1] * l.dim[2], err);
    if (!l.range)
        return false;
    for (size_t k = 0; k < l.dim[2]; k++)
        for (size_t j = 0; j < l.dim[1]; j++)
            for (size_t i = 0; i < l.dim[0]; i++) {
                const size_t lo[3] = {2 * i, 2 * j, 2 * k};
                const size_t hi[3] = {smaller(2 * i + 2, below->dim[0]),
                                      smaller(2 * j + 2, below->dim[1]),
                                      smaller(2 * k + 2, below->dim[2])};
                l.range[i + l.dim[0] * (j + l.dim[1] * k)] = level_range(below, lo, hi);
            }
    s->level[s->level_count++] = l;
    return true;
}

struct sampled *nw_sampled_new(const struct nw_volume *vol, double scale, double shift,
                               struct nw_err *err)
{
    struct sampled *s = NW_ALLOC(struct sampled, 1, err);
    if (!s)
        return NULL;
    s->vol = vol;
    s->inv = nw_grid_invert(&vol->grid);
    s->scale = scale;
    s->shift = shift;
    bool ok = add_lowest(s, err);
    while (ok && s->level_count < LEVEL_COUNT) {
        const size_t *dim = s->level[s->level_count - 1].dim;
        if (dim[0] <= 2 && dim[1] <= 2 && dim[2] <= 2)
            break;
        ok = add_level(s, err);
    }
    if (ok)
        return s;
    nw_sampled_free(s);
    return NULL;
}

/* The cell a point lies in, clamped to the grid, and where in it. */
struct spot {
    size_t at[8]; /* indices of the cell's corners, i fastest */
    double t[3];
    bool beyond[3]; /* clamped on this axis */
};

static struct spot spot_of(const struct sampled *s, nw_vec3 p)
{
    const nw_ijk c = nw_grid_index(&s->inv, p);
    const double at[3] = {c.i, c.j, c.k};
    const struct nw_grid *g = &s->vol->grid;
    struct spot spot;
    size_t low[3], step[3];
    for (int a = 0; a < 3; a++) {
        const double last = (double)(g->dim[a] - 1);
        const double x = at[a] >= 0 ? less(at[a], last) : 0; /* NaN goes to 0 */
        spot.beyond[a] = !(at[a] >= 0 && at[a] <= last);
        const double floor_x = floor(x);
        low[a] = (size_t)floor_x;
        if (low[a] > 0 && low[a] == g->dim[a] - 1)
            low[a]--;
        spot.t[a] = x - (double)low[a];
        step[a] = g->dim[a] > 1 ? 1 : 0;
    }
    for (size_t n = 0; n < 8; n++)
        spot.at[n] = nw_grid_at(g, low[0] + (n & 1) * step[0], low[1] + (n >> 1 & 1) * step[1],
                                low[2] + (n >> 2) * step[2]);
    return spot;
}

static inline double mix(double a, double b, double t)
{
    return a + t * (b - a);
}

static void corners(const struct sampled *s, const struct spot *spot, double v[8])
{
    for (int n = 0; n < 8; n++)
        v[n] = nw_volume_value(s->vol, spot->at[n]);
}

double nw_sampled_value(const struct sampled *s, nw_vec3 p)
{
    const struct spot spot = spot_of(s, p);
    double v[8];
    corners(s, &spot, v);
    const double *t = spot.t;
    const double low = mix(mix(v[0], v[1], t[0]), mix(v[2], v[3], t[0]), t[1]);
    const double high = mix(mix(v[4], v[5], t[0]), mix(v[6], v[7], t[0]), t[1]);
    return mix(low, high, t[2]) * s->scale + s->shift;
}

void nw_sampled_gradient(const struct sampled *s, nw_vec3 p, nw_vec3 *out)
{
    const struct spot spot = spot_of(s, p);
    double v[8], d[3];
    corners(s, &spot, v);
    const double *t = spot.t;
    d[0] = mix(mix(v[1] - v[0], v[3] - v[2], t[1]), mix(v[5] - v[4], v[7] - v[6], t[1]), t[2]);
    d[1] = mix(mix(v[2] - v[0], v[3] - v[1], t[0]), mix(v[6] - v[4], v[7] - v[5], t[0]), t[2]);
    d[2] = mix(mix(v[4] - v[0], v[5] - v[1], t[0]), mix(v[6] - v[2], v[7] - v[3], t[0]), t[1]);
    for (int a = 0; a < 3; a++)
        d[a] = spot.beyond[a] ? 0 : d[a] * s->scale;
    *out = nw_mul(nw_transpose(s->inv.per_mm), nw_v3(d[0], d[1], d[2]));
}

/* The bricks of level 0 that hold the index range lo..hi on an axis. */
static void brick_span(const struct sampled *s, int axis, double lo, double hi, size_t span[2])
{
    const double last = (double)(s->level[0].dim[axis] - 1);
    const double first_brick = floor(lo / BRICK), last_brick = floor(hi / BRICK);
    span[0] = (size_t)more(less(first_brick, last), 0);
    span[1] = (size_t)more(less(last_brick, last), 0);
}

nw_interval nw_sampled_interval(const struct sampled *s, nw_box box)
{
    double lo[3] = {HUGE_VAL, HUGE_VAL, HUGE_VAL}, hi[3] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    for (int c = 0; c < 8; c++) {
        const nw_ijk p = nw_grid_index(&s->inv, nw_v3(c & 1 ? box.max.x : box.min.x,
                                                      c & 2 ? box.max.y : box.min.y,
                                                      c & 4 ? box.max.z : box.min.z));
        const double at[3] = {p.i, p.j, p.k};
        for (int a = 0; a < 3; a++) {
            lo[a] = less(lo[a], at[a]);
            hi[a] = more(hi[a], at[a]);
        }
    }
    size_t span[3][2];
    size_t widest = 0;
    const double slack = 1e-6; /* voxels: what rounding may move an index by */
    for (int a = 0; a < 3; a++) {
        if (!(lo[a] > -1e15 && hi[a] < 1e15)) /* beyond: digits are lost */
            return (nw_interval){-HUGE_VAL, HUGE_VAL};
        brick_span(s, a, lo[a] - slack, hi[a] + slack, span[a]);
        if (span[a][1] - span[a][0] > widest)
            widest = span[a][1] - span[a][0];
    }
    int level = 0;
    while (widest >> level > 3 && level + 1 < s->level_count)
        level++;
    size_t from[3], to[3];
    for (int a = 0; a < 3; a++) {
        from[a] = span[a][0] >> level;
        to[a] = (span[a][1] >> level) + 1;
    }
    const struct range r = level_range(&s->level[level], from, to);
    const double x = (double)r.min * s->scale + s->shift,
                 y = (double)r.max * s->scale + s->shift;
    const double widen = 1e-12 * (fabs(x) + fabs(y)); /* rounding of the interpolation */
    return (nw_interval){less(x, y) - widen, more(x, y) + widen};
}
