/* field/field.c -- building expressions; see field.h. */
#include "field/field.h"

#include <string.h>

#include "field/eigen_priv.h"
#include "field/field_priv.h"
#include "field/slope_priv.h"

struct nw_field *nw_field_new(struct nw_err *err)
{
    return NW_ALLOC(struct nw_field, 1, err);
}

void nw_field_free(struct nw_field *field)
{
    if (!field)
        return;
    for (size_t i = 0; i < field->count; i++) {
        nw_free(field->node[i].outline);
        nw_sampled_free(field->node[i].sampled);
        if (field->node[i].own)
            field->node[i].own_kind->free(field->node[i].own);
    }
    nw_free(field->node);
    nw_free(field);
}

/* Takes what the node holds. */
static nw_node add_node(struct nw_field *f, struct node *n, struct nw_err *err)
{
    if (f->count < INT32_MAX && nw_grow(&f->node, &f->room, f->count + 1, sizeof *n, err)) {
        f->node[f->count] = *n;
        return (nw_node)f->count++;
    }
    nw_free(n->outline);
    nw_sampled_free(n->sampled);
    if (n->own)
        n->own_kind->free(n->own);
    if (err->code == NW_OK)
        nw_fail(err, NW_ERR_LIMIT, "the expression has too many nodes");
    return -1;
}

static nw_node add_leaf(struct nw_field *f, enum node_kind kind, const double *num,
                        size_t num_count, struct nw_err *err)
{
    struct node n = {.kind = kind, .a = -1, .b = -1, .depth = 1, .need = 1, .cost = 1};
    memcpy(n.num, num, num_count * sizeof *num);
    return add_node(f, &n, err);
}

bool nw_field_check_size(double size_mm, const char *what, struct nw_err *err)
{
    if (isfinite(size_mm) && size_mm > 0)
        return true;
    return nw_fail(err, NW_ERR_ARGUMENT, "%s is %g mm and must be above 0", what, size_mm);
}

bool nw_field_check_place(nw_vec3 p, const char *what, struct nw_err *err)
{
    if (nw_finite3(p))
        return true;
    return nw_fail(err, NW_ERR_ARGUMENT, "%s is not a finite place", what);
}

bool nw_field_check_direction(nw_vec3 d, const char *what, struct nw_err *err)
{
    const double len = nw_length(d);
    if (isfinite(len) && len > 0)
        return true;
    return nw_fail(err, NW_ERR_ARGUMENT, "%s has no direction", what);
}

static bool is_node(const struct nw_field *f, nw_node a)
{
    return a >= 0 && (size_t)a < f->count;
}

bool nw_field_check_node(const struct nw_field *f, nw_node a, struct nw_err *err)
{
    return is_node(f, a) || nw_fail(err, NW_ERR_ARGUMENT, "node %d does not exist", (int)a);
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static bool check_extent(const struct node *n, struct nw_err *err)
{
    if (n->depth <= DEPTH_LIMIT && n->cost <= COST_LIMIT && n->frames < FRAME_LIMIT &&
        n->need <= SLOT_LIMIT)
        return true;
    return nw_fail(
        err, NW_ERR_LIMIT,
        "the expression is too large: at most %d nodes, %d deep, %d moves within moves",
        COST_LIMIT, DEPTH_LIMIT, FRAME_LIMIT - 1);
}

/* A node over one or two others (b negative: one). */
static nw_node add_over(struct nw_field *f, enum node_kind kind, nw_node a, nw_node b,
                        const double *num, size_t num_count, struct nw_err *err)
{
    if (!nw_field_check_node(f, a, err) || (b >= 0 && !nw_field_check_node(f, b, err)))
        return -1;
    const struct node *one = &f->node[a], *two = b >= 0 ? &f->node[b] : one;
    struct node n = {.kind = kind, .a = a, .b = b};
    n.depth = larger(one->depth, two->depth) + 1;
    n.frames = larger(one->frames, two->frames) + (kind == NODE_MOVED);
    n.cost = one->cost + (b >= 0 ? two->cost : 0) + 1;
    n.need = one->need;
    if (b >= 0)
        n.need = one->need == two->need ? one->need + 1 : larger(one->need, two->need);
    if (!check_extent(&n, err))
        return -1;
    if (num_count)
        memcpy(n.num, num, num_count * sizeof *num);
    return add_node(f, &n, err);
}

nw_node nw_field_add_own(struct nw_field *f, const struct own_kind *kind, void *own,
                         nw_node other, struct own_cost cost, struct nw_err *err)
{
    struct node n = {.kind = NODE_OWN, .a = other, .b = -1, .own_kind = kind, .own = own};
    n.depth = n.need = 1;
    n.cost = cost.cost < COST_LIMIT ? cost.cost + 1 : COST_LIMIT + 1;
    n.frames = cost.frames;
    if (other >= 0) {
        assert(is_node(f, other));
        n.depth += f->node[other].depth;
        n.need = f->node[other].need;
        n.cost += f->node[other].cost;
        n.frames = larger(n.frames, f->node[other].frames);
    }
    if (check_extent(&n, err))
        return add_node(f, &n, err);
    kind->free(own);
    return -1;
}

nw_node nw_field_sphere(struct nw_field *f, nw_vec3 centre_mm, double radius_mm,
                        struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_place(centre_mm, "the sphere's centre", err) ||
        !nw_field_check_size(radius_mm, "the sphere's radius", err))
        return -1;
    const double num[] = {centre_mm.x, centre_mm.y, centre_mm.z, radius_mm};
    return add_leaf(f, NODE_SPHERE, num, 4, err);
}

