/*
 * core/scan.h -- a scan as everybody here sees it: voxels, what its header says, and what is
 * peculiar about it. Filled by io, read by anatomy and report, and never repaired in silence:
 * each correction made on the way in is a remark.
 */
#ifndef NW_CORE_SCAN_H
#define NW_CORE_SCAN_H

#include "core/hash.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8, never NULL, "" where the header is silent. Numbers are NAN where it is silent. */
struct nw_scan_facts {
    const char *format;   /* "DICOM", "NIfTI-1", "NRRD", "MetaImage" */
    const char *modality; /* "CT", "MR", ...; "" for formats that do not say */
    /* identity: never into logs, errors or file names */
    const char *patient_name, *patient_id, *patient_sex, *patient_birth_date;
    const char *study_uid, *series_uid, *frame_uid, *study_date, *study_time;
    const char *study_id, *accession_number, *study_description;
    /* acquisition */
    const char *series_number, *series_description, *body_part, *protocol;
    const char *manufacturer, *model, *software, *kernel, *acquisition_type, *contrast_agent;
    const char *acquisition_date, *acquisition_time, *patient_position, *image_type;
    const char *sequence; /* MR: scanning sequence and variant */
    const char *sop_class_uid, *transfer_syntax, *charset;
    double kvp, exposure_mas, tube_current_ma, slice_thickness_mm, repetition_ms, echo_ms,
        flip_deg, tilt_deg;
    bool lossy; /* compressed with loss at some time in its life */
    bool is_hu; /* the header promises Hounsfield units (CT with rescale type HU or none) */
};

enum nw_severity { NW_NOTE, NW_WARNING, NW_REFUSAL };

struct nw_remark {
    enum nw_severity severity;
    const char *code;    /* stable: "tilt-corrected", "missing-slices", ... */
    const char *zh, *en; /* one sentence each, with slice numbers and units */
};

/* A file that went into the scan. */
struct nw_source {
    const char *name; /* relative to what was named on the command line */
    uint64_t bytes;
    nw_digest sha256;
};

struct nw_scan {
    struct nw_arena arena; /* all texts and lists below */
    struct nw_volume volume;
    struct nw_scan_facts facts;
    struct nw_remark *remark;
    size_t remark_count, remark_room;
    struct nw_source *source; /* sorted by name, bytewise */
    size_t source_count;
    nw_digest sources_sha256; /* over the sorted content digests: the same scan from a folder,
                                 an archive or a DICOMDIR has the same one */
};

void nw_scan_init(struct nw_scan *scan); /* every text "", every number NAN */
void nw_scan_release(struct nw_scan *scan);
/* Adds a remark, copying the texts. */
NW_MUST_CHECK bool nw_scan_remark(struct nw_scan *scan, enum nw_severity severity,
                                  const char *code, const char *zh, const char *en,
                                  struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
