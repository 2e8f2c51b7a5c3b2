/* print/place.c -- how a design lies on the bed; see layers.h. */
#include "print/layers.h"

#include <string.h>

/* The shortest turn that brings `up` to +z, then the spin about z. */
nw_mat3 nw_place_turn(const struct nw_place_opts *opts)
{
    const nw_vec3 up = nw_length2(opts->up) > 0 ? nw_unit(opts->up) : nw_v3(0, 0, 1);
    const double c = nw_cos(opts->spin_rad), s = nw_sin(opts->spin_rad);
    const nw_mat3 spin = {{{c, -s, 0}, {s, c, 0}, {0, 0, 1}}};
    nw_mat3 turn = {{{1, 0, 0}, {0, -1, 0}, {0, 0, -1}}}; /* head down: about x */
    if (up.z > -1 + 1e-12) {                              /* else the shortest turn is any */
        const double f = 1 / (1 + up.z);
        turn.r[0] = nw_v3(1 - up.x * up.x * f, -up.x * up.y * f, -up.x);
        turn.r[1] = nw_v3(-up.x * up.y * f, 1 - up.y * up.y * f, -up.y);
        turn.r[2] = up;
    }
    return nw_matmul(spin, turn);
}

/* Rounding of coordinates must not refuse what fits exactly. */
#define ROOM_MM 1e-6

static bool settle(nw_box turned, const struct nw_machine *machine,
                   const struct nw_place_opts *opts, struct nw_placement *out,
                   struct nw_err *err)
{
    if (!(turned.min.x <= turned.max.x))
        return nw_fail(err, NW_ERR_GEOMETRY, "there is nothing to print");
    if (!nw_finite3(turned.min) || !nw_finite3(turned.max))
        return nw_fail(err, NW_ERR_DATA, "the part has places that are no numbers");
    const nw_vec3 size = nw_box_size(turned);
    out->box = turned; /* for whoever wants to say how large it is */
    const double *room = machine->build_mm;
    if (size.x > room[0] + ROOM_MM || size.y > room[1] + ROOM_MM ||
        size.z + opts->lift_mm > room[2] + ROOM_MM)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the part takes %.1f x %.1f x %.1f mm lying so; %s builds %g x %g x %g "
                       "mm: turn it (nuwa orient), split it or take another machine",
                       size.x, size.y, size.z + opts->lift_mm, machine->name, room[0], room[1],
                       room[2]);
    const nw_vec3 middle = nw_scale(nw_add(turned.min, turned.max), 0.5);
    const nw_vec3 shift =
        nw_v3(room[0] / 2 - middle.x, room[1] / 2 - middle.y, opts->lift_mm - turned.min.z);
    out->to_bed.shift = shift;
    out->box = (nw_box){nw_add(turned.min, shift), nw_add(turned.max, shift)};
    return true;
}

static nw_mat3 scaled_turn(const struct nw_machine *machine, const struct nw_place_opts *opts,
                           struct nw_placement *out)
{
    nw_mat3 turn = nw_place_turn(opts);
    for (int a = 0; a < 3; a++) {
        out->scale[a] = machine->compensation.scale[a];
        turn.r[a] = nw_scale(turn.r[a], out->scale[a]);
    }
    return turn;
}

bool nw_place_model(const struct nw_model *model, const struct nw_machine *machine,
                    const struct nw_place_opts *opts, struct nw_placement *out,
                    struct nw_err *err)
{
    struct nw_placement p = {0};
    p.to_bed.linear = scaled_turn(machine, opts, &p);
    nw_box box = nw_box_empty();
    for (size_t n = 0; n < model->part_count; n++) {
        const struct nw_mesh *mesh = &model->part[n].mesh;
        for (size_t v = 0; v < mesh->vert_count; v++) {
            if (!nw_finite3(mesh->pos_mm[v]))
                return nw_fail(err, NW_ERR_DATA, "the part has places that are no numbers");
            box = nw_box_with(box, nw_mul(p.to_bed.linear, mesh->pos_mm[v]));
        }
    }
    const bool ok = settle(box, machine, opts, &p, err);
    *out = p;
    return ok;
}

bool nw_place_box(nw_box box, const struct nw_machine *machine,
                  const struct nw_place_opts *opts, struct nw_placement *out,
                  struct nw_err *err)
{
    struct nw_placement p = {0};
    p.to_bed.linear = scaled_turn(machine, opts, &p);
    nw_box turned = nw_box_empty();
    for (int c = 0; c < 8 && box.min.x <= box.max.x; c++)
        turned =
            nw_box_with(turned, nw_mul(p.to_bed.linear, nw_v3(c & 1 ? box.max.x : box.min.x,
                                                              c & 2 ? box.max.y : box.min.y,
                                                              c & 4 ? box.max.z : box.min.z)));
    const bool ok = settle(turned, machine, opts, &p, err);
    *out = p;
    return ok;
}

/* ---- how far a field reaches ---- */

struct reach {
    nw_vec3 along;
    double found;    /* the furthest place that may be inside; -HUGE_VAL: none */
    double step_mm;  /* what is not further than this from `found` is not looked at */
    size_t patience; /* boxes left to ask; then what is not shown to be empty counts as full */
    struct nw_err *err;
};

/* Flat faces and intervals that are wide make many boxes: a coarser step then. */
static const double REACH_STEP_MM = 0.01, REACH_SLACK_MM = 1e-6;
enum { REACH_BOXES = 1 << 16, REACH_DEPTH = 24 };

