/* plan/evaluate.c -- every item of a plan, in order; see plan.h. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "core/parallel.h"
#include "core/text.h"
#include "plan/axis.h"
#include "plan/cut.h"
#include "plan/fuse.h"
#include "plan/linear_priv.h"
#include "plan/measure.h"
#include "plan/plan_priv.h"
#include "plan/wedge.h"

static const double DEG_PER_RAD = 57.29577951308232;
static const double CORRELATION_MM = 5; /* of errors along a surface */
static const double REACH_MM = 2;       /* of a landmark to the surface it names */
static const double STEP_MM = 0.5;

/* What an item came to; which of these is set follows from its kind. */
struct value {
    struct nw_mesh mesh;
    struct nw_bvh *bvh; /* made when asked for */
    double sigma_mm;    /* of a place or a part that does not state its own; NAN: unknown */
    size_t face;        /* of a piece: its cut face begins here; 0: none */
    struct nw_volume scan;
    nw_vec3 a, b; /* a place; a plane's point and normal; an axis' ends */
    nw_affine motion;
    bool accepted;
    struct nw_piece_cut piece[3]; /* above, below, what was taken out */
    struct nw_region region;
};

struct eval {
    const struct nw_plan *plan;
    const struct nw_plan_files *files;
    struct value *value; /* by item */
    struct nw_model *made;
    const struct nw_plan_item *item; /* the one in hand */
    struct value *own;
    json_t *out;           /* its result */
    const uint8_t *needed; /* by item: only these; NULL: all */
    size_t accepting;      /* what this item was accepted with is not looked at; count: none */
    struct nw_err *err;
};

/* ---- members ---- */

static const struct nw_json_value *member(const struct eval *e, const char *name)
{
    return nw_json_member(e->item->at, name);
}

static double number(const struct eval *e, const char *name, double preset)
{
    const struct nw_json_value *v = member(e, name);
    return v ? v->number : preset;
}

static nw_vec3 vector_at(const struct nw_json_value *v)
{
    const struct nw_json_value *x = v->first;
    return nw_v3(x->number, x->next->number, x->next->next->number);
}

static nw_vec3 vector(const struct eval *e, const char *name, nw_vec3 preset)
{
    const struct nw_json_value *v = member(e, name);
    return v ? vector_at(v) : preset;
}

static struct value *named(const struct eval *e, const struct nw_json_value *v)
{
    return &e->value[nw_plan_find(e->plan, v->text)];
}

static struct value *maybe(const struct eval *e, const char *name)
{
    const struct nw_json_value *v = member(e, name);
    return v ? named(e, v) : NULL;
}

/* Of a member that the kind requires. */
static struct value *ref(const struct eval *e, const char *name)
{
    const struct nw_json_value *v = member(e, name);
    assert(v);
    return named(e, v);
}

static struct nw_place place_of(const struct value *v)
{
    return (struct nw_place){v->a, v->sigma_mm};
}

static const struct nw_bvh *tree(struct eval *e, struct value *part)
{
    if (!part->bvh)
        part->bvh = nw_bvh_new(&part->mesh, e->err);
    return part->bvh;
}

/* ---- results ---- */

static bool put(struct eval *e, const char *key, json_t *value)
{
    return (value && json_object_set_new(e->out, key, value) == 0) ||
           nw_fail(e->err, NW_ERR_MEMORY, "no memory for the result");
}

static json_t *real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static bool put_number(struct eval *e, const char *key, double x)
{
    return put(e, key, real(x));
}

static bool put_vec(struct eval *e, const char *key, nw_vec3 v)
{
    return put(e, key, json_pack("[o, o, o]", real(v.x), real(v.y), real(v.z)));
}

static bool put_measured(struct eval *e, const char *key, struct nw_measured m,
                         const char *unit)
{
    return put(e, key,
               json_pack("{s:o, s:o, s:s}", "value", real(m.value), "sigma", real(m.sigma),
                         "unit", unit));
}

/* Adds a copy of the part in hand to what was made. */
static bool keep(struct eval *e, const struct nw_mesh *mesh)
{
    static const uint8_t colour[4][4] = {
        {222, 205, 170, 255}, {120, 170, 220, 255}, {210, 120, 110, 255}, {130, 190, 130, 255}};
    struct nw_mesh copy = {0};
    return nw_mesh_copy(&copy, mesh, e->err) &&
           nw_model_add(e->made, e->item->name, colour[e->made->part_count % 4], &copy, e->err);
}

static bool put_part(struct eval *e, const struct nw_mesh *mesh)
{
    return put_number(e, "volume_mm3", nw_mesh_volume_mm3(mesh)) &&
           put_number(e, "area_mm2", nw_mesh_area_mm2(mesh)) && keep(e, mesh);
}

/* ---- what is given ---- */

static bool do_mesh(struct eval *e)
{
    struct nw_file_ref file;
    e->own->sigma_mm = number(e, "sigma_mm", (double)NAN);
    return nw_json_take_file(member(e, "file"), &file, e->err) &&
           e->files->mesh(e->files->user, &file, &e->own->mesh, e->err) &&
           put_number(e, "volume_mm3", nw_mesh_volume_mm3(&e->own->mesh)) &&
           put_number(e, "area_mm2", nw_mesh_area_mm2(&e->own->mesh)) &&
           put(e, "triangles", json_integer((json_int_t)e->own->mesh.tri_count));
}

