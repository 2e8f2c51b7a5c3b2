/*
 * io/volume_priv.h -- volume files that are not DICOM: NIfTI-1, NRRD, MetaImage. Intake asks
 * whether some bytes are one, and reads it; a file and a member of an archive are read alike.
 *
 * What comes out lies in LPS mm on a right-handed grid: RAS is turned, and where the file's
 * index order is left-handed one axis is run backwards, world positions unchanged. Voxels are
 * int16 where that is exact, uint8 and uint16 as they are, float otherwise; each thing that
 * was assumed, lost or turned is a remark.
 */
#ifndef NW_IO_VOLUME_PRIV_H
#define NW_IO_VOLUME_PRIV_H

#include "core/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Do the first bytes of a file (some 512 are enough, fewer are looked at too) begin a volume?
 * `name` (may be NULL) helps with gzip only. */
bool nw_volume_parse_is(const uint8_t *head, size_t len, const char *name);

/*
 * Reads voxels, grid, format and remarks into *out (nw_scan_init first). With data: from these
 * bytes, borrowed until the return; else from the file at path. path may be NULL, but then
 * formats that keep the voxels in a second file are refused.
 * NW_ERR_DATA broken, short, or claiming more than it holds (before memory is asked for)
 * NW_ERR_UNSUPPORTED sound but of a kind not read here, named. NW_ERR_IO, NW_ERR_MEMORY.
 */
NW_MUST_CHECK bool nw_volume_file_read(const char *path, const uint8_t *data, size_t len,
                                       struct nw_scan *out, struct nw_err *err);

/* Reads only the header: *grid as nw_volume_file_read would make it, and the format's name. */
NW_MUST_CHECK bool nw_volume_file_look(const char *path, const uint8_t *data, size_t len,
                                       struct nw_grid *grid, const char **format,
                                       struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
