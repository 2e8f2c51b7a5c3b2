/* plan/dome.c -- the sheet of a dome osteotomy, and meshes made fine enough for it. */
#include "plan/dome_priv.h"

#include <string.h>

#include "plan/geodesic_priv.h"

static const double OFF_MM = 0.005; /* a facet's middle from the cylinder */

bool nw_dome_set_up(const struct nw_dome *dome, struct nw_half_cylinder *out,
                    struct nw_err *err)
{
    const nw_vec3 along = nw_unit(dome->axis);
    const nw_vec3 towards =
        nw_unit(nw_along(dome->towards, along, -nw_dot(dome->towards, along)));
    if (!(dome->radius_mm > 0) || !(nw_length2(along) > 0) || !(nw_length2(towards) > 0))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "a dome needs an axis, a radius above 0 mm and a direction that is not "
                       "along the axis");
    *out = (struct nw_half_cylinder){dome->point_mm, along, towards, nw_cross(along, towards),
                                     dome->radius_mm};
    return true;
}

static void seen(const struct nw_half_cylinder *c, nw_vec3 p, double *u, double *w)
{
    const nw_vec3 r = nw_sub(p, c->point);
    *u = nw_dot(r, c->towards);
    *w = nw_dot(r, c->across);
}

double nw_dome_distance(const struct nw_half_cylinder *c, nw_vec3 p)
{
    double u, w;
    seen(c, p, &u, &w);
    return (u > 0 ? sqrt(u * u + w * w) : fabs(w)) - c->radius;
}

bool nw_dome_is_before(const struct nw_half_cylinder *c, nw_vec3 p)
{
    return nw_dot(nw_sub(p, c->point), c->towards) > 0;
}

double nw_dome_crossing(const struct nw_half_cylinder *c, nw_vec3 a, nw_vec3 b)
{
    enum { ROUNDS = 60 };
    const bool out = nw_dome_distance(c, a) > 0;
    double lo = 0, hi = 1;
    for (int i = 0; i < ROUNDS; i++) {
        const double t = (lo + hi) / 2;
        if ((nw_dome_distance(c, nw_along(a, nw_sub(b, a), t)) > 0) == out)
            lo = t;
        else
            hi = t;
    }
    return (lo + hi) / 2;
}

void nw_dome_flat(const struct nw_half_cylinder *c, nw_vec3 p, double out[2])
{
    double u, w;
    seen(c, p, &u, &w);
    out[0] = c->radius * nw_atan2(w, u);
    out[1] = nw_dot(nw_sub(p, c->point), c->along);
}

/* ---- finer meshes ---- */

struct finer {
    const struct nw_half_cylinder *c;
    const struct nw_mesh *mesh;
    size_t face; /* only edges between triangles from here on; SIZE_MAX: those that may cross */
    double longest_mm;
};

static bool wants(const struct finer *f, const uint32_t *twin, size_t h)
{
    const struct nw_mesh *m = f->mesh;
    const nw_vec3 a = m->pos_mm[m->tri[h / 3][h % 3]],
                  b = m->pos_mm[m->tri[h / 3][(h + 1) % 3]];
    if (f->face != SIZE_MAX) {
        double p[2], q[2];
        if (h / 3 < f->face || twin[h] / 3 < f->face)
            return false;
        nw_dome_flat(f->c, a, p);
        nw_dome_flat(f->c, b, q);
        return fabs(p[0] - q[0]) > f->longest_mm;
    }
    const double len = nw_length(nw_sub(b, a));
    return len > f->longest_mm &&
           fmin(fabs(nw_dome_distance(f->c, a)), fabs(nw_dome_distance(f->c, b))) < len;
}

static nw_vec3 middle(const struct finer *f, nw_vec3 a, nw_vec3 b)
{
    if (f->face == SIZE_MAX)
        return nw_scale(nw_add(a, b), 0.5);
    double p[2], q[2];
    nw_dome_flat(f->c, a, p);
    nw_dome_flat(f->c, b, q);
    const double angle = (p[0] + q[0]) / 2 / f->c->radius;
    const nw_vec3 out =
        nw_add(nw_scale(f->c->towards, nw_cos(angle)), nw_scale(f->c->across, nw_sin(angle)));
    return nw_along(nw_along(f->c->point, out, f->c->radius), f->c->along, (p[1] + q[1]) / 2);
}

/* The triangle's parts; mid[k] is the vertex on its k-th edge, or UINT32_MAX. */
static size_t parts_of(const uint32_t tri[3], const uint32_t mid[3], uint32_t (*out)[3])
{
    int count = 0, first = 0;
    for (int k = 0; k < 3; k++)
        count += mid[k] != UINT32_MAX;
    for (int k = 0; k < 3; k++) /* one: that edge first; two: the whole edge last */
        if (count == 1 ? mid[k] != UINT32_MAX : mid[(k + 2) % 3] == UINT32_MAX)
            first = k;
    const uint32_t a = tri[first], b = tri[(first + 1) % 3], c = tri[(first + 2) % 3],
                   x = mid[first], y = mid[(first + 1) % 3], z = mid[(first + 2) % 3];
    const uint32_t none[1][3] = {{a, b, c}}, one[2][3] = {{a, x, c}, {x, b, c}},
                   two[3][3] = {{x, b, y}, {a, x, y}, {a, y, c}},
                   three[4][3] = {{a, x, z}, {x, b, y}, {z, y, c}, {x, y, z}};
    memcpy(out,
           count == 0   ? none
           : count == 1 ? one
           : count == 2 ? two
                        : three,
           (size_t)(count + 1) * sizeof *out);
    return (size_t)count + 1;
}

