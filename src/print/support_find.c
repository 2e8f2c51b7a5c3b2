/* print/support_find.c -- what of each layer is held by the one below, and where tips must go
 * that hold the rest; see support.h. */
#include <assert.h>
#include <string.h>

#include "core/parallel.h"
#include "mesh/distance.h"
#include "print/support_priv.h"

enum { HALF = 128, BATCH = 8 };
static const double SAMPLE_MM = 0.4; /* of an overhang, one place so far apart is asked */

struct place {
    double x, y, near2; /* bed mm; the square of the distance to the nearest tip */
};

struct finding {
    const struct nw_layers *part;
    struct nw_support_opts opts;
    size_t width, rows, layer;
    ptrdiff_t reach[2];   /* pixels that the layer below holds sideways */
    uint8_t *below, *now; /* HELD_NOT marks what is still to be looked at */
    uint32_t *queue;
    struct place *place; /* of this overhang, at most one a sampling cell */
    size_t place_count;
    nw_vec3 *tip;
    size_t tip_count, tip_room, tip_old; /* tips before tip_old are too low to matter */
    uint32_t *seen;                      /* of a sampling cell: the overhang that took it */
    size_t seen_width, overhangs;
    struct nw_bvh **clear;
    size_t clear_count;
    struct nw_room room;
    struct nw_supports *out;
};
enum { EMPTY, HELD, LOOSE };

/* ---- what is held ---- */

static bool is_held(const struct finding *f, size_t i, size_t j)
{
    for (ptrdiff_t dj = -f->reach[1]; dj <= f->reach[1]; dj++)
        for (ptrdiff_t di = -f->reach[0]; di <= f->reach[0]; di++) {
            const ptrdiff_t x = (ptrdiff_t)i + di, y = (ptrdiff_t)j + dj;
            if (x >= 0 && y >= 0 && x < (ptrdiff_t)f->width && y < (ptrdiff_t)f->rows &&
                f->below[(size_t)y * f->width + (size_t)x] != EMPTY)
                return true;
        }
    return false;
}

static bool mark(struct finding *f, const uint8_t *coverage)
{
    bool any = false;
    for (size_t j = 0; j < f->rows; j++)
        for (size_t i = 0; i < f->width; i++) {
            const size_t n = j * f->width + i;
            f->now[n] = EMPTY;
            if (coverage[n] < HALF)
                continue;
            const bool held = f->layer == 0 || f->below[n] != EMPTY || is_held(f, i, j);
            f->now[n] = held ? HELD : LOOSE;
            any = any || !held;
        }
    return any;
}

/* ---- one overhang ---- */

/* Takes a place of it unless its cell has one. */
static void sample(struct finding *f, size_t i, size_t j)
{
    const double x = ((double)(f->part->lo[0] + i) + 0.5) * f->part->pixel_mm[0];
    const double y = ((double)(f->part->lo[1] + j) + 0.5) * f->part->pixel_mm[1];
    const size_t cell = (size_t)((double)j * f->part->pixel_mm[1] / SAMPLE_MM) * f->seen_width +
                        (size_t)((double)i * f->part->pixel_mm[0] / SAMPLE_MM);
    if (f->seen[cell] == f->overhangs)
        return;
    f->seen[cell] = (uint32_t)f->overhangs;
    f->place[f->place_count++] = (struct place){x, y, INFINITY};
}

/* Its pixels, returned is how many, are in the queue; *island: nothing beside it is held. */
static size_t gather(struct finding *f, size_t start, bool *island)
{
    const size_t width = f->width, rows = f->rows;
    size_t head = 0, tail = 0;
    assert(width > 0);
    f->overhangs++;
    f->place_count = 0;
    *island = true;
    f->queue[tail++] = (uint32_t)start;
    f->now[start] = EMPTY; /* taken; restored below */
    while (head < tail) {
        const size_t n = f->queue[head++], i = n % width, j = n / width;
        sample(f, i, j);
        for (size_t y = j > 0 ? j - 1 : 0; y <= j + 1 && y < rows; y++)
            for (size_t x = i > 0 ? i - 1 : 0; x <= i + 1 && x < width; x++) {
                const size_t m = y * width + x;
                if (f->now[m] == HELD)
                    *island = false;
                if (f->now[m] != LOOSE)
                    continue;
                f->now[m] = EMPTY;
                f->queue[tail++] = (uint32_t)m;
            }
    }
    return tail;
}

/* Pixels of an overhang that was looked at are as good as held. */
static void settle(struct finding *f, size_t pixels)
{
    for (size_t n = 0; n < pixels; n++)
        f->now[f->queue[n]] = HELD;
}

static double height_of(const struct finding *f)
{
    return (double)f->layer * f->part->layer_mm;
}

