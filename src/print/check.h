/*
 * print/check.h -- can this machine build this part: walls, gaps, overhang, with places. What
 * the layers tell (islands, cups, trapped volumes, loose pieces) is asked of track.h.
 *
 * A wall is thin where two measures agree: the way straight through it, and the largest ball
 * that touches the surface there from inside (by shrinking it, after Ma, Bae and Choi 2012).
 * One alone errs: rays see corners of a slope as thick, balls see every edge as thin. Where the
 * other side leans by more than 30 degrees it is an edge and not a wall.
 */
#ifndef NW_PRINT_CHECK_H
#define NW_PRINT_CHECK_H

#include "print/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_finding_place {
    nw_vec3 place_mm; /* patient */
    double value;     /* thickness or width in mm; of an overhang the lean in degrees */
    size_t part;
};

/* The worst places first, no two closer together than 5 mm. */
enum { NW_PLACES = 20 };
struct nw_places {
    double area_mm2;  /* of all surface concerned */
    double patch_mm2; /* of its largest piece in one; both sides of a wall are one */
    double worst;     /* NAN: there is none */
    size_t count;
    struct nw_finding_place place[NW_PLACES];
};

struct nw_print_check {
    struct nw_places walls, gaps, overhang;
    size_t samples;
    double spacing_mm; /* no two samples of a surface lie much further apart */
};

/* Walls within each part, gaps between any two surfaces, overhang as the part is placed
 * (place: NULL leaves it out). Parts must be closed. The same bits on any number of threads.
 * NW_ERR_MEMORY, NW_ERR_LIMIT, NW_ERR_CANCELLED. About 2 us a sample and core. */
NW_MUST_CHECK bool nw_print_check(const struct nw_model *model,
                                  const struct nw_machine *machine,
                                  const struct nw_placement *place, struct nw_print_check *out,
                                  struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
