/* plan/region.c -- where an axis may begin and end; see axis.h. */
#include "core/mem.h"
#include "plan/axis.h"
#include "plan/fuse_priv.h"
#include "plan/linear_priv.h"

static const double SLACK_MM = 1e-9;

static bool is_in_polygon(const struct nw_region *r, double x, double y)
{
    bool in = false;
    for (size_t i = 0, k = r->corner_count - 1; i < r->corner_count; k = i++) {
        const double *a = r->corner[i], *b = r->corner[k];
        if ((a[1] > y) != (b[1] > y) && x < a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
            in = !in;
    }
    return in;
}

bool nw_region_has(const struct nw_region *r, nw_vec3 offset)
{
    if (r->shape == NW_REGION_BALL)
        return nw_length2(offset) <= r->radius_mm * r->radius_mm + SLACK_MM;
    if (r->shape == NW_REGION_BOX)
        return fabs(offset.x) <= r->half_mm.x + SLACK_MM &&
               fabs(offset.y) <= r->half_mm.y + SLACK_MM &&
               fabs(offset.z) <= r->half_mm.z + SLACK_MM;
    return fabs(nw_dot(offset, r->frame.r[2])) <= r->half_mm.z + SLACK_MM &&
           is_in_polygon(r, nw_dot(offset, r->frame.r[0]), nw_dot(offset, r->frame.r[1]));
}

static double clamped(double x, double half)
{
    return x < -half ? -half : x > half ? half : x;
}

nw_vec3 nw_region_pull(const struct nw_region *r, nw_vec3 offset)
{
    nw_vec3 o = offset;
    const double len = nw_length(o);
    if (r->shape == NW_REGION_BALL && len > r->radius_mm)
        o = nw_scale(o, r->radius_mm / len);
    if (r->shape == NW_REGION_BOX)
        o = nw_v3(clamped(o.x, r->half_mm.x), clamped(o.y, r->half_mm.y),
                  clamped(o.z, r->half_mm.z));
    struct nw_nearest near;
    if (r->on && nw_bvh_nearest(r->on, nw_add(r->centre_mm, o), HUGE_VAL, &near))
        o = nw_sub(near.point_mm, r->centre_mm);
    return o;
}

/* A ball's places from a cube's, evenly: radius by the cube root, which Newton finds. */
static nw_vec3 in_ball(double u, double v, double w, double radius)
{
    double r = u > 0 ? 0.5 : 0;
    for (int k = 0; k < 40 && u > 0; k++)
        r -= (r * r * r - u) / (3 * r * r);
    const double z = 2 * v - 1, q = sqrt(fmax(0, 1 - z * z)), turn = 2 * NW_PI * w;
    return nw_scale(nw_v3(q * nw_cos(turn), q * nw_sin(turn), z), r * radius);
}

nw_vec3 nw_region_draw(const struct nw_region *r, double u, double v, double w)
{
    if (r->place_count > 0)
        return nw_sub(r->place[(size_t)(u * (double)r->place_count)], r->centre_mm);
    if (r->shape == NW_REGION_BOX)
        return nw_v3((2 * u - 1) * r->half_mm.x, (2 * v - 1) * r->half_mm.y,
                     (2 * w - 1) * r->half_mm.z);
    return in_ball(u, v, w, r->radius_mm);
}

double nw_region_size(const struct nw_region *r)
{
    if (r->shape == NW_REGION_BALL)
        return r->radius_mm;
    if (r->shape == NW_REGION_BOX)
        return nw_length(r->half_mm);
    double far2 = 0;
    for (size_t i = 0; i < r->corner_count; i++)
        far2 =
            fmax(far2, r->corner[i][0] * r->corner[i][0] + r->corner[i][1] * r->corner[i][1]);
    return sqrt(far2);
}

bool nw_region_polygon(struct nw_region *r, const nw_vec3 *corner_mm, size_t count,
                       double depth_mm, struct nw_err *err)
{
    nw_vec3 centre = {0, 0, 0}, normal = {0, 0, 0};
    double longest2 = 0;
    for (size_t i = 0; i < count; i++)
        centre = nw_along(centre, corner_mm[i], 1 / (double)count);
    for (size_t i = 0; i < count; i++) { /* Newell's normal */
        const nw_vec3 a = nw_sub(corner_mm[i], centre),
                      b = nw_sub(corner_mm[(i + 1) % count], centre);
        normal = nw_add(normal, nw_cross(a, b));
        longest2 = fmax(longest2, nw_length2(a));
    }
    if (count < 3 || !(nw_length(normal) > 1e-6 * longest2))
        return nw_fail(err, NW_ERR_GEOMETRY, "the corners of the region enclose no area");
    double(*corner)[2] = nw_alloc_unset(count, sizeof *corner, err);
    if (!corner)
        return false;
    *r = (struct nw_region){.shape = NW_REGION_POLYGON, .centre_mm = centre};
    r->half_mm.z = depth_mm;
    r->frame.r[2] = nw_unit(normal);
    nw_across(r->frame.r[2], &r->frame.r[0], &r->frame.r[1]);
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 d = nw_sub(corner_mm[i], centre);
        corner[i][0] = nw_dot(d, r->frame.r[0]);
        corner[i][1] = nw_dot(d, r->frame.r[1]);
    }
    r->corner = corner;
    r->corner_count = count;
    return true;
}

