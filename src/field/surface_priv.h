/*
 * field/surface_priv.h -- the parts of the extractor and what they hand each other.
 *
 * The lattice gets a layer of outside samples all around ("padded"). Padded sample p is sample
 * p - 1 of the source. Cell (i,j,k) has corners c = x + 2y + 4z at (i+x, j+y, k+z); its edges
 * are numbered 4*axis + lo + 2*hi, with lo, hi its place on the other two axes in ascending
 * order; its faces 2*axis + side. A cell's code has bit c set when corner c is inside.
 *
 *   signs     one bit a sample
 *   cells     the loops of the surface in them, row by row; each is one vertex
 *   extras    vertices beyond: points on explicit faces
 *   quads     one a crossed edge, two triangles each; where no diagonal is safe, a fan
 */
#ifndef NW_FIELD_SURFACE_PRIV_H
#define NW_FIELD_SURFACE_PRIV_H

#include "field/surface.h"

enum source_kind {
    SOURCE_I16, /* voxels of a volume against a level */
    SOURCE_U8,
    SOURCE_U16,
    SOURCE_F32,
    SOURCE_BRICKS, /* a lattice's values, where they may cross */
    SOURCE_LABELS, /* voxels equal to one label */
};

enum {
    BRICK_CELLS = 32,
    BRICK_POINTS = BRICK_CELLS + 1,
    BRICK_VALUES = BRICK_POINTS * BRICK_POINTS * BRICK_POINTS,
    SLAB_LAYERS = 4, /* cell layers one task works through */
};

/* Samples lo[] .. lo[]+dim[]-1 of a grid, as a number that is positive inside. */
struct source {
    enum source_kind kind;
    struct nw_grid grid;
    size_t lo[3], dim[3];
    union {
        const void *data;
        const int16_t *i16;
        const uint8_t *u8;
        const uint16_t *u16;
        const float *f32;
    };
    enum nw_voxel voxel; /* SOURCE_LABELS: of what type */
    float level;
    uint16_t label;
    float **brick; /* NULL where nothing crosses */
    size_t brick_dim[3];
    const struct nw_lattice *lattice;
    float margin; /* how near to a cell's side a vertex may come, in cells */
};

/* A cell with both signs; one with several loops comes once for each of them, in order. */
struct cell {
    uint16_t i;
    uint8_t code;
    uint8_t flags;
};
enum {
    CELL_LOOP = 3,   /* mask: which loop of the cell */
    CELL_CLOSED = 4, /* several loops, at the lattice's border: see nw_work_face_is_explicit */
    CELL_ODD = 8,    /* several loops, or a face with four crossings */
    CELL_EXPLICIT = 16, /* its low face across axis 0 is explicit; 32, 64: across 1, 2 */
    EXTRA_SPAN = 64,    /* loops that share an entry of first_extra */
};

/* Where a crossed edge of the lattice meets the surface, for sharp edges. */
struct hit {
    float t;
    float normal[3]; /* of length 1, or 0 when unknown; in mm */
};

/* The vertices on an explicit face: the low one of a cell across an axis. */
struct extra {
    uint32_t cell;
    uint32_t first_vert;
    uint32_t row;
    uint8_t axis;
    uint8_t count;
};

/* A quad that needs more than two triangles: a fan around a point on its edge. */
struct fan {
    uint32_t edge;    /* number of the quad; its first two triangles go there */
    uint32_t poly[8]; /* around the edge, seen against its direction */
    uint8_t count;    /* of poly */
    uint8_t axis, flip;
    float t;
    uint32_t sample[3];
};

/* What follows from a code. */
struct code_table {
    /* The mean of the crossings is (sum of the crossings along an axis + add) * inverse. */
    float add[256][3];
    float inverse[256];
    uint16_t crossed[256];    /* a bit for each edge */
    uint8_t cut_corners[256]; /* a bit for each corner that a loop of three edges cuts off */
    int8_t corner[256][4];    /* of each loop: the corner it cuts off, or -1 */
    int8_t pair_axis[256];    /* two loops around opposite edges: the edges' axis; else -1 */
    int8_t face_edge[256][3]; /* a crossed edge on the low face across each axis, or -1 */
    /* The lines of a low face with four crossings: by axis, and by whether corner 0 is inside.
     */
    int8_t line[3][2][2][2];
};

struct slab {
    size_t first_row, end_row;
    struct cell *cell;
    size_t cell_count, cell_room;
    struct extra *extra;
    size_t extra_count, extra_room;
    struct fan *fan;
    size_t fan_count, fan_room;
    size_t fan_verts_before, fan_tris_before; /* of all slabs before, in excess of the quads */
    struct nw_err err;
};

struct work {
    struct source src;
    size_t dim[3];               /* padded samples */
    size_t words;                /* of 64 signs in a row */
    uint64_t *signs;             /* rows of padded samples */
    size_t rows;                 /* of cells: (dim[1]-1) * (dim[2]-1) */
    size_t *row_cell, *row_edge; /* rows + 1 of them: what comes before */
    struct cell *cell;
    size_t cell_count, edge_count;
    struct code_table *codes;
    float (*at)[3];       /* of each cell's vertex, in the cell, 0..1 */
    uint32_t *first_edge; /* of each cell; only when there are hits */
    struct hit *hit;
    struct nw_grid_inverse inverse;
    struct extra *extra;
    size_t extra_count, extra_verts;
    uint32_t *first_extra; /* for each EXTRA_SPAN loops, where theirs begin */
    struct slab *slab;
    size_t slab_count;
    struct nw_mesh mesh;
    bool flip; /* a left-handed grid */
};

