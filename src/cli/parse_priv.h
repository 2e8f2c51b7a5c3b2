/*
 * cli/parse_priv.h -- words of a command line into a command's struct, by its table.
 */
#ifndef NW_CLI_PARSE_PRIV_H
#define NW_CLI_PARSE_PRIV_H

#include "cli/command.h"

/* Fills presets, then the words; `words` are those after the command's name, without the
 * common options. Texts are borrowed. NW_ERR_ARGUMENT says which word and what would be
 * right. */
NW_MUST_CHECK bool nw_args_parse(const struct nw_command *cmd, struct nw_arena *arena,
                                 const char *const *words, size_t count, void *out,
                                 struct nw_err *err);
/* The table as help on standard output, or as JSON (a new reference). */
void nw_args_help(const struct nw_command *cmd, enum nw_tongue tongue);
json_t *nw_args_json(const struct nw_command *cmd);

#endif
