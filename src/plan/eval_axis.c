/* plan/eval_axis.c -- trajectories of a plan and the search for the best; see plan.h. */
#include <string.h>

#include "plan/eval_priv.h"
#include "plan/linear_priv.h"

/* A prism of 24 sides around the axis, so that pictures and guides have the rod. */
static bool keep_rod(struct nw_eval *e, const struct nw_axis *a)
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
    return nw_eval_keep(e, &m);
}

static bool put_grey(struct nw_eval *e, const struct nw_axis *a)
{
    const struct nw_value *scan = nw_maybe(e, "scan");
    if (!scan)
        return true;
    const struct nw_place way[2] = {{a->entry_mm, (double)NAN}, {a->target_mm, (double)NAN}};
    struct nw_along_path p;
    if (!nw_measure_path(&scan->scan, way, 2, NW_STEP_MM, &p, e->err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; list && i < p.count; i++)
        (void)json_array_append_new(list, nw_real(p.value[i]));
    nw_free(p.value);
    return nw_put(e, "grey",
                  json_pack("{s:o, s:o, s:o, s:o, s:f, s:o}", "mean", nw_real(p.mean.value),
                            "min", nw_real(p.min), "max", nw_real(p.max), "deviation",
                            nw_real(p.deviation), "step_mm", NW_STEP_MM, "samples", list));
}

double nw_eval_sigma(const struct nw_value *part)
{
    const struct nw_mesh *m = &part->mesh;
    double most = 0;
    for (size_t v = 0; m->uncertainty_mm && v < m->vert_count; v++)
        most = fmax(most, (double)m->uncertainty_mm[v]);
    return m->uncertainty_mm ? most : part->sigma_mm;
}

static bool put_clearances(struct nw_eval *e, const struct nw_axis *a)
{
    const struct nw_json_value *list = nw_member(e, "clear_of");
    const double margin = nw_number(e, "margin_mm", 0);
    json_t *all = json_object();
    bool clear = true;
    for (const struct nw_json_value *v = list ? list->first : NULL; all && v; v = v->next) {
        struct nw_value *part = nw_named(e, v);
        if (!nw_eval_tree(e, part)) {
            json_decref(all);
            return false;
        }
        const struct nw_structure s = {&part->mesh, part->bvh, margin};
        const struct nw_clearance c = nw_axis_clearance(a, &s, NW_STEP_MM / 5);
        clear = clear && c.clearance_mm >= margin;
        (void)json_object_set_new(
            all, v->text,
            json_pack("{s:o, s:o, s:o, s:b, s:[f, f, f]}", "clearance_mm",
                      nw_real(c.clearance_mm), "sigma_mm", nw_real(nw_eval_sigma(part)),
                      "along_mm", nw_real(c.along_mm), "keeps_margin", c.clearance_mm >= margin,
                      "on_mm", c.on_mm.x, c.on_mm.y, c.on_mm.z));
    }
    return nw_put(e, "clear_of", all) && nw_put(e, "keeps_margins", json_boolean(clear));
}

static bool put_wall(struct nw_eval *e, const struct nw_axis *a)
{
    struct nw_value *within = nw_maybe(e, "within");
    if (!within)
        return true;
    if (!nw_eval_tree(e, within))
        return false;
    const struct nw_clearance w = nw_axis_wall(
        a, &within->mesh, within->bvh, nw_number(e, "entry_free_mm", 5), NW_STEP_MM / 5);
    const char grade[2] = {nw_breach_grade(w.clearance_mm), '\0'};
    return nw_put_number(e, "wall_mm", w.clearance_mm) &&
           nw_put_number(e, "wall_along_mm", w.along_mm) &&
           nw_put_number(e, "breach_mm", fmax(0, -w.clearance_mm)) &&
           nw_put(e, "breach_grade", json_string(grade));
}

static bool put_trajectory(struct nw_eval *e, const struct nw_axis *a)
{
    e->own->a = a->entry_mm;
    e->own->b = a->target_mm;
    return nw_put_vec(e, "entry_mm", a->entry_mm) && nw_put_vec(e, "target_mm", a->target_mm) &&
           nw_put_vec(e, "direction", nw_unit(nw_sub(a->target_mm, a->entry_mm))) &&
           nw_put_number(e, "length_mm", nw_length(nw_sub(a->target_mm, a->entry_mm))) &&
           nw_put_number(e, "diameter_mm", 2 * a->radius_mm) && put_clearances(e, a) &&
           put_wall(e, a) && put_grey(e, a) && keep_rod(e, a);
}

bool nw_do_trajectory(struct nw_eval *e)
{
    const struct nw_axis a = {nw_ref(e, "entry")->a, nw_ref(e, "target")->a,
                              nw_number(e, "diameter_mm", 0) / 2};
    if (!(nw_length2(nw_sub(a.target_mm, a.entry_mm)) > 0))
        return nw_json_fail(e->item->at, e->err, "the axis has no length");
    return put_trajectory(e, &a);
}

/* The region named, or the ball around the landmark named; borrowed. */
static bool region_of(struct nw_eval *e, const char *name, const char *radius,
                      struct nw_region *out)
{
    const struct nw_json_value *v = nw_member(e, name), *r = nw_member(e, radius);
    const struct nw_value *x = nw_ref(e, name);
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
static bool structure_of(struct nw_eval *e, const struct nw_json_value *v, double margin,
                         struct nw_structure *out)
{
    struct nw_value *part = nw_named(e, v);
    const double sigmas = nw_number(e, "sigmas", 0),
                 off = sigmas > 0 ? sigmas * nw_eval_sigma(part) : 0;
    if (!isfinite(off))
        return nw_json_fail(v, e->err,
                            "the uncertainty of \"%.60s\" is not known: state its sigma_mm, "
                            "or leave out \"sigmas\"",
                            v->text);
    if (!nw_eval_tree(e, part))
        return false;
    *out = (struct nw_structure){&part->mesh, part->bvh, margin + off};
    return true;
}

bool nw_do_search(struct nw_eval *e)
{
    const struct nw_json_value *list = nw_member(e, "clear_of"),
                               *within = nw_member(e, "within");
    const double margin = nw_number(e, "margin_mm", 0);
    struct nw_structure wall = {0};
    NW_AUTOFREE struct nw_structure *avoid =
        NW_ALLOC(struct nw_structure, (list ? list->count : 0) + 1, e->err);
    if (!avoid)
        return false;
    struct nw_search s = {
        .radius_mm = nw_number(e, "diameter_mm", 0) / 2,
        .avoid = avoid,
        .within = within ? &wall : NULL,
        .free_mm = nw_number(e, "entry_free_mm", 5),
        .most_length_mm = nw_number(e, "most_length_mm", 0),
        .direction = nw_vector(e, "direction", nw_v3(0, 0, 0)),
        .most_angle_rad = nw_number(e, "most_angle_deg", 180) / NW_DEG_PER_RAD,
    };
    if (!region_of(e, "entry", "entry_radius_mm", &s.entry) ||
        !region_of(e, "target", "target_radius_mm", &s.target))
        return false;
    for (const struct nw_json_value *v = list ? list->first : NULL; v; v = v->next)
        if (!structure_of(e, v, margin, &avoid[s.avoid_count++]))
            return false;
    if (within && !structure_of(e, within, nw_number(e, "wall_mm", margin), &wall))
        return false;
    if (!within && s.avoid_count == 0)
        return nw_json_fail(e->item->at, e->err, "a search needs \"clear_of\" or \"within\"");
    struct nw_found_axis f;
    return nw_axis_search(&s, &f, e->err) && nw_put_number(e, "spare_mm", f.spare_mm) &&
           nw_put(e, "is_clear", json_boolean(f.spare_mm >= 0)) &&
           nw_put(e, "looked_at", json_integer((json_int_t)f.looked_at)) &&
           put_trajectory(e, &f.axis);
}
