/* field/baked.c -- an expression sampled once, as finely as it needs: see nw_field_baked. A
 * grid of roots, each an octree whose leaves are bricks of samples. Everything is counted in
 * the finest cells: a brick of level l has SIDE cells of 2^l along an axis. */
#include <string.h>

#include "core/parallel.h"
#include "field/field_priv.h"

enum {
    SIDE = 4,          /* cells along a brick */
    POINTS = SIDE + 1, /* samples along it */
    SAMPLES = POINTS * POINTS * POINTS,
    TOP = 4,            /* level of the roots */
    ROOT = SIDE << TOP, /* their length in finest cells */
    NEAR_LEVEL = 2,     /* the coarsest where the surface may pass */
};

struct cell_node {
    float min, max;  /* of the samples below */
    int32_t child;   /* the first of eight, x fastest; negative: a brick */
    uint32_t sample; /* of a brick: its first, over SAMPLES */
};

/* What grows while a root is built, and then what all roots have together. */
struct trees {
    struct cell_node *node;
    size_t nodes, node_room;
    float (*sample)[SAMPLES];
    size_t bricks, brick_room;
    double off_mm; /* the largest difference that was found and kept */
};

struct baked {
    const struct nw_field *field;
    nw_node of;
    struct nw_tape *tape;
    nw_box box;
    nw_vec3 origin_mm;
    double cell_mm, per_mm, tol_mm, band_mm, inside_mm;
    size_t dim[3];  /* roots */
    uint32_t *root; /* their nodes */
    struct trees all;
};

static void release_trees(struct trees *t)
{
    nw_free(t->node);
    nw_free(t->sample);
    *t = (struct trees){0};
}

static void baked_free(void *own)
{
    struct baked *b = own;
    nw_tape_free(b->tape);
    nw_free(b->root);
    release_trees(&b->all);
    nw_free(b);
}

/* ---- building ---- */

static inline double mix(double a, double b, double t)
{
    return a + t * (b - a);
}

/* A brick: its lowest corner in finest cells. */
struct brick {
    int64_t at[3];
    int level;
};

static nw_vec3 place(const struct baked *b, const struct brick *k, double x, double y, double z)
{
    const double step = (double)(1 << k->level);
    return nw_v3(b->origin_mm.x + ((double)k->at[0] + x * step) * b->cell_mm,
                 b->origin_mm.y + ((double)k->at[1] + y * step) * b->cell_mm,
                 b->origin_mm.z + ((double)k->at[2] + z * step) * b->cell_mm);
}

static size_t lay_points(const struct baked *b, const struct brick *k, int side, int step,
                         double shift, nw_vec3 *point)
{
    size_t n = 0;
    for (int z = 0; z < side; z += step)
        for (int y = 0; y < side; y += step)
            for (int x = 0; x < side; x += step)
                point[n++] = place(b, k, x + shift, y + shift, z + shift);
    return n;
}

static double mean_of_corners(const float *s)
{
    const int y = POINTS, z = POINTS * POINTS;
    return 0.125 * ((double)s[0] + (double)s[1] + (double)s[y] + (double)s[y + 1] +
                    (double)s[z] + (double)s[z + 1] + (double)s[z + y] + (double)s[z + y + 1]);
}

static bool is_in_band(const struct baked *b, double value)
{
    return !(value > b->band_mm || value < -b->inside_mm);
}

/* Compares the middles of the cells, every `step` along each axis: the largest difference in
 * the band. */
static double difference(const struct baked *b, const double *value, const float *sample,
                         int step)
{
    double worst = 0;
    for (int z = 0, n = 0; z < SIDE; z += step)
        for (int y = 0; y < SIDE; y += step)
            for (int x = 0; x < SIDE; x += step, n++) {
                const double d =
                    fabs(mean_of_corners(sample + x + POINTS * (y + POINTS * z)) - value[n]);
                worst = is_in_band(b, value[n]) ? more(worst, d) : worst;
            }
    return worst;
}