nw_node nw_field_box(struct nw_field *f, nw_vec3 min_mm, nw_vec3 max_mm, struct nw_err *err)
{
    const nw_vec3 c = nw_scale(nw_add(min_mm, max_mm), 0.5);
    const nw_vec3 h = nw_scale(nw_sub(max_mm, min_mm), 0.5);
    if (err->code != NW_OK || !nw_field_check_place(c, "the box's centre", err) ||
        !nw_field_check_size(2 * h.x, "the box's width", err) ||
        !nw_field_check_size(2 * h.y, "the box's depth", err) ||
        !nw_field_check_size(2 * h.z, "the box's height", err))
        return -1;
    const double num[] = {c.x, c.y, c.z, h.x, h.y, h.z};
    return add_leaf(f, NODE_BOX, num, 6, err);
}

/* Fills num[0..6] with base, axis and height. */
static bool put_axis(double *num, nw_vec3 a_mm, nw_vec3 b_mm, struct nw_err *err)
{
    const double height_mm = nw_length(nw_sub(b_mm, a_mm));
    if (!nw_field_check_place(a_mm, "the axis's first end", err) ||
        !nw_field_check_place(b_mm, "the axis's second end", err) ||
        !nw_field_check_size(height_mm, "the axis's length", err))
        return false;
    const nw_vec3 u = nw_scale(nw_sub(b_mm, a_mm), 1 / height_mm);
    const double axis[] = {a_mm.x, a_mm.y, a_mm.z, u.x, u.y, u.z, height_mm};
    memcpy(num, axis, sizeof axis);
    return true;
}

nw_node nw_field_cylinder(struct nw_field *f, nw_vec3 a_mm, nw_vec3 b_mm, double radius_mm,
                          struct nw_err *err)
{
    double num[8];
    if (err->code != NW_OK || !put_axis(num, a_mm, b_mm, err) ||
        !nw_field_check_size(radius_mm, "the cylinder's radius", err))
        return -1;
    num[7] = radius_mm;
    return add_leaf(f, NODE_CYLINDER, num, 8, err);
}

nw_node nw_field_capsule(struct nw_field *f, nw_vec3 a_mm, nw_vec3 b_mm, double radius_mm,
                         struct nw_err *err)
{
    double num[8];
    if (err->code != NW_OK || !put_axis(num, a_mm, b_mm, err) ||
        !nw_field_check_size(radius_mm, "the capsule's radius", err))
        return -1;
    num[7] = radius_mm;
    return add_leaf(f, NODE_CAPSULE, num, 8, err);
}

