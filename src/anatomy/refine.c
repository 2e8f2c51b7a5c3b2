/*
 * anatomy/refine.c -- vertices to the half of their own profile; see edge_priv.h.
 *
 * Three sweeps over the vertices: read profiles (plateaus on both sides, slope, width);
 * average the level over neighbours on the surface, because a plateau varies slowly and its
 * noise does not; move. A profile's steps are half the blur's sigma in its direction.
 */
#include "anatomy/edge_priv.h"

#include <string.h>

#include "anatomy/metal_priv.h"
#include "core/parallel.h"

enum { M = 12, SAMPLES = 2 * M + 1, NEAR = 5, FAR = 9, CHUNK = 4096 };
enum { LEVEL_SWEEPS = 4, CURVE_SWEEPS = 8, THIN_SWEEPS = 2, RELAX_SWEEPS = 4, FIT_ROUNDS = 6 };
enum { ERF_STEPS = 512 };
static const double ERF_REACH = 4;
static const double TAU = 6.28318530717958647692;

/* What one profile says. */
struct reading {
    float level, slope;  /* grey at the half; fall per mm along the normal (signed) */
    float curve, weight; /* integrals of mean curvature and of area over the fan */
    float shift;         /* along the normal: a thin wall's fit, then what is decided */
    uint8_t kind;
};
enum reading_kind { SOLID, SHELL, THIN, LOST, FIXED };

struct refiner {
    const struct nw_edge *edge;
    const struct nw_refine_opts *opts;
    struct nw_mesh *mesh;
    struct nw_grid_inverse inv;
    nw_vec3 slice_axis;
    double noise;          /* stored units */
    uint32_t *first, *fan; /* triangles of each vertex */
    nw_vec3 *normal;
    struct reading *read, *next;
    float normal_cdf[2 * ERF_STEPS + 2], normal_pdf[2 * ERF_STEPS + 2];
};

static size_t chunks(size_t count)
{
    return (count + CHUNK - 1) / CHUNK;
}

static size_t chunk_end(size_t chunk, size_t count)
{
    const size_t end = (chunk + 1) * CHUNK;
    return end < count ? end : count;
}

static bool build_fans(struct refiner *r, struct nw_err *err)
{
    const struct nw_mesh *m = r->mesh;
    r->first = NW_ALLOC(uint32_t, m->vert_count + 2, err);
    r->fan = r->first ? NW_ALLOC_UNSET(uint32_t, 3 * m->tri_count + 1, err) : NULL;
    if (!r->fan)
        return false;
    for (size_t t = 0; t < m->tri_count; t++)
        for (int c = 0; c < 3; c++)
            r->first[m->tri[t][c] + 2]++;
    for (size_t v = 0; v < m->vert_count; v++)
        r->first[v + 2] += r->first[v + 1];
    for (size_t t = 0; t < m->tri_count; t++)
        for (int c = 0; c < 3; c++)
            r->fan[r->first[m->tri[t][c] + 1]++] = (uint32_t)t;
    return true;
}

static nw_vec3 doubled_area(const struct nw_mesh *m, size_t t)
{
    const nw_vec3 a = m->pos_mm[m->tri[t][0]];
    return nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], a), nw_sub(m->pos_mm[m->tri[t][2]], a));
}

static void take_normals(struct refiner *r)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            nw_vec3 sum = {0, 0, 0};
            for (uint32_t f = r->first[v]; f < r->first[v + 1]; f++)
                sum = nw_add(sum, doubled_area(m, r->fan[f]));
            r->normal[v] = nw_unit(sum);
        }
}

/* Mean curvature over a fan: half the sum of edge length times turning angle, after Steiner;
 * here by the vertex normals' divergence over each triangle, which sums to the same. */