static bool is_clear(const struct finding *f, const struct place *p)
{
    const nw_vec3 at =
        nw_apply(nw_affine_inverse(f->part->to_bed), nw_v3(p->x, p->y, height_of(f)));
    struct nw_nearest near;
    for (size_t n = 0; n < f->clear_count; n++)
        if (nw_bvh_nearest(f->clear[n], at, f->opts.clear_mm, &near))
            return true;
    return false;
}

static void leave_clear_places(struct finding *f, bool island)
{
    size_t kept = 0;
    for (size_t n = 0; f->clear_count > 0 && n < f->place_count; n++)
        if (!is_clear(f, &f->place[n]))
            f->place[kept++] = f->place[n];
    if (f->clear_count == 0)
        return;
    f->out->kept_clear += f->place_count - kept;
    f->out->islands_clear += island && kept == 0;
    f->place_count = kept;
}

static void come_near(struct finding *f, nw_vec3 tip)
{
    const double dz = height_of(f) - tip.z;
    for (size_t n = 0; n < f->place_count; n++) {
        struct place *p = &f->place[n];
        const double dx = p->x - tip.x, dy = p->y - tip.y;
        p->near2 = fmin(p->near2, dx * dx + dy * dy + dz * dz);
    }
}

static bool add_tip(struct finding *f, size_t at, struct nw_err *err)
{
    const nw_vec3 tip = nw_v3(f->place[at].x, f->place[at].y, height_of(f));
    if (!nw_grow(&f->tip, &f->tip_room, f->tip_count + 1, sizeof *f->tip, err))
        return false;
    f->tip[f->tip_count++] = tip;
    come_near(f, tip);
    return true;
}

static size_t middle_place(const struct finding *f)
{
    double x = 0, y = 0, least = INFINITY;
    size_t best = 0;
    for (size_t n = 0; n < f->place_count; n++) {
        x += f->place[n].x;
        y += f->place[n].y;
    }
    x /= (double)f->place_count;
    y /= (double)f->place_count;
    for (size_t n = 0; n < f->place_count; n++) {
        const double dx = f->place[n].x - x, dy = f->place[n].y - y;
        if (dx * dx + dy * dy < least) {
            least = dx * dx + dy * dy;
            best = n;
        }
    }
    return best;
}

/* Tips where it is furthest from all others, until no place is further than the spacing (after
 * Gonzalez 1985). */
static bool hold(struct finding *f, bool island, struct nw_err *err)
{
    const double far2 = f->opts.spacing_mm * f->opts.spacing_mm;
    while (f->tip_old < f->tip_count &&
           height_of(f) - f->tip[f->tip_old].z > f->opts.spacing_mm)
        f->tip_old++;
    for (size_t n = f->tip_old; n < f->tip_count; n++)
        come_near(f, f->tip[n]);
    if (island && !add_tip(f, middle_place(f), err))
        return false;
    for (;;) {
        size_t worst = 0;
        for (size_t n = 1; n < f->place_count; n++)
            if (f->place[n].near2 > f->place[worst].near2)
                worst = n;
        if (!(f->place[worst].near2 > far2))
            return true;
        if (f->place[worst].near2 > 1e30)
            worst = middle_place(f);
        if (!add_tip(f, worst, err))
            return false;
    }
}

static bool look(struct finding *f, const uint8_t *coverage, struct nw_err *err)
{
    const size_t size = f->width * f->rows;
    const double tip_pixels = NW_PI * f->opts.tip_radius_mm * f->opts.tip_radius_mm /
                              (f->part->pixel_mm[0] * f->part->pixel_mm[1]);
    uint64_t covered = 0;
    for (size_t n = 0; n < size; n++)
        covered += coverage[n];
    f->out->part_mm3 +=
        (double)covered / 255 * f->part->pixel_mm[0] * f->part->pixel_mm[1] * f->part->layer_mm;
    nw_room_add(&f->room, f->part, f->layer, coverage);
    const bool any = mark(f, coverage);
    for (size_t n = 0; any && n < size; n++) {
        bool island;
        if (f->now[n] != LOOSE)
            continue;
        const size_t pixels = gather(f, n, &island);
        settle(f, pixels);
        /* less than half a tip beside what is held is the grain of the pixels */
        if (!island && (double)pixels < tip_pixels / 2)
            continue;
        f->out->islands += island;
        leave_clear_places(f, island);
        if (f->place_count > 0 && !hold(f, island, err))
            return false;
    }
    uint8_t *const swap = f->below;
    f->below = f->now;
    f->now = swap;
    f->layer++;
    return true;
}

/* ---- the whole ---- */

static double or_preset(double given, double preset)
{
    return given > 0 ? given : preset;
}

