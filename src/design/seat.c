/* design/seat.c -- see seat.h. */
#include "design/seat.h"

#include <math.h>
#include <string.h>

static const double HELD = 0.01;
enum { PAIRED = 2000 };

/* Eigenvalues of a symmetric matrix, largest first, and its vectors in the columns of v, by
 * turning away one element after the other (Jacobi 1846). */
static void eigen6(double a[6][6], double value[6], double v[6][6])
{
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            v[i][j] = i == j;
    for (int sweep = 0; sweep < 40; sweep++)
        for (int p = 0; p < 6; p++)
            for (int q = p + 1; q < 6; q++) {
                if (fabs(a[p][q]) <= 1e-18 * (fabs(a[p][p]) + fabs(a[q][q])))
                    continue;
                const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
                const double t = copysign(1, theta) / (fabs(theta) + sqrt(1 + theta * theta));
                const double c = 1 / sqrt(1 + t * t), s = t * c;
                for (int k = 0; k < 6; k++) {
                    const double x = a[k][p], y = a[k][q];
                    a[k][p] = c * x - s * y;
                    a[k][q] = s * x + c * y;
                }
                for (int k = 0; k < 6; k++) {
                    const double x = a[p][k], y = a[q][k], vx = v[k][p], vy = v[k][q];
                    a[p][k] = c * x - s * y;
                    a[q][k] = s * x + c * y;
                    v[k][p] = c * vx - s * vy;
                    v[k][q] = s * vx + c * vy;
                }
            }
    for (int i = 0; i < 6; i++)
        value[i] = a[i][i];
    for (int i = 0; i < 6; i++)
        for (int j = i + 1; j < 6; j++)
            if (value[j] > value[i]) {
                const double swap = value[i];
                value[i] = value[j];
                value[j] = swap;
                for (int k = 0; k < 6; k++) {
                    const double w = v[k][i];
                    v[k][i] = v[k][j];
                    v[k][j] = w;
                }
            }
}

static void find_centre(const struct nw_contact *contact, size_t count, struct nw_seat *out)
{
    nw_vec3 sum = {0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        out->area_mm2 += contact[i].area_mm2;
        sum = nw_along(sum, contact[i].point_mm, contact[i].area_mm2);
    }
    if (!(out->area_mm2 > 0))
        return;
    out->centre_mm = nw_scale(sum, 1 / out->area_mm2);
    double arm2 = 0;
    for (size_t i = 0; i < count; i++)
        arm2 += contact[i].area_mm2 * nw_length2(nw_sub(contact[i].point_mm, out->centre_mm));
    out->arm_mm = fmax(sqrt(arm2 / out->area_mm2), 1e-3);
}

static void constraint(const struct nw_contact *c, const struct nw_seat *seat, double g[6])
{
    const nw_vec3 n = c->normal;
    const nw_vec3 turn =
        nw_scale(nw_cross(nw_sub(c->point_mm, seat->centre_mm), n), 1 / seat->arm_mm);
    const double all[6] = {n.x, n.y, n.z, turn.x, turn.y, turn.z};
    memcpy(g, all, sizeof all);
}

/* The mean over the area of g gT. */
static void gather(const struct nw_contact *contact, size_t count, const struct nw_seat *seat,
                   double m[6][6])
{
    memset(m, 0, 36 * sizeof(double));
    for (size_t i = 0; i < count; i++) {
        double g[6];
        constraint(&contact[i], seat, g);
        const double share = contact[i].area_mm2 / seat->area_mm2;
        for (int a = 0; a < 6; a++)
            for (int b = 0; b < 6; b++)
                m[a][b] += share * g[a] * g[b];
    }
}

/* The covariance of the mean of g times the error, per sd^2: over all pairs of every `stride`th
 * contact. */
