/* mesh/hole.c -- round holes are searched, grown and fitted; see hole.h. */
#include "mesh/hole.h"

#include <string.h>

#include "core/parallel.h"
#include "mesh/edge_priv.h"

enum { SMOOTHINGS = 3, ROUNDS = 5, MOST_GROWN = 200000, MOST_TRIES = 3, BLOCK = 1024 };
enum { UNKNOWNS = 5, BINS = 72 };

static const double FACING_COS = -0.7; /* of the other side: noise tilts both */
static const double ALIKE = 0.3;       /* widths of one hole differ by less, of the width */
static const double TURNED_SIN = 0.42; /* normals must differ by 25 degrees to have an axis */
static const double LEAST_SPREAD = 1e-4, MOST_SPREAD = 0.12; /* of normals along the axis */
static const double NEAR_FIRST = 0.25, NEAR_SECOND = 0.12, NEAR_LAST = 0.04; /* of the radius */
static const double LEAN_FIRST = 0.5, LEAN_LAST = 0.31; /* sines: 30 and 18 degrees */
static const double NORMAL_ARM = 0.1;                   /* of the radius: a normal's weight */
static const double MOST_TAPER_SIN = 0.07;              /* 4 degrees: a cone */
static const double MOST_BEND = 0.5;  /* turn of the wall along the axis over a diameter: 2 of a
                                         ball */
static const double BEND_COS = 0.766; /* neighbours within 40 degrees carry a wall on */
static const double MOST_OVAL = 0.08, MOST_SAG = 0.06;      /* of the width */
static const double NOISE_MM = 0.025, MOST_SCATTER = 0.012; /* a scan's; of the width */
static const double BOTTOM = 0.55; /* of the width, beyond the wall: a drill's tip lies there */

/* In order of how much each says of a place. */
enum fate { IS_HOLE, IS_NOTHING, IS_GAP, IS_BALL, IS_SLOT, IS_CONE, IS_UNROUND, IS_PRISM };

/* A cylinder as it is fitted. */
struct round {
    nw_vec3 at, axis, u, v;
    double radius, low, high; /* of the wall along the axis, from `at` */
    double scatter, radius_sigma;
};

struct search {
    const struct nw_mesh *mesh;
    const struct nw_bvh *bvh;
    struct nw_hole_opts opts;
    uint32_t *opposite; /* half edges */
    nw_vec3 *normal;    /* smoothed, of length 1 */
    float *area;
    float *width;   /* to the other side along the normal; 0: none */
    uint8_t *tries; /* how often it was part of what was no hole; 255: of a hole */
    uint32_t *mark; /* of the search that met it last */
    uint32_t marks;
    uint32_t *grown; /* of this search, count of them */
    size_t count;
    /* what was nearest to the place asked for and no hole */
    enum fate fate;
    double said;
};

static void search_release(struct search *s)
{
    nw_free(s->opposite);
    nw_free(s->normal);
    nw_free(s->area);
    nw_free(s->width);
    nw_free(s->tries);
    nw_free(s->mark);
    nw_free(s->grown);
}

const char *nw_hole_ends_name(enum nw_hole_ends ends)
{
    static const char *const names[] = {"through", "blind", "closed"};
    return names[ends];
}

void nw_holes_release(struct nw_holes *holes)
{
    nw_free(holes->item);
    *holes = (struct nw_holes){0};
}

/* ---- what each triangle sees ---- */

static nw_vec3 corner(const struct search *s, size_t t, int k)
{
    return s->mesh->pos_mm[s->mesh->tri[t][k]];
}

static nw_vec3 middle(const struct search *s, size_t t)
{
    return nw_scale(nw_add(corner(s, t, 0), nw_add(corner(s, t, 1), corner(s, t, 2))), 1.0 / 3);
}

static size_t across(const struct search *s, size_t t, int k)
{
    const uint32_t h = s->opposite[3 * t + (size_t)k];
    return h == NW_NO_EDGE ? SIZE_MAX : h / 3;
}

