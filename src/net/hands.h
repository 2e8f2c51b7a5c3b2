/*
 * net/hands.h -- a few threads that take what they are given in the order in which it came, so
 * that nobody waits long behind others while somewhere a hand is free.
 */
#ifndef NW_NET_HANDS_H
#define NW_NET_HANDS_H

#include "core/err.h"

struct nw_hands;

/* To be done once; stands in the giver's own struct until it is. */
struct nw_task {
    void (*run)(struct nw_task *task); /* may free the task */
    struct nw_task *next;              /* the hands' own */
};

NW_MUST_CHECK struct nw_hands *nw_hands_new(int count, struct nw_err *err);
/* From any thread; false when they take no more. */
NW_MUST_CHECK bool nw_hands_give(struct nw_hands *hands, struct nw_task *task);
/* Takes no more, and waits until all that was given is done. */
void nw_hands_end(struct nw_hands *hands);
void nw_hands_free(struct nw_hands *hands); /* ended or not; NULL is fine */

#endif
