/* print/split.c -- see split.h. */
#include "print/split.h"

#include <string.h>

#include "core/parallel.h"
#include "field/surface.h"
#include "mesh/check.h"
#include "print/split_priv.h"

static const double PEG_MM = 8, LEAST_PEG_MM = 2, FLAT_AT = 0.5;
static const double OFF_SHARE = 1e-3; /* of the volume, that may not be accounted for */
static const double CELLS = 4e5;      /* of all surface: some ten seconds */
enum { ROUND = 96 };

/* ---- keys as solids ---- */

/* A circle with a flat where it is cut off, of a key's radius and so much more. */
static nw_node flat_prism(struct nw_field *f, const struct nw_split_key *key, double more,
                          nw_vec3 from, double length, struct nw_err *err)
{
    double outline[ROUND][2];
    const double r = key->radius_mm + more, flat = FLAT_AT * key->radius_mm + more;
    const double corner = nw_acos(flat / r), turn = 2 * (NW_PI - corner) / (ROUND - 1);
    for (int k = 0; k < ROUND; k++) {
        outline[k][0] = r * nw_cos(corner + k * turn);
        outline[k][1] = r * nw_sin(corner + k * turn);
    }
    const nw_vec3 v = nw_cross(key->axis, key->side);
    return nw_field_extrusion(f, from, key->side, v, (const double(*)[2])outline, ROUND, length,
                              err);
}

/* With a bevel at its end, so that it finds its socket. */
static double bevel_of(const struct nw_split_key *key)
{
    return key->flat ? 0 : fmin(0.3 * key->radius_mm, 0.6);
}

static nw_node peg(struct nw_field *f, const struct nw_split_key *key, struct nw_err *err)
{
    const nw_vec3 from = nw_along(key->place_mm, key->axis, -NW_SPLIT_ROOT_MM);
    if (key->flat)
        return flat_prism(f, key, 0, from, NW_SPLIT_ROOT_MM + key->length_mm, err);
    const double bevel = bevel_of(key);
    const nw_vec3 neck = nw_along(key->place_mm, key->axis, key->length_mm - bevel),
                  in = nw_along(neck, key->axis, -bevel / 2),
                  end = nw_along(neck, key->axis, bevel);
    const nw_node post = nw_field_cylinder(f, from, neck, key->radius_mm, err);
    /* from within the post, so that no skin is left between them */
    const nw_node tip =
        nw_field_cone(f, in, end, key->radius_mm + bevel / 2, key->radius_mm - bevel, err);
    const nw_node wide =
        nw_field_cylinder(f, in, nw_along(end, key->axis, 1), key->radius_mm, err);
    return nw_field_union(f, post, nw_field_intersection(f, tip, wide, err), err);
}

static nw_node socket(struct nw_field *f, const struct nw_split_key *key, double clearance,
                      struct nw_err *err)
{
    const nw_vec3 from = nw_along(key->place_mm, key->axis, -NW_SPLIT_ROOT_MM),
                  to = nw_along(key->place_mm, key->axis, key->length_mm + clearance);
    if (key->flat)
        return flat_prism(f, key, clearance, from,
                          NW_SPLIT_ROOT_MM + key->length_mm + clearance, err);
    return nw_field_cylinder(f, from, to, key->radius_mm + clearance, err);
}

static double flat_area(double r, double flat)
{
    const double angle = nw_acos(flat / r);
    return r * r * (NW_PI - angle) + flat * sqrt(r * r - flat * flat);
}

/* What a socket takes away more than its peg gives back. */
static double clearance_volume(const struct nw_split_key *key, double c)
{
    const double r = key->radius_mm, h = key->length_mm, b = bevel_of(key), t = r - b;
    if (key->flat)
        return flat_area(r + c, FLAT_AT * r + c) * (h + c) - flat_area(r, FLAT_AT * r) * h;
    const double post = NW_PI * r * r * (h - b), tip = NW_PI / 3 * b * (r * r + r * t + t * t);
    return NW_PI * (r + c) * (r + c) * (h + c) - post - tip;
}

/* ---- pieces ---- */

