/*
 * print/split.h -- a part larger than the bed, cut by planes into pieces that fit and go
 * together again in one way only.
 *
 * Across every cut face stand pegs on one side and sockets in the other: two round ones of
 * different sizes, as far apart as the section allows, or, where there is room for one alone,
 * one with a flat. The larger peg does not enter the smaller socket, and a flat does not turn,
 * so pieces cannot be joined turned. A key keeps a wall of the machine's least around it, of
 * both pieces, along its whole length: asked of the part's distance along its axis, so that it
 * never breaks through. Pieces are the part's field cut by half spaces, with pegs united and
 * sockets subtracted, which cannot fail.
 */
#ifndef NW_PRINT_SPLIT_H
#define NW_PRINT_SPLIT_H

#include "core/mesh.h"
#include "print/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_split_plane {
    nw_vec3 point_mm, normal; /* pegs point along the normal */
};

struct nw_split_opts {
    const struct nw_split_plane *plane; /* none: chosen, square to the bed's axes */
    size_t plane_count;
    double clearance_mm; /* of a socket around its peg; 0: the machine's, for fits */
    double peg_mm;       /* diameter of the largest peg; 0: 8 */
    double cell_mm;      /* of the surface; 0: the machine's accuracy, or so that there are
                            four hundred thousand cells on it, whichever is more */
};

struct nw_split_key {
    nw_vec3 place_mm, axis; /* on the cut face; the way the peg points */
    double radius_mm, length_mm;
    bool flat;            /* with a flat at half the radius, on the side of `side` */
    nw_vec3 side;         /* square to the axis */
    size_t piece, socket; /* which piece has the peg, which the socket */
    double turn_rad;      /* how far the joint can turn within its clearance */
};

struct nw_split_piece {
    struct nw_mesh mesh; /* closed; in the part's frame and place */
    double volume_mm3;
    bool turned; /* fits the bed only when turned by a quarter */
};

enum { NW_SPLIT_PIECES = 64, NW_SPLIT_KEYS = 256, NW_SPLIT_PLANES = 32 };
struct nw_split {
    struct nw_split_piece *piece;
    size_t count;
    struct nw_split_key key[NW_SPLIT_KEYS];
    size_t key_count;
    struct nw_split_plane plane[NW_SPLIT_PLANES]; /* that were cut along */
    size_t plane_count;
    double clearance_mm, cell_mm;
    /* whole = pieces + clearance, but for `off`, which is within off_limit */
    double whole_mm3, pieces_mm3, clearance_mm3, off_mm3, off_limit_mm3;
};

/*
 * The mesh is closed. NW_ERR_STATE when it fits the bed as it is and no plane is given;
 * NW_ERR_GEOMETRY when a section is too thin for a key, a piece is still larger than the bed,
 * a plane does not meet the part, or the volume is off by more than a thousandth; NW_ERR_LIMIT
 * for more pieces, keys or planes than there may be; NW_ERR_MEMORY, NW_ERR_CANCELLED. Release
 * when it succeeded. Some seconds: the surfaces of all pieces, taken anew.
 */
NW_MUST_CHECK bool nw_split(const struct nw_mesh *mesh, const struct nw_machine *machine,
                            const struct nw_split_opts *opts, struct nw_split *out,
                            struct nw_err *err);
void nw_split_release(struct nw_split *split);

#ifdef __cplusplus
}
#endif
#endif
