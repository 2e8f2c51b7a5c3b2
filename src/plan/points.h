/*
 * plan/points.h -- named places that a person set: from our own lists, or from 3D Slicer's
 * markups. Always LPS mm when they come out; what is RAS in the file says so there.
 */
#ifndef NW_PLAN_POINTS_H
#define NW_PLAN_POINTS_H

#include "core/mem.h"
#include "plan/measure.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_point {
    const char *name; /* in the arena; "1", "2"... when the file has none */
    struct nw_place place;
};

struct nw_points {
    struct nw_point *item; /* in the arena */
    size_t count;
};

/*
 * {"landmarks": {"name": [x, y, z], "name": {"at_mm": [x, y, z], "sigma_mm": s}}} in LPS, or
 * with "frame": "RAS" beside; or 3D Slicer's {"markups": [{"coordinateSystem": "LPS",
 * "controlPoints": [{"label": ..., "position": [x, y, z]}]}]}, all lists one after the other.
 * NW_ERR_DATA with line and member.
 */
NW_MUST_CHECK bool nw_points_parse(struct nw_arena *arena, const char *text, size_t len,
                                   struct nw_points *out, struct nw_err *err);

/* "1,2,3 4,5,6" or with semicolons between: LPS, or RAS when so said. NW_ERR_ARGUMENT. */
NW_MUST_CHECK bool nw_points_of_words(struct nw_arena *arena, const char *words, bool from_ras,
                                      struct nw_points *out, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
