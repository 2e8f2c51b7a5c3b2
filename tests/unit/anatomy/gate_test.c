/* The gate: each row of the table of data requirements and each measured check, by scans made
 * to pass or to break exactly one thing. */
#include "unit.h"

#include <stdint.h>
#include <string.h>

#include "anatomy/gate.h"
#include "anatomy/gate_priv.h"
#include "core/parallel.h"
#include "core/rand.h"

/* ---- scans ---- */

/* A round body of 50 HU and radius 60 mm in air, with a bone of 1200 HU and radius 12 mm in
 * its middle, 10 HU of noise; 0.8 x 0.8 x 0.8 mm. */
static void make_scan(struct nw_scan *scan, size_t slices, double slice_mm)
{
    struct nw_err err = {0};
    enum { N = 180 };
    const double edge = 0.8;
    const struct nw_grid g = {
        .dim = {N, N, slices},
        .step_mm = {nw_v3(edge, 0, 0), nw_v3(0, edge, 0), nw_v3(0, 0, slice_mm)}};
    nw_scan_init(scan);
    CHECK(nw_volume_init_unset(&scan->volume, NW_VOXEL_I16, &g, &err));
    for (size_t k = 0; k < slices; k++)
        for (size_t j = 0; j < N; j++)
            for (size_t i = 0; i < N; i++) {
                const double x = edge * ((double)i - 89.3), y = edge * ((double)j - 89.6),
                             r = sqrt(x * x + y * y), s = 0.6 * sqrt(2);
                const double v = -475 - 525 * erf((r - 60) / s) - 575 * (erf((r - 12) / s) - 1);
                const size_t at = nw_grid_at(&g, i, j, k);
                scan->volume.i16[at] = (int16_t)rint(v + 10 * nw_rand_normal(3, at));
            }
    struct nw_scan_facts *f = &scan->facts;
    f->modality = "CT";
    f->manufacturer = "maker";
    f->model = "model";
    f->protocol = "protocol";
    f->kernel = "B60";
    f->acquisition_type = "SPIRAL";
    f->acquisition_date = "20260601";
    f->frame_uid = "1.2.3";
    f->kvp = 120;
    f->slice_thickness_mm = slice_mm;
    f->is_hu = true;
}

static struct nw_calibration calibrated(void)
{
    const struct nw_calibration c = {.scale = NW_GREY_HU,
                                     .zh = "",
                                     .en = "",
                                     .air_hu = -1000,
                                     .muscle_hu = 50,
                                     .fat_hu = (double)NAN,
                                     .noise_hu = 10,
                                     .sigma_xy_mm = 0.4,
                                     .sigma_z_mm = 0.5,
                                     .edges_used = 900,
                                     .min_hu = -1024,
                                     .max_hu = 1300};
    return c;
}

/* A cylinder of `hu` along the slices, put into the scan. */
static void put_rod(struct nw_scan *scan, double x_mm, double y_mm, double radius_mm, int hu)
{
    const struct nw_grid *g = &scan->volume.grid;
    for (size_t p = 0; p < nw_grid_count(g); p++) {
        const double x = 0.8 * ((double)(p % 180) - 89.5) - x_mm,
                     y = 0.8 * ((double)(p / 180 % 180) - 89.5) - y_mm;
        if (x * x + y * y < radius_mm * radius_mm)
            scan->volume.i16[p] = (int16_t)(hu + (int)rint(10 * nw_rand_normal(5, p)));
    }
}

/* ---- asking ---- */

static const struct nw_gate_item *item(const struct nw_gate *g, const char *code)
{
    for (size_t i = 0; i < g->item_count; i++)
        if (strcmp(g->item[i].code, code) == 0)
            return &g->item[i];
    return NULL;
}

static bool is(const struct nw_gate *g, const char *code, enum nw_verdict verdict)
{
    const struct nw_gate_item *it = item(g, code);
    if (it && it->verdict == verdict && it->zh[0] && it->en[0])
        return true;
    printf("# %s: %s, wanted %s\n", code, it ? it->en : "no such item",
           nw_verdict_name(verdict));
    return false;
}

static bool says(const struct nw_gate *g, const char *code, const char *words)
{
    const struct nw_gate_item *it = item(g, code);
    return it && strstr(it->en, words);
}

