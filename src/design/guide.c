/*
 * design/guide.c -- the guide: a plate that fits one place of a bone, with sleeves for drills
 * and slots for saws, and the judgement whether it will sit and how true it leads. Members,
 * presets and their sources are in the tables; the construction is methods.md's: a contact
 * shell, less what would keep it from being put on, plus sleeves and walls, less holes and
 * slots.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "design/kinds_priv.h"
#include "design/seat.h"

static const double ABOVE_MM = 40;      /* sleeves and plate end before */
static const double STEP_MM = 0.4;      /* of the sweep: thinner bone could be missed */
static const double BELOW_MM = 8;       /* deeper than the margin: no guide reaches */
static const double THROUGH_MM = 25;    /* how deep holes and slots go into the bone */
static const double ALIKE_MM = 3;       /* over which a bone surface is off alike */
static const double TOUCH_MM = 0.05;    /* from the clearance: still a contact */
static const double DRAFT_SIN = 0.0349; /* 2 degrees: steeper walls rub */
static const double AREA_LEAST_MM2 = 100;
static const double FAR_MM = 200; /* a place given on the bone is nearer to it than this */

enum drill { D_NAME, D_ENTRY, D_AXIS, D_DIAMETER, D_LENGTH, D_WALL, D_PLAY, D_COUNT };
static const struct nw_member drill_members[] = {
    {.name = "name", .type = NW_TEXT_MEMBER, .required = true, .zh = "名称", .en = "its name"},
    {.name = "entry_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "骨面上的入点",
     .en = "where it enters the bone"},
    {.name = "direction",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "钻入方向",
     .en = "into the bone"},
    {.name = "diameter_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 0.5,
     .max = 20,
     .zh = "钻头直径",
     .en = "diameter of the drill"},
    {.name = "sleeve_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 15,
     .min = 4,
     .max = 60,
     .zh = "套筒长度（自入点），15–25",
     .en = "length of the sleeve from the entry; 15 to 25 is usual"},
    {.name = "wall_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 2,
     .min = 0.8,
     .max = 10,
     .zh = "套筒壁厚，至少 2",
     .en = "wall of the sleeve; 2 or more"},
    {.name = "play_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.2,
     .min = 0,
     .max = 2,
     .zh = "孔径余量：光固化 0.2，FDM 0.4",
     .en = "added to the diameter: 0.2 for SLA, 0.4 for FDM"},
    {0},
};

enum slot {
    S_NAME,
    S_POINT,
    S_NORMAL,
    S_INTO,
    S_BLADE,
    S_LENGTH,
    S_HEIGHT,
    S_WALL,
    S_PLAY,
    S_COUNT
};
static const struct nw_member slot_members[] = {
    {.name = "name", .type = NW_TEXT_MEMBER, .required = true, .zh = "名称", .en = "its name"},
    {.name = "point_mm",
     .type = NW_POINT_MEMBER,
     .required = true,
     .zh = "骨面上锯缝的中点",
     .en = "middle of the cut on the bone"},
    {.name = "normal",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "锯切平面的法向",
     .en = "square to the plane of the cut"},
    {.name = "into",
     .type = NW_DIRECTION_MEMBER,
     .required = true,
     .zh = "锯入方向",
     .en = "the way the blade goes into the bone"},
    {.name = "blade_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 0.2,
     .max = 3,
     .zh = "锯片厚度",
     .en = "thickness of the blade"},
    {.name = "length_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 20,
     .min = 3,
     .max = 120,
     .zh = "锯缝长度",
     .en = "length of the slot"},
    {.name = "height_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 10,
     .min = 3,
     .max = 40,
     .zh = "导向高度（自骨面）",
     .en = "how far it leads the blade, from the bone"},
    {.name = "wall_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 3,
     .min = 0.8,
     .max = 10,
     .zh = "锯缝两侧壁厚",
     .en = "wall on both sides"},
    {.name = "play_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.5,
     .min = 0,
     .max = 2,
     .zh = "锯缝余量：每侧光固化 0.25，FDM 0.4",
     .en = "added to the blade: 0.25 a side for SLA, 0.4 a side for FDM"},
    {0},
};

