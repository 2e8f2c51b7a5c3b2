/*
 * plan/meet.c -- fragments moved together until their broken faces meet; see reduce.h.
 *
 * What the bone says of each fragment counts as one measurement, with its covariance; each
 * place of a broken face that lies before another's is one more, along that one's normal. All
 * motions are found at once (Gauss and Newton, Tukey's weights), so no fragment is first.
 */
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "plan/fuse_priv.h"
#include "plan/linear_priv.h"
#include "plan/reduce_priv.h"

enum { N = NW_MOST_ROWS, BROKEN = 2000, SKIN = 5000, BLOCK = 64 };
enum { MOST_ROUNDS = 100, ADAPTING = 20, FEWEST = 12 };
static const double REACH_MM = 3;         /* between faces that may belong together */
static const double FACING = -0.5;        /* cosine: at least 120 degrees between them */
static const double ASIDE_MM = 0.5;       /* of the normal: else it is the other's rim */
static const double TUKEY_SIGMAS = 4.685; /* where weights end: 95 % efficient */
static const double LEAST_SIGMA_MM = 0.05, AT_REST_MM = 1e-7, ARM_MM = 50;

/* A place of a broken face and what it lies before. */
struct pair {
    nw_vec3 at, normal; /* of the other face, where both lie now */
    double gap_mm;      /* below 0: within the other */
    double weight;
    size_t other; /* count: none */
};

/* A fragment in hand. */
struct side {
    struct nw_mesh outer, inner;
    struct nw_bvh *tree;      /* of inner */
    struct nw_samples broken; /* of inner */
    nw_box box;               /* of inner */
    nw_affine motion, back;
    double prior[N][N], y[N]; /* what the bone says; how far it has gone from there */
    struct pair *pair;
};

struct meeting {
    struct side *side;
    size_t count;
    struct nw_reduced *r;
    double correlation_mm;
    double *h, *g; /* 6 count x 6 count: the normal equations, then their factor; right side */
    double *sorted;
};

/* ---- dense symmetric equations ---- */

/* Cholesky, in place, lower; false when not positive. */
static bool factor(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i == j && !(sum > 0))
                return false;
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
    }
    return true;
}

static void solve(const double *a, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= a[i * n + k] * x[k];
        x[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= a[k * n + i] * x[k];
        x[i] /= a[i * n + i];
    }
}

static bool invert(const double a[N][N], double out[N][N])
{
    double f[N * N];
    memcpy(f, a, sizeof f);
    if (!factor(f, N))
        return false;
    for (int k = 0; k < N; k++) {
        double e[N] = {0};
        e[k] = 1;
        solve(f, N, e);
        for (int i = 0; i < N; i++)
            out[i][k] = e[i];
    }
    return true;
}

/* ---- pairs ---- */

static nw_vec3 face_normal(const struct nw_mesh *m, uint32_t t)
{
    const nw_vec3 a = m->pos_mm[m->tri[t][0]];
    return nw_unit(
        nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a), nw_sub(m->pos_mm[m->tri[t][2]], a)));
}

static bool is_near(nw_box b, nw_vec3 p)
{
    return p.x > b.min.x - REACH_MM && p.y > b.min.y - REACH_MM && p.z > b.min.z - REACH_MM &&
           p.x < b.max.x + REACH_MM && p.y < b.max.y + REACH_MM && p.z < b.max.z + REACH_MM;
}

static void pair_up(const struct meeting *m, size_t i, size_t at, struct pair *out)
{
    const struct side *s = &m->side[i];
    const nw_vec3 p = nw_apply(s->motion, s->broken.at[at]),
                  n = nw_mul(s->motion.linear, s->broken.normal[at]);
    double reach = REACH_MM;
    *out = (struct pair){.at = p, .other = m->count};
    for (size_t k = 0; k < m->count; k++) {
        const struct side *o = &m->side[k];
        const nw_vec3 there = nw_apply(o->back, p);
        struct nw_nearest near;
        if (k == i || !o->tree || !is_near(o->box, there) ||
            !nw_bvh_nearest(o->tree, there, reach, &near))
            continue;
        const nw_vec3 normal = nw_mul(o->motion.linear, face_normal(&o->inner, near.triangle));
        const nw_vec3 off = nw_sub(p, nw_apply(o->motion, near.point_mm));
        const double gap = nw_dot(normal, off);
        if (nw_dot(normal, n) > FACING || nw_length(nw_along(off, normal, -gap)) > ASIDE_MM)
            continue;
        reach = near.distance_mm;
        out->other = k;
        out->normal = normal;
        out->gap_mm = gap;
    }
}

