/*
 * design/guide.c -- the guide: a plate that fits one place of a bone, with sleeves for drills
 * and slots for saws. The construction is methods.md's: a contact shell, less what would keep
 * it from being put on, plus sleeves and walls, less holes and slots. What it is told stands
 * in guide_members.c, the judgement whether it will sit and how true it leads in guide_check.c.
 *
 * The bone is asked once, on a grid along the way in that ends about the places; all else is
 * said of those samples. So a bone may be as large as it likes, and an edit costs the same.
 */
#include <math.h>

#include "design/guide_priv.h"
#include "design/seat.h"
#include "field/band.h"

static const double ABOVE_MM = 40; /* sleeves and plate end before */
static const double BELOW_MM = 8;  /* deeper than the plate: what the bone there does to it */
static const double OVER_MM = 20;  /* above the guide: what hangs over it is in its way */
static const double FAR_MM = 200;  /* a place given on the bone is nearer to it than this */
static const double FINE_MM = 0.25, COARSE_MM = 0.6; /* cells of the samples */
/* A rounded edge of two walls ends where they are this part of its radius apart: no wall of
 * the plate runs out thinner than the least that is allowed. */
static const double NO_FEATHER = 1.7;
static const double SHADE_MM =
    1; /* nearer to the bone's way than to the bone by this: no use */
static const double MOST_SAMPLES = 3.2e7;

/* ---- where it goes ---- */

/* The places on the bone the guide is about: entries, and the ends of slots. */
enum { PLACES = 256 };
struct footprint {
    nw_vec3 place[PLACES];
    size_t to[PLACES]; /* the earlier place each is joined to */
    size_t count;
    double radius;
};

static bool add_place(struct nw_making *m, struct footprint *f, nw_node bone, nw_vec3 p,
                      const struct nw_slot *at)
{
    if (f->count == PLACES)
        return nw_json_fail(at->at, m->err, "is one place too many; up to %d are possible",
                            PLACES);
    const double away = nw_field_value(m->field, bone, p);
    if (!(fabs(away) < FAR_MM))
        return nw_json_fail(at->at, m->err, "is %.0f mm away from the bone", fabs(away));
    f->to[f->count] = f->count > 0 ? f->count - 1 : 0;
    f->place[f->count++] = p;
    return true;
}

/* A pad is joined to the nearest of all places before it. */
static bool add_pads(struct nw_making *m, const struct nw_slot *pads, nw_node bone,
                     struct footprint *f)
{
    for (size_t i = 0; i < pads->count; i++) {
        const nw_vec3 p = pads->point[i];
        size_t nearest = 0;
        for (size_t k = 1; k < f->count; k++)
            if (nw_length(nw_sub(f->place[k], p)) < nw_length(nw_sub(f->place[nearest], p)))
                nearest = k;
        if (!add_place(m, f, bone, p, pads))
            return false;
        f->to[f->count - 1] = nearest;
    }
    return true;
}

static nw_vec3 slot_along(const struct nw_slot *s)
{
    return nw_unit(nw_cross(s[S_NORMAL].vec, s[S_INTO].vec));
}

static bool take_footprint(struct nw_making *m, const struct nw_design_part *p, nw_node bone,
                           struct footprint *f)
{
    f->radius = p->slot[G_MARGIN].number;
    for (size_t i = 0; i < p->slot[G_DRILLS].count; i++)
        if (!add_place(m, f, bone, nw_guide_drill(p, i)[D_ENTRY].vec,
                       &nw_guide_drill(p, i)[D_ENTRY]))
            return false;
    for (size_t i = 0; i < p->slot[G_SLOTS].count; i++) {
        const struct nw_slot *s = nw_guide_slot(p, i);
        if (fabs(nw_dot(s[S_NORMAL].vec, s[S_INTO].vec)) > 0.05)
            return nw_json_fail(s[S_INTO].at, m->err, "must lie in the plane of the cut");
        for (int side = -1; side <= 1; side += 2)
            if (!add_place(
                    m, f, bone,
                    nw_along(s[S_POINT].vec, slot_along(s), side * s[S_LENGTH].number / 2),
                    &s[S_POINT]))
                return false;
    }
    if (f->count == 0)
        return nw_json_fail(p->at, m->err, "leads nothing: give drills, slots or both");
    return add_pads(m, &p->slot[G_PADS], bone, f);
}