static void take_curvature(struct refiner *r)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            double curve = 0, area = 0;
            for (uint32_t f = r->first[v]; f < r->first[v + 1]; f++) {
                const uint32_t *t = m->tri[r->fan[f]];
                const nw_vec3 n2 = doubled_area(m, r->fan[f]), n = nw_unit(n2);
                for (int e = 0; e < 3; e++) {
                    const uint32_t a = t[e], b = t[(e + 1) % 3];
                    const nw_vec3 out =
                        nw_cross(nw_sub(m->pos_mm[b], m->pos_mm[a]), n); /* times length */
                    curve += 0.25 * nw_dot(out, nw_add(r->normal[a], r->normal[b]));
                }
                area += 0.5 * nw_length(n2);
            }
            r->read[v].curve = (float)curve;
            r->read[v].weight = (float)area;
        }
}

/* One step of averaging over fans; a fan's corners count a third each. */
static void average(struct refiner *r, bool levels, bool curves, bool shifts)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            double level = 0, slope = 0, curve = 0, weight = 0, shift = 0;
            size_t seen = 0, same = 0, thin = 0;
            for (uint32_t f = r->first[v]; f < r->first[v + 1]; f++)
                for (int k = 0; k < 3; k++) {
                    const struct reading *q = &r->read[m->tri[r->fan[f]][k]];
                    curve += (double)q->curve;
                    weight += (double)q->weight;
                    seen++;
                    if (q->kind == LOST)
                        continue;
                    level += (double)q->level;
                    slope += (double)q->slope;
                    same++;
                    shift += q->kind == THIN ? (double)q->shift : 0;
                    thin += q->kind == THIN;
                }
            struct reading out = r->read[v];
            if (levels && same && out.kind != LOST) {
                out.level = (float)(level / (double)same);
                out.slope = (float)(slope / (double)same);
            }
            if (curves && seen) {
                out.curve = (float)(curve / (double)seen);
                out.weight = (float)(weight / (double)seen);
            }
            if (shifts && thin && out.kind == THIN)
                out.shift = (float)(shift / (double)thin);
            r->next[v] = out;
        }
    struct reading *swap = r->read;
    r->read = r->next;
    r->next = swap;
}

/* Variance of the blur along a direction, as the profile sees it: with interpolation. */
static double blur_mm2(const struct refiner *r, nw_vec3 n, double *spacing_mm)
{
    const struct nw_grid *g = &r->edge->grey->grid;
    const double nz = nw_dot(n, r->slice_axis), z2 = nz * nz;
    const double xy = r->opts->cal->sigma_xy_mm, z = r->opts->cal->sigma_z_mm;
    double h2 = 0;
    for (int a = 0; a < 3; a++) {
        const double c = nw_dot(n, g->step_mm[a]);
        h2 += c * c;
    }
    *spacing_mm = sqrt(h2);
    return xy * xy * (1 - z2) + z * z * z2 + h2 / 6;
}

static double grey_at(const struct refiner *r, nw_vec3 at_mm)
{
    return nw_grey_sample(r->edge->grey, nw_grid_index(&r->inv, at_mm));
}

static void read_profile(const struct refiner *r, nw_vec3 at_mm, nw_vec3 n, double step,
                         double y[SAMPLES])
{
    const nw_ijk p = nw_grid_index(&r->inv, at_mm);
    const nw_vec3 d = nw_scale(nw_mul(r->inv.per_mm, n), step);
    const nw_ijk one = {d.x, d.y, d.z};
    nw_grey_sample_line(r->edge->grey, p, one, M, y);
}

/* The mean beyond the blurred edge on one side, as far as it stays level. */
static double plateau(const double *y, int side, double slack)
{
    double sum = 0;
    int count = 0;
    for (int k = NEAR; k <= FAR; k++) {
        const double x = y[M + side * k];
        if (count > 0 && fabs(x - sum / count) > slack)
            break;
        sum += x;
        count++;
    }
    return sum / count;
}

