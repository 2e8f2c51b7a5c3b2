/* plan/cut.c -- see cut.h. */
#include "plan/cut.h"

#include <string.h>

#include "core/parallel.h"
#include "plan/dome_priv.h"
#include "plan/fuse_priv.h"
#include "plan/geodesic_priv.h"
#include "plan/linear_priv.h"
#include "plan/loops_priv.h"

static const double CLEAR_MM = 1e-7; /* no vertex is nearer to the plane than this */

void nw_piece_cut_release(struct nw_piece_cut *piece)
{
    nw_mesh_release(&piece->mesh);
    *piece = (struct nw_piece_cut){0};
}

/* One side of the cut in the making. */
struct side {
    const struct nw_mesh *mesh;
    const uint32_t *twin;
    nw_vec3 out;     /* of the face: away from the piece */
    const double *d; /* of the vertices: above 0 stays */
    uint32_t *kept;  /* by vertex: its new number */
    uint32_t *made;  /* by half edge: the vertex on it */
    uint32_t *after; /* by new vertex, less the first: its follower around the face */
    size_t old_count, made_count;
    struct nw_mesh piece;
    const struct nw_half_cylinder *dome; /* the sheet, when it is no plane */
    bool inside;                         /* of it, else beyond */
};

static uint32_t canonical(const struct side *s, uint32_t half)
{
    return half < s->twin[half] ? half : s->twin[half];
}

/* The plane's distance at each vertex, moved so that no vertex lies on it. */
static bool distances(const struct nw_mesh *m, nw_vec3 point, nw_vec3 n, double *d,
                      struct nw_err *err)
{
    enum { TRIES = 200 };
    static const double STEP_MM = 1e-6;
    for (int k = 0; k < TRIES; k++) {
        const double shift = STEP_MM * (double)((k + 1) / 2) * (k % 2 ? 1 : -1);
        bool on = false;
        for (size_t v = 0; v < m->vert_count; v++) {
            d[v] = nw_dot(nw_sub(m->pos_mm[v], point), n) - shift;
            on = on || fabs(d[v]) < CLEAR_MM;
        }
        if (!on)
            return true;
    }
    return nw_fail(err, NW_ERR_GEOMETRY,
                   "the surface has vertices everywhere near the plane of the cut; move it a "
                   "little");
}

static void number_vertices(struct side *s)
{
    const struct nw_mesh *m = s->mesh;
    for (size_t v = 0; v < m->vert_count; v++)
        s->kept[v] = s->d[v] > 0 ? (uint32_t)s->old_count++ : UINT32_MAX;
    for (uint32_t h = 0; h < 3 * m->tri_count; h++) {
        const uint32_t a = m->tri[h / 3][h % 3], b = m->tri[h / 3][(h + 1) % 3];
        if (canonical(s, h) == h && (s->d[a] > 0) != (s->d[b] > 0))
            s->made[h] = (uint32_t)(s->old_count + s->made_count++);
    }
}

static void copy_vertex(struct side *s, size_t v)
{
    const struct nw_mesh *m = s->mesh;
    const uint32_t to = s->kept[v];
    s->piece.pos_mm[to] = m->pos_mm[v];
    if (m->uncertainty_mm)
        s->piece.uncertainty_mm[to] = m->uncertainty_mm[v];
    if (m->vert_class)
        s->piece.vert_class[to] = m->vert_class[v];
    if (m->vert_rgba)
        memcpy(s->piece.vert_rgba[to], m->vert_rgba[v], 4);
}

static void make_vertex(struct side *s, uint32_t half)
{
    const struct nw_mesh *m = s->mesh;
    uint32_t a = m->tri[half / 3][half % 3], b = m->tri[half / 3][(half + 1) % 3];
    if (a > b) { /* both sides of a cut compute the same */
        const uint32_t c = a;
        a = b;
        b = c;
    }
    const double t = s->dome ? nw_dome_crossing(s->dome, m->pos_mm[a], m->pos_mm[b])
                             : s->d[a] / (s->d[a] - s->d[b]);
    const uint32_t to = s->made[half], near = t < 0.5 ? a : b;
    s->piece.pos_mm[to] = nw_along(m->pos_mm[a], nw_sub(m->pos_mm[b], m->pos_mm[a]), t);
    if (m->uncertainty_mm)
        s->piece.uncertainty_mm[to] =
            (float)((1 - t) * (double)m->uncertainty_mm[a] + t * (double)m->uncertainty_mm[b]);
    if (m->vert_class)
        s->piece.vert_class[to] = m->vert_class[near];
    if (m->vert_rgba)
        memcpy(s->piece.vert_rgba[to], m->vert_rgba[near], 4);
}

