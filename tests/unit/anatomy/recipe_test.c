/* The recipes as a caller sees them: parts, numbers, refusals, sameness. */
#include "anatomy/recipe.h"

#include <string.h>

#include "mesh/check.h"
#include "synthetic.h"
#include "unit.h"

static const struct ball FLESH[] = {{{0.1, 0.2, -0.1}, 32, 1050}, {{4, -3, 2}, 10, 1200}};

static bool run(const struct ball *ball, size_t balls, const struct nw_reconstruct_opts *opts,
                struct nw_reconstruction *r, struct nw_err *err)
{
    struct nw_scan scan;
    const struct synthetic s = bone_in_flesh(ball, balls);
    CHECK(synthetic_make(&s, &scan, err));
    const bool ok = nw_reconstruct(&scan, opts, r, err);
    nw_scan_release(&scan);
    return ok;
}

static double ball_mm3(double r)
{
    return 4 * NW_PI / 3 * r * r * r;
}

static void a_ball_of_bone_is_a_solid_with_true_numbers(void)
{
    struct nw_reconstruction r = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {0}; /* bone, simplified within 0.05 mm */
    CHECK(run(FLESH, 2, &opts, &r, &err));
    CHECK(r.part_count == 1 && r.label_count == 2 && strcmp(r.label_name[1], "bone") == 0);
    const struct nw_part_numbers *n = &r.numbers[0];
    CHECK_NEAR(n->volume_mm3, ball_mm3(10), 0.01 * ball_mm3(10));
    CHECK_NEAR(n->area_mm2, 4 * NW_PI * 100, 15);
    CHECK_NEAR(n->box.max.x, 14, 0.15);
    CHECK_NEAR(n->box.min.z, -8, 0.15);
    CHECK(n->pieces == 1 && n->mean_hu > 1100 && n->mean_hu < 1260);
    CHECK(n->class_share[NW_CLASS_RESOLVED] > 0.99);
    double bins = 0;
    for (int b = 0; b < NW_UNCERTAINTY_BINS; b++)
        bins += n->uncertainty_share[b];
    CHECK_NEAR(bins, 1, 1e-9);
    CHECK(n->uncertainty_p50_mm > 0.01 && n->uncertainty_p50_mm < 0.05);
    CHECK(n->simplified.max_mm <= 0.05 && n->simplified.triangles_after > 100 &&
          n->simplified.triangles_after < n->simplified.triangles_before / 4);
    struct nw_mesh_check check;
    CHECK(nw_mesh_check(&r.model.part[0].mesh, NULL, &check, &err) && check.solid);
    CHECK(isnan(r.budget.print_mm) && r.budget.total_mm > 0 && r.budget.bias_mm == 0);
    nw_reconstruction_release(&r);
}

static void skin_is_the_whole_body_closed(void)
{
    struct nw_reconstruction r = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {.recipe = nw_recipe_find("skin"),
                                             .simplify_mm = -1};
    CHECK(run(FLESH, 2, &opts, &r, &err));
    CHECK(r.part_count == 1 && r.numbers[0].pieces == 1);
    if (r.part_count == 1)
        CHECK_NEAR(r.numbers[0].volume_mm3, ball_mm3(32), 0.004 * ball_mm3(32));
    nw_reconstruction_release(&r);
}

static void a_range_of_greys_is_cut_at_its_levels(void)
{
    struct nw_reconstruction r = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {
        .recipe = nw_recipe_find("threshold"), .lo_hu = 650, .hi_hu = 3000, .simplify_mm = -1};
    CHECK(run(FLESH, 2, &opts, &r, &err));
    CHECK(r.part_count == 1 && strcmp(r.numbers[0].name, "tissue") == 0);
    if (r.part_count == 1)
        CHECK_NEAR(r.numbers[0].volume_mm3, ball_mm3(10), 0.015 * ball_mm3(10));
    nw_reconstruction_release(&r);
}

static void a_fixed_threshold_says_its_bias(void)
{
    struct nw_reconstruction r = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {
        .fixed_threshold = true, .lo_hu = 226, .simplify_mm = -1};
    CHECK(run(FLESH, 2, &opts, &r, &err));
    CHECK(r.budget.bias_mm > 0.3 && r.budget.bias_mm < 0.5);
    if (r.part_count == 1) { /* the surface is as far out as the budget says */
        const double radius = 10 + r.budget.bias_mm;
        CHECK_NEAR(r.numbers[0].volume_mm3, ball_mm3(radius), 0.015 * ball_mm3(radius));
    }
    nw_reconstruction_release(&r);
}