static bool do_scan(struct eval *e)
{
    struct nw_file_ref file;
    if (!nw_json_take_file(member(e, "file"), &file, e->err) ||
        !e->files->scan(e->files->user, file.path, file.sha256, &e->own->scan, e->err))
        return false;
    const nw_vec3 s = nw_grid_spacing(&e->own->scan.grid);
    return put_vec(e, "spacing_mm", s);
}

static bool do_landmark(struct eval *e)
{
    e->own->a = vector(e, "at_mm", nw_v3(0, 0, 0));
    e->own->sigma_mm = number(e, "sigma_mm", (double)NAN);
    return put_vec(e, "at_mm", e->own->a) && put_number(e, "sigma_mm", e->own->sigma_mm);
}

/* ---- planes, axes, frames ---- */

static bool do_plane(struct eval *e)
{
    const struct nw_json_value *through = member(e, "through"), *point = member(e, "point_mm"),
                               *normal = member(e, "normal");
    const struct value *other = maybe(e, "parallel_to");
    if ((through != NULL) + (other != NULL) + (point && normal) != 1 ||
        (!other && (point != NULL) != (normal != NULL)))
        return nw_json_fail(e->item->at, e->err,
                            "a plane is given by point_mm and normal, or by through, or by "
                            "parallel_to");
    if (through) {
        const struct nw_json_value *v = through->first;
        const nw_vec3 a = named(e, v)->a, b = named(e, v->next)->a,
                      c = named(e, v->next->next)->a;
        e->own->a = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
        e->own->b = nw_cross(nw_sub(b, a), nw_sub(c, a));
        if (!(nw_length(e->own->b) > 1e-6 * nw_length2(nw_sub(b, a))))
            return nw_json_fail(through, e->err, "the three landmarks lie on one line");
    } else {
        e->own->a = other ? other->a : vector_at(point);
        e->own->b = other ? other->b : vector_at(normal);
    }
    if (!(nw_length2(e->own->b) > 0))
        return nw_json_fail(e->item->at, e->err, "the normal has no length");
    e->own->b = nw_unit(e->own->b);
    e->own->a = nw_along(e->own->a, e->own->b, number(e, "offset_mm", 0));
    return put_vec(e, "point_mm", e->own->a) && put_vec(e, "normal", e->own->b);
}

static bool do_mirror_plane(struct eval *e)
{
    struct nw_mirror m;
    const struct nw_mirror_opts opts = {.near_normal = vector(e, "near_normal", nw_v3(0, 0, 0)),
                                        .correlation_mm = CORRELATION_MM};
    if (!nw_mirror_plane(&ref(e, "of")->mesh, &opts, &m, e->err))
        return false;
    e->own->a = m.point_mm;
    e->own->b = m.normal;
    return put_vec(e, "point_mm", m.point_mm) && put_vec(e, "normal", m.normal) &&
           put_number(e, "tilt_sigma_deg", m.tilt_sigma_rad * DEG_PER_RAD) &&
           put_number(e, "shift_sigma_mm", m.shift_sigma_mm) &&
           put_number(e, "asymmetry_rms_mm", m.rms_mm) &&
           put_number(e, "asymmetry_p95_mm", m.p95_mm) && put_number(e, "kept", m.kept);
}

static bool do_axis(struct eval *e)
{
    const struct value *from = ref(e, "from"), *to = ref(e, "to");
    e->own->a = from->a;
    e->own->b = to->a;
    if (!(nw_length2(nw_sub(to->a, from->a)) > 0))
        return nw_json_fail(e->item->at, e->err, "the axis has no length");
    return put_vec(e, "from_mm", from->a) && put_vec(e, "to_mm", to->a) &&
           put_measured(e, "length", nw_measure_length(place_of(from), place_of(to)), "mm");
}

static bool do_box(struct eval *e)
{
    const nw_box b =
        nw_box_grown(nw_mesh_box(&ref(e, "around")->mesh), number(e, "margin_mm", 0));
    return put_vec(e, "min_mm", b.min) && put_vec(e, "max_mm", b.max);
}

static bool region_polygon(struct eval *e, const struct nw_json_value *list)
{
    NW_AUTOFREE nw_vec3 *corner = NW_ALLOC(nw_vec3, list->count, e->err);
    size_t n = 0;
    for (const struct nw_json_value *v = list->first; corner && v; v = v->next)
        corner[n++] = named(e, v)->a;
    return corner &&
           nw_region_polygon(&e->own->region, corner, n, number(e, "depth_mm", 10), e->err);
}

static bool region_box(struct eval *e)
{
    const nw_vec3 lo = vector(e, "min_mm", nw_v3(0, 0, 0)),
                  hi = vector(e, "max_mm", nw_v3(0, 0, 0));
    e->own->region = (struct nw_region){.shape = NW_REGION_BOX,
                                        .centre_mm = nw_scale(nw_add(lo, hi), 0.5),
                                        .half_mm = nw_scale(nw_sub(hi, lo), 0.5)};
    const nw_vec3 h = e->own->region.half_mm;
    return (h.x >= 0 && h.y >= 0 && h.z >= 0) ||
           nw_json_fail(member(e, "max_mm"), e->err,
                        "no coordinate of max_mm may be below that of min_mm");
}

