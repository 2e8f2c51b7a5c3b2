/* case/state.c: random walks, of which none comes to use without what 029 demands of it; the
 * views of a case; and what it costs. */
#include <time.h>

#include "case/play.h"
#include "core/rand.h"

static json_t *steps, *extra;

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

/* ---- the demands, told by a reader of entries who knows nothing of the judge ---- */

static const json_t *newest(const json_t *entries, const char *act, size_t *at)
{
    *at = last_of(entries, act);
    return *at ? json_object_get(json_array_get(entries, *at - 1), "form") : NULL;
}

static bool all_pass(const json_t *form)
{
    json_t *copy = json_deep_copy(form), *value;
    const char *key;
    bool ok = form != NULL;
    json_object_foreach(copy, key, value)
    {
        if (json_is_false(value))
            ok = ok && (strcmp(key, "connects") == 0 || strcmp(key, "share") == 0);
        if (json_is_string(value) && strcmp(json_string_value(value), "fail") == 0)
            ok = false;
    }
    json_decref(copy);
    return ok;
}

/* Each after the one before it, and with nothing negative in it. */
static bool in_order(const json_t *entries, const char *const *act, size_t count)
{
    size_t before = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at;
        const json_t *form = newest(entries, act[i], &at);
        if (!form || at <= before || !all_pass(form)) {
            printf("# %s at %zu, the one before it at %zu\n", act[i], at, before);
            return false;
        }
        before = at;
    }
    return true;
}

static bool within_limits(const json_t *entries)
{
    size_t at;
    const json_t *wanted =
        json_object_get(newest(entries, "order.write", &at), "key_dimensions");
    const json_t *found =
        json_object_get(newest(entries, "inspection.sheet", &at), "dimensions");
    bool ok = json_array_size(wanted) == 2 && json_array_size(found) == 2;
    for (size_t i = 0; ok && i < 2; i++) {
        const json_t *w = json_array_get(wanted, i), *f = json_array_get(found, i);
        const double off = json_number_value(json_object_get(f, "measured_mm")) -
                           json_number_value(json_object_get(w, "nominal_mm"));
        ok = fabs(off) <= json_number_value(json_object_get(w, "tolerance_mm")) + 1e-9;
    }
    return ok;
}

static size_t count_of(const json_t *entries, const char *act)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(entries); i++)
        n += strcmp(step_act(json_array_get(entries, i)), act) == 0;
    return n;
}

static bool may_be_used(const json_t *entries)
{
    static const char *const chain[] = {
        "images.take",          "images.confirm",        "plan.make",
        "order.write",          "order.sign_physician",  "order.sign_maker",
        "input.write",          "input.review",          "design.submit",
        "design.review",        "verify.result",         "validate.result",
        "sheet.write",          "sheet.sign_designer",   "sheet.sign_reviewer",
        "sheet.sign_physician", "sheet.sign_production", "production.start",
        "code.assign",          "production.run",        "production.post",
        "inspection.accept",    "inspection.sheet",      "inspection.release",
        "label.issue",          "delivery.list",         "delivery.sign",
        "device.issue",         "judge.object",          "judge.process"};
    static const char *const looked[] = {"images.take",    "images.confirm", "images.gate",
                                         "images.imaging", "images.reply",   "input.accept",
                                         "design.submit"};
    static const char *const judged[] = {"judge.designer", "judge.producer", "ifu.issue",
                                         "certificate.issue", "consent.record"};
    size_t process, physician, delegate, counter, conform, at;
    newest(entries, "judge.process", &process);
    newest(entries, "accept.physician", &physician);
    newest(entries, "accept.delegate", &delegate);
    newest(entries, "accept.countersign", &counter);
    const size_t accepted = physician > delegate ? physician : delegate;
    bool ok = in_order(entries, chain, sizeof chain / sizeof *chain) &&
              in_order(entries, looked, sizeof looked / sizeof *looked) && accepted > process &&
              (physician > delegate || counter > delegate) && within_limits(entries);
    for (size_t i = 0; ok && i < sizeof judged / sizeof *judged; i++)
        ok = all_pass(newest(entries, judged[i], &at)) && at < accepted;
    return ok && all_pass(newest(entries, "conform.assess", &conform)) && conform > accepted &&
           count_of(entries, "report.request") <= count_of(entries, "report.answer") &&
           count_of(entries, "stop.use") <= count_of(entries, "stop.resolve");
}

