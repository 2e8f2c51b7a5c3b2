/* anatomy/wall.c -- see wall_priv.h. Gauss-Newton on five numbers, each with what is known of
 * it beforehand; steps are damped. */
#include "anatomy/wall_priv.h"

#include <math.h>

#include "core/vec.h"

enum { M = NW_WALL_REACH, N = 5, ROUNDS = 10, HELD_ROUNDS = 3 };
enum { OUTER, INNER, Y0, Y1, Y2 };
static const double STEP = 0.5;      /* between samples, sigmas */
static const double WINDOW = 3;      /* beyond each edge, sigmas */
static const double STEP_MAX = 0.7;  /* of an edge in one round, sigmas */
static const double THINNEST = 0.05; /* sigmas */
static const double SETTLED = 0.03;  /* sigmas */
/* Walls that show their own level, in what lies above the half levels, sigmas. */
static const double WIDE = 3.2;
/* Less of a fall behind the wall, as a share of the rise before it, is none. */
static const double DIP_SHARE = 0.1;
/* Edges further off are none of this profile's, sigmas; the table reaches them. */
static const double PLACE_MAX = 9;
static const double OUTER_MAX = 3, WIDTH_MAX = 6;
/* What lies on the two sides is hardly known: within this share of the wall's contrast. */
static const double SIDE_SHARE = 0.3;
/* Keeps the system regular, and y1 where it is. */
static const double EDGE_WEIGHT = 1e-3, HOLD_WEIGHT = 1e3;

void nw_wall_table_fill(struct nw_wall_table *table)
{
    for (int p = 0; p <= NW_WALL_PHASES; p++)
        for (int n = -NW_WALL_FAR; n <= NW_WALL_FAR; n++) {
            const double x = STEP * ((double)p / NW_WALL_PHASES - n);
            table->cdf[p][NW_WALL_FAR + n] =
                (float)(0.5 * (1 + nw_erf(x * 0.70710678118654752440)));
            table->pdf[p][NW_WALL_FAR + n] =
                (float)(0.39894228040143267794 * nw_exp(-x * x / 2));
        }
}

/* An edge at `at`, in sigmas, as the samples lo .. hi see it. */
struct edge {
    double cdf[NW_WALL_SAMPLES], pdf[NW_WALL_SAMPLES];
};

static void look(const struct nw_wall_table *t, double at, int lo, int hi, struct edge *e)
{
    const double steps = at / STEP, whole = floor(steps);
    const double phase = (steps - whole) * NW_WALL_PHASES;
    const int p = (int)phase, first = NW_WALL_FAR + lo - (int)whole;
    const float f = (float)(phase - p);
    const float *c0 = t->cdf[p] + first, *c1 = t->cdf[p + 1] + first;
    const float *g0 = t->pdf[p] + first, *g1 = t->pdf[p + 1] + first;
    for (int k = 0; k <= hi - lo; k++) {
        e->cdf[k] = (double)(c0[k] + f * (c1[k] - c0[k]));
        e->pdf[k] = (double)(g0[k] + f * (g1[k] - g0[k]));
    }
}

/* The part of the profile that is this wall and its two sides: up to where the grey rises
 * again towards something else. */
struct window {
    int lo, hi;
    double peak, width, middle; /* grey; sigmas, of what lies above the half levels */
};

static int walk(const double *y, int from, int side, int steps, double rise)
{
    double least = y[M + from];
    int k = from;
    for (; k * side < M && steps > 0; steps--) {
        const double next = y[M + k + side];
        if (next > least + rise)
            break;
        least = next < least ? next : least;
        k += side;
    }
    return k;
}

