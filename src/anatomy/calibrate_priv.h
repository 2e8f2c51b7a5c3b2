/* anatomy/calibrate_priv.h -- the measuring halves of calibrate.c. */
#ifndef NW_ANATOMY_CALIBRATE_PRIV_H
#define NW_ANATOMY_CALIBRATE_PRIV_H

#include "anatomy/calibrate.h"
#include "anatomy/grey_priv.h"

/* noise.c: noise_hu, noise_third_hu, noise_correlation. */
NW_MUST_CHECK bool nw_calibrate_noise(const struct nw_grey *grey, struct nw_calibration *cal,
                                      struct nw_err *err);
/* spread.c: sigma_*, edges_used, overshoot; thickness is NAN when the header is silent. */
NW_MUST_CHECK bool nw_calibrate_spread(const struct nw_grey *grey, double thickness_mm,
                                       struct nw_calibration *cal, struct nw_err *err);

/* Sorts in place; returns the value below which this share lies. */
double nw_percentile(double *value, size_t count, double share);

#endif
