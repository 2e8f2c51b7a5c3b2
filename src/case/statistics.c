/* case/statistics.c -- see statistics.h. The rows of the period are read in pages, each added
 * to its group and to the total: percentiles are of the values themselves. */
#include "case/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/desk_priv.h"
#include "case/flow_priv.h"

enum { PAGE = 2000, GROUPS = 2000, BYS = 2, KEY_BYTES = 512, WORDS = 8 };

/* ------------------------------------------------------------------ what is read */

enum column {
    OPENED,
    CASE_ID,
    ENDED,
    RELEASED,
    USED,
    TYPE,
    DEVICE,
    SITE,
    DEPARTMENT,
    HOSPITAL,
    MAKER,
    STAGE,
    SINCE,
    DUE,
    STAYS,
    ADVERSE_HARM,
    REPORT_DUE,
    HARM,
    EFFECT,
    OUTCOME, /* the first of them */
    OUTCOMES = 4,
    SUM = OUTCOME + OUTCOMES /* the first of what is summed up */
};

static const char *const outcome[OUTCOMES] = {"operation_min", "blood_ml", "fluoroscopies",
                                              "recovery_score"};
static const char *const sum[] = {
    "implant", "cancelled", "changes",   "reopened", "again",        "rework", "scrap",
    "stops",   "recalls",   "overrides", "adverse",  "adverse_late", "visits", "visits_wanted"};
enum { SUMS = sizeof sum / sizeof *sum };

#define COLUMNS                                                                                \
    "opened, case_id, ended, released, used, type, device, site, department, hospital, "       \
    "maker, "                                                                                  \
    "stage, since, due, stays, adverse_harm, report_due, harm, effect, operation_min, "        \
    "blood_ml, fluoroscopies, recovery_score, implant, cancelled, changes, reopened, again, "  \
    "rework, scrap, stops, recalls, overrides, adverse, adverse_late, visits, "                \
    "COALESCE(visits_wanted, 0)"

/* ------------------------------------------------------------------ groups */

struct sample {
    double *value;
    size_t count, room;
};

/* Counted here, and not summed up from a column. */
enum counted {
    CASES,
    OPEN,
    RELEASES,
    USES,
    STAGES_LATE,
    NOW_LATE,
    REPORTS_LATE,
    FOLLOWED,
    COUNTS
};
static const char *const counted_name[COUNTS] = {
    "cases",       "open",     "released",        "used",
    "late_stages", "late_now", "adverse_overdue", "followed"};

enum lead { TO_RELEASE, TO_USE, TO_END, LEADS };
static const char *const lead_name[LEADS] = {"to_release_d", "to_use_d", "to_end_d"};

struct at_stage {
    struct sample over, running;
    int64_t late, late_now;
};

struct group {
    char *key[BYS];
    int64_t count[COUNTS], sum[SUMS], harm[WORDS], adverse_harm[WORDS], effect[WORDS];
    struct sample lead[LEADS], outcome[OUTCOMES];
    struct at_stage *stage; /* [flow->stage_count] */
};

struct counting {
    const struct nw_flow *flow;
    const struct nw_statistics_query *query;
    const char *by[BYS];
    char by_text[64];
    int bys;
    const json_t *harm, *effect; /* vocabularies, in their order */
    char now[NW_TIME_TEXT];
    int64_t now_s, today;
    struct group *group; /* [0] is the total */
    size_t groups, room;
    json_t *place; /* key -> index */
    int64_t uncounted;
};

static void release_group(struct group *group, size_t stages)
{
    for (size_t i = 0; i < BYS; i++)
        nw_free(group->key[i]);
    for (size_t i = 0; i < LEADS; i++)
        nw_free(group->lead[i].value);
    for (size_t i = 0; i < OUTCOMES; i++)
        nw_free(group->outcome[i].value);
    for (size_t i = 0; group->stage && i < stages; i++) {
        nw_free(group->stage[i].over.value);
        nw_free(group->stage[i].running.value);
    }
    nw_free(group->stage);
}

