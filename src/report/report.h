/*
 * report/report.h -- the page a surgeon trusts at a glance: scan facts, gate, calibration,
 * parts with numbers and uncertainty, what was left out, error budget, pictures. One
 * self-contained HTML file, or the same as PDF (cairo and pango, Chinese fonts embedded). No
 * time, path or host name inside: the same bytes again.
 */
#ifndef NW_REPORT_REPORT_H
#define NW_REPORT_REPORT_H

#include "anatomy/gate.h"
#include "anatomy/recipe.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_lang { NW_LANG_ZH, NW_LANG_EN };

struct nw_report {
    const struct nw_scan *scan;
    const struct nw_gate *gate; /* or NULL */
    const struct nw_reconstruction *result;
    const char *version; /* of the program */
    const char *command; /* the recipe and options, as one line */
    bool with_identity;  /* print the patient's name and id */
    enum nw_lang lang;
    double picture_scale; /* of the pictures' sides in pixels; 0: 1 */
};

/*
 * By the ending: .html or .pdf. Whole or not at all. Pictures are rendered inside, side by side
 * on all threads; the file's bytes do not depend on how many. A model without gate, scan
 * voxels, labels or uncertainty has a report too: what is missing is said to be.
 * NW_ERR_ARGUMENT for another ending, NW_ERR_GEOMETRY when there is no triangle, NW_ERR_DATA
 * for a vertex that is not a number, NW_ERR_IO, NW_ERR_MEMORY. A million triangles: about 1 s
 * of processors, and 0.3 s more for a PDF.
 */
NW_MUST_CHECK bool nw_report_write(const char *path, const struct nw_report *report,
                                   struct nw_err *err);
/* A picture for a 3MF's thumbnail: oblique view, 256 x 256. */
NW_MUST_CHECK uint8_t *nw_report_thumbnail(const struct nw_model *model, size_t *len,
                                           struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
