/*
 * strength/grid_priv.h -- one level of the multigrid: bricks (cubes on the finest), nodes, and
 * the product of the stiffness with a vector, without a matrix. Vectors have three numbers a
 * node, x fastest.
 */
#ifndef NW_STRENGTH_GRID_PRIV_H
#define NW_STRENGTH_GRID_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct nw_stencil; /* the cube's stiffness, laid out for the product */
/* That of a cube which the surface cuts: by node, column, row. In double: what floats leave of
 * a rigid motion is as much as a slender part bends by. */
typedef double nw_cut_cube[8][24][3];

struct nw_level {
    size_t n[3];  /* cubes along each axis; nodes: one more */
    size_t nodes; /* of all */
    float *share; /* of each cube that is filled, 0..1 */
    int32_t *cut; /* of each cube: which of `own` it has, below 0: none; or NULL */
    nw_cut_cube *own;
    uint8_t *moves;    /* of each node: 0 fixed or in the void, 1, or 2: in full cubes only */
    int step[3];       /* of the finer level's bricks to one of this, 1 or 2 */
    double side[3];    /* of a brick, over that of the finest */
    double scale;      /* modulus times side of the finest */
    double *diagonal;  /* of each freedom; 1 where a node does not move */
    double largest;    /* eigenvalue of the stiffness over its diagonal, from above */
    double *x, *r, *t; /* of the cycle */
    struct nw_stencil *stencil;
};

static inline size_t nw_node_at(const struct nw_level *l, size_t x, size_t y, size_t z)
{
    return (z * (l->n[1] + 1) + y) * (l->n[0] + 1) + x;
}
static inline size_t nw_cube_at(const struct nw_level *l, size_t x, size_t y, size_t z)
{
    return (z * l->n[1] + y) * l->n[0] + x;
}

/* Room for everything; shares and moves are zero. */
NW_MUST_CHECK bool nw_level_init(struct nw_level *l, const size_t n[3], const double side[3],
                                 double scale, double poisson, struct nw_err *err);
void nw_level_release(struct nw_level *l);
/* Gives each cube that is filled in part a stiffness of its own, by the shares of its parts
 * (see element_priv.h), which `parts` tells. */
typedef void nw_parts_fn(const void *user, size_t x, size_t y, size_t z, double share[64]);
NW_MUST_CHECK bool nw_level_cut(struct nw_level *l, double poisson, nw_parts_fn *parts,
                                const void *user, struct nw_err *err);
/* After shares and fixed nodes are known (`fixed`: one byte a node, or NULL). */
void nw_level_prepare(struct nw_level *l, const uint8_t *fixed);
/* The next coarser one, along axes of more than one brick: a thin plate stays as thin, and so
 * bends as easily. Shares are means, what is fixed stays. */
NW_MUST_CHECK bool nw_level_coarsen(const struct nw_level *fine, double poisson,
                                    struct nw_level *out, struct nw_err *err);

/* out = stiffness * v at nodes that move, 0 elsewhere; v is 0 where nodes do not move. */
void nw_level_times(const struct nw_level *l, const double *v, double *out);
double nw_level_dot(const struct nw_level *l, const double *a, const double *b);
void nw_level_restrict(const struct nw_level *fine, const double *from,
                       const struct nw_level *coarse, double *to);
/* Adds. */
void nw_level_prolong(const struct nw_level *coarse, const double *from,
                      const struct nw_level *fine, double *to);
/* x = about inverse * r, by a polynomial of the diagonal's quotient; starts at 0, or at x.
 * t and p are room for a vector each. */
void nw_level_smooth(const struct nw_level *l, double *x, const double *r, double *t,
                     int degree, bool from_zero, double *p);

#endif
