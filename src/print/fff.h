/*
 * print/fff.h -- molten filament: sliced by PrusaSlicer, run as a program beside this one with
 * a profile written for this job alone, and its G-code judged before anybody prints it.
 */
#ifndef NW_PRINT_FFF_H
#define NW_PRINT_FFF_H

#include "print/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_fff_job {
    const struct nw_model *model;
    const struct nw_placement *place;
    const struct nw_machine *machine;
    const struct nw_material *material;
    double layer_mm;     /* 0: the machine's preset */
    const char *program; /* NULL: prusa-slicer, wherever PATH finds it */
};

/* What the G-code does, read move by move. */
struct nw_gcode_facts {
    size_t layers; /* heights at which something is extruded */
    size_t moves;
    nw_box box;         /* of the extruding moves, in bed mm */
    nw_box travel;      /* of all moves */
    double filament_mm; /* pushed out, retractions left out */
    double time_s;      /* as the slicer estimates; 0: it does not say */
};

struct nw_fff_result {
    char version[80]; /* as the program says */
    struct nw_gcode_facts facts;
    double volume_mm3, mass_g, cost;
    size_t layers_planned;
};

/* Writes the G-code to `path`, without the slicer's date, so that the same job is the same
 * bytes. The folder of `path` holds the temporary files meanwhile. NW_ERR_NOTFOUND when the
 * program is not installed, NW_ERR_UNSUPPORTED when it fails (with its last words), NW_ERR_DATA
 * when what it wrote does not stand up: outside the build volume, another
 * size than the part. */
NW_MUST_CHECK bool nw_fff_slice(const char *path, const struct nw_fff_job *job,
                                struct nw_fff_result *out, struct nw_err *err);

/* Reads G-code; a 0 stands at text[len]. Filament diameter is asked for elsewhere. NW_ERR_DATA
 * for numbers that are none, or when nothing is extruded. */
NW_MUST_CHECK bool nw_gcode_read(const char *text, size_t len, struct nw_gcode_facts *out,
                                 struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
