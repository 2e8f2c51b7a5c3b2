/* field/surface_field.c -- the surface of an expression: its lattice, filled block by block
 * where intervals cannot tell the sign. Each block has a tape of what matters in it, on which
 * single places of it are asked later. */
#include "field/field_priv.h"
#include "field/surface_priv.h"

enum {
    BLOCK = 8, /* samples along a side; the last of a brick has one more */
    BLOCKS = BRICK_CELLS / BLOCK,
    BLOCK_POINTS = (BLOCK + 1) * (BLOCK + 1) * (BLOCK + 1),
};

/* What matters in each block of a brick that the surface may pass. */
struct tapes {
    struct nw_tape *block[BLOCKS * BLOCKS * BLOCKS];
};

struct expression {
    const struct nw_field *field;
    nw_node root;
    struct nw_tape *tape;
    struct nw_grid grid;
    double cell_mm;
    struct tapes **brick; /* each is written by whom its samples are asked */
    size_t bricks[3];
};

static nw_vec3 place(const struct expression *x, size_t i, size_t j, size_t k)
{
    const nw_ijk p = {(double)i, (double)j, (double)k};
    return nw_grid_point(&x->grid, p);
}

/* Around points lo[] <= p < hi[], grown by a part of a cell. */
static nw_box box_of(const struct expression *x, const size_t lo[3], const size_t hi[3],
                     double grown)
{
    const nw_box b = {place(x, lo[0], lo[1], lo[2]), place(x, hi[0] - 1, hi[1] - 1, hi[2] - 1)};
    return nw_box_grown(b, grown * x->cell_mm);
}

