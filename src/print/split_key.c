/* print/split_key.c -- keys across a cut face: see split_priv.h. */
#include <string.h>

#include "core/parallel.h"
#include "print/split_priv.h"

/* The way along a key's axis is asked in steps; between two places half a step is allowed for,
 * as a distance changes by no more than the way gone. */
static const double STEP_MM = 0.4;
static const double SMALLER = 0.85;   /* one try after the other */
static const double SIZES_MOST = 240; /* samples along a section */
enum { LEVELS = 64 };

/* What joins at a cut face, and where in it keys can stand. */
struct joint {
    const struct nw_splitting *s;
    size_t node, plane;
    struct nw_section section;
    int32_t *leaf[2]; /* of each sample: below, above */
    float *deep;      /* levels x samples: the least room from the face to that level */
    size_t levels;
    double step;       /* between levels */
    size_t *candidate; /* samples of the piece of section that is looked at */
    size_t count;
};

/* The leaf that holds a place just beyond the plane. */
static int leaf_at(const struct nw_splitting *s, int node, nw_vec3 p)
{
    while (s->node[node].below >= 0) {
        const struct nw_split_plane *plane = &s->plane[s->node[node].plane];
        const bool above = nw_dot(nw_sub(p, plane->point_mm), plane->normal) > 0;
        node = above ? s->node[node].above : s->node[node].below;
    }
    return node;
}

/* Pieces of the section are told apart by what they join, too. */
static void find_leaves(struct joint *j)
{
    const struct nw_split_node *n = &j->s->node[j->node];
    struct nw_section *c = &j->section;
    for (size_t at = 0; at < c->width * c->rows; at++) {
        const nw_vec3 p = nw_section_place(c, at);
        j->leaf[0][at] = leaf_at(j->s, n->below, p);
        j->leaf[1][at] = leaf_at(j->s, n->above, p);
        double deep = c->deep[at];
        deep = fmin(deep, nw_split_within(j->s, (size_t)j->leaf[0][at], j->plane, p));
        deep = fmin(deep, nw_split_within(j->s, (size_t)j->leaf[1][at], j->plane, p));
        c->deep[at] = deep;
    }
}

/* ---- room ---- */

/* Room at all levels of a row's samples: from the face, where a ball of what a key needs lies
 * in the piece below too, to beyond the end of the longest socket in the one above. */
static void measure_row(const struct joint *j, size_t row, nw_vec3 *place, double *value)
{
    const struct nw_section *c = &j->section;
    const size_t lo = row * c->width, count = c->width * c->rows;
    const double needs = nw_split_needs(j->s, j->s->least_radius);
    for (size_t level = 0; level < j->levels; level++) {
        const double along = (double)level * j->step;
        for (size_t i = 0; i < c->width; i++)
            place[i] = nw_along(nw_section_place(c, lo + i), c->normal, along);
        float *out = j->deep + level * count + lo;
        const float *before = level > 0 ? out - count : NULL;
        for (size_t i = 0; i < c->width; i++) {
            const bool out_of =
                c->deep[lo + i] < needs || (before && (double)before[i] < needs);
            double room = 0;
            if (!out_of) {
                const int leaf = j->leaf[along > 0][lo + i];
                nw_tape_values(j->s->tape, &place[i], 1, &value[i]);
                room = fmin(-value[i], nw_split_within(j->s, (size_t)leaf, j->plane, place[i]));
                room = fmin(room, c->deep[lo + i]);
            }
            out[i] = (float)(before ? fmin(room, (double)before[i]) : room);
        }
    }
}

static bool measure_room(struct joint *j, struct nw_err *err)
{
    const struct nw_section *c = &j->section;
    const size_t count = c->width * c->rows;
    const double way = 2 * j->s->most_radius + j->s->clearance;
    j->levels = (size_t)ceil(way / STEP_MM) + 1;
    j->levels = j->levels > LEVELS ? LEVELS : j->levels;
    j->step = way / (double)(j->levels - 1);
    j->deep = NW_ALLOC(float, count * j->levels, err);
    NW_AUTOFREE nw_vec3 *place = j->deep ? NW_ALLOC_UNSET(nw_vec3, count, err) : NULL;
    NW_AUTOFREE double *value = place ? NW_ALLOC_UNSET(double, count, err) : NULL;
    if (!value)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t row = 0; row < c->rows; row++)
        measure_row(j, row, place + row * c->width, value + row * c->width);
    return true;
}

