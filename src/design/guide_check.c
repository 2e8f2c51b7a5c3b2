/*
 * design/guide_check.c -- the judgement of a guide, on the surface that was extracted: whether
 * it can be put on, sits, leads true, holds, and leaves room for the tools.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "design/guide_priv.h"
#include "design/seat.h"

static const double ALIKE_MM = 3;    /* over which a bone surface is off alike */
static const double TOUCH_MM = 0.05; /* from the clearance: still a contact */
static const double AREA_LEAST_MM2 = 100;

/* The triangles of the guide that lie on the bone, at its clearance. */
enum { CONTACTS = 60000 };
static size_t gather_contacts(const struct nw_judging *j, const struct nw_mesh *mesh,
                              struct nw_contact *out)
{
    const double clear = j->p->slot[G_CLEAR].number;
    const size_t stride = mesh->tri_count / CONTACTS + 1;
    size_t count = 0;
    for (size_t t = 0; t < mesh->tri_count; t += stride) {
        const nw_vec3 a = mesh->pos_mm[mesh->tri[t][0]], b = mesh->pos_mm[mesh->tri[t][1]],
                      c = mesh->pos_mm[mesh->tri[t][2]];
        const nw_vec3 middle = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
        const double rough = nw_field_value(j->m->field, j->b->near, middle);
        if (fabs(rough - clear) > TOUCH_MM + 0.5 * j->b->cell_mm)
            continue;
        nw_vec3 normal;
        const double d = nw_field_gradient(j->m->field, j->b->bone, middle, &normal);
        if (fabs(d - clear) > TOUCH_MM)
            continue;
        const nw_vec3 face = nw_cross(nw_sub(b, a), nw_sub(c, a));
        normal = nw_unit(normal);
        if (nw_dot(nw_unit(face), normal) > -0.7) /* an edge of the plate, not its face */
            continue;
        out[count++] = (struct nw_contact){nw_along(middle, normal, -d), normal,
                                           nw_length(face) / 2 * (double)stride};
    }
    return count;
}

bool nw_guide_judge(const struct nw_judging *j, struct nw_design_check check, const char *en,
                    const char *zh, ...)
{
    char zh_text[300], en_text[300];
    va_list args;
    va_start(args, zh);
    va_list again;
    va_copy(again, args);
    (void)vsnprintf(zh_text, sizeof zh_text, zh, args);
    (void)vsnprintf(en_text, sizeof en_text, en, again);
    va_end(again);
    va_end(args);
    check.part = j->p->name;
    check.zh = zh_text;
    check.en = en_text;
    return nw_making_check(j->m, &check);
}

static bool judge_contact(const struct nw_judging *j, const struct nw_contact *contact,
                          size_t count)
{
    double area = 0, rubs = 0;
    nw_vec3 worst = NW_NOWHERE;
    double least = 1;
    for (size_t i = 0; i < count; i++) {
        const double draft = -nw_dot(contact[i].normal, j->into);
        area += contact[i].area_mm2;
        rubs += draft < NW_GUIDE_DRAFT_SIN ? contact[i].area_mm2 : 0;
        if (draft < least) {
            least = draft;
            worst = contact[i].point_mm;
        }
    }
    const struct nw_design_check large = {.code = "contact-area",
                                          .verdict = area < AREA_LEAST_MM2 ? NW_VERDICT_FAIL
                                                                           : NW_VERDICT_PASS,
                                          .value = area,
                                          .limit = AREA_LEAST_MM2,
                                          .unit = "mm2",
                                          .place_mm = NW_NOWHERE};
    const struct nw_design_check undercut = {
        .code = "undercut",
        .verdict = rubs > 0.05 * area ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
        .value = rubs,
        .limit = 0.05 * area,
        .unit = "mm2",
        .place_mm = worst};
    return nw_guide_judge(j, large, "contact area %.0f mm² (at least %.0f)",
                          "贴合面积 %.0f mm²（至少 %.0f）", area, AREA_LEAST_MM2) &&
           nw_guide_judge(
               j, undercut,
               "put on along (%.3f, %.3f, %.3f); %.0f mm² of the contact rub (steeper than 2°)",
               "安放方向 (%.3f, %.3f, %.3f)；%.0f mm² 贴合面有摩擦（斜度小于 2°）", j->into.x,
               j->into.y, j->into.z, rubs);
}

