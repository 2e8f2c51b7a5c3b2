/*
 * report/content_priv.h -- what the report says, as blocks of a page. Pictures are named by
 * their place in the list that report.c draws.
 */
#ifndef NW_REPORT_CONTENT_PRIV_H
#define NW_REPORT_CONTENT_PRIV_H

#include "report/page_priv.h"
#include "report/report.h"
#include "report/survey_priv.h"

/* The order of the pictures. */
enum {
    NW_FIGURE_PARTS,
    NW_FIGURE_UNCERTAINTY,
    NW_FIGURE_CLASS,
    NW_FIGURE_VIEWS,                          /* six, as in enum nw_view */
    NW_FIGURE_SLICES = NW_FIGURE_VIEWS + 6,   /* three, as in enum nw_plane */
    NW_FIGURE_DETAILS = NW_FIGURE_SLICES + 3, /* three */
    NW_FIGURE_PLACES = NW_FIGURE_DETAILS + 3, /* of the first places for review */
    NW_FIGURE_PLACES_MOST = 3,
    NW_FIGURE_MOST = NW_FIGURE_PLACES + NW_FIGURE_PLACES_MOST,
};

struct nw_writer {
    const struct nw_report *report;
    const struct nw_survey *survey;
    struct nw_page *page;
    bool has_slices;
    size_t place_figures;
};

void nw_content_write(struct nw_writer *w);

/* ---- words and numbers (words.c) ---- */

/* The one of the report's language; as a format, both are checked against the arguments. */
const char *nw_say(const struct nw_writer *w, const char *zh, const char *en)
    __attribute__((format_arg(2), format_arg(3)));
/* A recipe's own name ("bone") in the report's language; any other name as it is. */
const char *nw_say_part(const struct nw_writer *w, const char *name);
const char *nw_say_class(const struct nw_writer *w, enum nw_class c);
/* With so many decimals; "not known" for NAN. All return texts borrowed from the page. */
const char *nw_say_number(const struct nw_writer *w, double value, int decimals);
/* "12.3 mm": the unit stays away from what is not known. */
const char *nw_say_length(const struct nw_writer *w, double value_mm, int decimals);
/* Value and uncertainty to the same place: two digits of the uncertainty when its first is
 * 1 or 2, else one. "123.4 ± 0.6", "1.02 ± 0.11"; only the value's three digits without. */
const char *nw_say_pm(const struct nw_writer *w, double value, double uncertainty);
const char *nw_say_volume(const struct nw_writer *w, double mm3, double uncertainty_mm3);
const char *nw_say_area(const struct nw_writer *w, double mm2);
const char *nw_say_count(const struct nw_writer *w, size_t count); /* 1,234,567 */
const char *nw_say_percent(const struct nw_writer *w, double share);
const char *nw_say_point(const struct nw_writer *w, nw_vec3 p_mm); /* L 12 P 34 H 56 mm */
const char *nw_say_date(const struct nw_writer *w, const char *dicom_date);
const char *nw_say_time(const struct nw_writer *w, const char *t);

#endif
