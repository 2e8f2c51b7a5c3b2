/*
 * print/nest.h -- several pieces on one plate: each lies as it is, turned about the vertical by
 * quarters, its shadow on a grid of cells beside those of the others with a gap between.
 */
#ifndef NW_PRINT_NEST_H
#define NW_PRINT_NEST_H

#include "core/mesh.h"
#include "print/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a piece goes: turned about z by `quarters`, then shifted; z = 0 is the plate. */
struct nw_nested {
    nw_affine to_plate;
    int quarters;
    nw_box box; /* of it, on the plate */
};

/* One place for each model (all its parts keep together), the largest shadow first, each as
 * far to the front and then to the left as it goes. The plate is the machine's bed. NW_ERR_DATA
 * for places that are no numbers, NW_ERR_GEOMETRY names the first that is too large or finds no
 * room. Cells are 0.5 mm; shadows are never too small. */
NW_MUST_CHECK bool nw_nest(const struct nw_model *const *piece, size_t count,
                           const struct nw_machine *machine, double gap_mm,
                           struct nw_nested *out, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
