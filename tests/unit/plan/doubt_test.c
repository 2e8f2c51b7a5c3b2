/* tests/unit/plan/doubt_test.c -- a motion that is badly determined says so. */
#include "plan/fuse.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/shapes.h"
#include "plan/plan.h"
#include "plan/reduce.h"
#include "starve.h"
#include "unit.h"

enum { ROUND = 24, ALONG = 40 };
static const double DEGREE = NW_PI / 180;

/* A spindle about z, 90 mm long and 30 mm thick, of 24 facets: the radius at an angle and a
 * height is the formula's. The rib is 2 mm high and stands on a few of its facets. */
static double spindle(double angle, double z, bool rib, bool lumps)
{
    const double u = z / 45, body = 15 * sqrt(fmax(1 - u * u, 0)) * (1 + 0.2 * u);
    double r = body;
    if (rib && cos(angle) > 0.9 && fabs(z - 4) < 14)
        r += 2;
    if (lumps)
        r *= 1 + 0.12 * cos(angle + 0.4) + 0.1 * cos(2 * angle + z / 9);
    return r;
}

static void make(struct nw_mesh *m, bool rib, bool lumps)
{
    struct nw_err err = {0};
    CHECK(nw_mesh_init(m, ROUND * (ALONG - 1) + 2, 2 * ROUND * (ALONG - 1), &err));
    size_t t = 0;
    for (int k = 1; k < ALONG; k++)
        for (int i = 0; i < ROUND; i++) {
            const double angle = 2 * NW_PI * i / ROUND, z = -45 * cos(NW_PI * k / ALONG),
                         r = spindle(angle, z, rib, lumps);
            m->pos_mm[(k - 1) * ROUND + i] = nw_v3(r * cos(angle), r * sin(angle), z);
        }
    const uint32_t low = ROUND * (ALONG - 1), high = low + 1;
    m->pos_mm[low] = nw_v3(0, 0, -45);
    m->pos_mm[high] = nw_v3(0, 0, 45);
    for (uint32_t i = 0; i < ROUND; i++) {
        const uint32_t n = (i + 1) % ROUND, top = ROUND * (ALONG - 2);
        memcpy(m->tri[t++], (uint32_t[3]){low, n, i}, sizeof *m->tri);
        memcpy(m->tri[t++], (uint32_t[3]){high, top + i, top + n}, sizeof *m->tri);
        for (uint32_t k = 0; k + 2 < ALONG; k++) {
            const uint32_t a = k * ROUND + i, b = k * ROUND + n;
            memcpy(m->tri[t++], (uint32_t[3]){a, b, b + ROUND}, sizeof *m->tri);
            memcpy(m->tri[t++], (uint32_t[3]){a, b + ROUND, a + ROUND}, sizeof *m->tri);
        }
    }
    CHECK(t == m->tri_count);
}

static nw_affine turn_about_z(double rad, nw_vec3 shift)
{
    return (nw_affine){{{{cos(rad), -sin(rad), 0}, {sin(rad), cos(rad), 0}, {0, 0, 1}}}, shift};
}

static void move(struct nw_mesh *m, nw_affine by)
{
    for (size_t v = 0; v < m->vert_count; v++)
        m->pos_mm[v] = nw_apply(by, m->pos_mm[v]);
}

/* The bodies that plans below name: "whole"; "away", which was turned by so much and shifted,
 * with noise on its vertices. */
static struct body {
    bool rib, lumps;
    double turn_deg, noise_mm;
} body;

static bool mesh(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                 struct nw_err *err)
{
    (void)user;
    (void)err;
    make(out, body.rib, body.lumps);
    if (strcmp(file->path, "whole") == 0)
        return true;
    for (size_t v = 0; v < out->vert_count; v++)
        out->pos_mm[v] = nw_along(out->pos_mm[v], nw_unit(out->pos_mm[v]),
                                  body.noise_mm * nw_rand_normal(7, v));
    move(out, turn_about_z(body.turn_deg * DEGREE, nw_v3(1, -0.5, 0.7)));
    return true;
}

static const struct nw_plan_files files = {NULL, mesh, NULL};

