/*
 * cli/papers_priv.h -- the papers of a case, for `nuwa documents` and `nuwa dossier`.
 */
#ifndef NW_CLI_PAPERS_PRIV_H
#define NW_CLI_PAPERS_PRIV_H

#include "case/dossier.h"
#include "cli/command.h"

struct nw_papers_job {
    const struct nw_run *run;
    const char *only;    /* one paper's name; NULL: all that the case has */
    const char *address; /* where cases are looked at, or NULL */
    int count;           /* of papers that were made */
};

/* Makes each paper and hands it to `take` under its name ("order.pdf"). As
 * nw_dossier_options.documents; `job` is a struct nw_papers_job. NW_ERR_NOTFOUND names the
 * papers there are. */
bool nw_papers_make(void *job, const struct nw_dossier_contents *contents,
                    bool (*take)(void *archive, const char *name, const void *bytes,
                                 size_t size, struct nw_err *err),
                    void *archive, struct nw_err *err);

#endif
