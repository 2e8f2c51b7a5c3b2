/*
 * print/legible.h -- can what is written on a part be read once it is printed: the layers
 * around a mark are made as the machine will, its surface is looked at again from outside, and
 * what is seen there is read.
 *
 * In each layer what is narrower than the machine's feature does not come out: strips of the
 * part thinner than it vanish (an opening by a disc), gaps narrower than it close (a closing).
 * The feature is the nozzle where the profile names one, else its least feature.
 */
#ifndef NW_PRINT_LEGIBLE_H
#define NW_PRINT_LEGIBLE_H

#include "field/relief.h"
#include "print/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

double nw_machine_feature_mm(const struct nw_machine *machine);

/* A code as it stands on a part: see field/relief.h for its place. */
struct nw_code_mark {
    const struct nw_matrix *matrix; /* borrowed */
    bool datamatrix;                /* decoded; others are compared module by module */
    nw_vec3 origin_mm, u, v;
    double module_mm, depth_mm;
    double reach_mm; /* how far the part's surface may be from the plane */
    bool engraved;
};

struct nw_code_seen {
    size_t modules, wrong; /* of the pattern, that came out as the other kind */
    bool decoded;          /* a DataMatrix: to the same text as the pattern itself */
    bool legible;          /* decoded; of other codes: no module is wrong */
    size_t width, rows;    /* of the picture: 6 samples a module, 2 modules free around */
    uint8_t *picture;      /* 0: marked, 255: not; row 0 at the top; nw_free */
};

/*
 * Looks at a code on the field `root`, built as placed. NW_ERR_ARGUMENT for a code that is
 * none, NW_ERR_LIMIT when it takes more than 2^27 pixels in its layers, NW_ERR_MEMORY.
 */
NW_MUST_CHECK bool nw_code_look(const struct nw_field *field, nw_node root,
                                const struct nw_placement *place,
                                const struct nw_machine *machine,
                                const struct nw_code_mark *mark, struct nw_code_seen *out,
                                struct nw_err *err);

/* The least module, in steps of a tenth, that is read when the same code is made on a flat
 * plate that lies as this part does; NAN when none up to ten times as large is. */
NW_MUST_CHECK bool nw_code_least(const struct nw_placement *place,
                                 const struct nw_machine *machine,
                                 const struct nw_code_mark *mark, double *module_mm,
                                 struct nw_err *err);

/* The thinnest stroke of a text and the narrowest gap in it: what is the largest disc that
 * opens (closes) it without losing (filling) more than corners. */
struct nw_strokes {
    double stroke_mm, gap_mm;
};
NW_MUST_CHECK bool nw_strokes_measure(const struct nw_outlines *outlines,
                                      struct nw_strokes *out, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
