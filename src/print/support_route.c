/* print/support_route.c -- how a post gets from its tip to the bed; see support.h. */
#include "print/support_priv.h"

#include <stdlib.h>
#include <string.h>

enum { HALF = 128, CELLS_MOST = 1 << 27, DIRECTIONS = 24 };
static const double CELL_MM = 0.3, STEP_MM = 0.25, REACH_MM = 20;
static const double EMBED_MM = 0.15; /* of a tip in the part */
static const double RAFT_MARGIN_MM = 2;
static const double TAPER = 0.01; /* of a post's radius, by its height */

/* ---- where the part is ---- */

bool nw_room_init(struct nw_room *room, const struct nw_layers *part, struct nw_err *err)
{
    double cell = CELL_MM, step = fmax(STEP_MM, part->layer_mm);
    for (int a = 0; a < 2; a++)
        cell = fmax(cell, part->pixel_mm[a]);
    struct nw_room r = {0};
    for (;; cell *= 1.25, step *= 1.25) {
        for (int a = 0; a < 2; a++) {
            const double margin = REACH_MM + 1;
            const double lo = (double)part->lo[a] * part->pixel_mm[a] - margin;
            const double hi = (double)part->hi[a] * part->pixel_mm[a] + margin;
            r.count[a] = (size_t)ceil((hi - lo) / cell);
            *(a ? &r.from.y : &r.from.x) = lo;
        }
        r.count[2] = (size_t)ceil((double)part->count * part->layer_mm / step) + 1;
        if ((double)r.count[0] * (double)r.count[1] * (double)r.count[2] < CELLS_MOST)
            break;
    }
    r.cell_mm = cell;
    r.step_mm = step;
    r.cell = NW_ALLOC(uint8_t, r.count[0] * r.count[1] * r.count[2], err);
    r.free_below = r.cell ? NW_ALLOC(uint16_t, r.count[0] * r.count[1], err) : NULL;
    *room = r;
    return r.free_below != NULL;
}

void nw_room_release(struct nw_room *room)
{
    nw_free(room->cell);
    nw_free(room->free_below);
    *room = (struct nw_room){0};
}

void nw_room_add(struct nw_room *room, const struct nw_layers *part, size_t layer,
                 const uint8_t *coverage)
{
    const size_t width = nw_layers_width(part), rows = nw_layers_rows(part);
    const size_t z = (size_t)(((double)layer + 0.5) * part->layer_mm / room->step_mm);
    uint8_t *slab = room->cell + z * room->count[0] * room->count[1];
    for (size_t j = 0; j < rows; j++) {
        const double y = ((double)(part->lo[1] + j) + 0.5) * part->pixel_mm[1];
        uint8_t *row = slab + (size_t)((y - room->from.y) / room->cell_mm) * room->count[0];
        for (size_t i = 0; i < width; i++)
            if (coverage[j * width + i] >= HALF) {
                const double x = ((double)(part->lo[0] + i) + 0.5) * part->pixel_mm[0];
                row[(size_t)((x - room->from.x) / room->cell_mm)] = NW_ROOM_PART;
            }
    }
}

/* Along a line of `count` cells, `pitch` apart: what is within n cells of a mark. */
static void smear(const uint8_t *from, uint8_t *to, size_t count, size_t pitch, size_t n,
                  uint8_t mark)
{
    size_t last = SIZE_MAX; /* the last marked cell seen */
    for (size_t i = 0; i < count + n; i++) {
        if (i < count && (from[i * pitch] & mark))
            last = i;
        if (i >= n && last != SIZE_MAX && last + 2 * n >= i)
            to[(i - n) * pitch] |= NW_ROOM_NEAR;
    }
}

