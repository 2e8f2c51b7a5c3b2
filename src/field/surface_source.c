/* field/surface_source.c -- samples, crossings and places. */
#include "field/surface_priv.h"

static float brick_value(const struct source *s, size_t i, size_t j, size_t k)
{
    /* The last layer of the lattice may be the extra one of the brick before. */
    size_t b[3] = {i / BRICK_CELLS, j / BRICK_CELLS, k / BRICK_CELLS};
    const size_t at[3] = {i, j, k};
    const float *value = NULL;
    for (int c = 0; c < 8 && !value; c++) {
        size_t n[3];
        bool exists = true;
        for (int a = 0; a < 3; a++) {
            const bool back = c >> a & 1;
            exists &= !back || (at[a] % BRICK_CELLS == 0 && b[a] > 0);
            n[a] = back ? b[a] - 1 : b[a];
        }
        if (!exists)
            continue;
        value = s->brick[n[0] + s->brick_dim[0] * (n[1] + s->brick_dim[1] * n[2])];
        if (value) {
            b[0] = n[0];
            b[1] = n[1];
            b[2] = n[2];
        }
    }
    if (!value)
        return 0; /* only if a source says "cannot cross" of what does */
    size_t lo[3], len[2];
    for (int a = 0; a < 3; a++)
        lo[a] = b[a] * BRICK_CELLS;
    for (int a = 0; a < 2; a++) {
        const size_t left = s->dim[a] - lo[a];
        len[a] = left < BRICK_POINTS ? left : BRICK_POINTS;
    }
    return -value[(i - lo[0]) + len[0] * ((j - lo[1]) + len[1] * (k - lo[2]))];
}

float nw_source_value(const struct source *s, size_t i, size_t j, size_t k)
{
    if (s->kind == SOURCE_BRICKS)
        return brick_value(s, i, j, k);
    const size_t at = nw_grid_at(&s->grid, s->lo[0] + i, s->lo[1] + j, s->lo[2] + k);
    switch (s->kind) {
    case SOURCE_I16:
        return (float)s->i16[at] - s->level;
    case SOURCE_U8:
        return (float)s->u8[at] - s->level;
    case SOURCE_U16:
        return (float)s->u16[at] - s->level;
    case SOURCE_F32:
        return s->f32[at] - s->level;
    case SOURCE_LABELS:
    case SOURCE_BRICKS:
        break;
    }
    NW_UNREACHABLE();
}

float nw_source_crossing(const struct source *s, const size_t p[3], int axis)
{
    if (s->kind == SOURCE_LABELS || p[axis] == 0 || p[axis] == s->dim[axis])
        return 0.5F;
    size_t q[3] = {p[0] - 1, p[1] - 1, p[2] - 1};
    const float a = nw_source_value(s, q[0], q[1], q[2]);
    q[axis]++;
    const float b = nw_source_value(s, q[0], q[1], q[2]);
    return kept_off(a / (a - b), s->margin);
}

nw_vec3 nw_source_place(const struct source *s, double i, double j, double k)
{
    const nw_ijk p = {i - 1 + (double)s->lo[0], j - 1 + (double)s->lo[1],
                      k - 1 + (double)s->lo[2]};
    return nw_grid_point(&s->grid, p);
}
