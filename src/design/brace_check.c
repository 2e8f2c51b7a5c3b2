/* design/brace_check.c -- whether a brace can be put on, fits and holds; see brace_priv.h. */
#include <math.h>

#include "design/brace_priv.h"

static const double CLOSE_MM = 0.3; /* nearer to the skin than told by this: to be looked at */
static const double SHORT = 0.85;   /* of the clearance told over a prominence */
static const double FAR_MM = 40;    /* the wall over a prominence is no further */

/* ---- putting it on ---- */

/* The limb's width across the opening, and the wall's mean radius, in one section. */
static bool section_of(const struct nw_making *m, const struct nw_design_part *p,
                       const struct nw_brace_frame *f, double along, double *wide,
                       double *radius)
{
    enum { TURNS = 36 };
    const struct nw_brace_piece *q;
    const nw_vec3 at = nw_brace_at(f, along, &q);
    double side[2] = {0, 0}, sum = 0;
    for (int k = 0; k < TURNS; k++) {
        const double angle = 2 * NW_PI * k / TURNS, across = nw_sin(angle);
        const double r = nw_brace_radius(m, p, at, nw_brace_out(q, angle));
        if (r < 0)
            return false;
        side[across < 0] = fmax(side[across < 0], r * fabs(across));
        sum += r / TURNS;
    }
    *wide = side[0] + side[1];
    *radius = sum + p->slot[NW_B_CLEAR].number + p->slot[NW_B_THICK].number / 2;
    return true;
}

struct nw_donning nw_brace_donning(const struct nw_making *m, const struct nw_design_part *p,
                                   const struct nw_brace_frame *f)
{
    enum { SECTIONS = 12 };
    const double thick = p->slot[NW_B_THICK].number, open = p->slot[NW_B_WIDTH].number;
    const double allowed = nw_material_at((size_t)p->slot[NW_B_MATERIAL].number)->most_strain;
    struct nw_donning d = {.place = nw_nowhere};
    for (int k = 0; k <= SECTIONS; k++) {
        const double along = f->first + (f->last - f->first) * (0.02 + 0.96 * k / SECTIONS);
        const struct nw_brace_piece *q;
        double wide, radius;
        if (!section_of(m, p, f, along, &wide, &radius))
            continue;
        const double per_mm = thick / (3 * NW_PI * radius * radius);
        const double strain = fmax(wide - open, 0) * per_mm;
        d.least_width_mm = fmax(d.least_width_mm, wide - allowed / per_mm);
        if (strain >= d.strain) {
            d.strain = strain;
            d.wide_mm = wide;
            d.place = nw_brace_at(f, along, &q);
        }
    }
    d.least_width_mm = ceil(d.least_width_mm);
    return d;
}

static bool judge_donning(struct nw_making *m, const struct nw_design_part *p,
                          const struct nw_brace_frame *f)
{
    const struct nw_donning d = nw_brace_donning(m, p, f);
    const struct nw_material *of = nw_material_at((size_t)p->slot[NW_B_MATERIAL].number);
    const struct nw_design_check check = {
        .code = "donning",
        .verdict = d.strain > of->most_strain ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
        .value = 100 * d.strain,
        .limit = 100 * of->most_strain,
        .unit = "%",
        .place_mm = d.place};
    return nw_judge(m, p, check,
                    "put on over a limb %.0f mm wide through an opening of %.0f mm it is "
                    "strained by %.2f %% (%s: at most %.1f)",
                    "肢体宽 %.0f mm，经 %.0f mm 的开口戴上时壁的应变 %.2f %%（%s：至多 %.1f）",
                    d.wide_mm, p->slot[NW_B_WIDTH].number, 100 * d.strain, of->name,
                    100 * of->most_strain);
}

/* ---- what is left between cuts ---- */

void nw_brace_slot_rim(const struct nw_design_part *p, const struct nw_brace_slot *s,
                       nw_vec3 rim[NW_BRACE_RIM])
{
    const double r = p->slot[NW_B_SLOT_WIDTH].number / 2,
                 half = p->slot[NW_B_SLOT_LENGTH].number / 2 - r;
    const nw_vec3 v = nw_cross(s->out, s->along);
    for (int k = 0; k < NW_BRACE_RIM; k++) {
        const double turn = 2 * NW_PI * (k + 0.5) / NW_BRACE_RIM, c = nw_cos(turn);
        const nw_vec3 end = nw_along(s->at, s->along, c > 0 ? half : -half);
        rim[k] = nw_along(nw_along(end, s->along, r * c), v, r * nw_sin(turn));
    }
}

