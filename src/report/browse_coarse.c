/* report/browse_coarse.c -- a mesh with fewer triangles, fast and rough. See browse_priv.h. */
#include <math.h>

#include "report/browse_priv.h"

/* The cells that hold a vertex, found by hashing: *home is vertex to cell. */
struct cells {
    uint32_t *home, *slot;
    size_t count, mask;
    int32_t (*place)[3];
};

static void cells_release(struct cells *c)
{
    nw_free(c->home);
    nw_free(c->slot);
    nw_free(c->place);
}

static size_t hash(const int32_t p[3])
{
    const uint64_t h = (uint64_t)(uint32_t)p[0] * 73856093U ^
                       (uint64_t)(uint32_t)p[1] * 19349663U ^
                       (uint64_t)(uint32_t)p[2] * 83492791U;
    return (size_t)(h ^ h >> 15);
}

/* In the order of the vertices, so that the same mesh gives the same cells. */
static uint32_t cell_of(struct cells *c, const int32_t p[3])
{
    for (size_t at = hash(p) & c->mask;; at = (at + 1) & c->mask) {
        if (c->slot[at] == 0) {
            for (int a = 0; a < 3; a++)
                c->place[c->count][a] = p[a];
            c->slot[at] = (uint32_t)++c->count;
        }
        const int32_t *have = c->place[c->slot[at] - 1];
        if (have[0] == p[0] && have[1] == p[1] && have[2] == p[2])
            return c->slot[at] - 1;
    }
}

static bool find_cells(const struct nw_coarse *from, struct cells *c, struct nw_err *err)
{
    const size_t n = from->mesh->vert_count;
    size_t room = 16;
    while (room < 2 * n)
        room *= 2;
    c->mask = room - 1;
    c->home = NW_ALLOC_UNSET(uint32_t, n + 1, err);
    c->slot = c->home ? NW_ALLOC(uint32_t, room, err) : NULL;
    c->place = c->slot ? nw_alloc_unset(n + 1, sizeof *c->place, err) : NULL;
    if (!c->place)
        return false;
    const nw_box box = nw_mesh_box(from->mesh);
    for (size_t v = 0; v < n; v++) {
        const nw_vec3 d = nw_scale(nw_sub(from->mesh->pos_mm[v], box.min), 1 / from->cell_mm);
        const int32_t p[3] = {(int32_t)d.x, (int32_t)d.y, (int32_t)d.z};
        c->home[v] = cell_of(c, p);
    }
    return true;
}

static size_t count_kept(const struct nw_mesh *mesh, const struct cells *c)
{
    size_t kept = 0;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const uint32_t a = c->home[mesh->tri[t][0]], b = c->home[mesh->tri[t][1]],
                       d = c->home[mesh->tri[t][2]];
        kept += a != b && b != d && d != a;
    }
    return kept;
}

static void take_triangles(const struct nw_mesh *mesh, const struct cells *c,
                           struct nw_mesh *out)
{
    size_t kept = 0;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const uint32_t a = c->home[mesh->tri[t][0]], b = c->home[mesh->tri[t][1]],
                       d = c->home[mesh->tri[t][2]];
        if (a == b || b == d || d == a)
            continue;
        out->tri[kept][0] = a;
        out->tri[kept][1] = b;
        out->tri[kept++][2] = d;
    }
}

static bool take_means(const struct nw_coarse *from, const struct cells *c, struct nw_mesh *out,
                       float **out_value, struct nw_err *err)
{
    NW_AUTOFREE float *members = NW_ALLOC(float, c->count + 1, err);
    if (!members)
        return false;
    for (size_t v = 0; v < c->count; v++)
        out->pos_mm[v] = nw_v3(0, 0, 0);
    for (size_t v = 0; v < from->mesh->vert_count; v++) {
        const uint32_t to = c->home[v];
        out->pos_mm[to] = nw_add(out->pos_mm[to], from->mesh->pos_mm[v]);
        members[to] += 1;
    }
    for (size_t v = 0; v < c->count; v++)
        out->pos_mm[v] = nw_scale(out->pos_mm[v], 1 / (double)members[v]);
    for (size_t m = 0; m < from->map_count; m++) {
        out_value[m] = NW_ALLOC(float, c->count + 1, err);
        if (!out_value[m])
            return false;
        for (size_t v = 0; v < from->mesh->vert_count; v++)
            out_value[m][c->home[v]] += from->value[m][v] / members[c->home[v]];
    }
    return true;
}

bool nw_coarse_make(const struct nw_coarse *from, struct nw_mesh *out, float **out_value,
                    struct nw_err *err)
{
    struct cells c = {0};
    const bool ok = find_cells(from, &c, err) &&
                    nw_mesh_init(out, c.count, count_kept(from->mesh, &c), err) &&
                    take_means(from, &c, out, out_value, err);
    if (ok)
        take_triangles(from->mesh, &c, out);
    cells_release(&c);
    return ok;
}
