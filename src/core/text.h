/*
 * core/text.h -- building strings, and numbers as text: a point, never a comma, no locale,
 * and what is written reads back to the same bits.
 */
#ifndef NW_CORE_TEXT_H
#define NW_CORE_TEXT_H

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A growing string with a limit. Zero-terminated whenever it is not empty. */
struct nw_text {
    char *data;
    size_t len, room, max;
};

void nw_text_init(struct nw_text *text, size_t max_bytes);
void nw_text_release(struct nw_text *text);
NW_MUST_CHECK bool nw_text_add(struct nw_text *text, const char *s, struct nw_err *err);
NW_MUST_CHECK bool nw_text_addn(struct nw_text *text, const char *s, size_t len,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_text_addf(struct nw_text *text, struct nw_err *err, const char *fmt, ...)
    NW_PRINTF(3, 4);
/* With < > & " as entities, and control characters that XML forbids left out. */
NW_MUST_CHECK bool nw_text_add_xml(struct nw_text *text, const char *s, struct nw_err *err);

enum { NW_NUMBER_MAX = 32 };
/* The shortest text that reads back to the same double (or float); returns its length. */
size_t nw_number_format(char out[NW_NUMBER_MAX], double value);
size_t nw_number_format_float(char out[NW_NUMBER_MAX], float value);
/* With `decimals` digits after the point, 0..9, rounded exactly, halves to even; -0 is written
 * 0. What is 1e12 and above (1e9 with more than 6 decimals) or not finite is written as by
 * nw_number_format. */
size_t nw_number_format_fixed(char out[NW_NUMBER_MAX], double value, int decimals);
/* Reads a number at the start of s; returns where it ends, or NULL when there is none. */
const char *nw_number_parse(const char *s, double *out);

/* The ending of a path in lower case without the point ("nii.gz" counts as one), into out;
 * "" when there is none. */
void nw_path_ending(const char *path, char out[16]);
/* Numbers and names of persons: small letters are large ones, and spaces do not count. */
bool nw_text_is_same_mark(const char *a, const char *b);
bool nw_text_is_utf8(const char *s, size_t len);

#ifdef __cplusplus
}
#endif
#endif
