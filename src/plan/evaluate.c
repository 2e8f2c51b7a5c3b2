/* plan/evaluate.c -- every item of a plan, in order; see plan.h. */
#include <string.h>

#include "core/parallel.h"
#include "plan/angle.h"
#include "plan/eval_priv.h"
#include "plan/fuse.h"
#include "plan/linear_priv.h"
#include "plan/wedge.h"

const struct nw_bvh *nw_eval_tree(struct nw_eval *e, struct nw_value *part)
{
    if (!part->bvh)
        part->bvh = nw_bvh_new(&part->mesh, e->err);
    return part->bvh;
}

/* Adds a copy of the part in hand to what was made. */
bool nw_eval_keep(struct nw_eval *e, const struct nw_mesh *mesh)
{
    static const uint8_t colour[4][4] = {
        {222, 205, 170, 255}, {120, 170, 220, 255}, {210, 120, 110, 255}, {130, 190, 130, 255}};
    struct nw_mesh copy = {0};
    return nw_mesh_copy(&copy, mesh, e->err) &&
           nw_model_add(e->made, e->item->name, colour[e->made->part_count % 4], &copy, e->err);
}

bool nw_eval_put_part(struct nw_eval *e, const struct nw_mesh *mesh)
{
    return nw_put_number(e, "volume_mm3", nw_mesh_volume_mm3(mesh)) &&
           nw_put_number(e, "area_mm2", nw_mesh_area_mm2(mesh)) && nw_eval_keep(e, mesh);
}

/* ---- what is given ---- */

static bool do_mesh(struct nw_eval *e)
{
    struct nw_file_ref file;
    e->own->sigma_mm = nw_number(e, "sigma_mm", (double)NAN);
    return nw_json_take_file(nw_member(e, "file"), &file, e->err) &&
           e->files->mesh(e->files->user, &file, &e->own->mesh, e->err) &&
           nw_put_number(e, "volume_mm3", nw_mesh_volume_mm3(&e->own->mesh)) &&
           nw_put_number(e, "area_mm2", nw_mesh_area_mm2(&e->own->mesh)) &&
           nw_put(e, "triangles", json_integer((json_int_t)e->own->mesh.tri_count));
}

static bool do_scan(struct nw_eval *e)
{
    struct nw_file_ref file;
    if (!nw_json_take_file(nw_member(e, "file"), &file, e->err) ||
        !e->files->scan(e->files->user, file.path, file.sha256, &e->own->scan, e->err))
        return false;
    const nw_vec3 s = nw_grid_spacing(&e->own->scan.grid);
    return nw_put_vec(e, "spacing_mm", s);
}

static bool do_landmark(struct nw_eval *e)
{
    e->own->a = nw_vector(e, "at_mm", nw_v3(0, 0, 0));
    e->own->sigma_mm = nw_number(e, "sigma_mm", (double)NAN);
    return nw_put_vec(e, "at_mm", e->own->a) && nw_put_number(e, "sigma_mm", e->own->sigma_mm);
}

/* ---- planes, axes, frames ---- */

/* Of the normal: its tilts are towards u and v. */
static nw_mat3 spread_of(const struct nw_mirror *m)
{
    const nw_vec3 *t[2] = {&m->u, &m->v};
    nw_mat3 s = {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}};
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) {
            const nw_vec3 by = nw_scale(*t[b], m->covariance[a][b]);
            s.r[0] = nw_along(s.r[0], by, t[a]->x);
            s.r[1] = nw_along(s.r[1], by, t[a]->y);
            s.r[2] = nw_along(s.r[2], by, t[a]->z);
        }
    return s;
}

static bool do_mirror_plane(struct nw_eval *e)
{
    struct nw_mirror m;
    const struct nw_mirror_opts opts = {.near_normal =
                                            nw_vector(e, "near_normal", nw_v3(0, 0, 0)),
                                        .correlation_mm = NW_CORRELATION_MM};
    if (!nw_mirror_plane(&nw_ref(e, "of")->mesh, &opts, &m, e->err))
        return false;
    e->own->a = m.point_mm;
    e->own->b = m.normal;
    e->own->spread = spread_of(&m);
    return nw_put_vec(e, "point_mm", m.point_mm) && nw_put_vec(e, "normal", m.normal) &&
           nw_put_number(e, "tilt_sigma_deg", m.tilt_sigma_rad * NW_DEG_PER_RAD) &&
           nw_put_number(e, "shift_sigma_mm", m.shift_sigma_mm) &&
           nw_put_number(e, "asymmetry_rms_mm", m.rms_mm) &&
           nw_put_number(e, "asymmetry_p95_mm", m.p95_mm) && nw_put_number(e, "kept", m.kept);
}

