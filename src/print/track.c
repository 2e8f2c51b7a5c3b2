/* print/track.c -- see track.h: runs of pixels, joined within a layer and to those below by a
 * union of sets whose labels live as long as the print. */
#include "print/track.h"

#include <string.h>

#include "core/parallel.h"

enum { HALF = 128, BATCH = 8 };
#define NONE UINT32_MAX

struct run {
    uint32_t lo, hi, row, piece; /* piece: in its layer; label[] of it leads further */
};

/* The runs of one layer. */
struct sheet {
    struct run *run;
    size_t count, room;
    uint32_t *row;   /* rows + 1: where each row's runs begin */
    uint32_t *label; /* of each piece: a node of the union of sets */
    size_t pieces, label_room;
};

/* What is known of everything joined so far. */
struct body {
    uint32_t parent;
    bool open; /* of what flows: joined to the outside */
    uint32_t first_layer, last_layer;
    float i, j;
    double pixels;
};

/* One of two: what is solid, or what is not. */
struct phase {
    bool solid;
    struct sheet now, below;
    struct body *body;
    size_t count, room;
    uint32_t *parent; /* of runs, while a layer is put together */
    size_t parent_room;
};

struct nw_track {
    size_t width, rows, layer;
    double pixel_mm2, voxel_mm3;
    size_t lo[2];
    struct nw_track_opts opts;
    struct phase phase[2]; /* solid, hollow */
    struct nw_tracked found;
    double covered;
};

/* ---- the lists of what was found ---- */

static void add_spot(struct nw_spots *list, const struct nw_spot *spot, double size)
{
    list->count++;
    list->total += size;
    size_t at = list->listed < NW_SPOTS ? list->listed++ : NW_SPOTS;
    for (; at > 0; at--) {
        const struct nw_spot *before = &list->spot[at - 1];
        if (before->area_mm2 + before->volume_mm3 >= size)
            break;
        if (at < NW_SPOTS)
            list->spot[at] = *before;
    }
    if (at < NW_SPOTS)
        list->spot[at] = *spot;
}

static struct nw_spot spot_of(const struct nw_track *t, const struct body *b)
{
    return (struct nw_spot){.layer = b->first_layer,
                            .last_layer = b->last_layer,
                            .i = (double)b->i + (double)t->lo[0],
                            .j = (double)b->j + (double)t->lo[1]};
}

static void found_hollow(struct nw_track *t, struct nw_spots *list, const struct body *b)
{
    struct nw_spot spot = spot_of(t, b);
    spot.volume_mm3 = b->pixels * t->voxel_mm3;
    if (spot.volume_mm3 >= t->opts.least_hollow_mm3) {
        add_spot(list, &spot, spot.volume_mm3);
        return;
    }
    list->small++;
    list->small_total += spot.volume_mm3;
}

/* ---- unions ---- */

static uint32_t root_of(struct body *body, uint32_t at)
{
    while (body[at].parent != at) {
        body[at].parent = body[body[at].parent].parent;
        at = body[at].parent;
    }
    return at;
}

/* A hollow that was closed until now has found a way out. */
static void open_up(struct nw_track *t, struct body *b)
{
    if (b->open)
        return;
    if (b->pixels > 0) /* else it begins open */
        found_hollow(t, &t->found.cups, b);
    b->open = true;
}

static uint32_t unite(struct nw_track *t, struct phase *p, uint32_t a, uint32_t b)
{
    a = root_of(p->body, a);
    b = root_of(p->body, b);
    if (a == b)
        return a;
    if (b < a) { /* the older one stays */
        const uint32_t swap = a;
        a = b;
        b = swap;
    }
    struct body *to = &p->body[a], *from = &p->body[b];
    if (!p->solid && to->open != from->open)
        open_up(t, to->open ? from : to);
    from->parent = a;
    to->pixels += from->pixels;
    to->last_layer = to->last_layer > from->last_layer ? to->last_layer : from->last_layer;
    return a;
}

