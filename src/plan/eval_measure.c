/* plan/eval_measure.c -- the measures of a plan; see plan.h. */
#include <string.h>

#include "plan/eval_priv.h"

/* The i-th thing named, or NULL with a sentence when it is not of that sort. */
static struct nw_value *operand(struct nw_eval *e, size_t i, unsigned sort)
{
    const struct nw_json_value *v = nw_member(e, "of")->first;
    for (; v && i > 0; i--)
        v = v->next;
    if (!v) {
        nw_json_fail(e->item->at, e->err, "\"%s\" needs more names under \"of\"",
                     nw_member(e, "what")->text);
        return NULL;
    }
    const enum nw_plan_kind k = e->plan->item[nw_plan_find(e->plan, v->text)].kind;
    const bool is_part = k == NW_PLAN_MESH || k == NW_PLAN_MIRRORED || k == NW_PLAN_PIECE ||
                         k == NW_PLAN_MOVED,
               is_place = k == NW_PLAN_LANDMARK, is_scan = k == NW_PLAN_SCAN;
    if ((sort == NW_SORT_PART && is_part) || (sort == NW_SORT_PLACE && is_place) ||
        (sort == NW_SORT_SCAN && is_scan))
        return nw_named(e, v);
    nw_json_fail(v, e->err, "%s should be named here",
                 sort == NW_SORT_PART    ? nw_either("部件", "a part")
                 : sort == NW_SORT_PLACE ? nw_either("标志点", "a landmark")
                                         : nw_either("扫描", "a scan"));
    return NULL;
}

static bool measure_solid(struct nw_eval *e)
{
    const struct nw_value *p = operand(e, 0, NW_SORT_PART);
    struct nw_measured_solid s;
    return p && nw_measure_solid(&p->mesh, p->sigma_mm, NW_CORRELATION_MM, &s, e->err) &&
           nw_put_measured(e, "volume", s.volume_mm3, "mm3") &&
           nw_put_measured(e, "area", s.area_mm2, "mm2") &&
           nw_put_number(e, "volume_if_all_off_mm3", s.volume_if_all_off_mm3);
}

/* The larger; unknown when one is. */
static double both_sigmas(const struct nw_value *a, const struct nw_value *b)
{
    return isfinite(a->sigma_mm) && isfinite(b->sigma_mm) ? fmax(a->sigma_mm, b->sigma_mm)
                                                          : (double)NAN;
}

static bool measure_distance(struct nw_eval *e)
{
    const struct nw_value *a = operand(e, 0, NW_SORT_PART),
                          *b = a ? operand(e, 1, NW_SORT_PART) : NULL;
    struct nw_apart d;
    return b && nw_measure_apart(&a->mesh, &b->mesh, both_sigmas(a, b), &d, e->err) &&
           nw_put_measured(e, "distance", d.distance_mm, "mm") &&
           nw_put_vec(e, "on_first_mm", d.on_a_mm) &&
           nw_put_vec(e, "on_second_mm", d.on_b_mm) &&
           nw_put(e, "inside", json_boolean(d.a_in_b || d.b_in_a));
}

static bool measure_hole(struct nw_eval *e)
{
    struct nw_value *on = operand(e, 0, NW_SORT_PART);
    const struct nw_value *at = on ? operand(e, 1, NW_SORT_PLACE) : NULL;
    struct nw_hole h;
    return at && nw_eval_tree(e, on) &&
           nw_mesh_hole_at(&on->mesh, on->bvh, NULL, at->a, NW_REACH_MM, &h, e->err) &&
           nw_put_measured(e, "hole", nw_measure_hole(&on->mesh, on->bvh, &h, on->sigma_mm),
                           "mm") &&
           nw_put_vec(e, "from_mm", h.from_mm) && nw_put_vec(e, "to_mm", h.to_mm) &&
           nw_put_number(e, "depth_mm", h.depth_mm) &&
           nw_put_number(e, "around_deg", h.around_deg) &&
           nw_put_number(e, "pin_mm", h.pin_mm) &&
           nw_put(e, "ends", json_string(nw_hole_ends_name(h.ends)));
}

static bool measure_places(struct nw_eval *e, const char *what)
{
    const bool scan = strcmp(what, "hu") == 0, part = !scan && strcmp(what, "length") != 0;
    struct nw_value *on = part   ? operand(e, 0, NW_SORT_PART)
                          : scan ? operand(e, 0, NW_SORT_SCAN)
                                 : NULL;
    if ((part || scan) && !on)
        return false;
    const size_t first = part || scan ? 1 : 0;
    const struct nw_value *a = operand(e, first, NW_SORT_PLACE);
    if (!a)
        return false;
    if (on && strcmp(what, "thickness") == 0) {
        struct nw_thickness t;
        return nw_eval_tree(e, on) &&
               nw_measure_thickness(&on->mesh, on->bvh, a->a, NW_REACH_MM, on->sigma_mm, &t,
                                    e->err) &&
               nw_put_measured(e, "thickness", t.ball_mm, "mm") &&
               nw_put_measured(e, "thickness_ray", t.ray_mm, "mm");
    }
    const struct nw_value *b = operand(e, first + 1, NW_SORT_PLACE);
    if (!b)
        return false;
    if (on && part) {
        struct nw_measured m;
        return nw_measure_geodesic(&on->mesh, a->a, b->a, NW_REACH_MM, on->sigma_mm, &m,
                                   e->err) &&
               nw_put_measured(e, "curve", m, "mm");
    }
    if (!on)
        return nw_put_measured(e, "length", nw_measure_length(nw_place_of(a), nw_place_of(b)),
                               "mm");
    const struct nw_place way[2] = {nw_place_of(a), nw_place_of(b)};
    struct nw_along_path p;
    if (!nw_measure_path(&on->scan, way, 2, NW_STEP_MM, &p, e->err))
        return false;
    nw_free(p.value);
    return nw_put_measured(e, "mean", p.mean, "HU") && nw_put_number(e, "min", p.min) &&
           nw_put_number(e, "max", p.max) && nw_put_number(e, "deviation", p.deviation);
}

bool nw_do_measure(struct nw_eval *e)
{
    const struct nw_json_value *w = nw_member(e, "what");
    const char *what = w ? w->text : "";
    if (strcmp(what, "solid") == 0)
        return measure_solid(e);
    if (strcmp(what, "distance") == 0)
        return measure_distance(e);
    if (strcmp(what, "hole") == 0)
        return measure_hole(e);
    static const char *const places[] = {"length", "curve", "thickness", "hu"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(what, places[i]) == 0)
            return measure_places(e, what);
    return nw_eval_angle(e, what);
}
