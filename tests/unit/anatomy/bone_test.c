/* What is called bone, and what is set apart, in scans made of balls. */
#include <string.h>

#include "anatomy/tissue_priv.h"
#include "synthetic.h"
#include "unit.h"

struct found {
    struct nw_scan scan;
    struct nw_calibration cal;
    struct nw_grey grey;
    struct nw_tissues tissues;
};

static bool find(struct found *f, const struct nw_reconstruct_opts *opts, struct nw_err *err)
{
    if (!nw_calibrate(&f->scan, &f->cal, err) || !nw_grey_init(&f->grey, &f->scan.volume, err))
        return false;
    const struct nw_tissue_input in = {&f->grey, &f->cal, opts, 20, true};
    return nw_bone_find(&in, &f->tissues, err);
}

static void release(struct found *f)
{
    nw_scan_release(&f->scan);
    nw_grey_release(&f->grey);
    nw_volume_release(&f->tissues.labels);
}

static size_t count(const struct nw_volume *v, uint8_t label)
{
    size_t n = 0;
    for (size_t k = 0; k < nw_grid_count(&v->grid); k++)
        n += v->u8[k] == label;
    return n;
}

static double ball_mm3(double r)
{
    return 4 * NW_PI / 3 * r * r * r;
}

static struct synthetic torso(const struct ball *ball, size_t balls)
{
    const struct synthetic s = {.dim = {160, 150, 90},
                                .spacing_mm = {1, 1, 1},
                                .origin_mm = {-80, -72, -45},
                                .sigma_mm = 0.7,
                                .noise_hu = 20,
                                .base_hu = -1000,
                                .ball = ball,
                                .ball_count = balls,
                                .seed = 3};
    return s;
}

static const struct ball BODY[] = {{{0, 0, 0}, 52, 1050}, {{3, 5, -2}, 14, 1100}};

/* A table top of 2 mm at 400 HU behind the body, the same in every slice. */
static void put_table(struct nw_volume *v)
{
    for (size_t k = 0; k < v->grid.dim[2]; k++)
        for (size_t j = 125; j < 128; j++)
            for (size_t i = 10; i < 150; i++)
                v->i16[nw_grid_at(&v->grid, i, j, k)] = 400;
}

static void a_table_is_listed_and_never_bone(void)
{
    struct found f = {0};
    struct nw_err err = {0};
    struct nw_reconstruct_opts opts = {0};
    const struct synthetic s = torso(BODY, 2);
    CHECK(synthetic_make(&s, &f.scan, &err));
    put_table(&f.scan.volume);
    CHECK(find(&f, &opts, &err));
    CHECK_NEAR((double)count(&f.tissues.labels, 1), ball_mm3(14), 0.03 * ball_mm3(14));
    CHECK(f.tissues.left[NW_LEFT_TABLE].pieces == 1);
    CHECK_NEAR(f.tissues.left[NW_LEFT_TABLE].volume_mm3, 3.0 * 140 * 90, 2000);
    CHECK_NEAR(f.tissues.left[NW_LEFT_TABLE].place_mm.y, 126 - 72, 0.5);
    nw_volume_release(&f.tissues.labels);
    f.tissues = (struct nw_tissues){0};
    opts.keep_cast = true;
    CHECK(find(&f, &opts, &err));
    CHECK_NEAR((double)count(&f.tissues.labels, 2), 3.0 * 140 * 90, 2000);
    CHECK(f.tissues.left[NW_LEFT_TABLE].pieces == 0 && f.tissues.count == 3);
    release(&f);
}

static void bone_without_flesh_is_not_taken_for_a_cast(void)
{
    const struct ball bare[] = {{{0, 0, 0}, 6, 2200}, {{30, 10, 5}, 5, 2200}};
    struct found f = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {0};
    const struct synthetic s = torso(bare, 2);
    CHECK(synthetic_make(&s, &f.scan, &err));
    CHECK(find(&f, &opts, &err));
    const double truth = ball_mm3(6) + ball_mm3(5);
    printf("# bare bones: %zu voxels, truth %.0f\n", count(&f.tissues.labels, 1), truth);
    CHECK_NEAR((double)count(&f.tissues.labels, 1), truth, 0.12 * truth);
    release(&f);
}

