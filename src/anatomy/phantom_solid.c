/*
 * anatomy/phantom_solid.c -- the solids of the phantoms, each with its formula. Lengths are
 * in mm about the middle of the body (x to the left, y to the back, z to the head); offsets
 * from the voxels' lattice are odd on purpose, so that no surface lies on it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "anatomy/phantom_priv.h"

static const double FAR_MM = 4000; /* beyond any scan */
static const double SPONGY_HU = 320, MARROW_HU = -40;

void nw_build_layer(struct nw_build *b, nw_node node, double hu)
{
    if (b->err->code != NW_OK)
        return;
    assert(b->layer_count < NW_BUILD_LAYERS);
    b->layer[b->layer_count].node = node;
    b->layer[b->layer_count++].hu = hu;
}

/* ---- primitives at the phantom's scale ---- */

static nw_vec3 at(const struct nw_build *b, double x, double y, double z)
{
    return nw_v3(b->scale * x, b->scale * y, b->scale * z);
}

static nw_node ball(struct nw_build *b, nw_vec3 c, double r)
{
    return nw_field_sphere(b->field, c, b->scale * r, b->err);
}

static nw_node capsule(struct nw_build *b, nw_vec3 p, nw_vec3 q, double r)
{
    return nw_field_capsule(b->field, p, q, b->scale * r, b->err);
}

static nw_node box(struct nw_build *b, nw_vec3 min, nw_vec3 max)
{
    return nw_field_box(b->field, min, max, b->err);
}

static nw_node join(struct nw_build *b, nw_node p, nw_node q)
{
    return nw_field_union(b->field, p, q, b->err);
}

static nw_node blend(struct nw_build *b, nw_node p, nw_node q, double r)
{
    return nw_field_blend(b->field, p, q, b->scale * r, b->err);
}

static nw_node without(struct nw_build *b, nw_node p, nw_node q)
{
    return nw_field_difference(b->field, p, q, b->err);
}

static nw_node within(struct nw_build *b, nw_node p, nw_node q)
{
    return nw_field_intersection(b->field, p, q, b->err);
}

static nw_node grown(struct nw_build *b, nw_node p, double by)
{
    return nw_field_offset(b->field, p, b->scale * by, b->err);
}

static void add_body(struct nw_build *b, double radius)
{
    nw_build_layer(b,
                   nw_field_cylinder(b->field, nw_v3(0, 0, -FAR_MM), nw_v3(0, 0, FAR_MM),
                                     b->scale * radius, b->err),
                   b->soft_hu);
}

static nw_box box_around(nw_vec3 c, double x, double y, double z)
{
    const nw_box box = {nw_sub(c, nw_v3(x, y, z)), nw_add(c, nw_v3(x, y, z))};
    return box;
}

/* A piece of bone: its own truth, a part of the whole, and a layer of the picture. volume at
 * scale 1, NAN for none; the sentence is its formula. */
NW_PRINTF(6, 7)
static void add_bone(struct nw_build *b, const char *name, nw_node node, double volume,
                     nw_box around, const char *fmt, ...)
{
    struct nw_phantom *p = b->phantom;
    nw_build_layer(b, node, b->bone_hu);
    if (b->err->code != NW_OK)
        return;
    assert(p->truth_count < sizeof p->truth / sizeof *p->truth);
    p->bone = p->bone < 0 ? node : join(b, p->bone, node);
    struct nw_phantom_truth *t = &p->truth[p->truth_count++];
    *t = (struct nw_phantom_truth){.name = name,
                                   .node = node,
                                   .volume_mm3 = volume * b->scale * b->scale * b->scale,
                                   .box = around};
    p->box = nw_box_with(nw_box_with(p->box, around.min), around.max);
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->formula, sizeof t->formula, fmt, args);
    va_end(args);
}

static double ball_mm3(double r)
{
    return 4.0 / 3 * NW_PI * r * r * r;
}

static void add_ball(struct nw_build *b, const char *name, double x, double y, double z,
                     double r)
{
    const nw_vec3 c = at(b, x, y, z);
    const double s = b->scale;
    add_bone(b, name, ball(b, c, r), ball_mm3(r), box_around(c, s * r, s * r, s * r),
             "ball, radius %.6g mm, centre %.6g %.6g %.6g mm", s * r, c.x, c.y, c.z);
}