static bool judge_seat(const struct nw_judging *j, const struct nw_seat *seat)
{
    const double s = seat->singular[5];
    const struct nw_design_check check = {.code = "seat-stability",
                                          .verdict = s < 0.03   ? NW_VERDICT_FAIL
                                                     : s < 0.10 ? NW_VERDICT_CONDITIONAL
                                                                : NW_VERDICT_PASS,
                                          .value = s,
                                          .limit = 0.10,
                                          .unit = "",
                                          .place_mm = seat->centre_mm};
    const double *w = seat->weakest_move;
    const bool slides = w[0] * w[0] + w[1] * w[1] + w[2] * w[2] > 0.5;
    return nw_guide_judge(
        j, check,
        slides ? "seat: smallest singular value %.3f (at least 0.10); the least held "
                 "motion is a slide along (%.2f, %.2f, %.2f)"
               : "seat: smallest singular value %.3f (at least 0.10); the least held "
                 "motion is a turn about (%.2f, %.2f, %.2f)",
        slides ? "座位：最小奇异值 %.3f（至少 0.10）；最不稳的运动是沿 (%.2f, %.2f, "
                 "%.2f) 滑动"
               : "座位：最小奇异值 %.3f（至少 0.10）；最不稳的运动是绕 (%.2f, %.2f, "
                 "%.2f) 转动",
        s, w[slides ? 0 : 3], w[slides ? 1 : 4], w[slides ? 2 : 5]);
}

static bool judge_axis(const struct nw_judging *j, const struct nw_seat *seat, const char *name,
                       nw_vec3 point, nw_vec3 axis)
{
    const struct nw_seat_error e = nw_seat_error_at(seat, point, axis);
    const double place = 2 * e.across_mm, angle = 2 * e.angle_deg;
    const double most = j->p->slot[G_ERROR].number, steep = j->p->slot[G_ANGLE].number;
    const bool bad = !seat->held || place > most || angle > steep;
    const struct nw_design_check check = {.code = "predicted-error",
                                          .verdict = bad ? NW_VERDICT_FAIL : NW_VERDICT_PASS,
                                          .value = place,
                                          .limit = most,
                                          .unit = "mm",
                                          .place_mm = point};
    return nw_guide_judge(
        j, check, "%s: predicted error ±%.2f mm, ±%.2f° (2 sigma; limits %.2f mm, %.2f°)",
        "%s：预计误差 ±%.2f mm、±%.2f°（2σ；限值 %.2f mm、%.2f°）", name, place, angle, most,
        steep);
}

/* At the tip of a drill: what error of place and direction together may make there. */
static bool judge_tip(const struct nw_judging *j, const struct nw_seat *seat,
                      const struct nw_slot *d)
{
    const double deep = d[D_REACH].number;
    const nw_vec3 tip = nw_along(d[D_ENTRY].vec, d[D_AXIS].vec, deep);
    const double place = 2 * nw_seat_error_at(seat, tip, d[D_AXIS].vec).across_mm;
    const double most =
        j->p->slot[G_ERROR].number + deep * nw_sin(j->p->slot[G_ANGLE].number * NW_PI / 180);
    const struct nw_design_check check = {
        .code = "predicted-tip-error",
        .verdict = !seat->held || place > most ? NW_VERDICT_FAIL : NW_VERDICT_PASS,
        .value = place,
        .limit = most,
        .unit = "mm",
        .place_mm = tip};
    return nw_guide_judge(j, check,
                          "%s: predicted error at the tip, %.1f mm deep, ±%.2f mm (2 sigma; "
                          "at most %.2f mm)",
                          "%s：%.1f mm 深处钻尖的预计误差 ±%.2f mm（2σ；至多 %.2f mm）",
                          d[D_NAME].text, deep, place, most);
}