/* Could the surface pass, and is the brick too coarse to be sure of seeing it? */
static bool is_coarse(const struct baked *b, const struct brick *k, const float *sample)
{
    if (k->level <= NEAR_LEVEL)
        return false;
    const double reach = 0.9 * b->cell_mm * (double)(1 << k->level);
    for (int n = 0; n < SAMPLES; n++)
        if (fabs((double)sample[n]) < reach)
            return true;
    return false;
}

/* Is all of it on one side, further than the band? */
static bool is_beyond(const struct baked *b, const struct brick *k, const float *sample)
{
    const double reach = 0.9 * b->cell_mm * (double)(1 << k->level);
    const double least = more(sample[0] < 0 ? b->inside_mm : b->band_mm, reach);
    for (int n = 0; n < SAMPLES; n++)
        if (!(fabs((double)sample[n]) > least) || (sample[n] < 0) != (sample[0] < 0))
            return false;
    return true;
}

/* From the brick's corners alone: when all of it is known to be beyond the band. */
static void sample_corners(const struct baked *b, const struct brick *k, nw_box box,
                           float *sample)
{
    nw_vec3 point[8];
    double v[8];
    (void)lay_points(b, k, POINTS, SIDE, 0, point);
    (void)nw_tape_values_in(b->tape, box, point, 8, v, NW_WANT_ALL);
    for (int z = 0, n = 0; z < POINTS; z++)
        for (int y = 0; y < POINTS; y++)
            for (int x = 0; x < POINTS; x++, n++) {
                const double t = x / (double)SIDE, u = y / (double)SIDE, w = z / (double)SIDE;
                const double low = mix(mix(v[0], v[1], t), mix(v[2], v[3], t), u),
                             high = mix(mix(v[4], v[5], t), mix(v[6], v[7], t), u);
                sample[n] = (float)mix(low, high, w);
            }
}

/* Fills the samples; true when they do, without looking closer. */
static bool sample_brick(const struct baked *b, const struct brick *k, float *sample,
                         double *off)
{
    nw_vec3 point[SAMPLES];
    double value[SAMPLES];
    const nw_box box = nw_box_grown(
        (nw_box){place(b, k, 0, 0, 0), place(b, k, SIDE, SIDE, SIDE)}, 1e-6 * b->cell_mm);
    const nw_interval in = nw_tape_interval(b->tape, box);
    if (in.min > b->band_mm || in.max < -b->inside_mm) {
        sample_corners(b, k, box, sample);
        return true;
    }
    (void)lay_points(b, k, POINTS, 1, 0, point);
    (void)nw_tape_values_in(b->tape, box, point, SAMPLES, value, NW_WANT_ALL);
    for (int i = 0; i < SAMPLES; i++)
        sample[i] = (float)value[i];
    if (is_beyond(b, k, sample))
        return true;
    if (is_coarse(b, k, sample))
        return false;
    const int step = k->level == 0 ? 2 : 1; /* the finest are measured, not judged */
    const size_t n = lay_points(b, k, SIDE, step, 0.5, point);
    (void)nw_tape_values_in(b->tape, box, point, n, value, NW_WANT_ALL);
    *off = difference(b, value, sample, step);
    return *off <= b->tol_mm || k->level == 0;
}

static struct cell_node brick_node(const float *sample, size_t at)
{
    struct cell_node n = {HUGE_VALF, -HUGE_VALF, -1, (uint32_t)at};
    for (int i = 0; i < SAMPLES; i++) {
        n.min = sample[i] < n.min ? sample[i] : n.min;
        n.max = sample[i] > n.max ? sample[i] : n.max;
        if (sample[i] != sample[i]) { /* NaN: anything may be here */
            n.min = -HUGE_VALF;
            n.max = HUGE_VALF;
            break;
        }
    }
    return n;
}

