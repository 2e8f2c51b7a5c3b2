/*
 * plan/windows.c -- exact shortest ways over triangles, after Chen and Han (1990) with the
 * filter and the queue of Xin and Wang (2009).
 *
 * A window is an interval of an edge that is seen in a straight line from a vertex, with the
 * triangles in between unfolded into one plane; that vertex is the place the way comes from
 * (the source, or a vertex where ways may bend). Windows are carried over the triangle behind
 * their edge, the nearest first.
 */
#include <string.h>

#include "core/parallel.h"
#include "plan/geodesic_priv.h"

static const size_t MOST_WINDOWS = (size_t)1 << 26;
static const double SAME = 1e-12; /* relative: ties and rounding */
static const double SLACK = 1e-9; /* relative: so that the bound cuts nothing off */
#define BENDS 0x80000000u         /* in the queue: a vertex, not a window */

/* The edge lies along x from 0, the triangle to be crossed above it, the place below. */
struct window {
    uint32_t half; /* of the triangle to be crossed */
    double x0, x1; /* the interval */
    double px, py; /* the place, py <= 0 */
    double before; /* how long the way is up to the place */
};

struct corner { /* who reaches the vertex across a half edge, one angle one split */
    double dist, x;
};

struct run {
    const struct nw_mesh *mesh;
    const uint32_t *twin;
    const struct nw_fans *fans;
    uint32_t target;
    double bound;
    double *dist;       /* by vertex: the shortest way known */
    uint8_t *bends;     /* by vertex: a way may bend there */
    struct corner *top; /* by half edge */
    struct window *window;
    size_t count, room;
    uint32_t *unused; /* windows that are done */
    size_t unused_count, unused_room;
    struct nw_queue queue;
};

static nw_vec3 at(const struct run *r, uint32_t half)
{
    return r->mesh->pos_mm[r->mesh->tri[half / 3][half % 3]];
}

static uint32_t next(uint32_t half)
{
    return half % 3 == 2 ? half - 2 : half + 1;
}

static double hypot2(double x, double y)
{
    return sqrt(x * x + y * y);
}

/* ---- new windows ---- */

/* Where the window's third corner lies: the edge along x, the corner above. */
static void apex_of(const struct run *r, uint32_t half, double *len, double *ax, double *ay)
{
    const nw_vec3 a = at(r, half), b = at(r, next(half)), c = at(r, next(next(half)));
    const nw_vec3 e = nw_sub(b, a), d = nw_sub(c, a);
    *len = nw_length(e);
    *ax = *len > 0 ? nw_dot(d, e) / *len : 0;
    *ay = *len > 0 ? nw_length(nw_cross(e, d)) / *len : 0;
}

/* All of the window is reached as well by way of a corner near it, when its far end is: the
 * straight way from that corner to the far end crosses all of the window's rays (Xin and Wang
 * 2009, theorem 3.2). */
static bool is_useless(const struct run *r, const struct window *w, double len)
{
    const uint32_t *tri = r->mesh->tri[w->half / 3];
    const double d0 = r->dist[tri[w->half % 3]], d1 = r->dist[tri[next(w->half) % 3]];
    const double to0 = w->before + hypot2(w->x0 - w->px, w->py),
                 to1 = w->before + hypot2(w->x1 - w->px, w->py);
    const double slack = 1 + SAME;
    if (to1 > (d0 + w->x1) * slack || to0 > (d1 + (len - w->x0)) * slack)
        return true;
    const uint32_t back = r->twin[w->half];
    if (back == NW_NO_TWIN)
        return false;
    double back_len, cx, cy;
    apex_of(r, back, &back_len, &cx, &cy);
    const double d2 = r->dist[r->mesh->tri[back / 3][next(next(back)) % 3]];
    const double x = len - cx - w->px, y = -cy - w->py; /* the twin runs the other way, below */
    const bool is_left = (w->x0 - w->px) * y + w->py * x > 0;
    const bool is_right = (w->x1 - w->px) * y + w->py * x < 0;
    if (is_left)
        return to1 > (d2 + hypot2(w->x1 - (len - cx), cy)) * slack;
    return is_right && to0 > (d2 + hypot2(w->x0 - (len - cx), cy)) * slack;
}

/* No way through the window to the target can be shorter than this. */
static double least_way(const struct run *r, const struct window *w, double *nearest)
{
    const double x = w->px < w->x0 ? w->x0 : w->px > w->x1 ? w->x1 : w->px;
    *nearest = w->before + hypot2(x - w->px, w->py);
    const nw_vec3 a = at(r, w->half), e = nw_unit(nw_sub(at(r, next(w->half)), a));
    const nw_vec3 t = nw_sub(r->mesh->pos_mm[r->target], a);
    const double s = nw_dot(t, e), near = s < w->x0 ? w->x0 : s > w->x1 ? w->x1 : s;
    return *nearest + nw_length(nw_sub(t, nw_scale(e, near)));
}