/* ---- how it is put on ---- */

/* The bone's surface about the places, as contacts: discs of points let down along `into`. */
enum { DISC = 6 };
static size_t probe(const struct nw_making *m, nw_node bone, const struct footprint *f,
                    nw_vec3 into, struct nw_contact *out)
{
    const nw_vec3 any = fabs(into.x) < 0.8 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    const nw_vec3 u = nw_unit(nw_cross(into, any)), v = nw_cross(into, u);
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        for (int a = -DISC; a <= DISC; a++)
            for (int b = -DISC; b <= DISC; b++) {
                if (a * a + b * b > DISC * DISC)
                    continue;
                const double step = f->radius / DISC;
                nw_vec3 p = nw_along(nw_along(nw_along(f->place[i], u, a * step), v, b * step),
                                     into, -ABOVE_MM);
                double gone = 0, d = 1;
                for (int k = 0; k < 200 && gone < ABOVE_MM + f->radius + BELOW_MM && d > 1e-3;
                     k++) {
                    d = nw_field_value(m->field, bone, p);
                    p = nw_along(p, into, d);
                    gone += d;
                }
                if (d > 1e-3)
                    continue;
                out[count].point_mm = p;
                (void)nw_field_gradient(m->field, bone, p, &out[count].normal);
                out[count].normal = nw_unit(out[count].normal);
                out[count++].area_mm2 = step * step;
            }
    return count;
}

/* Of 400 directions evenly on the sphere, the one along which the least rubs and, among those,
 * the most faces it. */
static nw_vec3 best_insertion(const struct nw_contact *contact, size_t count)
{
    nw_vec3 best = {0, 0, 0};
    double best_score = -HUGE_VAL;
    for (int i = 0; i < 400; i++) {
        const double z = 1 - (2 * i + 1) / 400.0, r = sqrt(1 - z * z);
        const double turn = i * 2.39996322972865332; /* the golden angle */
        const nw_vec3 into = {r * nw_cos(turn), r * nw_sin(turn), z};
        double rubs = 0, faces = 0;
        for (size_t c = 0; c < count; c++) {
            const double draft = -nw_dot(contact[c].normal, into);
            rubs += draft < NW_GUIDE_DRAFT_SIN;
            faces += draft;
        }
        const double score = faces - 10 * rubs;
        if (score > best_score) {
            best_score = score;
            best = into;
        }
    }
    return best;
}

static bool choose_insertion(struct nw_making *m, const struct nw_design_part *p, nw_node bone,
                             const struct footprint *f, nw_vec3 *out)
{
    *out = p->slot[G_INSERT].vec;
    if (p->slot[G_INSERT].at)
        return true;
    nw_vec3 rough = {0, 0, 0};
    for (size_t i = 0; i < p->slot[G_DRILLS].count; i++)
        rough = nw_add(rough, nw_guide_drill(p, i)[D_AXIS].vec);
    for (size_t i = 0; i < p->slot[G_SLOTS].count; i++)
        rough = nw_add(rough, nw_guide_slot(p, i)[S_INTO].vec);
    if (!(nw_length(rough) > 0.1))
        return nw_json_fail(p->at, m->err,
                            "has axes that point apart; say the \"insertion\" direction");
    enum { DOTS = (2 * DISC + 1) * (2 * DISC + 1) };
    NW_AUTOFREE struct nw_contact *contact =
        NW_ALLOC(struct nw_contact, f->count * DOTS, m->err);
    if (!contact)
        return false;
    *out = nw_unit(rough);
    for (int round = 0; round < 2; round++) {
        const size_t count = probe(m, bone, f, *out, contact);
        if (count < 10)
            return nw_json_fail(p->at, m->err, "finds no bone under its places");
        *out = best_insertion(contact, count);
    }
    return true;
}

/* ---- the construction ---- */

/* A prism along `into` over the places: a round outline about each, and a bridge to the next.
 */
