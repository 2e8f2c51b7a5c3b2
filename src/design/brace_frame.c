/* design/brace_frame.c -- the axis a brace is laid out along, its opening, its trim lines. */
#include <math.h>

#include "design/brace_priv.h"

static const double LEAST_LENGTH_MM = 20;
static const double STEP_MM = 1;          /* along the axis, when places are sought */
static const double LEAST_TRIM_COS = 0.5; /* a trim leans by at most 60 degrees */

/* ---- the frame ---- */

nw_vec3 nw_brace_out(const struct nw_brace_piece *q, double angle)
{
    return nw_along(nw_scale(q->open, nw_cos(angle)), q->side, nw_sin(angle));
}

nw_vec3 nw_brace_at(const struct nw_brace_frame *f, double along,
                    const struct nw_brace_piece **piece)
{
    size_t i = 0;
    while (i + 1 < f->piece_count && along > f->piece[i].start + f->piece[i].length)
        i++;
    *piece = &f->piece[i];
    return nw_along((*piece)->from, (*piece)->along, along - (*piece)->start);
}

double nw_brace_radius(const struct nw_making *m, const struct nw_design_part *p, nw_vec3 at,
                       nw_vec3 way)
{
    const double reach = p->slot[NW_B_REACH].number;
    const double hit = nw_node_hit(m, nw_slot_node(m, &p->slot[NW_B_SKIN]),
                                   nw_along(at, way, reach), nw_scale(way, -1), reach);
    return hit < 0 ? -1 : reach - hit;
}

bool nw_brace_pieces(struct nw_making *m, const struct nw_design_part *p,
                     struct nw_brace_frame *f)
{
    const struct nw_slot *axis = &p->slot[NW_B_AXIS];
    const nw_vec3 open = p->slot[NW_B_OPEN].vec;
    f->piece = nw_arena_alloc(&m->out->arena, (axis->count - 1) * sizeof *f->piece, m->err);
    if (!f->piece)
        return false;
    for (size_t i = 0; i + 1 < axis->count; i++) {
        struct nw_brace_piece *q = &f->piece[i];
        const nw_vec3 way = nw_sub(axis->point[i + 1], axis->point[i]);
        *q = (struct nw_brace_piece){.from = axis->point[i],
                                     .to = axis->point[i + 1],
                                     .along = nw_unit(way),
                                     .start = f->length,
                                     .length = nw_length(way)};
        if (!(q->length > 0.5))
            return nw_json_fail(axis->at, m->err, "has places less than 0.5 mm apart");
        if (i > 0 && !(nw_dot(q->along, q[-1].along) > 0.5))
            return nw_json_fail(axis->at, m->err, "bends by more than 60 degrees at once");
        const nw_vec3 flat = nw_along(open, q->along, -nw_dot(open, q->along));
        if (!(nw_length(flat) > 0.2))
            return nw_json_fail(p->slot[NW_B_OPEN].at, m->err, "runs along the axis");
        q->open = nw_unit(flat);
        q->side = nw_cross(q->along, q->open);
        f->length += q->length;
        f->piece_count++;
    }
    return true;
}

/* Between the planes that halve the bends at both ends of a piece. */
static nw_node within_bends(struct nw_making *m, const struct nw_brace_frame *f, size_t i,
                            nw_node node)
{
    const struct nw_brace_piece *q = &f->piece[i];
    if (i > 0) {
        const nw_vec3 n = nw_unit(nw_add(q[-1].along, q->along));
        node = nw_field_intersection(
            m->field, node, nw_field_half_space(m->field, q->from, nw_scale(n, -1), m->err),
            m->err);
    }
    if (i + 1 < f->piece_count) {
        const nw_vec3 n = nw_unit(nw_add(q[1].along, q->along));
        node = nw_field_intersection(m->field, node,
                                     nw_field_half_space(m->field, q->to, n, m->err), m->err);
    }
    return node;
}

/* The lengthwise opening: a slot of even width from the axis outward. */
nw_node nw_brace_gap(struct nw_making *m, const struct nw_design_part *p,
                     const struct nw_brace_frame *f)
{
    const double half = p->slot[NW_B_WIDTH].number / 2;
    nw_node all = -1;
    for (size_t i = 0; i < f->piece_count; i++) {
        const struct nw_brace_piece *q = &f->piece[i];
        nw_node one = nw_field_half_space(m->field, q->from, nw_scale(q->open, -1), m->err);
        for (int s = -1; s <= 1; s += 2) {
            const nw_vec3 out = nw_scale(q->side, s);
            one = nw_field_intersection(
                m->field, one,
                nw_field_half_space(m->field, nw_along(q->from, out, half), out, m->err),
                m->err);
        }
        one = within_bends(m, f, i, one);
        all = i == 0 ? one : nw_field_union(m->field, all, one, m->err);
    }
    return all;
}

/* ---- trim lines ---- */