static bool find_window(const double *y, double noise, struct window *w)
{
    int top = 2;
    for (int k = 1; k >= -M + 2; k--) { /* the nearest summit inward */
        if (y[M + k] > y[M + top])
            top = k;
        else if (k < top - 1 &&
                 y[M + top] - y[M + k] > 4 * noise + 0.1 * (y[M + top] - y[M + 4]))
            break;
    }
    const double rise = 4 * noise;
    const int out = walk(y, 1, 1, M, rise), in = walk(y, top, -1, M, rise);
    w->peak = y[M + top];
    const double half0 = 0.5 * (w->peak + y[M + out]), half2 = 0.5 * (w->peak + y[M + in]);
    if (!(w->peak - y[M + out] > 4 * noise &&
          w->peak - y[M + in] > 3 * noise + DIP_SHARE * (w->peak - y[M + out])))
        return false;
    int a = top, b = top;
    while (a < out && y[M + a + 1] >= half0)
        a++;
    while (b > in && y[M + b - 1] >= half2)
        b--;
    w->width = STEP * (a - b + 1);
    w->middle = 0.5 * STEP * (a + b);
    const int beyond = (int)(WINDOW / STEP);
    w->hi = out < a + beyond ? out : a + beyond;
    w->lo = in > b - beyond ? in : b - beyond;
    return true;
}

/* Solves the symmetric positive system in place (Cholesky); false when it is not positive. */
static bool factor(double a[N][N])
{
    for (int j = 0; j < N; j++) {
        for (int k = 0; k < j; k++)
            a[j][j] -= a[j][k] * a[j][k];
        if (!(a[j][j] > 1e-12))
            return false;
        a[j][j] = sqrt(a[j][j]);
        for (int i = j + 1; i < N; i++) {
            for (int k = 0; k < j; k++)
                a[i][j] -= a[i][k] * a[j][k];
            a[i][j] /= a[j][j];
        }
    }
    return true;
}

static void solve(double a[N][N], double b[N])
{
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < i; k++)
            b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
    }
    for (int i = N - 1; i >= 0; i--) {
        for (int k = i + 1; k < N; k++)
            b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
}

/* Normal equations of the samples in the window, in units of the noise; returns the root of
 * the mean square that p misses them by. */
static double gather(const struct nw_wall_table *t, const double *y, const struct window *w,
                     const double p[N], double per_noise, double a[N][N], double b[N])
{
    struct edge o, i;
    look(t, p[OUTER], w->lo, w->hi, &o);
    look(t, p[INNER], w->lo, w->hi, &i);
    const double rise = p[Y1] - p[Y0], drop = p[Y2] - p[Y1];
    double missed = 0;
    for (int k = 0; k <= w->hi - w->lo; k++) {
        const double seen = y[M + w->lo + k];
        const double miss = (seen - (p[Y0] + rise * o.cdf[k] + drop * i.cdf[k])) * per_noise;
        const double d[N] = {rise * o.pdf[k] * per_noise, drop * i.pdf[k] * per_noise,
                             (1 - o.cdf[k]) * per_noise, (o.cdf[k] - i.cdf[k]) * per_noise,
                             i.cdf[k] * per_noise};
        for (int r = 0; r < N; r++) {
            for (int c = 0; c <= r; c++)
                a[r][c] += d[r] * d[c];
            b[r] += d[r] * miss;
        }
        missed += miss * miss;
    }
    return sqrt(missed / (w->hi - w->lo + 1));
}

static void start(const struct window *w, const double *y, double y1, double p[N])
{
    p[Y0] = y[M + w->hi];
    p[Y1] = w->width > WIDE ? w->peak : y1;
    p[Y2] = y[M + w->lo];
    const double base = 0.5 * (p[Y0] + p[Y2]);
    const double share = (w->peak - base) / (y1 - base); /* what a thin wall shows of y1 */
    double width = w->width > WIDE ? w->width : 2.5 * share;
    width = width < 0.3 ? 0.3 : width;
    p[OUTER] = w->middle + 0.5 * width;
    p[INNER] = w->middle - 0.5 * width;
}

static double within(double x, double limit)
{
    return x < -limit ? -limit : x > limit ? limit : x;
}

/* What is known beforehand: of the sides little; of y1 its mean and spread, but a wall that
 * says clearly otherwise is believed. While `hold`, y1 stays. */
