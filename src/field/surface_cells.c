/* field/surface_cells.c -- the cells with both signs, and a vertex in each. */
#include <string.h>

#include "core/parallel.h"
#include "field/surface_priv.h"

/* Four rows of signs around a row of cells: (j,k) (j+1,k) (j,k+1) (j+1,k+1). */
struct sign_rows {
    const uint64_t *row[4];
};

static struct sign_rows rows_around(const struct work *w, size_t row)
{
    const size_t j = row % (w->dim[1] - 1), k = row / (w->dim[1] - 1);
    const uint64_t *first = w->signs + (k * w->dim[1] + j) * w->words;
    const size_t layer = w->dim[1] * w->words;
    const struct sign_rows s = {
        {first, first + w->words, first + layer, first + layer + w->words}};
    return s;
}

/* Each sign's right-hand neighbour. */
static inline uint64_t next_signs(const uint64_t *row, size_t n, size_t words)
{
    return row[n] >> 1 | (n + 1 < words ? row[n + 1] << 63 : 0);
}

/* Bit b: cell 64n + b has corners of both signs. */
static inline uint64_t active_cells(const struct sign_rows *s, size_t n, size_t words)
{
    uint64_t any = s->row[0][n] | s->row[1][n] | s->row[2][n] | s->row[3][n];
    uint64_t all = s->row[0][n] & s->row[1][n] & s->row[2][n] & s->row[3][n];
    uint64_t next_any = 0, next_all = 0;
    if (n + 1 < words) {
        next_any = s->row[0][n + 1] | s->row[1][n + 1] | s->row[2][n + 1] | s->row[3][n + 1];
        next_all = s->row[0][n + 1] & s->row[1][n + 1] & s->row[2][n + 1] & s->row[3][n + 1];
    }
    const uint64_t any2 = any | any >> 1 | next_any << 63;
    const uint64_t all2 = all & (all >> 1 | next_all << 63);
    return any2 & ~all2;
}

NW_CLONES static size_t count_edges(const struct sign_rows *s, size_t words)
{
    size_t count = 0;
    for (size_t n = 0; n < words; n++) {
        const uint64_t own = s->row[0][n];
        count += (size_t)__builtin_popcountll(own ^ next_signs(s->row[0], n, words)) +
                 (size_t)__builtin_popcountll(own ^ s->row[1][n]) +
                 (size_t)__builtin_popcountll(own ^ s->row[2][n]);
    }
    return count;
}

static struct cell *put_loops(struct cell *to, size_t i, unsigned code, bool border)
{
    const int loops = cell_loop_count((uint8_t)code);
    unsigned flags = loops > 1 || nw_cell_ambiguous[code] != 0 ? CELL_ODD : 0;
    if (loops > 1 && border)
        flags |= CELL_CLOSED;
    for (int n = 0; n < loops; n++)
        *to++ = (struct cell){(uint16_t)i, (uint8_t)code, (uint8_t)(flags | (unsigned)n)};
    return to;
}

/* The row's loops, behind those the slab has. */
static bool list_row(const struct work *w, struct slab *slab, size_t row, struct nw_err *err)
{
    enum { LOOPS = 4 }; /* in a cell at most */
    const struct sign_rows s = rows_around(w, row);
    const size_t words = w->words, before = slab->cell_count;
    const size_t j = row % (w->dim[1] - 1), k = row / (w->dim[1] - 1);
    for (size_t n = 0; n < words; n++) {
        uint64_t active = active_cells(&s, n, words);
        if (active == 0)
            continue;
        if (!nw_grow(&slab->cell, &slab->cell_room, slab->cell_count + 64 * LOOPS,
                     sizeof *slab->cell, err))
            return false;
        struct cell *to = slab->cell + slab->cell_count;
        uint64_t next[4];
        for (int r = 0; r < 4; r++)
            next[r] = next_signs(s.row[r], n, words);
        for (; active; active &= active - 1) {
            const int b = __builtin_ctzll(active);
            unsigned code = 0;
            for (int r = 0; r < 4; r++)
                code |= ((unsigned)(s.row[r][n] >> b & 1) | (unsigned)(next[r] >> b & 1) << 1)
                        << 2 * r;
            const size_t i = 64 * n + (size_t)b;
            to = put_loops(to, i, code, is_at_border(w, i, j, k));
        }
        slab->cell_count = (size_t)(to - slab->cell);
    }
    w->row_cell[row] = slab->cell_count - before;
    w->row_edge[row] = w->row_cell[row] ? count_edges(&s, words) : 0;
    return true;
}