/* Fills node `to` and what is below it. At most TOP deep. */
static bool build(const struct baked *b, struct trees *t, struct brick k, size_t to,
                  struct nw_err *err)
{
    float sample[SAMPLES];
    double off = 0;
    if (sample_brick(b, &k, sample, &off)) {
        if (!nw_grow(&t->sample, &t->brick_room, t->bricks + 1, sizeof *t->sample, err))
            return false;
        memcpy(t->sample[t->bricks], sample, sizeof sample);
        t->node[to] = brick_node(sample, t->bricks++);
        t->off_mm = more(t->off_mm, off);
        return true;
    }
    const size_t first = t->nodes;
    if (!nw_grow(&t->node, &t->node_room, first + 8, sizeof *t->node, err))
        return false;
    t->nodes += 8;
    struct cell_node n = {HUGE_VALF, -HUGE_VALF, (int32_t)first, 0};
    const int64_t half = (int64_t)SIDE << (k.level - 1);
    for (int c = 0; c < 8; c++) {
        const struct brick part = {{k.at[0] + (c & 1 ? half : 0), k.at[1] + (c & 2 ? half : 0),
                                    k.at[2] + (c & 4 ? half : 0)},
                                   k.level - 1};
        if (!build(b, t, part, first + (size_t)c, err))
            return false;
        const struct cell_node *below = &t->node[first + (size_t)c];
        n.min = below->min < n.min ? below->min : n.min;
        n.max = below->max > n.max ? below->max : n.max;
    }
    t->node[to] = n;
    return true;
}

static bool build_root(const struct baked *b, struct trees *t, size_t root, struct nw_err *err)
{
    const size_t i = root % b->dim[0], j = root / b->dim[0] % b->dim[1],
                 k = root / b->dim[0] / b->dim[1];
    const struct brick whole = {{(int64_t)i * ROOT, (int64_t)j * ROOT, (int64_t)k * ROOT}, TOP};
    if (!nw_grow(&t->node, &t->node_room, 1, sizeof *t->node, err))
        return false;
    t->nodes = 1;
    return build(b, t, whole, 0, err);
}

/* All roots' trees one after the other. */
static bool join(struct baked *b, struct trees *part, size_t roots, struct nw_err *err)
{
    size_t nodes = 0, bricks = 0;
    for (size_t r = 0; r < roots; r++) {
        nodes += part[r].nodes;
        bricks += part[r].bricks;
        b->all.off_mm = more(b->all.off_mm, part[r].off_mm);
    }
    if (nodes > INT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the sampled shape is too fine for its box");
    b->all.node = NW_ALLOC_UNSET(struct cell_node, nodes, err);
    if (b->all.node)
        b->all.sample = nw_alloc_unset(bricks, sizeof *b->all.sample, err);
    if (!b->all.sample)
        return false;
    for (size_t r = 0; r < roots; r++) {
        b->root[r] = (uint32_t)b->all.nodes;
        for (size_t n = 0; n < part[r].nodes; n++) {
            struct cell_node node = part[r].node[n];
            if (node.child >= 0)
                node.child += (int32_t)b->all.nodes;
            else
                node.sample += (uint32_t)b->all.bricks;
            b->all.node[b->all.nodes + n] = node;
        }
        memcpy(b->all.sample[b->all.bricks], part[r].sample,
               part[r].bricks * sizeof *part[r].sample);
        b->all.nodes += part[r].nodes;
        b->all.bricks += part[r].bricks;
        release_trees(&part[r]); /* so that both are not there at once for long */
    }
    return true;
}

static bool fill(struct baked *b, struct nw_err *err)
{
    const size_t roots = b->dim[0] * b->dim[1] * b->dim[2];
    NW_AUTOFREE struct trees *part = NW_ALLOC(struct trees, roots, err);
    NW_AUTOFREE struct nw_err *failed = part ? NW_ALLOC(struct nw_err, roots, err) : NULL;
    if (failed)
        b->root = NW_ALLOC_UNSET(uint32_t, roots, err);
    if (!b->root)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t r = 0; r < roots; r++)
        (void)build_root(b, &part[r], r, &failed[r]);
    bool ok = true;
    for (size_t r = 0; r < roots && ok; r++)
        if (failed[r].code != NW_OK) {
            *err = failed[r];
            ok = false;
        }
    ok = ok && join(b, part, roots, err);
    for (size_t r = 0; r < roots; r++)
        release_trees(&part[r]);
    return ok;
}

/* ---- asking ---- */