static void set_vertex(const struct finer *f, struct nw_mesh *to, uint32_t v, uint32_t a,
                       uint32_t b)
{
    const struct nw_mesh *m = f->mesh;
    to->pos_mm[v] = a == b ? m->pos_mm[a] : middle(f, m->pos_mm[a], m->pos_mm[b]);
    if (m->uncertainty_mm)
        to->uncertainty_mm[v] =
            a == b ? m->uncertainty_mm[a] : (m->uncertainty_mm[a] + m->uncertainty_mm[b]) / 2;
    if (m->vert_class)
        to->vert_class[v] = m->vert_class[a];
    if (m->vert_rgba)
        memcpy(to->vert_rgba[v], m->vert_rgba[a], 4);
}

static bool room(const struct nw_mesh *like, size_t verts, size_t tris, struct nw_mesh *out,
                 struct nw_err *err)
{
    if (!nw_mesh_init(out, verts, tris, err))
        return false;
    out->tol_mm = like->tol_mm;
    out->frame = like->frame;
    return (!like->uncertainty_mm || (out->uncertainty_mm = NW_ALLOC(float, verts, err))) &&
           (!like->vert_class || (out->vert_class = NW_ALLOC(uint8_t, verts, err))) &&
           (!like->vert_rgba || (out->vert_rgba = nw_alloc(verts, 4, err)));
}

/* All that are wanted are halved once; *more says whether there were any. */
static bool halve(struct finer *f, struct nw_mesh *mesh, bool *more, struct nw_err *err)
{
    const size_t halves = 3 * mesh->tri_count;
    NW_AUTOFREE uint32_t *twin = NW_ALLOC_UNSET(uint32_t, halves + 1, err);
    NW_AUTOFREE uint32_t *mid = twin ? NW_ALLOC_UNSET(uint32_t, halves + 1, err) : NULL;
    NW_AUTO(nw_mesh) out = {0};
    size_t verts = mesh->vert_count, face = f->face;
    if (!mid || !nw_twins(mesh, twin, err))
        return false;
    f->mesh = mesh;
    memset(mid, 0xff, (halves + 1) * sizeof *mid);
    for (size_t h = 0; h < halves; h++)
        if (h < twin[h] && twin[h] != NW_NO_TWIN && wants(f, twin, h))
            mid[h] = mid[twin[h]] = (uint32_t)verts++;
    *more = verts > mesh->vert_count;
    if (!*more)
        return true;
    if (!room(mesh, verts, mesh->tri_count + 2 * (verts - mesh->vert_count), &out, err))
        return false;
    out.tri_count = 0;
    for (uint32_t v = 0; v < mesh->vert_count; v++)
        set_vertex(f, &out, v, v, v);
    for (size_t h = 0; h < halves; h++)
        if (h < twin[h] && mid[h] != UINT32_MAX)
            set_vertex(f, &out, mid[h], mesh->tri[h / 3][h % 3], mesh->tri[h / 3][(h + 1) % 3]);
    for (size_t t = 0; t < mesh->tri_count; t++) {
        if (t == f->face)
            face = out.tri_count;
        out.tri_count += parts_of(mesh->tri[t], &mid[3 * t], &out.tri[out.tri_count]);
    }
    f->face = face;
    nw_mesh_release(mesh);
    *mesh = out;
    out = (struct nw_mesh){0};
    return true;
}

static bool halve_all(struct finer *f, struct nw_mesh *mesh, struct nw_err *err)
{
    enum { MOST_ROUNDS = 24 };
    bool more = true;
    for (int i = 0; more && i < MOST_ROUNDS; i++)
        if (!halve(f, mesh, &more, err))
            return false;
    return true;
}

static double facet_mm(double radius)
{
    return 2 * sqrt(2 * radius * OFF_MM);
}

double nw_cut_dome_sigma_mm3(double radius_mm, double area_mm2)
{
    return OFF_MM * facet_mm(radius_mm) * sqrt(area_mm2);
}

bool nw_dome_refine(const struct nw_half_cylinder *c, struct nw_mesh *mesh, struct nw_err *err)
{
    struct finer f = {c, mesh, SIZE_MAX, facet_mm(c->radius)};
    return halve_all(&f, mesh, err);
}

bool nw_dome_round(const struct nw_half_cylinder *c, struct nw_piece_cut *piece,
                   struct nw_err *err)
{
    struct finer f = {c, &piece->mesh, piece->face, facet_mm(c->radius)};
    const bool ok = halve_all(&f, &piece->mesh, err);
    piece->face = f.face;
    return ok;
}