static void take_normals(struct search *s)
{
    NW_PARALLEL_FOR
    for (size_t t = 0; t < s->mesh->tri_count; t++) {
        const nw_vec3 n = nw_cross(nw_sub(corner(s, t, 1), corner(s, t, 0)),
                                   nw_sub(corner(s, t, 2), corner(s, t, 0)));
        s->normal[t] = nw_unit(n);
        s->area[t] = (float)(nw_length(n) / 2);
    }
}

/* Means of neighbours that look alike: edges stay, noise goes. */
static void smooth_normals(const struct search *s, nw_vec3 *to)
{
    NW_PARALLEL_FOR
    for (size_t t = 0; t < s->mesh->tri_count; t++) {
        nw_vec3 sum = nw_scale(s->normal[t], (double)s->area[t]);
        for (int k = 0; k < 3; k++) {
            const size_t o = across(s, t, k);
            const double alike =
                o == SIZE_MAX ? 0 : fmax(nw_dot(s->normal[t], s->normal[o]), 0);
            if (alike > 0.5)
                sum = nw_along(sum, s->normal[o], alike * alike * (double)s->area[o]);
        }
        to[t] = nw_unit(sum);
    }
}

static void look_across(const struct search *s, size_t t)
{
    const double reach = s->opts.most_mm, own = 1e-3;
    const nw_vec3 from = middle(s, t);
    struct nw_segment_near hit;
    s->width[t] = 0;
    if (!(s->area[t] > 0) ||
        !nw_bvh_first_hit(s->bvh, from, nw_along(from, s->normal[t], reach), own, &hit))
        return;
    const double wide = hit.along * reach;
    if (wide >= s->opts.least_mm / 2 &&
        nw_dot(s->normal[t], s->normal[hit.triangle]) < FACING_COS)
        s->width[t] = (float)wide;
}

static bool look_all(struct search *s, struct nw_err *err)
{
    const size_t tris = s->mesh->tri_count, blocks = (tris + BLOCK - 1) / BLOCK;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t b = 0; b < blocks; b++)
        for (size_t t = b * BLOCK; t < tris && t < (b + 1) * BLOCK; t++)
            look_across(s, t);
    return nw_progress(1, 1) || nw_fail_cancelled(err);
}

static bool search_init(struct search *s, struct nw_err *err)
{
    const struct nw_mesh *mesh = s->mesh;
    const size_t tris = mesh->tri_count;
    NW_AUTO(nw_edges) edges = {0};
    if (!nw_edges_init(&edges, mesh, NULL, err))
        return false;
    s->opposite = NW_ALLOC_UNSET(uint32_t, 3 * tris, err);
    s->normal = s->opposite ? NW_ALLOC_UNSET(nw_vec3, tris, err) : NULL;
    s->area = s->normal ? NW_ALLOC_UNSET(float, tris, err) : NULL;
    s->width = s->area ? NW_ALLOC_UNSET(float, tris, err) : NULL;
    s->tries = s->width ? NW_ALLOC(uint8_t, tris, err) : NULL;
    s->mark = s->tries ? NW_ALLOC(uint32_t, tris, err) : NULL;
    s->grown = s->mark ? NW_ALLOC_UNSET(uint32_t, tris, err) : NULL;
    NW_AUTOFREE nw_vec3 *other = s->grown ? NW_ALLOC_UNSET(nw_vec3, tris, err) : NULL;
    if (!other)
        return false;
    nw_edges_opposites(&edges, mesh, s->opposite);
    take_normals(s);
    for (int k = 0; k < SMOOTHINGS; k++) {
        smooth_normals(s, other);
        memcpy(s->normal, other, tris * sizeof *other);
    }
    return look_all(s, err);
}

/* ---- a first cylinder ---- */

/* Adds a triangle to the search in hand if it was not met yet. */
static void reach(struct search *s, size_t t)
{
    if (t == SIZE_MAX || s->mark[t] == s->marks || s->tries[t] == UINT8_MAX)
        return;
    s->mark[t] = s->marks;
    s->grown[s->count++] = (uint32_t)t;
}

