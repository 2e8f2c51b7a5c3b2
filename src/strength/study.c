/* strength/study.c -- a study: read, and run for one variant. See study.h. */
#include "strength/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/parallel.h"
#include "field/surface.h"
#include "strength/elastic.h"

static const double COARSER[NW_STUDY_STEPS] = {2, 1.4, 1};
enum { PLACES = 32 };

/* A box, or all within a distance of a line. */
struct place {
    const struct nw_json_value *at;
    bool round;
    nw_vec3 a, b;
    double radius;
    nw_vec3 force;
};

struct study_case {
    const char *name;
    struct place load[PLACES];
    size_t load_count;
};

struct nw_study {
    struct nw_arena arena;
    const char *title;
    double cell_mm;
    struct nw_study_material material;
    struct nw_study_variant variant[NW_STUDY_VARIANTS];
    size_t variant_count;
    struct place fixed[PLACES];
    size_t fixed_count;
    struct study_case load_case[NW_STUDY_CASES];
    size_t case_count;
};

/* ---- reading ---- */

/* The member, or a failure that says it is missing. */
static const struct nw_json_value *need(const struct nw_json_value *object, const char *key,
                                        struct nw_err *err)
{
    const struct nw_json_value *v = nw_json_member(object, key);
    if (!v)
        nw_json_fail(object, err, "\"%s\" is missing", key);
    return v;
}

static bool need_number(const struct nw_json_value *object, const char *key, double min,
                        double max, double *out, struct nw_err *err)
{
    const struct nw_json_value *v = need(object, key, err);
    return v && nw_json_take_number(v, min, max, out, err);
}

static bool need_text(const struct nw_json_value *object, const char *key, const char **out,
                      struct nw_err *err)
{
    const struct nw_json_value *v = need(object, key, err);
    return v && nw_json_take_text(v, out, err);
}

static bool may_text(const struct nw_json_value *object, const char *key, const char **out,
                     struct nw_err *err)
{
    const struct nw_json_value *v = nw_json_member(object, key);
    return !v || nw_json_take_text(v, out, err);
}

static bool need_place(const struct nw_json_value *object, const char *key, nw_vec3 *out,
                       struct nw_err *err)
{
    const struct nw_json_value *v = need(object, key, err);
    return v && nw_json_take_vec3(v, out, err);
}

/* A list of 1 to `most` objects. */
static const struct nw_json_value *need_list(const struct nw_json_value *object,
                                             const char *key, size_t most, struct nw_err *err)
{
    const struct nw_json_value *v = need(object, key, err);
    if (!v)
        return NULL;
    if (v->kind != NW_JSON_LIST || v->count < 1 || v->count > most) {
        nw_json_fail(v, err, "must be a list of 1 to %zu objects", most);
        return NULL;
    }
    for (const struct nw_json_value *i = v->first; i; i = i->next)
        if (i->kind != NW_JSON_OBJECT) {
            nw_json_fail(i, err, "must be an object");
            return NULL;
        }
    return v;
}

static bool take_place(const struct nw_json_value *v, bool pulled, struct place *out,
                       struct nw_err *err)
{
    static const char *const keys[] = {"name",  "about",     "min_mm",  "max_mm", "from_mm",
                                       "to_mm", "radius_mm", "force_n", NULL};
    const char *name = "";
    *out = (struct place){.at = v, .round = nw_json_member(v, "radius_mm") != NULL};
    if (!nw_json_check_keys(v, keys, err) || !may_text(v, "name", &name, err))
        return false;
    if (!pulled && nw_json_member(v, "force_n"))
        return nw_json_fail(v, err, "is fixed; forces stand in cases");
    if (pulled && !need_place(v, "force_n", &out->force, err))
        return false;
    if (pulled && !(nw_length(out->force) > 0 && nw_length(out->force) <= 1e5))
        return nw_json_fail(v, err, "a force is above 0 and at most 100000 N");
    if (out->round)
        return need_place(v, "from_mm", &out->a, err) && need_place(v, "to_mm", &out->b, err) &&
               need_number(v, "radius_mm", 0.01, 1000, &out->radius, err);
    if (!need_place(v, "min_mm", &out->a, err) || !need_place(v, "max_mm", &out->b, err))
        return false;
    return (out->a.x < out->b.x && out->a.y < out->b.y && out->a.z < out->b.z) ||
           nw_json_fail(v, err, "min_mm must be below max_mm on every axis");
}