static bool do_region(struct eval *e)
{
    const struct nw_json_value *polygon = member(e, "polygon");
    const struct value *centre = maybe(e, "centre");
    const bool ball = centre && member(e, "radius_mm"),
               box = member(e, "min_mm") && member(e, "max_mm");
    struct value *on = maybe(e, "on");
    if (ball + box + (polygon != NULL) != 1)
        return nw_json_fail(e->item->at, e->err,
                            "a region is given by centre and radius_mm, or by min_mm and "
                            "max_mm, or by polygon");
    if (polygon && !on)
        return nw_json_fail(polygon, e->err,
                            "a polygon needs \"on\": the part on whose surface it lies");
    if (ball)
        e->own->region =
            (struct nw_region){.centre_mm = centre->a, .radius_mm = number(e, "radius_mm", 0)};
    if ((box && !region_box(e)) || (polygon && !region_polygon(e, polygon)))
        return false;
    if (on && (!tree(e, on) || !nw_region_on(&e->own->region, &on->mesh, on->bvh, e->err)))
        return false;
    return put_vec(e, "centre_mm", e->own->region.centre_mm) &&
           put_number(e, "reach_mm", nw_region_size(&e->own->region));
}

static bool do_frame(struct eval *e)
{
    const nw_vec3 o = ref(e, "origin")->a, to_x = nw_sub(ref(e, "x")->a, o),
                  to_y = nw_sub(ref(e, "y")->a, o), z = nw_cross(to_x, to_y);
    if (!(nw_length(z) > 1e-6 * nw_length2(to_x)))
        return nw_json_fail(e->item->at, e->err, "the three landmarks lie on one line");
    const nw_vec3 x = nw_unit(to_x), up = nw_unit(z);
    return put_vec(e, "origin_mm", o) && put_vec(e, "x", x) &&
           put_vec(e, "y", nw_cross(up, x)) && put_vec(e, "z", up);
}

/* ---- parts ---- */

static bool take_moved(struct eval *e, const struct value *part, nw_affine by)
{
    struct nw_mesh *m = &e->own->mesh;
    if (!nw_mesh_copy(m, &part->mesh, e->err))
        return false;
    for (size_t v = 0; v < m->vert_count; v++)
        m->pos_mm[v] = nw_apply(by, m->pos_mm[v]);
    if (nw_det(by.linear) < 0)
        nw_mesh_flip(m);
    e->own->sigma_mm = part->sigma_mm;
    e->own->face = part->face;
    return true;
}

static bool do_mirrored(struct eval *e)
{
    const struct value *plane = ref(e, "plane");
    return take_moved(e, ref(e, "part"), nw_reflection(plane->a, plane->b)) &&
           put_part(e, &e->own->mesh);
}

static bool do_cut(struct eval *e)
{
    const struct value *plane = ref(e, "plane"), *part = ref(e, "part");
    struct nw_piece_cut *p = e->own->piece;
    e->own->sigma_mm = part->sigma_mm;
    if (!nw_cut(&part->mesh, plane->a, plane->b, number(e, "kerf_mm", 0), &p[0], &p[1], e->err))
        return false;
    const double above = nw_mesh_volume_mm3(&p[0].mesh), below = nw_mesh_volume_mm3(&p[1].mesh);
    return put_number(e, "above_mm3", above) && put_number(e, "below_mm3", below) &&
           put_number(e, "removed_mm3", nw_mesh_volume_mm3(&part->mesh) - above - below) &&
           put_number(e, "face_above_mm2", p[0].face_area_mm2) &&
           put_number(e, "face_below_mm2", p[1].face_area_mm2);
}

static bool do_piece(struct eval *e)
{
    const struct value *cut = ref(e, "of");
    const struct nw_json_value *of = member(e, "side");
    const char *word = of ? of->text : "";
    const int side = strcmp(word, "above") == 0 ? 0 : strcmp(word, "below") == 0 ? 1 : 2;
    if (cut->piece[side].mesh.tri_count == 0)
        return nw_json_fail(of, e->err, "only a closing wedge has a piece that is taken out");
    e->own->sigma_mm = cut->sigma_mm;
    e->own->face = cut->piece[side].face;
    return nw_mesh_copy(&e->own->mesh, &cut->piece[side].mesh, e->err) &&
           put_part(e, &e->own->mesh);
}

static bool do_moved(struct eval *e)
{
    const struct value *by = maybe(e, "by"), *about = maybe(e, "about");
    const double turn = number(e, "rotate_deg", 0) / DEG_PER_RAD;
    if ((turn != 0) != (about != NULL))
        return nw_json_fail(e->item->at, e->err, "\"rotate_deg\" and \"about\" go together");
    nw_affine m = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    if (by && !by->accepted)
        return nw_json_fail(member(e, "by"), e->err,
                            "the registration has not been accepted: look at its result, then "
                            "write its digest as \"accepted\" in it");
    if (by)
        m = by->motion;
    if (about) {
        const nw_mat3 r = nw_rotation(nw_scale(nw_unit(nw_sub(about->b, about->a)), turn));
        m.linear = nw_matmul(r, m.linear);
        m.shift = nw_add(nw_mul(r, nw_sub(m.shift, about->a)), about->a);
    }
    m.shift = nw_add(m.shift, vector(e, "shift_mm", nw_v3(0, 0, 0)));
    return take_moved(e, ref(e, "part"), m) &&
           put_number(
               e, "turned_deg",
               DEG_PER_RAD *
                   nw_acos((m.linear.r[0].x + m.linear.r[1].y + m.linear.r[2].z - 1) / 2)) &&
           put_part(e, &e->own->mesh);
}

/* ---- registration ---- */