static void begin(struct search *s, size_t seed)
{
    s->marks++;
    s->count = 0;
    reach(s, seed);
}

/* Neighbours of the seed that see the other side about as far away. */
static void grow_alike(struct search *s, size_t seed)
{
    const double wide = (double)s->width[seed];
    const nw_vec3 at = middle(s, seed);
    begin(s, seed);
    size_t kept = 0;
    for (size_t i = 0; i < s->count && kept < MOST_GROWN; i++) {
        const size_t t = s->grown[i];
        const double own = (double)s->width[t];
        if (!(fabs(own - wide) < ALIKE * wide) ||
            !(nw_length2(nw_sub(middle(s, t), at)) < 1.5 * 1.5 * wide * wide))
            continue;
        s->grown[kept++] = (uint32_t)t; /* kept <= i: those passed over are overwritten */
        for (int k = 0; k < 3; k++)
            reach(s, across(s, t, k));
    }
    s->count = kept;
}

static void span(nw_vec3 n, nw_vec3 *u, nw_vec3 *v)
{
    const nw_vec3 any = fabs(n.x) < 0.8 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    *u = nw_unit(nw_cross(any, n));
    *v = nw_cross(n, *u);
}

/* The spread of the normals about their mean; *turned is the sine of the most that one is
 * turned from the seed's. */
static nw_mat3 spread_of(const struct search *s, size_t seed, double *turned)
{
    nw_vec3 mean = {0, 0, 0};
    nw_mat3 c = {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}};
    double all = 0;
    *turned = 0;
    for (size_t i = 0; i < s->count; i++) {
        const size_t t = s->grown[i];
        mean = nw_along(mean, s->normal[t], (double)s->area[t]);
        all += (double)s->area[t];
        *turned = fmax(*turned, nw_length(nw_cross(s->normal[seed], s->normal[t])));
    }
    mean = nw_scale(mean, 1 / all);
    for (size_t i = 0; i < s->count; i++) {
        const nw_vec3 d = nw_sub(s->normal[s->grown[i]], mean);
        const double w = (double)s->area[s->grown[i]] / all;
        c.r[0] = nw_along(c.r[0], d, w * d.x);
        c.r[1] = nw_along(c.r[1], d, w * d.y);
        c.r[2] = nw_along(c.r[2], d, w * d.z);
    }
    return c;
}

/* The way along which the normals of a cylinder or a cone differ least: the last eigenvector
 * of their spread, by inverse iteration. */
static enum fate axis_of(const struct search *s, size_t seed, nw_vec3 *axis)
{
    enum { ITERATIONS = 12 };
    double turned;
    const nw_mat3 c = spread_of(s, seed, &turned);
    if (!(turned > TURNED_SIN))
        return IS_GAP;
    nw_mat3 more = c;
    more.r[0].x += LEAST_SPREAD;
    more.r[1].y += LEAST_SPREAD;
    more.r[2].z += LEAST_SPREAD;
    const nw_mat3 inverse = nw_inverse(more);
    nw_vec3 a = nw_unit(nw_v3(0.3, 0.5, 0.8)); /* square to none by chance */
    for (int i = 0; i < ITERATIONS; i++)
        a = nw_unit(nw_mul(inverse, a));
    *axis = a;
    const double least = nw_dot(a, nw_mul(c, a)), all = c.r[0].x + c.r[1].y + c.r[2].z;
    return least < MOST_SPREAD * all ? IS_HOLE : IS_BALL;
}

static enum fate first_round(struct search *s, size_t seed, struct round *r)
{
    grow_alike(s, seed);
    *r = (struct round){.at = {0, 0, 0}};
    const enum fate fate = axis_of(s, seed, &r->axis);
    if (fate != IS_HOLE)
        return fate;
    const double wide = (double)s->width[seed];
    const nw_vec3 own = nw_along(middle(s, seed), s->normal[seed], wide / 2);
    double all = 0;
    for (size_t i = 0; i < s->count; i++) {
        const size_t t = s->grown[i];
        const double a = (double)s->area[t], half = (double)s->width[t] / 2;
        const nw_vec3 p = nw_along(middle(s, t), s->normal[t], half);
        if (nw_length2(nw_sub(p, own)) > wide * wide / 4)
            continue; /* of a slot, along which they lie */
        r->at = nw_along(r->at, p, a);
        r->radius += a * half;
        all += a;
    }
    r->at = nw_scale(r->at, 1 / all);
    r->radius /= all;
    span(r->axis, &r->u, &r->v);
    return IS_HOLE;
}