nw_node nw_field_cone(struct nw_field *f, nw_vec3 a_mm, nw_vec3 b_mm, double radius_a_mm,
                      double radius_b_mm, struct nw_err *err)
{
    double num[9];
    if (err->code != NW_OK || !put_axis(num, a_mm, b_mm, err) ||
        (radius_a_mm != 0 &&
         !nw_field_check_size(radius_a_mm, "the cone's first radius", err)) ||
        (radius_b_mm != 0 &&
         !nw_field_check_size(radius_b_mm, "the cone's second radius", err)) ||
        !nw_field_check_size(radius_a_mm + radius_b_mm, "the sum of the cone's radii", err))
        return -1;
    num[7] = radius_a_mm;
    num[8] = radius_b_mm;
    return add_leaf(f, NODE_CONE, num, 9, err);
}

nw_node nw_field_torus(struct nw_field *f, nw_vec3 centre_mm, nw_vec3 axis, double major_mm,
                       double minor_mm, struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_place(centre_mm, "the ring's centre", err) ||
        !nw_field_check_direction(axis, "the ring's axis", err) ||
        !nw_field_check_size(major_mm, "the ring's major radius", err) ||
        !nw_field_check_size(minor_mm, "the ring's minor radius", err))
        return -1;
    const nw_vec3 u = nw_unit(axis);
    const double num[] = {centre_mm.x, centre_mm.y, centre_mm.z, u.x,
                          u.y,         u.z,         major_mm,    minor_mm};
    return add_leaf(f, NODE_TORUS, num, 8, err);
}

nw_node nw_field_ellipsoid(struct nw_field *f, nw_vec3 centre_mm, nw_vec3 radii_mm,
                           struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_place(centre_mm, "the ellipsoid's centre", err) ||
        !nw_field_check_size(radii_mm.x, "the ellipsoid's first radius", err) ||
        !nw_field_check_size(radii_mm.y, "the ellipsoid's second radius", err) ||
        !nw_field_check_size(radii_mm.z, "the ellipsoid's third radius", err))
        return -1;
    const double num[] = {centre_mm.x,
                          centre_mm.y,
                          centre_mm.z,
                          1 / radii_mm.x,
                          1 / radii_mm.y,
                          1 / radii_mm.z,
                          less(radii_mm.x, less(radii_mm.y, radii_mm.z))};
    return add_leaf(f, NODE_ELLIPSOID, num, 7, err);
}

nw_node nw_field_half_space(struct nw_field *f, nw_vec3 point_mm, nw_vec3 outward,
                            struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_place(point_mm, "the plane's point", err) ||
        !nw_field_check_direction(outward, "the plane's normal", err))
        return -1;
    const nw_vec3 n = nw_unit(outward);
    const double num[] = {n.x, n.y, n.z, nw_dot(n, point_mm)};
    return add_leaf(f, NODE_HALF_SPACE, num, 4, err);
}

static double signed_area2(const double (*outline)[2], size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double *a = outline[i], *b = outline[(i + 1) % count];
        sum += (a[0] - outline[0][0]) * (b[1] - outline[0][1]) -
               (a[1] - outline[0][1]) * (b[0] - outline[0][0]);
    }
    return sum;
}

