/* mesh/band.c -- see band.h. Geometry is in index space: the grid's cell is the unit. */
#include "mesh/band.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/solid_priv.h"

static const uint32_t NOBODY = UINT32_MAX;    /* no triangle yet */
static const uint32_t ASKED = UINT32_MAX - 1; /* being looked at */
static const double SEED = 1.75;              /* cells: above the square root of 3 */
static const double NEAR = 12;                /* cells: what is looked at twice */

enum { SLAB = 8, BLOCK = 4096, AROUND = 26 };

struct band {
    const struct nw_solid *solid;
    const struct nw_mesh *mesh;
    struct nw_grid grid;
    struct nw_grid_inverse inverse;
    double cell_mm, outside_mm, inside_mm;
    uint32_t *near; /* of each sample, its nearest triangle */
    float *value;   /* first squared distances in cells, then signed mm */
    ptrdiff_t around[AROUND];
};

/* Samples in the order they were reached; a layer is list[first..count). */
struct front {
    uint32_t *list;
    size_t first, count, room;
    uint32_t *found; /* of the layer */
    float *distance;
    size_t found_room, distance_room;
};

static nw_vec3 corner(const struct band *b, size_t t, int k)
{
    const nw_ijk p = nw_grid_index(&b->inverse, b->mesh->pos_mm[b->mesh->tri[t][k]]);
    return nw_v3(p.i, p.j, p.k);
}

static nw_vec3 place(const struct band *b, size_t at)
{
    const size_t i = at % b->grid.dim[0], row = at / b->grid.dim[0];
    const nw_ijk p = {(double)i, (double)(row % b->grid.dim[1]),
                      (double)(row / b->grid.dim[1])};
    return nw_grid_point(&b->grid, p);
}

/* Squared, in mm. */
static double distance2_to(const struct band *b, uint32_t t, nw_vec3 p)
{
    double bary[3];
    const uint32_t *v = b->mesh->tri[t];
    const nw_vec3 *at = b->mesh->pos_mm;
    return nw_length2(nw_sub(p, nw_triangle_nearest(at[v[0]], at[v[1]], at[v[2]], p, bary)));
}

/* ---- seeds: what lies close to a triangle ---- */

/* Indices lo..hi, inclusive, of the samples within SEED of lo_at..hi_at; false if none. */
static bool reach(double lo_at, double hi_at, size_t dim, size_t *lo, size_t *hi)
{
    const double a = ceil(lo_at - SEED), b = floor(hi_at + SEED);
    if (!(b >= 0 && a <= (double)(dim - 1)))
        return false;
    *lo = a > 0 ? (size_t)a : 0;
    *hi = b < (double)(dim - 1) ? (size_t)b : dim - 1;
    return *lo <= *hi;
}

struct span {
    size_t lo[3], hi[3];
};

static bool span_of(const struct band *b, const nw_vec3 v[3], struct span *s)
{
    const nw_vec3 lo = nw_min3(v[0], nw_min3(v[1], v[2])),
                  hi = nw_max3(v[0], nw_max3(v[1], v[2]));
    return reach(lo.x, hi.x, b->grid.dim[0], &s->lo[0], &s->hi[0]) &&
           reach(lo.y, hi.y, b->grid.dim[1], &s->lo[1], &s->hi[1]) &&
           reach(lo.z, hi.z, b->grid.dim[2], &s->lo[2], &s->hi[2]);
}

static void seed_row(const struct band *b, uint32_t t, const nw_vec3 v[3], nw_vec3 normal,
                     const size_t ijk[3], size_t end)
{
    const size_t first = nw_grid_at(&b->grid, 0, ijk[1], ijk[2]);
    nw_vec3 p = nw_v3((double)ijk[0], (double)ijk[1], (double)ijk[2]);
    for (size_t i = ijk[0]; i <= end; i++, p.x += 1) {
        double bary[3];
        if (fabs(nw_dot(normal, nw_sub(p, v[0]))) > SEED)
            continue;
        const nw_vec3 q = nw_triangle_nearest(v[0], v[1], v[2], p, bary);
        const float d2 = (float)nw_length2(nw_sub(p, q));
        if ((double)d2 <= SEED * SEED && d2 < b->value[first + i]) {
            b->value[first + i] = d2;
            b->near[first + i] = t;
        }
    }
}