/* ---- its wall, and the fit ---- */

/* Of a place: how far along, and the way out from the axis (of length 1). */
static double off_axis(const struct round *r, nw_vec3 p, double *along, nw_vec3 *out)
{
    const nw_vec3 d = nw_sub(p, r->at);
    *along = nw_dot(d, r->axis);
    const nw_vec3 flat = nw_along(d, r->axis, -*along);
    const double far = nw_length(flat);
    *out = far > 0 ? nw_scale(flat, 1 / far) : r->u;
    return far;
}

/* Does a triangle lie on the cylinder and look at its axis? */
static bool fits(const struct search *s, const struct round *r, size_t t, double near,
                 double lean)
{
    nw_vec3 out;
    double z;
    for (int k = 0; k < 3; k++)
        if (!(fabs(off_axis(r, corner(s, t, k), &z, &out) - r->radius) < near))
            return false;
    (void)off_axis(r, middle(s, t), &z, &out);
    const double in = -nw_dot(s->normal[t], out);
    return in > 0 && in * in > 1 - lean * lean;
}

static void grow_wall(struct search *s, const struct round *r, size_t seed, double near,
                      double lean)
{
    begin(s, seed);
    size_t kept = 0;
    for (size_t i = 0; i < s->count && kept < MOST_GROWN; i++) {
        const size_t t = s->grown[i];
        if (!fits(s, r, t, near, lean))
            continue;
        s->grown[kept++] = (uint32_t)t;
        for (int k = 0; k < 3; k++)
            reach(s, across(s, t, k));
    }
    s->count = kept;
}

/* a x = b for a symmetric one above 0, in place; false when it is not. */
static bool solve(double a[UNKNOWNS][UNKNOWNS], double x[UNKNOWNS])
{
    for (int j = 0; j < UNKNOWNS; j++) {
        for (int k = 0; k < j; k++)
            a[j][j] -= a[j][k] * a[j][k];
        if (!(a[j][j] > 1e-12))
            return false;
        a[j][j] = sqrt(a[j][j]);
        for (int i = j + 1; i < UNKNOWNS; i++) {
            for (int k = 0; k < j; k++)
                a[i][j] -= a[i][k] * a[j][k];
            a[i][j] /= a[j][j];
        }
    }
    for (int i = 0; i < UNKNOWNS; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= a[i][k] * x[k];
        x[i] /= a[i][i];
    }
    for (int i = UNKNOWNS - 1; i >= 0; i--) {
        for (int k = i + 1; k < UNKNOWNS; k++)
            x[i] -= a[k][i] * x[k];
        x[i] /= a[i][i];
    }
    return true;
}

static void add_row(double a[UNKNOWNS][UNKNOWNS], double b[UNKNOWNS], const double *row,
                    double off, double weight)
{
    for (int i = 0; i < UNKNOWNS; i++) {
        b[i] -= weight * row[i] * off;
        for (int k = 0; k < UNKNOWNS; k++)
            a[i][k] += weight * row[i] * row[k];
    }
}

/* One step: the axis moves and tilts (over a radius), the radius changes. The vertices say how
 * far they are off, the normals that they are square to the axis. */
