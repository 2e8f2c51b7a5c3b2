/*
 * cli/document_priv.h -- a design document on disk: read, and the files it names found beside
 * it, their digests checked, and all told to the step.
 */
#ifndef NW_CLI_DOCUMENT_PRIV_H
#define NW_CLI_DOCUMENT_PRIV_H

#include "cli/command.h"
#include "design/design.h"

struct nw_document {
    struct nw_run *run;
    const char *path;
};

/* Returns a new design; failures name the document. */
NW_MUST_CHECK struct nw_design *nw_document_read(const struct nw_document *doc,
                                                 struct nw_err *err);
/* A path that the document names, as it must be opened from here: relative to the document. */
NW_MUST_CHECK const char *nw_document_beside(const struct nw_document *doc, const char *path,
                                             struct nw_err *err);
/* Borrows the document. */
struct nw_design_files nw_document_files(struct nw_document *doc);

#endif
