/*
 * anatomy/untangle.c -- see untangle_priv.h. The whole mesh is looked at once; afterwards only
 * the neighbourhood of what was taken back can have changed.
 */
#include "anatomy/untangle_priv.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/check.h"

enum { FOLD_ROUNDS = 6, ROUNDS = 12, CHUNK = 4096 };
static const double FOLD_COSINE = 0.35;

struct tangle {
    struct nw_mesh *mesh;
    const nw_vec3 *before;
    uint8_t *crossing; /* a triangle's */
    uint8_t *back;     /* a vertex's: 1 it has been taken back, 2 in this round */
};

static nw_vec3 normal_of(const nw_vec3 *pos, const uint32_t tri[3])
{
    return nw_cross(nw_sub(pos[tri[1]], pos[tri[0]]), nw_sub(pos[tri[2]], pos[tri[0]]));
}

/* A triangle whose normal turned far has folded over. */
static size_t find_folds(struct tangle *t)
{
    const struct nw_mesh *m = t->mesh;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < (m->tri_count + CHUNK - 1) / CHUNK; c++)
        for (size_t n = c * CHUNK; n < m->tri_count && n < (c + 1) * CHUNK; n++) {
            const nw_vec3 a = normal_of(t->before, m->tri[n]),
                          b = normal_of(m->pos_mm, m->tri[n]);
            t->crossing[n] = !(nw_dot(a, b) >= FOLD_COSINE * nw_length(a) * nw_length(b));
        }
    size_t count = 0;
    for (size_t n = 0; n < m->tri_count; n++)
        count += t->crossing[n];
    return count;
}

/* What is taken back from where it should lie is as much less sure. */
static void doubt(struct nw_mesh *m, uint32_t v, nw_vec3 back_mm)
{
    if (!m->uncertainty_mm)
        return;
    const double u = (double)m->uncertainty_mm[v];
    m->uncertainty_mm[v] = (float)sqrt(u * u + nw_length2(nw_sub(m->pos_mm[v], back_mm)));
}

/* Takes the corners of marked triangles back; how many were not there before. */
static size_t take_back(struct tangle *t)
{
    size_t count = 0;
    for (size_t n = 0; n < t->mesh->tri_count; n++)
        for (int c = 0; t->crossing[n] && c < 3; c++) {
            const uint32_t v = t->mesh->tri[n][c];
            if (t->back[v])
                continue;
            t->back[v] = 3;
            doubt(t->mesh, v, t->before[v]);
            t->mesh->pos_mm[v] = t->before[v];
            count++;
        }
    return count;
}

/* Cells around where a vertex was taken back in this round, as a hash set. */
struct cells {
    uint64_t *key;
    size_t room;
};

static uint64_t cell_key(nw_vec3 p, int dx, int dy, int dz)
{
    const int64_t x = (int64_t)floor(p.x / 4) + dx, y = (int64_t)floor(p.y / 4) + dy,
                  z = (int64_t)floor(p.z / 4) + dz;
    return 1 + ((uint64_t)(x + (1 << 19)) | (uint64_t)(y + (1 << 19)) << 21 |
                (uint64_t)(z + (1 << 19)) << 42);
}

static size_t slot(const struct cells *c, uint64_t key)
{
    size_t at = (size_t)((key * 0x9E3779B97F4A7C15u) >> 20) & (c->room - 1);
    while (c->key[at] && c->key[at] != key)
        at = (at + 1) & (c->room - 1);
    return at;
}

static bool collect_cells(struct tangle *t, size_t count, struct cells *c, struct nw_err *err)
{
    c->room = 64;
    while (c->room < 27 * 2 * count)
        c->room *= 2;
    c->key = NW_ALLOC(uint64_t, c->room, err);
    if (!c->key)
        return false;
    for (size_t v = 0; v < t->mesh->vert_count; v++) {
        if (!(t->back[v] & 2))
            continue;
        t->back[v] = 1;
        for (int k = 0; k < 27; k++) {
            const uint64_t key = cell_key(t->before[v], k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1);
            c->key[slot(c, key)] = key;
        }
    }
    return true;
}

/* Marks the triangles near those cells in `crossing`; how many. */
static size_t mark_near(struct tangle *t, const struct cells *c)
{
    const struct nw_mesh *m = t->mesh;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < (m->tri_count + CHUNK - 1) / CHUNK; b++)
        for (size_t n = b * CHUNK; n < m->tri_count && n < (b + 1) * CHUNK; n++) {
            const nw_vec3 p = m->pos_mm[m->tri[n][0]];
            t->crossing[n] = c->key[slot(c, cell_key(p, 0, 0, 0))] != 0;
        }
    size_t count = 0;
    for (size_t n = 0; n < m->tri_count; n++)
        count += t->crossing[n];
    return count;
}

