/* print/nest.c -- see nest.h. */
#include "print/nest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CELL_MM = 0.5;
enum { TURNS = 4, SIDE_MOST = 4096 };

struct grid {
    size_t width, rows;
    uint8_t *cell;
};

struct shadow {
    size_t index, area;
    nw_box box; /* of the piece as it is */
    struct grid turned[TURNS];
};

static bool grid_init(struct grid *g, size_t width, size_t rows, struct nw_err *err)
{
    *g = (struct grid){width, rows, NW_ALLOC(uint8_t, width * rows, err)};
    return g->cell != NULL;
}

/* ---- shadows ---- */

/* The reach along x of a triangle within rows of y from lo to hi. */
static bool reach_in(double p[3][2], double lo, double hi, double *from, double *to)
{
    *from = INFINITY;
    *to = -INFINITY;
    for (int c = 0; c < 3; c++) {
        const double *a = p[c], *b = p[(c + 1) % 3];
        if (a[1] >= lo && a[1] <= hi) {
            *from = fmin(*from, a[0]);
            *to = fmax(*to, a[0]);
        }
        for (int side = 0; side < 2; side++) {
            const double y = side ? hi : lo;
            if ((a[1] < y) == (b[1] < y))
                continue;
            const double x = a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
            *from = fmin(*from, x);
            *to = fmax(*to, x);
        }
    }
    return *from <= *to;
}

static void mark_triangle(struct grid *g, double p[3][2])
{
    const double low = fmin(p[0][1], fmin(p[1][1], p[2][1])),
                 high = fmax(p[0][1], fmax(p[1][1], p[2][1]));
    const size_t last = (size_t)fmin(floor(high), (double)(g->rows - 1));
    for (size_t j = (size_t)floor(low); j <= last; j++) {
        double from, to;
        if (!reach_in(p, (double)j, (double)j + 1, &from, &to))
            continue;
        const size_t hi = (size_t)fmin(floor(to), (double)(g->width - 1));
        for (size_t i = (size_t)floor(from); i <= hi; i++)
            g->cell[j * g->width + i] = 1;
    }
}

static bool box_of(const struct nw_model *m, nw_box *out, struct nw_err *err)
{
    *out = nw_box_empty();
    for (size_t n = 0; n < m->part_count; n++)
        for (size_t v = 0; v < m->part[n].mesh.vert_count; v++) {
            if (!nw_finite3(m->part[n].mesh.pos_mm[v]))
                return nw_fail(err, NW_ERR_DATA, "the part has places that are no numbers");
            *out = nw_box_with(*out, m->part[n].mesh.pos_mm[v]);
        }
    return out->min.x <= out->max.x ||
           nw_fail(err, NW_ERR_GEOMETRY, "there is nothing to print");
}

static void mark_model(struct grid *g, const struct nw_model *m, nw_vec3 from)
{
    for (size_t n = 0; n < m->part_count; n++) {
        const struct nw_mesh *mesh = &m->part[n].mesh;
        for (size_t t = 0; t < mesh->tri_count; t++) {
            double p[3][2];
            for (int c = 0; c < 3; c++) {
                const nw_vec3 v = nw_sub(mesh->pos_mm[mesh->tri[t][c]], from);
                p[c][0] = v.x / CELL_MM;
                p[c][1] = v.y / CELL_MM;
            }
            mark_triangle(g, p);
        }
    }
}

/* A quarter counter-clockwise. */
static bool turn(const struct grid *g, struct grid *out, struct nw_err *err)
{
    if (!grid_init(out, g->rows, g->width, err))
        return false;
    for (size_t j = 0; j < g->rows; j++)
        for (size_t i = 0; i < g->width; i++)
            out->cell[i * out->width + (g->rows - 1 - j)] = g->cell[j * g->width + i];
    return true;
}

static bool cast(struct shadow *s, const struct nw_model *m, size_t index, struct nw_err *err)
{
    s->index = index;
    if (!box_of(m, &s->box, err))
        return false;
    const nw_vec3 size = nw_box_size(s->box);
    if (size.x > SIDE_MOST * CELL_MM || size.y > SIDE_MOST * CELL_MM)
        return nw_fail(err, NW_ERR_GEOMETRY, "piece %zu is larger than any plate", index + 1);
    struct grid *g = s->turned;
    if (!grid_init(&g[0], (size_t)(size.x / CELL_MM) + 1, (size_t)(size.y / CELL_MM) + 1, err))
        return false;
    mark_model(&g[0], m, s->box.min);
    for (size_t n = 0; n < g[0].width * g[0].rows; n++)
        s->area += g[0].cell[n];
    return turn(&g[0], &g[1], err) && turn(&g[1], &g[2], err) && turn(&g[2], &g[3], err);
}

/* ---- the plate ---- */

static bool collides(const struct grid *plate, const struct grid *g, size_t x, size_t y)
{
    for (size_t j = 0; j < g->rows; j++) {
        const uint8_t *at = plate->cell + (y + j) * plate->width + x;
        const uint8_t *own = g->cell + j * g->width;
        for (size_t i = 0; i < g->width; i++)
            if (own[i] & at[i])
                return true;
    }
    return false;
}

