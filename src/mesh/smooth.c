/* mesh/smooth.c -- Taubin's low-pass with a bound; see simplify.h. */
#include "mesh/simplify.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/bvh_priv.h"
#include "mesh/sort_priv.h"

enum { BLOCK = 4096, ITERATIONS = 10 };

/* Taubin (1995): a step in and a larger one out leave the low frequencies where they are. */
static const double LAMBDA = 0.5, MU = -0.53;

/* The triangles around each vertex: corner h = 3 t + k, at first[v] .. first[v + 1]. */
struct corners {
    size_t *first;
    uint32_t *at;
};

static void corners_release(struct corners *c)
{
    nw_free(c->first);
    nw_free(c->at);
}

static bool corners_init(struct corners *c, const struct nw_mesh *m, struct nw_err *err)
{
    c->first = NW_ALLOC(size_t, m->vert_count + 2, err);
    if (c->first)
        c->at = NW_ALLOC_UNSET(uint32_t, 3 * m->tri_count, err);
    if (!c->at) {
        corners_release(c);
        return false;
    }
    size_t *const end = c->first + 1;
    for (size_t t = 0; t < m->tri_count; t++)
        for (int k = 0; k < 3; k++)
            end[m->tri[t][k] + 1]++;
    for (size_t v = 0; v < m->vert_count; v++)
        end[v + 1] += end[v];
    for (size_t t = 0; t < m->tri_count; t++)
        for (uint32_t k = 0; k < 3; k++)
            c->at[end[m->tri[t][k]]++] = (uint32_t)(3 * t) + k;
    return true;
}

/* The mean of v's neighbours. On a closed fan each comes up twice, so weighs the same. */
static nw_vec3 mean_around(const struct nw_mesh *m, const struct corners *c, size_t v,
                           const nw_vec3 *pos)
{
    nw_vec3 sum = {0, 0, 0};
    for (size_t i = c->first[v]; i < c->first[v + 1]; i++) {
        const uint32_t *tri = m->tri[c->at[i] / 3];
        const uint32_t k = c->at[i] % 3;
        sum = nw_add(sum, nw_add(pos[tri[(k + 1) % 3]], pos[tri[(k + 2) % 3]]));
    }
    const size_t n = c->first[v + 1] - c->first[v];
    return n ? nw_scale(sum, 0.5 / (double)n) : pos[v];
}

/* p, or where the way from `home` to p leaves the ball around it. */
static nw_vec3 within(nw_vec3 p, nw_vec3 home, double bound_mm)
{
    const nw_vec3 way = nw_sub(p, home);
    const double len = nw_length(way);
    return len > bound_mm ? nw_along(home, way, bound_mm / len) : p;
}

static void step(const struct nw_mesh *m, const struct corners *c, double factor,
                 double bound_mm, const nw_vec3 *from, nw_vec3 *to)
{
    const size_t verts = m->vert_count;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < (verts + BLOCK - 1) / BLOCK; b++)
        for (size_t v = b * BLOCK; v < verts && v < (b + 1) * BLOCK; v++) {
            const nw_vec3 way = nw_sub(mean_around(m, c, v, from), from[v]);
            to[v] = within(nw_along(from[v], way, factor), m->pos_mm[v], bound_mm);
        }
}

