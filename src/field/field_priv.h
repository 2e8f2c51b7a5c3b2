/*
 * field/field_priv.h -- what a node is, and its value at a point: one set of expressions for
 * nw_field_value and for the tape, so that both give the same bits.
 */
#ifndef NW_FIELD_FIELD_PRIV_H
#define NW_FIELD_FIELD_PRIV_H

#include "field/field.h"

enum node_kind {
    NODE_SPHERE,     /* centre, radius */
    NODE_BOX,        /* centre, half sizes */
    NODE_CYLINDER,   /* base, axis, height, radius */
    NODE_CAPSULE,    /* base, axis, height, radius */
    NODE_CONE,       /* base, axis, height, radius at base, radius at top */
    NODE_TORUS,      /* centre, axis, major, minor */
    NODE_ELLIPSOID,  /* centre, 1/radii, smallest radius */
    NODE_HALF_SPACE, /* outward normal, offset */
    NODE_EXTRUSION,  /* origin, u, v, w, height, +1 or -1 for the outline's turning */
    NODE_SAMPLED,
    NODE_UNION,
    NODE_INTERSECTION,
    NODE_DIFFERENCE,
    NODE_BLEND,  /* radius */
    NODE_ROUND,  /* radius; signs of a, of b, of the result: a union, seen from either side */
    NODE_OFFSET, /* by */
    NODE_SHELL,  /* inward */
    NODE_MOVED,  /* inverse map: three rows and the shift; factor on the value; its stretch */
    NODE_OWN,    /* what has its own code: a leaf, or over one other */
};

enum {
    MOVED_SHIFT = 9,    /* where the inverse map's shift begins in num[] */
    MOVED_FACTOR = 12,  /* smallest stretch of the map */
    MOVED_STRETCH = 13, /* largest stretch of the inverse map */
    NUM_COUNT = 14,
    BATCH = 128,          /* points a tape works on at once */
    SLOT_LIMIT = 24,      /* values alive at once in a tape; see `need` */
    FRAME_LIMIT = 32,     /* moves within moves */
    SUB_FRAMES = 4,       /* as how many moves a tape within a tape counts, for the stack */
    DEPTH_LIMIT = 4096,   /* of the expression, which evaluation descends into */
    COST_LIMIT = 1 << 20, /* nodes, counted as often as they are used */
};

struct sampled; /* a borrowed volume with its minima and maxima */

struct slope {
    double value;
    nw_vec3 grad;
};

/* A box and a ball that both hold the region asked about. */
struct region {
    nw_box box;
    nw_vec3 centre;
    double radius;
};

/* The code of a NODE_OWN. Each value depends on its place alone (and, over another node, on
 * that one's value there), not on which others are asked with it. */
struct own_kind {
    /* value[] holds the other node's values, if there is one, and is filled. */
    void (*values)(const void *own, const double *x, const double *y, const double *z,
                   size_t count, double *value);
    struct slope (*slope)(const void *own, nw_vec3 p, struct slope other);
    nw_interval (*range)(const void *own, const struct region *r, nw_interval other);
    void (*free)(void *own);
};

struct node {
    enum node_kind kind;
    nw_node a, b; /* negative when not used */
    double num[NUM_COUNT];
    double (*outline)[2];
    size_t outline_count;
    struct sampled *sampled;
    const struct own_kind *own_kind;
    void *own;
    int depth, frames; /* nodes above the deepest leaf; moves on the way to it */
    int need;          /* value slots an evaluation takes (Sethi and Ullman 1970) */
    size_t cost;
};

struct nw_field {
    struct node *node;
    size_t count, room;
};

/* What a NODE_OWN costs beside what is below it: nodes, and moves within moves. */
struct own_cost {
    size_t cost;
    int frames;
};
/* Adds a NODE_OWN, a leaf when `other` is negative. Takes `own`, on failure too. */
nw_node nw_field_add_own(struct nw_field *f, const struct own_kind *kind, void *own,
                         nw_node other, struct own_cost cost, struct nw_err *err);
/* The solid of a mesh leaf, borrowed; NULL for any other node. */
struct nw_solid;
const struct nw_solid *nw_field_solid(const struct nw_field *f, nw_node a);
/* Refusals that all nodes share; each fills *err and returns false. */
bool nw_field_check_node(const struct nw_field *f, nw_node a, struct nw_err *err);
bool nw_field_check_size(double size_mm, const char *what, struct nw_err *err);
bool nw_field_check_place(nw_vec3 p, const char *what, struct nw_err *err);
bool nw_field_check_direction(nw_vec3 d, const char *what, struct nw_err *err);