static bool judge_axes(const struct nw_judging *j, const struct nw_seat *seat)
{
    for (size_t i = 0; i < j->p->slot[G_DRILLS].count; i++) {
        const struct nw_slot *d = nw_guide_drill(j->p, i);
        if (!judge_axis(j, seat, d[D_NAME].text, d[D_ENTRY].vec, d[D_AXIS].vec) ||
            (d[D_REACH].number > 0 && !judge_tip(j, seat, d)))
            return false;
    }
    for (size_t i = 0; i < j->p->slot[G_SLOTS].count; i++) {
        const struct nw_slot *s = nw_guide_slot(j->p, i);
        if (!judge_axis(j, seat, s[S_NAME].text, s[S_POINT].vec, s[S_INTO].vec))
            return false;
    }
    return true;
}

/* Least distance of two segments, sampled: good to a tenth of a millimetre over a sleeve. */
double nw_guide_apart(nw_vec3 a0, nw_vec3 a1, nw_vec3 b0, nw_vec3 b1, nw_vec3 *where)
{
    double least = HUGE_VAL;
    for (int i = 0; i <= 200; i++) {
        const nw_vec3 p = nw_along(a0, nw_sub(a1, a0), i / 200.0), d = nw_sub(b1, b0);
        const double t =
            fmin(fmax(nw_dot(nw_sub(p, b0), d) / fmax(nw_length2(d), 1e-12), 0), 1);
        const double far = nw_length(nw_sub(p, nw_along(b0, d, t)));
        if (far < least) {
            least = far;
            *where = p;
        }
    }
    return least;
}

/* Drills that would meet, or leave less than a wall between their holes inside the guide. */
static bool judge_drills(const struct nw_judging *j)
{
    for (size_t i = 0; i < j->p->slot[G_DRILLS].count; i++)
        for (size_t k = i + 1; k < j->p->slot[G_DRILLS].count; k++) {
            const struct nw_slot *a = nw_guide_drill(j->p, i), *b = nw_guide_drill(j->p, k);
            nw_vec3 where = NW_NOWHERE;
            const double between =
                nw_guide_apart(nw_along(a[D_ENTRY].vec, a[D_AXIS].vec, -a[D_LENGTH].number),
                               nw_along(a[D_ENTRY].vec, a[D_AXIS].vec, NW_GUIDE_THROUGH_MM),
                               nw_along(b[D_ENTRY].vec, b[D_AXIS].vec, -b[D_LENGTH].number),
                               nw_along(b[D_ENTRY].vec, b[D_AXIS].vec, NW_GUIDE_THROUGH_MM),
                               &where) -
                (a[D_DIAMETER].number + a[D_PLAY].number + b[D_DIAMETER].number +
                 b[D_PLAY].number) /
                    2;
            if (between >= 1)
                continue;
            const struct nw_design_check check = {
                .code = "drills-apart",
                .verdict = between < 0 ? NW_VERDICT_FAIL : NW_VERDICT_CONDITIONAL,
                .value = between,
                .limit = 1,
                .unit = "mm",
                .place_mm = where};
            if (!nw_guide_judge(j, check,
                                "%s and %s come within %.2f mm of each other (at least 1.00)",
                                "%s 与 %s 相距仅 %.2f mm（至少 1.00）", a[D_NAME].text,
                                b[D_NAME].text, between))
                return false;
        }
    return true;
}

bool nw_guide_check(struct nw_making *m, const struct nw_design_part *p,
                    const struct nw_mesh *mesh)
{
    const struct nw_guide_built *b = m->left[p - m->design->part];
    const struct nw_judging j = {m, p, b, b->into};
    NW_AUTOFREE struct nw_contact *contact = NW_ALLOC(struct nw_contact, CONTACTS + 1, m->err);
    struct nw_seat seat;
    if (!contact)
        return false;
    const size_t count = gather_contacts(&j, mesh, contact);
    return judge_contact(&j, contact, count) &&
           (count == 0 ||
            (nw_seat_of(contact, count, p->slot[G_SD].number, ALIKE_MM, &seat, m->err) &&
             judge_seat(&j, &seat) && judge_axes(&j, &seat))) &&
           judge_drills(&j) && nw_guide_check_body(&j, mesh, contact, count);
}