double nw_brace_bridge(const struct nw_making *m, const struct nw_brace_frame *f, nw_node own,
                       const nw_vec3 *rim, size_t count)
{
    double least = HUGE_VAL;
    for (size_t k = 0; k < count; k++) {
        for (int t = 0; t < 2; t++)
            least = fmin(least, nw_field_value(m->field, f->trim[t], rim[k]));
        const bool open = nw_field_value(m->field, f->gap, rim[k]) < 0;
        for (size_t i = 0; i < f->edge_count; i++) {
            const double d = nw_length(nw_sub(rim[k], f->edge[i]));
            least = fmin(least, open ? -d : d);
        }
        for (size_t i = 0; f->opening && f->opening[i].name; i++)
            if (f->opening[i].node != own)
                least = fmin(least, nw_field_value(m->field, f->opening[i].node, rim[k]));
        for (size_t i = 0; i < f->slot_count; i++)
            if (f->slot[i].node != own)
                least = fmin(least, nw_field_value(m->field, f->slot[i].node, rim[k]));
    }
    return least;
}

static bool judge_slots(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_brace_frame *f)
{
    double least = HUGE_VAL;
    nw_vec3 place = nw_nowhere;
    for (size_t i = 0; i < f->slot_count; i++) {
        nw_vec3 rim[NW_BRACE_RIM];
        nw_brace_slot_rim(p, &f->slot[i], rim);
        const double left = nw_brace_bridge(m, f, f->slot[i].node, rim, NW_BRACE_RIM);
        if (left < least) {
            least = left;
            place = f->slot[i].at;
        }
    }
    if (f->slot_count == 0)
        return true;
    const struct nw_design_check check = {.code = "slots",
                                          .verdict = NW_VERDICT_PASS, /* others are refused */
                                          .value = least,
                                          .limit = NW_BRACE_BRIDGE_MM,
                                          .unit = "mm",
                                          .place_mm = place};
    return nw_judge(
        m, p, check,
        "%zu slots of %.1f x %.1f mm; %.1f mm from the nearest edge (at least %.1f)",
        "%zu 个系带槽，%.1f x %.1f mm；距最近边缘 %.1f mm（至少 %.1f）", f->slot_count,
        p->slot[NW_B_SLOT_LENGTH].number, p->slot[NW_B_SLOT_WIDTH].number, least,
        NW_BRACE_BRIDGE_MM);
}

/* An opening is open from the skin outward, and leaves a bridge to all other edges. */
static bool judge_opening(struct nw_making *m, const struct nw_design_part *p,
                          const struct nw_brace_frame *f, const struct nw_bvh *bvh,
                          const struct nw_brace_opened *o)
{
    const double up = p->slot[NW_B_CLEAR].number + p->slot[NW_B_THICK].number / 2;
    nw_vec3 rim[NW_BRACE_RIM];
    for (int k = 0; k < NW_BRACE_RIM; k++) {
        const double turn = 2 * NW_PI * k / NW_BRACE_RIM;
        const nw_vec3 from = nw_along(nw_along(nw_along(o->at, o->u, o->half_u * nw_cos(turn)),
                                               o->v, o->half_v * nw_sin(turn)),
                                      o->way, p->slot[NW_B_REACH].number);
        const double hit =
            nw_node_hit(m, f->skin, from, nw_scale(o->way, -1), p->slot[NW_B_REACH].number * 2);
        rim[k] = nw_along(from, o->way, up - fmax(hit, 0));
    }
    const double bridge = nw_brace_bridge(m, f, o->node, rim, NW_BRACE_RIM);
    const bool closed =
        nw_bvh_hits_segment(bvh, o->at, nw_along(o->at, o->way, p->slot[NW_B_REACH].number));
    const struct nw_design_check check = {.code = "opening",
                                          .verdict = closed ? NW_VERDICT_FAIL
                                                     : bridge < NW_BRACE_BRIDGE_MM
                                                         ? NW_VERDICT_CONDITIONAL
                                                         : NW_VERDICT_PASS,
                                          .value = bridge,
                                          .limit = NW_BRACE_BRIDGE_MM,
                                          .unit = "mm",
                                          .place_mm = o->at};
    return nw_judge(m, p, check,
                    closed ? "%s is closed; %.1f mm to another edge (at least %.1f)"
                           : "%s is open; %.1f mm to another edge (at least %.1f)",
                    closed ? "%s 未贯通；距其他边缘 %.1f mm（至少 %.1f）"
                           : "%s 贯通；距其他边缘 %.1f mm（至少 %.1f）",
                    o->name, bridge, NW_BRACE_BRIDGE_MM);
}

/* ---- the skin below ---- */

