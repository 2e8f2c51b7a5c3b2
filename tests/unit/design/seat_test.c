/* How a guide sits: motions that nothing holds are found, and the predicted error is that of
 * many seatings on bones that are really off. */
#include "design/seat.h"

#include <math.h>

#include "core/rand.h"
#include "unit.h"

enum { SIDE = 40, COUNT = SIDE * SIDE };

/* A cap of an ellipsoid: height over the square -half..half. */
static size_t cap(nw_vec3 radii, double half, struct nw_contact *out)
{
    size_t count = 0;
    const double step = 2 * half / SIDE;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            const double x = -half + (i + 0.5) * step, y = -half + (j + 0.5) * step;
            const double rest = 1 - x * x / (radii.x * radii.x) - y * y / (radii.y * radii.y);
            if (rest <= 0.05)
                continue;
            const nw_vec3 p = {x, y, radii.z * sqrt(rest)};
            const nw_vec3 n =
                nw_unit(nw_v3(p.x / (radii.x * radii.x), p.y / (radii.y * radii.y),
                              p.z / (radii.z * radii.z)));
            out[count++] = (struct nw_contact){p, n, step * step / n.z};
        }
    return count;
}

static struct nw_contact contact[COUNT];

/* A plane holds one shift and two turns; a ball holds three shifts and no turn. */
static void what_nothing_holds_is_found(void)
{
    struct nw_err err = {0};
    struct nw_seat seat;
    for (int i = 0; i < COUNT; i++)
        contact[i] = (struct nw_contact){nw_v3(i % SIDE, i / SIDE, 0), nw_v3(0, 0, 1), 1};
    CHECK(nw_seat_of(contact, COUNT, 0.1, 3, &seat, &err));
    CHECK(seat.singular[2] > 0.3 && seat.singular[3] < 1e-6 && !seat.held);
    CHECK_NEAR(seat.area_mm2, COUNT, 1e-9);
    CHECK_NEAR(seat.singular[0], 1, 1e-12);

    const size_t count = cap(nw_v3(20, 20, 20), 14, contact);
    CHECK(nw_seat_of(contact, count, 0.1, 3, &seat, &err));
    CHECK(seat.singular[2] > 0.1 && seat.singular[3] < 1e-6 && !seat.held);
    CHECK(!nw_seat_of(contact, 0, 0.1, 3, &seat, &err) && err.code == NW_ERR_GEOMETRY);
}

/* ---- seatings on bones that are off ---- */

enum { WAVES = 300, TRIALS = 200 };
static const nw_vec3 radii = {30, 14, 18};
static const double SD = 0.1, ALIKE = 3;

struct bone {
    nw_vec3 wave[WAVES];
    double phase[WAVES];
};

static void make_bone(struct bone *b, uint64_t seed)
{
    for (uint64_t i = 0; i < WAVES; i++) {
        b->wave[i] =
            nw_scale(nw_v3(nw_rand_normal(seed, 8 * i), nw_rand_normal(seed, 8 * i + 1),
                           nw_rand_normal(seed, 8 * i + 2)),
                     1 / ALIKE);
        b->phase[i] = 2 * NW_PI * nw_rand_even(seed, 1000000 + i);
    }
}

/* The error of the surface: Gaussian, of one sigma SD, correlation exp(-d^2 / 2 ALIKE^2). */
static double off(const struct bone *b, nw_vec3 p)
{
    double sum = 0;
    for (int i = 0; i < WAVES; i++)
        sum += nw_cos(nw_dot(b->wave[i], p) + b->phase[i]);
    return SD * sum * sqrt(2.0 / WAVES);
}

/* About the distance to the true surface, and its slope. */
static double ellipsoid(nw_vec3 p, nw_vec3 *slope)
{
    const nw_vec3 a = {p.x / radii.x, p.y / radii.y, p.z / radii.z};
    const nw_vec3 b = {a.x / radii.x, a.y / radii.y, a.z / radii.z};
    const double k = nw_length(a), g = nw_length(b);
    *slope = nw_unit(b);
    return k * (k - 1) / g;
}

