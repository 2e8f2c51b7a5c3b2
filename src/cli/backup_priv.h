/*
 * cli/backup_priv.h -- what `nuwa backup` and `nuwa restore` show alike.
 */
#ifndef NW_CLI_BACKUP_PRIV_H
#define NW_CLI_BACKUP_PRIV_H

#include "cli/command.h"
#include "store/backup.h"

/* Prints what a backup holds, and puts it into the result. */
NW_MUST_CHECK bool nw_backup_show(struct nw_run *run, const struct nw_backup *backup,
                                  struct nw_err *err);

#endif