/* What holds every value in the region of a field that changes by at most the distance gone
 * and has the value v at the region's centre. */
static inline nw_interval steady_interval(double v, const struct region *r)
{
    const double size =
        fabs(v) + r->radius + fabs(r->centre.x) + fabs(r->centre.y) + fabs(r->centre.z);
    const double reach = r->radius + 1e-11 * size; /* with room for rounding */
    if (!isfinite(v) || !isfinite(reach))
        return (nw_interval){-HUGE_VAL, HUGE_VAL};
    return (nw_interval){v - reach, v + reach};
}

double nw_sampled_value(const struct sampled *s, nw_vec3 p);
void nw_sampled_gradient(const struct sampled *s, nw_vec3 p, nw_vec3 *out);
nw_interval nw_sampled_interval(const struct sampled *s, nw_box box);
struct sampled *nw_sampled_new(const struct nw_volume *vol, double scale, double shift,
                               struct nw_err *err);
void nw_sampled_free(struct sampled *s);

/* Gradient of a leaf; of length 1 wherever the distance is smooth, exact on the surface. */
nw_vec3 nw_leaf_gradient(const struct node *n, nw_vec3 p);
double nw_extrusion_value(const struct node *n, double x, double y, double z);

static inline double less(double a, double b)
{
    return a < b ? a : b;
}

static inline double more(double a, double b)
{
    return a > b ? a : b;
}

static inline double length3(double x, double y, double z)
{
    return sqrt(x * x + y * y + z * z);
}

/* An edge of an outline, from a. */
struct edge2 {
    double a[2], b_y, by[2], length2;
};

static inline struct edge2 edge_from(const double a[2], const double b[2])
{
    struct edge2 e = {{a[0], a[1]}, b[1], {b[0] - a[0], b[1] - a[1]}, 0};
    e.length2 = e.by[0] * e.by[0] + e.by[1] * e.by[1];
    return e;
}

/* Squared distance of a place. */
static inline double edge_distance2(const struct edge2 *e, double x, double y)
{
    const double px = x - e->a[0], py = y - e->a[1];
    const double t = less(more((px * e->by[0] + py * e->by[1]) / e->length2, 0), 1);
    const double dx = px - t * e->by[0], dy = py - t * e->by[1];
    return dx * dx + dy * dy;
}

/* Does the ray from a place towards +x cross it? */
static inline bool edge_crosses(const struct edge2 *e, double x, double y)
{
    const double at = e->by[0] * (y - e->a[1]) / e->by[1];
    return (((e->a[1] > y) != (e->b_y > y)) & (x - e->a[0] < at)) != 0;
}

/* Into an extruded outline's frame (num 0..11). */
static inline nw_vec3 extrusion_local(const double *n, double x, double y, double z)
{
    const double dx = x - n[0], dy = y - n[1], dz = z - n[2];
    return nw_v3(dx * n[3] + dy * n[4] + dz * n[5], dx * n[6] + dy * n[7] + dz * n[8],
                 dx * n[9] + dy * n[10] + dz * n[11]);
}

/* Signed distance to the quadrant u < 0, v < 0. */
static inline double quadrant(double u, double v)
{
    const double a = more(u, 0), b = more(v, 0);
    return sqrt(a * a + b * b) + less(more(u, v), 0);
}

static inline double sphere_value(const double *n, double x, double y, double z)
{
    return length3(x - n[0], y - n[1], z - n[2]) - n[3];
}

static inline double box_value(const double *n, double x, double y, double z)
{
    const double u = fabs(x - n[0]) - n[3], v = fabs(y - n[1]) - n[4],
                 w = fabs(z - n[2]) - n[5];
    return length3(more(u, 0), more(v, 0), more(w, 0)) + less(more(u, more(v, w)), 0);
}

/* Height over the base along the axis (num 0..5), and distance from it. */
static inline double axis_height(const double *n, double x, double y, double z)
{
    return (x - n[0]) * n[3] + (y - n[1]) * n[4] + (z - n[2]) * n[5];
}

static inline double axis_radius(const double *n, double x, double y, double z, double h)
{
    return length3((x - n[0]) - h * n[3], (y - n[1]) - h * n[4], (z - n[2]) - h * n[5]);
}

