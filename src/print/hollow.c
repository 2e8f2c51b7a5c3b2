/* print/hollow.c -- see hollow.h. The hollow is followed through its layers as if it were the
 * part: where a piece of it begins is its lowest place; upside down, its highest. */
#include "print/hollow.h"

#include "core/parallel.h"
#include "print/track.h"

static const double LOOK_MM = 0.2;     /* pixels and layers of the look */
static const double LEAST_HOLE_MM = 3; /* through less, resin does not flow */
static const double ON_SURFACE_MM = 1e-4;
enum { STEPS = 1000 };

/* ---- layers from above ---- */

static bool fill_upside_down(const void *user, size_t layer, size_t row_lo, size_t row_hi,
                             uint8_t *out, struct nw_err *err)
{
    const struct nw_layers *l = user;
    return l->fill(l->user, l->count - 1 - layer, row_lo, row_hi, out, err);
}

/* The places where pieces begin, in bed mm. */
static bool find_ends(const struct nw_layers *layers, bool top, nw_vec3 end[NW_HOLES],
                      size_t *count, double *volume_mm3, struct nw_err *err)
{
    struct nw_layers l = *layers, below = *layers;
    struct nw_tracked found = {0};
    if (top) {
        l.fill = fill_upside_down;
        l.user = &below;
    }
    if (!nw_layers_track(&l, &(struct nw_track_opts){0}, &found, err))
        return false;
    if (found.parts.count > NW_HOLES / 2)
        return nw_fail(err, NW_ERR_LIMIT,
                       "a wall so thick leaves %zu hollows, too many to drain; take a thinner "
                       "or a thicker one",
                       found.parts.count);
    for (size_t n = 0; n < found.parts.count; n++) {
        const struct nw_spot *s = &found.parts.spot[n];
        const double layer = (double)(top ? l.count - 1 - s->layer : s->layer);
        end[n] = nw_v3((s->i + 0.5) * l.pixel_mm[0], (s->j + 0.5) * l.pixel_mm[1],
                       (layer + 0.5) * l.layer_mm);
    }
    *count = found.parts.count;
    *volume_mm3 = found.volume_mm3;
    return true;
}

/* ---- holes ---- */

/* From a place in the hollow straight down (or up) to the surface: never past it, as the value
 * is a lower bound of the way there. */
static bool find_surface(const struct nw_field *f, nw_node solid, nw_affine to_patient,
                         nw_vec3 from, double down, nw_vec3 *place)
{
    nw_vec3 bed = from;
    for (int n = 0; n < STEPS; n++) {
        *place = nw_apply(to_patient, bed);
        const double inside = -nw_field_value(f, solid, *place);
        if (inside < ON_SURFACE_MM)
            return true;
        bed.z -= down * fmax(inside, ON_SURFACE_MM);
    }
    return false;
}

static bool add_hole(struct nw_field *f, nw_node solid, nw_affine to_patient, nw_vec3 from,
                     double down, double radius_mm, struct nw_drain *drain, struct nw_err *err)
{
    const nw_vec3 inward = nw_mul(to_patient.linear, nw_v3(0, 0, down));
    drain->radius_mm = radius_mm;
    drain->inward = nw_unit(inward);
    return find_surface(f, solid, to_patient, from, down, &drain->place_mm) ||
           nw_fail(err, NW_ERR_GEOMETRY, "a drain hole finds no way out of the hollow");
}

static bool look(const struct nw_field *f, nw_node cavity, const struct nw_placement *place,
                 const struct nw_machine *machine, nw_vec3 end[2][NW_HOLES], size_t *count,
                 double *volume_mm3, struct nw_err *err)
{
    const struct nw_raster_opts raster = {
        .pixel_mm = {LOOK_MM, LOOK_MM}, .layer_mm = LOOK_MM, .any_layer = true};
    struct nw_layers l = {0};
    struct nw_tape *tape = nw_tape_new(f, cavity, err);
    size_t tops = 0;
    const bool ok = tape && nw_layers_of_tape(tape, place, machine, &raster, &l, err) &&
                    find_ends(&l, false, end[0], count, volume_mm3, err) &&
                    find_ends(&l, true, end[1], &tops, volume_mm3, err);
    nw_layers_release(&l);
    nw_tape_free(tape);
    return ok;
}

bool nw_hollow(struct nw_field *field, nw_node solid, const struct nw_placement *place,
               const struct nw_machine *machine, const struct nw_hollow_opts *opts,
               struct nw_hollowed *out, struct nw_err *err)
{
    nw_vec3 end[2][NW_HOLES];
    struct nw_drain drain[NW_HOLES] = {0};
    struct nw_hollowed h = {.root = solid};
    const nw_affine to_patient = nw_affine_inverse(place->to_bed);
    const double least = fmax(machine->limits.min_drain_mm, LEAST_HOLE_MM);
    const double radius = (opts->hole_mm > 0 ? opts->hole_mm : least) / 2;
    const nw_node cavity = nw_field_offset(field, solid, -opts->wall_mm, err);
    if (cavity < 0 || !look(field, cavity, place, machine, end, &h.hollows, &h.saved_mm3, err))
        return false;
    for (size_t n = 0; n < h.hollows; n++)
        for (int top = 0; top < 2; top++)
            if (!add_hole(field, solid, to_patient, end[top][n], top ? -1 : 1, radius,
                          &drain[h.holes++], err))
                return false;
    for (size_t n = 0; n < h.holes; n++)
        h.hole_mm[n] = drain[n].place_mm;
    if (h.hollows > 0)
        h.root = nw_field_hollowed(field, solid, opts->wall_mm, drain, h.holes, err);
    *out = h;
    return h.root >= 0;
}