bool nw_room_grow(struct nw_room *room, double near_mm, struct nw_err *err)
{
    const size_t w = room->count[0], h = room->count[1],
                 n = (size_t)ceil(near_mm / room->cell_mm);
    NW_AUTOFREE uint8_t *flat = NW_ALLOC(uint8_t, w * h, err);
    if (!flat)
        return false;
    memset(room->free_below, 0xff, w * h * sizeof *room->free_below);
    for (size_t z = room->count[2]; z-- > 0;) {
        uint8_t *slab = room->cell + z * w * h;
        memset(flat, 0, w * h);
        for (size_t y = 0; y < h; y++)
            smear(slab + y * w, flat + y * w, w, 1, n, NW_ROOM_PART);
        for (size_t x = 0; x < w; x++)
            smear(flat + x, slab + x, h, w, n, NW_ROOM_NEAR);
        for (size_t c = 0; c < w * h; c++)
            if (slab[c] & NW_ROOM_NEAR)
                room->free_below[c] = (uint16_t)z;
    }
    return true;
}

/* ---- one post ---- */

/* The cell of a place; false outside. */
static bool cell_of(const struct nw_room *room, nw_vec3 p, size_t at[3])
{
    const double f[3] = {(p.x - room->from.x) / room->cell_mm,
                         (p.y - room->from.y) / room->cell_mm, p.z / room->step_mm};
    for (int a = 0; a < 3; a++) {
        if (!(f[a] >= 0 && f[a] < (double)room->count[a]))
            return false;
        at[a] = (size_t)f[a];
    }
    return true;
}

static uint8_t cell_at(const struct nw_room *room, nw_vec3 p)
{
    size_t at[3];
    if (!cell_of(room, p, at))
        return 0;
    return room->cell[(at[2] * room->count[1] + at[1]) * room->count[0] + at[0]];
}

static bool falls_free(const struct nw_room *room, nw_vec3 p)
{
    size_t at[3];
    return p.z >= 0 && cell_of(room, p, at) &&
           room->free_below[at[1] * room->count[0] + at[0]] > at[2];
}

static bool way_is_free(const struct nw_room *room, nw_vec3 a, nw_vec3 b)
{
    const double length = nw_length(nw_sub(b, a));
    for (double s = 0; s < length; s += room->step_mm)
        if (cell_at(room, nw_add(a, nw_scale(nw_sub(b, a), s / length))) & NW_ROOM_NEAR)
            return false;
    return true;
}

/* The nearest place below, 45 degrees down, from which a post falls free. */
static bool find_knee(const struct nw_room *room, nw_vec3 joint, nw_vec3 *knee)
{
    for (double d = room->cell_mm; d < REACH_MM && d < joint.z; d += room->cell_mm)
        for (int k = 0; k < DIRECTIONS; k++) {
            const double turn = 2 * NW_PI * k / DIRECTIONS;
            const nw_vec3 to = nw_add(joint, nw_v3(d * nw_cos(turn), d * nw_sin(turn), -d));
            if (falls_free(room, to) && way_is_free(room, joint, to)) {
                *knee = to;
                return true;
            }
        }
    return false;
}

static bool add_rod(struct nw_supports *s, nw_vec3 a, nw_vec3 b, double radius_a,
                    double radius_b, struct nw_err *err)
{
    if (!nw_grow(&s->rod, &s->rod_room, s->rod_count + 1, sizeof *s->rod, err))
        return false;
    s->rod[s->rod_count++] = (struct nw_rod){a, b, radius_a, radius_b};
    s->volume_mm3 += NW_PI / 3 * nw_length(nw_sub(b, a)) *
                     (radius_a * radius_a + radius_a * radius_b + radius_b * radius_b);
    return true;
}

/* From a joint to the bed, with its foot. */
static bool add_leg(struct nw_supports *s, const struct nw_support_opts *o, nw_vec3 joint,
                    nw_vec3 knee, struct nw_err *err)
{
    const double foot = o->post_radius_mm + TAPER * joint.z;
    const nw_vec3 bed = nw_v3(knee.x, knee.y, 0);
    const nw_vec3 flare = nw_v3(knee.x, knee.y, fmin(knee.z, o->raft_mm + o->foot_radius_mm));
    return (nw_length(nw_sub(knee, joint)) < 1e-9 ||
            add_rod(s, joint, knee, o->post_radius_mm, o->post_radius_mm, err)) &&
           add_rod(s, knee, bed, o->post_radius_mm, foot, err) &&
           add_rod(s, flare, bed, foot, foot + o->foot_radius_mm, err);
}