/* Where in finest cells a place is; false beyond the box. */
static bool cells_of(const struct baked *b, nw_vec3 p, double at[3])
{
    if (!(p.x >= b->box.min.x && p.x <= b->box.max.x && p.y >= b->box.min.y &&
          p.y <= b->box.max.y && p.z >= b->box.min.z && p.z <= b->box.max.z))
        return false;
    at[0] = (p.x - b->origin_mm.x) * b->per_mm;
    at[1] = (p.y - b->origin_mm.y) * b->per_mm;
    at[2] = (p.z - b->origin_mm.z) * b->per_mm;
    return true;
}

/* A leaf: its lowest corner and length in finest cells. */
struct leaf {
    double low[3], length;
    const float *sample;
};

static struct leaf find_leaf(const struct baked *b, const double at[3])
{
    size_t r[3];
    struct leaf leaf = {.length = ROOT};
    for (int a = 0; a < 3; a++) {
        const double x = floor(at[a] / ROOT), last = (double)(b->dim[a] - 1);
        r[a] = (size_t)less(more(x, 0), last);
        leaf.low[a] = (double)r[a] * ROOT;
    }
    const struct cell_node *n =
        &b->all.node[b->root[r[0] + b->dim[0] * (r[1] + b->dim[1] * r[2])]];
    while (n->child >= 0) {
        size_t c = 0;
        leaf.length /= 2;
        for (int a = 0; a < 3; a++)
            if (at[a] >= leaf.low[a] + leaf.length) {
                c |= (size_t)1 << a;
                leaf.low[a] += leaf.length;
            }
        n = &b->all.node[(size_t)n->child + c];
    }
    leaf.sample = b->all.sample[n->sample];
    return leaf;
}

static bool leaf_holds(const struct leaf *l, const double at[3])
{
    for (int a = 0; a < 3; a++)
        if (!(at[a] >= l->low[a] && at[a] < l->low[a] + l->length))
            return false;
    return true;
}

/* The lowest sample of the place's cell; t becomes where in the cell. */
static const float *find_cell(const struct leaf *l, const double at[3], double t[3])
{
    size_t c[3];
    for (int a = 0; a < 3; a++) {
        const double x = (at[a] - l->low[a]) * (SIDE / l->length);
        const double cell = less(more(floor(x), 0), SIDE - 1);
        c[a] = (size_t)cell;
        t[a] = x - cell;
    }
    return l->sample + c[0] + POINTS * (c[1] + POINTS * c[2]);
}

static double interpolated(const float *s, const double t[3])
{
    const int y = POINTS, z = POINTS * POINTS;
    const double a = mix((double)s[0], (double)s[1], t[0]),
                 b = mix((double)s[y], (double)s[y + 1], t[0]),
                 c = mix((double)s[z], (double)s[z + 1], t[0]),
                 d = mix((double)s[z + y], (double)s[z + y + 1], t[0]);
    return mix(mix(a, b, t[1]), mix(c, d, t[1]), t[2]);
}

static void baked_values(const void *own, const double *x, const double *y, const double *z,
                         size_t count, double *value)
{
    const struct baked *b = own;
    struct leaf leaf = {.length = 0};
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 p = nw_v3(x[i], y[i], z[i]);
        double at[3], t[3];
        if (!cells_of(b, p, at)) {
            nw_tape_values(b->tape, &p, 1, &value[i]);
            continue;
        }
        if (!leaf_holds(&leaf, at))
            leaf = find_leaf(b, at);
        const float *s = find_cell(&leaf, at, t);
        value[i] = interpolated(s, t);
    }
}

static struct slope baked_slope(const void *own, nw_vec3 p, struct slope other)
{
    (void)other;
    const struct baked *b = own;
    double at[3], t[3];
    struct slope r;
    if (!cells_of(b, p, at)) {
        r.value = nw_field_gradient(b->field, b->of, p, &r.grad);
        return r;
    }
    const struct leaf leaf = find_leaf(b, at);
    const float *s = find_cell(&leaf, at, t);
    double v[8];
    for (int n = 0; n < 8; n++)
        v[n] = (double)s[(n & 1) + POINTS * (n >> 1 & 1) + POINTS * POINTS * (n >> 2)];
    const double k = b->per_mm * (SIDE / leaf.length);
    r.value = interpolated(s, t);
    r.grad.x =
        k * mix(mix(v[1] - v[0], v[3] - v[2], t[1]), mix(v[5] - v[4], v[7] - v[6], t[1]), t[2]);
    r.grad.y =
        k * mix(mix(v[2] - v[0], v[3] - v[1], t[0]), mix(v[6] - v[4], v[7] - v[5], t[0]), t[2]);
    r.grad.z =
        k * mix(mix(v[4] - v[0], v[5] - v[1], t[0]), mix(v[6] - v[2], v[7] - v[3], t[0]), t[1]);
    return r;
}