static json_t *evaluate(const char *more)
{
    struct nw_err err = {0};
    char text[4096];
    const int len =
        snprintf(text, sizeof text,
                 "{\"nuwa\": \"plan 1\", \"items\": {"
                 "\"whole\": {\"kind\": \"mesh\", \"file\": {\"path\": \"whole\"}},"
                 "\"away\": {\"kind\": \"mesh\", \"file\": {\"path\": \"away\"}}, %s}}",
                 more);
    struct nw_plan *p = nw_plan_parse(text, (size_t)len, &err);
    struct nw_model made = {0};
    json_t *result = NULL;
    CHECK(p && nw_plan_evaluate(p, &files, &result, &made, &err));
    if (err.code)
        printf("# %s\n", err.msg);
    nw_model_release(&made);
    nw_plan_free(p);
    return result;
}

static double at(const json_t *list, size_t i, const char *key)
{
    return json_number_value(json_object_get(json_array_get(list, i), key));
}

/* How far from the truth the turn about z came out, in degrees: right round. */
static double off_by(const json_t *f)
{
    const json_t *rows = json_object_get(f, "moving_to_fixed");
    const double s = json_number_value(json_array_get(json_array_get(rows, 1), 0)),
                 c = json_number_value(json_array_get(json_array_get(rows, 0), 0));
    return remainder(atan2(s, c) / DEGREE + body.turn_deg, 360);
}

static const char *code(const json_t *f, size_t i)
{
    const json_t *w = json_array_get(json_object_get(f, "warnings"), i);
    const char *s = json_string_value(json_object_get(w, "code"));
    return s ? s : "";
}

static void say(const char *what, const json_t *f)
{
    const json_t *turns = json_object_get(f, "turns"), *shifts = json_object_get(f, "shifts");
    char *others = json_dumps(json_object_get(f, "other_turns_deg"), JSON_REAL_PRECISION(4));
    printf("# figure %s off by %.3f deg, +- %.3f deg about the weakest axis, +- %.3f mm, rms "
           "%.4f mm, others %s, warned %s\n",
           what, off_by(f), at(turns, 0, "sigma_deg"), at(shifts, 0, "sigma_mm"),
           json_number_value(json_object_get(f, "rms_mm")), others, code(f, 0));
    free(others);
}

static const char reg[] =
    "\"fit\": {\"kind\": \"register\", \"moving\": \"away\", \"fixed\": \"whole\"}";
static const char red[] =
    "\"fix\": {\"kind\": \"reduction\", \"fragments\": [\"away\"], \"onto\": \"whole\"}";

static json_t *registered(json_t **all, const char *name)
{
    *all = evaluate(strcmp(name, "fit") == 0 ? reg : red);
    json_t *item = json_object_get(*all, name), *f = json_object_get(item, "fragments");
    return f ? json_object_get(f, "away") : item;
}

/* Req: R-085 */
static void a_body_of_revolution_is_warned_of_and_its_doubt_covers_the_error(void)
{
    for (int k = 0; k < 2; k++) {
        json_t *all;
        body = (struct body){.turn_deg = 14, .noise_mm = k ? 0 : 0.05};
        const json_t *f = registered(&all, k ? "fix" : "fit");
        say(k ? "spindle_reduced" : "spindle_registered", f);
        CHECK(strcmp(code(f, 0), "other_turns") == 0);
        CHECK(json_array_size(json_object_get(f, "other_turns_deg")) > 0);
        const json_t *turns = json_object_get(f, "turns");
        CHECK(fabs(off_by(f)) < 2 * at(turns, 0, "sigma_deg"));
        CHECK(fabs(json_number_value(json_array_get(
                  json_object_get(json_array_get(turns, 0), "axis"), 2))) > 0.99);
        json_decref(all);
    }
}

/* From where it lies the next place to rest is a wrong one, and nothing is off there but the
 * rib. */
static void a_rib_brings_it_to_the_right_turn(void)
{
    for (int k = 0; k < 2; k++) {
        json_t *all;
        body = (struct body){.rib = true, .turn_deg = 34, .noise_mm = k ? 0 : 0.05};
        const json_t *f = registered(&all, k ? "fix" : "fit");
        say(k ? "rib_reduced" : "rib_registered", f);
        CHECK(fabs(off_by(f)) < 1);
        json_decref(all);
    }
}

