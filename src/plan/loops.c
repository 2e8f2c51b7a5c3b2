/* plan/loops.c -- see loops_priv.h. Ear clipping after Meisters (1975), holes joined to their
 * outline by bridges after Eberly (2002). */
#include "plan/loops_priv.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/predicate.h"

struct loop {
    uint32_t first;
    size_t count;
    double area;    /* twice, signed */
    uint32_t right; /* the place with the greatest x */
    size_t outline; /* of a hole: which loop it lies in */
};

struct work {
    const double (*at)[2];
    const uint32_t *after;
    struct loop *loop;
    size_t loop_count;
    uint32_t *ring, *next, *prev; /* the polygon being clipped: places, and their links */
    size_t ring_count;
    uint8_t *flat; /* by place in the ring: not strictly convex */
    uint32_t (*tri)[3];
    size_t tri_count;
};

static int turn(const struct work *w, uint32_t a, uint32_t b, uint32_t c)
{
    return nw_orient2d(w->at[a][0], w->at[a][1], w->at[b][0], w->at[b][1], w->at[c][0],
                       w->at[c][1]);
}

static bool find_loops(struct work *w, size_t count, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *seen = NW_ALLOC(uint8_t, count + 1, err);
    w->loop = seen ? NW_ALLOC(struct loop, count / 3 + 1, err) : NULL;
    if (!w->loop)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (seen[i])
            continue;
        struct loop l = {.first = i, .right = i};
        uint32_t p = i;
        do {
            const uint32_t q = w->after[p];
            seen[p] = 1;
            l.count++;
            l.area += w->at[p][0] * w->at[q][1] - w->at[q][0] * w->at[p][1];
            if (w->at[p][0] > w->at[l.right][0])
                l.right = p;
            p = q;
        } while (p != i && !seen[p]);
        if (l.count >= 3)
            w->loop[w->loop_count++] = l;
    }
    return true;
}

/* By the crossings of a ray to the right. */
static bool is_inside(const struct work *w, const struct loop *l, uint32_t p)
{
    bool inside = false;
    const double x = w->at[p][0], y = w->at[p][1];
    uint32_t a = l->first;
    for (size_t i = 0; i < l->count; i++) {
        const uint32_t b = w->after[a];
        const double ya = w->at[a][1], yb = w->at[b][1];
        if ((ya > y) != (yb > y) &&
            x < w->at[a][0] + (y - ya) / (yb - ya) * (w->at[b][0] - w->at[a][0]))
            inside = !inside;
        a = b;
    }
    return inside;
}

/* Each hole lies in the smallest outline around it. */
static void assign_holes(struct work *w)
{
    for (size_t h = 0; h < w->loop_count; h++) {
        if (w->loop[h].area > 0)
            continue;
        w->loop[h].outline = SIZE_MAX;
        for (size_t o = 0; o < w->loop_count; o++) {
            const size_t best = w->loop[h].outline;
            if (w->loop[o].area > 0 && is_inside(w, &w->loop[o], w->loop[h].first) &&
                (best == SIZE_MAX || w->loop[o].area < w->loop[best].area))
                w->loop[h].outline = o;
        }
    }
}

static void insert(struct work *w, size_t at, uint32_t place)
{
    memmove(w->ring + at + 1, w->ring + at, (w->ring_count - at) * sizeof *w->ring);
    w->ring[at] = place;
    w->ring_count++;
}

/* Does p lie on the polygon's side of both sides that meet at the ring's place k? Places stand
 * twice in the ring where holes were joined before: only one of them sees p. */
static bool is_before(const struct work *w, uint32_t p, size_t k)
{
    const size_t n = w->ring_count;
    const uint32_t a = w->ring[(k + n - 1) % n], b = w->ring[k], c = w->ring[(k + 1) % n];
    const bool left_in = turn(w, a, b, p) > 0, left_out = turn(w, b, c, p) > 0;
    return turn(w, a, b, c) > 0 ? left_in && left_out : left_in || left_out;
}

/* Is the way from place p to the ring's place k free of the ring's sides? */
static bool is_free(const struct work *w, uint32_t p, size_t k)
{
    const uint32_t q = w->ring[k];
    for (size_t i = 0; i < w->ring_count; i++) {
        const uint32_t a = w->ring[i], b = w->ring[(i + 1) % w->ring_count];
        if (a == q || b == q || a == p || b == p)
            continue;
        if (turn(w, p, q, a) * turn(w, p, q, b) <= 0 &&
            turn(w, a, b, p) * turn(w, a, b, q) <= 0)
            return false;
    }
    return true;
}

/* Joins a hole to the ring by a way there and back, to the nearest place in sight that is not
 * further left: there holes that are still to be joined might lie in the way. */
static void join_hole(struct work *w, const struct loop *hole)
{
    const uint32_t p = hole->right;
    size_t best = 0;
    double best2 = HUGE_VAL;
    for (size_t k = 0; k < w->ring_count; k++) {
        const double dx = w->at[w->ring[k]][0] - w->at[p][0],
                     dy = w->at[w->ring[k]][1] - w->at[p][1], d2 = dx * dx + dy * dy;
        if (d2 < best2 && dx >= 0 && is_before(w, p, k) && is_free(w, p, k)) {
            best2 = d2;
            best = k;
        }
    }
    const uint32_t anchor = w->ring[best];
    size_t at = best + 1;
    uint32_t q = p;
    for (size_t i = 0; i <= hole->count; i++) { /* around and back to p */
        insert(w, at++, q);
        q = w->after[q];
    }
    insert(w, at, anchor);
}