static bool check_outline(const double (*outline)[2], size_t count, struct nw_err *err)
{
    if (count < 3)
        return nw_fail(err, NW_ERR_ARGUMENT, "an outline has %zu corners and needs 3", count);
    for (size_t i = 0; i < count; i++) {
        const double *a = outline[i], *b = outline[(i + 1) % count];
        if (!isfinite(a[0]) || !isfinite(a[1]))
            return nw_fail(err, NW_ERR_ARGUMENT, "corner %zu of an outline is not finite", i);
        if (a[0] == b[0] && a[1] == b[1])
            return nw_fail(err, NW_ERR_ARGUMENT, "corner %zu of an outline comes twice", i);
    }
    if (!(fabs(signed_area2(outline, count)) > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "an outline has no area");
    return true;
}

nw_node nw_field_extrusion(struct nw_field *f, nw_vec3 origin_mm, nw_vec3 u, nw_vec3 v,
                           const double (*outline_mm)[2], size_t count, double height_mm,
                           struct nw_err *err)
{
    const double slack = 1e-6; /* of unit vectors at right angles, as rounded by a caller */
    if (err->code != NW_OK || !nw_field_check_place(origin_mm, "the outline's origin", err) ||
        !nw_field_check_size(height_mm, "the height of an extrusion", err) ||
        !check_outline(outline_mm, count, err))
        return -1;
    if (!(fabs(nw_length(u) - 1) < slack && fabs(nw_length(v) - 1) < slack &&
          fabs(nw_dot(u, v)) < slack)) {
        nw_fail(err, NW_ERR_ARGUMENT,
                "the outline's axes must be of length 1 and at right angles");
        return -1;
    }
    struct node n = {
        .kind = NODE_EXTRUSION, .a = -1, .b = -1, .depth = 1, .need = 1, .cost = 1};
    const double num[] = {origin_mm.x, origin_mm.y,
                          origin_mm.z, u.x,
                          u.y,         u.z,
                          v.x,         v.y,
                          v.z,         0,
                          0,           0,
                          height_mm,   signed_area2(outline_mm, count) > 0 ? 1 : -1};
    memcpy(n.num, num, sizeof num);
    const nw_vec3 w = nw_cross(u, v);
    n.num[9] = w.x;
    n.num[10] = w.y;
    n.num[11] = w.z;
    n.cost += count / 8; /* an outline costs more than a sphere */
    n.outline = nw_alloc_unset(count, sizeof *n.outline, err);
    if (!n.outline)
        return -1;
    memcpy(n.outline, outline_mm, count * sizeof *n.outline);
    n.outline_count = count;
    return add_node(f, &n, err);
}

nw_node nw_field_sampled(struct nw_field *f, const struct nw_volume *vol, double scale,
                         double shift, struct nw_err *err)
{
    if (err->code != NW_OK || !nw_grid_check(&vol->grid, err))
        return -1;
    if (!isfinite(scale) || !isfinite(shift)) {
        nw_fail(err, NW_ERR_ARGUMENT, "scale and shift of a sampled field must be finite");
        return -1;
    }
    struct node n = {.kind = NODE_SAMPLED, .a = -1, .b = -1, .depth = 1, .need = 1, .cost = 1};
    n.sampled = nw_sampled_new(vol, scale, shift, err);
    return n.sampled ? add_node(f, &n, err) : -1;
}

static nw_node add_pair(struct nw_field *f, enum node_kind kind, nw_node a, nw_node b,
                        const double *num, struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_node(f, a, err) ||
        !nw_field_check_node(f, b, err))
        return -1;
    return add_over(f, kind, a, b, num, num ? 1 : 0, err);
}

nw_node nw_field_union(struct nw_field *f, nw_node a, nw_node b, struct nw_err *err)
{
    return add_pair(f, NODE_UNION, a, b, NULL, err);
}

nw_node nw_field_intersection(struct nw_field *f, nw_node a, nw_node b, struct nw_err *err)
{
    return add_pair(f, NODE_INTERSECTION, a, b, NULL, err);
}

nw_node nw_field_difference(struct nw_field *f, nw_node a, nw_node b, struct nw_err *err)
{
    return add_pair(f, NODE_DIFFERENCE, a, b, NULL, err);
}

nw_node nw_field_blend(struct nw_field *f, nw_node a, nw_node b, double radius_mm,
                       struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_size(radius_mm, "the blend's radius", err))
        return -1;
    return add_pair(f, NODE_BLEND, a, b, &radius_mm, err);
}

static nw_node add_round(struct nw_field *f, nw_node a, nw_node b, const double num[4],
                         struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_size(num[0], "the fillet's radius", err) ||
        !nw_field_check_node(f, a, err) || !nw_field_check_node(f, b, err))
        return -1;
    return add_over(f, NODE_ROUND, a, b, num, 4, err);
}

nw_node nw_field_union_round(struct nw_field *f, nw_node a, nw_node b, double radius_mm,
                             struct nw_err *err)
{
    const double num[4] = {radius_mm, 1, 1, 1};
    return add_round(f, a, b, num, err);
}

nw_node nw_field_intersection_round(struct nw_field *f, nw_node a, nw_node b, double radius_mm,
                                    struct nw_err *err)
{
    const double num[4] = {radius_mm, -1, -1, -1};
    return add_round(f, a, b, num, err);
}

