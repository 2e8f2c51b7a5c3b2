/*
 * field/surface_quads.c -- one quad around each crossed edge of the lattice, as two triangles
 * if a diagonal stays in the edge's envelope, else as a fan around the crossing itself.
 *
 * The envelope of the edge ab is the union of the tetrahedra (a, b, v1, v2) ... (a, b, v4, v1);
 * envelopes of different edges share no volume (Ju and Udeshi 2006). The diagonal v1 v3 passes
 * the edge on one side, that of v2, say. If it goes through the triangle (a, b, v2), then
 * (v1, v2, v3) lies in the envelope; and (v1, v3, v4), which winds around the edge, meets it
 * between a and b, since all four lie between those planes: so it is in the envelope too.
 */
#include <string.h>

#include "core/parallel.h"
#include "field/surface_priv.h"

/* In a table of a row of cells: the cell's first loop and its vertex. */
struct place {
    uint32_t vert; /* the top bit: odd, look closer */
    float at[3];
};

static const uint32_t ODD = 1U << 31;

/* A corner of a quad, relative to its edge: across it, and along it from 0 to 1. */
struct corner {
    double u, w, t;
};

/* How far from each other triangles of neighbouring envelopes stay, in cells. */
static const double APART = 1.0 / 1024;

/* Is the diagonal from p to r within the triangle of the edge and s, on whose side it is? It
 * passes the triangle's plane at m, whose part of the way to s is rho = part / whole; the
 * quotients are multiplied out, since divisions would take most of the time. */
static inline bool is_within(const struct corner *p, const struct corner *r,
                             const struct corner *s)
{
    const double to_p = fabs(s->u * p->w - s->w * p->u), to_r = fabs(s->u * r->w - s->w * r->u);
    const double way = to_p + to_r; /* p and r lie on different sides of s */
    const double mu = p->u * to_r + r->u * to_p, mw = p->w * to_r + r->w * to_p,
                 mt = p->t * to_r + r->t * to_p;
    const double s2 = s->u * s->u + s->w * s->w;
    const double part = mu * s->u + mw * s->w, whole = way * s2;
    return part < (1 - APART) * whole && mt * s2 > part * (s->t + APART) &&
           mt * s2 < whole - part * (1 - s->t + APART);
}

static inline bool diagonal_is_safe(const struct corner c[4], int from)
{
    const struct corner *p = &c[from], *r = &c[from + 2];
    const double side = p->u * r->w - p->w * r->u;
    if (side == 0)
        return true;
    return is_within(p, r, side > 0 ? &c[from + 1] : &c[(from + 3) & 3]);
}

/* -1: none is safe; else the corner at which the better safe diagonal begins: 0 or 1. */
static int choose_diagonal(const struct corner c[4], const double stretch2[3])
{
    double length2[2];
    for (int n = 0; n < 2; n++) {
        const double u = c[n + 2].u - c[n].u, w = c[n + 2].w - c[n].w, t = c[n + 2].t - c[n].t;
        length2[n] = u * u * stretch2[0] + w * w * stretch2[1] + t * t * stretch2[2];
    }
    const int first = length2[1] < length2[0];
    if (diagonal_is_safe(c, first))
        return first;
    return diagonal_is_safe(c, 1 - first) ? 1 - first : -1;
}

/* What a slab works with. */
struct quads {
    struct work *w;
    struct slab *slab;
    double stretch2[3];     /* squared cell sizes */
    struct place *table[4]; /* rows of cells (j,k) (j-1,k) (j,k-1) (j-1,k-1) */
};

static inline struct corner corner_of(const float at[3], int axis, bool u_back, bool w_back)
{
    const int u = axis == 2 ? 0 : axis + 1, w = axis == 0 ? 2 : axis - 1;
    const struct corner c = {(double)at[u] - (u_back ? 1 : 0), (double)at[w] - (w_back ? 1 : 0),
                             (double)at[axis]};
    return c;
}

static void put_triangles(uint32_t (*tri)[3], const uint32_t v[4], int from, bool flip)
{
    const uint32_t a = v[from], b = v[from + 1], c = v[from + 2], d = v[(from + 3) & 3];
    const uint32_t two[2][3] = {{a, flip ? c : b, flip ? b : c},
                                {a, flip ? d : c, flip ? c : d}};
    memcpy(tri, two, sizeof two);
}

/* An owned edge of a cell, and the cells around it: their first loops, counter-clockwise seen
 * against the axis. */
struct owned_edge {
    size_t row, i, number;
    int axis;
    bool flip; /* the surface looks back along the axis */
    const struct place *corner[4];
};

