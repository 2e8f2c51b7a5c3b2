/*
 * io/dicom.h -- DICOM: what intake reads of it, and the objects written. C over DCMTK, which
 * shows nowhere outside dicom*.cpp.
 */
#ifndef NW_IO_DICOM_H
#define NW_IO_DICOM_H

#include "core/mesh.h"
#include "core/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes an axial CT (or MR, by facts.modality) series, explicit VR little endian, one file a
 * slice, IM0001.dcm ..., into a folder that is made. int16 voxels. UIDs are made from the
 * content, so that the same scan gives the same bytes. Used by phantoms and tests. */
NW_MUST_CHECK bool nw_dicom_write_series(const char *folder, const struct nw_volume *vol,
                                         const struct nw_scan_facts *facts, struct nw_err *err);

/* Label volume as a DICOM Segmentation (binary, one segment a label with its name), patient,
 * study and frame of reference from the scan's facts. */
struct nw_segment {
    uint16_t label;
    const char *name;
    uint8_t rgba[4];
};
NW_MUST_CHECK bool nw_dicom_write_seg(const char *path, const struct nw_volume *labels,
                                      const struct nw_segment *segment, size_t segment_count,
                                      const struct nw_scan_facts *facts, struct nw_err *err);

/* One mesh as Encapsulated STL (modality M3D), millimetres, patient and frame of reference
 * taken over. */
NW_MUST_CHECK bool nw_dicom_write_stl(const char *path, const struct nw_mesh *mesh,
                                      const char *title, const struct nw_scan_facts *facts,
                                      struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
