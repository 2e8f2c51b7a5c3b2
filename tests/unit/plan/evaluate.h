/* tests/unit/plan/evaluate.h -- a plan's text to its result, for tests that look at numbers
 * alone. */
#ifndef NW_TEST_EVALUATE_H
#define NW_TEST_EVALUATE_H

#include <string.h>

#include "plan/plan.h"

/* New reference; NULL with *err. */
static inline json_t *evaluate_with(const char *text, const struct nw_plan_files *files,
                                    struct nw_err *err)
{
    struct nw_plan *p = nw_plan_parse(text, strlen(text), err);
    struct nw_model made = {0};
    json_t *result = NULL;
    if (p && !nw_plan_evaluate(p, files, &result, &made, err))
        result = NULL;
    nw_model_release(&made);
    nw_plan_free(p);
    return result;
}

#endif