/* The largest of along . p in a box. */
static double furthest(nw_box box, nw_vec3 along)
{
    return fmax(along.x * box.min.x, along.x * box.max.x) +
           fmax(along.y * box.min.y, along.y * box.max.y) +
           fmax(along.z * box.min.z, along.z * box.max.z);
}

static nw_box eighth(nw_box box, int c)
{
    const nw_vec3 half = nw_scale(nw_box_size(box), 0.5);
    const nw_vec3 min =
        nw_add(box.min, nw_v3(c & 1 ? half.x : 0, c & 2 ? half.y : 0, c & 4 ? half.z : 0));
    return (nw_box){min, nw_add(min, half)};
}

/* Goes first where it reaches furthest, so that little is left to look at; each box has a
 * tape of what matters in it. Depth: halvings, REACH_DEPTH at most. */
static bool reach(struct reach *r, const struct nw_tape *tape, nw_box box, int depth)
{
    static const int order[8] = {0, 1, 2, 4, 3, 5, 6, 7}; /* steps away from the furthest */
    const double far = furthest(box, r->along);
    if (far <= r->found + r->step_mm || r->patience == 0)
        return true;
    const nw_interval range = nw_tape_interval(tape, box);
    if (!(range.min < -REACH_SLACK_MM))
        return true;
    if (range.max < 0 || nw_length(nw_box_size(box)) < r->step_mm || depth == REACH_DEPTH) {
        r->found = far;
        return true;
    }
    r->patience--;
    struct nw_tape *within = nw_tape_within(tape, box, r->err);
    bool ok = within != NULL;
    const int first =
        (r->along.x > 0 ? 1 : 0) | (r->along.y > 0 ? 2 : 0) | (r->along.z > 0 ? 4 : 0);
    for (int c = 0; ok && c < 8; c++)
        ok = reach(r, within, eighth(box, first ^ order[c]), depth + 1);
    nw_tape_free(within);
    return ok;
}

static bool reach_along(const struct nw_tape *tape, nw_box within, nw_vec3 along, double *out,
                        struct nw_err *err)
{
    for (double step = REACH_STEP_MM;; step *= 2) {
        struct reach r = {along, -HUGE_VAL, step, REACH_BOXES, err};
        if (!reach(&r, tape, within, 0))
            return false;
        *out = r.found + step;
        if (r.patience > 0)
            return true;
    }
}

/* Intervals are wide where the expression is deep; the part stands where its pixels begin. */
static bool settle_height(const struct nw_tape *tape, const struct nw_machine *machine,
                          struct nw_placement *p, double lift_mm, struct nw_err *err)
{
    const struct nw_raster_opts raster = {.layer_mm = REACH_STEP_MM, .any_layer = true};
    struct nw_layers l = {0};
    if (!nw_layers_of_tape(tape, p, machine, &raster, &l, err))
        return false;
    const size_t size = nw_layers_width(&l) * nw_layers_rows(&l);
    NW_AUTOFREE uint8_t *pixel = NW_ALLOC(uint8_t, size + 1, err);
    bool ok = pixel != NULL, blank = true;
    size_t low = 0, high = l.count;
    for (; ok && blank && low < l.count; low += blank) {
        ok = l.fill(l.user, low, l.lo[1], l.hi[1], pixel, err);
        blank = ok && pixel[0] == 0 && memcmp(pixel, pixel + 1, size - 1) == 0;
    }
    for (blank = true; ok && blank && high > low; high -= blank) {
        ok = l.fill(l.user, high - 1, l.lo[1], l.hi[1], pixel, err);
        blank = ok && pixel[0] == 0 && memcmp(pixel, pixel + 1, size - 1) == 0;
    }
    const double drop = (double)low * REACH_STEP_MM - lift_mm;
    const bool any = low < l.count;
    nw_layers_release(&l);
    if (ok && !any)
        return nw_fail(err, NW_ERR_GEOMETRY, "there is nothing to print");
    p->to_bed.shift.z -= drop;
    p->box.min.z = lift_mm;
    p->box.max.z = (double)high * REACH_STEP_MM - drop;
    return ok;
}

bool nw_place_tape(const struct nw_tape *tape, nw_box within, const struct nw_machine *machine,
                   const struct nw_place_opts *opts, struct nw_placement *out,
                   struct nw_err *err)
{
    struct nw_placement p = {0};
    p.to_bed.linear = scaled_turn(machine, opts, &p);
    double far[6];
    for (int k = 0; k < 6; k++) {
        const nw_vec3 row = p.to_bed.linear.r[k % 3];
        double found = 0;
        if (!reach_along(tape, within, nw_scale(row, k < 3 ? -1 : 1), &found, err))
            return false;
        far[k] = k < 3 ? -found : found;
    }
    const nw_box turned = {nw_v3(far[0], far[1], far[2]), nw_v3(far[3], far[4], far[5])};
    const struct nw_place_opts flat = {.up = opts->up, .spin_rad = opts->spin_rad};
    const bool ok = settle(turned, machine, &flat, &p, err) &&
                    settle_height(tape, machine, &p, opts->lift_mm, err);
    *out = p;
    return ok;
}

nw_vec3 nw_layers_place(const struct nw_layers *layers, double i, double j, double layer)
{
    const nw_vec3 bed = nw_v3((i + 0.5) * layers->pixel_mm[0], (j + 0.5) * layers->pixel_mm[1],
                              (layer + 0.5) * layers->layer_mm);
    return nw_apply(nw_affine_inverse(layers->to_bed), bed);
}
