/*
 * design/changes.h -- two versions of a document as text: which members came, went or have
 * another value. Order, spaces and line breaks do not count; items of a list that have names
 * are told apart by them (several of one name, and those without, by their order).
 */
#ifndef NW_DESIGN_CHANGES_H
#define NW_DESIGN_CHANGES_H

#include "core/err.h"
#include "core/mem.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_design_change {
    const char *place;     /* "parts.guide.drills[left].diameter_mm" */
    const char *from, *to; /* as JSON on one line; NULL: was not, or is no more, there */
};
struct nw_design_changes {
    struct nw_arena arena;
    struct nw_design_change *item;
    size_t count, room;
};

/* Of any two JSON texts. Release *out when done. Failures as nw_json_parse, with "the first" or
 * "the second" before. */
NW_MUST_CHECK bool nw_design_changes(const char *a, size_t a_len, const char *b, size_t b_len,
                                     struct nw_design_changes *out, struct nw_err *err);
void nw_design_changes_release(struct nw_design_changes *changes);

#ifdef __cplusplus
}
#endif
#endif