/* ---- spheres ---- */

static void build_spheres(struct nw_build *b)
{
    add_body(b, 50);
    add_ball(b, "ball-15", -22.13, 2.21, 0.17, 15);
    add_ball(b, "ball-10", 17.31, -19.43, 6.6, 10);
    add_ball(b, "ball-5a", 16.2, 14.33, -14.71, 5);
    add_ball(b, "ball-5b", -4.91, 31.15, 10.42, 5);
    add_ball(b, "ball-2.5a", 2.37, 22.61, -9.12, 2.5);
    add_ball(b, "ball-2.5b", -6.58, -25.27, 11.31, 2.5);
    add_ball(b, "ball-2.5c", 33.44, 3.76, -4.55, 2.5);
    add_ball(b, "ball-2.5d", -3.03, -31.91, -12.84, 2.5);
    const nw_vec3 c = at(b, 19.7, 13.6, 14.23);
    const double s = b->scale;
    add_bone(b, "torus",
             nw_field_torus(b->field, c, nw_unit(nw_v3(0.3, 0.5, 1)), s * 9, s * 2.5, b->err),
             2 * NW_PI * NW_PI * 9 * 2.5 * 2.5, box_around(c, s * 11.5, s * 11.5, s * 11.5),
             "torus, radii %.6g and %.6g mm, centre %.6g %.6g %.6g mm, axis 0.3 0.5 1", s * 9,
             s * 2.5, c.x, c.y, c.z);
}

/* ---- plates ---- */

/* Local x is the plate's normal; leaned by `lean` towards z, then turned by `turn` about z. */
static nw_affine plate_map(nw_vec3 centre, double turn_deg, double lean_deg)
{
    const double t = turn_deg * NW_PI / 180, l = lean_deg * NW_PI / 180;
    const nw_vec3 n = nw_v3(nw_cos(l) * nw_cos(t), nw_cos(l) * nw_sin(t), nw_sin(l));
    const nw_vec3 u = nw_v3(-nw_sin(t), nw_cos(t), 0);
    const nw_mat3 columns = {{n, u, nw_cross(n, u)}};
    const nw_affine map = {nw_transpose(columns), centre};
    return map;
}

struct plate {
    const char *name;
    double thick_mm, turn_deg, lean_deg;
    bool air; /* on its outer side; soft tissue on the other */
};

static const struct plate plates[] = {
    {"soft-0.3", 0.3, 0, 0, false},   {"soft-0.4", 0.4, 20, 10, false},
    {"soft-0.5", 0.5, 40, 0, false},  {"soft-0.6", 0.6, 65, 25, false},
    {"soft-0.8", 0.8, 10, 45, false}, {"soft-1", 1, 30, 60, false},
    {"soft-1.5", 1.5, 75, 5, false},  {"soft-2", 2, 50, 90, false},
    {"soft-3", 3, 15, 35, false},     {"air-0.2", 0.2, 0, 0, true},
    {"air-0.3", 0.3, 25, 10, true},   {"air-0.4a", 0.4, 0, 0, true},
    {"air-0.4b", 0.4, 35, 20, true},  {"air-0.4c", 0.4, 60, 50, true},
    {"air-0.6", 0.6, 15, 30, true},   {"air-0.8", 0.8, 80, 0, true},
    {"air-1", 1, 45, 75, true},       {"air-2", 2, 5, 15, true},
};
enum { PLATE_COUNT = sizeof plates / sizeof *plates };
static const double PLATE_HALF_MM = 8; /* of its square */

static nw_affine plate_place(const struct nw_build *b, size_t i)
{
    const double x = ((double)(i % 3) - 1) * 27 + 0.13,
                 y = ((double)(i / 3 % 3) - 1) * 27 - 0.21;
    const double z = (i / 9 ? 12.5 : -12.5) + 0.07;
    return plate_map(at(b, x, y, z), plates[i].turn_deg, plates[i].lean_deg);
}

