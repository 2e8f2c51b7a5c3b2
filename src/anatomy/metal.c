/* anatomy/metal.c -- see metal_priv.h. */
#include "anatomy/metal_priv.h"

#include "core/parallel.h"

enum { BLOCK = 16, CHUNK = 4096 };
static const double METAL_HU = 2500;
static const float METAL_UNCERTAINTY_MM = 0.5f;

struct finder {
    const struct nw_grey *grey;
    struct nw_grid_inverse inv;
    double limit, reach_mm; /* stored units */
    nw_ijk reach;           /* voxels, of the box around all places looked at */
    size_t blocks[3];
    uint8_t *bright; /* a block's: it has a voxel at the limit */
};

NW_CLONES static bool any_bright(const int16_t v[BLOCK], int limit)
{
    int count = 0;
    for (int i = 0; i < BLOCK; i++)
        count += v[i] >= limit;
    return count > 0;
}

/* One slice of voxels into its layer of blocks. */
static void look_at_slice(struct finder *f, size_t k, int limit)
{
    const size_t *d = f->grey->grid.dim;
    for (size_t j = 0; j < d[1]; j++) {
        const int16_t *row = f->grey->v + d[0] * (j + d[1] * k);
        uint8_t *out = f->bright + f->blocks[0] * (j / BLOCK + f->blocks[1] * (k / BLOCK));
        size_t i = 0;
        for (; i + BLOCK <= d[0]; i += BLOCK)
            out[i / BLOCK] |= any_bright(row + i, limit);
        for (; i < d[0]; i++)
            out[i / BLOCK] |= row[i] >= limit;
    }
}

static bool find_blocks(struct finder *f, struct nw_err *err)
{
    const size_t *d = f->grey->grid.dim;
    for (int a = 0; a < 3; a++)
        f->blocks[a] = (d[a] + BLOCK - 1) / BLOCK;
    f->bright = NW_ALLOC(uint8_t, f->blocks[0] * f->blocks[1] * f->blocks[2], err);
    if (!f->bright)
        return false;
    const double limit = fmin(fmax(ceil(f->limit), -32768), 32768);
    NW_PARALLEL_FOR
    for (size_t b = 0; b < f->blocks[2]; b++)
        for (size_t k = b * BLOCK; k < (b + 1) * BLOCK && k < d[2]; k++)
            look_at_slice(f, k, (int)limit);
    return true;
}

static void block_range(double lo, double hi, size_t dim, size_t out[2])
{
    const double last = (double)dim - 1;
    out[0] = (size_t)fmin(fmax(floor(lo), 0), last) / BLOCK;
    out[1] =
        (size_t)fmin(fmax(floor(hi) + 1, 0), last) / BLOCK; /* a sample's cell ends there */
}

/* False: nothing that is sampled around here can be at the limit. */
static bool may_be_near(const struct finder *f, nw_vec3 at_mm)
{
    const nw_ijk q = nw_grid_index(&f->inv, at_mm);
    const size_t *d = f->grey->grid.dim;
    size_t i[2], j[2], k[2];
    block_range(q.i - f->reach.i, q.i + f->reach.i, d[0], i);
    block_range(q.j - f->reach.j, q.j + f->reach.j, d[1], j);
    block_range(q.k - f->reach.k, q.k + f->reach.k, d[2], k);
    for (size_t z = k[0]; z <= k[1]; z++)
        for (size_t y = j[0]; y <= j[1]; y++)
            for (size_t x = i[0]; x <= i[1]; x++)
                if (f->bright[x + f->blocks[0] * (y + f->blocks[1] * z)])
                    return true;
    return false;
}

static bool is_bright(const struct finder *f, nw_vec3 at_mm)
{
    return nw_grey_sample(f->grey, nw_grid_index(&f->inv, at_mm)) >= f->limit;
}

static bool is_near(const struct finder *f, nw_vec3 at_mm)
{
    for (int k = 0; k < 27; k++) {
        const nw_vec3 d = nw_v3(k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1);
        if (is_bright(f, nw_along(at_mm, d, f->reach_mm)) ||
            is_bright(f, nw_along(at_mm, d, f->reach_mm / 2)))
            return true;
    }
    return false;
}

static void mark(const struct finder *f, struct nw_mesh *m)
{
    NW_PARALLEL_FOR
    for (size_t c = 0; c < (m->vert_count + CHUNK - 1) / CHUNK; c++)
        for (size_t v = c * CHUNK; v < m->vert_count && v < (c + 1) * CHUNK; v++) {
            if (!may_be_near(f, m->pos_mm[v]) || !is_near(f, m->pos_mm[v]))
                continue;
            m->vert_class[v] = NW_CLASS_METAL;
            m->uncertainty_mm[v] = fmaxf(m->uncertainty_mm[v], METAL_UNCERTAINTY_MM);
        }
}

static double absolute_sum(nw_vec3 v)
{
    return fabs(v.x) + fabs(v.y) + fabs(v.z);
}

bool nw_metal_mark(const struct nw_grey *grey, double reach_mm, struct nw_mesh *mesh,
                   struct nw_err *err)
{
    struct finder f = {
        .grey = grey,
        .inv = nw_grid_invert(&grey->grid),
        .limit = (METAL_HU - grey->shift) / grey->scale,
        .reach_mm = reach_mm,
    };
    const double slack = 1e-6; /* voxels; places are rounded */
    const nw_mat3 *m = &f.inv.per_mm;
    f.reach = (nw_ijk){reach_mm * absolute_sum(m->r[0]) + slack,
                       reach_mm * absolute_sum(m->r[1]) + slack,
                       reach_mm * absolute_sum(m->r[2]) + slack};
    if (!find_blocks(&f, err))
        return false;
    mark(&f, mesh);
    nw_free(f.bright);
    return true;
}
