/*
 * design/guide_body.c -- the second half of a guide's judgement: walls of the result, the bone
 * that is under its contact, and room for chucks and sleeves.
 */
#include <math.h>
#include <stdlib.h>

#include "core/parallel.h"
#include "design/guide_priv.h"
#include "mesh/distance.h"

enum { WALLS = 30000, BONES = 2000, DOUBTS = 1000 }; /* places looked at, at most */
static const double START_MM = 0.02;                 /* off the surface a ray begins on */
static const double OPPOSITE = 0.9;    /* cosine: edges of 26 degrees and more are no walls */
static const double WALL_AREA_MM2 = 1; /* of thin wall that counts */
static const double DOUBT_MM = 2;      /* vertices of a bone are nearer than this */
static const double BAD_BONE_PERCENT = 10;
static const double TOOL_LONG_MM = 60;

/* ---- walls of the result ---- */

/* How thick the guide is behind a triangle: up to where the ray against its normal leaves
 * through a face that looks the other way; HUGE_VAL where it leaves through a slanted one. */
static double wall_behind(const struct nw_mesh *mesh, const struct nw_bvh *bvh, nw_vec3 place,
                          nw_vec3 normal, double most)
{
    struct nw_segment_near hit;
    const nw_vec3 from = nw_along(place, normal, -START_MM);
    if (!nw_bvh_first_hit(bvh, from, nw_along(place, normal, -most), -1, &hit))
        return HUGE_VAL;
    const uint32_t *v = mesh->tri[hit.triangle];
    const nw_vec3 a = mesh->pos_mm[v[0]];
    const nw_vec3 other =
        nw_unit(nw_cross(nw_sub(mesh->pos_mm[v[1]], a), nw_sub(mesh->pos_mm[v[2]], a)));
    return nw_dot(other, normal) < -OPPOSITE ? nw_length(nw_sub(hit.point_mm, place))
                                             : HUGE_VAL;
}

struct wall {
    double thick, area;
    nw_vec3 place;
};

static int thinner_first(const void *a, const void *b)
{
    const struct wall *x = a, *y = b;
    if (x->thick != y->thick)
        return x->thick < y->thick ? -1 : 1;
    const double d = x->place.x != y->place.x   ? x->place.x - y->place.x
                     : x->place.y != y->place.y ? x->place.y - y->place.y
                                                : x->place.z - y->place.z;
    return (d > 0) - (d < 0);
}

/* Behind the middle of a triangle, with its area. */
static struct wall wall_at(const struct nw_mesh *mesh, const struct nw_bvh *bvh, size_t tri,
                           double most)
{
    const uint32_t *v = mesh->tri[tri];
    const nw_vec3 a = mesh->pos_mm[v[0]], b = mesh->pos_mm[v[1]], c = mesh->pos_mm[v[2]];
    const nw_vec3 face = nw_cross(nw_sub(b, a), nw_sub(c, a));
    const nw_vec3 middle = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
    return (struct wall){wall_behind(mesh, bvh, middle, nw_unit(face), most),
                         nw_length(face) / 2, middle};
}

/* Evenly over the triangles; the least is that which WALL_AREA_MM2 of the surface is thinner
 * than, so that no single triangle decides. */
static bool judge_walls(const struct nw_judging *j, const struct nw_mesh *mesh)
{
    const double limit = j->p->slot[G_WALL].number, most = 4 * limit;
    const size_t stride = mesh->tri_count / WALLS + 1;
    NW_AUTOFREE struct wall *wall =
        NW_ALLOC(struct wall, mesh->tri_count / stride + 1, j->m->err);
    struct nw_bvh *bvh = wall ? nw_bvh_new(mesh, j->m->err) : NULL;
    if (!bvh)
        return false;
    const size_t looks = (mesh->tri_count + stride - 1) / stride;
    NW_PARALLEL_FOR
    for (size_t n = 0; n < looks; n++)
        wall[n] = wall_at(mesh, bvh, n * stride, most);
    size_t count = 0;
    for (size_t n = 0; n < looks; n++)
        if (wall[n].thick < most) {
            wall[count] = wall[n];
            wall[count++].area *= (double)stride;
        }
    nw_bvh_free(bvh);
    qsort(wall, count, sizeof *wall, thinner_first);
    struct wall least = {most, 0, NW_NOWHERE};
    double area = 0;
    for (size_t n = 0; n < count && area < WALL_AREA_MM2; n++) {
        area += wall[n].area;
        least = wall[n];
    }
    if (area < WALL_AREA_MM2)
        least = (struct wall){most, 0, NW_NOWHERE};
    const struct nw_design_check check = {.code = "minimum-wall",
                                          .verdict = least.thick < limit / 2 ? NW_VERDICT_FAIL
                                                     : least.thick < limit
                                                         ? NW_VERDICT_CONDITIONAL
                                                         : NW_VERDICT_PASS,
                                          .value = least.thick,
                                          .limit = limit,
                                          .unit = "mm",
                                          .place_mm = least.place};
    return nw_guide_judge(j, check, "thinnest wall %.2f mm (at least %.2f)",
                          "最薄处壁厚 %.2f mm（至少 %.2f）", least.thick, limit);
}