static bool init_piece(struct side *s, struct nw_err *err)
{
    const struct nw_mesh *m = s->mesh;
    const size_t verts = s->old_count + s->made_count;
    if (!nw_mesh_init(&s->piece, verts, 2 * m->tri_count + 3 * s->made_count, err))
        return false;
    if (m->uncertainty_mm && !(s->piece.uncertainty_mm = NW_ALLOC(float, verts, err)))
        return false;
    if (m->vert_class && !(s->piece.vert_class = NW_ALLOC(uint8_t, verts, err)))
        return false;
    if (m->vert_rgba && !(s->piece.vert_rgba = nw_alloc(verts, 4, err)))
        return false;
    s->piece.tol_mm = m->tol_mm;
    s->piece.frame = m->frame;
    s->piece.tri_count = 0;
    for (size_t v = 0; v < m->vert_count; v++)
        if (s->kept[v] != UINT32_MAX)
            copy_vertex(s, v);
    for (uint32_t h = 0; h < 3 * m->tri_count; h++)
        if (s->made[h] != UINT32_MAX)
            make_vertex(s, h);
    return true;
}

static void add_triangle(struct side *s, uint32_t a, uint32_t b, uint32_t c)
{
    memcpy(s->piece.tri[s->piece.tri_count++], (uint32_t[3]){a, b, c}, sizeof *s->piece.tri);
}

/* What stays of triangle t; where it was cut, the face will run the other way. */
static void clip_triangle(struct side *s, size_t t)
{
    uint32_t poly[4];
    int n = 0, leaves = -1, enters = -1;
    for (int k = 0; k < 3; k++) {
        const uint32_t h = (uint32_t)(3 * t) + (uint32_t)k, v = s->mesh->tri[t][k];
        if (s->kept[v] != UINT32_MAX)
            poly[n++] = s->kept[v];
        const uint32_t made = s->made[canonical(s, h)];
        if (made == UINT32_MAX)
            continue;
        if (s->kept[v] != UINT32_MAX)
            leaves = n;
        else
            enters = n;
        poly[n++] = made;
    }
    if (n >= 3)
        add_triangle(s, poly[0], poly[1], poly[2]);
    if (n == 4)
        add_triangle(s, poly[0], poly[2], poly[3]);
    if (leaves >= 0 && enters >= 0)
        s->after[poly[enters] - s->old_count] = poly[leaves] - (uint32_t)s->old_count;
}

static bool close_face(struct side *s, struct nw_piece_cut *out, struct nw_err *err)
{
    const size_t n = s->made_count;
    NW_AUTOFREE double(*at)[2] = nw_alloc_unset(n + 1, sizeof *at, err);
    NW_AUTOFREE uint32_t(*tri)[3] = at ? nw_alloc_unset(3 * n + 1, sizeof *tri, err) : NULL;
    if (!tri)
        return false;
    nw_vec3 u, v;
    nw_across(s->out, &u, &v);
    for (size_t i = 0; i < n; i++) {
        const nw_vec3 p =
            nw_sub(s->piece.pos_mm[s->old_count + i], s->piece.pos_mm[s->old_count]);
        at[i][0] = nw_dot(p, u);
        at[i][1] = nw_dot(p, v);
        if (!s->dome)
            continue;
        nw_dome_flat(s->dome, s->piece.pos_mm[s->old_count + i], at[i]);
        at[i][0] *= s->inside ? 1 : -1; /* seen from where the face looks */
    }
    size_t count = 0;
    if (!nw_loops_fill((const double(*)[2])at, s->after, n, tri, &count, err))
        return false;
    out->face = s->piece.tri_count;
    out->face_area_mm2 = 0;
    for (size_t t = 0; t < count; t++) {
        const double *a = at[tri[t][0]], *b = at[tri[t][1]], *c = at[tri[t][2]];
        out->face_area_mm2 +=
            ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
        const uint32_t o = (uint32_t)s->old_count;
        add_triangle(s, tri[t][0] + o, tri[t][1] + o, tri[t][2] + o);
    }
    return true;
}

