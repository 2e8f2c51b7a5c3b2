/* case/state.c, case/rules.c: what stands in the way of use, and what comes after it. */
#include "case/steps.h"

/* ---- delivery, acceptance, use ---- */

/* Req: R-264 R-271 */
static void another_code_or_patient_is_refused(void)
{
    struct play play = played_to("delivery.sign");
    CHECK(refuses_altered(&play, "delivery.sign", NULL, "device_code", json_string("NW-2"),
                          NW_ERR_DATA, "device_code"));
    CHECK(refuses_altered(&play, "delivery.sign", NULL, "patient", json_string("ZY-2"),
                          NW_ERR_DATA, "patient"));
    CHECK(takes_altered(&play, "delivery.sign", NULL, "matches", json_false()));
    CHECK(refuses(&play, "device.issue", NW_ERR_STATE, "came out negative"));
    play_free(&play);
    play = played_to("use.record");
    CHECK(refuses_altered(&play, "use.record", NULL, "patient", json_string("ZY-2"),
                          NW_ERR_DATA, "patient"));
    play_free(&play);
}

/* Req: R-302 */
static void a_delegates_acceptance_is_counter_signed_before_use(void)
{
    struct play play = played_to("accept.physician");
    CHECK(takes(&play, "accept.delegate"));
    CHECK(takes(&play, "accept.designer") && takes(&play, "accept.producer"));
    CHECK(refuses(&play, "conform.assess", NW_ERR_STATE, "physician counter-signs"));
    CHECK(refuses(&play, "use.record", NW_ERR_STATE, "must come first"));
    struct nw_err err = {0};
    json_t *step = altered("accept.countersign", "qian", NULL, NULL);
    CHECK(!play_step(&play, step, &err) && says(&err, NW_ERR_DENIED, "who did"));
    json_decref(step);
    CHECK(takes(&play, "accept.countersign") && takes(&play, "conform.assess"));
    CHECK(takes(&play, "use.record"));
    play_free(&play);
}

/* Req: R-304 */
static void an_asked_for_report_holds_the_acceptance(void)
{
    struct play play = played_to("accept.physician");
    CHECK(takes(&play, "report.request"));
    CHECK(refuses(&play, "accept.physician", NW_ERR_STATE, "third-party report"));
    CHECK(takes(&play, "report.answer") && takes(&play, "accept.physician"));
    play_free(&play);
    play = played_to("accept.physician");
    CHECK(takes(&play, "report.request"));
    CHECK(takes_altered(&play, "report.answer", NULL, "result", json_string("fail")));
    CHECK(refuses(&play, "accept.physician", NW_ERR_STATE, "stop of use"));
    play_free(&play);
}