static bool begin(struct finding *f, const struct nw_layers *part,
                  const struct nw_support_opts *opts, struct nw_err *err)
{
    const struct nw_model *clear = opts->keep_clear;
    struct nw_support_opts *o = &f->opts;
    *o = *opts;
    o->spacing_mm = or_preset(o->spacing_mm, 3);
    o->tip_radius_mm = or_preset(o->tip_radius_mm, 0.25);
    o->post_radius_mm = or_preset(o->post_radius_mm, 0.5);
    o->foot_radius_mm = or_preset(o->foot_radius_mm, 1);
    o->raft_mm = or_preset(o->raft_mm, 0.6);
    o->head_mm = or_preset(o->head_mm, 2);
    f->part = part;
    f->width = nw_layers_width(part);
    f->rows = nw_layers_rows(part);
    const double lean = fmin(fmax(o->overhang_deg, 0), 80) * NW_PI / 180;
    const double side = part->layer_mm * nw_sin(lean) / nw_cos(lean);
    for (int a = 0; a < 2; a++)
        f->reach[a] = (ptrdiff_t)fmax(1, floor(side / part->pixel_mm[a] + 0.5));
    const size_t size = f->width * f->rows;
    f->seen_width = (size_t)((double)f->width * part->pixel_mm[0] / SAMPLE_MM) + 1;
    const size_t seen_rows = (size_t)((double)f->rows * part->pixel_mm[1] / SAMPLE_MM) + 1;
    f->below = NW_ALLOC(uint8_t, size, err);
    f->now = f->below ? NW_ALLOC(uint8_t, size, err) : NULL;
    f->queue = f->now ? NW_ALLOC(uint32_t, size, err) : NULL;
    f->seen = f->queue ? NW_ALLOC(uint32_t, f->seen_width * seen_rows, err) : NULL;
    f->place = f->seen ? NW_ALLOC_UNSET(struct place, f->seen_width * seen_rows, err) : NULL;
    f->clear =
        f->place ? NW_ALLOC(struct nw_bvh *, clear ? clear->part_count + 1 : 1, err) : NULL;
    for (size_t n = 0; f->clear && clear && n < clear->part_count; n++) {
        f->clear[n] = nw_bvh_new(&clear->part[n].mesh, err);
        if (!f->clear[n])
            return false;
        f->clear_count = n + 1;
    }
    return f->clear && nw_room_init(&f->room, part, err);
}

static void end(struct finding *f)
{
    for (size_t n = 0; n < f->clear_count; n++)
        nw_bvh_free(f->clear[n]);
    nw_free(f->clear);
    nw_free(f->below);
    nw_free(f->now);
    nw_free(f->queue);
    nw_free(f->place);
    nw_free(f->tip);
    nw_free(f->seen);
    nw_room_release(&f->room);
}

static bool look_at_all(struct finding *f, struct nw_err *err)
{
    const struct nw_layers *l = f->part;
    const size_t size = f->width * f->rows;
    NW_AUTOFREE uint8_t *pictures = nw_alloc_unset(size, BATCH, err);
    bool ok = pictures != NULL;
    for (size_t k = 0; ok && k < l->count; k += BATCH) {
        struct nw_err why[BATCH] = {{0}};
        const size_t count = l->count - k < BATCH ? l->count - k : BATCH;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t b = 0; b < count; b++)
            (void)!l->fill(l->user, k + b, l->lo[1], l->hi[1], pictures + b * size, &why[b]);
        for (size_t b = 0; ok && b < count; b++) {
            if (why[b].code)
                *err = why[b];
            ok = !why[b].code && look(f, pictures + b * size, err);
        }
        if (ok && !nw_progress(k + count, l->count))
            ok = nw_fail_cancelled(err);
    }
    return ok;
}

bool nw_supports_find(const struct nw_layers *part, const struct nw_support_opts *opts,
                      struct nw_supports *out, struct nw_err *err)
{
    struct nw_supports found = {0};
    struct finding f = {.out = &found};
    bool ok = begin(&f, part, opts, err) && look_at_all(&f, err) &&
              nw_room_grow(&f.room, f.opts.post_radius_mm + 0.3, err);
    for (size_t n = 0; ok && n < f.tip_count; n++)
        ok = nw_post_add(&found, &f.room, &f.opts, f.tip[n], err);
    ok = ok && (found.tips == 0 || nw_raft_add(&found, &f.opts, err));
    end(&f);
    if (ok)
        *out = found;
    else
        nw_supports_release(&found);
    return ok;
}

void nw_supports_release(struct nw_supports *supports)
{
    nw_free(supports->rod);
    nw_free(supports->raft);
    *supports = (struct nw_supports){0};
}