/* Down to the first thing below, and a cone on either end. */
static bool add_strut(struct nw_supports *s, const struct nw_room *room,
                      const struct nw_support_opts *o, nw_vec3 tip, nw_vec3 contact,
                      struct nw_err *err)
{
    nw_vec3 on = tip;
    on.z -= 2 * room->step_mm;
    while (on.z > 0 && !(cell_at(room, on) & NW_ROOM_PART))
        on.z -= room->step_mm;
    on.z = fmax(on.z, 0);
    const nw_vec3 middle = nw_scale(nw_add(contact, on), 0.5);
    const double radius =
        fmin(o->post_radius_mm, o->tip_radius_mm + (contact.z - on.z) / 2 / o->head_mm *
                                                       (o->post_radius_mm - o->tip_radius_mm));
    s->on_part++;
    return add_rod(s, contact, middle, o->tip_radius_mm, radius, err) &&
           add_rod(s, middle, on, radius, o->tip_radius_mm, err);
}

bool nw_post_add(struct nw_supports *s, const struct nw_room *room,
                 const struct nw_support_opts *o, nw_vec3 tip, struct nw_err *err)
{
    const nw_vec3 contact = nw_v3(tip.x, tip.y, tip.z + EMBED_MM);
    const nw_vec3 joint =
        nw_v3(tip.x, tip.y, fmax(tip.z - o->head_mm, fmin(o->raft_mm, tip.z)));
    nw_vec3 knee = joint;
    s->tips++;
    if (!falls_free(room, joint) &&
        ((cell_at(room, joint) & NW_ROOM_NEAR) || !find_knee(room, joint, &knee)))
        return add_strut(s, room, o, tip, contact, err);
    return add_rod(s, contact, joint, o->tip_radius_mm, o->post_radius_mm, err) &&
           add_leg(s, o, joint, knee, err);
}

/* ---- the plate ---- */

static int by_place(const void *a, const void *b)
{
    const double *p = a, *q = b;
    return p[0] != q[0] ? (p[0] > q[0]) - (p[0] < q[0]) : (p[1] > q[1]) - (p[1] < q[1]);
}

static bool turns_left(const double a[2], const double b[2], const double c[2])
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0;
}

/* One side of the hull from left to right, or back; returns the new count. */
static size_t add_side(double (*hull)[2], size_t count, const double (*p)[2], size_t points,
                       bool back)
{
    const size_t begun = count;
    for (size_t n = 0; n < points; n++) {
        const double *next = p[back ? points - 1 - n : n];
        while (count >= begun + 2 && !turns_left(hull[count - 2], hull[count - 1], next))
            count--;
        memcpy(hull[count++], next, sizeof hull[0]);
    }
    return count - 1; /* the last one begins the other side */
}

bool nw_raft_add(struct nw_supports *s, const struct nw_support_opts *o, struct nw_err *err)
{
    size_t feet = 0;
    double(*p)[2] = nw_alloc(s->rod_count + 1, sizeof *p, err);
    s->raft = p ? nw_alloc(2 * s->rod_count + 2, sizeof *s->raft, err) : NULL;
    for (size_t n = 0; s->raft && n < s->rod_count; n++)
        if (s->rod[n].b.z <= 0) {
            p[feet][0] = s->rod[n].b.x;
            p[feet++][1] = s->rod[n].b.y;
        }
    if (feet > 0) { /* after Andrew (1979) */
        qsort(p, feet, sizeof *p, by_place);
        s->raft_count = add_side(s->raft, 0, (const double(*)[2])p, feet, false);
        s->raft_count = add_side(s->raft, s->raft_count, (const double(*)[2])p, feet, true);
        s->raft_count = s->raft_count > 0 ? s->raft_count : 1;
    }
    s->raft_margin_mm = RAFT_MARGIN_MM;
    s->raft_mm = o->raft_mm;
    nw_free(p);
    return s->raft != NULL;
}
