/* cli/main.c -- the program. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "net/worker.h"

int main(int argc, char **argv)
{
    struct nw_err err = {0};
    if (getenv(NW_JAILED) && !nw_jail_settle(&err)) {
        (void)fprintf(stderr, "nuwa: %s\n", err.msg);
        return 126;
    }
    return nw_command_main(argc, argv);
}
