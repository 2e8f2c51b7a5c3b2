/* cli/main.c -- the program. */
#include "cli/command.h"

int main(int argc, char **argv)
{
    return nw_command_main(argc, argv);
}