static bool add_window(struct run *r, struct window w, struct nw_err *err)
{
    double nearest;
    const double len = nw_length(nw_sub(at(r, next(w.half)), at(r, w.half)));
    w.x0 = fmax(w.x0, 0);
    w.x1 = fmin(w.x1, len);
    w.py = fmin(w.py, 0);
    if (!(w.x1 - w.x0 > SAME * len) || is_useless(r, &w, len))
        return true;
    if (least_way(r, &w, &nearest) > fmin(r->bound, r->dist[r->target]) * (1 + SLACK))
        return true;
    uint32_t slot;
    if (r->unused_count > 0) {
        slot = r->unused[--r->unused_count];
    } else {
        if (r->count >= MOST_WINDOWS)
            return nw_fail(err, NW_ERR_LIMIT,
                           "the surface between the two places is too rough for an exact way");
        if (!nw_grow(&r->window, &r->room, r->count + 1, sizeof *r->window, err))
            return false;
        slot = (uint32_t)r->count++;
    }
    r->window[slot] = w;
    return nw_queue_push(&r->queue, nearest, slot, err);
}

/* A shorter way to a vertex was found; from where ways may bend, others start. */
static bool reach(struct run *r, uint32_t vert, double dist, struct nw_err *err)
{
    if (!(dist < r->dist[vert] * (1 - SAME)))
        return true;
    r->dist[vert] = dist;
    return !r->bends[vert] || nw_queue_push(&r->queue, dist, BENDS | vert, err);
}

/* Ways that start at a vertex: along its edges, and to the edges across. */
static bool start_at(struct run *r, uint32_t vert, struct nw_err *err)
{
    const double d = r->dist[vert];
    for (size_t i = r->fans->first[vert]; i < r->fans->first[vert + 1]; i++) {
        const uint32_t corner = r->fans->list[i], across = next(corner);
        const uint32_t *tri = r->mesh->tri[corner / 3];
        const nw_vec3 p = r->mesh->pos_mm[vert];
        for (int k = 0; k < 3; k++)
            if (!reach(r, tri[k], d + nw_length(nw_sub(r->mesh->pos_mm[tri[k]], p)), err))
                return false;
        const uint32_t half = r->twin[across];
        if (half == NW_NO_TWIN)
            continue;
        double len, cx, cy;
        apex_of(r, across, &len, &cx, &cy);
        const struct window w = {half, 0, len, len - cx, -cy, d};
        if (!add_window(r, w, err))
            return false;
    }
    return true;
}

/* ---- across a triangle ---- */

struct point2 {
    double x, y;
};

/* How far along the side from a to b (its length `len`) the ray from p through (x, 0) meets
 * it. */
static double met_at(struct point2 p, double x, struct point2 a, struct point2 b, double len)
{
    const double dx = x - p.x, dy = -p.y, ex = (b.x - a.x) / len, ey = (b.y - a.y) / len;
    const double det = ex * dy - ey * dx;
    if (det == 0)
        return 0;
    const double s = ((p.x - a.x) * dy - (p.y - a.y) * dx) / det;
    return s < 0 ? 0 : s > len ? len : s;
}

/* The window seen on the side from a to b, from..to along it. */
static bool carry(struct run *r, const struct window *w, uint32_t inner, struct point2 a,
                  struct point2 b, double from, double to, struct nw_err *err)
{
    const uint32_t half = r->twin[inner];
    const double len = hypot2(b.x - a.x, b.y - a.y);
    if (half == NW_NO_TWIN || !(len > 0))
        return true;
    const double ex = (b.x - a.x) / len, ey = (b.y - a.y) / len;
    const double dx = w->px - a.x, dy = w->py - a.y;
    const struct window to_add = {half,     from, to, dx * ex + dy * ey, dy * ex - dx * ey,
                                  w->before};
    return add_window(r, to_add, err);
}