static bool put_motion(struct eval *e, const struct nw_fuse *f)
{
    json_t *rows = json_array(), *cov = json_array();
    const double shift[3] = {f->motion.shift.x, f->motion.shift.y, f->motion.shift.z};
    for (int r = 0; rows && r < 3; r++) {
        const nw_vec3 row = f->motion.linear.r[r];
        (void)json_array_append_new(rows,
                                    json_pack("[f, f, f, f]", row.x, row.y, row.z, shift[r]));
    }
    for (int r = 0; cov && r < 6; r++) {
        json_t *row = json_array();
        for (int c = 0; row && c < 6; c++)
            (void)json_array_append_new(row, real(f->covariance[r][c]));
        (void)json_array_append_new(cov, row);
    }
    return put(e, "moving_to_fixed", rows) && put(e, "covariance", cov) &&
           put_vec(e, "centre_mm", f->centre_mm) && put_number(e, "rms_mm", f->rms_mm) &&
           put_number(e, "p95_mm", f->p95_mm) && put_number(e, "kept", f->kept) &&
           put_number(e, "weakest_firmness", f->firm[0]) &&
           put_number(e, "sigma_at_centre_mm", nw_fuse_sigma_at(f, f->centre_mm));
}

/* Of the motion to a micrometre: what a person accepts. */
static bool digest_of(const struct nw_fuse *f, char out[17], struct nw_err *err)
{
    char text[512], hex[NW_DIGEST_TEXT];
    nw_digest digest;
    size_t len = 0;
    const nw_vec3 v[4] = {f->motion.linear.r[0], f->motion.linear.r[1], f->motion.linear.r[2],
                          f->motion.shift};
    for (int k = 0; k < 12; k++) {
        const nw_vec3 r = v[k / 3];
        char num[NW_NUMBER_MAX];
        nw_number_format_fixed(num, k % 3 == 0 ? r.x : k % 3 == 1 ? r.y : r.z, k < 9 ? 6 : 3);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s ", num);
    }
    if (!nw_hash_bytes(text, len, &digest, err))
        return false;
    nw_digest_format(&digest, hex);
    memcpy(out, hex, 16);
    out[16] = '\0';
    return true;
}

static bool by_landmarks(struct eval *e, struct nw_fuse *out)
{
    const struct nw_json_value *pairs = member(e, "landmarks");
    NW_AUTOFREE nw_vec3 *p = NW_ALLOC(nw_vec3, 2 * pairs->count, e->err);
    if (!p)
        return false;
    size_t n = 0;
    double sum2 = 0;
    for (const struct nw_json_value *v = pairs->first; v; v = v->next, n++) {
        const struct value *a = named(e, v->first), *b = named(e, v->first->next);
        p[n] = a->a;
        p[pairs->count + n] = b->a;
        sum2 += 3 * (a->sigma_mm * a->sigma_mm + b->sigma_mm * b->sigma_mm); /* per axis */
    }
    return nw_fuse_landmarks(p, p + pairs->count, n, sqrt(sum2 / (double)n), out, e->err);
}

static bool do_register(struct eval *e)
{
    struct nw_fuse f = {0};
    const struct value *moving = maybe(e, "moving"), *fixed = maybe(e, "fixed");
    const bool marks = member(e, "landmarks") != NULL, surfaces = moving && fixed;
    if ((!marks && !surfaces) || (moving != NULL) != (fixed != NULL))
        return nw_json_fail(
            e->item->at, e->err,
            "a registration needs landmarks, or moving and fixed, or all three");
    if (marks && !by_landmarks(e, &f))
        return false;
    const nw_affine start = f.motion;
    const struct nw_fuse_opts opts = {.start = marks ? &start : NULL,
                                      .turn = !marks,
                                      .kept = number(e, "kept", 0),
                                      .correlation_mm = CORRELATION_MM,
                                      .limit_mm = number(e, "limit_mm", 0)};
    if (surfaces && !nw_fuse_surfaces(&moving->mesh, &fixed->mesh, &opts, &f, e->err))
        return false;
    if (opts.limit_mm > 0 && f.rms_mm > opts.limit_mm)
        return nw_fail(e->err, NW_ERR_GEOMETRY,
                       "the landmarks lie %.2f mm (rms) apart after the registration, and "
                       "limit_mm is %.2f",
                       f.rms_mm, opts.limit_mm);
    char digest[17];
    if (!digest_of(&f, digest, e->err))
        return false;
    const bool anew = e->item == &e->plan->item[e->accepting];
    const struct nw_json_value *accepted = anew ? NULL : member(e, "accepted");
    if (accepted && strcmp(accepted->text, digest) != 0)
        return nw_json_fail(accepted, e->err,
                            "what was accepted is not what comes out now (%s): look at the "
                            "result and accept it anew",
                            digest);
    e->own->motion = f.motion;
    e->own->accepted = accepted != NULL;
    return put_motion(e, &f) && put(e, "digest", json_string(digest)) &&
           put(e, "accepted", json_boolean(accepted != NULL));
}

static bool put_faces(struct eval *e, const struct nw_faces *f)
{
    return put_number(e, "gap_mean_mm", f->gap_mean_mm) &&
           put_number(e, "gap_min_mm", f->gap_min_mm) &&
           put_number(e, "gap_max_mm", f->gap_max_mm) &&
           put_number(e, "facing_mm2", f->facing_mm2) &&
           put_number(e, "contact_mm2", f->contact_mm2) &&
           put_number(e, "step_mean_mm", f->step_mean_mm) &&
           put_number(e, "step_max_mm", f->step_max_mm) &&
           put_number(e, "angle_deg", f->angle_rad * DEG_PER_RAD);
}