static bool take_material(const struct nw_json_value *v, struct nw_study_material *out,
                          struct nw_err *err)
{
    static const char *const keys[] = {"name",      "source",        "young_gpa", "poisson",
                                       "yield_mpa", "density_g_cm3", "about",     NULL};
    if (v->kind != NW_JSON_OBJECT)
        return nw_json_fail(v, err, "must be an object");
    return nw_json_check_keys(v, keys, err) && need_text(v, "name", &out->name, err) &&
           may_text(v, "source", &out->source, err) &&
           need_number(v, "young_gpa", 1e-4, 1000, &out->young_gpa, err) &&
           need_number(v, "poisson", 0, 0.49, &out->poisson, err) &&
           need_number(v, "yield_mpa", 0.01, 1e5, &out->yield_mpa, err) &&
           need_number(v, "density_g_cm3", 0.01, 30, &out->density_g_cm3, err);
}

static bool take_variant(const struct nw_json_value *v, struct nw_study_variant *out,
                         struct nw_err *err)
{
    static const char *const keys[] = {"name", "design", "mesh", "part", "about", NULL};
    const struct nw_json_value *design = nw_json_member(v, "design"),
                               *mesh = nw_json_member(v, "mesh");
    if (!nw_json_check_keys(v, keys, err) || !need_text(v, "name", &out->name, err) ||
        !may_text(v, "part", &out->part, err))
        return false;
    if (!design == !mesh)
        return nw_json_fail(v, err, "needs either \"design\" or \"mesh\"");
    const struct nw_json_value *file = design ? design : mesh;
    out->is_design = design != NULL;
    return nw_json_take_file(file, &out->file, err);
}

static bool take_case(const struct nw_json_value *v, struct study_case *out, struct nw_err *err)
{
    static const char *const keys[] = {"name", "loads", "about", NULL};
    if (!nw_json_check_keys(v, keys, err) || !need_text(v, "name", &out->name, err))
        return false;
    const struct nw_json_value *loads = need_list(v, "loads", PLACES, err);
    for (const struct nw_json_value *i = loads ? loads->first : NULL; i; i = i->next)
        if (!take_place(i, true, &out->load[out->load_count++], err))
            return false;
    return loads != NULL;
}

static bool take_lists(const struct nw_json_value *root, struct nw_study *s, struct nw_err *err)
{
    const struct nw_json_value *list = need_list(root, "variants", NW_STUDY_VARIANTS, err);
    for (const struct nw_json_value *i = list ? list->first : NULL; i; i = i->next)
        if (!take_variant(i, &s->variant[s->variant_count++], err))
            return false;
    list = list ? need_list(root, "fixed", PLACES, err) : NULL;
    for (const struct nw_json_value *i = list ? list->first : NULL; i; i = i->next)
        if (!take_place(i, false, &s->fixed[s->fixed_count++], err))
            return false;
    list = list ? need_list(root, "cases", NW_STUDY_CASES, err) : NULL;
    for (const struct nw_json_value *i = list ? list->first : NULL; i; i = i->next)
        if (!take_case(i, &s->load_case[s->case_count++], err))
            return false;
    return list != NULL;
}

static bool take_study(const struct nw_json_value *root, struct nw_study *s, struct nw_err *err)
{
    static const char *const keys[] = {"nuwa",     "title", "about", "material", "cell_mm",
                                       "variants", "fixed", "cases", NULL};
    const char *version;
    s->title = "";
    if (root->kind != NW_JSON_OBJECT)
        return nw_json_fail(root, err, "a study is an object");
    if (!nw_json_check_keys(root, keys, err) || !need_text(root, "nuwa", &version, err))
        return false;
    if (strcmp(version, "strength 1") != 0)
        return nw_json_fail(nw_json_member(root, "nuwa"), err,
                            "is '%.40s'; this program reads 'strength 1'", version);
    const struct nw_json_value *material = need(root, "material", err);
    return material && may_text(root, "title", &s->title, err) &&
           take_material(material, &s->material, err) &&
           need_number(root, "cell_mm", 0.02, 10, &s->cell_mm, err) && take_lists(root, s, err);
}

struct nw_study *nw_study_parse(const char *text, size_t len, struct nw_err *err)
{
    struct nw_study *s = NW_ALLOC(struct nw_study, 1, err);
    if (!s)
        return NULL;
    const struct nw_json_value *root = nw_json_parse(&s->arena, text, len, err);
    if (root && take_study(root, s, err))
        return s;
    nw_study_free(s);
    return NULL;
}

void nw_study_free(struct nw_study *s)
{
    if (!s)
        return;
    nw_arena_release(&s->arena);
    nw_free(s);
}

