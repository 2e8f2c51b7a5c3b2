/*
 * field/relief.h -- raised or engraved marks: outlines with holes, text from an installed
 * font, and matrix codes, each extruded from a plane. A mark lies in the plane through
 * `origin_mm` spanned by the unit vectors u (reading direction) and v (up the page), from 0 to
 * height_mm along u x v; subtract it to engrave. Exact distances, all in mm.
 */
#ifndef NW_FIELD_RELIEF_H
#define NW_FIELD_RELIEF_H

#include "field/field.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_mark_place {
    nw_vec3 origin_mm, u, v;
    double height_mm;
};

/* Directed edges x0 y0 x1 y1 that close (as many end at each place as begin there), in any
 * order; inside where they go around at least once either way (the non-zero rule). */
struct nw_outlines {
    double (*edge_mm)[4];
    size_t count;
    double min_mm[2], max_mm[2]; /* around all of them */
};
void nw_outlines_release(struct nw_outlines *outlines);

/* Copies the edges. Edges all inside are left out; where outlines cross, the depth inside is
 * that to the nearest edge, although it may not be a border.
 * NW_ERR_ARGUMENT for edges that do not close, are none or not finite, a height not above 0,
 * axes that are not of length 1 and at right angles. About a microsecond a place. */
nw_node nw_field_outlines(struct nw_field *f, const struct nw_outlines *outlines,
                          const struct nw_mark_place *place, struct nw_err *err);

struct nw_text_opts {
    double size_mm; /* of the em square: a Chinese character's box; capitals are about 0.73 */
    double advance_mm; /* between lines; 0: 1.3 of the size */
    double within_mm;  /* how far a chord may be from its curve; 0: 0.01 */
    const char *font;  /* a font file; NULL: Noto Sans CJK bold as Debian installs it */
};
/* The outlines of a UTF-8 text of at most 256 characters, the first line's baseline from
 * (0, 0); newlines begin the next line below. Returns new outlines. NW_ERR_NOTFOUND when the
 * font is not there, NW_ERR_UNSUPPORTED for a character it does not have, NW_ERR_ARGUMENT for
 * a text that is empty, too long or not UTF-8. Characters stand one after the other by their
 * advance: no kerning, no joining of letters. */
NW_MUST_CHECK bool nw_text_outlines(const char *text, const struct nw_text_opts *opts,
                                    struct nw_outlines *out, struct nw_err *err);
nw_node nw_field_text(struct nw_field *f, const char *text, const struct nw_text_opts *opts,
                      const struct nw_mark_place *place, struct nw_err *err);

enum nw_code_kind {
    NW_MATRIX_DATAMATRIX,     /* ECC 200 */
    NW_MATRIX_GS1_DATAMATRIX, /* of element strings in brackets: [01]06901234567892[10]A7 */
    NW_MATRIX_QR,             /* level M */
};
/* dark[col + cols * row], row 0 at the top; without the quiet zone around it. */
struct nw_matrix {
    size_t rows, cols;
    uint8_t *dark;
};
void nw_matrix_release(struct nw_matrix *matrix);
/* Encodes a UTF-8 text. NW_ERR_ARGUMENT for what the kind cannot hold: too long, or for GS1 a
 * wrong check digit or element. */
NW_MUST_CHECK bool nw_matrix_encode(enum nw_code_kind kind, const char *text,
                                    struct nw_matrix *out, struct nw_err *err);
/* The dark modules, of `module_mm` a side, the lowest left corner at (0, 0). */
NW_MUST_CHECK bool nw_matrix_outlines(const struct nw_matrix *matrix, double module_mm,
                                      struct nw_outlines *out, struct nw_err *err);
nw_node nw_field_matrix(struct nw_field *f, enum nw_code_kind kind, const char *text,
                        double module_mm, const struct nw_mark_place *place,
                        struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