/* Both ways: each vertex to the other surface. */
static bool measure(const struct nw_mesh *was, const struct nw_mesh *is, struct nw_moved *out,
                    struct nw_err *err)
{
    const size_t n = was->vert_count;
    NW_AUTO(nw_bvh) old = {.top = -1};
    NW_AUTO(nw_bvh) new = {.top = -1};
    NW_AUTOFREE uint64_t *key = NW_ALLOC_UNSET(uint64_t, 2 * n, err);
    NW_AUTOFREE uint64_t *spare = key ? NW_ALLOC_UNSET(uint64_t, 2 * n, err) : NULL;
    if (!spare || !nw_bvh_init(&old, was, NULL, err) || !nw_bvh_init(&new, is, NULL, err))
        return false;
    NW_PARALLEL_FOR
    for (size_t v = 0; v < n; v++) {
        struct nw_nearest to_new = {0}, to_old = {0};
        (void)nw_bvh_nearest(&new, was->pos_mm[v], HUGE_VAL, &to_new);
        (void)nw_bvh_nearest(&old, is->pos_mm[v], HUGE_VAL, &to_old);
        memcpy(&key[v], &to_new.distance_mm, sizeof *key);
        memcpy(&key[n + v], &to_old.distance_mm, sizeof *key);
    }
    if (!nw_sort_bits(key, spare, 2 * n, 0, 64, err)) /* positive doubles sort as their bits */
        return false;
    double sum = 0, d = 0;
    for (size_t i = 0; i < 2 * n; i++) {
        memcpy(&d, &key[i], sizeof d);
        sum += d;
        if (i <= 2 * n * 95 / 100)
            out->p95_mm = d;
    }
    out->mean_mm = n ? sum / (double)(2 * n) : 0;
    out->max_mm = d;
    const double before = nw_mesh_volume_mm3(was), after = nw_mesh_volume_mm3(is);
    out->volume_percent = before != 0 ? 100 * (after - before) / before : 0;
    out->triangles_before = out->triangles_after = was->tri_count;
    return true;
}

static bool smooth(const struct nw_mesh *mesh, const struct nw_smooth_opts *opts,
                   struct nw_mesh *is, nw_vec3 *half, struct nw_err *err)
{
    struct corners c = {0};
    if (!corners_init(&c, mesh, err))
        return false;
    const int iterations = opts->iterations ? opts->iterations : ITERATIONS;
    bool ok = true;
    for (int i = 0; i < iterations && ok; i++) {
        step(mesh, &c, LAMBDA, opts->bound_mm, is->pos_mm, half);
        step(mesh, &c, MU, opts->bound_mm, half, is->pos_mm);
        ok = nw_progress((size_t)i + 1, (size_t)iterations);
    }
    corners_release(&c);
    return ok || nw_fail_cancelled(err);
}

static bool check_input(const struct nw_mesh *mesh, const struct nw_smooth_opts *opts,
                        struct nw_err *err)
{
    if (!(opts->bound_mm > 0) || !isfinite(opts->bound_mm))
        return nw_fail(err, NW_ERR_ARGUMENT, "the bound must be above 0 mm");
    if (opts->iterations < 0 || opts->iterations > 1000)
        return nw_fail(err, NW_ERR_ARGUMENT, "smoothing takes 1 to 1000 iterations");
    if (mesh->tri_count >= UINT32_MAX / 3)
        return nw_fail(err, NW_ERR_LIMIT, "a mesh of %zu triangles is too large for this step",
                       mesh->tri_count);
    for (size_t v = 0; v < mesh->vert_count; v++)
        if (!nw_finite3(mesh->pos_mm[v]))
            return nw_fail(err, NW_ERR_DATA, "vertex %zu of the mesh is not a finite place", v);
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            if (mesh->tri[t][k] >= mesh->vert_count)
                return nw_fail(err, NW_ERR_DATA,
                               "triangle %zu names a vertex that is not there", t);
    return true;
}

bool nw_mesh_smooth_inplace(struct nw_mesh *mesh, const struct nw_smooth_opts *opts,
                            struct nw_moved *moved, struct nw_err *err)
{
    if (!check_input(mesh, opts, err))
        return false;
    NW_AUTOFREE nw_vec3 *pos = NW_ALLOC_UNSET(nw_vec3, mesh->vert_count, err);
    NW_AUTOFREE nw_vec3 *half = pos ? NW_ALLOC_UNSET(nw_vec3, mesh->vert_count, err) : NULL;
    if (!half)
        return false;
    struct nw_mesh is = *mesh; /* the same triangles, other places */
    struct nw_moved found = {0};
    is.pos_mm = pos;
    if (mesh->vert_count)
        memcpy(pos, mesh->pos_mm, mesh->vert_count * sizeof *pos);
    if (!smooth(mesh, opts, &is, half, err) || !measure(mesh, &is, &found, err))
        return false;
    if (mesh->vert_count)
        memcpy(mesh->pos_mm, pos, mesh->vert_count * sizeof *pos);
    mesh->tol_mm += opts->bound_mm;
    *moved = found;
    return true;
}
