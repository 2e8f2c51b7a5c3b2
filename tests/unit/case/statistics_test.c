/* case/figures.c, statistics_file.c, statistics.c: a played case's figures by hand; statistics
 * of some thousand cases against counting them one by one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "case/desk_priv.h"
#include "case/statistics.h"
#include "case/steps.h"
#include "core/rand.h"

/* ------------------------------------------------------------------ one case */

static bool has(const json_t *figures, const char *key, json_int_t value)
{
    const json_t *found = json_object_get(figures, key);
    const bool same = json_is_integer(found) && json_integer_value(found) == value;
    if (!same)
        printf("# %s is %lld, not %lld\n", key, (long long)json_integer_value(found),
               (long long)value);
    return same;
}

static bool is_text(const json_t *object, const char *key, const char *value)
{
    const char *text = json_string_value(json_object_get(object, key));
    const bool same = text && strcmp(text, value) == 0;
    if (!same)
        printf("# %s is %s, not %s\n", key, text ? text : "nothing", value);
    return same;
}

/* The model's steps (tests/data/case/model.json) come at 08:00:01, 08:00:02 ... of their days.
 */
static void a_models_stages_take_what_its_dates_say(void)
{
    enum { DAY = 86400 };
    static const struct {
        const char *stage;
        json_int_t seconds;
    } known[] = {
        {"opening", 1},              /* day 0: opened, team named */
        {"data", 2 * DAY},           /* images on day 2, second act */
        {"confirmation", DAY + 1},   /* day 3, third act */
        {"plan", DAY - 2},           /* day 4, first */
        {"order", DAY + 1},          /* day 5, second */
        {"input", 2 * DAY - 1},      /* day 7, first */
        {"design", 4 * DAY},         /* day 11, first */
        {"validation", 4 * DAY + 2}, /* day 15, third */
        {"production", 3 * DAY - 2}, /* day 18, first */
        {"delivery", 5 * DAY},       /* day 23, first */
        {"acceptance", 2 * DAY},     /* day 25 */
        {"use", DAY},                /* day 26 */
        {"followup", 31 * DAY},      /* day 57 */
    };
    struct play play = play_new();
    json_t *model = load_json("model"), *step;
    size_t i;
    json_array_foreach(json_object_get(model, "steps"), i, step)
    {
        struct nw_err err = {0};
        CHECK(play_step(&play, step, &err));
    }
    json_t *figures = nw_case_figures(play.state);
    const json_t *stays = json_object_get(figures, "stays");
    CHECK(json_object_size(stays) == sizeof known / sizeof *known);
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        const json_t *stay = json_object_get(stays, known[i].stage);
        CHECK(has(stay, "seconds", known[i].seconds));
        CHECK(json_is_true(json_object_get(stay, "over")));
        CHECK(!json_is_true(json_object_get(stay, "late")));
    }
    CHECK(is_text(figures, "opened", "2027-01-01") && is_text(figures, "ended", "2027-02-27"));
    CHECK(json_is_false(json_object_get(figures, "cancelled")));
    CHECK(has(figures, "reopened", 0) && has(figures, "again", 0));
    json_decref(figures);
    json_decref(model);
    play_free(&play);
}

/* Written again, the order voids both its signatures, and they are given again. */
static void what_a_change_re_opens_is_counted(void)
{
    struct play play = played_to("agreement.write");
    CHECK(takes_altered(&play, "order.write", NULL, "age", json_integer(47)));
    json_t *figures = nw_case_figures(play.state);
    CHECK(has(figures, "reopened", 2) && has(figures, "again", 1));
    json_decref(figures);
    CHECK(takes(&play, "order.sign_physician") && takes(&play, "order.sign_maker"));
    figures = nw_case_figures(play.state);
    CHECK(has(figures, "reopened", 2) && has(figures, "again", 3));
    json_decref(figures);
    play_free(&play);
}

/* A stage that is gone back to runs on from the time it has had. */
static void a_stage_that_is_come_back_to_is_not_over(void)
{
    struct play play = played_to("input.accept");
    CHECK(strcmp(stage_now(&play), "input") == 0);
    json_t *before = nw_case_figures(play.state);
    const json_t *order = json_object_get(json_object_get(before, "stays"), "order");
    CHECK(json_is_true(json_object_get(order, "over")));
    play.day += 4;
    CHECK(takes_altered(&play, "order.write", NULL, "age", json_integer(47)));
    CHECK(strcmp(stage_now(&play), "order") == 0);
    json_t *after = nw_case_figures(play.state);
    const json_t *now = json_object_get(json_object_get(after, "stays"), "order");
    CHECK(json_is_false(json_object_get(now, "over")));
    CHECK(json_equal(json_object_get(now, "seconds"), json_object_get(order, "seconds")));
    CHECK(json_integer_value(json_object_get(after, "since")) >
          json_integer_value(json_object_get(before, "since")));
    json_decref(before);
    json_decref(after);
    play_free(&play);
}