/* Req: R-050 (a gap of two voxels survives) */
static void a_gap_of_two_voxels_between_bones_stays_open(void)
{
    const struct ball joint[] = {{{0, 0, 0}, 33, 1050},
                                 {{-12.6, 0.1, 0.2}, 12, 1200},
                                 {{12.4, 0.1, 0.2}, 12, 1200}}; /* 1 mm apart: two voxels */
    struct found f = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {0};
    const struct synthetic s = bone_in_flesh(joint, 3);
    CHECK(synthetic_make(&s, &f.scan, &err));
    CHECK(find(&f, &opts, &err));
    struct nw_runs runs = {0};
    CHECK(nw_runs_find(&f.tissues.labels, 0xff, 1, NW_NEIGHBOURS_26, &runs, &err));
    CHECK(runs.piece_count == 2);
    for (size_t p = 0; p < runs.piece_count; p++)
        printf("# bone of %zu voxels\n", runs.piece[p].voxels);
    nw_runs_release(&runs);
    release(&f);
}

static void small_pieces_are_listed_and_cavities_kept_when_real(void)
{
    const struct ball things[] = {{{0, 0, 0}, 33, 1050},
                                  {{-6, 0, 0}, 12, 1200},
                                  {{-6, 0, 0}, 5, -1200},   /* a marrow hole */
                                  {{-6, 9, 0}, 1.2, -1200}, /* a pore */
                                  {{16, 4, 3}, 1.4, 1200}}; /* 11 mm3: under the limit */
    struct found f = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {0};
    const struct synthetic s = bone_in_flesh(things, 5);
    CHECK(synthetic_make(&s, &f.scan, &err));
    CHECK(find(&f, &opts, &err));
    const double voxel = 0.5 * 0.5 * 0.625, truth = ball_mm3(12) - ball_mm3(5);
    CHECK_NEAR((double)count(&f.tissues.labels, 1) * voxel, truth, 0.015 * truth);
    const struct nw_leftover *small = &f.tissues.left[NW_LEFT_SMALL];
    CHECK(small->pieces >= 1 && small->largest_mm3 > 3 && small->largest_mm3 < 20);
    CHECK(nw_length(nw_sub(small->place_mm, things[4].centre_mm)) < 0.5);
    release(&f);
}

/* Makes a ball spongy below a cortex of 2.5 mm: soft cells of 2 mm between plates of 1 mm,
 * open to each other, and `holes` of one voxel through the cortex. */
static void make_spongy(struct nw_volume *v, const struct ball *b, bool holes)
{
    for (size_t k = 0; k < v->grid.dim[2]; k++)
        for (size_t j = 0; j < v->grid.dim[1]; j++)
            for (size_t i = 0; i < v->grid.dim[0]; i++) {
                const nw_ijk q = {(double)i, (double)j, (double)k};
                const nw_vec3 p = nw_sub(nw_grid_point(&v->grid, q), b->centre_mm);
                const double r = nw_length(p);
                const bool plate = i % 6 < 2 && (j % 6 < 2 || k % 5 < 2);
                const bool hole = holes && j % 12 == 5 && k % 11 == 4 && r < b->radius_mm + 1;
                if ((r < b->radius_mm - 2.5 && !plate) || hole)
                    v->i16[nw_grid_at(&v->grid, i, j, k)] = 50;
            }
}

static size_t differing(const struct nw_volume *a, const struct nw_volume *b)
{
    size_t n = 0;
    for (size_t v = 0; v < nw_grid_count(&a->grid); v++)
        n += (a->u8[v] == 1) != (b->u8[v] == 1);
    return n;
}

