/* cli/slice_priv.h -- the parts of nuwa slice: its arguments, and pictures of layers. */
#ifndef NW_CLI_SLICE_PRIV_H
#define NW_CLI_SLICE_PRIV_H

#include "cli/bed_priv.h"
#include "print/stack.h"

struct slice_args {
    const char *model, *machine, *material, *out, *up, *today, *slicer, *map, *part,
        *keep_clear;
    double spin_deg, lift_mm, layer_mm, clear_mm, spacing_mm, hollow_mm, hole_mm;
    bool supports;
};

/* What layers are taken from: a model of the bed, or a field. */
struct nw_slice_field {
    struct nw_field *field; /* NULL: the bed's model */
    nw_node root;
    nw_box box;
};

/* Pictures into --out, each verified; returns the exit status. */
int nw_slice_pictures(const struct slice_args *args, struct nw_run *run, struct nw_bed *bed,
                      const struct nw_slice_field *field, enum nw_stack_kind kind,
                      struct nw_err *err);
/* "layers", "volume_mm3", "mass_g"...: into the result and to the person. */
NW_MUST_CHECK bool nw_slice_put_cost(struct nw_run *run, const struct nw_layers *layers,
                                     const struct nw_stack_cost *cost, struct nw_err *err);

#endif
