/*
 * core/json.h -- documents that people write: JSON text as a tree whose every value knows its
 * line and its name, so that what is wrong with one can be said with its place.
 *
 * Strict JSON (RFC 8259) in UTF-8, with a member named twice refused, as well as numbers that
 * no double holds. Bounded: 4 MiB of text, 64 levels, 4096 members to an object.
 */
#ifndef NW_CORE_JSON_H
#define NW_CORE_JSON_H

#include "core/err.h"
#include "core/mem.h"
#include "core/vec.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_json_kind {
    NW_JSON_NULL,
    NW_JSON_BOOL,
    NW_JSON_NUMBER,
    NW_JSON_TEXT,
    NW_JSON_LIST,
    NW_JSON_OBJECT
};

struct nw_json_value {
    enum nw_json_kind kind;
    int line;         /* from 1 */
    size_t index;     /* in its list or object */
    const char *key;  /* in an object; NULL elsewhere */
    bool truth;       /* of NW_JSON_BOOL */
    double number;    /* of NW_JSON_NUMBER: finite */
    const char *text; /* of NW_JSON_TEXT: UTF-8, without a 0 in it */
    size_t count;     /* members or items */
    const struct nw_json_value *parent, *first, *next;
    uint32_t key_hash;
    size_t key_at, begin, end; /* in the text: the key's quote; the value, without space */
};

/* Lives in the arena, as does all under it. NW_ERR_DATA "line 7: ...", NW_ERR_LIMIT,
 * NW_ERR_MEMORY. */
NW_MUST_CHECK const struct nw_json_value *
nw_json_parse(struct nw_arena *arena, const char *text, size_t len, struct nw_err *err);

/* Borrowed, or NULL when the value is no object or has no such member. */
const struct nw_json_value *nw_json_member(const struct nw_json_value *object, const char *key);

enum { NW_JSON_PLACE = 160 };
/* "line 12, items.hip.at_mm[2]", shortened at its front when it is long. */
void nw_json_place(const struct nw_json_value *value, char out[NW_JSON_PLACE]);

/* Values taken with their checks: each fails with the place and what would be right. */
NW_MUST_CHECK bool nw_json_take_number(const struct nw_json_value *value, double min,
                                       double max, double *out, struct nw_err *err);
NW_MUST_CHECK bool nw_json_take_text(const struct nw_json_value *value, const char **out,
                                     struct nw_err *err);
NW_MUST_CHECK bool nw_json_take_bool(const struct nw_json_value *value, bool *out,
                                     struct nw_err *err);
NW_MUST_CHECK bool nw_json_take_vec3(const struct nw_json_value *value, nw_vec3 *out,
                                     struct nw_err *err);
/* A file as documents name it; what is not said is NULL. */
struct nw_file_ref {
    const char *path;   /* relative to the document */
    const char *sha256; /* what it must be */
    const char *unit;   /* mm, cm, m, inch or um, for formats that have none */
    const char *axes;   /* where its x, y and z point: see nw_axes_parse */
};
/* {"path": ..., "sha256": ..., "unit": ..., "axes": ..., "about": ...}: texts are borrowed. */
NW_MUST_CHECK bool nw_json_take_file(const struct nw_json_value *value, struct nw_file_ref *out,
                                     struct nw_err *err);
/* NW_ERR_DATA "<place>: <sentence>". Always false. */
bool nw_json_fail(const struct nw_json_value *at, struct nw_err *err, const char *fmt, ...)
    NW_PRINTF(3, 4);
/* Every member's key is one of the list, which ends with NULL; else the place, and what is
 * known, are said. */
NW_MUST_CHECK bool nw_json_check_keys(const struct nw_json_value *object,
                                      const char *const *known, struct nw_err *err);

#ifdef __clang_analyzer__
#define nw_json_fail(...) (nw_json_fail(__VA_ARGS__) && false)
#endif

#ifdef __cplusplus
}
#endif
#endif
