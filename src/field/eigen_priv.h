/* field/eigen_priv.h -- eigenvalues and vectors of a symmetric 3x3 matrix, by Jacobi's
 * rotations in a fixed order: the same bits everywhere. */
#ifndef NW_FIELD_EIGEN_PRIV_H
#define NW_FIELD_EIGEN_PRIV_H

#include "core/vec.h"

struct eigen3 {
    double value[3];
    double vector[3][3]; /* vector[c] belongs to value[c], of length 1 */
};

static inline void eigen3_rotate(double a[3][3], double v[3][3], int p, int q)
{
    if (a[p][q] == 0)
        return;
    const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    const double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < 3; k++) {
        const double kp = a[k][p], kq = a[k][q];
        a[k][p] = c * kp - s * kq;
        a[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < 3; k++) {
        const double pk = a[p][k], qk = a[q][k];
        a[p][k] = c * pk - s * qk;
        a[q][k] = s * pk + c * qk;
    }
    for (int k = 0; k < 3; k++) {
        const double pk = v[p][k], qk = v[q][k];
        v[p][k] = c * pk - s * qk;
        v[q][k] = s * pk + c * qk;
    }
}

/* The values are in no order. Destroys a. */
static inline struct eigen3 eigen3_of(double a[3][3])
{
    enum { SWEEPS = 8 }; /* converges quadratically: five suffice for double */
    struct eigen3 e = {.vector = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        if (a[0][1] == 0 && a[0][2] == 0 && a[1][2] == 0)
            break;
        eigen3_rotate(a, e.vector, 0, 1);
        eigen3_rotate(a, e.vector, 0, 2);
        eigen3_rotate(a, e.vector, 1, 2);
    }
    for (int k = 0; k < 3; k++)
        e.value[k] = a[k][k];
    return e;
}

#endif
