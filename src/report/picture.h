/*
 * report/picture.h -- pictures without a GPU or a display: a depth-buffered rasteriser for
 * models, slices with outlines on them, colour scales; the same bytes on every machine. PNG
 * with fixed settings.
 */
#ifndef NW_REPORT_PICTURE_H
#define NW_REPORT_PICTURE_H

#include "core/mesh.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_picture {
    size_t width, height;
    uint8_t *rgb; /* 3 bytes a pixel, rows from the top */
};
void nw_picture_release(struct nw_picture *p);

enum nw_view {
    NW_VIEW_FRONT,
    NW_VIEW_BACK,
    NW_VIEW_LEFT,
    NW_VIEW_RIGHT,
    NW_VIEW_ABOVE,
    NW_VIEW_BELOW,
    NW_VIEW_OBLIQUE
}; /* of the patient: front sees the face */
enum nw_shade { NW_SHADE_PART, NW_SHADE_UNCERTAINTY, NW_SHADE_CLASS };

struct nw_view_opts {
    enum nw_view view;
    enum nw_shade shade;
    nw_vec3 from;              /* not 0: where who looks stands, instead of the view */
    size_t aim_parts;          /* only so many of the first parts need be in the picture, */
    double margin_mm;          /* with so much around them; 0: all parts */
    size_t width, height;      /* 0: 640 x 480 */
    double uncertainty_max_mm; /* top of the scale; 0: 0.5 mm */
    uint8_t background[3];
};
/* Orthographic, lit from the viewer's upper left, with a scale bar in mm and the letters of
 * the sides (R L A P H F) at the edges so that left is never guessed. Runs on one thread: make
 * several side by side. NW_ERR_GEOMETRY when there is no triangle, NW_ERR_DATA for a vertex
 * that is not a number, NW_ERR_ARGUMENT, NW_ERR_LIMIT, NW_ERR_MEMORY (12 bytes a vertex for the
 * normals, 12 more a vertex and 32 a pixel while drawing). */
NW_MUST_CHECK bool nw_picture_of_model(const struct nw_model *model,
                                       const struct nw_view_opts *opts, struct nw_picture *out,
                                       struct nw_err *err);

enum nw_plane { NW_PLANE_AXIAL, NW_PLANE_CORONAL, NW_PLANE_SAGITTAL };
struct nw_slice_opts {
    enum nw_plane plane;
    nw_vec3 through_mm;
    double window_centre, window_width; /* width 0: for bone, 350 and 2000 HU */
    size_t width, height; /* 0: 480; height 0 follows, else more of the scan is shown */
    double field_mm;      /* a square of this side around the point; 0: all of the model */
};
/* A slice through the point with every part's exact outline drawn in its colour (or in a strong
 * one where its own would drown in greys), with side letters and a scale bar. vol may be NULL:
 * outlines only. NW_ERR_GEOMETRY when neither scan nor model reach there. */
NW_MUST_CHECK bool nw_picture_of_slice(const struct nw_volume *vol,
                                       const struct nw_model *model,
                                       const struct nw_slice_opts *opts, struct nw_picture *out,
                                       struct nw_err *err);

/* The middle slice of a scan, `size` pixels square, in the plane its slices lie nearest to: the
 * bone window where values are Hounsfield units, else nearly all of that slice's values. */
NW_MUST_CHECK bool nw_picture_of_middle(const struct nw_volume *vol, bool is_hu, size_t size,
                                        struct nw_picture *out, struct nw_err *err);

/* The uncertainty scale: t in 0..1 from certain (pale blue) over yellow to dark red, ever
 * darker, so that it is read the same in grey and by the colour-blind. */
void nw_uncertainty_colour(double t, uint8_t rgb[3]);
void nw_class_colour(enum nw_class c, uint8_t rgb[3]);
/* The part's colour, or a strong one of its own where that would drown in greys. */
void nw_outline_colour(const struct nw_model *model, size_t part, uint8_t rgb[3]);

/* PNG bytes in a new block. */
NW_MUST_CHECK uint8_t *nw_picture_png(const struct nw_picture *p, size_t *len,
                                      struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
