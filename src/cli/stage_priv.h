/*
 * cli/stage_priv.h -- outputs of one run take their names together, at its end. Each is
 * written into a hidden folder beside where it is to stand (names inside files stay right),
 * and moved when everything, the step file too, is there.
 */
#ifndef NW_CLI_STAGE_PRIV_H
#define NW_CLI_STAGE_PRIV_H

#include "cli/command.h"

struct nw_stage; /* of one run */

/* Digests of what was staged go into the step, under the final names. */
NW_MUST_CHECK bool nw_stage_record(struct nw_run *run, struct nw_err *err);
/* Moves everything into place. */
NW_MUST_CHECK bool nw_stage_commit(struct nw_run *run, struct nw_err *err);
/* Takes everything away that was not committed. */
void nw_stage_abandon(struct nw_run *run);

#endif
