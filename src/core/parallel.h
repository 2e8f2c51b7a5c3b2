/*
 * core/parallel.h -- the one way to use cores, to be stopped, and to say how far one is.
 *
 * NW_PARALLEL_FOR runs over independent blocks of a fixed size, each iteration writing its
 * own place; partial results are added afterwards in index order. So results do not depend
 * on the number of threads. Threads are set once a process, by the command.
 */
#ifndef NW_CORE_PARALLEL_H
#define NW_CORE_PARALLEL_H

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef _OPENMP
#define NW_PARALLEL_FOR _Pragma("omp parallel for schedule(static)")
/* Blocks of very unequal work. Each still writes its own place, so the order does not show. */
#define NW_PARALLEL_FOR_UNEVEN _Pragma("omp parallel for schedule(dynamic, 1)")
/* On one thread unless `worth`: waking the others costs some 10 us, far more on a busy
 * machine. */
#define NW_PRAGMA(text) _Pragma(#text)
#define NW_PARALLEL_FOR_IF(worth) NW_PRAGMA(omp parallel for schedule(static) if (worth))
#else
#define NW_PARALLEL_FOR
#define NW_PARALLEL_FOR_UNEVEN
#define NW_PARALLEL_FOR_IF(worth)
#endif

/* For hot loops over arrays: compiled once more for AVX2 and chosen at run time. Element by
 * element the bits are the same, since nothing here contracts or reassociates. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(NW_DEV)
#define NW_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define NW_CLONES
#endif

/* 0 means as many as the machine has. */
void nw_set_threads(int count);
int nw_threads(void);

/* Names the stage that begins; the command line shows it with its time left. Stages do not
 * nest: a new one ends the one before. `zh` and `en` are literals. */
void nw_stage(const char *zh, const char *en);
/* Between blocks, from the calling thread: false means somebody asked to stop, and the
 * caller returns nw_fail_cancelled(err). */
NW_MUST_CHECK bool nw_progress(size_t done, size_t total);
bool nw_fail_cancelled(struct nw_err *err);

/* Asks to stop; may be called from a signal handler. */
void nw_cancel(void);
bool nw_cancelled(void);

/* Who shows the progress; NULL for nobody. */
struct nw_progress_sink {
    void (*stage)(const char *zh, const char *en);
    void (*progress)(size_t done, size_t total);
};
void nw_set_progress_sink(const struct nw_progress_sink *to);

#ifdef __cplusplus
}
#endif
#endif