const char *nw_study_title(const struct nw_study *s)
{
    return s->title;
}

double nw_study_cell_mm(const struct nw_study *s)
{
    return s->cell_mm;
}

struct nw_study_material nw_study_material(const struct nw_study *s)
{
    return s->material;
}

size_t nw_study_variant_count(const struct nw_study *s)
{
    return s->variant_count;
}

struct nw_study_variant nw_study_variant(const struct nw_study *s, size_t at)
{
    return s->variant[at];
}

size_t nw_study_case_count(const struct nw_study *s)
{
    return s->case_count;
}

const char *nw_study_case_name(const struct nw_study *s, size_t at)
{
    return s->load_case[at].name;
}

nw_vec3 nw_study_case_force(const struct nw_study *s, size_t at)
{
    nw_vec3 sum = {0, 0, 0};
    for (size_t i = 0; i < s->load_case[at].load_count; i++)
        sum = nw_add(sum, s->load_case[at].load[i].force);
    return sum;
}

/* ---- running ---- */

/* How far a point is from a place; 0 inside. */
static double away(const struct place *p, nw_vec3 at)
{
    if (!p->round) {
        const double x = fmax(fmax(p->a.x - at.x, at.x - p->b.x), 0),
                     y = fmax(fmax(p->a.y - at.y, at.y - p->b.y), 0),
                     z = fmax(fmax(p->a.z - at.z, at.z - p->b.z), 0);
        return sqrt(x * x + y * y + z * z);
    }
    const nw_vec3 way = nw_sub(p->b, p->a), from = nw_sub(at, p->a);
    const double whole = nw_length2(way);
    const double share = whole > 0 ? fmin(fmax(nw_dot(from, way) / whole, 0), 1) : 0;
    return fmax(nw_length(nw_sub(from, nw_scale(way, share))) - p->radius, 0);
}

static bool is_in(const void *user, nw_vec3 at)
{
    return away(user, at) <= 0;
}

static bool hold(const struct nw_study *s, struct nw_elastic *e, struct nw_err *err)
{
    for (size_t i = 0; i < s->fixed_count; i++) {
        const struct nw_elastic_region region = {is_in, &s->fixed[i]};
        if (nw_elastic_fix(e, &region) == 0)
            return nw_json_fail(s->fixed[i].at, err, "holds nothing of this variant");
    }
    return true;
}

static bool pull(const struct nw_study *s, const struct study_case *c, struct nw_elastic *e,
                 struct nw_err *err)
{
    (void)s;
    nw_elastic_let_go(e);
    for (size_t i = 0; i < c->load_count; i++) {
        const struct nw_elastic_region region = {is_in, &c->load[i]};
        if (nw_elastic_pull(e, &region, c->load[i].force) == 0)
            return nw_json_fail(c->load[i].at, err, "pulls nothing of this variant");
    }
    return true;
}

/* Is the stress here the part's own, and not of how it is held? */
static bool is_own(const struct nw_study *s, const struct study_case *c, nw_vec3 at,
                   double cell_mm)
{
    for (size_t i = 0; i < s->fixed_count; i++)
        if (away(&s->fixed[i], at) < 2 * cell_mm)
            return false;
    for (size_t i = 0; i < c->load_count; i++)
        if (away(&c->load[i], at) < 2 * cell_mm)
            return false;
    return true;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Stress at each vertex of the surface; below 0 where it is not the part's own or unknown. */
static bool survey(const struct nw_study *s, const struct study_case *c,
                   const struct nw_elastic *e, const struct nw_mesh *surface, double *stress,
                   struct nw_study_step *out, struct nw_err *err)
{
    const size_t count = surface->vert_count;
    NW_PARALLEL_FOR
    for (size_t v = 0; v < count; v++) {
        double tensor[6];
        stress[v] =
            nw_elastic_stress(e, surface->pos_mm[v], tensor) ? nw_von_mises_mpa(tensor) : -1;
    }
    NW_AUTOFREE double *own = NW_ALLOC(double, count + 1, err);
    if (!own)
        return false;
    size_t kept = 0;
    out->stress_mpa = out->stress99_mpa = (double)NAN;
    for (size_t v = 0; v < count; v++) {
        if (stress[v] < 0 || !is_own(s, c, surface->pos_mm[v], out->cell_mm))
            continue;
        if (!(stress[v] <= out->stress_mpa)) {
            out->stress_mpa = stress[v];
            out->place_mm = surface->pos_mm[v];
        }
        own[kept++] = stress[v];
    }
    qsort(own, kept, sizeof *own, by_size);
    if (kept > 0)
        out->stress99_mpa = own[(kept - 1) * 99 / 100];
    return true;
}

void nw_stress_colour(double share, uint8_t rgb[3])
{
    static const double stops[5][3] = {
        {49, 76, 160}, {64, 160, 120}, {240, 220, 90}, {200, 40, 30}, {130, 20, 130}};
    const double at = fmin(fmax(share, 0) * 3, 3.999);
    const int k = share > 1 ? 3 : (int)fmin(at, 2);
    const double t = share > 1 ? 1 : at - k;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)rint(stops[k][c] + fmin(t, 1) * (stops[k + 1][c] - stops[k][c]));
}