static void seed_triangle(const struct band *b, uint32_t t, size_t k_lo, size_t k_end)
{
    const nw_vec3 v[3] = {corner(b, t, 0), corner(b, t, 1), corner(b, t, 2)};
    struct span s;
    if (!span_of(b, v, &s))
        return;
    const nw_vec3 normal = nw_unit(nw_cross(nw_sub(v[1], v[0]), nw_sub(v[2], v[0])));
    for (size_t k = s.lo[2] > k_lo ? s.lo[2] : k_lo; k <= s.hi[2] && k < k_end; k++)
        for (size_t j = s.lo[1]; j <= s.hi[1]; j++)
            seed_row(b, t, v, normal, (const size_t[3]){s.lo[0], j, k}, s.hi[0]);
}

/* The triangles of each slab of layers, in their order: of slab s, list[first[s]..]. */
struct slabs {
    size_t count, *first;
    uint32_t *list;
};

static bool list_slabs(const struct band *b, struct slabs *s, struct nw_err *err)
{
    s->count = (b->grid.dim[2] + SLAB - 1) / SLAB;
    s->first = NW_ALLOC(size_t, s->count + 2, err);
    if (!s->first)
        return false;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t t = 0; t < b->mesh->tri_count; t++) {
            const nw_vec3 v[3] = {corner(b, t, 0), corner(b, t, 1), corner(b, t, 2)};
            struct span r;
            if (!span_of(b, v, &r))
                continue;
            for (size_t n = r.lo[2] / SLAB; n <= r.hi[2] / SLAB; n++) {
                if (pass == 0)
                    s->first[n + 2]++;
                else
                    s->list[s->first[n + 1]++] = (uint32_t)t;
            }
        }
        if (pass == 1)
            break;
        for (size_t n = 2; n < s->count + 2; n++)
            s->first[n] += s->first[n - 1];
        s->list = NW_ALLOC_UNSET(uint32_t, s->first[s->count + 1], err);
        if (!s->list)
            return false;
    }
    return true;
}

/* Squares become signed distances. */
static void sign_slab(const struct band *b, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++)
        if (b->near[at] != NOBODY)
            b->value[at] = (float)nw_solid_signed(b->solid, b->near[at], place(b, at));
}

static bool seed(const struct band *b, struct nw_err *err)
{
    struct slabs s = {0};
    const size_t layer = b->grid.dim[0] * b->grid.dim[1];
    const bool ok = list_slabs(b, &s, err);
    if (ok) {
        NW_PARALLEL_FOR_UNEVEN
        for (size_t n = 0; n < s.count; n++) {
            const size_t k = n * SLAB,
                         end = k + SLAB < b->grid.dim[2] ? k + SLAB : b->grid.dim[2];
            for (size_t at = k * layer; at < end * layer; at++) {
                b->near[at] = NOBODY;
                b->value[at] = HUGE_VALF;
            }
            for (size_t m = s.first[n]; m < s.first[n + 1]; m++)
                seed_triangle(b, s.list[m], k, end);
            sign_slab(b, k * layer, end * layer);
        }
    }
    nw_free(s.first);
    nw_free(s.list);
    return ok;
}

/* ---- handing on ---- */

static bool is_inner(const struct band *b, size_t at)
{
    const size_t i = at % b->grid.dim[0], row = at / b->grid.dim[0], j = row % b->grid.dim[1],
                 k = row / b->grid.dim[1];
    return i > 0 && j > 0 && k > 0 && i + 1 < b->grid.dim[0] && j + 1 < b->grid.dim[1] &&
           k + 1 < b->grid.dim[2];
}

