/*
 * anatomy/gate.h -- is this scan good enough for that body part: the requirement sheets
 * (versioned data in sheets.json, requirements R-420..R-429) and the measured checks. Pass,
 * conditional or fail with a reason per item, what the data can support in mm, and a re-scan
 * note.
 *
 * What the data can support: the smallest feature is the larger of two voxel edges and the
 * full width at half maximum of the point spread; the surface's one sigma is noise over the
 * steepest slope of the sheet's edge, and 2 % of the largest voxel edge for what sampling
 * leaves (measured on blurred balls).
 */
#ifndef NW_ANATOMY_GATE_H
#define NW_ANATOMY_GATE_H

#include "anatomy/calibrate.h"
#include "core/verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_gate_item {
    const char *code; /* "slice-distance", "modality", ... */
    enum nw_verdict verdict;
    const char *zh, *en; /* one sentence: measured, limit, unit */
};

struct nw_gate {
    struct nw_arena arena;
    const char *sheet, *sheet_version, *sheet_zh, *sheet_en;
    enum nw_verdict verdict;
    struct nw_gate_item *item;
    size_t item_count;
    double smallest_feature_mm;        /* narrower things are not shown by these data */
    double surface_accuracy_mm;        /* one sigma, on well resolved edges */
    const char *rescan_zh, *rescan_en; /* ready to send; "" when passed */
};

/* A sheet by its place in the list; false past the end. */
struct nw_sheet_name {
    char name[32]; /* "hard-tissue", "heart-vessels", ... */
    char zh[64], en[64];
};
bool nw_sheet_at(size_t index, struct nw_sheet_name *out);

/* Holds one scan against a sheet, named by itself or by a preset of a recipe. cal may be NULL:
 * it is measured. NW_ERR_NOTFOUND when there is no such sheet (the message lists them). */
NW_MUST_CHECK bool nw_gate_check(const struct nw_scan *scan, const char *sheet,
                                 const struct nw_calibration *cal, struct nw_gate *out,
                                 struct nw_err *err);

/* A further series of the same order. */
struct nw_gate_series {
    const struct nw_scan_facts *facts;
    const struct nw_grid *grid; /* NULL: not known */
};

/* What the order says beside the scan; the zero value says nothing. */
struct nw_gate_opts {
    const struct nw_gate_series *other;
    size_t other_count;
    bool lesion; /* a contrast-enhanced series is then demanded */
    /* What a person has confirmed where headers are silent: "helical", "three-d", "contrast",
     * "registered", and the sheet's own ("ventilated", "region"). */
    const char *const *confirmed;
    size_t confirmed_count;
    double feature_mm, accuracy_mm; /* demanded; 0: not stated */
    const char *use_date;           /* planned day of use, YYYYMMDD, or NULL */
};
NW_MUST_CHECK bool nw_gate_check_order(const struct nw_scan *scan, const char *sheet,
                                       const struct nw_calibration *cal,
                                       const struct nw_gate_opts *opts, struct nw_gate *out,
                                       struct nw_err *err);
/* Which of these series the sheet is about (its first row): the first that suits, else the
 * first. NW_ERR_NOTFOUND as above. */
NW_MUST_CHECK bool nw_gate_pick(const char *sheet, const struct nw_gate_series *series,
                                size_t count, size_t *index, struct nw_err *err);
void nw_gate_release(struct nw_gate *gate);

#ifdef __cplusplus
}
#endif
#endif