/* Triangles that come near the region: those whose box meets the region's. */
bool nw_region_near(const struct nw_region *r, const struct nw_mesh *mesh, struct nw_mesh *out,
                    struct nw_err *err)
{
    const double size = nw_region_size(r),
                 reach = r->shape == NW_REGION_POLYGON
                             ? sqrt(size * size + r->half_mm.z * r->half_mm.z)
                             : size;
    const nw_box around = {nw_sub(r->centre_mm, nw_v3(reach, reach, reach)),
                           nw_add(r->centre_mm, nw_v3(reach, reach, reach))};
    if (!nw_mesh_copy(out, mesh, err))
        return false;
    out->tri_count = 0;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        nw_vec3 lo = mesh->pos_mm[mesh->tri[t][0]], hi = lo;
        for (int k = 1; k < 3; k++) {
            const nw_vec3 p = mesh->pos_mm[mesh->tri[t][k]];
            lo = nw_v3(fmin(lo.x, p.x), fmin(lo.y, p.y), fmin(lo.z, p.z));
            hi = nw_v3(fmax(hi.x, p.x), fmax(hi.y, p.y), fmax(hi.z, p.z));
        }
        if (hi.x < around.min.x || hi.y < around.min.y || hi.z < around.min.z ||
            lo.x > around.max.x || lo.y > around.max.y || lo.z > around.max.z)
            continue;
        for (int k = 0; k < 3; k++)
            out->tri[out->tri_count][k] = mesh->tri[t][k];
        out->tri_count++;
    }
    return true;
}

bool nw_region_on(struct nw_region *r, const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                  struct nw_err *err)
{
    enum { SAMPLES = 16384 };
    NW_AUTO(nw_mesh) some = {0};
    struct nw_samples s = {0};
    if (!nw_region_near(r, mesh, &some, err))
        return false;
    if (some.tri_count > 0 && !nw_samples_init(&s, &some, SAMPLES, err))
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < s.count; i++)
        if (nw_region_has(r, nw_sub(s.at[i], r->centre_mm)))
            s.at[kept++] = s.at[i];
    if (kept == 0) {
        nw_samples_release(&s);
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no place of the part's surface lies in the region");
    }
    r->place = s.at;
    r->place_count = kept;
    r->on = bvh;
    s.at = NULL;
    nw_samples_release(&s);
    return true;
}

void nw_region_release(struct nw_region *r)
{
    nw_free(r->corner);
    nw_free(r->place);
    *r = (struct nw_region){.shape = NW_REGION_BALL};
}
