/*
 * report/canvas_priv.h -- drawing on a picture: lines, letters, bars and scales, each smooth
 * at its edges and the same to the bit everywhere (distances to segments; sqrt is exact).
 *
 * Strokes are collected in a mask by their greatest cover and painted once, so that joints and
 * crossings of one outline do not show.
 */
#ifndef NW_REPORT_CANVAS_PRIV_H
#define NW_REPORT_CANVAS_PRIV_H

#include "report/picture.h"

struct nw_mask {
    size_t width, height;
    uint8_t *cover;                  /* 0..255, rows from the top */
    size_t left, top, right, bottom; /* what is not all zero; right and bottom are past it */
};

NW_MUST_CHECK bool nw_picture_init(struct nw_picture *p, size_t width, size_t height,
                                   const uint8_t rgb[3], struct nw_err *err);
NW_MUST_CHECK bool nw_mask_init(struct nw_mask *mask, const struct nw_picture *p,
                                struct nw_err *err);
void nw_mask_release(struct nw_mask *mask);

/* A round-ended stroke; pixel (0,0) has its middle at 0.5, 0.5. */
void nw_mask_stroke(struct nw_mask *mask, double x0, double y0, double x1, double y1,
                    double width);
/* Blends the colour over the picture where the mask covers it, and clears the mask. */
void nw_mask_paint(struct nw_mask *mask, struct nw_picture *p, const uint8_t rgb[3]);
void nw_canvas_fill(struct nw_picture *p, size_t left, size_t top, size_t width, size_t height,
                    const uint8_t rgb[3]);

enum nw_align { NW_ALIGN_LEFT, NW_ALIGN_MIDDLE, NW_ALIGN_RIGHT };

/* How letters look: capitals size_px high, painted over a halo that keeps them readable. */
struct nw_lettering {
    double size_px;
    uint8_t ink[3], halo[3];
    enum nw_align align;
};

/* Has digits, . - + > (as at least), m, and R L A P H F; anything else is a gap. */
double nw_canvas_text_width(const char *text, double size_px);
/* x by the alignment, y at the foot of the letters. */
void nw_canvas_text(struct nw_picture *p, struct nw_mask *mask, double x, double y,
                    const char *text, const struct nw_lettering *look);

/* A bar of a round length (1, 2 or 5 times a power of ten, at most max_px long) with its
 * length in mm above it; its left end at x, its line at y. */
void nw_canvas_scale_bar(struct nw_picture *p, struct nw_mask *mask, double x, double y,
                         double mm_per_px, double max_px, const struct nw_lettering *look);

/* The scale of nw_uncertainty_colour.
 * Drawn upright with ticks in mm; x, y is its upper left corner. */
void nw_canvas_uncertainty_scale(struct nw_picture *p, struct nw_mask *mask, size_t x, size_t y,
                                 size_t width, size_t height, double max_mm,
                                 const struct nw_lettering *look);

#endif
