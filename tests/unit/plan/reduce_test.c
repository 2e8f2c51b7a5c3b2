/* tests/unit/plan/reduce_test.c -- a bone broken in three comes together on its mirror image.
 */
#include "plan/reduce.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/shapes.h"
#include "plan/cut.h"
#include "plan/plan.h"
#include "starve.h"
#include "unit.h"

static double bumps(nw_vec3 d)
{
    return 3 * sin(3 * d.x + 1) * sin(2 * d.y) + 2 * d.z * d.z * d.x + sin(7 * d.z) * d.y;
}

/* 100 mm long and about 28 mm wide. */
static void make_bone(struct nw_mesh *m, int fine)
{
    shape_sphere(m, fine, 14, bumps);
    for (size_t v = 0; v < m->vert_count; v++)
        m->pos_mm[v].z *= 3.5;
}

static nw_affine motion_of(nw_vec3 axis, double angle, nw_vec3 about, nw_vec3 shift)
{
    const nw_vec3 k = nw_unit(axis);
    const double c = cos(angle), s = sin(angle), d = 1 - c;
    nw_affine a = {{{{c + d * k.x * k.x, d * k.x * k.y - s * k.z, d * k.x * k.z + s * k.y},
                     {d * k.y * k.x + s * k.z, c + d * k.y * k.y, d * k.y * k.z - s * k.x},
                     {d * k.z * k.x - s * k.y, d * k.z * k.y + s * k.x, c + d * k.z * k.z}}},
                   {0, 0, 0}};
    a.shift = nw_add(nw_sub(about, nw_mul(a.linear, about)), shift);
    return a;
}

static void move(struct nw_mesh *m, nw_affine by)
{
    for (size_t v = 0; v < m->vert_count; v++)
        m->pos_mm[v] = nw_apply(by, m->pos_mm[v]);
}

enum { PIECES = 3 };
/* Nobody is the same on both sides: up to 0.3 mm. */
static void make_lopsided(struct nw_mesh *m)
{
    for (size_t v = 0; v < m->vert_count; v++) {
        const nw_vec3 p = m->pos_mm[v];
        m->pos_mm[v] = nw_add(p, nw_scale(nw_unit(nw_v3(p.x, p.y, p.z / 12)),
                                          0.3 * sin(p.z / 6) * sin(p.x / 4 + 1)));
    }
}

static struct nw_mesh bone, piece[PIECES];
static nw_affine away[PIECES];

static void break_bone(void)
{
    struct nw_err err = {0};
    struct nw_piece_cut up = {0}, down = {0}, top = {0}, middle = {0};
    make_bone(&bone, 40);
    CHECK(nw_cut(&bone, nw_v3(0, 0, -16), nw_v3(0.2, 0.1, 1), 0, &up, &down, &err));
    CHECK(nw_cut(&up.mesh, nw_v3(0, 0, 14), nw_v3(-0.3, 0.2, 1), 0, &top, &middle, &err));
    nw_piece_cut_release(&up);
    piece[0] = down.mesh;
    piece[1] = middle.mesh;
    piece[2] = top.mesh;
    away[0] = motion_of(nw_v3(1, 2, 0), 0.30, nw_v3(0, 0, -30), nw_v3(9, -4, -6));
    away[1] = motion_of(nw_v3(-1, 0, 2), 0.20, nw_v3(0, 0, 0), nw_v3(-12, 7, 3));
    away[2] = motion_of(nw_v3(0, 1, 1), -0.10, nw_v3(0, 0, 30), nw_v3(2, 1, 3));
    for (int i = 0; i < PIECES; i++)
        move(&piece[i], away[i]);
}

/* "a", "b", "c": the fragments; "other": the healthy side, a mirror image through x = 60. */
static bool mesh(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                 struct nw_err *err)
{
    (void)user;
    if (strcmp(file->path, "other") != 0)
        return nw_mesh_copy(out, &piece[file->path[0] - 'a'], err);
    make_bone(out, 33);
    make_lopsided(out);
    for (size_t v = 0; v < out->vert_count; v++)
        out->pos_mm[v].x = 120 - out->pos_mm[v].x;
    nw_mesh_flip(out);
    return true;
}

