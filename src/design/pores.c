/* design/pores.c -- what a porous part came out as: struts and pores by the largest balls that
 * fit, and whether every pore leads outside. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "design/look_priv.h"
#include "mesh/thickness.h"

enum { BALLS = 8000, SIDE_MOST = 160, ROW = 256 };
static const double OPEN_LEAST = 0.99; /* of the pores' volume: the rest keeps its powder */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct balls {
    double *size;
    size_t count;
};

/* The balls that touch the surface from one side, that lie wholly within the shape. */
static void gather(struct nw_making *m, nw_node within, const struct nw_mesh *mesh,
                   const struct nw_bvh *bvh, double side, double most, struct balls *out)
{
    const size_t stride = mesh->tri_count / BALLS + 1;
    for (size_t t = 0; t < mesh->tri_count; t += stride) {
        const nw_vec3 a = mesh->pos_mm[mesh->tri[t][0]], b = mesh->pos_mm[mesh->tri[t][1]],
                      c = mesh->pos_mm[mesh->tri[t][2]];
        const nw_vec3 at = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
        const nw_vec3 n = nw_unit(nw_cross(nw_sub(b, a), nw_sub(c, a)));
        const double depth = -nw_field_value(m->field, within, at);
        if (depth < m->cell_mm || !(nw_length(n) > 0))
            continue;
        const double size = nw_ball_along(bvh, at, nw_scale(n, side), most);
        const nw_vec3 middle = nw_along(at, n, side * size / 2);
        if (size < most && nw_field_value(m->field, within, middle) + size / 2 <= 0)
            out->size[out->count++] = size;
    }
    qsort(out->size, out->count, sizeof *out->size, by_size);
}

static bool judge_balls(struct nw_making *m, const struct nw_design_part *p,
                        const struct balls *b, bool solid)
{
    if (b->count == 0)
        return true;
    /* of the largest balls, the one that 0.5 % of the surface exceeds: folds and corners aside
     */
    const double large = b->size[b->count - 1 - b->count / 200];
    const double median = b->size[b->count / 2];
    const struct nw_design_check check = {.code = solid ? "strut-size" : "pore-size",
                                          .verdict = NW_VERDICT_PASS,
                                          .value = large,
                                          .limit = (double)NAN,
                                          .unit = "mm",
                                          .place_mm = nw_nowhere};
    return nw_judge(m, p, check,
                    solid ? "struts or walls hold balls of %.2f mm, half of them %.2f mm"
                          : "pores hold balls of %.2f mm, half of them %.2f mm",
                    solid ? "杆或壁内的最大内切球 %.2f mm，中位 %.2f mm"
                          : "孔内的最大内切球 %.2f mm，中位 %.2f mm",
                    large, median);
}

/* ---- do all pores lead outside? ---- */

enum state { SOLID, PORE, FREE };
struct flood {
    size_t dim[3];
    nw_vec3 origin;
    double cell;
    uint8_t *state;
    uint32_t *queue;
};

static void fill_row(const struct nw_tape *within, const struct nw_tape *solid,
                     const struct flood *f, size_t j, size_t k)
{
    nw_vec3 at[ROW];
    double in[ROW], on[ROW];
    uint8_t *row = f->state + f->dim[0] * (j + f->dim[1] * k);
    for (size_t i = 0; i < f->dim[0]; i++)
        at[i] = nw_add(f->origin, nw_scale(nw_v3((double)i, (double)j, (double)k), f->cell));
    nw_tape_values(within, at, f->dim[0], in);
    nw_tape_values(solid, at, f->dim[0], on);
    for (size_t i = 0; i < f->dim[0]; i++)
        row[i] = in[i] >= 0 ? FREE : on[i] > 0 ? PORE : SOLID;
}