/* ------------------------------------------------------------------ many cases */

enum { CASES = 4500, DEPARTMENTS = 3, MONTHS = 5 };

static const char *const department[DEPARTMENTS] = {"", "=cmd|' /C calc'!A0", "骨科"};
static const char *const stage[] = {"opening", "design", "closed"};
static const char *const harm[] = {"", "none", "minor", "death"};

struct one {
    char opened[40];
    int department, month, stage, harm;
    bool late, released;
    double opening_h, design_h, days;
    int changes, adverse;
    bool used, followed, reached;
};

static struct one cases[CASES];
static struct nw_desk *desk;

static double even(void)
{
    static uint64_t index;
    return nw_rand_even(11, index++);
}

static int below(int most)
{
    return (int)(even() * most);
}

/* Of the stages only "opening" and "design"; a released case was so some days after its
 * opening.
 */
static bool fill(struct nw_tx *tx, void *context, struct nw_err *err)
{
    (void)context;
    bool good = true;
    for (int i = 0; good && i < CASES; i++) {
        struct one *one = &cases[i];
        char id[NW_ID_TEXT], released[40], stays[128];
        *one = (struct one){.department = below(DEPARTMENTS),
                            .month = below(MONTHS),
                            .stage = below(3),
                            .harm = below(4),
                            .late = below(4) == 0,
                            .released = below(2),
                            .opening_h = below(100) * 0.5,
                            .design_h = below(1000) * 0.25,
                            .days = below(20),
                            .changes = below(3),
                            .adverse = below(50) == 0,
                            .used = below(3) > 0,
                            .followed = below(2)};
        one->reached = one->followed && below(4) > 0;
        const int day = below(8);
        (void)snprintf(one->opened, sizeof one->opened, "2026-0%d-%02d", one->month + 1,
                       1 + day);
        (void)snprintf(released, sizeof released, "%.8s%02d", one->opened,
                       1 + day + (int)one->days);
        (void)snprintf(id, sizeof id, "01case%020d", below(1 << 30));
        (void)snprintf(stays, sizeof stays, "opening %d %d %d;of_another_table 5 1 0",
                       (int)(one->opening_h * 3600), one->stage > 0, one->late);
        if (one->stage > 0)
            (void)snprintf(stays + strlen(stays), sizeof stays - strlen(stays),
                           ";design %d %d 0", (int)(one->design_h * 3600), one->stage == 2);
        good =
            nw_tx_run(tx,
                      "INSERT INTO cases (id, number, type, stage, summary, entries, "
                      "digest, created, updated) VALUES (?, ?, '', '', '{}', 0, '', '', '') "
                      "ON CONFLICT DO NOTHING",
                      NW_VALUES(NW_STRING(id), NW_STRING(id)), NULL, err) &&
            nw_tx_run(
                tx,
                "INSERT INTO case_figures (case_id, opened, ended, released, type, device, "
                "site, department, hospital, maker, stage, since, due, stays, implant, "
                "cancelled, changes, reopened, again, rework, scrap, stops, recalls, "
                "overrides, adverse, adverse_harm, adverse_late, visits, harm, effect, used, "
                "blood_ml) VALUES (?, ?, ?, ?, 'custom', 'plate', 'hip', ?, 'H', 'M', ?, 0, "
                "'2026-01-01', ?, 1, 0, ?, 0, 0, 0, 0, 0, 0, 0, ?, '', 0, ?, ?, ?, ?, ?)",
                NW_VALUES(NW_STRING(id), NW_STRING(one->opened),
                          NW_STRING(one->stage == 2 ? "2027-01-01" : NULL),
                          NW_STRING(one->released ? released : NULL),
                          NW_STRING(department[one->department]), NW_STRING(stage[one->stage]),
                          NW_STRING(stays), NW_WHOLE(one->changes), NW_WHOLE(one->adverse),
                          NW_WHOLE(one->followed), NW_STRING(harm[one->harm]),
                          NW_STRING(!one->followed ? ""
                                    : one->reached ? "reached"
                                                   : "not"),
                          NW_STRING(one->used ? "2026-12-31" : NULL), NW_REAL(one->opening_h)),
                NULL, err);
    }
    return good;
}