static void list_slab(const struct work *w, struct slab *slab)
{
    for (size_t r = slab->first_row; r < slab->end_row; r++)
        if (!list_row(w, slab, r, &slab->err))
            return;
}

static void sum_up(size_t *before, size_t count)
{
    size_t sum = 0;
    for (size_t n = 0; n <= count; n++) {
        const size_t own = n < count ? before[n] : 0;
        before[n] = sum;
        sum += own;
    }
}

static void take_cells(struct work *w, struct slab *slab)
{
    if (slab->cell_count)
        memcpy(w->cell + w->row_cell[slab->first_row], slab->cell,
               slab->cell_count * sizeof *slab->cell);
    nw_free(slab->cell);
    slab->cell = NULL;
}

bool nw_work_list_cells(struct work *w, struct nw_err *err)
{
    w->row_cell = NW_ALLOC_UNSET(size_t, w->rows + 1, err);
    if (w->row_cell)
        w->row_edge = NW_ALLOC_UNSET(size_t, w->rows + 1, err);
    if (!w->row_edge)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t n = 0; n < w->slab_count; n++)
        list_slab(w, &w->slab[n]);
    for (size_t n = 0; n < w->slab_count; n++)
        if (w->slab[n].err.code != NW_OK) {
            *err = w->slab[n].err;
            return false;
        }
    sum_up(w->row_cell, w->rows);
    sum_up(w->row_edge, w->rows);
    w->cell_count = w->row_cell[w->rows];
    w->edge_count = w->row_edge[w->rows];
    if (w->cell_count >= INT32_MAX || w->edge_count >= INT32_MAX) /* odd cells need a bit */
        return nw_fail(err, NW_ERR_LIMIT,
                       "the surface crosses %zu cells; at most %d can be meshed at once",
                       w->cell_count, INT32_MAX - 1);
    w->cell = NW_ALLOC_UNSET(struct cell, w->cell_count, err);
    if (!w->cell)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t n = 0; n < w->slab_count; n++)
        take_cells(w, &w->slab[n]);
    return true;
}

size_t nw_work_find(const struct work *w, size_t row, size_t i)
{
    size_t low = w->row_cell[row], high = w->row_cell[row + 1];
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (w->cell[mid].i < i)
            low = mid + 1;
        else
            high = mid;
    }
    return low < w->row_cell[row + 1] && w->cell[low].i == i ? low : SIZE_MAX;
}

/* ---- vertices ---- */

/* The corner that a loop of three edges cuts off. */
static int cut_corner(uint8_t code, int loop)
{
    int corners = 0xff, count = 0;
    for (int e = 0; e < 12; e++) {
        if (!edge_is_crossed(code, e) || cell_loop_of(code, e) != loop)
            continue;
        const int c = edge_corner(e);
        corners &= 1 << c | 1 << (c | 1 << (e >> 2));
        count++;
    }
    return count == 3 ? __builtin_ctz((unsigned)corners) : -1;
}

static void know_loops(struct code_table *t, uint8_t code)
{
    const int loops = cell_loop_count(code);
    t->pair_axis[code] = -1;
    for (int n = 0; n < loops; n++) {
        t->corner[code][n] = (int8_t)cut_corner(code, n);
        if (t->corner[code][n] >= 0)
            t->cut_corners[code] |= (uint8_t)(1 << t->corner[code][n]);
    }
    if (loops == 2 && t->cut_corners[code] == 0)
        for (int axis = 0; axis < 3; axis++) /* the edges along it are not crossed */
            if (!(t->crossed[code] >> 4 * axis & 15))
                t->pair_axis[code] = (int8_t)axis;
}

static void know_low_faces(struct code_table *t, uint8_t code)
{
    int line[2][2];
    for (int axis = 0; axis < 3; axis++) {
        const int lines = nw_cell_face_lines(code, 2 * axis, line);
        t->face_edge[code][axis] = (int8_t)(lines ? line[0][0] : -1);
        for (int n = 0; lines == 2 && n < 4; n++)
            t->line[axis][code & 1][n >> 1][n & 1] = (int8_t)line[n >> 1][n & 1];
    }
}

static void know_codes(struct code_table *t)
{
    for (int code = 0; code < 256; code++) {
        int count = 0;
        for (int e = 0; e < 12; e++) {
            if (!edge_is_crossed((uint8_t)code, e))
                continue;
            count++;
            t->crossed[code] |= (uint16_t)(1 << e);
            t->add[code][axis_lo(e >> 2)] += (float)(e & 1);
            t->add[code][axis_hi(e >> 2)] += (float)(e >> 1 & 1);
        }
        t->inverse[code] = count ? 1 / (float)count : 0;
        know_loops(t, (uint8_t)code);
        know_low_faces(t, (uint8_t)code);
    }
}

