/*
 * io/model_priv.h -- what the mesh formats share: where bytes come from, building meshes from
 * claims that cannot be trusted, and comparing what was written with what reads back.
 */
#ifndef NW_IO_MODEL_PRIV_H
#define NW_IO_MODEL_PRIV_H

#include "core/mesh.h"
#include "core/text.h"
#include "io/file.h"
#include "io/io.h"

/* A model's bytes. data[len] is 0. */
struct nw_model_source {
    const uint8_t *data;
    size_t len;
    const char *path;        /* for what lies beside it (OBJ's materials); NULL: nothing does */
    const char *beside_path; /* read this instead of the name the file gives, or NULL */
    double unit_mm;          /* set by the parser when the file says its own unit, else 0 */
    bool is_ras, is_lps;     /* set when the file says so */
};

/* A mesh that grows. Zero-initialise; release unless taken. */
struct nw_mesh_builder {
    struct nw_mesh mesh;
    size_t vert_room, tri_room;
};
NW_MUST_CHECK bool nw_builder_vertex(struct nw_mesh_builder *b, nw_vec3 p, struct nw_err *err);
NW_MUST_CHECK bool nw_builder_triangle(struct nw_mesh_builder *b, uint32_t v0, uint32_t v1,
                                       uint32_t v2, struct nw_err *err);
/* Hands the mesh over when every index names a vertex; else NW_ERR_DATA. */
NW_MUST_CHECK bool nw_builder_take(struct nw_mesh_builder *b, struct nw_mesh *out,
                                   struct nw_err *err);
NW_MUST_CHECK bool nw_mesh_indices_check(const struct nw_mesh *mesh, struct nw_err *err);

/* Joins vertices that are the same bits (-0 is 0), in order of first appearance; triangles
 * follow. No attributes. */
NW_MUST_CHECK bool nw_mesh_weld_inplace(struct nw_mesh *mesh, struct nw_err *err);

extern const uint8_t nw_plain_rgba[4]; /* of what has no colour */

/* Adds a part under this name, or "name (2)" ... when it is taken; takes the mesh. A name
 * that is empty becomes "part", one that is not UTF-8 loses what is not ASCII. */
NW_MUST_CHECK bool nw_model_add_unique(struct nw_model *model, const char *name,
                                       size_t name_len, const uint8_t rgba[4],
                                       struct nw_mesh *mesh, struct nw_err *err);

/*
 * Formats of one mesh (PLY, VTK, STL) keep the parts of a model in lines like
 *   part vertices 12 triangles 20 rgba 200 190 180 255 tol_mm 0.05 name femur left
 * one for each part in order. Formats the line (without a line end); the name's line ends
 * become blanks.
 */
NW_MUST_CHECK bool nw_part_line_format(struct nw_text *text, const struct nw_part *part,
                                       struct nw_err *err);
struct nw_part_line {
    size_t vert_count, tri_count;
    uint8_t rgba[4];
    double tol_mm;
    const char *name; /* in the line */
};
bool nw_part_line_parse(const char *line, struct nw_part_line *out);
struct nw_part_lines {
    struct nw_part_line *line;
    size_t count, room;
};
/* Adds one when the text is one; names are copied into the arena. */
NW_MUST_CHECK bool nw_part_lines_add(struct nw_part_lines *lines, const char *text,
                                     struct nw_arena *arena, struct nw_err *err);
/* Cuts the mesh (taken) into the parts the lines tell of, when they fit it to the last vertex
 * and triangle; else adds it as one part of that name. Colours that are the part's own on
 * every vertex are dropped. */
NW_MUST_CHECK bool nw_model_add_cut(struct nw_model *model, struct nw_mesh *mesh,
                                    const struct nw_part_lines *lines, const char *name,
                                    struct nw_err *err);

/* What of a model a format keeps. */
struct nw_model_keeps {
    bool colours; /* of parts */
    bool vert_rgba, uncertainty, vert_class;
    bool no_vertex_alpha;
};
/* Holds what reads back against what was written: parts with their names and counts, each
 * coordinate to its float32, each triangle's corners, colours and attributes as far as the
 * format keeps them. NW_ERR_IO. */
NW_MUST_CHECK bool nw_model_check_same(const struct nw_model *want, const struct nw_model *got,
                                       const struct nw_model_keeps *keeps, struct nw_err *err);

/* The colour a vertex has: its own or its part's. */
static inline const uint8_t *nw_vertex_rgba(const struct nw_part *part, size_t v)
{
    return part->mesh.vert_rgba ? part->mesh.vert_rgba[v] : part->rgba;
}

/* Fixed-size blocks of lines, made in parallel and written in order. */
typedef bool (*nw_lines_fill)(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                              struct nw_err *err);
NW_MUST_CHECK bool nw_out_add_lines(struct nw_out *out, size_t count, nw_lines_fill fill,
                                    const void *ctx, struct nw_err *err);

/* A format: `is` looks at the first bytes, `parse` reads all, `write` fills outputs that are
 * not committed yet. */
struct nw_model_format {
    const char *ending;
    bool (*is)(const uint8_t *data, size_t len);
    bool (*parse)(struct nw_model_source *from, struct nw_model *out, struct nw_err *err);
    bool (*write)(struct nw_out *out, const struct nw_model *model,
                  const struct nw_model_write_opts *opts, struct nw_err *err);
    struct nw_model_keeps keeps;
    /* Instead of parsing what was written and nw_model_check_same; or NULL. */
    bool (*check)(const char *path, const struct nw_model *model, struct nw_err *err);
    /* Instead of write: two files, the second of this ending beside the first. */
    const char *beside_ending;
    bool (*write_pair)(struct nw_out *out, const char *beside_name,
                       const struct nw_model *model, struct nw_err *err);
    bool (*write_beside)(struct nw_out *out, const struct nw_model *model, struct nw_err *err);
};
extern const struct nw_model_format nw_format_stl, nw_format_ply, nw_format_obj, nw_format_off,
    nw_format_vtk, nw_format_glb, nw_format_3mf, nw_format_amf, nw_format_vrml;

#endif
