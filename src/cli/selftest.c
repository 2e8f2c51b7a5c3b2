/* cli/selftest.c -- not built yet. */
#include "cli/command.h"

static int run(const void *args, struct nw_run *run, struct nw_err *err)
{
    (void)args;
    (void)run;
    nw_fail(err, NW_ERR_UNSUPPORTED, "this command is not built yet");
    return 1;
}

static const struct nw_arg selftest_args[] = {{.kind = NW_ARG_END}};

const struct nw_command nw_cmd_selftest = {.name = "selftest",
                                           .zh = "（尚未完成）",
                                           .en = "(not built yet)",
                                           .args = selftest_args,
                                           .run = run};