static nw_node make_region(struct nw_making *m, const struct footprint *f, nw_vec3 into,
                           double above, double below)
{
    const nw_vec3 any = fabs(into.x) < 0.8 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    const nw_vec3 u = nw_unit(nw_cross(into, any)), v = nw_cross(into, u);
    const double tall = above + below;
    nw_node region = -1;
    for (size_t i = 0; i < f->count; i++) {
        const nw_vec3 from = nw_along(f->place[i], into, -above);
        nw_node one =
            nw_field_cylinder(m->field, from, nw_along(from, into, tall), f->radius, m->err);
        region = i > 0 ? nw_field_union(m->field, region, one, m->err) : one;
        if (i == 0)
            continue;
        const nw_vec3 to = nw_sub(f->place[f->to[i]], f->place[i]);
        const double x = nw_dot(to, u), y = nw_dot(to, v), length = sqrt(x * x + y * y);
        if (length < 0.1)
            continue;
        const double px = -y / length * f->radius * 0.8, py = x / length * f->radius * 0.8;
        const double outline[4][2] = {{px, py}, {-px, -py}, {x - px, y - py}, {x + px, y + py}};
        one = nw_field_extrusion(m->field, from, u, v, outline, 4, tall, m->err);
        region = nw_field_union(m->field, region, one, m->err);
    }
    return region;
}

static nw_node make_sleeve(struct nw_making *m, const struct nw_slot *d, bool hole)
{
    const nw_vec3 entry = d[D_ENTRY].vec, axis = d[D_AXIS].vec;
    const double bore = (d[D_DIAMETER].number + d[D_PLAY].number) / 2;
    const double out = d[D_LENGTH].number;
    if (hole)
        return nw_field_cylinder(m->field, nw_along(entry, axis, -out - 5),
                                 nw_along(entry, axis, NW_GUIDE_THROUGH_MM), bore, m->err);
    return nw_field_cylinder(m->field, nw_along(entry, axis, -out), nw_along(entry, axis, 2),
                             bore + d[D_WALL].number, m->err);
}

/* A block about the plane of the cut: with walls, or the slot itself. */
static nw_node make_slot(struct nw_making *m, const struct nw_slot *s, bool hole)
{
    const nw_vec3 n = s[S_NORMAL].vec, along = slot_along(s);
    const nw_vec3 into = nw_unit(nw_cross(along, n));
    const double wide = (s[S_BLADE].number + s[S_PLAY].number) / 2;
    const double thick = hole ? wide : wide + s[S_WALL].number;
    const double half = s[S_LENGTH].number / 2 + (hole ? 0 : s[S_WALL].number);
    const double up = s[S_HEIGHT].number + (hole ? 5 : 0),
                 down = hole ? NW_GUIDE_THROUGH_MM : 2;
    const double outline[4][2] = {
        {-half, -thick}, {half, -thick}, {half, thick}, {-half, thick}};
    const nw_vec3 deep = nw_dot(into, s[S_INTO].vec) > 0 ? into : nw_scale(into, -1);
    const nw_vec3 across = nw_cross(nw_scale(deep, -1), along); /* along x across = -deep */
    return nw_field_extrusion(m->field, nw_along(s[S_POINT].vec, deep, down), along, across,
                              outline, 4, up + down, m->err);
}

/* How far above its places a guide's plate can rise, and over how much height of bone. */
static double rise(const struct nw_design_part *p)
{
    return p->slot[G_MARGIN].number + p->slot[G_CLEAR].number + p->slot[G_THICK].number;
}

/* How far above its places anything of it reaches. */
static double tallest(const struct nw_design_part *p)
{
    double most = rise(p);
    for (size_t i = 0; i < p->slot[G_DRILLS].count; i++)
        most = fmax(most, nw_guide_drill(p, i)[D_LENGTH].number);
    for (size_t i = 0; i < p->slot[G_SLOTS].count; i++)
        most = fmax(most, nw_guide_slot(p, i)[S_HEIGHT].number);
    return most + 2;
}

/* ---- the bone, sampled ---- */

/* Coordinates along the way in: u, v across it, w against it. */
struct frame {
    nw_vec3 axis[3];
    nw_vec3 min, max; /* of all it holds, in these coordinates */
};