static bool do_axis(struct nw_eval *e)
{
    const struct nw_value *from = nw_ref(e, "from"), *to = nw_ref(e, "to");
    e->own->a = from->a;
    e->own->b = to->a;
    if (!(nw_length2(nw_sub(to->a, from->a)) > 0))
        return nw_json_fail(e->item->at, e->err, "the axis has no length");
    e->own->spread = nw_direction_between(nw_place_of(from), nw_place_of(to)).covariance;
    return nw_put_vec(e, "from_mm", from->a) && nw_put_vec(e, "to_mm", to->a) &&
           nw_put_measured(e, "length", nw_measure_length(nw_place_of(from), nw_place_of(to)),
                           "mm");
}

static bool do_box(struct nw_eval *e)
{
    const nw_box b =
        nw_box_grown(nw_mesh_box(&nw_ref(e, "around")->mesh), nw_number(e, "margin_mm", 0));
    return nw_put_vec(e, "min_mm", b.min) && nw_put_vec(e, "max_mm", b.max);
}

static bool region_polygon(struct nw_eval *e, const struct nw_json_value *list)
{
    NW_AUTOFREE nw_vec3 *corner = NW_ALLOC(nw_vec3, list->count, e->err);
    size_t n = 0;
    for (const struct nw_json_value *v = list->first; corner && v; v = v->next)
        corner[n++] = nw_named(e, v)->a;
    return corner &&
           nw_region_polygon(&e->own->region, corner, n, nw_number(e, "depth_mm", 10), e->err);
}

static bool region_box(struct nw_eval *e)
{
    const nw_vec3 lo = nw_vector(e, "min_mm", nw_v3(0, 0, 0)),
                  hi = nw_vector(e, "max_mm", nw_v3(0, 0, 0));
    e->own->region = (struct nw_region){.shape = NW_REGION_BOX,
                                        .centre_mm = nw_scale(nw_add(lo, hi), 0.5),
                                        .half_mm = nw_scale(nw_sub(hi, lo), 0.5)};
    const nw_vec3 h = e->own->region.half_mm;
    return (h.x >= 0 && h.y >= 0 && h.z >= 0) ||
           nw_json_fail(nw_member(e, "max_mm"), e->err,
                        "no coordinate of max_mm may be below that of min_mm");
}

static bool do_region(struct nw_eval *e)
{
    const struct nw_json_value *polygon = nw_member(e, "polygon");
    const struct nw_value *centre = nw_maybe(e, "centre");
    const bool ball = centre && nw_member(e, "radius_mm"),
               box = nw_member(e, "min_mm") && nw_member(e, "max_mm");
    struct nw_value *on = nw_maybe(e, "on");
    if (ball + box + (polygon != NULL) != 1)
        return nw_json_fail(e->item->at, e->err,
                            "a region is given by centre and radius_mm, or by min_mm and "
                            "max_mm, or by polygon");
    if (polygon && !on)
        return nw_json_fail(polygon, e->err,
                            "a polygon needs \"on\": the part on whose surface it lies");
    if (ball)
        e->own->region = (struct nw_region){.centre_mm = centre->a,
                                            .radius_mm = nw_number(e, "radius_mm", 0)};
    if ((box && !region_box(e)) || (polygon && !region_polygon(e, polygon)))
        return false;
    if (on &&
        (!nw_eval_tree(e, on) || !nw_region_on(&e->own->region, &on->mesh, on->bvh, e->err)))
        return false;
    e->own->sigma_mm = on ? nw_eval_sigma(on) : (double)NAN;
    return nw_put_vec(e, "centre_mm", e->own->region.centre_mm) &&
           nw_put_number(e, "reach_mm", nw_region_size(&e->own->region));
}

