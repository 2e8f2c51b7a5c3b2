/*
 * io/dicom_priv.h -- one DICOM file as intake sees it: a header in plain C, and frames
 * decoded one at a time. dicom.cpp does it with DCMTK; nothing of that shows here.
 */
#ifndef NW_IO_DICOM_PRIV_H
#define NW_IO_DICOM_PRIV_H

#include "core/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What may tell two images of one series at one place apart, in the order it is tried. */
enum nw_dicom_key {
    NW_KEY_STACK,
    NW_KEY_TYPE, /* image type or frame type */
    NW_KEY_TEMPORAL,
    NW_KEY_ECHO,
    NW_KEY_KERNEL,
    NW_KEY_B_VALUE,
    NW_KEY_TRIGGER,
    NW_KEY_ACQUISITION,
    NW_KEY_DESCRIPTION,
    NW_KEY_TIME,
};
enum { NW_KEY_COUNT = NW_KEY_TIME + 1 };

/* One frame's place and scale. */
struct nw_dicom_plane {
    nw_vec3 position_mm, row, col;
    double row_step_mm, col_step_mm; /* along `row` (between columns), along `col` */
    double slope, intercept, thickness_mm;
    bool has_position, has_axes, has_spacing;
    const char *key[NW_KEY_COUNT]; /* "" where the header is silent */
};

enum nw_dicom_kind { NW_DICOM_IMAGE, NW_DICOM_DIRECTORY, NW_DICOM_OTHER };

struct nw_dicom {
    enum nw_dicom_kind kind;
    struct nw_scan_facts facts;
    const char *class_name; /* of the SOP class, in words */
    const char *instance_uid, *photometric, *conversion;
    const char *burned_in; /* "YES", "NO", or "" */
    bool enhanced;         /* has functional groups */
    int64_t instance_number;
    uint32_t rows, cols, samples, bits_allocated, bits_stored, high_bit;
    bool is_signed, is_float;
    bool has_rescale, has_modality_lut, has_padding;
    bool charset_guessed;
    int64_t padding;
    size_t frame_count; /* planes below */
    struct nw_dicom_plane *plane;
    /* The pixel data element's value: where it lies in the bytes, when `has_pixels`. */
    bool has_pixels, is_encapsulated, is_big_endian, is_ow;
    uint64_t pixels_at, pixels_len;
    /* NW_DICOM_DIRECTORY: the files it names, with '/' */
    const char **file;
    size_t file_count;
};

/* Once a process, before any other call and before threads. NW_ERR_INTERNAL when DCMTK's data
 * dictionary is not installed. */
NW_MUST_CHECK bool nw_dicom_start(struct nw_err *err);

enum nw_dicom_answer {
    NW_DICOM_IS,    /* *out is filled */
    NW_DICOM_MORE,  /* the header does not end in these bytes; more are needed */
    NW_DICOM_IS_NOT /* no DICOM, or broken: *err says what of it */
};

/*
 * Reads the header in `data`, the first `len` bytes of a file of `total` bytes. Texts and
 * planes live in the arena. `charset` overrides what the file declares when not NULL. Bounded
 * by len in memory and time.
 */
enum nw_dicom_answer nw_dicom_parse(const uint8_t *data, size_t len, uint64_t total,
                                    const char *charset, struct nw_arena *arena,
                                    struct nw_dicom *out, struct nw_err *err);
/* Could these first bytes be DICOM at all? */
bool nw_dicom_sniff(const uint8_t *data, size_t len);
/* Dataset deflated (1.2.840.10008.1.2.1.99)? The whole file is needed at once then. */
bool nw_dicom_is_deflated(const uint8_t *data, size_t len);

/* Frames of one file after the other; the buffers stay from file to file. */
struct nw_dicom_frames;
NW_MUST_CHECK struct nw_dicom_frames *nw_dicom_frames_new(struct nw_err *err);
/* Goes to a file; borrows `data` (all of it) and the header until the next call. */
NW_MUST_CHECK bool nw_dicom_frames_open(struct nw_dicom_frames *frames, const uint8_t *data,
                                        size_t len, const struct nw_dicom *header,
                                        struct nw_err *err);
/* Stored values of one frame as int32 (32-bit unsigned above 2^31 - 1 refused by the header
 * check), rubbish above the high bit masked, sign extended: rows * cols of them. */
NW_MUST_CHECK bool nw_dicom_frames_get(struct nw_dicom_frames *frames, size_t frame,
                                       int32_t *out, struct nw_err *err);
/* Did a frame taken so far have bits above the high bit that are not its sign? */
bool nw_dicom_frames_have_rubbish(const struct nw_dicom_frames *frames);
void nw_dicom_frames_free(struct nw_dicom_frames *frames);

/* "JPEG 2000 (1.2.840...)", for sentences; `out` at least 128. */
void nw_dicom_syntax_name(const char *uid, char out[128]);
/* Can frames of this transfer syntax be decoded? */
bool nw_dicom_syntax_is_read(const char *uid);

/* ---- the parts, each in its own file ---- */

/* dicom.cpp: one frame of a file, decoded by DCMTK into `size` bytes. */
struct nw_dcmtk;
NW_MUST_CHECK struct nw_dcmtk *nw_dcmtk_new(const uint8_t *data, size_t len,
                                            struct nw_err *err);
NW_MUST_CHECK bool nw_dcmtk_frame(struct nw_dcmtk *file, size_t frame, void *out, size_t size,
                                  struct nw_err *err);
void nw_dcmtk_free(struct nw_dcmtk *file);
/* The parse itself; the guards of nw_dicom_parse have been passed. */
enum nw_dicom_answer nw_dcmtk_parse(const uint8_t *data, size_t len, uint64_t total,
                                    const char *charset, struct nw_arena *arena,
                                    struct nw_dicom *out, struct nw_err *err);

/* j2k.c: one codestream (or JP2 file) to rows * cols values, by OpenJPEG. `is_signed` and
 * `bits` are what the DICOM header says; the codestream's own word on its bits wins. */
NW_MUST_CHECK bool nw_j2k_decode(const uint8_t *data, size_t len, size_t rows, size_t cols,
                                 bool is_signed, int32_t *out, struct nw_err *err);

/* rle.c: one frame of `bytes` per pixel, little endian, by PS3.5 annex G. `spare` has as much
 * room as `out`: pixels * bytes. */
NW_MUST_CHECK bool nw_rle_decode(const uint8_t *data, size_t len, size_t pixels, size_t bytes,
                                 uint8_t *spare, uint8_t *out, struct nw_err *err);

/* dicom_guard.c: sequences not so deep that reading them by recursion runs the stack out. */
bool nw_dicom_nests_sanely(const uint8_t *data, size_t len);
/* dicom_guard.c: a file with a deflated dataset as the same file in explicit little endian,
 * new; NW_ERR_LIMIT when it grows suspiciously. */
NW_MUST_CHECK uint8_t *nw_dicom_inflate(const uint8_t *data, size_t len, size_t *out_len,
                                        struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