/* The samples around `at` that the grid has. */
static size_t around(const struct band *b, size_t at, size_t out[AROUND])
{
    size_t count = 0;
    if (is_inner(b, at)) {
        for (; count < AROUND; count++)
            out[count] = (size_t)((ptrdiff_t)at + b->around[count]);
        return count;
    }
    const size_t d[3] = {b->grid.dim[0], b->grid.dim[1], b->grid.dim[2]};
    const ptrdiff_t i = (ptrdiff_t)(at % d[0]), j = (ptrdiff_t)(at / d[0] % d[1]),
                    k = (ptrdiff_t)(at / d[0] / d[1]);
    for (ptrdiff_t z = k - 1; z <= k + 1; z++)
        for (ptrdiff_t y = j - 1; y <= j + 1; y++)
            for (ptrdiff_t x = i - 1; x <= i + 1; x++)
                if (x >= 0 && y >= 0 && z >= 0 && x < (ptrdiff_t)d[0] && y < (ptrdiff_t)d[1] &&
                    z < (ptrdiff_t)d[2] && (x != i || y != j || z != k))
                    out[count++] = nw_grid_at(&b->grid, (size_t)x, (size_t)y, (size_t)z);
    return count;
}

/* The six that share a face; SIZE_MAX where the grid ends. */
static void beside(const struct band *b, size_t at, size_t out[6])
{
    const size_t step[3] = {1, b->grid.dim[0], b->grid.dim[0] * b->grid.dim[1]};
    for (int a = 0; a < 3; a++) {
        const size_t i = at / step[a] % b->grid.dim[a];
        out[2 * a] = i > 0 ? at - step[a] : SIZE_MAX;
        out[2 * a + 1] = i + 1 < b->grid.dim[a] ? at + step[a] : SIZE_MAX;
    }
}

/* The nearest of the triangles that the samples around have, and of `own`. Signed mm. */
static float best_around(const struct band *b, size_t at, uint32_t own, uint32_t *best)
{
    size_t who[AROUND];
    uint32_t tried[AROUND + 1];
    size_t tries = 0;
    const nw_vec3 p = place(b, at);
    const size_t count = around(b, at, who);
    double least = HUGE_VAL;
    bool inside = false;
    if (own < ASKED) {
        least = (double)b->value[at] * (double)b->value[at];
        inside = b->value[at] < 0;
        tried[tries++] = *best = own;
    }
    for (size_t n = 0; n < count; n++) {
        const uint32_t t = b->near[who[n]];
        if (t >= ASKED)
            continue;
        size_t k = 0;
        while (k < tries && tried[k] != t)
            k++;
        if (k < tries)
            continue;
        tried[tries++] = t;
        const double d = distance2_to(b, t, p);
        if (own >= ASKED && tries == 1) /* balls that overlap lie on one side */
            inside = b->value[who[n]] < 0;
        if (d < least) {
            least = d;
            *best = t;
        }
    }
    const double mm = sqrt(least);
    return (float)(inside ? -mm : mm);
}

static bool list_seeds(const struct band *b, struct front *f, struct nw_err *err)
{
    const size_t count = nw_grid_count(&b->grid);
    for (size_t at = 0; at < count; at++)
        if (b->near[at] != NOBODY) {
            if (f->count == f->room &&
                !nw_grow(&f->list, &f->room, f->count + BLOCK, sizeof *f->list, err))
                return false;
            f->list[f->count++] = (uint32_t)at;
        }
    return true;
}

/* Puts the layer behind the list: what is beside the last one and within the band. */
static bool list_layer(const struct band *b, struct front *f, struct nw_err *err)
{
    const size_t end = f->count;
    for (size_t n = f->first; n < end; n++) {
        const double v = (double)b->value[f->list[n]];
        if (v > b->outside_mm || v < -b->inside_mm)
            continue;
        size_t next[6];
        beside(b, f->list[n], next);
        for (int k = 0; k < 6; k++) {
            if (next[k] == SIZE_MAX || b->near[next[k]] != NOBODY)
                continue;
            if (f->count == f->room &&
                !nw_grow(&f->list, &f->room, f->count + BLOCK, sizeof *f->list, err))
                return false;
            b->near[next[k]] = ASKED;
            f->list[f->count++] = (uint32_t)next[k];
        }
    }
    f->first = end;
    return true;
}

