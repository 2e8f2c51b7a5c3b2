/*
 * anatomy/recipe.h -- scan and a name in, named parts out: calibration, separation of body,
 * table and cast, labels, and the surface at the local half-maximum of the original grey
 * values with an uncertainty at every vertex. All that is known about the body's tissues in
 * pictures is behind this one call.
 */
#ifndef NW_ANATOMY_RECIPE_H
#define NW_ANATOMY_RECIPE_H

#include "anatomy/calibrate.h"
#include "core/mesh.h"
#include "image/edit.h"
#include "mesh/simplify.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_recipe {
    const char *name;    /* "bone", "skin", "lung", "airway", "threshold" */
    const char *zh, *en; /* one line for the list of presets */
    bool needs_hu;
};
const struct nw_recipe *nw_recipe_at(size_t index); /* NULL past the end */
const struct nw_recipe *nw_recipe_find(const char *name);

struct nw_reconstruct_opts {
    const struct nw_recipe *recipe; /* NULL: bone */
    double lo_hu, hi_hu;            /* threshold: the tissue is lo <= grey <= hi */
    double simplify_mm;             /* bound; 0: 0.05 mm; negative: not at all */
    double smooth_mm;               /* bound; 0: none */
    double min_part_mm3;  /* smaller pieces are listed and left out; 0: the recipe's own */
    bool fixed_threshold; /* bone at lo_hu, with its bias said, instead of half-maximum */
    bool keep_cast;       /* keep table and cast as parts of the model */
    /* Labels to begin with instead of those the recipe finds, on the scan's grid, values below
     * NW_EDIT_LABELS in any voxel type; NULL: the recipe's. */
    const struct nw_volume *labels;
    const struct nw_edits *edits; /* done to the labels before surfaces are cut; NULL: none */
};

struct nw_left_out {     /* something seen and not kept */
    const char *zh, *en; /* what and why: "table", "piece below the limit", ... */
    nw_vec3 place_mm;
    double volume_mm3;
    size_t pieces; /* like ones counted together */
};

enum { NW_UNCERTAINTY_BINS = 10 }; /* of 0.05 mm; the last holds all above */

struct nw_part_numbers {
    const char *name;
    uint8_t label; /* its value in the labels */
    double volume_mm3, volume_uncertainty_mm3, area_mm2, mean_hu;
    nw_box box;
    double uncertainty_p50_mm, uncertainty_p95_mm;
    double thin_mm;                                /* root mean square where thin; 0: nowhere */
    double uncertainty_share[NW_UNCERTAINTY_BINS]; /* of area */
    double class_share[NW_CLASS_COUNT];            /* of area */
    size_t pieces;
    struct nw_moved simplified, smoothed;
};

/* One sigma each, mm (methods: u_total^2 is their sum of squares); NAN: not known here. */
struct nw_error_budget {
    double scan_mm, edge_mm, model_mm, mesh_mm, print_mm, total_mm;
    double bias_mm; /* signed, outward positive, outside the root */
};

struct nw_reconstruction {
    struct nw_arena arena;
    struct nw_model model;   /* parts in the order of numbers[] */
    struct nw_volume labels; /* uint8: 0 nothing, 1.. parts; on the scan's grid */
    const char **label_name; /* label_count of them; [0] is "" */
    size_t label_count;
    struct nw_calibration calibration;
    struct nw_part_numbers *numbers;
    size_t part_count;
    struct nw_left_out *left_out;
    size_t left_out_count;
    struct nw_edit_done *edited; /* one for each step of opts->edits */
    size_t edited_count;
    struct nw_error_budget budget;
};

/*
 * Failures: NW_ERR_STATE when the recipe needs Hounsfield units and the scan has none (the
 * message says what to use instead); NW_ERR_GEOMETRY when nothing was found;
 * NW_ERR_ARGUMENT, NW_ERR_MEMORY, NW_ERR_CANCELLED, and those of nw_edits_apply. Memory: the
 * scan, one byte a voxel, and about 150 bytes a triangle.
 */
NW_MUST_CHECK bool nw_reconstruct(const struct nw_scan *scan,
                                  const struct nw_reconstruct_opts *opts,
                                  struct nw_reconstruction *out, struct nw_err *err);
void nw_reconstruction_release(struct nw_reconstruction *r);

#ifdef __cplusplus
}
#endif
#endif