static nw_node solid_of(struct nw_splitting *s, size_t leaf, struct nw_err *err)
{
    struct nw_field *f = s->field;
    nw_node n = s->part;
    for (int at = (int)leaf; s->node[at].parent >= 0; at = s->node[at].parent) {
        const struct nw_split_node *up = &s->node[s->node[at].parent];
        const struct nw_split_plane *p = &s->plane[up->plane];
        const nw_vec3 out = nw_scale(p->normal, up->above == at ? -1 : 1);
        n = nw_field_intersection(f, n, nw_field_half_space(f, p->point_mm, out, err), err);
    }
    for (size_t k = 0; k < s->key_count; k++) {
        if (s->key[k].piece == leaf)
            n = nw_field_union(f, n, peg(f, &s->key[k], err), err);
        if (s->key[k].socket == leaf)
            n = nw_field_difference(f, n, socket(f, &s->key[k], s->clearance, err), err);
    }
    return n;
}

static bool add_piece(struct nw_split *out, struct nw_mesh *mesh, struct nw_err *err)
{
    if (out->count == NW_SPLIT_PIECES)
        return nw_fail(err, NW_ERR_LIMIT, "the part falls into more than %d pieces",
                       NW_SPLIT_PIECES);
    mesh->frame = NW_FRAME_PATIENT;
    out->piece[out->count++] =
        (struct nw_split_piece){.mesh = *mesh, .volume_mm3 = nw_mesh_volume_mm3(mesh)};
    *mesh = (struct nw_mesh){0};
    return true;
}

/* The triangles of one shell. */
static bool take_shell(const struct nw_mesh *from, const uint32_t *shell, uint32_t which,
                       struct nw_mesh *out, struct nw_err *err)
{
    size_t count = 0;
    for (size_t t = 0; t < from->tri_count; t++)
        count += shell[t] == which;
    if (!nw_mesh_init(out, from->vert_count, count, err))
        return false;
    memcpy(out->pos_mm, from->pos_mm, from->vert_count * sizeof *out->pos_mm);
    count = 0;
    for (size_t t = 0; t < from->tri_count; t++)
        if (shell[t] == which)
            memcpy(out->tri[count++], from->tri[t], sizeof *out->tri);
    return nw_mesh_compact(out, err);
}

static bool holds(nw_box outer, nw_box inner)
{
    return outer.min.x <= inner.min.x && outer.min.y <= inner.min.y &&
           outer.min.z <= inner.min.z && outer.max.x >= inner.max.x &&
           outer.max.y >= inner.max.y && outer.max.z >= inner.max.z;
}

/* A hollow goes to the smallest of the leaf's pieces that is around it. */
static bool add_hollow(struct nw_split *out, size_t from, struct nw_mesh *hollow,
                       struct nw_err *err)
{
    const nw_box box = nw_mesh_box(hollow);
    struct nw_split_piece *around = NULL;
    for (size_t p = from; p < out->count; p++)
        if (holds(nw_mesh_box(&out->piece[p].mesh), box) &&
            (!around || out->piece[p].volume_mm3 < around->volume_mm3))
            around = &out->piece[p];
    const bool ok = !around || nw_mesh_append(&around->mesh, hollow, err);
    if (ok && around)
        around->volume_mm3 = nw_mesh_volume_mm3(&around->mesh);
    nw_mesh_release(hollow);
    return ok;
}

static bool add_shells(struct nw_split *out, const struct nw_mesh *mesh, const uint32_t *shell,
                       size_t count, struct nw_err *err)
{
    const size_t from = out->count;
    for (int hollow = 0; hollow < 2; hollow++)
        for (size_t n = 0; n < count; n++) {
            struct nw_mesh one = {0};
            bool ok = take_shell(mesh, shell, (uint32_t)n, &one, err);
            const bool inner = ok && nw_mesh_volume_mm3(&one) < 0;
            if (ok && inner == (hollow > 0))
                ok = inner ? add_hollow(out, from, &one, err) : add_piece(out, &one, err);
            nw_mesh_release(&one);
            if (!ok)
                return false;
        }
    return true;
}

static bool make_leaf(struct nw_splitting *s, size_t leaf, struct nw_split *out,
                      struct nw_err *err)
{
    struct nw_mesh mesh = {0};
    size_t count = 0;
    nw_box box = s->node[leaf].box;
    for (size_t k = 0; k < s->key_count; k++)
        if (s->key[k].piece == leaf)
            box = nw_box_with(
                box, nw_along(s->key[k].place_mm, s->key[k].axis, s->key[k].length_mm));
    const nw_node root = solid_of(s, leaf, err);
    bool ok =
        root >= 0 && nw_surface_of_field(s->field, root,
                                         nw_box_grown(box, s->most_radius + 2 * out->cell_mm),
                                         out->cell_mm, &mesh, err);
    NW_AUTOFREE uint32_t *shell = ok ? NW_ALLOC(uint32_t, mesh.tri_count, err) : NULL;
    s->node[leaf].piece_lo = out->count;
    ok = shell && nw_mesh_components(&mesh, shell, &count, err) &&
         add_shells(out, &mesh, shell, count, err);
    s->node[leaf].piece_hi = out->count;
    nw_mesh_release(&mesh);
    return ok;
}

