/* core/parallel.c -- see parallel.h. */
#include "core/parallel.h"

#include <signal.h>
#include <stdlib.h>
#ifdef _OPENMP
#include <omp.h>
#endif

static volatile sig_atomic_t cancel_asked;
static const struct nw_progress_sink *sink;

/* Threads that wait sleep, unless the environment says otherwise. OpenMP would let them spin
 * for milliseconds, which doubles the processor time of a job and takes the cores from whoever
 * else has work. Its start reads the environment; 101 is the earliest priority, and comes
 * before. */
__attribute__((constructor(101))) static void let_waiting_threads_sleep(void)
{
    (void)setenv("OMP_WAIT_POLICY", "passive", 0);
}

void nw_set_threads(int count)
{
#ifdef _OPENMP
    omp_set_num_threads(count > 0 ? count : omp_get_num_procs());
#else
    (void)count;
#endif
}

int nw_threads(void)
{
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

void nw_stage(const char *zh, const char *en)
{
    if (sink)
        sink->stage(zh, en);
}

bool nw_progress(size_t done, size_t total)
{
    if (sink)
        sink->progress(done, total);
    return !cancel_asked;
}

bool nw_fail_cancelled(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_CANCELLED, "stopped as asked; nothing was written");
}

void nw_cancel(void)
{
    cancel_asked = 1;
}

bool nw_cancelled(void)
{
    return cancel_asked != 0;
}

void nw_set_progress_sink(const struct nw_progress_sink *to)
{
    sink = to;
}
