/*
 * field/surface_extras.c -- where the quads' corners alone would not keep triangles apart.
 *
 * The surface crosses a face between two cells in one line, or two. A line goes from crossing
 * to crossing by way of q, the point where the segment between the cells' vertices meets the
 * face; inside a cell the surface is the cone from its vertex over such lines. In a cell with
 * several loops, each has a convex region of its own: beyond the plane through a corner's
 * three neighbours when it cuts off that corner, this side of all such planes when it does
 * not, and either side of the diagonal plane when two loops go around opposite edges. While q
 * is in the region, so are cone and envelope (see surface_quads.c). Two lines across one face
 * keep apart while each q is on its corner's side of the diagonal. Else the face is
 * "explicit": each q is replaced by a vertex half way between its line's two crossings, which
 * is in the region always.
 */
#include <string.h>

#include "core/parallel.h"
#include "field/surface_priv.h"

/* The edge of a cell between two neighbouring corners. */
static int edge_between(int a, int b)
{
    const int axis = (a ^ b) == 1 ? 0 : (a ^ b) == 2 ? 1 : 2, low = a & b;
    return 4 * axis + (low >> axis_lo(axis) & 1) + 2 * (low >> axis_hi(axis) & 1);
}

int nw_cell_face_lines(uint8_t code, int face, int line[2][2])
{
    const int axis = face >> 1, u = 1 << axis_lo(axis), v = 1 << axis_hi(axis);
    const int base = (face & 1) << axis, corner[4] = {base, base | u, base | u | v, base | v};
    int crossed[4], count = 0;
    for (int n = 0; n < 4; n++)
        if ((code >> corner[n] ^ code >> corner[(n + 1) % 4]) & 1)
            crossed[count++] = n;
    if (count == 2) {
        for (int n = 0; n < 2; n++)
            line[0][n] = edge_between(corner[crossed[n]], corner[(crossed[n] + 1) % 4]);
        return 1;
    }
    if (count == 0)
        return 0;
    int lines = 0; /* each inside corner is cut off */
    for (int n = 0; n < 4; n++) {
        if (!(code >> corner[n] & 1))
            continue;
        line[lines][0] = edge_between(corner[(n + 3) % 4], corner[n]);
        line[lines][1] = edge_between(corner[n], corner[(n + 1) % 4]);
        lines++;
    }
    return lines;
}

/* Distance from regions' planes that q must keep, in cells. */
static const float APART = 1.0F / 1024;

/* Sum of the distances from a corner along some axes (a mask). */
static float from_corner(const float q[3], int corner, int axes)
{
    float sum = 0;
    for (int a = 0; a < 3; a++)
        if (axes >> a & 1)
            sum += corner >> a & 1 ? 1 - q[a] : q[a];
    return sum;
}

/* An inside corner that a loop goes around. */
static int inside_corner(uint8_t code, int loop)
{
    for (int e = 0; e < 12; e++)
        if (edge_is_crossed(code, e) && cell_loop_of(code, e) == loop) {
            const int c = edge_corner(e);
            return code >> c & 1 ? c : c | 1 << (e >> 2);
        }
    return 0;
}

/* Is a place (in the cell) in the region of one of its loops? */
static bool is_in_region(const struct code_table *t, struct cell cell, const float q[3])
{
    if (cell_loop_count(cell.code) == 1)
        return true;
    if (cell.flags & CELL_CLOSED) /* vertices are not in their regions: flat at the border */
        return false;
    const int loop = cell.flags & CELL_LOOP, corner = t->corner[cell.code][loop];
    if (corner >= 0)
        return from_corner(q, corner, 7) < 1 - APART;
    const int axis = t->pair_axis[cell.code];
    if (axis >= 0)
        return from_corner(q, inside_corner(cell.code, loop), 7 & ~(1 << axis)) < 1 - APART;
    for (int c = 0; c < 8; c++)
        if ((t->cut_corners[cell.code] >> c & 1) && !(from_corner(q, c, 7) > 1 + APART))
            return false;
    return true;
}