/* ---- do they hold together ---- */

static double way_to(const struct nw_mesh *m, nw_vec3 p)
{
    double best = HUGE_VAL;
    for (size_t v = 0; v < m->vert_count; v++)
        best = fmin(best, nw_length2(nw_sub(m->pos_mm[v], p)));
    return best;
}

static size_t nearest_piece(const struct nw_splitting *s, const struct nw_split *out,
                            size_t leaf, nw_vec3 p)
{
    size_t best = s->node[leaf].piece_lo;
    double way = HUGE_VAL;
    for (size_t n = best; n < s->node[leaf].piece_hi; n++) {
        const double own = way_to(&out->piece[n].mesh, p);
        best = own < way ? n : best;
        way = fmin(way, own);
    }
    return best;
}

static size_t root_of(const size_t *joined, size_t n)
{
    while (joined[n] != n)
        n = joined[n];
    return n;
}

/* Keys name pieces from here on. */
static size_t join(struct nw_splitting *s, const struct nw_split *out)
{
    size_t joined[NW_SPLIT_PIECES], groups = out->count;
    for (size_t n = 0; n < out->count; n++)
        joined[n] = n;
    for (size_t k = 0; k < s->key_count; k++) {
        struct nw_split_key *key = &s->key[k];
        const nw_vec3 tip = nw_along(key->place_mm, key->axis, key->length_mm),
                      end = nw_along(tip, key->axis, s->clearance);
        key->piece = nearest_piece(s, out, key->piece, tip);
        key->socket = nearest_piece(s, out, key->socket, end);
        const size_t a = root_of(joined, key->piece), b = root_of(joined, key->socket);
        groups -= a != b;
        joined[a > b ? a : b] = a < b ? a : b;
    }
    return groups;
}

/* Shells of the whole part that are no hollows. */
static bool count_bodies(const struct nw_mesh *mesh, size_t *bodies, struct nw_err *err)
{
    size_t count = 0;
    NW_AUTOFREE uint32_t *shell = NW_ALLOC(uint32_t, mesh->tri_count, err);
    if (!shell || !nw_mesh_components(mesh, shell, &count, err))
        return false;
    NW_AUTOFREE double *six = NW_ALLOC(double, count, err);
    if (!six)
        return false;
    const nw_vec3 from = nw_mesh_box(mesh).min;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const nw_vec3 a = nw_sub(mesh->pos_mm[mesh->tri[t][0]], from),
                      b = nw_sub(mesh->pos_mm[mesh->tri[t][1]], from),
                      c = nw_sub(mesh->pos_mm[mesh->tri[t][2]], from);
        six[shell[t]] += nw_dot(a, nw_cross(b, c));
    }
    *bodies = 0;
    for (size_t n = 0; n < count; n++)
        *bodies += six[n] > 0;
    return true;
}

static bool check_joined(struct nw_splitting *s, const struct nw_split *out, struct nw_err *err)
{
    size_t bodies = 0;
    if (!count_bodies(s->mesh, &bodies, err))
        return false;
    if (join(s, out) <= bodies)
        return true;
    if (!(s->thin_mm2 > 0)) { /* thinner than a sample */
        s->thin_place = s->plane[0].point_mm;
        s->thin_needs_mm = 2 * nw_split_needs(s, s->least_radius);
    }
    return nw_fail(err, NW_ERR_GEOMETRY,
                   "the section at (%.1f, %.1f, %.1f) mm is too thin for a key: %.1f mm where "
                   "%.1f mm are needed on %s; cut elsewhere with --plane",
                   s->thin_place.x, s->thin_place.y, s->thin_place.z, s->thin_mm,
                   s->thin_needs_mm, s->machine->name);
}

/* ---- the proof ---- */

