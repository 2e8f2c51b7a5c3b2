/*
 * field/lattice.h -- porous shapes as nodes of a field: triply periodic minimal surfaces and
 * lattices of struts, even or graded by another field. They fill all space: intersect them
 * with the shape they are for. All in mm, in the field's frame; turn them with
 * nw_field_moved. Cell sizes do not vary within one lattice, since that bends the cells;
 * blend two lattices instead.
 */
#ifndef NW_FIELD_LATTICE_H
#define NW_FIELD_LATTICE_H

#include "field/field.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a parameter is, by another field's value: `at_low` where that is `low` or less,
 * `at_high` where it is `high` or more, evenly between. low < high. */
struct nw_ramp {
    double low, high, at_low, at_high;
};

enum nw_tpms {
    NW_TPMS_GYROID,    /* sin x cos y + sin y cos z + sin z cos x, x in 2 pi / cell */
    NW_TPMS_DIAMOND,   /* sin x sin y sin z + sin x cos y cos z + cos x sin y cos z + ... */
    NW_TPMS_PRIMITIVE, /* cos x + cos y + cos z */
};
enum { NW_TPMS_KINDS = 3 };

struct nw_tpms_opts {
    enum nw_tpms kind;
    bool sheet;        /* a wall on either side of the surface at 0; else one side is solid */
    double cell_mm;    /* 0.01 to 1000 */
    nw_vec3 origin_mm; /* where x = y = z = 0 */
    double level;      /* skeletal: solid where the function is below this; -1.2 to 1.2 */
    double wall_mm;    /* sheet: above 0, at most a third of a cell */
};

/* Near the surface, the distance to it: the function over its gradient's length, for a sheet
 * with one more step from the place that leads to (so that a wall has its thickness to about
 * 1 %). Where the gradient all but vanishes (in the middle of pores) smaller than the distance.
 * About 20 ns a place. With `by` (negative: none), the level or wall is the ramp's at that
 * node's value. NW_ERR_ARGUMENT for sizes out of range. */
nw_node nw_field_tpms(struct nw_field *f, const struct nw_tpms_opts *opts, nw_node by,
                      const struct nw_ramp *ramp, struct nw_err *err);

/* Sets opts->level or opts->wall_mm so that `porosity` (0 to 1, without ends) of the space is
 * empty, to about 0.002: by sampling one cell. NW_ERR_GEOMETRY with the limits when the kind
 * cannot be that dense or that open in range; NW_ERR_MEMORY. About 50 ms. */
NW_MUST_CHECK bool nw_tpms_calibrate(struct nw_tpms_opts *opts, double porosity,
                                     struct nw_err *err);

enum nw_strut_cell {
    NW_STRUTS_CUBIC, /* the edges of the cells */
    NW_STRUTS_BCC,   /* from each cell's middle to its corners */
    NW_STRUTS_OCTET, /* face diagonals, and between the middles of neighbouring faces */
};
enum { NW_STRUT_CELLS = 3 };

struct nw_struts_opts {
    enum nw_strut_cell cell;
    double cell_mm, radius_mm;
    nw_vec3 origin_mm; /* a corner of a cell */
};
/* Round struts with round joints; the exact distance from outside, about 20 ns a place. With
 * `by`, the radius is the ramp's, and the distance a lower bound. */
nw_node nw_field_struts(struct nw_field *f, const struct nw_struts_opts *opts, nw_node by,
                        const struct nw_ramp *ramp, struct nw_err *err);

/* Any struts: ends[i][0] to ends[i][1]. As above, about a microsecond a place (a tree).
 * Copies the ends. NW_ERR_ARGUMENT for none, or ends that are not finite. */
nw_node nw_field_strut_list(struct nw_field *f, const nw_vec3 (*ends_mm)[2], size_t count,
                            double radius_mm, nw_node by, const struct nw_ramp *ramp,
                            struct nw_err *err);

/* The edges of the Voronoi cells of one seed in each cube of `spacing_mm` (grid through the
 * origin), put off its middle by up to jitter / 2 of the spacing along each axis (0 to 1; 0
 * gives cubes), by the random numbers of `seed`: those with an end in the box. The same edges
 * whatever the box. Returns new ends (nw_free); NW_ERR_ARGUMENT, NW_ERR_LIMIT above 2^20 seeds,
 * NW_ERR_MEMORY. About 0.2 ms a seed. */
NW_MUST_CHECK bool nw_voronoi_struts(nw_box box, double spacing_mm, double jitter,
                                     uint64_t seed, nw_vec3 (**ends_mm)[2], size_t *count,
                                     struct nw_err *err);

/* `a` grown outward by the ramp's value at `by`: an offset that differs from place to place, as
 * a bevel does with depth. Divided by 1 + the ramp's steepness, so that what was a distance
 * stays a lower bound. NW_ERR_ARGUMENT for a ramp that is none. */
nw_node nw_field_graded(struct nw_field *f, nw_node a, nw_node by, const struct nw_ramp *ramp,
                        struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
