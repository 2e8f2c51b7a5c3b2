/*
 * field/surface_fit.c -- sharp edges: crossings refined with the field itself, and each
 * vertex where the tangent planes at its cell's crossings meet best (quadratic error function
 * with small singular values left out, after Ju, Losasso, Schaefer, Warren 2002).
 */
#include <string.h>

#include "core/parallel.h"
#include "field/eigen_priv.h"
#include "field/surface_priv.h"

/* Singular values squared, relative to the largest, below which a direction is smooth. */
static const double SMOOTH = 0.1;

/* Of a cell: a value that is as good as 0. */
static const double CLOSE = 1e-6;

static nw_vec3 place_on_edge(const struct source *s, const size_t p[3], int axis, double t)
{
    double at[3] = {(double)p[0], (double)p[1], (double)p[2]};
    at[axis] += t;
    return nw_source_place(s, at[0], at[1], at[2]);
}

/* Bracketed secants (the "Illinois" regula falsi), which one step ends for a plane. */
static struct hit refined(const struct source *s, const size_t p[3], int axis)
{
    enum { STEPS = 12 };
    struct hit hit = {.t = 0.5F};
    if (p[axis] == 0 || p[axis] == s->dim[axis])
        return hit; /* where the lattice ends, without a normal */
    const struct nw_lattice *l = s->lattice;
    const double close_mm = CLOSE * nw_length(s->grid.step_mm[axis]);
    size_t q[3] = {p[0] - 1, p[1] - 1, p[2] - 1};
    double low = 0, high = 1, at_low = -(double)nw_source_value(s, q[0], q[1], q[2]);
    q[axis]++;
    double at_high = -(double)nw_source_value(s, q[0], q[1], q[2]);
    nw_vec3 g = nw_v3(0, 0, 0);
    for (int n = 0, side = 0; n < STEPS; n++) {
        double t = (at_low * high - at_high * low) / (at_low - at_high);
        if (!(t >= low && t <= high))
            t = (low + high) / 2;
        const nw_vec3 at = place_on_edge(s, p, axis, t);
        const double v = l->value ? l->value(l->user, at) : l->gradient(l->user, at, &g);
        hit.t = (float)t;
        if (!(fabs(v) > close_mm))
            break;
        if ((v < 0) == (at_low < 0)) {
            low = t;
            at_low = v;
            at_high = side == -1 ? at_high / 2 : at_high;
            side = -1;
        } else {
            high = t;
            at_high = v;
            at_low = side == 1 ? at_low / 2 : at_low;
            side = 1;
        }
    }
    if (l->value)
        (void)l->gradient(l->user, place_on_edge(s, p, axis, (double)hit.t), &g);
    hit.t = kept_off(hit.t, s->margin);
    const nw_vec3 unit = nw_unit(g);
    if (nw_finite3(unit)) {
        hit.normal[0] = (float)unit.x;
        hit.normal[1] = (float)unit.y;
        hit.normal[2] = (float)unit.z;
    }
    return hit;
}

static void find_row(struct work *w, size_t row)
{
    const size_t j = row % (w->dim[1] - 1), k = row / (w->dim[1] - 1);
    size_t edge = w->row_edge[row];
    for (size_t c = w->row_cell[row]; c < w->row_cell[row + 1]; c++) {
        const struct cell cell = w->cell[c];
        const size_t p[3] = {cell.i, j, k};
        if (cell.flags & CELL_LOOP)
            continue;
        w->first_edge[c] = (uint32_t)edge;
        for (int axis = 0; axis < 3; axis++)
            if (edge_is_crossed(cell.code, 4 * axis))
                w->hit[edge++] = refined(&w->src, p, axis);
    }
}

bool nw_work_find_hits(struct work *w, struct nw_err *err)
{
    w->inverse = nw_grid_invert(&w->src.grid);
    w->first_edge = NW_ALLOC_UNSET(uint32_t, w->cell_count, err);
    if (w->first_edge)
        w->hit = NW_ALLOC_UNSET(struct hit, w->edge_count, err);
    if (!w->hit)
        return false;
    enum { SLABS = 16 }; /* between looks at the clock */
    for (size_t first = 0; first < w->slab_count; first += SLABS) {
        const size_t end = first + SLABS < w->slab_count ? first + SLABS : w->slab_count;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t n = first; n < end; n++)
            for (size_t r = w->slab[n].first_row; r < w->slab[n].end_row; r++)
                find_row(w, r);
        if (!nw_progress(2 * w->slab_count + end, 4 * w->slab_count))
            return nw_fail_cancelled(err);
    }
    return true;
}

