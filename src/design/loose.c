/* design/loose.c -- what a lattice leaves behind where it is cut: pieces that hang on nothing
 * and pores that nothing leads out of. They are found on the surface, and taken out of the
 * field or filled, so that all ways out agree. */
#include <math.h>
#include <string.h>

#include "design/look_priv.h"
#include "field/surface.h"
#include "mesh/check.h"

static const double GROWN_CELLS = 0.5; /* what is taken away with them */

/* Six times the signed volume of each piece; 0 for the largest, which stays. */
static void measure(const struct nw_mesh *mesh, const uint32_t *part, double *volume,
                    size_t count)
{
    size_t largest = 0;
    const nw_vec3 o = mesh->pos_mm[0];
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const nw_vec3 a = nw_sub(mesh->pos_mm[mesh->tri[t][0]], o),
                      b = nw_sub(mesh->pos_mm[mesh->tri[t][1]], o),
                      c = nw_sub(mesh->pos_mm[mesh->tri[t][2]], o);
        volume[part[t]] += nw_dot(a, nw_cross(b, c));
    }
    for (size_t k = 1; k < count; k++)
        if (volume[k] > volume[largest])
            largest = k;
    volume[largest] = 0;
}

/* The pieces whose volume has this sign, turned to be solid, as a node half a cell larger;
 * negative when there are none, or err is filled. */
static nw_node take_pieces(struct nw_making *m, const struct nw_mesh *mesh,
                           const uint32_t *part, const double *volume, double sign)
{
    NW_AUTO(nw_mesh) out = {0};
    size_t count = 0;
    for (size_t t = 0; t < mesh->tri_count; t++)
        count += sign * volume[part[t]] > 0;
    if (count == 0 || !nw_mesh_init(&out, mesh->vert_count, count, m->err))
        return -1;
    memcpy(out.pos_mm, mesh->pos_mm, mesh->vert_count * sizeof *out.pos_mm);
    count = 0;
    for (size_t t = 0; t < mesh->tri_count; t++)
        if (sign * volume[part[t]] > 0)
            memcpy(out.tri[count++], mesh->tri[t], sizeof *out.tri);
    if (sign < 0)
        nw_mesh_flip(&out);
    if (!nw_mesh_compact(&out, m->err))
        return -1;
    return nw_field_offset(m->field, nw_field_mesh(m->field, &out, m->err),
                           GROWN_CELLS * m->cell_mm, m->err);
}

/* The largest piece, with nothing that is shut in it. */
static bool take_largest(const struct nw_mesh *mesh, const uint32_t *part, const double *volume,
                         struct nw_mesh *out, struct nw_err *err)
{
    size_t count = 0;
    for (size_t t = 0; t < mesh->tri_count; t++)
        count += volume[part[t]] == 0;
    if (!nw_mesh_init(out, mesh->vert_count, count, err))
        return false;
    memcpy(out->pos_mm, mesh->pos_mm, mesh->vert_count * sizeof *out->pos_mm);
    count = 0;
    for (size_t t = 0; t < mesh->tri_count; t++)
        if (volume[part[t]] == 0)
            memcpy(out->tri[count++], mesh->tri[t], sizeof *out->tri);
    return nw_mesh_compact(out, err);
}

nw_node nw_keep_largest(struct nw_making *m, nw_node node, nw_box box)
{
    NW_AUTO(nw_mesh) mesh = {0};
    NW_AUTO(nw_mesh) largest = {0};
    size_t count = 0;
    if (m->err->code != NW_OK ||
        !nw_surface_of_field(m->field, node, box, m->cell_mm, &mesh, m->err))
        return -1;
    if (mesh.tri_count == 0)
        return node;
    NW_AUTOFREE uint32_t *part = NW_ALLOC_UNSET(uint32_t, mesh.tri_count, m->err);
    if (!part || !nw_mesh_components(&mesh, part, &count, m->err))
        return -1;
    NW_AUTOFREE double *volume = NW_ALLOC(double, count, m->err);
    if (!volume)
        return -1;
    measure(&mesh, part, volume, count);
    if (!take_largest(&mesh, part, volume, &largest, m->err))
        return -1;
    const nw_node near = nw_field_offset(m->field, nw_field_mesh(m->field, &largest, m->err),
                                         GROWN_CELLS * m->cell_mm, m->err);
    return nw_field_intersection(m->field, node, near, m->err);
}

nw_node nw_drop_loose(struct nw_making *m, nw_node node, nw_box box, struct nw_loose *out)
{
    NW_AUTO(nw_mesh) mesh = {0};
    size_t count = 0;
    *out = (struct nw_loose){0};
    if (m->err->code != NW_OK ||
        !nw_surface_of_field(m->field, node, box, m->cell_mm, &mesh, m->err))
        return -1;
    NW_AUTOFREE uint32_t *part = NW_ALLOC_UNSET(uint32_t, mesh.tri_count, m->err);
    if (!part || !nw_mesh_components(&mesh, part, &count, m->err))
        return -1;
    NW_AUTOFREE double *volume = NW_ALLOC(double, count, m->err);
    if (!volume)
        return -1;
    measure(&mesh, part, volume, count);
    for (size_t k = 0; k < count; k++) {
        out->count += fabs(volume[k]) > 0;
        out->volume_mm3 += fabs(volume[k]) / 6;
    }
    const nw_node pores = take_pieces(m, &mesh, part, volume, -1);
    const nw_node loose = m->err->code ? -1 : take_pieces(m, &mesh, part, volume, 1);
    if (pores >= 0)
        node = nw_field_union(m->field, node, pores, m->err);
    if (loose >= 0)
        node = nw_field_difference(m->field, node, loose, m->err);
    return m->err->code ? -1 : node;
}
