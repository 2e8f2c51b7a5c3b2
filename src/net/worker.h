/*
 * net/worker.h -- does jobs (case/jobs.h): each a process of this very program in a folder of
 * its own under data/jobs, with limits, no network, no sight of other files (Landlock, where
 * the kernel has it), in a process group of its own.
 */
#ifndef NW_NET_WORKER_H
#define NW_NET_WORKER_H

#include "case/jobs.h"

struct nw_worker_options {
    struct nw_desk *desk;
    const char *data; /* the data folder: work is done under its jobs/ */
    int count;        /* jobs at the same time, each on a thread */
    int threads;      /* of each job */
    int64_t lease_s;  /* after that without a sign of life another worker takes the job */
    int64_t memory_bytes, cpu_s, file_bytes; /* limits of each job */
};
struct nw_worker;
/* The desk must outlive the worker. */
NW_MUST_CHECK struct nw_worker *nw_worker_start(const struct nw_worker_options *options,
                                                struct nw_err *err);
/* Ends what runs (it waits again, for another) and returns; NULL is fine. */
void nw_worker_stop(struct nw_worker *worker);

/* How a job's process is started (jail.c). All made before the fork: behind it nothing is
 * allocated. */
struct nw_jail {
    const char *folder, *program;
    char *const *argv, *const *envp;
    int in;       /* becomes 0; 0 itself: nothing is read there */
    int out, err; /* descriptors that become 1 and 2 */
    int64_t memory_bytes, cpu_s, file_bytes;
};
/* The process's number, or -1 with *err. It leads a group, and dies with this thread. */
NW_MUST_CHECK int nw_jail_start(const struct nw_jail *jail, struct nw_err *err);
/* By the program itself, once it is started and all of its libraries are there: from now on
 * this process starts no other program. Main does it where the environment has NW_JAILED. */
NW_MUST_CHECK bool nw_jail_settle(struct nw_err *err);
#define NW_JAILED "NUWA_JAILED"
#define NW_JAILED_SET "NUWA_JAILED=1" /* for its environment */

#endif
