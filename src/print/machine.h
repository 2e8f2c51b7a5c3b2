/*
 * print/machine.h -- what a printer can build: a profile, read from data.
 *
 * A profile is one JSON document (docs/formats/machine.md): build volume, layers, pixels,
 * limits of walls, holes and gaps, how the machine's parts come out too small or too large and
 * what is done about it, and its materials, each valid until a day. Some profiles are built in;
 * a site keeps its own as files. Lengths are mm, axes are those of the bed: x right, y back,
 * z up. Whoever checks, orients or slices asks a profile and nothing else about the machine.
 */
#ifndef NW_PRINT_MACHINE_H
#define NW_PRINT_MACHINE_H

#include "core/frame.h"
#include "core/mem.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_process {
    NW_PROCESS_FFF,    /* a molten filament */
    NW_PROCESS_SLA,    /* resin, cured layer by layer through pictures */
    NW_PROCESS_COLOUR, /* droplets of coloured material */
    NW_PROCESS_METAL,  /* a bed of metal powder, melted by a laser */
};
const char *nw_process_name(enum nw_process process); /* "fff", "sla", "colour", "metal" */

/* Where the pictures of the layers lie: which way of the bed their columns and rows run. */
struct nw_pixels {
    size_t count[2];            /* along bed x and y; 0: the machine takes no pictures */
    char column_axis, row_axis; /* 'x' or 'y' */
    bool column_back, row_back; /* against the axis */
};

struct nw_limits {
    double min_wall_mm, min_feature_mm, min_hole_mm, min_gap_mm; /* gap: of loose parts */
    double clearance_fit_mm, clearance_loose_mm;
    double overhang_deg; /* from the vertical: what leans further needs support */
    double min_drain_mm; /* diameter of a hole through which resin or powder leaves; 0: none */
    double accuracy_mm;
};

/* What is done to a design so that the part comes out at its size. */
struct nw_compensation {
    double scale[3];       /* the design is multiplied by these */
    double outward_mm;     /* then its faces move outward in the layer (inward when negative) */
    double hole_mm;        /* then round holes grow by this in diameter */
    double first_layer_mm; /* the first layer moves inward by this against its foot */
    const char *source;    /* how it was found; "" for the maker's figures */
    int valid_until;       /* yyyymmdd; 0: no end */
};

struct nw_setting {
    const char *key, *value;
};

struct nw_material {
    const char *name, *zh, *en;
    double density_g_cm3, cost_per_kg;   /* 0: not known */
    double exposure_s, first_exposure_s; /* of a layer, where light cures it */
    int valid_until;                     /* yyyymmdd; 0: no end */
    uint8_t rgb[3];
    struct nw_setting *setting; /* for the outside slicer */
    size_t setting_count;
};

struct nw_machine {
    struct nw_arena arena; /* owns every text and list here */
    const char *name, *zh, *en, *revision;
    enum nw_process process;
    int date, valid_until; /* yyyymmdd; 0: no end */
    double build_mm[3];
    double layer_mm, layer_min_mm, layer_max_mm;
    struct nw_pixels pixels;
    struct nw_limits limits;
    struct nw_compensation compensation;
    struct nw_material *material;
    size_t material_count;
    double layer_time_s; /* of a layer besides its exposure; 0: not known */
    struct nw_setting *setting;
    size_t setting_count;
};

/* The profiles that are built in, by their place; false beyond the last. Names are literals of
 * the data and always there. NW_ERR_MEMORY is the only failure of a place that exists. */
size_t nw_machine_count(void);
NW_MUST_CHECK bool nw_machine_builtin(size_t index, struct nw_machine *out, struct nw_err *err);

/* A built-in profile by its name. NW_ERR_NOTFOUND names those there are. */
NW_MUST_CHECK bool nw_machine_find(const char *name, struct nw_machine *out,
                                   struct nw_err *err);

/* A profile's text. NW_ERR_DATA names the line, the member, what it is and what it may be.
 * Nothing is assumed in silence: members that are not known are refused. *out must be clear;
 * you release it. */
NW_MUST_CHECK bool nw_machine_parse(const char *text, size_t len, struct nw_machine *out,
                                    struct nw_err *err);

/* A profile file when the name is a path (holds a slash or ends in .json), else built in. */
NW_MUST_CHECK bool nw_machine_load(const char *name_or_path, struct nw_machine *out,
                                   struct nw_err *err);
bool nw_machine_is_path(const char *name_or_path);

void nw_machine_release(struct nw_machine *machine);

/* A material by its name; NULL: the first. NW_ERR_NOTFOUND names those there are. */
NW_MUST_CHECK const struct nw_material *
nw_machine_material(const struct nw_machine *machine, const char *name, struct nw_err *err);

/* Are profile, compensation and material valid on this day (yyyymmdd)? NW_ERR_STATE says which
 * ran out and when. */
NW_MUST_CHECK bool nw_machine_is_valid(const struct nw_machine *machine,
                                       const struct nw_material *material, int today,
                                       struct nw_err *err);

/* The size of a pixel along bed x and y; 0 where the machine takes no pictures. */
double nw_machine_pixel_mm(const struct nw_machine *machine, int axis);

#ifdef __cplusplus
}
#endif
#endif