static bool scan(void *user, const char *path, const char *sha256, struct nw_volume *out,
                 struct nw_err *err)
{
    (void)user;
    (void)path;
    (void)sha256;
    (void)out;
    return nw_fail(err, NW_ERR_NOTFOUND, "no scan");
}

static const struct nw_plan_files files = {NULL, mesh, scan};

static json_t *evaluate(const char *text, struct nw_model *made, struct nw_err *err)
{
    struct nw_plan *p = nw_plan_parse(text, strlen(text), err);
    struct nw_model own = {0};
    json_t *result = NULL;
    if (p && !nw_plan_evaluate(p, &files, &result, made ? made : &own, err))
        result = NULL;
    nw_model_release(&own);
    nw_plan_free(p);
    return result;
}

/* Landmarks as a hand sets them, a millimetre off, of the first piece; a region of the second;
 * the third starts as it lies. */
static size_t document(char *text, size_t room, const char *order, const char *accepted,
                       const char *more)
{
    static const nw_vec3 mark[4] = {{13, 3, -20}, {-13, 1, -21}, {1, 13, -24}, {0, 3, -47}};
    size_t n = (size_t)snprintf(
        text, room,
        "{\"nuwa\": \"plan 1\", \"items\": {"
        "\"a\": {\"kind\": \"mesh\", \"file\": {\"path\": \"a\"}},"
        "\"b\": {\"kind\": \"mesh\", \"file\": {\"path\": \"b\"}},"
        "\"c\": {\"kind\": \"mesh\", \"file\": {\"path\": \"c\"}},"
        "\"other\": {\"kind\": \"mesh\", \"file\": {\"path\": \"other\"}},"
        "\"middle\": {\"kind\": \"plane\", \"point_mm\": [60, 0, 0], \"normal\": [1, 0, 0]},"
        "\"healthy\": {\"kind\": \"mirrored\", \"part\": \"other\", \"plane\": \"middle\"},"
        "\"low\": {\"kind\": \"region\", \"min_mm\": [-25, -25, -60], \"max_mm\": [25, 25, "
        "-12]},"
        "\"shaft\": {\"kind\": \"region\", \"min_mm\": [-25, -25, -18], \"max_mm\": [25, 25, "
        "18]},"
        "\"high\": {\"kind\": \"region\", \"min_mm\": [-25, -25, 10], \"max_mm\": [25, 25, "
        "60]},");
    for (int i = 0; i < 4; i++) {
        const nw_vec3 on = nw_apply(away[0], mark[i]);
        /* the nearest vertex of the piece: where a hand would set it */
        nw_vec3 at = piece[0].pos_mm[0];
        for (size_t v = 0; v < piece[0].vert_count; v++)
            if (nw_length(nw_sub(piece[0].pos_mm[v], on)) < nw_length(nw_sub(at, on)))
                at = piece[0].pos_mm[v];
        n += (size_t)snprintf(text + n, room - n,
                              "\"m%d\": {\"kind\": \"landmark\", \"at_mm\": [%.6f, %.6f, "
                              "%.6f]}, \"f%d\": {\"kind\": \"landmark\", \"at_mm\": [%.6f, "
                              "%.6f, %.6f]},",
                              i, at.x, at.y, at.z, i, mark[i].x + (i % 2 ? 1 : -1), mark[i].y,
                              mark[i].z + (i % 3 ? 1 : -1));
    }
    n += (size_t)snprintf(text + n, room - n,
                          "\"fix\": {\"kind\": \"reduction\", %s, \"onto\": \"healthy\"%s}%s}}",
                          order, accepted, more);
    return n;
}

static const char by_marks[] =
    "\"fragments\": [\"a\", \"c\"], \"landmarks\": [[\"m0\", \"f0\"], [\"m1\", \"f1\"], "
    "[\"m2\", \"f2\"], [\"m3\", \"f3\"]]";
static const char by_regions_free[] = "\"faces\": \"free\", \"fragments\": [\"b\", \"a\", "
                                      "\"c\"], \"near\": [\"shaft\", \"low\", \"high\"]";
static const char by_regions[] =
    "\"fragments\": [\"b\", \"a\", \"c\"], \"near\": [\"shaft\", \"low\", \"high\"]";