enum guide {
    G_BONE,
    G_INSERT,
    G_DRILLS,
    G_SLOTS,
    G_CLEAR,
    G_THICK,
    G_MARGIN,
    G_ROUND,
    G_SD,
    G_ERROR,
    G_ANGLE
};
static const struct nw_member guide_members[] = {
    {.name = "bone", .type = NW_PART_MEMBER, .required = true, .zh = "骨", .en = "the bone"},
    {.name = "insertion",
     .type = NW_DIRECTION_MEMBER,
     .zh = "安放方向；省略则自动选择",
     .en = "the way it is put on, towards the bone; found when it is not given"},
    {.name = "drills",
     .type = NW_ITEMS_MEMBER,
     .items = drill_members,
     .zh = "钻孔",
     .en = "drill holes"},
    {.name = "slots",
     .type = NW_ITEMS_MEMBER,
     .items = slot_members,
     .zh = "锯缝",
     .en = "saw slots"},
    {.name = "clearance_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.15,
     .min = 0,
     .max = 2,
     .zh = "与骨面的间隙：光固化 0.15，FDM 0.3",
     .en = "between guide and bone: 0.15 for SLA, 0.3 for FDM"},
    {.name = "thickness_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 4,
     .min = 1,
     .max = 20,
     .zh = "厚度（3–6）",
     .en = "thickness of the plate; 3 to 6"},
    {.name = "margin_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 10,
     .min = 3,
     .max = 60,
     .zh = "贴合面超出钻孔和锯缝的距离",
     .en = "how far the contact reaches beyond holes and slots"},
    {.name = "rounding_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1,
     .min = 0,
     .max = 5,
     .zh = "套筒与板的过渡半径",
     .en = "rounding where sleeves meet the plate"},
    {.name = "bone_sd_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 0.2,
     .min = 0.005,
     .max = 3,
     .zh = "骨面不确定度（1σ），见重建报告",
     .en = "uncertainty of the bone's surface, one sigma, from its report"},
    {.name = "max_error_mm",
     .type = NW_LENGTH_MEMBER,
     .preset = 1,
     .min = 0.05,
     .max = 10,
     .zh = "入点允许误差（2σ）",
     .en = "largest error of an entry, two sigma"},
    {.name = "max_angle_deg",
     .type = NW_ANGLE_MEMBER,
     .preset = 3,
     .min = 0.1,
     .max = 30,
     .zh = "方向允许误差（2σ）",
     .en = "largest error of a direction, two sigma"},
    {0},
};

/* ---- where it goes ---- */

static const struct nw_slot *drill_at(const struct nw_design_part *p, size_t i)
{
    return &p->slot[G_DRILLS].item[i * D_COUNT];
}

static const struct nw_slot *slot_at(const struct nw_design_part *p, size_t i)
{
    return &p->slot[G_SLOTS].item[i * S_COUNT];
}