/* The brightest place within reach on the inner side, three samples averaged. */
static double inner_peak(const double *y)
{
    double best = -HUGE_VAL;
    for (int k = -FAR; k <= 0; k++)
        best = fmax(best, (y[M + k - 1] + y[M + k] + y[M + k + 1]) / 3);
    return best;
}

static double look_up(const float *table, double x)
{
    const double c = x > -ERF_REACH ? (x < ERF_REACH ? x : ERF_REACH) : -ERF_REACH;
    const double at = (c + ERF_REACH) * (ERF_STEPS / ERF_REACH);
    const size_t i = (size_t)at;
    const double a = (double)table[i], b = (double)table[i + 1];
    return a + (at - (double)i) * (b - a);
}

static void fill_tables(struct refiner *r)
{
    for (size_t i = 0; i <= 2 * ERF_STEPS + 1; i++) {
        const double x = (double)i * ERF_REACH / ERF_STEPS - ERF_REACH;
        r->normal_cdf[i] = (float)(0.5 * (1 + nw_erf(x * 0.70710678118654752440)));
        r->normal_pdf[i] = (float)(nw_exp(-x * x / 2) / sqrt(TAU));
    }
}

/* Solves a symmetric 4 x 4 system by Gaussian elimination with pivots; false when singular. */
static bool solve4(double a[4][5])
{
    for (int c = 0; c < 4; c++) {
        int p = c;
        for (int i = c + 1; i < 4; i++)
            p = fabs(a[i][c]) > fabs(a[p][c]) ? i : p;
        if (!(fabs(a[p][c]) > 1e-9))
            return false;
        for (int k = 0; k < 5; k++) {
            const double t = a[c][k];
            a[c][k] = a[p][k];
            a[p][k] = t;
        }
        for (int i = 0; i < 4; i++) {
            if (i == c)
                continue;
            const double f = a[i][c] / a[c][c];
            for (int k = c; k < 5; k++)
                a[i][k] -= f * a[c][k];
        }
    }
    return true;
}

struct wall {
    double outer, inner, y0, y2; /* in sigmas; grey */
};

/* The two edges of a wall of known density between two backgrounds, all blurred by one
 * sigma; positions in units of it. Gauss-Newton, steps damped. */
static bool fit_wall(const struct refiner *r, const double *y, double y1, struct wall *w)
{
    for (int round = 0; round < FIT_ROUNDS; round++) {
        double s[4][5] = {{0}};
        for (int k = -M; k <= M; k++) {
            const double x = 0.5 * k;
            if (x > w->outer + 3.5 || x < w->inner - 3.5)
                continue;
            const double ua = w->outer - x, ub = w->inner - x;
            const double ca = look_up(r->normal_cdf, ua), cb = look_up(r->normal_cdf, ub);
            const double miss = y[M + k] - (w->y0 + (y1 - w->y0) * ca + (w->y2 - y1) * cb);
            const double ga = look_up(r->normal_pdf, ua), gb = look_up(r->normal_pdf, ub);
            const double d[4] = {(y1 - w->y0) * ga, (w->y2 - y1) * gb, 1 - ca, cb};
            for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 4; j++)
                    s[i][j] += d[i] * d[j];
                s[i][4] += d[i] * miss;
            }
        }
        for (int i = 0; i < 4; i++)
            s[i][i] *= 1.001;
        if (!solve4(s))
            return false;
        const double da = s[0][4] / s[0][0], db = s[1][4] / s[1][1];
        w->outer += fmin(fmax(da, -0.7), 0.7);
        w->inner += fmin(fmax(db, -0.7), 0.7);
        w->y0 += s[2][4] / s[2][2];
        w->y2 += s[3][4] / s[3][3];
        if (fabs(da) + fabs(db) < 0.01)
            break;
        const double middle = 0.5 * (w->outer + w->inner);
        if (w->outer - w->inner < 0.2) { /* keep it a wall while it settles */
            w->outer = middle + 0.1;
            w->inner = middle - 0.1;
        }
    }
    return fabs(w->outer) < 3 && w->outer - w->inner < 5;
}

