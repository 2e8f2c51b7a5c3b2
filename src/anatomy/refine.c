/*
 * anatomy/refine.c -- vertices to the half of their own profile; see edge_priv.h.
 *
 * Three sweeps over the vertices: read profiles (plateaus on both sides, slope, width);
 * average the level over neighbours on the surface, because a plateau varies slowly and its
 * noise does not; move. A profile's steps are half the blur's sigma in its direction.
 */
#include "anatomy/edge_priv.h"

#include <string.h>

#include "anatomy/calibrate_priv.h"
#include "anatomy/metal_priv.h"
#include "anatomy/wall_priv.h"
#include "core/parallel.h"

enum { M = NW_WALL_REACH, SAMPLES = NW_WALL_SAMPLES, NEAR = 5, FAR = 9, CHUNK = 4096 };
enum { NORMAL_SWEEPS = 3, LEVEL_SWEEPS = 4, CURVE_SWEEPS = 8, RELAX_SWEEPS = 2 };
/* Below the blur's full width at half maximum only the fit sees a wall's two edges. */
static const double THIN_SIGMAS = 2.355;
/* A thin wall's fit is believed within so many sigmas of where the label ends, if it leaves so
 * little open and misses the profile by so little of the noise; else the wall is seen, not
 * resolved. */
static const double THIN_SHIFT = 2, THIN_SD = 0.4, THIN_MISFIT = 3;
/* Wide walls are fitted at one vertex of so many; the others take their neighbours' level. */
enum { FIT_EVERY = 5 };
/* How many fits are to tell a bone's density, and from what width on. */
enum { PILOTS = 4096, PILOTS_MIN = 200, PILOT_ROUNDS = 3 };
/* The middle answer would be low: corners and bent places, which are no plain walls, only
 * ever look less dense. */
static const double PILOT_SIGMAS = 1.5, PILOT_SHARE = 0.7;
/* How far the density of a wall may lie from the bone's dense plateau, of its contrast. */
static const double DENSITY_SHARE = 0.15;
/* How uneven a wall and what is beside it are, of the wall's contrast. */
static const double UNEVEN_SHARE = 0.02;
/* Spongy bone behind a wall: so much of the wall's contrast, above soft tissue. */
static const double BACKED_SHARE = 0.1;
/* How well a curvature is estimated. */
static const double BEND_SHARE = 0.1;

/* What one profile says. */
struct reading {
    float level, slope; /* grey at the half; fall per mm along the normal (signed) */
    float bend, weight; /* integrals of the blur's pull, mm, and of one over the fan's area */
    float shift;        /* along the normal: a thin wall's fit, then what is decided */
    float doubt;        /* what the fit leaves open, one sigma, mm */
    uint8_t kind;
    bool backed; /* a thin wall with bone behind it: no rim of its own is near */
};
enum reading_kind { SOLID, SHELL, THIN, LOST, FIXED };

struct refiner {
    const struct nw_edge *edge;
    const struct nw_refine_opts *opts;
    struct nw_mesh *mesh;
    struct nw_grid_inverse inv;
    nw_mat3 psf;           /* of the scanner alone: covariance, mm2 */
    nw_mat3 blur;          /* as samples see it: with the mean blur of interpolation */
    double noise;          /* stored units */
    uint32_t *first, *fan; /* triangles of each vertex */
    nw_vec3 *normal;
    struct reading *read, *next;
    double dense; /* of a wall, stored units; NAN: walls are not fitted */
    struct nw_wall_table table;
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

/* One step of averaging over fans: the voxels' noise makes the first mesh bumpy, and a profile
 * that runs slanting sees a wider wall. */
static bool smooth_normals(struct refiner *r, struct nw_err *err)
{
    const struct nw_mesh *m = r->mesh;
    nw_vec3 *out = NW_ALLOC_UNSET(nw_vec3, m->vert_count + 1, err);
    if (!out)
        return false;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            nw_vec3 sum = r->normal[v];
            for (uint32_t f = r->first[v]; f < r->first[v + 1]; f++)
                for (int k = 0; k < 3; k++)
                    sum = nw_add(sum, r->normal[m->tri[r->fan[f]][k]]);
            out[v] = nw_unit(sum);
        }
    nw_free(r->normal);
    r->normal = out;
    return true;
}