/* The piece, once it is known which vertices stay. */
static bool take_side(struct side *s, struct nw_piece_cut *out, struct nw_err *err)
{
    number_vertices(s);
    if (s->made_count < 3)
        return s->dome ? nw_fail(err, NW_ERR_GEOMETRY, "the dome does not meet the part")
                       : nw_fail(err, NW_ERR_GEOMETRY,
                                 "the plane of the cut does not meet the part");
    NW_AUTOFREE uint32_t *after = NW_ALLOC(uint32_t, s->made_count, err);
    s->after = after;
    bool ok = after && init_piece(s, err);
    for (size_t t = 0; ok && t < s->mesh->tri_count; t++)
        clip_triangle(s, t);
    ok = ok && close_face(s, out, err);
    if (!ok) {
        nw_mesh_release(&s->piece);
        return false;
    }
    out->mesh = s->piece;
    return true;
}

/* As distances(); what moves here is the radius. */
static bool dome_distances(const struct nw_mesh *m, struct nw_half_cylinder *c, bool inside,
                           double *d, struct nw_err *err)
{
    enum { TRIES = 200 };
    static const double STEP_MM = 1e-6;
    const double radius = c->radius;
    for (int k = 0; k < TRIES; k++) {
        bool on = false;
        c->radius = radius + STEP_MM * (double)((k + 1) / 2) * (k % 2 ? 1 : -1);
        for (size_t v = 0; v < m->vert_count; v++) {
            d[v] = nw_dome_distance(c, m->pos_mm[v]) * (inside ? -1 : 1);
            on = on || fabs(d[v]) < CLEAR_MM;
        }
        if (!on)
            return true;
    }
    return nw_fail(err, NW_ERR_GEOMETRY,
                   "the surface has vertices everywhere near the plane of the cut; move it a "
                   "little");
}

/* The side to which `keep` points. */
static bool cut_side(const struct nw_mesh *m, const uint32_t *twin, nw_vec3 point, nw_vec3 keep,
                     struct nw_piece_cut *out, struct nw_err *err)
{
    NW_AUTOFREE double *d = NW_ALLOC_UNSET(double, m->vert_count, err);
    NW_AUTOFREE uint32_t *kept = d ? NW_ALLOC_UNSET(uint32_t, m->vert_count, err) : NULL;
    NW_AUTOFREE uint32_t *made = kept ? NW_ALLOC_UNSET(uint32_t, 3 * m->tri_count, err) : NULL;
    if (!made || !distances(m, point, keep, d, err))
        return false;
    memset(made, 0xff, 3 * m->tri_count * sizeof *made);
    struct side s = {
        .mesh = m, .twin = twin, .out = nw_scale(keep, -1), .d = d, .kept = kept, .made = made};
    return take_side(&s, out, err);
}

/* Beyond the dome, or within. */
static bool cut_dome_side(const struct nw_mesh *m, const uint32_t *twin,
                          const struct nw_half_cylinder *c, bool inside,
                          struct nw_piece_cut *out, struct nw_err *err)
{
    NW_AUTOFREE double *d = NW_ALLOC_UNSET(double, m->vert_count, err);
    NW_AUTOFREE uint32_t *kept = d ? NW_ALLOC_UNSET(uint32_t, m->vert_count, err) : NULL;
    NW_AUTOFREE uint32_t *made = kept ? NW_ALLOC_UNSET(uint32_t, 3 * m->tri_count, err) : NULL;
    struct nw_half_cylinder moved = *c;
    if (!made || !dome_distances(m, &moved, inside, d, err))
        return false;
    memset(made, 0xff, 3 * m->tri_count * sizeof *made);
    struct side s = {.mesh = m,
                     .twin = twin,
                     .out = moved.towards,
                     .d = d,
                     .kept = kept,
                     .made = made,
                     .dome = &moved,
                     .inside = inside};
    if (!take_side(&s, out, err))
        return false;
    out->curved = true;
    out->axis_mm[0] = c->point;
    out->axis_mm[1] = nw_add(c->point, c->along);
    bool before = true;
    for (size_t t = out->face; t < out->mesh.tri_count; t++)
        for (int k = 0; k < 3; k++)
            before = before && nw_dome_is_before(&moved, out->mesh.pos_mm[out->mesh.tri[t][k]]);
    const bool ok =
        before ? nw_dome_round(&moved, out, err)
               : nw_fail(err, NW_ERR_GEOMETRY,
                         "the dome's sides leave the part behind its axis: take a larger "
                         "radius, or move the axis");
    if (!ok)
        nw_piece_cut_release(out);
    return ok;
}