static bool improve(const struct search *s, struct round *r)
{
    double a[UNKNOWNS][UNKNOWNS] = {{0}}, x[UNKNOWNS] = {0}, all = 0, squares = 0;
    r->low = HUGE_VAL;
    r->high = -HUGE_VAL;
    for (size_t i = 0; i < s->count; i++) {
        const size_t t = s->grown[i];
        const double weight = (double)s->area[t] / 3, arm = NORMAL_ARM * r->radius;
        for (int k = 0; k < 3; k++) {
            nw_vec3 out;
            double z;
            const double off = off_axis(r, corner(s, t, k), &z, &out) - r->radius;
            const double eu = nw_dot(out, r->u), ev = nw_dot(out, r->v), tilt = z / r->radius;
            const double row[UNKNOWNS] = {-eu, -ev, -eu * tilt, -ev * tilt, -1};
            add_row(a, x, row, off, weight);
            all += weight;
            squares += weight * off * off;
            r->low = fmin(r->low, z);
            r->high = fmax(r->high, z);
        }
        const nw_vec3 n = s->normal[t];
        const double row[UNKNOWNS] = {0, 0, NORMAL_ARM * nw_dot(n, r->u),
                                      NORMAL_ARM * nw_dot(n, r->v), 0};
        add_row(a, x, row, arm * nw_dot(n, r->axis), 3 * weight);
    }
    if (!(all > 0))
        return false;
    for (int i = 0; i < UNKNOWNS; i++) {
        x[i] /= all;
        for (int k = 0; k < UNKNOWNS; k++)
            a[i][k] /= all;
    }
    if (!solve(a, x))
        return false;
    /* about one vertex for two triangles; the last pivot is 1 / the radius' variance */
    const double verts = fmax((double)s->count / 2 - UNKNOWNS, 1);
    r->scatter = sqrt(squares / all);
    r->radius_sigma = r->scatter / (sqrt(verts) * a[UNKNOWNS - 1][UNKNOWNS - 1]);
    r->at = nw_along(nw_along(r->at, r->u, x[0]), r->v, x[1]);
    r->axis =
        nw_unit(nw_along(nw_along(r->axis, r->u, x[2] / r->radius), r->v, x[3] / r->radius));
    r->radius += x[4];
    span(r->axis, &r->u, &r->v);
    return r->radius > 0 && r->radius < s->opts.most_mm;
}

/* ---- is it one? ---- */

/* Marks the bins of the circle that a triangle spans. */
static void mark_bins(const struct search *s, const struct round *r, size_t t, bool *bin)
{
    nw_vec3 out;
    double z, least = 0, most = 0, first = 0;
    for (int k = 0; k < 3; k++) {
        (void)off_axis(r, corner(s, t, k), &z, &out);
        double turn = nw_atan2(nw_dot(out, r->v), nw_dot(out, r->u));
        if (k == 0) {
            first = least = most = turn;
            continue;
        }
        turn -= 2 * NW_PI * rint((turn - first) / (2 * NW_PI)); /* the nearest way round */
        least = fmin(least, turn);
        most = fmax(most, turn);
    }
    const int from = (int)floor(least / (2 * NW_PI) * BINS),
              to = (int)floor(most / (2 * NW_PI) * BINS);
    for (int b = from; b <= to; b++)
        bin[((b % BINS) + BINS) % BINS] = true;
}

static double around(const struct search *s, const struct round *r)
{
    bool bin[BINS] = {false};
    int count = 0;
    for (size_t i = 0; i < s->count; i++)
        mark_bins(s, r, s->grown[i], bin);
    for (int b = 0; b < BINS; b++)
        count += bin[b];
    return 360.0 * count / BINS;
}

/* What the wall's shape differs by from a cylinder's. */
struct shape {
    double taper, bend, oval, sag; /* sag: of facets below their corners, in diameter */
};

/* The lean of normals along the axis, and how it changes: the wall's neighbours that carry it
 * on are asked too. */