static nw_vec3 moved(const double x[6], nw_vec3 centre, nw_vec3 p)
{
    const nw_vec3 r = {x[3], x[4], x[5]}, d = nw_sub(p, centre);
    const double angle = nw_length(r);
    nw_vec3 turned = d;
    if (angle > 1e-12) {
        const nw_vec3 a = nw_scale(r, 1 / angle);
        turned =
            nw_add(nw_add(nw_scale(d, nw_cos(angle)), nw_scale(nw_cross(a, d), nw_sin(angle))),
                   nw_scale(a, nw_dot(a, d) * (1 - nw_cos(angle))));
    }
    return nw_add(nw_add(centre, turned), nw_v3(x[0], x[1], x[2]));
}

static void solve6(double m[6][7])
{
    for (int c = 0; c < 6; c++) {
        int best = c;
        for (int r = c + 1; r < 6; r++)
            best = fabs(m[r][c]) > fabs(m[best][c]) ? r : best;
        for (int k = 0; k < 7; k++) {
            const double swap = m[c][k];
            m[c][k] = m[best][k];
            m[best][k] = swap;
        }
        for (int r = 0; r < 6; r++) {
            const double f = r == c ? 0 : m[r][c] / m[c][c];
            for (int k = c; k < 7; k++)
                m[r][k] -= f * m[c][k];
        }
    }
    for (int c = 0; c < 6; c++)
        m[c][6] /= m[c][c];
}

/* Where the guide comes to lie on the bone that is off: Gauss-Newton on its full motion. */
static void seat_on(const struct bone *b, size_t count, nw_vec3 centre, double x[6])
{
    for (int i = 0; i < 6; i++)
        x[i] = 0;
    for (int round = 0; round < 6; round++) {
        double m[6][7] = {{0}};
        for (size_t i = 0; i < count; i += 2) {
            nw_vec3 slope;
            const nw_vec3 p = moved(x, centre, contact[i].point_mm);
            const double gap = ellipsoid(p, &slope) - off(b, p);
            const nw_vec3 arm = nw_cross(nw_sub(p, centre), slope);
            const double g[7] = {slope.x, slope.y, slope.z, arm.x, arm.y, arm.z, -gap};
            for (int r = 0; r < 6; r++)
                for (int c = 0; c < 7; c++)
                    m[r][c] += contact[i].area_mm2 * g[r] * g[c];
        }
        solve6(m);
        for (int i = 0; i < 6; i++)
            x[i] += m[i][6];
    }
}

/* Req: R-115 */
static void the_predicted_error_is_that_of_many_seatings(void)
{
    struct nw_err err = {0};
    struct nw_seat seat;
    static struct bone bone;
    const size_t count = cap(radii, 12, contact);
    CHECK(nw_seat_of(contact, count, SD, ALIKE, &seat, &err) && seat.held);
    const nw_vec3 entry = {4, 2, 17}, axis = nw_unit(nw_v3(0.2, 0.1, -1));
    const struct nw_seat_error predicted = nw_seat_error_at(&seat, entry, axis);
    double place = 0, angle = 0;
    for (uint64_t t = 0; t < TRIALS; t++) {
        double x[6];
        make_bone(&bone, t + 1);
        seat_on(&bone, count, seat.centre_mm, x);
        const nw_vec3 p = moved(x, seat.centre_mm, entry),
                      tip = nw_sub(moved(x, seat.centre_mm, nw_add(entry, axis)), p);
        const nw_vec3 d = nw_sub(p, entry);
        place += nw_length2(nw_along(d, axis, -nw_dot(d, axis)));
        angle += nw_length2(nw_sub(tip, axis));
    }
    place = sqrt(place / TRIALS);
    angle = sqrt(angle / TRIALS) * 180 / NW_PI;
    printf("# figure seat-place-ratio %.3f 1 0.8..1.2\n", predicted.across_mm / place);
    printf("# figure seat-angle-ratio %.3f 1 0.8..1.2\n", predicted.angle_deg / angle);
    CHECK(fabs(predicted.across_mm / place - 1) < 0.2);
    CHECK(fabs(predicted.angle_deg / angle - 1) < 0.2);
}

int main(void)
{
    UNIT(what_nothing_holds_is_found);
    UNIT(the_predicted_error_is_that_of_many_seatings);
    return unit_end();
}
