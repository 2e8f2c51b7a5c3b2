/* plan/eval_angle.c -- planes and angles of a plan; see plan.h. */
#include <string.h>

#include "plan/angle.h"
#include "plan/eval_priv.h"

/* ---- planes ---- */

static bool fit_plane(struct nw_eval *e, const struct nw_place *place, size_t count,
                      double correlation_mm)
{
    struct nw_fitted_plane f;
    if (!nw_plane_fit(place, count, correlation_mm, &f, e->err))
        return false;
    e->own->a = f.point_mm;
    e->own->b = f.normal.along;
    e->own->spread = f.normal.covariance;
    return nw_put_number(e, "rms_mm", f.rms_mm) &&
           nw_put_number(e, "tilt_sigma_deg", f.tilt_sigma_rad * NW_DEG_PER_RAD) &&
           nw_put(e, "places", json_integer((json_int_t)count));
}

static bool plane_of_landmarks(struct nw_eval *e, const struct nw_json_value *list)
{
    NW_AUTOFREE struct nw_place *place = NW_ALLOC(struct nw_place, list->count, e->err);
    size_t n = 0;
    for (const struct nw_json_value *v = list->first; place && v; v = v->next)
        place[n++] = nw_place_of(nw_named(e, v));
    return place && fit_plane(e, place, n, 0);
}

static bool plane_of_region(struct nw_eval *e, const struct nw_value *region)
{
    const size_t n = region->region.place_count;
    if (n == 0)
        return nw_json_fail(nw_member(e, "over"), e->err,
                            "a plane is fitted over a region that has \"on\": the part whose "
                            "surface it is");
    NW_AUTOFREE struct nw_place *place = NW_ALLOC(struct nw_place, n, e->err);
    for (size_t i = 0; place && i < n; i++)
        place[i] = (struct nw_place){region->region.place[i], region->sigma_mm};
    return place && fit_plane(e, place, n, NW_CORRELATION_MM);
}

static bool plane_through(struct nw_eval *e, const struct nw_json_value *list)
{
    const struct nw_json_value *v = list->first;
    const struct nw_place a = nw_place_of(nw_named(e, v)),
                          b = nw_place_of(nw_named(e, v->next)),
                          c = nw_place_of(nw_named(e, v->next->next));
    const nw_vec3 ab = nw_sub(b.at_mm, a.at_mm), ac = nw_sub(c.at_mm, a.at_mm);
    if (!(nw_length(nw_cross(ab, ac)) > 1e-6 * nw_length2(ab)))
        return nw_json_fail(list, e->err, "the three landmarks lie on one line");
    const struct nw_direction n = nw_plane_through(a, b, c);
    e->own->a = nw_scale(nw_add(a.at_mm, nw_add(b.at_mm, c.at_mm)), 1.0 / 3);
    e->own->b = n.along;
    e->own->spread = n.covariance;
    return true;
}

static bool plane_given(struct nw_eval *e, const struct nw_value *other)
{
    e->own->a = other ? other->a : nw_vector(e, "point_mm", nw_v3(0, 0, 0));
    e->own->b = other ? other->b : nw_vector(e, "normal", nw_v3(0, 0, 0));
    if (!(nw_length2(e->own->b) > 0))
        return nw_json_fail(e->item->at, e->err, "the normal has no length");
    e->own->b = nw_unit(e->own->b);
    if (other)
        e->own->spread = other->spread;
    return true;
}

bool nw_do_plane(struct nw_eval *e)
{
    const struct nw_json_value *through = nw_member(e, "through"), *fit = nw_member(e, "fit"),
                               *point = nw_member(e, "point_mm"),
                               *normal = nw_member(e, "normal");
    const struct nw_value *other = nw_maybe(e, "parallel_to"), *over = nw_maybe(e, "over");
    const int forms = (through != NULL) + (other != NULL) + (fit != NULL) + (over != NULL) +
                      (point && normal);
    if (forms != 1 || (!other && (point != NULL) != (normal != NULL)))
        return nw_json_fail(e->item->at, e->err,
                            "a plane is given by point_mm and normal, or by through, fit, over "
                            "or parallel_to");
    const bool ok = through ? plane_through(e, through)
                    : fit   ? plane_of_landmarks(e, fit)
                    : over  ? plane_of_region(e, over)
                            : plane_given(e, other);
    if (!ok)
        return false;
    e->own->a = nw_along(e->own->a, e->own->b, nw_number(e, "offset_mm", 0));
    return nw_put_vec(e, "point_mm", e->own->a) && nw_put_vec(e, "normal", e->own->b);
}

/* ---- angles ---- */

static enum nw_plan_kind kind_of(const struct nw_eval *e, const struct nw_json_value *v)
{
    return e->plan->item[nw_plan_find(e->plan, v->text)].kind;
}

/* Coronal is seen from the front, sagittal from the left, axial from the feet: in LPS. */
static bool view_of(struct nw_eval *e, const char *preset, struct nw_view *out)
{
    const struct nw_json_value *word = nw_member(e, "view");
    const struct nw_value *plane = nw_maybe(e, "view_plane");
    const char *name = word ? word->text : preset;
    if (word && plane)
        return nw_json_fail(word, e->err, "\"view\" or \"view_plane\", not both");
    out->along = plane                          ? plane->b
                 : !name                        ? nw_v3(0, 0, 0)
                 : strcmp(name, "coronal") == 0 ? nw_v3(0, 1, 0)
                 : strcmp(name, "axial") == 0   ? nw_v3(0, 0, 1)
                                                : nw_v3(1, 0, 0);
    return true;
}

