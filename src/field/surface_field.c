/* field/surface_field.c -- the surface of an expression: its lattice, filled block by block
 * where intervals cannot tell the sign. */
#include "field/field_priv.h"
#include "field/surface.h"

struct expression {
    const struct nw_field *field;
    nw_node root;
    struct nw_tape *tape;
    struct nw_grid grid;
    double cell_mm;
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

enum { BLOCK = 8, BLOCK_POINTS = BLOCK * BLOCK * BLOCK };

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
static void fill_block(const struct expression *x, const struct part *b)
{
    nw_vec3 point[BLOCK_POINTS];
    double value[BLOCK_POINTS];
    size_t n = 0;
    for (size_t k = b->lo[2]; k < b->hi[2]; k++)
        for (size_t j = b->lo[1]; j < b->hi[1]; j++)
            for (size_t i = b->lo[0]; i < b->hi[0]; i++)
                point[n++] = place(x, i, j, k);
    const nw_box box = box_of(x, b->lo, b->hi, 1 + 1e-6);
    const nw_interval in = nw_tape_values_in(x->tape, box, point, n, value, NW_WANT_SIGN);
    if (in.min > 0 || in.max < 0)
        put_block(b, NULL, in.min > 0 ? 1 : -1);
    else
        put_block(b, value, 0);
}

static void fill(const void *user, const size_t lo[3], const size_t hi[3], float *value)
{
    const struct expression *x = user;
    const size_t line = hi[0] - lo[0], layer = line * (hi[1] - lo[1]);
    for (size_t k = lo[2]; k < hi[2]; k += BLOCK)
        for (size_t j = lo[1]; j < hi[1]; j += BLOCK)
            for (size_t i = lo[0]; i < hi[0]; i += BLOCK) {
                const struct part b = {{i, j, k},
                                       {smaller(i + BLOCK, hi[0]), smaller(j + BLOCK, hi[1]),
                                        smaller(k + BLOCK, hi[2])},
                                       value + (i - lo[0]) + line * (j - lo[1]) +
                                           layer * (k - lo[2]),
                                       line,
                                       layer};
                fill_block(x, &b);
            }
}

static double gradient(const void *user, nw_vec3 point_mm, nw_vec3 *out)
{
    const struct expression *x = user;
    return nw_field_gradient(x->field, x->root, point_mm, out);
}

static double value(const void *user, nw_vec3 point_mm)
{
    const struct expression *x = user;
    return nw_field_value(x->field, x->root, point_mm);
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

bool nw_surface_of_field(const struct nw_field *field, nw_node root, nw_box box, double cell_mm,
                         struct nw_mesh *out, struct nw_err *err)
{
    struct expression x = {.field = field, .root = root, .cell_mm = cell_mm};
    if (!make_grid(&x.grid, box, cell_mm, err))
        return false;
    x.tape = nw_tape_new(field, root, err);
    if (!x.tape)
        return false;
    const struct nw_lattice lattice = {.grid = x.grid,
                                       .user = &x,
                                       .may_cross = may_cross,
                                       .fill = fill,
                                       .gradient = gradient,
                                       .value = value};
    struct nw_mesh mesh = {0};
    bool ok = nw_surface_extract(&lattice, &mesh, err);
    nw_tape_free(x.tape);
    if (ok && mesh.tri_count == 0)
        ok = nw_fail(err, NW_ERR_GEOMETRY, "nothing of the shape lies inside the box");
    if (ok)
        *out = mesh;
    else
        nw_mesh_release(&mesh);
    return ok;
}
