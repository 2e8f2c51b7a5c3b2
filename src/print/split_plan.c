/* print/split_plan.c -- where to cut: see split_priv.h. A piece that does not fit is cut off
 * where, within what the bed allows, the section leaves most room for its keys. */
#include <string.h>

#include "core/parallel.h"
#include "print/layers.h"
#include "print/split_priv.h"

enum { PLACES = 17, CORNERS = 3 + 2 * NW_SPLIT_PLANES, ACROSS = 96 };

double nw_split_within(const struct nw_splitting *s, size_t node, size_t but, nw_vec3 p)
{
    double deep = HUGE_VAL;
    for (int at = (int)node; s->node[at].parent >= 0; at = s->node[at].parent) {
        const struct nw_split_node *up = &s->node[s->node[at].parent];
        const struct nw_split_plane *plane = &s->plane[up->plane];
        const double above = nw_dot(nw_sub(p, plane->point_mm), plane->normal);
        if (up->plane != but)
            deep = fmin(deep, up->above == at ? above : -above);
    }
    return deep;
}

bool nw_split_fits(const struct nw_machine *machine, nw_box box, bool *turned)
{
    for (int quarter = 0; quarter < 2; quarter++) {
        const struct nw_place_opts opts = {.spin_rad = quarter * NW_PI / 2};
        struct nw_placement place = {0};
        struct nw_err err = {0};
        *turned = quarter > 0;
        if (nw_place_box(box, machine, &opts, &place, &err))
            return true;
    }
    return false;
}

/* ---- regions ---- */

/* What of a polygon lies on one side of a plane; returns how many corners are left. */
static size_t clip(const nw_vec3 *from, size_t count, const struct nw_split_plane *plane,
                   double side, nw_vec3 *to)
{
    size_t n = 0;
    for (size_t k = 0; k < count; k++) {
        const nw_vec3 a = from[k], b = from[(k + 1) % count];
        const double da = side * nw_dot(nw_sub(a, plane->point_mm), plane->normal),
                     db = side * nw_dot(nw_sub(b, plane->point_mm), plane->normal);
        if (da >= 0)
            to[n++] = a;
        if ((da >= 0) != (db >= 0))
            to[n++] = nw_along(a, nw_sub(b, a), da / (da - db));
    }
    return n;
}

/* Around the surface within a region. */
static nw_box box_within(const struct nw_splitting *s, size_t node)
{
    nw_box box = nw_box_empty();
    const struct nw_mesh *m = s->mesh;
    for (size_t t = 0; t < m->tri_count; t++) {
        nw_vec3 poly[2][CORNERS];
        size_t count = 3;
        int now = 0;
        for (int c = 0; c < 3; c++)
            poly[0][c] = m->pos_mm[m->tri[t][c]];
        for (int at = (int)node; count > 0 && s->node[at].parent >= 0;
             at = s->node[at].parent) {
            const struct nw_split_node *up = &s->node[s->node[at].parent];
            count = clip(poly[now], count, &s->plane[up->plane], up->above == at ? 1 : -1,
                         poly[1 - now]);
            now = 1 - now;
        }
        for (size_t c = 0; c < count; c++)
            box = nw_box_with(box, poly[now][c]);
    }
    return box;
}

/* With the pegs that will stand on its cut faces. */
static nw_box reach_of(const struct nw_splitting *s, size_t node)
{
    nw_box box = s->node[node].box;
    for (int at = (int)node; s->node[at].parent >= 0; at = s->node[at].parent) {
        const struct nw_split_node *up = &s->node[s->node[at].parent];
        const nw_vec3 peg = nw_scale(s->plane[up->plane].normal, 2 * s->most_radius);
        if (up->below != at)
            continue;
        const nw_box own = s->node[node].box;
        box = nw_box_with(nw_box_with(box, nw_add(own.min, peg)), nw_add(own.max, peg));
    }
    return box;
}

static bool is_empty(nw_box box)
{
    return !(box.min.x <= box.max.x);
}

/* Cuts a leaf; *met is false when the plane leaves one side empty, and nothing is cut. */
static bool cut_leaf(struct nw_splitting *s, size_t node, size_t plane, bool *met,
                     struct nw_err *err)
{
    if (s->node_count + 2 > NW_SPLIT_NODES)
        return nw_fail(err, NW_ERR_LIMIT,
                       "the part comes to more than %d pieces on this machine; take a larger "
                       "one",
                       NW_SPLIT_PIECES);
    const int below = (int)s->node_count, above = below + 1;
    const struct nw_split_node leaf = {
        .parent = (int)node, .below = -1, .above = -1, .box = nw_box_empty()};
    s->node[below] = s->node[above] = leaf;
    s->node[node].plane = plane;
    s->node[node].below = below;
    s->node[node].above = above;
    s->node[below].box = box_within(s, (size_t)below);
    s->node[above].box = box_within(s, (size_t)above);
    *met = !is_empty(s->node[below].box) && !is_empty(s->node[above].box);
    if (*met)
        s->node_count += 2;
    else
        s->node[node].below = s->node[node].above = -1;
    return true;
}