static uint32_t run_root(uint32_t *parent, uint32_t at)
{
    while (parent[at] != at) {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    return at;
}

static void join_runs(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = run_root(parent, a);
    b = run_root(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

/* ---- one layer ---- */

static bool find_runs(struct nw_track *t, struct phase *p, const uint8_t *coverage,
                      struct nw_err *err)
{
    struct sheet *s = &p->now;
    s->count = 0;
    for (size_t j = 0; j < t->rows; j++) {
        const uint8_t *row = coverage + j * t->width;
        s->row[j] = (uint32_t)s->count;
        if (!nw_grow(&s->run, &s->room, s->count + t->width / 2 + 1, sizeof *s->run, err))
            return false;
        for (size_t i = 0; i < t->width;) {
            while (i < t->width && (row[i] >= HALF) != p->solid)
                i++;
            const size_t lo = i;
            while (i < t->width && (row[i] >= HALF) == p->solid)
                i++;
            if (i > lo)
                s->run[s->count++] = (struct run){(uint32_t)lo, (uint32_t)i, (uint32_t)j, 0};
        }
    }
    s->row[t->rows] = (uint32_t)s->count;
    return s->count < NONE / 2 || nw_fail(err, NW_ERR_LIMIT, "a layer has too many pieces");
}

/* Calls for every pair of a run in a row and one in another that overlap; `corner` counts
 * touching at a corner too. */
static void match_rows(const struct sheet *a, size_t row_a, const struct sheet *b, size_t row_b,
                       uint32_t corner, void *ctx,
                       void (*pair)(void *ctx, uint32_t a, uint32_t b))
{
    uint32_t n = b->row[row_b];
    for (uint32_t m = a->row[row_a]; m < a->row[row_a + 1]; m++) {
        while (n < b->row[row_b + 1] && b->run[n].hi + corner <= a->run[m].lo)
            n++;
        for (uint32_t k = n; k < b->row[row_b + 1] && b->run[k].lo < a->run[m].hi + corner; k++)
            pair(ctx, m, k);
    }
}

static void join_pair(void *ctx, uint32_t a, uint32_t b)
{
    join_runs(ctx, a, b);
}

/* Numbers the pieces of the layer in the order of their first runs. */
static bool find_pieces(struct nw_track *t, struct phase *p, struct nw_err *err)
{
    struct sheet *s = &p->now;
    if (!nw_grow(&p->parent, &p->parent_room, s->count + 1, sizeof *p->parent, err))
        return false;
    for (size_t n = 0; n < s->count; n++)
        p->parent[n] = (uint32_t)n;
    for (size_t j = 1; j < t->rows; j++)
        match_rows(s, j, s, j - 1, p->solid ? 1 : 0, p->parent, join_pair);
    s->pieces = 0;
    for (size_t n = 0; n < s->count; n++) {
        const uint32_t root = run_root(p->parent, (uint32_t)n);
        s->run[n].piece = root == n ? (uint32_t)s->pieces++ : s->run[root].piece;
    }
    if (!nw_grow(&s->label, &s->label_room, s->pieces + 1, sizeof *s->label, err))
        return false;
    for (size_t n = 0; n < s->pieces; n++)
        s->label[n] = NONE;
    return true;
}

struct linking {
    struct nw_track *track;
    struct phase *phase;
};

static void link_pair(void *ctx, uint32_t a, uint32_t b)
{
    const struct linking *l = ctx;
    struct phase *p = l->phase;
    uint32_t *mine = &p->now.label[p->now.run[a].piece];
    const uint32_t theirs = p->below.label[p->below.run[b].piece];
    *mine = *mine == NONE ? root_of(p->body, theirs) : unite(l->track, p, *mine, theirs);
}

static bool begin_bodies(struct nw_track *t, struct phase *p, struct nw_err *err)
{
    struct sheet *s = &p->now;
    for (size_t n = 0; n < s->count; n++) {
        const struct run *r = &s->run[n];
        if (s->label[r->piece] != NONE)
            continue;
        if (p->count >= NONE / 2)
            return nw_fail(err, NW_ERR_LIMIT, "the layers have too many pieces");
        if (!nw_grow(&p->body, &p->room, p->count + 1, sizeof *p->body, err))
            return false;
        p->body[p->count] = (struct body){.parent = (uint32_t)p->count,
                                          .first_layer = (uint32_t)t->layer,
                                          .i = (float)(r->lo + r->hi - 1) / 2,
                                          .j = (float)r->row};
        s->label[r->piece] = (uint32_t)p->count++;
    }
    return true;
}

static bool at_edge(const struct nw_track *t, const struct run *r)
{
    return r->lo == 0 || r->hi == t->width || r->row == 0 || r->row + 1 == t->rows;
}

static struct body *body_of(struct phase *p, const struct run *r)
{
    return &p->body[root_of(p->body, p->now.label[r->piece])];
}

static void count_runs(struct nw_track *t, struct phase *p)
{
    for (size_t n = 0; !p->solid && n < p->now.count; n++)
        if (at_edge(t, &p->now.run[n]))
            open_up(t, body_of(p, &p->now.run[n]));
    for (size_t n = 0; n < p->now.count; n++) {
        const struct run *r = &p->now.run[n];
        struct body *b = body_of(p, r);
        b->pixels += r->hi - r->lo;
        b->last_layer = (uint32_t)t->layer;
    }
}

/* Pieces of this layer that begin here, above the first one. */
static void find_islands(struct nw_track *t, size_t bodies_before)
{
    const struct phase *p = &t->phase[0];
    for (size_t n = bodies_before; t->layer > 0 && n < p->count; n++) {
        struct nw_spot spot = spot_of(t, &p->body[n]);
        spot.area_mm2 = p->body[n].pixels * t->pixel_mm2;
        if (spot.area_mm2 >= t->opts.least_island_mm2)
            add_spot(&t->found.islands, &spot, spot.area_mm2);
    }
}

static bool add_phase(struct nw_track *t, struct phase *p, const uint8_t *coverage,
                      struct nw_err *err)
{
    const struct sheet swap = p->below;
    p->below = p->now;
    p->now = swap;
    if (!find_runs(t, p, coverage, err) || !find_pieces(t, p, err))
        return false;
    struct linking l = {t, p};
    for (size_t j = 0; t->layer > 0 && j < t->rows; j++)
        match_rows(&p->now, j, &p->below, j, 0, &l, link_pair);
    const size_t before = p->count;
    if (!begin_bodies(t, p, err))
        return false;
    count_runs(t, p);
    if (p->solid)
        find_islands(t, before);
    return true;
}

static void measure(struct nw_track *t, const uint8_t *coverage)
{
    struct nw_tracked *f = &t->found;
    uint64_t sum = 0;
    for (size_t j = 0; j < t->rows; j++) {
        const uint8_t *row = coverage + j * t->width;
        size_t first = t->width, last = 0;
        for (size_t i = 0; i < t->width; i++) {
            sum += row[i];
            if (row[i] > 0) {
                first = first < i ? first : i;
                last = i + 1;
            }
        }
        if (last == 0)
            continue;
        const size_t lo[3] = {t->lo[0] + first, t->lo[1] + j, t->layer},
                     hi[3] = {t->lo[0] + last, t->lo[1] + j + 1, t->layer + 1};
        for (int a = 0; a < 3; a++) {
            f->lo[a] = f->hi[2] == 0 || lo[a] < f->lo[a] ? lo[a] : f->lo[a];
            f->hi[a] = a < 2 && hi[a] > f->hi[a] ? hi[a] : f->hi[a];
        }
        f->hi[2] = hi[2];
    }
    t->covered += (double)sum;
    const double area = (double)sum / 255 * t->pixel_mm2;
    if (area > f->largest_area_mm2) {
        f->largest_area_mm2 = area;
        f->largest_layer = t->layer;
    }
}

/* ---- the whole ---- */

struct nw_track *nw_track_new(const struct nw_layers *layers, const struct nw_track_opts *opts,
                              struct nw_err *err)
{
    struct nw_track *t = NW_ALLOC(struct nw_track, 1, err);
    if (!t)
        return NULL;
    t->width = nw_layers_width(layers);
    t->rows = nw_layers_rows(layers);
    t->lo[0] = layers->lo[0];
    t->lo[1] = layers->lo[1];
    t->pixel_mm2 = layers->pixel_mm[0] * layers->pixel_mm[1];
    t->voxel_mm3 = t->pixel_mm2 * layers->layer_mm;
    t->opts = *opts;
    t->phase[0].solid = true;
    for (int n = 0; n < 2; n++) {
        struct phase *p = &t->phase[n];
        p->now.row = NW_ALLOC(uint32_t, t->rows + 1, err);
        p->below.row = p->now.row ? NW_ALLOC(uint32_t, t->rows + 1, err) : NULL;
        if (!p->below.row) {
            nw_track_free(t);
            return NULL;
        }
    }
    return t;
}

void nw_track_free(struct nw_track *t)
{
    for (int n = 0; t && n < 2; n++) {
        struct phase *p = &t->phase[n];
        struct sheet *const sheet[2] = {&p->now, &p->below};
        for (int s = 0; s < 2; s++) {
            nw_free(sheet[s]->run);
            nw_free(sheet[s]->row);
            nw_free(sheet[s]->label);
        }
        nw_free(p->body);
        nw_free(p->parent);
    }
    nw_free(t);
}

bool nw_track_add(struct nw_track *t, const uint8_t *coverage, struct nw_err *err)
{
    measure(t, coverage);
    if (!add_phase(t, &t->phase[0], coverage, err) ||
        !add_phase(t, &t->phase[1], coverage, err))
        return false;
    t->layer++;
    return true;
}

bool nw_track_end(struct nw_track *t, struct nw_tracked *out, struct nw_err *err)
{
    (void)err;
    struct phase *solid = &t->phase[0], *hollow = &t->phase[1];
    for (size_t n = 0; t->layer > 0 && n < hollow->now.count; n++) /* above is the open */
        open_up(
            t,
            &hollow->body[root_of(hollow->body, hollow->now.label[hollow->now.run[n].piece])]);
    for (size_t n = 0; n < hollow->count; n++) {
        struct body *b = &hollow->body[n];
        if (b->parent != n || b->open)
            continue;
        if (b->first_layer == 0)
            open_up(t, b); /* opens when the part leaves the bed */
        else
            found_hollow(t, &t->found.trapped, b);
    }
    for (size_t n = 0; n < solid->count; n++) {
        const struct body *b = &solid->body[n];
        if (b->parent != n)
            continue;
        struct nw_spot spot = spot_of(t, b);
        spot.volume_mm3 = b->pixels * t->voxel_mm3;
        t->found.solid_mm3 += spot.volume_mm3;
        if (spot.volume_mm3 >= t->opts.least_piece_mm3)
            add_spot(&t->found.parts, &spot, spot.volume_mm3);
    }
    t->found.volume_mm3 = t->covered / 255 * t->voxel_mm3;
    *out = t->found;
    return true;
}

bool nw_layers_track(const struct nw_layers *layers, const struct nw_track_opts *opts,
                     struct nw_tracked *out, struct nw_err *err)
{
    const size_t size = nw_layers_width(layers) * nw_layers_rows(layers);
    struct nw_track *track = nw_track_new(layers, opts, err);
    NW_AUTOFREE uint8_t *pictures = track ? nw_alloc_unset(size, BATCH, err) : NULL;
    bool ok = pictures != NULL;
    for (size_t k = 0; ok && k < layers->count; k += BATCH) {
        struct nw_err why[BATCH] = {{0}};
        const size_t count = layers->count - k < BATCH ? layers->count - k : BATCH;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t b = 0; b < count; b++)
            (void)!layers->fill(layers->user, k + b, layers->lo[1], layers->hi[1],
                                pictures + b * size, &why[b]);
        for (size_t b = 0; ok && b < count; b++) {
            if (why[b].code)
                *err = why[b];
            ok = !why[b].code && nw_track_add(track, pictures + b * size, err);
        }
        if (ok && !nw_progress(k + count, layers->count))
            ok = nw_fail_cancelled(err);
    }
    ok = ok && nw_track_end(track, out, err);
    nw_track_free(track);
    return ok;
}
