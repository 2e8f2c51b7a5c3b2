/*
 * case/together.h -- persons who look at one case at the same time and see each other's view:
 * who may, and what is on record of it. The views themselves go from one to the other
 * (src/net/together.c) and are kept nowhere.
 */
#ifndef NW_CASE_TOGETHER_H
#define NW_CASE_TOGETHER_H

#include "case/desk.h"

/* NW_ERR_NOTFOUND unless the case is open to him. `joins`: he was not there before; writes a
 * row "together.join". Cost: a read of the case's state, which is held. */
NW_MUST_CHECK bool nw_together(struct nw_desk *desk, const struct nw_session *who,
                               const char *case_id, bool joins, struct nw_err *err);

#endif
