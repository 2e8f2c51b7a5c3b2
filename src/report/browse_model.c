/* report/browse_model.c -- a model with its maps for the browser. See browse.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "mesh/thickness.h"
#include "report/browse_priv.h"

enum {
    COARSE_TRIANGLES = 100000, /* of the whole model in its first level */
    COARSE_FROM = 150000,      /* below that there is one level only */
    SAMPLES = 65536,           /* of a map, for its range */
    BLOCK = 1024,              /* vertices of one turn */
};
static const double THICKEST_MM = 20, HU_FROM_MM = 0.5, HU_TO_MM = 2, HU_STEP_MM = 0.5;

enum map { MAP_UNCERTAINTY, MAP_CLASS, MAP_THICKNESS, MAP_HU, MAP_DISTANCE, MAPS };
static const struct {
    const char *name, *unit;
} map_words[MAPS] = {{"uncertainty_mm", "mm"},
                     {"class", ""},
                     {"thickness_mm", "mm"},
                     {"hu", "HU"},
                     {"distance_mm", "mm"}};

struct level {
    float *pos; /* 3 a vertex */
    float *value[MAPS];
    uint32_t (*tri)[3];
    bool own_tri;
    size_t verts, tris;
};

struct making {
    const struct nw_model *model;
    const struct nw_browse_maps *maps;
    struct nw_bvh *other;
    bool has[MAPS];
    struct level *coarse, *full; /* of each part; coarse NULL when there is one level */
    struct nw_blocks blocks;
};

static void level_release(struct level *l)
{
    nw_free(l->pos);
    for (int m = 0; m < MAPS; m++)
        nw_free(l->value[m]);
    if (l->own_tri)
        nw_free(l->tri);
}

static void making_release(struct making *m)
{
    for (size_t p = 0; p < m->model->part_count; p++) {
        if (m->coarse)
            level_release(&m->coarse[p]);
        if (m->full)
            level_release(&m->full[p]);
    }
    nw_free(m->coarse);
    nw_free(m->full);
    nw_bvh_free(m->other);
    nw_blocks_release(&m->blocks);
}

/* ---- maps ---- */

/* Outward, area-weighted, of length 1; 0 where the triangles cancel out. */
static nw_vec3 *make_normals(const struct nw_mesh *mesh, struct nw_err *err)
{
    nw_vec3 *normal = NW_ALLOC(nw_vec3, mesh->vert_count + 1, err);
    if (!normal)
        return NULL;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const uint32_t *i = mesh->tri[t];
        const nw_vec3 a = mesh->pos_mm[i[0]];
        const nw_vec3 n =
            nw_cross(nw_sub(mesh->pos_mm[i[1]], a), nw_sub(mesh->pos_mm[i[2]], a));
        for (int c = 0; c < 3; c++)
            normal[i[c]] = nw_add(normal[i[c]], n);
    }
    for (size_t v = 0; v < mesh->vert_count; v++)
        normal[v] = nw_unit(normal[v]);
    return normal;
}

static double hu_below(const struct nw_volume *hu, const struct nw_grid_inverse *inverse,
                       nw_vec3 at, nw_vec3 normal)
{
    double sum = 0;
    int n = 0;
    for (double d = HU_FROM_MM; d <= HU_TO_MM; d += HU_STEP_MM, n++)
        sum += nw_volume_sample(hu, nw_grid_index(inverse, nw_along(at, normal, -d)));
    return sum / n;
}

struct looking {
    const struct making *m;
    const struct nw_mesh *mesh;
    const nw_vec3 *normal;
    const struct nw_bvh *own;
    struct nw_grid_inverse inverse;
    struct level *level;
};

static void look_at(const struct looking *l, size_t v)
{
    const nw_vec3 p = l->mesh->pos_mm[v];
    const nw_vec3 in = nw_scale(l->normal[v], -1);
    struct nw_nearest near;
    if (l->m->has[MAP_THICKNESS])
        l->level->value[MAP_THICKNESS][v] = (float)nw_ball_along(l->own, p, in, THICKEST_MM);
    if (l->m->has[MAP_HU])
        l->level->value[MAP_HU][v] =
            (float)hu_below(l->m->maps->hu, &l->inverse, p, l->normal[v]);
    if (l->m->has[MAP_DISTANCE])
        l->level->value[MAP_DISTANCE][v] =
            nw_bvh_nearest(l->m->other, p, HUGE_VAL, &near) ? (float)near.signed_mm : 0;
}

static bool compute_maps(const struct making *m, const struct nw_mesh *mesh,
                         struct level *level, struct nw_err *err)
{
    struct looking l = {.m = m, .mesh = mesh, .level = level};
    if (!m->has[MAP_THICKNESS] && !m->has[MAP_HU] && !m->has[MAP_DISTANCE])
        return true;
    NW_AUTOFREE nw_vec3 *normal = make_normals(mesh, err);
    struct nw_bvh *own = normal && m->has[MAP_THICKNESS] ? nw_bvh_new(mesh, err) : NULL;
    if (!normal || err->code)
        return false;
    l.normal = normal;
    l.own = own;
    if (m->has[MAP_HU])
        l.inverse = nw_grid_invert(&m->maps->hu->grid);
    const size_t blocks = (mesh->vert_count + BLOCK - 1) / BLOCK;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks; b++)
        for (size_t v = b * BLOCK; v < (b + 1) * BLOCK && v < mesh->vert_count; v++)
            look_at(&l, v);
    nw_bvh_free(own);
    return true;
}

