/*
 * report/study.h -- the page of a strength comparison: what was held and pulled, what gave and
 * by how much at three resolutions, coloured pictures, and the sentence that it compares and
 * does not certify. One HTML or PDF file without time, path or host name inside.
 */
#ifndef NW_REPORT_STUDY_H
#define NW_REPORT_STUDY_H

#include "report/report.h"
#include "strength/study.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_study_report {
    const struct nw_study *study;
    const struct nw_study_found *found; /* one a variant */
    const char *version;                /* of the program */
    enum nw_lang lang;
};

/* Failures as nw_report_write. */
NW_MUST_CHECK bool nw_study_report_write(const char *path, const struct nw_study_report *report,
                                         struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