static void add_plate(struct nw_build *b, size_t i)
{
    const struct plate *p = &plates[i];
    const double h = PLATE_HALF_MM, s = b->scale;
    const nw_affine map = plate_place(b, i);
    const nw_node flat = box(b, at(b, 0, -h, -h), at(b, p->thick_mm, h, h));
    const double reach = s * (h * 1.5 + p->thick_mm);
    add_bone(
        b, p->name, nw_field_moved(b->field, flat, map, b->err), p->thick_mm * 4 * h * h,
        box_around(map.shift, reach, reach, reach),
        "plate, %.6g x %.6g x %.6g mm, turned %.6g deg, leaned %.6g deg, inner face through "
        "%.6g %.6g %.6g mm",
        s * p->thick_mm, 2 * s * h, 2 * s * h, p->turn_deg, p->lean_deg, map.shift.x,
        map.shift.y, map.shift.z);
}

static void build_plates(struct nw_build *b)
{
    nw_node pockets = -1;
    add_body(b, 56);
    for (size_t i = 0; i < PLATE_COUNT; i++) {
        if (!plates[i].air)
            continue;
        const double t = plates[i].thick_mm;
        const nw_node flat = box(b, at(b, t / 2, -7, -7), at(b, t + 5, 7, 7));
        const nw_node pocket = nw_field_moved(b->field, flat, plate_place(b, i), b->err);
        pockets = pockets < 0 ? pocket : join(b, pockets, pocket);
    }
    nw_build_layer(b, pockets, b->air_hu);
    for (size_t i = 0; i < PLATE_COUNT; i++)
        add_plate(b, i);
}

/* ---- ball and cup ---- */

static void add_joint(struct nw_build *b, const char *ball_name, const char *cup_name, double x,
                      double y, double gap)
{
    const double inner = 9 + gap, outer = inner + 4, s = b->scale;
    const nw_vec3 c = at(b, x, y, 3.31);
    add_ball(b, ball_name, x, y, 3.31, 9);
    const nw_node shell = without(b, ball(b, c, outer), ball(b, c, inner));
    const nw_node below = nw_field_half_space(b->field, c, nw_v3(0, 0, 1), b->err);
    add_bone(b, cup_name, within(b, shell, below), (ball_mm3(outer) - ball_mm3(inner)) / 2,
             box_around(c, s * outer, s * outer, s * outer),
             "lower half of a hollow ball, radii %.6g and %.6g mm, centre %.6g %.6g %.6g mm",
             s * inner, s * outer, c.x, c.y, c.z);
}

static void build_cup(struct nw_build *b)
{
    add_body(b, 56);
    add_joint(b, "ball-0.5", "cup-0.5", -20.13, -20.07, 0.5);
    add_joint(b, "ball-1", "cup-1", 20.21, -20.17, 1);
    add_joint(b, "ball-2", "cup-2", -20.31, 20.11, 2);
    add_joint(b, "ball-4", "cup-4", 20.09, 20.27, 4);
}

/* ---- tubes ---- */

static void add_tube(struct nw_build *b, const char *name, nw_vec3 p, nw_vec3 q, double r)
{
    const nw_vec3 a = nw_scale(p, b->scale), c = nw_scale(q, b->scale);
    const double length = nw_length(nw_sub(q, p));
    const nw_box ends = nw_box_with(nw_box_with(nw_box_empty(), a), c);
    add_bone(b, name, capsule(b, a, c, r), NW_PI * r * r * length + ball_mm3(r),
             nw_box_grown(ends, b->scale * r),
             "tube with round ends, radius %.6g mm, from %.6g %.6g %.6g to %.6g %.6g %.6g mm",
             b->scale * r, a.x, a.y, a.z, c.x, c.y, c.z);
}

