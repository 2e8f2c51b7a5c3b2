/* tests/unit/report/report_test.c */
#include "report/report.h"

#include <stdlib.h>
#include <time.h>

#include "core/parallel.h"
#include "report/case.h"

static void samples(void)
{
    const char *folder = getenv("NUWA_SAMPLES");
    if (!folder)
        return;
    struct sample s;
    make_sample(&s, 0.8, 160);
    const struct nw_report zh = report_of(&s, NW_LANG_ZH), en = report_of(&s, NW_LANG_EN);
    static const char *const name[4] = {"zh.html", "en.html", "zh.pdf", "en.pdf"};
    for (int i = 0; i < 4; i++) {
        char path[512];
        struct nw_err err = {0};
        struct timespec a, b;
        (void)snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        (void)clock_gettime(CLOCK_MONOTONIC, &a);
        CHECK(nw_report_write(path, i % 2 ? &en : &zh, &err));
        (void)clock_gettime(CLOCK_MONOTONIC, &b);
        printf("# %s: %.2f s %s\n", name[i],
               (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec), err.msg);
    }
    release_sample(&s);
}

int main(void)
{
    UNIT(samples);
    return unit_end();
}
