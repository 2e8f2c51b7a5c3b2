/* tests/unit/core/scan_test.c */
#include "core/scan.h"

#include <string.h>

#include "starve.h"
#include "unit.h"

static void a_new_scan_says_nothing_rather_than_something_wrong(void)
{
    struct nw_scan scan;
    nw_scan_init(&scan);
    const char *const *text = &scan.facts.format;
    const char *const *end = &scan.facts.charset;
    for (; text <= end; text++)
        CHECK(*text && **text == '\0');
    const double *number = &scan.facts.kvp;
    for (; number <= &scan.facts.tilt_deg; number++)
        CHECK(isnan(*number));
    CHECK(!scan.facts.lossy && !scan.facts.is_hu && scan.remark_count == 0);
    nw_scan_release(&scan);
}

static void remarks_are_kept_in_order_as_copies(void)
{
    struct nw_scan scan;
    struct nw_err err = {0};
    nw_scan_init(&scan);
    char words[32];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(words, sizeof words, "slice %d", i);
        CHECK(nw_scan_remark(&scan, NW_WARNING, "missing-slices", "缺层", words, &err));
    }
    CHECK(scan.remark_count == 40 && strcmp(scan.remark[0].en, "slice 0") == 0);
    CHECK(strcmp(scan.remark[39].en, "slice 39") == 0);
    CHECK(strcmp(scan.remark[7].zh, "缺层") == 0 && scan.remark[7].severity == NW_WARNING);
    nw_scan_release(&scan);
    CHECK(scan.remark_count == 0 && scan.facts.format[0] == '\0');
    nw_scan_release(&scan);
}

static bool remark(struct nw_err *err)
{
    struct nw_scan scan;
    nw_scan_init(&scan);
    bool ok = true;
    for (int i = 0; ok && i < 30; i++) {
        const size_t before = scan.remark_count;
        ok = nw_scan_remark(&scan, NW_NOTE, "a", "b", "c", err);
        CHECK(scan.remark_count == before + (ok ? 1 : 0));
    }
    nw_scan_release(&scan);
    return ok;
}

static void remarks_survive_each_allocation_failing(void)
{
    CHECK(unit_starve(remark) >= 3);
}

int main(void)
{
    UNIT(a_new_scan_says_nothing_rather_than_something_wrong);
    UNIT(remarks_are_kept_in_order_as_copies);
    UNIT(remarks_survive_each_allocation_failing);
    return unit_end();
}