/* The places on the bone the guide is about: entries, and the ends of slots. */
enum { PLACES = 256 };
struct footprint {
    nw_vec3 place[PLACES];
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
    f->place[f->count++] = p;
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
        if (!add_place(m, f, bone, drill_at(p, i)[D_ENTRY].vec, &drill_at(p, i)[D_ENTRY]))
            return false;
    for (size_t i = 0; i < p->slot[G_SLOTS].count; i++) {
        const struct nw_slot *s = slot_at(p, i);
        if (fabs(nw_dot(s[S_NORMAL].vec, s[S_INTO].vec)) > 0.05)
            return nw_json_fail(s[S_INTO].at, m->err, "must lie in the plane of the cut");
        for (int side = -1; side <= 1; side += 2)
            if (!add_place(
                    m, f, bone,
                    nw_along(s[S_POINT].vec, slot_along(s), side * s[S_LENGTH].number / 2),
                    &s[S_POINT]))
                return false;
    }
    return f->count > 0 ||
           nw_json_fail(p->at, m->err, "leads nothing: give drills, slots or both");
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
            rubs += draft < DRAFT_SIN;
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
        rough = nw_add(rough, drill_at(p, i)[D_AXIS].vec);
    for (size_t i = 0; i < p->slot[G_SLOTS].count; i++)
        rough = nw_add(rough, slot_at(p, i)[S_INTO].vec);
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
                           double above)
{
    const nw_vec3 any = fabs(into.x) < 0.8 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    const nw_vec3 u = nw_unit(nw_cross(into, any)), v = nw_cross(into, u);
    const double tall = above + f->radius + BELOW_MM;
    nw_node region = -1;
    for (size_t i = 0; i < f->count; i++) {
        const nw_vec3 from = nw_along(f->place[i], into, -above);
        nw_node one =
            nw_field_cylinder(m->field, from, nw_along(from, into, tall), f->radius, m->err);
        region = i > 0 ? nw_field_union(m->field, region, one, m->err) : one;
        if (i == 0)
            continue;
        const nw_vec3 to = nw_sub(f->place[i - 1], f->place[i]);
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
                                 nw_along(entry, axis, THROUGH_MM), bore, m->err);
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
    const double up = s[S_HEIGHT].number + (hole ? 5 : 0), down = hole ? THROUGH_MM : 2;
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
        most = fmax(most, drill_at(p, i)[D_LENGTH].number);
    for (size_t i = 0; i < p->slot[G_SLOTS].count; i++)
        most = fmax(most, slot_at(p, i)[S_HEIGHT].number);
    return most + 2;
}

static double depth(const struct nw_design_part *p)
{
    return 2 * p->slot[G_MARGIN].number + BELOW_MM;
}

/* An expression sampled once about the places, where it is asked many times: from `above` the
 * bone, against the way in, to below the plate. Deep inside its value does not matter. */
static nw_node bake_about(struct nw_making *m, nw_node node, const struct footprint *f,
                          nw_vec3 into, double above, double band)
{
    nw_box box = nw_box_empty();
    for (size_t i = 0; i < f->count; i++) {
        box = nw_box_with(box, nw_along(f->place[i], into, -above));
        box = nw_box_with(box, nw_along(f->place[i], into, BELOW_MM));
    }
    const struct nw_bake_opts opts = {.cell_mm = 0.25, .band_mm = band, .inside_mm = 0.5};
    return nw_field_baked(m->field, node, nw_box_grown(box, f->radius + 1.5), &opts, NULL,
                          m->err);
}

/* All that a shape passes on its way in. */
static nw_node sweep(struct nw_making *m, const struct nw_design_part *p,
                     const struct footprint *f, nw_node node, nw_vec3 into)
{
    const nw_node swept =
        nw_field_swept(m->field, node, nw_scale(into, depth(p)), STEP_MM, m->err);
    return bake_about(m, swept, f, into, tallest(p), 0.5);
}

/* What lies so far below the widest line of the plate that it would only be a thin wall along
 * the way in. */
static nw_node below_rim(struct nw_making *m, const struct nw_design_part *p,
                         const struct footprint *f, nw_node outer, nw_vec3 into, double thick)
{
    const nw_affine down = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, nw_scale(into, 1.5 * thick)};
    return sweep(m, p, f, nw_field_moved(m->field, outer, down, m->err), into);
}

