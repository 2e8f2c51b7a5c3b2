/*
 * io/deid.h -- DICOM files without identity, by PS3.15 annex E: the basic profile with those of
 * its options that are asked for. One file in, one file out, explicit VR little endian, pixels
 * written anew (so that nothing hides in compressed streams or above the high bit).
 *
 * What may show a person in its pixels in ways that nobody can rule out (annotation burned in,
 * secondary capture, ultrasound, colour) is refused, and so is what is no image: reports,
 * plans, files wrapped in DICOM. Faces are the caller's: he sees and changes every frame.
 *
 * References stay whole: UIDs become others by a key, the same ones whenever the key is the
 * same, and dates of a patient are all shifted by as many days.
 */
#ifndef NW_IO_DEID_H
#define NW_IO_DEID_H

#include "core/vec.h"
#include "io/io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_deid_option {
    NW_DEID_DATES = 1,        /* full dates stay */
    NW_DEID_SHIFTED = 2,      /* dates stay apart as they were, shifted */
    NW_DEID_TRAITS = 4,       /* age, sex, weight, ... stay */
    NW_DEID_DEVICE = 8,       /* device identity stays */
    NW_DEID_INSTITUTION = 16, /* institution identity stays */
    NW_DEID_UIDS = 32,        /* UIDs stay */
    NW_DEID_DESCRIPTORS = 64, /* descriptions keep the words that describe images */
    NW_DEID_PRIVATE = 128,    /* private elements known to be safe stay */
};

enum { NW_DEID_KEY_BYTES = 32, NW_PSEUDONYM_MAX = 64 };

/* A frame that is about to be written. */
struct nw_deid_frame {
    size_t rows, cols;
    bool placed;               /* below: where it lies */
    nw_vec3 at_mm;             /* of its first pixel's centre */
    nw_vec3 column_mm, row_mm; /* steps to the next column, the next row */
    double slope, intercept;   /* stored values to grey values */
    int32_t least, most;       /* what can be stored */
    int32_t *stored;           /* rows * cols */
};

struct nw_deid_opts {
    unsigned keep; /* of nw_deid_option; dates full or shifted, not both */
    uint8_t key[NW_DEID_KEY_BYTES];
    const char *pseudonym; /* name and id of the patient from now on: ASCII letters, digits, -
                              and _; NULL: one made from the key and the old id */
    bool no_face;          /* `frame` takes faces off, or there is none: said in the file */
    bool took_face;        /* it takes them off: option "clean recognizable visual features" */
    bool (*frame)(void *user, struct nw_deid_frame *frame, struct nw_err *err); /* or NULL */
    void *user;
};

struct nw_deid_done { /* counts, added up over files */
    size_t removed, emptied, replaced, uids, dates, swept;
};

/* Returns a new block of *out_len bytes. NW_ERR_UNSUPPORTED: it is refused, in words that name
 * no patient; NW_ERR_DATA: it is no DICOM, or broken. */
NW_MUST_CHECK uint8_t *nw_deid_file(const uint8_t *data, size_t len,
                                    const struct nw_deid_opts *opts, size_t *out_len,
                                    struct nw_deid_done *done, struct nw_err *err);

/* Both are as good as the text that is given is plain: NW_ERR_ARGUMENT says what is not. */
NW_MUST_CHECK bool nw_deid_check(const struct nw_deid_opts *opts, struct nw_err *err);
/* What the patient of this id is called, when opts->pseudonym is NULL. */
NW_MUST_CHECK bool nw_deid_pseudonym(const uint8_t key[NW_DEID_KEY_BYTES], const char *id,
                                     char out[NW_PSEUDONYM_MAX], struct nw_err *err);
/* How many days before their own day dates come to lie: 1 to 3650. */
NW_MUST_CHECK bool nw_deid_shift_days(const uint8_t key[NW_DEID_KEY_BYTES], int *out,
                                      struct nw_err *err);
/* What one UID becomes. `out` holds 65. */
NW_MUST_CHECK bool nw_deid_uid(const uint8_t key[NW_DEID_KEY_BYTES], const char *uid,
                               char out[65], struct nw_err *err);
/* The edition of the standard's table that is applied. */
extern const char nw_deid_edition[];

#ifdef __cplusplus
}
#endif
#endif
