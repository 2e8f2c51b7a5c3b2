/* plan/mirror.c -- the plane of symmetry of a surface; see fuse.h. */
#include "plan/fuse_priv.h"
#include "plan/linear_priv.h"

enum { N = NW_MOST_ROWS, MOST_PASSES = 12, PRESET_SAMPLES = 5000 };

struct plane {
    nw_vec3 point, normal;
};

static const nw_affine as_is = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};

nw_affine nw_reflection(nw_vec3 point_mm, nw_vec3 normal)
{
    const nw_vec3 n = nw_unit(normal);
    const nw_affine a = {{{{1 - 2 * n.x * n.x, -2 * n.x * n.y, -2 * n.x * n.z},
                           {-2 * n.y * n.x, 1 - 2 * n.y * n.y, -2 * n.y * n.z},
                           {-2 * n.z * n.x, -2 * n.z * n.y, 1 - 2 * n.z * n.z}}},
                         nw_scale(n, 2 * nw_dot(point_mm, n))};
    return a;
}

/* A reflected copy of the samples: at[] is written. */
static void reflect(const struct nw_samples *from, struct plane p, struct nw_samples *to)
{
    const nw_affine r = nw_reflection(p.point, p.normal);
    to->count = from->count;
    to->area_mm2 = from->area_mm2;
    for (size_t i = 0; i < from->count; i++) {
        to->at[i] = nw_apply(r, from->at[i]);
        to->normal[i] = nw_mul(r.linear, from->normal[i]);
    }
}

/* The plane half way between the places and their images. */
static struct plane half_way(nw_affine map, nw_vec3 centre)
{
    const nw_mat3 m = map.linear, t = nw_transpose(m);
    double s[N][N] = {{0}};
    const nw_vec3 rows[3] = {nw_add(m.r[0], t.r[0]), nw_add(m.r[1], t.r[1]),
                             nw_add(m.r[2], t.r[2])};
    for (int k = 0; k < 3; k++) {
        s[k][0] = rows[k].x / 2;
        s[k][1] = rows[k].y / 2;
        s[k][2] = rows[k].z / 2;
    }
    const struct nw_eigen e = nw_eigen_symmetric((const double(*)[N])s, 3);
    const struct plane p = {nw_scale(nw_add(centre, nw_apply(map, centre)), 0.5),
                            nw_v3(e.vector[0][0], e.vector[0][1], e.vector[0][2])};
    return p;
}

/* Tilts and shift of the plane are half of those of the motion. */
static void spread_of(const struct nw_fuse *f, struct nw_mirror *out)
{
    nw_across(out->normal, &out->u, &out->v);
    const nw_vec3 tilt_u = nw_cross(out->normal, out->u),
                  tilt_v = nw_cross(out->normal, out->v);
    const nw_vec3 arm = nw_cross(nw_sub(out->point_mm, f->centre_mm), out->normal);
    const nw_vec3 n = out->normal;
    const double j[3][N] = {{tilt_u.x, tilt_u.y, tilt_u.z, 0, 0, 0},
                            {tilt_v.x, tilt_v.y, tilt_v.z, 0, 0, 0},
                            {arm.x, arm.y, arm.z, n.x, n.y, n.z}};
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            double sum = 0;
            for (int i = 0; i < N; i++)
                for (int k = 0; k < N; k++)
                    sum += j[a][i] * f->covariance[i][k] * j[b][k];
            out->covariance[a][b] = sum / 4;
        }
    out->tilt_sigma_rad = sqrt(fmax(out->covariance[0][0] + out->covariance[1][1], 0));
    out->shift_sigma_mm = sqrt(fmax(out->covariance[2][2], 0));
}

struct job {
    const struct nw_samples *own;
    struct nw_samples *twin;
    struct nw_fit fit; /* of the twin on the mesh */
    nw_vec3 centre;
};

