/* cli/commands.c -- every command there is, in the order of `nuwa help`. */
#include "cli/command.h"

extern const struct nw_command nw_cmd_info, nw_cmd_gate, nw_cmd_reconstruct, nw_cmd_convert,
    nw_cmd_check, nw_cmd_compare, nw_cmd_phantom, nw_cmd_picture, nw_cmd_replay, nw_cmd_verify,
    nw_cmd_selftest, nw_cmd_machine, nw_cmd_design, nw_cmd_slice, nw_cmd_printcheck,
    nw_cmd_orient, nw_cmd_nest, nw_cmd_split, nw_cmd_measure, nw_cmd_plan, nw_cmd_strength,
    nw_cmd_serve, nw_cmd_dossier, nw_cmd_backup, nw_cmd_restore, nw_cmd_work, nw_cmd_documents,
    nw_cmd_view, nw_cmd_deidentify;

const struct nw_command *const nw_commands[] = {
    &nw_cmd_info,       &nw_cmd_gate,       &nw_cmd_reconstruct,
    &nw_cmd_convert,    &nw_cmd_check,      &nw_cmd_compare,
    &nw_cmd_phantom,    &nw_cmd_picture,    &nw_cmd_view,
    &nw_cmd_replay,     &nw_cmd_verify,     &nw_cmd_selftest,
    &nw_cmd_machine,    &nw_cmd_design,     &nw_cmd_slice,
    &nw_cmd_printcheck, &nw_cmd_orient,     &nw_cmd_nest,
    &nw_cmd_split,      &nw_cmd_measure,    &nw_cmd_plan,
    &nw_cmd_strength,   &nw_cmd_serve,      &nw_cmd_dossier,
    &nw_cmd_documents,  &nw_cmd_backup,     &nw_cmd_restore,
    &nw_cmd_work,       &nw_cmd_deidentify, NULL,
};