/* Req: R-280 R-282 R-306 */
static void one_bad_judgement_keeps_it_from_use(void)
{
    static const struct {
        const char *act, *field, *next;
    } bad[] = {{"judge.object", "match", "judge.process"},
               {"judge.process", "legality", "accept.physician"},
               {"judge.designer", "process", "accept.physician"},
               {"judge.producer", "object", "accept.physician"},
               {"conform.assess", "conforms", "use.record"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct play play = played_to(bad[i].act);
        CHECK(takes_altered(&play, bad[i].act, NULL, bad[i].field, json_string("fail")));
        struct nw_err err = {0};
        const json_t *steps = json_object_get(custom, "steps");
        bool ok = true;
        size_t k = json_array_size(play.entries);
        for (; ok && k < json_array_size(steps); k++)
            ok = play_step(&play, json_array_get(steps, k), &err);
        CHECK(!ok && strcmp(step_act(json_array_get(steps, k - 1)), bad[i].next) == 0);
        play_free(&play);
    }
}

/* Req: R-307 */
static void late_acceptance_needs_a_word_on_the_anatomy(void)
{
    struct play play = played_to("accept.physician");
    play.day = 92; /* images of day 2 are good for 90 days */
    CHECK(refuses(&play, "accept.physician", NW_ERR_DATA, "anatomy_statement"));
    json_t *step =
        altered("accept.physician", NULL, "anatomy_statement", json_string("changed"));
    json_object_set_new(json_object_get(step, "form"), "anatomy_reason",
                        json_string("new images"));
    struct nw_err err = {0};
    CHECK(play_step(&play, step, &err));
    CHECK(stands(&play, "acceptance", "negative"));
    json_object_set_new(json_object_get(step, "form"), "anatomy_statement",
                        json_string("unchanged"));
    CHECK(play_step(&play, step, &err));
    json_decref(step);
    CHECK(stands(&play, "acceptance", "valid"));
    play_free(&play);
}

/* Within the agreed time, but after what the images still show. Req: R-029 R-307 */
static void old_images_need_a_word_on_the_anatomy(void)
{
    const json_t *steps = json_object_get(custom, "steps");
    struct play play = play_new();
    size_t i = 0;
    for (; strcmp(step_act(json_array_get(steps, i)), "accept.physician") != 0; i++) {
        const char *act = step_act(json_array_get(steps, i));
        struct nw_err err = {0};
        if (strcmp(act, "plan.make") == 0)
            CHECK(takes_altered(&play, act, NULL, "anatomy_valid_days", json_integer(22)));
        else
            CHECK(play_step(&play, json_array_get(steps, i), &err));
    }
    json_t *view = view_of(&play); /* images of day 2 */
    CHECK(strcmp(json_string_value(json_object_get(view, "anatomy_valid_until")),
                 "2027-01-25") == 0);
    json_decref(view);
    CHECK(refuses(&play, "accept.physician", NW_ERR_DATA, "anatomy_statement")); /* day 25 */
    play_free(&play);
}

/* Req: R-161 */
static void lateness_shows_against_the_agreed_times(void)
{
    struct play play = played_to("design.submit"); /* agreed for the design: day 25 */
    json_t *on_time = nw_case_summary(play.state, "2027-01-26T00:00:00.000000Z");
    json_t *late = nw_case_summary(play.state, "2027-01-27T00:00:00.000000Z");
    CHECK(strcmp(json_string_value(json_object_get(late, "due")), "2027-01-26") == 0);
    CHECK(json_is_false(json_object_get(on_time, "late")));
    CHECK(json_is_true(json_object_get(late, "late")));
    CHECK(strcmp(json_string_value(json_array_get(json_object_get(late, "waits_for"), 0)),
                 "designer") == 0);
    json_decref(on_time);
    json_decref(late);
    play_free(&play);
}

/* Req: R-308 */
static void a_stop_holds_everything_until_settled(void)
{
    struct play play = played_to("use.record");
    CHECK(takes(&play, "stop.use"));
    CHECK(refuses(&play, "use.record", NW_ERR_STATE, "must"));
    CHECK(refuses(&play, "accept.physician", NW_ERR_STATE, "stop of use"));
    CHECK(takes(&play, "stop.resolve"));
    CHECK(strcmp(stage_now(&play), "judgement") == 0);
    CHECK(stands(&play, "judge.object", "void") && stands(&play, "acceptance", "void"));
    play_free(&play);
}

/* Only the entitled, only for what may be passed over, and listed until settled. */
static void an_override_is_the_surgeons_and_stays_open(void)
{
    struct play play = played_to("software.check");
    CHECK(refuses_altered(&play, "override.take", "qian", NULL, NULL, NW_ERR_DENIED,
                          "not for the role"));
    CHECK(refuses_altered(&play, "override.take", NULL, "item", json_string("judge.object"),
                          NW_ERR_DATA, "item"));
    CHECK(takes(&play, "override.take"));
    CHECK(takes(&play, "verify.designer") && takes(&play, "verify.reviewer"));
    CHECK(takes(&play, "verify.result"));
    json_t *view = view_of(&play);
    const json_t *issue = json_array_get(json_object_get(view, "issues"), 0);
    CHECK(strcmp(json_string_value(json_object_get(issue, "kind")), "override") == 0);
    CHECK(json_is_true(json_object_get(issue, "open")));
    json_decref(view);
    CHECK(takes(&play, "software.check")); /* made up for: nothing that came since falls */
    CHECK(stands(&play, "verify.result", "valid"));
    CHECK(takes(&play, "override.resolve"));
    play_free(&play);
}

/* It was for that design; and not for what is not yet due. */
static void an_override_falls_with_what_it_was_for(void)
{
    struct play play = played_to("software.check");
    CHECK(refuses_altered(&play, "override.take", NULL, "item", json_string("data.deliver"),
                          NW_ERR_STATE, "its turn"));
    CHECK(takes(&play, "override.take") && takes(&play, "verify.designer"));
    CHECK(takes(&play, "design.submit") && takes(&play, "design.review"));
    CHECK(takes(&play, "verify.plan") && takes(&play, "verify.designer"));
    CHECK(takes(&play, "verify.reviewer"));
    CHECK(refuses(&play, "verify.result", NW_ERR_STATE, "check of the software"));
    CHECK(takes(&play, "software.check") && takes(&play, "verify.result"));
    play_free(&play);
}

/* ---- after use ---- */

static struct play used(void)
{
    return played_to("followup.plan");
}

/* Req: R-310 R-311 R-315 */
static void follow_up_has_its_least(void)
{
    struct play play = used();
    CHECK(refuses_altered(&play, "followup.plan", NULL, "visits", json_integer(2), NW_ERR_DATA,
                          "at least 3"));
    CHECK(refuses_altered(&play, "followup.plan", NULL, "standard_months", json_integer(24),
                          NW_ERR_DATA, "at least 24"));
    CHECK(takes(&play, "followup.plan"));
    CHECK(refuses_altered(&play, "followup.visit", NULL, "harm", json_string("unknown"),
                          NW_ERR_DATA, "harm"));
    CHECK(takes(&play, "followup.visit"));
    CHECK(takes(&play, "visit.send"));
    CHECK(refuses(&play, "case.close", NW_ERR_STATE, "1 of 3"));
    play.day = 200; /* as if it had not been asked for on a later day */
    CHECK(takes(&play, "followup.visit") && takes(&play, "followup.visit"));
    CHECK(refuses(&play, "case.close", NW_ERR_STATE, "whose result is to be sent"));
    play.day = 201;
    const json_int_t visit = (json_int_t)json_array_size(play.entries);
    CHECK(takes_altered(&play, "visit.send", NULL, "about", json_integer(visit)));
    CHECK(refuses_altered(&play, "visit.send", NULL, "about", json_integer(visit), NW_ERR_DATA,
                          "about")); /* it is sent */
    CHECK(takes_altered(&play, "visit.send", NULL, "about", json_integer(visit - 1)));
    json_t *early = altered("case.close", NULL, NULL, NULL);
    json_object_set_new(early, "day", json_integer(385));
    struct nw_err err = {0};
    CHECK(!play_step(&play, early, &err) && says(&err, NW_ERR_STATE, "at least 12 months"));
    json_decref(early);
    CHECK(takes(&play, "case.close"));
    play_free(&play);
}

/* Req: R-320 R-321 R-316 */
static void events_are_settled_before_the_case_is_closed(void)
{
    struct play play = used();
    CHECK(takes(&play, "adverse.report") && takes(&play, "improve.open"));
    CHECK(takes(&play, "followup.plan"));
    CHECK(refuses(&play, "case.close", NW_ERR_STATE, "adverse event"));
    CHECK(takes(&play, "adverse.settle") && takes(&play, "improve.close"));
    CHECK(refuses(&play, "order.write", NW_ERR_STATE, "no longer be done"));
    CHECK(refuses(&play, "adverse.settle", NW_ERR_DATA, "about"));
    play_free(&play);
}

static const char *keep_of(const char *name, char out[20])
{
    json_t *file = load_json(name), *steps = json_object_get(file, "steps");
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        struct nw_err err = {0};
        CHECK(play_step(&play, json_array_get(steps, i), &err));
    }
    json_t *summary = nw_case_summary(play.state, "2030-01-01T00:00:00.000000Z");
    snprintf(out, 20, "%s", json_string_value(json_object_get(summary, "keep_until")));
    json_decref(summary);
    struct nw_err err = {0};
    CHECK(!play_step(&play, step_of("records.ask_destroy"), &err));
    CHECK(says(&err, NW_ERR_STATE, "kept"));
    play.day = 10000; /* 2054 */
    bool gone = false;
    json_t *keeper = json_object_get(people, "wei");
    json_object_set_new(
        json_object_get(people, "wang"), "skills",
        json_pack("[{s:s, s:s}]", "what", "interaction", "until", "2099-12-31"));
    struct nw_err late = {0}, alone = {0}, both = {0};
    if (play_step(&play, step_of("records.ask_destroy"), &late)) {
        json_t *entry = play_entry(&play, step_of("records.destroy"));
        json_t *actor = json_deep_copy(json_object_get(people, "wang"));
        json_object_set(actor, "id", json_object_get(keeper, "id"));
        json_object_set_new(entry, "actor", actor);
        play_sign(&play, entry);
        CHECK(!play_apply(&play, entry, &alone) && says(&alone, NW_ERR_DENIED, "another"));
        gone = play_step(&play, step_of("records.destroy"), &both);
    }
    CHECK(gone == (strcmp(out, "forever") != 0));
    play_free(&play);
    json_decref(file);
    return out;
}