static void lean_of(const struct search *s, const struct round *r, struct shape *out)
{
    double all = 0, lean = 0, zz = 0, zn = 0;
    for (size_t i = 0; i < s->count; i++)
        for (int k = -1; k < 3; k++) {
            const size_t own = s->grown[i], t = k < 0 ? own : across(s, own, k);
            if (t == SIZE_MAX || (k >= 0 && nw_dot(s->normal[t], s->normal[own]) < BEND_COS))
                continue;
            nw_vec3 away;
            double z;
            (void)off_axis(r, middle(s, t), &z, &away);
            const double n = nw_dot(s->normal[t], r->axis), w = (double)s->area[t];
            z -= (r->low + r->high) / 2;
            if (k < 0) {
                all += w;
                lean += w * n;
            }
            zz += w * z * z;
            zn += w * z * n;
        }
    out->taper = fabs(lean) / all;
    out->bend = zz > 0 ? fabs(zn / zz) * 2 * r->radius : 0;
}

static struct shape shape_of(const struct search *s, const struct round *r)
{
    struct shape out = {0};
    double all = 0, c2 = 0, s2 = 0, sag = 0;
    lean_of(s, r, &out);
    for (size_t i = 0; i < s->count; i++) {
        const size_t t = s->grown[i];
        const double w = (double)s->area[t] / 3;
        for (int k = 0; k < 3; k++) {
            nw_vec3 away, none;
            double z;
            const nw_vec3 a = corner(s, t, k), b = corner(s, t, (k + 1) % 3);
            const double off = off_axis(r, a, &z, &away) - r->radius;
            const double x = nw_dot(away, r->u), y = nw_dot(away, r->v);
            const double mid = off_axis(r, nw_scale(nw_add(a, b), 0.5), &z, &none);
            c2 += w * off * (x * x - y * y);
            s2 += w * off * 2 * x * y;
            sag += w * (off + r->radius - mid);
            all += w;
        }
    }
    out.oval = 8 * sqrt(c2 * c2 + s2 * s2) / all;
    out.sag = fmax(3 * sag / all, 0); /* middles of edges lie two thirds down on the mean */
    return out;
}

/* A cone is told before the fit drifts to one side of it. */
static enum fate fit(struct search *s, struct round *r, size_t seed, double *said)
{
    struct shape h;
    for (int n = 0; n < ROUNDS; n++) {
        const double least = n == 0 ? NEAR_FIRST : n == 1 ? NEAR_SECOND : NEAR_LAST;
        const double near = fmax(least * r->radius, n < 2 ? 0 : 3.5 * r->scatter);
        grow_wall(s, r, seed, near, n < 2 ? LEAN_FIRST : LEAN_LAST);
        if (s->count < 4 || !improve(s, r) || !improve(s, r))
            return IS_NOTHING;
        lean_of(s, r, &h);
        if (n == 0 && h.taper > MOST_TAPER_SIN) {
            *said = 90 - nw_acos(h.taper) * 180 / NW_PI;
            return IS_CONE;
        }
    }
    return IS_HOLE;
}

static enum fate fate_of(const struct search *s, const struct round *r, const struct shape *h,
                         double *said)
{
    const double wide = 2 * r->radius;
    const struct {
        enum fate fate;
        bool so;
        double said;
    } table[] = {
        {IS_NOTHING, wide < s->opts.least_mm || wide > s->opts.most_mm, wide},
        {IS_SLOT, around(s, r) < NW_HOLE_AROUND_DEG, around(s, r)},
        {IS_CONE, h->taper > MOST_TAPER_SIN, 90 - nw_acos(h->taper) * 180 / NW_PI},
        {IS_BALL, h->bend > MOST_BEND, wide},
        {IS_PRISM, h->sag > MOST_SAG * wide, wide - h->sag},
        {IS_UNROUND, h->oval > MOST_OVAL * wide || r->scatter > NOISE_MM + MOST_SCATTER * wide,
         fmax(h->oval, 2 * r->scatter)},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].so) {
            *said = table[i].said;
            return table[i].fate;
        }
    return IS_HOLE;
}

/* Is there a bottom at the end of the wall, seen from the middle of the axis? */
static bool is_closed(const struct search *s, const struct round *r, double sign)
{
    const double middle_mm = (r->low + r->high) / 2;
    const nw_vec3 from = nw_along(r->at, r->axis, middle_mm);
    const double reach = (r->high - r->low) / 2 + 2 * BOTTOM * r->radius;
    return nw_bvh_hits_segment(s->bvh, from, nw_along(from, r->axis, sign * reach));
}

