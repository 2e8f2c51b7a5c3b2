/* io/dicom_series.c -- CT and MR series written: see dicom.h. */
#include "io/dicom.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/parallel.h"
#include "io/dicom_head_priv.h"
#include "io/file.h"

static const char CT_CLASS[] = "1.2.840.10008.5.1.4.1.1.2";
static const char MR_CLASS[] = "1.2.840.10008.5.1.4.1.1.4";

struct series {
    const struct nw_volume *vol;
    const struct nw_scan_facts *facts;
    struct nw_dicom_uids uids;
    bool is_ct;
};

static bool check(const struct nw_volume *vol, const struct nw_scan_facts *facts,
                  struct nw_err *err)
{
    if (!nw_grid_check(&vol->grid, err))
        return false;
    if (vol->type != NW_VOXEL_I16)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "a DICOM series is written from 16-bit signed voxels only");
    const nw_vec3 *step = vol->grid.step_mm;
    if (fabs(nw_dot(nw_unit(step[0]), nw_unit(step[1]))) > 1e-4)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "a slice's rows and columns must be at right angles");
    if (strcmp(facts->modality, "CT") != 0 && strcmp(facts->modality, "MR") != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "only CT and MR series are written, not %.16s",
                       facts->modality[0] ? facts->modality : "without a modality");
    return true;
}

static void put_ct(struct nw_put *put, const struct nw_scan_facts *f)
{
    nw_put_number(put, 0x00180050, f->slice_thickness_mm);
    nw_put_number(put, 0x00180060, f->kvp);
    nw_put_text(put, 0x00181020, "LO", f->software);
    nw_put_text(put, 0x00181030, "LO", f->protocol);
    if (!isnan(f->tilt_deg))
        nw_put_number(put, 0x00181120, f->tilt_deg);
    if (!isnan(f->tube_current_ma))
        nw_put_is(put, 0x00181151, (size_t)fmax(0, rint(f->tube_current_ma)));
    if (!isnan(f->exposure_mas))
        nw_put_is(put, 0x00181152, (size_t)fmax(0, rint(f->exposure_mas)));
    nw_put_text(put, 0x00181210, "SH", f->kernel);
    nw_put_text(put, 0x00185100, "CS", f->patient_position[0] ? f->patient_position : "HFS");
    if (f->acquisition_type[0])
        nw_put_text(put, 0x00189302, "CS", f->acquisition_type);
}

static void put_mr(struct nw_put *put, const struct nw_scan_facts *f)
{
    nw_put_text(put, 0x00180020, "CS", "GR");
    nw_put_text(put, 0x00180021, "CS", "NONE");
    nw_put_text(put, 0x00180022, "CS", "");
    nw_put_text(put, 0x00180023, "CS", f->acquisition_type[0] ? f->acquisition_type : "3D");
    nw_put_number(put, 0x00180050, f->slice_thickness_mm);
    nw_put_number(put, 0x00180080, f->repetition_ms);
    nw_put_number(put, 0x00180081, f->echo_ms);
    nw_put_text(put, 0x00180091, "IS", "");
    nw_put_text(put, 0x00181020, "LO", f->software);
    nw_put_text(put, 0x00181030, "LO", f->protocol);
    if (!isnan(f->flip_deg))
        nw_put_number(put, 0x00181314, f->flip_deg);
    nw_put_text(put, 0x00185100, "CS", f->patient_position[0] ? f->patient_position : "HFS");
}

static void put_plane(struct nw_put *put, const struct nw_grid *g, size_t k)
{
    const nw_vec3 at = nw_grid_point(g, (nw_ijk){0, 0, (double)k});
    const nw_vec3 row = nw_unit(g->step_mm[0]), col = nw_unit(g->step_mm[1]);
    const double position[3] = {at.x, at.y, at.z};
    const double axes[6] = {row.x, row.y, row.z, col.x, col.y, col.z};
    nw_put_numbers(put, 0x00200032, position, 3);
    nw_put_numbers(put, 0x00200037, axes, 6);
}

