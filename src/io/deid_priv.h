/*
 * io/deid_priv.h -- the profile's table, and what walks a file's elements by DCMTK.
 */
#ifndef NW_IO_DEID_PRIV_H
#define NW_IO_DEID_PRIV_H

#include "io/deid.h"
#include "io/dicom_priv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* PS3.15 E.1.1: X remove, Z empty or a dummy, D a dummy, U a new UID; of several, the one that
 * the kind of object allows. */
enum nw_deid_action { NW_X, NW_Z, NW_D, NW_U, NW_XZ, NW_XD, NW_XZD, NW_ZD, NW_XZU };

struct nw_deid_row {
    uint32_t tag;
    enum nw_deid_action action;
    unsigned options; /* each of which keeps or cleans it */
};

size_t nw_deid_row_count(void);
const struct nw_deid_row *nw_deid_row_at(size_t index); /* in the order of tags */
const struct nw_deid_row *nw_deid_row_of(uint32_t tag); /* NULL: in no row */

/* ---- dicom_deid.cpp ---- */

/* An element as the walk meets it. */
struct nw_deid_element {
    uint32_t tag;
    char vr[3];
    bool known;          /* to the data dictionary, or private */
    bool is_sequence;    /* what is in it is met after it, unless it goes */
    bool in_dummy;       /* lies in a sequence that is blanked */
    const char *creator; /* of a private element; "" when nobody is */
    const char *value;   /* of a text, as it stands in the file; else NULL */
    size_t len;
};

enum nw_deid_what {
    NW_DEID_KEEP,
    NW_DEID_DROP,
    NW_DEID_CLEAR,
    NW_DEID_PUT,  /* the text that was filled in */
    NW_DEID_BLANK /* a sequence: all in it is blanked */
};
enum { NW_DEID_TEXT_MAX = 4096 };
typedef enum nw_deid_what nw_deid_judge(void *user, const struct nw_deid_element *element,
                                        char text[NW_DEID_TEXT_MAX]);

struct nw_deid_put { /* an element set at the end */
    uint32_t tag;
    const char *text; /* NULL: `number`, as US */
    uint16_t number;
};
struct nw_deid_code { /* an item of (0012,0064) */
    const char *value, *meaning;
};

struct nw_deid_walk {
    const uint8_t *data;
    size_t len;
    nw_deid_judge *look, *judge; /* all elements are looked at before the first is judged */
    void *user;
    const struct nw_deid_put *put;
    size_t put_count;
    const struct nw_deid_code *code;
    size_t code_count;
    const void *pixels; /* little endian */
    size_t pixel_bytes;
    bool is_bytes; /* 8 bits allocated, else 16 or 32 */
};
/* The file's elements, judged, as new bytes of a new file. `data` is not deflated and nests
 * sanely. The judges do not fail: a reason they keep for themselves. */
NW_MUST_CHECK uint8_t *nw_dcmtk_deid(const struct nw_deid_walk *walk, size_t *out_len,
                                     struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
