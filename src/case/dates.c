/* case/dates.c -- see flow_priv.h. Days are counted by the proleptic Gregorian calendar. */
#include <string.h>

#include "case/flow_priv.h"

static bool digits(const char *s, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        *out = *out * 10 + (s[i] - '0');
    }
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* After Hinnant (2013): eras of 400 years that begin in March. */
static int64_t days_from(int year, int month, int day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool nw_date_parse(const char *text, int64_t *days)
{
    int year, month, day;
    if (!text || strnlen(text, 10) < 10 || !digits(text, 4, &year) || text[4] != '-' ||
        !digits(text + 5, 2, &month) || text[7] != '-' || !digits(text + 8, 2, &day))
        return false;
    if (year < 1800 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *days = days_from(year, month, day);
    return true;
}

static void put_digits(char *out, int count, int value)
{
    for (; count-- > 0; value /= 10)
        out[count] = (char)('0' + value % 10);
}

void nw_date_format(int64_t days, char out[11])
{
    int year = 1800;
    int64_t left = days - days_from(year, 1, 1);
    left = left < 0 ? 0 : left;
    for (int step = 365 + (month_days(year, 2) == 29); left >= step && year < 9999;
         step = 365 + (month_days(year, 2) == 29)) {
        left -= step;
        year++;
    }
    int month = 1;
    while (month < 12 && left >= month_days(year, month))
        left -= month_days(year, month++);
    put_digits(out, 4, year);
    out[4] = out[7] = '-';
    put_digits(out + 5, 2, month);
    put_digits(out + 8, 2, (int)left + 1);
    out[10] = '\0';
}

bool nw_time_is_entry(const char *text)
{
    static const char shape[] = "0000-00-00T00:00:00.000000Z";
    int64_t days;
    if (!text || strlen(text) != sizeof shape - 1 || !nw_date_parse(text, &days))
        return false;
    for (size_t i = 0; shape[i]; i++)
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
            return false;
    return text[11] < '3' && text[14] < '6' && text[17] < '6' &&
           strncmp(text + 11, "24", 2) < 0;
}

/* The visits that are planned lie evenly over their time. */
static bool visit_due(const struct nw_case *state, int64_t *days)
{
    const struct nw_flow *flow = state->flow;
    const struct nw_version *use = nw_item_newest(state, flow->use_item);
    const json_t *plan = nw_item_form(state, flow->follow_plan_item);
    const json_int_t visits = json_integer_value(json_object_get(plan, "visits"));
    const json_int_t months = json_integer_value(json_object_get(plan, "months"));
    const json_int_t had = state->item[flow->visit_item].valid;
    if (!use || had >= visits || !nw_date_parse(nw_member_text(use->entry, "time"), days))
        return false;
    *days += months * 30 * (had + 1) / visits;
    return true;
}

/* What was agreed in the order; else the table's days, from the opening of the case. */
bool nw_stage_due(const struct nw_case *state, int stage, int64_t *days)
{
    const struct nw_flow *flow = state->flow;
    const json_t *due = json_object_get(nw_item_form(state, flow->order_item), "due");
    for (size_t i = 0; i < json_array_size(due); i++) {
        const json_t *row = json_array_get(due, i);
        if (strcmp(nw_member_text(row, "stage"), flow->stage[stage].name) == 0)
            return nw_date_parse(nw_member_text(row, "date"), days);
    }
    if (stage == flow->follow_stage && visit_due(state, days))
        return true;
    const struct nw_version *opened = nw_item_newest(state, flow->open_item);
    if (flow->stage[stage].days <= 0 || !opened ||
        !nw_date_parse(nw_member_text(opened->entry, "time"), days))
        return false;
    *days += flow->stage[stage].days;
    return true;
}

/* The oldest series counts: it was taken first, and shows the anatomy as it was then. */
bool nw_anatomy_until(const struct nw_case *state, int64_t *days)
{
    const json_t *series =
        json_object_get(nw_item_form(state, state->flow->images_item), "series");
    const json_t *valid =
        json_object_get(nw_item_form(state, state->flow->plan_item), "anatomy_valid_days");
    bool found = false;
    int64_t first = INT64_MAX, day;
    for (size_t i = 0; i < json_array_size(series); i++)
        if (nw_date_parse(nw_member_text(json_array_get(series, i), "acquired"), &day)) {
            first = day < first ? day : first;
            found = true;
        }
    if (!found || !json_is_integer(valid))
        return false;
    *days = first + json_integer_value(valid);
    return true;
}

bool nw_stage_late(const struct nw_case *state, int stage, const char *time)
{
    int64_t now, due;
    if (!nw_date_parse(time, &now))
        return false;
    if (nw_stage_due(state, stage, &due) && now > due)
        return true;
    return stage >= state->flow->accept_stage && stage <= state->flow->use_stage &&
           nw_anatomy_until(state, &due) && now > due;
}

/* 029 5.4.5 and 5.4.6: implants for ever; else the type's years or the device's life from the
 * day of release, whichever is longer. */
enum nw_keep nw_keep_until(const struct nw_case *state, int64_t *days)
{
    const struct nw_flow *flow = state->flow;
    if (state->type < 0)
        return NW_KEEP_UNRELEASED;
    if (json_is_true(json_object_get(nw_item_form(state, flow->open_item), "implant")))
        return NW_KEEP_FOREVER;
    const struct nw_version *release = nw_item_newest(state, flow->release_item);
    if (!release) /* what needs no release is counted from its delivery */
        release = nw_item_newest(state, flow->delivered_item);
    if (!release || !nw_date_parse(nw_member_text(release->entry, "time"), days))
        return NW_KEEP_UNRELEASED;
    const double life = json_number_value(
        json_object_get(nw_item_form(state, flow->order_item), "device_life_years"));
    const double rule = flow->type[state->type].keep_years;
    *days += (int64_t)((life > rule ? life : rule) * 365.25 + 1);
    return NW_KEEP_UNTIL;
}
