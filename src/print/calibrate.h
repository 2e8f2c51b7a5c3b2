/*
 * print/calibrate.h -- from what a calliper reads on a calibration part to the compensation in
 * a printer's profile.
 *
 * A part comes out longer or shorter along each axis by a factor (shrinkage), its outer faces
 * in the layer further out or in by the same distance everywhere (the beam, the bead, cured
 * bleed), and its holes smaller in diameter by one length:
 *     outer x, y: measured = nominal scale + 2 outward      outer z: measured = nominal scale
 *     hole:       measured = nominal (scale x + scale y) / 2 - hole
 * All at once by least squares; what was not measured stays as it was.
 */
#ifndef NW_PRINT_CALIBRATE_H
#define NW_PRINT_CALIBRATE_H

#include "core/mesh.h"
#include "print/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_reading {
    bool hole; /* a hole's diameter; else the outside along an axis */
    int axis;  /* 0 1 2 of the bed; of a hole not asked */
    double nominal_mm, measured_mm;
};

/* Lines of "outer,x,40,39.87" or "hole,,5,4.81"; a first line of words, empty lines and lines
 * beginning with # are passed over. Returns a new list. NW_ERR_DATA names the line. */
NW_MUST_CHECK struct nw_reading *nw_readings_parse(const char *text, size_t len, size_t *count,
                                                   struct nw_err *err);

struct nw_fit {
    double scale[3], outward_mm, hole_mm;          /* as the part came out */
    double scale_sd[3], outward_sd_mm, hole_sd_mm; /* 0: not measured */
    double residual_mm;                            /* root mean square of what is left */
    size_t count;
    bool scale_known[3], outward_known, hole_known;
};
/* NW_ERR_DATA when there are too few different readings to tell scale from outward (two
 * lengths along x or y), or no more readings than unknowns; or when what comes out is no
 * printer's doing (scale off by over 10 %, offsets over 1 mm). */
NW_MUST_CHECK bool nw_readings_fit(const struct nw_reading *reading, size_t count,
                                   struct nw_fit *out, struct nw_err *err);

/* The compensation that undoes the fit, on top of that the part was built with. */
void nw_compensation_update(struct nw_compensation *c, const struct nw_fit *fit);

/* The profile's text with this compensation, its source and, when not 0, a last day. Returns
 * new text (nw_free). */
NW_MUST_CHECK char *nw_machine_format(const char *profile, size_t len,
                                      const struct nw_compensation *c, struct nw_err *err);
/* A profile's own text: a built-in one's or a file's. Returns a new block. */
NW_MUST_CHECK char *nw_machine_text(const char *name_or_path, size_t *len, struct nw_err *err);

/* The calibration part: a plate with holes of 2 3 5 8 mm, ribs of 10 20 40 mm along x and y,
 * and posts up to 5 10 20 30 mm. As a closed mesh standing on z = 0. */
NW_MUST_CHECK bool nw_calibration_part(struct nw_mesh *out, struct nw_err *err);
extern const double nw_calibration_hole_mm[4], nw_calibration_hole_x_mm[4],
    nw_calibration_post_mm[4];
/* What there is to measure on it, in the readings' form, with nothing measured yet. */
const char *nw_calibration_sheet(void);

#ifdef __cplusplus
}
#endif
#endif
