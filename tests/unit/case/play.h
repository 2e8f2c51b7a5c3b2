/*
 * tests/unit/case/play.h -- plays a case from tests/data/case: makes whole entries of the short
 * ones there (number, chain, time, actor, statement of the signature).
 */
#ifndef NW_CASE_PLAY_H
#define NW_CASE_PLAY_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "case/flow.h"
#include "starve.h"
#include "unit.h"

static struct nw_flow *flow;
static json_t *people;

static inline json_t *load_json(const char *name)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/case/%s.json", NW_TEST_DATA, name);
    json_error_t where;
    json_t *o = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!o) {
        printf("Bail out! %s: line %d: %s\n", path, where.line, where.text);
        exit(1);
    }
    return o;
}

static inline void play_begin(void)
{
    struct nw_err err = {0};
    flow = nw_flow_open(NULL, 0, &err);
    people = load_json("people");
    if (!flow) {
        printf("Bail out! %s\n", err.msg);
        exit(1);
    }
}

static inline void play_end(void)
{
    nw_flow_close(flow);
    json_decref(people);
}

/* The first of January 2027 is day 0. */
static inline void play_date(int day, char out[40])
{
    static const int month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 2027, m = 0;
    while (day < 0) {
        year--;
        day += year % 4 == 0 ? 366 : 365;
    }
    for (;; m = (m + 1) % 12, year += m == 0) {
        const int days = month[m] + (m == 1 && year % 4 == 0);
        if (day < days)
            break;
        day -= days;
    }
    snprintf(out, 40, "%04d-%02d-%02d", year, m + 1, day + 1);
}

static inline size_t last_of(const json_t *entries, const char *act)
{
    for (size_t i = json_array_size(entries); i-- > 0;)
        if (strcmp(json_string_value(json_object_get(json_array_get(entries, i), "act")),
                   act) == 0)
            return i + 1;
    return 0;
}

/* "@3" and "@last x" in a copy of a form. */
static inline json_t *filled_in(const json_t *value, int day, const json_t *entries)
{
    if (json_is_object(value)) {
        json_t *out = json_object(), *copy = json_deep_copy(value), *member;
        const char *key;
        json_object_foreach(copy, key, member)
            json_object_set_new(out, key, filled_in(member, day, entries));
        json_decref(copy);
        return out;
    }
    if (json_is_array(value)) {
        json_t *out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            json_array_append_new(out, filled_in(json_array_get(value, i), day, entries));
        return out;
    }
    const char *text = json_string_value(value);
    if (!text || text[0] != '@')
        return json_deep_copy(value);
    if (strncmp(text, "@last ", 6) == 0)
        return json_integer((json_int_t)last_of(entries, text + 6));
    char date[40];
    play_date(day + (int)strtol(text + 1, NULL, 10), date);
    return json_string(date);
}

/* A case that is played, with the entries it took. */
struct play {
    struct nw_case *state;
    json_t *entries;
    int day, tick;
};

static inline struct play play_new(void)
{
    struct nw_err err = {0};
    return (struct play){nw_case_new(flow, &err), json_array(), 0, 0};
}

static inline void play_free(struct play *play)
{
    nw_case_free(play->state);
    json_decref(play->entries);
}

static inline void play_time(const struct play *play, char out[80])
{
    char date[40];
    play_date(play->day, date);
    snprintf(out, 80, "%sT%02d:%02d:%02d.000000Z", date, (8 + play->tick / 3600) % 24,
             play->tick / 60 % 60, play->tick % 60);
}

/* A whole entry of a short one, signed over what the case now says. */
static inline json_t *play_entry(struct play *play, const json_t *step)
{
    char time[80], before[NW_DIGEST_TEXT];
    int64_t number;
    const json_t *day = json_object_get(step, "day");
    if (json_integer_value(day) > play->day) {
        play->day = (int)json_integer_value(day);
        play->tick = 0;
    }
    play->tick++;
    play_time(play, time);
    nw_case_next(play->state, &number, before);
    const char *act = json_string_value(json_object_get(step, "act"));
    json_t *actor = json_object_get(people, json_string_value(json_object_get(step, "who")));
    json_t *form = json_object_get(step, "form"), *facts = json_object_get(step, "facts");
    json_t *entry = json_pack(
        "{s:s, s:I, s:s, s:s, s:O, s:o, s:s}", "case", "C-1", "number", (json_int_t)number,
        "act", act, "time", time, "actor", actor, "form",
        form ? filled_in(form, play->day, play->entries) : json_object(), "before", before);
    if (facts)
        json_object_set(entry, "facts", facts);
    return entry;
}

/* Of the table. */
static inline const json_t *act_named(const char *name)
{
    const json_t *acts = json_object_get(nw_flow_table(flow), "acts");
    for (size_t i = 0; i < json_array_size(acts); i++) {
        const json_t *act = json_array_get(acts, i);
        if (strcmp(json_string_value(json_object_get(act, "name")), name) == 0)
            return act;
    }
    return NULL;
}

static inline int stage_index(const char *name)
{
    const json_t *stages = json_object_get(nw_flow_table(flow), "stages");
    for (size_t i = 0; i < json_array_size(stages); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(stages, i), "name")),
                   name) == 0)
            return (int)i;
    return -1;
}

static inline bool is_signed(const char *name)
{
    return json_is_true(json_object_get(act_named(name), "signed"));
}

/* Adds the signature's statement when the act is one and may be done. */
static inline void play_sign(struct play *play, json_t *entry)
{
    struct nw_err err = {0};
    if (!is_signed(json_string_value(json_object_get(entry, "act"))))
        return;
    json_t *statement = nw_case_statement_of(play->state, entry, &err);
    json_object_set_new(entry, "signature",
                        json_pack("{s:o}", "statement", statement ? statement : json_object()));
}

static inline bool play_apply(struct play *play, json_t *entry, struct nw_err *err)
{
    const bool ok = nw_case_apply(play->state, entry, err);
    if (ok)
        json_array_append(play->entries, entry);
    json_decref(entry);
    return ok;
}

static inline bool play_step(struct play *play, const json_t *step, struct nw_err *err)
{
    json_t *entry = play_entry(play, step);
    play_sign(play, entry);
    return play_apply(play, entry, err);
}

static inline const char *step_act(const json_t *step)
{
    return json_string_value(json_object_get(step, "act"));
}

static inline const char *stage_now(const struct play *play)
{
    static char out[40];
    char time[80];
    play_time(play, time);
    json_t *summary = nw_case_summary(play->state, time);
    snprintf(out, sizeof out, "%s", json_string_value(json_object_get(summary, "stage")));
    json_decref(summary);
    return out;
}

#endif