static void hold(struct frame *f, nw_vec3 p, double radius)
{
    const nw_vec3 q =
        nw_v3(nw_dot(p, f->axis[0]), nw_dot(p, f->axis[1]), nw_dot(p, f->axis[2]));
    const nw_vec3 r = nw_v3(radius, radius, 0);
    f->min = nw_min3(f->min, nw_sub(q, r));
    f->max = nw_max3(f->max, nw_add(q, r));
}

/* About the places, from below the plate to above all of it, and as wide as what leads. */
static struct frame frame_of(const struct nw_design_part *p, const struct footprint *f,
                             nw_vec3 into)
{
    const nw_vec3 any = fabs(into.x) < 0.8 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    struct frame r = {.min = nw_v3(HUGE_VAL, HUGE_VAL, HUGE_VAL),
                      .max = nw_v3(-HUGE_VAL, -HUGE_VAL, -HUGE_VAL)};
    r.axis[0] = nw_unit(nw_cross(into, any));
    r.axis[2] = nw_scale(into, -1);
    r.axis[1] = nw_cross(r.axis[2], r.axis[0]);
    for (size_t i = 0; i < f->count; i++) {
        hold(&r, nw_along(f->place[i], into, -tallest(p) - OVER_MM), f->radius);
        hold(&r, nw_along(f->place[i], into, p->slot[G_DEPTH].number + BELOW_MM), f->radius);
    }
    for (size_t i = 0; i < p->slot[G_DRILLS].count; i++) {
        const struct nw_slot *d = nw_guide_drill(p, i);
        const double wide = d[D_DIAMETER].number / 2 + d[D_PLAY].number / 2 + d[D_WALL].number;
        hold(&r, nw_along(d[D_ENTRY].vec, d[D_AXIS].vec, -d[D_LENGTH].number), wide);
    }
    for (size_t i = 0; i < p->slot[G_SLOTS].count; i++) {
        const struct nw_slot *s = nw_guide_slot(p, i);
        const double half = s[S_LENGTH].number / 2 + 2 * s[S_WALL].number;
        hold(&r, nw_along(s[S_POINT].vec, s[S_INTO].vec, -s[S_HEIGHT].number), half);
    }
    return r;
}

static struct nw_grid grid_of(const struct frame *f, double cell_mm)
{
    const nw_vec3 size = nw_sub(f->max, f->min);
    const double side[3] = {size.x, size.y, size.z}, pad = 3;
    double step = cell_mm;
    while ((side[0] / step + 2 * pad) * (side[1] / step + 2 * pad) *
               (side[2] / step + 2 * pad) >
           MOST_SAMPLES)
        step *= 1.05;
    struct nw_grid g;
    nw_vec3 at = nw_sub(f->min, nw_v3(pad * step, pad * step, pad * step));
    g.origin_mm =
        nw_along(nw_along(nw_scale(f->axis[0], at.x), f->axis[1], at.y), f->axis[2], at.z);
    for (int a = 0; a < 3; a++) {
        g.dim[a] = (size_t)(ceil(side[a] / step) + 2 * pad + 1);
        g.step_mm[a] = nw_scale(f->axis[a], step);
    }
    return g;
}

static bool sample_bone(struct nw_making *m, const struct nw_design_part *p,
                        const struct footprint *f, struct nw_guide_built *b)
{
    const struct frame frame = frame_of(p, f, b->into);
    const struct nw_grid grid =
        grid_of(&frame, fmin(fmax(1.25 * m->cell_mm, FINE_MM), COARSE_MM));
    b->cell_mm = nw_length(grid.step_mm[0]);
    const double round = fmax(p->slot[G_ROUND].number, NO_FEATHER * p->slot[G_WALL].number);
    const double outside =
        p->slot[G_CLEAR].number + p->slot[G_THICK].number + round + 2 * b->cell_mm;
    b->near = nw_field_band(m->field, b->bone, &grid, outside, 2 * b->cell_mm, m->err);
    b->swept = nw_field_band_swept(m->field, b->near, m->err);
    return b->swept >= 0;
}

/* ---- the construction ---- */

