/* strength/elastic.c -- from a field to voxels, and their equilibrium: see elastic.h. */
#include "strength/elastic.h"

#include <math.h>
#include <string.h>

#include "core/parallel.h"
#include "strength/elastic_priv.h"
#include "strength/element_priv.h"

static const double MOST_CELLS = 67108864;                      /* 2^26 */
static const float LEAST_SHARE = 1.0F / 64, FULL_SHARE = 0.99F; /* rounded to 0 and 1 */
static const double FITS = 1e-3; /* cells: a box that is whole but for this stays so */
static const double TOLERANCE = 1e-6;
enum { WORTH = 8000 }; /* nodes from which threads are worth waking */
enum { DEGREE = 3, COARSEST_DEGREE = 24, MOST_ROUNDS = 2000 };

/* ---- voxels ---- */

/* How much of each part of a cube is filled, cut by a plane across it. Returns their mean. */
static double shares_of(const struct nw_tape *tape, nw_vec3 middle, double cell,
                        double share[NW_CUBE_PARTS])
{
    nw_vec3 point[NW_CUBE_PARTS];
    const double step = cell / NW_CUBE_CUTS, from = -0.5 * (NW_CUBE_CUTS - 1) * step;
    double sum = 0;
    for (int k = 0; k < NW_CUBE_PARTS; k++)
        point[k] =
            nw_add(middle, nw_v3(from + k % NW_CUBE_CUTS * step,
                                 from + k / NW_CUBE_CUTS % NW_CUBE_CUTS * step,
                                 from + (double)(k / NW_CUBE_CUTS / NW_CUBE_CUTS) * step));
    nw_tape_values(tape, point, NW_CUBE_PARTS, share);
    for (int k = 0; k < NW_CUBE_PARTS; k++) {
        share[k] = fmin(fmax(0.5 - share[k] / step, 0), 1);
        sum += share[k];
    }
    return sum / NW_CUBE_PARTS;
}

static double share_of(const struct nw_tape *tape, nw_vec3 middle, double cell)
{
    double share[NW_CUBE_PARTS];
    return shares_of(tape, middle, cell, share);
}

struct filling {
    const struct nw_elastic *e;
    const struct nw_tape *tape;
};

static void parts(const void *user, size_t x, size_t y, size_t z, double share[64])
{
    const struct filling *f = user;
    (void)shares_of(f->tape, nw_cube_middle(f->e, x, y, z), f->e->cell_mm, share);
}

static void fill_plane(struct nw_elastic *e, const struct nw_tape *tape, size_t z,
                       nw_vec3 *point, double *value)
{
    const struct nw_level *l = &e->level[0];
    const double reach = 0.87 * e->cell_mm; /* half the diagonal, and some */
    for (size_t y = 0; y < l->n[1]; y++) {
        for (size_t x = 0; x < l->n[0]; x++)
            point[x] = nw_cube_middle(e, x, y, z);
        nw_tape_values(tape, point, l->n[0], value);
        for (size_t x = 0; x < l->n[0]; x++) {
            const double share = value[x] < -reach  ? 1
                                 : value[x] > reach ? 0
                                                    : share_of(tape, point[x], e->cell_mm);
            const float kept = (float)share;
            l->share[nw_cube_at(l, x, y, z)] = kept < LEAST_SHARE  ? 0
                                               : kept > FULL_SHARE ? 1
                                                                   : kept;
        }
    }
}

static bool fill(struct nw_elastic *e, const struct nw_tape *tape, struct nw_err *err)
{
    const struct filling filling = {e, tape};
    struct nw_level *l = &e->level[0];
    const size_t wide = l->n[0], deep = l->n[2];
    NW_AUTOFREE nw_vec3 *point = NW_ALLOC(nw_vec3, wide * deep, err);
    NW_AUTOFREE double *value = point ? NW_ALLOC(double, wide *deep, err) : NULL;
    if (!value)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t z = 0; z < deep; z++)
        fill_plane(e, tape, z, &point[z * wide], &value[z * wide]);
    for (size_t i = 0; i < wide * l->n[1] * deep; i++) {
        e->cells += l->share[i] > 0;
        e->volume_mm3 += (double)l->share[i] * e->cell_mm * e->cell_mm * e->cell_mm;
    }
    return (e->cells > 0 || nw_fail(err, NW_ERR_GEOMETRY, "nothing is inside the solid")) &&
           nw_level_cut(l, e->poisson, parts, &filling, err);
}