/* Req: R-334 R-335 R-336 */
static void records_are_kept_by_the_standards_rules(void)
{
    char out[20];
    CHECK(strcmp(keep_of("custom", out), "forever") == 0);
    /* released on day 20; a device life of eight years is longer than two */
    CHECK(strcmp(keep_of("matched", out), "2035-01-22") == 0);
    CHECK(strcmp(keep_of("guide", out), "2035-01-22") == 0);
}

/* Req: R-323 */
static void an_unused_device_is_taken_back(void)
{
    struct play play = played_to("judge.object");
    CHECK(refuses(&play, "device.destroy", NW_ERR_STATE, "take back"));
    CHECK(refuses_altered(&play, "case.cancel", NULL, "device_exists", json_true(), NW_ERR_DATA,
                          "device_fate"));
    CHECK(takes(&play, "case.cancel"));
    CHECK(strcmp(stage_now(&play), "closed") == 0);
    CHECK(takes(&play, "device.take_back") && takes(&play, "device.destroy"));
    CHECK(refuses(&play, "judge.object", NW_ERR_STATE, "no longer be done"));
    play_free(&play);
}

static void a_case_is_seen_by_its_own(void)
{
    struct play play = played_to("consent.record");
    static const struct {
        const char *who;
        bool sees;
    } eye[] = {{"zhao", true}, {"li", true},   {"chen", true},   {"shen", true},
               {"han", true},  {"wei", false}, {"jiang", false}, {"wang", true}};
    for (size_t i = 0; i < sizeof eye / sizeof *eye; i++)
        CHECK(nw_case_sees(play.state, json_object_get(people, eye[i].who)) == eye[i].sees);
    json_t *stranger = json_pack("{s:s, s:s}", "id", "x", "role", "surgeon");
    CHECK(!nw_case_sees(play.state, stranger));
    json_decref(stranger);
    play_free(&play);
}

