/* field/leaf.c -- gradients of the primitive shapes, and the extruded outline. On a surface
 * the nearest point is the point itself and gives no direction, so the normal is taken from
 * the face that is nearest, never from a difference of positions. */
#include "field/field_priv.h"

/* Nearest place of an outline. */
struct nearest2 {
    double distance;
    double grad[2]; /* of the signed distance */
    bool inside;
};

static double clamp01(double t)
{
    return less(more(t, 0), 1);
}

static double outline_value(const struct node *n, double x, double y)
{
    double best2 = HUGE_VAL;
    bool inside = false;
    for (size_t i = 0, j = n->outline_count - 1; i < n->outline_count; j = i++) {
        const struct edge2 edge = edge_from(n->outline[j], n->outline[i]);
        best2 = less(best2, edge_distance2(&edge, x, y));
        inside ^= edge_crosses(&edge, x, y);
    }
    return inside ? -sqrt(best2) : sqrt(best2);
}

static struct nearest2 outline_nearest(const struct node *n, double x, double y)
{
    struct nearest2 near = {.distance = outline_value(n, x, y)};
    near.inside = near.distance < 0;
    const double turning = n->num[13];
    double best2 = HUGE_VAL;
    for (size_t i = 0, j = n->outline_count - 1; i < n->outline_count; j = i++) {
        const double *a = n->outline[j], *b = n->outline[i];
        const double ex = b[0] - a[0], ey = b[1] - a[1], px = x - a[0], py = y - a[1];
        const double len2 = ex * ex + ey * ey, t = clamp01((px * ex + py * ey) / len2);
        const double dx = px - t * ex, dy = py - t * ey, d2 = dx * dx + dy * dy;
        if (!(d2 < best2))
            continue;
        best2 = d2;
        const double len = sqrt(len2), d = sqrt(d2), away = near.inside ? -1 : 1;
        const bool at_corner = (t == 0 || t == 1) && d > 0;
        near.grad[0] = at_corner ? away * dx / d : turning * ey / len;
        near.grad[1] = at_corner ? away * dy / d : -turning * ex / len;
    }
    return near;
}

double nw_extrusion_value(const struct node *n, double x, double y, double z)
{
    const nw_vec3 p = extrusion_local(n->num, x, y, z);
    const double half = n->num[12] / 2;
    return quadrant(outline_value(n, p.x, p.y), fabs(p.z - half) - half);
}

/* The derivative of quadrant(). */
static void quadrant_gradient(double u, double v, double out[2])
{
    out[0] = out[1] = 0;
    if (u > 0 && v > 0) {
        const double len = sqrt(u * u + v * v);
        out[0] = u / len;
        out[1] = v / len;
    } else {
        out[u > v ? 0 : 1] = 1;
    }
}

static nw_vec3 extrusion_gradient(const struct node *n, nw_vec3 at)
{
    const double *m = n->num, half = m[12] / 2;
    const nw_vec3 p = extrusion_local(m, at.x, at.y, at.z);
    const struct nearest2 near = outline_nearest(n, p.x, p.y);
    double g[2];
    quadrant_gradient(near.distance, fabs(p.z - half) - half, g);
    const double gx = g[0] * near.grad[0], gy = g[0] * near.grad[1],
                 gz = p.z < half ? -g[1] : g[1];
    return nw_v3(m[3] * gx + m[6] * gy + m[9] * gz, m[4] * gx + m[7] * gy + m[10] * gz,
                 m[5] * gx + m[8] * gy + m[11] * gz);
}

static nw_vec3 box_gradient(const double *n, nw_vec3 p)
{
    const nw_vec3 d = nw_v3(p.x - n[0], p.y - n[1], p.z - n[2]);
    const nw_vec3 q = nw_v3(fabs(d.x) - n[3], fabs(d.y) - n[4], fabs(d.z) - n[5]);
    const nw_vec3 sign = nw_v3(d.x < 0 ? -1 : 1, d.y < 0 ? -1 : 1, d.z < 0 ? -1 : 1);
    const nw_vec3 out = nw_max3(q, nw_v3(0, 0, 0));
    if (nw_length2(out) > 0) {
        const nw_vec3 u = nw_unit(out);
        return nw_v3(u.x * sign.x, u.y * sign.y, u.z * sign.z);
    }
    if (q.x >= q.y && q.x >= q.z)
        return nw_v3(sign.x, 0, 0);
    return q.y >= q.z ? nw_v3(0, sign.y, 0) : nw_v3(0, 0, sign.z);
}

/* Place relative to an axis (num 0..5). */
struct round {
    double r, h;
    nw_vec3 out, up; /* directions of growing r and h */
};