struct nw_elastic *nw_elastic_new(const struct nw_tape *solid, nw_box box, double cell_mm,
                                  double young_mpa, double poisson, struct nw_err *err)
{
    const nw_vec3 size = nw_box_size(box);
    const double n[3] = {ceil(size.x / cell_mm - FITS), ceil(size.y / cell_mm - FITS),
                         ceil(size.z / cell_mm - FITS)};
    if (!(cell_mm > 0) || !(young_mpa > 0) || !(poisson >= 0 && poisson <= 0.49)) {
        nw_fail(err, NW_ERR_ARGUMENT,
                "cells and modulus must be above 0 and Poisson's ratio within 0 to 0.49");
        return NULL;
    }
    if (!(n[0] >= 1 && n[1] >= 1 && n[2] >= 1 && n[0] * n[1] * n[2] <= MOST_CELLS)) {
        nw_fail(err, NW_ERR_LIMIT,
                "%.3g x %.3g x %.3g cells of %g mm; up to %.0f million are possible", n[0],
                n[1], n[2], cell_mm, MOST_CELLS / 1e6);
        return NULL;
    }
    const size_t count[3] = {(size_t)n[0], (size_t)n[1], (size_t)n[2]};
    struct nw_elastic *e = NW_ALLOC(struct nw_elastic, 1, err);
    if (!e)
        return NULL;
    /* The grid lies about the box's middle, so that what is symmetric stays so. */
    const nw_vec3 half = nw_scale(nw_v3(n[0], n[1], n[2]), cell_mm / 2);
    e->origin_mm = nw_sub(nw_scale(nw_add(box.min, box.max), 0.5), half);
    e->cell_mm = cell_mm;
    e->young_mpa = young_mpa;
    e->poisson = poisson;
    static const double cube[3] = {1, 1, 1};
    const bool ok =
        nw_level_init(&e->level[0], count, cube, young_mpa * cell_mm, poisson, err) &&
        (e->fixed = NW_ALLOC(uint8_t, e->level[0].nodes, err)) != NULL &&
        (e->moved = NW_ALLOC(double, 3 * e->level[0].nodes, err)) != NULL &&
        (e->force = NW_ALLOC(double, 3 * e->level[0].nodes, err)) != NULL &&
        fill(e, solid, err);
    if (ok)
        return e;
    nw_elastic_free(e);
    return NULL;
}

void nw_elastic_free(struct nw_elastic *e)
{
    if (!e)
        return;
    for (int k = 0; k < NW_ELASTIC_LEVELS; k++)
        nw_level_release(&e->level[k]);
    nw_free(e->fixed);
    nw_free(e->moved);
    nw_free(e->force);
    nw_free(e);
}

size_t nw_elastic_cells(const struct nw_elastic *e)
{
    return e->cells;
}

double nw_elastic_volume_mm3(const struct nw_elastic *e)
{
    return e->volume_mm3;
}

/* ---- what holds and pulls ---- */

/* An eighth of the filled share of each cube about a node: its part of the material. */
static double material_at(const struct nw_level *l, size_t x, size_t y, size_t z)
{
    double sum = 0;
    for (size_t a = 0; a < 8; a++) {
        const size_t cx = x - (a & 1), cy = y - (a >> 1 & 1), cz = z - (a >> 2);
        if (cx < l->n[0] && cy < l->n[1] && cz < l->n[2])
            sum += (double)l->share[nw_cube_at(l, cx, cy, cz)] / 8;
    }
    return sum;
}

/* Calls `at` for each node of the region that has material. */
typedef void node_fn(void *user, size_t node, double material);
static void each_node(const struct nw_elastic *e, const struct nw_elastic_region *region,
                      node_fn *at, void *user)
{
    const struct nw_level *l = &e->level[0];
    for (size_t z = 0; z <= l->n[2]; z++)
        for (size_t y = 0; y <= l->n[1]; y++)
            for (size_t x = 0; x <= l->n[0]; x++) {
                const nw_vec3 p =
                    nw_along(e->origin_mm, nw_v3((double)x, (double)y, (double)z), e->cell_mm);
                if (!region->inside(region->user, p))
                    continue;
                const double material = material_at(l, x, y, z);
                if (material > 0)
                    at(user, nw_node_at(l, x, y, z), material);
            }
}

struct gathering {
    struct nw_elastic *e;
    const struct nw_elastic *seen;
    size_t count;
    double material;
    nw_vec3 force, moved;
};

