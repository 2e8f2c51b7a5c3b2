/* design/cap.c -- see cap_priv.h. */
#include "design/cap_priv.h"

#include <string.h>

enum {
    RING_MOST = 400, /* places of the ring */
    RING_LEAST = 12, /* below, no cap */
    ROWS = RING_MOST + 3,
    GRID = 61,  /* places along a side of the cap */
    RINGS = 5,  /* one outside the other */
    ALONG = 64, /* places along each */
};
static const double RING_MM[RINGS] = {2, 5, 9, 13, 17}; /* outside the curve: methods.md 4.3 */
static const double ABOVE_MM = 30;                      /* rays begin so far above the sphere */
static const double OFF_MM = 15;    /* a place of the bone further from the sphere is not its */
static const double APART_MM = 0.8; /* places of the ring */
static const double BORDER_MM = 22; /* the cap goes so far beyond the curve */
static const double TURN_MOST = 1.3; /* radians from the axis: beyond, no prism holds it */
static const double THICK_MOST_MM = 25;

struct place2 {
    double a, b;
};

struct ring {
    struct place2 at[RING_MOST];
    double height[RING_MOST], thick[RING_MOST];
    size_t count;
};

/* w[i] of each place of the ring, then 1, a, b. */
struct spline {
    double w[ROWS];
};

struct capping {
    struct nw_making *m;
    const struct nw_slot *slot;
    const struct nw_loop *loop;
    const struct nw_cap_opts *opts;
    struct nw_cap *cap;
    struct ring ring;
    struct spline height, thick;
};

/* ---- directions laid out flat ---- */

static nw_vec3 direction_of(const struct capping *c, struct place2 p)
{
    const double far = sqrt(p.a * p.a + p.b * p.b), turn = far / c->cap->radius_mm;
    if (!(far > 0))
        return c->loop->axis;
    const double s = nw_sin(turn) / far;
    return nw_along(nw_along(nw_scale(c->loop->axis, nw_cos(turn)), c->loop->u, s * p.a),
                    c->loop->v, s * p.b);
}

static struct place2 flat_of(const struct capping *c, nw_vec3 at)
{
    const nw_vec3 d = nw_unit(nw_sub(at, c->cap->centre));
    const double x = nw_dot(d, c->loop->u), y = nw_dot(d, c->loop->v);
    const double far = sqrt(x * x + y * y);
    const double turn = nw_acos(nw_dot(d, c->loop->axis)) * c->cap->radius_mm;
    if (!(far > 1e-12))
        return (struct place2){0, 0};
    return (struct place2){x / far * turn, y / far * turn};
}

/* ---- the sphere ---- */

/* Solves n equations with partial pivoting; false when there is no one answer. */
static bool solve(double *a, double *b, size_t n, size_t wide)
{
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[i * wide + k]) > fabs(a[pivot * wide + k]))
                pivot = i;
        if (!(fabs(a[pivot * wide + k]) > 1e-9))
            return false;
        for (size_t j = k; j < n && pivot != k; j++) {
            const double t = a[k * wide + j];
            a[k * wide + j] = a[pivot * wide + j];
            a[pivot * wide + j] = t;
        }
        const double t = b[k];
        b[k] = b[pivot];
        b[pivot] = t;
        for (size_t i = k + 1; i < n; i++) {
            const double f = a[i * wide + k] / a[k * wide + k];
            for (size_t j = k; j < n && f != 0; j++)
                a[i * wide + j] -= f * a[k * wide + j];
            b[i] -= f * b[k];
        }
    }
    for (size_t k = n; k-- > 0;) {
        for (size_t j = k + 1; j < n; j++)
            b[k] -= a[k * wide + j] * b[j];
        b[k] /= a[k * wide + k];
    }
    return true;
}

/* |p - middle|^2 = 2 c.(p - middle) + k, by least squares. */
static bool fit_sphere(struct capping *c, const nw_vec3 *point, size_t count)
{
    double a[16] = {0}, b[4] = {0};
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 p = nw_sub(point[i], c->loop->middle);
        const double row[4] = {2 * p.x, 2 * p.y, 2 * p.z, 1}, rhs = nw_length2(p);
        for (int r = 0; r < 4; r++) {
            for (int s = 0; s < 4; s++)
                a[4 * r + s] += row[r] * row[s];
            b[r] += row[r] * rhs;
        }
    }
    if (!solve(a, b, 4, 4))
        return false;
    const nw_vec3 middle = {b[0], b[1], b[2]};
    c->cap->centre = nw_add(c->loop->middle, middle);
    c->cap->radius_mm = sqrt(fmax(b[3] + nw_length2(middle), 0));
    return nw_dot(middle, c->loop->axis) < 0 && c->cap->radius_mm < 1500;
}