static bool cross_triangle(struct run *r, const struct window *w, struct nw_err *err)
{
    double len, ax, ay;
    apex_of(r, w->half, &len, &ax, &ay);
    const uint32_t right = next(w->half), left = next(right);
    const struct point2 p = {w->px, w->py}, v0 = {0, 0}, v1 = {len, 0}, apex = {ax, ay};
    const double right_len = hypot2(v1.x - ax, ay), left_len = hypot2(ax, ay);
    const double side0 = (w->x0 - p.x) * (ay - p.y) + p.y * (ax - p.x);
    const double side1 = (w->x1 - p.x) * (ay - p.y) + p.y * (ax - p.x);
    if (side0 > 0) /* the apex is left of all rays */
        return carry(r, w, right, apex, v1, met_at(p, w->x0, apex, v1, right_len),
                     met_at(p, w->x1, apex, v1, right_len), err);
    if (side1 < 0)
        return carry(r, w, left, v0, apex, met_at(p, w->x0, v0, apex, left_len),
                     met_at(p, w->x1, v0, apex, left_len), err);
    const double to_apex = w->before + hypot2(ax - p.x, ay - p.y);
    const double x = ay - p.y > 0 ? p.x + (ax - p.x) * -p.y / (ay - p.y) : p.x;
    struct corner *top = &r->top[w->half];
    bool go_left = true, go_right = true;
    if (to_apex < top->dist) {
        *top = (struct corner){to_apex, x};
    } else if (to_apex > top->dist * (1 + SAME)) { /* ways that cross are not both shortest */
        go_left = x <= top->x;
        go_right = x >= top->x;
    }
    if (!reach(r, r->mesh->tri[left / 3][left % 3], to_apex, err))
        return false;
    return (!go_left ||
            carry(r, w, left, v0, apex, met_at(p, w->x0, v0, apex, left_len), left_len, err)) &&
           (!go_right ||
            carry(r, w, right, apex, v1, 0, met_at(p, w->x1, apex, v1, right_len), err));
}

/* ---- the run ---- */

/* A shortest way bends only at a border, or where the angles come to more than a full turn. */
static void find_bends(struct run *r)
{
    static const double SLACK_RAD = 1e-9;
    for (size_t v = 0; v < r->mesh->vert_count; v++) {
        double angle = 0;
        bool border = false;
        for (size_t i = r->fans->first[v]; i < r->fans->first[v + 1]; i++) {
            const uint32_t c = r->fans->list[i];
            const nw_vec3 p = at(r, c), a = nw_sub(at(r, next(c)), p),
                          b = nw_sub(at(r, next(next(c))), p);
            angle += nw_atan2(nw_length(nw_cross(a, b)), nw_dot(a, b));
            border = border || r->twin[c] == NW_NO_TWIN || r->twin[next(next(c))] == NW_NO_TWIN;
        }
        r->bends[v] = border || angle > 2 * NW_PI - SLACK_RAD;
    }
}

static bool propagate(struct run *r, uint32_t source, struct nw_err *err)
{
    r->dist[source] = 0;
    if (!start_at(r, source, err))
        return false;
    for (size_t done = 0; r->queue.count > 0; done++) {
        if (done % 65536 == 0 && nw_cancelled())
            return nw_fail_cancelled(err);
        const struct nw_queued it = nw_queue_pop(&r->queue);
        if (it.key >= fmin(r->dist[r->target], r->bound * (1 + SLACK)))
            break;
        if (it.what & BENDS) {
            const uint32_t v = it.what & ~BENDS;
            if (it.key <= r->dist[v] && !start_at(r, v, err))
                return false;
            continue;
        }
        const struct window w = r->window[it.what];
        if (!nw_grow(&r->unused, &r->unused_room, r->unused_count + 1, sizeof *r->unused, err))
            return false;
        r->unused[r->unused_count++] = it.what;
        const double len = nw_length(nw_sub(at(r, next(w.half)), at(r, w.half)));
        if (!is_useless(r, &w, len) && !cross_triangle(r, &w, err))
            return false;
    }
    return true;
}

static bool run_windows(struct run *r, uint32_t source, uint32_t *twin, struct nw_err *err)
{
    const size_t halves = 3 * r->mesh->tri_count;
    if (!nw_twins(r->mesh, twin, err))
        return false;
    for (size_t v = 0; v < r->mesh->vert_count; v++)
        r->dist[v] = HUGE_VAL;
    for (size_t h = 0; h < halves; h++)
        r->top[h] = (struct corner){HUGE_VAL, 0};
    r->twin = twin;
    find_bends(r);
    return propagate(r, source, err);
}

bool nw_windows_run(const struct nw_mesh *mesh, uint32_t source, uint32_t target, double bound,
                    double *out, struct nw_err *err)
{
    struct nw_fans fans;
    if (!nw_fans_init(&fans, mesh, err))
        return false;
    struct run r = {.mesh = mesh, .fans = &fans, .target = target, .bound = bound};
    NW_AUTOFREE uint32_t *twin = NW_ALLOC_UNSET(uint32_t, 3 * mesh->tri_count, err);
    r.dist = twin ? NW_ALLOC_UNSET(double, mesh->vert_count, err) : NULL;
    r.bends = r.dist ? NW_ALLOC_UNSET(uint8_t, mesh->vert_count, err) : NULL;
    r.top = r.bends ? NW_ALLOC_UNSET(struct corner, 3 * mesh->tri_count, err) : NULL;
    const bool ok = r.top && run_windows(&r, source, twin, err);
    if (ok)
        *out = fmin(r.dist[target], bound); /* which is a way as well */
    nw_free(r.dist);
    nw_free(r.bends);
    nw_free(r.top);
    nw_free(r.window);
    nw_free(r.unused);
    nw_free(r.queue.item);
    nw_fans_release(&fans);
    return ok;
}