/* ---- one piece ---- */

static uint32_t root_of(uint32_t *up, uint32_t v)
{
    while (up[v] != v) {
        up[v] = up[up[v]];
        v = up[v];
    }
    return v;
}

/* A guide in two pieces leads nothing. Cavities would count too; a guide has none. */
static bool judge_pieces(const struct nw_judging *j, const struct nw_mesh *mesh)
{
    NW_AUTOFREE uint32_t *up = NW_ALLOC_UNSET(uint32_t, mesh->vert_count, j->m->err);
    if (!up)
        return false;
    size_t pieces = mesh->vert_count;
    for (size_t v = 0; v < mesh->vert_count; v++)
        up[v] = (uint32_t)v;
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 2; k++) {
            const uint32_t a = root_of(up, mesh->tri[t][k]),
                           b = root_of(up, mesh->tri[t][k + 1]);
            pieces -= a != b;
            if (a < b)
                up[b] = a;
            else
                up[a] = b;
        }
    const struct nw_design_check check = {.code = "one-piece",
                                          .verdict =
                                              pieces > 1 ? NW_VERDICT_FAIL : NW_VERDICT_PASS,
                                          .value = (double)pieces,
                                          .limit = 1,
                                          .unit = "",
                                          .place_mm = NW_NOWHERE};
    return nw_guide_judge(
        j, check,
        pieces > 1 ? "it falls into %zu pieces: bridge_mm or pads_mm join them"
                   : "it is of %zu piece",
        pieces > 1 ? "导板分为 %zu 块：可用 bridge_mm 或 pads_mm 相连" : "导板为 %zu 块整体",
        pieces);
}

/* ---- the bone under it ---- */

/* From a place on the bone inward: to where the bone ends, or `most`. */
static double bone_behind(const struct nw_judging *j, const struct nw_contact *c, double most)
{
    double gone = 2 * START_MM;
    for (int k = 0; k < 60 && gone < most; k++) {
        const nw_vec3 p = nw_along(c->point_mm, c->normal, -gone);
        const double d = nw_field_value(j->m->field, j->b->bone, p);
        if (d >= 0)
            return gone;
        gone += fmax(-d, START_MM);
    }
    return most;
}

/* The area that is bad, of all that was looked at, and the worst place. */
struct tally {
    double area, bad, most;
    nw_vec3 worst;
};

/* A piece of contact which is bad by so much: above 0. */
static void count_contact(struct tally *t, const struct nw_contact *c, double bad_by)
{
    t->area += c->area_mm2;
    t->bad += bad_by > 0 ? c->area_mm2 : 0;
    if (bad_by > t->most) {
        t->most = bad_by;
        t->worst = c->point_mm;
    }
}

/* The check of a tally: share of the area in percent, held to BAD_BONE_PERCENT. */
static struct nw_design_check check_of(const struct tally *t, const char *code)
{
    const double share = t->area > 0 ? 100 * t->bad / t->area : 0;
    return (struct nw_design_check){.code = code,
                                    .verdict = share > BAD_BONE_PERCENT ? NW_VERDICT_CONDITIONAL
                                                                        : NW_VERDICT_PASS,
                                    .value = share,
                                    .limit = BAD_BONE_PERCENT,
                                    .unit = "%",
                                    .place_mm = t->worst};
}

static bool judge_thin_bone(const struct nw_judging *j, const struct nw_contact *contact,
                            size_t count)
{
    const double limit = j->p->slot[G_BONE_WALL].number;
    const size_t stride = count / BONES + 1;
    struct tally tally = {.worst = NW_NOWHERE};
    for (size_t n = 0; n < count; n += stride)
        count_contact(&tally, &contact[n], limit - bone_behind(j, &contact[n], limit));
    const struct nw_design_check check = check_of(&tally, "thin-bone");
    return nw_guide_judge(
        j, check, "%.0f %% of the contact lies on bone thinner than %.1f mm (at most %.0f)",
        "%.0f%% 的贴合面下骨厚不足 %.1f mm（至多 %.0f）", check.value, limit, BAD_BONE_PERCENT);
}

