/* tests/unit/report/case.h -- a made-up scan and its reconstruction: a torus and a ball of bone
 * in soft tissue, all numbers known, with something of everything a report can show. */
#ifndef NW_TEST_CASE_H
#define NW_TEST_CASE_H

#include <string.h>

#include "report/report.h"
#include "report/shapes.h"

struct sample {
    struct nw_scan scan;
    struct nw_gate gate;
    struct nw_reconstruction result;
};

static double bone_at(nw_vec3 p) /* signed distance, mm */
{
    const nw_vec3 d = nw_sub(p, nw_v3(-10, -5, 100));
    const double ring = sqrt(d.x * d.x + d.z * d.z) - 40;
    const double torus_mm = sqrt(ring * ring + d.y * d.y) - 12;
    const double ball_mm = nw_length(nw_sub(p, nw_v3(35, -25, 140))) - 15;
    return fmin(torus_mm, ball_mm);
}

static void make_volume(struct nw_scan *scan, struct nw_volume *labels, double spacing_mm)
{
    struct nw_err err = {0};
    const size_t nx = (size_t)(160 / spacing_mm), ny = (size_t)(100 / spacing_mm);
    const struct nw_grid grid = {{nx, ny, nx},
                                 {-85, -60, 25},
                                 {{spacing_mm, 0, 0}, {0, spacing_mm, 0}, {0, 0, spacing_mm}}};
    CHECK(nw_volume_init(&scan->volume, NW_VOXEL_I16, &grid, &err));
    CHECK(nw_volume_init(labels, NW_VOXEL_U8, &grid, &err));
    size_t at = 0;
    for (size_t k = 0; k < nx; k++)
        for (size_t j = 0; j < ny; j++)
            for (size_t i = 0; i < nx; i++, at++) {
                const nw_vec3 p =
                    nw_grid_point(&grid, (nw_ijk){(double)i, (double)j, (double)k});
                const double d = bone_at(p);
                const double edge = 0.5 - 0.5 * nw_erf(d / (1.2 * 1.4142));
                const double skin =
                    sqrt((p.x + 5) * (p.x + 5) / 1.5 + (p.y + 8) * (p.y + 8) * 2.6);
                const double noise = (double)((at * 2654435761U) % 101) - 50;
                scan->volume.i16[at] =
                    (int16_t)(skin > 66 ? -1000 + noise / 4 : 50 + 1150 * edge + noise);
                labels->u8[at] = d < 0 ? 1 : 0;
            }
}

static void fill_facts(struct nw_scan *scan)
{
    struct nw_scan_facts *f = &scan->facts;
    struct nw_err err = {0};
    f->format = "DICOM";
    f->modality = "CT";
    f->patient_name = "张三^测试";
    f->patient_id = "P-0001";
    f->study_date = "20240131";
    f->manufacturer = "东软医疗";
    f->model = "NeuViz 128 <Epoch> & \"more\"";
    f->kernel = "B60f";
    f->protocol = "骨盆薄层";
    f->series_number = "4";
    f->series_description = "Bone 0.625";
    f->acquisition_type = "SPIRAL";
    f->acquisition_date = "20240131";
    f->acquisition_time = "101530";
    f->study_uid = "1.2.840.113619.2.55.3.604688119.868.1706659200.101";
    f->series_uid = "1.2.840.113619.2.55.3.604688119.868.1706659200.104";
    f->frame_uid = "1.2.840.113619.2.55.3.604688119.868.1706659200.190";
    f->kvp = 120;
    f->exposure_mas = 180;
    f->slice_thickness_mm = 0.625;
    f->tilt_deg = -12.5;
    CHECK(nw_scan_remark(
        scan, NW_WARNING, "tilt-corrected", "机架倾斜 -12.5° 已按真实轴向重采样校正",
        "gantry tilt of -12.5 degrees corrected by resampling along the true axes", &err));
    CHECK(nw_scan_remark(scan, NW_NOTE, "scout-left-out", "定位像 2 幅未使用",
                         "2 scout images were left out", &err));
}