static bool colour(const struct nw_study *s, const struct nw_mesh *surface,
                   const double *stress, struct nw_mesh *out, struct nw_err *err)
{
    if (!nw_mesh_copy(out, surface, err))
        return false;
    out->vert_rgba = nw_alloc(out->vert_count, sizeof *out->vert_rgba, err);
    for (size_t v = 0; out->vert_rgba && v < out->vert_count; v++) {
        static const uint8_t unknown[3] = {150, 150, 150};
        memcpy(out->vert_rgba[v], unknown, sizeof unknown);
        out->vert_rgba[v][3] = 255;
        if (stress[v] >= 0)
            nw_stress_colour(stress[v] / s->material.yield_mpa, out->vert_rgba[v]);
    }
    return out->vert_rgba != NULL;
}

static bool run_case(const struct nw_study *s, size_t at, struct nw_elastic *e,
                     const struct nw_mesh *surface, struct nw_study_step *out,
                     struct nw_mesh *shown, struct nw_err *err)
{
    struct nw_elastic_solved solved;
    const struct study_case *c = &s->load_case[at];
    NW_AUTOFREE double *stress = NW_ALLOC(double, surface->vert_count, err);
    if (!stress || !pull(s, c, e, err) || !nw_elastic_solve(e, &solved, err))
        return false;
    const double force = nw_length(nw_study_case_force(s, at)), work = nw_elastic_work(e);
    out->rounds = solved.rounds;
    out->moved_mm = nw_elastic_largest_move(e);
    out->stiffness = work > 0 ? force * force / work : (double)NAN;
    return survey(s, c, e, surface, stress, out, err) &&
           (!shown || colour(s, surface, stress, shown, err));
}

static bool run_step(const struct nw_study *s, int step, const struct nw_tape *tape, nw_box box,
                     const struct nw_mesh *surface, struct nw_study_found *found,
                     struct nw_err *err)
{
    const bool last = step == NW_STUDY_STEPS - 1;
    const double cell = s->cell_mm * COARSER[step];
    struct nw_elastic *e =
        nw_elastic_new(tape, nw_box_grown(box, cell), cell, 1000 * s->material.young_gpa,
                       s->material.poisson, err);
    bool ok = e && hold(s, e, err);
    for (size_t c = 0; ok && c < s->case_count; c++) {
        struct nw_study_step *out = &found->step[c][step];
        out->cell_mm = cell;
        out->cells = nw_elastic_cells(e);
        ok = run_case(s, c, e, surface, out, last ? &found->shown[c] : NULL, err);
    }
    if (ok && last) {
        found->volume_mm3 = nw_elastic_volume_mm3(e);
        found->mass_g = found->volume_mm3 / 1000 * s->material.density_g_cm3;
    }
    nw_elastic_free(e);
    return ok;
}

bool nw_study_run(const struct nw_study *s, const struct nw_mesh *solid,
                  struct nw_study_found *found, struct nw_err *err)
{
    NW_AUTO(nw_mesh) surface = {0};
    struct nw_field *f = nw_field_new(err);
    const nw_node node = f ? nw_field_mesh(f, solid, err) : -1;
    struct nw_tape *tape = node >= 0 ? nw_tape_new(f, node, err) : NULL;
    const nw_box box = nw_mesh_box(solid);
    bool ok = tape && nw_surface_of_field(f, node, nw_box_grown(box, 2 * s->cell_mm),
                                          s->cell_mm, &surface, err);
    for (int step = 0; ok && step < NW_STUDY_STEPS; step++)
        ok = run_step(s, step, tape, box, &surface, found, err);
    nw_tape_free(tape);
    nw_field_free(f);
    if (!ok)
        nw_study_found_release(found);
    return ok;
}

void nw_study_found_release(struct nw_study_found *found)
{
    for (size_t c = 0; c < NW_STUDY_CASES; c++)
        nw_mesh_release(&found->shown[c]);
    *found = (struct nw_study_found){0};
}