/* Marks the piece and all within the gap of it. */
static void settle(struct grid *plate, const struct grid *g, size_t x, size_t y, size_t gap)
{
    for (size_t j = 0; j < g->rows; j++)
        for (size_t i = 0; i < g->width; i++) {
            if (!g->cell[j * g->width + i])
                continue;
            const size_t lo_x = x + i > gap ? x + i - gap : 0,
                         lo_y = y + j > gap ? y + j - gap : 0;
            for (size_t b = lo_y; b <= y + j + gap && b < plate->rows; b++)
                for (size_t a = lo_x; a <= x + i + gap && a < plate->width; a++)
                    plate->cell[b * plate->width + a] = 1;
        }
}

/* The first place from the front, then from the left; SIZE_MAX: none. */
static size_t find_place(const struct grid *plate, const struct grid *g)
{
    for (size_t y = 0; y + g->rows <= plate->rows; y++)
        for (size_t x = 0; x + g->width <= plate->width; x++)
            if (!collides(plate, g, x, y))
                return y * plate->width + x;
    return SIZE_MAX;
}

static struct nw_nested placed(const struct shadow *s, int quarters, size_t x, size_t y)
{
    static const double cosine[TURNS] = {1, 0, -1, 0}, sine[TURNS] = {0, 1, 0, -1};
    const double c = cosine[quarters], n = sine[quarters];
    const nw_mat3 m = {{{c, -n, 0}, {n, c, 0}, {0, 0, 1}}};
    const nw_vec3 a = nw_mul(m, s->box.min), b = nw_mul(m, s->box.max);
    const nw_vec3 low = nw_v3(fmin(a.x, b.x), fmin(a.y, b.y), a.z),
                  high = nw_v3(fmax(a.x, b.x), fmax(a.y, b.y), b.z);
    /* turned shadows keep their first row and column where the piece's cells end */
    const struct grid *g = &s->turned[quarters];
    const double slack_x = (double)g->width * CELL_MM - (high.x - low.x),
                 slack_y = (double)g->rows * CELL_MM - (high.y - low.y);
    const bool far_x = quarters == 1 || quarters == 2, far_y = quarters == 2 || quarters == 3;
    const nw_vec3 shift = nw_v3((double)x * CELL_MM - low.x + (far_x ? slack_x : 0),
                                (double)y * CELL_MM - low.y + (far_y ? slack_y : 0), -low.z);
    return (struct nw_nested){{m, shift}, quarters, {nw_add(low, shift), nw_add(high, shift)}};
}

static bool lay(struct grid *plate, const struct shadow *s, size_t gap,
                const struct nw_machine *machine, struct nw_nested *out, struct nw_err *err)
{
    size_t best = SIZE_MAX;
    int quarters = 0;
    for (int q = 0; q < TURNS; q++) {
        const size_t at = find_place(plate, &s->turned[q]);
        if (at < best) {
            best = at;
            quarters = q;
        }
    }
    if (best == SIZE_MAX || s->box.max.z - s->box.min.z > machine->build_mm[2])
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "piece %zu (%.1f x %.1f x %.1f mm) finds no room on the plate of %s; "
                       "put fewer on it",
                       s->index + 1, s->box.max.x - s->box.min.x, s->box.max.y - s->box.min.y,
                       s->box.max.z - s->box.min.z, machine->name);
    const size_t x = best % plate->width, y = best / plate->width;
    settle(plate, &s->turned[quarters], x, y, gap);
    *out = placed(s, quarters, x, y);
    return true;
}

static int by_area(const void *a, const void *b)
{
    const struct shadow *p = a, *q = b;
    if (p->area != q->area)
        return p->area < q->area ? 1 : -1;
    return p->index > q->index ? 1 : -1;
}

bool nw_nest(const struct nw_model *const *piece, size_t count,
             const struct nw_machine *machine, double gap_mm, struct nw_nested *out,
             struct nw_err *err)
{
    struct shadow *s = NW_ALLOC(struct shadow, count + 1, err);
    struct grid plate = {0};
    bool ok = s && grid_init(&plate, (size_t)(machine->build_mm[0] / CELL_MM),
                             (size_t)(machine->build_mm[1] / CELL_MM), err);
    for (size_t n = 0; ok && n < count; n++)
        ok = cast(&s[n], piece[n], n, err);
    if (ok)
        qsort(s, count, sizeof *s, by_area);
    const size_t gap = (size_t)ceil(gap_mm / CELL_MM);
    for (size_t n = 0; ok && n < count; n++)
        ok = lay(&plate, &s[n], gap, machine, &out[s[n].index], err);
    for (size_t n = 0; s && n < count; n++)
        for (int q = 0; q < TURNS; q++)
            nw_free(s[n].turned[q].cell);
    nw_free(s);
    nw_free(plate.cell);
    return ok;
}