static void ask(const struct nw_scan *scan, const char *sheet, const struct nw_calibration *cal,
                const struct nw_gate_opts *opts, struct nw_gate *out)
{
    struct nw_err err = {0};
    const struct nw_gate_opts none = {0};
    *out = (struct nw_gate){0};
    CHECK(nw_gate_check_order(scan, sheet, cal, opts ? opts : &none, out, &err));
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
}

/* ---- Req: R-020 R-025 R-420 ---- */

static void a_good_ct_passes_for_hard_tissue(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 30, 0.8);
    ask(&scan, "bone", &cal, NULL, &g);
    CHECK(g.verdict == NW_VERDICT_PASS);
    for (size_t i = 0; i < g.item_count; i++)
        if (g.item[i].verdict != NW_VERDICT_PASS)
            printf("# %s: %s\n", g.item[i].code, g.item[i].en);
    CHECK(strcmp(g.sheet, "hard-tissue") == 0 && g.sheet_version[0]);
    CHECK(g.rescan_zh[0] == 0 && g.rescan_en[0] == 0);
    CHECK(is(&g, "kernel", NW_VERDICT_PASS) && is(&g, "bone-range", NW_VERDICT_PASS));
    nw_gate_release(&g);
    scan.facts.modality = "MR";
    ask(&scan, "bone", &cal, NULL, &g);
    CHECK(is(&g, "modality", NW_VERDICT_FAIL) && g.verdict == NW_VERDICT_FAIL);
    nw_gate_release(&g);
    scan.facts.modality = "";
    ask(&scan, "bone", &cal, NULL, &g);
    CHECK(is(&g, "modality", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    scan.facts.modality = "CT";
    scan.facts.kernel = "";
    ask(&scan, "bone", &cal, NULL, &g);
    CHECK(is(&g, "facts", NW_VERDICT_CONDITIONAL) && says(&g, "facts", "kernel"));
    nw_gate_release(&g);
    for (size_t p = 0; p < nw_grid_count(&scan.volume.grid); p++)
        if (scan.volume.i16[p] > 150)
            scan.volume.i16[p] = 60;
    ask(&scan, "bone", &cal, NULL, &g);
    CHECK(is(&g, "bone-range", NW_VERDICT_FAIL));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-021 */
static void slices_above_1_mm_fail_every_sheet(void)
{
    struct nw_scan thin, thick;
    struct nw_gate g;
    struct nw_sheet_name name;
    const struct nw_calibration cal = calibrated();
    make_scan(&thin, 12, 1.0);
    make_scan(&thick, 12, 1.01);
    size_t count = 0;
    for (; nw_sheet_at(count, &name); count++) {
        ask(&thin, name.name, &cal, NULL, &g);
        CHECK(is(&g, "slice-distance", NW_VERDICT_PASS));
        nw_gate_release(&g);
        ask(&thick, name.name, &cal, NULL, &g);
        CHECK(is(&g, "slice-distance", NW_VERDICT_FAIL) && g.verdict == NW_VERDICT_FAIL);
        nw_gate_release(&g);
    }
    CHECK(count == 10);
    nw_scan_release(&thin);
    nw_scan_release(&thick);
}

/* Req: R-022 */
static void edges_1_5_times_are_conditional_and_3_times_fail(void)
{
    const struct {
        double slice_mm;
        enum nw_verdict verdict;
    } cases[] = {{0.8, NW_VERDICT_PASS},         {1.2, NW_VERDICT_PASS},
                 {1.21, NW_VERDICT_CONDITIONAL}, {2.4, NW_VERDICT_CONDITIONAL},
                 {2.41, NW_VERDICT_FAIL},        {0.5, NW_VERDICT_CONDITIONAL},
                 {0.26, NW_VERDICT_FAIL}};
    const struct nw_calibration cal = calibrated();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nw_scan scan;
        struct nw_gate g;
        make_scan(&scan, 4, cases[i].slice_mm);
        ask(&scan, "hard-tissue", &cal, NULL, &g);
        CHECK(is(&g, "isotropy", cases[i].verdict));
        nw_gate_release(&g);
        nw_scan_release(&scan);
    }
}

/* Req: R-023 */
static void ct_must_be_helical_and_mr_three_dimensional(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    struct nw_calibration cal = calibrated();
    make_scan(&scan, 6, 0.8);
    const char *const yes[] = {"helical", "three-d"};
    const struct nw_gate_opts confirmed = {.confirmed = yes, .confirmed_count = 2};
    scan.facts.acquisition_type = "SEQUENCED";
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "helical", NW_VERDICT_FAIL));
    nw_gate_release(&g);
    scan.facts.acquisition_type = "";
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "helical", NW_VERDICT_CONDITIONAL) && says(&g, "helical", "confirm"));
    nw_gate_release(&g);
    ask(&scan, "hard-tissue", &cal, &confirmed, &g);
    CHECK(is(&g, "helical", NW_VERDICT_PASS));
    nw_gate_release(&g);
    cal.scale = NW_GREY_OTHER;
    scan.facts.modality = "MR";
    ask(&scan, "soft-tissue", &cal, NULL, &g);
    CHECK(is(&g, "three-d", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    scan.facts.acquisition_type = "2D";
    ask(&scan, "soft-tissue", &cal, &confirmed, &g);
    CHECK(is(&g, "three-d", NW_VERDICT_FAIL));
    nw_gate_release(&g);
    scan.facts.acquisition_type = "3D";
    scan.facts.repetition_ms = 8;
    scan.facts.echo_ms = 3;
    ask(&scan, "soft-tissue", &cal, NULL, &g); /* Req: R-423 */
    CHECK(is(&g, "three-d", NW_VERDICT_PASS) && is(&g, "modality", NW_VERDICT_PASS) &&
          g.verdict == NW_VERDICT_PASS);
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* A cone beam is accepted for bone, and said to have no Hounsfield units. */
static void a_cone_beam_is_conditional_for_hard_tissue(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    struct nw_calibration cal = calibrated();
    make_scan(&scan, 6, 0.8);
    cal.scale = NW_GREY_SHIFTED;
    cal.zh = "空气不在-1000 HU";
    cal.en = "air is not at -1000 HU";
    scan.facts.acquisition_type = "";
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "grey-scale", NW_VERDICT_CONDITIONAL) && !item(&g, "helical"));
    CHECK(g.verdict == NW_VERDICT_CONDITIONAL);
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* ---- contrast, phases, companions ---- */

/* Req: R-421 */
static void an_angiography_needs_bright_vessels(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 110, 0.8);
    scan.facts.series_description = "thorax";
    ask(&scan, "heart-vessels", &cal, NULL, &g);
    CHECK(is(&g, "contrast", NW_VERDICT_FAIL) && is(&g, "phase", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    scan.facts.series_description = "CTA arterial";
    ask(&scan, "heart-vessels", &cal, NULL, &g); /* said, not seen */
    CHECK(is(&g, "contrast", NW_VERDICT_CONDITIONAL) && is(&g, "phase", NW_VERDICT_PASS));
    nw_gate_release(&g);
    put_rod(&scan, 30, 10, 12, 350);
    ask(&scan, "heart-vessels", &cal, NULL, &g); /* said and seen */
    CHECK(is(&g, "contrast", NW_VERDICT_PASS) && g.verdict == NW_VERDICT_PASS);
    CHECK(says(&g, "contrast", "350 HU") || says(&g, "contrast", "349 HU"));
    nw_gate_release(&g);
    scan.facts.series_description = "";
    ask(&scan, "heart-vessels", &cal, NULL, &g); /* seen, not said */
    CHECK(is(&g, "contrast", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    scan.facts.series_description = "Thorax without contrast";
    ask(&scan, "heart-vessels", &cal, NULL, &g);
    CHECK(is(&g, "contrast", NW_VERDICT_FAIL));
    nw_gate_release(&g);
    put_rod(&scan, 30, 10, 12, 150); /* too weak */
    scan.facts.series_description = "CTA";
    ask(&scan, "heart-vessels", &cal, NULL, &g);
    CHECK(is(&g, "contrast", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

static size_t count_of(const struct nw_gate *g, const char *code, enum nw_verdict verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < g->item_count; i++)
        n += strcmp(g->item[i].code, code) == 0 && g->item[i].verdict == verdict;
    return n;
}

static struct nw_scan_facts facts_like(const struct nw_scan_facts *f, const char *modality,
                                       const char *description, const char *type)
{
    struct nw_scan_facts out = *f;
    out.modality = modality;
    out.series_description = description;
    out.acquisition_type = type;
    return out;
}

/* Req: R-422 */
static void cranial_nerves_need_four_registered_series(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    struct nw_calibration cal = calibrated();
    cal.scale = NW_GREY_OTHER;
    make_scan(&scan, 6, 0.8);
    scan.facts = facts_like(&scan.facts, "MR", "t2 3D CISS", "3D");
    ask(&scan, "cranial-nerves", &cal, NULL, &g);
    CHECK(count_of(&g, "companion", NW_VERDICT_FAIL) == 3);
    nw_gate_release(&g);
    struct nw_scan_facts mra = facts_like(&scan.facts, "MR", "TOF_3D", "3D"),
                         mrv = facts_like(&scan.facts, "MR", "MRV pc3d", "3D"),
                         ct = facts_like(&scan.facts, "CT", "Head plain", "SPIRAL");
    const struct nw_gate_series all[] = {{&mra, NULL}, {&mrv, NULL}, {&ct, NULL}};
    struct nw_gate_opts o = {.other = all, .other_count = 3};
    ask(&scan, "cranial-nerves", &cal, &o, &g);
    CHECK(count_of(&g, "companion", NW_VERDICT_PASS) == 3 &&
          count_of(&g, "registered", NW_VERDICT_PASS) == 3);
    CHECK(count_of(&g, "three-d", NW_VERDICT_PASS) == 3);
    CHECK(g.verdict != NW_VERDICT_FAIL);
    nw_gate_release(&g);
    mrv.acquisition_type = "2D";
    ct.frame_uid = "9.9";
    ask(&scan, "cranial-nerves", &cal, &o, &g);
    CHECK(count_of(&g, "three-d", NW_VERDICT_FAIL) == 1);
    CHECK(count_of(&g, "registered", NW_VERDICT_CONDITIONAL) == 1);
    nw_gate_release(&g);
    o.other_count = 2;
    ask(&scan, "cranial-nerves", &cal, &o, &g);
    CHECK(count_of(&g, "companion", NW_VERDICT_FAIL) == 1);
    CHECK(strstr(g.rescan_en, "a required series is missing: plain head CT"));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-424 */
static void abdomen_needs_plain_and_contrast(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 160, 0.8);
    put_rod(&scan, 30, 10, 12, 220);
    scan.facts.series_description = "portal venous";
    ask(&scan, "liver", &cal, NULL, &g);
    CHECK(is(&g, "companion", NW_VERDICT_FAIL) && is(&g, "contrast", NW_VERDICT_PASS));
    nw_gate_release(&g);
    struct nw_scan_facts plain = facts_like(&scan.facts, "CT", "plain", "SPIRAL"),
                         contrast = facts_like(&scan.facts, "CT", "arterial", "SPIRAL");
    struct nw_gate_series other = {&contrast, NULL};
    const struct nw_gate_opts o = {.other = &other, .other_count = 1};
    ask(&scan, "liver", &cal, &o, &g);
    CHECK(is(&g, "companion",
             NW_VERDICT_FAIL)); /* two contrast series are not plain and contrast */
    nw_gate_release(&g);
    other.facts = &plain;
    ask(&scan, "liver", &cal, &o, &g);
    CHECK(is(&g, "companion", NW_VERDICT_PASS) && is(&g, "phase", NW_VERDICT_PASS) &&
          g.verdict == NW_VERDICT_PASS);
    nw_gate_release(&g);
    struct nw_grid coarse = scan.volume.grid;
    coarse.step_mm[2].z = 3;
    other.grid = &coarse;
    ask(&scan, "liver", &cal, &o, &g);
    CHECK(count_of(&g, "slice-distance", NW_VERDICT_FAIL) == 1 && g.verdict == NW_VERDICT_FAIL);
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-425 */
static void a_brain_tumour_needs_three_series(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    struct nw_calibration cal = calibrated();
    cal.scale = NW_GREY_OTHER;
    make_scan(&scan, 6, 0.8);
    scan.facts = facts_like(&scan.facts, "MR", "t1 mprage", "3D");
    ask(&scan, "brain-tumour", &cal, NULL, &g);
    CHECK(is(&g, "contrast", NW_VERDICT_CONDITIONAL) &&
          count_of(&g, "companion", NW_VERDICT_FAIL) == 2);
    nw_gate_release(&g);
    scan.facts.contrast_agent = "Gd";
    const struct nw_scan_facts ct = facts_like(&scan.facts, "CT", "head plain", "SPIRAL"),
                               mra = facts_like(&scan.facts, "MR", "tof", "3D");
    struct nw_scan_facts plain_ct = ct;
    plain_ct.contrast_agent = "";
    const struct nw_gate_series all[] = {{&plain_ct, NULL}, {&mra, NULL}};
    const struct nw_gate_opts o = {.other = all, .other_count = 2};
    ask(&scan, "brain-tumour", &cal, &o, &g);
    CHECK(is(&g, "contrast", NW_VERDICT_PASS) &&
          count_of(&g, "companion", NW_VERDICT_PASS) == 2);
    CHECK(count_of(&g, "registered", NW_VERDICT_PASS) == 2);
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Two air-filled lungs of 30 mm radius over slices lo..hi. */
static void put_lungs(struct nw_scan *scan, size_t lo, size_t hi)
{
    const struct nw_grid *g = &scan->volume.grid;
    for (size_t p = lo * 180 * 180; p < hi * 180 * 180; p++) {
        const double x = fabs(0.8 * ((double)(p % 180) - 89.5)) - 30,
                     y = 0.8 * ((double)(p / 180 % 180) - 89.5);
        if (x * x / 400 + y * y / 1600 < 1)
            scan->volume.i16[p] = (int16_t)(-850 + (int)rint(10 * nw_rand_normal(6, p)));
    }
    (void)g;
}

/* Req: R-426 */
static void lungs_must_be_there_and_whole(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 60, 0.8);
    ask(&scan, "lung", &cal, NULL, &g);
    CHECK(is(&g, "lungs", NW_VERDICT_FAIL));
    nw_gate_release(&g);
    put_lungs(&scan, 5, 55);
    ask(&scan, "lung", &cal, NULL, &g);
    CHECK(is(&g, "lungs", NW_VERDICT_PASS));
    nw_gate_release(&g);
    put_lungs(&scan, 55, 60);
    ask(&scan, "lung", &cal, NULL, &g);
    CHECK(is(&g, "lungs", NW_VERDICT_FAIL) && says(&g, "lungs", "cut off"));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-427 R-429 */
static void some_states_only_a_person_can_confirm(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    const char *const yes[] = {"ventilated", "region"};
    const struct nw_gate_opts confirmed = {.confirmed = yes, .confirmed_count = 2};
    make_scan(&scan, 200, 0.8);
    put_rod(&scan, 30, 10, 12, 220);
    scan.facts.contrast_agent = "I";
    ask(&scan, "oesophagus", &cal, NULL, &g);
    CHECK(is(&g, "ventilated", NW_VERDICT_CONDITIONAL) && g.verdict == NW_VERDICT_CONDITIONAL);
    nw_gate_release(&g);
    ask(&scan, "oesophagus", &cal, &confirmed, &g);
    CHECK(is(&g, "ventilated", NW_VERDICT_PASS) && is(&g, "contrast", NW_VERDICT_PASS) &&
          g.verdict == NW_VERDICT_PASS);
    nw_gate_release(&g);
    ask(&scan, "other-organs", &cal, NULL, &g);
    CHECK(is(&g, "region", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    ask(&scan, "other-organs", &cal, &confirmed, &g);
    CHECK(is(&g, "region", NW_VERDICT_PASS) && g.verdict == NW_VERDICT_PASS);
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-428 */
static void a_bone_tumour_needs_both_registered(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 20, 0.8);
    ask(&scan, "bone-tumour", &cal, NULL, &g);
    CHECK(is(&g, "companion", NW_VERDICT_FAIL));
    nw_gate_release(&g);
    struct nw_scan_facts contrast = facts_like(&scan.facts, "CT", "arterial", "SPIRAL");
    const struct nw_gate_series other = {&contrast, NULL};
    const struct nw_gate_opts o = {.other = &other, .other_count = 1};
    ask(&scan, "bone-tumour", &cal, &o, &g);
    CHECK(is(&g, "companion", NW_VERDICT_PASS) && is(&g, "registered", NW_VERDICT_PASS) &&
          g.verdict == NW_VERDICT_PASS);
    nw_gate_release(&g);
    contrast.frame_uid = "7";
    ask(&scan, "bone-tumour", &cal, &o, &g);
    CHECK(is(&g, "registered", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-024 */
static void a_lesion_demands_contrast(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 20, 0.8);
    struct nw_gate_opts o = {.lesion = true};
    ask(&scan, "hard-tissue", &cal, &o, &g);
    CHECK(is(&g, "lesion-contrast", NW_VERDICT_CONDITIONAL) &&
          g.verdict == NW_VERDICT_CONDITIONAL);
    CHECK(says(&g, "lesion-contrast", "contrast-enhanced series is missing"));
    nw_gate_release(&g);
    const struct nw_scan_facts contrast = facts_like(&scan.facts, "CT", "增强", "SPIRAL");
    const struct nw_gate_series other = {&contrast, NULL};
    o.other = &other;
    o.other_count = 1;
    ask(&scan, "hard-tissue", &cal, &o, &g);
    CHECK(is(&g, "lesion-contrast", NW_VERDICT_PASS));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* ---- measured ---- */

/* Req: R-026 R-031 */
static void noise_saturation_metal_and_loss_are_held_against_limits(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    make_scan(&scan, 20, 0.8);
    struct nw_calibration cal = calibrated();
    cal.noise_hu = 70;
    cal.saturated_percent = 1.5;
    cal.metal_mm3 = 300;
    cal.sigma_z_mm = 1;
    scan.facts.lossy = true;
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "noise", NW_VERDICT_CONDITIONAL) &&
          is(&g, "saturation", NW_VERDICT_CONDITIONAL));
    CHECK(is(&g, "metal", NW_VERDICT_CONDITIONAL) && is(&g, "lossy", NW_VERDICT_CONDITIONAL));
    CHECK(is(&g, "sharpness", NW_VERDICT_CONDITIONAL) && g.verdict == NW_VERDICT_CONDITIONAL);
    nw_gate_release(&g);
    cal = calibrated();
    cal.noise_hu = 121;
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "noise", NW_VERDICT_FAIL));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-031 */
static void a_cut_off_body_is_seen(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 20, 0.8);
    int16_t *v = scan.volume.i16;
    for (size_t p = 0; p < nw_grid_count(&scan.volume.grid);
         p++) /* 40 mm cut off on one side */
        if (p % 180 < 130)
            v[p] = v[p + 50];
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "truncation", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    nw_scan_release(&scan);
    make_scan(&scan, 20, 0.8);
    v = scan.volume.i16;
    for (size_t p = 0; p < nw_grid_count(&scan.volume.grid); p++) { /* a round field of view */
        const double x = (double)(p % 180) - 89.5, y = (double)(p / 180 % 180) - 89.5;
        if (x * x + y * y > 70 * 70)
            v[p] = -2000;
    }
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "truncation", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-031 */
static void motion_is_seen_as_doubled_skin_or_a_jump(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 40, 0.8);
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "motion", NW_VERDICT_PASS));
    nw_gate_release(&g);
    const size_t count = nw_grid_count(&scan.volume.grid);
    for (size_t p = 180 * 180 * 21; p + 3 < count; p++) /* moved 2.4 mm after 21 slices */
        scan.volume.i16[p] = scan.volume.i16[p + 3];
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "motion", NW_VERDICT_CONDITIONAL));
    CHECK(says(&g, "motion", "slices 21 and 22"));
    nw_gate_release(&g);
    nw_scan_release(&scan);
    make_scan(&scan, 40, 0.8);
    for (size_t p = 0; p + 6 < count; p++) /* half the time 4.8 mm aside */
        scan.volume.i16[p] = (int16_t)((scan.volume.i16[p] + scan.volume.i16[p + 6]) / 2);
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "motion", NW_VERDICT_CONDITIONAL) && says(&g, "motion", "twice"));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-027 */
static void what_the_data_support_follows_its_formula(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    struct nw_calibration cal = calibrated();
    cal.noise_hu = 30;
    cal.sigma_xy_mm = cal.sigma_z_mm = 0.35;
    make_scan(&scan, 20, 0.8);
    struct nw_gate_opts o = {.feature_mm = 1.7, .accuracy_mm = 0.03};
    ask(&scan, "hard-tissue", &cal, &o, &g);
    CHECK_NEAR(g.smallest_feature_mm, 1.6, 1e-9); /* two voxels are more than 2.355 x 0.35 */
    const double noise = 30 * 0.35 * 2.50662827 / 1200;
    CHECK_NEAR(g.surface_accuracy_mm, sqrt(noise * noise + 0.016 * 0.016), 1e-6);
    CHECK(is(&g, "support", NW_VERDICT_PASS));
    nw_gate_release(&g);
    o.feature_mm = 1;
    ask(&scan, "hard-tissue", &cal, &o, &g);
    CHECK(is(&g, "support", NW_VERDICT_FAIL));
    nw_gate_release(&g);
    cal.sigma_z_mm = 0.8;
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK_NEAR(g.smallest_feature_mm, 2.354820045 * 0.8, 1e-6);
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-029 */
static void old_data_are_conditional(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 20, 0.8);
    struct nw_gate_opts o = {.use_date = "20261128"}; /* 180 days after 1 June */
    ask(&scan, "hard-tissue", &cal, &o, &g);
    CHECK(is(&g, "age", NW_VERDICT_PASS) && says(&g, "age", "180 days"));
    nw_gate_release(&g);
    o.use_date = "20261129";
    ask(&scan, "hard-tissue", &cal, &o, &g);
    CHECK(is(&g, "age", NW_VERDICT_CONDITIONAL));
    nw_gate_release(&g);
    scan.facts.acquisition_date = "20240228";
    o.use_date = "20240301"; /* a leap year */
    ask(&scan, "hard-tissue", &cal, &o, &g);
    CHECK(says(&g, "age", "2 days"));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-020 */
static void remarks_of_the_intake_are_items(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    struct nw_err err = {0};
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 20, 0.8);
    CHECK(nw_scan_remark(&scan, NW_WARNING, "missing-slices", "缺层", "slices are missing",
                         &err));
    CHECK(nw_scan_remark(&scan, NW_NOTE, "tilt-corrected", "倾角", "tilt corrected", &err));
    ask(&scan, "hard-tissue", &cal, NULL, &g);
    CHECK(is(&g, "missing-slices", NW_VERDICT_CONDITIONAL) && !item(&g, "tilt-corrected"));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

/* Req: R-030 */
static void the_rescan_note_names_part_modality_phase_and_parameters(void)
{
    struct nw_scan scan;
    struct nw_gate g;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 20, 2.0);
    ask(&scan, "lung", &cal, NULL, &g);
    CHECK(g.verdict == NW_VERDICT_FAIL);
    CHECK(strstr(g.rescan_en, "Body part: chest") && strstr(g.rescan_zh, "部位：胸部"));
    CHECK(strstr(g.rescan_en, "Modality: plain CT") && strstr(g.rescan_zh, "检查方式：CT平扫"));
    CHECK(strstr(g.rescan_en, "Phase: plain, breath held") &&
          strstr(g.rescan_zh, "期相：平扫"));
    CHECK(strstr(g.rescan_en, "at most 1.0 mm") && strstr(g.rescan_zh, "不大于1.0毫米"));
    CHECK(strstr(g.rescan_en, "slice distance is 2.000 mm"));
    CHECK(strstr(g.rescan_zh, "层间距2.000毫米"));
    nw_gate_release(&g);
    nw_scan_release(&scan);
}

static void an_unknown_sheet_is_named_with_the_known(void)
{
    struct nw_scan scan;
    struct nw_err err = {0};
    struct nw_gate g = {0};
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 4, 0.8);
    CHECK(!nw_gate_check(&scan, "tail", &cal, &g, &err));
    CHECK(err.code == NW_ERR_NOTFOUND && strstr(err.msg, "hard-tissue"));
    CHECK(g.item == NULL);
    nw_scan_release(&scan);
}

static void the_series_a_sheet_is_about_is_picked(void)
{
    struct nw_scan scan;
    struct nw_err err = {0};
    make_scan(&scan, 4, 0.8);
    const struct nw_scan_facts a = facts_like(&scan.facts, "CT", "head plain", "SPIRAL"),
                               b = facts_like(&scan.facts, "MR", "tof 3d", "3D"),
                               c = facts_like(&scan.facts, "MR", "fiesta", "3D");
    const struct nw_gate_series all[] = {{&a, NULL}, {&b, NULL}, {&c, NULL}};
    size_t index = 9;
    CHECK(nw_gate_pick("cranial-nerves", all, 3, &index, &err) && index == 2);
    CHECK(nw_gate_pick("hard-tissue", all, 3, &index, &err) && index == 0);
    CHECK(nw_gate_pick("soft-tissue", all, 3, &index, &err) && index == 1);
    nw_scan_release(&scan);
}

static void the_verdict_is_the_same_on_any_number_of_threads(void)
{
    struct nw_scan scan;
    struct nw_gate a, b;
    make_scan(&scan, 24, 0.8);
    nw_set_threads(1);
    ask(&scan, "hard-tissue", NULL, NULL, &a);
    nw_set_threads(4);
    ask(&scan, "hard-tissue", NULL, NULL, &b);
    nw_set_threads(0);
    CHECK(a.item_count == b.item_count);
    for (size_t i = 0; i < a.item_count && i < b.item_count; i++)
        CHECK(strcmp(a.item[i].en, b.item[i].en) == 0);
    nw_gate_release(&a);
    nw_gate_release(&b);
    nw_scan_release(&scan);
}

/* Whole numbers have loops of their own: what they find is the same. */
static void a_scan_of_floats_is_seen_as_one_of_whole_numbers(void)
{
    struct nw_err err = {0};
    struct nw_scan scan, floats;
    struct nw_look a, b;
    make_scan(&scan, 31, 0.8);
    put_rod(&scan, 30, 5, 6, 300);
    const struct nw_grid *g = &scan.volume.grid;
    const size_t slice = g->dim[0] * g->dim[1];
    for (size_t n = 14 * slice; n + 3 < 31 * slice; n++) /* moved after 14 slices */
        scan.volume.i16[n] = scan.volume.i16[n + 3];
    nw_scan_init(&floats);
    floats.facts = scan.facts;
    CHECK(nw_volume_init(&floats.volume, NW_VOXEL_F32, g, &err));
    for (size_t n = 0; n < nw_grid_count(g); n++)
        floats.volume.f32[n] = scan.volume.i16[n];
    const struct nw_calibration cal = calibrated();
    CHECK(nw_look_at(&scan, &cal, &a, &err) && nw_look_at(&floats, &cal, &b, &err));
    CHECK(a.bone_mm3 > 1000 && a.bone_mm3 == b.bone_mm3);
    CHECK(a.contrast_mm3 > 100 && a.contrast_mm3 == b.contrast_mm3);
    CHECK(a.contrast_hu == b.contrast_hu);
    CHECK(a.jump_slice == 14 && a.jump_slice == b.jump_slice && a.jump_ratio == b.jump_ratio);
    nw_scan_release(&scan);
    nw_scan_release(&floats);
}

static void every_failing_allocation_is_survived(void)
{
    struct nw_scan scan;
    const struct nw_calibration cal = calibrated();
    make_scan(&scan, 12, 2.0);
    bool done = false;
    for (size_t n = 0; n < 300 && !done; n++) {
        struct nw_err err = {0};
        struct nw_gate g = {0};
        nw_mem_fail_at(n);
        done = nw_gate_check(&scan, "lung", &cal, &g, &err);
        CHECK(done || (err.code == NW_ERR_MEMORY && g.item == NULL));
        nw_gate_release(&g);
    }
    nw_mem_fail_at(SIZE_MAX);
    CHECK(done);
    nw_scan_release(&scan);
}

int main(void)
{
    UNIT(a_good_ct_passes_for_hard_tissue);
    UNIT(slices_above_1_mm_fail_every_sheet);
    UNIT(edges_1_5_times_are_conditional_and_3_times_fail);
    UNIT(ct_must_be_helical_and_mr_three_dimensional);
    UNIT(a_cone_beam_is_conditional_for_hard_tissue);
    UNIT(an_angiography_needs_bright_vessels);
    UNIT(cranial_nerves_need_four_registered_series);
    UNIT(abdomen_needs_plain_and_contrast);
    UNIT(a_brain_tumour_needs_three_series);
    UNIT(lungs_must_be_there_and_whole);
    UNIT(some_states_only_a_person_can_confirm);
    UNIT(a_bone_tumour_needs_both_registered);
    UNIT(a_lesion_demands_contrast);
    UNIT(noise_saturation_metal_and_loss_are_held_against_limits);
    UNIT(a_cut_off_body_is_seen);
    UNIT(motion_is_seen_as_doubled_skin_or_a_jump);
    UNIT(what_the_data_support_follows_its_formula);
    UNIT(old_data_are_conditional);
    UNIT(remarks_of_the_intake_are_items);
    UNIT(the_rescan_note_names_part_modality_phase_and_parameters);
    UNIT(an_unknown_sheet_is_named_with_the_known);
    UNIT(the_series_a_sheet_is_about_is_picked);
    UNIT(the_verdict_is_the_same_on_any_number_of_threads);
    UNIT(a_scan_of_floats_is_seen_as_one_of_whole_numbers);
    UNIT(every_failing_allocation_is_survived);
    return unit_end();
}