/* One pass: the plane half way between the surface and its twin laid on it. */
static bool improve(const struct job *job, struct plane *p, struct nw_fuse *f, double *moved_mm,
                    struct nw_err *err)
{
    static const double ARM_MM = 100; /* tilts count as what they move there */
    reflect(job->own, *p, job->twin);
    if (!nw_fit_run(&job->fit, as_is, f, err))
        return false;
    const nw_affine r = nw_reflection(p->point, p->normal);
    const nw_affine map = {nw_matmul(f->motion.linear, r.linear), nw_apply(f->motion, r.shift)};
    const struct plane next = half_way(map, job->centre);
    *moved_mm = fabs(nw_dot(nw_sub(next.point, p->point), next.normal)) +
                ARM_MM * nw_length(nw_cross(next.normal, p->normal));
    *p = next;
    return true;
}

static bool settle(const struct job *job, struct plane p, struct nw_mirror *out,
                   struct nw_err *err)
{
    static const double AT_REST_MM = 1e-3;
    struct nw_fuse f = {0};
    double moved = HUGE_VAL;
    for (int pass = 0; pass < MOST_PASSES && moved > AT_REST_MM; pass++)
        if (!improve(job, &p, &f, &moved, err))
            return false;
    *out = (struct nw_mirror){.point_mm = p.point,
                              .normal = p.normal,
                              .rms_mm = f.rms_mm,
                              .p95_mm = f.p95_mm,
                              .kept = f.kept,
                              .samples = f.samples};
    spread_of(&f, out);
    return true;
}

/* The start whose plane after one pass serves best. */
static bool best_of(const struct job *job, const struct plane *start, int count,
                    struct nw_mirror *out, struct nw_err *err)
{
    enum { FIRST_ROUNDS = 20 };
    struct job brief = *job;
    brief.fit.rounds = FIRST_ROUNDS;
    double best = HUGE_VAL;
    struct plane from = start[0];
    struct nw_err first = {0};
    for (int i = 0; i < count && count > 1; i++) {
        struct plane p = start[i];
        struct nw_fuse f;
        struct nw_err why = {0};
        double rms, moved;
        if (!improve(&brief, &p, &f, &moved, &why)) {
            if (why.code != NW_ERR_GEOMETRY) {
                *err = why;
                return false;
            }
            first = first.code ? first : why;
            continue;
        }
        reflect(job->own, p, job->twin);
        if (!nw_fit_judge(&job->fit, as_is, &rms, err))
            return false;
        if (rms < best) {
            best = rms;
            from = p;
        }
    }
    if (count > 1 && best == HUGE_VAL) {
        *err = first;
        return false;
    }
    return settle(job, from, out, err);
}

bool nw_mirror_plane(const struct nw_mesh *mesh, const struct nw_mirror_opts *opts,
                     struct nw_mirror *out, struct nw_err *err)
{
    if (mesh->tri_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "a surface without triangles has no symmetry");
    const size_t count = opts->samples ? opts->samples : PRESET_SAMPLES;
    struct nw_bvh *tree = nw_bvh_new(mesh, err);
    struct nw_samples own = {0}, twin = {0};
    bool ok = tree && nw_samples_init(&own, mesh, count, err) &&
              nw_samples_init(&twin, mesh, count, err);
    if (ok) {
        const struct nw_inertia in = nw_samples_inertia(&own);
        const struct job job = {
            &own, &twin, {&twin, mesh, tree, 0, opts->correlation_mm, 0, 0}, in.centre};
        const bool told = nw_length2(opts->near_normal) > 0;
        struct plane start[3];
        for (int k = 0; k < 3; k++)
            start[k] =
                (struct plane){in.centre, told ? nw_unit(opts->near_normal) : in.axis.r[k]};
        ok = best_of(&job, start, told ? 1 : 3, out, err);
    }
    nw_samples_release(&own);
    nw_samples_release(&twin);
    nw_bvh_free(tree);
    return ok;
}