/* A visit is an entry of its case as all the others, under the same chain: whichever is
 * altered, the entries no longer follow each other. Req: R-314 */
static void visits_are_kept_as_all_else(void)
{
    struct play play = played_to(NULL);
    const size_t count = json_array_size(play.entries);
    CHECK(nw_case_record(play.state, "followup.visit", 0) != NULL);
    size_t visits = 0;
    for (size_t at = 0; at + 1 < count; at++) {
        const json_t *entry = json_array_get(play.entries, at);
        const bool visit = strcmp(step_act(entry), "followup.visit") == 0;
        if (!visit && at % 12 != 0)
            continue; /* some of the others stand beside the visits */
        struct play copy = play_new();
        bool held = false;
        for (size_t i = 0; !held && i < count; i++) {
            struct nw_err err = {0};
            json_t *one = json_deep_copy(json_array_get(play.entries, i));
            if (i == at)
                json_object_set_new(json_object_get(one, "actor"), "department",
                                    json_string("another"));
            held = !play_apply(&copy, one, &err);
            if (held)
                CHECK(i == at + 1 && says(&err, NW_ERR_CONFLICT, "does not follow"));
        }
        CHECK(held);
        visits += visit;
        play_free(&copy);
    }
    CHECK(visits > 0);
    play_free(&play);
}

/* Req: R-313 */
static void makers_see_a_visit_only_when_invited(void)
{
    struct play play = used();
    CHECK(takes(&play, "followup.plan") && takes(&play, "followup.visit"));
    const int64_t visit = (int64_t)json_array_size(play.entries);
    const json_t *designer = json_object_get(people, "li"),
                 *maker = json_object_get(people, "wu");
    CHECK(nw_case_shows(play.state, visit - 1, designer));
    CHECK(!nw_case_shows(play.state, visit, designer));
    CHECK(nw_case_shows(play.state, visit, json_object_get(people, "qian")));
    CHECK(takes_altered(&play, "followup.visit", NULL, "invited",
                        json_pack("[{s:s}]", "person", "li")));
    CHECK(nw_case_shows(play.state, visit + 1, designer));
    CHECK(!nw_case_shows(play.state, visit + 1, maker));
    CHECK(!nw_case_shows(play.state, visit + 2, designer));
    CHECK(!nw_case_shows(play.state, 0, designer) && !nw_case_shows(play.state, -1, designer));
    play_free(&play);
}