static bool do_frame(struct nw_eval *e)
{
    const nw_vec3 o = nw_ref(e, "origin")->a, to_x = nw_sub(nw_ref(e, "x")->a, o),
                  to_y = nw_sub(nw_ref(e, "y")->a, o), z = nw_cross(to_x, to_y);
    if (!(nw_length(z) > 1e-6 * nw_length2(to_x)))
        return nw_json_fail(e->item->at, e->err, "the three landmarks lie on one line");
    const nw_vec3 x = nw_unit(to_x), up = nw_unit(z);
    return nw_put_vec(e, "origin_mm", o) && nw_put_vec(e, "x", x) &&
           nw_put_vec(e, "y", nw_cross(up, x)) && nw_put_vec(e, "z", up);
}

/* ---- parts ---- */

static bool take_moved(struct nw_eval *e, const struct nw_value *part, nw_affine by)
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
    e->own->curved = part->curved;
    for (int k = 0; k < 2; k++)
        e->own->axis_mm[k] = nw_apply(by, part->axis_mm[k]);
    return true;
}

static bool do_mirrored(struct nw_eval *e)
{
    const struct nw_value *plane = nw_ref(e, "plane");
    return take_moved(e, nw_ref(e, "part"), nw_reflection(plane->a, plane->b)) &&
           nw_eval_put_part(e, &e->own->mesh);
}

/* What is taken out is the difference of large volumes, and no better known than its faces. It
 * is never below nothing. */
static bool put_pieces(struct nw_eval *e, const struct nw_value *part, const double *radius_mm)
{
    const struct nw_piece_cut *p = e->own->piece;
    const double above = nw_mesh_volume_mm3(&p[0].mesh), below = nw_mesh_volume_mm3(&p[1].mesh);
    const double removed = nw_mesh_volume_mm3(&part->mesh) - above - below;
    const double area = p[0].face_area_mm2 + p[1].face_area_mm2;
    const double sigma =
        radius_mm ? nw_cut_dome_sigma_mm3(*radius_mm, area) : nw_cut_sigma_mm3(area);
    return nw_put_number(e, "above_mm3", above) && nw_put_number(e, "below_mm3", below) &&
           nw_put_number(e, "removed_mm3", fmax(removed, 0)) &&
           nw_put_number(e, "removed_sigma_mm3", fmax(sigma, -removed)) &&
           nw_put_number(e, "face_above_mm2", p[0].face_area_mm2) &&
           nw_put_number(e, "face_below_mm2", p[1].face_area_mm2);
}

static bool do_cut(struct nw_eval *e)
{
    const struct nw_value *plane = nw_ref(e, "plane"), *part = nw_ref(e, "part");
    struct nw_piece_cut *p = e->own->piece;
    e->own->sigma_mm = part->sigma_mm;
    if (!nw_cut(&part->mesh, plane->a, plane->b, nw_number(e, "kerf_mm", 0), &p[0], &p[1],
                e->err))
        return false;
    return put_pieces(e, part, NULL);
}

/* What lies beyond the dome is above, what turns about its axis below. */
static bool do_dome(struct nw_eval *e)
{
    const struct nw_value *axis = nw_ref(e, "axis"), *part = nw_ref(e, "part");
    const struct nw_dome dome = {axis->a, nw_sub(axis->b, axis->a),
                                 nw_vector(e, "towards", nw_v3(0, 0, 0)),
                                 nw_number(e, "radius_mm", 0)};
    struct nw_piece_cut *p = e->own->piece;
    e->own->sigma_mm = part->sigma_mm;
    return nw_cut_dome(&part->mesh, &dome, nw_number(e, "kerf_mm", 0), &p[0], &p[1], e->err) &&
           put_pieces(e, part, &dome.radius_mm);
}

