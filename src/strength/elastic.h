/*
 * strength/elastic.h -- linear elasticity on the voxels of a solid: how far it gives and how it
 * is stressed under given forces. Small deformations, one isotropic material.
 *
 * Elements are cubes of eight nodes with incompatible modes (Wilson, Taylor 1973), which bend
 * without locking; those that the surface cuts are integrated over what is filled of their 4 x
 * 4 x 4 parts (the finite cell method at order one), so that a boundary lies where it is and
 * not on the grid. Conjugate gradients, preconditioned by one cycle of geometric multigrid,
 * matrix-free. Stress is taken at the middles of full cubes, where it is most exact, and
 * carried to the surface by a linear fit over the full cubes about a place (Zienkiewicz and Zhu
 * 1992).
 */
#ifndef NW_STRENGTH_ELASTIC_H
#define NW_STRENGTH_ELASTIC_H

#include "core/mesh.h"
#include "field/field.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_elastic; /* a solid in voxels, with what holds and what pulls it */

/* Voxels of cell_mm in the box (grown to whole cells), filled where the tape is negative; the
 * field must be distance-like near its surface. young_mpa above 0, poisson 0 to 0.49.
 * NW_ERR_GEOMETRY when nothing is inside, NW_ERR_LIMIT above 2^26 cells in the box,
 * NW_ERR_MEMORY: about 150 bytes a cell of the box and 4.6 KB for one
 * that the surface cuts. */
NW_MUST_CHECK struct nw_elastic *nw_elastic_new(const struct nw_tape *solid, nw_box box,
                                                double cell_mm, double young_mpa,
                                                double poisson, struct nw_err *err);
void nw_elastic_free(struct nw_elastic *e);

size_t nw_elastic_cells(const struct nw_elastic *e); /* filled, wholly or in part */
double nw_elastic_volume_mm3(const struct nw_elastic *e);

/* A place of the solid: its nodes where `inside` says true. */
struct nw_elastic_region {
    bool (*inside)(const void *user, nw_vec3 point_mm);
    const void *user;
};
/* Nodes that do not move. Returns how many. */
size_t nw_elastic_fix(struct nw_elastic *e, const struct nw_elastic_region *region);
/* A force in N, over the material of the region, evenly. Returns the nodes it acts on. */
size_t nw_elastic_pull(struct nw_elastic *e, const struct nw_elastic_region *region,
                       nw_vec3 force_n);
/* Takes the forces away; what is fixed stays. */
void nw_elastic_let_go(struct nw_elastic *e);

struct nw_elastic_solved {
    int rounds;
    double residual; /* of the forces, relative */
};
/* Displacements, to a residual of 1e-6 of the forces. NW_ERR_GEOMETRY when what is pulled is
 * not held (no node is fixed, or a loose part), NW_ERR_LIMIT when the rounds run out,
 * NW_ERR_CANCELLED. About 1 CPU-s per 10 000 cells. */
NW_MUST_CHECK bool nw_elastic_solve(struct nw_elastic *e, struct nw_elastic_solved *out,
                                    struct nw_err *err);

/* Mean displacement over the region's nodes, weighted as a pull would be; mm. */
nw_vec3 nw_elastic_moved(const struct nw_elastic *e, const struct nw_elastic_region *region);
double nw_elastic_largest_move(const struct nw_elastic *e); /* mm */
/* Work of the forces, N mm; twice the energy stored. */
double nw_elastic_work(const struct nw_elastic *e);

/* The six stresses at places on or in the solid, MPa: xx yy zz xy yz zx. False where no full
 * cell is near (walls thinner than about two cells). */
bool nw_elastic_stress(const struct nw_elastic *e, nw_vec3 point_mm, double stress_mpa[6]);
double nw_von_mises_mpa(const double stress_mpa[6]);

/* The same problem as an input file of CalculiX (C3D8I where cubes are full), so that another
 * program can be asked. Only for models whose cells are all full or empty; NW_ERR_GEOMETRY. */
struct nw_text;
NW_MUST_CHECK bool nw_elastic_inp(const struct nw_elastic *e, struct nw_text *out,
                                  struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
