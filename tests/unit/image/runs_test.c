/* Pieces of label volumes against a plain flood fill. */
#include "image/runs.h"

#include <string.h>

#include "core/parallel.h"
#include "core/rand.h"
#include "unit.h"

static const struct nw_grid GRID = {{37, 21, 13}, {0, 0, 0}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

static struct nw_volume speckle(uint64_t seed, double share)
{
    struct nw_volume v = {0};
    struct nw_err err = {0};
    CHECK(nw_volume_init(&v, NW_VOXEL_U8, &GRID, &err));
    for (size_t n = 0; n < nw_grid_count(&GRID); n++)
        v.u8[n] = nw_rand_even(seed, n) < share ? 5 : 2;
    return v;
}

/* Labels by repeated sweeps until nothing changes: slow and plain. */
static void plain_pieces(const struct nw_volume *v, bool corners, size_t *out)
{
    const size_t *d = GRID.dim;
    for (size_t n = 0; n < nw_grid_count(&GRID); n++)
        out[n] = v->u8[n] == 5 ? n + 1 : 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t k = 0; k < d[2]; k++)
            for (size_t j = 0; j < d[1]; j++)
                for (size_t i = 0; i < d[0]; i++)
                    for (int c = 0; c < 27; c++) {
                        const size_t x = i + (size_t)(c % 3) - 1,
                                     y = j + (size_t)(c / 3 % 3) - 1,
                                     z = k + (size_t)(c / 9) - 1;
                        const int far = (c % 3 != 1) + (c / 3 % 3 != 1) + (c / 9 != 1);
                        if ((far > 1 && !corners) || x >= d[0] || y >= d[1] || z >= d[2])
                            continue;
                        size_t *a = &out[nw_grid_at(&GRID, i, j, k)],
                               *b = &out[nw_grid_at(&GRID, x, y, z)];
                        if (*a && *b && *b < *a) {
                            *a = *b;
                            changed = true;
                        }
                    }
    }
}

static void compare(uint64_t seed, double share, enum nw_neighbours neighbours)
{
    struct nw_volume v = speckle(seed, share);
    struct nw_err err = {0};
    struct nw_runs r = {0};
    static size_t plain[37 * 21 * 13];
    CHECK(nw_runs_find(&v, 4, 4, neighbours, &r, &err));
    plain_pieces(&v, neighbours == NW_NEIGHBOURS_26, plain);
    size_t voxels = 0, wrong = 0, first[37 * 21 * 13];
    memset(first, 0, sizeof first);
    for (size_t row = 0; row < 21 * 13; row++)
        for (size_t a = r.row[row]; a < r.row[row + 1]; a++)
            for (size_t i = r.run[a].lo; i < r.run[a].hi; i++) {
                const size_t id = plain[i + 37 * row], p = r.run[a].piece;
                first[p] = first[p] ? first[p] : id;
                wrong += id == 0 || first[p] != id;
                voxels++;
            }
    size_t total = 0, pieces = 0, set = 0;
    for (size_t p = 0; p < r.piece_count; p++)
        total += r.piece[p].voxels;
    for (size_t n = 0; n < nw_grid_count(&GRID); n++) {
        pieces += plain[n] == n + 1;
        set += v.u8[n] == 5;
    }
    CHECK(wrong == 0);
    CHECK(voxels == set && total == set);
    CHECK(pieces == r.piece_count);
    nw_runs_release(&r);
    nw_volume_release(&v);
}

static void pieces_are_those_of_a_plain_flood(void)
{
    for (uint64_t seed = 0; seed < 4; seed++) {
        compare(seed, 0.1, NW_NEIGHBOURS_26);
        compare(seed, 0.3, NW_NEIGHBOURS_6);
        compare(seed, 0.02, NW_NEIGHBOURS_26);
        compare(seed, 0.97, NW_NEIGHBOURS_6);
    }
}

static void a_box_is_measured_exactly_and_painted(void)
{
    struct nw_volume v = {0};
    struct nw_err err = {0};
    CHECK(nw_volume_init(&v, NW_VOXEL_U8, &GRID, &err));
    for (size_t k = 2; k < 5; k++)
        for (size_t j = 4; j < 9; j++)
            memset(v.u8 + nw_grid_at(&GRID, 3, j, k), 1, 20);
    struct nw_runs r = {0};
    CHECK(nw_runs_find(&v, 0xff, 1, NW_NEIGHBOURS_6, &r, &err));
    CHECK(r.piece_count == 1 && r.run_count == 15);
    const struct nw_piece *p = r.piece;
    CHECK(p->voxels == 300 && !p->at_border);
    CHECK(p->lo[0] == 3 && p->hi[0] == 23 && p->lo[1] == 4 && p->hi[1] == 9 && p->lo[2] == 2 &&
          p->hi[2] == 5);
    CHECK_NEAR(p->sum[0] / 300, 12.5, 0);
    CHECK_NEAR(p->sum[1] / 300, 6, 0);
    const uint8_t seven = 7;
    nw_runs_paint(&r, &seven, 0, &v);
    size_t painted = 0;
    for (size_t n = 0; n < nw_grid_count(&GRID); n++)
        painted += v.u8[n] == 7;
    CHECK(painted == 300);
    nw_runs_release(&r);
    nw_volume_release(&v);
}

static void each_failing_allocation_is_survived(void)
{
    struct nw_volume v = speckle(1, 0.5);
    for (size_t nth = 0; nth < 8; nth++) {
        struct nw_runs r = {0};
        struct nw_err err = {0};
        nw_mem_fail_at(nth);
        const bool ok = nw_runs_find(&v, 4, 4, NW_NEIGHBOURS_26, &r, &err);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(ok ? nth >= 4 : err.code == NW_ERR_MEMORY && !r.run);
        nw_runs_release(&r);
    }
    nw_volume_release(&v);
}

int main(void)
{
    UNIT(pieces_are_those_of_a_plain_flood);
    UNIT(a_box_is_measured_exactly_and_painted);
    UNIT(each_failing_allocation_is_survived);
    return unit_end();
}
