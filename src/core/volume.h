/*
 * core/volume.h -- a sampled field: voxels on a grid in patient space.
 *
 * Four voxel types, no more. A CT in int16 holds Hounsfield units (or what the scanner calls
 * so); float is what was computed; uint8 and uint16 are labels. One owner, released once.
 */
#ifndef NW_CORE_VOLUME_H
#define NW_CORE_VOLUME_H

#include "core/err.h"
#include "core/frame.h"
#include "core/mem.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_voxel { NW_VOXEL_I16, NW_VOXEL_U8, NW_VOXEL_U16, NW_VOXEL_F32 };

struct nw_volume {
    enum nw_voxel type;
    struct nw_grid grid;
    union {
        void *data;
        int16_t *i16;
        uint8_t *u8;
        uint16_t *u16;
        float *f32;
    };
};

static inline size_t nw_voxel_bytes(enum nw_voxel type)
{
    switch (type) {
    case NW_VOXEL_U8:
        return 1;
    case NW_VOXEL_I16:
    case NW_VOXEL_U16:
        return 2;
    case NW_VOXEL_F32:
        return 4;
    }
    NW_UNREACHABLE();
}

/*
 * A grid that loops may trust: each dimension 1..65535, at most 2^40 voxels, finite origin,
 * finite independent steps of 1e-4 to 1e4 mm. NW_ERR_DATA says which does not hold.
 */
NW_MUST_CHECK bool nw_grid_check(const struct nw_grid *grid, struct nw_err *err);

/* Sets up *out (which must be clear) with zeroed voxels; you release it. */
NW_MUST_CHECK bool nw_volume_init(struct nw_volume *out, enum nw_voxel type,
                                  const struct nw_grid *grid, struct nw_err *err);
/* As nw_volume_init, voxels not set. */
NW_MUST_CHECK bool nw_volume_init_unset(struct nw_volume *out, enum nw_voxel type,
                                        const struct nw_grid *grid, struct nw_err *err);
void nw_volume_release(struct nw_volume *vol);

/* One voxel as a number. For loops over many, switch on the type outside. */
static inline double nw_volume_value(const struct nw_volume *v, size_t index)
{
    switch (v->type) {
    case NW_VOXEL_I16:
        return v->i16[index];
    case NW_VOXEL_U8:
        return v->u8[index];
    case NW_VOXEL_U16:
        return v->u16[index];
    case NW_VOXEL_F32:
        return (double)v->f32[index];
    }
    NW_UNREACHABLE();
}

/* Trilinear value at a continuous index, clamped to the grid. */
double nw_volume_sample(const struct nw_volume *vol, nw_ijk at);

/* Same type, same grid to the bit, same voxels to the bit. */
bool nw_volume_is_equal(const struct nw_volume *a, const struct nw_volume *b);

#ifdef __cplusplus
}
#endif
#endif
