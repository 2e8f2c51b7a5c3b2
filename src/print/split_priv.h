/* print/split_priv.h -- the steps of nw_split: planes, keys, pieces. */
#ifndef NW_PRINT_SPLIT_PRIV_H
#define NW_PRINT_SPLIT_PRIV_H

#include "field/field.h"
#include "print/split.h"

/* A region between planes: node[0] is all, each inner node is cut by one plane in two. */
struct nw_split_node {
    int parent, below, above; /* nodes; -1: none. `below`: against the plane's normal */
    size_t plane;             /* of an inner node */
    nw_box box;               /* of what lies in it */
    size_t piece_lo, piece_hi;
};
enum { NW_SPLIT_NODES = 2 * NW_SPLIT_PIECES };

struct nw_splitting {
    const struct nw_mesh *mesh;
    const struct nw_machine *machine;
    struct nw_field *field;
    nw_node part;
    struct nw_tape *tape; /* its signed distance */
    double clearance, least_radius, most_radius, wall;
    struct nw_split_node node[NW_SPLIT_NODES];
    size_t node_count;
    struct nw_split_plane plane[NW_SPLIT_PLANES];
    size_t plane_count;
    struct nw_split_key key[NW_SPLIT_KEYS]; /* piece, socket: nodes, at first */
    size_t key_count;
    /* the largest section that found no room for a key */
    double thin_mm2, thin_mm, thin_needs_mm;
    nw_vec3 thin_place;
};

/* How far a place is inside of a region, asked of its planes; `but` is left out. */
double nw_split_within(const struct nw_splitting *s, size_t node, size_t but, nw_vec3 p);

/* How deep a peg is rooted in its own piece, and a socket's tool comes from beyond the face. */
#define NW_SPLIT_ROOT_MM 1.0

/* Samples of a plane within a node's region. */
struct nw_section {
    nw_vec3 origin, u, v, normal;
    double step;
    size_t width, rows;
    double *deep;    /* how far inside part and region (planes of descendants too) */
    uint32_t *label; /* 0: outside; pieces of the section from 1 */
    size_t labels;
};
NW_MUST_CHECK bool nw_section_take(const struct nw_splitting *s, size_t node, size_t plane,
                                   double step, struct nw_section *out, struct nw_err *err);
void nw_section_release(struct nw_section *section);
nw_vec3 nw_section_place(const struct nw_section *c, size_t at);

/* Cuts until all fit, or by the planes given. */
NW_MUST_CHECK bool nw_split_plan(struct nw_splitting *s, const struct nw_split_opts *opts,
                                 struct nw_err *err);
/* The keys across the plane of an inner node. */
NW_MUST_CHECK bool nw_split_find_keys(struct nw_splitting *s, size_t node, struct nw_err *err);

/* What the smallest key needs on all sides: with or without a second one beside it. */
double nw_split_needs(const struct nw_splitting *s, double radius);
/* Does a box (of the part's frame) fit the bed, perhaps turned by a quarter? */
bool nw_split_fits(const struct nw_machine *machine, nw_box box, bool *turned);

#endif
