/* core/verdict.h -- how something that was checked came out. */
#ifndef NW_CORE_VERDICT_H
#define NW_CORE_VERDICT_H

/* The order is the order of badness. */
enum nw_verdict { NW_VERDICT_PASS, NW_VERDICT_CONDITIONAL, NW_VERDICT_FAIL };

static inline const char *nw_verdict_name(enum nw_verdict verdict)
{
    static const char *const name[] = {"pass", "conditional", "fail"};
    return name[verdict];
}

#endif