/* ---- the walks ---- */

static uint32_t dice(uint64_t walk, uint64_t *throws, uint32_t sides)
{
    return (uint32_t)(nw_rand_even(walk, (*throws)++) * sides);
}

/* One of its answers turned round. */
static void spoil(json_t *form, uint32_t which)
{
    json_t *value;
    const char *key;
    void *next;
    uint32_t i = 0;
    json_object_foreach_safe(form, next, key, value)
    {
        const bool pass =
            json_is_string(value) && strcmp(json_string_value(value), "pass") == 0;
        if (i++ != which)
            continue;
        if (pass)
            json_object_set_new(form, key, json_string("fail"));
        else if (json_is_true(value))
            json_object_set_new(form, key, json_false());
    }
}

static json_t *canonical_view(const struct play *play)
{
    char time[80];
    play_time(play, time);
    return nw_case_view(play->state, time);
}

static const json_t *step_named(const json_t *list, const char *act)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(step_act(json_array_get(list, i)), act) == 0)
            return json_array_get(list, i);
    return NULL;
}

/* What settles an open issue, with the number of the entry that opened it. */
static json_t *settling(const json_t *view, uint64_t seed, uint64_t *throws)
{
    static const struct {
        const char *kind, *act;
    } answer[] = {{"change", "change.confirm"},
                  {"change", "change.close"},
                  {"nonconformity", "nonconform.decide"},
                  {"report", "report.answer"},
                  {"stop", "stop.resolve"},
                  {"recall", "recall.settle"},
                  {"override", "override.resolve"}};
    const json_t *issues = json_object_get(view, "issues");
    const size_t which = dice(seed, throws, sizeof answer / sizeof *answer);
    for (size_t i = 0; i < json_array_size(issues); i++) {
        const json_t *issue = json_array_get(issues, i);
        if (!json_is_true(json_object_get(issue, "open")) ||
            strcmp(text(issue, "kind"), answer[which].kind) != 0)
            continue;
        json_t *step = json_deep_copy(step_named(extra, answer[which].act));
        json_object_set(json_object_get(step, "form"), "about",
                        json_object_get(issue, "entry"));
        return step;
    }
    return NULL;
}

/* One of what the case's stage waits for. */
static json_t *wanted(const json_t *view, uint64_t seed, uint64_t *throws)
{
    const json_t *stages = json_object_get(view, "stages"), *found[40];
    uint32_t count = 0;
    for (size_t s = 0; s < json_array_size(stages); s++) {
        const json_t *stage = json_array_get(stages, s), *acts = json_object_get(stage, "acts");
        for (size_t i = 0; i < json_array_size(acts) && count < 40; i++) {
            const json_t *act = json_array_get(acts, i);
            if (strcmp(text(stage, "state"), "now") == 0 &&
                strcmp(text(act, "state"), "done") != 0 &&
                json_is_true(json_object_get(act, "required")))
                found[count++] = act;
        }
    }
    if (count == 0)
        return NULL;
    const char *name = text(found[dice(seed, throws, count)], "name");
    if (strcmp(name, "acceptance") == 0)
        name = dice(seed, throws, 2) ? "accept.physician" : "accept.delegate";
    const json_t *step = step_named(steps, name);
    return json_deep_copy(step ? step : step_named(extra, name));
}

static json_t *any_step(uint64_t seed, uint64_t *throws)
{
    const json_t *list = dice(seed, throws, 2) ? extra : steps;
    const json_t *step =
        json_array_get(list, dice(seed, throws, (uint32_t)json_array_size(list)));
    const char *act = step_act(step);
    const bool ends = strcmp(act, "case.cancel") == 0 || strcmp(act, "wish.new") == 0;
    return ends && dice(seed, throws, 10) ? NULL : json_deep_copy(step);
}

