/*
 * case/statistics.h -- what a centre reports: its cases by department, service, device and
 * period, how long each stage takes, what was done again, what was late, what follow-up and
 * adverse events say. Counted from rows that are kept with each entry (case_figures); no
 * patient and no person is in them.
 */
#ifndef NW_CASE_STATISTICS_H
#define NW_CASE_STATISTICS_H

#include "case/desk.h"

struct nw_statistics_query {
    const char *from, *to; /* days on which cases were opened, both counted; NULL: any */
    /* one or two of department, service, device, site, hospital, maker, stage, month, quarter,
     * year, with a comma between; NULL: department */
    const char *by;
};
/* {"from", "to", "by", "time", "uncounted", "total": group, "groups": [group...]}; a group is
 * {"keys": [{"by", "value", "zh", "en"}], counts by their names, "harm", "adverse_harm",
 * "effect": {word: cases}, "adverse_percent" (adverse events in a hundred cases with use),
 * "reached_percent" (of the cases followed up), spreads by their names, "stages": [{"stage",
 * "zh", "en", "over_h", "running_h", "late", "late_now"}]}. A spread is {"cases", "median",
 * "p90"} of those cases that have the value; percentiles lie between two values in proportion,
 * as PERCENTILE.INC of spreadsheets. "uncounted": cases filed before there were figures, which
 * nw_figures_catch_up has still to count. At most 2000 groups (NW_ERR_LIMIT). Writes a row
 * "read.statistics". Cost: 11 us a case (a year of 10 000: 0.11 s). */
NW_MUST_CHECK bool nw_statistics(struct nw_desk *desk, const struct nw_session *who,
                                 const struct nw_statistics_query *query, json_t **reply,
                                 struct nw_err *err);

/* Counts at most so many cases that have no figures yet; *left: there may be more. */
NW_MUST_CHECK bool nw_figures_catch_up(struct nw_desk *desk, int most, bool *left,
                                       struct nw_err *err);

#endif