/* Corners in the order of their number; d is positive inside. */
static inline void mean_of_crossings(const struct code_table *table, uint8_t code,
                                     const float d[8], float margin, float at[3])
{
    const float a[12] = {d[0], d[2], d[4], d[6], d[0], d[1],
                         d[4], d[5], d[0], d[1], d[2], d[3]};
    const float b[12] = {d[1], d[3], d[5], d[7], d[2], d[3],
                         d[6], d[7], d[4], d[5], d[6], d[7]};
    const unsigned crossed = table->crossed[code];
    float t[12];
    for (unsigned e = 0; e < 12; e++) {
        float q = a[e] / (a[e] - b[e]);
        q = q > margin ? q : margin;
        q = q < 1 - margin ? q : 1 - margin;
        t[e] = crossed >> e & 1 ? q : 0;
    }
    for (int n = 0; n < 3; n++) {
        const float *s = t + 4 * n;
        at[n] = ((s[0] + s[1]) + (s[2] + s[3]) + table->add[code][n]) * table->inverse[code];
    }
}

static inline void put_cell(struct work *w, size_t cell, size_t i, size_t j, size_t k,
                            const float at[3])
{
    memcpy(w->at[cell], at, sizeof w->at[cell]);
    w->mesh.pos_mm[cell] =
        nw_source_place(&w->src, (double)i + (double)at[0], (double)j + (double)at[1],
                        (double)k + (double)at[2]);
}

/* Of one loop. */
static void loop_mean(const struct work *w, const size_t p[3], uint8_t code, int loop,
                      float at[3])
{
    float sum[3] = {0, 0, 0}, count = 0;
    for (int e = 0; e < 12; e++) {
        if (!edge_is_crossed(code, e) || cell_loop_of(code, e) != loop)
            continue;
        const int axis = e >> 2, c = edge_corner(e);
        size_t q[3];
        edge_start(p, e, q);
        for (int n = 0; n < 3; n++)
            sum[n] += n == axis ? nw_work_crossing(w, q, axis) : (float)(c >> n & 1);
        count++;
    }
    for (int n = 0; n < 3; n++) /* flat where the lattice ends */
        at[n] = p[n] == 0 || p[n] == w->dim[n] - 2 ? 0.5F : sum[n] / count;
}

static uint16_t label_at(const struct source *s, const size_t p[3])
{
    for (int a = 0; a < 3; a++)
        if (p[a] + s->lo[a] == 0 || p[a] + s->lo[a] > s->grid.dim[a])
            return 0;
    const size_t at =
        nw_grid_at(&s->grid, p[0] - 1 + s->lo[0], p[1] - 1 + s->lo[1], p[2] - 1 + s->lo[2]);
    return s->voxel == NW_VOXEL_U8 ? s->u8[at] : s->u16[at];
}

/* A place that all labels in a cell share: the mean of the middles of the edges on which the
 * label changes. False when a label comes in several pieces here. */
static bool shared_mean(const struct work *w, const size_t p[3], float at[3])
{
    uint16_t label[8];
    for (size_t c = 0; c < 8; c++) {
        const size_t q[3] = {p[0] + (c & 1), p[1] + (c >> 1 & 1), p[2] + (c >> 2)};
        label[c] = label_at(&w->src, q);
    }
    for (int c = 0; c < 8; c++) {
        unsigned code = 0;
        for (int n = 0; n < 8; n++)
            code |= (unsigned)(label[n] == label[c]) << n;
        if (label[c] != 0 && code != 255 && cell_loop_count((uint8_t)code) > 1)
            return false;
    }
    float sum[3] = {0, 0, 0}, count = 0;
    for (int e = 0; e < 12; e++) {
        const int axis = e >> 2, c = edge_corner(e);
        if (label[c] == label[c | 1 << axis])
            continue;
        for (int n = 0; n < 3; n++)
            sum[n] += n == axis ? 0.5F : (float)(c >> n & 1);
        count++;
    }
    for (int n = 0; n < 3; n++) {
        const size_t q = p[n] + w->src.lo[n]; /* of the whole volume, for all labels alike */
        at[n] = q == 0 || q == w->src.grid.dim[n] ? 0.5F : sum[n] / count;
    }
    return true;
}