static bool add_plane(struct nw_splitting *s, nw_vec3 point, nw_vec3 normal, struct nw_err *err)
{
    if (s->plane_count == NW_SPLIT_PLANES)
        return nw_fail(err, NW_ERR_LIMIT, "at most %d planes can cut a part", NW_SPLIT_PLANES);
    s->plane[s->plane_count++] = (struct nw_split_plane){point, nw_unit(normal)};
    return true;
}

/* ---- sections ---- */

void nw_section_release(struct nw_section *section)
{
    nw_free(section->deep);
    nw_free(section->label);
    *section = (struct nw_section){0};
}

nw_vec3 nw_section_place(const struct nw_section *c, size_t at)
{
    const double i = (double)(at % c->width), j = (double)(at / c->width);
    return nw_along(nw_along(c->origin, c->u, i * c->step), c->v, j * c->step);
}

/* Two directions in a plane; of planes square to an axis, the other axes. */
static void span(nw_vec3 n, nw_vec3 *u, nw_vec3 *v)
{
    const nw_vec3 a = fabs(n.x) > 0.9 ? nw_v3(0, 1, 0) : nw_v3(1, 0, 0);
    *u = nw_unit(nw_sub(a, nw_scale(n, nw_dot(a, n))));
    *v = nw_cross(n, *u);
}

static void frame_section(const struct nw_splitting *s, size_t node, size_t plane, double step,
                          struct nw_section *c)
{
    const struct nw_split_plane *p = &s->plane[plane];
    const nw_box b = s->node[node].box;
    double lo[2] = {HUGE_VAL, HUGE_VAL}, hi[2] = {-HUGE_VAL, -HUGE_VAL};
    c->normal = p->normal;
    span(p->normal, &c->u, &c->v);
    for (int k = 0; k < 8; k++) {
        const nw_vec3 q = nw_sub(nw_v3(k & 1 ? b.max.x : b.min.x, k & 2 ? b.max.y : b.min.y,
                                       k & 4 ? b.max.z : b.min.z),
                                 p->point_mm);
        const double x = nw_dot(q, c->u), y = nw_dot(q, c->v);
        lo[0] = fmin(lo[0], x);
        hi[0] = fmax(hi[0], x);
        lo[1] = fmin(lo[1], y);
        hi[1] = fmax(hi[1], y);
    }
    c->step = step > 0 ? step : fmax(hi[0] - lo[0], hi[1] - lo[1]) / ACROSS;
    c->width = (size_t)ceil((hi[0] - lo[0]) / c->step) + 1;
    c->rows = (size_t)ceil((hi[1] - lo[1]) / c->step) + 1;
    c->origin = nw_along(nw_along(p->point_mm, c->u, lo[0]), c->v, lo[1]);
}

static void fill_section(const struct nw_splitting *s, size_t node, size_t plane, double along,
                         const struct nw_section *c, nw_vec3 *place, double *deep)
{
    NW_PARALLEL_FOR
    for (size_t j = 0; j < c->rows; j++) {
        const size_t lo = j * c->width;
        for (size_t i = 0; i < c->width; i++)
            place[lo + i] = nw_along(nw_section_place(c, lo + i), c->normal, along);
        nw_tape_values(s->tape, place + lo, c->width, deep + lo);
        for (size_t i = 0; i < c->width; i++)
            deep[lo + i] = fmin(-deep[lo + i], nw_split_within(s, node, plane, place[lo + i]));
    }
}

/* Pieces of the section, neighbours along u and v; a queue instead of recursion. */
static void label_section(struct nw_section *c, uint32_t *queue)
{
    const size_t count = c->width * c->rows;
    for (size_t seed = 0; seed < count; seed++) {
        size_t head = 0, tail = 0;
        if (c->deep[seed] <= 0 || c->label[seed] != 0)
            continue;
        c->label[seed] = (uint32_t)++c->labels;
        for (queue[tail++] = (uint32_t)seed; head < tail; head++) {
            const size_t at = queue[head], i = at % c->width, j = at / c->width;
            const size_t beside[4] = {i > 0 ? at - 1 : at, i + 1 < c->width ? at + 1 : at,
                                      j > 0 ? at - c->width : at,
                                      j + 1 < c->rows ? at + c->width : at};
            for (int k = 0; k < 4; k++)
                if (c->deep[beside[k]] > 0 && c->label[beside[k]] == 0) {
                    c->label[beside[k]] = (uint32_t)c->labels;
                    queue[tail++] = (uint32_t)beside[k];
                }
        }
    }
}