static json_t *next_step(const json_t *view, uint64_t seed, uint64_t *throws)
{
    const uint32_t kind = dice(seed, throws, 100);
    json_t *step = kind < 3    ? any_step(seed, throws)
                   : kind < 30 ? settling(view, seed, throws)
                               : NULL;
    return step ? step : wanted(view, seed, throws);
}

/* The decisions of the discussion so far, as met. */
static json_t *met(const json_t *entries)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(entries); i++)
        if (strcmp(step_act(json_array_get(entries, i)), "discuss.decide") == 0)
            json_array_append_new(rows, json_pack("{s:I, s:s}", "entry", (json_int_t)i + 1,
                                                  "how", "by its shape"));
    return rows;
}

/* Anything may be tried at any time, often what is wanted, now and then answered badly. */
static bool walk(uint64_t seed, size_t *entries, size_t *refusals)
{
    struct play play = play_new();
    uint64_t throws = 0;
    bool used = false;
    json_t *view = canonical_view(&play);
    for (int turn = 0; turn < 900 && !used; turn++) {
        json_t *step = next_step(view, seed, &throws);
        if (!step)
            step = json_deep_copy(json_array_get(steps, 0));
        json_object_del(step, "day");
        json_t *entry = play_entry(&play, step);
        const bool is_use = strcmp(step_act(step), "use.record") == 0;
        if (dice(seed, &throws, 100) < 3)
            spoil(json_object_get(entry, "form"), dice(seed, &throws, 6));
        if (strcmp(step_act(step), "inspection.sheet") == 0 && dice(seed, &throws, 5) == 0)
            json_object_set_new(
                json_array_get(json_object_get(json_object_get(entry, "form"), "dimensions"),
                               0),
                "measured_mm", json_real(81));
        if (strcmp(step_act(step), "design.submit") == 0 && dice(seed, &throws, 20))
            json_object_set_new(json_object_get(entry, "form"), "requirements",
                                met(play.entries));
        if (strcmp(step_act(step), "label.issue") == 0)
            json_object_set(
                json_object_get(entry, "form"), "design_date",
                json_object_get(nw_case_record(play.state, "design.submit", 0), "completed"));
        json_decref(step);
        play_sign(&play, entry);
        struct nw_err err = {0};
        const bool ok = play_apply(&play, entry, &err);
        *refusals += !ok;
        if (ok && is_use) {
            used = true;
            json_array_remove(play.entries, json_array_size(play.entries) - 1);
            CHECK(may_be_used(play.entries));
        } else if (ok) {
            json_decref(view);
            view = canonical_view(&play);
        }
    }
    json_decref(view);
    *entries += json_array_size(play.entries);
    play_free(&play);
    return used;
}

enum { WALKS = 24 };

/* Req: R-280 R-281 R-282 R-301 R-302 R-303 R-304 R-306 */
static void no_walk_comes_to_use_without_what_is_demanded(void)
{
    size_t used = 0, entries = 0, refusals = 0;
    for (uint64_t seed = 1; seed <= WALKS; seed++)
        used += walk(seed, &entries, &refusals);
    printf("# %d walks, %zu to use, %zu entries, %zu refusals\n", WALKS, used, entries,
           refusals);
    CHECK(used > WALKS / 4 && refusals > 50 * used);
}

static struct play whole(void)
{
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        struct nw_err err = {0};
        CHECK(play_step(&play, json_array_get(steps, i), &err));
    }
    return play;
}

/* The state is what the entries make of it: played again from their text it is the same. */
static void the_same_entries_make_the_same_state(void)
{
    struct play play = whole();
    struct play again = play_new();
    for (size_t i = 0; i < json_array_size(play.entries); i++) {
        struct nw_err err = {0};
        char *text_of = nw_canonical(json_array_get(play.entries, i), NULL, &err);
        json_t *entry = json_loads(text_of, JSON_REJECT_DUPLICATES, NULL);
        char *twice = nw_canonical(entry, NULL, &err);
        CHECK(strcmp(text_of, twice) == 0);
        CHECK(play_apply(&again, entry, &err));
        nw_free(text_of);
        nw_free(twice);
    }
    again.day = play.day;
    again.tick = play.tick;
    json_t *a = canonical_view(&play), *b = canonical_view(&again);
    CHECK(json_equal(a, b));
    json_decref(a);
    json_decref(b);
    play_free(&play);
    play_free(&again);
}

