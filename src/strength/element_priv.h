/*
 * strength/element_priv.h -- one brick: its stiffness and its strain. Node n of a brick lies at
 * (n & 1, n >> 1 & 1, n >> 2 & 1); its freedoms are 3 n + axis. For modulus 1; one h times as
 * large and of modulus E is E h times as stiff, its strains are 1 / h of these.
 */
#ifndef NW_STRENGTH_ELEMENT_PRIV_H
#define NW_STRENGTH_ELEMENT_PRIV_H

enum { NW_CUBE_NODES = 8, NW_CUBE_DOFS = 24 };

/* Stress of strains (xx yy zz xy yz zx, shears as angles). */
void nw_elastic_law(double poisson, double out[6][6]);
/* Eight nodes with nine incompatible modes, condensed. */
void nw_brick_stiffness(double poisson, const double side[3],
                        double out[NW_CUBE_DOFS][NW_CUBE_DOFS]);
/* What one of the 4 x 4 x 4 parts of a cube of side 1 adds to its stiffness, x fastest; without
 * modes: those of a cube that is filled in part would not leave an even strain alone. */
enum { NW_CUBE_CUTS = 4, NW_CUBE_PARTS = 64 };
void nw_part_stiffness(double poisson, int part, double out[NW_CUBE_DOFS][NW_CUBE_DOFS]);
/* Strain at the middle of a cube of side 1; the incompatible modes have none there. */
void nw_cube_strain(double out[6][NW_CUBE_DOFS]);

#endif