static bool do_faces(struct eval *e)
{
    const struct value *a = ref(e, "a"), *b = ref(e, "b");
    if (!a->face || !b->face)
        return nw_json_fail(e->item->at, e->err, "both parts must be pieces of cuts");
    const struct nw_piece_cut p = {a->mesh, a->face, 0}, q = {b->mesh, b->face, 0};
    struct nw_faces f;
    return nw_faces_compare(&p, &q, number(e, "tolerance_mm", 0.3), &f, e->err) &&
           put_faces(e, &f);
}

static bool do_wedge(struct eval *e)
{
    const struct value *plane = ref(e, "plane"), *part = ref(e, "part"),
                       *hinge = ref(e, "hinge");
    const struct nw_json_value *how = member(e, "how");
    const struct nw_wedge_opts opts = {.point_mm = plane->a,
                                       .normal = plane->b,
                                       .hinge_a_mm = hinge->a,
                                       .hinge_b_mm = hinge->b,
                                       .angle_rad = number(e, "angle_deg", 0) / DEG_PER_RAD,
                                       .opens = how && strcmp(how->text, "opening") == 0,
                                       .kerf_mm = number(e, "kerf_mm", 0),
                                       .tolerance_mm = number(e, "tolerance_mm", 0.3)};
    struct nw_wedge w = {0};
    if (!opts.opens && member(e, "kerf_mm"))
        return nw_json_fail(member(e, "kerf_mm"), e->err,
                            "a closing wedge has no kerf of its own: the saw runs within it");
    if (!nw_wedge_cut(&part->mesh, &opts, &w, e->err))
        return false;
    e->own->sigma_mm = part->sigma_mm;
    e->own->piece[0] = w.above;
    e->own->piece[1] = w.below;
    e->own->piece[2] = w.wedge;
    return put_number(e, opts.opens ? "opened_mm3" : "removed_mm3", w.wedge_mm3) &&
           put_number(e, "height_mm", w.height_mm) && put_number(e, "reach_mm", w.reach_mm) &&
           put_number(e, "beyond_hinge_mm", w.beyond_mm) &&
           put_number(e, "turned_deg", opts.angle_rad * DEG_PER_RAD) &&
           put_number(e, "face_above_mm2", w.above.face_area_mm2) &&
           put_number(e, "face_below_mm2", w.below.face_area_mm2) && put_faces(e, &w.faces);
}

/* ---- trajectories ---- */

/* A prism of 24 sides around the axis, so that pictures and guides have the rod. */
static bool keep_rod(struct eval *e, const struct nw_axis *a)
{
    enum { SIDES = 24 };
    NW_AUTO(nw_mesh) m = {0};
    if (!nw_mesh_init(&m, 2 * SIDES + 2, 4 * SIDES, e->err))
        return false;
    nw_vec3 u, v;
    nw_across(nw_unit(nw_sub(a->target_mm, a->entry_mm)), &u, &v);
    m.pos_mm[2 * SIDES] = a->entry_mm;
    m.pos_mm[2 * SIDES + 1] = a->target_mm;
    for (uint32_t i = 0; i < SIDES; i++) {
        const double t = 2 * NW_PI * i / SIDES;
        const nw_vec3 r = nw_add(nw_scale(u, a->radius_mm * nw_cos(t)),
                                 nw_scale(v, a->radius_mm * nw_sin(t)));
        const uint32_t k = (i + 1) % SIDES;
        m.pos_mm[i] = nw_add(a->entry_mm, r);
        m.pos_mm[SIDES + i] = nw_add(a->target_mm, r);
        const uint32_t tri[4][3] = {{i, k, SIDES + k},
                                    {i, SIDES + k, SIDES + i},
                                    {2 * SIDES, k, i},
                                    {2 * SIDES + 1, SIDES + i, SIDES + k}};
        memcpy(m.tri[4 * i], tri, sizeof tri);
    }
    return keep(e, &m);
}

