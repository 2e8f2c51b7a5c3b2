/* report/scene.c -- see scene_priv.h. */
#include "report/scene_priv.h"

static bool check_mesh(const struct nw_mesh *m, struct nw_err *err)
{
    for (size_t v = 0; v < m->vert_count; v++)
        if (!nw_finite3(m->pos_mm[v]))
            return nw_fail(err, NW_ERR_DATA, "vertex %zu cannot be drawn: it is not a number",
                           v);
    for (size_t t = 0; t < m->tri_count; t++)
        for (int k = 0; k < 3; k++)
            if (m->tri[t][k] >= m->vert_count)
                return nw_fail(err, NW_ERR_DATA,
                               "triangle %zu names a vertex that is not there", t);
    return true;
}

/* The sum of the crossed edges weighs each triangle by its area. */
static void vertex_normals(const struct nw_mesh *m, nw_normal *normal)
{
    for (size_t t = 0; t < m->tri_count; t++) {
        const uint32_t *v = m->tri[t];
        const nw_vec3 a = m->pos_mm[v[0]];
        const nw_vec3 n = nw_cross(nw_sub(m->pos_mm[v[1]], a), nw_sub(m->pos_mm[v[2]], a));
        for (int k = 0; k < 3; k++) {
            normal[v[k]].x += (float)n.x;
            normal[v[k]].y += (float)n.y;
            normal[v[k]].z += (float)n.z;
        }
    }
    for (size_t v = 0; v < m->vert_count; v++) {
        nw_normal *n = &normal[v];
        const float len = sqrtf(n->x * n->x + n->y * n->y + n->z * n->z);
        const float scale = len > 0 ? 1 / len : 0;
        *n = (nw_normal){n->x * scale, n->y * scale, n->z * scale};
    }
}

bool nw_scene_check(const struct nw_model *model, struct nw_err *err)
{
    for (size_t p = 0; p < model->part_count; p++)
        if (!check_mesh(&model->part[p].mesh, err))
            return false;
    return true;
}

bool nw_scene_init(struct nw_scene *scene, const struct nw_model *model, struct nw_err *err)
{
    struct nw_scene s = {.model = model};
    s.normal = NW_ALLOC(nw_normal *, model->part_count, err);
    bool ok = s.normal != NULL;
    for (size_t p = 0; ok && p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        ok = check_mesh(m, err);
        if (ok)
            s.normal[p] = NW_ALLOC(nw_normal, m->vert_count, err);
        ok = ok && s.normal[p];
        if (!ok)
            break;
        vertex_normals(m, s.normal[p]);
        s.tri_count += m->tri_count;
    }
    if (ok && s.tri_count >= UINT32_MAX)
        ok = nw_fail(err, NW_ERR_LIMIT, "a model of %zu triangles is too large to draw",
                     s.tri_count);
    if (!ok)
        nw_scene_release(&s);
    else
        *scene = s;
    return ok;
}

void nw_scene_release(struct nw_scene *scene)
{
    for (size_t p = 0; scene->normal && p < scene->model->part_count; p++)
        nw_free(scene->normal[p]);
    nw_free(scene->normal);
    *scene = (struct nw_scene){0};
}
