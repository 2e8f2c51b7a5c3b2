/*
 * anatomy/deface.h -- faces in scans of heads: whether one may be seen, and which voxels must
 * become air so that none can be recognised from the skin.
 *
 * Soft tissue of the front and both sides of the head goes, from the skin down to the bone
 * that lies behind it or to a blunt surface without features, whose depth changes by chance
 * from block to block. Bone and teeth stay with 1.5 mm of what lies on them, so that their
 * surfaces stay where they were; what lies behind them stays as it was. A skull remains a
 * skull: who has other pictures of it may still know it.
 */
#ifndef NW_ANATOMY_DEFACE_H
#define NW_ANATOMY_DEFACE_H

#include "core/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_face_chance {
    NW_FACE_NO,      /* the header names another part, and the shape is no head's */
    NW_FACE_MAY,     /* nobody says what part it is */
    NW_FACE_EXPECTED /* head, neck or the whole body, or the top of a head is seen */
};
enum nw_face_chance nw_face_chance_of(const struct nw_scan *scan);

struct nw_deface_opts {
    bool with_bone; /* bone goes like soft tissue */
    uint64_t seed;  /* of the blocks' depths: a secret */
};

struct nw_defaced {
    size_t voxels;     /* marked */
    double air;        /* the grey value to put in their place */
    double deepest_mm; /* from the skin */
};

/* Fills *mask (uint8 on the scan's grid, 1: must become air; you release it).
 * NW_ERR_UNSUPPORTED when the scan lies so that its front cannot be told (more than 35 degrees
 * off); NW_ERR_GEOMETRY when there is no body. */
NW_MUST_CHECK bool nw_deface_mark(const struct nw_scan *scan, const struct nw_deface_opts *opts,
                                  struct nw_volume *mask, struct nw_defaced *done,
                                  struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