static bool do_piece(struct nw_eval *e)
{
    const struct nw_value *cut = nw_ref(e, "of");
    const struct nw_json_value *of = nw_member(e, "side");
    const char *word = of ? of->text : "";
    const int side = strcmp(word, "above") == 0 ? 0 : strcmp(word, "below") == 0 ? 1 : 2;
    if (cut->piece[side].mesh.tri_count == 0)
        return nw_json_fail(of, e->err, "only a closing wedge has a piece that is taken out");
    e->own->sigma_mm = cut->sigma_mm;
    e->own->face = cut->piece[side].face;
    e->own->curved = cut->piece[side].curved;
    memcpy(e->own->axis_mm, cut->piece[side].axis_mm, sizeof e->own->axis_mm);
    return nw_mesh_copy(&e->own->mesh, &cut->piece[side].mesh, e->err) &&
           nw_eval_put_part(e, &e->own->mesh);
}

static bool do_moved(struct nw_eval *e)
{
    const struct nw_value *by = nw_maybe(e, "by"), *about = nw_maybe(e, "about");
    const double turn = nw_number(e, "rotate_deg", 0) / NW_DEG_PER_RAD;
    if (turn != 0 ? !about : about && !nw_member(e, "rotate_deg"))
        return nw_json_fail(e->item->at, e->err, "\"rotate_deg\" and \"about\" go together");
    nw_affine m = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    if (by && !by->accepted)
        return nw_json_fail(nw_member(e, "by"), e->err,
                            "the registration has not been accepted: look at its result, then "
                            "write its digest as \"accepted\" in it");
    if (by && !nw_eval_motion(e, by, &m))
        return false;
    if (about) {
        const nw_mat3 r = nw_rotation(nw_scale(nw_unit(nw_sub(about->b, about->a)), turn));
        m.linear = nw_matmul(r, m.linear);
        m.shift = nw_add(nw_mul(r, nw_sub(m.shift, about->a)), about->a);
    }
    m.shift = nw_add(m.shift, nw_vector(e, "shift_mm", nw_v3(0, 0, 0)));
    return take_moved(e, nw_ref(e, "part"), m) &&
           nw_put_number(
               e, "turned_deg",
               NW_DEG_PER_RAD *
                   nw_acos((m.linear.r[0].x + m.linear.r[1].y + m.linear.r[2].z - 1) / 2)) &&
           nw_eval_put_part(e, &e->own->mesh);
}

/* ---- cuts ---- */

static bool put_faces(struct nw_eval *e, const struct nw_faces *f)
{
    return nw_put_number(e, "gap_mean_mm", f->gap_mean_mm) &&
           nw_put_number(e, "gap_min_mm", f->gap_min_mm) &&
           nw_put_number(e, "gap_max_mm", f->gap_max_mm) &&
           nw_put_number(e, "facing_mm2", f->facing_mm2) &&
           nw_put_number(e, "contact_mm2", f->contact_mm2) &&
           nw_put_number(e, "step_mean_mm", f->step_mean_mm) &&
           nw_put_number(e, "step_max_mm", f->step_max_mm) &&
           nw_put_number(e, "angle_deg", f->angle_rad * NW_DEG_PER_RAD);
}

static bool do_faces(struct nw_eval *e)
{
    const struct nw_value *a = nw_ref(e, "a"), *b = nw_ref(e, "b");
    if (!a->face || !b->face)
        return nw_json_fail(e->item->at, e->err, "both parts must be pieces of cuts");
    const struct nw_piece_cut
        p = {a->mesh, a->face, 0, a->curved, {a->axis_mm[0], a->axis_mm[1]}},
        q = {b->mesh, b->face, 0, b->curved, {b->axis_mm[0], b->axis_mm[1]}};
    struct nw_faces f;
    return nw_faces_compare(&p, &q, nw_number(e, "tolerance_mm", 0.3), &f, e->err) &&
           put_faces(e, &f);
}

