/*
 * cli/times_priv.h -- where a run's time goes: with --times, a row for each stage on standard
 * error when the run ends, with its wall and processor seconds and the memory peak so far. What
 * the first thread alone needed is the wall time on a machine that does nothing else: where it
 * is near the sum over all threads, the stage is serial.
 */
#ifndef NW_CLI_TIMES_PRIV_H
#define NW_CLI_TIMES_PRIV_H

/* A stage begins, and the one before ends. `name` is a literal. */
void nw_times_stage(const char *name);
/* Ends the last one and prints the table. */
void nw_times_print(void);

#endif