/* Where the wall's far side passes its half again, in sigmas inward; M/2 when not in reach. */
static double wall_width(const double *y, double peak, double y0)
{
    double far = HUGE_VAL;
    for (int k = M; k >= 2; k--)
        far = fmin(far, y[M - k]);
    const double half = 0.5 * (peak + fmax(far, y0));
    for (int k = 1; k < M; k++)
        if (y[M - k] >= half && y[M - k - 1] < half)
            return 0.5 * (k + (y[M - k] - half) / (y[M - k] - y[M - k - 1]));
    return 0.5 * M;
}

static struct reading judge_local(const struct refiner *r, const double *y, double sigma,
                                  struct reading q)
{
    const double slack = 4 * r->noise + 60 / r->edge->grey->scale;
    const double soft = (r->opts->soft_hu - r->edge->grey->shift) / r->edge->grey->scale;
    double out = plateau(y, 1, slack);
    double in = plateau(y, -1, slack);
    const bool bright_inside = r->edge->kind == NW_EDGE_LOCAL;
    const double peak = inner_peak(y);
    if (bright_inside)
        out = fmin(out, fmax(soft, y[M + NEAR] < out ? y[M + NEAR] : soft));
    q.kind = SOLID;
    if (bright_inside && peak - in > 0.12 * (peak - out) + r->noise) {
        in = peak;
        q.kind = SHELL;
    }
    q.level = (float)(0.5 * (in + out));
    q.slope = (float)((y[M - 1] - y[M + 1]) / sigma);
    if (q.kind != SHELL || !isfinite(r->opts->plateau_hu))
        return q;
    const double y1 = (r->opts->plateau_hu - r->edge->grey->shift) / r->edge->grey->scale;
    const double width = wall_width(y, peak, out);
    if (width > 3.2) /* one and a half times the width of a line */
        return q;
    struct wall w = {0.1, -fmax(0.5, width - 1), out, fmin(y[0], peak)};
    q.kind = THIN;
    q.shift = 0;
    if (peak < y1 && fit_wall(r, y, y1, &w))
        q.shift = (float)(w.outer * sigma);
    return q;
}

static struct reading judge_fixed(const struct refiner *r, const double *y, double sigma,
                                  struct reading q)
{
    const bool bright_inside = y[M - 1] > y[M + 1];
    const struct nw_edge *e = r->edge;
    q.level =
        e->kind == NW_EDGE_LOCAL || bright_inside ? (float)e->level_lo : (float)e->level_hi;
    q.slope = (float)((y[M - 1] - y[M + 1]) / sigma);
    q.kind = SOLID;
    return q;
}

static void read_all(struct refiner *r)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            double y[SAMPLES], h;
            const double sigma = sqrt(blur_mm2(r, r->normal[v], &h));
            read_profile(r, m->pos_mm[v], r->normal[v], sigma / 2, y);
            r->read[v] = r->opts->local ? judge_local(r, y, sigma, r->read[v])
                                        : judge_fixed(r, y, sigma, r->read[v]);
            if (!(fabs((double)r->read[v].slope) * sigma > 2 * r->noise))
                r->read[v].kind = LOST;
        }
}

/* The nearest place along the normal where the grey passes the level in the right direction;
 * looked for within half a blur and refined twice by the secant. */
static bool find_level(const struct refiner *r, nw_vec3 at_mm, nw_vec3 n, double level,
                       double slope, double limit, double *shift)
{
    double s0 = 0, f0 = grey_at(r, at_mm) - level;
    double s1 = fmin(fmax(f0 / slope, -limit), limit);
    for (int round = 0; round < 3; round++) {
        const double f1 = grey_at(r, nw_along(at_mm, n, s1)) - level;
        if (fabs(f1) < 0.5 || fabs(f1 - f0) < 1e-9) {
            *shift = s1;
            return fabs(f1) < fabs(slope) * limit;
        }
        const double s2 = fmin(fmax(s1 - f1 * (s1 - s0) / (f1 - f0), -limit), limit);
        s0 = s1;
        f0 = f1;
        s1 = s2;
    }
    *shift = s1;
    return true;
}