/* Where the segment between the vertices of two loops meets the face between their cells, seen
 * from the cell that has it as its low one. */
static void pass_face(const struct work *w, size_t own, size_t other, int axis, float q[3])
{
    const float *from = w->at[own], *to = w->at[other];
    const float lambda = from[axis] / (from[axis] + (1 - to[axis]));
    for (int n = 0; n < 3; n++)
        q[n] = from[n] + lambda * (to[n] - from[n]);
    q[axis] = 0;
}

static bool keeps_to_regions(const struct work *w, size_t own, size_t other, int axis,
                             float q[3])
{
    if (!is_in_region(w->codes, w->cell[own], q))
        return false;
    q[axis] = 1;
    return is_in_region(w->codes, w->cell[other], q);
}

static size_t loop_at(const struct work *w, size_t first, int edge)
{
    return first + (size_t)cell_loop_of(w->cell[first].code, edge);
}

/* The number that an edge on a cell's low face across the axis has in the cell before. */
static int edge_before(int edge, int axis)
{
    return edge + (axis == axis_lo(edge >> 2) ? 1 : 2);
}

/* Two lines across a face, each cutting off an inside corner, which is to keep its half. */
static bool lines_meet(const struct work *w, size_t own, size_t other, int axis)
{
    const int8_t *line = w->codes->line[axis][w->cell[own].code & 1][0];
    size_t loop[2][2];
    for (int n = 0; n < 2; n++) {
        loop[n][0] = loop_at(w, own, line[2 * n]);
        loop[n][1] = loop_at(w, other, edge_before(line[2 * n], axis));
    }
    if (loop[0][0] == loop[1][0] && loop[0][1] == loop[1][1])
        return true; /* at q */
    for (int n = 0; n < 2; n++) {
        const int edge = line[2 * n], c = edge_corner(edge);
        const int corner = w->cell[own].code >> c & 1 ? c : c | 1 << (edge >> 2);
        float q[3];
        pass_face(w, loop[n][0], loop[n][1], axis, q);
        if (!(from_corner(q, corner, 7 & ~(1 << axis)) < 1 - APART) ||
            !keeps_to_regions(w, loop[n][0], loop[n][1], axis, q))
            return true;
    }
    return false;
}

/* The low face of a cell across the axis; given are the first loops of the cells on its sides
 * and an edge on it that is crossed, by its number in the own cell. */
static bool face_is_explicit(const struct work *w, size_t own, size_t other, int axis, int edge)
{
    const uint8_t a = w->cell[own].code, b = w->cell[other].code;
    if (nw_cell_ambiguous[a] >> 2 * axis & 1)
        return lines_meet(w, own, other, axis);
    if (cell_loop_count(a) == 1 && cell_loop_count(b) == 1)
        return false;
    const size_t from = loop_at(w, own, edge), to = loop_at(w, other, edge_before(edge, axis));
    float q[3];
    pass_face(w, from, to, axis, q);
    return !keeps_to_regions(w, from, to, axis, q);
}

static bool add_extra(struct slab *s, size_t row, size_t cell, int axis, int count)
{
    if (!nw_grow(&s->extra, &s->extra_room, s->extra_count + 1, sizeof *s->extra, &s->err))
        return false;
    s->extra[s->extra_count++] = (struct extra){.cell = (uint32_t)cell,
                                                .row = (uint32_t)row,
                                                .axis = (uint8_t)axis,
                                                .count = (uint8_t)count};
    return true;
}

/* The first loop of the cell before, across each axis; two move along with the row. */
static size_t cell_before(const struct work *w, size_t cell, int axis, size_t from[3])
{
    const size_t i = w->cell[cell].i;
    if (axis == 0) {
        const size_t last = cell - 1; /* crossed faces have a cell on either side */
        return last - (w->cell[last].flags & CELL_LOOP);
    }
    while (w->cell[from[axis]].i < i)
        from[axis]++;
    return from[axis];
}

