/*
 * design/look_priv.h -- what several kinds need: places let down on a surface, closed curves
 * drawn on one, and judgements of what was made, said in both languages.
 */
#ifndef NW_DESIGN_LOOK_PRIV_H
#define NW_DESIGN_LOOK_PRIV_H

#include "design/kinds_priv.h"
#include "mesh/distance.h"

extern const nw_vec3 nw_nowhere; /* of a check without a place */

/* Adds a check with its sentence in both languages, of the same values. */
NW_MUST_CHECK bool nw_judge(struct nw_making *m, const struct nw_design_part *p,
                            struct nw_design_check check, const char *en, const char *zh, ...)
    NW_PRINTF(4, 6) NW_PRINTF(5, 6);

/* Fails at the part's own member with the sentence that is in err already; false. */
bool nw_fail_member(struct nw_making *m, const struct nw_slot *slot);

/* How far along `way` (of length 1) the node's inside begins, by marching as far as its value
 * allows; negative when not within reach_mm. */
double nw_node_hit(const struct nw_making *m, nw_node node, nw_vec3 from, nw_vec3 way,
                   double reach_mm);
/* Moves *p to the surface near it and gives its normal; fails at `slot` when it is further than
 * far_mm away. */
NW_MUST_CHECK bool nw_let_down(struct nw_making *m, nw_node node, const struct nw_slot *slot,
                               double far_mm, nw_vec3 *p, nw_vec3 *normal);

/* Two directions of length 1 square to n and to one another; u x v = n. */
void nw_span(nw_vec3 n, nw_vec3 *u, nw_vec3 *v);

/* What a device must keep clear of: a row of a member `avoid`. */
enum { NW_AVOID_PART, NW_AVOID_MARGIN, NW_AVOID_COUNT };
extern const struct nw_member nw_avoid_members[];
/* The least distance met so far, and what was nearest. Begins with least_mm HUGE_VAL. */
struct nw_clearance {
    double least_mm;
    nw_vec3 place;
    const char *name;
};
/* Takes into *least how near the round bar from a to b comes to the node along its whole way,
 * to 0.02 mm. */
void nw_clear_along(const struct nw_making *m, nw_node node, nw_vec3 a, nw_vec3 b,
                    double radius_mm, const char *name, struct nw_clearance *least);
/* Adds "clearance" of that row. */
NW_MUST_CHECK bool nw_judge_clearance(struct nw_making *m, const struct nw_design_part *p,
                                      const struct nw_slot *avoid,
                                      const struct nw_clearance *least);

/* A closed curve in space, round through the points given, and its picture in the plane that
 * fits it best. */
struct nw_loop {
    nw_vec3 middle, axis, u, v; /* u x v = axis, along `towards` */
    double (*outline)[2];       /* count of them, in u and v from the middle */
    size_t count;
    double low_mm, high_mm; /* of its places along the axis */
    double radius_mm;       /* of the farthest */
};
/* `axis` of length 0: square to the curve by its area, to the side of `towards`. In the
 * making's arena. Fails at the slot when the curve has no area. */
NW_MUST_CHECK bool nw_loop_of(struct nw_making *m, const struct nw_slot *slot, nw_vec3 axis,
                              nw_vec3 towards, struct nw_loop *out);
/* All that lies under the curve, along its axis, from `below` to `above` its lowest and highest
 * place, grown by margin_mm. */
nw_node nw_loop_prism(struct nw_making *m, const struct nw_loop *loop, double below_mm,
                      double above_mm, double margin_mm);

/* Bakes within a box: cell 0.25 mm. */
nw_node nw_bake_box(struct nw_making *m, nw_node node, nw_box box, double band_mm);

/* The wall of a mesh below limit_mm that no more than 0.5 mm² are thinner than, by
 * 12 000 samples and all triangles about the thinnest of them; HUGE_VAL: none. */
NW_MUST_CHECK bool nw_thinnest(const struct nw_mesh *mesh, double limit_mm, double *least_mm,
                               nw_vec3 *place, struct nw_err *err);
/* Adds "wall": the thinnest one against what it must be. */
NW_MUST_CHECK bool nw_judge_wall(struct nw_making *m, const struct nw_design_part *p,
                                 const struct nw_mesh *mesh, double least_mm);
/* Adds "edge": the radius edges were rounded by, which on skin is 0.5 mm or more. */
NW_MUST_CHECK bool nw_judge_edge(struct nw_making *m, const struct nw_design_part *p,
                                 double radius_mm);
/* Adds "one-piece" when the mesh falls into several. */
NW_MUST_CHECK bool nw_judge_pieces(struct nw_making *m, const struct nw_design_part *p,
                                   const struct nw_mesh *mesh);

/* What is porous: the lattice's room, all of the shape (outside of it is free), the field that
 * was made, and balls no larger than this. */
struct nw_porous {
    nw_node within, whole, made;
    double most_mm;
};
/* Adds "strut-size", "pore-size" (balls up to most_mm that lie within the lattice's room,
 * touching its pores' surface) and "pores-open". */
NW_MUST_CHECK bool nw_judge_pores(struct nw_making *m, const struct nw_design_part *p,
                                  const struct nw_mesh *mesh, const struct nw_porous *porous);

/* Pieces of a node that hang on nothing, and closed pores. */
struct nw_loose {
    size_t count;
    double volume_mm3;
};
/* The node without all its pieces but the largest and with its closed pores filled, as its
 * surface at the making's cell has them in the box, and half a cell about them. Costs that
 * surface. */
nw_node nw_drop_loose(struct nw_making *m, nw_node node, nw_box box, struct nw_loose *out);

/* The node without anything further than half a cell from the largest piece of its surface in
 * the box: also what is so small that this grid misses it and another would meet it. Closed
 * pores stay. Costs that surface, and its distance wherever the node is asked: for small ones.
 */
nw_node nw_keep_largest(struct nw_making *m, nw_node node, nw_box box);

/* What a device is made of. */
struct nw_material {
    const char *name;
    double density_g_cm3, least_wall_mm;
    double most_strain; /* that it is bent by and springs back: half of that at yield */
};
extern const char *const nw_material_names[]; /* for a choice member; ends with NULL */
const struct nw_material *nw_material_at(size_t at);
/* Adds "mass". */
NW_MUST_CHECK bool nw_judge_mass(struct nw_making *m, const struct nw_design_part *p,
                                 const struct nw_mesh *mesh, size_t material);

#endif