/* No other place of the ring lies in or on the triangle at ring place i. */
static bool is_ear(const struct work *w, uint32_t i)
{
    const uint32_t a = w->ring[w->prev[i]], b = w->ring[i], c = w->ring[w->next[i]];
    if (w->flat[i])
        return false;
    for (uint32_t k = w->next[w->next[i]]; k != w->prev[i]; k = w->next[k]) {
        const uint32_t p = w->ring[k];
        if (!w->flat[k] || p == a || p == b || p == c)
            continue;
        if (turn(w, a, b, p) >= 0 && turn(w, b, c, p) >= 0 && turn(w, c, a, p) >= 0)
            return false;
    }
    return true;
}

/* High enough above its longest side that rounding does not turn it over. */
static bool is_plump(const struct work *w, uint32_t i)
{
    static const double LEAST = 1e-5;
    const double *a = w->at[w->ring[w->prev[i]]], *b = w->at[w->ring[i]],
                 *c = w->at[w->ring[w->next[i]]];
    const double ux = b[0] - a[0], uy = b[1] - a[1], vx = c[0] - a[0], vy = c[1] - a[1],
                 long2 = fmax(ux * ux + uy * uy, vx * vx + vy * vy);
    return ux * vy - uy * vx > LEAST * long2;
}

static void judge(struct work *w, uint32_t i)
{
    w->flat[i] = turn(w, w->ring[w->prev[i]], w->ring[i], w->ring[w->next[i]]) <= 0;
}

static void clip(struct work *w)
{
    const size_t n = w->ring_count;
    for (uint32_t i = 0; i < n; i++) {
        w->next[i] = i + 1 < n ? i + 1 : 0;
        w->prev[i] = i > 0 ? i - 1 : (uint32_t)n - 1;
    }
    for (uint32_t i = 0; i < n; i++)
        judge(w, i);
    uint32_t i = 0;
    size_t left = n, since = 0; /* places passed since the last ear */
    while (left > 3) {
        /* once around for plump ears, then for any, then what rounding left */
        const bool any = since > left, forced = since > 2 * left;
        if (!forced && ((!any && !is_plump(w, i)) || !is_ear(w, i))) {
            i = w->next[i];
            since++;
            continue;
        }
        const uint32_t p = w->prev[i], q = w->next[i];
        memcpy(w->tri[w->tri_count++], (uint32_t[3]){w->ring[p], w->ring[i], w->ring[q]},
               sizeof *w->tri);
        w->next[p] = q;
        w->prev[q] = p;
        judge(w, p);
        judge(w, q);
        left--;
        since = 0;
        i = w->next[q]; /* not the neighbour: fans make slivers */
    }
    memcpy(w->tri[w->tri_count++],
           (uint32_t[3]){w->ring[w->prev[i]], w->ring[i], w->ring[w->next[i]]}, sizeof *w->tri);
}

/* Those nearer to the right first: a bridge then never runs through a later hole. */
static size_t next_hole(const struct work *w, size_t outline, const uint8_t *done)
{
    size_t best = SIZE_MAX;
    for (size_t h = 0; h < w->loop_count; h++)
        if (w->loop[h].area <= 0 && w->loop[h].outline == outline && !done[h] &&
            (best == SIZE_MAX || w->at[w->loop[h].right][0] > w->at[w->loop[best].right][0]))
            best = h;
    return best;
}

static void fill_outline(struct work *w, size_t outline, uint8_t *done)
{
    w->ring_count = 0;
    uint32_t p = w->loop[outline].first;
    for (size_t i = 0; i < w->loop[outline].count; i++, p = w->after[p])
        w->ring[w->ring_count++] = p;
    for (size_t h = next_hole(w, outline, done); h != SIZE_MAX;
         h = next_hole(w, outline, done)) {
        done[h] = 1;
        join_hole(w, &w->loop[h]);
    }
    clip(w);
}

bool nw_loops_fill(const double (*at)[2], const uint32_t *after, size_t count,
                   uint32_t (*tri)[3], size_t *tri_count, struct nw_err *err)
{
    struct work w = {.at = at, .after = after, .tri = tri};
    const size_t room = 3 * count + 8;
    NW_AUTOFREE uint8_t *done = NW_ALLOC(uint8_t, count + 1, err);
    bool ok = done && find_loops(&w, count, err);
    w.ring = ok ? NW_ALLOC_UNSET(uint32_t, 3 * room, err) : NULL;
    w.flat = w.ring ? NW_ALLOC(uint8_t, room, err) : NULL;
    ok = w.flat != NULL;
    if (ok) {
        w.next = w.ring + room;
        w.prev = w.next + room;
        assign_holes(&w);
        for (size_t l = 0; l < w.loop_count; l++)
            if (w.loop[l].area > 0)
                fill_outline(&w, l, done);
        /* a hole in nothing is rounding's: closed by itself, so that nothing stays open */
        for (size_t l = 0; l < w.loop_count; l++)
            if (w.loop[l].area <= 0 && !done[l])
                fill_outline(&w, l, done);
        *tri_count = w.tri_count;
    }
    nw_free(w.loop);
    nw_free(w.ring);
    nw_free(w.flat);
    return ok;
}