static bool add_fan(struct quads *q, const struct owned_edge *e, const struct around a[4],
                    unsigned explicit_faces)
{
    struct work *w = q->w;
    struct slab *s = q->slab;
    if (!nw_grow(&s->fan, &s->fan_room, s->fan_count + 1, sizeof *s->fan, &s->err))
        return false;
    struct fan *f = &s->fan[s->fan_count++];
    const size_t p[3] = {e->i, e->row % (w->dim[1] - 1), e->row / (w->dim[1] - 1)};
    *f = (struct fan){.edge = (uint32_t)e->number, .axis = (uint8_t)e->axis, .flip = e->flip};
    for (int n = 0; n < 3; n++)
        f->sample[n] = (uint32_t)p[n];
    f->count = (uint8_t)nw_work_polygon(w, e->axis, a, explicit_faces, f->poly);
    f->t = nw_work_crossing(w, p, e->axis);
    return true;
}

/* Each corner's place, and which axes it is one cell before on. */
static inline int diagonal_of(const struct quads *q, int axis, const float *const at[4])
{
    const struct corner c[4] = {
        corner_of(at[0], axis, false, false), corner_of(at[1], axis, true, false),
        corner_of(at[2], axis, true, true), corner_of(at[3], axis, false, true)};
    const double stretch2[3] = {q->stretch2[(axis + 1) % 3], q->stretch2[(axis + 2) % 3],
                                q->stretch2[axis]};
    return choose_diagonal(c, stretch2);
}

/* Among cells with several loops, or where no diagonal is safe. */
static bool make_odd_quad(struct quads *q, const struct owned_edge *e)
{
    struct work *w = q->w;
    struct around a[4];
    uint32_t v[4];
    for (int n = 0; n < 4; n++)
        v[n] = e->corner[n]->vert & ~ODD;
    const unsigned explicit_faces = nw_work_look_around(w, e->axis, v, a);
    if (explicit_faces)
        return add_fan(q, e, a, explicit_faces);
    const float *at[4];
    for (int n = 0; n < 4; n++) {
        v[n] = a[n].cell;
        at[n] = w->at[v[n]];
    }
    const int from = diagonal_of(q, e->axis, at);
    if (from < 0)
        return add_fan(q, e, a, 0);
    put_triangles(w->mesh.tri + 2 * e->number, v, from, e->flip);
    return true;
}

static inline bool make_quad(struct quads *q, const struct owned_edge *e)
{
    uint32_t v[4];
    const float *at[4];
    for (int n = 0; n < 4; n++) {
        v[n] = e->corner[n]->vert;
        at[n] = e->corner[n]->at;
    }
    if ((v[0] | v[1] | v[2] | v[3]) & ODD)
        return make_odd_quad(q, e);
    const int from = diagonal_of(q, e->axis, at);
    if (from < 0)
        return make_odd_quad(q, e);
    put_triangles(q->w->mesh.tri + 2 * e->number, v, from, e->flip);
    return true;
}

static bool quads_of_row(struct quads *q, size_t row)
{
    const struct work *w = q->w;
    const struct place *here = q->table[0], *down = q->table[1], *below = q->table[2],
                       *both = q->table[3];
    size_t edge = w->row_edge[row];
    for (size_t c = w->row_cell[row]; c < w->row_cell[row + 1]; c++) {
        const size_t i = w->cell[c].i;
        const unsigned code = w->cell[c].code;
        const bool inside = code & 1, flip = inside == w->flip;
        if (w->cell[c].flags & CELL_LOOP)
            continue;
        if ((code >> 1 & 1) != inside) {
            const struct owned_edge e = {row, i,    edge++,
                                         0,   flip, {here + i, down + i, both + i, below + i}};
            if (!make_quad(q, &e))
                return false;
        }
        if ((code >> 2 & 1) != inside) {
            const struct owned_edge e = {
                row, i, edge++, 1, flip, {here + i, below + i, below + i - 1, here + i - 1}};
            if (!make_quad(q, &e))
                return false;
        }
        if ((code >> 4 & 1) != inside) {
            const struct owned_edge e = {
                row, i, edge++, 2, flip, {here + i, here + i - 1, down + i - 1, down + i}};
            if (!make_quad(q, &e))
                return false;
        }
    }
    nw_slow_assert(edge == w->row_edge[row + 1]);
    return true;
}