/* Looks around each of list[first..count), and only then writes what was found. */
static bool look_around(const struct band *b, struct front *f, struct nw_err *err)
{
    const size_t first = f->first, count = f->count - first;
    if (!nw_grow(&f->found, &f->found_room, count, sizeof *f->found, err) ||
        !nw_grow(&f->distance, &f->distance_room, count, sizeof *f->distance, err))
        return false;
    const size_t blocks = (count + BLOCK - 1) / BLOCK;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < blocks; k++)
        for (size_t n = k * BLOCK; n < count && n < (k + 1) * BLOCK; n++) {
            const size_t at = f->list[first + n];
            f->distance[n] = best_around(b, at, b->near[at], &f->found[n]);
        }
    for (size_t n = 0; n < count; n++) {
        b->near[f->list[first + n]] = f->found[n];
        b->value[f->list[first + n]] = f->distance[n];
    }
    return true;
}

/* Only what lies near the surface stays in the list, as one layer. */
static void keep_near(const struct band *b, struct front *f, size_t seeds)
{
    const double near = NEAR * b->cell_mm;
    size_t count = 0;
    for (size_t n = seeds; n < f->count; n++)
        if (fabs((double)b->value[f->list[n]]) < near)
            f->list[count++] = f->list[n];
    f->first = 0;
    f->count = count;
}

static bool hand_on(const struct band *b, struct nw_err *err)
{
    struct front f = {0};
    bool ok = list_seeds(b, &f, err);
    const size_t seeds = f.count;
    while (ok && f.first < f.count)
        ok = list_layer(b, &f, err) && look_around(b, &f, err);
    keep_near(b, &f, seeds); /* again, now that all around is known */
    ok = ok && look_around(b, &f, err);
    nw_free(f.list);
    nw_free(f.found);
    nw_free(f.distance);
    return ok;
}

/* ---- beyond the band ---- */

/* A sample beyond lies on the side of the one beside it. False when the row has none. */
static bool fill_row(const struct band *b, size_t first)
{
    const size_t n = b->grid.dim[0];
    size_t i = 0;
    while (i < n && b->near[first + i] == NOBODY)
        i++;
    if (i == n)
        return false;
    bool inside = b->value[first + i] < 0;
    for (i = 0; i < n; i++) {
        float *v = &b->value[first + i];
        if (b->near[first + i] != NOBODY)
            inside = *v < 0;
        else
            *v = inside ? -HUGE_VALF : HUGE_VALF;
        *v = (double)*v > b->outside_mm ? (float)b->outside_mm : *v;
        *v = (double)*v < -b->inside_mm ? (float)-b->inside_mm : *v;
    }
    return true;
}

static void copy_row(const struct band *b, size_t to, size_t from)
{
    for (size_t i = 0; i < b->grid.dim[0]; i++)
        b->value[to + i] = b->value[from + i] < 0 ? (float)-b->inside_mm : (float)b->outside_mm;
}

/* Rows without a sample of the band are like any row beside them that is filled. */
static void fill_empty_rows(const struct band *b, uint8_t *filled)
{
    const size_t *dim = b->grid.dim, rows = dim[1] * dim[2];
    for (int pass = 0; pass < 4; pass++) /* along j, back; along k, back */
        for (size_t n = 0; n < rows; n++) {
            const size_t row = pass & 1 ? rows - 1 - n : n, step = pass < 2 ? 1 : dim[1];
            const size_t at = pass < 2 ? row % dim[1] : row / dim[1];
            const size_t last = (pass < 2 ? dim[1] : dim[2]) - 1;
            if (filled[row] || at == (pass & 1 ? last : 0))
                continue;
            const size_t from = pass & 1 ? row + step : row - step;
            if (!filled[from])
                continue;
            copy_row(b, row * dim[0], from * dim[0]);
            filled[row] = 1;
        }
}

