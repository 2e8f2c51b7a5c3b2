/* mesh/quadric_priv.h -- sums of squared distances to planes (Garland and Heckbert 1997). */
#ifndef NW_MESH_QUADRIC_PRIV_H
#define NW_MESH_QUADRIC_PRIV_H

#include "core/vec.h"

/* p A p + 2 b p + c, with A symmetric. */
struct nw_quadric {
    double a00, a01, a02, a11, a12, a22, b0, b1, b2, c;
};

/* Adds weight times the squared distance to the plane n p = d; n of length 1. */
static inline void nw_quadric_add_plane(struct nw_quadric *q, nw_vec3 n, double d,
                                        double weight)
{
    q->a00 += weight * n.x * n.x;
    q->a01 += weight * n.x * n.y;
    q->a02 += weight * n.x * n.z;
    q->a11 += weight * n.y * n.y;
    q->a12 += weight * n.y * n.z;
    q->a22 += weight * n.z * n.z;
    q->b0 -= weight * d * n.x;
    q->b1 -= weight * d * n.y;
    q->b2 -= weight * d * n.z;
    q->c += weight * d * d;
}

/* Adds weight times the squared distance to the point p. */
static inline void nw_quadric_add_point(struct nw_quadric *q, nw_vec3 p, double weight)
{
    q->a00 += weight;
    q->a11 += weight;
    q->a22 += weight;
    q->b0 -= weight * p.x;
    q->b1 -= weight * p.y;
    q->b2 -= weight * p.z;
    q->c += weight * nw_dot(p, p);
}

static inline struct nw_quadric nw_quadric_sum(const struct nw_quadric *p,
                                               const struct nw_quadric *q)
{
    return (struct nw_quadric){
        p->a00 + q->a00, p->a01 + q->a01, p->a02 + q->a02, p->a11 + q->a11, p->a12 + q->a12,
        p->a22 + q->a22, p->b0 + q->b0,   p->b1 + q->b1,   p->b2 + q->b2,   p->c + q->c};
}

static inline double nw_quadric_at(const struct nw_quadric *q, nw_vec3 p)
{
    const double x = q->a00 * p.x + q->a01 * p.y + q->a02 * p.z + 2 * q->b0;
    const double y = q->a01 * p.x + q->a11 * p.y + q->a12 * p.z + 2 * q->b1;
    const double z = q->a02 * p.x + q->a12 * p.y + q->a22 * p.z + 2 * q->b2;
    return x * p.x + y * p.y + z * p.z + q->c;
}

/* The lowest place of q; false when A is as good as singular. */
static inline bool nw_quadric_lowest(const struct nw_quadric *q, nw_vec3 *out)
{
    static const double SINGULAR =
        1e-12; /* of the cube of A's trace: beyond it digits are gone */
    const double m00 = q->a11 * q->a22 - q->a12 * q->a12,
                 m01 = q->a02 * q->a12 - q->a01 * q->a22,
                 m02 = q->a01 * q->a12 - q->a02 * q->a11,
                 m11 = q->a00 * q->a22 - q->a02 * q->a02,
                 m12 = q->a01 * q->a02 - q->a00 * q->a12,
                 m22 = q->a00 * q->a11 - q->a01 * q->a01;
    const double det = q->a00 * m00 + q->a01 * m01 + q->a02 * m02;
    const double trace = q->a00 + q->a11 + q->a22;
    if (!(det > SINGULAR * trace * trace * trace))
        return false;
    const double s = -1 / det;
    *out = nw_v3(s * (m00 * q->b0 + m01 * q->b1 + m02 * q->b2),
                 s * (m01 * q->b0 + m11 * q->b1 + m12 * q->b2),
                 s * (m02 * q->b0 + m12 * q->b1 + m22 * q->b2));
    return true;
}

#endif