static void fix_node(void *user, size_t node, double material)
{
    struct gathering *g = user;
    (void)material;
    g->e->fixed[node] = 1;
    g->count++;
}

size_t nw_elastic_fix(struct nw_elastic *e, const struct nw_elastic_region *region)
{
    struct gathering g = {.e = e};
    each_node(e, region, fix_node, &g);
    e->ready = e->ready && g.count == 0;
    return g.count;
}

static void weigh_node(void *user, size_t node, double material)
{
    struct gathering *g = user;
    (void)node;
    g->count++;
    g->material += material;
}

static void pull_node(void *user, size_t node, double material)
{
    struct gathering *g = user;
    double *f = &g->e->force[3 * node];
    f[0] += material * g->force.x;
    f[1] += material * g->force.y;
    f[2] += material * g->force.z;
}

size_t nw_elastic_pull(struct nw_elastic *e, const struct nw_elastic_region *region,
                       nw_vec3 force_n)
{
    struct gathering g = {.e = e};
    each_node(e, region, weigh_node, &g);
    if (g.count == 0)
        return 0;
    g.force = nw_scale(force_n, 1 / g.material);
    each_node(e, region, pull_node, &g);
    return g.count;
}

void nw_elastic_let_go(struct nw_elastic *e)
{
    memset(e->force, 0, 3 * e->level[0].nodes * sizeof *e->force);
    memset(e->moved, 0, 3 * e->level[0].nodes * sizeof *e->moved);
}

/* ---- equilibrium ---- */

/* Marks what hangs together with a fixed node; fails when something pulled does not. */
static bool all_is_held(const struct nw_elastic *e, struct nw_err *err)
{
    const struct nw_level *l = &e->level[0];
    const size_t step[3] = {1, l->n[0] + 1, (l->n[0] + 1) * (l->n[1] + 1)};
    NW_AUTOFREE uint8_t *seen = NW_ALLOC(uint8_t, l->nodes, err);
    NW_AUTOFREE uint32_t *todo = seen ? NW_ALLOC(uint32_t, l->nodes, err) : NULL;
    size_t count = 0, done = 0;
    if (!todo)
        return false;
    for (size_t i = 0; i < l->nodes; i++)
        if (e->fixed[i]) {
            seen[i] = 1;
            todo[count++] = (uint32_t)i;
        }
    while (done < count) {
        const size_t node = todo[done++];
        const size_t x = node % step[1], y = node / step[1] % (l->n[1] + 1), z = node / step[2];
        for (size_t a = 0; a < 8; a++) { /* each cube about it, then the cube's nodes */
            const size_t cx = x - (a & 1), cy = y - (a >> 1 & 1), cz = z - (a >> 2);
            if (!(cx < l->n[0] && cy < l->n[1] && cz < l->n[2]) ||
                l->share[nw_cube_at(l, cx, cy, cz)] <= 0)
                continue;
            for (size_t b = 0; b < 8; b++) {
                const size_t other =
                    nw_node_at(l, cx + (b & 1), cy + (b >> 1 & 1), cz + (b >> 2));
                if (!seen[other]) {
                    seen[other] = 1;
                    todo[count++] = (uint32_t)other;
                }
            }
        }
    }
    for (size_t i = 0; i < 3 * l->nodes; i++)
        if (e->force[i] != 0 && !seen[i / 3])
            return nw_fail(err, NW_ERR_GEOMETRY,
                           "what is pulled is not held: no way through the material leads from "
                           "it to a fixed place");
    return true;
}

/* Levels until one is so small that the polynomial alone solves it. */
static bool prepare(struct nw_elastic *e, struct nw_err *err)
{
    if (e->ready)
        return true;
    for (int k = 1; k < e->levels; k++)
        nw_level_release(&e->level[k]);
    e->levels = 1;
    nw_level_prepare(&e->level[0], e->fixed);
    while (e->levels < NW_ELASTIC_LEVELS && e->level[e->levels - 1].nodes > 300) {
        if (!nw_level_coarsen(&e->level[e->levels - 1], e->poisson, &e->level[e->levels],
                              err)) {
            nw_level_release(&e->level[e->levels]);
            return false;
        }
        e->levels++;
    }
    e->ready = true;
    return true;
}