/* A blur of covariance C pulls a surface with shape operator K inward by half the trace of
 * C K: the blur along the surface counts, not that through it. It is half the divergence of C
 * times the normal; over a triangle, by the flux of the corners' normals through its edges. */
static void take_bends(struct refiner *r)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            double bend = 0, area = 0;
            for (uint32_t f = r->first[v]; f < r->first[v + 1]; f++) {
                const uint32_t *t = m->tri[r->fan[f]];
                const nw_vec3 n2 = doubled_area(m, r->fan[f]), n = nw_unit(n2);
                for (int e = 0; e < 3; e++) {
                    const uint32_t a = t[e], b = t[(e + 1) % 3];
                    const nw_vec3 out =
                        nw_cross(nw_sub(m->pos_mm[b], m->pos_mm[a]), n); /* times length */
                    bend +=
                        0.25 * nw_dot(nw_mul(r->blur, out), nw_add(r->normal[a], r->normal[b]));
                }
                area += 0.5 * nw_length(n2);
            }
            r->read[v].bend = (float)bend;
            r->read[v].weight = (float)area;
        }
}

/* One step of averaging over fans; a fan's corners count a third each. */
static void average(struct refiner *r, bool levels, bool bends)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            double level = 0, doubt = 0, slope = 0, bend = 0, weight = 0;
            size_t seen = 0, same = 0, told = 0;
            for (uint32_t f = r->first[v]; f < r->first[v + 1]; f++)
                for (int k = 0; k < 3; k++) {
                    const struct reading *q = &r->read[m->tri[r->fan[f]][k]];
                    bend += (double)q->bend;
                    weight += (double)q->weight;
                    seen++;
                    if (q->kind == LOST)
                        continue;
                    slope += (double)q->slope;
                    same++;
                    if (!isnan(q->level)) {
                        level += (double)q->level;
                        doubt += (double)q->doubt;
                        told++;
                    }
                }
            struct reading out = r->read[v];
            if (levels && same && out.kind != LOST)
                out.slope = (float)(slope / (double)same);
            if (levels && told && out.kind != LOST)
                out.level = (float)(level / (double)told);
            if (levels && told && out.kind == SHELL)
                out.doubt = (float)(doubt / (double)told);
            if (bends && seen) {
                out.bend = (float)(bend / (double)seen);
                out.weight = (float)(weight / (double)seen);
            }
            r->next[v] = out;
        }
    struct reading *swap = r->read;
    r->read = r->next;
    r->next = swap;
}

/* m + share * v v^T */
static nw_mat3 with_outer(nw_mat3 m, nw_vec3 v, double share)
{
    const double c[3] = {v.x, v.y, v.z};
    for (int i = 0; i < 3; i++)
        m.r[i] = nw_along(m.r[i], v, share * c[i]);
    return m;
}

/* Linear interpolation between voxels a step apart has a variance of a sixth of the step's
 * square, on average over the places between them. */
static void take_blurs(struct refiner *r)
{
    const struct nw_grid *g = &r->edge->grey->grid;
    const nw_vec3 z = nw_unit(nw_cross(g->step_mm[0], g->step_mm[1]));
    const double xy2 = r->opts->cal->sigma_xy_mm * r->opts->cal->sigma_xy_mm;
    const double z2 = r->opts->cal->sigma_z_mm * r->opts->cal->sigma_z_mm;
    const nw_mat3 round = {{nw_v3(xy2, 0, 0), nw_v3(0, xy2, 0), nw_v3(0, 0, xy2)}};
    r->psf = with_outer(round, z, z2 - xy2);
    r->blur = r->psf;
    for (int a = 0; a < 3; a++)
        r->blur = with_outer(r->blur, g->step_mm[a], 1.0 / 6);
}

static double along(nw_mat3 covariance, nw_vec3 n)
{
    return nw_dot(n, nw_mul(covariance, n));
}