static bool fits(const struct one *one, int of, int in, const char *from, const char *to)
{
    return (of < 0 || one->department == of) && (in < 0 || one->month == in) &&
           (!from || strcmp(one->opened, from) >= 0) && (!to || strcmp(one->opened, to) <= 0);
}

static int up(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median and 90 in a hundred of what fits, as a spreadsheet has them. */
static bool spread_is(const json_t *spread, double *values, size_t count)
{
    qsort(values, count, sizeof *values, up);
    bool good = json_integer_value(json_object_get(spread, "cases")) == (json_int_t)count;
    for (int i = 0; good && count && i < 2; i++) {
        const double at = (i ? 0.9 : 0.5) * (double)(count - 1);
        const size_t low = (size_t)at, high = low + 1 < count ? low + 1 : low;
        const double value = values[low] + (at - (double)low) * (values[high] - values[low]);
        const double got = json_number_value(json_object_get(spread, i ? "p90" : "median"));
        good = fabs(got - value) <= 0.0051;
        if (!good)
            printf("# %s of %zu is %g, not %g\n", i ? "p90" : "median", count, got, value);
    }
    return good;
}

static const json_t *stage_of(const json_t *group, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(group, "stages"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "stage")), name) == 0)
            return one;
    }
    return NULL;
}

static bool rate_is(const json_t *group, const char *key, json_int_t part, json_int_t whole)
{
    const json_t *rate = json_object_get(group, key);
    return whole ? fabs(json_real_value(rate) - 100.0 * (double)part / (double)whole) <= 0.051
                 : json_is_null(rate);
}

static void compare(const json_t *group, int of, int in, const char *from, const char *to)
{
    static double opening[CASES], design[CASES], days[CASES], blood[CASES];
    size_t openings = 0, designs = 0, releases = 0, bloods = 0;
    json_int_t count = 0, open = 0, late = 0, late_now = 0, changes = 0, adverse = 0,
               deaths = 0;
    json_int_t running = 0, used = 0, followed = 0, reached = 0;
    for (int i = 0; i < CASES; i++) {
        const struct one *one = &cases[i];
        if (!fits(one, of, in, from, to))
            continue;
        count++;
        open += one->stage < 2;
        late += one->late;
        late_now += one->stage < 2;
        changes += one->changes;
        adverse += one->adverse;
        deaths += one->harm == 3;
        running += one->stage == 1;
        used += one->used;
        followed += one->followed;
        reached += one->reached;
        blood[bloods++] = one->opening_h;
        if (one->stage > 0)
            opening[openings++] = one->opening_h;
        if (one->stage == 2)
            design[designs++] = one->design_h;
        if (one->released)
            days[releases++] = one->days;
    }
    CHECK(has(group, "cases", count) && has(group, "open", open) &&
          has(group, "late_stages", late) && has(group, "late_now", late_now) &&
          has(group, "changes", changes) && has(group, "adverse", adverse) &&
          has(group, "implant", count) && has(group, "released", (json_int_t)releases));
    CHECK(has(json_object_get(group, "harm"), "death", deaths));
    CHECK(has(json_object_get(group, "effect"), "reached", reached));
    CHECK(has(group, "followed", followed) && has(group, "used", used));
    CHECK(rate_is(group, "adverse_percent", adverse, used));
    CHECK(rate_is(group, "reached_percent", reached, followed));
    CHECK(spread_is(json_object_get(stage_of(group, "opening"), "over_h"), opening, openings));
    CHECK(spread_is(json_object_get(stage_of(group, "design"), "over_h"), design, designs));
    CHECK(spread_is(json_object_get(group, "to_release_d"), days, releases));
    CHECK(spread_is(json_object_get(group, "blood_ml"), blood, bloods));
    CHECK(has(json_object_get(stage_of(group, "design"), "running_h"), "cases", running));
    CHECK(has(stage_of(group, "opening"), "late", late));
}

static json_t *ask(const char *from, const char *to, const char *by, struct nw_err *err)
{
    const struct nw_session who = {.id = "0000000000000000", .person = "p0"};
    const struct nw_statistics_query query = {from, to, by};
    json_t *reply = NULL;
    return nw_statistics(desk, &who, &query, &reply, err) ? reply : NULL;
}