static bool check_pieces(const struct nw_splitting *s, struct nw_split *out, struct nw_err *err)
{
    for (size_t n = 0; n < out->count; n++) {
        struct nw_split_piece *p = &out->piece[n];
        const nw_vec3 size = nw_box_size(nw_mesh_box(&p->mesh));
        if (!nw_split_fits(s->machine, nw_mesh_box(&p->mesh), &p->turned))
            return nw_fail(
                err, NW_ERR_GEOMETRY,
                "piece %zu is still %.1f x %.1f x %.1f mm; %s builds %g x %g x %g mm", n + 1,
                size.x, size.y, size.z, s->machine->name, s->machine->build_mm[0],
                s->machine->build_mm[1], s->machine->build_mm[2]);
        out->pieces_mm3 += p->volume_mm3;
    }
    out->whole_mm3 = nw_mesh_volume_mm3(s->mesh);
    for (size_t k = 0; k < s->key_count; k++)
        out->clearance_mm3 += clearance_volume(&s->key[k], s->clearance);
    out->off_mm3 = out->pieces_mm3 + out->clearance_mm3 - out->whole_mm3;
    out->off_limit_mm3 = OFF_SHARE * out->whole_mm3;
    return fabs(out->off_mm3) <= out->off_limit_mm3 ||
           nw_fail(err, NW_ERR_GEOMETRY,
                   "the pieces are off by %.3f %% of the volume, where 0.1 %% is allowed; take "
                   "a smaller --cell than %.2f mm",
                   100 * out->off_mm3 / out->whole_mm3, out->cell_mm);
}

/* ---- the whole ---- */

static bool make_all(struct nw_splitting *s, struct nw_split *out, struct nw_err *err)
{
    out->piece = NW_ALLOC(struct nw_split_piece, NW_SPLIT_PIECES, err);
    for (size_t n = 0; out->piece && n < s->node_count; n++) {
        if (!nw_progress(n, s->node_count))
            return nw_fail_cancelled(err);
        if (s->node[n].below < 0 && !make_leaf(s, n, out, err))
            return false;
    }
    if (!out->piece || !check_joined(s, out, err) || !check_pieces(s, out, err))
        return false;
    memcpy(out->key, s->key, sizeof out->key);
    memcpy(out->plane, s->plane, sizeof out->plane);
    out->key_count = s->key_count;
    out->plane_count = s->plane_count;
    out->clearance_mm = s->clearance;
    return true;
}

static bool check_opts(const struct nw_splitting *s, struct nw_err *err)
{
    return s->most_radius >= s->least_radius ||
           nw_fail(err, NW_ERR_ARGUMENT,
                   "a peg of %.2f mm is too thin for %s; it is to be %.2f mm at least",
                   2 * s->most_radius, s->machine->name, 2 * s->least_radius);
}

static bool begin(struct nw_splitting *s, const struct nw_split_opts *opts, struct nw_err *err)
{
    const struct nw_limits *l = &s->machine->limits;
    s->clearance = opts->clearance_mm > 0 ? opts->clearance_mm : l->clearance_fit_mm;
    s->least_radius = fmax(LEAST_PEG_MM, l->min_feature_mm) / 2;
    s->most_radius = (opts->peg_mm > 0 ? opts->peg_mm : PEG_MM) / 2;
    s->wall = l->min_wall_mm;
    s->field = check_opts(s, err) ? nw_field_new(err) : NULL;
    s->part = s->field ? nw_field_mesh(s->field, s->mesh, err) : -1;
    s->tape = s->part >= 0 ? nw_tape_new(s->field, s->part, err) : NULL;
    return s->tape != NULL;
}

bool nw_split(const struct nw_mesh *mesh, const struct nw_machine *machine,
              const struct nw_split_opts *opts, struct nw_split *out, struct nw_err *err)
{
    NW_AUTOFREE struct nw_splitting *s = NW_ALLOC(struct nw_splitting, 1, err);
    NW_AUTOFREE struct nw_split *made = s ? NW_ALLOC(struct nw_split, 1, err) : NULL;
    if (!made)
        return false;
    s->mesh = mesh;
    s->machine = machine;
    const double even = sqrt(nw_mesh_area_mm2(mesh) / CELLS);
    made->cell_mm = opts->cell_mm > 0 ? opts->cell_mm : fmax(machine->limits.accuracy_mm, even);
    bool ok = begin(s, opts, err) && nw_split_plan(s, opts, err);
    for (size_t n = 0; ok && n < s->node_count; n++)
        ok = s->node[n].below < 0 || nw_split_find_keys(s, n, err);
    ok = ok && make_all(s, made, err);
    nw_tape_free(s->tape);
    nw_field_free(s->field);
    if (ok)
        *out = *made;
    else
        nw_split_release(made);
    return ok;
}

void nw_split_release(struct nw_split *split)
{
    for (size_t n = 0; n < split->count; n++)
        nw_mesh_release(&split->piece[n].mesh);
    nw_free(split->piece);
    *split = (struct nw_split){0};
}