static void refusals_say_what_to_do(void)
{
    struct nw_reconstruction r = {0};
    struct nw_err err = {0};
    struct nw_scan scan;
    struct synthetic s = bone_in_flesh(FLESH, 2);
    s.dim[0] = s.dim[1] = s.dim[2] = 60;
    CHECK(synthetic_make(&s, &scan, &err));
    scan.facts.modality = "MR";
    struct nw_reconstruct_opts opts = {0};
    CHECK(!nw_reconstruct(&scan, &opts, &r, &err) && err.code == NW_ERR_STATE);
    CHECK(strstr(err.msg, "--preset threshold=") && r.part_count == 0 && !r.labels.data);
    err = (struct nw_err){0};
    opts = (struct nw_reconstruct_opts){
        .recipe = nw_recipe_find("threshold"), .lo_hu = 30000, .hi_hu = 31000};
    CHECK(!nw_reconstruct(&scan, &opts, &r, &err) && err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    opts.hi_hu = 100;
    CHECK(!nw_reconstruct(&scan, &opts, &r, &err) && err.code == NW_ERR_ARGUMENT);
    CHECK(nw_recipe_find("nose") == NULL && nw_recipe_at(99) == NULL && nw_recipe_at(0));
    nw_scan_release(&scan);
}

/* Req: R-040 */
static void the_same_scan_gives_the_same_bytes_on_any_threads(void)
{
    struct nw_reconstruction one = {0}, three = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {.simplify_mm = -1};
    nw_set_threads(1);
    CHECK(run(FLESH, 2, &opts, &one, &err));
    nw_set_threads(3);
    CHECK(run(FLESH, 2, &opts, &three, &err));
    nw_set_threads(0);
    CHECK(one.part_count == 1 && three.part_count == 1);
    if (one.part_count == 1 && three.part_count == 1) {
        const struct nw_mesh *a = &one.model.part[0].mesh, *b = &three.model.part[0].mesh;
        CHECK(a->vert_count == b->vert_count && a->tri_count == b->tri_count);
        CHECK(memcmp(a->pos_mm, b->pos_mm, a->vert_count * sizeof *a->pos_mm) == 0);
        CHECK(memcmp(a->tri, b->tri, a->tri_count * sizeof *a->tri) == 0);
        CHECK(memcmp(a->uncertainty_mm, b->uncertainty_mm, a->vert_count * sizeof(float)) == 0);
        CHECK(memcmp(a->vert_class, b->vert_class, a->vert_count) == 0);
        CHECK(nw_volume_is_equal(&one.labels, &three.labels));
    }
    nw_reconstruction_release(&one);
    nw_reconstruction_release(&three);
}

static void each_failing_allocation_is_survived(void)
{
    struct nw_err err = {0};
    struct nw_scan scan;
    struct synthetic s = bone_in_flesh(FLESH, 2);
    s.dim[0] = s.dim[1] = 48;
    s.dim[2] = 36;
    s.origin_mm = nw_v3(-9, -16, -10.5);
    CHECK(synthetic_make(&s, &scan, &err));
    const struct nw_reconstruct_opts opts = {.simplify_mm = -1};
    size_t failed = 0;
    for (size_t nth = 0; nth < 5000; nth = 2 * nth + 1) {
        struct nw_reconstruction r = {0};
        struct nw_err e = {0};
        nw_mem_fail_at(nth);
        const bool ok = nw_reconstruct(&scan, &opts, &r, &e);
        nw_mem_fail_at(SIZE_MAX);
        failed += !ok;
        CHECK(ok ? e.code == NW_OK : e.code == NW_ERR_MEMORY && r.part_count == 0);
        nw_reconstruction_release(&r);
        if (ok)
            break;
    }
    CHECK(failed > 4);
    nw_scan_release(&scan);
}

int main(void)
{
    UNIT(a_ball_of_bone_is_a_solid_with_true_numbers);
    UNIT(skin_is_the_whole_body_closed);
    UNIT(a_range_of_greys_is_cut_at_its_levels);
    UNIT(a_fixed_threshold_says_its_bias);
    UNIT(refusals_say_what_to_do);
    UNIT(the_same_scan_gives_the_same_bytes_on_any_threads);
    UNIT(each_failing_allocation_is_survived);
    return unit_end();
}