/* Round through the places given, after Catmull and Rom (1974). */
static nw_vec3 curve_at(const struct nw_slot *c, size_t i, size_t steps)
{
    const size_t n = c->count, k = i / steps;
    const double t = (double)(i % steps) / (double)steps, t2 = t * t, t3 = t2 * t;
    const double w[4] = {(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2,
                         (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2};
    nw_vec3 p = {0, 0, 0};
    for (size_t j = 0; j < 4; j++)
        p = nw_along(p, c->point[(k + n + j - 1) % n], w[j]);
    return p;
}

/* The piece of the axis that a curve goes around: its end. */
static const struct nw_brace_piece *end_piece(const struct nw_brace_frame *f, size_t which)
{
    return &f->piece[which == 0 ? 0 : f->piece_count - 1];
}

/* How often a curve goes around the axis, in turns; *back when it also turns back. */
static double turns_of(const struct nw_brace_piece *q, const nw_vec3 *ring, size_t count,
                       bool *back)
{
    double sum = 0, least = HUGE_VAL, most = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 a = nw_sub(ring[i], q->from), b = nw_sub(ring[(i + 1) % count], q->from);
        const double ax = nw_dot(a, q->open), ay = nw_dot(a, q->side);
        const double bx = nw_dot(b, q->open), by = nw_dot(b, q->side);
        const double turn = nw_atan2(ax * by - ay * bx, ax * bx + ay * by);
        sum += turn;
        least = fmin(least, turn);
        most = fmax(most, turn);
    }
    *back = least < 0 && most > 0;
    return sum / (2 * NW_PI);
}

/* Everything beyond a curve: from the axis through the curve straight out, and from there
 * along the axis. A closed mesh: the middle, the ring far out, that ring and the middle again
 * far beyond. */
static nw_node beyond_curve(struct nw_making *m, const struct nw_design_part *p,
                            const struct nw_brace_frame *f, size_t which)
{
    enum { STEPS = 6 };
    static const double FAR_OUT_MM = 80;
    const struct nw_slot *c = &p->slot[NW_B_TRIMS].item[which * NW_T_COUNT + NW_T_CURVE];
    const struct nw_brace_piece *q = end_piece(f, which);
    const nw_vec3 outward = nw_scale(q->along, which == 0 ? -1 : 1);
    const size_t n = c->count * STEPS;
    const double far = p->slot[NW_B_REACH].number + FAR_OUT_MM;
    NW_AUTO(nw_mesh) lid = {0};
    bool back;
    if (!nw_mesh_init(&lid, 4 * n + 2, 8 * n, m->err))
        return -1;
    double height = 0;
    for (size_t i = 0; i < n; i++) {
        lid.pos_mm[i] = curve_at(c, i, STEPS);
        height += nw_dot(nw_sub(lid.pos_mm[i], q->from), q->along) / (double)n;
    }
    const double turns = turns_of(q, lid.pos_mm, n, &back);
    if (back || !(fabs(fabs(turns) - 1) < 0.01)) {
        nw_json_fail(c->at, m->err, "does not go once around the axis");
        return -1;
    }
    if ((turns > 0) != (which == 1)) /* seen from beyond, against the clock */
        for (size_t i = 0; i < n / 2; i++) {
            const nw_vec3 swap = lid.pos_mm[i];
            lid.pos_mm[i] = lid.pos_mm[n - 1 - i];
            lid.pos_mm[n - 1 - i] = swap;
        }
    for (size_t i = 0; i < n; i++) {
        const nw_vec3 d = nw_sub(lid.pos_mm[i], q->from);
        const double z = nw_dot(d, q->along);
        const nw_vec3 foot = nw_along(q->from, q->along, z);
        lid.pos_mm[n + i] = nw_along(foot, nw_unit(nw_sub(lid.pos_mm[i], foot)), far);
        lid.pos_mm[2 * n + i] = nw_along(lid.pos_mm[n + i], outward, 2 * far);
        lid.pos_mm[3 * n + i] = nw_along(lid.pos_mm[i], outward, 2 * far);
    }
    const uint32_t u = (uint32_t)n, middle = 4 * u, top = middle + 1;
    lid.pos_mm[middle] = nw_along(q->from, q->along, height);
    lid.pos_mm[top] = nw_along(lid.pos_mm[middle], outward, 2 * far);
    size_t t = 0;
    for (uint32_t i = 0; i < u; i++) {
        const uint32_t j = (i + 1) % u;
        const uint32_t ring[8][3] = {{middle, j, i},
                                     {i, j, u + j},
                                     {i, u + j, u + i},
                                     {u + i, u + j, 2 * u + j},
                                     {u + i, 2 * u + j, 2 * u + i},
                                     {2 * u + i, 2 * u + j, 3 * u + j},
                                     {2 * u + i, 3 * u + j, 3 * u + i},
                                     {3 * u + i, 3 * u + j, top}};
        for (int k = 0; k < 8; k++, t++)
            for (int e = 0; e < 3; e++)
                lid.tri[t][e] = ring[k][e];
    }
    return nw_field_mesh(m->field, &lid, m->err);
}

static nw_node beyond_plane(struct nw_making *m, const struct nw_brace_frame *f,
                            const struct nw_slot *t, size_t which)
{
    const nw_vec3 along = nw_scale(end_piece(f, which)->along, which == 0 ? -1 : 1);
    const nw_vec3 outward = t[NW_T_OUTWARD].at ? t[NW_T_OUTWARD].vec : along;
    if (!(nw_dot(outward, along) > LEAST_TRIM_COS)) {
        if (which == 0)
            nw_json_fail(t[NW_T_OUTWARD].at, m->err,
                         "must lead off the beginning of the axis, at most 60 degrees from it");
        else
            nw_json_fail(t[NW_T_OUTWARD].at, m->err,
                         "must lead off the end of the axis, at most 60 degrees from it");
        return -1;
    }
    return nw_field_half_space(m->field, t[NW_T_AT].vec, nw_scale(outward, -1), m->err);
}

/* Where a trim crosses the axis; it must, and inside the limb. */
static bool cross_axis(struct nw_making *m, const struct nw_design_part *p,
                       const struct nw_brace_frame *f, size_t which, double *along)
{
    const struct nw_slot *t = &p->slot[NW_B_TRIMS].item[which * NW_T_COUNT];
    const struct nw_json_value *at = t[NW_T_AT].at ? t[NW_T_AT].at : t[NW_T_CURVE].at;
    const struct nw_brace_piece *q;
    double s = 0;
    const double from = which == 0 ? 0 : f->length, sign = which == 0 ? 1 : -1;
    for (; s <= f->length; s += STEP_MM / 4)
        if (nw_field_value(m->field, f->trim[which], nw_brace_at(f, from + sign * s, &q)) > 0)
            break;
    if (s == 0 || s > f->length)
        return nw_json_fail(at, m->err,
                            "misses the limb: trim line %s does not cross the axis, which "
                            "must reach beyond it",
                            t[NW_T_NAME].text);
    *along = from + sign * s;
    if (nw_field_value(m->field, f->skin, nw_brace_at(f, *along, &q)) >= 0)
        return nw_json_fail(at, m->err,
                            "misses the limb: where trim line %s crosses the axis there is no "
                            "limb",
                            t[NW_T_NAME].text);
    return true;
}

/* The rim of a trim on the skin, in directions about the axis: false when a direction has
 * none, as beyond the limb's end. */
static bool rim_of(const struct nw_making *m, const struct nw_design_part *p,
                   const struct nw_brace_frame *f, size_t which, double angle, nw_vec3 *out)
{
    const double sign = which == 0 ? 1 : -1, from = which == 0 ? 0 : f->length;
    const struct nw_brace_piece *q;
    bool cut = false; /* limb that the trim takes away */
    for (double s = 0; s <= f->length; s += STEP_MM) {
        const nw_vec3 at = nw_brace_at(f, from + sign * s, &q), way = nw_brace_out(q, angle);
        const double r = nw_brace_radius(m, p, at, way);
        if (r < 0)
            continue;
        *out = nw_along(at, way, r);
        if (nw_field_value(m->field, f->trim[which], *out) > 0)
            return cut; /* none: the limb had ended before */
        cut = true;
    }
    return false;
}

/* Both trims go all around the limb, and leave a brace between them. */
static bool trims_agree(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_brace_frame *f)
{
    enum { TURNS = 24 };
    for (size_t which = 0; which < 2; which++) {
        const struct nw_slot *t = &p->slot[NW_B_TRIMS].item[which * NW_T_COUNT];
        const struct nw_json_value *at = t[NW_T_AT].at ? t[NW_T_AT].at : t[NW_T_CURVE].at;
        for (int k = 0; k < TURNS; k++) {
            nw_vec3 rim;
            if (!rim_of(m, p, f, which, 2 * NW_PI * k / TURNS, &rim))
                return nw_json_fail(at, m->err,
                                    "misses the limb: trim line %s runs over its end, or the "
                                    "axis does not reach beyond it",
                                    t[NW_T_NAME].text);
            const double left = nw_field_value(m->field, f->trim[1 - which], rim);
            if (left < LEAST_LENGTH_MM)
                return nw_json_fail(at, m->err,
                                    "leaves %.1f mm of brace between both trim lines; at "
                                    "least %.0f",
                                    left, LEAST_LENGTH_MM);
        }
    }
    return true;
}

bool nw_brace_trims(struct nw_making *m, const struct nw_design_part *p,
                    struct nw_brace_frame *f)
{
    const struct nw_slot *trims = &p->slot[NW_B_TRIMS];
    if (trims->count != 2)
        return nw_json_fail(trims->at, m->err, "needs two trim lines, not %zu", trims->count);
    for (size_t i = 0; i < 2; i++) {
        const struct nw_slot *t = &trims->item[i * NW_T_COUNT];
        if ((t[NW_T_AT].at != NULL) == (t[NW_T_CURVE].at != NULL))
            return nw_json_fail(t[NW_T_NAME].at, m->err, "needs at_mm or curve_mm");
        f->trim[i] = t[NW_T_AT].at ? beyond_plane(m, f, t, i) : beyond_curve(m, p, f, i);
        if (m->err->code != NW_OK || !cross_axis(m, p, f, i, i == 0 ? &f->first : &f->last))
            return false;
    }
    return trims_agree(m, p, f);
}