/* A place so far along the curve (0 to 1), `out` outside of it in its plane. */
static nw_vec3 beside(const struct nw_loop *loop, double along, double out)
{
    const double at = along * (double)loop->count;
    const size_t i = (size_t)at % loop->count, k = (i + 1) % loop->count;
    const double f = at - floor(at);
    const double x = loop->outline[i][0] + f * (loop->outline[k][0] - loop->outline[i][0]);
    const double y = loop->outline[i][1] + f * (loop->outline[k][1] - loop->outline[i][1]);
    const double far = fmax(sqrt(x * x + y * y), 1e-9), grown = (far + out) / far;
    return nw_along(nw_along(loop->middle, loop->u, x * grown), loop->v, y * grown);
}

static bool find_sphere(struct capping *c)
{
    nw_vec3 point[3 * ALONG];
    size_t count = 0;
    const struct nw_loop *loop = c->loop;
    const double reach = loop->high_mm - loop->low_mm + 2 * ABOVE_MM;
    for (int i = 0; i < ALONG; i++)
        for (int k = 0; k < 3; k++) {
            const nw_vec3 foot =
                beside(loop, (i + 0.5) / ALONG, c->opts->margin_mm + RING_MM[2 * k]);
            const nw_vec3 from = nw_along(foot, loop->axis, loop->high_mm + ABOVE_MM);
            const double hit =
                nw_node_hit(c->m, c->opts->bone, from, nw_scale(loop->axis, -1), reach);
            if (hit >= 0)
                point[count++] = nw_along(from, loop->axis, -hit);
        }
    if (count < RING_LEAST || !fit_sphere(c, point, count))
        return nw_json_fail(c->slot->at, c->m->err,
                            "has too little round bone around it: %zu of %d places", count,
                            3 * ALONG);
    for (size_t i = 0; i < c->slot->count; i++) {
        const nw_vec3 d = nw_unit(nw_sub(c->slot->point[i], c->cap->centre));
        if (nw_acos(nw_dot(d, loop->axis)) > TURN_MOST)
            return nw_json_fail(c->slot->at, c->m->err,
                                "goes around more than a hemisphere; make it in two parts");
    }
    return true;
}

/* ---- the ring ---- */

/* Distance from the sphere's middle of the node's surface in a direction, from outside;
 * negative: none near the sphere. */
static double outer_at(const struct capping *c, nw_node node, nw_vec3 d)
{
    const double top = c->cap->radius_mm + ABOVE_MM;
    const double hit = nw_node_hit(c->m, node, nw_along(c->cap->centre, d, top),
                                   nw_scale(d, -1), 2 * ABOVE_MM);
    return hit < 0 ? -1 : top - hit;
}

/* And how thick it is there, by the ray that comes back from below. */
static double thick_at(const struct capping *c, nw_node node, nw_vec3 d, double outer)
{
    const double low = fmax(outer - THICK_MOST_MM, 0);
    const double hit =
        nw_node_hit(c->m, node, nw_along(c->cap->centre, d, low), d, THICK_MOST_MM);
    return hit < 0 ? THICK_MOST_MM : outer - low - hit;
}

/* What the cap lies over, before it meets the bone; negative: nothing there. */
static double base_at(const struct capping *c, nw_vec3 d)
{
    return c->opts->whole >= 0 ? outer_at(c, c->opts->whole, d) : c->cap->radius_mm;
}

static bool is_apart(const struct ring *r, struct place2 p)
{
    for (size_t i = 0; i < r->count; i++) {
        const double a = p.a - r->at[i].a, b = p.b - r->at[i].b;
        if (a * a + b * b < APART_MM * APART_MM)
            return false;
    }
    return true;
}