/* A plane's normal, or its trace where it is seen edge on; or the way of an axis. */
static bool direction_of(struct nw_eval *e, const struct nw_json_value *v, bool trace,
                         struct nw_view view, struct nw_direction *out)
{
    const enum nw_plan_kind k = kind_of(e, v);
    const struct nw_value *x = nw_named(e, v);
    const bool plane = k == NW_PLAN_PLANE || k == NW_PLAN_MIRROR_PLANE;
    *out = (struct nw_direction){plane ? x->b : nw_unit(nw_sub(x->b, x->a)), x->spread};
    if (plane && trace)
        *out = nw_trace_seen(*out, view);
    return plane || k == NW_PLAN_AXIS || k == NW_PLAN_TRAJECTORY || k == NW_PLAN_SEARCH;
}

static bool put_angle(struct nw_eval *e, const char *key, struct nw_measured m)
{
    if (!isfinite(m.value))
        return nw_json_fail(e->item->at, e->err,
                            "what the angle is between is seen end on, or has no length");
    m.value *= NW_DEG_PER_RAD;
    m.sigma *= NW_DEG_PER_RAD;
    return nw_put_measured(e, key, m, "deg");
}

/* The landmarks under "of", `least` to `most` of them. */
static bool take_places(struct nw_eval *e, size_t least, size_t most, struct nw_place *out,
                        size_t *count)
{
    const struct nw_json_value *of = nw_member(e, "of");
    if (of->count < least || of->count > most)
        return nw_json_fail(of, e->err, "%zu to %zu landmarks should stand here", least, most);
    *count = 0;
    for (const struct nw_json_value *v = of->first; v; v = v->next) {
        if (kind_of(e, v) != NW_PLAN_LANDMARK)
            return nw_json_fail(v, e->err, "%s should be named here",
                                nw_either("标志点", "a landmark"));
        out[(*count)++] = nw_place_of(nw_named(e, v));
    }
    return true;
}

/* Of hip, knee and ankle: 180 is straight. A fourth place, lateral of the knee, tells varus. */
static bool measure_hka(struct nw_eval *e)
{
    struct nw_view view;
    struct nw_place p[4] = {{{0, 0, 0}, 0}};
    size_t n = 0;
    if (!view_of(e, "coronal", &view) || !take_places(e, 3, 4, p, &n))
        return false;
    const struct nw_measured corner = nw_corner_seen(p[0], p[1], p[2], view);
    struct nw_measured varus = corner;
    if (n == 4 && isfinite(corner.value)) {
        const nw_vec3 leg = nw_sub(p[2].at_mm, p[0].at_mm),
                      lateral = nw_sub(p[3].at_mm, p[1].at_mm);
        const double side = nw_dot(nw_cross(leg, view.along), lateral);
        /* from the leg to the hip counter-clockwise to that to the ankle: above pi when the
         * knee lies to the right */
        const double turn = corner.value < 0 ? corner.value + NW_PI : corner.value - NW_PI;
        varus.value = side > 0 ? turn : -turn;
        if (!put_angle(e, "varus", varus))
            return false;
    }
    return put_angle(e, "angle", (struct nw_measured){fabs(corner.value), corner.sigma});
}

/* Of hip (or ankle), knee, and the joint line's medial and lateral end: the angle on the
 * lateral side of the femur, on the medial side of the tibia. */
static bool measure_joint_line(struct nw_eval *e, bool lateral_side)
{
    struct nw_view view;
    struct nw_place p[4] = {{{0, 0, 0}, 0}};
    size_t n = 0;
    if (!view_of(e, "coronal", &view) || !take_places(e, 4, 4, p, &n))
        return false;
    const struct nw_direction bone = nw_direction_between(p[1], p[0]),
                              line = lateral_side ? nw_direction_between(p[2], p[3])
                                                  : nw_direction_between(p[3], p[2]);
    return put_angle(e, "angle", nw_angle_seen(bone, line, view));
}

static bool measure_cobb(struct nw_eval *e)
{
    const struct nw_json_value *of = nw_member(e, "of");
    struct nw_direction a, b;
    struct nw_view view;
    if (!view_of(e, "coronal", &view))
        return false;
    if (of->count != 2 || !direction_of(e, of->first, true, view, &a) ||
        !direction_of(e, of->first->next, true, view, &b))
        return nw_json_fail(of, e->err, "a Cobb angle is of two planes or axes");
    return put_angle(e, "angle", nw_angle_of_lines_seen(a, b, view));
}

static bool measure_plain(struct nw_eval *e)
{
    const struct nw_json_value *of = nw_member(e, "of");
    struct nw_view view;
    if (!view_of(e, NULL, &view))
        return false;
    if (of->count == 2) {
        struct nw_direction a, b;
        if (!direction_of(e, of->first, false, view, &a) ||
            !direction_of(e, of->first->next, false, view, &b))
            return nw_json_fail(of, e->err,
                                "an angle is of three landmarks, or of two planes or axes");
        return put_angle(e, "angle", nw_angle_seen(a, b, view));
    }
    struct nw_place p[3] = {{{0, 0, 0}, 0}};
    size_t n = 0;
    if (!take_places(e, 3, 3, p, &n))
        return false;
    struct nw_measured m = nw_corner_seen(p[0], p[1], p[2], view);
    m.value = fabs(m.value);
    return put_angle(e, "angle", m);
}

bool nw_eval_angle(struct nw_eval *e, const char *what)
{
    if (strcmp(what, "cobb") == 0)
        return measure_cobb(e);
    if (strcmp(what, "hka") == 0)
        return measure_hka(e);
    if (strcmp(what, "mldfa") == 0 || strcmp(what, "mpta") == 0)
        return measure_joint_line(e, strcmp(what, "mldfa") == 0);
    return measure_plain(e);
}