static void add_helix(struct nw_build *b)
{
    enum { PIECES = 24 };
    nw_node all = -1;
    nw_vec3 last = nw_v3(0, 0, 0);
    for (int i = 0; i <= PIECES; i++) {
        const double turn = 3 * NW_PI * i / PIECES;
        const nw_vec3 p =
            at(b, -13 + 7 * nw_cos(turn), 9 + 7 * nw_sin(turn), -15 + 30.0 * i / PIECES);
        if (i > 0) {
            const nw_node piece = capsule(b, last, p, 1.2);
            all = all < 0 ? piece : join(b, all, piece);
        }
        last = p;
    }
    const double s = b->scale;
    add_bone(b, "helix", all, (double)NAN,
             box_around(at(b, -13, 9, 0), s * 8.5, s * 8.5, s * 16.5),
             "helix of %d straight tubes, radius %.6g mm, around x %.6g, y %.6g mm", PIECES,
             s * 1.2, s * -13, s * 9);
}

static void add_fork(struct nw_build *b)
{
    const double s = b->scale;
    const nw_vec3 root = at(b, 13, 11, -16), fork = at(b, 13, 11, 0);
    const nw_node trunk = capsule(b, root, fork, 2.4);
    const nw_node left = capsule(b, fork, at(b, 20, 13, 14), 1.8);
    const nw_node right = capsule(b, fork, at(b, 7, 8, 15), 1.4);
    add_bone(b, "fork", join(b, join(b, trunk, left), right), (double)NAN,
             box_around(fork, s * 10, s * 6, s * 19),
             "forking tube, radii %.6g, %.6g and %.6g mm, forking at %.6g %.6g %.6g mm",
             s * 2.4, s * 1.8, s * 1.4, fork.x, fork.y, fork.z);
}

static void build_tubes(struct nw_build *b)
{
    static const char *const name[] = {"tube-0.3", "tube-0.5", "tube-0.75", "tube-1",
                                       "tube-1.5", "tube-2",   "tube-3",    "tube-5"};
    static const double radius[] = {0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5};
    add_body(b, 50);
    for (int i = 0; i < 8; i++) {
        const double turn = 2 * NW_PI * i / 8 + 0.1, lean = 0.12 * i;
        const double x = 36 * nw_cos(turn), y = 36 * nw_sin(turn);
        add_tube(b, name[i],
                 nw_v3(x + 18 * lean * nw_sin(turn) / 2, y - 18 * lean * nw_cos(turn) / 2, -18),
                 nw_v3(x - 18 * lean * nw_sin(turn) / 2, y + 18 * lean * nw_cos(turn) / 2, 18),
                 radius[i]);
    }
    add_tube(b, "tube-8", nw_v3(3.1, -14.2, -14), nw_v3(-2.3, -13.1, 13), 8);
    add_helix(b);
    add_fork(b);
    const double s = b->scale;
    const nw_vec3 lo = at(b, -5, 23.1, -14), hi = at(b, 5, 26.1, 14);
    add_bone(b, "wall", box(b, lo, hi), 10 * 3 * 28, (nw_box){lo, hi},
             "box, %.6g x %.6g x %.6g mm", s * 10, s * 3, s * 28);
    add_tube(b, "tube-1-wall", nw_v3(0.3, 20.6, -14), nw_v3(-0.2, 20.6, 14), 1);
}

/* ---- femur ---- */

static nw_node femur_solid(struct nw_build *b)
{
    const nw_node head = ball(b, at(b, 30, 0, 26), 21);
    const nw_node neck = nw_field_cone(b->field, at(b, 26, 0, 23), at(b, -2, 0, -4),
                                       b->scale * 13, b->scale * 17, b->err);
    const nw_node shaft = capsule(b, at(b, 0, 0, -4), at(b, -2, 2, -40), 14);
    const nw_node trochanter = ball(b, at(b, -12, 3, 6), 13);
    const nw_node lesser = ball(b, at(b, 9, 9, -19), 6);
    return blend(b, blend(b, blend(b, head, neck, 4), blend(b, shaft, trochanter, 5), 5),
                 lesser, 4);
}

static void build_femur(struct nw_build *b)
{
    const double s = b->scale;
    add_body(b, 64);
    const nw_node solid = femur_solid(b);
    const nw_node canal = capsule(b, at(b, 0, 0, -14), at(b, -2, 2, -40), 8);
    nw_build_layer(b, canal, MARROW_HU);
    add_bone(b, "femur", without(b, solid, canal), (double)NAN,
             (nw_box){at(b, -28, -24, -57), at(b, 54, 24, 50)},
             "upper femur, head of radius %.6g mm at %.6g 0 %.6g mm, shaft of radius %.6g mm, "
             "canal of %.6g mm",
             s * 21, s * 30, s * 26, s * 14, s * 8);
    nw_build_layer(b, without(b, grown(b, solid, -2.2), canal), SPONGY_HU);
}

