/* tests/unit/core/parallel_test.c */
#include "core/parallel.h"

#include <stdint.h>
#include <string.h>

#include "unit.h"

enum { COUNT = 100000 };

static void every_iteration_runs_once_on_any_number_of_threads(void)
{
    static uint8_t runs[COUNT];
    const int before = nw_threads();
    for (int threads = 1; threads <= 8; threads++) {
        nw_set_threads(threads);
        CHECK(nw_threads() == threads);
        memset(runs, 0, sizeof runs);
        NW_PARALLEL_FOR
        for (size_t i = 0; i < COUNT; i++)
            runs[i]++;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t i = 0; i < COUNT; i++)
            runs[i]++;
        size_t wrong = 0;
        for (size_t i = 0; i < COUNT; i++)
            wrong += runs[i] != 2;
        CHECK(wrong == 0);
    }
    nw_set_threads(before);
}

static void zero_threads_means_all_there_are(void)
{
    const int before = nw_threads();
    nw_set_threads(0);
    CHECK(nw_threads() >= 1);
    nw_set_threads(before);
}

NW_CLONES static void add_products(const float *a, const float *b, float *sum, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += a[i] * b[i];
}

static void a_cloned_loop_neither_contracts_nor_reorders(void)
{
    /* fused, 1 + 2^-12 squared less 1 would keep its last bit */
    float a[16], sum[16];
    for (size_t i = 0; i < 16; i++) {
        a[i] = 1 + 0x1p-12f;
        sum[i] = -1 - 0x1p-11f;
    }
    add_products(a, a, sum, 16);
    for (size_t i = 0; i < 16; i++)
        CHECK(sum[i] == 0);
}

static const char *stage_seen;
static size_t done_seen, total_seen;

static void see_stage(const char *zh, const char *en)
{
    (void)zh;
    stage_seen = en;
}

static void see_progress(size_t done, size_t total)
{
    done_seen = done;
    total_seen = total;
}

static void progress_reaches_who_asked_for_it(void)
{
    static const struct nw_progress_sink sink = {see_stage, see_progress};
    nw_stage("无人", "nobody"); /* no sink: nothing happens */
    CHECK(nw_progress(1, 2) && done_seen == 0);
    nw_set_progress_sink(&sink);
    nw_stage("读取", "reading");
    CHECK(nw_progress(3, 10));
    nw_set_progress_sink(NULL);
    CHECK(strcmp(stage_seen, "reading") == 0 && done_seen == 3 && total_seen == 10);
}

static void cancelling_stops_at_the_next_block(void)
{
    struct nw_err err = {0};
    CHECK(!nw_cancelled() && nw_progress(0, 1));
    nw_cancel();
    CHECK(nw_cancelled() && !nw_progress(0, 1));
    CHECK(!nw_fail_cancelled(&err) && err.code == NW_ERR_CANCELLED);
}

int main(void)
{
    UNIT(every_iteration_runs_once_on_any_number_of_threads);
    UNIT(zero_threads_means_all_there_are);
    UNIT(a_cloned_loop_neither_contracts_nor_reorders);
    UNIT(progress_reaches_who_asked_for_it);
    UNIT(cancelling_stops_at_the_next_block); /* last: there is no way back */
    return unit_end();
}
