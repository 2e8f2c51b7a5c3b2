/*
 * core/vec.h -- vectors, matrices, and the elementary functions whose bits do not depend on
 * the machine.
 *
 * glibc chooses the code of sin, cos, exp, log, pow, atan2, acos by processor, and the last
 * bits differ; what reaches an output therefore uses the nw_ functions below. They are sums
 * of plain operations in a fixed order, good to about 1e-14 relative, which is beyond what
 * any length here needs. sqrt, fabs, floor, ceil, rint, fmin, fmax, ldexp, frexp are exact
 * and free to use.
 */
#ifndef NW_CORE_VEC_H
#define NW_CORE_VEC_H

#include <math.h>
#include <stdbool.h>

#define NW_PI 3.14159265358979323846

typedef struct {
    double x, y, z;
} nw_vec3;

/* Rows; m.r[0].y is row 0, column 1. */
typedef struct {
    nw_vec3 r[3];
} nw_mat3;

/* p -> linear * p + shift */
typedef struct {
    nw_mat3 linear;
    nw_vec3 shift;
} nw_affine;

/* An axis-aligned box; empty when min > max on any axis. */
typedef struct {
    nw_vec3 min, max;
} nw_box;

static inline nw_vec3 nw_v3(double x, double y, double z)
{
    const nw_vec3 v = {x, y, z};
    return v;
}

static inline nw_vec3 nw_add(nw_vec3 a, nw_vec3 b)
{
    return nw_v3(a.x + b.x, a.y + b.y, a.z + b.z);
}

static inline nw_vec3 nw_sub(nw_vec3 a, nw_vec3 b)
{
    return nw_v3(a.x - b.x, a.y - b.y, a.z - b.z);
}

static inline nw_vec3 nw_scale(nw_vec3 a, double s)
{
    return nw_v3(a.x * s, a.y * s, a.z * s);
}

/* a + s b */
static inline nw_vec3 nw_along(nw_vec3 a, nw_vec3 b, double s)
{
    return nw_v3(a.x + s * b.x, a.y + s * b.y, a.z + s * b.z);
}

