/* design/handles.c -- what a person may take hold of in a picture; see kinds_priv.h. */
#include <string.h>

#include "design/kinds_priv.h"

const struct nw_handle nw_handles[] = {
    {"box", NULL, "max_mm", "box", "min_mm", NULL},
    {"cylinder", NULL, "to_mm", "rod", "from_mm", NULL},
    {"capsule", NULL, "to_mm", "rod", "from_mm", NULL},
    {"cone", NULL, "to_mm", "rod", "from_mm", NULL},
    {"torus", NULL, "axis", "axis", "centre_mm", NULL},
    {"half_space", NULL, "outward", "plane", "point_mm", NULL},
    {"extrusion", NULL, "u", "axis", "origin_mm", NULL},
    {"extrusion", NULL, "v", "axis", "origin_mm", NULL},
    {"moved", NULL, "axis", "axis", "about_mm", NULL},
    {"moved", NULL, "by_mm", "shift", NULL, NULL},
    {"mirrored", NULL, "normal", "plane", "point_mm", NULL},
    {"tube", NULL, "along_mm", "curve", NULL, NULL},
    {"guide", "drills", "entry_mm", "place", NULL, "bone"},
    {"guide", "drills", "direction", "axis", "entry_mm", NULL},
    {"guide", "slots", "point_mm", "place", NULL, "bone"},
    {"guide", "slots", "normal", "plane", "point_mm", NULL},
    {"guide", "slots", "into", "axis", "point_mm", NULL},
    {"guide", NULL, "pads_mm", "places", NULL, "bone"},
    {"plate", NULL, "along_mm", "curve", NULL, "bone"},
    {"plate", "screws", "at_mm", "place", NULL, "bone"},
    {"plate", "screws", "direction", "axis", "at_mm", NULL},
    {"struts", NULL, "max_mm", "box", "min_mm", NULL},
    {"implant", NULL, "outline_mm", "loop", NULL, "bone"},
    {"implant", NULL, "mirror_normal", "plane", "mirror_point_mm", NULL},
    {"vertebra", NULL, "upper_mm", "place", NULL, "upper"},
    {"vertebra", NULL, "lower_mm", "place", NULL, "lower"},
    {"vertebra", "screws", "direction", "axis", "at_mm", NULL},
    {"text", NULL, "origin_mm", "place", NULL, "on"},
    {"text", NULL, "u", "axis", "origin_mm", NULL},
    {"text", NULL, "v", "axis", "origin_mm", NULL},
    {"code", NULL, "origin_mm", "place", NULL, "on"},
    {"code", NULL, "u", "axis", "origin_mm", NULL},
    {"code", NULL, "v", "axis", "origin_mm", NULL},
    {"mask", NULL, "outline_mm", "loop", NULL, "skin"},
    {"mask", "openings", "at_mm", "place", NULL, "skin"},
    {"mask", "openings", "outline_mm", "loop", NULL, "skin"},
    {"mask", "slots", "at_mm", "place", NULL, "skin"},
    {"mask", "slots", "along", "axis", "at_mm", NULL},
    {"mask", "zones", "at_mm", "place", NULL, "skin"},
    {"puncture", NULL, "entry_mm", "place", NULL, "skin"},
    {"puncture", NULL, "target_mm", "rod", "entry_mm", NULL},
    {"puncture", NULL, "across", "axis", "entry_mm", NULL},
    {"dental", "implants", "platform_mm", "place", NULL, "surface"},
    {"dental", "implants", "direction", "axis", "platform_mm", NULL},
    {"dental", NULL, "pads_mm", "places", NULL, "surface"},
    {"dental", "pins", "entry_mm", "place", NULL, "surface"},
    {"dental", "pins", "direction", "axis", "entry_mm", NULL},
    {"dental", "windows", "at_mm", "place", NULL, "surface"},
    {"dental", "windows", "outward", "axis", "at_mm", NULL},
    {"splint", NULL, "axis_mm", "curve", NULL, NULL},
    {"brace", NULL, "axis_mm", "curve", NULL, NULL},
    {"brace", "trims", "outward", "plane", "at_mm", NULL},
    {"brace", "trims", "curve_mm", "loop", NULL, "skin"},
    {"brace", "reliefs", "at_mm", "place", NULL, "skin"},
    {"brace", "openings", "at_mm", "place", NULL, "skin"},
    {"brace", "openings", "direction", "axis", "at_mm", NULL},
    {"brace", "openings", "along", "axis", "at_mm", NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

struct nw_handle nw_handle_of(const char *kind, const char *in, const struct nw_member *member)
{
    for (const struct nw_handle *h = nw_handles; h->kind; h++)
        if (strcmp(h->kind, kind) == 0 && strcmp(h->member, member->name) == 0 &&
            (h->in ? in && strcmp(h->in, in) == 0 : !in))
            return *h;
    const char *as = member->type == NW_POINT_MEMBER       ? "place"
                     : member->type == NW_DIRECTION_MEMBER ? "way"
                     : member->type == NW_POINTS_MEMBER    ? "places"
                                                           : NULL;
    return (struct nw_handle){kind, in, member->name, as, NULL, NULL};
}