static bool may_cross(const void *user, const size_t lo[3], const size_t hi[3])
{
    const struct expression *x = user;
    const nw_interval in = nw_tape_interval(x->tape, box_of(x, lo, hi, 1e-6));
    return !(in.min > 0 || in.max < 0);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Where a block of the values asked for lies in them. */
struct part {
    size_t lo[3], hi[3];
    float *value; /* of lo */
    size_t line, layer;
};

static void put_block(const struct part *b, const double *value, double plain)
{
    for (size_t k = 0; k < b->hi[2] - b->lo[2]; k++)
        for (size_t j = 0; j < b->hi[1] - b->lo[1]; j++)
            for (size_t i = 0; i < b->hi[0] - b->lo[0]; i++)
                b->value[i + b->line * j + b->layer * k] = (float)(value ? *value++ : plain);
}

/* Values in a block that no crossed edge touches matter only by their sign. */
static bool fill_block(const struct expression *x, const struct nw_tape *tape,
                       const struct part *b, struct nw_tape **within, struct nw_err *err)
{
    nw_vec3 point[BLOCK_POINTS];
    double value[BLOCK_POINTS];
    size_t n = 0;
    const nw_box box = box_of(x, b->lo, b->hi, 1 + 1e-6);
    const nw_interval in = nw_tape_interval(tape, box);
    if (in.min > 0 || in.max < 0) {
        put_block(b, NULL, in.min > 0 ? 1 : -1);
        return true;
    }
    *within = nw_tape_within(tape, box, err);
    if (!*within)
        return false;
    for (size_t k = b->lo[2]; k < b->hi[2]; k++)
        for (size_t j = b->lo[1]; j < b->hi[1]; j++)
            for (size_t i = b->lo[0]; i < b->hi[0]; i++)
                point[n++] = place(x, i, j, k);
    nw_tape_values(*within, point, n, value);
    put_block(b, value, 0);
    return true;
}

/* Where a block of a brick ends: the last takes the extra layer. */
static size_t block_end(size_t lo, size_t n, size_t hi)
{
    return n + 1 == BLOCKS ? hi : smaller(lo + (n + 1) * BLOCK, hi);
}

static bool fill_blocks(const struct expression *x, const struct nw_tape *whole,
                        struct tapes *t, const size_t lo[3], const size_t hi[3], float *value,
                        struct nw_err *err)
{
    const size_t line = hi[0] - lo[0], layer = line * (hi[1] - lo[1]);
    for (size_t n = 0; n < BLOCKS * BLOCKS * BLOCKS; n++) {
        const size_t at[3] = {n % BLOCKS, n / BLOCKS % BLOCKS, n / BLOCKS / BLOCKS};
        struct part b = {.line = line, .layer = layer};
        for (int a = 0; a < 3; a++) {
            b.lo[a] = lo[a] + at[a] * BLOCK;
            b.hi[a] = block_end(lo[a], at[a], hi[a]);
        }
        if (b.lo[0] >= b.hi[0] || b.lo[1] >= b.hi[1] || b.lo[2] >= b.hi[2])
            continue;
        b.value =
            value + (b.lo[0] - lo[0]) + line * (b.lo[1] - lo[1]) + layer * (b.lo[2] - lo[2]);
        if (!fill_block(x, whole, &b, &t->block[n], err))
            return false;
    }
    return true;
}

static void free_tapes(struct tapes *t)
{
    for (size_t n = 0; t && n < BLOCKS * BLOCKS * BLOCKS; n++)
        nw_tape_free(t->block[n]);
    nw_free(t);
}

static struct tapes **brick_at(const struct expression *x, const size_t at[3])
{
    return &x->brick[at[0] / BRICK_CELLS +
                     x->bricks[0] *
                         (at[1] / BRICK_CELLS + x->bricks[1] * (at[2] / BRICK_CELLS))];
}

static bool fill(const void *user, const size_t lo[3], const size_t hi[3], float *value,
                 struct nw_err *err)
{
    const struct expression *x = user;
    if (hi[0] - lo[0] == 1 && hi[1] - lo[1] == 1 && hi[2] - lo[2] == 1) {
        *value = (float)nw_tape_value(x->tape, place(x, lo[0], lo[1], lo[2]));
        return true;
    }
    struct tapes **t = brick_at(x, lo);
    *t = NW_ALLOC(struct tapes, 1, err);
    struct nw_tape *whole =
        *t ? nw_tape_within(x->tape, box_of(x, lo, hi, 1 + 2e-6), err) : NULL;
    const bool ok = whole && fill_blocks(x, whole, *t, lo, hi, value, err);
    nw_tape_free(whole);
    return ok;
}

/* The tape of the block in which a place lies; NULL for none. */
static const struct nw_tape *tape_at(const struct expression *x, nw_vec3 p)
{
    const nw_vec3 from = nw_scale(nw_sub(p, x->grid.origin_mm), 1 / x->cell_mm);
    const double c[3] = {from.x, from.y, from.z};
    size_t at[3], n = 0;
    for (int a = 2; a >= 0; a--) {
        if (!(c[a] >= 0 && c[a] < (double)x->grid.dim[a]))
            return NULL;
        at[a] = (size_t)c[a];
        n = n * BLOCKS + at[a] % BRICK_CELLS / BLOCK;
    }
    const struct tapes *t = *brick_at(x, at);
    return t ? t->block[n] : NULL;
}

static double gradient(const void *user, nw_vec3 point_mm, nw_vec3 *out)
{
    const struct expression *x = user;
    const struct nw_tape *tape = tape_at(x, point_mm);
    return tape && nw_tape_length(tape) <= NW_TAPE_SHORT
               ? nw_tape_gradient(tape, point_mm, out)
               : nw_field_gradient(x->field, x->root, point_mm, out);
}

static double value(const void *user, nw_vec3 point_mm)
{
    const struct expression *x = user;
    const struct nw_tape *tape = tape_at(x, point_mm);
    return tape ? nw_tape_value(tape, point_mm) : nw_field_value(x->field, x->root, point_mm);
}

/* Samples lie in the middle of cells, so that faces at round places are not on a sample. */
static bool make_grid(struct nw_grid *grid, nw_box box, double cell_mm, struct nw_err *err)
{
    const nw_vec3 size = nw_box_size(box);
    if (!(isfinite(cell_mm) && cell_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "the cell size is %g mm and must be above 0",
                       cell_mm);
    if (!nw_finite3(box.min) || !nw_finite3(box.max) ||
        !(size.x > 0 && size.y > 0 && size.z > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "the box of a surface must have a volume");
    const double side[3] = {size.x, size.y, size.z};
    double cells[3];
    for (int a = 0; a < 3; a++) {
        cells[a] = ceil(side[a] / cell_mm - 1e-9); /* a whole number of cells stays so */
        if (!(cells[a] <= 65535))
            return nw_fail(err, NW_ERR_LIMIT,
                           "%.0f cells of %g mm are too many; at most 65535 along an axis",
                           cells[a], cell_mm);
        grid->dim[a] = cells[a] < 1 ? 1 : (size_t)cells[a];
    }
    const nw_vec3 middle = nw_scale(nw_add(box.min, box.max), 0.5);
    const double back = cell_mm / 2;
    grid->origin_mm = nw_v3(middle.x - ((double)grid->dim[0] - 1) * back,
                            middle.y - ((double)grid->dim[1] - 1) * back,
                            middle.z - ((double)grid->dim[2] - 1) * back);
    grid->step_mm[0] = nw_v3(cell_mm, 0, 0);
    grid->step_mm[1] = nw_v3(0, cell_mm, 0);
    grid->step_mm[2] = nw_v3(0, 0, cell_mm);
    return true;
}

static bool make_bricks(struct expression *x, struct nw_err *err)
{
    for (int a = 0; a < 3; a++)
        x->bricks[a] = (x->grid.dim[a] + BRICK_CELLS - 1) / BRICK_CELLS;
    x->tape = nw_tape_new(x->field, x->root, err);
    if (x->tape)
        x->brick = NW_ALLOC(struct tapes *, x->bricks[0] * x->bricks[1] * x->bricks[2], err);
    return x->brick != NULL;
}

static void release(struct expression *x)
{
    const size_t count = x->brick ? x->bricks[0] * x->bricks[1] * x->bricks[2] : 0;
    for (size_t n = 0; n < count; n++)
        free_tapes(x->brick[n]);
    nw_free(x->brick);
    nw_tape_free(x->tape);
}

bool nw_surface_of_field(const struct nw_field *field, nw_node root, nw_box box, double cell_mm,
                         struct nw_mesh *out, struct nw_err *err)
{
    struct expression x = {.field = field, .root = root, .cell_mm = cell_mm};
    if (!make_grid(&x.grid, box, cell_mm, err))
        return false;
    struct nw_mesh mesh = {0};
    bool ok = make_bricks(&x, err);
    const struct nw_lattice lattice = {.grid = x.grid,
                                       .user = &x,
                                       .may_cross = may_cross,
                                       .fill = fill,
                                       .gradient = gradient,
                                       .value = value};
    ok = ok && nw_surface_extract(&lattice, &mesh, err);
    release(&x);
    if (ok && mesh.tri_count == 0)
        ok = nw_fail(err, NW_ERR_GEOMETRY, "nothing of the shape lies inside the box");
    if (ok)
        *out = mesh;
    else
        nw_mesh_release(&mesh);
    return ok;
}