/* Req: R-310 */
static void the_summary_says_what_lists_and_recalls_ask(void)
{
    struct play play = used();
    CHECK(takes(&play, "followup.plan") && takes(&play, "followup.visit"));
    json_t *sum = nw_case_summary(play.state, "2027-06-01T00:00:00.000000Z");
    static const char *const pair[][2] = {
        {"type", "custom"},        {"site", "pelvis"},
        {"side", "left"},          {"device_code", "NW-2026-000001"},
        {"lot", "B-2026-001"},     {"machine", "M-01"},
        {"material_lot", "LOT-7"}, {"process", "P-12"},
        {"software", "nuwa 1.0"},  {"software", "Scanner console 7.1"},
        {"persons", "zheng"},      {"stage", "followup"},
        {"opened", "2027-01-01"},  {"released", "2027-01-21"},
        {"used", "2027-01-27"},    {"harm", "none"},
        {"effect", "reached"},     {"keep_until", "forever"},
        {"open_issues", "visit"},  {"due", "2027-09-24"}, /* 240 days after use: the second */
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        CHECK(summary_has(sum, pair[i][0], pair[i][1]));
    CHECK(summary_has(json_object_get(sum, "done"), "order", "2027-01-07"));
    CHECK(json_integer_value(json_object_get(sum, "visits")) == 1);
    /* lists that the maker reads as well say nothing of what a visit found */
    json_t *listed = nw_case_listed(play.state, "2027-06-01T00:00:00.000000Z");
    CHECK(json_object_get(listed, "lot") && json_object_get(listed, "visits"));
    CHECK(!json_object_get(listed, "harm") && !json_object_get(listed, "effect"));
    CHECK(json_object_size(listed) == json_object_size(sum) - 2);
    json_decref(listed);
    json_t *view = nw_case_view(play.state, "2027-06-01T00:00:00.000000Z");
    const json_t *issues = json_object_get(view, "issues");
    const json_t *last = json_array_get(issues, json_array_size(issues) - 1);
    CHECK(strcmp(json_string_value(json_object_get(last, "kind")), "visit") == 0);
    CHECK(json_object_size(json_object_get(last, "form")) == 0);
    json_decref(view);
    CHECK(json_is_false(json_object_get(sum, "late")));
    json_decref(sum);
    sum = nw_case_summary(play.state, "2027-09-25T00:00:00.000000Z");
    CHECK(json_is_true(json_object_get(sum, "late")));
    json_decref(sum);
    play_free(&play);
}

/* Req: R-320 */
static void an_adverse_event_is_late_after_its_day(void)
{
    struct play play = used();
    CHECK(takes(&play, "adverse.report")); /* to be reported within seven days */
    json_t *in_time = nw_case_summary(play.state, "2027-02-03T00:00:00.000000Z");
    json_t *late = nw_case_summary(play.state, "2027-02-04T00:00:00.000000Z");
    CHECK(json_is_false(json_object_get(in_time, "late")));
    CHECK(json_is_true(json_object_get(late, "late")));
    json_decref(in_time);
    json_decref(late);
    play_free(&play);
}

static const char *result_of(const struct play *play, const char *clause, char out[20])
{
    json_t *list = nw_case_checklist(play->state, "2027-06-01T00:00:00.000000Z");
    const json_t *clauses = json_object_get(list, "clauses");
    snprintf(out, 20, "none");
    for (size_t i = 0; i < json_array_size(clauses); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(clauses, i), "clause")),
                   clause) == 0)
            snprintf(out, 20, "%s",
                     json_string_value(json_object_get(json_array_get(clauses, i), "result")));
    json_decref(list);
    return out;
}