/* ---- vertebra ---- */

static nw_node vertebra_arch(struct nw_build *b, double side)
{
    const nw_node pedicle = capsule(b, at(b, side * 12, -4, 4), at(b, side * 14, 13, 3), 4.6);
    const nw_node lamina = capsule(b, at(b, side * 13, 14, 2), at(b, 0, 25, -2), 4);
    const nw_node across = capsule(b, at(b, side * 14, 13, 3), at(b, side * 36, 19, 4), 4);
    const nw_node joints = capsule(b, at(b, side * 15, 17, -13), at(b, side * 15, 17, 14), 4.2);
    return blend(b, blend(b, pedicle, lamina, 2), blend(b, across, joints, 2), 2);
}

static void build_vertebra(struct nw_build *b)
{
    const double s = b->scale;
    add_body(b, 60);
    const nw_node drum =
        nw_field_cylinder(b->field, at(b, 0, -19, -13), at(b, 0, -19, 13), s * 18, b->err);
    const nw_node spine = capsule(b, at(b, 0, 25, -2), at(b, 0, 46, -9), 3.4);
    const nw_node arch = blend(b, vertebra_arch(b, 1), vertebra_arch(b, -1), 2);
    const nw_node solid = blend(b, drum, blend(b, arch, spine, 2), 2);
    add_bone(b, "vertebra", solid, (double)NAN,
             (nw_box){at(b, -42, -38.5, -19), at(b, 42, 51, 20)},
             "vertebra, body of radius %.6g mm and height %.6g mm, pedicles of radius %.6g mm",
             s * 18, s * 26, s * 4.6);
    nw_build_layer(b, grown(b, solid, -1.2), SPONGY_HU);
}

/* ---- head ---- */

static void add_orbit(struct nw_build *b, const char *name, double side, double wall)
{
    const double s = b->scale;
    const nw_vec3 c = at(b, side * 23, -47.3, -17.2);
    const nw_node shell = without(b, ball(b, c, 16 + wall), ball(b, c, 16));
    const nw_node back =
        nw_field_half_space(b->field, at(b, 0, -49, 0), nw_v3(0, -1, 0), b->err);
    const double h = 49 - 47.3 + 16,
                 cap = NW_PI * h * h * (48 - h) / 3; /* what is kept of r 16 */
    const double h2 = h + wall, cap2 = NW_PI * h2 * h2 * (3 * (16 + wall) - h2) / 3;
    add_bone(b, name, within(b, shell, back), cap2 - cap,
             box_around(c, s * (16 + wall), s * (16 + wall), s * (16 + wall)),
             "orbit, radius %.6g mm, wall %.6g mm, open in front of y %.6g mm", s * 16,
             s * wall, s * -49);
}

static void add_sinus(struct nw_build *b, const char *name, double side, double wall)
{
    const double s = b->scale;
    const nw_vec3 c = at(b, side * 21, -44.1, -47.3);
    add_bone(b, name, without(b, ball(b, c, 12 + wall), ball(b, c, 12)),
             ball_mm3(12 + wall) - ball_mm3(12), box_around(c, s * 13, s * 13, s * 13),
             "sinus, radius %.6g mm, wall %.6g mm, air inside", s * 12, s * wall);
    nw_build_layer(b, ball(b, c, 12), b->air_hu);
}