/* The least distance between two segments, from a along u and from b along v. */
static double between(nw_vec3 a, nw_vec3 u, nw_vec3 b, nw_vec3 v)
{
    const nw_vec3 w = nw_sub(a, b);
    const double uu = nw_dot(u, u), uv = nw_dot(u, v), vv = nw_dot(v, v), uw = nw_dot(u, w),
                 vw = nw_dot(v, w), d = uu * vv - uv * uv;
    double s = d > 1e-12 * uu * vv ? (uv * vw - vv * uw) / d : 0;
    s = fmin(fmax(s, 0), 1);
    double t = fmin(fmax((uv * s + vw) / vv, 0), 1);
    s = fmin(fmax((uv * t - uw) / uu, 0), 1);
    t = fmin(fmax((uv * s + vw) / vv, 0), 1);
    return nw_length(nw_sub(nw_along(a, u, s), nw_along(b, v, t)));
}

/* Keys of another cut may stand in the same piece. */
static bool is_apart(const struct joint *j, size_t at, double radius, double length)
{
    const struct nw_splitting *s = j->s;
    const nw_vec3 n = j->section.normal,
                  from = nw_along(nw_section_place(&j->section, at), n, -NW_SPLIT_ROOT_MM),
                  way = nw_scale(n, NW_SPLIT_ROOT_MM + length + s->clearance);
    for (size_t k = 0; k < s->key_count; k++) {
        const struct nw_split_key *o = &s->key[k];
        const double needs = radius + o->radius_mm + 2 * s->clearance + s->wall;
        if (between(from, way, nw_along(o->place_mm, o->axis, -NW_SPLIT_ROOT_MM),
                    nw_scale(o->axis, NW_SPLIT_ROOT_MM + o->length_mm + s->clearance)) < needs)
            return false;
    }
    return true;
}

/* Can a key of this radius and length stand at a sample? */
static bool has_room(const struct joint *j, size_t at, double radius, double length)
{
    const size_t count = j->section.width * j->section.rows;
    size_t level = (size_t)ceil((length + j->s->clearance) / j->step - 1e-9);
    level = level < j->levels ? level : j->levels - 1;
    return (double)j->deep[level * count + at] >= nw_split_needs(j->s, radius) + j->step / 2 &&
           is_apart(j, at, radius, length);
}

/* ---- choosing ---- */

/* The sample that has room and lies furthest from a place, at least `apart`. */
static bool find_furthest(const struct joint *j, nw_vec3 from, double apart, double radius,
                          double length, size_t *out)
{
    double best = apart;
    bool found = false;
    for (size_t k = 0; k < j->count; k++) {
        const nw_vec3 p = nw_section_place(&j->section, j->candidate[k]);
        const double far = nw_length(nw_sub(p, from));
        if (far >= best && (!found || far > best) &&
            has_room(j, j->candidate[k], radius, length)) {
            best = far;
            found = true;
            *out = j->candidate[k];
        }
    }
    return found;
}

static bool add_key(struct nw_splitting *s, const struct joint *j, size_t at, double radius,
                    double length, struct nw_err *err)
{
    if (s->key_count == NW_SPLIT_KEYS)
        return nw_fail(err, NW_ERR_LIMIT, "at most %d keys can join a part", NW_SPLIT_KEYS);
    s->key[s->key_count++] = (struct nw_split_key){
        .place_mm = nw_section_place(&j->section, at),
        .axis = j->section.normal,
        .radius_mm = radius,
        .length_mm = length,
        .side = j->section.u,
        .piece = (size_t)j->leaf[0][at],
        .socket = (size_t)j->leaf[1][at],
    };
    return true;
}

static nw_vec3 middle_of(const struct joint *j)
{
    nw_vec3 sum = {0, 0, 0};
    for (size_t k = 0; k < j->count; k++)
        sum = nw_add(sum, nw_section_place(&j->section, j->candidate[k]));
    return nw_scale(sum, 1 / (double)j->count);
}

/* Two pegs of which the larger does not enter the smaller one's socket. */
static bool find_pair(struct nw_splitting *s, const struct joint *j, bool *found,
                      struct nw_err *err)
{
    const double less = s->clearance + s->machine->limits.accuracy_mm;
    const nw_vec3 middle = middle_of(j);
    for (double big = s->most_radius; !*found && big >= s->least_radius; big *= SMALLER) {
        const double small = big - fmax(less, big / 4), length = 2 * big;
        const double apart = big + small + 2 * s->clearance + s->wall;
        size_t a = 0, b = 0;
        if (small < s->least_radius || !find_furthest(j, middle, 0, big, length, &a))
            continue;
        const nw_vec3 from = nw_section_place(&j->section, a);
        if (!find_furthest(j, from, apart, small, length, &b))
            continue;
        const double way = nw_length(nw_sub(nw_section_place(&j->section, b), from));
        if (!add_key(s, j, a, big, length, err) || !add_key(s, j, b, small, length, err))
            return false;
        const double turn = nw_atan2(2 * s->clearance, way);
        s->key[s->key_count - 1].turn_rad = s->key[s->key_count - 2].turn_rad = turn;
        *found = true;
    }
    return true;
}