static inline double cylinder_value(const double *n, double x, double y, double z)
{
    const double h = axis_height(n, x, y, z), r = axis_radius(n, x, y, z, h);
    return quadrant(r - n[7], fabs(h - n[6] / 2) - n[6] / 2);
}

static inline double capsule_value(const double *n, double x, double y, double z)
{
    const double h = less(more(axis_height(n, x, y, z), 0), n[6]);
    return axis_radius(n, x, y, z, h) - n[7];
}

/* Exact, after Quilez: the nearer of the flat ends and the slanted side. */
static inline double cone_value(const double *n, double x, double y, double z)
{
    const double h = axis_height(n, x, y, z), r = axis_radius(n, x, y, z, h);
    const double half = n[6] / 2, slant = n[8] - n[7];
    const double end_r = more(0, r - (h < half ? n[7] : n[8])), end_h = fabs(h - half) - half;
    const double along = ((r - n[7]) * slant + h * n[6]) / (slant * slant + n[6] * n[6]);
    const double f = less(more(along, 0), 1);
    const double side_r = r - n[7] - f * slant, side_h = h - f * n[6];
    const double d =
        sqrt(less(end_r * end_r + end_h * end_h, side_r * side_r + side_h * side_h));
    return ((side_r < 0) & (end_h < 0)) ? -d : d;
}

static inline double torus_value(const double *n, double x, double y, double z)
{
    const double h = axis_height(n, x, y, z), r = axis_radius(n, x, y, z, h) - n[6];
    return sqrt(r * r + h * h) - n[7];
}

static inline double ellipsoid_value(const double *n, double x, double y, double z)
{
    const double k = length3((x - n[0]) * n[3], (y - n[1]) * n[4], (z - n[2]) * n[5]);
    return (k - 1) * n[6];
}

static inline double half_space_value(const double *n, double x, double y, double z)
{
    return x * n[0] + y * n[1] + z * n[2] - n[3];
}

static inline double blend_value(double a, double b, double radius)
{
    const double h = more(radius - fabs(a - b), 0) / radius;
    return less(a, b) - h * h * radius * 0.25;
}

/* A union with a circle of `radius` where both are within it. */
static inline double fillet(double a, double b, double radius)
{
    const double u = less(radius - a, radius), v = less(radius - b, radius);
    const double round = less(less(a, b), radius - sqrt(u * u + v * v));
    return ((u > 0) & (v > 0)) ? round : less(a, b);
}

/* num: as NODE_ROUND's. */
static inline double round_value(const double *num, double a, double b)
{
    return num[3] * fillet(num[1] * a, num[2] * b, num[0]);
}

static inline double shell_value(double a, double inward)
{
    return more(a, -a - inward);
}

static inline nw_vec3 moved_point(const double *n, double x, double y, double z)
{
    return nw_v3(n[0] * x + n[1] * y + n[2] * z + n[MOVED_SHIFT],
                 n[3] * x + n[4] * y + n[5] * z + n[MOVED_SHIFT + 1],
                 n[6] * x + n[7] * y + n[8] * z + n[MOVED_SHIFT + 2]);
}

static inline double leaf_value(const struct node *n, nw_vec3 p)
{
    double alone = 0;
    switch (n->kind) {
    case NODE_SPHERE:
        return sphere_value(n->num, p.x, p.y, p.z);
    case NODE_BOX:
        return box_value(n->num, p.x, p.y, p.z);
    case NODE_CYLINDER:
        return cylinder_value(n->num, p.x, p.y, p.z);
    case NODE_CAPSULE:
        return capsule_value(n->num, p.x, p.y, p.z);
    case NODE_CONE:
        return cone_value(n->num, p.x, p.y, p.z);
    case NODE_TORUS:
        return torus_value(n->num, p.x, p.y, p.z);
    case NODE_ELLIPSOID:
        return ellipsoid_value(n->num, p.x, p.y, p.z);
    case NODE_HALF_SPACE:
        return half_space_value(n->num, p.x, p.y, p.z);
    case NODE_EXTRUSION:
        return nw_extrusion_value(n, p.x, p.y, p.z);
    case NODE_SAMPLED:
        return nw_sampled_value(n->sampled, p);
    case NODE_OWN:
        n->own_kind->values(n->own, &p.x, &p.y, &p.z, 1, &alone);
        return alone;
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

#endif