static void place_slowly(struct work *w, size_t row, size_t cell)
{
    const size_t p[3] = {w->cell[cell].i, row % (w->dim[1] - 1), row / (w->dim[1] - 1)};
    const uint8_t code = w->cell[cell].code;
    const bool single = cell_loop_count(code) == 1;
    float at[3];
    if (single && w->hit)
        nw_work_fit_cell(w, row, cell, at);
    else if (w->src.kind != SOURCE_LABELS || !single || !shared_mean(w, p, at))
        loop_mean(w, p, code, w->cell[cell].flags & CELL_LOOP, at);
    put_cell(w, cell, p[0], p[1], p[2], at);
}

/* Rows of voxels: all but the cells at the border and those with several loops. */
#define PLACE_ROW(name, type, data)                                                            \
    NW_CLONES static void name(struct work *w, const struct code_table *table, size_t row)     \
    {                                                                                          \
        const struct source *s = &w->src;                                                      \
        const size_t j = row % (w->dim[1] - 1), k = row / (w->dim[1] - 1);                     \
        const size_t line = s->grid.dim[0], layer = line * s->grid.dim[1];                     \
        const type *v =                                                                        \
            s->data + nw_grid_at(&s->grid, s->lo[0], s->lo[1] + j - 1, s->lo[2] + k - 1);      \
        const float level = s->level, margin = s->margin;                                      \
        const size_t end = row + 1 < w->rows ? w->row_cell[row + 2] : w->row_cell[row + 1];    \
        for (size_t c = w->row_cell[row + 1]; c < end && j + 3 < w->dim[1]; c++) {             \
            __builtin_prefetch(v + w->cell[c].i + 2 * line); /* of the next row of cells */    \
            __builtin_prefetch(v + w->cell[c].i + 2 * line + layer);                           \
        }                                                                                      \
        for (size_t c = w->row_cell[row]; c < w->row_cell[row + 1]; c++) {                     \
            const struct cell cell = w->cell[c];                                               \
            const size_t i = cell.i;                                                           \
            if (i == 0 || i == w->dim[0] - 2 || nw_cell_loops[cell.code] >> 24 > 1) {          \
                place_slowly(w, row, c);                                                       \
                continue;                                                                      \
            }                                                                                  \
            float d[8], at[3];                                                                 \
            for (size_t n = 0; n < 8; n++)                                                     \
                d[n] = (float)v[i - 1 + (n & 1) + line * (n >> 1 & 1) + layer * (n >> 2)] -    \
                       level;                                                                  \
            mean_of_crossings(table, cell.code, d, margin, at);                                \
            put_cell(w, c, i, j, k, at);                                                       \
        }                                                                                      \
    }

PLACE_ROW(place_i16, int16_t, i16)
PLACE_ROW(place_u8, uint8_t, u8)
PLACE_ROW(place_u16, uint16_t, u16)
PLACE_ROW(place_f32, float, f32)

static void place_row(struct work *w, const struct code_table *table, size_t row)
{
    const size_t j = row % (w->dim[1] - 1), k = row / (w->dim[1] - 1);
    const bool border = j == 0 || k == 0 || j == w->dim[1] - 2 || k == w->dim[2] - 2;
    const enum source_kind kind = w->src.kind;
    if (border || kind == SOURCE_BRICKS || kind == SOURCE_LABELS) {
        for (size_t c = w->row_cell[row]; c < w->row_cell[row + 1]; c++)
            place_slowly(w, row, c);
    } else if (kind == SOURCE_I16) {
        place_i16(w, table, row);
    } else if (kind == SOURCE_U8) {
        place_u8(w, table, row);
    } else if (kind == SOURCE_U16) {
        place_u16(w, table, row);
    } else {
        place_f32(w, table, row);
    }
}

bool nw_work_place_cells(struct work *w, struct nw_err *err)
{
    w->codes = NW_ALLOC(struct code_table, 1, err);
    if (!w->codes)
        return false;
    know_codes(w->codes);
    enum { SLABS = 32 }; /* between looks at the clock */
    for (size_t first = 0; first < w->slab_count; first += SLABS) {
        const size_t end = first + SLABS < w->slab_count ? first + SLABS : w->slab_count;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t n = first; n < end; n++)
            for (size_t r = w->slab[n].first_row; r < w->slab[n].end_row; r++)
                place_row(w, w->codes, r);
        if (!nw_progress(2 * w->slab_count + end, 4 * w->slab_count))
            return nw_fail_cancelled(err);
    }
    return true;
}
