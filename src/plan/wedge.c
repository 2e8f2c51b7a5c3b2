/* plan/wedge.c -- see wedge.h. */
#include "plan/wedge.h"

#include "plan/linear_priv.h"

void nw_wedge_release(struct nw_wedge *wedge)
{
    nw_piece_cut_release(&wedge->above);
    nw_piece_cut_release(&wedge->below);
    nw_piece_cut_release(&wedge->wedge);
}

/* The first cut's face seen from the hinge: how far it reaches to either side of it, and the
 * first moment of the area on the side where most of it is. */
struct seen {
    double reach[2]; /* along `across`, and against it */
    double moment[2];
};

/* Adds the part of a triangle on the positive side of 0; x is the corners' distance. */
static double moment_of(double area, const double x[3])
{
    int up = 0;
    for (int k = 0; k < 3; k++)
        up += x[k] > 0;
    const double mean = (x[0] + x[1] + x[2]) / 3;
    if (up == 0 || up == 3)
        return up ? area * mean : 0;
    /* the corner that is alone on its side, and the small triangle at it */
    int alone = 0;
    for (int k = 0; k < 3; k++)
        if ((x[k] > 0) == (up == 1))
            alone = k;
    const double a = x[alone], b = x[(alone + 1) % 3], c = x[(alone + 2) % 3];
    const double small = area * a / (a - b) * (a / (a - c)) * a / 3;
    return up == 1 ? small : area * mean - small;
}

static struct seen see(const struct nw_piece_cut *piece, nw_vec3 hinge, nw_vec3 across)
{
    const struct nw_mesh *m = &piece->mesh;
    struct seen s = {{0, 0}, {0, 0}};
    for (size_t t = piece->face; t < m->tri_count; t++) {
        const nw_vec3 a = m->pos_mm[m->tri[t][0]], b = m->pos_mm[m->tri[t][1]],
                      c = m->pos_mm[m->tri[t][2]];
        const double area = nw_length(nw_cross(nw_sub(b, a), nw_sub(c, a))) / 2;
        const double x[3] = {nw_dot(nw_sub(a, hinge), across), nw_dot(nw_sub(b, hinge), across),
                             nw_dot(nw_sub(c, hinge), across)},
                     y[3] = {-x[0], -x[1], -x[2]};
        s.moment[0] += moment_of(area, x);
        s.moment[1] += moment_of(area, y);
        for (int k = 0; k < 3; k++) {
            s.reach[0] = fmax(s.reach[0], x[k]);
            s.reach[1] = fmax(s.reach[1], y[k]);
        }
    }
    return s;
}

static nw_affine turn_about(nw_vec3 point, nw_vec3 direction, double angle_rad)
{
    nw_affine m = {nw_rotation(nw_scale(direction, angle_rad)), {0, 0, 0}};
    m.shift = nw_sub(point, nw_mul(m.linear, point));
    return m;
}

static void turn(struct nw_mesh *m, nw_affine by)
{
    for (size_t v = 0; v < m->vert_count; v++)
        m->pos_mm[v] = nw_apply(by, m->pos_mm[v]);
}

static bool check_hinge(const struct nw_wedge_opts *o, nw_vec3 n, struct nw_err *err)
{
    static const double OFF_MM = 0.1;
    const double a = fabs(nw_dot(nw_sub(o->hinge_a_mm, o->point_mm), n)),
                 b = fabs(nw_dot(nw_sub(o->hinge_b_mm, o->point_mm), n));
    if (!(o->angle_rad > 0) || !(o->angle_rad < NW_PI / 2))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the angle of a wedge is above 0 and below 90 degrees");
    if (!(nw_length2(nw_sub(o->hinge_b_mm, o->hinge_a_mm)) > 0))
        return nw_fail(err, NW_ERR_GEOMETRY, "the hinge has no length");
    return (a <= OFF_MM && b <= OFF_MM) ||
           nw_fail(err, NW_ERR_GEOMETRY,
                   "the hinge must lie in the plane of the cut, and is up to %.2f mm off it",
                   fmax(a, b));
}

/* The piece above the first plane loses what is below the second one, and comes down. */
static bool close_wedge(const struct nw_wedge_opts *o, nw_vec3 n, nw_vec3 h, double angle,
                        struct nw_wedge *out, struct nw_err *err)
{
    struct nw_piece_cut whole = out->above;
    out->above = (struct nw_piece_cut){0};
    const nw_vec3 second = nw_mul(nw_rotation(nw_scale(h, angle)), n);
    const bool ok =
        nw_cut(&whole.mesh, o->hinge_a_mm, second, 0, &out->above, &out->wedge, err);
    nw_piece_cut_release(&whole);
    if (!ok)
        return false;
    out->wedge_mm3 = nw_mesh_volume_mm3(&out->wedge.mesh);
    out->motion = turn_about(o->hinge_a_mm, h, -angle);
    return true;
}

static bool make(const struct nw_mesh *mesh, const struct nw_wedge_opts *o,
                 struct nw_wedge *out, struct nw_err *err)
{
    const nw_vec3 n = nw_unit(o->normal);
    if (!check_hinge(o, n, err) ||
        !nw_cut(mesh, o->point_mm, n, o->opens ? o->kerf_mm : 0, &out->above, &out->below, err))
        return false;
    const nw_vec3 along = nw_sub(o->hinge_b_mm, o->hinge_a_mm),
                  h = nw_unit(nw_along(along, n, -nw_dot(along, n))), across = nw_cross(h, n);
    const struct seen s = see(&out->below, o->hinge_a_mm, across);
    const int side = s.moment[0] >= s.moment[1] ? 0 : 1;
    /* turned by it about h, what lies on that side goes up */
    const double angle = side == 0 ? -o->angle_rad : o->angle_rad;
    out->reach_mm = s.reach[side];
    out->beyond_mm = s.reach[1 - side];
    if (out->beyond_mm > out->reach_mm / 2)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the hinge lies too far inside: %.1f mm of the cut are beyond it and "
                       "%.1f mm on the wedge's side",
                       out->beyond_mm, out->reach_mm);
    out->height_mm = 2 * out->reach_mm * nw_sin(o->angle_rad / 2);
    if (o->opens) {
        out->wedge_mm3 = o->angle_rad * s.moment[side];
        out->motion = turn_about(o->hinge_a_mm, h, angle);
    } else if (!close_wedge(o, n, h, angle, out, err)) {
        return false;
    }
    turn(&out->above.mesh, out->motion);
    return nw_faces_compare(&out->above, &out->below, o->tolerance_mm, &out->faces, err);
}

bool nw_wedge_cut(const struct nw_mesh *mesh, const struct nw_wedge_opts *opts,
                  struct nw_wedge *out, struct nw_err *err)
{
    if (make(mesh, opts, out, err))
        return true;
    nw_wedge_release(out);
    return false;
}
