/*
 * io/dicom_head_priv.h -- the part of a header that every written object shares: patient,
 * study, series, equipment, and the UIDs made from the content.
 */
#ifndef NW_IO_DICOM_HEAD_PRIV_H
#define NW_IO_DICOM_HEAD_PRIV_H

#include "core/scan.h"
#include "io/dicom_put_priv.h"

struct nw_dicom_uids {
    nw_digest content;
    char study[NW_UID_MAX], series[NW_UID_MAX], frame[NW_UID_MAX];
};

/* Study and frame of reference are the facts' own where they have them, the series too when
 * `grid` is given (the scan itself is written); everything else is made from the content. */
NW_MUST_CHECK bool nw_dicom_uids_make(struct nw_dicom_uids *out,
                                      const struct nw_scan_facts *facts,
                                      const struct nw_grid *grid, const void *data, size_t len,
                                      struct nw_err *err);

struct nw_dicom_head {
    const struct nw_scan_facts *facts;
    const struct nw_dicom_uids *uids;
    const char *sop_class, *sop_instance, *modality, *image_type; /* image_type NULL: none */
    const char *series_description;
    bool derived; /* made by us: manufacturer and model are ours */
};

/* Group 0018 of a derived object: whose software made it. */
void nw_dicom_put_equipment(struct nw_put *put);
/* Groups 0008 and 0010. */
void nw_dicom_put_identity(struct nw_put *put, const struct nw_dicom_head *head);
/* Study and series UID, study id and series number of group 0020. */
void nw_dicom_put_relation(struct nw_put *put, const struct nw_dicom_head *head,
                           const char *series_number);

#endif
