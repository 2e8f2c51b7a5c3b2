/*
 * field/surface_extras.c -- vertices beyond the first of a cell. Where a cell has several
 * loops, or a face has four crossings, the lines of the surface across a face could meet if
 * they went by way of its two cells' vertices. Such a face is "explicit": each line across it
 * gets a vertex of its own, half way between its two crossings.
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

static bool face_is_explicit(uint8_t own, uint8_t other, int axis)
{
    return cell_loop_count(own) > 1 || cell_loop_count(other) > 1 ||
           (nw_cell_ambiguous[own] >> 2 * axis & 1);
}

/* How far back, in rows, the neighbour across a low face lies. */
static size_t rows_back(const struct work *w, int axis)
{
    return axis == 0 ? 0 : axis == 1 ? 1 : w->dim[1] - 1;
}

static bool add_extra(struct slab *s, size_t row, size_t cell, int kind, int count)
{
    if (!nw_grow(&s->extra, &s->extra_room, s->extra_count + 1, sizeof *s->extra, &s->err))
        return false;
    s->extra[s->extra_count++] = (struct extra){.cell = (uint32_t)cell,
                                                .row = (uint32_t)row,
                                                .kind = (uint8_t)kind,
                                                .count = (uint8_t)count};
    return true;
}

/* from[axis] is a place in the neighbouring row, which moves along with the cells. */
static bool extras_of_cell(const struct work *w, struct slab *s, size_t row, size_t cell,
                           size_t from[3])
{
    const struct cell own = w->cell[cell];
    int line[2][2];
    for (int axis = 0; axis < 3; axis++) {
        const int lines = nw_cell_face_lines(own.code, 2 * axis, line);
        if (lines == 0)
            continue;
        size_t other = cell - 1; /* crossed faces have a cell on either side */
        if (axis > 0) {
            while (w->cell[from[axis]].i < own.i)
                from[axis]++;
            other = from[axis];
        }
        if (face_is_explicit(own.code, w->cell[other].code, axis) &&
            !add_extra(s, row, cell, axis, lines))
            return false;
    }
    const int loops = cell_loop_count(own.code);
    return loops == 1 || add_extra(s, row, cell, EXTRA_LOOPS, loops - 1);
}

static bool row_is_odd(const struct work *w, size_t row)
{
    for (size_t c = w->row_cell[row]; c < w->row_cell[row + 1]; c++)
        if (w->cell[c].odd)
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
            if (!extras_of_cell(w, s, r, c, from))
                return;
    }
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
    w->extra = NW_ALLOC_UNSET(struct extra, w->extra_count, err);
    if (!w->extra)
        return false;
    size_t at = 0;
    for (size_t n = 0; n < w->slab_count; n++)
        for (size_t e = 0; e < w->slab[n].extra_count; e++) {
            w->extra[at] = w->slab[n].extra[e];
            w->extra[at].first_vert = (uint32_t)(w->cell_count + w->extra_verts);
            w->extra_verts += w->extra[at++].count;
        }
    if (w->cell_count + w->extra_verts >= UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the surface has more than %u vertices", UINT32_MAX);
    return true;
}

static uint32_t find_extra(const struct work *w, size_t cell, int kind)
{
    size_t low = 0, high = w->extra_count;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const struct extra *e = &w->extra[mid];
        if (e->cell < cell || (e->cell == cell && e->kind < kind))
            low = mid + 1;
        else
            high = mid;
    }
    assert(low < w->extra_count && w->extra[low].cell == cell && w->extra[low].kind == kind);
    return w->extra[low].first_vert;
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

static nw_vec3 loop_place(const struct work *w, const size_t p[3], uint8_t code, int loop)
{
    double sum[3] = {0, 0, 0}, count = 0;
    for (int e = 0; e < 12; e++) {
        if (!edge_is_crossed(code, e) || cell_loop_of(code, e) != loop)
            continue;
        double at[3];
        edge_place(w, p, e, at);
        for (int n = 0; n < 3; n++)
            sum[n] += at[n];
        count++;
    }
    for (int n = 0; n < 3; n++) { /* flat where the lattice ends */
        const bool border = p[n] == 0 || p[n] == w->dim[n] - 2;
        sum[n] = border ? (double)p[n] + 0.5 : sum[n] / count;
    }
    return nw_source_place(&w->src, sum[0], sum[1], sum[2]);
}

