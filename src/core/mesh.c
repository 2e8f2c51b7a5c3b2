/* core/mesh.c -- see mesh.h. */
#include "core/mesh.h"

#include <string.h>

#include "core/parallel.h"

/* Triangles in a partial sum. Fixed, so that no result depends on the thread count. */
enum { BLOCK = 4096 };

const char *nw_class_name(enum nw_class c)
{
    static const char *const name[NW_CLASS_COUNT] = {"resolved", "thin", "inferred", "metal",
                                                     "drawn"};
    return (unsigned)c < NW_CLASS_COUNT ? name[c] : "unknown";
}

bool nw_mesh_init(struct nw_mesh *out, size_t vert_count, size_t tri_count, struct nw_err *err)
{
    if (vert_count >= UINT32_MAX || tri_count >= (size_t)UINT32_MAX * 2)
        return nw_fail(err, NW_ERR_LIMIT,
                       "a mesh of %zu vertices and %zu triangles is too large", vert_count,
                       tri_count);
    struct nw_mesh m = {.vert_count = vert_count, .tri_count = tri_count};
    m.pos_mm = NW_ALLOC_UNSET(nw_vec3, vert_count, err);
    if (m.pos_mm)
        m.tri = nw_alloc_unset(tri_count, sizeof *m.tri, err);
    if (!m.pos_mm || !m.tri) {
        nw_mesh_release(&m);
        return false;
    }
    *out = m;
    return true;
}

void nw_mesh_release(struct nw_mesh *mesh)
{
    nw_free(mesh->pos_mm);
    nw_free(mesh->tri);
    nw_free(mesh->uncertainty_mm);
    nw_free(mesh->vert_class);
    nw_free(mesh->vert_rgba);
    *mesh = (struct nw_mesh){0};
}

static bool same_attributes(struct nw_mesh *to, const struct nw_mesh *from, struct nw_err *err)
{
    if (from->uncertainty_mm && !to->uncertainty_mm)
        to->uncertainty_mm = NW_ALLOC(float, to->vert_count, err);
    if (err->code == NW_OK && from->vert_class && !to->vert_class)
        to->vert_class = NW_ALLOC(uint8_t, to->vert_count, err);
    if (err->code == NW_OK && from->vert_rgba && !to->vert_rgba)
        to->vert_rgba = nw_alloc(to->vert_count, sizeof *to->vert_rgba, err);
    return err->code == NW_OK;
}

/* Copies (or zeroes) b's vertices and attributes into mesh from `at` on. */
static void put_vertices(struct nw_mesh *mesh, size_t at, const struct nw_mesh *b)
{
    const size_t n = b->vert_count;
    if (n == 0)
        return;
    memcpy(mesh->pos_mm + at, b->pos_mm, n * sizeof *b->pos_mm);
    if (mesh->uncertainty_mm && b->uncertainty_mm)
        memcpy(mesh->uncertainty_mm + at, b->uncertainty_mm, n * sizeof *b->uncertainty_mm);
    else if (mesh->uncertainty_mm)
        memset(mesh->uncertainty_mm + at, 0, n * sizeof *mesh->uncertainty_mm);
    if (mesh->vert_class && b->vert_class)
        memcpy(mesh->vert_class + at, b->vert_class, n);
    else if (mesh->vert_class)
        memset(mesh->vert_class + at, 0, n);
    if (mesh->vert_rgba && b->vert_rgba)
        memcpy(mesh->vert_rgba + at, b->vert_rgba, n * sizeof *b->vert_rgba);
    else if (mesh->vert_rgba)
        memset(mesh->vert_rgba + at, 0, n * sizeof *mesh->vert_rgba);
}

bool nw_mesh_copy(struct nw_mesh *out, const struct nw_mesh *mesh, struct nw_err *err)
{
    struct nw_mesh m = {0};
    if (!nw_mesh_init(&m, mesh->vert_count, mesh->tri_count, err) ||
        !same_attributes(&m, mesh, err)) {
        nw_mesh_release(&m);
        return false;
    }
    put_vertices(&m, 0, mesh);
    if (mesh->tri_count)
        memcpy(m.tri, mesh->tri, mesh->tri_count * sizeof *m.tri);
    m.tol_mm = mesh->tol_mm;
    m.frame = mesh->frame;
    *out = m;
    return true;
}

bool nw_mesh_append(struct nw_mesh *mesh, const struct nw_mesh *b, struct nw_err *err)
{
    const size_t verts = mesh->vert_count + b->vert_count,
                 tris = mesh->tri_count + b->tri_count;
    if (verts >= UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "a mesh of %zu vertices is too large", verts);
    if (!same_attributes(mesh, b, err) ||
        !nw_resize(&mesh->pos_mm, verts, sizeof *mesh->pos_mm, err) ||
        !nw_resize(&mesh->tri, tris, sizeof *mesh->tri, err) ||
        (mesh->uncertainty_mm &&
         !nw_resize(&mesh->uncertainty_mm, verts, sizeof *mesh->uncertainty_mm, err)) ||
        (mesh->vert_class && !nw_resize(&mesh->vert_class, verts, 1, err)) ||
        (mesh->vert_rgba && !nw_resize(&mesh->vert_rgba, verts, sizeof *mesh->vert_rgba, err)))
        return false;
    put_vertices(mesh, mesh->vert_count, b);
    for (size_t t = 0; t < b->tri_count; t++)
        for (int k = 0; k < 3; k++)
            mesh->tri[mesh->tri_count + t][k] = b->tri[t][k] + (uint32_t)mesh->vert_count;
    mesh->vert_count = verts;
    mesh->tri_count = tris;
    if (b->tol_mm > mesh->tol_mm)
        mesh->tol_mm = b->tol_mm;
    return true;
}