static double blur_mm(const struct refiner *r, nw_vec3 n)
{
    return sqrt(along(r->blur, n));
}

static double spacing_mm(const struct refiner *r, nw_vec3 n)
{
    double h2 = 0;
    for (int a = 0; a < 3; a++) {
        const double c = nw_dot(n, r->edge->grey->grid.step_mm[a]);
        h2 += c * c;
    }
    return sqrt(h2);
}

static double grey_at(const struct refiner *r, nw_vec3 at_mm)
{
    return nw_grey_sample(r->edge->grey, nw_grid_index(&r->inv, at_mm));
}

static double stored(const struct refiner *r, double hu)
{
    return (hu - r->edge->grey->shift) / r->edge->grey->scale;
}

/* Samples half a blur's sigma apart along a vertex's normal; returns sigma, mm. */
static double read_profile(const struct refiner *r, size_t v, double y[SAMPLES])
{
    const nw_vec3 n = r->normal[v];
    const double sigma = blur_mm(r, n);
    const nw_ijk p = nw_grid_index(&r->inv, r->mesh->pos_mm[v]);
    const nw_vec3 d = nw_scale(nw_mul(r->inv.per_mm, n), sigma / 2);
    const nw_ijk one = {d.x, d.y, d.z};
    nw_grey_sample_line(r->edge->grey, p, one, M, y);
    return sigma;
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

/* What a profile may differ from a wall's: noise, and bone that is not that even. */
static double wall_noise(const struct refiner *r, double rise)
{
    const double uneven = UNEVEN_SHARE * rise;
    return sqrt(r->noise * r->noise + uneven * uneven);
}

/* One in FIT_EVERY places: by the voxel it lies in, so that a part of a scan chooses the same.
 */
static bool is_chosen(const struct refiner *r, nw_vec3 at_mm)
{
    const nw_ijk p = nw_grid_index(&r->inv, at_mm);
    const int64_t i = (int64_t)floor(p.i), j = (int64_t)floor(p.j), k = (int64_t)floor(p.k);
    const uint64_t key = (uint64_t)(i + 73 * j + 8191 * k) * 0x9E3779B97F4A7C15u;
    return (key >> 33) % FIT_EVERY == 0;
}

static struct reading judge_local(const struct refiner *r, size_t v, const double *y,
                                  double sigma)
{
    const double slack = 4 * r->noise + 60 / r->edge->grey->scale;
    const double soft = stored(r, r->opts->soft_hu);
    double out = plateau(y, 1, slack);
    double in = plateau(y, -1, slack);
    const bool bright_inside = r->edge->kind == NW_EDGE_LOCAL;
    const double peak = inner_peak(y);
    if (bright_inside)
        out = fmin(out, fmax(soft, y[M + NEAR] < out ? y[M + NEAR] : soft));
    struct reading q = {.kind = SOLID};
    if (bright_inside && peak - in > 0.12 * (peak - out) + r->noise) {
        in = peak;
        q.kind = SHELL;
    }
    q.level = (float)(0.5 * (in + out));
    q.slope = (float)((y[M - 1] - y[M + 1]) / sigma);
    if (!bright_inside || !isfinite(r->dense))
        return q;
    const double rise = r->dense - soft;
    const struct nw_wall_known known = {r->dense, DENSITY_SHARE * rise, wall_noise(r, rise)};
    struct nw_wall w;
    const enum nw_wall_found found =
        nw_wall_fit(&r->table, y, &known, is_chosen(r, r->mesh->pos_mm[v]), &w);
    if (found == NW_WALL_NONE)
        return q;
    q.kind = SHELL;
    q.level = NAN;
    if (found == NW_WALL_WIDE)
        return q;
    q.level = (float)w.level;
    q.doubt = (float)(w.outer_sd * sigma);
    if (w.outer - w.inner < THIN_SIGMAS) {
        const bool good =
            fabs(w.outer) < THIN_SHIFT && w.outer_sd < THIN_SD && w.misfit < THIN_MISFIT;
        q.kind = good ? THIN : LOST;
        q.shift = (float)(w.outer * sigma);
        q.backed = w.y2 > soft + BACKED_SHARE * (w.y1 - soft);
    }
    return q;
}

static struct reading judge_fixed(const struct refiner *r, const double *y, double sigma)
{
    const bool bright_inside = y[M - 1] > y[M + 1];
    const struct nw_edge *e = r->edge;
    struct reading q = {.kind = SOLID};
    q.level =
        e->kind == NW_EDGE_LOCAL || bright_inside ? (float)e->level_lo : (float)e->level_hi;
    q.slope = (float)((y[M - 1] - y[M + 1]) / sigma);
    return q;
}

/* What a sample of fits finds, each nearly free to find its own density, where a wall is wide
 * enough to tell and not spongy; returns how many told. */
static size_t ask_pilots(const struct refiner *r, double *y1)
{
    const size_t n = r->mesh->vert_count, pilots = n < PILOTS ? n : PILOTS;
    const double soft = stored(r, r->opts->soft_hu), rise = r->dense - soft;
    const struct nw_wall_known known = {r->dense, 0.5 * rise, wall_noise(r, rise)};
    NW_PARALLEL_FOR
    for (size_t p = 0; p < pilots; p++) {
        double y[SAMPLES];
        struct nw_wall w;
        (void)read_profile(r, n * p / pilots, y);
        const bool told = nw_wall_fit(&r->table, y, &known, true, &w) == NW_WALL_FITTED &&
                          w.outer - w.inner > PILOT_SIGMAS && w.y1 > soft + rise / 2;
        y1[p] = told ? w.y1 : (double)NAN;
    }
    size_t count = 0;
    for (size_t p = 0; p < pilots; p++)
        if (isfinite(y1[p]))
            y1[count++] = y1[p];
    return count;
}

/* What the density of this bone's walls is; thin walls then go by it. An answer leans
 * towards what was assumed, the less so the closer that was: ask again with it. */
static bool measure_density(struct refiner *r, struct nw_err *err)
{
    if (!r->opts->local || !(r->dense > stored(r, r->opts->soft_hu)))
        return true;
    NW_AUTOFREE double *y1 = NW_ALLOC(double, PILOTS, err);
    if (!y1)
        return false;
    for (int round = 0; round < PILOT_ROUNDS; round++) {
        const size_t count = ask_pilots(r, y1);
        if (count < PILOTS_MIN)
            break;
        r->dense = nw_percentile(y1, count, PILOT_SHARE);
    }
    return true;
}

static void read_all(struct refiner *r)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            double y[SAMPLES];
            const double sigma = read_profile(r, v, y);
            r->read[v] =
                r->opts->local ? judge_local(r, v, y, sigma) : judge_fixed(r, y, sigma);
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

/* What a position is worth: noise over slope, what the plateaus may be off, what the
 * curvature's estimate and the blur's may be off, and what is left of the interpolation. */
static double uncertainty(const struct refiner *r, const struct reading *q, nw_vec3 at_mm,
                          nw_vec3 n, double bend_mm, double drift_mm)
{
    const double sigma = blur_mm(r, n), h = spacing_mm(r, n);
    if (q->kind == LOST || q->kind == FIXED)
        return sigma;
    const double bend = BEND_SHARE * bend_mm;
    if (q->kind == THIN)
        return sqrt((double)q->doubt * (double)q->doubt + bend * bend + 1e-4);
    const double slope = fabs((double)q->slope) * 1.042; /* a chord's, over +-sigma/2 */
    const double edge = r->noise * noise_left(r, at_mm) / slope;
    const double level = 0.2 * r->noise / slope, floor_mm = 0.006 * h;
    const double shell = q->kind == SHELL ? (double)q->doubt : 0, drift = 0.15 * drift_mm;
    return sqrt(edge * edge + level * level + bend * bend + floor_mm * floor_mm +
                shell * shell + drift * drift);
}

/* How far this vertex is to go along its normal, and its class. */
static void decide_vertex(struct refiner *r, size_t v)
{
    struct reading *q = &r->read[v];
    const nw_vec3 n = r->normal[v], at = r->mesh->pos_mm[v];
    const double limit = 0.5 * spacing_mm(r, n);
    double shift = 0;
    enum nw_class class = NW_CLASS_RESOLVED;
    if (at_border(r, at)) {
        class = NW_CLASS_INFERRED;
        q->kind = FIXED;
    } else if (q->kind == LOST || isnan(q->level)) {
        class = NW_CLASS_INFERRED;
        q->kind = LOST;
    } else if (q->kind == THIN) {
        class = NW_CLASS_THIN;
        shift = (double)q->shift;
    } else if (!find_level(r, at, n, (double)q->level, (double)q->slope, limit, &shift) ||
               fabs(shift) >= limit) { /* its own half is not where the label ends */
        class = NW_CLASS_INFERRED;
        q->kind = LOST;
    }
    q->shift = q->kind == LOST ? NAN : (float)shift;
    r->mesh->vert_class[v] = (uint8_t) class;
}

static void decide_all(struct refiner *r)
{
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(r->mesh->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, r->mesh->vert_count); v++)
            decide_vertex(r, v);
}