static nw_node lead(struct nw_making *m, const struct nw_design_part *p, size_t i, bool hole)
{
    const size_t drills = p->slot[G_DRILLS].count;
    return i < drills ? make_sleeve(m, nw_guide_drill(p, i), hole)
                      : make_slot(m, nw_guide_slot(p, i - drills), hole);
}

/* From the top of each sleeve to the next one's. */
static nw_node add_bridges(struct nw_making *m, const struct nw_design_part *p, nw_node guide)
{
    const double radius = p->slot[G_BRIDGE].number;
    nw_vec3 last = nw_v3(0, 0, 0);
    for (size_t i = 0; i < p->slot[G_DRILLS].count && radius > 0; i++) {
        const struct nw_slot *d = nw_guide_drill(p, i);
        const nw_vec3 top =
            nw_along(d[D_ENTRY].vec, d[D_AXIS].vec, -fmax(d[D_LENGTH].number - radius, 0));
        if (i > 0 && nw_length(nw_sub(top, last)) > 0.1)
            guide = nw_field_union(
                m->field, guide, nw_field_capsule(m->field, last, top, radius, m->err), m->err);
        last = top;
    }
    return guide;
}

/* The contact shell, less what would keep it from being put on, and less what would only be a
 * wall along the way in, in the shade of the bone's widest line. */
static nw_node make_plate(struct nw_making *m, const struct nw_design_part *p,
                          const struct footprint *f, const struct nw_guide_built *b,
                          nw_node way)
{
    const double thick = p->slot[G_CLEAR].number + p->slot[G_THICK].number;
    const nw_node outer = nw_field_offset(m->field, b->near, thick, m->err);
    nw_node plate = nw_field_intersection(
        m->field, outer, make_region(m, f, b->into, rise(p), p->slot[G_DEPTH].number), m->err);
    plate = nw_field_difference_round(m->field, plate, way, p->slot[G_WALL].number * NO_FEATHER,
                                      m->err);
    const nw_node shade = nw_field_band_excess(m->field, b->swept, b->near, m->err);
    return nw_field_difference(m->field, plate,
                               nw_field_offset(m->field, shade, -SHADE_MM / 2, m->err), m->err);
}

static nw_node build(struct nw_making *m, const struct nw_design_part *p,
                     const struct footprint *f, const struct nw_guide_built *b)
{
    const double round = p->slot[G_ROUND].number;
    const size_t leads = p->slot[G_DRILLS].count + p->slot[G_SLOTS].count;
    const nw_node way = nw_field_offset(m->field, b->swept, p->slot[G_CLEAR].number, m->err);
    nw_node guide = make_plate(m, p, f, b, way);
    for (size_t i = 0; i < leads; i++) {
        const nw_node one = lead(m, p, i, false);
        guide = round > 0 ? nw_field_blend(m->field, guide, one, round, m->err)
                          : nw_field_union(m->field, guide, one, m->err);
    }
    guide = add_bridges(m, p, guide);
    guide = nw_field_difference(m->field, guide, way, m->err);
    for (size_t i = 0; i < leads; i++)
        guide = nw_field_difference(m->field, guide, lead(m, p, i, true), m->err);
    return guide;
}

static nw_node make_guide(struct nw_making *m, const struct nw_design_part *p)
{
    struct footprint *f = nw_arena_alloc(&m->out->arena, sizeof *f, m->err);
    struct nw_guide_built *b = f ? nw_arena_alloc(&m->out->arena, sizeof *b, m->err) : NULL;
    if (!b)
        return -1;
    b->bone = nw_slot_node(m, &p->slot[G_BONE]);
    if (!take_footprint(m, p, b->bone, f) || !choose_insertion(m, p, b->bone, f, &b->into) ||
        !sample_bone(m, p, f, b))
        return -1;
    m->left[p - m->design->part] = b;
    return build(m, p, f, b);
}

const struct nw_kind nw_kind_guide = {.name = "guide",
                                      .zh = "贴合骨面的钻孔、截骨或穿刺导板",
                                      .en = "a guide that fits a bone, for drills and saws",
                                      .members = nw_guide_members,
                                      .make = make_guide,
                                      .check = nw_guide_check};
