/*
 * tests/unit/starve.h -- runs something with its 1st, 2nd, 3rd ... allocation failing, until
 * it no longer needs one more. Each failure must be NW_ERR_MEMORY and leave nothing held.
 */
#ifndef NW_STARVE_H
#define NW_STARVE_H

#include <stdint.h>

#include "core/mem.h"
#include "unit.h"

/* `attempt` releases all it made, whether it succeeds or not. Returns how many allocations
 * the successful run made. */
static inline size_t unit_starve(bool (*attempt)(struct nw_err *err))
{
    const size_t held = nw_mem_held();
    for (size_t n = 0; n < 100000; n++) {
        struct nw_err err = {0};
        nw_mem_fail_at(n);
        const bool ok = attempt(&err);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(nw_mem_held() == held);
        if (ok) {
            CHECK(err.code == NW_OK);
            return n;
        }
        CHECK(err.code == NW_ERR_MEMORY);
        if (err.code != NW_ERR_MEMORY || nw_mem_held() != held) {
            printf("# with allocation %zu failing: %s\n", n + 1, err.msg);
            return 0;
        }
    }
    CHECK(!"it ends");
    return 0;
}

#endif
