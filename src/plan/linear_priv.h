/*
 * plan/linear_priv.h -- small symmetric matrices: eigenvalues by Jacobi's rotations in a fixed
 * order, so the same bits everywhere.
 */
#ifndef NW_PLAN_LINEAR_PRIV_H
#define NW_PLAN_LINEAR_PRIV_H

#include "core/vec.h"

enum { NW_MOST_ROWS = 6 };

/* Eigenvalues of the symmetric n x n matrix in a, smallest first; vector[k] belongs to value[k]
 * and has length 1 and its largest component above 0. n is at most 6. */
struct nw_eigen {
    double value[NW_MOST_ROWS], vector[NW_MOST_ROWS][NW_MOST_ROWS];
};
struct nw_eigen nw_eigen_symmetric(const double a[NW_MOST_ROWS][NW_MOST_ROWS], int n);

/* x with a x = b, leaving alone the directions whose eigenvalue is below `least`. */
void nw_eigen_solve(const struct nw_eigen *e, int n, const double *b, double least, double *x);

/* Rodrigues: the rotation by the length of w, in radians, about w. */
nw_mat3 nw_rotation(nw_vec3 w);

/* Two vectors of length 1 at right angles to n and to one another. */
void nw_across(nw_vec3 n, nw_vec3 *u, nw_vec3 *v);

#endif