/* A box in finest cells. */
struct span {
    double lo[3], hi[3];
};

/* Of the samples of the cells of a brick that the box meets. */
static nw_interval brick_range(const struct baked *b, const struct cell_node *n,
                               const struct span *box, const struct span *node)
{
    size_t lo[3], hi[3];
    const double per = SIDE / (node->hi[0] - node->lo[0]);
    for (int a = 0; a < 3; a++) {
        lo[a] = (size_t)less(more(floor((box->lo[a] - node->lo[a]) * per), 0), SIDE - 1);
        hi[a] = (size_t)less(more(floor((box->hi[a] - node->lo[a]) * per), 0), SIDE - 1) + 1;
    }
    const float *s = b->all.sample[n->sample];
    float min = HUGE_VALF, max = -HUGE_VALF;
    for (size_t z = lo[2]; z <= hi[2]; z++)
        for (size_t y = lo[1]; y <= hi[1]; y++)
            for (size_t x = lo[0]; x <= hi[0]; x++) {
                const float v = s[x + POINTS * (y + POINTS * z)];
                min = v < min ? v : min;
                max = v > max ? v : max;
                if (v != v)
                    return (nw_interval){-HUGE_VAL, HUGE_VAL};
            }
    return (nw_interval){(double)min, (double)max};
}

/* At most TOP deep. */
static nw_interval node_range(const struct baked *b, const struct cell_node *n,
                              const struct span *box, const struct span *node)
{
    bool within = true;
    for (int a = 0; a < 3; a++)
        within = within && box->lo[a] <= node->lo[a] && box->hi[a] >= node->hi[a];
    if (within)
        return (nw_interval){(double)n->min, (double)n->max};
    if (n->child < 0)
        return brick_range(b, n, box, node);
    nw_interval in = {HUGE_VAL, -HUGE_VAL};
    const double half = (node->hi[0] - node->lo[0]) / 2;
    for (int c = 0; c < 8; c++) {
        struct span part;
        bool meets = true;
        for (int a = 0; a < 3; a++) {
            part.lo[a] = node->lo[a] + (c >> a & 1 ? half : 0);
            part.hi[a] = part.lo[a] + half;
            meets = meets && box->lo[a] <= part.hi[a] && box->hi[a] >= part.lo[a];
        }
        if (!meets)
            continue;
        const nw_interval r = node_range(b, &b->all.node[n->child + c], box, &part);
        in = (nw_interval){less(in.min, r.min), more(in.max, r.max)};
    }
    return in;
}

