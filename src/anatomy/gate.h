/*
 * anatomy/gate.h -- is this scan good enough for that body part: the requirement sheets
 * (versioned data, requirements R-420..R-429) and the measured checks. Pass, conditional or
 * fail with a reason per item, what the data can support in mm, and a re-scan note.
 */
#ifndef NW_ANATOMY_GATE_H
#define NW_ANATOMY_GATE_H

#include "anatomy/calibrate.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_verdict { NW_PASS, NW_CONDITIONAL, NW_FAIL };

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

/* A sheet's name ("hard-tissue", "heart-vessels", ...) at index, NULL past the end. Also the
 * preset names of recipes are accepted by nw_gate_check. */
const char *nw_sheet_at(size_t index, const char **zh, const char **en);

/* Holds one scan against a sheet. cal may be NULL: it is measured. NW_ERR_NOTFOUND when there
 * is no such sheet (the message lists them). */
NW_MUST_CHECK bool nw_gate_check(const struct nw_scan *scan, const char *sheet,
                                 const struct nw_calibration *cal, struct nw_gate *out,
                                 struct nw_err *err);
void nw_gate_release(struct nw_gate *gate);

#ifdef __cplusplus
}
#endif
#endif