static void spongy_bone_is_the_solid_under_its_cortex(void)
{
    const struct ball things[] = {{{0, 0, 0}, 33, 1050}, {{-2, 0, 1}, 14, 1200}};
    struct found solid = {0}, f = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {0};
    const struct synthetic s = bone_in_flesh(things, 2);
    CHECK(synthetic_make(&s, &solid.scan, &err) && find(&solid, &opts, &err));
    CHECK(synthetic_make(&s, &f.scan, &err));
    make_spongy(&f.scan.volume, &things[1], false);
    CHECK(find(&f, &opts, &err));
    printf("# closed: %zu of %zu voxels differ\n",
           differing(&solid.tissues.labels, &f.tissues.labels),
           count(&solid.tissues.labels, 1));
    CHECK(differing(&solid.tissues.labels, &f.tissues.labels) == 0);
    CHECK(f.tissues.left[NW_LEFT_PORES].pieces > 0);
    CHECK(f.tissues.left[NW_LEFT_PORES].volume_mm3 > 0.3 * ball_mm3(11.5));
    release(&f);
    f = (struct found){0};
    CHECK(synthetic_make(&s, &f.scan, &err));
    make_spongy(&f.scan.volume, &things[1], true);
    CHECK(find(&f, &opts, &err));
    printf("# with holes: %zu voxels differ\n",
           differing(&solid.tissues.labels, &f.tissues.labels));
    CHECK(differing(&solid.tissues.labels, &f.tissues.labels) <
          count(&solid.tissues.labels, 1) / 200);
    release(&f);
    release(&solid);
}

static void an_even_bright_organ_is_listed_as_contrast(void)
{
    const struct ball kidney[] = {
        {{0, 0, 0}, 33, 1050}, {{-12, 0, 0}, 9, 1200}, {{13, 0, 0}, 9, 250}};
    struct found f = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {0};
    const struct synthetic s = bone_in_flesh(kidney, 3);
    CHECK(synthetic_make(&s, &f.scan, &err));
    CHECK(find(&f, &opts, &err));
    CHECK_NEAR((double)count(&f.tissues.labels, 1) * 0.15625, ball_mm3(9), 0.03 * ball_mm3(9));
    CHECK(f.tissues.left[NW_LEFT_CONTRAST].pieces == 1);
    CHECK_NEAR(f.tissues.left[NW_LEFT_CONTRAST].place_mm.x, 13, 0.3);
    release(&f);
}

/* Req: R-040 */
static void labels_do_not_depend_on_threads_and_failures_are_survived(void)
{
    struct found f = {0}, g = {0};
    struct nw_err err = {0};
    const struct nw_reconstruct_opts opts = {0};
    struct synthetic s = torso(BODY, 2);
    s.dim[0] = s.dim[1] = 70;
    s.dim[2] = 40;
    s.origin_mm = nw_v3(-30, -30, -20);
    CHECK(synthetic_make(&s, &f.scan, &err) && synthetic_make(&s, &g.scan, &err));
    nw_set_threads(1);
    CHECK(find(&f, &opts, &err));
    nw_set_threads(3);
    CHECK(find(&g, &opts, &err));
    CHECK(count(&f.tissues.labels, 1) > 0);
    CHECK(nw_volume_is_equal(&f.tissues.labels, &g.tissues.labels));
    size_t failed = 0;
    for (size_t nth = 0; nth < 120; nth++) {
        nw_volume_release(&g.tissues.labels);
        nw_grey_release(&g.grey);
        g.tissues = (struct nw_tissues){0};
        struct nw_err e = {0};
        nw_mem_fail_at(nth);
        const bool ok = find(&g, &opts, &e);
        nw_mem_fail_at(SIZE_MAX);
        failed += !ok;
        CHECK(ok || e.code == NW_ERR_MEMORY);
    }
    CHECK(failed > 20 && failed < 120); /* the last ones had nothing left to fail */
    release(&f);
    release(&g);
    nw_set_threads(0);
}

int main(void)
{
    UNIT(a_table_is_listed_and_never_bone);
    UNIT(bone_without_flesh_is_not_taken_for_a_cast);
    UNIT(a_gap_of_two_voxels_between_bones_stays_open);
    UNIT(small_pieces_are_listed_and_cavities_kept_when_real);
    UNIT(spongy_bone_is_the_solid_under_its_cortex);
    UNIT(an_even_bright_organ_is_listed_as_contrast);
    UNIT(labels_do_not_depend_on_threads_and_failures_are_survived);
    return unit_end();
}