extern const uint32_t nw_cell_loops[256];
extern const uint8_t nw_cell_ambiguous[256];

static inline int cell_loop_count(uint8_t code)
{
    return (int)(nw_cell_loops[code] >> 24);
}

static inline int cell_loop_of(uint8_t code, int edge)
{
    return (int)(nw_cell_loops[code] >> 2 * edge & 3);
}

/* The axes across an axis, in ascending order. */
static inline int axis_lo(int axis)
{
    return axis == 0 ? 1 : 0;
}

static inline int axis_hi(int axis)
{
    return axis == 2 ? 1 : 2;
}

/* The corner at an edge's low end; its high end is 1 << axis further. */
static inline int edge_corner(int edge)
{
    const int axis = edge >> 2;
    return (edge & 1) << axis_lo(axis) | (edge >> 1 & 1) << axis_hi(axis);
}

/* The sample at the low end of an edge of the cell at p. */
static inline void edge_start(const size_t p[3], int edge, size_t q[3])
{
    const int c = edge_corner(edge);
    for (int a = 0; a < 3; a++)
        q[a] = p[a] + (size_t)(c >> a & 1);
}

static inline bool edge_is_crossed(uint8_t code, int edge)
{
    const int c = edge_corner(edge);
    return ((code >> c ^ code >> (c | 1 << (edge >> 2))) & 1) != 0;
}

/* The surface's lines across a face, each as a pair of edges. Returns how many: 0, 1 or 2. */
int nw_cell_face_lines(uint8_t code, int face, int line[2][2]);

/* ---- signs ---- */

/* Fills w->signs from w->src (which gains its bricks). */
NW_MUST_CHECK bool nw_work_sign(struct work *w, struct nw_err *err);

/* ---- samples and crossings ---- */

/* A place on an edge (0..1), at least margin away from both ends; NaN goes to the margin. */
static inline float kept_off(float t, float margin)
{
    const float low = t > margin ? t : margin;
    return low < 1 - margin ? low : 1 - margin;
}

/* Positive inside; samples count from the source's first. */
float nw_source_value(const struct source *s, size_t i, size_t j, size_t k);
/* Where between padded sample p (0) and the next along the axis (1) the surface passes, at
 * least margin away from both. Half way at the border. */
float nw_source_crossing(const struct source *s, const size_t p[3], int axis);
/* A place in the padded lattice, in mm. */
nw_vec3 nw_source_place(const struct source *s, double i, double j, double k);

/* ---- cells and their vertices ---- */

NW_MUST_CHECK bool nw_work_list_cells(struct work *w, struct nw_err *err);
NW_MUST_CHECK bool nw_work_place_cells(struct work *w, struct nw_err *err);
/* Crossings with normals, refined with the lattice's own function. */
NW_MUST_CHECK bool nw_work_find_hits(struct work *w, struct nw_err *err);
/* Places a cell's vertex where the planes of its hits meet best. */
void nw_work_fit_cell(const struct work *w, size_t row, size_t cell, float at[3]);
/* nw_source_crossing, or the refined one. Finds its cell by bisection: not for every cell. */
float nw_work_crossing(const struct work *w, const size_t p[3], int axis);
/* The first loop of the cell at i in a row, or SIZE_MAX. */
size_t nw_work_find(const struct work *w, size_t row, size_t i);

static inline bool is_at_border(const struct work *w, size_t i, size_t j, size_t k)
{
    return i == 0 || j == 0 || k == 0 || i == w->dim[0] - 2 || j == w->dim[1] - 2 ||
           k == w->dim[2] - 2;
}

/* ---- triangles ---- */

NW_MUST_CHECK bool nw_work_number_extras(struct work *w, struct nw_err *err);
NW_MUST_CHECK bool nw_work_place_extras(struct work *w, struct nw_err *err);
NW_MUST_CHECK bool nw_work_make_quads(struct work *w, struct nw_err *err);

/* One of the four cells around an edge. */
struct around {
    uint32_t first, cell; /* its first loop, and the one that passes the edge */
    uint8_t code;
    int edge; /* the number the edge has in it */
};

/* Fills the four, given their first loops counter-clockwise seen against the edge, from the
 * one that is before on no axis. Returns a bit for each face between them that is explicit. */
unsigned nw_work_look_around(const struct work *w, int axis, const uint32_t first[4],
                             struct around a[4]);
/* The polygon around the edge, points on explicit faces included. Returns how many. */
int nw_work_polygon(const struct work *w, int axis, const struct around a[4],
                    unsigned explicit_faces, uint32_t poly[8]);

/* Everything, from w->src on. */
NW_MUST_CHECK bool nw_work_extract(struct work *w, struct nw_mesh *out, struct nw_err *err);

#endif
