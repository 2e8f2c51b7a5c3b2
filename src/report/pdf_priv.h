/*
 * report/pdf_priv.h -- a PDF of one size of sheet: cairo and pango with the fonts, the fixed
 * date and the unhinted letters that make its bytes the same every time.
 */
#ifndef NW_REPORT_PDF_PRIV_H
#define NW_REPORT_PDF_PRIV_H

#include <cairo.h>
#include <pango/pangocairo.h>

#include "core/text.h"

struct nw_pdf_sink {
    struct nw_text *text; /* NULL: nothing is kept */
    struct nw_err *err;
};

struct nw_pdf {
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoLayout *layout;
    struct nw_pdf_sink sink;
};

struct nw_pdf_text {
    double size; /* points */
    unsigned rgb;
    bool bold, mono, right;
};

/* Sizes in points. The PDF must not be moved between begin and end. */
NW_MUST_CHECK bool nw_pdf_begin(struct nw_pdf *pdf, struct nw_text *out, double width,
                                double height, struct nw_err *err);
void nw_pdf_title(struct nw_pdf *pdf, const char *title);
void nw_pdf_layout(PangoLayout *layout, const char *text, double width,
                   const struct nw_pdf_text *look);
/* Lays the text out and draws it, its upper left corner at x, y; NULL look: as size 8 bold,
 * only measured. Returns how high it is. */
double nw_pdf_text(struct nw_pdf *pdf, const char *text, double x, double y, double width,
                   const struct nw_pdf_text *look);
void nw_pdf_box(struct nw_pdf *pdf, double x, double y, double width, double height,
                unsigned rgb);
/* Closes what begin opened, also after a failure. NW_ERR_MEMORY, NW_ERR_INTERNAL. */
NW_MUST_CHECK bool nw_pdf_end(struct nw_pdf *pdf, struct nw_err *err);

#endif