static struct nw_hole hole_of(const struct search *s, const struct round *r,
                              const struct shape *h)
{
    const bool low = is_closed(s, r, -1), high = is_closed(s, r, 1), turned = low && !high;
    const nw_vec3 a = nw_along(r->at, r->axis, r->low), b = nw_along(r->at, r->axis, r->high);
    const double facets = h->sag / sqrt(12), chance = 2 * r->radius_sigma;
    struct nw_hole hole = {.from_mm = turned ? b : a,
                           .to_mm = turned ? a : b,
                           .diameter_mm = 2 * r->radius,
                           .sigma_mm = sqrt(chance * chance + facets * facets),
                           .depth_mm = r->high - r->low,
                           .around_deg = around(s, r),
                           .scatter_mm = r->scatter,
                           .oval_mm = h->oval,
                           .ends = low && high   ? NW_HOLE_CLOSED
                                   : low || high ? NW_HOLE_BLIND
                                                 : NW_HOLE_THROUGH,
                           .tri_count = s->count};
    /* a bottom or a step is no wall: no nearer to an end than the radius */
    const double in = fmin(r->radius, hole.depth_mm / 2);
    const nw_vec3 p = nw_along(r->at, r->axis, r->low + in),
                  q = nw_along(r->at, r->axis, r->high - in);
    struct nw_segment_near near;
    hole.pin_mm = nw_bvh_nearest_segment(s->bvh, p, q, 2 * r->radius, &near)
                      ? 2 * near.distance_mm
                      : 2 * r->radius;
    return hole;
}

/* Looks whether the seed lies on a hole's wall; marks what it met. */
static bool try_seed(struct search *s, size_t seed, struct nw_hole *out)
{
    struct round r;
    struct shape h = {0};
    double said = 0;
    enum fate fate = first_round(s, seed, &r);
    if (fate != IS_HOLE)
        said = (double)s->width[seed];
    else
        fate = fit(s, &r, seed, &said);
    if (fate == IS_HOLE) {
        h = shape_of(s, &r);
        fate = fate_of(s, &r, &h, &said);
    }
    if (fate == IS_HOLE)
        *out = hole_of(s, &r, &h);
    for (size_t i = 0; i < s->count; i++)
        s->tries[s->grown[i]] =
            fate == IS_HOLE ? UINT8_MAX : (uint8_t)(s->tries[s->grown[i]] + 1);
    if (fate != IS_HOLE && s->tries[seed] < MOST_TRIES)
        s->tries[seed] = MOST_TRIES;
    if (fate > s->fate || (fate == IS_SLOT && fate == s->fate && said > s->said)) {
        s->fate = fate;
        s->said = said;
    }
    return fate == IS_HOLE;
}

static bool may_try(const struct search *s, size_t t)
{
    return s->width[t] > 0 && s->tries[t] < MOST_TRIES;
}

static bool set_up(struct search *s, const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                   const struct nw_hole_opts *opts, struct nw_err *err)
{
    *s = (struct search){.mesh = mesh, .bvh = bvh, .fate = IS_NOTHING};
    s->opts.least_mm = opts && opts->least_mm > 0 ? opts->least_mm : 0.3;
    s->opts.most_mm = opts && opts->most_mm > 0 ? opts->most_mm : 25;
    if (!(s->opts.least_mm < s->opts.most_mm))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the widest hole looked for must be wider than %g mm, the narrowest",
                       s->opts.least_mm);
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            if (mesh->tri[t][k] >= mesh->vert_count)
                return nw_fail(err, NW_ERR_DATA,
                               "triangle %zu names a vertex that is not there", t);
    return search_init(s, err);
}