/* From the free cells into the pores, through faces. Returns the share of pores reached. */
static double spread(const struct flood *f)
{
    const size_t nx = f->dim[0], ny = f->dim[1], nz = f->dim[2], all = nx * ny * nz;
    size_t head = 0, tail = 0, pores = 0, free_cells = 0;
    for (size_t i = 0; i < all; i++) {
        pores += f->state[i] == PORE;
        if (f->state[i] == FREE)
            f->queue[tail++] = (uint32_t)i;
    }
    free_cells = tail;
    while (head < tail) {
        const size_t at = f->queue[head++];
        const size_t x = at % nx, y = at / nx % ny, z = at / (nx * ny);
        const size_t next[6] = {x > 0 ? at - 1 : at,       x + 1 < nx ? at + 1 : at,
                                y > 0 ? at - nx : at,      y + 1 < ny ? at + nx : at,
                                z > 0 ? at - nx * ny : at, z + 1 < nz ? at + nx * ny : at};
        for (int s = 0; s < 6; s++)
            if (f->state[next[s]] == PORE) {
                f->state[next[s]] = FREE;
                f->queue[tail++] = (uint32_t)next[s];
            }
    }
    return pores > 0 ? (double)(tail - free_cells) / (double)pores : 1;
}

static bool open_share(struct nw_making *m, nw_node within, nw_node solid, double *out)
{
    nw_box box;
    struct flood f = {.cell = 1.2 * m->cell_mm};
    if (!nw_node_bounds(m->field, within, &box, m->err))
        return false;
    const nw_vec3 size = nw_box_size(box);
    f.cell = fmax(f.cell, fmax(size.x, fmax(size.y, size.z)) / SIDE_MOST);
    const double side[3] = {size.x, size.y, size.z};
    for (int a = 0; a < 3; a++)
        f.dim[a] = (size_t)ceil(side[a] / f.cell) + 3;
    f.origin = nw_sub(box.min, nw_v3(f.cell, f.cell, f.cell));
    const size_t all = f.dim[0] * f.dim[1] * f.dim[2];
    NW_AUTOFREE uint8_t *state = NW_ALLOC(uint8_t, all, m->err);
    NW_AUTOFREE uint32_t *queue = state ? NW_ALLOC_UNSET(uint32_t, all, m->err) : NULL;
    struct nw_tape *in = queue ? nw_tape_new(m->field, within, m->err) : NULL;
    struct nw_tape *on = in ? nw_tape_new(m->field, solid, m->err) : NULL;
    f.state = state;
    f.queue = queue;
    for (size_t k = 0; on && k < f.dim[2]; k++)
        for (size_t j = 0; j < f.dim[1]; j++)
            fill_row(in, on, &f, j, k);
    if (on)
        *out = spread(&f);
    nw_tape_free(in);
    nw_tape_free(on);
    return on != NULL;
}

static bool judge_open(struct nw_making *m, const struct nw_design_part *p, nw_node within,
                       nw_node solid)
{
    double share = 0;
    if (!open_share(m, within, solid, &share))
        return false;
    const struct nw_design_check check = {.code = "pores-open",
                                          .verdict = share < OPEN_LEAST ? NW_VERDICT_CONDITIONAL
                                                                        : NW_VERDICT_PASS,
                                          .value = share,
                                          .limit = OPEN_LEAST,
                                          .unit = "",
                                          .place_mm = nw_nowhere};
    return nw_judge(m, p, check, "%.1f %% of the pores lead outside (at least %.0f %%)",
                    "%.1f %% 的孔隙与外部连通（至少 %.0f %%）", 100 * share, 100 * OPEN_LEAST);
}

bool nw_judge_pores(struct nw_making *m, const struct nw_design_part *p,
                    const struct nw_mesh *mesh, const struct nw_porous *porous)
{
    NW_AUTOFREE double *size = NW_ALLOC(double, mesh->tri_count + 1, m->err);
    struct nw_bvh *bvh = size ? nw_bvh_new(mesh, m->err) : NULL;
    bool ok = bvh != NULL;
    for (int solid_side = 1; ok && solid_side >= 0; solid_side--) {
        struct balls balls = {size, 0};
        gather(m, porous->within, mesh, bvh, solid_side ? -1 : 1, porous->most_mm, &balls);
        ok = judge_balls(m, p, &balls, solid_side);
    }
    nw_bvh_free(bvh);
    return ok && judge_open(m, p, porous->whole, porous->made);
}
