/* plan/samples.c -- places spread evenly over a surface; see fuse_priv.h. */
#include "plan/fuse_priv.h"
#include "plan/linear_priv.h"

static double corner_area(const struct nw_mesh *m, size_t t, nw_vec3 *normal)
{
    const nw_vec3 a = m->pos_mm[m->tri[t][0]];
    const nw_vec3 n =
        nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a), nw_sub(m->pos_mm[m->tri[t][2]], a));
    *normal = nw_unit(n);
    return nw_length(n) / 2;
}

/* The place in triangle t for the i-th sample: the R2 sequence (Roberts 2018), folded. */
static nw_vec3 place_in(const struct nw_mesh *m, size_t t, size_t i)
{
    double u = 0.5 + 0.75487766624669276 * (double)i, v = 0.5 + 0.56984029099805327 * (double)i;
    u -= floor(u);
    v -= floor(v);
    if (u + v > 1) {
        u = 1 - u;
        v = 1 - v;
    }
    const nw_vec3 a = m->pos_mm[m->tri[t][0]];
    return nw_along(nw_along(a, nw_sub(m->pos_mm[m->tri[t][1]], a), u),
                    nw_sub(m->pos_mm[m->tri[t][2]], a), v);
}

bool nw_samples_init(struct nw_samples *out, const struct nw_mesh *mesh, size_t count,
                     struct nw_err *err)
{
    struct nw_samples s = {.count = count};
    nw_vec3 normal;
    for (size_t t = 0; t < mesh->tri_count; t++)
        s.area_mm2 += corner_area(mesh, t, &normal);
    if (!(s.area_mm2 > 0) || !isfinite(s.area_mm2))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "a surface without area cannot be laid on another");
    s.at = NW_ALLOC_UNSET(nw_vec3, count, err);
    s.normal = s.at ? NW_ALLOC_UNSET(nw_vec3, count, err) : NULL;
    if (!s.normal) {
        nw_free(s.at);
        return false;
    }
    size_t i = 0;
    double passed = 0;
    for (size_t t = 0; t < mesh->tri_count && i < count; t++) {
        passed += corner_area(mesh, t, &normal);
        for (; i < count && ((double)i + 0.5) * s.area_mm2 / (double)count <= passed; i++) {
            s.at[i] = place_in(mesh, t, i);
            s.normal[i] = normal;
        }
    }
    s.count = i; /* the sum's rounding may leave the last one out */
    *out = s;
    return true;
}

void nw_samples_release(struct nw_samples *s)
{
    nw_free(s->at);
    nw_free(s->normal);
    *s = (struct nw_samples){0};
}

struct nw_inertia nw_samples_inertia(const struct nw_samples *s)
{
    struct nw_inertia in = {.centre = {0, 0, 0}};
    const double n = (double)(s->count ? s->count : 1);
    for (size_t i = 0; i < s->count; i++)
        in.centre = nw_along(in.centre, s->at[i], 1 / n);
    double m[NW_MOST_ROWS][NW_MOST_ROWS] = {{0}};
    for (size_t i = 0; i < s->count; i++) {
        const nw_vec3 r = nw_sub(s->at[i], in.centre);
        const double v[3] = {r.x, r.y, r.z};
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                m[a][b] += v[a] * v[b];
    }
    const struct nw_eigen e = nw_eigen_symmetric((const double(*)[NW_MOST_ROWS])m, 3);
    for (int k = 0; k < 3; k++)
        in.axis.r[k] = nw_v3(e.vector[k][0], e.vector[k][1], e.vector[k][2]);
    if (nw_det(in.axis) < 0)
        in.axis.r[0] = nw_scale(in.axis.r[0], -1);
    return in;
}