static bool do_wedge(struct nw_eval *e)
{
    const struct nw_value *plane = nw_ref(e, "plane"), *part = nw_ref(e, "part"),
                          *hinge = nw_ref(e, "hinge");
    const struct nw_json_value *how = nw_member(e, "how");
    const struct nw_wedge_opts opts = {.point_mm = plane->a,
                                       .normal = plane->b,
                                       .hinge_a_mm = hinge->a,
                                       .hinge_b_mm = hinge->b,
                                       .angle_rad =
                                           nw_number(e, "angle_deg", 0) / NW_DEG_PER_RAD,
                                       .opens = how && strcmp(how->text, "opening") == 0,
                                       .kerf_mm = nw_number(e, "kerf_mm", 0),
                                       .tolerance_mm = nw_number(e, "tolerance_mm", 0.3)};
    struct nw_wedge w = {0};
    if (!opts.opens && nw_member(e, "kerf_mm"))
        return nw_json_fail(nw_member(e, "kerf_mm"), e->err,
                            "a closing wedge has no kerf of its own: the saw runs within it");
    if (!nw_wedge_cut(&part->mesh, &opts, &w, e->err))
        return false;
    e->own->sigma_mm = part->sigma_mm;
    e->own->piece[0] = w.above;
    e->own->piece[1] = w.below;
    e->own->piece[2] = w.wedge;
    return nw_put_number(e, opts.opens ? "opened_mm3" : "removed_mm3", w.wedge_mm3) &&
           nw_put_number(e, "height_mm", w.height_mm) &&
           nw_put_number(e, "reach_mm", w.reach_mm) &&
           nw_put_number(e, "beyond_hinge_mm", w.beyond_mm) &&
           nw_put_number(e, "turned_deg", opts.angle_rad * NW_DEG_PER_RAD) &&
           nw_put_number(e, "face_above_mm2", w.above.face_area_mm2) &&
           nw_put_number(e, "face_below_mm2", w.below.face_area_mm2) && put_faces(e, &w.faces);
}

/* ---- all of them ---- */

static bool (*const steps[NW_PLAN_KINDS])(struct nw_eval *e) = {
    [NW_PLAN_MESH] = do_mesh,
    [NW_PLAN_SCAN] = do_scan,
    [NW_PLAN_LANDMARK] = do_landmark,
    [NW_PLAN_PLANE] = nw_do_plane,
    [NW_PLAN_MIRROR_PLANE] = do_mirror_plane,
    [NW_PLAN_AXIS] = do_axis,
    [NW_PLAN_BOX] = do_box,
    [NW_PLAN_REGION] = do_region,
    [NW_PLAN_FRAME] = do_frame,
    [NW_PLAN_MIRRORED] = do_mirrored,
    [NW_PLAN_CUT] = do_cut,
    [NW_PLAN_DOME] = do_dome,
    [NW_PLAN_WEDGE] = do_wedge,
    [NW_PLAN_PIECE] = do_piece,
    [NW_PLAN_MOVED] = do_moved,
    [NW_PLAN_REGISTER] = nw_do_register,
    [NW_PLAN_REDUCTION] = nw_do_reduction,
    [NW_PLAN_FACES] = do_faces,
    [NW_PLAN_TRAJECTORY] = nw_do_trajectory,
    [NW_PLAN_SEARCH] = nw_do_search,
    [NW_PLAN_MEASURE] = nw_do_measure,
};

static void release_values(struct nw_value *value, size_t count)
{
    for (size_t i = 0; value && i < count; i++) {
        nw_bvh_free(value[i].bvh);
        nw_mesh_release(&value[i].mesh);
        nw_volume_release(&value[i].scan);
        nw_piece_cut_release(&value[i].piece[0]);
        nw_piece_cut_release(&value[i].piece[1]);
        nw_piece_cut_release(&value[i].piece[2]);
        nw_region_release(&value[i].region);
        nw_free(value[i].motions);
    }
    nw_free(value);
}

static bool evaluate(struct nw_eval *e, json_t *all)
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
        e->own->spread = nw_unknown_spread();
        e->out = json_object();
        if (!e->out || json_object_set_new(all, e->item->name, e->out) != 0)
            return nw_fail(e->err, NW_ERR_MEMORY, "no memory for the result");
        if (!nw_put(e, "kind", json_string(nw_json_member(e->item->at, "kind")->text)))
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
static bool run(struct nw_eval *e, json_t **result)
{
    e->value = NW_ALLOC(struct nw_value, e->plan->count + 1, e->err);
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
    struct nw_eval e = {
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
    struct nw_eval e = {.plan = plan,
                        .files = files,
                        .made = &made,
                        .err = err,
                        .needed = needed,
                        .accepting = item};
    return run(&e, result);
}
