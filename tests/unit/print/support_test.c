/* Supports: islands are held, clear faces are not touched, posts stand beside the part where
 * they can, the same on any number of threads. */
#include "print/support.h"

#include "bench_machine.h"
#include "core/parallel.h"
#include "print/track.h"
#include "starve.h"
#include "unit.h"

struct held {
    struct nw_machine machine;
    struct nw_placement place;
    struct nw_layers part, all;
    struct nw_supports supports;
    struct nw_tracked found;
};

static bool support(struct held *h, const struct nw_model *model, double lift_mm,
                    const struct nw_support_opts *opts, struct nw_err *err)
{
    const struct nw_place_opts place = {.lift_mm = lift_mm};
    const struct nw_raster_opts raster = {0};
    const struct nw_track_opts track = {0};
    *h = (struct held){.machine = bench_machine()};
    return nw_place_model(model, &h->machine, &place, &h->place, err) &&
           nw_layers_of_model(model, &h->place, &h->machine, &raster, &h->part, err) &&
           nw_supports_find(&h->part, opts, &h->supports, err) &&
           nw_layers_supported(&h->part, &h->supports, &h->machine, &h->all, err) &&
           nw_layers_track(&h->all, &track, &h->found, err);
}

static void drop(struct held *h)
{
    nw_layers_release(&h->all);
    nw_supports_release(&h->supports);
    nw_layers_release(&h->part);
}

static void bench_table(struct nw_model *m)
{
    bench_add_box(m, nw_v3(0, 0, 0), nw_v3(2, 2, 9));
    bench_add_box(m, nw_v3(8, 0, 3), nw_v3(10, 2, 9)); /* begins in the air */
    bench_add_box(m, nw_v3(0, 0, 8.5), nw_v3(10, 2, 10));
}

static void an_island_stands_on_a_post(void)
{
    struct nw_model m = {0};
    struct nw_err err = {0};
    struct held h;
    bench_table(&m);
    const struct nw_support_opts opts = {.overhang_deg = 45};
    CHECK(support(&h, &m, 5, &opts, &err));
    CHECK(h.supports.islands == 2); /* both feet of the table, in the air */
    CHECK(h.supports.on_part == 0 && h.supports.tips >= 3);
    CHECK(h.found.islands.count == 0 && h.found.parts.count == 1);
    CHECK(h.found.trapped.count == 0 && h.found.cups.count == 0);
    CHECK_NEAR(h.supports.part_mm3, 2 * 2 * 9 + 2 * 2 * 6 + 20 * 1.5 - 4 * 0.5 * 2, 0.1);
    drop(&h);
    nw_model_release(&m);
}

/* A plate in the air: no place of its underside is further from a tip than the spacing. */
static void no_place_is_further_from_a_tip_than_the_spacing(void)
{
    struct nw_model m = {0};
    struct nw_err err = {0};
    struct held h;
    bench_add_box(&m, nw_v3(0, 0, 0), nw_v3(20, 12, 1));
    const struct nw_support_opts opts = {.overhang_deg = 45, .spacing_mm = 2.5};
    CHECK(support(&h, &m, 5, &opts, &err));
    double worst = 0;
    for (int n = 0; n < 400; n++) {
        const nw_vec3 p = nw_v3(10 + (n % 20 + 0.5), 9 + (n / 20 + 0.5) * 0.6, 5);
        double least = INFINITY;
        for (size_t r = 0; r < h.supports.rod_count; r++)
            if (h.supports.rod[r].a.z > 5)
                least = fmin(least, nw_length(nw_v3(h.supports.rod[r].a.x - p.x,
                                                    h.supports.rod[r].a.y - p.y, 0)));
        worst = fmax(worst, least);
    }
    CHECK(worst < 2.5 + 0.6); /* a sampling cell's diagonal */
    CHECK(h.supports.tips < 90);
    drop(&h);
    nw_model_release(&m);
}