static void release_groups(struct counting *counting)
{
    for (size_t i = 0; i < counting->groups; i++)
        release_group(&counting->group[i], counting->flow->stage_count);
    nw_free(counting->group);
    json_decref(counting->place);
    counting->group = NULL;
    counting->place = NULL;
    counting->groups = counting->room = 0;
}

static char *copy_text(const char *text, struct nw_err *err)
{
    char *copy = NW_ALLOC(char, strlen(text) + 1, err);
    if (copy)
        memcpy(copy, text, strlen(text));
    return copy;
}

static bool add_group(struct counting *counting, const char *const key[BYS], struct nw_err *err)
{
    if (counting->groups > GROUPS)
        return nw_fail(err, NW_ERR_LIMIT,
                       "statistics have at most %d groups: ask for a shorter period or by less",
                       GROUPS);
    if (!nw_grow(&counting->group, &counting->room, counting->groups + 1,
                 sizeof *counting->group, err))
        return false;
    struct group *group = &counting->group[counting->groups++];
    *group =
        (struct group){.stage = NW_ALLOC(struct at_stage, counting->flow->stage_count, err)};
    bool good = group->stage != NULL;
    for (int i = 0; good && i < BYS; i++)
        good = !key[i] || (group->key[i] = copy_text(key[i], err));
    return good;
}

static bool begin_groups(struct counting *counting, struct nw_err *err)
{
    static const char *const no_key[BYS] = {NULL};
    release_groups(counting);
    counting->place = json_object();
    return (counting->place || nw_no_memory(err)) && add_group(counting, no_key, err);
}

/* ------------------------------------------------------------------ a case's keys */

static const struct {
    const char *name, *zh, *en;
    enum column column;
} dimension[] = {
    {"department", "科室", "department", DEPARTMENT},
    {"service", "服务类型", "service", TYPE},
    {"device", "器械", "device", DEVICE},
    {"site", "使用部位", "site of use", SITE},
    {"hospital", "医疗机构", "hospital", HOSPITAL},
    {"maker", "生产企业", "maker", MAKER},
    {"stage", "阶段", "stage", STAGE},
    {"month", "月份", "month", OPENED},
    {"quarter", "季度", "quarter", OPENED},
    {"year", "年份", "year", OPENED},
};
enum { DIMENSIONS = sizeof dimension / sizeof *dimension };

static int dimension_named(const char *name)
{
    for (int i = 0; i < DIMENSIONS; i++)
        if (strcmp(dimension[i].name, name) == 0)
            return i;
    return -1;
}

/* The value of a dimension, "2026-Q3" of a quarter. */
static void write_key(const struct nw_rows *rows, size_t row, const char *by,
                      char out[KEY_BYTES])
{
    const char *text = nw_row_text(rows, row, dimension[dimension_named(by)].column);
    if (strcmp(by, "month") == 0)
        (void)snprintf(out, KEY_BYTES, "%.7s", text);
    else if (strcmp(by, "year") == 0)
        (void)snprintf(out, KEY_BYTES, "%.4s", text);
    else if (strcmp(by, "quarter") == 0)
        (void)snprintf(out, KEY_BYTES, "%.4s-Q%d", text,
                       (10 * (text[5] - '0') + text[6] - '0' + 2) / 3);
    else
        (void)snprintf(out, KEY_BYTES, "%s", text);
}

/* NULL: no memory, or too many groups. */
static struct group *group_of(struct counting *counting, const struct nw_rows *rows, size_t row,
                              struct nw_err *err)
{
    char key[BYS][KEY_BYTES] = {""}, both[BYS * KEY_BYTES + 2];
    const char *keys[BYS] = {NULL};
    for (int i = 0; i < counting->bys; i++) {
        write_key(rows, row, counting->by[i], key[i]);
        keys[i] = key[i];
    }
    (void)snprintf(both, sizeof both, "%s\n%s", key[0], key[1]);
    const json_t *known = json_object_get(counting->place, both);
    if (known)
        return &counting->group[json_integer_value(known)];
    if (!add_group(counting, keys, err))
        return NULL;
    if (json_object_set_new(counting->place, both,
                            json_integer((json_int_t)counting->groups - 1)) != 0) {
        nw_no_memory(err);
        return NULL;
    }
    return &counting->group[counting->groups - 1];
}