static bool find_ring(struct capping *c)
{
    struct ring *r = &c->ring;
    double sum2 = 0;
    for (int k = 0; k < RINGS; k++)
        for (int i = 0; i < ALONG && r->count < RING_MOST; i++) {
            const nw_vec3 foot =
                beside(c->loop, (i + 0.5 * (k % 2)) / ALONG, c->opts->margin_mm + RING_MM[k]);
            /* the curve's own height there, about: what lies on the sphere */
            const nw_vec3 to = nw_sub(foot, c->cap->centre);
            const double up = nw_dot(to, c->loop->axis), flat2 = nw_length2(to) - up * up;
            const double rise = sqrt(fmax(c->cap->radius_mm * c->cap->radius_mm - flat2, 0));
            const nw_vec3 on = nw_along(foot, c->loop->axis, rise - up);
            const struct place2 p = flat_of(c, on);
            const nw_vec3 d = direction_of(c, p);
            const double bone = outer_at(c, c->opts->bone, d), base = base_at(c, d);
            if (bone < 0 || base < 0 || fabs(bone - c->cap->radius_mm) > OFF_MM ||
                !is_apart(r, p))
                continue;
            r->at[r->count] = p;
            r->height[r->count] = bone - base;
            r->thick[r->count] = thick_at(c, c->opts->bone, d, bone);
            r->count++;
            sum2 += (bone - base) * (bone - base);
        }
    c->cap->rim_count = r->count;
    if (r->count < RING_LEAST)
        return nw_json_fail(c->slot->at, c->m->err,
                            "has bone at only %zu places around it; at least %d are needed",
                            r->count, RING_LEAST);
    c->cap->rim_rms_mm = sqrt(sum2 / (double)r->count);
    return true;
}

/* ---- the spline ---- */

static double kernel(double a, double b)
{
    const double r2 = a * a + b * b;
    return r2 > 0 ? r2 * nw_log(r2) / 2 : 0;
}

static bool fit_spline(struct capping *c, const double *value, struct spline *out)
{
    const struct ring *r = &c->ring;
    const size_t n = r->count, all = n + 3;
    NW_AUTOFREE double *a = NW_ALLOC(double, all *all, c->m->err);
    if (!a)
        return false;
    *out = (struct spline){{0}};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++)
            a[i * all + k] = kernel(r->at[i].a - r->at[k].a, r->at[i].b - r->at[k].b);
        const double flat[3] = {1, r->at[i].a, r->at[i].b};
        for (size_t k = 0; k < 3; k++)
            a[i * all + n + k] = a[(n + k) * all + i] = flat[k];
        out->w[i] = value[i];
    }
    return solve(a, out->w, all, all) ||
           nw_json_fail(c->slot->at, c->m->err, "has its bone on one side only");
}

static double spline_at(const struct capping *c, const struct spline *s, struct place2 p)
{
    const struct ring *r = &c->ring;
    double sum = s->w[r->count] + s->w[r->count + 1] * p.a + s->w[r->count + 2] * p.b;
    for (size_t i = 0; i < r->count; i++)
        sum += s->w[i] * kernel(p.a - r->at[i].a, p.b - r->at[i].b);
    return sum;
}

/* ---- the surface ---- */

struct sheet {
    double half, step;    /* of the grid, in mm on the sphere */
    struct place2 *curve; /* the loop, laid out flat */
    double (*top)[2];     /* distance from the middle above and below, a place */
};

/* Is it under the curve, or within `margin` of it? */
static bool is_under(const struct sheet *s, size_t count, struct place2 p, double margin)
{
    bool inside = false;
    for (size_t i = 0, j = count - 1; i < count; j = i++) {
        const struct place2 a = s->curve[j], b = s->curve[i];
        if ((a.b > p.b) != (b.b > p.b) && p.a - a.a < (b.a - a.a) * (p.b - a.b) / (b.b - a.b))
            inside = !inside;
        const double ex = b.a - a.a, ey = b.b - a.b, px = p.a - a.a, py = p.b - a.b;
        const double t = fmin(fmax((px * ex + py * ey) / fmax(ex * ex + ey * ey, 1e-12), 0), 1);
        const double dx = px - t * ex, dy = py - t * ey;
        if (dx * dx + dy * dy < margin * margin)
            return true;
    }
    return inside;
}

static bool lay_sheet(struct capping *c, struct sheet *s)
{
    const bool given = isfinite(c->opts->thickness_mm);
    double thick = 0;
    size_t counted = 0;
    for (size_t i = 0; i < (size_t)GRID * GRID; i++) {
        const struct place2 p = {(double)(i % GRID) * s->step - s->half,
                                 (double)(i / GRID) * s->step - s->half};
        const nw_vec3 d = direction_of(c, p);
        const bool under = is_under(s, c->slot->count, p, c->opts->margin_mm);
        double base = base_at(c, d);
        if (base < 0 && under)
            return nw_json_fail(c->slot->at, c->m->err,
                                "lies where the whole part has no bone either");
        if (base < 0 || fabs(base - c->cap->radius_mm) > OFF_MM)
            base = under ? base : c->cap->radius_mm;
        const double top = base + (c->opts->as_it_is ? 0 : spline_at(c, &c->height, p));
        double deep = fmin(0.6 * c->cap->radius_mm, 60);
        if (!given)
            deep = fmax(c->opts->whole >= 0 ? thick_at(c, c->opts->whole, d, base)
                                            : spline_at(c, &c->thick, p),
                        0.5);
        s->top[i][0] = top;
        s->top[i][1] = fmax(top - deep, 0.05 * c->cap->radius_mm);
        thick += under ? deep : 0;
        counted += under;
    }
    c->cap->thick_mm = given ? c->opts->thickness_mm : thick / fmax((double)counted, 1);
    return true;
}

