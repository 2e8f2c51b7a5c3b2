/* mesh/solid.c -- see solid.h. */
#include "mesh/solid.h"

#include <string.h>

#include "mesh/check.h"
#include "mesh/edge_priv.h"
#include "mesh/solid_priv.h"
#include "mesh/sort_priv.h"
#include "mesh/winding_priv.h"

/* Which side of a part that nothing crosses is inside. */
enum sides { SIDES_ASK = 0, SIDES_KNOWN = 1, SIDES_OUT_IS_IN = 2, SIDES_IN_IS_IN = 4 };

struct nw_solid {
    struct nw_mesh mesh; /* joined and turned, neighbours in space near in memory */
    struct nw_bvh *bvh;
    struct nw_winding winding;
    uint32_t *part; /* of each triangle */
    uint8_t *sides; /* enum sides of each part */
    struct nw_solid_facts facts;
};

void nw_solid_free(struct nw_solid *solid)
{
    if (!solid)
        return;
    nw_winding_release(&solid->winding);
    nw_bvh_free(solid->bvh);
    nw_mesh_release(&solid->mesh);
    nw_free(solid->part);
    nw_free(solid->sides);
    nw_free(solid);
}

/* ---- joining corners ---- */

static uint64_t mixed(uint64_t h, double x)
{
    const double one_zero = x + 0.0; /* -0 is 0 */
    uint64_t bits;
    memcpy(&bits, &one_zero, sizeof bits);
    h = (h ^ bits) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

static bool is_same(nw_vec3 a, nw_vec3 b)
{
    return a.x == b.x && a.y == b.y && a.z == b.z;
}

/* first[v]: the lowest vertex at the same place. */
static bool join_corners(const struct nw_mesh *mesh, uint32_t *first, struct nw_err *err)
{
    const size_t count = mesh->vert_count;
    NW_AUTOFREE uint64_t *key = NW_ALLOC_UNSET(uint64_t, count, err);
    NW_AUTOFREE uint64_t *spare = key ? NW_ALLOC_UNSET(uint64_t, count, err) : NULL;
    if (!spare)
        return false;
    for (size_t v = 0; v < count; v++) {
        const nw_vec3 p = mesh->pos_mm[v];
        key[v] = (mixed(mixed(mixed(1, p.x), p.y), p.z) & 0xFFFFFFFF00000000u) | v;
    }
    if (!nw_sort_bits(key, spare, count, 32, 32, err))
        return false;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && key[end] >> 32 == key[i] >> 32; end++)
            ;
        for (size_t k = i; k < end; k++) { /* a run of one hash is nearly always one place */
            const uint32_t v = (uint32_t)key[k];
            size_t j = i;
            while (!is_same(mesh->pos_mm[(uint32_t)key[j]], mesh->pos_mm[v]))
                j++;
            first[v] = (uint32_t)key[j];
        }
    }
    return true;
}

static bool check_mesh(const struct nw_mesh *mesh, struct nw_err *err)
{
    for (size_t v = 0; v < mesh->vert_count; v++)
        if (!nw_finite3(mesh->pos_mm[v]))
            return nw_fail(err, NW_ERR_DATA, "vertex %zu of the mesh is not a finite place", v);
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            if (mesh->tri[t][k] >= mesh->vert_count)
                return nw_fail(err, NW_ERR_DATA,
                               "triangle %zu names a vertex that is not there", t);
    return true;
}

/* The mesh with one vertex a place, and only triangles of three. */
static bool copy_joined(struct nw_solid *s, const struct nw_mesh *mesh, struct nw_err *err)
{
    NW_AUTOFREE uint32_t *first = NW_ALLOC_UNSET(uint32_t, mesh->vert_count, err);
    if (!first || !join_corners(mesh, first, err) ||
        !nw_mesh_init(&s->mesh, mesh->vert_count, mesh->tri_count, err))
        return false;
    if (mesh->vert_count)
        memcpy(s->mesh.pos_mm, mesh->pos_mm, mesh->vert_count * sizeof *mesh->pos_mm);
    size_t count = 0;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const uint32_t a = first[mesh->tri[t][0]], b = first[mesh->tri[t][1]],
                       c = first[mesh->tri[t][2]];
        if (a == b || b == c || c == a)
            continue;
        memcpy(s->mesh.tri[count++], (const uint32_t[3]){a, b, c}, sizeof s->mesh.tri[0]);
    }
    s->mesh.tri_count = count;
    s->mesh.frame = mesh->frame;
    if (count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "a mesh without triangles has no inside");
    s->facts.box = nw_box_empty();
    for (size_t t = 0; t < count; t++)
        for (int k = 0; k < 3; k++)
            s->facts.box = nw_box_with(s->facts.box, s->mesh.pos_mm[s->mesh.tri[t][k]]);
    return true;
}

