/*
 * tests/unit/case/steps.h -- single steps of the custom implant's case and of the events beside
 * it, as they are or altered, and what the case says of them.
 */
#ifndef NW_CASE_STEPS_H
#define NW_CASE_STEPS_H

#include "case/play.h"

static json_t *custom, *events;

static inline const json_t *step_of(const char *act)
{
    const json_t *lists[] = {json_object_get(custom, "steps"),
                             json_object_get(events, "steps")};
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < json_array_size(lists[l]); i++)
            if (strcmp(step_act(json_array_get(lists[l], i)), act) == 0)
                return json_array_get(lists[l], i);
    printf("Bail out! no step %s\n", act);
    exit(1);
}

/* The custom implant up to before the act (NULL: all). */
static inline struct play played_to(const char *act)
{
    const json_t *steps = json_object_get(custom, "steps");
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        struct nw_err err = {0};
        const json_t *step = json_array_get(steps, i);
        if (act && strcmp(step_act(step), act) == 0)
            break;
        const bool ok = play_step(&play, step, &err);
        if (!ok)
            printf("# %s: %s\n", step_act(step), err.msg);
        CHECK(ok);
    }
    return play;
}

static inline bool says(const struct nw_err *err, enum nw_code code, const char *said)
{
    if (err->code == code && strstr(err->msg, said))
        return true;
    printf("# wanted \"%s\", got %d \"%s\"\n", said, (int)err->code, err->msg);
    return false;
}

static inline bool takes(struct play *play, const char *act)
{
    struct nw_err err = {0};
    const bool ok = play_step(play, step_of(act), &err);
    if (!ok)
        printf("# %s: %s\n", act, err.msg);
    return ok;
}

static inline bool refuses(struct play *play, const char *act, enum nw_code code,
                           const char *said)
{
    struct nw_err err = {0};
    return !play_step(play, step_of(act), &err) && says(&err, code, said);
}

/* The step with one member of its form, or who does it, changed. */
static inline json_t *altered(const char *act, const char *who, const char *field,
                              json_t *value)
{
    json_t *step = json_deep_copy(step_of(act));
    if (who)
        json_object_set_new(step, "who", json_string(who));
    if (field)
        json_object_set_new(json_object_get(step, "form"), field, value);
    return step;
}

static inline bool takes_altered(struct play *play, const char *act, const char *who,
                                 const char *field, json_t *value)
{
    struct nw_err err = {0};
    json_t *step = altered(act, who, field, value);
    const bool ok = play_step(play, step, &err);
    if (!ok)
        printf("# %s: %s\n", act, err.msg);
    json_decref(step);
    return ok;
}

static inline bool refuses_altered(struct play *play, const char *act, const char *who,
                                   const char *field, json_t *value, enum nw_code code,
                                   const char *said)
{
    struct nw_err err = {0};
    json_t *step = altered(act, who, field, value);
    const bool ok = !play_step(play, step, &err) && says(&err, code, said);
    json_decref(step);
    return ok;
}

static inline json_t *view_of(const struct play *play)
{
    char time[80];
    play_time(play, time);
    return nw_case_view(play->state, time);
}

/* "valid", "stale", ... of the newest version. */
static inline bool stands(const struct play *play, const char *item, const char *word)
{
    json_t *view = view_of(play);
    const json_t *list = json_object_get(json_object_get(view, "records"), item);
    const json_t *last = json_array_get(list, json_array_size(list) - 1);
    const char *state = json_string_value(json_object_get(last, "state"));
    const bool same = state && strcmp(state, word) == 0;
    if (!same)
        printf("# %s is %s\n", item, state ? state : "not there");
    json_decref(view);
    return same;
}

static inline bool summary_has(const json_t *summary, const char *key, const char *value)
{
    const json_t *found = json_object_get(summary, key);
    for (size_t i = 0; i < json_array_size(found); i++)
        if (strcmp(json_string_value(json_array_get(found, i)), value) == 0)
            return true;
    const char *text = json_string_value(found);
    const bool same = text && strcmp(text, value) == 0;
    if (!same)
        printf("# %s is not %s\n", key, value);
    return same;
}

static inline void steps_begin(void)
{
    play_begin();
    custom = load_json("custom");
    events = load_json("events");
}

static inline void steps_end(void)
{
    json_decref(custom);
    json_decref(events);
    play_end();
}

#endif