/* ------------------------------------------------------------------ counting a case */

static bool add_value(struct sample *sample, double value, struct nw_err *err)
{
    if (!nw_grow(&sample->value, &sample->room, sample->count + 1, sizeof *sample->value, err))
        return false;
    sample->value[sample->count++] = value;
    return true;
}

static void add_word(int64_t count[WORDS], const json_t *words, const char *word)
{
    for (size_t i = 0; i < json_array_size(words) && i < WORDS; i++)
        if (*word && strcmp(nw_member_text(json_array_get(words, i), "value"), word) == 0)
            count[i]++;
}

/* Stages come in their order. A site's own table may have had others: those are left out. */
static size_t stage_from(const struct nw_flow *flow, size_t from, const char *name, size_t len)
{
    for (size_t i = from; i < flow->stage_count; i++)
        if (strncmp(flow->stage[i].name, name, len) == 0 && !flow->stage[i].name[len])
            return i;
    return flow->stage_count;
}

static bool add_stays(const struct counting *counting, const struct nw_rows *rows, size_t row,
                      bool is_late, struct group *group, struct nw_err *err)
{
    const char *stage_now = nw_row_text(rows, row, STAGE);
    const double stay_s = (double)(counting->now_s - nw_row_whole(rows, row, SINCE));
    size_t from = 0;
    bool good = true;
    for (const char *at = nw_row_text(rows, row, STAYS); good && *at;) {
        const size_t name = strcspn(at, " ");
        const size_t found = stage_from(counting->flow, from, at, name);
        char *end;
        const double seconds = (double)strtoll(at + name, &end, 10);
        const bool over = strtol(end, &end, 10) != 0;
        const bool late = strtol(end, &end, 10) != 0;
        const bool runs = strlen(stage_now) == name && strncmp(stage_now, at, name) == 0;
        at = end + (*end == ';');
        if (found == counting->flow->stage_count)
            continue;
        struct at_stage *stage = &group->stage[found];
        from = found + 1;
        stage->late += late;
        group->count[STAGES_LATE] += late;
        if (over)
            good = add_value(&stage->over, seconds / 3600, err);
        else if (runs)
            good = add_value(&stage->running, (seconds + stay_s) / 3600, err);
        stage->late_now += runs && is_late;
    }
    return good;
}

static bool add_lead(struct sample *sample, const char *opened, const char *then,
                     struct nw_err *err)
{
    int64_t from, to;
    return !nw_date_parse(opened, &from) || !nw_date_parse(then, &to) ||
           add_value(sample, (double)(to - from), err);
}

static bool is_past(const struct counting *counting, const char *date)
{
    int64_t day;
    return nw_date_parse(date, &day) && day < counting->today;
}