static void pair_all(const struct meeting *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const size_t n = m->side[i].broken.count, blocks = (n + BLOCK - 1) / BLOCK;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t b = 0; b < blocks; b++)
            for (size_t at = b * BLOCK; at < n && at < (b + 1) * BLOCK; at++)
                pair_up(m, i, at, &m->side[i].pair[at]);
    }
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The scatter of the gaps from one fragment to another, and how many there are. */
static double scatter(const struct meeting *m, size_t i, size_t k, size_t *count)
{
    const struct side *s = &m->side[i];
    size_t n = 0;
    for (size_t at = 0; at < s->broken.count; at++)
        if (s->pair[at].other == k)
            m->sorted[n++] = fabs(s->pair[at].gap_mm);
    *count = n;
    if (n < FEWEST)
        return 0;
    qsort(m->sorted, n, sizeof *m->sorted, by_size);
    return fmax(1.4826 * m->sorted[n / 2], LEAST_SIGMA_MM);
}

/* What a pair is worth. Neighbours are alike, and each joint is seen from both sides. */
static void weigh(struct meeting *m, double *sigma, bool adapt)
{
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < m->count; k++) {
            struct side *s = &m->side[i];
            double *known = &sigma[i * m->count + k];
            size_t n;
            const double found = scatter(m, i, k, &n);
            *known = adapt || !(*known > 0) ? found : *known;
            if (n == 0)
                continue;
            const double area = s->broken.area_mm2 * (double)n / (double)s->broken.count;
            const double disc = 2 * NW_PI * m->correlation_mm * m->correlation_mm;
            const double alike = 2 * fmax(1, (double)n * disc / fmax(area, disc));
            for (size_t at = 0; at < s->broken.count; at++) {
                struct pair *p = &s->pair[at];
                if (p->other != k)
                    continue;
                const double u = *known > 0 ? p->gap_mm / (TUKEY_SIGMAS * *known) : 1;
                const double v = fmax(1 - u * u, 0);
                p->weight = v > 0 ? v * v / (*known * *known * alike) : 0;
            }
        }
}

/* ---- the motions ---- */

static void add_prior(struct meeting *m)
{
    const size_t n = N * m->count;
    memset(m->h, 0, n * n * sizeof *m->h);
    memset(m->g, 0, n * sizeof *m->g);
    for (size_t i = 0; i < m->count; i++)
        for (size_t a = 0; a < N; a++)
            for (size_t b = 0; b < N; b++) {
                m->h[(N * i + a) * n + N * i + b] = m->side[i].prior[a][b];
                m->g[N * i + a] -= m->side[i].prior[a][b] * m->side[i].y[b];
            }
}

static void add_pair(struct meeting *m, size_t i, const struct pair *p)
{
    const size_t n = N * m->count, who[2] = {i, p->other};
    double j[2][N];
    for (int s = 0; s < 2; s++) {
        const double sign = s ? -1 : 1;
        const nw_vec3 v = p->normal,
                      w = nw_cross(nw_sub(p->at, m->r[who[s]].fuse.centre_mm), v);
        const double row[N] = {w.x, w.y, w.z, v.x, v.y, v.z};
        for (int a = 0; a < N; a++)
            j[s][a] = sign * row[a];
    }
    for (int s = 0; s < 2; s++)
        for (size_t a = 0; a < N; a++) {
            m->g[N * who[s] + a] -= p->weight * j[s][a] * p->gap_mm;
            for (int t = 0; t < 2; t++)
                for (size_t b = 0; b < N; b++)
                    m->h[(N * who[s] + a) * n + N * who[t] + b] +=
                        p->weight * j[s][a] * j[t][b];
        }
}