static bool fill_rest(const struct band *b, struct nw_err *err)
{
    const size_t rows = b->grid.dim[1] * b->grid.dim[2];
    NW_AUTOFREE uint8_t *filled = NW_ALLOC(uint8_t, rows, err);
    if (!filled)
        return false;
    NW_PARALLEL_FOR
    for (size_t row = 0; row < rows; row++)
        filled[row] = fill_row(b, row * b->grid.dim[0]);
    fill_empty_rows(b, filled);
    if (filled[0])
        return true;
    const nw_vec3 p = b->grid.origin_mm; /* nothing is near: all is on one side */
    double d;
    nw_solid_distances(b->solid, &p.x, &p.y, &p.z, 1, &d);
    for (size_t at = 0; at < nw_grid_count(&b->grid); at++)
        b->value[at] = d < 0 ? (float)-b->inside_mm : (float)b->outside_mm;
    return true;
}

/* ---- */

bool nw_band_check(const struct nw_grid *grid, double outside_mm, double inside_mm,
                   struct nw_err *err)
{
    const nw_vec3 step = nw_grid_spacing(grid);
    if (!nw_grid_check(grid, err))
        return false;
    if (!nw_grid_is_straight(grid) || fabs(step.x - step.y) > 1e-6 * step.x ||
        fabs(step.x - step.z) > 1e-6 * step.x)
        return nw_fail(err, NW_ERR_ARGUMENT, "the grid of distances must have cubic cells");
    if (!(isfinite(outside_mm) && isfinite(inside_mm) && outside_mm >= 2 * step.x &&
          inside_mm >= 2 * step.x))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the band of distances must be at least two cells wide on each side");
    if (nw_grid_count(grid) > (size_t)1 << 27)
        return nw_fail(err, NW_ERR_LIMIT, "the grid of distances is too fine for its box");
    return true;
}

static bool check(const struct nw_solid *solid, const struct nw_grid *grid, double outside_mm,
                  double inside_mm, struct nw_err *err)
{
    if (!nw_solid_facts(solid).closed)
        return nw_fail(err, NW_ERR_ARGUMENT, "the distances of an open mesh are not sampled");
    return nw_band_check(grid, outside_mm, inside_mm, err);
}

static void list_around(struct band *b)
{
    size_t n = 0;
    const ptrdiff_t line = (ptrdiff_t)b->grid.dim[0], layer = line * (ptrdiff_t)b->grid.dim[1];
    for (ptrdiff_t k = -1; k <= 1; k++)
        for (ptrdiff_t j = -1; j <= 1; j++)
            for (ptrdiff_t i = -1; i <= 1; i++)
                if (i || j || k)
                    b->around[n++] = i + line * j + layer * k;
}

bool nw_solid_band(const struct nw_solid *solid, const struct nw_grid *grid, double outside_mm,
                   double inside_mm, struct nw_volume *out, struct nw_err *err)
{
    struct nw_volume vol = {0};
    if (!check(solid, grid, outside_mm, inside_mm, err) ||
        !nw_volume_init_unset(&vol, NW_VOXEL_F32, grid, err))
        return false;
    NW_AUTOFREE uint32_t *near = NW_ALLOC_UNSET(uint32_t, nw_grid_count(grid), err);
    struct band b = {.solid = solid,
                     .mesh = nw_solid_mesh(solid),
                     .grid = *grid,
                     .inverse = nw_grid_invert(grid),
                     .cell_mm = nw_length(grid->step_mm[0]),
                     .outside_mm = outside_mm,
                     .inside_mm = inside_mm,
                     .near = near,
                     .value = vol.f32};
    list_around(&b);
    if (near && seed(&b, err) && hand_on(&b, err) && fill_rest(&b, err)) {
        *out = vol;
        return true;
    }
    nw_volume_release(&vol);
    return false;
}
