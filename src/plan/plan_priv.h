/* plan/plan_priv.h -- the document between its reading and its evaluation. */
#ifndef NW_PLAN_PLAN_PRIV_H
#define NW_PLAN_PLAN_PRIV_H

#include "plan/plan.h"

/* What an item is for those that name it. */
enum nw_sort {
    NW_SORT_PART = 1,
    NW_SORT_PLACE = 2,
    NW_SORT_PLANE = 4,
    NW_SORT_AXIS = 8,
    NW_SORT_MOTION = 16,
    NW_SORT_SCAN = 32,
    NW_SORT_CUT = 64,
    NW_SORT_RESULT = 128,
    NW_SORT_REGION = 256
};

enum nw_plan_kind {
    NW_PLAN_MESH,
    NW_PLAN_SCAN,
    NW_PLAN_LANDMARK,
    NW_PLAN_PLANE,
    NW_PLAN_MIRROR_PLANE,
    NW_PLAN_AXIS,
    NW_PLAN_BOX,
    NW_PLAN_REGION,
    NW_PLAN_FRAME,
    NW_PLAN_MIRRORED,
    NW_PLAN_CUT,
    NW_PLAN_DOME,
    NW_PLAN_WEDGE,
    NW_PLAN_PIECE,
    NW_PLAN_MOVED,
    NW_PLAN_REGISTER,
    NW_PLAN_REDUCTION,
    NW_PLAN_FACES,
    NW_PLAN_TRAJECTORY,
    NW_PLAN_SEARCH,
    NW_PLAN_MEASURE,
    NW_PLAN_KINDS
};

struct nw_plan_item {
    const char *name;
    const struct nw_json_value *at;
    enum nw_plan_kind kind;
};

struct nw_plan {
    struct nw_arena arena;
    const struct nw_json_value *doc;
    struct nw_plan_item *item; /* as written */
    size_t *order;             /* each after all that it names */
    size_t count;
};

/* What a form calls a kind, or a member of it; in Chinese what follows a full-width semicolon,
 * in English what follows a semicolon, is more about it. */
struct nw_plan_words {
    const char *kind, *member, *zh, *en;
};
/* Of the kind itself when member is NULL. NULL when there are none: a test holds that there are
 * for everything. */
const struct nw_plan_words *nw_plan_words_of(const char *kind, const char *member);

/* Index of the item with this name, or count. */
size_t nw_plan_find(const struct nw_plan *plan, const char *name);
/* Marks the item and all that it names, directly or not; `needed` has a byte for each. */
void nw_plan_mark_needed(const struct nw_plan *plan, size_t item, uint8_t *needed);
/* As nw_plan_evaluate, for a registration and what it needs, as if it were not accepted. */
NW_MUST_CHECK bool nw_plan_evaluate_anew(const struct nw_plan *plan, size_t item,
                                         const struct nw_plan_files *files, json_t **result,
                                         struct nw_err *err);

#endif