bool nw_section_take(const struct nw_splitting *s, size_t node, size_t plane, double step,
                     struct nw_section *out, struct nw_err *err)
{
    struct nw_section c = {0};
    frame_section(s, node, plane, step, &c);
    const size_t count = c.width * c.rows;
    NW_AUTOFREE nw_vec3 *place = NW_ALLOC_UNSET(nw_vec3, count, err);
    NW_AUTOFREE uint32_t *queue = place ? NW_ALLOC_UNSET(uint32_t, count, err) : NULL;
    c.deep = queue ? NW_ALLOC_UNSET(double, count, err) : NULL;
    c.label = c.deep ? NW_ALLOC(uint32_t, count, err) : NULL;
    if (!c.label) {
        nw_section_release(&c);
        return false;
    }
    fill_section(s, node, plane, 0, &c, place, c.deep);
    label_section(&c, queue);
    *out = c;
    return true;
}

/* ---- the best section ---- */

double nw_split_needs(const struct nw_splitting *s, double radius)
{
    return radius + s->clearance + s->wall;
}

/* What of the room at a section goes on along a key, to its end. */
static bool deepen(const struct nw_splitting *s, size_t node, size_t plane,
                   struct nw_section *c, struct nw_err *err)
{
    const double along[2] = {s->most_radius, 2 * s->most_radius};
    const size_t count = c->width * c->rows;
    NW_AUTOFREE nw_vec3 *place = NW_ALLOC_UNSET(nw_vec3, count, err);
    NW_AUTOFREE double *deep = place ? NW_ALLOC_UNSET(double, count, err) : NULL;
    for (int k = 0; deep && k < 2; k++) {
        fill_section(s, node, plane, along[k], c, place, deep);
        for (size_t at = 0; at < count; at++)
            c->deep[at] = fmin(c->deep[at], deep[at]);
    }
    return deep != NULL;
}

/* Share of the section that can hold a key, times its room: thickness, to where more does not
 * help. What cannot hold one counts against it. */
static double rate_section(const struct nw_splitting *s, const struct nw_section *c,
                           double *room, double *area)
{
    const double needs = nw_split_needs(s, s->least_radius),
                 plenty = 2 * nw_split_needs(s, s->most_radius);
    const size_t count = c->width * c->rows;
    double keyed = 0, bare = 0, least = plenty;
    memset(room, 0, (c->labels + 1) * sizeof *room);
    memset(area, 0, (c->labels + 1) * sizeof *area);
    for (size_t at = 0; at < count; at++)
        if (c->label[at]) {
            room[c->label[at]] = fmax(room[c->label[at]], c->deep[at]);
            area[c->label[at]] += 1;
        }
    for (size_t n = 1; n <= c->labels; n++)
        if (room[n] >= needs) {
            keyed += area[n];
            least = fmin(least, room[n]);
        } else {
            bare += area[n];
        }
    return keyed > 0 ? least * (keyed - bare) / (keyed + bare) : -plenty;
}

static bool rate_plane(struct nw_splitting *s, size_t node, size_t plane, double *out,
                       struct nw_err *err)
{
    struct nw_section c = {0};
    if (!nw_section_take(s, node, plane, 0, &c, err))
        return false;
    NW_AUTOFREE double *room = NW_ALLOC(double, c.labels + 1, err);
    NW_AUTOFREE double *area = room ? NW_ALLOC(double, c.labels + 1, err) : NULL;
    const bool ok = area && deepen(s, node, plane, &c, err);
    if (ok)
        *out = rate_section(s, &c, room, area);
    nw_section_release(&c);
    return ok;
}

static double axis_of(nw_vec3 v, int axis)
{
    return axis == 0 ? v.x : axis == 1 ? v.y : v.z;
}