static nw_interval baked_range(const void *own, const struct region *r, nw_interval other)
{
    (void)other;
    const struct baked *b = own;
    const double slack = 1e-6; /* cells: what rounding may move a place by */
    const nw_vec3 lo = nw_max3(r->box.min, b->box.min), hi = nw_min3(r->box.max, b->box.max);
    nw_interval in = {HUGE_VAL, -HUGE_VAL};
    if (!(lo.x <= r->box.min.x && lo.y <= r->box.min.y && lo.z <= r->box.min.z &&
          hi.x >= r->box.max.x && hi.y >= r->box.max.y && hi.z >= r->box.max.z))
        in = nw_tape_interval(b->tape, r->box); /* partly beyond the box */
    if (!(lo.x <= hi.x && lo.y <= hi.y && lo.z <= hi.z))
        return in;
    struct span box;
    double first[3], last[3];
    const double from[3] = {lo.x - b->origin_mm.x, lo.y - b->origin_mm.y,
                            lo.z - b->origin_mm.z};
    const double to[3] = {hi.x - b->origin_mm.x, hi.y - b->origin_mm.y, hi.z - b->origin_mm.z};
    for (int a = 0; a < 3; a++) {
        box.lo[a] = from[a] * b->per_mm - slack;
        box.hi[a] = to[a] * b->per_mm + slack;
        const double end = (double)(b->dim[a] - 1);
        first[a] = less(more(floor(box.lo[a] / ROOT), 0), end);
        last[a] = less(more(floor(box.hi[a] / ROOT), 0), end);
    }
    for (double k = first[2]; k <= last[2]; k++)
        for (double j = first[1]; j <= last[1]; j++)
            for (double i = first[0]; i <= last[0]; i++) {
                const struct span root = {{i * ROOT, j * ROOT, k * ROOT},
                                          {(i + 1) * ROOT, (j + 1) * ROOT, (k + 1) * ROOT}};
                const size_t at = (size_t)i + b->dim[0] * ((size_t)j + b->dim[1] * (size_t)k);
                const nw_interval part = node_range(b, &b->all.node[b->root[at]], &box, &root);
                in = (nw_interval){less(in.min, part.min), more(in.max, part.max)};
            }
    const double widen = 1e-12 * (fabs(in.min) + fabs(in.max)); /* the mixing's rounding */
    return (nw_interval){in.min - widen, in.max + widen};
}

static const struct own_kind baked_kind = {baked_values, baked_slope, baked_range, baked_free};

static bool set_up(struct baked *b, nw_box box, const struct nw_bake_opts *opts,
                   struct nw_err *err)
{
    const nw_vec3 size = nw_box_size(box);
    b->cell_mm = opts->cell_mm != 0 ? opts->cell_mm : 0.2;
    b->tol_mm = opts->tol_mm != 0 ? opts->tol_mm : 0.01;
    b->band_mm = opts->band_mm != 0 ? opts->band_mm : 5;
    b->inside_mm = opts->inside_mm != 0 ? opts->inside_mm : b->band_mm;
    if (!nw_field_check_size(b->cell_mm, "the cell of a sampled shape", err) ||
        !nw_field_check_size(b->tol_mm, "the tolerance of a sampled shape", err) ||
        !nw_field_check_size(b->band_mm, "the band of a sampled shape", err) ||
        !nw_field_check_size(b->inside_mm, "the band of a sampled shape", err))
        return false;
    if (!nw_finite3(box.min) || !nw_finite3(box.max) ||
        !(size.x > 0 && size.y > 0 && size.z > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "the box of a sampled shape must have a volume");
    const double side[3] = {size.x, size.y, size.z};
    for (int a = 0; a < 3; a++) {
        const double roots = ceil(side[a] / b->cell_mm / ROOT);
        if (!(roots <= 32768))
            return nw_fail(err, NW_ERR_LIMIT, "the sampled shape is too fine for its box");
        b->dim[a] = (size_t)more(roots, 1);
    }
    if (b->dim[0] * b->dim[1] * b->dim[2] > (size_t)1 << 26)
        return nw_fail(err, NW_ERR_LIMIT, "the sampled shape is too fine for its box");
    b->box = box;
    b->origin_mm = box.min;
    b->per_mm = 1 / b->cell_mm;
    return true;
}

nw_node nw_field_baked(struct nw_field *f, nw_node a, nw_box box,
                       const struct nw_bake_opts *opts, double *off_mm, struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_node(f, a, err))
        return -1;
    struct baked *b = NW_ALLOC(struct baked, 1, err);
    if (!b)
        return -1;
    b->field = f;
    b->of = a;
    bool ok = set_up(b, box, opts, err);
    if (ok)
        b->tape = nw_tape_new(f, a, err);
    if (!b->tape || !fill(b, err)) {
        baked_free(b);
        return -1;
    }
    if (off_mm)
        *off_mm = b->all.off_mm;
    const struct own_cost cost = {f->node[a].cost, f->node[a].frames + SUB_FRAMES};
    return nw_field_add_own(f, &baked_kind, b, -1, cost, err);
}
