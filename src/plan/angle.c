/* plan/angle.c -- see angle.h. */
#include "plan/angle.h"

#include "plan/linear_priv.h"

enum { N = NW_MOST_ROWS };

nw_mat3 nw_unknown_spread(void)
{
    const double n = (double)NAN;
    const nw_mat3 m = {{{n, n, n}, {n, n, n}, {n, n, n}}};
    return m;
}

/* m + s a at */
static nw_mat3 plus_square(nw_mat3 m, nw_vec3 a, double s)
{
    m.r[0] = nw_along(m.r[0], a, s * a.x);
    m.r[1] = nw_along(m.r[1], a, s * a.y);
    m.r[2] = nw_along(m.r[2], a, s * a.z);
    return m;
}

/* The variance of g'x; a spread that is not known stays so. */
static double variance_of(nw_mat3 spread, nw_vec3 g)
{
    return fmax(nw_dot(g, nw_mul(spread, g)), 0) +
           0 * (spread.r[0].x + spread.r[1].y + spread.r[2].z);
}

struct nw_direction nw_direction_between(struct nw_place from, struct nw_place to)
{
    const nw_vec3 d = nw_sub(to.at_mm, from.at_mm);
    struct nw_direction out = {nw_unit(d), {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}}};
    const double tilt2 =
        (from.sigma_mm * from.sigma_mm + to.sigma_mm * to.sigma_mm) / nw_length2(d);
    nw_vec3 u, v;
    nw_across(out.along, &u, &v);
    out.covariance = plus_square(plus_square(out.covariance, u, tilt2), v, tilt2);
    return out;
}

/* The variance of one place's distance: what is stated, or what is found when that is more. */
static double variance_stated(const struct nw_place *place, size_t count, double found2)
{
    double sum2 = 0;
    for (size_t i = 0; i < count; i++)
        sum2 += place[i].sigma_mm * place[i].sigma_mm;
    sum2 /= (double)count;
    return isfinite(sum2) ? (isfinite(found2) ? fmax(sum2, found2) : sum2) : found2;
}

bool nw_plane_fit(const struct nw_place *place, size_t count, double correlation_mm,
                  struct nw_fitted_plane *out, struct nw_err *err)
{
    static const double LEAST_SPREAD = 1e-6; /* of the longest extent, squared: a line */
    static const double RECTANGLE = 12;      /* its area over the root of its variances */
    struct nw_fitted_plane f = {.point_mm = {0, 0, 0}};
    double s[N][N] = {{0}};
    const double n = (double)count;
    if (count < 3)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "a plane is fitted to three places or more, not to %zu", count);
    for (size_t i = 0; i < count; i++)
        f.point_mm = nw_along(f.point_mm, place[i].at_mm, 1 / n);
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 r = nw_sub(place[i].at_mm, f.point_mm);
        const double v[3] = {r.x, r.y, r.z};
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                s[a][b] += v[a] * v[b];
    }
    const struct nw_eigen e = nw_eigen_symmetric((const double(*)[N])s, 3);
    if (!(e.value[1] > LEAST_SPREAD * e.value[2]))
        return nw_fail(err, NW_ERR_GEOMETRY, "the places of the plane lie on one line");
    nw_vec3 axis[3];
    for (int k = 0; k < 3; k++)
        axis[k] = nw_v3(e.vector[k][0], e.vector[k][1], e.vector[k][2]);
    const double left = fmax(e.value[0], 0);
    f.rms_mm = sqrt(left / n);
    f.normal.along = axis[0];
    double variance = variance_stated(place, count, count > 3 ? left / (n - 3) : (double)NAN);
    if (correlation_mm > 0) {
        const double area = RECTANGLE * sqrt(e.value[1] * e.value[2]) / n;
        variance *= n / fmin(fmax(area / (NW_PI * correlation_mm * correlation_mm), 3), n);
    }
    for (int k = 1; k < 3; k++)
        f.normal.covariance = plus_square(f.normal.covariance, axis[k], variance / e.value[k]);
    f.tilt_sigma_rad = sqrt(variance / e.value[1] + variance / e.value[2]);
    *out = f;
    return true;
}

struct nw_direction nw_plane_through(struct nw_place a, struct nw_place b, struct nw_place c)
{
    const struct nw_place p[3] = {a, b, c};
    const nw_vec3 n2 = nw_cross(nw_sub(b.at_mm, a.at_mm), nw_sub(c.at_mm, a.at_mm));
    const double twice_area = nw_length(n2);
    struct nw_direction out = {nw_unit(n2), {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}}};
    for (int k = 0; k < 3; k++) {
        /* a place that rises by 1 turns the plane about the side across from it */
        const nw_vec3 side = nw_sub(p[(k + 2) % 3].at_mm, p[(k + 1) % 3].at_mm);
        const nw_vec3 tilt = nw_scale(nw_cross(side, out.along), 1 / twice_area);
        out.covariance = plus_square(out.covariance, tilt, p[k].sigma_mm * p[k].sigma_mm);
    }
    return out;
}

