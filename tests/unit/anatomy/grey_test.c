/* Samples along lines, beside the same samples one by one. */
#include "anatomy/grey_priv.h"

#include "core/rand.h"
#include "unit.h"

static bool make(struct nw_volume *vol, const size_t dim[3], struct nw_err *err)
{
    const struct nw_grid grid = {
        {dim[0], dim[1], dim[2]}, {0, 0, 0}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    if (!nw_volume_init(vol, NW_VOXEL_I16, &grid, err))
        return false;
    for (size_t n = 0; n < nw_grid_count(&grid); n++)
        vol->i16[n] = (int16_t)(nw_rand_even(5, n) * 65536 - 32768);
    return true;
}

/* Lines of random places and steps, most inside the grid, many across its border. */
static size_t differing_samples(const struct nw_grey *g)
{
    size_t wrong = 0, inside = 0;
    for (uint64_t n = 0; n < 20000; n++) {
        double r[6], line[2 * NW_GREY_LINE_HALF + 1];
        for (uint64_t c = 0; c < 6; c++)
            r[c] = nw_rand_even(c + 1, n);
        const nw_ijk at = {r[0] * (double)g->grid.dim[0] - 0.5,
                           r[1] * (double)g->grid.dim[1] - 0.5,
                           r[2] * (double)g->grid.dim[2] - 0.5};
        const nw_ijk step = {1.4 * r[3] - 0.7, 1.4 * r[4] - 0.7, n % 5 ? 1.4 * r[5] - 0.7 : 0};
        const int half = (int)(n % (NW_GREY_LINE_HALF + 1));
        nw_grey_sample_line(g, at, step, half, line);
        for (int k = -half; k <= half; k++) {
            const nw_ijk q = {at.i + step.i * k, at.j + step.j * k, at.k + step.k * k};
            wrong += line[half + k] != nw_grey_sample(g, q);
            inside += q.i > 0 && q.j > 0 && q.k > 0;
        }
    }
    CHECK(g->grid.dim[2] == 1 || inside > 10000);
    return wrong;
}

static void a_line_has_the_bits_of_its_samples(void)
{
    const size_t dim[3][3] = {{40, 37, 29}, {9, 60, 14}, {30, 31, 1}};
    for (int n = 0; n < 3; n++) {
        struct nw_err err = {0};
        struct nw_volume vol = {0};
        struct nw_grey grey = {0};
        CHECK(make(&vol, dim[n], &err) && nw_grey_init(&grey, &vol, &err));
        CHECK(differing_samples(&grey) == 0);
        nw_volume_release(&vol);
    }
}

int main(void)
{
    UNIT(a_line_has_the_bits_of_its_samples);
    return unit_end();
}
