/*
 * tests/accuracy/figures.h -- how a model's vertices lie about the truth, printed one figure a
 * line (`# figure NAME VALUE UNIT LIMIT`, which bench/run gathers) and held to its limit.
 */
#ifndef NW_TEST_FIGURES_H
#define NW_TEST_FIGURES_H

#include <string.h>

#include "anatomy/phantom.h"
#include "anatomy/recipe.h"
#include "unit.h"

struct errors {
    double sum, sum2, covered;
    size_t count;
};

static inline void errors_add(struct errors *e, double off_mm, double stated_mm)
{
    e->sum += off_mm;
    e->sum2 += off_mm * off_mm;
    e->covered += fabs(off_mm) <= stated_mm;
    e->count++;
}

static inline double bias_of(const struct errors *e)
{
    return e->sum / (double)e->count;
}

static inline double rms_of(const struct errors *e)
{
    return sqrt(e->sum2 / (double)e->count);
}

static inline double coverage_of(const struct errors *e)
{
    return 100 * e->covered / (double)e->count;
}

static inline void at_most(const char *name, double value, const char *what, double limit)
{
    printf("# figure %-44s %+8.4f %s <= %g\n", name, value, what, limit);
    if (!(fabs(value) <= limit))
        printf("# %s is over its limit\n", name);
    CHECK(fabs(value) <= limit);
}

static inline void at_least(const char *name, double value, const char *what, double limit)
{
    printf("# figure %-44s %8.2f %s >= %g\n", name, value, what, limit);
    CHECK(value >= limit);
}

static inline void between(const char *name, double value, const char *what, double lo,
                           double hi)
{
    printf("# figure %-44s %8.2f %s %g..%g\n", name, value, what, lo, hi);
    CHECK(value >= lo && value <= hi);
}

/* A phantom and what is made of it; a failure ends the test's checks but not the test. */
struct made {
    struct nw_phantom phantom;
    struct nw_reconstruction model;
    bool ok;
};

static inline const struct nw_phantom_kind *kind_named(const char *name)
{
    for (size_t i = 0; nw_phantom_at(i); i++)
        if (strcmp(nw_phantom_at(i)->name, name) == 0)
            return nw_phantom_at(i);
    return NULL;
}

static inline struct made make_and_rebuild(const char *name, double spacing_mm, double slice_mm,
                                           double sigma_mm)
{
    const struct nw_phantom_opts scan = {.kind = kind_named(name),
                                         .spacing_mm = spacing_mm,
                                         .slice_mm = slice_mm,
                                         .sigma_mm = sigma_mm};
    const struct nw_reconstruct_opts opts = {.simplify_mm = -1};
    struct made m = {0};
    struct nw_err err = {0};
    m.ok = nw_phantom_make(&scan, &m.phantom, &err) &&
           nw_reconstruct(&m.phantom.scan, &opts, &m.model, &err);
    if (!m.ok)
        printf("# %s\n", err.msg);
    CHECK(m.ok && m.model.part_count == 1);
    return m;
}

static inline void made_release(struct made *m)
{
    nw_reconstruction_release(&m->model);
    nw_phantom_release(&m->phantom);
}

/* Signed distance to where a node's value is zero, near there: value over slope. */
static inline double off_surface(const struct nw_field *f, nw_node node, nw_vec3 at_mm)
{
    nw_vec3 slope;
    const double value = nw_field_gradient(f, node, at_mm, &slope);
    return value / nw_length(slope);
}

#endif