static void place(struct side *s, const struct nw_fuse *from)
{
    const nw_vec3 c = from->centre_mm;
    const nw_mat3 turn = nw_rotation(nw_v3(s->y[0], s->y[1], s->y[2]));
    s->motion.linear = nw_matmul(turn, from->motion.linear);
    s->motion.shift = nw_add(nw_add(nw_mul(turn, nw_sub(from->motion.shift, c)), c),
                             nw_v3(s->y[3], s->y[4], s->y[5]));
    s->back = nw_affine_inverse(s->motion);
}

/* One step of all; how far it moves them, mm. Its factor stays in h. */
static bool step(struct meeting *m, double *moved_mm)
{
    const size_t n = N * m->count;
    add_prior(m);
    for (size_t i = 0; i < m->count; i++)
        for (size_t at = 0; at < m->side[i].broken.count; at++)
            if (m->side[i].pair[at].weight > 0)
                add_pair(m, i, &m->side[i].pair[at]);
    if (!factor(m->h, n))
        return false;
    solve(m->h, n, m->g);
    *moved_mm = 0;
    for (size_t i = 0; i < m->count; i++) {
        for (size_t a = 0; a < N; a++) {
            m->side[i].y[a] += m->g[N * i + a];
            *moved_mm = fmax(*moved_mm, fabs(m->g[N * i + a]) * (a < 3 ? ARM_MM : 1));
        }
        place(&m->side[i], &m->r[i].fuse);
    }
    return true;
}

/* ---- what came of it ---- */

static void tell_faces(const struct meeting *m, size_t i, struct nw_reduced *r)
{
    const struct side *s = &m->side[i];
    double sum2 = 0, count = 0;
    for (size_t at = 0; at < s->broken.count; at++)
        if (s->pair[at].weight > 0) {
            sum2 += s->pair[at].gap_mm * s->pair[at].gap_mm;
            count++;
        }
    r->met = s->broken.count ? count / (double)s->broken.count : 0;
    r->gap_mm = count > 0 ? sqrt(sum2 / count) : (double)NAN;
}

/* How the outer surface lies on the bone now. */
static bool tell_outer(const struct side *s, const struct nw_bvh *bone, struct nw_fuse *f,
                       struct nw_err *err)
{
    struct nw_samples skin = {0};
    if (!nw_samples_init(&skin, &s->outer, SKIN, err))
        return false;
    NW_AUTOFREE double *off = NW_ALLOC_UNSET(double, skin.count, err);
    for (size_t at = 0; off && at < skin.count; at++) {
        struct nw_nearest near = {0};
        (void)nw_bvh_nearest(bone, nw_apply(s->motion, skin.at[at]), HUGE_VAL, &near);
        off[at] = near.distance_mm;
    }
    if (off) {
        const size_t kept = (size_t)fmax(1, f->kept * (double)skin.count);
        double sum2 = 0;
        qsort(off, skin.count, sizeof *off, by_size);
        for (size_t at = 0; at < kept; at++)
            sum2 += off[at] * off[at];
        f->rms_mm = sqrt(sum2 / (double)kept);
        f->p95_mm = off[(size_t)(0.95 * (double)(skin.count - 1))];
    }
    nw_samples_release(&skin);
    return off != NULL;
}

static bool tell(struct meeting *m, size_t i, const struct nw_bvh *bone, struct nw_err *err)
{
    const struct side *s = &m->side[i];
    struct nw_reduced *r = &m->r[i];
    const size_t n = N * m->count;
    tell_faces(m, i, r);
    if (!(r->met > 0))
        return true;
    if (!tell_outer(s, bone, &r->fuse, err))
        return false;
    for (size_t k = 0; k < N; k++) {
        memset(m->g, 0, n * sizeof *m->g);
        m->g[N * i + k] = 1;
        solve(m->h, n, m->g);
        for (size_t a = 0; a < N; a++)
            r->fuse.covariance[a][k] = m->g[N * i + a];
    }
    const nw_vec3 before = nw_apply(r->fuse.motion, r->from_mm);
    r->by_faces_mm = nw_length(nw_sub(nw_apply(s->motion, r->from_mm), before));
    r->fuse.motion = s->motion;
    nw_reduced_moved(r);
    return true;
}