/* ---- turning triangles ---- */

static nw_vec3 area_vector(const struct nw_mesh *mesh, size_t t)
{
    const uint32_t *v = mesh->tri[t];
    const nw_vec3 a = mesh->pos_mm[v[0]];
    return nw_scale(nw_cross(nw_sub(mesh->pos_mm[v[1]], a), nw_sub(mesh->pos_mm[v[2]], a)),
                    0.5);
}

static void turn(struct nw_mesh *mesh, size_t t)
{
    const uint32_t v = mesh->tri[t][1];
    mesh->tri[t][1] = mesh->tri[t][2];
    mesh->tri[t][2] = v;
}

struct turning {
    struct nw_mesh *mesh;
    uint32_t *opposite; /* see nw_edges_opposites */
    uint32_t *list;     /* the triangles of a part, as they are reached */
    uint8_t *state;     /* 0: not yet reached; 1: as it is; 2: to be turned */
};

/* Reaches the part of triangle `seed`; returns its size. */
static size_t agree(struct turning *w, uint32_t seed)
{
    size_t count = 0;
    w->list[count++] = seed;
    w->state[seed] = 1;
    for (size_t i = 0; i < count; i++) {
        const uint32_t t = w->list[i];
        for (uint32_t k = 0; k < 3; k++) {
            const uint32_t h = w->opposite[3 * t + k];
            if (h == NW_NO_EDGE || w->state[h / 3])
                continue;
            const bool clash = w->mesh->tri[h / 3][h % 3] == w->mesh->tri[t][k];
            w->state[h / 3] = clash ? (uint8_t)(3 - w->state[t]) : w->state[t];
            w->list[count++] = h / 3;
        }
    }
    return count;
}

/* Turns the minority, by area, of each part. */
static size_t turn_minorities(struct turning *w)
{
    size_t turned = 0;
    for (uint32_t seed = 0; seed < w->mesh->tri_count; seed++) {
        if (w->state[seed])
            continue;
        const size_t count = agree(w, seed);
        double area[2] = {0, 0};
        for (size_t i = 0; i < count; i++)
            area[w->state[w->list[i]] - 1] += nw_length(area_vector(w->mesh, w->list[i]));
        const uint8_t wrong = area[0] >= area[1] ? 2 : 1;
        for (size_t i = 0; i < count; i++)
            if (w->state[w->list[i]] == wrong) {
                turn(w->mesh, w->list[i]);
                turned++;
            }
    }
    return turned;
}

/* Is each edge run as often one way as the other? *simple: and by two triangles. */
static bool is_closed(const struct nw_edges *edges, const struct nw_mesh *mesh, bool *simple)
{
    *simple = true;
    for (size_t v = 0; v < mesh->vert_count; v++)
        for (size_t i = edges->first[v], end; i < edges->first[v + 1]; i = end) {
            end = nw_edges_run(edges, v, i);
            int balance = 0;
            for (size_t k = i; k < end; k++) {
                const uint32_t h = (uint32_t)edges->key[k];
                balance += mesh->tri[h / 3][h % 3] == v ? 1 : -1;
            }
            *simple = *simple && end - i == 2 && balance == 0;
            if (balance != 0)
                return false;
        }
    return true;
}

/* What is asked of the whole mesh: parts joined by edges, and whether all edges are plain. */
struct whole {
    size_t parts;
    bool simple;
};