/* How much of the noise is left after interpolation at a place: the root of the sum of its
 * squared weights, with the correlation of neighbours. */
static double noise_left(const struct refiner *r, nw_vec3 at_mm)
{
    const nw_ijk q = nw_grid_index(&r->inv, at_mm);
    const double at[3] = {q.i, q.j, q.k};
    double product = 1;
    for (int a = 0; a < 3; a++) {
        const double f = at[a] - floor(at[a]), rho = r->opts->cal->noise_correlation[a];
        product *= f * f + (1 - f) * (1 - f) + 2 * rho * f * (1 - f);
    }
    return sqrt(product);
}

static bool at_border(const struct refiner *r, nw_vec3 at_mm)
{
    const nw_ijk q = nw_grid_index(&r->inv, at_mm);
    const size_t *d = r->edge->grey->grid.dim;
    const double in = 0.6;
    return q.i < in || q.j < in || q.k < in || q.i > (double)d[0] - 1 - in ||
           q.j > (double)d[1] - 1 - in || q.k > (double)d[2] - 1 - in;
}

/* What a position is worth: noise over slope, what the plateaus may be off, and what the
 * curvature's estimate may be off. */
static double uncertainty(const struct refiner *r, const struct reading *q, nw_vec3 at_mm,
                          double bend_mm, double sigma, double spacing_mm)
{
    if (q->kind == THIN)
        return 0.25;
    if (q->kind == LOST || q->kind == FIXED)
        return sigma;
    const double slope = fabs((double)q->slope) * 1.042; /* a chord's, over +-sigma/2 */
    const double edge = r->noise * noise_left(r, at_mm) / slope;
    const double level = 0.2 * r->noise / slope, bend = 0.15 * bend_mm,
                 floor_mm = 0.012 * spacing_mm;
    const double shell = q->kind == SHELL ? 0.1 * sigma : 0;
    return sqrt(edge * edge + level * level + bend * bend + floor_mm * floor_mm +
                shell * shell);
}

/* How far this vertex is to go along its normal, and its class. */
static void decide_vertex(struct refiner *r, size_t v)
{
    struct reading *q = &r->read[v];
    const nw_vec3 n = r->normal[v], at = r->mesh->pos_mm[v];
    double h, shift = 0;
    const double sigma = sqrt(blur_mm2(r, n, &h)), limit = 0.5 * h;
    enum nw_class class = NW_CLASS_RESOLVED;
    if (at_border(r, at)) {
        class = NW_CLASS_INFERRED;
        q->kind = FIXED;
    } else if (q->kind == LOST) {
        class = NW_CLASS_INFERRED;
    } else if (q->kind == THIN) {
        class = NW_CLASS_THIN;
        shift = fmin(fmax((double)q->shift, -0.8 * sigma), 0.3 * sigma);
    } else if (!find_level(r, at, n, (double)q->level, (double)q->slope, limit, &shift) ||
               fabs(shift) >= limit) { /* its own half is not where the label ends */
        class = NW_CLASS_INFERRED;
        q->kind = LOST;
        shift = 0;
    }
    q->shift = (float)shift;
    r->mesh->vert_class[v] = (uint8_t) class;
}

static void decide_all(struct refiner *r)
{
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(r->mesh->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, r->mesh->vert_count); v++)
            decide_vertex(r, v);
}