static bool add_case(const struct counting *counting, const struct nw_rows *rows, size_t row,
                     struct group *group, struct nw_err *err)
{
    const char *opened = nw_row_text(rows, row, OPENED), *end = nw_row_text(rows, row, ENDED);
    const char *used = nw_row_text(rows, row, USED);
    const char *released = nw_row_text(rows, row, RELEASED);
    const bool late = !*end && is_past(counting, nw_row_text(rows, row, DUE));
    group->count[CASES]++;
    group->count[OPEN] += !*end;
    group->count[RELEASES] += *released != 0;
    group->count[USES] += *used != 0;
    group->count[NOW_LATE] += late;
    group->count[REPORTS_LATE] += is_past(counting, nw_row_text(rows, row, REPORT_DUE));
    for (size_t i = 0; i < SUMS; i++) {
        const int64_t value = nw_row_whole(rows, row, SUM + i);
        group->sum[i] += value;
        if (strcmp(sum[i], "visits") == 0)
            group->count[FOLLOWED] += value > 0;
    }
    add_word(group->harm, counting->harm, nw_row_text(rows, row, HARM));
    add_word(group->adverse_harm, counting->harm, nw_row_text(rows, row, ADVERSE_HARM));
    add_word(group->effect, counting->effect, nw_row_text(rows, row, EFFECT));
    bool good = add_stays(counting, rows, row, late, group, err) &&
                add_lead(&group->lead[TO_RELEASE], opened, released, err) &&
                add_lead(&group->lead[TO_USE], opened, used, err) &&
                add_lead(&group->lead[TO_END], opened, end, err);
    for (size_t i = 0; good && i < OUTCOMES; i++) {
        const struct nw_value *value = &rows->cell[row * rows->columns + OUTCOME + i];
        good = value->kind == NW_VALUE_NULL || add_value(&group->outcome[i], value->real, err);
    }
    return good;
}

/* ------------------------------------------------------------------ the total */

static bool add_sample(struct sample *to, const struct sample *from, struct nw_err *err)
{
    if (from->count == 0)
        return true;
    if (!nw_grow(&to->value, &to->room, to->count + from->count, sizeof *to->value, err))
        return false;
    memcpy(to->value + to->count, from->value, from->count * sizeof *from->value);
    to->count += from->count;
    return true;
}