static void spread_of(const struct nw_contact *contact, size_t count,
                      const struct nw_seat *seat, double alike_mm, double b[6][6])
{
    const size_t stride = count / PAIRED + 1;
    const double narrow = 1 / (2 * alike_mm * alike_mm);
    double total = 0;
    memset(b, 0, 36 * sizeof(double));
    for (size_t i = 0; i < count; i += stride)
        total += contact[i].area_mm2;
    for (size_t i = 0; i < count; i += stride) {
        double gi[6], sum[6] = {0};
        constraint(&contact[i], seat, gi);
        for (size_t j = 0; j < count; j += stride) {
            const double d2 = nw_length2(nw_sub(contact[i].point_mm, contact[j].point_mm));
            if (d2 * narrow > 12)
                continue;
            double gj[6];
            constraint(&contact[j], seat, gj);
            const double alike = nw_exp(-d2 * narrow) * contact[j].area_mm2 / total;
            for (int k = 0; k < 6; k++)
                sum[k] += alike * gj[k];
        }
        for (int r = 0; r < 6; r++)
            for (int c = 0; c < 6; c++)
                b[r][c] += contact[i].area_mm2 / total * gi[r] * sum[c];
    }
}

/* out = scale^-1 inverse(M) B inverse(M) scale^-1 sd^2, by M's eigenvectors. */
static void take_covariance(const double value[6], const double v[6][6], const double b[6][6],
                            double sd_mm, struct nw_seat *out)
{
    double inverse[6][6] = {0}, half[6][6] = {0};
    for (int k = 0; k < 6; k++)
        for (int r = 0; r < 6; r++)
            for (int c = 0; c < 6; c++)
                inverse[r][c] += v[r][k] * v[c][k] / fmax(value[k], HELD * HELD);
    for (int r = 0; r < 6; r++)
        for (int c = 0; c < 6; c++)
            for (int k = 0; k < 6; k++)
                half[r][c] += inverse[r][k] * b[k][c];
    for (int r = 0; r < 6; r++)
        for (int c = 0; c < 6; c++) {
            double sum = 0;
            for (int k = 0; k < 6; k++)
                sum += half[r][k] * inverse[k][c];
            out->covariance[r][c] =
                sum * sd_mm * sd_mm / (r < 3 ? 1 : out->arm_mm) / (c < 3 ? 1 : out->arm_mm);
        }
}

bool nw_seat_of(const struct nw_contact *contact, size_t count, double sd_mm, double alike_mm,
                struct nw_seat *out, struct nw_err *err)
{
    if (!(sd_mm > 0) || !(alike_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the surface's uncertainty and the length over which it is alike must "
                       "be above 0 mm");
    *out = (struct nw_seat){0};
    find_centre(contact, count, out);
    if (!(out->area_mm2 > 0))
        return nw_fail(err, NW_ERR_GEOMETRY, "nothing touches the bone");
    double m[6][6], b[6][6], value[6], v[6][6];
    gather(contact, count, out, m);
    eigen6(m, value, v);
    for (int i = 0; i < 6; i++) {
        out->singular[i] = sqrt(fmax(value[i], 0));
        out->weakest_move[i] = v[i][5];
    }
    out->held = out->singular[5] > HELD;
    spread_of(contact, count, out, alike_mm, b);
    take_covariance(value, (const double(*)[6])v, (const double(*)[6])b, sd_mm, out);
    return true;
}

/* The variance of f . motion. */
static double variance(const struct nw_seat *seat, const double f[6])
{
    double sum = 0;
    for (int a = 0; a < 6; a++)
        for (int b = 0; b < 6; b++)
            sum += f[a] * f[b] * seat->covariance[a][b];
    return fmax(sum, 0);
}

struct nw_seat_error nw_seat_error_at(const struct nw_seat *seat, nw_vec3 point_mm,
                                      nw_vec3 axis)
{
    const nw_vec3 a = nw_unit(axis), arm = nw_sub(point_mm, seat->centre_mm);
    const nw_vec3 any = fabs(a.x) < 0.8 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    const nw_vec3 u = nw_unit(nw_cross(a, any)), w = nw_cross(a, u);
    double across = 0, tilt = 0;
    const nw_vec3 side[2] = {u, w};
    for (int i = 0; i < 2; i++) {
        /* u.(t + r x arm) = u.t + (arm x u).r;  the axis tilts by u.(r x a) = (a x u).r */
        const nw_vec3 lever = nw_cross(arm, side[i]), tip = nw_cross(a, side[i]);
        const double place[6] = {side[i].x, side[i].y, side[i].z, lever.x, lever.y, lever.z};
        const double turn[6] = {0, 0, 0, tip.x, tip.y, tip.z};
        across += variance(seat, place);
        tilt += variance(seat, turn);
    }
    return (struct nw_seat_error){sqrt(across), sqrt(tilt) * 180 / NW_PI};
}