static void fill_numbers(struct sample *s)
{
    struct nw_err err = {0};
    struct nw_reconstruction *r = &s->result;
    r->part_count = r->model.part_count;
    r->numbers = NW_ALLOC(struct nw_part_numbers, r->part_count, &err);
    for (size_t p = 0; p < r->part_count; p++) {
        const struct nw_mesh *m = &r->model.part[p].mesh;
        r->numbers[p] = (struct nw_part_numbers){
            .name = r->model.part[p].name,
            .volume_mm3 = nw_mesh_volume_mm3(m),
            .volume_uncertainty_mm3 = 0.06 * nw_mesh_area_mm2(m) / 10,
            .area_mm2 = nw_mesh_area_mm2(m),
            .mean_hu = 1043.7,
            .box = nw_mesh_box(m),
            .uncertainty_p50_mm = 0.082,
            .uncertainty_p95_mm = p == 0 ? 0.312 : 0.08,
            .uncertainty_share = {0, 0.6, 0.3, 0.1},
            .class_share = {0.9 + 0.1 * (double)p, 0.07 * (1 - (double)p), 0,
                            0.03 * (1 - (double)p), 0},
            .pieces = 1 + p,
            .simplified = {0.0123, 0.034, 0.0498, -0.02, 1234567, 204512},
        };
    }
    r->left_out = NW_ALLOC(struct nw_left_out, 2, &err);
    r->left_out[0] = (struct nw_left_out){"检查床", "table", {0, 120, 100}, 812345, 1};
    r->left_out[1] = (struct nw_left_out){"小于下限的碎块（< 50 mm³）",
                                          "pieces below the limit (< 50 mm³)",
                                          {-12, 8, 77},
                                          312,
                                          41};
    r->left_out_count = 2;
    r->budget = (struct nw_error_budget){0.12, 0.08, 0.05, 0.034, (double)NAN, 0.157, -0.011};
    r->calibration = (struct nw_calibration){.scale = NW_GREY_HU,
                                             .zh = "",
                                             .en = "",
                                             .air_hu = -998,
                                             .fat_hu = -102,
                                             .muscle_hu = 51,
                                             .noise_hu = 29.6,
                                             .noise_third_hu = {27, 30, 32},
                                             .sigma_xy_mm = 0.52,
                                             .sigma_z_mm = 0.61,
                                             .edges_used = 4213,
                                             .overshoot_percent = 3.2,
                                             .min_hu = -1024,
                                             .max_hu = 3071,
                                             .saturated_percent = 0.02,
                                             .metal_mm3 = 0};
}

static struct nw_gate_item gate_items[4] = {
    {"modality", NW_VERDICT_PASS, "成像方式为 CT，要求 CT", "modality is CT, CT required"},
    {"thickness", NW_VERDICT_PASS, "层厚 0.625 mm，要求 ≤ 1 mm",
     "slices are 0.625 mm thick, at most 1 mm required"},
    {"noise", NW_VERDICT_CONDITIONAL, "噪声 29.6 HU，建议 ≤ 25 HU：薄壁边缘的不确定度增大",
     "noise is 29.6 HU, at most 25 HU is advised: thin walls are less certain"},
    {"coverage", NW_VERDICT_PASS, "覆盖完整，部件未触及扫描边界",
     "complete: no part touches the border"},
};

static void make_sample(struct sample *s, double spacing_mm, size_t fineness)
{
    *s = (struct sample){0};
    nw_scan_init(&s->scan);
    make_volume(&s->scan, &s->result.labels, spacing_mm);
    fill_facts(&s->scan);
    s->result.model = torus_and_sphere(fineness);
    fill_numbers(s);
    s->gate = (struct nw_gate){
        .sheet = "hard-tissue",
        .sheet_version = "2024-1",
        .sheet_zh = "硬组织（骨）",
        .sheet_en = "hard tissue (bone)",
        .verdict = NW_VERDICT_CONDITIONAL,
        .item = gate_items,
        .item_count = 4,
        .smallest_feature_mm = 0.83,
        .surface_accuracy_mm = 0.081,
        .rescan_zh = "请以管电流时间积 ≥ 250 mAs 重扫，层厚 0.625 mm，重建核 B60f。",
        .rescan_en =
            "Please scan again with at least 250 mAs, slices of 0.625 mm, kernel B60f."};
}

static void release_sample(struct sample *s)
{
    nw_scan_release(&s->scan);
    nw_volume_release(&s->result.labels);
    nw_model_release(&s->result.model);
    nw_free(s->result.numbers);
    nw_free(s->result.left_out);
}

static struct nw_report report_of(const struct sample *s, enum nw_lang lang)
{
    return (struct nw_report){.scan = &s->scan,
                              .gate = &s->gate,
                              .result = &s->result,
                              .version = "0.1.0",
                              .command = "nuwa reconstruct --preset bone --simplify 0.05mm",
                              .lang = lang};
}

#endif
