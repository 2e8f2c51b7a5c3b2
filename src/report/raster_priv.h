/*
 * report/raster_priv.h -- one view of a scene: which triangle lies nearest at each sample, two
 * by two of them a pixel, decided by whole numbers; and the light on it.
 */
#ifndef NW_REPORT_RASTER_PRIV_H
#define NW_REPORT_RASTER_PRIV_H

#include "report/scene_priv.h"

struct nw_camera {
    nw_vec3 right, up, forward; /* unit, of patient space; forward looks into the picture */
    nw_vec3 middle_mm;
    double mm_per_px;
    double middle_x, middle_y; /* pixels: where middle_mm is seen */
};

enum { NW_SUB = 2 }; /* samples a pixel on each axis */
#define NW_NO_TRI UINT32_MAX

struct nw_corner {
    int32_t x, y; /* sixteenths of a sample from the picture's upper left */
    float z;      /* mm into the picture */
};

struct nw_raster {
    const struct nw_scene *scene;
    struct nw_camera camera;
    size_t width, height;      /* pixels */
    struct nw_corner **corner; /* of each part */
    float *depth;              /* of each sample */
    uint32_t *tri;             /* of each sample, counted over all parts; or NW_NO_TRI */
};

/* Direction only; the caller sets what is seen where. */
struct nw_camera nw_camera_at(enum nw_view view);
struct nw_camera nw_camera_from(nw_vec3 from); /* not 0: where who looks stands */

NW_MUST_CHECK bool nw_raster_init(struct nw_raster *r, const struct nw_scene *scene,
                                  const struct nw_camera *camera, size_t width, size_t height,
                                  struct nw_err *err);
void nw_raster_release(struct nw_raster *r);

/* Lights the raster once and paints it in each of the shades, over what the pictures (of the
 * raster's size) hold already. */
NW_MUST_CHECK bool nw_raster_light(const struct nw_raster *r, const enum nw_shade *shade,
                                   size_t count, double uncertainty_max_mm,
                                   struct nw_picture *picture, struct nw_err *err);

#endif
