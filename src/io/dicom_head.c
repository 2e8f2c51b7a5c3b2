/* io/dicom_head.c -- see dicom_head_priv.h. */
#include "io/dicom_head_priv.h"

#include <string.h>

static bool hash_texts(struct nw_hash *hash, const struct nw_scan_facts *f, struct nw_err *err)
{
    const char *const texts[] = {
        f->modality,           f->patient_name,     f->patient_id,       f->study_uid,
        f->series_uid,         f->study_date,       f->study_time,       f->series_number,
        f->series_description, f->acquisition_date, f->acquisition_time, f->kernel};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!nw_hash_add(hash, texts[i], strlen(texts[i]) + 1, err))
            return false;
    return true;
}

static bool hash_content(const struct nw_scan_facts *facts, const struct nw_grid *grid,
                         const void *data, size_t len, nw_digest *out, struct nw_err *err)
{
    struct nw_hash *hash = nw_hash_new(err);
    if (!hash)
        return false;
    bool ok = hash_texts(hash, facts, err) && nw_hash_add(hash, data, len, err);
    if (ok && grid) {
        const uint64_t dim[3] = {grid->dim[0], grid->dim[1], grid->dim[2]};
        ok = nw_hash_add(hash, dim, sizeof dim, err) &&
             nw_hash_add(hash, &grid->origin_mm, sizeof grid->origin_mm, err) &&
             nw_hash_add(hash, grid->step_mm, sizeof grid->step_mm, err);
    }
    ok = ok && nw_hash_end(hash, out, err);
    nw_hash_free(hash);
    return ok;
}

static bool own_or_made(char out[NW_UID_MAX], const char *own, const nw_digest *content,
                        const char *role, struct nw_err *err)
{
    const size_t len = strlen(own);
    if (len == 0 || len >= NW_UID_MAX)
        return nw_uid_from_digest(out, content, role, 0, err);
    memcpy(out, own, len + 1);
    return true;
}

bool nw_dicom_uids_make(struct nw_dicom_uids *out, const struct nw_scan_facts *facts,
                        const struct nw_grid *grid, const void *data, size_t len,
                        struct nw_err *err)
{
    return hash_content(facts, grid, data, len, &out->content, err) &&
           own_or_made(out->study, facts->study_uid, &out->content, "study", err) &&
           own_or_made(out->series, grid ? facts->series_uid : "", &out->content, "series",
                       err) &&
           own_or_made(out->frame, facts->frame_uid, &out->content, "frame", err);
}

void nw_dicom_put_identity(struct nw_put *put, const struct nw_dicom_head *head)
{
    const struct nw_scan_facts *f = head->facts;
    nw_put_text(put, 0x00080005, "CS", "ISO_IR 192");
    if (head->image_type)
        nw_put_text(put, 0x00080008, "CS", head->image_type);
    nw_put_text(put, 0x00080016, "UI", head->sop_class);
    nw_put_text(put, 0x00080018, "UI", head->sop_instance);
    nw_put_text(put, 0x00080020, "DA", f->study_date);
    const char *const date = f->acquisition_date[0] ? f->acquisition_date : f->study_date;
    const char *const time = f->acquisition_time[0] ? f->acquisition_time : f->study_time;
    if (head->derived) {
        nw_put_text(put, 0x00080021, "DA", date);
        nw_put_text(put, 0x00080023, "DA", date);
        if (!head->image_type) /* a document: when its source was acquired */
            nw_put_text(put, 0x0008002A, "DT", "");
    } else {
        nw_put_text(put, 0x00080022, "DA", f->acquisition_date);
    }
    nw_put_text(put, 0x00080030, "TM", f->study_time);
    if (head->derived) {
        nw_put_text(put, 0x00080031, "TM", time);
        nw_put_text(put, 0x00080033, "TM", time);
    } else {
        nw_put_text(put, 0x00080032, "TM", f->acquisition_time);
    }
    nw_put_text(put, 0x00080050, "SH", f->accession_number);
    nw_put_text(put, 0x00080060, "CS", head->modality);
    nw_put_text(put, 0x00080070, "LO", head->derived ? "Nuwa" : f->manufacturer);
    nw_put_text(put, 0x00080090, "PN", "");
    nw_put_text(put, 0x00081030, "LO", f->study_description);
    nw_put_text(put, 0x0008103E, "LO", head->series_description);
    nw_put_text(put, 0x00081090, "LO", head->derived ? "Nuwa" : f->model);
    nw_put_text(put, 0x00100010, "PN", f->patient_name);
    nw_put_text(put, 0x00100020, "LO", f->patient_id);
    nw_put_text(put, 0x00100030, "DA", f->patient_birth_date);
    nw_put_text(put, 0x00100040, "CS", f->patient_sex);
}

void nw_dicom_put_relation(struct nw_put *put, const struct nw_dicom_head *head,
                           const char *series_number)
{
    nw_put_text(put, 0x0020000D, "UI", head->uids->study);
    nw_put_text(put, 0x0020000E, "UI", head->uids->series);
    nw_put_text(put, 0x00200010, "SH", head->facts->study_id);
    nw_put_text(put, 0x00200011, "IS", series_number);
}

void nw_dicom_put_equipment(struct nw_put *put)
{
    nw_put_text(put, 0x00181000, "LO", "0");
    nw_put_text(put, 0x00181020, "LO", "Nuwa");
}