static bool find_all(struct search *s, struct nw_holes *out, struct nw_err *err)
{
    for (size_t t = 0; t < s->mesh->tri_count; t++) {
        struct nw_hole hole;
        if (t % BLOCK == 0 && !nw_progress(t, s->mesh->tri_count))
            return nw_fail_cancelled(err);
        if (!may_try(s, t) || !try_seed(s, t, &hole))
            continue;
        if (!nw_grow(&out->item, &out->room, out->count + 1, sizeof hole, err))
            return false;
        out->item[out->count++] = hole;
    }
    return true;
}

bool nw_mesh_holes(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                   const struct nw_hole_opts *opts, struct nw_holes *out, struct nw_err *err)
{
    struct search s;
    NW_AUTO(nw_holes) holes = {0};
    const bool ok = set_up(&s, mesh, bvh, opts, err) && find_all(&s, &holes, err);
    search_release(&s);
    if (!ok)
        return false;
    *out = holes;
    holes = (struct nw_holes){0};
    return true;
}

/* ---- at a place ---- */

/* How far a place is from the room of a hole. */
static double away(const struct nw_hole *h, nw_vec3 p)
{
    const nw_vec3 way = nw_unit(nw_sub(h->to_mm, h->from_mm)), d = nw_sub(p, h->from_mm);
    const double z = nw_dot(d, way);
    const double side = nw_length(nw_along(d, way, -z)) - h->diameter_mm / 2;
    const double end = fmax(-z, z - h->depth_mm);
    return side > 0 && end > 0 ? sqrt(side * side + end * end) : fmax(fmax(side, end), 0);
}

static bool fail_at(const struct search *s, nw_vec3 p, double reach_mm, struct nw_err *err)
{
    switch (s->fate) {
    case IS_HOLE:
    case IS_NOTHING:
        break;
    case IS_GAP:
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no cylindrical hole at (%.2f, %.2f, %.2f): two walls face each other "
                       "%.2f mm apart and do not go round",
                       p.x, p.y, p.z, s->said);
    case IS_SLOT:
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no cylindrical hole at (%.2f, %.2f, %.2f): what is there goes round "
                       "%.0f degrees, a hole at least %.0f",
                       p.x, p.y, p.z, s->said, NW_HOLE_AROUND_DEG);
    case IS_CONE:
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no cylindrical hole at (%.2f, %.2f, %.2f): its wall leans by %.1f "
                       "degrees, as a cone's does",
                       p.x, p.y, p.z, s->said);
    case IS_BALL:
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no cylindrical hole at (%.2f, %.2f, %.2f): its wall is bent both ways, "
                       "as a ball's is, about %.2f mm wide",
                       p.x, p.y, p.z, s->said);
    case IS_PRISM:
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no cylindrical hole at (%.2f, %.2f, %.2f): a prism of few sides, %.2f "
                       "mm across",
                       p.x, p.y, p.z, s->said);
    case IS_UNROUND:
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no cylindrical hole at (%.2f, %.2f, %.2f): its wall is %.2f mm out of "
                       "round",
                       p.x, p.y, p.z, s->said);
    }
    return nw_fail(err, NW_ERR_GEOMETRY,
                   "no cylindrical hole within %.2f mm of (%.2f, %.2f, %.2f)", reach_mm, p.x,
                   p.y, p.z);
}

bool nw_mesh_hole_at(const struct nw_mesh *mesh, const struct nw_bvh *bvh,
                     const struct nw_hole_opts *opts, nw_vec3 place_mm, double reach_mm,
                     struct nw_hole *out, struct nw_err *err)
{
    struct search s;
    bool ok = set_up(&s, mesh, bvh, opts, err), found = false;
    double least = HUGE_VAL;
    for (size_t t = 0; ok && t < mesh->tri_count; t++) {
        struct nw_hole hole;
        const double far = (double)s.width[t] + reach_mm;
        if (!may_try(&s, t) || nw_length2(nw_sub(middle(&s, t), place_mm)) > far * far ||
            !try_seed(&s, t, &hole))
            continue;
        const double d = away(&hole, place_mm);
        if (d <= reach_mm && d < least) {
            least = d;
            *out = hole;
            found = true;
        }
    }
    search_release(&s);
    return ok && (found || fail_at(&s, place_mm, reach_mm, err));
}
