/* core/scan.c -- see scan.h. */
#include "core/scan.h"

void nw_scan_init(struct nw_scan *scan)
{
    *scan = (struct nw_scan){
        .facts =
            {
                .format = "",
                .modality = "",
                .patient_name = "",
                .patient_id = "",
                .patient_sex = "",
                .patient_birth_date = "",
                .study_uid = "",
                .series_uid = "",
                .frame_uid = "",
                .study_date = "",
                .study_time = "",
                .study_id = "",
                .accession_number = "",
                .study_description = "",
                .series_number = "",
                .series_description = "",
                .body_part = "",
                .protocol = "",
                .manufacturer = "",
                .model = "",
                .software = "",
                .kernel = "",
                .acquisition_type = "",
                .contrast_agent = "",
                .acquisition_date = "",
                .acquisition_time = "",
                .patient_position = "",
                .image_type = "",
                .sequence = "",
                .sop_class_uid = "",
                .transfer_syntax = "",
                .charset = "",
                .kvp = (double)NAN,
                .exposure_mas = (double)NAN,
                .tube_current_ma = (double)NAN,
                .slice_thickness_mm = (double)NAN,
                .repetition_ms = (double)NAN,
                .echo_ms = (double)NAN,
                .flip_deg = (double)NAN,
                .tilt_deg = (double)NAN,
            },
    };
}

void nw_scan_release(struct nw_scan *scan)
{
    nw_volume_release(&scan->volume);
    nw_free(scan->remark);
    nw_arena_release(&scan->arena);
    nw_scan_init(scan);
}

bool nw_scan_remark(struct nw_scan *scan, enum nw_severity severity, const char *code,
                    const char *zh, const char *en, struct nw_err *err)
{
    const struct nw_remark remark = {
        .severity = severity,
        .code = nw_arena_text(&scan->arena, code, err),
        .zh = err->code == NW_OK ? nw_arena_text(&scan->arena, zh, err) : NULL,
        .en = err->code == NW_OK ? nw_arena_text(&scan->arena, en, err) : NULL,
    };
    if (err->code != NW_OK || !nw_grow(&scan->remark, &scan->remark_room,
                                       scan->remark_count + 1, sizeof *scan->remark, err))
        return false;
    scan->remark[scan->remark_count++] = remark;
    return true;
}