static void put_quad(struct nw_mesh *mesh, size_t *t, uint32_t a, uint32_t b, uint32_t c,
                     uint32_t d)
{
    const uint32_t tri[2][3] = {{a, b, c}, {a, c, d}};
    memcpy(mesh->tri[*t], tri, sizeof tri);
    *t += 2;
}

/* Above, below, and the four sides. */
static bool mesh_sheet(const struct capping *c, const struct sheet *s, struct nw_mesh *mesh)
{
    enum { N = GRID, CELLS = GRID - 1 };
    if (!nw_mesh_init(mesh, 2 * (size_t)N * N, 4 * (size_t)CELLS * CELLS + 8 * (size_t)CELLS,
                      c->m->err))
        return false;
    for (size_t i = 0; i < (size_t)N * N; i++) {
        const struct place2 p = {(double)(i % N) * s->step - s->half,
                                 (double)(i / N) * s->step - s->half};
        const nw_vec3 d = direction_of(c, p);
        mesh->pos_mm[i] = nw_along(c->cap->centre, d, s->top[i][0]);
        mesh->pos_mm[(size_t)N * N + i] = nw_along(c->cap->centre, d, s->top[i][1]);
    }
    const uint32_t under = N * N;
    size_t t = 0;
    for (uint32_t y = 0; y < CELLS; y++)
        for (uint32_t x = 0; x < CELLS; x++) {
            const uint32_t i = x + N * y;
            put_quad(mesh, &t, i, i + 1, i + 1 + N, i + N);
            put_quad(mesh, &t, under + i, under + i + N, under + i + 1 + N, under + i + 1);
        }
    for (uint32_t k = 0; k < CELLS; k++) {
        const uint32_t low = k, high = k + N * CELLS, left = k * N, right = left + CELLS;
        put_quad(mesh, &t, low, under + low, under + low + 1, low + 1);
        put_quad(mesh, &t, high + 1, under + high + 1, under + high, high);
        put_quad(mesh, &t, left + N, under + left + N, under + left, left);
        put_quad(mesh, &t, right, under + right, under + right + N, right + N);
    }
    return true;
}

static bool make_nodes(struct capping *c, const struct sheet *s)
{
    NW_AUTO(nw_mesh) mesh = {0};
    if (!mesh_sheet(c, s, &mesh))
        return false;
    c->cap->outer = nw_field_mesh(c->m->field, &mesh, c->m->err);
    return c->cap->outer >= 0;
}

static bool make(struct capping *c)
{
    struct nw_arena *arena = &c->m->out->arena;
    struct sheet s = {.half = 0};
    if (!find_sphere(c) || !find_ring(c) || !fit_spline(c, c->ring.height, &c->height) ||
        !fit_spline(c, c->ring.thick, &c->thick))
        return false;
    s.curve = nw_arena_alloc(arena, c->slot->count * sizeof *s.curve, c->m->err);
    s.top =
        s.curve ? nw_arena_alloc(arena, (size_t)GRID * GRID * sizeof *s.top, c->m->err) : NULL;
    if (!s.top)
        return false;
    for (size_t i = 0; i < c->slot->count; i++) {
        s.curve[i] = flat_of(c, c->slot->point[i]);
        s.half = fmax(s.half, fmax(fabs(s.curve[i].a), fabs(s.curve[i].b)));
    }
    s.half = fmin(s.half + c->opts->margin_mm + BORDER_MM, 2.2 * c->cap->radius_mm);
    s.step = 2 * s.half / (GRID - 1);
    return lay_sheet(c, &s) && make_nodes(c, &s);
}

bool nw_cap_make(struct nw_making *m, const struct nw_slot *slot, const struct nw_loop *loop,
                 const struct nw_cap_opts *opts, struct nw_cap *out)
{
    NW_AUTOFREE struct capping *c = NW_ALLOC(struct capping, 1, m->err);
    if (!c)
        return false;
    *out = (struct nw_cap){.outer = -1, .layer = -1};
    *c = (struct capping){.m = m, .slot = slot, .loop = loop, .opts = opts, .cap = out};
    return make(c);
}
