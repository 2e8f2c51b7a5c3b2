/*
 * design/design.h -- the design document: named parts, each an expression over others, read
 * from JSON, checked before anything is computed, and made as a field. The document is the
 * source of the device: what is not in it is not in the device.
 *
 * docs/formats/design.md describes it; nw_design_schema makes its JSON schema from the same
 * tables that read it. Lengths are mm, angles degrees, places DICOM LPS; the unit stands in
 * each member's name.
 */
#ifndef NW_DESIGN_DESIGN_H
#define NW_DESIGN_DESIGN_H

#include "core/json.h"
#include "core/mesh.h"
#include "core/verdict.h"
#include "field/relief.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_design; /* a document that was read: its parts in an order in which they can be made
                   */

/* NW_ERR_DATA with line and member for text that is no document: broken JSON, an unknown kind
 * or member, a value out of range or in another unit, a name that does not exist, a circle of
 * names. Nothing is read from disk. */
NW_MUST_CHECK struct nw_design *nw_design_parse(const char *text, size_t len,
                                                struct nw_err *err);
void nw_design_free(struct nw_design *design);

const char *nw_design_title(const struct nw_design *design);

/* What the document makes, as listed under "make". */
struct nw_design_output {
    const char *name;    /* of the part */
    double cell_mm;      /* of the surface's grid */
    double tolerance_mm; /* how far triangles may be merged from that surface; 0: not at all */
    uint8_t rgba[4];
};
size_t nw_design_output_count(const struct nw_design *design);
struct nw_design_output nw_design_output(const struct nw_design *design, size_t at);

/* What stands beside it in pictures, as listed under "show": bones, drills, never made. */
struct nw_design_scene {
    nw_vec3 from;     /* where who looks stands, unit; 0: not said */
    double margin_mm; /* what is seen around what is made */
    size_t shown_count;
};
struct nw_design_scene nw_design_scene(const struct nw_design *design);
struct nw_design_output nw_design_shown(const struct nw_design *design, size_t at);

/* Where files come from, named as in the document. Fills *out (clear before), or fails. */
struct nw_design_files {
    void *user;
    bool (*mesh)(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                 struct nw_err *err);
    /* A tissue of a scan, by the name of its preset. */
    bool (*anatomy)(void *user, const char *path, const char *sha256, const char *preset,
                    struct nw_mesh *out, struct nw_err *err);
};

/* How a check of the finished shape came out. */
struct nw_design_check {
    const char *part, *code; /* code: stable, "seat-stability" */
    enum nw_verdict verdict;
    double value, limit; /* NAN: none */
    const char *unit;    /* "mm", "deg", "mm2", ""... */
    const char *zh, *en; /* one sentence each */
    nw_vec3 place_mm;    /* NAN: nowhere in particular */
};

/* One output made: a closed mesh in LPS and what was checked on it. Release when done. */
struct nw_design_made {
    struct nw_arena arena;
    struct nw_mesh mesh;
    struct nw_design_check *check;
    size_t check_count, check_room;
};
/*
 * Makes output `at`; cell_mm 0 takes the document's. NW_ERR_DATA with line and member for what
 * only shows when made (a file that is not a mesh, a part without bounds);
 * NW_ERR_GEOMETRY for a part with nothing inside.
 */
NW_MUST_CHECK bool nw_design_make(const struct nw_design *design, size_t at, double cell_mm,
                                  const struct nw_design_files *files,
                                  struct nw_design_made *out, struct nw_err *err);
void nw_design_made_release(struct nw_design_made *made);

/* What is shown beside, unchecked: a file's or scan's own surface as it is, any other part's at
 * its cell. Fails as nw_design_make. */
NW_MUST_CHECK bool nw_design_make_shown(const struct nw_design *design, size_t at,
                                        const struct nw_design_files *files,
                                        struct nw_mesh *out, struct nw_err *err);

/* An output as a field, for what needs no surface: layers straight from the expression. */
struct nw_design_solid {
    struct nw_arena arena;  /* what the parts keep while the field lives */
    struct nw_field *field; /* with all that the output is made of */
    nw_node root;
    nw_box box; /* holds all of it; not tight: up to some mm larger */
};
/* Fails as nw_design_make; nothing is checked, as checks look at a surface. cell_mm is for the
 * parts that are made from a surface on their way; 0 takes the document's. Release when done.
 */
NW_MUST_CHECK bool nw_design_solid(const struct nw_design *design, size_t at, double cell_mm,
                                   const struct nw_design_files *files,
                                   struct nw_design_solid *out, struct nw_err *err);
void nw_design_solid_release(struct nw_design_solid *solid);

/* What is written on an output: its parts of the kinds text and code, as they stand. */
struct nw_design_mark {
    const char *part; /* borrowed from the design, as all texts here */
    bool moved;       /* on its way into the output it is moved or mirrored: not here */
    nw_vec3 origin_mm, u, v;
    double depth_mm, reach_mm; /* reach 0: it stands alone, from the plane on */
    bool engraved;
    const char *text; /* of a text; else NULL */
    double size_mm;
    const char *content; /* of a code; else NULL */
    enum nw_code_kind symbology;
    double module_mm;
};
/* Returns a new list (nw_free), in the document's order; NW_ERR_MEMORY. */
NW_MUST_CHECK struct nw_design_mark *nw_design_marks(const struct nw_design *design, size_t at,
                                                     size_t *count, struct nw_err *err);

/* The JSON schema (2020-12) of documents, as text to be freed with nw_free. */
NW_MUST_CHECK char *nw_design_schema(struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
