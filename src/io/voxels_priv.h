/*
 * io/voxels_priv.h -- from voxels as files store them (ten types, two byte orders, a slope) to
 * the four types used inside, and onto a right-handed grid. The volume formats differ only in
 * their headers; the rest of reading them is here.
 */
#ifndef NW_IO_VOXELS_PRIV_H
#define NW_IO_VOXELS_PRIV_H

#include "core/scan.h"
#include "io/stream_priv.h"

enum nw_stored {
    NW_STORED_U8,
    NW_STORED_I8,
    NW_STORED_U16,
    NW_STORED_I16,
    NW_STORED_U32,
    NW_STORED_I32,
    NW_STORED_U64,
    NW_STORED_I64,
    NW_STORED_F32,
    NW_STORED_F64,
};
size_t nw_stored_bytes(enum nw_stored type);

/* What a header says. The grid is in LPS mm, steps as the file's axes run. */
struct nw_voxels_head {
    const char *format;
    enum nw_stored type;
    bool swapped;        /* the other byte order than this machine's */
    double slope, inter; /* value = stored * slope + inter; 1 and 0: as stored */
    struct nw_grid grid;
};

/* From where a format reads, and what for. */
struct nw_volume_source {
    const char *path;    /* or NULL */
    const uint8_t *data; /* or NULL */
    size_t len;
    bool head_only;                 /* out->volume gets the grid and no voxels */
    const char *voxel_path;         /* a second file under another name, or NULL */
    const struct nw_volume *expect; /* compare with these instead of keeping any, or NULL */
};

/* Makes the grid right-handed by running one axis backwards: the one that runs most against
 * left, back or head. Returns that axis, or -1 when nothing had to be done. */
int nw_grid_make_right_handed(struct nw_grid *grid);

/* Is the header's grid one that loops may trust, and can the stream hold so many voxels? */
NW_MUST_CHECK bool nw_voxels_check(const struct nw_voxels_head *head, uint64_t most_bytes,
                                   struct nw_err *err);
/* Reads the voxels from the stream's place into out->volume, adding remarks. With
 * from->expect: compares them bit by bit, NW_ERR_IO when they differ. */
NW_MUST_CHECK bool nw_voxels_read(struct nw_instream *in, const struct nw_volume_source *from,
                                  const struct nw_voxels_head *head, struct nw_scan *out,
                                  struct nw_err *err);
/* The same for voxels written as decimal numbers; `text` ends in a zero byte. */
NW_MUST_CHECK bool nw_voxels_parse_text(const char *text, size_t len,
                                        const struct nw_voxels_head *head, struct nw_scan *out,
                                        struct nw_err *err);

bool nw_is_big_endian(void);

/* The formats' own doors. `in` stands at the file's beginning; head_path is for a second file.
 */
/* Takes the header's grid alone, with its remarks. */
NW_MUST_CHECK bool nw_voxels_take_grid(const struct nw_voxels_head *head, struct nw_scan *out,
                                       struct nw_err *err);

/* The formats' own doors. */
bool nw_nifti_is(const uint8_t *head, size_t len);
NW_MUST_CHECK bool nw_nifti_read(const struct nw_volume_source *from, struct nw_scan *out,
                                 struct nw_err *err);
bool nw_nrrd_is(const uint8_t *head, size_t len);
NW_MUST_CHECK bool nw_nrrd_read(const struct nw_volume_source *from, struct nw_scan *out,
                                struct nw_err *err);
bool nw_metaimage_is(const uint8_t *head, size_t len);
NW_MUST_CHECK bool nw_metaimage_read(const struct nw_volume_source *from, struct nw_scan *out,
                                     struct nw_err *err);

/* By the first bytes, whichever of the three it is. */
NW_MUST_CHECK bool nw_volume_source_read(const struct nw_volume_source *from,
                                         struct nw_scan *out, struct nw_err *err);

/* Reads `count` numbers, blanks between them; what stands behind them is let be. */
bool nw_numbers_parse(const char *text, double *out, size_t count);

#endif