static bool put_grey(struct eval *e, const struct nw_axis *a)
{
    const struct value *scan = maybe(e, "scan");
    if (!scan)
        return true;
    const struct nw_place way[2] = {{a->entry_mm, (double)NAN}, {a->target_mm, (double)NAN}};
    struct nw_along_path p;
    if (!nw_measure_path(&scan->scan, way, 2, STEP_MM, &p, e->err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; list && i < p.count; i++)
        (void)json_array_append_new(list, real(p.value[i]));
    nw_free(p.value);
    return put(e, "grey",
               json_pack("{s:o, s:o, s:o, s:o, s:f, s:o}", "mean", real(p.mean.value), "min",
                         real(p.min), "max", real(p.max), "deviation", real(p.deviation),
                         "step_mm", STEP_MM, "samples", list));
}

/* What a part's surface may be off: the most that its vertices state, else what is stated. */
static double most_sigma(const struct value *part)
{
    const struct nw_mesh *m = &part->mesh;
    double most = 0;
    for (size_t v = 0; m->uncertainty_mm && v < m->vert_count; v++)
        most = fmax(most, (double)m->uncertainty_mm[v]);
    return m->uncertainty_mm ? most : part->sigma_mm;
}

static bool put_clearances(struct eval *e, const struct nw_axis *a)
{
    const struct nw_json_value *list = member(e, "clear_of");
    const double margin = number(e, "margin_mm", 0);
    json_t *all = json_object();
    bool clear = true;
    for (const struct nw_json_value *v = list ? list->first : NULL; all && v; v = v->next) {
        struct value *part = named(e, v);
        if (!tree(e, part)) {
            json_decref(all);
            return false;
        }
        const struct nw_structure s = {&part->mesh, part->bvh, margin};
        const struct nw_clearance c = nw_axis_clearance(a, &s, STEP_MM / 5);
        clear = clear && c.clearance_mm >= margin;
        (void)json_object_set_new(
            all, v->text,
            json_pack("{s:o, s:o, s:o, s:b, s:[f, f, f]}", "clearance_mm", real(c.clearance_mm),
                      "sigma_mm", real(most_sigma(part)), "along_mm", real(c.along_mm),
                      "keeps_margin", c.clearance_mm >= margin, "on_mm", c.on_mm.x, c.on_mm.y,
                      c.on_mm.z));
    }
    return put(e, "clear_of", all) && put(e, "keeps_margins", json_boolean(clear));
}

static bool put_wall(struct eval *e, const struct nw_axis *a)
{
    struct value *within = maybe(e, "within");
    if (!within)
        return true;
    if (!tree(e, within))
        return false;
    const struct nw_clearance w =
        nw_axis_wall(a, &within->mesh, within->bvh, number(e, "entry_free_mm", 5), STEP_MM / 5);
    const char grade[2] = {nw_breach_grade(w.clearance_mm), '\0'};
    return put_number(e, "wall_mm", w.clearance_mm) &&
           put_number(e, "wall_along_mm", w.along_mm) &&
           put_number(e, "breach_mm", fmax(0, -w.clearance_mm)) &&
           put(e, "breach_grade", json_string(grade));
}

static bool put_trajectory(struct eval *e, const struct nw_axis *a)
{
    e->own->a = a->entry_mm;
    e->own->b = a->target_mm;
    return put_vec(e, "entry_mm", a->entry_mm) && put_vec(e, "target_mm", a->target_mm) &&
           put_vec(e, "direction", nw_unit(nw_sub(a->target_mm, a->entry_mm))) &&
           put_number(e, "length_mm", nw_length(nw_sub(a->target_mm, a->entry_mm))) &&
           put_number(e, "diameter_mm", 2 * a->radius_mm) && put_clearances(e, a) &&
           put_wall(e, a) && put_grey(e, a) && keep_rod(e, a);
}

static bool do_trajectory(struct eval *e)
{
    const struct nw_axis a = {ref(e, "entry")->a, ref(e, "target")->a,
                              number(e, "diameter_mm", 0) / 2};
    if (!(nw_length2(nw_sub(a.target_mm, a.entry_mm)) > 0))
        return nw_json_fail(e->item->at, e->err, "the axis has no length");
    return put_trajectory(e, &a);
}

/* The region named, or the ball around the landmark named; borrowed. */
static bool region_of(struct eval *e, const char *name, const char *radius,
                      struct nw_region *out)
{
    const struct nw_json_value *v = member(e, name), *r = member(e, radius);
    const struct value *x = ref(e, name);
    const bool landmark =
        e->plan->item[nw_plan_find(e->plan, v ? v->text : "")].kind == NW_PLAN_LANDMARK;
    if (landmark && !r)
        return nw_json_fail(v, e->err, "a landmark needs \"%s\" beside it", radius);
    if (!landmark && r)
        return nw_json_fail(r, e->err, "a region has its own size, without \"%s\"", radius);
    *out = r ? (struct nw_region){.centre_mm = x->a, .radius_mm = r->number} : x->region;
    return true;
}

/* The part as a structure that keeps `margin`, and `sigmas` times what it may be off. */
static bool structure_of(struct eval *e, const struct nw_json_value *v, double margin,
                         struct nw_structure *out)
{
    struct value *part = named(e, v);
    const double sigmas = number(e, "sigmas", 0),
                 off = sigmas > 0 ? sigmas * most_sigma(part) : 0;
    if (!isfinite(off))
        return nw_json_fail(v, e->err,
                            "the uncertainty of \"%.60s\" is not known: state its sigma_mm, "
                            "or leave out \"sigmas\"",
                            v->text);
    if (!tree(e, part))
        return false;
    *out = (struct nw_structure){&part->mesh, part->bvh, margin + off};
    return true;
}

static bool do_search(struct eval *e)
{
    const struct nw_json_value *list = member(e, "clear_of"), *within = member(e, "within");
    const double margin = number(e, "margin_mm", 0);
    struct nw_structure wall = {0};
    NW_AUTOFREE struct nw_structure *avoid =
        NW_ALLOC(struct nw_structure, (list ? list->count : 0) + 1, e->err);
    if (!avoid)
        return false;
    struct nw_search s = {
        .radius_mm = number(e, "diameter_mm", 0) / 2,
        .avoid = avoid,
        .within = within ? &wall : NULL,
        .free_mm = number(e, "entry_free_mm", 5),
        .most_length_mm = number(e, "most_length_mm", 0),
        .direction = vector(e, "direction", nw_v3(0, 0, 0)),
        .most_angle_rad = number(e, "most_angle_deg", 180) / DEG_PER_RAD,
    };
    if (!region_of(e, "entry", "entry_radius_mm", &s.entry) ||
        !region_of(e, "target", "target_radius_mm", &s.target))
        return false;
    for (const struct nw_json_value *v = list ? list->first : NULL; v; v = v->next)
        if (!structure_of(e, v, margin, &avoid[s.avoid_count++]))
            return false;
    if (within && !structure_of(e, within, number(e, "wall_mm", margin), &wall))
        return false;
    if (!within && s.avoid_count == 0)
        return nw_json_fail(e->item->at, e->err, "a search needs \"clear_of\" or \"within\"");
    struct nw_found_axis f;
    return nw_axis_search(&s, &f, e->err) && put_number(e, "spare_mm", f.spare_mm) &&
           put(e, "is_clear", json_boolean(f.spare_mm >= 0)) &&
           put(e, "looked_at", json_integer((json_int_t)f.looked_at)) &&
           put_trajectory(e, &f.axis);
}

/* ---- measures ---- */

/* The i-th thing named, or NULL with a sentence when it is not of that sort. */
static struct value *operand(struct eval *e, size_t i, unsigned sort)
{
    const struct nw_json_value *v = member(e, "of")->first;
    for (; v && i > 0; i--)
        v = v->next;
    if (!v) {
        nw_json_fail(e->item->at, e->err, "\"%s\" needs more names under \"of\"",
                     member(e, "what")->text);
        return NULL;
    }
    const enum nw_plan_kind k = e->plan->item[nw_plan_find(e->plan, v->text)].kind;
    const bool is_part = k == NW_PLAN_MESH || k == NW_PLAN_MIRRORED || k == NW_PLAN_PIECE ||
                         k == NW_PLAN_MOVED,
               is_place = k == NW_PLAN_LANDMARK, is_scan = k == NW_PLAN_SCAN;
    if ((sort == NW_SORT_PART && is_part) || (sort == NW_SORT_PLACE && is_place) ||
        (sort == NW_SORT_SCAN && is_scan))
        return named(e, v);
    nw_json_fail(v, e->err, "%s should be named here",
                 sort == NW_SORT_PART    ? nw_either("部件", "a part")
                 : sort == NW_SORT_PLACE ? nw_either("标志点", "a landmark")
                                         : nw_either("扫描", "a scan"));
    return NULL;
}

/* The direction of a plane's normal or of an axis. */
static bool direction_of(struct eval *e, const struct nw_json_value *v, nw_vec3 *out)
{
    const enum nw_plan_kind k = e->plan->item[nw_plan_find(e->plan, v->text)].kind;
    const struct value *x = named(e, v);
    *out = k == NW_PLAN_PLANE || k == NW_PLAN_MIRROR_PLANE ? x->b : nw_sub(x->b, x->a);
    return k == NW_PLAN_PLANE || k == NW_PLAN_MIRROR_PLANE || k == NW_PLAN_AXIS ||
           k == NW_PLAN_TRAJECTORY || k == NW_PLAN_SEARCH;
}

static bool measure_angle(struct eval *e)
{
    const struct nw_json_value *of = member(e, "of");
    if (of->count == 2) {
        nw_vec3 a, b;
        if (!direction_of(e, of->first, &a) || !direction_of(e, of->first->next, &b))
            return nw_json_fail(of, e->err,
                                "an angle is of three landmarks, or of two planes or axes");
        const struct nw_measured m = {
            nw_atan2(nw_length(nw_cross(a, b)), nw_dot(a, b)) * DEG_PER_RAD, (double)NAN};
        return put_measured(e, "angle", m, "deg");
    }
    const struct value *a = operand(e, 0, NW_SORT_PLACE),
                       *b = a ? operand(e, 1, NW_SORT_PLACE) : NULL,
                       *c = b ? operand(e, 2, NW_SORT_PLACE) : NULL;
    if (!c)
        return false;
    struct nw_measured m = nw_measure_angle(place_of(a), place_of(b), place_of(c));
    m.value *= DEG_PER_RAD;
    m.sigma *= DEG_PER_RAD;
    return put_measured(e, "angle", m, "deg");
}

static bool measure_solid(struct eval *e)
{
    const struct value *p = operand(e, 0, NW_SORT_PART);
    struct nw_measured_solid s;
    return p && nw_measure_solid(&p->mesh, p->sigma_mm, CORRELATION_MM, &s, e->err) &&
           put_measured(e, "volume", s.volume_mm3, "mm3") &&
           put_measured(e, "area", s.area_mm2, "mm2") &&
           put_number(e, "volume_if_all_off_mm3", s.volume_if_all_off_mm3);
}

/* The larger; unknown when one is. */
static double both_sigmas(const struct value *a, const struct value *b)
{
    return isfinite(a->sigma_mm) && isfinite(b->sigma_mm) ? fmax(a->sigma_mm, b->sigma_mm)
                                                          : (double)NAN;
}

static bool measure_distance(struct eval *e)
{
    const struct value *a = operand(e, 0, NW_SORT_PART),
                       *b = a ? operand(e, 1, NW_SORT_PART) : NULL;
    struct nw_apart d;
    return b && nw_measure_apart(&a->mesh, &b->mesh, both_sigmas(a, b), &d, e->err) &&
           put_measured(e, "distance", d.distance_mm, "mm") &&
           put_vec(e, "on_first_mm", d.on_a_mm) && put_vec(e, "on_second_mm", d.on_b_mm) &&
           put(e, "inside", json_boolean(d.a_in_b || d.b_in_a));
}

static bool measure_places(struct eval *e, const char *what)
{
    const bool scan = strcmp(what, "hu") == 0, part = !scan && strcmp(what, "length") != 0;
    struct value *on = part   ? operand(e, 0, NW_SORT_PART)
                       : scan ? operand(e, 0, NW_SORT_SCAN)
                              : NULL;
    if ((part || scan) && !on)
        return false;
    const size_t first = part || scan ? 1 : 0;
    const struct value *a = operand(e, first, NW_SORT_PLACE);
    if (!a)
        return false;
    if (on && strcmp(what, "thickness") == 0) {
        struct nw_thickness t;
        return tree(e, on) &&
               nw_measure_thickness(&on->mesh, on->bvh, a->a, REACH_MM, on->sigma_mm, &t,
                                    e->err) &&
               put_measured(e, "thickness", t.ball_mm, "mm") &&
               put_measured(e, "thickness_ray", t.ray_mm, "mm");
    }
    const struct value *b = operand(e, first + 1, NW_SORT_PLACE);
    if (!b)
        return false;
    if (on && part) {
        struct nw_measured m;
        return nw_measure_geodesic(&on->mesh, a->a, b->a, REACH_MM, on->sigma_mm, &m, e->err) &&
               put_measured(e, "curve", m, "mm");
    }
    if (!on)
        return put_measured(e, "length", nw_measure_length(place_of(a), place_of(b)), "mm");
    const struct nw_place way[2] = {place_of(a), place_of(b)};
    struct nw_along_path p;
    if (!nw_measure_path(&on->scan, way, 2, STEP_MM, &p, e->err))
        return false;
    nw_free(p.value);
    return put_measured(e, "mean", p.mean, "HU") && put_number(e, "min", p.min) &&
           put_number(e, "max", p.max) && put_number(e, "deviation", p.deviation);
}

static bool do_measure(struct eval *e)
{
    const struct nw_json_value *w = member(e, "what");
    const char *what = w ? w->text : "";
    if (strcmp(what, "angle") == 0)
        return measure_angle(e);
    if (strcmp(what, "solid") == 0)
        return measure_solid(e);
    if (strcmp(what, "distance") == 0)
        return measure_distance(e);
    return measure_places(e, what);
}

/* ---- all of them ---- */

static bool (*const steps[NW_PLAN_KINDS])(struct eval *e) = {
    [NW_PLAN_MESH] = do_mesh,
    [NW_PLAN_SCAN] = do_scan,
    [NW_PLAN_LANDMARK] = do_landmark,
    [NW_PLAN_PLANE] = do_plane,
    [NW_PLAN_MIRROR_PLANE] = do_mirror_plane,
    [NW_PLAN_AXIS] = do_axis,
    [NW_PLAN_BOX] = do_box,
    [NW_PLAN_REGION] = do_region,
    [NW_PLAN_FRAME] = do_frame,
    [NW_PLAN_MIRRORED] = do_mirrored,
    [NW_PLAN_CUT] = do_cut,
    [NW_PLAN_WEDGE] = do_wedge,
    [NW_PLAN_PIECE] = do_piece,
    [NW_PLAN_MOVED] = do_moved,
    [NW_PLAN_REGISTER] = do_register,
    [NW_PLAN_FACES] = do_faces,
    [NW_PLAN_TRAJECTORY] = do_trajectory,
    [NW_PLAN_SEARCH] = do_search,
    [NW_PLAN_MEASURE] = do_measure,
};

static void release_values(struct value *value, size_t count)
{
    for (size_t i = 0; value && i < count; i++) {
        nw_bvh_free(value[i].bvh);
        nw_mesh_release(&value[i].mesh);
        nw_volume_release(&value[i].scan);
        nw_piece_cut_release(&value[i].piece[0]);
        nw_piece_cut_release(&value[i].piece[1]);
        nw_piece_cut_release(&value[i].piece[2]);
        nw_region_release(&value[i].region);
    }
    nw_free(value);
}

static bool evaluate(struct eval *e, json_t *all)
{
    for (size_t i = 0; i < e->plan->count; i++) {
        const size_t at = e->plan->order[i];
        if (e->needed && !e->needed[at])
            continue;
        if (!nw_progress(i, e->plan->count))
            return nw_fail_cancelled(e->err);
        e->item = &e->plan->item[at];
        e->own = &e->value[at];
        e->own->sigma_mm = (double)NAN;
        e->out = json_object();
        if (!e->out || json_object_set_new(all, e->item->name, e->out) != 0)
            return nw_fail(e->err, NW_ERR_MEMORY, "no memory for the result");
        if (!put(e, "kind", json_string(nw_json_member(e->item->at, "kind")->text)))
            return false;
        if (steps[e->item->kind](e))
            continue;
        if (strncmp(e->err->msg, "line ", 5) != 0) {
            char place[NW_JSON_PLACE];
            nw_json_place(e->item->at, place);
            return nw_fail_at(e->err, "%s", place);
        }
        return false;
    }
    return true;
}

/* All, or what the item `accepting` needs. */
static bool run(struct eval *e, json_t **result)
{
    e->value = NW_ALLOC(struct value, e->plan->count + 1, e->err);
    if (!e->value)
        return false;
    json_t *all = json_object();
    bool ok =
        all ? evaluate(e, all) : nw_fail(e->err, NW_ERR_MEMORY, "no memory for the result");
    release_values(e->value, e->plan->count);
    if (ok)
        *result = all;
    else
        json_decref(all);
    return ok;
}

bool nw_plan_evaluate(const struct nw_plan *plan, const struct nw_plan_files *files,
                      json_t **result, struct nw_model *made, struct nw_err *err)
{
    struct eval e = {
        .plan = plan, .files = files, .made = made, .err = err, .accepting = plan->count};
    return run(&e, result);
}

bool nw_plan_evaluate_anew(const struct nw_plan *plan, size_t item,
                           const struct nw_plan_files *files, json_t **result,
                           struct nw_err *err)
{
    NW_AUTO(nw_model) made = {0};
    NW_AUTOFREE uint8_t *needed = NW_ALLOC(uint8_t, plan->count + 1, err);
    if (!needed)
        return false;
    nw_plan_mark_needed(plan, item, needed);
    struct eval e = {.plan = plan,
                     .files = files,
                     .made = &made,
                     .err = err,
                     .needed = needed,
                     .accepting = item};
    return run(&e, result);
}