/* ---- levels ---- */

static bool fill_level(const struct making *m, const struct nw_mesh *mesh, struct level *level,
                       struct nw_err *err)
{
    level->verts = mesh->vert_count;
    level->tris = mesh->tri_count;
    level->pos = nw_alloc_unset(mesh->vert_count + 1, 3 * sizeof(float), err);
    if (!level->pos)
        return false;
    for (size_t v = 0; v < mesh->vert_count; v++) {
        level->pos[3 * v] = (float)mesh->pos_mm[v].x;
        level->pos[3 * v + 1] = (float)mesh->pos_mm[v].y;
        level->pos[3 * v + 2] = (float)mesh->pos_mm[v].z;
    }
    for (int k = 0; k < MAPS; k++)
        if (m->has[k] && !level->value[k]) {
            level->value[k] = NW_ALLOC(float, mesh->vert_count + 1, err);
            if (!level->value[k])
                return false;
        }
    return true;
}

static bool make_full(const struct making *m, size_t p, struct nw_err *err)
{
    const struct nw_mesh *mesh = &m->model->part[p].mesh;
    struct level *level = &m->full[p];
    if (!fill_level(m, mesh, level, err))
        return false;
    level->tri = mesh->tri; /* borrowed */
    for (size_t v = 0; v < mesh->vert_count; v++) {
        if (mesh->uncertainty_mm)
            level->value[MAP_UNCERTAINTY][v] = mesh->uncertainty_mm[v];
        if (mesh->vert_class)
            level->value[MAP_CLASS][v] = mesh->vert_class[v];
    }
    return compute_maps(m, mesh, level, err);
}

/* Two triangles to a cell that the surface crosses. */
static double cell_for(const struct nw_model *model, size_t triangles)
{
    double area = 0;
    for (size_t p = 0; p < model->part_count; p++)
        area += nw_mesh_area_mm2(&model->part[p].mesh);
    return fmax(sqrt(2 * area / (double)triangles), 1e-3);
}

static bool make_coarse(const struct making *m, size_t p, double cell_mm, struct nw_err *err)
{
    struct level *level = &m->coarse[p];
    const float *in[MAPS];
    float *out[MAPS] = {0};
    struct nw_coarse from = {&m->model->part[p].mesh, in, 0, cell_mm};
    NW_AUTO(nw_mesh) mesh = {0};
    for (int k = 0; k < MAPS; k++)
        if (m->has[k])
            in[from.map_count++] = m->full[p].value[k];
    const bool made = nw_coarse_make(&from, &mesh, out, err);
    for (int k = 0, n = 0; k < MAPS; k++)
        if (m->has[k])
            level->value[k] = out[n++];
    if (!made || !fill_level(m, &mesh, level, err))
        return false;
    level->tri = mesh.tri;
    level->own_tri = true;
    mesh.tri = NULL;
    return true;
}

/* ---- the head ---- */

static json_t *level_json(struct making *m, const struct level *l, struct nw_err *err)
{
    uint64_t pos, tri, at;
    if (!nw_blocks_add(&m->blocks, l->pos, l->verts * 3 * sizeof(float), &pos, err) ||
        !nw_blocks_add(&m->blocks, l->tri, l->tris * sizeof *l->tri, &tri, err))
        return NULL;
    json_t *maps = json_object();
    bool ok = maps || nw_fail(err, NW_ERR_MEMORY, "out of memory");
    for (int k = 0; ok && k < MAPS; k++)
        ok = !m->has[k] ||
             (nw_blocks_add(&m->blocks, l->value[k], l->verts * sizeof(float), &at, err) &&
              nw_head_put(maps, map_words[k].name, json_integer((json_int_t)at), err));
    if (!ok) {
        json_decref(maps);
        return NULL;
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:o}", "vertices", (json_int_t)l->verts, "triangles",
                     (json_int_t)l->tris, "positions", (json_int_t)pos, "indices",
                     (json_int_t)tri, "maps", maps);
}

static json_t *part_json(const struct nw_part *part)
{
    const nw_box box = nw_mesh_box(&part->mesh);
    return json_pack("{s:s, s:[i,i,i,i], s:f, s:[o,o], s:[]}", "name", part->name, "rgba",
                     part->rgba[0], part->rgba[1], part->rgba[2], part->rgba[3], "tol_mm",
                     part->mesh.tol_mm, "box_mm", nw_head_vec3(box.min), nw_head_vec3(box.max),
                     "levels");
}

