/*
 * core/mesh.h -- triangles in space, and a model: several named, coloured meshes together.
 *
 * Triangles run counter-clockwise seen from outside. A mesh says in which frame it lies and,
 * in tol_mm, how far its surface may lie from what it was taken from: each operation that
 * moves the surface adds its bound. What the data itself cannot tell is uncertainty_mm, one
 * sigma along the normal, per vertex; it is another thing and never added to tol_mm.
 */
#ifndef NW_CORE_MESH_H
#define NW_CORE_MESH_H

#include "core/err.h"
#include "core/frame.h"
#include "core/mem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a vertex came to be where it is. The order is the order of trust. */
enum nw_class {
    NW_CLASS_RESOLVED, /* both sides of the edge are seen in the grey values */
    NW_CLASS_THIN,     /* thinner than the scan resolves: position by a model fit */
    NW_CLASS_INFERRED, /* no edge seen here: closed by topology, or the scan's border */
    NW_CLASS_METAL,    /* inside a metal artefact's zone */
    NW_CLASS_DRAWN,    /* a person drew it */
};
enum { NW_CLASS_COUNT = 5 };
const char *nw_class_name(enum nw_class c); /* "resolved", ... */

struct nw_mesh {
    size_t vert_count, tri_count;
    nw_vec3 *pos_mm;         /* vert_count of them */
    uint32_t (*tri)[3];      /* tri_count of them: indices into pos_mm */
    float *uncertainty_mm;   /* vert_count of them, or NULL: not stated */
    uint8_t *vert_class;     /* enum nw_class, vert_count of them, or NULL: all resolved */
    uint8_t (*vert_rgba)[4]; /* vert_count of them, or NULL: the part's colour */
    double tol_mm;
    enum nw_frame frame;
};

/* Room for so many vertices (not set) and triangles (not set), without attributes.
 * NW_ERR_LIMIT at 2^32 - 1 vertices and above. *out must be clear; you release it. */
NW_MUST_CHECK bool nw_mesh_init(struct nw_mesh *out, size_t vert_count, size_t tri_count,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_mesh_copy(struct nw_mesh *out, const struct nw_mesh *mesh,
                                struct nw_err *err);
/* Appends b's vertices and triangles; attributes that only one has are filled with 0. */
NW_MUST_CHECK bool nw_mesh_append(struct nw_mesh *mesh, const struct nw_mesh *b,
                                  struct nw_err *err);
/* Drops the vertices no triangle names, keeping the order of the others. */
NW_MUST_CHECK bool nw_mesh_compact(struct nw_mesh *mesh, struct nw_err *err);
/* Gives each triangle the other side. */
void nw_mesh_flip(struct nw_mesh *mesh);
void nw_mesh_release(struct nw_mesh *mesh);
nw_box nw_mesh_box(const struct nw_mesh *mesh);
/* Six times the signed volume is its sum over the triangles; seen from the box's middle,
 * summed in blocks: the same bits on any number of threads. Meaningless when not closed. */
double nw_mesh_volume_mm3(const struct nw_mesh *mesh);
double nw_mesh_area_mm2(const struct nw_mesh *mesh);

/* A text fact that travels with a model: key in snake_case or a standard's own spelling. */
struct nw_fact {
    const char *key, *value;
};

struct nw_part {
    const char *name; /* UTF-8; unique in the model */
    uint8_t rgba[4];
    struct nw_mesh mesh;
};

/* Texts live in the arena. */
struct nw_model {
    struct nw_arena arena;
    struct nw_part *part;
    size_t part_count;
    struct nw_fact *fact;
    size_t fact_count;
};

/* Adds a part, taking the mesh (*mesh is clear afterwards, on failure too). */
NW_MUST_CHECK bool nw_model_add(struct nw_model *model, const char *name, const uint8_t rgba[4],
                                struct nw_mesh *mesh, struct nw_err *err);
/* Sets a fact, replacing one of the same key. */
NW_MUST_CHECK bool nw_model_set_fact(struct nw_model *model, const char *key, const char *value,
                                     struct nw_err *err);
const char *nw_model_fact(const struct nw_model *model, const char *key); /* or NULL */
void nw_model_release(struct nw_model *model);

#ifdef __cplusplus
}
#endif
#endif