/* Where no half was found, the neighbours' mean; where a thin wall's fit was, between them. */
static void relax_shifts(struct refiner *r)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            struct reading out = r->read[v];
            if (out.kind == LOST || out.kind == THIN) {
                double sum = 0;
                size_t count = 0;
                for (uint32_t f = r->first[v]; f < r->first[v + 1]; f++)
                    for (int k = 0; k < 3; k++) {
                        sum += (double)r->read[m->tri[r->fan[f]][k]].shift;
                        count++;
                    }
                out.shift = count ? (float)(sum / (double)count) : 0;
            }
            r->next[v] = out;
        }
    struct reading *swap = r->read;
    r->read = r->next;
    r->next = swap;
}

static void move_vertex(struct refiner *r, size_t v)
{
    struct nw_mesh *m = r->mesh;
    const struct reading *q = &r->read[v];
    const nw_vec3 n = r->normal[v], at = m->pos_mm[v];
    double h, bend = 0;
    const double blur = blur_mm2(r, n, &h), sigma = sqrt(blur), shift = (double)q->shift;
    if (r->opts->local && q->weight > 0 && (q->kind == SOLID || q->kind == SHELL)) {
        bend = blur * (double)q->curve / (double)q->weight;
        bend = fmin(fmax(bend, -0.35 * sigma), 0.35 * sigma);
    }
    m->pos_mm[v] = nw_along(at, n, shift + bend);
    m->uncertainty_mm[v] = (float)uncertainty(r, q, nw_along(at, n, shift), bend, sigma, h);
}

static void move_all(struct refiner *r)
{
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(r->mesh->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, r->mesh->vert_count); v++)
            move_vertex(r, v);
}

static bool refine(struct refiner *r, struct nw_err *err)
{
    struct nw_mesh *m = r->mesh;
    const size_t n = m->vert_count;
    if (!build_fans(r, err))
        return false;
    r->normal = NW_ALLOC_UNSET(nw_vec3, n + 1, err);
    r->read = r->normal ? NW_ALLOC(struct reading, n + 1, err) : NULL;
    r->next = r->read ? NW_ALLOC(struct reading, n + 1, err) : NULL;
    if (r->next && !m->uncertainty_mm)
        m->uncertainty_mm = NW_ALLOC(float, n + 1, err);
    if (r->next && m->uncertainty_mm && !m->vert_class)
        m->vert_class = NW_ALLOC(uint8_t, n + 1, err);
    if (!r->next || !m->uncertainty_mm || !m->vert_class)
        return false;
    take_normals(r);
    read_all(r);
    if (!nw_progress(1, 3))
        return nw_fail_cancelled(err);
    take_curvature(r);
    for (int k = 0; k < CURVE_SWEEPS; k++)
        average(r, k < LEVEL_SWEEPS && r->opts->local, true, k < THIN_SWEEPS);
    if (!nw_progress(2, 3))
        return nw_fail_cancelled(err);
    decide_all(r);
    for (int k = 0; k < RELAX_SWEEPS; k++)
        relax_shifts(r);
    move_all(r);
    return !(r->opts->cal->metal_mm3 > 0 && r->opts->metal_mm > 0) ||
           nw_metal_mark(r->edge->grey, r->opts->metal_mm, m, err);
}

bool nw_edge_refine(const struct nw_edge *edge, const struct nw_refine_opts *opts,
                    struct nw_mesh *mesh, struct nw_err *err)
{
    const struct nw_grid *g = &edge->grey->grid;
    struct refiner r = {
        .edge = edge,
        .opts = opts,
        .mesh = mesh,
        .inv = nw_grid_invert(g),
        .slice_axis = nw_unit(nw_cross(g->step_mm[0], g->step_mm[1])),
        .noise = opts->cal->noise_hu / edge->grey->scale,
    };
    fill_tables(&r);
    const bool ok = refine(&r, err);
    nw_free(r.first);
    nw_free(r.fan);
    nw_free(r.normal);
    nw_free(r.read);
    nw_free(r.next);
    return ok;
}