static nw_node make_guide(struct nw_making *m, const struct nw_design_part *p)
{
    const nw_node bone = nw_slot_node(m, &p->slot[G_BONE]);
    struct footprint *f = nw_arena_alloc(&m->out->arena, sizeof *f, m->err);
    nw_vec3 into;
    if (!f || !take_footprint(m, p, bone, f) || !choose_insertion(m, p, bone, f, &into))
        return -1;
    const double clear = p->slot[G_CLEAR].number, thick = p->slot[G_THICK].number;
    const nw_node near =
        bake_about(m, bone, f, into, tallest(p) + depth(p) + 6, clear + thick + 0.5);
    const nw_node gap = nw_field_offset(m->field, near, clear, m->err);
    const nw_node outer = nw_field_offset(m->field, near, clear + thick, m->err);
    nw_node guide =
        nw_field_intersection(m->field, outer, make_region(m, f, into, rise(p)), m->err);
    guide =
        nw_field_difference(m->field, guide, below_rim(m, p, f, outer, into, thick), m->err);
    for (int hole = 0; hole < 2; hole++) {
        for (size_t i = 0; i < p->slot[G_DRILLS].count + p->slot[G_SLOTS].count; i++) {
            const size_t s = i - p->slot[G_DRILLS].count;
            const nw_node one = i < p->slot[G_DRILLS].count
                                    ? make_sleeve(m, drill_at(p, i), hole)
                                    : make_slot(m, slot_at(p, s), hole);
            guide = hole ? nw_field_difference(m->field, guide, one, m->err)
                    : p->slot[G_ROUND].number > 0
                        ? nw_field_blend(m->field, guide, one, p->slot[G_ROUND].number, m->err)
                        : nw_field_union(m->field, guide, one, m->err);
        }
        if (!hole) /* what lies in the bone's way when it is put on */
            guide = nw_field_difference(m->field, guide, sweep(m, p, f, gap, into), m->err);
    }
    return guide;
}

/* ---- the judgement ---- */

struct judging {
    struct nw_making *m;
    const struct nw_design_part *p;
    nw_node bone;
    nw_vec3 into;
};

/* The triangles of the guide that lie on the bone, at its clearance. */
enum { CONTACTS = 60000 };
static size_t gather_contacts(const struct judging *j, const struct nw_mesh *mesh,
                              struct nw_contact *out)
{
    const double clear = j->p->slot[G_CLEAR].number;
    const size_t stride = mesh->tri_count / CONTACTS + 1;
    size_t count = 0;
    for (size_t t = 0; t < mesh->tri_count; t += stride) {
        const nw_vec3 a = mesh->pos_mm[mesh->tri[t][0]], b = mesh->pos_mm[mesh->tri[t][1]],
                      c = mesh->pos_mm[mesh->tri[t][2]];
        const nw_vec3 middle = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
        const double d = nw_field_value(j->m->field, j->bone, middle);
        if (fabs(d - clear) > TOUCH_MM)
            continue;
        nw_vec3 normal;
        (void)nw_field_gradient(j->m->field, j->bone, middle, &normal);
        const nw_vec3 face = nw_cross(nw_sub(b, a), nw_sub(c, a));
        normal = nw_unit(normal);
        if (nw_dot(nw_unit(face), normal) > -0.7) /* an edge of the plate, not its face */
            continue;
        out[count++] = (struct nw_contact){nw_along(middle, normal, -d), normal,
                                           nw_length(face) / 2 * (double)stride};
    }
    return count;
}