/* A cut square to an axis, somewhere between two places; the middle of what is equal. */
static bool cut_best(struct nw_splitting *s, size_t node, int axis, double lo, double hi,
                     struct nw_err *err)
{
    static const nw_vec3 normal[3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const nw_box box = s->node[node].box;
    const nw_vec3 middle = nw_scale(nw_add(box.min, box.max), 0.5);
    const size_t plane = s->plane_count;
    double best = -HUGE_VAL;
    nw_vec3 at = middle;
    bool met = false;
    if (!add_plane(s, middle, normal[axis], err))
        return false;
    for (int k = 0; k < PLACES; k++) {
        const double t = (double)k / (PLACES - 1), place = lo + t * (hi - lo);
        double rate = 0;
        s->plane[plane].point_mm =
            nw_along(middle, normal[axis], place - axis_of(middle, axis));
        if (!nw_progress(s->node_count, NW_SPLIT_NODES))
            return nw_fail_cancelled(err);
        if (!rate_plane(s, node, plane, &rate, err))
            return false;
        rate *= rate > 0 ? 1 - 0.2 * fabs(2 * t - 1) : 1;
        if (rate > best) {
            best = rate;
            at = s->plane[plane].point_mm;
        }
    }
    s->plane[plane].point_mm = at;
    if (!cut_leaf(s, node, plane, &met, err))
        return false;
    return met || nw_fail(err, NW_ERR_GEOMETRY,
                          "no plane square to the bed's axes cuts the part there; name planes "
                          "with --plane");
}

/* How many pieces each axis asks for when the part lies so; returns how many in all. */
static double count_pieces(const struct nw_splitting *s, nw_box box, bool turned, double cut[3],
                           double room[3])
{
    const struct nw_machine *m = s->machine;
    const nw_vec3 size = nw_box_size(box);
    double all = 1;
    for (int a = 0; a < 3; a++) {
        const int bed = a < 2 && turned ? 1 - a : a;
        const double limit = m->build_mm[bed] / m->compensation.scale[bed] - 0.02,
                     has = axis_of(size, a);
        room[a] = limit - 2 * s->most_radius;
        cut[a] = has <= limit ? 1 : ceil(has / room[a]);
        all *= room[a] > 0 ? cut[a] : HUGE_VAL;
    }
    return all;
}

static bool cut_down(struct nw_splitting *s, size_t node, struct nw_err *err)
{
    const nw_box box = reach_of(s, node);
    double cut[2][3], room[2][3];
    const double as_is = count_pieces(s, box, false, cut[0], room[0]),
                 turned = count_pieces(s, box, true, cut[1], room[1]);
    const int way = turned < as_is;
    int axis = 0;
    for (int a = 1; a < 3; a++)
        axis = cut[way][a] > cut[way][axis] ? a : axis;
    const double pieces = cut[way][axis], most = room[way][axis], lo = axis_of(box.min, axis),
                 hi = axis_of(box.max, axis);
    if (!(fmin(as_is, turned) <= NW_SPLIT_PIECES))
        return nw_fail(err, NW_ERR_LIMIT,
                       "the part comes to more than %d pieces on this machine; take a larger "
                       "one",
                       NW_SPLIT_PIECES);
    return cut_best(s, node, axis, fmax(lo + most / 8, hi - (pieces - 1) * most), lo + most,
                    err);
}

static bool cut_until_all_fit(struct nw_splitting *s, struct nw_err *err)
{
    bool turned = false;
    if (nw_split_fits(s->machine, s->node[0].box, &turned))
        return nw_fail(err, NW_ERR_STATE,
                       "the part fits %s as it is; name planes with --plane to cut it anyhow",
                       s->machine->name);
    for (size_t n = 0; n < s->node_count; n++)
        if (s->node[n].below < 0 && !nw_split_fits(s->machine, reach_of(s, n), &turned) &&
            !cut_down(s, n, err))
            return false;
    return true;
}

/* Each plane cuts whatever it meets. */
static bool cut_by(struct nw_splitting *s, const struct nw_split_opts *opts, struct nw_err *err)
{
    for (size_t p = 0; p < opts->plane_count; p++) {
        const size_t leaves = s->node_count;
        bool any = false;
        if (!add_plane(s, opts->plane[p].point_mm, opts->plane[p].normal, err))
            return false;
        for (size_t n = 0; n < leaves; n++) {
            bool met = false;
            if (s->node[n].below < 0 && !cut_leaf(s, n, p, &met, err))
                return false;
            any = any || met;
        }
        if (!any)
            return nw_fail(err, NW_ERR_GEOMETRY, "plane %zu does not meet the part", p + 1);
    }
    return true;
}

bool nw_split_plan(struct nw_splitting *s, const struct nw_split_opts *opts, struct nw_err *err)
{
    s->node[0] = (struct nw_split_node){
        .parent = -1, .below = -1, .above = -1, .box = nw_mesh_box(s->mesh)};
    s->node_count = 1;
    return opts->plane_count > 0 ? cut_by(s, opts, err) : cut_until_all_fit(s, err);
}
