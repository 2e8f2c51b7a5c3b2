/*
 * cli/bed_priv.h -- what slice, printcheck and orient have in common: a solid model, a
 * machine that is valid today, and how the one lies on the other.
 */
#ifndef NW_CLI_BED_PRIV_H
#define NW_CLI_BED_PRIV_H

#include "cli/command.h"
#include "print/track.h"

/* As the command line has it. */
struct nw_bed_args {
    const char *model, *machine, *material, *up, *today;
    double spin_deg, lift_mm, layer_mm;
};

struct nw_bed {
    struct nw_model model;
    struct nw_machine machine;
    const struct nw_material *material;
    struct nw_place_opts place;
    size_t pieces;     /* that need not hold together */
    double volume_mm3; /* of the parts together, as designed */
    double bound_mm;   /* how far the surface may have moved on its way here */
};

/* Reads all of it and refuses a model that is not closed. Release in any case. */
NW_MUST_CHECK bool nw_bed_load(struct nw_run *run, const struct nw_bed_args *args,
                               struct nw_bed *out, struct nw_err *err);
void nw_bed_release(struct nw_bed *bed);
/* Without the model. */
NW_MUST_CHECK bool nw_bed_load_machine(struct nw_run *run, const struct nw_bed_args *args,
                                       struct nw_bed *out, struct nw_err *err);

/* "machine", "revision", "material" into the result. */
NW_MUST_CHECK bool nw_bed_put(struct nw_run *run, const struct nw_bed *bed, struct nw_err *err);
/* Islands, cups, trapped volumes, parts: into the result and to the person, largest first. */
NW_MUST_CHECK bool nw_bed_put_found(struct nw_run *run, const struct nw_layers *layers,
                                    const struct nw_tracked *found, struct nw_err *err);
/* What is too small to be more than a corner of a picture: these sizes are not counted. */
struct nw_track_opts nw_bed_track_opts(const struct nw_machine *machine);
/* Is there anything of it that a person should look at before printing? */
bool nw_bed_is_doubtful(const struct nw_bed *bed, const struct nw_tracked *found);

json_t *nw_json_point(nw_vec3 p);
/* "0,-1,0.5" */
NW_MUST_CHECK bool nw_parse_direction(const char *text, const char *option, nw_vec3 *out,
                                      struct nw_err *err);

#endif
