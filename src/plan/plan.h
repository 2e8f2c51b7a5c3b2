/*
 * plan/plan.h -- the plan document: what a surgeon decides, as named items in JSON, each with a
 * kind, naming others; checked whole before anything is computed, then evaluated in an order in
 * which each finds what it names. docs/formats/plan.md describes it.
 */
#ifndef NW_PLAN_PLAN_H
#define NW_PLAN_PLAN_H

#include <jansson.h>

#include "core/json.h"
#include "core/mesh.h"
#include "core/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_plan; /* a document that was read */

/* NW_ERR_DATA with line and member: broken JSON, unknown kinds and members, wrong types and
 * ranges, names that do not exist or are of another kind, circles. Reads no file. */
NW_MUST_CHECK struct nw_plan *nw_plan_parse(const char *text, size_t len, struct nw_err *err);
void nw_plan_free(struct nw_plan *plan);

/* Where files come from, named as in the document. */
struct nw_plan_files {
    void *user;
    bool (*mesh)(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                 struct nw_err *err);
    bool (*scan)(void *user, const char *path, const char *sha256, struct nw_volume *out,
                 struct nw_err *err);
};

/*
 * Evaluates every item. *result is a new object by item name: values with `sigma` (null: not
 * known) and units in the names. Parts that were made (pieces, moved and mirrored parts, rods)
 * go to *made under their names. A motion of a registration takes effect only where the item
 * carries "accepted" with the digest that its result states; else what needs it is refused.
 */
NW_MUST_CHECK bool nw_plan_evaluate(const struct nw_plan *plan,
                                    const struct nw_plan_files *files, json_t **result,
                                    struct nw_model *made, struct nw_err *err);

/*
 * A person accepts the motion that a registration of this text comes to: it is evaluated with
 * what it needs (an acceptance that stands in it is not looked at), its result goes to *result
 * by its name, and the text comes back with "accepted" (and "accepted_by", unless `by` is NULL)
 * put in, every other byte as it was. Free it with nw_free. NULL: NW_ERR_ARGUMENT when the name
 * is none of a registration, or `by` is missing where somebody else is named already;
 * NW_ERR_GEOMETRY when its error is above its limit.
 */
NW_MUST_CHECK char *nw_plan_accept(const char *text, size_t len, const char *name,
                                   const char *by, const struct nw_plan_files *files,
                                   json_t **result, struct nw_err *err);

/* The JSON schema (2020-12) of documents, from the tables that read them; a new object. */
NW_MUST_CHECK json_t *nw_plan_schema(struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
