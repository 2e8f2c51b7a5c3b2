/* print/place.c -- how a design lies on the bed; see layers.h. */
#include "print/layers.h"

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

nw_vec3 nw_layers_place(const struct nw_layers *layers, double i, double j, double layer)
{
    const nw_vec3 bed = nw_v3((i + 0.5) * layers->pixel_mm[0], (j + 0.5) * layers->pixel_mm[1],
                              (layer + 0.5) * layers->layer_mm);
    return nw_apply(nw_affine_inverse(layers->to_bed), bed);
}