/* Req: R-294 */
static void the_checklist_tells_missing_from_invalid(void)
{
    char out[20];
    struct play play = played_to("agreement.write");
    CHECK(strcmp(result_of(&play, "5.2.2 e", out), "present") == 0);
    CHECK(strcmp(result_of(&play, "5.2.3", out), "missing") == 0);
    CHECK(strcmp(result_of(&play, "9.4.3", out), "not needed") == 0);
    CHECK(takes_altered(&play, "order.write", NULL, "age", json_integer(47)));
    CHECK(strcmp(result_of(&play, "5.2.2 e", out), "invalid") == 0);
    CHECK(strcmp(result_of(&play, "5.2.2 a", out), "present") == 0);
    play_free(&play);
}

static void a_part_that_does_not_fit_stops_the_case(void)
{
    struct play play = played_to("use.record");
    CHECK(takes_altered(&play, "use.record", NULL, "fit", json_false()));
    CHECK(refuses(&play, "use.record", NW_ERR_STATE, "stop of use"));
    CHECK(strcmp(stage_now(&play), "use") == 0);
    CHECK(takes_altered(&play, "stop.resolve", NULL, "about",
                        json_integer((json_int_t)json_array_size(play.entries))));
    CHECK(strcmp(stage_now(&play), "judgement") == 0);
    play_free(&play);
}

/* Req: R-001 */
static void images_wait_for_consent(void)
{
    struct play play = played_to("consent.record");
    CHECK(refuses(&play, "images.take", NW_ERR_STATE, "must come before"));
    CHECK(takes_altered(&play, "consent.record", NULL, "agreed", json_false()));
    CHECK(refuses(&play, "images.take", NW_ERR_STATE, "came out negative"));
    CHECK(takes(&play, "consent.record") && takes(&play, "ethics.record"));
    CHECK(refuses_altered(&play, "images.take", NULL, "method_reason", json_string(""),
                          NW_ERR_DATA, "method_reason"));
    CHECK(takes(&play, "images.take") && takes(&play, "consent.withdraw"));
    CHECK(stands(&play, "images.take", "stale"));
    CHECK(refuses(&play, "images.confirm", NW_ERR_STATE, "must come first"));
    play_free(&play);
    play = played_to("consent.record");
    CHECK(takes_altered(&play, "override.take", NULL, "item", json_string("consent.record")));
    CHECK(takes(&play, "images.take"));
    json_t *sum = nw_case_summary(play.state, "2027-01-03T00:00:00.000000Z");
    CHECK(summary_has(sum, "open_issues", "override"));
    json_decref(sum);
    play_free(&play);
}

/* Req: R-272 */
static void who_sent_it_does_not_receive_it(void)
{
    struct play play = played_to("delivery.receive");
    CHECK(refuses_altered(&play, "delivery.receive", "chen", NULL, NULL, NW_ERR_DENIED,
                          "another person"));
    CHECK(takes(&play, "delivery.receive"));
    play_free(&play);
}

int main(void)
{
    steps_begin();
    UNIT(another_code_or_patient_is_refused);
    UNIT(a_delegates_acceptance_is_counter_signed_before_use);
    UNIT(an_asked_for_report_holds_the_acceptance);
    UNIT(one_bad_judgement_keeps_it_from_use);
    UNIT(late_acceptance_needs_a_word_on_the_anatomy);
    UNIT(old_images_need_a_word_on_the_anatomy);
    UNIT(lateness_shows_against_the_agreed_times);
    UNIT(a_stop_holds_everything_until_settled);
    UNIT(an_override_is_the_surgeons_and_stays_open);
    UNIT(an_override_falls_with_what_it_was_for);
    UNIT(follow_up_has_its_least);
    UNIT(events_are_settled_before_the_case_is_closed);
    UNIT(records_are_kept_by_the_standards_rules);
    UNIT(an_unused_device_is_taken_back);
    UNIT(a_case_is_seen_by_its_own);
    UNIT(images_wait_for_consent);
    UNIT(who_sent_it_does_not_receive_it);
    UNIT(visits_are_kept_as_all_else);
    UNIT(makers_see_a_visit_only_when_invited);
    UNIT(the_summary_says_what_lists_and_recalls_ask);
    UNIT(an_adverse_event_is_late_after_its_day);
    UNIT(the_checklist_tells_missing_from_invalid);
    UNIT(a_part_that_does_not_fit_stops_the_case);
    steps_end();
    return unit_end();
}