static double within(double x, double limit)
{
    return isnan(x) ? 0 : fmin(fmax(x, -limit), limit);
}

/* Where to go so as to lie in the middle of where the neighbours on the surface go. Those that
 * saw nothing follow the others and tell nothing themselves. */
static float follow(const struct refiner *r, size_t v)
{
    const struct nw_mesh *m = r->mesh;
    const bool lost = r->read[v].kind == LOST;
    double sum = 0;
    size_t count = 0;
    for (uint32_t f = r->first[v]; f < r->first[v + 1]; f++)
        for (int k = 0; k < 3; k++) {
            const uint32_t u = m->tri[r->fan[f]][k];
            const struct reading *q = &r->read[u];
            if (isnan(q->shift) || q->kind == FIXED || (q->kind != THIN && !lost))
                continue;
            const nw_vec3 to = nw_along(m->pos_mm[u], r->normal[u], (double)q->shift);
            sum += nw_dot(nw_sub(to, m->pos_mm[v]), r->normal[v]);
            count++;
        }
    return count ? (float)within(sum / (double)count, THIN_SHIFT * blur_mm(r, r->normal[v]))
                 : r->read[v].shift;
}

static void relax_shifts(struct refiner *r)
{
    const struct nw_mesh *m = r->mesh;
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(m->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, m->vert_count); v++) {
            r->next[v] = r->read[v];
            if (r->read[v].kind == LOST || r->read[v].kind == THIN)
                r->next[v].shift = follow(r, v);
        }
    struct reading *swap = r->read;
    r->read = r->next;
    r->next = swap;
}