nw_node nw_field_difference_round(struct nw_field *f, nw_node a, nw_node b, double radius_mm,
                                  struct nw_err *err)
{
    const double num[4] = {radius_mm, -1, 1, -1};
    return add_round(f, a, b, num, err);
}

nw_node nw_field_offset(struct nw_field *f, nw_node a, double by_mm, struct nw_err *err)
{
    if (err->code != NW_OK)
        return -1;
    if (!isfinite(by_mm)) {
        nw_fail(err, NW_ERR_ARGUMENT, "an offset must be finite, in mm");
        return -1;
    }
    return add_over(f, NODE_OFFSET, a, -1, &by_mm, 1, err);
}

nw_node nw_field_shell(struct nw_field *f, nw_node a, double inward_mm, struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_size(inward_mm, "the shell's thickness", err))
        return -1;
    return add_over(f, NODE_SHELL, a, -1, &inward_mm, 1, err);
}

/* Smallest and largest stretch of a matrix: its singular values. */
static void stretches(nw_mat3 m, double *smallest, double *largest)
{
    const nw_mat3 c = nw_transpose(m);
    double a[3][3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            a[i][j] = nw_dot(c.r[i], c.r[j]);
    const struct eigen3 e = eigen3_of(a);
    *smallest = sqrt(more(less(e.value[0], less(e.value[1], e.value[2])), 0));
    *largest = sqrt(more(e.value[0], more(e.value[1], e.value[2])));
    const double slack = 1e-12; /* a turn is a turn, in spite of rounding */
    if (fabs(*smallest - 1) < slack && fabs(*largest - 1) < slack)
        *smallest = *largest = 1;
}

nw_node nw_field_moved(struct nw_field *f, nw_node a, nw_affine map, struct nw_err *err)
{
    if (err->code != NW_OK)
        return -1;
    double smallest, largest;
    stretches(map.linear, &smallest, &largest);
    const bool finite = nw_finite3(map.shift) && isfinite(largest) && isfinite(smallest);
    /* the squares' eigenvalues are good to 1e-16: below the root of that nothing is known */
    if (!finite || !(smallest > 1e-7 * largest)) {
        nw_fail(err, NW_ERR_ARGUMENT, "a map that moves a shape must be invertible");
        return -1;
    }
    const nw_affine inv = nw_affine_inverse(map);
    const nw_mat3 m = inv.linear;
    const double num[NUM_COUNT] = {m.r[0].x,    m.r[0].y,    m.r[0].z, m.r[1].x,    m.r[1].y,
                                   m.r[1].z,    m.r[2].x,    m.r[2].y, m.r[2].z,    inv.shift.x,
                                   inv.shift.y, inv.shift.z, smallest, 1 / smallest};
    return add_over(f, NODE_MOVED, a, -1, num, NUM_COUNT, err);
}

nw_node nw_field_mirrored(struct nw_field *f, nw_node a, nw_vec3 point_mm, nw_vec3 normal,
                          struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_place(point_mm, "the mirror's point", err) ||
        !nw_field_check_direction(normal, "the mirror's normal", err))
        return -1;
    const nw_vec3 n = nw_unit(normal);
    const nw_affine map = {{{nw_v3(1 - 2 * n.x * n.x, -2 * n.x * n.y, -2 * n.x * n.z),
                             nw_v3(-2 * n.y * n.x, 1 - 2 * n.y * n.y, -2 * n.y * n.z),
                             nw_v3(-2 * n.z * n.x, -2 * n.z * n.y, 1 - 2 * n.z * n.z)}},
                           nw_scale(n, 2 * nw_dot(n, point_mm))};
    return nw_field_moved(f, a, map, err);
}

static double value_at(const struct nw_field *f, nw_node at, nw_vec3 p);

static double own_value_over(const struct nw_field *f, const struct node *n, nw_vec3 p)
{
    double value = value_at(f, n->a, p);
    n->own_kind->values(n->own, &p.x, &p.y, &p.z, 1, &value);
    return value;
}

