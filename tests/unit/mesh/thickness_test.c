/* Thickness of walls and gaps whose shape is a formula. */
#include "mesh/thickness.h"

#include "unit.h"

/* A closed box, and one around another as cavity when inner is above 0. */
static void add_box(struct nw_mesh *m, nw_vec3 lo, nw_vec3 hi, bool inside_out)
{
    static const uint32_t face[12][3] = {{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6},
                                         {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7},
                                         {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}};
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) box = {0};
    CHECK(nw_mesh_init(&box, 8, 12, &err));
    for (uint32_t v = 0; v < 8; v++)
        box.pos_mm[v] = nw_v3(v & 1 ? hi.x : lo.x, v & 2 ? hi.y : lo.y, v & 4 ? hi.z : lo.z);
    for (size_t t = 0; t < 12; t++)
        for (int k = 0; k < 3; k++)
            box.tri[t][k] = face[t][inside_out ? 2 - k : k];
    CHECK(nw_mesh_append(m, &box, &err));
}

static void walls_and_gaps_of_boxes_are_their_sizes(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_mesh) m = {0};
    add_box(&m, nw_v3(0, 0, 0), nw_v3(20, 20, 2), false);
    add_box(&m, nw_v3(0, 0, 2.7), nw_v3(20, 20, 9), false);
    struct nw_bvh *bvh = nw_bvh_new(&m, &err);
    CHECK(bvh != NULL);
    const nw_vec3 up = {0, 0, 1}, down = {0, 0, -1};
    CHECK_NEAR(nw_thin_at(bvh, &m, nw_v3(10, 10, 2), up, NW_SIDE_WALL, 5), 2, 1e-3);
    CHECK_NEAR(nw_thin_at(bvh, &m, nw_v3(10, 10, 0), down, NW_SIDE_WALL, 5), 2, 1e-3);
    CHECK_NEAR(nw_thin_at(bvh, &m, nw_v3(10, 10, 2), up, NW_SIDE_GAP, 5), 0.7, 1e-3);
    CHECK(isinf(nw_thin_at(bvh, &m, nw_v3(10, 10, 9), up, NW_SIDE_WALL, 5)));
    CHECK_NEAR(nw_ball_along(bvh, nw_v3(10, 10, 9), down, 50), 6.3, 1e-3);
    /* Beside an edge the ball is small, but what is across is far: no thin wall. */
    CHECK(nw_ball_along(bvh, nw_v3(0.2, 10, 9), down, 50) < 0.5);
    CHECK(isinf(nw_thin_at(bvh, &m, nw_v3(0.2, 10, 9), up, NW_SIDE_WALL, 5)));
    nw_bvh_free(bvh);
}

int main(void)
{
    UNIT(walls_and_gaps_of_boxes_are_their_sizes);
    return unit_end();
}