/* One with a flat: it must stop a turned one by more than the machine errs. */
static bool find_single(struct nw_splitting *s, const struct joint *j, bool *found,
                        struct nw_err *err)
{
    const double least =
        fmax(s->least_radius, 2 * (2 * s->clearance + s->machine->limits.accuracy_mm));
    for (double r = s->most_radius; !*found && r >= least; r *= SMALLER) {
        size_t at = 0, best = 0;
        double room = 0;
        for (size_t k = 0; k < j->count; k++) {
            at = j->candidate[k];
            if (j->section.deep[at] > room && has_room(j, at, r, 2 * r)) {
                room = j->section.deep[at];
                best = at;
                *found = true;
            }
        }
        if (!*found)
            continue;
        if (!add_key(s, j, best, r, 2 * r, err))
            return false;
        struct nw_split_key *key = &s->key[s->key_count - 1];
        key->flat = true;
        key->turn_rad = nw_atan2(2 * s->clearance, r * sqrt(0.75));
    }
    return true;
}

/* The largest section without a key is the one to name if the part falls apart. */
static void note_thin(struct nw_splitting *s, const struct joint *j)
{
    const double area = (double)j->count * j->section.step * j->section.step;
    double room = 0;
    if (area <= s->thin_mm2)
        return;
    for (size_t k = 0; k < j->count; k++)
        if (j->section.deep[j->candidate[k]] > room) {
            room = j->section.deep[j->candidate[k]];
            s->thin_place = nw_section_place(&j->section, j->candidate[k]);
        }
    s->thin_mm2 = area;
    s->thin_mm = 2 * room;
    s->thin_needs_mm = 2 * nw_split_needs(s, s->least_radius);
}

/* Samples that hang together and join the same two pieces. */
static void gather(struct joint *j, uint8_t *done, size_t seed, size_t *queue)
{
    const struct nw_section *c = &j->section;
    size_t head = 0, tail = 0;
    done[seed] = 1;
    for (queue[tail++] = seed; head < tail; head++) {
        const size_t at = queue[head], i = at % c->width, row = at / c->width;
        const size_t beside[4] = {i > 0 ? at - 1 : at, i + 1 < c->width ? at + 1 : at,
                                  row > 0 ? at - c->width : at,
                                  row + 1 < c->rows ? at + c->width : at};
        for (int k = 0; k < 4; k++) {
            const size_t b = beside[k];
            if (!done[b] && c->deep[b] > 0 && j->leaf[0][b] == j->leaf[0][at] &&
                j->leaf[1][b] == j->leaf[1][at]) {
                done[b] = 1;
                queue[tail++] = b;
            }
        }
    }
    j->candidate = queue;
    j->count = tail;
}

static bool find_all(struct nw_splitting *s, struct joint *j, struct nw_err *err)
{
    const size_t count = j->section.width * j->section.rows;
    NW_AUTOFREE uint8_t *done = NW_ALLOC(uint8_t, count, err);
    NW_AUTOFREE size_t *queue = done ? NW_ALLOC_UNSET(size_t, count, err) : NULL;
    for (size_t seed = 0; queue && seed < count; seed++) {
        bool found = false;
        if (done[seed] || j->section.deep[seed] <= 0)
            continue;
        gather(j, done, seed, queue);
        if (!find_pair(s, j, &found, err) || (!found && !find_single(s, j, &found, err)))
            return false;
        if (!found)
            note_thin(s, j);
    }
    return queue != NULL;
}

bool nw_split_find_keys(struct nw_splitting *s, size_t node, struct nw_err *err)
{
    struct joint j = {.s = s, .node = node, .plane = s->node[node].plane};
    const nw_vec3 size = nw_box_size(s->node[node].box);
    const double step = fmax(0.25, fmax(size.x, fmax(size.y, size.z)) / SIZES_MOST);
    bool ok = nw_section_take(s, node, j.plane, step, &j.section, err);
    const size_t count = j.section.width * j.section.rows;
    for (int side = 0; ok && side < 2; side++) {
        j.leaf[side] = NW_ALLOC(int32_t, count, err);
        ok = j.leaf[side] != NULL;
    }
    if (ok)
        find_leaves(&j);
    ok = ok && measure_room(&j, err) && find_all(s, &j, err);
    nw_free(j.leaf[0]);
    nw_free(j.leaf[1]);
    nw_free(j.deep);
    nw_section_release(&j.section);
    return ok;
}
