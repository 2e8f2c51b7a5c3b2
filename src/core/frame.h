/*
 * core/frame.h -- where a voxel is.
 *
 * Patient space is DICOM LPS in mm everywhere inside: +x to the patient's left, +y to the
 * back, +z to the head. Index space has its own type, so that the two cannot be mixed. Voxel
 * (0,0,0) has its centre at the grid's origin. Only this header turns one into the other.
 */
#ifndef NW_CORE_FRAME_H
#define NW_CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vec.h"

enum nw_frame {
    NW_FRAME_PATIENT, /* DICOM LPS, mm */
    NW_FRAME_BED,     /* the printer's: x right, y back, z up, mm */
};

/*
 * Where a file's x, y and z point to, in three letters of R L, A P, H F (S and I are known
 * too): "LPS" is patient space, "RAS" turns x and y about, "LAF" has y to the front and z to
 * the feet. False, and *to_lps as it was, for other letters and for axes that are left-handed:
 * those would make a right hand of a left one.
 */
bool nw_axes_parse(const char *axes, nw_mat3 *to_lps);

/* A continuous voxel index. */
typedef struct {
    double i, j, k;
} nw_ijk;

/*
 * A lattice of voxels: index (i,j,k) lies at origin + i step[0] + j step[1] + k step[2].
 * Voxel data runs i fastest, then j, then k. The steps of a scan may be any three
 * independent vectors; most code asks for nw_grid_is_straight first.
 */
struct nw_grid {
    size_t dim[3];
    nw_vec3 origin_mm;
    nw_vec3 step_mm[3];
};

static inline size_t nw_grid_count(const struct nw_grid *g)
{
    return g->dim[0] * g->dim[1] * g->dim[2]; /* checked at the door: see nw_volume_new */
}

static inline size_t nw_grid_at(const struct nw_grid *g, size_t i, size_t j, size_t k)
{
    return i + g->dim[0] * (j + g->dim[1] * k);
}

static inline nw_vec3 nw_grid_point(const struct nw_grid *g, nw_ijk p)
{
    return nw_along(nw_along(nw_along(g->origin_mm, g->step_mm[0], p.i), g->step_mm[1], p.j),
                    g->step_mm[2], p.k);
}

static inline nw_vec3 nw_grid_spacing(const struct nw_grid *g)
{
    return nw_v3(nw_length(g->step_mm[0]), nw_length(g->step_mm[1]), nw_length(g->step_mm[2]));
}

/* Columns are the steps: maps index differences to mm. */
static inline nw_mat3 nw_grid_matrix(const struct nw_grid *g)
{
    const nw_mat3 rows = {{g->step_mm[0], g->step_mm[1], g->step_mm[2]}};
    return nw_transpose(rows);
}

/* Volume of a voxel in mm3; negative for a left-handed grid. */
static inline double nw_grid_voxel_mm3(const struct nw_grid *g)
{
    return nw_dot(g->step_mm[0], nw_cross(g->step_mm[1], g->step_mm[2]));
}

/* mm to index: make the inverse once, then use it for many points. */
struct nw_grid_inverse {
    nw_mat3 per_mm;
    nw_vec3 origin_mm;
};

static inline struct nw_grid_inverse nw_grid_invert(const struct nw_grid *g)
{
    const struct nw_grid_inverse inv = {nw_inverse(nw_grid_matrix(g)), g->origin_mm};
    return inv;
}

static inline nw_ijk nw_grid_index(const struct nw_grid_inverse *inv, nw_vec3 point_mm)
{
    const nw_vec3 v = nw_mul(inv->per_mm, nw_sub(point_mm, inv->origin_mm));
    const nw_ijk p = {v.x, v.y, v.z};
    return p;
}

/* The box, in mm, around all voxel centres. */
static inline nw_box nw_grid_box(const struct nw_grid *g)
{
    nw_box b = nw_box_empty();
    for (int c = 0; c < 8; c++) {
        const nw_ijk p = {c & 1 ? (double)g->dim[0] - 1 : 0, c & 2 ? (double)g->dim[1] - 1 : 0,
                          c & 4 ? (double)g->dim[2] - 1 : 0};
        b = nw_box_with(b, nw_grid_point(g, p));
    }
    return b;
}

/* Steps at right angles to within 1e-4, and right-handed. */
static inline bool nw_grid_is_straight(const struct nw_grid *g)
{
    const nw_vec3 a = nw_unit(g->step_mm[0]), b = nw_unit(g->step_mm[1]),
                  c = nw_unit(g->step_mm[2]);
    const double slack = 1e-4; /* cosine: 0.006 degrees, header rounding */
    return fabs(nw_dot(a, b)) < slack && fabs(nw_dot(b, c)) < slack &&
           fabs(nw_dot(c, a)) < slack && nw_dot(a, nw_cross(b, c)) > 0;
}

#endif