/* Adds a check with its sentence in both languages, of the same values. */
NW_PRINTF(3, 5)
NW_PRINTF(4, 5)
static bool judge(const struct judging *j, struct nw_design_check check, const char *en,
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

static const nw_vec3 nowhere = {(double)NAN, (double)NAN, (double)NAN};

static bool judge_contact(const struct judging *j, const struct nw_contact *contact,
                          size_t count)
{
    double area = 0, rubs = 0;
    nw_vec3 worst = nowhere;
    double least = 1;
    for (size_t i = 0; i < count; i++) {
        const double draft = -nw_dot(contact[i].normal, j->into);
        area += contact[i].area_mm2;
        rubs += draft < DRAFT_SIN ? contact[i].area_mm2 : 0;
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
                                          .place_mm = nowhere};
    const struct nw_design_check undercut = {
        .code = "undercut",
        .verdict = rubs > 0.05 * area ? NW_VERDICT_CONDITIONAL : NW_VERDICT_PASS,
        .value = rubs,
        .limit = 0.05 * area,
        .unit = "mm2",
        .place_mm = worst};
    return judge(j, large, "contact area %.0f mm² (at least %.0f)",
                 "贴合面积 %.0f mm²（至少 %.0f）", area, AREA_LEAST_MM2) &&
           judge(
               j, undercut,
               "put on along (%.3f, %.3f, %.3f); %.0f mm² of the contact rub (steeper than 2°)",
               "安放方向 (%.3f, %.3f, %.3f)；%.0f mm² 贴合面有摩擦（斜度小于 2°）", j->into.x,
               j->into.y, j->into.z, rubs);
}

static bool judge_seat(const struct judging *j, const struct nw_seat *seat)
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
    return judge(j, check,
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

static bool judge_axis(const struct judging *j, const struct nw_seat *seat, const char *name,
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
    return judge(j, check,
                 "%s: predicted error ±%.2f mm, ±%.2f° (2 sigma; limits %.2f mm, %.2f°)",
                 "%s：预计误差 ±%.2f mm、±%.2f°（2σ；限值 %.2f mm、%.2f°）", name, place, angle,
                 most, steep);
}

static bool judge_axes(const struct judging *j, const struct nw_seat *seat)
{
    for (size_t i = 0; i < j->p->slot[G_DRILLS].count; i++) {
        const struct nw_slot *d = drill_at(j->p, i);
        if (!judge_axis(j, seat, d[D_NAME].text, d[D_ENTRY].vec, d[D_AXIS].vec))
            return false;
    }
    for (size_t i = 0; i < j->p->slot[G_SLOTS].count; i++) {
        const struct nw_slot *s = slot_at(j->p, i);
        if (!judge_axis(j, seat, s[S_NAME].text, s[S_POINT].vec, s[S_INTO].vec))
            return false;
    }
    return true;
}

/* Least distance of two segments, sampled: good to a tenth of a millimetre over a sleeve. */
static double apart(nw_vec3 a0, nw_vec3 a1, nw_vec3 b0, nw_vec3 b1, nw_vec3 *where)
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
static bool judge_drills(const struct judging *j)
{
    for (size_t i = 0; i < j->p->slot[G_DRILLS].count; i++)
        for (size_t k = i + 1; k < j->p->slot[G_DRILLS].count; k++) {
            const struct nw_slot *a = drill_at(j->p, i), *b = drill_at(j->p, k);
            nw_vec3 where = nowhere;
            const double between =
                apart(nw_along(a[D_ENTRY].vec, a[D_AXIS].vec, -a[D_LENGTH].number),
                      nw_along(a[D_ENTRY].vec, a[D_AXIS].vec, THROUGH_MM),
                      nw_along(b[D_ENTRY].vec, b[D_AXIS].vec, -b[D_LENGTH].number),
                      nw_along(b[D_ENTRY].vec, b[D_AXIS].vec, THROUGH_MM), &where) -
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
            if (!judge(j, check, "%s and %s come within %.2f mm of each other (at least 1.00)",
                       "%s 与 %s 相距仅 %.2f mm（至少 1.00）", a[D_NAME].text, b[D_NAME].text,
                       between))
                return false;
        }
    return true;
}

static bool check_guide(struct nw_making *m, const struct nw_design_part *p,
                        const struct nw_mesh *mesh)
{
    struct judging j = {.m = m, .p = p, .bone = nw_slot_node(m, &p->slot[G_BONE])};
    struct footprint *f = nw_arena_alloc(&m->out->arena, sizeof *f, m->err);
    NW_AUTOFREE struct nw_contact *contact = NW_ALLOC(struct nw_contact, CONTACTS + 1, m->err);
    struct nw_seat seat;
    if (!f || !contact || !take_footprint(m, p, j.bone, f) ||
        !choose_insertion(m, p, j.bone, f, &j.into))
        return false;
    const size_t count = gather_contacts(&j, mesh, contact);
    return judge_contact(&j, contact, count) &&
           (count == 0 ||
            (nw_seat_of(contact, count, p->slot[G_SD].number, ALIKE_MM, &seat, m->err) &&
             judge_seat(&j, &seat) && judge_axes(&j, &seat))) &&
           judge_drills(&j);
}

const struct nw_kind nw_kind_guide = {.name = "guide",
                                      .zh = "贴合骨面的钻孔、截骨或穿刺导板",
                                      .en = "a guide that fits a bone, for drills and saws",
                                      .members = guide_members,
                                      .make = make_guide,
                                      .check = check_guide};
