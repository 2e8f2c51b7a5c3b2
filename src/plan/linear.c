/* plan/linear.c -- see linear_priv.h. */
#include "plan/linear_priv.h"

#include <string.h>

enum { N = NW_MOST_ROWS };

static void rotate(double a[N][N], double v[N][N], int n, int p, int q)
{
    if (a[p][q] == 0)
        return;
    const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    const double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < n; k++) {
        const double kp = a[k][p], kq = a[k][q];
        a[k][p] = c * kp - s * kq;
        a[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < n; k++) {
        const double pk = a[p][k], qk = a[q][k];
        a[p][k] = c * pk - s * qk;
        a[q][k] = s * pk + c * qk;
    }
    a[p][q] = a[q][p] = 0;
    for (int k = 0; k < n; k++) {
        const double pk = v[p][k], qk = v[q][k];
        v[p][k] = c * pk - s * qk;
        v[q][k] = s * pk + c * qk;
    }
}

static void sign_vector(double *v, int n)
{
    int most = 0;
    for (int k = 1; k < n; k++)
        if (fabs(v[k]) > fabs(v[most]))
            most = k;
    if (v[most] < 0)
        for (int k = 0; k < n; k++)
            v[k] = -v[k];
}

struct nw_eigen nw_eigen_symmetric(const double a[N][N], int n)
{
    enum { SWEEPS = 16 }; /* converges quadratically: eight suffice for double */
    double w[N][N], v[N][N] = {{0}};
    memcpy(w, a, sizeof w);
    for (int k = 0; k < n; k++)
        v[k][k] = 1;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++)
                rotate(w, v, n, p, q);
    struct nw_eigen e = {{0}, {{0}}};
    for (int i = 0; i < n; i++) {
        int k = i;
        for (; k > 0 && w[i][i] < e.value[k - 1]; k--) {
            e.value[k] = e.value[k - 1];
            memcpy(e.vector[k], e.vector[k - 1], sizeof e.vector[k]);
        }
        e.value[k] = w[i][i];
        memcpy(e.vector[k], v[i], sizeof e.vector[k]);
        sign_vector(e.vector[k], n);
    }
    return e;
}

void nw_eigen_solve(const struct nw_eigen *e, int n, const double *b, double least, double *x)
{
    for (int i = 0; i < n; i++)
        x[i] = 0;
    for (int k = 0; k < n; k++) {
        if (!(e->value[k] > least))
            continue;
        double along = 0;
        for (int i = 0; i < n; i++)
            along += e->vector[k][i] * b[i];
        for (int i = 0; i < n; i++)
            x[i] += e->vector[k][i] * along / e->value[k];
    }
}

nw_mat3 nw_rotation(nw_vec3 w)
{
    const double angle = nw_length(w);
    const nw_vec3 k = nw_unit(w);
    const double c = nw_cos(angle), s = nw_sin(angle), d = 1 - c;
    const nw_mat3 m = {{{c + d * k.x * k.x, d * k.x * k.y - s * k.z, d * k.x * k.z + s * k.y},
                        {d * k.y * k.x + s * k.z, c + d * k.y * k.y, d * k.y * k.z - s * k.x},
                        {d * k.z * k.x - s * k.y, d * k.z * k.y + s * k.x, c + d * k.z * k.z}}};
    return m;
}

void nw_across(nw_vec3 n, nw_vec3 *u, nw_vec3 *v)
{
    const nw_vec3 a = fabs(n.x) <= fabs(n.y) && fabs(n.x) <= fabs(n.z) ? nw_v3(1, 0, 0)
                      : fabs(n.y) <= fabs(n.z)                         ? nw_v3(0, 1, 0)
                                                                       : nw_v3(0, 0, 1);
    *u = nw_unit(nw_cross(n, a));
    *v = nw_cross(nw_unit(n), *u);
}