/* x = about inverse * r on this level. Symmetric, as conjugate gradients need. */
static void cycle(struct nw_elastic *e, int k, double *x, const double *r, double *scratch)
{
    const struct nw_level *l = &e->level[k];
    if (k == e->levels - 1) {
        nw_level_smooth(l, x, r, l->t, COARSEST_DEGREE, true, scratch);
        return;
    }
    const struct nw_level *below = &e->level[k + 1];
    const size_t count = 3 * l->nodes;
    nw_level_smooth(l, x, r, l->t, DEGREE, true, scratch);
    nw_level_times(l, x, l->t);
    NW_PARALLEL_FOR_IF(l->nodes > WORTH)
    for (size_t i = 0; i < count; i++)
        l->t[i] = r[i] - l->t[i];
    nw_level_restrict(l, l->t, below, below->r);
    cycle(e, k + 1, below->x, below->r, scratch);
    nw_level_prolong(below, below->x, l, x);
    nw_level_smooth(l, x, r, l->t, DEGREE, false, scratch);
}

struct gradients {
    double *r, *z, *p, *q, *scratch;
};

/* How often 1 was halved to get here. */
static size_t halvings(double residual)
{
    int power;
    (void)frexp(residual, &power);
    return power > 0 ? 0 : power < -19 ? 19 : (size_t)-power;
}

static bool iterate(struct nw_elastic *e, struct gradients *g, struct nw_elastic_solved *out,
                    struct nw_err *err)
{
    const struct nw_level *l = &e->level[0];
    const size_t count = 3 * l->nodes;
    double *x = e->moved;
    memset(x, 0, count * sizeof *x);
    for (size_t i = 0; i < count; i++)
        g->r[i] = l->moves[i / 3] ? e->force[i] : 0;
    const double whole = sqrt(nw_level_dot(l, g->r, g->r));
    double old = 0;
    *out = (struct nw_elastic_solved){0, 0};
    for (; whole > 0; out->rounds++) {
        out->residual = sqrt(nw_level_dot(l, g->r, g->r)) / whole;
        if (out->residual <= TOLERANCE)
            return true;
        if (out->rounds == MOST_ROUNDS)
            return nw_fail(err, NW_ERR_LIMIT,
                           "the forces are still off by %.2g of themselves after %d rounds; "
                           "something may hang by too little material",
                           out->residual, MOST_ROUNDS);
        if (!nw_progress(halvings(out->residual), 20)) /* 2^-20 is about the tolerance */
            return nw_fail_cancelled(err);
        cycle(e, 0, g->z, g->r, g->scratch);
        const double now = nw_level_dot(l, g->r, g->z), keep = out->rounds > 0 ? now / old : 0;
        NW_PARALLEL_FOR_IF(l->nodes > WORTH)
        for (size_t i = 0; i < count; i++)
            g->p[i] = g->z[i] + keep * g->p[i];
        nw_level_times(l, g->p, g->q);
        const double step = now / nw_level_dot(l, g->p, g->q);
        NW_PARALLEL_FOR_IF(l->nodes > WORTH)
        for (size_t i = 0; i < count; i++) {
            x[i] += step * g->p[i];
            g->r[i] -= step * g->q[i];
        }
        old = now;
    }
    return true;
}

bool nw_elastic_solve(struct nw_elastic *e, struct nw_elastic_solved *out, struct nw_err *err)
{
    const size_t count = 3 * e->level[0].nodes;
    if (!all_is_held(e, err) || !prepare(e, err))
        return false;
    NW_AUTOFREE double *room = NW_ALLOC(double, 5 * count, err);
    if (!room)
        return false;
    struct gradients g = {room, &room[count], &room[2 * count], &room[3 * count],
                          &room[4 * count]};
    return iterate(e, &g, out, err);
}

/* ---- what comes of it ---- */

static void gather_move(void *user, size_t node, double material)
{
    struct gathering *g = user;
    const double *u = &g->seen->moved[3 * node];
    g->material += material;
    g->moved = nw_along(g->moved, nw_v3(u[0], u[1], u[2]), material);
}

nw_vec3 nw_elastic_moved(const struct nw_elastic *e, const struct nw_elastic_region *region)
{
    struct gathering g = {.seen = e};
    each_node(e, region, gather_move, &g);
    return g.material > 0 ? nw_scale(g.moved, 1 / g.material) : g.moved;
}

double nw_elastic_largest_move(const struct nw_elastic *e)
{
    double most = 0;
    for (size_t i = 0; i < e->level[0].nodes; i++) {
        const double *u = &e->moved[3 * i];
        most = fmax(most, u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
    }
    return sqrt(most);
}

double nw_elastic_work(const struct nw_elastic *e)
{
    return nw_level_dot(&e->level[0], e->force, e->moved);
}