/* At most DEPTH_LIMIT deep. */
static double value_at(const struct nw_field *f, nw_node at, nw_vec3 p)
{
    const struct node *n = &f->node[at];
    switch (n->kind) {
    case NODE_UNION:
        return less(value_at(f, n->a, p), value_at(f, n->b, p));
    case NODE_INTERSECTION:
        return more(value_at(f, n->a, p), value_at(f, n->b, p));
    case NODE_DIFFERENCE:
        return more(value_at(f, n->a, p), -value_at(f, n->b, p));
    case NODE_BLEND:
        return blend_value(value_at(f, n->a, p), value_at(f, n->b, p), n->num[0]);
    case NODE_ROUND:
        return round_value(n->num, value_at(f, n->a, p), value_at(f, n->b, p));
    case NODE_OFFSET:
        return value_at(f, n->a, p) - n->num[0];
    case NODE_SHELL:
        return shell_value(value_at(f, n->a, p), n->num[0]);
    case NODE_MOVED:
        return value_at(f, n->a, moved_point(n->num, p.x, p.y, p.z)) * n->num[MOVED_FACTOR];
    case NODE_OWN:
        return n->a < 0 ? leaf_value(n, p) : own_value_over(f, n, p);
    case NODE_SPHERE:
    case NODE_BOX:
    case NODE_CYLINDER:
    case NODE_CAPSULE:
    case NODE_CONE:
    case NODE_TORUS:
    case NODE_ELLIPSOID:
    case NODE_HALF_SPACE:
    case NODE_EXTRUSION:
    case NODE_SAMPLED:
        return leaf_value(n, p);
    }
    NW_UNREACHABLE();
}

double nw_field_value(const struct nw_field *f, nw_node root, nw_vec3 point_mm)
{
    assert(is_node(f, root));
    return value_at(f, root, point_mm);
}

static struct slope slope_at(const struct nw_field *f, nw_node at, nw_vec3 p);

static struct slope moved_slope(const struct nw_field *f, const struct node *n, nw_vec3 p)
{
    return slope_moved(n->num, slope_at(f, n->a, moved_point(n->num, p.x, p.y, p.z)));
}

/* Does b have no part in the slope of n, for the values of both? */
static bool is_idle(const struct node *n, double a, double b)
{
    if (n->kind == NODE_UNION)
        return a < b;
    if (n->kind == NODE_INTERSECTION)
        return a > b;
    if (n->kind == NODE_BLEND)
        return b - a >= n->num[0];
    if (n->kind == NODE_ROUND)
        return n->num[2] * b > n->num[0] && n->num[1] * a < n->num[2] * b;
    return a > -b;
}

/* A small b is asked for its value first, which most often is enough. */
static struct slope pair_slope(const struct nw_field *f, const struct node *n, nw_vec3 p)
{
    enum { SMALL = 64 };
    const struct slope a = slope_at(f, n->a, p);
    struct slope b = {0};
    bool idle = false;
    if (f->node[n->b].cost <= SMALL) {
        b.value = value_at(f, n->b, p);
        idle = is_idle(n, a.value, b.value);
    }
    if (!idle)
        b = slope_at(f, n->b, p);
    return slope_of_pair(n, a, b);
}

/* At most DEPTH_LIMIT deep. */
static struct slope slope_at(const struct nw_field *f, nw_node at, nw_vec3 p)
{
    const struct node *n = &f->node[at];
    if (n->kind == NODE_OWN) {
        const struct slope none = {0};
        return n->own_kind->slope(n->own, p, n->a < 0 ? none : slope_at(f, n->a, p));
    }
    if (n->a < 0) {
        const struct slope leaf = {leaf_value(n, p), nw_leaf_gradient(n, p)};
        return leaf;
    }
    if (n->b >= 0)
        return pair_slope(f, n, p);
    if (n->kind == NODE_MOVED)
        return moved_slope(f, n, p);

    return slope_of_single(n, slope_at(f, n->a, p));
}

double nw_field_gradient(const struct nw_field *f, nw_node root, nw_vec3 point_mm, nw_vec3 *out)
{
    assert(is_node(f, root));
    const struct slope s = slope_at(f, root, point_mm);
    *out = s.grad;
    return s.value;
}
