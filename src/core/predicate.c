/*
 * core/predicate.c -- see predicate.h.
 *
 * An expansion is a sum of doubles that do not overlap, smallest first; its sign is that of
 * its last part. Sums, differences and products of two doubles are exactly two doubles, and
 * everything here is made of those (Shewchuk 1997, sections 2.2 to 2.5). Contraction of a*b+c
 * would break it, hence -ffp-contract=off for the whole tree.
 */
#include "core/predicate.h"

#include <stddef.h>

/* Relative rounding errors of the plain determinants, times their permanents. */
static const double ORIENT2D_BOUND = 3.3306690738754716e-16;
static const double ORIENT3D_BOUND = 7.7715611723761027e-16;

struct pair {
    double hi, lo;
};

static struct pair two_sum(double a, double b)
{
    const double hi = a + b, b_part = hi - a, a_part = hi - b_part;
    return (struct pair){hi, (a - a_part) + (b - b_part)};
}

static struct pair two_diff(double a, double b)
{
    return two_sum(a, -b);
}

/* Dekker's split into halves of 26 bits makes each partial product exact. */
static struct pair two_product(double a, double b)
{
    const double split = 134217729.0, ca = split * a, cb = split * b; /* 2^27 + 1 */
    const double a_hi = ca - (ca - a), a_lo = a - a_hi;
    const double b_hi = cb - (cb - b), b_lo = b - b_hi;
    const double hi = a * b;
    return (struct pair){hi, a_lo * b_lo - (((hi - a_hi * b_hi) - a_lo * b_hi) - a_hi * b_lo)};
}

/* e (n parts, in place, room for one more) plus b; returns the new count. Zeros are dropped. */
static size_t grow(double *e, size_t n, double b)
{
    double q = b;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct pair s = two_sum(q, e[i]);
        q = s.hi;
        if (s.lo != 0)
            e[kept++] = s.lo;
    }
    if (q != 0)
        e[kept++] = q;
    return kept;
}

/* e += f */
static size_t add(double *e, size_t n, const double *f, size_t m)
{
    for (size_t i = 0; i < m; i++)
        n = grow(e, n, f[i]);
    return n;
}

/* out += e * b; out needs room for 2 n more. */
static size_t add_scaled(double *out, size_t count, const double *e, size_t n, double b)
{
    for (size_t i = 0; i < n && b != 0; i++) {
        const struct pair p = two_product(e[i], b);
        count = grow(out, count, p.lo);
        count = grow(out, count, p.hi);
    }
    return count;
}

static int sign(double x)
{
    return (x > 0) - (x < 0);
}

static int sign_of(const double *e, size_t n)
{
    return n == 0 ? 0 : sign(e[n - 1]);
}

/* a b - c d, each a difference of coordinates held exactly; at most 16 parts. */
static size_t cross(double out[16], struct pair a, struct pair b, struct pair c, struct pair d)
{
    const double ab[2] = {a.lo, a.hi}, cd[2] = {c.lo, c.hi};
    size_t n = add_scaled(out, 0, ab, 2, b.lo);
    n = add_scaled(out, n, ab, 2, b.hi);
    n = add_scaled(out, n, cd, 2, -d.lo);
    return add_scaled(out, n, cd, 2, -d.hi);
}

int nw_orient2d(double ax, double ay, double bx, double by, double cx, double cy)
{
    const double left = (ax - cx) * (by - cy), right = (ay - cy) * (bx - cx);
    const double det = left - right;
    if (fabs(det) > ORIENT2D_BOUND * (fabs(left) + fabs(right)))
        return sign(det);
    double exact[16];
    return sign_of(exact, cross(exact, two_diff(ax, cx), two_diff(by, cy), two_diff(ay, cy),
                                two_diff(bx, cx)));
}

/* The sum over the rows of z times the minor of x and y of the other two. */
static int orient3d_exact(nw_vec3 a, nw_vec3 b, nw_vec3 c, nw_vec3 d)
{
    const nw_vec3 from[3] = {a, b, c};
    struct pair x[3], y[3], z[3];
    for (int i = 0; i < 3; i++) {
        x[i] = two_diff(from[i].x, d.x);
        y[i] = two_diff(from[i].y, d.y);
        z[i] = two_diff(from[i].z, d.z);
    }
    double sum[192], minor[16], term[64];
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        const int j = (i + 1) % 3, k = (i + 2) % 3;
        const size_t m = cross(minor, x[j], y[k], y[j], x[k]);
        size_t t = add_scaled(term, 0, minor, m, z[i].lo);
        t = add_scaled(term, t, minor, m, z[i].hi);
        n = add(sum, n, term, t);
    }
    return sign_of(sum, n);
}

int nw_orient3d(nw_vec3 a, nw_vec3 b, nw_vec3 c, nw_vec3 d)
{
    const double adx = a.x - d.x, ady = a.y - d.y, adz = a.z - d.z;
    const double bdx = b.x - d.x, bdy = b.y - d.y, bdz = b.z - d.z;
    const double cdx = c.x - d.x, cdy = c.y - d.y, cdz = c.z - d.z;
    const double bc = bdx * cdy, cb = cdx * bdy, ca = cdx * ady, ac = adx * cdy;
    const double ab = adx * bdy, ba = bdx * ady;
    const double det = adz * (bc - cb) + bdz * (ca - ac) + cdz * (ab - ba);
    const double size = (fabs(bc) + fabs(cb)) * fabs(adz) + (fabs(ca) + fabs(ac)) * fabs(bdz) +
                        (fabs(ab) + fabs(ba)) * fabs(cdz);
    if (fabs(det) > ORIENT3D_BOUND * size)
        return sign(det);
    return orient3d_exact(a, b, c, d);
}

bool nw_is_collinear(nw_vec3 a, nw_vec3 b, nw_vec3 c)
{
    return nw_orient2d(a.x, a.y, b.x, b.y, c.x, c.y) == 0 &&
           nw_orient2d(a.y, a.z, b.y, b.z, c.y, c.z) == 0 &&
           nw_orient2d(a.z, a.x, b.z, b.x, c.z, c.x) == 0;
}