static bool make_agree(struct nw_solid *s, struct whole *whole, struct nw_err *err)
{
    NW_AUTO(nw_edges) edges = {0};
    if (!nw_edges_init(&edges, &s->mesh, NULL, err))
        return false;
    NW_AUTOFREE uint32_t *opposite = NW_ALLOC_UNSET(uint32_t, 3 * s->mesh.tri_count, err);
    NW_AUTOFREE uint32_t *list =
        opposite ? NW_ALLOC_UNSET(uint32_t, s->mesh.tri_count, err) : NULL;
    NW_AUTOFREE uint8_t *state = list ? NW_ALLOC(uint8_t, s->mesh.tri_count, err) : NULL;
    if (!state)
        return false;
    nw_edges_opposites(&edges, &s->mesh, opposite);
    struct turning w = {&s->mesh, opposite, list, state};
    s->facts.turned = turn_minorities(&w);
    if (s->facts.turned > 0) { /* half edges have changed their numbers */
        nw_edges_release(&edges);
        if (!nw_edges_init(&edges, &s->mesh, NULL, err))
            return false;
    }
    s->facts.closed = is_closed(&edges, &s->mesh, &whole->simple);
    s->part = NW_ALLOC_UNSET(uint32_t, s->mesh.tri_count, err);
    if (!s->part)
        return false;
    whole->parts = nw_components_number(&edges, &s->mesh, s->part);
    return true;
}

/* ---- parts that are inside out ---- */

/* Six times the signed volume seen from the box's middle, and the largest triangle. */
struct part {
    double volume, largest;
    uint32_t triangle;
    bool around; /* to be turned around */
};

static void measure_parts(const struct nw_solid *s, struct part *of)
{
    const nw_vec3 middle = nw_scale(nw_add(s->facts.box.min, s->facts.box.max), 0.5);
    for (size_t t = 0; t < s->mesh.tri_count; t++) {
        const nw_vec3 area = area_vector(&s->mesh, t);
        struct part *p = &of[s->part[t]];
        p->volume += 2 * nw_dot(area, nw_sub(s->mesh.pos_mm[s->mesh.tri[t][0]], middle));
        if (nw_length(area) > p->largest) {
            p->largest = nw_length(area);
            p->triangle = (uint32_t)t;
        }
    }
}

/* How often the mesh goes around a place just beside the part's largest triangle: outside of
 * it when `off` is 1, inside when it is -1. */
static double beside(const struct nw_solid *s, const struct part *p, double off)
{
    const uint32_t *v = s->mesh.tri[p->triangle];
    const nw_vec3 a = s->mesh.pos_mm[v[0]], b = s->mesh.pos_mm[v[1]], c = s->mesh.pos_mm[v[2]];
    const nw_vec3 middle = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
    const double clear = 1e-4 * sqrt(p->largest); /* of the triangle, yet near nothing else */
    const nw_vec3 normal = nw_unit(area_vector(&s->mesh, p->triangle));
    return nw_winding_number(&s->winding, nw_along(middle, normal, off * clear));
}

static void turn_around(struct nw_solid *s, const struct part *of)
{
    for (size_t t = 0; t < s->mesh.tri_count; t++)
        if (of[s->part[t]].around) {
            turn(&s->mesh, t);
            s->facts.turned++;
        }
}

/* A part that faces inward is a cavity if there is material behind it; else it is inside out.
 * A mesh that is so as a whole is turned first: what were cavities stay so. */
static bool turn_parts(struct nw_solid *s, struct part *of, size_t parts, struct nw_err *err)
{
    double volume = 0;
    size_t around = 0;
    for (size_t i = 0; i < parts; i++)
        volume += of[i].volume;
    if (volume < 0) {
        for (size_t i = 0; i < parts; i++) {
            of[i].around = true;
            of[i].volume = -of[i].volume;
        }
        turn_around(s, of);
    }
    if (!nw_winding_init(&s->winding, s->bvh, err))
        return false;
    for (size_t i = 0; i < parts; i++) {
        of[i].around = parts > 1 && of[i].volume < 0 && beside(s, &of[i], -1) < 0.5;
        around += of[i].around;
    }
    if (around == 0)
        return true;
    turn_around(s, of);
    nw_winding_release(&s->winding);
    return nw_winding_init(&s->winding, s->bvh, err);
}

/* A part that nothing crosses has the same on each side all over. */
static bool find_sides(struct nw_solid *s, const struct part *of, const struct whole *whole,
                       struct nw_err *err)
{
    s->sides = NW_ALLOC(uint8_t, whole->parts, err);
    if (!s->sides || !s->facts.closed || !whole->simple)
        return s->sides != NULL;
    NW_AUTOFREE uint8_t *crossing = NW_ALLOC(uint8_t, s->mesh.tri_count, err);
    size_t pairs = 0;
    if (!crossing || !nw_mesh_self_intersections(&s->mesh, crossing, &pairs, err))
        return false;
    for (size_t i = 0; i < whole->parts; i++)
        s->sides[i] =
            (uint8_t)(SIDES_KNOWN | (beside(s, &of[i], 1) > 0.5 ? SIDES_OUT_IS_IN : 0) |
                      (beside(s, &of[i], -1) > 0.5 ? SIDES_IN_IS_IN : 0));
    for (size_t t = 0; t < s->mesh.tri_count; t++)
        if (crossing[t] || !(nw_length(area_vector(&s->mesh, t)) > 0))
            s->sides[s->part[t]] = SIDES_ASK;
    return true;
}