/* The doubt of the vertex nearest to p; 0 when none is near. */
static double doubt_at(const struct nw_doubts *d, const uint32_t *near, size_t count, nw_vec3 p)
{
    double best = DOUBT_MM * DOUBT_MM, doubt = 0;
    for (size_t n = 0; n < count; n++) {
        const double far = nw_length2(nw_sub(d->place_mm[near[n]], p));
        if (far < best) {
            best = far;
            doubt = (double)d->doubt_mm[near[n]];
        }
    }
    return doubt;
}

/* The vertices about the contact. */
static size_t list_near(const struct nw_doubts *d, const struct nw_contact *contact,
                        size_t count, uint32_t *near)
{
    nw_box box = nw_box_empty();
    size_t found = 0;
    for (size_t n = 0; n < count; n++)
        box = nw_box_with(box, contact[n].point_mm);
    box = nw_box_grown(box, DOUBT_MM);
    for (size_t v = 0; v < d->count; v++) {
        const nw_vec3 p = d->place_mm[v];
        if (p.x >= box.min.x && p.x <= box.max.x && p.y >= box.min.y && p.y <= box.max.y &&
            p.z >= box.min.z && p.z <= box.max.z)
            near[found++] = (uint32_t)v;
    }
    return found;
}

/* What the bone's surface itself says of its places, where it says anything. */
static bool judge_doubt(const struct nw_judging *j, const struct nw_contact *contact,
                        size_t count)
{
    const struct nw_doubts *doubts = nw_slot_doubts(j->m, &j->p->slot[G_BONE]);
    if (!doubts)
        return true;
    NW_AUTOFREE uint32_t *near = NW_ALLOC_UNSET(uint32_t, doubts->count, j->m->err);
    if (!near)
        return false;
    const double most = 2 * j->p->slot[G_SD].number;
    const size_t near_count = list_near(doubts, contact, count, near);
    const size_t stride = count / DOUBTS + 1;
    struct tally tally = {.worst = NW_NOWHERE};
    for (size_t n = 0; n < count; n += stride)
        count_contact(&tally, &contact[n],
                      doubt_at(doubts, near, near_count, contact[n].point_mm) - most);
    const struct nw_design_check check = check_of(&tally, "uncertain-bone");
    return nw_guide_judge(
        j, check,
        "%.0f %% of the contact lies on bone less certain than %.2f mm, twice bone_sd_mm "
        "(at most %.0f)",
        "%.0f%% 的贴合面下骨面不确定度超过 %.2f mm，即 bone_sd_mm 的两倍（至多 %.0f）",
        check.value, most, BAD_BONE_PERCENT);
}

/* ---- tools ---- */

/* How far a round-ended bar from a to b is from a shape. Good to half a millimetre. */
static double clear_of(const struct nw_judging *j, nw_node node, nw_vec3 a, nw_vec3 b,
                       double radius, nw_vec3 *where)
{
    const double length = nw_length(nw_sub(b, a));
    const nw_vec3 along = nw_unit(nw_sub(b, a));
    double least = HUGE_VAL;
    for (double t = 0; t <= length;) {
        const nw_vec3 p = nw_along(a, along, t);
        const double d = nw_field_value(j->m->field, node, p) - radius;
        if (d < least) {
            least = d;
            *where = p;
        }
        t += fmax(0.5, d - least);
    }
    return least;
}

/* What a chuck comes nearest to. */
struct room {
    double least;
    nw_vec3 where;
    const char *sleeve; /* NULL: the bone */
};

