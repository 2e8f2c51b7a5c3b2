/*
 * print/layers.h -- a part lying on the bed, as pictures of its layers.
 *
 * A placement turns and shifts the design from patient space (LPS) into the bed's frame and
 * applies the profile's scale. A source of layers then gives, for any layer and any rows of
 * it, how much of each pixel the part covers, 0 to 255: from a mesh by the exact area of its
 * cross section, from a field by the exact area of the field's linear interpolation between
 * the pixels' corners. Sources are asked from several threads at once and hold no picture:
 * memory is that of the rows asked for.
 *
 * Pixel (i, j) covers bed x from i to i + 1 pixels and y from j to j + 1; layer k is what lies
 * at its middle, (k + 1/2) layers above the bed.
 */
#ifndef NW_PRINT_LAYERS_H
#define NW_PRINT_LAYERS_H

#include "core/mesh.h"
#include "field/field.h"
#include "print/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a design lies on the bed. */
struct nw_placement {
    nw_affine to_bed; /* patient mm to bed mm, the profile's scale included */
    nw_box box;       /* of the part, in bed mm */
    double scale[3];  /* the profile's */
};

struct nw_place_opts {
    nw_vec3 up;      /* the direction of patient space that points up; zero: z, to the head */
    double spin_rad; /* then turned about the vertical, counter-clockwise from above */
    double lift_mm;  /* height of the lowest point above the bed */
};

/* In the middle of the bed. NW_ERR_GEOMETRY when there is nothing to place, or, with sizes,
 * when it is larger than the build volume (out->box then has its size); NW_ERR_DATA for places
 * that are no numbers. */
NW_MUST_CHECK bool nw_place_model(const struct nw_model *model,
                                  const struct nw_machine *machine,
                                  const struct nw_place_opts *opts, struct nw_placement *out,
                                  struct nw_err *err);
/* The same for whatever lies in a box of patient space. */
NW_MUST_CHECK bool nw_place_box(nw_box box, const struct nw_machine *machine,
                                const struct nw_place_opts *opts, struct nw_placement *out,
                                struct nw_err *err);
/* The same for a field within a box of patient space. Its extent is found by halving boxes
 * that intervals do not show to be empty, and is never too small; its lowest and highest
 * place are those where pixels show something, to 0.01 mm. */
NW_MUST_CHECK bool nw_place_tape(const struct nw_tape *tape, nw_box within,
                                 const struct nw_machine *machine,
                                 const struct nw_place_opts *opts, struct nw_placement *out,
                                 struct nw_err *err);
/* Only the turning: from patient directions to the bed's. */
nw_mat3 nw_place_turn(const struct nw_place_opts *opts);

struct nw_layers {
    double pixel_mm[2], layer_mm;
    size_t lo[2], hi[2]; /* pixels of the bed where there can be anything: lo <= p < hi */
    size_t count;        /* layers */
    nw_affine to_bed;
    void *user;
    /* Coverage of rows row_lo <= j < row_hi (of the bed) and columns lo[0] <= i < hi[0] of a
     * layer, i fastest. Thread-safe. NW_ERR_MEMORY. */
    bool (*fill)(const void *user, size_t layer, size_t row_lo, size_t row_hi, uint8_t *out,
                 struct nw_err *err);
    void (*free_user)(void *user);
};

struct nw_raster_opts {
    double pixel_mm[2]; /* 0: the machine's, or a quarter of its least feature */
    double layer_mm;    /* 0: the machine's preset */
    bool any_layer;     /* for a look only: the machine need not be able to */
};
/* Of all parts of a model together. Borrows nothing. NW_ERR_ARGUMENT for layers outside what
 * the machine can do, NW_ERR_LIMIT for too many pixels or layers (65535 along an axis). */
NW_MUST_CHECK bool nw_layers_of_model(const struct nw_model *model,
                                      const struct nw_placement *place,
                                      const struct nw_machine *machine,
                                      const struct nw_raster_opts *opts, struct nw_layers *out,
                                      struct nw_err *err);
/* Of a field within the placed box, straight from its expression. Borrows the tape. */
NW_MUST_CHECK bool nw_layers_of_tape(const struct nw_tape *tape,
                                     const struct nw_placement *place,
                                     const struct nw_machine *machine,
                                     const struct nw_raster_opts *opts, struct nw_layers *out,
                                     struct nw_err *err);
/* Holds rows at random (told by the seed) of the layers of a tape against the field itself,
 * asked at one corner of a pixel at a time, without blocks or intervals. */
struct nw_layers_compared {
    size_t pixels, differing;
};
NW_MUST_CHECK bool nw_layers_compare(const struct nw_layers *layers,
                                     const struct nw_field *field, nw_node root, size_t rows,
                                     uint64_t seed, struct nw_layers_compared *out,
                                     struct nw_err *err);
/* A material a droplet instead of coverage: material_of[label] of the label that has the
 * largest trilinear share at the pixel's middle; 0 is nothing. The volume (any type) holds
 * whole numbers 0 to 255: ask nw_labels_box first. Copies what it needs. */
NW_MUST_CHECK bool nw_layers_of_labels(const struct nw_volume *labels,
                                       const uint8_t material_of[256],
                                       const struct nw_placement *place,
                                       const struct nw_machine *machine,
                                       const struct nw_raster_opts *opts, struct nw_layers *out,
                                       struct nw_err *err);
/* The same layers with their faces moved in the layer as a compensation asks: outward_mm, and
 * in the first layer inward by first_layer_mm against that. Straight edges along the pixels'
 * axes move exactly, others to about a tenth of a pixel. What is narrower than twice an inward
 * move vanishes. Borrows the source. NW_ERR_LIMIT for more than 64 pixels. */
NW_MUST_CHECK bool nw_layers_grown(const struct nw_layers *from,
                                   const struct nw_compensation *by,
                                   const struct nw_machine *machine, struct nw_layers *out,
                                   struct nw_err *err);
/* Around all voxels above 0, in patient mm. NW_ERR_DATA for what is no label, NW_ERR_GEOMETRY
 * when there is none. */
NW_MUST_CHECK bool nw_labels_box(const struct nw_volume *labels, nw_box *out,
                                 struct nw_err *err);
void nw_layers_release(struct nw_layers *layers);

static inline size_t nw_layers_width(const struct nw_layers *l)
{
    return l->hi[0] - l->lo[0];
}
static inline size_t nw_layers_rows(const struct nw_layers *l)
{
    return l->hi[1] - l->lo[1];
}
/* The place, in patient mm, of the middle of a pixel (in bed pixels) of a layer. */
nw_vec3 nw_layers_place(const struct nw_layers *layers, double i, double j, double layer);

/* The share of a pixel in which the field is negative, from its values at the corners
 * (x0y0, x1y0, x0y1, x1y1): linear in the four triangles around the middle, 0..255. */
uint8_t nw_corner_coverage(double v00, double v10, double v01, double v11);

#ifdef __cplusplus
}
#endif
#endif
