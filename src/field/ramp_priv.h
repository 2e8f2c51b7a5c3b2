/* field/ramp_priv.h -- a parameter by another field's value. */
#ifndef NW_FIELD_RAMP_PRIV_H
#define NW_FIELD_RAMP_PRIV_H

#include "field/field_priv.h"
#include "field/lattice.h"

/* A parameter that is the same everywhere is a ramp between equals. */
static inline struct nw_ramp ramp_even(double value)
{
    return (struct nw_ramp){0, 1, value, value};
}

static inline double ramp_at(const struct nw_ramp *r, double v)
{
    const double t = less(more((v - r->low) / (r->high - r->low), 0), 1);
    return r->at_low + t * (r->at_high - r->at_low);
}

/* How fast it changes at most. */
static inline double ramp_steepness(const struct nw_ramp *r)
{
    return fabs(r->at_high - r->at_low) / (r->high - r->low);
}

/* And at a value. */
static inline double ramp_slope(const struct nw_ramp *r, double v)
{
    return v > r->low && v < r->high ? (r->at_high - r->at_low) / (r->high - r->low) : 0;
}

static inline nw_interval ramp_range(const struct nw_ramp *r, nw_interval v)
{
    if (r->at_low == r->at_high)
        return (nw_interval){r->at_low, r->at_low};
    const double a = ramp_at(r, v.min), b = ramp_at(r, v.max);
    return (nw_interval){less(a, b), more(a, b)};
}

/* Sets *out to the ramp, or to `even` when there is no node to go by. */
bool nw_ramp_make(const struct nw_field *f, nw_node by, const struct nw_ramp *ramp, double even,
                  struct nw_ramp *out, struct nw_err *err);

#endif