static void put_pixels(struct nw_put *put, const struct series *s, size_t k)
{
    const struct nw_grid *g = &s->vol->grid;
    const double spacing[2] = {nw_length(g->step_mm[1]), nw_length(g->step_mm[0])};
    const size_t count = g->dim[0] * g->dim[1];
    nw_put_us(put, 0x00280002, 1);
    nw_put_text(put, 0x00280004, "CS", "MONOCHROME2");
    nw_put_us(put, 0x00280010, g->dim[1]);
    nw_put_us(put, 0x00280011, g->dim[0]);
    nw_put_numbers(put, 0x00280030, spacing, 2);
    nw_put_us(put, 0x00280100, 16);
    nw_put_us(put, 0x00280101, 16);
    nw_put_us(put, 0x00280102, 15);
    nw_put_us(put, 0x00280103, 1);
    if (s->is_ct) {
        nw_put_number(put, 0x00281050, 300);
        nw_put_number(put, 0x00281051, 1500);
        nw_put_number(put, 0x00281052, 0);
        nw_put_number(put, 0x00281053, 1);
        nw_put_text(put, 0x00281054, "LO", s->facts->is_hu ? "HU" : "US");
    }
    nw_put_bytes(put, 0x7FE00010, "OW", s->vol->i16 + k * count, 2 * count);
}

static void put_slice(struct nw_put *put, const struct series *s, size_t k,
                      const char *instance)
{
    const struct nw_scan_facts *f = s->facts;
    struct nw_dicom_head head = {.facts = f,
                                 .uids = &s->uids,
                                 .sop_class = s->is_ct ? CT_CLASS : MR_CLASS,
                                 .sop_instance = instance,
                                 .modality = f->modality,
                                 .image_type = f->image_type[0] ? f->image_type
                                                                : "ORIGINAL\\PRIMARY\\AXIAL",
                                 .series_description = f->series_description};
    nw_dicom_put_identity(put, &head);
    if (f->contrast_agent[0])
        nw_put_text(put, 0x00180010, "LO", f->contrast_agent);
    nw_put_text(put, 0x00180015, "CS", f->body_part);
    if (s->is_ct)
        put_ct(put, f);
    else
        put_mr(put, f);
    nw_dicom_put_relation(put, &head, f->series_number[0] ? f->series_number : "1");
    nw_put_text(put, 0x00200012, "IS", "1");
    nw_put_is(put, 0x00200013, k + 1);
    put_plane(put, &s->vol->grid, k);
    nw_put_text(put, 0x00200052, "UI", s->uids.frame);
    nw_put_text(put, 0x00200060, "CS", "");
    nw_put_text(put, 0x00201040, "LO", "");
    put_pixels(put, s, k);
}

static bool write_slice(const char *folder, const struct series *s, size_t k,
                        struct nw_err *err)
{
    char path[4096], instance[NW_UID_MAX];
    if (snprintf(path, sizeof path, "%s/IM%04zu.dcm", folder, k + 1) >= (int)sizeof path)
        return nw_fail(err, NW_ERR_ARGUMENT, "the folder's path is too long");
    if (!nw_uid_from_digest(instance, &s->uids.content, "instance", k, err))
        return false;
    struct nw_put put;
    nw_put_init(&put, s->is_ct ? CT_CLASS : MR_CLASS, instance,
                2 * s->vol->grid.dim[0] * s->vol->grid.dim[1] + (1 << 20), err);
    put_slice(&put, s, k, instance);
    const bool ok = nw_put_ok(&put) && nw_file_write(path, put.bytes.data, put.bytes.len, err);
    nw_text_release(&put.bytes);
    return ok;
}

bool nw_dicom_write_series(const char *folder, const struct nw_volume *vol,
                           const struct nw_scan_facts *facts, struct nw_err *err)
{
    struct series s = {.vol = vol, .facts = facts, .is_ct = strcmp(facts->modality, "CT") == 0};
    if (!check(vol, facts, err) || !nw_dicom_uids_make(&s.uids, facts, &vol->grid, vol->data,
                                                       2 * nw_grid_count(&vol->grid), err))
        return false;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", folder, strerror(errno));
    for (size_t k = 0; k < vol->grid.dim[2]; k++) {
        if (!nw_progress(k, vol->grid.dim[2]))
            return nw_fail_cancelled(err);
        if (!write_slice(folder, &s, k, err))
            return false;
    }
    return true;
}