double nw_cut_sigma_mm3(double area_mm2)
{
    static const double MOST_MOVED_MM = 1e-4;
    return MOST_MOVED_MM * area_mm2;
}

bool nw_cut(const struct nw_mesh *mesh, nw_vec3 point_mm, nw_vec3 normal, double kerf_mm,
            struct nw_piece_cut *above, struct nw_piece_cut *below, struct nw_err *err)
{
    const nw_vec3 n = nw_unit(normal);
    if (!(nw_length2(n) > 0) || !(kerf_mm >= 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "a cut needs a normal and a kerf of 0 mm or more");
    NW_AUTOFREE uint32_t *twin = NW_ALLOC_UNSET(uint32_t, 3 * mesh->tri_count + 1, err);
    if (!twin || !nw_twins(mesh, twin, err))
        return false;
    if (!nw_twins_closed(mesh, twin))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "only a closed part can be cut, and this one is "
                       "not; see nuwa check");
    const double half = kerf_mm / 2;
    struct nw_piece_cut up = {0}, down = {0};
    if (!cut_side(mesh, twin, nw_along(point_mm, n, half), n, &up, err))
        return false;
    if (!cut_side(mesh, twin, nw_along(point_mm, n, -half), nw_scale(n, -1), &down, err)) {
        nw_piece_cut_release(&up);
        return false;
    }
    *above = up;
    *below = down;
    return true;
}

static bool cut_dome(const struct nw_mesh *mesh, const struct nw_half_cylinder *c, double half,
                     struct nw_piece_cut *outside, struct nw_piece_cut *inside,
                     struct nw_err *err)
{
    NW_AUTOFREE uint32_t *twin = NW_ALLOC_UNSET(uint32_t, 3 * mesh->tri_count + 1, err);
    struct nw_half_cylinder outer = *c, inner = *c;
    struct nw_piece_cut up = {0}, down = {0};
    if (!twin || !nw_twins(mesh, twin, err))
        return false;
    if (!nw_twins_closed(mesh, twin))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "only a closed part can be cut, and this one is "
                       "not; see nuwa check");
    outer.radius += half;
    inner.radius -= half;
    if (!cut_dome_side(mesh, twin, &outer, false, &up, err))
        return false;
    if (!cut_dome_side(mesh, twin, &inner, true, &down, err)) {
        nw_piece_cut_release(&up);
        return false;
    }
    *outside = up;
    *inside = down;
    return true;
}

bool nw_cut_dome(const struct nw_mesh *mesh, const struct nw_dome *dome, double kerf_mm,
                 struct nw_piece_cut *outside, struct nw_piece_cut *inside, struct nw_err *err)
{
    struct nw_half_cylinder c;
    NW_AUTO(nw_mesh) fine = {0};
    if (!nw_dome_set_up(dome, &c, err))
        return false;
    if (!(kerf_mm >= 0) || !(kerf_mm < dome->radius_mm))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the kerf of a dome is 0 mm or more, and below its radius");
    return nw_mesh_copy(&fine, mesh, err) && nw_dome_refine(&c, &fine, err) &&
           cut_dome(&fine, &c, kerf_mm / 2, outside, inside, err);
}

/* ---- faces ---- */

static bool face_mesh(const struct nw_piece_cut *p, struct nw_mesh *out, struct nw_err *err)
{
    const size_t count = p->mesh.tri_count - p->face;
    if (!nw_mesh_init(out, p->mesh.vert_count, count, err))
        return false;
    memcpy(out->pos_mm, p->mesh.pos_mm, p->mesh.vert_count * sizeof *out->pos_mm);
    memcpy(out->tri, p->mesh.tri + p->face, count * sizeof *out->tri);
    return nw_mesh_compact(out, err);
}