static void know(const struct nw_wall_known *known, const double first[N], const double p[N],
                 bool hold, double a[N][N], double b[N])
{
    const double side = SIDE_SHARE * (known->y1 - fmin(first[Y0], first[Y2]));
    const double off = p[Y1] - known->y1, sd = known->y1_sd;
    const double weight[N] = {EDGE_WEIGHT, EDGE_WEIGHT, 1 / (side * side),
                              hold ? HOLD_WEIGHT : 1 / (sd * sd + off * off / 2),
                              1 / (side * side)};
    const double mean[N] = {p[OUTER], p[INNER], first[Y0], known->y1, first[Y2]};
    for (int r = 0; r < N; r++) {
        for (int c = 0; c < r; c++)
            a[r][c] = 0;
        a[r][r] = weight[r];
        b[r] = weight[r] * (mean[r] - p[r]);
    }
}

/* Both edges lie where the table reaches; no number that is none does. */
static bool is_in_reach(const double p[N])
{
    return fabs(p[OUTER]) < PLACE_MAX && fabs(p[INNER]) < PLACE_MAX;
}

/* One round; false when it does not lead anywhere. */
static bool improve(double p[N], const double step[N])
{
    for (int i = 0; i < N; i++)
        p[i] += i <= INNER ? within(step[i], STEP_MAX) : step[i];
    if (!is_in_reach(p))
        return false;
    if (p[OUTER] - p[INNER] < THINNEST) { /* keep it a wall while it settles */
        const double middle = 0.5 * (p[OUTER] + p[INNER]);
        p[OUTER] = middle + THINNEST / 2;
        p[INNER] = middle - THINNEST / 2;
    }
    return true;
}

static bool settle(const struct nw_wall_table *table, const double *y, const struct window *w,
                   const struct nw_wall_known *known, double p[N], double a[N][N],
                   double *misfit)
{
    double first[N];
    const int held = w->width > WIDE ? -1 : HELD_ROUNDS;
    for (int i = 0; i < N; i++)
        first[i] = p[i];
    if (!(known->y1 > fmin(p[Y0], p[Y2])) || !is_in_reach(p))
        return false;
    for (int round = 0; round < ROUNDS; round++) {
        double b[N];
        know(known, first, p, round < held, a, b);
        *misfit = gather(table, y, w, p, 1 / known->noise, a, b);
        if (!factor(a))
            return false;
        solve(a, b);
        if (!improve(p, b))
            return false;
        if (round > held && fabs(b[OUTER]) + fabs(b[INNER]) < SETTLED)
            break;
    }
    return fabs(p[OUTER]) < OUTER_MAX && p[OUTER] - p[INNER] < WIDTH_MAX;
}

enum nw_wall_found nw_wall_fit(const struct nw_wall_table *table,
                               const double y[NW_WALL_SAMPLES],
                               const struct nw_wall_known *known, bool wide_too,
                               struct nw_wall *out)
{
    struct window w;
    double p[N], a[N][N], e[N] = {1}, misfit;
    if (!find_window(y, known->noise, &w))
        return NW_WALL_NONE;
    if (w.width > WIDE && !wide_too)
        return NW_WALL_WIDE;
    start(&w, y, known->y1, p);
    if (!settle(table, y, &w, known, p, a, &misfit))
        return NW_WALL_NONE;
    solve(a, e); /* the first column of the covariance */
    struct edge behind;
    look(table, p[INNER] - p[OUTER], 0, 0, &behind);
    *out = (struct nw_wall){
        .outer = p[OUTER],
        .inner = p[INNER],
        .y0 = p[Y0],
        .y1 = p[Y1],
        .y2 = p[Y2],
        .level = 0.5 * (p[Y0] + p[Y1]) + (p[Y2] - p[Y1]) * behind.cdf[0],
        .outer_sd = sqrt(e[OUTER]),
        .misfit = misfit,
    };
    return NW_WALL_FITTED;
}
