/* plan/landmark.c -- pairs of places laid on one another; see fuse.h. */
#include "plan/fuse.h"
#include "plan/linear_priv.h"

enum { N = NW_MOST_ROWS };

static nw_vec3 mean_of(const nw_vec3 *p, size_t count)
{
    nw_vec3 sum = {0, 0, 0};
    for (size_t i = 0; i < count; i++)
        sum = nw_add(sum, p[i]);
    return nw_scale(sum, 1 / (double)count);
}

/* Horn's symmetric matrix, whose last eigenvector is the quaternion. */
static nw_mat3 best_rotation(const nw_vec3 *a, nw_vec3 ca, const nw_vec3 *b, nw_vec3 cb,
                             size_t count)
{
    double s[3][3] = {{0}};
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 p = nw_sub(a[i], ca), q = nw_sub(b[i], cb);
        const double pv[3] = {p.x, p.y, p.z}, qv[3] = {q.x, q.y, q.z};
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++)
                s[r][c] += pv[r] * qv[c];
    }
    const double m[N][N] = {
        {s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0]},
        {s[1][2] - s[2][1], s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]},
        {s[2][0] - s[0][2], s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]},
        {s[0][1] - s[1][0], s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1]}};
    const struct nw_eigen e = nw_eigen_symmetric(m, 4);
    const double *q = e.vector[3], w = q[0], x = q[1], y = q[2], z = q[3];
    const nw_mat3 r = {
        {{w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)},
         {2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)},
         {2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z}}};
    return r;
}

/* What six small moves do to the places: sum of Jt J, with rotations in units of `radius`. */
static void add_place(double h[N][N], nw_vec3 r, double radius)
{
    const double rows[3][N] = {{0, r.z / radius, -r.y / radius, 1, 0, 0},
                               {-r.z / radius, 0, r.x / radius, 0, 1, 0},
                               {r.y / radius, -r.x / radius, 0, 0, 0, 1}};
    for (int d = 0; d < 3; d++)
        for (int i = 0; i < N; i++)
            for (int k = 0; k < N; k++)
                h[i][k] += rows[d][i] * rows[d][k];
}

static void fill_spread(struct nw_fuse *out, const struct nw_eigen *e, double per_axis2,
                        double radius, double count)
{
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            double sum = 0;
            for (int m = 0; m < N; m++)
                sum += e->vector[m][i] * e->vector[m][k] / e->value[m];
            const double unit = (i < 3 ? radius : 1) * (k < 3 ? radius : 1);
            out->covariance[i][k] = per_axis2 * sum / unit;
        }
    for (int k = 0; k < N; k++) {
        out->firm[k] = sqrt(fmax(e->value[k], 0) / count);
        out->weakest[k] = e->vector[0][k];
    }
}

bool nw_fuse_landmarks(const nw_vec3 *moving_mm, const nw_vec3 *fixed_mm, size_t count,
                       double sigma_mm, struct nw_fuse *out, struct nw_err *err)
{
    static const double LEAST_SPREAD = 1e-6; /* of the longest extent, squared: a line */
    if (count < 3)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "three pairs of landmarks are needed, not %zu, to lay one on the other",
                       count);
    const nw_vec3 ca = mean_of(moving_mm, count), cb = mean_of(fixed_mm, count);
    double radius2 = 0, spread[N][N] = {{0}};
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 r = nw_sub(fixed_mm[i], cb);
        const double v[3] = {r.x, r.y, r.z};
        radius2 += nw_length2(r) / (double)count;
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                spread[a][b] += v[a] * v[b];
    }
    const struct nw_eigen shape = nw_eigen_symmetric((const double(*)[N])spread, 3);
    if (!(shape.value[1] > LEAST_SPREAD * shape.value[2]))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the landmarks lie on one line; one more beside it is needed");
    struct nw_fuse f = {.centre_mm = cb, .kept = 1, .samples = count, .rounds = 1};
    f.motion.linear = best_rotation(moving_mm, ca, fixed_mm, cb, count);
    f.motion.shift = nw_sub(cb, nw_mul(f.motion.linear, ca));
    double sum2 = 0, most = 0, h[N][N] = {{0}};
    const double radius = sqrt(radius2), n = (double)count;
    for (size_t i = 0; i < count; i++) {
        const double d = nw_length(nw_sub(nw_apply(f.motion, moving_mm[i]), fixed_mm[i]));
        sum2 += d * d;
        most = fmax(most, d);
        add_place(h, nw_sub(fixed_mm[i], cb), radius);
    }
    f.rms_mm = sqrt(sum2 / n);
    f.p95_mm = most; /* so few that the largest it is */
    const double found2 = sum2 / (n - 2) / 3;
    const double stated2 = isfinite(sigma_mm) ? sigma_mm * sigma_mm / 3 : 0;
    const struct nw_eigen e = nw_eigen_symmetric((const double(*)[N])h, N);
    fill_spread(&f, &e, fmax(found2, stated2), radius, n);
    *out = f;
    return true;
}

double nw_fuse_sigma_at(const struct nw_fuse *fuse, nw_vec3 point_mm)
{
    const nw_vec3 r = nw_sub(point_mm, fuse->centre_mm);
    const double j[3][N] = {
        {0, r.z, -r.y, 1, 0, 0}, {-r.z, 0, r.x, 0, 1, 0}, {r.y, -r.x, 0, 0, 0, 1}};
    double sum = 0;
    for (int d = 0; d < 3; d++)
        for (int i = 0; i < N; i++)
            for (int k = 0; k < N; k++)
                sum += j[d][i] * fuse->covariance[i][k] * j[d][k];
    return sqrt(fmax(sum, 0));
}