/* Req: R-318 */
static void statistics_are_what_counting_one_by_one_gives(void)
{
    static const char *const period[][2] = {{NULL, NULL},
                                            {"2026-02-03", NULL},
                                            {NULL, "2026-03-05"},
                                            {"2026-01-08", "2026-01-08"},
                                            {"2030-01-01", NULL}};
    for (size_t p = 0; p < sizeof period / sizeof *period; p++) {
        struct nw_err err = {0};
        const char *from = period[p][0], *to = period[p][1];
        json_t *reply = ask(from, to, NULL, &err);
        CHECK(reply && is_text(reply, "by", "department") && has(reply, "uncounted", 0));
        compare(json_object_get(reply, "total"), -1, -1, from, to);
        const json_t *groups = json_object_get(reply, "groups");
        CHECK(json_array_size(groups) == (p < 4 ? DEPARTMENTS : 0));
        for (int d = 0; p < 4 && d < DEPARTMENTS; d++) {
            const json_t *group = json_array_get(groups, (size_t)d); /* both in bytes' order */
            const json_t *key = json_array_get(json_object_get(group, "keys"), 0);
            CHECK(is_text(key, "value", department[d]));
            CHECK(is_text(key, "zh", *department[d] ? department[d] : "未填写"));
            compare(group, d, -1, from, to);
        }
        json_decref(reply);
    }
}

static void two_things_at_once(void)
{
    struct nw_err err = {0};
    json_t *reply = ask(NULL, NULL, "month,department", &err);
    const json_t *groups = json_object_get(reply, "groups");
    CHECK(json_array_size(groups) == (size_t)MONTHS * DEPARTMENTS);
    for (int m = 0; m < MONTHS; m++)
        for (int d = 0; d < DEPARTMENTS; d++) {
            const json_t *group = json_array_get(groups, (size_t)m * DEPARTMENTS + (size_t)d);
            char month[8];
            (void)snprintf(month, sizeof month, "2026-0%c", '1' + m);
            CHECK(is_text(json_array_get(json_object_get(group, "keys"), 0), "value", month));
            compare(group, d, m, NULL, NULL);
        }
    json_decref(reply);
    reply = ask(NULL, NULL, "quarter", &err);
    groups = json_object_get(reply, "groups");
    CHECK(json_array_size(groups) == 2);
    const json_t *key = json_array_get(json_object_get(json_array_get(groups, 1), "keys"), 0);
    CHECK(is_text(key, "value", "2026-Q2"));
    json_decref(reply);
    reply = ask(NULL, NULL, "service,year", &err);
    key = json_object_get(json_array_get(json_object_get(reply, "groups"), 0), "keys");
    CHECK(is_text(json_array_get(key, 0), "en", "custom-made device") &&
          is_text(json_array_get(key, 1), "value", "2026"));
    json_decref(reply);
}

static void what_cannot_be_asked_is_told(void)
{
    static const char *const wrong[][3] = {
        {"2026-13-01", NULL, NULL},
        {NULL, "2026-02-30", NULL},
        {"2026-01-01x", NULL, NULL},
        {"2026-02-01", "2026-01-31", NULL},
        {NULL, NULL, ""},
        {NULL, NULL, "patient"},
        {NULL, NULL, "month,month"},
        {NULL, NULL, "month,"},
        {NULL, NULL, "month,device,year"},
        {NULL, NULL, "month;device"},
        {NULL, NULL, "department department department department department"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct nw_err err = {0};
        CHECK(!ask(wrong[i][0], wrong[i][1], wrong[i][2], &err));
        CHECK(err.code == NW_ERR_ARGUMENT);
    }
}

static bool attempt(struct nw_err *err)
{
    json_t *reply = ask("2026-02-03", "2026-02-03", "department,month", err);
    const bool good = reply != NULL;
    json_decref(reply);
    return good;
}

static void every_allocation_may_fail(void)
{
    CHECK(unit_starve(attempt) > 20);
}

int main(void)
{
    struct nw_err err = {0};
    char folder[] = "/tmp/nuwa-statistics.XXXXXX", remove[64];
    if (!mkdtemp(folder))
        return 1;
    steps_begin();
    UNIT(a_models_stages_take_what_its_dates_say);
    UNIT(what_a_change_re_opens_is_counted);
    UNIT(a_stage_that_is_come_back_to_is_not_over);
    steps_end();
    desk = nw_desk_open(folder, NULL, &err);
    CHECK(desk && nw_store_write(desk->store, fill, NULL, &err));
    UNIT(statistics_are_what_counting_one_by_one_gives);
    UNIT(two_things_at_once);
    UNIT(what_cannot_be_asked_is_told);
    UNIT(every_allocation_may_fail);
    nw_desk_close(desk);
    (void)snprintf(remove, sizeof remove, "rm -rf %s", folder);
    return unit_end() | (system(remove) != 0);
}
