/* cli/compare_priv.h -- the part of `nuwa compare` that is about design documents. */
#ifndef NW_CLI_COMPARE_PRIV_H
#define NW_CLI_COMPARE_PRIV_H

#include "cli/command.h"

bool nw_path_is_document(const char *path); /* by its ending, .json */
/* Prints and puts into the result: "changes" of the text, "parts" with how far each moved. */
NW_MUST_CHECK bool nw_compare_documents(struct nw_run *run, const char *a, const char *b,
                                        struct nw_err *err);

#endif