/* Triangles in the tree's order, vertices in the order of their first triangle: what is asked
 * together lies together. */
static bool put_in_order(struct nw_solid *s, struct nw_err *err)
{
    struct nw_bvh tree;
    NW_AUTO(nw_mesh) old = s->mesh;
    s->mesh = (struct nw_mesh){0};
    if (!nw_bvh_init(&tree, &old, NULL, err))
        return false;
    NW_AUTOFREE uint32_t *order = tree.order;
    tree.order = NULL;
    nw_bvh_release(&tree);
    NW_AUTOFREE uint32_t *number = NW_ALLOC(uint32_t, old.vert_count, err); /* 0: not yet */
    if (!number || !nw_mesh_init(&s->mesh, old.vert_count, old.tri_count, err))
        return false;
    uint32_t used = 0;
    for (size_t t = 0; t < old.tri_count; t++)
        for (int k = 0; k < 3; k++) {
            const uint32_t v = old.tri[order[t]][k];
            if (!number[v]) {
                s->mesh.pos_mm[used] = old.pos_mm[v];
                number[v] = ++used;
            }
            s->mesh.tri[t][k] = number[v] - 1;
        }
    s->mesh.vert_count = used;
    s->mesh.frame = old.frame;
    return true;
}

static bool set_up(struct nw_solid *s, const struct nw_mesh *mesh, struct nw_err *err)
{
    struct whole whole;
    if (!check_mesh(mesh, err) || !copy_joined(s, mesh, err) || !put_in_order(s, err) ||
        !make_agree(s, &whole, err))
        return false;
    NW_AUTOFREE struct part *of = NW_ALLOC(struct part, whole.parts, err);
    if (!of)
        return false;
    measure_parts(s, of);
    s->bvh = nw_bvh_new(&s->mesh, err); /* turning leaves the boxes as they are */
    if (!s->bvh || !turn_parts(s, of, whole.parts, err) || !find_sides(s, of, &whole, err))
        return false;
    if (s->facts.turned > 0) { /* but not the normals */
        nw_bvh_free(s->bvh);
        s->bvh = nw_bvh_new(&s->mesh, err);
        s->winding.bvh = s->bvh;
    }
    s->facts.triangles = s->mesh.tri_count;
    return s->bvh != NULL;
}

struct nw_solid *nw_solid_new(const struct nw_mesh *mesh, struct nw_err *err)
{
    struct nw_solid *s = NW_ALLOC(struct nw_solid, 1, err);
    if (!s)
        return NULL;
    if (set_up(s, mesh, err))
        return s;
    nw_solid_free(s);
    return NULL;
}

struct nw_solid_facts nw_solid_facts(const struct nw_solid *solid)
{
    return solid->facts;
}

/* ---- asking ---- */

double nw_solid_winding(const struct nw_solid *solid, nw_vec3 point_mm)
{
    return nw_winding_number(&solid->winding, point_mm);
}

/* +1 outside, -1 inside; between where the mesh does not decide. */
static double side(const struct nw_solid *s, double winding)
{
    static const double FADE = 4; /* from a quarter to three quarters */
    const double g = FADE * (0.5 - winding);
    if (s->facts.closed)
        return g > 0 ? 1 : -1;
    return g > 1 ? 1 : g < -1 ? -1 : g;
}

/* A little more than x, so that rounding does not leave the nearest triangle out. */
static double a_little_more(double x)
{
    return x * (1 + 1e-12) + 1e-9;
}

static double side_at(const struct nw_solid *s, nw_vec3 p, const struct nw_nearest *near)
{
    const uint8_t sides = s->sides[s->part[near->triangle]];
    if (!(sides & SIDES_KNOWN))
        return side(s, nw_winding_number(&s->winding, p));
    return sides & (near->signed_mm < 0 ? SIDES_IN_IS_IN : SIDES_OUT_IS_IN) ? -1 : 1;
}

