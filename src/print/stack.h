/*
 * print/stack.h -- stacks of layer pictures as files: SL1 archives for resin printers (opened
 * by PrusaSlicer too), and plain stacks of PNG pictures with a manifest in JSON, as grey
 * coverage or as a material a droplet. Whole or not at all; what was written is read back and
 * held against what was meant, picture by picture, before the file takes its name.
 */
#ifndef NW_PRINT_STACK_H
#define NW_PRINT_STACK_H

#include "print/track.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_stack_kind {
    NW_STACK_SL1,
    NW_STACK_PNG,
    NW_STACK_MATERIAL, /* PNG: a pixel is 0 or the number, from 1, of one of the materials */
};

struct nw_stack_job {
    enum nw_stack_kind kind;
    const struct nw_layers *layers;
    const struct nw_machine *machine;
    const struct nw_material *material;
    const char *name;    /* of the job, shown by the printer: letters, digits, - and _ */
    const char *program; /* and version, for the archive */
    struct nw_track_opts track;
};

/* What the machine will need; 0 where the profile does not say. */
struct nw_stack_cost {
    double volume_mm3, mass_g, cost, time_s;
    double material_mm3[256]; /* of NW_STACK_MATERIAL, by number */
};

/* What a stack says and holds: for the proof at hand-over, and for files of others. */
struct nw_stack_facts {
    enum nw_stack_kind kind;
    size_t layers, width, height; /* of the pictures */
    double layer_mm, pixel_mm[2]; /* along the pictures' columns and rows */
    double volume_mm3;            /* by coverage */
    nw_box box;                   /* of what is covered: columns, rows and height in mm */
};
/* Renders, packs and writes all layers on all cores, a few in memory at a time, and follows
 * them on their way (found); what is read back is in back. On failure these are not set, or
 * in part. NW_ERR_ARGUMENT when the layers have not the machine's pixels,
 * NW_ERR_LIMIT, NW_ERR_IO, NW_ERR_CANCELLED, NW_ERR_INTERNAL when what was read back differs.
 */
NW_MUST_CHECK bool nw_stack_write(const char *path, const struct nw_stack_job *job,
                                  struct nw_tracked *found, struct nw_stack_cost *cost,
                                  struct nw_stack_facts *back, struct nw_err *err);

/* An SL1 archive of ours or of PrusaSlicer's, or a PNG stack of ours. NW_ERR_DATA says what is
 * missing or damaged. One layer in memory at a time for each core. */
NW_MUST_CHECK bool nw_stack_read(const char *path, struct nw_stack_facts *out,
                                 struct nw_err *err);
NW_MUST_CHECK bool nw_stack_parse(const uint8_t *data, size_t len, struct nw_stack_facts *out,
                                  struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