static inline double nw_dot(nw_vec3 a, nw_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline nw_vec3 nw_cross(nw_vec3 a, nw_vec3 b)
{
    return nw_v3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

static inline double nw_length2(nw_vec3 a)
{
    return nw_dot(a, a);
}

static inline double nw_length(nw_vec3 a)
{
    return sqrt(nw_dot(a, a));
}

/* The zero vector stays zero. */
static inline nw_vec3 nw_unit(nw_vec3 a)
{
    const double len = nw_length(a);
    return len > 0 ? nw_scale(a, 1 / len) : a;
}

static inline nw_vec3 nw_min3(nw_vec3 a, nw_vec3 b)
{
    return nw_v3(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, a.z < b.z ? a.z : b.z);
}

static inline nw_vec3 nw_max3(nw_vec3 a, nw_vec3 b)
{
    return nw_v3(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y, a.z > b.z ? a.z : b.z);
}

static inline bool nw_finite3(nw_vec3 a)
{
    return isfinite(a.x) && isfinite(a.y) && isfinite(a.z);
}

static inline nw_vec3 nw_mul(nw_mat3 m, nw_vec3 v)
{
    return nw_v3(nw_dot(m.r[0], v), nw_dot(m.r[1], v), nw_dot(m.r[2], v));
}

static inline nw_mat3 nw_transpose(nw_mat3 m)
{
    const nw_mat3 t = {{{m.r[0].x, m.r[1].x, m.r[2].x},
                        {m.r[0].y, m.r[1].y, m.r[2].y},
                        {m.r[0].z, m.r[1].z, m.r[2].z}}};
    return t;
}

static inline nw_mat3 nw_matmul(nw_mat3 a, nw_mat3 b)
{
    const nw_mat3 t = nw_transpose(b);
    const nw_mat3 p = {{nw_mul(t, a.r[0]), nw_mul(t, a.r[1]), nw_mul(t, a.r[2])}};
    return p;
}

static inline double nw_det(nw_mat3 m)
{
    return nw_dot(m.r[0], nw_cross(m.r[1], m.r[2]));
}

/* The inverse; the determinant must not be zero. */
static inline nw_mat3 nw_inverse(nw_mat3 m)
{
    const double s = 1 / nw_det(m);
    const nw_mat3 columns = {{nw_scale(nw_cross(m.r[1], m.r[2]), s),
                              nw_scale(nw_cross(m.r[2], m.r[0]), s),
                              nw_scale(nw_cross(m.r[0], m.r[1]), s)}};
    return nw_transpose(columns);
}

static inline nw_vec3 nw_apply(nw_affine a, nw_vec3 p)
{
    return nw_add(nw_mul(a.linear, p), a.shift);
}

static inline nw_affine nw_affine_inverse(nw_affine a)
{
    const nw_mat3 inv = nw_inverse(a.linear);
    const nw_affine back = {inv, nw_scale(nw_mul(inv, a.shift), -1)};
    return back;
}

static inline nw_box nw_box_empty(void)
{
    const nw_box b = {{HUGE_VAL, HUGE_VAL, HUGE_VAL}, {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL}};
    return b;
}

static inline nw_box nw_box_with(nw_box b, nw_vec3 p)
{
    const nw_box r = {nw_min3(b.min, p), nw_max3(b.max, p)};
    return r;
}

static inline nw_box nw_box_grown(nw_box b, double by)
{
    const nw_box r = {nw_sub(b.min, nw_v3(by, by, by)), nw_add(b.max, nw_v3(by, by, by))};
    return r;
}

static inline nw_vec3 nw_box_size(nw_box b)
{
    return nw_sub(b.max, b.min);
}

/* ---- elementary functions, the same bits everywhere ---- */

/* Argument below 1e6: there the product of turns and the first part of pi/2 is exact. */
static inline double nw_sin_quadrant(double x, int shift)
{
    const double turns = rint(x * (2 / NW_PI));
    const double r = (x - turns * 1.57079632673412561417) - turns * 6.07710050650619224932e-11;
    const int quadrant = (int)((long long)turns + shift) & 3;
    const double r2 = r * r;
    double term, sum;
    if (quadrant & 1) { /* cosine series */
        sum = term = 1;
        for (int n = 2; n <= 20; n += 2) {
            term *= -r2 / (double)(n * (n - 1));
            sum += term;
        }
    } else {
        sum = term = r;
        for (int n = 3; n <= 21; n += 2) {
            term *= -r2 / (double)(n * (n - 1));
            sum += term;
        }
    }
    return quadrant & 2 ? -sum : sum;
}

static inline double nw_sin(double x)
{
    return nw_sin_quadrant(x, 0);
}

static inline double nw_cos(double x)
{
    return nw_sin_quadrant(x, 1);
}

static inline double nw_exp(double x)
{
    if (!(x < 709.7))
        return x >= 709.7 ? HUGE_VAL : x; /* NaN stays */
    if (x < -745)
        return 0;
    const double n = rint(x * 1.44269504088896340736);
    const double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    double term = 1, sum = 1;
    for (int k = 1; k <= 14; k++) {
        term *= r / (double)k;
        sum += term;
    }
    return ldexp(sum, (int)n);
}

/* The natural logarithm of x > 0. */
static inline double nw_log(double x)
{
    int e;
    double m = frexp(x, &e); /* in [0.5, 1) */
    if (m < 0.70710678118654752440) {
        m *= 2;
        e--;
    }
    const double u = (m - 1) / (m + 1), u2 = u * u; /* |u| < 0.172 */
    double power = u, sum = u;
    for (int k = 3; k <= 23; k += 2) {
        power *= u2;
        sum += power / (double)k;
    }
    return 2 * sum + (double)e * 0.69314718055994530942;
}

static inline double nw_pow(double x, double y)
{
    return x > 0 ? nw_exp(y * nw_log(x)) : 0;
}

static inline double nw_atan(double x)
{
    double a = fabs(x);
    const bool flip = a > 1;
    if (flip)
        a = 1 / a;
    for (int k = 0; k < 2; k++) /* half the angle, twice: a <= 0.199 */
        a = a / (1 + sqrt(1 + a * a));
    const double a2 = a * a;
    double power = a, sum = a;
    for (int k = 3; k <= 25; k += 2) {
        power *= -a2;
        sum += power / (double)k;
    }
    sum *= 4;
    if (flip)
        sum = NW_PI / 2 - sum;
    return x < 0 ? -sum : sum;
}

static inline double nw_atan2(double y, double x)
{
    if (x > 0)
        return nw_atan(y / x);
    if (x < 0)
        return y >= 0 ? nw_atan(y / x) + NW_PI : nw_atan(y / x) - NW_PI;
    return y > 0 ? NW_PI / 2 : y < 0 ? -NW_PI / 2 : 0;
}

/* x outside [-1, 1] counts as the nearer end. */
static inline double nw_acos(double x)
{
    const double c = x > 1 ? 1 : x < -1 ? -1 : x;
    return nw_atan2(sqrt((1 - c) * (1 + c)), c);
}

/* The error function, to about 1e-13: the area under a Gaussian, which is what an edge looks
 * like through a scanner. */
static inline double nw_erf(double x)
{
    const double a = fabs(x);
    double value;
    if (a < 2.5) { /* Taylor */
        double term = a, sum = a;
        for (int n = 1; n <= 40; n++) {
            term *= -a * a / (double)n;
            sum += term / (double)(2 * n + 1);
        }
        value = sum * 1.12837916709551257390;
    } else if (a < 6) { /* Lentz would do; the fraction from its far end is simpler */
        double f = 0;
        for (int k = 60; k >= 1; k--)
            f = (double)k / 2 / (a + f);
        value = 1 - nw_exp(-a * a) / ((a + f) * 1.77245385090551602730);
    } else {
        value = 1;
    }
    return x < 0 ? -value : value;
}

#endif