static void add_counts(int64_t *to, const int64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

static bool add_to_total(struct counting *counting, const struct group *from,
                         struct nw_err *err)
{
    struct group *total = &counting->group[0];
    add_counts(total->count, from->count, COUNTS);
    add_counts(total->sum, from->sum, SUMS);
    add_counts(total->harm, from->harm, WORDS);
    add_counts(total->adverse_harm, from->adverse_harm, WORDS);
    add_counts(total->effect, from->effect, WORDS);
    bool good = true;
    for (size_t i = 0; good && i < LEADS; i++)
        good = add_sample(&total->lead[i], &from->lead[i], err);
    for (size_t i = 0; good && i < OUTCOMES; i++)
        good = add_sample(&total->outcome[i], &from->outcome[i], err);
    for (size_t i = 0; good && i < counting->flow->stage_count; i++) {
        struct at_stage *to = &total->stage[i];
        to->late += from->stage[i].late;
        to->late_now += from->stage[i].late_now;
        good = add_sample(&to->over, &from->stage[i].over, err) &&
               add_sample(&to->running, &from->stage[i].running, err);
    }
    return good;
}

/* ------------------------------------------------------------------ reading */

static bool count_page(struct nw_tx *tx, struct counting *counting, char last_day[16],
                       char last_case[NW_ID_TEXT], bool *more, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    const struct nw_statistics_query *query = counting->query;
    if (!nw_tx_query(tx, &arena,
                     "SELECT " COLUMNS " FROM case_figures WHERE opened <= ? AND (opened, "
                     "case_id) > (?, ?) ORDER BY opened, case_id LIMIT ?",
                     NW_VALUES(NW_STRING(query->to ? query->to : "9999-12-31"),
                               NW_STRING(last_day), NW_STRING(last_case), NW_WHOLE(PAGE)),
                     &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        struct group *group = group_of(counting, &rows, i, err);
        if (!group || !add_case(counting, &rows, i, group, err))
            return false;
    }
    *more = rows.count == PAGE;
    if (*more) {
        (void)snprintf(last_day, 16, "%s", nw_row_text(&rows, PAGE - 1, OPENED));
        (void)snprintf(last_case, NW_ID_TEXT, "%s", nw_row_text(&rows, PAGE - 1, CASE_ID));
    }
    return true;
}

static bool count_uncounted(struct nw_tx *tx, struct counting *counting, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT (SELECT COUNT(*) FROM cases) - (SELECT COUNT(*) FROM "
                     "case_figures)",
                     NW_NO_VALUES, &rows, err))
        return false;
    counting->uncounted = nw_row_whole(&rows, 0, 0);
    return true;
}

static bool count_all(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct counting *counting = (struct counting *)context;
    char last_day[16] = "", last_case[NW_ID_TEXT] = "";
    bool more = true, good = begin_groups(counting, err) && count_uncounted(tx, counting, err);
    if (counting->query->from)
        (void)snprintf(last_day, sizeof last_day, "%.10s", counting->query->from);
    while (good && more)
        good = count_page(tx, counting, last_day, last_case, &more, err);
    for (size_t i = 1; good && i < counting->groups; i++)
        good = add_to_total(counting, &counting->group[i], err);
    return good;
}

/* ------------------------------------------------------------------ answering */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* Brings the k-th smallest to its place, smaller ones before it and larger ones behind
 * (quickselect with three parts, for many equal times). */
static double nth(double *value, size_t count, size_t k)
{
    size_t low = 0, high = count;
    for (int rounds = 0; high - low > 1; rounds++) {
        if (rounds == 64) { /* an order made to be slow */
            qsort(value + low, high - low, sizeof *value, compare_doubles);
            break;
        }
        const double pivot = middle(value[low], value[low + (high - low) / 2], value[high - 1]);
        size_t less = low, at = low, more = high;
        while (at < more) {
            const double now = value[at];
            if (now < pivot) {
                value[at++] = value[less];
                value[less++] = now;
            } else if (now > pivot) {
                value[at] = value[--more];
                value[more] = now;
            } else {
                at++;
            }
        }
        if (k >= less && k < more)
            break;
        if (k < less)
            high = less;
        else
            low = more;
    }
    return value[k];
}

/* Between two values in proportion; to hundredths. */
static double percentile(const struct sample *sample, double share)
{
    const double at = share * (double)(sample->count - 1);
    const size_t below = (size_t)at;
    const double low = nth(sample->value, sample->count, below);
    double high = low;
    for (size_t i = below + 1; i < sample->count; i++)
        high = i == below + 1 || sample->value[i] < high ? sample->value[i] : high;
    return rint((low + (at - (double)below) * (high - low)) * 100) / 100;
}

static json_t *spread(const struct sample *sample)
{
    if (sample->count == 0)
        return json_pack("{s:i, s:n, s:n}", "cases", 0, "median", "p90");
    return json_pack("{s:I, s:f, s:f}", "cases", (json_int_t)sample->count, "median",
                     percentile(sample, 0.5), "p90", percentile(sample, 0.9));
}

static json_t *words_counted(const int64_t count[WORDS], const json_t *words)
{
    json_t *out = json_object();
    bool good = out != NULL;
    for (size_t i = 0; good && i < json_array_size(words) && i < WORDS; i++)
        good = nw_put(out, nw_member_text(json_array_get(words, i), "value"),
                      json_integer(count[i]));
    if (good)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *stages_counted(const struct nw_flow *flow, const struct group *group)
{
    json_t *out = json_array();
    bool good = out != NULL;
    for (size_t i = 0; good && i < flow->stage_count; i++) {
        const struct at_stage *at = &group->stage[i];
        if ((int)i == flow->end_stage)
            continue;
        json_t *one = json_object();
        good = one && nw_put(one, "stage", json_string(flow->stage[i].name)) &&
               nw_put_label(one, flow->stage[i].zh, flow->stage[i].en) &&
               nw_put(one, "over_h", spread(&at->over)) &&
               nw_put(one, "running_h", spread(&at->running)) &&
               nw_put(one, "late", json_integer(at->late)) &&
               nw_put(one, "late_now", json_integer(at->late_now));
        good = good && json_array_append(out, one) == 0;
        json_decref(one);
    }
    if (good)
        return out;
    json_decref(out);
    return NULL;
}

/* A value's words: of the vocabulary where there is one, else itself. */
static bool put_key_label(const struct counting *counting, const char *by, const char *value,
                          json_t *out)
{
    const char *name = strcmp(by, "service") == 0 ? "type" : by;
    const json_t *words =
        json_object_get(json_object_get(counting->flow->table, "words"), name);
    for (size_t i = 0; i < json_array_size(words); i++) {
        const json_t *word = json_array_get(words, i);
        if (strcmp(nw_member_text(word, "value"), value) == 0)
            return nw_put_label(out, nw_member_text(word, "zh"), nw_member_text(word, "en"));
    }
    return *value ? nw_put_label(out, value, value) : nw_put_label(out, "未填写", "not stated");
}

static json_t *keys_of(const struct counting *counting, const struct group *group)
{
    json_t *out = json_array();
    bool good = out != NULL;
    for (int i = 0; good && i < counting->bys; i++) {
        json_t *one = json_pack("{s:s, s:s}", "by", counting->by[i], "value", group->key[i]);
        good = one && put_key_label(counting, counting->by[i], group->key[i], one) &&
               json_array_append(out, one) == 0;
        json_decref(one);
    }
    if (good)
        return out;
    json_decref(out);
    return NULL;
}

/* So many in a hundred, to tenths; null of none. */
static json_t *in_hundred(int64_t part, int64_t whole)
{
    return whole > 0 ? json_real(rint(1000.0 * (double)part / (double)whole) / 10)
                     : json_null();
}

/* The place in the vocabulary, 0 when it has none of that name. */
static size_t place_of(const json_t *words, const char *name)
{
    size_t place = 0;
    for (size_t i = 0; i < json_array_size(words) && i < WORDS; i++)
        if (strcmp(nw_member_text(json_array_get(words, i), "value"), name) == 0)
            place = i;
    return place;
}

static bool put_rates(const struct counting *counting, const struct group *group, json_t *out)
{
    size_t adverse = 0;
    while (strcmp(sum[adverse], "adverse") != 0)
        adverse++;
    return nw_put(out, "adverse_percent",
                  in_hundred(group->sum[adverse], group->count[USES])) &&
           nw_put(out, "reached_percent",
                  in_hundred(group->effect[place_of(counting->effect, "reached")],
                             group->count[FOLLOWED]));
}

static json_t *group_counted(const struct counting *counting, const struct group *group)
{
    json_t *out = json_object();
    bool good = out && (!group->key[0] || nw_put(out, "keys", keys_of(counting, group)));
    for (size_t i = 0; good && i < COUNTS; i++)
        good = nw_put(out, counted_name[i], json_integer(group->count[i]));
    for (size_t i = 0; good && i < SUMS; i++)
        good = nw_put(out, sum[i], json_integer(group->sum[i]));
    for (size_t i = 0; good && i < LEADS; i++)
        good = nw_put(out, lead_name[i], spread(&group->lead[i]));
    for (size_t i = 0; good && i < OUTCOMES; i++)
        good = nw_put(out, outcome[i], spread(&group->outcome[i]));
    if (good && put_rates(counting, group, out) &&
        nw_put(out, "harm", words_counted(group->harm, counting->harm)) &&
        nw_put(out, "adverse_harm", words_counted(group->adverse_harm, counting->harm)) &&
        nw_put(out, "effect", words_counted(group->effect, counting->effect)) &&
        nw_put(out, "stages", stages_counted(counting->flow, group)))
        return out;
    json_decref(out);
    return NULL;
}

static int compare_groups(const void *a, const void *b)
{
    const struct group *x = (const struct group *)a, *y = (const struct group *)b;
    const int first = strcmp(x->key[0], y->key[0]);
    return first || !x->key[1] ? first : strcmp(x->key[1], y->key[1]);
}

static json_t *answer(const struct counting *counting)
{
    const struct nw_statistics_query *query = counting->query;
    json_t *groups = json_array();
    bool good = groups != NULL;
    qsort(counting->group + 1, counting->groups - 1, sizeof *counting->group, compare_groups);
    for (size_t i = 1; good && i < counting->groups; i++)
        good = json_array_append_new(groups, group_counted(counting, &counting->group[i])) == 0;
    json_t *reply =
        good ? json_pack("{s:s?, s:s?, s:s, s:s, s:I, s:o, s:O}", "from", query->from, "to",
                         query->to, "by", counting->by_text, "time", counting->now, "uncounted",
                         (json_int_t)counting->uncounted, "total",
                         group_counted(counting, &counting->group[0]), "groups", groups)
             : NULL;
    json_decref(groups);
    return reply;
}

/* ------------------------------------------------------------------ asking */

static bool is_day(const char *text)
{
    int64_t day;
    return !text || (strlen(text) == 10 && nw_date_parse(text, &day));
}

/* "device,month" into its names. */
static bool take_by(struct counting *counting, struct nw_err *err)
{
    const char *by = counting->query->by ? counting->query->by : "department";
    char name[BYS][16];
    if (strlen(by) < sizeof counting->by_text) {
        (void)snprintf(counting->by_text, sizeof counting->by_text, "%s", by);
        counting->bys = sscanf(by, "%15[a-z],%15[a-z]", name[0], name[1]);
    }
    size_t len = 0;
    for (int i = 0; i < counting->bys; i++) {
        const int at = dimension_named(name[i]);
        if (at < 0 || (i && strcmp(name[0], name[1]) == 0)) {
            counting->bys = 0;
            break;
        }
        counting->by[i] = dimension[at].name;
        len += strlen(name[i]) + (i > 0);
    }
    return (counting->bys > 0 && len == strlen(by)) ||
           nw_fail(
               err, NW_ERR_ARGUMENT,
               "\"by\" is one or two of department, service, device, site, hospital, maker, "
               "stage, month, quarter and year, with a comma between");
}

static bool take_query(struct counting *counting, struct nw_err *err)
{
    const struct nw_statistics_query *query = counting->query;
    if (!is_day(query->from) || !is_day(query->to))
        return nw_fail(err, NW_ERR_ARGUMENT, "\"from\" and \"to\" are days such as 2026-03-01");
    if (query->from && query->to && strcmp(query->from, query->to) > 0)
        return nw_fail(err, NW_ERR_ARGUMENT, "\"from\" is not after \"to\"");
    return take_by(counting, err);
}

static bool note_reading(struct nw_desk *desk, const struct nw_session *who,
                         const struct counting *counting, struct nw_err *err)
{
    json_t *body = json_pack("{s:s?, s:s?, s:s, s:I}", "from", counting->query->from, "to",
                             counting->query->to, "by", counting->by_text, "cases",
                             (json_int_t)counting->group[0].count[CASES]);
    struct nw_row row = {
        .person = who->person, .session = who->id, .act = "read.statistics", .body = body};
    bool good = body ? nw_ledger_note(desk->ledger, &row, err) : nw_no_memory(err);
    json_decref(body);
    return good;
}

bool nw_statistics(struct nw_desk *desk, const struct nw_session *who,
                   const struct nw_statistics_query *query, json_t **reply, struct nw_err *err)
{
    const struct nw_flow *flow = desk->flow;
    const json_t *words = json_object_get(flow->table, "words");
    struct counting counting = {.flow = flow, .query = query};
    counting.harm = json_object_get(words, "harm");
    const json_t *effects = NULL;
    for (size_t i = 0; i < flow->act_count; i++)
        for (size_t k = 0; k < flow->act[i].field_count; k++)
            if ((int)i == nw_flow_act(flow, "followup.visit") &&
                strcmp(flow->act[i].field[k].name, "effect") == 0)
                effects = flow->act[i].field[k].choices;
    counting.effect = effects;
    nw_time_now(counting.now);
    if (!take_query(&counting, err) || !nw_time_parse(counting.now, &counting.now_s) ||
        !nw_date_parse(counting.now, &counting.today))
        return false;
    bool good = nw_store_read(desk->store, count_all, &counting, err) &&
                note_reading(desk, who, &counting, err);
    if (good) {
        *reply = answer(&counting);
        good = *reply || nw_no_memory(err);
    }
    release_groups(&counting);
    return good;
}
