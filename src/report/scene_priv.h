/*
 * report/scene_priv.h -- a model made ready to be drawn many times: its vertex normals, and
 * the check that it can be drawn at all. Borrowed from the model, which must outlive it.
 */
#ifndef NW_REPORT_SCENE_PRIV_H
#define NW_REPORT_SCENE_PRIV_H

#include "report/picture.h"

typedef struct {
    float x, y, z;
} nw_normal;

struct nw_scene {
    const struct nw_model *model;
    nw_normal **normal; /* of each part, at its vertices, outward, unit or zero */
    size_t tri_count;
    bool closed; /* known to be: then what faces away is hidden, and skipped */
};

NW_MUST_CHECK bool nw_scene_check(const struct nw_model *model, struct nw_err *err);
/* NW_ERR_DATA for a vertex that is not a number or a triangle of a vertex that is not there. */
NW_MUST_CHECK bool nw_scene_init(struct nw_scene *scene, const struct nw_model *model,
                                 struct nw_err *err);
void nw_scene_release(struct nw_scene *scene);
/* As nw_picture_of_model, in several shades of one view (opts->shade is not read); out must be
 * clear, count of them, at most three. Runs on one thread: views are made side by side. */
NW_MUST_CHECK bool nw_pictures_of_scene(const struct nw_scene *scene,
                                        const struct nw_view_opts *opts,
                                        const enum nw_shade *shade, size_t count,
                                        struct nw_picture *out, struct nw_err *err);

#endif