static bool extras_of_cell(const struct work *w, struct slab *s, size_t row, size_t cell,
                           size_t from[3])
{
    const uint8_t code = w->cell[cell].code;
    const unsigned own_flags = w->cell[cell].flags;
    for (int axis = 0; axis < 3; axis++) {
        const int edge = w->codes->face_edge[code][axis];
        if (edge < 0)
            continue;
        const size_t other = cell_before(w, cell, axis, from);
        if (!((own_flags | w->cell[other].flags) & CELL_ODD))
            continue;
        const int lines = nw_cell_ambiguous[code] >> 2 * axis & 1 ? 2 : 1;
        if (face_is_explicit(w, cell, other, axis, edge) &&
            !add_extra(s, row, cell, axis, lines))
            return false;
    }
    return true;
}

static bool row_is_odd(const struct work *w, size_t row)
{
    for (size_t c = w->row_cell[row]; c < w->row_cell[row + 1]; c++)
        if (w->cell[c].flags & CELL_ODD)
            return true;
    return false;
}

static void extras_of_slab(const struct work *w, struct slab *s, const uint8_t *odd)
{
    for (size_t r = s->first_row; r < s->end_row; r++) {
        const size_t layer = w->dim[1] - 1;
        if (!odd[r] && !(r >= 1 && odd[r - 1]) && !(r >= layer && odd[r - layer]))
            continue;
        size_t from[3] = {0, r >= 1 ? w->row_cell[r - 1] : 0,
                          r >= layer ? w->row_cell[r - layer] : 0};
        for (size_t c = w->row_cell[r]; c < w->row_cell[r + 1]; c++)
            if (!(w->cell[c].flags & CELL_LOOP) && !extras_of_cell(w, s, r, c, from))
                return;
    }
}

static void index_extras(struct work *w, size_t spans)
{
    size_t at = 0;
    for (size_t n = 0; n < spans; n++) {
        w->first_extra[n] = (uint32_t)at;
        while (at < w->extra_count && w->extra[at].cell / EXTRA_SPAN == n)
            at++;
    }
}