static void place_extra(struct work *w, const struct extra *e)
{
    const struct cell cell = w->cell[e->cell];
    const size_t p[3] = {cell.i, e->row % (w->dim[1] - 1), e->row / (w->dim[1] - 1)};
    nw_vec3 *pos = w->mesh.pos_mm + e->first_vert;
    if (e->kind == EXTRA_LOOPS) {
        for (int n = 0; n < e->count; n++)
            pos[n] = loop_place(w, p, cell.code, n + 1);
        return;
    }
    int line[2][2];
    const int lines = nw_cell_face_lines(cell.code, 2 * e->kind, line);
    for (int n = 0; n < lines; n++)
        pos[n] = line_place(w, p, line[n]);
}

bool nw_work_place_extras(struct work *w, struct nw_err *err)
{
    (void)err;
    NW_PARALLEL_FOR
    for (size_t n = 0; n < w->extra_count; n++)
        place_extra(w, &w->extra[n]);
    return true;
}

/* ---- polygons ---- */

/* One of the four cells around an edge. */
struct around {
    size_t row, cell;
    uint8_t code;
    int edge; /* the number the edge has in it */
};

static struct around cell_around(const struct work *w, struct edge_place e, bool u_back,
                                 bool w_back)
{
    const int u = (e.axis + 1) % 3, v = (e.axis + 2) % 3;
    struct around a = {.row = e.row};
    size_t i = e.i;
    int back = 0; /* a bit for each axis on which the cell lies one before */
    if (u_back)
        back |= 1 << u;
    if (w_back)
        back |= 1 << v;
    i -= (size_t)(back & 1);
    a.row -= (back >> 1 & 1 ? rows_back(w, 1) : 0) + (back >> 2 ? rows_back(w, 2) : 0);
    a.cell = nw_work_find(w, a.row, i);
    assert(a.cell != SIZE_MAX);
    a.code = w->cell[a.cell].code;
    a.edge = 4 * e.axis + (back >> axis_lo(e.axis) & 1) + 2 * (back >> axis_hi(e.axis) & 1);
    return a;
}

static uint32_t loop_vert(const struct work *w, const struct around *a)
{
    const int loop = cell_loop_of(a->code, a->edge);
    if (loop == 0)
        return (uint32_t)a->cell;
    return find_extra(w, a->cell, EXTRA_LOOPS) + (uint32_t)(loop - 1);
}

/* The vertex on the low face of `owner` across the axis, if that face is explicit. */
static bool face_vert(const struct work *w, const struct around *owner,
                      const struct around *other, int axis, uint32_t *vert)
{
    if (!face_is_explicit(owner->code, other->code, axis))
        return false;
    int line[2][2];
    const int lines = nw_cell_face_lines(owner->code, 2 * axis, line);
    *vert = find_extra(w, owner->cell, axis);
    if (lines == 2 && line[0][0] != owner->edge && line[0][1] != owner->edge)
        ++*vert;
    return true;
}

int nw_work_polygon(const struct work *w, struct edge_place e, uint32_t poly[8])
{
    const int u = (e.axis + 1) % 3, v = (e.axis + 2) % 3;
    const struct around a[4] = {cell_around(w, e, false, false), cell_around(w, e, true, false),
                                cell_around(w, e, true, true), cell_around(w, e, false, true)};
    const int owner[4] = {0, 1, 3, 0}, other[4] = {1, 2, 2, 3}, axis[4] = {u, v, u, v};
    int count = 0;
    for (int n = 0; n < 4; n++) {
        poly[count++] = loop_vert(w, &a[n]);
        if (face_vert(w, &a[owner[n]], &a[other[n]], axis[n], &poly[count]))
            count++;
    }
    return count;
}