static double number(const json_t *fix, const char *fragment, const char *key)
{
    const json_t *f =
        fragment ? json_object_get(json_object_get(fix, "fragments"), fragment) : fix;
    const json_t *v = json_object_get(f, key);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

/* The farthest that a vertex is from where it was before the bone broke, and the turn left. */
static double left_of(const json_t *fix, const char *name, int i, double *turn_deg)
{
    const json_t *rows = json_object_get(
        json_object_get(json_object_get(fix, "fragments"), name), "moving_to_fixed");
    double r[12], most = 0;
    for (size_t k = 0; k < 12; k++)
        r[k] = json_number_value(json_array_get(json_array_get(rows, k / 4), k % 4));
    const nw_affine found = {{{{r[0], r[1], r[2]}, {r[4], r[5], r[6]}, {r[8], r[9], r[10]}}},
                             {r[3], r[7], r[11]}};
    const nw_mat3 left = nw_matmul(found.linear, away[i].linear);
    *turn_deg = acos(fmin(1, (left.r[0].x + left.r[1].y + left.r[2].z - 1) / 2)) * 180 / NW_PI;
    const nw_affine back = nw_affine_inverse(away[i]);
    for (size_t v = 0; v < piece[i].vert_count; v++) {
        const nw_vec3 p = piece[i].pos_mm[v];
        most = fmax(most, nw_length(nw_sub(nw_apply(found, p), nw_apply(back, p))));
    }
    printf("# %s: %.4f mm and %.4f degrees left, rms %.4f p95 %.4f, outer %.2f, turned %.2f, "
           "met %.2f, gap %.3f, by faces %.3f\n",
           name, most, *turn_deg, number(fix, name, "rms_mm"), number(fix, name, "p95_mm"),
           number(fix, name, "outer_share"), number(fix, name, "turned_deg"),
           number(fix, name, "met_share"), number(fix, name, "face_gap_mm"),
           number(fix, name, "moved_by_faces_mm"));
    return most;
}

static void check_back(const json_t *fix, const char *name, int i)
{
    double turn;
    CHECK(left_of(fix, name, i, &turn) <= 0.3);
    CHECK(turn <= 0.3);
    CHECK(number(fix, name, "p95_mm") <= 0.5);
}

static void check_fix(const char *order)
{
    struct nw_err err = {0};
    char text[8192];
    document(text, sizeof text, order, "", "");
    json_t *r = evaluate(text, NULL, &err);
    if (!r)
        printf("# %s\n", err.msg);
    CHECK(r != NULL);
    const json_t *fix = json_object_get(r, "fix");
    if (strstr(order, "\"b\"")) {
        check_back(fix, "b", 1);
        CHECK(number(fix, "b", "moved_by_faces_mm") > 0.4);
        CHECK(number(fix, "b", "face_gap_mm") < 0.1);
        CHECK(number(fix, "b", "met_share") > 0.8);
        CHECK(number(fix, NULL, "overlap_mm3") < 20);
    } else { /* without the shaft nothing meets */
        CHECK(number(fix, "a", "met_share") == 0);
        CHECK(number(fix, "a", "moved_by_faces_mm") == 0);
        CHECK(isnan(number(fix, "a", "face_gap_mm")));
    }
    check_back(fix, "a", 0);
    check_back(fix, "c", 2);
    CHECK_NEAR(number(fix, "a", "turned_deg"), 0.30 * 180 / NW_PI, 0.5);
    CHECK_NEAR(number(fix, "c", "turned_deg"), 0.10 * 180 / NW_PI, 0.5);
    printf("# overlap %.3f mm3, %.4f mm deep\n", number(fix, NULL, "overlap_mm3"),
           number(fix, NULL, "overlap_depth_mm"));
    CHECK(number(fix, NULL, "overlap_depth_mm") <= 0.5);
    CHECK(number(fix, NULL, "overlap_mm3") <= 700 * number(fix, NULL, "overlap_depth_mm"));
    json_decref(r);
}

/* What is lopsided lets a shaft slide along the healthy side, when its broken faces do not hold
 * it: see check_fix. */
static void without_its_faces_a_shaft_slides(void)
{
    struct nw_err err = {0};
    char text[8192];
    double turn;
    document(text, sizeof text, by_regions_free, "", "");
    json_t *r = evaluate(text, NULL, &err);
    const json_t *fix = json_object_get(r, "fix");
    CHECK(left_of(fix, "b", 1, &turn) > 0.6);
    CHECK(number(fix, NULL, "overlap_mm3") > 100);
    CHECK(number(fix, "b", "moved_by_faces_mm") == 0);
    CHECK(isnan(number(fix, "b", "face_gap_mm")));
    json_decref(r);
}

/* Req: R-085 */
static void three_pieces_come_back_by_landmarks_and_by_regions(void)
{
    check_fix(by_marks);
    check_fix(by_regions);
}

static void nothing_moves_before_it_is_accepted(void)
{
    static const char moved[] = ", \"back\": {\"kind\": \"moved\", \"part\": \"a\", \"by\": "
                                "\"fix\"}";
    struct nw_err err = {0};
    char text[8192], accepted[64];
    size_t len = document(text, sizeof text, by_marks, "", moved);
    CHECK(evaluate(text, NULL, &err) == NULL);
    CHECK(strstr(err.msg, "the registration has not been accepted") != NULL);
    err = (struct nw_err){0};
    json_t *fix = NULL, *r;
    char *agreed = nw_plan_accept(text, len, "fix", "Li", &files, &fix, &err);
    CHECK(agreed && fix);
    struct nw_model made = {0};
    r = agreed ? evaluate(agreed, &made, &err) : NULL;
    CHECK(r != NULL);
    double most = 0;
    const nw_affine back = nw_affine_inverse(away[0]);
    for (size_t i = 0; i < made.part_count; i++)
        for (size_t v = 0; strcmp(made.part[i].name, "back") == 0 && v < piece[0].vert_count;
             v++)
            most = fmax(most, nw_length(nw_sub(made.part[i].mesh.pos_mm[v],
                                               nw_apply(back, piece[0].pos_mm[v]))));
    CHECK(most > 0 && most <= 0.5);
    json_decref(r);
    nw_model_release(&made);
    json_decref(fix);
    nw_free(agreed);
    /* another digest, and a part that is none of its fragments */
    snprintf(accepted, sizeof accepted, ", \"accepted\": \"0123456789abcdef\"");
    document(text, sizeof text, by_marks, accepted, moved);
    err = (struct nw_err){0};
    CHECK(evaluate(text, NULL, &err) == NULL);
    CHECK(strstr(err.msg, "accept it anew") != NULL);
}

static void the_order_of_fragments_does_not_matter(void)
{
    struct nw_err err = {0};
    char text[8192];
    document(text, sizeof text, by_marks, "", "");
    json_t *r = evaluate(text, NULL, &err);
    static const char turned[] =
        "\"fragments\": [\"c\", \"a\"], \"landmarks\": [[\"m3\", \"f3\"], [\"m1\", "
        "\"f1\"], [\"m2\", \"f2\"], [\"m0\", \"f0\"]]";
    document(text, sizeof text, turned, "", "");
    json_t *s = evaluate(text, NULL, &err);
    CHECK(r && s);
    const json_t *f = json_object_get(json_object_get(r, "fix"), "fragments"),
                 *g = json_object_get(json_object_get(s, "fix"), "fragments");
    CHECK(json_object_size(f) == 2 && json_object_size(g) == 2);
    for (size_t k = 0; k < 12; k++)
        for (int i = 0; i < 2; i++) {
            const char *name = i ? "a" : "c";
            const json_t *x = json_object_get(json_object_get(f, name), "moving_to_fixed"),
                         *y = json_object_get(json_object_get(g, name), "moving_to_fixed");
            CHECK_NEAR(json_number_value(json_array_get(json_array_get(x, k / 4), k % 4)),
                       json_number_value(json_array_get(json_array_get(y, k / 4), k % 4)),
                       1e-5);
        }
    json_decref(r);
    json_decref(s);
}

static void boxes_that_overlap_do_so_by_their_formula(void)
{
    struct nw_err err = {0};
    struct nw_overlap o;
    struct nw_mesh a = {0}, b = {0}, c = {0};
    shape_add_box(&a, nw_v3(0, 0, 0), nw_v3(20, 20, 20));
    shape_add_box(&b, nw_v3(5, 6, 19.8), nw_v3(15, 14, 40));
    shape_add_box(&c, nw_v3(0, 0, 20), nw_v3(20, 20, 40));
    CHECK(nw_overlap(&a, &b, &o, &err));
    CHECK_NEAR(o.volume_mm3, 10 * 8 * 0.2, 0.02);
    CHECK_NEAR(o.depth_mm, 0.2, 1e-9);
    CHECK(nw_overlap(&b, &a, &o, &err));
    CHECK_NEAR(o.volume_mm3, 16, 0.02);
    CHECK(nw_overlap(&a, &c, &o, &err));
    CHECK_NEAR(o.volume_mm3, 0, 1e-12);
    CHECK_NEAR(o.depth_mm, 0, 1e-12);
    c.tri_count--;
    CHECK(nw_overlap(&a, &c, &o, &err));
    CHECK(isnan(o.volume_mm3) && isnan(o.depth_mm));
    nw_mesh_release(&b);
    shape_sphere(&b, 60, 10, shape_no_bumps);
    nw_mesh_release(&c);
    CHECK(nw_mesh_copy(&c, &b, &err));
    for (size_t v = 0; v < c.vert_count; v++)
        c.pos_mm[v].x += 15;
    CHECK(nw_overlap(&b, &c, &o, &err));
    /* two caps of height 2.5 */
    CHECK_NEAR(o.volume_mm3, 2 * NW_PI * 2.5 * 2.5 * (30 - 2.5) / 3, 1.5);
    CHECK_NEAR(o.depth_mm, 5, 0.01);
    nw_mesh_release(&a);
    nw_mesh_release(&b);
    nw_mesh_release(&c);
}

static struct nw_mesh small, part, rest;

static bool starved(struct nw_err *err)
{
    struct nw_region near = {.centre_mm = {0, 0, -30}, .radius_mm = 30};
    const struct nw_reduce_opts opts = {.near = &near, .samples = 150, .correlation_mm = 5};
    struct nw_reduced r;
    struct nw_overlap o;
    return nw_reduce(&part, &small, &opts, &r, err) && nw_overlap(&part, &small, &o, err);
}

static struct nw_reduced laid[2];
static bool starved_meeting(struct nw_err *err)
{
    const struct nw_fragment f[2] = {{&part, 0}, {&rest, 0}};
    struct nw_reduced r[2] = {laid[0], laid[1]};
    return nw_reduce_meet(f, 2, &small, 5, r, err);
}

static void memory_that_runs_out_is_an_error(void)
{
    struct nw_err err = {0};
    struct nw_piece_cut up = {0}, down = {0};
    make_bone(&small, 8);
    CHECK(nw_cut(&small, nw_v3(0, 0, -16), nw_v3(0.2, 0.1, 1), 0, &up, &down, &err));
    part = down.mesh;
    rest = up.mesh;
    nw_set_threads(1);
    CHECK(unit_starve(starved) > 10);
    const struct nw_reduce_opts opts = {.samples = 500, .correlation_mm = 5};
    CHECK(nw_reduce(&part, &small, &opts, &laid[0], &err) &&
          nw_reduce(&rest, &small, &opts, &laid[1], &err));
    CHECK(unit_starve(starved_meeting) > 10);
    nw_mesh_release(&small);
    nw_mesh_release(&part);
    nw_mesh_release(&rest);
}

int main(void)
{
    break_bone();
    UNIT(boxes_that_overlap_do_so_by_their_formula);
    UNIT(three_pieces_come_back_by_landmarks_and_by_regions);
    UNIT(without_its_faces_a_shaft_slides);
    UNIT(nothing_moves_before_it_is_accepted);
    UNIT(the_order_of_fragments_does_not_matter);
    UNIT(memory_that_runs_out_is_an_error);
    for (int i = 0; i < PIECES; i++)
        nw_mesh_release(&piece[i]);
    nw_mesh_release(&bone);
    return unit_end();
}