static bool put_levels(struct making *m, json_t *parts, struct level *level, struct nw_err *err)
{
    for (size_t p = 0; level && p < m->model->part_count; p++) {
        json_t *one = level_json(m, &level[p], err);
        if (err->code)
            return false;
        if (!nw_head_push(json_object_get(json_array_get(parts, p), "levels"), one, err))
            return false;
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Least, largest, and what all but a hundredth at each end lies between, of evenly taken
 * vertices. */
static json_t *range_json(const struct making *m, enum map k, struct nw_err *err)
{
    size_t total = 0, n = 0, seen = 0;
    for (size_t p = 0; p < m->model->part_count; p++)
        total += m->full[p].verts;
    const size_t stride = total / SAMPLES + 1;
    NW_AUTOFREE float *sample = NW_ALLOC(float, total / stride + 1, err);
    if (!sample)
        return NULL;
    for (size_t p = 0; p < m->model->part_count; p++)
        for (size_t v = 0; v < m->full[p].verts; v++)
            if (seen++ % stride == 0)
                sample[n++] = m->full[p].value[k][v];
    qsort(sample, n, sizeof *sample, by_value);
    return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f}", "name", map_words[k].name, "unit",
                     map_words[k].unit, "min", (double)sample[0], "p01",
                     (double)sample[n / 100], "median", (double)sample[n / 2], "p99",
                     (double)sample[n - 1 - n / 100], "max", (double)sample[n - 1]);
}

static bool put_head(struct making *m, json_t *head, struct nw_err *err)
{
    json_t *parts = json_array(), *maps = json_array();
    if (!nw_head_put(head, "parts", parts, err)) {
        json_decref(maps);
        return false;
    }
    if (!nw_head_put(head, "maps", maps, err))
        return false;
    for (size_t p = 0; p < m->model->part_count; p++)
        if (!nw_head_push(parts, part_json(&m->model->part[p]), err))
            return false;
    for (int k = 0; k < MAPS; k++) {
        json_t *range = m->has[k] ? range_json(m, (enum map)k, err) : NULL;
        if (err->code || (m->has[k] && !nw_head_push(maps, range, err)))
            return false;
    }
    return put_levels(m, parts, m->coarse, err) && put_levels(m, parts, m->full, err) &&
           nw_head_put(head, "kind", json_string("model"), err);
}

/* ---- whole ---- */

static bool check(const struct nw_model *model, size_t *triangles, struct nw_err *err)
{
    *triangles = 0;
    for (size_t p = 0; p < model->part_count; p++) {
        const struct nw_mesh *mesh = &model->part[p].mesh;
        *triangles += mesh->tri_count;
        for (size_t v = 0; v < mesh->vert_count; v++)
            if (!nw_finite3(mesh->pos_mm[v]))
                return nw_fail(err, NW_ERR_DATA, "a vertex of the model is not a finite place");
        for (size_t t = 0; t < mesh->tri_count; t++)
            for (int c = 0; c < 3; c++)
                if (mesh->tri[t][c] >= mesh->vert_count)
                    return nw_fail(err, NW_ERR_DATA,
                                   "a triangle of the model names a vertex that is not there");
    }
    return *triangles || model->part_count == 0 ||
           nw_fail(err, NW_ERR_GEOMETRY, "the model has no triangle that could be shown");
}

static void see_what_there_is(struct making *m)
{
    for (size_t p = 0; p < m->model->part_count; p++) {
        m->has[MAP_UNCERTAINTY] |= m->model->part[p].mesh.uncertainty_mm != NULL;
        m->has[MAP_CLASS] |= m->model->part[p].mesh.vert_class != NULL;
    }
    m->has[MAP_THICKNESS] = m->maps->thickness;
    m->has[MAP_HU] = m->maps->hu != NULL;
    m->has[MAP_DISTANCE] = m->maps->other != NULL;
}

static bool make_model(struct making *m, const char *path, json_t *head, struct nw_err *err)
{
    const size_t parts = m->model->part_count;
    size_t triangles;
    if (!check(m->model, &triangles, err))
        return false;
    see_what_there_is(m);
    m->full = NW_ALLOC(struct level, parts, err);
    if (m->full && triangles > COARSE_FROM)
        m->coarse = NW_ALLOC(struct level, parts, err);
    if (m->has[MAP_DISTANCE] && !err->code)
        m->other = nw_bvh_new(m->maps->other, err);
    if (err->code)
        return false;
    const double cell_mm = m->coarse ? cell_for(m->model, COARSE_TRIANGLES) : 1;
    for (size_t p = 0; p < parts; p++)
        if (!make_full(m, p, err) || (m->coarse && !make_coarse(m, p, cell_mm, err)))
            return false;
    return put_head(m, head, err) && nw_blocks_write(&m->blocks, path, head, err);
}

bool nw_browse_model(const char *path, const struct nw_model *model,
                     const struct nw_browse_maps *maps, json_t **head, struct nw_err *err)
{
    struct making m = {.model = model, .maps = maps};
    *head = json_object();
    const bool ok =
        *head ? make_model(&m, path, *head, err) : nw_fail(err, NW_ERR_MEMORY, "out of memory");
    making_release(&m);
    if (!ok) {
        json_decref(*head);
        *head = NULL;
    }
    return ok;
}