/* What is refused changes nothing. */
static void a_refused_entry_leaves_no_trace(void)
{
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        json_t *before = canonical_view(&play);
        const int day = play.day, tick = play.tick;
        for (size_t k = 0; k < json_array_size(steps); k += 7) {
            struct nw_err err = {0};
            json_t *entry = play_entry(&play, json_array_get(steps, k));
            json_object_set_new(json_object_get(entry, "form"), "stowaway", json_true());
            play_sign(&play, entry);
            CHECK(!play_apply(&play, entry, &err));
        }
        play.day = day;
        play.tick = tick;
        json_t *after = canonical_view(&play);
        CHECK(
            json_equal(json_object_get(before, "records"), json_object_get(after, "records")));
        CHECK(json_equal(json_object_get(before, "issues"), json_object_get(after, "issues")));
        json_decref(before);
        json_decref(after);
        struct nw_err err = {0};
        CHECK(play_step(&play, json_array_get(steps, i), &err));
    }
    play_free(&play);
}

/* One byte of an earlier entry, and the next one no longer follows. */
static void a_changed_entry_breaks_the_chain(void)
{
    struct play play = whole();
    for (size_t change = 0; change + 1 < json_array_size(play.entries); change++) {
        struct play again = play_new();
        struct nw_err err = {0};
        bool ok = true;
        size_t i = 0;
        for (; ok && i < json_array_size(play.entries); i++) {
            json_t *entry = json_deep_copy(json_array_get(play.entries, i));
            if (i == change)
                json_object_set_new(json_object_get(entry, "actor"), "name",
                                    json_string("Zhap"));
            ok = play_apply(&again, entry, &err);
        }
        CHECK(!ok && i == change + 2 && err.code == NW_ERR_CONFLICT);
        play_free(&again);
    }
    play_free(&play);
}

static void what_may_be_done_is_what_is_taken(void)
{
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        json_t *entry = play_entry(&play, step);
        json_t *may =
            nw_case_may(play.state, json_object_get(entry, "actor"), text(entry, "time"));
        const json_t *acts = json_object_get(may, "acts");
        bool there = false;
        for (size_t k = 0; k < json_array_size(acts); k++) {
            const json_t *act = json_array_get(acts, k);
            there |= strcmp(text(act, "act"), step_act(step)) == 0 &&
                     json_is_true(json_object_get(act, "signed")) == is_signed(step_act(step));
        }
        if (!there)
            printf("# %s is not offered\n", step_act(step));
        CHECK(there);
        json_decref(may);
        /* and the short question says the same, whoever asks */
        const char *who;
        const json_t *person;
        json_object_foreach((json_t *)(uintptr_t)people, who, person)
        {
            json_t *all = nw_case_may(play.state, person, text(entry, "time"));
            CHECK(nw_case_waits_for(play.state, person, text(entry, "time")) ==
                  (json_array_size(json_object_get(all, "acts")) > 0));
            json_decref(all);
        }
        play_sign(&play, entry);
        struct nw_err err = {0};
        CHECK(play_apply(&play, entry, &err));
    }
    play_free(&play);
}

/* Who waits is told why. */
static void what_is_not_yet_is_told_with_its_reason(void)
{
    struct play play = play_new();
    for (size_t i = 0; i < 2; i++) {
        struct nw_err err = {0};
        CHECK(play_step(&play, json_array_get(steps, i), &err));
    }
    json_t *may =
        nw_case_may(play.state, json_object_get(people, "li"), "2027-01-02T09:00:00.000000Z");
    const json_t *blocked = json_object_get(may, "blocked");
    CHECK(json_array_size(blocked) > 5);
    for (size_t k = 0; k < json_array_size(blocked); k++)
        CHECK(strstr(text(json_array_get(blocked, k), "reason"), "must come first"));
    json_decref(may);
    play_free(&play);
}

/* ---- memory and time ---- */

static json_t *few;

