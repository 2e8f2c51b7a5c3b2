/* Which vertices are near metal: the quick way beside the plain one. */
#include "anatomy/metal_priv.h"

#include <string.h>

#include "core/rand.h"
#include "starve.h"
#include "unit.h"

enum { POINTS = 20000 };
static const double REACH_MM = 4;

/* Noise with a rod and a grain of metal, on an oblique, left-handed grid whose rows
 * are no whole number of blocks. */
static bool make(struct nw_volume *vol, struct nw_err *err)
{
    const struct nw_grid grid = {
        {83, 70, 41}, {-30, 12, 7}, {{0.6, 0.3, 0}, {-0.25, 0.6, 0.2}, {0.1, 0.3, -1.2}}};
    if (!nw_volume_init(vol, NW_VOXEL_I16, &grid, err))
        return false;
    for (size_t n = 0; n < nw_grid_count(&grid); n++)
        vol->i16[n] = (int16_t)(-1000 + 3000 * nw_rand_even(5, n));
    for (size_t k = 0; k < 30; k++)
        for (size_t j = 31; j < 34; j++)
            for (size_t i = 80; i < 83; i++)
                vol->i16[nw_grid_at(&grid, i, j, k)] = 2500;
    for (size_t n = 0; n < 27; n++)
        vol->i16[nw_grid_at(&grid, 13 + n % 3, 45 + n / 3 % 3, 29 + n / 9)] = 3071;
    return true;
}

static bool make_points(const struct nw_grid *grid, struct nw_mesh *mesh, struct nw_err *err)
{
    mesh->pos_mm = NW_ALLOC(nw_vec3, POINTS, err);
    mesh->uncertainty_mm = mesh->pos_mm ? NW_ALLOC(float, POINTS, err) : NULL;
    mesh->vert_class = mesh->uncertainty_mm ? NW_ALLOC(uint8_t, POINTS, err) : NULL;
    mesh->vert_count = mesh->vert_class ? POINTS : 0;
    for (size_t n = 0; n < mesh->vert_count; n++) {
        const nw_ijk q = {90 * nw_rand_even(1, n) - 4, 78 * nw_rand_even(2, n) - 4,
                          46 * nw_rand_even(3, n) - 3};
        mesh->pos_mm[n] = nw_grid_point(grid, q);
        mesh->uncertainty_mm[n] = n % 2 ? 0.1f : 0.7f;
        mesh->vert_class[n] = NW_CLASS_THIN;
    }
    return mesh->vert_count > 0;
}

static bool is_near_plainly(const struct nw_volume *vol, nw_vec3 at)
{
    const struct nw_grid_inverse inv = nw_grid_invert(&vol->grid);
    for (int half = 1; half <= 2; half++)
        for (int k = 0; k < 27; k++) {
            const nw_vec3 d = nw_v3(k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1);
            const nw_vec3 p = nw_along(at, d, half * REACH_MM / 2);
            if (nw_volume_sample(vol, nw_grid_index(&inv, p)) >= 2500)
                return true;
        }
    return false;
}

static void vertices_near_metal_are_the_ones_the_plain_way_finds(void)
{
    struct nw_err err = {0};
    struct nw_volume vol = {0};
    struct nw_mesh mesh = {0};
    struct nw_grey grey = {0};
    CHECK(make(&vol, &err) && make_points(&vol.grid, &mesh, &err) &&
          nw_grey_init(&grey, &vol, &err));
    CHECK(nw_metal_mark(&grey, REACH_MM, &mesh, &err));
    size_t near = 0, wrong = 0;
    for (size_t n = 0; n < POINTS; n++) {
        const bool is = is_near_plainly(&vol, mesh.pos_mm[n]);
        near += is;
        wrong += (mesh.vert_class[n] == NW_CLASS_METAL) != is;
        wrong += mesh.uncertainty_mm[n] != (n % 2 == 0 ? 0.7f : is ? 0.5f : 0.1f);
    }
    CHECK(near > 50 && near < POINTS / 2);
    CHECK(wrong == 0);
    nw_mesh_release(&mesh);
    nw_volume_release(&vol);
}

static bool attempt(struct nw_err *err)
{
    struct nw_volume vol = {0};
    struct nw_mesh mesh = {0};
    struct nw_grey grey = {0};
    const bool ok = make(&vol, err) && make_points(&vol.grid, &mesh, err) &&
                    nw_grey_init(&grey, &vol, err) &&
                    nw_metal_mark(&grey, REACH_MM, &mesh, err);
    nw_mesh_release(&mesh);
    nw_volume_release(&vol);
    return ok;
}

static void no_memory_is_said(void)
{
    CHECK(unit_starve(attempt) == 5);
}

int main(void)
{
    UNIT(vertices_near_metal_are_the_ones_the_plain_way_finds);
    UNIT(no_memory_is_said);
    return unit_end();
}
