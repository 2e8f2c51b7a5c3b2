/*
 * cli/reconstruct_priv.h -- the main job as two commands do it: `reconstruct` on what a recipe
 * finds, `edit` on labels that a person corrected. Files, checks, report and result are one.
 */
#ifndef NW_CLI_RECONSTRUCT_PRIV_H
#define NW_CLI_RECONSTRUCT_PRIV_H

#include "cli/command.h"

struct nw_reconstruct_args {
    const char *path, *preset, *series, *charset;
    const char *edits, *labels; /* of `edit` only: the document, and what it begins with */
    struct nw_words out;
    double simplify_mm, smooth_mm, min_part_mm3, fixed_hu;
    bool resample, keep_table, with_identity, no_simplify;
    bool schema; /* of `edit` only */
};

/* The exit status. */
int nw_reconstruct_command(const struct nw_reconstruct_args *args, struct nw_run *run,
                           struct nw_err *err);

#endif