/* Some triangles of a mesh as one of their own, with its vertices numbered anew. */
struct excerpt {
    struct nw_mesh mesh;
    uint32_t *from; /* a triangle's number in the whole */
    uint8_t *crossing;
};

static void release_excerpt(struct excerpt *e)
{
    nw_free(e->mesh.pos_mm);
    nw_free(e->mesh.tri);
    nw_free(e->from);
    nw_free(e->crossing);
}

static bool take_excerpt(const struct tangle *t, size_t count, struct excerpt *e,
                         struct nw_err *err)
{
    const struct nw_mesh *m = t->mesh;
    const size_t most = 3 * count < m->vert_count ? 3 * count : m->vert_count;
    NW_AUTOFREE uint32_t *name = NW_ALLOC(uint32_t, m->vert_count + 1, err); /* plus one */
    e->from = name ? NW_ALLOC_UNSET(uint32_t, count + 1, err) : NULL;
    e->crossing = e->from ? NW_ALLOC(uint8_t, count + 1, err) : NULL;
    e->mesh.tri = e->crossing ? nw_alloc_unset(count + 1, sizeof *m->tri, err) : NULL;
    e->mesh.pos_mm = e->mesh.tri ? NW_ALLOC_UNSET(nw_vec3, most + 1, err) : NULL;
    if (!e->mesh.pos_mm)
        return false;
    e->mesh.frame = m->frame;
    for (size_t n = 0; n < m->tri_count; n++) {
        if (!t->crossing[n])
            continue;
        e->from[e->mesh.tri_count] = (uint32_t)n;
        for (int c = 0; c < 3; c++) {
            const uint32_t v = m->tri[n][c];
            if (!name[v]) {
                e->mesh.pos_mm[e->mesh.vert_count] = m->pos_mm[v];
                name[v] = (uint32_t)++e->mesh.vert_count;
            }
            e->mesh.tri[e->mesh.tri_count][c] = name[v] - 1;
        }
        e->mesh.tri_count++;
    }
    return true;
}

/* Looks for crossings among the triangles near those cells only. */
static bool check_near(struct tangle *t, const struct cells *c, size_t *pairs,
                       struct nw_err *err)
{
    struct excerpt e = {0};
    const size_t count = mark_near(t, c);
    const bool ok = take_excerpt(t, count, &e, err) &&
                    nw_mesh_self_intersections(&e.mesh, e.crossing, pairs, err);
    memset(t->crossing, 0, t->mesh->tri_count);
    for (size_t n = 0; ok && n < count; n++)
        t->crossing[e.from[n]] = e.crossing[n];
    release_excerpt(&e);
    return ok;
}

static bool untangle(struct tangle *t, struct nw_err *err)
{
    for (int round = 0; round < FOLD_ROUNDS && find_folds(t) > 0; round++)
        if (take_back(t) == 0)
            break;
    memset(t->back, 0, t->mesh->vert_count);
    size_t pairs = 0;
    if (!nw_mesh_self_intersections(t->mesh, t->crossing, &pairs, err))
        return false;
    for (int round = 0; round < ROUNDS && pairs > 0; round++) {
        const size_t count = take_back(t);
        if (count == 0)
            break;
        struct cells cells = {0};
        const bool ok =
            collect_cells(t, count, &cells, err) && check_near(t, &cells, &pairs, err);
        nw_free(cells.key);
        if (!ok)
            return false;
        if (nw_cancelled())
            return nw_fail_cancelled(err);
    }
    if (pairs > 0) /* it cannot be, but what was there before is certain */
        memcpy(t->mesh->pos_mm, t->before, t->mesh->vert_count * sizeof *t->before);
    return true;
}

bool nw_untangle(struct nw_mesh *mesh, const nw_vec3 *before, struct nw_err *err)
{
    struct tangle t = {.mesh = mesh, .before = before};
    t.crossing = NW_ALLOC(uint8_t, mesh->tri_count + 1, err);
    t.back = t.crossing ? NW_ALLOC(uint8_t, mesh->vert_count + 1, err) : NULL;
    const bool ok = t.back && untangle(&t, err);
    nw_free(t.crossing);
    nw_free(t.back);
    return ok;
}