/* The least distance of the inside to the skin, and how much of it keeps the clearance. */
static bool judge_fit(struct nw_making *m, const struct nw_design_part *p,
                      const struct nw_brace_frame *f, const struct nw_mesh *mesh)
{
    enum { LOOKS = 20000 };
    const double clear = p->slot[NW_B_CLEAR].number,
                 reach = clear + p->slot[NW_B_THICK].number / 2;
    const size_t stride = mesh->vert_count / LOOKS + 1;
    double least = HUGE_VAL;
    size_t near = 0, inside = 0;
    nw_vec3 place = nw_nowhere;
    for (size_t v = 0; v < mesh->vert_count; v += stride) {
        const double d = nw_field_value(m->field, f->skin, mesh->pos_mm[v]);
        inside += d < reach;
        near += fabs(d - clear) < 0.5;
        if (d < least) {
            least = d;
            place = mesh->pos_mm[v];
        }
    }
    const double share = inside > 0 ? 100 * (double)near / (double)inside : 0;
    const struct nw_design_check check = {
        .code = "skin-clearance",
        .verdict = least < clear - CLOSE_MM ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
        .value = least,
        .limit = clear,
        .unit = "mm",
        .place_mm = place};
    return nw_judge(
        m, p, check,
        "least distance to the skin %.2f mm (clearance %.2f); %.0f %% of the "
        "inside within 0.5 mm of it",
        "与皮肤的最小距离 %.2f mm（设定间隙 %.2f）；内面 %.0f %% 与之相差不超过 0.5 mm", least,
        clear, share);
}

/* The room that was made over a prominence, on the finished surface. */
static bool judge_relief(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_brace_frame *f, const struct nw_bvh *bvh, size_t i)
{
    const struct nw_slot *r = &p->slot[NW_B_RELIEFS].item[i * NW_R_COUNT];
    const double told = p->slot[NW_B_CLEAR].number + r[NW_R_EXTRA].number;
    struct nw_segment_near hit;
    const bool covered = nw_bvh_first_hit(
        bvh, f->relief[i], nw_along(f->relief[i], f->relief_way[i], FAR_MM), -1, &hit);
    const double room = covered ? hit.along * FAR_MM : (double)NAN;
    const struct nw_design_check check = {
        .code = "relief",
        .verdict = covered && room >= SHORT * told ? NW_VERDICT_PASS : NW_VERDICT_CONDITIONAL,
        .value = room,
        .limit = told,
        .unit = "mm",
        .place_mm = f->relief[i]};
    if (!covered)
        return nw_judge(m, p, check, "%s is not below the brace", "%s 不在支具之下",
                        r[NW_R_NAME].text);
    return nw_judge(m, p, check, "%s has %.2f mm of room (told: %.2f)",
                    "%s 处的间隙 %.2f mm（设定 %.2f）", r[NW_R_NAME].text, room, told);
}

/* ---- the whole ---- */

static bool judge_holes(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_brace_frame *f, const struct nw_mesh *mesh)
{
    const double d = p->slot[NW_B_HOLE].number;
    if (!(d > 0))
        return true;
    const double pierced = (double)f->hole_count * NW_PI * d * d / 4;
    const double outer = nw_mesh_volume_mm3(mesh) / p->slot[NW_B_THICK].number + pierced;
    const struct nw_design_check check = {.code = "openwork",
                                          .verdict = f->hole_count == 0 ? NW_VERDICT_CONDITIONAL
                                                                        : NW_VERDICT_PASS,
                                          .value = 100 * pierced / outer,
                                          .limit = (double)NAN,
                                          .unit = "%",
                                          .place_mm = nw_nowhere};
    return nw_judge(m, p, check, "%zu holes for air, %.0f %% of the wall",
                    "%zu 个透气孔，占壁面 %.0f %%", f->hole_count, 100 * pierced / outer);
}

bool nw_brace_check(struct nw_making *m, const struct nw_design_part *p,
                    const struct nw_mesh *mesh)
{
    const struct nw_brace_frame *f = m->left[p - m->design->part];
    const size_t material = (size_t)p->slot[NW_B_MATERIAL].number;
    struct nw_bvh *bvh = nw_bvh_new(mesh, m->err);
    bool ok = bvh && judge_donning(m, p, f) && judge_fit(m, p, f, mesh);
    for (size_t i = 0; ok && i < p->slot[NW_B_RELIEFS].count; i++)
        ok = judge_relief(m, p, f, bvh, i);
    for (size_t i = 0; ok && i < p->slot[NW_B_OPENINGS].count; i++)
        ok = judge_opening(m, p, f, bvh, &f->opening[i]);
    nw_bvh_free(bvh);
    return ok && judge_slots(m, p, f) && judge_holes(m, p, f, mesh) &&
           nw_judge_edge(m, p, p->slot[NW_B_EDGE].number) &&
           nw_judge_wall(m, p, mesh, nw_material_at(material)->least_wall_mm) &&
           nw_judge_pieces(m, p, mesh) && nw_judge_mass(m, p, mesh, material);
}