static bool begin(struct meeting *m, const struct nw_fragment *f, const struct nw_mesh *bone,
                  const struct nw_bvh *tree, struct nw_err *err)
{
    for (size_t i = 0; i < m->count; i++) {
        struct side *s = &m->side[i];
        const struct nw_fuse *fuse = &m->r[i].fuse;
        s->motion = fuse->motion;
        s->back = nw_affine_inverse(s->motion);
        if (!nw_reduce_split(f[i].mesh, f[i].face, bone, tree, fuse, &s->outer, &s->inner, err))
            return false;
        if (!invert(fuse->covariance, s->prior))
            return nw_fail(err, NW_ERR_GEOMETRY, "a fragment's place has no finite doubt");
        if (!(nw_mesh_area_mm2(&s->inner) > 0))
            continue; /* nothing broken is seen */
        s->box = nw_mesh_box(&s->inner);
        s->tree = nw_bvh_new(&s->inner, err);
        if (!s->tree || !nw_samples_init(&s->broken, &s->inner, BROKEN, err))
            return false;
        s->pair = NW_ALLOC(struct pair, s->broken.count, err);
        if (!s->pair)
            return false;
    }
    return true;
}

static bool bring_together(struct meeting *m, struct nw_err *err)
{
    NW_AUTOFREE double *sigma = NW_ALLOC(double, m->count * m->count, err);
    double moved = HUGE_VAL;
    if (!sigma)
        return false;
    for (int round = 0; round < MOST_ROUNDS && moved > AT_REST_MM; round++) {
        pair_all(m);
        weigh(m, sigma, round < ADAPTING);
        if (!step(m, &moved))
            return nw_fail(err, NW_ERR_GEOMETRY,
                           "the fragments' broken faces leave a direction free");
        if (nw_cancelled())
            return nw_fail_cancelled(err);
    }
    return true;
}

static bool meet(struct meeting *m, const struct nw_fragment *f, const struct nw_mesh *bone,
                 const struct nw_bvh *tree, struct nw_err *err)
{
    const size_t n = N * m->count;
    m->side = NW_ALLOC(struct side, m->count, err);
    m->h = m->side ? NW_ALLOC(double, n *n, err) : NULL;
    m->g = m->h ? NW_ALLOC(double, n, err) : NULL;
    m->sorted = m->g ? NW_ALLOC(double, BROKEN, err) : NULL;
    if (!m->sorted || !begin(m, f, bone, tree, err) || !bring_together(m, err))
        return false;
    for (size_t i = 0; i < m->count; i++)
        if (!tell(m, i, tree, err))
            return false;
    return true;
}

bool nw_reduce_meet(const struct nw_fragment *fragment, size_t count,
                    const struct nw_mesh *bone, double correlation_mm, struct nw_reduced *r,
                    struct nw_err *err)
{
    struct meeting m = {.count = count, .r = r, .correlation_mm = correlation_mm};
    struct nw_bvh *tree = nw_bvh_new(bone, err);
    const bool ok = tree && meet(&m, fragment, bone, tree, err);
    for (size_t i = 0; m.side && i < count; i++) {
        nw_mesh_release(&m.side[i].outer);
        nw_mesh_release(&m.side[i].inner);
        nw_bvh_free(m.side[i].tree);
        nw_samples_release(&m.side[i].broken);
        nw_free(m.side[i].pair);
    }
    nw_bvh_free(tree);
    nw_free(m.side);
    nw_free(m.h);
    nw_free(m.g);
    nw_free(m.sorted);
    return ok;
}