static struct round round_at(const double *n, nw_vec3 p)
{
    struct round a = {.h = axis_height(n, p.x, p.y, p.z), .up = nw_v3(n[3], n[4], n[5])};
    const nw_vec3 d = nw_sub(p, nw_v3(n[0], n[1], n[2]));
    a.out = nw_along(d, a.up, -a.h);
    a.r = axis_radius(n, p.x, p.y, p.z, a.h);
    a.out = nw_unit(a.out);
    return a;
}

static nw_vec3 round_vector(const struct round *a, double gr, double gh)
{
    return nw_along(nw_scale(a->out, gr), a->up, gh);
}

static nw_vec3 cylinder_gradient(const double *n, nw_vec3 p)
{
    const struct round a = round_at(n, p);
    const double half = n[6] / 2;
    double g[2];
    quadrant_gradient(a.r - n[7], fabs(a.h - half) - half, g);
    return round_vector(&a, g[0], a.h < half ? -g[1] : g[1]);
}

static nw_vec3 capsule_gradient(const double *n, nw_vec3 p)
{
    const double h = less(more(axis_height(n, p.x, p.y, p.z), 0), n[6]);
    const nw_vec3 up = nw_v3(n[3], n[4], n[5]);
    return nw_unit(nw_along(nw_sub(p, nw_v3(n[0], n[1], n[2])), up, -h));
}

static nw_vec3 cone_gradient(const double *n, nw_vec3 p)
{
    const struct round a = round_at(n, p);
    const double half = n[6] / 2, slant = n[8] - n[7], top = a.h < half ? -1 : 1;
    const double end_r = more(0, a.r - (a.h < half ? n[7] : n[8]));
    const double end_h = fabs(a.h - half) - half;
    const double side2 = slant * slant + n[6] * n[6];
    const double f = clamp01(((a.r - n[7]) * slant + a.h * n[6]) / side2);
    const double side_r = a.r - n[7] - f * slant, side_h = a.h - f * n[6];
    const double end_d2 = end_r * end_r + end_h * end_h,
                 side_d2 = side_r * side_r + side_h * side_h;
    const double sign = side_r < 0 && end_h < 0 ? -1 : 1;

    if (end_d2 < side_d2) {
        const double d = sqrt(end_d2);
        return end_r > 0 ? round_vector(&a, sign * end_r / d, sign * top * end_h / d)
                         : round_vector(&a, 0, top);
    }
    const double d = sqrt(side_d2), len = sqrt(side2);
    if ((f > 0 && f < 1) || d == 0)
        return round_vector(&a, n[6] / len, -slant / len);
    return round_vector(&a, sign * side_r / d, sign * side_h / d);
}

static nw_vec3 torus_gradient(const double *n, nw_vec3 p)
{
    const struct round a = round_at(n, p);
    const double r = a.r - n[6], d = sqrt(r * r + a.h * a.h);
    return d > 0 ? round_vector(&a, r / d, a.h / d) : a.up;
}

static nw_vec3 ellipsoid_gradient(const double *n, nw_vec3 p)
{
    const nw_vec3 q = nw_v3((p.x - n[0]) * n[3], (p.y - n[1]) * n[4], (p.z - n[2]) * n[5]);
    const nw_vec3 u = nw_scale(nw_unit(q), n[6]);
    return nw_v3(u.x * n[3], u.y * n[4], u.z * n[5]);
}

nw_vec3 nw_leaf_gradient(const struct node *n, nw_vec3 p)
{
    nw_vec3 g;
    switch (n->kind) {
    case NODE_SPHERE:
        return nw_unit(nw_sub(p, nw_v3(n->num[0], n->num[1], n->num[2])));
    case NODE_BOX:
        return box_gradient(n->num, p);
    case NODE_CYLINDER:
        return cylinder_gradient(n->num, p);
    case NODE_CAPSULE:
        return capsule_gradient(n->num, p);
    case NODE_CONE:
        return cone_gradient(n->num, p);
    case NODE_TORUS:
        return torus_gradient(n->num, p);
    case NODE_ELLIPSOID:
        return ellipsoid_gradient(n->num, p);
    case NODE_HALF_SPACE:
        return nw_v3(n->num[0], n->num[1], n->num[2]);
    case NODE_EXTRUSION:
        return extrusion_gradient(n, p);
    case NODE_SAMPLED:
        nw_sampled_gradient(n->sampled, p, &g);
        return g;
    case NODE_OWN: /* gives value and gradient at once: see slope_at */
    case NODE_UNION:
    case NODE_INTERSECTION:
    case NODE_DIFFERENCE:
    case NODE_BLEND:
    case NODE_ROUND:
    case NODE_OFFSET:
    case NODE_SHELL:
    case NODE_MOVED:
        break;
    }
    NW_UNREACHABLE();
}