/* Over a wide block: the post leans out beside it when it can, and else stands on it. */
static void a_post_goes_beside_the_part_where_it_can(void)
{
    struct nw_model m = {0};
    struct nw_err err = {0};
    struct held h;
    bench_add_box(&m, nw_v3(0, 0, 0), nw_v3(6, 12, 3));
    bench_add_box(&m, nw_v3(0, 5, 2), nw_v3(1, 7, 20));
    bench_add_box(&m, nw_v3(0, 5, 19), nw_v3(5, 7, 20)); /* an arm over the block */
    const struct nw_support_opts opts = {.overhang_deg = 45};
    CHECK(support(&h, &m, 0, &opts, &err));
    CHECK(h.supports.tips >= 1 && h.supports.on_part == 0 && h.supports.islands == 0);
    bool leans = false;
    for (size_t r = 0; r < h.supports.rod_count; r++) {
        const nw_vec3 d = nw_sub(h.supports.rod[r].b, h.supports.rod[r].a);
        leans = leans || hypot(d.x, d.y) > 1;
        CHECK(hypot(d.x, d.y) <= fabs(d.z) + 1e-9);
    }
    CHECK(leans);
    drop(&h);
    /* the same arm low over the block: no room to lean out */
    nw_model_release(&m);
    bench_add_box(&m, nw_v3(0, 0, 0), nw_v3(20, 20, 3));
    bench_add_box(&m, nw_v3(9, 9, 2), nw_v3(10, 11, 7));
    bench_add_box(&m, nw_v3(9, 9, 6), nw_v3(14, 11, 7));
    CHECK(support(&h, &m, 0, &opts, &err));
    CHECK(h.supports.tips >= 1 && h.supports.on_part == h.supports.tips);
    CHECK(h.found.islands.count == 0 && h.found.parts.count == 1);
    drop(&h);
    nw_model_release(&m);
}

static void a_face_to_be_kept_clear_gets_no_tip(void)
{
    struct nw_model m = {0}, bone = {0};
    struct nw_err err = {0};
    struct held h;
    bench_add_box(&m, nw_v3(0, 0, 0), nw_v3(20, 10, 2));
    bench_add_box(&bone, nw_v3(-1, -1, -2), nw_v3(10, 11, -0.1)); /* under its left half */
    const struct nw_support_opts opts = {
        .overhang_deg = 45, .keep_clear = &bone, .clear_mm = 0.5};
    CHECK(support(&h, &m, 5, &opts, &err));
    CHECK(h.supports.kept_clear > 100 && h.supports.tips > 3);
    for (size_t r = 0; r < h.supports.rod_count; r++)
        if (h.supports.rod[r].a.z > 5)
            CHECK(h.supports.rod[r].a.x > 20); /* the middle of the bed */
    drop(&h);
    nw_model_release(&m);
    nw_model_release(&bone);
}

static uint64_t sum_of(const struct held *h)
{
    uint64_t sum = 0;
    const size_t size = nw_layers_width(&h->all) * nw_layers_rows(&h->all);
    struct nw_err err = {0};
    uint8_t *out = NW_ALLOC(uint8_t, size, &err);
    for (size_t k = 0; out && k < h->all.count; k += 3) {
        CHECK(h->all.fill(h->all.user, k, h->all.lo[1], h->all.hi[1], out, &err));
        for (size_t n = 0; n < size; n++)
            sum = sum * 31 + out[n];
    }
    nw_free(out);
    return sum;
}

static void threads_do_not_show(void)
{
    struct nw_model m = {0};
    struct nw_err err = {0};
    const struct nw_support_opts opts = {.overhang_deg = 45};
    uint64_t sum[2];
    bench_table(&m);
    for (int n = 0; n < 2; n++) {
        struct held h;
        nw_set_threads(n == 0 ? 1 : 3);
        CHECK(support(&h, &m, 4, &opts, &err));
        sum[n] = sum_of(&h);
        drop(&h);
    }
    CHECK(sum[0] == sum[1]);
    nw_model_release(&m);
}

static struct nw_model starved;
static bool support_starved(struct nw_err *err)
{
    const struct nw_support_opts opts = {
        .overhang_deg = 45, .keep_clear = &starved, .clear_mm = 1e-3};
    struct held h = {0};
    nw_set_threads(1);
    const bool ok = support(&h, &starved, 3, &opts, err);
    drop(&h);
    return ok;
}

static void it_survives_every_allocation_failing(void)
{
    bench_add_box(&starved, nw_v3(0, 0, 0), nw_v3(3, 3, 0.5));
    CHECK(unit_starve(support_starved) >= 10);
    nw_model_release(&starved);
}

int main(void)
{
    UNIT(an_island_stands_on_a_post);
    UNIT(no_place_is_further_from_a_tip_than_the_spacing);
    UNIT(a_post_goes_beside_the_part_where_it_can);
    UNIT(a_face_to_be_kept_clear_gets_no_tip);
    UNIT(threads_do_not_show);
    UNIT(it_survives_every_allocation_failing);
    return unit_end();
}