/* In the order of the slabs; marks the cells. */
static bool gather_extras(struct work *w, struct nw_err *err)
{
    const size_t spans = w->cell_count / EXTRA_SPAN + 1;
    w->extra = NW_ALLOC_UNSET(struct extra, w->extra_count, err);
    if (w->extra)
        w->first_extra = NW_ALLOC_UNSET(uint32_t, spans, err);
    if (!w->first_extra)
        return false;
    size_t at = 0;
    for (size_t n = 0; n < w->slab_count; n++)
        for (size_t e = 0; e < w->slab[n].extra_count; e++) {
            struct extra *x = &w->extra[at++];
            *x = w->slab[n].extra[e];
            x->first_vert = (uint32_t)(w->cell_count + w->extra_verts);
            w->extra_verts += x->count;
            w->cell[x->cell].flags |= (uint8_t)(CELL_EXPLICIT << x->axis);
        }
    if (w->cell_count + w->extra_verts >= UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the surface has more than %u vertices", UINT32_MAX);
    index_extras(w, spans);
    return true;
}

bool nw_work_number_extras(struct work *w, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *odd = NW_ALLOC_UNSET(uint8_t, w->rows, err);
    if (!odd)
        return false;
    NW_PARALLEL_FOR
    for (size_t r = 0; r < w->rows; r++)
        odd[r] = row_is_odd(w, r);
    NW_PARALLEL_FOR_UNEVEN
    for (size_t n = 0; n < w->slab_count; n++)
        extras_of_slab(w, &w->slab[n], odd);

    for (size_t n = 0; n < w->slab_count; n++) {
        if (w->slab[n].err.code != NW_OK) {
            *err = w->slab[n].err;
            return false;
        }
        w->extra_count += w->slab[n].extra_count;
    }
    return gather_extras(w, err);
}

static uint32_t find_extra(const struct work *w, size_t cell, int axis)
{
    size_t at = w->first_extra[cell / EXTRA_SPAN];
    while (at < w->extra_count && (w->extra[at].cell != cell || w->extra[at].axis != axis))
        at++;
    assert(at < w->extra_count);
    return w->extra[at].first_vert;
}

/* ---- places ---- */

static void edge_place(const struct work *w, const size_t p[3], int edge, double at[3])
{
    const int axis = edge >> 2;
    size_t q[3];
    edge_start(p, edge, q);
    for (int n = 0; n < 3; n++)
        at[n] = (double)q[n];
    at[axis] += (double)nw_work_crossing(w, q, axis);
}

static nw_vec3 line_place(const struct work *w, const size_t p[3], const int line[2])
{
    double a[3], b[3];
    edge_place(w, p, line[0], a);
    edge_place(w, p, line[1], b);
    return nw_source_place(&w->src, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2);
}

static void place_extra(struct work *w, const struct extra *e)
{
    const struct cell cell = w->cell[e->cell];
    const size_t p[3] = {cell.i, e->row % (w->dim[1] - 1), e->row / (w->dim[1] - 1)};
    nw_vec3 *pos = w->mesh.pos_mm + e->first_vert;
    int line[2][2];
    const int lines = nw_cell_face_lines(cell.code, 2 * e->axis, line);
    for (int n = 0; n < lines; n++)
        pos[n] = line_place(w, p, line[n]);
}

bool nw_work_place_extras(struct work *w, struct nw_err *err)
{
    const size_t verts = w->cell_count + w->extra_verts;
    if (!nw_resize(&w->mesh.pos_mm, verts, sizeof *w->mesh.pos_mm, err))
        return false;
    w->mesh.vert_count = verts;
    NW_PARALLEL_FOR
    for (size_t n = 0; n < w->extra_count; n++)
        place_extra(w, &w->extra[n]);
    return true;
}

/* ---- polygons ---- */

/* The faces between the four cells around an edge: on whose low side, and across which of the
 * two other axes. */
static const struct {
    int owner, turn;
} FACE[4] = {{0, 1}, {1, 2}, {3, 1}, {0, 2}};

unsigned nw_work_look_around(const struct work *w, int axis, const uint32_t first[4],
                             struct around a[4])
{
    const int u = 1 << (axis + 1) % 3, v = 1 << (axis + 2) % 3;
    const int back[4] = {0, u, u | v, v}; /* axes on which the cell lies one before */
    for (int n = 0; n < 4; n++) {
        a[n].first = first[n];
        a[n].code = w->cell[first[n]].code;
        a[n].edge =
            4 * axis + (back[n] >> axis_lo(axis) & 1) + 2 * (back[n] >> axis_hi(axis) & 1);
        a[n].cell = first[n] + (uint32_t)cell_loop_of(a[n].code, a[n].edge);
    }
    unsigned explicit_faces = 0;
    for (int n = 0; n < 4; n++) {
        const int across = (axis + FACE[n].turn) % 3;
        if (w->cell[first[FACE[n].owner]].flags & CELL_EXPLICIT << across)
            explicit_faces |= 1U << n;
    }
    return explicit_faces;
}

/* The vertex that the line through the edge has on the low face of `owner`. */
static uint32_t face_vert(const struct work *w, const struct around *owner, int axis)
{
    const uint32_t vert = find_extra(w, owner->first, axis);
    if (!(nw_cell_ambiguous[owner->code] >> 2 * axis & 1))
        return vert;
    const int8_t *line = w->codes->line[axis][owner->code & 1][0];
    return vert + (line[0] != owner->edge && line[1] != owner->edge);
}

int nw_work_polygon(const struct work *w, int axis, const struct around a[4],
                    unsigned explicit_faces, uint32_t poly[8])
{
    int count = 0;
    for (int n = 0; n < 4; n++) {
        poly[count++] = a[n].cell;
        if (explicit_faces >> n & 1)
            poly[count++] = face_vert(w, &a[FACE[n].owner], (axis + FACE[n].turn) % 3);
    }
    return count;
}