struct nw_direction nw_trace_seen(struct nw_direction normal, struct nw_view view)
{
    const nw_vec3 v = view.along;
    const nw_mat3 turn = {{{0, -v.z, v.y}, {v.z, 0, -v.x}, {-v.y, v.x, 0}}};
    const struct nw_direction out = {
        nw_mul(turn, normal.along),
        nw_matmul(nw_matmul(turn, normal.covariance), nw_transpose(turn))};
    return out;
}

static bool in_space(struct nw_view view)
{
    return !(nw_length2(view.along) > 0);
}

/* How the angle of a direction in the view grows with it; NAN components when it is end on. */
static nw_vec3 slope_seen(nw_vec3 d, nw_vec3 view)
{
    static const double END_ON = 1e-9; /* squared, of the length */
    const nw_vec3 flat = nw_along(d, view, -nw_dot(d, view));
    const double len2 = nw_length2(flat);
    return nw_scale(nw_cross(view, flat),
                    len2 > END_ON * nw_length2(d) ? 1 / len2 : (double)NAN);
}

static double signed_angle_seen(nw_vec3 a, nw_vec3 b, nw_vec3 view)
{
    const nw_vec3 p = nw_along(a, view, -nw_dot(a, view)),
                  q = nw_along(b, view, -nw_dot(b, view));
    return nw_atan2(nw_dot(nw_cross(p, q), view), nw_dot(p, q));
}

static struct nw_measured angle_in_space(struct nw_direction a, struct nw_direction b)
{
    static const double ALIKE = 1e-6; /* radians */
    const nw_vec3 p = nw_unit(a.along), q = nw_unit(b.along), across = nw_cross(p, q);
    struct nw_measured m = {nw_atan2(nw_length(across), nw_dot(p, q)), 0};
    if (nw_length(across) > ALIKE) {
        const nw_vec3 about = nw_unit(across);
        m.sigma = sqrt(variance_of(a.covariance, nw_cross(about, p)) +
                       variance_of(b.covariance, nw_cross(about, q)));
        return m;
    }
    for (int k = 0; k < 3; k++) {
        const nw_vec3 x = nw_v3(k == 0, k == 1, k == 2);
        m.sigma += (variance_of(a.covariance, x) + variance_of(b.covariance, x)) / 2;
    }
    m.sigma = sqrt(m.sigma);
    return m;
}

struct nw_measured nw_angle_seen(struct nw_direction a, struct nw_direction b,
                                 struct nw_view view)
{
    if (in_space(view))
        return angle_in_space(a, b);
    const nw_vec3 p = slope_seen(a.along, view.along), q = slope_seen(b.along, view.along);
    if (!nw_finite3(p) || !nw_finite3(q))
        return (struct nw_measured){(double)NAN, (double)NAN};
    return (struct nw_measured){
        fabs(signed_angle_seen(a.along, b.along, view.along)),
        sqrt(variance_of(a.covariance, p) + variance_of(b.covariance, q))};
}

struct nw_measured nw_angle_of_lines_seen(struct nw_direction a, struct nw_direction b,
                                          struct nw_view view)
{
    struct nw_measured m = nw_angle_seen(a, b, view);
    m.value = fmin(m.value, NW_PI - m.value);
    return m;
}

struct nw_measured nw_corner_seen(struct nw_place a, struct nw_place corner, struct nw_place b,
                                  struct nw_view view)
{
    if (in_space(view))
        return nw_measure_angle(a, corner, b);
    const nw_vec3 to_a = nw_sub(a.at_mm, corner.at_mm), to_b = nw_sub(b.at_mm, corner.at_mm);
    const nw_vec3 p = slope_seen(to_a, view.along), q = slope_seen(to_b, view.along);
    if (!nw_finite3(p) || !nw_finite3(q))
        return (struct nw_measured){(double)NAN, (double)NAN};
    const double by_a = nw_length(p) * a.sigma_mm, by_b = nw_length(q) * b.sigma_mm,
                 by_corner = nw_length(nw_sub(p, q)) * corner.sigma_mm;
    return (struct nw_measured){signed_angle_seen(to_a, to_b, view.along),
                                sqrt(by_a * by_a + by_b * by_b + by_corner * by_corner)};
}