static nw_vec3 mean_normal(const struct nw_mesh *m)
{
    nw_vec3 sum = {0, 0, 0};
    for (size_t t = 0; t < m->tri_count; t++) {
        const nw_vec3 a = m->pos_mm[m->tri[t][0]];
        sum = nw_add(sum, nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a),
                                   nw_sub(m->pos_mm[m->tri[t][2]], a)));
    }
    return nw_unit(sum);
}

/* Along the normal to the other face: ahead is a gap, behind an overlap. False: not there. */
static bool gap_at(const struct nw_bvh *other, nw_vec3 p, nw_vec3 n, double *gap)
{
    static const double FAR_MM = 1000;
    struct nw_segment_near ahead, behind;
    const bool a = nw_bvh_first_hit(other, p, nw_along(p, n, FAR_MM), -1, &ahead);
    const bool b = nw_bvh_first_hit(other, p, nw_along(p, n, -FAR_MM), -1, &behind);
    if (!a && !b)
        return false;
    *gap = a && (!b || ahead.along <= behind.along) ? ahead.along * FAR_MM
                                                    : -behind.along * FAR_MM;
    return true;
}

/* The normal of a dome's face; the mean one tells to which side. */
static nw_vec3 radial(const struct nw_piece_cut *a, nw_vec3 p, nw_vec3 side)
{
    const nw_vec3 along = nw_sub(a->axis_mm[1], a->axis_mm[0]), d = nw_sub(p, a->axis_mm[0]);
    const nw_vec3 out = nw_unit(nw_along(d, along, -nw_dot(d, along) / nw_length2(along)));
    return nw_dot(out, side) > 0 ? out : nw_scale(out, -1);
}

static void gather_faces(const struct nw_samples *s, const struct nw_bvh *other,
                         const struct nw_piece_cut *a, nw_vec3 mean, double tolerance_mm,
                         struct nw_faces *out)
{
    const double each = s->area_mm2 / (double)(s->count ? s->count : 1);
    double facing = 0, missing = 0;
    *out = (struct nw_faces){.gap_min_mm = HUGE_VAL, .gap_max_mm = -HUGE_VAL};
    for (size_t i = 0; i < s->count; i++) {
        double gap;
        struct nw_nearest near;
        const nw_vec3 n = a->curved ? radial(a, s->at[i], mean) : mean;
        if (gap_at(other, s->at[i], n, &gap)) {
            facing++;
            out->gap_mean_mm += gap;
            out->gap_min_mm = fmin(out->gap_min_mm, gap);
            out->gap_max_mm = fmax(out->gap_max_mm, gap);
            out->contact_mm2 += fabs(gap) <= tolerance_mm ? each : 0;
        } else if (nw_bvh_nearest(other, s->at[i], HUGE_VAL, &near)) {
            const nw_vec3 d = nw_sub(near.point_mm, s->at[i]);
            const double step = nw_length(nw_along(d, n, -nw_dot(d, n)));
            missing++;
            out->step_mean_mm += step;
            out->step_max_mm = fmax(out->step_max_mm, step);
        }
    }
    out->facing_mm2 = facing * each;
    out->gap_mean_mm = facing > 0 ? out->gap_mean_mm / facing : (double)NAN;
    if (!(facing > 0))
        out->gap_min_mm = out->gap_max_mm = (double)NAN;
    out->step_mean_mm = missing > 0 ? out->step_mean_mm / missing : 0;
}

bool nw_faces_compare(const struct nw_piece_cut *a, const struct nw_piece_cut *b,
                      double tolerance_mm, struct nw_faces *out, struct nw_err *err)
{
    enum { SAMPLES = 4000 };
    NW_AUTO(nw_mesh) first = {0};
    NW_AUTO(nw_mesh) other = {0};
    struct nw_samples s = {0};
    if (!face_mesh(a, &first, err) || !face_mesh(b, &other, err) ||
        !nw_samples_init(&s, &first, SAMPLES, err))
        return false;
    struct nw_bvh *bvh = nw_bvh_new(&other, err);
    if (bvh) {
        const nw_vec3 n = mean_normal(&first), m = nw_scale(mean_normal(&other), -1);
        gather_faces(&s, bvh, a, n, tolerance_mm, out);
        out->angle_rad = a->curved || b->curved
                             ? (double)NAN
                             : nw_atan2(nw_length(nw_cross(n, m)), nw_dot(n, m));
    }
    nw_bvh_free(bvh);
    nw_samples_release(&s);
    return bvh != NULL;
}