bool nw_mesh_compact(struct nw_mesh *mesh, struct nw_err *err)
{
    NW_AUTOFREE uint32_t *to = NW_ALLOC(uint32_t, mesh->vert_count, err);
    if (!to)
        return false;
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            to[mesh->tri[t][k]] = 1;
    uint32_t kept = 0;
    for (size_t v = 0; v < mesh->vert_count; v++) {
        if (!to[v])
            continue;
        mesh->pos_mm[kept] = mesh->pos_mm[v];
        if (mesh->uncertainty_mm)
            mesh->uncertainty_mm[kept] = mesh->uncertainty_mm[v];
        if (mesh->vert_class)
            mesh->vert_class[kept] = mesh->vert_class[v];
        if (mesh->vert_rgba)
            memcpy(mesh->vert_rgba[kept], mesh->vert_rgba[v], 4);
        to[v] = kept++;
    }
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            mesh->tri[t][k] = to[mesh->tri[t][k]];
    mesh->vert_count = kept;
    return true;
}

void nw_mesh_flip(struct nw_mesh *mesh)
{
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const uint32_t first = mesh->tri[t][0];
        mesh->tri[t][0] = mesh->tri[t][1];
        mesh->tri[t][1] = first;
    }
}

nw_box nw_mesh_box(const struct nw_mesh *mesh)
{
    nw_box b = nw_box_empty();
    for (size_t v = 0; v < mesh->vert_count; v++)
        b = nw_box_with(b, mesh->pos_mm[v]);
    return b;
}

/* Sums, block by block and then in order, six times the volume or twice the area. */
static double sum_triangles(const struct nw_mesh *mesh, bool volume)
{
    enum { STRIDE = 256 }; /* blocks whose sums wait together */
    if (mesh->tri_count == 0)
        return 0;
    const nw_box box = nw_mesh_box(mesh);
    const nw_vec3 origin = nw_scale(nw_add(box.min, box.max), 0.5);
    const size_t blocks = (mesh->tri_count - 1) / BLOCK + 1;
    double all = 0;
    for (size_t first = 0; first < blocks; first += STRIDE) {
        double partial[STRIDE] = {0};
        const size_t n = blocks - first < STRIDE ? blocks - first : STRIDE;
        NW_PARALLEL_FOR
        for (size_t b = 0; b < n; b++) {
            const size_t begin = (first + b) * BLOCK;
            const size_t end =
                begin + BLOCK < mesh->tri_count ? begin + BLOCK : mesh->tri_count;
            double sum = 0;
            for (size_t t = begin; t < end; t++) {
                const uint32_t *v = mesh->tri[t];
                const nw_vec3 p = nw_sub(mesh->pos_mm[v[0]], origin),
                              q = nw_sub(mesh->pos_mm[v[1]], origin),
                              r = nw_sub(mesh->pos_mm[v[2]], origin);
                sum += volume ? nw_dot(p, nw_cross(q, r))
                              : nw_length(nw_cross(nw_sub(q, p), nw_sub(r, p)));
            }
            partial[b] = sum;
        }
        for (size_t b = 0; b < n; b++)
            all += partial[b];
    }
    return all;
}

double nw_mesh_volume_mm3(const struct nw_mesh *mesh)
{
    return sum_triangles(mesh, true) / 6;
}

double nw_mesh_area_mm2(const struct nw_mesh *mesh)
{
    return sum_triangles(mesh, false) / 2;
}

bool nw_model_add(struct nw_model *model, const char *name, const uint8_t rgba[4],
                  struct nw_mesh *mesh, struct nw_err *err)
{
    char *text = nw_arena_text(&model->arena, name, err);
    if (!text || !nw_resize(&model->part, model->part_count + 1, sizeof *model->part, err)) {
        nw_mesh_release(mesh);
        return false;
    }
    struct nw_part *part = &model->part[model->part_count++];
    *part = (struct nw_part){.name = text, .mesh = *mesh};
    memcpy(part->rgba, rgba, 4);
    *mesh = (struct nw_mesh){0};
    return true;
}

bool nw_model_set_fact(struct nw_model *model, const char *key, const char *value,
                       struct nw_err *err)
{
    char *copy = nw_arena_text(&model->arena, value, err);
    if (!copy)
        return false;
    for (size_t i = 0; i < model->fact_count; i++)
        if (strcmp(model->fact[i].key, key) == 0) {
            model->fact[i].value = copy;
            return true;
        }
    char *name = nw_arena_text(&model->arena, key, err);
    if (!name || !nw_resize(&model->fact, model->fact_count + 1, sizeof *model->fact, err))
        return false;
    model->fact[model->fact_count++] = (struct nw_fact){name, copy};
    return true;
}

const char *nw_model_fact(const struct nw_model *model, const char *key)
{
    for (size_t i = 0; i < model->fact_count; i++)
        if (strcmp(model->fact[i].key, key) == 0)
            return model->fact[i].value;
    return NULL;
}

void nw_model_release(struct nw_model *model)
{
    for (size_t p = 0; p < model->part_count; p++)
        nw_mesh_release(&model->part[p].mesh);
    nw_free(model->part);
    nw_free(model->fact);
    nw_arena_release(&model->arena);
    *model = (struct nw_model){0};
}
