/* cli/replay.c -- not built yet. */
#include "cli/command.h"

static int run(const void *args, struct nw_run *run, struct nw_err *err)
{
    (void)args;
    (void)run;
    nw_fail(err, NW_ERR_UNSUPPORTED, "this command is not built yet");
    return 1;
}

static const struct nw_arg replay_args[] = {{.kind = NW_ARG_END}};

const struct nw_command nw_cmd_replay = {.name = "replay",
                                         .zh = "（尚未完成）",
                                         .en = "(not built yet)",
                                         .args = replay_args,
                                         .run = run};