/* The hit on the edge from padded sample p. */
static const struct hit *hit_at(const struct work *w, const size_t p[3], int axis)
{
    const size_t c = nw_work_find(w, p[1] + (w->dim[1] - 1) * p[2], p[0]);
    assert(c != SIZE_MAX);
    size_t edge = w->first_edge[c];
    for (int a = 0; a < axis; a++)
        edge += edge_is_crossed(w->cell[c].code, 4 * a);
    return &w->hit[edge];
}

float nw_work_crossing(const struct work *w, const size_t p[3], int axis)
{
    return w->hit ? hit_at(w, p, axis)->t : nw_source_crossing(&w->src, p, axis);
}

/* A cell's crossings. */
struct crossings {
    int count;
    nw_vec3 place[12], normal[12];
    nw_vec3 mean;
};

static void gather(const struct work *w, size_t row, size_t cell, struct crossings *x)
{
    const size_t p[3] = {w->cell[cell].i, row % (w->dim[1] - 1), row / (w->dim[1] - 1)};
    x->count = 0;
    x->mean = nw_v3(0, 0, 0);
    for (int e = 0; e < 12; e++) {
        if (!edge_is_crossed(w->cell[cell].code, e))
            continue;
        const int axis = e >> 2, n = x->count++;
        size_t q[3];
        edge_start(p, e, q);
        const struct hit *h = hit_at(w, q, axis);
        x->place[n] = place_on_edge(&w->src, q, axis, (double)h->t);
        x->normal[n] = nw_v3((double)h->normal[0], (double)h->normal[1], (double)h->normal[2]);
        x->mean = nw_add(x->mean, x->place[n]);
    }
    x->mean = nw_scale(x->mean, 1 / (double)x->count);
}

/* Where the planes meet best, as near to the mean as they leave open. Returns in how many
 * directions they fix it. */
static int meet(const struct crossings *x, nw_vec3 *out)
{
    double a[3][3] = {{0}}, b[3] = {0};
    for (int n = 0; n < x->count; n++) {
        const double m[3] = {x->normal[n].x, x->normal[n].y, x->normal[n].z};
        const double d = nw_dot(x->normal[n], nw_sub(x->place[n], x->mean));
        for (int r = 0; r < 3; r++) {
            b[r] += m[r] * d;
            for (int c = 0; c < 3; c++)
                a[r][c] += m[r] * m[c];
        }
    }
    const struct eigen3 e = eigen3_of(a);
    const double largest = fmax(e.value[0], fmax(e.value[1], e.value[2]));
    int rank = 0;
    *out = x->mean;
    for (int n = 0; n < 3; n++) {
        if (!(e.value[n] > SMOOTH * largest))
            continue;
        rank++;
        const double *v = e.vector[n];
        const double along = (v[0] * b[0] + v[1] * b[1] + v[2] * b[2]) / e.value[n];
        *out = nw_along(*out, nw_v3(v[0], v[1], v[2]), along);
    }
    return rank;
}

/* One step of Newton's onto a smooth surface. */
static nw_vec3 drawn_near(const struct nw_lattice *l, nw_vec3 p)
{
    nw_vec3 g;
    const double v = l->gradient(l->user, p, &g), g2 = nw_length2(g);
    const nw_vec3 q = nw_along(p, g, -v / g2);
    return g2 > 0 && nw_finite3(q) ? q : p;
}

void nw_work_fit_cell(const struct work *w, size_t row, size_t cell, float at[3])
{
    struct crossings x;
    gather(w, row, cell, &x);
    nw_vec3 place;
    if (meet(&x, &place) == 1)
        place = drawn_near(w->src.lattice, place);
    const nw_ijk p = nw_grid_index(&w->inverse, place);
    const size_t c[3] = {w->cell[cell].i, row % (w->dim[1] - 1), row / (w->dim[1] - 1)};
    const double index[3] = {p.i, p.j, p.k};
    for (int a = 0; a < 3; a++) {
        const bool border = c[a] == 0 || c[a] == w->dim[a] - 2;
        const double in_cell = index[a] + 1 - (double)w->src.lo[a] - (double)c[a];
        at[a] = border ? 0.5F : kept_off((float)in_cell, w->src.margin);
    }
}