/* A chuck that has come down to its sleeve, as a round-ended bar from there on. */
static struct room room_of(const struct nw_judging *j, size_t i)
{
    const struct nw_slot *d = nw_guide_drill(j->p, i);
    const double radius = d[D_TOOL].number / 2;
    const nw_vec3 away = nw_scale(d[D_AXIS].vec, -1);
    const nw_vec3 from = nw_along(d[D_ENTRY].vec, away, d[D_LENGTH].number + radius),
                  to = nw_along(from, away, TOOL_LONG_MM);
    struct room r = {.where = NW_NOWHERE};
    r.least = clear_of(j, j->b->bone, from, to, radius, &r.where);
    for (size_t k = 0; k < j->p->slot[G_DRILLS].count; k++) {
        const struct nw_slot *o = nw_guide_drill(j->p, k);
        nw_vec3 at = NW_NOWHERE;
        if (k == i)
            continue;
        const nw_vec3 end = nw_along(o[D_ENTRY].vec, o[D_AXIS].vec, -o[D_LENGTH].number);
        const double least = nw_guide_apart(from, to, o[D_ENTRY].vec, end, &at) - radius -
                             (o[D_DIAMETER].number + o[D_PLAY].number) / 2 - o[D_WALL].number;
        if (least < r.least)
            r = (struct room){least, at, o[D_NAME].text};
    }
    return r;
}

static bool judge_tool(const struct nw_judging *j, size_t i)
{
    const struct nw_slot *d = nw_guide_drill(j->p, i);
    const struct room r = room_of(j, i);
    const struct nw_design_check check = {.code = "tool-room",
                                          .verdict = r.least < 0   ? NW_VERDICT_FAIL
                                                     : r.least < 1 ? NW_VERDICT_CONDITIONAL
                                                                   : NW_VERDICT_PASS,
                                          .value = r.least,
                                          .limit = 1,
                                          .unit = "mm",
                                          .place_mm = r.where};
    return nw_guide_judge(
        j, check,
        r.sleeve ? "%s: a chuck of %.0f mm down at the sleeve keeps %.1f mm off the sleeve of "
                   "%s (at least 1.0)"
                 : "%s: a chuck of %.0f mm down at the sleeve keeps %.1f mm off the bone (at "
                   "least 1.0)%s",
        r.sleeve ? "%s：%.0f mm 的钻夹头到达套筒口时间隙 %.1f mm，对 %s 的套筒（至少 1.0）"
                 : "%s：%.0f mm 的钻夹头到达套筒口时距骨 %.1f mm（至少 1.0）%s",
        d[D_NAME].text, d[D_TOOL].number, r.least, r.sleeve ? r.sleeve : "");
}

/* What hangs over a sleeve would have been cut from it, so that it can be put on. */
static bool judge_sleeve(const struct nw_judging *j, size_t i)
{
    const struct nw_slot *d = nw_guide_drill(j->p, i);
    const double clear = j->p->slot[G_CLEAR].number, length = d[D_LENGTH].number;
    const double bore = (d[D_DIAMETER].number + d[D_PLAY].number) / 2;
    const nw_vec3 axis = d[D_AXIS].vec,
                  any = fabs(axis.x) < 0.8 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    const nw_vec3 u = nw_unit(nw_cross(axis, any)), v = nw_cross(axis, u);
    double least = HUGE_VAL;
    nw_vec3 where = NW_NOWHERE;
    for (int up = 0; up <= 8; up++) /* its upper half: below, the bone is where it should be */
        for (int turn = 0; turn < 24; turn++) {
            const double a = turn * NW_PI / 12, r = bore + d[D_WALL].number / 2;
            const nw_vec3 foot = nw_along(d[D_ENTRY].vec, axis, -length * (0.5 + up / 16.0));
            const nw_vec3 p = nw_along(nw_along(foot, u, r * nw_cos(a)), v, r * nw_sin(a));
            const double far = nw_field_value(j->m->field, j->b->swept, p) - clear;
            if (far < least) {
                least = far;
                where = p;
            }
        }
    const struct nw_design_check check = {.code = "sleeve-clear",
                                          .verdict =
                                              least < 0 ? NW_VERDICT_FAIL : NW_VERDICT_PASS,
                                          .value = least,
                                          .limit = 0,
                                          .unit = "mm",
                                          .place_mm = where};
    return least >= 0 ||
           nw_guide_judge(j, check, "%s: the bone is %.1f mm deep in the way of its sleeve",
                          "%s：安放时骨挡住套筒 %.1f mm", d[D_NAME].text, -least);
}

bool nw_guide_check_body(const struct nw_judging *j, const struct nw_mesh *mesh,
                         const struct nw_contact *contact, size_t count)
{
    if (!judge_pieces(j, mesh) || !judge_walls(j, mesh) ||
        !judge_thin_bone(j, contact, count) || !judge_doubt(j, contact, count))
        return false;
    for (size_t i = 0; i < j->p->slot[G_DRILLS].count; i++)
        if (!judge_tool(j, i) || !judge_sleeve(j, i))
            return false;
    return true;
}