const struct nw_mesh *nw_solid_mesh(const struct nw_solid *solid)
{
    return &solid->mesh;
}

double nw_solid_signed(const struct nw_solid *solid, uint32_t triangle, nw_vec3 point_mm)
{
    struct nw_nearest near;
    nw_bvh_look_at(solid->bvh, point_mm, triangle, &near);
    return side_at(solid, point_mm, &near) * near.distance_mm;
}

void nw_solid_distances(const struct nw_solid *solid, const double *x_mm, const double *y_mm,
                        const double *z_mm, size_t count, double *distance_mm)
{
    struct nw_nearest near = {.triangle = 0}; /* any will do to begin with */
    nw_vec3 last = nw_v3(0, 0, 0);
    double last_d = HUGE_VAL, last_side = 0;
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 p = nw_v3(x_mm[i], y_mm[i], z_mm[i]);
        const double step = a_little_more(nw_length(nw_sub(p, last)));
        if (!nw_finite3(p) || !nw_bvh_nearest_from(solid->bvh, p, near.triangle, &near)) {
            distance_mm[i] = HUGE_VAL; /* only from where nothing is finite */
            continue;
        }
        /* two empty balls that overlap lie on one side of a closed mesh */
        const bool known = solid->facts.closed && last_d < HUGE_VAL &&
                           step < (last_d + near.distance_mm) * (1 - 1e-9);
        last_side = known ? last_side : side_at(solid, p, &near);
        distance_mm[i] = last_side * near.distance_mm;
        last_d = near.distance_mm;
        last = p;
    }
}

double nw_solid_gradient(const struct nw_solid *solid, nw_vec3 point_mm, nw_vec3 *gradient)
{
    static const double ON_SURFACE = 1e-6; /* mm: nearer, the place tells no direction */
    struct nw_nearest near;
    *gradient = nw_v3(0, 0, 0);
    if (!nw_finite3(point_mm) || !nw_bvh_nearest(solid->bvh, point_mm, HUGE_VAL, &near))
        return HUGE_VAL;
    const double d = near.distance_mm;
    const double g = side_at(solid, point_mm, &near);
    if (d < ON_SURFACE) {
        *gradient = nw_unit(area_vector(&solid->mesh, near.triangle));
        return g * d;
    }
    *gradient = nw_scale(nw_sub(point_mm, near.point_mm), g / d);
    if (g == 1 || g == -1)
        return g * d;
    const double h = 0.05 * d; /* the winding number is smooth over such a step */
    double slope[3];
    for (int a = 0; a < 3; a++) {
        const nw_vec3 step = nw_v3(a == 0 ? h : 0, a == 1 ? h : 0, a == 2 ? h : 0);
        slope[a] = d *
                   (side(solid, nw_winding_number(&solid->winding, nw_add(point_mm, step))) -
                    side(solid, nw_winding_number(&solid->winding, nw_sub(point_mm, step)))) /
                   (2 * h);
    }
    *gradient = nw_add(*gradient, nw_v3(slope[0], slope[1], slope[2]));
    return g * d;
}

void nw_solid_range(const struct nw_solid *solid, nw_vec3 centre_mm, double radius_mm,
                    double *min_mm, double *max_mm)
{
    static const double OFF = 0.05; /* what the winding number may be off by */
    struct nw_nearest near;
    *min_mm = -HUGE_VAL;
    *max_mm = HUGE_VAL;
    if (!nw_finite3(centre_mm) || !isfinite(radius_mm) ||
        !nw_bvh_nearest(solid->bvh, centre_mm, HUGE_VAL, &near))
        return;
    const double d = near.distance_mm,
                 r = radius_mm + 1e-11 * (radius_mm + d) + 1e-11 * nw_length(centre_mm);
    double low = -1, high = 1;
    if (solid->facts.closed) {
        const double signed_d = side_at(solid, centre_mm, &near) * d;
        *min_mm = signed_d - r;
        *max_mm = signed_d + r;
        return;
    }
    if (d > r) {
        const double w = nw_winding_number(&solid->winding, centre_mm);
        const double change = r * nw_winding_slope(&solid->winding, centre_mm, d, r) + OFF;
        low = side(solid, w + change);
        high = side(solid, w - change);
    }
    const double near_d = d > r ? d - r : 0, far_d = d + r;
    *min_mm = low < 0 ? low * far_d : low * near_d;
    *max_mm = high > 0 ? high * far_d : high * near_d;
}
