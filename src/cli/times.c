/* cli/times.c -- see times_priv.h. */
#include "cli/times_priv.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

enum { STAGES_MAX = 64 }; /* what comes after is added to the last */

struct moment {
    double wall_s, cpu_s, first_s; /* of all threads, and of the first alone */
    long faults;
};

static struct {
    const char *name[STAGES_MAX + 1];
    struct moment begun[STAGES_MAX + 1];
    long peak_kb[STAGES_MAX + 1];
    int count;
} times;

static struct moment now(void)
{
    struct timespec t, first;
    struct rusage use;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &first);
    (void)getrusage(RUSAGE_SELF, &use);
    return (struct moment){
        .wall_s = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec,
        .cpu_s = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                 1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec),
        .first_s = (double)first.tv_sec + 1e-9 * (double)first.tv_nsec,
        .faults = use.ru_minflt,
    };
}

static long peak_kb(void)
{
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

void nw_times_stage(const char *name)
{
    if (times.count == STAGES_MAX)
        return;
    if (times.count > 0)
        times.peak_kb[times.count - 1] = peak_kb();
    times.name[times.count] = name;
    times.begun[times.count++] = now();
}

static void print_row(const char *name, const struct moment *a, const struct moment *b, long kb)
{
    (void)fprintf(stderr, "%8.2f s %8.2f CPU-s, first thread %6.2f %7ld MB %9ld faults  %s\n",
                  b->wall_s - a->wall_s, b->cpu_s - a->cpu_s, b->first_s - a->first_s,
                  kb / 1024, b->faults - a->faults, name);
}

void nw_times_print(void)
{
    const struct moment end = now();
    if (times.count == 0)
        return;
    times.peak_kb[times.count - 1] = peak_kb();
    times.begun[times.count] = end;
    for (int n = 0; n < times.count; n++)
        print_row(times.name[n], &times.begun[n], &times.begun[n + 1], times.peak_kb[n]);
    print_row("=", &times.begun[0], &end, peak_kb());
}