/* Stale places stay in a table; no crossed edge ever asks for one. */
static void spread_row(const struct work *w, size_t row, struct place *table)
{
    for (size_t c = w->row_cell[row]; c < w->row_cell[row + 1]; c++) {
        const unsigned flags = w->cell[c].flags;
        if (flags & CELL_LOOP)
            continue;
        struct place *p = &table[w->cell[c].i];
        p->vert = (uint32_t)c | (flags & CELL_ODD ? ODD : 0);
        memcpy(p->at, w->at[c], sizeof p->at);
    }
}

static void swap(struct place **a, struct place **b)
{
    struct place *was = *a;
    *a = *b;
    *b = was;
}

static void quads_of_slab(struct work *w, struct slab *s, const double stretch2[3])
{
    const size_t layer = w->dim[1] - 1, cells = w->dim[0];
    struct place *scratch = NW_ALLOC_UNSET(struct place, 4 * cells, &s->err);
    if (!scratch)
        return;
    struct quads q = {.w = w, .slab = s, .stretch2 = {stretch2[0], stretch2[1], stretch2[2]}};
    for (size_t n = 0; n < 4; n++)
        q.table[n] = scratch + n * cells;
    for (size_t r = s->first_row; r < s->end_row; r++) {
        swap(&q.table[0], &q.table[1]);
        swap(&q.table[2], &q.table[3]);
        spread_row(w, r, q.table[0]);
        if (r >= layer)
            spread_row(w, r - layer, q.table[2]);
        if (!quads_of_row(&q, r))
            break;
    }
    nw_free(scratch);
}

/* ---- fans ---- */

static void place_fan(struct work *w, const struct fan *f, uint32_t centre, uint32_t (*more)[3])
{
    double at[3] = {f->sample[0], f->sample[1], f->sample[2]};
    at[f->axis] += (double)f->t;
    w->mesh.pos_mm[centre] = nw_source_place(&w->src, at[0], at[1], at[2]);
    for (int n = 0; n < f->count; n++) {
        uint32_t *tri = n < 2 ? w->mesh.tri[2 * (size_t)f->edge + (size_t)n] : more[n - 2];
        const uint32_t a = f->poly[n], b = f->poly[(n + 1) % f->count];
        tri[0] = centre;
        tri[1] = f->flip ? b : a;
        tri[2] = f->flip ? a : b;
    }
}

static void place_fans(struct work *w, const struct slab *s)
{
    uint32_t centre = (uint32_t)(w->cell_count + w->extra_verts + s->fan_verts_before);
    uint32_t(*more)[3] = w->mesh.tri + 2 * w->edge_count + s->fan_tris_before;
    for (size_t n = 0; n < s->fan_count; n++) {
        place_fan(w, &s->fan[n], centre++, more);
        more += s->fan[n].count - 2;
    }
}

static bool make_room_for_fans(struct work *w, struct nw_err *err)
{
    size_t verts = 0, tris = 0;
    for (size_t n = 0; n < w->slab_count; n++) {
        struct slab *s = &w->slab[n];
        if (s->err.code != NW_OK) {
            *err = s->err;
            return false;
        }
        s->fan_verts_before = verts;
        s->fan_tris_before = tris;
        verts += s->fan_count;
        for (size_t f = 0; f < s->fan_count; f++)
            tris += s->fan[f].count - 2U;
    }
    struct nw_mesh *m = &w->mesh;
    verts += w->cell_count + w->extra_verts;
    tris += 2 * w->edge_count;
    if (verts >= UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the surface has %zu vertices, which are too many",
                       verts);
    if (!nw_resize(&m->pos_mm, verts, sizeof *m->pos_mm, err) ||
        !nw_resize(&m->tri, tris, sizeof *m->tri, err))
        return false;
    m->vert_count = verts;
    m->tri_count = tris;
    return true;
}

bool nw_work_make_quads(struct work *w, struct nw_err *err)
{
    const nw_vec3 spacing = nw_grid_spacing(&w->src.grid);
    const double stretch2[3] = {spacing.x * spacing.x, spacing.y * spacing.y,
                                spacing.z * spacing.z};
    enum { SLABS = 32 }; /* between looks at the clock */
    for (size_t first = 0; first < w->slab_count; first += SLABS) {
        const size_t end = first + SLABS < w->slab_count ? first + SLABS : w->slab_count;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t n = first; n < end; n++)
            quads_of_slab(w, &w->slab[n], stretch2);
        if (!nw_progress(3 * w->slab_count + end, 4 * w->slab_count))
            return nw_fail_cancelled(err);
    }
    if (!make_room_for_fans(w, err))
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t n = 0; n < w->slab_count; n++)
        place_fans(w, &w->slab[n]);
    return true;
}