/* How far outside the true crossing the interpolated profile crosses: between two voxels the
 * straight line runs off the blurred edge by its third and fifth derivative (the even ones are
 * zero at the half). f is the place between the voxels. */
static double drift_at(const struct refiner *r, nw_vec3 at_mm, nw_vec3 n)
{
    const nw_ijk q = nw_grid_index(&r->inv, at_mm);
    const double at[3] = {q.i, q.j, q.k}, s2 = along(r->psf, n);
    double sum = 0;
    for (int a = 0; a < 3; a++) {
        const double f = at[a] - floor(at[a]), g = 1 - f;
        const double h = nw_dot(n, r->edge->grey->grid.step_mm[a]), x2 = h * h / s2;
        const double odd = f * g * (g - f) * h * x2 / 6;
        sum += odd * (1 - 0.15 * x2 * (f * f + g * g));
    }
    return sum;
}

static void move_vertex(struct refiner *r, size_t v)
{
    struct nw_mesh *m = r->mesh;
    const struct reading *q = &r->read[v];
    const nw_vec3 n = r->normal[v],
                  at = nw_along(m->pos_mm[v], n, isnan(q->shift) ? 0 : (double)q->shift);
    const bool seen = r->opts->local && (q->kind == SOLID || q->kind == SHELL);
    const double limit = 0.35 * blur_mm(r, n);
    double bend = 0, drift = 0;
    if (seen || (q->kind == THIN && q->backed))
        bend = within((double)q->bend / (double)q->weight, limit);
    if (seen)
        drift = within(drift_at(r, at, n), limit);
    m->pos_mm[v] = nw_along(at, n, bend - drift);
    m->uncertainty_mm[v] = (float)uncertainty(r, q, at, n, bend, drift);
}

