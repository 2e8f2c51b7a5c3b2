/* plan/axis.c -- see axis.h. */
#include "plan/axis.h"

#include "core/mem.h"
#include "core/parallel.h"

static double clamp01(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* The most negative of the signed distances along the axis, from..1. */
static void deepest(const struct nw_axis *a, const struct nw_bvh *bvh, double from,
                    double step_mm, double sign, struct nw_clearance *out)
{
    enum { MOST = 20000 };
    const nw_vec3 d = nw_sub(a->target_mm, a->entry_mm);
    const double len = nw_length(d);
    const size_t n = (size_t)fmin(ceil(len * (1 - from) / step_mm) + 1, MOST);
    for (size_t i = 0; i <= n; i++) {
        const double s = from + (1 - from) * (double)i / (double)n;
        struct nw_nearest near;
        if (!nw_bvh_nearest(bvh, nw_along(a->entry_mm, d, s), HUGE_VAL, &near))
            continue;
        const double clear = sign * near.signed_mm - a->radius_mm;
        if (clear < out->clearance_mm)
            *out = (struct nw_clearance){clear, s * len, near.point_mm};
    }
}

struct nw_clearance nw_axis_clearance(const struct nw_axis *axis,
                                      const struct nw_structure *structure, double step_mm)
{
    struct nw_clearance c = {.clearance_mm = HUGE_VAL};
    struct nw_segment_near near;
    struct nw_nearest entry;
    if (!nw_bvh_nearest_segment(structure->bvh, axis->entry_mm, axis->target_mm, HUGE_VAL,
                                &near))
        return c;
    const double len = nw_length(nw_sub(axis->target_mm, axis->entry_mm));
    c = (struct nw_clearance){near.distance_mm - axis->radius_mm, near.along * len,
                              near.point_mm};
    const bool inside =
        nw_bvh_nearest(structure->bvh, axis->entry_mm, HUGE_VAL, &entry) && entry.signed_mm < 0;
    if (near.distance_mm == 0 || inside)
        deepest(axis, structure->bvh, 0, step_mm, 1, &c);
    return c;
}

struct nw_clearance nw_axis_wall(const struct nw_axis *axis, const struct nw_mesh *mesh,
                                 const struct nw_bvh *bvh, double free_mm, double step_mm)
{
    (void)mesh;
    const nw_vec3 d = nw_sub(axis->target_mm, axis->entry_mm);
    const double len = nw_length(d), from = len > 0 ? clamp01(free_mm / len) : 0;
    struct nw_clearance c = {.clearance_mm = HUGE_VAL};
    struct nw_segment_near near;
    deepest(axis, bvh, from, step_mm, -1, &c);
    if (c.clearance_mm + axis->radius_mm > 0 &&
        nw_bvh_nearest_segment(bvh, nw_along(axis->entry_mm, d, from), axis->target_mm,
                               HUGE_VAL, &near) &&
        near.distance_mm - axis->radius_mm < c.clearance_mm)
        c = (struct nw_clearance){near.distance_mm - axis->radius_mm,
                                  (from + near.along * (1 - from)) * len, near.point_mm};
    return c;
}

char nw_breach_grade(double wall_mm)
{
    return wall_mm >= 0   ? 'A'
           : wall_mm > -2 ? 'B'
           : wall_mm > -4 ? 'C'
           : wall_mm > -6 ? 'D'
                          : 'E';
}

/* ---- the search ---- */

enum { FIRST = 4096, BLOCK = 64, KEPT = 8, COORDINATES = 6 };
static const double COARSE_STEP_MM = 1; /* of looks along an axis in the search */

/* Entry and target as offsets from their regions' middles. */
struct place6 {
    double x[COORDINATES];
};

static struct nw_axis axis_of(const struct nw_search *s, const struct place6 *p)
{
    const struct nw_axis a = {nw_add(s->entry.centre_mm, nw_v3(p->x[0], p->x[1], p->x[2])),
                              nw_add(s->target.centre_mm, nw_v3(p->x[3], p->x[4], p->x[5])),
                              s->radius_mm};
    return a;
}

static bool is_allowed(const struct nw_search *s, const struct place6 *p)
{
    if (!nw_region_has(&s->entry, nw_v3(p->x[0], p->x[1], p->x[2])) ||
        !nw_region_has(&s->target, nw_v3(p->x[3], p->x[4], p->x[5])))
        return false;
    const struct nw_axis a = axis_of(s, p);
    const nw_vec3 d = nw_sub(a.target_mm, a.entry_mm);
    const double len = nw_length(d);
    if (!(len > 0) || (s->most_length_mm > 0 && len > s->most_length_mm))
        return false;
    return !(nw_length2(s->direction) > 0) ||
           nw_atan2(nw_length(nw_cross(d, s->direction)), nw_dot(d, s->direction)) <=
               s->most_angle_rad;
}

/* The least spare clearance; may stop early once it is below `enough`. */
static double judge(const struct nw_search *s, const struct place6 *p, double enough)
{
    if (!is_allowed(s, p))
        return -HUGE_VAL;
    const struct nw_axis a = axis_of(s, p);
    double least = HUGE_VAL;
    for (size_t i = 0; i < s->avoid_count && least > enough; i++)
        least = fmin(least, nw_axis_clearance(&a, &s->avoid[i], COARSE_STEP_MM).clearance_mm -
                                s->avoid[i].margin_mm);
    if (s->within && least > enough)
        least = fmin(
            least, nw_axis_wall(&a, s->within->mesh, s->within->bvh, s->free_mm, COARSE_STEP_MM)
                           .clearance_mm -
                       s->within->margin_mm);
    return least;
}

/* Halton (1960): three numbers for each region. */
static double halton(uint32_t i, uint32_t base)
{
    double f = 1, r = 0;
    for (; i > 0; i /= base) {
        f /= base;
        r += f * (i % base);
    }
    return r;
}

static struct place6 first_place(const struct nw_search *s, uint32_t i)
{
    static const uint32_t base[COORDINATES] = {2, 3, 5, 7, 11, 13};
    double h[COORDINATES];
    for (int k = 0; k < COORDINATES; k++)
        h[k] = halton(i, base[k]); /* 0 is both middles */
    const nw_vec3 e = nw_region_draw(&s->entry, h[0], h[1], h[2]),
                  t = nw_region_draw(&s->target, h[3], h[4], h[5]);
    return (struct place6){{e.x, e.y, e.z, t.x, t.y, t.z}};
}

static void pull_in(const struct nw_region *r, double *x)
{
    const nw_vec3 o = nw_region_pull(r, nw_v3(x[0], x[1], x[2]));
    x[0] = o.x;
    x[1] = o.y;
    x[2] = o.z;
}

/* Move `way` of both ends: 0..11 one end along an axis, 12..17 both, 18..23 against another. */
static struct place6 stepped(const struct nw_search *s, const struct place6 *p, int way,
                             double step)
{
    struct place6 q = *p;
    const int k = way / 2 % COORDINATES, axis = k % 3;
    const double by = way % 2 ? -step : step;
    if (way < 2 * COORDINATES) {
        q.x[k] += by;
    } else {
        q.x[axis] += by;
        q.x[axis + 3] += way < 3 * COORDINATES ? by : -by;
    }
    pull_in(&s->entry, q.x);
    pull_in(&s->target, q.x + 3);
    return q;
}

/* Steps that are halved when none helps (after Hooke and Jeeves 1961). */
static double improve(const struct nw_search *s, struct place6 *p, double value)
{
    enum { MOST_ROUNDS = 200, WAYS = 4 * COORDINATES };
    static const double LEAST_MM = 0.01;
    double step = fmax(nw_region_size(&s->entry), nw_region_size(&s->target)) / 4;
    for (int round = 0; round < MOST_ROUNDS && step >= LEAST_MM; round++) {
        bool better = false;
        for (int way = 0; way < WAYS; way++) {
            const struct place6 q = stepped(s, p, way, step);
            const double v = judge(s, &q, value);
            if (v > value) {
                value = v;
                *p = q;
                better = true;
            }
        }
        if (!better)
            step /= 2;
    }
    return value;
}

bool nw_axis_search(const struct nw_search *search, struct nw_found_axis *out,
                    struct nw_err *err)
{
    NW_AUTOFREE double *value = NW_ALLOC(double, FIRST, err);
    if (!value)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (uint32_t b = 0; b < FIRST / BLOCK; b++)
        for (uint32_t i = b * BLOCK; i < (b + 1) * BLOCK; i++) {
            const struct place6 p = first_place(search, i);
            value[i] = judge(search, &p, -HUGE_VAL);
        }
    struct place6 best[KEPT];
    double spare[KEPT];
    int kept = 0;
    for (; kept < KEPT; kept++) {
        uint32_t top = 0;
        for (uint32_t i = 1; i < FIRST; i++)
            top = value[i] > value[top] ? i : top;
        if (value[top] == -HUGE_VAL)
            break;
        best[kept] = first_place(search, top);
        spare[kept] = value[top];
        value[top] = -HUGE_VAL;
    }
    if (kept == 0)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no axis between the two regions keeps within the limits of length and "
                       "angle");
    NW_PARALLEL_FOR_UNEVEN
    for (int k = 0; k < kept; k++)
        spare[k] = improve(search, &best[k], spare[k]);
    int top = 0;
    for (int k = 1; k < kept; k++)
        top = spare[k] > spare[top] ? k : top;
    *out = (struct nw_found_axis){axis_of(search, &best[top]), spare[top], FIRST};
    return true;
}