static void an_asymmetric_body_is_not_warned_of(void)
{
    for (int k = 0; k < 2; k++) {
        json_t *all;
        body = (struct body){.lumps = true, .turn_deg = 14, .noise_mm = 0.05};
        const json_t *f = registered(&all, k ? "fix" : "fit");
        say(k ? "lumps_reduced" : "lumps_registered", f);
        CHECK(json_array_size(json_object_get(f, "warnings")) == 0);
        CHECK(json_array_size(json_object_get(f, "other_turns_deg")) == 0);
        const json_t *turns = json_object_get(f, "turns");
        CHECK(fabs(off_by(f)) < 3 * at(turns, 0, "sigma_deg"));
        CHECK(at(turns, 0, "sigma_deg") < 0.5);
        json_decref(all);
    }
}

/* Four landmarks about the axis, each to 0.5 mm: no other turn is left. */
static void landmarks_rule_out_other_turns(void)
{
    char more[2048];
    size_t n = 0;
    body = (struct body){.turn_deg = 14, .noise_mm = 0.05};
    const nw_affine by = turn_about_z(body.turn_deg * DEGREE, nw_v3(1, -0.5, 0.7));
    for (int i = 0; i < 4; i++) {
        const nw_vec3 p = {i % 2 ? 0 : 15 * (1 - i), i % 2 ? 15 * (2 - i) : 0, 5 * i},
                      q = nw_apply(by, p);
        n +=
            (size_t)snprintf(more + n, sizeof more - n,
                             "\"p%d\": {\"kind\": \"landmark\", \"at_mm\": [%.6f, %.6f, %.6f], "
                             "\"sigma_mm\": 0.5}, \"q%d\": {\"kind\": \"landmark\", "
                             "\"at_mm\": [%.6f, %.6f, %.6f], \"sigma_mm\": 0.5},",
                             i, p.x, p.y, p.z, i, q.x, q.y, q.z);
    }
    (void)snprintf(more + n, sizeof more - n,
                   "\"fit\": {\"kind\": \"register\", \"moving\": \"away\", \"fixed\": "
                   "\"whole\", \"landmarks\": [[\"q0\", \"p0\"], [\"q1\", \"p1\"], [\"q2\", "
                   "\"p2\"], [\"q3\", \"p3\"]]}");
    json_t *all = evaluate(more);
    const json_t *f = json_object_get(all, "fit");
    say("spindle_by_landmarks", f);
    CHECK(json_array_size(json_object_get(f, "warnings")) == 0);
    CHECK(fabs(off_by(f)) < 0.5);
    json_decref(all);
}

static struct nw_mesh small, other;

static bool refine(void *user, nw_affine start, struct nw_fuse *out, struct nw_err *err)
{
    (void)user;
    const struct nw_fuse_opts opts = {.start = &start, .samples = 100};
    return nw_fuse_surfaces(&other, &small, &opts, out, err);
}

static struct nw_fuse found;
static bool starved(struct nw_err *err)
{
    const struct nw_turn_opts opts = {.shape = &other, .correlation_mm = 5, .refine = refine};
    struct nw_fuse f = found;
    struct nw_doubt d;
    return nw_fuse_other_turns(&small, &opts, &f, &d, err);
}

static double bumps(nw_vec3 d)
{
    return sin(3 * d.x + 1) * sin(2 * d.y);
}

static void memory_that_runs_out_is_an_error(void)
{
    struct nw_err err = {0};
    shape_sphere(&small, 4, 20, bumps);
    shape_sphere(&other, 4, 20, bumps);
    nw_set_threads(1);
    CHECK(
        nw_fuse_surfaces(&other, &small, &(struct nw_fuse_opts){.samples = 100}, &found, &err));
    CHECK(unit_starve(starved) > 5);
    nw_set_threads(0);
    nw_mesh_release(&small);
    nw_mesh_release(&other);
}

int main(void)
{
    UNIT(a_body_of_revolution_is_warned_of_and_its_doubt_covers_the_error);
    UNIT(a_rib_brings_it_to_the_right_turn);
    UNIT(an_asymmetric_body_is_not_warned_of);
    UNIT(landmarks_rule_out_other_turns);
    UNIT(memory_that_runs_out_is_an_error);
    return unit_end();
}
