/*
 * report/survey_priv.h -- what the report measures by itself on the finished model: is it
 * closed, how uncertain is the whole surface, where must a person look, where do slices show
 * most. Cost: a few passes over triangles and a thinned one over the labels.
 */
#ifndef NW_REPORT_SURVEY_PRIV_H
#define NW_REPORT_SURVEY_PRIV_H

#include "anatomy/recipe.h"

/* A connected stretch of surface that is not well seen. */
struct nw_place {
    size_t part;
    enum nw_class worst;
    nw_vec3 at_mm;         /* its most uncertain vertex */
    double uncertainty_mm; /* there; NAN when not stated */
    double area_mm2;
};

enum { NW_PLACES_LISTED = 10 };

struct nw_survey {
    bool closed; /* every edge of every part joins two triangles that run it opposite ways */
    size_t open_edges;
    size_t tri_count;
    bool has_uncertainty;
    double p50_mm, p95_mm; /* of one sigma, by area, over all parts; NAN when not stated */
    double uncertainty_share[NW_UNCERTAINTY_BINS], class_share[NW_CLASS_COUNT];
    struct nw_place place[NW_PLACES_LISTED]; /* largest first */
    size_t place_count;    /* of at least NW_REVIEW_FROM_MM2, also those not listed */
    size_t speck_count;    /* smaller ones */
    double place_area_mm2; /* of all places, without the specks */
    double speck_area_mm2;
    nw_vec3 through_mm; /* where the three planes cut most of the parts */
    nw_vec3 detail_mm;  /* the vertex nearest to it */
};

/* Above this a surface is for review, whatever its class. */
#define NW_REVIEW_ABOVE_MM 0.5
/* A smaller stretch is a speck: counted, not listed. About a printed point's size. */
#define NW_REVIEW_FROM_MM2 10.0

NW_MUST_CHECK bool nw_survey(const struct nw_reconstruction *r, struct nw_survey *out,
                             struct nw_err *err);

#endif