static bool apply_few(struct nw_err *err)
{
    struct nw_case *state = nw_case_new(flow, err);
    bool ok = state != NULL;
    for (size_t i = 0; ok && i < json_array_size(few); i++)
        ok = nw_case_apply(state, json_array_get(few, i), err);
    nw_case_free(state);
    return ok;
}

static void it_survives_each_allocation_failing(void)
{
    struct play play = play_new();
    for (size_t i = 0; i < 22; i++) {
        struct nw_err err = {0};
        CHECK(play_step(&play, json_array_get(steps, i), &err));
    }
    few = play.entries;
    CHECK(unit_starve(apply_few) > 60);
    play_free(&play);
}

static void three_hundred_entries_are_rebuilt_in_no_time(void)
{
    struct play play = play_new();
    struct nw_err err = {0};
    for (size_t i = 0; i + 5 < json_array_size(steps); i++) {
        CHECK(play_step(&play, json_array_get(steps, i), &err));
        for (int k = 0; i > 1 && k < 3; k++)
            CHECK(play_step(&play, step_named(extra, "discuss.say"), &err));
    }
    const size_t count = json_array_size(play.entries);
    CHECK(count >= 300);
    few = play.entries;
    const clock_t begin = clock();
    for (int k = 0; k < 20; k++)
        CHECK(apply_few(&err));
    const double ms = (double)(clock() - begin) * 1000.0 / (double)CLOCKS_PER_SEC / 20;
    printf("# %zu entries in %.2f ms of processor time\n", count, ms);
    play_free(&play);
}

static void numbers_and_texts_have_one_form(void)
{
    static const struct {
        const char *json, *canonical;
    } pair[] = {
        {"{\"b\": 1, \"a\": [true, null, false]}", "{\"a\":[true,null,false],\"b\":1}"},
        {"[2.0, -0.0, 0.1, 1e3, 1E-7, 123456789012345678]",
         "[2,0,0.1,1000,1e-07,123456789012345678]"},
        {"\"\\u4e2d\\n\\u0001\\\"\\\\\\/\"", "\"中\\n\\u0001\\\"\\\\/\""},
        {"{}", "{}"},
        {"[]", "[]"},
        {"{\"\\u00e9\": 1, \"z\": 2, \"Z\": 3}", "{\"Z\":3,\"z\":2,\"é\":1}"},
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        struct nw_err err = {0};
        json_t *value = json_loads(pair[i].json, JSON_DECODE_ANY, NULL);
        char *once = nw_canonical(value, NULL, &err);
        json_t *back = json_loads(once, JSON_DECODE_ANY, NULL);
        char *twice = nw_canonical(back, NULL, &err);
        if (strcmp(once, pair[i].canonical) != 0)
            printf("# %s: %s\n", pair[i].json, once);
        CHECK(strcmp(once, pair[i].canonical) == 0 && strcmp(once, twice) == 0);
        nw_free(once);
        nw_free(twice);
        json_decref(value);
        json_decref(back);
    }
    json_t *deep = json_array();
    for (int i = 0; i < 100; i++)
        deep = json_pack("[o]", deep);
    struct nw_err err = {0};
    CHECK(!nw_canonical(deep, NULL, &err) && err.code == NW_ERR_LIMIT);
    json_decref(deep);
}

int main(void)
{
    play_begin();
    json_t *custom = load_json("custom"), *events = load_json("events");
    steps = json_object_get(custom, "steps");
    extra = json_object_get(events, "steps");
    UNIT(numbers_and_texts_have_one_form);
    UNIT(the_same_entries_make_the_same_state);
    UNIT(a_refused_entry_leaves_no_trace);
    UNIT(a_changed_entry_breaks_the_chain);
    UNIT(what_may_be_done_is_what_is_taken);
    UNIT(what_is_not_yet_is_told_with_its_reason);
    UNIT(no_walk_comes_to_use_without_what_is_demanded);
    UNIT(it_survives_each_allocation_failing);
    UNIT(three_hundred_entries_are_rebuilt_in_no_time);
    json_decref(custom);
    json_decref(events);
    play_end();
    return unit_end();
}