static void move_all(struct refiner *r)
{
    NW_PARALLEL_FOR
    for (size_t c = 0; c < chunks(r->mesh->vert_count); c++)
        for (size_t v = c * CHUNK; v < chunk_end(c, r->mesh->vert_count); v++)
            move_vertex(r, v);
}

/* Normals, and what walls are made of: all that is asked before any profile is read. */
static bool prepare(struct refiner *r, struct nw_err *err)
{
    const size_t n = r->mesh->vert_count;
    struct nw_density *density = r->opts->density;
    if (!build_fans(r, err))
        return false;
    r->normal = NW_ALLOC_UNSET(nw_vec3, n + 1, err);
    r->read = r->normal ? NW_ALLOC(struct reading, n + 1, err) : NULL;
    r->next = r->read ? NW_ALLOC(struct reading, n + 1, err) : NULL;
    if (!r->next)
        return false;
    take_normals(r);
    for (int k = 0; k < NORMAL_SWEEPS; k++)
        if (!smooth_normals(r, err))
            return false;
    if (density && density->known)
        r->dense = density->stored;
    else if (!measure_density(r, err))
        return false;
    if (density)
        *density = (struct nw_density){true, r->dense};
    return true;
}

static bool refine(struct refiner *r, struct nw_err *err)
{
    struct nw_mesh *m = r->mesh;
    const size_t n = m->vert_count;
    if (!m->uncertainty_mm)
        m->uncertainty_mm = NW_ALLOC(float, n + 1, err);
    if (m->uncertainty_mm && !m->vert_class)
        m->vert_class = NW_ALLOC(uint8_t, n + 1, err);
    if (!m->uncertainty_mm || !m->vert_class || !prepare(r, err))
        return false;
    read_all(r);
    if (!nw_progress(1, 3))
        return nw_fail_cancelled(err);
    take_bends(r);
    for (int k = 0; k < CURVE_SWEEPS; k++)
        average(r, k < LEVEL_SWEEPS && r->opts->local, true);
    if (!nw_progress(2, 3))
        return nw_fail_cancelled(err);
    decide_all(r);
    for (int k = 0; k < RELAX_SWEEPS; k++)
        relax_shifts(r);
    move_all(r);
    return !(r->opts->cal->metal_mm3 > 0 && r->opts->metal_mm > 0) ||
           nw_metal_mark(r->edge->grey, r->opts->metal_mm, m, err);
}

static bool with_refiner(const struct nw_edge *edge, const struct nw_refine_opts *opts,
                         struct nw_mesh *mesh,
                         bool (*work)(struct refiner *r, struct nw_err *err),
                         struct nw_err *err)
{
    const struct nw_grid *g = &edge->grey->grid;
    struct refiner r = {
        .edge = edge,
        .opts = opts,
        .mesh = mesh,
        .inv = nw_grid_invert(g),
        .noise = opts->cal->noise_hu / edge->grey->scale,
    };
    nw_wall_table_fill(&r.table);
    r.dense = stored(&r, opts->plateau_hu);
    take_blurs(&r);
    const bool ok = work(&r, err);
    nw_free(r.first);
    nw_free(r.fan);
    nw_free(r.normal);
    nw_free(r.read);
    nw_free(r.next);
    return ok;
}

bool nw_edge_density(const struct nw_edge *edge, const struct nw_refine_opts *opts,
                     struct nw_mesh *mesh, struct nw_err *err)
{
    return with_refiner(edge, opts, mesh, prepare, err);
}

bool nw_edge_refine(const struct nw_edge *edge, const struct nw_refine_opts *opts,
                    struct nw_mesh *mesh, struct nw_err *err)
{
    return with_refiner(edge, opts, mesh, refine, err);
}