static void build_head(struct nw_build *b)
{
    const double s = b->scale;
    nw_build_layer(b, nw_field_ellipsoid(b->field, at(b, 0, -2, -8), at(b, 66, 80, 90), b->err),
                   b->soft_hu);
    const nw_vec3 middle = at(b, 0, 3, 14);
    const nw_node outer = nw_field_ellipsoid(b->field, middle, at(b, 56, 66, 56), b->err);
    const nw_node inner = nw_field_ellipsoid(b->field, middle, at(b, 51.5, 61, 51), b->err);
    const nw_node eyes =
        join(b, ball(b, at(b, 23, -47.3, -17.2), 16), ball(b, at(b, -23, -47.3, -17.2), 16));
    add_bone(
        b, "skull", without(b, without(b, outer, inner), eyes), (double)NAN,
        box_around(middle, s * 56, s * 66, s * 56),
        "ellipsoid shell, half axes %.6g %.6g %.6g mm less %.6g %.6g %.6g mm, less the orbits",
        s * 56, s * 66, s * 56, s * 51.5, s * 61, s * 51);
    add_orbit(b, "orbit-left", 1, 0.6);
    add_orbit(b, "orbit-right", -1, 0.8);
    add_sinus(b, "sinus-left", 1, 0.4);
    add_sinus(b, "sinus-right", -1, 0.5);
    const nw_vec3 chin = at(b, 0, -14, -68);
    const nw_node ring = nw_field_torus(b->field, chin, nw_v3(0, 0, 1), s * 38, s * 6, b->err);
    const nw_node front = nw_field_half_space(b->field, chin, nw_v3(0, 1, 0), b->err);
    add_bone(b, "jaw", within(b, ring, front), NW_PI * NW_PI * 38 * 6 * 6,
             box_around(chin, s * 44, s * 44, s * 6), "half torus, radii %.6g and %.6g mm",
             s * 38, s * 6);
}

/* ---- a solid that shows its sides ---- */

static void build_handed(struct nw_build *b)
{
    const double s = b->scale;
    add_body(b, 40);
    const nw_node block = box(b, at(b, -18.1, -10.2, -6.3), at(b, 17.9, 13.8, 9.7));
    const nw_node notch = box(b, at(b, 5.9, -20, -20), at(b, 30, -2.2, 30));
    const nw_node peg =
        nw_field_cylinder(b->field, at(b, 11.9, 7.8, 0), at(b, 11.9, 7.8, 17.7), s * 4, b->err);
    const nw_node solid = join(b, without(b, block, notch), peg);
    add_bone(
        b, "handed", solid, 36 * 24 * 16 - 12 * 8 * 16 + NW_PI * 16 * 8,
        (nw_box){at(b, -18.1, -10.2, -6.3), at(b, 17.9, 13.8, 17.7)},
        "block, %.6g x %.6g x %.6g mm, its left front corner cut out, a peg upwards at the "
        "left back",
        s * 36, s * 24, s * 16);
}

static const struct nw_solid solids[] = {
    {{"spheres", "不同半径的球与环", "balls of several radii and a torus"},
     50,
     32,
     build_spheres},
    {{"plates", "0.2至3毫米的薄板", "plates of 0.2 to 3 mm, tilted, in tissue and next to air"},
     56,
     26,
     build_plates},
    {{"cup", "球与杯关节，间隙0.5至4毫米", "ball and cup joints with gaps of 0.5 to 4 mm"},
     56,
     24,
     build_cup},
    {{"tubes", "半径0.3至8毫米的管", "tubes of radius 0.3 to 8 mm, straight, turning, forking"},
     50,
     26,
     build_tubes},
    {{"femur", "股骨近端样实体", "a solid like an upper femur, with cortex and spongy core"},
     64,
     66,
     build_femur},
    {{"vertebra", "椎骨样实体", "a solid like a vertebra"}, 60, 28, build_vertebra},
    {{"head", "薄壁头颅样实体", "a skull with orbits, sinuses and thin walls"},
     81,
     101,
     build_head},
    {{"handed", "左右可辨的实体", "a block that shows left and right"}, 40, 26, build_handed},
};

const struct nw_phantom_kind *nw_phantom_at(size_t index)
{
    return index < sizeof solids / sizeof *solids ? &solids[index].kind : NULL;
}

const struct nw_solid *nw_solid_of(const struct nw_phantom_kind *kind)
{
    for (size_t i = 0; i < sizeof solids / sizeof *solids; i++)
        if (kind == &solids[i].kind)
            return &solids[i];
    NW_UNREACHABLE();
}
